"""The command line as a person meets it: exit codes, streams, and one-line errors."""

import json
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

import sim
from sim.cli import COMMANDS, main
from sim.cli import parley as group
from sim.present.outcomes import print_summary
from sim.results.batch import run_batch
from sim.results.summary import Summary

BERLIN = "scenarios/berlin-2025/scenario.yaml"
TUTORIAL = "scenarios/tutorial-two-by-two/scenario.yaml"


def parley(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "sim.cli", *arguments], capture_output=True, text=True, check=False)


def test_a_mistyped_key_exits_1_with_one_line_and_no_traceback():
    done = parley("frontier", BERLIN, "--set", "parties.rusia.no_deal.reservation=0.5")
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.strip().count("\n") == 0
    assert "did you mean 'russia'?" in done.stderr


def test_a_missing_file_exits_1_by_name():
    done = parley("frontier", "scenarios/nowhere/scenario.yaml")
    assert (done.returncode, done.stdout) == (1, "")
    assert "scenarios/nowhere/scenario.yaml: no such file" in done.stderr


def test_an_unknown_command_suggests_the_nearest():
    done = parley("fronteer", BERLIN)
    assert done.returncode == 2
    assert "did you mean 'frontier'?" in done.stderr


@pytest.mark.parametrize(
    ("reservation", "size"), [(0.65, 0), (0.60, 0), (0.55, 1), (0.50, 93), (0.45, 524), (0.40, 1462)]
)
def test_the_frontier_command_counts_berlins_zone_exactly(reservation, size):
    done = parley("frontier", BERLIN, "--json", "--set", f"parties.russia.no_deal.reservation={reservation}")
    content = json.loads(done.stdout)
    assert content["schema_version"] == 1
    assert content["n_agreements"] == 46288
    assert content["zone"]["size"] == size
    assert (content["nash"] is None) == (size == 0)
    assert all(set(entry) >= {"options", "utility"} for entry in content["pareto"])


RUSSIA = "parties.russia.no_deal.reservation"
FIXED = "fixed; its range 0.45 to 0.8 is set aside"


def test_a_plain_number_fixes_what_it_is_set_to_and_a_value_moves_the_centre_alone():
    def shares(*setting):
        done = parley("run", BERLIN, "--runs", "60", "--seed", "1", "--json", "--set", *setting)
        return json.loads(done.stdout)

    fixed, record, centre = (shares(f"{RUSSIA}{form}") for form in ("=0.5", "={value: 0.5}", ".value=0.5"))
    assert fixed["agreed"] == record["agreed"]
    assert fixed["agreed"]["estimate"] > 2 * centre["agreed"]["estimate"] > 0
    assert fixed["set"] == [{"path": RUSSIA, "value": "0.5", "effect": FIXED}]
    assert centre["set"][0]["effect"] == "the centre of its range 0.45 to 0.8"


@pytest.mark.parametrize(
    "words",
    [
        ("run", "--runs", "2"), ("frontier",), ("zone",), ("check",), ("explain",), ("stability",), ("trace",),
        ("aftermath", "--runs", "2"), ("baselines", "--worlds", "2"), ("compare", "--runs", "2"),
    ],
    ids=lambda words: words[0],
)  # fmt: skip
def test_every_command_heads_its_output_with_what_was_set(words):
    setting = "parties.vale.no_deal.reservation"
    command, *more = words
    words = [command, TUTORIAL, *more, "--set", f"{setting}=0.3"]
    told = CliRunner().invoke(group, words)
    assert told.exit_code == 0, told.output
    assert told.stdout.splitlines()[0] == f"Set: {setting} = 0.3"
    content = json.loads(CliRunner().invoke(group, [*words, "--json"]).stdout)
    assert content["set"] == [{"path": setting, "value": "0.3", "effect": ""}]


def test_every_command_of_the_overview_exists():
    for name in COMMANDS:
        assert group.get_command(None, name) is not None, name


def test_check_reports_every_fault_as_data_and_exits_1(tmp_path):
    path = tmp_path / "s.yaml"
    path.write_text("schema: 1\nname: x\ntitel: X\n", encoding="utf-8")
    done = parley("check", str(path), "--json")
    content = json.loads(done.stdout)
    assert (done.returncode, content["ok"]) == (1, False)
    assert {"line": 3, "path": "titel"}.items() <= content["faults"][-1].items() or any(
        fault["path"] == "titel" and fault["line"] == 3 for fault in content["faults"]
    )


def test_check_counts_what_a_scenario_holds():
    content = json.loads(parley("check", BERLIN, "--json").stdout)
    assert (content["issues"], content["options"], content["parties"], content["agreements"]) == (9, 37, 8, 46288)


def test_zone_names_who_blocks_and_what_opens_it():
    content = json.loads(parley("zone", BERLIN, "--json").stdout)
    assert content["size"] == 0
    assert [blocker["party"] for blocker in content["blockers"]] == ["russia", "ukraine"]
    (opening,) = content["openings"]
    assert opening["party"] == "russia"
    assert opening["threshold"] == pytest.approx(0.551, abs=5e-4)


