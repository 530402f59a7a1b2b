r"""Common knowledge of everybody's payoffs, and the subgame-perfect play it allows.

Where a scenario says ``information: complete``, delegates know each other's payoffs, discount factors and
floors, and the strategy ``rational`` plays the subgame-perfect equilibrium of the talks as they stand,
worked out backwards from the deadline; with a distant deadline that is the stationary one. An agreement in
round t is worth :math:`\delta_i^t u_i`; whoever rejects can at once take its reservation value instead, an
outside option (Binmore, Shaked & Sutton 1989), so a responder accepts what is worth at least

.. math:: \max(r_i, \delta_i V_i),

with V its value of going on. Under alternating offers going on means its own offer, one turn later, and a
turn is the n-th part of a round; under a random proposer it means the next draw, one round later. A
proposer that likes several offers best draws among them, all alike.

References
----------
Rubinstein 1982, Econometrica 50(1), 97–109. Binmore, Shaked & Sutton 1989, Quarterly Journal of Economics
104(4). Baron & Ferejohn 1989, American Political Science Review 83(4).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from sim.negotiation.agenda import Places

__all__ = ["CommonKnowledge", "Plan"]


@dataclass(frozen=True)
class Plan:
    """What equilibrium play does at one point of the talks.

    Attributes
    ----------
    offers : ndarray of int64, shape (n,)
        What the proposer likes best among what passes; one of these is drawn. Empty where waiting is
        better.
    threshold : ndarray of int64, shape (n_parties,)
        The least each party accepts there, in units of 1e-9.
    value : ndarray of float64, shape (n_parties,)
        What the talks are worth to each from there on, in units of 1e-9.
    """

    offers: Places
    threshold: NDArray[np.int64]
    value: NDArray[np.float64] = field(repr=False)


@dataclass(frozen=True, eq=False)
class _Ladder:
    """The texts a proposer can sign, sorted by what its one responder gets.

    With two parties the best text that passes is found by bisection: a turn costs log n instead of n, so
    that equilibrium play on a fine grid with patient parties, which takes thousands of turns, is cheap.
    """

    #: Place, worth to the proposer and worth to the responder of each text, by the latter, ascending.
    places: Places = field(repr=False)
    mine: NDArray[np.int64] = field(repr=False)
    other: NDArray[np.int64] = field(repr=False)
    #: The most the proposer gets from each text on.
    most: NDArray[np.int64] = field(repr=False)
    #: The order of ``mine``, ascending, and the levels in that order.
    by_mine: Places = field(repr=False)
    levels: NDArray[np.int64] = field(repr=False)

    @classmethod
    def of(cls, common: CommonKnowledge, proposer: int) -> _Ladder:
        responder = 1 - proposer
        places = np.flatnonzero((common.net[proposer] >= common.floor[proposer]) | ~common.needed[proposer])
        # Who has no say on a text lets it pass whatever it asks for.
        other = np.where(common.needed[responder, places], common.net[responder, places], np.iinfo(np.int64).max)
        order = np.argsort(other, kind="stable")
        places, other = places[order], other[order]
        mine = common.net[proposer, places]
        by_mine = np.argsort(mine, kind="stable")
        return cls(places, mine, other, np.maximum.accumulate(mine[::-1])[::-1], by_mine, mine[by_mine])

    def best(self, least: int, waiting: float) -> Places:
        """Return what the proposer likes best among what is worth so much to the responder, unless it waits."""
        first = int(self.other.searchsorted(least))
        if first == len(self.other) or self.most[first] < waiting - 0.5:
            return self.places[:0]
        level = self.most[first]
        equal = self.by_mine[self.levels.searchsorted(level) : self.levels.searchsorted(level, side="right")]
        return np.sort(self.places[equal[equal >= first]])


@dataclass(frozen=True, eq=False)
class CommonKnowledge:
    """Everybody's payoffs, known to everybody.

    Attributes
    ----------
    parties : tuple of str
        In the order of the rows.
    net : ndarray of int64, shape (n_parties, n_texts)
        What each text is worth to each party, in units of 1e-9.
    needed : ndarray of bool, shape (n_parties, n_texts)
        Whether each text needs each party's signature.
    floor : ndarray of int64, shape (n_parties,)
        The least each can sign.
    discount : ndarray of float64, shape (n_parties,)
        δ of one round.
    deadline : int
        How many rounds there are.
    quota : int or None
        Signatures a vote needs; by default all that the text needs.
    veto : tuple of str
        With a quota: whose signature every text needs.
    """

    parties: tuple[str, ...]
    net: NDArray[np.int64] = field(repr=False)
    needed: NDArray[np.bool_] = field(repr=False)
    floor: NDArray[np.int64]
    discount: NDArray[np.float64]
    deadline: int
    quota: int | None = None
    veto: tuple[str, ...] = ()
    _turns: dict[tuple[str, ...], list[Plan]] = field(default_factory=dict, repr=False)

    def alternating(self, order: tuple[str, ...]) -> list[Plan]:
        """Return equilibrium play of stacked alternating offers, turn by turn.

        Parameters
        ----------
        order : tuple of str
            Who speaks when, from the opener on.

        Returns
        -------
        list of Plan
            One per turn, ``deadline`` times ``len(order)``. ``threshold`` holds for the offer made in that
            turn.
        """
        if order not in self._turns:
            self._turns[order] = self._backwards([self.parties.index(party) for party in order])
        return self._turns[order]

    def _backwards(self, order: list[int]) -> list[Plan]:
        n, turns = len(order), self.deadline * len(order)
        step = self.discount ** (1.0 / n)
        floor = self.floor.astype(np.float64)
        values = np.tile(floor, (turns + n, 1))
        plans: list[Plan] = []
        for turn in range(turns - 1, -1, -1):
            proposer = order[turn % n]
            threshold = floor.copy()
            for later in range(1, n):
                responder = order[(turn + later) % n]
                own = step[responder] ** later * values[turn + later, responder]
                threshold[responder] = max(floor[responder], own)
            # Offers after this have no time left to be accepted by everybody.
            in_time = turn + n - 1 < turns
            least = np.ceil(threshold - 0.5).astype(np.int64)
            waiting = max(floor[proposer], step[proposer] * values[turn + 1, proposer])
            offers = self._offers(proposer, least, waiting) if in_time else np.empty(0, dtype=np.int64)
            values[turn] = self.net[:, offers].mean(axis=1) if len(offers) else step * values[turn + 1]
            if not len(offers):
                values[turn] = np.maximum(values[turn], floor)
            plans.append(Plan(offers, least, values[turn]))
        return plans[::-1]

    def _offers(self, proposer: int, least: NDArray[np.int64], waiting: float) -> Places:
        """Return what a proposer likes best among what it can sign and all others accept."""
        if len(self.parties) == 2:
            return self._ladders[proposer].best(int(least[1 - proposer]), waiting)
        asked = least.copy()
        asked[proposer] = self.floor[proposer]
        passes = ((self.net >= asked[:, None]) | ~self.needed).all(axis=0)
        return self._best(passes, proposer, waiting)

    @cached_property
    def _ladders(self) -> tuple[_Ladder, _Ladder]:
        first, second = (_Ladder.of(self, proposer) for proposer in range(2))
        return first, second

    def _best(self, passes: NDArray[np.bool_], proposer: int, waiting: float) -> Places:
        places = np.flatnonzero(passes)
        if len(places) == 0:
            return places
        mine = self.net[proposer, places]
        if mine.max() < waiting - 0.5:
            return places[:0]
        best: Places = places[mine == mine.max()]
        return best

    @cached_property
    def random_proposer(self) -> list[list[Plan]]:
        """Equilibrium play under a random proposer: by round, then by who is drawn."""
        n = len(self.parties)
        floor = self.floor.astype(np.float64)
        value = floor
        rounds: list[list[Plan]] = []
        veto = [self.parties.index(party) for party in self.veto]
        for round_ in range(self.deadline - 1, -1, -1):
            going_on = floor if round_ == self.deadline - 1 else np.maximum(floor, self.discount * value)
            least = np.ceil(going_on - 0.5).astype(np.int64)
            plans = []
            for proposer in range(n):
                if self.quota is None:
                    offers = self._offers(proposer, least, going_on[proposer])
                else:
                    yes = self.net >= least[:, None]
                    yes[proposer] = self.net[proposer] >= self.floor[proposer]
                    passes = (yes.sum(axis=0) >= self.quota) & yes[[*veto, proposer]].all(axis=0)
                    offers = self._best(passes, proposer, going_on[proposer])
                worth = going_on
                if len(offers):
                    # Who does not sign an agreement that passes without it lives with it all the same.
                    worth = np.maximum(self.net[:, offers], -(10**12)).mean(axis=1)
                plans.append(Plan(offers, least, worth))
            value = np.mean([plan.value for plan in plans], axis=0)
            rounds.append(plans)
        return rounds[::-1]
