"""``parley diff``: what two scenarios say differently."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from sim.commands.options import as_json, print_json, read


@click.command()
@click.argument("first", type=click.Path(path_type=Path))
@click.argument("second", type=click.Path(path_type=Path))
@click.option("--all", "all_", is_flag=True, help="Show differences of source, status or note as well.")
@as_json
def command(first: Path, second: Path, all_: bool, json_: bool) -> None:
    """Show what SECOND says differently from FIRST: values, ranges, keys added and removed, by dotted path."""
    from sim.domain.difference import differences

    before, after = read(first), read(second)
    changes = differences(before, after)
    # A note or source that differs beside a value goes with that value; alone it is rarely what is asked for.
    shown = [change for change in changes if all_ or not _is_label(change.path, change.kind)]
    if json_:
        print_json(
            {
                "first": before.name,
                "second": after.name,
                "changes": [
                    {
                        "path": change.path,
                        "kind": change.kind,
                        "before": _to_json(change.before),
                        "after": _to_json(change.after),
                    }
                    for change in changes
                ],
            }
        )
        return
    from sim.present.difference import print_differences

    print_differences((before.title, after.title), shown, len(changes) - len(shown))


def _is_label(path: str, kind: str) -> bool:
    steps = path.split(".")
    return kind == "provenance" or steps[0] in ("sources", "notes") or steps[-1] in ("source", "status", "note")


def _to_json(given: Any) -> Any:
    from sim.domain.uncertain import Number

    if isinstance(given, Number):
        return given.model_dump(exclude_none=True, exclude_defaults=False)
    return given
