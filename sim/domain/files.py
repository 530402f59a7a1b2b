"""Text files that may be anything: a folder, a pipe without end, gigabytes, bytes that are no text.

Whoever reads a file that a user names reads it here. What differs between readers is how large a file of
their kind can be, and the words for what is wrong.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sim.errors import ScenarioError

__all__ = ["MAX_NAME", "PLAIN", "Words", "read_text"]

#: Longer names of files are cut in messages.
MAX_NAME = 500


@dataclass(frozen=True)
class Words:
    """What to say of a file that cannot be read.

    Parameters
    ----------
    missing, folder, device : str
        There is no such file; it is a directory; it is neither.
    inside : str
        The file that a folder of this kind holds; where it is there, it is suggested.
    large : str
        ``{mib}`` is the bound.
    encoding : str
        ``{byte}`` is the first byte that is not UTF-8, ``{offset}`` how many stand before it.
    refused : str
        ``{why}`` is what the system says, such as that permission is denied.

    Examples
    --------
    >>> Words(folder="name the file in it").missing
    'no such file'
    """

    missing: str = "no such file"
    folder: str = "this is a directory; name a file"
    device: str = "this is a device or a pipe; name a file"
    inside: str = ""
    large: str = "larger than {mib} MiB"
    encoding: str = "byte {byte:#04x} is not UTF-8; save the file as UTF-8"
    refused: str = "cannot be read: {why}"


#: The plainest words.
PLAIN = Words()


def read_text(path: Path, most: int, words: Words = PLAIN) -> str:
    r"""Read a file of text in UTF-8, with or without a byte order mark.

    Parameters
    ----------
    path : Path
        The file.
    most : int
        Bytes that it may have; no more than one beyond is read.
    words : Words, optional
        What to say where it cannot be read.

    Returns
    -------
    str

    Raises
    ------
    ScenarioError
        No such file, no file, too large, not UTF-8 (with the line), or not to be read; one line naming the file.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "two.txt"
    >>> _ = path.write_bytes(b"\xef\xbb\xbfone\ntwo\n")
    >>> read_text(path, 2**20)
    'one\ntwo\n'
    >>> read_text(Path("nowhere.txt"), 2**20)
    Traceback (most recent call last):
    sim.errors.ScenarioError: nowhere.txt: no such file
    """
    shown = str(path)
    try:
        if path.is_dir():
            known = words.inside and (path / words.inside).exists()
            hint = f"; did you mean its {words.inside}?" if known else ""
            raise ScenarioError(words.folder + hint, file=shown)
        # Opening a pipe that nobody writes to would wait for ever.
        if path.exists() and not path.is_file():
            raise ScenarioError(words.device, file=shown)
        with path.open("rb") as stream:
            raw = stream.read(most + 1)
    except FileNotFoundError:
        raise ScenarioError(words.missing, file=shown) from None
    except OSError as fault:
        raise ScenarioError(words.refused.format(why=fault.strerror), file=shown[:MAX_NAME]) from None
    except ValueError:
        raise ScenarioError("this cannot be the name of a file", file=repr(shown)[:MAX_NAME]) from None
    if len(raw) > most:
        raise ScenarioError(words.large.format(mib=most // 2**20), file=shown)
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        told = words.encoding.format(byte=raw[fault.start], offset=fault.start)
        raise ScenarioError(told, file=shown, line=raw.count(b"\n", 0, fault.start) + 1) from None
