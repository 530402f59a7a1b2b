"""Rounds of challenges on a line: the expected-utility model of group decisions.

Each round every actor i weighs a challenge to every other actor j. With d = |x_i − x_j| / range and the risk
exponent r of whoever reckons, success is worth 2 − 4 (½ − d/2)^r, failure 2 − 4 (½ + d/2)^r and the status quo
2 − 4 (½)^r;

    E_ij = s_j (P_ij success + (1 − P_ij) failure) + (1 − s_j) success − status quo,

where s_j is the salience of the challenged: with 1 − s_j it does not resist. P_ij is the support for x_i over
x_j, Σ_k max(0, c_k s_k (|x_k − x_j|^{r_k} − |x_k − x_i|^{r_k}) / range^{r_k}), as a share of the support, for
and against, over all pairs of actors.

An actor's risk exponent comes from how tempting it is to others: with D_i = Σ_j E_ji reckoned at r = 1 and R_i
its place between the extremes, from −1 to 1, r_i = (1 − R_i/3) / (1 + R_i/3), between ½ and 2.

As i sees it, j makes it an offer where E_ji > 0: a confrontation that i loses where 0 < E_ij < E_ji (i takes
j's position), a compromise where E_ij ≤ 0 and E_ji is the larger in size (i moves by the share |E_ij / E_ji| of
the way), and otherwise, with E_ij ≤ 0, it gives in (i takes j's position). Confrontations come before
compromises and these before giving in; among those of a kind i takes the one that moves it least, then the
actor listed first. All move at once.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sim.baselines.compromise import compromise
from sim.baselines.median import weighted_median

__all__ = ["Rounds", "expected_utility_rounds", "risk_exponents"]

#: Positions are kept to so many decimals of the range. Compromises converge on a position without reaching it,
#: and whether two actors stand on one decides who moves next: left to the last bit, that would differ between
#: machines.
_DECIMALS = 9


@dataclass(frozen=True, eq=False)
class Rounds:
    """Where everybody stands after each round.

    Parameters
    ----------
    position : ndarray of float64, shape (n_rounds + 1, ..., n)
        The first entry is where they started.
    weight : ndarray of float64, shape (..., n)
        Capability times salience.
    """

    position: NDArray[np.float64]
    weight: NDArray[np.float64] = field(repr=False)

    @property
    def mean(self) -> NDArray[np.float64]:
        """Weighted mean after each round, shape (n_rounds + 1, ...)."""
        return compromise(self.position, self.weight)

    @property
    def median(self) -> NDArray[np.float64]:
        """Weighted median after each round, shape (n_rounds + 1, ...)."""
        return weighted_median(self.position, self.weight)


def expected_utility_rounds(
    position: ArrayLike, salience: ArrayLike, capability: ArrayLike, rounds: int = 10
) -> Rounds:
    """Let actors challenge one another for some rounds.

    Parameters
    ----------
    position : array_like, shape (..., n)
        Where each actor stands, in any unit. Distances are taken relative to the range at the start.
    salience : array_like, shape (..., n)
        From 0 to 1.
    capability : array_like, shape (..., n)
        Not negative.
    rounds : int
        How many.

    Returns
    -------
    Rounds

    References
    ----------
    Bueno de Mesquita, B. (1994), Political forecasting: an expected utility method, in Bueno de Mesquita, B. &
    Stokman, F. (eds.), European Community Decision Making, Yale University Press. Scholz, J. B., Calbert, G. J.
    & Smith, G. A. (2011), Unravelling Bueno De Mesquita's group decision model, Journal of Theoretical Politics
    23; compromises are ranked by the length of the move, as its text says.

    Examples
    --------
    >>> found = expected_utility_rounds([0, 4, 10], [0.9, 0.3, 0.6], [1, 0.5, 0.8], rounds=2)
    >>> found.position.round(2).tolist()
    [[0.0, 4.0, 10.0], [0.0, 10.0, 0.0], [0.0, 0.0, 0.0]]
    """
    x, s, c = (
        np.array(values)
        for values in np.broadcast_arrays(*(np.asarray(v, dtype=np.float64) for v in (position, salience, capability)))
    )
    low = x.min(axis=-1, keepdims=True)
    span = x.max(axis=-1, keepdims=True) - low
    # Where all agree from the start nothing moves, whatever the unit.
    span = np.where(span > 0, span, 1.0)
    place = (x - low) / span
    places = [place]
    for _ in range(rounds):
        place = _after_a_round(place, s, c * s)
        places.append(place)
    return Rounds(low + span * np.array(places), c * s)


def risk_exponents(
    place: NDArray[np.float64], salience: NDArray[np.float64], weight: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the risk exponents of all actors, from how tempting each is to the others.

    Parameters
    ----------
    place : ndarray of float64, shape (..., n)
        Positions from 0 to 1.
    salience, weight : ndarray of float64, shape (..., n)
        Salience, and capability times salience.

    Returns
    -------
    ndarray of float64, shape (..., n)
        Between ½ (others have most to gain from it: it takes risks) and 2; 1 where all are alike.

    Examples
    --------
    >>> place, salience, weight = (np.array(v) for v in ([0.0, 0.4, 1.0], [0.9, 0.3, 0.6], [0.9, 0.15, 0.48]))
    >>> risk_exponents(place, salience, weight).round(2).tolist()
    [2.0, 0.5, 0.82]
    """
    even = np.ones_like(place)
    temptation = _gains(place, salience, _support(place, weight, even), even[..., :1])[..., 0, :, :]
    temptation = temptation.sum(axis=-2)
    top, bottom = temptation.max(axis=-1, keepdims=True), temptation.min(axis=-1, keepdims=True)
    spread = np.where(top > bottom, top - bottom, 1.0)
    danger = np.where(top > bottom, (2 * temptation - top - bottom) / spread, 0.0)
    return np.asarray((1 - danger / 3) / (1 + danger / 3))


