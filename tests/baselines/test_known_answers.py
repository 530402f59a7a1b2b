"""Forecasts of published cases, and the array code against plain loops."""

from __future__ import annotations

import csv
from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.baselines.compromise import compromise
from sim.baselines.expected_utility import expected_utility_rounds, risk_exponents
from sim.baselines.median import weighted_median
from sim.baselines.pce import condorcet_probabilities, victory_probabilities

#: Years of delay before emission standards for medium-sized cars: Bueno de Mesquita (1994), European Community Decision
#: Making, p. 78; reprinted in Scholz, Calbert & Smith (2011), table 1. Position, salience, capability.
EMISSIONS = {
    "Netherlands": (4, 0.8, 0.08),
    "Belgium": (7, 0.4, 0.08),
    "Luxembourg": (4, 0.2, 0.03),
    "Germany": (4, 0.8, 0.16),
    "France": (10, 0.6, 0.16),
    "Italy": (10, 0.6, 0.16),
    "United Kingdom": (10, 0.9, 0.16),
    "Ireland": (7, 0.1, 0.05),
    "Denmark": (4, 1.0, 0.05),
    "Greece": (7, 0.7, 0.08),
}
X, S, C = np.array(list(EMISSIONS.values())).T


def test_the_emissions_case_has_its_mean_median_and_elections():
    assert compromise(X, C * S) == pytest.approx(7.39, abs=5e-5)
    assert weighted_median(X, C * S) == 7.0
    options = np.array([4.0, 7.0, 10.0])
    utility = 1 - np.abs(options[:, None] - X) / 6
    assert condorcet_probabilities(utility, C * S) == pytest.approx([0.245942, 0.392045, 0.362014], abs=5e-6)
    conditional = condorcet_probabilities(utility, C * S, conditional=True)
    assert conditional == pytest.approx([0.204609, 0.419814, 0.375577], abs=1e-6)


def test_the_emissions_case_takes_its_published_first_rounds():
    found = expected_utility_rounds(X, S, C)
    assert risk_exponents((X - 4) / 6, S, C * S) == pytest.approx(
        [1.405653, 0.754196, 0.508864, 1.405653, 1.046524, 1.046524, 1.964898, 0.5, 2.0, 1.112125], abs=1e-6
    )
    # Two independent programs find these. From the sixth round on the case hangs on the last bit: Belgium stands 5e-8
    # years from France, and whether it still gains by the difference is beyond the numbers' precision.
    assert found.mean[:6] == pytest.approx([7.39, 7.4613, 7.5525, 7.5901, 7.6039, 7.6068], abs=5e-5)
    assert found.median[:6] == pytest.approx([7, 8.4159, 9.6109, 9.9620, 9.9996, 10], abs=5e-5)
    # Scholz, Calbert & Smith, table 2, print one decimal and rank compromises as their program does from round 4 on.
    assert found.mean[1:4] == pytest.approx([7.4, 7.5, 7.6], abs=0.065)
    assert found.median[1] == pytest.approx(8.4, abs=0.05)


def plain_round(x, s, c, span):
    """One round by loops, straight from the equations."""
    n, w = len(x), c * s

    def support(i, j, r):
        votes = [w[k] * ((abs(x[k] - x[j]) / span) ** r[k] - (abs(x[k] - x[i]) / span) ** r[k]) for k in range(n)]
        return sum(v for v in votes if v > 0), sum(abs(v) for v in votes)

    def challenge(i, j, r, p):
        d = abs(x[i] - x[j]) / span
        success, failure = 2 - 4 * (0.5 - d / 2) ** r, 2 - 4 * (0.5 + d / 2) ** r
        return s[j] * (p * success + (1 - p) * failure) + (1 - s[j]) * success - (2 - 4 * 0.5**r)

    def chances(r):
        pairs = {(i, j): support(i, j, r) for i in range(n) for j in range(n)}
        total = sum(both for _, both in pairs.values())
        return {pair: for_it / total if total else 0.0 for pair, (for_it, _) in pairs.items()}

    even = chances([1.0] * n)
    tempting = [sum(challenge(j, i, 1.0, even[j, i]) for j in range(n) if j != i) for i in range(n)]
    top, bottom = max(tempting), min(tempting)
    danger = [(2 * t - top - bottom) / (top - bottom) if top > bottom else 0.0 for t in tempting]
    r = [(1 - k / 3) / (1 + k / 3) for k in danger]
    p = chances(r)
    after = []
    for i in range(n):
        offers = []
        for j in range(n):
            mine, theirs = challenge(i, j, r[i], p[i, j]), challenge(j, i, r[i], p[j, i])
            if x[j] == x[i] or theirs <= 0:
                continue
            if mine > 0:
                if theirs > mine:
                    offers.append((0, abs(x[j] - x[i]), j, x[j]))
            elif theirs > -mine:
                goal = x[i] + (x[j] - x[i]) * -mine / theirs
                offers.append((1, abs(goal - x[i]), j, goal))
            else:
                offers.append((2, abs(x[j] - x[i]), j, x[j]))
        after.append(min(offers)[3] if offers else x[i])
    return np.array(after)


def actors(least=2, most=7):
    # Numbers that are no multiples of one another make ties in gains unlikely; few positions make equal ones common.
    number = st.integers(1, 97).map(lambda k: k / 97)
    one = st.tuples(st.integers(0, 6).map(float), number, number)
    return st.lists(one, min_size=least, max_size=most).map(lambda rows: np.array(rows).T)


