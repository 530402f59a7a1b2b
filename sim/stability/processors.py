"""How many processors this process may use, and work shared out among them."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor

__all__ = ["processors", "share_out"]


def processors() -> int:
    """Return the number of processors this process may run on; 1 where another has shared the work out already.

    Examples
    --------
    >>> processors() >= 1
    True
    """
    # A worker of a sweep is one of several: its threads would stand in each other's way.
    if multiprocessing.parent_process() is not None:
        return 1
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def share_out[T](work: Callable[[T], object], pieces: Iterable[T], threads: int) -> None:
    """Do a piece of work for each of several, in threads; it pays where the work is compiled code.

    Parameters
    ----------
    work : callable
        Writes what it finds where no other piece does.
    pieces : iterable
    threads : int
        With one, no thread is started.

    Examples
    --------
    >>> squares = [0, 0, 0]
    >>> share_out(lambda k: squares.__setitem__(k, k * k), range(3), threads=2)
    >>> squares
    [0, 1, 4]
    """
    if threads < 2:
        for piece in pieces:
            work(piece)
        return
    with ThreadPoolExecutor(threads) as pool:
        for done in [pool.submit(work, piece) for piece in pieces]:
            done.result()
