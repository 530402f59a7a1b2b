"""The zone of agreement in words: why it is empty, and what comes nearest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.agreements.payoffs import SCALE, Payoffs
from sim.agreements.zone import Zone
from sim.present.agreements import letters, margin_rows, print_common_terms, term_rows

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["print_nearest", "zone_sentences"]


def zone_sentences(payoffs: Payoffs, zone: Zone) -> list[str]:
    """Return why the zone is as it is, a sentence each.

    Parameters
    ----------
    payoffs : Payoffs
    zone : Zone
        Of the same payoffs.

    Returns
    -------
    list of str

    Examples
    --------
    >>> import sim
    >>> payoffs = sim.Payoffs.of(sim.read_scenario("scenarios/berlin-2025/scenario.yaml"))
    >>> print(zone_sentences(payoffs, Zone.of(payoffs))[0])
    No agreement is acceptable to all who must sign.
    """
    parties = payoffs.scenario.parties
    if len(zone.agreements):
        return [f"{len(zone.agreements):,} agreements are acceptable to all who must sign."]
    sentences = ["No agreement is acceptable to all who must sign."]
    sentences += [
        f"Without {parties[blocker.party].title}, {blocker.zone_without:,} would be: it finds "
        f"{blocker.refuses_by_value:,} of them worth less than no deal, and {blocker.refuses_by_line:,} cross a red "
        "line of its own."
        for blocker in zone.blockers
    ]
    sentences += [
        f"The smallest change of one reservation value that opens the zone: {parties[opening.party].title} from "
        f"{opening.reservation:.2f} to {opening.threshold:.3f} ({opening.change:.0%} of its range)."
        for opening in zone.openings
    ]
    if not zone.openings:
        sentences.append("No change of a single reservation value opens the zone.")
    return sentences


def print_nearest(screen: Console, payoffs: Payoffs, count: int = 4) -> None:
    """Print the agreements closest to being signed, side by side with each party's margin.

    Parameters
    ----------
    screen : Console
    payoffs : Payoffs
    count : int
    """
    from rich.table import Table

    chosen = payoffs.front_runners(count).tolist()
    agreements = [payoffs.space.agreement(index) for index in chosen]
    print_common_terms(screen, payoffs.scenario, agreements, "All shown share")
    table = Table(
        "", *letters(len(chosen)), title="Closest to being signed, at central values: u − r", title_justify="left"
    )
    term_rows(table, payoffs.scenario, agreements)
    table.add_section()
    margin_rows(table, payoffs, chosen)
    accepting = [int(payoffs.n_accepting[index]) for index in chosen]
    needed = [int(payoffs.must_sign[index].sum()) for index in chosen]
    table.add_row("could sign", *[f"{a} of {n}" for a, n in zip(accepting, needed, strict=True)])
    screen.print(table)
    least = min(float(payoffs.least_margin[index]) / SCALE for index in chosen)
    if least < 0 or any(payoffs.crosses_line[index].any() for index in chosen):
        screen.print("A minus means worth less than no deal; × means across a real red line of that party.\n")
