r"""The months after ratification: who breaks it, who answers, does it hold.

A step is a month. In each month

1. every party with a violation open to it compares :math:`V^D(t) + shock(t)` with :math:`V^C`, and whoever
   else, alone or by consent, gains from a move marked ``breach`` makes it; where two would break the agreement,
   chance decides who is first. A breach by moves ends it: another agreement is then in force;
2. if one does, guarantors are called and decide one after the other (``sim.compliance.agents``); the
   months of the response lag pass before anyone weighs a violation again. Answered, the violation is
   *repaired* where the scenario has a ``repair``: the violator fights the guarantors for R months, and the
   agreement returns iff it then prefers that to this war, :math:`u - c \ge w^R`, and so does every other
   belligerent; otherwise the agreement ends in that month;
3. war comes back by itself with probability :math:`1 - \exp(-h(t))`, h the hazard of the month, three
   times as high (or what the scenario says) in a month with a large incident. That ends it;
4. where terms come in steps, the next part is released once the months of the step have passed and nobody broke the
   agreement in them. After a repair they begin again.

Guarantors change course at their own hazard. Nothing else has memory, so which months can bring
anything is known as soon as the draws are made; the rest are passed over, with the same result as
living through each (`AftermathModel.run` with ``every_month``).

References
----------
Fearon 1995, International Organization 49(3). Fortna 2003, International Organization 57(2). Lo,
Hashimoto & Reiter 2008, International Organization 62(4). Werner & Yuen 2005, International
Organization 59(2). Berkemeier & Fuhrmann 2018, Research & Politics 5(2).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

import mesa
import numpy as np
from numpy.typing import NDArray

from sim.after.terms import Terms
from sim.agreements.payoffs import SCALE
from sim.compliance.agents import Belligerent, BreachingAgent, GuarantorAgent
from sim.compliance.chance import Chance
from sim.compliance.conditions import Conditions
from sim.compliance.pledge import Call
from sim.compliance.record import Aftermath, Violation
from sim.domain.given import root_seed, world_of
from sim.domain.scenario import Scenario
from sim.domain.world import World
from sim.errors import ModelError

__all__ = ["AftermathModel", "Course", "aftermath", "aftermaths", "live"]


@dataclass(frozen=True, eq=False)
class Course:
    """What luck and conditions together settle before the first month is lived.

    Attributes
    ----------
    conditions : Conditions
    chance : Chance
    gone : tuple of int
        By guarantor, the month in which it changes course; months + 1 where it does not.
    breaks, keeps : ndarray of int64, shape (months, n_violators)
        V^D without the shock and V^C, as guarantors stand in each month.
    shock : ndarray of int64, shape (months, n_violators)
    war_returns : ndarray of bool, shape (months,)
        Whether war comes back by itself.
    incident : ndarray of bool, shape (months,)
        Whether it does so only because of the month's incident.
    since : (int, int)
        How many months had passed, and been kept, when the agreement last came into force.
    """

    conditions: Conditions = field(repr=False)
    chance: Chance = field(repr=False)
    gone: tuple[int, ...]
    breaks: NDArray[np.int64] = field(repr=False)
    keeps: NDArray[np.int64] = field(repr=False)
    shock: NDArray[np.int64] = field(repr=False)
    war_returns: NDArray[np.bool_] = field(repr=False)
    incident: NDArray[np.bool_] = field(repr=False)
    since: tuple[int, int] = (0, 0)

    def after_a_repair(self, since: tuple[int, int]) -> Course:
        """Return the course from then on, where parts of the terms still to come arrive later.

        Parameters
        ----------
        since : (int, int)
            How many months have passed by then, and been kept at the beginning of the step.
        """
        breaks, keeps = _weighed(self.conditions, self.gone, since)
        return replace(self, breaks=breaks, keeps=keeps, since=since)

    @cached_property
    def step_in(self) -> NDArray[np.int64]:
        """Which step of the terms each month lies in; shape (months,)."""
        return self.conditions.step_in(self.since)

    @classmethod
    def of(cls, conditions: Conditions, chance: Chance) -> Course:
        """Work out the course of a run.

        Parameters
        ----------
        conditions : Conditions
        chance : Chance

        Returns
        -------
        Course
        """
        world, spec = conditions.terms.world, conditions.terms.scenario.compliance
        gone = _changes_of_course(conditions, chance)
        deviation = world.value(spec.shock_sd) * SCALE
        shock = np.rint(chance.shock[:, conditions.violators] * deviation).astype(np.int64)
        calm = -np.expm1(-conditions.hazard)
        factor = world.value(spec.hazard.incidents.factor)
        happens = chance.incident < world.value(spec.hazard.incidents.per_month)
        tense = -np.expm1(-conditions.hazard * np.where(happens, factor, 1.0))
        returns = chance.hazard < tense
        breaks, keeps = _weighed(conditions, gone)
        return cls(conditions, chance, gone, breaks, keeps, shock, returns, returns & (chance.hazard >= calm))

    @cached_property
    def cost(self) -> NDArray[np.float64]:
        """What answering would cost each guarantor in each month; shape (months, n_guarantors)."""
        table = self.conditions.table
        assert table is not None
        months = np.zeros(self.conditions.months, dtype=np.int64)
        return table.cost.rows(months).at_quantile(self.chance.cost[:, self.conditions.guarantors])

    @cached_property
    def eventful(self) -> NDArray[np.bool_]:
        """Months in which anything can happen; shape (months,)."""
        tempted = (self.breaks + self.shock > self.keeps).any(axis=1)
        return np.asarray(tempted | self.war_returns | bool(self.conditions.breaches))


def _changes_of_course(conditions: Conditions, chance: Chance) -> tuple[int, ...]:
    never = conditions.months + 1
    if not conditions.reversal.any():
        return (never,) * len(conditions.guarantors)
    turned = chance.reversal[:, conditions.guarantors] < conditions.reversal
    return tuple(np.where(turned.any(axis=0), turned.argmax(axis=0) + 1, never).tolist())


def _weighed(
    conditions: Conditions, gone: tuple[int, ...], since: tuple[int, int] = (0, 0)
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return V^D and V^C of each month, as guarantors then stand."""
    path = conditions.path((), since)
    turning = sorted({month for month in gone if month <= conditions.months})
    if not turning:
        return path.breaks, path.keeps
    breaks, keeps = path.breaks.copy(), path.keeps.copy()
    for month in turning:
        path = conditions.path(tuple(place for place, when in enumerate(gone) if when <= month), since)
        breaks[month - 1 :], keeps[month - 1 :] = path.breaks[month - 1 :], path.keeps[month - 1 :]
    return breaks, keeps


