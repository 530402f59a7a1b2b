"""Moves of a product space, listed: any non-empty set of own changes on distinct issues at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product

import numpy as np
import numpy.typing as npt

from sim.stability.arcs import MoveGraph


def product_arcs(
    radices: Sequence[int],
    movers: Sequence[Sequence[int]],
    changes: Sequence[Mapping[int, npt.ArrayLike]],
    feasible: npt.ArrayLike | None = None,
) -> MoveGraph:
    """The moves of each mover: `changes` has, by issue, a table of which option (row) it may change to which (column).

    States are numbered in mixed radix, the last issue running fastest. Infeasible combinations are neither started
    from nor moved to, and are not numbered.

    Party 0 holds two switches, party 1 one that cannot be put back:

    >>> both, once = [[False, True], [True, False]], [[False, True], [False, False]]
    >>> arcs = product_arcs([2, 2, 2], [(0,), (1,)], [{0: both, 1: both}, {2: once}])
    >>> arcs.n_states, arcs.from_state(0, 0).tolist(), arcs.from_state(1, 1).tolist()
    (8, [2, 4, 6], [])
    """
    total = int(np.prod(radices))
    exists = np.ones(total, np.bool_) if feasible is None else np.asarray(feasible, np.bool_).reshape(total)
    place = np.where(exists, np.cumsum(exists) - 1, -1)
    options = np.array(np.unravel_index(np.arange(total), tuple(radices)))
    strides = [int(np.prod(radices[issue + 1 :])) for issue in range(len(radices))]
    starts, who, ends = [], [], []
    for mover, tables in enumerate(changes):
        # Of each issue nothing, or one of the changes that are open to the mover.
        steps = [
            [None, *((k, int(a), int(b)) for a, b in np.argwhere(np.asarray(tables[k])) if a != b)]
            for k in sorted(tables)
        ]
        for chosen in product(*steps):
            made = [change for change in chosen if change is not None]
            if not made:
                continue
            start = np.flatnonzero(np.logical_and.reduce([exists, *(options[k] == a for k, a, _ in made)]))
            end = start + sum((b - a) * strides[k] for k, a, b in made)
            kept = exists[end]
            starts.append(place[start[kept]])
            ends.append(place[end[kept]])
            who.append(np.full(int(kept.sum()), mover))
    none = [np.zeros(0, np.int64)]
    return MoveGraph.of(int(exists.sum()), movers, *(np.concatenate(none + lists) for lists in (starts, who, ends)))
