"""Workers on a Slurm cluster, through dask-jobqueue."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sim.errors import DesignError

__all__ = ["slurm_cluster"]

#: Minutes before the end of a job in which its workers stop taking chunks, so that none is cut short.
_MARGIN_MINUTES = 5


def slurm_cluster(
    *,
    jobs: int,
    cores: int,
    memory: str,
    hours: int,
    queue: str | None = None,
    account: str | None = None,
    logs: str | Path = "slurm-logs",
    prologue: list[str] | None = None,
) -> Any:
    """Start a Dask scheduler here and ask Slurm for jobs of workers.

    Parameters
    ----------
    jobs : int
        Jobs asked for; 0 starts none yet.
    cores : int
        Cores of a job; each gets one worker with one thread.
    memory : str
        Memory of a job, such as ``"64GB"``.
    hours : int
        Wall-clock limit of a job. Workers stop a few minutes before it of their own accord, spread over
        two minutes, and Slurm's replacements take over.
    queue, account : str, optional
        Slurm's partition and account.
    logs : str or Path
        Folder for what jobs print.
    prologue : list of str, optional
        Shell lines run before the workers, such as ``source ~/parley/.venv/bin/activate``.

    Returns
    -------
    dask_jobqueue.SLURMCluster
        Its ``scheduler_address`` is what ``parley sweep --cluster`` takes; ``job_script()`` shows what Slurm gets.

    Raises
    ------
    DesignError
        Where dask-jobqueue is not installed or a number makes no sense.

    Examples
    --------
    What Slurm would get, without asking it for anything:

    >>> import tempfile
    >>> logs = tempfile.mkdtemp()
    >>> cluster = slurm_cluster(jobs=0, cores=16, memory="64GB", hours=8, queue="compute", logs=logs)
    >>> [line for line in cluster.job_script().splitlines() if line.startswith(("#SBATCH -p", "#SBATCH -t"))]
    ['#SBATCH -p compute', '#SBATCH -t 08:00:00']
    >>> cluster.close()
    """
    if jobs < 0 or cores < 1 or hours < 1:
        raise DesignError(f"jobs {jobs}, cores {cores}, hours {hours}: at least 0, 1 and 1")
    try:
        from dask_jobqueue import SLURMCluster
    except ImportError as error:
        raise DesignError("Slurm needs dask-jobqueue; install `parley-sim[cluster]`") from error
    one_thread = [f"export {name}_NUM_THREADS=1" for name in ("OPENBLAS", "OMP", "MKL", "NUMBA")]
    cluster = SLURMCluster(
        cores=cores,
        processes=cores,
        memory=memory,
        walltime=f"{hours:02d}:00:00",
        queue=queue,
        account=account,
        log_directory=str(logs),
        job_script_prologue=[*one_thread, *(prologue or [])],
        worker_extra_args=["--lifetime", f"{60 * hours - _MARGIN_MINUTES}m", "--lifetime-stagger", "2m"],
        # Any free port, on this machine only: None would take Dask's default port and fail where it is in use.
        scheduler_options={"dashboard_address": "127.0.0.1:0"},
    )
    if jobs:
        cluster.scale(jobs=jobs)
    return cluster
