"""What the backtest prints: how the model's predictions compare with what happened."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.compliance.history.backtest import RANKED_AT, Backtest
from sim.present.console import print_table

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["show_backtest"]

#: More cases than this are counted, not listed.
LISTED = 25


def show_backtest(result: Backtest, console: Console) -> None:
    """Print a backtest: the answer first, then scores, then the cases.

    Parameters
    ----------
    result : Backtest
    console : rich.console.Console

    Examples
    --------
    >>> from sim.compliance.history.backtest import backtest
    >>> from sim.compliance.history.cases import PastCase
    >>> from sim.compliance.history.mapping import built_in
    >>> from sim.present.console import console
    >>> codes = dict.fromkeys(built_in("interstate").mapping.codes, "0") | {"territorial_clause": "none", "dmz": "none"}
    >>> show_backtest(backtest([PastCase("A", "A", 8, True, codes)], worlds=5, draws=5), console())
    1 case, 1 ended; structure fortna; read by interstate-cases.yaml
    <BLANKLINE>
    No two cases can be compared, so there is nothing to rank.
    ...
    """
    n, ended = len(result.readings), sum(reading.case.ended for reading in result.readings)
    groups = f" in {result.n_groups} groups" if result.n_groups < n else ""
    cases = "1 case" if n == 1 else f"{n} cases"
    console.print(f"{cases}{groups}, {ended} ended; structure {result.structure}; read by {result.mapping}\n")
    console.print(_answer(result) + "\n", highlight=False)
    _show_rankings(result, console)
    _show_scores(result, console)
    if result.fit is not None and result.fitted is not None:
        begin = 0
        console.print("Fitted to all cases; each case above was predicted by a fit to other groups:")
        for end, yearly in zip(result.fit.periods, result.fitted.yearly, strict=True):
            console.print(f"  months {begin} to {end}: hazard {yearly:.3f} a year with the reference terms")
            begin = end
        console.print(
            f"  keeping is worth {result.fitted.gain:g} more than war to the {result.fit.gain.party}; "
            f"tried: {', '.join(f'{value:g}' for value in result.fit.gain.values)}\n"
        )
    _show_cases(result, console)


def _answer(result: Backtest) -> str:
    """Say in sentences whether the model tells anything."""
    model = result.model
    if model.score.c is None:
        return "No two cases can be compared, so there is nothing to rank."
    sentences = [
        f"Of two cases that can be compared, the model names the longer one in {100 * model.score.c:.0f} of 100."
        + (
            f" The 95 % interval is {100 * model.interval[0]:.0f} to {100 * model.interval[1]:.0f}."
            if model.interval
            else ""
        )
    ]
    if model.interval and model.interval[0] <= 0.5:
        sentences.append("This is no better than chance.")
    if result.scored:
        if result.beats_base_rate:
            sentences.append("Its predicted survival is closer to what happened than the base rate is.")
        else:
            sentences.append("Its predicted survival is no better than the base rate, which ignores the terms.")
        row = next((row for row in result.scored if row.month == RANKED_AT), result.scored[-1])
        sentences.append(
            f"On average it gives {row.month} months a chance of {row.predicted:.2f}; "
            f"a share of {row.observed:.2f} lasted that long."
        )
    return " ".join(sentences)


def _show_rankings(result: Backtest, console: Console) -> None:
    from rich.table import Table

    table = Table("ranked by", "Harrell's C", "95 % interval", "pairs in order", "ties", box=None)
    for ranking in result.rankings:
        c = ranking.score.c
        table.add_row(
            ranking.name,
            "none" if c is None else f"{c:.3f}",
            "" if ranking.interval is None else f"{ranking.interval[0]:.2f} to {ranking.interval[1]:.2f}",
            f"{ranking.score.concordant} of {ranking.score.comparable}",
            str(ranking.score.tied),
        )
    if result.permuted is not None:
        mean, low, high = result.permuted
        table.add_row("permuted codes (mean, and range of 95 %)", f"{mean:.3f}", f"{low:.2f} to {high:.2f}", "", "")
    print_table(console, table)
    console.print()


def _show_scores(result: Backtest, console: Console) -> None:
    from rich.table import Table

    if not result.scored:
        return
    table = Table("survival at", "mean predicted", "observed", "Brier score of the model", "of the base rate", box=None)
    for row in result.scored:
        table.add_row(
            f"{row.month} months",
            f"{row.predicted:.2f}",
            f"{row.observed:.2f}",
            "" if row.model is None else f"{row.model:.3f}",
            "" if row.base_rate is None else f"{row.base_rate:.3f}",
        )
    print_table(console, table, "Predicted beside observed (a lower Brier score is better)")
    console.print()
    if result.calibration:
        parts = Table("cases", "mean predicted", "observed", box=None)
        for number, part in enumerate(result.calibration):
            name = ("all", "lowest third", "middle third", "highest third")[number]
            parts.add_row(f"{name} ({part.cases})", f"{part.predicted:.2f}", f"{part.observed:.2f}")
        print_table(console, parts, f"Calibration at {result.calibration[0].month} months, by predicted survival")
        console.print()


def _show_cases(result: Backtest, console: Console) -> None:
    from rich.table import Table

    table = Table("case", "predicted median", "S(60)", "kept in", "observed", "", box=None)
    for reading in result.readings[:LISTED]:
        last = len(reading.survival) - 1
        beyond = "over " if reading.survival[last] > 0.5 else ""
        table.add_row(
            reading.case.case_id,
            f"{beyond}{reading.predicted_months:,} month{'' if reading.predicted_months == 1 else 's'}",
            f"{reading.survival[min(RANKED_AT, last)]:.2f}",
            f"{100 * reading.kept:.0f} % of worlds",
            f"{reading.case.months:,.0f} months",
            "ended" if reading.case.ended else "held",
        )
    print_table(console, table)
    if len(result.readings) > LISTED:
        console.print(f"and {len(result.readings) - LISTED} more cases; --json lists all")
    console.print("\nCases out of order with others, of those each can be compared with:")
    for misfit in result.misfits[: LISTED if len(result.readings) <= LISTED else 5]:
        parts = [
            f"{what} {', '.join(names)}" if len(names) <= LISTED else f"{what} {len(names)} cases"
            for what, names in (
                ("outlasted", misfit.outlasted),
                ("was outlasted by", misfit.outlasted_by),
                ("tied with", misfit.tied),
            )
            if names
        ]
        line = f"  {misfit.case.case_id}: {'; '.join(parts)} ({misfit.wrong:g} of {misfit.comparable})"
        console.print(line, highlight=False)
    if not result.misfits:
        console.print("  none")
