"""Parley, a simulator of negotiations: which agreements are stable, and under which assumptions.

The question is always the same: which peace agreements are stable, under which assumptions, and how do we know?

The names below are the public face; each is loaded when it is first used (PEP 562), so that
``parley --help`` stays quick.

Examples
--------
>>> import sim
>>> scenario = sim.read_scenario("scenarios/berlin-2025/scenario.yaml")
>>> payoffs = sim.Payoffs.of(scenario)
>>> len(payoffs.zone_of_agreement())
0
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

_HOMES = {
    "AgreementSpace": "sim.agreements.space",
    "Design": "sim.sweeps.design",
    "Run": "sim.run",
    "assess": "sim.stability.assess",
    "compare": "sim.results.compare",
    "load": "sim.results.store",
    "simulate": "sim.run",
    "sweep": "sim.sweeps.results",
    "Payoffs": "sim.agreements.payoffs",
    "Scenario": "sim.domain.scenario",
    "ScenarioError": "sim.errors",
    "SimError": "sim.errors",
    "Terms": "sim.after.terms",
    "World": "sim.domain.world",
    "central_world": "sim.domain.world",
    "draw_world": "sim.domain.world",
    "read_scenario": "sim.domain.reader",
    "scenario_from_text": "sim.domain.reader",
    "with_settings": "sim.domain.reader",
}

__all__ = sorted([*_HOMES, "__version__"])
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'sim' has no attribute {name!r}")


def __dir__() -> list[str]:
    return list(__all__)
