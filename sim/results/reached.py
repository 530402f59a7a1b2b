"""Does the protocol matter, or only the zone? How often talks reach a deal, and which, by protocol and coding."""

from __future__ import annotations

from dataclasses import dataclass

from sim.after.terms import Terms
from sim.domain.reader import with_settings
from sim.domain.scenario import Scenario
from sim.domain.world import draw_world
from sim.negotiation.model import negotiate
from sim.negotiation.outcome import Outcome
from sim.negotiation.protocols import PROTOCOLS
from sim.results.patterns import codings_of

__all__ = ["Reached", "reached"]


@dataclass(frozen=True)
class Reached:
    """What talks reached under one protocol and coding.

    Attributes
    ----------
    coding, protocol : str
    runs : int
    zones : int
        Runs in whose world something was acceptable to all who must sign.
    deals : int
        Runs that signed.
    in_zone : int
        Deals that lie in the zone (all, unless a mediator presses or a quota signs).
    front_runners : tuple of int
        Runs that reached each of the world's own front-runners, first to last.
    rounds : float
        Mean rounds of the deals; NaN without any.
    """

    coding: str
    protocol: str
    runs: int
    zones: int
    deals: int
    in_zone: int
    front_runners: tuple[int, ...]
    rounds: float


def reached(
    scenario: Scenario,
    *,
    runs: int = 100,
    seed: int = 0,
    count: int = 5,
    protocols: tuple[str, ...] = tuple(sorted(PROTOCOLS)),
) -> list[Reached]:
    """Negotiate the same worlds under each protocol and coding.

    Front-runners are those of each world (most accepting signers, then largest least margin, then lowest
    index): what would be signed if talks found the best there is.

    Parameters
    ----------
    scenario : Scenario
    runs : int
        Worlds.
    seed : int
    count : int
        How many front-runners.
    protocols : tuple of str

    Returns
    -------
    list of Reached
        By coding, then protocol.

    Examples
    --------
    >>> import sim
    >>> easier = sim.with_settings(
    ...     sim.read_scenario("scenarios/berlin-2025/scenario.yaml"), {"parties.russia.no_deal.reservation": 0.4}
    ... )
    >>> row = reached(easier, runs=2, protocols=("shuttle",))[0]
    >>> row.protocol, row.runs, row.deals <= row.zones
    ('shuttle', 2, True)
    """
    rows = []
    for name, coding in codings_of(scenario).items():
        zones: list[set[int]] = []
        fronts: list[list[int]] = []
        outcomes: dict[str, list[Outcome]] = {protocol: [] for protocol in protocols}
        under = {protocol: with_settings(coding, {"negotiation.protocol": protocol}) for protocol in protocols}
        for index in range(runs):
            # The world is the same under every protocol: draws are keyed by path.
            payoffs = Terms.of(draw_world(coding, seed, index)).payoffs
            zones.append(set(payoffs.zone_of_agreement().tolist()))
            fronts.append(payoffs.nearest(count).tolist())
            for protocol, given in under.items():
                outcomes[protocol].append(negotiate(Terms.of(draw_world(given, seed, index)), seed))
        for protocol, found in outcomes.items():
            signed = [(n, outcome) for n, outcome in enumerate(found) if outcome.agreement is not None]
            rows.append(
                Reached(
                    name,
                    protocol,
                    runs,
                    sum(len(zone) > 0 for zone in zones),
                    len(signed),
                    sum(outcome.agreement in zones[n] for n, outcome in signed),
                    tuple(sum(fronts[n][k : k + 1] == [o.agreement] for n, o in signed) for k in range(count)),
                    sum(outcome.rounds for _, outcome in signed) / len(signed) if signed else float("nan"),
                )
            )
    return rows
