"""The tables of a result: Parquet chunks, each whole or absent, and the hash of their values.

The hash of each chunk stands in the result's list (`sim.results.sums`) and is compared by whoever reads it. The
*logical hash* is of all values, floats to nine significant digits, whatever library wrote them.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from sim.errors import ResultError
from sim.results.durable import disk_errors, open_fresh, put_in_place
from sim.results.manifest import Column, Manifest
from sim.results.sums import SUMS, bytes_hash, checked_bytes, file_hash, read_sums

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = [
    "arrow_schema",
    "checked_chunks",
    "chunk_name",
    "chunk_path",
    "chunk_tables",
    "chunks_there",
    "gathered",
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


#: What mends a chunk.
AGAIN = "run the same sweep with --resume: it computes this chunk again"

#: Names of our own in ``chunks/``; whatever else lies there is not ours.
_CHUNK = re.compile(r"(\d{6,})\.parquet")


def chunk_name(chunk: int) -> str:
    """Return a chunk's name in the result folder.

    Parameters
    ----------
    chunk : int
        Number of the chunk, from 0.

    Returns
    -------
    str

    Examples
    --------
    >>> chunk_name(7)
    'chunks/000007.parquet'
    """
    return f"chunks/{chunk:06d}.parquet"


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
    return folder / chunk_name(chunk)


def write_chunk(folder: Path, chunk: int, table: pa.Table) -> str:
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
    str
        The hash of the file.

    Raises
    ------
    ResultError
        Where the disk refuses; a file begun is removed.

    Examples
    --------
    >>> import pyarrow as pa, tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> (folder / "chunks").mkdir()
    >>> write_chunk(folder, 0, pa.table({"rounds": [7, 9]})) == file_hash(chunk_path(folder, 0))
    True
    """
    final = chunk_path(folder, chunk)
    staged = folder / "unfinished" / f"{final.name}.{os.getpid()}"
    return write_table(table, staged, final)


def write_table(table: pa.Table, staged: Path, final: Path) -> str:
    """Write a Parquet file under one name and move it to another once it is safely on the disk.

    Parameters
    ----------
    table : pyarrow.Table
    staged, final : Path
        The name while it is written, in a folder that is made if need be, and the name it has then.

    Returns
    -------
    str
        The hash of the file.

    Raises
    ------
    ResultError
        Where the disk refuses; a file begun is removed.

    Examples
    --------
    >>> import pyarrow as pa, tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> digest = write_table(pa.table({"x": [1]}), folder / "unfinished" / "x", folder / "x.parquet")
    >>> digest == file_hash(folder / "x.parquet"), list((folder / "unfinished").iterdir())
    (True, [])
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="zstd", write_page_checksum=True, version="2.6")
    content = memoryview(sink.getvalue())
    with disk_errors(final):
        try:
            staged.parent.mkdir(exist_ok=True)
            with open_fresh(staged) as file:
                file.write(content)
            put_in_place(staged, final)
        except BaseException:
            staged.unlink(missing_ok=True)
            raise
    return bytes_hash(content)


def read_chunk(
    path: Path, schema: pa.Schema | None = None, columns: Sequence[str] | None = None, digest: str = ""
) -> pa.Table:
    """Read one chunk, check every page against its checksum and, where it is known, the file against its hash.

    Parameters
    ----------
    path : Path
        The file.
    schema : pyarrow.Schema, optional
        What the file's columns must be.
    columns : sequence of str, optional
        Which of them to read; all by default.
    digest : str
        Its hash when it was written.

    Returns
    -------
    pyarrow.Table
        One row per run of the chunk.

    Raises
    ------
    ResultError
        Where the file is cut short, changed, another's or no Parquet at all.

    Examples
    --------
    >>> import pyarrow as pa, tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> (folder / "chunks").mkdir()
    >>> digest = write_chunk(folder, 0, pa.table({"run": [0, 1], "rounds": [7, 9]}))
    >>> read_chunk(chunk_path(folder, 0), digest=digest, columns=["rounds"]).to_pydict()
    {'rounds': [7, 9]}
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        source = pa.BufferReader(checked_bytes(path, digest)) if digest else path
        file = pq.ParquetFile(source, page_checksum_verification=True)
        found = file.schema_arrow
        table = file.read(columns=None if columns is None else list(columns), use_threads=False)
    except (pa.ArrowException, OSError, ValueError, LookupError, MemoryError) as error:
        # Damage shows in many ways: impossible sizes, names that are no text, missing columns.
        reason = (str(error) or type(error).__name__).splitlines()[0]
        raise ResultError(f"{path}: corrupt ({reason}); {AGAIN}") from error
    except ResultError as error:
        raise ResultError(f"{error}; {AGAIN}") from None
    if schema is not None and not found.equals(schema):
        raise ResultError(f"{path}: its columns are not the manifest's; it belongs to another result")
    return table


