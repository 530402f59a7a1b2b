"""One file over another: ``extends``, a deep merge with positions.

The extending file's keys win; mappings are merged; lists and plain values are replaced as a whole; ``~``
deletes. A list under a key that ends in ``+``, such as ``constraints+``, joins the end of the earlier list. A
*number* is one statement: where the extending file gives its value, plainly or in a record, the earlier record
goes with its range, source and status, which spoke of another value. A record without ``value`` adds to the
earlier one, such as a wider range.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sim.domain.document import MAX_VALUES, Document, Mark, Place, read_document
from sim.errors import ScenarioError, nearest

__all__ = ["MAX_EXTENDS", "extended", "merge"]

#: How the name of a scenario file ends.
SUFFIXES = {".json", ".yaml", ".yml"}
#: A file may extend a file that extends a file …, so many times.
MAX_EXTENDS = 8


def extended(
    document: Document,
    path: Path,
    faults: list[ScenarioError] | None = None,
    trail: tuple[Path, ...] = (),
    held: int = 0,
) -> Document:
    r"""Return a document with what it extends merged under it.

    Parameters
    ----------
    document : Document
    path : Path
        Where it was read from; ``extends`` is relative to it.
    faults : list, optional
        Takes faults that leave the rest readable; without it the first is raised.
    trail : tuple of Path
        The files that extend this one.
    held : int
        How many values those files hold together.

    Returns
    -------
    Document
        The document itself where it extends nothing. Marks point at the file each key comes from.

    Raises
    ------
    ScenarioError
        If the extended file cannot be read, files extend one another in a circle, or together they hold
        more values than one file may.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> _ = (folder / "base.yaml").write_text("title: War\nparties: {north: {title: North}}\n")
    >>> _ = (folder / "mine.yaml").write_text("extends: base.yaml\ntitle: Peace\n")
    >>> extended(read_document(folder / "mine.yaml"), folder / "mine.yaml").data
    {'title': 'Peace', 'parties': {'north': {'title': 'North'}}}
    """
    if "extends" not in document.data:
        return document
    given = document.data["extends"]
    if not isinstance(given, str) or not given.strip():
        raise document.error(("extends",), "must be the path of a scenario file, as text")
    target = target_of(document, ("extends",), path, given)
    here, there = path.resolve(), target.resolve()
    if there in (here, *trail):
        names = " → ".join(step.parent.name + "/" + step.name for step in (*trail, here, there))
        raise document.error(("extends",), f"files extend one another in a circle: {names}")
    if len(trail) >= MAX_EXTENDS:
        raise document.error(("extends",), f"more than {MAX_EXTENDS} files extend one another")
    try:
        under = read_document(target, faults=faults)
    except ScenarioError as fault:
        if fault.line is None:
            raise document.error(("extends",), f"{given}: {fault.message}") from None
        raise
    held += len(document.values)
    if held + len(under.values) > MAX_VALUES:
        raise document.error(("extends",), f"{given}: more than {MAX_VALUES:,} values in files that extend one another")
    under = extended(under, target, faults, (*trail, here), held)
    _rebase(under.data, target, path)
    over = {key: value for key, value in document.data.items() if key != "extends"}
    replaced: set[Place] = set()
    joined: dict[Place, int] = {}
    data = merge(under.data, over, document=document, replaced=replaced, faults=faults, joined=joined)
    return Document(
        data,
        {**_kept(under.values, replaced), **_at_the_end(document.values, joined)},
        {**_kept(under.keys, replaced), **_at_the_end(document.keys, joined)},
        {**under.lines, **document.lines},
        document.file,
    )


def _rebase(data: dict[str, Any], earlier: Path, path: Path) -> None:
    """Name the rival codings of an extended file as they are reached from the file that extends it."""
    codings = data.get("codings")
    if not isinstance(codings, Mapping) or earlier.parent == path.parent:
        return
    data["codings"] = {
        name: {**coding, "file": Path(os.path.relpath(earlier.parent / coding["file"], path.parent)).as_posix()}
        if isinstance(coding, Mapping)
        and isinstance(coding.get("file"), str)
        and not Path(coding["file"]).is_absolute()
        else coding
        for name, coding in codings.items()
    }


def target_of(document: Document, place: Place, path: Path, given: str) -> Path:
    """Return the scenario file that another one names, relative to it; a folder stands for its ``scenario.yaml``."""
    try:
        target = path.parent / given
        target = target / "scenario.yaml" if target.is_dir() else target
        endings = {target.suffix.lower(), target.resolve().suffix.lower()}
    except (OSError, ValueError):
        raise document.error(place, f"{given!r} cannot be the name of a file") from None
    # The first line of any other file would be quoted in the message about it.
    if not endings <= SUFFIXES:
        raise document.error(place, f"{given!r} must name a file that ends in {', '.join(sorted(SUFFIXES))}")
    return target


def merge(
    under: Mapping[str, Any],
    over: Mapping[str, Any],
    *,
    place: Place = (),
    document: Document | None = None,
    replaced: set[Place] | None = None,
    faults: list[ScenarioError] | None = None,
    joined: dict[Place, int] | None = None,
) -> dict[str, Any]:
    """Merge two mappings deeply: keys of ``over`` win, mappings are merged, ``None`` deletes, ``key+`` adds to a list.

    Parameters
    ----------
    under, over : mapping
    place : tuple
        Where in the document, for errors.
    document : Document, optional
        That ``over`` is from, for errors.
    replaced : set, optional
        Takes the places whose earlier value is gone.
    faults : list, optional
        Takes faults; without it the first is raised.
    joined : dict, optional
        Takes the places of lists that were added to, with how many entries stood before.

    Returns
    -------
    dict

    Raises
    ------
    ScenarioError
        If ``over`` deletes a key that is not there.

    Examples
    --------
    >>> merge({"a": {"x": 1, "y": 2}, "b": [1]}, {"a": {"y": None, "z": 3}, "b": [2]})
    {'a': {'x': 1, 'z': 3}, 'b': [2]}
    >>> merge({"b": [1]}, {"b+": [2]})
    {'b': [1, 2]}

    A new value leaves nothing of the record it replaces; a range alone joins it.

    >>> number = {"r": {"value": 0.65, "low": 0.45, "high": 0.8, "source": "article"}}
    >>> merge(number, {"r": {"value": 0.58, "source": "coding_b"}})
    {'r': {'value': 0.58, 'source': 'coding_b'}}
    >>> merge(number, {"r": {"high": 0.9}})["r"]["high"]
    0.9
    """
    merged = dict(under)
    for key, value in over.items():
        where = (*place, key)
        if value is None:
            if key in merged:
                del merged[key]
                if replaced is not None:
                    replaced.add(where)
                continue
            message = f"'~' deletes {key!r}, which the extended file does not have{nearest(key, list(under))}"
            fault = (
                document.error(where, message) if document else ScenarioError(message, path=".".join(map(str, where)))
            )
            if faults is None:
                raise fault
            faults.append(fault)
            continue
        earlier = merged.get(key)
        listed = merged.get(key.removesuffix("+")) if key.endswith("+") and key not in merged else None
        if isinstance(value, list) and isinstance(listed, list):
            merged[key.removesuffix("+")] = [*listed, *value]
            if joined is not None:
                joined[where] = len(listed)
            continue
        if (
            isinstance(value, Mapping)
            and isinstance(earlier, Mapping)
            and not ("value" in value and "value" in earlier)
        ):
            merged[key] = merge(
                earlier, value, place=where, document=document, replaced=replaced, faults=faults, joined=joined
            )
        else:
            merged[key] = _without_nulls(value)
            if replaced is not None and key in under:
                replaced.add(where)
    return merged


def _without_nulls(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _without_nulls(child) for key, child in value.items() if child is not None}
    return value


def _at_the_end(marks: Mapping[Place, Mark], joined: Mapping[Place, int]) -> dict[Place, Mark]:
    """Move marks within a list that was added to another to where its entries stand now."""
    if not joined:
        return dict(marks)
    moved: dict[Place, Mark] = {}
    for place, mark in marks.items():
        ends = [n for n in range(1, len(place)) if place[:n] in joined]
        if place in joined:  # the list itself stays where it began
            continue
        for n in ends:
            key, entry = place[n - 1], place[n]
            assert isinstance(key, str) and isinstance(entry, int)
            place = (*place[: n - 1], key.removesuffix("+"), entry + joined[place[:n]], *place[n + 1 :])
        moved[place] = mark
    return moved


def _kept(marks: Mapping[Place, Mark], replaced: set[Place]) -> dict[Place, Mark]:
    """Leave out marks of, and within, the places that were replaced."""
    return {
        place: mark
        for place, mark in marks.items()
        if not any(place[:depth] in replaced for depth in range(1, len(place) + 1))
    }
