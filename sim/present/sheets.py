"""What a command shows, as text, Markdown, CSV or a workbook: the one place where tables change their form.

A command prints paragraphs and tables on the console. Inside `sim.present.console.recorded` they are kept as
blocks instead; `text_of`, `markdown_of`, `csv_of` and `write_workbook` give them a form. No cell of a table that
a spreadsheet opens begins a formula.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.errors import ResultError, library, printable
from sim.results.files import text_cell

__all__ = [
    "Block",
    "Cells",
    "blocks_from",
    "blocks_to_json",
    "csv_of",
    "frame_csv",
    "markdown_of",
    "read_shown",
    "safe_cell",
    "write_workbook",
]

if TYPE_CHECKING:
    import pandas as pd

#: The file in which a folder keeps what was shown, and the version of its form.
SHOWN, SCHEMA_VERSION = "shown.json", 1
_NUMBER = re.compile(r"[-+−]?\d{1,3}(,\d{3})+(\.\d+)?|[-+−]?\d+(\.\d+)?")


@dataclass(frozen=True)
class Cells:
    """A table as it was printed.

    Attributes
    ----------
    header : tuple of str
    rows : tuple of tuple of str
    title : str
    sections : tuple of int
        Rows after which a line is drawn.
    justify : tuple of str
        Of each column: ``left``, ``right`` or ``center``.
    box : str
        Name of its frame, as rich has it; empty for none.
    headed, padded : bool
        Whether it had a header, and was padded at its edges.
    strong : tuple of int
        Rows in bold.
    whole : tuple of int
        Columns whose words are not broken.
    widths : tuple of int
        Of columns of a fixed width; 0 for the others.
    """

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    title: str = ""
    sections: tuple[int, ...] = ()
    justify: tuple[str, ...] = ()
    box: str = "HEAVY_HEAD"
    headed: bool = True
    padded: bool = True
    strong: tuple[int, ...] = ()
    whole: tuple[int, ...] = ()
    widths: tuple[int, ...] = ()

    def of_columns(self, places: Sequence[int]) -> Cells:
        """Return the same table with some of its columns only, without fixed widths.

        Examples
        --------
        >>> Cells(("", "A", "B"), (("Hill", "1", "2"),)).of_columns([0, 2]).rows
        (('Hill', '2'),)
        """
        return replace(
            self,
            header=tuple(self.header[k] for k in places),
            rows=tuple(tuple(row[k] for k in places) for row in self.rows),
            justify=tuple(self.justify[k] for k in places) if self.justify else (),
            whole=tuple(new for new, old in enumerate(places) if old in self.whole),
            widths=(),
        )


@dataclass(frozen=True)
class Block:
    """A paragraph, a list, or a table.

    Attributes
    ----------
    text : str
        A paragraph as handed to the console, with its marks of bold and dim; empty for a table.
    table : Cells, optional
    items : tuple of str
        Of a list.
    indent : int
        Blanks before a paragraph.
    style : str
        Of all of a paragraph.
    """

    text: str = ""
    table: Cells | None = None
    items: tuple[str, ...] = field(default=())
    indent: int = 0
    style: str = ""


def blocks_from(content: Any) -> list[Block]:
    """Return blocks from plain data, as `dataclasses.asdict` gives it.

    Parameters
    ----------
    content : list of dict

    Returns
    -------
    list of Block

    Examples
    --------
    >>> blocks_from([asdict(Block("Two by two"))])[0].text
    'Two by two'
    """

    def tuples(node: Any) -> Any:
        return tuple(tuples(child) for child in node) if isinstance(node, list) else node

    found = []
    for raw in content:
        table = raw.get("table")
        cells = None if table is None else Cells(**{key: tuples(value) for key, value in table.items()})
        found.append(Block(**{**raw, "table": cells, "items": tuple(raw.get("items", ()))}))
    return found


def read_shown(folder: Path) -> dict[str, Any]:
    """Read what a command showed from the folder its ``--out`` named.

    Parameters
    ----------
    folder : Path

    Returns
    -------
    dict
        ``command``, ``version`` and ``blocks``, which `blocks_from` reads.

    Raises
    ------
    ResultError
        If there is no such file, or it is damaged.

    Examples
    --------
    >>> import tempfile
    >>> read_shown(Path(tempfile.mkdtemp()) / "none")
    Traceback (most recent call last):
    sim.errors.ResultError: ...: keeps nothing that was shown (no shown.json in it)
    """
    path = folder / SHOWN
    if not path.is_file():
        raise ResultError(f"{folder}: keeps nothing that was shown (no {SHOWN} in it)")
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        if found["schema_version"] != SCHEMA_VERSION:
            raise ValueError(f"version {found['schema_version']!r} is not {SCHEMA_VERSION}")
        blocks_from(found["blocks"])
    except (ValueError, KeyError, TypeError) as fault:
        raise ResultError(f"{path}: damaged ({fault}); show it again") from None
    return dict(found)


# --- Markdown ------------------------------------------------------------------------------------------------------


def _plain(text: str) -> str:
    return printable(re.sub("[\ue0b0\ue0b1\ue0b2]", "", text))


def _marked(text: str) -> str:
    """Return a paragraph in Markdown: signs that would be markup escaped, bold kept."""
    parts = re.split("(\ue0b0[^\ue0b2]*\ue0b2)", text)
    told = []
    for place, part in enumerate(parts):
        escaped = re.sub(r"([\\`*_\[\]<>|#])", r"\\\1", _plain(part))
        told.append(f"**{escaped.strip()}**" if place % 2 and escaped.strip() else escaped)
    return "".join(told)


def _cell(text: str) -> str:
    return "<br>".join(_marked(line.strip()) for line in text.split("\n"))


def markdown_of(blocks: Sequence[Block]) -> str:
    r"""Return blocks as Markdown.

    Parameters
    ----------
    blocks : sequence of Block

    Returns
    -------
    str

    Examples
    --------
    >>> print(markdown_of([Block("A | B"), Block(table=Cells(("", "A"), (("Hill", "+0.5"),), "Margins"))]))
    A \| B
    <BLANKLINE>
    **Margins**
    <BLANKLINE>
    |  | A |
    | --- | --- |
    | Hill | +0.5 |
    <BLANKLINE>
    """
    lines: list[str] = []
    for block in blocks:
        if block.table is not None:
            table = block.table
            if table.title:
                lines += [f"**{_marked(table.title)}**", ""]
            header = table.header if table.headed else ("",) * len(table.header)
            lines.append("| " + " | ".join(map(_cell, header)) + " |")
            aligned = table.justify or ("left",) * len(table.header)
            lines.append("| " + " | ".join("---:" if side == "right" else "---" for side in aligned) + " |")
            lines += ["| " + " | ".join(map(_cell, row)) + " |" for row in table.rows]
            lines.append("")
        elif block.items:
            lines += [*(f"- {_marked(item)}" for item in block.items), ""]
        elif _plain(block.text).strip():
            lines += [*(_marked(part) for part in block.text.strip("\n").split("\n")), ""]
    return "\n".join(lines)


# --- spreadsheets ----------------------------------------------------------------------------------------------------


def safe_cell(text: str) -> str | int | float:
    """Return a cell for a spreadsheet: a number where it is one, and never the beginning of a formula.

    Parameters
    ----------
    text : str

    Returns
    -------
    str, int or float

    Examples
    --------
    >>> safe_cell("46,288"), safe_cell("-0.10"), safe_cell("=1+1"), safe_cell("+0.25 Vale")
    (46288, -0.1, "'=1+1", "'+0.25 Vale")
    """
    plain = _plain(text)
    if _NUMBER.fullmatch(plain):
        number = float(plain.replace(",", "").replace("−", "-"))
        return int(number) if number.is_integer() and "." not in plain else number
    return text_cell(plain)


def csv_of(blocks: Sequence[Block]) -> str:
    """Return the tables among blocks as CSV, each below its title, a blank line between them.

    Parameters
    ----------
    blocks : sequence of Block

    Returns
    -------
    str

    Examples
    --------
    >>> print(csv_of([Block("left out"), Block(table=Cells(("", "A"), (("Hill", "+0.5"),), "Margins"))]))
    Margins
    ,A
    Hill,0.5
    <BLANKLINE>
    """
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    tables = [block.table for block in blocks if block.table is not None]
    for place, table in enumerate(tables):
        if place:
            stream.write("\n")
        if table.title:
            writer.writerow([safe_cell(table.title)])
        if table.headed:
            writer.writerow([safe_cell(cell) for cell in table.header])
        writer.writerows([safe_cell(cell) for cell in row] for row in table.rows)
    return stream.getvalue()


def frame_csv(frame: pd.DataFrame) -> str:
    """Return a data frame as CSV in which no text begins a formula; numbers stay as they are.

    Parameters
    ----------
    frame : pandas.DataFrame

    Returns
    -------
    str

    Examples
    --------
    >>> import pandas as pd
    >>> print(frame_csv(pd.DataFrame({"who": ["=1+1", "Hill"], "margin": [-0.5, 0.5]})))
    who,margin
    '=1+1,-0.5
    Hill,0.5
    <BLANKLINE>
    """
    safe = frame.map(lambda cell: safe_cell(cell) if isinstance(cell, str) else cell)
    return str(safe.to_csv(index=False, lineterminator="\n"))


def write_workbook(blocks: Sequence[Block], target: Path) -> None:
    """Write blocks as a workbook: a sheet for each table, and the paragraphs on one of their own.

    Parameters
    ----------
    blocks : sequence of Block
    target : Path

    Examples
    --------
    >>> import openpyxl, tempfile
    >>> target = Path(tempfile.mkdtemp()) / "x.xlsx"
    >>> write_workbook([Block(table=Cells(("", "A"), (("=1+1", "0.5"),), "Margins: all"))], target)
    >>> sheet = openpyxl.load_workbook(target)["Margins all"]
    >>> sheet["A2"].value, sheet["A2"].data_type, sheet["B2"].value
    ("'=1+1", 's', 0.5)
    """
    openpyxl = library("openpyxl", "sheets", "A workbook")
    from openpyxl.styles import Alignment, Font

    book = openpyxl.Workbook()
    book.remove(book.active)
    words = book.create_sheet("Text")
    names: set[str] = {"text"}
    for block in blocks:
        if block.table is None:
            for line in block.items or _plain(block.text).split("\n"):
                if line.strip():
                    words.append([safe_cell(line.strip())])
            continue
        table = block.table
        base = re.sub(r"[\[\]:*?/\\']", "", _plain(table.title)).strip()[:28] or "Table"
        name, n = base, 2
        while name.lower() in names:
            name, n = f"{base[:26]} {n}", n + 1
        names.add(name.lower())
        sheet = book.create_sheet(name)
        for row in ([table.header] if table.headed else []) + list(table.rows):
            sheet.append([safe_cell(cell) for cell in row])
        for row in sheet.iter_rows():
            for cell in row:
                if isinstance(cell.value, str):
                    cell.data_type = "s"
                    cell.alignment = Alignment(wrap_text=True, vertical="top")
        if table.headed and sheet.max_row:
            for cell in sheet[1]:
                cell.font = Font(bold=True)
            sheet.freeze_panes = "A2"
        for column, cells in enumerate(sheet.columns, 1):
            longest = max((len(line) for cell in cells for line in str(cell.value or "").split("\n")), default=8)
            sheet.column_dimensions[openpyxl.utils.get_column_letter(column)].width = min(60, longest + 2)
    words.column_dimensions["A"].width = 110
    if words.max_row == 1 and words["A1"].value is None and len(book.sheetnames) > 1:
        book.remove(words)
    target.parent.mkdir(parents=True, exist_ok=True)
    book.save(target)


def blocks_to_json(blocks: Sequence[Block]) -> list[dict[str, Any]]:
    """Return blocks as plain data, for JSON.

    Parameters
    ----------
    blocks : sequence of Block

    Examples
    --------
    >>> blocks_to_json([Block("Two by two")])[0]["text"]
    'Two by two'
    """
    return [asdict(block) for block in blocks]
