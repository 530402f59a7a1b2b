"""Functions with known indices run through the whole path: design, runner, store, analysis."""

import math

import numpy as np
import pytest
from SALib.analyze import morris as salib_morris
from SALib.analyze import sobol as salib_sobol

from sim.errors import ResultError
from sim.results.store import load
from sim.sweeps.design import Design
from sim.sweeps.executors import choose_workers
from sim.sweeps.factors import DUMMY, listed, ranged
from sim.sweeps.runner import carry_out
from sim.sweeps.sensitivity import elementary_effects, point_means, variance_shares
from sim.sweeps.task import FunctionTask
from tests.sweeps.analysis_models import G_COEFFICIENTS, brittle, ishigami, noisy, sobol_g


def swept(design, model, folder):
    carry_out(design, FunctionTask(model, {"y": float}), folder, choose_workers(0), quiet=True)
    return point_means(load(folder), "y", design.n_points)


def shares(design, values, **more):
    return variance_shares(values, design.groups, samples=design.samples, scrambles=design.scrambles, **more)


def covered(found, first, total):
    """Each known index lies within its interval."""
    for place, (s, st) in enumerate(zip(first, total, strict=True)):
        assert found.first_low[place] <= s <= found.first_high[place], (found.groups[place], "first")
        assert found.total_low[place] <= st <= found.total_high[place], (found.groups[place], "total")


# Closed forms: Ishigami & Homma (1990), a = 7, b = 0.1.
_V1 = 0.5 * (1 + 0.1 * math.pi**4 / 5) ** 2
_V2 = 7**2 / 8
_V13 = 0.1**2 * math.pi**8 * 8 / 225
_V = _V1 + _V2 + _V13
ISHIGAMI_FIRST = (_V1 / _V, _V2 / _V, 0.0)
ISHIGAMI_TOTAL = ((_V1 + _V13) / _V, _V2 / _V, _V13 / _V)


def ishigami_design(**more):
    factors = [ranged(f"x{k}", -math.pi, math.pi) for k in (1, 2, 3)]
    return Design(factors=factors, method="sobol", seed=11, **more)


@pytest.mark.parametrize("scheme", [{"samples": 1024}, {"samples": 256, "scrambles": 8}])
def test_ishigami_comes_out_within_its_intervals(tmp_path, scheme):
    design = ishigami_design(**scheme)
    found = shares(design, swept(design, ishigami, tmp_path / "s"))
    covered(found, ISHIGAMI_FIRST, ISHIGAMI_TOTAL)
    assert np.all(found.total_high[:3] - found.total_low[:3] < 0.25)
    assert found.groups[3] == DUMMY
    assert (found.first[3], found.total[3]) == (0.0, 0.0)


def test_sobol_g_comes_out_within_its_intervals(tmp_path):
    design = Design(factors=[ranged(f"x{k}", 0, 1) for k in range(4)], method="sobol", samples=1024, seed=5)
    found = shares(design, swept(design, sobol_g, tmp_path / "s"))
    own = np.array([1 / (3 * (1 + a) ** 2) for a in G_COEFFICIENTS])
    variance = np.prod(1 + own) - 1
    total = [own[i] * np.prod(np.delete(1 + own, i)) / variance for i in range(4)]
    covered(found, own / variance, total)


def test_a_group_has_the_index_of_its_factors_together(tmp_path):
    factors = [
        ranged("x1", -math.pi, math.pi, group="waves"),
        ranged("x2", -math.pi, math.pi),
        ranged("x3", -math.pi, math.pi, group="waves"),
    ]
    design = Design(factors=factors, method="sobol", samples=1024, seed=3)
    found = shares(design, swept(design, ishigami, tmp_path / "s"))
    assert found.groups == ("waves", "x2", DUMMY)
    covered(found, (1 - _V2 / _V, _V2 / _V), (1 - _V2 / _V, _V2 / _V))


