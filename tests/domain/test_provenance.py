"""Where numbers come from."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

import sim
from sim.cli import parley
from sim.domain.provenance import given_numbers, status_shares
from sim.errors import ModelError

BERLIN = "scenarios/berlin-2025"
WITH_SOURCES = sorted(str(path.parent) for path in Path("scenarios").glob("berlin-2025*/scenario.yaml"))


@pytest.mark.parametrize("path", WITH_SOURCES)
def test_every_number_of_every_berlin_has_a_status_and_a_source_that_exists(path: str) -> None:
    scenario = sim.read_scenario(path)
    numbers = given_numbers(scenario)
    assert len(numbers) > 500
    for given in numbers:
        assert given.status != "unstated", given.path
        assert given.references, given.path
        for reference in given.references:
            assert reference.source in scenario.sources, given.path
            assert reference.title == scenario.sources[reference.source].title


def test_every_number_a_file_writes_is_listed_and_none_that_it_does_not() -> None:
    scenario = sim.read_scenario(BERLIN)

    def written(node: object, path: str) -> set[str]:
        if isinstance(node, dict):
            if "value" in node and "status" in node and not isinstance(node["value"], dict):
                return {path}
            return {leaf for key, child in node.items() for leaf in written(child, f"{path}.{key}" if path else key)}
        if isinstance(node, list):
            return {leaf for place, child in enumerate(node) for leaf in written(child, f"{path}.{place}")}
        return set()

    # A record of an interaction or red line has a status of its own, but no value.
    assert {given.path for given in given_numbers(scenario)} == written(scenario.data, "")


def test_a_party_and_an_issue_narrow_the_list_and_find_red_lines() -> None:
    scenario = sim.read_scenario(BERLIN)
    both = {given.path for given in given_numbers(scenario, "ukraine", "dmz")}
    assert both < {given.path for given in given_numbers(scenario, "ukraine")}
    assert both < {given.path for given in given_numbers(scenario, issue="dmz")}
    (place,) = [
        n
        for n, line in enumerate(scenario.parties["ukraine"].red_lines)
        if line.issue == "dmz" and line.kind == "declared"
    ]
    assert f"parties.ukraine.red_lines.{place}.p_real" in both
    with pytest.raises(ModelError, match="did you mean 'ukraine'"):
        given_numbers(scenario, "ukrain")


def test_plain_numbers_are_counted_as_unstated() -> None:
    scenario = sim.scenario_from_text(
        """
        schema: 1
        name: plain
        title: Plain
        as_of: "2025"
        issues: {line: {title: Line, options: {here: H, there: T}}}
        parties:
          west: {title: W, salience: {line: 1}, utility: {line: {here: 1, there: 0}}, no_deal: {reservation: 0.3}}
          east: {title: E, salience: {line: 1}, utility: {line: {here: 0, there: 1}}, no_deal: {reservation: 0.3}}
        negotiation: {deadline: 5}
        """
    )
    numbers = given_numbers(scenario)
    assert len(numbers) == 8
    assert status_shares(numbers) == {"unstated": 1.0}


def test_the_command_says_what_share_is_judgement() -> None:
    content = json.loads(CliRunner().invoke(parley, ["explain", BERLIN, "--json"]).stdout)
    assert content["schema_version"] == 1
    assert sum(content["share_by_status"].values()) == pytest.approx(1)
    assert sum(content["by_status"].values()) == len(content["numbers"])
    printed = CliRunner().invoke(parley, ["explain", BERLIN, "--party", "russia", "--issue", "donetsk"])
    assert printed.exit_code == 0
    assert "article#S36" in printed.stdout
    assert "News article" in printed.stdout
