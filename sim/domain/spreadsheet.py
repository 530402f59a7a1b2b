"""A scenario as a few tables, for people who keep their codings in a spreadsheet, and back.

Nine tables, the sheets of one ``.xlsx`` workbook or the ``.csv`` files of a folder: ``sources``; ``issues``;
``options``; ``positions``, one row for each salience, option value and reservation value; ``red_lines``;
``constraints``; ``moves``; ``guarantors``; and ``settings``, one row for each value that has no table of its own,
under its dotted path. Numbers have columns for range, distribution, status, source and note. So nothing is lost on
the way there or back, and what an analyst edits is readable.

How a cell says what a file says:

- several names in one cell are parted by commas: ``germany, france``;
- a condition is ``issue: option`` or ``issue: [option, option]``, several parted by semicolons;
- a text that would read as a number, true, false or nothing stands in quotes in ``settings``: ``"2025"``;
- in a path, entries of a list are counted from 0, and a key that holds a dot or is a number stands in quotes.

A column or row whose head begins with ``#`` or ``comment`` is passed over, and so is a sheet of another name.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from itertools import islice
from pathlib import Path
from typing import Any

from sim.domain.document import MAX_DEPTH, Document, Mark, Place, parse_scalar
from sim.errors import ScenarioError, ScenarioErrors, library, nearest

__all__ = ["COLUMNS", "GUIDE", "Tables", "data_of", "read_tables", "tables_of", "write_tables", "write_template"]

_NUMBER = ("value", "low", "high")
_RECORD = (*_NUMBER, "dist", "status", "source", "quantile", "note")
#: Columns of a red line's ``p_real``, by the key of the record.
_P_REAL = {key: "p_real" if key == "value" else f"p_{key}" for key in _RECORD}
#: The columns of each table; their order is that of the sheets.
COLUMNS: dict[str, tuple[str, ...]] = {
    "sources": ("id", "title", "date", "kind", "note", "url"),
    "issues": ("issue", "title", "definition", "external", "ordered"),
    "options": ("issue", "option", "title", "definition"),
    "positions": ("party", "part", "issue", "option", *_RECORD),
    "red_lines": ("party", "issue", "options", "kind", "status", "source", "note", *_P_REAL.values()),
    "constraints": ("id", "when", "require", "forbid", "both_ways", "scope", "status", "source", "note"),
    "moves": (
        *("issue", "id", "parties", "party", "from", "to", "reversible", "kind"),
        *("when", "status", "source", "note"),
    ),
    "guarantors": ("party", "part", "issue", "option", *_RECORD),
    "settings": ("path", *_RECORD),
}
#: Tables that a workbook may lack.
_OPTIONAL = ("sources", "red_lines", "constraints", "moves", "guarantors", "settings")
#: Columns that must be filled, by table.
_HEADS = {
    "sources": ("id",),
    "issues": ("issue",),
    "options": ("issue", "option"),
    "positions": ("party",),
    "red_lines": ("party", "issue", "options"),
    "constraints": ("id",),
    "moves": ("issue", "from", "to"),
    "guarantors": ("party", "part"),
    "settings": ("path",),
}
#: Columns that hold a number, and that hold yes or no.
_NUMBERS = {*_NUMBER, "p_real", "p_low", "p_high"}
_FLAGS = {"ordered", "both_ways", "reversible"}
#: Columns that hold conditions, and that hold names.
_CONDITIONS = {"when", "require", "forbid"}
_NAMES = {"parties", "options"}
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
    lines : mapping of table to list of int
        The line each row stands in, where rows between them were passed over.
    """

    rows: dict[str, list[Row]]
    name: str = field(default="")
    lines: dict[str, list[int]] = field(default_factory=dict, compare=False)


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
    >>> len(tables.rows["options"]), len(tables.rows["moves"]), data_of(tables).data == berlin.data
    (37, 60, True)
    """
    rows: dict[str, list[Row]] = {name: [] for name in COLUMNS}
    rest: dict[str, Any] = {key: value for key, value in data.items() if key not in ("sources", "issues", "parties")}
    settings: list[Row] = []
    for key, source in data.get("sources", {}).items():
        _add(rows, "sources", {"id": key, **source}, settings, ("sources", key))
    for key, issue in data.get("issues", {}).items():
        own = {k: v for k, v in issue.items() if k not in ("options", "moves")}
        _add(rows, "issues", {"issue": key, **own}, settings, ("issues", key))
        for option, definition in issue.get("options", {}).items():
            told = definition if isinstance(definition, Mapping) else {"definition": definition}
            rows["options"].append({"issue": key, "option": option, **told})
        for n, move in enumerate(issue.get("moves", [])):
            _add(rows, "moves", {"issue": key, **move}, settings, ("issues", key, "moves", n))
        if issue.get("moves") == []:
            settings += _settings([], ("issues", key, "moves"))
    for n, constraint in enumerate(rest.pop("constraints", [])):
        _add(rows, "constraints", constraint, settings, ("constraints", n))
    if data.get("constraints") == []:
        settings += _settings([], ("constraints",))
    for key, party in data.get("parties", {}).items():
        rows["positions"] += _positions(key, party)
        for n, line in enumerate(party.get("red_lines", [])):
            real = line.get("p_real")
            record = real if isinstance(real, Mapping) else {} if real is None else {"value": real}
            told = {k: v for k, v in line.items() if k != "p_real"} | {_P_REAL[k]: v for k, v in record.items()}
            _add(rows, "red_lines", {"party": key, **told}, settings, ("parties", key, "red_lines", n))
        rows["guarantors"] += _guarantor(key, party.get("guarantor", {}))
        own = {k: v for k, v in party.items() if k not in ("salience", "utility", "no_deal", "red_lines", "guarantor")}
        if "no_deal" in party:
            own["no_deal"] = {k: v for k, v in party["no_deal"].items() if k != "reservation"} or None
        empty = {k: party[k] for k in ("red_lines", "guarantor", "salience", "utility") if k in party and not party[k]}
        for part, value in (own | empty).items():
            if value is not None:
                settings += _settings(value, ("parties", key, part))
    for key, value in (rest | {k: data[k] for k in ("sources", "issues", "parties") if data.get(k) == {}}).items():
        settings += _settings(value, (key,))
    rows["settings"] = settings
    return Tables(rows)


def _add(rows: dict[str, list[Row]], table: str, told: Mapping[str, Any], settings: list[Row], place: Place) -> None:
    """Add a row; what its cells cannot hold goes to the settings, under its path."""
    row: Row = {}
    for column, value in told.items():
        cell = _cell(column, value)
        if column in COLUMNS[table] and cell is not None:
            row[column] = cell
        else:
            settings += _settings(value, (*place, column))
    rows[table].append(row)


def _cell(column: str, value: Any) -> Any:
    """Return what stands in a cell for a value, or None where no cell can hold it."""
    if column in _NUMBERS:
        return value if isinstance(value, (int, float)) and not isinstance(value, bool) else None
    if column in _FLAGS:
        return value if isinstance(value, bool) else None
    if column in _CONDITIONS and isinstance(value, Mapping) and value:
        parts = {issue: f"[{', '.join(held)}]" if isinstance(held, list) else held for issue, held in value.items()}
        return "; ".join(f"{issue}: {held}" for issue, held in parts.items())
    if (column in _NAMES or column in ("source", "p_source")) and isinstance(value, list) and value:
        text = ", ".join(value)
        # One source in a list is not the source alone, and a name with a comma would come back as two.
        return (
            f"[{text}]" if len(value) == 1 and column not in _NAMES else text if text.count(",") < len(value) else None
        )
    if column in ("source", "p_source") and isinstance(value, str) and ("," in value or value.startswith("[")):
        return None
    plain = isinstance(value, str) and value.strip() == value != "" and len(value) <= _CELL and "\r" not in value
    return value if plain and column not in (*_NAMES, *_CONDITIONS) else None


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
        yield row | _record(number)


def _guarantor(key: str, guarantor: Mapping[str, Any]) -> Iterator[Row]:
    for part, value in guarantor.items():
        if isinstance(value, Mapping) and "value" not in value:
            for issue, options in value.items():
                for option, number in options.items():
                    yield {"party": key, "part": part, "issue": issue, "option": option} | _record(number)
        else:
            yield {"party": key, "part": part} | _record(value)


def _record(number: Any) -> Row:
    """Return the cells of a number: its value alone, or its record."""
    record = number if isinstance(number, Mapping) else {"value": number}
    return {key: cell for key, value in record.items() if (cell := _cell(key, value)) is not None}


def _settings(node: Any, path: Place) -> Iterator[Row]:
    """Give each value a row under its path."""
    if isinstance(node, Mapping) and "value" in node and set(node) <= set(_RECORD):
        row = _record(node)
        if len(row) == len(node) and not isinstance(node["value"], (str, bool)):
            yield {"path": _path(path), **row}
            return
    if isinstance(node, (Mapping, list)) and node:
        for key, child in node.items() if isinstance(node, Mapping) else enumerate(node):
            yield from _settings(child, (*path, key))
        return
    yield {"path": _path(path), "value": _written(node)}


def _written(value: Any) -> Any:
    """Return the cell that reads back as a value: text in quotes where it would read as something else."""
    if isinstance(value, (Mapping, list)):
        return "{}" if isinstance(value, Mapping) else "[]"
    if value is None:
        return "~"
    if not isinstance(value, str):
        return value
    if len(value) > _CELL:
        raise ScenarioError(f"a text of {len(value):,} characters is more than a cell holds: {value[:40]!r}…")
    odd = value.strip() != value or value[:1] in ('"', "#") or "\r" in value or value in ("{}", "[]")
    return json.dumps(value, ensure_ascii=False) if odd or not isinstance(parse_scalar(value), str) else value


def _read(cell: Any) -> Any:
    """Return what a cell of the settings says; the inverse of `_written`."""
    if not isinstance(cell, str):
        return cell
    if cell in ("{}", "[]"):
        return {} if cell == "{}" else []
    if cell.startswith('"'):
        return json.loads(cell)
    return parse_scalar(cell.strip())


def _path(path: Place) -> str:
    return ".".join(
        json.dumps(step, ensure_ascii=False) if isinstance(step, str) and not _BARE.fullmatch(step) else str(step)
        for step in path
    )


_BARE = re.compile(r"(?![0-9]+\Z)[^.\"\s](?:[^.\"\n\r]*[^.\"\s])?")
_STEP = re.compile(r'("(?:[^"\\]|\\.)*"|[^."]+)(?:\.|\Z)')


def _steps(text: str) -> Place:
    """Return the steps of a path; raises ValueError where it is none."""
    steps: list[str | int] = []
    at = 0
    while at < len(text):
        found = _STEP.match(text, at)
        if found is None:
            raise ValueError(text)
        step = found[1]
        steps.append(json.loads(step) if step.startswith('"') else int(step) if step.isdecimal() else step.strip())
        at = found.end()
    if not steps or text.endswith("."):
        raise ValueError(text)
    return tuple(steps)


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
        lines = tables.lines.get(name) or range(2, len(tables.rows.get(name, [])) + 2)
        for n, row in zip(lines, tables.rows.get(name, []), strict=True):
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
        self.data: dict[str, Any] = {}
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
        for column in _HEADS[table]:
            if row.get(column) in (None, ""):
                return self.fault(table, line, f"the cell {column!r} is empty")
        try:
            record = {
                c: _value(c, row[c]) for c in COLUMNS[table] if c in row and (c != "value" or table != "settings")
            }
        except ValueError as fault:
            return self.fault(table, line, str(fault))
        place: Callable[[int, Row, Row], None] = getattr(self, f"_{table}")
        return place(line, row, record)

    def _sources(self, line: int, row: Row, record: Row) -> None:
        name = str(record.pop("id"))
        if ("sources", name) in self.values:
            return self.fault("sources", line, f"{name!r} is given twice")
        return self.put(("sources", name), record, "sources", line)

    def _issues(self, line: int, row: Row, record: Row) -> None:
        return self.put(("issues", str(record.pop("issue"))), record, "issues", line)

    def _options(self, line: int, row: Row, record: Row) -> None:
        place: Place = ("issues", str(row["issue"]), "options", str(row["option"]))
        if place in self.values:
            return self.fault("options", line, f"{'.'.join(map(str, place))} is given twice")
        definition = record.get("definition", "")
        told = {"title": record["title"], "definition": definition} if "title" in record else definition
        return self.put(place, told, "options", line)

    def _positions(self, line: int, row: Row, record: Row) -> None:
        part, issue, option = row.get("part"), row.get("issue"), row.get("option")
        wanted = {"salience": (True, False), "utility": (True, True), "reservation": (False, False)}
        if part not in wanted:
            return self.fault("positions", line, f"part {part!r} is not one of {', '.join(wanted)}")
        if (issue is not None, option is not None) != wanted[part]:
            needs = {"salience": "an issue alone", "utility": "an issue and an option", "reservation": "neither"}
            return self.fault("positions", line, f"a {part} names {needs[part]}; of issue and option")
        place: tuple[Any, ...] = (
            ("no_deal", "reservation") if part == "reservation" else (part, issue, option)[: sum(wanted[part]) + 1]
        )
        return self.put(("parties", str(row["party"]), *place), _number(record), "positions", line)

    def _red_lines(self, line: int, row: Row, record: Row) -> None:
        real = {key: record.pop(column) for key, column in _P_REAL.items() if column in record}
        if real:
            record["p_real"] = _number(real)
        party = str(record.pop("party"))
        return self._entry(("parties", party, "red_lines"), record, "red_lines", line)

    def _constraints(self, line: int, row: Row, record: Row) -> None:
        return self._entry(("constraints",), record, "constraints", line)

    def _moves(self, line: int, row: Row, record: Row) -> None:
        return self._entry(("issues", str(record.pop("issue")), "moves"), record, "moves", line)

    def _entry(self, place: Place, record: Row, table: str, line: int) -> None:
        """Add a record to the end of a list."""
        node: Any = self.data
        for step in place:
            node = node.get(step, {}) if isinstance(node, dict) else {}
        return self.put((*place, len(node) if isinstance(node, list) else 0), record, table, line)

    def _guarantors(self, line: int, row: Row, record: Row) -> None:
        place: Place = ("parties", str(row["party"]), "guarantor", str(row["part"]))
        if ("issue" in row) != ("option" in row):
            return self.fault("guarantors", line, "an issue and its option stand together, or neither")
        if "issue" in row:
            place = (*place, str(row["issue"]), str(row["option"]))
        return self.put(place, _number(record), "guarantors", line)

    def _settings(self, line: int, row: Row, record: Row) -> None:
        if "value" not in row:
            return self.fault("settings", line, "the cell 'value' is empty; an empty text is \"\"")
        try:
            path = _steps(str(row["path"]))
        except (ValueError, RecursionError):
            return self.fault("settings", line, f"path {row['path']!r} is not keys with dots between them")
        try:
            value = _read(row["value"])
        except ValueError:
            return self.fault("settings", line, f"value {row['value']!r} begins with a quote and does not end with one")
        if len(path) > MAX_DEPTH:
            return self.fault("settings", line, f"nested more than {MAX_DEPTH} deep")
        record.pop("path")
        return self.put(path, {"value": value, **record} if record else value, "settings", line)


def _number(record: Row) -> Any:
    """Return a record of a number, or the value alone where nothing else is said."""
    told = {key: record[key] for key in _RECORD if key in record}
    return told["value"] if set(told) == {"value"} else told


def _value(column: str, cell: Any) -> Any:
    """Return what a cell says, by its column; raises ValueError in words."""
    if column in _FLAGS:
        flag = parse_scalar(cell.strip().lower()) if isinstance(cell, str) else cell
        flag = {"yes": True, "no": False}.get(flag, flag) if isinstance(flag, str) else flag
        if not isinstance(flag, bool):
            raise ValueError(f"{column} {cell!r} must be true or false")
        return flag
    if column in _CONDITIONS:
        return _condition(column, str(cell))
    if column in _NAMES:
        return _names(str(cell).strip().removeprefix("[").removesuffix("]"))
    if column in ("source", "p_source") and isinstance(cell, str):
        text = cell.strip()
        if text.startswith("[") != text.endswith("]"):
            raise ValueError(f"{column} {cell!r} is not a list: a bracket is missing")
        return _names(text[1:-1]) if text.startswith("[") else _names(text) if "," in text else text
    return cell


def _names(text: str) -> list[str]:
    # A list in JSON, as older workbooks have it, reads the same.
    return [name.strip().strip('"') for name in text.split(",") if name.strip()]


def _condition(column: str, text: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for part in text.split(";"):
        if not part.strip():
            continue
        issue, colon, held = (piece.strip() for piece in part.partition(":"))
        if not colon or not issue or not held:
            raise ValueError(f"{column} {text!r} must read 'issue: option' or 'issue: [option, option]'")
        if issue in found:
            raise ValueError(f"{column} names the issue {issue!r} twice; put its options in one list")
        listed = held.startswith("[") or "," in held
        found[issue] = _names(held.removeprefix("[").removesuffix("]")) if listed else held
    return found


# --- files -----------------------------------------------------------------------------------------


#: What each table is for, and what stands in columns whose name does not say it.
GUIDE: dict[str, tuple[str, dict[str, str]]] = {
    "sources": ("Where numbers come from", {"kind": "news, survey, paper, book, official, dataset, report, judgement"}),
    "issues": ("One question a row", {"ordered": "false where the options do not lie on a line"}),
    "options": ("The answers to each issue", {"title": "a few words", "definition": "what it means"}),
    "positions": (
        "What each party wants: a row for each salience, option value and reservation value",
        {
            "part": "salience (of an issue), utility (of an option, 0 to 1), reservation (worth of no deal)",
            "value": "the central value",
            "low": "end of the range that worlds are drawn from",
            "high": "the other end",
            "dist": "triangular (if empty), uniform, pert",
            "status": "stated, evidence, judgement",
            "source": "id of a source, or id#place; several with commas",
            "quantile": "name of a quantile shared with other numbers",
        },
    ),
    "red_lines": (
        "What a party will not, or says it will not, accept",
        {
            "options": "of one issue, with commas",
            "kind": "hard or declared",
            "p_real": "chance that a declared one is meant",
        },
    ),
    "constraints": (
        "Combinations that cannot stand together: when and require, when and forbid, or forbid alone",
        {"when": "issue: option; issue: [option, option]", "scope": "signing or always"},
    ),
    "moves": (
        "What can be changed after signing, and by whom",
        {"parties": "one alone, or several by consent, with commas", "kind": "lawful or breach"},
    ),
    "guarantors": (
        "What a guarantor weighs: a row a number; issue and option where it depends on the terms",
        {"part": "stake, stake_by, cost, capability, penalty, staying_power_drift, reversal_hazard, transition_month"},
    ),
    "settings": (
        "All else, a value a row: name, talks, time after signing, notes",
        {
            "path": "keys with dots, as in --set; list entries from 0",
            "value": 'a text that looks like a number in quotes: "2025"',
        },
    ),
}
#: What may stand in a column, for the lists that a template offers.
_CHOICES = {
    "status": ("stated", "evidence", "judgement"),
    "p_status": ("stated", "evidence", "judgement"),
    "dist": ("triangular", "uniform", "pert"),
}


def write_template(tables: Tables, path: str | Path) -> None:
    """Write tables as a workbook to be filled in: with a sheet that says what each is for, and lists to choose from.

    Parameters
    ----------
    tables : Tables
        Such as those of the skeleton of a scenario.
    path : str or Path
        Ending in ``.xlsx``.

    Examples
    --------
    >>> import sim, tempfile
    >>> from sim.domain.skeleton import skeleton
    >>> tables = tables_of(sim.scenario_from_text(skeleton("mine")).data)
    >>> path = Path(tempfile.mkdtemp()) / "mine.xlsx"
    >>> write_template(tables, path)
    >>> data_of(read_tables(path)).data == data_of(tables).data
    True
    """
    openpyxl = library("openpyxl", "sheets", "A workbook")
    from openpyxl.styles import Font
    from openpyxl.worksheet.datavalidation import DataValidation

    write_tables(tables, path)
    book = openpyxl.load_workbook(path)
    guide = book.create_sheet("readme", 0)
    lines = [
        ("sheet", "column", "what stands there"),
        (
            "",
            "",
            "parley import NAME.xlsx --out mine.yaml reads this workbook; parley check mine.yaml tells what is amiss",
        ),
        ("", "", "a column or row whose head begins with # or comment is passed over, and so is this sheet"),
        ("", "", "formulas are read by the values that are saved with them"),
    ]
    for name, (purpose, meanings) in GUIDE.items():
        lines += [(name, "", purpose), *(("", column, told) for column, told in meanings.items())]
    for line in lines:
        guide.append(line)
    for sheet in book.worksheets:
        for cell in sheet[1]:
            cell.font = Font(bold=True)
    for name, columns in COLUMNS.items():
        sheet = book[name]
        sheet.cell(1, len(columns) + 1, "# comment").font = Font(bold=True)
        for n, column in enumerate(columns, 1):
            letter = openpyxl.utils.get_column_letter(n)
            longest = max((len(str(row.get(column, ""))) for row in tables.rows[name]), default=0)
            sheet.column_dimensions[letter].width = min(60, max(len(column), longest) + 2)
            if column in _CHOICES:
                choice = DataValidation(type="list", formula1=f'"{",".join(_CHOICES[column])}"', allow_blank=True)
                sheet.add_data_validation(choice)
                choice.add(f"{letter}2:{letter}{max(200, len(tables.rows[name]) + 100)}")
    for letter, width in (("A", 14), ("B", 12), ("C", 110)):
        guide.column_dimensions[letter].width = width
    book.save(path)


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
    >>> [path.stem for path in write_tables(tables, tempfile.mkdtemp())] == list(COLUMNS)
    True
    """
    path = Path(path)
    if path.suffix == ".xlsx":
        openpyxl = library("openpyxl", "sheets", "A workbook")
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
    if isinstance(cell, str):
        return f"'{cell}" if _QUOTED.match(cell) else cell
    return repr(cell) if isinstance(cell, float) else str(cell)


