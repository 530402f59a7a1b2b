"""How many runs are enough.

An interval's half-width falls with the square root of the number of independent draws. What is
independent is the world where worlds are drawn (further replications of the same worlds help less), so
the answer is given in worlds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sim.errors import ResultError
from sim.results.intervals import Interval, mean_of_totals, share_of_totals, wilson

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["Convergence", "convergence", "convergence_of", "draws_for_share"]


#: Draws above which their number is no advice.
OUT_OF_REACH = 20_000


@dataclass(frozen=True)
class Convergence:
    """How sure an estimate is, and what more certainty costs.

    Parameters
    ----------
    now : Interval
        The estimate from all draws.
    draws : int
        Independent draws so far.
    asked : float
        Half-width asked for.
    needed : int
        Draws in all that should give it; never fewer than are there once it is met.
    history : tuple of (int, Interval)
        The estimate after an eighth, a quarter, a half and all of the draws.
    """

    now: Interval
    draws: int
    asked: float
    needed: int
    history: tuple[tuple[int, Interval], ...]

    @property
    def more(self) -> int:
        """Draws still missing."""
        return max(0, self.needed - self.draws)

    def words(self, draws: str = "worlds") -> str:
        """Say it; `draws` names what is independent."""
        one = "trajectory" if draws == "trajectories" else draws.removesuffix("s")
        if np.isnan(self.now.half_width):
            return f"{self.now.estimate:.3g} from 1 {one}: a single one has no interval."
        drawn = one if self.draws == 1 else draws
        half = f"{self.now.estimate:.3g} ± {self.now.half_width:.2g} from {self.draws:,} {drawn}"
        if self.more == 0:
            return f"{half}: within ± {self.asked:.2g} as asked."
        if self.needed > OUT_OF_REACH:
            least = self.now.half_width * np.sqrt(self.draws / OUT_OF_REACH)
            return f"{half}: ± {self.asked:.2g} is out of reach; {OUT_OF_REACH:,} {draws} would give ± {least:.2g}."
        more = one if self.more == 1 else draws
        return f"{half}: some {self.more:,} more {more} would bring it within ± {self.asked:.2g}."


def draws_for_share(share: float, half_width: float, confidence: float = 0.95) -> int:
    """Return how many independent draws give Wilson's interval the asked half-width.

    Parameters
    ----------
    share : float
        The expected share.
    half_width : float
        Above 0.
    confidence : float
        Such as 0.95.

    Returns
    -------
    int
        The least such number.

    Examples
    --------
    >>> draws_for_share(0.5, 0.03)
    1064
    """
    from scipy.stats import norm

    if not 0 < half_width < 0.5:
        raise ResultError(f"half-width {half_width}: it lies between 0 and 0.5 for a share")
    z = float(norm.ppf((1 + confidence) / 2))

    def half(n: int) -> float:
        return z / (1 + z * z / n) * float(np.sqrt(share * (1 - share) / n + z * z / (4 * n * n)))

    low, high = 1, 2
    while half(high) > half_width:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if half(middle) > half_width else (low, middle)
    return high


def convergence(
    values: ArrayLike,
    worlds: ArrayLike | None,
    half_width: float,
    *,
    confidence: float = 0.95,
    seed: int = 0,
) -> Convergence:
    """Say how many more worlds an estimate needs.

    Parameters
    ----------
    values : array_like of float or bool, shape (n,)
        One per run.
    worlds : array_like of int, shape (n,), optional
        The world of each run; None where all runs are independent.
    half_width : float
        Asked, in the unit of the values.
    confidence : float
        Such as 0.95.
    seed : int
        Root seed of a bootstrap.

    Returns
    -------
    Convergence
        With the history of the estimate.

    Raises
    ------
    ResultError
        Where the half-width is not above 0, or for a share not below 0.5.

    Examples
    --------
    >>> c = convergence([True, False] * 100, None, 0.03)
    >>> c.draws, c.needed, c.more
    (200, 1064, 864)
    """
    numbers = np.asarray(values)
    if numbers.dtype == object:
        numbers = numbers.astype(np.float64)
    keys = np.arange(len(numbers)) if worlds is None else np.asarray(worlds)
    _, where = np.unique(keys, return_inverse=True)
    share = numbers.dtype == bool or bool(np.isin(numbers, (0.0, 1.0)).all())
    totals, counts = np.bincount(where, weights=numbers), np.bincount(where)
    # A share given as numbers, such as 0 and 1 of worlds that come once each, may have other values in other worlds.
    plain = numbers.dtype == bool
    return convergence_of(totals, counts, half_width, share=share, plain=plain, confidence=confidence, seed=seed)


def convergence_of(
    totals: NDArray[np.float64],
    counts: NDArray[np.int64],
    half_width: float,
    *,
    share: bool,
    plain: bool = True,
    confidence: float = 0.95,
    seed: int = 0,
) -> Convergence:
    """Say how many more draws an estimate needs, from what each draw came to.

    Parameters
    ----------
    totals : ndarray of float64, shape (n_draws,)
        Sum of the values of each independent draw.
    counts : ndarray of int64, shape (n_draws,)
        How many values each has; at least one.
    half_width, confidence, seed
        As in `convergence`.
    share : bool
        Whether all values are 0 or 1.
    plain : bool
        Whether a share gets Wilson's interval where every draw has one value.

    Returns
    -------
    Convergence

    Raises
    ------
    ResultError
        As `convergence`.

    Examples
    --------
    >>> convergence_of(np.array([1.0, 0.0] * 100), np.ones(200, dtype=np.int64), 0.03, share=True).needed
    1064
    """
    if not 0 < half_width < np.inf:
        raise ResultError(f"half-width {half_width}: it is above 0")
    n_draws = len(counts)
    plain_share = share and plain and bool((counts == 1).all())

    def estimate(n: int) -> Interval:
        if plain_share:
            return wilson(int(totals[:n].sum()), n, confidence)
        by_draw = share_of_totals if share else mean_of_totals
        return by_draw(totals[:n], counts[:n], confidence=confidence, seed=seed)

    now = estimate(n_draws)
    if plain_share:
        needed = draws_for_share(now.estimate, half_width, confidence)
    elif np.isnan(now.half_width):
        needed = 2
    elif now.method == "wilson by world":
        needed = draws_for_share(0.0, half_width, confidence)
    elif now.half_width > 0:
        needed = int(np.ceil(n_draws * (now.half_width / half_width) ** 2))
    else:
        needed = n_draws
    sizes = sorted({max(2, n_draws // part) for part in (8, 4, 2, 1)})
    history = tuple((n, estimate(n)) for n in sizes)
    if now.half_width <= half_width:
        needed = min(needed, n_draws)
    return Convergence(now, n_draws, half_width, needed, history)
