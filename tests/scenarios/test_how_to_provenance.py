"""The page on provenance shows what the commands print."""

from __future__ import annotations

import doctest
import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from sim.cli import parley

PAGE = Path("docs/how-to/provenance.md")
BLOCKS = re.findall(r"```console\n\$ parley (.*?)\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)


def test_the_page_shows_every_command_it_is_about():
    assert {command.split()[0] for command, _ in BLOCKS} == {"explain", "diff", "codings"}


@pytest.mark.parametrize(("command", "shown"), BLOCKS, ids=[command for command, _ in BLOCKS])
def test_a_command_prints_what_the_page_shows(command, shown):
    done = CliRunner().invoke(parley, shlex.split(command))
    assert done.exit_code == 0, done.output
    printed = "".join(f"{line.rstrip()}\n" for line in done.stdout.splitlines())
    checker, flags = doctest.OutputChecker(), doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    assert checker.check_output(shown, printed, flags), printed
