"""An explicit conflict as a scenario, such that both have the same stable states.

One issue, ``state``, has an option for each state of the conflict. What a decision maker can do alone is a
move of that party from option to option, what several do together a move by consent; so the scenario's
game of moves is the conflict's, arc by arc. A payoff p becomes the utility (p − min) / (max − min) of its
party, kept to nine decimals as everywhere: the order of states, which is all the concepts look at, and the
proportions stay. A conflict says nothing of no deal: every reservation value is 0.

What a conflict file holds beside this, such as the answers published with it, is not carried over.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from sim.agreements.conflict_export import ABSTRACT
from sim.domain.document import MAX_KEY
from sim.domain.writing import safe_names
from sim.errors import ScenarioError
from sim.stability.graph import Conflict, Label

__all__ = ["ISSUE", "left_out", "scenario_of_conflict"]

#: The one issue of a scenario made from a conflict.
ISSUE = "state"
#: Utilities are whole multiples of one over this.
UNITS = 10**9

_CARRIED = {
    *("kind", "name", "title", "as_of", "provenance", "notes", "decision_makers", "titles", "options", "states"),
    *("payoff", "transitions", "consent", "effectiveness"),
}


def scenario_of_conflict(
    conflict: Conflict, content: Mapping[str, Any], as_of: str, file: str | None = None
) -> dict[str, Any]:
    """Return a conflict as the plain data of a scenario.

    Parameters
    ----------
    conflict : Conflict
        As ``sim.stability.graph.conflict_of`` reads the content.
    content : mapping
        Of the same file, for titles, the meaning of states, notes and provenance.
    as_of : str
        Date of the scenario where the file names none.
    file : str, optional
        What to call the file in errors.

    Returns
    -------
    dict

    Raises
    ------
    ScenarioError
        If no scenario can say the same: a single decision maker, names that cannot be told apart once
        the signs that scenarios reserve are replaced, or payoffs so close to one another that nine
        decimals of their range would make them equal.

    Examples
    --------
    >>> from sim.stability.graph import conflict_of
    >>> content = {"kind": "graph-model", "decision_makers": ["A", "B"], "states": ["s", "t"],
    ...            "transitions": {"A": [["s", "t"]]}, "payoff": {"A": [1, 3], "B": [2, 1]}}
    >>> data = scenario_of_conflict(conflict_of(content), content, as_of="2025")
    >>> data["issues"]["state"]["moves"]
    [{'party': 'A', 'from': 's', 'to': 't', 'reversible': False}]
    >>> data["parties"]["B"]["utility"]["state"]["s"]
    {'value': 1.0, 'status': 'stated', 'source': 'conflict'}
    """
    try:
        return _data(conflict, content, as_of)
    except ScenarioError as fault:
        remedy = "judge the file as it is with 'parley stability --graph FILE'"
        raise ScenarioError(f"cannot be written as a scenario: {fault.message}; {remedy}", file=file) from None


def left_out(content: Mapping[str, Any]) -> list[str]:
    """Return the keys of a conflict file that a scenario made from it does not hold.

    Examples
    --------
    >>> left_out({"kind": "graph-model", "expected": {}, "checks": {}})
    ['checks', 'expected']
    """
    return sorted(key for key in content if key not in _CARRIED)


def _data(conflict: Conflict, content: Mapping[str, Any], as_of: str) -> dict[str, Any]:
    if len(conflict.parties) < 2:
        raise ScenarioError(
            f"a scenario needs two parties or more, and decision maker {conflict.parties[0]!r} is alone"
        )
    states, parties = _names(conflict.states, "state"), _names(conflict.parties, "decision maker")
    given_titles = content.get("titles")
    titles = given_titles if isinstance(given_titles, Mapping) else {}
    name = str(content.get("name") or "conflict")
    title = str(content.get("title") or name)
    notes = _notes(content)
    if conflict.kind == "abstract-game" and all(note["id"] != ABSTRACT for note in notes):
        said = "An abstract game (Chwe 1994): the coalitions that moves name can act, and no others."
        notes.insert(0, {"id": ABSTRACT, "text": said})
    return {
        "schema": 1,
        "name": safe_names([name], "name")[name],
        "title": title,
        "as_of": str(content.get("as_of") or as_of),
        "description": "An explicit conflict: options are its states, moves after signing its moves. Payoffs rank"
        " states for each party; the worst is 0, the best 1, the others lie between in proportion.",
        "sources": {"conflict": _source(content, title)},
        **({"notes": notes} if notes else {}),
        "issues": {
            ISSUE: {
                "title": "State",
                "options": _options(conflict.states, content, states),
                "ordered": False,
                "moves": _moves(conflict, list(states.values()), list(parties.values())),
            }
        },
        "parties": {
            parties[str(party)]: {
                "title": str(titles.get(str(party)) or party),
                "salience": {ISSUE: 1.0},
                "utility": {ISSUE: dict(zip(states.values(), _utility(conflict, k), strict=True))},
                "no_deal": {
                    "reservation": {"value": 0.0, "status": "judgement", "note": "A conflict says nothing of no deal."}
                },
            }
            for k, party in enumerate(conflict.parties)
        },
        "negotiation": {"protocol": "alternating_offers"},
        # Without this every party that can move at all would count as controlling the whole issue.
        "stability": {"coalitions": [{"members": list(parties.values()), "controls": [ISSUE]}]},
    }


def _names(labels: Sequence[Label], what: str) -> dict[str, str]:
    names = safe_names([str(label) for label in labels], what)
    for label, name in names.items():
        if len(name) > MAX_KEY:
            raise ScenarioError(f"the {what} {label[:40]!r}… is longer than the {MAX_KEY} characters of a name")
    return names


def _options(labels: Sequence[Label], content: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, str]:
    """Return each state's option with what the file says it means."""
    entries = content.get("states")
    known = entries if isinstance(entries, list) and len(entries) == len(labels) else [None] * len(labels)
    switches = _switches(content.get("options"))
    found = {}
    for label, entry in zip(labels, known, strict=True):
        said: list[str] = [] if names[str(label)] == str(label) else [str(label)]
        if isinstance(entry, Mapping):
            if entry.get("label"):
                # What was exported says the original name already.
                said = [str(entry["label"])] if str(entry["label"]).startswith(str(label)) else [*said, entry["label"]]
            chosen = entry.get("yn")
            if isinstance(chosen, str) and len(chosen) == len(switches) and set(chosen) <= set("YN"):
                on = [switch for switch, sign in zip(switches, chosen, strict=True) if sign == "Y"]
                said.append("; ".join(on) if on else "no option taken")
        found[names[str(label)]] = " — ".join(map(str, said))
    return found


