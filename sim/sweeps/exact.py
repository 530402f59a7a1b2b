"""The depth ``exact``: every test of every agreement in one world, kept as bitsets.

One row per world would be 46,288 rows for Berlin; instead a world is one row whose columns of type *binary*
hold one bit per agreement and test (``bits.<test>``, least significant bit first, agreements in canonical
order), and two arrays that robustness needs:

- ``least_margin``: int16 per agreement, the smallest u − r among those who must sign, in units of 1e-4.
- ``breaker``: uint16 per agreement, which required test fails first and on whom: 0 where all hold, otherwise
  1 + test · (n_parties + 1) + party + 1, with party −1 where the test names nobody.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.after.terms import Terms
from sim.agreements.payoffs import SCALE
from sim.domain.scenario import Scenario
from sim.results.bitsets import MARGIN_UNIT, packed
from sim.results.manifest import Column
from sim.stability.assess import TESTS, Assessment
from sim.sweeps.design import PlannedRun
from sim.sweeps.switches import world_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["HEADLINE", "ExactTask", "breaker_codes", "tests_of"]

#: Tests kept for every scenario, besides those it requires.
HEADLINE = ("acceptable", "coalition_proof", "unilaterally_stable.nash", "unilaterally_stable.seq", "self_enforcing")


def tests_of(scenario: Scenario) -> tuple[str, ...]:
    """Return the tests kept for a scenario, in the order of `TESTS`.

    Parameters
    ----------
    scenario : Scenario

    Returns
    -------
    tuple of str
        Those of `HEADLINE` and those the scenario requires.

    Examples
    --------
    >>> import sim
    >>> two = sim.read_scenario("scenarios/tutorial-two-by-two/scenario.yaml")
    >>> tests_of(sim.with_settings(two, {"stability.require": ["renegotiation_proof"]}))
    ('acceptable', 'coalition_proof', ..., 'self_enforcing', 'renegotiation_proof')
    """
    wanted = {*HEADLINE, *scenario.stability.require}
    return tuple(name for name in TESTS if name in wanted)


def breaker_codes(assessment: Assessment) -> NDArray[np.uint16]:
    """Return for each agreement which required test fails first, and on whom; see the module's text.

    Parameters
    ----------
    assessment : Assessment

    Returns
    -------
    ndarray of uint16, shape (n_agreements,)

    Examples
    --------
    Of the four agreements of Hill (0) and Vale (1) Vale refuses the first and Hill the last, and acceptability is
    the first test required: 1 + 0 · 3 + 1 + 1 and 1 + 0 · 3 + 0 + 1.

    >>> import sim
    >>> breaker_codes(sim.assess(sim.read_scenario("scenarios/tutorial-two-by-two/scenario.yaml"))).tolist()
    [3, 0, 0, 2]
    """
    width = len(assessment.parties) + 1
    codes = np.zeros(assessment.n_agreements, dtype=np.uint16)
    for place, name in enumerate(assessment.scenario.stability.require):
        found = assessment.test(name)
        fails = ~found.holds & (codes == 0)
        codes[fails] = 1 + place * width + found.binding[fails] + 1
    return codes


@dataclass(frozen=True)
class ExactTask:
    """Judge every agreement in the world of its case.

    Parameters
    ----------
    scenarios : mapping of str to Scenario
        The policies, by name.
    drawn : bool
        Whether worlds are drawn; otherwise what the point does not set is central.
    """

    scenarios: Mapping[str, Scenario]
    drawn: bool

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """Counts and bitsets of the tests of all policies; what one of them lacks is null there."""
        tests = [name for name in TESTS if any(name in tests_of(s) for s in self.scenarios.values())]
        return (
            Column("coding", "string", "rival coding drawn; empty where the scenario has none"),
            Column("n_real_lines", "int32", "declared red lines that are real in this world"),
            Column("zone", "int32", "agreements acceptable to all who must sign"),
            *(Column(f"n.{name}", "int32", f"agreements that pass {name}") for name in tests),
            Column("n.stable", "int32", "agreements that pass all of stability.require"),
            Column("best", "int32", "agreement with the largest least margin"),
            Column("best_margin", "float64", "its least margin, u − r of the signer who gains least"),
            *(Column(f"bits.{name}", "binary", f"a bit per agreement: passes {name}") for name in tests),
            Column("bits.stable", "binary", "a bit per agreement: passes all of stability.require"),
            Column("least_margin", "binary", "int16 per agreement, in 1e-4: smallest u − r of those who must sign"),
            Column("breaker", "binary", "uint16 per agreement: the required test that fails first, and on whom"),
        )

    @cached_property
    def _empty(self) -> dict[str, Any]:
        return dict.fromkeys(column.name for column in self.columns)

    def __call__(self, case: PlannedRun) -> Mapping[str, Any]:
        """Judge one world and return its row."""
        scenario = self.scenarios[case.scenario]
        world = world_of(scenario, case.settings, case.seed, case.world, drawn=self.drawn)
        tests = tests_of(scenario)
        assessment = Assessment(Terms.of(world), likely=tests)
        payoffs = assessment.payoffs
        signable = payoffs.space.signable
        row = dict(self._empty)
        for name in tests:
            holds = assessment.test(name).holds
            if name == "acceptable":
                row["zone"] = int(holds.sum())
            row[f"n.{name}"] = int(holds.sum())
            row[f"bits.{name}"] = packed(holds)
        stable = assessment.stable
        least = payoffs.least_margin
        shown = np.where(signable, least, np.iinfo(np.int64).min)
        best = int(np.argmax(shown))
        steps = np.rint(least / (SCALE * MARGIN_UNIT)).clip(-32_768, 32_767).astype("<i2")
        row |= {
            "coding": world.coding or str(case.settings.get("coding", "")),
            "n_real_lines": len(world.real_lines),
            "n.stable": int(stable.sum()),
            "bits.stable": packed(stable),
            "best": best,
            "best_margin": int(least[best]) / SCALE,
            "least_margin": steps.tobytes(),
            "breaker": breaker_codes(assessment).astype("<u2").tobytes(),
        }
        return row
