"""The moves of a scenario as one table of arcs over its agreements.

A mover is a party, or several that some move names together (consent). A move is any non-empty set of a
mover's own changes on distinct issues, made at once; only the end point must exist. Moves that cannot be
undone simply have no way back among the arcs, and conditions hold at the start.
"""

from __future__ import annotations

import numpy as np

from sim.agreements.frame import GameForm
from sim.stability.arcs import Arcs

__all__ = ["form_arcs"]


def form_arcs(form: GameForm) -> tuple[Arcs, Arcs]:
    """Return the moves of all movers over the agreements of a game form, forwards and reversed.

    Parameters
    ----------
    form : GameForm
        ``form.derived(form_arcs)`` works it out once.

    Returns
    -------
    arcs, reverse : Arcs
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
    table = Arcs.of(
        form.space.n_agreements,
        [members for members, _ in kept],
        np.concatenate([arcs.start for _, arcs in kept]),
        np.concatenate([np.full(arcs.start.size, place) for place, (_, arcs) in enumerate(kept)]),
        np.concatenate([arcs.end for _, arcs in kept]),
    )
    return table, table.reversed()
