"""``parley trace``: the minutes of one run's talks."""

from __future__ import annotations

from pathlib import Path

import click

from sim.commands.options import as_json, print_json, read, seed_option, set_option


@click.command()
@click.argument("source", type=click.Path(path_type=Path))
@click.argument("run", type=click.IntRange(min=0), default=0)
@set_option
@seed_option
@click.option("--central", is_flag=True, help="Of a scenario: take central values instead of drawing a world.")
@as_json
def command(source: Path, run: int, settings: tuple[str, ...], seed: int, central: bool, json_: bool) -> None:
    """Show the minutes of one run's talks.

    SOURCE is a result of `parley run`, or a scenario; RUN is the number of the run, from 0. The talks are
    held again, so a result's options need not be repeated.
    """
    from sim.errors import ResultError
    from sim.negotiation.minutes import minutes
    from sim.run import simulate

    if (source / "manifest.json").is_file():
        from sim.domain.reader import scenario_from_text
        from sim.results.manifest import Manifest

        manifest = Manifest.read(source)
        if manifest.kind != "run":
            raise ResultError(
                f"{source}: minutes are told of results of `parley run`; this one is of a {manifest.kind}"
            )
        if run >= manifest.n_runs:
            raise ResultError(f"{source}: has runs 0 to {manifest.n_runs - 1}, not {run}")
        given = scenario_from_text(next(iter(manifest.scenarios.values()))["text"])
        seed, central = manifest.seed, bool(manifest.settings.get("central"))
    else:
        given = read(source, settings)
    world, replication = (0, run) if central else (run, 0)
    held = simulate(given, seed, world=world, replication=replication, central=central, trace=True, after=False)
    told = minutes(held.scenario, held.outcome)
    if json_:
        from dataclasses import asdict

        events = [asdict(event) for event in held.outcome.trace]
        print_json({"scenario": given.name, "seed": seed, "run": run, "minutes": told, "events": events})
        return
    for paragraph in told:
        click.echo(paragraph)
