"""The interval of a share of independent draws, below all that tell one: survival curves, runs and sweeps."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

__all__ = ["wilson_ends"]


def wilson_ends(
    share: NDArray[np.float64], n: int, confidence: float = 0.95
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give the ends of Wilson's intervals for many shares of ``n`` draws each.

    With p the share and z the normal quantile the ends are
    (p + z²/2n ± z √(p(1 − p)/n + z²/4n²)) / (1 + z²/n). The formula is written out here because every run prints
    shares, and importing statsmodels for it takes longer than the run.

    Parameters
    ----------
    share : ndarray of float64, shape (k,)
        Shares of draws that are yes.
    n : int
        Draws of each share; at least one.
    confidence : float
        Such as 0.95.

    Returns
    -------
    low, high : ndarray, shape (k,)
        Ends, in [0, 1].

    References
    ----------
    Wilson, E. B. (1927), Probable inference, the law of succession, and statistical inference.

    Examples
    --------
    >>> low, high = wilson_ends(np.array([0.0, 0.8]), 10)
    >>> low.round(3).tolist(), high.round(3).tolist()
    ([0.0, 0.49], [0.278, 0.943])
    """
    z = float(ndtri((1 + confidence) / 2))
    middle = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2)) / (1 + z**2 / n)
    # The formula leaves some 1e-15 where the end is exactly 0 or 1.
    return np.where(share == 0, 0.0, middle - half), np.where(share == 1, 1.0, middle + half)
