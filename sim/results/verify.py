"""Is a result what was written: every file against its hash, every value against the logical hash."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sim.errors import ResultError
from sim.results.chunks import chunk_name, chunk_tables, chunks_there, gathered, logical_hash
from sim.results.durable import HOLDER, LOCK
from sim.results.manifest import MANIFEST, Manifest, versions
from sim.results.store import COMPLETE, CSV, DESIGN, LOG, check_complete, status
from sim.results.sums import SUMS, file_hash, read_sums

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Verification", "verify"]


@dataclass(frozen=True)
class Verification:
    """What was compared, and what is not as it was written.

    Attributes
    ----------
    folder : str
    status : str
        ``complete`` or ``unfinished``.
    files, rows : int
        Compared with their hashes; rows with the logical hash, in a finished result.
    faults : tuple of str
        What is not as it was written; empty where all is.
    notes : tuple of str
        What could not be compared, and files that are not the result's.
    """

    folder: str
    status: str
    files: int
    rows: int
    faults: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def is_sound(self) -> bool:
        """Whether nothing is amiss."""
        return not self.faults


def verify(path: str | Path) -> Verification:
    """Compare every file of a result with its hash, and all values with the logical hash.

    Parameters
    ----------
    path : str or Path
        The result folder.

    Returns
    -------
    Verification

    Raises
    ------
    ResultError
        Where the folder is no result, or its manifest cannot be read: then nothing can be compared.

    Examples
    --------
    >>> import pandas as pd, tempfile
    >>> from sim.results.chunks import chunk_path
    >>> from sim.results.manifest import Column
    >>> from sim.results.store import write_result
    >>> folder = Path(tempfile.mkdtemp()) / "r"
    >>> m = Manifest("run", "x", 0, (Column("rounds", "int32"),), n_runs=3, chunk_size=2)
    >>> _ = write_result(folder, pd.DataFrame({"rounds": [7, 9, 4]}), m)
    >>> verify(folder).is_sound, verify(folder).files, verify(folder).rows
    (True, 4, 3)
    >>> _ = chunk_path(folder, 1).write_bytes(chunk_path(folder, 0).read_bytes())
    >>> verify(folder).faults
    ('chunks/000001.parquet: not the file that was written',)
    """
    folder = Path(path)
    manifest = Manifest.read(folder)
    done = status(folder) == "complete"
    sums = read_sums(folder)
    faults, notes = [], []
    record = {}
    if manifest.schema_version < 2:
        notes.append("written by an earlier Parley, which kept no hashes of files: only the values are compared")
    if done:
        try:
            record = check_complete(folder)
        except ResultError as error:
            faults.append(str(error).removeprefix(f"{folder}/"))
    else:
        notes.append("unfinished: chunks that are there are compared, and no logical hash is known yet")
    faults += list(_changed_files(folder, manifest, sums, done))
    rows = 0
    if record and not faults:

        def counted() -> Iterator[pa.Table]:
            nonlocal rows
            for table in chunk_tables(folder, manifest):
                rows += table.num_rows
                yield table

        try:
            digest = logical_hash(gathered(counted()))
            if rows != record["n_rows"] or rows != manifest.n_runs:
                faults.append(f"{rows:,} rows where {record['n_rows']:,} were counted and {manifest.n_runs:,} belong")
            if digest != record["logical_hash"]:
                faults.append("the values are not those that were written: their logical hash is another")
        except ResultError as error:
            faults.append(str(error))
    other = [name for name in sorted(manifest.versions) if manifest.versions[name] != versions().get(name)]
    if other:
        notes.append(f"made with other versions of {', '.join(other)}: the same runs need not give the same bytes here")
    notes += [f"{name}: not the result's" for name in _strange(folder, manifest)]
    return Verification(str(folder), status(folder), len(sums), rows, tuple(faults), tuple(notes))


def _changed_files(folder: Path, manifest: Manifest, sums: dict[str, str], done: bool) -> Iterator[str]:
    expected = {MANIFEST, *([DESIGN] if manifest.design else [])}
    if done:
        expected |= set(map(chunk_name, range(manifest.n_chunks)))
    if manifest.schema_version > 1:
        for name in sorted(expected - sums.keys()):
            yield f"{name}: its hash was not kept"
    for name, digest in sorted(sums.items()):
        try:
            if file_hash(folder / name) != digest:
                yield f"{name}: not the file that was written"
        except FileNotFoundError:
            # A chunk that was given back to be computed again is no fault of an unfinished sweep.
            if done or not name.startswith("chunks/"):
                yield f"{name}: missing"
        except OSError as error:
            yield f"{name}: could not be read ({error.strerror})"
    for chunk, _ in chunks_there(folder):
        if chunk >= manifest.n_chunks or (done and sums and chunk_name(chunk) not in sums):
            yield f"{chunk_name(chunk)}: no chunk of this result"


def _strange(folder: Path, manifest: Manifest) -> list[str]:
    ours = {MANIFEST, DESIGN, CSV, SUMS, COMPLETE, LOG, LOCK, HOLDER, "chunks", "unfinished"}
    chunks = {path.name for _, path in chunks_there(folder)}
    found = [entry.name for entry in folder.iterdir() if entry.name not in ours]
    if (folder / "chunks").is_dir():
        found += [f"chunks/{entry.name}" for entry in (folder / "chunks").iterdir() if entry.name not in chunks]
    return sorted(found)
