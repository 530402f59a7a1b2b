"""The walk-through from a question to a memo: its three commands run, and its numbers are theirs."""

from __future__ import annotations

import contextlib
import re
import shlex
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from sim.cli import parley

PAGE = Path("docs/tutorial/memo.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^\$ parley (.*)$", PAGE, re.MULTILINE)


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[str], float, bytes]:
    """What the three commands print, where there is nothing but the package; the seconds; the report."""
    began, texts = time.process_time(), []
    with contextlib.chdir(tmp_path_factory.mktemp("memo")):
        for command in COMMANDS:
            done = CliRunner().invoke(parley, shlex.split(command))
            assert done.exit_code == 0, done.output
            texts.append(" ".join(done.stdout.split()))
        report = Path("memo.html").read_bytes()
    return texts, time.process_time() - began, report


def test_three_commands_answer_the_question_in_two_minutes(printed: tuple[list[str], float, bytes]) -> None:
    _, seconds, report = printed
    assert [command.split()[0] for command in COMMANDS] == ["ask", "aftermath", "report"]
    assert seconds < 120
    assert len(report) > 100_000 and b"<html" in report


def test_the_sentence_on_the_page_is_the_one_that_is_printed(printed: tuple[list[str], float, bytes]) -> None:
    (asked, after, _), _, _ = printed
    sentence = " ".join(PAGE.split("```text\n")[1].split("```")[0].split())
    assert asked.endswith(sentence)
    assert "│ breaking it paid │ 0.95 " in after
    assert "48 % of runs: Russia first: breaking it paid" in after
    assert "47 % of runs: Ukraine first: breaking it paid" in after
    assert "Russia 0.75" in after


def test_each_part_of_the_memo_has_the_numbers_of_the_answer(printed: tuple[list[str], float, bytes]) -> None:
    (asked, _, _), _, _ = printed
    memo = " ".join(PAGE.split("## The memo")[1].split())
    agrees, lasts, decides = re.findall(r"\d\. \*\*(.*?)(?= \d\. \*\*| These shares)", memo)
    for said in ("39 % (34–43 %) of runs sign", "40 % (36–44 %) of worlds have", "refuses last in 46 %"):
        assert said in asked
    for part, numbers in ((agrees, "39 34–43 40 46"), (lasts, "7 5–10 0.2 0–1"), (decides, "56 24")):
        assert all(f"{number} %" in part for number in numbers.split()), part
    assert "7 % (5–10 %) after 12 months, 0.2 % (0–1 %) after 60 months" in asked
