"""One negotiation as a Mesa model: a step is a round, the agents are the delegates.

Mesa users drive it like any model of theirs; `negotiate` runs it to the end, without collecting anything.
The model holds the world outside the room: it moves what no deal is worth, begins the next stage, and puts
what is signed to ratification. What happens in the room is the protocol's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import mesa
import numpy as np

from sim.after.terms import Terms
from sim.agreements.payoffs import SCALE
from sim.domain.given import root_seed, world_of
from sim.domain.scenario import Scenario
from sim.domain.streams import Purpose, integer_seed
from sim.domain.world import World
from sim.negotiation.agenda import Agenda
from sim.negotiation.clock import Clock
from sim.negotiation.delegate import Delegate
from sim.negotiation.no_deal import reservations
from sim.negotiation.outcome import Event, Outcome
from sim.negotiation.protocols import PROTOCOLS
from sim.negotiation.ratifying import ratify
from sim.negotiation.reasons import outcome_of
from sim.negotiation.room import Room
from sim.negotiation.seating import Sitting, rules_of, seats
from sim.negotiation.soundings import Soundings
from sim.negotiation.stages import StagesSoFar, agenda_of_stage
from sim.negotiation.table import Table

__all__ = ["NegotiationModel", "Outcome", "negotiate"]


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
        If what an installed package offers cannot be used, or no text is left to a stage.

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
    model = NegotiationModel(terms, seed, replication=replication, trace=trace, collect=False)
    while model.running:
        model.run_for(1)
    assert model.outcome is not None
    return model.outcome


def _offer(delegate: Delegate) -> int | None:
    return delegate.model.offer(delegate)  # type: ignore[no-any-return]


def _margin(delegate: Delegate) -> float | None:
    return delegate.model.margin(delegate)  # type: ignore[no-any-return]


def _beliefs(delegate: Delegate) -> dict[str, float]:
    return delegate.beliefs()


class NegotiationModel(mesa.Model):  # type: ignore[misc]  # mesa ships no types
    """One negotiation, round by round; `agents` are the parties' delegates.

    The same scenario and seed give the same outcome as `sim.simulate`. In staged talks each stage seats new
    delegates.

    Parameters
    ----------
    scenario : Scenario, World, Terms, or path of a scenario file
        What is negotiated. Of a scenario a world is drawn; a world, or the terms of one, is taken as it is.
        In a list of parameters for ``mesa.batch_run`` or ``SolaraViz`` give the path, or the scenario in a
        list of one: Mesa takes whatever it can iterate over for a list of values.
    rng : int, numpy.random.Generator or None
        The root seed; None draws one, and `seed` says which.
    settings : mapping of str to value, or sequence of "path=value"
        Values set over the scenario, as ``--set`` does.
    world, replication : int
        Which world of the root seed, and which negotiation in it.
    central : bool
        Take central values instead of drawing a world.
    trace : bool
        Whether `outcome` tells what was said.
    collect : bool
        Whether a ``mesa.DataCollector`` with `model_reporters` and `agent_reporters` collects every round.

    Attributes
    ----------
    seed : int
        The root seed.
    room : Room
        What is public at the table now.
    outcome : Outcome or None
        How it ended; None while they talk.
    datacollector : mesa.DataCollector
        Where asked for.
    model_reporters : dict
        Columns collected of the model: the attributes below. A sub-class adds columns of its own.
    agent_reporters : dict
        Columns collected of each delegate: its ``party``; its ``offer``, the agreement it last put forward; its
        ``demand``, the least worth it last asked for; its ``margin``, the worth to it of the text on the table
        less no deal; its ``beliefs`` by name. Worth is on the party's own scale from 0 to 1.

    Notes
    -----
    Mesa's own ``model.scenario`` is not used and is None, so that nothing of Mesa takes it for parameters.

    Examples
    --------
    >>> import sim
    >>> model = sim.NegotiationModel("scenarios/tutorial-two-by-two/scenario.yaml", rng=1)
    >>> model.agents.get("party")
    ['hill', 'vale']
    >>> while model.running:
    ...     model.step()
    >>> model.outcome == sim.simulate(sim.read_scenario("scenarios/tutorial-two-by-two/scenario.yaml"), 1).outcome
    True
    >>> model.datacollector.get_model_vars_dataframe().columns.tolist()
    ['round', 'stage', 'text', 'refusing', 'zone', 'agreement', 'ratified']
    """

    model_reporters: ClassVar[dict[str, Any]] = {
        name: name for name in ("round", "stage", "text", "refusing", "zone", "agreement", "ratified")
    }
    agent_reporters: ClassVar[dict[str, Any]] = {
        "party": "party",
        "offer": _offer,
        "demand": "demand",
        "margin": _margin,
        "beliefs": _beliefs,
    }

    def __init__(
        self,
        scenario: Scenario | World | Terms | str | Path,
        rng: int | np.random.Generator | None = None,
        *,
        settings: Mapping[str, Any] | Sequence[str] = (),
        world: int = 0,
        replication: int = 0,
        central: bool = False,
        trace: bool = False,
        collect: bool = True,
    ) -> None:
        self.seed = seed = root_seed(rng)
        if not isinstance(scenario, Terms):
            scenario = Terms.of(world_of(scenario, seed, settings=settings, world=world, central=central))
        self._terms = scenario
        self._keys = (0 if scenario.world.index is None else scenario.world.index + 1, replication)
        super().__init__(rng=integer_seed(seed, Purpose.NEGOTIATION, *self._keys))
        spec = scenario.scenario.negotiation
        self._stages = list(spec.stages.items())
        self._deadline = sum(stage.deadline for _, stage in self._stages) if self._stages else spec.deadline
        self._path = reservations(scenario, self._deadline, seed, *self._keys)
        self._progress = StagesSoFar()
        self._tracing = trace
        self._collects = collect
        self.round = 0
        self.stage = ""
        self.outcome: Outcome | None = None
        self._sit_down()
        if collect:
            self.datacollector = mesa.DataCollector(self.model_reporters, self.agent_reporters)

    @property
    def scenario(self) -> None:
        """Not used: see the notes of the class."""
        return

    @scenario.setter
    def scenario(self, given: object) -> None:
        """Mesa sets one of its own, which stays unused."""

    def step(self) -> None:
        """Hold one round; with a signature or after the last round the negotiation, or its stage, ends."""
        if not self.running:
            return
        room = self.room
        now = Clock(room.rounds, room.rules.deadline)
        if self._moving:
            self._move_no_deal(now)
        self.round += 1
        room.rounds += 1
        self._procedure.round(room, now)
        room.note_beliefs(now)
        if room.open and now.is_last:
            room.close(now)
        if not room.open:
            self._rise()
        if self._collects:
            self.datacollector.collect(self)
        if not room.open and self.running:
            self._sit_down()

    def delegate_of(self, party: str) -> type[Delegate]:
        """Return the class of a party's delegate; a sub-class returns one of its own for whom it likes."""
        return Delegate

    # --- what can be looked at --------------------------------------------------------------------------

    @property
    def text(self) -> int | None:
        """The agreement last put forward."""
        return int(self.room.agenda.agreements[self.room.texts[-1]]) if self.room.texts else None

    @property
    def refusing(self) -> tuple[str, ...]:
        """Who refused the last text that was not signed."""
        return self.room.refusing

    @property
    def zone(self) -> int:
        """How many texts all who must sign could sign now."""
        texts = np.ones(self.room.agenda.n_texts, dtype=np.bool_)
        for own in self._payoffs:
            texts &= (own.net >= own.floor) | ~own.needed
        return int(texts.sum())

    @property
    def agreement(self) -> int | None:
        """The agreement that is signed, or that stands after the stages so far."""
        last = self._progress.standing if self.outcome is None else self.outcome
        return None if last is None else last.agreement

    @property
    def ratified(self) -> bool | None:
        """Whether what was signed passed at home everywhere; None before, and without an agreement."""
        return None if self.outcome is None else self.outcome.ratified

    def offer(self, delegate: Delegate) -> int | None:
        """Return the agreement that a delegate last put forward; None where it has not."""
        text = self.room.table.last.get(delegate.party)
        return None if text is None else int(self.room.agenda.agreements[text])

    def margin(self, delegate: Delegate) -> float | None:
        """Return what the text last put forward is worth to a party less no deal now; None before the first."""
        if not self.room.texts:
            return None
        column = self.room.parties.index(delegate.party)
        worth = self._terms.payoffs.worth[self.room.agenda.agreements[self.room.texts[-1]], column]
        return (int(worth) - self._payoffs[column].reservation) / SCALE

    # --- how talks begin and end ------------------------------------------------------------------------

    def _sit_down(self) -> None:
        """Begin the talks, or their next stage with new delegates."""
        sitting = self._sitting()
        if self._progress.results:
            for delegate in list(self.agents):
                delegate.remove()
        if self._stages:
            self.reset_rng(integer_seed(self.seed, Purpose.NEGOTIATION, *sitting.keys))
        placed = seats(self._terms, sitting)
        self._payoffs = [own for own, _ in placed]
        table = Table(sitting.agenda)
        procedure = PROTOCOLS[sitting.rules.protocol]
        self.room = Room(
            sitting.rules,
            table,
            [self.delegate_of(own.party)(self, own, settings, table) for own, settings in placed],
            self.rng,
            soundings=Soundings(self._payoffs) if procedure.mediated else None,
            tracing=self._tracing,
        )
        self._procedure = procedure(self.room)
        self._no_deal = sitting.path
        self._moving = bool((sitting.path != sitting.path[0]).any())
        self._was_open: bool | None = None

    def _sitting(self) -> Sitting:
        terms, agenda, progress = self._terms, Agenda.of(self._terms), self._progress
        if not self._stages:
            return Sitting(agenda, rules_of(terms, self._deadline), self._path, self.seed, self._keys)
        number = len(progress.results)
        self.stage, stage = self._stages[number]
        path = self._path[progress.rounds : progress.rounds + stage.deadline]
        if progress.standing is not None and progress.standing.agreement is not None:
            # What it cost to sign it is spent: it stands at its worth without audience costs.
            path = np.broadcast_to(terms.payoffs.foreseen[progress.standing.agreement], path.shape)
        agenda = agenda_of_stage(agenda, self.stage, stage, progress.settled)
        return Sitting(agenda, rules_of(terms, stage.deadline), path, self.seed, (*self._keys, number))

    def _move_no_deal(self, now: Clock) -> None:
        """Tell everybody what no deal is worth now, and note whether the zone opens or closes."""
        room, levels = self.room, self._no_deal[now.round]
        for delegate, level in zip(room.delegates, levels.tolist(), strict=True):
            delegate.told_no_deal(level)
        if not room.tracing:
            return
        for party, level, before in zip(room.parties, levels, self._no_deal[max(now.round - 1, 0)], strict=True):
            if now.round == 0 or level != before:
                room.note(now.round + 1, "no_deal", party, number=int(level) / SCALE)
        zone = self.zone
        if self._was_open is None or self._was_open != (zone > 0):
            room.note(now.round + 1, "zone", number=float(zone), note="open" if zone else "empty")
        self._was_open = zone > 0

    def _rise(self) -> None:
        """End the stage, or the negotiation with ratification."""
        outcome = outcome_of(self._terms, self._payoffs, self.room)
        signed = outcome.agreement
        if self._stages:
            labels = None if signed is None else self._terms.space.agreement(signed)
            self._progress.add(*self._stages[len(self._progress.results)], outcome, labels)
            if signed is not None and len(self._progress.results) < len(self._stages):
                return
            outcome = self._progress.outcome(self._terms, self._path, tracing=self._tracing)
        self.running = False
        self.outcome = outcome if outcome.agreement is None else self._at_home(outcome, outcome.agreement)

    def _at_home(self, outcome: Outcome, agreement: int) -> Outcome:
        """Put what is signed to ratification."""
        failed = ratify(self._terms, agreement, outcome.signers, self.seed, *self._keys)
        events = outcome.trace
        if self._tracing:
            events += tuple(
                Event(outcome.rounds, "ratify", party, agreement, note="fails" if party in failed else "passes")
                for party in outcome.signers
            )
        return replace(outcome, ratified=not failed, failed_in=failed, trace=events)
