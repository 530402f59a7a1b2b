"""Ask a result a question in SQL, without letting the question touch anything else.

The rows are handed to an in-memory DuckDB as Arrow data; its access to files, extensions and the
network is switched off and its configuration locked before the question is run, and a
question is one ``SELECT``.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sim.errors import ResultError
from sim.results.chunks import arrow_schema, chunk_files
from sim.results.manifest import Manifest
from sim.results.store import load_design

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

__all__ = ["query"]


def query(paths: str | Path | list[str | Path], sql: str) -> pd.DataFrame:
    """Run one ``SELECT`` over the rows of one or more results.

    Parameters
    ----------
    paths : str, Path or list of them
        Result folders. Rows are joined by the *names* of their columns; a column that one of
        them lacks is null there, never dropped.
    sql : str
        One ``SELECT``. Tables: ``runs`` (all rows; with a sweep also the factors' values, with
        several results also ``result``, the folder's name) and ``design`` where there is one.

    Returns
    -------
    pandas.DataFrame
        The answer.

    Raises
    ------
    ResultError
        Where a folder is no result, or the question is not one ``SELECT``, names unknown columns,
        or reaches outside.

    Examples
    --------
    >>> import pandas as pd, tempfile
    >>> from sim.results.manifest import Column
    >>> from sim.results.store import write_result
    >>> folder = Path(tempfile.mkdtemp()) / "r"
    >>> m = Manifest("run", "x", 0, (Column("rounds", "int32"),), n_runs=2, chunk_size=2)
    >>> _ = write_result(folder, pd.DataFrame({"rounds": [7, 9]}), m)
    >>> query(folder, "select max(rounds) as most from runs").most.tolist()
    [9]
    """
    import duckdb

    folders = [Path(p) for p in ([paths] if isinstance(paths, str | Path) else paths)]
    connection = duckdb.connect(":memory:", config={"python_enable_replacements": "false"})
    try:
        views = []
        for number, folder in enumerate(folders):
            connection.register(f"rows_{number}", _dataset(folder))
            design = load_design(folder)
            source = f"select * from rows_{number}"
            if design is not None:
                connection.register(f"design_{number}", design)
                source = f"select * from rows_{number} left join design_{number} using (point)"
            if len(folders) > 1:
                source = source.replace("select *", f"select {_quoted(str(folder))} as result, *", 1)
            views.append(source)
        connection.execute("create view runs as " + " union all by name ".join(views))
        if load_design(folders[0]) is not None and len(folders) == 1:
            connection.execute("create view design as select * from design_0")
        connection.execute("set enable_external_access=false")
        connection.execute("set lock_configuration=true")
        statements = connection.extract_statements(sql)
        if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
            raise ResultError(f"query: {sql!r} is not one SELECT; a result is read-only")
        answer: pd.DataFrame = connection.execute(statements[0]).df()
        return answer
    except duckdb.Error as error:
        first, *more = str(error).splitlines()
        # Of what follows only the names that were near are of use; the rest repeats the question.
        near = next((line for line in more if line.startswith("Candidate bindings")), "")
        raise ResultError(f"query: {first}{' ' if near else ''}{near}") from error
    finally:
        connection.close()


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _dataset(folder: Path) -> pa.dataset.Dataset:
    import pyarrow as pa
    import pyarrow.dataset as ds

    manifest = Manifest.read(folder)
    files = [str(p) for p in chunk_files(folder)]
    try:
        return ds.dataset(files, schema=arrow_schema(manifest.columns), format="parquet")
    except (pa.ArrowException, OSError) as error:
        raise ResultError(f"{folder}: a chunk is corrupt ({error}); go on with --resume") from error
