"""The whole question: each part says what its own command says, and what decides is found where it was planted."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

import sim
from sim.after.front_runners import front_runners
from sim.agreements.openings import opening_changes
from sim.cli import parley
from sim.results.batch import run_batch
from sim.results.question import ask, closeness, influences
from sim.results.summary import Summary

BERLIN = "scenarios/berlin-2025/scenario.yaml"
TWO = "scenarios/tutorial-two-by-two/scenario.yaml"
#: The tutorial with three numbers of which one decides, one helps and one does nothing.
PLANTED = {
    "parties.vale.no_deal.reservation": {"value": 0.5, "low": 0.2, "high": 0.9},
    "parties.vale.utility.pass.held": {"value": 0.0, "low": 0.0, "high": 0.05},
    "parties.hill.discount_rate": {"value": 0.25, "low": 0.1, "high": 0.4},
}


@pytest.fixture(scope="module")
def planted() -> sim.Scenario:
    return sim.with_settings(sim.read_scenario(TWO), PLANTED)


def test_the_number_that_decides_is_found_and_those_that_do_not_are_left_out(planted):
    found, looked_at = influences(planted, [sim.draw_world(planted, 0, index) for index in range(120)])
    assert looked_at == 3
    assert [one.path for one in found] == ["parties.vale.no_deal.reservation"]
    assert found[0].correlation < -0.9 and found[0].p < 1e-6
    assert found[0].below.estimate > found[0].above.estimate


def test_closeness_is_not_negative_exactly_where_there_is_a_zone():
    berlin = sim.read_scenario(BERLIN)
    for index in range(25):
        payoffs = sim.Payoffs.of(sim.draw_world(berlin, 5, index))
        assert (closeness(payoffs) >= 0) == (len(payoffs.zone_of_agreement()) > 0)


def test_each_part_is_what_its_own_command_says():
    scenario = sim.with_settings(sim.read_scenario(TWO), {**PLANTED, "parties.hill.no_deal.reservation": 0.9})
    answer = ask(scenario, worlds=12, seed=3, quiet=True)
    # As text, since what nobody signed is NaN.
    assert repr(answer.summary) == repr(Summary.of(run_batch(scenario, runs=12, seed=3, quiet=True), scenario))
    payoffs = sim.Payoffs.of(scenario)
    assert (answer.zone, answer.openings) == (0, opening_changes(payoffs))
    assert answer.agreement == front_runners(payoffs, 1)[0] and not answer.signed


def test_worlds_that_all_say_the_same_decide_nothing():
    two = sim.read_scenario(TWO)
    assert influences(two, [sim.draw_world(two, 0, index) for index in range(20)]) == ((), 0)


def page(*arguments: str) -> str:
    done = CliRunner().invoke(parley, ["ask", *arguments])
    assert done.exit_code == 0, done.output
    return done.stdout


def test_the_page_ends_in_a_sentence_with_a_number_for_each_part():
    told = page(TWO, "--worlds", "8", "--set", "parties.hill.no_deal.reservation=0.9")
    sentence = " ".join(told.split("In a sentence\n")[1].split())
    signs, opens, lasts, decides = sentence.split("; ")
    assert re.search(r"\d+ % \(\d+–\d+ %\) of runs sign", signs)
    assert re.search(r"from \d\.\d{3} to \d\.\d{3}", opens)
    assert re.search(r"after five years in \d+ %", lasts)
    assert decides.startswith("no single number decides")


def test_every_command_it_names_can_be_pasted_and_runs():
    settings = ["--set", "parties.hill.no_deal.reservation=0.35", "--fix", "guard=absent"]
    content = json.loads(page(TWO, "--worlds", "3", "--seed", "4", "--json", *settings))
    assert len(content["commands"]) == 4
    for line in content["commands"].values():
        name, *words = shlex.split(line)
        assert name == "parley" and "--fix" in words
        done = CliRunner().invoke(parley, words)
        assert done.exit_code == 0, f"{line}\n{done.output}"
    assert content["sentence"].startswith("In 3 worlds")


def test_a_number_that_decides_can_be_moved_by_the_command_named(tmp_path):
    file = tmp_path / "scenario.yaml"
    file.write_text(
        f"extends: {Path(TWO).resolve()}\n"
        "parties: {vale: {no_deal: {reservation: {value: 0.5, low: 0.2, high: 0.9}}}}\n"
    )
    content = json.loads(page(str(file), "--worlds", "60", "--json"))
    line = content["commands"]["What decides?"]
    assert "--set parties.vale.no_deal.reservation=0.2" in line
    assert CliRunner().invoke(parley, shlex.split(line)[1:]).exit_code == 0
