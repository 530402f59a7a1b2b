"""The outcome table of a batch of runs, as a person wants to read it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from sim.domain.scenario import Scenario
from sim.domain.titles import issue_title, option_title, party_title
from sim.present.agreements import letters, print_common_terms, term_rows
from sim.present.console import bold, console, dim, print_table
from sim.present.words import counted
from sim.results.intervals import Interval
from sim.results.summary import StageReached, Summary

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["percent", "print_funnels", "print_summary", "share_in_words"]

#: Agreements shown side by side.
SHOWN = 4
#: Reasons of failed runs that are told.
_REASONS = 5


def percent(share: float) -> str:
    """Return a share in whole percent, to a tenth near the ends.

    Parameters
    ----------
    share : float
        From 0 to 1, or NaN.

    Returns
    -------
    str

    Examples
    --------
    >>> percent(0.504), percent(0.005), percent(0.0), percent(float("nan"))
    ('50 %', '0.5 %', '0 %', '–')
    """
    if math.isnan(share):
        return "–"
    if 0 < share < 0.015 or 0.985 < share < 1:
        return f"{share:.1%}".replace("%", " %")
    return f"{share:.0%}".replace("%", " %")


def share_in_words(share: Interval) -> str:
    """Return a share with its 95 % interval.

    Parameters
    ----------
    share : Interval
        From 0 to 1, or NaN.

    Returns
    -------
    str

    Examples
    --------
    >>> share_in_words(Interval(0.5, 0.31, 0.69, "wilson"))
    '50 % (31–69 %)'
    """
    if math.isnan(share.estimate):
        return "–"
    return f"{percent(share.estimate)} ({share.low * 100:.0f}–{share.high * 100:.0f} %)"


def ground_in_words(scenario: Scenario, ground: str) -> str:
    """Return the ground of a refusal in words.

    Examples
    --------
    >>> import sim
    >>> berlin = sim.read_scenario("scenarios/berlin-2025/scenario.yaml")
    >>> ground_in_words(berlin, "red line: donetsk")
    'a real red line on Donetsk'
    >>> ground_in_words(berlin, "below no deal: sanctions")
    'worth less than no deal, Sanctions on Russia costing it most'
    """
    kind, _, issue = ground.partition(": ")
    title = issue_title(scenario, issue)
    phrases = {
        "red line": f"a real red line on {title}",
        "below no deal": f"worth less than no deal, {title} costing it most",
        "holding out": f"could have signed but held out for more, {title} costing it most",
        "nothing acceptable": f"could sign nothing that can be talked about, {title} costing it most",
        "silent": "was never asked",
    }
    return phrases.get(kind, ground)


def print_summary(summary: Summary, scenario: Scenario, heading: str) -> None:
    """Print what a batch of runs came to.

    Parameters
    ----------
    summary : Summary
    scenario : Scenario
    heading : str
        How the runs were made, for the second line.

    Examples
    --------
    >>> import sim
    >>> from sim.results.batch import run_batch
    >>> two = sim.read_scenario("scenarios/tutorial-two-by-two/scenario.yaml")
    >>> print_summary(Summary.of(run_batch(two, runs=4, quiet=True), two), two, "4 runs, seed 0")
    Two by two (as of 2025)
    4 runs, seed 0
    <BLANKLINE>
    how far runs get          runs  share of all      of those before
    all                          4
    something to sign            4  100 % (51–100 %)
    signed                       4  100 % (51–100 %)  100 % (51–100 %)
    ratified everywhere          4  100 % (51–100 %)  100 % (51–100 %)
    ...
    """
    screen = console()
    screen.print(f"{bold(scenario.title)} (as of {scenario.as_of})")
    screen.print(f"{heading}\n")
    _print_headline(screen, summary, scenario)
    _print_failures(screen, summary)
    if summary.agreements:
        _print_terms(screen, summary, scenario)
        _print_agreements(screen, summary, scenario)
    if summary.refusals:
        _print_refusals(screen, summary, scenario)
    screen.print(
        dim(
            "Shares are of runs, with 95 % intervals (Wilson; by world where worlds repeat). Margins are u − r on each "
            "party's own scale, not comparable across parties. Not a forecast: shares follow from the ranges."
        )
    )


def _print_failures(screen: Console, summary: Summary) -> None:
    """Print why runs failed, the most frequent reasons."""
    for failure in summary.failures[:_REASONS]:
        screen.print(f"{bold(f'{counted(failure.runs, "runs")} failed')}: {failure.message} ({failure.error})")
    if len(summary.failures) > _REASONS:
        screen.print(f"and {counted(len(summary.failures) - _REASONS, 'reasons')} more")
    if summary.failures:
        screen.print()


def _print_headline(screen: Console, summary: Summary, scenario: Scenario) -> None:
    from rich.table import Table

    table = Table("how far runs get", box=None, pad_edge=False)
    table.add_column("runs", justify="right")
    table.add_column("share of all")
    table.add_column("of those before")
    fine = summary.runs - summary.failed
    runs = f"{summary.runs:,}" + (f", {summary.failed:,} of them failed" if summary.failed else "")
    table.add_row("all", runs, "", "")
    for stage in summary.stages:
        before = "" if stage.of_before is None else share_in_words(stage.of_before)
        table.add_row(stage.name, f"{stage.runs:,}", share_in_words(stage.share), before)
    print_table(screen, table)
    if fine and summary.agreed.estimate < 0.5:
        who = " and ".join(
            f"{party_title(scenario, r.party)} ({percent(r.share.estimate)} of runs)" for r in summary.refusals[:2]
        )
        screen.print(f"\n{bold('No deal is the usual outcome')}: refused last by {who}.")
    screen.print()


def print_funnels(rows: Sequence[tuple[Sequence[str], int, Sequence[StageReached]]], headings: Sequence[str]) -> None:
    """Print how far runs get under each of several rules, up to five years on, one line each.

    Parameters
    ----------
    rows : sequence of (sequence of str, int, sequence of StageReached)
        What the rule is, in as many words as there are headings; how many runs; the stages.
    headings : sequence of str

    Examples
    --------
    >>> from sim.results.intervals import wilson
    >>> from sim.results.summary import StageReached
    >>> stages = [StageReached("something to sign", 40, wilson(40, 40), None)]
    >>> print_funnels([(["shuttle"], 40, stages)], ["protocol"])
    protocol  runs  something to sign
    shuttle     40  100 % (91–100)
    Shares of the runs, with 95 % intervals in percent.
    """
    from rich.table import Table

    table = Table(*headings, box=None, pad_edge=False)
    table.add_column("runs", justify="right")
    names = [name for name in dict.fromkeys(s.name for _, _, stages in rows for s in stages) if "120" not in name]
    for name in names:
        table.add_column(name.replace("in force after", "after"), min_width=len("100 % (91–100)"))
    for words, runs, stages in rows:
        shares = {stage.name: _briefly(stage.share) for stage in stages}
        # Where nothing was ever in force nothing is kept either.
        table.add_row(*words, f"{runs:,}", *(shares.get(name, "0 %") for name in names))
    print_table(console(), table)
    console().print("Shares of the runs, with 95 % intervals in percent.")


def _briefly(share: Interval) -> str:
    # Without a second sign of percent: a table of many shares is wide enough.
    if math.isnan(share.estimate):
        return "–"
    return f"{percent(share.estimate)} ({share.low * 100:.0f}–{share.high * 100:.0f})"


def _print_terms(screen: Console, summary: Summary, scenario: Scenario) -> None:
    from rich.table import Table

    table = Table("issue", "terms of the agreements signed, most frequent first")
    for issue in scenario.issues:
        rows = [term for term in summary.terms if term.issue == issue]
        terms = "; ".join(f"{option_title(scenario, issue, t.option)} {percent(t.share)}" for t in rows[:4])
        table.add_row(issue_title(scenario, issue), terms)
    print_table(screen, table, "What was signed")
    screen.print()


def _print_agreements(screen: Console, summary: Summary, scenario: Scenario) -> None:
    from rich.table import Table

    shown = summary.agreements[:SHOWN]
    terms = [a.agreement for a in shown]
    total = len(summary.agreements)
    every = "the only one" if total == 1 else f"{len(shown)} of {total:,} different ones"
    print_common_terms(screen, scenario, terms, "All shown share")
    table = Table("", *letters(len(shown)))
    table.add_row("number", *(str(one.index) for one in shown))
    table.add_row("share of runs", *[share_in_words(a.share) for a in shown])
    table.add_row("rounds (median)", *[f"{a.rounds:g}" for a in shown])
    table.add_section()
    term_rows(table, scenario, terms)
    table.add_section()
    table.add_row(dim("above no deal (u − r)"))
    for party in sorted(scenario.parties, key=lambda name: scenario.parties[name].title):
        cells = []
        for agreement in shown:
            low, high = agreement.margins[party]
            cells.append(f"{low:+.2f}" if low == high else f"{low:+.2f} to {high:+.2f}")
        table.add_row(party_title(scenario, party), *cells)
    print_table(screen, table, f"Most frequent agreements ({every})")
    screen.print()


def _print_refusals(screen: Console, summary: Summary, scenario: Scenario) -> None:
    from rich.table import Table

    table = Table("refused last", "share of runs", "on what (most frequent, of these runs)")
    for refusal in summary.refusals:
        title = party_title(scenario, refusal.party) or "nobody"
        grounds = "\n".join(
            f"{percent(count / refusal.runs):>5}  {ground_in_words(scenario, ground)}"
            for ground, count in refusal.grounds[:4]
        )
        table.add_row(title, share_in_words(refusal.share), grounds)
    print_table(screen, table, "Where there was no deal")
    screen.print()
