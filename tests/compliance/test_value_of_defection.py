"""What a violator expects is what the agents then do: one recursion over lag, response, repair and return."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

import sim
from sim.after.terms import Terms
from sim.agreements.payoffs import SCALE
from sim.compliance.chance import Chance
from sim.compliance.conditions import Conditions
from sim.compliance.model import AftermathModel, Course, aftermath
from sim.domain.world import World
from tests.compliance.aftermath_scenarios import at, two_sides

BERLIN = "scenarios/berlin-2025/scenario.yaml"
NEVER = -(10**12)


@pytest.fixture(scope="module")
def worlds() -> list[World]:
    berlin = sim.read_scenario(BERLIN)
    return [sim.central_world(berlin), *(sim.draw_world(berlin, 3, index) for index in range(4))]


def some_agreements(terms: Terms, rng: np.random.Generator, n: int = 10) -> np.ndarray:
    """Agreements drawn at random, half of them where an answered violation is repaired if there are any."""
    drawn = rng.choice(terms.space.n_agreements, n, replace=False)
    returning = np.flatnonzero(terms.returns.any(axis=1))
    if len(returning):
        drawn = np.unique([*rng.choice(returning, n // 2, replace=False), *drawn])
        drawn = rng.permutation(drawn)[:n]
    return drawn


def expected(terms: Terms, row: int, column: int, reliability: float) -> float:
    """V^D, rewritten as what is expected state by state; levels of the party's own scale."""
    world, party = terms.world, terms.parties[column]
    month = (1.0 + world.value(f"parties.{party}.discount_rate")) ** (-1 / 12)

    def forever(level: float, begin: float, end: float = np.inf) -> float:
        """Discounted worth of a level from one month to another, as a share of a level for good."""
        return level * (month**begin - (0.0 if end == np.inf else month**end))

    def level(table: np.ndarray, k: int = column) -> float:
        return float(table[row, k]) / SCALE

    lag, months = float(terms.lag[row]), world.value("compliance.repair.months")
    named = {*terms.scenario.compliance.violators, *terms.scenario.compliance.protected} - {party}
    others = [terms.parties.index(name) for name in named]
    u, cost = level(terms.payoffs.utility), world.value("compliance.repair.cost")
    taken_back = all(level(terms.payoffs.utility, k) >= level(terms.war_answered_as_victim, k) for k in others)
    fought = level(terms.war_answered)
    after_an_answer = forever(fought, lag, lag + months) + (
        forever(u - cost, lag + months) if taken_back and u - cost >= fought else forever(fought, lag + months)
    )
    alone = forever(level(terms.war_unanswered), lag)
    return forever(level(terms.lag_level), 0.0, lag) + reliability * after_an_answer + (1 - reliability) * alone


def test_the_recursion_agrees_with_an_independent_rewrite(worlds: list[World]) -> None:
    rng = np.random.default_rng(1)
    returning = set()
    for world in worlds:
        everything = Terms.of(world)
        rows = some_agreements(everything, rng)
        terms = everything.at(rows)
        for q in (0.0, 0.3, 1.0):
            found = terms.value_of_defection(q) / SCALE
            for row in range(len(rows)):
                for column in np.flatnonzero(terms.violators[row]):
                    assert found[row, column] == pytest.approx(expected(terms, row, int(column), q), abs=3e-9)
                    returning.add(bool(terms.returns[row, column]))
    assert returning == {True, False}


def history(course: Course, place: int) -> float:
    """Live a history that begins with one violator's breach, and discount what it brings it."""
    # Nobody else breaches it afterwards: neither V^D nor V^C reckons with that.
    conditions = replace(course.conditions, breaches=())
    shock = np.full(course.shock.shape, NEVER)
    shock[0, place] = -NEVER
    calm = np.zeros(conditions.months, dtype=np.bool_)
    model = AftermathModel(replace(course, conditions=conditions, shock=shock, war_returns=calm, incident=calm))
    model.run(every_month=False)
    (violation,) = model.violations
    (terms, row), column = conditions.steps[0], int(conditions.violators[place])
    delta = float(terms.monthly_discount[column])
    late = delta ** float(terms.lag[row])
    if not violation.answered:
        rest = float(terms.war_unanswered[row, column])
    else:
        rest = float(terms.war_answered[row, column])
        if violation.repaired:
            assert model.running
            war = delta ** terms.world.value("compliance.repair.months")
            back = -terms.repair_cost
            # Where terms come in steps the first begins again: its level until the next part arrives, and so on.
            begin = 1.0
            for (step, its), months in zip(conditions.steps, [*conditions.lengths, math.inf], strict=True):
                back += begin * (1 - delta**months) * float(step.level[its, column])
                begin *= delta**months
            rest = (1 - war) * rest + war * back
    return ((1 - late) * float(terms.lag_level[row, column]) + late * rest) / SCALE


