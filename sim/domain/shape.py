"""From pydantic's findings to errors a reader of the file can use, and to what can still be checked.

A file with a fault of shape (a word where a number belongs, an unknown key) has no `Scenario`, so its
references could not be checked and its author would mend one kind of fault only to meet the next. So
the faulty places are put right by stand-ins, the references of what results are checked, and only
findings that no stand-in has a part in are kept.
"""

from __future__ import annotations

import types
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from sim.domain.document import MAX_FAULTS, Document, Place
from sim.domain.scenario import Scenario
from sim.domain.uncertain import Number
from sim.errors import ScenarioError, nearest

__all__ = ["fields_at", "salvaged", "shape_errors", "type_at"]

#: Rounds of putting faulty places right before giving up.
_ROUNDS = 8


def shape_errors(fault: ValidationError, document: Document) -> list[ScenarioError]:
    """Return one error per fault of shape, at most `MAX_FAULTS`.

    Parameters
    ----------
    fault : ValidationError
        Of validating the document's data.
    document : Document

    Returns
    -------
    list of ScenarioError

    Examples
    --------
    >>> from pathlib import Path
    >>> from sim.domain.document import parse_document
    >>> text = Path("scenarios/tutorial-two-by-two/scenario.yaml").read_text(encoding="utf-8")
    >>> document = parse_document(text.replace("question:", "qestion:"), file="two.yaml")
    >>> try:
    ...     Scenario.model_validate(document.data)
    ... except ValidationError as fault:
    ...     print(shape_errors(fault, document)[0])
    two.yaml:7: qestion: unknown key 'qestion'; did you mean 'question'?
    """
    found: list[ScenarioError] = []
    for error in fault.errors(include_url=False)[:MAX_FAULTS]:
        place = _place(error["loc"], document.data)
        kind = error["type"]
        if kind == "extra_forbidden":
            key = str(place[-1])
            found.append(document.error(place, f"unknown key {key!r}{nearest(key, fields_at(place[:-1]))}", key=True))
        elif kind == "missing":
            found.append(document.error(place, "this key is required"))
        else:
            found.append(document.error(place, _message(error), key="[key]" in error["loc"]))
    # One fault may be seen through two doors (a union, a key and its value): say it once.
    unique: dict[tuple[Any, ...], ScenarioError] = {}
    for item in found:
        unique.setdefault((item.file, item.line, item.path, item.message), item)
    return list(unique.values())


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
        quote = "; put it in quotes" if kind == "string_type" and isinstance(given, (bool, int, float)) else ""
        return f"{_shown(given)} {_KINDS[kind]}{quote}"
    if kind == "model_attributes_type":
        return f"{_shown(given)} must be a mapping"
    if kind == "literal_error":
        expected = str(error["ctx"]["expected"])
        valid = [word.strip().strip("'") for word in expected.replace(" or ", ", ").split(",")]
        return f"{_shown(given)} is not one of {expected}{nearest(str(given), valid) if isinstance(given, str) else ''}"
    if kind == "too_short":
        least, actual = error["ctx"]["min_length"], error["ctx"]["actual_length"]
        return f"needs at least {least} {'entry' if least == 1 else 'entries'}, not {actual}"
    message = str(error["msg"]).removeprefix("Value error, ")
    if kind == "value_error":
        return message
    return f"{_shown(given)}: {message[0].lower()}{message[1:]}"


def _shown(given: Any) -> str:
    if isinstance(given, Mapping):
        return "a mapping"
    if isinstance(given, list) and len(given) > 3:
        return f"a list of {len(given)}"
    if isinstance(given, str):
        given = given[:60]
    text = {True: "true", False: "false", None: "~"}[given] if given is None or given is True or given is False else ""
    text = text or repr(given)
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


# --- the type a place should have ------------------------------------------------------------------


def fields_at(place: Place) -> list[str]:
    """Return the names of the fields a record at this place may have; none where it is no record.

    Parameters
    ----------
    place : Place
        Keys from the top of a scenario file.

    Returns
    -------
    list of str
        As written in the file.

    Examples
    --------
    >>> fields_at(("negotiation", "stages", "first"))
    ['title', 'issues', 'deadline', 'meanwhile']
    """
    kind = type_at(place)
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return [info.alias or name for name, info in kind.model_fields.items()]
    return []


