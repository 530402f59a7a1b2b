"""A scenario's game of moves as an explicit conflict, in the form the stability engine reads.

States are agreements, arcs the moves after signing: those of single parties under ``transitions``, those that
several make together under ``consent``. A scenario marked as an abstract game (a note with the id
``abstract-game``, as import leaves it) lists all its moves with their coalitions instead. Payoffs are utilities
in units of 1e-9, so that exact comparisons stay exact.

Of a scenario with a single issue a state is called as its option and says what the option means; so what was
imported from a conflict comes out as it came in.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.agreements.payoffs import Payoffs
from sim.domain.scenario import Scenario
from sim.errors import ModelError

__all__ = ["ABSTRACT", "MAX_ARCS", "MAX_STATES", "conflict_to_json", "left_out_of_conflict"]

#: Id of the note that marks a scenario made from an abstract game.
ABSTRACT = "abstract-game"
#: Larger graphs are refused: an explicit list of states is for reading and for other tools.
MAX_STATES = 20_000
#: More arcs than this are refused.
MAX_ARCS = 500_000


def conflict_to_json(payoffs: Payoffs) -> dict[str, Any]:
    """Return the conflict as data for JSON.

    Parameters
    ----------
    payoffs : Payoffs

    Returns
    -------
    dict
        ``kind``, ``decision_makers``, ``states``, ``payoff`` and ``transitions`` (with ``consent`` where several
        move together) or ``effectiveness``, as ``sim.stability.graph`` reads them; and titles, date, notes and
        provenance.

    Raises
    ------
    ModelError
        With more than `MAX_STATES` agreements or `MAX_ARCS` arcs.

    Examples
    --------
    >>> import sim
    >>> payoffs = Payoffs.of(sim.read_scenario("scenarios/tutorial-two-by-two/scenario.yaml"))
    >>> content = conflict_to_json(payoffs)
    >>> content["kind"], [state["id"] for state in content["states"]][:2]
    ('graph-model', ['guard=absent; pass=held', 'guard=absent; pass=shared'])
    >>> content["transitions"]["hill"][0]
    ['guard=absent; pass=held', 'guard=absent; pass=shared']
    """
    space, scenario = payoffs.space, payoffs.scenario
    if space.n_agreements > MAX_STATES:
        raise ModelError(
            f"{space.n_agreements:,} agreements, more than the {MAX_STATES:,} that are written out as a graph; the"
            " stability command reads the scenario itself"
        )
    order, states = _states(payoffs)
    labels = {int(agreement): str(state["id"]) for agreement, state in zip(order, states, strict=True)}
    place = {agreement: n for n, agreement in enumerate(labels)}
    found = [(mover, payoffs.frame.form.arcs(mover)) for mover in payoffs.frame.form.movers]
    total = sum(len(arcs.start) for _, arcs in found)
    if total > MAX_ARCS:
        raise ModelError(f"{total:,} arcs, more than the {MAX_ARCS:,} that are written out as a graph")
    moves = {
        mover.parties: sorted(
            zip(arcs.start.tolist(), arcs.end.tolist(), strict=True), key=lambda arc: (place[arc[0]], place[arc[1]])
        )
        for mover, arcs in found
    }
    source = scenario.sources.get("conflict")
    abstract = any(note.id == ABSTRACT for note in scenario.notes)
    titles = {name: party.title for name, party in scenario.parties.items() if party.title != name}
    provenance = {"source": source.title if source else f"Scenario {scenario.name}: {scenario.title}"}
    if source and source.note:
        provenance["note"] = source.note
    content: dict[str, Any] = {
        "kind": "abstract-game" if abstract else "graph-model",
        "name": scenario.name,
        "title": scenario.title,
        "as_of": scenario.as_of,
        "provenance": provenance,
        "notes": [{"id": note.id, "text": note.text} for note in scenario.notes],
        "decision_makers": list(scenario.parties),
        "titles": titles,
        "states": states,
        "payoff": {party: payoffs.utility[order, payoffs.parties.index(party)].tolist() for party in scenario.parties},
    }
    if not abstract:
        content["transitions"] = {
            party: [[labels[start], labels[end]] for start, end in moves[frozenset([party])]]
            for party in scenario.parties
        }
    together = [
        {"frm": labels[start], "to": labels[end], "coalition": [p for p in scenario.parties if p in members]}
        for members, arcs in moves.items()
        if abstract or len(members) > 1
        for start, end in arcs
    ]
    if abstract or together:
        content["effectiveness" if abstract else "consent"] = together
    return content


def _states(payoffs: Payoffs) -> tuple[NDArray[np.int64], list[dict[str, str]]]:
    """Return the agreements in the order they are written, and what each is called."""
    space, scenario = payoffs.space, payoffs.scenario
    order = np.arange(space.n_agreements)
    if space.n_issues > 1:
        return order, [{"id": "; ".join(f"{i}={o}" for i, o in space.agreement(n).items())} for n in order.tolist()]
    options = scenario.issues[space.issues[0]].options
    known = {space.labels[0][option]: n for n, option in enumerate(space.options[:, 0].tolist())}
    written = {option: said.title or said.definition for option, said in options.items() if option in known}
    return np.array([known[option] for option in written]), [
        {"id": option, **({"label": said} if said else {})} for option, said in written.items()
    ]


def left_out_of_conflict(scenario: Scenario) -> list[str]:
    """Return the parts of a scenario that no explicit conflict holds, in words.

    Examples
    --------
    >>> import sim
    >>> left_out_of_conflict(sim.read_scenario("scenarios/tutorial-two-by-two/scenario.yaml"))[:2]
    ['issues and options', 'reservation values']
    """
    parties = scenario.parties.values()
    numbers = scenario.numbers.numbers
    found = {
        "issues and options": len(scenario.issues) > 1,
        "reservation values": any(party.no_deal.reservation.value != 0 for party in parties),
        "red lines": any(party.red_lines for party in parties),
        "who must sign": any(not party.signs.always for party in parties),
        "what may be signed": any(constraint.scope == "signing" for constraint in scenario.constraints),
        "ranges": any(not number.is_certain for number in numbers),
        "sources of numbers": len({source for number in numbers for source in number.sources}) > 1,
        "compliance": scenario.compliance != type(scenario.compliance)(),
        "rival codings": bool(scenario.codings),
    }
    return [what for what, there in found.items() if there]
