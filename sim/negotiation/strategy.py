"""What a strategy is: what a delegate asks for, and what it puts forward, as time goes by.

By default it puts forward one of its own texts just above its demand (by a tenth of its way from best text
to floor at most), the one most like what the others last put forward; of equals the one nearest its
demand, then the lowest place.

A new strategy is a class of some twenty lines that derives from `Strategy` and returns a ``demand``. It stands in a
package of its own, which names it as an entry point (see docs/how-to/new-strategy.md).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from sim.negotiation.beliefs import PublicModel
from sim.negotiation.clock import Clock
from sim.negotiation.equilibrium import CommonKnowledge
from sim.negotiation.private import PrivatePayoffs
from sim.negotiation.table import Table

__all__ = ["Settings", "Strategy"]


@dataclass(frozen=True, slots=True)
class Settings:
    """How a party's strategy is set, with the numbers of a world.

    Attributes
    ----------
    name : str
        The strategy's name.
    exponent : float or None
        β; None for the strategy's own.
    opening : float
        κ.
    acceptance : str
        Name of the acceptance rule.
    accept_time : float
        From when on it accepts whatever it can sign, as a share of the talks; for rules that look at the time.
    accept_level : int
        In units of 1e-9.
    protocol : str
        The protocol's name.
    seed : int
        32 bits, for what a strategy draws.
    common : CommonKnowledge or None
        Everybody's payoffs, where the scenario says ``information: complete``.
    public : PublicModel or None
        What everybody can know of everybody: the scenario's ranges.
    """

    name: str = "boulware"
    exponent: float | None = None
    opening: float = 0.0
    acceptance: str = "demand"
    accept_time: float = 1.0
    accept_level: int = 0
    protocol: str = ""
    seed: int = 0
    common: CommonKnowledge | None = None
    public: PublicModel | None = None


class Strategy:
    """What every strategy is: a demand, and a text to put forward.

    A strategy sees its party's own payoffs, what lies on the public table, and what it is told over open
    channels; nothing else.

    Parameters
    ----------
    own : PrivatePayoffs
        Its own party's payoffs, and nobody else's.
    settings : Settings
        How it is set.
    table : Table
        What is public.

    Attributes
    ----------
    listens : bool
        Whether it wants to be told of offers, answers and critiques.
    needs_public_model : bool
        Whether it forms beliefs from the scenario's ranges.
    acceptance : str or None
        Its own acceptance rule, where it goes with no other.
    band : int
        How many of its own texts above its demand it chooses from.
    """

    listens: ClassVar[bool] = False
    acceptance: ClassVar[str | None] = None
    needs_public_model: ClassVar[bool] = False
    band: ClassVar[int] = 200

    def __init__(self, own: PrivatePayoffs, settings: Settings, table: Table) -> None:
        self.own = own
        self.settings = settings
        self.table = table

    def demand(self, now: Clock) -> int:
        """Return the least net worth it asks for now, in units of 1e-9."""
        raise NotImplementedError

    def propose(self, now: Clock) -> int | None:
        """Return the text it puts forward; None where it could sign none.

        Parameters
        ----------
        now : Clock
            The round.

        Returns
        -------
        int or None
            Place in the agenda.
        """
        own = self.own
        level = min(self.demand(now), own.best)
        texts = own.band_at(level, level + (own.best - own.floor) // 10, self.band)
        if len(texts) == 0:
            return None
        like = self.table.likeness(texts, own.party)
        texts = texts[like == like.max()]
        worth = own.net[texts]
        return int(texts[worth == worth.min()].min())

    def hear_offer(self, now: Clock, party: str, text: int) -> None:
        """Take in that a party put a text forward."""

    def hear_answer(self, now: Clock, party: str, text: int, accepted: bool) -> None:
        """Take in that a party accepted or refused a text."""

    def hear_critique(self, now: Clock, party: str, text: int, wanted: int) -> None:
        """Take in that a party would rather have another text that differs in one issue."""

    def beliefs(self) -> Mapping[str, float]:
        """Return what it believes of others, for the trace: a probability or level by a telling name."""
        return {}
