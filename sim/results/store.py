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

import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.errors import ResultError
from sim.results.durable import disk_errors, put_in_place, sync_folder, write_durably, write_json
from sim.results.manifest import Column, Manifest

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


def arrow_schema(columns: Sequence[Column]) -> pa.Schema:
    """Return the explicit schema of a table.

    Parameters
    ----------
    columns : sequence of Column

    Returns
    -------
    pyarrow.Schema
        In the same order; every column may hold nulls.

    Examples
    --------
    >>> arrow_schema([Column("run", "int64"), Column("agreement", "string")]).names
    ['run', 'agreement']
    """
    import pyarrow as pa

    kinds = {"bool": pa.bool_(), "string": pa.string(), "binary": pa.binary()}
    return pa.schema([pa.field(c.name, kinds[c.type] if c.type in kinds else getattr(pa, c.type)()) for c in columns])


def chunk_path(folder: Path, chunk: int) -> Path:
    """Return where a chunk's file stands.

    Parameters
    ----------
    folder : Path
        The result folder.
    chunk : int
        Number of the chunk, from 0.

    Returns
    -------
    Path

    Examples
    --------
    >>> chunk_path(Path("results/berlin"), 7).as_posix()
    'results/berlin/chunks/000007.parquet'
    """
    return folder / "chunks" / f"{chunk:06d}.parquet"


def write_chunk(folder: Path, chunk: int, table: pa.Table) -> Path:
    """Write one chunk, whole or not at all; called by workers.

    Parameters
    ----------
    folder : Path
        The result folder.
    chunk : int
        Number of the chunk, from 0.
    table : pyarrow.Table
        Its rows, in the order of runs.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    ResultError
        Where the disk refuses; a file begun is removed.

    Examples
    --------
    >>> import pyarrow as pa, tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> (folder / "chunks").mkdir()
    >>> write_chunk(folder, 0, pa.table({"rounds": [7, 9]})).name
    '000000.parquet'
    """
    final = chunk_path(folder, chunk)
    staged = folder / "unfinished" / f"{final.name}.{os.getpid()}"
    return write_table(table, staged, final)


def write_table(table: pa.Table, staged: Path, final: Path) -> Path:
    """Write a Parquet file under one name and move it to another once it is safely on the disk."""
    import pyarrow.parquet as pq

    with disk_errors(final):
        try:
            staged.parent.mkdir(exist_ok=True)
            pq.write_table(table, staged, compression="zstd", write_page_checksum=True, version="2.6")
            put_in_place(staged, final)
        except BaseException:
            staged.unlink(missing_ok=True)
            raise
    return final


