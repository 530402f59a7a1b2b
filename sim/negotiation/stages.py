"""Talks in stages: what is signed stands while the next stage is talked about.

The texts of a stage settle its own issues. What earlier stages settled is fixed, and on the issues of later
stages the option named under ``meanwhile`` stands. Once a stage is signed, no deal in the next one means that
what was signed goes on standing, so its worth takes the place of the reservation value. A stage values what
would stand at its end; it does not look ahead to later stages.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from sim.after.terms import Terms
from sim.domain.scenario import Stage
from sim.errors import ModelError
from sim.negotiation.agenda import Agenda
from sim.negotiation.outcome import Event, Outcome, StageResult

__all__ = ["StagesSoFar", "agenda_of_stage"]


def agenda_of_stage(agenda: Agenda, name: str, stage: Stage, settled: Mapping[str, str]) -> Agenda:
    """Return the texts that a stage can sign.

    Parameters
    ----------
    agenda : Agenda
        Of the whole negotiation.
    name : str
        The stage's name, for errors.
    stage : Stage
        Which issues it settles, and what stands on later ones meanwhile.
    settled : mapping of str to str
        The option that earlier stages chose, by issue.

    Returns
    -------
    Agenda

    Raises
    ------
    ModelError
        If no text is left.

    Examples
    --------
    >>> import sim
    >>> agenda = Agenda.of(sim.Terms.of(sim.read_scenario("scenarios/tutorial-two-by-two/scenario.yaml")))
    >>> first = Stage(issues=["pass"], deadline=6, meanwhile={"guard": "absent"})
    >>> agenda_of_stage(agenda, "truce", first, {}).n_texts, agenda.n_texts
    (2, 4)
    """
    space = agenda.space
    meanwhile = {i: o for i, o in stage.meanwhile.items() if i not in stage.issues and i not in settled}
    rows = np.ones(agenda.n_texts, dtype=np.bool_)
    for issue, option in {**meanwhile, **settled}.items():
        k = space.issues.index(issue)
        rows &= agenda.by_issue[k] == space.labels[k].index(option)
    if not rows.any():
        raise ModelError(
            f"negotiation.stages.{name}: no text that can be signed leaves the issues of later stages as"
            " 'meanwhile' says; name other options there"
        )
    return Agenda.among(space, agenda.agreements[rows])


@dataclass
class StagesSoFar:
    """How far staged talks have come.

    Attributes
    ----------
    rounds : int
        Rounds held so far.
    settled : dict of str to str
        The option that was chosen, by issue.
    results : list of StageResult
        One for each stage that ended.
    events : list of Event
        The trace so far, with rounds counted from the first stage on.
    standing : Outcome or None
        The last stage that was signed, or the first one where nothing was.
    """

    rounds: int = 0
    settled: dict[str, str] = field(default_factory=dict)
    results: list[StageResult] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    standing: Outcome | None = None

    def add(self, name: str, stage: Stage, outcome: Outcome, labels: Mapping[str, str] | None) -> None:
        """Take in how a stage ended.

        Parameters
        ----------
        name : str
            The stage's name.
        stage : Stage
            Which issues it settles.
        outcome : Outcome
            How its talks ended.
        labels : mapping of str to str, or None
            What was signed; None for nothing.
        """
        self.events.append(Event(self.rounds, "stage", note=stage.title or name))
        self.events += [replace(event, round=event.round + self.rounds) for event in outcome.trace]
        self.rounds += outcome.rounds
        self.results.append(StageResult(name, outcome.agreement, outcome.rounds, outcome.last_refuser, outcome.reason))
        if labels is not None:
            self.standing = outcome
            self.settled |= {issue: labels[issue] for issue in stage.issues}
        elif self.standing is None:
            self.standing = outcome
        else:
            self.standing = replace(self.standing, refusal=outcome.refusal)

    def outcome(self, terms: Terms, path: NDArray[np.int64], *, tracing: bool) -> Outcome:
        """Return how the whole negotiation ended.

        Parameters
        ----------
        terms : Terms
            Of the world.
        path : ndarray of int64, shape (rounds, n_parties)
            What no deal is worth in each round of all stages.
        tracing : bool
            Whether a trace was asked for.

        Returns
        -------
        Outcome
            Its margins are over war, not over what stood in the meantime.
        """
        assert self.standing is not None
        margins: tuple[int, ...] = ()
        if self.standing.agreement is not None:
            reservation = path[min(self.rounds, len(path)) - 1]
            margins = tuple(
                int(margin) for margin in terms.payoffs.worth_of(np.array([self.standing.agreement]))[0] - reservation
            )
        return replace(
            self.standing,
            rounds=self.rounds,
            margins=margins,
            stages=tuple(self.results),
            trace=tuple(self.events) if tracing else (),
        )
