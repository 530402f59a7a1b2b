"""The plan of the house: every storey stands in one import contract, and no files import one another in a circle."""

from __future__ import annotations

import tomllib
from pathlib import Path

import grimp
import networkx
import pytest

PACKAGES = ("sim", "benchmarks")


@pytest.fixture(scope="module")
def imports() -> networkx.DiGraph:
    """Which file imports which, for type checkers only as well as when run."""
    graph = grimp.build_graph(*PACKAGES, exclude_type_checking_imports=False, cache_dir=None)
    return networkx.DiGraph((one, two) for one in graph.modules for two in graph.find_modules_directly_imported_by(one))


def test_no_files_import_one_another_in_a_circle(imports):
    assert imports.number_of_edges() > 500, "the graph is that of the whole house"
    circles = [sorted(circle) for circle in networkx.strongly_connected_components(imports) if len(circle) > 1]
    assert circles == []


def test_one_contract_lists_every_storey():
    with Path("pyproject.toml").open("rb") as file:
        contracts = tomllib.load(file)["tool"]["importlinter"]["contracts"]
    (house,) = [contract for contract in contracts if contract["type"] == "layers"]
    listed = [name.strip() for layer in house["layers"] for name in layer.split("|")]
    there = {
        f"sim.{path.stem}"
        for path in Path("sim").iterdir()
        if (path.suffix == ".py" and path.stem != "__init__") or (path / "__init__.py").is_file()
    }
    assert sorted(listed) == sorted({*there, "benchmarks"})
