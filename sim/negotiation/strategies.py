"""The strategies, by the name used in ``parties.<party>.strategy.name``."""

from __future__ import annotations

from sim.domain import extensions as names
from sim.domain.extensions import Registry
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

STRATEGIES: Registry[type[Strategy]] = Registry(
    names.STRATEGIES,
    {
        "boulware": Boulware,
        "linear": Linear,
        "conceder": Conceder,
        "belief-based": BeliefBased,
        "rational": Rational,
        "tit-for-tat": TitForTat,
        "aspiration-boulware": AspirationBoulware,
        "aspiration-linear": AspirationLinear,
        "aspiration-conceder": AspirationConceder,
    },
    lambda given: isinstance(given, type) and issubclass(given, Strategy),
    "a sub-class of sim.negotiation.strategy.Strategy",
)
