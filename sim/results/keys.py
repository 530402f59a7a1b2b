"""The columns that every table of runs begins with: what names a run, and what went wrong where it failed.

A run that did not fail has no error. A batch of runs writes that as an empty text and a sweep as null, and
both stay so, because the hash of a stored result tells them apart; `failed_runs` reads either.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from sim.results.manifest import Column

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["KEY_COLUMNS", "MACHINE_ERRORS", "RUN_COLUMNS", "failed_runs", "is_machine_error"]

#: Columns of every sweep, before those of its task.
RUN_COLUMNS = (
    Column("run", "int64", "number of the run, from 0"),
    Column("scenario", "string", "scenario (policy)"),
    Column("point", "int32", "point of the design"),
    Column("world", "int32", "world, drawn alike for all points and scenarios; 0 where all is central"),
    Column("replication", "int32", "replication within the world"),
    Column("error", "string", "kind of the error, where the run failed"),
    Column("message", "string", "what the error said"),
)

#: Columns of every batch of runs, which has one scenario and one point.
KEY_COLUMNS = tuple(column for column in RUN_COLUMNS if column.name not in ("scenario", "point"))


#: Kinds of error that are the machine's and not the model's: the same run may succeed elsewhere, or later.
MACHINE_ERRORS = frozenset({"MemoryError", "OSError", "WorkerLost"})


def is_machine_error(kind: str) -> bool:
    """Return whether an error of a run is for want of memory, disk or a worker.

    Parameters
    ----------
    kind : str
        As in the column ``error``.

    Returns
    -------
    bool

    Examples
    --------
    >>> is_machine_error("MemoryError"), is_machine_error("ModelError")
    (True, False)
    """
    return kind in MACHINE_ERRORS


def failed_runs(table: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """Return which runs failed.

    Parameters
    ----------
    table : pandas.DataFrame
        One row per run; where it has no column ``error``, none failed.

    Returns
    -------
    ndarray of bool, shape (n_rows,)

    Examples
    --------
    >>> import pandas as pd
    >>> failed_runs(pd.DataFrame({"error": [None, "", "ModelError"]})).tolist()
    [False, False, True]
    """
    if "error" not in table.columns:
        return np.zeros(len(table), dtype=bool)
    found: npt.NDArray[np.bool_] = (table["error"].fillna("") != "").to_numpy()
    return found
