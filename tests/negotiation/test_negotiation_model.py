"""The negotiation as a Mesa model: what a Mesa user does with it, and that it is the negotiation `simulate` runs."""

from __future__ import annotations

import json
import pickle
import warnings

import mesa
import numpy as np
import pytest

import sim
from sim.agreements.payoffs import SCALE
from sim.negotiation.clock import Clock
from sim.negotiation.delegate import Delegate
from sim.negotiation.model import negotiate

BERLIN = "scenarios/berlin-2025/scenario.yaml"
TUTORIAL = "scenarios/tutorial-two-by-two/scenario.yaml"
EASY = {"parties.russia.no_deal.reservation": 0.4}
PROTOCOLS = ["alternating_offers", "random_proposer", "shuttle", "single_text", "single_text_annealing"]


def stepped(*args, **kwargs) -> sim.NegotiationModel:
    model = sim.NegotiationModel(*args, **kwargs)
    while model.running:
        model.step()
    return model


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("seed", [0, 7])
def test_stepping_gives_the_outcome_that_simulate_gives(protocol: str, seed: int) -> None:
    settings = {**EASY, "negotiation.protocol": protocol}
    scenario = sim.with_settings(sim.read_scenario(BERLIN), settings)
    for world, replication in ((0, 0), (3, 1)):
        run = sim.simulate(scenario, seed, world=world, replication=replication, trace=True, after=False)
        model = stepped(BERLIN, seed, settings=settings, world=world, replication=replication, trace=True)
        assert model.outcome == run.outcome
        assert model.agreement == run.outcome.agreement and model.ratified == run.outcome.ratified


def test_no_deal_that_moves_and_central_values_are_those_of_simulate() -> None:
    settings = {**EASY, "no_deal.moving": True}
    scenario = sim.with_settings(sim.read_scenario(BERLIN), settings)
    run = sim.simulate(scenario, 5, central=True, trace=True, after=False)
    assert stepped(scenario, 5, central=True, trace=True).outcome == run.outcome


def staged() -> sim.Scenario:
    options = {"yes": "Yes", "no": "No"}
    worth = {
        "a": ({"yes": 0.9, "no": 0.1}, {"yes": 1.0, "no": 0.2}),
        "b": ({"yes": 0.8, "no": 0.2}, {"yes": 0.6, "no": 0.5}),
    }
    stages = {
        "truce": {"title": "Truce", "issues": ["ceasefire"], "deadline": 6, "meanwhile": {"status": "no"}},
        "peace": {"title": "Peace", "issues": ["status"], "deadline": 9},
    }
    data = {
        "schema": 1,
        "name": "stages",
        "title": "Stages",
        "as_of": "2025",
        "issues": {name: {"title": name, "options": options} for name in ("ceasefire", "status")},
        "parties": {
            name: {
                "title": name,
                "salience": {"ceasefire": 1.0, "status": 1.0},
                "utility": {"ceasefire": first, "status": second},
                "no_deal": {"reservation": 0.3},
            }
            for name, (first, second) in worth.items()
        },
        "negotiation": {"protocol": "shuttle", "stages": stages},
    }
    return sim.scenario_from_text(json.dumps(data))


def test_each_stage_seats_new_delegates_and_the_last_one_ends_the_negotiation() -> None:
    model = sim.NegotiationModel(staged(), 0, trace=True)
    first = model.agents.to_list()
    assert model.stage == "truce"
    while model.running:
        model.step()
    assert [delegate.party for delegate in model.agents] == ["a", "b"]
    assert not set(first) & set(model.agents)
    assert model.outcome == negotiate(sim.Terms.of(sim.draw_world(staged(), 0, 0)), 0, trace=True)
    assert model.outcome.stages[1].agreement is not None
    assert model.round == model.steps == model.outcome.rounds
    table = model.datacollector.get_model_vars_dataframe()
    assert sorted(set(table["stage"])) == ["peace", "truce"] and table["stage"].iloc[0] == "truce"
    assert len(table) == model.steps and table["agreement"].tolist()[-1] == model.outcome.agreement


def test_what_is_collected_is_what_was_said() -> None:
    model = stepped(BERLIN, 2, settings={**EASY, "negotiation.protocol": "alternating_offers"}, trace=True)
    by_round = model.datacollector.get_model_vars_dataframe()
    by_party = model.datacollector.get_agent_vars_dataframe().reset_index()
    assert by_round["round"].tolist() == list(range(1, model.outcome.rounds + 1))
    last_of = {}
    for event in model.outcome.trace:
        if event.kind == "offer":
            last_of[event.round, event.party] = event.agreement
    told = {(int(r.Step), r.party): r.offer for r in by_party.itertuples()}
    assert last_of and all(told[key] == agreement for key, agreement in last_of.items())
    # The text on the table when it is signed is what is signed, and its margins are those of the outcome.
    ended = by_party[by_party.Step == model.outcome.rounds].set_index("party")
    assert by_round["text"].iloc[-1] == model.outcome.agreement
    margins = [round(value * SCALE) for value in ended.loc[list(model.outcome.parties), "margin"]]
    assert margins == list(model.outcome.margins)
    # Who holds out asks for no less as time goes by, and never for more than its best or less than nothing.
    demands = by_party[by_party.party == "russia"]["demand"].dropna()
    assert len(demands) and demands.between(0, 1).all()


