r"""Terms delivered in steps: what of an agreement is there in which month, and what a tranche is worth.

An option with ``phases: {tranches: n, from: o0, months: m}`` changes hands in n equal parts: the first at
signature, the next after m months each, if nobody broke the agreement meanwhile. While j of n parts are there,

.. math:: X_j = X(o_0) + \tfrac{j}{n} [X(o) - X(o_0)]

for a party's utility u of the issue, the shift of war, and what an answer adds to it. Who goes back on such an
option, by a breach of its own, takes one part and stops: it gains 1/n of what the whole would bring it at once.
Lag, reliability, guarantors and hazard are those of the agreement as signed.

Several options of one agreement may come in steps, each by a calendar of its own; a *step* is the time in which
nothing more arrives. With :math:`u_j` the level of step j and :math:`m_j` its months, keeping is worth

.. math:: K_j = (1 - \delta^{m_j}) u_j + \delta^{m_j} K_{j+1}, \qquad K_{last} = u,

and a violator keeps the agreement for good iff in no month of any step :math:`V^D_j` is more than what keeping is
worth then. Within a step that is monotone in the months gone, so the months right after a tranche and right
before the next decide.

References
----------
Schelling 1960, *The Strategy of Conflict*, 45–46. Lockwood & Thomas 2002, *Review of Economic Studies* 69(2),
339–356. Fearon 1996, Bargaining over objects that influence future bargaining power.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.after.formulas import whole_months
from sim.agreements.payoffs import SCALE, option_weights
from sim.agreements.tables import Due, OptionTables

__all__ = ["Calendar", "Step"]

Floats = NDArray[np.float64]
Levels = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Step:
    """A time in which nothing more arrives, of every agreement of a table.

    Attributes
    ----------
    number : int
        From 0.
    due : Due
        What is still to come.
    months : ndarray of int64, shape (n_agreements,)
        How long it lasts. 0 in the last step, which stays, and in the first ones of an agreement with fewer
        steps than others have.
    """

    number: int
    due: Due = field(repr=False)
    months: Levels = field(repr=False)


@dataclass(frozen=True, eq=False)
class Calendar:
    """Which agreements of a table are delivered in steps, and when what arrives.

    Attributes
    ----------
    rows : ndarray of int64, shape (n,)
        The agreements with an option that comes in two parts or more.
    steps : tuple of Step
        Of these agreements; the last has everything delivered. None where there are no such agreements.
    tranches : ndarray of float64, shape (n_options,)
        n of each flat option; 1 where it comes at once.

    Examples
    --------
    A guard comes in three parts, four months apart:

    >>> import sim
    >>> two = sim.read_scenario("scenarios/tutorial-two-by-two/scenario.yaml")
    >>> slow = {"issues.guard.options.promised.phases": {"tranches": 3, "from": "absent", "months": 4}}
    >>> calendar = Calendar.of(sim.Terms.of(sim.with_settings(two, slow)).tables)
    >>> calendar.rows.tolist(), [step.months.tolist() for step in calendar.steps]
    ([2, 3], [[4, 4], [4, 4], [0, 0]])
    >>> [step.due.share[0].round(2).tolist() for step in calendar.steps]
    [[0.67, 0.0], [0.33, 0.0], [0.0, 0.0]]
    """

    rows: NDArray[np.int64]
    steps: tuple[Step, ...]
    tranches: Floats = field(repr=False)

    @classmethod
    def of(cls, tables: OptionTables) -> Calendar:
        """Read the calendars of a table's agreements.

        Parameters
        ----------
        tables : OptionTables

        Returns
        -------
        Calendar
        """
        space = tables.space
        tranches, months = np.ones(space.n_options), np.zeros(space.n_options, dtype=np.int64)
        begins = np.arange(space.n_options, dtype=np.intp)
        place = {pair: flat for flat, pair in enumerate(space.flat_options)}
        # Only what some agreement takes is read, so that a watched world notes no other numbers.
        for k, issue in enumerate(space.issues):
            options = tables.scenario.issues[issue].options
            phased = [o for o, said in options.items() if said.phases is not None and said.phases.tranches > 1]
            for option in phased:
                flat, phases = place[issue, option], options[option].phases
                if phases is None or not (space.offsets[k] + space.options[:, k].astype(np.intp) == flat).any():
                    continue
                tranches[flat], begins[flat] = phases.tranches, place[issue, phases.from_]
                months[flat] = whole_months(tables.world.value(phases.months))
        if not (tranches > 1).any():
            return cls(np.zeros(0, dtype=np.int64), (), tranches)
        own = np.asarray(space.offsets, dtype=np.intp) + space.options.astype(np.intp)
        rows = np.flatnonzero((tranches[own] > 1).any(axis=1))
        kinds, kind = np.unique(np.where(tranches[own[rows]] > 1, own[rows], -1), axis=0, return_inverse=True)
        found = [_calendar(tranches[k] * (k >= 0), months[k]) for k in kinds]
        n_steps = max(len(lengths) for lengths, _ in found)
        lasting = np.zeros((n_steps, len(kinds)), dtype=np.int64)
        share = np.zeros((n_steps, *kinds.shape))
        for place_, (lengths, due) in enumerate(found):
            # Agreements with fewer steps begin later: their first is repeated, and takes no time.
            share[:, place_] = due[0]
            lasting[n_steps - len(lengths) :, place_] = lengths
            share[n_steps - len(lengths) :, place_] = due
        kind = kind.ravel()
        steps = tuple(Step(n, Due(share[n][kind], begins), lasting[n][kind]) for n in range(n_steps))
        return cls(rows, steps, tranches)

    def withheld(self, tables: OptionTables, start: NDArray[np.integer[Any]], end: NDArray[np.integer[Any]]) -> Levels:
        """Return what going back on options that come in parts does not take: all but one part of each.

        Parameters
        ----------
        tables : OptionTables
            Of all agreements the moves join.
        start, end : ndarray of int, shape (n_moves,)
            Agreements before and after, as rows of the tables.

        Returns
        -------
        ndarray of int64, shape (n_moves, n_parties)
            The part of each party's change of utility to leave out, in units of 1e-9.
        """
        space, parties = tables.space, tables.parties
        weights = option_weights(tables, [tables.frame.parties.index(party) for party in parties])
        left_out = np.zeros((len(start), len(parties)))
        for k, offset in enumerate(space.offsets):
            before = offset + space.options[start, k].astype(np.intp)
            after = offset + space.options[end, k].astype(np.intp)
            share = 1.0 - 1.0 / self.tranches[before]
            if share.any():
                left_out += share[:, None] * (weights[:, after] - weights[:, before]).T
        return np.rint(left_out * SCALE).astype(np.int64)


def _calendar(tranches: Floats, months: Levels) -> tuple[list[int], Floats]:
    """Return the lengths of an agreement's steps, 0 for the last, and what is due of each issue in them."""
    in_parts = np.flatnonzero(tranches > 1)
    starts = {0}
    for k in in_parts:
        starts |= {int(months[k]) * part for part in range(1, int(tranches[k]))}
    times = np.array(sorted(starts))
    due = np.zeros((len(times), len(tranches)))
    for k in in_parts:
        due[:, k] = 1.0 - np.minimum(1 + times // months[k], tranches[k]) / tranches[k]
    return [*np.diff(times).tolist(), 0], due
