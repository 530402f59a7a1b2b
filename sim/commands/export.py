"""``parley export``: a scenario for spreadsheets, bargaining platforms and conflict tools."""

from __future__ import annotations

import json
from pathlib import Path

import click

from sim.commands.options import read, scenario_argument, set_option
from sim.errors import ModelError

FORMS = ("spreadsheet", "genius", "geniusweb", "conflict")


@click.command()
@scenario_argument
@click.argument("target", type=click.Path(path_type=Path))
@click.option(
    "--form",
    type=click.Choice(FORMS),
    default="spreadsheet",
    show_default=True,
    help="spreadsheet: TARGET.xlsx or a folder of CSV; genius, geniusweb: a folder; conflict: TARGET.json.",
)
@set_option
def command(scenario: Path, target: Path, form: str, settings: tuple[str, ...]) -> None:
    """Write SCENARIO to TARGET in another form; stderr says what that form cannot hold."""
    given = read(scenario, settings)
    if form == "spreadsheet":
        from sim.domain.spreadsheet import tables_of, write_tables

        if target.suffix not in ("", ".xlsx"):
            raise ModelError(f"{target}: a spreadsheet is a file ending in .xlsx or a folder for CSV files")
        written = write_tables(tables_of(given.data), target)
    elif form == "conflict":
        from sim.agreements.conflict_export import conflict_content, left_out_of_conflict
        from sim.agreements.payoffs import Payoffs

        content = conflict_content(Payoffs.of(given))
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(json.dumps(content, ensure_ascii=False) + "\n", encoding="utf-8")
        written = [target]
        left = left_out_of_conflict(given)
        if left:
            click.echo(f"parley: an explicit conflict cannot hold {', '.join(left)}", err=True)
    else:
        from sim.domain.bargaining_domain import domain_of, left_behind, write_domain

        domain = domain_of(given)
        written = write_domain(domain, target, form)
        scaled = [f"{party} {profile.scale:.3g}" for party, profile in domain.profiles.items() if profile.scale != 1]
        if form == "genius" and scaled:
            click.echo(
                "parley: GENIUS counts the best option of each issue as 1, so utilities and reservation values are"
                f" divided by {', '.join(scaled)}",
                err=True,
            )
        left = left_behind(given)
        if left:
            click.echo(f"parley: a bargaining domain cannot hold {', '.join(left)}", err=True)
    for path in written:
        click.echo(str(path))
