"""The options that mean the same in every command, and what a command says of them."""

from __future__ import annotations

import json

import click
import pandas as pd
import pytest
from click.testing import CliRunner, Result

import sim
from sim.after.front_runners import front_runners
from sim.cli import COMMANDS, parley
from sim.commands.options import agreement_index
from sim.domain.settings import key_of
from sim.errors import SimError

TWO = "scenarios/tutorial-two-by-two/scenario.yaml"
BERLIN = "scenarios/berlin-2025/scenario.yaml"


def call(*arguments: str) -> Result:
    return CliRunner().invoke(parley, list(arguments))


def options(name: str) -> set[str]:
    command = parley.get_command(click.Context(parley), name)
    assert command is not None
    return {flag for option in command.params for flag in option.opts}


def test_whatever_takes_settings_also_settles_issues():
    setting = {name for name in COMMANDS if "--set" in options(name)}
    assert len(setting) >= 14
    assert {name for name in COMMANDS if "--fix" in options(name)} == setting


def test_sampling_is_written_alike_everywhere():
    for name in COMMANDS:
        flags = options(name)
        if "--runs" in flags:
            assert {"--worlds", "--seed"} <= flags, name
        assert not {"--draw", "--n", "--samples", "--n-worlds"} & flags, name


@pytest.fixture(scope="module")
def berlin() -> sim.Scenario:
    return sim.read_scenario(BERLIN)


def test_a_settled_issue_leaves_its_option_alone_to_be_signed(berlin):
    settled = sim.with_settings(berlin, {"fix.donetsk": "current_line", "parties.russia.no_deal.reservation": 0.4})
    payoffs = sim.Payoffs.of(settled)
    zone = payoffs.zone_of_agreement()
    assert {payoffs.space.agreement(int(index))["donetsk"] for index in zone} == {"current_line"}
    # All others stay in the space: a move after signing can still lead there.
    assert payoffs.space.n_agreements == sim.AgreementSpace.of(berlin).n_agreements
    free = sim.Payoffs.of(sim.with_settings(berlin, {"parties.russia.no_deal.reservation": 0.4}))
    all_zone = free.zone_of_agreement()
    column = free.space.issues.index("donetsk")
    kept = free.space.options[all_zone, column] == free.space.labels[column].index("current_line")
    assert len(zone) == int(kept.sum()) > 0


def test_settling_an_issue_again_takes_the_place_of_the_first(berlin):
    once = sim.with_settings(berlin, {"fix.donetsk": "current_line"})
    twice = sim.with_settings(once, {"fix.donetsk": "cession_recognised"})
    assert len(twice.constraints) == len(once.constraints) == len(berlin.constraints) + 1
    assert twice.constraints[-1].id == "fix donetsk=cession_recognised"


def test_an_issue_is_settled_in_each_rival_coding_too():
    codings = sim.read_scenario("scenarios/berlin-2025-all-codings/scenario.yaml", ["fix.donetsk=current_line"])
    for name, rival in codings.rivals.items():
        assert rival.constraints[-1].id == "fix donetsk=current_line", name


@pytest.mark.parametrize(
    ("fixed", "said"),
    [
        ("donesk=current_line", "unknown issue 'donesk'; did you mean 'donetsk'?"),
        ("donetsk=withdraws", "'withdraws' can be the option"),
        ("donetsk=curent_line", "did you mean 'current_line'?"),
        ("monitoring_presence=plus", "plus_observers or plus_mnf_inside"),
    ],
)
def test_a_settled_issue_is_named_clearly_or_refused(fixed, said, capsys):
    with pytest.raises(SimError, match="--fix") as fault:
        sim.read_scenario(BERLIN, [f"fix.{fixed}"])
    assert said in str(fault.value)


def test_settling_without_a_sign_is_a_fault_of_usage():
    done = call("zone", TWO, "--fix", "guard")
    assert (done.exit_code, "write it as issue=option" in done.output) == (2, True)


def test_an_exact_name_wins_over_a_part_of_another():
    assert key_of("none", {"none": "No zone", "none_at_all": "Nothing"}, "--fix dmz", "option") == "none"


