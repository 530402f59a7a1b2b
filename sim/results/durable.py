"""Writing that survives a killed process, a full disk and a power cut.

A file is *durable* once its bytes and its name are both on the disk: it is written under
another name, synced, renamed over its final name (atomic on POSIX file systems), and the
folder that holds the name is synced. A reader therefore sees the old file, the new file, or
none; never half of one.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

from sim.errors import ResultError

__all__ = [
    "FolderLock",
    "disk_errors",
    "put_in_place",
    "sync_folder",
    "write_durably",
    "write_json",
    "write_whole",
]

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_FORBIDDEN = {errno.EROFS, errno.EACCES, errno.EPERM}


@contextmanager
def disk_errors(path: Path | str, doing: str = "written") -> Iterator[None]:
    """Turn the operating system's refusals into a `ResultError` that says what to do.

    Parameters
    ----------
    path : Path or str
        The file or folder concerned.
    doing : str
        What was being done to it, as a participle.

    Raises
    ------
    ResultError
        Where the disk is full, the folder is read-only, or another refusal occurs.

    Examples
    --------
    >>> with disk_errors("results/x"):
    ...     raise OSError(28, "No space left on device")
    Traceback (most recent call last):
    sim.errors.ResultError: results/x: could not be written: the disk is full (No space left on ...
    """
    try:
        yield
    except OSError as error:
        given = error.strerror or str(error)
        if error.errno in _FULL:
            why = f"the disk is full ({given}); nothing finished is lost: free some space and use --resume"
        elif error.errno in _FORBIDDEN:
            why = f"the folder is read-only ({given}); give --out a folder you may write to"
        else:
            why = given
        raise ResultError(f"{path}: could not be {doing}: {why}") from error


def sync_folder(folder: Path) -> None:
    """Ask the disk to remember the names in a folder.

    Parameters
    ----------
    folder : Path
        A folder that exists.

    Examples
    --------
    A rename survives a power cut once the folder that holds the new name is synced:

    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> (folder / "draft").write_text("signed")
    6
    >>> _ = (folder / "draft").rename(folder / "final")
    >>> sync_folder(folder)
    >>> [entry.name for entry in folder.iterdir()]
    ['final']
    """
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def put_in_place(staged: Path, final: Path) -> None:
    """Sync a finished file and rename it over its final name.

    Parameters
    ----------
    staged, final : Path
        On the same file system; `final` is replaced where it exists.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> _ = (folder / "staged").write_text("new"), (folder / "final").write_text("old")
    >>> put_in_place(folder / "staged", folder / "final")
    >>> [(entry.name, entry.read_text()) for entry in folder.iterdir()]
    [('final', 'new')]
    """
    handle = os.open(staged, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
    os.replace(staged, final)
    sync_folder(final.parent)


def write_durably(path: Path, content: bytes) -> None:
    r"""Write a small file so that it is whole or absent.

    Parameters
    ----------
    path : Path
        Where it goes; its folder exists.
    content : bytes
        All of it.

    Raises
    ------
    ResultError
        Where the disk refuses.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> write_durably(folder / "table.csv", b"run,rounds\n")
    >>> [(entry.name, entry.read_bytes()) for entry in folder.iterdir()]
    [('table.csv', b'run,rounds\n')]
    """
    with disk_errors(path):
        write_whole(path, content)


def write_whole(path: Path, content: bytes) -> None:
    r"""Write a small file so that it is whole or absent, and let the system's refusal through.

    Parameters
    ----------
    path : Path
        Where it goes; its folder exists.
    content : bytes
        All of it.

    Raises
    ------
    OSError
        Where the disk refuses; what was there before stays.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> write_whole(folder / "scenario.yaml", b"title: War\n")
    >>> [(entry.name, entry.read_bytes()) for entry in folder.iterdir()]
    [('scenario.yaml', b'title: War\n')]
    """
    staged = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        staged.write_bytes(content)
        put_in_place(staged, path)
    except BaseException:
        staged.unlink(missing_ok=True)
        raise


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Write a record as JSON with sorted keys, whole or absent; the same record gives the same bytes.

    Parameters
    ----------
    path : Path
        Where it goes; its folder exists.
    content : dict
        Of what JSON knows; numbers are finite.

    Raises
    ------
    ResultError
        Where the disk refuses.
    ValueError
        Where a number is NaN or infinite, which JSON has no word for.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "complete.json"
    >>> write_json(path, {"n_rows": 3, "n_failed": 0})
    >>> print(path.read_text())
    {
      "n_failed": 0,
      "n_rows": 3
    }
    """
    text = json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False)
    write_durably(path, (text + "\n").encode())


class FolderLock:
    """Keep a second sweep out of a result folder while one is writing there.

    The lock is the kernel's (``flock``): it vanishes with the process that holds it, however
    that process ends, so a lock file left behind by a killed sweep never has to be removed.

    Parameters
    ----------
    folder : Path
        The result folder; it exists.

    Raises
    ------
    ResultError
        Where another process holds the lock; the message names it.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / ".lock"
        with disk_errors(folder, "locked"):
            self._handle = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = os.pread(self._handle, 200, 0).decode(errors="replace").strip() or "another process"
            os.close(self._handle)
            if error.errno not in {errno.EWOULDBLOCK, errno.EACCES}:
                raise ResultError(
                    f"{folder}: its file system has no locks ({error.strerror}); give --out one on another"
                ) from error
            raise ResultError(
                f"{folder}: {holder} is writing here; wait until it ends, or give --out another folder"
            ) from error
        os.ftruncate(self._handle, 0)
        os.pwrite(self._handle, f"process {os.getpid()} on {socket.gethostname()}\n".encode(), 0)

    def release(self) -> None:
        """Let others in; the file stays, because removing it would race with the next holder."""
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1

    def __enter__(self) -> FolderLock:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()
