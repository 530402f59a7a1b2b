"""What two scenarios say differently."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

import sim
from sim.cli import parley
from sim.domain.difference import Change, differences
from sim.domain.scenario import Scenario

LINE = "parties.west.red_lines.line=there"
TEXT = """
schema: 1
name: pair
title: A pair
as_of: "2025"
sources: {survey: {title: A survey}}
issues:
  line: {title: Line, options: {here: H, there: T}}
parties:
  west:
    title: West
    salience: {line: 1}
    utility: {line: {here: {value: 0.6, low: 0.4, high: 0.8}, there: 0}}
    no_deal: {reservation: 0.3}
    red_lines: [{issue: line, options: [there], kind: declared, p_real: 0.5}]
  east:
    title: East
    salience: {line: 1}
    utility: {line: {here: 0, there: 1}}
    no_deal: {reservation: 0.3}
negotiation: {deadline: 5}
"""


def read(*replacements: tuple[str, str]) -> Scenario:
    text = TEXT
    for old, new in replacements:
        assert old in text
        text = text.replace(old, new, 1)
    return sim.scenario_from_text(text)


def told(changes: tuple[Change, ...]) -> list[tuple[str, str]]:
    return [(change.path, change.kind) for change in changes]


def test_files_that_say_the_same_in_another_order_and_form_do_not_differ() -> None:
    same = read(
        ("    utility: {line: {here: 0, there: 1}}\n", "    utility: {line: {there: {value: 1}, here: 0}}\n"),
        ("title: A pair", "title: Another title"),
    )
    assert differences(read(), same) == ()
    assert told(differences(read(), same, labels=True)) == [("title", "changed")]


@pytest.mark.parametrize(
    ("old", "new", "path", "kind"),
    [
        ("value: 0.6", "value: 0.5", "parties.west.utility.line.here", "value"),
        ("low: 0.4", "low: 0.3", "parties.west.utility.line.here", "range"),
        ("high: 0.8", "high: 0.8, dist: uniform", "parties.west.utility.line.here", "range"),
        ("high: 0.8", "high: 0.8, source: survey", "parties.west.utility.line.here", "provenance"),
        ("{deadline: 5}", "{deadline: 6}", "negotiation.deadline", "changed"),
        ("{deadline: 5}", "{deadline: 5, mediator: east}", "negotiation.mediator", "added"),
        (", p_real: 0.5", "", "parties.west.red_lines.line=there.p_real", "removed"),
        ("p_real: 0.5", "p_real: 0.4", "parties.west.red_lines.line=there.p_real", "changed"),
        ("[{issue: line, options: [there], kind: declared, p_real: 0.5}]", "[]", LINE, "removed"),
    ],
)
def test_each_difference_is_named_by_path_and_kind(old: str, new: str, path: str, kind: str) -> None:
    assert told(differences(read(), read((old, new)))) == [(path, kind)]


def test_what_is_added_one_way_is_removed_the_other() -> None:
    more = read(("{deadline: 5}", "{deadline: 5, mediator: east}"))
    assert told(differences(more, read())) == [("negotiation.mediator", "removed")]


def test_one_red_line_more_at_the_top_shifts_no_other() -> None:
    more = read(("red_lines: [", "red_lines: [{issue: line, options: [here]}, "))
    assert told(differences(read(), more)) == [("parties.west.red_lines.line=here", "added")]


def test_berlins_rival_coding_differs_in_wishes_lines_and_reservations_alone() -> None:
    changes = differences(
        sim.read_scenario("scenarios/berlin-2025"), sim.read_scenario("scenarios/berlin-2025-coding-b")
    )
    places = {tuple(change.path.split(".")[:1]) + tuple(change.path.split(".")[2:3]) for change in changes}
    assert places == {
        ("sources",),
        ("parties", "salience"),
        ("parties", "utility"),
        ("parties", "red_lines"),
        ("parties", "no_deal"),
    }
    reservations = {
        c.path: (c.before.value, c.after.value) for c in changes if "no_deal" in c.path and c.kind == "value"
    }
    assert reservations["parties.russia.no_deal.reservation"] == (0.65, 0.58)


def test_the_command_prints_what_the_library_finds() -> None:
    paths = ["scenarios/berlin-2025", "scenarios/berlin-2025-principals"]
    content = json.loads(CliRunner().invoke(parley, ["diff", *paths, "--json"]).stdout)
    assert content["schema_version"] == 1
    expected = differences(*(sim.read_scenario(path) for path in paths))
    assert [change["path"] for change in content["changes"]] == [change.path for change in expected]
    printed = CliRunner().invoke(parley, ["diff", *paths])
    assert printed.exit_code == 0
    assert "5 added" in printed.stdout
