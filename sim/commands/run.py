"""``parley run``: negotiate many times and tabulate the outcomes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from sim.commands.options import as_json, print_json, read, say, scenario_argument, seed_option, set_option


@click.command()
@scenario_argument
@set_option
@seed_option
@click.option("--runs", type=click.IntRange(1, 1_000_000), default=100, show_default=True, help="How many runs.")
@click.option("--central", is_flag=True, help="Take central values in every run instead of drawing worlds.")
@click.option("--out", type=click.Path(path_type=Path), help="Write a result folder here (it must not exist).")
@as_json
def command(
    scenario: Path, settings: tuple[str, ...], seed: int, runs: int, central: bool, out: Path | None, json_: bool
) -> None:
    """Negotiate many times and tabulate the outcomes.

    Each run draws one world from the scenario's ranges, unless --central. The same seed gives the same
    worlds in every scenario it is used with.
    """
    from sim.errors import ModelError
    from sim.present.outcomes import print_summary
    from sim.present.words import counted
    from sim.results.batch import run_batch, write_batch
    from sim.results.store import refuse_existing
    from sim.results.summary import Summary

    given = read(scenario, settings)
    if out is not None:
        refuse_existing(out)
    table = run_batch(given, runs=runs, seed=seed, central=central)
    summary = Summary.of(table, given)
    if out is not None:
        write_batch(out, given, table, seed=seed, central=central, settings=settings)
    if summary.failed == runs and not json_:
        reasons = "; ".join(f"{failure.message} ({failure.error})" for failure in summary.failures[:3])
        raise ModelError(f"{'the run' if runs == 1 else f'all {runs:,} runs'} failed: {reasons}")
    if json_:
        print_json(_content(summary, given.name, seed, central))
    else:
        how = "at central values" if central else "in a world drawn from the scenario's ranges"
        how = f"each {how}" if runs > 1 and not central else how
        talks = f"protocol {given.negotiation.protocol.replace('_', ' ')}"
        print_summary(summary, given, f"{counted(runs, 'runs')}, {how}; {talks}; seed {seed}")
        if summary.agreed.estimate < 0.5:
            _print_why(given)
        if out is not None:
            say(f"Written to {out}")
    if summary.failed:
        click.get_current_context().exit(1 if summary.failed == runs else 3)


def _print_why(scenario: Any) -> None:
    """Print why there is usually no deal, and what comes nearest, at central values."""
    from sim.agreements.payoffs import Payoffs
    from sim.agreements.zone import Zone
    from sim.present.console import bold, console
    from sim.present.zone import print_nearest, zone_sentences

    screen = console()
    payoffs = Payoffs.of(scenario)
    screen.print(bold("At central values") + ": " + " ".join(zone_sentences(payoffs, Zone.of(payoffs))) + "\n")
    print_nearest(screen, payoffs)


def _content(summary: Any, name: str, seed: int, central: bool) -> dict[str, Any]:
    from dataclasses import asdict

    return {"scenario": name, "seed": seed, "central": central, **asdict(summary)}