def compare_histories(worlds: list[World], agreements: list[list[int]]) -> tuple[int, int, int]:
    """Hold the means of simulated histories against V^D; how many, how many with chance in them, and repaired."""
    z, compared, risky, returning = [], 0, 0, 0
    for world, chosen in zip(worlds, agreements, strict=True):
        for conditions in Conditions.among(Terms.of(world), chosen, months=6):
            for place, column in enumerate(conditions.violators.tolist()):
                # Luck of its own for each, so that the means are independent.
                courses = [Course.of(conditions, Chance.draw(world, compared, k, 6)) for k in range(120)]
                lived = np.array([history(course, place) for course in courses])
                # How often guarantors answer is their own decision; against one they protect, the record's.
                here = conditions.terms
                answers = here.reliability_assumed if here.protected[column] else here.reliability_derived
                step, row = conditions.steps[0]
                worth = float(step._breaking(answers[conditions.row, column])[row, column]) / SCALE
                returning += bool(step.returns[row, column])
                spread = lived.std(ddof=1) / np.sqrt(len(lived))
                compared += 1
                if spread > 1e-9:
                    risky += 1
                    z.append((lived.mean() - worth) / spread)
                else:
                    assert lived.mean() == pytest.approx(worth, abs=0.02)
    # Sampling error alone: no mean far off, and their spread that of standard normal deviates.
    assert max(abs(value) for value in z) < 4.5
    assert abs(float(np.mean(z))) < 0.4 and 0.7 < float(np.std(z)) < 1.3
    return compared, risky, returning


def test_histories_that_begin_with_a_violation_are_worth_what_the_recursion_says(worlds: list[World]) -> None:
    rng = np.random.default_rng(2)
    chosen = [some_agreements(Terms.of(world), rng).tolist() for world in worlds]
    compared, risky, _ = compare_histories(worlds, chosen)
    assert compared == 100 and risky > 50


def test_a_free_repair_makes_every_violation_pay_that_an_unanswered_war_rewards() -> None:
    free = Terms.of(two_sides(compliance__repair={"months": 0}))
    a, bear = at(free, line="hold", pact="pact"), free.payoffs.column("bear")
    assert free.war_unanswered[a, bear] > free.payoffs.utility[a, bear] > free.war_answered[a, bear]
    assert free.returns[a, bear] and free.defects(0.9)[a, bear]
    never = Terms.of(two_sides(compliance__repair=None))
    long = Terms.of(two_sides(compliance__repair={"months": 10_000}))
    assert not never.returns.any() and not never.defects(0.9)[a, bear]
    np.testing.assert_allclose(long.critical_reliability, never.critical_reliability, rtol=1e-6)
    months = [float(Terms.of(two_sides(compliance__repair={"months": r})).answered[a, bear]) for r in (0, 6, 24, 96)]
    assert months == sorted(months, reverse=True), "the longer the repair takes, the less an answer leaves"
    dear = Terms.of(two_sides(compliance__repair={"months": 0, "cost": 0.2}))
    assert dear.answered[a, bear] == pytest.approx(free.answered[a, bear] - 0.2 * SCALE)


