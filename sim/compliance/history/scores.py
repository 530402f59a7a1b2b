r"""How good predicted survival is: Brier score and calibration, where many were not watched to the end.

The *Brier score* at t months is the mean squared difference between the predicted S(t) and what was seen (1 still
held, 0 ended). Cases no longer watched at t tell nothing; the others are weighted by one over the chance of being
watched that long, :math:`1/G`, G the product-limit estimate of being watched:

.. math:: B(t) = \frac1n \sum_i \Bigl[ \frac{S_i(t)^2\, 1(T_i \le t, ended)}{G(T_i-)} +
   \frac{(1 - S_i(t))^2\, 1(T_i > t)}{G(t)} \Bigr].

*Calibration* sets the mean predicted S(t) of a third of the cases beside the product-limit estimate of what was seen.

References
----------
Graf, Schmoor, Sauerbrei & Schumacher 1999, Statistics in Medicine 18(17-18). Kaplan & Meier 1958, Journal of the
American Statistical Association 53(282).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.compliance.history.fit import Observed

__all__ = ["Calibration", "brier_score", "calibration", "held"]

Floats = NDArray[np.float64]


def held(observed: Observed, month: float) -> float:
    """Return the product-limit estimate of the share that held longer than some months.

    Parameters
    ----------
    observed : Observed
    month : float

    Returns
    -------
    float

    Examples
    --------
    Of four, one ends in month 1, one is watched for 2 months only, one ends in month 3:

    >>> seen = Observed(np.array([1.0, 2.0, 3.0, 9.0]), np.array([True, False, True, False]))
    >>> held(seen, 2), held(seen, 3)
    (0.75, 0.375)
    """
    return float(_product_limit(observed.months, observed.ended).evaluate(month))


def _product_limit(months: Floats, counted: NDArray[np.bool_]) -> Any:
    """Return the product-limit estimate of the share left, as a function of time."""
    from scipy.stats import CensoredData, ecdf

    return ecdf(CensoredData(uncensored=months[counted], right=months[~counted])).sf


def brier_score(predicted: Floats, observed: Observed, month: float) -> float | None:
    """Return the Brier score of predicted survival at some months.

    Parameters
    ----------
    predicted : ndarray of float64, shape (n,)
        S(month) of each case.
    observed : Observed
    month : float

    Returns
    -------
    float or None
        None where nobody was watched that long.

    Examples
    --------
    >>> seen = Observed(np.array([3.0, 90.0]), np.array([True, False]))
    >>> brier_score(np.array([0.5, 0.5]), seen, 60), brier_score(np.array([0.0, 1.0]), seen, 60)
    (0.25, 0.0)
    """
    months, ended = observed.months, observed.ended
    watching = _product_limit(months, ~ended)
    watched_at = float(watching.evaluate(month))
    if watched_at == 0.0:
        return None
    gone = ended & (months <= month)
    stands = months > month
    watched = watching.evaluate(np.nextafter(months, -np.inf))
    total = (predicted[gone] ** 2 / watched[gone]).sum() + ((1.0 - predicted[stands]) ** 2).sum() / watched_at
    return float(total / len(months))


@dataclass(frozen=True)
class Calibration:
    """Predicted beside observed survival of some cases.

    Attributes
    ----------
    month : int
    cases : int
    predicted : float
        Mean predicted S(month).
    observed : float
        Product-limit estimate of what was seen.
    """

    month: int
    cases: int
    predicted: float
    observed: float


def calibration(predicted: Floats, observed: Observed, month: int, groups: int = 3) -> list[Calibration]:
    """Return the calibration of all cases, then of equal parts from the lowest prediction to the highest.

    Parameters
    ----------
    predicted : ndarray of float64, shape (n,)
    observed : Observed
    month : int
    groups : int

    Returns
    -------
    list of Calibration
        The first is of all cases. Equal predictions stay in the order of the cases.

    Examples
    --------
    >>> seen = Observed(np.array([3.0, 90.0]), np.array([True, False]))
    >>> [(row.cases, row.predicted, row.observed) for row in calibration(np.array([0.4, 0.8]), seen, 60, groups=2)]
    [(2, 0.6000000000000001, 0.5), (1, 0.4, 0.0), (1, 0.8, 1.0)]
    """
    order = np.argsort(predicted, kind="stable")
    parts = [order, *(part for part in np.array_split(order, groups) if part.size)]
    return [
        Calibration(month, len(part), float(predicted[part].mean()), float(held(observed.only(part), month)))
        for part in parts
    ]
