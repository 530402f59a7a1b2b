"""Groups: a population of similar parties, written once and read as so many parties.

``groups: {supporters: {count: 30, like: germany, vary: {no_deal.reservation: {value: 0.4, low: 0.3, high: 0.5}}}}``
stands for the parties ``supporters-01`` … ``supporters-30``. Each has everything ``germany`` has, with the
numbers named under ``vary`` replaced, and is drawn on its own in every world. What the file says under
``parties.supporters-07`` goes over the copy.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from sim.domain.document import Document, Place

__all__ = ["MAX_EXPANDED", "expand_groups", "member_names", "varied_at"]

#: All members of all groups together may hold so many values; a party of the Berlin scenario has some 900.
MAX_EXPANDED = 1_000_000


def member_names(group: str, count: int) -> list[str]:
    """Return the names of a group's members.

    Parameters
    ----------
    group : str
        Its key in the scenario file.
    count : int

    Returns
    -------
    list of str
        Numbered from 1, with zeros in front so that they sort.

    Examples
    --------
    >>> member_names("supporters", 2)
    ['supporters-01', 'supporters-02']
    """
    width = max(2, len(str(count)))
    return [f"{group}-{k:0{width}d}" for k in range(1, count + 1)]


def expand_groups(document: Document) -> Document:
    r"""Return the document with every group's members among its parties.

    A group that is not well formed is left as it is: the shape of the file is checked afterwards.

    Parameters
    ----------
    document : Document

    Returns
    -------
    Document
        The same one where there are no groups.

    Raises
    ------
    ScenarioError
        If the members together would hold more than `MAX_EXPANDED` values.

    Examples
    --------
    >>> from sim.domain.document import parse_document
    >>> document = parse_document("parties: {germany: {title: Germany}}\ngroups: {friends: {count: 2, like: germany}}")
    >>> {name: party["title"] for name, party in expand_groups(document).data["parties"].items()}
    {'germany': 'Germany', 'friends-01': 'Germany 1', 'friends-02': 'Germany 2'}
    """
    groups, parties = document.data.get("groups"), document.data.get("parties")
    if not isinstance(groups, Mapping) or not isinstance(parties, Mapping) or not groups:
        return document
    expanded: dict[str, Any] = dict(parties)
    held = 0
    for name, group in groups.items():
        if not isinstance(group, Mapping):
            continue
        count, like, vary = group.get("count"), group.get("like"), group.get("vary", {})
        known = isinstance(like, str) and isinstance(parties.get(like), Mapping)
        if not known or not isinstance(count, int) or not 1 <= count <= 1000 or not isinstance(vary, Mapping):
            continue
        held += count * (_size(parties[like]) + _size(vary))
        if held > MAX_EXPANDED:
            raise document.error(
                ("groups", name),
                f"the members of the groups would hold {held:,} values, more than {MAX_EXPANDED:,}; lower a count, or"
                " let the group be like a party that says less",
            )
        title = group.get("title") or parties[like].get("title", like)
        for place, member in enumerate(member_names(name, count), start=1):
            copied: dict[str, Any] = copy.deepcopy(dict(parties[like]))
            copied["title"] = f"{title} {place}"
            if group.get("signs") is False:
                copied["signs"] = {"always": False}
            for path, number in vary.items():
                _put(copied, str(path).split("."), copy.deepcopy(number))
            over = parties.get(member)
            expanded[member] = _over(copied, over) if isinstance(over, Mapping) else copied
    return Document(
        {**document.data, "parties": expanded}, document.values, document.keys, document.lines, document.file
    )


def _put(node: dict[str, Any], path: list[str], value: Any) -> None:
    for step in path[:-1]:
        child = node.get(step)
        node[step] = child if isinstance(child, dict) else {}
        node = node[step]
    node[path[-1]] = value


def _over(under: dict[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(under)
    for key, value in over.items():
        both = isinstance(value, Mapping) and isinstance(merged.get(key), Mapping)
        merged[key] = _over(merged[key], value) if both else value
    return merged


def varied_at(document: Document, path: str) -> Place | None:
    """Return where a group varies what stands at a member's path; None where it does not.

    Parameters
    ----------
    document : Document
        As written, without members.
    path : str
        Such as ``parties.supporters-07.no_deal.reservation``.

    Returns
    -------
    Place or None
        Such as ``("groups", "supporters", "vary", "no_deal.reservation")``.

    Examples
    --------
    >>> vary = {"no_deal.reservation": 0.4}
    >>> data = {"parties": {"germany": {}}, "groups": {"supporters": {"count": 9, "like": "germany", "vary": vary}}}
    >>> varied_at(Document(data, {}, {}, {}), "parties.supporters-07.no_deal.reservation.value")
    ('groups', 'supporters', 'vary', 'no_deal.reservation')
    """
    groups, parties = document.data.get("groups"), document.data.get("parties")
    if not path.startswith("parties.") or not isinstance(groups, Mapping) or not isinstance(parties, Mapping):
        return None
    member, _, below = path.removeprefix("parties.").partition(".")
    group = groups.get(member.rpartition("-")[0])
    if member in parties or not isinstance(group, Mapping) or not isinstance(group.get("vary"), Mapping):
        return None
    steps = below.split(".")
    for varied in group["vary"]:
        given = str(varied).split(".")
        # A key that the party it is like lacks was put there by the path that goes through it.
        through = given[: len(steps)] == steps and not _has(parties.get(group.get("like")), steps)
        if steps[: len(given)] == given or through:
            return ("groups", member.rpartition("-")[0], "vary", str(varied))
    return None


def _has(node: Any, steps: list[str]) -> bool:
    for step in steps:
        if not isinstance(node, Mapping) or step not in node:
            return False
        node = node[step]
    return True


def _size(node: Any) -> int:
    """Return how many values there are in plain data."""
    if isinstance(node, Mapping):
        return 1 + sum(map(_size, node.values()))
    return 1 + sum(map(_size, node)) if isinstance(node, list) else 1
