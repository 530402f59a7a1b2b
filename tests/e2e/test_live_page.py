"""The live page in a real browser, with the network off: it computes what the program computes, and shows it well."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import sim
from sim.after.front_runners import front_runners
from sim.agreements.repair import repair
from sim.agreements.space import AgreementSpace
from sim.domain.titles import path_in_words
from sim.domain.world import central_world
from sim.errors import ModelError
from sim.present.page.content import codings_of, digests
from sim.present.page.page import MAX_BYTES, live_page, page_parts
from sim.present.page.verdicts import TESTS_ON_SHOW, slider_positions
from tests.e2e.page_rig import SCENARIOS, answer_of, opened

if TYPE_CHECKING:
    from playwright.sync_api import Browser

BERLIN = Path("scenarios/berlin-2025/scenario.yaml")
TUTORIAL = Path("scenarios/tutorial-two-by-two/scenario.yaml")
CODINGS = Path("scenarios/berlin-2025-all-codings/scenario.yaml")

SWITCH = "on => document.querySelectorAll('#parley-lines input').forEach((e) => e.checked !== on && e.click())"

Written = Callable[..., Path]


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory) -> Written:
    """Write the page of a scenario once; without the tests after signing unless asked."""
    folder, files = tmp_path_factory.mktemp("pages"), {}

    def write(given: Path | sim.Scenario, tests: bool = False) -> Path:
        key = (str(given) if isinstance(given, Path) else given.hash, tests)
        if key not in files:
            scenario = sim.read_scenario(given) if isinstance(given, Path) else given
            files[key] = folder / f"{len(files)}.html"
            files[key].write_text(live_page(scenario, tests=tests), encoding="utf-8")
        return files[key]

    return write


def _three(scenario: sim.Scenario) -> list[str]:
    """A reservation value, an option's value and a salience that can be moved, of parties that matter."""
    party = "russia" if "russia" in scenario.parties else min(scenario.parties)
    other = "ukraine" if "ukraine" in scenario.parties else max(scenario.parties)
    numbers = dict(zip(scenario.numbers.paths, scenario.numbers.numbers, strict=True))
    issue = sorted(scenario.issues)[-1] if "donetsk" not in scenario.issues else "donetsk"
    utilities = [p for p in numbers if p.startswith(f"parties.{other}.utility.{issue}.")]
    saliences = [p for p in numbers if p.startswith((f"parties.{party}.salience.", f"parties.{other}.salience."))]
    movable = [p for p in [f"parties.{party}.no_deal.reservation", *utilities] if slider_positions(p, numbers[p])]
    weights = [p for p in saliences if slider_positions(p, numbers[p])]
    return [movable[0], movable[1], (weights or movable[2:])[0]]


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.parent.name)
def test_a_shipped_scenario_opens_from_disk_and_answers_as_the_program_does(
    browser: Browser, written: Written, path: Path
):
    scenario, file = sim.read_scenario(path), written(path)
    numbers = dict(zip(scenario.numbers.paths, scenario.numbers.numbers, strict=True))
    with opened(browser, file) as live:
        assert live.data("utilities", "check") == digests(sim.Payoffs.of(scenario))["utilities"]
        assert live.answer() == answer_of(scenario)
        three, rng = _three(scenario), np.random.default_rng(5)
        stops = {p: slider_positions(p, numbers[p]) for p in three}
        assert {p: live.stops(p) for p in three} == stops
        for _ in range(10):
            chosen = {p: int(rng.integers(len(stops[p]))) for p in three}
            values = {p: live.slide(p, stop) for p, stop in chosen.items()}
            assert values == {p: stops[p][stop] for p, stop in chosen.items()}
            assert live.answer() == answer_of(central_world(scenario).with_values(values)), values
        told = live.page.evaluate(
            "Object.fromEntries(Object.keys(now.coding.numbers).map((path) => [path, inWords(path)]))"
        )
        assert told == {p: path_in_words(scenario, p) for p in numbers}
        assert live.faults == []
        assert live.requests == [file.resolve().as_uri()]


def test_every_page_is_under_300_kilobytes(written: Written):
    # The tests after signing take 3 kB of each coding of Berlin.
    assert max(written(path).stat().st_size for path in SCENARIOS) < MAX_BYTES - 3 * 3_000
    assert written(TUTORIAL, tests=True).stat().st_size < MAX_BYTES


