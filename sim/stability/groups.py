"""Who can move freely among which states: the groups that a party's moves join the states in.

Within a group its party can go from any state to any other, and out of it never. `sim.stability.free` judges such
moves by their groups, without a list of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt

from sim.agreements.compiled import compiled

__all__ = ["FreeMoves", "clique_groups", "join"]

IntArray = npt.NDArray[np.int64]
StateArray = npt.NDArray[np.int32]
BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class FreeMoves:
    """Who can move freely among which states.

    Parameters
    ----------
    n_states : int
    n_parties : int
    holders : tuple of int
        The parties that have moves, ascending.
    group : ndarray of int32, shape (n_holders, n_states)
        In which of its groups each holder stands at each state; numbers begin at 0.

    Examples
    --------
    Party 0 holds two switches and party 1 one:

    >>> free = FreeMoves.of_product([2, 2, 2], {0: [0, 1], 1: [2]})
    >>> free.group.tolist()
    [[0, 1, 0, 1, 0, 1, 0, 1], [0, 0, 1, 1, 2, 2, 3, 3]]
    """

    n_states: int
    n_parties: int
    holders: tuple[int, ...]
    group: StateArray = field(repr=False)
    _parts: dict[int, tuple[StateArray, BoolArray]] = field(default_factory=dict, repr=False)

    @classmethod
    def of_product(cls, radices: Sequence[int], held: Mapping[int, Sequence[int]]) -> FreeMoves:
        """Return the moves of a product space in which all combinations exist.

        Parameters
        ----------
        radices : sequence of int
            Number of options of each issue; states are numbered with the last issue running fastest.
        held : mapping of party to issues
            The issues each party sets at will.

        Returns
        -------
        FreeMoves
        """
        shape = tuple(radices)
        groups = []
        for party in sorted(held):
            rest = [1 if issue in held[party] else size for issue, size in enumerate(shape)]
            groups.append(np.broadcast_to(np.arange(int(np.prod(rest)), dtype=np.int32).reshape(rest), shape).ravel())
        n_states = int(np.prod(shape))
        group = np.array(groups, np.int32).reshape(len(held), n_states)
        return cls(n_states, max(held, default=-1) + 1, tuple(sorted(held)), group)

    @classmethod
    def of_keys(cls, n_parties: int, keys: Mapping[int, IntArray]) -> FreeMoves:
        """Return the moves among states that share a key.

        Parameters
        ----------
        n_parties : int
        keys : mapping of party to ndarray of int64, shape (n_states,)
            States with one key are a group of the party; keys are not negative.

        Returns
        -------
        FreeMoves

        Examples
        --------
        >>> FreeMoves.of_keys(1, {0: np.array([9, 4, 9])}).group
        array([[1, 0, 1]], dtype=int32)
        """
        groups = []
        for party in sorted(keys):
            there = np.zeros(int(keys[party].max(initial=-1)) + 1, np.bool_)
            there[keys[party]] = True
            groups.append((np.cumsum(there) - 1).astype(np.int32)[keys[party]])
        n_states = len(next(iter(keys.values()))) if keys else 0
        return cls(n_states, n_parties, tuple(sorted(keys)), np.array(groups, np.int32).reshape(len(keys), n_states))

    @cached_property
    def listed(self) -> tuple[StateArray, StateArray]:
        """Each holder's states group by group, shape (n_holders, n_states), and where each group begins."""
        n_groups = int(self.group.max(initial=-1)) + 1
        start = np.zeros((len(self.holders), n_groups + 1), np.int32)
        order = np.empty(self.group.shape, np.int32)
        for h in range(len(self.holders)):
            start[h, 1:] = np.cumsum(np.bincount(self.group[h], minlength=n_groups))
            order[h] = np.argsort(self.group[h], kind="stable")
        return order, start

    def part(self, party: int) -> tuple[StateArray, BoolArray]:
        """Return the part of each state which the moves of all but one party hang together to.

        Parameters
        ----------
        party : int

        Returns
        -------
        part : ndarray of int32, shape (n_states,)
            Its lowest state.
        loops : ndarray of bool, shape (n_states,)
            At the lowest state: whether the states and groups of the part are no tree.

        Examples
        --------
        >>> FreeMoves.of_product([2, 2, 2], {0: [0, 1], 1: [2]}).part(0)[0].tolist()
        [0, 0, 2, 2, 4, 4, 6, 6]
        """
        if party not in self._parts:
            kept = [h for h, holder in enumerate(self.holders) if holder != party]
            self._parts[party] = _parts(self.group[kept], self.listed[1][kept])
        return self._parts[party]


