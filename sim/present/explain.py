"""Where the numbers of a scenario come from, as tables for a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from sim.domain.provenance import Given, status_shares
from sim.domain.scenario import Scenario
from sim.domain.titles import are_keys_shown
from sim.present.console import console, print_table
from sim.present.difference import number_rows

__all__ = ["print_numbers"]


def print_numbers(scenario: Scenario, numbers: Sequence[Given]) -> None:
    """Print every number with value, range, status and source, then the sources by title and the shares.

    Parameters
    ----------
    scenario : Scenario
    numbers : sequence of Given
        What is shown, not empty.

    Examples
    --------
    >>> import sim
    >>> from sim.domain.provenance import given_numbers
    >>> two = sim.read_scenario("scenarios/tutorial-two-by-two/scenario.yaml")
    >>> numbers = [given for given in given_numbers(two) if given.path.endswith(".reservation")]
    >>> print_numbers(two, numbers)
    Two by two
    <BLANKLINE>
                    value   range   status     source
    ─────────────────────────────────────────────────
    Hill: no deal
      value           0.3           unstated
    Vale: no deal
      value          0.35           unstated
    <BLANKLINE>
    2 numbers: 100 % unstated.
    --keys shows beside each the path by which --set changes it.
    """
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    screen = console()
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("")
    table.add_column("value", justify="right")
    table.add_column("range", no_wrap=True)
    table.add_column("status")
    table.add_column("source")
    rows = []
    for given in numbers:
        low, high = given.number.range
        span = "" if given.number.is_certain else f"{low:g} to {high:g}"
        rows.append((f"{given.number.value:g}", span, given.status, ", ".join(given.number.sources)))
    number_rows(table, scenario, [given.path for given in numbers], rows)
    print_table(screen, table, scenario.title)
    _print_sources(numbers)
    shares = ", ".join(f"{_percent(share)} {status}" for status, share in status_shares(tuple(numbers)).items())
    screen.print(f"{len(numbers):,} numbers: {shares}.")
    if not are_keys_shown():
        screen.print("--keys shows beside each the path by which --set changes it.")


def _print_sources(numbers: Sequence[Given]) -> None:
    from rich.padding import Padding
    from rich.text import Text

    screen = console()
    used = {ref.source: ref for given in numbers for ref in given.references}
    if not used:
        return
    screen.print("Sources")
    for key in sorted(used):
        reference = used[key]
        date = f" ({reference.date})" if reference.date else ""
        screen.print(Padding(Text.assemble((key, "bold"), f"  {reference.title}{date}"), (0, 0, 0, 2)))
    screen.print()


def _percent(share: float) -> str:
    """Return a share in per cent that never reads as none or all when it is not."""
    if 0 < share < 0.01:
        return "under 1 %"
    if 0.99 < share < 1:
        return "over 99 %"
    return f"{share:.0%}".replace("%", " %")
