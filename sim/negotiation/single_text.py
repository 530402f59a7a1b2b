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
from typing import TYPE_CHECKING

import numpy as np

from sim.negotiation.clock import Clock

if TYPE_CHECKING:
    from sim.negotiation.talks import Talks

__all__ = ["AnnealedText", "SingleText"]


class SingleText:
    """The single negotiating text.

    Parameters
    ----------
    talks : Talks
    """

    mediated = True

    def __init__(self, talks: Talks) -> None:
        # Not the mediator's favourite: if it signs too, nothing could then be redrafted without hurting it.
        self.text = int(talks.rng.integers(talks.agenda.n_texts))
        talks.note(0, "open", "" if talks.mediator is None else talks.mediator.party, self.text)

    def round(self, talks: Talks, now: Clock) -> None:
        """Redraft once, or vote where nothing is left to redraft.

        Parameters
        ----------
        talks : Talks
        now : Clock
        """
        talks.tabled(self.text, now)
        better = self.redraft(talks)
        if better is None or now.is_last:
            self.vote(talks, now)
        else:
            self.text = better

    def redraft(self, talks: Talks) -> int | None:
        """Return a text that helps somebody and hurts nobody; None where there is none.

        Parameters
        ----------
        talks : Talks

        Returns
        -------
        int or None
        """
        near = talks.agenda.neighbours(self.text)
        joined = talks.agenda.combined(self.text, talks.soundings.wanted(near, self.text))
        drafts = np.unique(np.concatenate((near, joined[joined >= 0])))
        better, worse = talks.soundings.compared(drafts, self.text)
        drafts, better = drafts[(worse == 0) & (better > 0)], better[(worse == 0) & (better > 0)]
        if len(drafts) == 0:
            return None
        drafts = drafts[better == better.max()]
        return int(drafts[0]) if talks.mediator is None else talks.mediator.favourite_among(drafts)

    def vote(self, talks: Talks, now: Clock) -> None:
        """Put the text to one vote and end the talks.

        Parameters
        ----------
        talks : Talks
        now : Clock
        """
        talks.vote(self.text, [d for d in talks.delegates if d.would_sign(self.text)], now)
        talks.close(now)


class AnnealedText(SingleText):
    """The single text with a mediator that anneals."""

    #: Random changes a round.
    changes = 25
    #: Temperature of the first round, in squared tenths; it falls in proportion to the time left.
    heat = 40.0

    def round(self, talks: Talks, now: Clock) -> None:
        """Try random changes; vote in the last round.

        Parameters
        ----------
        talks : Talks
        now : Clock
        """
        talks.tabled(self.text, now)
        if now.is_last:
            self.vote(talks, now)
            return
        heat = self.heat * (1.0 - (now.round + 1) / now.deadline)
        picks, chances = talks.rng.random(self.changes), talks.rng.random(self.changes)
        here = talks.soundings.unease(np.array([self.text]))[0]
        for pick, chance in zip(picks.tolist(), chances.tolist(), strict=True):
            near = talks.agenda.neighbours(self.text)
            if len(near) == 0:
                return
            draft = int(near[int(pick * len(near))])
            there = talks.soundings.unease(np.array([draft]))[0]
            if there <= here or (heat > 0 and chance < math.exp((here - there) / heat)):
                self.text, here = draft, there
