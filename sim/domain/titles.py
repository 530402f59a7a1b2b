"""Words for keys: the titles of parties, issues, options and agreements, and what a number is about.

Files name things by short keys; people read titles. Every table, message, trace and figure takes its words
from here. Inside `keys_shown` each title is followed by its key, which ``--set`` and machine formats take.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

from sim.domain.scenario import Scenario

__all__ = [
    "agreement_in_words",
    "are_keys_shown",
    "column_in_words",
    "difference_in_words",
    "in_file_order",
    "issue_title",
    "keys_shown",
    "mover_title",
    "option_title",
    "party_title",
    "path_in_groups",
    "path_in_words",
    "step_in_words",
    "term_in_words",
]

_KEYS: ContextVar[bool] = ContextVar("keys", default=False)


@contextmanager
def keys_shown(shown: bool = True) -> Iterator[None]:
    """Show keys beside titles while the block runs.

    Parameters
    ----------
    shown : bool

    Examples
    --------
    >>> import sim
    >>> two = sim.read_scenario("scenarios/tutorial-two-by-two/scenario.yaml")
    >>> with keys_shown():
    ...     party_title(two, "hill")
    'Hill [hill]'
    """
    before = _KEYS.set(shown)
    try:
        yield
    finally:
        _KEYS.reset(before)


def are_keys_shown() -> bool:
    """Return whether keys are shown beside titles.

    Examples
    --------
    >>> with keys_shown():
    ...     are_keys_shown()
    True
    """
    return _KEYS.get()


def _titled(title: str, key: str) -> str:
    return f"{title} [{key}]" if _KEYS.get() else title


def party_title(scenario: Scenario, party: str) -> str:
    """Return a party's title; a name that no party has as it is.

    Parameters
    ----------
    scenario : Scenario
    party : str
        Its key in the scenario file.

    Returns
    -------
    str

    Examples
    --------
    >>> import sim
    >>> party_title(sim.read_scenario("scenarios/tutorial-two-by-two/scenario.yaml"), "hill")
    'Hill'
    """
    return _titled(scenario.parties[party].title, party) if party in scenario.parties else party


def mover_title(scenario: Scenario, mover: str) -> str:
    """Return the title of a party, or of several that move by consent.

    Parameters
    ----------
    scenario : Scenario
    mover : str
        Keys of parties, joined by +.

    Returns
    -------
    str

    Examples
    --------
    >>> import sim
    >>> mover_title(sim.read_scenario("scenarios/tutorial-two-by-two/scenario.yaml"), "hill+vale")
    'Hill with Vale'
    """
    return " with ".join(party_title(scenario, party) for party in mover.split("+"))


def issue_title(scenario: Scenario, issue: str) -> str:
    """Return an issue's title; a name that no issue has as it is.

    Parameters
    ----------
    scenario : Scenario
    issue : str
        Its key in the scenario file.

    Returns
    -------
    str

    Examples
    --------
    >>> import sim
    >>> issue_title(sim.read_scenario("scenarios/berlin-2025/scenario.yaml"), "dmz")
    'Demilitarised zone'
    """
    return _titled(scenario.issues[issue].title, issue) if issue in scenario.issues else issue


def option_title(scenario: Scenario, issue: str, option: str) -> str:
    """Return an option's title; where it has none, its key as words.

    Parameters
    ----------
    scenario : Scenario
    issue, option : str
        Keys in the scenario file.

    Returns
    -------
    str

    Examples
    --------
    >>> import sim
    >>> berlin = sim.read_scenario("scenarios/berlin-2025/scenario.yaml")
    >>> option_title(berlin, "donetsk", "ua_withdrawal_ru_admin")
    'Ukraine withdraws, Russia administers'
    """
    return _titled(scenario.issues[issue].title_of(option), option)


def term_in_words(scenario: Scenario, issue: str, option: str) -> str:
    """Return one term: the title of an issue and that of the option taken on it.

    Parameters
    ----------
    scenario : Scenario
    issue, option : str
        Keys in the scenario file.

    Returns
    -------
    str

    Examples
    --------
    >>> import sim
    >>> term_in_words(sim.read_scenario("scenarios/tutorial-two-by-two/scenario.yaml"), "pass", "held")
    'Pass: held'
    """
    return f"{issue_title(scenario, issue)}: {option_title(scenario, issue, option)}"


def in_file_order(scenario: Scenario, agreement: Mapping[str, str]) -> dict[str, str]:
    """Return an agreement with its issues in the order of the scenario file.

    Parameters
    ----------
    scenario : Scenario
    agreement : mapping of str to str
        Option by issue.

    Returns
    -------
    dict of str to str

    Examples
    --------
    >>> import sim
    >>> two = sim.read_scenario("scenarios/tutorial-two-by-two/scenario.yaml")
    >>> in_file_order(two, {"guard": "absent", "pass": "shared"})
    {'pass': 'shared', 'guard': 'absent'}
    """
    return {issue: agreement[issue] for issue in scenario.issues if issue in agreement}


def agreement_in_words(scenario: Scenario, agreement: Mapping[str, str]) -> str:
    """Return an agreement, or a part of one, as one line: titles of issues and options.

    Parameters
    ----------
    scenario : Scenario
    agreement : mapping of str to str
        Option by issue.

    Returns
    -------
    str

    Examples
    --------
    >>> import sim
    >>> berlin = sim.read_scenario("scenarios/berlin-2025/scenario.yaml")
    >>> space = sim.AgreementSpace.of(berlin)
    >>> agreement_in_words(berlin, space.agreement(0)).split("; ")[4]
    'Donetsk: Ukraine withdraws, loss recognised'
    """
    return "; ".join(
        term_in_words(scenario, issue, option) for issue, option in in_file_order(scenario, agreement).items()
    )


def difference_in_words(scenario: Scenario, agreement: Mapping[str, str], other: Mapping[str, str]) -> str:
    """Return where an agreement differs from another, as one line; empty where it does not.

    Parameters
    ----------
    scenario : Scenario
    agreement, other : mapping of str to str
        Option by issue.

    Returns
    -------
    str
        The options of the first.

    Examples
    --------
    >>> import sim
    >>> two = sim.read_scenario("scenarios/tutorial-two-by-two/scenario.yaml")
    >>> shared = {"pass": "shared", "guard": "absent"}
    >>> difference_in_words(two, shared | {"guard": "promised"}, shared)
    'Guard: promised'
    """
    changed = {issue: option for issue, option in agreement.items() if other.get(issue) != option}
    return agreement_in_words(scenario, changed)


def path_in_words(scenario: Scenario, path: str) -> str:
    """Return what a number or setting is about, given its dotted path; other paths as they are.

    Parameters
    ----------
    scenario : Scenario
    path : str
        As ``--set`` takes it.

    Returns
    -------
    str

    Examples
    --------
    >>> import sim
    >>> berlin = sim.read_scenario("scenarios/berlin-2025/scenario.yaml")
    >>> path_in_words(berlin, "parties.russia.no_deal.reservation")
    'Russia: value of no deal'
    >>> path_in_words(berlin, "parties.us.utility.dmz.none"), path_in_words(berlin, "parties.us.salience.dmz")
    ('United States: value of Demilitarised zone: No zone', 'United States: weight of Demilitarised zone')
    >>> path_in_words(berlin, "parties.ukraine.red_lines.3.p_real")
    'Ukraine: chance that its line is real, Form of the guarantee: US executive agreement'
    """
    words = _path(scenario, path.split("."))
    return path if words is None else _titled(words, path)


def _path(scenario: Scenario, steps: list[str]) -> str | None:
    with keys_shown(False):
        match steps:
            case ["parties", party, *rest] if party in scenario.parties:
                words = _of_party(scenario, party, rest)
                return None if words is None else f"{party_title(scenario, party)}: {words}"
            case [_, _] if ".".join(steps) in _WHOLE:
                return _WHOLE[".".join(steps)]
            case [first, _, *_] if first in type(scenario).model_fields:
                return _steps(scenario, steps)
            case [_] if found := re.fullmatch(r"line of ([^:]+): (.+?)[ =]([^ ]+)", steps[0]):
                party, issue, option = found.groups()
                if issue in scenario.issues and option in scenario.issues[issue].options:
                    return f"{party_title(scenario, party)}: is its line real, {term_in_words(scenario, issue, option)}"
    return None


#: Paths that are told as a whole.
_WHOLE = {
    "negotiation.protocol": "protocol",
    "negotiation.deadline": "weeks until the deadline",
    "compliance.structure": "structure of the months after signing",
    "compliance.months": "months looked ahead",
}
#: Steps of paths that are told by other words than their own.
_STEPS = {
    "after": "after signing",
    "salience": "weight of",
    "utility": "value of",
    "no_deal": "no deal",
    "p_real": "chance that it is real",
    "shock_sd": "spread of shocks",
    "fortna": "Fortna",
    "lo-hashimoto-reiter": "Lo, Hashimoto and Reiter",
}


def path_in_groups(scenario: Scenario, path: str) -> tuple[str, str]:
    """Return what a number or setting is about in two parts: what many have in common, and the rest.

    Parameters
    ----------
    scenario : Scenario
    path : str
        As ``--set`` takes it, or where a record of a list has its identity in place of a number.

    Returns
    -------
    tuple of two str
        The heading, empty for a path of one step, and what stands below it.

    Examples
    --------
    >>> import sim
    >>> berlin = sim.read_scenario("scenarios/berlin-2025/scenario.yaml")
    >>> path_in_groups(berlin, "parties.us.utility.dmz.none")
    ('United States: value of', 'Demilitarised zone: No zone')
    >>> path_in_groups(berlin, "parties.ukraine.red_lines.dmz=asymmetric_ua_side.kind")
    ('Ukraine: red lines', 'Demilitarised zone: On the Ukrainian side only, kind')
    >>> path_in_groups(berlin, "negotiation.deadline")
    ('negotiation', 'weeks until the deadline')
    """
    steps = path.split(".")
    with keys_shown(False):
        match steps:
            case [_]:
                return "", path_in_words(scenario, path)
            case ["parties", party, kind, *rest] if party in scenario.parties:
                title, head = party_title(scenario, party), _steps(scenario, [kind])
                if not rest:
                    return title, head
                if kind == "red_lines" and rest[0].isdigit():
                    line = _of_party(scenario, party, [kind, rest[0]]) or ""
                    rest = [line.removeprefix("red line, "), *rest[1:]]
                return f"{title}: {head}", "value" if rest == ["reservation"] else _steps(scenario, rest)
            case [first, rest]:
                return _steps(scenario, [first]), _WHOLE.get(path) or _steps(scenario, [rest], before=first)
            case [first, step, *rest]:
                return _steps(scenario, [first, step]), _steps(scenario, rest, before=step)
    raise AssertionError(path)  # pragma: no cover


def step_in_words(scenario: Scenario | None, name: str, before: str = "") -> str:
    """Return a name that stands in a scenario file in words: the title of what it is, or the name as it is.

    Parameters
    ----------
    scenario : Scenario, optional
        For titles.
    name : str
    before : str
        What it stands in; an issue, where the name may be one of its options.

    Examples
    --------
    >>> import sim
    >>> berlin = sim.read_scenario("scenarios/berlin-2025/scenario.yaml")
    >>> step_in_words(berlin, "current_line", "donetsk"), step_in_words(berlin, "p_real"), step_in_words(berlin, "C11")
    ('The line of contact is frozen', 'chance that it is real', 'C11')
    """
    if scenario is None:
        return name
    if before in scenario.issues and name in scenario.issues[before].options:
        return option_title(scenario, before, name)
    return _steps(scenario, [name]) if " " not in name else name


def _steps(scenario: Scenario, steps: list[str], before: str = "") -> str:
    """Tell a path that has no words of its own step by step, with the titles of what is named in it."""
    told: list[str] = []
    for last, step in zip([before, *steps], steps, strict=False):
        issue, _, options = step.partition("=")
        if step in scenario.issues:
            told.append(issue_title(scenario, step))
        elif last in scenario.issues and step in scenario.issues[last].options:
            told[-1:] = [
                f"{told[-1]}: {option_title(scenario, last, step)}" if told else option_title(scenario, last, step)
            ]
        elif issue in scenario.issues and options:
            named = [option_title(scenario, issue, option) for option in options.split("+")]
            told.append(f"{issue_title(scenario, issue)}: {' or '.join(named)}")
        elif step in scenario.parties:
            told.append(party_title(scenario, step))
        else:
            told.append(_STEPS.get(step, step.replace("_", " ")))
    return ", ".join(told)


def _of_party(scenario: Scenario, party: str, rest: list[str]) -> str | None:
    issues = scenario.issues
    match rest:
        case ["no_deal", "reservation"]:
            return "value of no deal"
        case ["salience", issue] if issue in issues:
            return f"weight of {issue_title(scenario, issue)}"
        case ["utility", issue, option] if issue in issues and option in issues[issue].options:
            return f"value of {term_in_words(scenario, issue, option)}"
        case ["red_lines", place, *part] if place.isdigit() and int(place) < len(scenario.parties[party].red_lines):
            line = scenario.parties[party].red_lines[int(place)]
            options = " or ".join(option_title(scenario, line.issue, option) for option in line.options)
            head = {(): "red line,", ("p_real",): "chance that its line is real,"}.get(tuple(part))
            return None if head is None else f"{head} {issue_title(scenario, line.issue)}: {options}"
        case [_, *_]:
            return _steps(scenario, rest)
    return None


#: Columns of results that are told as a sentence.
_COLUMNS = {
    "agreed": "an agreement is signed",
    "zone": "agreements acceptable to all",
    "rounds": "weeks of talks",
    "natural": "signed without pressure",
    "ratified": "ratified everywhere",
    "last_refuser": "last to refuse",
    "ground": "ground of the last refusal",
    "coding": "coding drawn",
    "stable": "stable as the scenario defines it",
}


def column_in_words(scenario: Scenario, name: str) -> str:
    """Return what a column of a result holds, or one value of it (``column=value``, ``column>number``).

    Parameters
    ----------
    scenario : Scenario
    name : str

    Returns
    -------
    str

    Examples
    --------
    >>> import sim
    >>> berlin = sim.read_scenario("scenarios/berlin-2025/scenario.yaml")
    >>> column_in_words(berlin, "option.dmz = symmetric"), column_in_words(berlin, "last_refuser = russia")
    ('Demilitarised zone: Equal depth on both sides', 'last to refuse: Russia')
    >>> column_in_words(berlin, "margin.us"), column_in_words(berlin, "zone>0")
    ('United States: worth above no deal', 'something to sign')
    """
    parts = re.split("([=>])", name, maxsplit=1)
    column, sign, value = (part.strip() for part in (parts if len(parts) == 3 else (name, "", "")))
    kind, _, key = column.partition(".")
    if (column, sign, value) == ("zone", ">", "0"):
        return "something to sign"
    if kind == "option" and key in scenario.issues:
        if value in scenario.issues[key].options:
            return term_in_words(scenario, key, value)
        return f"{issue_title(scenario, key)}: {value or 'what is agreed'}"
    if kind == "margin" and key in scenario.parties:
        words = f"{party_title(scenario, key)}: worth above no deal"
    else:
        words = _COLUMNS.get(column, column.replace("aftermath.", "after signing: ").replace("_", " "))
    if not sign:
        return words
    shown = party_title(scenario, value) if value in scenario.parties else value or "nobody"
    return f"{words}: {shown}" if sign == "=" else f"{words} above {value}"
