"""When fighting, or breaking a promise, pays: textbook conditions as functions.

Two sides A and B divide one unit; war is a lottery that A wins with probability p and that costs A c_A
and B c_B. These formulas are what the package tests of `sim.stability.assess` generalise, and what those
are held against.

References
----------
Fearon, J. D. (1995). Rationalist explanations for war. *International Organization* 49, 379–414.
Powell, R. (2006). War as a commitment problem. *International Organization* 60, 169–203.
Friedman, J. W. (1971). A non-cooperative equilibrium for supergames. *Review of Economic Studies* 38, 1–12.
Axelrod, R. (1984). *The Evolution of Cooperation*. Basic Books.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = [
    "Inefficient",
    "Preventive",
    "Range",
    "RiskReturn",
    "bargaining_range",
    "critical_discount",
    "critical_discount_with_guarantor",
    "critical_guarantee",
    "first_strike_range",
    "guarantor_credibility",
    "inefficient_war",
    "preventive_war",
    "punishment_deters",
    "risk_averse_range",
    "risk_return",
]


@dataclass(frozen=True)
class Range:
    """A closed interval of shares for A; empty where `low` exceeds `high`."""

    low: float
    high: float

    @property
    def length(self) -> float:
        """High minus low; negative where the interval is empty."""
        return self.high - self.low

    @property
    def exists(self) -> bool:
        """Whether it holds any share."""
        return self.low <= self.high


def bargaining_range(p: float, cost_a: float, cost_b: float) -> Range:
    """Return the shares for A that both sides prefer to war.

    A's best demand with one offer to make is the upper end.

    Parameters
    ----------
    p : float
        Probability that A wins.
    cost_a, cost_b : float
        Costs of war, in shares of the prize.

    Returns
    -------
    Range
        From max(0, p − c_A) to min(1, p + c_B).

    References
    ----------
    Fearon (1995), pp. 386–388.

    Examples
    --------
    >>> bargaining_range(0.5, 0.1, 0.2)
    Range(low=0.4, high=0.7)
    >>> bargaining_range(0.95, 0.1, 0.2).high
    1.0
    """
    return Range(max(0.0, p - cost_a), min(1.0, p + cost_b))


def risk_averse_range(p: float, cost_a: float, cost_b: float, power_a: float, power_b: float) -> Range:
    """Return the shares for A that both prefer to war, with utilities x^a and (1 − x)^b.

    Parameters
    ----------
    p, cost_a, cost_b : float
        As in `bargaining_range`, costs in utility.
    power_a, power_b : float
        Exponents, at most 1 where a side is averse to risk; the range is then never empty.

    Returns
    -------
    Range
        From (p − c_A)^(1/a) to 1 − (1 − p − c_B)^(1/b).

    Examples
    --------
    >>> found = risk_averse_range(0.5, 0.1, 0.1, 0.5, 0.5)
    >>> round(found.low, 6), round(found.high, 6)
    (0.16, 0.84)
    """
    return Range(max(0.0, p - cost_a) ** (1 / power_a), 1 - max(0.0, 1 - p - cost_b) ** (1 / power_b))


def first_strike_range(p: float, advantage: float, cost_a: float, cost_b: float, discount: float = 0.0) -> Range:
    """Return the shares for A under which neither side wants to strike first.

    Striking first raises the own chance by the advantage f. With peace worth x/(1 − δ) and attack
    (p + f)/(1 − δ) − c_A, the range is [p + f − (1 − δ)c_A, p − f + (1 − δ)c_B]; it exists iff
    2f ≤ (1 − δ)(c_A + c_B).

    Parameters
    ----------
    p, cost_a, cost_b : float
        As in `bargaining_range`.
    advantage : float
        What the first strike adds to the own chance of winning.
    discount : float, optional
        δ per period; 0 for a single one.

    Returns
    -------
    Range

    References
    ----------
    Fearon (1995), on pre-emptive war and offensive advantages; the discounted form follows from it.

    Examples
    --------
    >>> first_strike_range(0.5, 0.05, 0.2, 0.2).exists, first_strike_range(0.5, 0.3, 0.2, 0.2).exists
    (True, False)
    """
    scale = 1 - discount
    return Range(p + advantage - scale * cost_a, p - advantage + scale * cost_b)


@dataclass(frozen=True)
class Preventive:
    """Whether the declining side attacks now, and the two sides of the condition."""

    attacks: bool
    gain: float
    cost: float


def preventive_war(p_now: float, p_later: float, cost_b: float, discount: float) -> Preventive:
    """Tell whether declining B attacks now although it could have everything today.

    B attacks iff (1 − p₁)/(1 − δ) − c_B > 1 + δ[(1 − p₂)/(1 − δ) − c_B], that is δp₂ − p₁ > c_B(1 − δ)².

    Parameters
    ----------
    p_now, p_later : float
        A's chance of winning now and from the next period on.
    cost_b : float
        B's cost of war.
    discount : float
        δ per period.

    Returns
    -------
    Preventive

    References
    ----------
    Fearon (1995), pp. 404–406.

    Examples
    --------
    >>> preventive_war(0.4, 0.7, 0.2, 0.9).attacks, preventive_war(0.5, 0.55, 0.2, 0.9).attacks
    (True, False)
    """
    gain, cost = discount * p_later - p_now, cost_b * (1 - discount) ** 2
    return Preventive(gain > cost, gain, cost)


@dataclass(frozen=True)
class Inefficient:
    """Whether a shift of power makes war unavoidable, and the two sides of the condition."""

    war: bool
    gain: float
    surplus: float


def inefficient_war(p: float, shift: float, destroyed: float, discount: float) -> Inefficient:
    """Tell whether A rises faster than peace can compensate B for (Powell).

    With M_A and M_D what each side can lock in by fighting and B the value of the whole flow, war is
    unavoidable if δM_A(t+1) − M_A(t) > B − [M_A(t) + M_D(t)]. For a costly lottery that destroys the share
    D this is δ(p + Δ) − p > D/(1 − D).

    Parameters
    ----------
    p : float
        A's chance of winning now.
    shift : float
        Δ, by how much it rises in a period.
    destroyed : float
        D, the share that war destroys.
    discount : float
        δ per period.

    Returns
    -------
    Inefficient
        With both sides of the first condition, in units of one period's flow.

    References
    ----------
    Powell (2006), the general inefficiency condition; Powell (2004), *American Political Science Review* 98,
    231–241.

    Examples
    --------
    >>> found = inefficient_war(0.4, 0.3, 0.1, 0.9)
    >>> found.war, round(found.gain, 6), round(found.surplus, 6)
    (True, 2.07, 1.0)
    """
    whole = 1 / (1 - discount)
    now, later = p * (1 - destroyed) * whole, (p + shift) * (1 - destroyed) * whole
    other = (1 - p) * (1 - destroyed) * whole
    gain, surplus = discount * later - now, whole - (now + other)
    return Inefficient(gain > surplus, gain, surplus)


@dataclass(frozen=True)
class RiskReturn:
    """The best demand under uncertainty and the risk of war it runs."""

    demand: float
    war: float


def risk_return(p: float, cost_a: float, largest_cost_b: float) -> RiskReturn:
    """Return A's best demand where B's cost is uniform on [0, C] and private.

    Parameters
    ----------
    p : float
        Probability that A wins.
    cost_a : float
        A's cost.
    largest_cost_b : float
        C.

    Returns
    -------
    RiskReturn
        Demand p + max(0, (C − c_A)/2), probability of war max(0, (C − c_A)/(2C)).

    References
    ----------
    Fearon (1995), p. 393; Powell, R. (1999). *In the Shadow of Power*, ch. 3. Princeton.

    Examples
    --------
    >>> found = risk_return(0.5, 0.1, 0.5)
    >>> round(found.demand, 6), round(found.war, 6)
    (0.7, 0.4)
    """
    slack = max(0.0, largest_cost_b - cost_a)
    return RiskReturn(p + slack / 2, slack / (2 * largest_cost_b))


def critical_discount(
    temptation: float, reward: float, punishment: float, sucker: float, strategy: str = "grim"
) -> float:
    """Return the δ from which cooperation in the repeated prisoner's dilemma is an equilibrium.

    Parameters
    ----------
    temptation, reward, punishment, sucker : float
        T > R > P > S.
    strategy : {"grim", "tit-for-tat"}
        Grim trigger: (T − R)/(T − P). Tit for tat: the larger of that and (T − R)/(R − S).

    Returns
    -------
    float

    References
    ----------
    Friedman (1971); Axelrod (1984), appendix B.

    Examples
    --------
    >>> critical_discount(5, 3, 1, 0), round(critical_discount(5, 3, 1, 0, "tit-for-tat"), 6)
    (0.5, 0.666667)
    """
    grim = (temptation - reward) / (temptation - punishment)
    if strategy == "grim":
        return grim
    if strategy == "tit-for-tat":
        return max(grim, (temptation - reward) / (reward - sucker))
    raise ValueError(f"unknown strategy {strategy!r}; grim or tit-for-tat")


def punishment_deters(temptation: float, reward: float, punishment: float, discount: float, periods: int) -> bool:
    """Tell whether k periods of punishment keep the repeated prisoner's dilemma cooperative.

    Parameters
    ----------
    temptation, reward, punishment : float
        T > R > P.
    discount : float
        δ per period, below 1.
    periods : int
        k.

    Returns
    -------
    bool
        T − R ≤ (R − P)(δ + … + δ^k).

    Examples
    --------
    >>> [punishment_deters(5, 3, 1, 0.6, k) for k in (1, 2, 3)]
    [False, False, True]
    """
    loss = (reward - punishment) * discount * (1 - discount**periods) / (1 - discount)
    return temptation - reward <= loss


def critical_discount_with_guarantor(
    temptation: float, reward: float, punishment: float, credibility: float, penalty: float
) -> float:
    """Return the δ from which grim trigger deters where a guarantor punishes a defector once.

    Parameters
    ----------
    temptation, reward, punishment : float
        T > R > P.
    credibility : float
        π, the probability that the guarantor acts.
    penalty : float
        K, what its acting costs the defector once.

    Returns
    -------
    float
        (T − R − πK)/(T − P − πK), and 0 where T − R ≤ πK.

    Examples
    --------
    >>> [round(critical_discount_with_guarantor(4, 3, 1, q, 2), 6) for q in (0, 0.3, 0.5)]
    [0.333333, 0.166667, 0.0]
    """
    gain = temptation - reward - credibility * penalty
    return 0.0 if gain <= 0 else gain / (temptation - punishment - credibility * penalty)


def critical_guarantee(temptation: float, reward: float, punishment: float, discount: float, penalty: float) -> float:
    """Return the credibility π* from which the guarantor of `critical_discount_with_guarantor` suffices.

    Parameters
    ----------
    temptation, reward, punishment : float
        T > R > P.
    discount : float
        δ per period, below 1.
    penalty : float
        K.

    Returns
    -------
    float
        [T − R − δ(T − P)]/[K(1 − δ)], unbounded: at most 0 where no guarantor is needed, above 1 where none
        suffices.

    Examples
    --------
    >>> round(critical_guarantee(4, 3, 1, 1 / 6, 2), 6)
    0.3
    """
    return (temptation - reward - discount * (temptation - punishment)) / (penalty * (1 - discount))


def guarantor_credibility(stake: float, change: float, reputation: float, largest_cost: float) -> float:
    """Return the probability that a guarantor acts when its cost is uniform on [0, C].

    Parameters
    ----------
    stake : float
        What the outcome is worth to it.
    change : float
        What its acting changes in the probability of that outcome.
    reputation : float
        What reneging costs it.
    largest_cost : float
        C.

    Returns
    -------
    float
        min(1, (stake × change + reputation)/C).

    Examples
    --------
    >>> guarantor_credibility(1.0, 0.3, 0.1, 1.0)
    0.4
    """
    return min(1.0, max(0.0, (stake * change + reputation) / largest_cost))
