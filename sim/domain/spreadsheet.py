"""A scenario as a few tables, for people who keep their codings in a spreadsheet, and back.

Five tables: ``sources``; ``issues``; ``options``; ``positions``, one row for each salience, option value
and reservation value, with range, distribution, status, source and note; and ``rest``, which holds
everything else as a key path and a value in JSON. So nothing is lost on the way there or back, and what an
analyst edits is readable. The tables are the sheets of one ``.xlsx`` workbook or the ``.csv`` files of a
folder.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from sim.domain.document import MAX_DEPTH, Document, Mark, Place, parse_scalar
from sim.errors import ScenarioError, ScenarioErrors, nearest

__all__ = ["COLUMNS", "Tables", "data_of", "read_tables", "tables_of", "write_tables"]

_NUMBER = ("value", "low", "high")
_RECORD = (*_NUMBER, "dist", "status", "source", "quantile", "note")
#: The columns of each table; their order is that of the sheets.
COLUMNS: dict[str, tuple[str, ...]] = {
    "sources": ("id", "title", "date", "kind", "note", "url"),
    "issues": ("issue", "title", "definition", "external", "ordered"),
    "options": ("issue", "option", "title", "definition"),
    "positions": ("party", "part", "issue", "option", *_RECORD),
    "rest": ("path", "value"),
}
#: A cell of a workbook holds 32,767 characters.
_CELL = 30_000
#: Tables with more rows are refused while they are read; the Berlin scenario has some 500 positions.
MAX_ROWS = 50_000
#: Columns further to the right are not looked at.
_WIDTH = 64
#: A workbook is a ZIP file: larger contents are refused before they are unpacked. A CSV file is bounded alike.
MAX_UNPACKED = 12 * 1024 * 1024
_MISSING = object()

Row = dict[str, Any]


@dataclass(frozen=True)
class Tables:
    """The tables of a scenario.

    Attributes
    ----------
    rows : mapping of table to list of rows
        Each row a mapping of column to cell; empty cells are left out.
    name : str
        Where they were read from, for errors.
    """

    rows: dict[str, list[Row]]
    name: str = field(default="")


def tables_of(data: Mapping[str, Any]) -> Tables:
    """Return a scenario's plain data as tables.

    Parameters
    ----------
    data : mapping
        ``scenario.data``.

    Returns
    -------
    Tables

    Examples
    --------
    >>> import sim
    >>> berlin = sim.read_scenario("scenarios/berlin-2025/scenario.yaml")
    >>> tables = tables_of(berlin.data)
    >>> len(tables.rows["options"]), data_of(tables).data == berlin.data
    (37, True)
    """
    left: dict[str, Any] = {key: value for key, value in data.items() if key not in ("sources", "issues", "parties")}
    rest = list(_rest(left, ()))
    rows: dict[str, list[Row]] = {name: [] for name in COLUMNS}
    for key, source in data.get("sources", {}).items():
        row, over = _cells({"id": key}, source, COLUMNS["sources"][1:])
        rows["sources"].append(row)
        rest += _rest(over, ("sources", key)) if over else []
    for key, issue in data.get("issues", {}).items():
        row, over = _cells({"issue": key}, issue, COLUMNS["issues"][1:])
        rows["issues"].append(row)
        for option, definition in issue.get("options", {}).items():
            told = definition if isinstance(definition, Mapping) else {"definition": definition}
            rows["options"].append({"issue": key, "option": option, **told})
        over.pop("options", None)
        rest += _rest(over, ("issues", key)) if over else []
    for key, party in data.get("parties", {}).items():
        rows["positions"] += _positions(key, party)
        over = {k: v for k, v in party.items() if k not in ("salience", "utility", "no_deal")}
        no_deal = {k: v for k, v in party.get("no_deal", {}).items() if k != "reservation"}
        rest += _rest(over, ("parties", key)) if over else []
        rest += _rest(no_deal, ("parties", key, "no_deal")) if no_deal else []
        for part, record in _records(party):
            odd = _cells({}, record, _RECORD)[1] if isinstance(record, Mapping) else {}
            rest += _rest(odd, ("parties", key, *part)) if odd else []
    rows["rest"] = rest
    return Tables(rows)


def _records(party: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], Any]]:
    for issue, number in party.get("salience", {}).items():
        yield ("salience", issue), number
    for issue, options in party.get("utility", {}).items():
        for option, number in options.items():
            yield ("utility", issue, option), number
    if "reservation" in party.get("no_deal", {}):
        yield ("no_deal", "reservation"), party["no_deal"]["reservation"]


def _positions(key: str, party: Mapping[str, Any]) -> Iterator[Row]:
    for part, number in _records(party):
        row: Row = {"party": key, "part": "reservation" if part[0] == "no_deal" else part[0]}
        if part[0] != "no_deal":
            row |= dict(zip(("issue", "option"), part[1:], strict=False))
        yield _cells(row, number if isinstance(number, Mapping) else {"value": number}, _RECORD)[0]


def _cells(row: Row, record: Mapping[str, Any], columns: tuple[str, ...]) -> tuple[Row, dict[str, Any]]:
    """Fill the cells that can hold what the record says; return what they cannot hold beside them."""
    over = {}
    for key, value in record.items():
        if key in columns and _fits(key, value):
            row[key] = json.dumps(value, ensure_ascii=False) if isinstance(value, list) else value
        else:
            over[key] = value
    return row, over


def _fits(column: str, value: Any) -> bool:
    if column in _NUMBER:
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    if column == "ordered":
        return isinstance(value, bool)
    if column == "source" and isinstance(value, list):
        return True
    return isinstance(value, str) and value.strip() == value != "" and len(value) <= _CELL and "\r" not in value


def _rest(node: Any, path: tuple[str | int, ...]) -> Iterator[Row]:
    """Give what has no table a row each, cut where a cell would overflow."""
    if path and not isinstance(node, (dict, list)):
        yield {"path": json.dumps(path, ensure_ascii=False), "value": json.dumps(node, ensure_ascii=False)}
        return
    text = json.dumps(node, ensure_ascii=False)
    if len(path) >= 1 and (len(text) <= _CELL or not node) and (len(path) > 1 or not isinstance(node, dict)):
        yield {"path": json.dumps(path, ensure_ascii=False), "value": text}
        return
    if not node:
        yield {"path": json.dumps(path, ensure_ascii=False), "value": text}
        return
    for key, child in node.items() if isinstance(node, dict) else enumerate(node):
        yield from _rest(child, (*path, key))


# --- back ------------------------------------------------------------------------------------------


def data_of(tables: Tables) -> Document:
    """Return tables as a document: plain data with the sheet and row of every value.

    Parameters
    ----------
    tables : Tables

    Returns
    -------
    Document
        For ``sim.domain.reader.scenario_from_document``.

    Raises
    ------
    ScenarioError
        With sheet and row, where a row cannot be placed; all such rows together.

    Examples
    --------
    >>> import sim
    >>> tables = tables_of(sim.read_scenario("scenarios/tutorial-two-by-two/scenario.yaml").data)
    >>> document = data_of(tables)
    >>> document.data["issues"]["pass"]["options"]
    {'shared': 'Both use the pass', 'held': 'Hill holds it alone'}
    """
    build = _Build(tables.name)
    for name, columns in COLUMNS.items():
        for n, row in enumerate(tables.rows.get(name, []), 2):
            for column in row:
                if column not in columns:
                    build.fault(name, n, f"unknown column {column!r}{nearest(column, columns)}")
            build.row(name, n, row)
    if build.errors:
        raise ScenarioErrors(build.errors)
    return Document(build.data, build.values, dict(build.values), {}, tables.name)


class _Build:
    def __init__(self, name: str) -> None:
        self.name = name
        self.data: dict[str, Any] = {"sources": {}, "issues": {}, "parties": {}}
        self.values: dict[Place, Mark] = {}
        self.errors: list[ScenarioError] = []

    def fault(self, table: str, line: int, message: str) -> None:
        self.errors.append(ScenarioError(message, file=f"{self.name}[{table}]", line=line))

    def put(self, place: Place, value: Any, table: str, line: int) -> None:
        node: Any = self.data
        for depth, (step, following) in enumerate(zip(place, (*place[1:], ""), strict=True), 1):
            self.values.setdefault(place[:depth], Mark(f"{self.name}[{table}]", line, 1))
            last = depth == len(place)
            if isinstance(node, list):
                if not isinstance(step, int) or step > len(node):
                    return self.fault(table, line, f"no place {step!r} in a list of {len(node)}")
                if step == len(node):
                    node.append([] if isinstance(following, int) else {})
            elif not isinstance(node, dict) or not isinstance(step, str):
                return self.fault(table, line, f"{'.'.join(map(str, place))} leads through a plain value")
            elif step not in node:
                node[step] = [] if isinstance(following, int) and not last else {}
            if last:
                held = node[step]
                if held not in ({}, []) and not (isinstance(held, dict) and isinstance(value, dict)):
                    return self.fault(table, line, f"{'.'.join(map(str, place))} is given twice")
                node[step] = {**held, **value} if isinstance(held, dict) and isinstance(value, dict) else value
            node = node[step]
        return None

    def row(self, table: str, line: int, row: Row) -> None:
        if table == "rest":
            return self.rest(line, row)
        heads = {"sources": ("id",), "issues": ("issue",), "options": ("issue", "option"), "positions": ("party",)}
        for column in heads[table]:
            if not row.get(column):
                return self.fault(table, line, f"the cell {column!r} is empty")
        names = [str(row[column]) for column in heads[table]]
        if table == "options":
            if ("issues", names[0], "options", names[1]) in self.values:
                return self.fault(table, line, f"issues.{names[0]}.options.{names[1]} is given twice")
            definition = row.get("definition", "")
            told = {"title": row["title"], "definition": definition} if "title" in row else definition
            return self.put(("issues", names[0], "options", names[1]), told, table, line)
        if table == "positions":
            return self.position(line, row)
        record = {c: row[c] for c in COLUMNS[table][1:] if c in row}
        if isinstance(record.get("ordered"), str):
            record["ordered"] = parse_scalar(record["ordered"].lower())
        place: Place = (table, names[0])
        if place in self.values and table == "sources":
            return self.fault(table, line, f"{names[0]!r} is given twice")
        return self.put(place, record, table, line)

    def position(self, line: int, row: Row) -> None:
        part, issue, option = row.get("part"), row.get("issue"), row.get("option")
        wanted = {"salience": (True, False), "utility": (True, True), "reservation": (False, False)}
        if part not in wanted:
            return self.fault("positions", line, f"part {part!r} is not one of {', '.join(wanted)}")
        if (issue is not None, option is not None) != wanted[part]:
            needs = {"salience": "an issue alone", "utility": "an issue and an option", "reservation": "neither"}
            return self.fault("positions", line, f"a {part} names {needs[part]}; of issue and option")
        record: Row = {}
        for column in _RECORD:
            if column not in row:
                continue
            cell = row[column]
            if column == "source" and isinstance(cell, str) and cell.startswith("["):
                try:
                    cell = json.loads(cell)
                except (ValueError, RecursionError):
                    return self.fault("positions", line, f"source {cell!r} is not a list in JSON")
            record[column] = cell
        place: tuple[Any, ...] = (
            ("no_deal", "reservation") if part == "reservation" else (part, issue, option)[: sum(wanted[part]) + 1]
        )
        plain = set(record) == {"value"}
        return self.put(("parties", str(row["party"]), *place), record["value"] if plain else record, "positions", line)

    def rest(self, line: int, row: Row) -> None:
        try:
            path, value = json.loads(str(row["path"])), json.loads(str(row["value"]))
        except (KeyError, ValueError, RecursionError):
            return self.fault("rest", line, "needs a 'path' (a list of keys) and a 'value', both in JSON")
        if not isinstance(path, list) or not path or not all(isinstance(step, (str, int)) for step in path):
            return self.fault("rest", line, "the path must be a list of keys")
        if len(path) + _depth(value) > MAX_DEPTH:
            return self.fault("rest", line, f"nested more than {MAX_DEPTH} deep")
        return self.put(tuple(path), value, "rest", line)


def _depth(value: Any) -> int:
    """Return how deep plain data is nested, level by level."""
    depth, level = 0, [value]
    while level := [
        child
        for node in level
        if isinstance(node, (list, dict))
        for child in (node.values() if isinstance(node, dict) else node)
    ]:
        depth += 1
    return depth


# --- files -----------------------------------------------------------------------------------------


def write_tables(tables: Tables, path: str | Path) -> list[Path]:
    """Write tables as one workbook (``.xlsx``) or as a folder of ``.csv`` files.

    Parameters
    ----------
    tables : Tables
    path : str or Path

    Returns
    -------
    list of Path
        The files written.

    Examples
    --------
    >>> import sim, tempfile
    >>> tables = tables_of(sim.read_scenario("scenarios/tutorial-two-by-two/scenario.yaml").data)
    >>> [path.name for path in write_tables(tables, tempfile.mkdtemp())]
    ['sources.csv', 'issues.csv', 'options.csv', 'positions.csv', 'rest.csv']
    """
    path = Path(path)
    if path.suffix == ".xlsx":
        import openpyxl

        book = openpyxl.Workbook()
        book.remove(book.active)
        for name, columns in COLUMNS.items():
            sheet = book.create_sheet(name)
            sheet.append(columns)
            sheet.freeze_panes = "A2"
            for n, row in enumerate(tables.rows[name], 2):
                for m, column in enumerate(columns, 1):
                    if column in row:
                        cell = sheet.cell(n, m, row[column])
                        if isinstance(row[column], str):
                            # A text that begins with '=' is a text, not a formula.
                            cell.data_type = "s"
        path.parent.mkdir(parents=True, exist_ok=True)
        book.save(path)
        return [path]
    path.mkdir(parents=True, exist_ok=True)
    written = []
    for name, columns in COLUMNS.items():
        target = path / f"{name}.csv"
        with target.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream, lineterminator="\n")
            writer.writerow(columns)
            writer.writerows([_shown(row.get(column, "")) for column in columns] for row in tables.rows[name])
        written.append(target)
    return written


def _shown(cell: Any) -> str:
    if isinstance(cell, bool):
        return "true" if cell else "false"
    return repr(cell) if isinstance(cell, float) else str(cell)


def read_tables(path: str | Path) -> Tables:
    """Read tables from a workbook or a folder of ``.csv`` files.

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    Tables

    Raises
    ------
    ScenarioError
        If there is no such file, a table is missing, or it is not a workbook.

    Examples
    --------
    >>> import sim, tempfile
    >>> tables = tables_of(sim.read_scenario("scenarios/tutorial-two-by-two/scenario.yaml").data)
    >>> folder = Path(tempfile.mkdtemp())
    >>> _ = write_tables(tables, folder)
    >>> read_tables(folder).rows["options"][0], read_tables(folder).rows == tables.rows
    ({'issue': 'pass', 'option': 'shared', 'definition': 'Both use the pass'}, True)
    """
    path = Path(path)
    if not path.exists():
        raise ScenarioError("no such file or folder", file=path)
    grids = _workbook(path) if path.is_file() else _folder(path)
    rows: dict[str, list[Row]] = {}
    for name, grid in grids.items():
        if name not in COLUMNS:
            continue
        head = [str(cell).strip() if cell is not None else "" for cell in (grid[0] if grid else [])]
        table = []
        for n, line in enumerate(grid[1:], 2):
            row = {c: _typed(c, cell, path, name, n) for c, cell in zip(head, line, strict=False) if c}
            table.append({c: cell for c, cell in row.items() if cell is not _MISSING})
        while table and not table[-1]:
            table.pop()
        rows[name] = table
    for name in ("issues", "options", "positions"):
        if name not in rows:
            raise ScenarioError(f"has no table {name!r}; it needs issues, options and positions", file=path)
    return Tables(rows, str(path))


def _typed(column: str, cell: Any, path: Path, table: str, line: int) -> Any:
    if cell is None or (isinstance(cell, str) and not cell.strip()):
        return _MISSING
    if column in _NUMBER and table == "positions":
        number = parse_scalar(cell.strip()) if isinstance(cell, str) else cell
        if isinstance(number, bool) or not isinstance(number, (int, float)):
            raise ScenarioError(f"{column} {cell!r} must be a number", file=f"{path}[{table}]", line=line)
        return number
    if isinstance(cell, (str, bool)):
        return cell
    # A workbook may have made a number or a date of a word that looks like one.
    return f"{cell:g}" if isinstance(cell, float) and cell.is_integer() else str(cell)


def _rows(lines: Iterator[tuple[Any, ...]], name: str, path: Path) -> list[tuple[Any, ...]]:
    """Take the rows of a table, up to the bound."""
    rows = list(islice(lines, MAX_ROWS + 1))
    if len(rows) > MAX_ROWS:
        raise ScenarioError(f"more than {MAX_ROWS:,} rows; a scenario has some hundreds", file=f"{path}[{name}]")
    return rows


def _workbook(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    import zipfile

    import openpyxl

    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(part.file_size for part in archive.infolist())
        if unpacked > MAX_UNPACKED:
            raise ScenarioError(
                f"holds {unpacked / 2**20:,.0f} MiB once unpacked, more than {MAX_UNPACKED // 2**20} MiB; a scenario's"
                " workbook has less than one",
                file=path,
            )
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
        return {
            sheet.title: _rows(sheet.iter_rows(max_col=_WIDTH, values_only=True), sheet.title, path)
            for sheet in book.worksheets
            if sheet.title in COLUMNS
        }
    except (
        *(
            zipfile.BadZipFile,
            KeyError,
            ValueError,
            OSError,
            SyntaxError,
            AttributeError,
            TypeError,
            NotImplementedError,
        ),
        openpyxl.utils.exceptions.InvalidFileException,
    ):
        raise ScenarioError("is not a workbook (.xlsx) that can be read", file=path) from None


def _folder(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    grids = {}
    for name in COLUMNS:
        target = path / f"{name}.csv"
        if target.is_file():
            if target.stat().st_size > MAX_UNPACKED:
                raise ScenarioError(f"larger than {MAX_UNPACKED // 2**20} MiB", file=target)
            try:
                with target.open(encoding="utf-8-sig", newline="") as stream:
                    grids[name] = _rows((tuple(line[:_WIDTH]) for line in csv.reader(stream)), name, path)
            except (UnicodeDecodeError, csv.Error) as fault:
                raise ScenarioError(f"is not a CSV file in UTF-8: {fault}", file=target) from None
    return grids
