r"""What is fitted to the past: three yearly hazards, and how much more than war an agreement gives.

The terms enter as ratios and through V^C and V^D, as in any scenario. What the literature gives no level for is
fitted by maximum likelihood to agreements of other conflicts: the yearly hazard of an agreement with the reference
terms in three periods, and the gain of keeping over war of the party that could break it. An agreement seen to
end in month m has the likelihood :math:`S(m - 1) - S(m)`, one that still held after m months :math:`S(m)`, S as in
`sim.compliance.history.predict`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from sim.compliance.history.mapping import Gain
from sim.compliance.history.predict import Fates, fates
from sim.domain.reader import with_settings
from sim.domain.scenario import Scenario

__all__ = ["Observed", "PastHazard", "Prepared", "fit_past", "folds", "prepared", "with_past"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Observed:
    """How long agreements lasted.

    Attributes
    ----------
    months : ndarray of float64, shape (n,)
    ended : ndarray of bool, shape (n,)
        Whether the end was seen.
    """

    months: Floats
    ended: NDArray[np.bool_]

    def only(self, rows: NDArray[np.int64]) -> Observed:
        """Return some of them.

        Parameters
        ----------
        rows : ndarray of int64, shape (k,)
        """
        return Observed(self.months[rows], self.ended[rows])

    def within(self, horizon: int) -> Observed:
        """Return them as they would have been seen had everybody stopped looking after some months.

        Parameters
        ----------
        horizon : int
        """
        return Observed(np.minimum(self.months, horizon), self.ended & (self.months <= horizon))


@dataclass(frozen=True)
class PastHazard:
    """What was fitted.

    Attributes
    ----------
    yearly : tuple of float
        Hazard of the reference terms in each period, a year.
    gain : float or None
        What keeping is worth above war; None where it was left as written.
    log_likelihood : float
    """

    yearly: tuple[float, ...]
    gain: float | None
    log_likelihood: float


@dataclass(frozen=True, eq=False)
class Prepared:
    """Fates under a hazard of 1 a year, so that any hazard can be put in.

    Attributes
    ----------
    broken : ndarray of int64, shape (n_agreements, n_worlds)
    ratio : ndarray of float64, shape (n_agreements, n_worlds)
        Hazard ratio of the terms.
    periods : tuple of int
        The hazard is constant up to each of these months; the last is the horizon.
    """

    broken: NDArray[np.int64] = field(repr=False)
    ratio: Floats = field(repr=False)
    periods: tuple[int, ...]

    def survival(self, yearly: Sequence[float], row: NDArray[np.int64], month: NDArray[np.int64]) -> Floats:
        """Return S of agreements at months.

        Parameters
        ----------
        yearly : sequence of float
            Hazard of each period.
        row, month : ndarray of int64, shape (n,)

        Returns
        -------
        ndarray of float64, shape (n,)

        Examples
        --------
        One agreement in two worlds, in one of which it is broken in month 3; a hazard of 1.2 a year:

        >>> two = Prepared(np.array([[3, 121]]), np.ones((1, 2)), (6, 60, 120))
        >>> two.survival([1.2, 0, 0], np.zeros(2, dtype=np.int64), np.array([1, 10])).round(4).tolist()
        [0.9048, 0.2744]
        """
        total = self.exposure(month) @ np.asarray(yearly)
        stands = self.broken[row] > month[:, None]
        return np.asarray((stands * np.exp(-self.ratio[row] * total[:, None])).mean(axis=1))

    def exposure(self, month: NDArray[np.int64]) -> Floats:
        """Return the years spent in each period by a month; shape (n, n_periods)."""
        begin = np.array([0, *self.periods[:-1]])
        return np.asarray(np.clip(month[:, None] - begin, 0, np.diff([0, *self.periods])) / 12.0)


def prepared(
    scenario: Scenario,
    agreements: NDArray[np.int64],
    gain: Gain,
    value: float | None,
    periods: Sequence[int],
    *,
    worlds: int,
    seed: int,
) -> Prepared:
    """Live through agreements once, for every hazard that may be put in later.

    Parameters
    ----------
    scenario : Scenario
    agreements : ndarray of int64, shape (n_agreements,)
    gain : Gain
    value : float or None
        What keeping is worth above war; None leaves it as written.
    periods : sequence of int
    worlds, seed : int

    Returns
    -------
    Prepared

    Examples
    --------
    The more keeping is worth, the fewer worlds there are in which the challenger breaks an agreement without terms:

    >>> from sim.compliance.history.mapping import built_in
    >>> from sim.compliance.history.predict import places
    >>> civil = built_in("civil")
    >>> where = places(civil.scenario, [{issue: rules.options[0] for issue, rules in civil.mapping.issues.items()}])
    >>> for value in (0.03, 0.3):
    ...     found = prepared(civil.scenario, where, civil.mapping.fit.gain, value, [6, 60, 120], worlds=20, seed=0)
    ...     print(float((found.broken > 120).mean()))
    0.2
    1.0
    """
    one = PastHazard((1.0,) * len(periods), value, 0.0)
    found: Fates = fates(with_past(scenario, gain, one, periods), agreements, worlds=worlds, seed=seed)
    return Prepared(found.broken, found.first_hazard * 12.0, tuple(periods))


def with_past(scenario: Scenario, gain: Gain, fitted: PastHazard, periods: Sequence[int]) -> Scenario:
    """Return a scenario with fitted numbers in the place of those written.

    Parameters
    ----------
    scenario : Scenario
    gain : Gain
    fitted : PastHazard
    periods : sequence of int
        Three; the scenario's horizon becomes the last.

    Returns
    -------
    Scenario
        The hazard is that of the scenario's structure; its numbers are fixed, without a range.

    Examples
    --------
    >>> from sim.compliance.history.mapping import built_in
    >>> civil = built_in("civil")
    >>> fitted = PastHazard((0.4, 0.05, 0.01), None, 0.0)
    >>> hazard = with_past(civil.scenario, civil.mapping.fit.gain, fitted, [6, 60, 120]).compliance.hazard
    >>> hazard.baseline["terms-matter"].value, hazard.front_loading.factor.value
    (0.05, 8.0)
    """
    first, middle, last = fitted.yearly
    path = "compliance.hazard"
    settings: dict[str, object] = {
        "compliance.months": periods[-1],
        f"{path}.baseline.{scenario.compliance.structure}": {"value": middle},
        f"{path}.front_loading": {"months": periods[0], "factor": {"value": first / middle}},
        f"{path}.decline": [{"after": periods[1], "factor": {"value": last / middle}}],
    }
    if fitted.gain is not None:
        spec = scenario.parties[gain.party]
        reservation = spec.no_deal.reservation.value
        for option, number in spec.utility[gain.issue].items():
            low, high = number.range
            moved = reservation + fitted.gain
            settings[f"parties.{gain.party}.utility.{gain.issue}.{option}"] = {
                "value": moved,
                "low": moved + low - number.value,
                "high": min(moved + high - number.value, 1.0),
            }
    return with_settings(scenario, settings)


def fit_past(choices: Mapping[float | None, Prepared], row: NDArray[np.int64], observed: Observed) -> PastHazard:
    """Fit the hazards, and the gain among those prepared.

    Parameters
    ----------
    choices : mapping of gain to Prepared
    row : ndarray of int64, shape (n,)
        The agreement of each case.
    observed : Observed

    Returns
    -------
    PastHazard
        Of equal likelihoods the first of the choices.

    Examples
    --------
    Of 1,000 agreements with the reference terms that nobody gains from breaking, half end in the first month and the
    others are no longer watched after it: the hazard of the first period is log 2 a month, 8.3 a year.

    >>> alike = Prepared(np.full((1, 1), 121), np.ones((1, 1)), (6, 60, 120))
    >>> seen = Observed(np.full(1000, 1.0), np.arange(1000) < 500)
    >>> round(fit_past({None: alike}, np.zeros(1000, dtype=np.int64), seen).yearly[0], 1)
    8.3
    """
    from scipy.optimize import minimize

    best: PastHazard | None = None
    for gain, choice in choices.items():
        seen = observed.within(choice.periods[-1])
        # An end in the course of month m has been seen by the end of it; what held was seen to hold until then.
        upper = np.maximum(np.ceil(seen.months), 1).astype(np.int64)
        until = np.where(seen.ended, upper - 1, np.floor(seen.months)).astype(np.int64)
        ended = seen.ended

        def loss(
            level: Floats,
            choice: Prepared = choice,
            until: NDArray[np.int64] = until,
            upper: NDArray[np.int64] = upper,
            ended: NDArray[np.bool_] = ended,
        ) -> float:
            yearly = np.exp(level).tolist()
            chance = choice.survival(yearly, row, until)
            chance[ended] -= choice.survival(yearly, row[ended], upper[ended])
            return -float(np.log(np.maximum(chance, 1e-300)).sum())

        start = np.log(_rates(seen, choice.periods))
        found = minimize(loss, start, method="L-BFGS-B", bounds=[(-12.0, 3.0)] * len(start))
        fitted = PastHazard(tuple(np.exp(found.x).tolist()), gain, -float(found.fun))
        if best is None or fitted.log_likelihood > best.log_likelihood:
            best = fitted
    assert best is not None
    return best


def _rates(seen: Observed, periods: Sequence[int]) -> Floats:
    """Return ends a year in each period, a half added so that none is nothing."""
    rates = []
    begin = 0
    for end in periods:
        years = np.clip(seen.months - begin, 0, end - begin).sum() / 12.0
        ends = (seen.ended & (seen.months > begin) & (seen.months <= end)).sum()
        rates.append((ends + 0.5) / (years + 1.0))
        begin = end
    return np.array(rates)


def folds(groups: Sequence[str], n: int, seed: int) -> NDArray[np.int64]:
    """Deal groups into folds of about the same number of cases.

    Parameters
    ----------
    groups : sequence of str
        Of each case; a group is never split.
    n : int
        Folds; fewer where there are fewer groups.
    seed : int

    Returns
    -------
    ndarray of int64, shape (len(groups),)
        The fold of each case. The largest groups are dealt first, each to the smallest fold; chance orders equals.

    Examples
    --------
    >>> folds(["a", "a", "b", "c"], 2, seed=0)[0:2].tolist()
    [0, 0]
    """
    from sim.domain.streams import Purpose, stream

    names, place, size = np.unique(np.asarray(groups), return_inverse=True, return_counts=True)
    luck = stream(seed, Purpose.BOOTSTRAP, len(names)).permutation(len(names))
    filled = np.zeros(min(n, len(names)), dtype=np.int64)
    fold = np.empty(len(names), dtype=np.int64)
    for group in np.lexsort((luck, -size)):
        fold[group] = filled.argmin()
        filled[fold[group]] += size[group]
    return np.asarray(fold[place])
