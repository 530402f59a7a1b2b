"""Which factors move the outcome, and by how much.

Sobol indices share the outcome's variance out. For an outcome Y of factors in groups g, with all
other groups ~g,

    S_g  = Var(E[Y | X_g]) / Var(Y)          what fixing g alone would remove (first order),
    ST_g = E[Var(Y | X_~g)] / Var(Y)         what remains when all but g is fixed (total).

S_g = 0 with ST_g > 0 is a group that acts only through others. Morris's *elementary effects* are
differences along random trajectories, divided by the step in the unit cube: μ* is their mean size, σ
their spread (interaction or curvature); they screen many factors with few runs.

A *dummy* factor that moves nothing is always carried. Whatever an analysis attributes to it is
noise, so a group whose interval reaches the dummy's is not shown to matter.

A missing value never becomes a zero. The runs of a point are averaged over its worlds and replications;
a point with a failed run is missing; and missing points are refused, or, if asked, dropped with
everything computed from the same base point, and their share is reported.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.domain.streams import Purpose, stream
from sim.errors import ResultError

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

__all__ = ["Effects", "VarianceShares", "elementary_effects", "point_means", "variance_shares"]

#: Numbers that only say which run a row is.
_KEYS = ("run", "point", "world", "replication")
#: Scrambles from which the intervals come from the scrambles themselves.
ENOUGH_SCRAMBLES = 4


@dataclass(frozen=True)
class VarianceShares:
    """Sobol indices of one outcome.

    Parameters
    ----------
    groups : tuple of str
        What each entry is about.
    first, first_low, first_high : ndarray, shape (n_groups,)
        First-order indices with their intervals.
    total, total_low, total_high : ndarray, shape (n_groups,)
        Total indices with their intervals.
    n_base : int
        Base points used.
    missing : float
        Share of base points dropped because one of their runs failed.
    method : str
        How the intervals were made.
    """

    groups: tuple[str, ...]
    first: NDArray[np.float64]
    first_low: NDArray[np.float64]
    first_high: NDArray[np.float64]
    total: NDArray[np.float64]
    total_low: NDArray[np.float64]
    total_high: NDArray[np.float64]
    n_base: int
    missing: float
    method: str

    def to_frame(self) -> pd.DataFrame:
        """Return one row per group."""
        import pandas as pd

        names = ("first", "first_low", "first_high", "total", "total_low", "total_high")
        return pd.DataFrame({"group": self.groups, **{name: getattr(self, name) for name in names}})


@dataclass(frozen=True)
class Effects:
    """Morris's elementary effects of one outcome.

    Parameters
    ----------
    groups : tuple of str
        What each entry is about.
    mu_star, low, high : ndarray, shape (n_groups,)
        Mean size of the effects with its interval, in the outcome's unit per whole range.
    mu, sigma : ndarray, shape (n_groups,)
        Mean and standard deviation of the signed effects; NaN for a group of several factors, whose
        steps have no common sign.
    n_trajectories : int
        Trajectories used.
    missing : float
        Share of trajectories dropped because one of their runs failed.
    """

    groups: tuple[str, ...]
    mu_star: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    mu: NDArray[np.float64]
    sigma: NDArray[np.float64]
    n_trajectories: int
    missing: float

    def to_frame(self) -> pd.DataFrame:
        """Return one row per group."""
        import pandas as pd

        names = ("mu_star", "low", "high", "mu", "sigma")
        return pd.DataFrame({"group": self.groups, **{name: getattr(self, name) for name in names}})


def point_means(frame: pd.DataFrame, outcome: str, n_points: int) -> NDArray[np.float64]:
    """Average an outcome over the runs of each point.

    Parameters
    ----------
    frame : pandas.DataFrame
        Runs of one scenario, with columns ``point``, ``error`` and the outcome.
    outcome : str
        A number or yes/no.
    n_points : int
        Points of the design.

    Returns
    -------
    ndarray, shape (n_points,)
        NaN for a point with a failed run or a run without the outcome: under common random numbers all
        points must average over the same worlds.

    Examples
    --------
    >>> import pandas as pd
    >>> runs = pd.DataFrame({"point": [0, 0, 1, 1], "y": [1.0, 3.0, 5.0, None], "error": None})
    >>> point_means(runs, "y", 2).tolist()
    [2.0, nan]
    """
    values = numeric(frame, outcome)
    points = frame["point"].to_numpy()
    gap = ~np.isfinite(values)
    counts = np.bincount(points, minlength=n_points)
    gaps = np.bincount(points[gap], minlength=n_points)
    sums = np.bincount(points[~gap], weights=values[~gap], minlength=n_points)
    return whole_means(counts, gaps, sums)


def whole_means(counts: NDArray[np.int64], gaps: NDArray[np.int64], sums: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the mean of each point of which no run is missing, and NaN for the others.

    Parameters
    ----------
    counts, gaps : ndarray of int64, shape (n_points,)
        Runs of each point, and those of them that lack the outcome.
    sums : ndarray of float64, shape (n_points,)
        Of the outcome over the other runs.

    Returns
    -------
    ndarray of float64, shape (n_points,)

    Examples
    --------
    >>> whole_means(np.array([2, 2]), np.array([0, 1]), np.array([4.0, 1.0])).tolist()
    [2.0, nan]
    """
    whole = (counts > 0) & (gaps == 0) & (counts == counts.max())
    means: NDArray[np.float64] = np.where(whole, sums / np.maximum(counts, 1), np.nan)
    return means


