"""What a scenario fixes is worked out once, and a number is its own address."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

import sim
from sim.after.terms import Terms
from sim.agreements.frame import KEPT, Frame
from sim.errors import ModelError
from sim.stability.enforcement import critical_inputs

BERLIN = "scenarios/berlin-2025/scenario.yaml"
TUTORIAL = "scenarios/tutorial-two-by-two/scenario.yaml"


@pytest.fixture(scope="module")
def berlin():
    return sim.read_scenario(BERLIN)


def test_every_number_of_a_scenario_is_the_address_of_its_own_slot(berlin):
    book = berlin.numbers
    assert [book.slot(number) for number in book.numbers] == list(range(len(book.paths)))
    assert book.slot(berlin.parties["russia"].after.respite) == book.index["parties.russia.after.respite"]
    # Left out of the file, so both come from the same default; they are two numbers all the same.
    first, second = (sim.read_scenario(TUTORIAL).parties[name].after.respite for name in ("hill", "vale"))
    assert first is not second


def test_a_number_that_stands_at_two_places_is_refused(berlin):
    russia = berlin.parties["russia"]
    shared = russia.model_copy(update={"audience_cost": russia.discount_rate})
    twice = berlin.model_copy(update={"parties": {**berlin.parties, "russia": shared}})
    twice.__dict__.pop("numbers", None)
    with pytest.raises(ModelError, match=r"russia\.audience_cost and parties\.russia\.discount_rate are one number"):
        twice.numbers.slot(russia.discount_rate)


def test_a_number_of_another_scenario_is_refused(berlin):
    other = sim.read_scenario(BERLIN)
    with pytest.raises(ModelError, match="none of this scenario's own"):
        sim.central_world(berlin).value(other.parties["russia"].discount_rate)


def test_addresses_survive_the_way_to_another_process(berlin):
    sim.central_world(berlin).value(berlin.parties["russia"].discount_rate)
    there = pickle.loads(pickle.dumps(berlin))
    world = sim.central_world(there)
    assert world.value(there.parties["russia"].discount_rate) == world.value("parties.russia.discount_rate")


def test_scenarios_share_a_game_form_exactly_where_who_can_do_what_is_the_same(berlin):
    form = Frame.of(berlin).form
    numbers = sim.with_settings(berlin, {"parties.russia.no_deal.reservation": 0.5, "negotiation.deadline": 7})
    assert Frame.of(numbers).form is form
    rule = {
        "id": "new",
        "forbid": {
            "dmz": "none",
            "sanctions": "maintain",
            "donetsk": "current_line",
            "guarantee_form": "senate_treaty",
        },
    }
    ruled = sim.with_settings(berlin, {"constraints": [*berlin.data["constraints"], rule]})
    signing = sim.with_settings(berlin, {"parties.us.signs": {"always": False}})
    moved = sim.with_settings(berlin, {"issues.dmz.moves": []})
    assert len({id(Frame.of(scenario).form) for scenario in (berlin, ruled, signing, moved)}) == 4
    assert Frame.of(ruled).space.n_agreements < form.space.n_agreements


def test_frames_are_kept_for_a_while_and_then_let_go(berlin):
    two = sim.read_scenario(TUTORIAL)
    first = Frame.of(two)
    before = Terms.of(two).critical_reliability
    for months in range(KEPT):
        Frame.of(sim.with_settings(two, {"compliance.months": months + 1}))
    assert Frame.of(two) is not first
    assert np.array_equal(Terms.of(two).critical_reliability, before, equal_nan=True)


def test_only_what_is_read_moves_a_critical_reliability(berlin):
    rng = np.random.default_rng(5)
    terms = sim.Terms.of(berlin)
    column = terms.payoffs.column("russia")
    book = berlin.numbers
    for agreement in rng.choice(terms.space.n_agreements, 3, replace=False).tolist():
        before = terms.critical_reliability[agreement, column]
        read = {path for path, _ in critical_inputs(terms, agreement, "russia")}
        unread = [path for path in book.paths if path not in read]
        assert len(read) > 30 and len(unread) > 500
        shaken = {path: book.numbers[book.index[path]].value + rng.uniform(0.01, 0.4) for path in unread}
        world = terms.world.with_values(shaken)
        assert Terms.of(world).at([agreement]).critical_reliability[0, column] == before
        moved = 0
        for path in sorted(read):
            world = terms.world.with_values({path: terms.world.value(path) + 0.05})
            moved += bool(Terms.of(world).at([agreement]).critical_reliability[0, column] != before)
        # Some of what is read makes no difference as things stand: breaches that are not the best one, zero entries.
        assert moved > len(read) / 3


def test_what_a_breach_leads_to_is_among_the_numbers_behind_the_critical_reliability():
    two = sim.read_scenario(TUTORIAL)
    terms = sim.Terms.of(two)
    hill = terms.payoffs.column("hill")
    assert terms.critical_reliability[3, hill] == pytest.approx(0.875, abs=5e-4)
    lower = sim.with_settings(two, {"parties.hill.utility.pass.held": 0.9})
    assert sim.Terms.of(lower).critical_reliability[3, hill] == pytest.approx(0.859, abs=5e-4)
    assert "parties.hill.utility.pass.held" in dict(critical_inputs(terms, 3, "hill"))


def test_the_lottery_of_no_deal_is_read_with_the_worth_of_its_end_states():
    two = sim.read_scenario(TUTORIAL)
    states = {"taken": {"title": "Taken", "agreement": {"pass": "held", "guard": "absent"}}}
    lottery = {"lottery": {"beliefs": {"taken": 1.0}, "political_cost": 0.1}}
    staked = sim.with_settings(
        two,
        {
            "no_deal": {"basis": "lottery", "end_states": states},
            "parties.hill.no_deal": {"reservation": 0.3, **lottery},
            "parties.vale.no_deal": {"reservation": 0.3, **lottery},
        },
    )
    terms = sim.Terms.of(staked)
    hill = terms.payoffs.column("hill")
    read = dict(critical_inputs(terms, 3, "hill"))
    assert {"parties.hill.no_deal.lottery.beliefs.taken", "parties.hill.utility.guard.absent"} <= set(read)
    assert terms.watched(3, "hill").critical_reliability[0, 0] == terms.critical_reliability[3, hill]
