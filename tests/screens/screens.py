"""What commands show of every scenario at four widths: one run each, shown again at each width.

``python -m tests.screens.screens [COMMAND …]`` writes the golden files anew; say in the commit why they change.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from unittest.mock import patch

import numpy as np
from click.testing import CliRunner
from numpy.typing import NDArray

import sim
from sim.after import front_runners
from sim.agreements.frame import Frame
from sim.cli import parley
from sim.present.console import recorded, replay
from sim.present.sheets import Block
from sim.stability import assess

GOLDEN = Path("tests/screens/golden")
WIDTHS = (80, 100, 120, 200)
#: Few worlds: what is looked at is the form. All commands that print tables about one scenario.
COMMANDS = {
    "explain": [],
    "frontier": [],
    "zone": [],
    "repair": ["--agreement", "B"],
    "baselines": ["--worlds", "10"],
    "run": ["--worlds", "15", "--seed", "7"],
    "ask": ["--worlds", "15", "--seed", "7"],
    "stability": [],
    "judged": ["--agreement", "A"],
    "aftermath": ["--worlds", "10", "--front-runners", "3", "--talks", "50"],
    "followed": ["--worlds", "10", "--agreement", "A"],
}
#: Rows above that are the command above them with other options.
REALLY = {"repair": "zone", "judged": "stability", "followed": "aftermath"}
SCENARIOS = sorted(path.parent.name for path in Path("scenarios").glob("*/scenario.yaml"))


_ASSESS = assess.assess
_KEPT: dict[str, assess.Assessment] = {}


def assess_once(scenario: sim.Scenario) -> assess.Assessment:
    """Judge the agreements of a scenario; two commands show what comes of it."""
    if scenario.hash not in _KEPT:
        _KEPT.clear()
        _KEPT[scenario.hash] = _ASSESS(scenario)
    return _KEPT[scenario.hash]


_SHARES = front_runners._shares
_SHARES_KEPT: dict[str, NDArray[np.float64]] = {}


def shares_once(frame: Frame) -> NDArray[np.float64]:
    """Draw the worlds that tell front-runners once for a scenario; eight commands read it anew and ask for them."""
    if frame.scenario.hash not in _SHARES_KEPT:
        _SHARES_KEPT[frame.scenario.hash] = _SHARES(frame)
    return _SHARES_KEPT[frame.scenario.hash]


def blocks_of(name: str, scenario: str) -> list[Block]:
    """Return what a command prints, before it has a width."""
    path = f"scenarios/{scenario}/scenario.yaml"
    more = COMMANDS[name]
    if name == "explain":
        # One party's numbers have the form of all of them.
        more = ["--party", min(sim.read_scenario(path).parties)]
    with (
        recorded() as blocks,
        patch.object(assess, "assess", assess_once),
        patch.object(front_runners, "_shares", shares_once),
    ):
        done = CliRunner().invoke(parley, [REALLY.get(name, name), path, *more])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    assert done.exit_code in (0, 3), done.output
    return list(blocks)


def shown(blocks: list[Block], width: int) -> str:
    """Return blocks as they are shown at a width."""
    before = os.environ.get("COLUMNS")
    os.environ["COLUMNS"] = str(width)
    try:
        with redirect_stdout(StringIO()) as out:
            replay(blocks)
    finally:
        del os.environ["COLUMNS"]
        if before is not None:
            os.environ["COLUMNS"] = before
    return "".join(f"{line.rstrip()}\n" for line in out.getvalue().splitlines())


def every() -> Iterator[tuple[str, str]]:
    """Return each command with each scenario."""
    for scenario in SCENARIOS:
        for name in COMMANDS:
            yield name, scenario


def golden_text(blocks: list[Block]) -> str:
    """Return what is stored of a command and a scenario: all widths, one after another."""
    return "\n".join(f"=== {width} columns ===\n{shown(blocks, width)}" for width in WIDTHS)


if __name__ == "__main__":
    for command, of in every():
        if sys.argv[1:] and command not in sys.argv[1:]:
            continue
        file = GOLDEN / of / f"{command}.txt"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(golden_text(blocks_of(command, of)), encoding="utf-8")
        print(file)
