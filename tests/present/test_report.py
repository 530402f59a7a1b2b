"""The report holds what it must, keeps text from files as text, and runs only what it brings."""

from __future__ import annotations

import base64
import csv
import hashlib
import json
import re
import shlex
from html.parser import HTMLParser
from pathlib import Path

import pytest
from click.testing import CliRunner

import sim
from sim.cli import parley
from sim.domain.writing import yaml_text
from sim.present.figures.catalogue import material_of
from sim.present.figures.verdicts import run_stages
from sim.present.report.contents import report_of
from sim.present.report.html import html_report
from sim.results.batch import run_batch, write_batch
from sim.results.store import load
from sim.results.summary import Summary
from sim.sweeps.factors import ranged

TWO = "scenarios/tutorial-two-by-two/scenario.yaml"
NASTY = "</script><script>alert(1)</script><img src=x onerror=alert(2)> \"'&\u202e\x1b[31m=1+1"


class Tags(HTMLParser):
    """Every tag with its attributes."""

    def __init__(self, text):
        super().__init__()
        self.found = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    scenario = sim.read_scenario(TWO)
    folder = tmp_path_factory.mktemp("report") / "r"
    return write_batch(folder, scenario, run_batch(scenario, runs=30, seed=3, quiet=True), seed=3)


@pytest.fixture(scope="module")
def page(result):
    return html_report(report_of(material_of(result, worlds=20), "results/r"))


def test_it_has_every_section_with_the_live_page_inside(page):
    titles = re.findall(r"<section id=\"[^\"]+\"[^>]*><h2>([^<]+)</h2>", page)
    assert titles == [
        "Question and settings",
        "The answer",
        "Try it",
        "How far it gets",
        "What was signed, and who refused",
        "What would open it",
        "What would break it",
        "How long it would last",
        "What simple forecasts say",
        "Assumptions: every number",
        "Limits",
        "How to cite and reproduce",
    ]
    assert 'id="parley-content"' in page


def test_the_answer_is_that_of_the_summary(page, result):
    scenario = sim.read_scenario(TWO)
    found = Summary.of(sim.load(result), scenario)
    assert f"In {100 * found.agreed.estimate:.0f} % ({100 * found.agreed.low:.0f}–100 %) of runs" in page
    assert scenario.hash in page
    assert "--seed 3" in page


def test_every_number_opens_its_setting_and_status(page):
    scenario = sim.read_scenario(TWO)
    rows = re.findall(r"<details><summary>.*?--set ([^=<]+)=([^<]+)</code></p></details></th><td>([^<]+)</td>", page)
    book = dict(zip(scenario.numbers.paths, scenario.numbers.value.tolist(), strict=True))
    assert len(rows) > 15
    for path, value, shown in rows:
        assert value == shown == f"{book[path]:g}"


def test_only_its_own_script_and_style_may_act_and_nothing_is_loaded(page):
    policy = next(attrs["content"] for tag, attrs in Tags(page).found if attrs.get("http-equiv"))
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    for kind in ("script", "style"):
        for text in re.findall(rf"<{kind}>(.*?)</{kind}>", page, flags=re.S):
            assert base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() in policy
    for _, attrs in Tags(page).found:
        assert "style" not in attrs
        assert not [key for key in attrs if key.startswith("on")]
        assert all(attrs.get(key, "#").startswith("#") for key in ("href", "src", "xlink:href"))


