"""What an agreement is worth to those who foresee what follows (``anticipation: subgame-perfect``).

A violator gets max(V^C, V^D). If some violator would defect, everyone else gets
(1 − δ^L) ℓ + δ^L [Q w^R + (1 − Q) w^N] in the role of victim, ℓ its utility at the agreement the violation
leads to (the one signed where that is a renewed attack). Where two would defect, each is also the
other's victim, and everyone gets the worst of what that comes to.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from sim.after.formulas import Levels, rounded

__all__ = ["anticipated_worth"]


def anticipated_worth(
    keeps: Levels,
    betrays: Levels,
    breaks: NDArray[np.bool_],
    blow: Callable[[int, NDArray[np.intp]], NDArray[np.float64]],
) -> Levels:
    """Return the anticipated worth of every agreement to every party.

    Parameters
    ----------
    keeps, betrays : ndarray of int64, shape (n_agreements, n_parties)
        V^C and V^D, seen from signature.
    breaks : ndarray of bool, shape (n_agreements, n_parties)
        Which violator breaks which agreement, now or later.
    blow : callable
        Of a violator's column and n agreements that it breaks: what that is worth to every party in the role
        of the victim, shape (n, n_parties).

    Returns
    -------
    ndarray of int64, shape (n_agreements, n_parties)

    Examples
    --------
    The first party would break the second of two agreements, which leaves the other party 3 instead of 9:

    >>> keeps, betrays = np.array([[5, 5], [2, 9]]), np.array([[4, 0], [4, 0]])
    >>> attack = lambda column, rows: np.full((len(rows), 2), 3.0)
    >>> anticipated_worth(keeps, betrays, np.array([[False, False], [True, False]]), attack).tolist()
    [[5, 5], [4, 3]]
    """
    kept = np.where(breaks, betrays, keeps)
    worth = kept.copy()
    untouched = np.ones(worth.shape, dtype=np.bool_)
    for column in np.flatnonzero(breaks.any(axis=0)):
        rows = np.flatnonzero(breaks[:, column])
        suffered = rounded(blow(int(column), rows))
        suffered[:, column] = kept[rows, column]
        # A bystander's first blow replaces u; a violator starts from V^D; a second blow can only be worse.
        first = untouched[rows] & ~breaks[rows]
        worth[rows] = np.where(first, suffered, np.minimum(worth[rows], suffered))
        untouched[rows] = False
    return worth
