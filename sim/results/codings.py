r"""How far rival codings of the same parties agree.

Two codings a, b give every party i and option o of issue k a utility :math:`v^a_{ik}(o)`. Their *agreement* is told
by four figures, each over all parties and options taken together unless it says otherwise:

- the correlation (Pearson) of the utilities, which says whether they rank wishes alike;
- the mean absolute difference, which says how far apart they are on the 0–1 scale;
- the number of (party, option) pairs on which they agree whether a *hard* red line is there;
- by party, how many utilities of the rivals lie further than `FAR` from the first coding.

A high correlation is not a small difference: two codings can order every option alike and still disagree on what is
acceptable, which depends on levels.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.domain.frames import frame_of
from sim.domain.scenario import Scenario
from sim.errors import ModelError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["FAR", "Agreement", "Certainty", "Codings", "compare_codings"]

#: Distance of two utilities above which a party counts as read differently: the half-width of Berlin's ranges.
FAR = 0.15


@dataclass(frozen=True)
class Agreement:
    """How far two codings agree.

    Attributes
    ----------
    first, second : str
        Names of the codings.
    correlation : float
        Of the utilities, −1 to 1; NaN where one coding gives every option the same value.
    mean_difference : float
        Mean absolute difference of the utilities, level.
    same_hard_lines : int
        Pairs of party and option on which both have, or both lack, a hard red line.
    n_values : int
        Pairs of party and option.
    """

    first: str
    second: str
    correlation: float
    mean_difference: float
    same_hard_lines: int
    n_values: int


@dataclass(frozen=True)
class Certainty:
    """How alike the codings read one party.

    Attributes
    ----------
    party : str
    far : int
        Utilities of the rivals further than `FAR` from the first coding.
    n_values : int
        Utilities compared: options times rivals.
    mean_difference : float
        Mean absolute difference from the first coding, level.
    reservations : tuple of float
        The reservation value in each coding.
    """

    party: str
    far: int
    n_values: int
    mean_difference: float
    reservations: tuple[float, ...]


@dataclass(frozen=True)
class Codings:
    """Rival codings compared.

    Attributes
    ----------
    names : tuple of str
    pairs : tuple of Agreement
        Every two of them, in the order given.
    parties : tuple of Certainty
        From the most to the least certain: fewest values far off, then smallest mean difference.
    """

    names: tuple[str, ...]
    pairs: tuple[Agreement, ...]
    parties: tuple[Certainty, ...]

    def to_frame(self) -> pd.DataFrame:
        """Return how alike the codings read each party, the most certain first, one a row."""
        return frame_of(Certainty, self.parties)


def compare_codings(codings: Mapping[str, Scenario]) -> Codings:
    """Measure how far codings of the same parties and options agree, at central values.

    Parameters
    ----------
    codings : mapping of str to Scenario
        Two or more; the first is the one that the parties' certainty is measured from.

    Returns
    -------
    Codings

    Raises
    ------
    ModelError
        If there are fewer than two, or they differ in parties, issues or options.

    Examples
    --------
    >>> import sim
    >>> a = sim.read_scenario("scenarios/berlin-2025")
    >>> b = sim.read_scenario("scenarios/berlin-2025-coding-b")
    >>> found = compare_codings({"a": a, "b": b}).pairs[0]
    >>> round(found.correlation, 2), round(found.mean_difference, 2)
    (0.94, 0.1)
    """
    if len(codings) < 2:
        raise ModelError("one coding has nothing to agree with; give two or more")
    names = tuple(codings)
    first = codings[names[0]]
    for name in names[1:]:
        _same_table(names[0], first, name, codings[name])
    utility = {name: _utilities(first, codings[name]) for name in names}
    hard = {name: _hard_lines(first, codings[name]) for name in names}
    pairs = tuple(
        Agreement(
            a,
            b,
            _correlation(utility[a].ravel(), utility[b].ravel()),
            float(np.abs(utility[a] - utility[b]).mean()),
            int((hard[a] == hard[b]).sum()),
            utility[a].size,
        )
        for a, b in combinations(names, 2)
    )
    away = np.abs(np.stack([utility[name] - utility[names[0]] for name in names[1:]]))
    # Values are given to two or three decimals: what is .15 apart must not be "further" by rounding.
    far = (away > FAR + 1e-9).sum(axis=(0, 2))
    parties = [
        Certainty(
            party,
            int(far[row]),
            away.shape[0] * away.shape[2],
            float(away[:, row].mean()),
            tuple(codings[name].parties[party].no_deal.reservation.value for name in names),
        )
        for row, party in enumerate(first.parties)
    ]
    return Codings(names, pairs, tuple(sorted(parties, key=lambda p: (p.far, p.mean_difference, p.party))))


def _same_table(name: str, first: Scenario, other: str, second: Scenario) -> None:
    for what, mine, theirs in (
        ("parties", set(first.parties), set(second.parties)),
        ("options", _options(first), _options(second)),
    ):
        if mine != theirs:
            odd = ", ".join(sorted(map(str, mine ^ theirs))[:3])
            raise ModelError(
                f"{name} and {other} are not codings of one table: their {what} differ in {odd}; "
                "use 'parley diff' for scenarios that differ otherwise"
            )


def _options(scenario: Scenario) -> set[str]:
    return {f"{issue}={option}" for issue, spec in scenario.issues.items() for option in spec.options}


def _utilities(order: Scenario, coding: Scenario) -> NDArray[np.float64]:
    """Return central utilities in the order of one scenario, shape (n_parties, n_options)."""
    return np.array(
        [
            [
                coding.parties[party].utility[issue][option].value
                for issue, spec in order.issues.items()
                for option in spec.options
            ]
            for party in order.parties
        ]
    )


def _hard_lines(order: Scenario, coding: Scenario) -> NDArray[np.bool_]:
    drawn = {
        (party, line.issue, option)
        for party, spec in coding.parties.items()
        for line in spec.red_lines
        if line.kind == "hard"
        for option in line.options
    }
    return np.array(
        [
            [(party, issue, option) in drawn for issue, spec in order.issues.items() for option in spec.options]
            for party in order.parties
        ]
    )


def _correlation(x: NDArray[np.float64], y: NDArray[np.float64]) -> float:
    if x.min() == x.max() or y.min() == y.max():
        return float("nan")
    return float(np.corrcoef(x, y)[0, 1])
