"""Result folders: Parquet chunks beside a manifest that says how they came about.

::

    <folder>/
      manifest.json          what went in, with what, and the columns; never changed
      design.parquet         one row per point of a sweep: its factors' values
      chunks/000000.parquet  rows of the runs [0, chunk_size), and so on; each whole or absent
      table.csv              the same rows again where they are few
      SHA256SUMS             the hash of each of these files, compared by whoever reads one
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
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.errors import ResultError
from sim.results.chunks import (
    arrow_schema,
    chunk_name,
    chunk_path,
    chunk_tables,
    chunks_there,
    gathered,
    logical_hash,
    read_chunk,
    usable_chunks,
    write_chunk,
)
from sim.results.durable import NO_LINKS, disk_errors, sync_folder, write_durably, write_json
from sim.results.files import without_formulas
from sim.results.keys import is_machine_error
from sim.results.manifest import MANIFEST, Manifest
from sim.results.sums import SUMS, add_sum, bytes_hash, read_sums, write_sums

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
DESIGN, CSV, COMPLETE, LOG = "design.parquet", "table.csv", "complete.json", "log.jsonl"


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
    return "complete" if (folder / COMPLETE).is_file() else "unfinished"


def finish(folder: Path, manifest: Manifest) -> dict[str, Any]:
    r"""Check that all rows are there, then write ``table.csv`` and ``complete.json``.

    Parameters
    ----------
    folder : Path
        The result folder, with its manifest and all its chunks.
    manifest : Manifest
        Of the folder.

    Returns
    -------
    dict
        What ``complete.json`` holds: ``n_rows``, ``n_failed``, of these ``n_machine_failed`` that failed for want of
        memory or disk, ``logical_hash`` and ``sums_hash``, the hash of the list of hashes.

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
    >>> add_sum(folder, chunk_name(0), write_chunk(folder, 0, pa.table({"rounds": [7, 9]})))
    >>> finish(folder, manifest)["n_rows"], (folder / "table.csv").read_text()
    (2, 'rounds\n7\n9\n')
    """
    schema = arrow_schema(manifest.columns)
    n_rows = n_failed = n_machine = 0
    kept: list[pa.Table] = []
    shown = [c.name for c in manifest.columns if c.type != "binary"]

    def tables() -> Iterator[pa.Table]:
        nonlocal n_rows, n_failed, n_machine
        for table in chunk_tables(folder, manifest):
            n_rows += table.num_rows
            if "error" in table.column_names:
                kinds = [kind for kind in table.column("error").to_pylist() if kind]
                n_failed += len(kinds)
                n_machine += sum(map(is_machine_error, kinds))
            if manifest.n_runs <= CSV_ROWS:
                kept.append(table.select(shown))
            yield table

    digest = logical_hash(gathered(tables()))
    if n_rows != manifest.n_runs:
        raise ResultError(f"{folder}: {n_rows} rows where {manifest.n_runs} belong; go on with --resume")
    ours = {MANIFEST, DESIGN, *map(chunk_name, range(manifest.n_chunks))}
    sums = {name: digest for name, digest in read_sums(folder).items() if name in ours}
    if n_rows <= CSV_ROWS:
        frame = _framed(folder, schema, shown, kept)
        content = without_formulas(frame).to_csv(index=False, lineterminator="\n").encode()
        sums[CSV] = bytes_hash(content)
        write_durably(folder / CSV, content)
    record = {
        "schema_version": manifest.schema_version,
        "n_rows": n_rows,
        "n_failed": n_failed,
        "n_machine_failed": n_machine,
        "logical_hash": digest,
        "sums_hash": write_sums(folder, sums),
    }
    write_json(folder / COMPLETE, record)
    return record


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
    folder = Path(path)
    digest = read_sums(folder).get(DESIGN, "")
    if not (folder / DESIGN).is_file():
        if digest:
            raise ResultError(f"{folder / DESIGN}: missing; restore it from a copy, or run again into a new folder")
        return None
    design: pd.DataFrame = read_chunk(folder / DESIGN, digest=digest).to_pandas()
    return design


def as_folder(given: str | os.PathLike[str]) -> Path:
    """Return the folder of a result, where a path or a finished sweep is given.

    Raises
    ------
    ResultError
        Where it is neither.
    """
    if isinstance(given, str | os.PathLike):
        return Path(given)
    raise ResultError(f"the folder of a result is needed here; this is {type(given).__name__} {given!r:.60}")


def _unfinished(folder: Path, manifest: Manifest) -> ResultError:
    there = len(chunks_there(folder))
    return ResultError(
        f"{folder}: unfinished ({there} of {manifest.n_chunks} chunks are there); run the same command with --resume"
    )


def load(
    path: str | Path, *, unfinished: bool = False, bits: bool = True, columns: Sequence[str] | None = None
) -> pd.DataFrame:
    """Read a result as one table.

    Parameters
    ----------
    path : str or Path
        The folder that ``--out`` was given.
    unfinished : bool
        Whether a result that is not complete yet is read as far as it goes.
    bits : bool
        Whether columns of bitsets, which make most of an exact sweep, are read too.
    columns : sequence of str, optional
        Which columns of the runs to read, where not all are needed; those that are not there are left out.

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

    folder = as_folder(path)
    manifest = Manifest.read(folder)
    done = (folder / COMPLETE).is_file()
    if not done and not unfinished:
        raise _unfinished(folder, manifest)
    schema = arrow_schema(manifest.columns)
    if done:
        check_complete(folder)
    kept = [field.name for field in schema if bits or not pa.types.is_binary(field.type)]
    if columns is not None:
        kept = [name for name in kept if name in columns]
    tables = list(chunk_tables(folder, manifest, kept, unfinished=not done))
    frame = _framed(folder, schema, kept, tables)
    frame.attrs["result"] = str(folder)
    return frame


