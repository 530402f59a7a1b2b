"""The plan of the house: storeys and imports, the size of its functions, and one name for one thing."""

from __future__ import annotations

import ast
import tokenize
import tomllib
from collections import defaultdict
from collections.abc import Iterator
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


#: Lines of code that a function may have at most: docstring, comments and blank lines aside.
LINES = 80
#: Arguments that may be given to it by place.
PLACES = 8


@pytest.fixture(scope="module")
def files() -> dict[Path, tuple[ast.Module, set[int]]]:
    """The syntax tree of each file of sim/, and the numbers of its lines that hold code."""
    found = {}
    for path in sorted(Path("sim").rglob("*.py")):
        with path.open("rb") as file:
            tokens = [token for token in tokenize.tokenize(file.readline) if token.type not in _NO_CODE]
        lines = {line for token in tokens for line in range(token.start[0], token.end[0] + 1)}
        found[path] = ast.parse(path.read_text(encoding="utf-8")), lines
    return found


_NO_CODE = (
    *(tokenize.ENCODING, tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE),
    *(tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER),
)


def functions(files) -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef, set[int]]]:
    for path, (tree, lines) in files.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield f"{path}:{node.lineno} {node.name}", node, lines


def code_lines(node: ast.FunctionDef | ast.AsyncFunctionDef, lines: set[int]) -> int:
    of_docstring = range(node.body[0].lineno, node.body[0].end_lineno + 1) if ast.get_docstring(node) else ()
    return len(lines.intersection(range(node.lineno, node.end_lineno + 1)).difference(of_docstring))


def test_a_function_fits_on_a_screen(files):
    lengths = {name: code_lines(node, lines) for name, node, lines in functions(files)}
    assert len(lengths) > 1000, "the functions are those of the whole house"
    assert max(lengths.values()) > LINES / 2, "lines are counted"
    assert {name: length for name, length in lengths.items() if length > LINES} == {}


def test_a_function_takes_few_arguments_by_place(files):
    counts = {}
    for name, node, _ in functions(files):
        by_place = [one.arg for one in (*node.args.posonlyargs, *node.args.args) if one.arg not in ("self", "cls")]
        counts[name] = len(by_place)
    assert {name: count for name, count in counts.items() if count > PLACES} == {}


def test_no_two_public_classes_have_one_name(files):
    where = defaultdict(list)
    for path, (tree, _) in files.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                where[node.name].append(f"{path}:{node.lineno}")
    assert len(where) > 200, "the classes are those of the whole house"
    assert {name: places for name, places in where.items() if len(places) > 1} == {}
