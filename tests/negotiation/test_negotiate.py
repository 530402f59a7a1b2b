from collections.abc import Callable

import numpy as np
import pytest

import sim
from sim.after.terms import Terms
from sim.domain.world import draw_world
from sim.errors import ScenarioError
from sim.negotiation.model import negotiate

BERLIN = "scenarios/berlin-2025/scenario.yaml"


@pytest.fixture(scope="module")
def berlin() -> Callable[..., sim.Scenario]:
    base = sim.read_scenario(BERLIN)
    return lambda **settings: sim.with_settings(base, {key.replace("__", "."): v for key, v in settings.items()})


@pytest.mark.parametrize("protocol", ["shuttle", "alternating_offers"])
def test_what_is_signed_respects_every_signers_lines_and_reservation(berlin, protocol: str) -> None:
    scenario = berlin(parties__russia__no_deal__reservation=0.4, negotiation__protocol=protocol)
    signed = 0
    for index in range(12):
        terms = Terms.of(draw_world(scenario, 0, index))
        outcome = negotiate(terms, seed=0)
        if outcome.agreement is None:
            continue
        signed += 1
        for column, party in enumerate(terms.parties):
            if terms.payoffs.must_sign[outcome.agreement, column]:
                assert party in outcome.signers
                assert terms.payoffs.acceptable[outcome.agreement, column]
        assert outcome.natural and not outcome.pressed
    assert signed > 0


def test_the_central_berlin_talks_end_at_the_deadline_with_russia_refusing_below_no_deal(berlin) -> None:
    outcome = negotiate(Terms.of(berlin()), seed=0)
    assert outcome.agreement is None
    assert outcome.rounds == 52
    assert outcome.last_refuser == "russia"
    assert outcome.refusal is not None and outcome.refusal.ground == "below no deal"
    assert "below no deal (0.650)" in outcome.reason
    assert outcome.nearest is not None and "russia" in outcome.nearest.still_refusing


def test_the_same_seed_gives_the_same_outcome_and_trace(berlin) -> None:
    scenario = berlin(negotiation__protocol="alternating_offers")
    terms = Terms.of(draw_world(scenario, 3, 1))
    assert negotiate(terms, 0, trace=True) == negotiate(terms, 0, trace=True)
    openers = {negotiate(terms, seed, trace=True).trace[0].party for seed in range(12)}
    assert len(openers) > 2


def test_pressure_lets_a_pressed_party_sign_below_no_deal_and_the_settlement_is_not_natural(berlin) -> None:
    settings = {
        "parties__russia__no_deal__reservation": 0.6,
        "parties__russia__mediator_pressure": 0.2,
    }
    assert negotiate(Terms.of(berlin(**settings)), 0).agreement is None
    terms = Terms.of(berlin(**settings, negotiation__pressure=True))
    outcome = negotiate(terms, 0)
    assert outcome.agreement is not None
    assert outcome.pressed == ("russia",) and not outcome.natural
    margin = outcome.margin("russia")
    assert margin is not None and -200_000_000 <= margin < 0
    assert not terms.natural[outcome.agreement]


def test_giving_up_a_bluff_costs_the_audience_cost(berlin) -> None:
    terms = Terms.of(berlin(parties__russia__no_deal__reservation=0.4))
    outcome = negotiate(terms, 0)
    assert outcome.agreement is not None
    agreement = terms.space.agreement(outcome.agreement)
    for party, cost in zip(outcome.parties, outcome.audience_costs, strict=True):
        given_up = sum(
            line.kind == "declared" and agreement[line.issue] in line.options
            for line in terms.scenario.parties[party].red_lines
        )
        assert cost == round(given_up * terms.world.value(f"parties.{party}.audience_cost") * 10**9)
    assert sum(outcome.audience_costs) > 0


def test_an_unknown_protocol_strategy_or_rule_names_the_nearest(berlin) -> None:
    with pytest.raises(ScenarioError, match="did you mean 'shuttle'"):
        berlin(negotiation__protocol="shutle")
    with pytest.raises(ScenarioError, match="unknown strategy 'bolware'; did you mean 'boulware'"):
        berlin(parties__us__strategy__name="bolware")
    with pytest.raises(ScenarioError, match="acceptance rule 'nxt'"):
        berlin(parties__us__strategy__acceptance="nxt")


def test_a_trace_is_written_only_when_asked_for(berlin) -> None:
    terms = Terms.of(berlin())
    assert negotiate(terms, 0).trace == ()
    trace = negotiate(terms, 0, trace=True).trace
    assert [event.kind for event in trace if event.round == 52][-1] == "end"
    assert {event.kind for event in trace} >= {"text", "accept", "refuse", "critique"}
    rounds = np.array([event.round for event in trace])
    assert (np.diff(rounds) >= 0).all()


@pytest.mark.parametrize(("deadline", "weeks"), [(12, 12), (26, 26), (104, 102), (208, 202)])
def test_where_parties_concede_over_the_time_they_have_the_week_of_signing_is_the_deadline(
    deadline: int, weeks: int
) -> None:
    settings = {
        "parties.russia.no_deal.reservation": 0.5,
        "negotiation.audience_costs": False,
        "negotiation.deadline": deadline,
    }
    eased = sim.with_settings(sim.read_scenario("scenarios/berlin-2025/scenario.yaml"), settings)
    outcomes = [sim.simulate(eased, 0, world=world, after=False).outcome for world in range(30)]
    signed = sorted(outcome.rounds for outcome in outcomes if outcome.agreement is not None)
    assert len(signed) >= 12 and signed[len(signed) // 2] == pytest.approx(weeks, rel=0.03)
