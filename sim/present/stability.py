"""Stability in words and tables: the front-runners, and one agreement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sim.domain.titles import difference_in_words, party_title, term_in_words
from sim.present.agreements import letters, margin_rows, print_common_terms, term_rows
from sim.present.console import bold, console, dim, print_table
from sim.present.words import counted

if TYPE_CHECKING:
    from rich.console import Console

    from sim.stability.assess import Assessment
    from sim.stability.explain import Defection, Explanation
    from sim.stability.farsighted import ConsistentSet

__all__ = ["Passage", "inside", "page", "print_agreement", "print_front_runners"]

#: Tests as a reader knows them.
TITLES = {
    "acceptable": "acceptable to all who must sign",
    "efficient": "efficient",
    "unanimity_winset_empty": "nothing better for all",
    "coalition_proof": "no coalition would leave",
    "unilaterally_stable.nash": "nobody would move (Nash)",
    "unilaterally_stable.gmr": "moves can be punished (GMR)",
    "unilaterally_stable.smr": "… and not escaped (SMR)",
    "unilaterally_stable.seq": "moves are punished credibly (SEQ)",
    "unilaterally_stable.sseq": "… and not escaped (SSEQ)",
    "unilaterally_stable_with_exit.nash": "Nash, leaving allowed",
    "unilaterally_stable_with_exit.gmr": "GMR, leaving allowed",
    "unilaterally_stable_with_exit.smr": "SMR, leaving allowed",
    "unilaterally_stable_with_exit.seq": "SEQ, leaving allowed",
    "unilaterally_stable_with_exit.sseq": "SSEQ, leaving allowed",
    "self_enforcing": "violators keep it",
    "guarantor_credible": "guarantors as reliable as assumed",
    "power_shift": "no ruinous shift of power",
    "renegotiation_proof": "punishers would punish",
    "natural": "signed without pressure",
    "ratifiable": "more likely than not ratified",
}
#: In place of a verdict where no agreement fails a test.
DOES_NOT_BIND = "does not bind here"


def _names(found: Assessment, parties: Sequence[str]) -> str:
    titles = [party_title(found.scenario, party) for party in parties]
    return titles[0] if len(titles) == 1 else ", ".join(titles[:-1]) + " and " + titles[-1]


def _change(found: Assessment, agreement: int, target: int) -> str:
    space = found.terms.space
    return difference_in_words(found.scenario, space.agreement(target), space.agreement(agreement))


def _status(counts: dict[str, int]) -> str:
    words = {"none": "without a source", "stated": "stated by the party"}
    return ", ".join(f"{count} {words.get(status, status)}" for status, count in counts.items())


def _violation_words(found: Assessment, told: Explanation, violation: Defection) -> str:
    party = party_title(found.scenario, violation.party)
    how = "by a renewed attack"
    if violation.breach is not None:
        how = f"beginning with {_change(found, told.agreement, violation.breach)}"
    when = ""
    if violation.steps > 1:
        when = f" in step {violation.step} of {violation.steps}, where least speaks for keeping"
    if not violation.breaks:
        why = f"keeping it is worth {violation.utility:.3f} to it{when}, violating it {violation.defection:.3f}"
        need = "no guarantor needs to act" if violation.critical_shown in ("0", "any") else _needs(violation)
        return f"{party} would keep it: {why}; {need}."
    text = (
        f"{party} would break it {how}: keeping it is worth {violation.utility:.3f} to it{when}, violating it "
        f"{violation.defection:.3f}. For {violation.lag_months:.1f} months it has {violation.lag_level:.3f}, then "
        f"war at {violation.war_answered:.3f} if guarantors act and {violation.war_unanswered:.3f} if not; they act "
        f"with probability {violation.reliability:.2f} (record {violation.reliability_assumed:.2f}, own decisions "
        f"{violation.reliability_derived:.2f})."
    )
    return f"{text} {_needs(violation)}"


def _needs(violation: Defection) -> str:
    short = max(-violation.margin, 0.0)
    if violation.critical is None:
        if violation.low is None:
            return (
                "No guarantee deters it, since an answer does not hurt it; the agreement would have to be worth "
                f"{short:.3f} more to it."
            )
        return f"Reliabilities from {violation.low:.2f} to {violation.high:.2f} keep it."
    if violation.critical > 1:
        return (
            f"No reliability deters it (Q* = {violation.critical:.2f}): the agreement would have to be worth "
            f"{short:.3f} more to it, or war {short / violation.late:.3f} less."
        )
    if not violation.breaks:
        return f"it takes a reliability of {violation.critical:.2f} and there is {violation.reliability:.2f}"
    return (
        f"It takes a reliability of Q* = {violation.critical:.2f}, so {violation.critical - violation.reliability:.2f} "
        f"more than there is; or the agreement would have to be worth {short:.3f} more to it."
    )


@dataclass(frozen=True)
class Passage:
    """A part of a page: a question, and the answers to it.

    Parameters
    ----------
    heading : str
    paragraphs : tuple of str
    """

    heading: str
    paragraphs: tuple[str, ...]


def page(found: Assessment, told: Explanation) -> list[Passage]:
    """Return what there is to say on one agreement: who would break it, how, and what stops them.

    Parameters
    ----------
    found : Assessment
    told : Explanation
        Of the same assessment.

    Returns
    -------
    list of Passage

    Examples
    --------
    >>> import sim
    >>> from sim.stability.explain import explain
    >>> found = sim.assess(sim.read_scenario("scenarios/tutorial-two-by-two/scenario.yaml"))
    >>> first = page(found, explain(found, 1))[0]
    >>> first.heading, first.paragraphs
    ('Would it be signed?', ('Everybody whose signature it needs prefers it to no deal.',))
    """
    sections = [
        Passage("Would it be signed?", _signing(found, told)),
        Passage("Would it be kept?", _keeping(found, told)),
        Passage(f"Would somebody use a move of its own ({told.concept})?", _own_moves(found, told)),
        Passage("Would a coalition leave?", _coalitions(found, told)),
    ]
    if told.ratification:
        chances = sorted(told.ratification.items())
        each = "; ".join(f"{party_title(found.scenario, party)} {p:.0%}" for party, p in chances)
        sections.append(Passage("Would it pass at home?", (f"{each} (probability).",)))
    return sections


def _signing(found: Assessment, told: Explanation) -> tuple[str, ...]:
    scenario = found.scenario
    said = [] if told.refusals else ["Everybody whose signature it needs prefers it to no deal."]
    if told.forbidden:
        said = [f"It cannot be signed: it breaks {', '.join(told.forbidden)}."]
    for refusal in told.refusals:
        title = party_title(scenario, refusal.party)
        crossed = "; ".join(term_in_words(scenario, issue, option) for issue, option in refusal.lines)
        if crossed:
            said.append(f"{title} refuses: it crosses a red line of its own ({crossed}).")
        if refusal.margin < 0:
            said.append(
                f"{title} refuses: it is worth {-refusal.margin:.3f} less to it than no deal "
                f"({refusal.reservation:.3f}). Its reservation value would have to fall by that much, or the "
                "agreement become worth more to it."
            )
    if told.dominating is not None:
        better = _change(found, told.agreement, told.dominating)
        said.append(f"No party would lose, and some would gain, by another text: {better}.")
    return tuple(said)


def _keeping(found: Assessment, told: Explanation) -> tuple[str, ...]:
    if not told.violations:
        return ("Nobody has a violation open to it.",)
    return (
        *(_violation_words(found, told, violation) for violation in told.violations),
        *(
            f"The numbers behind Q* of {party_title(found.scenario, v.party)}: {_status(v.status)}."
            for v in told.violations
        ),
    )


def _own_moves(found: Assessment, told: Explanation) -> tuple[str, ...]:
    scenario, space = found.scenario, found.terms.space
    said = [] if told.own_moves else ["Nobody has a move that is better for it."]
    for move in told.own_moves:
        title = party_title(scenario, move.party)
        text = f"{title} would gain {move.gain:.3f} by {_change(found, told.agreement, move.target)}."
        before, steps = move.target, []
        for parties, state in move.path:
            changed = difference_in_words(scenario, space.agreement(state), space.agreement(before))
            steps.append(f"{_names(found, parties)}: {changed}")
            before = state
        if steps:
            text += f" Answer: {'; then '.join(steps)}."
        if move.leaves:
            rest = "Nobody answers" if not steps else "That does not suffice"
            text += f" {rest}: {title} still gains {move.held_to:.3f}. An answer would have to cost it that much more."
        else:
            text += f" That leaves it {-move.held_to:.3f} below the agreement, so it stays."
        said.append(text)
    return tuple(said)


def _coalitions(found: Assessment, told: Explanation) -> tuple[str, ...]:
    said = []
    for joint in told.joint:
        gains = ", ".join(
            f"{party_title(found.scenario, party)} {gain:+.3f}"
            for party, gain in zip(joint.members, joint.gains, strict=True)
        )
        others = f", one of {joint.count:,} such changes" if joint.count > 1 else ""
        together = " together" if len(joint.members) > 1 else ""
        said.append(
            f"{_names(found, joint.members)} would{together} change to {_change(found, told.agreement, joint.target)} "
            f"({gains}){others}. Nobody else is needed for it."
        )
    return tuple(said) or ("No coalition reaches, by the issues it controls, anything all its members prefer.",)


def print_agreement(found: Assessment, told: Explanation, consistent: ConsistentSet) -> None:
    """Print the page of one agreement: its terms, its tests, and the words of `page`.

    Parameters
    ----------
    found : Assessment
    told : Explanation
        Of the agreement.
    consistent : ConsistentSet
        What parties that look ahead could settle on.

    Examples
    --------
    >>> import sim
    >>> from sim.stability.explain import explain
    >>> found = sim.assess(sim.read_scenario("scenarios/tutorial-two-by-two/scenario.yaml"))
    >>> print_agreement(found, explain(found, 1), found.consistent_set)
    Two by two, at central values
    ...
    │ acceptable to all who must sign *   │ yes +0.250 Vale │
    ...
    Would it be kept?
      Hill would keep it: keeping it is worth 0.800 to it, violating it 0.600; no guarantor needs to act.
    ...
    """
    from rich.padding import Padding
    from rich.table import Table

    screen = console()
    screen.print(f"{bold(found.scenario.title)}, at central values")
    terms = Table("", "terms")
    term_rows(terms, found.scenario, [found.terms.space.agreement(told.agreement)])
    print_table(screen, terms, "The agreement")
    _print_tests(screen, found, [told])
    foresight = Passage("Could it be stable among parties that look ahead?", (_foresight(consistent, told.agreement),))
    for section in (*page(found, told), foresight):
        screen.print(f"\n{bold(section.heading)}")
        for paragraph in section.paragraphs:
            screen.print(Padding(paragraph, (0, 0, 0, 2)), markup=False)
    screen.print(f"\n{_verdict(found, told)}")


def _foresight(consistent: ConsistentSet, agreement: int) -> str:
    there = inside(consistent, agreement)
    if there is None:
        return f"Not known: {consistent.reason}."
    if there:
        return "It may be: it lies in the largest consistent set of the moves after signing."
    return "No: it lies outside the largest consistent set of the moves after signing."


def inside(consistent: ConsistentSet, agreement: int) -> bool | None:
    """Return whether an agreement lies in the largest consistent set; None where that is not known.

    Parameters
    ----------
    consistent : ConsistentSet
    agreement : int

    Returns
    -------
    bool or None

    Examples
    --------
    >>> import sim
    >>> found = sim.assess(sim.read_scenario("scenarios/tutorial-two-by-two/scenario.yaml"))
    >>> inside(found.consistent_set, 1)
    True
    """
    return None if consistent.states is None else bool((consistent.states == agreement).any())


def _verdict(found: Assessment, told: Explanation) -> str:
    required = ", ".join(found.scenario.stability.require)
    failing = [line.name for line in told.tests if line.required and not line.holds]
    if told.stable:
        return f"Stable as the scenario defines it ({required})."
    if not failing:
        return "Not stable: it cannot be signed."
    return f"Not stable as the scenario defines it ({required}): fails {', '.join(failing)}."


def _print_tests(screen: Console, found: Assessment, told: Sequence[Explanation]) -> None:
    from rich.table import Table

    headings = ["holds"] if len(told) == 1 else letters(len(told))
    table = Table("test (* required)", *headings)
    for row, line in enumerate(told[0].tests):
        cells = []
        for one in told:
            entry = one.tests[row]
            cell = "yes" if entry.holds else "no"
            if not entry.binds:
                cells.append(DOES_NOT_BIND)
                continue
            if entry.margin is not None:
                cell += f" {entry.margin:+.3f}"
            if entry.binding:
                cell += f" {party_title(found.scenario, entry.binding)}"
            cells.append(cell)
        table.add_row(TITLES.get(line.name, line.name.replace("_", " ")) + (" *" if line.required else ""), *cells)
    print_table(screen, table, "Tests: margin and binding party")


def print_front_runners(found: Assessment, told: Sequence[Explanation], consistent: ConsistentSet) -> None:
    """Print how many agreements pass each test, and the front-runners side by side with their breakers.

    Parameters
    ----------
    found : Assessment
    told : sequence of Explanation
        The front-runners, nearest to being signed first.
    consistent : ConsistentSet
        What parties that look ahead could settle on.

    Examples
    --------
    >>> import sim
    >>> from sim.stability.explain import explain
    >>> found = sim.assess(sim.read_scenario("scenarios/tutorial-two-by-two/scenario.yaml"))
    >>> print_front_runners(found, [explain(found, 1), explain(found, 2)], found.consistent_set)
    Two by two, at central values
    2 of 4 agreements are stable as the scenario defines it: acceptable, unilaterally_stable.seq, self_enforcing.
    ...
    │ would break it          │ Hill                 │ Hill and Vale                         │
    ...
    """
    from rich.table import Table

    screen = console()
    space = found.terms.space
    screen.print(f"{bold(found.scenario.title)}, at central values")
    screen.print(
        f"{int(found.stable.sum()):,} of {counted(space.n_agreements, 'agreements')} "
        f"{'is' if found.stable.sum() == 1 else 'are'} stable as the scenario defines it: "
        f"{', '.join(found.scenario.stability.require)}.\n"
    )
    counts = Table("test (* required)", "agreements that pass")
    for line in told[0].tests:
        counts.add_row(
            TITLES.get(line.name, line.name.replace("_", " ")) + (" *" if line.required else ""),
            f"{int(found.test(line.name).holds.sum()):,}" if line.binds else DOES_NOT_BIND,
        )
    known = consistent.states
    counts.add_row("could satisfy parties that look ahead", "not known" if known is None else f"{len(known):,}")
    print_table(screen, counts, "All agreements")
    if known is None:
        screen.print(dim(f"Not known: {consistent.reason}."))
    screen.print()
    agreements = [space.agreement(one.agreement) for one in told]
    print_common_terms(screen, found.scenario, agreements, "All shown share")
    table = Table("", *letters(len(told)))
    table.add_row("number", *(str(one.agreement) for one in told))
    term_rows(table, found.scenario, agreements)
    table.add_section()
    margin_rows(table, found.payoffs, [one.agreement for one in told])
    table.add_section()
    table.add_row("would break it", *[_breaker(found, one) for one in told])
    table.add_row("how", *[_how(found, one) for one in told])
    parties = [violation.party for violation in told[0].violations]
    for party in sorted(parties, key=lambda name: found.scenario.parties[name].title):
        cells, inputs = [], []
        for one in told:
            violation = next((v for v in one.violations if v.party == party), None)
            cells.append("" if violation is None else f"{violation.critical_shown} (has {violation.reliability:.2f})")
            inputs.append("" if violation is None else _status(violation.status))
        title = party_title(found.scenario, party)
        table.add_row(f"Q* it takes, {title}", *cells)
        table.add_row(f"… resting on, {title}", *inputs)
    if known is not None:
        table.add_row(
            "could satisfy foresight", *["yes" if inside(consistent, one.agreement) else "no" for one in told]
        )
    table.add_row("stable", *["yes" if one.stable else "no" for one in told])
    print_table(screen, table, "Front-runners: all can sign them in most worlds; and who would break them")
    _print_tests(screen, found, told)
    screen.print(
        "Margins are on the binding party's own scale and not comparable across parties. Q* is the reliability of "
        "guarantors from which a violator keeps the agreement: 0 where it would anyway, none where it never would.\n"
        "`--agreement` explains one agreement in words."
    )


def _breaker(found: Assessment, told: Explanation) -> str:
    breakers = told.breakers()
    if breakers:
        return _names(found, breakers[0][0]) if len(breakers[0][0]) <= 3 else f"{len(breakers[0][0])} together"
    return "nobody"


def _how(found: Assessment, told: Explanation) -> str:
    breakers = told.breakers()
    if not breakers:
        return ""
    parties, kind = breakers[0]
    if kind == "violates":
        violation = next(v for v in told.violations if v.party == parties[0])
        if violation.breach is None:
            return "renewed attack"
        return f"breach: {_change(found, told.agreement, violation.breach)}"
    if kind == "moves":
        move = next(m for m in told.own_moves if m.party == parties[0])
        return f"own move: {_change(found, told.agreement, move.target)}"
    joint = told.joint[0]
    return f"together: {_change(found, told.agreement, joint.target)}"
