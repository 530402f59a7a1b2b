"""The luck of one run: every draw of a run, made up front and keyed by month.

Two runs with the same seed and replication have the same luck whatever their agreement, structure or
numbers (common random numbers), and a longer horizon leaves the earlier months as they were.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from sim.domain.streams import Purpose, stream
from sim.domain.world import World

__all__ = ["Chance"]

_MONTHS, _SHOCKS, _CRISIS = 0, 1, 2


@dataclass(frozen=True, eq=False)
class Chance:
    """Every draw of one run.

    Attributes
    ----------
    hazard, incident, precedence : ndarray of float64, shape (months,)
        Uniform: whether war comes back by itself, whether there is an incident, who moves first where
        two would break the agreement in one month.
    reversal : ndarray of float64, shape (months, n_parties)
        Uniform: whether a guarantor changes course.
    shock : ndarray of float64, shape (months, n_parties)
        Standard normal: noise on V^D − V^C.
    need, arrival : ndarray of float64, shape (months,)
        Uniform, should guarantors be called: what is required (or, against a protected party, whether
        support is withheld), and whether what has joined arrives in time.
    cost : ndarray of float64, shape (months, n_parties)
        Uniform: quantile of what answering would cost.
    """

    seed: int
    hazard: NDArray[np.float64] = field(repr=False)
    incident: NDArray[np.float64] = field(repr=False)
    precedence: NDArray[np.float64] = field(repr=False)
    reversal: NDArray[np.float64] = field(repr=False)
    shock: NDArray[np.float64] = field(repr=False)
    need: NDArray[np.float64] = field(repr=False)
    arrival: NDArray[np.float64] = field(repr=False)
    cost: NDArray[np.float64] = field(repr=False)

    @classmethod
    def draw(cls, world: World, seed: int, replication: int, months: int) -> Chance:
        """Draw the luck of a run.

        Parameters
        ----------
        world : World
            Its index is part of the key, so that a sweep's worlds have independent luck.
        seed, replication : int
        months : int

        Returns
        -------
        Chance

        Examples
        --------
        >>> import sim
        >>> world = sim.central_world(sim.read_scenario("scenarios/berlin-2025/scenario.yaml"))
        >>> long, short = Chance.draw(world, 0, 3, 120), Chance.draw(world, 0, 3, 12)
        >>> bool((long.shock[:12] == short.shock).all())
        True
        """
        keys = (0 if world.index is None else world.index + 1, replication)
        n = len(world.scenario.parties)
        flat = stream(seed, Purpose.AFTERMATH, *keys, _MONTHS).random((months, 3 + n))
        shock = stream(seed, Purpose.AFTERMATH, *keys, _SHOCKS).standard_normal((months, n))
        crisis = stream(seed, Purpose.AFTERMATH, *keys, _CRISIS).random((months, 2 + n))
        return cls(
            seed,
            flat[:, 0],
            flat[:, 1],
            flat[:, 2],
            flat[:, 3:],
            shock,
            crisis[:, 0],
            crisis[:, 1],
            crisis[:, 2:],
        )
