"""The console that tables are printed on."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["console"]

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