def test_our_estimates_are_salibs(tmp_path):
    """SALib's order of evaluations is ours; it gets ours and has to agree."""
    design = ishigami_design(samples=256)
    values = swept(design, ishigami, tmp_path / "s")
    problem = {"num_vars": 4, "names": list(design.groups), "bounds": [[0, 1]] * 4}
    theirs = salib_sobol.analyze(problem, values, calc_second_order=False, seed=1)
    ours = shares(design, values)
    np.testing.assert_allclose(ours.total, theirs["ST"], atol=1e-9)
    np.testing.assert_allclose(ours.first, theirs["S1"], atol=2e-3)
    np.testing.assert_allclose(ours.total_high - ours.total, theirs["ST_conf"], rtol=0.25, atol=1e-9)


def test_common_random_numbers_leave_the_dummy_nothing(tmp_path):
    design = Design(factors=[ranged("x", 0, 1)], method="sobol", samples=64, replications=3, seed=2)
    found = shares(design, swept(design, noisy, tmp_path / "s"))
    assert found.total[1] == pytest.approx(0.0, abs=1e-12)
    assert found.first[0] == pytest.approx(1.0, abs=0.05)


def test_independent_noise_would_have_given_the_dummy_a_share():
    generator = np.random.default_rng(0)
    design = Design(factors=[ranged("x", 0, 1)], method="sobol", samples=512, seed=2)
    values = design.unit[:, 0] + generator.random(design.n_points)
    assert shares(design, values).total[1] > 0.3


def test_a_missing_value_is_refused_and_never_a_zero(tmp_path):
    design = Design(factors=[ranged("x", 0, 1), ranged("z", 0, 1)], method="sobol", samples=256, seed=4)
    values = swept(design, brittle, tmp_path / "s")
    assert np.isnan(values).any()
    with pytest.raises(ResultError, match=r"of 256 base points have a failed or missing run"):
        shares(design, values)
    found = shares(design, values, missing="drop")
    assert 0.05 < found.missing < 0.25
    assert found.n_base == round(256 * (1 - found.missing))
    assert found.first[1] > found.first[0] > 0.05


def test_an_outcome_that_never_varies_has_no_shares():
    design = Design(factors=[ranged("x", 0, 1)], method="sobol", samples=8)
    found = shares(design, np.full(design.n_points, 0.1))
    assert np.isnan(found.first).all()
    assert np.isnan(found.total).all()


def test_morris_effects_are_salibs_and_the_dummy_has_none(tmp_path):
    design = Design(factors=[ranged(f"x{k}", 0, 1) for k in range(4)], method="morris", samples=40, seed=9)
    values = swept(design, sobol_g, tmp_path / "s")
    member = [f.in_group for f in design.factors]
    ours = elementary_effects(values, design.unit, member)
    problem = {"num_vars": 5, "names": member, "bounds": [[0, 1]] * 5, "groups": None}
    theirs = salib_morris.analyze(problem, design.unit, values, num_levels=4, seed=1)
    np.testing.assert_allclose(ours.mu_star, theirs["mu_star"], rtol=1e-9)
    np.testing.assert_allclose(ours.mu, theirs["mu"], rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(ours.sigma, theirs["sigma"], rtol=1e-9, atol=1e-12)
    assert ours.mu_star[4] == 0.0
    assert ours.high[4] == 0.0
    assert np.all(np.diff(ours.mu_star[:4]) < 0)


def test_morris_works_over_groups_and_refuses_gaps(tmp_path):
    factors = [ranged("x", 0, 1, group="a"), ranged("z", 0, 1, group="a"), listed("s", ["u", "v"])]
    design = Design(factors=factors, method="morris", samples=30, seed=1)
    values = swept(design, brittle, tmp_path / "s")
    member = [f.in_group for f in design.factors]
    with pytest.raises(ResultError, match="trajectories have a failed"):
        elementary_effects(values, design.unit, member)
    found = elementary_effects(values, design.unit, member, missing="drop")
    assert found.groups == ("a", "s", DUMMY)
    assert found.missing > 0
    assert found.mu_star[0] > 0.5
    assert found.mu_star[1] == found.mu_star[2] == 0.0
    assert np.isnan(found.sigma[0])
