"""``parley sweep`` as a program: strangers' modules beside it, Ctrl-C, and folders that are started again."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import sim
from sim.errors import DesignError, ResultError
from sim.results.store import load, status
from sim.results.verify import verify
from sim.sweeps.executors import choose_workers
from sim.sweeps.factors import ranged
from sim.sweeps.runner import Interrupted

ROOT = Path(__file__).parents[2]
PARLEY = Path(sys.executable).with_name("parley")
HILL = "parties.hill.no_deal.reservation: {from: 0.2, to: 0.4, steps: 9}"
DESIGN = f"{{schema: 1, name: x, worlds: 300, factors: {{{HILL}}}}}"

installed = pytest.mark.skipif(not PARLEY.is_file(), reason="the command is not installed beside this Python")


@pytest.fixture
def sweep_file(tmp_path):
    shutil.copy(ROOT / "scenarios" / "tutorial-two-by-two" / "scenario.yaml", tmp_path)
    (tmp_path / "sweep.yaml").write_text(DESIGN)
    return tmp_path / "sweep.yaml"


@installed
@pytest.mark.parametrize("cluster", [(), ("--cluster", "local")], ids=["processes", "dask"])
def test_workers_import_nothing_from_the_folder_they_are_started_in(sweep_file, cluster):
    if cluster:
        pytest.importorskip("distributed")
    folder = sweep_file.parent / "strangers"
    folder.mkdir()
    names = ["numba", "numpy", "yaml", "pandas", "mesa", "pyarrow", "scipy", "socket", "random", "sim"]
    for name in names:
        (folder / f"{name}.py").write_text(f"open({str(folder / 'ran')!r}, 'a').write('{name} ')\n")
    command = [str(PARLEY), "sweep", str(sweep_file), "--worlds", "2", "--workers", "2", "--out", str(folder / "r")]
    environment = {name: value for name, value in os.environ.items() if name not in {"PYTHONSAFEPATH", "PYTHONPATH"}}
    done = subprocess.run(
        [*command, *cluster], cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=240
    )
    assert not (folder / "ran").exists(), (folder / "ran").read_text()
    assert done.returncode == 0, done.stderr
    assert len(load(folder / "r")) == 18


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
@pytest.mark.parametrize("workers", ["0", "2"])
def test_a_sweep_that_is_stopped_says_how_to_go_on_and_exits_as_stopped(sweep_file, number, code, workers):
    folder = sweep_file.parent / "r"
    command = [sys.executable, "-m", "sim.cli", "sweep", str(sweep_file), "--workers", workers, "--out", str(folder)]
    process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 120
    while not list(folder.glob("chunks/*.parquet")) and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(number)
    _, said = process.communicate(timeout=60)
    assert process.returncode == code, said
    assert "runs are kept" in said
    assert "--resume" in said
    assert "Traceback" not in said
    assert status(folder) == "unfinished"
    assert verify(folder).is_sound
    done = subprocess.run([*command, "--resume"], cwd=ROOT, capture_output=True, text=True, check=False, timeout=240)
    assert done.returncode == 0, done.stderr
    assert len(load(folder)) == 2700


@pytest.mark.parametrize("address", ["bogus", "10.0.0.1:8786", "tcp://host", ""])
def test_what_is_no_address_of_a_scheduler_is_refused_at_once(address):
    with pytest.raises(DesignError, match="no address of a Dask scheduler; write it as tcp://host:8786"):
        choose_workers(2, address)


def test_a_local_cluster_listens_on_the_loopback_alone_with_keys_of_its_own():
    pytest.importorskip("distributed")
    psutil = pytest.importorskip("psutil")
    workers = choose_workers(1, "local")
    try:
        workers.start()
        assert workers.cluster.scheduler_address.startswith("tls://127.0.0.1:")
        me = psutil.Process()
        ports = [
            found.laddr
            for process in (me, *me.children(recursive=True))
            for found in process.net_connections("tcp")
            if found.status == "LISTEN"
        ]
        assert {port.ip for port in ports} == {"127.0.0.1"}
        assert 8787 not in {port.port for port in ports}
        assert workers.note() == ""
        workers.cluster.scale(0)
        deadline = time.monotonic() + 30
        while not workers.note() and time.monotonic() < deadline:
            time.sleep(0.1)
        assert workers.note() == "no worker is left at local, waiting for one"
    finally:
        workers.stop()


def test_a_script_without_a_guard_is_told_so_in_a_sentence(tmp_path):
    (tmp_path / "script.py").write_text(
        "import sim\nfrom sim.sweeps.factors import ranged\n\n\ndef model(run):\n    return {'y': 1.0}\n\n\n"
        "design = sim.Design(factors=[ranged('x', 0, 1)])\n"
        "sim.sweep(design, 1, 'r', model=model, outcomes={'y': float}, quiet=True)\n"
    )
    command = [sys.executable, str(tmp_path / "script.py")]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=240)
    assert done.returncode == 1
    *_, last = done.stderr.strip().splitlines()
    assert "script.py: workers import this script, and it would sweep again in each; put the call" in last
    assert done.stderr.count("Traceback") <= 2  # of this error and what it came from, none of the workers


def test_a_call_that_was_stopped_can_be_made_again_as_it_is(tmp_path):
    design = sim.Design(factors=[ranged("x", 0, 1, steps=8)], chunk=1)
    stopped = []

    def model(run):
        if run.run == 5 and not stopped:
            stopped.append(run)
            raise KeyboardInterrupt
        return {"y": 1.0}

    def call(plan=design, **more):
        return sim.sweep(plan, 0, tmp_path / "r", model=model, outcomes={"y": float}, quiet=True, **more)

    with pytest.raises(Interrupted):
        call()
    with pytest.raises(ResultError, match="holds an unfinished sweep"):
        call(resume=False)
    with pytest.raises(ResultError, match="the sweep there is not this one"):
        call(design.with_changes(seed=1))
    assert len(call().table) == 8
    with pytest.raises(ResultError, match="holds a finished result"):
        call()
