"""No delegate can read another's private payoffs."""

from __future__ import annotations

import gc
import types

import mesa
import numpy as np
import pytest

import sim
from sim.agreements.terms import Terms
from sim.negotiation import model as talks_model
from sim.negotiation.agenda import Agenda
from sim.negotiation.delegate import Delegate
from sim.negotiation.model import Talks, negotiate
from sim.negotiation.strategies import STRATEGIES

#: What a walk over references does not enter: code, classes and modules lead everywhere and hold no payoffs.
_NOT_ENTERED = (type, types.ModuleType, types.FunctionType, types.BuiltinFunctionType, types.FrameType)


def reachable(start: object) -> list[object]:
    """Everything an object holds, directly or through what it holds, whatever the names."""
    seen: dict[int, object] = {}
    queue = [start]
    while queue:
        node = queue.pop()
        if id(node) in seen or isinstance(node, _NOT_ENTERED):
            continue
        seen[id(node)] = node
        queue.extend(gc.get_referents(node))
        if isinstance(node, np.ndarray) and node.base is not None:
            queue.append(node.base)
    return list(seen.values())


@pytest.fixture
def caught(monkeypatch: pytest.MonkeyPatch) -> list[Talks]:
    """The models of the talks held in a test."""
    found: list[Talks] = []

    class Watched(Talks):
        def __init__(self, *args, **kwargs) -> None:
            super().__init__(*args, **kwargs)
            found.append(self)

    monkeypatch.setattr(talks_model, "Talks", Watched)
    return found


@pytest.mark.parametrize("strategy", sorted(set(STRATEGIES) - {"rational"}))
def test_nothing_a_strategy_holds_leads_to_anothers_payoffs_or_to_the_model(strategy: str, caught: list[Talks]) -> None:
    scenario = sim.read_scenario("scenarios/berlin-2025/scenario.yaml")
    names = {f"parties.{party}.strategy.name": strategy for party in scenario.parties}
    terms = Terms.of(sim.draw_world(sim.with_settings(scenario, {**names, "negotiation.deadline": 4}), 0, 1))
    negotiate(terms, 0)
    rows = Agenda.of(terms).agreements
    worth = terms.worth[rows]
    for delegate in caught[0].delegates:
        inside = vars(delegate)["_Delegate__strategy"]
        held = reachable(inside)
        assert not any(isinstance(thing, (mesa.Model, mesa.Agent)) for thing in held)
        arrays = [thing for thing in held if isinstance(thing, np.ndarray)]
        mine = terms.payoffs.column(delegate.party)
        assert any(array.shape == (len(rows),) and (array == worth[:, mine]).all() for array in arrays)
        for column, other in enumerate(terms.parties):
            if column == mine:
                continue
            secret = {int(terms.payoffs.reservation[column])}
            assert not any(type(thing) is int and thing in secret for thing in held), other
            for array in arrays:
                if array.dtype == np.int64 and array.size >= len(rows):
                    flat = array.reshape(-1)
                    assert not any(
                        (flat[start : start + len(rows)] == worth[:, column]).all()
                        for start in range(0, flat.size - len(rows) + 1, len(rows))
                    ), f"{delegate.party} holds the payoffs of {other}"


def test_payoffs_have_no_public_name_on_delegates_or_on_the_model(caught: list[Talks]) -> None:
    terms = Terms.of(sim.read_scenario("scenarios/berlin-2025/scenario.yaml"))
    negotiate(terms, 0)
    talks = caught[0]
    rows = len(Agenda.of(terms).agreements)
    for owner in [talks, *talks.delegates]:
        for name, value in vars(owner).items():
            if name.startswith("_"):
                continue
            assert not isinstance(value, np.ndarray), name
            public = {k: v for k, v in getattr(value, "__dict__", {}).items() if not k.startswith("_")}
            for inner, thing in public.items():
                levels = isinstance(thing, np.ndarray) and thing.dtype == np.int64 and thing.size >= rows
                assert not levels or inner in ("agreements", "tabled"), f"{name}.{inner}"


def test_own_payoffs_are_read_only(caught: list[Talks]) -> None:
    terms = Terms.of(sim.read_scenario("scenarios/berlin-2025/scenario.yaml"))
    negotiate(terms, 0)
    for delegate in caught[0].delegates:
        own = vars(delegate)["_Delegate__own"]
        for array in (own.worth, own.net, own.needed):
            assert array.base is None
            with pytest.raises(ValueError, match="read-only"):
                array[0] = 0


def test_delegates_are_mesa_agents_of_the_model(caught: list[Talks]) -> None:
    negotiate(Terms.of(sim.read_scenario("scenarios/berlin-2025/scenario.yaml")), 0)
    talks = caught[0]
    assert isinstance(talks, mesa.Model)
    assert set(talks.agents.to_list()) == set(talks.delegates)
    assert all(isinstance(delegate, Delegate) for delegate in talks.delegates)
    assert talks.time == talks.rounds