def _role(agent: Belligerent | GuarantorAgent | BreachingAgent) -> str:
    return (
        "guarantor"
        if isinstance(agent, GuarantorAgent)
        else "mover"
        if isinstance(agent, BreachingAgent)
        else "violator"
    )


def _resolve(agent: Belligerent | GuarantorAgent | BreachingAgent) -> float | None:
    return agent.left(max(agent.model.month, 1)) if isinstance(agent, GuarantorAgent) else None


def _temptation(agent: Belligerent | GuarantorAgent | BreachingAgent) -> float | None:
    if isinstance(agent, BreachingAgent):
        return agent.gain / SCALE
    return None if isinstance(agent, GuarantorAgent) else agent.temptation(max(agent.model.month, 1)) / SCALE


def _spent(agent: Belligerent | GuarantorAgent | BreachingAgent) -> float | None:
    return agent.spent if isinstance(agent, GuarantorAgent) else None


class AftermathModel(mesa.Model):  # type: ignore[misc]  # mesa ships no types
    """One aftermath, month by month; `agents` are those who can violate it, those who gain by a breach, and guarantors.

    The same scenario, agreement and seed give the same months as `sim.simulate`.

    Parameters
    ----------
    scenario : Scenario, World, Terms, Course, or path of a scenario file
        What was negotiated. Of a scenario a world is drawn; a world, or the terms of one, is taken as it is, and a
        course with its agreement. In a list of parameters for ``mesa.batch_run`` or ``SolaraViz`` give the path,
        or the scenario in a list of one: Mesa takes whatever it can iterate over for a list of values.
    agreement : int or mapping of str to str
        What was signed: its number, or the option of each issue.
    rng : int, numpy.random.Generator or None
        The root seed; None draws one, and `seed` says which.
    settings : mapping of str to value, or sequence of "path=value"
        Values set over the scenario, as ``--set`` does.
    world, replication : int
        Which world of the root seed, and which aftermath in it.
    central : bool
        Take central values instead of drawing a world.
    natural : bool, optional
        Whether nobody was pressed below its reservation value to sign; by default as the world's values say.
    collect : bool
        Whether a ``mesa.DataCollector`` with `model_reporters` and `agent_reporters` collects every month.

    Attributes
    ----------
    seed : int
        The root seed.
    month : int
        The month last lived, from 1; 0 before the first.
    violations : list of Violation
        Those so far.
    ended_by : str
        Why the agreement ended; empty while it stands.
    outcome : Aftermath or None
        What became of it; None while months are to come.
    datacollector : mesa.DataCollector
        Where asked for.
    model_reporters : dict
        Columns collected of the model: the attributes and properties of these names. A sub-class adds its own.
    agent_reporters : dict
        Columns collected of each agent: its ``name`` and ``role``; a guarantor's ``resolve``, what is left of it (1 as
        signed), and what it has ``spent``; a violator's ``temptation``, V^D + shock − V^C, which breaks the
        agreement above 0; a mover's, what it gains by its breach.

    Notes
    -----
    Mesa's own ``model.scenario`` is not used and is None, so that nothing of Mesa takes it for parameters.

    Examples
    --------
    >>> import sim
    >>> signed = {"pass": "shared", "guard": "promised"}
    >>> model = sim.AftermathModel("scenarios/tutorial-two-by-two/scenario.yaml", signed, rng=0, central=True)
    >>> while model.running:
    ...     model.step()
    >>> model.outcome.months, model.ended_by, [violation.violator for violation in model.violations]
    (1, 'calculation', ['hill'])
    >>> model.datacollector.get_model_vars_dataframe().columns.tolist()
    ['month', 'hazard', 'reliability', 'n_violations', 'ended_by']
    """

    running: bool

    model_reporters: ClassVar[dict[str, Any]] = {
        name: name for name in ("month", "hazard", "reliability", "n_violations", "ended_by")
    }
    agent_reporters: ClassVar[dict[str, Any]] = {
        "name": "name",
        "role": _role,
        "resolve": _resolve,
        "temptation": _temptation,
        "spent": _spent,
    }

    def __init__(
        self,
        scenario: Scenario | World | Terms | Course | str | Path,
        agreement: int | Mapping[str, str] | None = None,
        rng: int | np.random.Generator | None = None,
        *,
        settings: Mapping[str, Any] | Sequence[str] = (),
        world: int = 0,
        replication: int = 0,
        central: bool = False,
        natural: bool | None = None,
        collect: bool = True,
    ) -> None:
        if isinstance(scenario, Course):
            self.seed, course = scenario.chance.seed, scenario
        else:
            self.seed = root_seed(rng)
            if not isinstance(scenario, Terms):
                scenario = Terms.of(world_of(scenario, self.seed, settings=settings, world=world, central=central))
            course = _course(scenario, agreement, self.seed, replication, natural)
        # Every draw is in the course; Mesa's own generators are seeded so that nothing is left to the system.
        super().__init__(rng=course.chance.seed)
        self.course = course
        self.conditions = conditions = course.conditions
        self.replication = replication
        self.month = 0
        self.busy_until = 0
        self.violations: list[Violation] = []
        self.ended_by = ""
        self.loss = [0.0] * len(conditions.parties)
        self.belligerents = [
            self.belligerent_of(conditions.parties[column])(
                self,
                conditions.parties[column],
                int(column),
                place,
                course.keeps[:, place],
                course.breaks[:, place],
                course.shock[:, place],
            )
            for place, column in enumerate(conditions.violators)
        ]
        self.movers = [BreachingAgent(self, breach) for breach in conditions.breaches]
        table = conditions.table
        self.guarantors: list[GuarantorAgent] = []
        if table is not None:
            self.guarantors = [
                self.guarantor_of(name)(
                    self,
                    name,
                    place,
                    float(table.stake[0, place]),
                    float(table.penalty[0, place]),
                    conditions.resolve[place],
                    course.gone[place],
                )
                for place, name in enumerate(table.members)
            ]
        self._collects = collect
        if collect:
            self.datacollector = mesa.DataCollector(self.model_reporters, self.agent_reporters)

    @property
    def scenario(self) -> None:
        """Not used: see the notes of the class."""
        return

    @scenario.setter
    def scenario(self, given: object) -> None:
        """Mesa sets one of its own, which stays unused."""

    def belligerent_of(self, name: str) -> type[Belligerent]:
        """Return the class of a violator; a sub-class returns one of its own for whom it likes."""
        return Belligerent

    def guarantor_of(self, name: str) -> type[GuarantorAgent]:
        """Return the class of a guarantor; a sub-class returns one of its own for whom it likes."""
        return GuarantorAgent

    @property
    def hazard(self) -> float:
        """The hazard that war comes back by itself this month, incidents aside."""
        return float(self.conditions.hazard[max(self.month, 1) - 1])

    @property
    def reliability(self) -> float | None:
        """What the most tempted unprotected violator reckons with as the chance of an answer; None without one."""
        assumed, month = self.conditions.credibility[0], max(self.month, 1)
        if assumed is None:
            return None
        left = tuple(place for place, when in enumerate(self.course.gone) if when <= month)
        return min(assumed, float(self.conditions.path(left).derived[month - 1]))

    @property
    def n_violations(self) -> int:
        """How many violations there were."""
        return len(self.violations)

    @property
    def outcome(self) -> Aftermath | None:
        """What became of the agreement; None while months are to come."""
        return None if self.running else _record(self.course, self.seed, self.replication, self)

    def step(self) -> None:
        """Live through one month; nothing more happens after the last."""
        if not self.running:
            return
        self.month += 1
        if self.month > self.busy_until:
            tempted: list[Belligerent | BreachingAgent] = [b for b in self.belligerents if b.temptation(self.month) > 0]
            tempted += self.movers
            if tempted:
                first = tempted[int(self.course.chance.precedence[self.month - 1] * len(tempted))]
                if isinstance(first, BreachingAgent):
                    self._breach(first)
                else:
                    self._violate(first)
        if self.running and self.course.war_returns[self.month - 1]:
            self._end("incident" if self.course.incident[self.month - 1] else "hazard")
            self._count_losses(None, answered=False)
        if self.month == self.conditions.months:
            self.running = False
        if self._collects:
            self.datacollector.collect(self)

    def run(self, *, every_month: bool = False) -> None:
        """Live until the agreement ends or the horizon is reached.

        Parameters
        ----------
        every_month : bool
            Also live through the months after the last one in which anything can happen.
        """
        course, last = self.course, self._last_month(every_month)
        while self.running and self.time < last:
            self.run_for(1)
            if self.course is not course:
                course, last = self.course, self._last_month(every_month)

    def _last_month(self, every_month: bool) -> int:
        """Return the last month in which anything can happen, or the horizon."""
        eventful = np.flatnonzero(self.course.eventful)
        return self.conditions.months if every_month else (int(eventful[-1]) + 1 if eventful.size else 0)

    @property
    def n_released(self) -> int:
        """Which step of the terms the month lies in, from 1; 1 throughout where all comes at once."""
        return int(self.course.step_in[max(self.month, 1) - 1]) + 1

    def _end(self, cause: str) -> None:
        self.ended_by = cause
        self.running = False

    def _violate(self, violator: Belligerent) -> None:
        month = self.month
        call, called = self._call(violator)
        cause = "calculation" if violator.breaks_without_shock(month) else "shock"
        step = int(self.course.step_in[month - 1])
        repaired = call.answered and bool(self.conditions.returns[step, month - 1, violator.place])
        self.violations.append(
            Violation(
                month,
                violator.name,
                cause,
                violator.temptation(month) / SCALE,
                called,
                call.joined,
                call.refused,
                call.answered,
                repaired,
            )
        )
        if repaired:
            self.busy_until = month + self.conditions.lag - 1 + self.conditions.repair
            self._begin_step_again(step)
        else:
            self._end(cause)
            self._count_losses(violator, answered=call.answered)

    def _breach(self, mover: BreachingAgent) -> None:
        self.violations.append(
            Violation(self.month, mover.name, "breach", mover.gain / SCALE, False, (), (), False, False)
        )
        self._end("breach")
        self.loss = (-mover.breach.gain / SCALE).tolist()

    def _begin_step_again(self, step: int) -> None:
        """Put off what is still to come until the agreement has been kept for the months of the step anew."""
        if step + 1 < len(self.conditions.steps):
            self.course = self.course.after_a_repair((self.busy_until, int(self.conditions.starts[step])))
            for belligerent in self.belligerents:
                belligerent.keeps = self.course.keeps[:, belligerent.place]
                belligerent.breaks = self.course.breaks[:, belligerent.place]

    def _call(self, violator: Belligerent) -> tuple[Call, bool]:
        chance, now = self.course.chance, self.month - 1
        protected, pledge = self.conditions.protected(violator.column), self.conditions.pledge
        if protected or pledge is None:
            # Withholding support, or answering where nobody is named, happens as often as the record says.
            assumed = float(self.conditions.terms.reliability_assumed[self.conditions.row, violator.column])
            return Call((), (), bool(chance.need[now] < assumed)), not protected
        cost = self.course.cost[now].tolist()
        return pledge.call(self.guarantors, self.month, cost, chance.need[now], chance.arrival[now]), True

    def _count_losses(self, violator: Belligerent | None, *, answered: bool) -> None:
        step = int(self.course.step_in[self.month - 1])
        war = self.conditions.wars(None if violator is None else violator.column, answered=answered, step=step)
        self.loss = ((self.conditions.levels[step] - war[self.month - 1]) / SCALE).tolist()


