r"""Strategies: what a delegate asks for, and what it puts forward, as time goes by.

A time-dependent strategy gives the share

.. math:: \alpha(t) = \kappa + (1 - \kappa) t^{1/\beta}

of the way from its best text to its floor away at time t (0 in the first round, 1 in the last): Boulware
for β < 1, linear for β = 1, conceder for β > 1. So every such strategy asks for no more than its floor in
the last round.

What it puts forward is one of its own texts just above its demand, the one most like what the others last
put forward; of equals the one it likes best, then the lowest place.

References
----------
Faratin, Sierra & Jennings 1998, Robotics and Autonomous Systems 24(3–4), sections 4.1–4.2.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar

import numpy as np

from sim.negotiation.clock import Clock
from sim.negotiation.private import PrivatePayoffs
from sim.negotiation.table import Table

__all__ = [
    "STRATEGIES",
    "Boulware",
    "Conceder",
    "Linear",
    "Settings",
    "Strategy",
    "TimeDependent",
    "TitForTat",
]


@dataclass(frozen=True, slots=True)
class Settings:
    """How a party's strategy is set, with the numbers of a world.

    Attributes
    ----------
    name : str
    exponent : float or None
        β; None for the strategy's own.
    opening : float
        κ.
    acceptance : str
    accept_time : float
    accept_level : int
        In units of 1e-9.
    """

    name: str = "boulware"
    exponent: float | None = None
    opening: float = 0.0
    acceptance: str = "next"
    accept_time: float = 1.0
    accept_level: int = 0


class Strategy:
    """What every strategy is: a demand, and a text to put forward.

    A strategy sees its party's own payoffs, what lies on the public table, and what it is told over open
    channels; nothing else.

    Parameters
    ----------
    own : PrivatePayoffs
    settings : Settings

    Attributes
    ----------
    listens : bool
        Whether it wants to be told of offers, answers and critiques.
    band : int
        How many of its own texts above its demand it chooses from.
    """

    listens: ClassVar[bool] = False
    band: ClassVar[int] = 200

    def __init__(self, own: PrivatePayoffs, settings: Settings) -> None:
        self.own = own
        self.settings = settings

    def demand(self, now: Clock) -> int:
        """Return the least net worth it asks for now, in units of 1e-9."""
        raise NotImplementedError

    def propose(self, now: Clock, table: Table) -> int | None:
        """Return the text it puts forward; None where it could sign none.

        Parameters
        ----------
        now : Clock
        table : Table

        Returns
        -------
        int or None
            Place in the agenda.
        """
        texts = self.own.band_at(min(self.demand(now), self.own.best), self.band)
        if len(texts) == 0:
            return None
        if not table.last:
            return self.own.favourite()
        like = table.likeness(texts, self.own.party)
        texts = texts[like == like.max()]
        worth = self.own.net[texts]
        return int(texts[worth == worth.max()].min())

    def hear_offer(self, now: Clock, party: str, text: int) -> None:
        """Take in that a party put a text forward."""

    def hear_answer(self, now: Clock, party: str, text: int, accepted: bool) -> None:
        """Take in that a party accepted or refused a text."""

    def hear_critique(self, now: Clock, party: str, text: int, wanted: int) -> None:
        """Take in that a party would rather have another text that differs in one issue."""

    def beliefs(self) -> Mapping[str, float]:
        """Return what it believes of others, for the trace: a probability or level by a telling name."""
        return {}


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


@lru_cache(maxsize=1 << 14)
def conceded(now: Clock, beta: float, opening: float) -> float:
    """Return α(t), the share of the way given away.

    Parameters
    ----------
    now : Clock
    beta : float
        β ≥ 0; 0 is the limit that gives nothing away before the last round.
    opening : float
        κ.

    Returns
    -------
    float

    Examples
    --------
    >>> [round(conceded(Clock(week, 5), 0.5, 0.0), 4) for week in range(5)]
    [0.0, 0.0625, 0.25, 0.5625, 1.0]
    """
    gone = now.elapsed
    moved = gone ** (1.0 / beta) if beta > 0 else float(gone >= 1.0)
    return opening + (1.0 - opening) * moved


class Boulware(TimeDependent):
    """Holds out, then concedes near the end."""

    exponent = 0.25


class Linear(TimeDependent):
    """Concedes evenly."""

    exponent = 1.0


class Conceder(TimeDependent):
    """Concedes early."""

    exponent = 4.0


class TitForTat(Strategy):
    """Concedes in the proportion in which the others did, measured by its own payoffs.

    Relative tit for tat: its demand falls by the ratio of the worth of the others' last texts but one to
    that of their last, on average over those who made two; it starts from its best text and never goes
    below its floor.

    References
    ----------
    Faratin, Sierra & Jennings 1998, section 4.4, relative tit-for-tat.
    """

    listens = True

    def __init__(self, own: PrivatePayoffs, settings: Settings) -> None:
        super().__init__(own, settings)
        self._level = float(own.best)
        self._offers: dict[str, int] = {}
        self._ratios: dict[str, float] = {}

    def demand(self, now: Clock) -> int:
        """Return the level it has come down to."""
        if self._ratios:
            ratio = float(np.mean(list(self._ratios.values())))
            self._level = min(self._level * ratio, float(self.own.best))
            self._ratios.clear()
        return max(int(self._level), self.own.floor)

    def hear_offer(self, now: Clock, party: str, text: int) -> None:
        """Measure the concession since that party's last offer."""
        if party == self.own.party:
            return
        worth = max(int(self.own.worth[text]), 1)
        before = self._offers.get(party)
        if before is not None:
            self._ratios[party] = before / worth
        self._offers[party] = worth


#: By the name used in ``parties.<party>.strategy.name``.
STRATEGIES: dict[str, type[Strategy]] = {
    "boulware": Boulware,
    "linear": Linear,
    "conceder": Conceder,
    "tit-for-tat": TitForTat,
}
