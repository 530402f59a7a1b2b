"""What becomes of what is signed: talks in many worlds, and the months after each text in the world it was signed in.

Front-runners are looked at in every world, whether anybody would sign them there or not; this looks at the texts that
are signed, where they are. How many come into force is told beside; how long they last is asked of all of them, so
that a parliament's refusal is not counted twice and the few that pass are not all that is known.
"""

from __future__ import annotations

from dataclasses import dataclass

from sim.after.terms import Terms
from sim.compliance.model import aftermath
from sim.compliance.record import Aftermath
from sim.compliance.survival import Durability, durability
from sim.domain.scenario import Scenario
from sim.results.intervals import Interval, wilson
from sim.run import Run, simulate

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
        Texts that were ratified.
    durability : Durability or None
        Of all texts signed, as if each came into force; None without any.
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
    texts = [run for run in runs if run.outcome.agreement is not None]
    lived = [run.aftermath or _as_if_ratified(run) for run in texts]
    ratified = sum(run.outcome.ratified is not False for run in texts)
    return Signed(worlds, wilson(len(texts), worlds), ratified, durability(lived, seed=seed) if lived else None)


def _as_if_ratified(run: Run) -> Aftermath:
    outcome = run.outcome
    assert outcome.agreement is not None
    return aftermath(Terms.of(run.payoffs), outcome.agreement, run.seed, run.replication, natural=outcome.natural)
