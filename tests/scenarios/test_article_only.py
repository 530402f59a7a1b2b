"""Berlin as the article alone describes it."""

from __future__ import annotations

import pytest

import sim
from sim.domain.provenance import given_numbers
from sim.domain.scenario import Scenario
from sim.domain.world import central_world

SILENT = ("france", "uk", "poland", "italy")


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return sim.read_scenario("scenarios/berlin-2025-article-only")


def test_directions_come_from_a_sentence_and_all_else_is_blank(scenario: Scenario) -> None:
    sentences = {str(n) for n in range(1, 51)}
    for given in given_numbers(scenario):
        steps = given.path.split(".")
        if steps[0] != "parties" or steps[2] != "utility":
            continue
        if given.references[0].source == "article":
            assert all(reference.place[1:] in sentences for reference in given.references), given.path
        else:
            assert (given.number.value, *given.number.range) == (0.5, 0, 1), given.path


def test_the_article_gives_four_parties_a_direction_and_the_others_none(scenario: Scenario) -> None:
    directed = {
        given.path.split(".")[1]
        for given in given_numbers(scenario)
        if ".utility." in given.path and given.references[0].source == "article"
    }
    assert directed == {"ukraine", "russia", "us", "germany"}
    payoffs = sim.Payoffs.of(scenario)
    for party in SILENT:
        assert (payoffs.margin[:, payoffs.column(party)] == 0).all()


def test_only_first_wishes_and_refusals_are_called_stated(scenario: Scenario) -> None:
    for given in given_numbers(scenario):
        if given.path.startswith("parties.") and ".utility." in given.path and "guarantor" not in given.path:
            assert (given.status == "stated") == (given.number.value in (0, 1)), given.path


def test_saliences_are_equal_and_reservation_values_open(scenario: Scenario) -> None:
    for party in scenario.parties.values():
        assert {salience.range for salience in party.salience.values()} == {(1, 1)}
        assert (party.no_deal.reservation.value, *party.no_deal.reservation.range) == (0.5, 0, 1)


def test_the_zone_that_the_article_leaves_hangs_on_reservation_values_alone(scenario: Scenario) -> None:
    central = central_world(sim.with_settings(scenario, {"negotiation.audience_costs": False}))
    sizes = {}
    for level in (0.45, 0.5, 0.505):
        moved = central.with_values({f"parties.{party}.no_deal.reservation": level for party in scenario.parties})
        sizes[level] = len(sim.Payoffs.of(moved).zone_of_agreement())
    # Half-way, the four of which nothing is said accept everything by a tie; a trace above it they accept nothing.
    assert sizes[0.45] > sizes[0.5] == 11_610
    assert sizes[0.505] == 0
