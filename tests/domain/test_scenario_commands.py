"""``parley check``, ``new`` and ``schema`` as a person meets them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from sim.cli import main
from tests.faults.test_broken_scenarios import BROKEN, WHOLE

BERLIN = "scenarios/berlin-2025/scenario.yaml"


def parley(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "sim.cli", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


def test_check_counts_what_berlin_holds():
    told = json.loads(parley("check", BERLIN, "--json").stdout)
    assert told["ok"] is True
    assert (told["issues"], told["parties"], told["combinations"], told["agreements"]) == (9, 8, 270_000, 46_288)


def test_check_counts_the_numbers_that_explain_lists():
    counted = json.loads(parley("check", BERLIN, "--json").stdout)["numbers"]
    assert counted == len(json.loads(parley("explain", BERLIN, "--json").stdout)["numbers"]) == 735


def test_check_lists_every_fault_as_json_and_exits_1(tmp_path):
    file = tmp_path / "s.yaml"
    file.write_text(WHOLE.replace("p_real: 0.5", "p_real: 2").replace("deadline: 10", "opener: uppr"))
    done = parley("check", file, "--json")
    assert done.returncode == 1
    faults = json.loads(done.stdout)["faults"]
    assert [(f["line"], f["path"]) for f in faults] == [
        (26, "parties.upper.red_lines.0.p_real"),
        (34, "negotiation.opener"),
    ]
    assert all(f["file"] == str(file) and f["column"] >= 1 and f["message"] for f in faults)


@pytest.mark.parametrize("what", ["empty file", "rules that leave nothing", "seven issues of ten options"])
def test_check_points_at_the_line_of_the_fault(what, tmp_path):
    text, line, phrase = BROKEN[what]
    (tmp_path / "s.yaml").write_text(text)
    done = parley("check", tmp_path / "s.yaml")
    assert (done.returncode, done.stdout) == (1, "")
    assert f"s.yaml:{line}: " in done.stderr
    assert phrase in done.stderr
    assert "Traceback" not in done.stderr


def test_a_new_scenario_passes_check_and_names_a_schema_that_is_there(tmp_path):
    assert parley("new", tmp_path / "talks").returncode == 0
    done = parley("check", tmp_path / "talks" / "scenario.yaml")
    assert (done.returncode, done.stderr) == (0, "")
    first = (tmp_path / "talks" / "scenario.yaml").read_text().splitlines()[0]
    assert (tmp_path / "talks" / first.partition("$schema=")[2]).is_file()


def test_a_new_scenario_over_another_says_what_the_other_says(tmp_path):
    assert parley("new", tmp_path / "variant", "--from", BERLIN).returncode == 0
    told = json.loads(parley("check", tmp_path / "variant", "--json").stdout)
    assert (told["ok"], told["scenario"], told["agreements"]) == (True, "variant", 46_288)


def test_new_overwrites_nothing(tmp_path):
    (tmp_path / "scenario.yaml").write_text("mine")
    done = parley("new", tmp_path)
    assert done.returncode == 1
    assert "stands already" in done.stderr
    assert (tmp_path / "scenario.yaml").read_text() == "mine"


def test_new_refuses_a_name_no_scenario_can_have_and_writes_nothing(tmp_path):
    done = parley("new", tmp_path / "a.b")
    assert done.returncode == 1
    assert "name" in done.stderr
    assert not (tmp_path / "a.b").exists()


def test_schema_prints_json_for_both_kinds_of_file():
    complete, extending = (json.loads(parley("schema", *more).stdout) for more in ([], ["--extending"]))
    assert "parties" in complete["required"]
    assert "required" not in extending


@pytest.mark.parametrize(
    "arguments",
    [
        ("new", "out"),
        ("import", "graph", "--out", "out"),
    ],
)
def test_a_full_disk_leaves_no_half_of_a_scenario(tmp_path, monkeypatch, capsys, arguments):
    graph = tmp_path / "dare.json"
    graph.write_text(
        '{"kind": "graph-model", "decision_makers": ["A", "B"], "states": ["s", "t"],'
        ' "transitions": {"A": [["s", "t"]]}, "payoff": {"A": [1, 3], "B": [2, 1]}}'
    )
    out = tmp_path / "there" / "out"

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    # What is written is forced to the disk before it takes its name; a full one says so at the latest there.
    monkeypatch.setattr(os, "fsync", full)
    given = [str({"out": out, "graph": graph}.get(a, a)) for a in arguments]
    with pytest.raises(SystemExit) as stopped:
        main(given)
    assert stopped.value.code == 1
    assert "cannot be written: No space left on device" in capsys.readouterr().err
    assert [path for path in (tmp_path / "there").rglob("*") if path.is_file()] == []
