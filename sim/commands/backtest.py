"""``parley backtest``: predict how long agreements of the past last, and compare with what happened."""

from __future__ import annotations

from pathlib import Path

import click

from sim.commands.options import as_json, print_json, say

__all__ = ["command"]


@click.command("backtest")
@click.argument("cases", type=click.Path())
@click.option(
    "--mapping",
    type=click.Path(path_type=Path),
    help="How codes become options; by default the mapping of the program whose columns the file has.",
)
@click.option(
    "--structure", default="", help="Whether terms change how long peace lasts, by a name of the mapping's scenario."
)
@click.option(
    "--worlds", type=click.IntRange(1, 100_000), default=200, show_default=True, help="Drawn from the ranges."
)
@click.option(
    "--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Of worlds, folds and bootstrap."
)
@click.option("--draws", type=click.IntRange(min=1), default=10_000, show_default=True, help="Of the bootstrap.")
@as_json
def command(cases: str, mapping: Path | None, structure: str, worlds: int, seed: int, draws: int, json_: bool) -> None:
    """Predict how long coded agreements of the past last.

    CASES is a CSV file: interstate cases with their codes, or agreements in the form of the UCDP Peace Agreement
    Dataset. Each case becomes an agreement of a scenario and goes through the same calculation as any other. Prints
    Harrell's C with a bootstrap interval, Brier scores and calibration beside additive indices, the base rate and
    permuted codes.
    """
    from sim.compliance.history.backtest import backtest
    from sim.compliance.history.mapping import read_mapping

    description = None if mapping is None else read_mapping(mapping)
    result = backtest(cases, description, structure=structure, worlds=worlds, seed=seed, draws=draws)
    for case, codes in result.unknown.items():
        say(f"{case}: counted as the reference: {'; '.join(codes)}", err=True)
    if json_:
        print_json(result.to_json())
        return
    from sim.present.console import console
    from sim.present.history import show_backtest

    show_backtest(result, console())
