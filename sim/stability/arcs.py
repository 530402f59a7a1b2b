"""Who can move the state from where to where.

A conflict has states s and *movers*. A mover is a set of parties: one party that can act alone, or
several that can act only by consent. Each mover m has arcs s → t: the moves open to it at s. Two
movers are different when their sets of parties differ. The arcs of all movers stand in one
compressed table, ordered by start, then mover, then end.

Compiled functions take what they need of it as named tuples of arrays: `Steps` and `Members`.

References
----------
Fang, L., Hipel, K. W. & Kilgour, D. M. (1993). *Interactive Decision Making: The Graph Model for
Conflict Resolution*. Wiley.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from sim.agreements.compiled import compiled
from sim.stability.groups import FreeMoves, clique_groups

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["MAX_MOVERS", "Members", "MoveGraph", "OwnMoves", "Steps", "all_gain"]

#: Movers are told apart by 16-bit numbers.
MAX_MOVERS = 32_000

IntArray = npt.NDArray[np.int64]
StateArray = npt.NDArray[np.int32]
LabelArray = npt.NDArray[np.int16]


class Steps(NamedTuple):
    """MoveGraph by state: those of a state stand at its entry of `pointer` up to the next.

    Parameters
    ----------
    pointer : ndarray of int64, shape (n_states + 1,)
        Where the arcs of each state begin.
    other : ndarray of int32, shape (n_arcs,)
        The state at the other end: where an arc leads, or, of reversed arcs, where it starts.
    mover : ndarray of int16, shape (n_arcs,)
        Whose it is.
    """

    pointer: IntArray
    other: StateArray
    mover: LabelArray


class OwnMoves(NamedTuple):
    """One mover's arcs: those of a state stand in `end` from its entry of `begin` up to that of `stop`.

    Parameters
    ----------
    begin, stop : ndarray of int64, shape (n_states,)
    end : ndarray of int32
    """

    begin: IntArray
    stop: IntArray
    end: StateArray


class Members(NamedTuple):
    """The parties of every mover: those of mover m stand at ``pointer[m]`` up to the next entry.

    Parameters
    ----------
    pointer, party : ndarray of int64, shapes (n_movers + 1,) and (n_members,)
    """

    pointer: IntArray
    party: IntArray


@compiled
def all_gain(worth: npt.NDArray[np.integer], members: Members, mover: int, here: int, there: int) -> bool:
    """Tell whether every party of a mover strictly prefers one state to another.

    Parameters
    ----------
    worth : ndarray of int, shape (n_parties, n_states)
        Payoffs, or ranks of them.
    members : Members
    mover, here, there : int

    Returns
    -------
    bool

    Examples
    --------
    >>> members = Members(np.array([0, 1, 3]), np.array([0, 0, 1]))
    >>> [all_gain(np.array([[0, 1], [5, 5]]), members, mover, 0, 1) for mover in (0, 1)]
    [True, False]
    """
    for k in range(members.pointer[mover], members.pointer[mover + 1]):
        if worth[members.party[k], there] <= worth[members.party[k], here]:
            return False
    return True


@compiled
def _transpose(pointer: IntArray, end: StateArray, n_states: int, n_movers: int) -> tuple[IntArray, StateArray]:
    # A counting sort: two passes over the arcs, whatever their order.
    place = np.zeros(n_states * n_movers + 1, np.int64)
    for start in range(n_states):
        for mover in range(n_movers):
            cell = start * n_movers + mover
            for arc in range(pointer[cell], pointer[cell + 1]):
                place[np.int64(end[arc]) * n_movers + mover + 1] += 1
    for cell in range(n_states * n_movers):
        place[cell + 1] += place[cell]
    free = place[:-1].copy()
    begin = np.empty(end.size, np.int32)
    for start in range(n_states):
        for mover in range(n_movers):
            cell = start * n_movers + mover
            for arc in range(pointer[cell], pointer[cell + 1]):
                into = np.int64(end[arc]) * n_movers + mover
                begin[free[into]] = start
                free[into] += 1
    return place, begin


@dataclass(frozen=True, eq=False)
class MoveGraph:
    """All moves of all movers between the states of a conflict.

    Parameters
    ----------
    n_states : int
        Number of states, numbered from 0.
    movers : tuple of tuple of int
        The parties of each mover, ascending; no two movers share the same set.
    pointer : ndarray of int64, shape (n_states * n_movers + 1,)
        The arcs of mover m at state s stand at ``pointer[s * n_movers + m]`` up to the next entry.
    end : ndarray of int32, shape (n_arcs,)
        Where each arc leads.

    Examples
    --------
    >>> arcs = MoveGraph.of(3, [(0,), (0, 1)], start=[0, 1, 0], mover=[0, 0, 1], end=[1, 0, 2])
    >>> arcs.from_state(0, 0), arcs.from_state(0, 1)
    (array([1], dtype=int32), array([2], dtype=int32))
    >>> arcs.n_arcs
    3
    """

    n_states: int
    movers: tuple[tuple[int, ...], ...]
    pointer: IntArray
    end: StateArray

    @classmethod
    def of(
        cls,
        n_states: int,
        movers: Sequence[Sequence[int]],
        start: npt.ArrayLike,
        mover: npt.ArrayLike,
        end: npt.ArrayLike,
    ) -> MoveGraph:
        """Build the table from three parallel lists; arcs named twice count once.

        Parameters
        ----------
        n_states : int
            Number of states.
        movers : sequence of sequence of int
            The parties of each mover.
        start, mover, end : array_like of int, shape (n_arcs,)
            Start state, place of the mover in `movers`, and end state of each arc.

        Returns
        -------
        MoveGraph

        Raises
        ------
        ValueError
            If an arc leads outside the states or to itself, or two movers are the same set.
        """
        parties = tuple(tuple(sorted(set(members))) for members in movers)
        if len(set(parties)) != len(parties) or () in parties:
            raise ValueError("movers must be distinct, non-empty sets of parties")
        if len(parties) > MAX_MOVERS:
            raise ValueError(f"{len(parties):,} movers exceed {MAX_MOVERS:,}")
        first = np.asarray(start, np.int64).reshape(-1)
        who = np.asarray(mover, np.int64).reshape(-1)
        last = np.asarray(end, np.int64).reshape(-1)
        for name, values, bound in (
            ("start", first, n_states),
            ("mover", who, len(parties)),
            ("end", last, n_states),
        ):
            if values.size and (int(values.min()) < 0 or int(values.max()) >= bound):
                raise ValueError(f"{name} of an arc lies outside 0..{bound - 1}")
        if bool((first == last).any()):
            raise ValueError("an arc leads from a state to itself")
        n_movers = len(parties)
        # One key an arc, so that one sort orders the table and drops what is named twice.
        key = np.sort((first * n_movers + who) * n_states + last)
        key = key[np.append(True, key[1:] != key[:-1])[: key.size]]
        cell, last = np.divmod(key, max(n_states, 1))
        counts = np.bincount(cell, minlength=n_states * n_movers)
        pointer = np.concatenate((np.zeros(1, np.int64), np.cumsum(counts, dtype=np.int64)))
        return cls(n_states, parties, pointer, last.astype(np.int32))

    @property
    def n_movers(self) -> int:
        """Number of movers."""
        return len(self.movers)

    @property
    def n_arcs(self) -> int:
        """Number of arcs of all movers together."""
        return int(self.end.size)

    def mover_of(self, party: int) -> int:
        """Return the place of the mover that is this party alone, or -1 if it cannot act alone."""
        return self.movers.index((party,)) if (party,) in self.movers else -1

    def from_state(self, state: int, mover: int) -> StateArray:
        """Return the states one mover can reach in one move, ascending."""
        cell = state * self.n_movers + mover
        return self.end[self.pointer[cell] : self.pointer[cell + 1]]

    def own(self, mover: int) -> OwnMoves:
        """Return the arcs of one mover."""
        return OwnMoves(self.pointer[mover : -1 : self.n_movers], self.pointer[mover + 1 :: self.n_movers], self.end)

    def reversed(self) -> MoveGraph:
        """Return the same arcs by their end: ``from_state`` then lists where one can come from.

        Examples
        --------
        >>> MoveGraph.of(3, [(0,)], [0, 1], [0, 0], [2, 2]).reversed().from_state(2, 0)
        array([0, 1], dtype=int32)
        """
        pointer, end = _transpose(self.pointer, self.end, self.n_states, self.n_movers)
        return MoveGraph(self.n_states, self.movers, pointer, end)

    @cached_property
    def free(self) -> FreeMoves | None:
        """The same moves as groups of states, where every mover is one party that moves freely; None otherwise.

        Examples
        --------
        >>> MoveGraph.of(3, [(0,)], [0, 1], [0, 0], [1, 0]).free.group.tolist()
        [[0, 0, 1]]
        >>> MoveGraph.of(3, [(0,)], [0], [0], [1]).free is None
        True
        """
        keys: dict[int, IntArray] = {}
        for mover, members in enumerate(self.movers):
            lowest = clique_groups(self.pointer, self.end, self.n_movers, mover)
            if not lowest.size or len(members) > 1:
                return None
            keys[members[0]] = lowest.astype(np.int64)
        return FreeMoves.of_keys(max(keys) + 1, keys) if keys else None

    @cached_property
    def steps(self) -> Steps:
        """The arcs by state, with the mover of each."""
        if not self.movers:  # nobody can move
            return Steps(np.zeros(self.n_states + 1, np.int64), self.end, np.zeros(0, np.int16))
        owners = np.tile(np.arange(self.n_movers, dtype=np.int16), self.n_states)
        pointer = np.ascontiguousarray(self.pointer[:: self.n_movers])
        return Steps(pointer, self.end, np.repeat(owners, np.diff(self.pointer)))

    @cached_property
    def members(self) -> Members:
        """The parties of every mover, laid end to end."""
        sizes = np.asarray([0, *(len(members) for members in self.movers)], np.int64)
        return Members(np.cumsum(sizes), np.asarray([party for members in self.movers for party in members], np.int64))

    def as_lists(self) -> tuple[IntArray, IntArray, IntArray]:
        """Return start, mover and end of every arc, in the order of the table."""
        steps = self.steps
        start = np.repeat(np.arange(self.n_states), np.diff(steps.pointer))
        return start, steps.mover.astype(np.int64), steps.other.astype(np.int64)

    def to_frame(self) -> pd.DataFrame:
        """Return the moves, one a row: ``start`` and ``end`` state, and the parties of the ``mover`` by number."""
        import pandas as pd

        n_movers = len(self.movers)
        cells = np.repeat(np.arange(len(self.pointer) - 1), np.diff(self.pointer))
        movers = pd.Series(list(self.movers), dtype=object)
        return pd.DataFrame(
            {"start": cells // n_movers, "mover": movers.iloc[cells % n_movers].to_numpy(), "end": self.end}
        )
