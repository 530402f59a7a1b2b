r"""Efficient agreements and the bargaining solutions on them.

An agreement is *efficient* (Pareto) if no other one that can be signed is at least as good for every
party and better for one. The solutions look at the zone of agreement Z with gains
:math:`x_i = u_i - r_i`:

- Nash (1950): maximises :math:`\prod_i x_i`;
- egalitarian (Kalai 1977): maximises :math:`\min_i x_i`;
- Kalai–Smorodinsky (1975): maximises :math:`\min_i x_i / x_i^*`, with ideal :math:`x_i^*` the largest gain in Z;
- least asymmetry: minimises the spread of :math:`x_i / x_i^*` (what some platforms call
  Kalai–Smorodinsky);
- utilitarian: maximises :math:`\sum_i u_i`. It compares utilities across parties, which the model
  otherwise never does; it is given because readers ask for it.

Each is sought among the efficient agreements of Z. Ties go to the lowest index, which is the order of
labels. Parties whose acceptance is not needed for any agreement are left out.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.agreements.payoffs import SCALE, Payoffs
from sim.domain.scenario import Scenario
from sim.domain.world import World
from sim.errors import ModelError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["SOLUTIONS", "Frontier", "efficient", "pareto_efficient"]


#: Columns that moocore compares.
_MOST_COLUMNS = 255


def pareto_efficient(utility: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return which rows no other row dominates; equal rows stand or fall together.

    Parameters
    ----------
    utility : ndarray of int64, shape (n, n_parties)
        Higher is better.

    Returns
    -------
    ndarray of bool, shape (n,)

    References
    ----------
    López-Ibáñez, moocore: Kung, Luccio & Preparata's (1975, Journal of the ACM 22) algorithm and its
    relatives. Integers of 1e-9 below 2**53 are exact as floats.

    Examples
    --------
    >>> import numpy as np
    >>> pareto_efficient(np.array([[1, 3], [2, 2], [1, 2], [2, 2]])).tolist()
    [True, True, False, True]
    """
    if len(utility) == 0:
        return np.zeros(0, dtype=np.bool_)
    if utility.shape[1] == 1:
        return np.asarray(utility[:, 0] == utility[:, 0].max())
    import moocore

    if utility.shape[1] > _MOST_COLUMNS:
        # Parties of one mind count once.
        utility = np.unique(utility, axis=1)
        if utility.shape[1] > _MOST_COLUMNS:
            raise ModelError(f"efficiency is judged for at most {_MOST_COLUMNS} different parties at once")
    return np.asarray(
        moocore.is_nondominated(utility.astype(np.float64), maximise=True, keep_weakly=True), dtype=np.bool_
    )


def efficient(payoffs: Payoffs) -> NDArray[np.bool_]:
    """Return which agreements are efficient among those that can be signed.

    Parameters
    ----------
    payoffs : Payoffs

    Returns
    -------
    ndarray of bool, shape (n_agreements,)
        Never all false.

    Examples
    --------
    >>> import sim
    >>> payoffs = sim.Payoffs.of(sim.read_scenario("scenarios/berlin-2025/scenario.yaml"))
    >>> int(efficient(payoffs).sum()) > 0
    True
    """
    result = np.zeros(payoffs.space.n_agreements, dtype=np.bool_)
    signable = np.flatnonzero(payoffs.space.signable)
    result[signable] = pareto_efficient(payoffs.utility[signable])
    return result


