"""Regional sensitivity and convergence against scipy, statsmodels and counting."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import ks_2samp
from statsmodels.stats.proportion import proportion_confint

from sim.errors import ResultError
from sim.present.sweeps import print_analysis
from sim.results.intervals import wilson
from sim.sweeps.analysis import analyse
from sim.sweeps.convergence import convergence, draws_for_share
from sim.sweeps.design import Design
from sim.sweeps.factors import ranged
from sim.sweeps.regional import regional_by_world, regional_sensitivity
from sim.sweeps.results import sweep


def test_the_factor_that_decides_comes_first_and_noise_is_not_significant():
    generator = np.random.default_rng(0)
    frame = pd.DataFrame(generator.random((500, 6)), columns=list("abcdef"))
    frame["switch"] = generator.choice(["on", "off"], 500)
    yes = (frame.c + 0.1 * generator.random(500) > 0.6).to_numpy()
    found = regional_sensitivity(frame, yes)
    assert found[0].factor == "c"
    expected = ks_2samp(frame.c[yes], frame.c[~yes])
    assert found[0].distance == expected.statistic
    assert found[0].p == expected.pvalue
    assert found[0].yes_median > found[0].no_median
    assert all(e.p_holm > 0.05 for e in found[1:])


def test_options_are_compared_by_their_table():
    generator = np.random.default_rng(0)
    frame = pd.DataFrame({"switch": generator.choice(["on", "off"], 200), "x": generator.random(200)})
    found = regional_sensitivity(frame, (frame["switch"] == "on").to_numpy())
    assert (found[0].factor, round(found[0].distance, 6)) == ("switch", 1.0)


def test_too_few_worlds_or_a_constant_factor_give_a_reason_not_a_number():
    frame = pd.DataFrame({"x": np.arange(20.0), "k": np.ones(20)})
    few = regional_sensitivity(frame, np.arange(20) < 2)
    assert all(np.isnan(e.distance) and "only 2 yes and 18 no" in e.note for e in few)
    constant = regional_sensitivity(frame, np.arange(20) < 9)
    assert [e.note for e in constant if e.factor == "k"] == ["never varies"]


@pytest.mark.parametrize("share", [0.0, 0.03, 0.5, 0.9])
@pytest.mark.parametrize("half_width", [0.1, 0.02])
def test_the_number_of_draws_is_the_least_that_suffices(share, half_width):
    n = draws_for_share(share, half_width)

    def half(draws):
        low, high = proportion_confint(share * draws, draws, method="wilson")
        return (high - low) / 2

    assert half(n) <= half_width * (1 + 1e-9)
    assert half(n - 1) > half_width * (1 - 1e-9)


def test_convergence_of_replicated_worlds_counts_worlds():
    generator = np.random.default_rng(0)
    effect = np.repeat(generator.normal(size=50), 20)
    found = convergence(effect + 0.01 * generator.normal(size=1000), np.repeat(np.arange(50), 20), 0.05)
    assert found.draws == 50
    # The standard error is that of 50 worlds: 1/sqrt(50), not of 1,000 runs.
    assert found.now.half_width == pytest.approx(1.96 * effect.std() / np.sqrt(50), rel=0.2)
    assert found.needed == pytest.approx(50 * (found.now.half_width / 0.05) ** 2, abs=1)
    assert "more worlds" in found.words()
    assert [n for n, _ in found.history] == [6, 12, 25, 50]


def test_an_estimate_that_is_sure_enough_needs_nothing_more():
    found = convergence([True, False] * 2000, None, 0.05)
    assert found.more == 0
    assert "as asked" in found.words()


def test_an_impossible_half_width_is_refused():
    with pytest.raises(ResultError, match="half-width 0: it lies between"):
        draws_for_share(0.5, 0)


def test_worlds_that_return_at_every_point_do_not_make_noise_significant():
    """Twelve points over the same 60 worlds: by runs noise looks significant, by worlds it does not."""
    by_run = by_world = 0
    for trial in range(40):
        generator = np.random.default_rng(trial)
        frame = pd.DataFrame({"noise": generator.random(60), "switch": generator.choice(["on", "off"], 60)})
        chance = generator.random(60)
        yes = chance[:, None] > np.linspace(0.3, 0.7, 12)
        runs = frame.loc[np.repeat(np.arange(60), 12)]
        by_run += any(e.p < 0.05 for e in regional_sensitivity(runs, yes.ravel()))
        counts = yes.sum(axis=1)
        by_world += any(e.p < 0.05 for e in regional_by_world(frame, counts, 12 - counts, permutations=1000))
    assert by_run > 20
    assert by_world <= 8


def test_by_world_equal_values_have_one_place_in_both_distributions():
    # The order of worlds with one value is no finding: here it alone would make a distance of one half.
    low = np.arange(40) < 20
    frame = pd.DataFrame({"even": np.arange(40) % 2, "thirds": np.arange(40) // 14})
    found = {e.factor: e for e in regional_by_world(frame, low.astype(int), (~low).astype(int), permutations=2000)}
    assert found["even"].distance == pytest.approx(0, abs=1e-12)
    assert found["even"].p > 0.9
    expected = ks_2samp(frame.thirds[low], frame.thirds[~low])
    assert found["thirds"].distance == pytest.approx(expected.statistic)
    assert found["thirds"].p == pytest.approx(1 / 2001)


def test_by_world_an_input_that_decides_is_found_and_equals_the_plain_test_at_one_point():
    generator = np.random.default_rng(1)
    frame = pd.DataFrame({"a": generator.random(200), "b": generator.random(200)})
    yes = (frame.a > 0.5).to_numpy()
    found = {e.factor: e for e in regional_by_world(frame, yes.astype(int), (~yes).astype(int))}
    plain = {e.factor: e for e in regional_sensitivity(frame, yes)}
    for name in ("a", "b"):
        assert found[name].distance == pytest.approx(plain[name].distance)
        assert found[name].p == pytest.approx(plain[name].p, abs=0.02)
    assert found["a"].p_holm < 0.001


def lucky(case):
    """Agree by the point and by luck."""
    return {"agreed": np.random.default_rng(case.luck).random() < case.settings["x"]}


@pytest.mark.parametrize(
    ("more", "draws", "rows"),
    [
        ({"factors": [ranged("x", 0.1, 0.9, steps=5)], "replications": 40}, "200 runs", "points"),
        ({"factors": [ranged("x", 0.1, 0.9, steps=5)], "worlds": 2, "replications": 3}, "2 worlds", "cases"),
        ({"factors": [ranged("x", 0.1, 0.9)], "method": "latin-hypercube", "samples": 30}, "30 points", "points"),
        ({"factors": [ranged("x", 0.1, 0.9, steps=9)]}, "9 runs", "points"),
        ({"factors": [ranged("x", 0.1, 0.9)], "method": "sobol", "samples": 8}, "8 base points", "points"),
        ({"factors": [ranged("x", 0.1, 0.9)], "method": "morris", "samples": 6}, "6 trajectories", "points"),
    ],
)
def test_an_analysis_counts_what_is_independent_and_names_it(more, draws, rows):
    result = sweep(Design(**more), workers=0, model=lucky, outcomes={"agreed": bool}, quiet=True)
    (found,) = analyse(result)
    assert f"from {draws}:" in found.words()
    assert f"% of {rows} are agreed" in found.to_json()["tree"][0]["words"]
    said_half = any("at least half of its runs" in note for note in found.notes)
    assert said_half == ("replications" in more)


def test_worlds_that_all_say_the_same_do_not_make_an_estimate_certain():
    none = convergence([False] * 12, np.repeat(np.arange(3), 4), 0.03)
    assert none.now.high == pytest.approx(wilson(0, 3).high)
    a_third = convergence([True, False, False] * 4, np.repeat(np.arange(4), 3), 0.03)
    assert a_third.now.low < 1 / 3 - 0.1 < 1 / 3 + 0.1 < a_third.now.high
    for found in (none, a_third):
        assert found.draws + found.more == draws_for_share(0.0, 0.03)
        assert "more worlds" in found.words()


@pytest.mark.parametrize(("values", "words"), [([0.0, 0.0], "0 ± 0.4 from 1 world: some"), ([3, 5], "4 from 1 world:")])
def test_one_world_is_never_enough(values, words):
    found = convergence(values, [0, 0], 0.03)
    assert found.words().startswith(words)
    assert found.more > 0


@pytest.mark.parametrize("asked", [0.0, -1.0, float("nan")])
def test_a_half_width_that_no_interval_has_is_refused_for_numbers_too(asked):
    with pytest.raises(ResultError, match="above 0"):
        convergence([3, 5, 4], None, asked)


def told(case):
    """Agree where the first of two numbers is low; say why not in words."""
    agreed = case.settings["x"] < 0.45
    return {"agreed": agreed, "rounds": 7, "last_refuser": "" if agreed else "vale"}


OUTCOMES = {"agreed": bool, "rounds": int, "last_refuser": str}


@pytest.fixture(scope="module")
def few_points(tmp_path_factory):
    design = Design(factors=[ranged("x", 0, 1), ranged("y", 0, 1)], method="sobol", samples=4, seed=3)
    folder = tmp_path_factory.mktemp("few") / "r"
    return sweep(design, 0, folder, model=told, outcomes=OUTCOMES, quiet=True)


def test_an_outcome_that_no_run_has_is_refused_with_what_there_is(few_points):
    with pytest.raises(ResultError, match="no run has last_refuser 'val'; did you mean 'vale'"):
        analyse(few_points, "last_refuser=val")
    with pytest.raises(ResultError, match="no outcome 'zone' in this result; valid: agreed, rounds"):
        analyse(few_points, "zone")


def test_sensitivities_without_an_interval_say_so(few_points, capsys):
    (found,) = analyse(few_points)
    print_analysis(found.to_json(), found.words())
    said = capsys.readouterr().out
    assert "nan" not in said
    assert "no interval" in said
    assert "take more samples" in said
    (constant,) = analyse(few_points, "rounds>3")
    print_analysis(constant.to_json(), constant.words())
    said = capsys.readouterr().out
    assert "nan" not in said
    assert "never varies" in said


def test_a_region_that_few_points_hold_up_is_called_perhaps_chance(capsys):
    design = Design(factors=[ranged("x", 0, 1, steps=4)])
    (found,) = analyse(sweep(design, workers=0, model=told, outcomes=OUTCOMES, quiet=True))
    print_analysis(found.to_json(), found.words())
    assert "By a tree, perhaps by chance: Where x at most" in capsys.readouterr().out


def fated(case):
    """Agree by the point and by the world, which returns at every point."""
    return {"agreed": np.random.default_rng(case.world).random() < case.settings["x"]}


def test_common_random_numbers_do_not_pass_for_independent_runs():
    factors = [ranged("x", 0.4, 0.6, steps=21)]
    result = sweep(Design(factors=factors, worlds=30), workers=0, model=fated, outcomes={"agreed": bool}, quiet=True)
    (found,) = analyse(result)
    spread = result.table.groupby("world").agreed.mean().std() / np.sqrt(30)
    # Were the 630 runs independent, the interval would be some four times too narrow.
    assert found.convergence.now.half_width == pytest.approx(1.96 * spread, rel=0.2)
    assert found.convergence.draws == 30
    # Without worlds each point has luck of its own, and the 630 runs are.
    alone = sweep(
        Design(factors=factors, replications=30), workers=0, model=lucky, outcomes={"agreed": bool}, quiet=True
    )
    (found,) = analyse(alone)
    assert found.convergence.now.half_width == pytest.approx(1.96 * np.sqrt(0.25 / 630), rel=0.02)
    assert found.convergence.draws == 630


def lasting(case):
    """Last some years, the longer the more is kept, by the luck of a world."""
    luck = np.random.default_rng(case.world).random()
    return {
        "months": round(120 * min(1.0, case.settings["kept"] * (0.5 + luck))),
        "margin": case.settings["kept"] - 0.5,
    }


@pytest.fixture(scope="module")
def years(tmp_path_factory):
    design = Design(factors=[ranged("kept", 0, 1, steps=11)], worlds=40, name="years")
    folder = tmp_path_factory.mktemp("years") / "r"
    outcomes = {"months": int, "margin": float}
    return sweep(design, 0, folder, model=lasting, outcomes=outcomes, quiet=True)


@pytest.mark.parametrize("outcome", ["months", "margin"])
def test_numbers_are_outcomes_and_regions_tell_where_they_are_above_the_median(years, outcome, capsys):
    (found,) = analyse(years, outcome)
    median = np.median(years.table.groupby(["point", "world"])[outcome].mean())
    assert found.yes == f"{outcome} above {median:.4g}"
    assert found.regional[0].factor == "kept"
    assert found.regional[0].distance > 0.7
    assert f"are {found.yes} (density" in " ".join(found.to_json()["boxes"][0]["words"].split())
    assert found.convergence.asked == pytest.approx(0.1 * years.table[outcome].std(ddof=0))
    assert found.convergence.more < 1000
    print_analysis(found.to_json(), found.words())
    assert "above its median" in " ".join(capsys.readouterr().out.split())


def test_no_absurd_number_of_draws_is_proposed(years):
    (found,) = analyse(years, "months", half_width=0.03)
    assert found.convergence.needed > 20_000
    assert "± 0.03 is out of reach; 20,000 worlds would give ± 0." in found.words()
