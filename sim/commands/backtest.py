"""``parley backtest``: rank agreements of the past by predicted survival and compare with what happened."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from sim.commands.options import as_json, print_json

if TYPE_CHECKING:
    from sim.compliance.backtest import Backtest
    from sim.compliance.concordance import Concordance

__all__ = ["command"]


@click.command("backtest")
@click.argument("cases", type=click.Path())
@click.option(
    "--structure",
    type=click.Choice(["fortna", "lo-hashimoto-reiter"]),
    default="fortna",
    show_default=True,
    help="Whether terms change how long peace lasts.",
)
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Of the bootstrap.")
@click.option("--draws", type=click.IntRange(min=1), default=10_000, show_default=True, help="Of the bootstrap.")
@as_json
def command(cases: str, structure: str, seed: int, draws: int, json_: bool) -> None:
    """Rank coded agreements of the past by predicted survival.

    CASES is a CSV file with the columns case_id, months, collapsed and the codes of the terms. Prints
    Harrell's C with a bootstrap interval, with and without the code set with hindsight, beside an additive
    index and the guarantee level alone, and every misfit.
    """
    from sim.compliance.backtest import backtest, codes_flagged

    # The option is a click.Choice of the two structures, which its type does not say.
    result = backtest(cases, structure=structure, seed=seed, draws=draws)  # type: ignore[arg-type]
    for case, flags in codes_flagged(result).items():
        click.echo(f"{case}: counted as the reference: {'; '.join(flags)}", err=True)
    if json_:
        print_json(result.as_json())
    else:
        _show(result)


def _show(result: Backtest) -> None:
    from rich.table import Table

    from sim.present.console import console as on_stdout
    from sim.present.console import print_table

    console = on_stdout()
    n_ended = sum(reading.case.collapsed for reading in result.readings)
    console.print(
        f"{len(result.readings)} cases, {n_ended} ended; structure {result.structure}; "
        f"{result.model.comparable} pairs can be compared\n"
    )
    scores = Table("ranked by", "Harrell's C", "95 % interval", "in order", "tied", box=None)
    for name, score, interval in (
        ("the model", result.model, result.interval),
        ("  without adverse_power_shift", result.without_hindsight, result.without_hindsight_interval),
        ("naive additive index", result.naive, None),
        ("  without adverse_power_shift", result.naive_without_hindsight, None),
        ("  with third_party_pressure", result.naive_with_pressure, None),
        ("guarantee level alone", result.guarantee_only, None),
        ("adverse_power_shift alone", result.hindsight_only, None),
    ):
        scores.add_row(name, _c(score), _interval(interval), str(score.concordant), str(score.tied))
    print_table(console, scores)
    console.print(
        "\nadverse_power_shift was coded with hindsight; codes and rules are judgement; so few cases bear no decimals\n"
    )
    ranking = Table("case", "predicted median", "S(60)", "observed", "", "enforced", box=None)
    for reading in result.readings:
        ranking.add_row(
            reading.case.case_id,
            f"{reading.predicted_months:.0f} months",
            f"{reading.survival(60):.2f}",
            f"{reading.case.months:.0f} months",
            "ended" if reading.case.collapsed else "held",
            "yes" if reading.enforced else "no",
        )
    print_table(console, ranking)
    console.print("\nmisfits (out of order with …, of those it can be compared with):")
    for misfit in result.misfits:
        parts = [
            f"{what} {', '.join(names)}"
            for what, names in (
                ("outlasted", misfit.outlasted),
                ("was outlasted by", misfit.outlasted_by),
                ("tied with", misfit.tied),
            )
            if names
        ]
        console.print(
            f"  {misfit.case.case_id}: {'; '.join(parts)} ({misfit.wrong:g} of {misfit.comparable})", highlight=False
        )
    if not result.misfits:
        console.print("  none")


def _c(score: Concordance) -> str:
    return "none" if score.c is None else f"{score.c:.3f}"


def _interval(interval: tuple[float, float] | None) -> str:
    return "" if interval is None else f"{interval[0]:.2f} to {interval[1]:.2f}"
