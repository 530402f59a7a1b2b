"""A sweep that is killed, however and whenever, can be resumed and gives the same bytes."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sim.results.store import load
from sim.sweeps.executors import choose_workers
from sim.sweeps.runner import carry_out
from sim.sweeps.task import FunctionTask
from tests.faults import sweep_models
from tests.faults.sweep_script import design

ROOT = Path(__file__).parents[2]
OUTCOMES = sweep_models.OUTCOMES
linux = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


def start(folder, workers, *more):
    return subprocess.Popen(
        [sys.executable, "-m", "tests.faults.sweep_script", str(folder), str(workers), *more],
        cwd=ROOT,
        stderr=subprocess.PIPE,
        text=True,
    )


def descendants(pid):
    """Processes under `pid` that compute or start those that do (not Python's resource tracker)."""
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
                command = (entry / "cmdline").read_bytes()
            except (OSError, IndexError):
                continue
            if b"resource_tracker" not in command:
                parents[int(entry.name)] = parent
    found, todo = [], [pid]
    while todo:
        above = todo.pop()
        for child, parent in parents.items():
            if parent == above:
                found.append(child)
                todo.append(child)
    return sorted(found)


def alive(pid):
    try:
        return (Path("/proc") / str(pid) / "stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def bytes_of(folder):
    """Every file of a result that is promised byte by byte."""
    return {
        str(p.relative_to(folder)): p.read_bytes()
        for p in sorted(folder.rglob("*"))
        if p.is_file() and p.name not in {"log.jsonl", ".lock", ".lock-holder"}
    }


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("undisturbed") / "sweep"
    carry_out(design(), FunctionTask(sweep_models.steady, OUTCOMES), folder, choose_workers(0), quiet=True)
    return bytes_of(folder)


@linux
def test_a_sweep_killed_twenty_times_resumes_to_the_same_bytes(undisturbed, tmp_path):
    chance = random.Random(20251215)
    kills = {"master": 0, "worker": 0}
    finished = 0
    while sum(kills.values()) < 20 or not finished:
        folder = tmp_path / f"sweep-{finished}"
        process = start(folder, 2)
        deadline = time.monotonic() + chance.uniform(0.05, 3.0)
        killed_master = False
        while process.poll() is None:
            if time.monotonic() > deadline:
                workers = descendants(process.pid)
                if chance.random() < 0.5 and workers:
                    os.kill(chance.choice(workers), signal.SIGKILL)
                    kills["worker"] += 1
                    deadline = time.monotonic() + chance.uniform(0.3, 2.0)
                else:
                    process.kill()
                    kills["master"] += 1
                    killed_master = True
                    process.wait(20)
                    gone = time.monotonic() + 10
                    while any(map(alive, workers)) and time.monotonic() < gone:
                        time.sleep(0.02)
                    assert not any(map(alive, workers)), "a worker outlives its master"
                    break
            time.sleep(0.01)
        _, said = process.communicate(timeout=60)
        if not killed_master:
            assert process.returncode == 0, said
            assert bytes_of(folder) == undisturbed
            finished += 1
    assert kills["master"] >= 3
    assert kills["worker"] >= 3


def test_one_worker_and_two_write_the_same_bytes(undisturbed, tmp_path):
    for workers in (1, 2):
        folder = tmp_path / f"with-{workers}"
        carry_out(design(), FunctionTask(sweep_models.steady, OUTCOMES), folder, choose_workers(workers), quiet=True)
        assert bytes_of(folder) == undisturbed


def test_a_run_that_kills_its_worker_becomes_a_failed_row_and_the_others_are_kept(tmp_path):
    carry_out(design(25), FunctionTask(sweep_models.deadly, OUTCOMES), tmp_path / "s", choose_workers(2), quiet=True)
    table = load(tmp_path / "s")
    assert table.index[table.error.notna()].tolist() == [37, 55]
    assert set(table.error.dropna()) == {"WorkerLost"}
    assert table.y.dropna().tolist() == [float(r) for r in range(100) if r not in {37, 55}]


def test_a_failing_run_is_a_row_with_its_error(tmp_path):
    carry_out(
        design(5),
        FunctionTask(sweep_models.impolite, OUTCOMES),
        tmp_path / "s",
        choose_workers(1),
        quiet=True,
    )
    failed = load(tmp_path / "s").set_index("run").error.dropna()
    assert failed.to_dict() == {3: "SystemExit", 5: "TypeError", 7: "TypeError", 9: "MemoryError"}


@linux
def test_ctrl_c_stops_cleanly_and_says_how_to_resume(tmp_path):
    folder = tmp_path / "s"
    process = start(folder, 2, "slow", "60")
    until = time.monotonic() + 60
    while not list(folder.glob("chunks/*.parquet")) and time.monotonic() < until:
        time.sleep(0.05)
    workers = descendants(process.pid)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "Traceback" not in said
    assert "--resume" in said and str(folder) in said
    assert not any(map(alive, workers))
    before = len(list(folder.glob("chunks/*.parquet")))
    assert 0 < before < 6
    again = start(folder, 2, "slow", "60")
    again.communicate(timeout=120)
    assert again.returncode == 0
    assert len(load(folder)) == 240


@linux
def test_a_dask_sweep_survives_a_killed_worker(undisturbed, tmp_path):
    pytest.importorskip("distributed")
    folder = tmp_path / "s"
    process = start(folder, 2, "steady", "300", "local")
    until = time.monotonic() + 90
    while not list(folder.glob("chunks/*.parquet")) and time.monotonic() < until and process.poll() is None:
        time.sleep(0.05)
    victims = descendants(process.pid)
    assert victims, "no Dask worker found"
    os.kill(victims[0], signal.SIGKILL)
    _, said = process.communicate(timeout=180)
    assert process.returncode == 0, said
    assert bytes_of(folder) == undisturbed


@linux
def test_a_server_that_refuses_until_it_is_reaped_is_waited_for(monkeypatch):
    # A killed server passes for alive until the system reaps it, under load for some tenths of a second.
    workers = choose_workers(2)
    started, tries, until = workers._started, [], time.monotonic() + 0.5

    def refusing(context):
        tries.append(time.monotonic())
        if tries[-1] < until:
            raise ConnectionRefusedError(111, "Connection refused")
        return started(context)

    monkeypatch.setattr(workers, "_started", refusing)
    try:
        assert workers.start().submit(abs, -3).result(60) == 3
    finally:
        workers.stop(now=True)
    assert len(tries) > 1
