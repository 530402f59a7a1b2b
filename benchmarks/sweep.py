"""What a sweep costs beside the model it runs, and beside ``mesa.batch_run``.

    python -m benchmarks.sweep [--quick] [--exact WORLDS]

Every figure is the best of several tries, with both sides of a ratio tried in turn, because a shared
machine slows whoever comes at the wrong moment. Overheads within one process are of processor time,
everything with several processes is of wall-clock time.
"""

from __future__ import annotations

import argparse
import gc
import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.sweep_models import Haggling, haggle, haggle_by_own_step, trivial
from sim.results.store import load
from sim.sweeps.design import Design
from sim.sweeps.executors import choose_workers
from sim.sweeps.factors import ranged
from sim.sweeps.runner import carry_out
from sim.sweeps.task import FunctionTask

OUTCOMES = {"rounds": int, "agreed": bool}
PRELOAD = ("benchmarks.sweep_models",)
WIDE = {**OUTCOMES, "a": float, "b": float, "c": float, "rss": int}


def design_of(points, replications):
    return Design(factors=[ranged("patience", 0.1, 0.9, steps=points)], replications=replications, seed=1)


def swept(design, task, workers, clock=time.perf_counter, preload=()):
    """Seconds of a whole sweep, from nothing to a finished folder."""
    folder = Path(tempfile.mkdtemp()) / "s"
    began = clock()
    carry_out(design, task, folder, choose_workers(workers, preload=preload), quiet=True)
    return clock() - began, folder


def cleared(result):
    seconds, folder = result
    shutil.rmtree(folder.parent)
    return seconds


class Timed:
    """A task that adds up the processor time of its own calls."""

    def __init__(self, task):
        self.task = task
        self.columns = task.columns
        self.inside = 0.0

    def __call__(self, case):
        began = time.process_time()
        try:
            return self.task(case)
        finally:
            self.inside += time.process_time() - began


def overhead(design, task, tries=3):
    """What a sweep in this process adds to its runs: seconds inside the runs, and the least share on top.

    Both are taken from one and the same sweep, because two sweeps on a shared machine differ by more.
    """
    found = []
    for _ in range(tries):
        timed = Timed(task)
        whole = cleared(swept(design, timed, 0, time.process_time))
        found.append((whole / timed.inside - 1, timed.inside))
    return min(found)[1], min(found)[0]


