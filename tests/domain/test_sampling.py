"""Drawing worlds: distributions against closed forms, shared quantiles, codings by weight, common random numbers."""

# Texts of scenarios stand on one line where that shows what differs.
# ruff: noqa: E501

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

import sim
from sim.domain.streams import Purpose, stream
from sim.domain.uncertain import DISTRIBUTIONS, Number, draw_quantiles, name_hash, values_at_quantiles
from sim.domain.world import UNARGUED_P_REAL, central_world, draw_world
from tests.faults.test_broken_scenarios import WHOLE

LOW, MODE, HIGH = 0.2, 0.35, 0.9
N = 4_000


def at(q, dist: str, low=LOW, mode=MODE, high=HIGH):
    q = np.atleast_1d(np.asarray(q, dtype=float))
    one = np.ones_like(q)
    return values_at_quantiles(
        mode * one, low * one, high * one, np.full(q.shape, DISTRIBUTIONS.index(dist), np.int8), q
    )


def moments(dist: str) -> tuple[float, float]:
    """Mean and variance, by the closed forms."""
    a, c, b = LOW, MODE, HIGH
    if dist == "triangular":
        return (a + b + c) / 3, (a * a + b * b + c * c - a * b - a * c - b * c) / 18
    if dist == "uniform":
        return (a + b) / 2, (b - a) ** 2 / 12
    mean = (a + 4 * c + b) / 6
    return mean, (mean - a) * (b - mean) / 7


@pytest.mark.parametrize("dist", DISTRIBUTIONS)
def test_mean_and_variance_of_a_distribution_are_those_of_its_closed_form(dist):
    # The midpoint rule over the quantile function: no chance is involved, the error is that of the rule.
    values = at((np.arange(200_000) + 0.5) / 200_000, dist)
    mean, variance = moments(dist)
    assert values.mean() == pytest.approx(mean, abs=1e-6)
    assert values.var() == pytest.approx(variance, abs=1e-6)


@pytest.mark.parametrize(
    ("dist", "peer"),
    [
        ("triangular", stats.triang((MODE - LOW) / (HIGH - LOW), LOW, HIGH - LOW)),
        ("uniform", stats.uniform(LOW, HIGH - LOW)),
        (
            "pert",
            stats.beta(1 + 4 * (MODE - LOW) / (HIGH - LOW), 1 + 4 * (HIGH - MODE) / (HIGH - LOW), LOW, HIGH - LOW),
        ),
    ],
)
def test_quantiles_are_those_of_scipy(dist, peer):
    q = np.linspace(0.001, 0.999, 97)
    assert at(q, dist) == pytest.approx(peer.ppf(q), abs=1e-12)


LEVELS = st.lists(st.floats(0, 1), min_size=3, max_size=3).map(sorted)


@given(LEVELS, st.sampled_from(DISTRIBUTIONS), st.lists(st.floats(2**-53, 1 - 2**-53), min_size=2, max_size=5))
def test_a_value_lies_in_its_range_and_rises_with_its_quantile(levels, dist, quantiles):
    low, mode, high = levels
    values = at(sorted(quantiles), dist, low, mode, high)
    assert ((values >= low) & (values <= high)).all()
    assert (np.diff(values) >= -1e-12).all()


def test_a_range_without_width_is_its_value_whatever_the_quantile():
    assert at([0.01, 0.99], "pert", 0.4, 0.4, 0.4).tolist() == [0.4, 0.4]


def test_quantiles_are_uniform_and_differ_between_worlds_and_names():
    names = np.array([name_hash(f"n{k}") for k in range(20)], dtype=np.uint64)
    drawn = np.array([draw_quantiles(key, names) for key in range(2_000)])
    assert stats.kstest(drawn.ravel(), "uniform").pvalue > 1e-3  # keys are fixed: the figure never changes
    correlation = np.corrcoef(drawn.T) - np.eye(20)
    assert np.abs(correlation).max() < 5 / np.sqrt(2_000)


# --- worlds -----------------------------------------------------------------------------------------

TABLE = (
    "border: {north: {value: 0.1, high: 0.3}, middle: {value: 0.5, low: 0.3, high: 0.7}, south: {value: 0.9, low: 0.6}}"
)
UNCERTAIN = WHOLE.replace("border: {north: 0, middle: 0.5, south: 1}", TABLE)


def drawn(scenario, path, n=300):
    return np.array([draw_world(scenario, 0, k).value(path) for k in range(n)])


def test_the_central_world_holds_the_values_and_no_declared_line():
    world = central_world(sim.scenario_from_text(UNCERTAIN))
    assert world.value("parties.upper.utility.border.middle") == 0.5
    assert world.real_lines == frozenset()
    assert central_world(world.scenario, lines="real").real_lines == {("upper", "border", "north")}


def test_draws_keep_the_order_of_options_within_an_issue():
    scenario = sim.scenario_from_text(UNCERTAIN)
    north, middle, south = (drawn(scenario, f"parties.upper.utility.border.{o}") for o in ("north", "middle", "south"))
    assert ((north <= middle) & (middle <= south)).all()
    assert len(set(middle)) == len(middle)


