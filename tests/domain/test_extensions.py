"""Names of what installed packages add, and the registries over them."""

from __future__ import annotations

import pytest

import sim
from sim.baselines.forecasts import FORECASTS
from sim.domain import extensions
from sim.domain.extensions import Names, Registry
from sim.negotiation.acceptance import ACCEPTANCE
from sim.negotiation.protocols import PROTOCOLS
from sim.negotiation.strategies import STRATEGIES
from sim.stability.assess import TESTS

TABLES = [
    (PROTOCOLS, extensions.PROTOCOLS),
    (STRATEGIES, extensions.STRATEGIES),
    (ACCEPTANCE, extensions.ACCEPTANCE),
    (TESTS, extensions.TESTS),
    (FORECASTS, extensions.FORECASTS),
]


@pytest.mark.parametrize(("table", "names"), TABLES, ids=lambda part: getattr(part, "group", None))
def test_what_the_reader_knows_is_what_there_is(table: Registry, names: Names) -> None:
    assert tuple(table)[: len(names.own)] == names.own and len(table) == len(list(names))
    assert all(table[name] is not None for name in table)


@pytest.mark.parametrize(("table", "names"), TABLES, ids=lambda part: getattr(part, "group", None))
def test_an_unknown_name_is_a_users_mistake_and_a_missing_key(table: Registry, names: Names) -> None:
    with pytest.raises(sim.SimError, match=f"^unknown {names.what} 'nothing'"):
        table["nothing"]
    assert table.get("nothing") is None and "nothing" not in table


def test_what_is_added_by_hand_is_known_to_the_reader_until_it_is_taken_away() -> None:
    text = "scenarios/tutorial-two-by-two/scenario.yaml"
    settings = ["parties.hill.strategy={name: mine}"]
    STRATEGIES["mine"] = STRATEGIES["linear"]
    try:
        given = sim.read_scenario(text, settings)
        plain = sim.read_scenario(text, ["parties.hill.strategy={name: linear}"])
        assert sim.simulate(given, 3).outcome == sim.simulate(plain, 3).outcome
    finally:
        del STRATEGIES["mine"]
    with pytest.raises(sim.ScenarioError, match="unknown strategy 'mine'"):
        sim.read_scenario(text, settings)


def test_a_scenario_that_went_past_the_reader_is_refused_in_a_sentence() -> None:
    scenario = sim.read_scenario("scenarios/tutorial-two-by-two/scenario.yaml")
    unread = scenario.model_copy(update={"negotiation": scenario.negotiation.model_copy(update={"protocol": "foo"})})
    unread._data = scenario.data
    with pytest.raises(sim.SimError, match="unknown protocol 'foo'; valid: alternating_offers"):
        sim.simulate(unread)


def test_names_and_table_are_held_equal() -> None:
    with pytest.raises(AssertionError, match="are not the names declared"):
        Registry(Names("thing", "parley.things", ("a", "b")), {"a": 1}, callable, "a thing")
