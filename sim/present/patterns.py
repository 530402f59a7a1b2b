"""Patterns and what each protocol reaches, as tables on the console."""

from __future__ import annotations

from collections.abc import Sequence

from sim.present.console import console
from sim.results.patterns import Pattern, summary
from sim.results.reached import Reached

__all__ = ["print_patterns", "print_reached"]


def print_patterns(found: Sequence[Pattern]) -> None:
    """Print the patterns with their figures and verdicts.

    Parameters
    ----------
    found : sequence of Pattern
    """
    from rich.table import Table

    table = Table(show_lines=True)
    for heading in ("", "pattern", "standing", "verdict", "figures"):
        table.add_column(heading)
    for pattern in found:
        verdict = "open" if pattern.shown is None else "shown" if pattern.shown else "missed"
        figures = "\n".join(f"{value:8.3g}  {what}" for what, value in pattern.figures.items())
        note = f"\n{pattern.note}" if pattern.note else ""
        table.add_row(pattern.name, pattern.title, pattern.status, verdict, figures + note)
    screen = console()
    screen.print(table)
    screen.print(f"{summary(found)}. A miss is a finding: nothing is adjusted until a pattern shows.")


def print_reached(rows: Sequence[Reached]) -> None:
    """Print what talks reach, by coding and protocol.

    Parameters
    ----------
    rows : sequence of Reached
    """
    from rich.table import Table

    table = Table()
    count = len(rows[0].front_runners) if rows else 0
    for heading in ("coding", "protocol", "zone", "deal", "in zone", *(f"#{k + 1}" for k in range(count)), "rounds"):
        table.add_column(heading, justify="left" if heading in ("coding", "protocol") else "right")
    for row in rows:
        shares = (row.zones, row.deals, row.in_zone, *row.front_runners)
        words = "–" if row.deals == 0 else f"{row.rounds:.0f}"
        table.add_row(row.coding, row.protocol, *(f"{100 * n / row.runs:.0f} %" for n in shares), words)
    screen = console()
    screen.print(table)
    screen.print(
        "Shares of runs: worlds with a zone; deals; deals in the zone; deals that are the world's own first, second, …"
        " front-runner. The same worlds under every protocol."
    )
