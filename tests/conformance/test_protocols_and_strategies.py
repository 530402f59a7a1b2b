"""What every protocol must keep with every strategy."""

from __future__ import annotations

import json

import numpy as np
import pytest

import sim
from sim.after.terms import Terms
from sim.negotiation.acceptance import ACCEPTANCE
from sim.negotiation.model import negotiate
from sim.negotiation.protocols import PROTOCOLS
from sim.negotiation.strategies import STRATEGIES

DEADLINE = 14
ISSUES = {"ground": 4, "force": 3, "money": 3, "order": 3}
PARTIES = ("delta", "alpha", "charlie", "bravo")


def scenario(protocol: str, strategy: str, *, acceptance: str = "next", reverse: bool = False, **talks) -> sim.Scenario:
    rng = np.random.default_rng(5)
    issues = {
        name: {"title": name.title(), "options": {f"o{k}": f"{name} {k}" for k in range(n)}}
        for name, n in ISSUES.items()
    }
    parties = {}
    for place, party in enumerate(PARTIES):
        values = {
            name: {
                f"o{k}": {"value": float(v), "low": max(0.0, v - 0.1), "high": min(1.0, v + 0.1)}
                for k, v in enumerate(np.round(rng.random(n), 3))
            }
            for name, n in ISSUES.items()
        }
        parties[party] = {
            "title": party.title(),
            "salience": {name: float(np.round(rng.random() + 0.2, 3)) for name in ISSUES},
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
    return sim.scenario_from_text(json.dumps({**text, "negotiation": talks}))


CASES = [(p, s) for p in sorted(PROTOCOLS) for s in sorted(STRATEGIES)]
every_case = pytest.mark.parametrize(("protocol", "strategy"), CASES)


def worlds(given: sim.Scenario, n: int = 6) -> list[Terms]:
    return [Terms.of(sim.draw_world(given, 0, index)) for index in range(n)]


@every_case
def test_talks_end_by_the_deadline_and_sign_nothing_a_signer_must_refuse(protocol: str, strategy: str) -> None:
    for terms in worlds(scenario(protocol, strategy)):
        outcome = negotiate(terms, 0)
        assert 1 <= outcome.rounds <= DEADLINE
        if outcome.agreement is None:
            assert outcome.refusal is not None and outcome.reason
            continue
        assert outcome.refusal is None
        assert terms.space.signable[outcome.agreement]
        needed = {p for k, p in enumerate(terms.parties) if terms.payoffs.must_sign[outcome.agreement, k]}
        assert set(outcome.signers) == needed
        for party in outcome.signers:
            column = terms.payoffs.column(party)
            assert terms.payoffs.acceptable[outcome.agreement, column]
            # Nor below no deal once the audience has been paid.
            assert outcome.margins[column] - outcome.audience_costs[column] >= 0


@every_case
def test_the_same_seed_gives_the_same_outcome(protocol: str, strategy: str) -> None:
    for terms in worlds(scenario(protocol, strategy), 3):
        assert negotiate(terms, 3, trace=True) == negotiate(terms, 3, trace=True)


@every_case
def test_the_order_of_a_file_does_not_matter(protocol: str, strategy: str) -> None:
    one, other = scenario(protocol, strategy), scenario(protocol, strategy, reverse=True)
    for a, b in zip(worlds(one, 3), worlds(other, 3), strict=True):
        assert negotiate(a, 1, trace=True) == negotiate(b, 1, trace=True)


@every_case
def test_a_trace_does_not_change_the_talks(protocol: str, strategy: str) -> None:
    for terms in worlds(scenario(protocol, strategy), 3):
        plain, traced = negotiate(terms, 2), negotiate(terms, 2, trace=True)
        assert (plain.agreement, plain.rounds, plain.signers) == (traced.agreement, traced.rounds, traced.signers)


@pytest.mark.parametrize("strategy", sorted(STRATEGIES))
def test_a_quota_signs_with_that_many_and_every_veto(strategy: str) -> None:
    given = scenario("random_proposer", strategy, quota=2, veto=["charlie"])
    signed = 0
    for terms in worlds(given, 8):
        outcome = negotiate(terms, 0)
        if outcome.agreement is not None:
            signed += 1
            assert len(outcome.signers) >= 2 and "charlie" in outcome.signers
            assert all(terms.payoffs.acceptable[outcome.agreement, terms.payoffs.column(p)] for p in outcome.signers)
    assert signed or strategy == "tit-for-tat"


@pytest.mark.parametrize("acceptance", sorted(ACCEPTANCE))
@pytest.mark.parametrize("protocol", sorted(PROTOCOLS))
def test_every_acceptance_rule_goes_with_every_protocol(protocol: str, acceptance: str) -> None:
    for terms in worlds(scenario(protocol, "linear", acceptance=acceptance), 3):
        outcome = negotiate(terms, 0)
        if outcome.agreement is not None:
            assert all(terms.payoffs.acceptable[outcome.agreement, terms.payoffs.column(p)] for p in outcome.signers)


def test_some_talks_succeed_under_every_protocol_with_time_dependent_strategies() -> None:
    # Otherwise the kit would prove nothing of what is signed.
    for protocol in PROTOCOLS:
        outcomes = [negotiate(terms, 0) for terms in worlds(scenario(protocol, "linear"), 12)]
        assert any(outcome.agreement is not None for outcome in outcomes), protocol
