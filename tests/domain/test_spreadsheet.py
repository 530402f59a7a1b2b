"""A spreadsheet holds a whole scenario, and says where it is wrong."""

import csv
import re
import zipfile
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import sim
from sim.domain.document import parse_document
from sim.domain.reader import scenario_from_document
from sim.domain.spreadsheet import data_of, read_tables, tables_of, write_tables
from sim.domain.writing import yaml_text
from sim.errors import ScenarioError

SCENARIOS = sorted(
    str(path.relative_to("scenarios"))
    for path in Path("scenarios").glob("*/*.yaml")
    if (not path.name.startswith("sweep") and "variants" not in str(path)) or path.name == "us-pressure.yaml"
)


@pytest.mark.parametrize("name", SCENARIOS)
@pytest.mark.parametrize("form", ["book.xlsx", "folder"])
def test_a_round_trip_loses_nothing(name, form, tmp_path):
    scenario = sim.read_scenario(f"scenarios/{name}")
    write_tables(tables_of(scenario.data), tmp_path / form)
    document = data_of(read_tables(tmp_path / form))
    assert document.data == scenario.data
    if scenario.codings:
        return  # its rivals are files relative to its own folder
    back = scenario_from_document(document)
    assert [list(issue.options) for issue in back.issues.values()] == [
        list(i.options) for i in scenario.issues.values()
    ]
    assert list(back.parties) == list(scenario.parties)
    assert back.numbers.numbers == scenario.numbers.numbers


def test_every_position_carries_its_provenance(tmp_path):
    berlin = sim.read_scenario("scenarios/berlin-2025/scenario.yaml")
    rows = tables_of(berlin.data).rows["positions"]
    assert len(rows) == 8 * (9 + 37 + 1)
    assert all(row.keys() >= {"value", "low", "high", "status", "source"} for row in rows if row["part"] == "utility")


def _folder(tmp_path):
    berlin = sim.read_scenario("scenarios/berlin-2025/scenario.yaml")
    write_tables(tables_of(berlin.data), tmp_path)
    return tmp_path


def _change(folder, table, line, column, value):
    with (folder / f"{table}.csv").open(newline="") as stream:
        rows = list(csv.reader(stream))
    rows[line - 1][rows[0].index(column)] = value
    with (folder / f"{table}.csv").open("w", newline="") as stream:
        csv.writer(stream).writerows(rows)


@pytest.mark.parametrize(
    ("table", "line", "column", "value", "said"),
    [
        ("positions", 12, "value", "1.5", "does not bracket the value 1.5"),
        ("positions", 12, "value", "much", "must be a number"),
        ("positions", 12, "option", "nato", "unknown option"),
        ("positions", 12, "part", "weight", "is not one of salience, utility, reservation"),
        ("positions", 12, "source", "nowhere", "unknown source 'nowhere'"),
        ("positions", 12, "source", "[nowhere", "is not a list: a bracket is missing"),
        ("positions", 12, "party", "", "the cell 'party' is empty"),
        ("positions", 12, "low", "0.99999", "does not bracket"),
        ("options", 3, "option", "nato_membership", "is given twice"),
        ("settings", 4, "value", '"open', "begins with a quote and does not end with one"),
        ("settings", 4, "value", "", "the cell 'value' is empty"),
        ("settings", 4, "path", "negotiation..x", "is not keys with dots between them"),
        ("settings", 4, "path", "negotiation.", "is not keys with dots between them"),
        ("red_lines", 3, "issue", "fog", "unknown issue 'fog'"),
        ("red_lines", 3, "options", "", "the cell 'options' is empty"),
        ("red_lines", 3, "kind", "soft", "soft"),
        ("red_lines", 5, "p_real", "maybe", "must be a number"),
        ("red_lines", 5, "p_real", "1.5", "does not bracket"),
        ("constraints", 2, "when", "dmz none", "must read 'issue: option'"),
        ("constraints", 2, "when", "dmz: none; dmz: symmetric", "names the issue 'dmz' twice"),
        ("constraints", 2, "require", "dmz: nothing", "unknown option 'nothing'"),
        ("constraints", 3, "id", "C1", "is given twice"),
        ("constraints", 5, "both_ways", "perhaps", "must be true or false"),
        ("moves", 2, "to", "nowhere", "unknown option 'nowhere'"),
        ("moves", 2, "parties", "narnia", "unknown party 'narnia'"),
        ("moves", 2, "when", "fog: [a]", "unknown issue 'fog'"),
        ("guarantors", 3, "part", "courage", "courage"),
        ("guarantors", 3, "option", "", "an issue and its option stand together"),
    ],
)
def test_a_faulty_cell_is_named_by_sheet_and_row(table, line, column, value, said, tmp_path):
    folder = _folder(tmp_path)
    _change(folder, table, line, column, value)
    with pytest.raises(ScenarioError) as caught:
        scenario_from_document(data_of(read_tables(folder)))
    lines = str(caught.value).splitlines()
    assert any(f"[{table}]:{line}: " in text and said in text for text in lines), lines


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04nothing", b"\xff\xfe"])
def test_what_is_no_workbook_is_refused_by_name(content, tmp_path):
    (tmp_path / "x.xlsx").write_bytes(content)
    with pytest.raises(ScenarioError, match="not a workbook"):
        read_tables(tmp_path / "x.xlsx")


