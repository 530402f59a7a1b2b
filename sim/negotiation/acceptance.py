"""Acceptance rules: the least net worth a delegate says yes to now.

Every rule is a function of what the delegate itself asks for (the net worth of what it would put forward
now, or its demand where it puts nothing forward), its floor and the clock. Whatever a rule says, a
delegate never accepts below its floor or across a real red line.

References
----------
Baarslag, Hindriks & Jonker 2013, Effective acceptance conditions in real-time automated negotiation,
Decision Support Systems 60, section 3: AC_next, AC_const, AC_time and their combination.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from sim.domain import extensions as names
from sim.domain.extensions import Registry
from sim.negotiation.clock import Clock

__all__ = ["ACCEPTANCE", "COMPARING", "AcceptanceRule", "Asking"]

#: A level that nothing reaches.
_NOTHING = 1 << 60


class Asking(NamedTuple):
    """What a delegate asks for in one round, in units of 1e-9.

    Attributes
    ----------
    demand : int
        The least its strategy asks for now.
    own_next : int
        Net worth of what it would put forward now; the demand where it puts nothing forward.
    floor : int
        The least it can sign.
    level : int
        The constant of AC_const.
    time : float
        The time of AC_time, as a share of the talks.
    """

    demand: int
    own_next: int
    floor: int
    level: int
    time: float


AcceptanceRule = Callable[[Asking, Clock], int]


def next_offer(asking: Asking, now: Clock) -> int:
    """AC_next: accept what is worth at least one's own next offer."""
    return asking.own_next


def demanded(asking: Asking, now: Clock) -> int:
    """Accept what is worth at least the present demand, even if one's own next offer is worth more."""
    return asking.demand


def constant(asking: Asking, now: Clock) -> int:
    """AC_const: accept what is worth at least a constant."""
    return asking.level


def after_time(asking: Asking, now: Clock) -> int:
    """AC_time: accept whatever can be signed from a given time on, and nothing before."""
    return asking.floor if now.elapsed >= asking.time else _NOTHING


def combined(asking: Asking, now: Clock) -> int:
    """AC_next before a given time, whatever can be signed from then on."""
    return asking.floor if now.elapsed >= asking.time else asking.own_next


#: By the name used in ``parties.<party>.strategy.acceptance``.
ACCEPTANCE: Registry[AcceptanceRule] = Registry(
    names.ACCEPTANCE,
    {"next": next_offer, "demand": demanded, "const": constant, "time": after_time, "combined": combined},
    callable,
    "a function of what a delegate asks for and the clock",
)
#: The rules that weigh an offer against one's own next one.
COMPARING = (next_offer, combined)
