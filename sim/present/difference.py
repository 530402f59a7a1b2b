"""What two scenarios say differently, as a table for a terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from sim.domain.difference import Change
from sim.domain.uncertain import Number
from sim.present.console import bold, console, print_table
from sim.present.words import path_in_lines

__all__ = ["print_differences"]

#: What a record says beside its content.
_BESIDE = ("source", "status", "note")

_WORDS = {
    "value": "other values",
    "range": "other ranges",
    "provenance": "other sources",
    "added": "added",
    "removed": "removed",
    "changed": "changed otherwise",
}


def print_differences(titles: tuple[str, str], changes: Sequence[Change], hidden: int = 0) -> None:
    """Print a line per difference and how many there are of each kind.

    Parameters
    ----------
    titles : tuple of two str
    changes : sequence of Change
        What is shown.
    hidden : int
        How many more differ in source or note only, and are left out.

    Examples
    --------
    >>> import sim
    >>> from sim.domain.difference import differences
    >>> two = sim.read_scenario("scenarios/tutorial-two-by-two/scenario.yaml")
    >>> other = sim.with_settings(two, {"parties.hill.utility.pass.shared": 0.4})
    >>> print_differences(("Two by two", "another coding"), differences(two, other))
    Two by two → another coding
    <BLANKLINE>
    path                           before   after
    ─────────────────────────────────────────────
    parties.hill.utility
      pass.shared          value   0.2      0.4
    <BLANKLINE>
    1 other values.
    """
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    screen = console()
    screen.print(f"{bold(titles[0])} → {bold(titles[1])}")
    if not changes:
        screen.print("They say the same." if not hidden else "They give the same numbers and rules.")
    else:
        table = Table(box=SIMPLE_HEAD, pad_edge=False)
        split = [_split(change.path) for change in changes]
        width = min(max(max(len(group), len(rest) + 2) for group, rest in split), 54)
        table.add_column("path", width=width)
        for heading in ("", "before", "after"):
            table.add_column(heading)
        heading = ""
        for change, (group, rest) in zip(changes, split, strict=True):
            if group != heading:
                table.add_row(Text(group, style="bold"))
                heading = group
            path = path_in_lines(rest, width, 2 if group else 0)
            cells = (path, change.kind, _told(change.before, rest), _told(change.after, rest))
            table.add_row(*map(Text, cells))
        print_table(screen, table)
        counts = Counter(change.kind for change in changes)
        screen.print(", ".join(f"{count:,} {_WORDS[kind]}" for kind, count in counts.most_common()) + ".")
    if hidden:
        screen.print(
            f"{hidden:,} more differ{'s' if hidden == 1 else ''} in source, status or note only; --all shows them."
        )


def _split(path: str) -> tuple[str, str]:
    """Return the part of a path that stands as heading, and the rest."""
    steps = path.split(".")
    depth = min(3, len(steps) - 1)
    return ".".join(steps[:depth]), ".".join(steps[depth:])


def _told(given: Any, path: str = "") -> str:
    if given is None:
        return ""
    if isinstance(given, Number):
        low, high = given.range
        span = "" if given.is_certain else f" ({low:g} to {high:g})"
        return f"{given.value:g}{span}"
    if isinstance(given, dict) and "value" in given:
        return _told(Number.model_validate(given))
    if isinstance(given, dict):
        # The path of a red line names issue and options already.
        said = {*_BESIDE, *(("issue", "options") if "=" in path else ())}
        return ", ".join(f"{key}: {_inside(child)}" for key, child in given.items() if key not in said)
    if isinstance(given, list):
        return " or ".join(map(_inside, given))
    if isinstance(given, bool):
        return "true" if given else "false"
    return str(given)


def _inside(given: Any) -> str:
    """Return what is told within something else: a mapping in braces, so that it ends where it ends."""
    number = isinstance(given, dict) and "value" in given
    return f"{{{_told(given)}}}" if isinstance(given, dict) and not number else _told(given)
