"""Which runs of a result failed, and why."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from sim.results.chunks import chunk_tables
from sim.results.keys import is_machine_error
from sim.results.manifest import Manifest

__all__ = ["Failures", "failures_of"]

#: Reasons told of those there are.
_TOLD = 3


@dataclass(frozen=True)
class Failures:
    """The failed runs of a result.

    Attributes
    ----------
    runs : int
        All runs, failed or not.
    reasons : tuple of (str, str, int)
        Kind of error, what it said, and in how many runs; most frequent first.
    """

    runs: int
    reasons: tuple[tuple[str, str, int], ...]

    @property
    def failed(self) -> int:
        """Runs that failed."""
        return sum(count for _, _, count in self.reasons)

    @property
    def of_the_machine(self) -> int:
        """Of these, runs that failed for want of memory, disk or a worker."""
        return sum(count for kind, _, count in self.reasons if is_machine_error(kind))

    @property
    def exit_code(self) -> int:
        """What a command ends with: 0, 3 where some runs failed, 1 where all did."""
        return 0 if not self.failed else 1 if self.failed == self.runs else 3

    def sentences(self) -> list[str]:
        """Say how many runs failed and why, a line each; nothing where none did."""
        if not self.failed:
            return []
        every = "the only run" if self.runs == 1 else f"all {self.runs:,} runs"
        lines = [f"{every if self.failed == self.runs else f'{self.failed:,} of {self.runs:,} runs'} failed:"]
        for kind, message, count in self.reasons[:_TOLD]:
            lines.append(f"  {kind}{f': {message}' if message else ''}{f' ({count:,} runs)' if count > 1 else ''}")
        if len(self.reasons) > _TOLD:
            rest = len(self.reasons) - _TOLD
            lines.append(f"  and {rest:,} further reason{'s' if rest > 1 else ''}; column `message` has them all")
        return lines


def failures_of(folder: str | Path) -> Failures:
    """Return the failed runs of a finished result, read chunk by chunk.

    Parameters
    ----------
    folder : str or Path

    Returns
    -------
    Failures

    Raises
    ------
    ResultError
        Where the folder is no result, or a chunk is missing or damaged.

    Examples
    --------
    >>> import sim, tempfile
    >>> from sim.sweeps.factors import listed
    >>> design = sim.Design(factors=[listed("x", [0, 2])])
    >>> model = lambda case: {"y": 1 / case.settings["x"]}
    >>> failures_of(sim.sweep(design, 0, model=model, outcomes={"y": float}, quiet=True)).sentences()
    ['1 of 2 runs failed:', '  ZeroDivisionError: ... by zero']
    """
    # A sweep without a folder of its own keeps one as long as its results are held: do not let go of them here.
    where = Path(folder)
    manifest = Manifest.read(where)
    rows = 0
    counts: Counter[tuple[str, str]] = Counter()
    for table in chunk_tables(where, manifest, ["error", "message"]):
        rows += table.num_rows
        if table.column("error").null_count < table.num_rows:
            pairs = zip(*(table.column(name).to_pylist() for name in ("error", "message")), strict=True)
            counts.update((kind, message or "") for kind, message in pairs if kind)
    order = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return Failures(rows, tuple((kind, message, count) for (kind, message), count in order))
