"""Moves after signing, compiled: which agreements can become which, and who can do it.

A *mover* is a party, or a set of parties that some move names together (consent). What a mover can do
is any non-empty set of its own changes on distinct issues, made at once; its own are those that name
exactly its parties. Only the end point must exist.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from itertools import product

import numpy as np
from numpy.typing import NDArray

from sim.agreements.space import AgreementSpace
from sim.domain.issue import Move
from sim.domain.scenario import Scenario
from sim.errors import ModelError

__all__ = ["MAX_CHANGES", "Arcs", "Mover", "arcs_of", "movers"]

#: More joint changes of one mover than this are refused: its moves alone make the graph too dense.
MAX_CHANGES = 200_000


@dataclass(frozen=True, eq=False)
class Arcs:
    """The arcs of one mover, sorted by start, then end.

    Attributes
    ----------
    start, end : ndarray of int32, shape (n_arcs,)
        Agreements; end differs from start.
    breach : ndarray of bool, shape (n_arcs,)
        Whether any of the changes made is a breach.
    """

    start: NDArray[np.int32] = field(repr=False)
    end: NDArray[np.int32] = field(repr=False)
    breach: NDArray[np.bool_] = field(repr=False)

    def pointers(self, n_agreements: int) -> NDArray[np.int64]:
        """Return where each agreement's arcs begin, in compressed sparse row form.

        Returns
        -------
        ndarray of int64, shape (n_agreements + 1,)
        """
        return np.asarray(np.searchsorted(self.start, np.arange(n_agreements + 1)), dtype=np.int64)


@dataclass(frozen=True)
class Mover:
    """A party, or several by consent, with the changes open to it.

    Attributes
    ----------
    parties : frozenset of str
    changes : mapping of issue to its moves
    """

    parties: frozenset[str]
    changes: dict[str, tuple[Move, ...]]

    @property
    def name(self) -> str:
        """The parties' names joined, in alphabetical order."""
        return "+".join(sorted(self.parties))


def movers(scenario: Scenario) -> list[Mover]:
    """Return every mover of a scenario: single parties first, then by size and name.

    Parameters
    ----------
    scenario : Scenario

    Returns
    -------
    list of Mover
        Every party, with or without moves, and every larger set that some move names.

    Examples
    --------
    >>> import sim
    >>> berlin = sim.read_scenario("scenarios/berlin-2025/scenario.yaml")
    >>> [mover.name for mover in movers(berlin)][:8]
    ['france', 'germany', 'italy', 'poland', 'russia', 'uk', 'ukraine', 'us']
    """
    sets = {frozenset([party]) for party in scenario.parties} | {frozenset(m.parties) for _, m in scenario.moves()}
    found = []
    for members in sorted(sets, key=lambda s: (len(s), sorted(s))):
        changes: dict[str, list[Move]] = {}
        for issue, move in scenario.moves():
            if frozenset(move.parties) == members:
                changes.setdefault(issue, []).append(move)
        found.append(Mover(members, {issue: tuple(moves) for issue, moves in sorted(changes.items())}))
    return found


def arcs_of(space: AgreementSpace, mover: Mover) -> Arcs:
    """Return the arcs of one mover on the agreements that can exist.

    Parameters
    ----------
    space : AgreementSpace
        Of the mover's scenario.
    mover : Mover

    Returns
    -------
    Arcs
        Arcs that several sets of changes make are kept once; such an arc is a breach only if every
        way to make it is.

    Raises
    ------
    ModelError
        If the mover has more than `MAX_CHANGES` joint changes.

    Examples
    --------
    Hill can seize the pass and leave it again, whether or not the guard is promised:

    >>> import sim
    >>> two = sim.read_scenario("scenarios/tutorial-two-by-two/scenario.yaml")
    >>> hill, vale = movers(two)
    >>> arcs = arcs_of(AgreementSpace.of(two), hill)
    >>> list(zip(arcs.start.tolist(), arcs.end.tolist(), arcs.breach.tolist()))
    [(0, 1, False), (1, 0, True), (2, 3, False), (3, 2, True)]
    """
    place = {issue: k for k, issue in enumerate(space.issues)}

    @cache
    def open_at(issue: str, n: int) -> NDArray[np.bool_]:
        move = mover.changes[issue][n]
        return space.has(issue, move.from_) & space.meets(move.when)

    starts, ends, breaches = [], [], []
    for chosen in _joint_changes(mover):
        mask = np.ones(space.n_agreements, dtype=np.bool_)
        shift = 0
        for issue, n in chosen:
            move = mover.changes[issue][n]
            mask &= open_at(issue, n)
            row, k = space.labels[place[issue]], place[issue]
            shift += (row.index(move.to) - row.index(move.from_)) * space.strides[k]
        start = np.flatnonzero(mask)
        if start.size == 0:
            continue
        end = space.rank[space.code[start] + shift]
        exists = end >= 0
        starts.append(start[exists].astype(np.int32))
        ends.append(end[exists].astype(np.int32))
        breaches.append(np.full(int(exists.sum()), any(mover.changes[i][n].kind == "breach" for i, n in chosen)))
    if not starts:
        none = np.zeros(0, dtype=np.int32)
        return Arcs(none, none, np.zeros(0, dtype=np.bool_))
    start, end, breach = np.concatenate(starts), np.concatenate(ends), np.concatenate(breaches)
    order = np.lexsort((breach, end, start))
    start, end, breach = start[order], end[order], breach[order]
    first = np.ones(len(start), dtype=np.bool_)
    first[1:] = (start[1:] != start[:-1]) | (end[1:] != end[:-1])
    arcs = Arcs(start[first].astype(np.int32), end[first].astype(np.int32), breach[first])
    for array in (arcs.start, arcs.end, arcs.breach):
        array.setflags(write=False)
    return arcs


def _joint_changes(mover: Mover) -> Iterator[tuple[tuple[str, int], ...]]:
    """Yield every non-empty set of changes on distinct issues, each as issue and place among its moves."""
    open_changes = {issue: moves for issue, moves in mover.changes.items() if moves}
    count = 1
    for moves in open_changes.values():
        count *= 1 + len(moves)
    if count > MAX_CHANGES:
        raise ModelError(
            f"{mover.name} has {count:,} joint changes, more than {MAX_CHANGES:,}; split the issue or its moves"
        )
    for combination in product(*[[None, *range(len(moves))] for moves in open_changes.values()]):
        chosen = tuple((issue, n) for issue, n in zip(open_changes, combination, strict=True) if n is not None)
        if chosen:
            yield chosen
