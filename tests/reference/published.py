"""The published conflicts of `conflicts.yaml`, as files for the program and as answers with names."""

from __future__ import annotations

import json
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import Any

import yaml

from sim.stability.graph import Conflict, conflict_of

CONCEPTS = ("Nash", "GMR", "SMR", "SEQ", "SSEQ")


@cache
def cases() -> dict[str, dict[str, Any]]:
    """Every case by name, as it stands in the file."""
    with (Path(__file__).parent / "conflicts.yaml").open(encoding="utf-8") as stream:
        found: dict[str, dict[str, Any]] = yaml.safe_load(stream)
    return found


def of_kind(kind: str) -> list[str]:
    """The cases of one kind whose states are listed."""
    return [name for name, case in cases().items() if case["kind"] == kind and "states" in case]


def places(written: str) -> list[int]:
    """The numbers of "3-5 8", from 0."""
    found: list[int] = []
    for piece in str(written).split():
        first, _, last = piece.partition("-")
        found += range(int(first) - 1, int(last or first))
    return found


def pairs(written: str) -> list[tuple[int, int]]:
    """The pairs of "1 > 3 5; 2 > 1", from 0."""
    found: list[tuple[int, int]] = []
    for piece in filter(None, written.split("; ")):
        start, _, ends = piece.partition(" > ")
        found += [(int(start) - 1, end) for end in places(ends)]
    return found


def coalitions(written: str, n_players: int) -> list[tuple[int, ...]]:
    """The coalitions of "12 34+", by places from 0."""
    everything = [c for size in range(1, n_players + 1) for c in combinations(range(n_players), size)]
    found: set[tuple[int, ...]] = set()
    for piece in written.split():
        members = {int(digit) - 1 for digit in piece.removesuffix("+")}
        found |= {c for c in everything if set(c) == members or (piece.endswith("+") and set(c) >= members)}
    return sorted(found, key=lambda c: (len(c), c))


def content(name: str) -> dict[str, Any]:
    """A case as what a conflict file holds."""
    case = cases()[name]
    found: dict[str, Any] = {"name": name, "kind": case["kind"], "provenance": {"source": case["cite"]}}
    if "profiles" in case:
        return found | {"decision_makers": [1, 2, 3], "payoff_table": case["profiles"]}
    parties, states = case["parties"], case["states"]
    found["decision_makers"] = parties
    found["states"] = [{"id": state} for state in states]
    if "options" in case:
        found["options"] = [{"name": option, "owner": [owner]} for option, owner in case["options"].items()]
        found["states"] = [{"id": state, "yn": taken} for state, taken in zip(states, case["taken"], strict=True)]
    found["payoff"] = {str(party): values for party, values in case["payoff"].items()}
    if case["kind"] == "graph-model":
        found["transitions"] = {
            str(party): [[states[a], states[b]] for a, b in pairs(written)] for party, written in case["moves"].items()
        }
        return found
    everywhere = [(a, b) for a in range(len(states)) for b in range(len(states)) if a != b]
    moves = (
        {case["everywhere"]: everywhere} if "everywhere" in case else {k: pairs(v) for k, v in case["moves"].items()}
    )
    found["effectiveness"] = [
        {"frm": states[a], "to": states[b], "coalition": [parties[member] for member in members]}
        for written, steps in moves.items()
        for a, b in steps
        for members in coalitions(written, len(parties))
    ]
    return found


def conflict(name: str) -> Conflict:
    """A case as the program reads it."""
    return conflict_of(json.loads(json.dumps(content(name))), name)


def write(name: str, folder: Path, **more: object) -> Path:
    """Write a case as a conflict file."""
    path = folder / f"{name}.json"
    path.write_text(json.dumps(content(name) | more), encoding="utf-8")
    return path


def named(name: str, written: str) -> list[str | int]:
    """The names of the states of "3-5 8"."""
    return [cases()[name]["states"][place] for place in places(written)]
