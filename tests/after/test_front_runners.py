"""Front-runners are the agreements that all can sign in most worlds."""

from __future__ import annotations

import numpy as np
import pytest

import sim
import sim.after.front_runners as counted_here
from sim.after.front_runners import SEED, FrontRunners, front_runners

BERLIN = "scenarios/berlin-2025/scenario.yaml"


#: Fewer worlds than usual, each counted again by the long way round.
WORLDS = 60


@pytest.fixture(scope="module", autouse=True)
def few():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(counted_here, "WORLDS", WORLDS)
        yield


@pytest.fixture(scope="module")
def eased() -> sim.Scenario:
    reservation = {"value": 0.45, "low": 0.35, "high": 0.55}
    return sim.with_settings(sim.read_scenario(BERLIN), {"parties.russia.no_deal.reservation": reservation})


def test_shares_are_counted_over_the_zones_of_whole_worlds(eased: sim.Scenario) -> None:
    payoffs = sim.Terms.of(eased).payoffs
    found = FrontRunners.of(payoffs)
    count = np.zeros(payoffs.space.n_agreements)
    for index in range(WORLDS):
        count[sim.Terms.of(sim.draw_world(eased, SEED, index)).payoffs.zone_of_agreement()] += 1
    assert (found.share == count / WORLDS).all() and found.share.max() > 0.02
    order = found.order
    share, least = found.share[order], payoffs.least_margin[order]
    reached = share > 0
    assert (np.diff(share[reached]) <= 0).all()
    tied = np.diff(share[reached]) == 0
    assert tied.any() and (np.diff(least[reached])[tied] <= 0).all()
    assert front_runners(payoffs, 7).tolist() == order[:7].tolist()


def test_what_comes_first_is_not_what_is_nearest_in_the_central_world(eased: sim.Scenario) -> None:
    payoffs = sim.Terms.of(eased).payoffs
    found = FrontRunners.of(payoffs)
    assert found.share[found.first(5)].min() > found.share[payoffs.nearest(5)].max()


def test_a_hard_line_of_a_signer_puts_an_agreement_last_whatever_its_margin() -> None:
    two = sim.read_scenario("scenarios/tutorial-two-by-two/scenario.yaml")
    lines = [{"issue": "pass", "options": ["shared"], "kind": "hard"}]
    ruled = sim.with_settings(two, {"parties.hill.red_lines": lines})
    payoffs = sim.Terms.of(ruled).payoffs
    order = FrontRunners.of(payoffs).order
    shared = payoffs.space.has("pass", "shared")
    assert shared[order].tolist() == [False, False, True, True]


def test_rival_codings_are_drawn_as_worlds_draw_them() -> None:
    rivals = sim.read_scenario("scenarios/berlin-2025-all-codings/scenario.yaml")
    payoffs = sim.Terms.of(rivals).payoffs
    share = FrontRunners.of(payoffs).share
    counted = np.zeros(len(share))
    codings = set()
    for index in range(WORLDS):
        world = sim.draw_world(rivals, SEED, index)
        codings.add(world.coding)
        counted[sim.Terms.of(world).payoffs.zone_of_agreement()] += 1
    assert len(codings) == 3 and (share == counted / WORLDS).all()
