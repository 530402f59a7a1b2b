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

import numpy as np
import numpy.typing as npt

from sim.stability import propagation
from sim.stability.arcs import Arcs

__all__ = ["CONCEPTS", "Concepts", "payoff_ranks", "stability_concepts"]

#: The five concepts, in the order of every table in this storey.
CONCEPTS: tuple[str, ...] = ("Nash", "GMR", "SMR", "SEQ", "SSEQ")

#: Of each concept that looks at sanctions: whether they are improvements only, and whether the party may answer.
_SANCTIONS = {"GMR": (False, False), "SMR": (False, True), "SEQ": (True, False), "SSEQ": (True, True)}

IntArray = npt.NDArray[np.int64]
StateArray = npt.NDArray[np.int32]
BoolArray = npt.NDArray[np.bool_]
ByteArray = npt.NDArray[np.int16]


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
    values, ranks = [], np.empty((payoff.shape[1], payoff.shape[0]), np.int32)
    for party in range(payoff.shape[1]):
        distinct, inverse = np.unique(payoff[:, party], return_inverse=True)
        values.append(distinct.astype(np.int64))
        ranks[party] = inverse.reshape(-1)
    return values, ranks


def stability_concepts(
    arcs: Arcs,
    payoff: npt.ArrayLike,
    *,
    reverse: Arcs | None = None,
    suffered: npt.ArrayLike | None = None,
    names: Collection[str] = CONCEPTS,
    parties: Collection[int] | None = None,
) -> Concepts:
    """Judge every state for every party under the five concepts.

    Parameters
    ----------
    arcs : Arcs
        The moves.
    payoff : array_like of int64, shape (n_states, n_parties)
        Higher is better. Integers, so that ties are ties.
    reverse : Arcs, optional
        ``arcs.reversed()`` where it is at hand already: it depends on the moves alone and serves
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
    Each arc is looked at once at most per party and concept, see `sim.stability.propagation`.

    Examples
    --------
    The prisoner's dilemma, states DD, CD, DC, CC (the row party's choice first): defection is the one
    Nash equilibrium, and cooperation is kept by sanctions that are credible.

    >>> row, column = [[0, 1], [1, 0], [2, 3], [3, 2]], [[0, 2], [2, 0], [1, 3], [3, 1]]
    >>> start, end = zip(*row, *column)
    >>> arcs = Arcs.of(4, [(0,), (1,)], start, [0] * 4 + [1] * 4, end)
    >>> result = stability_concepts(arcs, [[2, 2], [1, 4], [4, 1], [3, 3]])
    >>> {concept: result.equilibria(concept).tolist() for concept in CONCEPTS}
    {'Nash': [0], 'GMR': [0, 3], 'SMR': [0, 3], 'SEQ': [0, 3], 'SSEQ': [0, 3]}
    >>> result.margin[:, 3, 0]
    array([-1,  1,  1,  1,  1])
    """
    table = np.asarray(payoff)
    if table.ndim != 2 or table.shape[0] != arcs.n_states or not np.issubdtype(table.dtype, np.integer):
        raise ValueError(f"payoffs must be integers, one row per state ({arcs.n_states}) and one column per party")
    if not set(names) <= set(CONCEPTS):
        raise ValueError(f"the concepts are {', '.join(CONCEPTS)}, not {', '.join(sorted(set(names) - set(CONCEPTS)))}")
    asked = tuple(concept for concept in CONCEPTS if concept in names)
    table = np.ascontiguousarray(table, np.int64)
    n_states, n_parties = table.shape
    if any(party >= n_parties for members in arcs.movers for party in members):
        raise ValueError(f"a mover names a party beyond the {n_parties} columns of the payoffs")
    # One row per party inside, so that each is written in one sweep; the result is turned round.
    stable = np.ones((len(asked), n_parties, n_states), np.bool_)
    margin = np.zeros((len(asked), n_parties, n_states), np.int64)
    can_move = np.zeros((n_parties, n_states), np.bool_)
    if not arcs.movers:
        return Concepts(stable.swapaxes(1, 2), margin.swapaxes(1, 2), can_move.T, asked)

    backward = arcs.reversed() if reverse is None else reverse
    values, ranks = payoff_ranks(table)
    borne = ranks
    if suffered is not None:
        both = payoff_ranks(np.concatenate((table, np.asarray(suffered, np.int64).reshape(table.shape))))
        values, ranks = both[0], np.ascontiguousarray(both[1][:, :n_states])
        borne = np.ascontiguousarray(both[1][:, n_states:])
    members = np.asarray([party for movers in arcs.movers for party in movers], np.int64)
    member_pointer = np.concatenate(([0], np.cumsum([len(movers) for movers in arcs.movers]))).astype(np.int64)
    onward = (*arcs.by_state(), arcs.labels())
    # Of each kind of sanction: the reversed arcs it uses, and at which states which movers can make it.
    kinds: dict[bool, tuple[tuple[IntArray, StateArray, ByteArray], BoolArray]] = {}
    if sanctions := [_SANCTIONS[concept] for concept in asked if concept in _SANCTIONS]:
        everything = (*backward.by_state(), backward.labels())
        for improvements, _ in sanctions:
            if improvements not in kinds:
                step = (
                    propagation.improving(*everything, ranks, member_pointer, members) if improvements else everything
                )
                kinds[improvements] = step, propagation.movable(*step, arcs.n_movers)
    against = (
        np.zeros(n_states + 1, np.int64),
        np.empty(arcs.n_arcs + 1, np.int32),
        np.empty(arcs.n_arcs + 1, np.int16),
    )

    for party in range(n_parties):
        mover = arcs.mover_of(party)
        if mover < 0 or (parties is not None and party not in parties):
            continue
        rank, n_ranks = ranks[party], len(values[party])
        opponent = np.array([party not in movers for movers in arcs.movers], np.bool_)
        best = propagation.own_best(arcs.pointer, arcs.end, arcs.n_movers, mover, rank)
        if best.max(initial=-1) < 0:
            continue
        simple, countered = borne[party], np.maximum(borne[party], best)
        # Nash fears nothing: no sanction is infinitely good.
        least = np.full((len(asked), n_states), n_ranks, np.int32)
        part: StateArray | None = None
        for improvements, (step, able) in kinds.items():
            propagation.facing(*step, opponent, *against)
            can = able[:, opponent].any(axis=1)
            if part is None:
                # All moves come before improvements, which do not leave their parts either.
                part = propagation.components(against[0], against[1])
            for row, concept in enumerate(asked):
                if concept not in _SANCTIONS or _SANCTIONS[concept][0] is not improvements:
                    continue
                least[row] = propagation.least_reachable(
                    *against,
                    *onward,
                    opponent,
                    can,
                    part,
                    countered if _SANCTIONS[concept][1] else simple,
                    n_ranks,
                    ranks,
                    member_pointer,
                    members,
                    improvements,
                )
        propagation.judge(
            arcs.pointer,
            arcs.end,
            arcs.n_movers,
            mover,
            rank,
            values[party],
            best,
            # One state's levels side by side: targets are met in no order.
            np.ascontiguousarray(least.T),
            stable[:, party],
            margin[:, party],
            can_move[party],
        )
    return Concepts(stable.swapaxes(1, 2), margin.swapaxes(1, 2), can_move.T, asked)
