"""Tables on a screen, whatever its width."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from click.testing import CliRunner

from sim.cli import parley
from sim.present import console

PRINTING = sorted([*Path("sim/present").glob("*.py"), *Path("sim/commands").glob("*.py")])
TWO = "scenarios/tutorial-two-by-two"


@pytest.mark.parametrize("path", PRINTING, ids=lambda path: path.stem)
def test_no_table_has_a_title_of_its_own(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)]
    titled = [c.lineno for c in calls if c.func.id == "Table" and any(k.arg == "title" for k in c.keywords)]
    set_later = [n.lineno for n in ast.walk(tree) if isinstance(n, ast.Attribute) and n.attr == "title" and _set(n)]
    assert titled + set_later == []


def _set(node: ast.Attribute) -> bool:
    return isinstance(node.ctx, ast.Store)


@pytest.mark.parametrize("width", [60, 80, 110])
@pytest.mark.parametrize(
    ("command", "title"),
    [
        (["run", TWO, "--runs", "3"], "Most frequent agreements (the only one)"),
        (["zone", TWO], "Closest to being signed, at central values: u − r"),
        (["stability", TWO], "Tests: margin and binding party"),
        (["frontier", TWO], "Efficient agreements closest to being signed"),
        (["explain", f"{TWO}/scenario.yaml"], "Two by two"),
    ],
)
def test_a_title_is_one_line_however_narrow_its_table(command, title, width, monkeypatch):
    monkeypatch.setattr(console, "PIPED_WIDTH", width)
    done = CliRunner().invoke(parley, command)
    assert done.exit_code == 0, done.output
    assert title in done.output.splitlines()


def test_words_wider_than_their_column_are_folded_and_never_cut(monkeypatch, capsys):
    from rich.table import Table

    monkeypatch.setattr(console, "PIPED_WIDTH", 24)
    table = Table("test", "share", box=None)
    table.add_row("unilaterally_stable.nash", "100 %")
    table.add_row("unilaterally_stable.seq", "0 %")
    console.print_table(console.console(), table)
    shown = capsys.readouterr().out
    assert "…" not in shown
    assert [word for word in ("nash", "seq") if word in shown] == ["nash", "seq"]


@pytest.mark.parametrize("path", PRINTING, ids=lambda path: path.stem)
def test_every_table_is_printed_by_the_one_function(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    tables = {
        target.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call)
        if isinstance(node.value.func, ast.Name) and node.value.func.id == "Table"
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    printed = [
        argument.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "print"
        for argument in node.args
        if isinstance(argument, ast.Name)
    ]
    assert tables.isdisjoint(printed) or path.stem == "console"
