"""The public face: names, doors, what they cost to open, and what shows how they are used."""

import ast
import importlib
import inspect
import pydoc
import subprocess
import sys
from pathlib import Path

import pytest

import sim
from sim.agreements.frontier import Frontier
from sim.agreements.zone import Zone


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
        "AftermathModel", "AgreementSpace", "Design", "NegotiationModel", "Payoffs", "Run", "Scenario", "ScenarioError",
        "SimError", "Terms", "World",
        "assess", "central_world", "compare", "draw_world", "load", "read_scenario", "scenario_from_text", "simulate",
        "sweep", "with_settings", "__version__",
    }  # fmt: skip
    assert promised <= set(sim.__all__)


def typed_names() -> dict[str, str]:
    """The names that ``sim/__init__.py`` shows a type checker, each with the module it is imported from."""
    shown = [node for node in ast.parse(Path("sim/__init__.py").read_text()).body if isinstance(node, ast.If)]
    imports = [node for block in shown for node in block.body if isinstance(node, ast.ImportFrom)]
    return {alias.name: str(node.module) for node in imports for alias in node.names}


def test_a_type_checker_sees_the_names_that_python_loads_and_the_same_things():
    seen = typed_names()
    assert {*seen, "__version__"} == set(sim.__all__) == set(dir(sim))
    for name, home in seen.items():
        assert getattr(sim, name) is getattr(importlib.import_module(home), name)


SCRIPT = """\
import sim

scenario = sim.read_scenario("scenarios/berlin-2025/scenario.yaml")
eased = scenario.with_({"parties.russia.no_deal.reservation": 0.5})
payoffs = sim.Payoffs.of(eased)
zone = payoffs.zone_of_agreement()
run = sim.simulate(eased, seed=7)
agreement: int | None = run.outcome.agreement
results = sim.sweep(sim.Design(eased, worlds=10), workers=2)
print(len(zone), agreement, results, sim.assess(eased).n_agreements)
"""


#: What stands in the script, a slip in its place, and what a type checker says of that.
SLIPS = [
    ("zone_of_agreement()", "zone_of_agrement()", '"Payoffs" has no attribute "zone_of_agrement"'),
    ("scenario.with_(", "scenario.wiht_(", '"Scenario" has no attribute "wiht_"'),
    ("sim.simulate(", "sim.simulat(", 'Module has no attribute "simulat"'),
    ("seed=7", "sead=7", 'Unexpected keyword argument "sead" for "simulate"'),
    ("agreement: int | None", "agreement: str", 'expression has type "int | None", variable has type "str"'),
    ("worlds=10", "worlds='ten'", 'Argument "worlds" to "Design" has incompatible type "str"'),
    ("workers=2", "workers='two'", 'Argument "workers" to "sweep" has incompatible type "str"'),
]


def test_a_type_checker_finds_each_slip_in_a_users_script_and_none_in_the_right_one(tmp_path):
    (tmp_path / "right.py").write_text(SCRIPT)
    for number, (right, wrong, _) in enumerate(SLIPS):
        assert SCRIPT.count(right) == 1
        (tmp_path / f"slip_{number}.py").write_text(SCRIPT.replace(right, wrong))
    # Faults in what is imported are not shown, as with a package that is installed.
    options = ["--strict", "--follow-imports=silent", "--config-file=", f"--cache-dir={tmp_path / 'cache'}"]
    scripts = sorted(tmp_path.glob("*.py"))
    done = subprocess.run(
        [sys.executable, "-m", "mypy", *options, *scripts], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1, done.stdout + done.stderr
    told = [line for line in done.stdout.splitlines() if ": error: " in line]
    assert len(told) == len(SLIPS), done.stdout
    for number, (_, _, words) in enumerate(SLIPS):
        assert [words in line for line in told if f"slip_{number}.py:" in line] == [True], done.stdout


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


def test_a_path_stands_for_its_scenario_and_anything_else_is_told_what_is_wanted():
    two = "scenarios/tutorial-two-by-two"
    assert sim.simulate(two, central=True).outcome == sim.simulate(sim.read_scenario(two), central=True).outcome
    assert sim.assess(Path(two)).n_agreements == 4
    payoffs = sim.Payoffs.of(sim.read_scenario(two))
    assert sim.AgreementSpace.of(two).n_agreements == 4
    assert (sim.Payoffs.of(two).utility == payoffs.utility).all()
    assert sim.Terms.of(Path(two)).payoffs.space is payoffs.space
    assert sim.draw_world(two, 0, 1).values.tolist() == sim.draw_world(sim.read_scenario(two), 0, 1).values.tolist()
    eased = sim.with_settings(two, ["parties.hill.no_deal.reservation=0.5"])
    assert Frontier.of(eased).solutions == Frontier.of(sim.Payoffs.of(eased)).solutions
    assert Zone.of(two).agreements.tolist() == Zone.of(sim.central_world(two)).agreements.tolist()
    model = sim.NegotiationModel(two, rng=0, central=True)
    assert model.running and sim.AftermathModel(Path(two), 0, rng=0, central=True).running
    assert len(sim.sweep(sim.Design(two, worlds=2), workers=0, quiet=True).table) == 2
    calls = {
        "a scenario, or the path of one,": [
            sim.simulate, sim.assess, sim.AgreementSpace.of, sim.central_world,
            lambda given: sim.draw_world(given, 0, 0), lambda given: sim.with_settings(given, {}),
            lambda given: sim.sweep(sim.Design(given), workers=0),
        ],
        "a scenario, a world, or the path of a scenario,": [
            sim.Payoffs.of, sim.Terms.of, Frontier.of, Zone.of,
            sim.NegotiationModel, lambda given: sim.AftermathModel(given, 0),
        ],
        "the folder of a result": [sim.load, lambda given: sim.compare(given, given)],
    }  # fmt: skip
    for wanted, functions in calls.items():
        for call in functions:
            with pytest.raises(sim.SimError, match=f"{wanted} is needed here; this is int 7"):
                call(7)
