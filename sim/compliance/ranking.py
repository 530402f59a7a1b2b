"""How agreements rank by how long they last, and how the ranking changes with what nobody knows.

The same agreements are lived through under each rival structure of the literature and each rival coding
of the parties, with the same luck; the first combination is the one others are compared with.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.after.terms import Terms
from sim.agreements.payoffs import Payoffs
from sim.compliance.conditions import Conditions
from sim.compliance.model import aftermaths, live
from sim.compliance.record import Aftermath
from sim.compliance.survival import Durability, durability
from sim.domain.reader import with_settings
from sim.domain.scenario import Scenario
from sim.domain.world import draw_world

__all__ = ["Standing", "live_in_worlds", "rank", "rank_everywhere", "structures"]


@dataclass(frozen=True)
class Standing:
    """How some agreements fare under one structure and one coding.

    Attributes
    ----------
    coding, structure : str
    durability : tuple of Durability
        By agreement, in the order given.
    ranks : tuple of float
        1 for the one that lasts longest; equals share the mean of their places.
    moved : tuple of float
        Change of rank against the first standing; positive is worse.
    natural : tuple of bool
        Whether nobody who signs is below its reservation value at central values.
    """

    coding: str
    structure: str
    durability: tuple[Durability, ...]
    ranks: tuple[float, ...]
    moved: tuple[float, ...]
    natural: tuple[bool, ...]


def structures(scenario: Scenario) -> tuple[str, ...]:
    """Return the structures a scenario has a baseline for, its own first.

    Parameters
    ----------
    scenario : Scenario

    Returns
    -------
    tuple of str

    Examples
    --------
    >>> import sim
    >>> structures(sim.read_scenario("scenarios/berlin-2025/scenario.yaml"))
    ('fortna', 'lo-hashimoto-reiter')
    """
    own = scenario.compliance.structure
    return (own, *sorted(name for name in scenario.compliance.hazard.baseline if name != own))


def rank(found: Sequence[Durability]) -> tuple[float, ...]:
    """Rank agreements by mean months survived within the horizon.

    Parameters
    ----------
    found : sequence of Durability

    Returns
    -------
    tuple of float
        1 for the longest; equals share the mean of their places.

    Examples
    --------
    >>> import sim
    >>> terms = Terms.of(sim.read_scenario("scenarios/tutorial-two-by-two/scenario.yaml"))
    >>> found = [durability(aftermaths(terms, agreement, seed=0, runs=5)) for agreement in (1, 2, 3)]
    >>> [float(one.survival.share[60]) for one in found], rank(found)
    ([1.0, 1.0, 0.0], (1.5, 1.5, 3.0))
    """
    # The area under S(t) tells apart what all end before the months that are printed.
    area = np.array([round(float(item.survival.share[1:].sum()), 9) for item in found])
    above = (area[None, :] > area[:, None]).sum(axis=1)
    equal = (area[None, :] == area[:, None]).sum(axis=1)
    return tuple((1 + above + (equal - 1) / 2).tolist())


def live_in_worlds(
    scenario: Scenario, agreements: Sequence[int], seed: int, runs: int, under: Sequence[str] = ()
) -> dict[str, list[list[Aftermath]]]:
    """Simulate aftermaths of some agreements, each run in a world drawn from the scenario's ranges.

    Parameters
    ----------
    scenario : Scenario
    agreements : sequence of int
    seed, runs : int
        Run k is world k of the seed.
    under : sequence of str
        Structures; the scenario's own by default.

    Returns
    -------
    dict of str to list of list of Aftermath
        By structure, then agreement, then run.

    Examples
    --------
    >>> import sim
    >>> two = sim.read_scenario("scenarios/tutorial-two-by-two/scenario.yaml")
    >>> found = live_in_worlds(two, agreements=[1, 3], seed=0, runs=5)
    >>> {structure: [[after.months for after in runs] for runs in lived] for structure, lived in found.items()}
    {'fortna': [[120, 120, 120, 120, 120], [1, 1, 1, 1, 1]]}
    """
    names = tuple(under) or (scenario.compliance.structure,)
    given = {name: with_settings(scenario, {"compliance.structure": name}) for name in names}
    found: dict[str, list[list[Aftermath]]] = {name: [[] for _ in agreements] for name in names}
    for index in range(runs):
        world = draw_world(scenario, seed, index)
        payoffs = Payoffs.of(world)
        for name in names:
            # Structures differ in what their words mean, not in any number, so the draw is the same.
            rival = given[name].rivals[world.coding] if world.coding else given[name]
            terms = Terms.of(payoffs.under(rival))
            for k, conditions in enumerate(Conditions.among(terms, agreements)):
                found[name][k].append(live(conditions, seed))
    return found


def rank_everywhere(
    codings: Mapping[str, Scenario], agreements: Sequence[int], seed: int, runs: int, *, draw: bool = False
) -> list[Standing]:
    """Live through the same agreements under every coding and structure.

    Parameters
    ----------
    codings : mapping of str to Scenario
        Rival codings of the same issues; the first is the base.
    agreements : sequence of int
    seed, runs : int
    draw : bool
        Draw a world for each run instead of taking central values.

    Returns
    -------
    list of Standing
        Codings in the order given, the scenario's own structure first.

    Examples
    --------
    Of two agreements Hill breaks the second, unless the guard can be relied on in nine of ten cases:

    >>> import sim
    >>> two = sim.read_scenario("scenarios/tutorial-two-by-two/scenario.yaml")
    >>> firm = sim.with_settings(two, {"compliance.reliability.probability.guard.promised": 0.9})
    >>> found = rank_everywhere({"own": two, "firm": firm}, agreements=[1, 3], seed=0, runs=5)
    >>> [(standing.coding, standing.ranks, standing.moved) for standing in found]
    [('own', (1.0, 2.0), (0.0, 0.0)), ('firm', (1.5, 1.5), (0.5, -0.5))]
    """
    standings: list[Standing] = []
    for coding, scenario in codings.items():
        pure = scenario.alone()
        names = structures(scenario)
        drawn = live_in_worlds(pure, agreements, seed, runs, names) if draw else {}
        for structure in names:
            terms = Terms.of(with_settings(pure, {"compliance.structure": structure}))
            natural: NDArray[np.bool_] = terms.at(np.asarray(agreements)).natural
            lived = drawn.get(structure) or [
                aftermaths(terms, a, seed, runs, bool(natural[k])) for k, a in enumerate(agreements)
            ]
            found = tuple(durability(of_one, seed=seed) for of_one in lived)
            ranks = rank(found)
            base = standings[0].ranks if standings else ranks
            standings.append(
                Standing(
                    coding,
                    structure,
                    found,
                    ranks,
                    tuple(r - b for r, b in zip(ranks, base, strict=True)),
                    tuple(natural.tolist()),
                )
            )
    return standings