def mesa_batch(points, replications, processes):
    """Seconds of mesa.batch_run on the same model and the same runs, and its rows."""
    import warnings

    import mesa

    design = design_of(points, 1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        began = time.perf_counter()
        rows = mesa.batch_run(
            Haggling,
            {"patience": [design.case(run).settings["patience"] for run in range(points)]},
            rng=range(replications),
            number_processes=processes,
            max_steps=50,
            data_collection_period=-1,
            display_progress=False,
        )
        return time.perf_counter() - began, rows


def same_rows(points=10, replications=20):
    """Whether a sweep, however its model is driven, finds what mesa.batch_run finds."""
    _, theirs = mesa_batch(points, replications, 2)
    wanted = {(row["patience"], row["iteration"]): (row["rounds"], row["agreed"]) for row in theirs}
    for model in (haggle, haggle_by_own_step):
        _, folder = swept(design_of(points, replications), FunctionTask(model, OUTCOMES), 2, preload=PRELOAD)
        rows = load(folder).itertuples()
        found = {(row.patience, row.replication): (row.rounds, row.agreed) for row in rows}
        shutil.rmtree(folder.parent)
        if found != wanted:
            return False
    return True


def best(tries, *sides):
    """Least seconds of each side, tried in turn."""
    found = [float("inf")] * len(sides)
    for _ in range(tries):
        for place, side in enumerate(sides):
            gc.collect()
            found[place] = min(found[place], side())
    return found


def plain(runs, processes):
    """Seconds of bare loops over the model, one a process and no sweep: the most this machine can give."""
    code = (
        "import sys\nfrom benchmarks.sweep_models import bare\nbare(50)\nprint('ready', flush=True)\n"
        f"sys.stdin.readline()\nbare({runs // processes})\nprint('done', flush=True)"
    )
    loops = [
        subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(processes)
    ]
    for loop in loops:
        loop.stdout.readline()
    began = time.perf_counter()
    for loop in loops:
        loop.stdin.write("\n")
        loop.stdin.flush()
    for loop in loops:
        loop.stdout.readline()
    seconds = time.perf_counter() - began
    for loop in loops:
        loop.communicate()
    return seconds


def against_mesa(part):
    """A model of about a millisecond: overhead, workers, and mesa.batch_run on the same model."""
    design, task = design_of(10, 400 // part), FunctionTask(haggle, OUTCOMES)
    inside, added = overhead(design, task)
    first = cleared(swept(design, task, 2, preload=PRELOAD))
    print(f"model of {1000 * inside / design.n_runs:.2f} ms")
    print(f"  sweep, this process                overhead {100 * added:.1f} %")
    print(f"  first sweep, 2 processes           {design.n_runs / first:8,.0f} runs/s   (with starting and importing)")
    design = design_of(10, 1000 // part)
    n = design.n_runs
    one, two, bare_one, bare_two = best(
        3,
        lambda: cleared(swept(design, task, 1, preload=PRELOAD)),
        lambda: cleared(swept(design, task, 2, preload=PRELOAD)),
        lambda: plain(n, 1),
        lambda: plain(n, 2),
    )
    print(f"  {n:,} runs, 1 process             {n / one:8,.0f} runs/s")
    print(f"  {n:,} runs, 2 processes           {n / two:8,.0f} runs/s   {one / two:.2f} times 1 process")
    print(
        f"  loops without a sweep, 1 and 2     {n / bare_one:8,.0f} and {n / bare_two:,.0f} runs/s   "
        f"{bare_one / bare_two:.2f} times"
    )
    if not same_rows():
        raise SystemExit("a sweep and mesa.batch_run find different rows for the same model and seeds")
    print("  beside mesa.batch_run, 2 processes, the same rows (runs/s; by Mesa's clock, by the model's own step):")
    own = FunctionTask(haggle_by_own_step, OUTCOMES)
    for points, replications in ((10, 50), (10, 100), (10, 200), (10, 400), (10, 1000)):
        if replications > 1000 // part:
            continue
        design = design_of(points, replications)
        n = design.n_runs
        clocked, stepped, theirs = best(
            3,
            lambda d=design: cleared(swept(d, task, 2, preload=PRELOAD)),
            lambda d=design: cleared(swept(d, own, 2, preload=PRELOAD)),
            lambda r=replications: mesa_batch(10, r, 2)[0],
        )
        print(
            f"  {n:6,} runs: batch_run {n / theirs:6,.0f}, sweep {n / clocked:6,.0f} ({theirs / clocked:.1f} times) "
            f"and {n / stepped:6,.0f} ({theirs / stepped:.1f} times)"
        )


def berlin(part, worlds):
    """What a sweep adds to Berlin's runs, and the robustness of all its packages."""
    import sim
    from sim.sweeps.results import sweep, task_of
    from sim.sweeps.robustness import robustness

    scenario = sim.read_scenario("scenarios/berlin-2025/scenario.yaml")
    design = Design(scenario, worlds=1000 // part, seed=2025)
    task = task_of(design, {scenario.name: scenario})
    task(design.case(0))
    inside, added = overhead(design, task)
    print(f"Berlin, {design.n_runs:,} runs of {1000 * inside / design.n_runs:.1f} ms")
    print(f"  sweep, this process                overhead {100 * added:.1f} %")
    design = Design(scenario, worlds=worlds, seed=2025, depth="exact")
    task_of(design, {scenario.name: scenario})(design.case(0))  # compiled code is kept on the disk
    folder = Path(tempfile.mkdtemp()) / "s"
    began = time.perf_counter()
    sweep(design, 2, folder, quiet=True)
    seconds = time.perf_counter() - began
    began = time.perf_counter()
    (found,) = robustness(folder)
    tally = time.perf_counter() - began
    n_bytes = sum(path.stat().st_size for path in folder.rglob("*.parquet"))
    print(f"Berlin, all {len(found.regret):,} packages in {worlds} worlds, exact, 2 processes: {seconds:.0f} s")
    print(f"  {seconds / worlds:.3f} s a world (1,000: {1000 * seconds / worlds / 60:.1f} min), tally {tally:.1f} s")
    print(f"  {n_bytes / worlds / 1000:.0f} kB a world")
    shutil.rmtree(folder.parent)


def scaling(part):
    """Cost per run from 10^3 to 10^5, and a million rows."""
    task = FunctionTask(trivial, WIDE)
    print("cost per run, this process, a model that costs nothing (µs of processor time)")
    for size in (1_000, 10_000, 100_000):
        design = design_of(10, size // 10)
        (seconds,) = best(3, lambda d=design: cleared(swept(d, task, 0, time.process_time)))
        print(f"  {size:>9,} runs  {1e6 * seconds / size:8.1f}")
    haggling = FunctionTask(haggle, OUTCOMES)
    print("cost per run, this process, the model of about a millisecond (µs of processor time)")
    for size in (1_000, 10_000, 100_000 // part):
        design = design_of(10, size // 10)
        seconds = cleared(swept(design, haggling, 0, time.process_time))
        print(f"  {size:>9,} runs  {1e6 * seconds / size:8.1f}")

    million = 1_000_000 // part
    seconds, folder = swept(design_of(10, million // 10), task, 2, preload=PRELOAD)
    n_bytes = sum(path.stat().st_size for path in folder.rglob("*.parquet"))
    chunks = [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]
    n_chunks = sum("bytes" in line for line in chunks)
    master = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{million:,} rows, 2 processes: {seconds:.1f} s, {n_chunks} chunks, {n_bytes / million:.1f} bytes a row")
    began = time.perf_counter()
    table = load(folder)
    print(f"  peak memory: master {master:.0f} MB, each worker at most {table['rss'].max() / 1024:.0f} MB")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"  read back: {len(table):,} rows in {time.perf_counter() - began:.1f} s, peak {peak:.0f} MB")
    shutil.rmtree(folder.parent)


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a tenth of the runs")
    parser.add_argument("--exact", type=int, default=50, help="worlds of the exact sweep (1000 takes minutes)")
    given = parser.parse_args(argv)
    part = 10 if given.quick else 1
    scaling(part)
    against_mesa(part)
    berlin(part, given.exact)
    return 0


if __name__ == "__main__":
    sys.exit(main())
