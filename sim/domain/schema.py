"""The JSON Schema of scenario files, for editors that check and complete while one types.

It is made from the records the reader itself validates with, so that the two cannot part ways; what the
records accept beyond their fields (a plain number or text for a record, one option for a list of one, ``party``
for ``parties``, ``extends``) is put in. A schema knows the shape of a file and, where a scenario is
given, its names; what follows from the parts together (ranges that bracket, constraints that leave
nothing) only the reader finds.

Two forms: a *complete* file has every required key; an *extending* one requires nothing and may set any
key of a mapping to ``~``, which deletes it, or add to a list by ``key+``. The entries of lists are complete
in both, for ``extends`` replaces a list as a whole.
"""

from __future__ import annotations

import copy
import inspect
import re
from typing import Any

from pydantic import BaseModel

from sim.domain.extensions import TESTS
from sim.domain.scenario import Scenario
from sim.domain.uncertain import LARGEST

__all__ = ["scenario_schema"]

_DRAFT = "http://json-schema.org/draft-07/schema#"
_DEFS = "#/$defs/"

Node = dict[str, Any]


def scenario_schema(scenario: Scenario | None = None, *, extending: bool = False) -> Node:
    """Return the JSON Schema of scenario files.

    Parameters
    ----------
    scenario : Scenario, optional
        One whose issues, options, parties and sources are the only names allowed where the file refers
        to them.
    extending : bool, optional
        For files that extend another one.

    Returns
    -------
    dict
        A schema of draft 7, which every YAML editor understands.

    References
    ----------
    JSON Schema draft-07, https://json-schema.org/draft-07.

    Examples
    --------
    >>> schema = scenario_schema()
    >>> schema["required"]
    ['schema', 'name', 'title', 'as_of', 'issues', 'parties', 'negotiation']
    >>> "required" in scenario_schema(extending=True)
    False
    """
    schema: Node = Scenario.model_json_schema(by_alias=True)
    definitions: Node = schema["$defs"]
    _describe(schema, Scenario)
    for name, definition in definitions.items():
        _describe(definition, _RECORDS[name])
    schema = _walk(schema)
    definitions = schema["$defs"]
    definitions["NumberRecord"] = definitions.pop("Number")
    definitions["Number"] = _number({"minimum": -LARGEST, "maximum": LARGEST})
    definitions["Level"] = _number({"minimum": 0, "maximum": 1})
    definitions["NonNegative"] = _number({"minimum": 0, "maximum": LARGEST})
    option = definitions.pop("Option")
    definitions["OptionRecord"] = option
    definitions["Option"] = {
        "description": "What the option means, or a record of its title and what it means.",
        "anyOf": [{"type": "string"}, {"$ref": f"{_DEFS}OptionRecord"}],
    }
    option["properties"]["title"]["minLength"] = 1
    move = definitions["Move"]
    move["properties"]["party"] = {"type": "string", "description": "Who makes it alone."}
    move["required"] = [key for key in move["required"] if key != "parties"]
    move["anyOf"] = [{"required": ["party"]}, {"required": ["parties"]}]
    definitions["Stability"]["properties"]["require"]["items"] = {"enum": list(TESTS.own)}
    schema["properties"]["extends"] = {
        "type": "string",
        "description": "A scenario file, relative to this one, whose keys hold where this file gives none.",
    }
    if scenario is not None:
        _name(schema, scenario)
    if extending:
        _loosen(schema)
    return {"$schema": _DRAFT, "title": "Parley scenario" + (", extending another" if extending else ""), **schema}


def _number(bounds: Node) -> Node:
    return {
        "description": "A number, or a record of value, range, source and status.",
        "anyOf": [{"type": "number", **bounds}, {"$ref": f"{_DEFS}NumberRecord"}],
    }


def _records(kind: type[BaseModel]) -> dict[str, type[BaseModel]]:
    found: dict[str, type[BaseModel]] = {}
    for child in kind.__subclasses__():
        found |= {child.__name__: child, **_records(child)}
    return found


_RECORDS = {name: kind for name, kind in _records(BaseModel).items() if kind.__module__.startswith("sim.domain.")}


