"""The protocols, by the name used in ``negotiation.protocol``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from sim.negotiation.alternating import AlternatingOffers
from sim.negotiation.clock import Clock
from sim.negotiation.random_proposer import RandomProposer
from sim.negotiation.shuttle import Shuttle
from sim.negotiation.single_text import AnnealedText, SingleText

if TYPE_CHECKING:
    from sim.negotiation.talks import Talks

__all__ = ["PROTOCOLS", "Procedure"]


class Procedure(Protocol):
    """What a protocol is: something that runs one round of talks.

    Attributes
    ----------
    mediated : bool
        Whether a mediator takes part and may press.
    """

    mediated: bool

    def __init__(self, talks: Talks) -> None: ...

    def round(self, talks: Talks, now: Clock) -> None:
        """Run one round."""


PROTOCOLS: dict[str, type[Procedure]] = {
    "alternating_offers": AlternatingOffers,
    "random_proposer": RandomProposer,
    "shuttle": Shuttle,
    "single_text": SingleText,
    "single_text_annealing": AnnealedText,
}
