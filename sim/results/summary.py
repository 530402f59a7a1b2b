"""A table of runs in a few numbers: how often they agree, on what, and who stands in the way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.domain.frames import frame_of
from sim.domain.scenario import Scenario
from sim.results.intervals import Interval, share_of_rows
from sim.results.keys import failed_runs

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "AgreementShare",
    "Failure",
    "LastRefusal",
    "StageReached",
    "Summary",
    "TermShare",
    "stages",
    "stages_reached",
]


@dataclass(frozen=True)
class AgreementShare:
    """One agreement and how often it was reached.

    Attributes
    ----------
    agreement : mapping of str to str
        Option by issue.
    index : int
        In canonical order.
    runs : int
    share : Interval
        Of all runs that did not fail.
    rounds : float
        Median, in weeks.
    margins : mapping of str to (float, float)
        Smallest and largest u − r by party, each on its own scale.
    """

    agreement: Mapping[str, str]
    index: int
    runs: int
    share: Interval
    rounds: float
    margins: Mapping[str, tuple[float, float]]


@dataclass(frozen=True)
class TermShare:
    """How often an option stood in the agreements reached."""

    issue: str
    option: str
    runs: int
    share: float


@dataclass(frozen=True)
class LastRefusal:
    """Who refused last, and on what grounds, in runs without agreement.

    Attributes
    ----------
    party : str
    runs : int
    share : Interval
        Of all runs that did not fail.
    grounds : tuple of (str, int)
        ``kind: issue`` and in how many runs, most frequent first.
    """

    party: str
    runs: int
    share: Interval
    grounds: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Failure:
    """Why runs failed.

    Attributes
    ----------
    error : str
        Kind of the error.
    message : str
        What it said.
    runs : int
        In how many runs.
    """

    error: str
    message: str
    runs: int


@dataclass(frozen=True)
class StageReached:
    """How many runs get as far as a stage.

    Attributes
    ----------
    name : str
        In words: something to sign, signed, ratified everywhere, in force after some months.
    runs : int
        That get so far.
    share : Interval
        Of all runs that did not fail.
    of_before : Interval or None
        Of the runs that got as far as the stage before; None for the first.
    """

    name: str
    runs: int
    share: Interval
    of_before: Interval | None


@dataclass(frozen=True)
class Summary:
    """A table of runs in a few numbers.

    Attributes
    ----------
    runs, failed : int
    stages : tuple of StageReached
        From worlds with something to sign to what is still in force years later.
    agreed : Interval
        Share of runs that signed, of those that did not fail.
    zone : Interval
        Share of worlds in which some agreement was acceptable to all.
    ratified : Interval
        Share of signed texts that passed everywhere.
    rounds : float
        Median rounds to agreement, NaN without one.
    agreements : tuple of AgreementShare
        Most frequent first; ties by index.
    terms : tuple of TermShare
        By issue in the order of the scenario, most frequent option first.
    refusals : tuple of LastRefusal
        Most frequent first; ties by name.
    failures : tuple of Failure
        Most frequent first; ties by message.
    """

    runs: int
    failed: int
    stages: tuple[StageReached, ...]
    agreed: Interval
    zone: Interval
    ratified: Interval
    rounds: float
    agreements: tuple[AgreementShare, ...]
    terms: tuple[TermShare, ...]
    refusals: tuple[LastRefusal, ...]
    failures: tuple[Failure, ...]

    @classmethod
    def of(cls, table: pd.DataFrame, scenario: Scenario) -> Summary:
        """Summarise a table of runs.

        Parameters
        ----------
        table : pandas.DataFrame
            With the columns of ``sim.results.table``.
        scenario : Scenario
            Whose issues and parties the columns carry.

        Returns
        -------
        Summary
        """
        fine = table[~failed_runs(table)]
        signed = fine[_true(fine["agreed"])]
        unsigned = fine[~_true(fine["agreed"])]
        agreements = []
        for index, rows in signed.groupby("agreement", sort=True):
            first = rows.iloc[0]
            agreements.append(
                AgreementShare(
                    {issue: str(first[f"option.{issue}"]) for issue in scenario.issues},
                    int(float(str(index))),  # A table read back has floats where runs without agreement have none.
                    len(rows),
                    _share(fine, fine["agreement"].eq(index)),
                    float(rows["rounds"].median()),
                    {p: (float(rows[f"margin.{p}"].min()), float(rows[f"margin.{p}"].max())) for p in scenario.parties},
                )
            )
        terms = [
            TermShare(issue, str(option), int(count), count / len(signed))
            for issue in scenario.issues
            for option, count in sorted(
                signed[f"option.{issue}"].value_counts().items(), key=lambda pair: (-pair[1], str(pair[0]))
            )
        ]
        refusals = []
        for party, rows in unsigned.groupby("last_refuser", sort=True):
            counted = sorted(rows["ground"].value_counts().items(), key=lambda pair: (-pair[1], str(pair[0])))
            refusals.append(
                LastRefusal(
                    str(party),
                    len(rows),
                    _share(fine, fine["last_refuser"].eq(party) & ~_true(fine["agreed"])),
                    tuple((str(ground), int(count)) for ground, count in counted),
                )
            )
        return cls(
            len(table),
            len(table) - len(fine),
            stages_reached(fine),
            _share(fine, fine["agreed"]),
            _share(fine, fine["zone"].gt(0)),
            _share(signed, signed["ratified"]),
            float(signed["rounds"].median()) if len(signed) else float("nan"),
            tuple(sorted(agreements, key=lambda a: (-a.runs, a.index))),
            tuple(terms),
            tuple(sorted(refusals, key=lambda r: (-r.runs, r.party))),
            _failures(table),
        )

    def to_frame(self) -> pd.DataFrame:
        """Return the agreements signed, most frequent first, one a row."""
        return frame_of(AgreementShare, self.agreements)


def stages(fine: pd.DataFrame) -> list[tuple[str, NDArray[np.bool_]]]:
    """Return which runs get as far as each stage.

    Parameters
    ----------
    fine : pandas.DataFrame
        Runs that did not fail, with the columns of ``sim.results.table``.

    Returns
    -------
    list of (str, ndarray of bool, shape (n_runs,))
        The stage in words, and whether each run gets there; every stage is a part of the one before.

    Examples
    --------
    >>> import sim
    >>> from sim.results.batch import run_batch
    >>> two = sim.read_scenario("scenarios/tutorial-two-by-two/scenario.yaml")
    >>> [(name, int(there.sum())) for name, there in stages(run_batch(two, runs=4, quiet=True))][:3]
    [('something to sign', 4), ('signed', 4), ('ratified everywhere', 4)]
    """
    agreed = _true(fine["agreed"]).to_numpy(dtype=bool)
    # A mediator who presses can bring about a signature where nothing was acceptable to all.
    found = [("something to sign", fine["zone"].gt(0).to_numpy(dtype=bool) | agreed), ("signed", agreed)]
    left = agreed & _true(fine["ratified"]).to_numpy(dtype=bool)
    found.append(("ratified everywhere", left))
    for months in (12, 60, 120):
        column = f"aftermath.outlasted_{months}"
        if column in fine and fine[column].notna().any():
            left = left & _true(fine[column]).to_numpy(dtype=bool)
            found.append((f"in force after {months} months", left))
    return found


def stages_reached(fine: pd.DataFrame) -> tuple[StageReached, ...]:
    """Return how many runs get as far as each stage, with intervals.

    Parameters
    ----------
    fine : pandas.DataFrame
        As for `stages`, with the column ``world``.

    Returns
    -------
    tuple of StageReached

    Examples
    --------
    >>> import sim
    >>> from sim.results.batch import run_batch
    >>> two = sim.read_scenario("scenarios/tutorial-two-by-two/scenario.yaml")
    >>> [stage.runs for stage in stages_reached(run_batch(two, runs=4, quiet=True))]
    [4, 4, 4, 4, 4, 4]
    """
    return _with_intervals(dict(stages(fine)), fine["world"].to_numpy(dtype="int64"))


def _with_intervals(there: Mapping[str, NDArray[np.bool_]], worlds: NDArray[np.int64]) -> tuple[StageReached, ...]:
    found: list[StageReached] = []
    before: NDArray[np.bool_] | None = None
    for name, here in there.items():
        of_before = None if before is None else share_of_rows(here[before], worlds[before])
        found.append(StageReached(name, int(here.sum()), share_of_rows(here, worlds), of_before))
        before = here
    return tuple(found)


class StagesByGroup:
    """How far the runs of several groups get, gathered from one part of a table after the other.

    Holds a few bytes a run, so that a sweep need not be held whole.

    Examples
    --------
    >>> import sim
    >>> from sim.results.batch import run_batch
    >>> two = sim.read_scenario("scenarios/tutorial-two-by-two/scenario.yaml")
    >>> tally, table = StagesByGroup(), run_batch(two, runs=4, quiet=True)
    >>> tally.add("shuttle", table[:3])
    >>> tally.add("shuttle", table[3:])
    >>> [(group, runs, stages[1].name, stages[1].runs) for group, (runs, stages) in tally.found().items()]
    [('shuttle', 4, 'signed', 4)]
    """

    def __init__(self) -> None:
        self._there: dict[str, list[dict[str, NDArray[np.bool_]]]] = {}
        self._worlds: dict[str, list[NDArray[np.int64]]] = {}

    def add(self, group: str, runs: pd.DataFrame) -> None:
        """Count the runs of a part of a table that did not fail.

        Parameters
        ----------
        group : str
        runs : pandas.DataFrame
            As for `Summary.of`.
        """
        fine = runs[~failed_runs(runs)]
        self._there.setdefault(group, []).append(dict(stages(fine)))
        self._worlds.setdefault(group, []).append(fine["world"].to_numpy(dtype="int64"))

    def found(self) -> dict[str, tuple[int, tuple[StageReached, ...]]]:
        """Return how many runs each group has, by name, and how far they get."""
        told = {}
        for group, parts in sorted(self._there.items()):
            names = dict.fromkeys(name for parts in self._there.values() for part in parts for name in part)
            worlds = self._worlds[group]
            # In a part where nothing was ever in force a later stage has no column, and nobody gets there.
            there = {
                name: np.concatenate(
                    [part.get(name, np.zeros(len(w), dtype=np.bool_)) for part, w in zip(parts, worlds, strict=True)]
                )
                for name in names
            }
            together = np.concatenate(worlds)
            told[group] = len(together), _with_intervals(there, together)
        return told


def _failures(table: pd.DataFrame) -> tuple[Failure, ...]:
    failed = table[failed_runs(table)]
    found = [
        Failure(str(error), str(message), len(rows))
        for (error, message), rows in failed.groupby(["error", "message"], sort=True)
    ]
    return tuple(sorted(found, key=lambda failure: (-failure.runs, failure.message)))


def _true(flags: pd.Series[bool]) -> pd.Series[bool]:
    # Read back from a result, a column of yes and no with gaps is one of objects.
    return flags.astype("boolean").fillna(False).astype(bool)


def _share(rows: pd.DataFrame, flags: pd.Series[bool]) -> Interval:
    return share_of_rows(_true(flags).to_numpy(), rows["world"].to_numpy(dtype="int64"))
