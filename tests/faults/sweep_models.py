"""Small models that the fault tests sweep; workers import them from here."""

import os
import signal
import sys
import time

from sim.domain.streams import Purpose, stream


def steady(case):
    """Draw from the run's own stream, in about two milliseconds."""
    generator = stream(case.seed, Purpose.NEGOTIATION, case.world, case.replication)
    time.sleep(0.002)
    if case.run % 101 == 7:
        raise ValueError(f"no agreement space for {object()}")
    return {"y": float(case.settings["x"] + generator.random()), "deal": bool(generator.random() < 0.5)}


def deadly(case):
    """End the worker in two of its runs, as running out of memory would."""
    if case.run in {37, 55}:
        os.kill(os.getpid(), signal.SIGKILL)
    return {"y": float(case.run), "deal": True}


def impolite(case):
    """Leave the process, return nonsense, or forget a column, now and then."""
    if case.run == 3:
        sys.exit(4)
    if case.run == 5:
        return {"y": "many", "deal": True}
    if case.run == 7:
        return {"y": 1.0}
    if case.run == 9:
        raise MemoryError
    return {"y": float(case.run), "deal": True}


def slow(case):
    """Take long enough to be interrupted."""
    time.sleep(0.05)
    return {"y": float(case.run), "deal": True}


OUTCOMES = {"y": float, "deal": bool}