def test_an_encrypted_and_a_damaged_workbook_are_refused_in_one_line(tmp_path):
    book = tmp_path / "x.xlsx"
    book.write_bytes(bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 600)
    with pytest.raises(ScenarioError, match=r"is encrypted, or a workbook of the old kind \(.xls\)"):
        read_tables(book)
    write_tables(tables_of(sim.read_scenario("scenarios/berlin-2025").data), book)
    whole = book.read_bytes()
    refused = 0
    for at in range(40, len(whole), len(whole) // 60):
        book.write_bytes(whole[:at] + bytes(byte ^ 0x55 for byte in whole[at : at + 20]) + whole[at + 20 :])
        try:
            read_tables(book)
        except ScenarioError as fault:
            refused += 1
            assert "\n" not in str(fault)
    assert refused > 30
    for part in ("xl/workbook.xml", "xl/worksheets/sheet1.xml", "[Content_Types].xml"):
        _without(whole, part, book)
        with pytest.raises(ScenarioError) as fault:
            read_tables(book)
        assert "\n" not in str(fault.value)


def _without(whole, part, target):
    source = target.with_suffix(".whole")
    source.write_bytes(whole)
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            new.writestr(name, b"<oops" if name == part else old.read(name))


def _book(tmp_path):
    path = tmp_path / "x.xlsx"
    write_tables(tables_of(sim.read_scenario("scenarios/berlin-2025").data), path)
    return path, openpyxl.load_workbook(path)


def test_comment_columns_rows_and_sheets_are_passed_over_and_rows_keep_their_number(tmp_path):
    path, book = _book(tmp_path)
    sheet = book["positions"]
    sheet.insert_cols(3)
    sheet.cell(1, 3, "Comment for the group")
    sheet.cell(5, 3, "ask again")
    sheet.cell(1, sheet.max_column + 1, "# mine")
    sheet.cell(7, sheet.max_column, "looks high")
    sheet.insert_rows(2)
    sheet.cell(2, 1, "# the first party")
    book.create_sheet("Thoughts")["A1"] = "not read"
    book["red_lines"].title = "Red lines"
    book.save(path)
    berlin = sim.read_scenario("scenarios/berlin-2025")
    assert data_of(read_tables(path)).data == berlin.data
    sheet.cell(9, 2, "weight")
    book.save(path)
    with pytest.raises(ScenarioError, match=r"\[positions\]:9: part 'weight'"):
        data_of(read_tables(path))


def test_a_formula_with_its_value_kept_is_read_and_one_without_is_named(tmp_path):
    path, book = _book(tmp_path)
    sheet = book["positions"]
    value = next(n for n, cell in enumerate(sheet[1], 1) if cell.value == "value")
    sheet.cell(4, value).value = "=0.5+0.1"
    book.save(path)
    where = sheet.cell(4, value).coordinate
    with pytest.raises(ScenarioError, match=f"cell {where} of sheet 'positions' is a formula whose value is not kept"):
        read_tables(path)
    # What a spreadsheet program does on saving: the value beside the formula.
    kept = tmp_path / "kept.xlsx"
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(kept, "w") as new:
        for name in old.namelist():
            text = old.read(name)
            if b"<f>0.5+0.1</f>" in text:
                text = re.sub(rb"<f>0.5\+0.1</f><v ?(/>|></v>)", b"<f>0.5+0.1</f><v>0.6</v>", text)
                assert b"<v>0.6</v>" in text
            new.writestr(name, text)
    assert read_tables(kept).rows["positions"][2]["value"] == 0.6


def test_the_sheet_of_an_earlier_version_is_named(tmp_path):
    path, book = _book(tmp_path)
    book.create_sheet("rest").append(("path", "value"))
    book.save(path)
    with pytest.raises(ScenarioError, match="'rest' of an earlier version"):
        read_tables(path)


def test_no_cell_of_berlin_holds_json():
    rows = tables_of(sim.read_scenario("scenarios/berlin-2025").data).rows
    cells = [cell for table in rows.values() for row in table for cell in row.values() if isinstance(cell, str)]
    assert not [cell for cell in cells if cell.startswith(("{", '["')) and cell != "{}"]
    assert len(rows["moves"]) == 60
    assert len(rows["constraints"]) == 10
    assert {row["party"] for row in rows["guarantors"]} == {"us", "germany", "france", "uk", "poland", "italy"}


_ODD = st.text(max_size=12)


@given(
    st.dictionaries(
        _ODD.filter(bool),
        st.recursive(
            _ODD | st.booleans() | st.integers(-(10**9), 10**9) | st.floats(allow_nan=False, allow_infinity=False),
            lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_ODD.filter(bool), inner, max_size=3),
            max_leaves=10,
        ),
        min_size=1,
        max_size=3,
    )
)
def test_whatever_stands_in_the_settings_reads_back_the_same(content):
    data = {"vary": content}
    assert data_of(tables_of(data)).data == data


