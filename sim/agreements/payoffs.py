"""Payoffs: what every agreement is worth to every party, and whether it can accept it.

u_i(a) = Σ_k s_ik v_ik(a_k) + Σ b_i(a), with saliences s normalised to sum 1. Utilities and
reservation values are rounded once to integer multiples of 1e-9 (`SCALE`), and every comparison
after that is exact: agreements that lie on a party's line are counted as the model means them, where
floating-point sums would put some of them on either side by chance.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from sim.agreements.space import AgreementSpace
from sim.domain.scenario import NumberBook, Scenario
from sim.domain.world import World, central_world
from sim.errors import ModelError

__all__ = ["SCALE", "Payoffs", "to_units"]

#: Units per 1 of utility.
SCALE = 1_000_000_000
#: Numbers rounded at a time: what they take stays in the processor's cache.
_BLOCK = 32_768


def to_units(values: NDArray[np.float64] | float) -> NDArray[np.int64]:
    """Round levels to integer multiples of 1e-9, half to even, once.

    Parameters
    ----------
    values : float or ndarray of float64
        Levels on a party's own scale, from 0 to 1.

    Returns
    -------
    ndarray of int64
        Of the same shape.

    Examples
    --------
    >>> to_units(0.1 + 0.2) == to_units(0.3)
    np.True_
    """
    return np.rint(np.asarray(values, dtype=np.float64) * SCALE).astype(np.int64)


def _units_in_place(level: NDArray[np.float64]) -> NDArray[np.int64]:
    """Round a table of levels to units, as `to_units` does, in the memory it stands in.

    A second table of this size costs more than the arithmetic: its pages are fetched anew for every world.
    """
    units = level.view(np.int64)
    source, target = level.reshape(-1), units.reshape(-1)
    for start in range(0, source.size, _BLOCK):
        part = source[start : start + _BLOCK] * SCALE
        target[start : start + _BLOCK] = np.rint(part, out=part)
    return units


@dataclass(frozen=True, eq=False)
class Payoffs:
    """The payoff table of one world.

    Attributes
    ----------
    space : AgreementSpace
    world : World
    parties : tuple of str
        In the order of their names.
    utility : ndarray of int64, shape (n_agreements, n_parties)
        In units of 1e-9; read-only.
    reservation : ndarray of int64, shape (n_parties,)
        In units of 1e-9; may lie outside 0 and 1.
    crosses_line : ndarray of bool, shape (n_agreements, n_parties)
        Whether the agreement crosses a real red line of the party.
    must_sign : ndarray of bool, shape (n_agreements, n_parties)
        Whether the party's own acceptance is needed.

    Examples
    --------
    >>> import sim
    >>> berlin = sim.read_scenario("scenarios/berlin-2025/scenario.yaml")
    >>> len(Payoffs.of(berlin).zone_of_agreement())
    0
    >>> changed = sim.with_settings(berlin, {"parties.russia.no_deal.reservation": 0.5})
    >>> len(Payoffs.of(changed).zone_of_agreement())
    810
    """

    space: AgreementSpace
    world: World = field(repr=False)
    parties: tuple[str, ...]
    utility: NDArray[np.int64] = field(repr=False)
    reservation: NDArray[np.int64]
    crosses_line: NDArray[np.bool_] = field(repr=False)
    must_sign: NDArray[np.bool_] = field(repr=False)

    @classmethod
    def of(cls, given: Scenario | World) -> Payoffs:
        """Work out the payoffs of a scenario at central values, or of a world.

        Parameters
        ----------
        given : Scenario or World

        Returns
        -------
        Payoffs
        """
        world = central_world(given) if isinstance(given, Scenario) else given
        scenario = world.scenario
        space = AgreementSpace.of(scenario)
        parties = tuple(sorted(scenario.parties))
        columns = _columns(world, space, parties)
        level = space.sum_over_options(_weights(world, space, columns))
        _add_interactions(level, world, space, parties)
        utility = _units_in_place(level)
        reservation = _reservations(world, space, parties, utility, columns)
        crosses = _crossed_lines(world, space, parties)
        for array in (utility, reservation, crosses):
            array.setflags(write=False)
        return cls(space, world, parties, utility, reservation, crosses, columns.must_sign)

    def only(self, agreements: NDArray[np.int64]) -> Payoffs:
        """Return the payoffs of some agreements alone.

        Parameters
        ----------
        agreements : ndarray of int64, shape (n,)
            Distinct indices, in the order wanted.

        Returns
        -------
        Payoffs
            Agreement ``agreements[k]`` is number k of it.
        """
        utility, crosses = self.utility[agreements], self.crosses_line[agreements]
        must_sign = self.must_sign[agreements]
        for array in (utility, crosses, must_sign):
            array.setflags(write=False)
        return replace(
            self, space=self.space.only(agreements), utility=utility, crosses_line=crosses, must_sign=must_sign
        )

    @property
    def n_parties(self) -> int:
        """How many parties there are."""
        return len(self.parties)

    @property
    def scenario(self) -> Scenario:
        """The scenario, or rival coding, behind the world."""
        return self.world.scenario

    @cached_property
    def acceptable(self) -> NDArray[np.bool_]:
        """Whether each party can accept each agreement: u ≥ r and no real red line crossed.

        Shape (n_agreements, n_parties); read-only.
        """
        acceptable: NDArray[np.bool_] = (self.utility >= self.reservation) & ~self.crosses_line
        acceptable.setflags(write=False)
        return acceptable

    @cached_property
    def margin(self) -> NDArray[np.int64]:
        """U − r of each agreement and party, in units of 1e-9; shape (n_agreements, n_parties)."""
        margin: NDArray[np.int64] = self.utility - self.reservation
        margin.setflags(write=False)
        return margin

    def zone_of_agreement(self, parties: Iterable[str] | None = None) -> NDArray[np.int64]:
        """Return the agreements acceptable to all who must sign; empty is an answer.

        Parameters
        ----------
        parties : iterable of str, optional
            Only these have to accept (those of them who must sign).

        Returns
        -------
        ndarray of int64, shape (n,)
            Indices, ascending.
        """
        columns = range(self.n_parties) if parties is None else [self.column(party) for party in parties]
        content = self.space.signable.copy()
        for column in columns:
            content &= self._content[:, column]
        return np.flatnonzero(content)

    @cached_property
    def _content(self) -> NDArray[np.bool_]:
        """Whether each party accepts each agreement or need not sign it."""
        return np.asarray(self.acceptable | ~self.must_sign)

    def column(self, party: str) -> int:
        """Return the column of a party.

        Raises
        ------
        ModelError
            If there is no such party.
        """
        try:
            return self.parties.index(party)
        except ValueError:
            raise ModelError(f"no party {party!r}; the parties are {', '.join(self.parties)}") from None

    @cached_property
    def n_accepting(self) -> NDArray[np.int64]:
        """How many of those who must sign can accept each agreement; shape (n_agreements,)."""
        return np.asarray((self.acceptable & self.must_sign).sum(axis=1), dtype=np.int64)

    @cached_property
    def least_margin(self) -> NDArray[np.int64]:
        """The smallest u − r among those who must sign, in units of 1e-9; shape (n_agreements,)."""
        far = np.iinfo(np.int64).max
        return np.asarray(np.where(self.must_sign, self.margin, far).min(axis=1), dtype=np.int64)

    def losses(self, agreement: int, party: str) -> dict[str, float]:
        """Return what each issue costs a party against its own best option on it.

        Parameters
        ----------
        agreement : int
        party : str

        Returns
        -------
        dict of str to float
            Level lost by issue, interactions aside; 0 where the issue stands as the party wants it most.

        Examples
        --------
        >>> import sim
        >>> payoffs = Payoffs.of(sim.read_scenario("scenarios/berlin-2025/scenario.yaml"))
        >>> loss = payoffs.losses(0, "ukraine")
        >>> max(loss, key=loss.get)
        'donetsk'
        """
        value = self.world.value
        salience = {k: value(f"parties.{party}.salience.{k}") for k in self.space.issues}
        total = sum(salience.values())
        lost = {}
        for issue, option in self.space.agreement(agreement).items():
            path = f"parties.{party}.utility.{issue}"
            best = max(value(f"{path}.{o}") for o in self.scenario.issues[issue].options)
            lost[issue] = salience[issue] / total * (best - value(f"{path}.{option}"))
        return lost

    def front_runners(self, count: int = 5) -> NDArray[np.int64]:
        """Return the agreements closest to being signed.

        Fewest refusing signers first, then the largest least margin, then the lowest index.

        Parameters
        ----------
        count : int

        Returns
        -------
        ndarray of int64, shape (count,)
        """
        refusing = (~self.acceptable & self.must_sign).sum(axis=1)
        refusing = np.where(self.space.signable, refusing, self.n_parties + 1)
        order = np.lexsort((np.arange(self.space.n_agreements), -self.least_margin, refusing))
        return np.asarray(order[:count], dtype=np.int64)


@dataclass(frozen=True)
class _Columns:
    """What a scenario fixes for all its worlds: where its numbers stand, and who must sign what."""

    salience: NDArray[np.int64]
    value: NDArray[np.int64]
    reservation: NDArray[np.int64]
    must_sign: NDArray[np.bool_]


_COLUMNS: WeakKeyDictionary[NumberBook, _Columns] = WeakKeyDictionary()


def _columns(world: World, space: AgreementSpace, parties: tuple[str, ...]) -> _Columns:
    book = world.scenario.numbers
    if book not in _COLUMNS:
        index = book.index
        _COLUMNS[book] = _Columns(
            np.array([[index[f"parties.{p}.salience.{k}"] for k in space.issues] for p in parties]),
            np.array([[index[f"parties.{p}.utility.{k}.{o}"] for k, o in space.flat_options] for p in parties]),
            np.array([index[f"parties.{p}.no_deal.reservation"] for p in parties]),
            _must_sign(world.scenario, space, parties),
        )
    return _COLUMNS[book]


def _must_sign(scenario: Scenario, space: AgreementSpace, parties: tuple[str, ...]) -> NDArray[np.bool_]:
    must_sign = np.ones((space.n_agreements, len(parties)), dtype=np.bool_)
    for column, party in enumerate(parties):
        signs = scenario.parties[party].signs
        if not signs.always:
            must_sign[:, column] = False
            for condition in signs.when:
                must_sign[:, column] |= space.meets(condition)
    must_sign.setflags(write=False)
    return must_sign


def _weights(world: World, space: AgreementSpace, columns: _Columns) -> NDArray[np.float64]:
    """Return s_ik v_ik(o), saliences normalised, by party and flat option; shape (n_parties, n_options)."""
    weight = world.values[columns.salience]
    weight = weight / weight.sum(axis=1, keepdims=True)
    sizes = [len(row) for row in space.labels]
    return np.asarray(np.repeat(weight, sizes, axis=1) * world.values[columns.value])


def _add_interactions(
    level: NDArray[np.float64], world: World, space: AgreementSpace, parties: tuple[str, ...]
) -> None:
    for column, party in enumerate(parties):
        for place, interaction in enumerate(world.scenario.parties[party].interactions):
            value = world.value(f"parties.{party}.interactions.{place}.value")
            level[space.meets(interaction.when), column] += value


def _reservations(
    world: World,
    space: AgreementSpace,
    parties: tuple[str, ...],
    utility: NDArray[np.int64],
    columns: _Columns,
) -> NDArray[np.int64]:
    scenario = world.scenario
    if scenario.no_deal.basis == "reservation":
        return to_units(world.values[columns.reservation])
    years = world.value("no_deal.expected_war_years")
    states = {name: space.index_of(state.agreement) for name, state in scenario.no_deal.end_states.items()}
    values = []
    for column, party in enumerate(parties):
        path = f"parties.{party}.no_deal.lottery"
        lottery = scenario.parties[party].no_deal.lottery
        if lottery is None:
            raise ModelError(f"parties.{party}.no_deal: has no lottery, which the scenario's no_deal.basis asks for")
        chance = {state: world.value(f"{path}.beliefs.{state}") for state in sorted(lottery.beliefs)}
        total = sum(chance.values())
        if total <= 0:
            raise ModelError(f"{path}.beliefs: all probabilities are zero")
        worth = sum(p / total * utility[states[state], column] / SCALE for state, p in chance.items())
        cost = world.value(f"{path}.war_cost_per_year") * years + world.value(f"{path}.political_cost")
        values.append(worth - cost)
    return to_units(np.array(values))


def _crossed_lines(world: World, space: AgreementSpace, parties: tuple[str, ...]) -> NDArray[np.bool_]:
    place = {pair: column for column, pair in enumerate(space.flat_options)}
    flags = np.zeros((len(parties), space.n_options), dtype=np.bool_)
    for row, party in enumerate(parties):
        for line in world.scenario.parties[party].red_lines:
            for option in line.options:
                if line.kind == "hard" or (party, line.issue, option) in world.real_lines:
                    flags[row, place[line.issue, option]] = True
    return space.any_over_options(flags)
