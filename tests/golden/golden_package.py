"""The package-tests case as a scenario: four parties, three issues, 18 agreements.

The case stands in `packages.yaml`, with what should be decided for every package. Here it is put into the words of a
scenario file, so that negotiation, compliance and stability read the same numbers. How the parts correspond:

- one period of the case is one year, so the lag is 12 months and the annual rate is 1/δ − 1;
- ``temptation`` is the level during the lag, ``renewed`` and ``punished`` are w^N and w^R;
- its guarantors answer each on its own and any one of them suffices: capability 1, required 1, effect
  in full, cost drawn uniformly from 0 to ``cost_max``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import yaml

_ISSUES = ("line", "security", "sanctions")
_GUARANTORS = ("US", "EU")
_TESTS = (
    "T1_individual_rationality",
    "T2_pareto",
    "T3_unanimity_winset_empty",
    "T4_coalition_core",
    "T5_self_enforcement",
    "T6_power_shift",
    "T7_guarantor_credibility",
)


@cache
def golden_case() -> dict[str, Any]:
    """The case: the model, and of each package what its tests should say."""
    with (Path(__file__).parent / "packages.yaml").open(encoding="utf-8") as stream:
        given: dict[str, Any] = yaml.safe_load(stream)
    issues, parties = given["issues"], given["parties"]
    options = [list(choice) for choice in product(*issues.values())]

    def by_security(row: list[float]) -> dict[str, float]:
        return dict(zip(issues["security"], row, strict=True))

    def of(numbers: list[int]) -> list[list[Any]]:
        return [options[number - 1] for number in numbers]

    def entry(number: int, row: dict[str, Any]) -> dict[str, Any]:
        utility = dict(zip(parties, row["utility"], strict=True))
        rising, falling, limit = row["power"]
        us, eu, joint, assumed = row["guarantors"]
        tests: dict[str, Any] = {
            "T1_individual_rationality": {"margin": {p: utility[p] - parties[p]["war"] for p in parties}},
            "T2_pareto": {"dominated_by": of(row["dominated_by"])},
            "T3_unanimity_winset_empty": {"winset": of(row["better_for_all"])},
            "T4_coalition_core": {"deviations": [(m.split(), p) for m, n in row["leaves"].items() for p in of(n)]},
            "T5_self_enforcement": {"margin": dict(zip(("UA", "RU"), row["keeps"], strict=True))},
            "T6_power_shift": {"RU_rising": rising, "UA_rising": falling, "limit": limit},
            "T7_guarantor_credibility": {"individual": {"US": us, "EU": eu}, "joint": joint, "assumed_in_T5": assumed},
        }
        for place, name in enumerate(_TESTS, 1):
            tests[name]["ok"] = place in row["passes"]
        tests["stable"] = len(row["passes"]) == len(_TESTS)
        tests["critical_guarantee_credibility_RU"] = row["critical"]
        return {"package": dict(zip(issues, options[number - 1], strict=True)), "utility": utility, "tests": tests}

    return given | {
        "utilities": {party: {k: spec[k] for k in ("weights", *issues)} for party, spec in parties.items()},
        **{
            key: {party: spec[key] for party, spec in parties.items() if key in spec}
            for key in ("war", "delta", "temptation", "renewed", "punished")
        },
        "stakes": {party: by_security(spec["stakes"]) for party, spec in parties.items() if "stakes" in spec},
        "response_probability": by_security(given["response_probability"]),
        "power": given["power"] | {"shift": by_security(given["power"]["shift"])},
        "packages": [entry(number, row) for number, row in given["packages"].items()],
    }


def golden_text(case: Mapping[str, Any]) -> str:
    """The text of the scenario (JSON is YAML)."""
    issues = {issue: [str(option) for option in case["issues"][issue]] for issue in _ISSUES}
    security = issues["security"]

    def by_security(number: Any) -> dict[str, Any]:
        return {"security": dict.fromkeys(security, number)}

    parties: dict[str, Any] = {}
    for party in case["parties"]:
        given = case["utilities"][party]
        utility = {issue: dict(zip(options, given[issue], strict=True)) for issue, options in issues.items()}
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
