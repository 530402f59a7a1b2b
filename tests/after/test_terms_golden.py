"""The worked package case, read through Terms: every decision after signing equals the published one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import sim
from sim.after.terms import Terms
from sim.agreements.payoffs import SCALE
from sim.domain.scenario import Scenario
from tests.golden.golden_package import golden_index


@pytest.fixture(scope="module")
def terms(golden: Scenario) -> Terms:
    return sim.Terms.of(golden)


def test_every_package_has_the_published_utility(terms: Terms, golden_case: dict[str, Any]) -> None:
    for package in golden_case["packages"]:
        row = terms.payoffs.utility[golden_index(terms, package)] / SCALE
        for party, value in package["utility"].items():
            assert row[terms.payoffs.column(party)] == pytest.approx(value, abs=1e-9)


def test_self_enforcement_is_decided_as_published(terms: Terms, golden_case: dict[str, Any]) -> None:
    worth = terms.value_of_defection(terms.reliability_assumed)
    broken = terms.defects(terms.reliability_assumed)
    for package in golden_case["packages"]:
        a, test = golden_index(terms, package), package["tests"]["T5_self_enforcement"]
        assert bool(broken[a].any()) is not test["ok"]
        for party, margin in test["margin"].items():
            i = terms.payoffs.column(party)
            assert (terms.payoffs.utility[a, i] - worth[a, i]) / SCALE == pytest.approx(margin, abs=2e-6)


def test_the_critical_reliability_is_the_published_one(terms: Terms, golden_case: dict[str, Any]) -> None:
    russia = terms.payoffs.column("RU")
    for package in golden_case["packages"]:
        published = package["tests"]["critical_guarantee_credibility_RU"]
        assert terms.critical_reliability[golden_index(terms, package), russia] == pytest.approx(published, abs=1e-5)


def test_guarantors_are_as_credible_as_published(terms: Terms, golden_case: dict[str, Any]) -> None:
    russia = terms.payoffs.column("RU")
    for package in golden_case["packages"]:
        a, test = golden_index(terms, package), package["tests"]["T7_guarantor_credibility"]
        assert terms.reliability_derived[a, russia] == pytest.approx(test["joint"], abs=1e-9)
        assert terms.reliability_assumed[a, russia] == pytest.approx(test["assumed_in_T5"], abs=1e-12)
        joins = terms.decisions.joins[terms.decisions.group[a]]
        for place, member in enumerate(terms.decisions.members):
            assert joins[place] == pytest.approx(test["individual"][member], abs=1e-9)


def test_the_power_shift_is_decided_as_published(terms: Terms, golden_case: dict[str, Any]) -> None:
    given = terms.power_shift
    assert given is not None
    left, limit = given
    for package in golden_case["packages"]:
        a, test = golden_index(terms, package), package["tests"]["T6_power_shift"]
        assert left[a].tolist() == pytest.approx([test["RU_rising"], test["UA_rising"]], abs=1e-9)
        assert limit == pytest.approx(test["limit"], abs=1e-6)
        assert bool((left[a] <= limit).all()) is test["ok"]


def test_acceptance_is_decided_as_published(terms: Terms, golden_case: dict[str, Any]) -> None:
    signed = np.asarray(terms.payoffs.acceptable.all(axis=1))
    for package in golden_case["packages"]:
        assert bool(signed[golden_index(terms, package)]) is package["tests"]["T1_individual_rationality"]["ok"]
