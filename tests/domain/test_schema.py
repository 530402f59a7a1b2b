"""The JSON Schema: current, whole, and of one mind with the reader on shape."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

import sim
from sim.domain.document import parse_document, read_document
from sim.domain.schema import scenario_schema
from tests.faults.test_broken_scenarios import BROKEN, WHOLE

SCENARIOS = sorted(Path("scenarios").glob("*/scenario.yaml"))


def references(node: Any) -> list[str]:
    if isinstance(node, list):
        return [r for child in node for r in references(child)]
    if not isinstance(node, dict):
        return []
    own = [node["$ref"]] if isinstance(node.get("$ref"), str) else []
    return own + [r for child in node.values() for r in references(child)]


def validator(schema: dict[str, Any]) -> Any:
    Draft7Validator.check_schema(schema)
    return Draft7Validator(schema)


@pytest.mark.parametrize(("file", "extending"), [("schema.json", False), ("schema-extending.json", True)])
def test_the_committed_schema_is_what_the_command_prints_today(file, extending):
    committed = json.loads(Path("scenarios", file).read_text(encoding="utf-8"))
    assert committed == scenario_schema(extending=extending), f"renew it: parley schema > scenarios/{file}"


@pytest.mark.parametrize("extending", [False, True])
@pytest.mark.parametrize("named", [False, True])
def test_every_reference_of_the_schema_leads_somewhere(named, extending):
    schema = scenario_schema(sim.scenario_from_text(WHOLE) if named else None, extending=extending)
    found = references(schema)
    assert found
    assert all(r.removeprefix("#/$defs/") in schema["$defs"] for r in found)


def test_a_schema_with_a_scenario_knows_its_names():
    schema = scenario_schema(sim.scenario_from_text(WHOLE))
    party = schema["$defs"]["Party"]["properties"]
    assert set(party["utility"]["properties"]["border"]["properties"]) == {"north", "middle", "south"}
    assert party["utility"]["additionalProperties"] is False
    assert schema["$defs"]["RedLine"]["properties"]["issue"]["enum"] == ["border", "water"]


def test_making_a_named_schema_leaves_the_plain_one_as_it_was():
    before = scenario_schema()
    scenario_schema(sim.scenario_from_text(WHOLE), extending=True)
    assert scenario_schema() == before


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.parent.name)
def test_every_scenario_of_the_repository_fits_its_schema(path):
    data = read_document(path).data
    check = validator(scenario_schema(extending="extends" in data))
    assert [error.message for error in check.iter_errors(data)] == []


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.parent.name)
def test_every_scenario_fits_the_schema_that_knows_its_own_names(path):
    data = read_document(path).data
    check = validator(scenario_schema(sim.read_scenario(path), extending="extends" in data))
    assert [error.message[:200] for error in check.iter_errors(data)] == []


def test_the_extending_schema_requires_nothing_and_lets_keys_be_deleted():
    check = validator(scenario_schema(extending=True))
    assert check.is_valid({"extends": "x.yaml", "parties": {"upper": {"red_lines": None}, "lower": None}})
    assert check.is_valid({"extends": "x.yaml", "parties": {"upper": {"no_deal": {"reservation": {"high": 0.9}}}}})
    assert not check.is_valid({"extends": "x.yaml", "parties": {"upper": {"redlines": None}}})
    assert not check.is_valid({"extends": "x.yaml", "constraints": [{"when": {"a": "b"}}]})


#: Beginnings of the names of faults that lie in the shape of a file.
OF_SHAPE = (
    *("unknown key", "no version", "another version", "title that", "option defined", "value ", "negative"),
    *("word for", "truth for", "unknown status", "unknown distribution", "deadline of", "one party", "no options"),
)
SHAPE = [what for what in BROKEN if what.startswith(OF_SHAPE)]


@pytest.mark.parametrize("what", SHAPE)
def test_the_schema_finds_the_faults_of_shape_the_reader_finds(what):
    assert not validator(scenario_schema()).is_valid(parse_document(BROKEN[what][0]).data)


NAMES = ["unknown issue in salience", "unknown option valued", "red line on an unknown issue",
    "red line on an unknown option", "move by an unknown party", "move from an unknown option",
    "rule on an unknown issue", "rule on an unknown option", "unknown opener", "unknown mediator", "undeclared source",
    "undeclared source of a line"]  # fmt: skip


@pytest.mark.parametrize("what", NAMES)
def test_a_schema_with_a_scenario_finds_the_names_that_refer_to_nothing(what):
    data = parse_document(BROKEN[what][0]).data
    assert validator(scenario_schema()).is_valid(data)
    assert not validator(scenario_schema(sim.scenario_from_text(WHOLE))).is_valid(data)
