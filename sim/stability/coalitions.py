"""What coalitions can do.

A state is in the *core* if no coalition S has a move to a state which all its members strictly prefer.

In the Graph Model coalition H moves by sequences of its members' moves, no two in a row by the same
mover; its reachable set from s is R_H(s). A *coalitional improvement* is a t ∈ R_H(s) which all members
strictly prefer. With the others N − H as opponents, s is

- **CNash** for H if H has no improvement;
- **CGMR** if after each improvement the others can reach some y which some member likes no better than s;
- **CSMR** if from some such y moreover every r ∈ R_H(y) is one which some member likes no better than s;
- **CSEQ** as CGMR, the others using moves which the mover strictly prefers.

References
----------
Kilgour, D. M., Hipel, K. W., Fang, L. & Peng, X. (2001). Coalition analysis in group decision support.
*Group Decision and Negotiation* 10, 159–175.
Inohara, T. & Hipel, K. W. (2008). Coalition analysis in the graph model for conflict resolution.
*Systems Engineering* 11, 343–359.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt

from sim.agreements.compiled import compiled
from sim.stability.arcs import Members, MoveGraph, Steps, all_gain

__all__ = ["COALITIONAL", "Core", "all_coalitions", "coalition_arcs", "coalitional_concepts", "core"]

IntArray = npt.NDArray[np.int64]
StateArray = npt.NDArray[np.int32]
LabelArray = npt.NDArray[np.int16]
BoolArray = npt.NDArray[np.bool_]

#: The coalitional concepts, in the order of `coalitional_concepts`.
COALITIONAL: tuple[str, ...] = ("CNash", "CGMR", "CSMR", "CSEQ")


@compiled
def _closure(steps: Steps, acts: BoolArray) -> tuple[IntArray, StateArray]:
    # Where sequences of moves by the acting movers can end, none moving twice in a row, from each state.
    pointer, end, label = steps.pointer, steps.other, steps.mover
    n_states, n_movers = pointer.size - 1, acts.size
    ends = np.empty(0, np.int32)
    out = np.zeros(n_states + 1, np.int64)
    seen = np.full((n_states, n_movers), -1, np.int32)
    reached = np.full(n_states, -1, np.int32)
    stack = np.empty(n_states * n_movers + 1, np.int32)
    last = np.empty(n_states * n_movers + 1, np.int16)
    for filling in range(2):
        seen[:] = -1
        reached[:] = -1
        at = 0
        for start in range(n_states):
            stack[0], last[0] = start, -1
            height = 1
            reached[start] = start
            while height > 0:
                height -= 1
                state, before = stack[height], last[height]
                for arc in range(pointer[state], pointer[state + 1]):
                    mover, target = label[arc], end[arc]
                    if mover == before or not acts[mover] or seen[target, mover] == start:
                        continue
                    seen[target, mover] = start
                    if reached[target] != start:
                        reached[target] = start
                        if filling:
                            ends[at] = target
                        at += 1
                    stack[height], last[height] = target, mover
                    height += 1
            out[start + 1] = at
        if not filling:
            ends = np.empty(at, np.int32)
    return out, ends


def all_coalitions(n_parties: int, max_size: int | None = None) -> list[tuple[int, ...]]:
    """List the non-empty coalitions, smaller ones first.

    Parameters
    ----------
    n_parties : int
        Number of parties.
    max_size : int, optional
        Largest size; all sizes by default.

    Returns
    -------
    list of tuple of int

    Examples
    --------
    >>> all_coalitions(3, max_size=2)
    [(0,), (1,), (2,), (0, 1), (0, 2), (1, 2)]
    """
    top = n_parties if max_size is None else min(max_size, n_parties)
    return [members for size in range(1, top + 1) for members in combinations(range(n_parties), size)]


def coalition_arcs(arcs: MoveGraph, coalitions: Sequence[Sequence[int]]) -> MoveGraph:
    """Turn moves of parties into moves of coalitions: sequences of moves by their members.

    Parameters
    ----------
    arcs : MoveGraph
        Moves of single parties, or of several by consent.
    coalitions : sequence of sequence of int
        The coalitions that may act.

    Returns
    -------
    MoveGraph
        From each state to all others which a coalition can reach by movers inside it, no two moves in a
        row by the same mover.

    Examples
    --------
    >>> arcs = MoveGraph.of(3, [(0,), (1,)], [0, 1], [0, 1], [1, 2])
    >>> coalition_arcs(arcs, [(0,), (0, 1)]).from_state(0, 1)
    array([1, 2], dtype=int32)
    """
    starts, movers, ends = [], [], []
    steps = arcs.steps
    for place, members in enumerate(coalitions):
        acts = np.array([set(parties) <= set(members) for parties in arcs.movers], np.bool_)
        out, reach = _closure(steps, acts)
        starts.append(np.repeat(np.arange(arcs.n_states), np.diff(out)))
        ends.append(reach)
        movers.append(np.full(reach.size, place))
    return MoveGraph.of(arcs.n_states, coalitions, np.concatenate(starts), np.concatenate(movers), np.concatenate(ends))


@dataclass(frozen=True, eq=False)
class Core:
    """The core, and for each state outside it who would move where.

    Parameters
    ----------
    inside : ndarray of bool, shape (n_states,)
        Whether no coalition has a move which all its members strictly prefer.
    coalition : ndarray of int16, shape (n_states,)
        The first mover, in the order of the moves, that has one; -1 inside the core.
    target : ndarray of int32, shape (n_states,)
        The lowest state it would move to; -1 inside the core.
    """

    inside: BoolArray
    coalition: LabelArray
    target: StateArray


@compiled
def _blocked(pointer: IntArray, end: StateArray, payoff: IntArray, members: Members) -> tuple[LabelArray, StateArray]:
    n_movers = members.pointer.size - 1
    n_states = (pointer.size - 1) // n_movers
    coalition = np.full(n_states, -1, np.int16)
    target = np.full(n_states, -1, np.int32)
    for state in range(n_states):
        for mover in range(n_movers):
            cell = state * n_movers + mover
            for arc in range(pointer[cell], pointer[cell + 1]):
                first = target[state] < 0 or end[arc] < target[state]
                if first and all_gain(payoff, members, mover, state, end[arc]):
                    coalition[state] = mover
                    target[state] = end[arc]
            if target[state] >= 0:
                break
    return coalition, target


def core(arcs: MoveGraph, payoff: npt.ArrayLike) -> Core:
    """Find the core under the moves given, by strict preference of all members.

    Parameters
    ----------
    arcs : MoveGraph
        The moves of every coalition.
    payoff : array_like of int64, shape (n_states, n_parties)
        Higher is better.

    Returns
    -------
    Core

    Examples
    --------
    Majority voting over three options with a cycle of preferences (Condorcet) has an empty core:

    >>> pairs = [(0, 1), (0, 2), (1, 2)]
    >>> arcs = MoveGraph.of(3, pairs, [0, 1, 2] * 6, [0] * 6 + [1] * 6 + [2] * 6, [1, 2, 0, 2, 0, 1] * 3)
    >>> core(arcs, [[2, 1, 0], [1, 0, 2], [0, 2, 1]]).inside
    array([False, False, False])
    """
    table = np.ascontiguousarray(np.asarray(payoff), np.int64)
    if not arcs.movers:
        n = arcs.n_states
        return Core(np.ones(n, np.bool_), np.full(n, -1, np.int16), np.full(n, -1, np.int32))
    coalition, target = _blocked(arcs.pointer, arcs.end, np.ascontiguousarray(table.T), arcs.members)
    return Core(coalition < 0, coalition, target)


def coalitional_concepts(arcs: MoveGraph, payoff: npt.ArrayLike, coalition: Sequence[int]) -> BoolArray:
    """Judge every state for one coalition under CNash, CGMR, CSMR and CSEQ.

    Parameters
    ----------
    arcs : MoveGraph
        Moves of single parties, or of several by consent.
    payoff : array_like of int64, shape (n_states, n_parties)
        Higher is better.
    coalition : sequence of int
        The parties that act together.

    Returns
    -------
    ndarray of bool, shape (4, n_states)
        In the order of `COALITIONAL`. For a single party the first rows equal Nash, GMR, SMR and SEQ.

    Notes
    -----
    A coalition judges by several payoffs at once, so no single least value tells what deters it, and the
    reachable sets are listed. Memory grows with the square of the states where moves are many.

    Examples
    --------
    Two parties each with a switch that helps the other: together they would turn both on.

    >>> start, end = [0, 1, 2, 3, 0, 2, 1, 3], [2, 3, 0, 1, 1, 3, 0, 2]
    >>> arcs = MoveGraph.of(4, [(0,), (1,)], start, [0] * 4 + [1] * 4, end)
    >>> coalitional_concepts(arcs, [[2, 2], [4, 1], [1, 4], [3, 3]], [0, 1])[0]
    array([False,  True,  True,  True])
    """
    table = np.ascontiguousarray(np.asarray(payoff), np.int64)
    members = sorted(set(coalition))
    steps = arcs.steps
    inside = np.array([set(parties) <= set(members) for parties in arcs.movers], np.bool_)
    outside = np.array([not set(parties) & set(members) for parties in arcs.movers], np.bool_)
    own_pointer, own = _closure(steps, inside)
    other_pointer, other = _closure(steps, outside)
    # The others' improvements only, for credible sanctions.
    start, mover, target = arcs.as_lists()
    gains = np.ones(start.size, np.bool_)
    for place, parties in enumerate(arcs.movers):
        here = mover == place
        columns = list(parties)
        gains[here] = (table[target[here]][:, columns] > table[start[here]][:, columns]).all(axis=1)
    better = MoveGraph.of(arcs.n_states, arcs.movers, start[gains], mover[gains], target[gains])
    better_pointer, better_ends = _closure(better.steps, outside)
    return _coalition_verdicts(
        own_pointer,
        own,
        other_pointer,
        other,
        better_pointer,
        better_ends,
        np.ascontiguousarray(table[:, members]),
    )


@compiled
def _all_better(payoff: IntArray, here: int, there: int) -> bool:
    better = True
    for k in range(payoff.shape[1]):
        better &= payoff[there, k] > payoff[here, k]
    return better


@compiled
def _coalition_verdicts(
    own_pointer: IntArray,
    own: StateArray,
    other_pointer: IntArray,
    other: StateArray,
    better_pointer: IntArray,
    better: StateArray,
    payoff: IntArray,
) -> BoolArray:
    n_states = payoff.shape[0]
    stable = np.ones((4, n_states), np.bool_)
    for state in range(n_states):
        for arc in range(own_pointer[state], own_pointer[state + 1]):
            target = own[arc]
            if not _all_better(payoff, state, target):
                continue
            stable[0, state] = False
            general = symmetric = sequential = False
            for path in range(other_pointer[target], other_pointer[target + 1]):
                y = other[path]
                if _all_better(payoff, state, y):
                    continue
                general = True
                escapes = False
                for counter in range(own_pointer[y], own_pointer[y + 1]):
                    if _all_better(payoff, state, own[counter]):
                        escapes = True
                        break
                if not escapes:
                    symmetric = True
                    break
            for path in range(better_pointer[target], better_pointer[target + 1]):
                if not _all_better(payoff, state, better[path]):
                    sequential = True
                    break
            stable[1, state] &= general
            stable[2, state] &= symmetric
            stable[3, state] &= sequential
    return stable