def load_by_point(path: str | Path, columns: Sequence[str]) -> Iterator[pd.DataFrame]:
    """Read a finished sweep point by point, so that memory holds the runs of one point and no more.

    Parameters
    ----------
    path : str or Path
        The result folder.
    columns : sequence of str
        Columns of the runs to read, besides ``point``; those that are not there are left out.

    Yields
    ------
    pandas.DataFrame
        The runs of one point in their order, with the values of its factors.

    Raises
    ------
    ResultError
        Where the folder is no finished sweep, or a chunk is missing or damaged.

    Examples
    --------
    >>> import sim
    >>> from sim.sweeps.factors import ranged
    >>> design = sim.Design(factors=[ranged("x", 0, 1, steps=3)], worlds=2, chunk=4)
    >>> done = sim.sweep(design, 0, model=lambda run: {"y": 1.0}, outcomes={"y": float}, quiet=True)
    >>> [(len(runs), runs["x"].tolist()) for runs in load_by_point(done, ["world", "y"])]
    [(2, [0.0, 0.0]), (2, [0.5, 0.5]), (2, [1.0, 1.0])]
    """
    import pyarrow as pa

    folder = Path(path)
    manifest = Manifest.read(folder)
    check_complete(folder)
    design = load_design(folder)
    kept = ["point", *(c.name for c in manifest.columns if c.name in columns and c.name != "point")]

    def framed(parts: list[pa.Table]) -> pd.DataFrame:
        frame: pd.DataFrame = pa.concat_tables(parts).to_pandas()
        return frame if design is None else frame.merge(design, on="point", how="left", sort=False)

    # Runs are numbered by point first, so the runs of a point stand together.
    waiting: list[pa.Table] = []
    for table in chunk_tables(folder, manifest, kept):
        points = table.column("point").to_numpy()
        starts = [0, *(np.flatnonzero(np.diff(points)) + 1).tolist(), len(points)]
        for first, last in pairwise(starts):
            part = table.slice(first, last - first)
            if waiting and waiting[-1].column("point")[0] != part.column("point")[0]:
                yield framed(waiting)
                waiting = []
            waiting.append(part)
    if waiting:
        yield framed(waiting)