def _switches(given: object) -> list[str]:
    """Return the options of a conflict in option form, each with who owns it."""
    found = []
    for option in given if isinstance(given, list) else []:
        if not isinstance(option, Mapping) or "name" not in option:
            return []
        owner = option.get("owner")
        names = " + ".join(map(str, owner)) if isinstance(owner, list) else str(owner or "")
        found.append(f"{names}: {option['name']}" if names else str(option["name"]))
    return found


def _source(content: Mapping[str, Any], title: str) -> dict[str, Any]:
    given = content.get("provenance")
    if isinstance(given, str) and given.strip():
        return {"title": given, "kind": "dataset"}
    if not isinstance(given, Mapping) or not given.get("source"):
        return {"title": title, "kind": "dataset"}
    rest = "; ".join(f"{key}: {value}" for key, value in given.items() if key not in ("source", "note") and value)
    note = str(given.get("note") or rest)
    return {"title": str(given["source"]), "kind": "dataset", **({"note": note} if note else {})}


def _notes(content: Mapping[str, Any]) -> list[dict[str, str]]:
    given = content.get("notes")
    notes: list[dict[str, str]] = []
    for n, note in enumerate(given if isinstance(given, list) else [given] if isinstance(given, str) else [], 1):
        if isinstance(note, Mapping):
            notes.append({"id": str(note.get("id") or f"note-{n}"), "text": str(note.get("text") or "")})
        elif str(note).strip():
            notes.append({"id": f"note-{n}", "text": str(note)})
    return notes


def _moves(conflict: Conflict, states: Sequence[str], parties: Sequence[str]) -> list[dict[str, Any]]:
    arcs = conflict.arcs
    moves: list[dict[str, Any]] = []
    for mover, members in enumerate(arcs.movers):
        open_ = [(start, int(end)) for start in range(arcs.n_states) for end in arcs.from_state(start, mover)]
        there = set(open_)
        names = [parties[member] for member in members]
        by = {"party": names[0]} if len(names) == 1 else {"parties": names}
        for start, end in open_:
            back = {} if (end, start) in there else {"reversible": False}
            moves.append({**by, "from": states[start], "to": states[end], **back})
    return moves


def _utility(conflict: Conflict, party: int) -> list[dict[str, Any]]:
    payoff = [int(value) for value in conflict.payoff[:, party]]
    low, width = min(payoff), max(payoff) - min(payoff)
    # In whole numbers: half a unit rounds up, as no float could promise for payoffs of 19 digits.
    units = [(2 * (value - low) * UNITS + width) // (2 * width) if width else UNITS for value in payoff]
    if len(set(units)) < len(set(payoff)):
        order = np.argsort(np.array(payoff), kind="stable").tolist()
        first, second = next((a, b) for a, b in pairwise(order) if payoff[a] != payoff[b] and units[a] == units[b])
        raise ScenarioError(
            f"decision maker {conflict.parties[party]} prefers state {conflict.states[second]} to"
            f" {conflict.states[first]} by less than a billionth of the range of its payoffs, and utilities have nine"
            " decimals"
        )
    return [{"value": unit / UNITS, "status": "stated", "source": "conflict"} for unit in units]
