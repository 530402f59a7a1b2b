"""The moves of a scenario as one table of arcs over its agreements.

A mover is a party, or several that some move names together (consent). A move is any non-empty set of a
mover's own changes on distinct issues, made at once; only the end point must exist. Moves that cannot be
undone simply have no way back among the arcs, and conditions hold at the start.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from sim.agreements.frame import GameForm
from sim.domain.issue import Move
from sim.stability.arcs import MoveGraph
from sim.stability.groups import FreeMoves

__all__ = ["form_arcs", "form_free"]


def form_arcs(form: GameForm) -> tuple[MoveGraph, MoveGraph]:
    """Return the moves of all movers over the agreements of a game form, forwards and reversed.

    Parameters
    ----------
    form : GameForm
        ``form.derived(form_arcs)`` works it out once.

    Returns
    -------
    arcs, reverse : MoveGraph
        States are agreements. Parties are numbered in the order of their names, as everywhere in the
        tables of payoffs. Every single party is a mover, with or without moves; a set of parties is one
        where it has moves.

    Examples
    --------
    >>> import sim
    >>> from sim.agreements.frame import Frame
    >>> form = Frame.of(sim.read_scenario("scenarios/berlin-2025/scenario.yaml")).form
    >>> arcs, _ = form.derived(form_arcs)
    >>> arcs.n_states, arcs.n_movers
    (46288, 18)
    """
    kept = [(form.columns(mover), form.arcs(mover)) for mover in form.movers]
    kept = [(members, arcs) for members, arcs in kept if len(members) == 1 or arcs.start.size]
    table = MoveGraph.of(
        form.space.n_agreements,
        [members for members, _ in kept],
        np.concatenate([arcs.start for _, arcs in kept]),
        np.concatenate([np.full(arcs.start.size, place) for place, (_, arcs) in enumerate(kept)]),
        np.concatenate([arcs.end for _, arcs in kept]),
    )
    return table, table.reversed()


def form_free(form: GameForm) -> FreeMoves | None:
    """Return the moves of a game form as groups of agreements, where every party moves freely; None otherwise.

    So it is where no move needs consent or holds under a condition, and wherever a party can change an option to a
    second one, and that to a third, it can go all ways between them. No move at all is the simplest case.

    Parameters
    ----------
    form : GameForm
        ``form.derived(form_free)`` works it out once.

    Returns
    -------
    FreeMoves or None

    Examples
    --------
    Hill can seize the pass and leave it again; Vale's guard likewise:

    >>> import sim
    >>> from sim.agreements.frame import Frame
    >>> form_free(Frame.of(sim.read_scenario("scenarios/tutorial-two-by-two/scenario.yaml")).form).group.tolist()
    [[0, 0, 1, 1], [0, 1, 0, 1]]
    """
    space = form.space
    keys = {}
    for mover in form.movers:
        changes = {issue: moves for issue, moves in mover.changes.items() if moves}
        if not changes:
            continue
        if len(mover.parties) > 1 or any(move.when for moves in changes.values() for move in moves):
            return None
        key = space.code.copy()
        for issue, moves in changes.items():
            k = space.issues.index(issue)
            first = _first_of_class(space.labels[k], moves)
            if first is None:
                return None
            key += (first - np.arange(len(first)))[space.options[:, k]] * space.strides[k]
        keys[form.columns(mover)[0]] = key
    if keys:
        return FreeMoves.of_keys(len(form.parties), keys)
    n = space.n_agreements
    return FreeMoves(n, len(form.parties), (), np.empty((0, n), np.int32))


def _first_of_class(labels: tuple[str, ...], moves: tuple[Move, ...]) -> npt.NDArray[np.int64] | None:
    """Return the first option of each option's class, if moves lead all ways within classes; None otherwise."""
    leads = np.eye(len(labels), dtype=np.bool_)
    for move in moves:
        leads[labels.index(move.from_), labels.index(move.to)] = True
    if (leads != leads.T).any() or ((leads @ leads) != leads).any():
        return None
    return np.argmax(leads, axis=1)
