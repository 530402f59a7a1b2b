"""The hazard that war comes back for reasons outside the parties' calculation.

Per year: the structure's baseline × the hazard ratios of the terms (their product not below a floor) ×
the ratio of a pact × that of an imposed agreement; more in the first months. Whether terms change it at
all is disputed, so a scenario names its structures and sets the ratios of one of them to 1.

References
----------
Fortna 2003, International Organization 57(2). Lo, Hashimoto & Reiter 2008, International Organization
62(4). Werner & Yuen 2005, International Organization 59(2). Johnson & Leeds 2011, Foreign Policy Analysis
7. Kenwick & Vasquez 2017, Journal of Politics 79.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.agreements.tables import OptionTables, read_only
from sim.domain.world import World

__all__ = ["hazard_by_month", "hazard_ratio", "monthly_hazard"]

Floats = NDArray[np.float64]


def hazard_ratio(tables: OptionTables) -> Floats:
    """Return the product of the hazard ratios of the terms under the scenario's structure.

    Parameters
    ----------
    tables : OptionTables

    Returns
    -------
    ndarray of float64, shape (n_agreements,)
        Not below the structure's floor.

    Examples
    --------
    A promised guard halves the hazard; the four agreements have it absent, absent, promised, promised:

    >>> import sim
    >>> two = sim.read_scenario("scenarios/tutorial-two-by-two/scenario.yaml")
    >>> halved = {"baseline": {"fortna": 0.12}, "ratio": {"fortna": {"guard": {"promised": 0.5}}}}
    >>> hazard_ratio(sim.Terms.of(sim.with_settings(two, {"compliance.hazard": halved})).tables).tolist()
    [1.0, 1.0, 0.5, 0.5]
    """
    spec, structure = tables.scenario.compliance.hazard, tables.scenario.compliance.structure
    ratio = tables.multiplied(spec.ratio.get(structure, {}))
    if structure in spec.floor:
        ratio = np.maximum(ratio, tables.world.value(spec.floor[structure]))
    return read_only(ratio)


def monthly_hazard(tables: OptionTables, ratio: Floats) -> Floats:
    """Return the hazard a month after the first months, incidents aside.

    Parameters
    ----------
    tables : OptionTables
    ratio : ndarray of float64, shape (n_agreements,)
        As `hazard_ratio` returns it.

    Returns
    -------
    ndarray of float64, shape (n_agreements,)
        0 where the scenario has no baseline.

    Examples
    --------
    A yearly baseline of 0.12, and the ratios of four agreements:

    >>> import sim
    >>> two = sim.read_scenario("scenarios/tutorial-two-by-two/scenario.yaml")
    >>> tables = sim.Terms.of(sim.with_settings(two, {"compliance.hazard": {"baseline": {"fortna": 0.12}}})).tables
    >>> monthly_hazard(tables, np.array([1.0, 1.0, 0.5, 2.0])).tolist()
    [0.01, 0.01, 0.005, 0.02]
    """
    compliance, structure = tables.scenario.compliance, tables.scenario.compliance.structure
    if structure not in compliance.hazard.baseline:
        return np.zeros(tables.space.n_agreements)
    yearly = tables.world.value(compliance.hazard.baseline[structure])
    monthly: Floats = yearly / 12.0 * ratio
    if compliance.deterrence.pact:
        pact = tables.space.meets(compliance.deterrence.pact)
        monthly = monthly * np.where(pact, tables.world.value(compliance.deterrence.ratio), 1.0)
    return read_only(monthly)


def hazard_by_month(world: World, monthly: Floats, months: int, natural: NDArray[np.bool_] | bool) -> Floats:
    """Return the hazard of each month after signing, incidents aside.

    Parameters
    ----------
    world : World
    monthly : ndarray of float64, shape (n_agreements,)
        As `monthly_hazard` returns it.
    months : int
    natural : bool or ndarray of bool, shape (n_agreements,)
        Whether nobody was pressed below its reservation value; an imposed agreement has a ratio of its own.

    Returns
    -------
    ndarray of float64, shape (months, n_agreements)
        A month with hazard h passes with probability exp(−h).

    Examples
    --------
    The first month counts three times, and the second of two agreements was imposed, which doubles its hazard:

    >>> import sim
    >>> two = sim.read_scenario("scenarios/tutorial-two-by-two/scenario.yaml")
    >>> early = {"front_loading": {"months": 1, "factor": 3}, "baseline": {"fortna": 0.12}, "imposed": {"fortna": 2}}
    >>> world = sim.central_world(sim.with_settings(two, {"compliance.hazard": early}))
    >>> hazard_by_month(world, np.array([0.01, 0.01]), 3, np.array([True, False])).tolist()
    [[0.03, 0.06], [0.01, 0.02], [0.01, 0.02]]

    A peace that has held for two months is twice as safe afterwards:

    >>> safer = early | {"decline": [{"after": 2, "factor": 0.5}]}
    >>> world = sim.central_world(sim.with_settings(two, {"compliance.hazard": safer}))
    >>> hazard_by_month(world, np.array([0.01]), 3, True).tolist()
    [[0.03], [0.01], [0.005]]
    """
    spec, structure = world.scenario.compliance.hazard, world.scenario.compliance.structure
    imposed = world.value(spec.imposed[structure]) if structure in spec.imposed else 1.0
    first = world.value(spec.front_loading.factor)
    month = np.arange(1, months + 1)
    factor = np.where(month <= spec.front_loading.months, first, 1.0)
    for entry in spec.decline:
        factor = np.where(month > entry.after, factor * world.value(entry.factor), factor)
    ratio = np.where(np.broadcast_to(natural, monthly.shape), 1.0, imposed)
    return np.asarray(factor[:, None] * (monthly * ratio)[None, :])
