"""From plain data to the text of a scenario file, such that the strict reader reads the same data back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml

from sim.domain.document import parse_scalar

__all__ = ["yaml_text"]


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
    record = "value" in given and all(not isinstance(item, dict) for item in given.values())
    return dumper.represent_mapping("tag:yaml.org,2002:map", given.items(), flow_style=record)


_Dumper.add_representer(str, _text)
_Dumper.add_representer(list, _sequence)
_Dumper.add_representer(dict, _mapping)


def yaml_text(data: Mapping[str, Any]) -> str:
    """Return data as YAML, in the order it is in, one number record a line.

    Parameters
    ----------
    data : mapping
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
    dumped = yaml.dump(
        dict(data), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=1_000_000, default_flow_style=False
    )
    return str(dumped)
