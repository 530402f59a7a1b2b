"""Lines of the table: both sides timed, their ratio with its spread, and the slope of cost."""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np


@dataclass
class Line:
    """One task at one size.

    Parameters
    ----------
    task : str
        Lines of one task have one slope.
    size : str
        In words.
    n : int
        By which cost is reckoned to grow.
    peer : str
        What stands beside ours; empty where nothing does.
    ours, theirs : list of float
        Seconds of each try.
    same : str
        Whether both find the same, or in what they differ.
    """

    task: str
    size: str
    n: int
    peer: str = ""
    ours: list[float] = field(default_factory=list)
    theirs: list[float] = field(default_factory=list)
    same: str = ""

    def ratio(self) -> str:
        """How many times as long the peer takes: of medians, and from the least to the largest of single tries."""
        if not self.theirs:
            return "–"
        low, high = min(self.theirs) / max(self.ours), max(self.theirs) / min(self.ours)
        return f"{median(self.theirs) / median(self.ours):.3g} ({low:.3g} to {high:.3g})"


def tries(
    work: Callable[[], Any], count: int, clock: Callable[[], float] = time.process_time
) -> tuple[list[float], Any]:
    """Seconds of several tries, and what the last one found."""
    seconds, found = [], None
    for _ in range(count):
        gc.collect()
        began = clock()
        found = work()
        seconds.append(clock() - began)
    return seconds, found


def duration(seconds: float) -> str:
    """Seconds in a unit that fits."""
    for limit, factor, unit in ((1e-3, 1e6, "µs"), (1.0, 1e3, "ms")):
        if seconds < limit:
            return f"{seconds * factor:.3g} {unit}"
    return f"{seconds:.3g} s"


def slope(sizes: list[int], seconds: list[float]) -> float | None:
    """The power of size that cost grows with, by least squares of logarithms; None of fewer than four sizes."""
    if len(set(sizes)) < 4:
        return None
    return float(np.polyfit(np.log(sizes), np.log(seconds), 1)[0])


def table(lines: list[Line]) -> list[str]:
    """The lines as a table in Markdown, and one of slopes."""
    out = [
        "| task | size | ours | peer | peer's time | ratio: median (least to largest) | found |",
        "|---|---|---|---|---|---|---|",
    ]
    for line in lines:
        theirs = duration(median(line.theirs)) if line.theirs else "–"
        out.append(
            f"| {line.task} | {line.size} | {duration(median(line.ours))} | {line.peer or '–'} | {theirs} "
            f"| {line.ratio()} | {line.same or '–'} |"
        )
    out += ["", "| task | sizes | slope of ours | slope of the peer |", "|---|---|---|---|"]
    for task in dict.fromkeys(line.task for line in lines):
        of_task = [line for line in lines if line.task == task]
        ours = slope([line.n for line in of_task], [median(line.ours) for line in of_task])
        timed = [line for line in of_task if line.theirs]
        theirs = slope([line.n for line in timed], [median(line.theirs) for line in timed])
        if ours is not None:
            shown = "–" if theirs is None else f"{theirs:.2f}"
            out.append(f"| {task} | {of_task[0].n:,} to {of_task[-1].n:,} | {ours:.2f} | {shown} |")
    return out


def high_water() -> float:
    """The most memory this process has held, in MB.

    Linux tells it of the program alone; what ``getrusage`` tells begins with the memory of the program that started it.
    """
    status = Path("/proc/self/status")
    if status.exists():
        for line in status.read_text().splitlines():
            if line.startswith("VmHWM"):
                return int(line.split()[1]) / 1024
    import resource

    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / 1024 if sys.platform != "darwin" else most / 1024**2
