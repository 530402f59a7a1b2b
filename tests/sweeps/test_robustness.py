"""Exact sweeps: what is kept per world is what `assess` says, and robustness is counting."""

from itertools import pairwise

import numpy as np
import pytest

import sim
from sim.agreements.payoffs import SCALE
from sim.domain.world import draw_world
from sim.errors import ResultError
from sim.results.bitsets import unpacked
from sim.results.intervals import wilson
from sim.stability.assess import assess
from sim.sweeps.design import Design
from sim.sweeps.exact import HEADLINE
from sim.sweeps.factors import listed, ranged
from sim.sweeps.results import sweep
from sim.sweeps.robustness import robustness
from tests.sweeps.small_war import SMALL

WORLDS = 60


@pytest.fixture(scope="module")
def small():
    return sim.scenario_from_text(SMALL)


@pytest.fixture(scope="module")
def swept(small, tmp_path_factory):
    design = Design(small, worlds=WORLDS, seed=3, depth="exact")
    return sweep(design, workers=0, out=tmp_path_factory.mktemp("exact") / "s", quiet=True)


def assessed(small):
    return [assess(small, draw_world(small, 3, world)) for world in range(WORLDS)]


def test_the_bits_of_a_world_are_the_verdicts_of_assess(small, swept):
    for world, found in enumerate(assessed(small)):
        row = swept.table.iloc[world]
        n = found.n_agreements
        for test in ("coalition_proof", "self_enforcing", "unilaterally_stable.nash", "acceptable"):
            assert (unpacked(row[f"bits.{test}"], n) == found.test(test).holds).all(), (world, test)
            assert row[f"n.{test}"] == found.test(test).holds.sum()
        assert (unpacked(row["bits.stable"], n) == found.stable).all()
        assert row["zone"] == len(found.payoffs.zone_of_agreement())


def test_robustness_is_the_share_of_worlds(small, swept):
    (found,) = robustness(swept.folder)
    worlds = assessed(small)
    assert found.n_worlds == found.n_independent == WORLDS
    for test in found.tests:
        holds = [w.stable if test == "stable" else w.test(test).holds for w in worlds]
        np.testing.assert_allclose(found.shares[test], np.mean(holds, axis=0))
    assert set(HEADLINE) | {"stable"} == set(found.tests)
    assert 0 < found.shares["stable"].max() < 1


def test_intervals_are_wilsons(swept):
    (found,) = robustness(swept.folder)
    low, high = found.interval("acceptable")
    for share, a, b in zip(found.shares["acceptable"], low, high, strict=True):
        expected = wilson(round(share * WORLDS), WORLDS)
        assert (a, b) == pytest.approx((expected.low, expected.high))


def test_regret_is_the_shortfall_against_the_best_package_of_each_world(small, swept):
    (found,) = robustness(swept.folder)
    least = np.array([w.payoffs.least_margin for w in assessed(small)]) / SCALE
    regret = least.max(axis=1, keepdims=True) - least
    np.testing.assert_allclose(found.regret, regret.mean(axis=0), atol=1e-4)
    np.testing.assert_allclose(found.worst_regret, regret.max(axis=0), atol=2e-4)


def test_who_usually_breaks_a_package_is_the_first_failing_tests_binding_party(small, swept):
    (found,) = robustness(swept.folder)
    worlds = assessed(small)
    for agreement in range(worlds[0].n_agreements):
        counts = {}
        for world in worlds:
            for test in small.stability.require:
                result = world.test(test)
                if not result.holds[agreement]:
                    column = result.binding[agreement]
                    party = world.parties[column] if column >= 0 else "nobody in particular"
                    counts[f"{party}: {test}"] = counts.get(f"{party}: {test}", 0) + 1
                    break
        usual = found.breaker[agreement]
        assert counts.get(usual, 0) == max(counts.values(), default=0)
        assert found.breaker_share[agreement] == pytest.approx(counts.get(usual, 0) / WORLDS)


def test_packages_are_ranked_and_shown_by_option(swept):
    (found,) = robustness(swept.folder)
    ranked = found.to_frame("stable")
    assert ranked["stable"].is_monotonic_decreasing
    assert {"land", "troops", "stable.low", "regret", "breaker"} <= set(ranked.columns)
    options = found.by_option("land")
    assert options.loc["line", "best"] == ranked[ranked.land == "line"]["stable"].max()
    assert options["packages"].tolist() == [2, 2]
    with pytest.raises(ResultError, match="no test 'stabel' in this result; did you mean 'stable'"):
        found.to_frame("stabel")
    with pytest.raises(ResultError, match="no issue 'lnd'; did you mean 'land'"):
        found.by_option("lnd")


