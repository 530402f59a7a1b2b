"""The protocols, by the name used in ``negotiation.protocol``."""

from __future__ import annotations

from sim.domain import extensions as names
from sim.domain.extensions import Registry
from sim.negotiation.alternating import AlternatingOffers
from sim.negotiation.random_proposer import RandomProposer
from sim.negotiation.room import Procedure
from sim.negotiation.shuttle import Shuttle
from sim.negotiation.single_text import AnnealedText, SingleText

__all__ = ["PROTOCOLS", "Procedure"]

PROTOCOLS: Registry[type[Procedure]] = Registry(
    names.PROTOCOLS,
    {
        "alternating_offers": AlternatingOffers,
        "random_proposer": RandomProposer,
        "shuttle": Shuttle,
        "single_text": SingleText,
        "single_text_annealing": AnnealedText,
    },
    lambda given: isinstance(given, type) and callable(getattr(given, "round", None)) and hasattr(given, "mediated"),
    "a class with 'mediated' and 'round', as sim.negotiation.room.Procedure says",
)
