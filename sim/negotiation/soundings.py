"""Soundings: what parties tell a mediator in confidence, and no more.

Every party's payoffs are lodged here under seal. A mediator hears how far drafts are from what a party
asks for, in tenths of that party's own way from its best text to its floor, and which change of one issue
a party wants most. Levels are never given out and nothing is compared across parties.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sim.negotiation.agenda import Places
from sim.negotiation.drafting import ACROSS_A_LINE, best_draft, most_wanted
from sim.negotiation.private import NEVER, PrivatePayoffs

__all__ = ["Soundings"]


class Soundings:
    """The sealed answers of all parties.

    Parameters
    ----------
    parties : sequence of PrivatePayoffs
        In the order of the parties.
    """

    def __init__(self, parties: Sequence[PrivatePayoffs]) -> None:
        self.__net = np.stack([own.net for own in parties])
        self.__needed = np.stack([own.needed for own in parties])
        self.__best = np.array([[own.best] for own in parties])
        self.__way = np.array([[max(own.best - own.floor, 1)] for own in parties])

    def best_draft(
        self,
        drafts: Places,
        asked: NDArray[np.int64],
        tabled: NDArray[np.int64],
        waiting: NDArray[np.int64],
        mediator: int,
    ) -> int:
        """Return the draft nearest to everyone, or −1 where all must wait; see ``drafting.best_draft``.

        Parameters
        ----------
        drafts : ndarray of int64, shape (n,)
            Places in the agenda.
        asked : ndarray of int64, shape (n_parties,)
            The least net worth each party says yes to now.
        tabled : ndarray of int64, shape (n_texts,)
            How often each text was on the table.
        waiting : ndarray of int64, shape (m,)
            Places that must wait.
        mediator : int
            Its row, or −1 for a mediator without interests.

        Returns
        -------
        int
        """
        return int(best_draft(self.__net, self.__needed, asked, self.__way[:, 0], drafts, tabled, waiting, mediator))

    def compared(self, texts: Places, text: int) -> tuple[Places, Places]:
        """Return how many parties find some texts better, and worse, than the one as it stands.

        A text that crosses a real line is worse than any that does not, and no better than another that
        does.

        Parameters
        ----------
        texts : ndarray of int64, shape (n,)
            Places in the agenda.
        text : int
            The text as it stands.

        Returns
        -------
        better, worse : ndarray of int64, shape (n,)
        """
        there, here = self.__net[:, texts], self.__net[:, [text]]
        return (there > here).sum(axis=0), (there < here).sum(axis=0)

    def unease(self, texts: Places) -> Places:
        """Return the sum over parties of squared tenths of the way that some texts are from their best.

        A text below the floor counts as 15 tenths, one across a real line as 20, one without a say as 0.

        Parameters
        ----------
        texts : ndarray of int64, shape (n,)
            Places in the agenda.

        Returns
        -------
        ndarray of int64, shape (n,)
        """
        net = self.__net[:, texts]
        tenths = ((self.__best - net) * 10 + self.__way - 1) // self.__way
        tenths = np.where(tenths > 10, 15, tenths)
        tenths = np.where(net == NEVER, ACROSS_A_LINE, tenths)
        tenths = np.where(self.__needed[:, texts], tenths, 0)
        total: Places = (tenths * tenths).sum(axis=0)
        return total

    def answers(self, text: int, asked: NDArray[np.int64]) -> list[bool]:
        """Return who says yes to a text, or has no say on it.

        Parameters
        ----------
        text : int
            Place in the agenda.
        asked : ndarray of int64, shape (n_parties,)
            The least net worth each party says yes to now.

        Returns
        -------
        list of bool
            In the order of the parties.
        """
        yes: list[bool] = ((self.__net[:, text] >= asked) | ~self.__needed[:, text]).tolist()
        return yes

    def wanted(self, near: Places, text: int) -> Places:
        """Return the change of one issue each party wants most.

        Parameters
        ----------
        near : ndarray of int64, shape (n,)
            Texts that differ from the text in one issue.
        text : int
            The text as it stands.

        Returns
        -------
        ndarray of int64, shape (n_parties,)
            Place of the text it leads to, of equals the lowest; −1 where none is better for the party.
        """
        found: Places = most_wanted(self.__net, near, text)
        return found
