"""The work of one chunk, as a worker does it.

A worker makes the runs of its chunk one after another and writes the file itself, so the master's
memory does not grow with the number of runs. Before each run it notes the run's number in
a *beacon*, a file of eight bytes: if the worker is killed, the beacon says in which run.
"""

from __future__ import annotations

import gc
import pickle
import re
import struct
import time
import traceback
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.errors import DesignError
from sim.results.chunks import arrow_schema, chunk_path, write_chunk
from sim.results.durable import disk_errors, open_fresh
from sim.results.keys import RUN_COLUMNS
from sim.results.manifest import Column
from sim.results.store import append_log
from sim.sweeps.design import Numbering, PlannedRun
from sim.sweeps.factors import Value
from sim.sweeps.task import Task

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["ChunkReport", "Job", "beacon", "keep_task", "read_beacon", "rows_of", "run_chunk"]

#: Tracebacks written to the log per chunk; further ones would only repeat them.
_TRACEBACKS = 3
_MESSAGE = 500
_TASKS: dict[str, Task] = {}


@dataclass(frozen=True)
class Job:
    """One chunk to be computed.

    Parameters
    ----------
    folder : str
        The result folder, reachable by the worker.
    chunk, first, last : int
        The chunk and its runs [first, last).
    task, task_hash : bytes, str
        The pickled task, and what tells it from others.
    columns : tuple of Column
        Columns of the table.
    first_point : int
        Point of the first of `settings`.
    settings : tuple of mapping
        Settings of the points in the chunk.
    numbering : Numbering
        Of the design.
    lost : mapping of int to str
        Runs that killed their worker, with what is known about it: written as failed rows.
    """

    folder: str
    chunk: int
    first: int
    last: int
    task: bytes
    task_hash: str
    columns: tuple[Column, ...]
    first_point: int
    settings: tuple[Mapping[str, Value], ...]
    numbering: Numbering
    lost: Mapping[int, str]

    def case(self, run: int) -> PlannedRun:
        """Return one of its runs."""
        return self.numbering.planned(run, lambda point: self.settings[point - self.first_point])


@dataclass(frozen=True)
class ChunkReport:
    """What a worker says of a chunk it has written."""

    chunk: int
    n_rows: int
    n_failed: int
    seconds: float
    n_bytes: int
    digest: str


def beacon(folder: Path, chunk: int) -> Path:
    """Return where the run in hand is noted.

    Parameters
    ----------
    folder : Path
        The result folder.
    chunk : int
        Number of the chunk, from 0.

    Returns
    -------
    Path

    Examples
    --------
    >>> beacon(Path("results/berlin"), 7).as_posix()
    'results/berlin/unfinished/000007.at'
    """
    return folder / "unfinished" / f"{chunk:06d}.at"


def read_beacon(folder: Path, chunk: int) -> int | None:
    """Read which run a worker was making when it ended.

    Parameters
    ----------
    folder : Path
        The result folder.
    chunk : int
        Number of the chunk, from 0.

    Returns
    -------
    int or None
        Number of the run; None before the first.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> read_beacon(folder, 7) is None
    True
    >>> beacon(folder, 7).parent.mkdir()
    >>> _ = beacon(folder, 7).write_bytes(struct.pack("<q", 712))
    >>> read_beacon(folder, 7)
    712
    """
    try:
        content = beacon(folder, chunk).read_bytes()
    except FileNotFoundError:
        return None
    return struct.unpack("<q", content)[0] if len(content) == 8 else None


