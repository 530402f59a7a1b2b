"""Agreements side by side: common terms once, differing terms and margins as rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from string import ascii_uppercase
from typing import TYPE_CHECKING

from sim.agreements.payoffs import SCALE, Payoffs
from sim.domain.scenario import Scenario
from sim.domain.titles import agreement_in_words, issue_title, option_title, party_title
from sim.present.console import dim

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

__all__ = ["letters", "margin_rows", "print_common_terms", "term_rows"]


def letters(count: int) -> list[str]:
    """Return headings: A, B, and so on to Z, then AA.

    Parameters
    ----------
    count : int
        At most 702, up to ZZ.

    Returns
    -------
    list of str

    Examples
    --------
    >>> letters(3), letters(28)[-2:]
    (['A', 'B', 'C'], ['AA', 'AB'])
    """
    return [
        ascii_uppercase[n] if n < 26 else ascii_uppercase[n // 26 - 1] + ascii_uppercase[n % 26] for n in range(count)
    ]


def _common(scenario: Scenario, agreements: Sequence[Mapping[str, str]]) -> list[str]:
    return [issue for issue in scenario.issues if len({a[issue] for a in agreements}) == 1]


def print_common_terms(
    console: Console, scenario: Scenario, agreements: Sequence[Mapping[str, str]], what: str
) -> None:
    """Print the terms that several agreements share, as one paragraph.

    Parameters
    ----------
    console : Console
    scenario : Scenario
    agreements : sequence of mapping
    what : str
        What shares them, for the sentence: "All five share: …".

    Examples
    --------
    >>> import sim
    >>> from sim.present.console import console
    >>> two = sim.read_scenario("scenarios/tutorial-two-by-two/scenario.yaml")
    >>> agreements = [{"pass": "shared", "guard": "absent"}, {"pass": "shared", "guard": "promised"}]
    >>> print_common_terms(console(), two, agreements, "Both share")
    Both share: Pass: shared.
    """
    common = _common(scenario, agreements)
    if common and len(agreements) > 1:
        terms = agreement_in_words(scenario, {issue: agreements[0][issue] for issue in common})
        console.print(dim(f"{what}: {terms}."))


def term_rows(table: Table, scenario: Scenario, agreements: Sequence[Mapping[str, str]]) -> None:
    """Add one row per issue on which the agreements differ (per issue, where there is only one).

    Parameters
    ----------
    table : rich.table.Table
        Its first column is for the issue; one more per agreement.
    scenario : Scenario
    agreements : sequence of mapping
        Option by issue.

    Examples
    --------
    >>> import sim
    >>> from rich.table import Table
    >>> from sim.present.console import console
    >>> table = Table("", "A", "B", box=None)
    >>> two = sim.read_scenario("scenarios/tutorial-two-by-two/scenario.yaml")
    >>> term_rows(table, two, [{"pass": "shared", "guard": "absent"}, {"pass": "shared", "guard": "promised"}])
    >>> console().print(table)
           A       B
    Guard  absent  promised
    """
    common = _common(scenario, agreements) if len(agreements) > 1 else []
    for issue in scenario.issues:
        if issue not in common:
            options = [option_title(scenario, issue, agreement[issue]) for agreement in agreements]
            table.add_row(issue_title(scenario, issue), *options)


def margin_rows(table: Table, payoffs: Payoffs, agreements: Sequence[int]) -> None:
    """Add one row per party: u − r, marked where a real red line is crossed or no signature is needed.

    Parameters
    ----------
    table : rich.table.Table
        Its first column is for the party; one more per agreement.
    payoffs : Payoffs
    agreements : sequence of int

    Examples
    --------
    >>> import sim
    >>> from rich.table import Table
    >>> from sim.present.console import console
    >>> table = Table("", "A", "B", box=None)
    >>> margin_rows(table, Payoffs.of(sim.read_scenario("scenarios/tutorial-two-by-two/scenario.yaml")), [1, 3])
    >>> console().print(table)
          A       B
    Hill  +0.500  -0.100
    Vale  +0.250  +0.650
    """
    for column, party in sorted(enumerate(payoffs.parties), key=lambda pair: payoffs.scenario.parties[pair[1]].title):
        cells = []
        for agreement in agreements:
            margin = payoffs.margin[agreement, column] / SCALE
            mark = " ×" if payoffs.crosses_line[agreement, column] else ""
            mark += " (not needed)" if not payoffs.must_sign[agreement, column] else ""
            cells.append(f"{margin:+.3f}{mark}")
        table.add_row(party_title(payoffs.scenario, party), *cells)
