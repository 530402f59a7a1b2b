"""From a file to a `Scenario`: extending, setting, checking shape, checking references.

The reading has four steps, each with positions: the document (``document``), ``extends`` (a deep
merge, the extending file's keys over the extended one's, ``~`` deletes), the shape (pydantic, strict,
extra keys refused), and the references between parts (``references``). All faults of one step are
reported together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from sim.domain.document import Document, Mark, Place, parse_document, parse_scalar, read_document
from sim.domain.groups import expand_groups
from sim.domain.references import check_references
from sim.domain.scenario import Scenario
from sim.errors import ScenarioError, ScenarioErrors, nearest

__all__ = ["merge", "read_scenario", "scenario_from_text", "with_settings"]

#: A file may extend a file that extends a file …, so many times.
MAX_EXTENDS = 8


def read_scenario(path: str | Path, settings: Sequence[str] | Mapping[str, Any] = ()) -> Scenario:
    """Read a scenario file.

    Parameters
    ----------
    path : str or Path
        The file, or the folder that holds a ``scenario.yaml``.
    settings : sequence of "path=value", or mapping of path to value
        Values set over the file, for existing keys only.

    Returns
    -------
    Scenario

    Raises
    ------
    ScenarioError
        With file, line, key path, what was given, the rule and the nearest valid name. Several faults
        come as one `ScenarioErrors`.

    Examples
    --------
    >>> scenario = read_scenario("scenarios/berlin-2025/scenario.yaml", ["negotiation.deadline=10"])
    >>> scenario.negotiation.deadline
    10
    """
    path = Path(path)
    if path.is_dir() and (path / "scenario.yaml").is_file():
        path = path / "scenario.yaml"
    return _finish(_extended(read_document(path), path, ()), path, settings)


def scenario_from_text(text: str, *, file: str = "", settings: Sequence[str] | Mapping[str, Any] = ()) -> Scenario:
    """Read a scenario from text, such as one written in a notebook or kept in a manifest.

    Parameters
    ----------
    text : str
        YAML (of which JSON is a part).
    file : str, optional
        Name used in errors, and place that ``extends`` is relative to.
    settings
        As in `read_scenario`.

    Returns
    -------
    Scenario

    Examples
    --------
    >>> print(scenario_from_text("schema: 1"))
    Traceback (most recent call last):
    ...
    sim.errors.ScenarioErrors: name: this key is required
    title: this key is required
    as_of: this key is required
    issues: this key is required
    parties: this key is required
    negotiation: this key is required
    """
    path = Path(file)
    return _finish(_extended(parse_document(text, file=file), path, ()), path, settings)


def _finish(document: Document, path: Path, settings: Sequence[str] | Mapping[str, Any]) -> Scenario:
    scenario = _validated(document)
    if settings:
        scenario = _set(scenario, document, _pairs(settings))
    _load_rivals(scenario, document, path)
    return scenario


def with_settings(scenario: Scenario, settings: Mapping[str, Any]) -> Scenario:
    """Return the scenario with values set at existing paths, checked again.

    Parameters
    ----------
    scenario : Scenario
    settings : mapping of str to value
        By dotted path; where the path names a record with a ``value``, its value is set, and a range
        that no longer brackets it is dropped, with a notice.

    Returns
    -------
    Scenario

    Raises
    ------
    ScenarioError
        If a path does not exist, or the value breaks a rule.

    Examples
    --------
    >>> berlin = read_scenario("scenarios/berlin-2025/scenario.yaml")
    >>> changed = with_settings(berlin, {"parties.russia.no_deal.reservation": 0.5})
    >>> changed.parties["russia"].no_deal.reservation.value
    0.5
    """
    document = Document(scenario.data, {}, {}, {}, scenario.file)
    changed = _set(scenario, document, dict(settings))
    _load_rivals(changed, document, Path(scenario.file), settings=settings)
    return changed


# --- extends ---------------------------------------------------------------------------------------


def _extended(document: Document, path: Path, trail: tuple[Path, ...]) -> Document:
    """Return the document with what it extends merged under it."""
    if "extends" not in document.data:
        return document
    given = document.data["extends"]
    if not isinstance(given, str):
        raise document.error(("extends",), "must be the path of a scenario file, as text")
    target = (path.parent / given) if not Path(given).is_absolute() else Path(given)
    if target.is_dir():
        target = target / "scenario.yaml"
    here = path.resolve()
    if target.resolve() in (here, *trail):
        chain = " → ".join(str(step) for step in (*trail, here, target.resolve()))
        raise document.error(("extends",), f"files extend one another in a circle: {chain}")
    if len(trail) >= MAX_EXTENDS:
        raise document.error(("extends",), f"more than {MAX_EXTENDS} files extend one another")
    try:
        under = read_document(target)
    except ScenarioError as fault:
        if fault.line is None:
            raise document.error(("extends",), f"{given}: {fault.message}") from None
        raise
    under = _extended(under, target, (*trail, here))
    over = {key: value for key, value in document.data.items() if key != "extends"}
    values, keys = dict(under.values), dict(under.keys)
    data = merge(under.data, over, document=document, marks=(values, keys))
    return Document(data, values, keys, {**under.lines, **document.lines}, document.file)


def merge(
    under: Mapping[str, Any],
    over: Mapping[str, Any],
    *,
    place: Place = (),
    document: Document | None = None,
    marks: tuple[dict[Place, Mark], dict[Place, Mark]] | None = None,
) -> dict[str, Any]:
    """Merge two mappings deeply: keys of ``over`` win, mappings are merged, ``None`` deletes.

    Lists and plain values are replaced as a whole. A number record is merged like any mapping; a plain
    number replaces the record.

    Parameters
    ----------
    under, over : mapping
    place, document, marks
        For positions; used by the reader.

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
    """
    merged = dict(under)
    for key, value in over.items():
        where = (*place, key)
        if value is None:
            if key not in merged:
                fault = f"'~' deletes {key!r}, which the extended file does not have{nearest(key, list(under))}"
                raise (
                    document.error(where, fault) if document else ScenarioError(fault, path=".".join(map(str, where)))
                )
            del merged[key]
            _forget(marks, where)
        elif isinstance(value, Mapping) and isinstance(merged.get(key), Mapping):
            merged[key] = merge(merged[key], value, place=where, document=document, marks=marks)
            if marks and document:
                # Errors inside a merged mapping point at whichever file gave the key.
                marks[1].setdefault(where, document.keys[where])
        else:
            merged[key] = _without_nulls(value)
            _forget(marks, where)
            if marks and document:
                depth = len(where)
                marks[0].update({p: m for p, m in document.values.items() if p[:depth] == where})
                marks[1].update({p: m for p, m in document.keys.items() if p[:depth] == where})
    return merged


def _without_nulls(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _without_nulls(child) for key, child in value.items() if child is not None}
    return value


def _forget(marks: tuple[dict[Place, Mark], dict[Place, Mark]] | None, where: Place) -> None:
    if marks is None:
        return
    depth = len(where)
    for table in marks:
        for place in [p for p in table if p[:depth] == where]:
            del table[place]


# --- shape -----------------------------------------------------------------------------------------


def _validated(document: Document, notices: tuple[str, ...] = ()) -> Scenario:
    whole = expand_groups(document)
    try:
        scenario = Scenario.model_validate(whole.data)
    except ValidationError as fault:
        raise _shape_errors(fault, whole) from None
    errors = check_references(scenario, whole)
    if errors:
        raise ScenarioErrors(errors)
    scenario._data = document.data
    scenario._file = document.file
    scenario._notices = notices
    return scenario


def _shape_errors(fault: ValidationError, document: Document) -> ScenarioErrors:
    found: list[ScenarioError] = []
    for error in fault.errors(include_url=False):
        place = _place(error["loc"], document.data)
        kind = error["type"]
        if kind == "extra_forbidden":
            key = str(place[-1])
            known = _fields_at(place[:-1])
            found.append(document.error(place, f"unknown key {key!r}{nearest(key, known)}", key=True))
        elif kind == "missing":
            found.append(document.error(place, "this key is required"))
        else:
            found.append(document.error(place, _message(error)))
    # One fault may be seen through two doors (a union, a key and its value): say it once.
    unique: dict[tuple[Any, ...], ScenarioError] = {}
    for item in found:
        unique.setdefault((item.file, item.line, item.path, item.message), item)
    order = {name: place for place, name in enumerate(document.lines)}
    return ScenarioErrors(sorted(unique.values(), key=lambda e: (order.get(e.file or "", 0), e.line or 0)))


_KINDS = {
    "float_type": "must be a number",
    "int_type": "must be a whole number",
    "string_type": "must be text",
    "bool_type": "must be true or false",
    "list_type": "must be a list",
    "dict_type": "must be a mapping",
    "model_type": "must be a mapping",
    "mapping_type": "must be a mapping",
    "finite_number": "must be finite",
}


def _message(error: Any) -> str:
    given = error.get("input")
    kind = error["type"]
    if kind in _KINDS:
        rule = _KINDS[kind]
        quote = "; put it in quotes" if kind == "string_type" and isinstance(given, (bool, int, float)) else ""
        return f"{_shown(given)} {rule}{quote}"
    if kind == "model_attributes_type":
        return f"{_shown(given)} must be a mapping"
    if kind == "literal_error":
        expected = str(error["ctx"]["expected"])
        valid = [word.strip().strip("'") for word in expected.replace(" or ", ", ").split(",")]
        return f"{_shown(given)} is not one of {expected}{nearest(str(given), valid) if isinstance(given, str) else ''}"
    message = str(error["msg"]).removeprefix("Value error, ")
    if kind == "value_error":
        return message
    return f"{_shown(given)}: {message[0].lower()}{message[1:]}"


def _shown(given: Any) -> str:
    text = repr(given) if not isinstance(given, Mapping) else "a mapping"
    return text if len(text) <= 60 else text[:57] + "..."


def _place(loc: Sequence[Any], data: Any) -> Place:
    """Return pydantic's location without the steps that are no keys of the data."""
    place: list[str | int] = []
    node = data
    for step in loc:
        if step == "[key]":
            continue
        if isinstance(node, Mapping):
            if step in node:
                node = node[step]
                place.append(step)
            elif step == loc[-1]:
                place.append(step)
        elif isinstance(node, list) and isinstance(step, int) and step < len(node):
            node = node[step]
            place.append(step)
    return tuple(place)


