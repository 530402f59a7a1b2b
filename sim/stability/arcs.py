"""Who can move the state from where to where.

A conflict has states s and *movers*. A mover is a set of parties: one party that can act alone, or
several that can act only by consent. Each mover m has arcs s → t: the moves open to it at s. Two
movers are different when their sets of parties differ. The arcs of all movers stand in one
compressed table, ordered by start, then mover, then end.

In a *product space* a state is one option per issue, numbered in mixed radix with the last issue
running fastest, and a mover's move is any non-empty set of its own changes on distinct issues made
at once. Only the end point must be feasible (Fang, Hipel & Kilgour 1993, ch. 2 and 3).

References
----------
Fang, L., Hipel, K. W. & Kilgour, D. M. (1993). *Interactive Decision Making: The Graph Model for
Conflict Resolution*. Wiley.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sim.agreements.compiled import compiled

__all__ = ["MAX_MOVERS", "Arcs", "product_arcs"]

#: Movers are told apart by 16-bit numbers.
MAX_MOVERS = 32_000

IntArray = npt.NDArray[np.int64]
StateArray = npt.NDArray[np.int32]
BoolArray = npt.NDArray[np.bool_]


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
class Arcs:
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
    >>> arcs = Arcs.of(3, [(0,), (0, 1)], start=[0, 1, 0], mover=[0, 0, 1], end=[1, 0, 2])
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
    ) -> Arcs:
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
        Arcs

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

    def reversed(self) -> Arcs:
        """Return the same arcs by their end: ``from_state`` then lists where one can come from.

        Examples
        --------
        >>> Arcs.of(3, [(0,)], [0, 1], [0, 0], [2, 2]).reversed().from_state(2, 0)
        array([0, 1], dtype=int32)
        """
        pointer, end = _transpose(self.pointer, self.end, self.n_states, self.n_movers)
        return Arcs(self.n_states, self.movers, pointer, end)

    def by_state(self) -> tuple[IntArray, StateArray]:
        """Return where the arcs of each state begin, shape (n_states + 1,), and their ends."""
        if not self.movers:  # nobody can move
            return np.zeros(self.n_states + 1, self.pointer.dtype), self.end
        return np.ascontiguousarray(self.pointer[:: self.n_movers]), self.end

    def labels(self) -> npt.NDArray[np.int16]:
        """Return the mover of every arc, in the order of the table."""
        return np.repeat(np.tile(np.arange(self.n_movers, dtype=np.int16), self.n_states), np.diff(self.pointer))

    def as_lists(self) -> tuple[IntArray, IntArray, IntArray]:
        """Return start, mover and end of every arc, in the order of the table."""
        pointer, end = self.by_state()
        start = np.repeat(np.arange(self.n_states), np.diff(pointer))
        return start, self.labels().astype(np.int64), end.astype(np.int64)


@compiled
def _product_ends(
    place: StateArray,
    strides: IntArray,
    radices: IntArray,
    issue_pointer: IntArray,
    issue_of: IntArray,
    table_pointer: IntArray,
    option_pointer: IntArray,
    option_to: IntArray,
    widest: int,
    n_states: int,
    n_movers: int,
) -> tuple[IntArray, StateArray]:
    pointer = np.zeros(n_states * n_movers + 1, np.int64)
    reach = np.empty(widest, np.int64)
    end = np.empty(0, np.int32)
    for filling in range(2):
        at = 0
        for code in range(place.size):
            state = place[code]
            if state < 0:
                continue
            for mover in range(n_movers):
                # Cross the changes of one issue after another with what was reached before;
                # the first entry, no change at all, is not a move.
                reach[0] = code
                count = 1
                for slot in range(issue_pointer[mover], issue_pointer[mover + 1]):
                    issue = issue_of[slot]
                    option = (code // strides[issue]) % radices[issue]
                    row = table_pointer[slot] + option
                    before = count
                    for entry in range(option_pointer[row], option_pointer[row + 1]):
                        shift = (option_to[entry] - option) * strides[issue]
                        for k in range(before):
                            reach[count] = reach[k] + shift
                            count += 1
                for k in range(1, count):
                    target = place[reach[k]]
                    if target >= 0:
                        if filling:
                            end[at] = target
                        at += 1
                pointer[np.int64(state) * n_movers + mover + 1] = at
        if not filling:
            end = np.empty(at, np.int32)
    return pointer, end


def product_arcs(
    radices: Sequence[int],
    movers: Sequence[Sequence[int]],
    changes: Sequence[Mapping[int, npt.ArrayLike]],
    feasible: npt.ArrayLike | None = None,
) -> Arcs:
    """List the moves of a product space: any non-empty set of own changes on distinct issues at once.

    Parameters
    ----------
    radices : sequence of int, length n_issues
        Number of options of each issue.
    movers : sequence of sequence of int
        The parties of each mover.
    changes : sequence of mapping, one per mover
        For each issue the mover can change, a boolean table (options, options): may it change the
        option of the row to that of the column? The diagonal is not looked at.
    feasible : array_like of bool, shape (product of radices,), optional
        Which combinations exist; all of them by default. Infeasible ones are neither started
        from nor moved to, and are not numbered.

    Returns
    -------
    Arcs
        Over the feasible combinations, numbered in the order of their codes. The ends of one
        mover at one state stand in the order of its changes, not ascending.

    Examples
    --------
    Party 0 holds two switches, party 1 one that cannot be put back:

    >>> both = [[False, True], [True, False]]
    >>> once = [[False, True], [False, False]]
    >>> arcs = product_arcs([2, 2, 2], [(0,), (1,)], [{0: both, 1: both}, {2: once}])
    >>> arcs.n_states, sorted(arcs.from_state(0, 0).tolist()), arcs.from_state(1, 1).tolist()
    (8, [2, 4, 6], [])
    """
    sizes = np.asarray(radices, np.int64)
    strides = np.concatenate((np.cumprod(sizes[::-1])[::-1][1:], np.ones(1, np.int64)))
    total = int(np.prod(sizes))
    exists = np.ones(total, np.bool_) if feasible is None else np.asarray(feasible, np.bool_).reshape(total)
    place = np.where(exists, np.cumsum(exists) - 1, -1).astype(np.int32)
    n_states = int(exists.sum())

    issue_pointer, issue_of, table_pointer = [0], [], []
    option_pointer, option_to = [0], []
    widest = 1
    for tables in changes:
        width = 1
        for issue in sorted(tables):
            table = np.array(tables[issue], np.bool_)
            if table.shape != (sizes[issue], sizes[issue]):
                raise ValueError(f"the table of issue {issue} has shape {table.shape}")
            np.fill_diagonal(table, False)
            issue_of.append(issue)
            table_pointer.append(len(option_pointer) - 1)
            for row in table:
                option_to.extend(np.flatnonzero(row).tolist())
                option_pointer.append(len(option_to))
            width *= 1 + int(table.sum(axis=1).max(initial=0))
        widest = max(widest, width)
        issue_pointer.append(len(issue_of))
    pointer, end = _product_ends(
        place,
        strides,
        sizes,
        np.asarray(issue_pointer, np.int64),
        np.asarray(issue_of, np.int64),
        np.asarray(table_pointer, np.int64),
        np.asarray(option_pointer, np.int64),
        np.asarray(option_to, np.int64),
        widest,
        n_states,
        len(changes),
    )
    parties = tuple(tuple(sorted(set(members))) for members in movers)
    if len(parties) != len(changes) or len(set(parties)) != len(parties):
        raise ValueError("each mover needs its own set of parties and its own changes")
    return Arcs(n_states, parties, pointer, end)
