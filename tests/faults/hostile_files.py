"""Files made to fill the memory, read one by one with little of it left.

Run as ``python -m tests.faults.hostile_files FAMILY FOLDER MIB``: each file is read in a process of its own whose
address space may grow by MIB, and a line of JSON tells how it ended and what it took at most.
"""

# The tables of hostile files read best with one a line.
# ruff: noqa: E501

from __future__ import annotations

import csv
import io
import json
import os
import resource
import sys
import time
import zipfile
from collections.abc import Callable, Iterable
from itertools import combinations, product
from pathlib import Path
from typing import Any

from tests.faults.test_broken_scenarios import WHOLE, many_options

#: How to read it, and what the error must say; None where it is large and may be read.
Case = tuple[Callable[[], Any], str | None]


def _written(file: Path, content: str | bytes) -> Path:
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return file


# --- scenario files --------------------------------------------------------------------------------


def scenarios(folder: Path) -> dict[str, Case]:
    from sim.domain.reader import read_scenario

    def case(name: str, text: str, said: str | None) -> Case:
        file = _written(folder / f"{name}.yaml", text)
        return lambda: read_scenario(file), said

    def chain(name: str, length: int, filler: Callable[[int], str], said: str) -> Case:
        for k in range(length):
            extends = f"extends: {name}{k + 1}.yaml\n" if k < length - 1 else ""
            _written(folder / f"{name}{k}.yaml", extends + filler(k))
        return lambda: read_scenario(folder / f"{name}0.yaml"), said

    def groups(count: int) -> str:
        return WHOLE + "groups:\n" + "".join(f"  g{k}: {{count: 1000, like: upper}}\n" for k in range(count))

    lines = "{issue: border, options: [north], kind: declared, p_real: 0.5}, "
    talkative = WHOLE.replace("red_lines: [", "red_lines: [" + lines * 3_000)
    room = 4 * 2**20 - 100
    aliases = "".join(f"{c}: &{c} [{', '.join([f'*{p}'] * 9)}]\n" for p, c in zip("abcdefgh", "bcdefghi", strict=True))
    _written(folder / "rival.yaml", talkative)
    codings = WHOLE + "codings:\n" + "".join(f"  c{k}: {{file: rival.yaml}}\n" for k in range(100))
    return {
        "nested flow sequences": case("nested", "a: " + "[" * 2_000_000 + "]" * 2_000_000, "nested more than 40 deep"),
        "flow sequences side by side": case("side", "a: [" + "[]," * 1_300_000 + "]", "more than 150,000 values"),
        "flow mappings": case("maps", "a: [" + "{a: 1}," * 550_000 + "]", "more than 150,000 values"),
        "as many keys as are read": case("keys", "".join(f"k{n}: 1\n" for n in range(149_000)), "unknown key"),
        "long keys": case("long", "".join(f"{'k' * 194}{n:06d}: 1\n" for n in range(20_000)), "unknown key"),
        "one key of four megabytes": case("key", "k" * room + ": 1", "must be a mapping"),
        "one scalar of four megabytes": case("scalar", "a: " + "x" * room, "unknown key"),
        "a folded scalar of a million lines": case("folded", "a: >\n" + "  x\n" * 1_000_000, "unknown key"),
        "a quoted scalar of escapes": case("quoted", 'a: "' + "\\U0001F600" * 400_000 + '"', "unknown key"),
        "a million wide characters": case("wide", "a: " + "\U0001f600" * 1_000_000, "unknown key"),
        "many documents": case("documents", "---\na: 1\n" * 450_000, "a second document begins here"),
        "tags": case("tags", "a: [" + "!!x 1," * 600_000 + "]", "is not allowed"),
        "anchors": case("anchors", "a: [" + "&a 1," * 600_000 + "]", "is not allowed"),
        "an alias bomb": case("aliases", "a: &a [x, x]\n" + aliases, "is not allowed"),
        "a JSON file": case("json", json.dumps({"a": [[1, {"b": 2}]] * 200_000}), "more than 150,000 values"),
        "a long chain of extends": chain("thin", 30, lambda k: "", "more than 8 files extend one another"),
        "a chain of full files": chain(
            "fat", 8, lambda k: "".join(f"k{k}_{n}: 1\n" for n in range(140_000)), "values in files that extend one another"
        ),
        "a product of options": case("product", many_options(12), "1,000,000,000,000 combinations"),
        "a product of options at the bound": case("six", many_options(6), None),
        "groups of a party that says much": case("group", talkative + "groups: {g: {count: 1000, like: upper}}", "values, more"),
        "many groups": case("groups", groups(400), "values, more than 1,000,000"),
        "codings that say much": case("codings", codings, "the codings together hold more"),
    }  # fmt: skip


