"""``parley analyse``: find what drives a result."""

from __future__ import annotations

from pathlib import Path

import click

from sim.commands.options import as_json, print_json


@click.command()
@click.argument("result", type=click.Path(path_type=Path))
@click.option(
    "--outcome",
    default="agreed",
    show_default=True,
    help="A column, yes/no or a number; or column=value, column>number, such as zone>0.",
)
@click.option(
    "--half-width",
    type=float,
    help="Asked of the overall estimate; 0.03 of a share, a tenth of the spread of a number if absent.",
)
@click.option("--boxes", type=click.IntRange(1, 10), default=1, show_default=True, help="Boxes looked for by PRIM.")
@click.option(
    "--missing",
    type=click.Choice(["refuse", "drop"]),
    default="refuse",
    show_default=True,
    help="What a sensitivity analysis does with points whose runs failed.",
)
@as_json
def command(result: Path, outcome: str, half_width: float | None, boxes: int, missing: str, json_: bool) -> None:
    """Find what drives an outcome of a sweep: sensitivity, regions, boxes, and whether the runs suffice."""
    from sim.present.sweeps import print_analysis
    from sim.results.kept import recorded_scenarios
    from sim.results.manifest import Manifest
    from sim.sweeps.analysis import analyse

    found = analyse(result, outcome, half_width=half_width, missing=missing, n_boxes=boxes)
    if json_:
        print_json({"result": str(result), "analyses": [one.to_json() for one in found]})
        return
    scenarios = recorded_scenarios(Manifest.read(result))
    for one in found:
        content = one.to_json()
        print_analysis(content, one.words(), scenarios.get(str(content["scenario"])))
