"""What is stable in an explicit conflict, as tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.present.console import console, print_table
from sim.stability.concepts import CONCEPTS

if TYPE_CHECKING:
    from rich.console import Console

    from sim.stability.analysis import ConflictAnalysis

__all__ = ["print_conflict"]


def print_conflict(analysis: ConflictAnalysis) -> None:
    """Print what is stable in an explicit conflict.

    Parameters
    ----------
    analysis : ConflictAnalysis

    Examples
    --------
    >>> from sim.stability.analysis import analyse
    >>> from sim.stability.graph import conflict_of
    >>> dare = {"kind": "graph-model", "decision_makers": ["A"], "states": ["here", "there"],
    ...         "transitions": {"A": [["here", "there"]]}, "payoff": {"A": [0, 1]}}
    >>> print_conflict(analyse(conflict_of(dare)))
    Conflict: 2 states; A
    Stable states
    ┏━━━━━━━━━┳━━━━━━━━━━━━┳━━━━━━━┓
    ┃ concept ┃ equilibria ┃ A     ┃
    ┡━━━━━━━━━╇━━━━━━━━━━━━╇━━━━━━━┩
    │ Nash    │ there      │ there │
    ...
    here: A prefers there and can go there.
    """
    from rich.table import Table

    screen: Console = console()
    conflict = analysis.conflict
    content = analysis.to_json()
    parties = ", ".join(str(party) for party in conflict.parties)
    screen.print(f"{conflict.name or 'Conflict'}: {len(conflict.states)} states; {parties}", markup=False)

    def listed(states: Any, reason: str = "") -> str:
        if states is None:
            return reason or "not known"
        return ", ".join(str(state) for state in states) or "none"

    if analysis.concepts is not None:
        table = Table("concept", "equilibria", *[str(p) for p in conflict.parties])
        stable: Any = content["stable_states_by_dm"]
        equilibria: Any = content["equilibria"]
        for concept in CONCEPTS:
            table.add_row(concept, listed(equilibria[concept]), *[listed(s) for s in stable[concept].values()])
        print_table(screen, table, "Stable states")
    reasons: Any = content["reasons"]
    table = Table("", "states")
    table.add_row("core", listed(content["core"], reasons.get("core", "")))
    table.add_row(
        "largest consistent set",
        listed(content["largest_consistent_set"], reasons.get("largest_consistent_set", "")),
    )
    for key in ("stable_sets", "farsighted_stable_sets"):
        sets: Any = content[key]
        shown = reasons.get(key, "") if sets is None else "; ".join(f"{{{listed(one)}}}" for one in sets[:6]) or "none"
        table.add_row(key.replace("_", " "), shown)
    print_table(screen, table, "Under the moves of coalitions")
    blocked: Any = content.get("blocked_by", [])
    for entry in blocked[:12]:
        who = " and ".join(str(member) for member in entry["coalition"])
        verb = "prefers" if len(entry["coalition"]) == 1 else "prefer"
        screen.print(f"{entry['state']}: {who} {verb} {entry['to']} and can go there.", markup=False)
    if len(blocked) > 12:
        screen.print(f"… and {len(blocked) - 12} more states outside the core (all with --json).")
