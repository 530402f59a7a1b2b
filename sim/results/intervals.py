"""Intervals for shares, differences and means.

Which interval is right depends on what is independent. *Worlds* are independent draws, so a share of
worlds gets Wilson's interval. Where each world is replicated, replications of one world are not
independent draws of the world, and the interval comes from a bootstrap over worlds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sim.domain.shares import wilson_ends
from sim.domain.streams import Purpose, stream
from sim.errors import ResultError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

#: Worlds from which the bootstrap is given up for its limit.
MANY_WORLDS = 1000

__all__ = [
    "Interval",
    "bootstrap_by_world",
    "holm",
    "mean_of_totals",
    "newcombe",
    "newcombe_paired",
    "share_by_world",
    "share_of_rows",
    "share_of_totals",
    "wilson",
]


@dataclass(frozen=True)
class Interval:
    """An estimate and the interval around it.

    Parameters
    ----------
    estimate, low, high : float
        In the unit of the estimate.
    method : str
        How the interval was made.
    """

    estimate: float
    low: float
    high: float
    method: str

    @property
    def half_width(self) -> float:
        """Half the interval's width."""
        return (self.high - self.low) / 2


def wilson(successes: int, n: int, confidence: float = 0.95) -> Interval:
    """Wilson's score interval for a share of independent draws.

    Parameters
    ----------
    successes, n : int
        How many of how many.
    confidence : float
        Such as 0.95.

    Returns
    -------
    Interval
        For ``n = 0`` the estimate is NaN and the interval all of [0, 1].

    References
    ----------
    Wilson, E. B. (1927), Probable inference, the law of succession, and statistical inference.

    Examples
    --------
    >>> share = wilson(8, 10)
    >>> round(share.low, 3), round(share.high, 3)
    (0.49, 0.943)
    """
    if n == 0:
        return Interval(float("nan"), 0.0, 1.0, "wilson")
    share = successes / n
    low, high = wilson_ends(np.array(share), n, confidence)
    return Interval(share, float(low), float(high), "wilson")


def newcombe(first: tuple[int, int], second: tuple[int, int]) -> Interval:
    """Newcombe's 95 % interval for the difference of two shares of *independent* samples.

    Parameters
    ----------
    first, second : tuple of int
        Successes and size of each sample.

    Returns
    -------
    Interval
        Of ``second − first``.

    References
    ----------
    Newcombe, R. G. (1998), Interval estimation for the difference between independent proportions:
    comparison of eleven methods, Statistics in Medicine 17, method 10.

    Examples
    --------
    Newcombe's first example, 56/70 against 48/80, gives 0.0524 to 0.3339.

    >>> d = newcombe((48, 80), (56, 70))
    >>> round(d.low, 4), round(d.high, 4)
    (0.0524, 0.3339)
    """
    from statsmodels.stats.proportion import confint_proportions_2indep

    low, high = confint_proportions_2indep(
        second[0], second[1], first[0], first[1], compare="diff", method="newcomb", alpha=0.05
    )
    return Interval(second[0] / second[1] - first[0] / first[1], float(low), float(high), "newcombe")


def newcombe_paired(both: int, first_only: int, second_only: int, neither: int) -> Interval:
    """Newcombe's 95 % interval for the difference of two shares of the *same* draws.

    Unlike a bootstrap it does not take a change that all pairs, or none, show for certain: few pairs that
    disagree leave a wide interval.

    Parameters
    ----------
    both, first_only, second_only, neither : int
        Pairs in which both are yes, only the first, only the second, none of them.

    Returns
    -------
    Interval
        Of ``second − first``.

    References
    ----------
    Newcombe, R. G. (1998), Improved confidence intervals for the difference between binomial proportions
    based on paired data, Statistics in Medicine 17, method 10.

    Examples
    --------
    >>> d = newcombe_paired(0, 20, 0, 0)
    >>> round(d.estimate, 3), round(d.low, 3), round(d.high, 3)
    (-1.0, -1.0, -0.772)
    """
    n = both + first_only + second_only + neither
    first, second = wilson(both + first_only, n), wilson(both + second_only, n)
    if n == 0:
        return Interval(float("nan"), -1.0, 1.0, "newcombe, paired")
    agreement = both * neither - first_only * second_only
    # A continuity correction, where the pairs agree more than they disagree.
    corrected = max(agreement - n / 2, 0.0) if agreement > 0 else float(agreement)
    margins = (both + first_only) * (second_only + neither) * (both + second_only) * (first_only + neither)
    correlation = corrected / float(np.sqrt(margins)) if margins else 0.0
    estimate = (second_only - first_only) / n

    def reach(one: float, other: float) -> float:
        return float(np.sqrt(max(one**2 - 2 * correlation * one * other + other**2, 0.0)))

    down = reach(second.estimate - second.low, first.high - first.estimate)
    up = reach(second.high - second.estimate, first.estimate - first.low)
    return Interval(estimate, max(estimate - down, -1.0), min(estimate + up, 1.0), "newcombe, paired")


