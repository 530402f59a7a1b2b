"""Why a state is stable for a party, or why not: the improvement, and the path that punishes it.

The *binding* improvement t of party i at s is the one from which its opponents can hold it to the
highest level, min(u_i(t), L(t)) in the words of `sim.stability.concepts`. If that level is at most
u_i(s), the state is stable, and the shortest sanction path from t to a state that brings the level about
is the reason. If it is higher, t is the improvement nobody punishes enough.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from sim.agreements.compiled import compiled
from sim.stability import propagation
from sim.stability.arcs import Members, MoveGraph, Steps, all_gain
from sim.stability.concepts import CONCEPTS, payoff_ranks

__all__ = ["Witness", "witness"]

IntArray = npt.NDArray[np.int64]
StateArray = npt.NDArray[np.int32]
BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Witness:
    """One party's best improvement from a state and what its opponents make of it.

    Parameters
    ----------
    stable : bool
        Whether the state is stable for the party.
    improvement : int or None
        The binding improvement; None where the party has none.
    level : int or None
        What the party is held to after it, min(u_i(t), L(t)); None without improvement.
    path : tuple of (int, int)
        Mover and state of each step of the sanction, from the improvement onwards; empty where no
        sanction leads below the improvement itself.
    counter : int or None
        Under SMR and SSEQ the party's best countermove at the end of the path, if it betters that end.
    """

    stable: bool
    improvement: int | None
    level: int | None
    path: tuple[tuple[int, int], ...]
    counter: int | None


class _Search(NamedTuple):
    """Where one party's opponents can lead, and what that is worth to the party."""

    steps: Steps
    members: Members
    opponent: BoolArray
    payoff: IntArray
    worth: IntArray
    improvements_only: bool


@compiled
def _sanction(search: _Search, start: int) -> tuple[np.int64, int, StateArray]:
    # Breadth first over (state, last mover), so that the path found is a shortest one.
    steps, opponent = search.steps, search.opponent
    n_movers = opponent.size
    n_states = steps.pointer.size - 1
    parent = np.full(n_states * n_movers, -2, np.int32)
    queue = np.empty(n_states * n_movers + 1, np.int32)
    judged = np.zeros(n_states, np.bool_)
    best, best_node = np.int64(0), -1
    head, tail = -1, 0
    while head < tail:
        if head < 0:
            state, last = start, -1
        else:
            state, last = queue[head] // n_movers, queue[head] % n_movers
        for arc in range(steps.pointer[state], steps.pointer[state + 1]):
            mover, target = steps.mover[arc], steps.other[arc]
            if mover == last or not opponent[mover]:
                continue
            node = target * n_movers + mover
            if parent[node] != -2:
                continue
            if search.improvements_only and not all_gain(search.payoff, search.members, mover, state, target):
                continue
            parent[node] = -1 if head < 0 else queue[head]
            queue[tail] = node
            tail += 1
            if not judged[target]:
                judged[target] = True
                value = search.worth[target]
                if best_node < 0 or value < best:
                    best, best_node = value, node
        head += 1
    length = 0
    node = best_node
    while node >= 0:
        length += 1
        node = parent[node]
    path = np.empty(length, np.int32)
    node = best_node
    while node >= 0:
        length -= 1
        path[length] = node
        node = parent[node]
    return best, best_node, path


def witness(graph: MoveGraph, payoff: npt.ArrayLike, state: int, party: int, concept: str) -> Witness:
    """Explain one verdict: the binding improvement and the shortest sanction that meets it.

    Parameters
    ----------
    graph : MoveGraph
        The moves.
    payoff : array_like of int64, shape (n_states, n_parties)
        Higher is better.
    state, party : int
        Which verdict.
    concept : str
        One of `sim.stability.concepts.CONCEPTS`.

    Returns
    -------
    Witness

    Notes
    -----
    Improvements that bind alike are told apart by lowest state, sanctions by fewest moves.

    Examples
    --------
    In the prisoner's dilemma (states DD, CD, DC, CC) the row party leaves CC for DC, and the column party
    answers by going on to DD:

    >>> row, column = [[0, 1], [1, 0], [2, 3], [3, 2]], [[0, 2], [2, 0], [1, 3], [3, 1]]
    >>> start, end = zip(*row, *column)
    >>> graph = MoveGraph.of(4, [(0,), (1,)], start, [0] * 4 + [1] * 4, end)
    >>> witness(graph, [[2, 2], [1, 4], [4, 1], [3, 3]], 3, 0, "SEQ")
    Witness(stable=True, improvement=2, level=2, path=((1, 0),), counter=None)
    """
    if concept not in CONCEPTS:
        raise ValueError(f"unknown concept {concept!r}; one of {', '.join(CONCEPTS)}")
    table = np.ascontiguousarray(np.asarray(payoff), np.int64)
    mover = graph.mover_of(party)
    here = int(table[state, party])
    targets = graph.from_state(state, mover) if mover >= 0 else np.empty(0, np.int32)
    better = np.sort(targets[table[targets, party] > here])
    if not better.size:
        return Witness(True, None, None, (), None)
    if concept == "Nash":
        gain = table[better, party]
        best = int(better[np.argmax(gain)])
        return Witness(False, best, int(gain.max()), (), None)
    opponent = np.array([party not in members for members in graph.movers], np.bool_)
    by_party = np.ascontiguousarray(table.T)
    countered = concept in ("SMR", "SSEQ")
    worth = by_party[party]
    if countered:
        values, ranks = payoff_ranks(table[:, [party]])
        own_best = propagation.own_best(graph.own(mover), ranks[0])
        worth = values[0][np.maximum(ranks[0], own_best)]
    search = _Search(graph.steps, graph.members, opponent, by_party, worth, concept in ("SEQ", "SSEQ"))
    improvement, level = -1, 0
    steps: tuple[tuple[int, int], ...] = ()
    for target in better.tolist():
        least, node, path = _sanction(search, target)
        value = int(table[target, party])
        taken: tuple[tuple[int, int], ...] = ()
        if node >= 0 and least < value:
            value = int(least)
            taken = tuple((int(n) % graph.n_movers, int(n) // graph.n_movers) for n in path)
        if improvement < 0 or value > level:
            improvement, level, steps = target, value, taken
    counter = None
    if countered and steps:
        last = steps[-1][1]
        answers = graph.from_state(last, mover)
        if answers.size and int(table[answers, party].max()) > int(table[last, party]):
            counter = int(answers[np.argmax(table[answers, party])])
    return Witness(level <= here, improvement, level, steps, counter)
