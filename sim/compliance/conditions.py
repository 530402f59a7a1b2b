r"""What one agreement means for those who live under it: the monthly model's inputs, all from Terms.

With t = 1, 2, … the months after signing and all else as in ``sim.after.terms``:

- power shifts: :math:`w^N_i(t) = w^N_i + d_i (t - 1)`, :math:`w^R_i(t)` alike, d the drift of power a
  month under these terms;
- resolve wears off: of guarantor k's stake and penalty is left :math:`(1 + drift_k)^{(t-1)/12}`, and
  nothing after a change of course;
- a violator reckons with Q(t), the smaller of Q assumed and of what guarantors as they now stand would
  do, worked out exactly;
- :math:`V^D_i(t) = (1 - \delta^L) g_i + \delta^L [Q(t) w^R_i(t) + (1 - Q(t)) w^N_i(t)]`.

These depend on the month and on who has changed course by then, not on anything else that happens, so
they are worked out once and a month of the model is a comparison.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from sim.after.formulas import derived_reliability, power_gained, rounded, value_of_defection, whole_months
from sim.after.guarantees import GuaranteeTable
from sim.after.terms import Terms
from sim.agreements.payoffs import SCALE
from sim.compliance.pledge import Pledge

__all__ = ["Conditions"]

Levels = NDArray[np.int64]
Floats = NDArray[np.float64]


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
        V^C, in units of 1e-9.
    lag : int
        Whole months from a violation to the response, at least 1.
    hazard : ndarray of float64, shape (months,)
        Of each month, incidents aside.
    table : GuaranteeTable or None
        Of this agreement alone; None where the scenario names no guarantors.
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
    _paths: dict[tuple[int, ...], tuple[Floats, Levels]] = field(default_factory=dict, repr=False)
    _wars: dict[tuple[int | None, bool], list[int]] = field(default_factory=dict, repr=False)

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
                )
            )
        return found

    @property
    def parties(self) -> tuple[str, ...]:
        """The parties, in the order of the columns."""
        return self.terms.parties

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

    def wars(self, violator: int | None, *, answered: bool) -> list[int]:
        """Return what war is worth to each party at signature, in units of 1e-9.

        Parameters
        ----------
        violator : int or None
            Column of the one who broke the agreement; None where war came back by itself.
        answered : bool
            Whether guarantors acted.

        Returns
        -------
        list of int, length n_parties
        """
        key = (violator, answered)
        if key not in self._wars:
            terms = self.terms
            if violator is None:
                level = terms.war[self.row].copy()
            else:
                victim = terms.war_answered_as_victim if answered else terms.war_unanswered_as_victim
                level = victim[self.row].copy()
                level[violator] = (terms.war_answered if answered else terms.war_unanswered)[self.row, violator]
            self._wars[key] = level.tolist()
        return self._wars[key]

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
        tempted = (self.breaking()[0] - self.keeps)[open_to]
        column = self.violators[open_to[int(np.argmax(tempted))]]
        return float(self.terms.reliability_assumed[self.row, column]), float(self.reliability()[0])

    def power(self, column: int, month: int) -> int:
        """Return how far power has shifted by a month, in units of 1e-9 of a party's level.

        Parameters
        ----------
        column : int
        month : int
            From 1.
        """
        return int(self._power_gained[month - 1, column])

    @cached_property
    def _power_gained(self) -> Levels:
        """How far power has shifted by each month, in units of 1e-9; shape (months, n_parties)."""
        gone = np.arange(self.months)[:, None]
        return rounded(power_gained(self.terms.power_drift[self.row], gone) * SCALE)

    def reliability(self, gone: tuple[int, ...] = ()) -> Floats:
        """Return Q derived for each month, if some guarantors had changed course from the start.

        Parameters
        ----------
        gone : tuple of int
            Places of guarantors in ``table.members``, ascending.

        Returns
        -------
        ndarray of float64, shape (months,)
            Against a violator that guarantors do not protect.
        """
        return self._path(gone)[0]

    def breaking(self, gone: tuple[int, ...] = ()) -> Levels:
        """Return V^D for each month, if some guarantors had changed course from the start.

        Parameters
        ----------
        gone : tuple of int
            Places of guarantors in ``table.members``, ascending.

        Returns
        -------
        ndarray of int64, shape (months, n_violators)
            In units of 1e-9, rounded as `Terms.value_of_defection` rounds.
        """
        return self._path(gone)[1]

    def _path(self, gone: tuple[int, ...]) -> tuple[Floats, Levels]:
        if gone not in self._paths:
            derived = self._derived(gone)
            self._paths[gone] = (derived, self._worth(derived))
        return self._paths[gone]

    def _derived(self, gone: tuple[int, ...]) -> Floats:
        if self.table is None:
            return np.ones(self.months)
        power = self.table.staying_power(self.months)
        power[:, list(gone)] = 0.0
        # Where nothing wears off all months are alike and are solved once.
        states, month = np.unique(power, axis=0, return_inverse=True)
        decisions = self.table.with_staying_power(0, states).decide()
        return derived_reliability(decisions.act, decisions.veto, protected=False)[month.ravel()]

    def _worth(self, derived: Floats) -> Levels:
        terms, columns, row = self.terms, self.violators, self.row
        # Against a protected party guarantors need only withhold, so the record alone counts.
        shown = derived_reliability(derived[:, None], veto=False, protected=terms.protected[columns])
        shift = self._power_gained[:, columns]
        return rounded(
            value_of_defection(
                terms.lag_level[row, columns],
                terms.lag_discount[row, columns],
                terms.reckoned(shown, (row, columns)),
                terms.war_answered[row, columns] + shift,
                terms.war_unanswered[row, columns] + shift,
            )
        )
