"""The guarantors' decisions, exactly, against a naive recursion in plain Python."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import sim
from sim.after.crisis import CrisisNumbers
from sim.after.guarantees import TRANSITION_MONTHS, GuaranteeTable
from sim.domain.uncertain import DISTRIBUTIONS

BERLIN = "scenarios/berlin-2025/scenario.yaml"


def chance_at_most(x: float, low: float, mode: float, high: float, dist: str) -> float:
    """P(X ≤ x), by integrating the density numerically where there is no closed form."""
    if low == high:
        return float(x >= low)
    if x <= low or x >= high:
        return float(x >= high)
    if dist == "uniform":
        return (x - low) / (high - low)
    if dist == "triangular":
        if x < mode:
            return (x - low) ** 2 / ((high - low) * (mode - low))
        return 1 - (high - x) ** 2 / ((high - low) * (high - mode))
    grid = np.linspace(0, 1, 200_001)
    density = grid ** (4 * (mode - low) / (high - low)) * (1 - grid) ** (4 * (high - mode) / (high - low))
    total = np.trapezoid(density, grid)
    upto = grid <= (x - low) / (high - low)
    return float(np.trapezoid(density[upto], grid[upto]) / total)


def naive(table: GuaranteeTable, g: int) -> tuple[float, dict[str, float]]:
    """P(the response comes) and P(each joins), by going through every way to decide."""
    members = [table.members[k] for k in table.order[g]]
    spot = {name: table.members.index(name) for name in members}

    def numbers(which: CrisisNumbers, *at: int) -> tuple[float, float, float, str]:
        return (
            float(which.low[at]),
            float(which.mode[at]),
            float(which.high[at]),
            DISTRIBUTIONS[int(which.dist[at])],
        )

    def enough(capability: float) -> float:
        return chance_at_most(capability, *numbers(table.required, g))

    capability = {name: float(table.capability[g, k]) for name, k in spot.items()}
    joins = dict.fromkeys(members, 0.0)
    together = str(table.rule[g]) in ("veto", "consensus")

    def honours(name: str, effect: float) -> float:
        k = spot[name]
        benefit = float(table.stake[g, k]) * effect + float(table.penalty[g, k])
        return chance_at_most(benefit, *numbers(table.cost, g, k))

    if together:
        effect = enough(sum(capability.values()) + 1e-12) if table.pivotal else 1.0
        act = enough(sum(capability.values()) + 1e-12)
        for name in members:
            joins[name] = honours(name, effect)
            act *= joins[name]
        return act * (1 - float(table.failure[g])), joins

    def decide(place: int, joined: float, weight: float) -> float:
        if weight == 0:
            return 0.0
        if place == len(members):
            return weight * enough(joined + 1e-12)
        name = members[place]
        later = sum(capability[other] for other in members[place + 1 :]) / 2
        effect = enough(joined + capability[name] + later) - enough(joined + later) if table.pivotal else 1.0
        yes = honours(name, effect)
        joins[name] += weight * yes
        return decide(place + 1, joined, weight * (1 - yes)) + decide(
            place + 1, joined + capability[name], weight * yes
        )

    return decide(0, 0.0, 1.0) * (1 - float(table.failure[g])), joins


@pytest.mark.parametrize("world", [None, 0, 1])
def test_every_decision_in_berlin_equals_the_naive_recursion(world: int | None) -> None:
    scenario = sim.read_scenario(BERLIN)
    drawn = sim.central_world(scenario) if world is None else sim.draw_world(scenario, 2, world)
    table = GuaranteeTable.of(sim.Terms.of(drawn).tables)
    found = table.decide()
    assert {"veto", "consensus", "individual", "timetable", "automatic"} <= set(table.rule.tolist())
    for g in range(len(table.rule)):
        act, joins = naive(table, g)
        assert found.act[g] == pytest.approx(act, abs=1e-9)
        for k, name in enumerate(found.members):
            assert found.joins[g, k] == pytest.approx(joins[name], abs=1e-9)
        assert bool(found.veto[g]) is (table.rule[g] == "veto")


@st.composite
def crisis_numbers(draw: st.DrawFn) -> tuple[float, float, float, int]:
    low, mode, high = sorted(draw(st.floats(0, 1)) for _ in range(3))
    return (low, mode, high, draw(st.integers(0, 2))) if high - low > 1e-3 else (mode, mode, mode, 0)


# What a generator draws: multiples of 2^-53 below 1. Smaller numbers than that make scipy's inverse NaN.
@given(crisis_numbers(), st.integers(0, 2**53 - 1).map(lambda k: k * 2.0**-53))
@settings(max_examples=60, deadline=None)
def test_a_quantile_and_the_chance_to_stay_below_it_undo_each_other(
    numbers: tuple[float, float, float, int], q: float
) -> None:
    low, mode, high, dist = numbers
    spread = CrisisNumbers(*(np.array([x]) for x in (low, mode, high)), np.array([dist], dtype=np.int8))
    x = spread.at_quantile(np.array([q]))
    assert low <= x[0] <= high
    if high > low and 0.01 < q < 0.99:
        assert spread.at_most(x)[0] == pytest.approx(q, abs=1e-6)
    assert spread.at_most(x)[0] == pytest.approx(
        chance_at_most(float(x[0]), low, mode, high, DISTRIBUTIONS[dist]), abs=1e-4
    )


def test_the_published_probability_of_a_threshold_intervention() -> None:
    # A guarantor intervenes iff v dq + rho ≥ C with C uniform on [0, Cmax]: min(1, (v dq + rho)/Cmax).
    # Required capability 0.5 uniform on [0.3, 0.8]: joining with 0.15 changes P(enough) by 0.3.
    for stake, penalty, expected in ((1.0, 0.1, 0.4), (0.5, 0.0, 0.15), (4.0, 0.1, 1.0)):
        table = _one_guarantor(stake, penalty)
        assert table.decide().joins[0, 0] == pytest.approx(expected)


def _one_guarantor(stake: float, penalty: float) -> GuaranteeTable:
    spread = lambda *x: CrisisNumbers(  # noqa: E731
        *(np.array(v, dtype=np.float64) for v in x), np.ones(np.array(x[0]).shape, dtype=np.int8)
    )
    return GuaranteeTable(
        members=("a",),
        group=np.zeros(1, dtype=np.int64),
        stake=np.array([[stake]]),
        penalty=np.array([[penalty]]),
        capability=np.array([[0.45]]),
        cost=spread([[0.0]], [[0.5]], [[1.0]]),
        required=spread([0.3], [0.5], [0.8]),
        failure=np.zeros(1),
        order=np.zeros((1, 1), dtype=np.int64),
        rule=np.array(["individual"]),
        drift=np.array([-0.1]),
        reversal=np.array([0.12]),
        transition=np.array([37.0]),
    )


def test_resolve_wears_off_by_the_year_and_a_transfer_of_power_doubles_the_hazard_for_half_a_year() -> None:
    table = _one_guarantor(1.0, 0.1)
    power, turn = table.staying_power(60), table.reversal_by_month(60)
    assert power[0, 0] == 1 and power[12, 0] == pytest.approx(0.9) and power[24, 0] == pytest.approx(0.81)
    doubled = np.flatnonzero(turn[:, 0] > turn[0, 0] + 1e-12) + 1
    assert doubled.tolist() == list(range(37, 37 + TRANSITION_MONTHS))
    assert turn[0, 0] == pytest.approx(1 - np.exp(-0.01)) and turn[36, 0] == pytest.approx(1 - np.exp(-0.02))


def test_a_guarantor_that_has_changed_course_joins_only_for_free() -> None:
    table = _one_guarantor(1.0, 0.1).with_staying_power(0, np.array([[1.0], [0.5], [0.0]]))
    joins = table.decide().joins[:, 0]
    assert joins[0] == pytest.approx(0.4) and joins[1] == pytest.approx(0.2) and joins[2] == 0


def test_consensus_needs_every_one_and_a_veto_is_marked() -> None:
    scenario = sim.read_scenario(BERLIN)
    table = GuaranteeTable.of(sim.Terms.of(scenario).tables)
    found = table.decide()
    together = np.isin(table.rule, ("veto", "consensus"))
    assert (found.act[together] <= found.joins[together].min(axis=1) + 1e-12).all()
    terms = sim.Terms.of(scenario)
    russia, ukraine = terms.payoffs.column("russia"), terms.payoffs.column("ukraine")
    veto = terms.space.has("automaticity", "russian_veto")
    assert not terms.reliability_derived[veto, russia].any()
    assert (terms.reliability_derived[:, ukraine] == 1).all()