@pytest.mark.parametrize("command", ["frontier", "zone", "run", "baselines", "stability", "aftermath", "explain"])
def test_what_was_set_heads_the_output_as_text_and_as_json(command):
    more = {"run": ["--worlds", "2"], "baselines": ["--worlds", "2"], "aftermath": ["--worlds", "2"]}.get(command, [])
    changed = [TWO, "--set", "parties.hill.no_deal.reservation=0.25", "--fix", "guard=promised", *more]
    first, second = call(command, *changed).output.splitlines()[:2]
    assert first == "Set: parties.hill.no_deal.reservation = 0.25"
    assert second.startswith("Set: fix.guard = promised")
    content = json.loads(call(command, *changed, "--json").stdout)
    assert [(one["path"], one["value"]) for one in content["set"]] == [
        ("parties.hill.no_deal.reservation", "0.25"), ("fix.guard", "promised"),
    ]  # fmt: skip


@pytest.mark.parametrize("command", ["zone", "stability", "aftermath"])
@pytest.mark.parametrize(
    "text", ["A", "a", "1", "pass=shared,guard=absent", "guard = abs", "Pass=SHARED; guard=absent"]
)
def test_an_agreement_is_named_by_letter_number_or_terms_in_every_command(command, text):
    more = ["--worlds", "2"] if command == "aftermath" else []
    done = call(command, TWO, "--agreement", text, "--json", *more)
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)["agreement"]
    assert found.get("options", found) == {"guard": "absent", "pass": "shared"}


def test_terms_that_leave_issues_open_mean_the_one_closest_to_being_signed_and_say_so(berlin, capsys):
    payoffs = sim.Payoffs.of(berlin)
    index = agreement_index(payoffs, "donetsk=current, sanctions=phased")
    ranked = front_runners(payoffs, payoffs.space.n_agreements)
    having = [
        int(one)
        for one in ranked
        if {"donetsk": "current_line", "sanctions": "phased_snapback"}.items()
        <= payoffs.space.agreement(int(one)).items()
    ]
    assert index == having[0]
    assert f"{len(having):,} agreements have these terms; taken is number {index}" in capsys.readouterr().err


def test_letters_count_on_after_z(berlin):
    payoffs = sim.Payoffs.of(berlin)
    front = front_runners(payoffs, 28).tolist()
    assert [agreement_index(payoffs, letter) for letter in ("Z", "AA", "AB")] == front[25:]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("E", "only 4 agreements"), ("4", "the last agreement is number 3"), ("pass", "only 4 agreements"),
        ("pass=shared,pass=held", "named twice"), ("pass=all", "unknown option 'all'"),
        ("pass-shared", "not of the form"),
    ],
)  # fmt: skip
def test_an_agreement_that_is_not_there_is_refused(text, said):
    done = call("zone", TWO, "--agreement", text)
    if text == "pass":  # more letters than a table has columns: terms
        said = "not of the form"
    assert isinstance(done.exception, SimError) and said in str(done.exception)


def test_a_text_that_cannot_be_signed_is_told_with_what_it_breaks():
    done = call("zone", TWO, "--fix", "guard=promised", "--agreement", "pass=shared,guard=absent")
    assert "agreement 1 cannot be signed: it breaks fix guard=promised" in done.stderr


def test_worlds_and_replications_make_the_runs(tmp_path):
    folder = tmp_path / "r"
    assert call("run", TWO, "--worlds", "3", "--replications", "2", "--out", str(folder)).exit_code == 0
    table = sim.load(folder)
    assert list(zip(table["world"], table["replication"], strict=True)) == [(w, r) for w in range(3) for r in range(2)]
    assert call("run", TWO, "--runs", "3").output == call("run", TWO, "--worlds", "3").output


@pytest.mark.parametrize("ending", [".csv", ".parquet", ".xlsx"])
@pytest.mark.parametrize("command", ["run", "stability"])
def test_out_is_a_file_by_its_ending(command, ending, tmp_path):
    file = tmp_path / f"table{ending}"
    more = ["--worlds", "3"] if command == "run" else []
    done = call(command, TWO, "--out", str(file), *more)
    assert done.exit_code == 0, done.output
    assert f"Written to {file}" in " ".join(done.output.split()).replace(" /", "/") or str(file) in done.output
    reading = {".csv": pd.read_csv, ".parquet": pd.read_parquet, ".xlsx": pd.read_excel}[ending]
    assert len(reading(file)) == (3 if command == "run" else 4)
    again = call(command, TWO, "--out", str(file), *more)
    assert isinstance(again.exception, SimError) and "exists already" in str(again.exception)
