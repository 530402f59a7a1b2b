"""The single negotiating text: redraft until nobody can be helped without hurting another, then vote.

The first draft is a crude one, drawn at random. Every round the mediator looks at the texts that differ in
one issue, and at those that join two changes parties want most, and asks everyone which are better and
which are worse for them than the text as it stands. A redraft that somebody finds better and nobody worse
replaces the text: the one most find better, of equals the one the mediator likes best, then the lowest
place. When there is none, or in the last round, everybody votes yes or no, once: yes if the text is
worth at least the floor. So the final text cannot be helped along one issue without hurting somebody; it
may well be one that somebody cannot sign.

The annealing variant (``single_text_annealing``) does not stop at the first such text: the mediator changes
one issue at random, many times a round, and keeps a change that is worse for the parties together with a
probability that falls with the rounds. It hears tenths of each party's own way, never levels.

References
----------
Fisher 1978; Raiffa 1982, The Art and Science of Negotiation, chapter 14. Klein, Faratin, Sayama & Bar-Yam
2003, Protocols for negotiating complex contracts, IEEE Intelligent Systems 18(6).
"""

from __future__ import annotations

import math

import numpy as np

from sim.negotiation.clock import Clock
from sim.negotiation.room import Room

__all__ = ["AnnealedText", "SingleText"]


class SingleText:
    """The single negotiating text."""

    mediated = True

    def __init__(self, room: Room) -> None:
        # Not the mediator's favourite: if it signs too, nothing could then be redrafted without hurting it.
        self.text = int(room.rng.integers(room.agenda.n_texts))
        room.note(0, "open", "" if room.mediator is None else room.mediator.party, self.text)

    def round(self, room: Room, now: Clock) -> None:
        """Redraft once, or vote where nothing is left to redraft."""
        room.tabled(self.text, now)
        better = self.redraft(room)
        if better is None or now.is_last:
            self.vote(room, now)
        else:
            self.text = better

    def redraft(self, room: Room) -> int | None:
        """Return a text that helps somebody and hurts nobody; None where there is none."""
        near = room.agenda.neighbours(self.text)
        joined = room.agenda.combined(self.text, room.soundings.wanted(near, self.text))
        drafts = np.unique(np.concatenate((near, joined[joined >= 0])))
        better, worse = room.soundings.compared(drafts, self.text)
        drafts, better = drafts[(worse == 0) & (better > 0)], better[(worse == 0) & (better > 0)]
        if len(drafts) == 0:
            return None
        drafts = drafts[better == better.max()]
        return int(drafts[0]) if room.mediator is None else room.mediator.favourite_among(drafts)

    def vote(self, room: Room, now: Clock) -> None:
        """Put the text to one vote and end the talks."""
        room.vote(self.text, [d for d in room.delegates if d.would_sign(self.text)], now)
        room.close(now)


class AnnealedText(SingleText):
    """The single text with a mediator that anneals."""

    #: Random changes a round.
    changes = 25
    #: Temperature of the first round, in squared tenths; it falls in proportion to the time left.
    heat = 40.0

    def round(self, room: Room, now: Clock) -> None:
        """Try random changes; vote in the last round."""
        room.tabled(self.text, now)
        if now.is_last:
            self.vote(room, now)
            return
        heat = self.heat * (1.0 - (now.round + 1) / now.deadline)
        picks, chances = room.rng.random(self.changes), room.rng.random(self.changes)
        here = room.soundings.unease(np.array([self.text]))[0]
        for pick, chance in zip(picks.tolist(), chances.tolist(), strict=True):
            near = room.agenda.neighbours(self.text)
            if len(near) == 0:
                return
            draft = int(near[int(pick * len(near))])
            there = room.soundings.unease(np.array([draft]))[0]
            if there <= here or (heat > 0 and chance < math.exp((here - there) / heat)):
                self.text, here = draft, there
