"""Beliefs about private types, audience costs, no deal that moves, ratification."""

from __future__ import annotations

import json

import numpy as np
import pytest

import sim
from sim.after.terms import Terms
from sim.agreements.payoffs import SCALE
from sim.negotiation.agenda import Agenda
from sim.negotiation.beliefs import Belief, PublicModel
from sim.negotiation.clock import Clock
from sim.negotiation.model import negotiate
from sim.negotiation.no_deal import reservations

BERLIN = "scenarios/berlin-2025/scenario.yaml"


def two(reservation: object = 0.3, **talks) -> dict:
    """Two parties and one line: a divides, b has a declared line on the two options worst for it."""
    options = {f"{k:02d}": f"{10 * k} per cent to a" for k in range(11)}
    parties = {}
    for name in "ab":
        values = {o: (k / 10 if name == "a" else 1 - k / 10) for k, o in enumerate(options)}
        parties[name] = {
            "title": name.upper(),
            "salience": {"share": 1.0},
            "utility": {"share": values},
            "no_deal": {"reservation": 0.2 if name == "a" else reservation},
        }
    parties["b"] |= {
        "audience_cost": 0.05,
        "red_lines": [{"issue": "share", "options": ["06", "07"], "kind": "declared", "p_real": 0.5}],
    }
    return {
        "schema": 1,
        "name": "two",
        "title": "Two",
        "as_of": "2025",
        "issues": {"share": {"title": "Share", "options": options}},
        "parties": parties,
        "negotiation": {"protocol": "alternating_offers", "deadline": 10, "opener": "a", **talks},
    }


def read(data: dict) -> sim.Scenario:
    return sim.scenario_from_text(json.dumps(data))


@pytest.fixture
def belief() -> Belief:
    terms = Terms.of(read(two({"value": 0.3, "low": 0.1, "high": 0.6})))
    return Belief(PublicModel.of(terms, Agenda.of(terms)).parties["b"])


def test_a_refusal_raises_the_expected_reservation_value_and_a_yes_lowers_it(belief: Belief) -> None:
    before = belief.reservation
    belief.update(5, True, Clock(9, 10))
    lowered = belief.reservation
    assert lowered < before
    belief.update(8, False, Clock(9, 10))
    assert lowered < belief.reservation


def test_an_answer_that_no_type_would_give_changes_nothing(belief: Belief) -> None:
    belief.update(5, False, Clock(9, 10))
    before = belief.weight.copy()
    belief.update(9, True, Clock(9, 10))
    assert (belief.weight == before).all()


def test_a_refusal_at_a_declared_line_makes_it_likelier_real_and_a_yes_ends_the_doubt(belief: Belief) -> None:
    now = Clock(9, 10)
    belief.update(6, False, now)
    first, second = belief.real
    assert first > 0.5 and second == 0.5
    belief.wants(7, 5)
    assert belief.real[1] > 0.5
    belief.update(6, True, now)
    assert belief.real[0] == 0.0
    assert belief.weight.sum() == pytest.approx(1.0)


def test_a_belief_equals_bayes_rule_worked_out_by_enumeration(belief: Belief) -> None:
    # Bayes over reservation, patience and one line jointly; a text that no line touches.
    from scipy.special import ndtr

    now, text = Clock(5, 10), 4
    joint = belief.weight.copy()
    for q, reservation in enumerate(belief.public.reservations):
        for p, beta in enumerate((0.25, 1.0, 4.0)):
            demand = 1.0 - (5 / 9) ** (1 / beta) * (1.0 - reservation)
            joint[q, p] *= 1.0 - ndtr((0.6 - demand) / belief.public.spread)
    belief.update(text, False, now)
    np.testing.assert_allclose(belief.weight, joint / joint.sum(), rtol=1e-9, atol=1e-12)


def test_patience_is_drawn_per_world_and_a_belief_starts_from_its_range() -> None:
    data = two({"value": 0.3, "low": 0.1, "high": 0.6})
    data["parties"]["b"]["strategy"] = {
        "name": "boulware",
        "exponent": {"value": 0.5, "low": 0.2, "high": 5.0, "dist": "uniform"},
    }
    scenario = read(data)
    path = "parties.b.strategy.exponent"
    drawn = {sim.draw_world(scenario, 0, world).value(path) for world in range(5)}
    assert len(drawn) == 5 and all(0.2 <= beta <= 5.0 for beta in drawn)
    terms = Terms.of(scenario)
    belief = Belief(PublicModel.of(terms, Agenda.of(terms)).parties["b"])
    # The middles of three equally likely parts of 0.2 to 5.
    assert belief.public.patience == pytest.approx([1.0, 2.6, 4.2])
    before = belief.weight.sum(axis=0)
    # Half way, a text worth .7 to b: whoever gives early has come down to it, whoever holds out has not.
    belief.update(3, False, Clock(4, 10))
    after = belief.weight.sum(axis=0)
    assert after[0] > before[0] and after[2] < before[2]
    assert belief.summary()["b: holds out"] == pytest.approx(after[0])


def test_a_belief_about_a_party_without_a_range_of_patience_does_not_know_its_strategy() -> None:
    models = []
    for strategy in ({"name": "boulware"}, {"name": "conceder"}, {"name": "boulware", "exponent": 0.1}):
        data = two()
        data["parties"]["b"]["strategy"] = strategy
        terms = Terms.of(read(data))
        models.append(PublicModel.of(terms, Agenda.of(terms)).parties["b"])
    assert all(model.patience.tolist() == [0.25, 1.0, 4.0] for model in models)


