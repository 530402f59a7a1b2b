"""Harrell's C: how often the agreement predicted to last longer did.

Of n cases with times t and, for each, whether its end was seen, a pair is *comparable* iff the shorter
of the two was seen to end (with equal times: iff exactly one was; that one is the shorter). It is
*concordant* iff the shorter has the lower prediction; equal predictions count one half.

C = (concordant + tied / 2) / comparable.

References
----------
Harrell, Califf, Pryor, Lee & Rosati 1982, JAMA 247(18). Harrell, Lee & Mark 1996, Statistics in
Medicine 15(4), section 5.5.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sim.domain.streams import Purpose, stream

__all__ = ["Concordance", "bootstrap_interval", "concordance"]


@dataclass(frozen=True)
class Concordance:
    """Pairs counted, exactly.

    Attributes
    ----------
    concordant, tied, comparable : int
    """

    concordant: int
    tied: int
    comparable: int

    @property
    def c(self) -> float | None:
        """Harrell's C; None where no pair can be compared."""
        return None if self.comparable == 0 else (self.concordant + self.tied / 2) / self.comparable


def _pairs(
    predicted: NDArray[np.float64], months: NDArray[np.float64], ended: NDArray[np.bool_]
) -> tuple[NDArray[np.bool_], NDArray[np.bool_], NDArray[np.bool_]]:
    """Return which (shorter, longer) pairs are comparable, concordant, tied; each of shape (n, n)."""
    before = (months[:, None] < months[None, :]) | ((months[:, None] == months[None, :]) & ~ended[None, :])
    comparable = ended[:, None] & before
    np.fill_diagonal(comparable, False)
    concordant = comparable & (predicted[:, None] < predicted[None, :])
    tied = comparable & (predicted[:, None] == predicted[None, :])
    return comparable, concordant, tied


def concordance(predicted: ArrayLike, months: ArrayLike, ended: ArrayLike) -> Concordance:
    """Count concordant pairs.

    Parameters
    ----------
    predicted : array of float, shape (n,)
        Higher means predicted to last longer.
    months : array of float, shape (n,)
        How long each lasted, or was seen to last.
    ended : array of bool, shape (n,)
        Whether its end was seen; if not, it is censored.

    Returns
    -------
    Concordance

    Examples
    --------
    >>> concordance([1, 2, 3], [5, 9, 7], [True, False, True]).c
    0.6666666666666666
    """
    comparable, concordant, tied = _pairs(
        np.asarray(predicted, dtype=np.float64),
        np.asarray(months, dtype=np.float64),
        np.asarray(ended, dtype=np.bool_),
    )
    return Concordance(int(concordant.sum()), int(tied.sum()), int(comparable.sum()))


def bootstrap_interval(
    predicted: ArrayLike,
    months: ArrayLike,
    ended: ArrayLike,
    *,
    seed: int = 0,
    draws: int = 10_000,
    level: float = 0.95,
) -> tuple[float, float] | None:
    """Return the percentile interval of C when cases are drawn again with replacement.

    Parameters
    ----------
    predicted, months, ended
        As in `concordance`.
    seed : int
    draws : int
        Draws without a comparable pair are left out.
    level : float
        Coverage.

    Returns
    -------
    (float, float) or None
        None where no draw has a comparable pair.

    References
    ----------
    Efron & Tibshirani 1993, *An Introduction to the Bootstrap*, section 13.3.

    Examples
    --------
    >>> bootstrap_interval([1, 2, 3], [5, 7, 9], [True, True, False], draws=100)
    (1.0, 1.0)
    """
    months_ = np.asarray(months, dtype=np.float64)
    n = len(months_)
    if n == 0:
        return None
    comparable, concordant, tied = _pairs(
        np.asarray(predicted, dtype=np.float64), months_, np.asarray(ended, dtype=np.bool_)
    )
    score = concordant + 0.5 * tied
    picks = stream(seed, Purpose.BOOTSTRAP).integers(0, n, size=(draws, n))
    # Case j drawn c_j times makes c_i c_j pairs of i and j; a case is never paired with itself.
    count = np.zeros((draws, n))
    np.add.at(count, (np.arange(draws)[:, None], picks), 1.0)
    below = np.einsum("di,ij,dj->d", count, comparable.astype(np.float64), count, optimize=True)
    above = np.einsum("di,ij,dj->d", count, score, count, optimize=True)
    c = above[below > 0] / below[below > 0]
    if not c.size:
        return None
    low, high = np.quantile(c, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)
