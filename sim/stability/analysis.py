"""Every stability concept that applies to an explicit conflict, in one record.

For a graph model: Nash, GMR, SMR, SEQ and SSEQ for every state and decision maker, and, with coalitions
moving by sequences of their members' moves, the core and the largest consistent set; the same two with
nobody but the movers of the file beside them (the core is then the Nash equilibria where all movers are
single). For an abstract game: core, largest consistent set, stable sets and farsighted stable sets under
the moves of the coalitions it lists.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from sim.stability.arcs import MoveGraph
from sim.stability.coalitions import (
    COALITIONAL,
    Core,
    all_coalitions,
    coalition_arcs,
    coalitional_concepts,
    core,
)
from sim.stability.concepts import CONCEPTS, Concepts, stability_concepts
from sim.stability.farsighted import (
    ConsistentSet,
    StableSets,
    direct_dominance,
    indirect_dominance,
    largest_consistent_set,
    stable_sets,
)
from sim.stability.graph import Conflict, Label
from sim.stability.witness import Witness, witness

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["ConflictAnalysis", "analyse"]

#: Largest number of states times coalitions for which coalitions' moves are listed, and of parties.
COALITION_CELLS = 400_000
COALITION_PARTIES = 12
#: Largest number of states times parties for which witnesses and coalitional concepts are given in JSON.
DETAILED_CELLS = 400
#: Largest number of states for which dominance between all pairs is listed.
DOMINANCE_STATES = 4_000


@dataclass(frozen=True, eq=False)
class ConflictAnalysis:
    """What is stable in an explicit conflict.

    Parameters
    ----------
    conflict : Conflict
        What was judged.
    concepts : Concepts or None
        The five concepts; None for an abstract game.
    core : Core or None
        Under the moves of coalitions; None where there are too many, see `reasons`.
    consistent : ConsistentSet
        The largest consistent set under the moves of coalitions.
    movers_core, movers_consistent : Core and ConsistentSet, or None
        The same under the movers of the file alone; None for an abstract game, whose movers are its
        coalitions.
    stable, farsighted : StableSets
        Stable sets of direct and of indirect dominance, under the moves of coalitions.
    coalitions : MoveGraph or None
        The moves of coalitions.
    """

    conflict: Conflict
    concepts: Concepts | None
    core: Core | None
    consistent: ConsistentSet
    movers_core: Core | None
    movers_consistent: ConsistentSet | None
    stable: StableSets
    farsighted: StableSets
    coalitions: MoveGraph | None

    def equilibria(self, concept: str) -> list[Label]:
        """Return the names of the states stable for every decision maker, in the order of the file."""
        return [] if self.concepts is None else self.conflict.names(self.concepts.equilibria(concept))

    def witness(self, state: Label, party: Label, concept: str) -> Witness:
        """Return how a decision maker could improve from a state, and what would punish it."""
        conflict = self.conflict
        return witness(
            conflict.arcs,
            conflict.payoff,
            conflict.states.index(state),
            conflict.parties.index(party),
            concept,
        )

    def to_json(self) -> dict[str, object]:
        """Return what applies, with names as in the file; sets that are not known are null, with a reason.

        Returns
        -------
        dict
            Ready for ``json.dumps``. Keys that are decision makers are text, as JSON wants it.
        """
        conflict = self.conflict
        out: dict[str, object] = {"schema_version": 1, "name": conflict.name, "kind": conflict.kind}
        if self.concepts is not None:
            concepts = self.concepts
            out["equilibria"] = {concept: self.equilibria(concept) for concept in CONCEPTS}
            out["stable_states_by_dm"] = {
                concept: {
                    str(party): conflict.names(np.flatnonzero(concepts.of(concept)[:, i]))
                    for i, party in enumerate(conflict.parties)
                }
                for concept in CONCEPTS
            }
            out["margin"] = {
                concept: {
                    str(party): [
                        _number(int(concepts.margin[c, s, i]), conflict.unit) if concepts.can_move[s, i] else None
                        for s in range(len(conflict.states))
                    ]
                    for i, party in enumerate(conflict.parties)
                }
                for c, concept in enumerate(CONCEPTS)
            }
        out["core"] = None if self.core is None else conflict.names(np.flatnonzero(self.core.inside))
        out["largest_consistent_set"] = self._names(self.consistent.states)
        out["stable_sets"] = self._sets(self.stable)
        out["farsighted_stable_sets"] = self._sets(self.farsighted)
        if self.core is not None and self.coalitions is not None:
            out["blocked_by"] = [
                {
                    "state": conflict.states[s],
                    "coalition": [conflict.parties[p] for p in self.coalitions.movers[int(self.core.coalition[s])]],
                    "to": conflict.states[int(self.core.target[s])],
                }
                for s in np.flatnonzero(~self.core.inside)
            ]
        if self.movers_core is not None and self.movers_consistent is not None:
            out["movers_only"] = {
                "core": conflict.names(np.flatnonzero(self.movers_core.inside)),
                "largest_consistent_set": self._names(self.movers_consistent.states),
            }
        if self.concepts is not None:
            cells = len(conflict.states) * len(conflict.parties)
            detailed = cells <= DETAILED_CELLS
            out["witness"] = self._witnesses() if detailed else None
            out["stable_states_by_coalition"] = self._coalitional() if detailed and len(conflict.parties) <= 6 else None
        reasons = {
            "core": "" if self.core is not None else self.consistent.reason,
            "largest_consistent_set": self.consistent.reason,
            "stable_sets": self.stable.reason,
            "farsighted_stable_sets": self.farsighted.reason,
        }
        large = f"more than {DETAILED_CELLS} states times decision makers, or more than six of them"
        reasons |= {key: large for key in ("witness", "stable_states_by_coalition") if key in out and out[key] is None}
        out["reasons"] = {key: reason for key, reason in reasons.items() if reason}
        return out

    def _witnesses(self) -> dict[str, object]:
        """Return, by concept, decision maker and state, the binding improvement and what meets it."""
        conflict = self.conflict
        out: dict[str, object] = {}
        for concept in CONCEPTS:
            by_party: dict[str, list[object]] = {}
            for i, party in enumerate(conflict.parties):
                by_party[str(party)] = []
                for s in range(len(conflict.states)):
                    found = witness(conflict.arcs, conflict.payoff, s, i, concept)
                    if found.improvement is None:
                        by_party[str(party)].append(None)
                        continue
                    entry: dict[str, object] = {
                        "improvement": conflict.states[found.improvement],
                        "punished": found.stable,
                        "path": [
                            {"mover": [conflict.parties[p] for p in conflict.arcs.movers[m]], "to": conflict.states[t]}
                            for m, t in found.path
                        ],
                    }
                    if found.counter is not None:
                        entry["counter"] = conflict.states[found.counter]
                    by_party[str(party)].append(entry)
            out[concept] = by_party
        return out

    def _coalitional(self) -> dict[str, dict[str, list[Label]]]:
        """Return the states stable for each coalition of two or more, by coalition and concept."""
        conflict = self.conflict
        out: dict[str, dict[str, list[Label]]] = {}
        for members in all_coalitions(len(conflict.parties)):
            if len(members) > 1:
                verdicts = coalitional_concepts(conflict.arcs, conflict.payoff, members)
                out[" + ".join(str(conflict.parties[p]) for p in members)] = {
                    concept: conflict.names(np.flatnonzero(verdicts[row])) for row, concept in enumerate(COALITIONAL)
                }
        return out

    def _names(self, states: npt.NDArray[np.int64] | None) -> list[Label] | None:
        return None if states is None else self.conflict.names(states)

    def _sets(self, found: StableSets) -> list[list[Label]] | None:
        return None if found.sets is None else [self.conflict.names(states) for states in found.sets]

    def to_frame(self) -> pd.DataFrame:
        """Return the states, one a row.

        Returns
        -------
        pandas.DataFrame
            Indexed by state: the payoff of each decision maker, of each concept whether the state is an equilibrium,
            and whether it is in the ``core`` and the largest ``consistent`` set, where those are known.
        """
        table, n_states = self.conflict.to_frame(), len(self.conflict.states)
        if self.concepts is not None:
            for concept in self.concepts.names:
                table[concept] = self.concepts.of(concept).all(axis=1)
        if self.core is not None:
            table["core"] = self.core.inside
        if self.consistent.states is not None:
            table["consistent"] = np.isin(np.arange(n_states), self.consistent.states)
        return table


def _number(value: int, unit: int) -> int | float:
    return value if unit == 1 else value / unit


def analyse(conflict: Conflict) -> ConflictAnalysis:
    """Judge an explicit conflict under every concept that applies to it.

    Parameters
    ----------
    conflict : Conflict
        From `sim.stability.graph.read_graph`.

    Returns
    -------
    ConflictAnalysis

    Examples
    --------
    Chicken: either one gives way; both giving way is kept by the threat of the worst state alone.

    >>> from sim.stability.graph import conflict_of
    >>> row, col = [["DD", "CD"], ["CD", "DD"], ["DC", "CC"], ["CC", "DC"]], None
    >>> col = [["DD", "DC"], ["DC", "DD"], ["CD", "CC"], ["CC", "CD"]]
    >>> found = analyse(conflict_of({
    ...     "kind": "graph-model", "decision_makers": ["Row", "Col"], "states": ["DD", "CD", "DC", "CC"],
    ...     "transitions": {"Row": row, "Col": col}, "payoff": {"Row": [1, 2, 4, 3], "Col": [1, 4, 2, 3]}}))
    >>> found.equilibria("Nash"), found.equilibria("SMR"), found.equilibria("SEQ")
    (['CD', 'DC'], ['CD', 'DC', 'CC'], ['CD', 'DC'])
    >>> found.to_json()["core"], found.to_json()["largest_consistent_set"]
    (['CD', 'DC'], ['CD', 'DC', 'CC'])
    """
    arcs, payoff = conflict.arcs, conflict.payoff
    concepts: Concepts | None = None
    movers_core: Core | None = None
    movers_consistent: ConsistentSet | None = None
    moves: MoveGraph | None = arcs
    reason = ""
    if conflict.kind == "graph-model":
        concepts = stability_concepts(arcs, payoff)
        movers_core, movers_consistent = core(arcs, payoff), largest_consistent_set(arcs, payoff)
        n_coalitions = 2 ** len(conflict.parties) - 1
        if len(conflict.parties) <= COALITION_PARTIES and n_coalitions * arcs.n_states <= COALITION_CELLS:
            moves = coalition_arcs(arcs, all_coalitions(len(conflict.parties)))
        else:
            moves = None
            reason = (
                f"{n_coalitions:,} coalitions times {arcs.n_states:,} states exceed {COALITION_CELLS:,}, or "
                f"{len(conflict.parties)} parties {COALITION_PARTIES}; the moves of coalitions are not listed"
            )
    if moves is None:
        unknown = StableSets(None, reason)
        return ConflictAnalysis(
            conflict,
            concepts,
            None,
            ConsistentSet(None, (), reason),
            movers_core,
            movers_consistent,
            unknown,
            unknown,
            None,
        )
    if arcs.n_states <= DOMINANCE_STATES:
        direct = stable_sets(direct_dominance(moves, payoff))
        farsighted = stable_sets(indirect_dominance(moves, payoff))
    else:
        direct = farsighted = StableSets(
            None, f"{arcs.n_states:,} states exceed {DOMINANCE_STATES:,}; stable sets are not looked for"
        )
    return ConflictAnalysis(
        conflict,
        concepts,
        core(moves, payoff),
        largest_consistent_set(moves, payoff),
        movers_core,
        movers_consistent,
        direct,
        farsighted,
        moves,
    )
