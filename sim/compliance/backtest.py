"""The backtest: whether the model ranks agreements of the past by how long they lasted.

Cases are ranked by the hazard that ``sim.compliance.codebook`` reads from their codes. Beside the model
stand what a spreadsheet would say and what one code alone says:

- *naive additive index*: guarantee_level + monitoring + peacekeepers (0 for a force that belongs to one
  side) + 1 for any zone − adverse_power_shift; codes as written, equal weights. On the 14 cases of the
  project it reaches .78; *with pressure*, that is with third_party_pressure taken off too, .81;
- *guarantee level alone*.

A *misfit* is a case that stands in the wrong order with some case it can be compared with.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sim.compliance.cases import Case, read_cases
from sim.compliance.codebook import Reading, Structure, read_case
from sim.compliance.concordance import Concordance, bootstrap_interval, concordance

__all__ = ["Backtest", "Misfit", "backtest", "codes_flagged", "naive_index"]


@dataclass(frozen=True)
class Misfit:
    """A case in the wrong order with others.

    Attributes
    ----------
    case : Case
    outlasted : tuple of str
        Cases that were predicted to last longer and ended sooner.
    outlasted_by : tuple of str
        Cases that were predicted to end sooner and lasted longer.
    tied : tuple of str
        Cases with the same prediction that can be told apart by what happened.
    comparable : int
        Cases it can be compared with.
    """

    case: Case
    outlasted: tuple[str, ...]
    outlasted_by: tuple[str, ...]
    tied: tuple[str, ...]
    comparable: int

    @property
    def wrong(self) -> float:
        """Pairs in the wrong order, ties counting half."""
        return len(self.outlasted) + len(self.outlasted_by) + len(self.tied) / 2


@dataclass(frozen=True)
class Backtest:
    """A ranking of past agreements and how well it fits.

    Attributes
    ----------
    structure : str
    readings : tuple of Reading
        Predicted to last longest first; ties by case_id.
    model, without_hindsight : Concordance
        Pairs in order by the model, with and without ``adverse_power_shift``.
    naive, naive_without_hindsight, naive_with_pressure : Concordance
        By the additive index and its variants.
    guarantee_only, hindsight_only : Concordance
        By the guarantee level alone and by ``adverse_power_shift`` alone.
    interval : (float, float) or None
        95 % bootstrap interval of the model's C, cases drawn again.
    without_hindsight_interval : (float, float) or None
    misfits : tuple of Misfit
        Worst first.
    """

    structure: str
    readings: tuple[Reading, ...]
    model: Concordance
    without_hindsight: Concordance
    naive: Concordance
    naive_without_hindsight: Concordance
    naive_with_pressure: Concordance
    guarantee_only: Concordance
    hindsight_only: Concordance
    interval: tuple[float, float] | None
    without_hindsight_interval: tuple[float, float] | None
    misfits: tuple[Misfit, ...] = field(repr=False)

    def as_json(self) -> dict[str, Any]:
        """Return what ``parley backtest --json`` prints."""
        return {
            "schema_version": 1,
            "n": len(self.readings),
            "harrell_c": self.model.c,
            "interval": None if self.interval is None else list(self.interval),
            "without_hindsight_c": self.without_hindsight.c,
            "naive_c": self.naive.c,
            "guarantee_only_c": self.guarantee_only.c,
            "ranking": [
                {
                    "case_id": reading.case.case_id,
                    "predicted_months": round(reading.predicted_months, 3),
                    "observed_months": reading.case.months,
                    "collapsed": reading.case.collapsed,
                }
                for reading in self.readings
            ],
        }


def naive_index(case: Case, *, hindsight: bool = True, pressure: bool = False) -> float:
    """Return the additive index of a case; codes that are not numbers count 0.

    Parameters
    ----------
    case : Case
    hindsight : bool
        Whether ``adverse_power_shift`` is taken off.
    pressure : bool
        Whether ``third_party_pressure`` is taken off.

    Returns
    -------
    float

    Examples
    --------
    >>> from sim.compliance.cases import CODES
    >>> bare = dict.fromkeys(CODES, "0") | {"territorial_clause": "none", "dmz": "none"}
    >>> naive_index(Case("A", "A", 60, True, bare))
    0.0
    >>> naive_index(Case("B", "B", 60, True, bare | {"guarantee_level": "2", "monitoring": "1", "dmz": "symmetric"}))
    4.0
    """
    total = _number(case, "guarantee_level") + _number(case, "monitoring")
    if case.codes["peacekeepers_partisan"] != "1":
        total += _number(case, "peacekeepers")
    total += case.codes["dmz"] not in ("none", "")
    total -= _number(case, "adverse_power_shift") if hindsight else 0.0
    return total - (_number(case, "third_party_pressure") if pressure else 0.0)


def _number(case: Case, column: str) -> float:
    try:
        return float(case.codes[column])
    except ValueError:
        return 0.0


def backtest(
    cases: str | Path | Sequence[Case], *, structure: Structure = "fortna", seed: int = 0, draws: int = 10_000
) -> Backtest:
    """Rank past agreements by predicted survival and compare with what happened.

    Parameters
    ----------
    cases : path or sequence of Case
    structure : {"fortna", "lo-hashimoto-reiter"}
    seed, draws : int
        Of the bootstrap.

    Returns
    -------
    Backtest

    Raises
    ------
    ScenarioError
        If the file cannot be used.

    Examples
    --------
    Two made-up cases in which the better guarantee lasted longer, as the model has it:

    >>> from sim.compliance.cases import CODES
    >>> bare = dict.fromkeys(CODES, "0") | {"territorial_clause": "none", "dmz": "none"}
    >>> cases = [Case("weak", "", 8, True, bare), Case("firm", "", 90, True, bare | {"guarantee_level": "3"})]
    >>> found = backtest(cases, draws=10)
    >>> [reading.case.case_id for reading in found.readings], found.model.c
    (['firm', 'weak'], 1.0)
    """
    given = read_cases(cases) if isinstance(cases, str | Path) else list(cases)
    months = [case.months for case in given]
    ended = [case.collapsed for case in given]
    readings = [read_case(case, structure=structure) for case in given]
    blind = [-read_case(case, structure=structure, hindsight=False).hazard for case in given]
    # Ranked by hazard, as the rules say: a median that is rounded for printing makes no ties.
    score = [-reading.hazard for reading in readings]
    return Backtest(
        structure=structure,
        readings=tuple(sorted(readings, key=lambda reading: (reading.hazard, reading.case.case_id))),
        model=concordance(score, months, ended),
        without_hindsight=concordance(blind, months, ended),
        naive=concordance([naive_index(case) for case in given], months, ended),
        naive_without_hindsight=concordance([naive_index(case, hindsight=False) for case in given], months, ended),
        naive_with_pressure=concordance([naive_index(case, pressure=True) for case in given], months, ended),
        guarantee_only=concordance([_number(case, "guarantee_level") for case in given], months, ended),
        hindsight_only=concordance([-_number(case, "adverse_power_shift") for case in given], months, ended),
        interval=bootstrap_interval(score, months, ended, seed=seed, draws=draws),
        without_hindsight_interval=bootstrap_interval(blind, months, ended, seed=seed, draws=draws),
        misfits=_misfits(given, score),
    )


def _misfits(cases: Sequence[Case], score: Sequence[float]) -> tuple[Misfit, ...]:
    found = []
    for i, case in enumerate(cases):
        outlasted: list[str] = []
        outlasted_by: list[str] = []
        tied: list[str] = []
        comparable = 0
        for j, other in enumerate(cases):
            pair = concordance([score[i], score[j]], [case.months, other.months], [case.collapsed, other.collapsed])
            if i == j or not pair.comparable:
                continue
            comparable += 1
            if pair.tied:
                tied.append(other.case_id)
            elif not pair.concordant:
                # In the wrong order, so whoever was predicted to end sooner is the one that lasted longer.
                (outlasted if score[i] < score[j] else outlasted_by).append(other.case_id)
        if outlasted or outlasted_by or tied:
            found.append(Misfit(case, tuple(outlasted), tuple(outlasted_by), tuple(tied), comparable))
    return tuple(sorted(found, key=lambda m: (-m.wrong, m.case.case_id)))


def codes_flagged(result: Backtest) -> dict[str, tuple[str, ...]]:
    """Return the cases with empty or unknown codes, which counted as the reference.

    Parameters
    ----------
    result : Backtest

    Returns
    -------
    dict of str to tuple of str

    Examples
    --------
    >>> from sim.compliance.cases import CODES
    >>> bare = dict.fromkeys(CODES, "0") | {"territorial_clause": "none", "dmz": "none"}
    >>> cases = [Case("known", "", 8, True, bare), Case("doubtful", "", 90, True, bare | {"monitoring": "?"})]
    >>> codes_flagged(backtest(cases, draws=10))
    {'doubtful': ("monitoring: '?'",)}
    """
    return {r.case.case_id: r.flags for r in sorted(result.readings, key=lambda r: r.case.case_id) if r.flags}
