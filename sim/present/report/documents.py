"""A report as Markdown, and as a document to edit."""

from __future__ import annotations

from importlib import import_module
from io import BytesIO
from pathlib import Path
from typing import Any

from sim.domain.provenance import Given
from sim.domain.titles import path_in_words
from sim.errors import ModelError, printable
from sim.present.figures.rendering import png_of, svg_of
from sim.present.report.contents import Drawing, Report, Section
from sim.present.sheets import Block, Cells, markdown_of

__all__ = ["docx_report", "markdown_report"]


def _rows(numbers: list[Given], report: Report) -> Cells:
    rows = []
    for one in numbers:
        low, high = one.number.range
        span = "" if one.number.is_certain else f"{low:g} to {high:g}"
        sources = "; ".join(
            f"{ref.title or ref.source}{f', {ref.place}' if ref.place else ''}" for ref in one.references
        )
        rows.append(
            (path_in_words(report.material.scenario, one.path), f"{one.number.value:g}", span, one.status, sources)
        )
    return Cells(("number", "value", "range", "status", "source"), tuple(rows))


def _parts(section: Section, report: Report) -> list[Block | Drawing]:
    """Return the parts of a section with its numbers as one table at the end."""
    parts: list[Block | Drawing] = [part for part in section.parts if not isinstance(part, Given)]
    numbers = [part for part in section.parts if isinstance(part, Given)]
    return [*parts, Block(table=_rows(numbers, report))] if numbers else parts


def markdown_report(report: Report, target: Path) -> None:
    """Write a report as Markdown, its figures as SVG files in a folder beside it.

    Parameters
    ----------
    report : Report
    target : Path

    Examples
    --------
    >>> import tempfile
    >>> from sim.present.figures.catalogue import material_of
    >>> from sim.present.report.contents import report_of
    >>> path = "scenarios/tutorial-two-by-two/scenario.yaml"
    >>> target = Path(tempfile.mkdtemp()) / "two.md"
    >>> markdown_report(report_of(material_of(Path(path), worlds=10), path), target)
    >>> target.read_text(encoding="utf-8").splitlines()[0], (target.parent / "two-figures/funnel.svg").is_file()
    ('# Two by two', True)
    """
    folder = target.with_name(f"{target.stem}-figures")
    folder.mkdir(parents=True, exist_ok=True)
    lines = [f"# {markdown_of([Block(report.title)]).strip()}", "", f"{report.subtitle}", ""]
    for section in report.sections:
        lines += [f"## {section.title}", ""]
        for part in _parts(section, report):
            if isinstance(part, Drawing):
                (folder / f"{part.name}.svg").write_text(svg_of(part.chart), encoding="utf-8")
                lines += [
                    f"![{part.shows}]({folder.name}/{part.name}.svg)",
                    "",
                    *(f"    {line}" for line in part.trace.split("\n")),
                    "",
                ]
            else:
                lines.append(markdown_of([part]))
    target.write_text("\n".join(lines), encoding="utf-8")


def docx_report(report: Report, target: Path) -> None:
    """Write a report as a document of the kind that word processors open.

    Parameters
    ----------
    report : Report
    target : Path

    Raises
    ------
    ModelError
        If python-docx is not installed.

    Examples
    --------
    >>> import tempfile
    >>> from sim.present.figures.catalogue import material_of
    >>> from sim.present.report.contents import report_of
    >>> path = "scenarios/tutorial-two-by-two/scenario.yaml"
    >>> target = Path(tempfile.mkdtemp()) / "two.docx"
    >>> docx_report(report_of(material_of(Path(path), worlds=10), path), target)
    >>> target.read_bytes()[:2]
    b'PK'
    """
    try:
        docx: Any = import_module("docx")
    except ImportError:
        raise ModelError("a document needs python-docx: pip install 'parley-sim[present]'") from None
    shared = import_module("docx.shared")
    book = docx.Document()
    for margin in ("left_margin", "right_margin"):
        setattr(book.sections[0], margin, shared.Cm(2))
    book.core_properties.title = _plain(report.title)
    book.core_properties.author = "Parley"
    book.styles["Normal"].font.size = shared.Pt(10)
    book.add_heading(_plain(report.title), 0)
    book.add_paragraph(_plain(report.subtitle))
    for section in report.sections:
        book.add_heading(_plain(section.title), 1)
        for part in _parts(section, report):
            if isinstance(part, Drawing):
                book.add_picture(BytesIO(png_of(part.chart)), width=shared.Cm(16.5))
                book.add_paragraph(_plain(part.shows), style="Caption")
            elif part.table is not None:
                _add_table(book, part.table, shared)
            elif part.items:
                for item in part.items:
                    book.add_paragraph(_plain(item), style="List Bullet")
            else:
                for line in part.text.strip("\n").split("\n"):
                    if line.strip():
                        book.add_paragraph(_plain(line))
    book.save(str(target))


def _plain(text: str) -> str:
    return printable(text.translate(dict.fromkeys(map(ord, "\ue0b0\ue0b1\ue0b2"), "")))


def _add_table(book: Any, cells: Cells, shared: Any) -> None:
    if cells.title:
        book.add_paragraph(_plain(cells.title), style="Caption")
    rows = ([cells.header] if cells.headed else []) + list(cells.rows)
    table = book.add_table(
        rows=len(rows), cols=len(cells.header), style="Light Grid Accent 1" if cells.headed else "Table Grid"
    )
    # Cell by cell through the table would look each up anew; its rows hold theirs.
    for row, shown in zip(table.rows, rows, strict=True):
        for cell, text in zip(row.cells, shown, strict=True):
            paragraph = cell.paragraphs[0]
            run = paragraph.add_run(_plain(text))
            run.font.size = shared.Pt(8)
    book.add_paragraph()
