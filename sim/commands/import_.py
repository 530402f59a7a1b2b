"""``parley import``: a scenario from a spreadsheet, a bargaining domain or an explicit conflict."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sim.commands.options import say
from sim.errors import ScenarioError

if TYPE_CHECKING:
    from sim.domain.document import Document

#: Keys of which a conflict file has one, and a bargaining domain none.
_MARKS = frozenset({"kind", "decision_makers", "payoff", "payoff_table"})


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--out", "-o", type=click.Path(path_type=Path), help="Write here instead of to stdout.")
@click.option("--as-of", metavar="DATE", help="Date of the scenario where FILES give none. [default: today]")
def command(files: tuple[Path, ...], out: Path | None, as_of: str | None) -> None:
    """Make a scenario from FILES and check it.

    FILES is one workbook (.xlsx); one folder of CSV files; a GENIUS (.xml) or GeniusWeb (.json) domain with
    its profiles, or the folder they are in; or one explicit conflict (.json with 'kind'), whose states become
    the options of one issue. stderr says what a scenario cannot hold.
    """
    from sim.domain.document import parse_document
    from sim.domain.reader import scenario_from_document
    from sim.domain.writing import yaml_text
    from sim.results.durable import write_whole

    if out is not None and out.exists():
        raise ScenarioError("exists already; name a new file", file=out)
    text = yaml_text(scenario_from_document(_document(files, as_of)).data)
    try:
        parse_document(text)
    except ScenarioError as fault:
        raise ScenarioError(f"a scenario file cannot hold this much: {fault.message}", file=files[0]) from None
    if out is None:
        say(text, nl=False)
        return
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        write_whole(out, text.encode())
    except OSError as fault:
        raise ScenarioError(f"cannot be written: {fault.strerror}", file=out) from None
    say(str(out))


def _document(files: tuple[Path, ...], as_of: str | None) -> Document:
    """Return what the files say as the data of a scenario."""
    from sim.domain.document import Document

    first = files[0]
    for file in files:
        if not file.exists():
            raise ScenarioError("no such file or folder", file=file)
    if first.suffix == ".xlsx" or (first.is_dir() and (first / "positions.csv").is_file()):
        from sim.domain.spreadsheet import data_of, read_tables

        if len(files) > 1:
            raise ScenarioError("one workbook or folder at a time", file=files[1])
        return data_of(read_tables(first))
    date = as_of or datetime.date.today().isoformat()
    contents = _contents(files)
    content = contents.get(first)
    if isinstance(content, dict) and not _MARKS.isdisjoint(content):
        data = _scenario_of(content, first, date)
    elif first.suffix in (".yaml", ".yml") or (first.is_dir() and (first / "scenario.yaml").is_file()):
        raise ScenarioError("is a scenario already; 'parley check' reads it", file=first)
    elif first.is_dir() or first.suffix in (".xml", ".json"):
        from sim.domain.bargaining_domain import scenario_data
        from sim.domain.bargaining_files import read_domain

        if first.is_dir() and not any(path.suffix in (".xml", ".json") for path in first.iterdir()):
            raise ScenarioError(
                "holds neither the tables of a spreadsheet (positions.csv and others) nor a domain (.xml, .json)",
                file=first,
            )
        domain = read_domain(files, contents)
        if domain.left:
            say(f"parley: not carried over: {'; '.join(domain.left)}", err=True)
        data = scenario_data(domain, date)
    else:
        raise ScenarioError(
            "is neither a workbook (.xlsx), a folder, a domain (.xml, .json) nor a conflict (.json)", file=first
        )
    if as_of is None and data["as_of"] == date:
        say(f"parley: no date is given; as_of is {date}, and --as-of sets another", err=True)
    return Document(data, {}, {}, {}, "")


def _contents(files: tuple[Path, ...]) -> dict[Path, object]:
    """Return what a lone JSON file holds, which says whether it is a conflict."""
    if len(files) > 1 or files[0].suffix != ".json" or not files[0].is_file():
        return {}
    from sim.stability.graph import graph_content

    return {files[0]: graph_content(files[0])}


def _scenario_of(content: dict[str, Any], file: Path, as_of: str) -> dict[str, Any]:
    from sim.stability.conflict_import import left_out, scenario_of_conflict
    from sim.stability.graph import conflict_of

    data = scenario_of_conflict(conflict_of(content, str(file)), content, as_of, str(file))
    left = left_out(content)
    if left:
        say(f"parley: {file}: not carried over: {', '.join(left)}", err=True)
    return data
