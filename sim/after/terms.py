r"""What happens after signing, worked out once: the one table that every later part reads.

For agreement a and party i (levels on the party's own scale, integers of 1e-9 like utilities):

- :math:`L(a)`, months from a violation to the response;
- :math:`w^N_i(a) = r_i + shift_i(a)`, war after the agreement broke and guarantors did not act, by role:
  ground won during the lag (:math:`f_v L` for violator v) is added for the violator and lost by the other
  belligerents, each on its own scale;
- :math:`w^R_i(a) = w^N_i(a) + response_i(a)`, the same when guarantors act, by role;
- :math:`g_i(a)`, the violator's level during the lag: the best of :math:`u_i(a)` and its own violations,
  plus what surprise gains;
- :math:`\delta_i`, from one annual rate :math:`\rho`: :math:`(1 + \rho)^{-1/12}` a month;
- :math:`Q` assumed (from the record) and derived (from the guarantors' own decisions); a violator reckons
  with the smaller, times the deterrence effect.

A violator keeps the agreement iff :math:`V^C \ge V^D` with

.. math::
   V^C_i = u_i(a), \qquad
   V^D_i = (1 - \delta^L) g_i + \delta^L [Q V^{ans}_i + (1 - Q) w^N_i], \qquad
   V^{ans}_i = (1 - \delta^R) w^R_i + \delta^R (u_i - c \text{ if it returns, else } w^R_i),

the rule that the agents of the monthly model play: answered, the violator fights the guarantors for R months;
then the agreement returns if it, at the cost c, and all other belligerents prefer that (``compliance.repair``;
without it nothing returns and :math:`V^{ans} = w^R`). That the violator keeps what returns is no assumption: one
that gains by a single violation gains by the next one too, and the decision is the same (the principle of the
one-shot deviation). Terms delivered in steps (``phases:`` of an option) are weighed step by step by the same
formulas, with what is there by then (``sim.after.phases``). Where :math:`V^{ans} < w^N` the critical reliability is

.. math:: Q^*_i = \frac{(1-\delta^L) g + \delta^L w^N - u}{\delta^L (w^N - V^{ans})}.

No other part of the project computes any of these by itself. Nothing is clipped.

References
----------
Fearon 1995, International Organization 49(3). Powell 2006, International Organization 60(1). Putnam
1988, International Organization 42(3).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sim.after.anticipation import anticipated_worth
from sim.after.formulas import (
    critical_reliability,
    derived_reliability,
    keeps_between,
    reckoned_reliability,
    rounded,
    value_of_an_answer,
    value_of_defection,
    value_of_waiting,
)
from sim.after.guarantees import Decisions, GuaranteeTable
from sim.after.hazard import hazard_by_month, hazard_ratio, monthly_hazard
from sim.after.phases import Calendar, Step
from sim.after.power import PowerPath, power_shift
from sim.after.ratification import ratification_probability
from sim.after.violations import Violations
from sim.after.war import War
from sim.agreements.payoffs import SCALE, Payoffs, option_weights, to_units
from sim.agreements.space import AgreementSpace
from sim.agreements.tables import OptionTables, read_only
from sim.domain.scenario import Scenario
from sim.domain.world import World
from sim.errors import ModelError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Terms"]

Levels = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class BestTiming:
    """When violators break agreements that are delivered in steps: where it is worth most to them.

    Attributes
    ----------
    now, late : tuple of ndarray of bool, shape (n_agreements, n_parties)
        By step: right after its part arrived, or in its last month.
    worth : ndarray of int64, shape (n_agreements, n_parties)
        Of that, seen from signature, in units of 1e-9.
    """

    now: tuple[NDArray[np.bool_], ...] = field(repr=False)
    late: tuple[NDArray[np.bool_], ...] = field(repr=False)
    worth: Levels = field(repr=False)


@dataclass(frozen=True, eq=False)
class Terms:
    """The frozen table of what happens after signing, for every agreement of a world.

    Columns are worked out when first read and never change.

    Attributes
    ----------
    payoffs : Payoffs
        Utilities, reservation values and acceptability of the same world.
    whole : Payoffs, optional
        Where the table holds some agreements alone, the payoffs of all: violations lead to any of them.
    step : Step, optional
        Where the table tells what is there in one step of terms that are delivered in parts. Without it, war and
        what returns are those once all is delivered; what parties weigh goes through all steps.
    then : Terms, optional
        The table of the next step; None in the last.

    Examples
    --------
    >>> import sim
    >>> berlin = sim.read_scenario("scenarios/berlin-2025/scenario.yaml")
    >>> terms = Terms.of(berlin)
    >>> first = terms.payoffs.nearest(1)[0]
    >>> russia = terms.payoffs.column("russia")
    >>> bool(terms.defects(terms.reliability)[first, russia])
    True
    """

    payoffs: Payoffs = field(repr=False)
    whole: Payoffs | None = field(default=None, repr=False)
    step: Step | None = field(default=None, repr=False)
    then: Terms | None = field(default=None, repr=False)

    @classmethod
    def of(cls, given: Scenario | World | Payoffs | str | Path) -> Terms:
        """Return the terms of a scenario at central values, of a world, or beside its payoffs.

        Parameters
        ----------
        given : Scenario, World, Payoffs, str or Path
            Payoffs, or what `Payoffs.of` takes.

        Returns
        -------
        Terms
        """
        payoffs = given if isinstance(given, Payoffs) else Payoffs.of(given)
        if payoffs.anticipated is None and payoffs.scenario.compliance.anticipation == "subgame-perfect":
            payoffs = replace(payoffs, anticipated=cls(payoffs).anticipated)
        return cls(payoffs)

    def at(self, agreements: NDArray[np.int64] | list[int] | int) -> Terms:
        """Return the table of some agreements alone, at a cost that does not grow with the space.

        Parameters
        ----------
        agreements : int or array of int, shape (n,)
            Distinct indices.

        Returns
        -------
        Terms
            Row k is agreement ``agreements[k]``; its columns equal those of the whole table.

        Examples
        --------
        >>> import sim
        >>> terms = Terms.of(sim.read_scenario("scenarios/berlin-2025/scenario.yaml"))
        >>> bool((terms.at([40, 7]).war_answered == terms.war_answered[[40, 7]]).all())
        True
        """
        rows = np.atleast_1d(np.asarray(agreements, dtype=np.int64))
        if self.whole is not None:
            raise ModelError("these are the terms of some agreements alone; ask the whole table")
        return Terms(self.payoffs.only(rows), self.payoffs)

    def watched(self, agreement: int, party: str) -> Terms:
        """Return the table of one agreement for one party, on a world that notes which numbers are read.

        Parameters
        ----------
        agreement : int
            Of the whole table.
        party : str

        Returns
        -------
        Terms
            One row and one column. ``world.seen`` grows with every column that is worked out.

        Examples
        --------
        Hill's own breach of the last agreement leads to one where the pass is held, so that value is read too:

        >>> import sim
        >>> terms = Terms.of(sim.read_scenario("scenarios/tutorial-two-by-two/scenario.yaml"))
        >>> alone = terms.watched(3, "hill")
        >>> bool(alone.critical_reliability[0, 0] == terms.critical_reliability[3, 0])
        True
        >>> terms.scenario.numbers.slot("parties.hill.utility.pass.held") in alone.world.seen
        True
        """
        frame, world = self.payoffs.frame, self.world.watched()
        column = frame.parties.index(party)
        ends = [arcs.end[arcs.start == agreement] for place, arcs in frame.form.breaches if place == column]
        needed = np.concatenate([[agreement], *ends]).astype(np.int64)
        whole = Payoffs.among(world, needed, [party])
        return Terms(whole.only(np.array([0])), whole)

    # --- shorthands --------------------------------------------------------------------------------

    @property
    def world(self) -> World:
        """The world all of this holds in."""
        return self.payoffs.world

    @property
    def scenario(self) -> Scenario:
        """The scenario, or rival coding, behind the world."""
        return self.payoffs.world.scenario

    @property
    def space(self) -> AgreementSpace:
        """The agreement space."""
        return self.payoffs.space

    @property
    def parties(self) -> tuple[str, ...]:
        """The parties, in the order of the columns."""
        return self.payoffs.parties

    @cached_property
    def tables(self) -> OptionTables:
        """The scenario's option tables, as this world has them."""
        return OptionTables(self.payoffs.frame, self.world, self.space, self.parties)

    # --- terms in steps ------------------------------------------------------------------------------

    @cached_property
    def calendar(self) -> Calendar:
        """Which of the agreements are delivered in steps, and when what arrives."""
        return Calendar.of(self.tables)

    @cached_property
    def steps(self) -> tuple[Terms, ...]:
        """The tables of each step of the agreements in ``calendar.rows``; none where there are no such agreements.

        Examples
        --------
        A guard that Vale gets in two parts, the second after half a year:

        >>> import sim
        >>> two = sim.read_scenario("scenarios/tutorial-two-by-two/scenario.yaml")
        >>> slow = {"issues.guard.options.promised.phases": {"tranches": 2, "from": "absent", "months": 6}}
        >>> terms = Terms.of(sim.with_settings(two, slow))
        >>> [(step.level[1] / 1e9).round(3).tolist() for step in terms.steps]
        [[0.5, 0.8], [0.2, 1.0]]
        """
        rows, found = self.calendar.rows, None
        payoffs, whole = self.payoffs.only(rows) if len(rows) else self.payoffs, self.whole or self.payoffs
        steps: list[Terms] = []
        for step in reversed(self.calendar.steps):
            found = Terms(payoffs, whole, step, found)
            steps.append(found)
        return tuple(reversed(steps))

    @cached_property
    def level(self) -> Levels:
        """What each party has while the step lasts and nobody breaks it, u.

        Shape (n_agreements, n_parties), units of 1e-9; the utility of the agreement once all is delivered.
        """
        utility = self.payoffs.utility
        if self.step is None or self.then is None:
            return utility
        tables = self.tables.while_due(self.step.due)
        weights = option_weights(tables, [self.payoffs.frame.parties.index(party) for party in self.parties])
        return read_only(utility + to_units(tables.still_due(weights)))

    @cached_property
    def kept(self) -> Levels | Floats:
        """K, what keeping for good is worth at the beginning of the step.

        Shape (n_agreements, n_parties), units of 1e-9: the level where nothing more is to come.
        """
        return self.level if self.then is None else self._kept_from(self.months)

    def _kept_from(self, months: Levels) -> Floats:
        """Return what keeping is worth some months before the next part arrives."""
        assert self.then is not None
        return value_of_waiting(self.level, self._later(months), self.then.kept)

    def _later(self, months: Levels) -> Floats:
        """Return δ to the power of months, by agreement and party."""
        return np.asarray(self.monthly_discount[None, :] ** months[:, None])

    @property
    def months(self) -> Levels:
        """How long the step lasts, by agreement; for a table of one step alone."""
        assert self.step is not None
        return self.step.months

    def _moments(self) -> Iterator[tuple[Terms, Levels]]:
        """Yield the months that decide whether agreements in steps are kept, and what keeping is then worth.

        Right after a part and right before the next: between them keeping is worth something between.
        """
        for step in self.steps:
            yield step, rounded(step.kept)
            if step.then is not None:
                yield step, rounded(step._kept_from(np.minimum(step.months, 1)))

    def weighed(self, reliability: Floats | float) -> tuple[Levels, Levels, Levels]:
        """Return what keeping and what violating is worth, in the step in which least speaks for keeping.

        Parameters
        ----------
        reliability : float or ndarray, broadcast to (n_agreements, n_parties)
            Q.

        Returns
        -------
        keeps, breaks : ndarray of int64, shape (n_agreements, n_parties)
            V^C and V^D, in units of 1e-9. A violator keeps the agreement in every month iff V^C ≥ V^D here.
        step : ndarray of int64, shape (n_agreements, n_parties)
            Which step that is, from 0; 0 where the agreement comes at once.

        Examples
        --------
        Half of a promised guard: Hill would break that already, in the first step.

        >>> import sim
        >>> two = sim.read_scenario("scenarios/tutorial-two-by-two/scenario.yaml")
        >>> slow = {"issues.guard.options.promised.phases": {"tranches": 2, "from": "absent", "months": 6}}
        >>> terms = Terms.of(sim.with_settings(two, slow))
        >>> keeps, breaks, step = terms.weighed(0.5)
        >>> bool(keeps[3, 0] < breaks[3, 0]), int(step[3, 0])
        (True, 0)
        """
        keeps, breaks = self.payoffs.utility, self._breaking(reliability)
        number = np.zeros(keeps.shape, dtype=np.int64)
        rows = self.calendar.rows
        if not len(rows):
            return keeps, breaks, number
        keeps, q = keeps.copy(), np.broadcast_to(reliability, keeps.shape)[rows]
        least: tuple[Levels, Levels, Levels] | None = None
        # Parts that arrive before an agreement with few of them begins are the first of it.
        first = len(self.steps) - 1 - np.array([(step.months > 0) for step in self.steps]).sum(axis=0)
        for step, kept in self._moments():
            worth = step._breaking(q)
            which = np.broadcast_to(np.maximum(step._number - first, 0)[:, None], kept.shape)
            if least is None:
                least = kept, worth, which
            else:
                tighter = kept - worth < least[0] - least[1]
                new = kept, worth, which
                least = (
                    np.where(tighter, new[0], least[0]),
                    np.where(tighter, new[1], least[1]),
                    np.where(tighter, new[2], least[2]),
                )
        assert least is not None
        keeps[rows], breaks[rows], number[rows] = least
        return keeps, breaks, number

    @property
    def _number(self) -> int:
        assert self.step is not None
        return self.step.number

    # --- who, when ---------------------------------------------------------------------------------

    @cached_property
    def belligerents(self) -> NDArray[np.bool_]:
        """Parties that can break the agreement by force or are protected; shape (n_parties,)."""
        return self._named({*self.scenario.compliance.violators, *self.scenario.compliance.protected})

    @cached_property
    def protected(self) -> NDArray[np.bool_]:
        """Parties that guarantors help as victims, and against which they only withhold; shape (n_parties,)."""
        return self._named(self.scenario.compliance.protected)

    def _named(self, parties: Collection[str]) -> NDArray[np.bool_]:
        return read_only(np.array([party in parties for party in self.parties], dtype=np.bool_))

    @cached_property
    def violators(self) -> NDArray[np.bool_]:
        """Who has a violation open to it; shape (n_agreements, n_parties).

        Renewed attack is always open to the parties that ``compliance.violators`` lists. Where it lists
        nobody, those violate who have a breach of their own open.
        """
        listed = self.scenario.compliance.violators
        if listed:
            return np.broadcast_to(self._named(listed), (self.space.n_agreements, len(self.parties)))
        return read_only(self.violations.exists)

    @cached_property
    def violations(self) -> Violations:
        """The best violation of each party: its worth, whether there is one, and where it leads."""
        return Violations.of(self.payoffs, self.whole, self.calendar)

    @cached_property
    def lag(self) -> Floats:
        """L(a): months from a violation to the response; shape (n_agreements,)."""
        spec = self.scenario.compliance.response_lag
        sums = self.tables.added([spec.months, spec.decision])
        factor = self.tables.multiplied(spec.factor)
        lag: Floats = (self.world.value(spec.always) + sums[:, 0]) * factor + sums[:, 1]
        return read_only(lag)

    @cached_property
    def annual_discount(self) -> Floats:
        """δ of one year, 1/(1 + ρ), per party; shape (n_parties,)."""
        return 1.0 / (1.0 + self.tables.per_party(lambda party: party.discount_rate))

    @cached_property
    def monthly_discount(self) -> Floats:
        """δ of one month, per party; shape (n_parties,)."""
        return np.asarray(self.annual_discount ** (1.0 / 12.0))

    @cached_property
    def weekly_discount(self) -> Floats:
        """δ of one week, a round of negotiation, per party; shape (n_parties,)."""
        return np.asarray(self.annual_discount ** (7.0 / 365.25))

    @cached_property
    def lag_discount(self) -> Floats:
        """δ_i to the power L(a); shape (n_agreements, n_parties)."""
        return read_only(np.asarray(self.monthly_discount[None, :] ** self.lag[:, None]))

    # --- war after ---------------------------------------------------------------------------------

    @cached_property
    def _wars(self) -> War:
        tables = self.tables if self.step is None or self.then is None else self.tables.while_due(self.step.due)
        return War(tables, self.payoffs.reservation, self.lag)

    @cached_property
    def war(self) -> Levels:
        """War that nobody began and nobody answers; shape (n_agreements, n_parties), units of 1e-9."""
        return self._wars.without_blame()

    @cached_property
    def war_unanswered(self) -> Levels:
        """w^N of a party as violator; shape (n_agreements, n_parties), units of 1e-9."""
        return self._wars.level("violator", answered=False)

    @cached_property
    def war_answered(self) -> Levels:
        """w^R of a party as violator; shape (n_agreements, n_parties), units of 1e-9."""
        return self._wars.level("violator", answered=True)

    @cached_property
    def war_unanswered_as_victim(self) -> Levels:
        """w^N of a party that another attacked; shape (n_agreements, n_parties), units of 1e-9."""
        return self._wars.level("victim", answered=False)

    @cached_property
    def war_answered_as_victim(self) -> Levels:
        """w^R of a party that another attacked; shape (n_agreements, n_parties), units of 1e-9."""
        return self._wars.level("victim", answered=True)

    @cached_property
    def lag_level(self) -> Levels:
        """g_i(a), the violator's level during the lag; shape (n_agreements, n_parties), units of 1e-9."""
        gained = self.violations.worth - self.payoffs.utility
        surprise = to_units(self.tables.per_party(lambda party: party.after.surprise_gain))
        level = self.level + gained + surprise[None, :]
        for column, spec in enumerate(self.tables.specs):
            if spec.after.level_during_lag is not None:
                level[:, column] = to_units(self.world.value(spec.after.level_during_lag))
        return read_only(level)

    # --- after an answer ----------------------------------------------------------------------------

    @cached_property
    def repair_discount(self) -> Floats:
        """δ_i to the power R, the months of the repair; shape (n_parties,); 0 where nothing is repaired."""
        repair = self.scenario.compliance.repair
        if repair is None:
            return np.zeros(len(self.parties))
        return np.asarray(self.monthly_discount ** self.world.value(repair.months))

    @cached_property
    def repair_cost(self) -> float:
        """What being taken back costs a violator for good, in units of 1e-9."""
        repair = self.scenario.compliance.repair
        return 0.0 if repair is None else float(to_units(self.world.value(repair.cost)))

    @cached_property
    def returns(self) -> NDArray[np.bool_]:
        """Whether the agreement returns after an answered violation of each party; shape (n_agreements, n_parties).

        It does where the violator prefers it, its cost borne, to war with the guarantors in it, and so do all
        other belligerents.
        """
        if self.scenario.compliance.repair is None:
            return np.zeros(self.kept.shape, dtype=np.bool_)
        willing = self.kept - self.repair_cost >= self.war_answered
        for column in range(len(self.parties)):
            willing[:, column] &= self._others_take_back(column)
        return read_only(willing)

    def _others_take_back(self, violator: int) -> NDArray[np.bool_]:
        """Return whether all belligerents but one prefer the agreement to war in the role of its victims."""
        compliance = self.scenario.compliance
        named = {*compliance.violators, *compliance.protected}
        terms = self
        if not named <= set(self.parties):
            # A table for some parties alone: what the others prefer is read beside it.
            rows = self.payoffs.frame.space.rank[self.space.code].astype(np.int64)
            terms = Terms(Payoffs.among(self.world, rows, sorted({*named, self.parties[violator]})))
            if self.step is not None:
                terms = terms.steps[self.step.number]
        others = [k for k, party in enumerate(terms.parties) if party in named and party != self.parties[violator]]
        prefer = terms.kept[:, others] >= terms.war_answered_as_victim[:, others]
        return np.asarray(prefer.all(axis=1))

    @cached_property
    def answered(self) -> Floats:
        """V^ans of a party as violator: war with guarantors, then the agreement again where it returns.

        Shape (n_agreements, n_parties), units of 1e-9.
        """
        if self.scenario.compliance.repair is None:
            return read_only(self.war_answered.astype(np.float64))
        return read_only(
            value_of_an_answer(self.war_answered, self.kept, self.repair_discount, self.repair_cost, self.returns)
        )

    # --- reliability -------------------------------------------------------------------------------

    @cached_property
    def reliability_assumed(self) -> Floats:
        """Q_assumed against each party as violator; shape (n_agreements, n_parties)."""
        spec = self.scenario.compliance.reliability
        base = self.tables.added([spec.probability])[:, 0]
        factor = self.tables.multiplied(spec.factor)
        if spec.factor_when:
            factor = np.where(self.space.meets(spec.factor_when), factor, 1.0)
        assumed = np.repeat(np.minimum(base * factor, spec.cap)[:, None], len(self.parties), axis=1)
        for column, party in enumerate(self.tables.specs):
            if party.after.response_probability is not None:
                assumed[:, column] = self.world.value(party.after.response_probability)
        return read_only(assumed)

    @cached_property
    def guarantees(self) -> GuaranteeTable:
        """What guarantors weigh."""
        return GuaranteeTable.of(self.tables)

    @cached_property
    def decisions(self) -> Decisions:
        """What guarantors decide, exactly."""
        return self.guarantees.decide()

    @cached_property
    def reliability_derived(self) -> Floats:
        """Q_derived against each party as violator; shape (n_agreements, n_parties).

        One where the scenario names no guarantors (then the assumed one stands alone) and against a
        protected party, from whom guarantors need only withhold.
        """
        n = (self.space.n_agreements, len(self.parties))
        if not self.scenario.compliance.guarantees.members:
            return np.broadcast_to(1.0, n)
        decisions = self.decisions
        by_group = derived_reliability(decisions.act[:, None], decisions.veto[:, None], self.protected[None, :])
        return read_only(by_group[decisions.group])

    @cached_property
    def reliability(self) -> Floats:
        """The reliability violators reckon with at signature; shape (n_agreements, n_parties)."""
        return read_only(self.reckoned(self.reliability_derived))

    def reckoned(self, derived: Floats, at: tuple[int, NDArray[np.int64]] | None = None) -> Floats:
        """Return the reliability violators reckon with: the smaller of assumed and derived, times the effect.

        Parameters
        ----------
        derived : ndarray of float64, broadcast to (n_agreements, n_parties)
            What guarantors would do, now or as they stand later.
        at : (int, ndarray of int64), optional
            One row, and columns of violators: then ``derived`` is broadcast to them alone.

        Returns
        -------
        ndarray of float64
            At most 1.
        """
        assumed = self.reliability_assumed if at is None else self.reliability_assumed[at[0], at[1]]
        return reckoned_reliability(assumed, derived, self.world.value(self.scenario.compliance.deterrence.effect))

    # --- would a violator keep it --------------------------------------------------------------------

    def value_of_defection(self, reliability: Floats | float) -> Levels:
        """Return V^D, what violating is worth, at a given reliability.

        Parameters
        ----------
        reliability : float or ndarray, broadcast to (n_agreements, n_parties)
            Q.

        Returns
        -------
        ndarray of int64, shape (n_agreements, n_parties)
            In units of 1e-9, rounded once. Of terms in steps, in the step in which least speaks for keeping.
        """
        return self.weighed(reliability)[1]

    def _breaking(self, reliability: Floats | float) -> Levels:
        """Return what violating is worth with what is there in this table's step."""
        return rounded(
            value_of_defection(self.lag_level, self.lag_discount, reliability, self.answered, self.war_unanswered)
        )

    def defects(self, reliability: Floats | float) -> NDArray[np.bool_]:
        """Return who would break which agreement: a violator with V^D > V^C.

        Parameters
        ----------
        reliability : float or ndarray, broadcast to (n_agreements, n_parties)

        Returns
        -------
        ndarray of bool, shape (n_agreements, n_parties)
        """
        keeps, breaks, _ = self.weighed(reliability)
        return self.violators & (breaks > keeps)

    @cached_property
    def critical_reliability(self) -> Floats:
        """Q* as it comes out, unbounded; NaN where answering does not hurt the violator or it is none.

        Shape (n_agreements, n_parties). A violator keeps the agreement iff Q ≥ Q*.
        """
        raw = self._critical(self.payoffs.utility)
        if len(self.calendar.rows):
            raw[self.calendar.rows] = np.fmax.reduce([step._critical(kept) for step, kept in self._moments()])
        return read_only(np.where(self.violators, raw, np.nan))

    def _critical(self, keeps: Levels) -> Floats:
        """Return Q* with what is there in this table's step."""
        return critical_reliability(keeps, self.lag_level, self.lag_discount, self.answered, self.war_unanswered)

    @cached_property
    def shared_critical(self) -> Floats:
        """Q*, the largest critical reliability of the violators that all face the same guarantee.

        Shape (n_agreements,); unbounded, NaN where none of them is deterred by an answer. Protected parties do
        not count: guarantors need only withhold from them.
        """
        raw = np.where(self.protected, np.nan, self.critical_reliability)
        some = ~np.isnan(raw).all(axis=1)
        largest = np.full(len(raw), np.nan)
        largest[some] = np.nanmax(raw[some], axis=1)
        return read_only(largest)

    @cached_property
    def reliability_interval(self) -> tuple[Floats, Floats]:
        """The reliabilities at which each violator keeps each agreement, low and high.

        Shapes (n_agreements, n_parties), within [0, 1]; both NaN where none suffices, and where the party is no
        violator.
        """
        low, high = self._between(self.payoffs.utility)
        rows = self.calendar.rows
        if len(rows):
            lows, highs = zip(*[step._between(kept) for step, kept in self._moments()], strict=True)
            # Every month must be met; NaN, where no reliability suffices in one of them, stays.
            least, most = np.maximum.reduce(lows), np.minimum.reduce(highs)
            none = ~(least <= most)
            low[rows], high[rows] = np.where(none, np.nan, least), np.where(none, np.nan, most)
        return (
            read_only(np.where(self.violators, low, np.nan)),
            read_only(np.where(self.violators, high, np.nan)),
        )

    def _between(self, keeps: Levels) -> tuple[Floats, Floats]:
        """Return the reliabilities at which it is kept with what is there in this table's step."""
        return keeps_between(keeps, self._breaking(0.0), self._breaking(1.0), self._critical(keeps))

    @cached_property
    def needed_punishers(self) -> NDArray[np.bool_]:
        """Whose punishing is needed to deter somebody; shape (n_agreements, n_parties).

        A guarantor without which the others' capability falls short of the central requirement, or every
        guarantor where all must consent; where no guarantors are named, the other belligerents. Only violators
        that an answer must deter (Q* > 0) make punishers needed, and none that guarantors protect.
        """
        must_deter = (self.critical_reliability > 0) & ~self.protected
        needed = np.zeros(must_deter.shape, np.bool_)
        if self.scenario.compliance.guarantees.members:
            table = self.guarantees
            short = table.capability.sum(axis=1)[:, None] - table.capability < table.required.mode[:, None] - 1e-12
            columns = [self.parties.index(member) for member in table.members]
            by_group = short | table.together[:, None]
            needed[:, columns] = by_group[table.group] & must_deter.any(axis=1)[:, None]
            return read_only(needed)
        for column in np.flatnonzero(self.belligerents):
            others = must_deter.copy()
            others[:, column] = False
            needed[:, column] = others.any(axis=1)
        return read_only(needed)

    @cached_property
    def anticipated(self) -> Levels:
        """What each agreement is worth in the light of what follows (``sim.after.anticipation``).

        Shape (n_agreements, n_parties), units of 1e-9.
        """
        keeps, betrays, _ = self.weighed(self.reliability)
        breaks, rows = self.violators & (betrays > keeps), self.calendar.rows
        keeps = self.payoffs.utility
        if len(rows):
            keeps = keeps.copy()
            keeps[rows], betrays[rows] = rounded(self.steps[0].kept), self._course.worth
        return read_only(anticipated_worth(keeps, betrays, breaks, self._foreseen_blow))

    @cached_property
    def _course(self) -> BestTiming:
        """When violators break the agreements that come in steps, and what the way there is worth to them."""
        q = self.reliability[self.calendar.rows]
        last = self.steps[-1]
        breaks = last._breaking(q)
        now = [last.violators & (breaks > last.level)]
        late = [np.zeros(now[0].shape, dtype=np.bool_)]
        worth: Floats = np.where(now[0], breaks, last.level).astype(np.float64)
        for step in reversed(self.steps[:-1]):
            breaks, months = step._breaking(q), step.months
            waits = value_of_waiting(step.level, step._later(months), worth)
            at_last = value_of_waiting(step.level, step._later(np.minimum(months, 1)), worth)
            # While it lasts, the level is more or less than breaking: that is done at once, or as late as it can.
            pays = step.violators & (months > 0)[:, None]
            now.append(pays & (breaks > step.level) & (breaks > rounded(waits)))
            late.append(pays & (breaks <= step.level) & (breaks > rounded(at_last)))
            delayed = value_of_waiting(step.level, step._later(np.maximum(months - 1, 0)), breaks)
            worth = np.where(now[-1], breaks, np.where(late[-1], delayed, waits))
        return BestTiming(tuple(reversed(now)), tuple(reversed(late)), rounded(worth))

    def _foreseen_blow(self, violator: int, rows: NDArray[np.intp]) -> Floats:
        """Return what a violation that all foresee is worth to each party, from signature on."""
        blow = self._suffered(violator, rows)
        phased = self.calendar.rows
        if not len(phased):
            return blow
        everyone = np.arange(len(phased), dtype=np.intp)
        worth: Floats | None = None
        for step, now, late in reversed(list(zip(self.steps, self._course.now, self._course.late, strict=True))):
            suffered = step._suffered(violator, everyone)
            if worth is None:
                worth = np.where(now[:, [violator]], suffered, step.level)
                continue
            delayed = value_of_waiting(step.level, step._later(np.maximum(step.months - 1, 0)), suffered)
            waits = value_of_waiting(step.level, step._later(step.months), worth)
            worth = np.where(now[:, [violator]], suffered, np.where(late[:, [violator]], delayed, waits))
        assert worth is not None
        place = np.searchsorted(phased, rows)
        here = np.isin(rows, phased)
        blow[here] = worth[place[here]]
        return blow

    def _suffered(self, violator: int, rows: NDArray[np.intp]) -> Floats:
        """Return what one party's violation of some agreements is worth to each party as its victim."""
        return value_of_defection(
            self.level[rows] + self.changed(violator, rows),
            self.lag_discount[rows],
            self.reliability[rows, violator][:, None],
            value_of_an_answer(
                self.war_answered_as_victim[rows],
                self.kept[rows],
                self.repair_discount,
                0.0,
                self.returns[rows, violator][:, None],
            ),
            self.war_unanswered_as_victim[rows],
        )

    def changed(self, violator: int, rows: NDArray[np.intp]) -> Levels:
        """Return what a party's best violation changes for everybody until it is answered.

        Parameters
        ----------
        violator : int
            Its column.
        rows : ndarray of int, shape (n,)

        Returns
        -------
        ndarray of int64, shape (n, n_parties)
            In units of 1e-9; of options that come in parts, one part.
        """
        everywhere = self.whole or self.payoffs
        goal = self.violations.leads_to[rows, violator]
        change: Levels = everywhere.utility[goal] - self.payoffs.utility[rows]
        in_parts = np.isin(rows, self.calendar.rows)
        if in_parts.any():
            tables = OptionTables(self.payoffs.frame, self.world, everywhere.space, self.parties)
            start = everywhere.space.rank[self.space.code[rows[in_parts]]].astype(np.int64)
            change[in_parts] -= self.calendar.withheld(tables, start, goal[in_parts])
        return change

    # --- power, ratification, hazard -----------------------------------------------------------------

    @cached_property
    def power_shift(self) -> tuple[Floats, float] | None:
        """Powell's condition for both directions, and its limit κ/(1 − κ).

        Returns
        -------
        (ndarray of float64, shape (n_agreements, 2), float) or None
            δ(p + Δ) − p for the rising party, and the same with 1 − p for the other; the agreement
            passes where neither exceeds the limit. None where the scenario gives no power shift.
        """
        return power_shift(self.tables, self.annual_discount)

    @cached_property
    def power(self) -> PowerPath:
        """How power between the belligerents moves in peace."""
        return PowerPath.of(self.tables, self.whole or self.payoffs)

    @cached_property
    def ratification(self) -> Floats:
        """P(ratify_i | a); shape (n_agreements, n_parties)."""
        columns = [ratification_probability(self.tables, party) for party in self.parties]
        return read_only(np.stack(columns, axis=1))

    @cached_property
    def hazard_ratio(self) -> Floats:
        """Product of the hazard ratios of the terms under the scenario's structure; shape (n_agreements,)."""
        return hazard_ratio(self.tables)

    @cached_property
    def monthly_hazard(self) -> Floats:
        """Hazard a month after the first months, incidents aside; shape (n_agreements,)."""
        return monthly_hazard(self.tables, self.hazard_ratio)

    def hazard_by_month(self, months: int, natural: NDArray[np.bool_] | bool = True) -> Floats:
        """Return the hazard of each month after signing, incidents aside.

        Parameters
        ----------
        months : int
        natural : bool or ndarray of bool, shape (n_agreements,)
            Whether nobody was pressed below its reservation value.

        Returns
        -------
        ndarray of float64, shape (months, n_agreements)
            Per month; a month with hazard h passes with probability exp(−h).
        """
        return hazard_by_month(self.world, self.monthly_hazard, months, natural)

    @cached_property
    def mediator_pressure(self) -> Levels:
        """m_i in units of 1e-9, zero unless ``negotiation.pressure``; shape (n_parties,)."""
        if not self.scenario.negotiation.pressure:
            return np.zeros(len(self.parties), dtype=np.int64)
        return to_units(self.tables.per_party(lambda party: party.mediator_pressure))

    @cached_property
    def natural(self) -> NDArray[np.bool_]:
        """Whether every signer gets at least its reservation value without pressure; shape (n_agreements,)."""
        return np.asarray(((self.payoffs.margin >= 0) | ~self.payoffs.must_sign).all(axis=1))

    def to_frame(self, agreements: ArrayLike | None = None) -> pd.DataFrame:
        """Return what happens after signing as a table, one agreement a row.

        Parameters
        ----------
        agreements : array_like of int, optional
            Which, in the order wanted; all by default.

        Returns
        -------
        pandas.DataFrame
            Indexed by the number of the agreement: its options; ``lag`` (months until an answer to a breach); of each
            party that can break it ``war_unanswered`` and ``war_answered`` (worth of war after a breach),
            ``Q_assumed``, ``Q_derived`` and ``Q*`` (reliability of the guarantors: assumed, derived from their costs,
            and from which on the party keeps the agreement), and whether it ``breaks`` it; of each party with voters
            ``P_ratify``; ``monthly_hazard``.

        Examples
        --------
        >>> table = Terms.of("scenarios/tutorial-two-by-two").to_frame()
        >>> table.loc[3, ["lag", "Q*.hill", "breaks.hill"]].to_dict()
        {'lag': 12.0, 'Q*.hill': 0.875..., 'breaks.hill': True}
        """
        table = self.space.to_frame(agreements)
        rows = table.index.to_numpy()
        table["lag"] = self.lag[rows]
        breaks = self.defects(self.reliability)
        for column in np.flatnonzero(self.violators.any(axis=0)):
            party = self.parties[column]
            found = {
                "war_unanswered": self.war_unanswered / SCALE,
                "war_answered": self.war_answered / SCALE,
                "Q_assumed": self.reliability_assumed,
                "Q_derived": self.reliability_derived,
                "Q*": self.critical_reliability,
                "breaks": breaks,
            }
            for name, values in found.items():
                table[f"{name}.{party}"] = values[rows, column]
        for column in np.flatnonzero((self.ratification < 1).any(axis=0)):
            table[f"P_ratify.{self.parties[column]}"] = self.ratification[rows, column]
        table["monthly_hazard"] = self.monthly_hazard[rows]
        return table
