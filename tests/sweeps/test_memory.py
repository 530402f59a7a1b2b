"""Memory is flat in rows: what an analysis, a table of points or a count takes does not grow with a sweep's runs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import sim
from benchmarks.scale import design_of, make
from sim.results.store import load
from sim.sweeps import inputs
from sim.sweeps.analysis import analyse
from sim.sweeps.factors import ranged
from sim.sweeps.regional import regional_by_world
from sim.sweeps.results import sweep

ROOT = Path(__file__).resolve().parents[2]
SIZES = (20_000, 240_000)

ASKED = """
import sys
from benchmarks.lines import high_water
from sim.sweeps import inputs, regional
inputs.CELLS, inputs.FEWEST_WORLDS, regional.DEALT = 60_000, 100, 100_000
exec(sys.argv[2])
print(high_water())
"""
ANALYSE = "from sim.sweeps.analysis import analyse; analyse(sys.argv[1], 'agreed'); analyse(sys.argv[1], 'rounds')"
SHOW = "from sim.cli import main; main(['show', sys.argv[1], '--json'])"
VERIFY = "from sim.results.verify import verify; assert verify(sys.argv[1]).is_sound"


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    folders = []
    for rows in SIZES:
        folder = tmp_path_factory.mktemp("flat") / "scale"
        make(rows, rows // 5_000, folder, missing=0)
        sweep(design_of(rows, rows // 5_000), 0, folder, resume=True, quiet=True)
        folders.append(folder)
    return folders


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the most a process held is read from /proc")
@pytest.mark.parametrize("asked", [ANALYSE, SHOW, VERIFY], ids=["analyse", "show", "verify"])
def test_memory_does_not_grow_with_rows(results, asked):
    peaks = []
    for folder in results:
        done = subprocess.run(
            [sys.executable, "-c", ASKED, str(folder), asked], capture_output=True, text=True, cwd=ROOT, check=True
        )
        peaks.append(float(done.stdout.splitlines()[-1]))
    # Twelve times the rows: 220,000 more. Read whole, they took 850 bytes each, 190 MB.
    assert peaks[1] - peaks[0] < 60, peaks


def test_rows_laid_out_are_those_of_a_sweep(results):
    table = load(results[0])
    assert (table["run"] == np.arange(SIZES[0])).all()
    assert (table["world"] == table["run"] % (SIZES[0] // 20)).all()
    assert set(table["agreed"]) == {True, False}


def test_an_analysis_says_when_it_looks_at_a_part_and_finds_the_same_there(results, monkeypatch):
    (whole,) = analyse(results[0])
    monkeypatch.setattr(inputs, "CELLS", 12_000)
    monkeypatch.setattr(inputs, "FEWEST_WORLDS", 100)
    (part,) = analyse(results[0])
    assert "regions and boxes are looked for in 4,000 of 20,000 cases" in part.notes
    assert part.convergence == whole.convergence
    assert part.regional[0].factor == whole.regional[0].factor
    assert part.regional[0].distance == pytest.approx(whole.regional[0].distance, abs=0.05)
    assert not any("are looked for in" in note for note in whole.notes)


def test_points_left_out_of_regions_are_drawn_and_not_every_so_many(monkeypatch):
    design = sim.Design(factors=[ranged("x", 0, 1, steps=40), ranged("y", 0, 1, steps=40)])
    done = sweep(
        design, 0, model=lambda run: {"yes": run.settings["x"] < 0.5}, outcomes={"yes": bool}, quiet=True
    )  # fmt: skip
    monkeypatch.setattr(inputs, "CELLS", 600)
    (part,) = analyse(done, "yes")
    assert "regions and boxes are looked for in 200 of 1,600 points" in part.notes
    found = {effect.factor: effect.distance for effect in part.regional}
    assert found["x"] == 1.0 and found["y"] < 0.3


def test_dealing_in_parts_gives_the_same_p_values(monkeypatch):
    import pandas as pd

    generator = np.random.default_rng(3)
    frame = pd.DataFrame({"x": generator.random(60), "k": generator.integers(0, 4, 60), "o": ["a", "b", "c"] * 20})
    yes = generator.integers(0, 5, 60)
    whole = regional_by_world(frame, yes, 5 - yes, permutations=1_000)
    monkeypatch.setattr("sim.sweeps.regional.DEALT", 60 * 7)
    # By their text, because what says nothing is no number, and no number equals itself.
    assert repr(regional_by_world(frame, yes, 5 - yes, permutations=1_000)) == repr(whole)


def test_a_whole_number_is_asked_for_as_it_is_written(results):
    (found,) = analyse(results[0], "agreement=1")
    (same,) = analyse(results[0], "agreement=1.0")
    assert found.convergence == same.convergence
    assert 0 < found.convergence.now.estimate < 1
