"""The aftermath as a Mesa model: what a Mesa user does with it, and that it is the aftermath `simulate` lives."""

from __future__ import annotations

import mesa
import numpy as np
import pytest

import sim
from sim import conformance
from sim.agreements.payoffs import SCALE
from sim.compliance.agents import GuarantorAgent
from sim.compliance.model import aftermath
from sim.results.table import outcome_row
from sim.run import Run

BERLIN = "scenarios/berlin-2025/scenario.yaml"
TUTORIAL = "scenarios/tutorial-two-by-two/scenario.yaml"
GUARDED = {"pass": "shared", "guard": "promised"}


def stepped(model):
    while model.running:
        model.step()
    return model


@pytest.mark.parametrize("seed", range(6))
def test_two_mesa_models_make_the_row_of_simulate(seed: int) -> None:
    scenario = sim.with_settings(sim.read_scenario(BERLIN), {"parties.russia.no_deal.reservation": 0.4})
    run = sim.simulate(scenario, seed, world=seed % 3, replication=seed % 2)
    talks = stepped(sim.NegotiationModel(scenario, seed, world=seed % 3, replication=seed % 2))
    assert talks.outcome == run.outcome
    followed = None
    if talks.agreement is not None and talks.ratified is not False:
        months = sim.AftermathModel(
            scenario, talks.agreement, seed, world=seed % 3, replication=seed % 2, natural=talks.outcome.natural
        )
        followed = stepped(months).outcome
    fields = {name: getattr(run, name) for name in Run.__dataclass_fields__}
    again = Run(**{**fields, "outcome": talks.outcome, "aftermath": followed})
    assert str(outcome_row(again)) == str(outcome_row(run))


def test_what_is_collected_is_what_happened() -> None:
    terms = sim.Terms.of(sim.read_scenario(BERLIN))
    agreement = int(terms.payoffs.nearest(1)[0])
    model = stepped(sim.AftermathModel(terms, agreement, 3))
    assert model.outcome == aftermath(terms, agreement, 3, natural=bool(terms.at(agreement).natural[0]))
    months = model.datacollector.get_model_vars_dataframe()
    assert months["month"].tolist() == list(range(1, model.outcome.months + 1))
    assert months["n_violations"].iloc[-1] == len(model.outcome.violations) > 0
    assert months["ended_by"].iloc[-1] == model.outcome.cause
    assert months["hazard"].to_numpy() == pytest.approx(model.conditions.hazard[: len(months)])
    first = min(model.outcome.reliability_assumed, model.outcome.reliability_derived)
    assert months["reliability"].iloc[0] == pytest.approx(first)
    agents = model.datacollector.get_agent_vars_dataframe().reset_index()
    assert set(agents["role"]) == {"guarantor", "mover", "violator"}
    # Who broke it was tempted that month, by what the record says.
    violation = model.outcome.first
    row = agents[(agents.Step == violation.month) & (agents.name == violation.violator) & (agents.role != "guarantor")]
    assert row["temptation"].item() == pytest.approx(violation.temptation) and violation.temptation > 0
    resolve = agents[agents.role == "guarantor"].pivot_table(index="Step", columns="name", values="resolve")
    assert (resolve.iloc[0] <= 1).all() and resolve.to_numpy().min() >= 0


def test_it_ends_at_the_horizon_where_nothing_happens() -> None:
    held = {"pass": "shared", "guard": "absent"}
    model = stepped(sim.AftermathModel(TUTORIAL, held, 0, central=True))
    assert (model.month, model.ended_by, model.outcome.ended) == (120, "", False)
    assert model.outcome == aftermath(sim.Terms.of(sim.read_scenario(TUTORIAL)), model.conditions.agreement, 0)


def test_a_batch_of_mesa_lives_the_months_of_simulate() -> None:
    rows = mesa.batch_run(
        sim.AftermathModel,
        {"scenario": TUTORIAL, "agreement": [GUARDED], "central": True},
        rng=[0, 1, 2],
        display_progress=False,
    )
    terms = sim.Terms.of(sim.read_scenario(TUTORIAL))
    index = terms.space.index_of(GUARDED)
    found = {row["rng"]: (row["month"], row["ended_by"]) for row in rows}
    lived = {seed: aftermath(terms, index, seed) for seed in range(3)}
    assert found == {seed: (after.months, after.cause) for seed, after in lived.items()}


class Faithful(GuarantorAgent):
    """Honours its promise whatever it costs."""

    def honours(self, effect: float, cost: float, month: int) -> bool:
        return True


class WithFaithfulUs(sim.AftermathModel):
    def guarantor_of(self, name: str) -> type[GuarantorAgent]:
        return Faithful if name == "us" else super().guarantor_of(name)


def test_a_sub_class_with_one_changed_agent_changes_that_agent_alone() -> None:
    terms = sim.Terms.of(sim.read_scenario(BERLIN))
    agreement = int(terms.payoffs.nearest(1)[0])
    called = 0
    for seed in range(12):
        plain, changed = (stepped(kind(terms, agreement, seed)) for kind in (sim.AftermathModel, WithFaithfulUs))
        for before, after in zip(plain.violations[:1], changed.violations[:1], strict=True):
            # The same luck: who breaks it first, and when, is no doing of the guarantors'.
            assert (before.month, before.violator) == (after.month, after.violator)
            if after.called and (after.joined or after.refused):
                called += 1
                assert "us" in after.joined
    assert called > 0


def test_collecting_and_seeds_change_nothing() -> None:
    terms = sim.Terms.of(sim.draw_world(sim.read_scenario(BERLIN), 1, 2))
    agreement = int(terms.payoffs.nearest(1)[0])
    plain = stepped(sim.AftermathModel(terms, agreement, 9, collect=False))
    assert not hasattr(plain, "datacollector")
    assert stepped(sim.AftermathModel(terms, agreement, 9)).outcome == plain.outcome
    drawn = sim.AftermathModel(terms, agreement, np.random.default_rng(4))
    assert stepped(sim.AftermathModel(terms, agreement, drawn.seed)).outcome == stepped(drawn).outcome
    assert SCALE == 10**9 and drawn.scenario is None


def test_an_agreement_is_asked_for_and_must_exist() -> None:
    with pytest.raises(sim.SimError, match="no agreement is given"):
        sim.AftermathModel(TUTORIAL)
    with pytest.raises(sim.SimError, match="the last agreement is number 3"):
        sim.AftermathModel(TUTORIAL, 4)


def test_where_nobody_can_violate_it_war_comes_back_by_itself_or_not_at_all() -> None:
    peaceful = conformance.scenario("shuttle", "linear")
    model = sim.AftermathModel(peaceful, 0, 0)
    assert model.belligerents == [] and stepped(model).outcome.violations == ()
    runs = [sim.simulate(peaceful, seed) for seed in range(6)]
    assert any(run.aftermath is not None and run.aftermath.violations == () for run in runs)
