"""The strategies, by the name used in ``parties.<party>.strategy.name``."""

from __future__ import annotations

from sim.negotiation.belief_based import BeliefBased
from sim.negotiation.rational import Rational
from sim.negotiation.strategy import Strategy
from sim.negotiation.time_dependent import (
    AspirationBoulware,
    AspirationConceder,
    AspirationLinear,
    Boulware,
    Conceder,
    Linear,
)
from sim.negotiation.tit_for_tat import TitForTat

__all__ = ["STRATEGIES"]

STRATEGIES: dict[str, type[Strategy]] = {
    "boulware": Boulware,
    "linear": Linear,
    "conceder": Conceder,
    "belief-based": BeliefBased,
    "rational": Rational,
    "tit-for-tat": TitForTat,
    "aspiration-boulware": AspirationBoulware,
    "aspiration-linear": AspirationLinear,
    "aspiration-conceder": AspirationConceder,
}
