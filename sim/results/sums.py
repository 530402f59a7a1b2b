"""The hash of every file of a result: ``SHA256SUMS``, which ``sha256sum -c`` reads as well.

A table says nothing of where it came from: a chunk of another seed has the same columns and as many rows. So the hash
of every file is kept beside them, the manifest's and the design's before the first run, a chunk's once it is whole, and
whoever reads a file compares. Lines are added while a sweep goes on and sorted at its end; the last line of a
name counts, and a line cut short by a power cut does not. ``complete.json`` keeps the hash of the list itself.

This finds what damage, mistaken copies and half a sync do. It is no signature: who rewrites a file can rewrite its
hash.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Mapping
from pathlib import Path

from sim.errors import ResultError
from sim.results.durable import NO_LINKS, disk_errors, write_durably

__all__ = ["SUMS", "add_sum", "bytes_hash", "checked_bytes", "file_hash", "read_sums", "sums_text", "write_sums"]

SUMS = "SHA256SUMS"

_LINE = re.compile(r"([0-9a-f]{64})  (\S+)\n")


def bytes_hash(content: bytes | memoryview) -> str:
    """Return the SHA-256 of bytes, in hexadecimal digits.

    Examples
    --------
    >>> bytes_hash(b"abc")[:8]
    'ba7816bf'
    """
    return hashlib.sha256(content).hexdigest()


def file_hash(path: Path) -> str:
    """Return the SHA-256 of a file, read piece by piece.

    Parameters
    ----------
    path : Path
        A file, and no link to one.

    Returns
    -------
    str
        64 hexadecimal digits.

    Raises
    ------
    OSError
        Where it cannot be read.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "x"
    >>> _ = path.write_bytes(b"abc")
    >>> file_hash(path) == bytes_hash(b"abc")
    True
    """
    with os.fdopen(os.open(path, os.O_RDONLY | NO_LINKS | getattr(os, "O_BINARY", 0)), "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def checked_bytes(path: Path, digest: str) -> bytes:
    """Read a file whole and compare its hash.

    Parameters
    ----------
    path : Path
    digest : str
        Its hash when it was written.

    Returns
    -------
    bytes

    Raises
    ------
    ResultError
        Where the file is not what was written.
    OSError
        Where it cannot be read.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "x"
    >>> _ = path.write_bytes(b"abc")
    >>> checked_bytes(path, bytes_hash(b"abc"))
    b'abc'
    """
    with os.fdopen(os.open(path, os.O_RDONLY | NO_LINKS | getattr(os, "O_BINARY", 0)), "rb") as file:
        content = file.read()
    if bytes_hash(content) != digest:
        raise ResultError(f"{path}: corrupt, or of another result (its hash is not the one in {SUMS})")
    return content


def read_sums(folder: Path) -> dict[str, str]:
    r"""Read the hashes of a result's files.

    Parameters
    ----------
    folder : Path
        The result folder.

    Returns
    -------
    dict of str to str
        Hash by name, such as ``chunks/000007.parquet``; empty where there is no list.

    Raises
    ------
    ResultError
        Where the list cannot be read.

    Examples
    --------
    A line cut short does not count, and of two lines for one name the later does:

    >>> import tempfile
    >>> folder, a, b = Path(tempfile.mkdtemp()), "a" * 64, "b" * 64
    >>> _ = (folder / SUMS).write_text(f"{a}  x\n{b}  x\n{a}  y\n{b}  z")
    >>> {name: digest[:1] for name, digest in read_sums(folder).items()}
    {'x': 'b', 'y': 'a'}
    """
    path = folder / SUMS
    try:
        handle = os.open(path, os.O_RDONLY | NO_LINKS)
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise ResultError(f"{path}: could not be read: {error.strerror}") from error
    with os.fdopen(handle, encoding="utf-8", errors="replace", newline="") as file:
        return {found[2]: found[1] for found in map(_LINE.fullmatch, file) if found}


def add_sum(folder: Path, name: str, digest: str) -> None:
    """Add the hash of one file, so that it is on the disk when this returns.

    Parameters
    ----------
    folder : Path
        The result folder.
    name, digest : str
        The file, and its hash.

    Raises
    ------
    ResultError
        Where the disk refuses, or a link lies in the list's place.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> add_sum(folder, "chunks/000000.parquet", "0" * 64)
    >>> list(read_sums(folder))
    ['chunks/000000.parquet']
    """
    path = folder / SUMS
    with disk_errors(path):
        handle = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | NO_LINKS, 0o666)
        try:
            # A line that was cut short must not swallow this one.
            size = os.fstat(handle).st_size
            torn = size > 0 and os.lseek(handle, size - 1, os.SEEK_SET) >= 0 and os.read(handle, 1) != b"\n"
            os.write(handle, f"{'\n' if torn else ''}{digest}  {name}\n".encode())
            os.fsync(handle)
        finally:
            os.close(handle)


def sums_text(sums: Mapping[str, str]) -> str:
    r"""Return the list as it stands in a finished result: by name, each once.

    Examples
    --------
    >>> sums_text({"b": "1", "a": "0"})
    '0  a\n1  b\n'
    """
    return "".join(f"{sums[name]}  {name}\n" for name in sorted(sums))


def write_sums(folder: Path, sums: Mapping[str, str]) -> str:
    """Write the whole list, whole or not at all.

    Parameters
    ----------
    folder : Path
        The result folder.
    sums : mapping of str to str
        Hash by name.

    Returns
    -------
    str
        The hash of the list.

    Raises
    ------
    ResultError
        Where the disk refuses.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> write_sums(folder, {"x": "0" * 64}) == file_hash(folder / SUMS)
    True
    """
    content = sums_text(sums).encode()
    write_durably(folder / SUMS, content)
    return bytes_hash(content)