def _fields_at(place: Place) -> list[str]:
    """Return the names of the fields a record at this place may have."""
    kind: Any = Scenario
    for step in place:
        kind = _child_type(kind, step)
        if kind is None:
            return []
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return [info.alias or name for name, info in kind.model_fields.items()]
    return []


def _child_type(kind: Any, step: str | int) -> Any:
    import types
    from typing import Annotated, Union, get_args, get_origin

    def bare(annotation: Any) -> Any:
        while get_origin(annotation) is Annotated:
            annotation = get_args(annotation)[0]
        if get_origin(annotation) in (Union, types.UnionType):
            options = [a for a in get_args(annotation) if a is not type(None)]
            models = [a for a in map(bare, options) if isinstance(a, type) and issubclass(a, BaseModel)]
            annotation = models[0] if models else bare(options[0])
        return annotation

    kind = bare(kind)
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        for name, info in kind.model_fields.items():
            if (info.alias or name) == step:
                return bare(info.annotation)
        return None
    arguments = get_args(kind)
    if get_origin(kind) is dict:
        return bare(arguments[1])
    if get_origin(kind) is list:
        return bare(arguments[0])
    return None


# --- set -------------------------------------------------------------------------------------------


def _pairs(settings: Sequence[str] | Mapping[str, Any]) -> dict[str, Any]:
    if isinstance(settings, Mapping):
        return dict(settings)
    pairs: dict[str, Any] = {}
    for text in settings:
        path, sign, value = text.partition("=")
        if not sign or not path.strip():
            raise ScenarioError(f"--set {text!r}: write it as path=value")
        pairs[path.strip()] = parse_scalar(value.strip()) if value.strip() else ""
    return pairs


