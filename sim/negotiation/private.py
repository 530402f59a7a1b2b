r"""What a party knows of itself and nobody else can read.

For text a: its *worth* to the party (utility, or the anticipated value where the scenario says so); its
*net* worth, less the audience cost of every declared red line it gives up that was a bluff (Fearon
1994), and :math:`-\infty` where it crosses a real line; and the *floor* :math:`r_i(t) - m_i` below which
the party never signs, with r the reservation value and m the pressure of a mediator, if any. All levels
are integers of 1e-9.

References
----------
Fearon 1994, American Political Science Review 88(3), 577–592.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from sim.after.terms import Terms
from sim.negotiation.agenda import Agenda, Places

__all__ = ["NEVER", "PrivatePayoffs", "private_payoffs"]

#: Net worth of a text that crosses a real line of the party; below anything a scenario can make.
NEVER = -(1 << 40)
#: Room for the place of a text in a sorting key; the reader refuses larger spaces.
_PLACE_BITS = 22


def sealed[T: np.generic](row: NDArray[T]) -> NDArray[T]:
    """Return a copy of a row that nobody can write to or make writeable, and that leads to no other array.

    A view would lead back to everyone's payoffs through its base, and the owner of its data could lift a
    flag; the bytes under this copy can be neither traced nor changed.

    Examples
    --------
    >>> copy = sealed(np.eye(2)[0])
    >>> copy.tolist(), type(copy.base).__name__, copy.flags.writeable
    ([1.0, 0.0], 'bytes', False)
    """
    return np.frombuffer(row.tobytes(), row.dtype)


class PrivatePayoffs:
    """One party's own payoffs on the agenda: its arrays alone, copied and read-only.

    Attributes
    ----------
    party : str
        Whose payoffs they are.
    worth : ndarray of int64, shape (n_texts,)
        In units of 1e-9.
    net : ndarray of int64, shape (n_texts,)
        The same less audience costs; `NEVER` across a real line of its own.
    needed : ndarray of bool, shape (n_texts,)
        Whether the text needs its signature.
    reservation : int
        r_i now.
    pressure : int
        m_i, zero where nobody presses.
    discount : float
        δ of one round.
    lowest_floor : int
        The lowest floor the talks can see; texts below it are never ranked.
    """

    def __init__(
        self,
        party: str,
        worth: NDArray[np.int64],
        net: NDArray[np.int64],
        needed: NDArray[np.bool_],
        reservation: int,
        pressure: int = 0,
        discount: float = 1.0,
        lowest_floor: int | None = None,
    ) -> None:
        self.party = party
        self.worth = sealed(worth)
        self.net = sealed(net)
        self.needed = sealed(needed)
        self.reservation = reservation
        self.pressure = pressure
        self.discount = discount
        self.lowest_floor = reservation - pressure if lowest_floor is None else lowest_floor

    @property
    def floor(self) -> int:
        """The least net worth it can sign now: r_i − m_i."""
        return self.reservation - self.pressure

    @cached_property
    def best(self) -> int:
        """The net worth of its best text."""
        return int(self.net.max())

    @cached_property
    def _ranked(self) -> tuple[NDArray[np.int64], Places]:
        """Net worth of the texts it could ever sign, ascending, and their places; of equals the lowest place last."""
        places = np.flatnonzero(self.net >= max(self.lowest_floor, NEVER + 1))
        mask = (1 << _PLACE_BITS) - 1
        keys = np.sort((self.net[places] << _PLACE_BITS) | (mask - places))
        return keys >> _PLACE_BITS, mask - (keys & mask)

    def favourite(self) -> int | None:
        """Return its best text, of equals the lowest place; None where it could sign none.

        Returns
        -------
        int or None
        """
        levels, places = self._ranked
        return int(places[-1]) if len(levels) and levels[-1] >= self.floor else None

    def least_at(self, level: int) -> int | None:
        """Return the text worth least among those worth at least a level, of equals the lowest place.

        Parameters
        ----------
        level : int
            In units of 1e-9; never below the floor.

        Returns
        -------
        int or None
            None where it has no such text.
        """
        levels, places = self._ranked
        first = int(levels.searchsorted(max(level, self.floor)))
        if first == len(levels):
            return None
        return int(places[int(levels.searchsorted(levels[first], side="right")) - 1])

    def band_at(self, level: int, upto: int, width: int) -> Places:
        """Return the texts worth at least a level that come next above it.

        Parameters
        ----------
        level : int
            In units of 1e-9; never below the floor.
        upto : int
            Texts worth more are left out, unless nothing else is worth the level.
        width : int
            How many at most, ties with the last included.

        Returns
        -------
        ndarray of int64, shape (n,)
            Ascending by worth; empty where it has none.
        """
        levels, places = self._ranked
        first = int(levels.searchsorted(max(level, self.floor)))
        if first == len(levels):
            return places[:0]
        top = max(upto, int(levels[first]))
        last = min(first + width, int(levels.searchsorted(top, side="right")))
        if last < len(levels):
            last = int(levels.searchsorted(levels[last - 1], side="right"))
        return places[first:last]


def private_payoffs(
    terms: Terms,
    agenda: Agenda,
    *,
    reservation: NDArray[np.int64],
    lowest: NDArray[np.int64],
    pressed: bool,
) -> list[PrivatePayoffs]:
    """Return every party's own payoffs, each in arrays of its own.

    Parameters
    ----------
    terms : Terms
        Of the world.
    agenda : Agenda
        What can be talked about.
    reservation : ndarray of int64, shape (n_parties,)
        r_i as the talks begin.
    lowest : ndarray of int64, shape (n_parties,)
        The lowest r_i the talks will see.
    pressed : bool
        Whether a mediator presses.

    Returns
    -------
    list of PrivatePayoffs
        In the order of the parties.

    Examples
    --------
    >>> import sim
    >>> terms = Terms.of(sim.read_scenario("scenarios/tutorial-two-by-two/scenario.yaml"))
    >>> least = terms.payoffs.reservation
    >>> found = private_payoffs(terms, Agenda.of(terms), reservation=least, lowest=least, pressed=False)
    >>> [(own.party, own.favourite(), own.floor) for own in found]
    [('hill', 0, 300000000), ('vale', 3, 350000000)]
    """
    rows = agenda.agreements
    net = np.ascontiguousarray(terms.payoffs.worth_of(rows).T)
    worth = np.ascontiguousarray(terms.payoffs.foreseen.take(rows, axis=0).T)
    crosses = np.ascontiguousarray(terms.payoffs.crosses_line.take(rows, axis=0).T)
    net[crosses] = NEVER
    needed = np.ascontiguousarray(terms.payoffs.must_sign.take(rows, axis=0).T)
    pressure = terms.mediator_pressure if pressed else np.zeros(len(terms.parties), dtype=np.int64)
    return [
        PrivatePayoffs(
            party,
            worth[column],
            net[column],
            needed[column],
            int(reservation[column]),
            int(pressure[column]),
            float(terms.weekly_discount[column]),
            int(lowest[column] - pressure[column]),
        )
        for column, party in enumerate(terms.parties)
    ]
