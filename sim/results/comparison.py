"""What a comparison found: records, and how they are shown."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.agreements.frame import Frame
from sim.agreements.space import AgreementSpace
from sim.domain.difference import Change
from sim.results.intervals import Interval

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from sim.domain.scenario import Scenario

__all__ = ["CHANGED", "EXPLORATORY", "Comparison", "Difference", "PackageDifferences", "rounded"]

#: Packages shown of those that changed.
SHOWN = 10

#: Level below which an adjusted p-value counts as a change.
CHANGED = 0.05

#: How the outcomes that no question names are headed.
EXPLORATORY = "Exploratory: of those that differ (q at most .05), one in twenty is expected to do so by chance"


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
        The outcome on either side, over all its runs that have a value.
    difference : Interval
        Second minus first; of pairs, over those in which both have a value.
    p : float
        Unadjusted; NaN where no test is possible.
    paired : bool
        Whether common random numbers were used.
    n : int
        Pairs on which the difference rests, or runs on the smaller side.
    question : bool
        Whether the comparison asks about it; the rest is exploratory.
    p_holm : float
        Of a question: p adjusted over all questions by Holm's method, otherwise NaN.
    q : float
        Of an exploratory outcome: p adjusted over all of them by Benjamini and Hochberg's method, otherwise NaN.
    """

    outcome: str
    kind: str
    side: str
    first: Interval
    second: Interval
    difference: Interval
    p: float
    paired: bool
    n: int
    question: bool = False
    p_holm: float = float("nan")
    q: float = float("nan")

    @property
    def adjusted(self) -> float:
        """Its p-value after the adjustment of its family."""
        return self.p_holm if self.question else self.q

    @property
    def changed(self) -> bool:
        """Whether chance is ruled out at 5 % after the adjustment of its family."""
        return bool(self.adjusted <= CHANGED)


@dataclass(frozen=True, eq=False)
class PackageDifferences:
    """How the robustness of packages differs from the first side's, for one test.

    Parameters
    ----------
    side : str
        Which side is compared with the first.
    test : str
        Such as ``stable``.
    n_worlds : int
        Pairs of worlds.
    scenario : Scenario
        The first side's.
    package, partner : ndarray of int64, shape (n_packages,)
        Numbers of the packages that both sides know, on the first side and on the other.
    first, second : ndarray of float64, shape (n_packages,)
        Share of worlds in which each passes.
    low, high : ndarray of float64, shape (n_packages,)
        95 % interval of second minus first.
    gained, lost : ndarray of int64, shape (n_packages,)
        Worlds in which it passes more, or less, often than on the first side.
    p, p_holm : ndarray of float64, shape (n_packages,)
        Unadjusted, and adjusted over all packages and tests of the comparison.
    """

    side: str
    test: str
    n_worlds: int
    scenario: Scenario = field(repr=False)
    package: NDArray[np.int64] = field(repr=False)
    partner: NDArray[np.int64] = field(repr=False)
    first: NDArray[np.float64] = field(repr=False)
    second: NDArray[np.float64] = field(repr=False)
    low: NDArray[np.float64] = field(repr=False)
    high: NDArray[np.float64] = field(repr=False)
    gained: NDArray[np.int64] = field(repr=False)
    lost: NDArray[np.int64] = field(repr=False)
    p: NDArray[np.float64] = field(repr=False)
    p_holm: NDArray[np.float64] = field(repr=False)

    @property
    def space(self) -> AgreementSpace:
        """All packages of the first side."""
        return Frame.of(self.scenario).space

    @property
    def difference(self) -> NDArray[np.float64]:
        """Second minus first."""
        return self.second - self.first

    @property
    def changed(self) -> NDArray[np.bool_]:
        """Whether chance is ruled out at 5 % after Holm's adjustment."""
        return np.asarray(self.p_holm <= CHANGED)

    def foremost(self, count: int) -> NDArray[np.int64]:
        """Return the places of the packages that changed most, chance ruled out; ties by number."""
        places = np.flatnonzero(self.changed)
        return places[np.argsort(-np.abs(self.difference[places]), kind="stable")][:count]

    def summary(self) -> dict[str, Any]:
        """Return the counts: packages compared, and those more and less robust beyond chance."""
        return {
            "side": self.side,
            "test": self.test,
            "worlds": self.n_worlds,
            "packages": len(self.package),
            "more_robust": int((self.changed & (self.difference > 0)).sum()),
            "less_robust": int((self.changed & (self.difference < 0)).sum()),
            "most_robust_first": float(self.first.max(initial=0.0)),
            "most_robust_second": float(self.second.max(initial=0.0)),
        }

    def to_frame(self, places: NDArray[np.int64] | None = None) -> pd.DataFrame:
        """Return one row per package: its options, shares, difference with interval, and p.

        Parameters
        ----------
        places : ndarray of int64, optional
            Which of the packages; all by default.
        """
        import pandas as pd

        rows = np.arange(len(self.package)) if places is None else places
        options = self.space.options[self.package[rows]]
        return pd.DataFrame(
            {
                "second": self.side,
                "test": self.test,
                "package": self.package[rows],
                "package_in_second": self.partner[rows],
                **{
                    issue: np.array(self.space.labels[k], dtype=object)[options[:, k]]
                    for k, issue in enumerate(self.space.issues)
                },
                "first_share": self.first[rows],
                "second_share": self.second[rows],
                "difference": self.difference[rows],
                "difference_low": self.low[rows],
                "difference_high": self.high[rows],
                "worlds_gained": self.gained[rows],
                "worlds_lost": self.lost[rows],
                "p": self.p[rows],
                "p_holm": self.p_holm[rows],
                "changed": self.changed[rows],
            }
        )


