"""The backtest: whether the model tells which agreements of the past lasted.

Cases become agreements of a scenario (`sim.compliance.history.mapping`) and are asked of the same engine as any
other (`sim.compliance.history.predict`). They are ranked by predicted S(60). Beside the model stand

- *additive indices* that the mapping names: what a spreadsheet would say;
- the *base rate*: every case gets the survival of all others, whatever its terms;
- *permuted codes*: the same predictions dealt to cases at random. C must then be one half on average.

Where a mapping says so, hazards and the gain of keeping are fitted to cases of other groups (conflicts), and each
case is predicted by a fit that never saw its group (cross-validation).

A *misfit* is a case that stands in the wrong order with some case it can be compared with.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.compliance.history.cases import PastCase, cases_and_mapping
from sim.compliance.history.concordance import Concordance, bootstrap_interval, concordance, pairs
from sim.compliance.history.fit import Observed, PastHazard, Prepared, fit_past, folds, prepared
from sim.compliance.history.mapping import Description, Fit
from sim.compliance.history.predict import fates, month_of_median, places
from sim.compliance.history.scores import Calibration, brier_score, calibration, held
from sim.domain.reader import with_settings
from sim.domain.scenario import Scenario
from sim.domain.streams import Purpose, stream
from sim.errors import ScenarioError, nearest

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Backtest", "Misfit", "PastReading", "Ranking", "backtest"]

Floats = NDArray[np.float64]

#: Months at which survival is scored, as far as the horizon and the cases go.
SCORED = (12, 60, 120)
#: Cases are ranked by predicted survival at this month.
RANKED_AT = 60
FOLDS = 10
PERMUTATIONS = 500


@dataclass(frozen=True, eq=False)
class PastReading:
    """A case as the model reads it.

    Attributes
    ----------
    case : PastCase
    options : mapping of issue to option
        The agreement it is.
    survival : ndarray of float64, shape (months + 1,)
        Predicted S(t) for t = 0, 1, … months.
    kept : float
        Share of worlds in which no party breaks it.
    unknown : tuple of str
        Codes that were empty or unknown, as ``column: 'given'``.
    """

    case: PastCase
    options: dict[str, str]
    survival: Floats = field(repr=False)
    kept: float
    unknown: tuple[str, ...]

    @property
    def predicted_months(self) -> int:
        """The median of the predicted time to the end, in months; the horizon where it is not reached."""
        return month_of_median(self.survival) or len(self.survival) - 1


@dataclass(frozen=True)
class Ranking:
    """How well one way of ranking orders the cases.

    Attributes
    ----------
    name : str
    score : Concordance
    interval : (float, float) or None
        95 % bootstrap interval of C, groups of cases drawn again; for the model's rankings.
    """

    name: str
    score: Concordance
    interval: tuple[float, float] | None = None


@dataclass(frozen=True)
class Scored:
    """How good predicted survival is at a month.

    Attributes
    ----------
    month : int
    model, base_rate : float or None
        Brier scores; lower is better.
    predicted, observed : float
        Mean predicted S(month), and the product-limit estimate of what was seen.
    """

    month: int
    model: float | None
    base_rate: float | None
    predicted: float
    observed: float


@dataclass(frozen=True)
class Misfit:
    """A case in the wrong order with others.

    Attributes
    ----------
    case : PastCase
    outlasted : tuple of str
        Cases that were predicted to last longer and ended sooner.
    outlasted_by : tuple of str
        Cases that were predicted to end sooner and lasted longer.
    tied : tuple of str
        Cases with the same prediction that can be told apart by what happened.
    comparable : int
        Cases it can be compared with.
    """

    case: PastCase
    outlasted: tuple[str, ...]
    outlasted_by: tuple[str, ...]
    tied: tuple[str, ...]
    comparable: int

    @property
    def wrong(self) -> float:
        """Pairs in the wrong order, ties counting half."""
        return len(self.outlasted) + len(self.outlasted_by) + len(self.tied) / 2


@dataclass(frozen=True, eq=False)
class Backtest:
    """How well the model tells which agreements lasted.

    Attributes
    ----------
    mapping : str
        Name of the mapping file.
    structure : str
    readings : tuple of PastReading
        Predicted to last longest first; ties by case_id.
    rankings : tuple of Ranking
        The model first, then without hindsight where the mapping names such codes, then its indices.
    permuted : (float, float, float) or None
        Mean C with permuted codes, and the range that holds 95 % of the permutations.
    scored : tuple of Scored
    calibration : tuple of Calibration
        At `RANKED_AT`, of all cases and of thirds by prediction.
    fitted : PastHazard or None
        Fitted to all cases; each case was predicted by a fit to others.
    fit : Fit or None
        What was asked to be fitted.
    n_groups : int
    misfits : tuple of Misfit
        Worst first.
    """

    mapping: str
    structure: str
    readings: tuple[PastReading, ...]
    rankings: tuple[Ranking, ...]
    permuted: tuple[float, float, float] | None
    scored: tuple[Scored, ...]
    calibration: tuple[Calibration, ...]
    fitted: PastHazard | None
    fit: Fit | None
    n_groups: int
    misfits: tuple[Misfit, ...] = field(repr=False)

    @property
    def model(self) -> Ranking:
        """How the model ranks."""
        return self.rankings[0]

    def ranking(self, name: str) -> Ranking | None:
        """Return a ranking by its name; None where there is none.

        Parameters
        ----------
        name : str
        """
        return next((ranking for ranking in self.rankings if ranking.name == name), None)

    @property
    def beats_base_rate(self) -> bool:
        """Whether the model's Brier score is below the base rate's at every month scored."""
        pairs = [(row.model, row.base_rate) for row in self.scored if row.model is not None]
        return bool(pairs) and all(base is not None and model is not None and model < base for model, base in pairs)

    @property
    def unknown(self) -> dict[str, tuple[str, ...]]:
        """Cases with empty or unknown codes, which counted as the reference, by case_id."""
        return {r.case.case_id: r.unknown for r in sorted(self.readings, key=lambda r: r.case.case_id) if r.unknown}

    def to_json(self) -> dict[str, Any]:
        """Return what ``parley backtest --json`` prints."""

        def c(name: str) -> float | None:
            found = self.ranking(name)
            return None if found is None else found.score.c

        return {
            "schema_version": 1,
            "n": len(self.readings),
            "harrell_c": self.model.score.c,
            "interval": None if self.model.interval is None else list(self.model.interval),
            "without_hindsight_c": c(WITHOUT_HINDSIGHT),
            "naive_c": c("naive additive index"),
            "guarantee_only_c": c("guarantee level alone"),
            "permuted_c": None if self.permuted is None else self.permuted[0],
            "mapping": self.mapping,
            "structure": self.structure,
            "n_groups": self.n_groups,
            "rankings": [{"name": ranking.name, "harrell_c": ranking.score.c} for ranking in self.rankings],
            "scores": [
                {
                    "month": row.month,
                    "brier": row.model,
                    "base_rate_brier": row.base_rate,
                    "mean_predicted_survival": row.predicted,
                    "observed_survival": row.observed,
                }
                for row in self.scored
            ],
            "calibration": [
                {"month": row.month, "cases": row.cases, "predicted": row.predicted, "observed": row.observed}
                for row in self.calibration
            ],
            "fitted": None
            if self.fitted is None
            else {"yearly_hazards": list(self.fitted.yearly), "gain": self.fitted.gain},
            "ranking": [
                {
                    "case_id": reading.case.case_id,
                    "predicted_months": reading.predicted_months,
                    "predicted_survival": {
                        str(month): float(reading.survival[month]) for month in SCORED if month < len(reading.survival)
                    },
                    "observed_months": reading.case.months,
                    "collapsed": reading.case.ended,
                }
                for reading in self.readings
            ],
        }

    def to_frame(self) -> pd.DataFrame:
        """Return the cases, predicted to last longest first.

        Returns
        -------
        pandas.DataFrame
            Indexed by ``case_id``: ``name``, ``months`` it lasted, whether it ``ended``, ``predicted_months``, and
            the share of worlds in which nobody breaks it (``kept``).
        """
        import pandas as pd

        rows = [
            (r.case.case_id, r.case.name, r.case.months, r.case.ended, r.predicted_months, r.kept)
            for r in self.readings
        ]
        columns = ["case_id", "name", "months", "ended", "predicted_months", "kept"]
        return pd.DataFrame(rows, columns=columns).set_index("case_id")


MODEL = "the model"
WITHOUT_HINDSIGHT = "the model without hindsight"


def backtest(
    cases: str | Path | Sequence[PastCase],
    description: Description | None = None,
    *,
    structure: str = "",
    worlds: int = 200,
    seed: int = 0,
    draws: int = 10_000,
) -> Backtest:
    """Predict how long agreements of the past last, and compare with what happened.

    Parameters
    ----------
    cases : path or sequence of PastCase
    description : Description, optional
        The mapping and its scenario; by default the one of the program that fits the file.
    structure : str, optional
        One of the scenario's hazard structures; its own by default.
    worlds : int
        Drawn from the ranges of the scenario's numbers.
    seed : int
    draws : int
        Of the bootstrap.

    Returns
    -------
    Backtest

    Raises
    ------
    ScenarioError
        If the file cannot be used or there is no such structure.

    Examples
    --------
    Two made-up cases in which the better guarantee lasted longer, as the model has it:

    >>> from sim.compliance.history.mapping import built_in
    >>> bare = dict.fromkeys(built_in("interstate").mapping.codes, "0") | {"territorial_clause": "none", "dmz": "none"}
    >>> firm = bare | {"guarantee_level": "3"}
    >>> cases = [PastCase("weak", "", 8, True, bare), PastCase("firm", "", 90, True, firm)]
    >>> found = backtest(cases, worlds=20, draws=10)
    >>> [reading.case.case_id for reading in found.readings], found.model.score.c
    (['firm', 'weak'], 1.0)
    """
    given, description = cases_and_mapping(cases, description)
    mapping, scenario = description.mapping, _under(structure, description.scenario)
    observed = Observed(np.array([case.months for case in given]), np.array([case.ended for case in given]))
    read = [mapping.options_of(case.codes) for case in given]
    options = [found for found, _ in read]
    blind = [mapping.options_of(case.codes, hindsight=False)[0] for case in given]

    engine = _Engine(scenario, mapping.fit, [case.group or case.case_id for case in given], observed, worlds, seed)
    predicted, kept, fitted = engine.predict(options)
    names = [(MODEL, predicted)]
    if mapping.hindsight is not None:
        names.append((WITHOUT_HINDSIGHT, engine.predict(blind)[0]))
    months, ended = observed.months, observed.ended
    at = min(RANKED_AT, predicted.shape[1] - 1)
    # The same sum in another order may part in the last digit: predictions equal to nine digits are ties.
    rankings = [
        Ranking(
            name,
            concordance(score := survival[:, at].round(9), months, ended),
            bootstrap_interval(score, months, ended, seed=seed, draws=draws, groups=engine.groups),
        )
        for name, survival in names
    ]
    rankings += [
        Ranking(name, concordance([index.of(case.codes) for case in given], months, ended))
        for name, index in mapping.indices.items()
    ]
    score = predicted[:, at].round(9)
    base = engine.base_rate()
    readings = [
        PastReading(case, chosen, survival, float(share), unknown)
        for case, (chosen, unknown), survival, share in zip(given, read, predicted, kept, strict=True)
    ]
    order = sorted(range(len(given)), key=lambda k: (-score[k], given[k].case_id))
    return Backtest(
        mapping=description.name,
        structure=scenario.compliance.structure,
        readings=tuple(readings[k] for k in order),
        rankings=tuple(rankings),
        permuted=_permuted(score, observed, seed),
        scored=tuple(_scored(predicted, base, observed)),
        calibration=tuple(calibration(predicted[:, at], observed, at)) if len(given) > 5 else (),
        fitted=fitted,
        fit=mapping.fit,
        n_groups=len(set(engine.groups)),
        misfits=_misfits(given, score),
    )


def _under(structure: str, scenario: Scenario) -> Scenario:
    if not structure:
        return scenario
    known = sorted(scenario.compliance.hazard.baseline)
    if structure not in known:
        raise ScenarioError(f"no structure {structure!r}{nearest(structure, known)}; there are {', '.join(known)}")
    return with_settings(scenario, {"compliance.structure": structure})


@dataclass(frozen=True, eq=False)
class _Engine:
    """Predicts cases, each by what was fitted to other groups."""

    scenario: Scenario
    fit: Fit | None
    groups: list[str]
    observed: Observed
    worlds: int
    seed: int

    def predict(self, options: list[dict[str, str]]) -> tuple[Floats, Floats, PastHazard | None]:
        """Return S(t) and the share of worlds in which it is kept, by case, and what all cases together fit."""
        where, row = np.unique(places(self.scenario, options), return_inverse=True)
        if self.fit is None:
            found = fates(self.scenario, where, worlds=self.worlds, seed=self.seed)
            return found.survival[row], found.kept[row], None
        gain, periods = self.fit.gain, self.fit.periods
        choices: dict[float | None, Prepared] = {
            value: prepared(self.scenario, where, gain, value, periods, worlds=self.worlds, seed=self.seed)
            for value in gain.values  # noqa: PD011 (of a record, not of pandas)
        }
        survival, fitted = self._cross_validated(choices, row)
        kept = (choices[fitted.gain].broken > periods[-1]).mean(axis=1)[row]
        return survival, kept, fitted

    def base_rate(self) -> Floats:
        """Return S(t) of each case by the rate of all other groups, terms aside; shape (n, months + 1)."""
        last = self.scenario.compliance.months if self.fit is None else self.fit.periods[-1]
        periods = (6, 60, last) if self.fit is None else tuple(self.fit.periods)
        alike: dict[float | None, Prepared] = {None: Prepared(np.full((1, 1), last + 1), np.ones((1, 1)), periods)}
        return self._cross_validated(alike, np.zeros(len(self.groups), dtype=np.int64))[0]

    def _cross_validated(
        self, choices: dict[float | None, Prepared], row: NDArray[np.int64]
    ) -> tuple[Floats, PastHazard]:
        fold = folds(self.groups, FOLDS, self.seed)
        last = next(iter(choices.values())).periods[-1]
        month = np.arange(last + 1)
        survival = np.empty((len(row), last + 1))
        for number in range(int(fold.max()) + 1):
            others, these = np.flatnonzero(fold != number), np.flatnonzero(fold == number)
            found = fit_past(choices, row[others], self.observed.only(others))
            chosen = choices[found.gain]
            for k in these:
                survival[k] = chosen.survival(found.yearly, np.full(last + 1, row[k]), month)
        return survival, fit_past(choices, row, self.observed)


def _scored(predicted: Floats, base: Floats, observed: Observed) -> list[Scored]:
    found = []
    for month in SCORED:
        if month < predicted.shape[1] and month <= observed.months.max():
            model = brier_score(predicted[:, month], observed, month)
            rate = brier_score(base[:, month], observed, month)
            mean = float(predicted[:, month].mean())
            found.append(Scored(month, model, rate, mean, held(observed, month)))
    return found


def _permuted(score: Floats, observed: Observed, seed: int) -> tuple[float, float, float] | None:
    """Return the mean C of the same predictions dealt at random, and where 95 % of them lie."""
    if concordance(score, observed.months, observed.ended).c is None:
        return None
    luck = stream(seed, Purpose.BOOTSTRAP, len(score), PERMUTATIONS)
    found = [
        concordance(luck.permutation(score), observed.months, observed.ended).c or 0.0 for _ in range(PERMUTATIONS)
    ]
    low, high = np.quantile(found, [0.025, 0.975])
    return float(np.mean(found)), float(low), float(high)


def _misfits(cases: Sequence[PastCase], score: Floats) -> tuple[Misfit, ...]:
    comparable, concordant, tied = pairs(score, [case.months for case in cases], [case.ended for case in cases])
    wrong = comparable & ~concordant & ~tied

    def names(which: NDArray[np.bool_]) -> tuple[str, ...]:
        return tuple(cases[int(k)].case_id for k in np.flatnonzero(which))

    found = [
        Misfit(
            case,
            outlasted=names(wrong[:, i]),
            outlasted_by=names(wrong[i]),
            tied=names(tied[i] | tied[:, i]),
            comparable=int(comparable[i].sum() + comparable[:, i].sum()),
        )
        for i, case in enumerate(cases)
    ]
    found = [misfit for misfit in found if misfit.wrong]
    return tuple(sorted(found, key=lambda m: (-m.wrong, m.case.case_id)))
