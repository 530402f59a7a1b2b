"""How far a sweep has come, on stderr, and when it will end.

A few lines of our own: rich.progress says nothing until the end where stderr is no terminal, as in the log of a
cluster's job, and reckons the time left from pieces that carry the start of the workers.
"""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass, field
from typing import TextIO

__all__ = ["Progress", "duration", "size"]


def duration(seconds: float) -> str:
    """Return a time span in words.

    Parameters
    ----------
    seconds : float

    Returns
    -------
    str

    Examples
    --------
    >>> duration(4), duration(141), duration(7300), duration(400_000)
    ('4 s', '2 min 21 s', '2 h 1 min', '4.6 days')
    """
    if seconds < 60:
        return f"{seconds:.0f} s"
    if seconds < 3600:
        return f"{int(seconds // 60)} min {int(seconds % 60)} s"
    if seconds < 172_800:
        return f"{int(seconds // 3600)} h {int(seconds % 3600 // 60)} min"
    return f"{seconds / 86_400:.1f} days"


def size(n_bytes: float) -> str:
    """Return a number of bytes in words.

    Parameters
    ----------
    n_bytes : float

    Returns
    -------
    str
        In powers of a thousand.

    Examples
    --------
    >>> size(900), size(2_500_000)
    ('900 B', '2.5 MB')
    """
    for unit in ("B", "kB", "MB", "GB"):
        if n_bytes < 1000:
            return f"{n_bytes:.3g} {unit}"
        n_bytes /= 1000
    return f"{n_bytes:.3g} TB"


#: Seconds after which the time left is told even if nobody has been given work twice.
_LONG = 30.0


@dataclass
class Progress:
    """Prints a line about a long piece of work; silent for the first two seconds.

    The first piece of each worker carries what is paid once: importing, compiling. So the time left is reckoned
    from the pieces after those, and until there are as many again it is told only where the work has lasted
    half a minute.

    Parameters
    ----------
    total, done : int
        Runs in all, and those found already there.
    label : str
        What is being done.
    stream : text file, optional
        Where to print; stderr by default.
    quiet : bool
        Prints nothing.
    at_once : int
        Workers, each with a piece of the work in hand.

    Examples
    --------
    >>> progress = Progress(total=20, quiet=True)
    >>> progress.add(1)
    >>> progress.done, progress.seconds_left(now=0.0) is None
    (1, True)
    """

    total: int
    done: int = 0
    label: str = "sweep"
    stream: TextIO | None = None
    quiet: bool = False
    failed: int = 0
    at_once: int = 1
    _began: float = field(default_factory=lambda: time.monotonic())
    _shown: float = 0.0
    _at_start: int = -1
    _pieces: int = 0
    _warm: tuple[float, int] | None = None

    def __post_init__(self) -> None:
        self._at_start = self.done

    def add(self, n: int, n_failed: int = 0) -> None:
        """Count runs that have ended, and print where it is time to."""
        self.done += n
        self.failed += n_failed
        self._pieces += 1
        if self._pieces == self.at_once:
            self._warm = time.monotonic(), self.done
        self.show()

    def seconds_left(self, now: float) -> float | None:
        """Return how long the rest takes at the pace so far, or None while that cannot be said."""
        since, at = self._began, self._at_start
        if self._warm is not None and self._pieces >= 2 * self.at_once:
            since, at = self._warm
        elif now - since < _LONG:
            return None
        if self.done <= at or now <= since:
            return None
        return (self.total - self.done) * (now - since) / (self.done - at)

    def show(self, note: str = "") -> None:
        """Print the line if the last one is old enough."""
        now = time.monotonic()
        stream = self.stream or sys.stderr
        live = stream.isatty()
        if self.quiet or now - self._began < 2.0 or now - self._shown < (0.5 if live else 10.0):
            return
        self._shown = now
        fresh = self.done - self._at_start
        rate = fresh / (now - self._began)
        seconds = self.seconds_left(now)
        left = "time left unknown yet" if seconds is None else f"about {duration(seconds)} left"
        failed = f", {self.failed:,} failed" if self.failed else ""
        share = 100 * self.done // max(1, self.total)
        line = (
            f"{self.label}: {self.done:,} of {self.total:,} runs ({share} %), "
            f"{rate:,.3g} runs/s, {left}{failed}{'; ' + note if note else ''}"
        )
        print(f"\r\033[K{line}" if live else line, end="" if live else "\n", file=stream, flush=True)

    def close(self) -> None:
        """End the line."""
        stream = self.stream or sys.stderr
        if self._shown and not self.quiet and stream.isatty():
            print(file=stream)