def test_rival_codings_are_a_switch(browser: Browser, written: Written):
    scenario = sim.read_scenario(CODINGS)
    with opened(browser, written(CODINGS)) as live:
        for place, coding in enumerate(codings_of(scenario).values()):
            live.page.select_option("#parley-coding", str(place))
            assert live.answer() == answer_of(coding)


@pytest.mark.parametrize("count", [True, False])
def test_audience_costs_are_a_switch(browser: Browser, written: Written, count: bool):
    with opened(browser, written(BERLIN)) as live:
        live.find("parties.russia.no_deal.reservation")
        live.page.get_by_label("Russia: value of no deal, exact value").fill("0.5")
        live.page.keyboard.press("Enter")
        live.page.set_checked("#parley-audience", count)
        assert live.answer()["zone"] == (93 if count else 810)
        live.page.get_by_label("Russia: value of no deal, exact value").fill("0.62")
        live.page.keyboard.press("Enter")
        assert live.answer() == answer_of(sim.read_scenario(BERLIN, live.settings()))
        assert (f"negotiation.audience_costs={str(count).lower()}" in live.settings()) is not count


def test_red_lines_are_switches(browser: Browser, written: Written):
    with opened(browser, written(BERLIN)) as live:
        live.page.evaluate(SWITCH, True)
        assert live.answer() == answer_of(central_world(sim.read_scenario(BERLIN), lines="real"))
        assert live.answer() == answer_of(sim.read_scenario(BERLIN, live.settings()))
        live.page.evaluate(SWITCH, False)
        assert live.answer() == answer_of(sim.read_scenario(BERLIN, live.settings()))


RICH = """
schema: 1
name: rich
title: "Everything that moves payoffs"
as_of: "2025"
issues:
  land: {title: Land, options: {all: All, half: Half, none: None of it}}
  money: {title: Money, options: {much: Much, little: Little}}
  watch: {title: Watch, options: {armed: Armed, plain: Plain, no: Nobody}}
constraints:
  - {id: c1, when: {land: all}, require: {money: much}}
  - {id: c2, forbid: {land: none, watch: armed}, scope: signing}
  - {id: c3, when: {watch: no}, forbid: {money: [little]}}
  - {id: c4, when: {land: half}, require: {watch: [armed, plain]}, both_ways: true, scope: signing}
parties:
  east:
    title: East
    salience: {land: 3, money: 2, watch: 1}
    utility:
      land: {all: {value: 0.9, low: 0.8, high: 0.95}, half: {value: 0.53, low: 0.2, high: 0.7}, none: 0.1}
      money: {much: {value: 0.7, low: 0.4, high: 0.9}, little: 0.2}
      watch: {armed: 0.1, plain: 0.6, no: 0.9}
    interactions: [{when: {land: half, watch: plain}, value: {value: 0.05, low: 0, high: 0.1}}]
    red_lines: [{issue: watch, options: [armed], kind: declared, p_real: 0.4}]
    audience_cost: 0.08
    no_deal:
      reservation: {value: 0.55, low: 0.4, high: 0.7}
      lottery:
        beliefs: {win: 0.3, lose: 0.31, draw: 0.45}
        war_cost_per_year: {value: 0.02, low: 0, high: 0.1}
        political_cost: 0.01
  north:
    title: North
    salience: {land: 1, money: 1, watch: 5}
    utility:
      land: {all: 0, half: 1, none: 1}
      money: {much: 0, little: 1}
      watch: {armed: 1, plain: {value: 0.5, low: 0.2, high: 0.8}, no: 0}
    red_lines: [{issue: watch, options: [no]}, {issue: land, options: [all], kind: declared}]
    audience_cost: 0.3
    signs: {always: false, when: [{watch: armed}, {watch: plain, money: little}]}
    no_deal:
      reservation: {value: 0.62, low: 0.4, high: 0.7}
      lottery: {beliefs: {win: 0.1, lose: 0.7, draw: 0.3}, war_cost_per_year: 0.03}
  west:
    title: West
    salience: {land: 2, money: 2, watch: 2}
    utility:
      land: {all: 0, half: {value: 0.6, low: 0.3, high: 0.9}, none: 1}
      money: {much: 0.2, little: 1}
      watch: {armed: 0.9, plain: 0.7, no: 0}
    no_deal:
      reservation: {value: 0.6, low: 0.4, high: 0.9}
      lottery: {beliefs: {win: 0.3, lose: 0.2, draw: 0.2}, war_cost_per_year: 0.1}
no_deal:
  basis: BASIS
  expected_war_years: {value: 1.5, low: 0.5, high: 4}
  end_states:
    win: {title: East wins, agreement: {land: all, money: much, watch: plain}}
    lose: {title: East loses, agreement: {land: none, money: little, watch: armed}}
    draw: {title: Draw, agreement: {land: half, money: little, watch: plain}}
negotiation: {protocol: shuttle}
"""


