"""The tests after signing of a few packages, worked out beforehand along every number's slider.

A page cannot run the Graph Model or weigh violations, so it holds their verdicts: for each package on show and each
number that can matter, one letter a slider position. They hold while that number alone is moved from its central value;
where two that matter are moved, the page gives the command that works it out instead.

What a number can matter for: the graph tests depend on utilities alone, so on ``salience``, ``utility`` and
``interactions`` of any party; ``self_enforcing`` on the numbers that are read when the violators of the packages are
asked whether they would keep them, which the world itself notes (`sim.domain.world.World.watched`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.after.terms import Terms
from sim.agreements.payoffs import Payoffs
from sim.domain.scenario import Scenario
from sim.domain.uncertain import Number
from sim.domain.world import World, central_world
from sim.stability.arcs import MoveGraph
from sim.stability.concepts import CONCEPTS, stability_concepts
from sim.stability.moves import form_arcs

__all__ = ["STEPS", "TESTS_ON_SHOW", "SliderVerdicts", "for_graph", "slider_positions"]

#: Steps of a slider from one end of a range to the other; its central value is a position too.
STEPS = 10
#: The tests with verdicts, in the order of their bits.
TESTS_ON_SHOW = (*(f"unilaterally_stable.{concept.lower()}" for concept in CONCEPTS), "self_enforcing")

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_PREFERENCE = re.compile(r"parties\.([^.]+)\.(?:salience|utility|interactions)\.")
_ON_THE_SCALE = re.compile(r"parties\.[^.]+\.(?:utility\.[^.]+\.[^.]+|no_deal\.reservation)")
_WEIGHT = re.compile(r"parties\.[^.]+\.salience\.[^.]+")

Bytes = NDArray[np.uint8]


def slider_positions(path: str, number: Number) -> list[float]:
    """Return the values a slider stops at, ascending, the central one among them.

    Parameters
    ----------
    path : str
        Of the number: one without any range runs over the scale of utilities, a salience from its half to its double.
    number : Number

    Returns
    -------
    list of float
        Empty where there is nothing to move: a range that is a point, or no range and no scale.

    Examples
    --------
    >>> slider_positions("parties.hill.no_deal.reservation", Number(value=0.65, low=0.45, high=0.8))[:3]
    [0.45, 0.485, 0.52]
    >>> len(slider_positions("parties.hill.salience.pass", Number(value=2))), slider_positions("x", Number(value=2))
    (12, [])
    """
    low, high = number.range
    if number.low is None and number.high is None:
        if _ON_THE_SCALE.fullmatch(path):
            low, high = min(0.0, number.value), max(1.0, number.value)
        elif _WEIGHT.fullmatch(path):
            low, high = number.value / 2, 2 * number.value
    if not low < high:
        return []
    stops = {round(low + (high - low) * step / STEPS, 6) for step in range(STEPS + 1)}
    return sorted({*stops, low, high, number.value})


def for_graph(path: str) -> str | None:
    """Return whose utilities a number is part of; None where it is part of nobody's.

    Examples
    --------
    >>> for_graph("parties.hill.utility.pass.held"), for_graph("parties.hill.discount_rate")
    ('hill', None)
    """
    found = _PREFERENCE.match(path)
    return found[1] if found else None


@dataclass(frozen=True, eq=False)
class SliderVerdicts:
    """The verdicts of some packages at central values and along every slider that can matter.

    Attributes
    ----------
    base : ndarray of uint8, shape (n_packages,)
        One bit a test, in the order of `TESTS_ON_SHOW`.
    along : dict of str to ndarray of uint8, shape (n_positions, n_packages)
        By the number's path.
    """

    base: Bytes
    along: dict[str, Bytes] = field(repr=False)
    kept: frozenset[str] = field(repr=False)

    @classmethod
    def of(cls, coding: Scenario, packages: NDArray[np.int64], paths: list[str] | None = None) -> SliderVerdicts:
        """Work out the verdicts.

        Parameters
        ----------
        coding : Scenario
        packages : ndarray of int64, shape (n_packages,)
        paths : list of str, optional
            Only along these numbers; along all that can matter by default.

        Returns
        -------
        SliderVerdicts

        Examples
        --------
        >>> import sim
        >>> two = sim.read_scenario("scenarios/tutorial-two-by-two/scenario.yaml")
        >>> found = SliderVerdicts.of(two, np.arange(4))
        >>> found.base.tolist(), found.along["parties.hill.utility.guard.absent"].shape
        ([32, 62, 63, 0], (11, 4))
        """
        world = central_world(coding)
        graph, keeping = _Graph(world, packages), _Keeping(world, packages)
        base = graph.bits(world, None) | keeping.bits(world)
        along = {}
        for path, number in zip(coding.numbers.paths, coding.numbers.numbers, strict=True):
            party, reckoned = for_graph(path), path in keeping.read
            positions = slider_positions(path, number)
            if not positions or not (party or reckoned) or (paths is not None and path not in paths):
                continue
            rows = []
            for value in positions:
                changed = world.with_values({path: value})
                stable = graph.bits(changed, party) if party else base & _GRAPH
                rows.append(stable | (keeping.bits(changed) if reckoned else base & _KEPT))
            along[path] = np.array(rows, dtype=np.uint8)
        return cls(base, along, keeping.read)

    def packed(self, place: Callable[[str], int]) -> dict[str, Any]:
        """Return the verdicts as letters, with what never changes left out.

        Parameters
        ----------
        place : callable
            From a path to its place among the page's paths.

        Returns
        -------
        dict
        """

        def letters(column: Bytes) -> str:
            return "".join(_LETTERS[bits] for bits in column.tolist())

        strips = {}
        for path, rows in self.along.items():
            moving = (rows != self.base).any(axis=0)
            if moving.any():
                strips[str(place(path))] = [
                    letters(rows[:, n]) if moves else "" for n, moves in enumerate(moving.tolist())
                ]
        return {"base": letters(self.base), "kept": sorted(place(path) for path in self.kept), "strips": strips}


_GRAPH, _KEPT = np.uint8(31), np.uint8(32)


class _Keeping:
    """Whether the violators of the packages keep them, from the numbers that bears on and no others."""

    def __init__(self, world: World, packages: NDArray[np.int64]) -> None:
        terms = Terms.of(world)
        self.n_packages = len(packages)
        self.parties = [
            party for party, may in zip(terms.parties, terms.violators[packages].any(axis=0), strict=True) if may
        ]
        frame = terms.payoffs.frame
        breaches = [
            arcs.end[np.isin(arcs.start, packages)]
            for place, arcs in frame.form.breaches
            if terms.parties[place] in self.parties
        ]
        ends = np.setdiff1d(np.concatenate([*breaches, packages[:0]]), packages)
        self.rows = np.concatenate([packages, ends]).astype(np.int64)
        watched = world.watched()
        if self.parties:
            self.bits(watched)
        paths = world.scenario.numbers.paths
        #: What was read, as paths.
        self.read = frozenset(paths[slot] for slot in watched.seen or ())

    def bits(self, world: World) -> Bytes:
        """Return the bit of ``self_enforcing`` of each package."""
        if not self.parties:
            return np.full(self.n_packages, _KEPT)
        whole = Payoffs.among(world, self.rows, self.parties)
        terms = Terms(whole.only(np.arange(self.n_packages)), whole)
        return np.where(terms.defects(terms.reliability).any(axis=1), 0, _KEPT).astype(np.uint8)


class _Graph:
    """The part of the graph that moves from the packages can reach: verdicts there depend on nothing else."""

    def __init__(self, world: World, packages: NDArray[np.int64]) -> None:
        payoffs = Payoffs.of(world)
        arcs, _ = payoffs.frame.form.derived(form_arcs)
        self.parties = payoffs.parties
        self.states = _reachable(arcs, packages)
        place = np.full(arcs.n_states, -1, dtype=np.int64)
        place[self.states] = np.arange(len(self.states))
        start, mover, end = arcs.as_lists()
        inside = place[start] >= 0
        self.start, self.end, self.mover = place[start[inside]], place[end[inside]], mover[inside]
        self.arcs = MoveGraph.of(len(self.states), arcs.movers, self.start, self.mover, self.end)
        self.reverse = self.arcs.reversed()
        self.packages = place[packages]
        self.utility = payoffs.utility[self.states]
        found = stability_concepts(self.arcs, self.utility, reverse=self.reverse)
        self.stable = found.stable[:, self.packages]
        self._others: dict[tuple[int, bytes], NDArray[np.bool_]] = {}

    @cached_property
    def _with(self) -> list[NDArray[np.int64]]:
        """Which arcs each party makes, alone or with others."""
        return [
            np.flatnonzero(np.isin(self.mover, [m for m, members in enumerate(self.arcs.movers) if column in members]))
            for column in range(len(self.parties))
        ]

    def bits(self, world: World, party: str | None) -> Bytes:
        """Return the bits of the graph tests where one party's utilities alone may have changed."""
        stable = self.stable
        if party is not None:
            column = self.parties.index(party)
            level = Payoffs.among(world, self.states, [party]).utility[:, 0]
            if not np.array_equal(_order(level), _order(self.utility[:, column])):
                utility = self.utility.copy()
                utility[:, column] = level
                stable = self.stable.copy()
                for concepts, columns, verdicts in self._changed(column, utility):
                    stable[np.ix_(concepts, np.arange(len(self.packages)), columns)] = verdicts
        holds = stable.all(axis=2)
        return np.asarray((holds << np.arange(len(CONCEPTS))[:, None]).sum(axis=0), dtype=np.uint8)

    def _changed(
        self, column: int, utility: NDArray[np.int64]
    ) -> Iterator[tuple[list[int], list[int], NDArray[np.bool_]]]:
        """Yield verdicts that may differ: the party's own, and of others those that look at its improvements."""
        own = stability_concepts(self.arcs, utility, reverse=self.reverse, parties=[column])
        yield list(range(len(CONCEPTS))), [column], own.stable[:, self.packages][:, :, [column]]
        others = [other for other in range(len(self.parties)) if other != column]
        made = self._with[column]
        improving = (utility[self.end[made], column] > utility[self.start[made], column]).tobytes()
        if (column, improving) not in self._others:
            names = ("SEQ", "SSEQ")
            found = stability_concepts(self.arcs, utility, reverse=self.reverse, names=names, parties=others)
            self._others[column, improving] = found.stable[:, self.packages][:, :, others]
        yield [CONCEPTS.index("SEQ"), CONCEPTS.index("SSEQ")], others, self._others[column, improving]


def _order(levels: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.unique(levels, return_inverse=True)[1]


def _reachable(arcs: MoveGraph, states: NDArray[np.int64]) -> NDArray[np.int64]:
    pointer, end, _ = arcs.steps
    seen = np.zeros(arcs.n_states, dtype=np.bool_)
    seen[states] = True
    front = states
    while len(front):
        ends = np.unique(np.concatenate([end[pointer[s] : pointer[s + 1]] for s in front.tolist()] or [end[:0]]))
        front = ends[~seen[ends]].astype(np.int64)
        seen[front] = True
    return np.flatnonzero(seen)
