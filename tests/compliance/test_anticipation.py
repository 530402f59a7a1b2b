"""A more reliable guarantor, anticipated: Ukraine readier to give up NATO, Russia less ready to sign."""

from __future__ import annotations

import pytest

import sim
from sim.after.terms import Terms
from sim.domain.scenario import Scenario

RENOUNCED = "binding_guarantees_nato_renounced"


@pytest.fixture(scope="module")
def berlin() -> Scenario:
    return sim.read_scenario("scenarios/berlin-2025/scenario.yaml")


def acceptance(scenario: Scenario, anticipation: str, **changes: object) -> tuple[int, int, float]:
    """Texts that renounce NATO for a binding guarantee: how many Ukraine and Russia accept, Ukraine's mean worth."""
    settings = {key.replace("__", "."): value for key, value in changes.items()}
    terms = Terms.of(sim.with_settings(scenario, {"compliance.anticipation": anticipation, **settings}))
    renounced = terms.space.has("security_framework", RENOUNCED)
    ukraine, russia = terms.payoffs.column("ukraine"), terms.payoffs.column("russia")
    accepted = terms.payoffs.acceptable[renounced].sum(axis=0)
    return int(accepted[ukraine]), int(accepted[russia]), float(terms.payoffs.worth[renounced, ukraine].mean())


ASSUMED = f"compliance__reliability__probability__security_framework__{RENOUNCED}"


def test_with_anticipation_a_more_reliable_guarantor_moves_both_in_opposite_directions(berlin: Scenario) -> None:
    found = [
        acceptance(berlin, "subgame-perfect", **{ASSUMED: q, "compliance__guarantees__members": []})
        for q in (0.0, 0.3, 0.6, 0.9)
    ]
    ukraine, russia, worth = zip(*found, strict=True)
    assert list(ukraine) == sorted(set(ukraine))
    assert list(russia) == sorted(set(russia), reverse=True)
    assert list(worth) == sorted(set(worth))


def test_the_same_holds_when_guarantors_become_reliable_by_their_own_stakes(berlin: Scenario) -> None:
    def stakes(factor: float) -> dict[str, object]:
        members = berlin.compliance.guarantees.members
        values = {m: berlin.parties[m].guarantor.stake.value for m in members}  # type: ignore[union-attr]
        return {f"parties__{m}__guarantor__stake": factor * value for m, value in values.items()} | {ASSUMED: 0.9}

    weak, strong = (acceptance(berlin, "subgame-perfect", **stakes(factor)) for factor in (0.2, 3.0))
    assert strong[0] > weak[0] and strong[1] < weak[1] and strong[2] > weak[2]


def test_without_anticipation_reliability_moves_nobody(berlin: Scenario) -> None:
    found = {acceptance(berlin, "none", **{ASSUMED: q, "compliance__guarantees__members": []}) for q in (0.0, 0.5, 0.9)}
    assert len(found) == 1


def test_with_anticipation_a_violator_never_values_an_agreement_below_keeping_or_breaking_it(berlin: Scenario) -> None:
    terms = Terms.of(sim.with_settings(berlin, {"compliance.anticipation": "subgame-perfect"}))
    alone = terms.defects(terms.reliability).sum(axis=1) <= 1
    for party in ("russia", "ukraine"):
        i = terms.payoffs.column(party)
        other = terms.payoffs.column({"russia": "ukraine", "ukraine": "russia"}[party])
        untouched = alone & ~terms.defects(terms.reliability)[:, other]
        assert (terms.payoffs.foreseen[untouched, i] >= terms.payoffs.utility[untouched, i]).all()
        betrayal = terms.value_of_defection(terms.reliability)[untouched, i]
        assert (terms.payoffs.foreseen[untouched, i] >= betrayal).all()
