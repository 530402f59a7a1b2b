"""A sweep as a program of its own, for tests that kill it: ``python -m tests.faults.sweep_script``."""

import sys
from pathlib import Path

from sim.errors import SimError
from sim.sweeps.design import Design
from sim.sweeps.executors import choose_workers
from sim.sweeps.factors import ranged
from sim.sweeps.runner import Interrupted, carry_out
from sim.sweeps.task import FunctionTask
from tests.faults import sweep_models


def design(replications=300, seed=0, chunk=40):
    return Design(factors=[ranged("x", 0, 1, steps=4)], replications=replications, seed=seed, chunk=chunk)


def main(folder, workers, model="steady", replications="300", cluster=""):
    try:
        carry_out(
            design(int(replications)),
            FunctionTask(getattr(sweep_models, model), sweep_models.OUTCOMES),
            Path(folder),
            choose_workers(int(workers), cluster or None),
            resume=True,
        )
    except Interrupted as stop:
        print(stop, file=sys.stderr)
        return 130
    except SimError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
