"""Numbers that are drawn when the guarantee is called: costs of answering, capability required.

They stay distributions in a world, because nobody knows them before.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.domain.uncertain import values_at_quantiles

__all__ = ["CrisisNumbers"]


@dataclass(frozen=True, eq=False)
class CrisisNumbers:
    """Numbers drawn when the guarantee is called, as arrays of their distributions.

    Attributes
    ----------
    low, mode, high : ndarray of float64, all of one shape
    dist : ndarray of int8
        Places in ``DISTRIBUTIONS``.
    """

    low: NDArray[np.float64]
    mode: NDArray[np.float64]
    high: NDArray[np.float64]
    dist: NDArray[np.int8]

    @property
    def mean(self) -> NDArray[np.float64]:
        """The means, of the shape of the numbers.

        Examples
        --------
        >>> CrisisNumbers(np.zeros(1), np.zeros(1), np.full(1, 0.3), np.zeros(1, np.int8)).mean.round(3)
        array([0.1])
        """
        flat = (self.low + self.high) / 2
        peaked = (self.low + self.mode + self.high) / 3
        pert = (self.low + 4 * self.mode + self.high) / 6
        return np.choose(self.dist, [peaked, flat, pert])

    def at_most(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return P(X ≤ x).

        Parameters
        ----------
        x : ndarray of float64
            Of the shape of the numbers, with or without further axes at the end.

        Returns
        -------
        ndarray of float64, the shape of ``x``

        Examples
        --------
        >>> half = CrisisNumbers(np.zeros(1), np.full(1, 0.5), np.ones(1), np.zeros(1, np.int8))
        >>> half.at_most(np.array([[0.25, 0.5, 2.0]])).tolist()
        [[0.125, 0.5, 1.0]]
        """
        extra = (slice(None),) * self.low.ndim + (None,) * (x.ndim - self.low.ndim)
        low, mode, high, dist = self.low[extra], self.mode[extra], self.high[extra], self.dist[extra]
        point = low == high
        width = np.where(point, 1.0, high - low)
        y = np.clip(x, low, high)
        with np.errstate(divide="ignore", invalid="ignore"):
            rising = np.where(mode > low, (y - low) ** 2 / (width * (mode - low)), 0.0)
            falling = np.where(high > mode, 1 - (high - y) ** 2 / (width * (high - mode)), 1.0)
        chance = np.where((y < mode), rising, falling)
        chance = np.where(dist == 1, (y - low) / width, chance)
        if (dist == 2).any():
            from scipy.special import betainc

            alpha, beta = 1 + 4 * (mode - low) / width, 1 + 4 * (high - mode) / width
            chance = np.where(dist == 2, betainc(alpha, beta, (y - low) / width), chance)
        return np.where(point, (x >= low).astype(np.float64), chance)

    def at_quantile(self, quantile: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the numbers at given quantiles.

        Parameters
        ----------
        quantile : ndarray of float64, of the shape of the numbers
            Between 0 and 1.

        Returns
        -------
        ndarray of float64, of the same shape

        Examples
        --------
        >>> half = CrisisNumbers(np.zeros(1), np.full(1, 0.5), np.ones(1), np.zeros(1, np.int8))
        >>> half.at_quantile(np.array([0.125])).tolist()
        [0.25]
        """
        return values_at_quantiles(self.mode, self.low, self.high, self.dist, quantile)

    def rows(self, groups: NDArray[np.int64]) -> CrisisNumbers:
        """Return the numbers of some groups, in the order given; a group may come up several times.

        Parameters
        ----------
        groups : ndarray of int64, shape (n,)

        Returns
        -------
        CrisisNumbers
        """
        return CrisisNumbers(self.low[groups], self.mode[groups], self.high[groups], self.dist[groups])

    def column(self, k: int | NDArray[np.int64]) -> CrisisNumbers:
        """Return one column of two-dimensional numbers, the same for every row or one a row."""
        rows = np.arange(len(self.low))
        return CrisisNumbers(self.low[rows, k], self.mode[rows, k], self.high[rows, k], self.dist[rows, k])
