"""A world: one draw of everything uncertain.

A world fixes the value of every number, which of the declared red lines are real, and which rival
coding holds. World 7 of a seed is the same world in every scenario, for whatever the two have in
common: draws are keyed by the number's path (common random numbers).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from sim.domain.reader import as_scenario
from sim.domain.scenario import Scenario
from sim.domain.streams import Purpose, stream
from sim.domain.uncertain import Number, draw_quantiles, hashes, values_at_quantiles
from sim.errors import ModelError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["UNARGUED_P_REAL", "LineKey", "World", "as_world", "central_world", "draw_world"]

#: Probability that a declared red line is real where the scenario gives none.
UNARGUED_P_REAL = 0.5

LineKey = tuple[str, str, str]
"""Party, issue and option of a red line."""


@dataclass(frozen=True)
class World:
    """One draw of everything uncertain.

    Attributes
    ----------
    scenario : Scenario
        The scenario, or the rival coding, that holds.
    values : ndarray of float64, shape (n_numbers,)
        By the order of ``scenario.numbers``; read-only.
    real_lines : frozenset of (party, issue, option)
        The declared lines that are real. Hard lines always are and are not listed.
    coding : str
        Name of the coding drawn; empty where the scenario has none.
    seed, index : int or None
        What it was drawn by; None for the central world.
    seen : set of int, optional
        The slots of the numbers read so far, where the world is `watched`.

    Examples
    --------
    >>> import sim
    >>> world = sim.draw_world(sim.read_scenario("scenarios/berlin-2025/scenario.yaml"), seed=0, index=3)
    >>> 0.45 <= world.value("parties.russia.no_deal.reservation") <= 0.8
    True
    """

    scenario: Scenario
    values: NDArray[np.float64] = field(repr=False)
    real_lines: frozenset[LineKey] = frozenset()
    coding: str = ""
    seed: int | None = None
    index: int | None = None
    seen: set[int] | None = field(default=None, repr=False, compare=False)

    def value(self, number: Number | str) -> float:
        """Return the value of one number.

        Parameters
        ----------
        number : Number or str
            A number of the scenario, such as ``scenario.compliance.response_lag.always``, or its dotted path,
            such as ``parties.russia.no_deal.reservation``.

        Raises
        ------
        ModelError
            If the scenario has no such number.
        """
        slot = self.scenario.numbers.slot(number)
        if self.seen is not None:
            self.seen.add(slot)
        return float(self.values[slot])

    def at(self, slots: NDArray[np.intp], neutral: float = 0.0) -> NDArray[np.float64]:
        """Return the values of many numbers at once.

        Parameters
        ----------
        slots : ndarray of int
            Where they stand (`NumberBook.slot`); the slot after the last is where no number stands.
        neutral : float
            What stands there instead.

        Returns
        -------
        ndarray of float64, of the shape of ``slots``

        Examples
        --------
        >>> import sim
        >>> world = central_world(sim.read_scenario("scenarios/berlin-2025/scenario.yaml"))
        >>> slot = world.scenario.numbers.slot("parties.russia.no_deal.reservation")
        >>> world.at(np.array([slot, len(world.values)]), neutral=1.0).tolist()
        [0.65, 1.0]
        """
        if self.seen is not None:
            self.seen.update(np.unique(slots[slots < len(self.values)]).tolist())
        return np.asarray(np.append(self.values, neutral)[slots])

    def watched(self) -> World:
        """Return the same world, which notes in ``seen`` the slot of every number that is read from it.

        Examples
        --------
        >>> import sim
        >>> world = central_world(sim.read_scenario("scenarios/berlin-2025/scenario.yaml")).watched()
        >>> world.value(world.scenario.parties["us"].discount_rate), len(world.seen)
        (0.15, 1)
        """
        return replace(self, seen=set())

    def under(self, scenario: Scenario) -> World:
        """Return the same values under a scenario with the same numbers that differs in something else.

        Parameters
        ----------
        scenario : Scenario

        Returns
        -------
        World

        Raises
        ------
        ModelError
            If the scenario has other numbers.
        """
        if scenario.numbers.paths != self.scenario.numbers.paths:
            raise ModelError(f"{scenario.name} has other numbers than {self.scenario.name}")
        return replace(self, scenario=scenario)

    def with_values(self, changes: Mapping[str, float]) -> World:
        """Return the same world with some numbers set.

        Parameters
        ----------
        changes : mapping of str to float
            New values by dotted path.

        Returns
        -------
        World

        Raises
        ------
        ModelError
            If a path names no number of the scenario.
        """
        values = self.values.copy()
        for path, value in changes.items():
            values[self.scenario.numbers.slot(path)] = value
        values.setflags(write=False)
        return replace(self, values=values)

    def to_frame(self) -> pd.DataFrame:
        """Return the numbers of the scenario with their values in this world.

        Returns
        -------
        pandas.DataFrame
            As `NumberBook.to_frame`, with the column ``drawn``: the value in this world.

        Examples
        --------
        >>> table = central_world("scenarios/tutorial-two-by-two").to_frame()
        >>> bool((table["drawn"] == table["value"]).all())
        True
        """
        return self.scenario.numbers.to_frame().assign(drawn=self.values)


def declared_lines(scenario: Scenario) -> list[tuple[LineKey, Number | None]]:
    """Return every declared red line with its probability of being real, in stable order."""
    return [
        ((party, line.issue, option), line.p_real)
        for party, spec in sorted(scenario.parties.items())
        for line in spec.red_lines
        if line.kind == "declared"
        for option in line.options
    ]


def as_world(given: World | Scenario | str | Path) -> World:
    """Return a world: the one given, or that of a scenario's central values.

    Parameters
    ----------
    given : World, Scenario, str or Path
        A world, a scenario, or the file or folder of a scenario.

    Returns
    -------
    World

    Raises
    ------
    ScenarioError
        Where it is none of these, or the file breaks a rule.

    Examples
    --------
    >>> as_world("scenarios/tutorial-two-by-two").scenario.name
    'tutorial-two-by-two'
    >>> as_world(7)
    Traceback (most recent call last):
    sim.errors.ScenarioError: a scenario, a world, or the path of a scenario, is needed here; this is int 7
    """
    return given if isinstance(given, World) else central_world(as_scenario(given, "a world"))


def central_world(scenario: Scenario | str | Path, lines: Literal["bluff", "real"] = "bluff") -> World:
    """Return the world of central values.

    Parameters
    ----------
    scenario : Scenario, str or Path
        A scenario, or its file or folder.
    lines : {"bluff", "real"}
        Whether declared red lines count; by default they do not, and results say what changes when
        they do.

    Returns
    -------
    World

    Examples
    --------
    >>> import sim
    >>> world = central_world(sim.read_scenario("scenarios/berlin-2025/scenario.yaml"))
    >>> world.value("parties.russia.no_deal.reservation")
    0.65
    """
    scenario = as_scenario(scenario)
    values = scenario.numbers.value.copy()
    values.setflags(write=False)
    real = frozenset(key for key, _ in declared_lines(scenario)) if lines == "real" else frozenset()
    return World(scenario, values, real)


def draw_world(scenario: Scenario | str | Path, seed: int, index: int) -> World:
    """Draw one world.

    A rival coding is drawn first where the scenario lists any; then every number from its range, one
    quantile for the options of one issue in one table; then which declared lines are real.

    Parameters
    ----------
    scenario : Scenario, str or Path
        A scenario, or its file or folder.
    seed : int
        Root seed.
    index : int
        Which world of that seed.

    Returns
    -------
    World

    Examples
    --------
    >>> import sim
    >>> berlin = sim.read_scenario("scenarios/berlin-2025/scenario.yaml")
    >>> a, b = draw_world(berlin, 0, 1), draw_world(berlin, 0, 1)
    >>> bool((a.values == b.values).all()), a.real_lines == b.real_lines
    (True, True)
    """
    scenario = as_scenario(scenario)
    key = int(stream(seed, Purpose.WORLD, index).integers(0, 2**64, dtype=np.uint64))
    coding = ""
    if scenario.rivals:
        names = sorted(scenario.rivals)
        weights = np.array([scenario.codings[name].weight.value for name in names])
        total = weights.sum()
        if total <= 0:
            raise ModelError("codings: all weights are zero; give at least one coding a positive weight")
        draw = draw_quantiles(key, hashes(["coding"]))[0]
        coding = names[min(int(np.searchsorted(np.cumsum(weights / total), draw, side="right")), len(names) - 1)]
        scenario = scenario.rivals[coding]
    book = scenario.numbers
    quantile = draw_quantiles(key, book.quantile_names)
    quantile = np.where(book.mirrored, 1.0 - quantile, quantile)
    values = values_at_quantiles(book.value, book.low, book.high, book.dist, quantile)
    values.setflags(write=False)
    lines = declared_lines(scenario)
    chance = draw_quantiles(key, hashes(["real:" + "=".join(line) for line, _ in lines]))
    real = frozenset(
        line
        for (line, p_real), u in zip(lines, chance, strict=True)
        if u < (UNARGUED_P_REAL if p_real is None else values[book.slot(p_real)])
    )
    return World(scenario, values, real, coding, seed, index)
