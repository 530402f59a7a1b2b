r"""Power shifting between the belligerents under an agreement: Powell's condition, and how far war drifts.

With p the chance that the rising party prevails, Δ(a) its change in a period under the terms, κ the share
that war destroys and δ the discount of a period, peace can hold against preventive war iff

.. math:: δ(p + Δ) - p \le κ / (1 - κ) \quad\text{and}\quad δ(1 - p - Δ) - (1 - p) \le κ / (1 - κ).

References
----------
Powell 2006, International Organization 60(1): 169–203.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from sim.after.formulas import power_at
from sim.agreements.payoffs import SCALE, Payoffs
from sim.agreements.tables import OptionTables, read_only

__all__ = ["PowerPath", "power_shift"]

Floats = NDArray[np.float64]


def _change(tables: OptionTables) -> Floats:
    """Return Δ(a), the change of p in a period; shape (n_agreements,)."""
    spec = tables.scenario.compliance.power_shift
    assert spec is not None
    by_terms: Floats = tables.added([spec.change_by])[:, 0]
    return np.asarray(tables.world.value(spec.change) + by_terms)


def power_shift(tables: OptionTables, annual_discount: Floats) -> tuple[Floats, float] | None:
    """Return the left sides of Powell's condition and its limit.

    Parameters
    ----------
    tables : OptionTables
    annual_discount : ndarray of float64, shape (n_parties,)
        Used where the scenario gives no discount of the period.

    Returns
    -------
    (ndarray of float64, shape (n_agreements, 2), float) or None
        For the rising and the declining party; None where the scenario gives no power shift.

    Examples
    --------
    Hill's chance in war rises by 0.1 a year without a guard. With a discount of 0.8 a year the sides are
    0.8 · 0.6 − 0.5 and 0.8 · 0.4 − 0.5, both below the limit 0.2/0.8: peace can hold.

    >>> import sim
    >>> two = sim.read_scenario("scenarios/tutorial-two-by-two/scenario.yaml")
    >>> shift = {"rising": "hill", "declining": "vale", "probability": 0.5, "destroyed": 0.2}
    >>> shift["change_by"] = {"guard": {"absent": 0.1}}
    >>> terms = sim.Terms.of(sim.with_settings(two, {"compliance.power_shift": shift}))
    >>> left, limit = power_shift(terms.tables, terms.annual_discount)
    >>> left[0].round(3).tolist(), limit
    ([-0.02, -0.18], 0.25)
    """
    spec = tables.scenario.compliance.power_shift
    if spec is None:
        return None
    p = tables.world.value(spec.probability)
    destroyed = tables.world.value(spec.destroyed)
    later = np.clip(p + _change(tables), 0.0, 1.0)
    if spec.discount is not None:
        rising = declining = tables.world.value(spec.discount)
    else:
        rising = float(annual_discount[tables.parties.index(spec.rising)])
        declining = float(annual_discount[tables.parties.index(spec.declining)])
    left = np.stack([rising * later - p, declining * (1.0 - later) - (1.0 - p)], axis=1)
    limit = np.inf if destroyed >= 1 else destroyed / (1.0 - destroyed)
    return read_only(left), float(limit)


@dataclass(frozen=True, eq=False)
class PowerPath:
    r"""How war's worth moves with power in peace.

    War that destroys a share κ is worth :math:`(1 - κ) [worst_i + p (best_i - worst_i)]` to the rising party,
    best and worst its utilities of the end states of war (1 and 0 where the scenario names none). After t years
    p has moved to :math:`\min(1, \max(0, p + Δ(a) t))`, and its worth of war with it; the declining party's the
    other way.

    Attributes
    ----------
    probability : float
        p at signature.
    change : ndarray of float64, shape (n_agreements,)
        Δ(a) a year.
    stake : ndarray of float64, shape (n_parties,)
        (1 − κ)(best − worst), negative for the declining party, 0 for all others; in units of 1e-9.
    worst, best : ndarray of float64, shape (n_parties,)
        The end states of war, in units of 1e-9.

    Examples
    --------
    Hill's chance in war rises by 0.12 a year without a guard, and war destroys a quarter: 0.75 · 0.12 in a year, and
    after five years no more than the half that its chance lacked.

    >>> import sim
    >>> two = sim.read_scenario("scenarios/tutorial-two-by-two/scenario.yaml")
    >>> shift = {"rising": "hill", "declining": "vale", "probability": 0.5, "destroyed": 0.25}
    >>> shift["change_by"] = {"guard": {"absent": 0.12}}
    >>> power = sim.Terms.of(sim.with_settings(two, {"compliance.power_shift": shift})).power
    >>> (power.gained(1)[[0, 2]] / 1e9).round(3).tolist(), (power.gained(5)[0] / 1e9).round(3).tolist()
    ([[0.09, -0.09], [0.0, -0.0]], [0.375, -0.375])
    """

    probability: float
    change: Floats = field(repr=False)
    stake: Floats
    worst: Floats
    best: Floats

    @classmethod
    def of(cls, tables: OptionTables, whole: Payoffs) -> PowerPath:
        """Read the path of power of a world.

        Parameters
        ----------
        tables : OptionTables
        whole : Payoffs
            Of all agreements.

        Returns
        -------
        PowerPath
            Power that does not move, where the scenario gives no power shift.
        """
        spec, n = tables.scenario.compliance.power_shift, len(tables.parties)
        worst, best, stake = np.zeros(n), np.full(n, float(SCALE)), np.zeros(n)
        if spec is None:
            return cls(0.5, np.zeros(tables.space.n_agreements), stake, worst, best)
        states = list(whole.frame.end_states.values())
        if states:
            worst = whole.utility[states].min(axis=0).astype(np.float64)
            best = whole.utility[states].max(axis=0).astype(np.float64)
        left = 1.0 - tables.world.value(spec.destroyed)
        for party, sign in ((spec.rising, 1.0), (spec.declining, -1.0)):
            column = tables.parties.index(party)
            stake[column] = sign * left * (best[column] - worst[column])
        return cls(tables.world.value(spec.probability), _change(tables), stake, worst, best)

    def gained(self, years: Floats | float) -> Floats:
        """Return what war has gained after some years of peace.

        Parameters
        ----------
        years : float, or ndarray of float64, shape (n, 1)

        Returns
        -------
        ndarray of float64, shape (n_agreements, n_parties) or (n, n_agreements, n_parties)
            In units of 1e-9.
        """
        moved = power_at(self.probability, self.change, years) - self.probability
        return np.asarray(moved[..., None] * self.stake)
