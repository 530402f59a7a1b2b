"""A world: one draw of everything uncertain.

A world fixes the value of every number, which of the declared red lines are real, and which rival
coding holds. World 7 of a seed is the same world in every scenario, for whatever the two have in
common: draws are keyed by the number's path (common random numbers).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from sim.domain.scenario import Scenario
from sim.domain.streams import Purpose, stream
from sim.domain.uncertain import draw_quantiles, hashes, values_at_quantiles
from sim.errors import ModelError, nearest

__all__ = ["UNARGUED_P_REAL", "LineKey", "World", "central_world", "draw_world"]

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

    def value(self, path: str) -> float:
        """Return the value of one number.

        Parameters
        ----------
        path : str
            Dotted path, such as ``parties.russia.no_deal.reservation``.

        Raises
        ------
        ModelError
            If the scenario has no such number.
        """
        try:
            return float(self.values[self.scenario.numbers.index[path]])
        except KeyError:
            raise ModelError(f"no number {path!r}{nearest(path, self.scenario.numbers.paths)}") from None

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
        index = self.scenario.numbers.index
        for path, value in changes.items():
            if path not in index:
                raise ModelError(f"no number {path!r}{nearest(path, self.scenario.numbers.paths)}")
            values[index[path]] = value
        values.setflags(write=False)
        return replace(self, values=values)


def declared_lines(scenario: Scenario) -> list[tuple[LineKey, str | None]]:
    """Return every declared red line with the path of its probability of being real, in stable order."""
    lines: list[tuple[LineKey, str | None]] = []
    for party, spec in sorted(scenario.parties.items()):
        for place, line in enumerate(spec.red_lines):
            if line.kind == "declared":
                path = None if line.p_real is None else f"parties.{party}.red_lines.{place}.p_real"
                lines += [((party, line.issue, option), path) for option in line.options]
    return lines


def central_world(scenario: Scenario, lines: Literal["bluff", "real"] = "bluff") -> World:
    """Return the world of central values.

    Parameters
    ----------
    scenario : Scenario
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
    values = scenario.numbers.value.copy()
    values.setflags(write=False)
    real = frozenset(key for key, _ in declared_lines(scenario)) if lines == "real" else frozenset()
    return World(scenario, values, real)


def draw_world(scenario: Scenario, seed: int, index: int) -> World:
    """Draw one world.

    A rival coding is drawn first where the scenario lists any; then every number from its range, one
    quantile for the options of one issue in one table; then which declared lines are real.

    Parameters
    ----------
    scenario : Scenario
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
        for (line, path), u in zip(lines, chance, strict=True)
        if u < (UNARGUED_P_REAL if path is None else values[book.index[path]])
    )
    return World(scenario, values, real, coding, seed, index)