def run_chunk(job: Job) -> ChunkReport:
    """Compute one chunk and write its file.

    Parameters
    ----------
    job : Job
        What to do.

    Returns
    -------
    ChunkReport
        Counts and timing.

    Raises
    ------
    ResultError
        Where the disk refuses; a model's own exceptions become failed rows.

    Examples
    --------
    A model that divides by its factor fails in the first of two runs:

    >>> import tempfile
    >>> from sim.sweeps.task import FunctionTask, declared
    >>> task, folder = FunctionTask(lambda case: {"y": 1 / case.settings["x"]}, {"y": float}), tempfile.mkdtemp()
    >>> keep_task("reciprocal", task)
    >>> (Path(folder) / "chunks").mkdir()
    >>> settings = ({"x": 0.0}, {"x": 2.0})
    >>> one_world = Numbering(("",), n_worlds=1, replications=1, seed=0, points_a_draw=1)
    >>> job = Job(folder, 0, 0, 2, b"", "reciprocal", declared(task), 0, settings, one_world, lost={})
    >>> report = run_chunk(job)
    >>> report.n_rows, report.n_failed
    (2, 1)
    """
    began = time.perf_counter()
    task = _task(job)
    folder = Path(job.folder)
    place = beacon(folder, job.chunk)
    failed = 0

    def failing(run: int, error: BaseException) -> None:
        nonlocal failed
        failed += 1
        if failed <= _TRACEBACKS:
            trace = "".join(traceback.format_exception(error))
            append_log(folder, {"chunk": job.chunk, "run": run, "traceback": trace[-4000:]})

    with disk_errors(place):
        place.parent.mkdir(exist_ok=True)
        file = open_fresh(place)

    def beginning(run: int) -> None:
        file.seek(0)
        file.write(struct.pack("<q", run))
        file.flush()

    try:
        with disk_errors(place):
            table = rows_of(
                task,
                (job.case(run) for run in range(job.first, job.last)),
                job.columns,
                lost=job.lost,
                beginning=beginning,
                failing=failing,
            )
    finally:
        file.close()
    digest = write_chunk(folder, job.chunk, table)
    place.unlink(missing_ok=True)
    n_failed = table.num_rows - table.column("error").null_count
    size = chunk_path(folder, job.chunk).stat().st_size
    return ChunkReport(job.chunk, table.num_rows, n_failed, time.perf_counter() - began, size, digest)


def rows_of(
    task: Task,
    cases: Iterable[PlannedRun],
    columns: Sequence[Column],
    *,
    lost: Mapping[int, str] | None = None,
    beginning: Callable[[int], None] | None = None,
    failing: Callable[[int, BaseException], None] | None = None,
) -> pa.Table:
    """Make runs and return their rows; what a run raises becomes its row.

    Parameters
    ----------
    task : Task
        What a run does.
    cases : iterable of PlannedRun
        The runs.
    columns : sequence of Column
        As declared for the sweep.
    lost : mapping of int to str, optional
        Runs not to be made, with what is known about them.
    beginning : callable, optional
        Told the number of each run before it is made.
    failing : callable, optional
        Told of each exception.

    Returns
    -------
    pyarrow.Table
        One row per case, in order.

    Examples
    --------
    A run that fails is a row like the others:

    >>> from sim.sweeps.design import Design
    >>> from sim.sweeps.factors import listed
    >>> from sim.sweeps.task import FunctionTask, declared
    >>> design = Design(factors=[listed("x", [0, 2])])
    >>> task = FunctionTask(lambda case: {"y": 1 / case.settings["x"]}, {"y": float})
    >>> rows_of(task, map(design.case, range(2)), declared(task)).select(["y", "error"]).to_pydict()
    {'y': [None, 0.5], 'error': ['ZeroDivisionError', None]}
    """
    names = [column.name for column in columns[len(RUN_COLUMNS) :]]
    expected = set(names)
    keys = [column.name for column in RUN_COLUMNS]
    lists: dict[str, list[Any]] = {column.name: [] for column in columns}
    lost = lost or {}

    def add(case: PlannedRun, row: Mapping[str, Any] | None, error: str | None, message: str | None) -> None:
        values = (case.run, case.scenario, case.point, case.world, case.replication, error, message)
        for name, value in zip(keys, values, strict=True):
            lists[name].append(value)
        for name in names:
            lists[name].append(None if row is None else row[name])

    for case in cases:
        if case.run in lost:
            add(case, None, "WorkerLost", lost[case.run])
            continue
        if beginning:
            beginning(case.run)
        try:
            row = _made(task, case)
            if row.keys() != expected:
                raise _wrong_columns(expected, row)
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            # A model that calls sys.exit() or breaks otherwise costs its run, not the sweep.
            add(case, None, *_said(error))
            if failing:
                failing(case.run, error)
        else:
            add(case, row, None, None)
    return _table(lists, columns)


