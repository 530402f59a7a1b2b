"""A party's delegate: the Mesa agent that speaks for it and keeps its payoffs to itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import mesa
import numpy as np
from numpy.typing import NDArray

from sim.negotiation.acceptance import ACCEPTANCE, Asking
from sim.negotiation.agenda import Places
from sim.negotiation.clock import Clock
from sim.negotiation.private import PrivatePayoffs
from sim.negotiation.strategies import STRATEGIES, Settings, Strategy
from sim.negotiation.table import Table

if TYPE_CHECKING:
    from sim.negotiation.model import Talks

__all__ = ["Delegate"]


class Delegate(mesa.Agent):  # type: ignore[misc]
    """A party at the table.

    It answers questions about texts and puts texts forward. Its payoffs and its strategy have no public
    name, and what it hands to its strategy holds no way to the model or to another delegate.

    Parameters
    ----------
    model : Talks
    own : PrivatePayoffs
        Its party's payoffs.
    settings : Settings

    Attributes
    ----------
    party : str
    listens : bool
        Whether it wants to be told of offers, answers and critiques.
    """

    def __init__(self, model: Talks, own: PrivatePayoffs, settings: Settings) -> None:
        super().__init__(model)
        self.party = own.party
        self.__own = own
        self.__strategy: Strategy = STRATEGIES[settings.name](own, settings)
        self.__rule = ACCEPTANCE[settings.acceptance]
        self.__settings = settings
        self.__always_needed = bool(own.needed.all())
        self.__level: tuple[int, int] = (-1, 0)
        self.listens = self.__strategy.listens

    # --- answers --------------------------------------------------------------------------------------

    def needed(self, text: int) -> bool:
        """Return whether a text needs this party's signature."""
        return self.__always_needed or bool(self.__own.needed[text])

    def accepts(self, text: int, now: Clock, instead: int | None = None) -> bool:
        """Return whether it says yes to a text now.

        Parameters
        ----------
        text : int
            Place in the agenda.
        now : Clock
        instead : int, optional
            The text it would put forward instead, where the protocol has offers.

        Returns
        -------
        bool
            Never true below its floor or across a real line of its own.
        """
        return int(self.__own.net[text]) >= self.__asked(now, instead)

    def __asked(self, now: Clock, instead: int | None = None) -> int:
        if instead is None and self.__level[0] == now.round:
            return self.__level[1]
        demand = self.__strategy.demand(now)
        own_next = demand if instead is None else int(self.__own.net[instead])
        floor = self.__own.floor
        asking = Asking(demand, own_next, floor, self.__settings.accept_level, self.__settings.accept_time)
        asked = max(self.__rule(asking, now), floor)
        if instead is None:
            self.__level = (now.round, asked)
        return asked

    def sound(self, texts: Places, text: int, now: Clock) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Answer a mediator in confidence: which texts it would say yes to, and which it likes better.

        Parameters
        ----------
        texts : ndarray of int64, shape (n,)
            Places in the agenda.
        text : int
            The text as it stands.
        now : Clock

        Returns
        -------
        yes, better : ndarray of bool, shape (n,)
        """
        net = self.__own.net[texts]
        yes = net >= self.__asked(now)
        better = net > self.__own.net[text]
        if not self.__always_needed:
            yes |= ~self.__own.needed[texts]
        return yes, better

    def prefers(self, texts: Places) -> Places:
        """Return the rank it gives to each of some texts, 0 for the one it likes least.

        Used for a mediator's own drafts; ties take the same rank.
        """
        return np.unique(self.__own.net[texts], return_inverse=True)[1].astype(np.int64)

    def critique(self, near: Places, text: int) -> int | None:
        """Return the change of one issue it wants most, as the text it leads to; None where none helps.

        Parameters
        ----------
        near : ndarray of int64, shape (n,)
            Texts that differ in one issue.
        text : int
            The text as it stands.

        Returns
        -------
        int or None
        """
        if len(near) == 0:
            return None
        net = self.__own.net[near]
        best = int(net.argmax())
        return int(near[best]) if net[best] > self.__own.net[text] else None

    # --- offers ---------------------------------------------------------------------------------------

    def propose(self, now: Clock, table: Table) -> int | None:
        """Return the text it puts forward now; None where it could sign none.

        Parameters
        ----------
        now : Clock
        table : Table

        Returns
        -------
        int or None
            A text it could sign itself.
        """
        text = self.__strategy.propose(now, table)
        return None if text is None or int(self.__own.net[text]) < self.__own.floor else text

    # --- hearing --------------------------------------------------------------------------------------

    def hear_offer(self, now: Clock, party: str, text: int) -> None:
        """Be told that a party put a text forward."""
        self.__strategy.hear_offer(now, party, text)

    def hear_answer(self, now: Clock, party: str, text: int, accepted: bool) -> None:
        """Be told that a party accepted or refused a text."""
        self.__strategy.hear_answer(now, party, text, accepted)

    def hear_critique(self, now: Clock, party: str, text: int, wanted: int) -> None:
        """Be told which change of one issue a party wants."""
        self.__strategy.hear_critique(now, party, text, wanted)

    def told_no_deal(self, reservation: int) -> None:
        """Take in that its own worth of no deal has moved.

        Parameters
        ----------
        reservation : int
            r_i now, in units of 1e-9.
        """
        self.__own.reservation = reservation

    def beliefs(self) -> dict[str, float]:
        """Return what it believes of others, for the trace."""
        return dict(self.__strategy.beliefs())
