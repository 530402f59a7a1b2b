"""The moves of a scenario as one table of arcs over its agreements.

A mover is a party, or several that some move names together (consent). A move is any non-empty set of a
mover's own changes on distinct issues, made at once; only the end point must exist. Moves that cannot be
undone simply have no way back among the arcs, and conditions hold at the start.
"""

from __future__ import annotations

from collections import OrderedDict

import numpy as np

from sim.agreements.moves import arcs_of, movers
from sim.agreements.space import AgreementSpace
from sim.domain.scenario import Scenario
from sim.stability.arcs import Arcs

__all__ = ["scenario_arcs"]

#: Tables kept, most recent last: every world of a scenario shares the same moves.
KEPT = 8
_TABLES: OrderedDict[tuple[int, ...], tuple[tuple[object, ...], Arcs, Arcs]] = OrderedDict()


def scenario_arcs(scenario: Scenario, space: AgreementSpace) -> tuple[Arcs, Arcs]:
    """Return the moves of all movers over the agreements of a scenario, forwards and reversed.

    Parameters
    ----------
    scenario : Scenario
    space : AgreementSpace
        Of the scenario.

    Returns
    -------
    arcs, reverse : Arcs
        States are agreements. Parties are numbered in the order of their names, as everywhere in the
        tables of payoffs. Every single party is a mover, with or without moves; a set of parties is one
        where it has moves.

    Examples
    --------
    >>> import sim
    >>> berlin = sim.read_scenario("scenarios/berlin-2025/scenario.yaml")
    >>> arcs, _ = scenario_arcs(berlin, sim.AgreementSpace.of(berlin))
    >>> arcs.n_states, arcs.n_movers
    (46288, 18)
    """
    parties = sorted(scenario.parties)
    kept = [
        (tuple(sorted(parties.index(party) for party in mover.parties)), arcs_of(scenario, space, mover))
        for mover in movers(scenario)
    ]
    kept = [(members, arcs) for members, arcs in kept if len(members) == 1 or arcs.start.size]
    # The tables of single movers are themselves shared between worlds, so their identity tells.
    key = (id(space), *(id(arcs) for _, arcs in kept))
    if key in _TABLES:
        _TABLES.move_to_end(key)
        return _TABLES[key][1:]
    table = Arcs.of(
        space.n_agreements,
        [members for members, _ in kept],
        np.concatenate([arcs.start for _, arcs in kept]),
        np.concatenate([np.full(arcs.start.size, place) for place, (_, arcs) in enumerate(kept)]),
        np.concatenate([arcs.end for _, arcs in kept]),
    )
    _TABLES[key] = ((space, *(arcs for _, arcs in kept)), table, table.reversed())
    while len(_TABLES) > KEPT:
        _TABLES.popitem(last=False)
    return _TABLES[key][1:]
