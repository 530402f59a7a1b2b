"""``parley new``: write a commented skeleton of a scenario."""

from __future__ import annotations

import os
import shlex
from pathlib import Path

import click


@click.command()
@click.argument("folder", metavar="NAME", type=click.Path(path_type=Path))
@click.option(
    "--from", "base", type=click.Path(path_type=Path), help="A scenario to extend: a file, or a shipped name."
)
def command(folder: Path, base: Path | None) -> None:
    """Write a commented skeleton to NAME/scenario.yaml, with the schema your editor checks it by.

    NAME.xlsx is a workbook to fill in instead, with a sheet that says what stands where. Shipped scenarios, such as
    berlin-2025, are copied to NAME/shipped.
    """
    import json

    from sim.commands.options import read, say
    from sim.domain.reader import scenario_from_text
    from sim.domain.schema import scenario_schema
    from sim.domain.shipped import shipped_scenario
    from sim.domain.skeleton import skeleton, skeleton_over
    from sim.errors import ScenarioError
    from sim.results.durable import write_whole

    if folder.suffix.lower() == ".xlsx":
        _workbook(folder, base)
        return
    file, name = folder / "scenario.yaml", folder.resolve().name
    if file.exists():
        raise ScenarioError("stands already; give another name", file=str(file))
    copies: dict[Path, bytes] = {}
    if base is None:
        text, schema = skeleton(name), scenario_schema()
    else:
        given, shipped = read(base), shipped_scenario(base)
        if shipped == base:
            target = Path(os.path.relpath(given.file, folder)).as_posix()
        else:
            copies = {Path("shipped", inner): content for inner, content in _needed(shipped).items()}
            target = Path("shipped", shipped.parent.name, shipped.name).as_posix()
        text, schema = skeleton_over(given, name, target), scenario_schema(given, extending=True)
    scenario_from_text(skeleton(name), file=str(file))  # refuses a name that no scenario can have
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for inner, content in copies.items():
            (folder / inner).parent.mkdir(parents=True, exist_ok=True)
            write_whole(folder / inner, content)
        # The scenario last: a folder that has one is whole.
        write_whole(folder / "schema.json", (json.dumps(schema, ensure_ascii=False, indent=1) + "\n").encode())
        write_whole(file, text.encode())
    except OSError as fault:
        raise ScenarioError(f"cannot be written: {fault.strerror}", file=str(file)) from None
    say(f"{file}: written; next: parley check {shlex.quote(str(file))}")


def _needed(file: Path) -> dict[Path, bytes]:
    """Return a shipped scenario and the ones it extends or names as rivals, by folder and file."""
    from sim.domain.document import read_document

    found: dict[Path, bytes] = {}
    waiting = [file]
    while waiting:
        path = waiting.pop().resolve()
        inner = Path(path.parent.name, path.name)
        if inner in found:
            continue
        found[inner] = path.read_bytes()
        data = read_document(path).data
        named = [data["extends"]] if "extends" in data else []
        named += [coding["file"] for coding in data.get("codings", {}).values() if "file" in coding]
        waiting += [path.parent / name for name in named]
    return found


def _workbook(path: Path, base: Path | None) -> None:
    """Write a workbook to fill in."""
    from sim.commands.options import read, say
    from sim.domain.reader import scenario_from_text
    from sim.domain.skeleton import skeleton
    from sim.domain.spreadsheet import tables_of, write_template
    from sim.errors import ScenarioError

    if path.exists():
        raise ScenarioError("stands already; give another name", file=str(path))
    given = scenario_from_text(skeleton(path.stem), file=str(path)) if base is None else read(base)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_template(tables_of(given.data), path)
    except OSError as fault:
        raise ScenarioError(f"cannot be written: {fault.strerror}", file=str(path)) from None
    target = shlex.quote(f"{path.stem}.yaml")
    say(f"{path}: written; next: parley import {shlex.quote(str(path))} --out {target}")