@pytest.mark.parametrize("basis", ["reservation", "lottery"])
def test_constraints_interactions_conditional_signatures_and_lotteries_are_the_programs(
    browser: Browser, written: Written, basis: str
):
    scenario = sim.scenario_from_text(RICH.replace("BASIS", basis))
    numbers = dict(zip(scenario.numbers.paths, scenario.numbers.numbers, strict=True))
    movable = [p for p, number in numbers.items() if number.low is not None and slider_positions(p, number)]
    rng = np.random.default_rng(1)
    with opened(browser, written(scenario)) as live:
        assert live.answer() == answer_of(scenario)
        for _ in range(25):
            live.page.click("#parley-reset")
            values = {
                p: live.slide(p, int(rng.integers(len(slider_positions(p, numbers[p])))))
                for p in rng.choice(movable, 4)
            }
            assert live.answer() == answer_of(central_world(scenario).with_values(values)), values
        assert live.faults == []


def test_the_tests_after_signing_along_a_slider_are_the_programs(browser: Browser, written: Written):
    scenario = sim.read_scenario(TUTORIAL)
    numbers = dict(zip(scenario.numbers.paths, scenario.numbers.numbers, strict=True))
    seen = set()
    with opened(browser, written(TUTORIAL, tests=True)) as live:
        packages = front_runners(sim.Payoffs.of(scenario), 4)
        for path in [
            "parties.hill.utility.pass.held",
            "parties.vale.salience.guard",
            "parties.hill.no_deal.reservation",
        ]:
            for stop, value in enumerate(slider_positions(path, numbers[path])):
                live.slide(path, stop)
                found = sim.assess(scenario, central_world(scenario).with_values({path: value}))
                told = [
                    "yes" if found.test(name).holds[a] else "no"
                    for name in ("acceptable", *TESTS_ON_SHOW)
                    for a in packages
                ]
                shown = live.page.locator("#parley-packages .yes, #parley-packages .no").all_inner_texts()
                assert shown == told, (path, value)
                seen.add(tuple(told))
            live.page.click("#parley-reset")
    assert len(seen) > 3


def test_berlins_verdicts_along_a_slider_are_the_programs():
    from sim.present.page.verdicts import SliderVerdicts

    scenario = sim.read_scenario(BERLIN)
    packages = front_runners(sim.Payoffs.of(scenario), 5)
    paths = [
        "parties.russia.salience.donetsk",
        "parties.us.utility.monitoring_presence.none",
        "compliance.reliability.factor.automaticity.guarantor_consensus",
    ]
    found = SliderVerdicts.of(scenario, packages, paths)
    assert set(found.along) == set(paths)
    for path in paths:
        positions = slider_positions(path, scenario.numbers.numbers[scenario.numbers.index[path]])
        for stop in (0, len(positions) - 1):
            world = central_world(scenario).with_values({path: positions[stop]})
            told = sim.assess(scenario, world)
            bits = [[told.test(name).holds[a] for name in TESTS_ON_SHOW] for a in packages]
            assert ((found.along[path][stop][:, None] >> np.arange(6)) & 1).astype(bool).tolist() == np.array(
                bits
            ).tolist()


def test_no_other_number_moves_whether_violators_keep_a_package():
    from sim.present.page.verdicts import SliderVerdicts

    scenario = sim.read_scenario(BERLIN)
    packages = front_runners(sim.Payoffs.of(scenario), 5)
    kept, book = SliderVerdicts.of(scenario, packages, []).kept, scenario.numbers
    assert 50 < len(kept) < len(book.paths) / 2
    before = sim.assess(scenario).terms.at(packages)
    others = {p: n.range[1] for p, n in zip(book.paths, book.numbers, strict=True) if p not in kept}
    after = sim.Terms.of(central_world(scenario).with_values(others)).at(packages)
    assert (before.defects(before.reliability) == after.defects(after.reliability)).all()


