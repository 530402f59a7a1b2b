"""The reference page names every key, so that none is added without a word on it."""

from __future__ import annotations

from pathlib import Path

import sim
from sim.domain.document import MAX_BYTES, MAX_DEPTH, MAX_VALUES
from sim.domain.feasible import MAX_COMBINATIONS
from sim.domain.groups import MAX_EXPANDED
from sim.domain.schema import scenario_schema

PAGE = Path("docs/reference/scenario-file.md").read_text(encoding="utf-8")


def test_every_key_stands_on_the_reference_page():
    schema = scenario_schema()
    records = [schema, *schema["$defs"].values()]
    keys = {key for record in records for key in record.get("properties", {})}
    assert sorted(key for key in keys if f"`{key}`" not in PAGE) == []


def test_the_bounds_on_the_reference_page_are_those_of_the_reader():
    assert f"{MAX_BYTES // 2**20} MiB, {MAX_DEPTH} levels, {MAX_VALUES:,} values" in PAGE
    assert f"{MAX_COMBINATIONS:,} combinations" in PAGE
    assert f"rival codings, hold {MAX_VALUES:,} values together; the members of all groups {MAX_EXPANDED:,}" in PAGE


def test_the_example_of_extends_on_the_reference_page_reads():
    example = PAGE.split("```yaml\n")[1].split("```")[0]
    scenario = sim.scenario_from_text(example, file="scenarios/berlin-2025/weaker.yaml")
    assert scenario.parties["russia"].no_deal.reservation.low is None
    assert scenario.parties["russia"].red_lines == []
    assert scenario.parties["ukraine"].no_deal.reservation.range[1] == 0.7