def numeric(frame: pd.DataFrame, outcome: str) -> NDArray[np.float64]:
    """Return an outcome as floats, yes/no as 1 and 0, failed or absent as NaN."""
    import pandas as pd

    if outcome not in frame.columns:
        refuse_unknown(outcome, [str(c) for c in frame.columns if is_countable(frame[c])])
    column = frame[outcome]
    if column.dtype == object:
        column = column.map(lambda value: float(value) if isinstance(value, bool | np.bool_) else value)
    try:
        values: NDArray[np.float64] = pd.to_numeric(column).to_numpy(dtype=np.float64, na_value=np.nan)
    except (ValueError, TypeError) as error:
        raise ResultError(f"outcome {outcome!r} is text; name a number or a yes/no outcome") from error
    return values


def refuse_unknown(outcome: str, columns: Sequence[str]) -> None:
    """Refuse an outcome that is not there, and name those that are.

    Parameters
    ----------
    outcome : str
    columns : sequence of str
        Columns that hold numbers or yes/no.

    Raises
    ------
    ResultError
    """
    from sim.errors import nearest

    known = [name for name in columns if name not in _KEYS]
    near = nearest(outcome, known)
    more = f"; numbers and yes/no in it: {', '.join(known)}" if not near and known else ""
    raise ResultError(f"no outcome {outcome!r} in this result{near}{more}")


def is_countable(column: pd.Series) -> bool:
    """Say whether a column holds numbers or yes/no."""
    known = column.dropna()
    return len(known) > 0 and (
        column.dtype.kind in "bfiu" or all(isinstance(value, bool | np.bool_) for value in known)
    )


def _complete(blocks: NDArray[np.float64], missing: str, what: str) -> tuple[NDArray[np.bool_], float]:
    """Say which blocks have all their values, under the asked rule."""
    if missing not in {"refuse", "drop"}:
        raise ResultError(f"missing: {missing!r}; valid: refuse, drop")
    whole = np.isfinite(blocks).all(axis=1)
    share = float(1.0 - whole.mean())
    if share and missing == "refuse":
        raise ResultError(
            f"{(~whole).sum():,} of {len(whole):,} {what} have a failed or missing run; mend the "
            "failures (column `error`), or ask for missing='drop' to leave them out and have their share reported"
        )
    if whole.sum() < 2:
        raise ResultError(f"fewer than two {what} are complete; nothing can be said")
    return whole, share


