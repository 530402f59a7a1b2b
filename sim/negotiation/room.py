"""The room: what a protocol sees of the talks, and where it reports what is said.

A room holds what is public at the table: the agenda, who sits there, what was put forward, who speaks with
whom. Payoffs are with the delegates, and sealed in the soundings. A protocol asks the delegates in the room
and reports each offer, answer and vote to it; the room passes that on to those who may hear it, counts the
votes, and ends the talks. A protocol is handed the room and nothing else.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from sim.negotiation.agenda import Places
from sim.negotiation.clock import Clock
from sim.negotiation.delegate import Delegate
from sim.negotiation.outcome import Event
from sim.negotiation.soundings import Soundings
from sim.negotiation.table import Table

__all__ = ["TELLING", "Procedure", "Room", "Rules"]

#: A belief that moves by this much is written into the trace again.
TELLING = 0.05


@dataclass(frozen=True, slots=True)
class Rules:
    """How the talks are held, as a scenario says under ``negotiation``.

    Attributes
    ----------
    protocol : str
        Its name.
    deadline : int
        How many rounds there are.
    mediator : str or None
        The party that drafts, where the protocol has a mediator with interests.
    opener : str or None
        Who begins, where somebody does; drawn otherwise.
    closed : frozenset of frozenset of str
        Pairs of parties that hear nothing of each other.
    quota : int or None
        How many signatures a vote needs; by default all that the text needs.
    veto : tuple of str
        With a quota: whose signature every text needs.
    """

    protocol: str
    deadline: int
    mediator: str | None = None
    opener: str | None = None
    closed: frozenset[frozenset[str]] = frozenset()
    quota: int | None = None
    veto: tuple[str, ...] = ()


class Room:
    """The table and those who sit at it.

    Parameters
    ----------
    rules : Rules
        How the talks are held.
    table : Table
        What lies open to everyone.
    delegates : sequence of Delegate
        In the order of the parties.
    rng : numpy.random.Generator
        What a protocol draws from.
    soundings : Soundings, optional
        What parties tell a mediator, where the protocol has one.
    tracing : bool
        Whether what is said is written down.

    Attributes
    ----------
    parties : tuple of str
        The delegates' parties.
    mediator : Delegate or None
        Who mediates, where it is a party with interests.
    rounds : int
        How many rounds were held.
    open : bool
        Whether the talks go on.
    texts : list of int
        What was put forward, in order; places in the agenda.
    last_text : int or None
        What was last refused.
    refusing : tuple of str
        Who refused that.
    refusals : Counter
        How many texts each party refused.
    signed : int or None
        Place of what was signed.
    signers : tuple of str
        Who signed.
    events : list of Event
        The trace.
    """

    def __init__(
        self,
        rules: Rules,
        table: Table,
        delegates: Sequence[Delegate],
        rng: np.random.Generator,
        *,
        soundings: Soundings | None = None,
        tracing: bool = False,
    ) -> None:
        self.rules = rules
        self.table = table
        self.agenda = table.agenda
        self.delegates = delegates
        self.parties = tuple(delegate.party for delegate in delegates)
        self.mediator = None if rules.mediator is None else delegates[self.parties.index(rules.mediator)]
        self.rng = rng
        self.tracing = tracing
        self.rounds = 0
        self.open = True
        self.texts: list[int] = []
        self.last_text: int | None = None
        self.refusing: tuple[str, ...] = ()
        self.refusals: Counter[str] = Counter()
        self.signed: int | None = None
        self.signers: tuple[str, ...] = ()
        self.events: list[Event] = []
        self._soundings = soundings
        self._believed: dict[tuple[str, str], float] = {}
        self._listening = [delegate for delegate in delegates if delegate.listens]
        self._listeners = {
            party: [d for d in self._listening if d.party != party and frozenset((d.party, party)) not in rules.closed]
            for party in self.parties
        }

    @property
    def soundings(self) -> Soundings:
        """What parties tell the mediator in confidence; there only under a protocol that is mediated."""
        assert self._soundings is not None, "a protocol without a mediator takes no soundings"
        return self._soundings

    def note(
        self,
        round_: int,
        kind: str,
        party: str = "",
        text: int | None = None,
        *,
        about: str = "",
        option: str = "",
        number: float | None = None,
        note: str = "",
    ) -> None:
        """Write an `Event` into the trace, where one was asked for; ``text`` is a place in the agenda."""
        if self.tracing:
            agreement = None if text is None else int(self.agenda.agreements[text])
            self.events.append(Event(round_, kind, party, agreement, about, option, number, note))

    # --- what is put forward ----------------------------------------------------------------------------

    def tabled(self, text: int, now: Clock) -> None:
        """Report that a mediator put a text to everyone."""
        who = "" if self.mediator is None else self.mediator.party
        self.texts.append(text)
        self.note(now.round + 1, "text", who, text)
        for ear in self._listening:
            ear.hear_offer(now, "text", text)

    def offered(self, delegate: Delegate, text: int, now: Clock) -> None:
        """Report that a party put a text forward at a common table."""
        self.table.put(delegate.party, text)
        self.texts.append(text)
        self.note(now.round + 1, "offer", delegate.party, text)
        for ear in self._listeners[delegate.party]:
            ear.hear_offer(now, delegate.party, text)

    def passed(self, delegate: Delegate, now: Clock) -> None:
        """Report that a party had nothing to put forward."""
        self.note(now.round + 1, "pass", delegate.party)

    # --- what is said of it -----------------------------------------------------------------------------

    def answered(self, delegate: Delegate, text: int, now: Clock, *, accepted: bool) -> None:
        """Report a party's answer to those with an open channel to it."""
        self.note(now.round + 1, "accept" if accepted else "refuse", delegate.party, text)
        for ear in self._listeners[delegate.party]:
            ear.hear_answer(now, delegate.party, text, accepted)

    def answered_all(self, text: int, answers: Sequence[bool], now: Clock) -> None:
        """Report the answer of everyone who has a say on a mediator's text.

        Parameters
        ----------
        text : int
            Place in the agenda.
        answers : sequence of bool
            In the order of the parties.
        now : Clock
            The round.
        """
        if self.tracing or self._listening:
            for delegate, accepted in zip(self.delegates, answers, strict=True):
                if delegate.needed(text):
                    self.answered(delegate, text, now, accepted=accepted)

    def criticised(self, delegate: Delegate, text: int, wanted: int, now: Clock) -> None:
        """Report which change of one issue a party wants, to those with an open channel to it."""
        if self.tracing:
            issue, _, option = self.agenda.change(text, wanted)
            self.note(now.round + 1, "critique", delegate.party, text, about=issue, option=option)
        for ear in self._listeners[delegate.party]:
            ear.hear_critique(now, delegate.party, text, wanted)

    def criticised_all(self, text: int, wanted: Places, now: Clock) -> None:
        """Report which change of one issue each party wants.

        Parameters
        ----------
        text : int
            Place in the agenda.
        wanted : ndarray of int64, shape (n_parties,)
            Place of the text each change leads to; negative where a party wants none.
        now : Clock
            The round.
        """
        if self.tracing or self._listening:
            for delegate, change in zip(self.delegates, wanted.tolist(), strict=True):
                if change >= 0:
                    self.criticised(delegate, text, change, now)

    def vote(self, text: int, in_favour: Sequence[Delegate], now: Clock) -> None:
        """Count the votes on a text: it is signed with all it needs, or with the quota and every veto.

        Parameters
        ----------
        text : int
            Place in the agenda.
        in_favour : sequence of Delegate
            Who votes yes.
        now : Clock
            The round.
        """
        quota = self.rules.quota
        for delegate in self.delegates:
            if quota is not None or delegate.needed(text):
                self.answered(delegate, text, now, accepted=delegate in in_favour)
        if quota is None:
            signers: Sequence[Delegate] = [d for d in self.delegates if d.needed(text)]
            against = [d for d in signers if d not in in_favour]
            passed = not against
        else:
            signers = in_favour
            against = [d for d in self.delegates if d not in in_favour]
            names = {delegate.party for delegate in in_favour}
            passed = len(in_favour) >= quota and all(party in names for party in self.rules.veto)
        self.note(now.round + 1, "vote", text=text, number=float(len(in_favour)))
        if passed:
            self.sign(text, signers, now)
        else:
            self.refused(text, [delegate.party for delegate in against])

    def refused(self, text: int, parties: Sequence[str]) -> None:
        """Report who kept a text from being signed."""
        self.refusals.update(parties)
        self.last_text = text
        self.refusing = tuple(parties)

    # --- how it ends ------------------------------------------------------------------------------------

    def sign(self, text: int, signers: Sequence[Delegate], now: Clock) -> None:
        """Report that a text was signed; the talks end."""
        self.signed = text
        self.signers = tuple(delegate.party for delegate in signers)
        self.open = False
        self.note(now.round + 1, "sign", text=text, note=", ".join(self.signers))

    def close(self, now: Clock) -> None:
        """End the talks if nothing was signed."""
        if self.signed is None:
            self.open = False
            self.note(now.round + 1, "end", text=self.last_text)

    def note_beliefs(self, now: Clock) -> None:
        """Write down beliefs that moved by at least `TELLING` since they were last written down."""
        for delegate in self._listening if self.tracing else ():
            for what, value in delegate.beliefs().items():
                before = self._believed.get((delegate.party, what))
                if before is None or abs(value - before) >= TELLING:
                    self._believed[delegate.party, what] = value
                    if before is not None:
                        about, _, matter = what.partition(": ")
                        self.note(now.round + 1, "belief", delegate.party, about=about, number=value, note=matter)


class Procedure(Protocol):
    """What a protocol is: something that runs one round of talks in a room.

    Attributes
    ----------
    mediated : bool
        Whether a mediator takes part, who hears soundings and may press.
    """

    mediated: bool

    def __init__(self, room: Room) -> None: ...

    def round(self, room: Room, now: Clock) -> None:
        """Run one round: ask delegates, and report to the room what they say."""