def read_chunk(path: Path, schema: pa.Schema | None = None, columns: Sequence[str] | None = None) -> pa.Table:
    """Read one chunk and check every page against its checksum.

    Parameters
    ----------
    path : Path
        The file.
    schema : pyarrow.Schema, optional
        What the file's columns must be.
    columns : sequence of str, optional
        Which of them to read; all by default.

    Returns
    -------
    pyarrow.Table
        One row per run of the chunk.

    Raises
    ------
    ResultError
        Where the file is cut short, changed or no Parquet at all.

    Examples
    --------
    >>> import pyarrow as pa, tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> (folder / "chunks").mkdir()
    >>> path = write_chunk(folder, 0, pa.table({"run": [0, 1], "rounds": [7, 9]}))
    >>> read_chunk(path, columns=["rounds"]).to_pydict()
    {'rounds': [7, 9]}
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(path, page_checksum_verification=True)
        found = file.schema_arrow
        table = file.read(columns=None if columns is None else list(columns), use_threads=False)
    except (pa.ArrowException, OSError, ValueError, LookupError, MemoryError) as error:
        # Damage shows in many ways: impossible sizes, names that are no text, missing columns.
        reason = (str(error) or type(error).__name__).splitlines()[0]
        raise ResultError(
            f"{path}: corrupt ({reason}); run the same sweep with --resume: it computes this chunk again"
        ) from error
    if schema is not None and not found.equals(schema):
        raise ResultError(f"{path}: its columns are not the manifest's; it belongs to another result")
    return table


def usable_chunks(folder: Path, manifest: Manifest) -> tuple[set[int], list[Path]]:
    """Which chunks are on the disk, whole; and the files that look like chunks and are not.

    Parameters
    ----------
    folder : Path
        The result folder.
    manifest : Manifest
        Its manifest.

    Returns
    -------
    whole : set of int
        Chunks that need not be computed again.
    damaged : list of Path
        Files cut short, changed, or with the wrong number of rows.

    Examples
    --------
    Of three chunks the first is whole, the second cut short and the third not there yet:

    >>> import pyarrow as pa, tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> (folder / "chunks").mkdir()
    >>> _ = write_chunk(folder, 0, pa.table({"rounds": [7, 9]}))
    >>> _ = chunk_path(folder, 1).write_bytes(b"PAR1")
    >>> whole, damaged = usable_chunks(
    ...     folder, Manifest("run", "x", 0, (Column("rounds", "int64"),), n_runs=6, chunk_size=2)
    ... )
    >>> whole, [path.name for path in damaged]
    ({0}, ['000001.parquet'])
    """
    whole: set[int] = set()
    damaged: list[Path] = []
    schema = arrow_schema(manifest.columns)
    for path in sorted((folder / "chunks").glob("*.parquet")):
        try:
            chunk = int(path.stem)
            first, last = manifest.chunk_range(chunk)
            table = read_chunk(path, schema)
            if table.num_rows != last - first or not 0 <= chunk < manifest.n_chunks:
                raise ResultError(f"{path}: {table.num_rows} rows where {last - first} belong")
        except (ResultError, ValueError):
            damaged.append(path)
        else:
            whole.add(chunk)
    return whole, damaged


def chunk_files(folder: Path) -> list[Path]:
    """Files of all chunks, in order."""
    return sorted((folder / "chunks").glob("*.parquet"))


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


def logical_hash(tables: Iterable[pa.Table]) -> str:
    """Hash the values of a table in a way that survives other libraries and processors.

    Floats count to nine significant digits, so that the last bit of a sum does not.

    Parameters
    ----------
    tables : iterable of pyarrow.Table
        In order, all with the same columns.

    Returns
    -------
    str
        Hexadecimal digits; equal tables split differently have equal hashes.

    Examples
    --------
    >>> import pyarrow as pa
    >>> whole = pa.table({"x": [0.1 + 0.2, 1.0]})
    >>> logical_hash([whole]) == logical_hash([pa.table({"x": [0.3]}), pa.table({"x": [1.0]})])
    True
    """
    digests: dict[str, hashlib._Hash] = {}
    for table in tables:
        for name in table.column_names:
            digest = digests.setdefault(name, hashlib.sha256())
            for part in _value_bytes(table.column(name)):
                digest.update(part)
    total = hashlib.sha256()
    for name, digest in digests.items():
        total.update(name.encode() + b"\0" + digest.digest())
    return total.hexdigest()


def _value_bytes(column: pa.ChunkedArray) -> Iterator[bytes]:
    import pyarrow as pa

    kind = column.type
    if pa.types.is_floating(kind):
        values = column.to_numpy().astype(np.float64)
        missing = ~np.isfinite(values)
        size = np.abs(np.where(missing | (values == 0.0), 1.0, values))
        exponent = np.floor(np.log10(size))
        mantissa = np.where(missing, 0.0, np.rint(values / 10.0 ** (exponent - 8)))
        # 9.99999999|6 rounds up to ten: give it the exponent of what it became.
        over = np.abs(mantissa) >= 1e9
        exponent, mantissa = np.where(over, exponent + 1, exponent), np.where(over, mantissa / 10, mantissa)
        exponent = np.where(missing, 9999 + np.sign(np.nan_to_num(values, posinf=1.0, neginf=-1.0)), exponent)
        yield np.column_stack([mantissa, exponent]).astype("<i8").tobytes()
    else:
        # The text of each value, ended by a zero byte; bytes stand for themselves.
        values = column.to_pylist()
        if pa.types.is_binary(kind):
            yield b"".join(repr(value).encode() + b"\0" if value is None else value + b"\0" for value in values)
        else:
            yield "".join([f"{value!r}\0" for value in values]).encode()


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
    >>> from sim.sweep.design import Design
    >>> from sim.sweep.factors import ranged
    >>> from sim.sweep.study import sweep
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
        raise ResultError(f"{folder}: holds a result already; give --out another folder, or go on with --resume")
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