# --- spreadsheets and domains ----------------------------------------------------------------------

_HEAD = (
    '<?xml version="1.0"?>{}<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
)
_TAIL = "</sheetData></worksheet>"
_LAUGHS = "".join(f'<!ENTITY l{k} "{f"&l{k - 1};" * 10 if k else "lol"}">' for k in range(10))


def _workbook(file: Path, sheet: Iterable[str], strings: str = "") -> Path:
    """Write a workbook whose sheet of issues is the one given, compressed as far as it goes."""
    import openpyxl

    book = openpyxl.Workbook()
    book.active.title = "issues"
    book.active["A1"] = "issue"
    for name in ("options", "positions"):
        book.create_sheet(name)
    plain = io.BytesIO()
    book.save(plain)
    with zipfile.ZipFile(plain) as source, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as target:
        for part in source.namelist():
            if part == "xl/worksheets/sheet1.xml":
                with target.open(part, "w", force_zip64=True) as stream:
                    for piece in sheet:
                        stream.write(piece.encode())
            elif part == "[Content_Types].xml" and strings:
                kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
                listed = f'<Override PartName="/xl/sharedStrings.xml" ContentType="{kind}"/></Types>'
                target.writestr(part, source.read(part).decode().replace("</Types>", listed))
                target.writestr("xl/sharedStrings.xml", strings)
            else:
                target.writestr(part, source.read(part))
    return file


def _sheet(rows: Iterable[str], prolog: str = "") -> Iterable[str]:
    yield _HEAD.format(prolog)
    yield from rows
    yield _TAIL


def exchange(folder: Path) -> dict[str, Case]:
    from sim.domain.bargaining_files import read_domain
    from sim.domain.reader import scenario_from_document
    from sim.domain.spreadsheet import data_of, read_tables

    def tables(path: Path, said: str) -> Case:
        return lambda: scenario_from_document(data_of(read_tables(path))), said

    def domain(name: str, content: str | bytes, said: str) -> Case:
        file = _written(folder / name, content)
        return lambda: read_domain([file]), said

    def csv_folder(name: str, path: str, value: str, issues: str = "") -> Path:
        target = folder / name
        target.mkdir()
        _written(target / "issues.csv", "issue,title\n" + issues)
        _written(target / "options.csv", "issue,option,definition\n")
        _written(target / "positions.csv", "party,part,issue,option,value\n")
        with (target / "settings.csv").open("w", newline="") as stream:
            csv.writer(stream).writerows([["path", "value"], [path, value]])
        return target

    cell = '<c t="inlineStr"><is><t>issue</t></is></c>'
    block = f"<row>{cell * 3}</row>" * 1_000
    far = (f'<row r="{r}"><c r="XFD{r}" t="inlineStr"><is><t>x</t></is></c></row>' for r in range(500, 1_000_001, 500))
    strings = '<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">' + "<si><t>a</t></si>" * 300_000
    laughing = f"<!DOCTYPE a [{_LAUGHS}]><a>&l9;</a>"
    many = folder / "many"
    many.mkdir()
    for k in range(300):
        _written(many / f"{k}.xml", "<a/>")
    return {
        "a zip bomb": tables(_workbook(folder / "bomb.xlsx", _sheet(block for _ in range(1_500))), "once unpacked"),
        "a sheet of many rows": tables(_workbook(folder / "rows.xlsx", _sheet(block for _ in range(60))), "50,000 rows"),
        "cells far to the right and below": tables(_workbook(folder / "far.xlsx", _sheet(far)), "50,000 rows"),
        "shared strings": tables(_workbook(folder / "sst.xlsx", _sheet([f"<row>{cell}</row>"]), strings + "</sst>"), "key is required"),
        "entities in a sheet": tables(
            _workbook(folder / "lol.xlsx", _sheet(["<row><c t='inlineStr'><is><t>&l9;</t></is></c></row>"], f"<!DOCTYPE worksheet [{_LAUGHS}]>")),
            "not a workbook",
        ),
        "a large CSV": tables(csv_folder("large", 'a', "1", "x,y\n" * 4_000_000), "larger than 12 MiB"),
        "a CSV of many rows": tables(csv_folder("tall", 'a', "1", "x,y\n" * 60_000), "more than 50,000 rows"),
        "a CSV of many columns": tables(csv_folder("broad", 'a', "1", "x," * 5_000_000 + "\n"), "key is required"),
        "a cell of nested lists": tables(csv_folder("cell", 'a', "[" * 60_000 + "]" * 60_000), "key is required"),
        "a deep value": tables(csv_folder("deep", 'a', "[" * 500 + "]" * 500), "key is required"),
        "a long path": tables(csv_folder("path", ".".join(["a"] * 15_000), "1"), "nested more than 40 deep"),
        "billion laughs": domain("laughs.xml", laughing, "entities are not read"),
        "billion laughs in UTF-16": domain("laughs16.xml", laughing.encode("utf-16"), "cannot be read"),
        "a million elements": domain("elements.xml", "<a>" + "<b/>" * 1_000_000 + "</a>", "has no <objective>"),
        "nested elements": domain("nested.xml", "<a>" * 590_000 + "</a>" * 590_000, "has no <objective>"),
        "a long attribute": domain("attribute.xml", f"<a b='{'x' * 4_000_000}'/>", "has no <objective>"),
        "a domain of five megabytes": domain("large.xml", "<a>" + " " * 5 * 2**20 + "</a>", "larger than 4 MiB"),
        "nested JSON": domain("nested.json", "[" * 4_000_000, "nested too deep"),
        "a million lists": domain("lists.json", "[" + "[]," * 1_300_000 + "[]]", "no GeniusWeb domain"),
        "a folder of many files": (lambda: read_domain([many]), "300 files, more than 200"),
    }  # fmt: skip


