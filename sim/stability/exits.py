"""Walking away: a move to a terminal no deal.

From agreement a each party whose signature holds it may leave. That leads to ⊥_a, from which nobody
moves on, and which pays w^N_i(a): war after this agreement broke and nobody answered. It pays the party
that leaves in the role of the violator and all others in the role of the victim. With a common ⊥ paying
everybody's reservation value the sanctions would say no more than acceptability; with ⊥_a they keep what
the terms have changed on the ground.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from sim.after.terms import Terms
from sim.agreements.frame import GameForm
from sim.stability.arcs import MoveGraph
from sim.stability.concepts import Concepts, Leaving, free_concepts, stability_concepts
from sim.stability.moves import form_arcs, form_free

__all__ = ["arcs_with_exits", "concepts_with_exits", "exit_payoffs"]


def arcs_with_exits(arcs: MoveGraph, may_leave: npt.NDArray[np.bool_]) -> tuple[MoveGraph, MoveGraph]:
    """Add to the moves, for every agreement, its own no deal, to which parties can leave.

    Parameters
    ----------
    arcs : MoveGraph
        Moves over n agreements; every single party is a mover.
    may_leave : ndarray of bool, shape (n_agreements, n_parties)
        Who can leave which agreement.

    Returns
    -------
    arcs, reverse : MoveGraph
        Over 2n states: the no deal of agreement a is state n + a.

    Examples
    --------
    >>> arcs = MoveGraph.of(2, [(0,), (1,)], [0], [0], [1])
    >>> more, _ = arcs_with_exits(arcs, np.array([[True, False], [True, True]]))
    >>> more.n_states, more.from_state(0, 0).tolist(), more.from_state(1, 1).tolist()
    (4, [1, 2], [3])
    """
    start, mover, end = arcs.as_lists()
    agreement, party = np.nonzero(may_leave)
    place = np.array([arcs.mover_of(column) for column in range(may_leave.shape[1])])
    if (place[np.unique(party)] < 0).any():
        raise ValueError("a party that may leave is no mover of its own")
    table = MoveGraph.of(
        2 * arcs.n_states,
        arcs.movers,
        np.concatenate([start, agreement]),
        np.concatenate([mover, place[party]]),
        np.concatenate([end, agreement + arcs.n_states]),
    )
    return table, table.reversed()


def _form_arcs_with_exits(form: GameForm) -> tuple[MoveGraph, MoveGraph]:
    return arcs_with_exits(form.derived(form_arcs)[0], form.must_sign)


def exit_payoffs(terms: Terms) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return what the agreements and their no deals are worth, chosen and suffered.

    Parameters
    ----------
    terms : Terms

    Returns
    -------
    chosen, suffered : ndarray of int64, shape (2 * n_agreements, n_parties)
        Utilities on top; below them w^N as violator, and as victim. Units of 1e-9.

    Examples
    --------
    The second of four agreements, and the no deal after it, in which Hill has its reservation value of 0.3 and a
    respite of 0.2:

    >>> import sim
    >>> chosen, suffered = exit_payoffs(Terms.of(sim.read_scenario("scenarios/tutorial-two-by-two/scenario.yaml")))
    >>> (chosen[[1, 4 + 1]] / 1e9).tolist()
    [[0.8, 0.6], [0.5, 0.35]]
    """
    utility = terms.payoffs.utility
    return (
        np.concatenate([utility, terms.war_unanswered]),
        np.concatenate([utility, terms.war_unanswered_as_victim]),
    )


def concepts_with_exits(terms: Terms) -> Concepts:
    """Judge every agreement under the five concepts where parties may also walk away.

    Parameters
    ----------
    terms : Terms

    Returns
    -------
    Concepts
        Over the agreements.

    Examples
    --------
    Whoever is worse off than after walking away has an improvement nobody can punish:

    >>> import sim
    >>> terms = sim.Terms.of(sim.read_scenario("scenarios/berlin-2025/scenario.yaml"))
    >>> worse = terms.payoffs.utility < terms.war_unanswered
    >>> bool(concepts_with_exits(terms).stable[:, worse].any())
    False
    """
    form = terms.payoffs.frame.form
    free = form.derived(form_free)
    if free is not None:
        leaving = Leaving(form.must_sign, terms.war_unanswered, terms.war_unanswered_as_victim)
        return free_concepts(free, terms.payoffs.utility, leaving=leaving)
    arcs, reverse = form.derived(_form_arcs_with_exits)
    chosen, suffered = exit_payoffs(terms)
    found = stability_concepts(arcs, chosen, reverse=reverse, suffered=suffered)
    n = terms.space.n_agreements
    return Concepts(found.stable[:, :n], found.margin[:, :n], found.can_move[:n])
