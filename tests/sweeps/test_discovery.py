"""Scenario discovery against ema_workbench, and what it says."""

import warnings

import numpy as np
import pandas as pd
import pytest

from sim.errors import ResultError
from sim.sweeps.boxes import measured
from sim.sweeps.discovery import prim
from sim.sweeps.tree import tree


def data(n=2000, seed=3):
    generator = np.random.default_rng(seed)
    frame = pd.DataFrame(generator.random((n, 5)), columns=["a", "b", "c", "d", "e"])
    yes = (frame.a < 0.45) & (frame.b > 0.3)
    return frame, (yes ^ (generator.random(n) < 0.05)).to_numpy()


def mixed(n=2000, seed=4):
    generator = np.random.default_rng(seed)
    frame = pd.DataFrame({"a": generator.random(n), "b": generator.random(n)})
    frame["structure"] = generator.choice(["fortna", "lo-hashimoto-reiter", "none"], n)
    yes = (frame.a > 0.4) & (frame.structure == "fortna")
    return frame, (yes ^ (generator.random(n) < 0.03)).to_numpy()


@pytest.mark.parametrize("make", [data, mixed])
@pytest.mark.parametrize("seed", [1, 2])
def test_prim_takes_the_same_path_as_ema_workbench(make, seed):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from ema_workbench.analysis.prim import Prim

        frame, yes = make(800, seed)
        theirs = Prim(frame.copy(), yes).find_box().peeling_trajectory
    _, (ours,) = prim(frame, yes)
    np.testing.assert_allclose(ours.coverage, theirs["coverage"], atol=1e-12)
    np.testing.assert_allclose(ours.density, theirs["density"], atol=1e-12)
    np.testing.assert_allclose(ours.mass, theirs["mass"], atol=1e-12)
    assert ours.n_restricted.tolist() == theirs["res_dim"].tolist()


def test_prim_finds_the_box_that_was_put_there_and_says_it_in_words():
    frame, yes = data()
    (box,), _ = prim(frame, yes)
    limits = {r.factor: r for r in box.restrictions}
    assert set(limits) == {"a", "b"}
    assert limits["a"].high == pytest.approx(0.45, abs=0.03)
    assert limits["b"].low == pytest.approx(0.3, abs=0.03)
    assert box.density.estimate > 0.9
    assert box.coverage.estimate > 0.85
    said = box.words("deal")
    assert "a at most 0.4" in said
    assert "(density" in said
    assert "(coverage)" in said


def test_prim_handles_options():
    frame, yes = mixed()
    (box,), _ = prim(frame, yes)
    assert {r.factor: r.options for r in box.restrictions}["structure"] == ("fortna",)


def test_a_restriction_that_chance_explains_is_dropped():
    generator = np.random.default_rng(8)
    frame = pd.DataFrame(generator.random((300, 6)), columns=list("abcdef"))
    yes = frame.a.to_numpy() > 0.5
    (box,), _ = prim(frame, yes)
    assert [r.factor for r in box.restrictions] == ["a"]
    assert box.restrictions[0].quasi_p < 1e-6


def test_boxes_found_later_lie_among_the_worlds_left_over():
    generator = np.random.default_rng(8)
    frame = pd.DataFrame(generator.random((3000, 2)), columns=["a", "b"])
    yes = ((frame.a < 0.2) | (frame.b > 0.85)).to_numpy()
    first, second = prim(frame, yes, n_boxes=2)[0]
    assert {r.factor for r in first.restrictions} | {r.factor for r in second.restrictions} == {"a", "b"}


def test_the_shares_of_a_box_are_the_shares_counted_by_hand():
    frame, yes = data(400)
    (box,), _ = prim(frame, yes)
    again = measured(box.restrictions, frame, yes)
    inside = box.holds(frame)
    assert again.density.estimate == yes[inside].mean()
    assert again.coverage.estimate == yes[inside].sum() / yes.sum()
    assert box.mass == inside.mean()


def test_the_tree_finds_the_same_region():
    frame, yes = mixed()
    best = tree(frame, yes)[0]
    said = {r.factor: r for r in best.restrictions}
    assert said["structure"].options == ("fortna",)
    assert said["a"].low == pytest.approx(0.4, abs=0.05)
    assert best.density.estimate > 0.9


@pytest.mark.parametrize("yes", [np.zeros(20, bool), np.ones(20, bool)])
def test_an_outcome_that_never_varies_is_refused(yes):
    frame = pd.DataFrame({"a": np.linspace(0, 1, 20)})
    for method in (prim, tree):
        with pytest.raises(ResultError, match="nothing to tell apart"):
            method(frame, yes)


def test_missing_outcomes_and_factors_are_refused():
    frame = pd.DataFrame({"a": [0.1, np.nan, 0.3]})
    with pytest.raises(ResultError, match="factors with gaps: a"):
        prim(frame, [True, False, True])
    with pytest.raises(ResultError, match="outcomes are missing"):
        prim(frame, [1.0, np.nan, 0.0])
