"""How far a sweep has come, on stderr, and when it will end."""

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


@dataclass
class Progress:
    """Prints a line about a long piece of work; silent for the first two seconds.

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
    """

    total: int
    done: int = 0
    label: str = "sweep"
    stream: TextIO | None = None
    quiet: bool = False
    failed: int = 0
    _began: float = field(default_factory=time.monotonic)
    _shown: float = 0.0
    _at_start: int = -1

    def __post_init__(self) -> None:
        self._at_start = self.done

    def add(self, n: int, n_failed: int = 0) -> None:
        """Count runs that have ended, and print where it is time to."""
        self.done += n
        self.failed += n_failed
        self.show()

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
        left = f"about {duration((self.total - self.done) / rate)} left" if fresh else "time left unknown yet"
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
