"""``parley sweep`` as a program: strangers' modules beside it, Ctrl-C, and folders that are started again."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sim.errors import DesignError
from sim.results.store import load, status
from sim.results.verify import verify
from sim.sweeps.executors import choose_workers

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
