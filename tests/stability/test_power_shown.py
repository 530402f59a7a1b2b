"""The power test is told only where it can fail."""

from __future__ import annotations

import pytest

import sim
from sim.present.figures.verdicts import matrix
from sim.present.stability import print_front_runners
from sim.present.stability_json import explanation_to_json, table_to_json
from sim.stability.explain import explain

BERLIN = "scenarios/berlin-2025/scenario.yaml"


def told(found: sim.Assessment, agreement: int) -> tuple[object, object, set[str]]:
    """The verdict in JSON, how many pass in JSON, and the words of the figure."""
    one = explain(found, agreement)
    chart = matrix(found, [one]).to_dict()
    rows = [
        row for rows in chart["datasets"].values() for row in rows if row.get("test") == "no ruinous shift of power"
    ]
    content = explanation_to_json(found, one, found.consistent_set)["tests"]["power_shift"]
    passing = table_to_json(found, [one], found.consistent_set)["passing"]["power_shift"]
    return content["holds"], passing, {row["words"] for row in rows}


def test_where_no_agreement_fails_it_nothing_says_yes(capsys: pytest.CaptureFixture[str]) -> None:
    found = sim.assess(sim.read_scenario(BERLIN))
    assert found.test("power_shift").holds.all()
    assert told(found, 25629) == (None, None, {"does not bind here"})
    print_front_runners(found, [explain(found, 25629)], found.consistent_set)
    lines = [line for line in capsys.readouterr().out.splitlines() if "no ruinous shift of power" in line]
    assert len(lines) == 2 and all("does not bind here" in line for line in lines)


def test_where_some_agreement_fails_it_verdicts_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    # Patient parties to whom war costs next to nothing: any shift of power is worth a war.
    settings = ["compliance.power_shift.destroyed=0.001", "compliance.power_shift.change=0.3"]
    settings += [f"parties.{party}.discount_rate=0.01" for party in ("russia", "ukraine")]
    found = sim.assess(sim.read_scenario(BERLIN, settings))
    holds = found.test("power_shift").holds
    assert not holds.all()
    fails = int((~holds).argmax())
    verdict, passing, words = told(found, fails)
    assert (verdict, passing) == (False, int(holds.sum()))
    assert all(word.startswith("no ") for word in words) and words
    print_front_runners(found, [explain(found, fails)], found.consistent_set)
    assert "does not bind here" not in capsys.readouterr().out


def test_a_sweep_in_which_no_package_fails_it_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    from sim.present.sweeps import print_robustness
    from sim.sweeps.robustness import robustness

    require = {"stability.require": ["acceptable", "power_shift"]}
    two = sim.with_settings(sim.read_scenario("scenarios/tutorial-two-by-two/scenario.yaml"), require)
    (found,) = robustness(sim.sweep(sim.Design(two, worlds=3, depth="exact"), workers=0, quiet=True))
    assert found.silent == ("power_shift",)
    print_robustness(found.to_frame(top=2), found.tests, "Two by two", two, silent=found.silent)
    (line,) = [line for line in capsys.readouterr().out.splitlines() if line.startswith("power_shift")]
    assert line.split("  ", 1)[1].split() == ["does", "not", "bind", "here"] * 2
