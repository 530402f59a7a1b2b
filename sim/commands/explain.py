"""``parley explain``: every number with value, range, status and source."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sim.commands.options import as_json, print_json, read, scenario_argument, set_option
from sim.errors import ModelError, nearest

if TYPE_CHECKING:
    from sim.domain.scenario import Scenario


@click.command()
@scenario_argument
@set_option
@click.option("--party", help="Only this party's numbers.")
@click.option("--issue", help="Only numbers about this issue.")
@as_json
def command(scenario: Path, settings: tuple[str, ...], party: str | None, issue: str | None, json_: bool) -> None:
    """Show every number with value, range, status and source, and what share of them is judgement."""
    given = read(scenario, settings)
    chosen = _chosen(given, party, issue)
    book = given.numbers
    status = Counter(book.numbers[n].status or "unstated" for n in chosen)
    if json_:
        rows = [
            {
                "path": book.paths[n],
                "value": book.numbers[n].value,
                "low": book.numbers[n].range[0],
                "high": book.numbers[n].range[1],
                "status": book.numbers[n].status,
                "sources": list(book.numbers[n].sources),
                "note": book.numbers[n].note,
            }
            for n in chosen
        ]
        print_json({"scenario": given.name, "numbers": rows, "by_status": dict(status)})
        return
    from rich.table import Table

    from sim.present.console import console

    screen = console()
    table = Table("number", "value", "range", "status", "source", title=given.title, title_justify="left")
    for n in chosen:
        number = book.numbers[n]
        low, high = number.range
        span = "" if number.is_certain else f"{low:g} to {high:g}"
        table.add_row(book.paths[n], f"{number.value:g}", span, number.status or "–", ", ".join(number.sources))
    screen.print(table)
    shares = ", ".join(f"{count / len(chosen):.0%} {name}" for name, count in status.most_common())
    screen.print(f"{len(chosen):,} numbers: {shares}.")


def _chosen(given: Scenario, party: str | None, issue: str | None) -> list[int]:
    """Return which numbers are asked for, in the order of their paths."""
    for name, known, what in ((party, given.parties, "party"), (issue, given.issues, "issue")):
        if name is not None and name not in known:
            raise ModelError(f"no {what} {name!r}{nearest(name, list(known))}")
    chosen = [
        n
        for n, path in enumerate(given.numbers.paths)
        if _given(given.data, path)
        and (party is None or path.startswith(f"parties.{party}."))
        and (issue is None or issue in path.split("."))
    ]
    if not chosen:
        raise ModelError("no number is about that; leave --party or --issue out")
    return chosen


def _given(data: object, path: str) -> bool:
    """Return whether the file itself gives the number, rather than a default of the reader."""
    node = data
    for step in path.split("."):
        if isinstance(node, dict) and step in node:
            node = node[step]
        elif isinstance(node, list) and step.isdigit() and int(step) < len(node):
            node = node[int(step)]
        else:
            return False
    return True
