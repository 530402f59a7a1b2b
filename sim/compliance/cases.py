"""Historical cases: agreements with coded terms and how long they lasted, from a CSV file.

Columns read (others are ignored, their order is free): ``case_id``, ``months`` (how long it lasted or
was seen to last), ``collapsed`` (1 ended, 0 still held) and the codes of `CODES`. Codes are kept as
written; what is unknown or empty is flagged where they are read, not refused.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sim.domain.files import Words, read_text
from sim.errors import ScenarioError, nearest

__all__ = ["CODES", "Case", "read_cases"]

CODES = (
    "territorial_clause",
    "dmz",
    "guarantee_level",
    "monitoring",
    "peacekeepers",
    "peacekeepers_partisan",
    "adverse_power_shift",
    "third_party_pressure",
)
#: Larger files are refused; a thousand cases take some 100 kB.
MAX_BYTES = 16 * 2**20
_CASES_FILE = Words(
    missing="no such file; give a CSV file of coded cases",
    folder="this is a directory; give a CSV file of coded cases",
    device="this is a device or a pipe; give a CSV file of coded cases",
    encoding="byte {byte:#04x} is not UTF-8; save the file as UTF-8",
)
_REQUIRED = ("case_id", "months", "collapsed", *CODES)


@dataclass(frozen=True)
class Case:
    """One agreement of the past.

    Attributes
    ----------
    case_id, name : str
    months : float
        How long it lasted, or was seen to last.
    collapsed : bool
        Whether it ended.
    codes : mapping of str to str
        By column, as written, without the blanks around.
    """

    case_id: str
    name: str
    months: float
    collapsed: bool
    codes: Mapping[str, str] = field(repr=False)


def read_cases(path: str | Path) -> list[Case]:
    r"""Read the cases of a CSV file.

    Parameters
    ----------
    path : str or Path
        UTF-8, with a header line.

    Returns
    -------
    list of Case
        In the order of the file.

    Raises
    ------
    ScenarioError
        If the file cannot be read, lacks a column, or a row has a length, a name or a number that
        cannot be used; with file, line and column.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "cases.csv"
    >>> _ = path.write_text("case_id,months,collapsed," + ",".join(CODES) + "\nA,12,1,none,symmetric,2,1,0,0,0,0\n")
    >>> case = read_cases(path)[0]
    >>> case.case_id, case.months, case.collapsed, case.codes["dmz"]
    ('A', 12.0, True, 'symmetric')
    """
    file = Path(path)
    text = read_text(file, MAX_BYTES, _CASES_FILE)
    reader = csv.reader(text.splitlines(), strict=True)
    try:
        rows = [(reader.line_num, row) for row in reader]
    except csv.Error as fault:
        raise ScenarioError(
            f"not a CSV file: {fault}; quote texts with commas", file=path, line=reader.line_num
        ) from None
    rows = [(line, row) for line, row in rows if any(cell.strip() for cell in row)]
    if not rows:
        raise ScenarioError("the file is empty; it needs a header line and cases", file=path, line=1)
    header_line, header = rows[0][0], [cell.strip() for cell in rows[0][1]]
    for name in _REQUIRED:
        if header.count(name) != 1:
            fault_ = "is missing" if name not in header else "stands twice"
            raise ScenarioError(
                f"column {name!r} {fault_}{nearest(name, [h for h in header if h not in _REQUIRED])}",
                file=path,
                line=header_line,
            )
    cases: list[Case] = []
    seen: dict[str, int] = {}
    for line, row in rows[1:]:
        if len(row) != len(header):
            raise ScenarioError(
                f"{len(row)} values under {len(header)} columns; quote texts with commas", file=path, line=line
            )
        cells = {name: cell.strip() for name, cell in zip(header, row, strict=True)}
        case = _case(cells, header, path, line)
        if case.case_id in seen:
            raise _fault(f"{case.case_id!r} stands in line {seen[case.case_id]} already", "case_id", header, path, line)
        seen[case.case_id] = line
        cases.append(case)
    if not cases:
        raise ScenarioError("no cases under the header", file=path, line=header_line)
    return cases


def _fault(message: str, column: str, header: list[str], path: str | Path, line: int) -> ScenarioError:
    return ScenarioError(message, file=path, line=line, column=header.index(column) + 1, path=column)


def _case(cells: dict[str, str], header: list[str], path: str | Path, line: int) -> Case:
    if not cells["case_id"]:
        raise _fault("empty; every case needs a name of its own", "case_id", header, path, line)
    try:
        months = float(cells["months"])
    except ValueError:
        months = math.nan
    if not (math.isfinite(months) and months >= 0):
        raise _fault(f"{cells['months']!r} is not a number of months, 0 or more", "months", header, path, line)
    if cells["collapsed"] not in ("0", "1"):
        raise _fault(
            f"{cells['collapsed']!r} must be 1 (it ended) or 0 (it still held)", "collapsed", header, path, line
        )
    return Case(
        case_id=cells["case_id"],
        name=cells.get("name", "") or cells["case_id"],
        months=months,
        collapsed=cells["collapsed"] == "1",
        codes={name: cells[name] for name in CODES},
    )