def test_parties_told_over_open_channels_update_and_those_with_closed_ones_do_not() -> None:
    scenario = sim.read_scenario(
        BERLIN,
        ["parties.ukraine.strategy.name=belief-based", "parties.poland.strategy.name=belief-based"],
    )
    trace = negotiate(Terms.of(sim.draw_world(scenario, 0, 1)), 0, trace=True).trace
    told = {(event.party, event.about) for event in trace if event.kind == "belief"}
    assert ("poland", "russia") in told
    assert ("ukraine", "russia") not in told
    assert ("ukraine", "us") in told


def test_a_bluff_is_given_up_only_where_it_pays_for_its_audience() -> None:
    data = two(0.26, deadline=30)
    data["parties"]["a"]["no_deal"]["reservation"] = 0.65
    # a needs 07, worth .3 to b; b's audience takes .05 of that, and no deal is worth .26.
    assert negotiate(Terms.of(read(data)), 0).agreement is None
    data["parties"]["b"]["no_deal"]["reservation"] = 0.24
    outcome = negotiate(Terms.of(read(data)), 0)
    assert outcome.agreement == 7
    assert outcome.audience_costs == (0, 50_000_000)
    data["parties"]["b"]["red_lines"][0]["p_real"] = 1.0
    real = Terms.of(sim.draw_world(read(data), 0, 0))
    refused = negotiate(real, 0)
    assert refused.agreement is None and refused.refusal is not None


def test_reservation_values_drift_by_trend_and_belligerents_shocks_are_correlated() -> None:
    scenario = sim.read_scenario(BERLIN, ["no_deal.moving=true"])
    terms = Terms.of(scenario)
    russia, ukraine = (terms.payoffs.column(p) for p in ("russia", "ukraine"))
    paths = np.array([reservations(terms, 53, seed, 0, 0) for seed in range(400)]) / SCALE
    change = paths[:, 52] - paths[:, 0]
    trend = sum(terms.world.value(f"parties.ukraine.no_deal.drift.{k}") for k in ("battlefield", "exhaustion"))
    spread = terms.world.value("parties.ukraine.no_deal.drift.shock_sd")
    year = 52 * 7 / 365.25
    assert change[:, ukraine].mean() == pytest.approx(trend * year, abs=4 * spread / 400**0.5)
    assert change[:, ukraine].std() == pytest.approx(spread * year**0.5, rel=0.12)
    expected = terms.world.value("no_deal.shock_correlation")
    assert np.corrcoef(change[:, ukraine], change[:, russia])[0, 1] == pytest.approx(expected, abs=0.12)
    still = reservations(Terms.of(sim.read_scenario(BERLIN)), 53, 0, 0, 0)
    assert (still == still[0]).all()


def test_a_deal_ripens_as_no_deal_gets_worse_and_the_trace_says_when_the_zone_opens() -> None:
    data = two(0.9, deadline=52)
    data["parties"]["b"]["red_lines"] = []
    # At first .9 and .2 leave nothing; b's war gets worse by .3 a year.
    data["parties"]["b"]["no_deal"]["drift"] = {"exhaustion": -0.3}
    assert negotiate(Terms.of(read(data)), 0).agreement is None
    data["no_deal"] = {"moving": True}
    outcome = negotiate(Terms.of(read(data)), 0, trace=True)
    assert outcome.agreement is not None
    zones = [(event.round, event.note) for event in outcome.trace if event.kind == "zone"]
    assert zones[0] == (1, "empty") and zones[1][1] == "open"
    assert outcome.rounds >= zones[1][0]
    assert outcome.natural
    assert outcome.margin("b") == int(
        Terms.of(read(data)).payoffs.worth[outcome.agreement, 1]
        - reservations(Terms.of(read(data)), 52, 0, 0, 0)[outcome.rounds - 1, 1]
    )


def test_a_text_can_be_signed_and_fail_at_home_as_often_as_its_probability_says() -> None:
    data = two(0.3)
    data["parties"]["b"]["red_lines"] = []
    data["parties"]["b"]["ratification"] = {"always": 0.3}
    terms = Terms.of(read(data))
    outcomes = [negotiate(terms, seed) for seed in range(400)]
    assert all(outcome.agreement is not None for outcome in outcomes)
    passed = np.mean([bool(outcome.ratified) for outcome in outcomes])
    assert passed == pytest.approx(0.3, abs=3 * (0.3 * 0.7 / 400) ** 0.5)
    assert {outcome.failed_in for outcome in outcomes} == {(), ("b",)}


def test_factions_with_a_quota_decide() -> None:
    data = two(0.3)
    data["parties"]["b"]["red_lines"] = []
    hawks = {"weight": 0.4, "reservation": 0.9}
    doves = {"weight": 0.6, "reservation": 0.1}
    data["parties"]["b"]["ratification"] = {"factions": {"hawks": hawks, "doves": doves}, "quota": 0.5}
    assert negotiate(Terms.of(read(data)), 0).ratified is True
    data["parties"]["b"]["ratification"]["quota"] = 0.67
    failed = negotiate(Terms.of(read(data)), 0, trace=True)
    assert failed.agreement is not None and failed.ratified is False and failed.failed_in == ("b",)
    assert ("b", "fails") in {(event.party, event.note) for event in failed.trace if event.kind == "ratify"}
