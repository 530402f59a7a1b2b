"""From a design to a result, in one call."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import time
import weakref
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Any

from sim.domain.reader import as_scenario
from sim.domain.scenario import Scenario
from sim.errors import DesignError
from sim.results.chunks import arrow_schema
from sim.results.manifest import MANIFEST, Manifest
from sim.results.progress import duration, size
from sim.results.store import COMPLETE, load
from sim.sweeps.chunk import rows_of
from sim.sweeps.design import Design, PlannedRun
from sim.sweeps.executors import choose_workers
from sim.sweeps.runner import carry_out, manifest_of
from sim.sweeps.task import FunctionTask, Task, declared

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Estimate", "Results", "estimate", "sweep", "task_of"]


@dataclass(frozen=True, eq=False)
class Results:
    """A finished sweep.

    Parameters
    ----------
    folder : Path
        Where it is kept.
    manifest : Manifest
        How it came about.
    design : Design
        What was asked.
    """

    folder: Path
    manifest: Manifest
    design: Design

    @cached_property
    def table(self) -> pd.DataFrame:
        """All runs, one a row."""
        return load(self.folder)

    def __fspath__(self) -> str:
        """Stand for the folder wherever a path is asked for."""
        return str(self.folder)

    def to_frame(self) -> pd.DataFrame:
        """Return all runs, one a row: `table`."""
        return self.table


@dataclass(frozen=True)
class Estimate:
    """What a sweep would take.

    Parameters
    ----------
    runs, points, chunks : int
        Of the design.
    seconds_per_run : float
        Measured on a few runs, after the first.
    seconds : float
        With the given workers.
    bytes : float
        On the disk.
    workers : int
        As given.
    """

    runs: int
    points: int
    chunks: int
    seconds_per_run: float
    seconds: float
    bytes: float
    workers: int

    def words(self) -> str:
        """Say it."""
        return (
            f"{_counted(self.runs, 'run')} ({_counted(self.points, 'point')}) in {_counted(self.chunks, 'chunk')}; "
            f"{1000 * self.seconds_per_run:.3g} ms a run, so about {duration(self.seconds)} with "
            f"{_counted(self.workers, 'worker')}; about {size(self.bytes)} on the disk"
        )


def _counted(number: int, one: str) -> str:
    return f"{number:,} {one}{'' if number == 1 else 's'}"


def scenarios_of(design: Design) -> dict[str, Scenario]:
    """Return the scenarios of a design by policy, read where they are paths.

    Raises
    ------
    DesignError
        Where it has none.
    """
    given = dict(design.scenarios) or {"": design.scenario}
    if any(scenario is None for scenario in given.values()):
        raise DesignError("the design names no scenario; give Design(scenario, …), or a model to the sweep")
    return dict(zip(design.policies, map(as_scenario, given.values()), strict=True))


def task_of(design: Design, scenarios: Mapping[str, Scenario]) -> Task:
    """Return what a run of a design does, by its depth.

    Parameters
    ----------
    design : Design
    scenarios : mapping of str to Scenario
        Its scenarios, by policy.

    Returns
    -------
    Task
        `ExactTask` or `SimulateTask`.

    Examples
    --------
    >>> import sim
    >>> two = sim.read_scenario("scenarios/tutorial-two-by-two/scenario.yaml")
    >>> design = Design(two, depth="exact")
    >>> row = task_of(design, {two.name: two})(design.case(0))
    >>> row["zone"], row["n.stable"]
    (2, 2)
    """
    if design.depth == "exact":
        from sim.sweeps.exact import ExactTask

        return ExactTask(scenarios, drawn=design.worlds > 0)
    from sim.sweeps.simulate import SimulateTask

    return SimulateTask(scenarios, drawn=design.worlds > 0, after=bool(design.options.get("after", True)))


def _modules(task: Task) -> tuple[str, ...]:
    """Return the modules a worker needs for a task."""
    owner: object = task.function if isinstance(task, FunctionTask) else type(task)
    module = str(getattr(owner, "__module__", "__main__"))
    return () if module == "__main__" else (module,)


def _prepared(
    design: Design,
    model: Callable[[PlannedRun], Mapping[str, Any]] | None,
    outcomes: Mapping[str, type | str] | None,
) -> tuple[Task, dict[str, dict[str, str]]]:
    if model is not None:
        if not outcomes:
            raise DesignError("a plain model needs its outcomes declared: outcomes={'name': float, …}")
        return FunctionTask(model, outcomes), {}
    from sim.results.kept import scenario_record

    scenarios = scenarios_of(design)
    texts = {name: scenario_record(scenario) for name, scenario in scenarios.items()}
    return task_of(design, scenarios), texts


def sweep(
    design: Design,
    workers: int = 2,
    out: str | Path | None = None,
    *,
    resume: bool | None = None,
    retry_failed: bool = False,
    cluster: str | None = None,
    model: Callable[[PlannedRun], Mapping[str, Any]] | None = None,
    outcomes: Mapping[str, type | str] | None = None,
    quiet: bool = False,
    resume_hint: str = "resume=True",
) -> Results:
    """Carry a design out.

    Parameters
    ----------
    design : Design
        What to run.
    workers : int
        Processes; 0 computes in this process.
    out : str or Path, optional
        Result folder; without one the result lives as long as the returned object.
    resume : bool, optional
        Go on with an unfinished result in `out`. By default where one of the same design is there, so that a call that
        was stopped can be made again as it is; False refuses it.
    retry_failed : bool
        Go on, and make the chunks again in which a run failed for want of memory, disk or a worker; what the model
        raises itself comes again and is left.
    cluster : str, optional
        ``local`` or the address of a Dask scheduler, in place of processes.
    model : callable, optional
        A plain function from a `PlannedRun` to a mapping of outcomes, in place of scenarios.
    outcomes : mapping of str to type, optional
        What that function returns.
    quiet : bool
        No progress on stderr.
    resume_hint : str
        What a person types to resume, for messages.

    Returns
    -------
    Results
        The finished sweep.

    Raises
    ------
    DesignError, ResultError
        Where it cannot be carried out, or its folder cannot be used.

    Examples
    --------
    >>> from sim.sweeps.factors import ranged
    >>> design = Design(factors=[ranged("x", 0, 1, steps=3)])
    >>> results = sweep(design, workers=0, model=lambda case: {"y": 2 * case.settings["x"]}, outcomes={"y": float})
    >>> results.table[["x", "y"]].to_dict("list")
    {'x': [0.0, 0.5, 1.0], 'y': [0.0, 1.0, 2.0]}
    """
    if _is_imported_by_a_worker():
        os._exit(1)  # without a word: the process that wanted workers says what its script lacks
    task, texts = _prepared(design, model, outcomes)
    kept = Path(mkdtemp(prefix="parley-sweep-")) if out is None else None
    folder = kept / "sweep" if kept is not None else Path(str(out))
    try:
        manifest = carry_out(
            design,
            task,
            folder,
            choose_workers(workers, cluster, _modules(task)),
            resume=_is_unfinished(folder) if resume is None else resume,
            retry_failed=retry_failed,
            quiet=quiet,
            manifest=manifest_of(design, task, texts),
            resume_hint=resume_hint,
        )
    except BaseException:
        if kept is not None:
            shutil.rmtree(kept, ignore_errors=True)
        raise
    results = Results(folder, manifest, design)
    if kept is not None:
        weakref.finalize(results, shutil.rmtree, kept, ignore_errors=True)
    return results


def _is_imported_by_a_worker() -> bool:
    """Whether this process is a worker that imports the script that wants workers: the call is not under a guard."""
    return bool(getattr(multiprocessing.current_process(), "_inheriting", False))


def _is_unfinished(folder: Path) -> bool:
    return (folder / MANIFEST).is_file() and not (folder / COMPLETE).is_file()


def estimate(
    design: Design,
    workers: int = 2,
    *,
    model: Callable[[PlannedRun], Mapping[str, Any]] | None = None,
    outcomes: Mapping[str, type | str] | None = None,
    seconds: float = 3.0,
) -> Estimate:
    """Say what a sweep would take, from a few of its runs made here.

    Parameters
    ----------
    design, workers, model, outcomes
        As in `sweep`.
    seconds : float
        About how long to measure, in seconds.

    Returns
    -------
    Estimate
        Nothing is written.

    Raises
    ------
    DesignError
        Where the design cannot be carried out.

    Examples
    --------
    >>> from sim.sweeps.factors import ranged
    >>> design = Design(factors=[ranged("x", 0, 1, steps=1000)], replications=20)
    >>> found = estimate(design, model=lambda case: {"y": case.settings["x"]}, outcomes={"y": float})
    >>> found.words()
    '20,000 runs (1,000 points) in 40 chunks; ... ms a run, so about ... with 2 workers; about ... on the disk'
    """
    task, _ = _prepared(design, model, outcomes)
    columns = declared(task)
    n = design.n_runs
    spread = [int(k) for k in dict.fromkeys((i * n) // 40 for i in range(min(40, n)))]
    rows_of(task, [design.case(spread[0])], columns)  # the first run also loads and compiles
    began = time.perf_counter()
    made: list[PlannedRun] = []
    tables = []
    for run in spread:
        made.append(design.case(run))
        tables.append(rows_of(task, made[-1:], columns))
        if time.perf_counter() - began > seconds:
            break
    per_run = (time.perf_counter() - began) / len(made)
    n_workers = max(1, workers)
    per_row = _bytes_per_row(tables, columns)
    chunks = -(-n // design.chunk_size)
    total = n * per_run / min(n_workers, max(1, chunks))
    return Estimate(n, design.n_points, chunks, per_run, total, n * per_row + 2_500.0 * chunks, n_workers)


def _bytes_per_row(tables: list[Any], columns: Any) -> float:
    """Bytes a further row takes in Parquet: the slope, because a file has a fixed cost as well."""
    import io

    import pyarrow as pa
    import pyarrow.parquet as pq

    def written(table: Any) -> int:
        sink = io.BytesIO()
        pq.write_table(table, sink, compression="zstd")
        return len(sink.getvalue())

    whole = pa.concat_tables(tables, promote_options="none")
    assert whole.schema.equals(arrow_schema(columns))
    if whole.num_rows < 2:
        return float(written(whole))
    slope: float = (written(whole) - written(whole.slice(0, 1))) / (whole.num_rows - 1)
    return max(1.0, slope)
