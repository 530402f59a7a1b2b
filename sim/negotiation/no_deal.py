r"""No deal that moves: reservation values while people talk.

With ``no_deal.moving`` a party's reservation value in round t is

.. math:: r_i(t) = r_i + (b_i + e_i + p_i)\,t + \sigma_i W_i(t),

t in years, with the trends of the battlefield, exhaustion and impatience, and a random walk W; the walks of
the two belligerents are correlated, all others independent. So a deal can ripen (Zartman) or rot.

References
----------
Fearon 1995, International Organization 49(3). Zartman 1989, Ripe for Resolution.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.after.terms import Terms
from sim.agreements.payoffs import to_units
from sim.domain.streams import Purpose, stream

__all__ = ["reservations"]

_WEEK = 7.0 / 365.25


def reservations(terms: Terms, rounds: int, seed: int, *keys: int) -> NDArray[np.int64]:
    """Return everybody's reservation value in each round.

    Parameters
    ----------
    terms : Terms
        Of the world.
    rounds : int
        How many rounds are talked.
    seed : int
        Root seed.
    *keys : int
        World and replication.

    Returns
    -------
    ndarray of int64, shape (rounds, n_parties)
        In units of 1e-9; every row the same unless ``no_deal.moving``.

    Examples
    --------
    >>> import sim
    >>> berlin = sim.read_scenario("scenarios/berlin-2025/scenario.yaml")
    >>> moving = sim.Terms.of(sim.with_settings(berlin, {"no_deal.moving": True}))
    >>> path = reservations(moving, 52, 0, 0, 0)
    >>> bool((path[0] == moving.payoffs.reservation).all()), bool((path[51] == path[0]).all())
    (True, False)
    """
    start = terms.payoffs.reservation
    scenario, world = terms.scenario, terms.world
    if not scenario.no_deal.moving:
        return np.broadcast_to(start, (rounds, len(start)))
    n = len(terms.parties)
    drifts = [spec.no_deal.drift for spec in terms.payoffs.frame.specs]
    trend = np.array([sum(map(world.value, (d.battlefield, d.exhaustion, d.impatience))) for d in drifts])
    spread = np.array([world.value(drift.shock_sd) for drift in drifts])
    steps = stream(seed, Purpose.DRIFT, *keys).standard_normal((rounds - 1, n))
    pair = [terms.parties.index(party) for party in scenario.no_deal.belligerents]
    if len(pair) == 2:
        rho = world.value(scenario.no_deal.shock_correlation)
        first, second = pair
        steps[:, second] = rho * steps[:, first] + np.sqrt(max(0.0, 1.0 - rho * rho)) * steps[:, second]
    moved = trend * _WEEK + spread * np.sqrt(_WEEK) * steps
    path = np.zeros((rounds, n))
    path[1:] = np.cumsum(moved, axis=0)
    return start + to_units(path)
