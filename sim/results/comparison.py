"""What a comparison found: records, and how they are shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.results.intervals import Interval

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["CHANGED", "Comparison", "Difference", "InputDifference"]

#: Level below which an adjusted p-value counts as a change.
CHANGED = 0.05


@dataclass(frozen=True)
class InputDifference:
    """One thing that went in differently; None where a side does not have it."""

    path: str
    given: tuple[Any, ...]


@dataclass(frozen=True)
class Difference:
    """One outcome on all sides, and how it differs from the first.

    Parameters
    ----------
    outcome : str
        Name of the column, with ``= value`` for one value of a text column.
    kind : str
        ``share`` or ``mean``.
    side : str
        Which side is compared with the first.
    first, second : Interval
        The outcome on either side.
    difference : Interval
        Second minus first.
    p, p_holm : float
        Unadjusted and adjusted; NaN where no test is possible.
    paired : bool
        Whether common random numbers were used.
    n : int
        Pairs, or runs on the smaller side.
    """

    outcome: str
    kind: str
    side: str
    first: Interval
    second: Interval
    difference: Interval
    p: float
    p_holm: float
    paired: bool
    n: int

    @property
    def changed(self) -> bool:
        """Whether chance is ruled out at 5 % after Holm's adjustment."""
        return bool(self.p_holm <= CHANGED)


@dataclass(frozen=True, eq=False)
class Comparison:
    """What differs between two or more tables.

    Parameters
    ----------
    sides : tuple of str
        Names; the first is what the others are compared with.
    runs, failed : tuple of int
        Per side.
    inputs : tuple of InputDifference
        What went in differently.
    differences : tuple of Difference
        What came out, in the order of columns.
    notes : tuple of str
        What a reader has to know, such as that sides could not be paired.
    """

    sides: tuple[str, ...]
    runs: tuple[int, ...]
    failed: tuple[int, ...]
    inputs: tuple[InputDifference, ...]
    differences: tuple[Difference, ...]
    notes: tuple[str, ...]

    def only_changed(self) -> Comparison:
        """Return the comparison with the differences that chance does not explain."""
        kept = tuple(d for d in self.differences if d.changed)
        dropped = len(self.differences) - len(kept)
        note = f"{dropped} outcomes that do not differ beyond chance are left out"
        return Comparison(
            self.sides, self.runs, self.failed, self.inputs, kept, (*self.notes, *([note] if dropped else []))
        )

    def table(self) -> pd.DataFrame:
        """Return one row per outcome and side, as for ``--csv``."""
        import pandas as pd

        rows = [
            {
                "outcome": d.outcome,
                "kind": d.kind,
                "first": self.sides[0],
                "second": d.side,
                "first_estimate": d.first.estimate,
                "first_low": d.first.low,
                "first_high": d.first.high,
                "second_estimate": d.second.estimate,
                "second_low": d.second.low,
                "second_high": d.second.high,
                "difference": d.difference.estimate,
                "difference_low": d.difference.low,
                "difference_high": d.difference.high,
                "p": d.p,
                "p_holm": d.p_holm,
                "paired": d.paired,
                "n": d.n,
                "changed": d.changed,
            }
            for d in self.differences
        ]
        return pd.DataFrame(rows)

    def content(self) -> dict[str, Any]:
        """Return the comparison as plain data, as for ``--json``; NaN becomes null."""
        rows = self.table().to_dict("records")
        return {
            "sides": [
                {"name": name, "runs": runs, "failed": failed}
                for name, runs, failed in zip(self.sides, self.runs, self.failed, strict=True)
            ],
            "inputs": [{"path": i.path, "given": list(i.given)} for i in self.inputs],
            "differences": [
                {str(k): (None if isinstance(v, float) and not np.isfinite(v) else v) for k, v in row.items()}
                for row in rows
            ],
            "notes": list(self.notes),
        }

    def markdown(self) -> str:
        """Return the comparison as Markdown, as for ``--md``."""
        lines = ["## What went in", ""]
        if self.inputs:
            lines += [f"| | {' | '.join(self.sides)} |", "|---" * (len(self.sides) + 1) + "|"]
            lines += [f"| `{i.path}` | {' | '.join(_shown(v) for v in i.given)} |" for i in self.inputs]
        else:
            lines.append("The same on all sides.")
        lines += ["", "## What came out", ""]
        if self.differences:
            lines += [
                f"| outcome | {self.sides[0]} | compared | | difference | p (Holm) |",
                "|---|---:|---|---:|---:|---:|",
            ]
            lines += [
                f"| {'**' if d.changed else ''}{d.outcome}{'**' if d.changed else ''} | {_interval(d.first, d.kind)} "
                f"| {d.side} | {_interval(d.second, d.kind)} | {_interval(d.difference, d.kind, sign=True)} "
                f"| {_p(d.p_holm)} |"
                for d in self.differences
            ]
        else:
            lines.append("No outcome differs.")
        if self.notes:
            lines += ["", *(f"- {note}" for note in self.notes)]
        return "\n".join(lines) + "\n"


def _shown(value: Any) -> str:
    return "–" if value is None else str(value)


def _p(p: float) -> str:
    return "–" if np.isnan(p) else "< .001" if p < 0.001 else f"{p:.3f}"


def _interval(given: Interval, kind: str, *, sign: bool = False) -> str:
    if np.isnan(given.estimate):
        return "–"
    scale, unit = (100, " %") if kind == "share" else (1, "")
    mark = "+" if sign else ""
    middle = f"{scale * given.estimate:{mark}.3g}{unit}"
    if np.isnan(given.low):
        return middle
    return f"{middle} [{scale * given.low:{mark}.3g}, {scale * given.high:{mark}.3g}]"
