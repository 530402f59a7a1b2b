"""``parley run``: negotiate many times and tabulate the outcomes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sim.commands.options import (
    as_json,
    out_option,
    print_json,
    read,
    replications_option,
    say,
    scenario_argument,
    seed_option,
    set_option,
    worlds_option,
)

if TYPE_CHECKING:
    from sim.domain.scenario import Scenario
    from sim.results.summary import Summary


@click.command()
@scenario_argument
@set_option
@seed_option
@worlds_option()
@replications_option
@click.option("--central", is_flag=True, help="Take central values in every run instead of drawing worlds.")
@out_option
@as_json
def command(
    scenario: Path,
    settings: tuple[str, ...],
    seed: int,
    worlds: int,
    replications: int,
    central: bool,
    out: Path | None,
    json_: bool,
) -> None:
    """Negotiate many times and tabulate the outcomes.

    Each world is drawn from the scenario's ranges, unless --central. The same seed gives the same worlds in
    every scenario it is used with. Exits 3 where some runs failed, 1 where all did.
    """
    from sim.errors import ModelError
    from sim.results.batch import run_batch, write_batch
    from sim.results.files import is_file_name, write_table
    from sim.results.store import refuse_existing
    from sim.results.summary import Summary

    given = read(scenario, settings)
    as_file = out is not None and is_file_name(out)
    if out is not None and not as_file:
        refuse_existing(out)
    runs = worlds * replications
    table = run_batch(given, runs=runs, replications=replications, seed=seed, central=central)
    summary = Summary.of(table, given)
    if out is not None and as_file:
        write_table(out, table)
    elif out is not None:
        write_batch(out, given, table, seed=seed, central=central, settings=settings)
    if summary.failed == runs and not json_:
        reasons = "; ".join(f"{failure.message} ({failure.error})" for failure in summary.failures[:3])
        raise ModelError(f"{'the run' if runs == 1 else f'all {runs:,} runs'} failed: {reasons}")
    if json_:
        print_json(summary_to_json(summary, given.name, seed, central))
    else:
        show(summary, given, seed, central, replications)
    if out is not None:
        say(f"Written to {out}", err=json_)
    if summary.failed:
        raise click.exceptions.Exit(1 if summary.failed == runs else 3)


def show(summary: Summary, scenario: Scenario, seed: int, central: bool, replications: int = 1) -> None:
    """Print what a batch of runs came to, and why, where there is usually no deal."""
    from sim.present.outcomes import print_summary
    from sim.present.words import counted

    how = "at central values" if central else "in a world drawn from the scenario's ranges"
    how = f"each {how}" if summary.runs > 1 and not central else how
    how += f", {replications:,} to a world" if replications > 1 and not central else ""
    talks = f"protocol {scenario.negotiation.protocol.replace('_', ' ')}"
    print_summary(summary, scenario, f"{counted(summary.runs, 'runs')}, {how}; {talks}; seed {seed}")
    if summary.agreed.estimate < 0.5:
        _print_why(scenario)


def _print_why(scenario: Scenario) -> None:
    """Print why there is usually no deal, and what comes nearest, at central values."""
    from sim.after.terms import Terms
    from sim.agreements.zone import Zone
    from sim.present.console import bold, console
    from sim.present.zone import print_nearest, zone_sentences

    screen = console()
    payoffs = Terms.of(scenario).payoffs
    screen.print(bold("At central values") + ": " + " ".join(zone_sentences(payoffs, Zone.of(payoffs))) + "\n")
    print_nearest(screen, payoffs)


def summary_to_json(summary: Summary, name: str, seed: int, central: bool) -> dict[str, Any]:
    """Return a batch of runs as plain data, for ``--json``."""
    from dataclasses import asdict

    return {"scenario": name, "seed": seed, "central": central, **asdict(summary)}
