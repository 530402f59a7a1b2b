"""Minutes of the talks: a trace told in plain words."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby

from sim.agreements.frame import Frame
from sim.agreements.payoffs import SCALE
from sim.domain.scenario import Scenario
from sim.domain.titles import agreement_in_words, option_title, party_title, term_in_words
from sim.negotiation.outcome import Event, Outcome

__all__ = ["minutes"]


def minutes(scenario: Scenario, outcome: Outcome) -> list[str]:
    """Tell what was said, week by week, from an outcome with a trace.

    Weeks in which nothing new was said are told together.

    Parameters
    ----------
    scenario : Scenario
        That was negotiated.
    outcome : Outcome
        With its trace.

    Returns
    -------
    list of str
        Paragraphs; within a week, what is put forward ends a line and what is said of it begins one.

    Examples
    --------
    >>> import sim
    >>> from sim.negotiation.model import negotiate
    >>> berlin = sim.read_scenario("scenarios/berlin-2025/scenario.yaml")
    >>> told = minutes(berlin, negotiate(sim.Terms.of(berlin), 0, trace=True))
    >>> told[0]
    'United States opens the talks.'
    >>> told[-1].startswith("The talks end after 52 weeks without an agreement. Last to refuse: Russia")
    True
    """
    clerk = _Clerk(scenario)
    told: list[tuple[int, str]] = []
    for week, events in groupby(outcome.trace, key=lambda event: event.round):
        told += [(week, sentence) for sentence in clerk.week(list(events))]
    return [*_together(told), clerk.end(outcome)]


def _together(told: list[tuple[int, str]]) -> list[str]:
    """Join weeks in which the same was said."""
    paragraphs: list[tuple[int, int, str]] = []
    for week, sentence in told:
        if paragraphs and week and paragraphs[-1][2] == sentence and paragraphs[-1][0]:
            paragraphs[-1] = (paragraphs[-1][0], week, sentence)
        else:
            paragraphs.append((week, week, sentence))
    found = []
    for first, last, sentence in paragraphs:
        when = "" if first == 0 else f"Week {first}: " if first == last else f"Weeks {first} to {last}: "
        found.append(when + sentence)
    return found


class _Clerk:
    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.space = Frame.of(scenario).space
        self.text: int | None = None

    # --- words ----------------------------------------------------------------------------------------

    def who(self, party: str) -> str:
        return party_title(self.scenario, party)

    def all_of(self, parties: Iterable[str]) -> str:
        names = [self.who(party) for party in parties]
        return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"

    def option(self, issue: str, option: str) -> str:
        return term_in_words(self.scenario, issue, option)

    def wording(self, agreement: int) -> str:
        """Tell a text by what it changes in the last one told; in full at first."""
        labels = self.space.agreement(agreement)
        if self.text is None:
            words = agreement_in_words(self.scenario, labels)
        elif self.text == agreement:
            words = ""
        else:
            before = self.space.agreement(self.text)
            changed = [issue for issue in labels if labels[issue] != before[issue]]
            words = "; ".join(
                f"{self.option(i, labels[i])} instead of {option_title(self.scenario, i, before[i])}" for i in changed
            )
        self.text = agreement
        return words

    # --- a week -----------------------------------------------------------------------------------------

    def week(self, events: list[Event]) -> list[str]:
        lines: list[list[str]] = [[]]
        answers: list[Event] = []
        for event in events:
            if event.kind in ("accept", "refuse", "critique"):
                answers.append(event)
                continue
            if event.kind in ("text", "offer", "pass", "vote", "sign", "end"):
                lines[-1] += self.answers(answers)
                answers = []
            lines[-1] += self.event(event)
            if event.kind in ("text", "offer"):
                lines.append([])
        lines[-1] += self.answers(answers)
        lines[-1] += self.at_home([event for event in events if event.kind == "ratify"])
        told = "\n".join(" ".join(line) for line in lines if line)
        return [told] if told else []

    def at_home(self, events: list[Event]) -> list[str]:
        told = []
        for verdict in ("passes", "fails"):
            parties = [event.party for event in events if event.note == verdict]
            if parties:
                told.append(f"At home it {verdict} in {self.all_of(parties)}.")
        return told

    def answers(self, events: list[Event]) -> list[str]:
        yes = [event.party for event in events if event.kind == "accept"]
        no = [event.party for event in events if event.kind == "refuse"]
        wants = {event.party: event for event in events if event.kind == "critique"}
        told = []
        if yes:
            told.append(f"{self.all_of(yes)} {'says' if len(yes) == 1 else 'say'} yes.")
        asking: dict[str, list[str]] = {}
        for party in no:
            asks = self.option(wants[party].about, wants[party].option) if party in wants else ""
            asking.setdefault(asks, []).append(party)
        for asks, parties in asking.items():
            one = len(parties) == 1
            what = f", and {'asks' if one else 'ask'} for {asks}" if asks else ""
            told.append(f"{self.all_of(parties)} {'says' if one else 'say'} no{what}.")
        return told

    def event(self, event: Event) -> list[str]:
        who = self.who(event.party) if event.party else "The mediator"
        about = self.who(event.about) if event.about else ""
        match event.kind:
            case "open":
                return [f"{who} opens the talks." if event.party else "The talks open."]
            case "stage":
                return [f"Stage: {event.note}."]
            case "text" | "offer":
                assert event.agreement is not None
                words = self.wording(event.agreement)
                verb = "puts a text to everyone" if event.kind == "text" else "offers"
                return [f"{who} {verb}: {words}." if words else f"{who} puts the same text again."]
            case "pass":
                return [f"{who} has nothing to put forward that it could sign."]
            case "vote":
                return [f"The vote: {int(event.number or 0)} in favour."]
            case "sign":
                return [f"Signed by {self.all_of(event.note.split(', '))}."]
            case "belief":
                return [self.belief(who, about, event)]
            case "no_deal":
                return [f"No deal is now worth {event.number:.3f} to {who}."]
            case "zone":
                if event.note == "open":
                    return [f"{int(event.number or 0)} texts are acceptable to all who must sign."]
                return ["No text is acceptable to all who must sign."]
        return []

    def belief(self, who: str, about: str, event: Event) -> str:
        number = event.number or 0.0
        if event.note == "reservation value":
            return f"{who} now thinks that no deal is worth about {number:.2f} to {about}."
        if event.note == "holds out":
            return f"{who} gives {100 * number:.0f} % to {about} being one that holds out."
        issue, _, option = event.note.removeprefix("line ").removesuffix(" real").partition("=")
        return f"{who} gives {100 * number:.0f} % to {about}'s line on {self.option(issue, option)} being real."

    def end(self, outcome: Outcome) -> str:
        weeks = f"{outcome.rounds} week{'s' if outcome.rounds != 1 else ''}"
        if outcome.agreement is None:
            words = f"The talks end after {weeks} without an agreement."
            if outcome.last_refuser is not None:
                words += f" Last to refuse: {self.who(outcome.last_refuser)}. {outcome.reason}."
            if outcome.nearest is not None:
                words += f" The concession that came nearest: {outcome.nearest.words}."
            return words
        labels = self.space.agreement(outcome.agreement)
        text = agreement_in_words(self.scenario, labels)
        words = f"The talks end after {weeks} with an agreement: {text}."
        margins = ", ".join(
            f"{self.who(p)} {m / SCALE:+.3f}" for p, m in zip(outcome.parties, outcome.margins, strict=True)
        )
        words += f" Over no deal, each on its own scale: {margins}."
        paid = [p for p, cost in zip(outcome.parties, outcome.audience_costs, strict=True) if cost]
        if paid:
            words += f" {self.all_of(paid)} gave up declared red lines and paid for it at home."
        if outcome.pressed:
            words += f" {self.all_of(outcome.pressed)} signed below no deal, under pressure: not a natural settlement."
        if outcome.failed_in:
            words += f" It fails to be ratified in {self.all_of(outcome.failed_in)}."
        elif outcome.ratified:
            words += " It is ratified everywhere."
        failed = [stage for stage in outcome.stages if stage.reason]
        if failed:
            words += f" The stage “{failed[-1].name}” failed: {failed[-1].reason}. What was signed before stands."
        return words
