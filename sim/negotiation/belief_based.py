"""A strategy that acts on beliefs: it puts forward what it expects to get most from.

It puts forward the text with the largest P(everybody accepts) × (net worth − floor), the trade-off of risk
and return; and it accepts what is worth at least its floor plus that expectation, one round discounted, so
in the last round whatever it can sign.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from sim.negotiation.beliefs import Belief
from sim.negotiation.clock import Clock
from sim.negotiation.private import PrivatePayoffs
from sim.negotiation.strategy import Settings, Strategy
from sim.negotiation.table import Table

__all__ = ["BeliefBased"]


class BeliefBased(Strategy):
    """Best response to its beliefs, one offer ahead."""

    listens = True
    acceptance = "demand"
    needs_public_model = True

    def __init__(self, own: PrivatePayoffs, settings: Settings, table: Table) -> None:
        super().__init__(own, settings, table)
        assert settings.public is not None
        self._beliefs = {name: Belief(p) for name, p in settings.public.parties.items() if name != own.party}
        self._mine = np.flatnonzero(own.net >= own.lowest_floor)
        self._known: tuple[Clock, int | None, float] | None = None

    def _best(self, now: Clock) -> tuple[int | None, float]:
        """Return the text it expects most from, and that expectation above its floor."""
        if self._known is None or self._known[0] != now:
            surplus = self.own.net[self._mine] - self.own.floor
            expected = np.maximum(surplus, 0).astype(np.float64)
            for belief in self._beliefs.values():
                expected = expected * belief.accepts(self._mine, now)
            best = None
            if len(expected) and surplus.max() >= 0:
                top = np.flatnonzero((expected >= expected.max() - 0.5) & (surplus >= 0))
                best = int(self._mine[top[np.argmax(surplus[top])]])
            self._known = now, best, float(expected.max(initial=0.0))
        return self._known[1], self._known[2]

    def demand(self, now: Clock) -> int:
        """Return its floor plus what it expects from its own next offer; its floor in the last round."""
        if now.is_last:
            return self.own.floor
        return self.own.floor + int(self.own.discount * self._best(now)[1])

    def propose(self, now: Clock) -> int | None:
        """Return the text it expects most from."""
        return self._best(now)[0]

    def hear_offer(self, now: Clock, party: str, text: int) -> None:
        """A party would accept what it puts forward itself."""
        if party in self._beliefs:
            self._beliefs[party].update(text, True, now)
            self._known = None

    def hear_answer(self, now: Clock, party: str, text: int, accepted: bool) -> None:
        """Update by a yes or a no."""
        if party in self._beliefs:
            self._beliefs[party].update(text, accepted, now)
            self._known = None

    def hear_critique(self, now: Clock, party: str, text: int, wanted: int) -> None:
        """Update by what a party asks for instead."""
        if party in self._beliefs:
            self._beliefs[party].wants(text, wanted)
            self._known = None

    def beliefs(self) -> Mapping[str, float]:
        """Return its beliefs in numbers."""
        return {key: value for belief in self._beliefs.values() for key, value in belief.summary().items()}
