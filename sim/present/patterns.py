"""Patterns and what each protocol reaches, as tables on the console."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import fill

from sim.present.console import bold, console, print_table
from sim.present.outcomes import print_funnels
from sim.results.patterns import Pattern, summary
from sim.results.reached import Reached

__all__ = ["deadlines_in_words", "print_patterns", "print_reached", "protocol_or_zone"]

#: Chance from which protocols are not told apart.
CHANCE = 0.05
#: Fewer worlds with a zone than this say nothing about protocols.
FEW_ZONES = 5


def print_patterns(found: Sequence[Pattern]) -> None:
    """Print the patterns with their figures and verdicts.

    Parameters
    ----------
    found : sequence of Pattern

    Examples
    --------
    >>> print_patterns([Pattern("P1", "No package is acceptable", "assumed", True, {"packages": 0.0})])
    P1  No package is acceptable: assumed, shown
               0  packages
    <BLANKLINE>
    1 shown, 0 missed, 0 open. A miss is a finding: nothing is adjusted until a pattern shows. ...
    """
    from rich.text import Text

    screen = console()
    width = min(screen.width, 110)
    for pattern in found:
        verdict = "open" if pattern.shown is None else "shown" if pattern.shown else "missed"
        if pattern.shown and pattern.missing:
            verdict = "shown in part"
        colour = {"missed": "red", "shown in part": "yellow", "open": "yellow"}.get(verdict, "green")
        screen.print(
            Text.assemble((f"{pattern.name}  {pattern.title}", "bold"), f": {pattern.status}, ", (verdict, colour))
        )
        for what, value in pattern.figures.items():
            screen.print(fill(what, width, initial_indent=f"{value:12.3g}  ", subsequent_indent=" " * 14), markup=False)
        missing = f"Missed: {pattern.missing}." if pattern.missing else ""
        for sentence in (f"{pattern.note[:1].upper()}{pattern.note[1:]}." if pattern.note else "", missing):
            if sentence:
                screen.print(fill(sentence, width, initial_indent="    ", subsequent_indent="    "), markup=False)
        screen.print()
    words = f"{summary(found)}. A miss is a finding: nothing is adjusted until a pattern shows."
    words += " Assumed: it follows from the coded values, whatever anybody does. Calibrated: numbers were fitted to it."
    screen.print(fill(words + " Emergent: nothing was set for it.", width), markup=False)


def print_reached(rows: Sequence[Reached]) -> None:
    """Print what talks reach, by coding and protocol.

    Parameters
    ----------
    rows : sequence of Reached

    Examples
    --------
    Of twenty runs all had a zone and eighteen a deal in it, twelve of them the world's own first front-runner:

    >>> print_reached([Reached("own", "shuttle", 20, 20, 18, 18, (12, 6), 8.0)])
    ┏━━━━━━━━┳━━━━━━━━━━┳━━━━━━━┳━━━━━━┳━━━━━━━━━┳━━━━━━┳━━━━━━┳━━━━━━━━┓
    ┃ coding ┃ protocol ┃  zone ┃ deal ┃ in zone ┃   #1 ┃   #2 ┃ rounds ┃
    ┡━━━━━━━━╇━━━━━━━━━━╇━━━━━━━╇━━━━━━╇━━━━━━━━━╇━━━━━━╇━━━━━━╇━━━━━━━━┩
    │ own    │ shuttle  │ 100 % │ 90 % │    90 % │ 60 % │ 30 % │      8 │
    └────────┴──────────┴───────┴──────┴─────────┴──────┴──────┴────────┘
    Shares of 20 runs a row: ...
    Of 20 worlds with a zone, a deal in it is reached in: shuttle 18. So it is the zone that matters.
    """
    from rich.table import Table

    several = len({row.coding for row in rows}) > 1
    own = [row for row in rows if row.own_deadline]
    if all(row.stages for row in own):
        headings = [*(["coding"] if several else []), "protocol"]
        funnels = [([row.coding, row.protocol] if several else [row.protocol], row.runs, row.stages) for row in own]
        print_funnels(funnels, headings)
        console().print()
    table = Table()
    count = len(rows[0].front_runners) if rows else 0
    for heading in ("coding", "protocol", "zone", "deal", "in zone", *(f"#{k + 1}" for k in range(count)), "rounds"):
        table.add_column(heading, justify="left" if heading in ("coding", "protocol") else "right")
    for row in own:
        shares = (row.zones, row.deals, row.in_zone, *row.front_runners)
        weeks = "–" if row.deals == 0 else f"{row.rounds:.0f}"
        table.add_row(row.coding, row.protocol, *(f"{100 * n / row.runs:.0f} %" for n in shares), weeks)
    screen = console()
    print_table(screen, table)
    runs = f"Shares of {rows[0].runs:,} runs" if rows else "Shares of runs"
    screen.print(
        f"{runs} a row: worlds with a zone; deals; deals in the zone; deals that are the world's own first, second, …"
        " front-runner. The same worlds under every protocol."
    )
    screen.print(bold(protocol_or_zone(own)))
    for sentence in deadlines_in_words(rows):
        screen.print(sentence)


def deadlines_in_words(rows: Sequence[Reached]) -> list[str]:
    """Say what the deadline moves, coding by coding.

    Parameters
    ----------
    rows : sequence of Reached

    Examples
    --------
    >>> talks = [Reached("own", "shuttle", 20, 20, 20, 20, (), rounds, weeks, weeks == 52)
    ...          for weeks, rounds in ((52, 51.0), (26, 25.2), (104, 102.0))]
    >>> from textwrap import fill
    >>> print(fill(deadlines_in_words(talks)[0], 106))
    The deadline (own): with 26, 52, 104 weeks shuttle signs in 100 %, 100 %, 100 % of runs, on average in week
    25, 51, 102. Parties concede over the time they have, so weeks follow from the deadline.
    """
    found = []
    follows = "Parties concede over the time they have, so weeks follow from the deadline."
    for coding in dict.fromkeys(row.coding for row in rows if not row.own_deadline):
        others = [row for row in rows if row.coding == coding and not row.own_deadline]
        same = [row for row in rows if row.coding == coding and row.protocol == others[0].protocol]
        same.sort(key=lambda row: row.deadline)
        deadlines = ", ".join(f"{row.deadline:,}" for row in same)
        shares = ", ".join(f"{100 * row.deals / row.runs:.0f} %" for row in same)
        weeks = ", ".join("–" if row.deals == 0 else f"{row.rounds:.0f}" for row in same)
        found.append(
            f"The deadline ({coding}): with {deadlines} weeks {same[0].protocol} signs in {shares} of runs, on average "
            f"in week {weeks}." + (f" {follows}" if same[-1].rounds > 1.5 * same[0].rounds else "")
        )
    return found


def protocol_or_zone(rows: Sequence[Reached]) -> str:
    """Answer whether the protocol matters or only the zone, as far as the worlds drawn can tell.

    Parameters
    ----------
    rows : sequence of Reached
        Of one or more codings, each under the same protocols.

    Returns
    -------
    str

    Examples
    --------
    >>> talks = {"shuttle": (9, 8), "single_text": (9, 2)}
    >>> rows = [Reached("own", p, 50, zones, deals, deals, (), 9.0) for p, (zones, deals) in talks.items()]
    >>> protocol_or_zone(rows)
    'Of 9 worlds with a zone, a deal in it is reached in: shuttle 8, single_text 2. So the protocol matters too.'
    """
    reached: dict[str, int] = {}
    zones: dict[str, int] = {}
    for row in rows:
        reached[row.protocol] = reached.get(row.protocol, 0) + row.in_zone
        zones[row.protocol] = zones.get(row.protocol, 0) + row.zones
    most = max(zones.values(), default=0)
    if most == 0:
        return "No world drawn has a zone, so nothing can be said of the protocol: only the zone matters here."
    counts = ", ".join(f"{protocol} {n}" for protocol, n in sorted(reached.items(), key=lambda item: -item[1]))
    apart = max(reached.values()) - min(reached.values())
    words = f"Of {most} world{'s' if most != 1 else ''} with a zone, a deal in it is reached in: {counts}."
    if most < FEW_ZONES:
        return f"{words} Too few to judge the protocol by; draw more with --runs."
    if 10 * apart <= most:
        return f"{words} So it is the zone that matters."
    # The worlds are the same, so those that tell two protocols apart are tested by their signs. At best all of them
    # favour one side, and the two were picked from all pairs.
    pairs = len(reached) * (len(reached) - 1) // 2
    if pairs * 2.0 ** (1 - apart) > CHANCE:
        return f"{words} That may be chance; draw more with --runs."
    return f"{words} So the protocol matters too."
