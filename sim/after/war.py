r"""What war after a broken agreement is worth, by role, with and without guarantors.

On each party's own scale, with r its reservation value and L the lag:

- *no one to blame*: :math:`r_i + shift_i(a)`;
- *violator*: plus the ground it wins during the lag, :math:`f_i L`;
- *victim*: a belligerent loses the ground that the strongest other violator wins, read on its own scale;
- guarantors *act*: plus the response's effect in that role.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from sim.agreements.payoffs import SCALE, to_units
from sim.agreements.tables import OptionTables, read_only

__all__ = ["War"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class War:
    """War after the agreement broke, for every agreement and party.

    Attributes
    ----------
    tables : OptionTables
    reservation : ndarray of int64, shape (n_parties,)
        In units of 1e-9.
    lag : ndarray of float64, shape (n_agreements,)
        Months.
    """

    tables: OptionTables = field(repr=False)
    reservation: NDArray[np.int64]
    lag: Floats = field(repr=False)

    @cached_property
    def shift(self) -> Floats:
        """How the terms move the value of war, before ground is won or lost; shape (n_agreements, n_parties)."""
        parties = self.tables.scenario.parties
        rows = [
            self.tables.flat(f"parties.{party}.after.shift", parties[party].after.shift)
            for party in self.tables.parties
        ]
        return self.tables.added(rows) + self.tables.per_party("after.respite")

    @cached_property
    def ground_won(self) -> Floats:
        """Ground won during the lag, if the party is the violator; shape (n_agreements, n_parties)."""
        return self.lag[:, None] * self.tables.per_party("after.fait_accompli_per_month")[None, :]

    @cached_property
    def ground_lost(self) -> Floats:
        """What a belligerent loses to the strongest other violator; shape (n_agreements, n_parties)."""
        spec = self.tables.scenario.compliance
        able = np.array([party in spec.violators for party in self.tables.parties])
        lost = np.zeros(self.ground_won.shape)
        for column, party in enumerate(self.tables.parties):
            others = able.copy()
            others[column] = False
            if party in {*spec.violators, *spec.protected} and others.any():
                lost[:, column] = self.ground_won[:, others].max(axis=1)
        return lost

    def without_blame(self) -> NDArray[np.int64]:
        """Return the worth of a war that nobody began and nobody answers.

        Returns
        -------
        ndarray of int64, shape (n_agreements, n_parties)
            In units of 1e-9.
        """
        return read_only(to_units(self.reservation / SCALE + self.shift))

    def level(self, role: Literal["victim", "violator"], *, answered: bool) -> NDArray[np.int64]:
        """Return the worth of war in a role.

        Parameters
        ----------
        role : {"victim", "violator"}
        answered : bool
            Whether guarantors act.

        Returns
        -------
        ndarray of int64, shape (n_agreements, n_parties)
            In units of 1e-9, rounded once.
        """
        level = self.reservation / SCALE + self.shift
        level = level + self.ground_won if role == "violator" else level - self.ground_lost
        if answered:
            parties = self.tables.scenario.parties
            rows = [
                self.tables.flat(f"parties.{p}.after.response.{role}", getattr(parties[p].after.response, role))
                for p in self.tables.parties
            ]
            level = level + self.tables.added(rows) + self.tables.per_party(f"after.response.{role}_always")
        return read_only(to_units(level))
