import json
from dataclasses import replace

import pytest
from click.testing import CliRunner

import sim
from sim.after.terms import Terms
from sim.cli import parley
from sim.negotiation.minutes import minutes
from sim.negotiation.model import negotiate

BERLIN = "scenarios/berlin-2025/scenario.yaml"


def told(*settings: str) -> tuple[list[str], sim.negotiation.outcome.Outcome]:
    scenario = sim.read_scenario(BERLIN, settings)
    outcome = negotiate(Terms.of(scenario), 0, trace=True)
    return minutes(scenario, outcome), outcome


def test_minutes_name_parties_issues_and_asks_in_the_scenarios_words() -> None:
    paragraphs, outcome = told("parties.russia.no_deal.reservation=0.5")
    assert paragraphs[0] == "United States opens the talks."
    assert paragraphs[1].startswith("Week 1: United States puts a text to everyone: ")
    asked = "Poland, United Kingdom and Ukraine say no, and ask for Donetsk: The line of contact is frozen."
    assert asked in paragraphs[1]
    assert paragraphs[-2].startswith(f"Week {outcome.rounds}: ")
    assert "Signed by France, Germany" in paragraphs[-2]
    assert paragraphs[-1].startswith(f"The talks end after {outcome.rounds} weeks with an agreement: ")
    assert "gave up declared red lines" in paragraphs[-1]
    assert not any("_" in paragraph for paragraph in paragraphs)


def test_minutes_of_failure_end_with_the_blocker_its_reason_and_the_nearest_concession() -> None:
    paragraphs, outcome = told()
    assert outcome.nearest is not None
    assert "Last to refuse: Russia. " + outcome.reason in paragraphs[-1]
    assert "The concession that came nearest: " + outcome.nearest.words in paragraphs[-1]


def test_beliefs_and_a_moving_no_deal_are_told() -> None:
    paragraphs, _ = told(
        "negotiation.protocol=alternating_offers",
        "negotiation.deadline=6",
        "parties.poland.strategy.name=belief-based",
        "no_deal.moving=true",
    )
    text = "\n".join(paragraphs)
    assert "Poland gives" in text and "No deal is now worth" in text
    assert "No text is acceptable to all who must sign." in text


def test_the_nearest_concession_leads_where_it_says() -> None:
    scenario = sim.read_scenario(BERLIN, ["parties.russia.no_deal.reservation=0.6"])
    terms = Terms.of(scenario)
    outcome = negotiate(terms, 0, trace=True)
    near = outcome.nearest
    assert outcome.agreement is None and near is not None
    before, after = terms.space.agreement(near.agreement), terms.space.agreement(near.leads_to)
    assert {issue for issue in before if before[issue] != after[issue]} == {near.issue}
    assert (before[near.issue], after[near.issue]) == (near.before, near.after)
    assert near.agreement in {event.agreement for event in outcome.trace if event.kind == "text"}
    refusing = {p for k, p in enumerate(terms.parties) if not terms.payoffs.acceptable[near.leads_to, k]}
    assert refusing <= set(near.still_refusing)


def test_a_red_line_is_named_as_the_reason_where_one_is_crossed() -> None:
    scenario = sim.read_scenario(BERLIN)
    grounds = {}
    for index in range(25):
        refusal = negotiate(Terms.of(sim.draw_world(scenario, 0, index)), 0).refusal
        if refusal is not None:
            grounds[refusal.ground] = refusal
    assert {"red line", "below no deal"} <= set(grounds)
    crossed = grounds["red line"]
    assert scenario.issues[crossed.issue].title in crossed.words and "crosses a red line" in crossed.words
    assert grounds["below no deal"].short > 0


@pytest.mark.parametrize("central", [True, False])
def test_the_trace_command_tells_a_scenario_and_a_result_alike(tmp_path, central: bool) -> None:
    runner = CliRunner()
    flag = ["--central"] if central else []
    result = tmp_path / "result"
    assert (
        runner.invoke(parley, ["run", BERLIN, "--runs", "3", "--seed", "4", "--out", str(result), *flag]).exit_code == 0
    )
    from_result = runner.invoke(parley, ["trace", str(result), "2", "--json"])
    from_scenario = runner.invoke(parley, ["trace", BERLIN, "2", "--seed", "4", "--json", *flag])
    assert from_result.exit_code == 0, from_result.output
    one, other = json.loads(from_result.output), json.loads(from_scenario.output)
    assert one["minutes"] == other["minutes"] and one["schema_version"] == 1
    beyond = runner.invoke(parley, ["trace", str(result), "3"])
    assert isinstance(beyond.exception, sim.SimError) and "has runs 0 to 2" in str(beyond.exception)


def test_minutes_need_no_trace_to_tell_the_end() -> None:
    scenario = sim.read_scenario(BERLIN)
    outcome = replace(negotiate(Terms.of(scenario), 0), trace=())
    assert len(minutes(scenario, outcome)) == 1
