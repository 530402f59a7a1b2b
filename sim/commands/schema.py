"""``parley schema``: print the JSON Schema of scenario files, for editors."""

from __future__ import annotations

import json
from pathlib import Path

import click


@click.command()
@click.argument("scenario", type=click.Path(path_type=Path), required=False)
@click.option("--extending", is_flag=True, help="For files that extend another one: nothing is required.")
def command(scenario: Path | None, extending: bool) -> None:
    """Print the JSON Schema of scenario files; with SCENARIO, one that knows its names."""
    from sim.commands.options import read, say
    from sim.domain.schema import scenario_schema

    given = None if scenario is None else read(scenario)
    say(json.dumps(scenario_schema(given, extending=extending), ensure_ascii=False, indent=1))
