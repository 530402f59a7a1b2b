"""No delegate can read another's private payoffs."""

from __future__ import annotations

import ast
import gc
import inspect
import sys
import types

import mesa
import numpy as np
import pytest

import sim
from sim.after.terms import Terms
from sim.agreements.payoffs import SCALE
from sim.negotiation.agenda import Agenda
from sim.negotiation.clock import Clock
from sim.negotiation.delegate import Delegate
from sim.negotiation.model import NegotiationModel, negotiate
from sim.negotiation.room import Room
from sim.negotiation.strategies import STRATEGIES
from sim.negotiation.strategy import Strategy

#: What a walk over references does not enter: classes and modules lead everywhere and hold no payoffs.
_NOT_ENTERED = (type, types.ModuleType, types.BuiltinFunctionType, types.FrameType)
#: What a strategy's module may import of the project: what is handed to it, and what everybody can know.
_OPEN = {
    "sim.errors",
    "sim.negotiation.beliefs",
    "sim.negotiation.clock",
    "sim.negotiation.equilibrium",
    "sim.negotiation.private",
    "sim.negotiation.strategy",
    "sim.negotiation.table",
    "sim.negotiation.time_dependent",
}
#: What reads any object of the process, whoever holds it: Python has no wall against these but not to import them.
_PRYING = {"ctypes", "gc", "inspect", "sys", "importlib", "builtins"}


def reachable(start: object) -> list[object]:
    """Everything an object holds, directly or through what it holds, whatever the names."""
    seen: dict[int, object] = {}
    queue = [start]
    while queue:
        node = queue.pop()
        if id(node) in seen or isinstance(node, _NOT_ENTERED):
            continue
        seen[id(node)] = node
        if isinstance(node, types.FunctionType):
            # Its closure, defaults and attributes, but not the globals of its module.
            queue.extend([node.__closure__, node.__defaults__, node.__kwdefaults__, node.__dict__])
            continue
        queue.extend(gc.get_referents(node))
        if isinstance(node, np.ndarray) and node.base is not None:
            queue.append(node.base)
    return list(seen.values())


def talked(terms: Terms) -> NegotiationModel:
    """A negotiation held to its end."""
    model = NegotiationModel(terms, 0, collect=False)
    model.run_model()
    return model


@pytest.mark.parametrize("strategy", sorted(set(STRATEGIES) - {"rational"}))
def test_nothing_a_strategy_holds_leads_to_anothers_payoffs_or_to_the_model(strategy: str) -> None:
    scenario = sim.read_scenario("scenarios/berlin-2025/scenario.yaml")
    names = {f"parties.{party}.strategy.name": strategy for party in scenario.parties}
    terms = Terms.of(sim.draw_world(sim.with_settings(scenario, {**names, "negotiation.deadline": 4}), 0, 1))
    rows = Agenda.of(terms).agreements
    worth = terms.payoffs.foreseen[rows]
    for delegate in talked(terms).agents:
        inside = vars(delegate)["_Delegate__strategy"]
        found = reachable(inside)
        assert not any(isinstance(thing, (mesa.Model, mesa.Agent, Room)) for thing in found)
        arrays = [thing for thing in found if isinstance(thing, np.ndarray)]
        mine = terms.payoffs.column(delegate.party)
        assert any(array.shape == (len(rows),) and (array == worth[:, mine]).all() for array in arrays)
        for column, other in enumerate(terms.parties):
            if column == mine:
                continue
            secret = {int(terms.payoffs.reservation[column])}
            assert not any(type(thing) is int and thing in secret for thing in found), other
            for array in arrays:
                if array.dtype == np.int64 and array.size >= len(rows):
                    flat = array.reshape(-1)
                    assert not any(
                        (flat[start : start + len(rows)] == worth[:, column]).all()
                        for start in range(0, flat.size - len(rows) + 1, len(rows))
                    ), f"{delegate.party} holds the payoffs of {other}"


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
    for owner in STRATEGIES[strategy].__mro__:
        if not owner.__module__.startswith("sim."):
            continue
        for node in ast.walk(ast.parse(inspect.getsource(sys.modules[owner.__module__]))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [str(node.module)] if isinstance(node, ast.ImportFrom) else []
            for name in names:
                assert name.partition(".")[0] not in _PRYING, f"{owner.__module__} imports {name}"
                assert name in _OPEN or not name.startswith("sim"), f"{owner.__module__} imports {name}"


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
