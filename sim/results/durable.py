"""Writing that survives a killed process, a full disk and a power cut.

A file is *durable* once its bytes and its name are both on the disk: it is written under
another name, synced, renamed over its final name (atomic on POSIX file systems), and the
folder that holds the name is synced. A reader therefore sees the old file, the new file, or
none; never half of one.
"""

from __future__ import annotations

import errno
import json
import os
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO

from sim.errors import ResultError

__all__ = [
    "FolderLock",
    "disk_errors",
    "json_bytes",
    "open_fresh",
    "put_in_place",
    "sync_folder",
    "write_durably",
    "write_json",
    "write_whole",
]

#: The lock of a result folder, and who holds it.
LOCK, HOLDER = ".lock", ".lock-holder"

#: Files of a result are opened so that a link laid in their place is refused, not followed (absent on Windows).
NO_LINKS: int = getattr(os, "O_NOFOLLOW", 0)

_NO_LOCKS = {errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOLCK}
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
    if os.name == "nt":  # Windows has no handle of a folder to sync
        return
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
    # Windows syncs a file only through a handle that may write.
    handle = os.open(staged, os.O_RDWR | NO_LINKS)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
    os.replace(staged, final)
    sync_folder(final.parent)


def open_fresh(path: Path) -> BinaryIO:
    """Open a new file for writing; what has its name is removed first, and a link is not followed.

    Parameters
    ----------
    path : Path
        In a folder that exists.

    Returns
    -------
    binary file

    Raises
    ------
    OSError
        Where the disk refuses, or the name is taken again in between.

    Examples
    --------
    A link that lies in its place is replaced, and what it points to stays as it is:

    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> _ = (folder / "theirs").write_text("precious")
    >>> (folder / "ours").symlink_to(folder / "theirs")
    >>> with open_fresh(folder / "ours") as file:
    ...     _ = file.write(b"new")
    >>> (folder / "ours").read_text(), (folder / "theirs").read_text()
    ('new', 'precious')
    """
    path.unlink(missing_ok=True)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | NO_LINKS | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
    return os.fdopen(os.open(path, flags, 0o666), "wb")


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
        with open_fresh(staged) as file:
            file.write(content)
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
    write_durably(path, json_bytes(content))


def json_bytes(content: Mapping[str, Any]) -> bytes:
    r"""Return a record as JSON with sorted keys; the same record gives the same bytes.

    Examples
    --------
    >>> json_bytes({"b": 1, "a": None})
    b'{\n  "a": null,\n  "b": 1\n}\n'
    """
    text = json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False)
    return (text + "\n").encode()


class FolderLock:
    """Keep a second sweep out of a result folder while one is writing there.

    The lock is the operating system's: it vanishes with the process that holds it, however that process ends, so a
    lock file left behind by a killed sweep never has to be removed.

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
        from filelock import FileLock, Timeout

        holder = folder / HOLDER
        self._lock = FileLock(folder / LOCK, blocking=False, fallback_to_soft=False)
        try:
            self._lock.acquire()
        except Timeout as error:
            raise ResultError(
                f"{folder}: {_first_line(holder) or 'another process'} is writing here; wait until it ends, "
                "or give --out another folder"
            ) from error
        except NotImplementedError as error:
            raise ResultError(f"{folder}: its file system has no locks; give --out one on another") from error
        except OSError as error:
            if error.errno in _NO_LOCKS:
                raise ResultError(
                    f"{folder}: its file system has no locks ({error.strerror}); give --out one on another"
                ) from error
            with disk_errors(folder / LOCK, "locked"):
                raise
        try:
            # Beside the lock, not in it: a locked file cannot be read on Windows.
            write_durably(holder, f"process {os.getpid()} on {socket.gethostname()}\n".encode())
        except BaseException:
            self._lock.release()
            raise

    def release(self) -> None:
        """Let others in; the files stay, because removing them would race with the next holder."""
        self._lock.release()

    def __enter__(self) -> FolderLock:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


def _first_line(path: Path) -> str:
    try:
        handle = os.open(path, os.O_RDONLY | NO_LINKS)
    except OSError:
        return ""
    with os.fdopen(handle, "rb") as file:
        return file.read(200).decode(errors="replace").strip()