def _describe(node: Node, kind: type[BaseModel]) -> None:
    """Take descriptions from the docstring: its first paragraph, and each attribute's own."""
    text = inspect.getdoc(kind) or ""
    node["description"] = text.split("\n\n")[0].replace("\n", " ")
    _, _, attributes = text.partition("Attributes\n----------\n")
    attributes = re.split(r"\n\n\w+\n-+\n", attributes)[0]
    for names, body in re.findall(r"^(\S[^\n]*)\n((?:[ ]{4}[^\n]*\n?|\n(?=[ ]{4}))*)", attributes, flags=re.M):
        for name in names.split(" : ")[0].split(", "):
            told = " ".join(body.split())
            place = node["properties"].get(name.rstrip("_"))
            if told and place is not None:
                place["description"] = told.replace("``", "`")


def _walk(node: Any) -> Any:
    """Drop what editors do not need and allow what the records' validators allow."""
    if isinstance(node, list):
        return [_walk(child) for child in node]
    if not isinstance(node, dict):
        return node
    if "parley" in node:
        rest = {key: value for key, value in node.items() if key in ("description",)}
        return _refer(node["parley"], rest)
    if "$ref" in node:
        return _refer(node["$ref"].removeprefix(_DEFS), {k: v for k, v in node.items() if k == "description"})
    changed: Node = {}
    for key, value in node.items():
        if key == "properties" or key == "$defs":
            changed[key] = {name: _walk(child) for name, child in value.items()}
        elif (key == "default" and isinstance(value, (dict, list))) or (key == "title" and isinstance(value, str)):
            continue
        else:
            changed[key] = _walk(value)
    inner = changed.get("additionalProperties")
    if isinstance(inner, dict) and inner.get("type") == "array" and inner.get("items") == {"type": "string"}:
        changed["additionalProperties"] = {"anyOf": [{"type": "string"}, inner]}
    return changed


def _refer(name: str, rest: Node) -> Node:
    # Draft 7 ignores what stands beside a reference, so a description needs a wrapping.
    reference: Node = {"$ref": f"{_DEFS}{name}"}
    return {"allOf": [reference], **rest} if rest else reference


# --- the names of one scenario ------------------------------------------------------------------------

#: Keys that hold the name of a party, or a list of them, wherever they stand.
_PARTY_KEYS = {
    "party", "parties", "mediator", "opener", "veto", "belligerents", "violators", "protected", "members", "rising",
    "declining", "like",
}  # fmt: skip
_ISSUE_KEYS = {"controls"}


def _name(schema: Node, scenario: Scenario) -> None:
    """Allow only the scenario's names where a file refers to issues, options, parties and sources."""
    parties: Node = {"enum": list(scenario.parties)}
    issues: Node = {"enum": list(scenario.issues)}
    options = {issue: {"enum": list(spec.options)} for issue, spec in scenario.issues.items()}
    every = {"enum": list(dict.fromkeys(option for spec in scenario.issues.values() for option in spec.options))}
    top, definitions = schema["properties"], schema["$defs"]
    for node in (schema, *definitions.values()):
        for key, child in node.get("properties", {}).items():
            if key in _PARTY_KEYS and node is not schema:
                _replace_strings(child, parties)
            elif key in _ISSUE_KEYS or (key == "issues" and node is not schema):
                _replace_strings(child, issues)
            elif key == "source":
                _replace_strings(child, _source_names(scenario))
            else:
                _by_issue(child, options)
    _replace_strings(definitions["Negotiation"]["properties"]["closed_channels"], parties)
    for record in ("Party", "Faction"):
        salience = definitions[record]["properties"]["salience"]
        _close(salience, dict.fromkeys(options, salience["additionalProperties"]))
    for record, key in (("EndState", "agreement"), ("Stage", "meanwhile")):
        _close(definitions[record]["properties"][key], options)
    line = definitions["RedLine"]
    line["properties"]["issue"] = issues
    line["allOf"] = [
        {
            "if": {"properties": {"issue": {"const": issue}}, "required": ["issue"]},
            "then": {"properties": {"options": {"items": allowed}}},
        }
        for issue, allowed in options.items()
    ]
    for key in ("from", "to"):
        definitions["Move"]["properties"][key] = every
    # Known names complete; new ones stay possible, for this is where they are declared.
    for key, known in (("parties", scenario.parties), ("issues", scenario.issues)):
        top[key]["properties"] = dict.fromkeys(known, top[key]["additionalProperties"])