def variance_shares(
    values: ArrayLike,
    groups: Sequence[str],
    *,
    samples: int,
    scrambles: int = 1,
    confidence: float = 0.95,
    resamples: int = 1000,
    seed: int = 0,
    missing: str = "refuse",
) -> VarianceShares:
    """Compute Sobol indices from the outcomes of a Saltelli design.

    Parameters
    ----------
    values : array_like, shape (scrambles · samples · (n_groups + 2),)
        Outcomes in the order of the design: per base point A, then A with each group from B, then B.
    groups : sequence of str
        Names of the groups.
    samples, scrambles : int
        As in the design.
    confidence : float
        Of the intervals.
    resamples : int
        Bootstrap resamples, where there are too few scrambles.
    seed : int
        Root seed of the bootstrap.
    missing : str
        ``refuse`` or ``drop`` base points with a missing value.

    Returns
    -------
    VarianceShares
        NaN throughout where the outcome never varies: nothing has no shares.

    Raises
    ------
    ResultError
        Where values are missing and `missing` is ``refuse``, or their number does not fit.

    References
    ----------
    Saltelli, A. et al. (2010), Variance based sensitivity analysis of model output, Computer Physics
    Communications 181, table 2: first order (b), total (f) due to Jansen.

    Examples
    --------
    The variance of x + 2y, with x and y uniform on [0, 1], is 1/12 + 4/12: a fifth is due to x, the rest to y.

    >>> from sim.sweeps.design import Design
    >>> from sim.sweeps.factors import ranged
    >>> design = Design(factors=[ranged("x", 0, 1), ranged("y", 0, 1)], method="sobol", samples=256)
    >>> values = design.unit[:, 0] + 2 * design.unit[:, 1]
    >>> shares = variance_shares(values, design.groups, samples=256)
    >>> shares.groups, shares.first.round(2).tolist()
    (('x', 'y', '(dummy)'), [0.2, 0.8, 0.0])
    """
    numbers = np.asarray(values, dtype=np.float64)
    width = len(groups) + 2
    if numbers.size != scrambles * samples * width:
        raise ResultError(f"{numbers.size} values where a design of this kind has {scrambles * samples * width}")
    blocks = numbers.reshape(-1, width)
    whole, share = _complete(blocks, missing, "base points")
    scramble = np.repeat(np.arange(scrambles), samples)[whole]
    blocks = blocks[whole]
    first, total = _indices(blocks)
    from scipy.stats import t

    if scrambles >= ENOUGH_SCRAMBLES:
        parts = np.array([_indices(blocks[scramble == s]) for s in range(scrambles)])
        half = t.ppf((1 + confidence) / 2, scrambles - 1) * parts.std(axis=0, ddof=1) / np.sqrt(scrambles)
        centre = parts.mean(axis=0)
        (first, total), low, high = centre, centre - half, centre + half
        method = f"t over {scrambles} scrambles"
    else:
        generator = stream(seed, Purpose.BOOTSTRAP)
        drawn = np.empty((resamples, 2, len(groups)))
        for number in range(resamples):
            drawn[number] = _indices(blocks[generator.integers(0, len(blocks), len(blocks))])
        half = _normal_quantile(confidence) * drawn.std(axis=0, ddof=1)
        low, high = np.array([first, total]) - half, np.array([first, total]) + half
        method = f"bootstrap over {len(blocks)} base points"
    return VarianceShares(tuple(groups), first, low[0], high[0], total, low[1], high[1], len(blocks), share, method)


def _normal_quantile(confidence: float) -> float:
    from scipy.stats import norm

    return float(norm.ppf((1 + confidence) / 2))


def _indices(blocks: NDArray[np.float64]) -> NDArray[np.float64]:
    """First-order and total indices, shape (2, n_groups); NaN where nothing varies."""
    a, b, mixed = blocks[:, 0], blocks[:, -1], blocks[:, 1:-1]
    pooled = np.concatenate([a, b])
    variance = pooled.var()
    # Rounding alone leaves a variance of some 1e-32 of the square of the mean.
    if not variance > 1e-28 * max(1.0, float(np.mean(pooled)) ** 2):
        return np.full((2, mixed.shape[1]), np.nan)
    centred = b - pooled.mean()
    first = (centred[:, None] * (mixed - a[:, None])).mean(axis=0) / variance
    total = 0.5 * ((a[:, None] - mixed) ** 2).mean(axis=0) / variance
    return np.array([first, total])


