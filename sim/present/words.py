"""Counts, shares and paths in words."""

from __future__ import annotations

import re

__all__ = ["counted", "path_in_lines", "whole_percent"]


def path_in_lines(path: str, width: int, indent: int = 2) -> str:
    """Return a key path over as many lines as it needs, broken where one of its words ends.

    Parameters
    ----------
    path : str
    width : int
        Of a column; a word longer than that stays whole.
    indent : int
        Blanks before the first line; the others are set two further.

    Examples
    --------
    >>> print(path_in_lines("fortna.security_framework.binding_guarantees", 28))
      fortna.security_framework.
        binding_guarantees
    """
    lines = [" " * indent]
    for piece in re.findall(r"[^._]+[._]*|[._]+", path):
        if len(lines[-1]) + len(piece) > width and lines[-1].strip():
            lines.append(" " * (indent + 2))
        lines[-1] += piece
    return "\n".join(lines)


def counted(number: int, what: str) -> str:
    """Return how many there are of something, one in the singular.

    Parameters
    ----------
    number : int
    what : str
        In the plural, with an s.

    Examples
    --------
    >>> counted(1, "runs"), counted(12_000, "runs"), counted(1, "agreements can")
    ('1 run', '12,000 runs', '1 agreement can')
    """
    noun, blank, rest = what.partition(" ")
    return f"{number:,} {noun.removesuffix('s') if number == 1 else noun}{blank}{rest}"


def whole_percent(share: float) -> str:
    """Return a share in whole percent.

    Parameters
    ----------
    share : float
        From 0 to 1.

    Returns
    -------
    str

    Examples
    --------
    >>> whole_percent(0.504)
    '50 %'
    """
    return f"{100 * share:.0f} %"
