"""``parley import``: a scenario from a spreadsheet or a bargaining domain."""

from __future__ import annotations

from pathlib import Path

import click

from sim.errors import ScenarioError


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--out", "-o", type=click.Path(path_type=Path), help="Write here instead of to stdout.")
def command(files: tuple[Path, ...], out: Path | None) -> None:
    """Make a scenario from FILES and check it.

    FILES is one workbook (.xlsx), one folder of CSV files, or a GENIUS (.xml) or GeniusWeb (.json) domain
    with its profiles (or the folder they are in). An explicit conflict (JSON with 'kind') needs no import:
    'parley stability' reads it.
    """
    from sim.domain.document import Document
    from sim.domain.reader import scenario_from_document
    from sim.domain.writing import yaml_text

    first = files[0]
    if first.suffix == ".xlsx" or (first.is_dir() and (first / "positions.csv").is_file()):
        from sim.domain.spreadsheet import data_of, read_tables

        if len(files) > 1:
            raise ScenarioError("one workbook or folder at a time", file=files[1])
        document = data_of(read_tables(first))
    elif first.is_dir() or first.suffix in (".xml", ".json"):
        from sim.domain.bargaining_domain import read_domain, scenario_data

        document = Document(scenario_data(read_domain(files)), {}, {}, {}, "")
    else:
        raise ScenarioError("is neither a workbook (.xlsx), a folder, nor a domain (.xml, .json)", file=first)
    scenario = scenario_from_document(document)
    text = yaml_text(scenario.data)
    if out is None:
        click.echo(text, nl=False)
        return
    if out.exists():
        raise ScenarioError("exists already; name a new file", file=out)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(text, encoding="utf-8")
    click.echo(str(out))
