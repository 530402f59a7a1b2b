"""How a pie is divided, and when no division holds: textbook solutions as functions.

n parties divide one unit. These formulas are what the protocols and the tests of core are held against.

References
----------
Nash, J. F. (1950). The bargaining problem. *Econometrica* 18, 155–162.
Rubinstein, A. (1982). Perfect equilibrium in a bargaining model. *Econometrica* 50, 97–109.
Baron, D. P. & Ferejohn, J. A. (1989). Bargaining in legislatures. *American Political Science Review* 83,
1181–1206.
Tsebelis, G. (2002). *Veto Players*. Princeton.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

__all__ = [
    "Legislature",
    "baron_ferejohn",
    "core_interval",
    "kalai_smorodinsky_division",
    "nash_division",
    "one_veto_player",
    "pie_surplus",
    "rubinstein_shares",
    "three_person_core_exists",
    "winset",
]


def pie_surplus(reservations: Sequence[float]) -> float:
    """Return what is left of one unit when every party has got its reservation value.

    Negative means that no division satisfies all: with three or more parties this can happen under
    complete information although war is costly, where coalitions could fight.

    Parameters
    ----------
    reservations : sequence of float
        Worth of no deal, one a party.

    Returns
    -------
    float

    Examples
    --------
    >>> round(pie_surplus([0.3, 0.3, 0.3]), 9), round(pie_surplus([0.4, 0.4, 0.3]), 9)
    (0.1, -0.1)
    """
    return 1.0 - sum(reservations)


def nash_division(reservations: Sequence[float], weights: Sequence[float] | None = None) -> list[float] | None:
    """Return the Nash bargaining solution of dividing one unit: x_i = d_i + β_i(1 − Σd), Σβ = 1.

    Parameters
    ----------
    reservations : sequence of float
        Disagreement values d.
    weights : sequence of float, optional
        Bargaining powers, in any scale; equal by default.

    Returns
    -------
    list of float or None
        None where nothing can be divided that satisfies all.

    References
    ----------
    Nash (1950); Harsanyi, J. C. & Selten, R. (1972). *Management Science* 18, P80–P106 (weights).

    Examples
    --------
    >>> nash_division([0.2, 0.3])
    [0.45, 0.55]
    """
    powers = [1.0] * len(reservations) if weights is None else list(weights)
    surplus = pie_surplus(reservations)
    if surplus < 0:
        return None
    return [d + power / sum(powers) * surplus for d, power in zip(reservations, powers, strict=True)]


def kalai_smorodinsky_division(reservations: Sequence[float]) -> list[float] | None:
    """Return the Kalai–Smorodinsky solution of dividing one unit.

    Every party's ideal gain is 1 − Σd, so equal shares of the ideal are equal shares, as in Nash's
    symmetric solution.

    Parameters
    ----------
    reservations : sequence of float
        Disagreement values d.

    Returns
    -------
    list of float or None

    References
    ----------
    Kalai, E. & Smorodinsky, M. (1975). Other solutions to Nash's bargaining problem. *Econometrica* 43,
    513–518.

    Examples
    --------
    >>> [round(x, 6) for x in kalai_smorodinsky_division([0.1, 0.3])]
    [0.4, 0.6]
    """
    surplus = pie_surplus(reservations)
    if surplus < 0:
        return None
    # The largest share t of the ideal that all can have at once: n · t · surplus = surplus.
    return [d + surplus / len(reservations) for d in reservations]


def rubinstein_shares(
    discount_first: float, discount_second: float, outside_option: float = 0.0
) -> tuple[float, float]:
    """Return what proposer and responder get in alternating offers without end.

    Parameters
    ----------
    discount_first, discount_second : float
        δ₁ and δ₂ per round.
    outside_option : float, optional
        What the responder can leave for when it responds (then δ₁ = δ₂ is meant).

    Returns
    -------
    tuple of float
        Proposer (1 − δ₂)/(1 − δ₁δ₂), responder the rest; with an outside option s the responder gets
        max(δ/(1 + δ), s).

    References
    ----------
    Rubinstein (1982). Outside option: Binmore, K., Shaked, A. & Sutton, J. (1989). *Quarterly Journal of
    Economics* 104, 753–770.

    Examples
    --------
    >>> [round(x, 6) for x in rubinstein_shares(0.9, 0.9)]
    [0.526316, 0.473684]
    >>> rubinstein_shares(0.9, 0.9, outside_option=0.6)
    (0.4, 0.6)
    """
    responder = max(discount_second * (1 - discount_first) / (1 - discount_first * discount_second), outside_option)
    return 1 - responder, responder


@dataclass(frozen=True)
class Legislature:
    """Stationary shares of the Baron–Ferejohn game: proposer, each partner, and before recognition."""

    proposer: float
    partner: float
    ex_ante: float


def baron_ferejohn(n: int, quota: int, discount: float) -> Legislature:
    """Return the shares under a closed rule, equal recognition and a quota of q of n votes.

    Parameters
    ----------
    n, quota : int
        Members, and votes needed, the proposer's own included.
    discount : float
        δ per session.

    Returns
    -------
    Legislature
        Proposer 1 − δ(q − 1)/n, each of q − 1 partners δ/n, 1/n beforehand.

    References
    ----------
    Baron & Ferejohn (1989), Proposition 3 and its generalisation to quotas.

    Examples
    --------
    >>> found = baron_ferejohn(3, 2, 0.9)
    >>> round(found.proposer, 6), round(found.partner, 6)
    (0.7, 0.3)
    """
    return Legislature(1 - discount * (quota - 1) / n, discount / n, 1 / n)


def one_veto_player(n: int, quota: int, discount: float) -> tuple[float, float]:
    """Return the values of a veto player and of each other member in the Baron–Ferejohn game.

    Parameters
    ----------
    n, quota : int
        Members, and votes needed; the veto player's must be among them.
    discount : float
        δ per session, below 1.

    Returns
    -------
    tuple of float
        Veto player (1 − k)/(n − δ(n − 1) − k) with k = δ(q − 1)/(n − 1), and each other an equal share of
        the rest. The first tends to 1 as δ does.

    References
    ----------
    Winter, E. (1996). Voting and vetoing. *American Political Science Review* 90, 813–823 (the limit).

    Examples
    --------
    >>> [round(value, 6) for value in one_veto_player(3, 2, 0.9)]
    [0.733333, 0.133333]
    """
    k = discount * (quota - 1) / (n - 1)
    veto = (1 - k) / (n - discount * (n - 1) - k)
    return veto, (1 - veto) / (n - 1)


def core_interval(ideals: Sequence[float], quota: int | None = None) -> tuple[float, float] | None:
    """Return the core on a line with single-peaked preferences.

    Parameters
    ----------
    ideals : sequence of float
        Ideal points.
    quota : int, optional
        Votes needed; all by default, which makes everybody a veto player.

    Returns
    -------
    tuple of float or None
        [x_(n−k+1), x_(k)] of the ideal points in order; for unanimity the whole span, the gridlock
        interval. None where it is empty.

    References
    ----------
    Black, D. (1958). *The Theory of Committees and Elections*. Cambridge. Tsebelis (2002), ch. 1.

    Examples
    --------
    >>> core_interval([0.2, 0.5, 0.8]), core_interval([0.2, 0.5, 0.8], quota=2)
    ((0.2, 0.8), (0.5, 0.5))
    """
    points = sorted(ideals)
    n = len(points)
    needed = n if quota is None else quota
    if not 1 <= needed <= n:
        raise ValueError(f"a quota of {needed} of {n} votes makes no sense")
    low, high = points[n - needed], points[needed - 1]
    return (low, high) if low <= high else None


def winset(ideals: Sequence[float], status_quo: float) -> tuple[float, float] | None:
    """Return the open interval that every veto player strictly prefers to the status quo, on a line.

    Parameters
    ----------
    ideals : sequence of float
        Ideal points; preferences fall with distance.
    status_quo : float
        q.

    Returns
    -------
    tuple of float or None
        (q, 2 min x − q) below all ideals, (2 max x − q, q) above them; None within their span.

    References
    ----------
    Tsebelis (2002), ch. 1; Krehbiel, K. (1998). *Pivotal Politics*. Chicago.

    Examples
    --------
    >>> [round(x, 6) for x in winset([0.2, 0.5, 0.8], 0.1)], winset([0.2, 0.5, 0.8], 0.4)
    ([0.1, 0.3], None)
    """
    low, high = min(ideals), max(ideals)
    if status_quo < low:
        return status_quo, 2 * low - status_quo
    if status_quo > high:
        return 2 * high - status_quo, status_quo
    return None


def three_person_core_exists(v12: float, v13: float, v23: float) -> bool:
    """Tell whether a three-person game with v(i) = 0 and v(N) = 1 has a core.

    Parameters
    ----------
    v12, v13, v23 : float
        What each pair can have by itself.

    Returns
    -------
    bool
        Whether none exceeds 1 and they sum to at most 2.

    References
    ----------
    Bondareva, O. N. (1963), *Problemy Kibernetiki* 10, 119–139; Shapley, L. S. (1967). On balanced sets and
    cores. *Naval Research Logistics Quarterly* 14, 453–460.

    Examples
    --------
    >>> three_person_core_exists(0.2, 0.6, 0.6), three_person_core_exists(0.7, 0.7, 0.7)
    (True, False)
    """
    return max(v12, v13, v23) <= 1 and v12 + v13 + v23 <= 2
