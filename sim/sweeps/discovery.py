"""Under which conditions is the outcome yes, in words: PRIM.

PRIM starts with the box of all worlds and peels: of all thin slices (a share α of the box at either end of
a factor, or one option) it removes the one that raises the density most per world lost, as long as the
box keeps a share `mass_min` of all worlds; then it pastes back what was cut too deep. Along the way
coverage is traded for density; reported is the box with the best harmonic mean of both, with
restrictions dropped that chance explains.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from sim.sweeps.boxes import Box, Restriction, measured, told_apart

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

__all__ = ["Trajectory", "prim"]


@dataclass
class _Limits:
    """A box while it is being cut; numbers by column, options as allowed codes."""

    low: NDArray[np.float64]
    high: NDArray[np.float64]
    allowed: list[set[int]]
    inside: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, dtype=np.int64))

    def copy(self) -> _Limits:
        return _Limits(self.low.copy(), self.high.copy(), [set(a) for a in self.allowed], self.inside)


@dataclass(frozen=True)
class Trajectory:
    """How PRIM went from all worlds to its last box.

    Parameters
    ----------
    coverage, density, mass : ndarray, shape (n_boxes,)
        Along the way.
    n_restricted : ndarray of int, shape (n_boxes,)
        Factors restricted.
    boxes : tuple of Box
        The boxes themselves, with every restriction they had.
    """

    coverage: NDArray[np.float64]
    density: NDArray[np.float64]
    mass: NDArray[np.float64]
    n_restricted: NDArray[np.int64]
    boxes: tuple[Box, ...]

    def best(self) -> int:
        """Return the box with the best harmonic mean of coverage and density."""
        total = self.coverage + self.density
        f1 = np.where(total > 0, 2 * self.coverage * self.density / np.where(total > 0, total, 1), 0)
        return int(np.argmax(f1))


class _Cutter:
    """The data, and the cuts possible in it."""

    def __init__(self, factors: pd.DataFrame, yes: NDArray[np.bool_], alpha: float, mass_min: float) -> None:
        self.factors, self.yes = factors, yes.astype(np.float64)
        self.alpha, self.mass_min = alpha, mass_min
        self.names = [str(c) for c in factors.columns if factors[c].dtype.kind in "fiu"]
        self.switches = [str(c) for c in factors.columns if str(c) not in self.names]
        self.x = np.column_stack(
            [factors[c].to_numpy(dtype=np.float64) for c in self.names] or [np.zeros((len(yes), 0))]
        )
        self.labels: list[list[str]] = []
        codes = []
        for name in self.switches:
            labels, code = np.unique(factors[name].astype(str), return_inverse=True)
            self.labels.append([str(label) for label in labels])
            codes.append(code)
        self.codes = np.column_stack(codes) if codes else np.zeros((len(yes), 0), dtype=np.int64)
        self.n = len(yes)

    def start(self, remaining: NDArray[np.int64]) -> _Limits:
        low = self.x.min(axis=0) if self.x.size else np.zeros(0)
        high = self.x.max(axis=0) if self.x.size else np.zeros(0)
        return _Limits(low, high, [set(range(len(labels))) for labels in self.labels], remaining)

    def n_free(self, box: _Limits, start: _Limits) -> int:
        numbers = np.count_nonzero((box.low == start.low) & (box.high == start.high))
        return int(numbers) + sum(a == b for a, b in zip(box.allowed, start.allowed, strict=True))

    def cuts(self, box: _Limits) -> list[_Limits]:
        """Return all boxes one slice smaller."""
        found = []
        x = self.x[box.inside]
        ordered = np.sort(x, axis=0)
        for j in range(x.shape[1]):
            for upper in (True, False):
                limit = _between(ordered[:, j], 1 - self.alpha if upper else self.alpha)
                new = box.copy()
                keep = x[:, j] <= limit if upper else x[:, j] >= limit
                (new.high if upper else new.low)[j] = limit
                new.inside = box.inside[keep]
                found.append(new)
        for j, allowed in enumerate(box.allowed):
            if len(allowed) > 1:
                for code in sorted(allowed):
                    new = box.copy()
                    new.allowed[j].discard(code)
                    new.inside = box.inside[self.codes[box.inside, j] != code]
                    found.append(new)
        return found

    def inside(self, box: _Limits, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        keep = ((self.x[rows] >= box.low) & (self.x[rows] <= box.high)).all(axis=1)
        for j, allowed in enumerate(box.allowed):
            keep &= np.isin(self.codes[rows, j], sorted(allowed))
        return rows[keep]

    def pastes(self, box: _Limits, start: _Limits, remaining: NDArray[np.int64]) -> list[_Limits]:
        """Return all boxes one slice larger."""
        found = []
        for j in range(self.x.shape[1]):
            if box.low[j] == start.low[j] and box.high[j] == start.high[j]:
                continue
            for upper in (False, True):
                beside = box.copy()
                beside.low[j], beside.high[j] = (box.high[j], start.high[j]) if upper else (start.low[j], box.low[j])
                data = np.sort(self.x[self.inside(beside, remaining), j])
                limit = (start.high if upper else start.low)[j]
                if data.size:
                    limit = _between(data, self.alpha if upper else 1 - self.alpha)
                new = box.copy()
                (new.high if upper else new.low)[j] = limit
                new.inside = self.inside(new, remaining)
                found.append(new)
        for j, allowed in enumerate(box.allowed):
            for code in sorted(start.allowed[j] - allowed):
                new = box.copy()
                new.allowed[j].add(code)
                new.inside = self.inside(new, remaining)
                found.append(new)
        return found

    def score(self, old: _Limits, new: _Limits, start: _Limits) -> tuple[float, int]:
        """Gain in density per world cut or pasted; then the fewer restrictions the better."""
        before = self.yes[old.inside].mean()
        after = self.yes[new.inside].mean() if len(new.inside) else 0.0
        lost = abs(len(old.inside) - len(new.inside))
        return (float(after - before) / lost if lost else 0.0, self.n_free(new, start))

    def path(self, remaining: NDArray[np.int64]) -> list[_Limits]:
        """Peel, then paste; return all boxes on the way."""
        start = self.start(remaining)
        boxes = [start]
        for larger in (False, True):
            while True:
                box = boxes[-1]
                options = self.pastes(box, start, remaining) if larger else self.cuts(box)
                scores = [self.score(box, new, start) for new in options]
                if not scores:
                    break
                best = max(range(len(scores)), key=lambda k: (scores[k], -k))
                new = options[best]
                moved = len(new.inside) > len(box.inside) if larger else len(new.inside) < len(box.inside)
                if not (moved and len(new.inside) / self.n >= self.mass_min and scores[best][0] > 0):
                    break
                boxes.append(new)
        return boxes

    def box(self, limits: _Limits, start: _Limits) -> Box:
        """Turn limits into a box in words and shares."""
        restrictions = []
        for j, name in enumerate(self.names):
            low = -np.inf if limits.low[j] == start.low[j] else float(limits.low[j])
            high = np.inf if limits.high[j] == start.high[j] else float(limits.high[j])
            if np.isfinite(low) or np.isfinite(high):
                restrictions.append(Restriction(name, low, high))
        for j, name in enumerate(self.switches):
            if limits.allowed[j] != start.allowed[j]:
                labels = tuple(self.labels[j][code] for code in sorted(limits.allowed[j]))
                restrictions.append(Restriction(name, options=labels))
        return measured(restrictions, self.factors, self.yes.astype(bool))


def _between(ordered: NDArray[np.float64], quantile: float) -> float:
    """Quantile of sorted data, halfway to the next different value, so that a slice is never empty."""
    place = (len(ordered) - 1) * quantile
    lower, higher = int(np.floor(place)), int(np.ceil(place))
    if quantile > 0.5:
        while ordered[lower] == ordered[higher] and lower > 0:
            lower -= 1
    else:
        while ordered[lower] == ordered[higher] and higher < len(ordered) - 1:
            higher += 1
    return float((ordered[lower] + ordered[higher]) / 2)


def prim(
    factors: pd.DataFrame,
    yes: ArrayLike,
    *,
    alpha: float = 0.05,
    mass_min: float = 0.05,
    n_boxes: int = 1,
    significance: float = 0.05,
) -> tuple[list[Box], list[Trajectory]]:
    """Find boxes in which yes is common, by PRIM.

    Parameters
    ----------
    factors : pandas.DataFrame, shape (n, n_factors)
        Numbers and options, one row per independent world.
    yes : array_like of bool, shape (n,)
        The outcome.
    alpha : float
        Share of the box peeled or pasted at a time.
    mass_min : float
        Least share of all worlds a box keeps.
    n_boxes : int
        Boxes looked for one after another, each among the worlds not in those before.
    significance : float
        A restriction with a larger quasi-p is dropped from the reported box.

    Returns
    -------
    boxes : list of Box
        The reported ones.
    trajectories : list of Trajectory
        How each was found.

    Raises
    ------
    ResultError
        Where the outcome never varies or data are missing.

    References
    ----------
    Friedman, J. H. & Fisher, N. I. (1999), Bump hunting in high-dimensional data, Statistics and
    Computing 9. Bryant, B. P. & Lempert, R. J. (2010), Thinking inside the box, Technological Forecasting
    and Social Change 77 (coverage, density, quasi-p). The objective that divides by the worlds lost is
    Kwakkel, J. H. & Jaxa-Rozen, M. (2016), Improving scenario discovery for handling heterogeneous
    uncertainties and multinomial classified outcomes, Environmental Modelling & Software 79.

    Examples
    --------
    >>> import pandas as pd
    >>> x = np.random.default_rng(1).random((2000, 3))
    >>> boxes, _ = prim(pd.DataFrame(x, columns=["a", "b", "c"]), (x[:, 0] < 0.4) & (x[:, 1] > 0.5))
    >>> sorted(r.factor for r in boxes[0].restrictions)
    ['a', 'b']
    """
    flags = told_apart(factors, yes)
    cutter = _Cutter(factors, flags, alpha, mass_min)
    remaining = np.arange(len(flags))
    boxes: list[Box] = []
    trajectories: list[Trajectory] = []
    for _ in range(n_boxes):
        if not flags[remaining].any() or len(remaining) < 2:
            break
        path = cutter.path(remaining)
        start = cutter.start(remaining)
        steps = [cutter.box(limits, start) for limits in path]
        shares = [
            (
                flags[limits.inside].sum() / flags.sum(),
                flags[limits.inside].mean(),
                len(limits.inside) / len(flags),
            )
            for limits in path
        ]
        coverage, density, mass = (np.array(values, dtype=np.float64) for values in zip(*shares, strict=True))
        trajectory = Trajectory(coverage, density, mass, np.array([len(s.restrictions) for s in steps]), tuple(steps))
        chosen = steps[trajectory.best()]
        kept: Sequence[Restriction] = chosen.restrictions
        while any(r.quasi_p > significance for r in chosen.restrictions):
            worst = max(chosen.restrictions, key=lambda r: r.quasi_p)
            kept = [r for r in chosen.restrictions if r is not worst]
            chosen = measured(kept, factors, flags)
        boxes.append(chosen)
        trajectories.append(trajectory)
        remaining = remaining[~chosen.holds(factors)[remaining]]
    return boxes, trajectories