def test_a_text_that_looks_like_a_formula_stays_a_text(tmp_path):
    data = sim.read_scenario("scenarios/berlin-2025/scenario.yaml").data
    data = {**data, "sources": {**data["sources"], "odd": {"title": "=1+1", "note": "#N/A", "kind": "news"}}}
    write_tables(tables_of(data), tmp_path / "x.xlsx")
    assert data_of(read_tables(tmp_path / "x.xlsx")).data["sources"]["odd"]["title"] == "=1+1"


_leaves = st.one_of(
    st.text(max_size=12), st.booleans(), st.integers(-(10**9), 10**9), st.floats(allow_nan=False, allow_infinity=False)
)
_keys = st.text(min_size=1, max_size=8).filter(lambda key: key != "<<")
_trees = st.recursive(
    _leaves,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_keys, inner, max_size=3),
    max_leaves=12,
)


@given(st.dictionaries(_keys, _trees, min_size=1, max_size=4))
def test_whatever_is_written_as_yaml_reads_back_the_same(data):
    assert parse_document(yaml_text(data)).data == data


def test_a_template_says_what_stands_where_and_reads_back(tmp_path, capsys):
    from sim.cli import main
    from sim.domain.skeleton import skeleton
    from sim.domain.spreadsheet import COLUMNS, GUIDE

    path = tmp_path / "talks.xlsx"
    main(["new", str(path)])
    assert "parley import" in capsys.readouterr().out
    assert data_of(read_tables(path)).data == sim.scenario_from_text(skeleton("talks")).data
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == ["readme", *COLUMNS]
    told = {row[1].value for row in book["readme"].iter_rows() if row[1].value}
    assert told - {"column"} == {column for _, columns in GUIDE.values() for column in columns}
    assert all(set(columns) <= set(COLUMNS[name]) for name, (_, columns) in GUIDE.items())
    main(["import", str(path), "--out", str(tmp_path / "talks.yaml")])
    main(["check", str(tmp_path / "talks.yaml")])
    with pytest.raises(SystemExit):
        main(["new", str(path)])
    assert "stands already" in capsys.readouterr().err


def test_a_template_over_a_scenario_holds_the_whole_of_it(tmp_path):
    from sim.cli import main

    main(["new", str(tmp_path / "b.xlsx"), "--from", "korea-1953"])
    assert data_of(read_tables(tmp_path / "b.xlsx")).data == sim.read_scenario("scenarios/korea-1953").data