def _made(task: Task, case: PlannedRun) -> Mapping[str, Any]:
    """Make a run; where the machine and not the model fails, once more after memory was given back."""
    try:
        return task(case)
    except (MemoryError, OSError):
        gc.collect()
        return task(case)


def _said(error: BaseException) -> tuple[str, str]:
    """Return the kind of an error and what it says; of the machine's errors the kind is the general one."""
    for kind in (MemoryError, OSError):
        if isinstance(error, kind):
            name, said = kind.__name__, _stable(str(error))
            own = type(error).__name__
            return name, said if own == name or not said else f"{own.lstrip('_')}: {said}"
    return type(error).__name__, _stable(str(error))


def keep_task(key: str, task: Task) -> None:
    """Make a task known to this process under a key, so that a job need not carry it.

    Parameters
    ----------
    key : str
        The ``task_hash`` of the jobs that are meant.
    task : Task
        Need not be picklable.

    Examples
    --------
    A lambda cannot be pickled, but a job in the same process need only name it:

    >>> import tempfile
    >>> from sim.sweeps.task import FunctionTask, declared
    >>> task, folder = FunctionTask(lambda case: {"y": 1.0}, {"y": float}), tempfile.mkdtemp()
    >>> keep_task("constant", task)
    >>> (Path(folder) / "chunks").mkdir()
    >>> one_world = Numbering(("",), n_worlds=1, replications=1, seed=0, points_a_draw=1)
    >>> job = Job(folder, 0, 0, 1, b"", "constant", declared(task), 0, ({},), one_world, lost={})
    >>> run_chunk(job).n_failed
    0
    """
    _TASKS[key] = task


def _task(job: Job) -> Task:
    found = _TASKS.get(job.task_hash)
    if found is None:
        _TASKS.clear()
        try:
            found = _TASKS[job.task_hash] = pickle.loads(job.task)
        except Exception as error:
            raise DesignError(
                f"a worker cannot load the model ({type(error).__name__}: {error}); "
                "define it in a module that workers can import"
            ) from error
    return found


def _wrong_columns(expected: set[str], row: Mapping[str, Any]) -> TypeError:
    missing, extra = sorted(expected - row.keys()), sorted(row.keys() - expected)
    return TypeError(f"the model's row lacks {missing} and has undeclared {extra}; declare what it returns")


def _stable(message: str) -> str:
    """Drop what differs between processes (addresses), so that failed rows are the same on every worker."""
    return re.sub(r"0x[0-9a-fA-F]+", "0x…", message)[:_MESSAGE]


def _table(lists: dict[str, list[Any]], columns: Sequence[Column]) -> pa.Table:
    """Convert rows to their declared types; a row with a value of another type becomes a failed row."""
    import pyarrow as pa

    schema = arrow_schema(columns)
    try:
        return pa.table([pa.array(lists[f.name], f.type) for f in schema], schema=schema)
    except (pa.ArrowException, OverflowError, TypeError, ValueError):
        pass
    fields: Sequence[pa.Field] = list(schema)[len(RUN_COLUMNS) :]
    for row in range(len(lists["run"])):
        for column in fields:
            value = lists[column.name][row]
            try:
                pa.scalar(value, column.type)
            except (pa.ArrowException, OverflowError, TypeError, ValueError) as error:
                lists["error"][row] = "TypeError"
                lists["message"][row] = _stable(f"{column.name}: {value!r} is not {column.type}: {error}")
                for other in fields:
                    lists[other.name][row] = None
                break
    return pa.table([pa.array(lists[f.name], f.type) for f in schema], schema=schema)
