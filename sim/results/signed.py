"""What becomes of what is signed: talks in many worlds, and the months after each text in the world it was signed in.

Front-runners are looked at in every world, whether anybody would sign them there or not; this looks at the texts that
are signed, where they are.
"""

from __future__ import annotations

from dataclasses import dataclass

from sim.compliance.survival import Durability, durability
from sim.domain.scenario import Scenario
from sim.results.intervals import Interval, wilson
from sim.run import simulate

__all__ = ["Signed", "signed"]


@dataclass(frozen=True)
class Signed:
    """What was signed in some worlds, and how long it lasted.

    Attributes
    ----------
    worlds : int
        In which talks were simulated.
    share : Interval
        Of them in which a text was signed, with its interval.
    n_ratified : int
        Texts that were ratified, of which the months after were lived through.
    durability : Durability or None
        Of those; None without any.
    """

    worlds: int
    share: Interval
    n_ratified: int
    durability: Durability | None


def signed(scenario: Scenario, *, worlds: int, seed: int = 0) -> Signed:
    """Simulate talks in many worlds, and the months after what they sign.

    Parameters
    ----------
    scenario : Scenario
    worlds : int
    seed : int
        Root seed.

    Returns
    -------
    Signed

    Examples
    --------
    >>> import sim
    >>> two = sim.read_scenario("scenarios/tutorial-two-by-two/scenario.yaml")
    >>> found = signed(two, worlds=10)
    >>> found.share.estimate, found.n_ratified, float(found.durability.survival.share[60])
    (1.0, 10, 1.0)
    """
    runs = [simulate(scenario, seed, world=index) for index in range(worlds)]
    lived = [run.aftermath for run in runs if run.aftermath is not None]
    agreed = sum(run.outcome.agreement is not None for run in runs)
    return Signed(worlds, wilson(agreed, worlds), len(lived), durability(lived, seed=seed) if lived else None)
