"""The tutorial scenario: the page runs as printed, and the answers to its exercises hold."""

from __future__ import annotations

import doctest
from pathlib import Path

import pytest

import sim
from sim.domain.scenario import Scenario

PAGE = Path(__file__).resolve().parents[2] / "docs" / "tutorial" / "two-by-two.md"
SHARED_ABSENT = {"pass": "shared", "guard": "absent"}


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return sim.read_scenario("scenarios/tutorial-two-by-two")


def test_the_page_runs_as_printed() -> None:
    failed, attempted = doctest.testfile(
        str(PAGE), module_relative=False, encoding="utf-8", optionflags=doctest.NORMALIZE_WHITESPACE
    )
    assert attempted >= 15
    assert failed == 0


def test_the_margins_told_in_words_are_those_of_the_library(scenario: Scenario) -> None:
    found = sim.assess(scenario)
    index = found.terms.space.index_of(SHARED_ABSENT)
    # Rows: Nash, GMR, SMR, SEQ, SSEQ; columns: Hill, Vale. In units of 1e-9.
    margins = found.concepts.margin[:, index] / 1e9
    assert margins[0].tolist() == [-0.2, -0.4]
    assert margins[3].tolist() == [0.4, 0.2]


@pytest.mark.parametrize(("reservation", "size"), [(0.35, 2), (0.5, 1), (0.6, 1), (0.6001, 0)])
def test_the_zone_is_empty_once_vale_has_more_than_shared_and_absent_without_a_deal(
    scenario: Scenario, reservation: float, size: int
) -> None:
    moved = sim.with_settings(scenario, {"parties.vale.no_deal.reservation": reservation})
    assert len(sim.Payoffs.of(moved).zone_of_agreement()) == size


@pytest.mark.parametrize(("absent", "deterred"), [(0, True), (0.9, True), (1, False)])
def test_hill_stays_only_while_vale_wants_to_answer(scenario: Scenario, absent: float, deterred: bool) -> None:
    moved = sim.with_settings(scenario, {"parties.vale.utility.guard.absent": absent})
    found = sim.assess(moved)
    index = found.terms.space.index_of(SHARED_ABSENT)
    assert bool(found.concepts.of("SEQ")[index, found.parties.index("hill")]) is deterred


def test_no_guarantee_holds_a_hill_that_cannot_wait(scenario: Scenario) -> None:
    terms = sim.Terms.of(sim.with_settings(scenario, {"parties.hill.discount_rate": 4}))
    critical = terms.critical_reliability[terms.space.index_of(SHARED_ABSENT), terms.parties.index("hill")]
    assert critical == pytest.approx(1.25)
