"""Places in a conflict file, and what is said where something is wrong there.

Every fault is one line: the file, the entry as a path of keys and positions, what was given, and the rule.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import islice
from typing import Any

from sim.errors import GraphError, nearest

__all__ = ["Entry", "Label", "labels", "mapping", "party_key", "place", "required", "shown"]

#: Name of a state or a decision maker.
type Label = str | int


class Entry:
    """A place in a file: says where, when something is wrong there.

    Parameters
    ----------
    file : str
    path : str, optional
        Keys and positions from the top.

    Examples
    --------
    >>> print(Entry("x.json").at("transitions").at("A").at(0).error("is no move"))
    x.json: transitions.A[0]: is no move
    """

    def __init__(self, file: str, path: str = "") -> None:
        self.file, self.path = file, path

    def at(self, key: str | int) -> Entry:
        """Return the place of a key or a position within."""
        piece = f"[{key}]" if isinstance(key, int) else (f".{key}" if self.path else key)
        return Entry(self.file, self.path + piece)

    def error(self, message: str) -> GraphError:
        """Return the error that names the place."""
        where = ": ".join(part for part in (self.file, self.path) if part)
        return GraphError(" ".join(f"{where}: {message}".split()))


def shown(value: object) -> str:
    """Return a value as a message shows it: as JSON, some sixty characters of it.

    Parameters
    ----------
    value : object

    Returns
    -------
    str

    Examples
    --------
    >>> shown(Decimal("0.1")), shown(["a", None]), len(shown("x" * 1_000_000))
    ('0.1', '["a", null]', 60)
    """
    text = str(value) if isinstance(value, Decimal) else json.dumps(_start(value), default=str, ensure_ascii=False)
    return text if len(text) <= 60 else text[:57] + "..."


def _start(value: object, depth: int = 3) -> object:
    """Cut a value down to its beginning: a message shows some sixty characters of what may be millions."""
    if isinstance(value, list):
        return [_start(item, depth - 1) for item in value[:10]] if depth else "…"
    if isinstance(value, dict):
        return {key[:80]: _start(value[key], depth - 1) for key in list(islice(value, 10))} if depth else "…"
    return value[:80] if isinstance(value, str) else value


def labels(value: object, entry: Entry, what: str) -> tuple[Label, ...]:
    """Return the names in a list of names, or of objects with an ``id``.

    Parameters
    ----------
    value : object
        As read from JSON.
    entry : Entry
        Where it stands.
    what : str
        What is wanted, for the message.

    Returns
    -------
    tuple of str or int

    Raises
    ------
    GraphError
        If it is no such list, is empty, or two names are alike as text.

    Examples
    --------
    >>> labels(["s", {"id": 7}], Entry("x.json", "states"), "state")
    ('s', 7)
    """
    if not isinstance(value, list) or not value:
        raise entry.error(f"needs a list of at least one {what}, got {shown(value)}")
    found: list[Label] = []
    written: dict[str, int] = {}
    for k, item in enumerate(value):
        here = entry.at(k)
        if isinstance(item, dict):
            if "id" not in item:
                raise here.error(f"a {what} needs an 'id', got {shown(item)}")
            here, item = here.at("id"), item["id"]
        name = _label(item, here, what)
        if str(name) in written:
            raise here.error(
                f"{what} {name!r} stands twice, first at [{written[str(name)]}]; names must differ as text"
            )
        written[str(name)] = k
        found.append(name)
    return tuple(found)


def _label(value: object, entry: Entry, what: str) -> Label:
    if isinstance(value, bool) or not isinstance(value, str | int) or value == "":
        raise entry.error(f"{shown(value)} is no name of a {what}; names are text or whole numbers")
    return value


def place(value: object, names: Sequence[Label], entry: Entry, what: str) -> int:
    """Return which of some names is given; 7 and ``"7"`` are not the same.

    Parameters
    ----------
    value : object
        As read from JSON.
    names : sequence of str or int
    entry : Entry
        Where the value stands.
    what : str
        What is wanted, for the message.

    Returns
    -------
    int

    Raises
    ------
    GraphError
        If it is none of them; with the nearest.

    Examples
    --------
    >>> place("t", ["s", "t"], Entry("x.json"), "state")
    1
    """
    if isinstance(value, str | int) and not isinstance(value, bool):
        for k, name in enumerate(names):
            if type(name) is type(value) and name == value:
                return k
    hint = nearest(str(value), [str(name) for name in names])
    raise entry.error(f"unknown {what} {shown(value)}{hint}")


def party_key(key: str, parties: Sequence[Label], entry: Entry) -> int:
    """Return which decision maker a key names.

    Parameters
    ----------
    key : str
    parties : sequence of str or int
    entry : Entry
        Where the key stands.

    Returns
    -------
    int

    Raises
    ------
    GraphError
        If it names none; with the nearest.

    Examples
    --------
    >>> party_key("2", [1, 2], Entry("x.json"))
    1
    """
    # Keys of a JSON object are text even where a decision maker is a number.
    for k, party in enumerate(parties):
        if str(party) == key:
            return k
    raise entry.error(f"unknown decision maker {key!r}{nearest(key, [str(party) for party in parties])}")


def mapping(value: object, entry: Entry, what: str) -> dict[str, Any]:
    """Return a value that must be an object.

    Parameters
    ----------
    value : object
        As read from JSON.
    entry : Entry
        Where it stands.
    what : str
        What is wanted, for the message.

    Returns
    -------
    dict

    Raises
    ------
    GraphError
        If it is something else.

    Examples
    --------
    >>> mapping([1], Entry("x.json", "payoff"), "an object with the payoffs of each decision maker")
    Traceback (most recent call last):
    sim.errors.GraphError: x.json: payoff: needs an object with the payoffs of each decision maker, got [1]
    """
    if not isinstance(value, dict):
        raise entry.error(f"needs {what}, got {shown(value)}")
    return value


def required(data: Mapping[str, Any], key: str, entry: Entry) -> Any:
    """Return the value of a key that must be there.

    Parameters
    ----------
    data : mapping
    key : str
    entry : Entry
        Where the data stand.

    Returns
    -------
    object

    Raises
    ------
    GraphError
        If it is not; with a key that is nearly it.

    Examples
    --------
    >>> required({"payof": 1}, "payoff", Entry("x.json"))
    Traceback (most recent call last):
    sim.errors.GraphError: x.json: key 'payoff' is missing; did you mean 'payof'?
    """
    if key not in data:
        known = [str(k) for k in data]
        hint = nearest(key, known)
        raise entry.error(f"key {key!r} is missing{hint if hint.startswith('; did') else ''}")
    return data[key]
