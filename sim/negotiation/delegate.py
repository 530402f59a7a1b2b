"""A party's delegate: the Mesa agent that speaks for it and keeps its payoffs to itself."""

from __future__ import annotations

from copy import copy

import mesa

from sim.agreements.payoffs import SCALE
from sim.negotiation.acceptance import ACCEPTANCE, COMPARING, Asking
from sim.negotiation.agenda import Places
from sim.negotiation.clock import Clock
from sim.negotiation.private import PrivatePayoffs
from sim.negotiation.strategies import STRATEGIES
from sim.negotiation.strategy import Settings, Strategy
from sim.negotiation.table import Table

__all__ = ["Delegate"]


class Delegate(mesa.Agent):  # type: ignore[misc]  # mesa ships no types
    """A party at the table.

    It answers questions about texts and puts texts forward. Its payoffs and its strategy have no public
    name, and what it hands to its strategy holds no way to the model or to another delegate.

    Parameters
    ----------
    model : mesa.Model
        The model it lives in.
    own : PrivatePayoffs
        Its party's payoffs.
    settings : Settings
        How its party bargains.
    table : Table
        What lies open to everyone.

    Attributes
    ----------
    party : str
        Whom it speaks for.
    listens : bool
        Whether it wants to be told of offers, answers and critiques.
    compares_offers : bool
        Whether it weighs an offer against its own next one.
    last_asked : int or None
        The least net worth it was last ready to accept, in units of 1e-9; None before it was asked.
    """

    def __init__(self, model: mesa.Model, own: PrivatePayoffs, settings: Settings, table: Table) -> None:
        super().__init__(model)
        self.party = own.party
        self.last_asked: int | None = None
        self.__own = own
        # A strategy that changes what it was given changes nothing about what this delegate signs.
        self.__shown = copy(own)
        self.__strategy: Strategy = STRATEGIES[settings.name](self.__shown, settings, table)
        self.__rule = ACCEPTANCE[self.__strategy.acceptance or settings.acceptance]
        self.__settings = settings
        self.__always_needed = bool(own.needed.all())
        self.__level: tuple[int, int] = (-1, 0)
        self.listens = self.__strategy.listens
        self.compares_offers = self.__rule in COMPARING

    @property
    def demand(self) -> float | None:
        """The least worth it last asked for, from 0 to 1 on its own scale; None before it was asked."""
        return None if self.last_asked is None else self.last_asked / SCALE

    # --- answers --------------------------------------------------------------------------------------

    def needed(self, text: int) -> bool:
        """Return whether a text needs this party's signature."""
        return self.__always_needed or bool(self.__own.needed[text])

    def accepts(self, text: int, now: Clock, instead: int | None = None) -> bool:
        """Return whether it says yes to a text now.

        It never does below its floor or across a real red line of its own.

        Parameters
        ----------
        text : int
            Place in the agenda.
        now : Clock
            The round.
        instead : int, optional
            The text it would put forward instead, where the protocol has offers.

        Returns
        -------
        bool
        """
        return int(self.__own.net[text]) >= self.asked(now, instead)

    def would_sign(self, text: int) -> bool:
        """Return whether it would sign a text if it were the last word: worth at least its floor, no line crossed."""
        return int(self.__own.net[text]) >= self.__own.floor

    def asked(self, now: Clock, instead: int | None = None) -> int:
        """Return the least net worth it says yes to now: told to the protocol, never to other delegates.

        Parameters
        ----------
        now : Clock
            The round.
        instead : int, optional
            The text it would put forward instead, where the protocol has offers.

        Returns
        -------
        int
            In units of 1e-9; never below its floor.
        """
        if instead is None and self.__level[0] == now.round:
            return self.__level[1]
        demand = self.__strategy.demand(now)
        floor = self.__own.floor
        own_next = demand if instead is None else int(self.__own.net[instead])
        asking = Asking(demand, own_next, floor, self.__settings.accept_level, self.__settings.accept_time)
        self.last_asked = asked = max(self.__rule(asking, now), floor)
        if instead is None:
            self.__level = (now.round, asked)
        return asked

    def favourite_among(self, texts: Places) -> int:
        """Return the text it likes best of some, of equals the lowest place: a mediator's own choice.

        Parameters
        ----------
        texts : ndarray of int64, shape (n,)
            Places in the agenda; at least one.

        Returns
        -------
        int
            One of them.
        """
        net = self.__own.net[texts]
        return int(texts[net == net.max()].min())

    # --- offers ---------------------------------------------------------------------------------------

    def propose(self, now: Clock) -> int | None:
        """Return the text it puts forward now.

        Parameters
        ----------
        now : Clock
            The round.

        Returns
        -------
        int or None
            Place of a text it could sign itself; None where it could sign none.
        """
        text = self.__strategy.propose(now)
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
        """Take in that no deal is now worth so much to it, in units of 1e-9."""
        self.__own.reservation = self.__shown.reservation = reservation

    def beliefs(self) -> dict[str, float]:
        """Return what it believes of others, for the trace."""
        return dict(self.__strategy.beliefs())
