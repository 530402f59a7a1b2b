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

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sim.stability import propagation
from sim.stability.arcs import Arcs

__all__ = ["CONCEPTS", "Concepts", "payoff_ranks", "stability_concepts"]

#: The five concepts, in the order of every table in this storey.
CONCEPTS: tuple[str, ...] = ("Nash", "GMR", "SMR", "SEQ", "SSEQ")

IntArray = npt.NDArray[np.int64]
StateArray = npt.NDArray[np.int32]
BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Concepts:
    """Verdicts and margins of the five concepts for every state and party.

    Parameters
    ----------
    stable : ndarray of bool, shape (5, n_states, n_parties)
        In the order of `CONCEPTS`.
    margin : ndarray of int64, shape (5, n_states, n_parties)
        In the unit of the payoffs; 0 where `can_move` is false, where it is undefined.
    can_move : ndarray of bool, shape (n_states, n_parties)
        Whether the party has a move of its own at the state.
    """

    stable: BoolArray
    margin: IntArray
    can_move: BoolArray

    def of(self, concept: str) -> BoolArray:
        """Return the verdicts of one concept, shape (n_states, n_parties)."""
        verdict: BoolArray = self.stable[CONCEPTS.index(concept)]
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

    Returns
    -------
    Concepts

    Raises
    ------
    ValueError
        If the payoffs are no integers or do not fit the states.

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
    table = np.ascontiguousarray(table, np.int64)
    n_states, n_parties = table.shape
    if any(party >= n_parties for members in arcs.movers for party in members):
        raise ValueError(f"a mover names a party beyond the {n_parties} columns of the payoffs")
    # One row per party inside, so that each is written in one sweep; the result is turned round.
    stable = np.ones((len(CONCEPTS), n_parties, n_states), np.bool_)
    margin = np.zeros((len(CONCEPTS), n_parties, n_states), np.int64)
    can_move = np.zeros((n_parties, n_states), np.bool_)
    if not arcs.movers:
        return Concepts(stable.swapaxes(1, 2), margin.swapaxes(1, 2), can_move.T)

    backward = arcs.reversed() if reverse is None else reverse
    values, ranks = payoff_ranks(table)
    borne = ranks
    if suffered is not None:
        both = payoff_ranks(np.concatenate((table, np.asarray(suffered, np.int64).reshape(table.shape))))
        values, ranks = both[0], np.ascontiguousarray(both[1][:, :n_states])
        borne = np.ascontiguousarray(both[1][:, n_states:])
    members = np.asarray([party for movers in arcs.movers for party in movers], np.int64)
    member_pointer = np.concatenate(([0], np.cumsum([len(movers) for movers in arcs.movers]))).astype(np.int64)
    everything = (*backward.by_state(), backward.labels())
    onward = (*arcs.by_state(), arcs.labels())
    better = propagation.improving(*everything, ranks, member_pointer, members)
    able = propagation.movable(*everything, arcs.n_movers)
    able_to_improve = propagation.movable(*better, arcs.n_movers)
    against = (
        np.zeros(n_states + 1, np.int64),
        np.empty(arcs.n_arcs + 1, np.int32),
        np.empty(arcs.n_arcs + 1, np.int16),
    )

    for party in range(n_parties):
        mover = arcs.mover_of(party)
        if mover < 0:
            continue
        rank, n_ranks = ranks[party], len(values[party])
        opponent = np.array([party not in movers for movers in arcs.movers], np.bool_)
        best = propagation.own_best(arcs.pointer, arcs.end, arcs.n_movers, mover, rank)
        if best.max(initial=-1) < 0:
            continue
        simple, countered = borne[party], np.maximum(borne[party], best)
        least = np.empty((len(CONCEPTS), n_states), np.int32)
        least[0] = n_ranks
        row = 1
        for step in (everything, better):
            propagation.facing(*step, opponent, *against)
            can = (able_to_improve if step is better else able)[:, opponent].any(axis=1)
            if step is everything:
                part = propagation.components(against[0], against[1])
            for w in (simple, countered):
                least[row] = propagation.least_reachable(
                    *against,
                    *onward,
                    opponent,
                    can,
                    part,
                    w,
                    n_ranks,
                    ranks,
                    member_pointer,
                    members,
                    step is better,
                )
                row += 1
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
    return Concepts(stable.swapaxes(1, 2), margin.swapaxes(1, 2), can_move.T)
