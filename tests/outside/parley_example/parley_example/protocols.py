from sim.negotiation.clock import Clock
from sim.negotiation.room import Room


class RotatingChair:
    """Every round the next party takes the chair, puts a text forward, and everybody votes on it."""

    mediated = False

    def __init__(self, room: Room) -> None:
        room.note(0, "open")

    def round(self, room: Room, now: Clock) -> None:
        """Hold one round."""
        chair = room.delegates[now.round % len(room.delegates)]
        text = chair.propose(now)
        if text is None:
            room.passed(chair, now)
            return
        room.offered(chair, text, now)
        in_favour = [delegate for delegate in room.delegates if delegate is chair or delegate.accepts(text, now)]
        room.vote(text, in_favour, now)
