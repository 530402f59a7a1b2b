"""How far rival codings agree: figures for Berlin that were fixed beforehand, and what the command refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

import sim
from sim.cli import parley
from sim.domain.scenario import Scenario
from sim.errors import ModelError
from sim.results.codings import Codings, compare_codings

PATHS = ["scenarios/berlin-2025", "scenarios/berlin-2025-coding-b", "scenarios/berlin-2025-coding-c"]


@pytest.fixture(scope="module")
def codings() -> dict[str, Scenario]:
    return dict(zip("abc", map(sim.read_scenario, PATHS), strict=True))


@pytest.fixture(scope="module")
def found(codings: dict[str, Scenario]) -> Codings:
    return compare_codings(codings)


def test_berlins_codings_agree_as_far_as_was_measured_beforehand(found: Codings) -> None:
    a_b, a_c, b_c = found.pairs
    assert (round(a_b.correlation, 2), round(a_c.correlation, 2), round(b_c.correlation, 3)) == (0.94, 0.95, 0.985)
    assert [round(pair.mean_difference, 2) for pair in found.pairs] == [0.10, 0.10, 0.04]
    same = [pair.same_hard_lines for pair in found.pairs]
    assert (min(same), max(same)) == (278, 288)
    assert {pair.n_values for pair in found.pairs} == {8 * 37}


def test_the_codings_read_ukraine_most_and_the_united_states_least_alike(found: Codings) -> None:
    assert (found.parties[0].party, found.parties[-1].party) == ("ukraine", "us")
    # In floats 30 values are further than .15 off; one of them (.65 against .50) is exactly .15 off.
    assert (found.parties[-1].far, found.parties[-1].n_values) == (29, 74)


def test_a_coding_agrees_with_itself_in_full(codings: dict[str, Scenario]) -> None:
    (pair,) = compare_codings({"one": codings["b"], "two": codings["b"]}).pairs
    assert pair.correlation == pytest.approx(1)
    assert (pair.mean_difference, pair.same_hard_lines) == (0, pair.n_values)


def test_scenarios_of_another_table_are_refused(codings: dict[str, Scenario]) -> None:
    data = json.loads(json.dumps(codings["a"].data))
    data["issues"]["dmz"]["options"]["sea"] = "At sea"
    for party in data["parties"].values():
        party["utility"]["dmz"]["sea"] = 0.5
    other = sim.scenario_from_text(json.dumps(data))
    with pytest.raises(ModelError, match="options differ in dmz=sea"):
        compare_codings({"a": codings["a"], "other": other})
    with pytest.raises(ModelError, match="two or more"):
        compare_codings({"a": codings["a"]})


def test_the_command_reads_files_or_one_scenario_that_lists_them(found: Codings) -> None:
    by_files, by_list = (
        json.loads(CliRunner().invoke(parley, ["codings", *paths, "--json"]).stdout)
        for paths in (PATHS, ["scenarios/berlin-2025-all-codings"])
    )
    assert by_files["schema_version"] == 1
    assert by_files["parties"] == by_list["parties"]
    assert by_files["pairs"][0]["correlation"] == found.pairs[0].correlation
    alone = CliRunner().invoke(parley, ["codings", PATHS[0]])
    assert isinstance(alone.exception, ModelError)


def test_codings_that_differ_in_reservation_values_alone_rank_no_party_first(tmp_path) -> None:
    two = "scenarios/tutorial-two-by-two/scenario.yaml"
    other = tmp_path / "scenario.yaml"
    text = "extends: {}\nname: other\ntitle: Other\nparties: {{hill: {{no_deal: {{reservation: 0.5}}}}}}\n"
    other.write_text(text.format(Path(two).resolve()))
    done = CliRunner().invoke(parley, ["codings", two, str(other)])
    assert done.exit_code == 0, done.output
    assert "most alike" not in done.output
    assert "No party's options are read less alike than another's." in done.output