def aftermath(terms: Terms, agreement: int, seed: int, replication: int = 0, natural: bool = True) -> Aftermath:
    """Simulate what happens after one agreement is signed and ratified.

    Parameters
    ----------
    terms : Terms
        Of the whole space, in one world.
    agreement : int
    seed : int
        Root seed.
    replication : int
        Which run of that seed and world.
    natural : bool
        Whether nobody was pressed below its reservation value to sign.

    Returns
    -------
    Aftermath

    Examples
    --------
    >>> import sim
    >>> terms = Terms.of(sim.read_scenario("scenarios/berlin-2025/scenario.yaml"))
    >>> first = terms.payoffs.nearest(1)[0]
    >>> after = aftermath(terms, int(first), seed=1)
    >>> after.first.month, after.first.violator, after.first.cause
    (1, 'russia', 'calculation')
    """
    return live(Conditions.of(terms, agreement, natural=natural), seed, replication)


def aftermaths(
    terms: Terms, agreement: int, seed: int, runs: int, natural: bool = True, *, every_month: bool = False
) -> list[Aftermath]:
    """Simulate many aftermaths of one agreement in one world.

    Parameters
    ----------
    terms, agreement, seed, natural
        As in `aftermath`.
    runs : int

    Returns
    -------
    list of Aftermath
        Number k is ``aftermath(..., replication=k)``.

    Examples
    --------
    Hill breaks the agreement to share a guarded pass as soon as it pays, and again a year after each answer, where
    that repairs it at once; the one to share an unguarded pass never:

    >>> import sim
    >>> two = sim.read_scenario("scenarios/tutorial-two-by-two/scenario.yaml")
    >>> terms = Terms.of(sim.with_settings(two, {"compliance.repair": {"months": 0}}))
    >>> [(after.months, after.cause) for after in aftermaths(terms, 3, seed=0, runs=3)]
    [(13, 'calculation'), (13, 'calculation'), (25, 'calculation')]
    >>> [(after.months, after.cause) for after in aftermaths(terms, 1, seed=0, runs=3)]
    [(120, ''), (120, ''), (120, '')]
    """
    conditions = Conditions.of(terms, agreement, natural=natural)
    return [live(conditions, seed, replication, every_month=every_month) for replication in range(runs)]


