"""The public face: names, doors, and what they cost to open."""

import subprocess
import sys

import pytest

import sim


def test_every_public_name_can_be_loaded():
    for name in sim.__all__:
        assert getattr(sim, name) is not None


def test_the_sweep_can_be_called_before_anything_else_has_loaded_it():
    # In this process other tests have loaded the package, which alone makes the name: only a fresh one can tell.
    modules_after("import sim; assert callable(sim.sweep)")


def test_the_public_names_are_those_promised():
    promised = {
        "AgreementSpace", "Design", "Payoffs", "Run", "Scenario", "ScenarioError", "SimError", "Terms", "World",
        "assess", "central_world", "compare", "draw_world", "load", "read_scenario", "scenario_from_text", "simulate",
        "sweep", "with_settings", "__version__",
    }  # fmt: skip
    assert promised <= set(sim.__all__)


def test_an_unknown_name_is_refused_by_name():
    with pytest.raises(AttributeError, match="no attribute 'simulat'"):
        sim.simulat  # noqa: B018


def modules_after(statement: str) -> set[str]:
    code = f"{statement}\nimport sys; print(' '.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_help_loads_nothing_heavy():
    # A command line that takes a second to say --help is one that people stop asking.
    loaded = modules_after(
        "import sim.cli\nfrom click.testing import CliRunner\nCliRunner().invoke(sim.cli.parley, ['--help'])"
    )
    heavy = {"numpy", "pandas", "mesa", "scipy", "numba", "pydantic", "rich", "pyarrow", "duckdb", "SALib", "dask"}
    assert loaded & heavy == set()


def test_reading_a_scenario_loads_neither_agents_nor_tables():
    loaded = modules_after("import sim; sim.read_scenario('scenarios/berlin-2025/scenario.yaml')")
    assert loaded & {"mesa", "pandas", "scipy", "numba"} == set()
