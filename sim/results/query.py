"""Ask a result a question in SQL, without letting the question touch anything else.

The rows are handed to an in-memory DuckDB as Arrow data, after every file was compared with its hash; DuckDB's access
to files, extensions and the network is switched off and its configuration locked before the question is run, and a
question is one ``SELECT`` that may take so much memory and time and no more.
"""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.errors import ResultError
from sim.results.chunks import AGAIN, arrow_schema, checked_chunks
from sim.results.manifest import Manifest
from sim.results.store import check_complete, load_design, status
from sim.results.sums import file_hash

if TYPE_CHECKING:
    import duckdb
    import pandas as pd
    import pyarrow.dataset as ds

__all__ = ["MEMORY", "SECONDS", "checked_dataset", "columns_of", "query"]

#: Memory and seconds that a question may take, where the caller says nothing else.
MEMORY, SECONDS = "2GB", 60.0


def columns_of(path: str | Path) -> pd.DataFrame:
    """Return what each column of a result's table ``runs`` holds.

    Parameters
    ----------
    path : str or Path
        The result folder, finished or not.

    Returns
    -------
    pandas.DataFrame
        ``column``, ``type`` and ``meaning``, in the order of the table; of a sweep its factors come last.

    Raises
    ------
    ResultError
        Where the folder is no result.

    Examples
    --------
    >>> from sim.sweeps.design import Design
    >>> from sim.sweeps.factors import ranged
    >>> from sim.sweeps.results import sweep
    >>> design = Design(factors=[ranged("x", 0, 1, steps=3)])
    >>> results = sweep(design, workers=0, model=lambda case: {"y": 0.0}, outcomes={"y": float}, quiet=True)
    >>> columns_of(results.folder).iloc[-1].tolist()
    ['x', 'float64', 'value of the factor at the point of the run']
    """
    import pandas as pd

    folder = Path(path)
    manifest = Manifest.read(folder)
    rows = [(column.name, column.type, column.title) for column in manifest.columns]
    design = load_design(folder)
    if design is not None:
        known = {name for name, _, _ in rows}
        factors = {name: str(kind) for name, kind in design.dtypes.items() if str(name) not in known}
        words = "value of the factor at the point of the run"
        rows += [(str(name), kind.replace("object", "string"), words) for name, kind in factors.items()]
    return pd.DataFrame(rows, columns=["column", "type", "meaning"])


def query(
    paths: str | Path | list[str | Path], sql: str, *, memory: str = MEMORY, seconds: float = SECONDS
) -> pd.DataFrame:
    """Run one ``SELECT`` over the rows of one or more results.

    Parameters
    ----------
    paths : str, Path or list of them
        Finished results. Rows are joined by the *names* of their columns; a column that one of
        them lacks is null there, never dropped.
    sql : str
        One ``SELECT``. Tables: ``runs`` (all rows; with a sweep also the factors' values, with
        several results also ``result``, the folder's name) and ``design`` where there is one.
    memory : str
        Memory that the question may take, such as ``500MB``.
    seconds : float
        Time that it may take.

    Returns
    -------
    pandas.DataFrame
        The answer.

    Raises
    ------
    ResultError
        Where a folder is no finished result or not as it was written, or the question is not one ``SELECT``, names
        unknown columns, reaches outside, or takes more than it may.

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
    late = threading.Event()

    def end() -> None:
        late.set()
        connection.interrupt()

    timer = threading.Timer(seconds, end)
    timer.daemon = True
    try:
        _limit(connection, memory)
        _register(connection, folders)
        connection.execute("set enable_external_access=false")
        connection.execute("set lock_configuration=true")
        statements = connection.extract_statements(sql)
        if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
            raise ResultError(f"query: {sql!r} is not one SELECT; a result is read-only")
        timer.start()
        answer: pd.DataFrame = connection.execute(statements[0]).df()
        return answer
    except duckdb.OutOfMemoryException as error:
        raise ResultError(f"query: takes more than {memory} of memory; ask for less, or raise --memory") from error
    except (duckdb.InterruptException, RuntimeError) as error:
        if late.is_set():
            raise ResultError(f"query: takes longer than {seconds:g} s; ask for less, or raise --seconds") from error
        if isinstance(error, duckdb.InterruptException) or "interrupt" in str(error).lower():
            raise KeyboardInterrupt from error
        raise
    except duckdb.Error as error:
        first, *more = str(error).splitlines()
        # Of what follows only the names that were near are of use; the rest repeats the question.
        near = next((line for line in more if line.startswith("Candidate bindings")), "")
        raise ResultError(f"query: {first}{' ' if near else ''}{near}") from error
    finally:
        timer.cancel()
        connection.close()


def _limit(connection: duckdb.DuckDBPyConnection, memory: str) -> None:
    import duckdb

    try:
        connection.execute(f"set memory_limit={_quoted(memory)}")
    except duckdb.Error as error:
        raise ResultError(f"query: --memory {memory!r} is no amount of memory; write it as 500MB or 2GB") from error
    # Nothing is spilled to the disk: a question leaves no files behind.
    connection.execute("set temp_directory=''")
    connection.execute("set max_temp_directory_size='0B'")


def _register(connection: duckdb.DuckDBPyConnection, folders: list[Path]) -> None:
    views = []
    for number, folder in enumerate(folders):
        connection.register(f"rows_{number}", checked_dataset(folder))
        design = load_design(folder)
        source = f"select * from rows_{number}"
        if design is not None:
            connection.register(f"design_{number}", design)
            source = f"select * from rows_{number} left join design_{number} using (point)"
            if len(folders) == 1:
                connection.execute("create view design as select * from design_0")
        if len(folders) > 1:
            source = source.replace("select *", f"select {_quoted(str(folder))} as result, *", 1)
        views.append(source)
    connection.execute("create view runs as " + " union all by name ".join(views))


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def checked_dataset(folder: Path) -> ds.Dataset:
    """Return the rows of a finished result as a dataset that is read as it is asked, each file compared before.

    Parameters
    ----------
    folder : Path

    Returns
    -------
    pyarrow.dataset.Dataset

    Raises
    ------
    ResultError
        Where the folder is no finished result, or a file is not the one that was written.

    Examples
    --------
    >>> import pandas as pd, tempfile
    >>> from sim.results.manifest import Column
    >>> from sim.results.store import write_result
    >>> folder = Path(tempfile.mkdtemp()) / "r"
    >>> m = Manifest("run", "x", 0, (Column("rounds", "int32"),), n_runs=2, chunk_size=2)
    >>> checked_dataset(write_result(folder, pd.DataFrame({"rounds": [7, 9]}), m)).count_rows()
    2
    """
    import pyarrow as pa
    import pyarrow.dataset as ds

    manifest = Manifest.read(folder)
    if status(folder) != "complete":
        raise ResultError(f"{folder}: unfinished; run the same command with --resume")
    check_complete(folder)
    files: list[Any] = []
    try:
        for path, digest in checked_chunks(folder, manifest):
            # What is a link, and so may lead anywhere, cannot be read here either.
            if digest and file_hash(path) != digest:
                raise ResultError(f"{path}: corrupt, or of another result (its hash is not the one kept); {AGAIN}")
            files.append(str(path))
        return ds.dataset(files, schema=arrow_schema(manifest.columns), format="parquet")
    except (pa.ArrowException, OSError) as error:
        raise ResultError(f"{folder}: a chunk is corrupt ({error}); go on with --resume") from error
