"""One loop that hands chunks to workers and loses nothing.

The loop keeps a bounded window of chunks in hand, so its memory does not grow with the sweep. When a
worker is lost, all chunks in hand are suspects: each is computed again *alone*, so that a second loss has
one culprit, and the chunk's beacon names the run. A run that takes its worker down three times while
alone is written as a failed row, and the sweep goes on.

What is on the disk at any moment is a set of whole chunks. To resume is therefore to compute the others.
"""

from __future__ import annotations

import contextlib
import hashlib
import re
import sys
import time
from collections import Counter, deque
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from dataclasses import dataclass, field
from pathlib import Path

from sim.errors import DesignError, ResultError, SimError
from sim.results.chunks import arrow_schema, chunk_name, chunk_path, read_chunk, usable_chunks, write_table
from sim.results.durable import HOLDER, LOCK, FolderLock, disk_errors
from sim.results.keys import is_machine_error
from sim.results.manifest import MANIFEST, Manifest, differences
from sim.results.progress import Progress
from sim.results.store import COMPLETE, CSV, DESIGN, LOG, append_log, check_complete, finish, load_design
from sim.results.sums import SUMS, add_sum, file_hash, read_sums
from sim.sweeps.chunk import ChunkReport, Job, beacon, keep_task, read_beacon, run_chunk
from sim.sweeps.design import Design
from sim.sweeps.executors import InProcess, Workers
from sim.sweeps.task import Task, declared, pickled

__all__ = ["Interrupted", "carry_out", "manifest_of"]

#: Times a run may take its worker down, while computed alone, before it counts as failed.
PATIENCE = 3
#: Runs of one chunk that may count as lost before its other runs are given up as well.
LOST_PER_CHUNK = 20
#: Times workers may end before they begin a run.
FALSE_STARTS = 5


class Interrupted(KeyboardInterrupt):
    """Ctrl-C during a sweep; the message says how to resume. The command line exits 130."""


@dataclass
class _State:
    """What the loop knows."""

    todo: Iterator[int]
    suspects: deque[int] = field(default_factory=deque)
    again: deque[int] = field(default_factory=deque)
    pending: dict[Future[ChunkReport], int] = field(default_factory=dict)
    deaths: Counter[int] = field(default_factory=Counter)
    lost: dict[int, dict[int, str]] = field(default_factory=dict)
    alone: int | None = None
    false_starts: int = 0
    given_up: int = 0


def manifest_of(
    design: Design,
    task: Task,
    scenarios: dict[str, dict[str, str]] | None = None,
) -> Manifest:
    """Return the manifest of a sweep.

    Parameters
    ----------
    design : Design
        What is run.
    task : Task
        What a run does.
    scenarios : mapping, optional
        Per policy the ``text`` and ``hash`` of its scenario.

    Returns
    -------
    Manifest
        Of kind ``sweep``.

    Examples
    --------
    >>> from sim.sweeps.factors import ranged
    >>> from sim.sweeps.task import FunctionTask
    >>> design = Design(factors=[ranged("x", 0, 1, steps=3)], replications=4)
    >>> manifest = manifest_of(design, FunctionTask(lambda case: {"y": 0.0}, {"y": float}))
    >>> manifest.n_runs, manifest.columns[-1].name
    (12, 'y')
    """
    return Manifest(
        kind="sweep",
        name=design.name,
        question=design.question,
        seed=design.seed,
        columns=declared(task),
        n_runs=design.n_runs,
        chunk_size=design.chunk_size,
        scenarios=scenarios or {},
        design={"hash": design.hash, "text": design.text()},
        settings={"depth": design.depth},
    )


