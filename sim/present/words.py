"""Agreements and parties in words, in the order a reader expects."""

from __future__ import annotations

import re
from collections.abc import Mapping

from sim.domain.scenario import Scenario

__all__ = [
    "agreement_in_words",
    "counted",
    "difference_in_words",
    "in_file_order",
    "label_in_words",
    "party_title",
    "path_in_lines",
    "whole_percent",
]


def label_in_words(label: str) -> str:
    """Return an option's or issue's label as words.

    Parameters
    ----------
    label : str
        As in the scenario file.

    Returns
    -------
    str

    Examples
    --------
    >>> label_in_words("ua_withdrawal_neutral_fez")
    'ua withdrawal neutral fez'
    """
    return label.replace("_", " ").replace("-", " ")


def party_title(scenario: Scenario, party: str) -> str:
    """Return a party's title.

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
    return scenario.parties[party].title


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
    return {issue: agreement[issue] for issue in scenario.issues}


def agreement_in_words(scenario: Scenario, agreement: Mapping[str, str]) -> str:
    """Return an agreement as one line: issue titles and options.

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
    >>> agreement_in_words(berlin, space.agreement(0)).split(";")[4].strip()
    'Donetsk: cession recognised'
    """
    return difference_in_words(scenario, agreement, {})


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
    return "; ".join(
        f"{scenario.issues[issue].title}: {label_in_words(option)}"
        for issue, option in in_file_order(scenario, agreement).items()
        if other.get(issue) != option
    )


def path_in_lines(path: str, width: int, indent: int = 2) -> str:
    """Return a key path over as many lines as it needs, broken where one of its words ends.

    Parameters
    ----------
    path : str
    width : int
        Of a column; a word longer than that stays whole.
    indent : int
        Blanks before the first line; the others are set two further.

    Examples
    --------
    >>> print(path_in_lines("fortna.security_framework.binding_guarantees", 28))
      fortna.security_framework.
        binding_guarantees
    """
    lines = [" " * indent]
    for piece in re.findall(r"[^._]+[._]*|[._]+", path):
        if len(lines[-1]) + len(piece) > width and lines[-1].strip():
            lines.append(" " * (indent + 2))
        lines[-1] += piece
    return "\n".join(lines)


def counted(number: int, what: str) -> str:
    """Return how many there are of something, one in the singular.

    Parameters
    ----------
    number : int
    what : str
        In the plural, with an s.

    Examples
    --------
    >>> counted(1, "runs"), counted(12_000, "runs"), counted(1, "agreements can")
    ('1 run', '12,000 runs', '1 agreement can')
    """
    noun, blank, rest = what.partition(" ")
    return f"{number:,} {noun.removesuffix('s') if number == 1 else noun}{blank}{rest}"


def whole_percent(share: float) -> str:
    """Return a share in whole percent.

    Parameters
    ----------
    share : float
        From 0 to 1.

    Returns
    -------
    str

    Examples
    --------
    >>> whole_percent(0.504)
    '50 %'
    """
    return f"{100 * share:.0f} %"
