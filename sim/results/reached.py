"""Does the protocol matter, the deadline, or only the zone? How far talks get, and to what, by each of them."""

from __future__ import annotations

from dataclasses import dataclass

from sim.after.terms import Terms
from sim.domain.reader import with_settings
from sim.domain.scenario import Scenario
from sim.domain.world import draw_world
from sim.negotiation.protocols import PROTOCOLS
from sim.results.batch import run_batch
from sim.results.keys import failed_runs
from sim.results.patterns import codings_of
from sim.results.summary import StageReached, stages_reached

__all__ = ["Reached", "reached"]


@dataclass(frozen=True)
class Reached:
    """What talks reached under one protocol, deadline and coding.

    Attributes
    ----------
    coding, protocol : str
    runs : int
        That did not fail.
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
    deadline : int
        Weeks that the talks have.
    own_deadline : bool
        Whether that is the scenario's.
    stages : tuple of StageReached
        From something to sign to what is still kept years later.
    """

    coding: str
    protocol: str
    runs: int
    zones: int
    deals: int
    in_zone: int
    front_runners: tuple[int, ...]
    rounds: float
    deadline: int = 0
    own_deadline: bool = True
    stages: tuple[StageReached, ...] = ()


def reached(
    scenario: Scenario,
    *,
    runs: int = 100,
    seed: int = 0,
    count: int = 5,
    protocols: tuple[str, ...] = tuple(sorted(PROTOCOLS)),
) -> list[Reached]:
    """Negotiate the same worlds under each protocol and coding, and under half and twice the deadline.

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
        The scenario's own is also run with the other deadlines, where it is among them.

    Returns
    -------
    list of Reached
        By coding: the protocols as given, then the other deadlines.

    Examples
    --------
    >>> import sim
    >>> two = sim.read_scenario("scenarios/tutorial-two-by-two/scenario.yaml")
    >>> rows = reached(two, runs=8, protocols=("alternating_offers", "single_text"))
    >>> [(row.protocol, row.deadline, row.deals, row.rounds) for row in rows][2:]
    [('alternating_offers', 5, 8, 5.0), ('alternating_offers', 20, 8, 18.0)]
    """
    rows = []
    for name, coding in codings_of(scenario).items():
        zones: list[set[int]] = []
        fronts: list[list[int]] = []
        for index in range(runs):
            payoffs = Terms.of(draw_world(coding, seed, index)).payoffs
            zones.append(set(payoffs.zone_of_agreement().tolist()))
            fronts.append(payoffs.nearest(count).tolist())
        own = coding.negotiation
        variants = [(protocol, own.deadline) for protocol in protocols]
        if own.protocol in protocols:
            variants += [(own.protocol, max(1, own.deadline // 2)), (own.protocol, 2 * own.deadline)]
        for protocol, deadline in variants:
            # The world is the same under each of them: draws are keyed by path.
            given = with_settings(coding, {"negotiation.protocol": protocol, "negotiation.deadline": deadline})
            table = run_batch(given, runs=runs, seed=seed, quiet=True)
            fine = table[~failed_runs(table)]
            signed = fine[fine["agreed"].astype(bool)]
            pairs = [(n, int(a)) for n, a in zip(signed["world"], signed["agreement"], strict=True)]
            rows.append(
                Reached(
                    name,
                    protocol,
                    len(fine),
                    sum(len(zones[n]) > 0 for n in fine["world"]),
                    len(signed),
                    sum(agreement in zones[n] for n, agreement in pairs),
                    tuple(sum(fronts[n][k : k + 1] == [agreement] for n, agreement in pairs) for k in range(count)),
                    float(signed["rounds"].mean()) if len(signed) else float("nan"),
                    deadline,
                    deadline == own.deadline,
                    stages_reached(fine),
                )
            )
    return rows
