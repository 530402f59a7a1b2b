"""A four-party package model with every test worked out by hand."""

from __future__ import annotations

import json

import numpy as np
import pytest

import sim
from sim.agreements.payoffs import SCALE
from sim.agreements.space import AgreementSpace
from sim.stability.assess import Assessment
from tests.golden.golden_package import golden_case, golden_text

GOLDEN = golden_case()
REQUIRE = {
    "T1_individual_rationality": "acceptable",
    "T2_pareto": "efficient",
    "T3_unanimity_winset_empty": "unanimity_winset_empty",
    "T4_coalition_core": "coalition_proof",
    "T5_self_enforcement": "self_enforcing",
    "T6_power_shift": "power_shift",
    "T7_guarantor_credibility": "guarantor_credible",
}


def scenario_text():
    """The case as a scenario that asks for its seven tests."""
    content = json.loads(golden_text(GOLDEN))
    content["stability"]["require"] = list(REQUIRE.values())
    return json.dumps(content)


@pytest.fixture(scope="module")
def found() -> Assessment:
    return sim.assess(sim.scenario_from_text(scenario_text()))


def place(space: AgreementSpace, package) -> int:
    options = package if isinstance(package, dict) else dict(zip(GOLDEN["issues"], package, strict=True))
    return space.index_of({issue: str(option) for issue, option in options.items()})


PACKAGES = GOLDEN["packages"]
NAMES = ["-".join(str(option) for option in entry["package"].values()) for entry in PACKAGES]


@pytest.fixture(params=PACKAGES, ids=NAMES)
def entry(request):
    return request.param


def per_party(found: Assessment, table, agreement):
    return {party: float(table[agreement, column]) for column, party in enumerate(found.parties)}


def test_every_package_test_gives_the_verdict_worked_out(found, entry):
    agreement = place(found.terms.space, entry["package"])
    for golden_name, name in REQUIRE.items():
        assert bool(found.test(name).holds[agreement]) == entry["tests"][golden_name]["ok"], golden_name
    assert bool(found.stable[agreement]) == entry["tests"]["stable"]


def test_utilities_and_reservation_margins_are_those_worked_out(found, entry):
    agreement = place(found.terms.space, entry["package"])
    assert per_party(found, found.payoffs.utility / SCALE, agreement) == pytest.approx(entry["utility"], abs=1e-6)
    margins = entry["tests"]["T1_individual_rationality"]["margin"]
    assert per_party(found, found.payoffs.margin / SCALE, agreement) == pytest.approx(margins, abs=1e-6)
    assert found.test("acceptable").margin[agreement] == pytest.approx(min(margins.values()), abs=1e-6)


def test_the_agreements_that_dominate_are_those_worked_out(found, entry):
    space = found.terms.space
    agreement = place(space, entry["package"])
    for strictly, key, golden_name in (
        (False, "dominated_by", "T2_pareto"),
        (True, "winset", "T3_unanimity_winset_empty"),
    ):
        expected = sorted(place(space, package) for package in entry["tests"][golden_name][key])
        assert found.deviations.dominators(agreement, strictly=strictly).tolist() == expected
    assert (found.deviations.dominating[agreement] >= 0) == (not entry["tests"]["T2_pareto"]["ok"])


def test_the_coalitions_that_would_leave_and_where_to_are_those_worked_out(found, entry):
    space = found.terms.space
    agreement = place(space, entry["package"])
    expected = {
        (tuple(sorted(members)), place(space, package))
        for members, package in entry["tests"]["T4_coalition_core"]["deviations"]
    }
    actual = {
        (tuple(sorted(found.parties[member] for member in control.members)), int(target))
        for control in found.deviations.controls
        for target in found.deviations.open_to(control, agreement)
    }
    assert actual == expected
    if expected:
        control = found.deviations.controls[int(found.deviations.coalition[agreement])]
        members = tuple(sorted(found.parties[member] for member in control.members))
        assert (members, int(found.deviations.target[agreement])) in expected


def test_self_enforcement_margins_and_the_critical_reliability_are_those_worked_out(found, entry):
    terms = found.terms
    agreement = place(terms.space, entry["package"])
    margin = (terms.payoffs.utility - terms.value_of_defection(terms.reliability_assumed)) / SCALE
    expected = entry["tests"]["T5_self_enforcement"]["margin"]
    for party, value in expected.items():
        assert margin[agreement, found.parties.index(party)] == pytest.approx(value, abs=1e-6)
    russia = found.parties.index("RU")
    raw = terms.critical_reliability[agreement, russia]
    assert raw == pytest.approx(entry["tests"]["critical_guarantee_credibility_RU"], abs=1e-6)
    low = found.reliability_interval[0][agreement, russia]
    if raw > 1:
        assert np.isnan(low)
    else:
        assert low == pytest.approx(max(raw, 0), abs=1e-12)


def test_the_power_shift_and_the_guarantors_are_those_worked_out(found, entry):
    terms = found.terms
    agreement = place(terms.space, entry["package"])
    power = entry["tests"]["T6_power_shift"]
    left, limit = terms.power_shift
    assert left[agreement].tolist() == pytest.approx([power["RU_rising"], power["UA_rising"]], abs=1e-6)
    assert limit == pytest.approx(power["limit"], abs=1e-6)
    credible = entry["tests"]["T7_guarantor_credibility"]
    russia = found.parties.index("RU")
    assert terms.reliability_derived[agreement, russia] == pytest.approx(credible["joint"], abs=1e-6)
    assert terms.reliability_assumed[agreement, russia] == pytest.approx(credible["assumed_in_T5"], abs=1e-6)
    joins = dict(zip(terms.decisions.members, terms.decisions.joins[terms.decisions.group[agreement]], strict=True))
    assert joins == pytest.approx(credible["individual"], abs=1e-6)
    # Against the binding violator the margin is what the guarantors fall short by.
    least = min(credible["joint"] - credible["assumed_in_T5"], 1 - GOLDEN["ua_defection_response"])
    assert found.test("guarantor_credible").margin[agreement] == pytest.approx(least, abs=1e-6)


def test_self_enforcement_uses_the_smaller_of_assumed_and_derived_reliability(found):
    # The worked-out margins take the assumed one; where the guarantors are weaker, ours is lower.
    terms = found.terms
    assert bool((terms.reliability <= terms.reliability_assumed).all())
    assumed = (terms.payoffs.utility - terms.value_of_defection(terms.reliability_assumed)) / SCALE
    least = np.where(terms.violators, assumed, np.inf).min(axis=1)
    assert bool((found.test("self_enforcing").margin <= least + 1e-12).all())


def test_every_package_is_covered(found):
    assert len({place(found.terms.space, entry["package"]) for entry in PACKAGES}) == found.n_agreements == 18
