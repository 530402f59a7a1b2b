"""Berlin where the Europeans sign only what binds them."""

from __future__ import annotations

import pytest

import sim
from sim.domain.world import World, central_world

ALL = "scenarios/berlin-2025"
PRINCIPALS = "scenarios/berlin-2025-principals"
EUROPEANS = ("france", "germany", "italy", "poland", "uk")


@pytest.fixture(scope="module")
def central() -> tuple[World, World]:
    return central_world(sim.read_scenario(ALL)), central_world(sim.read_scenario(PRINCIPALS))


def test_principals_sign_everything_and_europeans_what_binds_them() -> None:
    payoffs = sim.Payoffs.of(sim.read_scenario(PRINCIPALS))
    space = payoffs.space
    for party in ("ukraine", "russia", "us"):
        assert payoffs.must_sign[:, payoffs.column(party)].all()
    bound = space.meets(
        {"security_framework": ["nato_membership", "binding_guarantees_open_door", "binding_guarantees_nato_renounced"]}
    ) | space.meets({"sanctions": ["phased_snapback", "full_lifting"]})
    force = space.meets({"monitoring_presence": ["plus_mnf_inside"]})
    for party in EUROPEANS:
        expected = bound if party in ("poland", "italy") else bound | force
        assert (payoffs.must_sign[:, payoffs.column(party)] == expected).all()


@pytest.mark.parametrize(
    ("reservation", "size"), [(0.65, 0), (0.6, 1), (0.55, 116), (0.5, 810), (0.45, 2301), (0.4, 4116)]
)
def test_asking_europeans_less_often_opens_no_agreement_at_central_values(
    central: tuple[World, World], reservation: float, size: int
) -> None:
    for world in central:
        free = sim.central_world(sim.with_settings(world.scenario, {"negotiation.audience_costs": False}))
        payoffs = sim.Payoffs.of(free.with_values({"parties.russia.no_deal.reservation": reservation}))
        assert len(payoffs.zone_of_agreement()) == size


def test_whatever_binds_no_european_crosses_a_hard_line_of_kyiv() -> None:
    payoffs = sim.Payoffs.of(sim.read_scenario(PRINCIPALS))
    free = ~payoffs.must_sign[:, [payoffs.column(party) for party in EUROPEANS]].all(axis=1)
    assert free.sum() == 46_288 - 43_582
    assert payoffs.crosses_line[free, payoffs.column("ukraine")].all()
