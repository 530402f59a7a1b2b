"""``parley trace``: the minutes of one run's talks."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sim.commands.options import as_json, given_options, print_json, read, say, seed_option, set_option
from sim.errors import ResultError

if TYPE_CHECKING:
    from sim.run import Run
    from sim.sweeps.again import Rerun


@click.command()
@click.argument("source", type=click.Path(path_type=Path))
@click.argument("run", type=click.IntRange(min=0), default=0)
@set_option
@seed_option
@click.option("--central", is_flag=True, help="Of a scenario: take central values instead of drawing a world.")
@as_json
def command(source: Path, run: int, settings: tuple[str, ...], seed: int, central: bool, json_: bool) -> None:
    """Show the minutes of one run's talks.

    SOURCE is a scenario, or a result of `parley run` or `parley sweep`; RUN is the number of the run in the
    result's table, from 0. The talks of a result are held again as its manifest says, without its options
    being repeated, and what came of them is checked against the stored row.
    """
    from sim.negotiation.minutes import minutes
    from sim.present.minutes import print_minutes
    from sim.run import simulate

    if (source / "manifest.json").is_file():
        _refuse_options(source)
        _tell(source, run, json_)
        return
    given = read(source, settings)
    world, replication = (0, run) if central else (run, 0)
    made = simulate(given, seed, world=world, replication=replication, central=central, trace=True, after=False)
    told = minutes(made.scenario, made.outcome)
    if json_:
        print_json(_to_json(given.name, seed, run, made, told))
    else:
        print_minutes(f"{given.name}, {_drawn(world, replication, central)}, seed {seed}", told)


def _refuse_options(source: Path) -> None:
    """Refuse what would change a run that is already made."""
    given = given_options("--set", "--seed", "--central")
    if given:
        raise ResultError(
            f"{source}: is a result, whose runs are told as they were made: leave out {', '.join(given)},"
            " or give the scenario in place of the result"
        )


def _tell(source: Path, run: int, json_: bool) -> None:
    from sim.negotiation.minutes import minutes
    from sim.present.minutes import print_minutes
    from sim.sweeps.again import run_again

    again = run_again(source, run, trace=True)
    told = minutes(again.made.scenario, again.made.outcome)
    notices = _notices(again)
    if json_:
        for notice in notices if again.changed or again.versions else ():
            say(f"parley: {notice}", err=True)
        content = _to_json(again.scenario, again.made.seed, run, again.made, told)
        where = {"point": again.point, "settings": again.settings, "world": again.world}
        where |= {"replication": again.replication, "central": again.central}
        kept = {"is_the_stored_run": again.is_the_stored_run, "changed": again.changed, "versions": again.versions}
        print_json({**content, **where, **kept})
        return
    parts = [f"Run {run:,} of {source}: {again.scenario}"]
    if again.point is not None:
        sets = ", ".join(f"{path}={value}" for path, value in again.settings.items())
        parts.append(f"point {again.point:,}" + (f" ({sets})" if sets else ""))
    parts += [_drawn(again.world, again.replication, again.central), f"seed {again.made.seed}"]
    print_minutes(", ".join(parts), told, notices)


def _drawn(world: int, replication: int, central: bool) -> str:
    where = "central values" if central else f"world {world:,}"
    return where if replication == 0 and not central else f"{where}, replication {replication:,}"


def _notices(again: Rerun) -> list[str]:
    """Say whether these are the talks of the result."""
    other = ", ".join(f"{name} {there} there, {now} here" for name, (there, now) in again.versions.items())
    if again.is_the_stored_run:
        held = "Held again: all columns of its row are as stored."
        return [f"{held} (Other versions: {other}.)" if other else held]
    differ = "; ".join(f"{name}: {there!r} there, {now!r} now" for name, (there, now) in again.changed.items())
    why = f"Other versions: {other}." if other else "The versions are the same, so the model has changed since."
    return [f"NOT the talks of this result. Held again, the run ends otherwise: {differ}. {why}"]


def _to_json(scenario: str, seed: int, run: int, made: Run, told: list[str]) -> dict[str, Any]:
    events = [asdict(event) for event in made.outcome.trace]
    return {"scenario": scenario, "seed": seed, "run": run, "minutes": told, "events": events}
