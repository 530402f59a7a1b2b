"""Tables that a person reads at 80, 100, 120 and 200 columns: golden, no word cut, no column too narrow."""

from __future__ import annotations

import re

import pytest
from rich.cells import cell_len

from sim.present.console import LEAST_COLUMN
from tests.screens.screens import COMMANDS, GOLDEN, SCENARIOS, WIDTHS, blocks_of, every, golden_text, shown

FRAME = re.compile("[┏┳┓┡╇┩└┴┘├┼┤┃│━─╭╮╰╯]+")


def words(text: str) -> set[str]:
    # Keys are broken where one of their words ends, and a list of values has signs between them.
    return set(re.split(r"[\s._;:,]+", FRAME.sub(" ", text)))


#: Scenarios come and go faster than this test should grow: those that have golden files.
STORED = [(name, scenario) for name, scenario in every() if (GOLDEN / scenario).is_dir()]


@pytest.mark.parametrize(("name", "scenario"), STORED, ids=["-".join(pair) for pair in STORED])
def test_what_a_command_shows_is_golden_and_can_be_read_at_every_width(name, scenario):
    blocks = blocks_of(name, scenario)
    whole = words(shown(blocks, 2000))
    for width in WIDTHS:
        text = shown(blocks, width)
        lines = text.splitlines()
        assert [line for line in lines if cell_len(line) > width] == [], f"{width}: a line is wider than the screen"
        assert words(text) - whole == set(), f"{width}: words are cut"
        for line in lines:
            if re.fullmatch("[┏┡├└][━─┳╇┼┴]+[┓┩┤┘]", line):
                columns = [len(part) - 2 for part in re.split("[┏┳┓┡╇┩├┼┤└┴┘]", line) if part]
                assert min(columns) >= LEAST_COLUMN, f"{width}: a column of {min(columns)} signs"
    assert golden_text(blocks) == (GOLDEN / scenario / f"{name}.txt").read_text(encoding="utf-8")


def test_every_command_has_a_golden_file_of_each_scenario_stored_and_no_other_is_there():
    there = {(path.stem, path.parent.name) for path in GOLDEN.glob("*/*.txt")}
    assert there == set(STORED)
    stored = {scenario for _, scenario in STORED}
    assert {"tutorial-two-by-two", "berlin-2025", "berlin-2025-all-codings"} <= stored
    assert len(COMMANDS) >= 11 and stored <= set(SCENARIOS)
