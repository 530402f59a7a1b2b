"""The best violation of each party: what it is worth, whether there is one, and where it leads.

A party's violations of agreement a are its own moves from a that are breaches, and where it is a
belligerent a renewed attack, which leaves the terms as they are. So the best is never worth less than the
agreement itself.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from sim.agreements.payoffs import Payoffs

__all__ = ["Violations"]


@dataclass(frozen=True, eq=False)
class Violations:
    """The best violation of each agreement and party.

    Attributes
    ----------
    worth : ndarray of int64, shape (n_agreements, n_parties)
        The largest of u_i(a) and u_i(a′) over i's own breaches a′, in units of 1e-9.
    exists : ndarray of bool, shape (n_agreements, n_parties)
        Whether the party has a breach of its own.
    leads_to : ndarray of int64, shape (n_agreements, n_parties)
        a′, as a row of the whole payoffs; the agreement itself where no breach is better. Among equals the lowest.
    """

    worth: NDArray[np.int64] = field(repr=False)
    exists: NDArray[np.bool_] = field(repr=False)
    leads_to: NDArray[np.int64] = field(repr=False)

    @classmethod
    def of(cls, payoffs: Payoffs, whole: Payoffs | None = None) -> Violations:
        """Find the best violations.

        Parameters
        ----------
        payoffs : Payoffs
            Of the agreements asked for.
        whole : Payoffs, optional
            Of all agreements, or of all that breaches lead to, where the first are a few of them.

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
            begin = np.flatnonzero(np.r_[True, row[1:] != row[:-1]])
            here_row, most = row[begin], np.maximum.reduceat(worth, begin)
            is_most = worth == np.repeat(most, np.diff(np.r_[begin, len(row)]))
            first = np.minimum.reduceat(np.where(is_most, end, np.iinfo(end.dtype).max), begin)
            exists[here_row, column] = True
            better = most > best[here_row, column]
            best[here_row[better], column] = most[better]
            goal[here_row[better], column] = first[better]
        return cls(best, exists, goal)
