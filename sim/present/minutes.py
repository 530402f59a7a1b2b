"""Minutes of the talks on a terminal: one week a paragraph, wrapped between words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from textwrap import fill

from sim.present.console import console

__all__ = ["print_minutes"]

_WEEKS = re.compile(r"(Weeks? \d+(?: to \d+)?): ")


def print_minutes(heading: str, told: Sequence[str], notices: Sequence[str] = ()) -> None:
    """Print minutes under a heading.

    Parameters
    ----------
    heading : str
        Which run it is.
    told : sequence of str
        Paragraphs, from ``sim.negotiation.minutes``.
    notices : sequence of str
        What a reader must know before believing them.

    Examples
    --------
    >>> print_minutes("tutorial: run 0", ["Week 1: Anna offers: Price: high."])
    tutorial: run 0
    <BLANKLINE>
    Week 1
      Anna offers: Price: high.
    """
    screen = console()
    width = min(screen.width, 110)
    screen.print(fill(heading, width), style="bold", markup=False)
    for notice in notices:
        screen.print(fill(notice, width), style="yellow", markup=False)
    screen.print()
    for paragraph in told:
        week = _WEEKS.match(paragraph)
        if week:
            screen.print(week[1], style="bold", markup=False)
            paragraph = paragraph[week.end() :]
        indent = "  " if week else ""
        for line in paragraph.split("\n"):
            screen.print(fill(line, width, initial_indent=indent, subsequent_indent=indent), markup=False)
