"""The zone of agreement in words: why it is empty, and what comes nearest."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sim.after.front_runners import FrontRunners
from sim.agreements.openings import AcceptingChange
from sim.agreements.payoffs import SCALE, Payoffs
from sim.agreements.repair import Remedy
from sim.agreements.zone import Zone
from sim.domain.titles import (
    agreement_in_words,
    difference_in_words,
    issue_title,
    option_title,
    party_title,
    path_in_words,
)
from sim.present.agreements import letters, margin_rows, print_common_terms, term_rows
from sim.present.console import bold, dim, print_table
from sim.present.words import whole_percent

if TYPE_CHECKING:
    from rich.console import Console

__all__ = [
    "change_in_words",
    "line_in_words",
    "print_bullets",
    "print_changes",
    "print_nearest",
    "print_repair",
    "size_in_words",
    "zone_sentences",
]


def zone_sentences(payoffs: Payoffs, zone: Zone) -> list[str]:
    """Return why the zone is as it is, a sentence each.

    Parameters
    ----------
    payoffs : Payoffs
    zone : Zone
        Of the same payoffs.

    Returns
    -------
    list of str

    Examples
    --------
    >>> import sim
    >>> payoffs = sim.Payoffs.of(sim.read_scenario("scenarios/berlin-2025/scenario.yaml"))
    >>> print(zone_sentences(payoffs, Zone.of(payoffs))[0])
    No agreement is acceptable to all who must sign.
    """
    scenario = payoffs.scenario
    if len(zone.agreements):
        n = len(zone.agreements)
        return [f"{n:,} agreement{' is' if n == 1 else 's are'} acceptable to all who must sign."]
    sentences = ["No agreement is acceptable to all who must sign."]
    sentences += [
        f"Without {party_title(scenario, blocker.party)}, {blocker.zone_without:,} would be: it finds "
        f"{blocker.refuses_by_value:,} of them worth less than no deal, and {blocker.refuses_by_line:,} "
        f"cross{'es' if blocker.refuses_by_line == 1 else ''} a red line of its own."
        for blocker in zone.blockers
    ]
    each = [
        f"{party_title(scenario, opening.party)} from {opening.reservation:.2f} to {opening.threshold:.3f} "
        f"({size_in_words(opening.change)})"
        for opening in zone.openings
    ]
    if each:
        # One for each party that can open it alone, smallest first.
        sentences.append(
            f"The smallest change of one reservation value that opens the zone: {', or of another: '.join(each)}."
        )
    else:
        sentences.append("No change of a single reservation value opens the zone.")
    return sentences


def size_in_words(change: float) -> str:
    """Return the size of a change, relative to the width of the number's range.

    Examples
    --------
    >>> size_in_words(0.125), size_in_words(float("inf"))
    ('12 % of its range', 'a number without range')
    """
    return "a number without range" if change == float("inf") else f"{whole_percent(change)} of its range"


def print_bullets(screen: Console, sentences: Sequence[str]) -> None:
    """Print sentences as a list, lines after the first set in.

    Parameters
    ----------
    screen : Console
    sentences : sequence of str

    Examples
    --------
    >>> from sim.present.console import console
    >>> print_bullets(console(), ["Hill refuses every agreement.", "Vale accepts two."])
    • Hill refuses every agreement.
    • Vale accepts two.
    """
    from rich.table import Table

    grid = Table.grid(padding=(0, 1, 0, 0))
    for sentence in sentences:
        grid.add_row("•", sentence)
    screen.print(grid)


def print_nearest(screen: Console, payoffs: Payoffs, count: int = 4) -> None:
    """Print the agreements closest to being signed, side by side with each party's margin.

    Parameters
    ----------
    screen : Console
    payoffs : Payoffs
    count : int

    Examples
    --------
    >>> import sim
    >>> from sim.present.console import console
    >>> two = sim.read_scenario("scenarios/tutorial-two-by-two/scenario.yaml")
    >>> print_nearest(console(), Payoffs.of(two), count=2)
    Front-runners, which all can sign in most worlds; at central values: worth − r
    ┏━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━┳━━━━━━━━━━┓
    ┃                               ┃ A      ┃ B        ┃
    ┡━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━╇━━━━━━━━━━┩
    │ number                        │ 1      │ 2        │
    │ Pass                          │ shared │ held     │
    │ Guard                         │ absent │ promised │
    ├───────────────────────────────┼────────┼──────────┤
    │ Hill                          │ +0.500 │ +0.100   │
    │ Vale                          │ +0.250 │ +0.050   │
    │ all could sign, of 400 worlds │ 100 %  │ 100 %    │
    │ could sign here               │ 2 of 2 │ 2 of 2   │
    └───────────────────────────────┴────────┴──────────┘
    """
    from rich.table import Table

    found = FrontRunners.of(payoffs)
    chosen = found.first(count).tolist()
    agreements = [payoffs.space.agreement(index) for index in chosen]
    print_common_terms(screen, payoffs.scenario, agreements, "All shown share")
    table = Table("", *letters(len(chosen)))
    table.add_row("number", *map(str, chosen))
    term_rows(table, payoffs.scenario, agreements)
    table.add_section()
    margin_rows(table, payoffs, chosen)
    table.add_row(f"all could sign, of {found.worlds} worlds", *[whole_percent(found.share[index]) for index in chosen])
    accepting = [int(payoffs.n_accepting[index]) for index in chosen]
    needed = [int(payoffs.must_sign[index].sum()) for index in chosen]
    table.add_row("could sign here", *[f"{a} of {n}" for a, n in zip(accepting, needed, strict=True)])
    print_table(screen, table, "Front-runners, which all can sign in most worlds; at central values: worth − r")
    least = min(float(payoffs.least_margin[index]) / SCALE for index in chosen)
    if least < 0 or any(payoffs.crosses_line[index].any() for index in chosen):
        screen.print("A minus means worth less than no deal; × means across a real red line of that party.\n")


def change_in_words(payoffs: Payoffs, change: AcceptingChange) -> str:
    """Return what changes, without its size: whose number or red line, on what.

    Parameters
    ----------
    payoffs : Payoffs
    change : AcceptingChange
        Of a number or red line of its scenario.

    Returns
    -------
    str

    Examples
    --------
    >>> import sim
    >>> from sim.agreements.openings import opening_changes
    >>> payoffs = sim.Payoffs.of(sim.read_scenario("scenarios/berlin-2025/scenario.yaml"))
    >>> change_in_words(payoffs, opening_changes(payoffs)[0])
    'Russia: value of no deal'
    """
    return path_in_words(payoffs.scenario, change.path)


def line_in_words(payoffs: Payoffs, path: str) -> str:
    """Return the issue and options of a red line given by its path.

    Parameters
    ----------
    payoffs : Payoffs
    path : str
        As ``parties.<party>.red_lines.<place>``.

    Returns
    -------
    str

    Examples
    --------
    >>> import sim
    >>> payoffs = sim.Payoffs.of(sim.read_scenario("scenarios/berlin-2025/scenario.yaml"))
    >>> line_in_words(payoffs, "parties.us.red_lines.1")
    'Automaticity of the response: Automatic use of force'
    """
    _, party, _, place = path.split(".")
    line = payoffs.scenario.parties[party].red_lines[int(place)]
    options = " or ".join(option_title(payoffs.scenario, line.issue, option) for option in line.options)
    return f"{issue_title(payoffs.scenario, line.issue)}: {options}"


def _within_range(payoffs: Payoffs, change: AcceptingChange) -> bool:
    if change.new is None:
        return False
    low, high = payoffs.scenario.numbers.numbers[payoffs.scenario.numbers.index[change.path]].range
    return low <= change.new <= high


def print_changes(
    screen: Console, payoffs: Payoffs, changes: Sequence[AcceptingChange], title: str, count: int = 5
) -> None:
    """Print single changes, smallest first.

    Parameters
    ----------
    screen : Console
    payoffs : Payoffs
    changes : sequence of AcceptingChange
    title : str
    count : int
        How many to print; the rest are counted.

    Examples
    --------
    >>> import sim
    >>> from sim.agreements.openings import opening_changes
    >>> from sim.present.console import console
    >>> two = sim.read_scenario("scenarios/tutorial-two-by-two/scenario.yaml")
    >>> closed = Payoffs.of(sim.with_settings(two, {"parties.hill.no_deal.reservation": 0.9}))
    >>> print_changes(console(), closed, opening_changes(closed), "What would open it", count=1)
    What would open it
    ┏━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━┳━━━━━━━┳━━━━━━━━━━━━━━━━━━━━┓
    ┃ what changes           ┃  from ┃    to ┃ share of its range ┃
    ┡━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━╇━━━━━━━╇━━━━━━━━━━━━━━━━━━━━┩
    │ Hill: value of no deal │ 0.900 │ 0.800 │           no range │
    └────────────────────────┴───────┴───────┴────────────────────┘
    and 5 larger ones; --json lists all.
    No single number opens it within its own range.
    <BLANKLINE>
    """
    from rich.table import Table

    if not changes:
        return
    table = Table("what changes")
    for heading in ("from", "to", "share of its range"):
        table.add_column(heading, justify="right")
    for change in changes[:count]:
        if change.value is None or change.new is None:
            table.add_row(change_in_words(payoffs, change), "", "dropped", "")
            continue
        size = "no range" if change.change == float("inf") else whole_percent(change.change)
        table.add_row(change_in_words(payoffs, change), f"{change.value:.3f}", f"{change.new:.3f}", size)
    print_table(screen, table, title)
    if len(changes) > count:
        more = len(changes) - count
        screen.print(dim(f"and {more} larger one{'s' if more > 1 else ''}; --json lists all."))
    inside = [change for change in changes if _within_range(payoffs, change)]
    if not inside:
        screen.print("No single number opens it within its own range.")
    elif len(inside) == 1:
        screen.print(f"Only one of them stays within the number's own range: {change_in_words(payoffs, inside[0])}.")
    else:
        screen.print(f"{len(inside)} of {len(changes)} stay within the number's own range.")
    screen.print()


def print_repair(screen: Console, payoffs: Payoffs, found: Remedy) -> None:
    """Print who refuses an agreement and the least that would change that: terms, then numbers.

    Parameters
    ----------
    screen : Console
    payoffs : Payoffs
    found : Remedy

    Examples
    --------
    >>> import sim
    >>> from sim.agreements.repair import repair
    >>> from sim.present.console import console
    >>> payoffs = Payoffs.of(sim.read_scenario("scenarios/tutorial-two-by-two/scenario.yaml"))
    >>> print_repair(console(), payoffs, repair(payoffs, 3))
    Agreement: Pass: shared; Guard: promised
    <BLANKLINE>
    Who refuses
    • Hill: it is worth 0.100 less than no deal.
    <BLANKLINE>
    Other terms
    • 1 term changed (Guard: absent): all who must sign accept; least margin +0.250.
    ...
    """
    scenario, space = payoffs.scenario, payoffs.space
    chosen = space.agreement(found.agreement)
    screen.print(f"{bold('Agreement')}: {agreement_in_words(scenario, chosen)}\n")
    if not found.refusals:
        screen.print("All who must sign accept it: nothing has to change.")
        return
    screen.print(bold("Who refuses"))
    bullets = []
    for refusal in found.refusals:
        reasons = [f"it is worth {-refusal.margin:.3f} less than no deal"] if refusal.margin < 0 else []
        reasons += [f"it crosses the red line on {line_in_words(payoffs, path)}" for path in refusal.lines]
        bullets.append(f"{party_title(scenario, refusal.party)}: {'; '.join(reasons)}.")
    print_bullets(screen, bullets)
    screen.print("\n" + bold("Other terms"))
    bullets = [] if found.terms else ["No other agreement has fewer parties refusing."]
    for terms in found.terms:
        n = len(terms.changed)
        difference = difference_in_words(scenario, space.agreement(terms.agreement), chosen)
        left = ", ".join(party_title(scenario, party) for party in terms.refusing)
        after = f"{left} still refuse{'s' if len(terms.refusing) == 1 else ''}" if left else "all who must sign accept"
        bullets.append(
            f"{n} term{'s' if n > 1 else ''} changed ({difference}): {after}; least margin {terms.least_margin:+.3f}."
        )
    print_bullets(screen, bullets)
    if found.terms and found.terms[-1].refusing:
        screen.print("No agreement leaves fewer parties refusing than the last.")
    screen.print(f"\n{bold('Other numbers')}, these terms unchanged: all of the following together")
    bullets = []
    for refusal in found.refusals:
        title = party_title(scenario, refusal.party)
        for path in refusal.lines:
            bullets.append(f"{title} drops its red line on {line_in_words(payoffs, path)}.")
        if refusal.changes:
            first = refusal.changes[0]
            size = size_in_words(first.change)
            if first.change != float("inf") and not _within_range(payoffs, first):
                size += " and out of it"
            more = len(refusal.changes) - 1
            other = f"one of {more} other numbers" if more > 1 else "one other number"
            instead = f"; or {other} of its own instead" if more else ""
            bullets.append(
                f"{change_in_words(payoffs, first)} from {first.value:.3f} to {first.new:.3f} ({size}){instead}."
            )
        elif refusal.margin < 0:
            bullets.append(f"{title}: no single number of its own suffices.")
    print_bullets(screen, bullets)