def _set(scenario: Scenario, document: Document, pairs: Mapping[str, Any]) -> Scenario:
    data: dict[str, Any] = dict(document.data)
    notices: list[str] = list(scenario.notices)
    values = dict(document.values)
    for path, value in pairs.items():
        place = _existing_place(scenario, data, path)
        data = _replaced(data, place, value, notices, path)
        _forget((values, {}), place)
    changed = Document(data, values, document.keys, document.lines, document.file)
    try:
        return _validated(changed, tuple(notices))
    except ScenarioError as fault:
        faults = fault.errors if isinstance(fault, ScenarioErrors) else [fault]
        for item in faults:
            for path, value in pairs.items():
                if item.path == path or item.path.startswith(f"{path}."):
                    raise ScenarioError(f"--set {path}={value}: {item.message}") from None
        raise


def _existing_place(scenario: Scenario, data: Mapping[str, Any], path: str) -> Place:
    """Resolve a dotted path in the data, or in the defaults of the records; refuse anything else."""
    place: list[str | int] = []
    node: Any = scenario
    for step in path.split("."):
        known: list[str]
        if isinstance(node, BaseModel):
            fields = {info.alias or name: name for name, info in type(node).model_fields.items()}
            if step in fields:
                node = getattr(node, fields[step])
                place.append(step)
                continue
            known = list(fields)
        elif isinstance(node, Mapping):
            if step in node:
                node = node[step]
                place.append(step)
                continue
            known = [str(key) for key in node]
        elif isinstance(node, list):
            if step.isdigit() and int(step) < len(node):
                node = node[int(step)]
                place.append(int(step))
                continue
            raise ScenarioError(f"--set {path}: {step!r} is not a place in a list of {len(node)}")
        else:
            raise ScenarioError(f"--set {path}: nothing below {'.'.join(map(str, place))!r}, which is a plain value")
        where = ".".join(map(str, place)) or "the top"
        raise ScenarioError(f"--set {path}: no key {step!r} at {where}{nearest(step, known)}")
    return tuple(place)


