"""One negotiation in one world: from terms to an outcome.

Here the scenario's words become talks: who mediates, what is private, how no deal moves, which stages there
are. Reasons, margins and ratification are worked out after the talks, from the table of terms.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from sim.after.terms import Terms
from sim.agreements.payoffs import SCALE
from sim.domain.streams import Purpose, integer_seed
from sim.errors import ModelError, nearest
from sim.negotiation.acceptance import ACCEPTANCE
from sim.negotiation.agenda import Agenda
from sim.negotiation.beliefs import PublicModel
from sim.negotiation.equilibrium import CommonKnowledge
from sim.negotiation.no_deal import reservations
from sim.negotiation.outcome import Event, Outcome, StageResult
from sim.negotiation.private import PrivatePayoffs, private_payoffs
from sim.negotiation.protocols import PROTOCOLS
from sim.negotiation.ratifying import ratify
from sim.negotiation.reasons import last_blocker, nearest_concession, refusal_of
from sim.negotiation.strategies import STRATEGIES
from sim.negotiation.strategy import Settings
from sim.negotiation.talks import BeforeRound, Talks

__all__ = ["Outcome", "Talks", "negotiate"]


def negotiate(terms: Terms, seed: int, replication: int = 0, trace: bool = False) -> Outcome:
    """Negotiate once in a world, as its scenario says, and put what is signed to ratification.

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
    spec = terms.scenario.negotiation
    _known(spec.protocol, PROTOCOLS, "negotiation.protocol", "protocol")
    keys = (0 if terms.world.index is None else terms.world.index + 1, replication)
    if spec.stages:
        outcome = negotiate_in_stages(terms, seed, keys, trace)
    else:
        path = reservations(terms, spec.deadline, seed, *keys)
        outcome = talk_once(terms, Agenda.of(terms), path, seed, keys, trace)
    if outcome.agreement is None:
        return outcome
    failed = ratify(terms, outcome.agreement, outcome.signers, seed, *keys)
    events = outcome.trace
    if trace:
        events += tuple(
            Event(outcome.rounds, "ratify", party, outcome.agreement, note="fails" if party in failed else "passes")
            for party in outcome.signers
        )
    return replace(outcome, ratified=not failed, failed_in=failed, trace=events)


def negotiate_in_stages(terms: Terms, seed: int, keys: tuple[int, ...], trace: bool) -> Outcome:
    """Negotiate stage by stage; what is signed stands while the next stage is talked about.

    A stage's texts settle its own issues; what earlier stages settled is fixed, and on the issues of later
    stages the option named under ``meanwhile`` stands. Once a stage is signed, no deal in the next means
    that what was signed goes on standing, so its worth takes the place of the reservation value. A stage
    values what would stand at its end; it does not look ahead to later stages.

    Parameters
    ----------
    terms : Terms
    seed : int
        Root seed.
    keys : tuple of int
        World and replication.
    trace : bool

    Returns
    -------
    Outcome
        Of what stands at the end, with one `StageResult` for each stage talked about.
    """
    spec, space = terms.scenario.negotiation, terms.space
    total = sum(stage.deadline for stage in spec.stages.values())
    path = reservations(terms, total, seed, *keys)
    agenda = Agenda.of(terms)
    settled: dict[str, str] = {}
    standing: Outcome | None = None
    results: list[StageResult] = []
    events: list[Event] = []
    rounds = 0
    for number, (name, stage) in enumerate(spec.stages.items()):
        rows = np.ones(agenda.n_texts, dtype=np.bool_)
        fixed = {**{i: o for i, o in stage.meanwhile.items() if i not in stage.issues and i not in settled}, **settled}
        for issue, option in fixed.items():
            k = space.issues.index(issue)
            rows &= agenda.by_issue[k] == space.labels[k].index(option)
        if not rows.any():
            raise ModelError(
                f"negotiation.stages.{name}: no text that can be signed leaves the issues of later stages as"
                " 'meanwhile' says; name other options there"
            )
        part = path[rounds : rounds + stage.deadline]
        if standing is not None and standing.agreement is not None:
            part = np.broadcast_to(terms.at(standing.agreement).worth[0], part.shape)
        own_agenda = Agenda.among(space, agenda.agreements[rows])
        outcome = talk_once(terms, own_agenda, part, seed, (*keys, number), trace, deadline=stage.deadline)
        events.append(Event(rounds, "stage", note=stage.title or name))
        events += [replace(event, round=event.round + rounds) for event in outcome.trace]
        rounds += outcome.rounds
        results.append(StageResult(name, outcome.agreement, outcome.rounds, outcome.last_refuser, outcome.reason))
        if outcome.agreement is None:
            standing = outcome if standing is None else replace(standing, refusal=outcome.refusal)
            break
        standing = outcome
        labels = space.agreement(outcome.agreement)
        settled |= {issue: labels[issue] for issue in stage.issues}
    assert standing is not None
    return replace(
        standing,
        rounds=rounds,
        margins=_margins_over(terms, standing, path[min(rounds, total) - 1]),
        stages=tuple(results),
        trace=tuple(events) if trace else (),
    )


