"""What the live page holds: a scenario's numbers and structure as plain data, and the proof of its arithmetic.

The page gets numbers, not results. Its own arithmetic (``engine.js``) is held against two digests made here: SHA-256
of all utilities and of who accepts what, for the scenario and each rival coding at central values.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping, Sequence
from itertools import takewhile
from pathlib import Path
from typing import Any

import numpy as np

from sim.after.front_runners import front_runners
from sim.after.terms import Terms
from sim.agreements.payoffs import Payoffs
from sim.agreements.space import AgreementSpace
from sim.domain.party import Party
from sim.domain.provenance import given_numbers, status_shares
from sim.domain.scenario import Scenario
from sim.domain.titles import issue_title, option_title, party_title
from sim.domain.uncertain import Number
from sim.errors import ModelError
from sim.present.page.verdicts import STEPS, TESTS_ON_SHOW, SliderVerdicts

__all__ = ["MAX_CELLS", "SHOWN", "codings_of", "digests", "page_to_json", "refusals"]

#: Agreements times parties beyond which a phone cannot keep up.
MAX_CELLS = 4_000_000
#: Front-runners shown with their tests.
SHOWN = 5


def codings_of(scenario: Scenario) -> dict[str, Scenario]:
    """Return the scenario's own coding and its rivals by name, the own one first.

    Parameters
    ----------
    scenario : Scenario

    Returns
    -------
    dict of str to Scenario
        The own one has the empty name unless one of the codings says the same.

    Examples
    --------
    >>> import sim
    >>> list(codings_of(sim.read_scenario("scenarios/berlin-2025-all-codings/scenario.yaml")))
    ['a', 'b', 'c']
    >>> list(codings_of(sim.read_scenario("scenarios/berlin-2025/scenario.yaml")))
    ['']
    """
    names = sorted(scenario.rivals)
    own = next((name for name in names if _says_the_same(scenario.rivals[name], scenario)), "")
    return {own: scenario} | {name: scenario.rivals[name] for name in names if name != own}


def _says_the_same(one: Scenario, other: Scenario) -> bool:
    parts = ("issues", "constraints", "parties", "no_deal", "compliance")
    return all(one.data.get(part) == other.data.get(part) for part in parts)


def refusals(scenario: Scenario) -> list[str]:
    """Return what of a scenario the page cannot compute, a sentence each; empty where it can all of it.

    Parameters
    ----------
    scenario : Scenario

    Returns
    -------
    list of str

    Examples
    --------
    >>> import sim
    >>> two = sim.read_scenario("scenarios/tutorial-two-by-two/scenario.yaml")
    >>> refusals(two)
    []
    >>> refusals(sim.with_settings(two, {"compliance.anticipation": "subgame-perfect"}))
    ['compliance.anticipation: subgame-perfect (what an agreement is worth then depends on what follows it)']
    """
    found = []
    space = AgreementSpace.of(scenario)
    cells = space.n_agreements * len(scenario.parties)
    if cells > MAX_CELLS:
        found.append(
            f"{space.n_agreements:,} agreements of {len(scenario.parties)} parties (at most {MAX_CELLS:,} cells)"
        )
    for name, coding in codings_of(scenario).items():
        where = f"coding {name!r}: " if coding is not scenario else ""
        if coding.compliance.anticipation != "none":
            found.append(
                f"{where}compliance.anticipation: {coding.compliance.anticipation} (what an agreement is worth then "
                "depends on what follows it)"
            )
        other = AgreementSpace.of(coding)
        if (other.labels, other.constraints) != (space.labels, space.constraints):
            found.append(f"{where}issues, options or constraints other than the scenario's")
        if set(coding.parties) != set(scenario.parties):
            found.append(f"{where}parties other than the scenario's")
    return found


def digests(payoffs: Payoffs) -> dict[str, str]:
    """Return SHA-256 of all utilities, and of who accepts what, agreement by agreement.

    Parameters
    ----------
    payoffs : Payoffs

    Returns
    -------
    dict of str to str
        ``utilities``: of little-endian 32-bit integers of 1e-9; ``accepts``: of one byte each.

    Examples
    --------
    >>> import sim
    >>> two = sim.read_scenario("scenarios/tutorial-two-by-two/scenario.yaml")
    >>> digests(sim.Payoffs.of(two))["utilities"][:8]
    'e21d5126'
    """
    return {
        "utilities": hashlib.sha256(payoffs.utility.astype("<i4").tobytes()).hexdigest(),
        "accepts": hashlib.sha256(np.ascontiguousarray(payoffs.acceptable).astype(np.uint8).tobytes()).hexdigest(),
    }


class _Pool:
    """Texts that many numbers share, each kept once."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self._places: dict[str, int] = {}

    def __call__(self, text: str) -> int:
        if text not in self._places:
            self._places[text] = len(self.texts)
            self.texts.append(text)
        return self._places[text]


