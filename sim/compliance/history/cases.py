"""Historical cases: agreements with coded terms and how long they lasted, from a CSV file.

Which columns a file must have is said by a mapping (`sim.compliance.history.mapping`); others are ignored, and
their order is free. Codes are kept as written; what is unknown or empty is told where they are read, not
refused.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sim.compliance.history.mapping import BUILT_IN, CaseMapping, Description, built_in
from sim.domain.files import Words, read_text
from sim.errors import ScenarioError, nearest

__all__ = ["PastCase", "cases_and_mapping", "read_cases"]

#: Larger files are refused; a thousand cases take some 100 kB.
MAX_BYTES = 16 * 2**20
_CASES_FILE = Words(
    missing="no such file; give a CSV file of coded cases",
    folder="this is a directory; give a CSV file of coded cases",
    device="this is a device or a pipe; give a CSV file of coded cases",
    encoding="byte {byte:#04x} is not UTF-8; save the file as UTF-8",
)


@dataclass(frozen=True)
class PastCase:
    """One agreement of the past.

    Attributes
    ----------
    case_id, name : str
    months : float
        How long it lasted, or was seen to last.
    ended : bool
        Whether it ended.
    codes : mapping of str to str
        By column, as written, without the blanks around.
    group : str
        What it belongs to, such as a conflict; the case itself where the file says nothing.
    """

    case_id: str
    name: str
    months: float
    ended: bool
    codes: Mapping[str, str] = field(repr=False)
    group: str = ""


def cases_and_mapping(
    cases: str | Path | Sequence[PastCase], description: Description | None = None
) -> tuple[list[PastCase], Description]:
    """Return cases with the mapping that reads them.

    Parameters
    ----------
    cases : path or sequence of PastCase
    description : Description, optional
        By default the mapping of the program whose columns the file has; of several the first, and
        ``interstate`` for cases that come without a file.

    Returns
    -------
    (list of PastCase, Description)

    Raises
    ------
    ScenarioError
        If the file cannot be read, lacks a column, or a row has a length, a name or a number that
        cannot be used; with file, line and column.

    Examples
    --------
    >>> cases_and_mapping([PastCase("A", "A", 12, True, {})])[1].name
    'interstate-cases.yaml'
    """
    if not isinstance(cases, str | Path):
        return list(cases), description or built_in("interstate")
    rows = _rows(cases)
    header = [cell.strip() for cell in rows[0][1]]
    if description is None:
        known = [built_in(name) for name in BUILT_IN]
        # The one that misses fewest of its columns; where none fits, that is the one to tell about.
        description = min(known, key=lambda d: sum(name not in header for name in d.mapping.required))
    return _cases(rows, header, cases, description.mapping), description


def read_cases(path: str | Path) -> list[PastCase]:
    r"""Read the cases of a CSV file.

    Parameters
    ----------
    path : str or Path
        UTF-8, with a header line.

    Returns
    -------
    list of PastCase
        In the order of the file.

    Raises
    ------
    ScenarioError
        As in `cases_and_mapping`.

    Examples
    --------
    >>> import tempfile
    >>> codes = built_in("interstate").mapping.codes
    >>> path = Path(tempfile.mkdtemp()) / "cases.csv"
    >>> _ = path.write_text("case_id,months,collapsed," + ",".join(codes) + "\nA,12,1,none,symmetric,2,1,0,0,0,0\n")
    >>> case = read_cases(path)[0]
    >>> case.case_id, case.months, case.ended, case.codes["dmz"]
    ('A', 12.0, True, 'symmetric')
    """
    return cases_and_mapping(path)[0]


def _rows(path: str | Path) -> list[tuple[int, list[str]]]:
    """Return the lines of a CSV file that hold anything, with their numbers; at least one."""
    text = read_text(Path(path), MAX_BYTES, _CASES_FILE)
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
    return rows


def _cases(
    rows: list[tuple[int, list[str]]], header: list[str], path: str | Path, mapping: CaseMapping
) -> list[PastCase]:
    for name in mapping.required:
        if header.count(name) != 1:
            fault = "is missing" if name not in header else "stands twice"
            hint = nearest(name, [h for h in header if h not in mapping.required])
            raise ScenarioError(f"column {name!r} {fault}{hint}", file=path, line=rows[0][0])
    cases: list[PastCase] = []
    seen: dict[str, int] = {}
    for line, row in rows[1:]:
        if len(row) != len(header):
            raise ScenarioError(
                f"{len(row)} values under {len(header)} columns; quote texts with commas", file=path, line=line
            )
        entry = _Entry({name: cell.strip() for name, cell in zip(header, row, strict=True)}, header, path, line)
        case = entry.case(mapping)
        if case.case_id in seen:
            raise entry.fault(f"{case.case_id!r} stands in line {seen[case.case_id]} already", mapping.columns.case)
        seen[case.case_id] = line
        cases.append(case)
    if not cases:
        raise ScenarioError("no cases under the header", file=path, line=rows[0][0])
    return cases


@dataclass(frozen=True)
class _Entry:
    """One line of the file."""

    cells: dict[str, str]
    header: list[str]
    path: str | Path
    line: int

    def fault(self, message: str, column: str) -> ScenarioError:
        place = self.header.index(column) + 1
        return ScenarioError(message, file=self.path, line=self.line, column=place, path=column)

    def case(self, mapping: CaseMapping) -> PastCase:
        columns, cells = mapping.columns, self.cells
        case_id = cells[columns.case]
        if not case_id:
            raise self.fault("empty; every case needs a name of its own", columns.case)
        try:
            months = float(cells[columns.months])
        except ValueError:
            months = math.nan
        if not (math.isfinite(months) and months >= 0):
            raise self.fault(f"{cells[columns.months]!r} is not a number of months, 0 or more", columns.months)
        if cells[columns.ended] not in ("0", "1"):
            raise self.fault(f"{cells[columns.ended]!r} must be 1 (it ended) or 0 (it still held)", columns.ended)
        return PastCase(
            case_id=case_id,
            name=cells.get(columns.name, "") or case_id,
            months=months,
            ended=cells[columns.ended] == "1",
            codes={name: cells[name] for name in mapping.codes},
            group=cells.get(columns.group, "") or case_id,
        )
