"""Result folders: Parquet chunks beside a manifest that says how they came about.

::

    <folder>/
      manifest.json          what went in, with what, and the columns; never changed
      design.parquet         one row per point of a sweep: its factors' values
      chunks/000000.parquet  rows of the runs [0, chunk_size), and so on; each whole or absent
      table.csv              the same rows again where they are few
      complete.json          written last; its presence is the status
      log.jsonl              timings and tracebacks; the only place with a clock

Tables hold no clock value and nothing that depends on which worker wrote them, so the same
manifest gives the same bytes (with the same libraries and class of processor), and beyond that
the same *logical hash*: the hash of all values, floats to nine significant digits.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.errors import ResultError
from sim.results.chunks import (
    arrow_schema,
    chunk_files,
    chunk_path,
    logical_hash,
    read_chunk,
    usable_chunks,
    write_chunk,
)
from sim.results.durable import disk_errors, sync_folder, write_durably, write_json
from sim.results.manifest import Manifest

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

__all__ = [
    "arrow_schema",
    "chunk_path",
    "finish",
    "load",
    "load_design",
    "logical_hash",
    "read_chunk",
    "status",
    "usable_chunks",
    "write_chunk",
    "write_result",
]

#: Rows up to which a result also gets a CSV.
CSV_ROWS = 50_000


def status(path: str | Path) -> str:
    """Return whether a result is ``complete`` or ``unfinished``.

    Parameters
    ----------
    path : str or Path
        The result folder.

    Returns
    -------
    str

    Raises
    ------
    ResultError
        Where the folder is not a result.

    Examples
    --------
    >>> from sim.results.manifest import Column
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> manifest = Manifest("run", "x", 0, (Column("rounds", "int64"),), n_runs=0, chunk_size=2)
    >>> manifest.write(folder)
    >>> status(folder), finish(folder, manifest)["n_rows"], status(folder)
    ('unfinished', 0, 'complete')
    """
    folder = Path(path)
    Manifest.read(folder)
    return "complete" if (folder / "complete.json").is_file() else "unfinished"


def finish(folder: Path, manifest: Manifest, csv_rows: int = CSV_ROWS) -> dict[str, Any]:
    r"""Check that all rows are there, then write ``table.csv`` and ``complete.json``.

    Parameters
    ----------
    folder : Path
        The result folder, with its manifest and all its chunks.
    manifest : Manifest
        Of the folder.
    csv_rows : int
        Rows up to which the result also gets a CSV.

    Returns
    -------
    dict
        What ``complete.json`` holds: ``n_rows``, ``n_failed``, ``logical_hash``.

    Raises
    ------
    ResultError
        Where a chunk is missing or damaged.

    Examples
    --------
    >>> from sim.results.manifest import Column
    >>> import pyarrow as pa, tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> (folder / "chunks").mkdir()
    >>> manifest = Manifest("run", "x", 0, (Column("rounds", "int64"),), n_runs=2, chunk_size=2)
    >>> manifest.write(folder)
    >>> _ = write_chunk(folder, 0, pa.table({"rounds": [7, 9]}))
    >>> finish(folder, manifest)["n_rows"], (folder / "table.csv").read_text()
    (2, 'rounds\n7\n9\n')
    """
    schema = arrow_schema(manifest.columns)
    n_rows = n_failed = 0
    kept: list[pa.Table] = []
    shown = [c.name for c in manifest.columns if c.type != "binary"]

    def tables() -> Iterator[pa.Table]:
        nonlocal n_rows, n_failed
        for chunk in range(manifest.n_chunks):
            table = read_chunk(chunk_path(folder, chunk), schema)
            n_rows += table.num_rows
            if "error" in table.column_names:
                n_failed += sum(bool(kind) for kind in table.column("error").to_pylist())
            if manifest.n_runs <= csv_rows:
                kept.append(table.select(shown))
            yield table

    digest = logical_hash(_gathered(tables()))
    if n_rows != manifest.n_runs:
        raise ResultError(f"{folder}: {n_rows} rows where {manifest.n_runs} belong; go on with --resume")
    if n_rows <= csv_rows:
        frame = _framed(folder, schema, shown, kept)
        write_durably(folder / "table.csv", frame.to_csv(index=False, lineterminator="\n").encode())
    record = {"schema_version": 1, "n_rows": n_rows, "n_failed": n_failed, "logical_hash": digest}
    write_json(folder / "complete.json", record)
    return record


def _gathered(tables: Iterable[pa.Table], n_bytes: int = 2**22) -> Iterator[pa.Table]:
    """Join small tables to some megabytes each: hashing by column costs much for few rows."""
    import pyarrow as pa

    waiting: list[pa.Table] = []
    held = 0
    for table in tables:
        waiting.append(table)
        held += table.nbytes
        if held >= n_bytes:
            yield pa.concat_tables(waiting)
            waiting, held = [], 0
    if waiting:
        yield pa.concat_tables(waiting)


def _framed(folder: Path, schema: pa.Schema, columns: Sequence[str], tables: Sequence[pa.Table]) -> pd.DataFrame:
    """Join tables to one, with the factors' values of the points after the columns of the runs."""
    import pyarrow as pa

    frame: pd.DataFrame = pa.concat_tables([schema.empty_table().select(columns), *tables]).to_pandas()
    design = load_design(folder)
    if design is not None and "point" in frame.columns:
        frame = frame.merge(design, on="point", how="left", sort=False)
    return frame