#: A text that a spreadsheet would compute when it opens the file, or that begins as one does which was kept from it.
_QUOTED = re.compile(r"'*\s*[=+\-@\t\r]")


def _unquoted(cell: str) -> str:
    """Return a cell of a CSV file without the sign that kept a spreadsheet from computing it."""
    return cell[1:] if cell[:1] == "'" and _QUOTED.match(cell[1:]) else cell


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
    >>> read_tables(folder).rows["options"][0], data_of(read_tables(folder)).data == data_of(tables).data
    ({'issue': 'pass', 'option': 'shared', 'definition': 'Both use the pass'}, True)
    """
    path = Path(path)
    if not path.exists():
        raise ScenarioError("no such file or folder", file=path)
    grids = _workbook(path) if path.is_file() else _folder(path)
    if "rest" in grids:
        raise ScenarioError(
            "has the table 'rest' of an earlier version; its rows now stand in 'settings', by dotted path",
            file=path,
        )
    rows: dict[str, list[Row]] = {}
    lines: dict[str, list[int]] = {}
    for name, grid in grids.items():
        head = [str(cell).strip() if cell is not None else "" for cell in (grid[0] if grid else [])]
        heard = {n: column for n, column in enumerate(head) if column and not _is_comment(column)}
        rows[name], lines[name] = [], []
        for n, line in enumerate(grid[1:], 2):
            if _is_comment(next((cell for cell in line if cell not in (None, "")), "")):
                continue
            row = {column: _typed(column, line[m], path, name, n) for m, column in heard.items() if m < len(line)}
            told = {column: cell for column, cell in row.items() if cell is not _MISSING}
            if told:
                rows[name].append(told)
                lines[name].append(n)
    for name in COLUMNS:
        if name not in rows and name not in _OPTIONAL:
            raise ScenarioError(f"has no table {name!r}; it needs issues, options and positions", file=path)
    return Tables(rows, str(path), lines)


def _is_comment(cell: Any) -> bool:
    return isinstance(cell, str) and cell.strip().lower().startswith(("#", "comment"))


def _typed(column: str, cell: Any, path: Path, table: str, line: int) -> Any:
    if cell is None or (isinstance(cell, str) and not cell.strip()):
        return _MISSING
    if column in _NUMBERS and (table != "settings" or column != "value"):
        number = parse_scalar(cell.strip()) if isinstance(cell, str) else cell
        if isinstance(number, bool) or not isinstance(number, (int, float)):
            raise ScenarioError(f"{column} {cell!r} must be a number", file=f"{path}[{table}]", line=line)
        return number
    if isinstance(cell, (str, bool)) or (table == "settings" and column == "value" and isinstance(cell, (int, float))):
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

    openpyxl = library("openpyxl", "sheets", "A workbook")

    try:
        with path.open("rb") as stream:
            whole = stream.read(MAX_UNPACKED + 1)
        if whole.startswith(_COMPOUND):
            raise ScenarioError(
                "is encrypted, or a workbook of the old kind (.xls); save it as .xlsx without a password", file=path
            )
        if len(whole) > MAX_UNPACKED:
            raise ScenarioError(f"larger than {MAX_UNPACKED // 2**20} MiB", file=path)
        with zipfile.ZipFile(BytesIO(whole)) as archive:
            unpacked = sum(part.file_size for part in archive.infolist())
            if unpacked > MAX_UNPACKED:
                raise ScenarioError(
                    f"holds {unpacked / 2**20:,.0f} MiB once unpacked, more than {MAX_UNPACKED // 2**20} MiB; a"
                    " scenario's workbook has less than one",
                    file=path,
                )
            computed = any(
                b"<f>" in text or b"<f " in text or b"<f/" in text
                for part in archive.namelist()
                if part.startswith("xl/worksheets/")
                for text in [archive.read(part)]
            )
        book = openpyxl.load_workbook(BytesIO(whole), read_only=True, data_only=True)
        grids = {
            name: _rows(sheet.iter_rows(max_col=_WIDTH, values_only=True), name, path)
            for sheet in book.worksheets
            if (name := _sheet(sheet.title)) in (*COLUMNS, "rest")
        }
        if computed:
            _refuse_uncomputed(path, whole, grids)
        return grids
    except ScenarioError:
        raise
    except Exception as fault:  # whatever a damaged file makes of the library that reads it
        raise ScenarioError(
            f"is not a workbook (.xlsx) that can be read: it is damaged or of another kind ({type(fault).__name__})",
            file=path,
        ) from None


#: How a compound file begins: a workbook with a password, or one of before 2007.
_COMPOUND = bytes.fromhex("d0cf11e0a1b11ae1")


def _sheet(title: str) -> str:
    return title.strip().lower().replace(" ", "_")


def _refuse_uncomputed(path: Path, whole: bytes, grids: Mapping[str, list[tuple[Any, ...]]]) -> None:
    """Name the first formula whose value no program has worked out and kept in the file."""
    openpyxl = library("openpyxl", "sheets", "A workbook")

    book = openpyxl.load_workbook(BytesIO(whole), read_only=True)
    for sheet in book.worksheets:
        values = grids.get(_sheet(sheet.title))
        if values is None:
            continue
        for line, cells in zip(values, sheet.iter_rows(max_col=_WIDTH), strict=False):
            for value, cell in zip(line, cells, strict=False):
                if value is None and cell.data_type == "f":
                    raise ScenarioError(
                        f"cell {cell.coordinate} of sheet {sheet.title!r} is a formula whose value is not kept in the"
                        " file; open and save it in a spreadsheet program, or write the value",
                        file=path,
                    )


def _folder(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    grids = {}
    for name in (*COLUMNS, "rest"):
        target = path / f"{name}.csv"
        if target.is_file():
            if target.stat().st_size > MAX_UNPACKED:
                raise ScenarioError(f"larger than {MAX_UNPACKED // 2**20} MiB", file=target)
            try:
                with target.open(encoding="utf-8-sig", newline="") as stream:
                    grids[name] = _rows(
                        (tuple(map(_unquoted, line[:_WIDTH])) for line in csv.reader(stream)), name, path
                    )
            except (UnicodeDecodeError, csv.Error) as fault:
                raise ScenarioError(f"is not a CSV file in UTF-8: {fault}", file=target) from None
    return grids
