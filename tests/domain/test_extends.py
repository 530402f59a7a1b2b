"""A list that a file adds to: where its entries stand, and where their faults are shown."""

from __future__ import annotations

from pathlib import Path

import pytest
from jsonschema import Draft7Validator

import sim
from sim.domain.document import parse_document
from sim.domain.schema import scenario_schema
from sim.errors import ScenarioError

BERLIN = Path("scenarios/berlin-2025/scenario.yaml").resolve()


def over(text: str, folder: Path, base: Path = BERLIN) -> Path:
    file = folder / "scenario.yaml"
    file.write_text(f"extends: {base}\nname: over\n{text}")
    return file


def test_a_list_under_a_key_with_plus_joins_the_end_of_the_earlier_one(tmp_path: Path) -> None:
    base = sim.read_scenario(BERLIN)
    file = over("constraints+:\n  - {id: C11, forbid: {dmz: [none]}, scope: signing}\n", tmp_path)
    found = sim.read_scenario(file)
    assert [c.id for c in found.constraints] == [*(c.id for c in base.constraints), "C11"]
    (tmp_path / "again").mkdir()
    third = over("constraints+: [{id: C12, forbid: {dmz: [symmetric]}, scope: signing}]\n", tmp_path / "again", file)
    assert [c.id for c in sim.read_scenario(third).constraints][-2:] == ["C11", "C12"]


def test_lists_deeper_down_are_added_to_as_well(tmp_path: Path) -> None:
    base = sim.read_scenario(BERLIN)
    line = "{issue: dmz, options: [none], kind: hard}"
    found = sim.read_scenario(over(f"parties:\n  us:\n    red_lines+: [{line}]\n", tmp_path))
    assert len(found.parties["us"].red_lines) == len(base.parties["us"].red_lines) + 1
    assert found.parties["us"].red_lines[-1].issue == "dmz"


@pytest.mark.parametrize(
    ("text", "line", "path"),
    [
        ("constraints+:\n  - {id: C11, forbid: {dmz: [nothing]}}\n", 4, "constraints.10.forbid.dmz"),
        ("constraints+:\n  - {id: C1, forbid: {dmz: [none]}}\n", 4, "constraints.10.id"),
        ("parties:\n  us:\n    red_lines+:\n      - {issue: fog, options: [a]}\n", 6, "parties.us.red_lines.2.issue"),
    ],
)
def test_a_fault_in_what_was_added_is_shown_at_its_own_line(text: str, line: int, path: str, tmp_path: Path) -> None:
    file = over(text, tmp_path)
    with pytest.raises(ScenarioError) as fault:
        sim.read_scenario(file)
    assert f"{file}:{line}" in str(fault.value)
    assert path in str(fault.value)


@pytest.mark.parametrize(
    "text", ["title+: more\n", "titles+: [more]\n", "parties+: [more]\n", "negotiation+: {deadline: 3}\n"]
)
def test_only_a_list_can_be_added_to_a_list(text: str, tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match=r"unknown key '\w+\+'|not permitted|unknown"):
        sim.read_scenario(over(text, tmp_path))


def test_the_schema_of_extending_files_knows_lists_that_are_added_to() -> None:
    content = parse_document("extends: x.yaml\nconstraints+: [{id: C11, forbid: {dmz: none}}]\n").data
    assert Draft7Validator(scenario_schema(extending=True)).is_valid(content)
    assert not Draft7Validator(scenario_schema()).is_valid(content)
    wrong = {"extends": "x.yaml", "constraints+": [{"forbid": {"dmz": "none"}}]}
    assert not Draft7Validator(scenario_schema(extending=True)).is_valid(wrong)


def test_the_rivals_of_an_extended_file_are_found_from_wherever_it_is_extended(tmp_path: Path) -> None:
    deep = tmp_path / "a" / "b"
    deep.mkdir(parents=True)
    file = over("title: Deeper\n", deep, BERLIN.parents[1] / "berlin-2025-all-codings" / "scenario.yaml")
    assert set(sim.read_scenario(file).rivals) == {"a", "b", "c"}