def carry_out(
    design: Design,
    task: Task,
    folder: Path,
    workers: Workers,
    *,
    resume: bool = False,
    retry_failed: bool = False,
    quiet: bool = False,
    manifest: Manifest | None = None,
    resume_hint: str = "the same command with --resume",
) -> Manifest:
    """Carry a design out into a result folder.

    Parameters
    ----------
    design : Design
        What to run.
    task : Task
        What a run does.
    folder : Path
        The result folder; new, empty, or (with `resume`) an unfinished result of the same sweep.
    workers : Workers
        Where to compute.
    resume : bool
        Go on with what is there.
    retry_failed : bool
        Go on, and make the chunks again in which a run failed for want of memory, disk or a worker.
    quiet : bool
        No progress on stderr.
    manifest : Manifest, optional
        From `manifest_of`, which is the default.
    resume_hint : str
        What a person types to resume.

    Returns
    -------
    Manifest
        Of the finished result.

    Raises
    ------
    ResultError
        Where the folder cannot be used, the sweep there is another one, or the disk refuses.
    Interrupted
        On Ctrl-C.

    Examples
    --------
    >>> import tempfile
    >>> from sim.results.store import load
    >>> from sim.sweeps.factors import ranged
    >>> from sim.sweeps.task import FunctionTask
    >>> design, folder = Design(factors=[ranged("x", 0, 1, steps=3)]), Path(tempfile.mkdtemp()) / "r"
    >>> task = FunctionTask(lambda case: {"y": 2 * case.settings["x"]}, {"y": float})
    >>> carry_out(design, task, folder, InProcess(), quiet=True).n_runs, load(folder)["y"].tolist()
    (3, [0.0, 1.0, 2.0])
    """
    design.refuse_too_many()
    manifest = manifest or manifest_of(design, task)
    if manifest.n_runs < 1:
        raise DesignError("the design has no runs")
    folder = folder.absolute()
    _refuse_foreign(folder, manifest, resume or retry_failed)
    with disk_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
    with FolderLock(folder):
        whole = _prepare(folder, manifest, design)
        if retry_failed:
            whole -= _give_back(folder, manifest, whole)
        if len(whole) < manifest.n_chunks:
            _Loop(design, task, folder, workers, manifest, quiet, resume_hint).run(whole)
        _clear(folder)
        if not _is_finished(folder):
            finish(folder, manifest)
    return manifest


def _is_finished(folder: Path) -> bool:
    """Whether the result was finished and its list of hashes is still the one it was finished with."""
    if not (folder / COMPLETE).is_file():
        return False
    try:
        check_complete(folder)
    except ResultError:
        return False
    digest = read_sums(folder).get(CSV)
    try:
        return digest is None or file_hash(folder / CSV) == digest
    except OSError:
        return False


def _give_back(folder: Path, manifest: Manifest, whole: set[int]) -> set[int]:
    """Remove the chunks in which a run failed for want of memory, disk or a worker, and return them."""
    sums, schema = read_sums(folder), arrow_schema(manifest.columns)
    failed = set()
    for chunk in sorted(whole):
        path = chunk_path(folder, chunk)
        kinds = read_chunk(path, schema, ["error"], sums[chunk_name(chunk)]).column("error").to_pylist()
        if any(kind and is_machine_error(kind) for kind in kinds):
            failed.add(chunk)
    if failed:
        (folder / COMPLETE).unlink(missing_ok=True)
    for chunk in failed:
        append_log(folder, {"time": time.time(), "event": "failed runs made again", "chunk": chunk})
        with disk_errors(folder, "cleared"):
            chunk_path(folder, chunk).unlink()
    return failed


def _refuse_foreign(folder: Path, manifest: Manifest, resume: bool) -> None:
    """Refuse a folder that holds something else, before anything is written to it."""
    if folder.exists() and not folder.is_dir():
        raise ResultError(f"{folder}: is a file; give --out a folder that does not exist yet")
    for name in ("chunks", "unfinished", LOG, LOCK, MANIFEST):
        # Whoever may write there could have a sweep write over, or remove, what the link leads to.
        if (folder / name).is_symlink():
            raise ResultError(
                f"{folder / name}: is a link; a result holds its own files: remove it, or give another folder"
            )
    if (folder / MANIFEST).exists():
        there = Manifest.read(folder)
        if not resume:
            done = "a finished result" if (folder / COMPLETE).is_file() else "an unfinished sweep"
            raise ResultError(f"{folder}: holds {done}; go on with --resume, or give --out another folder")
        found = differences(there, manifest)
        if found:
            raise ResultError(
                f"{folder}: cannot resume, the sweep there is not this one:\n  "
                + "\n  ".join(found)
                + "\ngive --out another folder, or restore what was changed"
            )
    elif folder.is_dir():
        # A sweep killed before its manifest was written leaves these and nothing else.
        begun = {LOCK, HOLDER, SUMS, DESIGN, LOG, "chunks", "unfinished"}
        foreign = [p.name for p in folder.iterdir() if p.name not in begun and not _PART.fullmatch(p.name)]
        if foreign or any((folder / "chunks").glob("*")):
            raise ResultError(f"{folder}: is not empty and not a result; give --out a folder that does not exist yet")


#: Files that a killed sweep leaves half-written, and what workers note while they are at work; nothing else is removed.
_PART = re.compile(r"\.(manifest\.json|complete\.json|table\.csv|SHA256SUMS|\.lock-holder)\.\d+\.part")
_UNFINISHED = re.compile(r"\d{6,}\.(at|parquet\.\d+)|design\.parquet")


