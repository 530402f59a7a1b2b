"""``parley sweep``: run a design of many scenarios, worlds and replications."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sim.commands.options import as_json, print_json, say, set_option, tell_settings

if TYPE_CHECKING:
    from sim.results.manifest import Manifest
    from sim.sweeps.design import Design

#: The factor whose values are told apart in funnels.
PROTOCOL = "negotiation.protocol"


@click.command()
@click.argument("design", type=click.Path(path_type=Path))
@set_option
@click.option("--worlds", type=click.IntRange(min=0), help="Worlds per point; 0 keeps all else central.")
@click.option("--replications", type=click.IntRange(min=1), help="Runs per world.")
@click.option("--seed", type=click.IntRange(min=0), help="Root seed.")
@click.option("--depth", type=click.Choice(["exact", "simulate"]), help="Judge all agreements, or negotiate.")
@click.option("--workers", type=click.IntRange(min=0), default=2, show_default=True, help="0: this process.")
@click.option("--cluster", metavar="ADDRESS", help="A Dask scheduler, tcp://host:port, or local.")
@click.option("--out", type=click.Path(path_type=Path), help="Result folder; results/<name of the design> if absent.")
@click.option("--resume", is_flag=True, help="Go on with an unfinished result.")
@click.option(
    "--retry-failed", is_flag=True, help="Go on, and make runs again that failed for want of memory, disk or a worker."
)
@click.option("--dry-run", is_flag=True, help="Say how many runs, how long, how much disk; run nothing.")
@as_json
def command(
    *,
    design: Path,
    settings: tuple[str, ...],
    workers: int,
    cluster: str | None,
    out: Path | None,
    resume: bool,
    retry_failed: bool,
    dry_run: bool,
    json_: bool,
    **changes: Any,
) -> None:
    """Run a design of many scenarios, worlds and replications.

    DESIGN is a sweep file. The result is the same on any number of workers; a run that fails is a row with
    its error; a sweep that is stopped goes on with --resume. Exits 3 where runs failed, 1 where all did.
    """
    from sim.domain.settings import pairs_of
    from sim.results.failures import failures_of
    from sim.sweeps.design_file import read_design
    from sim.sweeps.results import estimate, sweep

    asked = read_design(design, pairs_of(settings))
    given = list(asked.scenarios.values()) or [asked.scenario]
    # What the policies set is what they are; what all have in common was set over all.
    tell_settings(one for one in given[0].settings if all(one in scenario.settings for scenario in given))
    asked = asked.with_changes(**{key: value for key, value in changes.items() if value is not None})
    if dry_run:
        found = estimate(asked, workers)
        if json_:
            from dataclasses import asdict

            print_json({"design": asked.name, **asdict(found)})
        else:
            say(f"{asked.name}: {found.words()}")
        return
    folder = out if out is not None else Path("results") / asked.name
    again = [word for word in sys.argv[1:] if word not in {"--resume", "--retry-failed"}]
    hint = shlex.join(["parley", *again, "--resume"])
    results = sweep(asked, workers, folder, resume=resume, retry_failed=retry_failed, cluster=cluster, resume_hint=hint)
    if asked.depth == "exact":
        from sim.commands.robustness import show

        show(folder, (), "stable", 3, None, json_)
    else:
        show_points(folder, asked, results.manifest, json_)
    if not json_:
        say(f"Written to {folder}")
    failures = failures_of(folder)
    for line in failures.sentences():
        say(f"parley: {line}" if not line.startswith(" ") else line, err=True)
    if failures.of_the_machine:
        retry = shlex.join(["parley", *again, "--retry-failed"])
        say(f"parley: {failures.of_the_machine:,} for want of memory, disk or a worker; again with {retry}", err=True)
    if failures.exit_code:
        raise click.exceptions.Exit(failures.exit_code)


def show_points(folder: Path, design: Design, manifest: Manifest, json_: bool) -> None:
    """Print or dump the points of a simulated sweep."""
    from dataclasses import asdict

    from sim.present.outcomes import print_funnels
    from sim.present.sweeps import point_rows, print_points
    from sim.results.kept import recorded_scenarios
    from sim.results.store import load_by_point
    from sim.results.summary import StagesByGroup
    from sim.sweeps.factors import DUMMY

    factors = [factor.name for factor in design.factors if factor.name != DUMMY]
    outlasted = tuple(f"aftermath.outlasted_{months}" for months in (12, 60, 120))
    needed = ("scenario", "world", "error", "agreed", "zone", "rounds", "last_refuser", "ratified", *outlasted)
    scenarios = recorded_scenarios(manifest)
    rows: list[dict[str, Any]] = []
    # One protocol needs no funnel of its own: parley run shows it.
    several = PROTOCOL in factors or len({one.negotiation.protocol for one in scenarios.values()}) > 1
    by_protocol = StagesByGroup()
    for runs in load_by_point(folder, needed):
        rows += point_rows(runs, factors)
        for name, of_one in runs.groupby("scenario", sort=True) if several else ():
            own = scenarios[str(name)].negotiation.protocol
            by_protocol.add(str(of_one[PROTOCOL].iloc[0]) if PROTOCOL in factors else own, of_one)
    funnels = by_protocol.found()
    if json_:
        shown = [
            {key: asdict(value) if key in {"agreed", "zone"} else value for key, value in row.items()} for row in rows
        ]
        told = {name: {"runs": n, "stages": [asdict(s) for s in stages]} for name, (n, stages) in funnels.items()}
        print_json(
            {
                "design": design.name,
                "question": design.question,
                "seed": design.seed,
                "points": shown,
                **({"by_protocol": told} if told else {}),
            }
        )
    else:
        scenario = next(iter(scenarios.values()))
        print_points(rows, factors, design.question or manifest.question or design.name, scenario)
        if funnels:
            print_funnels([([name], n, stages) for name, (n, stages) in funnels.items()], ["protocol"])