def _margins_over(terms: Terms, outcome: Outcome, reservation: NDArray[np.int64]) -> tuple[int, ...]:
    """Return margins over war, not over what stood in the meantime."""
    if outcome.agreement is None:
        return ()
    return tuple(int(margin) for margin in terms.at(outcome.agreement).worth[0] - reservation)


def talk_once(
    terms: Terms,
    agenda: Agenda,
    path: NDArray[np.int64],
    seed: int,
    keys: tuple[int, ...],
    trace: bool,
    deadline: int | None = None,
) -> Outcome:
    """Talk once over an agenda, ratification aside.

    Parameters
    ----------
    terms : Terms
    agenda : Agenda
    path : ndarray of int64, shape (rounds, n_parties)
        Everybody's reservation value in each round.
    seed : int
        Root seed.
    keys : tuple of int
        World, replication and stage.
    trace : bool
    deadline : int, optional
        The scenario's by default.

    Returns
    -------
    Outcome
    """
    spec = terms.scenario.negotiation
    procedure = PROTOCOLS[spec.protocol]
    payoffs = private_payoffs(terms, agenda, reservation=path[0], lowest=path.min(axis=0), pressed=procedure.mediated)
    settings = [_settings(terms, party) for party in terms.parties]
    common = public = None
    if spec.information == "complete":
        common = CommonKnowledge(
            terms.parties,
            np.stack([own.net for own in payoffs]),
            np.stack([own.needed for own in payoffs]),
            np.array([own.floor for own in payoffs]),
            np.array([own.discount for own in payoffs]),
            spec.deadline if deadline is None else deadline,
            spec.quota,
            tuple(spec.veto),
        )
    if any(STRATEGIES[given.name].needs_public_model for given in settings):
        public = PublicModel.of(terms, agenda)
    given = [
        replace(
            own,
            protocol=spec.protocol,
            seed=integer_seed(seed, Purpose.NEGOTIATION, *keys, column + 1) if common is not None else 0,
            common=common,
            public=public,
        )
        for column, own in enumerate(settings)
    ]
    moves = bool((path != path[0]).any())
    talks = Talks(
        agenda,
        spec.protocol,
        spec.deadline if deadline is None else deadline,
        payoffs,
        given,
        seed=integer_seed(seed, Purpose.NEGOTIATION, *keys),
        mediator=spec.mediator if procedure.mediated else None,
        opener=spec.opener,
        closed=frozenset(frozenset(pair) for pair in spec.closed_channels),
        quota=spec.quota,
        veto=tuple(spec.veto),
        tracing=trace,
        before_round=_outside(path, payoffs) if moves else None,
    )
    talks.talk()
    return _outcome(terms, agenda, payoffs, talks)


def _outside(path: NDArray[np.int64], payoffs: list[PrivatePayoffs]) -> BeforeRound:
    """Return what moves reservation values, and watches whether the zone opens or closes."""
    was_open: list[bool] = []

    def before_round(talks: Talks, round_: int) -> None:
        for delegate, level in zip(talks.delegates, path[round_].tolist(), strict=True):
            delegate.told_no_deal(level)
        if not talks.tracing:
            return
        for party, level, before in zip(talks.parties, path[round_], path[max(round_ - 1, 0)], strict=True):
            if round_ == 0 or level != before:
                talks.note(round_ + 1, "no_deal", party, number=int(level) / SCALE)
        zone = np.ones(talks.agenda.n_texts, dtype=np.bool_)
        for own in payoffs:
            zone &= (own.net >= own.floor) | ~own.needed
        open_ = bool(zone.any())
        if not was_open or open_ != was_open[-1]:
            talks.note(round_ + 1, "zone", number=float(zone.sum()), note="open" if open_ else "empty")
        was_open.append(open_)

    return before_round


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

    value = terms.world.value
    return Settings(
        spec.name,
        None if spec.exponent is None else value(spec.exponent),
        value(spec.opening),
        spec.acceptance,
        1.0 if spec.accept_time is None else value(spec.accept_time),
        0 if spec.accept_level is None else round(value(spec.accept_level) * 10**9),
    )
