"""From plain data to the text of a scenario file, such that the strict reader reads the same data back."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from sim.domain.document import parse_scalar
from sim.errors import ScenarioError

__all__ = ["flow_text", "safe_names", "yaml_text"]


class _Dumper(yaml.SafeDumper):
    """Quotes whatever the reader would not read as the text it is."""

    def ignore_aliases(self, data: Any) -> bool:
        """Write equal values out each time: the reader refuses aliases."""
        return True


def _text(dumper: _Dumper, given: str) -> yaml.ScalarNode:
    # PyYAML's own rules are those of YAML 1.1: it leaves '1e3' and '0o7' bare, which 1.2 reads as numbers.
    odd = not given.isprintable() or given.strip() != given or not isinstance(parse_scalar(given), str)
    return dumper.represent_scalar("tag:yaml.org,2002:str", given, style='"' if odd else None)


def _sequence(dumper: _Dumper, given: list[Any]) -> yaml.SequenceNode:
    plain = all(not isinstance(item, (list, dict)) for item in given)
    return dumper.represent_sequence("tag:yaml.org,2002:seq", given, flow_style=plain)


def _mapping(dumper: _Dumper, given: dict[str, Any]) -> yaml.MappingNode:
    # A number record and a move read best on one line.
    record = ("value" in given or "from" in given) and all(not isinstance(item, dict) for item in given.values())
    return dumper.represent_mapping("tag:yaml.org,2002:map", given.items(), flow_style=record)


_Dumper.add_representer(str, _text)
_Dumper.add_representer(list, _sequence)
_Dumper.add_representer(dict, _mapping)


def yaml_text(data: Mapping[str, Any] | list[Any]) -> str:
    """Return data as YAML, in the order it is in, one number record or move a line.

    Parameters
    ----------
    data : mapping or list
        Strings, numbers, booleans, None, lists and mappings with text keys.

    Returns
    -------
    str

    Examples
    --------
    >>> print(yaml_text({"country": "NO", "code": "1e3", "share": {"value": 0.5, "status": "judgement"}}), end="")
    country: 'NO'
    code: "1e3"
    share: {value: 0.5, status: judgement}
    """
    given = dict(data) if isinstance(data, Mapping) else data
    dumped = yaml.dump(
        given, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=1_000_000, default_flow_style=False
    )
    return str(dumped)


class _FlowDumper(_Dumper):
    """Writes everything on one line."""


def _on_one_line(dumper: _FlowDumper, given: str) -> yaml.ScalarNode:
    node = _text(dumper, given)
    # Within brackets these end a plain text.
    if node.style is None and any(sign in given for sign in ",[]{}"):
        node.style = "'"
    return node


_FlowDumper.add_representer(str, _on_one_line)
_FlowDumper.add_representer(
    list, lambda dumper, given: dumper.represent_sequence("tag:yaml.org,2002:seq", given, flow_style=True)
)
_FlowDumper.add_representer(
    dict, lambda dumper, given: dumper.represent_mapping("tag:yaml.org,2002:map", given.items(), flow_style=True)
)


def flow_text(value: Any) -> str:
    """Return one value as YAML on one line, as it stands after a key.

    Parameters
    ----------
    value : str, int, float, bool, None, list or mapping

    Returns
    -------
    str

    Examples
    --------
    >>> flow_text({"value": 0.5, "source": ["a", "b"], "note": "low, but stated"}), flow_text("NO"), flow_text(None)
    ("{value: 0.5, source: [a, b], note: 'low, but stated'}", "'NO'", '~')
    """
    if value is None:
        return "~"
    dumped = yaml.dump(value, Dumper=_FlowDumper, sort_keys=False, allow_unicode=True, width=1_000_000)
    return str(dumped).removesuffix("\n").removesuffix("\n...")


def safe_names(names: Sequence[str], what: str) -> dict[str, str]:
    """Return names that a scenario can use, by the names other programs gave.

    Parameters
    ----------
    names : sequence of str
    what : str
        What they name, for errors.

    Returns
    -------
    dict of str to str

    Raises
    ------
    ScenarioError
        If two become the same.

    Examples
    --------
    >>> safe_names(["U.S.", "(7, 8)"], "party")
    {'U.S.': 'U_S_', '(7, 8)': '(7_ 8)'}
    """
    made: dict[str, str] = {}
    taken: dict[str, str] = {}
    for name in names:
        safe = re.sub(r"[.=,;#\[\]{}\n]", "_", name).strip() or "_"
        if safe in taken:
            raise ScenarioError(
                f"the names {taken[safe]!r} and {name!r} ({what}) both become {safe!r}, for a scenario's names cannot"
                " hold . = , ; # [ ] { }; rename one of them"
            )
        made[name] = safe
        taken[safe] = name
    return made
