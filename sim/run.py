"""The spine: one run, from a scenario to what became of its agreement.

scenario → world → payoffs and terms → negotiation → (ratification) → aftermath → `Run`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sim.after.terms import Terms
from sim.agreements.payoffs import SCALE, Payoffs
from sim.compliance.model import aftermath
from sim.compliance.record import Aftermath
from sim.domain.reader import as_scenario
from sim.domain.scenario import Scenario
from sim.domain.world import World, central_world, draw_world
from sim.negotiation.model import Outcome, negotiate

__all__ = ["Run", "simulate", "simulate_world"]


@dataclass(frozen=True, eq=False)
class Run:
    """One negotiation and its aftermath, in one world, with one seed.

    Attributes
    ----------
    world : World
    payoffs : Payoffs
    seed, replication : int
    outcome : Outcome
        How the negotiation ended.
    agreement : mapping of str to str, or None
        The option of each issue, in the order of the scenario.
    margins : mapping of str to float
        What the agreement is worth to each party over no deal when it is signed, on its own scale
        (``outcome.margins``); empty without one.
    zone_size : int
        How many agreements all who must sign could accept in this world.
    aftermath : Aftermath or None
        What followed where a text was signed and ratified, and the scenario asks for it.

    Examples
    --------
    >>> import sim
    >>> run = sim.simulate(sim.read_scenario("scenarios/berlin-2025/scenario.yaml"), central=True)
    >>> run.agreement is None, run.zone_size, run.outcome.last_refuser
    (True, 0, 'russia')
    """

    world: World = field(repr=False)
    payoffs: Payoffs = field(repr=False)
    seed: int
    replication: int
    outcome: Outcome
    agreement: Mapping[str, str] | None
    margins: Mapping[str, float]
    zone_size: int
    aftermath: Aftermath | None

    @property
    def scenario(self) -> Scenario:
        """The scenario, or the rival coding, that held."""
        return self.world.scenario


def simulate(
    scenario: Scenario | str | Path,
    seed: int = 0,
    *,
    world: int = 0,
    replication: int = 0,
    central: bool = False,
    trace: bool = False,
    after: bool = True,
) -> Run:
    """Simulate one negotiation and its aftermath.

    Parameters
    ----------
    scenario : Scenario, str or Path
        A scenario, or its file or folder.
    seed : int
        Root seed; 0 is a seed like any other.
    world : int
        Which world of that seed to draw.
    replication : int
        Which negotiation in that world.
    central : bool
        Take central values instead of drawing.
    trace : bool
        Keep the minutes of the talks in ``outcome.trace``.
    after : bool
        Simulate the months after a ratified agreement too.

    Returns
    -------
    Run

    Examples
    --------
    >>> import sim
    >>> berlin = sim.read_scenario("scenarios/berlin-2025/scenario.yaml")
    >>> a, b = simulate(berlin, seed=7), simulate(berlin, seed=7)
    >>> a.outcome == b.outcome
    True
    """
    scenario = as_scenario(scenario)
    drawn = central_world(scenario) if central else draw_world(scenario, seed, world)
    return simulate_world(drawn, seed, replication=replication, trace=trace, after=after)


def simulate_world(
    world: World, seed: int = 0, *, replication: int = 0, trace: bool = False, after: bool = True
) -> Run:
    """Simulate one negotiation and its aftermath in a given world.

    Parameters
    ----------
    world : World
    seed, replication, trace, after
        As in `simulate`.

    Returns
    -------
    Run

    Examples
    --------
    >>> import sim
    >>> berlin = sim.read_scenario("scenarios/berlin-2025/scenario.yaml")
    >>> eased = sim.central_world(berlin).with_values({"parties.russia.no_deal.reservation": 0.5})
    >>> simulate_world(eased).zone_size
    93
    """
    terms = Terms.of(world)
    payoffs: Payoffs = terms.payoffs
    outcome = negotiate(terms, seed, replication, trace=trace)
    agreement, margins, followed = None, {}, None
    if outcome.agreement is not None:
        labels = payoffs.space.agreement(outcome.agreement)
        agreement = {issue: labels[issue] for issue in world.scenario.issues}
        margins = {party: margin / SCALE for party, margin in zip(outcome.parties, outcome.margins, strict=True)}
        if after and outcome.ratified is not False:
            followed = aftermath(terms, outcome.agreement, seed, replication, natural=outcome.natural)
    zone = len(payoffs.zone_of_agreement())
    return Run(world, payoffs, seed, replication, outcome, agreement, margins, zone, followed)