def _replaced(data: Any, place: Place, value: Any, notices: list[str], path: str) -> Any:
    if not place:
        if isinstance(data, Mapping) and "value" in data and not isinstance(value, Mapping):
            record = {**data, "value": value}
            low, high = record.get("low", value), record.get("high", value)
            numeric = isinstance(value, (int, float)) and not isinstance(value, bool)
            if numeric and not low <= value <= high:
                record.pop("low", None)
                record.pop("high", None)
                notices.append(f"{path}={value}: outside the range [{low:g}, {high:g}], which is dropped")
            return record
        return value
    step, rest = place[0], place[1:]
    if isinstance(data, list) and isinstance(step, int):
        return [_replaced(child, rest, value, notices, path) if n == step else child for n, child in enumerate(data)]
    if isinstance(data, Mapping):
        return {**data, step: _replaced(data.get(str(step), {}), rest, value, notices, path)}
    # A plain number given where a record is addressed: 'path.value' of a bare number.
    if step == "value" and not rest:
        return value
    return _replaced({"value": data}, place, value, notices, path)


# --- rival codings ---------------------------------------------------------------------------------


def _load_rivals(scenario: Scenario, document: Document, path: Path, settings: Mapping[str, Any] | None = None) -> None:
    for name, coding in scenario.codings.items():
        if coding.file is None:
            scenario._rivals[name] = scenario
            continue
        target = path.parent / coding.file
        try:
            rival = read_scenario(target)
        except ScenarioError as fault:
            if fault.line is None:
                raise document.error(("codings", name, "file"), f"{coding.file}: {fault.message}") from None
            raise
        if rival.codings:
            raise document.error(("codings", name, "file"), "a rival coding cannot list codings of its own")
        mismatch = _different_space(scenario, rival)
        if mismatch:
            raise document.error(("codings", name, "file"), f"{coding.file}: {mismatch}")
        scenario._rivals[name] = with_settings(rival, settings) if settings else rival


def _different_space(scenario: Scenario, rival: Scenario) -> str:
    if {k: set(i.options) for k, i in scenario.issues.items()} != {k: set(i.options) for k, i in rival.issues.items()}:
        return "has other issues or options; rival codings value the same agreements"
    if set(scenario.parties) != set(rival.parties):
        return "has other parties; rival codings describe the same parties"
    return ""
