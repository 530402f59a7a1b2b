"""Records as a table of pandas: one row a record, one column an attribute."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["frame_of"]


def frame_of(kind: type[Any], records: Iterable[Any]) -> pd.DataFrame:
    """Return records of one kind as a table.

    Parameters
    ----------
    kind : type
        A dataclass; its attributes are the columns, also where there is no record.
    records : iterable of that type

    Returns
    -------
    pandas.DataFrame
        In the order given. An attribute that is an interval stands in three columns, ``share``, ``share.low`` and
        ``share.high``; one that is a record of its own in a column for each of its attributes, such as ``case.name``.

    Examples
    --------
    >>> from sim.domain.difference import Change
    >>> frame_of(Change, [Change("negotiation.deadline", "changed", (52, 10))])
                       path     kind     given
    0  negotiation.deadline  changed  (52, 10)
    >>> frame_of(Change, []).columns.tolist()
    ['path', 'kind', 'given']
    """
    import pandas as pd

    rows = [_row(record) for record in records]
    return pd.DataFrame(rows) if rows else pd.DataFrame(columns=[field.name for field in fields(kind)])


def _row(record: Any) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for field in fields(record):
        value: Any = getattr(record, field.name)
        inner = _row(value) if is_dataclass(value) else {}
        if not inner:
            row[field.name] = value
        elif "estimate" in inner:
            row[field.name] = inner["estimate"]
            row |= {f"{field.name}.{end}": inner[end] for end in ("low", "high")}
        else:
            row |= {f"{field.name}.{name}": part for name, part in inner.items()}
    return row
