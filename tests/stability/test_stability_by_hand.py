"""The worked example in the documentation says what the library says."""

from __future__ import annotations

import doctest
from pathlib import Path

PAGE = Path(__file__).resolve().parents[2] / "docs" / "tutorial" / "stability-by-hand.md"


def test_the_worked_example_runs_as_printed():
    failed, attempted = doctest.testfile(str(PAGE), module_relative=False, encoding="utf-8")
    assert attempted >= 12
    assert failed == 0


def test_the_table_of_payoffs_in_the_example_is_the_one_it_states():
    rows = {
        line.split("|")[1].strip(): [cell.strip().replace("−", "-") for cell in line.split("|")[2:-1]]
        for line in PAGE.read_text(encoding="utf-8").splitlines()
        if line.startswith(("| North | 0", "| Patron | 0", "| South | 0"))
    }
    states = [(E, S, G) for E in (0, 1) for S in (0, 1) for G in (0, 1)]
    assert rows["North"] == [str(3 * E - 2 * S - 2 * G) for E, S, G in states]
    assert rows["Patron"] == [str(-3 * E + S * (2 if E else -1)) for E, S, G in states]
    assert rows["South"] == [str(-3 * E + G * (1 if E else -1)) for E, S, G in states]