def _support(place: NDArray[np.float64], weight: NDArray[np.float64], r: NDArray[np.float64]) -> NDArray[np.float64]:
    """P_ij, shape (..., n, n)."""
    # far[k, i]: how far position i is from what k wants, by k's own exponent.
    far = np.abs(place[..., :, None] - place[..., None, :]) ** r[..., :, None]
    votes = weight[..., :, None, None] * (far[..., :, None, :] - far[..., :, :, None])
    total = np.abs(votes).sum(axis=(-3, -2, -1))[..., None, None]
    return np.asarray(np.maximum(votes, 0).sum(axis=-3) / np.where(total > 0, total, 1.0))


def _gains(
    place: NDArray[np.float64], salience: NDArray[np.float64], support: NDArray[np.float64], r: NDArray[np.float64]
) -> NDArray[np.float64]:
    """E_ij as each of the exponents reckons it, shape (..., n_exponents, n, n)."""
    d = np.abs(place[..., :, None] - place[..., None, :])[..., None, :, :] / 2
    r = r[..., :, None, None]
    success, failure = 2 - 4 * np.maximum(0.5 - d, 0) ** r, 2 - 4 * (0.5 + d) ** r
    s, p = salience[..., None, None, :], support[..., None, :, :]
    return np.asarray(s * (p * success + (1 - p) * failure) + (1 - s) * success - (2 - 4 * 0.5**r))


def _after_a_round(
    place: NDArray[np.float64], salience: NDArray[np.float64], weight: NDArray[np.float64]
) -> NDArray[np.float64]:
    r = risk_exponents(place, salience, weight)
    gains = _gains(place, salience, _support(place, weight, r), r)
    n = place.shape[-1]
    own = gains[..., np.arange(n), np.arange(n), :]  # E_ij as i sees it
    theirs = gains[..., np.arange(n), :, np.arange(n)]  # E_ji as i sees it, the first axis being i
    theirs = np.moveaxis(theirs, 0, -2)
    way = place[..., None, :] - place[..., :, None]
    confrontation = (own > 0) & (theirs > own)
    conceding = (own <= 0) & (theirs > 0)
    bridged = conceding & (theirs > -own)
    share = np.where(bridged, -own / np.where(theirs > 0, theirs, 1.0), 1.0)
    move = share * way
    offered = (confrontation | conceding) & (way != 0)
    kind = np.where(confrontation, 0, np.where(bridged, 1, 2))
    # Moves are at most 1 long: the kind decides first.
    rank = np.where(offered, 2.0 * kind + np.abs(move), np.inf)
    chosen = np.argmin(rank, axis=-1)[..., None]
    # Who takes another's position takes it to the last bit: positions that are one must compare as one.
    goal = np.where(bridged, place[..., :, None] + move, place[..., None, :])
    goal = np.take_along_axis(goal, chosen, axis=-1)[..., 0]
    moves = np.isfinite(np.take_along_axis(rank, chosen, axis=-1)[..., 0])
    return np.asarray(np.where(moves, goal, place)).round(_DECIMALS)
