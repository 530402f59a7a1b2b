"""``parley list``: the results in a folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from sim.commands.options import as_json, print_json, say


@click.command()
@click.argument("folder", type=click.Path(path_type=Path), default=Path("results"))
@as_json
def command(folder: Path, json_: bool) -> None:
    """List the results in FOLDER and in the folders within it; results/ if it is left out."""
    found = _results(folder)
    if json_:
        print_json({"folder": str(folder), "results": found})
        return
    from rich.table import Table

    from sim.present.console import console, print_table

    if not found:
        say(f"{folder}: no results; parley run … --out and parley sweep … write them")
        return
    table = Table("result", "what it is", "of", box=None, pad_edge=False)
    for heading in ("runs", "seed"):
        table.add_column(heading, justify="right")
    for row in found:
        runs = "" if row["runs"] is None else f"{row['runs']:,}"
        what = row["kind"] if row["status"] == "complete" else f"{row['kind']}, {row['status']}"
        seed = "" if row["seed"] is None else str(row["seed"])
        table.add_row(row["result"], what, row["of"], runs, seed)
    print_table(console(), table)


def _results(folder: Path) -> list[dict[str, Any]]:
    from sim.errors import ResultError, SimError
    from sim.present.sheets import SHOWN, read_shown
    from sim.results.manifest import Manifest
    from sim.results.store import status

    if not folder.is_dir():
        raise ResultError(f"{folder}: no such folder")
    found: list[dict[str, Any]] = []
    for path in sorted({each.parent for name in ("manifest.json", SHOWN) for each in folder.rglob(name)}):
        row: dict[str, Any] = {"result": str(path), "runs": None, "seed": None, "of": "", "status": "complete"}
        try:
            if (path / SHOWN).is_file():
                kept = read_shown(path)
                row |= {"kind": "shown", "of": kept["command"]}
            else:
                manifest = Manifest.read(path)
                of = manifest.question or ", ".join(manifest.scenarios) or manifest.name
                row |= {"kind": manifest.kind, "of": of, "runs": manifest.n_runs, "seed": manifest.seed}
                row["status"] = status(path)
        except SimError:
            row |= {"kind": "result", "status": "damaged"}
        found.append(row)
    return found
