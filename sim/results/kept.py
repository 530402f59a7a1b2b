"""Scenarios as results keep them."""

from __future__ import annotations

import json

from sim.domain.reader import scenario_from_text
from sim.domain.scenario import Scenario

__all__ = ["alone"]


def alone(text: str, name: str = "") -> Scenario:
    """Read a scenario from a manifest, without its rival codings, whose files may be elsewhere.

    Parameters
    ----------
    text : str
        As kept in the manifest.
    name : str
        For errors.

    Returns
    -------
    Scenario

    Examples
    --------
    >>> import sim
    >>> from sim.results.batch import scenario_text
    >>> berlin = sim.read_scenario("scenarios/berlin-2025/scenario.yaml")
    >>> alone(scenario_text(berlin)).name
    'berlin-2025'
    """
    data = json.loads(text)
    data.pop("codings", None)
    return scenario_from_text(json.dumps(data, ensure_ascii=False), file=name)
