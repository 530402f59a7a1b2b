"""One table as one file, in the form that the ending of its name asks for."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from sim.errors import ResultError
from sim.results.durable import disk_errors, write_whole

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["ENDINGS", "is_file_name", "text_cell", "without_formulas", "write_table"]

#: Endings of files that a table is written to; any other name is that of a folder.
ENDINGS = (".csv", ".parquet", ".xlsx")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def text_cell(text: str) -> str:
    """Return a text for a cell of a spreadsheet, in which it never begins a formula.

    Parameters
    ----------
    text : str

    Returns
    -------
    str

    Examples
    --------
    >>> text_cell("=1+1"), text_cell("Hill")
    ("'=1+1", 'Hill')
    """
    return f"'{text}" if text.startswith(_FORMULA) or text.lstrip(" \n").startswith(_FORMULA) else text


def without_formulas(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table in which no text begins a formula; numbers stay as they are.

    Parameters
    ----------
    table : pandas.DataFrame

    Returns
    -------
    pandas.DataFrame

    Examples
    --------
    >>> import pandas as pd
    >>> without_formulas(pd.DataFrame({"who": ["@Hill"], "margin": [-0.5]})).to_dict("list")
    {'who': ["'@Hill"], 'margin': [-0.5]}
    """
    texts = [str(column) for column, kind in table.dtypes.items() if str(kind).startswith(("object", "str", "cat"))]
    safe = {
        column: table[column].astype(object).map(lambda cell: text_cell(cell) if isinstance(cell, str) else cell)
        for column in texts
    }
    return table.assign(**safe) if safe else table


def is_file_name(path: Path) -> bool:
    """Return whether a name asks for one file, by its ending; any other name is that of a folder.

    Raises
    ------
    ResultError
        If it is a file's name and something stands there already.

    Examples
    --------
    >>> is_file_name(Path("runs.csv")), is_file_name(Path("results/runs"))
    (True, False)
    """
    if path.suffix.lower() not in ENDINGS:
        return False
    if path.exists():
        raise ResultError(f"{path}: exists already; give --out another name")
    return True


def write_table(path: Path, table: pd.DataFrame, *, index: bool = False) -> None:
    r"""Write a table to a file, all of it or nothing.

    Parameters
    ----------
    path : Path
        Ending in one of `ENDINGS`.
    table : pandas.DataFrame
    index : bool
        Whether the index is a column too.

    Raises
    ------
    ResultError
        Where the disk refuses.

    Examples
    --------
    >>> import pandas as pd, tempfile
    >>> file = Path(tempfile.mkdtemp()) / "margins.csv"
    >>> write_table(file, pd.DataFrame({"hill": [0.5]}))
    >>> file.read_text()
    'hill\n0.500000000\n'
    """
    whole = BytesIO()
    if path.suffix.lower() == ".csv":
        # Fixed decimals: the same table is the same bytes.
        without_formulas(table).to_csv(whole, index=index, float_format="%.9f", lineterminator="\n")
    elif path.suffix.lower() == ".parquet":
        table.to_parquet(whole, index=index)
    else:
        without_formulas(table).to_excel(whole, index=index)
    with disk_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, whole.getvalue())
