"""The guarantors' common pledge: in which order they decide, by which rule, and when it is enough.

The order, the rule and what joining changes are those of ``sim.after.guarantees``, which solves the
same decisions exactly; over many calls the frequency of answers approaches its Q derived.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from sim.after.guarantees import GuaranteeTable

__all__ = ["Call", "Pledge", "Promiser"]


class Promiser(Protocol):
    """Whoever has promised to answer a violation and decides whether to honour it."""

    @property
    def name(self) -> str:
        """The party."""

    @property
    def place(self) -> int:
        """Its place in the table of guarantees."""

    def honours(self, effect: float, cost: float, month: int) -> bool:
        """Whether it honours the promise, given what its joining changes and what it would cost."""

    def pay(self, cost: float) -> None:
        """Bear the cost of answering."""

    def renege(self, month: int) -> None:
        """Bear the penalty for not answering."""


@dataclass(frozen=True)
class Call:
    """How a call on the guarantors ended.

    Attributes
    ----------
    joined, refused : tuple of str
        In the order asked.
    answered : bool
        Whether enough came in time.
    """

    joined: tuple[str, ...]
    refused: tuple[str, ...]
    answered: bool


@dataclass(frozen=True, eq=False)
class Pledge:
    """What binds the guarantors together: the order, the rule, and when it is enough.

    Ways to have joined are numbered by their bits in the order of the table's deciding order: bit p is
    set where the guarantor at place p has joined.

    Attributes
    ----------
    order : tuple of int
        Places in the table, first to decide first.
    effect : tuple of ndarray
        By place in the order, what joining changes for each way the earlier ones can have joined.
    enough : ndarray of float64, shape (2 ** n_guarantors,)
        Probability that those who joined reach what is required.
    together : bool
        Consensus: all or none.
    pivotal : bool
        Whether a guarantor weighs what its joining changes.
    veto : bool
        Whether a violator that guarantors do not protect can stop the response.
    failure : float
        Probability that what has joined does not arrive in time.
    """

    order: tuple[int, ...]
    effect: tuple[NDArray[np.float64], ...] = field(repr=False)
    enough: NDArray[np.float64] = field(repr=False)
    together: bool
    pivotal: bool
    veto: bool
    failure: float

    @classmethod
    def of(cls, table: GuaranteeTable) -> Pledge:
        """Read the pledge of a table with one group.

        Parameters
        ----------
        table : GuaranteeTable

        Returns
        -------
        Pledge
        """
        order = table.order[0]
        joined = np.zeros((1, 1))
        effect = []
        for place, k in enumerate(order):
            effect.append(table.effect(place, joined)[0])
            joined = np.concatenate([joined, joined + table.capability[:, k][:, None]], axis=1)
        return cls(
            tuple(order.tolist()),
            tuple(effect),
            table.enough(joined)[0],
            bool(table.together[0]),
            table.pivotal,
            str(table.rule[0]) == "veto",
            float(table.failure[0]),
        )

    def call(
        self, guarantors: Sequence[Promiser], month: int, cost: Sequence[float], need: float, arrival: float
    ) -> Call:
        """Call the guarantors in a month.

        Parameters
        ----------
        guarantors : sequence of Promiser
            By place in the table.
        month : int
        cost : sequence of float, length n_guarantors
            Of answering now, by place in the table.
        need, arrival : float
            Luck, between 0 and 1: whether those who join are enough, and arrive in time.

        Returns
        -------
        Call
        """
        if self.veto:
            return Call((), (), False)
        joined: list[Promiser] = []
        refused: list[Promiser] = []
        way = 0
        for place, k in enumerate(self.order):
            guarantor = guarantors[k]
            # Under consensus each counts on all the others: alone it could change nothing.
            effect = self._all_together() if self.together else float(self.effect[place][way])
            if guarantor.honours(effect, cost[k], month):
                joined.append(guarantor)
                way |= 1 << place
            else:
                refused.append(guarantor)
        acted = not (self.together and refused)
        for guarantor in joined if acted else ():
            guarantor.pay(cost[guarantor.place])
        for guarantor in refused:
            guarantor.renege(month)
        enough = acted and need < self.enough[way] and arrival >= self.failure
        return Call(tuple(g.name for g in joined), tuple(g.name for g in refused), bool(enough))

    def _all_together(self) -> float:
        return float(self.enough[-1]) if self.pivotal else 1.0
