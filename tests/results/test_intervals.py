"""Intervals against published examples, scipy, and their own promise of coverage."""

import numpy as np
import pytest
from scipy.stats import bootstrap
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint

from sim.domain.shares import wilson_ends
from sim.errors import ResultError
from sim.results.intervals import (
    bootstrap_by_world,
    holm,
    newcombe,
    newcombe_paired,
    share_of_rows,
    wilson,
)


def test_wilson_is_newcombes_published_example():
    # Newcombe (1998), Two-sided confidence intervals for the single proportion, table I: 81/263.
    found = wilson(81, 263)
    assert (round(found.low, 4), round(found.high, 4)) == (0.2553, 0.3662)


def test_wilson_is_that_of_a_library_of_statistics():
    counts, n = np.arange(0, 38), 37
    for confidence in (0.5, 0.95, 0.99):
        low, high = proportion_confint(counts, n, alpha=1 - confidence, method="wilson")
        ours = wilson_ends(counts / n, n, confidence)
        np.testing.assert_allclose(ours[0], low, rtol=0, atol=1e-14)
        np.testing.assert_allclose(ours[1], high, rtol=0, atol=1e-14)


def test_wilson_of_nothing_is_everything():
    found = wilson(0, 0)
    assert np.isnan(found.estimate)
    assert (found.low, found.high) == (0.0, 1.0)


def test_newcombes_difference_has_the_sign_of_second_minus_first():
    found = newcombe((9, 10), (3, 10))
    # Newcombe (1998), Interval estimation for the difference, table II, 9/10 − 3/10: 0.1705 to 0.8090.
    assert (round(-found.high, 4), round(-found.low, 4)) == (0.1705, 0.8090)


def test_wilson_ends_exactly_at_none_and_all():
    assert wilson(0, 6).low == 0.0
    assert wilson(6, 6).high == 1.0


def test_newcombes_interval_of_pairs_is_the_published_one():
    # Fagerland, Lydersen & Laake (2014), Recommended tests and confidence intervals for paired binomial
    # proportions, Statistics in Medicine 33: airway hyper-responsiveness of 21 children before and after
    # transplantation; square-and-add gives 0.026 to 0.507.
    found = newcombe_paired(1, 1, 7, 12)
    assert (round(found.estimate, 3), round(found.low, 3), round(found.high, 3)) == (0.286, 0.026, 0.507)


def test_newcombes_interval_of_pairs_turns_round_with_the_sides():
    one, other = newcombe_paired(9, 3, 8, 5), newcombe_paired(9, 8, 3, 5)
    assert (one.low, one.high) == pytest.approx((-other.high, -other.low))


def test_the_bootstrap_over_single_runs_is_scipys():
    values = np.random.default_rng(1).exponential(size=80)
    ours = bootstrap_by_world(values, np.arange(80), resamples=8000)
    theirs = bootstrap((values,), np.mean, n_resamples=8000, rng=np.random.default_rng(5)).confidence_interval
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=0.02)


def test_replications_of_one_world_do_not_count_as_worlds():
    """Over many samples the interval by world covers the truth; Wilson's over all runs does not."""
    generator = np.random.default_rng(3)
    by_world = by_run = 0
    for trial in range(100):
        worlds = np.repeat(np.arange(40), 25)
        chance = np.repeat(generator.beta(0.5, 0.5, 40), 25)
        yes = generator.random(1000) < chance
        inner = share_of_rows(yes, worlds, seed=trial)
        naive = wilson(int(yes.sum()), 1000)
        by_world += inner.low <= 0.5 <= inner.high
        by_run += naive.low <= 0.5 <= naive.high
    assert by_world >= 88
    assert by_run <= 60


def test_the_kind_of_interval_follows_what_is_independent():
    assert share_of_rows([True, False, True], [4, 5, 6]).method == "wilson"
    assert share_of_rows([True, False, True, True], [4, 4, 5, 5]).method == "bootstrap by world"
    # All central: one world, and the replications are the independent draws.
    assert share_of_rows([True, False, True], [0, 0, 0]).method == "wilson"


def test_an_interval_of_values_with_gaps_is_refused():
    with pytest.raises(ResultError, match="gaps"):
        bootstrap_by_world([1.0, float("nan")], [0, 1])


def test_holm_is_statsmodels():
    p = np.random.default_rng(0).random(12) ** 3
    np.testing.assert_allclose(holm(list(p)), multipletests(p, method="holm")[1])