def test_text_from_files_stays_text(tmp_path):
    data = json.loads(json.dumps(sim.read_scenario(TWO).data))
    data["title"] = data["question"] = NASTY
    data["parties"]["hill"]["title"] = NASTY
    data["issues"]["pass"]["options"]["shared"] = {"title": NASTY, "definition": NASTY}
    data["sources"] = {"odd": {"title": NASTY}}
    data["notes"] = [{"id": "odd", "text": NASTY}]
    data["parties"]["hill"]["utility"]["pass"]["shared"] = {
        "value": 0.8,
        "status": "evidence",
        "source": "odd",
        "note": NASTY,
    }
    path = tmp_path / "nasty.yaml"
    path.write_text(yaml_text(data), encoding="utf-8")
    text = html_report(report_of(material_of(path, worlds=5), str(path)))
    plain = html_report(report_of(material_of(Path(TWO), worlds=5), TWO))
    count = [tag for tag, _ in Tags(text).found].count
    assert count("script") == [tag for tag, _ in Tags(plain).found].count("script")
    assert count("img") == 0
    assert not re.search("[\x1b\u202e]", text)
    for form in ("md", "docx"):
        done = CliRunner().invoke(parley, ["report", str(path), "--worlds", "5", "--out", str(tmp_path / f"x.{form}")])
        assert done.exit_code == 0, done.output + repr(done.exception)
    marked = (tmp_path / "x.md").read_text(encoding="utf-8")
    assert not re.search("[\x1b\u202e]", marked)
    assert "<img" not in marked.replace("\\<img", "")


def test_the_command_writes_a_small_file_and_refuses_other_forms(result, tmp_path):
    target = tmp_path / "r.html"
    done = CliRunner().invoke(parley, ["report", str(result), "--worlds", "10", "--out", str(target)])
    assert done.exit_code == 0, done.output + repr(done.exception)
    assert target.stat().st_size < 3_000_000
    done = CliRunner().invoke(parley, ["report", TWO, "--out", str(tmp_path / "r.pdf")])
    assert done.exit_code == 2
    assert ".html, .docx, .md" in done.output


def test_a_document_holds_headings_figures_and_tables(tmp_path):
    docx = pytest.importorskip("docx")
    target = tmp_path / "r.docx"
    done = CliRunner().invoke(parley, ["report", TWO, "--worlds", "10", "--out", str(target)])
    assert done.exit_code == 0, done.output
    book = docx.Document(str(target))
    assert "The answer" in [paragraph.text for paragraph in book.paragraphs if paragraph.style.name == "Heading 1"]
    assert len(book.inline_shapes) == 9
    assert any("Hill" in cell.text for table in book.tables for cell in table.rows[-1].cells)


def _traced(report, name):
    """The commands under a figure, and the figure."""
    parts = [part for section in report.sections for part in section.parts if getattr(part, "name", "") == name]
    return parts[0].chart.to_dict(), parts[0].trace.split("\n")


def _queried(line):
    """What a ``parley query`` of a trace answers."""
    words = shlex.split(line)
    assert words[:2] == ["parley", "query"]
    done = CliRunner().invoke(parley, [*words[1:], "--form", "csv"], catch_exceptions=False)
    return list(csv.DictReader(done.stdout.splitlines()))


def test_a_figure_of_rows_traces_to_a_query_that_gives_its_figures(result):
    report = report_of(material_of(result, worlds=20), str(result))
    stages = {row["stage"]: row for row in run_stages(load(result))}
    (row,) = _queried(_traced(report, "funnel")[1][1])
    shares = [stages[stage]["share"] for stage in list(stages)[:3]]
    assert [float(row[key]) / float(row["runs"]) for key in ("something_to_sign", "signed", "ratified")] == shares
    months = _queried(_traced(report, "survival")[1][1])
    assert len(months) == float(row["signed"])


def test_what_opens_of_a_sweep_traces_to_the_shares_of_its_points(tmp_path):
    factor = ranged("parties.hill.no_deal.reservation", 0.2, 0.9, steps=3)
    design = sim.Design(sim.read_scenario(TWO), factors=[factor], worlds=5, seed=2)
    sim.sweep(design, out=tmp_path / "s", workers=0, quiet=True)
    report = report_of(material_of(tmp_path / "s", worlds=20), str(tmp_path / "s"))
    chart, trace = _traced(report, "what-opens")
    drawn = [row for rows in chart["datasets"].values() for row in rows if "low50" in row]
    path = "parties.hill.no_deal.reservation"
    told = {float(row[path]): float(row["share"]) for row in _queried(trace[1])}
    assert {row["at"]: row["share"] for row in drawn} == told and len(told) == 3


def test_a_figure_of_the_scenario_says_so(result):
    report = report_of(material_of(result, worlds=20), str(result))
    assert _traced(report, "who-blocks")[1][1].startswith("# from the scenario that manifest.json")
