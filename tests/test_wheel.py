"""A wheel works without the source tree, with the scenarios inside."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel from a copy of the tree and install it, alone, into an empty folder."""
    folder = tmp_path_factory.mktemp("wheel")
    tree = folder / "tree"
    tree.mkdir()
    for name in ("sim", "scenarios"):
        shutil.copytree(ROOT / name, tree / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "setup.py", "MANIFEST.in", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, tree / name)
    build = "import sys; from setuptools import build_meta; build_meta.build_wheel(sys.argv[1])"
    made = subprocess.run(
        [sys.executable, "-c", build, str(folder)], cwd=tree, capture_output=True, text=True, check=False
    )
    assert made.returncode == 0, made.stderr[-2000:]
    (wheel,) = folder.glob("*.whl")
    place = folder / "site"
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--no-compile", "--target"]
    done = subprocess.run([*pip, str(place), str(wheel)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    with zipfile.ZipFile(wheel) as archive:
        assert "sim/scenarios/berlin-2025/scenario.yaml" in archive.namelist()
    return place


def parley(target: Path, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    code = "import sys, sim; from sim.cli import main; print(sim.__file__, file=sys.stderr); main(sys.argv[1:])"
    environment = os.environ | {"PYTHONPATH": str(target), "NUMBA_CACHE_DIR": str(target / "numba")}
    return subprocess.run(
        [sys.executable, "-P", "-c", code, *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def test_a_scenario_is_begun_from_a_shipped_one_in_an_empty_folder(target: Path, tmp_path: Path) -> None:
    made = parley(target, tmp_path, "new", "mine", "--from", "berlin-2025")
    assert made.returncode == 0, made.stderr
    assert str(target) in made.stderr
    checked = parley(target, tmp_path, "check", "mine/scenario.yaml")
    assert checked.returncode == 0, checked.stderr
    assert "46,288 agreements" in checked.stdout
    # What it extends came along, so that it stays what it is when the program goes.
    assert 'extends: "shipped/berlin-2025/scenario.yaml"' in (tmp_path / "mine/scenario.yaml").read_text()
    shutil.move(tmp_path / "mine", tmp_path / "moved")
    assert parley(target, tmp_path, "check", "moved/scenario.yaml").returncode == 0


@pytest.mark.parametrize("name", ["berlin-2025-nato-open", "berlin-2025-all-codings", "camp-david-1978", "elmira-1991"])
def test_a_shipped_scenario_is_read_by_its_name(target: Path, tmp_path: Path, name: str) -> None:
    checked = parley(target, tmp_path, "check", name)
    assert checked.returncode == 0, checked.stderr
    assert "no fault found" in checked.stdout


def test_a_variant_brings_what_it_extends_and_its_rivals(target: Path, tmp_path: Path) -> None:
    made = parley(target, tmp_path, "new", "mine", "--from", "berlin-2025-all-codings")
    assert made.returncode == 0, made.stderr
    assert sorted(p.parent.name for p in (tmp_path / "mine/shipped").glob("*/scenario.yaml")) == [
        "berlin-2025",
        "berlin-2025-all-codings",
        "berlin-2025-coding-b",
        "berlin-2025-coding-c",
    ]
    assert parley(target, tmp_path, "check", "mine/scenario.yaml").returncode == 0


def test_a_name_that_is_no_scenario_is_told_the_nearest(target: Path, tmp_path: Path) -> None:
    told = parley(target, tmp_path, "new", "mine", "--from", "berlin-2052")
    assert told.returncode == 1
    assert "berlin-2052" in told.stderr
    assert "did you mean 'berlin-2025'" in told.stderr
