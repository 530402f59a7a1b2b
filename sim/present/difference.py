"""What scenarios say differently, as a table: of ``parley diff``, and of what went in of ``parley compare``."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sim.domain.difference import Change
from sim.domain.titles import are_keys_shown, path_in_groups, step_in_words
from sim.domain.uncertain import Number
from sim.present.console import console, print_table
from sim.present.words import path_in_lines

if TYPE_CHECKING:
    from sim.domain.scenario import Scenario

__all__ = ["number_rows", "print_differences"]

#: Signs of a value shown where not all are shown.
LONGEST = 60
#: What a record says beside its content.
_BESIDE = ("source", "status", "note")
#: Signs of a line of a path.
_LINE = 40
#: Signs up to which a value stands on one line.
_SHORT = 22

_WORDS = {
    "value": "other values",
    "range": "other ranges",
    "provenance": "other sources",
    "added": "added",
    "removed": "removed",
    "changed": "changed otherwise",
}


def print_differences(
    scenario: Scenario | None,
    names: Sequence[str],
    changes: Sequence[Change],
    *,
    rest: str,
    every: bool = False,
    most: int | None = None,
    title: str = "",
) -> None:
    """Print a line per difference and how many there are of each kind.

    Parameters
    ----------
    scenario : Scenario, optional
        The first, for titles; without one paths stand as they are.
    names : sequence of str
        What the sides are called, the first one's first.
    changes : sequence of Change
    rest : str
        What shows the rest, where something is left out.
    every : bool
        Whether differences of source, status or note alone are shown too; they are counted otherwise.
    most : int, optional
        Lines shown; values are then cut after `LONGEST` signs.
    title : str
        Above the table.

    Examples
    --------
    >>> import sim
    >>> from sim.domain.difference import differences
    >>> two = sim.read_scenario("scenarios/tutorial-two-by-two/scenario.yaml")
    >>> other = sim.with_settings(two, {"parties.hill.utility.pass.shared": 0.4})
    >>> print_differences(two, ("Two by two", "another coding"), differences(two, other), rest="--all")
    <BLANKLINE>
                    Two by two   another coding
    ────────────────────────────────────────────
    Hill: value of
      Pass: shared  0.2          0.4
    <BLANKLINE>
    1 other value.
    """
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    screen = console()
    # A note or source that differs beside a value goes with that value; alone it is rarely what is asked for.
    shown = [change for change in changes if every or not change.is_label]
    hidden = len(changes) - len(shown)
    if not shown:
        screen.print("They say the same." if not hidden else "They give the same numbers and rules.")
    else:
        table = Table(box=SIMPLE_HEAD, pad_edge=False)
        table.add_column("")
        told = [[_told(scenario, one, change.path) for one in change.given] for change in shown[:most]]
        if most is not None:
            told = [[one if len(one) <= LONGEST else f"{one[: LONGEST - 1]}…" for one in row] for row in told]
        for place, name in enumerate(names):
            short = all(len(row[place]) <= _SHORT for row in told)
            heading = textwrap.fill(name, _SHORT, break_long_words=False, break_on_hyphens=False) if short else name
            table.add_column(heading, no_wrap=short)
        number_rows(table, scenario, [change.path for change in shown[:most]], told)
        print_table(screen, table, title)
        counts = Counter(change.kind for change in shown)
        words = [
            f"{count:,} {_WORDS[kind].removesuffix('s') if count == 1 else _WORDS[kind]}"
            for kind, count in counts.most_common()
        ]
        more = len(shown) - most if most is not None else 0
        left = f" {more:,} of them are left out here; {rest} shows them." if more > 0 else ""
        screen.print(", ".join(words) + "." + left)
    if hidden:
        verb = "differs" if hidden == 1 else "differ"
        screen.print(f"{hidden:,} more {verb} in source, status or note only; {rest} shows them.")


def number_rows(table: Any, scenario: Scenario | None, paths: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Add rows about paths to a table, those with a heading in common below it, in words.

    Parameters
    ----------
    table : rich.table.Table
    scenario : Scenario, optional
        For titles; without one paths stand as they are. Where keys are shown, the path stands below each title.
    paths : sequence of str
    rows : sequence of sequence of str
        The cells of the other columns.

    Examples
    --------
    >>> import sim
    >>> from rich.table import Table
    >>> two, table = sim.read_scenario("scenarios/tutorial-two-by-two/scenario.yaml"), Table("", "value", box=None)
    >>> number_rows(table, two, ["parties.hill.no_deal.reservation"], [["0.3"]])
    >>> print_table(console(), table)
                    value
     Hill: no deal
       value        0.3
    """
    from rich.text import Text

    heading = ""
    for path, cells in zip(paths, rows, strict=True):
        group, words = ("", path) if scenario is None else path_in_groups(scenario, path)
        if group != heading:
            table.add_row(Text(group, style="bold"))
            heading = group
        indent = "  " if group else ""
        key = f"\n{path_in_lines(path, _LINE, len(indent) + 2)}" if scenario is not None and are_keys_shown() else ""
        said = path_in_lines(path, _LINE, 0) if scenario is None else f"{indent}{words}"
        table.add_row(Text(f"{said}{key}"), *map(Text, cells))


def _told(scenario: Scenario | None, given: Any, path: str = "") -> str:
    if given is None:
        return "–"
    if isinstance(given, Number):
        low, high = given.range
        span = "" if given.is_certain else f" ({low:g} to {high:g})"
        return f"{given.value:g}{span}"
    if isinstance(given, Mapping) and "value" in given:
        try:
            return _told(scenario, Number.model_validate(given))
        except ValueError:
            pass
    step = path.rpartition(".")[2]
    if isinstance(given, Mapping):
        # The path of a red line names issue and options already.
        said = {*_BESIDE, *(("issue", "options") if "=" in path else ())}
        return ", ".join(
            f"{step_in_words(scenario, key, step)}: {_inside(scenario, child, str(key))}"
            for key, child in given.items()
            if key not in said
        )
    if isinstance(given, list | tuple):
        return " or ".join(_inside(scenario, child, step) for child in given)
    if isinstance(given, bool):
        return "yes" if given else "no"
    return step_in_words(scenario, given, step) if isinstance(given, str) else str(given)


def _inside(scenario: Scenario | None, given: Any, path: str) -> str:
    """Return what is told within something else: a mapping in braces, so that it ends where it ends."""
    number = isinstance(given, Mapping) and "value" in given
    told = _told(scenario, given, path)
    return f"{{{told}}}" if isinstance(given, Mapping) and not number else told
