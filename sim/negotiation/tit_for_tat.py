"""Tit for tat: concede as others do."""

from __future__ import annotations

import numpy as np

from sim.negotiation.clock import Clock
from sim.negotiation.private import PrivatePayoffs
from sim.negotiation.strategy import Settings, Strategy
from sim.negotiation.table import Table

__all__ = ["TitForTat"]


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

    def __init__(self, own: PrivatePayoffs, settings: Settings, table: Table) -> None:
        super().__init__(own, settings, table)
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
