"""The talks: one Mesa model per negotiation, one round (a week) per step.

The model holds what is public: the agenda, the table, the clock, who speaks with whom. Payoffs are with
the delegates. Reasons and margins are worked out after the talks, from the table of terms.
"""

from __future__ import annotations

from collections import Counter

import mesa
import numpy as np

from sim.agreements.terms import Terms
from sim.domain.streams import Purpose, integer_seed
from sim.errors import ModelError, nearest
from sim.negotiation.acceptance import ACCEPTANCE
from sim.negotiation.agenda import Agenda, Places
from sim.negotiation.clock import Clock
from sim.negotiation.delegate import Delegate
from sim.negotiation.outcome import Event, Outcome
from sim.negotiation.private import PrivatePayoffs, private_payoffs
from sim.negotiation.protocols import PROTOCOLS
from sim.negotiation.reasons import last_blocker, nearest_concession, refusal_of
from sim.negotiation.soundings import Soundings
from sim.negotiation.strategies import STRATEGIES, Settings
from sim.negotiation.table import Table

__all__ = ["Talks", "negotiate"]


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
    tracing : bool

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
        tracing: bool = False,
    ) -> None:
        super().__init__(rng=seed)
        self.agenda = agenda
        self.table = Table(agenda)
        self.deadline = deadline
        self.opener = opener
        self.tracing = tracing
        self.delegates = [Delegate(self, own, given) for own, given in zip(payoffs, settings, strict=True)]
        self.parties = tuple(delegate.party for delegate in self.delegates)
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
        self.rounds += 1
        self.procedure.round(self, now)
        if self.signed is None and now.is_last:
            self.running = False
            self.note(self.rounds, "end", agreement=self.last_text)

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


def negotiate(terms: Terms, seed: int, replication: int = 0, trace: bool = False) -> Outcome:
    """Negotiate once in a world, as its scenario says.

    Parameters
    ----------
    terms : Terms
        Of the world.
    seed : int
        Root seed.
    replication : int
        Which negotiation in this world.
    trace : bool
        Whether the outcome tells what was said.

    Returns
    -------
    Outcome
        The same for the same terms, seed and replication.

    Raises
    ------
    ModelError
        If the scenario names a protocol, strategy or acceptance rule that does not exist.

    Examples
    --------
    >>> import sim
    >>> berlin = sim.read_scenario("scenarios/berlin-2025/scenario.yaml")
    >>> outcome = negotiate(sim.Terms.of(berlin), seed=0)
    >>> outcome.agreement is None, outcome.rounds
    (True, 52)
    >>> easier = sim.with_settings(berlin, {"parties.russia.no_deal.reservation": 0.4})
    >>> outcome = negotiate(sim.Terms.of(easier), seed=0)
    >>> outcome.agreement in sim.Payoffs.of(easier).zone_of_agreement()
    True
    """
    scenario = terms.scenario
    spec = scenario.negotiation
    procedure = _known(spec.protocol, PROTOCOLS, "negotiation.protocol", "protocol")
    agenda = Agenda.of(terms)
    reservation = terms.payoffs.reservation
    payoffs = private_payoffs(terms, agenda, reservation=reservation, lowest=reservation, pressed=procedure.mediated)
    index = terms.world.index
    talks = Talks(
        agenda,
        spec.protocol,
        spec.deadline,
        payoffs,
        [_settings(terms, party) for party in terms.parties],
        seed=integer_seed(seed, Purpose.NEGOTIATION, 0 if index is None else index + 1, replication),
        mediator=spec.mediator if procedure.mediated else None,
        opener=spec.opener,
        closed=frozenset(frozenset(pair) for pair in spec.closed_channels),
        tracing=trace,
    )
    talks.talk()
    return _outcome(terms, agenda, payoffs, talks)


def _outcome(terms: Terms, agenda: Agenda, payoffs: list[PrivatePayoffs], talks: Talks) -> Outcome:
    protocol = terms.scenario.negotiation.protocol
    if talks.signed is None:
        texts = np.array(talks.texts, dtype=np.int64)
        refusing = talks.refusing or tuple(own.party for own in payoffs if own.best < own.floor)
        blocker = last_blocker(refusing or talks.parties, talks.refusals)
        own = payoffs[talks.parties.index(blocker)]
        return Outcome(
            None,
            talks.rounds,
            talks.parties,
            refusal=refusal_of(terms, agenda, own, talks.last_text),
            refusing=refusing,
            nearest=nearest_concession(terms, agenda, payoffs, texts),
            protocol=protocol,
            trace=tuple(talks.events),
        )
    text = talks.signed
    margins = tuple(int(own.worth[text]) - own.reservation for own in payoffs)
    pressed = tuple(
        own.party for own, margin in zip(payoffs, margins, strict=True) if own.party in talks.signers and margin < 0
    )
    return Outcome(
        int(agenda.agreements[text]),
        talks.rounds,
        talks.parties,
        signers=talks.signers,
        margins=margins,
        audience_costs=tuple(
            int(own.worth[text] - own.net[text]) if own.party in talks.signers else 0 for own in payoffs
        ),
        natural=not pressed,
        pressed=pressed,
        protocol=protocol,
        trace=tuple(talks.events),
    )


def _known[T](given: str, table: dict[str, T], path: str, what: str) -> T:
    if given not in table:
        raise ModelError(f"{path}: unknown {what} {given!r}{nearest(given, sorted(table))}")
    return table[given]


def _settings(terms: Terms, party: str) -> Settings:
    spec = terms.scenario.parties[party].strategy
    path = f"parties.{party}.strategy"
    _known(spec.name, STRATEGIES, f"{path}.name", "strategy")
    _known(spec.acceptance, ACCEPTANCE, f"{path}.acceptance", "acceptance rule")

    def number(name: str, default: float) -> float:
        return default if getattr(spec, name) is None else terms.world.value(f"{path}.{name}")

    return Settings(
        spec.name,
        None if spec.exponent is None else terms.world.value(f"{path}.exponent"),
        number("opening", 0.0),
        spec.acceptance,
        number("accept_time", 1.0),
        round(number("accept_level", 0.0) * 10**9),
    )