def test_robustness_is_told_apart_by_factor_and_pooled_intervals_count_a_world_once(small):
    design = Design(
        small, factors=[ranged("parties.north.no_deal.reservation", 0.3, 0.7, steps=3)], worlds=20, depth="exact"
    )
    results = sweep(design, workers=0, quiet=True)
    apart = robustness(results.folder, ("parties.north.no_deal.reservation",))
    assert [g.group["parties.north.no_deal.reservation"] for g in apart] == [0.3, 0.5, 0.7]
    shares = [g.shares["acceptable"] for g in apart]
    assert all((a >= b).all() for a, b in pairwise(shares))  # a higher line accepts no more
    (pooled,) = robustness(results.folder)
    np.testing.assert_allclose(pooled.shares["acceptable"], np.mean(shares, axis=0))
    assert (pooled.n_worlds, pooled.n_independent) == (60, 20)
    with pytest.raises(ResultError, match="no factor 'coding_'"):
        robustness(results.folder, ("coding_",))


@pytest.mark.parametrize(
    ("more", "counted", "draws"),
    [
        ({"worlds": 1}, "1 world", 1),
        ({"worlds": 4, "factors": ["steps"]}, "12 cases of 4 worlds at several points", 4),
        ({"factors": ["steps"]}, "3 points at central values", 3),
        ({"method": "latin-hypercube", "samples": 5, "factors": ["range"]}, "5 points at central values", 5),
        ({"method": "sobol", "samples": 4, "factors": ["range"]}, "16 points at central values", 4),
        ({"method": "morris", "samples": 3, "factors": ["range"]}, "9 points at central values", 3),
    ],
)
def test_shares_say_what_they_are_of_and_rest_on_what_is_drawn(small, more, counted, draws):
    path = "parties.north.no_deal.reservation"
    kinds = {"steps": ranged(path, 0.3, 0.7, steps=3), "range": ranged(path, 0.3, 0.7)}
    design = Design(small, **{**more, "factors": [kinds[name] for name in more.get("factors", [])]}, depth="exact")
    (found,) = robustness(sweep(design, workers=0, quiet=True))
    assert found.counted() == counted
    assert found.n_independent == draws


def test_what_has_no_codings_cannot_be_told_apart_by_coding(swept):
    with pytest.raises(ResultError, match="no factor 'coding'; it has none"):
        robustness(swept.folder, ("coding",))


def test_more_real_red_lines_never_enlarge_the_zone(small):
    design = Design(small, factors=[ranged("red_lines.p_real", 0, 1, steps=5)], worlds=40, depth="exact")
    results = sweep(design, workers=0, quiet=True)
    table = results.table
    zones = table.pivot(index="world", columns="point", values="zone").to_numpy()
    lines = table.pivot(index="world", columns="point", values="n_real_lines").to_numpy()
    assert (np.diff(zones, axis=1) <= 0).all()
    assert (np.diff(lines, axis=1) >= 0).all()
    assert lines[:, 0].sum() == 0
    assert (lines[:, -1] == 1).all()
    assert zones[:, 0].sum() > zones[:, -1].sum()


def test_lines_that_are_real_or_bluff_throughout_bracket_the_drawn_ones(small):
    drawn = sweep(Design(small, worlds=40, depth="exact"), workers=0, quiet=True).table
    switched = sweep(
        Design(small, factors=[listed("red_lines", ["real", "bluff"])], worlds=40, depth="exact"), workers=0, quiet=True
    ).table
    real, bluff = (switched[switched.point == p]["zone"].to_numpy() for p in (0, 1))
    zone = drawn["zone"].to_numpy()
    assert (((zone == real) | (zone == bluff)) & (real <= bluff)).all()
    assert ((zone == bluff) & (zone != real)).any()


def test_a_simulated_sweep_has_no_robustness(small, tmp_path):
    sweep(Design(small, worlds=2), workers=0, out=tmp_path / "s", quiet=True)
    with pytest.raises(ResultError, match="needs a sweep with depth exact; this is a sweep with depth simulate"):
        robustness(tmp_path / "s")


def test_exact_sweeps_are_the_same_bytes_on_two_workers(small, swept, tmp_path):
    design = Design(small, worlds=WORLDS, seed=3, depth="exact")
    sweep(design, workers=2, out=tmp_path / "s", quiet=True)
    for path in sorted(swept.folder.glob("chunks/*.parquet")):
        assert (tmp_path / "s" / "chunks" / path.name).read_bytes() == path.read_bytes()
