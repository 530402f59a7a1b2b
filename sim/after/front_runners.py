"""Front-runners: the agreements that all who must sign can accept in most worlds.

No single world is typical: under a scenario's own chances that a declared red line is real, the central world, in
which all of them are bluffs, may have next to none. So the agreements to look at first are those with the largest
share of drawn worlds in which all can sign them; the least margin at central values breaks ties. Agreements across a
hard red line of a signer come last.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from sim.after.terms import Terms
from sim.agreements.frame import Frame
from sim.agreements.payoffs import Payoffs
from sim.domain.world import draw_world

__all__ = ["SEED", "WORLDS", "FrontRunners", "front_runners"]

#: Worlds that are looked at, and their root seed.
WORLDS, SEED = 400, 0


@dataclass(frozen=True, eq=False)
class FrontRunners:
    """All agreements, ordered by the share of worlds in which all can sign them.

    Attributes
    ----------
    order : ndarray of int64, shape (n_agreements,)
        Best first: largest share, then largest least margin, then lowest index.
    share : ndarray of float64, shape (n_agreements,)
        Of the worlds.
    worlds : int

    Examples
    --------
    >>> import sim
    >>> found = FrontRunners.of(sim.Terms.of(sim.read_scenario("scenarios/berlin-2025/scenario.yaml")).payoffs)
    >>> found.worlds, float(found.share[found.order[0]])
    (400, 0.015)
    """

    order: NDArray[np.int64] = field(repr=False)
    share: NDArray[np.float64] = field(repr=False)
    worlds: int

    @classmethod
    def of(cls, payoffs: Payoffs) -> FrontRunners:
        """Order the agreements of a scenario.

        Parameters
        ----------
        payoffs : Payoffs
            Of the world whose least margins break ties, as a rule the central one.

        Returns
        -------
        FrontRunners
        """
        share = payoffs.frame.derived(_shares)
        last = np.ones(len(share), dtype=np.bool_)
        last[payoffs.frame.open_to_all] = False
        order = np.lexsort((np.arange(len(share)), -payoffs.least_margin, -share, last))
        return cls(order.astype(np.int64), share, WORLDS)

    def first(self, count: int) -> NDArray[np.int64]:
        """Return the first of them; shape (count,), fewer where there are fewer agreements."""
        return self.order[:count]


def front_runners(payoffs: Payoffs, count: int = 5) -> NDArray[np.int64]:
    """Return the agreements that all can sign in most worlds.

    Parameters
    ----------
    payoffs : Payoffs
    count : int

    Returns
    -------
    ndarray of int64, shape (count,)

    Examples
    --------
    >>> import sim
    >>> payoffs = sim.Payoffs.of(sim.read_scenario("scenarios/tutorial-two-by-two/scenario.yaml"))
    >>> front_runners(payoffs, 2).tolist()
    [1, 2]
    """
    return FrontRunners.of(payoffs).first(count)


def _shares(frame: Frame) -> NDArray[np.float64]:
    scenario = frame.scenario
    candidates = frame.open_to_all
    count = np.zeros(frame.space.n_agreements)
    for index in range(WORLDS if len(candidates) else 0):
        world = draw_world(scenario, SEED, index)
        if world.scenario is scenario and scenario.compliance.anticipation == "none":
            # Hard lines are the same in all worlds: what they exclude need not be worked out.
            few = Payoffs.among(world, candidates, frame.parties)
            count[candidates[few.zone_of_agreement()]] += 1
            continue
        payoffs = Terms.of(world).payoffs
        # A rival coding may let other agreements exist.
        here = frame.space.rank[payoffs.space.code[payoffs.zone_of_agreement()]]
        count[here[here >= 0]] += 1
    share = count / WORLDS
    share.setflags(write=False)
    return share
