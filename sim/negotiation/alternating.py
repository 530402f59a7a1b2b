"""Stacked alternating offers for any number of parties.

The parties speak in cyclic order. Whoever's turn it is accepts the offer that stands, or replaces it with
one of its own; making an offer counts as accepting it. An offer that all whose signature it needs have
accepted in consecutive turns is signed. A party without a say on the offer that stands passes; one that
could sign nothing at all refuses and leaves nothing standing. At the deadline there is no deal.

A round gives every party one turn. Who opens is an input (``negotiation.opener``), or drawn.

References
----------
Aydoğan, Festen, Hindriks & Jonker 2017, Alternating offers protocols for multilateral negotiation, in:
Modern Approaches to Agent-based Complex Automated Negotiation, section 3 (stacked alternating offers).
"""

from __future__ import annotations

from sim.negotiation.clock import Clock
from sim.negotiation.room import Room

__all__ = ["AlternatingOffers"]


class AlternatingOffers:
    """The stacked alternating offers protocol."""

    mediated = False

    def __init__(self, room: Room) -> None:
        n = len(room.delegates)
        opener = room.rules.opener
        first = room.parties.index(opener) if opener is not None else int(room.rng.integers(n))
        self.order = [*range(first, n), *range(first)]
        room.table.order = tuple(room.parties[k] for k in self.order)
        self.standing: int | None = None
        self.agreed: set[int] = set()
        room.note(0, "open", room.parties[first])

    def round(self, room: Room, now: Clock) -> None:
        """Give every party one turn."""
        for place, turn in enumerate(self.order):
            delegate = room.delegates[turn]
            if self.standing is not None and not delegate.needed(self.standing):
                continue
            own = None
            if self.standing is None or delegate.compares_offers:
                own = delegate.propose(now)
            if self.standing is not None:
                if delegate.accepts(self.standing, now, own):
                    room.answered(delegate, self.standing, now, accepted=True)
                    self.agreed.add(turn)
                    if self._complete(room):
                        signers = [room.delegates[k] for k in sorted(self.agreed)]
                        room.sign(self.standing, signers, now)
                        return
                    continue
                room.answered(delegate, self.standing, now, accepted=False)
                room.refused(self.standing, [delegate.party])
                if not delegate.compares_offers:
                    own = delegate.propose(now)
            self.standing = own
            self.agreed = set()
            if own is None:
                room.passed(delegate, now)
            else:
                self.agreed.add(turn)
                room.table.turn_of[delegate.party] = now.round * len(self.order) + place
                room.offered(delegate, own, now)

    def _complete(self, room: Room) -> bool:
        assert self.standing is not None
        return all(k in self.agreed or not d.needed(self.standing) for k, d in enumerate(room.delegates))
