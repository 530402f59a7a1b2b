"""The weighted median: the position that no weighted majority would leave, on a line."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["weighted_median"]

#: Share of the total weight by which half of it may be missed through rounding.
_ROUNDING = 1e-12


def weighted_median(position: ArrayLike, weight: ArrayLike) -> NDArray[np.float64]:
    """Return the least position at which half of the weight is reached, Σ_{x_i ≤ x} w_i ≥ W/2.

    Parameters
    ----------
    position : array_like, shape (..., n)
        Where each actor stands.
    weight : array_like, shape (..., n)
        Capability times salience; not negative, and not all 0.

    Returns
    -------
    ndarray of float64, shape (...)

    References
    ----------
    Black, D. (1948), On the rationale of group decision-making, Journal of Political Economy 56.

    Examples
    --------
    >>> weighted_median([4, 7, 10], [1, 1, 2]), weighted_median([4, 7, 10], [1, 1, 2.1])
    (np.float64(7.0), np.float64(10.0))
    """
    x, w = np.broadcast_arrays(np.asarray(position, dtype=np.float64), np.asarray(weight, dtype=np.float64))
    order = np.argsort(x, axis=-1, kind="stable")
    reached = np.cumsum(np.take_along_axis(w, order, axis=-1), axis=-1)
    total = reached[..., -1:]
    place = np.argmax(reached >= total / 2 - _ROUNDING * total, axis=-1)[..., None]
    ordered = np.take_along_axis(x, order, axis=-1)
    return np.asarray(np.take_along_axis(ordered, place, axis=-1)[..., 0])[()]
