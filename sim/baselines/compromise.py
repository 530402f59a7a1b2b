"""The compromise model: everybody pulls by weight."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["compromise"]


def compromise(position: ArrayLike, weight: ArrayLike) -> NDArray[np.float64]:
    """Return the weighted mean position, Σ w x / Σ w.

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
    Achen, C. H. (2006), Institutional realism and bargaining models, in Thomson, R. et al. (eds.), The European
    Union Decides, Cambridge University Press.

    Examples
    --------
    >>> compromise([0, 5, 10], [1, 1, 2])
    np.float64(6.25)
    """
    x, w = np.broadcast_arrays(np.asarray(position, dtype=np.float64), np.asarray(weight, dtype=np.float64))
    return np.asarray((w * x).sum(axis=-1) / w.sum(axis=-1))[()]
