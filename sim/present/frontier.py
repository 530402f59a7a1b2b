"""The frontier and the zone as tables for a terminal."""

from __future__ import annotations

import numpy as np

from sim.agreements.frontier import Frontier
from sim.agreements.payoffs import Payoffs
from sim.present.agreements import letters, margin_rows, print_common_terms, term_rows
from sim.present.console import bold, console, print_table
from sim.present.words import counted

__all__ = ["print_frontier"]


def _are(number: int) -> str:
    return "is" if number == 1 else "are"


def print_frontier(frontier: Frontier, zone_with_lines: int, top: int) -> None:
    """Print the frontier: counts, solutions, and the efficient agreements closest to being signed.

    Parameters
    ----------
    frontier : Frontier
    zone_with_lines : int
        Size of the zone when all declared red lines are real.
    top : int
        How many efficient agreements to print.

    Examples
    --------
    >>> import sim
    >>> payoffs = Payoffs.of(sim.read_scenario("scenarios/tutorial-two-by-two/scenario.yaml"))
    >>> print_frontier(Frontier.of(payoffs), zone_with_lines=2, top=2)
    Two by two, at central values
    4 agreements can be signed; 3 of them are efficient; 2 are acceptable to all who must sign (2 if every
    declared red line is real).
    <BLANKLINE>
    All solutions share: Pass: shared; Guard: absent.
    ...
    """
    payoffs, screen = frontier.payoffs, console()
    screen.print(f"{bold(payoffs.scenario.title)}, at central values")
    screen.print(
        f"{counted(int(payoffs.space.signable.sum()), 'agreements')} can be signed; {len(frontier.agreements):,} of "
        f"them {_are(len(frontier.agreements))} efficient; {len(frontier.zone):,} {_are(len(frontier.zone))} "
        "acceptable to all who must sign "
        f"({zone_with_lines:,} if every declared red line is real).\n"
    )
    if len(frontier.zone):
        found = {name: index for name, index in frontier.solutions.items() if index is not None}
        headings = [name.replace("_", " ") for name in found]
        _side_by_side(
            payoffs, list(found.values()), headings, "Bargaining solutions in the zone", "All solutions share"
        )
    else:
        screen.print("No agreement is acceptable to all, so no bargaining solution exists; `parley zone` says why.\n")
    refusing = (~payoffs.acceptable & payoffs.must_sign)[frontier.agreements].sum(axis=1)
    order = np.lexsort((frontier.agreements, -payoffs.least_margin[frontier.agreements], refusing))[:top]
    chosen = frontier.agreements[order].tolist()
    _side_by_side(payoffs, chosen, letters(len(chosen)), "Efficient agreements closest to being signed", "All share")


def _side_by_side(payoffs: Payoffs, chosen: list[int], headings: list[str], title: str, share: str) -> None:
    from rich.table import Table

    screen = console()
    agreements = [payoffs.space.agreement(index) for index in chosen]
    print_common_terms(screen, payoffs.scenario, agreements, share)
    table = Table("", *headings)
    table.add_row("number", *map(str, chosen))
    term_rows(table, payoffs.scenario, agreements)
    table.add_section()
    margin_rows(table, payoffs, chosen)
    print_table(screen, table, title)
    screen.print(
        "Numbers are u − r: what the agreement is worth to a party above no deal, on its own scale; they are not "
        "comparable across parties. × crosses a red line of the party that is real here.\n"
    )