@compiled
def join(root: StateArray, a: np.int32, b: np.int32) -> None:
    """Put the trees of two states under one root, the lower number: one pass upwards then settles every root.

    Parameters
    ----------
    root : ndarray of int32, shape (n_states,)
        A state nearer to the root of each state's tree, or itself; changed in place.
    a, b : int32

    Examples
    --------
    >>> root = np.arange(3, dtype=np.int32)
    >>> join(root, np.int32(2), np.int32(0))
    >>> root
    array([0, 1, 0], dtype=int32)
    """
    while root[a] != a:
        root[a] = root[root[a]]
        a = root[a]
    while root[b] != b:
        root[b] = root[root[b]]
        b = root[b]
    if a < b:
        root[b] = a
    elif b < a:
        root[a] = b


@compiled
def _parts(group: StateArray, start: StateArray) -> tuple[StateArray, BoolArray]:
    n_holders, n_states = group.shape
    root = np.arange(n_states).astype(np.int32)
    for h in range(n_holders):
        first = np.full(start.shape[1] - 1, -1, np.int32)
        for state in range(n_states):
            k = group[h, state]
            if first[k] < 0:
                first[k] = state
                continue
            join(root, first[k], np.int32(state))
    # States and groups joined by membership: a tree has one edge less than it has nodes.
    surplus = np.full(n_states, 1, np.int64)
    for state in range(n_states):
        while root[root[state]] != root[state]:
            root[state] = root[root[state]]
        surplus[root[state]] -= 1
    for h in range(n_holders):
        counted = np.zeros(start.shape[1] - 1, np.bool_)
        for state in range(n_states):
            k = group[h, state]
            if start[h, k + 1] - start[h, k] < 2:
                continue
            surplus[root[state]] += 1
            if not counted[k]:
                counted[k] = True
                surplus[root[state]] -= 1
    return root, surplus > 0


@compiled
def clique_groups(pointer: IntArray, end: StateArray, n_movers: int, mover: int) -> StateArray:
    """Group the states by one mover's arcs, if within each group they lead from any state to any other.

    Parameters
    ----------
    pointer, end : ndarray
        As in `sim.stability.arcs.MoveGraph`; no arc stands there twice.
    n_movers, mover : int

    Returns
    -------
    ndarray of int32, shape (n_states,)
        The lowest state of each state's group; empty if the arcs are not of that kind.

    Examples
    --------
    >>> clique_groups(np.array([0, 1, 2, 2]), np.array([1, 0], np.int32), 1, 0)
    array([0, 0, 2], dtype=int32)
    >>> clique_groups(np.array([0, 1, 1]), np.array([1], np.int32), 1, 0).size
    0
    """
    n_states = (pointer.size - 1) // n_movers
    lowest = np.arange(n_states).astype(np.int32)
    size = np.zeros(n_states, np.int32)
    none = np.empty(0, np.int32)
    for state in range(n_states):
        cell = state * n_movers + mover
        for arc in range(pointer[cell], pointer[cell + 1]):
            lowest[state] = min(lowest[state], end[arc])
        size[lowest[state]] += 1
    for state in range(n_states):
        cell = state * n_movers + mover
        if pointer[cell + 1] - pointer[cell] + 1 != size[lowest[state]]:
            return none
        for arc in range(pointer[cell], pointer[cell + 1]):
            if lowest[end[arc]] != lowest[state]:
                return none
    return lowest
