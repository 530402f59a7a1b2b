"""What can be signed has one meaning, whoever asks: commands, stability, the talks and the months after."""

from __future__ import annotations

import json

import numpy as np
import pytest
from click.testing import CliRunner

import sim
from sim.after.terms import Terms
from sim.agreements.frontier import Frontier
from sim.agreements.zone import Zone
from sim.commands import aftermath, stability, zone
from sim.sweeps.design import PlannedRun
from sim.sweeps.exact import ExactTask

BERLIN = "scenarios/berlin-2025/scenario.yaml"
TUTORIAL = "scenarios/tutorial-two-by-two/scenario.yaml"
RULE = [{"id": "X", "forbid": {"pass": "shared"}, "scope": "signing"}]
AT = (0.65, 0.60, 0.55, 0.50, 0.45, 0.40)


def run(asked, *arguments: str):
    return CliRunner().invoke(asked.command, list(arguments))


@pytest.fixture(scope="module")
def berlin():
    return sim.read_scenario(BERLIN)


@pytest.mark.parametrize(
    ("counted", "sizes"), [(False, (0, 1, 116, 810, 2301, 4116)), (True, (0, 0, 1, 93, 524, 1462))]
)
def test_the_zone_is_the_same_for_every_part_with_and_without_audience_costs(berlin, counted, sizes):
    for reservation, size in zip(AT, sizes, strict=True):
        settings = {"parties.russia.no_deal.reservation": reservation, "negotiation.audience_costs": counted}
        scenario = sim.with_settings(berlin, settings)
        payoffs = Terms.of(scenario).payoffs
        zone = payoffs.zone_of_agreement()
        assert len(zone) == size
        assert np.array_equal(Frontier.of(payoffs).zone, zone)
        assert np.array_equal(Zone.of(payoffs).agreements, zone)
        assert np.array_equal(np.flatnonzero(sim.assess(scenario).test("acceptable").holds), zone)
        assert sim.simulate(scenario, central=True, after=False).zone_size == size
        row = ExactTask({"x": scenario}, drawn=False)(PlannedRun(0, "x", 0, 0, 0, 0, 0, {}))
        assert row["zone"] == row["n.acceptable"] == size


def test_an_agreement_is_worth_its_utility_less_the_bluffs_it_gives_up(berlin):
    world = sim.draw_world(berlin, seed=4, index=2)
    payoffs = Terms.of(world).payoffs
    rng = np.random.default_rng(0)
    for agreement in rng.choice(payoffs.space.n_agreements, 200, replace=False).tolist():
        options = payoffs.space.agreement(agreement)
        for column, party in enumerate(payoffs.parties):
            given_up = sum(
                options[line.issue] == option and (party, line.issue, option) not in world.real_lines
                for line in berlin.parties[party].red_lines
                if line.kind == "declared"
                for option in line.options
            )
            cost = round(world.value(berlin.parties[party].audience_cost) * 1e9) * given_up
            assert payoffs.audience_cost[agreement, column] == cost
            assert payoffs.worth[agreement, column] == payoffs.utility[agreement, column] - cost
    assert (payoffs.audience_cost > 0).any()


def test_talks_end_in_the_zone_that_everybody_else_reads(berlin):
    eased = sim.with_settings(
        berlin, {"parties.russia.no_deal.reservation": 0.3, "negotiation.protocol": "alternating_offers"}
    )
    payoffs = Terms.of(eased).payoffs
    signed = 0
    for replication in range(4):
        found = sim.simulate(eased, seed=1, central=True, replication=replication, after=False)
        assert found.zone_size == len(payoffs.zone_of_agreement())
        if found.outcome.agreement is not None:
            signed += 1
            row = payoffs.margin[found.outcome.agreement]
            assert payoffs.acceptable[found.outcome.agreement, payoffs.must_sign[found.outcome.agreement]].all()
            # One meaning: the run's margins are the talks' own, and those are worth less reservation value.
            assert found.outcome.margins == tuple(row.tolist())
            assert list(found.margins.values()) == pytest.approx((row / 1e9).tolist())
    assert signed


def test_where_parties_foresee_what_follows_the_run_counts_the_zone_that_the_terms_have():
    two = sim.read_scenario(TUTORIAL)
    foreseeing = sim.with_settings(two, {"compliance.anticipation": "subgame-perfect"})
    terms = Terms.of(foreseeing)
    assert terms.payoffs.zone_of_agreement().tolist() == [1, 2, 3]
    assert sim.simulate(foreseeing, central=True).zone_size == 3
    assert sim.simulate(two, central=True).zone_size == 2
    with pytest.raises(sim.errors.ModelError, match="foresee what follows"):
        sim.Payoffs.of(foreseeing).zone_of_agreement()


def test_a_rule_of_scope_signing_is_heard_by_every_part(tmp_path):
    ruled = sim.with_settings(sim.read_scenario(TUTORIAL), {"constraints": RULE})
    found = sim.assess(ruled)
    shared = found.terms.space.has("pass", "shared")
    assert shared.any() and not found.test("acceptable").holds[shared].any() and not found.stable[shared].any()
    assert not np.isin(found.payoffs.zone_of_agreement(), np.flatnonzero(shared)).any()
    free = sim.with_settings(ruled, {"stability.require": ["self_enforcing"]})
    assert not sim.assess(free).stable[shared].any(), "whatever is required, what cannot be signed is not stable"

    rule = f"constraints={json.dumps(RULE)}"
    agreement = "pass=shared,guard=absent"
    told = run(stability, TUTORIAL, "--set", rule, "--agreement", agreement)
    assert told.exit_code == 0 and "It cannot be signed: it breaks X." in told.stdout
    assert "Everybody" not in told.stdout and "Not stable" in told.stdout
    content = json.loads(run(stability, TUTORIAL, "--set", rule, "--agreement", agreement, "--json").stdout)
    assert content["forbidden_by"] == ["X"] and not content["stable"]
    for asked in (aftermath, zone):
        refused = run(asked, TUTORIAL, "--set", rule, "--agreement", agreement)
        assert refused.exit_code != 0 and "it breaks X" in refused.output + str(refused.exception)