def test_beliefs_are_collected_round_by_round() -> None:
    model = sim.NegotiationModel(BERLIN, 1, settings=["parties.poland.strategy.name=belief-based"])
    for _ in range(4):
        model.step()
    table = model.datacollector.get_agent_vars_dataframe().reset_index()
    poland = table[table.party == "poland"]["beliefs"].tolist()
    assert len(poland) == 4 and poland[0] != poland[-1]
    assert 0 <= poland[-1]["russia: reservation value"] <= 1
    assert all(not row for row in table[table.party == "us"]["beliefs"])


def test_collecting_changes_nothing_of_the_talks() -> None:
    for name in ("boulware", "tit-for-tat", "belief-based"):
        settings = {**{f"parties.{p}.strategy.name": name for p in sim.read_scenario(BERLIN).parties}, **EASY}
        for protocol in ("alternating_offers", "random_proposer"):
            given = {**settings, "negotiation.protocol": protocol, "negotiation.deadline": 12}
            plain = stepped(BERLIN, 4, settings=given, trace=True, collect=False)
            assert not hasattr(plain, "datacollector")
            assert stepped(BERLIN, 4, settings=given, trace=True).outcome == plain.outcome


def test_a_batch_of_mesa_gives_the_rows_of_simulate() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        rows = mesa.batch_run(
            sim.NegotiationModel,
            {"scenario": BERLIN, "settings": [{"parties.russia.no_deal.reservation": r} for r in (0.4, 0.6)]},
            rng=[3, 4],
            display_progress=False,
        )
    found = {(row["rng"], row["settings"]["parties.russia.no_deal.reservation"]): row for row in rows}
    assert len(found) == 4 and len(rows) == 4 * 8
    for (seed, reservation), row in found.items():
        run = sim.simulate(
            sim.with_settings(sim.read_scenario(BERLIN), {**EASY, "parties.russia.no_deal.reservation": reservation}),
            seed,
        )
        assert (row["agreement"], row["ratified"], row["round"]) == (
            run.outcome.agreement, run.outcome.ratified, run.outcome.rounds,
        )  # fmt: skip


class Waiting(Delegate):
    """Says no to everything, and puts nothing forward, for twelve weeks."""

    def asked(self, now: Clock, instead: int | None = None) -> int:
        return 2 * SCALE if now.round < 12 else super().asked(now, instead)

    def propose(self, now: Clock) -> int | None:
        return None if now.round < 12 else super().propose(now)


class WithOneWaiting(sim.NegotiationModel):
    agent_reporters = {**sim.NegotiationModel.agent_reporters, "waits": lambda agent: isinstance(agent, Waiting)}

    def delegate_of(self, party: str) -> type[Delegate]:
        return Waiting if party == "vale" else super().delegate_of(party)


def test_a_sub_class_with_one_changed_agent_changes_that_agent_alone() -> None:
    longer = ["negotiation.deadline=30", "parties.hill.strategy.name=conceder", "parties.vale.strategy.name=conceder"]
    assert stepped(TUTORIAL, 1, settings=longer, central=True).outcome.rounds < 12
    changed = WithOneWaiting(TUTORIAL, 1, settings=longer, central=True)
    while changed.running:
        changed.step()
    assert changed.outcome.rounds > 12 and changed.outcome.agreement is not None
    table = changed.datacollector.get_agent_vars_dataframe().reset_index()
    assert table.groupby("party")["waits"].first().to_dict() == {"hill": False, "vale": True}


def test_a_seed_is_said_where_none_is_given_and_repeats_the_run() -> None:
    model = stepped(TUTORIAL)
    assert stepped(TUTORIAL, model.seed).outcome == model.outcome
    generator = stepped(TUTORIAL, np.random.default_rng(3))
    assert generator.seed == stepped(TUTORIAL, np.random.default_rng(3)).seed


def test_nothing_of_mesa_takes_a_scenario_of_ours_for_one_of_its_own() -> None:
    model = sim.NegotiationModel(TUTORIAL, 1)
    assert model.scenario is None
    # What SolaraViz does on reset: the class again, with the parameters it was given.
    assert type(model)(scenario=TUTORIAL, rng=1).agents.get("party") == ["hill", "vale"]


def test_a_model_ends_and_stays_ended() -> None:
    model = stepped(TUTORIAL, 1)
    assert not model.running and model.outcome is not None
    assert pickle.loads(pickle.dumps(model.outcome)) == model.outcome