def test_two_moved_numbers_are_greyed_with_the_command_that_answers(browser: Browser, written: Written):
    with opened(browser, written(TUTORIAL, tests=True)) as live:
        live.slide("parties.hill.utility.pass.held", 2)
        live.slide("parties.vale.utility.pass.held", 2)
        # Hill alone could break it, and reckons with nothing of Vale's.
        assert live.page.locator("#parley-packages td.unknown").count() == 4 * (len(TESTS_ON_SHOW) - 1)
        live.slide("parties.hill.utility.guard.absent", 2)
        assert live.page.locator("#parley-packages td.unknown").count() == 4 * len(TESTS_ON_SHOW)
        words = shlex.split(live.page.inner_text("#parley-chosen code.command"))
        assert words[:2] == ["parley", "stability"]
        settings = [setting for flag, setting in pairwise(words) if flag == "--set"]
        changed = sim.read_scenario(words[2], settings)
        assert changed.parties["hill"].utility["pass"]["held"].value == 0.2
        agreement = dict(part.split("=") for part in words[words.index("--agreement") + 1].split(","))
        assert (
            AgreementSpace.of(changed).index_of(agreement)
            == front_runners(sim.Payoffs.of(sim.read_scenario(TUTORIAL)), 1)[0]
        )


def test_a_typed_value_between_two_stops_is_exact_and_its_tests_are_greyed(browser: Browser, written: Written):
    path = "parties.hill.utility.pass.held"
    with opened(browser, written(TUTORIAL, tests=True)) as live:
        live.find(path)
        live.page.get_by_label("Hill: value of Pass: held, exact value").fill("0.777")
        live.page.keyboard.press("Enter")
        assert live.answer() == answer_of(central_world(sim.read_scenario(TUTORIAL)).with_values({path: 0.777}))
        assert live.page.locator("#parley-packages td.unknown").count() == 4 * len(TESTS_ON_SHOW)


def test_every_no_offers_the_nearest_change_that_flips_it(browser: Browser, written: Written):
    with opened(browser, written(BERLIN)) as live:
        payoffs = sim.Payoffs.of(sim.read_scenario(BERLIN))
        (refusal,) = repair(payoffs, int(front_runners(payoffs, 1)[0])).refusals
        title = payoffs.scenario.parties[refusal.party].title
        first = live.page.locator("#parley-chosen tbody tr", has_text=f"{title}: worth less than no deal")
        least = refusal.changes[0]
        assert first.locator(".number-cell").all_inner_texts() == [f"{least.value:.3f}", f"{least.new:.3f}"]
        assert f"{least.change:.0%} of its range".replace("%", " %") in first.inner_text()
        assert live.page.locator("#parley-chosen tbody tr", has_text="across its red line").count() == len(
            refusal.lines
        )
        live.page.locator("#parley-changes button", has_text="Set").first.click()
        assert live.answer()["zone"] > 0
        assert live.page.evaluate("document.activeElement.getAttribute('aria-valuetext')") is not None
    with opened(browser, written(TUTORIAL, tests=True)) as live:
        for package in live.page.locator("#parley-packages input[type=radio]").all():
            package.check()
            no = live.page.locator("#parley-chosen tbody tr:has(button)", has_text=": no").first
            if no.count():
                break
        title = no.inner_text().split(":")[0]
        no.get_by_role("button").click()
        row = live.page.locator("#parley-packages tbody tr", has_text=re.compile(f"^{title}")).first
        place = live.page.locator("#parley-packages input[type=radio]:checked").evaluate(
            "(e) => [...e.closest('tr').children].indexOf(e.closest('th')) - 1"
        )
        assert row.locator("td").nth(place).inner_text().strip() == "yes"


