"""Payoffs and the zone, one agreement at a time in plain Python, and Berlin's exact counts."""

import copy

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import sim
from sim.agreements.payoffs import SCALE, Payoffs, to_units
from sim.domain.world import central_world
from tests.agreements import small_spaces as plain

BERLIN = "scenarios/berlin-2025/scenario.yaml"


@given(plain.scenarios())
def test_every_utility_is_the_plain_weighted_sum(data):
    assume(any(plain.can_be_signed(data, a) for a in plain.existing(data)))
    payoffs = Payoffs.of(plain.read(data))
    expected = [[plain.utility(data, p, a) * SCALE for p in payoffs.parties] for a in plain.existing(data)]
    # Another order of summation can move a level across a rounding boundary: by one unit, never more.
    assert np.abs(payoffs.utility - np.array(expected)).max() <= 0.5 + 1e-5


@given(plain.scenarios(), st.booleans())
def test_lines_and_signatures_are_read_as_they_are_written(data, declared):
    assume(any(plain.can_be_signed(data, a) for a in plain.existing(data)))
    payoffs = Payoffs.of(central_world(plain.read(data), lines="real" if declared else "bluff"))
    for index, agreement in enumerate(plain.existing(data)):
        for column, party in enumerate(payoffs.parties):
            assert payoffs.crosses_line[index, column] == plain.crosses(data, party, agreement, declared=declared)
            assert payoffs.must_sign[index, column] == plain.must_sign(data, party, agreement)


@given(plain.scenarios(), st.booleans())
def test_the_zone_is_what_no_signer_refuses(data, declared):
    assume(any(plain.can_be_signed(data, a) for a in plain.existing(data)))
    payoffs = Payoffs.of(central_world(plain.read(data), lines="real" if declared else "bluff"))
    found = [payoffs.space.agreement(index) for index in payoffs.zone_of_agreement().tolist()]
    # Levels here are multiples of 1/20 times integer saliences: sums that are equal in rational numbers
    # may differ in the last bit as floats, and `units` takes both to the same integer.
    assert found == plain.zone(data, declared=declared)


@given(plain.scenarios(), st.data())
def test_a_new_red_line_never_enlarges_the_zone(data, draw):
    assume(any(plain.can_be_signed(data, a) for a in plain.existing(data)))
    before = Payoffs.of(plain.read(data))
    party = draw.draw(st.sampled_from(sorted(data["parties"])))
    issue = draw.draw(st.sampled_from(sorted(data["issues"])))
    option = draw.draw(st.sampled_from(sorted(data["issues"][issue]["options"])))
    stricter = copy.deepcopy(data)
    stricter["parties"][party]["red_lines"].append({"issue": issue, "options": [option]})
    after = Payoffs.of(plain.read(stricter))
    assert set(after.zone_of_agreement().tolist()) <= set(before.zone_of_agreement().tolist())


@given(plain.scenarios(), st.data())
def test_a_higher_reservation_value_never_enlarges_the_zone(data, draw):
    assume(any(plain.can_be_signed(data, a) for a in plain.existing(data)))
    before = Payoffs.of(plain.read(data)).zone_of_agreement()
    party = draw.draw(st.sampled_from(sorted(data["parties"])))
    stricter = copy.deepcopy(data)
    stricter["parties"][party]["no_deal"]["reservation"] += 0.1
    after = Payoffs.of(plain.read(stricter)).zone_of_agreement()
    assert set(after.tolist()) <= set(before.tolist())


@pytest.mark.parametrize(
    ("reservation", "size"), [(0.65, 0), (0.60, 1), (0.55, 116), (0.50, 810), (0.45, 2301), (0.40, 4116)]
)
def test_berlins_zone_has_exactly_the_counted_size_at_each_reservation_of_russia(reservation, size):
    settings = [f"parties.russia.no_deal.reservation={reservation}", "negotiation.audience_costs=false"]
    berlin = sim.read_scenario(BERLIN, settings)
    assert len(Payoffs.of(berlin).zone_of_agreement()) == size