# --- explicit conflicts ----------------------------------------------------------------------------


def conflicts(folder: Path) -> dict[str, Case]:
    from sim.stability.graph import read_graph

    def case(name: str, text: str, said: str) -> Case:
        file = _written(folder / f"{name}.json", text)
        return lambda: read_graph(file), said

    def game(players: int, strategies: int) -> str:
        profiles = product("abcdefgh"[:strategies], repeat=players)
        table = {"".join(f"{k}{s}" for k, s in enumerate(chosen, 1)): [0] * players for chosen in profiles}
        return json.dumps({"kind": "abstract-game", "payoff_table": table})

    makers, states = list(range(15)), list(range(20_000))
    sets = [list(members) for size in range(1, 6) for members in combinations(makers, size)]
    movers = {
        "kind": "abstract-game",
        "decision_makers": makers,
        "states": states,
        "payoff": {str(maker): [0] * len(states) for maker in makers},
        "effectiveness": [{"frm": 0, "to": 1, "coalition": members} for members in sets],
    }
    return {
        "lists": case("lists", "[" + "[]," * 21_000_000 + "[]]", "more than 4,000,000 entries"),
        "nested lists": case("nested", "[" * 60_000_000, "more than 4,000,000 entries"),
        "nested lists within the bound": case("deep", "[" * 3_900_000, "nested too deeply"),
        "decimals within the bound": case("decimals", "[" + "1.1," * 3_900_000 + "1]", "needs an object"),
        "objects within the bound": case("objects", "[" + '{"a":0},' * 1_900_000 + "1]", "needs an object"),
        "a long text": case("text", '{"kind": "' + "x" * 60_000_000 + '"}', "unknown kind"),
        "more than 64 MiB": case("large", " " * (65 * 2**20), "larger than 64 MiB"),
        "nested deviations of many players": case("game", game(8, 2), "deviations, more than"),
        "many movers of many states": case("movers", json.dumps(movers), "laid out"),
    }


FAMILIES = {"scenarios": scenarios, "exchange": exchange, "conflicts": conflicts}


def _status(key: str) -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(key):
            return int(line.split()[1]) * 1024
    raise KeyError(key)


def _read(case: Callable[[], Any], room: int) -> dict[str, Any]:
    """Read in a child whose address space may grow by so many bytes."""
    from sim.errors import SimError

    # What the parent's own peak was must not count: a child begins with its parent's pages.
    start, before = time.monotonic(), _status("VmRSS")
    limit = _status("VmSize") + room
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    try:
        case()
    except SimError as fault:
        told = str(fault)[:2_000]
    except BaseException as fault:
        told = f"not a SimError: {type(fault).__name__} {fault}"[:300]
    else:
        told = "read"
    return {"told": told, "bytes": _status("VmHWM") - before, "seconds": time.monotonic() - start}


def main(family: str, folder: str, mib: str) -> None:
    cases = FAMILIES[family](Path(folder))
    for name, (case, said) in cases.items():
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reader)
            try:
                os.write(writer, json.dumps(_read(case, int(mib) * 2**20)).encode())
            finally:
                os._exit(0)
        os.close(writer)
        with os.fdopen(reader, "rb") as stream:
            text = stream.read()
        os.waitpid(child, 0)
        told = json.loads(text) if text else {"told": "died", "bytes": 0, "seconds": 0}
        print(json.dumps({"name": name, "said": said, **told}), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
