"""What a result folder says about itself.

``manifest.json`` is written once, before the first run, and never changed: it holds what went
in (texts and hashes of the scenarios and the design, the root seed), with what (versions), and
what comes out (the columns). ``complete.json`` is written last, and its presence *is* the
status. Neither holds a clock value, so the same sweep writes the same bytes.
"""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

from sim.domain import extensions
from sim.errors import ResultError
from sim.results.durable import json_bytes, write_durably
from sim.results.sums import SUMS, add_sum, bytes_hash, read_sums

__all__ = ["SCHEMA_VERSION", "TYPES", "Column", "Manifest", "differences", "text_hash", "versions"]

#: Version of the layout of result folders. Version 1 kept no hashes of its files.
SCHEMA_VERSION = 2
READABLE = frozenset({1, 2})

MANIFEST = "manifest.json"

#: Types a column can have.
TYPES = ("bool", "int8", "int16", "int32", "int64", "float32", "float64", "string", "binary")

_PACKAGES = ("numpy", "scipy", "pandas", "pyarrow", "mesa", "numba", "SALib", "scikit-learn")


@cache
def versions() -> dict[str, str]:
    """Return the versions of everything that touches the numbers.

    Returns
    -------
    dict of str to str
        By package, Python and the processor's kind among them; ``not installed`` where a package is absent. Packages
        that add strategies and the like by entry points come last.

    Examples
    --------
    >>> list(versions())[:4]
    ['python', 'machine', 'parley-sim', 'numpy']
    >>> versions()["python"] == platform.python_version()
    True
    """
    found = {"python": platform.python_version(), "machine": platform.machine()}
    for package in ("parley-sim", *_PACKAGES):
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            found[package] = "not installed"
    return found | extensions.packages()


@dataclass(frozen=True)
class Column:
    """One declared column of a table.

    Parameters
    ----------
    name : str
        As in the table.
    type : str
        One of `TYPES`.
    title : str
        What it holds, in words, with its unit.
    """

    name: str
    type: str
    title: str = ""

    def __post_init__(self) -> None:
        if self.type not in TYPES:
            raise ResultError(f"column {self.name!r}: type {self.type!r} is none of {', '.join(TYPES)}")