def load_design(path: str | Path) -> pd.DataFrame | None:
    """Read the design of a sweep.

    Parameters
    ----------
    path : str or Path
        The result folder.

    Returns
    -------
    pandas.DataFrame or None
        One row per point, with its number and the values of the factors; None for a plain run.

    Examples
    --------
    >>> from sim.sweeps.design import Design
    >>> from sim.sweeps.factors import ranged
    >>> from sim.sweeps.results import sweep
    >>> design = Design(factors=[ranged("x", 0, 1, steps=3)])
    >>> results = sweep(design, workers=0, model=lambda case: {"y": 0.0}, outcomes={"y": float}, quiet=True)
    >>> load_design(results.folder).to_dict("list")
    {'point': [0, 1, 2], 'x': [0.0, 0.5, 1.0]}
    """
    file = Path(path) / "design.parquet"
    return read_chunk(file).to_pandas() if file.is_file() else None


def load(path: str | Path, *, unfinished: bool = False, bits: bool = True) -> pd.DataFrame:
    """Read a result as one table.

    Parameters
    ----------
    path : str or Path
        The folder that ``--out`` was given.
    unfinished : bool
        Whether a result that is not complete yet is read as far as it goes.
    bits : bool
        Whether columns of bitsets, which make most of an exact sweep, are read too.

    Returns
    -------
    pandas.DataFrame
        One row per run in the order of runs; for a sweep, the factors' values of its point follow
        the columns of the run.

    Raises
    ------
    ResultError
        Where the folder is no result, is damaged, has an unknown version, or is unfinished.

    Examples
    --------
    >>> from sim.results.manifest import Column
    >>> import pandas as pd, tempfile
    >>> folder = Path(tempfile.mkdtemp()) / "r"
    >>> columns = (Column("run", "int64"), Column("rounds", "int32"))
    >>> table = pd.DataFrame({"run": [0, 1], "rounds": [7, 9]})
    >>> _ = write_result(folder, table, Manifest("run", "x", 0, columns, n_runs=2, chunk_size=2))
    >>> load(folder).rounds.tolist()
    [7, 9]
    """
    import pyarrow as pa

    folder = Path(path)
    manifest = Manifest.read(folder)
    done = (folder / "complete.json").is_file()
    if not done and not unfinished:
        there = len(chunk_files(folder))
        raise ResultError(
            f"{folder}: unfinished ({there} of {manifest.n_chunks} chunks are there); "
            "run the same command with --resume"
        )
    schema = arrow_schema(manifest.columns)
    if done:
        paths = [chunk_path(folder, chunk) for chunk in range(manifest.n_chunks)]
        for missing in (p for p in paths if not p.is_file()):
            raise ResultError(f"{missing}: missing; run the same sweep with --resume: it computes this chunk again")
    else:
        paths = chunk_files(folder)
    kept = [field.name for field in schema if bits or not pa.types.is_binary(field.type)]
    tables = [read_chunk(p, schema, kept) for p in paths]
    frame = _framed(folder, schema, kept, tables)
    frame.attrs["result"] = str(folder)
    return frame


