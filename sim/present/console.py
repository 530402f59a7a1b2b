"""The console that tables are printed on."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

__all__ = ["console", "print_table"]

#: Columns where stdout is no terminal, so that a file or pipe gets tables that do not wrap early.
PIPED_WIDTH = 110


def console() -> Console:
    """Return a console on stdout: the terminal's width, or a fixed one in a pipe.

    Returns
    -------
    rich.console.Console

    Examples
    --------
    >>> console().width  # the output of an example is no terminal
    110
    """
    from rich.console import Console

    return Console(highlight=False, width=None if sys.stdout.isatty() else PIPED_WIDTH)


def print_table(screen: Console, table: Table, title: str = "") -> None:
    """Print a table whole, below its title.

    Rich breaks the title of a table where the table ends, however narrow that is; here the title is a line of
    its own, and words in square brackets stand as they are. Nor is a word wider than its column cut short, as Rich
    would: it goes on in the next line, so that two that begin alike can be told apart.

    Parameters
    ----------
    screen : rich.console.Console
    table : rich.table.Table
        Without a title of its own.
    title : str, optional

    Examples
    --------
    >>> from rich.table import Table
    >>> print_table(console(), Table("", "A", box=None), "Much wider than the table [below]")
    Much wider than the table [below]
      A
    """
    from rich.text import Text

    if title:
        screen.print(Text(title, style="table.title"))
    for column in table.columns:
        if not column.no_wrap:
            column.overflow = "fold"
    screen.print(table)
