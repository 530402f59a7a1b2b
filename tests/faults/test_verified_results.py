"""Files of another result, changed, missing or linked: found by every reader, and nothing foreign is touched."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest

import sim
from sim.errors import ResultError
from sim.results.compare import compare
from sim.results.query import query
from sim.results.store import load
from sim.results.sums import SUMS, add_sum, read_sums
from sim.results.verify import verify
from sim.sweeps.analysis import analyse
from sim.sweeps.executors import choose_workers
from sim.sweeps.runner import carry_out
from sim.sweeps.task import FunctionTask
from tests.faults.sweep_script import design
from tests.faults.test_killed_sweeps import bytes_of

TWO = Path("scenarios/tutorial-two-by-two/scenario.yaml")


def quick(case):
    return {"y": float(case.run) + case.settings["x"], "deal": (case.run + case.seed) % 3 == 0}


TASK = FunctionTask(quick, {"y": float, "deal": bool})


def sweep(folder, *, seed=0, **more):
    carry_out(design(25, seed=seed, chunk=10), TASK, folder, choose_workers(0), quiet=True, **more)
    return folder


@pytest.fixture
def two_seeds(tmp_path):
    return sweep(tmp_path / "first"), sweep(tmp_path / "second", seed=1)


def parley(*arguments, cwd=None):
    command = [sys.executable, "-m", "sim.cli", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=cwd)


def chunk_of_another_seed(folder, other):
    shutil.copy(other / "chunks" / "000003.parquet", folder / "chunks")


def chunk_copied(folder, _other):
    shutil.copy(folder / "chunks" / "000002.parquet", folder / "chunks" / "000003.parquet")


def chunk_deleted(folder, _other):
    (folder / "chunks" / "000003.parquet").unlink()


def chunk_rewritten(folder, _other):
    """The same rows but one value, written by the library that wrote them, checksums and all."""
    path = folder / "chunks" / "000003.parquet"
    table = pq.read_table(path)
    values = table.column("y").to_pylist()
    values[0] += 1.0
    place = table.column_names.index("y")
    pq.write_table(table.set_column(place, table.schema.field("y"), [values]), path, write_page_checksum=True)


TAMPERED = [chunk_of_another_seed, chunk_copied, chunk_deleted, chunk_rewritten]


@pytest.mark.parametrize("tamper", TAMPERED, ids=lambda tamper: tamper.__name__)
def test_no_reader_takes_a_chunk_that_was_not_written_here(two_seeds, tamper):
    folder, other = two_seeds
    before = bytes_of(folder)
    tamper(folder, other)
    for reader in (
        load,
        lambda path: query(path, "select count(*) from runs"),
        lambda path: compare(path, other),
        lambda path: analyse(path, "deal"),
    ):
        with pytest.raises(ResultError, match=r"000003\.parquet: (corrupt, or of another result|missing).*--resume"):
            reader(folder)
    assert not verify(folder).is_sound
    sweep(folder, resume=True)
    assert bytes_of(folder) == before
    assert verify(folder).is_sound


def test_a_manifest_or_design_that_was_changed_is_refused(two_seeds):
    folder, other = two_seeds
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps({**manifest, "seed": 7}))
    with pytest.raises(ResultError, match=r"manifest\.json: not the file that was written"):
        load(folder)
    shutil.copy(folder / "chunks" / "000000.parquet", other / "design.parquet")
    with pytest.raises(ResultError, match=r"design\.parquet: corrupt, or of another result"):
        load(other)


def test_a_list_of_hashes_that_was_changed_with_its_chunk_is_refused(two_seeds):
    folder, other = two_seeds
    chunk_of_another_seed(folder, other)
    add_sum(folder, "chunks/000003.parquet", read_sums(other)["chunks/000003.parquet"])
    with pytest.raises(ResultError, match="SHA256SUMS: not the list that the result was finished with"):
        load(folder)
    (folder / SUMS).unlink()
    with pytest.raises(ResultError, match="SHA256SUMS: could not be read"):
        load(folder)


def test_verify_tells_what_is_amiss_and_exits_1(two_seeds):
    folder, other = two_seeds
    done = parley("verify", folder, other)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count("as it was written") == 2
    (folder / "table.csv").write_text("run\n1\n")
    chunk_deleted(folder, other)
    (folder / "chunks" / "mine.parquet").write_bytes(b"")
    done = parley("verify", folder, "--json")
    assert done.returncode == 1
    (found,) = json.loads(done.stdout)["results"]
    assert found["faults"] == ["chunks/000003.parquet: missing", "table.csv: not the file that was written"]
    assert found["notes"] == ["chunks/mine.parquet: not the result's"]
    assert parley("verify", folder / "nowhere").returncode == 1


def test_the_list_is_one_that_sha256sum_reads(two_seeds):
    if shutil.which("sha256sum") is None:
        pytest.skip("no sha256sum here")
    subprocess.run(["sha256sum", "--check", "--strict", "--quiet", SUMS], cwd=two_seeds[0], check=True)


def test_a_run_keeps_hashes_too(tmp_path):
    assert parley("run", TWO, "--runs", "3", "--out", tmp_path / "r").returncode == 0
    assert verify(tmp_path / "r").is_sound
    (tmp_path / "r" / "table.csv").write_text("run\n")
    assert verify(tmp_path / "r").faults == ("table.csv: not the file that was written",)


@pytest.mark.parametrize("name", [".lock", "log.jsonl", "manifest.json", "chunks", "unfinished"])
def test_a_link_in_a_result_folder_is_refused_and_what_it_leads_to_left(tmp_path, name):
    target = tmp_path / "theirs"
    folder = tmp_path / "r"
    folder.mkdir()
    if name in {"chunks", "unfinished"}:
        target.mkdir()
        (target / "000000.parquet").write_text("precious")
    else:
        target.write_text("precious")
    (folder / name).symlink_to(target)
    with pytest.raises(ResultError, match=rf"{name}: is a link"):
        sweep(folder, resume=True)
    kept = target / "000000.parquet" if target.is_dir() else target
    assert kept.read_text() == "precious"


@pytest.mark.parametrize("name", ["table.csv", "complete.json", SUMS, "design.parquet", ".lock-holder"])
def test_a_link_laid_where_a_file_is_written_is_replaced_not_followed(tmp_path, name):
    target = tmp_path / "theirs"
    target.write_text("precious")
    folder = tmp_path / "r"
    folder.mkdir()
    (folder / name).symlink_to(target)
    if name in {"design.parquet", ".lock-holder"}:
        sweep(folder)  # what a sweep killed at its beginning leaves, laid by somebody else
        assert not (folder / name).is_symlink()
    else:
        with pytest.raises(ResultError):
            sweep(folder)
        (folder / name).unlink()
        sweep(folder)
    (folder / name).unlink()
    (folder / name).symlink_to(target)
    if name in {SUMS, "design.parquet"}:
        with pytest.raises(ResultError):
            sweep(folder, resume=True)
    else:
        sweep(folder, resume=True)
    assert target.read_text() == "precious"


def test_files_that_are_not_the_results_are_neither_read_nor_removed(tmp_path):
    folder = sweep(tmp_path / "r")
    rows = len(load(folder))
    theirs = [
        folder / "chunks" / "mine.parquet", folder / "chunks" / "0.parquet", folder / "notes.part",
        folder / ".mine.123.part", folder / "unfinished" / "mine",
    ]  # fmt: skip
    (folder / "unfinished").mkdir(exist_ok=True)
    for path in theirs:
        path.write_text("precious")
    (folder / "chunks" / "000004.parquet").unlink()
    sweep(folder, resume=True)
    assert all(path.read_text() == "precious" for path in theirs)
    assert len(load(folder)) == rows == query(folder, "select count(*) as n from runs").n[0]


def greedy(case):
    """Want more memory than there is, until the file that says so is gone."""
    if case.run in {2, 3} and Path(os.environ["PARLEY_TEST_FULL"]).exists():
        raise MemoryError
    if case.run == 7:
        raise ValueError("no such agreement")
    return {"y": float(case.run)}


def test_failures_of_the_machine_are_told_from_the_models_and_made_again_when_asked(tmp_path, monkeypatch):
    full = tmp_path / "full"
    full.touch()
    monkeypatch.setenv("PARLEY_TEST_FULL", str(full))
    plan, task = design(2, chunk=2), FunctionTask(greedy, {"y": float})

    def run(**more):
        carry_out(plan, task, tmp_path / "r", choose_workers(0), quiet=True, **more)
        record = json.loads((tmp_path / "r" / "complete.json").read_text())
        return record["n_failed"], record["n_machine_failed"]

    assert run() == (3, 2)
    assert run(resume=True) == (3, 2)
    full.unlink()
    untouched = (tmp_path / "r" / "chunks" / "000003.parquet").stat().st_mtime_ns
    assert run(retry_failed=True) == (1, 0)
    assert (tmp_path / "r" / "chunks" / "000003.parquet").stat().st_mtime_ns == untouched
    assert load(tmp_path / "r")["error"].dropna().tolist() == ["ValueError"]
    assert verify(tmp_path / "r").is_sound


def test_a_run_that_runs_out_of_memory_once_is_made_again_at_once(tmp_path):
    tried = []

    def once(case):
        tried.append(case.run)
        if tried.count(case.run) == 1 and case.run == 1:
            raise MemoryError
        return {"y": 1.0}

    carry_out(design(2, chunk=4), FunctionTask(once, {"y": float}), tmp_path / "r", choose_workers(0), quiet=True)
    assert tried.count(1) == 2
    assert load(tmp_path / "r")["error"].isna().all()


@pytest.mark.parametrize(("reservations", "code"), [("[0.3, 0.35]", 0), ("[0.3, 1e300]", 3), ("[1e300]", 1)])
def test_a_sweep_whose_runs_fail_says_why_and_exits_3_or_1(tmp_path, reservations, code, monkeypatch):
    # A protocol that fails where the scenario says so; the reader would refuse such a number at its line.
    script = tmp_path / "run.py"
    script.write_text(
        "import sys\n"
        "import sim.sweeps.simulate as s\n"
        "from sim.cli import main\n"
        "from sim.errors import ModelError\n"
        "made = s.SimulateTask.run\n"
        "def run(self, case, **more):\n"
        "    if case.settings['parties.hill.no_deal.reservation'] > 0.5:\n"
        "        raise ModelError('the talks break down')\n"
        "    return made(self, case, **more)\n"
        "s.SimulateTask.run = run\n"
        "main(sys.argv[1:])\n"
    )
    shutil.copy(TWO, tmp_path)
    values = reservations.replace("1e300", "0.9")
    (tmp_path / "sweep-x.yaml").write_text(
        f"{{schema: 1, name: x, factors: {{parties.hill.no_deal.reservation: {values}}}}}"
    )
    command = [sys.executable, str(script), "sweep", str(tmp_path / "sweep-x.yaml"), "--workers", "0"]
    done = subprocess.run([*command, "--out", str(tmp_path / "r")], capture_output=True, text=True, check=False)
    assert done.returncode == code, done.stderr
    assert ("ModelError: the talks break down" in done.stderr) == (code > 0)
    assert ("parley: the only run failed:" in done.stderr) == (code == 1)
    assert ("parley: 1 of 2 runs failed:" in done.stderr) == (code == 3)


@pytest.mark.parametrize(
    ("sql", "limits", "said"),
    [
        ("select count(*) from range(100000000000) a", ("--seconds", "1"), "takes longer than 1 s"),
        ("select list(range) from range(300000000)", ("--memory", "50MB"), "takes more than 50MB of memory"),
        ("select 1", ("--memory", "lots"), "'lots' is no amount of memory"),
    ],
)
def test_a_question_takes_no_more_than_it_may(tmp_path, sql, limits, said):
    folder = sweep(tmp_path / "r")
    done = parley("query", folder, sql, *limits)
    assert (done.returncode, done.stdout) == (1, "")
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_results_of_the_first_version_are_still_read(tmp_path):
    folder = sweep(tmp_path / "r")
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps({**manifest, "schema_version": 1}))
    record = json.loads((folder / "complete.json").read_text())
    del record["sums_hash"], record["n_machine_failed"]
    (folder / "complete.json").write_text(json.dumps(record))
    (folder / SUMS).unlink()
    assert len(load(folder)) == 100
    found = verify(folder)
    assert found.is_sound
    assert "kept no hashes" in found.notes[0]
    chunk_rewritten(folder, None)
    assert "logical hash is another" in verify(folder).faults[0]
    assert sim.load(folder).shape[0] == 100
