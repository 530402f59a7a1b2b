"""Every protocol with every strategy, every stability test and every forecast, held to the conformance kit."""

from __future__ import annotations

import pytest

from sim.baselines.forecasts import FORECASTS
from sim.conformance import check_forecast, check_stability_test, scenario, worlds
from sim.conformance.talks import TALKS
from sim.negotiation.acceptance import ACCEPTANCE
from sim.negotiation.model import negotiate
from sim.negotiation.protocols import PROTOCOLS
from sim.negotiation.strategies import STRATEGIES
from sim.stability.assess import TESTS


@pytest.mark.parametrize("check", TALKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("strategy", sorted(STRATEGIES))
@pytest.mark.parametrize("protocol", sorted(PROTOCOLS))
def test_talks_keep_what_all_talks_keep(protocol: str, strategy: str, check) -> None:
    check(protocol, strategy)


@pytest.mark.parametrize("name", TESTS)
def test_a_stability_test_keeps_what_all_keep(name: str) -> None:
    check_stability_test(name)


@pytest.mark.parametrize("name", FORECASTS)
def test_a_forecast_keeps_what_all_keep(name: str) -> None:
    check_forecast(name)


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
