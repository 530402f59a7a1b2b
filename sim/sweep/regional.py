"""Where in a factor's range the yes-worlds lie.

For a yes/no outcome the runs fall into two sets. A factor matters if its values are distributed
differently in the two: for numbers the largest gap between the two distribution functions
(Kolmogorov–Smirnov), for options Cramér's V of the contingency table. One factor among many differs by chance
alone, so the p-values are adjusted by Holm's method.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sim.errors import ResultError
from sim.results.intervals import holm

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import ArrayLike

__all__ = ["RegionalEffect", "regional_sensitivity"]

#: Runs needed on each side.
FEWEST = 5


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
    adjusted = holm([e.p for e in raw])
    done = [
        RegionalEffect(e.factor, e.distance, e.p, p, e.yes_median, e.no_median, e.note)
        for e, p in zip(raw, adjusted, strict=True)
    ]
    return sorted(done, key=lambda e: (np.isnan(e.distance), -np.nan_to_num(e.distance), e.factor))
