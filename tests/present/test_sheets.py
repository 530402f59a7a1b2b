"""Every table in every form, kept and shown again; no cell begins a formula."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from click.testing import CliRunner

import sim
from sim.cli import COMMANDS, NO_TABLES, parley
from sim.domain.writing import yaml_text
from sim.present.sheets import Block, Cells, csv_of, markdown_of, safe_cell, write_workbook
from sim.results.files import write_table

TWO = "scenarios/tutorial-two-by-two/scenario.yaml"
NASTY = '=HYPERLINK("http://x","<script>") | \u202e\x1b[31m'
TABLES = {
    "zone": ["zone", TWO],
    "frontier": ["frontier", TWO],
    "stability": ["stability", TWO],
    "aftermath": ["aftermath", TWO, "--worlds", "5"],
    "baselines": ["baselines", TWO, "--worlds", "5"],
    "explain": ["explain", TWO],
    "compare": ["compare", TWO, "--set", "parties.hill.no_deal.reservation=0.5", "--worlds", "5"],
    "trace": ["trace", TWO],
    "codings": ["codings", "scenarios/berlin-2025-all-codings/scenario.yaml"],
    "diff": ["diff", TWO, "scenarios/berlin-2025/scenario.yaml"],
}


def invoke(*arguments, code=0):
    done = CliRunner().invoke(parley, list(map(str, arguments)))
    assert done.exit_code == code, done.output + repr(done.exception)
    return done.stdout


def test_every_command_that_prints_a_table_takes_the_same_options():
    for name in set(COMMANDS) - NO_TABLES:
        said = invoke(name, "--help")
        assert "--form [text|md|csv|xlsx|json]" in said, name
        assert "--keys" in said, name
        assert "--out" in said, name


@pytest.mark.parametrize("name", TABLES)
def test_show_prints_again_what_a_command_showed(name, tmp_path):
    first = invoke(*TABLES[name])
    invoke(*TABLES[name], "--out", tmp_path / "kept")
    assert invoke("show", tmp_path / "kept") == first


def test_show_prints_again_what_run_and_sweep_printed(tmp_path):
    first = invoke("run", TWO, "--worlds", "5", "--seed", "3", "--out", tmp_path / "r")
    assert first == invoke("show", tmp_path / "r") + f"Written to {tmp_path / 'r'}\n"
    design = tmp_path / "sweep.yaml"
    scenario = Path(TWO).resolve()
    factors = "factors:\n  parties.hill.no_deal.reservation: {from: 0.2, to: 0.8, steps: 3}\n"
    for depth in ("simulate", "exact"):
        head = f"schema: 1\nname: opens\nquestion: What opens it?\nscenario: {scenario}\n"
        text = f"{head}{factors}worlds: 3\ndepth: {depth}\n"
        design.write_text(text, encoding="utf-8")
        first = invoke("sweep", design, "--workers", "0", "--out", tmp_path / depth)
        assert first == invoke("show", tmp_path / depth) + f"Written to {tmp_path / depth}\n"


@pytest.mark.parametrize("form", ["txt", "md", "csv", "xlsx", "json"])
def test_the_ending_of_a_file_gives_its_form(form, tmp_path):
    target = tmp_path / f"x.{form}"
    invoke("zone", TWO, "--out", target)
    if form == "xlsx":
        sheet = openpyxl.load_workbook(target).worksheets[1]
        assert [sheet["A3"].value, sheet["B3"].value] == ["Pass", "shared"]
        return
    text = target.read_text(encoding="utf-8")
    if form == "txt":
        assert text == invoke("zone", TWO)
    elif form == "json":
        assert json.loads(text) == json.loads(invoke("zone", TWO, "--json"))
    else:
        assert ("| Pass | shared |" if form == "md" else "Pass,shared,held") in text


def test_keys_stand_beside_titles_where_asked_and_nowhere_else():
    assert "Hill [hill]" in invoke("zone", TWO, "--keys")
    assert "[hill]" not in invoke("zone", TWO)
    berlin = "scenarios/berlin-2025/scenario.yaml"
    shown = invoke("zone", berlin, "--keys", "--form", "csv")
    assert "Both pull back, Ukraine administers [mutual_pullback_fez]" in shown


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["zone", TWO, "--form", "xlsx"], "needs a file"),
        (["zone", TWO, "--out", "x.gif"], "names no form"),
        (["zone", TWO, "--json", "--form", "csv"], "give one of them"),
    ],
)
def test_a_form_that_cannot_be_given_is_refused(arguments, said):
    done = CliRunner().invoke(parley, arguments)
    assert done.exit_code == 2
    assert said in done.output


def test_a_file_that_is_there_stays_as_it_is(tmp_path):
    target = tmp_path / "x.md"
    target.write_text("mine", encoding="utf-8")
    done = CliRunner().invoke(parley, ["zone", TWO, "--out", str(target)])
    assert "exists already" in str(done.exception)
    assert target.read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize("text", ["=1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "\r=1", " =1", NASTY])
def test_no_cell_of_a_spreadsheet_begins_a_formula(text, tmp_path):
    blocks = [Block(text), Block(table=Cells((text, "A"), ((text, "-0.5"),), text))]
    cells = [cell for row in csv.reader(io.StringIO(csv_of(blocks))) for cell in row]
    assert not [
        cell for cell in cells if cell.startswith(("=", "+", "@", "\t", "\r")) or (cell[:1] == "-" and cell != "-0.5")
    ]
    assert safe_cell("-0.5") == -0.5
    write_workbook(blocks, tmp_path / "x.xlsx")
    for sheet in openpyxl.load_workbook(tmp_path / "x.xlsx"):
        for row in sheet.iter_rows():
            assert all(cell.data_type in ("s", "n") for cell in row)
            assert not [
                cell for cell in row if isinstance(cell.value, str) and cell.value.startswith(("=", "+", "-", "@"))
            ]


def test_titles_from_files_stay_text_in_every_form(tmp_path):
    data = json.loads(json.dumps(sim.read_scenario(TWO).data))
    data["parties"]["hill"]["title"] = NASTY
    data["issues"]["pass"]["options"]["shared"] = {"title": NASTY, "definition": "x"}
    path = tmp_path / "nasty.yaml"
    path.write_text(yaml_text(data), encoding="utf-8")
    text, marked = invoke("zone", path), invoke("zone", path, "--form", "md")
    for shown in (text, marked, invoke("zone", path, "--form", "csv")):
        assert "\x1b" not in shown
        assert "\u202e" not in shown
    assert "<script>" not in marked.replace("\\<script\\>", "")
    assert markdown_of([Block("**bold** <b>")]).strip() == "\\*\\*bold\\*\\* \\<b\\>"


def test_list_tells_what_is_there_and_what_is_damaged(tmp_path):
    invoke("run", TWO, "--worlds", "2", "--seed", "7", "--out", tmp_path / "r")
    invoke("zone", TWO, "--out", tmp_path / "deep" / "z")
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "manifest.json").write_text("{", encoding="utf-8")
    found = {Path(row["result"]).name: row for row in json.loads(invoke("list", tmp_path, "--json"))["results"]}
    assert (found["r"]["kind"], found["r"]["runs"], found["r"]["seed"]) == ("run", 2, 7)
    assert (found["z"]["kind"], found["bad"]["status"]) == ("shown", "damaged")
    assert "parley zone" in found["z"]["of"]
    assert "damaged" in invoke("list", tmp_path)


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_no_text_of_a_table_of_runs_begins_a_formula(ending, tmp_path):
    table = pd.DataFrame({"message": ["=1+1", "-2+3", "@x", "\t=1", "fine", None], "margin": [-0.5] * 6})
    write_table(tmp_path / f"t.{ending}", table)
    read = pd.read_csv if ending == "csv" else pd.read_excel
    found = read(tmp_path / f"t.{ending}")
    assert found["message"].tolist()[:5] == ["'=1+1", "'-2+3", "'@x", "'\t=1", "fine"]
    assert found["margin"].tolist() == [-0.5] * 6


def test_the_table_beside_a_result_begins_no_formula(tmp_path):
    def model(run):
        return {"said": "=HYPERLINK(1)"}

    sim.sweep(sim.Design(worlds=2), model=model, outcomes={"said": str}, out=tmp_path / "r", workers=0, quiet=True)
    assert "'=HYPERLINK(1)" in (tmp_path / "r" / "table.csv").read_text()
    assert set(sim.load(tmp_path / "r")["said"]) == {"=HYPERLINK(1)"}
