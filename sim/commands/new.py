"""``parley new``: write a commented skeleton of a scenario."""

from __future__ import annotations

import os
import shlex
from pathlib import Path

import click


@click.command()
@click.argument("folder", metavar="NAME", type=click.Path(path_type=Path))
@click.option("--from", "base", type=click.Path(path_type=Path), help="A scenario to extend.")
def command(folder: Path, base: Path | None) -> None:
    """Write a commented skeleton to NAME/scenario.yaml, with the schema your editor checks it by."""
    import json

    from sim.commands.options import read, say
    from sim.domain.reader import scenario_from_text
    from sim.domain.schema import scenario_schema
    from sim.domain.skeleton import skeleton, skeleton_over
    from sim.errors import ScenarioError
    from sim.results.durable import write_whole

    file, name = folder / "scenario.yaml", folder.resolve().name
    if file.exists():
        raise ScenarioError("stands already; give another name", file=str(file))
    if base is None:
        text, schema = skeleton(name), scenario_schema()
    else:
        given = read(base)
        target = Path(os.path.relpath(given.file, folder)).as_posix()
        text, schema = skeleton_over(given, name, target), scenario_schema(given, extending=True)
    scenario_from_text(skeleton(name), file=str(file))  # refuses a name that no scenario can have
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # The scenario last: a folder that has one is whole.
        write_whole(folder / "schema.json", (json.dumps(schema, ensure_ascii=False, indent=1) + "\n").encode())
        write_whole(file, text.encode())
    except OSError as fault:
        raise ScenarioError(f"cannot be written: {fault.strerror}", file=str(file)) from None
    say(f"{file}: written; next: parley check {shlex.quote(str(file))}")
