r"""Strategies that concede by the clock alone.

Faratin's family gives the share α(t) of the way from its best text to its floor away by time t, as
`sim.negotiation.clock.conceded` says: Boulware for β < 1, linear for β = 1, conceder for β > 1. So each of
them asks for no more than its floor in the last round.

The aspiration family, which the most used library of negotiation agents has, asks for

.. math:: d + (b - d)(1 - t^{1/\beta}) - 10^{-4}, \qquad t = (k + 1)/(n + 1)

in round k = 0, 1, … of n, with b its best and d the larger of its reservation value and its worst text; it
puts forward the text worth least among those worth that much.

References
----------
Faratin, Sierra & Jennings 1998, Robotics and Autonomous Systems 24(3–4), sections 4.1–4.2.
"""

from __future__ import annotations

from functools import cached_property
from typing import ClassVar

from sim.negotiation.clock import Clock, conceded
from sim.negotiation.private import NEVER
from sim.negotiation.strategy import Strategy

__all__ = [
    "Aspiration",
    "AspirationBoulware",
    "AspirationConceder",
    "AspirationLinear",
    "Boulware",
    "Conceder",
    "Linear",
    "TimeDependent",
]

#: What the aspiration family gives away at once, in units of 1e-9.
SLACK = 100_000


class TimeDependent(Strategy):
    """Concedes by the clock alone."""

    exponent: ClassVar[float] = 1.0

    def demand(self, now: Clock) -> int:
        """Return best − α(t)(best − floor)."""
        beta = self.settings.exponent if self.settings.exponent is not None else self.exponent
        best, floor = self.own.best, self.own.floor
        if best <= floor:
            return floor
        return best - int(conceded(now, beta, self.settings.opening) * (best - floor))


class Boulware(TimeDependent):
    """Holds out, then concedes near the end."""

    exponent = 0.25


class Linear(TimeDependent):
    """Concedes evenly."""

    exponent = 1.0


class Conceder(TimeDependent):
    """Concedes early."""

    exponent = 4.0


class Aspiration(Strategy):
    """Concedes by the clock towards its reservation value, which it does not quite reach."""

    exponent: ClassVar[float] = 1.0

    @cached_property
    def _worst(self) -> int:
        net = self.own.net
        return int(net.min(initial=self.own.best, where=net > NEVER))

    def demand(self, now: Clock) -> int:
        """Return the aspiration level less the slack."""
        beta = self.settings.exponent if self.settings.exponent is not None else self.exponent
        t = (now.round + 1) / (now.deadline + 1)
        share = 1.0 - (t ** (1.0 / beta) if beta > 0 else 0.0)
        least = max(self.own.reservation, self._worst)
        return round(least + (self.own.best - least) * share) - SLACK

    def propose(self, now: Clock) -> int | None:
        """Return the text worth least among those worth its demand."""
        return self.own.least_at(self.demand(now))


class AspirationBoulware(Aspiration):
    """Holds out: exponent 4 in time."""

    exponent = 0.25


class AspirationLinear(Aspiration):
    """Concedes evenly."""

    exponent = 1.0


class AspirationConceder(Aspiration):
    """Concedes early: exponent ¼ in time."""

    exponent = 4.0