def page_to_json(scenario: Scenario, *, tests: bool = True) -> dict[str, Any]:
    """Return all that the page of a scenario holds, as plain data.

    Parameters
    ----------
    scenario : Scenario
    tests : bool
        Whether to work out the tests after signing along every number; that takes most of the time.

    Returns
    -------
    dict

    Raises
    ------
    ModelError
        If the page cannot compute the scenario; what it cannot is named.

    Examples
    --------
    >>> import sim
    >>> content = page_to_json(sim.read_scenario("scenarios/tutorial-two-by-two/scenario.yaml"))
    >>> content["parties"], len(content["codings"][0]["numbers"])
    ([['hill', 'Hill'], ['vale', 'Vale']], 53)
    """
    if found := refusals(scenario):
        raise ModelError(f"{scenario.name} cannot be a live page, which does not compute {'; nor '.join(found)}")
    space = AgreementSpace.of(scenario)
    pool = _Pool()
    codings = codings_of(scenario)
    paths = sorted({path for coding in codings.values() for path in coding.numbers.paths})
    place = {path: n for n, path in enumerate(paths)}
    given = given_numbers(scenario)
    return {
        "format": 1,
        "scenario": {
            "name": scenario.name,
            "title": scenario.title,
            "question": scenario.question,
            "as_of": scenario.as_of,
            "hash": scenario.hash,
            "shares": status_shares(given),
            "n_given": len(given),
        },
        "sources": {
            key: [source.title, str(source.date or ""), source.kind] for key, source in scenario.sources.items()
        },
        "issues": [
            {
                "key": issue,
                "title": issue_title(scenario, issue),
                "options": [
                    [option, option_title(scenario, issue, option), scenario.issues[issue].options[option].definition]
                    for option in row
                ],
            }
            for issue, row in zip(space.issues, space.labels, strict=True)
        ],
        "file_order": [space.issues.index(issue) for issue in scenario.issues],
        "constraints": [_constraint(space, key) for key in space.constraints],
        "parties": [[party, party_title(scenario, party)] for party in sorted(scenario.parties)],
        "steps": STEPS,
        "tests": list(TESTS_ON_SHOW),
        "codings": [
            _coding(scenario, name, coding, space, place, pool, tests=tests) for name, coding in codings.items()
        ],
        "paths": _front_coded(paths),
        "texts": pool.texts,
    }


def _front_coded(names: list[str]) -> list[int | str]:
    """Write sorted names as what each shares with the one before, and the rest: a third of their length."""
    found: list[int | str] = []
    for before, name in zip(["", *names], names, strict=False):
        # A browser counts signs beyond 16 bits twice: none is shared.
        shared = sum(
            1 for _ in takewhile(lambda pair: pair[0] == pair[1] < "\U00010000", zip(before, name, strict=False))
        )
        found += [shared, name[shared:]]
    return found


def _places(space: AgreementSpace, condition: Mapping[str, Sequence[str]]) -> list[list[Any]]:
    """Write a condition as pairs of an issue's place and its options' places."""
    found: list[list[Any]] = []
    for issue, options in condition.items():
        k = space.issues.index(issue)
        found.append([k, [space.labels[k].index(option) for option in options]])
    return found


