"""The reference page of sweep files names every key and method, and its example is what it says."""

from __future__ import annotations

from pathlib import Path

import pytest

from sim.sweeps.design import METHODS, Design
from sim.sweeps.design_file import FactorEntry, RunOptions, SweepFile, read_design
from sim.sweeps.factors import ranged
from sim.sweeps.switches import SWITCHES

PAGE = Path("docs/reference/sweep-file.md").read_text(encoding="utf-8")


def test_every_key_method_and_switch_stands_on_the_reference_page():
    keys = {info.alias or name for kind in (SweepFile, FactorEntry) for name, info in kind.model_fields.items()}
    assert sorted(key for key in {*keys, *METHODS, *SWITCHES} if f"`{key}`" not in PAGE) == []
    assert [key for key in RunOptions.model_fields if f"`{key}: " not in PAGE] == []


def test_the_example_on_the_reference_page_is_as_many_runs_as_it_says(tmp_path):
    example = PAGE.split("```yaml\n")[1].split("```")[0]
    berlin = Path("scenarios/berlin-2025/scenario.yaml").resolve()
    (tmp_path / "sweep.yaml").write_text(example.replace("scenario: scenario.yaml", f"scenario: {berlin}"))
    design = read_design(tmp_path / "sweep.yaml")
    assert (design.n_points, design.n_worlds, design.n_runs) == (3 * 6, 100, 1_800)


@pytest.mark.parametrize(
    ("method", "size", "points"),
    [
        ("latin-hypercube", {"samples": 7}, 7),
        ("sobol", {"samples": 8, "scrambles": 2}, 2 * 8 * (2 + 1 + 2)),
        ("morris", {"samples": 7}, 7 * (2 + 1 + 1)),
    ],
)
def test_designs_are_as_large_as_the_reference_page_says(method, size, points):
    factors = [ranged("a", 0, 1, group="g"), ranged("b", 0, 1, group="g"), ranged("c", 0, 1)]
    assert Design(factors=factors, method=method, **size).n_points == points
