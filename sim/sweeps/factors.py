"""What a sweep varies.

A *factor* is anything a sweep moves: one number, a structural switch, a coding, or several numbers
moved together. Every factor maps the unit interval to settings: ``u`` in [0, 1] becomes one value
per path. Sampling methods therefore draw points of the unit cube and know nothing of the factors,
and a factor's place in the cube is what sensitivity analysis correlates with the outcome.

- A *range* is linear in u between its ends (or follows a number's own distribution).
- A *list* of n levels cuts [0, 1] into n equal parts.
- *Linked* lists and numbers moved *together* are one factor with several paths and one u.
- A *dummy* has no path: it moves nothing, and what an analysis attributes to it is noise.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

import numpy as np

from sim.domain.uncertain import DISTRIBUTIONS, values_at_quantiles
from sim.errors import DesignError

if TYPE_CHECKING:
    from sim.domain.scenario import Scenario

__all__ = ["DUMMY", "Factor", "Span", "Value", "dummy", "linked", "listed", "ranged", "together", "uncertain", "varied"]

#: What a setting can be.
Value = bool | int | float | str

#: Name of the factor that moves nothing.
DUMMY = "(dummy)"


@dataclass(frozen=True)
class Span:
    """The range of one number.

    Parameters
    ----------
    low, high : float
        Its ends.
    mode : float, optional
        Central value, for the distributions that have one.
    dist : str
        ``uniform``, ``triangular`` or ``pert``, as in scenario files.
    mirrored : bool
        Takes 1 − u: it falls where the others of its factor rise.

    Examples
    --------
    >>> Span(0.4, 0.6).at(0.5), Span(0.0, 1.0, mode=1.0, dist="triangular").at(0.25)
    (0.5, 0.5)
    """

    low: float
    high: float
    mode: float | None = None
    dist: str = "uniform"
    mirrored: bool = False

    def __post_init__(self) -> None:
        if not self.low <= self.high:
            raise DesignError(f"a range from {self.low} to {self.high} runs backwards; swap its ends")
        if self.mode is not None and not self.low <= self.mode <= self.high:
            raise DesignError(f"the value {self.mode} lies outside its range {self.low} to {self.high}")

    def at(self, u: float) -> float:
        """Return the number at quantile `u`, to twelve digits so that .45 is .45."""
        if self.mirrored:
            u = 1.0 - u
        if self.dist == "uniform" or self.mode is None:
            value = self.low + u * (self.high - self.low)
        else:
            one = np.ones(1)
            value = float(
                values_at_quantiles(
                    self.mode * one,
                    self.low * one,
                    self.high * one,
                    np.array([DISTRIBUTIONS.index(self.dist)], dtype=np.int8),
                    u * one,
                )[0]
            )
        return float(f"{value:.12g}")


@dataclass(frozen=True)
class Factor:
    """One thing a sweep varies; make one with `ranged`, `listed`, `linked`, `together` or `varied`.

    Parameters
    ----------
    name : str
        A scenario path where it has one, otherwise a name of its own.
    paths : tuple of str
        Scenario paths it sets; none for the dummy.
    spans : tuple of Span
        One per path, where it is a number.
    levels : tuple of tuple of Value
        Each level has one value per path, where it is a list.
    steps : int
        Values it takes in a grid, where it is a number.
    group : str
        Analysed together with the factors of the same group; its own name by default.

    Examples
    --------
    >>> ranged("parties.russia.no_deal.reservation", 0.4, 0.65, steps=6).grid()
    [(0.4,), (0.45,), (0.5,), (0.55,), (0.6,), (0.65,)]
    """

    name: str
    paths: tuple[str, ...] = ()
    spans: tuple[Span, ...] = ()
    levels: tuple[tuple[Value, ...], ...] = ()
    steps: int = 5
    group: str = ""

    def __post_init__(self) -> None:
        if bool(self.spans) == bool(self.levels) and self.paths:
            raise DesignError(f"factor {self.name}: give it a range or a list of values, one of them")
        if self.levels and any(len(level) != len(self.paths) for level in self.levels):
            raise DesignError(f"factor {self.name}: linked lists are of equal length, one value per path")
        if self.spans and len(self.spans) != len(self.paths):
            raise DesignError(f"factor {self.name}: {len(self.paths)} paths and {len(self.spans)} ranges")
        if self.spans and self.steps < 1:
            raise DesignError(f"factor {self.name}: steps: {self.steps}, but a grid needs 1 or more")

    @property
    def in_group(self) -> str:
        """The group it is analysed in."""
        return self.group or self.name

    @property
    def is_number(self) -> bool:
        """Whether its design column holds numbers."""
        if self.levels:
            return all(isinstance(level[0], int | float) and not isinstance(level[0], bool) for level in self.levels)
        return True

    @property
    def moves_apart(self) -> bool:
        """Whether its numbers have different ranges, so that no one value stands for all."""
        return bool(self.spans) and len(set(self.spans)) > 1

    def at(self, u: float) -> tuple[Value, ...]:
        """Return one value per path at `u` in [0, 1]."""
        if self.levels:
            return self.levels[min(int(u * len(self.levels)), len(self.levels) - 1)]
        return tuple(span.at(u) for span in self.spans)

    def grid(self) -> list[tuple[Value, ...]]:
        """Return the values it takes in a grid."""
        if self.levels:
            return list(self.levels)
        if not self.paths:
            return [()]
        places = [0.5] if self.steps == 1 else [step / (self.steps - 1) for step in range(self.steps)]
        return [self.at(u) for u in places]

    def shown(self, u: float) -> Value:
        """Return what the design table shows: the value, or the quantile where numbers move apart."""
        if not self.paths or self.moves_apart:
            return float(f"{u:.12g}")
        return self.at(u)[0]


def dummy() -> Factor:
    """Return the factor that moves nothing.

    Returns
    -------
    Factor
        Without paths; what an analysis attributes to it is noise.

    Examples
    --------
    >>> dummy().name, dummy().at(0.5)
    ('(dummy)', ())
    """
    return Factor(DUMMY)


def ranged(path: str, low: float, high: float, *, steps: int = 5, group: str = "") -> Factor:
    """Return the factor that moves one number between two ends.

    Parameters
    ----------
    path : str
        The number's path in the scenario.
    low, high : float
        The ends, in the number's own unit.
    steps : int
        Values it takes in a grid, the ends among them.
    group : str
        Analysed together under this name; by itself if empty.

    Returns
    -------
    Factor

    Raises
    ------
    DesignError
        Where the range runs backwards, or a grid has no steps.

    Examples
    --------
    >>> ranged("parties.russia.no_deal.reservation", 0.4, 0.6, steps=3).grid()
    [(0.4,), (0.5,), (0.6,)]
    """
    return Factor(path, (path,), (Span(float(low), float(high)),), steps=steps, group=group)


def listed(path: str, values: Sequence[Value], *, group: str = "") -> Factor:
    """One setting that takes each of some values: numbers, options of a switch, codings.

    Parameters
    ----------
    path : str
        What is set.
    values : sequence of bool, int, float or str
        Each once; in a grid, in this order.
    group : str
        Analysed together under this name; by itself if empty.

    Returns
    -------
    Factor

    Raises
    ------
    DesignError
        Where there are no values, or one stands twice.

    Examples
    --------
    >>> listed("compliance.structure", ["fortna", "lo-hashimoto-reiter"]).at(0.7)
    ('lo-hashimoto-reiter',)
    """
    if not values:
        raise DesignError(f"factor {path}: a list needs at least one value")
    if len(set(map(repr, values))) < len(values):
        raise DesignError(f"factor {path}: a value stands twice in its list")
    return Factor(path, (path,), levels=tuple((value,) for value in values), group=group)


def linked(name: str, lists: Mapping[str, Sequence[Value]], *, group: str = "") -> Factor:
    """Several settings that step through their lists in step.

    Parameters
    ----------
    name : str
        What it is called.
    lists : mapping of str to sequence
        The values of each path, all of one length.
    group : str
        Analysed together under this name; by itself if empty.

    Returns
    -------
    Factor

    Raises
    ------
    DesignError
        Where the lists are empty or of different lengths.

    Examples
    --------
    >>> linked("mood", {"a.x": [0.1, 0.9], "b.y": ["calm", "tense"]}).grid()
    [(0.1, 'calm'), (0.9, 'tense')]
    """
    lengths = {len(values) for values in lists.values()}
    if len(lengths) != 1 or 0 in lengths:
        given = ", ".join(f"{path} has {len(values)}" for path, values in lists.items())
        raise DesignError(f"factor {name}: linked lists are of equal length and not empty; {given}")
    return Factor(name, tuple(lists), levels=tuple(zip(*lists.values(), strict=True)), group=group)


def together(name: str, spans: Mapping[str, Span], *, steps: int = 5, group: str = "") -> Factor:
    """Return the factor that moves several numbers through their ranges together, at one quantile.

    Parameters
    ----------
    name : str
        What it is called.
    spans : mapping of str to Span
        The range of each number, by path.
    steps : int
        Values it takes in a grid.
    group : str
        Analysed together under this name; by itself if empty.

    Returns
    -------
    Factor

    Examples
    --------
    >>> together("guards", {"reliability": Span(0.2, 0.6), "cost": Span(1, 3, mirrored=True)}, steps=3).grid()
    [(0.2, 3.0), (0.4, 2.0), (0.6, 1.0)]
    """
    if not spans:
        raise DesignError(f"factor {name}: together names no number; give one path or several")
    return Factor(name, tuple(spans), tuple(spans.values()), steps=steps, group=group)


def varied(
    path: str,
    central: float,
    *,
    plus_minus: float | None = None,
    percent: float | None = None,
    steps: int = 5,
    group: str = "",
) -> Factor:
    """One number around its central value, by an amount or by a percentage.

    Parameters
    ----------
    path : str
        The number's path in the scenario.
    central : float
        Its central value.
    plus_minus : float, optional
        How far to either side, in the number's own unit.
    percent : float, optional
        The same in percent of the central value; one of the two is given.
    steps : int
        Values it takes in a grid, the ends among them.
    group : str
        Analysed together under this name; by itself if empty.

    Returns
    -------
    Factor

    Raises
    ------
    DesignError
        Where neither or both are given.

    Examples
    --------
    >>> varied("p.x", 0.5, percent=10).spans
    (Span(low=0.45, high=0.55, mode=None, dist='uniform', mirrored=False),)
    """
    return Factor(path, (path,), (around(central, plus_minus, percent, path),), steps=steps, group=group)


def around(central: float, plus_minus: float | None, percent: float | None, path: str = "") -> Span:
    """Return the range of a number around its central value."""
    if (plus_minus is None) == (percent is None):
        raise DesignError(f"factor {path}: give plus_minus or percent, one of them")
    width = abs(central) * percent / 100 if percent is not None else abs(plus_minus or 0.0)
    return Span(float(f"{central - width:.12g}"), float(f"{central + width:.12g}"))


def uncertain(scenario: Scenario, pattern: str, *, group: str = "") -> list[Factor]:
    """Return one factor per independent quantile among the uncertain numbers that match.

    Numbers that a world moves together (the options of one issue, or a shared ``quantile``) stay one
    factor, so that a sample keeps the order of options as a world does.

    Parameters
    ----------
    scenario : Scenario
        Whose numbers, ranges and distributions are used.
    pattern : str
        Dotted path with ``*`` for any text, such as ``parties.russia.*``.
    group : str
        Analysed together under this name; each factor by itself if empty.

    Returns
    -------
    list of Factor
        In the order of the numbers' paths.

    Raises
    ------
    DesignError
        Where no uncertain number matches.

    Examples
    --------
    The five options of Donetsk keep their order as a world draws them, so they are one factor:

    >>> import sim
    >>> berlin = sim.read_scenario("scenarios/berlin-2025/scenario.yaml")
    >>> [(factor.name, len(factor.paths)) for factor in uncertain(berlin, "parties.russia.utility.d*")]
    [('parties.russia.utility.dmz', 3), ('parties.russia.utility.donetsk', 5)]
    """
    book = scenario.numbers
    found: dict[int, list[int]] = {}
    for place, path in enumerate(book.paths):
        if book.low[place] < book.high[place] and fnmatchcase(path, pattern):
            found.setdefault(int(book.quantile_names[place]), []).append(place)
    if not found:
        raise DesignError(f"uncertain: {pattern!r} matches no number with a range; `parley explain` lists them")
    factors = []
    for places in found.values():
        paths = tuple(book.paths[k] for k in places)
        spans = tuple(
            Span(
                float(book.low[k]), float(book.high[k]), float(book.value[k]), DISTRIBUTIONS[book.dist[k]],
                bool(book.mirrored[k]),
            )
            for k in places
        )  # fmt: skip
        name = paths[0] if len(paths) == 1 else book.numbers[places[0]].quantile or paths[0].rpartition(".")[0]
        factors.append(Factor(name.removeprefix("-"), paths, spans, group=group))
    return factors
