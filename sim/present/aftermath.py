"""The months after signing as tables for a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sim.domain.titles import agreement_in_words, mover_title, party_title
from sim.present.agreements import letters, print_common_terms, term_rows
from sim.present.console import bold, console, print_table
from sim.present.words import counted, whole_percent

if TYPE_CHECKING:
    from rich.table import Table

    from sim.after.terms import Terms
    from sim.agreements.payoffs import Payoffs
    from sim.compliance.ranking import Standing
    from sim.compliance.survival import Durability, Months
    from sim.domain.scenario import Scenario
    from sim.results.played import PlayedAndProven
    from sim.results.signed import Signed

__all__ = ["CAUSES", "median_in_words", "print_durability", "print_moves", "print_signed", "print_standings"]

_MONTHS = (12, 60, 120)
#: What ended an agreement, in words.
CAUSES = {
    "": "nothing ended it",
    "calculation": "breaking it paid",
    "shock": "breaking it paid in one month, by that month's shock",
    "hazard": "war came back by itself",
    "incident": "war came back after an incident",
    "breach": "a move marked breach, which nobody answers by war",
}
#: What S(t) counts.
KEPT = (
    "Kept: no violation that nobody repairs, no war that comes back, no move marked breach; lawful changes of the "
    "terms do not end it."
)


def median_in_words(median: Months) -> str:
    """Return how long half of the agreements last, with the 95 % interval.

    Parameters
    ----------
    median : Months

    Examples
    --------
    >>> from sim.compliance.survival import Months
    >>> median_in_words(Months(8, 5, None))
    'Half have ended by month 8 (95 %: from 5 to beyond the months simulated)'
    >>> median_in_words(Months(None, 40, None))
    'More than half outlast the months simulated (95 %: half may have ended by month 40)'
    >>> median_in_words(Months(None, None, None))
    'More than half outlast the months simulated'
    """
    if median.median is None:
        interval = "" if median.low is None else f" (95 %: half may have ended by month {median.low})"
        return f"More than half outlast the months simulated{interval}"
    high = "beyond the months simulated" if median.high is None else f"{median.high}"
    return f"Half have ended by month {median.median} (95 %: from {median.low} to {high})"


def print_durability(terms: Terms, agreement: int, found: Durability, *, worlds: bool) -> None:
    """Print what many aftermaths of one agreement come to.

    Parameters
    ----------
    terms : Terms
        At central values.
    agreement : int
    found : Durability
    worlds : bool
        Whether each run had a world of its own.

    Examples
    --------
    >>> import sim
    >>> from sim.compliance.model import aftermaths
    >>> from sim.compliance.survival import durability
    >>> terms = sim.Terms.of(sim.read_scenario("scenarios/tutorial-two-by-two/scenario.yaml"))
    >>> print_durability(terms, 3, durability(aftermaths(terms, 3, seed=0, runs=20)), worlds=False)
    Two by two: 20 aftermaths, all at central values
    Pass: shared; Guard: promised
    ...
    │ 12 months            │ 0.00          │ 0.00–0.16     │
    │ 60 months            │ 0.00          │ 0.00–0.16     │
    │ 120 months           │ 0.00          │ 0.00–0.16     │
    ...
    Critical reliability Q* (a violator keeps it from there on): Hill 0.88
    """
    from rich.table import Table

    screen, scenario = console(), terms.scenario
    title = "a world drawn for each" if worlds else "all at central values"
    screen.print(f"{bold(scenario.title)}: {counted(found.survival.runs, 'aftermaths')}, {title}")
    screen.print(agreement_in_words(scenario, terms.space.agreement(agreement)))
    here = terms.at(agreement)
    screen.print(
        f"Structure {scenario.compliance.structure}; "
        + ("natural" if here.natural[0] else "not natural: some signer is below its reservation value")
        + f"; {here.lag[0]:.1f} months from a violation to the response.\n"
    )
    if here.steps:
        screen.print(f"{_in_steps(here)}\n")
    table = Table("still in force after", "share of runs", "95 % interval")
    for month in _MONTHS:
        known = found.survival.at(month)
        if known is not None:
            table.add_row(f"{month} months", f"{known[0]:.2f}", f"{known[1]:.2f}–{known[2]:.2f}")
    print_table(screen, table)
    screen.print(f"{median_in_words(found.survival.median)}. {KEPT}\n")
    print_table(screen, _causes(found))
    screen.print()
    for (violator, cause), share in found.first.items():
        who = "nobody violated it" if not violator else f"{mover_title(scenario, violator)} first: {CAUSES[cause]}"
        screen.print(f"{whole_percent(share)} of runs: {who}")
    if found.answered is not None and found.repaired is not None:
        named = ", ".join(
            f"{party_title(scenario, name)} {whole_percent(share)}" for name, share in found.answers.items()
        )
        screen.print(
            f"First violation answered in time in {whole_percent(found.answered)}, "
            f"repaired in {whole_percent(found.repaired)} of cases; joined: {named or 'nobody'}"
        )
    screen.print()
    for party, (loss, cost) in {p: (found.loss[p], found.guarantee_cost[p]) for p in found.loss}.items():
        screen.print(
            f"{party_title(scenario, party):16} loses {loss:+.3f} a period by the end of it"
            + (f", and {cost:.3f} by answering or reneging" if cost else "")
        )
    screen.print("(means over runs, on each party's own scale, not comparable across parties)\n")
    screen.print(_reliability(found))
    critical = [
        f"{party_title(scenario, party)} {value:.2f}"
        for party, value in zip(terms.parties, here.critical_reliability[0].tolist(), strict=True)
        if value == value
    ]
    if critical:
        screen.print(f"Critical reliability Q* (a violator keeps it from there on): {', '.join(critical)}")


def _causes(found: Durability) -> Table:
    from rich.table import Table

    table = Table("what ended it", "share of runs", "in month (median)")
    for one in found.causes:
        share = f"{one.share:.2f} ({one.low:.2f}–{one.high:.2f})"
        months = "" if one.months is None else f"{one.months.median} ({one.months.low}–{one.months.high})"
        table.add_row(CAUSES[one.cause], share, months)
    return table


def _in_steps(here: Terms) -> str:
    """Say which terms of one agreement come in parts, and when the last of them arrives."""
    scenario, told = here.scenario, []
    for issue, option in here.space.agreement(0).items():
        phases = scenario.issues[issue].options[option].phases
        if phases is not None and phases.tranches > 1:
            told.append(f"{scenario.issues[issue].title} in {phases.tranches} parts")
    months = sum(int(step.months[0]) for step in here.steps)
    return (
        f"Terms in steps: {', '.join(told)}. Each part is released if nobody broke the agreement since the last; "
        f"without a breach the last comes after {counted(months, 'months')}."
    )


def _reliability(found: Durability) -> str:
    def shown(value: float | None) -> str:
        return "–" if value is None else f"{value:.2f}"

    return (
        f"Reliability Q: assumed {shown(found.reliability_assumed)}, derived {shown(found.reliability_derived)}, "
        f"simulated {shown(found.reliability_simulated)} ({found.calls:,} calls, later months included)"
    )


def print_signed(scenario: Scenario, told: Signed) -> None:
    """Print what was signed where talks were simulated, and how long it lasted.

    Parameters
    ----------
    scenario : Scenario
    told : Signed

    Examples
    --------
    >>> import sim
    >>> from sim.results.signed import signed
    >>> two = sim.read_scenario("scenarios/tutorial-two-by-two/scenario.yaml")
    >>> print_signed(two, signed(two, worlds=20))
    Two by two: what is signed
    Talks in 20 worlds: something is signed in 100 % (84–100 %), ratified 20 of 20.
    Of the texts signed, each in its own world and as if ratified, still in force after 12 months 1.00 (0.84–1.00), ...
    """
    screen, share = console(), told.share
    screen.print(f"{bold(scenario.title)}: what is signed")
    screen.print(
        f"Talks in {counted(told.worlds, 'worlds')}: something is signed in {whole_percent(share.estimate)} "
        f"({whole_percent(share.low)[:-2]}–{whole_percent(share.high)}), ratified {told.n_ratified} of "
        f"{round(share.estimate * told.worlds)}."
    )
    if told.durability is None:
        screen.print("So nothing can be said of how long it lasts.\n")
        return
    known = [(month, told.durability.survival.at(month)) for month in _MONTHS]
    parts = [f"{month} months {s[0]:.2f} ({s[1]:.2f}–{s[2]:.2f})" for month, s in known if s is not None]
    median = median_in_words(told.durability.survival.median)
    screen.print(
        f"Of the texts signed, each in its own world and as if ratified, still in force after {', '.join(parts)}. "
        f"{median}.\n"
    )


def print_standings(
    payoffs: Payoffs, agreements: Sequence[int], standings: Sequence[Standing], *, runs: int, worlds: bool
) -> None:
    """Print how the same agreements fare under every coding and structure.

    Parameters
    ----------
    payoffs : Payoffs
        Of the scenario, at central values.
    agreements : sequence of int
    standings : sequence of Standing
    runs : int
        Of each.
    worlds : bool
        Whether each run had a world of its own.

    Examples
    --------
    >>> import sim
    >>> from sim.compliance.ranking import rank_everywhere
    >>> two = sim.read_scenario("scenarios/tutorial-two-by-two/scenario.yaml")
    >>> standings = rank_everywhere({"own": two}, [1, 3], seed=0, runs=20)
    >>> print_standings(sim.Payoffs.of(two), [1, 3], standings, runs=20, worlds=False)
    Two by two: 20 aftermaths of each, central values
    ...
    │ S(60)                           │ 1.00 (0.84–1.00) │ 0.00 (0.00–0.16)         │
    ...
    │ rank (change)                   │ 1                │ 2                        │
    ...
    """
    from rich.table import Table

    screen, scenario = console(), payoffs.scenario
    how = "a world drawn for each run" if worlds else "central values"
    screen.print(f"{bold(scenario.title)}: {counted(runs, 'aftermaths')} of each, {how}\n")
    labels = [payoffs.space.agreement(index) for index in agreements]
    headings = letters(len(agreements))
    print_common_terms(screen, scenario, labels, "All share")
    terms = Table("", *headings)
    terms.add_row("number", *map(str, agreements))
    term_rows(terms, scenario, labels)
    print_table(screen, terms, "Front-runners: the agreements that all can sign in most worlds")
    for standing in standings:
        table = Table("", *headings)
        for month in _MONTHS:
            known = [found.survival.at(month) for found in standing.durability]
            if all(item is not None for item in known):
                table.add_row(f"S({month})", *(_band(item) for item in known if item is not None))
        table.add_row("months (median)", *(_median(found.survival.median) for found in standing.durability))
        table.add_row("first violator", *(_first(payoffs, found) for found in standing.durability))
        table.add_row("answering it", *(_answering(payoffs, found) for found in standing.durability))
        table.add_row("repaired", *(_or_dash(found.repaired) for found in standing.durability))
        table.add_row(
            "Q assumed / derived / simulated",
            *(
                " / ".join(
                    _or_dash(value)
                    for value in (found.reliability_assumed, found.reliability_derived, found.reliability_simulated)
                )
                for found in standing.durability
            ),
        )
        table.add_row(
            "rank (change)",
            *(
                f"{rank:g}" + (f" ({moved:+g})" if moved else "")
                for rank, moved in zip(standing.ranks, standing.moved, strict=True)
            ),
        )
        print_table(screen, table, f"coding {standing.coding}, structure {standing.structure}")
    if all(len(set(standing.ranks)) == 1 for standing in standings):
        screen.print(
            "All agreements fare alike here" + ("." if worlds else "; without --central worlds tell them apart.")
        )
    changed = [s for s in standings[1:] if any(s.moved)]
    screen.print(
        f"The ranking (by months survived) changes under {len(changed)} of {len(standings) - 1} other combinations."
        if len(standings) > 1
        else "One coding and one structure: nothing to compare the ranking with."
    )
    screen.print(f"S(t): share of runs still kept after t months, with 95 % interval (Wilson). {KEPT} Not a forecast.")


def _band(known: tuple[float, float, float]) -> str:
    return f"{known[0]:.2f} ({known[1]:.2f}–{known[2]:.2f})"


def _median(median: Months) -> str:
    if median.median is None:
        return "> horizon" if median.low is None else f"> horizon ({median.low}–)"
    return f"{median.median} ({median.low}–{'' if median.high is None else median.high})"


def _or_dash(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def _first(payoffs: Payoffs, found: Durability) -> str:
    shares: dict[str, float] = {}
    for (violator, _), share in found.first.items():
        shares[violator] = shares.get(violator, 0.0) + share
    why: dict[str, str] = {}
    for violator, cause in found.first:
        why.setdefault(violator, cause)
    return "; ".join(
        f"{mover_title(payoffs.scenario, name)} {whole_percent(share)} ({why[name]})"
        if name
        else f"nobody {whole_percent(share)}"
        for name, share in sorted(shares.items(), key=lambda item: (-item[1], item[0]))
        if share >= 0.005
    )


def _answering(payoffs: Payoffs, found: Durability) -> str:
    return (
        ", ".join(
            f"{party_title(payoffs.scenario, name)} {whole_percent(share)}" for name, share in found.answers.items()
        )
        or "nobody"
    )


def print_moves(payoffs: Payoffs, played: PlayedAndProven) -> None:
    """Print what becomes of an agreement when the moves are played, beside what is proven about it.

    Parameters
    ----------
    payoffs : Payoffs
    played : PlayedAndProven

    Examples
    --------
    >>> import sim
    >>> from sim.results.played import played_and_proven
    >>> payoffs = sim.Payoffs.of(sim.read_scenario("scenarios/tutorial-two-by-two/scenario.yaml"))
    >>> print_moves(payoffs, played_and_proven(payoffs, 1, seed=0, runs=5))
    <BLANKLINE>
    The game of moves, 24 months, 5 runs each, at central values.
    It asks another question than survival: is the very text that was signed still in force, ...
    ...
    foreseeing 2 answers: still the very text that was signed in 100 % of runs; nobody moves
    proven: not stable by Nash (not for Hill, Vale)
    proven: stable by SEQ
    """
    screen = console()
    screen.print(
        f"\n{bold('The game of moves')}, {played.months} months, {played.runs} runs each, at central values.\n"
        "It asks another question than survival: is the very text that was signed still in force, where parties make "
        "every move that they gain from, lawful ones too, and nobody answers by war?"
    )
    for line in played.sentences(payoffs):
        screen.print(line)
