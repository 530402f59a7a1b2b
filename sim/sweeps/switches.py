"""What a sweep can turn that is no key of a scenario file.

- ``coding``: one of the scenario's rival codings, by name, in place of a draw among them.
- ``red_lines.p_real``: the chance that a declared red line is real, for all of them at once.
- ``red_lines``: ``real`` or ``bluff`` for all declared lines, in place of a draw.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from sim.domain.reader import with_settings
from sim.domain.scenario import Scenario
from sim.domain.streams import Purpose, stream
from sim.domain.uncertain import draw_quantiles, hashes
from sim.domain.world import World, central_world, declared_lines, draw_world
from sim.errors import DesignError, nearest
from sim.sweeps.factors import Value

__all__ = ["SWITCHES", "check_switch", "world_of"]

SWITCHES = ("coding", "red_lines.p_real", "red_lines")


def check_switch(name: str, value: Value, scenario: Scenario) -> None:
    """Refuse a value that a switch cannot take.

    Parameters
    ----------
    name : str
        One of `SWITCHES`.
    value : bool, int, float or str
        What a factor would set it to.
    scenario : Scenario
        Whose codings are known.

    Raises
    ------
    DesignError
        Naming what it can take.

    Examples
    --------
    >>> import sim
    >>> two = sim.read_scenario("scenarios/tutorial-two-by-two/scenario.yaml")
    >>> check_switch("red_lines", "bluff", two)
    >>> check_switch("red_lines", "maybe", two)
    Traceback (most recent call last):
    sim.errors.DesignError: 'maybe': declared red lines are real or bluff
    """
    if name == "coding":
        if value not in scenario.rivals:
            raise DesignError(
                f"no coding {value!r}{nearest(str(value), sorted(scenario.rivals))}"
                if scenario.rivals
                else "the scenario lists no rival codings"
            )
    elif name == "red_lines":
        if value not in {"real", "bluff"}:
            raise DesignError(f"{value!r}: declared red lines are real or bluff")
    elif isinstance(value, str | bool) or not 0 <= value <= 1:
        raise DesignError(f"{value!r}: a probability lies between 0 and 1")


#: Scenarios made from others, by what they were made from; a sweep needs few, again and again.
_MADE: dict[tuple[str, str, tuple[tuple[str, Value], ...]], Scenario] = {}
_MOST_MADE = 256


def _made(scenario: Scenario, coding: str, settings: tuple[tuple[str, Value], ...]) -> Scenario:
    key = (scenario.hash, coding, settings)
    if key not in _MADE:
        if len(_MADE) >= _MOST_MADE:
            _MADE.pop(next(iter(_MADE)))
        made = with_settings(scenario, dict(settings)) if settings else scenario
        if coding:
            # By itself, so that a world draws no coding.
            made = made.rivals[coding].model_copy()
            made._rivals = {}
        _MADE[key] = made
    return _MADE[key]


def world_of(scenario: Scenario, settings: Mapping[str, Value], seed: int, index: int, *, drawn: bool) -> World:
    """Return the world of one run of a sweep.

    Parameters
    ----------
    scenario : Scenario
        The policy.
    settings : mapping of str to Value
        What the point sets: numbers are fixed at their values in whatever world; switches and structure
        change the scenario first.
    seed, index : int
        Root seed, and which world.
    drawn : bool
        Whether the world is drawn; otherwise everything not set is central.

    Returns
    -------
    World

    Examples
    --------
    >>> import sim
    >>> two = sim.read_scenario("scenarios/tutorial-two-by-two/scenario.yaml")
    >>> world = world_of(two, {"parties.hill.no_deal.reservation": 0.9}, seed=0, index=0, drawn=False)
    >>> [world.value(f"parties.{party}.no_deal.reservation") for party in two.parties]
    [0.9, 0.35]
    """
    structural: list[tuple[str, Value]] = []
    numbers: dict[str, float] = {}
    index_of = scenario.numbers.index
    for path, value in settings.items():
        if path in SWITCHES:
            continue
        if path in index_of and not isinstance(value, str | bool):
            numbers[path] = float(value)
        else:
            structural.append((path, value))
    if structural or "coding" in settings:
        scenario = _made(scenario, str(settings.get("coding", "")), tuple(structural))
    world = draw_world(scenario, seed, index) if drawn else central_world(scenario)
    if numbers:
        # Lines are drawn from the numbers of the world; a p_real that the point sets counts as well.
        world = world.with_values(numbers)
    if "red_lines" in settings or "red_lines.p_real" in settings or any(p.endswith(".p_real") for p in numbers):
        world = replace(world, real_lines=_real_lines(world, settings, seed, index))
    return world


def _real_lines(world: World, settings: Mapping[str, Value], seed: int, index: int) -> frozenset[tuple[str, str, str]]:
    lines = declared_lines(world.scenario)
    if "red_lines" in settings:
        return frozenset(line for line, _ in lines) if settings["red_lines"] == "real" else frozenset()
    # The same chances as `draw_world` draws: a line real at p stays real at every higher p.
    key = int(stream(seed, Purpose.WORLD, index).integers(0, 2**64, dtype=np.uint64))
    chance = draw_quantiles(key, hashes(["real:" + "=".join(line) for line, _ in lines]))
    common = settings.get("red_lines.p_real")
    from sim.domain.world import UNARGUED_P_REAL

    return frozenset(
        line
        for (line, p_real), u in zip(lines, chance, strict=True)
        if u < (float(common) if common is not None else UNARGUED_P_REAL if p_real is None else world.value(p_real))
    )
