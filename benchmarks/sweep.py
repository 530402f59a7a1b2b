"""What a sweep costs beside the model it runs, and beside ``mesa.batch_run``.

    python -m benchmarks.sweep [--quick]

Every figure is the best of several tries, with both sides of a ratio tried in turn, because a shared
machine slows whoever comes at the wrong moment.
"""

from __future__ import annotations

import argparse
import gc
import resource
import shutil
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.sweep_models import Haggling, haggle, trivial
from sim.results.store import load
from sim.sweep.design import Design
from sim.sweep.executors import choose_workers
from sim.sweep.factors import ranged
from sim.sweep.runner import carry_out
from sim.sweep.task import FunctionTask

OUTCOMES = {"rounds": int, "agreed": bool}
WIDE = {**OUTCOMES, "a": float, "b": float, "c": float}


def swept(model, outcomes, points, replications, workers):
    """Seconds of a whole sweep, from nothing to a finished folder."""
    folder = Path(tempfile.mkdtemp()) / "s"
    design = Design(factors=[ranged("patience", 0.1, 0.9, steps=points)], replications=replications, seed=1)
    began = time.perf_counter()
    carry_out(
        design, FunctionTask(model, outcomes), folder, choose_workers(workers, preload=(model.__module__,)), quiet=True
    )
    seconds = time.perf_counter() - began
    return seconds, folder


def cleared(result):
    seconds, folder = result
    shutil.rmtree(folder.parent)
    return seconds


def bare(model, points, replications):
    """Seconds of the model's own calls, one after another, in this process."""
    design = Design(factors=[ranged("patience", 0.1, 0.9, steps=points)], replications=replications, seed=1)
    cases = [design.case(run) for run in range(design.n_runs)]
    began = time.perf_counter()
    for case in cases:
        model(case)
    return time.perf_counter() - began


def mesa_batch(points, replications, processes):
    """Seconds of mesa.batch_run on the same model and the same number of runs."""
    import warnings

    import mesa
    import numpy as np

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        began = time.perf_counter()
        mesa.batch_run(
            Haggling,
            {"patience": [float(x) for x in np.linspace(0.1, 0.9, points)]},
            rng=range(replications),
            number_processes=processes,
            max_steps=50,
            data_collection_period=-1,
            display_progress=False,
        )
        return time.perf_counter() - began


def best(tries, *sides):
    """Least seconds of each side, tried in turn."""
    found = [float("inf")] * len(sides)
    for _ in range(tries):
        for place, side in enumerate(sides):
            gc.collect()
            found[place] = min(found[place], side())
    return found


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a tenth of the runs")
    given = parser.parse_args(argv)
    part = 10 if given.quick else 1
    points, replications = 10, 400 // part
    n = points * replications

    def ours(workers, model=haggle, outcomes=OUTCOMES, p=points, r=replications):
        return lambda: cleared(swept(model, outcomes, p, r, workers))

    alone, here, one, two, theirs = best(
        3, lambda: bare(haggle, points, replications), ours(0), ours(1), ours(2),
        lambda: mesa_batch(points, replications, 2),
    )  # fmt: skip
    print(f"model of {1000 * alone / n:.2f} ms, {n:,} runs")
    print(f"  the model alone, this process      {n / alone:8,.0f} runs/s")
    print(f"  sweep, this process                {n / here:8,.0f} runs/s   overhead {100 * (here / alone - 1):.1f} %")
    print(f"  sweep, 1 process                   {n / one:8,.0f} runs/s")
    print(f"  sweep, 2 processes                 {n / two:8,.0f} runs/s   {one / two:.2f} times 1 process")
    print(f"  mesa.batch_run, 2 processes        {n / theirs:8,.0f} runs/s   ours is {theirs / two:.1f} times as fast")

    print("cost per run, this process, a model that costs nothing (µs)")
    for size in (1_000, 10_000, 100_000 // part):
        (seconds,) = best(2, ours(0, trivial, WIDE, 10, size // 10))
        print(f"  {size:>9,} runs  {1e6 * seconds / size:8.1f}")

    million = 1_000_000 // part
    seconds, folder = swept(trivial, WIDE, 10, million // 10, 2)
    n_bytes = sum(path.stat().st_size for path in folder.rglob("*.parquet"))
    n_chunks = len(list(folder.glob("chunks/*.parquet")))
    master = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    worker = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"{million:,} rows, 2 processes: {seconds:.1f} s, {n_chunks} chunks, {n_bytes / million:.1f} bytes a row")
    print(f"  peak memory: master {master:.0f} MB, each worker at most {worker:.0f} MB")
    table = load(folder)
    print(f"  read back: {len(table):,} rows, peak {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")
    shutil.rmtree(folder.parent)
    return 0


if __name__ == "__main__":
    sys.exit(main())
