"""Compiled loops where machine code cannot be kept, and where what was kept is damaged."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

TUTORIAL = Path("scenarios/tutorial-two-by-two/scenario.yaml").resolve()
#: Compiles a loop of the drafts and one of the exact engine, and tells where their machine code is kept.
COMPILING = """
import numpy as np
from sim.negotiation.drafting import most_wanted
from sim.stability.propagation import by_rank

print(most_wanted(np.array([[9, 6, 7], [1, 6, 5]]), np.array([0, 2]), 1), by_rank(np.array([2, 0, 1], np.int32), 3))
print(most_wanted.stats.cache_path, sum(most_wanted.stats.cache_hits.values()))
"""


def compile_in(folder: Path, **variables: str) -> list[str]:
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", **variables}
    done = subprocess.run(
        [sys.executable, "-c", COMPILING], capture_output=True, text=True, check=False, env=environment, cwd=folder
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@pytest.fixture
def installed(tmp_path):
    """A copy of the package in a folder of its own."""
    shutil.copytree("sim", tmp_path / "sim", ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def nowhere_to_keep(installed: Path) -> dict[str, str]:
    """Take every place for machine code away, by a file where a folder is needed: that stops even root."""
    for folder in [installed / "sim", *(path for path in (installed / "sim").rglob("*") if path.is_dir())]:
        (folder / "__pycache__").write_text("")
    (installed / "file").write_text("")
    taken = str(installed / "file")
    return {"HOME": taken, "XDG_CACHE_HOME": taken, "NUMBA_CACHE_DIR": taken, "PYTHONDONTWRITEBYTECODE": "1"}


def test_without_a_place_for_machine_code_everything_is_compiled_in_the_process(installed):
    assert compile_in(installed, **nowhere_to_keep(installed)) == ["[ 0 -1] [1 2 0]", "None 0"]


@pytest.mark.parametrize("ending", [".nbi", ".nbc"])
@pytest.mark.parametrize("length", [0, 100])
def test_damaged_machine_code_is_compiled_anew_and_kept_again(installed, ending, length):
    cache = {"NUMBA_CACHE_DIR": str(installed / "cache")}
    assert compile_in(installed, **cache)[1].endswith(" 0")
    for file in (installed / "cache").rglob(f"*{ending}"):
        file.write_bytes(file.read_bytes()[:length])
    answer, kept = compile_in(installed, **cache)
    assert (answer, kept[-2:]) == ("[ 0 -1] [1 2 0]", " 0")
    assert compile_in(installed, **cache)[1].endswith(" 1"), "the damage is mended for the next process"


def test_a_command_runs_without_a_place_for_machine_code(installed):
    environment = {**os.environ, **nowhere_to_keep(installed)}
    done = subprocess.run(
        [sys.executable, "-m", "sim.cli", "run", TUTORIAL, "--runs", "2"],
        capture_output=True, text=True, check=False, env=environment, cwd=installed,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
