"""What went into each run, as columns: the factors of its point and the draws of its world.

Worlds are not stored, because they follow from the seed; they are drawn again here.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.domain.scenario import Scenario
from sim.domain.streams import Purpose, stream
from sim.domain.uncertain import draw_quantiles, values_at_quantiles
from sim.domain.world import declared_lines, draw_world
from sim.errors import ResultError
from sim.results.kept import alone
from sim.results.keys import RUN_COLUMNS
from sim.results.manifest import Manifest
from sim.results.store import load, load_design
from sim.sweeps.design import Design
from sim.sweeps.factors import DUMMY
from sim.sweeps.sensitivity import numeric

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

__all__ = ["Study", "independent", "read_study", "recorded_design", "world_inputs"]


def world_inputs(scenario: Scenario, seed: int, n_worlds: int, *, lines: bool = True) -> pd.DataFrame:
    """Draw worlds again and return what was drawn.

    Parameters
    ----------
    scenario : Scenario
        Without rival codings.
    seed : int
        Root seed.
    n_worlds : int
        Worlds 0 to n − 1.
    lines : bool
        Whether to include the declared red lines, as ``real`` or ``bluff``.

    Returns
    -------
    pandas.DataFrame
        One row per world. A number that is drawn by itself has its value under its path; numbers drawn
        together have their common quantile under the common part of their paths.

    Examples
    --------
    >>> import sim
    >>> two = sim.read_scenario("scenarios/tutorial-two-by-two/scenario.yaml")
    >>> wide = sim.with_settings(two, {"parties.hill.no_deal.reservation": {"value": 0.3, "low": 0.2, "high": 0.4}})
    >>> world_inputs(wide, seed=1, n_worlds=3).round(3)
           parties.hill.no_deal.reservation
    world
    0                                 0.329
    1                                 0.242
    2                                 0.322
    """
    import pandas as pd

    book = scenario.numbers
    free = book.low < book.high
    names, first, counts = np.unique(book.quantile_names[free], return_index=True, return_counts=True)
    places = np.flatnonzero(free)[first]
    columns: dict[str, Any] = {}
    quantiles = np.empty((n_worlds, len(names)))
    for world in range(n_worlds):
        key = int(stream(seed, Purpose.WORLD, world).integers(0, 2**64, dtype=np.uint64))
        quantiles[world] = draw_quantiles(key, names)
    for column in np.argsort(places):
        place = int(places[column])
        drawn = quantiles[:, column]
        path = book.paths[place]
        if counts[column] == 1:
            one = np.ones(n_worlds)
            drawn = 1.0 - drawn if book.mirrored[place] else drawn
            columns[path] = values_at_quantiles(
                book.value[place] * one,
                book.low[place] * one,
                book.high[place] * one,
                np.full(n_worlds, book.dist[place]),
                drawn,
            )
        else:
            shared = book.numbers[place].quantile or path.rpartition(".")[0]
            columns[f"{shared.removeprefix('-')} (quantile)"] = drawn
    if lines and (declared := declared_lines(scenario)):
        real = [draw_world(scenario, seed, world).real_lines for world in range(n_worlds)]
        for line, _ in declared:
            party, issue, option = line
            columns[f"line of {party}: {issue} {option}"] = ["real" if line in w else "bluff" for w in real]
    return pd.DataFrame(columns, index=pd.RangeIndex(n_worlds, name="world"))


@dataclass(frozen=True, eq=False)
class Study:
    """A finished sweep, ready for analysis.

    Parameters
    ----------
    folder : Path
        Its result folder.
    manifest : Manifest
        How it came about.
    design : Design
        As recorded.
    table : pandas.DataFrame
        Its runs.
    """

    folder: Path
    manifest: Manifest
    design: Design
    table: pd.DataFrame

    def rows(self, policy: str) -> pd.DataFrame:
        """Return the runs of one scenario."""
        return self.table[self.table["scenario"] == policy].reset_index(drop=True)

    def draws(self, policy: str, outcome: str) -> tuple[pd.DataFrame, Any]:
        """Return one row per point and world with what went in, and the outcome's mean over replications.

        Parameters
        ----------
        policy : str
            Name of the scenario.
        outcome : str
            A number or yes/no.

        Returns
        -------
        factors : pandas.DataFrame
            Factors of the design and draws of the world; those that never vary are left out. Its index
            has the levels ``point`` and ``world``.
        values : ndarray of float
            Rows whose runs all failed are left out of both.
        """
        import pandas as pd

        rows = self.rows(policy)
        rows = rows.assign(_outcome=numeric(rows, outcome))
        grouped = rows.groupby(["point", "world"], sort=True)["_outcome"].mean().dropna()
        keys = grouped.index.to_frame(index=False)
        parts = []
        design = load_design(self.folder)
        if design is not None:
            varied = design.set_index("point").drop(columns=[DUMMY], errors="ignore")
            parts.append(varied.loc[keys["point"]].reset_index(drop=True))
        record = self.manifest.scenarios.get(policy)
        if self.design.worlds and record:
            scenario = alone(record["text"], policy)
            set_ = {path for factor in self.design.factors for path in factor.paths}
            plain = "codings" not in json.loads(record["text"]) and not any("red_lines" in path for path in set_)
            inputs = world_inputs(scenario, self.design.seed, self.design.worlds, lines=plain)
            inputs = inputs.drop(columns=[c for c in inputs.columns if c in set_])
            parts.append(inputs.loc[keys["world"]].reset_index(drop=True))
        if "coding" in rows.columns:
            coding = rows.groupby(["point", "world"], sort=True)["coding"].first().loc[grouped.index]
            parts.append(coding.fillna("").reset_index(drop=True).to_frame())
        factors = pd.concat(parts, axis=1) if parts else pd.DataFrame(index=keys.index)
        factors = factors.loc[:, ~factors.columns.duplicated()]
        factors.index = grouped.index
        factors = factors[[c for c in factors.columns if (factors[c] != factors[c].iloc[0]).any()]]
        return factors, grouped.to_numpy()


def read_study(path: str | Path, outcome: str = "") -> Study:
    """Read a finished sweep with its design.

    Parameters
    ----------
    path : str or Path
        Its result folder.
    outcome : str
        The column, or condition on a column, that is asked about: only what names a run and that column are read.
        All columns but bitsets where it is empty or of no column.

    Returns
    -------
    Study

    Raises
    ------
    ResultError
        Where the folder is no finished sweep, or its design table is not what its design gives: the libraries
        that draw designs have changed since.

    Examples
    --------
    >>> from sim.sweeps.factors import ranged
    >>> from sim.sweeps.results import sweep
    >>> design = Design(factors=[ranged("x", 0, 1, steps=3)], name="doubling")
    >>> model = lambda case: {"y": 2 * case.settings["x"]}
    >>> study = read_study(sweep(design, workers=0, model=model, outcomes={"y": float}, quiet=True))
    >>> study.rows("doubling")[["x", "y"]].to_dict("list")
    {'x': [0.0, 0.5, 1.0], 'y': [0.0, 1.0, 2.0]}
    """
    folder = Path(path)
    manifest = Manifest.read(folder)
    if manifest.kind != "sweep" or not manifest.design:
        raise ResultError(f"{folder}: an analysis needs a sweep; this is a {manifest.kind}")
    known = {column.name for column in manifest.columns}
    asked = {outcome, *(outcome.partition(sign)[0] for sign in "=>")} & known
    columns = (
        [*(column.name for column in RUN_COLUMNS if column.name != "message"), "coding", *asked] if asked else None
    )
    return Study(folder, manifest, recorded_design(folder, manifest), load(folder, bits=False, columns=columns))


def independent(design: Design, points: ArrayLike, worlds: ArrayLike) -> tuple[str, NDArray[np.int64]]:
    """Return what of a sweep is drawn independently, and which draw each run belongs to.

    Parameters
    ----------
    design : Design
    points, worlds : array_like of int, shape (n,)
        Of the runs.

    Returns
    -------
    name : str
        ``worlds`` where worlds are drawn, otherwise what the design draws: ``points``, ``base points`` of a
        Sobol' design, ``trajectories`` of Morris's; where it draws nothing, ``runs``, each with luck of its own.
    draws : ndarray of int64, shape (n,)

    Examples
    --------
    >>> from sim.sweeps.factors import ranged
    >>> design = Design(factors=[ranged("x", 0, 1)], method="morris", samples=2)
    >>> design.groups, independent(design, range(6), [0] * 6)
    (('x', '(dummy)'), ('trajectories', array([0, 0, 0, 1, 1, 1])))
    """
    if design.worlds:
        return "worlds", np.asarray(worlds, dtype=np.int64)
    place = np.asarray(points, dtype=np.int64)
    of_method = {"latin-hypercube": "points", "sobol": "base points", "morris": "trajectories"}
    if design.method in of_method:
        return of_method[design.method], place // design.points_a_draw
    return "runs", np.arange(len(place))


def recorded_design(folder: Path, manifest: Manifest) -> Design:
    """Return the design of a sweep, drawn again and checked against what was kept.

    Parameters
    ----------
    folder : Path
    manifest : Manifest
        Of that folder.

    Returns
    -------
    Design
        Without its scenarios.

    Raises
    ------
    ResultError
        Where its design table is not what its design gives: the libraries that draw designs have changed since.

    Examples
    --------
    >>> from sim.sweeps.factors import ranged
    >>> from sim.sweeps.results import sweep
    >>> design = Design(factors=[ranged("x", 0, 1)], method="latin-hypercube", samples=4)
    >>> results = sweep(design, workers=0, model=lambda case: {"y": 0.0}, outcomes={"y": float}, quiet=True)
    >>> recorded_design(results.folder, results.manifest).to_frame().equals(design.to_frame())
    True
    """
    design = Design.from_text(manifest.design["text"])
    kept = load_design(folder)
    if kept is not None and not kept.equals(design.arrow_table().to_pandas()):
        raise ResultError(
            f"{folder}: its design.parquet is not what its design gives with these libraries; "
            "use the versions in its manifest"
        )
    return design
