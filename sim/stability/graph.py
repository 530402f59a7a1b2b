"""Explicit conflicts: states, moves and payoffs as given in a file.

Two kinds are read. A **graph-model** lists, for each decision maker, the moves it can make alone::

    {"kind": "graph-model", "name": "chicken", "decision_makers": ["Row", "Col"],
     "states": [{"id": "DD"}, {"id": "CD"}, {"id": "DC"}, {"id": "CC"}],
     "transitions": {"Row": [["DD", "CD"], ["CD", "DD"], …], "Col": […]},
     "payoff": {"Row": [1, 2, 4, 3], "Col": [1, 4, 2, 3]}}

and may list under ``consent`` moves that several make together, written as below. An **abstract-game**
(Chwe 1994) lists which coalition can move the state from where to where::

    {"kind": "abstract-game", …, "effectiveness": [{"frm": "a", "to": "b", "coalition": [1, 2]}, …]}

or gives under ``payoff_table`` a game in strategic form, profile by profile (``{"1a2b": [3, 1], …}``), to
be played with nested deviations: a state is a profile with the players R that may still deviate, and a
coalition S ⊆ R may change its own strategies, after which only its members may deviate further (Chwe
1994, pp. 317–318).

Payoffs are integers, or decimals with at most nine places; higher is better. Names of states and
decision makers are text or whole numbers and come back as given. Other keys are not looked at.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from sim.domain.files import Words, read_text
from sim.errors import GraphError, ScenarioError, nearest
from sim.stability.arcs import MoveGraph
from sim.stability.entries import Entry, Label, labels, mapping, party_key, place, required, shown
from sim.stability.nested import nested_deviations

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["MAX_BYTES", "Conflict", "Label", "conflict_of", "graph_content", "read_graph"]

IntArray = npt.NDArray[np.int64]

KINDS = ("graph-model", "abstract-game")
#: Larger files are refused before they are parsed.
MAX_BYTES = 64 * 1024 * 1024
_WORDS = Words(
    missing="cannot be read: No such file or directory",
    folder="cannot be read: Is a directory",
    device="is a device or a pipe; name a file",
    large="is larger than {mib} MiB, too large for an explicit conflict",
    encoding="is no UTF-8 text (byte {offset}); save it as UTF-8",
)
#: More commas and brackets are refused before the file is parsed: each stands for an object in memory.
MAX_ENTRIES = 4_000_000
#: States times movers beyond which the table of moves is not laid out.
MAX_CELLS = 20_000_000
#: Payoffs with decimals are kept as multiples of this.
FINE = 10**9


@dataclass(frozen=True, eq=False)
class Conflict:
    """An explicit conflict.

    Parameters
    ----------
    name : str
        As the file calls it.
    kind : str
        ``graph-model`` or ``abstract-game``.
    parties : tuple of str or int
        The decision makers, in the order of the file.
    states : tuple of str or int
        Names of the states, in the order of the file.
    payoff : ndarray of int64, shape (n_states, n_parties)
        Higher is better.
    unit : int
        What a payoff of 1 in the file is here: 1, or 10**9 where the file has decimals.
    arcs : MoveGraph
        The moves.

    Examples
    --------
    >>> conflict = conflict_of({
    ...     "kind": "graph-model", "decision_makers": ["A"], "states": ["s", "t"],
    ...     "transitions": {"A": [["s", "t"]]}, "payoff": {"A": [0, 1]}})
    >>> conflict.states, conflict.arcs.n_arcs
    (('s', 't'), 1)
    """

    name: str
    kind: str
    parties: tuple[Label, ...]
    states: tuple[Label, ...]
    payoff: IntArray
    unit: int
    arcs: MoveGraph

    def names(self, states: npt.ArrayLike) -> list[Label]:
        """Return the names of states given by number."""
        return [self.states[int(state)] for state in np.asarray(states).reshape(-1)]

    def mover_name(self, mover: int) -> str:
        """Return the parties of a mover, joined by a plus sign."""
        return " + ".join(str(self.parties[party]) for party in self.arcs.movers[mover])

    def to_frame(self) -> pd.DataFrame:
        """Return the payoffs, a state a row and a decision maker a column, as the file gives them."""
        import pandas as pd

        values = self.payoff if self.unit == 1 else self.payoff / self.unit
        return pd.DataFrame(values, index=pd.Index(self.states, name="state"), columns=list(map(str, self.parties)))


def _payoffs(columns: Mapping[int, list[object]], entries: Mapping[int, Entry], n_states: int) -> tuple[IntArray, int]:
    numbers: dict[int, list[Decimal]] = {}
    for party, column in columns.items():
        entry = entries[party]
        if not isinstance(column, list):
            raise entry.error(f"needs a list of {n_states} payoffs, got {shown(column)}")
        if len(column) != n_states:
            raise entry.error(f"has {len(column)} payoffs for {n_states} states; give one for each state")
        numbers[party] = []
        for k, value in enumerate(column):
            if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
                raise entry.at(k).error(f"{shown(value)} is no number")
            number = Decimal(str(value)) if isinstance(value, float) else Decimal(value)
            if not number.is_finite():
                raise entry.at(k).error(f"{value} is no finite number; payoffs must be comparable")
            # Before any arithmetic, which stops at such exponents.
            if number and number.adjusted() > 18:
                raise entry.at(k).error(f"{number} is too large; the order is all that counts")
            if number and number.adjusted() < -9:
                raise entry.at(k).error(f"{number} has more than nine decimal places")
            numbers[party].append(number)
    whole = all(number == number.to_integral_value() for column in numbers.values() for number in column)
    unit = 1 if whole else FINE
    table = np.zeros((n_states, len(columns)), np.int64)
    for party, values in numbers.items():
        for k, number in enumerate(values):
            scaled = number * unit
            if scaled != scaled.to_integral_value():
                raise entries[party].at(k).error(f"{number} has more than nine decimal places")
            if abs(scaled) > 2**61:
                raise entries[party].at(k).error(f"{number} is too large; the order is all that counts")
            table[k, party] = int(scaled)
    return table, unit


def _moves(
    value: object,
    entry: Entry,
    parties: Sequence[Label],
    states: Sequence[Label],
) -> list[tuple[tuple[int, ...], int, int]]:
    """Read moves with a coalition each."""
    if not isinstance(value, list):
        raise entry.error(f"needs a list of moves, got {shown(value)}")
    places = {(type(name), name): k for k, name in enumerate(states)}
    moves = []
    for k, item in enumerate(value):
        here = entry.at(k)
        move = mapping(item, here, "an object with 'frm', 'to' and 'coalition'")
        ends = []
        for key in ("frm", "to"):
            name = required(move, key, here)
            known = places.get((type(name), name)) if isinstance(name, str | int) else None
            ends.append(place(name, states, here.at(key), "state") if known is None else known)
        if ends[0] == ends[1]:
            raise here.error(f"moves from {states[ends[0]]!r} to itself; a move must change the state")
        members = required(move, "coalition", here)
        if not isinstance(members, list) or not members:
            raise here.at("coalition").error(f"needs a list of decision makers, got {shown(members)}")
        coalition = [
            place(name, parties, here.at("coalition").at(m), "decision maker") for m, name in enumerate(members)
        ]
        if len(set(coalition)) < len(coalition):
            raise here.at("coalition").error(f"names a decision maker twice: {shown(members)}")
        moves.append((tuple(sorted(coalition)), ends[0], ends[1]))
    return moves


def _transitions(
    value: object, entry: Entry, parties: Sequence[Label], states: Sequence[Label]
) -> list[tuple[tuple[int, ...], int, int]]:
    moves: list[tuple[tuple[int, ...], int, int]] = []
    places = {(type(name), name): k for k, name in enumerate(states)}
    for key, arcs in mapping(value, entry, "an object with the moves of each decision maker").items():
        party = party_key(key, parties, entry)
        here = entry.at(key)
        if not isinstance(arcs, list):
            raise here.error(f"needs a list of pairs of states, got {shown(arcs)}")
        for k, pair in enumerate(arcs):
            if not isinstance(pair, list) or len(pair) != 2:
                raise here.at(k).error(f"a move is a pair of states [from, to], got {shown(pair)}")
            ends = []
            for name in pair:
                known = places.get((type(name), name)) if isinstance(name, str | int) else None
                ends.append(place(name, states, here.at(k), "state") if known is None else known)
            if ends[0] == ends[1]:
                raise here.at(k).error(f"moves from {states[ends[0]]!r} to itself; a move must change the state")
            moves.append(((party,), ends[0], ends[1]))
    return moves


def conflict_of(data: object, file: str = "") -> Conflict:
    """Check the content of a conflict file and turn it into arrays.

    Parameters
    ----------
    data : object
        What the file holds, as read from JSON.
    file : str, optional
        What to call the file where something is wrong.

    Returns
    -------
    Conflict

    Raises
    ------
    GraphError
        On one line: the file, the entry, what was given, and the rule.

    Examples
    --------
    >>> conflict_of({"kind": "graph-model", "decision_makers": ["A"], "states": ["s", "t"],
    ...              "transitions": {"A": [["s", "u"]]}, "payoff": {"A": [0, 1]}}, "x.json")
    Traceback (most recent call last):
    sim.errors.GraphError: x.json: transitions.A[0]: unknown state "u"; valid: s, t
    """
    top = Entry(file)
    content = mapping(data, top, "an object with 'kind', 'decision_makers', 'states' and 'payoff'")
    kind = required(content, "kind", top)
    if kind not in KINDS:
        hint = nearest(str(kind), KINDS)
        raise top.at("kind").error(f"unknown kind {shown(kind)}{hint}")
    if kind == "abstract-game" and "payoff_table" in content and "states" not in content:
        table = mapping(content["payoff_table"], top.at("payoff_table"), "an object with a row per profile")
        content = {**content, **nested_deviations(table, top.at("payoff_table"))}
    parties = labels(required(content, "decision_makers", top), top.at("decision_makers"), "decision maker")
    states = labels(required(content, "states", top), top.at("states"), "state")

    payoff_entry = top.at("payoff")
    columns: dict[int, list[object]] = {}
    entries: dict[int, Entry] = {}
    for key, column in mapping(
        required(content, "payoff", top), payoff_entry, "an object with the payoffs of each decision maker"
    ).items():
        party = party_key(key, parties, payoff_entry)
        columns[party], entries[party] = column, payoff_entry.at(key)
    for k, label in enumerate(parties):
        if k not in columns:
            raise payoff_entry.error(f"the payoffs of decision maker {label!r} are missing")
    payoff, unit = _payoffs(columns, entries, len(states))

    if kind == "graph-model":
        moves = _transitions(required(content, "transitions", top), top.at("transitions"), parties, states)
        if "consent" in content:
            moves += _moves(content["consent"], top.at("consent"), parties, states)
        singles = {(party,) for party in range(len(parties))}
        movers = sorted(singles | {members for members, _, _ in moves}, key=lambda m: (len(m), m))
    else:
        moves = _moves(required(content, "effectiveness", top), top.at("effectiveness"), parties, states)
        movers = sorted({members for members, _, _ in moves}, key=lambda m: (len(m), m))
    if len(movers) * len(states) > MAX_CELLS:
        raise top.error(
            f"{len(states):,} states times {len(movers):,} movers, more than the {MAX_CELLS:,} that are laid out"
        )
    number = {members: k for k, members in enumerate(movers)}
    arcs = MoveGraph.of(
        len(states),
        movers,
        [start for _, start, _ in moves],
        [number[members] for members, _, _ in moves],
        [end for _, _, end in moves],
    )
    name = content.get("name", "")
    payoff.setflags(write=False)
    return Conflict(name if isinstance(name, str) else "", kind, parties, states, payoff, unit, arcs)


def _no_constant(text: str) -> Decimal:
    # NaN and infinities are no JSON, yet Python reads them; let them come as far as the payoffs, where
    # the message can name the entry.
    return Decimal(text.replace("Infinity", "inf"))


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise GraphError(f"key {key!r} stands twice in one object; the first would be lost")
        found[key] = value
    return found


def read_graph(path: str | Path) -> Conflict:
    """Read an explicit conflict from a JSON file.

    Parameters
    ----------
    path : str or Path
        The file.

    Returns
    -------
    Conflict

    Raises
    ------
    GraphError
        If the file cannot be read, is no JSON, or breaks a rule; one line naming file and entry.

    Examples
    --------
    >>> read_graph("no-such-file.json")
    Traceback (most recent call last):
    sim.errors.GraphError: no-such-file.json: cannot be read: No such file or directory
    """
    return conflict_of(graph_content(path), str(Path(path)))


def graph_content(path: str | Path) -> object:
    """Read the JSON of a conflict file, before anything in it is checked.

    Parameters
    ----------
    path : str or Path
        The file.

    Returns
    -------
    object
        Decimals are kept exactly, as `decimal.Decimal`.

    Raises
    ------
    GraphError
        If the file cannot be read, is larger than `MAX_BYTES`, is no JSON, or names a key twice.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "dare.json"
    >>> _ = path.write_text('{"kind": "graph-model", "payoff": {"A": [0, 0.1]}}')
    >>> graph_content(path)
    {'kind': 'graph-model', 'payoff': {'A': [0, Decimal('0.1')]}}
    """
    file = Path(path)
    try:
        text = read_text(file, MAX_BYTES, _WORDS)
    except ScenarioError as problem:
        raise GraphError(f"{problem.file}: {problem.message}") from None
    if sum(text.count(sign) for sign in ",[{") > MAX_ENTRIES:
        raise GraphError(f"{file}: holds more than {MAX_ENTRIES:,} entries, too many for an explicit conflict")
    try:
        return json.loads(text, parse_float=Decimal, parse_constant=_no_constant, object_pairs_hook=_no_duplicates)
    except json.JSONDecodeError as problem:
        raise GraphError(f"{file}:{problem.lineno}:{problem.colno}: is no JSON: {problem.msg}") from None
    except GraphError as problem:
        raise GraphError(f"{file}: {problem}") from None
    except RecursionError:
        raise GraphError(f"{file}: is nested too deeply for a conflict") from None
    except ValueError as problem:
        raise GraphError(f"{file}: cannot be read: {problem}") from None
