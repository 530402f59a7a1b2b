"""A shell completes commands and options, by the one line that the documents give."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

LINE = 'eval "$(_PARLEY_COMPLETE=bash_source parley)"'


def completed(line: str, place: int) -> list[str]:
    asked = {"_PARLEY_COMPLETE": "bash_complete", "COMP_WORDS": line, "COMP_CWORD": str(place)}
    command = [sys.executable, "-m", "sim.cli"]
    done = subprocess.run(command, env={**os.environ, **asked}, capture_output=True, text=True, check=True)
    return done.stdout.split()


def test_a_shell_completes_commands_and_options() -> None:
    assert completed("parley fro", 1) == ["plain,frontier"]
    assert "plain,--worlds" in completed("parley ask --wo", 2)


def test_the_line_is_documented() -> None:
    assert LINE in Path("README.md").read_text(encoding="utf-8")
    assert LINE in Path("docs/generated.py").read_text(encoding="utf-8").replace("\\", "")
