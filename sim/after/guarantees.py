r"""Whether guarantors act: Q_derived, from their own costs and stakes.

When the guarantee is called, guarantors decide one after the other, each seeing who has joined.
Guarantor k honours iff

.. math:: stake_k \times effect_k + penalty_k \ge cost_k

with its cost and the required capability drawn when the guarantee is called (from their ranges), the
effect being what its joining changes in the probability that the joined capability reaches what is
required, half of the later guarantors expected to join. By the rule of the response:

- *individual*, *timetable*, *automatic*: sequential as above (they differ in penalty and lag);
- *consensus*: all must join, and each counts on the others, so its effect is the probability that all
  together suffice;
- *veto*: as consensus, but never against a violator that holds the veto (one that the guarantors do
  not protect).

Against a protected party as violator, acting means withholding support; that costs a guarantor
nothing and is always done. Decisions are solved exactly over the 2^n ways in which n guarantors can
have joined.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.after.crisis import CrisisNumbers
from sim.after.formulas import benefit_of_honouring, staying_power
from sim.agreements.frame import Frame
from sim.agreements.tables import OptionTables, read_only
from sim.domain.party import Guarantor
from sim.domain.scenario import Scenario
from sim.domain.uncertain import DISTRIBUTIONS, NumberTable
from sim.errors import ModelError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["MAX_GUARANTORS", "TRANSITION_MONTHS", "Decisions", "GuaranteeTable"]

#: How long a transfer of power doubles the hazard of a change of course, in months.
TRANSITION_MONTHS = 6

#: Beyond this the 2^n ways to have joined are too many.
MAX_GUARANTORS = 12


@dataclass(frozen=True, eq=False)
class GuaranteeTable:
    """What guarantors weigh, for each way the terms can read.

    Groups are sets of agreements that agree on every issue guarantors look at.

    Attributes
    ----------
    members : tuple of str
        In alphabetical order.
    group : ndarray of int64, shape (n_agreements,)
    stake, penalty, capability : ndarray of float64, shape (n_groups, n_members)
    cost : CrisisNumbers, shape (n_groups, n_members)
    required : CrisisNumbers, shape (n_groups,)
    failure : ndarray of float64, shape (n_groups,)
        Probability that joined capability does not arrive in time.
    order : ndarray of int64, shape (n_groups, n_members)
        Who decides first.
    rule : ndarray of str, shape (n_groups,)
    drift : ndarray of float64, shape (n_members,)
        Change of stake and penalty per year, as a share.
    reversal : ndarray of float64, shape (n_members,)
        Hazard per year of an abrupt change of course, after which stake and penalty are nothing.
    transition : ndarray of float64, shape (n_members,)
        Month from which that hazard doubles for `TRANSITION_MONTHS`; infinite where there is none.
    pivotal : bool
        Whether a guarantor weighs what its joining changes.
    """

    members: tuple[str, ...]
    group: NDArray[np.int64] = field(repr=False)
    stake: NDArray[np.float64] = field(repr=False)
    penalty: NDArray[np.float64] = field(repr=False)
    capability: NDArray[np.float64] = field(repr=False)
    cost: CrisisNumbers = field(repr=False)
    required: CrisisNumbers = field(repr=False)
    failure: NDArray[np.float64] = field(repr=False)
    order: NDArray[np.int64] = field(repr=False)
    rule: NDArray[np.str_] = field(repr=False)
    drift: NDArray[np.float64] = field(repr=False)
    reversal: NDArray[np.float64] = field(repr=False)
    transition: NDArray[np.float64] = field(repr=False)
    pivotal: bool = True

    @classmethod
    def of(cls, tables: OptionTables) -> GuaranteeTable:
        """Read the guarantors' tables of a world.

        Parameters
        ----------
        tables : OptionTables

        Returns
        -------
        GuaranteeTable

        Raises
        ------
        ModelError
            If there are more than `MAX_GUARANTORS`, or one has no record.

        Examples
        --------
        >>> import sim
        >>> terms = sim.Terms.of(sim.read_scenario("scenarios/berlin-2025/scenario.yaml"))
        >>> table = GuaranteeTable.of(terms.tables)
        >>> table.members[:3], table.stake.shape[1]
        (('france', 'germany', 'italy'), 6)
        """
        spec, world = tables.scenario.compliance.guarantees, tables.world
        records = _records(tables.scenario)
        representative, group = _groups(tables, records)
        reader = _Reader(tables, representative)
        factor = reader.product(spec.penalty_factor)
        capability = reader.columns([reader.sum(record.capability) for record in records.values()])
        stake = reader.columns([world.value(r.stake) + reader.sum(r.stake_by) for r in records.values()])
        return cls(
            members=tuple(records),
            group=group,
            stake=stake,
            penalty=reader.columns([factor * reader.sum(record.penalty) for record in records.values()]),
            capability=capability,
            cost=reader.crises([record.cost for record in records.values()]),
            required=reader.crisis(spec.required),
            failure=np.minimum(reader.sum(spec.execution_failure), 1.0),
            order=_deciding_order(tables, representative, tuple(records), stake, capability),
            rule=reader.words(spec.rule, "individual"),
            drift=np.array([world.value(record.staying_power_drift) for record in records.values()]),
            reversal=np.array([world.value(record.reversal_hazard) for record in records.values()]),
            transition=np.array(
                [
                    np.inf if record.transition_month is None else world.value(record.transition_month)
                    for record in records.values()
                ]
            ),
            pivotal=spec.effect == "pivotal",
        )

    def with_staying_power(self, group: int, power: NDArray[np.float64]) -> GuaranteeTable:
        """Return one group's table as its guarantors stand later, with a row for each later state.

        Parameters
        ----------
        group : int
        power : ndarray of float64, shape (n_states, n_members)
            What is left of each guarantor's stake and penalty, 1 at signature, 0 after a change of
            course.

        Returns
        -------
        GuaranteeTable
            Its groups are the states. Who decides first stays as signed.
        """
        rows = np.full(len(power), group)
        return replace(
            self,
            group=np.arange(len(power)),
            stake=self.stake[rows] * power,
            penalty=self.penalty[rows] * power,
            capability=self.capability[rows],
            cost=self.cost.rows(rows),
            required=self.required.rows(rows),
            failure=self.failure[rows],
            order=self.order[rows],
            rule=self.rule[rows],
        )

    def alone(self, group: int) -> GuaranteeTable:
        """Return the table of one group.

        Parameters
        ----------
        group : int

        Returns
        -------
        GuaranteeTable
        """
        return self.with_staying_power(group, np.ones((1, len(self.members))))

    def staying_power(self, months: int) -> NDArray[np.float64]:
        """Return what drift leaves of each guarantor's stake and penalty, month by month.

        Parameters
        ----------
        months : int

        Returns
        -------
        ndarray of float64, shape (months, n_members)
            (1 + drift) to the power of the years gone by; 1 in the first month, never negative.
        """
        return staying_power(self.drift, months)

    def reversal_by_month(self, months: int) -> NDArray[np.float64]:
        """Return the probability that a guarantor changes course in each month.

        Parameters
        ----------
        months : int

        Returns
        -------
        ndarray of float64, shape (months, n_members)
        """
        month = np.arange(1, months + 1)[:, None]
        doubled = (month >= self.transition) & (month < self.transition + TRANSITION_MONTHS)
        return np.asarray(-np.expm1(-self.reversal / 12.0 * np.where(doubled, 2.0, 1.0)))

    def decide(self) -> Decisions:
        """Solve the guarantors' decisions exactly.

        Returns
        -------
        Decisions
        """
        act, joins, margin = self._sequential()
        together = self.together
        if together.any():
            act_all, joins_all, margin_all = self._consensus()
            act = np.where(together, act_all, act)
            joins = np.where(together[:, None], joins_all, joins)
            margin = np.where(together[:, None], margin_all, margin)
        return Decisions(self.members, self.group, act * (1 - self.failure), joins, margin, self.rule == "veto")

    @property
    def together(self) -> NDArray[np.bool_]:
        """Whether each group's rule asks for all guarantors or none: consensus, or a veto beside it."""
        return np.isin(self.rule, ("veto", "consensus"))

    def effect(self, place: int, joined: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return what the guarantor at a place in the order changes by joining.

        Parameters
        ----------
        place : int
            Place in the order of each group.
        joined : ndarray of float64, shape (n_groups, n_ways)
            Capability that has joined before it.

        Returns
        -------
        ndarray of float64, shape (n_groups, n_ways)
        """
        if not self.pivotal:
            return np.ones_like(joined)
        rows = np.arange(len(self.order))
        own = self.capability[rows, self.order[:, place]][:, None]
        later = np.take_along_axis(self.capability, self.order[:, place + 1 :], axis=1).sum(axis=1)[:, None] / 2
        return self.required.at_most(joined + own + later) - self.required.at_most(joined + later)

    def enough(self, joined: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the probability that a joined capability reaches what is required.

        Parameters
        ----------
        joined : ndarray of float64, shape (n_groups,) or (n_groups, n_ways)

        Returns
        -------
        ndarray of float64, of the same shape
        """
        # A sum of capabilities that equals what is required suffices, whatever the order of addition.
        return self.required.at_most(joined + 1e-12)

    def _sequential(self) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        n_groups, n = self.stake.shape
        rows = np.arange(n_groups)
        joins, margin = np.zeros((n_groups, n)), np.zeros((n_groups, n))
        joined, weight = np.zeros((n_groups, 1)), np.ones((n_groups, 1))
        for place in range(n):
            k = self.order[:, place]
            benefit = benefit_of_honouring(
                self.stake[rows, k][:, None], self.effect(place, joined), self.penalty[rows, k][:, None]
            )
            cost = self.cost.column(k)
            chance = cost.at_most(benefit)
            joins[rows, k] = (weight * chance).sum(axis=1)
            margin[rows, k] = (weight * benefit).sum(axis=1) - cost.mean
            joined = np.concatenate([joined, joined + self.capability[rows, k][:, None]], axis=1)
            weight = np.concatenate([weight * (1 - chance), weight * chance], axis=1)
        return (weight * self.enough(joined)).sum(axis=1), joins, margin

    def _consensus(self) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        enough = self.enough(self.capability.sum(axis=1))
        effect = enough if self.pivotal else np.ones_like(enough)
        benefit = benefit_of_honouring(self.stake, effect[:, None], self.penalty)
        joins = self.cost.at_most(benefit)
        return joins.prod(axis=1) * enough, joins, benefit - self.cost.mean

    def to_frame(self) -> pd.DataFrame:
        """Return the guarantors' tables: a row of each group of agreements with the same numbers, and guarantor."""
        import pandas as pd

        groups, members = self.stake.shape
        per = {"stake": self.stake, "penalty": self.penalty, "capability": self.capability, "order": self.order}
        columns: dict[str, object] = {
            "group": np.repeat(np.arange(groups), members),
            "guarantor": np.tile(np.array(self.members, dtype=object), groups),
            **{name: np.asarray(values).reshape(-1) for name, values in per.items()},
            "rule": np.repeat(self.rule, members),
            "failure": np.repeat(self.failure, members),
        }
        return pd.DataFrame(columns)


@dataclass(frozen=True, eq=False)
class Decisions:
    """What guarantors do when the guarantee is called.

    Attributes
    ----------
    members : tuple of str
    group : ndarray of int64, shape (n_agreements,)
    act : ndarray of float64, shape (n_groups,)
        Probability that the response comes, vetoes aside.
    joins : ndarray of float64, shape (n_groups, n_members)
        Probability that each joins.
    margin : ndarray of float64, shape (n_groups, n_members)
        Expected benefit of honouring minus expected cost, in levels.
    veto : ndarray of bool, shape (n_groups,)
        Whether a violator outside the protected parties can veto the response.
    """

    members: tuple[str, ...]
    group: NDArray[np.int64] = field(repr=False)
    act: NDArray[np.float64] = field(repr=False)
    joins: NDArray[np.float64] = field(repr=False)
    margin: NDArray[np.float64] = field(repr=False)
    veto: NDArray[np.bool_] = field(repr=False)


def _records(scenario: Scenario) -> dict[str, Guarantor]:
    """Return what the scenario says of each guarantor, in the order of their names."""
    members = sorted(scenario.compliance.guarantees.members)
    if len(members) > MAX_GUARANTORS:
        raise ModelError(f"{len(members)} guarantors; decisions are solved exactly for at most {MAX_GUARANTORS}")
    records = {}
    for name in members:
        record = scenario.parties[name].guarantor
        if record is None:
            raise ModelError(f"parties.{name}: is a guarantor but has no 'guarantor' record")
        records[name] = record
    return records


def _issues(scenario: Scenario, records: Mapping[str, Guarantor]) -> list[str]:
    """Return the issues guarantors look at, in the order of their names."""
    spec = scenario.compliance.guarantees
    issues = {*spec.required, *spec.execution_failure, *spec.penalty_factor, *spec.rule}
    issues |= {issue for condition in spec.last.values() for issue in condition}
    for record in records.values():
        issues |= {*record.stake_by, *record.cost, *record.capability, *record.penalty}
    return sorted(issues)


def _groups(tables: OptionTables, records: Mapping[str, Guarantor]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Group agreements that agree on every issue guarantors look at: one of each group, and the group of each."""
    if tables.space is not tables.frame.space:
        return tables.space.project(_issues(tables.scenario, records))
    return tables.frame.derived(_groups_of_all)


def _groups_of_all(frame: Frame) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    representative, group = frame.space.project(_issues(frame.scenario, _records(frame.scenario)))
    return read_only(representative), read_only(group)


def _deciding_order(
    tables: OptionTables,
    representative: NDArray[np.int64],
    members: tuple[str, ...],
    stake: NDArray[np.float64],
    capability: NDArray[np.float64],
) -> NDArray[np.int64]:
    """Return who decides first in each group; shape (n_groups, n_members)."""
    spec = tables.scenario.compliance.guarantees
    shape = stake.shape
    last = np.zeros(shape, dtype=np.bool_)
    for name, condition in spec.last.items():
        if name in members:
            last[:, members.index(name)] = tables.space.meets(condition)[representative]
    listed = -np.array([spec.members.index(name) for name in members], dtype=np.float64)
    size = {"capability": capability, "stake": stake, "listed": np.broadcast_to(listed, shape)}[spec.order]
    place = np.broadcast_to(np.arange(shape[1]), shape)
    return np.lexsort((place, -size, last), axis=1).astype(np.int64)


@dataclass(frozen=True, eq=False)
class _Reader:
    """Reads option tables for one agreement of each group."""

    tables: OptionTables
    agreements: NDArray[np.int64]

    def sum(self, table: NumberTable) -> NDArray[np.float64]:
        result = np.zeros(len(self.agreements))
        flat = self.tables.flat(table, 0.0) if table else result
        for issue in table:
            result += self._row(issue, flat)
        return result

    def product(self, table: NumberTable) -> NDArray[np.float64]:
        result = np.ones(len(self.agreements))
        flat = self.tables.flat(table, 1.0) if table else result
        for issue in table:
            result *= self._row(issue, flat)
        return result

    def columns(self, columns: list[NDArray[np.float64]]) -> NDArray[np.float64]:
        """Stand one array a guarantor side by side; shape (n_groups, n_members)."""
        return np.array(columns).reshape(len(columns), len(self.agreements)).T

    def crisis(self, table: NumberTable) -> CrisisNumbers:
        """Add records, values and ranges alike; one table's own distribution stands."""
        low, value, high = (np.zeros(len(self.agreements)) for _ in range(3))
        dist = np.zeros(len(self.agreements), dtype=np.int8)
        for issue, row in sorted(table.items()):
            value += self._by_option(issue, {option: number.value for option, number in row.items()})
            low += self._by_option(issue, {option: number.range[0] for option, number in row.items()})
            high += self._by_option(issue, {option: number.range[1] for option, number in row.items()})
            if len(table) == 1:
                kinds = {option: float(DISTRIBUTIONS.index(number.dist)) for option, number in row.items()}
                dist = self._by_option(issue, kinds).astype(np.int8)
        return CrisisNumbers(low, value, high, dist)

    def crises(self, tables: list[NumberTable]) -> CrisisNumbers:
        """Read one table a guarantor; shape (n_groups, n_members)."""
        found = [self.crisis(table) for table in tables]
        shape = len(found), len(self.agreements)
        return CrisisNumbers(
            low=self.columns([crisis.low for crisis in found]),
            mode=self.columns([crisis.mode for crisis in found]),
            high=self.columns([crisis.high for crisis in found]),
            dist=np.array([crisis.dist for crisis in found], dtype=np.int8).reshape(shape).T,
        )

    def words(self, table: Mapping[str, Mapping[str, str]], otherwise: str) -> NDArray[np.str_]:
        words = np.full(len(self.agreements), otherwise, dtype="U16")
        space = self.tables.space
        for issue, row in sorted(table.items(), reverse=True):
            k = space.issues.index(issue)
            for option, word in row.items():
                words[space.options[self.agreements, k] == space.labels[k].index(option)] = word
        return words

    def _row(self, issue: str, flat: NDArray[np.float64]) -> NDArray[np.float64]:
        space = self.tables.space
        k = space.issues.index(issue)
        return np.asarray(flat[space.offsets[k] :][space.options[self.agreements, k]])

    def _by_option(self, issue: str, values: Mapping[str, float]) -> NDArray[np.float64]:
        space = self.tables.space
        k = space.issues.index(issue)
        by_option = np.array([values.get(option, 0.0) for option in space.labels[k]])
        return np.asarray(by_option[space.options[self.agreements, k]])
