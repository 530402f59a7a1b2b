"""The tables of a result: Parquet chunks, each whole or absent, and the hash of their values.

Every page of a chunk carries a checksum, so that damage is found where it is read. The *logical hash* is of
all values, floats to nine significant digits, whatever library wrote them.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from sim.errors import ResultError
from sim.results.durable import disk_errors, put_in_place
from sim.results.manifest import Column, Manifest

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = [
    "arrow_schema",
    "chunk_files",
    "chunk_path",
    "logical_hash",
    "read_chunk",
    "usable_chunks",
    "write_chunk",
    "write_table",
]


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
    """Write a Parquet file under one name and move it to another once it is safely on the disk.

    Parameters
    ----------
    table : pyarrow.Table
    staged, final : Path
        The name while it is written, in a folder that is made if need be, and the name it has then.

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
    >>> path = write_table(pa.table({"x": [1]}), folder / "unfinished" / "x", folder / "x.parquet")
    >>> path.name, list((folder / "unfinished").iterdir())
    ('x.parquet', [])
    """
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
    """Return the files of the chunks that are there, in order.

    Parameters
    ----------
    folder : Path
        The result folder.

    Returns
    -------
    list of Path

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> (folder / "chunks").mkdir()
    >>> for chunk in (1, 0):
    ...     chunk_path(folder, chunk).touch()
    >>> [path.name for path in chunk_files(folder)]
    ['000000.parquet', '000001.parquet']
    """
    return sorted((folder / "chunks").glob("*.parquet"))


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
