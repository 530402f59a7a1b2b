"""The table: what has been put forward in the hearing of everyone."""

from __future__ import annotations

import numpy as np

from sim.negotiation.agenda import Agenda, Places

__all__ = ["Table"]


class Table:
    """The last text each party, or a mediator, put forward in public.

    Parameters
    ----------
    agenda : Agenda
        What can be talked about.

    Attributes
    ----------
    agenda : Agenda
        What can be talked about.
    last : dict of str to int
        By who put it forward; places in the agenda.
    order : tuple of str
        Who speaks when, where the protocol has turns.
    turn_of : dict of str to int
        In which turn each party last put something forward, where the protocol has turns.
    """

    def __init__(self, agenda: Agenda) -> None:
        self.agenda = agenda
        self.last: dict[str, int] = {}
        self.order: tuple[str, ...] = ()
        self.turn_of: dict[str, int] = {}
        self._counted: dict[str, int] = {}
        self._changed: set[str] = set()
        self._issues = np.arange(agenda.space.n_issues)
        self._count = np.zeros((agenda.space.n_issues, max(len(row) for row in agenda.space.labels)), dtype=np.int64)

    def put(self, party: str, text: int) -> None:
        """Put a text on the table in place of the party's former one.

        Parameters
        ----------
        party : str
            Who puts it there.
        text : int
            Place in the agenda.
        """
        if self.last.get(party) != text:
            self.last[party] = text
            self._changed.add(party)

    def _recount(self) -> None:
        """Bring the count up to date; only strategies that look for likeness pay for it."""
        for party in self._changed:
            before = self._counted.get(party)
            if before is not None:
                self._count[self._issues, self.agenda.options[before]] -= 1
            self._count[self._issues, self.agenda.options[self.last[party]]] += 1
            self._counted[party] = self.last[party]
        self._changed.clear()

    def likeness(self, texts: Places, party: str) -> Places:
        """Count, over issues, the others' last texts that take the same option.

        Parameters
        ----------
        texts : ndarray of int64, shape (n,)
            Places in the agenda.
        party : str
            Whose own last text does not count.

        Returns
        -------
        ndarray of int64, shape (n,)

        References
        ----------
        Faratin, Sierra & Jennings 2002, Artificial Intelligence 142(2), section 3: trade-offs by similarity
        to the other side's last offer.
        """
        self._recount()
        options = self.agenda.options[texts]
        like: Places = self._count[self._issues, options].sum(axis=1)
        own = self.last.get(party)
        if own is not None:
            like = like - (options == self.agenda.options[own]).sum(axis=1)
        return like
