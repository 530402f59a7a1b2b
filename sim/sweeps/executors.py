"""Where chunks are computed: in this process, in local processes, or on a Dask cluster.

All three speak the protocol of ``concurrent.futures.Executor``, so the runner has one loop. What
differs is starting, stopping, and what a lost worker looks like.
"""

from __future__ import annotations

import contextlib
import os
import re
import signal
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Executor, Future
from typing import TYPE_CHECKING, Any, Protocol

from sim.errors import DesignError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["DaskWorkers", "InProcess", "ProcessWorkers", "Workers", "choose_workers"]


class Workers(Protocol):
    """A place where chunks are computed."""

    n: int
    #: Whether the loss of one worker loses all that is in hand, so that all must be started again.
    shared_fate: bool

    def start(self) -> Executor:
        """Start, or start again after a break."""

    def stop(self, *, now: bool = False) -> None:
        """Stop; `now` ends what is being computed."""

    def note(self) -> str:
        """Say what keeps it from computing; nothing where nothing does."""

    def is_loss(self, error: BaseException) -> bool:
        """Whether an error means that a worker was lost, rather than that its work failed."""

    def describe(self) -> str:
        """Say what it is, for people."""


class _Serial(Executor):
    """Computes a job when it is handed in."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future


class InProcess:
    """Compute here: for a debugger, a notebook, or a function that cannot be pickled."""

    n = 1
    shared_fate = False

    def start(self) -> Executor:
        """Return an executor that computes at once."""
        return _Serial()

    def stop(self, *, now: bool = False) -> None:
        """Nothing to stop."""

    def note(self) -> str:
        """Say nothing."""
        return ""

    def is_loss(self, error: BaseException) -> bool:
        """Say no: this process has no workers to lose."""
        return False

    def describe(self) -> str:
        """Say what it is."""
        return "this process"


def prepare_worker(master: int) -> None:
    """Tie a worker's life to its master's, and leave Ctrl-C to the master.

    A worker that outlives a killed master would keep computing for nobody, and keep writing.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    from multiprocessing import parent_process

    parent = parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    if os.getppid() == master:
        _die_with_parent()
        if os.getppid() != master:  # the master died before the tie was made
            os._exit(1)


def _end_with(parent: Any) -> None:
    """End this process when the master's end of their pipe closes, however the master ended."""
    from multiprocessing.connection import wait

    wait([parent.sentinel])
    os._exit(1)


def _die_with_parent() -> None:
    """Ask Linux to kill this process when its parent ends, even inside a long call of compiled code."""
    if sys.platform == "linux":
        import ctypes

        pr_set_pdeathsig = 1
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None, use_errno=True).prctl(pr_set_pdeathsig, int(signal.SIGKILL), 0, 0, 0)


#: Environment of workers. Their linear algebra has one thread: they share the cores as it is. And they import nothing
#: from the folder they are started in: Python puts it first on the path of a process started by `python -c`, as workers
#: are, so that a `numpy.py` lying there would run. What the master may import they may: it hands its own path on.
_WORKER_ENVIRONMENT = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "PYTHONSAFEPATH": "1",
}


@contextlib.contextmanager
def _worker_environment() -> Iterator[None]:
    """Start processes in the environment of workers; what is set already stays."""
    before = {name: os.environ.get(name) for name in _WORKER_ENVIRONMENT}
    os.environ.update({name: before[name] or value for name, value in _WORKER_ENVIRONMENT.items()})
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]


#: Times a pool is tried to be started, and the wait after the first failure, in seconds; it doubles each time.
_STARTS = 8
_FIRST_WAIT = 0.05


class ProcessWorkers:
    """Processes on this machine.

    Parameters
    ----------
    n : int
        How many.
    preload : tuple of str
        Modules that every worker needs. On Linux a server process imports them once and forks workers,
        so that starting one again costs milliseconds; elsewhere each worker imports them itself.
    """

    shared_fate = True

    def __init__(self, n: int, preload: tuple[str, ...] = ()) -> None:
        self.n = n
        self.preload = preload
        self._pool: Any = None

    def start(self) -> Executor:
        """Start a pool of fresh processes; none inherits the state of this one."""
        import multiprocessing

        self.stop(now=True)
        context = multiprocessing.get_context("forkserver" if sys.platform == "linux" else "spawn")
        for attempt in range(_STARTS):
            try:
                with _worker_environment():
                    return self._started(context)
            except (EOFError, ConnectionError):
                # The server process was killed while it was starting a worker. Until the system has reaped it
                # it passes for alive and refuses connections, so tries in quick succession all fail: wait.
                self.stop(now=True)
                if attempt == _STARTS - 1:
                    raise
                time.sleep(_FIRST_WAIT * 2**attempt)
        raise AssertionError("unreachable")

    def _started(self, context: Any) -> Executor:
        from concurrent.futures import ProcessPoolExecutor

        if sys.platform == "linux":
            from multiprocessing.forkserver import ensure_running

            context.set_forkserver_preload(["sim.sweeps.chunk", "pyarrow.parquet", *self.preload])
            ensure_running()
        self._pool = ProcessPoolExecutor(
            self.n, mp_context=context, initializer=prepare_worker, initargs=(os.getpid(),)
        )
        # Processes start with the first jobs; so these start here, within the same environment.
        for _ in range(self.n):
            self._pool.submit(int)
        return self._pool  # type: ignore[no-any-return]

    def stop(self, *, now: bool = False) -> None:
        """Stop the pool."""
        if self._pool is None:
            return
        pool, self._pool = self._pool, None
        # Before Python 3.14 the pool has no public way to end processes that are at work.
        processes = list((getattr(pool, "_processes", None) or {}).values()) if now else []
        for process in processes:
            with contextlib.suppress(OSError, ValueError):
                process.kill()
        pool.shutdown(wait=True, cancel_futures=True)

    def note(self) -> str:
        """Say nothing."""
        return ""

    def is_loss(self, error: BaseException) -> bool:
        """Whether the pool broke because a process ended."""
        from concurrent.futures.process import BrokenProcessPool

        return isinstance(error, BrokenProcessPool | EOFError | ConnectionError)

    def describe(self) -> str:
        """Say what it is."""
        return f"{self.n} process{'es' if self.n > 1 else ''}"