def _clear(folder: Path) -> None:
    """Remove what a killed sweep left, and nothing that is not ours."""
    with disk_errors(folder, "cleared"):
        for entry in folder.iterdir():
            if _PART.fullmatch(entry.name):
                entry.unlink(missing_ok=True)
        if (folder / "unfinished").is_dir():
            for entry in (folder / "unfinished").iterdir():
                if _UNFINISHED.fullmatch(entry.name):
                    entry.unlink(missing_ok=True)
            with contextlib.suppress(OSError):  # not empty: something else lies there
                (folder / "unfinished").rmdir()


def _prepare(folder: Path, manifest: Manifest, design: Design) -> set[int]:
    """Lay the folder out; return the chunks that are there already."""
    _clear(folder)
    with disk_errors(folder):
        (folder / "chunks").mkdir(exist_ok=True)
        (folder / "unfinished").mkdir(exist_ok=True)
    if not (folder / MANIFEST).exists():
        # The manifest comes last: a folder that has one has all it needs to be resumed.
        digest = write_table(design.arrow_table(), folder / "unfinished" / DESIGN, folder / DESIGN)
        add_sum(folder, DESIGN, digest)
        manifest.write(folder)
        return set()
    load_design(folder)  # refuses one that is not the design written
    whole, damaged = usable_chunks(folder, manifest)
    for path in damaged:
        append_log(folder, {"time": time.time(), "event": "damaged chunk computed again", "file": path.name})
        with disk_errors(path, "removed"):
            path.unlink()
    if len(whole) < manifest.n_chunks:
        (folder / COMPLETE).unlink(missing_ok=True)
    return whole


def _why_none_begins() -> str:
    """Say why workers end before they begin a run."""
    script = getattr(sys.modules.get("__main__"), "__file__", None)
    if (
        script
        and Path(script).is_file()
        and "__name__" not in Path(script).read_text(encoding="utf-8", errors="replace")
    ):
        return (
            f"{script}: workers import this script, and it would sweep again in each; put the call of sim.sweep under "
            '`if __name__ == "__main__":`, or give it workers=0'
        )
    return (
        "workers end before they begin a run; the module that defines the model fails when imported, or a script "
        'lacks `if __name__ == "__main__":`; --workers 0 shows the error'
    )


