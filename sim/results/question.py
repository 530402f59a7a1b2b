"""One question asked whole: does it agree, what would open it, how long would it last, and what decides.

The parts are those of `parley run`, `zone` and `aftermath`, in the same worlds. What decides is looked for
among everything drawn: in each world the *closeness* is the largest, over agreements that can be signed and cross no
real red line of a signer, of the smallest u − r of a signer. It is 0 or more where the zone is not empty. Each number
is held against it by Spearman's rank correlation, with Holm's correction for the number of numbers looked at.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.after.front_runners import front_runners
from sim.agreements.openings import AcceptingChange, opening_changes
from sim.agreements.payoffs import SCALE, Payoffs
from sim.compliance.ranking import live_in_worlds
from sim.compliance.survival import Durability, durability
from sim.domain.frames import frame_of
from sim.domain.scenario import Scenario
from sim.domain.world import World, draw_world
from sim.results.batch import run_batch
from sim.results.intervals import Interval, holm, wilson
from sim.results.summary import Summary

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Answer", "Influence", "ask", "closeness", "influences"]

#: Influences that chance explains in more than one sample in twenty are left out.
LEVEL = 0.05


@dataclass(frozen=True)
class Influence:
    """How much hangs on one number, or on several that share a draw.

    Attributes
    ----------
    path : str
        Of the first of them.
    together : int
        How many numbers move with it, itself included.
    correlation : float
        Spearman's, with the closeness of an agreement.
    p : float
        Two-sided, by Holm's method for all numbers looked at.
    below, above : Interval
        Share of worlds with a zone, where the number is below its median and above.
    """

    path: str
    together: int
    correlation: float
    p: float
    below: Interval
    above: Interval


@dataclass(frozen=True)
class Answer:
    """What became of the question.

    Attributes
    ----------
    summary : Summary
        Of one run in each world.
    zone : int
        Agreements acceptable to all at central values.
    openings : tuple of AcceptingChange
        Single changes that would open an empty zone, smallest first.
    agreement : int
        Whose duration was asked: the one signed most often, or the one closest to being signed.
    signed : bool
        Whether it was signed in some world.
    durability : Durability
        What became of it after signing, in every world.
    influences : tuple of Influence
        What is more than chance, the strongest first.
    looked_at : int
        How many numbers, or groups of numbers that share a draw, were looked at.
    """

    summary: Summary
    zone: int
    openings: tuple[AcceptingChange, ...]
    agreement: int
    signed: bool
    durability: Durability
    influences: tuple[Influence, ...]
    looked_at: int

    def to_frame(self) -> pd.DataFrame:
        """Return the numbers that decide more than chance, the strongest first, one a row."""
        return frame_of(Influence, self.influences)


def ask(scenario: Scenario, *, worlds: int, seed: int = 0, quiet: bool = False) -> Answer:
    """Answer the whole question about one scenario.

    Parameters
    ----------
    scenario : Scenario
    worlds : int
        Drawn from the scenario's ranges; every part meets the same ones.
    seed : int
    quiet : bool
        No progress on stderr.

    Returns
    -------
    Answer

    Examples
    --------
    >>> import sim
    >>> answer = ask(sim.read_scenario("scenarios/tutorial-two-by-two/scenario.yaml"), worlds=5, quiet=True)
    >>> answer.zone, answer.summary.agreed.estimate, answer.agreement, answer.influences
    (2, 1.0, 1, ())
    """
    payoffs = Payoffs.of(scenario)
    summary = Summary.of(run_batch(scenario, runs=worlds, seed=seed, quiet=quiet), scenario)
    signed = bool(summary.agreements)
    agreement = summary.agreements[0].index if signed else int(front_runners(payoffs, 1)[0])
    lived = live_in_worlds(scenario, [agreement], seed, worlds)[scenario.compliance.structure][0]
    found, looked_at = influences(scenario, [draw_world(scenario, seed, index) for index in range(worlds)])
    return Answer(
        summary,
        len(payoffs.zone_of_agreement()),
        opening_changes(payoffs),
        agreement,
        signed,
        durability(lived, seed=seed),
        found,
        looked_at,
    )


def closeness(payoffs: Payoffs) -> float:
    """Return how close the best agreement of a world comes to being signed, as u − r of its least willing signer.

    Parameters
    ----------
    payoffs : Payoffs

    Returns
    -------
    float
        0 or more where the zone is not empty; −inf where every agreement crosses a real red line of a signer.

    Examples
    --------
    >>> import sim
    >>> closeness(Payoffs.of(sim.read_scenario("scenarios/tutorial-two-by-two/scenario.yaml")))
    0.25
    """
    free = payoffs.space.signable & ~(payoffs.crosses_line & payoffs.must_sign).any(axis=1)
    return float(payoffs.least_margin[free].max()) / SCALE if free.any() else float("-inf")


def influences(scenario: Scenario, worlds: list[World]) -> tuple[tuple[Influence, ...], int]:
    """Return which numbers decide how close an agreement comes, and how many were looked at.

    Parameters
    ----------
    scenario : Scenario
    worlds : list of World
        Drawn from it.

    Returns
    -------
    tuple of Influence
        Those that chance does not explain, the strongest first.
    int

    References
    ----------
    Spearman 1904, American Journal of Psychology 15; Holm 1979, Scandinavian Journal of Statistics 6.

    Examples
    --------
    >>> import sim
    >>> berlin = sim.read_scenario("scenarios/berlin-2025/scenario.yaml")
    >>> found, _ = influences(berlin, [sim.draw_world(berlin, 0, index) for index in range(60)])
    >>> found[0].path, found[0].correlation < -0.5
    ('parties.russia.no_deal.reservation', True)
    """
    from scipy.stats import rankdata, t

    close = np.array([closeness(Payoffs.of(world)) for world in worlds])
    groups = _groups(scenario)
    values = np.array([[_value(world, paths[0]) for paths in groups] for world in worlds])
    kept = [k for k in range(len(groups)) if len(np.unique(values[:, k])) > 1 and not np.isnan(values[:, k]).any()]
    n = len(worlds)
    if n < 4 or not kept or len(np.unique(close)) == 1:
        return (), len(kept)
    ranks = rankdata(values[:, kept], axis=0)
    ranks = (ranks - ranks.mean(axis=0)) / ranks.std(axis=0)
    target = rankdata(close)
    target = (target - target.mean()) / target.std()
    correlation = np.clip(target @ ranks / n, -1.0, 1.0)
    with np.errstate(divide="ignore"):
        p = 2 * t.sf(np.abs(correlation) * np.sqrt((n - 2) / (1 - correlation**2)), n - 2)
    found = [
        Influence(groups[k][0], len(groups[k]), float(r), q, *_halves(values[:, k], close >= 0))
        for k, r, q in zip(kept, correlation, holm(p.tolist()), strict=True)
        if q <= LEVEL
    ]
    return tuple(sorted(found, key=lambda one: (-abs(one.correlation), one.path))), len(kept)


def _groups(scenario: Scenario) -> list[list[str]]:
    """Return the paths of uncertain numbers, those that share one draw together."""
    book = scenario.numbers
    groups: dict[int, list[str]] = {}
    for path, name, low, high in zip(book.paths, book.quantile_names.tolist(), book.low, book.high, strict=True):
        if low < high:
            groups.setdefault(name, []).append(path)
    return list(groups.values())


def _value(world: World, path: str) -> float:
    slot = world.scenario.numbers.index.get(path)
    return float("nan") if slot is None else float(world.values[slot])  # noqa: PD011 (of a world)


def _halves(values: NDArray[np.float64], yes: NDArray[np.bool_]) -> tuple[Interval, Interval]:
    below = values < np.median(values)
    return wilson(int(yes[below].sum()), int(below.sum())), wilson(int(yes[~below].sum()), int((~below).sum()))
