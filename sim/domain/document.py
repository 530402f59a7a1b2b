"""A strict, positioned reading of YAML 1.2.

Scenario files are read from parser events, not through a library's constructor, because the
constructors turn ``NO`` into false, accept a key twice, build objects from tags and expand aliases
(a bomb of 276 bytes becomes megabytes). Here every value remembers its line, and what a scenario
file does not need is refused: anchors, aliases, tags, tabs for indentation, several documents.
Size, depth, number of values and length of keys are bounded, so that no file can fill the memory.

Scalars follow the YAML 1.2 core schema: ``true``/``false``, ``null``/``~``, integers and floats are
typed, everything else is text; ``no``, ``NO``, ``on`` and ``y`` are text, ``1e3`` is a number.

The events come from libyaml (through PyYAML): on a file of 1,800 lines they take 0.04 s, where a
pure Python parser takes 0.9 s.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from sim.domain.files import Words, read_text
from sim.errors import ScenarioError, ScenarioErrors

__all__ = [
    "MAX_BYTES",
    "MAX_DEPTH",
    "MAX_KEY",
    "MAX_VALUES",
    "Document",
    "Mark",
    "Place",
    "parse_document",
    "parse_scalar",
    "read_document",
]

#: Larger files are refused before they are parsed.
MAX_BYTES = 4 * 1024 * 1024
_WORDS = Words(inside="scenario.yaml", large="larger than {mib} MiB; a scenario file is text of some thousand lines")
#: Deeper nesting is refused while it is parsed.
MAX_DEPTH = 40
_TOO_DEEP = f"nested more than {MAX_DEPTH} deep"
#: More values than this are refused while they are parsed; the Berlin scenario has 7,400.
MAX_VALUES = 150_000
#: Longer keys are refused.
MAX_KEY = 200
#: Longer messages are cut: a message quotes what was given.
MAX_MESSAGE = 500
#: Reading stops after so many faults.
MAX_FAULTS = 200

Place = tuple[str | int, ...]

_INT = re.compile(r"[-+]?[0-9]+\Z")
_OCT = re.compile(r"0o[0-7]+\Z")
_HEX = re.compile(r"0x[0-9a-fA-F]+\Z")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\Z")
_INF = re.compile(r"[-+]?\.(inf|Inf|INF)\Z")
_NAN = re.compile(r"\.(nan|NaN|NAN)\Z")
_TRUE, _FALSE, _NULL = (
    {"true", "True", "TRUE"},
    {"false", "False", "FALSE"},
    {"", "~", "null", "Null", "NULL"},
)


class Mark(NamedTuple):
    """Where a value or key stands: file, line and column, counted from 1."""

    file: str
    line: int
    column: int


@dataclass(frozen=True)
class Document:
    """A file as plain data, with the place of every value and key.

    Attributes
    ----------
    data : mapping
        Strings, numbers, booleans, None, lists and dicts with text keys.
    values, keys : dict
        Marks by place, a tuple of keys and list positions from the top.
    lines : dict
        The text of each file read, by line, for excerpts.
    """

    data: dict[str, Any]
    values: dict[Place, Mark] = field(repr=False)
    keys: dict[Place, Mark] = field(repr=False)
    lines: dict[str, list[str]] = field(repr=False)
    file: str = ""

    def mark(self, place: Place, *, key: bool = False) -> Mark | None:
        r"""Return the nearest known mark: of the place, or of what contains it.

        Examples
        --------
        >>> doc = parse_document("a:\n  b: 1\n")
        >>> doc.mark(("a", "b")).line
        2
        >>> doc.mark(("a", "missing")).line
        1
        """
        if key and place in self.keys:
            return self.keys[place]
        trail = place
        while trail:
            if trail in self.values:
                value = self.values[trail]
                named = self.keys.get(trail, value)
                # What contains the place, or begins on a line below its key, is best found by the key.
                return named if trail != place or (named[:2] < value[:2] and named.file == value.file) else value
            trail = trail[:-1]
        return None

    def error(self, place: Place, message: str, *, key: bool = False) -> ScenarioError:
        """Return the error that points at a place."""
        mark = self.mark(place, key=key)
        path = ".".join(str(step) for step in place)
        if len(message) > MAX_MESSAGE:
            message = message[: MAX_MESSAGE - 3] + "..."
        if mark is None:
            if not self.file:
                return ScenarioError(message, path=path)
            top = self.lines.get(self.file, [])
            return ScenarioError(message, file=self.file, line=1, column=1, path=path, excerpt=top[0] if top else None)
        lines = self.lines.get(mark.file, [])
        excerpt = lines[mark.line - 1] if 0 < mark.line <= len(lines) else None
        return ScenarioError(message, file=mark.file, line=mark.line, column=mark.column, path=path, excerpt=excerpt)


def parse_scalar(text: str) -> Any:
    """Resolve a plain scalar by the YAML 1.2 core schema.

    Parameters
    ----------
    text : str
        The scalar as written, without quotes.

    Returns
    -------
    str, int, float, bool or None

    References
    ----------
    YAML 1.2.2, section 10.3.2 (core schema, tag resolution).

    Examples
    --------
    >>> [parse_scalar(t) for t in ("NO", "1e3", "0.5", "12", "true", "~", "0x1F")]
    ['NO', 1000.0, 0.5, 12, True, None, 31]
    """
    if text in _NULL:
        return None
    if text in _TRUE:
        return True
    if text in _FALSE:
        return False
    first = text[0]
    if first not in "+-.0123456789":
        return text
    if _INT.match(text):
        # Python refuses integers of more than 4300 digits; no number of a scenario needs 30.
        return int(text) if len(text) < 30 else float(text)
    if len(text) < 30 and _OCT.match(text):
        return int(text[2:], 8)
    if len(text) < 30 and _HEX.match(text):
        return int(text[2:], 16)
    if _FLOAT.match(text):
        return float(text)
    if _INF.match(text):
        return float("-inf") if first == "-" else float("inf")
    if _NAN.match(text):
        return float("nan")
    return text


def read_document(path: str | Path, *, faults: list[ScenarioError] | None = None) -> Document:
    """Read a YAML file strictly, with positions.

    Parameters
    ----------
    path : str or Path
        The file.
    faults : list, optional
        As in `parse_document`.

    Returns
    -------
    Document

    Raises
    ------
    ScenarioError
        No such file, a directory, not UTF-8, too large, empty, or not strict YAML.

    Examples
    --------
    >>> document = read_document("scenarios/tutorial-two-by-two/scenario.yaml")
    >>> document.data["title"], document.values["title",].line
    ('Two by two', 5)
    """
    path = Path(path)
    return parse_document(read_text(path, MAX_BYTES, _WORDS), file=str(path), faults=faults)


def parse_document(text: str, *, file: str = "", faults: list[ScenarioError] | None = None) -> Document:
    r"""Parse YAML text strictly, with positions.

    Parameters
    ----------
    text : str
        The text of one document whose top is a mapping.
    file : str, optional
        The name used in errors.
    faults : list, optional
        Takes the faults that leave the rest readable (a key given twice, an anchor, a tag), so that a
        reader can report them with whatever else it finds; without it they are raised.

    Returns
    -------
    Document

    Raises
    ------
    ScenarioError
        Where the text is not strict YAML; faults that leave the rest readable are raised together, as
        `ScenarioErrors`.

    Examples
    --------
    >>> parse_document("country: NO\nshare: 1e-1\n").data
    {'country': 'NO', 'share': 0.1}
    >>> parse_document("a: 1\na: 2\n", file="s.yaml")
    Traceback (most recent call last):
    ...
    sim.errors.ScenarioErrors: s.yaml:2: a: the key 'a' stands here and on line 1; keep one
    """
    text = text.removeprefix("\ufeff")
    lines = text.splitlines()
    builder = _Builder(file, lines)
    for number, line in enumerate(lines, 1):
        indent = line[: len(line) - len(line.lstrip())]
        if "\t" in indent and line.strip() and not line.lstrip().startswith("#"):
            builder.note(builder.fault("a tab is used for indentation; use spaces", number, indent.index("\t") + 1))
    if builder.errors:
        raise ScenarioErrors(builder.errors)
    try:
        data = builder.build(yaml.parse(text, Loader=_LOADER))
    except _TooMany:
        raise ScenarioErrors(builder.errors) from None
    except yaml.MarkedYAMLError as fault:
        mark = fault.problem_mark or fault.context_mark
        if mark is not None and mark.line >= len(lines):
            # Something was left open until the end of the file: point at where it opens.
            mark = fault.context_mark or mark
        place = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        if "nesting depth" in str(fault.problem):
            # libyaml (from 0.2.6) has a bound of its own, which its reading ahead can meet before ours is.
            raise builder.fault(_TOO_DEEP, *place) from None
        problem = " ".join(part for part in (fault.context, fault.problem) if part)
        raise builder.fault(f"not valid YAML: {problem}", *place) from None
    except yaml.YAMLError as fault:
        # ReaderError: a control character, which carries a position in the text instead of a mark.
        position = getattr(fault, "position", 0)
        at = text.count("\n", 0, position) + 1 if isinstance(position, int) else 1
        raise builder.fault(f"not valid YAML: {getattr(fault, 'reason', fault)}", at, 1) from None
    except UnicodeEncodeError as fault:
        at = text.count("\n", 0, fault.start) + 1
        raise builder.fault("not valid YAML: half of a surrogate pair is no character", at, 1) from None
    if faults is not None:
        faults += builder.errors
    elif builder.errors:
        raise ScenarioErrors(builder.errors)
    return Document(data, builder.values, builder.keys, {file: lines}, file)


_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def _quoted(event: Any) -> bool:
    # Plain style is None from the Python parser and "" from libyaml.
    return bool(event.style)


class _TooMany(Exception):
    """So many faults that reading on is of no use."""


class _Builder:
    """Builds plain data from parser events."""

    def __init__(self, file: str, lines: list[str]) -> None:
        self.file = file
        self.lines = lines
        self.values: dict[Place, Mark] = {}
        self.keys: dict[Place, Mark] = {}
        self.errors: list[ScenarioError] = []

    def fault(self, message: str, line: int, column: int, path: str = "") -> ScenarioError:
        excerpt = self.lines[line - 1] if 0 < line <= len(self.lines) else None
        return ScenarioError(message, file=self.file or None, line=line, column=column, path=path, excerpt=excerpt)

    def note(self, error: ScenarioError) -> None:
        """Keep a fault that leaves the rest readable."""
        self.errors.append(error)
        if len(self.errors) >= MAX_FAULTS:
            raise _TooMany

    def _at(self, event: Any, message: str, place: Place = ()) -> ScenarioError:
        mark = event.start_mark
        return self.fault(message, mark.line + 1, mark.column + 1, ".".join(map(str, place)))

    def build(self, events: Iterator[Any]) -> dict[str, Any]:
        documents = 0
        data: Any = None
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise self._at(event, "a second document begins here; a file holds one")
                if event.tags:
                    raise self._at(event, "%TAG directives are not used in scenario files")
            elif isinstance(event, yaml.NodeEvent):
                data = self._value(event, events, ())
                if not isinstance(data, dict):
                    raise self._at(event, "the file must be a mapping with keys such as 'schema' and 'name'")
        if documents == 0:
            raise self.fault("the file is empty", 1, 1)
        return dict(data)

    def _value(self, event: Any, events: Iterator[Any], place: Place) -> Any:
        mark = event.start_mark
        self.values[place] = Mark(self.file, mark.line + 1, mark.column + 1)
        if isinstance(event, yaml.AliasEvent):
            self.note(
                self._at(event, f"the alias '*{str(event.anchor)[:50]}' is not allowed; write the value out", place)
            )
            return None
        if event.anchor is not None:
            self.note(self._at(event, f"the anchor '&{event.anchor[:50]}' is not allowed; write the value out", place))
        if event.tag is not None and event.tag != "!":
            self.note(self._at(event, f"the tag '{event.tag[:50]}' is not allowed; plain values only", place))
        if len(place) > MAX_DEPTH:
            raise self._at(event, _TOO_DEEP)
        if len(self.values) >= MAX_VALUES:
            raise self._at(event, f"more than {MAX_VALUES:,} values; a scenario has some thousands")
        if isinstance(event, yaml.ScalarEvent):
            # Quoted or block text is never resolved to another type.
            return parse_scalar(event.value) if event.implicit[0] and not _quoted(event) else event.value
        if isinstance(event, yaml.SequenceStartEvent):
            items: list[Any] = []
            for child in events:
                if isinstance(child, yaml.SequenceEndEvent):
                    break
                items.append(self._value(child, events, (*place, len(items))))
            return items
        return self._mapping(events, place)

    def _mapping(self, events: Iterator[Any], place: Place) -> dict[str, Any]:
        mapping: dict[str, Any] = {}
        key_event: Any
        for key_event in events:
            if isinstance(key_event, yaml.MappingEndEvent):
                break
            if not isinstance(key_event, yaml.ScalarEvent):
                if isinstance(key_event, yaml.AliasEvent):
                    raise self._at(
                        key_event, f"the alias '*{str(key_event.anchor)[:50]}' is not allowed as a key", place
                    )
                raise self._at(key_event, "a key must be a word, not a list or mapping", place)
            key = key_event.value
            if len(key) > MAX_KEY:
                raise self._at(key_event, f"a key of {len(key):,} characters; at most {MAX_KEY} are allowed", place)
            where = (*place, key)
            if key_event.anchor is not None or (key_event.tag is not None and key_event.tag != "!"):
                self.note(self._at(key_event, "anchors and tags are not allowed on keys", where))
            if not _quoted(key_event) and not isinstance(parse_scalar(key), str):
                self.note(self._at(key_event, f"the key {key!r} is not text; put it in quotes", where))
            mark: Any = key_event.start_mark
            if key == "<<":
                self.note(self._at(key_event, "merge keys ('<<') are not allowed; use 'extends'", place))
                self._value(next(events), events, where)
                continue
            if key in mapping:
                first = self.keys[where].line
                self.note(self._at(key_event, f"the key {key!r} stands here and on line {first}; keep one", where))
                self._spare(events)
                continue
            self.keys[where] = Mark(self.file, mark.line + 1, mark.column + 1)
            mapping[key] = self._value(next(events), events, where)
        return mapping

    def _spare(self, events: Iterator[Any]) -> None:
        """Read over a value that is not kept, leaving the places of the one that is."""
        depth = 0
        for event in events:
            depth += isinstance(event, (yaml.SequenceStartEvent, yaml.MappingStartEvent))
            depth -= isinstance(event, (yaml.SequenceEndEvent, yaml.MappingEndEvent))
            if depth == 0:
                return


def plain(data: Mapping[str, Any]) -> str:
    """Return data as canonical JSON text, for hashes: keys sorted, no spaces."""
    import json

    return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=True)
