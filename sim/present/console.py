"""The console that tables are printed on."""

from __future__ import annotations

import os
import re
import sys
from typing import TYPE_CHECKING, Any

from sim.errors import printable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import Console, ConsoleOptions, RenderableType
    from rich.segment import Segment
    from rich.table import Table

__all__ = ["bold", "console", "dim", "print_table"]

#: Columns where stdout is no terminal and COLUMNS is not set: a file or pipe gets tables that do not wrap early.
PIPED_WIDTH = 110
#: No table can be told in less.
LEAST_WIDTH = 40


#: Where a style begins and ends: characters for private use, which no text from a file brings to a screen.
_BEGIN = {"bold": "\ue0b0", "dim": "\ue0b1"}
_END = "\ue0b2"


def bold(text: str) -> str:
    """Return text that `console` prints in bold.

    Examples
    --------
    >>> console().print(bold("Two by two") + " [sic]")
    Two by two [sic]
    """
    return f"{_BEGIN['bold']}{_inner(text)}{_END}"


def dim(text: str) -> str:
    """Return text that `console` prints dimmed.

    Examples
    --------
    >>> console().print(dim("and 3 larger ones"))
    and 3 larger ones
    """
    return f"{_BEGIN['dim']}{_inner(text)}{_END}"


def _inner(text: str) -> str:
    return text.translate(dict.fromkeys(map(ord, (*_BEGIN.values(), _END)), "\ufffd"))


def console() -> Console:
    r"""Return a console on stdout, as wide as COLUMNS says, else as the terminal is, else `PIPED_WIDTH`.

    All that is printed on it is text: words in square brackets are no markup, and signs that would steer the
    terminal or turn the direction of writing are shown by their number (`sim.errors.printable`).

    Returns
    -------
    rich.console.Console

    Examples
    --------
    >>> console().width  # the output of an example is no terminal
    110
    >>> console().print("[red]Hill[/red] \x1b[31m")
    [red]Hill[/red] \u001b[31m
    """
    from rich.console import Console
    from rich.segment import Segment
    from rich.text import Text

    class Screen(Console):
        def render_str(self, text: str, **options: Any) -> Text:
            options |= {"markup": False, "emoji": False}
            shown = Text("", options.pop("style", ""), justify=options.get("justify"), overflow=options.get("overflow"))
            for place, part in enumerate(re.split(f"([{''.join(_BEGIN.values())}][^{_END}]*{_END})", text)):
                inner = printable(part[1:-1] if place % 2 else part)
                style = next((name for name, sign in _BEGIN.items() if place % 2 and part[0] == sign), "")
                shown.append_text(super().render_str(inner, style=style, **options))
            return shown

        def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
            # The last gate, for what is no plain text when it comes here.
            for segment in super().render(renderable, options):
                plain = segment.text if segment.control else printable(segment.text)
                yield segment if plain == segment.text else Segment(plain, segment.style)

    given = os.environ.get("COLUMNS", "")
    if given.isdecimal() and int(given) > 0:
        width: int | None = max(LEAST_WIDTH, int(given))
    else:
        width = None if sys.stdout.isatty() else PIPED_WIDTH
    return Screen(highlight=False, width=width)


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
        screen.print(Text(printable(title), style="table.title"))
    for column in table.columns:
        if not column.no_wrap:
            column.overflow = "fold"
    screen.print(table)
