r"""How long agreements last: survival curves over many runs, and what ends them.

*Lasting* has one meaning wherever S(t) is printed. An agreement ends with a violation that is not repaired, with
war that comes back by itself, or with a move marked ``breach`` that its movers want. Lawful changes do not end it:
they are its own way to go on. Whether the very text is still in force is another question, that of the game of
moves (``sim.compliance.game``).

With n runs, d_t of them ending in month t and n_t still observed just before it, the product-limit
estimate is :math:`S(t) = \prod_{s \le t} (1 - d_s / n_s)`. Runs are censored at their horizon alone, so up to
the shortest horizon S(t) is the share of runs that outlasted month t, and its interval is

- *Wilson's*, where every run has a world, or a central world's luck, of its own;
- a *bootstrap by world*, where worlds are replicated: runs of one world are not independent draws.

The *median* is the first month t with :math:`S(t) \le 1/2`, and its interval the first months in which the band's
ends reach one half (Brookmeyer & Crowley 1982); beyond the horizon it is not known. Of the runs that one cause
ended, the median month has the interval between order statistics that holds whatever the distribution.

References
----------
Kaplan & Meier 1958, Journal of the American Statistical Association 53(282). Wilson 1927, same journal
22(158). Brookmeyer & Crowley 1982, Biometrics 38(1).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.compliance.record import Aftermath, Violation
from sim.domain.shares import wilson_ends
from sim.domain.streams import Purpose, stream

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Cause", "Durability", "Months", "Survival", "durability", "product_limit", "survival"]

Floats = NDArray[np.float64]

#: Half a 95 % interval, in standard deviations of the normal distribution.
_BOOTSTRAPS = 1000


@dataclass(frozen=True)
class Months:
    """A median duration with its 95 % interval, in months; None where it lies beyond the horizon.

    Attributes
    ----------
    median, low, high : int or None
    """

    median: int | None
    low: int | None
    high: int | None


@dataclass(frozen=True)
class Cause:
    """One way in which agreements end.

    Attributes
    ----------
    cause : str
        One of ``sim.compliance.record.CAUSES``; empty for those that lasted.
    share, low, high : float
        Of all runs, with 95 % interval.
    months : Months or None
        Median month of these ends; None for those that lasted.
    """

    cause: str
    share: float
    low: float
    high: float
    months: Months | None


@dataclass(frozen=True, eq=False)
class Survival:
    """A survival curve with its band.

    Attributes
    ----------
    share : ndarray of float64, shape (horizon + 1,)
        S(t) for t = 0 … horizon, in months.
    low, high : ndarray of float64, shape (horizon + 1,)
        95 % interval, month by month.
    runs : int
    method : str
        How the band was made: ``wilson`` or ``bootstrap by world``.
    """

    share: Floats = field(repr=False)
    low: Floats = field(repr=False)
    high: Floats = field(repr=False)
    runs: int
    method: str

    def at(self, month: int) -> tuple[float, float, float] | None:
        """Return S, low and high at a month; None beyond the horizon.

        Parameters
        ----------
        month : int
        """
        if month >= len(self.share):
            return None
        return float(self.share[month]), float(self.low[month]), float(self.high[month])

    def to_frame(self) -> pd.DataFrame:
        """Return the curve as a table: ``share``, ``low`` and ``high``, indexed by month."""
        import pandas as pd

        columns = {"share": self.share, "low": self.low, "high": self.high}
        return pd.DataFrame(columns, index=pd.RangeIndex(len(self.share), name="month"))

    @property
    def median(self) -> Months:
        """How long half of them last."""
        return Months(*(_first_at_half(curve) for curve in (self.share, self.low, self.high)))


def product_limit(months: Sequence[int], ended: Sequence[bool]) -> Floats:
    """Return the Kaplan–Meier estimate of S(t).

    Parameters
    ----------
    months : sequence of int, length n
        Month of the end, or of the last observation.
    ended : sequence of bool, length n
        Whether it is an end.

    Returns
    -------
    ndarray of float64, shape (max(months) + 1,)

    Examples
    --------
    >>> product_limit([1, 3, 3, 4], [True, True, False, True]).tolist()
    [1.0, 0.75, 0.75, 0.5, 0.0]
    """
    # Five lines of our own: scipy.stats.ecdf gives the same but for a last bit, and takes most of a second to load.
    month, end = np.asarray(months, dtype=np.int64), np.asarray(ended, dtype=np.bool_)
    size = int(month.max(initial=0)) + 1
    deaths = np.bincount(month[end], minlength=size)
    leaving = np.bincount(month, minlength=size)
    at_risk = len(month) - np.concatenate([[0], np.cumsum(leaving)[:-1]])
    return np.asarray(np.cumprod(1.0 - deaths / np.maximum(at_risk, 1)))


def survival(runs: Sequence[Aftermath], worlds: Sequence[int] | None = None, *, seed: int = 0) -> Survival:
    """Return the survival curve of many runs of the same horizon.

    Parameters
    ----------
    runs : sequence of Aftermath
        At least one.
    worlds : sequence of int, optional
        The world each run belongs to; where a world comes up twice the band is a bootstrap by world.
    seed : int
        Of the bootstrap.

    Returns
    -------
    Survival

    Examples
    --------
    Five aftermaths of one agreement, which ended in months 1, 13, 13, 25 and 25:

    >>> import sim
    >>> from sim.compliance.model import aftermaths
    >>> two = sim.read_scenario("scenarios/tutorial-two-by-two/scenario.yaml")
    >>> terms = sim.Terms.of(sim.with_settings(two, {"compliance.repair": {"months": 0}}))
    >>> curve = survival(aftermaths(terms, 3, seed=0, runs=5))
    >>> curve.share[[0, 1, 13, 25]].round(2).tolist(), curve.method
    ([1.0, 0.8, 0.4, 0.0], 'wilson')
    """
    horizon = min(run.horizon for run in runs)
    end = np.array([run.months if run.ended else horizon + 1 for run in runs])
    share = product_limit([run.months for run in runs], [run.ended for run in runs])[: horizon + 1]
    # The curve stops where nobody is left; it stays at nothing from there on.
    share = np.concatenate([share, np.full(horizon + 1 - len(share), share[-1])])
    if worlds is not None and len(set(worlds)) < len(worlds):
        low, high = _by_world(end, np.asarray(worlds), horizon, seed)
        return Survival(share, low, high, len(runs), "bootstrap by world")
    low, high = wilson_ends(share, len(runs))
    return Survival(share, low, high, len(runs), "wilson")


def _first_at_half(curve: Floats) -> int | None:
    # A product of shares that is one half may come out a last bit above it.
    reached = np.flatnonzero(curve <= 0.5 + 1e-12)
    return int(reached[0]) if reached.size else None


def _median_month(months: Sequence[int]) -> Months:
    """Return the lower median of some months, with the interval between order statistics."""
    ordered, n = sorted(months), len(months)
    # The largest k with P(X < k) ≤ 1/40, X binomial (n, ½): the median lies between the k-th from either end.
    k, ways, below = 0, 1, 1
    while 40 * below <= 2**n and k < n // 2:
        k += 1
        ways = ways * (n - k + 1) // k
        below += ways
    # Too few for an interval: all that is known is where they lie.
    k = max(k, 1)
    return Months(ordered[(n - 1) // 2], ordered[k - 1], ordered[n - k])


def _by_world(end: NDArray[np.int64], worlds: NDArray[np.int64], horizon: int, seed: int) -> tuple[Floats, Floats]:
    names, place = np.unique(worlds, return_inverse=True)
    outlasted = end[:, None] > np.arange(horizon + 1)[None, :]
    total = np.zeros((len(names), horizon + 1))
    np.add.at(total, place, outlasted)
    size = np.bincount(place).astype(np.float64)
    picks = stream(seed, Purpose.BOOTSTRAP, len(names)).integers(0, len(names), size=(_BOOTSTRAPS, len(names)))
    count = np.apply_along_axis(np.bincount, 1, picks, None, len(names)).astype(np.float64)
    shares = (count @ total) / (count @ size)[:, None]
    low, high = np.quantile(shares, [0.025, 0.975], axis=0)
    return low, high


@dataclass(frozen=True)
class Durability:
    """What many aftermaths of one agreement come to.

    Attributes
    ----------
    survival : Survival
    causes : tuple of Cause
        What ended them, the most frequent first, with share, interval and median month.
    first : mapping of (str, str) to float
        Share of runs by first violator and cause; ("", "") for those without a violation.
    answers : mapping of str to float
        Share of first violations that each guarantor answered. Breaches by moves call nobody and do not count.
    answered, repaired : float or None
        Share of first violations answered in time, and repaired; None without any that could be.
    reliability_assumed, reliability_derived : float or None
        Q of the record and of the guarantors' own decisions at signature; the mean over runs.
    reliability_simulated : float or None
        Share of calls for help that were answered in time, over all months of all runs; resolve
        has worn off in the later ones.
    calls : int
        How many calls that share rests on.
    loss, guarantee_cost : mapping of str to float
        Mean over runs, in levels of each party.
    """

    survival: Survival
    causes: tuple[Cause, ...]
    first: dict[tuple[str, str], float]
    answers: dict[str, float]
    answered: float | None
    repaired: float | None
    reliability_assumed: float | None
    reliability_derived: float | None
    reliability_simulated: float | None
    calls: int
    loss: dict[str, float]
    guarantee_cost: dict[str, float]

    def to_frame(self) -> pd.DataFrame:
        """Return who broke it first and why: ``violator``, ``cause`` and ``share`` of runs, the most frequent first."""
        import pandas as pd

        rows = [(violator, cause, share) for (violator, cause), share in self.first.items()]
        table = pd.DataFrame(rows, columns=["violator", "cause", "share"])
        return table.sort_values("share", ascending=False, kind="stable", ignore_index=True)


def durability(runs: Sequence[Aftermath], worlds: Sequence[int] | None = None, *, seed: int = 0) -> Durability:
    """Sum up many aftermaths of one agreement.

    Parameters
    ----------
    runs, worlds, seed
        As in `survival`.

    Returns
    -------
    Durability

    Examples
    --------
    >>> import sim
    >>> from sim.compliance.model import aftermaths
    >>> terms = sim.Terms.of(sim.read_scenario("scenarios/berlin-2025/scenario.yaml"))
    >>> first = int(terms.payoffs.nearest(1)[0])
    >>> durability(aftermaths(terms, first, seed=0, runs=20)).first
    {('russia', 'calculation'): 0.6, ('france+germany+italy+poland+uk', 'breach'): 0.4}
    """
    n = len(runs)
    firsts = [run.violations[0] for run in runs if run.violations and run.violations[0].cause != "breach"]
    calls, honoured = sum(run.n_calls for run in runs), sum(run.n_honoured for run in runs)
    parties = runs[0].parties
    return Durability(
        survival=survival(runs, worlds, seed=seed),
        causes=_causes(runs, worlds, seed),
        first=_shares(
            Counter(
                (run.violations[0].violator, run.violations[0].cause) if run.violations else ("", "") for run in runs
            ),
            n,
        ),
        answers=_shares(Counter(name for violation in firsts for name in violation.joined), len(firsts)),
        answered=_share(firsts, "answered"),
        repaired=_share(firsts, "repaired"),
        reliability_assumed=_mean([run.reliability_assumed for run in runs]),
        reliability_derived=_mean([run.reliability_derived for run in runs]),
        reliability_simulated=honoured / calls if calls else None,
        calls=calls,
        loss={party: sum(run.loss[k] for run in runs) / n for k, party in enumerate(parties)},
        guarantee_cost={party: sum(run.guarantee_cost[k] for run in runs) / n for k, party in enumerate(parties)},
    )


def _causes(runs: Sequence[Aftermath], worlds: Sequence[int] | None, seed: int) -> tuple[Cause, ...]:
    found = []
    replicated = worlds is not None and len(set(worlds)) < len(worlds)
    for cause, share in _shares(Counter(run.cause for run in runs), len(runs)).items():
        if replicated:
            # Ended by this or not, in place of outlasted or not: one column of the same bootstrap.
            ended = np.array([1 if run.cause == cause else 0 for run in runs])
            low, high = _by_world(ended, np.asarray(worlds), 0, seed)
        else:
            low, high = wilson_ends(np.array([share]), len(runs))
        months = _median_month([run.months for run in runs if run.cause == cause]) if cause else None
        found.append(Cause(cause, share, float(low[0]), float(high[0]), months))
    return tuple(found)


def _shares[K](counts: Counter[K], n: int) -> dict[K, float]:
    """Return shares, the largest first, equals by name."""
    return {key: count / n for key, count in sorted(counts.items(), key=lambda item: (-item[1], str(item[0])))}


def _share(violations: Sequence[Violation], what: str) -> float | None:
    return sum(getattr(v, what) for v in violations) / len(violations) if violations else None


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None