def type_at(place: Place) -> Any:
    """Return the type the scenario's records give to a place, without its annotations; None if it has none.

    Parameters
    ----------
    place : Place
        Keys from the top of a scenario file.

    Returns
    -------
    type or None

    Examples
    --------
    >>> type_at(("parties", "anyone", "salience", "any-issue")).__name__
    'Number'
    """
    kind: Any = Scenario
    for step in place:
        kind = _child(kind, step)
        if kind is None:
            return None
    return kind


def _bare(annotation: Any) -> Any:
    while get_origin(annotation) is Annotated:
        annotation = get_args(annotation)[0]
    if get_origin(annotation) in (Union, types.UnionType):
        options = [_bare(option) for option in get_args(annotation) if option is not type(None)]
        models = [option for option in options if isinstance(option, type) and issubclass(option, BaseModel)]
        return models[0] if models else options[0]
    return annotation


def _child(kind: Any, step: str | int) -> Any:
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        for name, info in kind.model_fields.items():
            if (info.alias or name) == step:
                return _bare(info.annotation)
        return None
    arguments = get_args(kind)
    if get_origin(kind) is dict:
        return _bare(arguments[1])
    if get_origin(kind) is list:
        return _bare(arguments[0])
    return None


# --- what can be checked in spite of faults --------------------------------------------------------


def salvaged(data: Mapping[str, Any], fault: ValidationError) -> tuple[Scenario, set[Place]] | None:
    """Put stand-ins in the faulty places.

    Parameters
    ----------
    data : mapping
        That did not validate.
    fault : ValidationError
        What was wrong with it.

    Returns
    -------
    scenario : Scenario
    touched : set of places
        Findings at, within or around these say nothing on the file.

    None comes back instead where stand-ins do not help, or would decide which names exist.

    Examples
    --------
    The faulty number gets a stand-in, so that the rest can be checked:

    >>> import sim
    >>> data = dict(sim.read_scenario("scenarios/tutorial-two-by-two/scenario.yaml").data)
    >>> data["negotiation"] = {"protocol": "shuttle", "deadline": "spring"}
    >>> try:
    ...     Scenario.model_validate(data)
    ... except ValidationError as fault:
    ...     scenario, touched = salvaged(data, fault)
    >>> scenario.negotiation.protocol, touched
    ('shuttle', {('negotiation', 'deadline')})
    """
    touched: set[Place] = set()
    current: Any = data
    for _ in range(_ROUNDS):
        errors = fault.errors(include_url=False)
        if len(errors) > MAX_FAULTS:
            return None
        for error in errors:
            place = _place(error["loc"], current)
            if not place:
                return None
            known = type_at(place)
            drop = error["type"] == "extra_forbidden" or "[key]" in error["loc"] or known is None or place in touched
            if drop and error["type"] == "missing":
                return None
            if _declares(place, drop):
                return None
            touched.add(place)
            current = _with(current, place, _DROP if drop else _stand_in(known))
        try:
            return Scenario.model_validate(current), touched
        except ValidationError as again:
            fault = again
    return None


#: Places whose keys are the names that the rest of the file refers to.
_DECLARED = (("issues",), ("issues", "*", "options"), ("parties",), ("sources",), ("no_deal", "end_states"))


def _declares(place: Place, drop: bool) -> bool:
    """Whether a stand-in here would change which names exist."""
    for pattern in _DECLARED:
        above = len(place) <= len(pattern)
        if above and all(p in ("*", step) for p, step in zip(pattern, place, strict=False)):
            return True
        named = len(place) == len(pattern) + 1 and all(
            p in ("*", step) for p, step in zip(pattern, place, strict=False)
        )
        if named and drop:
            return True
    return False


_DROP = object()


def _with(node: Any, place: Place, value: Any) -> Any:
    step, rest = place[0], place[1:]
    if isinstance(node, list):
        items = list(node)
        if rest:
            items[int(step)] = _with(items[int(step)], rest, value)
        elif value is _DROP:
            del items[int(step)]
        else:
            items[int(step)] = value
        return items
    changed = dict(node) if isinstance(node, Mapping) else {}
    if rest:
        changed[str(step)] = _with(changed.get(str(step), {}), rest, value)
    elif value is _DROP:
        changed.pop(str(step), None)
    else:
        changed[str(step)] = value
    return changed


def _stand_in(kind: Any) -> Any:
    if get_origin(kind) is Literal:
        return get_args(kind)[0]
    if get_origin(kind) is list or kind is list:
        return []
    if kind is Number:
        return 0.5
    plain: dict[Any, Any] = {str: "x", int: 1, float: 0.5, bool: False}
    return plain.get(kind, {})
