r"""The formulas of the time after signing, each once, as plain functions of arrays.

All arrays of one call broadcast together. Levels are on a party's own scale, in whatever unit the caller has
(`Terms` passes integers of 1e-9, worked in floating point and rounded once by `rounded`); probabilities and
discount factors lie between 0 and 1; :math:`\delta^L` is the discount over the response lag.

References
----------
Fearon, J. (1995). Rationalist explanations for war. *International Organization* 49(3), 379–414.
Powell, R. (2006). War as a commitment problem. *International Organization* 60(1), 169–203.
Leeds, B. A. (2003). Alliance reliability in times of war. *International Organization* 57(4), 801–827.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = [
    "benefit_of_honouring",
    "critical_reliability",
    "derived_reliability",
    "honours",
    "keeps_between",
    "power_at",
    "reckoned_reliability",
    "rounded",
    "staying_power",
    "value_of_an_answer",
    "value_of_defection",
    "value_of_waiting",
    "war_as_power_moves",
    "whole_months",
]

Floats = npt.NDArray[np.float64]
Levels = npt.NDArray[np.int64]
#: What a formula takes: numbers or arrays of them.
Numbers = npt.NDArray[np.float64] | npt.NDArray[np.int64] | float


def rounded(level: Numbers) -> Levels:
    """Round levels in units of 1e-9 to whole units, half to even; every comparison after that is exact.

    Parameters
    ----------
    level : array_like

    Examples
    --------
    >>> rounded(np.array([1.5, 2.5])).tolist()
    [2, 2]
    """
    return np.asarray(np.rint(level), dtype=np.int64)


def whole_months(lag: Numbers) -> Levels:
    """Return a lag in whole months, at least one: what the monthly model can tell apart.

    Parameters
    ----------
    lag : array_like
        Months.

    Examples
    --------
    >>> whole_months(np.array([0.0, 1.0, 2.3])).tolist()
    [1, 1, 3]
    """
    return np.maximum(1, np.ceil(lag)).astype(np.int64)


def value_of_defection(
    level: Numbers, late: Numbers, reliability: Numbers, answered: Numbers, unanswered: Numbers
) -> Floats:
    r"""Return :math:`V^D = (1 - \delta^L) g + \delta^L [Q V^{ans} + (1 - Q) w^N]`, what violating is worth.

    Parameters
    ----------
    level : array_like
        g, the violator's level until the response.
    late : array_like
        :math:`\delta^L`.
    reliability : array_like
        Q, the probability that guarantors act.
    answered : array_like
        :math:`V^{ans}`, what comes of it where they act (`value_of_an_answer`).
    unanswered : array_like
        :math:`w^N`, war without them.

    Returns
    -------
    ndarray of float64

    Examples
    --------
    >>> value_of_defection(1.0, 0.5, np.array([0.0, 1.0]), 0.2, 0.6).tolist()
    [0.8, 0.6]
    """
    war = reliability * answered + (1.0 - reliability) * unanswered
    return np.asarray((1.0 - late) * level + late * war)


def value_of_an_answer(
    answered: Numbers, keeps: Numbers, late: Numbers, cost: Numbers, returns: npt.ArrayLike
) -> Floats:
    r"""Return :math:`V^{ans} = (1 - \delta^R) w^R + \delta^R (u - c)` where the agreement returns, else :math:`w^R`.

    A violation that is answered means R months of war with the guarantors in it. Then the agreement returns if all
    belligerents prefer it; otherwise that war stays.

    Parameters
    ----------
    answered : array_like
        :math:`w^R`.
    keeps : array_like
        u, the agreement that returns.
    late : array_like
        :math:`\delta^R`, the discount over the months of the repair.
    cost : array_like
        c, what being taken back costs, as a level for good; 0 for a victim.
    returns : array_like of bool
        Whether it returns.

    Examples
    --------
    >>> value_of_an_answer(0.2, 0.7, 0.5, 0.1, np.array([True, False])).round(3).tolist()
    [0.4, 0.2]
    """
    return np.asarray(answered + np.where(returns, late * (keeps - cost - answered), 0.0))


def value_of_waiting(level: Numbers, late: Numbers, then: Numbers) -> Floats:
    r"""Return :math:`(1 - \delta^m) u + \delta^m V`, the worth of a level for m months and of what comes then.

    Parameters
    ----------
    level : array_like
        u.
    late : array_like
        :math:`\delta^m`.
    then : array_like
        V, the worth of what comes after as if it came now.

    Examples
    --------
    >>> value_of_waiting(0.5, np.array([1.0, 0.5]), 0.9).tolist()
    [0.9, 0.7]
    """
    return np.asarray((1.0 - late) * np.asarray(level) + late * np.asarray(then))


def critical_reliability(
    keeps: Numbers, level: Numbers, late: Numbers, answered: Numbers, unanswered: Numbers
) -> Floats:
    r"""Return :math:`Q^* = [(1-\delta^L) g + \delta^L w^N - u] / [\delta^L (w^N - V^{ans})]`.

    A violator that an answer hurts keeps the agreement iff :math:`Q \ge Q^*`, where its
    `value_of_defection` is u.

    Parameters
    ----------
    keeps : array_like
        u, what keeping is worth.
    level, late, answered, unanswered : array_like
        As in `value_of_defection`.

    Returns
    -------
    ndarray of float64
        Unbounded; NaN where an answer does not hurt.

    Examples
    --------
    >>> critical_reliability(0.7, 1.0, 0.5, np.array([0.2, 0.6]), 0.6).round(3).tolist()
    [0.5, nan]
    """
    gain = np.asarray((1.0 - late) * level + late * unanswered - keeps)
    hurt = np.asarray(late * (unanswered - answered))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(hurt > 0, gain / hurt, np.nan)


def keeps_between(keeps: Levels, never: Levels, always: Levels, critical: Floats) -> tuple[Floats, Floats]:
    """Return the reliabilities at which a violator keeps an agreement.

    Parameters
    ----------
    keeps : ndarray of int64
        u.
    never, always : ndarray of int64
        `value_of_defection` at Q = 0 and at Q = 1, rounded.
    critical : ndarray of float64
        `critical_reliability`.

    Returns
    -------
    low, high : ndarray of float64
        Within [0, 1]; both NaN where no reliability suffices. Where an answer helps the violator, it keeps the
        agreement up to some reliability.

    Examples
    --------
    An answer hurts the first violator and helps the second, which prefers the agreement to an unanswered war:

    >>> low, high = keeps_between(
    ...     np.array([7, 7]), np.array([8, 6]), np.array([6, 8]), np.array([0.5, np.nan])
    ... )
    >>> low.tolist(), high.tolist()
    ([0.5, 0.0], [1.0, 0.5])
    """
    helped = np.isnan(critical)
    at_none, at_all = never <= keeps, always <= keeps
    low = np.where(helped, np.where(at_none, 0.0, np.nan), np.maximum(critical, 0.0))
    high = np.where(helped, np.where(at_all, 1.0, np.nan), 1.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        limit = (keeps - never.astype(np.float64)) / (always - never.astype(np.float64))
    high = np.where(helped & at_none & ~at_all, limit, high)
    none = (critical > 1) | np.isnan(low)
    return np.where(none, np.nan, low), np.where(none, np.nan, high)


def derived_reliability(act: Numbers, veto: npt.ArrayLike, protected: npt.ArrayLike) -> Floats:
    """Return Q derived, the probability that guarantors act against a violator.

    Parameters
    ----------
    act : array_like
        Probability that the response comes, vetoes aside.
    veto : array_like of bool
        Whether a violator that guarantors do not protect can stop it.
    protected : array_like of bool
        Whether they protect the violator: then acting is withholding support, which is free, and certain.

    Examples
    --------
    >>> derived_reliability(0.6, np.array([False, True, True]), np.array([False, False, True])).tolist()
    [0.6, 0.0, 1.0]
    """
    return np.where(protected, 1.0, np.where(veto, 0.0, act))


def reckoned_reliability(assumed: Numbers, derived: Numbers, effect: Numbers) -> Floats:
    """Return the Q violators reckon with: the smaller of assumed and derived, times the deterrence effect.

    Parameters
    ----------
    assumed : array_like
        Q as the record of past guarantees suggests.
    derived : array_like
        Q as guarantors' own decisions give it.
    effect : array_like

    Returns
    -------
    ndarray of float64
        At most 1.

    Examples
    --------
    >>> reckoned_reliability(0.5, np.array([0.25, 0.75]), 1.5).tolist()
    [0.375, 0.75]
    """
    return np.asarray(np.minimum(effect * np.minimum(assumed, derived), 1.0))


def honours(stake: Numbers, effect: Numbers, penalty: Numbers, cost: Numbers) -> npt.NDArray[np.bool_]:
    """Return whether a guarantor honours its promise: stake × effect + penalty ≥ cost.

    Parameters
    ----------
    stake : array_like
        What a saved victim is worth to it.
    effect : array_like
        What its joining changes in the probability that the response suffices.
    penalty : array_like
        What reneging costs it.
    cost : array_like
        Of answering.

    Examples
    --------
    >>> honours(0.5, 0.5, 0.25, np.array([0.5, 0.75])).tolist()
    [True, False]
    """
    return np.asarray(benefit_of_honouring(stake, effect, penalty) >= cost)


def benefit_of_honouring(stake: Numbers, effect: Numbers, penalty: Numbers) -> Floats:
    """Return stake × effect + penalty, the largest cost at which a guarantor honours its promise.

    Parameters
    ----------
    stake, effect, penalty : array_like
        As in `honours`.

    Returns
    -------
    ndarray of float64

    Examples
    --------
    >>> benefit_of_honouring(0.5, np.array([0.0, 0.5]), 0.25).tolist()
    [0.25, 0.5]
    """
    return np.asarray(stake * effect + penalty)


def staying_power(drift: Floats, months: int) -> Floats:
    """Return what is left of guarantors' stake and penalty, month by month: (1 + drift) to the years gone by.

    Parameters
    ----------
    drift : ndarray of float64, shape (n,)
        Change per year, as a share.
    months : int

    Returns
    -------
    ndarray of float64, shape (months, n)
        1 in the first month, never negative.

    Examples
    --------
    >>> staying_power(np.array([-0.19]), 13)[[0, 12]].round(3).tolist()
    [[1.0], [0.81]]
    """
    years = np.arange(months)[:, None] / 12.0
    return np.asarray(np.maximum(1.0 + drift, 0.0)[None, :] ** years)


def power_at(probability: Numbers, change: Numbers, years: Numbers) -> Floats:
    """Return the chance to prevail after some years of peace: it moves by a constant change, and stays in [0, 1].

    Parameters
    ----------
    probability : array_like
        p at signature.
    change : array_like
        A year.
    years : array_like

    Examples
    --------
    >>> power_at(0.5, 0.25, np.arange(4)).tolist()
    [0.5, 0.75, 1.0, 1.0]
    """
    return np.clip(probability + change * np.asarray(years, dtype=np.float64), 0.0, 1.0)


def war_as_power_moves(level: Numbers, gained: Numbers, worst: Numbers, best: Numbers) -> Floats:
    """Return what war is worth once power has moved: a lottery over end states, never better than the best.

    Parameters
    ----------
    level : array_like
        At signature.
    gained : array_like
        What the move of power adds to it.
    worst, best : array_like
        Of the end states. A level beyond them at signature stands as it was stated, and power moves it no further.

    Examples
    --------
    >>> war_as_power_moves(0.5, np.array([-0.6, 0.1, 0.6]), 0.0, 0.9).tolist()
    [0.0, 0.6, 0.9]
    """
    return np.clip(np.asarray(level) + gained, np.minimum(level, worst), np.maximum(level, best))
