import json
from pathlib import Path

import pytest
from click.testing import CliRunner

import sim
from sim.cli import parley
from sim.present.patterns import protocol_or_zone
from sim.results.patterns import (
    binding_issues,
    convergence,
    imposed,
    patterns,
    ratification_order,
    reliability,
    summary,
    zones,
)
from sim.results.reached import Reached, reached

BERLIN = "scenarios/berlin-2025/scenario.yaml"


def test_seven_patterns_are_measured_each_with_standing_verdict_and_figures() -> None:
    found = patterns(sim.read_scenario(BERLIN), runs=8)
    assert [pattern.name for pattern in found] == [f"P{k}" for k in range(1, 8)]
    assert {pattern.status for pattern in found} == {"assumed", "calibrated", "emergent"}
    assert all(pattern.figures for pattern in found)


def test_a_pattern_can_be_missed() -> None:
    easier = sim.read_scenario(BERLIN, ["parties.russia.no_deal.reservation=0.4"])
    by_name = {pattern.name: pattern for pattern in patterns(easier, runs=2)}
    assert by_name["P1"].shown is False
    assert by_name["P1"].figures["packages acceptable to all, coding own, declared lines bluffs"] == 1462


def test_the_fitted_texts_give_back_their_surveys_and_the_middle_one_is_free() -> None:
    high, middle, low = ratification_order(sim.read_scenario(BERLIN)).figures.values()
    # KIIS, November–December 2025: 72 % and 17 %, fitted.
    assert (high, low) == (pytest.approx(0.72, abs=0.005), pytest.approx(0.17, abs=0.005))
    assert low < middle < high


def test_a_level_that_misses_its_survey_makes_a_pattern_shown_in_part() -> None:
    found = ratification_order(sim.read_scenario(BERLIN))
    assert found.shown and found.missing == "the level of the middle text: 42 %, the survey 36–40 %"
    assert summary([found]) == "1 shown (1 of them in part), 0 missed, 0 open"


def test_what_a_zone_does_by_itself_is_what_a_look_at_every_package_says() -> None:
    scenario = sim.read_scenario(BERLIN)
    pattern = zones(scenario)
    assert pattern.status == "assumed" and "accept no package in common" in pattern.note
    payoffs = sim.Payoffs.of(scenario)
    space, russia = payoffs.space, payoffs.column("russia")
    packages = [tuple(space.agreement(k).items()) for k in range(space.n_agreements)]
    accepts = dict(zip(packages, payoffs.acceptable[:, russia].tolist(), strict=True))
    lost = kept = 0
    for place, package in enumerate(packages):
        if ("dmz", "asymmetric_ua_side") not in package or not accepts[package] or not space.signable[place]:
            continue
        other = tuple(("dmz", "symmetric") if issue == "dmz" else (issue, option) for issue, option in package)
        if other in accepts:
            kept += accepts[other]
            lost += not accepts[other]
    (share,) = (v for k, v in pattern.figures.items() if k.startswith("symmetric in") and "bluffs: russia" in k)
    assert share == pytest.approx(lost / (lost + kept)) and 0 < share < 1
    easier = sim.with_settings(scenario, {"parties.russia.no_deal.reservation": 0.3})
    assert "no package in common" not in zones(easier).note


def test_the_convergence_is_held_against_random_texts_of_the_same_agenda() -> None:
    from sim.negotiation.agenda import Agenda

    scenario = sim.read_scenario(BERLIN)
    found = convergence(scenario, runs=12, seed=3)
    figures = found.figures
    # By hand, over every text of the agenda in each world whose talks fail (all of these do).
    assert figures["runs without a deal"] == 12
    west = ("ukraine", "us", "france", "germany", "italy", "poland", "uk")
    shares = []
    for index in range(12):
        terms = sim.Terms.of(sim.draw_world(scenario, 3, index))
        agenda = Agenda.of(terms).agreements.tolist()
        accepts = {party: terms.payoffs.acceptable[:, terms.payoffs.column(party)] for party in (*west, "russia")}
        alone = [all(accepts[p][text] for p in west) and not accepts["russia"][text] for text in agenda]
        shares.append(sum(alone) / len(agenda))
    share = figures["random texts of the same agenda acceptable to them and not to Russia"]
    assert share == pytest.approx(sum(shares) / 12) and 0 < share < 1
    # Hard lines leave binding guarantees alone on the agenda: that the last text has them is no finding.
    assert figures["random texts of the same agenda with binding guarantees"] == 1
    assert found.missing.startswith("that the talks bring the guarantees")


def test_what_follows_from_signs_alone_is_told_as_assumed() -> None:
    assert reliability(sim.read_scenario(BERLIN)).status == "assumed"


def test_imposed_and_natural_deals_are_told_apart_by_an_interval_over_several_seeds() -> None:
    found = imposed(sim.read_scenario(BERLIN), runs=12, seed=0)
    assert sum(name.startswith("seed ") for name in found.figures) <= 3
    deals = found.figures["natural deals"], found.figures["imposed deals"]
    assert min(deals) >= 5
    for what in ("chance of ratification", "months it lasts"):
        low = found.figures[f"imposed less natural, {what}, 95 % interval from"]
        high = found.figures[f"imposed less natural, {what}, 95 % interval to"]
        measured = {"chance of ratification": "mean chance of ratification"}.get(
            what, "mean months it lasts, without the assumed ratio"
        )
        assert low <= found.figures[f"imposed: {measured}"] - found.figures[f"natural: {measured}"] <= high
        if low <= 0 <= high:
            assert found.shown is not True


