"""Figures say what results say, carry where they come from, and keep text from files as text."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from click.testing import CliRunner

import sim
from sim.after.front_runners import front_runners
from sim.agreements.zone import Zone
from sim.cli import parley
from sim.commands.plot import NAMES
from sim.domain.world import draw_world
from sim.present.figures.catalogue import FIGURES, Material, draw, material_of
from sim.present.figures.durability import survival_rows
from sim.present.figures.rendering import html_of, png_of, spec_of, svg_of
from sim.present.figures.stance import stance_rows
from sim.present.figures.verdicts import agreement_stages, run_stages
from sim.present.figures.zone import what_opens_rows
from sim.present.stability import DOES_NOT_BIND
from sim.results.batch import run_batch, write_batch
from sim.results.bitsets import MARGIN_UNIT
from sim.results.compare import compare
from sim.results.intervals import wilson
from sim.results.summary import Summary
from sim.results.zones import kept_by_option, zones_over_worlds
from sim.sweeps.analysis import analyse

BERLIN = Path("scenarios/berlin-2025/scenario.yaml")
TWO = Path("scenarios/tutorial-two-by-two/scenario.yaml")
NASTY = "</text><script>alert(1)</script> \"'&  \u202e\x1b[31m =1+1"


def values(chart, key):
    """All rows in a chart's data that have a key."""
    spec = chart.to_dict()
    found = [row for rows in spec.get("datasets", {}).values() for row in rows]
    pending = [spec]
    while pending:
        node = pending.pop()
        if isinstance(node, dict):
            rows = node.get("values")
            found += rows if isinstance(rows, list) and "datasets" not in spec else []
            pending += node.values()
        elif isinstance(node, list):
            pending += node
    return [row for row in found if isinstance(row, dict) and key in row]


@pytest.fixture(scope="module")
def two_results(tmp_path_factory):
    folder = tmp_path_factory.mktemp("results")
    for name, setting in (("a", {}), ("b", {"parties.hill.no_deal.reservation": 0.79})):
        scenario = sim.with_settings(sim.read_scenario(TWO), setting)
        write_batch(folder / name, scenario, run_batch(scenario, runs=40, seed=3, quiet=True), seed=3)
    return folder


@pytest.fixture(scope="module")
def swept(tmp_path_factory):
    from sim.sweeps.design import Design
    from sim.sweeps.factors import ranged

    factor = ranged("parties.hill.no_deal.reservation", 0.1, 0.9, steps=5)
    design = Design(sim.read_scenario(TWO), factors=[factor], worlds=8, seed=3, name="opens")
    folder = tmp_path_factory.mktemp("sweep") / "opens"
    sim.sweep(design, workers=0, out=folder, quiet=True)
    return folder


@pytest.fixture(scope="module")
def material(two_results, swept):
    given = material_of(two_results / "a", worlds=40)
    given.comparison = compare(two_results / "a", two_results / "b")
    given.analyses = [one.to_json() for one in analyse(swept)]
    return given


def test_the_command_offers_every_figure_of_the_catalogue():
    assert list(NAMES) == list(FIGURES)


@pytest.mark.parametrize("name", NAMES)
def test_each_figure_carries_question_count_hash_judgement_and_the_reserve(name, material):
    chart = draw(name, material)
    title = chart.to_dict()["title"]
    told = " ".join(title["subtitle"])
    assert " ".join(title["text"]).endswith("?")
    assert material.scenario.hash[:12] in told
    assert "of its numbers are judgement" in told
    assert told.endswith("model result, not a forecast")
    assert re.search(r"\d", title["subtitle"][0])
    root = ElementTree.fromstring(svg_of(chart))
    assert root.attrib["role"] == "img"
    assert root.attrib["aria-label"] == spec_of(chart)["usermeta"]["label"]
    assert "not a forecast" in root.attrib["aria-label"]


@pytest.mark.parametrize("name", [name for name in NAMES if name not in ("what-decides", "compared")])
def test_each_figure_of_a_scenario_is_drawn_for_berlin_with_titles_and_without_keys(name):
    berlin = sim.read_scenario(BERLIN)
    given = Material(berlin, worlds=6, count=2)
    drawn = svg_of(draw(name, given))
    for spec in berlin.issues.values():
        for option in spec.options:
            assert "_" not in option or f">{option}" not in drawn


