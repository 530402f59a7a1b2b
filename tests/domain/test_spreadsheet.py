"""A spreadsheet holds a whole scenario, and says where it is wrong."""

import csv

import pytest
from hypothesis import given
from hypothesis import strategies as st

import sim
from sim.domain.document import parse_document
from sim.domain.reader import scenario_from_document
from sim.domain.spreadsheet import data_of, read_tables, tables_of, write_tables
from sim.domain.writing import yaml_text
from sim.errors import ScenarioError

SCENARIOS = ["berlin-2025", "berlin-2025-coding-b", "berlin-2025-coding-c", "berlin-2025-principals"]


@pytest.mark.parametrize("name", SCENARIOS)
@pytest.mark.parametrize("form", ["book.xlsx", "folder"])
def test_a_round_trip_loses_nothing(name, form, tmp_path):
    scenario = sim.read_scenario(f"scenarios/{name}/scenario.yaml")
    write_tables(tables_of(scenario.data), tmp_path / form)
    back = scenario_from_document(data_of(read_tables(tmp_path / form)))
    assert back.data == scenario.data
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
        ("positions", 12, "source", "[nowhere", "is not a list in JSON"),
        ("positions", 12, "party", "", "the cell 'party' is empty"),
        ("positions", 12, "low", "0.99999", "does not bracket"),
        ("options", 3, "option", "nato_membership", "is given twice"),
        ("rest", 4, "value", "{", "both in JSON"),
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
