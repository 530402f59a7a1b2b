"""A report as one HTML file: nothing is loaded from outside, and only its own script and style may act."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from html import escape
from importlib import resources

from sim.domain.provenance import Given
from sim.domain.scenario import Scenario
from sim.domain.titles import path_in_words
from sim.errors import ModelError, printable
from sim.present.figures.rendering import svg_of
from sim.present.page.page import PageParts, page_parts
from sim.present.report.contents import Drawing, Report, Section
from sim.present.sheets import Block, Cells

__all__ = ["html_report"]


def _text(text: str) -> str:
    """Return text from anywhere as HTML that is only text; what `bold` and `dim` mark stays marked."""
    shown = escape(printable(text), quote=True)
    return (
        shown.replace("\ue0b0", "<strong>")
        .replace("\ue0b1", "<strong class='quiet'>")
        .replace("\ue0b2", "</strong>")
        .replace("\n", "<br>")
    )


def html_report(report: Report, *, live: bool = True) -> str:
    """Return a report as the text of one HTML file.

    Parameters
    ----------
    report : Report
    live : bool
        Whether the live page is part of it.

    Returns
    -------
    str

    Examples
    --------
    >>> from pathlib import Path
    >>> from sim.present.figures.catalogue import material_of
    >>> from sim.present.report.contents import report_of
    >>> path = "scenarios/tutorial-two-by-two/scenario.yaml"
    >>> text = html_report(report_of(material_of(Path(path), worlds=10), path), live=False)
    >>> text[:15], "http-equiv" in text
    ('<!doctype html>', True)
    """
    scenario = report.material.scenario
    page, refused = _live(scenario) if live else (None, "")
    script, style = _asset("report.js"), _asset("report.css")
    scripts, styles = [script, *([page.script] if page else [])], [style, *([page.style] if page else [])]
    policy = (
        f"default-src 'none'; script-src {' '.join(map(_digest, scripts))}; "
        f"style-src {' '.join(map(_digest, styles))}; base-uri 'none'; form-action 'none'"
    )
    links = [(section.key, section.title) for section in report.sections]
    if live:
        links.insert(2, ("try-it", "Try it"))
    parts = [_section(section, scenario) for section in report.sections]
    if live:
        body = page.body if page else f"<p>The live page cannot hold this scenario: {_text(refused)}</p>"
        parts.insert(2, f'<section id="try-it" class="live"><h2>Try it</h2>{body}</section>')
    navigation = "".join(f'<li><a href="#{escape(key)}">{_text(title)}</a></li>' for key, title in links)
    title = _text(report.title)
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{escape(policy)}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{title} · report</title>\n"
        + "".join(f"<style>{one}</style>\n" for one in styles)
        + "</head>\n<body>\n"
        f'<a class="skip" href="#main">To the report</a>\n<header class="report"><h1>{title}</h1>'
        f"<p>{_text(report.subtitle)}</p>"
        f'<nav aria-label="Sections"><ol>{navigation}</ol></nav></header>\n<main id="main" class="report">\n'
        + "\n".join(parts)
        + "\n</main>\n"
        + "".join(f"<script>{one}</script>\n" for one in scripts)
        + "</body>\n</html>\n"
    )


def _live(scenario: Scenario) -> tuple[PageParts | None, str]:
    try:
        return page_parts(scenario, tests=False, inside=True), ""
    except ModelError as fault:
        return None, str(fault)


def _section(section: Section, scenario: Scenario) -> str:
    told: list[str] = []
    numbers: list[Given] = []
    for part in section.parts:
        if isinstance(part, Given):
            numbers.append(part)
        elif isinstance(part, Drawing):
            told.append(_drawing(part))
        else:
            told.append(_block(part))
    if numbers:
        told.append(_numbers(numbers, scenario))
    return f'<section id="{escape(section.key)}"><h2>{_text(section.title)}</h2>{"".join(told)}</section>'


def _drawing(drawing: Drawing) -> str:
    shows = _text(drawing.shows)
    return (
        f'<figure><div class="scroll" tabindex="0" role="region" aria-label="Figure: {shows}">{svg_of(drawing.chart)}'
        f"</div><figcaption>{shows} <details><summary>How to get it</summary>"
        f"<code>{_text(drawing.trace)}</code></details></figcaption></figure>"
    )


def _block(block: Block) -> str:
    if block.table is not None:
        return _table(block.table)
    if block.items:
        return "<ul>" + "".join(f"<li>{_text(item)}</li>" for item in block.items) + "</ul>"
    words = block.text.strip("\n")
    if words.endswith("?") and words.startswith("\ue0b0"):
        return f"<h3>{_text(words)}</h3>"
    return "".join(f"<p>{_text(line)}</p>" for line in words.split("\n") if line.strip())


def _table(cells: Cells) -> str:
    name = escape(printable(cells.title or f"Table of {cells.rows[0][0] if cells.rows else 'nothing'}"), quote=True)
    head = ""
    if cells.headed:
        head = "<thead><tr>" + "".join(map(_heading, cells.header)) + "</tr></thead>"
    rows = []
    for place, row in enumerate(cells.rows):
        kind = ' class="ends"' if place in cells.sections else ""
        first = f'<th scope="row">{_text(row[0])}</th>' if row else ""
        rows.append(f"<tr{kind}>{first}" + "".join(f"<td>{_text(cell)}</td>" for cell in row[1:]) + "</tr>")
    caption = f"<caption>{_text(cells.title)}</caption>" if cells.title else ""
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{name}"><table class="data">{caption}{head}'
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )


def _heading(cell: str) -> str:
    return f'<th scope="col">{_text(cell)}</th>' if cell.strip() else "<td></td>"


def _numbers(numbers: list[Given], scenario: Scenario) -> str:
    rows = []
    for one in numbers:
        low, high = one.number.range
        span = "" if one.number.is_certain else f"{low:g} to {high:g}"
        references = "; ".join(
            f"{ref.title or ref.source}{f', {ref.place}' if ref.place else ''}{f' ({ref.date})' if ref.date else ''}"
            for ref in one.references
        )
        note = f"<p>{_text(one.number.note)}</p>" if one.number.note else ""
        setting = f"<code>--set {_text(one.path)}={one.number.value:g}</code>"
        words = _text(path_in_words(scenario, one.path))
        opened = f"<p>{_text(references or 'no source')}</p>{note}<p>{setting}</p>"
        rows.append(
            f"<tr><th scope='row'><details><summary>{words}</summary>{opened}</details></th>"
            f"<td>{one.number.value:g}</td><td>{span}</td><td>{one.status}</td></tr>"
        )
    head = "".join(f"<th scope='col'>{name}</th>" for name in ("number", "value", "range", "status"))
    return (
        '<div class="scroll" tabindex="0" role="region" aria-label="Every number"><table class="data">'
        f"<caption>Open a number for its source</caption><thead><tr>{head}</tr></thead>"
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )


def _digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


@cache
def _asset(name: str) -> str:
    return resources.files("sim.present.report").joinpath(name).read_text(encoding="utf-8")