def test_who_blocks_counts_what_the_zone_counts():
    payoffs = sim.Payoffs.of(sim.read_scenario(BERLIN))
    labels = {row["party"]: row["words"] for row in values(draw("who-blocks", Material(payoffs.scenario)), "at")}
    for blocker in Zone.of(payoffs).blockers:
        title = payoffs.scenario.parties[blocker.party].title
        assert f"without it {blocker.zone_without:,} would" in labels[title]
    bars = values(draw("who-blocks", Material(payoffs.scenario)), "kind")
    for column, party in enumerate(payoffs.parties):
        refused = (~payoffs.acceptable & payoffs.must_sign)[payoffs.space.signable, column].sum()
        title = payoffs.scenario.parties[party].title
        assert sum(row["count"] for row in bars if row["party"] == title) == refused


def test_what_opens_is_the_zone_of_every_world_with_the_number_set():
    berlin = sim.read_scenario(BERLIN)
    zones = zones_over_worlds(berlin, worlds=12, seed=5)
    path = "parties.russia.no_deal.reservation"
    for at in (0.45, 0.55, 0.6, 0.7):
        worlds = [draw_world(berlin, 5, n).with_values({path: at}) for n in range(12)]
        found = [len(sim.Payoffs.of(world).zone_of_agreement()) > 0 for world in worlds]
        assert zones.share_open("russia", at) == (sum(found), 12)
    drawn = [len(sim.Payoffs.of(draw_world(berlin, 5, n)).zone_of_agreement()) > 0 for n in range(12)]
    assert zones.open.tolist() == drawn


def test_what_opens_has_wilsons_band_with_the_50_percent_interval_inside():
    zones = zones_over_worlds(sim.read_scenario(TWO), worlds=30, seed=1)
    for row in what_opens_rows(zones, "hill"):
        yes, n = zones.share_open("hill", row["at"])
        assert (row["low"], row["high"]) == (wilson(yes, n).low, wilson(yes, n).high)
        assert row["low"] <= row["low50"] <= row["share"] <= row["high50"] <= row["high"]


def test_what_opens_of_a_sweep_shows_its_points(swept):
    table = sim.load(swept)
    rows = values(draw("what-opens", material_of(swept)), "share")
    for at, runs in table.groupby("parties.hill.no_deal.reservation"):
        assert next(row["share"] for row in rows if row["at"] == at) == pytest.approx((runs["zone"] > 0).mean())


def test_margins_are_those_of_the_payoffs_and_parties_stand_by_title():
    payoffs = sim.Payoffs.of(sim.read_scenario(BERLIN))
    rows = values(draw("margins", Material(payoffs.scenario, count=2)), "margin")
    titles = sorted(spec.title for spec in payoffs.scenario.parties.values())
    assert [row["party"] for row in rows] == titles * 2
    first = front_runners(payoffs, 1)[0]
    for row in rows[: len(titles)]:
        party = next(name for name, spec in payoffs.scenario.parties.items() if spec.title == row["party"])
        assert row["margin"] == payoffs.margin[first, payoffs.column(party)] / 1e9


def test_the_landscape_shows_every_agreement_and_the_frontier_of_the_pair():
    payoffs = sim.Payoffs.of(sim.read_scenario(BERLIN))
    chart = draw("landscape", Material(payoffs.scenario, party="russia", other="ukraine"))
    assert sum(row["count"] for row in values(chart, "count")) == payoffs.space.signable.sum()
    points = payoffs.utility[:, [payoffs.column("russia"), payoffs.column("ukraine")]]
    line = [(round(row["x"] * 1e9), round(row["y"] * 1e9)) for row in values(chart, "y") if set(row) == {"x", "y"}]
    line.remove(tuple(payoffs.reservation[[payoffs.column("russia"), payoffs.column("ukraine")]].tolist()))
    assert len(line) > 10
    for x, y in line:
        assert ((points[:, 0] == x) & (points[:, 1] == y)).any()
        assert not ((points >= (x, y)).all(axis=1) & (points > (x, y)).any(axis=1)).any()


