"""A stored result as a workbook, for people who look at tables in a spreadsheet program."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.errors import ResultError, library
from sim.results.durable import disk_errors, write_whole

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["write_workbook"]

#: A sheet holds 1,048,576 rows, of which one is the head.
MAX_ROWS = 1_048_575
#: A cell holds 32,767 characters.
_CELL = 32_000


def write_workbook(result: str | Path, target: Path) -> list[str]:
    """Write a result's tables as the sheets of one workbook.

    Parameters
    ----------
    result : str or Path
        The folder that ``--out`` was given.
    target : Path
        Ending in ``.xlsx``.

    Returns
    -------
    list of str
        The sheets: ``about`` (what made it), ``runs``, and ``design`` for a sweep.

    Raises
    ------
    ResultError
        Where the folder is no result, or has more rows than a sheet holds.

    Examples
    --------
    >>> from sim.results.manifest import Column, Manifest
    >>> from sim.results.store import write_result
    >>> import pandas as pd, tempfile
    >>> folder = Path(tempfile.mkdtemp()) / "r"
    >>> columns = (Column("run", "int64"), Column("rounds", "int32"))
    >>> table = pd.DataFrame({"run": [0, 1], "rounds": [7, 9]})
    >>> _ = write_result(folder, table, Manifest("run", "x", 0, columns, n_runs=2, chunk_size=2))
    >>> write_workbook(folder, folder.with_suffix(".xlsx"))
    ['about', 'runs']
    """
    openpyxl = library("openpyxl", "sheets", "A workbook")

    from sim.results.manifest import Manifest
    from sim.results.store import load, load_design

    folder = Path(result)
    manifest = Manifest.read(folder)
    if manifest.n_runs > MAX_ROWS:
        raise ResultError(
            f"{folder}: {manifest.n_runs:,} runs, more than the {MAX_ROWS:,} rows of a sheet; parley query takes a part"
        )
    book = openpyxl.Workbook(write_only=True)
    about = {
        key: value
        for key, value in vars(manifest).items()
        if isinstance(value, (str, int, float)) and len(str(value)) < _CELL
    }
    sheet = book.create_sheet("about")
    for key, value in about.items():
        sheet.append([key, _cell(sheet, value)])
    tables = {"runs": load(folder, bits=False), "design": load_design(folder)}
    for name, table in tables.items():
        if table is not None:
            _sheet(book, name, table)
    whole = BytesIO()
    book.save(whole)
    with disk_errors(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        write_whole(target, whole.getvalue())
    return [found.title for found in book.worksheets]


def _sheet(book: Any, name: str, table: pd.DataFrame) -> None:
    sheet = book.create_sheet(name)
    sheet.freeze_panes = "A2"
    sheet.append([_cell(sheet, str(column)) for column in table.columns])
    for row in table.itertuples(index=False, name=None):
        sheet.append([_cell(sheet, value) for value in row])


def _cell(sheet: Any, value: Any) -> Any:
    """Return what stands in a cell: text is text, also where it begins like a formula; what is missing is empty."""
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    if isinstance(value, str):
        cell = WriteOnlyCell(sheet, ILLEGAL_CHARACTERS_RE.sub("\N{REPLACEMENT CHARACTER}", value[:_CELL]))
        cell.data_type = "s"
        return cell
    plain = value.item() if hasattr(value, "item") else value
    if plain is None or plain != plain or not isinstance(plain, (bool, int, float)):
        return None if plain is None or plain != plain else _cell(sheet, str(plain))
    # A spreadsheet knows neither infinity nor integers beyond the doubles.
    return plain if abs(plain) < 2**53 else _cell(sheet, str(plain))
