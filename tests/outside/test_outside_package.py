"""A package from outside adds a strategy, a protocol, a stability test and a forecast; nothing of ours is edited."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

PACKAGE = Path("tests/outside/parley_example")
TUTORIAL = Path("scenarios/tutorial-two-by-two/scenario.yaml")


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package, laid out as an installer lays it out: its modules, and beside them what its pyproject says."""
    target = tmp_path_factory.mktemp("site")
    project = tomllib.loads((PACKAGE / "pyproject.toml").read_text())["project"]
    shutil.copytree(PACKAGE / "parley_example", target / "parley_example", ignore=shutil.ignore_patterns("__pycache__"))
    info = target / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n")
    groups = project["entry-points"].items()
    lines = [line for group, names in groups for line in (f"[{group}]", *(f"{k} = {v}" for k, v in names.items()))]
    (info / "entry_points.txt").write_text("\n".join(lines) + "\n")
    return target


def python(installed: Path, *arguments: object) -> str:
    environment = {**os.environ, "PYTHONPATH": str(installed), "COLUMNS": "160"}
    done = subprocess.run([sys.executable, *map(str, arguments)], capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_package_passes_the_conformance_kit(installed: Path) -> None:
    code = """
from sim import conformance
conformance.check_strategy("stepwise")
conformance.check_protocol("rotating_chair")
conformance.check_stability_test("third_of_the_way")
conformance.check_forecast("strongest")
print("conforms")
"""
    assert python(installed, "-W", "error", "-c", code) == "conforms\n"


def test_commands_take_what_the_package_adds_by_its_names(installed: Path) -> None:
    settings = [
        "negotiation.protocol=rotating_chair",
        "parties.hill.strategy={name: stepwise}",
        "stability.require=[acceptable, third_of_the_way]",
    ]
    given = [TUTORIAL, *(part for setting in settings for part in ("--set", setting))]
    assert "no fault found" in python(installed, "-m", "sim.cli", "check", *given)
    ran = json.loads(python(installed, "-m", "sim.cli", "run", *given, "--runs", 4, "--json"))
    assert ran["runs"] == 4 and ran["failed"] == 0
    judged = json.loads(python(installed, "-m", "sim.cli", "stability", *given, "--json"))
    assert "third_of_the_way" in judged["passing"]
    told = python(installed, "-m", "sim.cli", "stability", *given)
    assert "third of the way *" in told
    assert "strongest" in python(installed, "-m", "sim.cli", "baselines", TUTORIAL, "--worlds", 5)


def test_a_sweep_over_what_the_package_adds_has_no_failed_run(installed: Path, tmp_path: Path) -> None:
    code = f"""
import sim
from sim.sweeps.factors import listed
factors = [
    listed("negotiation.protocol", ["alternating_offers", "rotating_chair"]),
    listed("parties.hill.strategy.name", ["linear", "stepwise"]),
]
base = sim.with_settings(sim.read_scenario({str(TUTORIAL)!r}), {{"parties.hill.strategy": {{"name": "linear"}}}})
results = sim.sweep(sim.Design(base, factors=factors, worlds=2), workers=0, out={str(tmp_path / "r")!r}, quiet=True)
table = results.table
print(len(table), (table["error"].fillna("") != "").sum())
"""
    rows, failed = python(installed, "-c", code).split()
    assert (rows, failed) == ("8", "0")
    # The result says what it was made with.
    manifest = json.loads((tmp_path / "r" / "manifest.json").read_text())
    assert manifest["versions"]["parley-example"] == "0.1"


@pytest.mark.parametrize(
    ("page", "module"),
    [
        ("new-strategy", "strategies"),
        ("new-protocol", "protocols"),
        ("new-test", "stability"),
        ("new-forecast", "forecasts"),
    ],
)
def test_the_pages_show_the_code_of_the_package(page: str, module: str) -> None:
    shown = Path(f"docs/how-to/{page}.md").read_text().split("```python\n")[1].split("```")[0]
    assert shown == (PACKAGE / "parley_example" / f"{module}.py").read_text()


def test_the_page_shows_the_entry_points_of_the_package() -> None:
    shown = tomllib.loads(Path("docs/how-to/new-strategy.md").read_text().split("```toml\n")[1].split("```")[0])
    real = tomllib.loads((PACKAGE / "pyproject.toml").read_text())
    assert shown["project"] == real["project"]
