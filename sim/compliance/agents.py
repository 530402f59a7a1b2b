r"""The agents of the monthly model: belligerents that weigh breaking it, movers that breach it, and guarantors.

A belligerent breaks the agreement in month t iff :math:`V^D(t) + shock(t) > V^C`. Guarantor k, called when
it is broken, honours the guarantee iff

.. math:: m_k(t) [stake_k \times effect_k(joined) + penalty_k] \ge cost_k

with m what is left of its resolve, joined what it sees has joined before it, and its cost drawn when it
is called and known to it alone.

A mover is a party, or several by consent, that gains from a move marked ``breach`` which nobody answers by war.
"""

from __future__ import annotations

from collections.abc import Sequence

import mesa
import numpy as np
from numpy.typing import NDArray

from sim.after.formulas import honours
from sim.after.violations import Breach

__all__ = ["Belligerent", "BreachingAgent", "GuarantorAgent"]


class Belligerent(mesa.Agent):  # type: ignore[misc]  # mesa ships no types
    """A party with a violation open to it.

    Attributes
    ----------
    name : str
    column : int
        Among the parties.
    place : int
        Among the violators.
    keeps : ndarray of int64, shape (months,)
        V^C of each month, in units of 1e-9.
    breaks : ndarray of int64, shape (months,)
        V^D of each month, without the shock.
    shock : ndarray of int64, shape (months,)
    """

    def __init__(
        self,
        model: mesa.Model,
        name: str,
        column: int,
        place: int,
        keeps: NDArray[np.int64],
        breaks: NDArray[np.int64],
        shock: NDArray[np.int64],
    ) -> None:
        super().__init__(model)
        self.name = name
        self.column = column
        self.place = place
        self.keeps = keeps
        self.breaks = breaks
        self.shock = shock

    def temptation(self, month: int) -> int:
        """Return V^D + shock − V^C in a month, counted from 1, in units of 1e-9; above 0 it breaks the agreement."""
        return int(self.breaks[month - 1] + self.shock[month - 1] - self.keeps[month - 1])

    def breaks_without_shock(self, month: int) -> bool:
        """Whether breaking pays in a month by calculation alone."""
        return bool(self.breaks[month - 1] > self.keeps[month - 1])


class BreachingAgent(mesa.Agent):  # type: ignore[misc]  # mesa ships no types
    """A party, or several by consent, that gains from a breach which nobody answers by war.

    Attributes
    ----------
    name : str
        The parties' names joined by +.
    breach : Breach
    """

    def __init__(self, model: mesa.Model, breach: Breach) -> None:
        super().__init__(model)
        self.name = breach.mover
        self.breach = breach

    @property
    def gain(self) -> int:
        """The least that one of them gains, in units of 1e-9."""
        return int(self.breach.gain[list(self.breach.columns)].min())


class GuarantorAgent(mesa.Agent):  # type: ignore[misc]  # mesa ships no types
    """A party that has promised to answer a violation.

    Attributes
    ----------
    name : str
    place : int
        In the table of guarantees.
    stake, penalty : float
        As signed, in levels.
    resolve : sequence of float, length months
        What drift leaves of both.
    gone : int
        Month in which it changes course; beyond the horizon if it does not.
    spent : float
        What answering and reneging have cost it so far, in levels.
    """

    def __init__(
        self,
        model: mesa.Model,
        name: str,
        place: int,
        stake: float,
        penalty: float,
        resolve: Sequence[float],
        gone: int,
    ) -> None:
        super().__init__(model)
        self.name = name
        self.place = place
        self.stake = stake
        self.penalty = penalty
        self.resolve = resolve
        self.gone = gone
        self.spent = 0.0

    def left(self, month: int) -> float:
        """Return what is left of its resolve in a month, 1 as signed."""
        return 0.0 if month >= self.gone else self.resolve[month - 1]

    def honours(self, effect: float, cost: float, month: int) -> bool:
        """Whether it honours the guarantee, given what its joining changes and what it would cost."""
        left = self.left(month)
        return bool(honours(self.stake * left, effect, self.penalty * left, cost))

    def pay(self, cost: float) -> None:
        """Bear the cost of answering."""
        self.spent += cost

    def renege(self, month: int) -> None:
        """Bear the penalty for not honouring the guarantee."""
        self.spent += self.penalty * self.left(month)
