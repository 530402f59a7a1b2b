"""``parley export``: a scenario for spreadsheets, bargaining platforms and conflict tools."""

from __future__ import annotations

import json
import os
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import click

from sim.commands.options import read, say, scenario_argument, set_option
from sim.errors import ModelError

if TYPE_CHECKING:
    from sim.domain.scenario import Scenario

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
    """Write SCENARIO to TARGET, which must be new, in another form; stderr says what that form cannot hold.

    In the place of SCENARIO a folder of results becomes a workbook, TARGET.xlsx, a sheet a table.
    """
    if (scenario / "manifest.json").is_file():
        _result(scenario, target, form, settings)
        return
    given = read(scenario, settings)
    if form == "spreadsheet" and target.suffix not in ("", ".xlsx"):
        raise ModelError(f"{target}: a spreadsheet is a file ending in .xlsx or a folder for CSV files")
    if form == "conflict" and target.suffix != ".json":
        raise ModelError(f"{target}: a conflict is a file ending in .json")
    if target.exists() and not (target.is_dir() and not any(target.iterdir())):
        raise ModelError(f"{target}: exists already; name a new file or folder")
    try:
        # Beside the target, so that it appears whole or not at all.
        target.parent.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=target.parent, prefix=".parley-") as folder:
            draft = Path(folder) / target.name
            written, notices = _write(given, draft, form)
            os.replace(draft, target)
    except OSError as fault:
        raise ModelError(f"{target}: cannot be written: {fault.strerror}") from None
    for notice in notices:
        say(f"parley: {notice}", err=True)
    for path in written:
        say(str(target if path == draft else target / path.name))


def _result(result: Path, target: Path, form: str, settings: tuple[str, ...]) -> None:
    """Write a stored result as a workbook."""
    from sim.results.workbook import write_workbook

    if form != "spreadsheet" or target.suffix.lower() != ".xlsx":
        raise ModelError(f"{target}: a result becomes a workbook; name a file ending in .xlsx")
    if settings:
        raise ModelError("--set and --fix go with a scenario, not with a result")
    if target.exists():
        raise ModelError(f"{target}: exists already; name a new file or folder")
    sheets = write_workbook(result, target)
    say(f"{target}: {', '.join(sheets)}")


def _write(given: Scenario, target: Path, form: str) -> tuple[list[Path], list[str]]:
    """Write a scenario and return the files and what is to be said about them."""
    if form == "spreadsheet":
        from sim.domain.spreadsheet import tables_of, write_tables

        return write_tables(tables_of(given.data), target), []
    if form == "conflict":
        from sim.agreements.conflict_export import conflict_to_json, left_out_of_conflict
        from sim.agreements.payoffs import Payoffs

        content = conflict_to_json(Payoffs.of(given))
        target.write_text(json.dumps(content, ensure_ascii=False) + "\n", encoding="utf-8")
        left = left_out_of_conflict(given)
        return [target], [f"an explicit conflict cannot hold {', '.join(left)}"] if left else []
    from sim.domain.bargaining_domain import domain_of, left_behind
    from sim.domain.bargaining_files import write_domain

    domain = domain_of(given)
    written = write_domain(domain, target, form)
    notices = []
    scaled = [f"{profile.scale:.3g} ({party})" for party, profile in domain.profiles.items() if profile.scale != 1]
    if form == "genius" and scaled:
        notices.append(
            "GENIUS counts the best option of each issue as 1, so utilities and reservation values are divided by"
            f" {', '.join(scaled)}"
        )
    left = left_behind(given)
    if left:
        notices.append(f"a bargaining domain cannot hold {', '.join(left)}")
    return written, notices
