"""What one outcome came to in the runs of a sweep, counted batch by batch.

An analysis needs no run by itself. It needs the sum of each independent draw (for the interval), of each point (for
sensitivities) and of each world at a point (for regions and boxes), so that is what is kept: memory grows with draws
and points, some bytes each, and not with rows. Sums are taken in the order of runs, so that they are the same however
the rows are cut into chunks; the spread alone is merged from batch to batch, after Chan and others.

References
----------
Chan, T. F., Golub, G. H. & LeVeque, R. J. (1983). Algorithms for computing the sample variance: analysis and
recommendations. *The American Statistician* 37, 242–247.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.errors import ResultError, nearest
from sim.results.keys import failed_runs
from sim.results.manifest import Manifest
from sim.results.store import load_by_case, load_design
from sim.sweeps.sensitivity import is_countable, numeric, refuse_unknown, whole_means

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from sim.sweeps.design import Design

__all__ = ["Condition", "Counted"]

#: Values told of a column where the one asked for is not among them.
TOLD = 10_000


@dataclass(eq=False)
class Condition:
    """An outcome as it is asked for: a column, one value of a column, or a threshold.

    Attributes
    ----------
    folder : Path
        Of the sweep, for messages.
    column : str
    sign : str
        ``=``, ``>``, or empty for the column itself.
    value : str
        What follows the sign.
    is_whole : bool
        Whether the column is of whole numbers, whose values are read without a decimal point.
    seen : set of str
        Values met so far, where one value is asked for.
    """

    folder: Path
    column: str
    sign: str = ""
    value: str = ""
    is_whole: bool = False
    seen: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, folder: Path, manifest: Manifest, outcome: str) -> Condition:
        """Read an outcome.

        Parameters
        ----------
        folder : Path
        manifest : Manifest
            Of that folder.
        outcome : str

        Returns
        -------
        Condition

        Raises
        ------
        ResultError
            Where there is no such column, or a threshold is not a number.

        Examples
        --------
        >>> from sim.results.manifest import Column
        >>> manifest = Manifest("sweep", "x", 0, (Column("zone", "int32"),), n_runs=0, chunk_size=1)
        >>> found = Condition.of(Path("."), manifest, "zone>0")
        >>> found.column, found.sign, found.value
        ('zone', '>', '0')
        """
        kinds = {column.name: column.type for column in manifest.columns if column.type != "binary"}
        design = load_design(folder)
        names = [*kinds, *(() if design is None else (str(c) for c in design.columns))]
        if outcome in names:
            return cls(folder, outcome)
        for sign in "=>":
            name, found, value = outcome.partition(sign)
            if found and name in names:
                if sign == ">":
                    try:
                        float(value)
                    except ValueError:
                        raise ResultError(f"outcome {outcome!r}: {value!r} is not a number") from None
                is_whole = kinds.get(name, "").startswith("int")
                return cls(folder, name, sign, value.removesuffix(".0") if is_whole else value, is_whole)
        counts = dict.fromkeys(names, False)
        for batch in load_by_case(folder, names, wanted=outcome):
            for name in batch.columns:
                counts[name] = counts[name] or bool(is_countable(batch[name]))
        refuse_unknown(outcome, [name for name, yes in counts.items() if yes])
        raise AssertionError("unreachable")

    def values(self, batch: pd.DataFrame) -> NDArray[np.float64]:
        """Return the outcome of some runs: yes/no as 1 and 0, failed or absent as NaN.

        Parameters
        ----------
        batch : pandas.DataFrame

        Returns
        -------
        ndarray of float64, shape (n_rows,)

        Raises
        ------
        ResultError
            Where the column is text and no value of it is asked for.
        """
        if not self.sign:
            return numeric(batch, self.column)
        column = batch[self.column]
        known = ~failed_runs(batch) if "error" in batch.columns else column.notna().to_numpy()
        flags: Any
        if self.sign == ">":
            flags = numeric(batch, self.column) > float(self.value)
        else:
            # Whole numbers are floats in a batch that lacks some of them, and would be written otherwise there.
            texts = (column.astype("Int64") if self.is_whole else column).astype(str)
            flags = (texts == self.value).to_numpy()
            if len(self.seen) < TOLD:
                self.seen.update(str(text) for text in texts[known].unique())
            if flags.any():
                self.seen.add(self.value)
        return np.where(known, np.asarray(flags, dtype=np.float64), np.nan)

    def refuse_unseen(self) -> None:
        """Refuse a value that no run has: a name mistyped would otherwise be an outcome that never happens.

        Raises
        ------
        ResultError
        """
        if self.sign == "=" and self.value not in self.seen:
            values = sorted(value for value in self.seen if value)
            raise ResultError(f"{self.folder}: no run has {self.column} {self.value!r}{nearest(self.value, values)}")


@dataclass(eq=False)
class Counted:
    """An outcome of one scenario, counted.

    Parameters
    ----------
    design : Design
    looked_at : ndarray of bool, shape (n_points,)
        Points whose cases are kept for regions and boxes.
    worlds : int
        How many worlds of them are kept, from the first on.
    draws : str
        What is drawn independently, as `sim.sweeps.inputs.independent` names it.
    n_draws : int
        How many draws there are.

    Attributes
    ----------
    n_runs, n_known : int
        Runs, and those of them that have the outcome.
    is_share : bool
        Whether the outcome is 0 or 1 in all of them.

    Examples
    --------
    >>> import pandas as pd
    >>> from sim.sweeps.design import Design
    >>> counted = Counted(Design(worlds=2, replications=2), np.ones(1, bool), 2, "worlds", 2)
    >>> runs = pd.DataFrame({"point": 0, "world": [0, 0, 1, 1]})
    >>> counted.add(runs, np.array([1.0, 0.0, 1.0, np.nan]))
    >>> [part.tolist() for part in counted.by_draw()], counted.cases()["mean"].tolist()
    ([[1.0, 1.0], [2, 1]], [0.5, 1.0])
    """

    design: Design
    looked_at: NDArray[np.bool_]
    worlds: int
    draws: str
    n_draws: int
    n_runs: int = 0
    n_known: int = 0
    is_share: bool = True

    def __post_init__(self) -> None:
        self._totals = np.zeros(self.n_draws)
        self._counts = np.zeros(self.n_draws, dtype=np.int64)
        n_points = self.design.n_points
        self._of_points = np.zeros((3, n_points)) if self.design.method in {"sobol", "morris"} else None
        self._mean = self._squares = 0.0
        self._cases: list[pd.DataFrame] = []

    @property
    def is_part(self) -> bool:
        """Whether regions and boxes look at a part of the cases only."""
        return not self.looked_at.all() or self.worlds < self.design.n_worlds

    @property
    def spread(self) -> float:
        """Standard deviation of the outcome over all runs that have it."""
        return float(np.sqrt(self._squares / self.n_known)) if self.n_known else 0.0

    def add(self, runs: pd.DataFrame, values: NDArray[np.float64]) -> None:
        """Count some runs of the scenario: whole cases, in their order.

        Parameters
        ----------
        runs : pandas.DataFrame
            With ``point``, ``world``, and ``coding`` where there is one.
        values : ndarray of float64, shape (n_rows,)
            The outcome; NaN where it is missing.
        """
        points, worlds = runs["point"].to_numpy(), runs["world"].to_numpy()
        known = np.isfinite(values)
        found = values[known]
        if self.draws == "worlds":
            place = worlds[known]
        elif self.draws == "runs":
            place = np.flatnonzero(known) + self.n_runs
        else:
            place = points[known] // self.design.points_a_draw
        # One by one and in order, unlike the sums of batches: so that a sum does not depend on where batches end.
        np.add.at(self._totals, place, found)
        np.add.at(self._counts, place, 1)
        if self._of_points is not None:
            np.add.at(self._of_points[0], points, 1)
            np.add.at(self._of_points[1], points[~known], 1)
            np.add.at(self._of_points[2], points[known], found)
        if len(found):
            mean, before, n = float(found.mean()), self.n_known, self.n_known + len(found)
            apart = mean - self._mean
            self._squares += float(((found - mean) ** 2).sum()) + apart**2 * before * len(found) / n
            self._mean += apart * len(found) / n
        self.is_share = self.is_share and bool(np.isin(found, (0.0, 1.0)).all())
        self.n_runs += len(values)
        self.n_known += len(found)
        self._keep(runs, points, worlds, values)

    def _keep(
        self, runs: pd.DataFrame, points: NDArray[np.int64], worlds: NDArray[np.int64], values: NDArray[np.float64]
    ) -> None:
        chosen = self.looked_at[points] & (worlds < self.worlds)
        columns = ["point", "world", *(["coding"] if "coding" in runs.columns else [])]
        rows = runs.loc[chosen, columns].assign(mean=values[chosen])
        if len(rows):
            how = {"mean": "mean", **({"coding": "first"} if "coding" in columns else {})}
            cases = rows.groupby(["point", "world"], sort=True).agg(how).dropna(subset=["mean"])
            if "coding" in columns:
                cases["coding"] = cases["coding"].astype("category")
            self._cases.append(cases)

    def by_draw(self) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Return the sum and the number of values of each independent draw that has any."""
        there = self._counts > 0
        return self._totals[there], self._counts[there]

    def point_means(self) -> NDArray[np.float64]:
        """Return the mean at each point, as `sim.sweeps.sensitivity.point_means`; of Sobol' and Morris designs."""
        assert self._of_points is not None
        counts, gaps, sums = self._of_points
        return whole_means(counts.astype(np.int64), gaps.astype(np.int64), sums)

    def cases(self) -> pd.DataFrame:
        """Return the mean of each case looked at, by ``point`` and ``world``, and its ``coding`` where there is one."""
        import pandas as pd

        found = pd.concat(self._cases)
        return found.astype({"coding": object}) if "coding" in found.columns else found
