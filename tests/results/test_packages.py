"""Exact sweeps compared package by package, against counting by hand and statsmodels."""

import dataclasses
import json

import numpy as np
import pytest
from statsmodels.stats.contingency_tables import mcnemar

import sim
from sim.cli import main
from sim.results import packages
from sim.results.bitsets import unpacked
from sim.results.compare import compare
from sim.results.intervals import holm
from sim.results.store import load
from sim.sweeps.design import Design
from sim.sweeps.factors import listed
from sim.sweeps.results import sweep
from tests.sweeps.small_war import SMALL

WORLDS = 80
SOFTER = SMALL.replace("{value: 0.45, low: 0.3, high: 0.6}", "{value: 0.3, low: 0.15, high: 0.45}")
WIDER = (
    SMALL.replace("swap: A swap}", "swap: A swap, share: A share}")
    .replace("swap: {value: 0.5, low: 0.4, high: 0.6}}", "swap: {value: 0.5, low: 0.4, high: 0.6}, share: 0.5}")
    .replace("swap: {value: 0.4, low: 0.2, high: 0.8}}", "swap: {value: 0.4, low: 0.2, high: 0.8}, share: 0.5}")
)


def swept(folder, text, *, seed=3, worlds=WORLDS, factors=()):
    design = Design(sim.scenario_from_text(text), worlds=worlds, seed=seed, depth="exact", factors=list(factors))
    sweep(design, workers=0, out=folder, quiet=True)
    return folder


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    base = tmp_path_factory.mktemp("packages")
    return swept(base / "hard", SMALL), swept(base / "soft", SOFTER)


def bits(folder, test, n=4):
    return np.array([unpacked(row, n) for row in load(folder)[f"bits.{test}"]])


def of_test(comparison, test):
    return next(found for found in comparison.packages if found.test == test)


def test_each_package_is_compared_world_by_world(pair):
    found = compare(*pair)
    assert {each.test for each in found.packages} >= {"stable", "acceptable", "self_enforcing"}
    for each in found.packages:
        before, after = (bits(folder, each.test) for folder in pair)
        np.testing.assert_allclose(each.first, before.mean(axis=0))
        np.testing.assert_allclose(each.second, after.mean(axis=0))
        assert (each.gained == (after & ~before).sum(axis=0)).all()
        assert (each.lost == (before & ~after).sum(axis=0)).all()
        assert each.n_worlds == WORLDS


def test_p_is_mcnemars_and_the_interval_is_that_of_bonett_and_price(pair):
    each = of_test(compare(*pair), "acceptable")
    assert (each.gained > 0).any()
    for k in range(4):
        gained, lost = int(each.gained[k]), int(each.lost[k])
        expected = mcnemar([[0, gained], [lost, 0]], exact=True).pvalue if gained + lost else 1.0
        assert each.p[k] == pytest.approx(expected)
        p12, p21 = (gained + 1) / (WORLDS + 2), (lost + 1) / (WORLDS + 2)
        half = 1.959964 * np.sqrt((p12 + p21 - (p12 - p21) ** 2) / (WORLDS + 2))
        assert each.low[k] == pytest.approx(p12 - p21 - half, abs=1e-6)
        assert each.high[k] == pytest.approx(p12 - p21 + half, abs=1e-6)


def test_p_values_are_adjusted_over_all_packages_that_could_differ(pair):
    found = compare(*pair)
    p = np.concatenate([each.p for each in found.packages])
    touched = np.concatenate([each.gained + each.lost > 0 for each in found.packages])
    expected = np.ones(len(p))
    expected[touched] = holm(p[touched].tolist())
    np.testing.assert_allclose(np.concatenate([each.p_holm for each in found.packages]), expected)


def test_a_softer_reservation_makes_packages_acceptable_and_none_less(pair):
    each = of_test(compare(*pair), "acceptable")
    assert each.summary()["more_robust"] > 0
    assert each.summary()["less_robust"] == 0
    table = each.to_frame(each.foremost(10))
    assert table["changed"].all()
    assert (table["difference"].abs().diff().dropna() <= 0).all()
    assert set(table.columns) >= {"land", "troops", "first_share", "second_share"}


