"""Where in a factor's range the yes-worlds lie.

For a yes/no outcome the runs fall into two sets. A factor matters if its values are distributed
differently in the two: for numbers the largest gap between the two distribution functions
(Kolmogorov–Smirnov), for options Cramér's V of the contingency table. One factor among many differs by chance
alone, so the p-values are adjusted by Holm's method.

Where a sweep has several points, the same worlds return at each: the runs are then no independent draws of
what a world draws, and the usual p-values would find significance in mere repetition. For the inputs
of worlds the distances are of all runs, but their p-values come from dealing the worlds' outcomes out
to the worlds anew (a permutation test with the world as its unit).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from sim.domain.streams import Purpose, stream
from sim.errors import ResultError
from sim.results.intervals import holm

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

__all__ = ["RegionalEffect", "adjusted", "regional_by_world", "regional_sensitivity"]

#: Runs needed on each side.
FEWEST = 5
#: Numbers held at once while the outcomes of worlds are dealt out anew.
DEALT = 4_000_000


@dataclass(frozen=True)
class RegionalEffect:
    """How one factor differs between yes and no.

    Parameters
    ----------
    factor : str
        Its name.
    distance : float
        Kolmogorov–Smirnov distance or Cramér's V, in [0, 1]; NaN where there is nothing to compare.
    p, p_holm : float
        Unadjusted and adjusted.
    yes_median, no_median : float
        Medians on each side; NaN for options.
    note : str
        Why nothing can be said, where that is so.
    """

    factor: str
    distance: float
    p: float
    p_holm: float
    yes_median: float
    no_median: float
    note: str = ""


def regional_sensitivity(factors: pd.DataFrame, yes: ArrayLike) -> list[RegionalEffect]:
    """Compare the values of each factor where the outcome is yes and where it is no.

    Parameters
    ----------
    factors : pandas.DataFrame, shape (n, n_factors)
        One row per independent draw: average replications of a world first.
    yes : array_like of bool, shape (n,)
        The outcome.

    Returns
    -------
    list of RegionalEffect
        Largest distance first; those about which nothing can be said last.

    References
    ----------
    Spear, R. C. & Hornberger, G. M. (1980), Eutrophication in Peel Inlet II, Water Research 14.
    Saltelli, A. et al. (2008), Global Sensitivity Analysis: The Primer, ch. 5.

    Examples
    --------
    >>> import pandas as pd
    >>> u = np.linspace(0, 1, 101)
    >>> found = regional_sensitivity(pd.DataFrame({"b": np.tile([0.0, 1.0], 51)[:101], "a": u}), u > 0.7)
    >>> [(e.factor, round(e.distance, 2)) for e in found][0]
    ('a', 1.0)
    """
    from scipy.stats import chi2_contingency, ks_2samp

    flags = np.asarray(yes, dtype=bool)
    if len(flags) != len(factors):
        raise ResultError(f"{len(flags)} outcomes for {len(factors)} rows of factors")
    nan = float("nan")
    raw: list[RegionalEffect] = []
    enough = min(flags.sum(), (~flags).sum()) >= FEWEST
    for name in factors.columns:
        column = factors[name]
        if not enough:
            note = f"only {flags.sum()} yes and {(~flags).sum()} no; {FEWEST} of each are needed"
            raw.append(RegionalEffect(str(name), nan, nan, nan, nan, nan, note))
        elif column.nunique() < 2:
            raw.append(RegionalEffect(str(name), nan, nan, nan, nan, nan, "never varies"))
        elif column.dtype.kind in "fi":
            a, b = column[flags].to_numpy(), column[~flags].to_numpy()
            found = ks_2samp(a, b)
            raw.append(
                RegionalEffect(
                    str(name), float(found.statistic), float(found.pvalue), nan,
                    float(np.median(a)), float(np.median(b)),
                )
            )  # fmt: skip
        else:
            _, codes = np.unique(column.astype(str), return_inverse=True)
            counts = np.array([np.bincount(codes[side], minlength=codes.max() + 1) for side in (flags, ~flags)])
            chi2, p, _, _ = chi2_contingency(counts, correction=False)
            raw.append(RegionalEffect(str(name), float(np.sqrt(chi2 / counts.sum())), float(p), nan, nan, nan))
    return adjusted(raw)


def adjusted(effects: Sequence[RegionalEffect]) -> list[RegionalEffect]:
    """Adjust the p-values of effects looked at together, and sort them: largest distance first.

    Parameters
    ----------
    effects : sequence of RegionalEffect
        Of one outcome.

    Returns
    -------
    list of RegionalEffect
        With ``p_holm`` set; those that say nothing come last.

    Examples
    --------
    >>> nan = float("nan")
    >>> weak = RegionalEffect("cost", 0.2, 0.04, nan, 0.5, 0.4)
    >>> strong = RegionalEffect("reservation", 0.7, 0.01, nan, 0.4, 0.6)
    >>> [(effect.factor, effect.p_holm) for effect in adjusted([weak, strong])]
    [('reservation', 0.02), ('cost', 0.04)]
    """
    done = [replace(e, p_holm=p) for e, p in zip(effects, holm([e.p for e in effects]), strict=True)]
    return sorted(done, key=lambda e: (np.isnan(e.distance), -np.nan_to_num(e.distance), e.factor))


def regional_by_world(
    inputs: pd.DataFrame, yes: ArrayLike, no: ArrayLike, *, permutations: int = 20_000, seed: int = 0
) -> list[RegionalEffect]:
    """Compare what worlds drew where runs say yes and where they say no, with the world as the unit.

    Parameters
    ----------
    inputs : pandas.DataFrame, shape (n_worlds, n_inputs)
        What each world drew.
    yes, no : array_like of int, shape (n_worlds,)
        Runs of each world with either outcome, over all points.
    permutations : int
        Times the outcomes are dealt out anew.
    seed : int
        Root seed of the dealing.

    Returns
    -------
    list of RegionalEffect
        With adjusted p-values, none below 1/(permutations + 1) before the adjustment.

    References
    ----------
    Davison, A. C. & Hinkley, D. V. (1997), Bootstrap Methods and their Application, section 4.3.

    Examples
    --------
    In ten worlds of twenty the parties agree, in two runs each, and those are the worlds in which the reservation
    value is low; what else the worlds drew has nothing to do with it:

    >>> import pandas as pd
    >>> low = np.arange(20) < 10
    >>> inputs = pd.DataFrame({"reservation": np.arange(20.0), "weather": np.arange(20) % 2})
    >>> found = regional_by_world(inputs, 2 * low, 2 * ~low, permutations=500)
    >>> [(effect.factor, round(effect.distance, 3), effect.p < 0.01) for effect in found]
    [('reservation', 1.0, True), ('weather', 0.0, False)]
    """
    a, b = np.asarray(yes, dtype=np.float64), np.asarray(no, dtype=np.float64)
    nan = float("nan")
    if min(a.sum(), b.sum()) < FEWEST or min((a > 0).sum(), (b > 0).sum()) < FEWEST:
        note = f"only {a.sum():.0f} yes and {b.sum():.0f} no; {FEWEST} of each are needed, from as many worlds"
        return [RegionalEffect(str(name), nan, nan, nan, nan, nan, note) for name in inputs.columns]
    # How much more of all yes than of all no each world holds; a distance is the largest partial sum.
    pull = a / a.sum() - b / b.sum()
    generator = stream(seed, Purpose.BOOTSTRAP)
    shapes = [_Shape.of(inputs[name]) for name in inputs.columns]
    # A few hundred deals at a time: all of them would take as many numbers as there are worlds each.
    again: list[list[NDArray[np.float64]]] = [[] for _ in shapes]
    block = max(1, min(500, DEALT // len(pull)))
    n_dealt = -(-permutations // 500) * 500
    for begin in range(0, n_dealt, block):
        dealt = generator.permuted(np.tile(pull, (min(block, n_dealt - begin), 1)), axis=1)
        sums = np.abs(np.cumsum(dealt, axis=1))
        for shape, distances in zip(shapes, again, strict=True):
            if shape.members is not None:
                distances.append(np.abs(dealt @ shape.members).sum(axis=1) / 2)
            elif not shape.is_constant:
                distances.append((sums if shape.ends.all() else sums[:, shape.ends]).max(axis=1))
    found = []
    for name, shape, distances in zip(inputs.columns, shapes, again, strict=True):
        if shape.is_constant:
            found.append(RegionalEffect(str(name), nan, nan, nan, nan, nan, "never varies"))
            continue
        yes_median = no_median = nan
        if shape.members is not None:
            # Half the sum of differences is the largest gap between two distributions over options.
            distance = float(np.abs(pull @ shape.members).sum() / 2)
        else:
            distance = float(np.abs(np.cumsum(pull[shape.order])[shape.ends]).max())
            yes_median, no_median = (_weighted_median(shape.values, side[shape.order]) for side in (a, b))
        above = int((np.concatenate(distances) >= distance * (1 - 1e-12)).sum())
        found.append(RegionalEffect(str(name), distance, (1 + above) / (1 + n_dealt), nan, yes_median, no_median))
    return adjusted(found)


@dataclass(frozen=True, eq=False)
class _Shape:
    """One input of worlds, as far as deals need it: numbers in order, or which world has which option."""

    is_constant: bool = False
    order: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    values: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    ends: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, dtype=bool))
    members: NDArray[np.float64] | None = None

    @classmethod
    def of(cls, column: pd.Series) -> _Shape:
        if column.nunique() < 2:
            return cls(is_constant=True)
        if column.dtype.kind in "fi":
            order = np.argsort(column.to_numpy(), kind="stable")
            values = column.to_numpy()[order]
            # Worlds with one value enter both distribution functions together: gaps count where values change.
            return cls(order=order, values=values, ends=np.append(values[1:] != values[:-1], True))
        codes = np.unique(column.astype(str), return_inverse=True)[1]
        return cls(members=np.eye(codes.max() + 1)[codes])


def _weighted_median(ordered: NDArray[np.float64], weight: NDArray[np.float64]) -> float:
    place = np.searchsorted(np.cumsum(weight), weight.sum() / 2)
    return float(ordered[min(int(place), len(ordered) - 1)])
