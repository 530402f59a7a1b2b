"""The protocols, by the name used in ``negotiation.protocol``."""

from __future__ import annotations

from sim.negotiation.alternating import AlternatingOffers
from sim.negotiation.random_proposer import RandomProposer
from sim.negotiation.room import Procedure
from sim.negotiation.shuttle import Shuttle
from sim.negotiation.single_text import AnnealedText, SingleText

__all__ = ["PROTOCOLS", "Procedure"]

PROTOCOLS: dict[str, type[Procedure]] = {
    "alternating_offers": AlternatingOffers,
    "random_proposer": RandomProposer,
    "shuttle": Shuttle,
    "single_text": SingleText,
    "single_text_annealing": AnnealedText,
}
