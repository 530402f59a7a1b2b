"""A stored result as a workbook."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pandas as pd
import pytest

import sim
from sim.cli import main
from sim.results.manifest import Column, Manifest
from sim.results.store import load, write_result
from sim.results.workbook import write_workbook

TUTORIAL = "scenarios/tutorial-two-by-two"


def test_a_result_becomes_a_workbook_with_a_sheet_a_table(tmp_path: Path, capsys) -> None:
    main(["run", TUTORIAL, "--worlds", "5", "--out", str(tmp_path / "r")])
    capsys.readouterr()
    main(["export", str(tmp_path / "r"), str(tmp_path / "r.xlsx")])
    assert capsys.readouterr().out == f"{tmp_path / 'r.xlsx'}: about, runs\n"
    frame = pd.read_excel(tmp_path / "r.xlsx", sheet_name="runs")
    stored = load(tmp_path / "r", bits=False)
    assert list(frame.columns) == list(stored.columns)
    assert frame["agreed"].tolist() == stored["agreed"].tolist()
    assert frame["margin.hill"].tolist() == pytest.approx(stored["margin.hill"].tolist(), nan_ok=True)


def test_a_sweep_brings_its_design(tmp_path: Path) -> None:
    from sim.sweeps.design import Design
    from sim.sweeps.factors import ranged

    results = sim.sweep(
        Design(factors=[ranged("x", 0, 1, steps=3)]),
        workers=0,
        model=lambda case: {"y": 0.0},
        outcomes={"y": float},
        quiet=True,
    )
    assert write_workbook(results.folder, tmp_path / "s.xlsx") == ["about", "runs", "design"]
    assert pd.read_excel(tmp_path / "s.xlsx", sheet_name="design")["x"].tolist() == [0.0, 0.5, 1.0]


def test_text_that_begins_like_a_formula_stays_text_and_what_no_cell_holds_is_written_as_text(tmp_path: Path) -> None:
    columns = (Column("run", "int64"), Column("error", "string"), Column("x", "float64"))
    table = pd.DataFrame(
        {"run": [0, 1, 2**60], "error": ["=1+1", "@a\x07b", "y" * 40_000], "x": [1.5, None, float("inf")]}
    )
    write_result(tmp_path / "r", table, Manifest("run", "x", 0, columns, n_runs=3, chunk_size=3))
    write_workbook(tmp_path / "r", tmp_path / "r.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "r.xlsx")["runs"]
    assert [sheet.cell(2, n).value for n in (1, 2, 3)] == [0, "=1+1", 1.5]
    assert sheet.cell(2, 2).data_type == "s"
    assert sheet.cell(3, 2).value == "@a\N{REPLACEMENT CHARACTER}b"
    assert sheet.cell(3, 3).value is None
    assert sheet.cell(4, 1).value == str(2**60)
    assert sheet.cell(4, 3).value == "inf"
    assert len(sheet.cell(4, 2).value) == 32_000


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("r.csv",), "name a file ending in .xlsx"),
        (("r.xlsx", "--form", "genius"), "name a file ending in .xlsx"),
        (("r.xlsx", "--set", "a=1"), "go with a scenario"),
    ],
)
def test_what_a_result_cannot_become_is_said(arguments: tuple[str, ...], said: str, tmp_path: Path, capsys) -> None:
    main(["run", TUTORIAL, "--worlds", "2", "--out", str(tmp_path / "r")])
    with pytest.raises(SystemExit):
        main(["export", str(tmp_path / "r"), str(tmp_path / arguments[0]), *arguments[1:]])
    assert said in capsys.readouterr().err
