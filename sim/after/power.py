r"""Power shifting between the belligerents under an agreement: Powell's condition, and how far war drifts.

With p the chance that the rising party prevails, Δ(a) its change in a period under the terms, κ the share
that war destroys and δ the discount of a period, peace can hold against preventive war iff

.. math:: δ(p + Δ) - p \le κ / (1 - κ) \quad\text{and}\quad δ(1 - p - Δ) - (1 - p) \le κ / (1 - κ).

References
----------
Powell 2006, International Organization 60(1): 169–203.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.agreements.payoffs import SCALE, Payoffs
from sim.agreements.tables import OptionTables, read_only

__all__ = ["power_drift", "power_shift"]

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


def power_drift(tables: OptionTables, whole: Payoffs) -> Floats:
    r"""Return what war gains in a month of peace, in levels.

    War that destroys a share κ is worth :math:`(1 - κ) [worst_i + p (best_i - worst_i)]` to the rising party,
    best and worst its utilities of the end states of war (1 and 0 where the scenario names none); so a year
    that moves p by Δ(a) moves it by :math:`(1 - κ) Δ (best_i - worst_i)`, and the declining party's the other
    way.

    Parameters
    ----------
    tables : OptionTables
    whole : Payoffs
        Of all agreements.

    Returns
    -------
    ndarray of float64, shape (n_agreements, n_parties)
        0 for all others, and without a power shift.

    Examples
    --------
    Hill's chance in war rises by 0.12 a year without a guard, and war destroys a quarter: 0.75 · 0.12 / 12 a month.

    >>> import sim
    >>> two = sim.read_scenario("scenarios/tutorial-two-by-two/scenario.yaml")
    >>> shift = {"rising": "hill", "declining": "vale", "probability": 0.5, "destroyed": 0.25}
    >>> shift["change_by"] = {"guard": {"absent": 0.12}}
    >>> terms = sim.Terms.of(sim.with_settings(two, {"compliance.power_shift": shift}))
    >>> power_drift(terms.tables, terms.payoffs)[[0, 2]]
    array([[ 0.0075, -0.0075],
           [ 0.    , -0.    ]])
    """
    drift = np.zeros((tables.space.n_agreements, len(tables.parties)))
    spec = tables.scenario.compliance.power_shift
    if spec is not None:
        left = (1.0 - tables.world.value(spec.destroyed)) * _change(tables) / 12.0
        for party, sign in ((spec.rising, 1.0), (spec.declining, -1.0)):
            column = tables.parties.index(party)
            drift[:, column] = sign * left * _stake(whole, column)
    return read_only(drift)


def _stake(whole: Payoffs, column: int) -> float:
    """Return how far apart the end states of war are for a party; 1 where the scenario names none."""
    states = whole.scenario.no_deal.end_states.values()
    if not states:
        return 1.0
    worth = whole.utility[list(whole.frame.end_states.values()), column]
    return float(worth.max() - worth.min()) / SCALE
