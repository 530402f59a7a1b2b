"""Where the numbers of a scenario come from.

Every number a scenario gives has a *status*: ``stated`` (a source says it), ``evidence`` (it follows from data),
``judgement`` (somebody's, with sources for its direction at most), or none, shown as ``unstated``. Numbers that the
reader supplies because the file says nothing are not listed: nobody chose them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sim.domain.scenario import Scenario
from sim.domain.uncertain import Number
from sim.errors import ModelError, nearest

__all__ = ["STATUSES", "Given", "Reference", "given_numbers", "status_shares"]

#: The status of a number, the firmest first.
STATUSES = ("stated", "evidence", "judgement", "unstated")


@dataclass(frozen=True)
class Reference:
    """A source that a number refers to.

    Attributes
    ----------
    source : str
        Its key among the scenario's sources.
    place : str
        Where in it, such as ``S33``; may be empty.
    title, date : str
        As the scenario gives them; empty where it does not.
    """

    source: str
    place: str
    title: str
    date: str


@dataclass(frozen=True)
class Given:
    """A number that a scenario gives, with where it comes from.

    Attributes
    ----------
    path : str
        Dotted path.
    number : Number
    status : {"stated", "evidence", "judgement", "unstated"}
    references : tuple of Reference
    """

    path: str
    number: Number
    status: str
    references: tuple[Reference, ...]


def given_numbers(scenario: Scenario, party: str | None = None, issue: str | None = None) -> tuple[Given, ...]:
    """Return the numbers a scenario gives, with status and sources, in the order of their paths.

    Parameters
    ----------
    scenario : Scenario
    party, issue : str, optional
        Only numbers of this party; only numbers about this issue.

    Returns
    -------
    tuple of Given

    Raises
    ------
    ModelError
        If there is no such party or issue, or no number about both.

    Examples
    --------
    >>> import sim
    >>> berlin = sim.read_scenario("scenarios/berlin-2025")
    >>> found = given_numbers(berlin, party="ukraine", issue="donetsk")[-1]
    >>> found.path, found.number.value, found.references[0].place
    ('parties.ukraine.utility.donetsk.ua_withdrawal_ru_admin', 0.05, 'S33')
    """
    for name, known, what in ((party, scenario.parties, "party"), (issue, scenario.issues, "issue")):
        if name is not None and name not in known:
            raise ModelError(f"no {what} {name!r}{nearest(name, list(known))}")
    book = scenario.numbers
    found = tuple(
        Given(path, number, number.status or "unstated", tuple(_reference(scenario, given) for given in number.sources))
        for path, number in zip(book.paths, book.numbers, strict=True)
        if (party is None or path.startswith(f"parties.{party}."))
        and (issue is None or issue in _issues_of(scenario, path))
        and _is_in(scenario.data, path)
    )
    if not found:
        raise ModelError("no number is about that; leave --party or --issue out")
    return found


def status_shares(numbers: tuple[Given, ...]) -> dict[str, float]:
    """Return the share of numbers by status, for the statuses that occur.

    Parameters
    ----------
    numbers : tuple of Given
        Not empty.

    Returns
    -------
    dict of str to float
        In the order of `STATUSES`; the shares add up to 1.

    Examples
    --------
    >>> from sim.domain.uncertain import Number
    >>> status_shares((Given("a", Number(value=1), "judgement", ()), Given("b", Number(value=1), "evidence", ())))
    {'evidence': 0.5, 'judgement': 0.5}
    """
    counts = {status: sum(given.status == status for given in numbers) for status in STATUSES}
    return {status: count / len(numbers) for status, count in counts.items() if count}


def _reference(scenario: Scenario, given: str) -> Reference:
    key, _, place = given.partition("#")
    source = scenario.sources.get(key)
    return Reference(
        key, place, source.title if source else "", str(source.date) if source and source.date is not None else ""
    )


def _issues_of(scenario: Scenario, path: str) -> set[str]:
    """Return the issues a number is about: steps of its path, or the issue of the red line it belongs to."""
    steps = path.split(".")
    if len(steps) > 3 and steps[2] == "red_lines":
        return {scenario.parties[steps[1]].red_lines[int(steps[3])].issue}
    if len(steps) > 3 and steps[2] == "interactions":
        return set(scenario.parties[steps[1]].interactions[int(steps[3])].when)
    return set(steps)


def _is_in(data: object, path: str) -> bool:
    """Return whether the file gives the number; a group's members are given by the party they are like."""
    node = data
    for step in path.split("."):
        if isinstance(node, Mapping) and step in node:
            node = node[step]
        elif isinstance(node, list) and step.isdigit() and int(step) < len(node):
            node = node[int(step)]
        else:
            return False
    return True
