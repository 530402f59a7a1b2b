"""Values set over a scenario: ``--set path=value``, and the points of a sweep.

Only what exists can be set: a path leads to a key of the file, or to one that the file left to its
default. A value is plain, or a list or mapping in brackets, as YAML writes them on one line. A plain number
*fixes* what it is set to: of a number's record the source and status stay, the range goes. ``path.value=0.5`` moves the
central value and keeps the range, ``path={value: 0.5, low: 0.4, high: 0.6}`` replaces the record.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel

from sim.domain.document import Place, parse_document, parse_scalar
from sim.domain.scenario import Scenario, Setting
from sim.domain.uncertain import Number
from sim.errors import ScenarioError, nearest

__all__ = ["apply_settings", "pairs_of"]


def pairs_of(settings: Sequence[str] | Mapping[str, Any]) -> dict[str, Any]:
    """Return settings as values by path.

    Parameters
    ----------
    settings : sequence of "path=value", or mapping

    Returns
    -------
    dict

    Raises
    ------
    ScenarioError
        Where a text is not ``path=value``, or a bracket in it is not closed.

    Examples
    --------
    >>> pairs_of(["negotiation.deadline=10", "negotiation.opener=us"])
    {'negotiation.deadline': 10, 'negotiation.opener': 'us'}
    >>> pairs_of(["stability.require=[acceptable, self_enforcing]"])
    {'stability.require': ['acceptable', 'self_enforcing']}
    """
    if isinstance(settings, Mapping):
        return dict(settings)
    if isinstance(settings, str):
        settings = [settings]
    pairs: dict[str, Any] = {}
    for text in settings:
        path, sign, value = text.partition("=")
        if not sign or not path.strip():
            raise ScenarioError(f"--set {text!r}: write it as path=value")
        pairs[path.strip()] = _value(path.strip(), value.strip())
    return pairs


def _value(path: str, text: str) -> Any:
    """Return what a text after the sign stands for."""
    if not text.startswith(("[", "{")):
        return parse_scalar(text) if text else ""
    try:
        return parse_document(f"value: {' '.join(text.split())}").data["value"]
    except ScenarioError as fault:
        raise ScenarioError(f"--set {path}: {text!r}: {fault.message}; write it as [a, b] or {{key: value}}") from None


def apply_settings(
    scenario: Scenario, data: Mapping[str, Any], pairs: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[Place, str], tuple[Setting, ...]]:
    """Return the scenario's data with values set.

    Parameters
    ----------
    scenario : Scenario
        Says which paths exist.
    data : mapping
        The plain data it was read from.
    pairs : mapping of str to value
        By dotted path.

    Returns
    -------
    data : dict
    places : dict of place to str
        What was set, as ``path=value``, by its place in the data.
    settings : tuple of Setting
        The same in words, with what became of a range.

    Raises
    ------
    ScenarioError
        If a path does not exist.

    Examples
    --------
    >>> import sim
    >>> two = sim.read_scenario("scenarios/tutorial-two-by-two/scenario.yaml")
    >>> data, places, said = apply_settings(two, two.data, {"parties.hill.no_deal.reservation": 0.5})
    >>> data["parties"]["hill"]["no_deal"], list(places)
    ({'reservation': 0.5}, [('parties', 'hill', 'no_deal', 'reservation')])
    """
    changed: dict[str, Any] = dict(data)
    places: dict[Place, str] = {}
    settings: list[Setting] = []
    for path, value in pairs.items():
        place = _existing_place(scenario, path)
        settings.append(Setting(path, _shown(value), _effect(scenario, place, value)))
        changed = _replaced(changed, place, value)
        places[place] = f"{path}={_shown(value)}"
    return changed, places, tuple(settings)


def _effect(scenario: Scenario, place: Place, value: Any) -> str:
    """Say what a setting does to the range of the number that it addresses."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        return ""
    moves = place[-1] == "value"
    number: Any = scenario
    for step in place[:-1] if moves else place:
        within: Any = number
        number = getattr(within, str(step), None) if isinstance(within, BaseModel) else within[step]
    if not isinstance(number, Number) or number.is_certain:
        return ""
    low, high = number.range
    kept = f"its range {low:g} to {high:g}"
    return f"the centre of {kept}" if moves else f"fixed; {kept} is set aside"


def _shown(value: Any) -> str:
    """Write a value as it is given: lists and mappings in brackets."""
    if isinstance(value, list):
        return f"[{', '.join(map(_shown, value))}]"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {_shown(one)}" for key, one in value.items()) + "}"
    return "~" if value is None else str(value)


def _existing_place(scenario: Scenario, path: str) -> Place:
    """Resolve a dotted path in the scenario, defaults included; refuse anything else."""
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
            if step.isdecimal() and int(step) < len(node):
                node = node[int(step)]
                place.append(int(step))
                continue
            raise ScenarioError(f"--set {path}: {step!r} is not a place in a list of {len(node)}")
        else:
            raise ScenarioError(f"--set {path}: nothing below {'.'.join(map(str, place))!r}, which is a plain value")
        where = ".".join(map(str, place)) or "the top"
        raise ScenarioError(f"--set {path}: no key {step!r} at {where}{nearest(step, known)}")
    return tuple(place)


#: What a number's record says of how it is drawn.
_DRAWN = ("low", "high", "dist", "quantile")


def _replaced(data: Any, place: Place, value: Any) -> Any:
    if not place:
        if isinstance(data, Mapping) and "value" in data and not isinstance(value, Mapping):
            number = isinstance(value, int | float) and not isinstance(value, bool)
            return {**{k: v for k, v in data.items() if not (number and k in _DRAWN)}, "value": value}
        return value
    step, rest = place[0], place[1:]
    if isinstance(data, list) and isinstance(step, int):
        return [_replaced(child, rest, value) if n == step else child for n, child in enumerate(data)]
    if isinstance(data, Mapping):
        return {**data, step: _replaced(data.get(str(step), {}), rest, value)}
    # A plain number given where a record is addressed: 'path.value' of a bare number.
    if step == "value" and not rest:
        return value
    return _replaced({"value": data}, place, value)
