"""Parley, a simulator of negotiations: which agreements are stable, and under which assumptions.

The question is always the same: which peace agreements are stable, under which assumptions, and how do we know?

The names below are the public face. Each is loaded when it is first used (PEP 562), so that
``parley --help`` stays quick. Editors and type checkers read the imports under ``TYPE_CHECKING`` instead.

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
from typing import TYPE_CHECKING

__version__ = "0.2.0"

__all__ = [
    "AftermathModel",
    "AgreementSpace",
    "Design",
    "NegotiationModel",
    "Payoffs",
    "Run",
    "Scenario",
    "ScenarioError",
    "SimError",
    "Terms",
    "World",
    "__version__",
    "assess",
    "central_world",
    "compare",
    "draw_world",
    "load",
    "read_scenario",
    "scenario_from_data",
    "scenario_from_text",
    "simulate",
    "sweep",
    "with_settings",
]

if TYPE_CHECKING:
    # The same names as in `_HOMES`, from the same modules: a test holds the two lists equal.
    from sim.after.terms import Terms
    from sim.agreements.payoffs import Payoffs
    from sim.agreements.space import AgreementSpace
    from sim.compliance.model import AftermathModel
    from sim.domain.reader import read_scenario, scenario_from_data, scenario_from_text, with_settings
    from sim.domain.scenario import Scenario
    from sim.domain.world import World, central_world, draw_world
    from sim.errors import ScenarioError, SimError
    from sim.negotiation.model import NegotiationModel
    from sim.results.compare import compare
    from sim.results.store import load
    from sim.run import Run, simulate
    from sim.stability.assess import assess
    from sim.sweeps.design import Design
    from sim.sweeps.results import sweep

else:
    #: Where each public name lives.
    _HOMES = {
        "AftermathModel": "sim.compliance.model",
        "AgreementSpace": "sim.agreements.space",
        "Design": "sim.sweeps.design",
        "NegotiationModel": "sim.negotiation.model",
        "Payoffs": "sim.agreements.payoffs",
        "Run": "sim.run",
        "Scenario": "sim.domain.scenario",
        "ScenarioError": "sim.errors",
        "SimError": "sim.errors",
        "Terms": "sim.after.terms",
        "World": "sim.domain.world",
        "assess": "sim.stability.assess",
        "central_world": "sim.domain.world",
        "compare": "sim.results.compare",
        "draw_world": "sim.domain.world",
        "load": "sim.results.store",
        "read_scenario": "sim.domain.reader",
        "scenario_from_data": "sim.domain.reader",
        "scenario_from_text": "sim.domain.reader",
        "simulate": "sim.run",
        "sweep": "sim.sweeps.results",
        "with_settings": "sim.domain.reader",
    }

    def __getattr__(name):
        if name in _HOMES:
            return getattr(import_module(_HOMES[name]), name)
        raise AttributeError(f"module 'sim' has no attribute {name!r}")

    def __dir__():
        return list(__all__)
