"""Full disks, read-only folders, damaged files, two writers: clear errors, and nothing lost."""

import json
import os
import resource
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from sim.errors import ResultError
from sim.results.durable import FolderLock
from sim.results.manifest import Column, Manifest
from sim.results.query import query
from sim.results.store import arrow_schema, load, read_chunk, status, write_result
from sim.sweeps.executors import choose_workers
from sim.sweeps.factors import ranged
from sim.sweeps.runner import carry_out, manifest_of
from sim.sweeps.task import FunctionTask
from tests.faults import sweep_models
from tests.faults.sweep_script import design
from tests.faults.test_killed_sweeps import bytes_of, start

ROOT = Path(__file__).parents[2]


def quick(case):
    return {"y": float(case.run) + case.settings["x"], "deal": case.run % 2 == 0}


TASK = FunctionTask(quick, {"y": float, "deal": bool})


def sweep(folder, *, resume=False, plan=None, **more):
    return carry_out(plan or design(25, chunk=10), TASK, folder, choose_workers(0), resume=resume, quiet=True, **more)


@pytest.fixture
def finished(tmp_path):
    sweep(tmp_path / "done")
    return tmp_path / "done"


def flip(path, place):
    """Invert one byte, as a bad disk does."""
    content = bytearray(path.read_bytes())
    content[place] ^= 0xFF
    path.write_bytes(bytes(content))


def test_a_corrupt_chunk_is_named_and_computed_again(finished):
    before = bytes_of(finished)
    flip(finished / "chunks" / "000003.parquet", 60)
    with pytest.raises(ResultError, match=r"000003\.parquet: corrupt, .*--resume"):
        load(finished)
    sweep(finished, resume=True)
    assert bytes_of(finished) == before


def test_no_flipped_byte_changes_what_is_read(finished):
    path = finished / "chunks" / "000003.parquet"
    whole = path.read_bytes()
    schema = arrow_schema(Manifest.read(finished).columns)
    right = read_chunk(path, schema)
    refused = 0
    for place in range(0, len(whole), 7):
        flip(path, place)
        try:
            assert read_chunk(path, schema).equals(right), place
        except ResultError:
            refused += 1
        path.write_bytes(whole)
    assert refused > len(whole) // 7 // 2


def test_a_chunk_cut_short_or_missing_is_computed_again(finished):
    before = bytes_of(finished)
    chunk = finished / "chunks" / "000004.parquet"
    chunk.write_bytes(chunk.read_bytes()[:200])
    (finished / "chunks" / "000009.parquet").unlink()
    with pytest.raises(ResultError, match=r"000009\.parquet: missing"):
        load(finished)
    sweep(finished, resume=True)
    assert bytes_of(finished) == before


def test_a_half_written_manifest_is_refused_and_nothing_is_touched(finished):
    manifest = finished / "manifest.json"
    manifest.write_bytes(manifest.read_bytes()[:150])
    before = bytes_of(finished)
    for attempt in (
        lambda: load(finished),
        lambda: sweep(finished, resume=True),
        lambda: query(finished, "select 1"),
    ):
        with pytest.raises(ResultError, match=r"manifest\.json: damaged or half-written"):
            attempt()
    assert bytes_of(finished) == before


def test_an_unknown_schema_version_is_refused_with_the_versions_that_can_be_read(finished):
    manifest = json.loads((finished / "manifest.json").read_text())
    manifest["schema_version"] = 99
    (finished / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(ResultError, match="schema version 99, written by a newer Parley; this one reads 1"):
        load(finished)


def test_two_sweeps_into_one_folder_are_kept_apart(tmp_path):
    folder = tmp_path / "s"
    folder.mkdir()
    with (
        FolderLock(folder),
        pytest.raises(ResultError, match=rf"process {os.getpid()} on .* is writing here"),
    ):
        sweep(folder)
    sweep(folder)  # the lock file that stays behind is no lock
    assert status(folder) == "complete"


def test_a_second_process_is_refused_while_the_first_goes_on(tmp_path):
    folder = tmp_path / "s"
    first = start(folder, 1, "slow", "20")
    while not (folder / "manifest.json").exists() and first.poll() is None:
        pass
    second = start(folder, 1, "slow", "20")
    _, said = second.communicate(timeout=60)
    assert second.returncode == 1
    assert f"process {first.pid}" in said
    first.communicate(timeout=60)
    assert first.returncode == 0
    assert len(load(folder)) == 80


def test_a_finished_result_is_never_written_over(finished):
    with pytest.raises(ResultError, match="holds a finished result"):
        sweep(finished)


@pytest.mark.parametrize("given", ["a file", "a foreign folder"])
def test_a_path_that_is_no_result_is_left_alone(tmp_path, given):
    path = tmp_path / "x"
    if given == "a file":
        path.write_text("mine")
    else:
        path.mkdir()
        (path / "thesis.tex").write_text("mine")
    for resume in (False, True):
        with pytest.raises(ResultError, match="give --out a folder that does not exist yet"):
            sweep(path, resume=resume)
    with pytest.raises(ResultError, match=r"no.* result"):
        load(path)
    assert (path if given == "a file" else path / "thesis.tex").read_text() == "mine"


def test_a_changed_design_is_refused_with_the_difference(tmp_path):
    folder = tmp_path / "s"
    sweep(folder)
    changed = design(25, chunk=10).with_changes(factors=(ranged("x", 0, 2, steps=4),))
    with pytest.raises(ResultError, match=r"(?s)cannot resume.*design: -.*1\.0,.*design: \+.*2\.0,"):
        sweep(folder, plan=changed, resume=True)
    with pytest.raises(ResultError, match="seed: 0 there, 7 now"):
        sweep(folder, plan=design(25, chunk=10).with_changes(seed=7), resume=True)


def test_a_changed_version_or_scenario_is_refused_with_the_difference(tmp_path):
    folder = tmp_path / "s"
    plan = design(25, chunk=10)
    old = {"base": {"hash": "1", "text": "reservation: 0.5\n"}}
    new = {"base": {"hash": "2", "text": "reservation: 0.6\n"}}
    sweep(folder, manifest=manifest_of(plan, TASK, old))
    with pytest.raises(ResultError, match=r"(?s)scenario base: -reservation: 0\.5.*scenario base: \+reservation: 0\.6"):
        sweep(folder, resume=True, manifest=manifest_of(plan, TASK, new))
    manifest = manifest_of(plan, TASK, old)
    other = replace(manifest, versions={**manifest.versions, "numpy": "1.0"})
    with pytest.raises(ResultError, match=r"versions\.numpy: '[^']+' there, '1\.0' now"):
        sweep(folder, resume=True, manifest=other)


def test_a_read_only_folder_is_refused_in_one_sentence():
    # /proc is read-only for everyone, root included.
    with pytest.raises(ResultError, match="could not be"):
        sweep(Path("/proc/parley-sweep"))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write to read-only folders")
def test_a_folder_without_write_permission_says_so(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(ResultError, match="read-only"):
        sweep(tmp_path / "s")


@pytest.mark.parametrize("workers", ["0", "2"])
def test_a_file_size_limit_stops_the_sweep_and_keeps_what_is_whole(tmp_path, workers):
    """The system's own refusal (EFBIG), as a full disk or a quota gives it."""
    folder = tmp_path / "s"
    limited = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (2600, resource.RLIM_INFINITY));"
        "from tests.faults.sweep_script import main;"
        f"sys.exit(main({str(folder)!r}, {workers!r}, 'steady', '20'))"
    )
    # The limit would hold for a measurement of coverage as well, whose own file is larger.
    unmeasured = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
    said = subprocess.run(
        [sys.executable, "-c", limited],
        cwd=ROOT,
        env=unmeasured,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert said.returncode == 1
    assert "the disk is full" in said.stderr and "--resume" in said.stderr
    assert "Traceback" not in said.stderr
    assert not list(folder.glob("chunks/*")) or status(folder) == "unfinished"
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] == resource.RLIM_INFINITY
    again = start(folder, int(workers), "steady", "20")
    again.communicate(timeout=60)
    assert again.returncode == 0
    assert len(load(folder)) == 80