def test_the_state_copies_as_link_as_command_and_as_scenario_file(browser: Browser, written: Written, tmp_path: Path):
    moved = {"parties.russia.no_deal.reservation": 3, "parties.ukraine.utility.donetsk.current_line": 0}
    with opened(browser, written(BERLIN)) as live:
        for path, stop in moved.items():
            live.slide(path, stop)
        live.page.evaluate("document.querySelectorAll('#parley-lines details').forEach((e) => { e.open = true; })")
        live.page.get_by_label("Donetsk: Ukraine withdraws, Russia administers").first.uncheck()
        live.page.get_by_label("Sanctions on Russia: Full lifting at signature").first.check()
        told, link = live.answer(), live.page.input_value("#parley-link")
        settings, text = live.settings(), live.page.input_value("#parley-file")
    with opened(browser, written(BERLIN), f"#{link.partition('#')[2]}") as again:
        assert again.answer() == told
        assert again.settings() == settings
    assert answer_of(sim.read_scenario(BERLIN, settings)) == told
    (tmp_path / "scenario.yaml").write_text(BERLIN.read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "mine.yaml").write_text(text, encoding="utf-8")
    mine = sim.read_scenario(tmp_path / "mine.yaml")
    assert answer_of(mine) == told
    assert mine.parties["russia"].no_deal.reservation.range == (0.45, 0.8)


def test_settings_that_the_program_refuses_are_refused_by_name(browser: Browser, written: Written):
    state = "#parties.hill.salience.pass=0&parties.hill.salience.guard=0"
    with opened(browser, written(TUTORIAL), state) as live:
        assert "The program refuses these settings: Hill: all saliences are zero" in live.page.inner_text(
            "#parley-answer"
        )
        assert live.page.locator("#parley-packages table").count() == 0
        live.page.click("#parley-reset")
        assert live.answer() == answer_of(sim.read_scenario(TUTORIAL))
        assert live.faults == []


def test_a_link_that_names_nothing_is_told(browser: Browser, written: Written):
    with opened(browser, written(TUTORIAL), "#parties.hil.no_deal.reservation=0.5&coding=zzz") as live:
        assert "parties.hil.no_deal.reservation=0.5" in live.page.inner_text("#parley-unknown")
        assert "coding=zzz" in live.page.inner_text("#parley-unknown")


def test_a_is_compared_with_b_side_by_side(browser: Browser, written: Written):
    with opened(browser, written(BERLIN)) as live:
        live.page.click("#parley-keep")
        live.slide("parties.russia.no_deal.reservation", 0)
        heads = live.page.locator("#parley-answer .headline").all_inner_texts()
        changed = sim.with_settings(sim.read_scenario(BERLIN), {"parties.russia.no_deal.reservation": 0.45})
        assert heads == [
            "No agreement is acceptable to all who must sign.",
            f"{answer_of(changed)['zone']:,} agreements are acceptable to all who must sign.",
        ]
        assert "only in B: parties.russia.no_deal.reservation.value=0.45" in live.page.inner_text("#parley-difference")
        link = live.page.input_value("#parley-link").partition("#")[2]
    with opened(browser, written(BERLIN), f"#{link}") as again:
        assert again.page.locator("#parley-answer .headline").all_inner_texts() == heads


def test_a_slider_reaches_the_picture_in_under_50_milliseconds(browser: Browser, written: Written):
    with opened(browser, written(BERLIN)) as live:
        live.find("parties.russia.no_deal.reservation")
        session = live.page.context.new_cdp_session(live.page)
        # The page's own time: other programs on the machine do not count.
        session.send("Performance.enable", {"timeDomain": "threadTicks"})

        def busy() -> float:
            metrics = session.send("Performance.getMetrics")["metrics"]
            return next(one["value"] for one in metrics if one["name"] == "TaskDuration")

        move = """stop => new Promise((done) => {
            const slider = document.querySelector('#parley-numbers input[type=range]');
            slider.value = stop;
            slider.dispatchEvent(new Event('input', {bubbles: true}));
            requestAnimationFrame(() => setTimeout(done)); })"""
        spans = []
        for stop in range(11):
            before = busy()
            live.page.evaluate(move, stop)
            spans.append(busy() - before)
        assert max(spans) < 0.05, spans


