"""No delegate can read another's private payoffs."""

from __future__ import annotations

import mesa
import numpy as np
import pytest

import sim
from sim.after.terms import Terms
from sim.agreements.payoffs import SCALE
from sim.conformance.privacy import holds_nobody_elses_payoffs, imports_nothing_that_pries, reachable
from sim.negotiation.agenda import Agenda
from sim.negotiation.clock import Clock
from sim.negotiation.delegate import Delegate
from sim.negotiation.model import NegotiationModel, negotiate
from sim.negotiation.strategies import STRATEGIES
from sim.negotiation.strategy import Strategy


def talked(terms: Terms) -> NegotiationModel:
    """A negotiation held to its end."""
    model = NegotiationModel(terms, 0, collect=False)
    model.run_model()
    return model


@pytest.mark.parametrize("strategy", sorted(set(STRATEGIES) - {"rational"}))
def test_nothing_a_strategy_holds_leads_to_anothers_payoffs_or_to_the_model(strategy: str) -> None:
    scenario = sim.read_scenario("scenarios/berlin-2025/scenario.yaml")
    names = {f"parties.{party}.strategy.name": strategy for party in scenario.parties}
    settings = {**names, "negotiation.deadline": 4}
    holds_nobody_elses_payoffs(strategy, Terms.of(sim.draw_world(sim.with_settings(scenario, settings), 0, 1)))


def test_payoffs_have_no_public_name_on_delegates_or_on_the_model() -> None:
    terms = Terms.of(sim.read_scenario("scenarios/berlin-2025/scenario.yaml"))
    model = talked(terms)
    rows = len(Agenda.of(terms).agreements)
    for owner in [model, model.room, *model.agents]:
        for name, value in vars(owner).items():
            if name.startswith("_"):
                continue
            assert not isinstance(value, np.ndarray), name
            public = {k: v for k, v in getattr(value, "__dict__", {}).items() if not k.startswith("_")}
            for inner, thing in public.items():
                levels = isinstance(thing, np.ndarray) and thing.dtype == np.int64 and thing.size >= rows
                assert not levels or inner in ("agreements", "tabled"), f"{name}.{inner}"


def test_own_payoffs_are_read_only() -> None:
    terms = Terms.of(sim.read_scenario("scenarios/berlin-2025/scenario.yaml"))
    for delegate in talked(terms).agents:
        own = vars(delegate)["_Delegate__own"]
        for array in (own.worth, own.net, own.needed):
            assert type(array.base) is bytes
            with pytest.raises(ValueError, match="read-only"):
                array[0] = 0
            with pytest.raises(ValueError, match="WRITEABLE"):
                array.setflags(write=True)


def test_the_walk_finds_what_a_closure_a_bound_method_and_a_view_hide() -> None:
    secret = np.arange(9)
    view = np.zeros((2, 9), dtype=np.int64)[0]

    def held(default: object = {"deep": [secret]}) -> object:
        return default

    class Holder:
        def __init__(self) -> None:
            self.inner = lambda: secret

        def method(self) -> None:
            pass

    assert any(thing is secret for thing in reachable(lambda: secret))
    assert any(thing is secret for thing in reachable(held))
    assert any(thing is secret for thing in reachable(Holder().method))
    assert any(thing is view.base for thing in reachable([view]))
    assert not any(thing is secret for thing in reachable(lambda: None))


@pytest.mark.parametrize("strategy", sorted(STRATEGIES))
def test_a_strategys_module_imports_what_is_open_and_nothing_that_pries(strategy: str) -> None:
    imports_nothing_that_pries(strategy)


class _Cheat(Strategy):
    """Makes every text look wonderful to its own delegate, and opens every door it finds."""

    def demand(self, now: Clock) -> int:
        self.own.reservation, self.own.pressure = -(10**12), 10**12
        self.own.net = np.full_like(self.own.net, 10**9)
        self.own.worth = self.own.net
        self.own.needed = np.zeros_like(self.own.needed)
        return self.own.floor

    def propose(self, now: Clock) -> int:
        self.demand(now)
        return 0


@pytest.mark.parametrize("protocol", ["shuttle", "alternating_offers", "single_text", "random_proposer"])
def test_a_strategy_that_changes_what_it_was_given_signs_nothing_its_party_must_refuse(
    protocol: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    scenario = sim.read_scenario("scenarios/berlin-2025/scenario.yaml")
    names = {f"parties.{party}.strategy.name": "linear" for party in scenario.parties}
    settings = {**names, "negotiation.protocol": protocol, "negotiation.deadline": 20}
    monkeypatch.setitem(STRATEGIES, "linear", _Cheat)
    for easier in ({}, {"parties.russia.no_deal.reservation": 0.4}):
        for index in range(3):
            terms = Terms.of(sim.draw_world(sim.with_settings(scenario, {**settings, **easier}), 0, index))
            outcome = negotiate(terms, 0, trace=True)
            put = [event for event in outcome.trace if event.kind == "offer"]
            for event in put:
                column = terms.payoffs.column(event.party)
                assert terms.payoffs.acceptable[event.agreement, column], event
            if outcome.agreement is None:
                assert outcome.refusal is not None and outcome.refusal.short < 2 * SCALE
            else:
                assert terms.payoffs.acceptable[outcome.agreement].all() and min(outcome.margins) >= 0


def test_delegates_are_mesa_agents_of_the_model() -> None:
    model = talked(Terms.of(sim.read_scenario("scenarios/berlin-2025/scenario.yaml")))
    assert isinstance(model, mesa.Model)
    assert model.agents.to_list() == model.room.delegates
    assert all(isinstance(delegate, Delegate) for delegate in model.agents)
    assert model.time == model.steps == model.round == model.outcome.rounds
