"""A scenario's game of moves as an explicit conflict, in the form the stability engine reads.

States are agreements, arcs the moves after signing: those of single parties as a ``graph-model`` where every
move is one party's own, otherwise all of them, with who consents, as an ``abstract-game``. Payoffs are
utilities in units of 1e-9, so that exact comparisons stay exact.
"""

from __future__ import annotations

from typing import Any

from sim.agreements.moves import arcs_of, movers
from sim.agreements.payoffs import Payoffs
from sim.errors import ModelError

__all__ = ["MAX_ARCS", "MAX_STATES", "conflict_content"]

#: Larger graphs are refused: an explicit list of states is for reading and for other tools.
MAX_STATES = 20_000
#: More arcs than this are refused.
MAX_ARCS = 500_000


def conflict_content(payoffs: Payoffs) -> dict[str, Any]:
    """Return the conflict as data for JSON.

    Parameters
    ----------
    payoffs : Payoffs

    Returns
    -------
    dict
        ``kind``, ``decision_makers``, ``states``, ``payoff`` and ``transitions`` or ``effectiveness``.

    Raises
    ------
    ModelError
        With more than `MAX_STATES` agreements or `MAX_ARCS` arcs.
    """
    space, scenario = payoffs.space, payoffs.scenario
    if space.n_agreements > MAX_STATES:
        raise ModelError(
            f"{space.n_agreements:,} agreements, more than the {MAX_STATES:,} that are written out as a graph; the"
            " stability command reads the scenario itself"
        )
    labels = [
        "; ".join(f"{issue}={option}" for issue, option in space.agreement(n).items())
        for n in range(space.n_agreements)
    ]
    found = [(mover, arcs_of(scenario, space, mover)) for mover in movers(scenario)]
    total = sum(len(arcs.start) for _, arcs in found)
    if total > MAX_ARCS:
        raise ModelError(f"{total:,} arcs, more than the {MAX_ARCS:,} that are written out as a graph")
    alone = all(len(mover.parties) == 1 for mover, arcs in found if len(arcs.start))
    content: dict[str, Any] = {
        "kind": "graph-model" if alone else "abstract-game",
        "name": scenario.name,
        "title": scenario.title,
        "decision_makers": list(payoffs.parties),
        "states": [{"id": label} for label in labels],
        "payoff": {party: payoffs.utility[:, k].tolist() for k, party in enumerate(payoffs.parties)},
    }
    if alone:
        content["transitions"] = {
            mover.name: [[labels[s], labels[e]] for s, e in zip(arcs.start.tolist(), arcs.end.tolist(), strict=True)]
            for mover, arcs in found
            if len(mover.parties) == 1
        }
    else:
        content["effectiveness"] = [
            {"frm": labels[s], "to": labels[e], "coalition": sorted(mover.parties)}
            for mover, arcs in found
            for s, e in zip(arcs.start.tolist(), arcs.end.tolist(), strict=True)
        ]
    return content