def test_the_keyboard_does_everything(browser: Browser, written: Written):
    with opened(browser, written(TUTORIAL, tests=True)) as live:
        page = live.page
        before = page.inner_text("#parley-summary")
        every = "button, input, select, textarea, summary"
        page.evaluate("(every) => document.querySelectorAll(every).forEach((e, n) => { e.dataset.n = n; })", every)
        seen: dict[str, bool] = {}
        for _ in range(120):
            page.keyboard.press("Tab")
            place, ring = page.evaluate("""() => { const e = document.activeElement;
                return [e.dataset.n ?? e.className, getComputedStyle(e).outlineStyle !== 'none']; }""")
            if place in seen and place.isdigit():
                break
            seen[place] = ring
        assert all(ring for place, ring in seen.items() if place.isdigit())
        reachable = page.evaluate(
            """(every) => [...document.querySelectorAll(every)].filter((e) => !e.disabled
            && e.offsetParent && !(e.type === 'radio' && !e.checked)).map((e) => e.dataset.n)""",
            every,
        )
        assert set(reachable) - set(seen) == set()
        page.get_by_role("slider", name="Hill: value of no deal").focus()
        for key in ("ArrowRight", "ArrowRight", "End", "ArrowLeft"):
            page.keyboard.press(key)
        assert live.settings() == ["parties.hill.no_deal.reservation=0.9"]
        assert live.answer() == answer_of(sim.read_scenario(TUTORIAL, live.settings()))
        assert page.inner_text("#parley-summary") != before


@pytest.mark.parametrize("width", [390, 1400])
def test_axe_finds_nothing_serious(browser: Browser, written: Written, axe: str, width: int):
    with opened(
        browser,
        written(CODINGS),
        "#A:coding=a&parties.russia.no_deal.reservation=0.5",
        viewport={"width": width, "height": 900},
    ) as live:
        live.page.evaluate(axe)
        found = live.page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
        assert [(v["id"], v["nodes"][0]["html"]) for v in found if v["impact"] in ("serious", "critical")] == []


@pytest.mark.parametrize("path", [BERLIN, TUTORIAL], ids=lambda path: path.parent.name)
def test_nothing_overflows_at_390_pixels_and_text_is_painted(browser: Browser, written: Written, path: Path):
    with opened(browser, written(path), viewport={"width": 390, "height": 844}) as live:
        live.page.evaluate("document.querySelectorAll('details').forEach((d) => { d.open = true; })")
        assert live.page.evaluate("document.documentElement.scrollWidth") <= 390
        outside = live.page.evaluate("""[...document.querySelectorAll('.parley *')].filter((e) => !e.closest('.scroll')
            && e.getBoundingClientRect().right > 390.5).map((e) => e.outerHTML.slice(0, 80))""")
        assert outside == []
        for place in ("h1", "#parley-summary", "#parley-chosen caption"):
            line = live.page.locator(place).first
            shown = line.screenshot()
            line.evaluate("(node) => { node.style.color = 'transparent'; }")
            assert line.screenshot() != shown, f"no text is painted at {place}"


BAD = "</script><script>window.taken=1</script><img src=x onerror='window.taken=1'>\\u202e\\u0007\\\"'`&amp;{made}"


def test_titles_stay_text_whatever_they_hold(browser: Browser, written: Written):
    text = RICH.replace("BASIS", "reservation")
    for title in ("title: East\n", "title: Land,", "title: East wins,"):
        text = text.replace(title, title.replace(title.strip(",\n")[7:], f'"{BAD}"'))
    text = text.replace("half: Half", f'half: {{title: "{BAD}", definition: "{BAD}"}}').replace(
        'title: "Everything that moves payoffs"', f'title: "{BAD}"'
    )
    scenario = sim.scenario_from_text(text)
    assert scenario.parties["east"].title.startswith("</script>")
    file = written(scenario)
    with opened(browser, file) as live:
        assert live.page.evaluate("window.taken") is None
        assert live.page.evaluate("document.images.length + document.scripts.length") == 2
        body = live.page.evaluate("document.body.innerText + document.title")
        assert "</script><script>window.taken=1</script><img src=x" in body
        assert "‹U+202E›‹U+0007›\"'`&amp;{made}" in body
        assert (
            re.search("[\u202a-\u202e\u0000-\u0008]", live.page.evaluate("document.documentElement.textContent"))
            is None
        )
        live.page.select_option("#parley-party", "east")
        assert live.faults == []
        mine = live.page.input_value("#parley-file")
    assert sim.domain.document.parse_document(mine).data["title"].endswith("(set by hand)")


