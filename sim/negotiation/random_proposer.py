"""Random proposer: every round somebody drawn makes an offer, and the others vote on it.

Each party is recognised with the same probability. With a quota, an offer passes with that many signatures,
the proposer's among them, if nobody with a veto is missing; without one, it needs everybody whose signature
the text needs.

References
----------
Baron & Ferejohn 1989, American Political Science Review 83(4), section on the closed rule.
"""

from __future__ import annotations

from sim.negotiation.clock import Clock
from sim.negotiation.room import Room

__all__ = ["RandomProposer"]


class RandomProposer:
    """The random proposer protocol."""

    mediated = False

    def __init__(self, room: Room) -> None:
        room.note(0, "open")

    def round(self, room: Room, now: Clock) -> None:
        """Draw a proposer and vote on its offer."""
        drawn = int(room.rng.integers(len(room.delegates)))
        if now.round == 0 and room.rules.opener is not None:
            drawn = room.parties.index(room.rules.opener)
        proposer = room.delegates[drawn]
        text = proposer.propose(now)
        if text is None:
            room.passed(proposer, now)
            return
        room.offered(proposer, text, now)
        in_favour = [d for d in room.delegates if d is proposer or d.accepts(text, now)]
        room.vote(text, in_favour, now)
