"""The published 18-package case at the table: what is signed is what the case calls acceptable to all."""

from __future__ import annotations

from typing import Any

import pytest

import sim
from sim.after.terms import Terms
from sim.negotiation.model import negotiate
from sim.negotiation.protocols import PROTOCOLS


def _acceptable(golden: sim.Scenario, case: dict[str, Any]) -> set[int]:
    space = Terms.of(golden).space
    return {
        space.index_of({issue: str(option) for issue, option in entry["package"].items()})
        for entry in case["packages"]
        if entry["tests"]["T1_individual_rationality"]["ok"]
    }


@pytest.mark.parametrize("protocol", sorted(PROTOCOLS))
def test_only_packages_that_the_case_calls_acceptable_are_signed(
    golden: sim.Scenario, golden_case: dict[str, Any], protocol: str
) -> None:
    expected = _acceptable(golden, golden_case)
    scenario = sim.with_settings(golden, {"negotiation.protocol": protocol, "negotiation.mediator": "US"})
    terms = Terms.of(scenario)
    assert set(terms.payoffs.zone_of_agreement().tolist()) == expected
    outcomes = [negotiate(terms, seed) for seed in range(12)]
    assert {outcome.agreement for outcome in outcomes} - {None} <= expected


def test_a_shuttle_finds_one_of_them(golden: sim.Scenario, golden_case: dict[str, Any]) -> None:
    scenario = sim.with_settings(golden, {"negotiation.protocol": "shuttle", "negotiation.mediator": "US"})
    assert negotiate(Terms.of(scenario), 0).agreement in _acceptable(golden, golden_case)
