"""Whatever happens to a sweep's folder, in whatever order: it is finished to the same bytes, or refused."""

import shutil
import tempfile
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from sim.errors import ResultError
from sim.results.query import query
from sim.results.store import load
from sim.results.verify import verify
from sim.sweeps.executors import choose_workers
from sim.sweeps.runner import Interrupted, carry_out
from sim.sweeps.task import FunctionTask
from tests.faults.sweep_script import design
from tests.faults.test_killed_sweeps import bytes_of

CHUNKS = 6
PLAN = design(6, chunk=4)  # four points, 24 runs


class Model:
    """A model that is stopped, or runs out of memory, in runs that are named from outside."""

    stop_at = -1
    full_at = -1

    def __call__(self, case):
        if case.run == self.stop_at:
            raise KeyboardInterrupt
        if case.run == self.full_at:
            raise MemoryError
        return {"y": float(case.run) + case.settings["x"], "deal": (case.run + case.seed) % 3 == 0}


def swept(folder, model, plan=PLAN, **more):
    task = FunctionTask(model, {"y": float, "deal": bool})
    carry_out(plan, task, folder, choose_workers(0), quiet=True, **more)
    return bytes_of(folder)


class SweepFolder(RuleBasedStateMachine):
    """Start, stop, kill, resume and tamper with one folder."""

    @initialize()
    def begin(self):
        self.root = Path(tempfile.mkdtemp())
        self.folder = self.root / "r"
        self.model = Model()
        self.expected = swept(self.root / "undisturbed", Model())
        self.full = swept(self.root / "full", self._full_model())
        swept(self.root / "other", Model(), PLAN.with_changes(seed=1))
        self.theirs = None

    def _full_model(self):
        model = Model()
        model.full_at = 9
        return model

    def teardown(self):
        shutil.rmtree(self.root, ignore_errors=True)

    def chunks(self):
        return sorted(path for path in (self.folder / "chunks").glob("00000?.parquet")) if self.begun() else []

    def begun(self):
        return (self.folder / "manifest.json").exists()

    def finished(self):
        return (self.folder / "complete.json").exists()

    @rule(run=st.integers(0, 23), resume=st.booleans())
    def stopped_in_a_run(self, run, resume):
        """Ctrl-C in a run, if that run is still to be made."""
        self.model.stop_at = run
        try:
            swept(self.folder, self.model, resume=resume)
            assert resume or not self.was_begun
        except Interrupted as stop:
            assert "--resume" in str(stop)
        except ResultError as refused:
            assert not resume and "--resume" in str(refused)
        finally:
            self.model.stop_at = -1

    @invariant()
    def remember(self):
        self.was_begun = hasattr(self, "folder") and self.begun()

    @precondition(lambda self: self.begun())
    @rule(run=st.integers(0, 23))
    def out_of_memory_while_it_goes_on(self, run):
        """Only run 9 counts, so that what comes out is one of two results."""
        self.model.full_at = 9
        self.model.stop_at = run
        try:
            swept(self.folder, self.model, resume=True)
        except Interrupted:
            pass
        finally:
            self.model.full_at = self.model.stop_at = -1

    @precondition(lambda self: self.chunks())
    @rule(place=st.integers(0, CHUNKS - 1), way=st.sampled_from(["other", "copy", "flip", "cut", "delete", "link"]))
    def tampered_with(self, place, way):
        """A chunk is no longer the one that was written: nobody reads the result until it is resumed."""
        paths = self.chunks()
        path = paths[place % len(paths)]
        before = path.read_bytes()
        path.unlink()
        if way == "other":
            shutil.copy(self.root / "other" / "chunks" / path.name, path)
        elif way == "copy":
            path.write_bytes(paths[(place + 1) % len(paths)].read_bytes() if len(paths) > 1 else before[:-1])
        elif way == "flip":
            path.write_bytes(bytes([before[0] ^ 0xFF]) + before[1:])
        elif way == "cut":
            path.write_bytes(before[: len(before) // 2])
        elif way == "link":
            path.symlink_to(self.root / "other" / "chunks" / path.name)
        if self.finished():
            for reader in (load, lambda folder: query(folder, "select count(*) from runs")):
                try:
                    reader(self.folder)
                except ResultError:
                    continue
                raise AssertionError(f"{way}: read all the same")
            assert not verify(self.folder).is_sound

    @precondition(lambda self: self.begun())
    @rule(name=st.sampled_from(["complete.json", "table.csv"]))
    def lost_what_can_be_written_again(self, name):
        (self.folder / name).unlink(missing_ok=True)

    @precondition(lambda self: self.begun())
    @rule()
    def something_of_somebody_else_is_laid_there(self):
        self.theirs = self.folder / "chunks" / "mine.parquet"
        self.theirs.write_text("precious")

    @rule()
    def resumed_to_the_end(self):
        found = swept(self.folder, self.model, resume=True)
        found.pop("chunks/mine.parquet", None)
        assert found in (self.expected, self.full)
        assert verify(self.folder).is_sound
        assert len(load(self.folder)) == 24
        assert self.theirs is None or self.theirs.read_text() == "precious"

    @rule()
    def failures_made_again(self):
        found = swept(self.folder, self.model, retry_failed=True)
        found.pop("chunks/mine.parquet", None)
        assert found == self.expected
        assert load(self.folder)["error"].isna().all()


SweepFolder.TestCase.settings = settings(max_examples=15, stateful_step_count=10, deadline=None)
TestSweepFolder = SweepFolder.TestCase
