"""What went into each run, as columns: the factors of its point and the draws of its world.

Worlds are not stored, because they follow from the seed; they are drawn again here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
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
from sim.results.store import as_folder, load_by_case, load_design
from sim.sweeps.counted import Condition, Counted
from sim.sweeps.design import Design
from sim.sweeps.factors import DUMMY

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

__all__ = ["Study", "independence", "independent", "read_study", "recorded_design", "world_inputs"]


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


#: Numbers that regions and boxes look at: where a sweep has more, they look at a part of its cases, and say so.
CELLS = 20_000_000
#: Worlds that are kept of each point, if there are so many, where points are left out.
FEWEST_WORLDS = 1_000


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
    counted : mapping of str to Counted
        What the outcome came to, by scenario.
    """

    folder: Path
    manifest: Manifest
    design: Design
    counted: Mapping[str, Counted]

    def draws(self, policy: str) -> tuple[pd.DataFrame, NDArray[np.float64]]:
        """Return one row per point and world with what went in, and the outcome's mean over replications.

        Parameters
        ----------
        policy : str
            Name of the scenario.

        Returns
        -------
        factors : pandas.DataFrame
            Factors of the design and draws of the world; those that never vary are left out. Its index
            has the levels ``point`` and ``world``.
        values : ndarray of float
            Rows whose runs all failed are left out of both.
        """
        import pandas as pd

        cases = self.counted[policy].cases()
        keys = cases.index.to_frame(index=False)
        parts = []
        design = load_design(self.folder)
        if design is not None:
            varied = design.set_index("point").drop(columns=[DUMMY], errors="ignore")
            parts.append(varied.loc[keys["point"]].reset_index(drop=True))
        record = self.manifest.scenarios.get(policy)
        if self.design.worlds and record:
            scenario, lines = _drawn_in(self.design, record["text"], policy)
            inputs = world_inputs(scenario, self.design.seed, int(keys["world"].max()) + 1, lines=lines)
            set_ = {path for factor in self.design.factors for path in factor.paths}
            inputs = inputs.drop(columns=[c for c in inputs.columns if c in set_])
            parts.append(inputs.loc[keys["world"]].reset_index(drop=True))
        if "coding" in cases.columns:
            parts.append(cases["coding"].fillna("").reset_index(drop=True).to_frame())
        factors = pd.concat(parts, axis=1) if parts else pd.DataFrame(index=keys.index)
        factors = factors.loc[:, ~factors.columns.duplicated()]
        factors.index = cases.index
        factors = factors[[c for c in factors.columns if (factors[c] != factors[c].iloc[0]).any()]]
        return factors, cases["mean"].to_numpy()


def _drawn_in(design: Design, text: str, policy: str) -> tuple[Scenario, bool]:
    """Return the scenario whose numbers worlds draw, and whether they draw its red lines too."""
    set_ = {path for factor in design.factors for path in factor.paths}
    plain = "codings" not in json.loads(text) and not any("red_lines" in path for path in set_)
    return alone(text, policy), plain


def _looked_at(design: Design, manifest: Manifest, policy: str) -> tuple[NDArray[np.bool_], int]:
    """Return the points, and how many worlds, at which regions and boxes of a scenario look."""
    record = manifest.scenarios.get(policy)
    width = len(design.factors) + 1
    if design.worlds and record:
        scenario, lines = _drawn_in(design, record["text"], policy)
        book = scenario.numbers
        width += len(np.unique(book.quantile_names[book.low < book.high]))
        width += len(declared_lines(scenario)) if lines else 0
    most, n_worlds = max(1, CELLS // width), max(1, design.worlds)
    worlds = min(n_worlds, max(most // design.n_points, FEWEST_WORLDS))
    points = np.ones(design.n_points, dtype=bool)
    if design.n_points * worlds > most:
        # Points stand in the order of the grid: one in so many would meet some factors at one value only.
        generator = stream(design.seed, Purpose.BOOTSTRAP)
        points[:] = False
        points[generator.choice(design.n_points, max(1, most // worlds), replace=False)] = True
    return points, worlds


def read_study(path: str | Path, outcome: str) -> Study:
    """Read one outcome of a finished sweep with its design, batch by batch.

    Parameters
    ----------
    path : str or Path
        Its result folder.
    outcome : str
        A column of numbers or yes/no; ``column=value`` for one value of a column, ``column>number`` for a threshold.

    Returns
    -------
    Study

    Raises
    ------
    ResultError
        Where the folder is no finished sweep, the outcome is unknown, or its design table is not what its design
        gives: the libraries that draw designs have changed since.

    Examples
    --------
    >>> from sim.sweeps.factors import ranged
    >>> from sim.sweeps.results import sweep
    >>> design = Design(factors=[ranged("x", 0, 1, steps=3)], name="doubling")
    >>> model = lambda case: {"y": 2 * case.settings["x"]}
    >>> done = sweep(design, workers=0, model=model, outcomes={"y": float}, quiet=True)
    >>> study = read_study(done, "y")
    >>> factors, values = study.draws("doubling")
    >>> factors["x"].tolist(), values.tolist()
    ([0.0, 0.5, 1.0], [0.0, 1.0, 2.0])
    """
    folder = as_folder(path)
    manifest = Manifest.read(folder)
    if manifest.kind != "sweep" or not manifest.design:
        raise ResultError(f"{folder}: an analysis needs a sweep; this is a {manifest.kind}")
    design = recorded_design(folder, manifest)
    condition = Condition.of(folder, manifest, outcome)
    counted = {
        policy: Counted(design, *_looked_at(design, manifest, policy), *independence(design))
        for policy in design.policies
    }
    names = [*(column.name for column in RUN_COLUMNS if column.name != "message"), "coding", condition.column]
    for batch in load_by_case(folder, names, design.replications, wanted=condition.column):
        values = condition.values(batch)
        scenarios = batch["scenario"].to_numpy()
        for policy, counts in counted.items():
            mine = scenarios == policy
            if mine.any():
                counts.add(batch[mine], values[mine])
    condition.refuse_unseen()
    return Study(folder, manifest, design, counted)


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
    name, _ = independence(design)
    if name == "worlds":
        return name, np.asarray(worlds, dtype=np.int64)
    place = np.asarray(points, dtype=np.int64)
    return name, np.arange(len(place)) if name == "runs" else place // design.points_a_draw


def independence(design: Design) -> tuple[str, int]:
    """Return what of a sweep is drawn independently, as `independent` names it, and how many draws there are.

    Examples
    --------
    >>> from sim.sweeps.factors import ranged
    >>> independence(Design(factors=[ranged("x", 0, 1)], method="morris", samples=2))
    ('trajectories', 2)
    """
    if design.worlds:
        return "worlds", design.worlds
    of_method = {"latin-hypercube": "points", "sobol": "base points", "morris": "trajectories"}
    if design.method in of_method:
        return of_method[design.method], -(-design.n_points // design.points_a_draw)
    return "runs", design.n_points * design.replications


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