def usable_chunks(folder: Path, manifest: Manifest) -> tuple[set[int], list[Path]]:
    """Which chunks are on the disk, whole; and the files of ours that are not.

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
        Files cut short, changed, of another result, or whose hash was never noted. What has a name that no
        chunk has is not ours and not among them.

    Examples
    --------
    Of three chunks the first is whole, the second cut short and the third not there yet:

    >>> import pyarrow as pa, tempfile
    >>> from sim.results.sums import add_sum
    >>> folder = Path(tempfile.mkdtemp())
    >>> (folder / "chunks").mkdir()
    >>> for chunk in (0, 1):
    ...     add_sum(folder, chunk_name(chunk), write_chunk(folder, chunk, pa.table({"rounds": [7, 9]})))
    >>> _ = chunk_path(folder, 1).write_bytes(b"PAR1")
    >>> whole, damaged = usable_chunks(
    ...     folder, Manifest("run", "x", 0, (Column("rounds", "int64"),), n_runs=6, chunk_size=2)
    ... )
    >>> whole, [path.name for path in damaged]
    ({0}, ['000001.parquet'])
    """
    whole: set[int] = set()
    damaged: list[Path] = []
    sums = read_sums(folder)
    for chunk, path in chunks_there(folder):
        try:
            fine = chunk < manifest.n_chunks and sums.get(chunk_name(chunk)) == file_hash(path)
        except OSError:
            fine = False
        if fine:
            whole.add(chunk)
        else:
            damaged.append(path)
    return whole, damaged


def chunks_there(folder: Path) -> list[tuple[int, Path]]:
    """Return the chunks whose files are there, in order, by their names alone.

    Parameters
    ----------
    folder : Path
        The result folder.

    Returns
    -------
    list of (int, Path)
        Number and file; files that have no chunk's name are left out.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> (folder / "chunks").mkdir()
    >>> for name in ("000001.parquet", "000000.parquet", "mine.parquet"):
    ...     (folder / "chunks" / name).touch()
    >>> [(chunk, path.name) for chunk, path in chunks_there(folder)]
    [(0, '000000.parquet'), (1, '000001.parquet')]
    """
    if not (folder / "chunks").is_dir():
        return []
    with os.scandir(folder / "chunks") as entries:
        found = [(int(name[1]), Path(e.path)) for e in entries if (name := _CHUNK.fullmatch(e.name))]
    return sorted(pair for pair in found if pair[1].name == Path(chunk_name(pair[0])).name)


def chunk_tables(
    folder: Path, manifest: Manifest, columns: Sequence[str] | None = None, *, unfinished: bool = False
) -> Iterator[pa.Table]:
    """Read the chunks of a result one by one, each compared with its hash; all that read a result read it so.

    Parameters
    ----------
    folder : Path
        The result folder.
    manifest : Manifest
        Its manifest.
    columns : sequence of str, optional
        Which columns to read; all by default.
    unfinished : bool
        Read the chunks that are there; otherwise all must be.

    Yields
    ------
    pyarrow.Table
        In the order of runs.

    Raises
    ------
    ResultError
        Where a chunk is missing, damaged or of another result.

    Examples
    --------
    >>> import pandas as pd, tempfile
    >>> from sim.results.store import write_result
    >>> folder = Path(tempfile.mkdtemp()) / "r"
    >>> manifest = Manifest("run", "x", 0, (Column("rounds", "int64"),), n_runs=3, chunk_size=2)
    >>> _ = write_result(folder, pd.DataFrame({"rounds": [7, 9, 4]}), manifest)
    >>> [table.num_rows for table in chunk_tables(folder, Manifest.read(folder))]
    [2, 1]
    """
    schema = arrow_schema(manifest.columns)
    for path, digest in checked_chunks(folder, manifest, unfinished=unfinished):
        yield read_chunk(path, schema, columns, digest)


def checked_chunks(folder: Path, manifest: Manifest, *, unfinished: bool = False) -> list[tuple[Path, str]]:
    """Return the files of a result's chunks with the hashes that they must have, in order.

    Parameters
    ----------
    folder, manifest, unfinished
        As in `chunk_tables`.

    Returns
    -------
    list of (Path, str)
        The hash is empty in results of earlier versions, which kept none.

    Raises
    ------
    ResultError
        Where a chunk is missing, or the list of hashes is.

    Examples
    --------
    >>> import pandas as pd, tempfile
    >>> from sim.results.store import write_result
    >>> folder = Path(tempfile.mkdtemp()) / "r"
    >>> manifest = Manifest("run", "x", 0, (Column("rounds", "int64"),), n_runs=3, chunk_size=2)
    >>> _ = write_result(folder, pd.DataFrame({"rounds": [7, 9, 4]}), manifest)
    >>> [(path.name, len(digest)) for path, digest in checked_chunks(folder, manifest)]
    [('000000.parquet', 64), ('000001.parquet', 64)]
    """
    sums = read_sums(folder)
    kept = manifest.schema_version > 1
    if kept and not sums:
        raise ResultError(f"{folder / SUMS}: missing; without it the tables cannot be trusted: restore it from a copy")
    there = dict(chunks_there(folder))
    found = []
    for chunk in sorted(there) if unfinished else range(manifest.n_chunks):
        name = chunk_name(chunk)
        if unfinished and kept and name not in sums:
            continue  # the sweep was stopped before it noted the hash: the chunk will be computed again
        if chunk not in there:
            raise ResultError(f"{chunk_path(folder, chunk)}: missing; {AGAIN}")
        if kept and name not in sums:
            raise ResultError(f"{there[chunk]}: its hash is not in {SUMS}; {AGAIN}")
        found.append((there[chunk], sums.get(name, "")))
    return found


def gathered(tables: Iterable[pa.Table], n_bytes: int = 2**22) -> Iterator[pa.Table]:
    """Join small tables to some megabytes each: hashing by column costs much for few rows.

    Parameters
    ----------
    tables : iterable of pyarrow.Table
        With the same columns.
    n_bytes : int
        About how large.

    Yields
    ------
    pyarrow.Table

    Examples
    --------
    >>> import pyarrow as pa
    >>> [table.num_rows for table in gathered([pa.table({"x": [1]}), pa.table({"x": [2]})])]
    [2]
    """
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
