"""Libraries that only extras install: what does not need them works without, what does says which extra to install."""

from __future__ import annotations

import subprocess
import sys

import pytest

#: Makes the named modules impossible to import, then runs the command line.
HIDE = """
import sys
class Hidden:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {hidden!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name.partition(".")[0])
sys.meta_path.insert(0, Hidden())
from sim.cli import main
main({arguments!r})
"""
OPTIONAL = ("SALib", "sklearn", "openpyxl", "altair", "vl_convert", "docx", "dask", "distributed", "dask_jobqueue")
TUTORIAL = "scenarios/tutorial-two-by-two/scenario.yaml"


def run(arguments: list[str], hidden: tuple[str, ...] = OPTIONAL) -> subprocess.CompletedProcess[str]:
    script = HIDE.format(hidden=set(hidden), arguments=arguments)
    return subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=300, check=False)


@pytest.mark.parametrize(
    "arguments", [["run", TUTORIAL, "--runs", "3"], ["zone", TUTORIAL], ["stability", TUTORIAL], ["check", TUTORIAL]]
)
def test_everyday_commands_need_no_extra(arguments: list[str]) -> None:
    done = run(arguments)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("arguments", "library", "extra"),
    [
        (["plot", TUTORIAL, "who-blocks", "--out", "x.svg"], "altair", "present"),
        (["export", TUTORIAL, "x.xlsx"], "openpyxl", "sheets"),
    ],
)
def test_what_needs_an_extra_says_which_and_exits_1(
    arguments: list[str], library: str, extra: str, tmp_path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = run([str(tmp_path / part) if part.startswith("x.") else part for part in arguments])
    assert done.returncode == 1, done.stdout + done.stderr
    assert f"needs {library}, which is not installed: pip install 'parley-sim[{extra}]'" in done.stderr
    assert "Traceback" not in done.stderr and not list(tmp_path.iterdir())