def write_result(
    path: str | Path,
    table: pd.DataFrame,
    manifest: Manifest,
    texts: Mapping[str, str] | None = None,
) -> Path:
    """Write a finished table as a result folder, all of it or nothing.

    Parameters
    ----------
    path : str or Path
        A folder that does not exist yet.
    table : pandas.DataFrame
        With at least the columns the manifest declares.
    manifest : Manifest
        How it came about; ``n_runs`` is the number of rows.
    texts : mapping of str to str, optional
        Further files to lay beside it, by name.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    ResultError
        Where the folder exists, a declared column is missing or of another type, or the disk refuses.

    Examples
    --------
    >>> from sim.results.manifest import Column
    >>> import pandas as pd, tempfile
    >>> manifest = Manifest("run", "x", 0, (Column("rounds", "int64"),), n_runs=3, chunk_size=2)
    >>> folder = write_result(Path(tempfile.mkdtemp()) / "r", pd.DataFrame({"rounds": [7, 9, 4]}), manifest)
    >>> [path.name for path in chunk_files(folder)], status(folder)
    (['000000.parquet', '000001.parquet'], 'complete')
    """
    import pyarrow as pa

    folder = Path(path)
    refuse_existing(folder)
    missing = [c.name for c in manifest.columns if c.name not in table.columns]
    if missing:
        raise ResultError(f"{folder}: the table lacks the declared columns {', '.join(missing)}")
    if len(table) != manifest.n_runs:
        raise ResultError(f"{folder}: {len(table)} rows where the manifest says {manifest.n_runs}")
    names = [c.name for c in manifest.columns]
    try:
        rows = pa.Table.from_pandas(table[names], schema=arrow_schema(manifest.columns), preserve_index=False)
    except pa.ArrowException as error:
        raise ResultError(f"{folder}: a column is not of its declared type: {error}") from error
    rows = rows.replace_schema_metadata(None)
    staged = folder.with_name(f".{folder.name}.{os.getpid()}.part")
    with disk_errors(folder):
        try:
            (staged / "chunks").mkdir(parents=True)
            for chunk in range(manifest.n_chunks):
                first, last = manifest.chunk_range(chunk)
                write_chunk(staged, chunk, rows.slice(first, last - first))
            manifest.write(staged)
            for name, text in (texts or {}).items():
                (staged / name).write_text(text, encoding="utf-8")
            finish(staged, manifest)
            shutil.rmtree(staged / "unfinished", ignore_errors=True)
            sync_folder(staged)
            os.rename(staged, folder)
            sync_folder(folder.parent)
        except BaseException:
            shutil.rmtree(staged, ignore_errors=True)
            raise
    return folder


def refuse_existing(folder: Path) -> None:
    """Refuse to write over anything: an existing result, another folder, or a file.

    Raises
    ------
    ResultError
        Unless the path is free or an empty folder.
    """
    if not folder.exists():
        return
    if not folder.is_dir():
        raise ResultError(f"{folder}: is a file; give --out a folder that does not exist yet")
    if (folder / "manifest.json").exists():
        raise ResultError(f"{folder}: holds a result already; give --out another folder")
    if any(folder.iterdir()):
        raise ResultError(f"{folder}: is not empty and not a result; give --out a folder that does not exist yet")
    with disk_errors(folder):
        folder.rmdir()


def append_log(folder: Path, record: Mapping[str, Any]) -> None:
    """Add one line to ``log.jsonl``; a log that cannot be written never stops a sweep."""
    try:
        with (folder / "log.jsonl").open("a", encoding="utf-8") as log:
            log.write(json.dumps(record, ensure_ascii=False, default=str) + "\n")
    except OSError:
        return