@pytest.fixture
def small_disk(tmp_path):
    """Mount a file system of 200 kB, where that is permitted."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = shutil.which("mount")
    command = [mount or "mount", "-t", "tmpfs", "-o", "size=200k", "tmpfs", str(disk)]
    if mount is None or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("mounting a small file system is not permitted here")
    yield disk
    subprocess.run(["umount", "--lazy", str(disk)], check=True)


def test_a_full_disk_stops_the_sweep_and_room_lets_it_go_on(small_disk, tmp_path):
    folder = small_disk / "s"
    ballast = small_disk / "ballast"
    ballast.write_bytes(b"x" * 120_000)
    plan = design(250, chunk=10)
    with pytest.raises(ResultError, match=r"the disk is full \(.*No space left on device\); nothing finished is lost"):
        sweep(folder, plan=plan)
    kept = {p.name: p.read_bytes() for p in folder.glob("chunks/*.parquet")}
    assert kept
    moved = tmp_path / "larger-disk"
    shutil.copytree(folder, moved)
    sweep(moved, plan=plan, resume=True)
    assert {name: (moved / "chunks" / name).read_bytes() for name in kept} == kept
    assert len(load(moved)) == 1000


def test_a_plain_result_is_written_whole_or_not_at_all(tmp_path, monkeypatch):
    table = pd.DataFrame({"run": [0, 1, 2], "rounds": [3, 4, 5]})
    columns = (Column("run", "int64"), Column("rounds", "int32"))
    manifest = Manifest("run", "x", 0, columns, n_runs=3, chunk_size=2)
    with monkeypatch.context() as patched:
        patched.setattr("sim.results.store.finish", lambda *a: (_ for _ in ()).throw(OSError(28, "No space left")))
        with pytest.raises(ResultError, match="the disk is full"):
            write_result(tmp_path / "r", table, manifest)
    assert list(tmp_path.iterdir()) == []
    write_result(tmp_path / "r", table, manifest)
    with pytest.raises(ResultError, match="holds a result already"):
        write_result(tmp_path / "r", table, manifest)
    assert load(tmp_path / "r").equals(table.astype({"rounds": "int32"}))


def test_an_unfinished_sweep_is_not_mistaken_for_a_result(finished):
    (finished / "complete.json").unlink()
    with pytest.raises(ResultError, match=r"unfinished \(10 of 10 chunks are there\); .*--resume"):
        load(finished)
    assert len(load(finished, unfinished=True)) == 100


def test_a_model_that_cannot_be_sent_to_workers_is_refused_with_the_remedy(tmp_path):
    from sim.errors import DesignError

    task = FunctionTask(lambda case: {"y": 1.0, "deal": True}, sweep_models.OUTCOMES)
    with pytest.raises(DesignError, match=r"define it at the top of a module, or use workers=0"):
        carry_out(design(5), task, tmp_path / "s", choose_workers(2), quiet=True)


def test_results_can_be_read_where_there_are_no_posix_locks():
    # Windows has no fcntl: nothing may import it on the way to a table.
    code = "import sys; sys.modules['fcntl'] = None\nimport sim.results.durable, sim.results.store, sim.sweeps.runner"
    subprocess.run([sys.executable, "-c", code], check=True)
