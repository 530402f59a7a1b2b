"""``parley aftermath`` as a person meets it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import sim
from sim.commands.aftermath import command
from tests.compliance.aftermath_scenarios import TEXT

BERLIN = "scenarios/berlin-2025/scenario.yaml"


def invoke(*arguments: str) -> Result:
    return CliRunner().invoke(command, list(arguments))


@pytest.fixture()
def small(tmp_path: Path) -> str:
    path = tmp_path / "scenario.yaml"
    path.write_text(
        TEXT.replace("{baseline: {plain: 0}}", "{baseline: {plain: 0.1, other: 0.3}}"),
        encoding="utf-8",
    )
    return str(path)


def test_one_agreement_is_printed_with_survival_first_violator_and_reliability(small: str) -> None:
    done = invoke(small, "--agreement", "line=hold, pact=pact", "--runs", "40", "--set", "compliance.shock_sd=0.05")
    assert done.exit_code == 0, done.output
    for words in ("still in force after", "120 months", "Bear first", "assumed 0.90", "Critical reliability"):
        assert words in done.stdout


def test_json_carries_the_schema_version_and_the_whole_curve(small: str) -> None:
    done = invoke(small, "--agreement", "line=hold,pact=none", "--runs", "30", "--central", "--json", "--seed", "0")
    content = json.loads(done.stdout)
    assert content["schema_version"] == 1
    assert content["agreement"]["options"] == {"line": "hold", "pact": "none"}
    assert len(content["survival"]) == 121 and content["survival"][0]["share"] == 1
    assert content["survival_12"]["low"] <= content["survival_12"]["share"] <= content["survival_12"]["high"]
    assert set(content["reliability"]) == {"assumed", "derived", "simulated", "calls"}
    assert set(content["loss"]) == {"ally", "bear", "fox", "friend"}


def test_the_front_runners_are_ranked_under_every_structure_and_coding(small: str, tmp_path: Path) -> None:
    rival = tmp_path / "rival.yaml"
    rival.write_text(
        Path(small)
        .read_text(encoding="utf-8")
        .replace("name: two-sides", "name: rival")
        .replace("hold: 0.5", "hold: 0.75"),
        encoding="utf-8",
    )
    arguments = [small, "--coding", str(rival), "--runs", "40", "--front-runners", "3"]
    content = json.loads(invoke(*arguments, "--json").stdout)
    names = [(standing["coding"], standing["structure"]) for standing in content["standings"]]
    assert names == [("two-sides", "plain"), ("two-sides", "other"), ("rival", "plain"), ("rival", "other")]
    for standing in content["standings"]:
        assert len(standing["agreements"]) == 3
        assert sum(item["rank"] for item in standing["agreements"]) == 6
        for item, first in zip(standing["agreements"], content["standings"][0]["agreements"], strict=True):
            assert item["moved"] == item["rank"] - first["rank"]
    printed = invoke(*arguments).stdout
    assert printed.count("first violator") == 4 and "The ranking (by months survived) changes under" in printed


def test_the_same_seed_prints_the_same_text(small: str) -> None:
    arguments = (small, "--agreement", "0", "--runs", "25", "--seed", "3")
    assert invoke(*arguments).stdout == invoke(*arguments).stdout


@pytest.mark.parametrize(
    ("agreement", "words"),
    [
        ("line=held,pact=pact", "unknown option 'held'"),
        ("lines=hold,pact=pact", "unknown issue 'lines'; did you mean 'line'?"),
        ("line=hold,line=hold", "'line' is named twice"),
        ("hold", "'hold' is not of the form issue=option"),
        ("99", "the last agreement is number 3"),
    ],
)
def test_an_agreement_that_cannot_be_read_is_one_line(small: str, agreement: str, words: str) -> None:
    done = invoke(small, "--agreement", agreement)
    assert isinstance(done.exception, sim.SimError)
    assert words in str(done.exception) and "\n" not in str(done.exception)


def test_a_coding_of_other_issues_is_refused(small: str) -> None:
    done = invoke(BERLIN, "--coding", small, "--runs", "1")
    assert isinstance(done.exception, sim.SimError) and "differ from those of berlin-2025" in str(done.exception)


def test_berlins_front_runners_are_broken_by_a_belligerent_at_central_values() -> None:
    content = json.loads(invoke(BERLIN, "--central", "--runs", "20", "--json").stdout)
    assert {standing["structure"] for standing in content["standings"]} == {"fortna", "lo-hashimoto-reiter"}
    for standing in content["standings"]:
        for item in standing["agreements"]:
            first = item["first_violation"]
            assert {one["violator"] for one in first} <= {"russia", "ukraine"}
            assert sum(one["share"] for one in first) == pytest.approx(1.0)
            assert any(one["violator"] == "russia" for one in first)
            assert item["survival_12"]["share"] == 0


def test_moves_are_played_beside_what_is_proven(small: str) -> None:
    done = invoke(BERLIN, "--agreement", "28429", "--central", "--runs", "5", "--moves")
    assert done.exit_code == 0, done.output
    assert "The game of moves" in done.stdout and "proven:" in done.stdout


def test_three_codings_and_both_structures_stand_side_by_side_with_the_same_luck() -> None:
    arguments = ("scenarios/berlin-2025-all-codings/scenario.yaml", "--runs", "10", "--json")
    standings = json.loads(invoke(*arguments).stdout)["standings"]
    assert [(s["coding"], s["structure"]) for s in standings] == [
        (coding, structure) for coding in "abc" for structure in ("fortna", "lo-hashimoto-reiter")
    ]
    base = json.loads(invoke(BERLIN, "--runs", "10", "--json").stdout)["standings"]
    for of_all, alone in zip(standings[:2], base, strict=True):
        assert of_all["agreements"] == alone["agreements"]