def elementary_effects(
    values: ArrayLike,
    unit: ArrayLike,
    member: Sequence[str],
    *,
    confidence: float = 0.95,
    resamples: int = 1000,
    seed: int = 0,
    missing: str = "refuse",
) -> Effects:
    """Compute Morris's elementary effects from the outcomes along trajectories.

    Parameters
    ----------
    values : array_like, shape (n_trajectories · (n_groups + 1),)
        Outcomes in the order of the design.
    unit : array_like, shape (n_points, n_factors)
        Points of the design in the unit cube.
    member : sequence of str
        The group of each factor.
    confidence, resamples, seed, missing
        As in `variance_shares`; what is dropped are whole trajectories.

    Returns
    -------
    Effects
        One entry per group.

    Raises
    ------
    ResultError
        Where values are missing and `missing` is ``refuse``.

    References
    ----------
    Morris, M. D. (1991), Factorial sampling plans for preliminary computational experiments,
    Technometrics 33. Campolongo, F., Cariboni, J. & Saltelli, A. (2007), An effective screening design
    for sensitivity analysis of large models, Environmental Modelling & Software 22 (μ* and groups).

    Examples
    --------
    A step of x moves x + 2y by as much, a step of y by twice as much, wherever it is taken:

    >>> from sim.sweeps.design import Design
    >>> from sim.sweeps.factors import ranged
    >>> design = Design(factors=[ranged("x", 0, 1), ranged("y", 0, 1)], method="morris", samples=4)
    >>> values = design.unit[:, 0] + 2 * design.unit[:, 1]
    >>> effects = elementary_effects(values, design.unit, ["x", "y", "(dummy)"])
    >>> effects.mu_star.round(6).tolist(), effects.sigma.round(6).tolist()
    ([1.0, 2.0, 0.0], [0.0, 0.0, 0.0])
    """
    groups = tuple(dict.fromkeys(member))
    length = len(groups) + 1
    cube = np.asarray(unit, dtype=np.float64).reshape(-1, length, len(member))
    blocks = np.asarray(values, dtype=np.float64).reshape(-1, length)
    whole, share = _complete(blocks, missing, "trajectories")
    cube, blocks = cube[whole], blocks[whole]
    steps = np.diff(cube, axis=1)
    effects = np.empty((len(blocks), len(groups)))
    for place, group in enumerate(groups):
        column = member.index(group)
        moved = np.abs(steps[:, :, column]) > 1e-12
        when = moved.argmax(axis=1)
        rows = np.arange(len(blocks))
        effects[:, place] = np.diff(blocks, axis=1)[rows, when] / steps[rows, when, column]
    generator = stream(seed, Purpose.BOOTSTRAP)
    drawn = np.array(
        [np.abs(effects[generator.integers(0, len(effects), len(effects))]).mean(axis=0) for _ in range(resamples)]
    )
    half = _normal_quantile(confidence) * drawn.std(axis=0, ddof=1)
    mu_star = np.abs(effects).mean(axis=0)
    single = np.array([list(member).count(group) == 1 for group in groups])
    return Effects(
        groups,
        mu_star,
        mu_star - half,
        mu_star + half,
        np.where(single, effects.mean(axis=0), np.nan),
        np.where(single, effects.std(axis=0, ddof=1), np.nan),
        len(blocks),
        share,
    )


def sensitivity(
    values: NDArray[np.float64], design: Mapping[str, Any], unit: NDArray[np.float64], **more: Any
) -> VarianceShares | Effects:
    """Analyse an outcome of one scenario by the method its design was made for.

    Parameters
    ----------
    values : ndarray of float64, shape (n_points,)
        Its mean at each point, as from `point_means`.
    design : mapping
        The record of the design, as in the manifest.
    unit : ndarray
        Points of the design in the unit cube.
    **more
        ``confidence``, ``resamples``, ``seed``, ``missing``.

    Returns
    -------
    VarianceShares or Effects
        According to the design's method.

    Raises
    ------
    ResultError
        Where the design is of another kind.
    """
    member = [factor["group"] or factor["name"] for factor in design["factors"]]
    if design["method"] == "sobol":
        groups = list(dict.fromkeys(member))
        return variance_shares(values, groups, samples=design["samples"], scrambles=design["scrambles"], **more)
    if design["method"] == "morris":
        return elementary_effects(values, unit, member, **more)
    raise ResultError(
        f"variance shares need a sweep with method sobol, elementary effects one with morris; "
        f"this one is {design['method']}"
    )
