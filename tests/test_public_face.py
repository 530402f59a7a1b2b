"""The public face: names, doors, what they cost to open, and what shows how they are used."""

import ast
import inspect
import pydoc
import subprocess
import sys
from pathlib import Path

import pytest

import sim


def test_every_public_name_can_be_loaded():
    for name in sim.__all__:
        assert getattr(sim, name) is not None


def test_the_sweep_is_a_function_with_a_signature_whatever_has_been_imported_before():
    # In this process other tests have loaded its package: only a fresh one can tell.
    modules_after("import sim; assert sim.sweep.__name__ == 'sweep'")
    modules_after("import sim.sweeps.design, sim.sweeps.results, inspect; assert inspect.isfunction(sim.sweep)")
    assert list(inspect.signature(sim.sweep).parameters)[:3] == ["design", "workers", "out"]
    said = " ".join(pydoc.plain(pydoc.render_doc(sim.sweep)).split())
    assert "sweep( design: 'Design', workers: 'int' = 2, out: 'str | Path | None' = None," in said


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


#: Public functions that need no example, and why. The docstring of a command is its --help, and left out as such.
WITHOUT_EXAMPLE: dict[str, str] = {}


def public_functions() -> dict[str, str]:
    """The docstrings of all functions that a module under sim/ defines and names in its ``__all__``."""
    found = {}
    for path in sorted(Path("sim").rglob("*.py")):
        body = ast.parse(path.read_text(encoding="utf-8")).body
        names = {
            name.value
            for node in body
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"
            for name in ast.walk(node.value)
            if isinstance(name, ast.Constant)
        }
        for node in body:
            if not isinstance(node, ast.FunctionDef) or node.name not in names:
                continue
            if not any(ast.unparse(decorator).startswith("click.command(") for decorator in node.decorator_list):
                found[".".join((*path.with_suffix("").parts, node.name))] = ast.get_docstring(node) or ""
    return found


def test_every_public_function_has_an_example_that_runs():
    functions = public_functions()
    assert {"sim.run.simulate", "sim.stability.propagation.judge", "sim.commands.options.read"} <= functions.keys()
    bare = {name for name, text in functions.items() if ">>> " not in text}
    assert sorted(bare - WITHOUT_EXAMPLE.keys()) == [], "show what each is for, with a result to check by eye"
    assert sorted(WITHOUT_EXAMPLE.keys() - bare) == [], "no exemption for what has an example, or is no more"


def test_no_example_is_skipped():
    skipped = [name for name, text in public_functions().items() if "doctest: +SKIP" in text]
    assert skipped == []
