"""The job script that Slurm gets; no Slurm is needed to see it."""

import contextlib
import socket

import pytest

from sim.errors import DesignError
from sim.sweeps.slurm import slurm_cluster

pytest.importorskip("dask_jobqueue")


def test_the_job_script_asks_for_one_single_threaded_worker_per_core_and_ends_in_time(tmp_path):
    cluster = slurm_cluster(
        jobs=0, cores=16, memory="64GB", hours=8, queue="compute", account="talks", logs=tmp_path,
        prologue=["source parley/.venv/bin/activate"],
    )  # fmt: skip
    try:
        script = cluster.job_script()
        address = cluster.scheduler_address
    finally:
        cluster.close()
    lines = script.splitlines()
    assert "#SBATCH -p compute" in lines
    assert "#SBATCH -A talks" in lines
    assert "#SBATCH --cpus-per-task=16" in lines
    assert "#SBATCH -t 08:00:00" in lines
    assert any(line.startswith("#SBATCH --mem=") for line in lines)
    assert lines.index("export OPENBLAS_NUM_THREADS=1") < lines.index("source parley/.venv/bin/activate")
    command = lines[-1]
    assert "--nworkers 16" in command
    assert "--nthreads 1" in command
    assert "--lifetime 475m --lifetime-stagger 2m" in command
    assert address in command
    assert address.startswith("tcp://")


def test_a_job_without_cores_is_refused():
    with pytest.raises(DesignError, match="cores 0"):
        slurm_cluster(jobs=1, cores=0, memory="1GB", hours=1)


def test_a_second_cluster_on_the_machine_finds_a_port_of_its_own(tmp_path):
    # 8787 is where Dask's dashboards go unless told otherwise; another sweep, or another test, may sit there.
    with socket.socket() as taken:
        with contextlib.suppress(OSError):
            taken.bind(("127.0.0.1", 8787))
            taken.listen()
        cluster = slurm_cluster(jobs=0, cores=1, memory="1GB", hours=1, logs=tmp_path)
        try:
            assert "#SBATCH" in cluster.job_script()
        finally:
            cluster.close()
