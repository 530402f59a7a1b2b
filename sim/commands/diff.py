"""``parley diff``: what two scenarios say differently."""

from __future__ import annotations

from pathlib import Path

import click

from sim.commands.options import as_json, print_json, read


@click.command()
@click.argument("first", type=click.Path(path_type=Path))
@click.argument("second", type=click.Path(path_type=Path))
@click.option("--all", "all_", is_flag=True, help="Show differences of source, status or note as well.")
@as_json
def command(first: Path, second: Path, all_: bool, json_: bool) -> None:
    """Show what SECOND says differently from FIRST: values, ranges, keys added and removed.

    --keys shows the dotted path of each, as --set takes it.
    """
    from sim.domain.difference import differences

    before, after = read(first), read(second)
    changes = differences(before, after)
    if json_:
        print_json(
            {
                "first": before.name,
                "second": after.name,
                "changes": [
                    {
                        "path": change.path,
                        "kind": change.kind,
                        "before": change.to_json()[0],
                        "after": change.to_json()[1],
                    }
                    for change in changes
                ],
            }
        )
        return
    from sim.present.difference import print_differences

    print_differences(before, (before.title, after.title), changes, rest="--all", every=all_)
