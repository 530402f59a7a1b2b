"""Five solution concepts of the Graph Model, exact for any number of parties.

Let u_i(s) be the payoff of party i at state s and R_i(s) what i alone can reach in one move. A
*unilateral improvement* is t ∈ R_i(s) with u_i(t) > u_i(s). The opponents' moves are those of the
movers that do not contain i (single parties and parties that act by consent); their *reachable set*
from t is where sanction paths of one or more moves can end, no two consecutive moves by the same
mover. The *improvement paths* among them use only moves that all parties of the mover strictly prefer.
Countermoves are R_i at the end of the path. State s is stable for i under

- **Nash**: i has no improvement;
- **GMR** (general metarationality): after each improvement t the opponents can reach some y with
  u_i(y) ≤ u_i(s);
- **SMR** (symmetric metarationality): some such y from which also each countermove r of i has
  u_i(r) ≤ u_i(s);
- **SEQ** (sequential stability): as GMR, the opponents using improvement paths;
- **SSEQ** (symmetric sequential stability): as SMR, the opponents using improvement paths.

With w(y) = u_i(y) for GMR and SEQ, w(y) = max(u_i(y), max over countermoves) for SMR and SSEQ, and
L(t) = min w over the reachable set (infinite if empty; infinite for Nash), s is stable iff
max over improvements of L(t) ≤ u_i(s).

The *margin* says how firmly. With improvements it is u_i(s) − max over improvements of
min(u_i(t), L(t)); without, u_i(s) − max over own moves; without moves it is undefined. It is at least
0 exactly where s is stable, and obeys the lattice Nash ≤ SSEQ ≤ SMR ≤ GMR, SSEQ ≤ SEQ ≤ GMR.

References
----------
Fang, L., Hipel, K. W. & Kilgour, D. M. (1993). *Interactive Decision Making: The Graph Model for
Conflict Resolution*, ch. 3 and 4. Wiley.
Howard, N. (1971). *Paradoxes of Rationality*. MIT Press (metarationality).
Fraser, N. M. & Hipel, K. W. (1984). *Conflict Analysis: Models and Resolutions*. North-Holland (SEQ).
Rêgo, L. C. & Vieira, G. I. A. (2017). Symmetric sequential stability in the graph model for conflict
resolution with multiple decision makers. *Group Decision and Negotiation* 26, 775–792.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from sim.agreements.compiled import compiled
from sim.stability import propagation
from sim.stability.arcs import MoveGraph, Steps
from sim.stability.free import Exits, judge_freely
from sim.stability.groups import FreeMoves

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["CONCEPTS", "Concepts", "Leaving", "free_concepts", "payoff_ranks", "stability_concepts"]

#: The five concepts, in the order of every table in this storey.
CONCEPTS: tuple[str, ...] = ("Nash", "GMR", "SMR", "SEQ", "SSEQ")

#: Of each concept that looks at sanctions: whether they are improvements only, and whether the party may answer.
_SANCTIONS = {"GMR": (False, False), "SMR": (False, True), "SEQ": (True, False), "SSEQ": (True, True)}

IntArray = npt.NDArray[np.int64]
StateArray = npt.NDArray[np.int32]
BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Concepts:
    """Verdicts and margins of the five concepts for every state and party.

    Parameters
    ----------
    stable : ndarray of bool, shape (n_concepts, n_states, n_parties)
        In the order of `names`.
    margin : ndarray of int64, shape (n_concepts, n_states, n_parties)
        In the unit of the payoffs; 0 where `can_move` is false, where it is undefined.
    can_move : ndarray of bool, shape (n_states, n_parties)
        Whether the party has a move of its own at the state.
    names : tuple of str
        The concepts that were asked for; all five, unless fewer were.
    """

    stable: BoolArray
    margin: IntArray
    can_move: BoolArray
    names: tuple[str, ...] = CONCEPTS

    def of(self, concept: str) -> BoolArray:
        """Return the verdicts of one concept, shape (n_states, n_parties)."""
        verdict: BoolArray = self.stable[self.names.index(concept)]
        return verdict

    def equilibria(self, concept: str) -> IntArray:
        """Return the states stable for every party under a concept, ascending."""
        return np.flatnonzero(self.of(concept).all(axis=1))

    def to_frame(self) -> pd.DataFrame:
        """Return the verdicts as a table.

        Returns
        -------
        pandas.DataFrame
            A row of each state and party (columns of the payoffs by number): whether it ``can_move``, and of each
            concept the verdict by name and its ``.margin``, NaN where it is undefined.
        """
        import pandas as pd

        n_states, n_parties = self.can_move.shape
        columns: dict[str, object] = {"can_move": self.can_move.reshape(-1)}
        for place, name in enumerate(self.names):
            columns[name] = self.stable[place].reshape(-1)
            margin = np.where(self.can_move, self.margin[place].astype(np.float64), np.nan)
            columns[f"{name}.margin"] = margin.reshape(-1)
        index = pd.MultiIndex.from_product([range(n_states), range(n_parties)], names=["state", "party"])
        return pd.DataFrame(columns, index=index)


@compiled
def _rank_sorted(key: IntArray, bits: int, rank: StateArray) -> IntArray:
    # Keys are payoffs above the least, with the state in the lowest bits.
    mask = (np.int64(1) << bits) - 1
    values = np.empty(key.size, np.int64)
    n_ranks = 0
    for at in range(key.size):
        payoff = key[at] >> bits
        if n_ranks == 0 or payoff != values[n_ranks - 1]:
            values[n_ranks] = payoff
            n_ranks += 1
        rank[key[at] & mask] = n_ranks - 1
    return values[:n_ranks].copy()


def payoff_ranks(payoff: IntArray) -> tuple[list[IntArray], StateArray]:
    """Replace payoffs by ranks, which order states alike and take half the memory.

    Parameters
    ----------
    payoff : ndarray of int64, shape (n_states, n_parties)
        Higher is better.

    Returns
    -------
    values : list of ndarray of int64
        For each party its distinct payoffs, ascending.
    ranks : ndarray of int32, shape (n_parties, n_states)
        Places in `values`.

    Examples
    --------
    >>> payoff_ranks(np.array([[7], [-2], [7]]))
    ([array([-2,  7])], array([[1, 0, 1]], dtype=int32))
    """
    n_states, n_parties = payoff.shape
    values, ranks = [], np.empty((n_parties, n_states), np.int32)
    bits = max(n_states - 1, 0).bit_length()
    for party in range(n_parties):
        column = payoff[:, party]
        low = int(column.min(initial=0))
        if (int(column.max(initial=0)) - low).bit_length() + bits < 63:
            # Sorting whole numbers is several times as fast as sorting places by them.
            key = ((column - low) << bits) | np.arange(n_states)
            key.sort()
            values.append(_rank_sorted(key, bits, ranks[party]) + low)
            continue
        distinct, inverse = np.unique(column, return_inverse=True)
        values.append(distinct.astype(np.int64))
        ranks[party] = inverse.reshape(-1)
    return values, ranks


def stability_concepts(
    graph: MoveGraph,
    payoff: npt.ArrayLike,
    *,
    reverse: MoveGraph | None = None,
    suffered: npt.ArrayLike | None = None,
    names: Collection[str] = CONCEPTS,
    parties: Collection[int] | None = None,
) -> Concepts:
    """Judge every state for every party under the five concepts.

    Parameters
    ----------
    graph : MoveGraph
        The moves.
    payoff : array_like of int64, shape (n_states, n_parties)
        Higher is better. Integers, so that ties are ties.
    reverse : MoveGraph, optional
        ``graph.reversed()`` where it is at hand already: it depends on the moves alone and serves
        any number of payoffs.
    suffered : array_like of int64, shape (n_states, n_parties), optional
        What a state is worth to a party when its opponents have brought it about, where that differs
        from what it is worth when the party has chosen it itself (war begun or suffered); by default
        the payoffs.
    names : collection of str, optional
        The concepts asked for; each but Nash costs a search of its own for every party.
    parties : collection of int, optional
        Judge only these parties; the columns of the others say that they have no move.

    Returns
    -------
    Concepts

    Raises
    ------
    ValueError
        If the payoffs are no integers or do not fit the states, or there is no such concept.

    Notes
    -----
    Each arc is looked at once at most per party and concept, see `sim.stability.propagation`; where every party
    moves freely arcs are not looked at, see `free_concepts`.

    Examples
    --------
    The prisoner's dilemma, states DD, CD, DC, CC (the row party's choice first): defection is the one
    Nash equilibrium, and cooperation is kept by sanctions that are credible.

    >>> row, column = [[0, 1], [1, 0], [2, 3], [3, 2]], [[0, 2], [2, 0], [1, 3], [3, 1]]
    >>> start, end = zip(*row, *column)
    >>> graph = MoveGraph.of(4, [(0,), (1,)], start, [0] * 4 + [1] * 4, end)
    >>> result = stability_concepts(graph, [[2, 2], [1, 4], [4, 1], [3, 3]])
    >>> {concept: result.equilibria(concept).tolist() for concept in CONCEPTS}
    {'Nash': [0], 'GMR': [0, 3], 'SMR': [0, 3], 'SEQ': [0, 3], 'SSEQ': [0, 3]}
    >>> result.margin[:, 3, 0]
    array([-1,  1,  1,  1,  1])
    """
    table = _checked(payoff, graph.n_states, max((p for members in graph.movers for p in members), default=-1))
    asked = _asked(names)
    if suffered is None and graph.free is not None:
        return free_concepts(graph.free, table, names=asked, parties=parties)
    n_states, n_parties = table.shape
    # One row per party inside, so that each is written in one sweep; the result is turned round.
    stable = np.ones((len(asked), n_parties, n_states), np.bool_)
    margin = np.zeros((len(asked), n_parties, n_states), np.int64)
    can_move = np.zeros((n_parties, n_states), np.bool_)
    if not graph.movers:
        return Concepts(stable.swapaxes(1, 2), margin.swapaxes(1, 2), can_move.T, asked)

    values, ranks = payoff_ranks(table)
    borne = ranks
    if suffered is not None:
        both = payoff_ranks(np.concatenate((table, np.asarray(suffered, np.int64).reshape(table.shape))))
        values, ranks = both[0], np.ascontiguousarray(both[1][:, :n_states])
        borne = np.ascontiguousarray(both[1][:, n_states:])
    members, onward = graph.members, graph.steps
    # Of each kind of sanction: the reversed arcs it uses, and at which states which movers can make it.
    kinds: dict[bool, tuple[Steps, BoolArray]] = {}
    if sanctions := [_SANCTIONS[concept] for concept in asked if concept in _SANCTIONS]:
        everything = (graph.reversed() if reverse is None else reverse).steps
        for improvements, _ in sanctions:
            if improvements not in kinds:
                step = propagation.improving(everything, ranks, members) if improvements else everything
                kinds[improvements] = step, propagation.movable(step, graph.n_movers)
    n_arcs = graph.n_arcs
    against = Steps(np.zeros(n_states + 1, np.int64), np.empty(n_arcs + 1, np.int32), np.empty(n_arcs + 1, np.int16))

    for party in range(n_parties):
        mover = graph.mover_of(party)
        if mover < 0 or (parties is not None and party not in parties):
            continue
        rank, n_ranks = ranks[party], len(values[party])
        opponent = np.array([party not in movers for movers in graph.movers], np.bool_)
        own = graph.own(mover)
        best = propagation.own_best(own, rank)
        if best.max(initial=-1) < 0:
            continue
        simple, countered = borne[party], np.maximum(borne[party], best)
        # Nash fears nothing: no sanction is infinitely good.
        least = np.full((len(asked), n_states), n_ranks, np.int32)
        part: StateArray | None = None
        for improvements, (step, able) in kinds.items():
            propagation.facing(step, opponent, against)
            if part is None:
                # All moves come before improvements, which do not leave their parts either.
                part = propagation.components(against)
            faced = propagation.Faced(against, opponent, able[:, opponent].any(axis=1), part)
            for row, concept in enumerate(asked):
                if concept not in _SANCTIONS or _SANCTIONS[concept][0] is not improvements:
                    continue
                worth = countered if _SANCTIONS[concept][1] else simple
                only = propagation.Improvements(ranks, members, improvements)
                least[row] = propagation.least_reachable(faced, onward, worth, n_ranks, only)
        # One state's levels side by side: targets are met in no order.
        standing = propagation.Prospects(rank, values[party], best, np.ascontiguousarray(least.T))
        propagation.judge(own, standing, propagation.Verdicts(stable[:, party], margin[:, party], can_move[party]))
    return Concepts(stable.swapaxes(1, 2), margin.swapaxes(1, 2), can_move.T, asked)


class Leaving(NamedTuple):
    """Walking away: from state s to an end of its own, from which nobody moves on.

    Parameters
    ----------
    may_leave : ndarray of bool, shape (n_states, n_parties)
    chosen, suffered : ndarray of int64, shape (n_states, n_parties)
        What the end is worth to a party that leaves, and to one when another leaves; in the unit of the payoffs.
    """

    may_leave: BoolArray
    chosen: IntArray
    suffered: IntArray


def free_concepts(
    free: FreeMoves,
    payoff: npt.ArrayLike,
    *,
    leaving: Leaving | None = None,
    names: Collection[str] = CONCEPTS,
    parties: Collection[int] | None = None,
) -> Concepts:
    """Judge every state for every party under the five concepts, where all parties move freely.

    Parameters
    ----------
    free : FreeMoves
        The moves.
    payoff : array_like of int64, shape (n_states, n_parties)
        Higher is better. Integers, so that ties are ties.
    leaving : Leaving, optional
        Who may walk away besides, and what for.
    names : collection of str, optional
        The concepts asked for.
    parties : collection of int, optional
        Whose verdicts are asked for, as in `stability_concepts`.

    Returns
    -------
    Concepts
        Over the states, not over the ends.

    Raises
    ------
    ValueError
        If the payoffs are no integers or do not fit the states, or there is no such concept.

    Examples
    --------
    The prisoner's dilemma, states DD, DC, CD, CC:

    >>> free = FreeMoves.of_product([2, 2], {0: [0], 1: [1]})
    >>> free_concepts(free, [[2, 2], [4, 1], [1, 4], [3, 3]]).equilibria("SEQ").tolist()
    [0, 3]
    """
    table = _checked(payoff, free.n_states, free.n_parties - 1)
    asked = _asked(names)
    n, n_parties = table.shape
    sanctions = [_SANCTIONS.get(concept) for concept in asked]
    if not free.holders:
        return _only_leaving(table, leaving, asked, parties)
    if leaving is None:
        values, ranks = payoff_ranks(table)
        none = np.empty((n_parties, 0), np.int32)
        exits = Exits(np.empty((0, n_parties), np.bool_), none, none)
    else:
        values, every = payoff_ranks(np.concatenate((table, leaving.chosen, leaving.suffered)))
        ranks, chosen, suffered = (np.ascontiguousarray(every[:, k * n : (k + 1) * n]) for k in range(3))
        exits = Exits(np.ascontiguousarray(leaving.may_leave), chosen, suffered)
    stable, margin, can_move = judge_freely(
        free, values, ranks, exits, sanctions, range(n_parties) if parties is None else parties
    )
    return Concepts(stable.swapaxes(1, 2), margin.swapaxes(1, 2), can_move.T, asked)


def _only_leaving(
    table: IntArray, leaving: Leaving | None, asked: tuple[str, ...], parties: Collection[int] | None
) -> Concepts:
    """Judge states from which nobody has a move but to walk away: no sanction meets that, under any concept."""
    can_move = np.zeros(table.shape, np.bool_) if leaving is None else leaving.may_leave.copy()
    if parties is not None:
        can_move[:, [party for party in range(table.shape[1]) if party not in parties]] = False
    gained = np.zeros(table.shape, np.int64)
    if leaving is not None:
        np.subtract(table, leaving.chosen, out=gained, where=can_move)
    every = (len(asked), *table.shape)
    return Concepts(np.broadcast_to(gained >= 0, every), np.broadcast_to(gained, every), can_move, asked)


def _checked(payoff: npt.ArrayLike, n_states: int, last: int) -> IntArray:
    table = np.asarray(payoff)
    if table.ndim != 2 or table.shape[0] != n_states or not np.issubdtype(table.dtype, np.integer):
        raise ValueError(f"payoffs must be integers, one row per state ({n_states}) and one column per party")
    if last >= table.shape[1]:
        raise ValueError(f"a mover names a party beyond the {table.shape[1]} columns of the payoffs")
    return np.ascontiguousarray(table, np.int64)


def _asked(names: Collection[str]) -> tuple[str, ...]:
    if unknown := sorted(set(names) - set(CONCEPTS)):
        raise ValueError(f"the concepts are {', '.join(CONCEPTS)}, not {', '.join(unknown)}")
    return tuple(concept for concept in CONCEPTS if concept in names)
