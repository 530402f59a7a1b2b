"""What a user hands to a model: a path or a scenario or a world, and a seed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from sim.domain.reader import as_scenario, with_settings
from sim.domain.scenario import Scenario
from sim.domain.world import World, central_world, draw_world

__all__ = ["root_seed", "world_of"]


def root_seed(rng: int | np.integer[Any] | np.random.Generator | None) -> int:
    """Return the root seed that a user gave, in any of the forms that Mesa takes.

    Parameters
    ----------
    rng : int, numpy.random.Generator or None
        A generator is asked for a seed; None stands for one from the operating system.

    Returns
    -------
    int
        0 or more.

    Raises
    ------
    ValueError
        If the seed is negative.

    Examples
    --------
    >>> root_seed(7), root_seed(np.random.default_rng(7)) == root_seed(np.random.default_rng(7))
    (7, True)
    """
    if isinstance(rng, int | np.integer):
        if rng < 0:
            raise ValueError(f"rng: a root seed is 0 or more, not {rng}")
        return int(rng)
    return int(np.random.default_rng(rng).integers(1 << 32))


def world_of(
    given: Scenario | World | str | Path,
    seed: int = 0,
    *,
    settings: Mapping[str, Any] | Sequence[str] = (),
    world: int = 0,
    central: bool = False,
) -> World:
    """Return the world that is meant: one given, one drawn, or the central one.

    Parameters
    ----------
    given : Scenario, World, or path of a scenario file
        A world is taken as it is.
    seed : int
        The root seed that worlds are drawn by.
    settings : mapping of str to value, or sequence of "path=value"
        Values set over the scenario; not for a world.
    world : int
        Which world of that seed is drawn.
    central : bool
        Take central values instead.

    Returns
    -------
    World

    Raises
    ------
    ScenarioError
        If the file or a setting breaks a rule.
    ValueError
        If something is to be set over a world.

    Examples
    --------
    >>> drawn = world_of("scenarios/berlin-2025/scenario.yaml", 7, settings=["negotiation.deadline=10"], world=3)
    >>> drawn.index, drawn.scenario.negotiation.deadline
    (3, 10)
    """
    if isinstance(given, World):
        if settings:
            raise ValueError("settings go with a scenario; a world is taken as it is")
        return given
    scenario = as_scenario(given, "a world")
    if settings:
        scenario = with_settings(scenario, settings)
    return central_world(scenario) if central else draw_world(scenario, seed, world)