def fearon(p: float, change: float, **more: object) -> sim.Scenario:
    """A declining side that gets all there is, and a rising one that breaks it once its chance has risen.

    Discount factor .9 a month; levels are of a month, so that a war with chance p is worth p − c (1 − δ).
    """
    rate = 0.9**-12 - 1
    cost = 0.2 * (1 - 0.9)
    between = p - cost + change / 2
    return two_sides(
        parties__bear__no_deal__reservation=p - cost,
        parties__fox__no_deal__reservation=1 - p - cost,
        parties__bear__utility__line={"hold": between, "yield": between},
        parties__fox__utility__line={"hold": 1.0, "yield": 1.0},
        parties__bear__discount_rate=rate,
        parties__fox__discount_rate=rate,
        parties__bear__after={},
        parties__fox__after={},
        compliance__response_lag={"always": 0},
        compliance__guarantees={"members": []},
        compliance__reliability={},
        compliance__repair=None,
        compliance__power_shift={
            "rising": "bear",
            "declining": "fox",
            "probability": p,
            "change": 12 * change,
            "destroyed": 0,
            **more,
        },
    )


@pytest.mark.parametrize(("p", "change", "attacks"), [(0.4, 0.3, True), (0.5, 0.05, False)])
def test_a_declining_side_attacks_first_exactly_under_fearons_condition(p: float, change: float, attacks: bool) -> None:
    assert (0.9 * (p + change) - p > 0.2 * (1 - 0.9) ** 2) == attacks
    terms = Terms.of(fearon(p, change))
    a = at(terms, line="hold", pact="none")
    found = aftermath(terms, a, seed=0)
    assert found.first is not None
    if attacks:
        assert (found.first.violator, found.first.month, found.first.cause) == ("fox", 1, "calculation")
    else:
        # It waits, and the other side breaks the agreement once its chance has risen.
        assert (found.first.violator, found.first.month) == ("bear", 2)
    conditions = Conditions.of(terms, a)
    fox = conditions.violators.tolist().index(terms.payoffs.column("fox"))
    war = 1 - p - 0.2 * 0.1
    assert conditions.path().keeps[0, fox] / SCALE == pytest.approx(0.1 * 1.0 + 0.9 * (war - change), abs=1e-8)
    assert conditions.path().breaks[0, fox] / SCALE == pytest.approx(war, abs=1e-8)


@pytest.mark.parametrize("c_b", [0.05, 0.2, 0.6])
def test_fearons_threshold_is_met_on_both_sides(c_b: float) -> None:
    for margin in (-0.004, 0.004):
        p, change = 0.5, (0.5 + c_b * 0.01) / 0.9 - 0.5 + margin
        scenario = fearon(p, change)
        levels = {"parties.fox.no_deal.reservation": 1 - p - c_b * 0.1}
        terms = Terms.of(sim.central_world(scenario).with_values(levels))
        first = aftermath(terms, at(terms, line="hold", pact="none"), seed=0).first
        assert first is not None and first.violator == ("fox" if margin > 0 else "bear"), (c_b, margin)


def test_power_stays_a_probability_and_war_a_lottery_over_end_states(worlds: list[World]) -> None:
    for world in worlds:
        terms = Terms.of(world)
        power = terms.power
        for column in np.flatnonzero(power.stake):
            stake = power.stake[column] * (1 if power.stake[column] > 0 else -1)
            for years in (0.0, 5.0, 10.0, 200.0):
                moved = power.gained(years)[:, column] / power.stake[column] + power.probability
                assert (moved >= -1e-12).all() and (moved <= 1 + 1e-12).all()
            assert stake <= power.best[column] - power.worst[column] + 1e-6
        for conditions in Conditions.among(terms, [0, 20_000, 40_000]):
            for violator in conditions.violators.tolist():
                for answered in (True, False):
                    war = conditions.wars(violator, answered=answered)
                    assert (war <= np.maximum(power.best, war[0])).all()
                    assert (war >= np.minimum(power.worst, war[0])).all()


def test_an_agreement_that_nobody_can_violate_is_lived_through() -> None:
    two = sim.read_scenario("scenarios/tutorial-two-by-two/scenario.yaml")
    calm = {"compliance.violators": [], "issues.pass.moves": [], "issues.guard.moves": []}
    lived = sim.simulate(sim.with_settings(two, calm), central=True).aftermath
    assert lived is not None and not lived.ended and lived.months == lived.horizon
