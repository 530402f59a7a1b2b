"""The package-tests case as a scenario: four parties, three issues, 18 agreements.

The published case is kept beside the project. It says what should be decided for every package; here
it is only put into the words of a scenario file, so that negotiation, compliance and stability read
the same numbers. How the parts correspond:

- one period of the case is one year, so the lag is 12 months and the annual rate is 1/δ − 1;
- ``temptation`` is the level during the lag, ``renewed`` and ``punished`` are w^N and w^R;
- its guarantors answer each on its own and any one of them suffices: capability 1, required 1, effect
  in full, cost drawn uniformly from 0 to ``cost_max``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

CASE = Path("../shared/cases/package_tests_golden.json")

_ISSUES = ("line", "security", "sanctions")
_GUARANTORS = ("US", "EU")


def golden_case() -> dict[str, Any]:
    """The published case; skips the test where it is absent."""
    if not CASE.is_file():
        pytest.skip(f"published cases are not at {CASE.parent}")
    case: dict[str, Any] = json.loads(CASE.read_text(encoding="utf-8"))
    return case


def golden_text(case: Mapping[str, Any]) -> str:
    """The text of the scenario (JSON is YAML)."""
    issues = {issue: [str(option) for option in case["issues"][issue]] for issue in _ISSUES}
    security = issues["security"]

    def by_security(number: Any) -> dict[str, Any]:
        return {"security": dict.fromkeys(security, number)}

    parties: dict[str, Any] = {}
    for party in case["parties"]:
        given = case["utilities"][party]
        utility: dict[str, dict[str, float]] = {}
        for issue, options in issues.items():
            values = given[issue]
            row = values if isinstance(values, list) else [values[option] for option in options]
            utility[issue] = dict(zip(options, row, strict=True))
        record: dict[str, Any] = {
            "title": party,
            "salience": dict(zip(_ISSUES, given["weights"], strict=True)),
            "utility": utility,
            "no_deal": {"reservation": case["war"][party]},
            "discount_rate": 1 / case["delta"][party] - 1,
        }
        if party in case["temptation"]:
            record["after"] = {
                "respite": case["renewed"][party] - case["war"][party],
                "level_during_lag": case["temptation"][party],
                "response": {"violator_always": case["punished"][party] - case["renewed"][party]},
            }
        if party in _GUARANTORS:
            cost = {"value": case["cost_max"] / 2, "low": 0.0, "high": case["cost_max"], "dist": "uniform"}
            record["guarantor"] = {
                "stake_by": {"security": case["stakes"][party]},
                "cost": by_security(cost),
                "capability": by_security(1.0),
            }
        parties[party] = record
    parties["UA"]["after"]["response_probability"] = case["ua_defection_response"]
    power = case["power"]
    return json.dumps(
        {
            "schema": 1,
            "name": "golden",
            "title": "Package tests, worked out",
            "as_of": "2025",
            "issues": {
                issue: {"title": issue, "options": {option: option for option in options}}
                for issue, options in issues.items()
            },
            "parties": parties,
            "negotiation": {"protocol": "single_text", "deadline": 52},
            "compliance": {
                "violators": ["UA", "RU"],
                "protected": ["UA"],
                "response_lag": {"always": 12},
                "reliability": {"probability": {"security": case["response_probability"]}},
                "guarantees": {
                    "members": list(_GUARANTORS),
                    "order": "listed",
                    "effect": "full",
                    "required": by_security(1.0),
                },
                "power_shift": {
                    "rising": "RU",
                    "declining": "UA",
                    "probability": power["p0"],
                    "change_by": {"security": power["shift"]},
                    "destroyed": power["war_destruction"],
                    "discount": power["delta"],
                },
            },
            "stability": {"coalitions": case["coalitions"]},
        }
    )


def golden_index(terms_or_payoffs: Any, package: Mapping[str, Any]) -> int:
    """The index of one of the case's packages in the space of anything that has one."""
    space = terms_or_payoffs.space
    return int(space.index_of({issue: str(option) for issue, option in package["package"].items()}))