def _constraint(space: AgreementSpace, key: tuple[Any, ...]) -> dict[str, Any]:
    name, when, then, kind, signing = key
    return {
        "id": name,
        "when": _places(space, dict(when)),
        "then": _places(space, dict(then)),
        "require": "+require" in kind,
        "bothWays": kind.endswith("+converse"),
        "signing": signing,
    }


def _coding(
    scenario: Scenario,
    name: str,
    coding: Scenario,
    space: AgreementSpace,
    place: dict[str, int],
    pool: _Pool,
    *,
    tests: bool,
) -> dict[str, Any]:
    payoffs = Terms.of(coding).payoffs
    shown = front_runners(payoffs, min(SHOWN, space.n_agreements))
    given = {number.path for number in given_numbers(coding)}
    book = coding.numbers
    found: dict[str, Any] = {
        "name": name,
        "title": coding.title,
        "file": _file_of(scenario, coding),
        "hash": coding.hash,
        "note": scenario.codings[name].note if name else "",
        "audience": coding.negotiation.audience_costs,
        "numbers": [
            _number(place[path], pool, number, path in given)
            for path, number in zip(book.paths, book.numbers, strict=True)
        ],
        "parties": [_party(space, party, coding.parties[party]) for party in sorted(coding.parties)],
        "lottery": _lottery(space, coding),
        "red_lines": {
            party: spec["red_lines"] for party, spec in coding.data["parties"].items() if spec.get("red_lines")
        },
        "shown": shown.tolist(),
        "digests": digests(payoffs),
        "verdicts": SliderVerdicts.of(coding, shown).packed(place.__getitem__) if tests else None,
    }
    return found


def _number(place: int, pool: _Pool, number: Number, given: bool) -> list[Any]:
    """Write a number as [path, value, low, high, status, sources, note], without what is empty at the end."""
    low, high = number.range
    row = [
        place,
        _short(number.value),
        _short(low) if low < high else None,
        _short(high) if low < high else None,
        pool(number.status or ("unstated" if given else "default")),
        pool(" ".join(number.sources)) if number.sources else None,
        pool(number.note) if number.note else None,
    ]
    while row[-1] is None:
        row.pop()
    return row


def _short(value: float) -> float | int:
    return int(value) if value == int(value) and abs(value) < 1e15 else value


def _file_of(scenario: Scenario, coding: Scenario) -> str:
    """Return the file to name in commands: as given, or for a rival as the scenario's folder leads to it."""
    file = coding.file or scenario.file or f"{coding.name}.yaml"
    return Path(os.path.normpath(file)).as_posix()


def _party(space: AgreementSpace, party: str, spec: Party) -> dict[str, Any]:
    return {
        "key": party,
        "interactions": [_places(space, one.when) for one in spec.interactions],
        "lines": [
            {
                "issue": space.issues.index(line.issue),
                "options": [space.labels[space.issues.index(line.issue)].index(option) for option in line.options],
                "kind": line.kind,
                "sources": " ".join([line.source] if isinstance(line.source, str) else line.source or []),
                "status": line.status or "unstated",
            }
            for line in spec.red_lines
        ],
        "signs": None if spec.signs.always else [_places(space, condition) for condition in spec.signs.when],
    }


def _lottery(space: AgreementSpace, coding: Scenario) -> dict[str, Any] | None:
    if coding.no_deal.basis != "lottery":
        return None
    states = coding.no_deal.end_states
    beliefs: dict[str, list[str]] = {}
    for party, spec in sorted(coding.parties.items()):
        if spec.no_deal.lottery is None:
            raise ModelError(f"parties.{party}.no_deal: has no lottery, which the scenario's no_deal.basis asks for")
        beliefs[party] = sorted(spec.no_deal.lottery.beliefs)
    return {
        "states": {name: space.index_of(state.agreement) for name, state in states.items()},
        "titles": {name: state.title for name, state in states.items()},
        "beliefs": beliefs,
    }
