"""The answer to one question on a page: each part with its numbers and the command that shows more of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from sim.agreements.payoffs import Payoffs
from sim.domain.titles import agreement_in_words, mover_title, party_title, path_in_words
from sim.present.aftermath import CAUSES, median_in_words
from sim.present.console import bold, console, dim
from sim.present.outcomes import percent, share_in_words
from sim.present.words import counted
from sim.present.zone import change_in_words, print_bullets, size_in_words

if TYPE_CHECKING:
    from sim.agreements.openings import AcceptingChange
    from sim.results.question import Answer, Influence

__all__ = ["PARTS", "in_a_sentence", "print_answer"]

#: The parts of the question, as headings.
PARTS = ("Does it agree?", "What would open the zone?", "How long would it last?", "What decides?")
#: Months whose survival is told, and influences and openings shown.
MONTHS, SHOWN = (12, 60, 120), 3


def print_answer(answer: Answer, payoffs: Payoffs, commands: Mapping[str, str]) -> None:
    """Print the answer to a question.

    Parameters
    ----------
    answer : Answer
    payoffs : Payoffs
        At central values.
    commands : mapping of str to str
        Of each of `PARTS`, the command that shows more of it.

    Examples
    --------
    >>> import sim
    >>> from sim.results.question import ask
    >>> two = sim.read_scenario("scenarios/tutorial-two-by-two/scenario.yaml")
    >>> commands = dict.fromkeys(PARTS, "parley …")
    >>> print_answer(ask(two, worlds=5, quiet=True), sim.Payoffs.of(two), commands)
    Two by two (as of 2025), in 5 worlds drawn from its ranges
    <BLANKLINE>
    Does it agree?
    • 100 % (57–100 %) of worlds have an agreement that is acceptable to all who must sign.
    • 100 % (57–100 %) of runs sign.
    • 100 % (57–100 %) of the texts signed pass everywhere.
      parley …
    ...
    """
    screen, scenario = console(), payoffs.scenario
    screen.print(f"{bold(scenario.title)} (as of {scenario.as_of}), {_drawn(answer.summary.runs)}\n")
    told = (_agrees(answer, payoffs), _opens(answer, payoffs), _lasts(answer, payoffs), _decides(answer, payoffs))
    for part, sentences in zip(PARTS, told, strict=True):
        screen.print(bold(part))
        print_bullets(screen, sentences)
        screen.print(f"  {dim(commands[part])}\n", soft_wrap=True)
    screen.print(bold("In a sentence"))
    screen.print(in_a_sentence(answer, payoffs))


def _drawn(worlds: int) -> str:
    return f"in {counted(worlds, 'worlds')} drawn from its ranges"


def _agrees(answer: Answer, payoffs: Payoffs) -> list[str]:
    summary = answer.summary
    told = [
        f"{share_in_words(summary.zone)} of worlds have an agreement that is acceptable to all who must sign.",
        f"{share_in_words(summary.agreed)} of runs sign.",
    ]
    if summary.agreements:
        told.append(f"{share_in_words(summary.ratified)} of the texts signed pass everywhere.")
    if summary.refusals:
        last = summary.refusals[0]
        told.append(
            f"{party_title(payoffs.scenario, last.party)} refuses last in {share_in_words(last.share)} of runs."
        )
    if summary.failed:
        told.append(f"{counted(summary.failed, 'runs')} failed: {summary.failures[0].message}.")
    return told


def _opens(answer: Answer, payoffs: Payoffs) -> list[str]:
    if answer.zone:
        are = "agreement is" if answer.zone == 1 else "agreements are"
        return [f"At central values {answer.zone:,} {are} acceptable to all who must sign: the zone is open."]
    if not answer.openings:
        return ["At central values the zone is empty, and no change of a single number or red line opens it."]
    more = len(answer.openings) - SHOWN
    told = [f"{_change(payoffs, change)}." for change in answer.openings[:SHOWN]]
    return told + ([f"{counted(more, 'larger single changes')} would do too."] if more > 0 else [])


def _change(payoffs: Payoffs, change: AcceptingChange) -> str:
    if change.value is None or change.new is None:
        return f"{change_in_words(payoffs, change)}, dropped"
    return (
        f"{change_in_words(payoffs, change)} from {change.value:.3f} to {change.new:.3f} "
        f"({size_in_words(change.change)})"
    )


def _lasts(answer: Answer, payoffs: Payoffs) -> list[str]:
    survival = answer.durability.survival
    which = "signed most often" if answer.signed else "closest to being signed"
    told = [
        f"Number {answer.agreement}, the one {which}: "
        f"{agreement_in_words(payoffs.scenario, payoffs.space.agreement(answer.agreement))}."
    ]
    known = [(month, survival.at(month)) for month in MONTHS]
    shares = [f"{_band(at)} after {month} months" for month, at in known if at is not None]
    told.append(f"Still in force: {', '.join(shares)}. {_median(answer)}")
    ended = {way: share for way, share in answer.durability.first.items() if way[1]}
    if ended:
        (violator, cause), share = max(ended.items(), key=lambda item: item[1])
        who = f"{mover_title(payoffs.scenario, violator)} first, since " if violator else ""
        told.append(f"What ends or breaks it most often ({percent(share)} of worlds): {who}{CAUSES[cause]}.")
    return told


def _median(answer: Answer) -> str:
    return f"{median_in_words(answer.durability.survival.median)}."


def _band(at: tuple[float, float, float]) -> str:
    share, low, high = at
    return f"{percent(share)} ({low * 100:.0f}–{high * 100:.0f} %)"


def _decides(answer: Answer, payoffs: Payoffs) -> list[str]:
    told = [f"{_influence(payoffs, one)}." for one in answer.influences[:SHOWN]]
    more = len(answer.influences) - SHOWN
    if more > 0:
        told.append(f"{counted(more, 'weaker ones')} {'is' if more == 1 else 'are'} more than chance as well.")
    if told:
        return [*told, f"Looked at: {answer.looked_at:,} numbers drawn apart; chance is held at 5 % for all together."]
    return [f"None of the {answer.looked_at:,} numbers drawn apart tells more than chance (5 % for all together)."]


def _named(payoffs: Payoffs, one: Influence) -> str:
    words = path_in_words(payoffs.scenario, one.path)
    return f"{words}, with the {counted(one.together - 1, 'numbers')} drawn with it" if one.together > 1 else words


def _influence(payoffs: Payoffs, one: Influence) -> str:
    return (
        f"{_named(payoffs, one)}: a zone in {percent(one.below.estimate)} of worlds where it is below its median, in "
        f"{percent(one.above.estimate)} where it is above (rank correlation with how close they come "
        f"{one.correlation:+.2f})"
    )


def in_a_sentence(answer: Answer, payoffs: Payoffs) -> str:
    """Return the answer as a sentence for a memo, with a number for each part.

    Parameters
    ----------
    answer : Answer
    payoffs : Payoffs
        At central values.

    Returns
    -------
    str

    Examples
    --------
    >>> import sim
    >>> from sim.results.question import ask
    >>> two = sim.read_scenario("scenarios/tutorial-two-by-two/scenario.yaml")
    >>> print(in_a_sentence(ask(two, worlds=5, quiet=True), sim.Payoffs.of(two)))
    In 5 worlds drawn from its ranges, 100 % (57–100 %) of runs sign; at central values 2 agreements are acceptable to
    all; the agreement signed most often is in force after five years in 100 % (57–100 %) of worlds; no single number
    decides more than chance would.
    """
    if answer.zone:
        opens = f"{counted(answer.zone, 'agreements')} {'is' if answer.zone == 1 else 'are'} acceptable to all"
    elif answer.openings:
        opens = f"the zone is empty, and the least change that opens it is {_change(payoffs, answer.openings[0])}"
    else:
        opens = "the zone is empty, and no single change opens it"
    months = [month for month in MONTHS if answer.durability.survival.at(month) is not None and month <= 60]
    at = answer.durability.survival.at(months[-1]) if months else None
    span = {12: "one year", 60: "five years"}[months[-1]] if months else ""
    which = "signed most often" if answer.signed else "closest to being signed"
    lasts = f"the agreement {which} is in force after {span} in {_band(at)} of worlds" if at is not None else ""
    decides = "no single number decides more than chance would"
    if answer.influences:
        one = answer.influences[0]
        decides = (
            f"what decides most is {path_in_words(payoffs.scenario, one.path)}, with a zone in "
            f"{percent(one.below.estimate)} of worlds where it is below its median and {percent(one.above.estimate)} "
            "where it is above"
        )
    signs = f"{share_in_words(answer.summary.agreed)} of runs sign"
    parts = [part for part in (signs, f"at central values {opens}", lasts, decides) if part]
    return f"{_drawn(answer.summary.runs).capitalize()}, {'; '.join(parts)}."
