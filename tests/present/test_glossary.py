"""The glossary: every word is found by every name it has, and the documents show the same text."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from sim.cli import parley
from sim.present.glossary import entries, meaning


def test_every_name_leads_to_its_entry_and_no_name_to_two() -> None:
    names = [name.lower() for entry in entries() for name in (entry.word, *entry.others)]
    assert len(names) == len(set(names))
    assert all(meaning(name).text for name in names)


@pytest.mark.parametrize(
    ("asked", "word"),
    [
        ("zone", "zone of possible agreement"),
        ("ZONE", "zone of possible agreement"),
        ("worlds", "world"),
        ("u - r", "margin"),
        ("u − r", "margin"),
        ("S(12)", "durability"),
        ("Q", "reckoned reliability"),
        ("Q*", "critical reliability"),
        ("self enforcing", "self-enforcing"),
    ],
)
def test_words_are_found_however_they_are_written(asked: str, word: str) -> None:
    assert meaning(asked).word == word


def test_the_command_tells_one_word_and_lists_all() -> None:
    runner = CliRunner()
    told = runner.invoke(parley, ["glossary", "natural"])
    assert told.exit_code == 0 and told.output.startswith("natural: An agreement is natural if")
    listed = runner.invoke(parley, ["glossary"])
    assert [line.partition(" (")[0] for line in listed.output.splitlines()] == [entry.word for entry in entries()]
    content = json.loads(runner.invoke(parley, ["glossary", "r", "--json"]).output)
    assert content["entries"][0]["word"] == "reservation value"


def test_an_unknown_word_is_refused_with_the_nearest() -> None:
    fault = CliRunner().invoke(parley, ["glossary", "reservaton", "value"]).exception
    assert "did you mean 'reservation value'" in str(fault)


def test_the_documents_show_this_text() -> None:
    assert "sim/present/glossary.md" in Path("docs/reference/glossary.md").read_text(encoding="utf-8")
