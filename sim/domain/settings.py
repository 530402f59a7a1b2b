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

__all__ = ["FIX", "apply_settings", "key_of", "pairs_of"]

#: Paths that begin so settle an issue.
FIX = "fix."


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
        if path.startswith(FIX):
            settings.append(_fix(scenario, path, value, changed, places))
            continue
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


def _fix(scenario: Scenario, path: str, value: Any, data: dict[str, Any], places: dict[Place, str]) -> Setting:
    """Add the constraint that leaves one option of an issue to be signed, in place of an earlier one."""
    issue = key_of(path.removeprefix(FIX), {key: spec.title for key, spec in scenario.issues.items()}, "--fix", "issue")
    options = {key: option.title for key, option in scenario.issues[issue].options.items()}
    option = key_of(str(value), options, f"--fix {issue}", "option")
    others = [other for other in options if other != option]
    kept = [rule for rule in data.get("constraints", ()) if not str(rule["id"]).startswith(f"fix {issue}=")]
    if others:
        places["constraints", len(kept)] = f"{FIX}{issue}={option}"
        kept.append({"id": f"fix {issue}={option}", "forbid": {issue: others}, "scope": "signing"})
    data["constraints"] = kept
    return Setting(f"{FIX}{issue}", option, "no agreement with another option can be signed")


def key_of(given: str, titles: Mapping[str, str], where: str, what: str) -> str:
    """Return the key that a text means: the key itself, or part of one key or title alone.

    Parameters
    ----------
    given : str
    titles : mapping of str to str
        Titles by key.
    where, what : str
        For the error: what the text was given to, and what it should name.

    Raises
    ------
    ScenarioError
        If no key is meant, or more than one.

    Examples
    --------
    >>> titles = {"current_line": "The current line", "current_front": "The front", "cession": "Cession"}
    >>> key_of("cess", titles, "--fix donetsk", "option"), key_of("the current", titles, "--fix donetsk", "option")
    ('cession', 'current_line')
    >>> key_of("current", titles, "--fix donetsk", "option")
    Traceback (most recent call last):
    sim.errors.ScenarioError: --fix donetsk: 'current' can be the option current_line or current_front
    """
    if given in titles:
        return given
    plain = _plain(given)
    for fits in (lambda text: text == plain, lambda text: plain in text):
        found = [key for key, title in titles.items() if plain and (fits(_plain(key)) or fits(_plain(title)))]
        if len(found) == 1:
            return found[0]
        if found:
            raise ScenarioError(f"{where}: {given!r} can be the {what} {' or '.join(found)}")
    raise ScenarioError(f"{where}: unknown {what} {given!r}{nearest(given, list(titles))}")


def _plain(text: str) -> str:
    return " ".join(text.replace("_", " ").replace("-", " ").casefold().split())


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
        child = data.get(str(step), {})
        if rest and isinstance(child, str):
            # An option told by its definition alone: something below it makes it a record, shown as before.
            child = {"title": str(step).replace("_", " ").replace("-", " "), "definition": child}
        return {**data, step: _replaced(child, rest, value)}
    # A plain number given where a record is addressed: 'path.value' of a bare number.
    if step == "value" and not rest:
        return value
    return _replaced({"value": data}, place, value)
