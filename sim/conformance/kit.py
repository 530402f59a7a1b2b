"""The scenario that the conformance kit negotiates: four parties, four issues, declared and hard red lines."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from sim.after.terms import Terms
from sim.domain.reader import scenario_from_text
from sim.domain.scenario import Scenario
from sim.domain.world import draw_world

__all__ = ["DEADLINE", "scenario", "worlds"]

#: Rounds of the kit's talks.
DEADLINE = 14
_ISSUES = {"ground": 4, "force": 3, "money": 3, "order": 3}
_PARTIES = ("delta", "alpha", "charlie", "bravo")


def scenario(
    protocol: str, strategy: str, *, acceptance: str = "next", reverse: bool = False, **talks: Any
) -> Scenario:
    """Return the kit's scenario.

    Parameters
    ----------
    protocol, strategy, acceptance : str
        By which all parties talk.
    reverse : bool
        Whether parties and issues stand in the file the other way round, which must change nothing.
    **talks
        Further keys of ``negotiation``.

    Returns
    -------
    Scenario

    Examples
    --------
    >>> given = scenario("shuttle", "linear")
    >>> given.negotiation.protocol, len(given.parties), given.parties["alpha"].strategy.name
    ('shuttle', 4, 'linear')
    """
    rng = np.random.default_rng(5)
    issues = {
        name: {"title": name.title(), "options": {f"o{k}": f"{name} {k}" for k in range(n)}}
        for name, n in _ISSUES.items()
    }
    parties = {}
    for place, party in enumerate(_PARTIES):
        values = {
            name: {
                f"o{k}": {"value": float(v), "low": max(0.0, v - 0.1), "high": min(1.0, v + 0.1)}
                for k, v in enumerate(np.round(rng.random(n), 3))
            }
            for name, n in _ISSUES.items()
        }
        parties[party] = {
            "title": party.title(),
            "salience": {name: float(np.round(rng.random() + 0.2, 3)) for name in _ISSUES},
            "utility": values,
            "no_deal": {"reservation": {"value": 0.42, "low": 0.3, "high": 0.5}},
            "audience_cost": 0.02,
            "red_lines": [
                {"issue": "ground", "options": [f"o{place}"], "kind": "declared", "p_real": 0.5},
                *([{"issue": "force", "options": ["o0"], "kind": "hard"}] if place == 0 else []),
            ],
            "strategy": {"name": strategy, "acceptance": acceptance},
        }
    if reverse:
        issues, parties = dict(reversed(issues.items())), dict(reversed(parties.items()))
    talks = {"protocol": protocol, "deadline": DEADLINE, "closed_channels": [["alpha", "bravo"]], **talks}
    if strategy == "rational":
        talks["information"] = "complete"
    text = {"schema": 1, "name": "kit", "title": "Kit", "as_of": "2025", "issues": issues, "parties": parties}
    return scenario_from_text(json.dumps({**text, "negotiation": talks}))


def worlds(given: Scenario, n: int = 6) -> list[Terms]:
    """Return the terms of the first worlds of a scenario.

    Parameters
    ----------
    given : Scenario
        Whose numbers are drawn.
    n : int
        How many worlds.

    Returns
    -------
    list of Terms

    Examples
    --------
    >>> [terms.world.index for terms in worlds(scenario("shuttle", "linear"), 3)]
    [0, 1, 2]
    """
    return [Terms.of(draw_world(given, 0, index)) for index in range(n)]
