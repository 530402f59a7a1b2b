"""The report in a real browser, opened from disk with the network off."""

from __future__ import annotations

from pathlib import Path

import pytest

from sim.present.figures.catalogue import material_of
from sim.present.report.contents import report_of
from sim.present.report.html import html_report

TWO = "scenarios/tutorial-two-by-two/scenario.yaml"


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    target = tmp_path_factory.mktemp("report") / "two.html"
    target.write_text(html_report(report_of(material_of(Path(TWO), worlds=10), TWO)), encoding="utf-8")
    return target


@pytest.fixture
def opened(browser, report):
    context = browser.new_context(offline=True, viewport={"width": 1100, "height": 900})
    page = context.new_page()
    said = []
    page.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda problem: said.append(str(problem)))
    page.on("request", lambda request: None if request.url.startswith("file:") else said.append(request.url))
    page.goto(report.as_uri())
    page.wait_for_function("document.querySelectorAll('.tools').length > 0")
    yield page
    context.close()
    assert said == []


def test_tables_sort_and_filter(opened):
    table = "#assumptions--every-number table"
    rows = f"Array.from(document.querySelectorAll('{table} tbody tr')).filter(r => !r.hidden)"
    values = f"{rows}.map(r => parseFloat(r.cells[1].textContent))"
    opened.click(f"{table} thead th:nth-child(2) button")
    shown = opened.evaluate(values)
    assert shown == sorted(shown)
    opened.click(f"{table} thead th:nth-child(2) button")
    assert opened.evaluate(values) == sorted(shown, reverse=True)
    opened.fill("#assumptions--every-number input[type=search]", "vale")
    told = opened.evaluate(f"{rows}.map(r => r.textContent)")
    assert told
    assert len(told) < len(shown)
    assert all("vale" in row.lower() for row in told)


def test_a_number_opens_its_source_by_the_keyboard(opened):
    opened.focus("#assumptions--every-number table summary")
    opened.keyboard.press("Enter")
    assert "--set" in opened.inner_text("#assumptions--every-number table details[open]")


@pytest.mark.parametrize("width", [390, 1100])
def test_nothing_overflows_and_text_is_painted(opened, width):
    opened.set_viewport_size({"width": width, "height": 900})
    assert opened.evaluate("document.documentElement.scrollWidth") <= width
    assert opened.evaluate("document.querySelector('h1').getBoundingClientRect().height") > 20


def test_axe_finds_nothing_serious(browser, report, axe):
    context = browser.new_context(bypass_csp=True, viewport={"width": 1100, "height": 900})
    page = context.new_page()
    page.goto(report.as_uri())
    page.wait_for_function("document.querySelectorAll('.tools').length > 0")
    page.evaluate(axe)
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
    context.close()
    assert [
        (one["id"], one["nodes"][0]["html"][:120]) for one in found if one["impact"] in ("serious", "critical")
    ] == []