def _source_names(scenario: Scenario) -> Node:
    names = list(scenario.sources)
    pattern = "^(" + "|".join(re.escape(name).replace("\\-", "-") for name in names) + ")#"
    return {"anyOf": [{"enum": names}, {"type": "string", "pattern": pattern}]} if names else {"type": "string"}


def _replace_strings(node: Any, names: Node) -> None:
    """Put a list of names in place of any text within a schema."""
    children = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, child in list(children):
        if child == {"type": "string"}:
            node[key] = names
        elif isinstance(child, (dict, list)):
            _replace_strings(child, names)
    if isinstance(node, dict) and node.get("type") == "string" and "enum" not in node:
        del node["type"]
        node |= copy.deepcopy(names)


def _by_issue(node: Any, options: dict[str, Node]) -> None:
    """Give tables (issue → option → number) and conditions (issue → options) the scenario's names."""
    if isinstance(node, list):
        for child in node:
            _by_issue(child, options)
        return
    if not isinstance(node, dict):
        return
    inner = node.get("additionalProperties")
    if isinstance(inner, dict):
        if "anyOf" in inner and {"type": "string"} in inner["anyOf"]:
            _close(node, {k: {"anyOf": [o, {"type": "array", "items": o, "minItems": 1}]} for k, o in options.items()})
            return
        number = inner.get("additionalProperties")
        if inner.get("type") == "object" and isinstance(number, dict) and "$ref" in number:
            tables = {
                issue: {
                    "type": "object",
                    "properties": dict.fromkeys(allowed["enum"], number),
                    "additionalProperties": False,
                }
                for issue, allowed in options.items()
            }
            _close(node, tables)
            return
    for child in node.values():
        _by_issue(child, options)


def _close(node: Node, properties: Node) -> None:
    node["properties"] = dict(properties)
    node["additionalProperties"] = False


# --- extending files ----------------------------------------------------------------------------------


#: Numbers stand in lists and tables alike; one record serves both.
_NUMBERS = ("Number", "Level", "NonNegative", "NumberRecord")


def _loosen(schema: Node) -> None:
    """Require nothing outside lists, and let any key of a mapping be deleted."""
    listed: set[str] = set()
    _within_lists(schema, False, listed)
    for name, definition in schema["$defs"].items():
        if name not in listed or name in _NUMBERS:
            schema["$defs"][name] = _loose(definition)
    for key in ("required", "minProperties"):
        schema.pop(key, None)
    extends = schema["properties"].pop("extends")
    schema["properties"] = _each_or_null(schema["properties"])
    schema["properties"]["extends"] = extends


def _loose(node: Any) -> Any:
    if isinstance(node, list):
        return [_loose(child) for child in node]
    if not isinstance(node, dict):
        return node
    changed: Node = {}
    for key, value in node.items():
        if key == "properties":
            changed[key] = _each_or_null(value)
        elif key == "additionalProperties" and isinstance(value, dict):
            changed[key] = _or_null(value)
        elif key == "items":
            changed[key] = value
        elif key not in ("required", "minProperties"):
            changed[key] = _loose(value)
    return changed


def _each_or_null(properties: Node) -> Node:
    """Let each key be deleted, and a list of records be added to."""
    loose = {key: _or_null(child) for key, child in properties.items()}
    added = {
        f"{key}+": {**child, "description": f"Joins the end of the earlier {key}."}
        for key, child in properties.items()
        if child.get("type") == "array" and "$ref" in child.get("items", {})
    }
    return loose | added


def _or_null(node: Any) -> Node:
    return {"anyOf": [_loose(node), {"type": "null"}]}


def _within_lists(node: Any, inside: bool, found: set[str]) -> None:
    if isinstance(node, list):
        for child in node:
            _within_lists(child, inside, found)
    elif isinstance(node, dict):
        if inside and "$ref" in node:
            found.add(node["$ref"].removeprefix(_DEFS))
        for key, child in node.items():
            _within_lists(child, inside or key == "items", found)
