"""The strategy of theory: subgame-perfect play under complete information."""

from __future__ import annotations

import numpy as np

from sim.negotiation.clock import Clock
from sim.negotiation.equilibrium import Plan
from sim.negotiation.private import PrivatePayoffs
from sim.negotiation.strategy import Settings, Strategy
from sim.negotiation.table import Table

__all__ = ["Rational"]


class Rational(Strategy):
    """Plays the equilibrium of the talks; see ``equilibrium``.

    Where a mediator drafts, it answers truthfully at its floor, which no vote can punish. It needs
    ``information: complete``.
    """

    acceptance = "demand"

    def __init__(self, own: PrivatePayoffs, settings: Settings, table: Table) -> None:
        super().__init__(own, settings, table)
        assert settings.common is not None, "the reader asks for complete information"
        self._common = settings.common
        self._place = settings.common.parties.index(own.party)
        self._rng = np.random.default_rng(settings.seed)

    def demand(self, now: Clock) -> int:
        """Return the least it accepts of the offer that stands."""
        if self.settings.protocol == "random_proposer":
            return int(self._common.random_proposer[now.round][0].threshold[self._place])
        if self.settings.protocol != "alternating_offers":
            return self.own.floor
        order = self.table.order
        # The offer that stands was made by the last to speak who put something forward.
        turn = now.round * len(order) + order.index(self.own.party)
        plans = self._common.alternating(order)
        speaker = next((k for k in range(1, len(order)) if turn >= k and self._offered(order, turn - k)), None)
        return self.own.floor if speaker is None else int(plans[turn - speaker].threshold[self._place])

    def _offered(self, order: tuple[str, ...], turn: int) -> bool:
        return self.table.turn_of.get(order[turn % len(order)]) == turn

    def propose(self, now: Clock) -> int | None:
        """Return one of its best offers, or its favourite where none passes."""
        plan = self._plan(now)
        if len(plan.offers) == 0:
            return self.own.favourite()
        return int(plan.offers[int(self._rng.integers(len(plan.offers)))])

    def _plan(self, now: Clock) -> Plan:
        order = self.table.order
        if not order:
            return self._common.random_proposer[now.round][self._place]
        turn = now.round * len(order) + order.index(self.own.party)
        return self._common.alternating(order)[turn]
