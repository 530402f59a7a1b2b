"""``parley explain``: every number with value, range, status and source."""

from __future__ import annotations

from pathlib import Path

import click

from sim.commands.options import as_json, print_json, read, scenario_argument, set_option


@click.command()
@scenario_argument
@set_option
@click.option("--party", help="Only this party's numbers.")
@click.option("--issue", help="Only numbers about this issue.")
@as_json
def command(scenario: Path, settings: tuple[str, ...], party: str | None, issue: str | None, json_: bool) -> None:
    """Show every number with value, range, status and source, and what share of them is judgement."""
    from collections import Counter

    from sim.domain.provenance import given_numbers, status_shares

    given = read(scenario, settings)
    numbers = given_numbers(given, party, issue)
    if not json_:
        from sim.present.explain import print_numbers

        print_numbers(given, numbers)
        return
    rows = [
        {
            "path": item.path,
            "value": item.number.value,
            "low": item.number.range[0],
            "high": item.number.range[1],
            "dist": item.number.dist,
            "status": item.number.status,
            "sources": list(item.number.sources),
            "note": item.number.note,
        }
        for item in numbers
    ]
    used = {ref.source: {"title": ref.title, "date": ref.date} for item in numbers for ref in item.references}
    print_json(
        {
            "scenario": given.name,
            "numbers": rows,
            "sources": dict(sorted(used.items())),
            "by_status": dict(Counter(item.status for item in numbers)),
            "share_by_status": status_shares(numbers),
        }
    )