def test_the_tests_are_those_of_the_assessment():
    given = material_of(TWO, count=2)
    rows = values(draw("tests", given), "holds")
    words = {True: "yes", False: "no"}
    by_hand = [words[bool(line.holds)] if line.binds else DOES_NOT_BIND for one in given.told for line in one.tests]
    assert [row["holds"] for row in rows] == by_hand
    for letter, index in zip("AB", given.assessment.front_runners(2), strict=True):
        shown = [row for row in rows if row["package"] == letter]
        lines = [line for line in given.told["AB".index(letter)].tests if line.binds]
        again = [given.assessment.test(line.name).holds[index] for line in lines]
        assert [row["holds"] == "yes" for row in shown if row["holds"] != DOES_NOT_BIND] == again
        assert len(again) > 5


def test_stages_of_runs_are_those_of_the_summary(two_results):
    table = sim.load(two_results / "a")
    summary = Summary.of(table, sim.read_scenario(TWO))
    stages = {row["stage"]: row for row in run_stages(table)}
    assert stages["something to sign"]["share"] == summary.zone.estimate
    assert (stages["signed"]["low"], stages["signed"]["high"]) == (summary.agreed.low, summary.agreed.high)
    shares = [row["share"] for row in run_stages(table)]
    assert shares == sorted(shares, reverse=True)


def test_stages_of_agreements_end_with_the_stable_ones():
    found = sim.assess(sim.read_scenario(TWO))
    assert agreement_stages(found)[-1]["count"] == found.stable.sum()


def test_quantiles_by_option_are_those_of_the_worlds():
    two = sim.read_scenario(TWO)
    zones = zones_over_worlds(two, worlds=9, seed=2)
    least = []
    for n in range(9):
        payoffs = sim.Payoffs.of(draw_world(two, 2, n))
        least.append(payoffs.least_margin[payoffs.space.has("pass", "shared") & payoffs.space.signable].max() / 1e9)
    assert zones.quantiles("pass")["shared"][2] == pytest.approx(np.median(least))


def test_quantiles_by_option_of_an_exact_sweep_are_read_from_it(tmp_path):
    scenario = sim.read_scenario(TWO)
    folder = tmp_path / "e"
    sim.sweep(sim.Design(scenario, worlds=30, seed=4, depth="exact"), out=folder, workers=0, quiet=True)
    kept, drawn = kept_by_option(folder, scenario, "pass"), zones_over_worlds(scenario, 30, seed=4).by_option("pass")
    assert (kept.worlds, kept.open) == (30, drawn.open)
    for option, row in drawn.quantiles.items():
        np.testing.assert_allclose(kept.quantiles[option], row, rtol=0, atol=MARGIN_UNIT)
    found = material_of(folder, worlds=3)
    assert values(draw("by-option", found), "option")[0]["middle"] == kept.quantiles["shared"][2]
    assert "30 worlds drawn, seed 4" in str(draw("by-option", found).to_dict()["title"])


def test_survival_is_the_share_that_outlasts_where_nobody_leaves_early():
    months, ended = [3, 5, 12, 12, 12], [True, True, False, False, False]
    rows = survival_rows(months, ended, 12)
    for row in rows:
        assert row["share"] == pytest.approx(
            sum(m > row["month"] or not e for m, e in zip(months, ended, strict=True)) / 5
        )
        assert row["low"] <= row["low50"] <= row["share"] <= row["high50"] <= row["high"]


def test_what_decides_shows_the_analysis(swept, material):
    found = analyse(swept)[0]
    rows = values(draw("what-decides", material), "size")
    sizes = sorted((effect.distance for effect in found.regional if effect.distance == effect.distance), reverse=True)
    assert [row["size"] for row in rows] == sizes[: len(rows)]
    by_name = {row["name"]: row for row in rows}
    assert by_name["Hill: value of no deal"]["weak"] == (found.regional[0].p_holm > 0.05)


def test_two_results_compared_show_both_shares(material):
    rows = values(draw("compared", material), "share")
    agreed = next(d for d in material.comparison.differences if d.outcome == "agreed")
    shown = [row["share"] for row in rows if row["outcome"] == "an agreement is signed"]
    assert shown == [agreed.first.estimate, agreed.second.estimate]


