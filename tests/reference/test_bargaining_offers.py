"""Stacked-alternating-offers traces with time-based strategies, from published bargaining domains."""

import json
from pathlib import Path

import pytest

import sim
from sim.after.terms import Terms
from sim.negotiation.model import negotiate

CASES = Path("../shared/cases/bargaining")
pytestmark = [
    pytest.mark.external,
    pytest.mark.skipif(not CASES.is_dir(), reason="needs ../shared/cases/bargaining beside the project"),
]
STRATEGY = {
    "BoulwareTBNegotiator": "aspiration-boulware",
    "LinearTBNegotiator": "aspiration-linear",
    "ConcederTBNegotiator": "aspiration-conceder",
}


def _labels(case: dict) -> list[list[str]]:
    return [[f"o{k:03d}" for k in range(len(issue["options"]))] for issue in case["issues"]]


def _scenario(case: dict, reserved: list[float], run: dict) -> sim.Scenario:
    names = [f"i{k:03d}" for k in range(len(case["issues"]))]
    labels = _labels(case)
    data = {
        "schema": 1,
        "name": "case",
        "title": case["title"],
        "as_of": "2025",
        "issues": {n: {"title": n, "options": dict.fromkeys(row, "")} for n, row in zip(names, labels, strict=True)},
        "parties": {},
        "negotiation": {"protocol": "alternating_offers", "deadline": run["n_steps"], "opener": "n0"},
    }
    for k, (party, reservation) in enumerate(zip(case["parties"], reserved, strict=True)):
        data["parties"][f"n{k}"] = {
            "title": party["name"],
            "salience": {n: party["weights"][i["name"]] for n, i in zip(names, case["issues"], strict=True)},
            "utility": {
                n: {o: party["values"][i["name"]][real] for o, real in zip(row, i["options"], strict=True)}
                for n, i, row in zip(names, case["issues"], labels, strict=True)
            },
            "no_deal": {"reservation": reservation},
            "strategy": {"name": STRATEGY[run["negotiators"][k]], "acceptance": "demand"},
        }
    return sim.scenario_from_text(json.dumps(data))


def _untied() -> list[tuple[str, int, int]]:
    found = []
    for path in sorted(CASES.glob("*.json")):
        case = json.loads(path.read_text())
        if not case["own_utility_ties"]:
            for v, variant in enumerate(case["variants"]):
                found += [(path.stem, v, r) for r in range(len(variant["sao_runs"]))]
    return found


@pytest.mark.parametrize(("name", "variant", "run"), _untied() if CASES.is_dir() else [])
def test_traces_are_reproduced_where_no_utilities_tie(name: str, variant: int, run: int) -> None:
    case = json.loads((CASES / f"{name}.json").read_text())
    given = case["variants"][variant]
    expected = given["sao_runs"][run]
    terms = Terms.of(_scenario(case, given["reserved_values"], expected))
    outcome = negotiate(terms, seed=0, trace=True)
    # Labels are padded, so that our order of agreements is the row-major order of the case.
    assert terms.space.n_agreements == case["n_outcomes"]
    assert outcome.agreement == expected["agreement"]
    assert outcome.rounds == expected["steps"]
    if "trace" in expected:
        offers = [[e.round - 1, e.party, e.agreement] for e in outcome.trace if e.kind == "offer"]
        # The source overwrites its last entry with the agreement (or leaves it out without one).
        last = len(expected["trace"]) - 1
        assert offers[:last] == expected["trace"][:last]
