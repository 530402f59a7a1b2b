"""The rival codings of Berlin: counts fixed before they were written as scenarios, and what each replaces."""

from __future__ import annotations

from typing import Literal

import pytest

import sim
from sim.domain.scenario import Scenario
from sim.domain.world import central_world, draw_world

CODINGS = {
    "a": "scenarios/berlin-2025",
    "b": "scenarios/berlin-2025-coding-b",
    "c": "scenarios/berlin-2025-coding-c",
}
#: Agreements acceptable to all once Russia's reservation value is .50.
ZONE_AT_ONE_HALF = {"a": 810, "b": 78, "c": 143}
LINES: tuple[Literal["bluff"], Literal["real"]] = ("bluff", "real")


@pytest.fixture(scope="module")
def codings() -> dict[str, Scenario]:
    return {name: sim.read_scenario(path) for name, path in CODINGS.items()}


@pytest.mark.parametrize("coding", CODINGS)
def test_no_agreement_is_acceptable_to_all_at_a_codings_own_values(codings: dict[str, Scenario], coding: str) -> None:
    assert len(sim.Payoffs.of(codings[coding]).zone_of_agreement()) == 0


@pytest.mark.parametrize("coding", CODINGS)
def test_the_zone_at_a_russian_reservation_of_one_half_has_its_published_size(
    codings: dict[str, Scenario], coding: str
) -> None:
    moved = {"parties.russia.no_deal.reservation": 0.5}
    free = sim.with_settings(codings[coding], {"negotiation.audience_costs": False})
    bluff, real = (central_world(free, lines=lines).with_values(moved) for lines in LINES)
    assert len(sim.Payoffs.of(bluff).zone_of_agreement()) == ZONE_AT_ONE_HALF[coding]
    assert len(sim.Payoffs.of(real).zone_of_agreement()) == 0


@pytest.mark.parametrize("coding", ["b", "c"])
def test_a_rival_coding_replaces_every_wish_and_leaves_the_time_after_signing(
    codings: dict[str, Scenario], coding: str
) -> None:
    base, rival = codings["a"].numbers, codings[coding].numbers
    own = f"coding_{coding}"
    for path, number in zip(rival.paths, rival.numbers, strict=True):
        steps = path.split(".")
        if steps[0] == "parties" and (steps[2] in ("salience", "utility") or steps[2:] == ["no_deal", "reservation"]):
            assert own in number.sources, path
            low, high = number.range
            assert low < high, path
        elif "red_lines" not in steps:
            assert number == base.numbers[base.index[path]], path


@pytest.mark.parametrize("coding", ["b", "c"])
def test_a_declared_line_for_which_nothing_is_argued_is_real_by_an_even_chance(
    codings: dict[str, Scenario], coding: str
) -> None:
    argued = {
        (party, line.issue, option)
        for party, spec in codings["a"].parties.items()
        for line in spec.red_lines
        for option in line.options
    }
    new = [
        line
        for party, spec in codings[coding].parties.items()
        for line in spec.red_lines
        if line.kind == "declared" and (party, line.issue, line.options[0]) not in argued
    ]
    assert new
    for line in new:
        assert line.p_real is not None
        assert (line.p_real.value, *line.p_real.range) == (0.5, 0, 1)


def test_worlds_of_all_codings_draw_each_coding_about_as_often() -> None:
    scenario = sim.read_scenario("scenarios/berlin-2025-all-codings")
    drawn = [draw_world(scenario, 0, index).coding for index in range(300)]
    assert sorted(set(drawn)) == ["a", "b", "c"]
    # Three standard deviations of a binomial share of one third over 300 draws.
    assert all(abs(drawn.count(name) - 100) < 25 for name in "abc")
