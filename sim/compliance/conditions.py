r"""What one agreement means for those who live under it: the monthly model's inputs, all from Terms.

With t = 1, 2, … the months after signing and all else as in ``sim.after.terms``:

- power shifts, and with it :math:`w^N_i(t)` and :math:`w^R_i(t)` (`sim.after.power.PowerPath`);
- resolve wears off: of guarantor k's stake and penalty is left :math:`(1 + drift_k)^{(t-1)/12}`, and
  nothing after a change of course;
- a violator reckons with Q(t), the smaller of Q assumed and of what guarantors as they now stand would
  do, worked out exactly;
- :math:`V^D_i(t) = (1 - \delta^L) g_i + \delta^L [Q(t) V^{ans}_i(t) + (1 - Q(t)) w^N_i(t)]`, with
  :math:`V^{ans}` at that month's wars: the agreement returns iff all belligerents prefer it to them;
- a declining belligerent looks ahead. Let T be the first month from t on in which another would break the
  agreement by calculation; then keeping is worth :math:`V^C_i(t) = (1 - \delta^{T-t}) u_i + \delta^{T-t} b_i(T)`
  to it, b what that violation is worth to its victim. With u the most it could get, this is Fearon's (1995,
  p. 406) condition for a preventive war: it attacks iff :math:`\delta p_2 - p_1 > c_B (1 - \delta)^2`. For
  everybody else :math:`V^C = u`;
- whoever else gains from a move marked ``breach``, alone or by consent, makes it: nobody answers that by war
  (`sim.after.violations.breaches_by_moves`);
- terms delivered in steps: while step j lasts, u, the wars and g are those of what is there by then, and a violator
  sees the parts to come. With :math:`u_j` and :math:`V^D_j(t)` of step j as power and guarantors stand in month t,
  :math:`V^C` is :math:`(1 - \delta) u_j + \delta \max(V^C, V^D)` of the month after it: it keeps the agreement, to
  break it later where that is worth more. A part is released if nobody broke the last; after a repair the months
  of the step begin again.

These depend on the month and on who has changed course by then, not on anything else that happens, so
they are worked out once and a month of the model is a comparison.

References
----------
Fearon 1995, International Organization 49(3), 379–414.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from sim.after.formulas import (
    derived_reliability,
    rounded,
    value_of_an_answer,
    value_of_defection,
    value_of_waiting,
    war_as_power_moves,
    whole_months,
)
from sim.after.guarantees import GuaranteeTable
from sim.after.terms import Terms
from sim.after.violations import Breach, breaches_by_moves
from sim.compliance.pledge import Pledge

__all__ = ["Conditions"]

Levels = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Path:
    """What each month holds, if some guarantors had changed course from the start.

    Attributes
    ----------
    derived : ndarray of float64, shape (months,)
        Q derived against a violator that guarantors do not protect.
    breaks, keeps : ndarray of int64, shape (months, n_violators)
        V^D and V^C, in units of 1e-9, in the steps in which what is delivered then stands.
    """

    derived: Floats
    breaks: Levels
    keeps: Levels


@dataclass(frozen=True, eq=False)
class Conditions:
    """Everything the monthly model reads about one agreement in one world.

    Attributes
    ----------
    terms : Terms
        Of this agreement, among others looked at with it.
    row : int
        Its row there.
    agreement : int
        In the whole space.
    months : int
        Horizon T.
    violators : ndarray of int64, shape (n_violators,)
        Columns of the parties with a violation open to them.
    keeps : ndarray of int64, shape (n_violators,)
        u, what keeping is worth where nobody else will break it, in units of 1e-9.
    lag : int
        Whole months from a violation to the response, at least 1.
    hazard : ndarray of float64, shape (months,)
        Of each month, incidents aside.
    table : GuaranteeTable or None
        Of this agreement alone; None where the scenario names no guarantors.
    breaches : tuple of Breach
        Breaches by moves that their movers want, beside the violations weighed against war.
    """

    terms: Terms = field(repr=False)
    row: int
    agreement: int
    months: int
    natural: bool
    violators: NDArray[np.int64]
    keeps: Levels
    lag: int
    hazard: Floats = field(repr=False)
    table: GuaranteeTable | None = field(repr=False)
    breaches: tuple[Breach, ...] = field(repr=False)
    _paths: dict[tuple[tuple[int, ...], tuple[int, int]], Path] = field(default_factory=dict, repr=False)
    _wars: dict[tuple[int | None, bool, int], Levels] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, terms: Terms, agreement: int, *, natural: bool = True, months: int | None = None) -> Conditions:
        """Read the conditions of one agreement.

        Parameters
        ----------
        terms : Terms
            Of the whole space.
        agreement : int
        natural : bool
            Whether nobody was pressed below its reservation value to sign.
        months : int, optional
            Horizon; the scenario's by default.

        Returns
        -------
        Conditions
        """
        return cls.among(terms, [agreement], natural=[natural], months=months)[0]

    @classmethod
    def among(
        cls,
        terms: Terms,
        agreements: Sequence[int],
        *,
        natural: Sequence[bool] | None = None,
        months: int | None = None,
    ) -> list[Conditions]:
        """Read the conditions of several agreements of one world, for little more than those of one.

        Parameters
        ----------
        terms, months
            As in `of`.
        agreements : sequence of int
        natural : sequence of bool, optional
            By agreement; by default whether every signer reaches its reservation value in this world.

        Returns
        -------
        list of Conditions
        """
        here = terms.at(np.asarray(agreements, dtype=np.int64))
        horizon = terms.scenario.compliance.months if months is None else months
        of_signers = np.asarray(here.natural if natural is None else natural, dtype=np.bool_)
        hazard = here.hazard_by_month(horizon, of_signers)
        named = bool(terms.scenario.compliance.guarantees.members)
        found = []
        for row, agreement in enumerate(agreements):
            violators = np.flatnonzero(here.violators[row])
            found.append(
                cls(
                    terms=here,
                    row=row,
                    agreement=int(agreement),
                    months=horizon,
                    natural=bool(of_signers[row]),
                    violators=violators,
                    keeps=here.payoffs.utility[row, violators],
                    lag=int(whole_months(here.lag[row])),
                    hazard=hazard[:, row],
                    table=here.guarantees.alone(int(here.guarantees.group[row])) if named else None,
                    breaches=breaches_by_moves(here.payoffs, row, here.whole, weighed=violators.tolist()),
                )
            )
        return found

    @property
    def parties(self) -> tuple[str, ...]:
        """The parties, in the order of the columns."""
        return self.terms.parties

    @cached_property
    def steps(self) -> tuple[tuple[Terms, int], ...]:
        """By step of the agreement, the terms of what is there by then, and its row in them."""
        place = np.flatnonzero(self.terms.calendar.rows == self.row)
        if not len(place):
            return ((self.terms, self.row),)
        row, steps = int(place[0]), self.terms.steps
        return tuple((step, row) for step in steps if step.then is None or step.months[row] > 0)

    @cached_property
    def lengths(self) -> tuple[int, ...]:
        """Months that each step lasts but the last, which stays."""
        return tuple(int(step.months[row]) for step, row in self.steps if step.then is not None)

    @cached_property
    def starts(self) -> Levels:
        """Months kept before each step begins; shape (n_steps,)."""
        return np.concatenate([[0], np.cumsum(self.lengths, dtype=np.int64)])

    def step_in(self, since: tuple[int, int] = (0, 0)) -> Levels:
        """Return which step each month lies in; shape (months,).

        Parameters
        ----------
        since : (int, int)
            As in `kept_for`.
        """
        return np.searchsorted(self.starts, self.kept_for(since), side="right") - 1

    def kept_for(self, since: tuple[int, int] = (0, 0)) -> Levels:
        """Return for how many months the agreement has been kept before each month.

        Parameters
        ----------
        since : (int, int)
            How many months had passed, and been kept, when it last came into force.

        Returns
        -------
        ndarray of int64, shape (months,)
            Up to the months that all steps take.
        """
        passed, kept = since
        return np.asarray(np.minimum(kept + np.maximum(np.arange(self.months) - passed, 0), self.starts[-1]))

    @cached_property
    def pledge(self) -> Pledge | None:
        """What binds the guarantors together; None where there are none."""
        return None if self.table is None else Pledge.of(self.table)

    @cached_property
    def resolve(self) -> list[list[float]]:
        """By guarantor and month, what drift leaves of its stake and penalty."""
        return [] if self.table is None else self.table.staying_power(self.months).T.tolist()

    @cached_property
    def guarantors(self) -> NDArray[np.int64]:
        """Columns of the guarantors among the parties, in the order of the table."""
        names = () if self.table is None else self.table.members
        return np.array([self.parties.index(name) for name in names], dtype=np.int64)

    @cached_property
    def reversal(self) -> Floats:
        """Probability of a change of course; shape (months, n_guarantors)."""
        return np.zeros((self.months, 0)) if self.table is None else self.table.reversal_by_month(self.months)

    def wars(self, violator: int | None, *, answered: bool, step: int = -1) -> Levels:
        """Return what war is worth to each party, month by month.

        Parameters
        ----------
        violator : int or None
            Column of the one who broke the agreement; None where war came back by itself.
        answered : bool
            Whether guarantors acted.
        step : int
            With what is delivered in which step; the last by default.

        Returns
        -------
        ndarray of int64, shape (months, n_parties)
            In units of 1e-9.
        """
        key = (violator, answered, step % len(self.steps))
        if key not in self._wars:
            (terms, row), power = self.steps[step], self.terms.power
            if violator is None:
                level = terms.war[row].copy()
            else:
                victim = terms.war_answered_as_victim if answered else terms.war_unanswered_as_victim
                level = victim[row].copy()
                level[violator] = (terms.war_answered if answered else terms.war_unanswered)[row, violator]
            self._wars[key] = rounded(war_as_power_moves(level, self._gained, power.worst, power.best))
        return self._wars[key]

    @cached_property
    def _gained(self) -> Floats:
        """What war has gained by each month as power moved, in units of 1e-9; shape (months, n_parties)."""
        return self.terms.power.gained(np.arange(self.months)[:, None] / 12.0)[:, self.row]

    @cached_property
    def returns(self) -> NDArray[np.bool_]:
        """Whether the agreement returns after an answered violation, by step, month and violator.

        Shape (n_steps, months, n_violators): iff the violator, what being taken back costs it borne, and all other
        belligerents prefer it to war with guarantors in it as power then stands.
        """
        returns = np.zeros((len(self.steps), self.months, len(self.violators)), dtype=np.bool_)
        if self.terms.scenario.compliance.repair is None:
            return returns
        for number, (terms, row) in enumerate(self.steps):
            kept = np.array(terms.kept[row])
            for place, column in enumerate(self.violators):
                war = self.wars(int(column), answered=True, step=number)
                others = self.terms.belligerents.copy()
                others[column] = False
                returns[number, :, place] = (kept[others] >= war[:, others]).all(axis=1)
                returns[number, :, place] &= kept[column] - self.terms.repair_cost >= war[:, column]
        return returns

    @cached_property
    def repair(self) -> int:
        """Whole months of war with guarantors before an agreement returns."""
        repair = self.terms.scenario.compliance.repair
        return 0 if repair is None else math.ceil(self.terms.world.value(repair.months))

    @cached_property
    def utility(self) -> list[int]:
        """What the agreement is worth to each party, in units of 1e-9."""
        return [int(level) for level in self.terms.payoffs.utility[self.row]]

    def protected(self, column: int) -> bool:
        """Whether guarantors protect a party, so that against it they only withhold support.

        Parameters
        ----------
        column : int
        """
        return bool(self.terms.protected[column])

    @cached_property
    def credibility(self) -> tuple[float | None, float | None]:
        """Q assumed and derived at signature, against the unprotected violator most tempted then."""
        open_to = [place for place, column in enumerate(self.violators) if not self.protected(column)]
        if not open_to:
            return None, None
        tempted = (self.path().breaks[0] - self.keeps)[open_to]
        column = self.violators[open_to[int(np.argmax(tempted))]]
        return float(self.terms.reliability_assumed[self.row, column]), float(self.path().derived[0])

    def path(self, gone: tuple[int, ...] = (), since: tuple[int, int] = (0, 0)) -> Path:
        """Return what each month holds, if some guarantors had changed course from the start.

        Parameters
        ----------
        gone : tuple of int
            Places of guarantors in ``table.members``, ascending.
        since : (int, int)
            As in `kept_for`.

        Returns
        -------
        Path
        """
        key = (gone, since)
        if key not in self._paths:
            derived = self._derived(gone)
            reckoned = self._reckoned(derived)
            by_step = np.array([self._breaking(reckoned, number) for number in range(len(self.steps))])
            breaks = by_step[self.step_in(since), np.arange(self.months)]
            self._paths[key] = Path(derived, breaks, self._keeping(reckoned, by_step, breaks, since))
        return self._paths[key]

    def _derived(self, gone: tuple[int, ...]) -> Floats:
        if self.table is None:
            return np.ones(self.months)
        power = self.table.staying_power(self.months)
        power[:, list(gone)] = 0.0
        # Where nothing wears off all months are alike and are solved once.
        states, month = np.unique(power, axis=0, return_inverse=True)
        decisions = self.table.with_staying_power(0, states).decide()
        return derived_reliability(decisions.act, decisions.veto, protected=False)[month.ravel()]

    def _reckoned(self, derived: Floats) -> Floats:
        """Return the reliability that each violator reckons with, shape (months, n_violators)."""
        # Against a protected party guarantors need only withhold, so the record alone counts.
        shown = derived_reliability(derived[:, None], veto=False, protected=self.terms.protected[self.violators])
        return self.terms.reckoned(shown, (self.row, self.violators))

    def _breaking(self, reckoned: Floats, number: int) -> Levels:
        """Return V^D with what is delivered in one step, as each month stands; shape (months, n_violators)."""
        (terms, row), columns = self.steps[number], self.violators
        answered, unanswered = (
            np.array([self.wars(int(k), answered=acts, step=number)[:, k] for k in columns])
            .reshape(len(columns), self.months)
            .T
            for acts in (True, False)
        )
        answered = value_of_an_answer(
            answered, terms.kept[row, columns], terms.repair_discount[columns], terms.repair_cost, self.returns[number]
        )
        late = terms.lag_discount[row, columns]
        return rounded(value_of_defection(terms.lag_level[row, columns], late, reckoned, answered, unanswered))

    @cached_property
    def levels(self) -> Levels:
        """What each party has in each step, in units of 1e-9; shape (n_steps, n_parties)."""
        return np.array([terms.level[row] for terms, row in self.steps])

    def _waiting(self, by_step: Levels, since: tuple[int, int]) -> Levels:
        """Return V^C where no one else is foreseen to break it; shape (months, n_violators).

        With the parts to come in view, and power and guarantors as they stand in each month.
        """
        columns, last = self.violators, int(self.starts[-1])
        level = self.levels[:, columns]
        keeps = np.broadcast_to(level[-1], by_step[-1].shape)
        if not last:
            return keeps.copy()
        # By months kept so far, from the last part backwards.
        found = np.empty((last + 1, *keeps.shape), dtype=np.int64)
        found[last] = keeps
        month = self.terms.monthly_discount[columns]
        ahead = np.maximum(keeps, by_step[-1]).astype(np.float64)
        number = np.searchsorted(self.starts, np.arange(last), side="right") - 1
        for kept in range(last - 1, -1, -1):
            waits = value_of_waiting(level[number[kept]], month, ahead)
            found[kept] = rounded(waits)
            ahead = np.where(by_step[number[kept]] > found[kept], by_step[number[kept]], waits)
        return found[self.kept_for(since), np.arange(self.months)]

    def _keeping(self, reckoned: Floats, by_step: Levels, breaks: Levels, since: tuple[int, int]) -> Levels:
        keeps = self._waiting(by_step, since)
        shift = self.terms.scenario.compliance.power_shift
        if shift is None:
            return keeps
        declining = self.parties.index(shift.declining)
        steps, months = self.step_in(since), np.arange(self.months)
        for place in np.flatnonzero(self.violators == declining):
            suffered = np.full(self.months, np.iinfo(np.int64).max)
            for other, column in enumerate(self.violators):
                breaking = breaks[:, other] > keeps[:, other]
                if column != declining and breaking.any():
                    blows = [self._suffered(declining, other, reckoned[:, other], n) for n in range(len(self.steps))]
                    blow = np.array(blows)[steps, months]
                    suffered[breaking] = np.minimum(suffered[breaking], blow[breaking])
            broken = np.flatnonzero(suffered < np.iinfo(np.int64).max)
            # The first month from t on in which another breaks it; none after the last of them.
            until = np.searchsorted(broken, months)
            ahead = until < len(broken)
            month = broken[until[ahead]]
            delta = float(self.terms.monthly_discount[declining])
            late = delta ** (month - np.flatnonzero(ahead))
            keeps[ahead, place] = rounded(self._until(declining, delta, ahead, month, since) + late * suffered[month])
        return keeps

    def _until(
        self, party: int, delta: float, ahead: NDArray[np.bool_], month: Levels, since: tuple[int, int]
    ) -> Floats:
        """Return what a party has from some months on to later ones, discounted to the first."""
        now = np.flatnonzero(ahead)
        if len(self.steps) == 1:
            return np.asarray((1.0 - delta ** (month - now)) * self.levels[0, party])
        worth = (1.0 - delta) * delta ** np.arange(self.months) * self.levels[self.step_in(since), party]
        before = np.concatenate([[0.0], np.cumsum(worth)])
        return np.asarray((before[month] - before[now]) / delta**now)

    def _suffered(self, victim: int, other: int, reckoned: Floats, number: int) -> Levels:
        """Return what another's violation is worth to its victim with what is there in one step, by month."""
        (terms, row), column = self.steps[number], int(self.violators[other])
        answered = value_of_an_answer(
            self.wars(column, answered=True, step=number)[:, victim],
            float(terms.kept[row, victim]),
            float(terms.repair_discount[victim]),
            0.0,
            self.returns[number, :, other],
        )
        change = terms.changed(column, np.array([row]))[0, victim]
        return rounded(
            value_of_defection(
                float(terms.level[row, victim] + change),
                float(terms.lag_discount[row, victim]),
                reckoned,
                answered,
                self.wars(column, answered=False, step=number)[:, victim],
            )
        )