def test_names_stay_names_whatever_they_are(browser: Browser, written: Written, tmp_path: Path):
    odd = {"hill": "__proto__", "vale": "con'st\u202eru`ctor", "guard": "<b>"}
    text = TUTORIAL.read_text(encoding="utf-8")
    for name, other in odd.items():
        text = re.sub(rf"(?<![A-Z])\b{name}(?=[:,\]}}])", lambda found, other=other: json.dumps(other), text)
    (tmp_path / "scenario.yaml").write_text(text, encoding="utf-8")
    scenario = sim.read_scenario(tmp_path / "scenario.yaml")
    assert set(odd.values()) <= {*scenario.parties, *scenario.issues}
    with opened(browser, written(scenario)) as live:
        assert live.answer() == answer_of(scenario)
        for path in [
            f"parties.{odd['hill']}.no_deal.reservation",
            f"parties.{odd['vale']}.utility.{odd['guard']}.absent",
        ]:
            live.find(path)
            box = live.page.locator("#parley-numbers .number").first.locator("input[type=number]")
            box.fill("0.6")
            box.press("Enter")
        told, mine = live.answer(), live.page.input_value("#parley-file")
        assert live.page.evaluate("Object.keys(Object.prototype).length") == 0
        assert "\u202e" not in mine + live.page.input_value("#parley-command")
        assert live.faults == []
    (tmp_path / "mine.yaml").write_text(mine, encoding="utf-8")
    assert answer_of(sim.read_scenario(tmp_path / "mine.yaml")) == told != answer_of(scenario)


def test_the_page_stands_inside_another(browser: Browser, axe: str, tmp_path: Path):
    parts = page_parts(sim.read_scenario(TUTORIAL), tests=False, inside=True)
    around = tmp_path / "around.html"
    around.write_text(
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Around</title><style>{parts.style}</style>'
        f'<meta http-equiv="Content-Security-Policy" content="{parts.policy}"></head><body><main><h1>Around</h1>'
        f'<p id="place"><a href="#place">A place</a></p>{parts.body}</main><script>{parts.script}</script></body>',
        encoding="utf-8",
    )
    with opened(browser, around, "#place") as live:
        assert live.page.inner_text("#parley-unknown") == ""
        assert live.answer() == answer_of(sim.read_scenario(TUTORIAL))
        live.slide("parties.hill.no_deal.reservation", 9)
        told = live.answer()
        live.page.get_by_role("link", name="A place").click()
        assert live.answer() == told
        live.page.evaluate(axe)
        found = live.page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
        assert [(v["id"], v["nodes"][0]["html"]) for v in found] == []
        assert live.faults == []


def test_a_page_whose_data_were_changed_shows_nothing(browser: Browser, written: Written, tmp_path: Path):
    text = written(TUTORIAL).read_text(encoding="utf-8")
    found = re.search(r'<script type="application/json" id="parley-content">(.*?)</script>', text)
    content: dict[str, Any] = json.loads(found[1])
    place = sim.read_scenario(TUTORIAL).numbers.paths.index("parties.hill.utility.pass.held")
    row = next(row for row in content["codings"][0]["numbers"] if row[0] == place)
    row[1] = 0.9
    changed = tmp_path / "changed.html"
    changed.write_text(text.replace(found[1], json.dumps(content)), encoding="utf-8")
    with opened(browser, changed) as live:
        assert not live.page.locator("#parley-main").is_visible()
        assert "This page shows nothing" in live.page.inner_text("#parley-check")


def test_what_the_page_cannot_compute_is_refused_by_name():
    ahead = sim.read_scenario(TUTORIAL, ["compliance.anticipation=subgame-perfect"])
    with pytest.raises(
        ModelError, match=r"tutorial-two-by-two cannot be a live page.*compliance\.anticipation: subgame-perfect"
    ):
        live_page(ahead)


def test_a_number_opens_its_range_status_and_source(browser: Browser, written: Written):
    with opened(browser, written(BERLIN)) as live:
        live.find("parties.ukraine.utility.donetsk.ua_withdrawal_ru_admin")
        card = live.page.locator("#parley-numbers .number").first
        card.locator("summary").click()
        told = card.inner_text()
        assert "central 0.05 · range 0 to 0.15 · judgement" in told or "central 0.05 · range" in told
        assert "News article on Ukraine's readiness" in told
        assert "S33" in told