def test_thirteen_of_berlins_810_lie_exactly_on_a_partys_line():
    settings = ["parties.russia.no_deal.reservation=0.5", "negotiation.audience_costs=false"]
    payoffs = Payoffs.of(sim.read_scenario(BERLIN, settings))
    zone = payoffs.zone_of_agreement()
    assert int((payoffs.margin[zone] == 0).any(axis=1).sum()) == 13


def test_berlins_zone_is_empty_when_every_declared_line_is_real():
    berlin = sim.read_scenario(BERLIN, ["parties.russia.no_deal.reservation=0.4"])
    assert len(Payoffs.of(central_world(berlin, lines="real")).zone_of_agreement()) == 0


SMALL = {
    "schema": 1,
    "name": "small",
    "title": "Small",
    "as_of": "2025",
    "issues": {"x": {"title": "x", "options": {"a": "", "b": ""}}, "y": {"title": "y", "options": {"c": "", "d": ""}}},
    "constraints": [],
    "parties": {
        p: {
            "title": p,
            "salience": {"x": 3, "y": 1},
            "utility": {"x": {"a": 0.8, "b": 0.2}, "y": {"c": 0.4, "d": 0.6}},
            "no_deal": {"reservation": 0.5},
        }
        for p in ("one", "two")
    },
    "negotiation": {"protocol": "shuttle"},
}


def test_an_interaction_adds_to_the_utility_where_its_options_stand_together():
    data = copy.deepcopy(SMALL)
    data["parties"]["one"]["interactions"] = [{"when": {"x": "a", "y": "c"}, "value": -0.25}]
    payoffs = Payoffs.of(plain.read(data))
    both = payoffs.space.index_of({"x": "a", "y": "c"})
    # 3/4 × .8 + 1/4 × .4 = .7, less .25.
    assert payoffs.utility[both].tolist() == [to_units(0.45), to_units(0.7)]
    alone = payoffs.space.index_of({"x": "a", "y": "d"})
    assert payoffs.utility[alone, 0] == payoffs.utility[alone, 1]


def test_the_lottery_gives_expected_utility_less_costs():
    data = copy.deepcopy(SMALL)
    data["no_deal"] = {
        "basis": "lottery",
        "expected_war_years": 2,
        "end_states": {
            "won": {"title": "Won", "agreement": {"x": "a", "y": "d"}},
            "lost": {"title": "Lost", "agreement": {"x": "b", "y": "c"}},
        },
    }
    for party, chance in (("one", 0.25), ("two", 0.75)):
        data["parties"][party]["no_deal"]["lottery"] = {
            "beliefs": {"won": chance, "lost": 1 - chance},
            "war_cost_per_year": 0.1,
            "political_cost": 0.05,
        }
    payoffs = Payoffs.of(plain.read(data))
    # u(won) = .6 + .15 = .75, u(lost) = .15 + .1 = .25, costs 2 × .1 + .05.
    assert payoffs.reservation.tolist() == [
        to_units(0.25 * 0.75 + 0.75 * 0.25 - 0.25),
        to_units(0.75 * 0.75 + 0.25 * 0.25 - 0.25),
    ]


def test_a_dear_war_makes_the_reservation_value_negative_and_everything_acceptable():
    data = copy.deepcopy(SMALL)
    data["no_deal"] = {
        "basis": "lottery",
        "expected_war_years": 10,
        "end_states": {"stalemate": {"title": "Stalemate", "agreement": {"x": "b", "y": "c"}}},
    }
    for party in data["parties"].values():
        party["no_deal"]["lottery"] = {"beliefs": {"stalemate": 1}, "war_cost_per_year": 0.1}
    payoffs = Payoffs.of(plain.read(data))
    assert (payoffs.reservation < 0).all()
    assert len(payoffs.zone_of_agreement()) == 4


def test_levels_that_floats_miscount_fall_on_the_same_unit():
    assert to_units(0.1 + 0.2) == to_units(0.3)
    assert 0.1 + 0.2 != 0.3
