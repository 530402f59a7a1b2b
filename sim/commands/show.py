"""``parley show``: print again what a result showed when it was made."""

from __future__ import annotations

from pathlib import Path

import click

from sim.commands.options import as_json, print_json, say


@click.command()
@click.argument("result", type=click.Path(path_type=Path))
@as_json
def command(result: Path, json_: bool) -> None:
    """Show again what RESULT showed: of a run or sweep, or of any command that was given --out FOLDER.

    A run or sweep is read from its tables; nothing is run again.
    """
    from sim.present.sheets import SHOWN

    if (result / SHOWN).is_file():
        _again(result, json_)
        return
    from sim.errors import ResultError
    from sim.results.kept import recorded_scenarios
    from sim.results.manifest import Manifest
    from sim.results.store import load, status
    from sim.results.summary import Summary

    manifest = Manifest.read(result)
    if status(result) != "complete":
        raise ResultError(f"{result}: is unfinished; go on with parley sweep … --resume")
    if manifest.kind == "run":
        from sim.commands.run import show, summary_to_json

        scenario = next(iter(recorded_scenarios(manifest).values()))
        table = load(result)
        summary = Summary.of(table, scenario)
        central = bool(manifest.settings.get("central"))
        if json_:
            print_json(summary_to_json(summary, scenario.name, manifest.seed, central))
        else:
            replications = len(table) // max(1, len(set(table["world"].tolist())))
            show(summary, scenario, manifest.seed, central, replications)
        return
    from sim.sweeps.inputs import recorded_design

    design = recorded_design(result, manifest)
    if design.depth == "exact":
        from sim.commands.robustness import show as show_robustness

        show_robustness(result, (), "stable", 3, None, json_)
    elif not manifest.scenarios:
        raise ResultError(f"{result}: is of a model of one's own; ask it with parley query or parley analyse")
    else:
        from sim.commands.sweep import show_points

        show_points(result, design, manifest, json_)


def _again(result: Path, json_: bool) -> None:
    from sim.present.console import replay
    from sim.present.sheets import blocks_from, read_shown

    kept = read_shown(result)
    if json_:
        print_json({"command": kept["command"], "versions": kept["versions"], "shown": kept["blocks"]})
        return
    say(kept["command"], err=True)
    replay(blocks_from(kept["blocks"]))