class _Loop:
    """The loop over chunks; see the module's text."""

    def __init__(
        self,
        design: Design,
        task: Task,
        folder: Path,
        workers: Workers,
        manifest: Manifest,
        quiet: bool,
        resume_hint: str,
    ) -> None:
        self.design, self.folder, self.workers, self.manifest = design, folder, workers, manifest
        self.resume_hint = resume_hint
        self.in_process = isinstance(workers, InProcess)
        if self.in_process:
            # This process keeps the object itself: a lambda need not be pickled.
            self.blob, self.key = b"", f"here-{id(task)}"
            keep_task(self.key, task)
        else:
            self.blob = pickled(task)
            self.key = hashlib.sha256(self.blob).hexdigest()
        self.progress = Progress(manifest.n_runs, label=f"sweep {design.name}", quiet=quiet)

    def run(self, whole: set[int]) -> None:
        """Compute all chunks that are not in `whole`."""
        state = _State(todo=(c for c in range(self.manifest.n_chunks) if c not in whole))
        self.progress = Progress(
            self.manifest.n_runs,
            done=sum(b - a for a, b in map(self.manifest.chunk_range, whole)),
            label=self.progress.label,
            quiet=self.progress.quiet,
            at_once=self.workers.n,
        )
        began = time.perf_counter()
        ended_well = False
        try:
            executor = self.workers.start()
            while self._fill(state, executor):
                done, _ = wait(state.pending, timeout=1.0, return_when=FIRST_COMPLETED)
                if not done:
                    self.progress.show(self.workers.note())
                    continue
                if self._collect(state, done):
                    executor = self.workers.start()
            ended_well = True
        except KeyboardInterrupt as error:
            raise Interrupted(
                f"stopped; {self.progress.done:,} of {self.manifest.n_runs:,} runs are kept in "
                f"{self.folder}; resume with {self.resume_hint}"
            ) from error
        finally:
            self.progress.close()
            self.workers.stop(now=not ended_well)
            append_log(
                self.folder,
                {
                    "time": time.time(),
                    "event": "finished" if ended_well else "stopped",
                    "workers": self.workers.describe(),
                    "seconds": round(time.perf_counter() - began, 3),
                    "runs": self.progress.done,
                },
            )

    def _fill(self, state: _State, executor: Executor) -> bool:
        """Hand chunks out; return whether any is in hand."""
        if state.alone is not None or state.suspects:
            if not state.pending:
                state.alone = state.suspects.popleft() if state.suspects else None
                if state.alone is not None:
                    self._submit(state, executor, state.alone)
                    return True
            else:
                return True
        # One chunk in reserve per worker: it need not wait for the master between two.
        while len(state.pending) < 2 * self.workers.n and state.alone is None:
            chunk = state.again.popleft() if state.again else next(state.todo, None)
            if chunk is None:
                break
            self._submit(state, executor, chunk)
            if self.in_process:
                break
        return bool(state.pending)

    def _submit(self, state: _State, executor: Executor, chunk: int) -> None:
        job = self._job(chunk, state.lost.get(chunk, {}))
        # The beacon of an earlier attempt would name the wrong run.
        beacon(self.folder, chunk).unlink(missing_ok=True)
        try:
            state.pending[executor.submit(run_chunk, job)] = chunk
        except Exception as error:
            if not self.workers.is_loss(error):
                raise
            # The pool broke between two submissions: hand the loss on with the others.
            failed: Future[ChunkReport] = Future()
            failed.set_exception(error)
            state.pending[failed] = chunk

    def _job(self, chunk: int, lost: dict[int, str]) -> Job:
        first, last = self.manifest.chunk_range(chunk)
        design = self.design
        points = range(design.numbering.point(first), design.numbering.point(last - 1) + 1)
        return Job(
            folder=str(self.folder),
            chunk=chunk,
            first=first,
            last=last,
            task=self.blob,
            task_hash=self.key,
            columns=self.manifest.columns,
            first_point=points[0],
            settings=tuple(design.settings(p) for p in points),
            numbering=design.numbering,
            lost=lost,
        )

    def _collect(self, state: _State, done: set[Future[ChunkReport]]) -> bool:
        """Take in what has ended; return whether the workers have to be started again."""
        losses: dict[int, BaseException] = {}
        for future in done:
            self._settle(state, future, losses)
        if not losses:
            return False
        if self.workers.shared_fate:
            # A broken pool fails all it had in hand; what is not done yet fails in a moment.
            wait(state.pending)
            for future in list(state.pending):
                self._settle(state, future, losses)
        self._lose(state, losses)
        return self.workers.shared_fate

    def _settle(self, state: _State, future: Future[ChunkReport], losses: dict[int, BaseException]) -> None:
        chunk = state.pending.pop(future)
        try:
            report = future.result()
        except SimError:
            raise
        except BaseException as error:
            if self.workers.is_loss(error):
                losses[chunk] = error
                return
            if type(error).__name__ in {"CancelledError", "FutureCancelledError", "CommClosedError"}:
                raise ResultError(
                    f"{self.workers.describe()} was lost ({error}); finished chunks are kept: "
                    f"go on with {self.resume_hint}"
                ) from error
            raise
        self._take(state, report)

    def _take(self, state: _State, report: ChunkReport) -> None:
        state.false_starts = 0
        if state.alone == report.chunk:
            state.alone = None
        add_sum(self.folder, chunk_name(report.chunk), report.digest)
        self.progress.add(report.n_rows, report.n_failed)
        append_log(
            self.folder,
            {
                "chunk": report.chunk,
                "seconds": round(report.seconds, 6),
                "bytes": report.n_bytes,
                "failed": report.n_failed,
            },
        )

    def _lose(self, state: _State, losses: dict[int, BaseException]) -> None:
        """Decide what the loss of a worker means for the chunks that were in hand."""
        runs = {chunk: read_beacon(self.folder, chunk) for chunk in losses}
        first = next(iter(losses.values()))
        append_log(
            self.folder,
            {"time": time.time(), "event": "worker lost", "chunks": sorted(losses), "error": repr(first)},
        )
        if all(run is None for run in runs.values()):
            state.false_starts += 1
            if state.false_starts >= FALSE_STARTS:
                raise ResultError(_why_none_begins()) from first
        else:
            state.false_starts = 0
        for chunk in sorted(losses):
            run = runs[chunk]
            if state.alone == chunk and run is not None:
                state.deaths[run] += 1
                if state.deaths[run] >= PATIENCE:
                    self._give_up(state, chunk, run)
            # A chunk that had not begun did nothing wrong.
            (state.again if run is None else state.suspects).append(chunk)
        state.alone = None

    def _give_up(self, state: _State, chunk: int, run: int) -> None:
        lost = state.lost.setdefault(chunk, {})
        lost[run] = f"the worker ended {PATIENCE} times in this run, alone (out of memory, or a crash)"
        if len(lost) >= LOST_PER_CHUNK:
            last = self.manifest.chunk_range(chunk)[1]
            for other in range(run + 1, last):
                lost[other] = f"not made: {LOST_PER_CHUNK} runs before it in this chunk killed their workers"
            state.given_up += 1
            if state.given_up > 3:
                raise ResultError(
                    f"{self.folder}: nearly every run ends its worker (out of memory, or a crash in compiled "
                    f"code); see log.jsonl there; give workers more memory, then use {self.resume_hint}"
                )