def live(conditions: Conditions, seed: int, replication: int = 0, *, every_month: bool = False) -> Aftermath:
    """Live through one aftermath under conditions already worked out.

    Parameters
    ----------
    conditions : Conditions
    seed, replication, every_month
        As in `aftermath`.

    Returns
    -------
    Aftermath

    Examples
    --------
    >>> import sim
    >>> terms = Terms.of(sim.read_scenario("scenarios/tutorial-two-by-two/scenario.yaml"))
    >>> after = live(Conditions.of(terms, 3), seed=0)
    >>> after.ended, after.months, after.cause, after == aftermath(terms, 3, seed=0)
    (True, 1, 'calculation', True)
    """
    chance = Chance.draw(conditions.terms.world, seed, replication, conditions.months)
    course = Course.of(conditions, chance)
    if every_month or course.eventful.any():
        model = AftermathModel(course, collect=False)
        model.run(every_month=every_month)
        return _record(course, seed, replication, model)
    return _record(course, seed, replication, None)


def _course(
    terms: Terms, agreement: int | Mapping[str, str] | None, seed: int, replication: int, natural: bool | None
) -> Course:
    """Work out the course of an agreement that a user names."""
    if agreement is None:
        raise ModelError("no agreement is given; say its number, or the option of each issue")
    index = terms.space.index_of(dict(agreement)) if isinstance(agreement, Mapping) else int(agreement)
    if not 0 <= index < terms.space.n_agreements:
        raise ModelError(f"agreement {index}: the last agreement is number {terms.space.n_agreements - 1}")
    (conditions,) = Conditions.among(terms, [index], natural=None if natural is None else [natural])
    return Course.of(conditions, Chance.draw(terms.world, seed, replication, conditions.months))


def _record(course: Course, seed: int, replication: int, model: AftermathModel | None) -> Aftermath:
    conditions = course.conditions
    members = () if conditions.table is None else conditions.table.members
    spent = {g.name: g.spent for g in model.guarantors} if model else {}
    ended = model is not None and bool(model.ended_by)
    # What happens after the end is no part of the story: a guarantor's later change of course neither.
    months = model.month if model is not None and ended else conditions.months
    assumed, derived = conditions.credibility
    return Aftermath(
        agreement=conditions.agreement,
        seed=seed,
        replication=replication,
        horizon=conditions.months,
        months=months,
        ended=ended,
        cause=model.ended_by if model else "",
        violations=tuple(model.violations) if model else (),
        reversals=tuple((name, when) for name, when in zip(members, course.gone, strict=True) if when <= months),
        reliability_assumed=assumed,
        reliability_derived=derived,
        parties=conditions.parties,
        loss=tuple(model.loss) if model else (0.0,) * len(conditions.parties),
        guarantee_cost=tuple(spent.get(name, 0.0) for name in conditions.parties),
    )
