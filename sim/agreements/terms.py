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
   V^D_i = (1 - \delta^L) g_i + \delta^L [Q w^R_i + (1 - Q) w^N_i],

and where :math:`w^R < w^N` the critical reliability is

.. math:: Q^*_i = \frac{(1-\delta^L) g + \delta^L w^N - u}{\delta^L (w^N - w^R)}.

No other part of the project computes any of these by itself. Nothing is clipped.

References
----------
Fearon 1995, International Organization 49(3). Powell 2006, International Organization 60(1). Putnam
1988, International Organization 42(3).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from sim.agreements.guarantees import Decisions, GuaranteeTable
from sim.agreements.moves import Arcs, arcs_of, movers
from sim.agreements.payoffs import SCALE, Payoffs, to_units
from sim.agreements.ratification import ratification_probability
from sim.agreements.space import AgreementSpace
from sim.domain.scenario import NumberBook, Scenario
from sim.domain.uncertain import NumberTable
from sim.domain.world import World
from sim.errors import ModelError

__all__ = ["Terms"]

Levels = NDArray[np.int64]
Floats = NDArray[np.float64]


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

    Examples
    --------
    >>> import sim
    >>> berlin = sim.read_scenario("scenarios/berlin-2025/scenario.yaml")
    >>> terms = Terms.of(berlin)
    >>> first = terms.payoffs.front_runners(1)[0]
    >>> russia = terms.payoffs.column("russia")
    >>> bool(terms.defects(terms.reliability)[first, russia])
    True
    """

    payoffs: Payoffs = field(repr=False)
    whole: Payoffs | None = field(default=None, repr=False)

    @classmethod
    def of(cls, given: Scenario | World | Payoffs) -> Terms:
        """Return the terms of a scenario at central values, of a world, or beside its payoffs.

        Parameters
        ----------
        given : Scenario, World or Payoffs

        Returns
        -------
        Terms
        """
        return cls(given if isinstance(given, Payoffs) else Payoffs.of(given))

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

    def _per_party(self, name: str) -> Floats:
        return np.array([self.world.value(f"parties.{party}.{name}") for party in self.parties])

    def _flat(self, path: str, table: NumberTable, neutral: float = 0.0) -> Floats:
        """Return a table's numbers by flat option; ``neutral`` where it says nothing."""
        flat = np.full(self.space.n_options, neutral)
        for place, (issue, option) in enumerate(self.space.flat_options):
            if option in table.get(issue, {}):
                flat[place] = self.world.value(f"{path}.{issue}.{option}")
        return flat

    def _added(self, rows: list[Floats]) -> Floats:
        return _read_only(self.space.sum_over_options(np.array(rows)))

    def _multiplied(self, path: str, table: NumberTable) -> Floats:
        result = np.ones(self.space.n_agreements)
        for k, issue in enumerate(self.space.issues):
            if issue in table:
                factors = np.array(
                    [
                        self.world.value(f"{path}.{issue}.{option}") if option in table[issue] else 1.0
                        for option in self.space.labels[k]
                    ]
                )
                result = result * factors[self.space.options[:, k]]
        return result

    # --- who, when ---------------------------------------------------------------------------------

    @cached_property
    def belligerents(self) -> NDArray[np.bool_]:
        """Parties that can break the agreement by force or are protected; shape (n_parties,)."""
        named = {*self.scenario.compliance.violators, *self.scenario.compliance.protected}
        return np.array([party in named for party in self.parties])

    @cached_property
    def violators(self) -> NDArray[np.bool_]:
        """Who has a violation open to it; shape (n_agreements, n_parties).

        Renewed attack is always open to the parties that ``compliance.violators`` lists. Where it lists
        nobody, those violate who have a breach of their own open.
        """
        listed = self.scenario.compliance.violators
        if listed:
            always = np.array([party in listed for party in self.parties])
            return np.broadcast_to(always, (self.space.n_agreements, len(self.parties)))
        return _read_only(self._own_breaches[1])

    @cached_property
    def _own_breaches(self) -> tuple[Levels, NDArray[np.bool_], NDArray[np.int64]]:
        """Work out the best violation of each party: its worth, whether there is one, where it leads.

        The worth is never below that of the agreement itself, which is where the violation "leads" if
        no other is better: a renewed attack leaves the terms as they are. Indices are of the whole space.
        """
        payoffs = self.whole or self.payoffs
        codes = self.space.code
        here = payoffs.space.rank[codes].astype(np.int64)
        best, goal = self.payoffs.utility.copy(), np.repeat(here[:, None], len(self.parties), axis=1)
        exists = np.zeros(best.shape, dtype=np.bool_)
        for column, arcs in _breaching_arcs(self.scenario, payoffs.space):
            if self.whole is None:
                row, end = arcs.start, arcs.end
            else:
                low, high = np.searchsorted(arcs.start, here), np.searchsorted(arcs.start, here, side="right")
                row = np.repeat(np.arange(len(here)), high - low)
                end = np.concatenate([arcs.end[a:b] for a, b in zip(low, high, strict=True)] or [arcs.end[:0]])
            worth = payoffs.utility[end, column]
            # Best first and, among equals, the lowest index: the first arc of each row is the violation.
            order = np.lexsort((end, -worth, row))
            first = np.ones(len(order), dtype=np.bool_)
            first[1:] = row[order][1:] != row[order][:-1]
            chosen = order[first]
            exists[row[chosen], column] = True
            better = chosen[worth[chosen] > best[row[chosen], column]]
            best[row[better], column] = worth[better]
            goal[row[better], column] = end[better]
        return best, exists, goal

    @cached_property
    def lag(self) -> Floats:
        """L(a): months from a violation to the response; shape (n_agreements,)."""
        spec = self.scenario.compliance.response_lag
        path = "compliance.response_lag"
        months = self.world.value(f"{path}.always")
        sums = self._added([self._flat(f"{path}.months", spec.months), self._flat(f"{path}.decision", spec.decision)])
        factor = self._multiplied(f"{path}.factor", spec.factor)
        lag: Floats = (months + sums[:, 0]) * factor + sums[:, 1]
        return _read_only(lag)

    @cached_property
    def annual_discount(self) -> Floats:
        """δ of one year, 1/(1 + ρ), per party; shape (n_parties,)."""
        return 1.0 / (1.0 + self._per_party("discount_rate"))

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
        return _read_only(np.asarray(self.monthly_discount[None, :] ** self.lag[:, None]))

    # --- war after ---------------------------------------------------------------------------------

    @cached_property
    def _shift(self) -> Floats:
        """How the terms move the value of war, before ground is won or lost; shape (n_agreements, n_parties)."""
        rows = [
            self._flat(f"parties.{party}.after.shift", self.scenario.parties[party].after.shift)
            for party in self.parties
        ]
        return self._added(rows) + self._per_party("after.respite")

    @cached_property
    def _ground(self) -> Floats:
        """Ground won during the lag, if the party is the violator; shape (n_agreements, n_parties)."""
        return self.lag[:, None] * self._per_party("after.fait_accompli_per_month")[None, :]

    def _war(self, role: str, *, answered: bool) -> Levels:
        level = self.payoffs.reservation / SCALE + self._shift
        level = level + self._ground if role == "violator" else level - self._ground_lost
        if answered:
            rows = [
                self._flat(
                    f"parties.{p}.after.response.{role}",
                    getattr(self.scenario.parties[p].after.response, role),
                )
                for p in self.parties
            ]
            level = level + self._added(rows) + self._per_party(f"after.response.{role}_always")
        return _read_only(to_units(level))

    @cached_property
    def _ground_lost(self) -> Floats:
        """Return what a belligerent loses to the strongest other violator during the lag, as if on its own scale."""
        able = np.array([party in self.scenario.compliance.violators for party in self.parties])
        lost = np.zeros((self.space.n_agreements, len(self.parties)))
        for column in np.flatnonzero(self.belligerents):
            others = able.copy()
            others[column] = False
            if others.any():
                lost[:, column] = self._ground[:, others].max(axis=1)
        return lost

    @cached_property
    def war(self) -> Levels:
        """War after the agreement broke with nobody to blame: no ground won, no response.

        Shape (n_agreements, n_parties), units of 1e-9.
        """
        return _read_only(to_units(self.payoffs.reservation / SCALE + self._shift))

    @cached_property
    def war_unanswered(self) -> Levels:
        """w^N of a party as violator; shape (n_agreements, n_parties), units of 1e-9."""
        return self._war("violator", answered=False)

    @cached_property
    def war_answered(self) -> Levels:
        """w^R of a party as violator; shape (n_agreements, n_parties), units of 1e-9."""
        return self._war("violator", answered=True)

    @cached_property
    def war_unanswered_as_victim(self) -> Levels:
        """w^N of a party that another attacked; shape (n_agreements, n_parties), units of 1e-9."""
        return self._war("victim", answered=False)

    @cached_property
    def war_answered_as_victim(self) -> Levels:
        """w^R of a party that another attacked; shape (n_agreements, n_parties), units of 1e-9."""
        return self._war("victim", answered=True)

    @cached_property
    def lag_level(self) -> Levels:
        """g_i(a), the violator's level during the lag; shape (n_agreements, n_parties), units of 1e-9."""
        level = self._own_breaches[0] + to_units(self._per_party("after.surprise_gain"))[None, :]
        for column, party in enumerate(self.parties):
            if self.scenario.parties[party].after.level_during_lag is not None:
                level[:, column] = to_units(self.world.value(f"parties.{party}.after.level_during_lag"))
        return _read_only(level)

    # --- reliability -------------------------------------------------------------------------------

    @cached_property
    def reliability_assumed(self) -> Floats:
        """Q_assumed against each party as violator; shape (n_agreements, n_parties)."""
        spec = self.scenario.compliance.reliability
        path = "compliance.reliability"
        base = self._added([self._flat(f"{path}.probability", spec.probability)])[:, 0]
        factor = self._multiplied(f"{path}.factor", spec.factor)
        if spec.factor_when:
            factor = np.where(self.space.meets(spec.factor_when), factor, 1.0)
        assumed = np.repeat(np.minimum(base * factor, spec.cap)[:, None], len(self.parties), axis=1)
        for column, party in enumerate(self.parties):
            if self.scenario.parties[party].after.response_probability is not None:
                assumed[:, column] = self.world.value(f"parties.{party}.after.response_probability")
        return _read_only(assumed)

    @cached_property
    def guarantees(self) -> GuaranteeTable:
        """What guarantors weigh."""
        return GuaranteeTable.of(self.world, self.space)

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
        act = np.where(decisions.veto, 0.0, decisions.act)[decisions.group]
        derived = np.repeat(act[:, None], n[1], axis=1)
        for party in self.scenario.compliance.protected:
            derived[:, self.parties.index(party)] = 1.0
        return _read_only(derived)

    @cached_property
    def reliability(self) -> Floats:
        """The reliability violators reckon with at signature; shape (n_agreements, n_parties)."""
        return _read_only(self.reckoned(self.reliability_derived))

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
        effect = self.world.value("compliance.deterrence.effect")
        return np.asarray(np.minimum(effect * np.minimum(assumed, derived), 1.0))

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
            In units of 1e-9, rounded once.
        """
        late = self.lag_discount
        war = reliability * self.war_answered + (1.0 - reliability) * self.war_unanswered
        return np.rint((1.0 - late) * self.lag_level + late * war).astype(np.int64)

    def defects(self, reliability: Floats | float) -> NDArray[np.bool_]:
        """Return who would break which agreement: a violator with V^D > V^C.

        Parameters
        ----------
        reliability : float or ndarray, broadcast to (n_agreements, n_parties)

        Returns
        -------
        ndarray of bool, shape (n_agreements, n_parties)
        """
        return self.violators & (self.value_of_defection(reliability) > self.payoffs.utility)

    @cached_property
    def critical_reliability(self) -> Floats:
        """Q* as it comes out, unbounded; NaN where answering does not hurt the violator or it is none.

        Shape (n_agreements, n_parties). A violator keeps the agreement iff Q ≥ Q*.
        """
        late = self.lag_discount
        gain = (1.0 - late) * self.lag_level + late * self.war_unanswered - self.payoffs.utility
        hurt = late * (self.war_unanswered - self.war_answered)
        with np.errstate(divide="ignore", invalid="ignore"):
            raw = np.where((hurt > 0) & self.violators, gain / hurt, np.nan)
        return _read_only(raw)

    @cached_property
    def anticipated(self) -> Levels:
        """What each agreement is worth in the light of what follows (``anticipation: subgame-perfect``).

        A violator gets max(V^C, V^D). If some violator would defect, everyone else gets
        (1 − δ^L) ℓ + δ^L [Q w^R + (1 − Q) w^N] in the role of victim, ℓ its utility at the agreement the
        violation leads to (the one signed where that is a renewed attack). Where two would defect, each
        is also the other's victim, and everyone gets the worst of what that comes to.

        Shape (n_agreements, n_parties), units of 1e-9.
        """
        payoffs = self.whole or self.payoffs
        utility = self.payoffs.utility
        breaks = self.defects(self.reliability)
        kept = np.where(self.violators, np.maximum(utility, self.value_of_defection(self.reliability)), utility)
        worth = kept.copy()
        untouched = np.ones(worth.shape, dtype=np.bool_)
        for column in np.flatnonzero(breaks.any(axis=0)):
            rows = np.flatnonzero(breaks[:, column])
            q = self.reliability[rows, column][:, None]
            level = payoffs.utility[self._own_breaches[2][rows, column]]
            war = q * self.war_answered_as_victim[rows] + (1.0 - q) * self.war_unanswered_as_victim[rows]
            late = self.lag_discount[rows]
            hit = np.rint((1.0 - late) * level + late * war).astype(np.int64)
            hit[:, column] = kept[rows, column]
            # A bystander's first blow replaces u; a violator starts from V^D; a second blow can only be worse.
            first = untouched[rows] & ~breaks[rows]
            worth[rows] = np.where(first, hit, np.minimum(worth[rows], hit))
            untouched[rows] = False
        return _read_only(worth)

    @cached_property
    def worth(self) -> Levels:
        """What parties value agreements at: u, or the anticipated value where the scenario says so."""
        if self.scenario.compliance.anticipation == "subgame-perfect":
            return self.anticipated
        return self.payoffs.utility

    @cached_property
    def acceptable(self) -> NDArray[np.bool_]:
        """Whether each party can accept each agreement at what it is worth to it, lines respected."""
        if self.scenario.compliance.anticipation == "none":
            return self.payoffs.acceptable
        return _read_only((self.worth >= self.payoffs.reservation) & ~self.payoffs.crosses_line)

    def zone_of_agreement(self) -> NDArray[np.int64]:
        """Return the agreements acceptable to all who must sign at what they are worth to them.

        Returns
        -------
        ndarray of int64, shape (n,)
            Indices, ascending; with ``anticipation: none`` those of ``Payoffs.zone_of_agreement``.
        """
        content = (self.acceptable | ~self.payoffs.must_sign).all(axis=1)
        return np.flatnonzero(content & self.space.signable)

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
        spec = self.scenario.compliance.power_shift
        if spec is None:
            return None
        path = "compliance.power_shift"
        p = self.world.value(f"{path}.probability")
        destroyed = self.world.value(f"{path}.destroyed")
        later = np.clip(p + self._power_change, 0.0, 1.0)
        if spec.discount is not None:
            rising = declining = self.world.value(f"{path}.discount")
        else:
            rising = float(self.annual_discount[self.parties.index(spec.rising)])
            declining = float(self.annual_discount[self.parties.index(spec.declining)])
        left = np.stack([rising * later - p, declining * (1.0 - later) - (1.0 - p)], axis=1)
        limit = np.inf if destroyed >= 1 else destroyed / (1.0 - destroyed)
        return _read_only(left), float(limit)

    @cached_property
    def power_drift(self) -> Floats:
        r"""What war gains in a month of peace, in levels; shape (n_agreements, n_parties).

        War that destroys a share κ is worth :math:`(1 - κ) [worst_i + p (best_i - worst_i)]` to the rising
        party, best and worst its utilities of the end states of war (1 and 0 where the scenario names
        none); so a year that moves p by Δ(a) moves it by :math:`(1 - κ) Δ (best_i - worst_i)`, and the
        declining party's the other way. Others, and scenarios without a power shift: 0.
        """
        drift = np.zeros((self.space.n_agreements, len(self.parties)))
        spec = self.scenario.compliance.power_shift
        if spec is not None:
            left = 1.0 - self.world.value("compliance.power_shift.destroyed")
            for party, sign in ((spec.rising, 1.0), (spec.declining, -1.0)):
                column = self.parties.index(party)
                drift[:, column] = sign * left * self._war_stake(column) * self._power_change / 12.0
        return _read_only(drift)

    def _war_stake(self, column: int) -> float:
        """Return how far apart the end states of war are for a party; 1 where the scenario names none."""
        states = self.scenario.no_deal.end_states.values()
        if not states:
            return 1.0
        payoffs = self.whole or self.payoffs
        worth = payoffs.utility[[payoffs.space.index_of(state.agreement) for state in states], column]
        return float(worth.max() - worth.min()) / SCALE

    @cached_property
    def _power_change(self) -> Floats:
        """Δ(a), the change of p in a period; shape (n_agreements,)."""
        spec = self.scenario.compliance.power_shift
        assert spec is not None
        path = "compliance.power_shift"
        by_terms: Floats = self._added([self._flat(f"{path}.change_by", spec.change_by)])[:, 0]
        return np.asarray(self.world.value(f"{path}.change") + by_terms)

    @cached_property
    def ratification(self) -> Floats:
        """P(ratify_i | a); shape (n_agreements, n_parties)."""
        columns = [ratification_probability(self.world, self.space, party) for party in self.parties]
        return _read_only(np.stack(columns, axis=1))

    @cached_property
    def hazard_ratio(self) -> Floats:
        """Product of the hazard ratios of the terms under the scenario's structure, not below its floor.

        Shape (n_agreements,).
        """
        spec = self.scenario.compliance.hazard
        structure = self.scenario.compliance.structure
        ratio = self._multiplied(f"compliance.hazard.ratio.{structure}", spec.ratio.get(structure, {}))
        if structure in spec.floor:
            ratio = np.maximum(ratio, self.world.value(f"compliance.hazard.floor.{structure}"))
        return _read_only(ratio)

    @cached_property
    def monthly_hazard(self) -> Floats:
        """Hazard a month after the first months, incidents aside; shape (n_agreements,).

        The yearly baseline over 12, times the ratio of the terms and that of a pact; 0 where the scenario
        has no baseline.
        """
        spec = self.scenario.compliance.hazard
        structure = self.scenario.compliance.structure
        if structure not in spec.baseline:
            return np.zeros(self.space.n_agreements)
        yearly = self.world.value(f"compliance.hazard.baseline.{structure}")
        return _read_only(yearly / 12.0 * self.hazard_ratio * self._pact_ratio)

    @cached_property
    def _pact_ratio(self) -> Floats:
        spec = self.scenario.compliance.deterrence
        if not spec.pact:
            return np.ones(self.space.n_agreements)
        return np.where(self.space.meets(spec.pact), self.world.value("compliance.deterrence.ratio"), 1.0)

    def hazard_by_month(self, months: int, natural: NDArray[np.bool_] | bool = True) -> Floats:
        """Return the hazard of each month after signing, incidents aside.

        Parameters
        ----------
        months : int
        natural : bool or ndarray of bool, shape (n_agreements,)
            Whether nobody was pressed below its reservation value; an imposed agreement has a ratio of
            its own.

        Returns
        -------
        ndarray of float64, shape (months, n_agreements)
            Per month; a month with hazard h passes with probability exp(−h).
        """
        spec = self.scenario.compliance.hazard
        structure = self.scenario.compliance.structure
        imposed = self.world.value(f"compliance.hazard.imposed.{structure}") if structure in spec.imposed else 1.0
        first = self.world.value("compliance.hazard.front_loading.factor")
        factor = np.where(np.arange(months) < spec.front_loading.months, first, 1.0)
        ratio = np.where(np.broadcast_to(natural, self.monthly_hazard.shape), 1.0, imposed)
        return np.asarray(factor[:, None] * (self.monthly_hazard * ratio)[None, :])

    @cached_property
    def mediator_pressure(self) -> Levels:
        """m_i in units of 1e-9, zero unless ``negotiation.pressure``; shape (n_parties,)."""
        if not self.scenario.negotiation.pressure:
            return np.zeros(len(self.parties), dtype=np.int64)
        return to_units(self._per_party("mediator_pressure"))

    @cached_property
    def natural(self) -> NDArray[np.bool_]:
        """Whether every signer gets at least its reservation value without pressure; shape (n_agreements,)."""
        return np.asarray(((self.payoffs.margin >= 0) | ~self.payoffs.must_sign).all(axis=1))


def _breaching_arcs(scenario: Scenario, space: AgreementSpace) -> list[tuple[int, Arcs]]:
    """Return the breaches open to each single party, by its column, compiled once a scenario."""
    key = scenario.numbers
    if key not in _BREACHES:
        parties, found = sorted(scenario.parties), []
        for mover in movers(scenario):
            if len(mover.parties) == 1 and mover.changes:
                arcs = arcs_of(scenario, space, mover)
                if arcs.breach.any():
                    column = parties.index(next(iter(mover.parties)))
                    kept = Arcs(arcs.start[arcs.breach], arcs.end[arcs.breach], arcs.breach[arcs.breach])
                    found.append((column, kept))
        _BREACHES[key] = found
    return _BREACHES[key]


#: Worlds of one scenario share its breaches; they depend on moves and constraints alone.
_BREACHES: WeakKeyDictionary[NumberBook, list[tuple[int, Arcs]]] = WeakKeyDictionary()


def _read_only[T: np.generic](array: NDArray[T]) -> NDArray[T]:
    array.setflags(write=False)
    return array
