"""The best violation of each party: what it is worth, whether there is one, and where it leads.

A party's violations of agreement a are its own moves from a that are breaches, and where it is a
belligerent a renewed attack, which leaves the terms as they are. So the best is never worth less than the
agreement itself. Going back on an option that is delivered in parts takes one part (`sim.after.phases`).

Others can breach a too: a guarantor that drops what it promised, or several parties by consent. Nobody
answers that by war, so there is nothing to weigh but the change itself: such a *breach by moves* is made iff
every one of its movers strictly prefers where it leads, as in the game of moves (``sim.compliance.game``).
"""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from sim.after.phases import Calendar
from sim.agreements.payoffs import Payoffs
from sim.agreements.tables import OptionTables

__all__ = ["Breach", "Violations", "breaches_by_moves"]


@dataclass(frozen=True, eq=False)
class Violations:
    """The best violation of each agreement and party.

    Attributes
    ----------
    worth : ndarray of int64, shape (n_agreements, n_parties)
        The largest of u_i(a) and u_i(a′) over i's own breaches a′, in units of 1e-9; of what a breach changes in
        options that come in parts, one part.
    exists : ndarray of bool, shape (n_agreements, n_parties)
        Whether the party has a breach of its own.
    leads_to : ndarray of int64, shape (n_agreements, n_parties)
        a′, as a row of the whole payoffs; the agreement itself where no breach is better. Among equals the lowest.
    """

    worth: NDArray[np.int64] = field(repr=False)
    exists: NDArray[np.bool_] = field(repr=False)
    leads_to: NDArray[np.int64] = field(repr=False)

    @classmethod
    def of(cls, payoffs: Payoffs, whole: Payoffs | None, calendar: Calendar) -> Violations:
        """Find the best violations.

        Parameters
        ----------
        payoffs : Payoffs
            Of the agreements asked for.
        whole : Payoffs, optional
            Of all agreements, or of all that breaches lead to, where the first are a few of them.
        calendar : Calendar
            Of the agreements asked for.

        Returns
        -------
        Violations
        """
        everywhere = whole or payoffs
        space = payoffs.frame.space
        # Rows of the payoffs asked for, and of all of them, as agreements of the frame.
        here = space.rank[payoffs.space.code].astype(np.int64)
        own = everywhere.space.rank[payoffs.space.code].astype(np.int64)
        best = payoffs.utility.copy()
        goal = np.repeat(own[:, None], payoffs.n_parties, axis=1)
        exists = np.zeros(best.shape, dtype=np.bool_)
        for place, arcs in payoffs.frame.form.breaches:
            if payoffs.frame.parties[place] not in payoffs.parties:
                continue
            column = payoffs.parties.index(payoffs.frame.parties[place])
            if whole is None:
                row, end = arcs.start, arcs.end
            else:
                low, high = np.searchsorted(arcs.start, here), np.searchsorted(arcs.start, here, side="right")
                row = np.repeat(np.arange(len(here)), high - low)
                end = np.concatenate([arcs.end[a:b] for a, b in zip(low, high, strict=True)] or [arcs.end[:0]])
                if everywhere.space is not space:
                    end = everywhere.space.rank[space.code[end]]
            if not len(row):
                continue
            # Arcs come by their start, then by their end: the first of the best is the lowest.
            worth = everywhere.utility[end, column]
            in_parts = np.isin(row, calendar.rows)
            if in_parts.any():
                tables = OptionTables(payoffs.frame, payoffs.world, everywhere.space, (payoffs.parties[column],))
                worth[in_parts] -= calendar.withheld(tables, own[row[in_parts]], end[in_parts])[:, 0]
            begin = np.flatnonzero(np.r_[True, row[1:] != row[:-1]])
            here_row, most = row[begin], np.maximum.reduceat(worth, begin)
            is_most = worth == np.repeat(most, np.diff(np.r_[begin, len(row)]))
            first = np.minimum.reduceat(np.where(is_most, end, np.iinfo(end.dtype).max), begin)
            exists[here_row, column] = True
            better = most > best[here_row, column]
            best[here_row[better], column] = most[better]
            goal[here_row[better], column] = first[better]
        return cls(best, exists, goal)


@dataclass(frozen=True, eq=False)
class Breach:
    """A breach by moves that all of its movers want.

    Attributes
    ----------
    mover : str
        The parties' names joined by +.
    columns : tuple of int
        Of the movers.
    leads_to : int
        The agreement that is then in force, among those of the frame.
    gain : ndarray of int64, shape (n_parties,)
        What it is worth to each party above the agreement, in units of 1e-9.
    """

    mover: str
    columns: tuple[int, ...]
    leads_to: int
    gain: NDArray[np.int64] = field(repr=False)


def breaches_by_moves(
    payoffs: Payoffs, row: int, whole: Payoffs | None = None, *, weighed: Container[int] = ()
) -> tuple[Breach, ...]:
    """Return the breaches of one agreement that their movers want and nobody answers by war.

    Parameters
    ----------
    payoffs : Payoffs
    row : int
        The agreement, as a row of these payoffs.
    whole : Payoffs, optional
        Of all agreements, where the first are a few of them.
    weighed : container of int
        Columns of the parties whose own breaches are weighed against war elsewhere (V^D); they are left out
        where they move alone.

    Returns
    -------
    tuple of Breach
        One for each mover, its best: for several, best for the first of them by name among what all of them
        strictly prefer; ties go to the lowest number.

    Examples
    --------
    Hill would seize the unguarded pass if nobody could answer:

    >>> import sim
    >>> payoffs = Payoffs.of(sim.read_scenario("scenarios/tutorial-two-by-two/scenario.yaml"))
    >>> unguarded = payoffs.space.index_of({"pass": "shared", "guard": "absent"})
    >>> [(breach.mover, breach.leads_to) for breach in breaches_by_moves(payoffs, unguarded)]
    [('hill', 0)]
    >>> breaches_by_moves(payoffs, unguarded, weighed=[payoffs.column("hill")])
    ()
    """
    frame, everywhere = payoffs.frame, whole or payoffs
    code = frame.space.code
    here = int(frame.space.rank[payoffs.space.code[row]])
    found = []
    for mover, arcs in frame.form.breaches_by_mover:
        if not set(mover.parties) <= set(payoffs.parties):
            continue
        columns = tuple(payoffs.column(party) for party in sorted(mover.parties))
        if len(columns) == 1 and columns[0] in weighed:
            continue
        low, high = np.searchsorted(arcs.start, here), np.searchsorted(arcs.start, here, side="right")
        end = arcs.end[low:high].astype(np.int64)
        at = everywhere.space.rank[code[end]]
        end, at = end[at >= 0], at[at >= 0]
        gain = everywhere.utility[at] - payoffs.utility[row]
        wanted = (gain[:, columns] > 0).all(axis=1)
        if wanted.any():
            end, gain = end[wanted], gain[wanted]
            # Ends ascend: the first of the best is the lowest.
            best = int(np.argmax(gain[:, columns[0]]))
            found.append(Breach(mover.name, columns, int(end[best]), gain[best]))
    return tuple(found)