@dataclass(frozen=True, eq=False)
class Frontier:
    """The efficient agreements of a world, its zone, and the solutions in the zone.

    Attributes
    ----------
    payoffs : Payoffs
    agreements : ndarray of int64, shape (n_efficient,)
        The Pareto frontier, ascending; never empty.
    zone : ndarray of int64, shape (n_zone,)
        The zone of possible agreement; may be empty.
    solutions : mapping of str to int or None
        Agreement of each solution; None where the zone is empty.

    Examples
    --------
    >>> import sim
    >>> berlin = sim.read_scenario("scenarios/berlin-2025/scenario.yaml", ["parties.russia.no_deal.reservation=0.5"])
    >>> frontier = Frontier.of(sim.Payoffs.of(berlin))
    >>> len(frontier.zone), frontier.solutions["nash"] is not None
    (93, True)
    """

    payoffs: Payoffs = field(repr=False)
    agreements: NDArray[np.int64] = field(repr=False)
    zone: NDArray[np.int64] = field(repr=False)
    solutions: dict[str, int | None]

    @classmethod
    def of(cls, given: Payoffs | Scenario | World | str | Path) -> Frontier:
        """Work out frontier, zone and solutions.

        Parameters
        ----------
        given : Payoffs, Scenario, World, str or Path
            Payoffs, or what `Payoffs.of` takes.

        Returns
        -------
        Frontier
        """
        payoffs = given if isinstance(given, Payoffs) else Payoffs.of(given)
        zone = payoffs.zone_of_agreement()
        candidates = zone[pareto_efficient(payoffs.worth[zone])]
        solutions: dict[str, int | None] = dict.fromkeys(SOLUTIONS)
        if len(candidates):
            needed = payoffs.must_sign[payoffs.space.signable].any(axis=0)
            gains = payoffs.margin[candidates][:, needed]
            ideal = payoffs.margin[zone][:, needed].max(axis=0)
            welfare = payoffs.utility[candidates].sum(axis=1)
            for name, score in SOLUTIONS.items():
                solutions[name] = int(candidates[int(np.argmax(score(gains, ideal, welfare)))])
        return cls(payoffs, np.flatnonzero(efficient(payoffs)), zone, solutions)

    def to_frame(self) -> pd.DataFrame:
        """Return the efficient agreements, the zone and the solutions as a table.

        Returns
        -------
        pandas.DataFrame
            The rows of `Payoffs.to_frame` that are efficient or in the zone, with ``efficient`` and, of each solution
            by name, whether it is this agreement.

        Examples
        --------
        >>> table = Frontier.of("scenarios/tutorial-two-by-two").to_frame()
        >>> table.index[table["nash"]].tolist(), int(table["efficient"].sum())
        ([1], 3)
        """
        rows = np.union1d(self.agreements, self.zone)
        table = self.payoffs.to_frame(rows)
        table["efficient"] = np.isin(rows, self.agreements)
        for name, agreement in self.solutions.items():
            table[name] = rows == agreement if agreement is not None else False
        return table


_Score = Callable[[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]], NDArray[np.float64]]


def _nash(gains: NDArray[np.int64], ideal: NDArray[np.int64], welfare: NDArray[np.int64]) -> NDArray[np.float64]:
    # A party that can gain nothing anywhere would make every product zero: it takes no part.
    counted = gains[:, ideal > 0] / SCALE
    return np.asarray(counted.prod(axis=1))


def _egalitarian(gains: NDArray[np.int64], ideal: NDArray[np.int64], welfare: NDArray[np.int64]) -> NDArray[np.float64]:
    return np.asarray(gains.min(axis=1), dtype=np.float64)


def _shares(gains: NDArray[np.int64], ideal: NDArray[np.int64]) -> NDArray[np.float64]:
    counted = ideal > 0
    if not counted.any():
        return np.zeros((len(gains), 1))
    return np.asarray(gains[:, counted] / ideal[counted])


def _kalai_smorodinsky(
    gains: NDArray[np.int64], ideal: NDArray[np.int64], welfare: NDArray[np.int64]
) -> NDArray[np.float64]:
    return np.asarray(_shares(gains, ideal).min(axis=1))


def _least_asymmetry(
    gains: NDArray[np.int64], ideal: NDArray[np.int64], welfare: NDArray[np.int64]
) -> NDArray[np.float64]:
    return np.asarray(-np.ptp(_shares(gains, ideal), axis=1))


def _utilitarian(gains: NDArray[np.int64], ideal: NDArray[np.int64], welfare: NDArray[np.int64]) -> NDArray[np.float64]:
    return welfare.astype(np.float64)


#: The score each solution maximises, from gains, ideal gains and the sum of utilities.
SOLUTIONS: dict[str, _Score] = {
    "nash": _nash,
    "egalitarian": _egalitarian,
    "kalai_smorodinsky": _kalai_smorodinsky,
    "least_asymmetry": _least_asymmetry,
    "utilitarian": _utilitarian,
}