def test_every_number_of_berlin_has_a_status_and_a_source_that_exists():
    import sim

    content = json.loads(parley("explain", BERLIN, "--json").stdout)
    known = sim.read_scenario(BERLIN).sources
    for number in content["numbers"]:
        assert number["status"] in {"stated", "evidence", "judgement"}, number["path"]
        assert number["sources"], number["path"]
        assert all(source.partition("#")[0] in known for source in number["sources"]), number["path"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("aftermath", TUTORIAL, "--moves"), "--moves goes with --agreement"),
        (("aftermath", TUTORIAL, "--agreement", "1", "--coding", TUTORIAL), "--coding: of the comparison"),
        (("aftermath", TUTORIAL, "--agreement", "1", "--front-runners", "2"), "--front-runners: of the comparison"),
        (("stability", TUTORIAL, "--agreement", "1", "--top", "2"), "--top is of the front-runners"),
        (("compare", TUTORIAL, TUTORIAL, "--md", "--json"), "--json and --md: give one of them"),
        (("compare", TUTORIAL, "--runs", "3"), "give --set, or a second one"),
        (("query", "r", "select 1", "--json", "--csv"), "--json and --csv: give one of them"),
    ],
)
def test_an_option_that_would_do_nothing_is_refused(arguments, words, capsys):
    with pytest.raises(SystemExit) as stop:
        main(list(arguments))
    assert stop.value.code == 2
    assert words in capsys.readouterr().err


def test_results_are_compared_as_they_were_made(tmp_path, capsys):
    folder = str(tmp_path / "r")
    main(["run", TUTORIAL, "--runs", "2", "--out", folder])
    with pytest.raises(SystemExit):
        main(["compare", folder, folder, "--seed", "3", "--runs", "7"])
    assert "--seed and --runs: of scenarios to be run" in capsys.readouterr().err


ONE_OF_ALL = """
schema: 1
name: one
title: One of all
as_of: "2025"
issues: {price: {title: Price, options: {only: The only price}}}
parties:
  buyer:
    {title: Buyer, salience: {price: 1}, utility: {price: {only: 0.5}}, no_deal: {reservation: 0.4}}
  seller:
    {title: Seller, salience: {price: 1}, utility: {price: {only: 0.5}}, no_deal: {reservation: 0}}
negotiation: {deadline: 3}
"""


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("check",), "1 issue, 1 option, 2 parties, 0 constraints, 1 combination, 1 agreement, 6 numbers"),
        (("frontier",), "1 agreement can be signed; 1 of them is efficient; 1 is acceptable"),
        (("stability",), "1 of 1 agreement is stable"),
        (("run", "--runs", "1"), "1 run, in a world drawn from the scenario's ranges"),
        (("run", "--runs", "2"), "2 runs, each in a world drawn"),
        (("aftermath", "--runs", "1"), "1 aftermath of each"),
    ],
)
def test_one_is_told_in_the_singular(arguments, words, tmp_path, capsys):
    file = tmp_path / "scenario.yaml"
    file.write_text(ONE_OF_ALL)
    command, *options = arguments
    main([command, str(file), *options])
    assert words in "\n".join(line.rstrip() for line in capsys.readouterr().out.splitlines())


def test_several_parties_that_could_open_the_zone_are_told_in_one_sentence(capsys):
    main(["zone", TUTORIAL, "--set", "parties.vale.no_deal.reservation=0.65"])
    told = " ".join(capsys.readouterr().out.split())
    assert told.count("The smallest change of one reservation value") == 1
    assert "Hill from 0.30 to 0.200 (a number without range), or of another: Vale from 0.65 to 0.600" in told


def test_the_next_command_can_be_pasted_whatever_the_folder_is_called(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    main(["new", "two words"])
    assert "parley check 'two words/scenario.yaml'" in capsys.readouterr().out


def test_one_more_difference_differs(tmp_path, capsys):
    other = tmp_path / "scenario.yaml"
    other.write_text(f"extends: {Path(TUTORIAL).resolve()}\nparties: {{hill: {{note: Up there}}}}\n")
    main(["diff", TUTORIAL, str(other)])
    assert "1 more differs in source" in capsys.readouterr().out


def test_every_command_that_tells_something_takes_json():
    from sim.cli import parley as group

    context = click.Context(group)
    writing = {"new", "schema", "import", "export", "page", "plot", "report"}
    commands = {name: group.get_command(context, name) for name in group.list_commands(context)}
    without = {n for n, command in commands.items() if not any("--json" in option.opts for option in command.params)}
    assert without == writing


def test_a_median_between_two_weeks_is_not_rounded(capsys):
    two = sim.read_scenario(TUTORIAL)
    table = run_batch(two, runs=2, quiet=True).assign(rounds=[9, 10])
    print_summary(Summary.of(table, two), two, "2 runs")
    told = " ".join(capsys.readouterr().out.split())
    assert "rounds (median) │ 9.5 │" in told


@pytest.mark.parametrize(
    ("low", "said"), [(0.0, "0.000 (70 % of its range)"), (0.2, "0.000 (117 % of its range and out of it)")]
)
def test_a_change_that_leaves_a_numbers_range_says_so(low, said, tmp_path, capsys):
    file = tmp_path / "scenario.yaml"
    record = f"{{value: 0.35, low: {low}, high: 0.5}}"
    extends = Path(TUTORIAL).resolve()
    file.write_text(f"extends: {extends}\nparties: {{vale: {{no_deal: {{reservation: {record}}}}}}}\n")
    main(["zone", str(file), "--agreement", "pass=held,guard=absent"])
    assert f"Vale: value of no deal from 0.350 to {said}" in " ".join(capsys.readouterr().out.split())
