"""Option tables of a scenario, read in one world for every agreement of a space at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from sim.agreements.frame import Frame
from sim.agreements.space import AgreementSpace
from sim.domain.party import Party
from sim.domain.scenario import Scenario
from sim.domain.uncertain import Number, NumberTable
from sim.domain.world import World

__all__ = ["Due", "OptionTables", "read_only"]

Floats = NDArray[np.float64]


def read_only[T: np.generic](array: NDArray[T]) -> NDArray[T]:
    """Return an array that can no longer be written to.

    Parameters
    ----------
    array : ndarray

    Returns
    -------
    ndarray
        The same.

    Examples
    --------
    >>> read_only(np.zeros(2))[0] = 1.0
    Traceback (most recent call last):
    ValueError: assignment destination is read-only
    """
    array.setflags(write=False)
    return array


@dataclass(frozen=True, eq=False)
class Due:
    """What is still to be delivered of options that come in parts.

    Attributes
    ----------
    share : ndarray of float64, shape (n_agreements, n_issues)
        Of the option each agreement takes; 0 where all of it is there.
    begins : ndarray of int, shape (n_options,)
        By flat option, the one that stands before its first part; itself where it comes at once.
    """

    share: Floats = field(repr=False)
    begins: NDArray[np.intp] = field(repr=False)


@dataclass(frozen=True, eq=False)
class OptionTables:
    """Reads tables of numbers by issue and option.

    Attributes
    ----------
    frame : Frame
        Of the world's scenario.
    world : World
    space : AgreementSpace
        The agreements asked for, all of the frame's or some of them.
    parties : tuple of str
        The parties asked for, in the order of the columns.
    due : Due, optional
        Then added tables stand as far between two options as has been delivered.

    Examples
    --------
    >>> import sim
    >>> terms = sim.Terms.of(sim.read_scenario("scenarios/berlin-2025/scenario.yaml"))
    >>> lag = terms.scenario.compliance.response_lag
    >>> terms.tables.added([lag.months, lag.decision]).shape
    (46288, 2)
    """

    frame: Frame = field(repr=False)
    world: World = field(repr=False)
    space: AgreementSpace = field(repr=False)
    parties: tuple[str, ...]
    due: Due | None = None

    def while_due(self, due: Due) -> OptionTables:
        """Return the same tables while a part of the terms is still to come.

        Parameters
        ----------
        due : Due
        """
        return replace(self, due=due)

    @property
    def scenario(self) -> Scenario:
        """The scenario, or rival coding, behind the world."""
        return self.world.scenario

    @cached_property
    def specs(self) -> tuple[Party, ...]:
        """What the scenario says of each party asked for."""
        return tuple(self.scenario.parties[party] for party in self.parties)

    def per_party(self, number: Callable[[Party], Number]) -> Floats:
        """Return one number of every party.

        Parameters
        ----------
        number : callable
            Picks it, such as ``lambda party: party.discount_rate``.

        Returns
        -------
        ndarray of float64, shape (n_parties,)
        """
        return np.array([self.world.value(number(spec)) for spec in self.specs])

    @cached_property
    def _taken(self) -> NDArray[np.bool_]:
        """Which flat options some agreement takes."""
        taken = np.zeros(self.space.n_options, dtype=np.bool_)
        for k, offset in enumerate(self.space.offsets):
            taken[offset:][np.unique(self.space.options[:, k])] = True
        if self.due is not None:
            taken[self.due.begins[taken]] = True
        return taken

    def at(self, slots: NDArray[np.intp], neutral: float = 0.0) -> Floats:
        """Return numbers by flat option; where the world is watched, only those of options that somebody takes.

        Parameters
        ----------
        slots : ndarray of int, shape (..., n_options)
            As `Frame.slots` gives them.
        neutral : float
            What stands where a table says nothing.

        Returns
        -------
        ndarray of float64, shape (..., n_options)
        """
        if self.world.seen is not None:
            slots = np.where(self._taken, slots, len(self.world.values))
        return self.world.at(slots, neutral)

    def flat(self, table: NumberTable, neutral: float = 0.0) -> Floats:
        """Return a table's numbers by flat option; ``neutral`` where it says nothing.

        Parameters
        ----------
        table : mapping of issue to mapping of option to Number
            A table of the scenario.
        neutral : float

        Returns
        -------
        ndarray of float64, shape (n_options,)
        """
        return self.at(self.frame.slots(table), neutral)

    def added(self, tables: Sequence[NumberTable]) -> Floats:
        """Add up tables over the issues of each agreement; 0 where they say nothing.

        Parameters
        ----------
        tables : sequence of tables

        Returns
        -------
        ndarray of float64, shape (n_agreements, n_tables)
        """
        flat = self.at(np.array([self.frame.slots(table) for table in tables]))
        added = self.space.sum_over_options(flat)
        return read_only(added if self.due is None else added + self.still_due(flat))

    def still_due(self, flat: Floats) -> Floats:
        """Return how far sums over options are from where they stand once all is delivered.

        Parameters
        ----------
        flat : ndarray of float64, shape (n_columns, n_options)
            What is added up, by flat option.

        Returns
        -------
        ndarray of float64, shape (n_agreements, n_columns)
            The share that is due of each option times what stands before its first part less what it comes to.
        """
        assert self.due is not None
        lacks = np.zeros((self.space.n_agreements, len(flat)))
        for k in np.flatnonzero(self.due.share.any(axis=0)):
            own = self.space.offsets[k] + self.space.options[:, k].astype(np.intp)
            lacks += self.due.share[:, k, None] * (flat[:, self.due.begins[own]] - flat[:, own]).T
        return lacks

    def multiplied(self, table: NumberTable) -> Floats:
        """Multiply a table's numbers over the issues of each agreement; 1 where it says nothing.

        Parameters
        ----------
        table : mapping of issue to mapping of option to Number

        Returns
        -------
        ndarray of float64, shape (n_agreements,)
        """
        return self._over_issues(table, np.multiply)

    def least(self, table: NumberTable) -> Floats:
        """Return the least of a table's numbers over the issues of each agreement; 1 where it says nothing.

        Parameters
        ----------
        table : mapping of issue to mapping of option to Number

        Returns
        -------
        ndarray of float64, shape (n_agreements,)
        """
        return self._over_issues(table, np.minimum)

    def _over_issues(self, table: NumberTable, join: np.ufunc) -> Floats:
        result = np.ones(self.space.n_agreements)
        if table:
            flat = self.flat(table, 1.0)
            for k, issue in enumerate(self.space.issues):
                if issue in table:
                    result = join(result, flat[self.space.offsets[k] :][self.space.options[:, k]])
        return result