def test_options_of_one_issue_share_a_quantile_and_issues_do_not():
    text = WHOLE.replace(
        "border: {north: 0, middle: 0.5, south: 1}",
        "border: {north: {value: 0.3, low: 0, high: 1, dist: uniform}, middle: {value: 0.5, low: 0, high: 1, dist: uniform}, south: 1}",
    )
    text = text.replace(
        "{value: 0.2, low: 0.1, high: 0.4, source: survey}", "{value: 0.2, low: 0, high: 1, dist: uniform}"
    )
    scenario = sim.scenario_from_text(text)
    north, middle = (drawn(scenario, f"parties.upper.utility.border.{o}") for o in ("north", "middle"))
    other = drawn(scenario, "parties.upper.utility.water.separate")
    assert (north == middle).all()
    assert abs(np.corrcoef(north, other)[0, 1]) < 0.2


def test_numbers_of_one_named_quantile_move_together_and_a_leading_minus_mirrors():
    record = "no_deal: {reservation: {value: 0.5, low: 0, high: 1, dist: uniform, quantile: QUANTILE}}"
    first, second = (record.replace("QUANTILE", q) for q in ("war", '"-war"'))
    text = WHOLE.replace("no_deal: {reservation: 0.3}", first, 1).replace("no_deal: {reservation: 0.3}", second, 1)
    scenario = sim.scenario_from_text(text)
    upper, lower = (drawn(scenario, f"parties.{p}.no_deal.reservation") for p in ("upper", "lower"))
    assert upper + lower == pytest.approx(1, abs=1e-12)
    assert upper.std() > 0.2


def test_a_declared_line_is_real_as_often_as_its_probability_says():
    for p, text in (
        (0.2, WHOLE.replace("p_real: 0.5", "p_real: 0.2")),
        (UNARGUED_P_REAL, WHOLE.replace(", p_real: 0.5", "")),
    ):
        scenario = sim.scenario_from_text(text)
        real = sum(bool(draw_world(scenario, 1, k).real_lines) for k in range(N))
        assert abs(real / N - p) < 4 * np.sqrt(p * (1 - p) / N)


def test_a_world_is_the_same_however_often_and_in_whatever_order_it_is_drawn():
    scenario = sim.scenario_from_text(UNCERTAIN)
    forward = [draw_world(scenario, 3, k).values.tolist() for k in range(5)]
    backward = [draw_world(scenario, 3, k).values.tolist() for k in reversed(range(5))][::-1]
    assert forward == backward
    assert forward[0] != forward[1]


def test_seed_zero_is_a_seed_of_its_own():
    scenario = sim.scenario_from_text(UNCERTAIN)
    assert draw_world(scenario, 0, 0).values.tolist() == draw_world(scenario, 0, 0).values.tolist()
    assert draw_world(scenario, 0, 0).values.tolist() != draw_world(scenario, 1, 0).values.tolist()


def test_variants_of_a_scenario_draw_the_same_for_what_they_have_in_common():
    base = sim.scenario_from_text(UNCERTAIN)
    more = UNCERTAIN.replace(
        "    no_deal: {reservation: 0.3}\nneg",
        "    no_deal: {reservation: {value: 0.3, low: 0, high: 1}}\n    audience_cost: {value: 0.1, high: 0.3}\nneg",
    )
    variant = sim.scenario_from_text(more)
    path = "parties.upper.utility.border.middle"
    assert drawn(base, path, 50).tolist() == drawn(variant, path, 50).tolist()
    assert (
        drawn(base, "parties.lower.no_deal.reservation", 5).tolist()
        != drawn(variant, "parties.lower.no_deal.reservation", 5).tolist()
    )


def test_the_order_of_a_file_changes_no_draw():
    data = sim.scenario_from_text(UNCERTAIN).data
    import json

    turned = {
        **data,
        "parties": dict(reversed(list(data["parties"].items()))),
        "issues": dict(reversed(list(data["issues"].items()))),
    }
    one, other = (
        draw_world(sim.scenario_from_text(UNCERTAIN), 0, 4),
        draw_world(sim.scenario_from_text(json.dumps(turned)), 0, 4),
    )
    assert one.scenario.numbers.paths == other.scenario.numbers.paths
    assert one.values.tolist() == other.values.tolist()


def test_rival_codings_are_drawn_by_weight_and_their_own_numbers_after(tmp_path):
    (tmp_path / "rival.yaml").write_text(UNCERTAIN.replace("middle: {value: 0.5, low: 0.3, high: 0.7}", "middle: 0.65"))
    own = UNCERTAIN + "codings: {own: {weight: 3}, rival: {file: rival.yaml, weight: 1}}\n"
    scenario = sim.scenario_from_text(own, file=str(tmp_path / "own.yaml"))
    worlds = [draw_world(scenario, 0, k) for k in range(N)]
    share = sum(world.coding == "rival" for world in worlds) / N
    assert abs(share - 0.25) < 4 * np.sqrt(0.25 * 0.75 / N)
    path = "parties.upper.utility.border.middle"
    assert {world.value(path) for world in worlds if world.coding == "rival"} == {0.65}
    alone = sim.scenario_from_text(UNCERTAIN)
    mine = next(k for k in range(N) if worlds[k].coding == "own")
    assert worlds[mine].value(path) == draw_world(alone, 0, mine).value(path)


def test_a_number_is_read_plain_or_as_a_record():
    assert Number.model_validate(0.5) == Number(value=0.5)
    assert Number(value=0.5, low=0.1).range == (0.1, 0.5)
    assert Number(value=0.5).is_certain


def test_streams_of_different_purposes_and_keys_are_apart_and_each_is_reproducible():
    purposes = list(Purpose)
    first = {(p, k): stream(0, p, k).random() for p in purposes for k in range(3)}
    assert len(set(first.values())) == len(first)
    assert first == {(p, k): stream(0, p, k).random() for p in reversed(purposes) for k in reversed(range(3))}