def bootstrap_by_world(
    values: ArrayLike, worlds: ArrayLike, *, confidence: float = 0.95, resamples: int = 2000, seed: int = 0
) -> Interval:
    """Interval for a mean of runs where the independent draws are the worlds.

    Parameters
    ----------
    values : array_like of float, shape (n,)
        One per run; yes/no counts as 1 and 0.
    worlds : array_like of int, shape (n,)
        The world of each run.
    confidence : float
        Such as 0.95.
    resamples : int
        Bootstrap resamples.
    seed : int
        Root seed of the resampling.

    Returns
    -------
    Interval
        BCa over worlds, or from more than 1,000 worlds, where the two agree, Student's t on the ratio of
        sums; where every world has the same mean, the interval is that point.

    References
    ----------
    Efron, B. (1987), Better bootstrap confidence intervals, JASA 82.

    Examples
    --------
    >>> i = bootstrap_by_world([1, 1, 0, 0, 1, 1], [0, 0, 1, 1, 2, 2])
    >>> round(i.estimate, 3), i.method
    (0.667, 'bootstrap by world')
    """
    numbers = np.asarray(values, dtype=float)
    keys = np.asarray(worlds)
    if numbers.size == 0:
        return Interval(float("nan"), float("nan"), float("nan"), "bootstrap by world")
    if not np.isfinite(numbers).all():
        raise ResultError("an interval of values with gaps; drop the failed runs first and say how many they are")
    _, where = np.unique(keys, return_inverse=True)
    totals = np.bincount(where, weights=numbers)
    counts = np.bincount(where)
    return mean_of_totals(totals, counts, confidence=confidence, resamples=resamples, seed=seed)


def mean_of_totals(
    totals: NDArray[np.float64],
    counts: NDArray[np.int64],
    *,
    confidence: float = 0.95,
    resamples: int = 2000,
    seed: int = 0,
) -> Interval:
    """Interval for a mean of runs, from what each world came to: Σtotals/Σcounts under resampling of worlds.

    Parameters
    ----------
    totals : ndarray of float64, shape (n_worlds,)
        Sum of the values of each world.
    counts : ndarray of int64, shape (n_worlds,)
        How many values each has; at least one.
    confidence, resamples, seed
        As in `bootstrap_by_world`.

    Returns
    -------
    Interval
        As `bootstrap_by_world` gives.

    Examples
    --------
    >>> round(mean_of_totals(np.array([2.0, 0.0, 2.0]), np.array([2, 2, 2])).estimate, 3)
    0.667
    """
    from scipy.stats import bootstrap, norm

    estimate = float(totals.sum() / counts.sum())
    n = len(totals)
    if n < 2:
        return Interval(estimate, float("nan"), float("nan"), "bootstrap by world")
    leave_one_out = (totals.sum() - totals) / (counts.sum() - counts)
    if np.ptp(leave_one_out) == 0:
        return Interval(estimate, estimate, estimate, "bootstrap by world")
    if n > MANY_WORLDS:
        error = float(np.sqrt(n * ((totals - estimate * counts) ** 2).sum() / (n - 1)) / counts.sum())
        half = float(norm.ppf((1 + confidence) / 2)) * error
        return Interval(estimate, estimate - half, estimate + half, "t over worlds")
    found = bootstrap(
        (totals, counts),
        lambda total, count, axis: total.sum(axis=axis) / count.sum(axis=axis),
        paired=True,
        n_resamples=resamples,
        confidence_level=confidence,
        method="BCa",
        rng=stream(seed, Purpose.BOOTSTRAP),
    ).confidence_interval
    return Interval(estimate, float(found.low), float(found.high), "bootstrap by world")


