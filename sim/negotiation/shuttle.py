"""Shuttle diplomacy: a mediator carries one text between parties that need not speak to each other.

Every round the mediator redrafts, puts the text to everyone whose signature it needs, and hears yes or
no. If all say yes it is signed. Those who refuse name the change of one issue they want most.

The mediator knows the public hard lines and what it is told in confidence, nothing else. It drafts from
the texts that differ from the last one in one issue, those that join two wanted changes, and those already
tabled. On each it hears from everyone how far it is from what they ask for now, in tenths of their own
way from best text to floor (so nothing is compared across parties but shares of a way), and it takes the
draft with the smallest sum of squares, which looks after whoever is furthest; of equals the one tabled
least often, then the one it likes best itself: that is where its interests come in. A text waits some
rounds before it returns, except in the last round, which puts the best text known.

With ``negotiation.pressure`` a party signs already at r − m; the settlement is *natural* if all who sign
get r. Who has a closed channel hears neither the other's answers nor its critiques.

References
----------
Fisher 1978, International Mediation (one-text procedure). Raiffa 1982, The Art and Science of Negotiation,
chapter 14. Klein, Faratin, Sayama & Bar-Yam 2003, Group Decision and Negotiation 12(2).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.negotiation.clock import Clock
from sim.negotiation.room import Room

__all__ = ["Shuttle"]


class Shuttle:
    """The shuttle protocol."""

    mediated = True
    #: Rounds before a text may return.
    wait = 5

    def __init__(self, room: Room) -> None:
        self.text = -1
        self.known = np.full(room.rules.deadline, -1, dtype=np.int64)
        self.tabled = np.zeros(room.agenda.n_texts, dtype=np.int64)
        self.wanted = np.empty(0, dtype=np.int64)
        self.mediator = -1 if room.mediator is None else room.parties.index(room.mediator.party)
        room.note(0, "open", "" if room.mediator is None else room.mediator.party)

    def round(self, room: Room, now: Clock) -> None:
        """Redraft, put the text to everyone, hear the answers."""
        asked = np.array([delegate.asked(now) for delegate in room.delegates])
        self.text = text = self.opening(room) if self.text < 0 else self.redraft(room, now, asked)
        self.known[now.round] = text
        self.tabled[text] += 1
        room.tabled(text, now)
        answers = room.soundings.answers(text, asked)
        room.answered_all(text, answers, now)
        if all(answers):
            room.sign(text, [d for d in room.delegates if d.needed(text)], now)
            return
        room.refused(text, [party for party, yes in zip(room.parties, answers, strict=True) if not yes])
        self.wanted = room.soundings.wanted(room.agenda.neighbours(text), text)
        self.wanted[answers] = -1
        room.criticised_all(text, self.wanted, now)

    def opening(self, room: Room) -> int:
        """Return the first draft: the mediator's own favourite, or a drawn text where it has no interests."""
        if room.mediator is None:
            return int(room.rng.integers(room.agenda.n_texts))
        return room.mediator.favourite_among(np.arange(room.agenda.n_texts))

    def redraft(self, room: Room, now: Clock, asked: NDArray[np.int64]) -> int:
        """Return the next text; the last one where there is no other to choose from.

        Parameters
        ----------
        room : Room
            Where they talk.
        now : Clock
            The round.
        asked : ndarray of int64, shape (n_parties,)
            The least net worth each party says yes to now.

        Returns
        -------
        int
        """
        agenda = room.agenda
        drafts = np.concatenate(
            (agenda.neighbours(self.text), agenda.combined(self.text, self.wanted), self.known[: now.round])
        )
        waiting = self.known[: 0 if now.is_last else now.round][-self.wait :]
        draft = room.soundings.best_draft(drafts, asked, self.tabled, waiting, self.mediator)
        return self.text if draft < 0 else draft
