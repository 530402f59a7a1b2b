"""The baselines of a scenario, and the command that prints them."""

from __future__ import annotations

import json

import numpy as np
import pytest

import sim
from sim.baselines.forecasts import METHODS, baselines_of, weighed_by
from sim.cli import main

BERLIN = "scenarios/berlin-2025/scenario.yaml"
TWO = "scenarios/tutorial-two-by-two/scenario.yaml"


@pytest.fixture(scope="module")
def two():
    return sim.read_scenario(TWO)


@pytest.fixture(scope="module")
def berlin():
    return sim.read_scenario(BERLIN)


def printed(capsys, *arguments):
    main(["baselines", *arguments])
    return capsys.readouterr().out


def by_name(found):
    return {(forecast.issue, forecast.method): forecast for forecast in found.issues}


def test_the_tutorial_is_what_pencil_and_paper_give(two):
    found = by_name(baselines_of(two, worlds=0))
    # Hill wants to hold the pass and gives it 2 of 8; Vale wants to share it and gives it 6 of 10.
    assert found["pass", "compromise"].place == pytest.approx(0.25 / (0.25 + 0.6))
    assert found["pass", "weighted_median"].place == 0
    # Shared gains Vale 1 and costs Hill .8: held wins with .25 × .8 against .6 × 1.
    assert found["pass", "condorcet"].place == pytest.approx(0.2 / (0.2 + 0.6), abs=1e-6)
    assert found["pass", "condorcet"].option == "shared"
    assert found["guard", "compromise"].place == pytest.approx(0.4 / (0.4 + 0.75))


def test_an_election_of_packages_counts_no_deal_and_weighs_by_capability(two):
    found = baselines_of(two, [0], worlds=0)
    (package, no_deal) = found.packages
    space = sim.Payoffs.of(two).space
    assert space.agreement(0) == {"pass": "held", "guard": "absent"}
    # Held without a promise: Hill 1 against .3, Vale 0 against .35.
    assert package.probability == pytest.approx(0.7 / (0.7 + 0.35), abs=1e-6)
    assert no_deal.agreement is None
    heavy = sim.with_settings(
        two,
        {"baseline_weights": {"hill": 0.1, "vale": 0.9}, "parties.hill.capability": 1, "parties.vale.capability": 1},
    )
    assert weighed_by(heavy) == "baseline_weights"
    (package, _) = baselines_of(heavy, [0], worlds=0).packages
    assert package.probability == pytest.approx(0.07 / (0.07 + 0.9 * 0.35), abs=1e-6)


def test_weights_are_equal_where_one_party_has_none(two):
    some = sim.with_settings(two, {"parties.hill.capability": 3})
    assert weighed_by(some) == "nothing"
    assert baselines_of(some, worlds=0).weights == {"hill": 0.5, "vale": 0.5}


def test_an_issue_on_no_line_has_an_election_only(two):
    found = by_name(baselines_of(sim.with_settings(two, {"issues.pass.ordered": False}), worlds=20))
    assert [method for issue, method in found if issue == "pass"] == ["condorcet"]
    assert found["pass", "condorcet"].place is None
    assert [method for issue, method in found if issue == "guard"] == list(METHODS)


def test_several_best_options_put_a_party_midway_and_halfway_reads_as_the_first(two):
    equal = sim.with_settings(
        two,
        {"parties.hill.utility.pass": {"shared": 1, "held": 1}, "parties.vale.utility.pass": {"shared": 1, "held": 1}},
    )
    forecast = by_name(baselines_of(equal, worlds=0))["pass", "compromise"]
    assert (forecast.place, forecast.option) == (0.5, "shared")


def test_an_issue_nobody_who_weighs_anything_cares_about_is_everybodys_alike(two):
    one_sided = {"parties.hill.salience.guard": 0, "parties.hill.capability": 1, "parties.vale.capability": 0}
    found = by_name(baselines_of(sim.with_settings(two, one_sided), worlds=2))
    assert {found["guard", method].place for method in ("compromise", "expected_utility")} <= {0.0, 0.5, 1.0}
    assert found["guard", "compromise"].place == 0.5
    assert found["pass", "compromise"].place == 1.0


def test_worlds_spread_the_forecasts_and_the_seed_fixes_them(berlin):
    found = baselines_of(berlin, worlds=30, seed=4)
    assert found == baselines_of(berlin, worlds=30, seed=4)
    assert found.issues != baselines_of(berlin, worlds=30, seed=5).issues
    wide = [forecast.high - forecast.low for forecast in found.issues if forecast.method == "compromise"]
    assert len(wide) == sum(issue.ordered for issue in berlin.issues.values())
    assert 0.01 < np.mean(wide) < 0.3
    for forecast in found.issues:
        assert sum(forecast.shares.values()) == pytest.approx(1)
        assert list(forecast.shares) == list(berlin.issues[forecast.issue].options)
    # Central values do not depend on how many worlds are drawn.
    assert [f.place for f in found.issues] == [f.place for f in baselines_of(berlin, worlds=0).issues]


def test_worlds_worked_out_some_at_a_time_are_the_same(berlin, monkeypatch):
    whole = baselines_of(berlin, worlds=7)
    monkeypatch.setattr("sim.baselines.forecasts._TRIPLES", 3 * 8**3)
    assert baselines_of(berlin, worlds=7) == whole


def test_the_order_of_parties_in_a_file_does_not_matter(berlin):
    data = {**berlin.data, "parties": dict(reversed(berlin.data["parties"].items()))}
    turned = sim.scenario_from_text(json.dumps(data))
    assert list(turned.parties) != list(berlin.parties)
    first, second = baselines_of(berlin, worlds=3), baselines_of(turned, worlds=3)
    assert [f.shares for f in first.issues] == [f.shares for f in second.issues]
    assert [f.place for f in first.issues] == [f.place for f in second.issues]


def test_the_command_prints_what_its_json_holds(capsys):
    given = (BERLIN, "--worlds", "10", "--seed", "3", "--top", "2")
    content = json.loads(printed(capsys, *given, "--json"))
    assert content["weighed_by"] == "capability"
    assert len(content["packages"]) == 3
    assert sum(one["probability"] for one in content["packages"]) == pytest.approx(1)
    shown = printed(capsys, *given)
    (median,) = (f for f in content["issues"] if (f["issue"], f["method"]) == ("dmz", "weighted_median"))
    row = f"weighted median {median['place']:.2f} {median['low']:.2f} to {median['high']:.2f}"
    assert row in " ".join(shown.split())
    assert "Condorcet election between front-runners and no deal" in shown
    shown = printed(capsys, TWO, "--worlds", "0", "--top", "0")
    assert "Condorcet election between" not in shown
    assert "all weigh the same" in shown