def test_stances_show_every_utility_with_its_sources():
    berlin = sim.read_scenario(BERLIN)
    rows, sources = stance_rows(berlin)
    assert len(rows) == sum(len(spec.options) for spec in berlin.issues.values()) * len(berlin.parties)
    row = next(row for row in rows if row["key"] == "donetsk.current_line" and row["party"] == "Russia")
    number = berlin.parties["russia"].utility["donetsk"]["current_line"]
    assert (row["value"], row["low"], row["high"], row["status"]) == (number.value, *number.range, number.status)
    titles = {berlin.sources[reference.partition("#")[0]].title for reference in number.sources}
    assert {sources[n - 1] for n in row["numbers"]} == titles


# --- text from files stays text --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def nasty():
    data = json.loads(json.dumps(sim.read_scenario(TWO).data))
    data["title"] = NASTY
    data["issues"]["pass"]["title"] = NASTY
    data["issues"]["pass"]["options"]["shared"] = {"title": NASTY, "definition": NASTY}
    data["parties"]["hill"]["title"] = NASTY
    data["sources"] = {"odd": {"title": NASTY}}
    data["parties"]["hill"]["utility"]["pass"]["shared"] = {"value": 0.8, "status": "evidence", "source": "odd"}
    return sim.scenario_from_text(json.dumps(data))


@pytest.mark.parametrize("name", [name for name in NAMES if name not in ("what-decides", "compared")])
def test_titles_with_markup_and_steering_signs_stay_text_in_svg(name, nasty):
    drawn = svg_of(draw(name, Material(nasty, worlds=5, count=2)))
    root = ElementTree.fromstring(drawn)
    assert not [node for node in root.iter() if node.tag.endswith(("script", "foreignObject", "}a"))]
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f\u202e]", drawn)
    assert not [value for node in root.iter() for key, value in node.attrib.items() if key.lower().startswith("on")]


def test_a_figure_as_a_page_runs_no_script_and_loads_nothing(nasty):
    page = html_of(draw("who-blocks", Material(nasty)))
    assert "default-src 'none'" in page
    assert "<script" not in page
    assert not re.findall(r"(?:src|href)=[\"'](?!#)", page)


# --- the command ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["svg", "png", "html", "json"])
def test_the_command_writes_each_form(form, tmp_path):
    target = tmp_path / f"x.{form}"
    done = CliRunner().invoke(parley, ["plot", str(TWO), "margins", "--out", str(target)])
    assert done.exit_code == 0, done.output
    begins = {"svg": b"<svg ", "png": b"\x89PNG", "html": b"<!doctype html>", "json": b"{"}[form]
    assert target.read_bytes().startswith(begins)


def test_the_same_figure_gives_the_same_bytes():
    chart = draw("margins", material_of(TWO))
    assert svg_of(chart) == svg_of(draw("margins", material_of(TWO)))
    assert png_of(chart) == png_of(chart)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["what-decides", "--out", "x.svg"], "give a result"),
        (["compared", "--out", "x.svg"], "--with"),
        (["margins", "--out", "x.gif"], ".svg"),
        (["landscape", "--party", "hil", "--out", "x.svg"], "no party 'hil'"),
        (["by-option", "--issue", "pas", "--out", "x.svg"], "did you mean 'pass'?"),
    ],
)
def test_what_cannot_be_drawn_is_refused_with_a_remedy(arguments, said, tmp_path, monkeypatch):
    place = Path.cwd()
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(parley, ["plot", str(place / TWO), *arguments])
    assert done.exit_code != 0
    assert said in done.output + str(done.exception)


def test_without_altair_all_else_works_and_figures_say_what_to_install(tmp_path):
    hide = "import sys; sys.modules['altair'] = sys.modules['vl_convert'] = sys.modules['docx'] = None\n"
    run = "from sim.cli import main\nmain(sys.argv[1:])"
    for arguments, code, said in (
        (["run", str(TWO), "--runs", "2"], 0, "something to sign"),
        (["plot", "--help"], 0, "what-opens"),
        (["plot", str(TWO), "margins", "--out", str(tmp_path / "x.svg")], 1, "pip install 'parley-sim[present]'"),
    ):
        done = subprocess.run(
            [sys.executable, "-c", hide + run, *arguments], capture_output=True, text=True, check=False
        )
        assert done.returncode == code, done.stderr
        assert said in done.stdout + done.stderr


def test_drawing_libraries_are_loaded_only_to_draw():
    code = (
        "import sys, sim.cli, sim.commands.plot; print({'altair', 'vl_convert', 'docx', 'pandas'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
