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
from sim.domain.party import Party
from sim.domain.uncertain import Number

__all__ = ["War"]

Floats = NDArray[np.float64]


def _ground_a_month(party: Party) -> Number:
    return party.after.fait_accompli_per_month


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
        by_terms = self.tables.added([spec.after.shift for spec in self.tables.specs])
        return by_terms + self.tables.per_party(lambda party: party.after.respite)

    @cached_property
    def ground_won(self) -> Floats:
        """Ground won during the lag, if the party is the violator; shape (n_agreements, n_parties)."""
        return self.lag[:, None] * self.tables.per_party(_ground_a_month)[None, :]

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
            responses = [spec.after.response for spec in self.tables.specs]
            if role == "violator":
                by_terms = self.tables.added([response.violator for response in responses])
                always = self.tables.per_party(lambda party: party.after.response.violator_always)
            else:
                by_terms = self.tables.added([response.victim for response in responses])
                always = self.tables.per_party(lambda party: party.after.response.victim_always)
            level = level + by_terms + always
        return read_only(to_units(level))
