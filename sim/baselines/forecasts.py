"""The baselines of a scenario: what each simple forecast says of each issue, and how far input noise moves it.

On an ordered issue the options stand at equal steps from 0 (the first in the file) to 1 (the last), and a party
stands where its utility is highest, midway where several options share that. A forecast between two options is
read as the nearer, halfway as the first. A party's salience is an issue's share of all its saliences, relative
to the largest such share of any party, so that it lies between 0 and 1 as the expected-utility model wants it;
weights are capability times salience. Issues whose options lie on no line have a probabilistic Condorcet
election only, which needs utilities and no distances. Installed packages add forecasts
of ordered issues by entry points (``parley.forecasts``).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sim.agreements.payoffs import SCALE, Payoffs
from sim.baselines.compromise import compromise
from sim.baselines.expected_utility import expected_utility_rounds
from sim.baselines.median import weighted_median
from sim.baselines.pce import condorcet_probabilities
from sim.domain import extensions as names
from sim.domain.extensions import Registry
from sim.domain.frames import frame_of
from sim.domain.scenario import Scenario
from sim.domain.world import World, central_world, draw_world
from sim.errors import ModelError

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "FORECASTS",
    "METHODS",
    "Baselines",
    "IssueForecast",
    "PackageForecast",
    "Positions",
    "baselines_of",
    "weighed_by",
]

#: Parley's own forecasts, by the name they are printed under.
METHODS = {
    "compromise": "weighted mean",
    "weighted_median": "weighted median",
    "condorcet": "Condorcet election",
    "expected_utility": "expected utility",
}
#: Rounds of challenges of the expected-utility model; published forecasts stop between five and ten.
ROUNDS = 10
#: Triples of parties looked at together, over worlds: some 30 MB a table.
_TRIPLES = 4_000_000


@dataclass(frozen=True, eq=False)
class Positions:
    """Where the parties stand on one ordered issue, in each of some worlds: what a forecast is made from.

    Attributes
    ----------
    place : ndarray of float64, shape (n_worlds, n_parties)
        Where each stands, from 0 (the first option) to 1 (the last).
    salience : ndarray of float64, shape (n_worlds, n_parties)
        How much the issue matters to each, from 0 to 1.
    capability : ndarray of float64, shape (n_worlds, n_parties)
        What each can bring to bear.
    utility : ndarray of float64, shape (n_worlds, n_options, n_parties)
        What each option is worth to each.
    """

    place: NDArray[np.float64] = field(repr=False)
    salience: NDArray[np.float64] = field(repr=False)
    capability: NDArray[np.float64] = field(repr=False)
    utility: NDArray[np.float64] = field(repr=False)

    @cached_property
    def weight(self) -> NDArray[np.float64]:
        """Capability times salience; shape (n_worlds, n_parties)."""
        return self.salience * self.capability

    @cached_property
    def chance(self) -> NDArray[np.float64]:
        """How likely each option wins a Condorcet election; shape (n_worlds, n_options)."""
        return condorcet_probabilities(self.utility, self.weight)


#: What a forecast is: a place from 0 to 1 for each world.
Forecast = Callable[[Positions], NDArray[np.float64]]


@dataclass(frozen=True)
class IssueForecast:
    """What one method says of one issue.

    Parameters
    ----------
    issue, method : str
        The method is a name of `FORECASTS`.
    place : float or None
        At central values, from 0 (first option) to 1 (last); None where the options lie on no line.
    low, high : float or None
        The middle 90 % of worlds; None without worlds or line.
    option : str
        The option it is read as, at central values.
    shares : dict of str to float
        Share of worlds in which each option comes out, in the order of the file; of the central world without
        worlds.
    """

    issue: str
    method: str
    place: float | None
    low: float | None
    high: float | None
    option: str
    shares: dict[str, float]


@dataclass(frozen=True)
class PackageForecast:
    """How likely one package of a shortlist prevails in a Condorcet election.

    Parameters
    ----------
    agreement : int or None
        Its number; None stands for no deal.
    probability : float
        At central values.
    low, high : float or None
        The middle 90 % of worlds.
    """

    agreement: int | None
    probability: float
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Baselines:
    """All baselines of a scenario.

    Parameters
    ----------
    scenario : Scenario
        The scenario.
    issues : tuple of IssueForecast
        Issue by issue, in the order of the file.
    packages : tuple of PackageForecast
        The shortlist, then no deal.
    weights : dict of str to float
        Of the parties at central values; sums to 1.
    weighed_by : str
        Where the weights come from: ``baseline_weights``, ``capability``, or ``nothing`` (equal weights).
    worlds, seed : int
        Worlds drawn, and by which root seed.
    """

    scenario: Scenario
    issues: tuple[IssueForecast, ...]
    packages: tuple[PackageForecast, ...]
    weights: dict[str, float]
    weighed_by: str
    worlds: int
    seed: int

    def to_frame(self) -> pd.DataFrame:
        """Return what each method says of each issue, one a row."""
        return frame_of(IssueForecast, self.issues)


def weighed_by(scenario: Scenario) -> str:
    """Return where the weights of parties come from.

    Parameters
    ----------
    scenario : Scenario
        The scenario.

    Returns
    -------
    str
        ``baseline_weights`` where the scenario gives one of every party, else ``capability`` where every party
        has one, else ``nothing``: all weigh the same.

    Examples
    --------
    >>> import sim
    >>> weighed_by(sim.read_scenario("scenarios/berlin-2025/scenario.yaml"))
    'capability'
    """
    if all(party in scenario.baseline_weights for party in scenario.parties):
        return "baseline_weights"
    if all(party.capability is not None for party in scenario.parties.values()):
        return "capability"
    return "nothing"


def baselines_of(scenario: Scenario, shortlist: Sequence[int] = (), *, worlds: int = 200, seed: int = 0) -> Baselines:
    """Work the baselines of a scenario out.

    Parameters
    ----------
    scenario : Scenario
        The scenario.
    shortlist : sequence of int
        Numbers of agreements that are put against one another and against no deal.
    worlds : int
        Worlds drawn for the spread; 0 for none.
    seed : int
        Root seed.

    Returns
    -------
    Baselines

    Examples
    --------
    >>> import sim
    >>> two = sim.read_scenario("scenarios/tutorial-two-by-two/scenario.yaml")
    >>> found = baselines_of(two, [0, 1], worlds=0)
    >>> [(f.issue, f.method, round(f.place, 3), f.option) for f in found.issues][:2]
    [('pass', 'compromise', 0.294, 'shared'), ('pass', 'weighted_median', 0.0, 'shared')]
    >>> round(sum(p.probability for p in found.packages), 9)
    1.0
    """
    drawn = [central_world(scenario), *(draw_world(scenario, seed, index) for index in range(worlds))]
    parties = tuple(sorted(scenario.parties))
    source = weighed_by(scenario)
    capability = np.array([_capabilities(world, parties, source) for world in drawn])
    salience = _saliences(drawn, parties, list(scenario.issues))
    issues: list[IssueForecast] = []
    for column, (issue, record) in enumerate(scenario.issues.items()):
        options = list(record.options)
        utility = np.array(
            [
                [
                    [world.value(world.scenario.parties[party].utility[issue][option]) for party in parties]
                    for option in options
                ]
                for world in drawn
            ]
        )
        issues += _of_issue(issue, options, record.ordered, utility, salience[:, :, column], capability)
    total = capability[0] / capability[0].sum()
    return Baselines(
        scenario,
        tuple(issues),
        _of_packages(drawn, shortlist, capability),
        dict(zip(parties, total.tolist(), strict=True)),
        source,
        worlds,
        seed,
    )


def _capabilities(world: World, parties: Sequence[str], source: str) -> NDArray[np.float64]:
    if source == "nothing":
        return np.ones(len(parties))
    given = world.scenario.baseline_weights
    if source == "capability":
        given = {name: spec.capability for name, spec in world.scenario.parties.items() if spec.capability is not None}
    found = np.array([world.value(given[party]) for party in parties])
    # A world in which nobody weighs anything says nothing: everybody weighs the same.
    return found if found.sum() > 0 else np.ones(len(parties))


def _saliences(drawn: Sequence[World], parties: Sequence[str], issues: Sequence[str]) -> NDArray[np.float64]:
    """From 0 to 1, shape (n_worlds, n_parties, n_issues)."""
    found = np.array(
        [
            [[world.value(world.scenario.parties[party].salience[issue]) for issue in issues] for party in parties]
            for world in drawn
        ]
    )
    share = found / found.sum(axis=2, keepdims=True)
    return np.asarray(share / share.max(axis=(1, 2), keepdims=True))


def _of_issue(
    issue: str,
    options: list[str],
    ordered: bool,
    utility: NDArray[np.float64],
    salience: NDArray[np.float64],
    capability: NDArray[np.float64],
) -> list[IssueForecast]:
    # Where nobody who weighs anything cares, the issue is everybody's alike.
    idle = ~(salience * capability).any(axis=1, keepdims=True)
    salience, capability = np.where(idle, 1.0, salience), np.where(idle, 1.0, capability)
    line = np.linspace(0.0, 1.0, len(options))
    best = utility == utility.max(axis=1, keepdims=True)
    place = (best * line[:, None]).sum(axis=1) / best.sum(axis=1)
    stand = Positions(place, salience, capability, utility)
    winners = np.argmax(stand.chance, axis=1)
    if not ordered or len(options) == 1:
        return [_forecast(issue, "condorcet", None, winners, options)]
    found = []
    for method in FORECASTS:
        at = _places(method, stand)
        nearest = np.ceil(at * (len(options) - 1) - 0.5 - 1e-9).astype(np.int64)
        read = winners if method == "condorcet" else nearest
        found.append(_forecast(issue, method, at, read, options))
    return found


def _places(method: str, stand: Positions) -> NDArray[np.float64]:
    """Return what a forecast says, which another package may have written."""
    at = np.asarray(FORECASTS[method](stand), dtype=np.float64)
    if at.shape != (len(stand.place),) or not ((at >= 0) & (at <= 1)).all():
        raise ModelError(f"the forecast {method!r} must give each of {len(stand.place)} worlds a place from 0 to 1")
    return at


def _mean(stand: Positions) -> NDArray[np.float64]:
    return compromise(stand.place, stand.weight)


def _median(stand: Positions) -> NDArray[np.float64]:
    return weighted_median(stand.place, stand.weight)


def _condorcet(stand: Positions) -> NDArray[np.float64]:
    return np.asarray((stand.chance * np.linspace(0.0, 1.0, stand.chance.shape[1])).sum(axis=1))


def _after_rounds(stand: Positions) -> NDArray[np.float64]:
    """Weighted means after the last round, some worlds at a time: a round looks at all triples of parties."""
    place, salience, capability = stand.place, stand.salience, stand.capability
    at_a_time = max(1, _TRIPLES // place.shape[1] ** 3)
    parts = [slice(start, start + at_a_time) for start in range(0, len(place), at_a_time)]
    return np.concatenate(
        [expected_utility_rounds(place[p], salience[p], capability[p], ROUNDS).mean[-1] for p in parts]
    )


#: Every forecast by name; then those that installed packages add.
FORECASTS: Registry[Forecast] = Registry(
    names.FORECASTS,
    {"compromise": _mean, "weighted_median": _median, "condorcet": _condorcet, "expected_utility": _after_rounds},
    callable,
    "a function of sim.baselines.forecasts.Positions",
)


def _forecast(
    issue: str, method: str, place: NDArray[np.float64] | None, read: NDArray[np.int64], options: list[str]
) -> IssueForecast:
    sample = read[1:] if len(read) > 1 else read
    shares = np.bincount(sample, minlength=len(options)) / len(sample)
    low, high = _middle(None if place is None else place[1:])
    return IssueForecast(
        issue,
        method,
        None if place is None else float(place[0]),
        low,
        high,
        options[int(read[0])],
        dict(zip(options, shares.tolist(), strict=True)),
    )


def _middle(values: ArrayLike | None) -> tuple[float | None, float | None]:
    if values is None or not np.size(values):
        return None, None
    low, high = np.quantile(np.asarray(values), [0.05, 0.95])
    return float(low), float(high)


def _of_packages(
    drawn: Sequence[World], shortlist: Sequence[int], capability: NDArray[np.float64]
) -> tuple[PackageForecast, ...]:
    if not shortlist:
        return ()
    chosen = np.asarray(shortlist, dtype=np.int64)
    chances = []
    for world, weight in zip(drawn, capability, strict=True):
        payoffs = Payoffs.of(world)
        utility = np.vstack([payoffs.utility[chosen], payoffs.reservation]) / SCALE
        chances.append(condorcet_probabilities(utility, weight))
    table = np.array(chances)
    names: list[int | None] = [*map(int, shortlist), None]
    return tuple(
        PackageForecast(name, float(table[0, column]), *_middle(table[1:, column])) for column, name in enumerate(names)
    )
