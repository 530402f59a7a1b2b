"""``parley verify``: is a result what was written."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from sim.commands.options import as_json, print_json, say


@click.command()
@click.argument("results", nargs=-1, required=True, type=click.Path(path_type=Path))
@as_json
def command(results: tuple[Path, ...], json_: bool) -> None:
    """Compare every file of RESULTS with its hash, and all values with the logical hash; exit 1 on a difference.

    This finds damage and mixed-up files, such as a chunk of another seed. It is no signature against forgery.
    """
    from sim.present.words import counted
    from sim.results.verify import verify

    found = [verify(path) for path in results]
    if json_:
        print_json({"results": [{**asdict(one), "sound": one.is_sound} for one in found]})
    else:
        for one in found:
            compared = f"{counted(one.files, 'files')}, {counted(one.rows, 'rows')}"
            say(f"{one.folder}: {'as it was written' if one.is_sound else 'NOT as it was written'} ({compared})")
            for line in one.faults:
                say(f"  {line}")
            for line in one.notes:
                say(f"  · {line}")
    if not all(one.is_sound for one in found):
        raise click.exceptions.Exit(1)