@given(actors())
@settings(max_examples=150, deadline=None)
def test_a_round_is_what_loops_over_actors_find(rows):
    x, s, c = rows
    span = x.max() - x.min() or 1.0
    found = expected_utility_rounds(x, s, c, rounds=1).position[1]
    expected = plain_round(x, s, c, span)
    # Where two offers are as near as makes no difference, either may be taken.
    differ = np.abs(found - expected) > 1e-6
    if differ.any():
        moved = np.abs(np.array([found, expected]) - x)[:, differ]
        np.testing.assert_allclose(moved[0], moved[1], atol=1e-9)


@given(actors(), st.floats(-50, 50), st.floats(0.1, 20))
@settings(max_examples=60, deadline=None)
def test_forecasts_stay_among_the_positions_and_do_not_depend_on_the_unit(rows, shift, scale):
    x, s, c = rows
    for forecast in (compromise(x, c * s), weighted_median(x, c * s)):
        assert x.min() - 1e-9 <= forecast <= x.max() + 1e-9
    rounds = expected_utility_rounds(x, s, c, rounds=4)
    assert rounds.position.min() >= x.min() - 1e-9
    assert rounds.position.max() <= x.max() + 1e-9
    assert compromise(shift + scale * x, c * s) == pytest.approx(shift + scale * compromise(x, c * s), abs=1e-6)
    assert weighted_median(shift + scale * x, 7 * c * s) == pytest.approx(shift + scale * weighted_median(x, c * s))


@given(actors())
@settings(max_examples=100, deadline=None)
def test_no_weighted_majority_lies_on_either_side_of_the_median(rows):
    x, s, c = rows
    w = c * s
    median = weighted_median(x, w)
    assert w[x < median].sum() <= w.sum() / 2 + 1e-12
    assert w[x > median].sum() <= w.sum() / 2 + 1e-12


@given(st.integers(1, 6), st.integers(1, 6), st.integers(0, 2**32 - 1))
@settings(max_examples=100, deadline=None)
def test_an_election_is_stationary_and_blind_to_who_weighs_nothing(m, n, seed):
    generator = np.random.default_rng(seed)
    utility, weight = generator.random((m, n)), generator.random(n)
    p, beats = condorcet_probabilities(utility, weight), victory_probabilities(utility, weight)
    assert p.sum() == pytest.approx(1)
    assert (p >= -1e-12).all()
    np.testing.assert_allclose(p, [sum(beats[a, b] * (p[a] + p[b]) for b in range(m)) / m for a in range(m)], atol=1e-9)
    idle = condorcet_probabilities(np.column_stack([utility, generator.random(m)]), np.append(weight, 0.0))
    np.testing.assert_allclose(idle, p, atol=1e-9)


@given(actors(3, 5), actors(3, 5))
@settings(max_examples=40, deadline=None)
def test_worlds_side_by_side_are_worlds_one_by_one(first, second):
    n = min(first.shape[1], second.shape[1])
    both = np.stack([first[:, :n], second[:, :n]], axis=1)
    together = expected_utility_rounds(*both, rounds=3)
    for world in range(2):
        alone = expected_utility_rounds(*both[:, world], rounds=3)
        np.testing.assert_array_equal(together.position[:, world], alone.position)
        assert together.mean[-1, world] == pytest.approx(alone.mean[-1])
        assert together.median[-1, world] == alone.median[-1]


def test_who_agrees_from_the_start_stays_there():
    found = expected_utility_rounds([3, 3, 3], [0.5, 1, 0.2], [1, 2, 3], rounds=3)
    assert (found.position == 3).all()


# --- 351 decisions of the European Union -------------------------------------------------------------

DEU = Path(__file__).resolve().parents[2].parent / "shared" / "cases" / "group"


@pytest.fixture(scope="module")
def decisions():
    """Positions, saliences, capabilities and the outcome of each decision, with what other programs forecast."""
    if not (DEU / "deu3_eu_legislation.csv").is_file():
        pytest.skip("the DEU III data are not kept beside the project")
    rows = defaultdict(list)
    with (DEU / "deu3_eu_legislation.csv").open() as stream:
        for row in csv.DictReader(stream):
            if row["position"] not in ("", "NA") and row["salience"] not in ("", "NA"):
                rows[row["issue"]].append([float(row[k]) for k in ("position", "salience", "capability_sourced")])
    with (DEU / "deu3_forecasts.csv").open() as stream:
        told = {row["issue"]: row for row in csv.DictReader(stream)}
    return [(np.array(rows[issue]).T, told[issue]) for issue in told]


@pytest.mark.external
def test_the_forecasts_of_351_european_decisions_are_the_known_ones(decisions):
    assert len(decisions) == 351
    errors = defaultdict(list)
    for (x, s, c), told in decisions:
        w = c * s
        outcome = float(told["outcome"])
        # An alternative is a position of somebody who weighs something.
        options = np.unique(x[w > 0])
        elected = condorcet_probabilities(1 - np.abs(options[:, None] - x) / 100, w)
        found = {
            "compromise": compromise(x, w),
            "wmedian": weighted_median(x, w),
            "pceMU_mean": float(elected @ options),
            "pceMU_mode": float(options[np.argmax(elected)]),
        }
        for name, value in found.items():
            assert value == pytest.approx(float(told[name]), abs=2e-3), (told["issue"], name)
            errors[name].append(abs(value - outcome))
        rounds = expected_utility_rounds(x, s / 100, c / 100)
        errors["expected utility"].append(abs(rounds.mean[-1] - outcome))
    mean = {name: np.mean(values) for name, values in errors.items()}
    assert mean["pceMU_mean"] == pytest.approx(22.59, abs=0.01)
    assert mean["compromise"] == pytest.approx(22.99, abs=0.01)
    assert mean["wmedian"] == pytest.approx(28.48, abs=0.01)
    # Programs differ in how they rank offers, and in single decisions a great deal; on the whole they miss as much.
    assert mean["expected utility"] == pytest.approx(25.81, abs=0.5)
