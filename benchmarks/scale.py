"""What a sweep of many rows takes after it was made: going on with it, showing, analysing, comparing, verifying it.

    python -m benchmarks.scale [--rows 1000000] [--chunks 10000] [--kills 20] [--keep FOLDER]

The rows are of the tutorial: a thousand of its runs are made and stand for all, under the run numbers, points and
worlds that each would have. The folder is laid out as a sweep leaves it that was killed before its last chunk, so that
what is measured is everything but the runs themselves. Each step is a process of its own; its memory is the most it
ever held.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from benchmarks.lines import high_water

SCENARIO = "scenarios/tutorial-two-by-two/scenario.yaml"
#: Runs that are made; all others repeat what came of them.
MADE = 1_000
POINTS = 20
#: Chunks that are not laid out but made, under kills.
MISSING = 40
#: Rows up to which results are compared: a comparison holds the columns of both sides.
COMPARED = 1_000_000

SWEEP = """
import sys
from benchmarks.lines import high_water
from benchmarks.scale import design_of
from sim.sweeps.results import sweep
if __name__ == "__main__":
    rows, chunks, workers, folder = int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
    sweep(design_of(rows, chunks), workers, folder, resume=True, quiet=True)
    print(f"memory {high_water():.0f}")
"""

COMMAND = """
import sys
from benchmarks.lines import high_water
from sim.cli import main
code = main(sys.argv[1:])
print(f"memory {high_water():.0f}", file=sys.stderr)
sys.exit(code)
"""


def design_of(rows, chunks):
    """Twenty reservation values in worlds that draw the tutorial's other numbers."""
    import sim
    from sim.sweeps.design import Design
    from sim.sweeps.factors import ranged

    two = sim.read_scenario(SCENARIO)
    wide = sim.with_settings(two, {"parties.vale.no_deal.reservation": {"value": 0.3, "low": 0.1, "high": 0.6}})
    factor = ranged("parties.hill.no_deal.reservation", 0.0, 0.9, steps=POINTS)
    return Design(wide, factors=[factor], worlds=rows // POINTS, seed=1, chunk=rows // chunks, name="scale")


def make(rows, chunks, folder, missing=MISSING):
    """Lay out the folder of such a sweep, but for its last chunks."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    from sim.results.chunks import arrow_schema, chunk_name, write_table
    from sim.results.kept import scenario_record
    from sim.results.store import DESIGN
    from sim.results.sums import add_sum, bytes_hash, read_sums, write_sums
    from sim.sweeps.chunk import rows_of
    from sim.sweeps.results import scenarios_of, task_of
    from sim.sweeps.runner import manifest_of

    design = design_of(rows, chunks)
    scenarios = scenarios_of(design)
    task = task_of(design, scenarios)
    manifest = manifest_of(design, task, {name: scenario_record(one) for name, one in scenarios.items()})
    (folder / "chunks").mkdir(parents=True)
    digest = write_table(design.arrow_table(), folder / "unfinished" / DESIGN, folder / DESIGN)
    add_sum(folder, DESIGN, digest)
    manifest.write(folder)
    n, schema = design.n_runs, arrow_schema(manifest.columns)
    spread = [int(run) for run in np.linspace(0, n - 1, min(n, MADE))]
    made = rows_of(task, [design.case(run) for run in spread], manifest.columns)
    worlds, sums = design.worlds, read_sums(folder)
    for chunk in range(max(0, manifest.n_chunks - missing)):
        first, last = manifest.chunk_range(chunk)
        runs = np.arange(first, last)
        table = made.take(pa.array(runs * len(spread) // n))
        for name, values in (("run", runs), ("point", runs // worlds), ("world", runs % worlds)):
            place = table.column_names.index(name)
            table = table.set_column(place, schema.field(name), pa.array(values, schema.field(name).type))
        sink = pa.BufferOutputStream()
        pq.write_table(table, sink, compression="zstd", write_page_checksum=True, version="2.6")
        content = memoryview(sink.getvalue())
        (folder / chunk_name(chunk)).write_bytes(content)
        sums[chunk_name(chunk)] = bytes_hash(content)
    write_sums(folder, sums)


def told(label, code, *arguments, stdin=None):
    """Run a step, print its seconds and memory, and return what it printed."""
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)], capture_output=True, text=True, check=False, stdin=stdin
    )
    seconds = time.perf_counter() - began
    everything = done.stdout + done.stderr
    memory = next((line.split()[1] for line in everything.splitlines() if line.startswith("memory ")), "?")
    print(f"  {label:44} {seconds:8.1f} s {memory:>6} MB   exit {done.returncode}", flush=True)
    if done.returncode:
        print(done.stderr[-2000:])
    return done.stdout


def killed(rows, chunks, folder, times, most):
    """Go on with a sweep and kill it, several times, after a little longer each time."""
    for seconds in np.linspace(1.5, most, times):
        sweep = subprocess.Popen(
            [sys.executable, "-c", SWEEP, *map(str, (rows, chunks, 0, folder))],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        time.sleep(seconds)
        os.killpg(sweep.pid, signal.SIGKILL)
        sweep.wait()


def same_as_unharmed(rows, chunks, folder, missing=MISSING):
    """Whether the chunks made under kills are those that a sweep makes which nothing disturbs."""
    from sim.results.chunks import chunk_path, read_chunk
    from sim.sweeps.chunk import rows_of
    from sim.sweeps.results import scenarios_of, task_of
    from sim.sweeps.task import declared

    design = design_of(rows, chunks)
    task = task_of(design, scenarios_of(design))
    for chunk in range(max(0, chunks - missing), chunks):
        runs = range(chunk * design.chunk_size, min(design.n_runs, (chunk + 1) * design.chunk_size))
        if not read_chunk(chunk_path(folder, chunk)).equals(rows_of(task, map(design.case, runs), declared(task))):
            return False
    return True


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--chunks", type=int, default=10_000)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--keep", type=Path, help="a folder to keep the result in, or one kept before")
    given = parser.parse_args(argv)
    where = given.keep or Path(tempfile.mkdtemp(prefix="parley-scale-"))
    folder = where / "scale"
    print(f"{given.rows:,} rows in {given.chunks:,} chunks; Python {platform.python_version()}, {os.cpu_count()} cores")
    try:
        if not folder.exists():
            began = time.perf_counter()
            make(given.rows, given.chunks, folder)
            print(f"  laid out in {time.perf_counter() - began:.0f} s")
        n_bytes = sum(entry.stat().st_size for entry in os.scandir(folder / "chunks"))
        print(f"  {n_bytes / given.rows:.1f} bytes a row on the disk; this process {high_water():.0f} MB")
        killed(given.rows, given.chunks, folder, given.kills, 3.0 + 1e-4 * given.chunks)
        print(f"  killed {given.kills} times")
        told("going on to its end, and counting", SWEEP, given.rows, given.chunks, 1, folder)
        told("going on where all is there", SWEEP, given.rows, given.chunks, 1, folder)
        told("parley show", COMMAND, "show", folder)
        told("parley analyse", COMMAND, "analyse", folder)
        told("parley analyse --outcome rounds", COMMAND, "analyse", folder, "--outcome", "rounds")
        question = "select point, avg(agreed::int) as agreed from runs group by point order by point"
        told("parley query, a mean of each point", COMMAND, "query", folder, question)
        told("parley verify", COMMAND, "verify", folder)
        if given.rows <= COMPARED:
            told("parley compare, with itself", COMMAND, "compare", folder, folder, "--json")
        same = same_as_unharmed(given.rows, given.chunks, folder)
        print(f"  chunks made under kills {'are' if same else 'ARE NOT'} those of a sweep without")
        record = json.loads((folder / "complete.json").read_text())
        print(f"  {record['n_rows']:,} rows, logical hash {record['logical_hash'][:16]}")
    finally:
        if given.keep is None:
            shutil.rmtree(where)
    return 0


if __name__ == "__main__":
    sys.exit(main())
