"""What the how-to pages and CONTRIBUTING show works as shown."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import sim
from sim.cli import COMMANDS

ISSUE = Path("docs/how-to/new-issue.md").read_text(encoding="utf-8")


def block(language: str) -> str:
    return ISSUE.split(f"```{language}\n")[1].split("```")[0]


def test_an_issue_added_in_a_file_widens_the_space():
    text = block("yaml").replace("..", str(Path("scenarios").resolve()))
    scenario = sim.scenario_from_text(text)
    assert sim.AgreementSpace.of(scenario).n_agreements == 8


def test_a_quantity_is_options_at_steps():
    names: dict[str, object] = {}
    exec(compile(block("python"), "new-issue.md", "exec"), names)
    payoffs = names["payoffs"]
    assert isinstance(payoffs, sim.Payoffs)
    assert payoffs.space.n_agreements == 44
    # More of the toll is never worse for Vale, and never better for Hill.
    for party, better in (("vale", 1), ("hill", -1)):
        column = payoffs.parties.index(party)
        worth = [
            payoffs.utility[payoffs.space.index_of({"pass": "shared", "guard": "absent", "toll": f"vale_{n}"}), column]
            for n in range(0, 101, 10)
        ]
        assert worth == sorted(worth, reverse=better < 0) and len(set(worth)) == 11


def test_the_bound_on_the_space_is_the_one_the_page_names():
    from sim.domain.feasible import MAX_COMBINATIONS

    assert f"{MAX_COMBINATIONS:,} combinations" in ISSUE


@pytest.mark.parametrize("target", re.findall(r"\]\(([^)#]+)\)", Path("CONTRIBUTING.md").read_text(encoding="utf-8")))
def test_every_page_that_contributing_names_is_there(target):
    assert Path(target).is_file()


def test_what_contributing_says_of_commands_and_targets_is_so():
    text = Path("CONTRIBUTING.md").read_text(encoding="utf-8")
    makefile = Path("Makefile").read_text(encoding="utf-8")
    for target in set(re.findall(r"`?make (\w+)", text)):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target
    for module, name in re.findall(r"`(sim(?:\.\w+)+)\.([A-Z]+)`", text):
        assert Path(*module.split(".")).with_suffix(".py").is_file(), module
        assert name
    assert len(COMMANDS) > 20