@dataclass(frozen=True)
class Manifest:
    """The unchanging record of how a result came about.

    Parameters
    ----------
    kind : str
        ``sweep`` or ``run``.
    name, question : str
        What was asked.
    seed : int
        Root seed.
    columns : tuple of Column
        What each row holds, in order.
    scenarios : mapping of str to mapping
        Per scenario its ``hash`` and ``text``, and the ``codings`` that are its rivals, if any.
    design : mapping
        ``hash`` and ``text`` of the design; empty for a plain run.
    n_runs, chunk_size : int
        How many rows a complete result has, and how many a chunk holds.
    settings : mapping
        Whatever else decides the numbers (``--set``, depth, and so on).
    versions : mapping of str to str
        Of Parley, Python and the libraries that touch the numbers.
    """

    kind: str
    name: str
    seed: int
    columns: tuple[Column, ...]
    n_runs: int
    chunk_size: int
    question: str = ""
    scenarios: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    design: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=versions)
    schema_version: int = SCHEMA_VERSION

    @property
    def n_chunks(self) -> int:
        """Chunks of a complete result."""
        return -(-self.n_runs // self.chunk_size)

    def chunk_range(self, chunk: int) -> tuple[int, int]:
        """First run of a chunk, and one past its last.

        Examples
        --------
        >>> Manifest("run", "x", 0, (), n_runs=5, chunk_size=2).chunk_range(2)
        (4, 5)
        """
        return chunk * self.chunk_size, min((chunk + 1) * self.chunk_size, self.n_runs)

    def write(self, folder: Path) -> None:
        """Write ``manifest.json``, whole or not at all, and note its hash before."""
        content = json_bytes(json.loads(json.dumps(asdict(self))))
        add_sum(folder, MANIFEST, bytes_hash(content))
        write_durably(folder / MANIFEST, content)

    @classmethod
    def read(cls, folder: Path) -> Manifest:
        """Read ``manifest.json``.

        Raises
        ------
        ResultError
            Where the folder is not a result, the file is damaged, or its version is unknown.
        """
        path = folder / MANIFEST
        if not folder.exists():
            raise ResultError(f"{folder}: no such result; `parley run … --out` and `parley sweep … --out` write one")
        if not path.is_file():
            raise ResultError(f"{folder}: not a result (no manifest.json in it); give the folder that --out was given")
        try:
            content = path.read_bytes()
            raw = json.loads(content)
            version = raw["schema_version"]
        except (ValueError, KeyError, TypeError) as error:
            raise ResultError(
                f"{path}: damaged or half-written ({error}); without it the tables cannot be trusted: "
                "restore it from a copy, or run again into a new folder"
            ) from error
        except OSError as error:
            raise ResultError(f"{path}: could not be read: {error.strerror}") from error
        if version not in READABLE:
            known = ", ".join(map(str, sorted(READABLE)))
            which = "a newer" if isinstance(version, int) and version > SCHEMA_VERSION else "an unknown"
            raise ResultError(
                f"{path}: schema version {version!r}, written by {which} Parley; this one reads {known}: "
                "install the Parley named under `versions` there"
            )
        digest = read_sums(folder).get(MANIFEST)
        if digest is not None and digest != bytes_hash(content):
            raise ResultError(
                f"{path}: not the file that was written (its hash is not the one in {SUMS}); without it the tables "
                "cannot be trusted: restore it from a copy, or run again into a new folder"
            )
        try:
            raw["columns"] = tuple(Column(**column) for column in raw["columns"])
            return cls(**raw)
        except (TypeError, KeyError) as error:
            raise ResultError(f"{path}: damaged ({error}); restore it from a copy, or run again") from error


def text_hash(text: str) -> str:
    """Return the SHA-256 of a text.

    Parameters
    ----------
    text : str
        Hashed as UTF-8.

    Returns
    -------
    str
        64 hexadecimal digits.

    References
    ----------
    FIPS 180-4, Secure Hash Standard; the example is the test vector ``abc`` that NIST publishes with it.

    Examples
    --------
    >>> text_hash("abc")
    'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'
    """
    return hashlib.sha256(text.encode()).hexdigest()


def differences(old: Manifest, new: Manifest) -> list[str]:
    """Say where two manifests disagree, one line each; an empty list where they agree.

    Parameters
    ----------
    old, new : Manifest
        What is on the disk, and what a sweep would write now.

    Returns
    -------
    list of str

    Examples
    --------
    >>> a = Manifest("run", "x", 0, (), n_runs=5, chunk_size=2)
    >>> b = Manifest("run", "x", 1, (), n_runs=5, chunk_size=2)
    >>> differences(a, b)
    ['seed: 0 there, 1 now']
    """
    found: list[str] = []
    for key in ("schema_version", "kind", "seed", "n_runs", "chunk_size"):
        there, now = getattr(old, key), getattr(new, key)
        if there != now:
            found.append(f"{key}: {there} there, {now} now")
    found.extend(_mapping_differences("versions", old.versions, new.versions))
    found.extend(_mapping_differences("settings", old.settings, new.settings))
    if old.design.get("hash") != new.design.get("hash"):
        found.extend(_line_differences("design", old.design.get("text", ""), new.design.get("text", "")))
    for name in sorted({*old.scenarios, *new.scenarios}):
        there, now = old.scenarios.get(name), new.scenarios.get(name)
        if there is None or now is None:
            found.append(f"scenario {name}: {'only now' if there is None else 'only there'}")
        elif there["hash"] != now["hash"]:
            found.extend(_line_differences(f"scenario {name}", there["text"], now["text"]))
        elif "codings" in there and there["codings"] != now.get("codings"):
            before, after = json.loads(there["codings"]), json.loads(now.get("codings", "{}"))
            changed = sorted(c for c in {*before, *after} if before.get(c) != after.get(c))
            found.append(f"scenario {name}: the rival codings {', '.join(changed)} have changed")
    if old.columns != new.columns:
        before, after = {c.name for c in old.columns}, {c.name for c in new.columns}
        found.append(f"columns: {sorted(before - after)} only there, {sorted(after - before)} only now")
    return found


def _mapping_differences(what: str, there: Mapping[str, Any], now: Mapping[str, Any]) -> Iterable[str]:
    for key in sorted({*there, *now}):
        if there.get(key) != now.get(key):
            yield f"{what}.{key}: {there.get(key, 'absent')!r} there, {now.get(key, 'absent')!r} now"


def _line_differences(what: str, there: str, now: str) -> list[str]:
    from difflib import unified_diff

    lines = [
        f"{what}: {line}"
        for line in unified_diff(there.splitlines(), now.splitlines(), lineterm="", n=0)
        if line[:1] in "+-" and line[:3] not in {"+++", "---"}
    ]
    if len(lines) > 6:
        lines = [*lines[:6], f"{what}: … and {len(lines) - 6} further lines"]
    return lines or [f"{what}: its hash differs"]