def test_taking_an_issue_off_the_table_never_makes_agreement_harder() -> None:
    figures = binding_issues(sim.read_scenario(BERLIN)).figures
    rises = [value for what, value in figures.items() if what.startswith("rise")]
    assert len(rises) == 9 and min(rises) >= 0


def test_every_protocol_negotiates_the_same_worlds() -> None:
    easier = sim.read_scenario(BERLIN, ["parties.russia.no_deal.reservation=0.4"])
    rows = reached(easier, runs=6, protocols=("shuttle", "single_text"))
    assert [row.protocol for row in rows if row.own_deadline] == ["shuttle", "single_text"]
    assert len({row.zones for row in rows}) == 1
    assert all(row.in_zone == row.deals <= row.zones for row in rows)
    assert all(sum(row.front_runners) <= row.deals for row in rows)


def test_patterns_of_another_scenario_are_refused_by_name() -> None:
    other = sim.scenario_from_text(
        json.dumps(
            {
                "schema": 1,
                "name": "x",
                "title": "x",
                "as_of": "2025",
                "issues": {"i": {"title": "i", "options": {"a": "", "b": ""}}},
                "parties": {
                    p: {
                        "title": p,
                        "salience": {"i": 1.0},
                        "utility": {"i": {"a": 1.0, "b": 0.0}},
                        "no_deal": {"reservation": 0.5},
                    }
                    for p in "pq"
                },
                "negotiation": {},
            }
        )
    )
    with pytest.raises(sim.SimError, match="this scenario has no donetsk"):
        patterns(other)


def test_the_command_prints_patterns_and_protocols() -> None:
    runner = CliRunner()
    given = runner.invoke(parley, ["patterns", BERLIN, "--runs", "2", "--json"])
    assert given.exit_code == 0, given.output
    assert len(json.loads(given.output)["patterns"]) == 7
    table = runner.invoke(parley, ["patterns", BERLIN, "--runs", "1", "--protocols"])
    assert table.exit_code == 0 and "shuttle" in table.output


@pytest.mark.parametrize(
    ("zones", "reached", "words"),
    [
        (4, (4, 1), "Too few to judge"),
        (5, (5, 4), "That may be chance"),
        (50, (30, 29), "it is the zone that matters"),
        (50, (40, 30), "the protocol matters too"),
        (9, (8, 3, 5, 4, 4), "That may be chance"),  # two of five picked for lying furthest apart
    ],
)
def test_protocols_are_told_apart_only_beyond_chance(zones, reached, words):
    rows = [Reached("own", f"p{k}", zones, zones, n, n, (), 9.0) for k, n in enumerate(reached)]
    assert words in protocol_or_zone(rows)


def test_the_protocol_moves_how_far_talks_get_where_every_world_has_an_agreement_and_each_has_a_funnel() -> None:
    # docs/explanation/model.md: single text signs far less often than shuttle, and weeks follow from the deadline.
    two = sim.read_scenario("scenarios/tutorial-two-by-two/scenario.yaml", ["negotiation.protocol=shuttle"])
    rows = reached(two, runs=40, protocols=("shuttle", "single_text"))
    shuttle, single, half, double = rows
    assert (shuttle.zones, single.zones) == (40, 40)
    assert shuttle.deals == 40 and 8 <= single.deals <= 24
    assert [stage.runs for stage in single.stages][:2] == [40, single.deals]
    assert single.stages[1].share.low < single.deals / 40 < single.stages[1].share.high < shuttle.stages[1].share.low
    assert (half.deadline, shuttle.deadline, double.deadline) == (5, 10, 20)
    assert half.rounds < 6 and 9 <= shuttle.rounds <= 10 and 18 <= double.rounds <= 20


def test_a_sweep_over_protocols_shows_a_funnel_for_each(tmp_path: Path) -> None:
    design = tmp_path / "protocols.yaml"
    design.write_text(
        json.dumps(
            {
                "schema": 1,
                "name": "protocols",
                "scenario": str(Path("scenarios/tutorial-two-by-two/scenario.yaml").resolve()),
                "factors": {"negotiation.protocol": ["shuttle", "single_text"], "negotiation.deadline": [5, 20]},
                "worlds": 10,
                "seed": 0,
            }
        ),
        encoding="utf-8",
    )
    out = str(tmp_path / "out")
    done = CliRunner().invoke(parley, ["sweep", str(design), "--out", out, "--workers", "0"])
    assert done.exit_code == 0, done.output
    funnel = done.output[done.output.index("something to sign") :]
    assert "shuttle" in funnel and "single_text" in funnel and "95 % intervals" in funnel
    told = json.loads(CliRunner().invoke(parley, ["show", out, "--json"]).stdout)["by_protocol"]
    assert {name: one["runs"] for name, one in told.items()} == {"shuttle": 20, "single_text": 20}
    signed = {name: one["stages"][1]["runs"] for name, one in told.items()}
    assert signed["shuttle"] == 20 and signed["single_text"] < 20