def share_of_rows(
    yes: ArrayLike, worlds: ArrayLike | None = None, *, confidence: float = 0.95, seed: int = 0
) -> Interval:
    """Interval for a share, of the kind the data allow.

    Parameters
    ----------
    yes : array_like of bool, shape (n,)
        Whether each run counts.
    worlds : array_like of int, shape (n,), optional
        The world of each run; None where all runs are independent.
    confidence : float
        Such as 0.95.
    seed : int
        Root seed of a bootstrap.

    Returns
    -------
    Interval
        Wilson's where no world repeats, `share_by_world` otherwise.

    Examples
    --------
    >>> share_of_rows([True, False, True]).method
    'wilson'
    >>> share_of_rows([True, False, True, True], [0, 0, 1, 1]).method
    'bootstrap by world'
    """
    flags = np.asarray(yes, dtype=bool)
    if worlds is None or len(np.unique(np.asarray(worlds))) in {1, len(flags)}:
        return wilson(int(flags.sum()), len(flags), confidence)
    return share_by_world(flags, worlds, confidence=confidence, seed=seed)


def share_by_world(yes: ArrayLike, worlds: ArrayLike, *, confidence: float = 0.95, seed: int = 0) -> Interval:
    """Interval for a share of runs where the independent draws are the worlds.

    Parameters
    ----------
    yes : array_like of bool, shape (n,)
        Whether each run counts.
    worlds : array_like of int, shape (n,)
        The world of each run.
    confidence : float
        Such as 0.95.
    seed : int
        Root seed of a bootstrap.

    Returns
    -------
    Interval
        A bootstrap over worlds. Where all n worlds have the same share s, a bootstrap would call it certain;
        then at most a share d of further worlds is another, d being the upper end of Wilson's interval for none
        of n, and the interval is s − d·s to s + d·(1 − s).

    Examples
    --------
    >>> none = share_by_world([False] * 6, [0, 0, 1, 1, 2, 2])
    >>> none.low, round(none.high, 3)
    (0.0, 0.561)
    """
    flags = np.asarray(yes, dtype=float)
    if flags.size == 0:
        return bootstrap_by_world(flags, worlds, confidence=confidence, seed=seed)
    _, where = np.unique(np.asarray(worlds), return_inverse=True)
    return share_of_totals(np.bincount(where, weights=flags), np.bincount(where), confidence=confidence, seed=seed)


def share_of_totals(
    totals: NDArray[np.float64], counts: NDArray[np.int64], *, confidence: float = 0.95, seed: int = 0
) -> Interval:
    """Interval for a share of runs, from what each world came to.

    Parameters
    ----------
    totals : ndarray of float64, shape (n_worlds,)
        Runs of each world that count.
    counts : ndarray of int64, shape (n_worlds,)
        Runs of each world; at least one.
    confidence, seed
        As in `share_by_world`.

    Returns
    -------
    Interval
        As `share_by_world` gives.

    Examples
    --------
    >>> round(share_of_totals(np.zeros(3), np.array([2, 2, 2])).high, 3)
    0.561
    """
    found = mean_of_totals(totals, counts, confidence=confidence, seed=seed)
    if found.high > found.low:
        return found
    other = wilson(0, len(counts), confidence).high
    share = found.estimate
    return Interval(share, share - other * share, share + other * (1 - share), "wilson by world")


def holm(p_values: Sequence[float]) -> list[float]:
    """Adjust p-values for having asked several questions at once.

    Parameters
    ----------
    p_values : sequence of float
        Unadjusted; NaN where no test was possible, which stays NaN and does not count.

    Returns
    -------
    list of float
        Holm's adjusted values, in the given order.

    References
    ----------
    Holm, S. (1979), A simple sequentially rejective multiple test procedure.

    Examples
    --------
    >>> [round(p, 3) for p in holm([0.01, 0.04, float("nan"), 0.03])]
    [0.03, 0.06, nan, 0.06]
    """
    from statsmodels.stats.multitest import multipletests

    p = np.array(p_values, dtype=float)
    tested = ~np.isnan(p)
    if tested.any():
        p[tested] = multipletests(p[tested], method="holm")[1]
    return [float(value) for value in p]
