"""The talks: one Mesa model per negotiation, one round (a week) per step.

The model holds what is public: the agenda, the table, the clock, who speaks with whom. Payoffs are with
the delegates, and sealed in the soundings.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import mesa

from sim.negotiation.agenda import Agenda, Places
from sim.negotiation.clock import Clock
from sim.negotiation.delegate import Delegate
from sim.negotiation.outcome import Event
from sim.negotiation.private import PrivatePayoffs
from sim.negotiation.protocols import PROTOCOLS
from sim.negotiation.soundings import Soundings
from sim.negotiation.strategy import Settings
from sim.negotiation.table import Table

__all__ = ["TELLING", "BeforeRound", "Talks"]

#: A belief that moves by this much is written into the trace again.
TELLING = 0.05
BeforeRound = Callable[["Talks", int], None]


class Talks(mesa.Model):  # type: ignore[misc]
    """One negotiation as a Mesa model; a step is a round.

    Parameters
    ----------
    agenda : Agenda
    protocol : str
        One of `PROTOCOLS`.
    deadline : int
        Rounds.
    payoffs : list of PrivatePayoffs
        Each goes to its party's delegate and nowhere else.
    settings : list of Settings
        In the order of ``payoffs``.
    seed : int
        A 32-bit integer.
    mediator, opener : str, optional
    closed : set of frozenset of str
        Pairs of parties without a channel.
    quota : int, optional
        Signatures a vote needs; by default all that the text needs.
    veto : tuple of str
        With a quota: whose signature every text needs.
    tracing : bool
    before_round : callable, optional
        Called with the model and the round before each round: the world outside the room.

    Attributes
    ----------
    delegates : list of Delegate
        In the order of the parties.
    signed : int or None
        Place in the agenda of what was signed.
    signers : tuple of str
    """

    def __init__(
        self,
        agenda: Agenda,
        protocol: str,
        deadline: int,
        payoffs: list[PrivatePayoffs],
        settings: list[Settings],
        *,
        seed: int,
        mediator: str | None = None,
        opener: str | None = None,
        closed: frozenset[frozenset[str]] = frozenset(),
        quota: int | None = None,
        veto: tuple[str, ...] = (),
        tracing: bool = False,
        before_round: BeforeRound | None = None,
    ) -> None:
        super().__init__(rng=seed)
        self.agenda = agenda
        self.table = Table(agenda)
        self.deadline = deadline
        self.quota = quota
        self.veto = veto
        self.opener = opener
        self.tracing = tracing
        self.delegates = [Delegate(self, own, given) for own, given in zip(payoffs, settings, strict=True)]
        self.parties = tuple(delegate.party for delegate in self.delegates)
        if PROTOCOLS[protocol].mediated:
            self.soundings = Soundings(payoffs)
        self.mediator = None if mediator is None else self.delegates[self.parties.index(mediator)]
        self.events: list[Event] = []
        self.texts: list[int] = []
        self.refusals: Counter[str] = Counter()
        self.last_text: int | None = None
        self.refusing: tuple[str, ...] = ()
        self.signed: int | None = None
        self.signers: tuple[str, ...] = ()
        self.rounds = 0
        self._before_round = before_round
        self._believed: dict[tuple[str, str], float] = {}
        listening = [delegate for delegate in self.delegates if delegate.listens]
        self._listeners = {
            party: [d for d in listening if d.party != party and frozenset((d.party, party)) not in closed]
            for party in self.parties
        }
        self.listening = listening
        self.procedure = PROTOCOLS[protocol](self)

    def step(self) -> None:
        """Run one round; the talks stop with a signature or after the last round."""
        now = Clock(self.rounds, self.deadline)
        if self._before_round is not None:
            self._before_round(self, now.round)
        self.rounds += 1
        self.procedure.round(self, now)
        if self.tracing and self.listening:
            self._note_beliefs(now)
        if self.signed is None and now.is_last and self.running:
            self.close(now)

    def talk(self) -> None:
        """Run rounds until a signature or the deadline."""
        while self.running and self.rounds < self.deadline:
            self.run_for(1)

    # --- what protocols report --------------------------------------------------------------------------

    def note(
        self,
        round_: int,
        kind: str,
        party: str = "",
        agreement: int | None = None,
        about: str = "",
        option: str = "",
        number: float | None = None,
        note: str = "",
    ) -> None:
        """Write an event into the trace, where one was asked for; ``agreement`` is a place in the agenda."""
        if self.tracing:
            index = None if agreement is None else int(self.agenda.agreements[agreement])
            self.events.append(Event(round_, kind, party, index, about, option, number, note))

    def tabled(self, text: int, now: Clock) -> None:
        """Report that a mediator put a text to everyone."""
        who = "" if self.mediator is None else self.mediator.party
        self.texts.append(text)
        self.note(now.round + 1, "text", who, text)
        for ear in self.listening:
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

    def answered_all(self, text: int, answers: list[bool], now: Clock) -> None:
        """Report everyone's answer to a mediator's text to those with an open channel to them."""
        if self.tracing or self.listening:
            for delegate, accepted in zip(self.delegates, answers, strict=True):
                if delegate.needed(text):
                    self.answered(delegate, text, now, accepted=accepted)

    def answered(self, delegate: Delegate, text: int, now: Clock, *, accepted: bool) -> None:
        """Report a party's answer to those with an open channel to it."""
        self.note(now.round + 1, "accept" if accepted else "refuse", delegate.party, text)
        for ear in self._listeners[delegate.party]:
            ear.hear_answer(now, delegate.party, text, accepted)

    def criticised(self, delegate: Delegate, text: int, wanted: int, now: Clock) -> None:
        """Report which change of one issue a party wants, to those with an open channel to it."""
        if self.tracing:
            issue, _, option = self.agenda.change(text, wanted)
            self.note(now.round + 1, "critique", delegate.party, text, issue, option)
        for ear in self._listeners[delegate.party]:
            ear.hear_critique(now, delegate.party, text, wanted)

    def criticised_all(self, text: int, wanted: Places, now: Clock) -> None:
        """Report which change of one issue each party wants, where it named one (not negative)."""
        if self.tracing or self.listening:
            for delegate, change in zip(self.delegates, wanted.tolist(), strict=True):
                if change >= 0:
                    self.criticised(delegate, text, change, now)

    def vote(self, text: int, in_favour: list[Delegate], now: Clock) -> None:
        """Count the votes on a text: it is signed with all it needs, or with the quota and every veto.

        Parameters
        ----------
        text : int
        in_favour : list of Delegate
            Who votes yes.
        now : Clock
        """
        for delegate in self.delegates:
            if self.quota is not None or delegate.needed(text):
                self.answered(delegate, text, now, accepted=delegate in in_favour)
        if self.quota is None:
            against = [d for d in self.delegates if d.needed(text) and d not in in_favour]
            signers = [d for d in self.delegates if d.needed(text)]
            passed = not against
        else:
            against = [d for d in self.delegates if d not in in_favour]
            signers = in_favour
            names = {delegate.party for delegate in in_favour}
            passed = len(in_favour) >= self.quota and all(party in names for party in self.veto)
        self.note(now.round + 1, "vote", agreement=text, number=float(len(in_favour)))
        if passed:
            self.sign(text, signers, now)
        else:
            self.refused(text, [delegate.party for delegate in against])

    def close(self, now: Clock) -> None:
        """End the talks if nothing was signed."""
        if self.signed is None:
            self.running = False
            self.note(now.round + 1, "end", agreement=self.last_text)

    def _note_beliefs(self, now: Clock) -> None:
        """Write down beliefs that moved by at least `TELLING` since they were last written down."""
        for delegate in self.listening:
            for what, value in delegate.beliefs().items():
                before = self._believed.get((delegate.party, what))
                if before is None or abs(value - before) >= TELLING:
                    self._believed[delegate.party, what] = value
                    if before is not None:
                        about, _, matter = what.partition(": ")
                        self.note(now.round + 1, "belief", delegate.party, about=about, number=value, note=matter)

    def refused(self, text: int, parties: list[str]) -> None:
        """Report who kept a text from being signed."""
        self.refusals.update(parties)
        self.last_text = text
        self.refusing = tuple(parties)

    def sign(self, text: int, signers: list[Delegate], now: Clock) -> None:
        """Report that a text was signed; the talks end."""
        self.signed = text
        self.signers = tuple(delegate.party for delegate in signers)
        self.running = False
        self.note(now.round + 1, "sign", agreement=text, note=", ".join(self.signers))