def test_worlds_that_return_under_several_points_count_once(tmp_path):
    points = [listed("parties.north.no_deal.reservation", [0.3, 0.5, 0.7])]
    a = swept(tmp_path / "a", SMALL, factors=points)
    b = swept(tmp_path / "b", SOFTER, factors=points)
    each = of_test(compare(a, b), "acceptable")
    assert each.n_worlds == WORLDS
    change = bits(b, "acceptable").astype(int) - bits(a, "acceptable")
    by_world = np.array([change[load(a)["world"] == world].mean(axis=0) for world in range(WORLDS)])
    assert (each.gained == (by_world > 0).sum(axis=0)).all()
    np.testing.assert_allclose(each.difference, change.mean(axis=0))
    centre = by_world.sum(axis=0) / (WORLDS + 2)
    half = 1.959964 * np.sqrt((((by_world**2).sum(axis=0) + 2) / (WORLDS + 2) - centre**2) / (WORLDS + 2))
    np.testing.assert_allclose(each.high, centre + half, atol=1e-6)


def test_little_memory_gives_the_same_numbers(pair, monkeypatch):
    whole = compare(*pair)
    monkeypatch.setattr(packages, "BUDGET", 1)
    for one, other in zip(whole.packages, compare(*pair).packages, strict=True):
        for name in ("first", "second", "low", "high", "p_holm"):
            np.testing.assert_array_equal(getattr(one, name), getattr(other, name))


def test_packages_are_matched_by_their_options_not_by_their_numbers(tmp_path, pair):
    wider = swept(tmp_path / "wider", WIDER)
    found = compare(pair[0], wider)
    each = of_test(found, "acceptable")
    wide = sim.AgreementSpace.of(sim.scenario_from_text(WIDER))
    for mine, theirs in zip(each.package, each.partner, strict=True):
        assert each.space.agreement(int(mine)) == wide.agreement(int(theirs))
    assert (each.package != each.partner).any()
    back = compare(wider, pair[0])
    assert any("2 packages of the first do not exist in the second" in note for note in back.notes)


def test_other_worlds_are_not_compared_package_by_package(tmp_path, pair):
    other = swept(tmp_path / "other", SOFTER, seed=4)
    found = compare(pair[0], other)
    assert found.packages == ()
    assert any("only in the same worlds" in note for note in found.notes)


def test_scenarios_of_one_sweep_are_compared_with_one_another(tmp_path):
    scenarios = {"hard": sim.scenario_from_text(SMALL), "soft": sim.scenario_from_text(SOFTER)}
    sweep(Design(scenarios=scenarios, worlds=20, seed=3, depth="exact"), workers=0, out=tmp_path / "s", quiet=True)
    each = of_test(compare(tmp_path / "s"), "acceptable")
    assert each.summary()["worlds"] == 20
    assert (each.gained > 0).any()


def test_the_command_shows_them_in_every_form(pair, capsys):
    def told(*options, code=0):
        capsys.readouterr()
        try:
            main(["compare", *map(str, pair), *options])
            ended = 0
        except SystemExit as stop:
            ended = stop.code
        output = capsys.readouterr()
        assert ended == code, output.err
        return output.err if code else output.out

    screen = told()
    assert "Robustness, package by package, over 80 worlds" in screen
    assert "changed most in" in screen
    data = json.loads(told("--json"))
    assert data["packages"][0]["packages"] == 4
    assert "**Robustness, package by package" in told("--md")
    lines = told("--csv", "--packages").splitlines()
    assert lines[0].startswith("second,test,package,package_in_second,land,troops,first_share")
    assert len(lines) > 1
    assert "goes with --csv" in told("--packages", code=2)


def test_the_number_of_the_best_package_is_no_outcome(pair):
    outcomes = [difference.outcome for difference in compare(*pair).differences]
    assert "best_margin" in outcomes
    assert "best" not in outcomes


def test_a_package_that_gained_as_often_as_it_lost_is_a_question_like_the_others(pair):
    each = of_test(compare(*pair), "acceptable")
    ones, none = np.ones(2, np.int64), np.zeros(2, np.int64)
    even = dataclasses.replace(each, p=np.array([0.04, 1.0]), gained=np.array([6, 1]), lost=np.array([0, 1]))
    assert packages.adjusted([even])[0].p_holm.tolist() == [0.08, 1.0]
    untouched = dataclasses.replace(even, gained=6 * ones * [1, 0], lost=none)
    assert packages.adjusted([untouched])[0].p_holm.tolist() == [0.04, 1.0]


def test_a_test_that_only_one_scenario_keeps_is_not_compared(tmp_path):
    asks_more = SMALL.replace("require: [acceptable, coalition_proof]", "require: [acceptable, natural]")
    scenarios = {"hard": sim.scenario_from_text(SMALL), "more": sim.scenario_from_text(asks_more)}
    sweep(Design(scenarios=scenarios, worlds=8, seed=3, depth="exact"), workers=0, out=tmp_path / "s", quiet=True)
    assert "bits.natural" in load(tmp_path / "s").columns
    tests = [each.test for each in compare(tmp_path / "s").packages]
    assert "acceptable" in tests
    assert "natural" not in tests
