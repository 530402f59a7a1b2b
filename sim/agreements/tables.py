"""Option tables of a scenario, read for every agreement of a space at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.agreements.space import AgreementSpace
from sim.domain.scenario import Scenario
from sim.domain.uncertain import NumberTable
from sim.domain.world import World

__all__ = ["OptionTables", "read_only"]

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
class OptionTables:
    """Reads tables of numbers by issue and option.

    Attributes
    ----------
    world : World
    space : AgreementSpace
    """

    world: World
    space: AgreementSpace

    @property
    def scenario(self) -> Scenario:
        """The scenario, or rival coding, behind the world."""
        return self.world.scenario

    @property
    def parties(self) -> tuple[str, ...]:
        """The parties, in the order of their names."""
        return tuple(sorted(self.world.scenario.parties))

    def per_party(self, name: str) -> Floats:
        """Return one number of every party.

        Parameters
        ----------
        name : str
            Dotted path within a party.

        Returns
        -------
        ndarray of float64, shape (n_parties,)
        """
        return np.array([self.world.value(f"parties.{party}.{name}") for party in self.parties])

    def flat(self, path: str, table: NumberTable, neutral: float = 0.0) -> Floats:
        """Return a table's numbers by flat option; ``neutral`` where it says nothing.

        Parameters
        ----------
        path : str
            Where the table stands.
        table : mapping of issue to mapping of option to Number
        neutral : float

        Returns
        -------
        ndarray of float64, shape (n_options,)
        """
        flat = np.full(self.space.n_options, neutral)
        for place, (issue, option) in enumerate(self.space.flat_options):
            if option in table.get(issue, {}):
                flat[place] = self.world.value(f"{path}.{issue}.{option}")
        return flat

    def added(self, rows: list[Floats]) -> Floats:
        """Add up flat tables over the issues of each agreement.

        Parameters
        ----------
        rows : list of ndarray of float64, shape (n_options,)

        Returns
        -------
        ndarray of float64, shape (n_agreements, n_rows)
        """
        return read_only(self.space.sum_over_options(np.array(rows)))

    def multiplied(self, path: str, table: NumberTable) -> Floats:
        """Multiply a table's numbers over the issues of each agreement; 1 where it says nothing.

        Parameters
        ----------
        path : str
        table : mapping of issue to mapping of option to Number

        Returns
        -------
        ndarray of float64, shape (n_agreements,)
        """
        result = np.ones(self.space.n_agreements)
        for k, issue in enumerate(self.space.issues):
            if issue in table:
                factors = np.array(
                    [
                        self.world.value(f"{path}.{issue}.{option}") if option in table[issue] else 1.0
                        for option in self.space.labels[k]
                    ]
                )
                result = result * factors[self.space.options[:, k]]
        return result
