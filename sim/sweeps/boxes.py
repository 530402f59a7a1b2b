"""Simple regions of the factors, and how well they tell yes from no.

A *box* restricts some factors to an interval (numbers) or a set (options). Of a box B,

    density  = share of the worlds in B that are yes,
    coverage = share of the yes-worlds that lie in B.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sim.errors import ResultError
from sim.results.intervals import Interval, wilson

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

__all__ = ["Box", "Restriction", "measured", "told_apart"]


@dataclass(frozen=True)
class Restriction:
    """What a box asks of one factor.

    Parameters
    ----------
    factor : str
        Its name.
    low, high : float
        The interval of a number; infinite where unrestricted on that side.
    options : tuple of str
        The options allowed, for a switch.
    quasi_p : float
        Chance that a restriction of this size raises the density as much for no reason.
    """

    factor: str
    low: float = -np.inf
    high: float = np.inf
    options: tuple[str, ...] = ()
    quasi_p: float = float("nan")

    def words(self) -> str:
        """Say it.

        Examples
        --------
        >>> Restriction("russia reservation", high=0.47).words()
        'russia reservation at most 0.47'
        """
        if self.options:
            return f"{self.factor} is {' or '.join(self.options)}"
        if np.isinf(self.low):
            return f"{self.factor} at most {self.high:.3g}"
        if np.isinf(self.high):
            return f"{self.factor} at least {self.low:.3g}"
        return f"{self.factor} between {self.low:.3g} and {self.high:.3g}"

    def holds(self, column: pd.Series) -> NDArray[np.bool_]:
        """Return which rows meet it."""
        if self.options:
            inside: NDArray[np.bool_] = column.astype(str).isin(self.options).to_numpy()
            return inside
        values = column.to_numpy(dtype=np.float64)
        return (values >= self.low) & (values <= self.high)


@dataclass(frozen=True)
class Box:
    """A region, and how well it tells yes from no.

    Parameters
    ----------
    restrictions : tuple of Restriction
        All of them hold inside.
    coverage, density : Interval
        With Wilson's interval.
    mass : float
        Share of all worlds inside.
    base : float
        Share of yes among all worlds.
    """

    restrictions: tuple[Restriction, ...]
    coverage: Interval
    density: Interval
    mass: float
    base: float

    def words(self, yes: str = "yes", rows: str = "worlds") -> str:
        """Say what the box says; `rows` names what one row of the data is."""
        if not self.restrictions:
            return f"No part stands out from all {rows}, of which {100 * self.base:.0f} % are {yes}."
        where = " and ".join(r.words() for r in self.restrictions)
        return (
            f"Where {where}: {100 * self.density.estimate:.0f} % of {rows} are {yes} (density; "
            f"{100 * self.base:.0f} % of all), and {100 * self.coverage.estimate:.0f} % of all {yes} {rows} "
            f"lie there (coverage); {100 * self.mass:.0f} % of {rows}."
        )

    def holds(self, factors: pd.DataFrame) -> NDArray[np.bool_]:
        """Return which rows lie inside."""
        inside = np.ones(len(factors), dtype=bool)
        for restriction in self.restrictions:
            inside &= restriction.holds(factors[restriction.factor])
        return inside


def measured(restrictions: Sequence[Restriction], factors: pd.DataFrame, yes: NDArray[np.bool_]) -> Box:
    """Measure a box on data, with the chance of each restriction.

    Parameters
    ----------
    restrictions : sequence of Restriction
        What the box asks.
    factors : pandas.DataFrame, shape (n, n_factors)
        The data.
    yes : ndarray of bool, shape (n,)
        The outcome.

    Returns
    -------
    Box
        With the restrictions as given and ``quasi_p`` filled in.

    Examples
    --------
    >>> import pandas as pd
    >>> factors = pd.DataFrame({"reservation": [0.3, 0.4, 0.5, 0.6]})
    >>> box = measured([Restriction("reservation", high=0.5)], factors, np.array([True, True, False, False]))
    >>> print(box.words("agreed"))
    Where reservation at most 0.5: 67 % of worlds are agreed (density; 50 % of all),
    and 100 % of all agreed worlds lie there (coverage); 75 % of worlds.
    """
    from scipy.stats import binom

    masks = [r.holds(factors[r.factor]) for r in restrictions]
    inside = np.logical_and.reduce(masks) if masks else np.ones(len(yes), dtype=bool)
    n_inside, hits = int(inside.sum()), int(yes[inside].sum())
    tested = []
    for place, restriction in enumerate(restrictions):
        others = [mask for other, mask in enumerate(masks) if other != place]
        without = np.logical_and.reduce(others) if others else np.ones(len(yes), dtype=bool)
        # Were this restriction idle, yes would be as common inside as without it.
        p = float(binom.sf(hits - 1, n_inside, yes[without].mean())) if n_inside else 1.0
        tested.append(Restriction(restriction.factor, restriction.low, restriction.high, restriction.options, p))
    return Box(
        tuple(tested),
        wilson(hits, int(yes.sum())),
        wilson(hits, n_inside),
        n_inside / len(yes),
        float(yes.mean()),
    )


def told_apart(factors: pd.DataFrame, yes: ArrayLike) -> NDArray[np.bool_]:
    """Return the outcome as flags, or refuse data in which nothing can be told apart.

    Parameters
    ----------
    factors : pandas.DataFrame, shape (n, n_factors)
        Without gaps.
    yes : array_like, shape (n,)
        The outcome, as flags or numbers.

    Returns
    -------
    ndarray of bool, shape (n,)

    Raises
    ------
    ResultError
        Where an outcome or a factor is missing, their numbers differ, or the outcome never varies.

    Examples
    --------
    >>> import pandas as pd
    >>> told_apart(pd.DataFrame({"x": [0.1, 0.2]}), [1, 0]).tolist()
    [True, False]
    >>> told_apart(pd.DataFrame({"x": [0.1, 0.2]}), [1, 1])
    Traceback (most recent call last):
    sim.errors.ResultError: scenario discovery: the outcome is yes in every world; there is nothing to tell apart
    """
    flags = np.asarray(yes)
    if flags.dtype.kind == "f" and not np.isfinite(flags).all():
        raise ResultError("scenario discovery: some outcomes are missing; drop the failed runs first")
    flags = flags.astype(bool)
    if len(flags) != len(factors):
        raise ResultError(f"{len(flags)} outcomes for {len(factors)} rows of factors")
    if not flags.any() or flags.all():
        raise ResultError(
            f"scenario discovery: the outcome is {'yes' if flags.all() else 'no'} in every world; "
            "there is nothing to tell apart"
        )
    gaps = [str(c) for c in factors.columns if factors[c].isna().any()]
    if gaps:
        raise ResultError(f"scenario discovery: factors with gaps: {', '.join(gaps)}")
    return flags