@dataclass(frozen=True, eq=False)
class Comparison:
    """What differs between two or more tables.

    Parameters
    ----------
    sides : tuple of str
        Names; the first is what the others are compared with.
    runs, failed : tuple of int
        Per side.
    inputs : tuple of Change
        What went in differently.
    differences : tuple of Difference
        What came out: the questions, then what is exploratory, each in the order of columns.
    notes : tuple of str
        What a reader has to know, such as that sides could not be paired.
    packages : tuple of PackageDifferences
        For exact sweeps that pair: every package, by side and test.
    dropped : int
        Differences left out because chance explains them.
    scenario : Scenario, optional
        The first side's, for titles.
    """

    sides: tuple[str, ...]
    runs: tuple[int, ...]
    failed: tuple[int, ...]
    inputs: tuple[Change, ...]
    differences: tuple[Difference, ...]
    notes: tuple[str, ...]
    packages: tuple[PackageDifferences, ...] = ()
    dropped: int = 0
    scenario: Scenario | None = field(default=None, repr=False)

    @property
    def rests_on(self) -> str:
        """What the number in each row counts: pairs, or runs of the smaller side."""
        return "pairs" if all(d.paired for d in self.differences) else "runs"

    @property
    def nothing(self) -> str:
        """What to say where no difference is listed."""
        return "No outcome differs beyond chance." if self.dropped else "No outcome could be compared."

    def only_changed(self) -> Comparison:
        """Return the comparison with the differences that chance does not explain."""
        kept = tuple(d for d in self.differences if d.changed)
        dropped = len(self.differences) - len(kept)
        note = f"outcomes that do not differ beyond chance are left out: {dropped}"
        return replace(self, differences=kept, notes=(*self.notes, *([note] if dropped else [])), dropped=dropped)

    def package_table(self) -> pd.DataFrame:
        """Return one row per side, test and package that no chance explains, as for ``--packages``.

        Returns
        -------
        pandas.DataFrame
            Largest difference first within each side and test; the rest is in ``packages``.
        """
        import pandas as pd

        if not self.packages:
            return pd.DataFrame()
        return pd.concat([found.to_frame(found.foremost(len(found.package))) for found in self.packages])

    def to_frame(self) -> pd.DataFrame:
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
                "question": d.question,
                "p": d.p,
                "p_holm": d.p_holm,
                "q": d.q,
                "paired": d.paired,
                "n": d.n,
                "changed": d.changed,
            }
            for d in self.differences
        ]
        return pd.DataFrame(rows)

    def to_json(self) -> dict[str, Any]:
        """Return the comparison as plain data, as for ``--json``; NaN becomes null."""
        rows = self.to_frame().to_dict("records")
        return {
            "sides": [
                {"name": name, "runs": runs, "failed": failed}
                for name, runs, failed in zip(self.sides, self.runs, self.failed, strict=True)
            ],
            "inputs": [{"path": i.path, "kind": i.kind, "given": i.to_json()} for i in self.inputs],
            "differences": [
                {str(k): (None if isinstance(v, float) and not np.isfinite(v) else v) for k, v in row.items()}
                for row in rows
            ],
            "packages": [
                {**found.summary(), "foremost": found.to_frame(found.foremost(SHOWN)).to_dict("records")}
                for found in self.packages
            ],
            "notes": list(self.notes),
        }


def rounded(x: float, *, sign: bool = False) -> str:
    """Round to three digits, and from a thousand on to whole numbers.

    Parameters
    ----------
    x : float
    sign : bool
        Whether a positive number gets a plus.

    Returns
    -------
    str

    Examples
    --------
    >>> rounded(0.12345), rounded(3210.4), rounded(2090, sign=True)
    ('0.123', '3,210', '+2,090')
    """
    mark = "+" if sign else ""
    return f"{x:{mark},.0f}" if abs(x) >= 999.5 else f"{x:{mark}.3g}"
