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

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sim.domain.streams import Purpose, stream

__all__ = ["Concordance", "bootstrap_interval", "concordance", "pairs"]


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


def pairs(
    predicted: ArrayLike, months: ArrayLike, ended: ArrayLike
) -> tuple[NDArray[np.bool_], NDArray[np.bool_], NDArray[np.bool_]]:
    """Return which (shorter, longer) pairs are comparable, concordant and tied.

    Parameters
    ----------
    predicted, months, ended
        As in `concordance`.

    Returns
    -------
    (ndarray of bool, ndarray of bool, ndarray of bool), each of shape (n, n)
        Row i is the one that ended sooner.

    Examples
    --------
    >>> comparable, concordant, tied = pairs([1, 2], [5, 9], [True, False])
    >>> comparable.tolist(), concordant.tolist()
    ([[False, True], [False, False]], [[False, True], [False, False]])
    """
    predicted = np.asarray(predicted, dtype=np.float64)
    months = np.asarray(months, dtype=np.float64)
    ended = np.asarray(ended, dtype=np.bool_)
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
    comparable, concordant, tied = pairs(predicted, months, ended)
    return Concordance(int(concordant.sum()), int(tied.sum()), int(comparable.sum()))


def bootstrap_interval(
    predicted: ArrayLike,
    months: ArrayLike,
    ended: ArrayLike,
    *,
    seed: int = 0,
    draws: int = 10_000,
    groups: Sequence[str] | None = None,
) -> tuple[float, float] | None:
    """Return the 95 % percentile interval of C when cases, or groups of them, are drawn again with replacement.

    Parameters
    ----------
    predicted, months, ended
        As in `concordance`.
    seed : int
    draws : int
        Draws without a comparable pair are left out.
    groups : sequence of str, optional
        What each case belongs to: then groups are drawn again, with all their cases.

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
    names, group = np.unique(np.arange(np.size(months)) if groups is None else np.asarray(groups), return_inverse=True)
    n = len(names)
    if n == 0:
        return None
    comparable, concordant, tied = pairs(predicted, months, ended)
    # Pairs by group of the sooner and group of the later; without groups every case is its own.
    member = (group[:, None] == np.arange(n)).astype(np.float64)
    possible = member.T @ comparable @ member
    right = member.T @ (concordant + 0.5 * tied) @ member
    picks = stream(seed, Purpose.BOOTSTRAP).integers(0, n, size=(draws, n))
    # Group g drawn c_g times makes c_g c_h pairs of each pair of g and h; a case is never paired with itself.
    count = np.zeros((draws, n))
    np.add.at(count, (np.arange(draws)[:, None], picks), 1.0)
    below = ((count @ possible) * count).sum(axis=1)
    above = ((count @ right) * count).sum(axis=1)
    c = above[below > 0] / below[below > 0]
    if not c.size:
        return None
    low, high = np.quantile(c, [0.025, 0.975])
    return float(low), float(high)
