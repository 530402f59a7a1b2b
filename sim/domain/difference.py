"""What two scenarios say differently, by dotted path.

Compared is the data after ``extends`` and ``--set``: a file that says the same in other words, in another order or
through an extended file does not differ. A *number* is compared as a record: a plain ``0.5`` and ``{value: 0.5}`` are
the same value.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from sim.domain.scenario import Scenario
from sim.domain.uncertain import Number

__all__ = ["Change", "differences"]

Kind = Literal["value", "range", "provenance", "added", "removed", "changed"]

#: Keys that name and describe a scenario, rather than say anything of the conflict.
LABELS = ("extends", "name", "title", "description", "question")


@dataclass(frozen=True)
class Change:
    """One thing that scenarios, or results, do not say alike.

    Attributes
    ----------
    path : str
        Dotted path.
    kind : {"value", "range", "provenance", "added", "removed", "changed"}
        ``value``: a number's central value (its range may differ too). ``range``: the range or the distribution
        only. ``provenance``: source, status or note only. ``added`` and ``removed``: a key that one side lacks.
        ``changed``: anything that is not a number.
    given : tuple
        What each side says, the first one's first; None where a side lacks the key. Numbers are `Number` records.
    """

    path: str
    kind: Kind
    given: tuple[Any, ...]

    @property
    def before(self) -> Any:
        """What the first side says."""
        return self.given[0]

    @property
    def after(self) -> Any:
        """What the last side says."""
        return self.given[-1]

    @property
    def is_label(self) -> bool:
        """Whether it is of source, status or note only.

        Examples
        --------
        >>> Change("sources.kiel.title", "changed", ("a", "b")).is_label
        True
        """
        steps = self.path.split(".")
        return (
            self.kind == "provenance"
            or steps[0] in ("sources", "notes")
            or (len(steps) > 1 and steps[-1] in ("source", "status", "note"))
        )

    def to_json(self) -> list[Any]:
        """Return what each side says as plain data, for JSON.

        Examples
        --------
        >>> Change("deadline", "changed", (52, None)).to_json()
        [52, None]
        """
        return [
            one.model_dump(exclude_none=True, exclude_defaults=False) if isinstance(one, Number) else one
            for one in self.given
        ]


def differences(first: Scenario, *others: Scenario, labels: bool = False) -> tuple[Change, ...]:
    """Return what other scenarios say differently from the first.

    Parameters
    ----------
    first : Scenario
    *others : Scenario
    labels : bool
        Whether name, title and description count.

    Returns
    -------
    tuple of Change
        In the order of the paths of the first, then what the others add. Empty for files that say the same.

    Examples
    --------
    >>> import sim
    >>> berlin = sim.read_scenario("scenarios/berlin-2025")
    >>> changed = sim.with_settings(berlin, {"parties.russia.no_deal.reservation": 0.5})
    >>> [(c.path, c.kind, c.before.value, c.after.value) for c in differences(berlin, changed)]
    [('parties.russia.no_deal.reservation', 'value', 0.65, 0.5)]
    """
    found: dict[str, Change] = {}
    mine = _numbers(first)
    for place, other in enumerate(others, 1):
        for change in _mapping(first.data, other.data, (), mine, _numbers(other)):
            if labels or change.path not in LABELS:
                there = found.get(change.path) or Change(change.path, change.kind, (change.before,) * (1 + len(others)))
                given = (*there.given[:place], change.after, *there.given[place + 1 :])
                found[change.path] = Change(change.path, there.kind, given)
    return tuple(found.values())


def _numbers(scenario: Scenario) -> dict[str, Number]:
    return dict(zip(scenario.numbers.paths, scenario.numbers.numbers, strict=True))


def _mapping(
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    place: tuple[str, ...],
    mine: Mapping[str, Number],
    theirs: Mapping[str, Number],
) -> Iterator[Change]:
    for key in [*before, *(key for key in after if key not in before)]:
        where = (*place, str(key))
        path = ".".join(where)
        if path in mine and path in theirs and key in before and key in after:
            change = _number(path, mine[path], theirs[path])
            if change:
                yield change
        elif key not in after:
            yield Change(path, "removed", (mine.get(path, before[key]), None))
        elif key not in before:
            yield Change(path, "added", (None, theirs.get(path, after[key])))
        else:
            yield from _values(before[key], after[key], where, mine, theirs)


def _values(
    before: Any, after: Any, where: tuple[str, ...], mine: Mapping[str, Number], theirs: Mapping[str, Number]
) -> Iterator[Change]:
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        yield from _mapping(before, after, where, mine, theirs)
    elif isinstance(before, list) and isinstance(after, list):
        yield from _lists(before, after, where, mine, theirs)
    elif before != after:
        yield Change(".".join(where), "changed", (before, after))


def _lists(
    before: list[Any],
    after: list[Any],
    where: tuple[str, ...],
    mine: Mapping[str, Number],
    theirs: Mapping[str, Number],
) -> Iterator[Change]:
    """Compare lists of records by what identifies a record, so that one more at the top shifts nothing."""
    keys_before, keys_after = [_identity(item) for item in before], [_identity(item) for item in after]
    unique = len(set(keys_before)) == len(keys_before) and len(set(keys_after)) == len(keys_after)
    if None in keys_before or None in keys_after or not unique:
        if before != after:
            yield Change(".".join(where), "changed", (before, after))
        return
    other = dict(zip(keys_after, after, strict=True))
    for key, item in zip(keys_before, before, strict=True):
        at = (*where, str(key))
        if key not in other:
            yield Change(".".join(at), "removed", (item, None))
        elif item != other[key]:
            # Numbers in lists have positions as paths, which may differ on the two sides: the records are compared.
            for name in [*item, *(name for name in other[key] if name not in item)]:
                if item.get(name) != other[key].get(name):
                    kind: Kind = "added" if name not in item else "removed" if name not in other[key] else "changed"
                    yield Change(".".join((*at, name)), kind, (item.get(name), other[key].get(name)))
    known = set(keys_before)
    for key, item in zip(keys_after, after, strict=True):
        if key not in known:
            yield Change(".".join((*where, str(key))), "added", (None, item))


def _identity(item: Any) -> str | None:
    """Return what names a record of a list: its id, a red line's option, a coalition's members."""
    if not isinstance(item, Mapping):
        return None
    if item.get("id"):
        return str(item["id"])
    if "issue" in item and "options" in item:
        options = item["options"]
        return f"{item['issue']}={'+'.join(options) if isinstance(options, list) else options}"
    if "members" in item:
        return "+".join(item["members"])
    return None


def _number(path: str, before: Number, after: Number) -> Change | None:
    if before.value != after.value:
        return Change(path, "value", (before, after))
    if (before.range, before.dist, before.quantile) != (after.range, after.dist, after.quantile):
        return Change(path, "range", (before, after))
    if (before.sources, before.status, before.note) != (after.sources, after.status, after.note):
        return Change(path, "provenance", (before, after))
    return None