def load_by_case(
    path: str | Path, columns: Sequence[str], replications: int = 1, *, wanted: str = "", n_bytes: int = 2**24
) -> Iterator[pd.DataFrame]:
    """Read a finished sweep in batches of some megabytes, each of whole cases.

    Parameters
    ----------
    path : str or Path
        The result folder.
    columns : sequence of str
        Columns of the runs to read, besides ``run`` and ``point``; those that are not there are left out.
    replications : int
        Runs of a case: of a world at a point in a scenario, which stand together.
    wanted : str
        A factor whose values are to stand beside the runs; nothing where it is a column of the runs, or none.
    n_bytes : int
        About how large a batch is.

    Yields
    ------
    pandas.DataFrame
        Runs in their order.

    Raises
    ------
    ResultError
        Where the folder is no finished sweep, or a chunk is missing or damaged.

    Examples
    --------
    >>> import sim
    >>> from sim.sweeps.factors import ranged
    >>> design = sim.Design(factors=[ranged("x", 0, 1, steps=3)], replications=2, chunk=3)
    >>> done = sim.sweep(design, 0, model=lambda run: {"y": 1.0}, outcomes={"y": float}, quiet=True)
    >>> [batch["point"].tolist() for batch in load_by_case(done, ["y"], replications=2, n_bytes=1)]
    [[0, 0], [1, 1, 2, 2]]
    """
    import pyarrow as pa

    folder = as_folder(path)
    manifest = Manifest.read(folder)
    if not (folder / COMPLETE).is_file():
        raise _unfinished(folder, manifest)
    check_complete(folder)
    names = [column.name for column in manifest.columns]
    kept = [name for name in names if name in columns or name in ("run", "point")]
    design = load_design(folder) if wanted not in names else None
    if design is not None:
        design = design[["point", *([wanted] if wanted in design.columns else [])]]
    waiting: list[pa.Table] = []
    for gathered_table in gathered(chunk_tables(folder, manifest, kept), n_bytes):
        table = pa.concat_tables([*waiting, gathered_table])
        first, last = table.column("run")[0].as_py(), table.column("run")[-1].as_py()
        whole = table.num_rows if last + 1 == manifest.n_runs else (last + 1) // replications * replications - first
        waiting = [table.slice(whole)] if whole < table.num_rows else []
        if whole > 0:
            frame: pd.DataFrame = table.slice(0, whole).to_pandas()
            yield frame if design is None else frame.merge(design, on="point", how="left", sort=False)


def check_complete(folder: Path) -> dict[str, Any]:
    """Return what ``complete.json`` holds, after comparing the list of hashes with the hash kept there.

    Raises
    ------
    ResultError
        Where it is damaged, or the list is not the one the result was finished with.
    """
    path = folder / COMPLETE
    try:
        record: dict[str, Any] = json.loads(path.read_bytes())
        expected = record.get("sums_hash")
    except (OSError, ValueError, AttributeError) as error:
        raise ResultError(f"{path}: damaged ({error}); run the same sweep with --resume: it writes it again") from error
    if expected is not None:
        try:
            found = bytes_hash((folder / SUMS).read_bytes())
        except OSError as error:
            raise ResultError(
                f"{folder / SUMS}: could not be read: {error.strerror}; restore it from a copy"
            ) from error
        if found != expected:
            raise ResultError(
                f"{folder / SUMS}: not the list that the result was finished with; restore it from a copy, "
                "or run again into a new folder"
            )
    return record


def write_result(path: str | Path, table: pd.DataFrame, manifest: Manifest) -> Path:
    """Write a finished table as a result folder, all of it or nothing.

    Parameters
    ----------
    path : str or Path
        A folder that does not exist yet.
    table : pandas.DataFrame
        With at least the columns the manifest declares.
    manifest : Manifest
        How it came about; ``n_runs`` is the number of rows.

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
    >>> [path.name for _, path in chunks_there(folder)], status(folder)
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
            manifest.write(staged)
            for chunk in range(manifest.n_chunks):
                first, last = manifest.chunk_range(chunk)
                add_sum(staged, chunk_name(chunk), write_chunk(staged, chunk, rows.slice(first, last - first)))
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
    """Add one line to ``log.jsonl``; a log that cannot be written never stops a sweep, and no link is followed."""
    line = json.dumps(record, ensure_ascii=False, default=str) + "\n"
    try:
        handle = os.open(folder / LOG, os.O_WRONLY | os.O_APPEND | os.O_CREAT | NO_LINKS, 0o666)
        with os.fdopen(handle, "ab") as log:
            log.write(line.encode(errors="replace"))
    except OSError:
        return
