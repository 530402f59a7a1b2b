"""A scenario written back as a file: into the text it came from where there is one, and plainly where not."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from sim.domain.document import Document, parse_document, read_document
from sim.domain.editing import edited
from sim.domain.extends import SUFFIXES, extended, merge, target_of
from sim.domain.scenario import Scenario
from sim.domain.writing import yaml_text
from sim.errors import ScenarioError

__all__ = ["saved"]

#: Reads a text as the scenario file of a name.
Reader = Callable[[str, str], Scenario]


def saved(scenario: Scenario, path: str | Path, read: Reader, *, overwrite: bool = False) -> Path:
    """Write a scenario to a file.

    Parameters
    ----------
    scenario : Scenario
    path : str or Path
        A file that ends in .yaml, .yml or .json, or a folder, which gets a ``scenario.yaml``.
    read : callable
        Reads a text as the scenario file of a name, to see that what is written reads back.
    overwrite : bool
        Whether a file that is there already may be replaced. The file that the scenario was read from always is.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    ScenarioError
        If another file is there, nothing can be written there, or what would be written does not read back: rival
        codings are files of their own, which are not written.

    Examples
    --------
    >>> import sim, tempfile
    >>> two = sim.read_scenario("scenarios/tutorial-two-by-two")
    >>> file = Path(tempfile.mkdtemp()) / "mine.yaml"
    >>> _ = saved(two, file, lambda text, name: sim.scenario_from_text(text, file=name))
    >>> file.read_text(encoding="utf-8") == Path(two.file).read_text(encoding="utf-8")
    True
    """
    path = Path(path)
    if path.is_dir() or not path.suffix:
        path = path / "scenario.yaml"
    if path.suffix.lower() not in SUFFIXES:
        raise ScenarioError(f"a scenario is saved in a file that ends in {', '.join(sorted(SUFFIXES))}", file=str(path))
    own = bool(scenario.file) and path.resolve() == Path(scenario.file).resolve()
    if path.exists() and not own and not overwrite:
        raise ScenarioError("stands already; give another name, or overwrite=True", file=str(path))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)  # first: what is named by ../ is found only from a folder
    except OSError as fault:
        raise ScenarioError(f"cannot be written: {fault.strerror}", file=str(path)) from None
    data = _seen_from(path, scenario)
    text = _in_its_own_words(scenario, data, path) or _plainly(data, path)
    read_back = read(text, str(path))
    different = read_back.data != data or any(
        read_back.rivals[name].data != rival.data for name, rival in scenario.rivals.items() if rival is not scenario
    )
    if different:
        raise ScenarioError(
            "the scenario would not read back as it is, since its rival codings are files of their own, which stay as "
            "they are; change and save those too, and name them in codings",
            file=str(path),
            path="codings",
        )
    try:
        part = path.with_name(f".{path.name}.{os.getpid()}.part")
        try:
            part.write_text(text, encoding="utf-8", newline="")
            os.replace(part, path)
        finally:
            part.unlink(missing_ok=True)
    except OSError as fault:
        raise ScenarioError(f"cannot be written: {fault.strerror}", file=str(path)) from None
    return path


def _plainly(data: Mapping[str, Any], path: Path) -> str:
    if path.suffix.lower() == ".json":
        return json.dumps(data, ensure_ascii=False, indent=2) + "\n"
    return yaml_text(data)


def _in_its_own_words(scenario: Scenario, data: Mapping[str, Any], path: Path) -> str:
    """Return the text the scenario was read from with what changed; empty where there is none to keep."""
    file = Path(scenario.file)
    if file.suffix.lower() not in SUFFIXES or not file.is_file() or path.suffix.lower() == ".json":
        return ""
    try:
        document = read_document(file)
        under = _under(document, file)
        text = "".join(f"{line}\n" for line in document.lines[document.file])
        written = _over(under, document.data, data)
        if under is not None:
            moved = target_of(document, ("extends",), file, document.data["extends"])
            written = {**written, "extends": _named_from(path, file, moved, document.data["extends"])}
        text = edited(text, written)
        again = parse_document(text, file=str(path))
        return text if extended(again, path).data == data else ""
    except ScenarioError:
        return ""  # the file is no longer what was read


def _under(document: Document, file: Path) -> dict[str, Any] | None:
    """Return the data that a document extends; None where it extends nothing."""
    if "extends" not in document.data:
        return None
    bare = Document({"extends": document.data["extends"]}, {}, {}, document.lines, document.file)
    return extended(bare, file).data


def _over(under: Mapping[str, Any] | None, own: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a file has to say itself for it to say ``after`` over what it extends."""
    if under is None:
        return dict(after)
    now = merge(under, {key: value for key, value in own.items() if key != "extends"})
    written = dict(own)
    for key in [*now, *(key for key in after if key not in now)]:
        if key in now and key in after and now[key] == after[key]:
            continue
        if key not in after:
            written.pop(key, None)
            written.pop(f"{key}+", None)
            if key in under:
                written[key] = None
            continue
        below, value, mine = under.get(key, 0), after[key], own.get(key, {})
        nested = isinstance(below, Mapping) and isinstance(value, Mapping) and isinstance(mine, Mapping)
        if nested and not ("value" in value and "value" in below):
            written[key] = _over(below, mine, value)
        else:
            written.pop(f"{key}+", None)
            written[key] = value
    return written


def _seen_from(path: Path, scenario: Scenario) -> dict[str, Any]:
    """Return the data with the files of rival codings as they are reached from another folder."""
    file, data = Path(scenario.file), scenario.data
    codings = data.get("codings")
    if not isinstance(codings, Mapping) or path.resolve().parent == file.resolve().parent:
        return data
    moved = {
        name: {**coding, "file": _named_from(path, file, file.parent / coding["file"], coding["file"])}
        if isinstance(coding, Mapping) and "file" in coding
        else coding
        for name, coding in codings.items()
    }
    return {**data, "codings": moved}


def _named_from(path: Path, file: Path, target: Path, given: str) -> str:
    """Return how a file names another one, relative to its folder; as given where the folder is the same."""
    if Path(given).is_absolute() or path.resolve().parent == file.resolve().parent:
        return given
    return Path(os.path.relpath(target.resolve(), path.resolve().parent)).as_posix()