class DaskWorkers:
    """Workers of a Dask cluster.

    Parameters
    ----------
    address : str
        ``local`` starts a cluster on this machine; otherwise a scheduler's address, such as
        ``tcp://host:8786``. Workers need the same Python packages and must see the result
        folder under the same path.
    n : int
        Workers of a local cluster; for a remote one, it is asked.
    """

    shared_fate = False

    def __init__(self, address: str, n: int) -> None:
        self.address = address
        self.n = n
        self.cluster: Any = None
        self.client: Any = None

    def start(self) -> Executor:
        """Connect, or start a local cluster; after a loss the same cluster is kept: it heals itself."""
        try:
            from distributed import Client
        except ImportError as error:
            raise DesignError("--cluster needs Dask, which is not installed; install `parley-sim[cluster]`") from error
        if self.client is None:
            target = self.address
            if self.address == "local":
                target = self.cluster = self._local()
            try:
                # What a cluster's TLS needs stands in Dask's own configuration (`distributed.comm.tls`).
                self.client = Client(target, timeout="20s", set_as_default=False)
            except (OSError, TimeoutError, ValueError) as error:
                raise DesignError(
                    f"--cluster {self.address}: no Dask scheduler answers there ({error}); "
                    "start one with `dask scheduler`, or use --cluster local"
                ) from error
            if self.address != "local":
                self.n = max(1, sum(self.client.nthreads().values()))
        return self.client.get_executor(pure=False)  # type: ignore[no-any-return]

    def _local(self) -> Any:
        """Start a cluster on this machine that nobody else can reach: on the loopback, TLS with keys made for it."""
        import dask
        from distributed import LocalCluster

        before = dask.config.get("distributed.nanny.pre-spawn-environ", {})
        own = {
            # A worker that is started again later is started in the same environment.
            "distributed.nanny.pre-spawn-environ": {**_WORKER_ENVIRONMENT, **before},
            "distributed.scheduler.http.routes": [],
            "distributed.worker.http.routes": [],
        }
        try:
            with _worker_environment(), dask.config.set(own):
                cluster: Any = LocalCluster(
                    n_workers=self.n,
                    threads_per_worker=1,
                    processes=True,
                    # None would open Dask's usual port all the same.
                    dashboard_address="127.0.0.1:0",
                    host="127.0.0.1",
                    security=True,
                )
        except ImportError as error:
            raise DesignError(
                f"--cluster local needs keys of its own ({error}); install `parley-sim[cluster]`"
            ) from error
        cluster.scheduler.http_server.stop()
        return cluster

    def note(self) -> str:
        """Say that nobody is left to compute, where that is so."""
        with contextlib.suppress(Exception):  # a scheduler that is gone is told of where its jobs fail
            if self.client is not None and not self.client.scheduler_info(-1)["workers"]:
                return f"no worker is left at {self.address}, waiting for one"
        return ""

    def stop(self, *, now: bool = False) -> None:
        """Disconnect, and stop a cluster that was started here."""
        client, self.client = self.client, None
        cluster, self.cluster = self.cluster, None
        if client is not None:
            client.close()
        if cluster is not None:
            cluster.close()

    def is_loss(self, error: BaseException) -> bool:
        """Whether Dask gave a job up because workers ended under it."""
        return type(error).__name__ == "KilledWorker"

    def describe(self) -> str:
        """Say what it is."""
        return f"Dask cluster {self.address} ({self.n} workers)"


_ADDRESS = re.compile(r"[a-z]+://\S+:\d{1,5}")


def choose_workers(workers: int, cluster: str | None = None, preload: tuple[str, ...] = ()) -> Workers:
    """Return where to compute.

    Parameters
    ----------
    workers : int
        Processes; 0 computes in this process.
    cluster : str, optional
        ``local`` or a Dask scheduler's address.
    preload : tuple of str
        Modules that every worker needs.

    Returns
    -------
    Workers
        Not started yet.

    Raises
    ------
    DesignError
        Where `workers` is negative, or `cluster` no address.

    Examples
    --------
    >>> choose_workers(2).describe()
    '2 processes'
    """
    if workers < 0:
        raise DesignError(f"workers: {workers}, but it must be 0 (this process) or more")
    if cluster is not None:
        if cluster != "local" and not _ADDRESS.fullmatch(cluster):
            raise DesignError(
                f"--cluster {cluster}: no address of a Dask scheduler; write it as tcp://host:8786 or tls://host:8786, "
                "or use --cluster local"
            )
        return DaskWorkers(cluster, max(1, workers))
    return ProcessWorkers(workers, preload) if workers else InProcess()
