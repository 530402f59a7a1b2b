"""Shuttle diplomacy: a mediator carries one text between parties that need not speak to each other.

Every round the mediator redrafts, puts the text to everyone whose signature it needs, and hears yes or
no. If all say yes it is signed. Those who refuse name the change of one issue they want most.

The mediator knows the public red lines and what it was told, nothing else. It drafts from the texts that
differ from the last one in one issue, those that join two wanted changes, and those already tabled; it
sounds everyone on them in confidence (*yes now*, *better than the last*) and takes the one with the most
yeses, of these the one tabled least often, then the one most find better, then the one it likes best
itself: that is where its interests come in. A text waits some rounds before it returns, except in the
last round, which puts the best text known.

With ``negotiation.pressure`` a party signs already at r − m; the settlement is *natural* if all who sign
get r. Who has a closed channel hears neither the other's answers nor its critiques.

References
----------
Fisher 1978, International Mediation (one-text procedure). Raiffa 1982, The Art and Science of Negotiation,
chapter 14. Klein, Faratin, Sayama & Bar-Yam 2003, Group Decision and Negotiation 12(2).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.negotiation.agenda import Places
from sim.negotiation.clock import Clock
from sim.negotiation.delegate import Delegate

if TYPE_CHECKING:
    from sim.negotiation.model import Talks

__all__ = ["Shuttle"]


class Shuttle:
    """The shuttle protocol.

    Parameters
    ----------
    talks : Talks
    """

    mediated = True
    #: Rounds before a text may return.
    wait = 5

    def __init__(self, talks: Talks) -> None:
        self.text: int | None = None
        self.tabled = np.zeros(talks.agenda.n_texts, dtype=np.int64)
        self.recent: list[int] = []
        self.wanted: list[int] = []
        talks.note(0, "open", "" if talks.mediator is None else talks.mediator.party)

    def round(self, talks: Talks, now: Clock) -> None:
        """Redraft, put the text to everyone, hear the answers.

        Parameters
        ----------
        talks : Talks
        now : Clock
        """
        agenda = talks.agenda
        text = self.opening(talks) if self.text is None else self.redraft(talks, now)
        self.text = text
        self.tabled[text] += 1
        self.recent = [*self.recent, text][-self.wait :]
        talks.tabled(text, now)
        signers = [d for d in talks.delegates if d.needed(text)]
        refusing = [d for d in signers if not talks.asked(d, text, now)]
        if not refusing:
            talks.sign(text, signers, now)
            return
        talks.refused(text, [d.party for d in refusing])
        near = agenda.neighbours(text)
        self.wanted = []
        for delegate in refusing:
            wanted = delegate.critique(near, text)
            if wanted is not None:
                self.wanted.append(wanted)
                talks.criticised(delegate, text, wanted, now)

    def opening(self, talks: Talks) -> int:
        """Return the first draft: the mediator's own favourite, or a drawn text where it has no interests.

        Parameters
        ----------
        talks : Talks

        Returns
        -------
        int
        """
        if talks.mediator is None:
            return int(talks.rng.integers(talks.agenda.n_texts))
        everything = np.arange(talks.agenda.n_texts)
        return int(talks.mediator.prefers(everything).argmax())

    def redraft(self, talks: Talks, now: Clock) -> int:
        """Return the next text; the last one where there is no other to choose from.

        Parameters
        ----------
        talks : Talks
        now : Clock

        Returns
        -------
        int
        """
        assert self.text is not None
        drafts = np.unique(
            np.concatenate(
                [
                    talks.agenda.neighbours(self.text),
                    talks.agenda.combined(self.text, self.wanted),
                    np.flatnonzero(self.tabled),
                ]
            )
        )
        if not now.is_last:
            drafts = drafts[~np.isin(drafts, self.recent)]
        if len(drafts) == 0:
            return self.text
        yes, better = soundings(talks.delegates, drafts, self.text, now)
        liked = np.zeros(len(drafts), dtype=np.int64) if talks.mediator is None else talks.mediator.prefers(drafts)
        order = np.lexsort((drafts, -liked, -better, self.tabled[drafts], -yes))
        return int(drafts[order[0]])


def soundings(
    delegates: list[Delegate], texts: Places, text: int, now: Clock
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Count who would say yes to some texts, and who likes them better than the one as it stands.

    Parameters
    ----------
    delegates : list of Delegate
    texts : ndarray of int64, shape (n,)
    text : int
        As it stands.
    now : Clock

    Returns
    -------
    yes, better : ndarray of int64, shape (n,)
    """
    yes = np.zeros(len(texts), dtype=np.int64)
    better = np.zeros(len(texts), dtype=np.int64)
    for delegate in delegates:
        accepts, likes = delegate.sound(texts, text, now)
        yes += accepts
        better += likes
    return yes, better
