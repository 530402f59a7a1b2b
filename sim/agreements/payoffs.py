"""Payoffs: what every agreement is worth to every party, and whether it can accept it.

u_i(a) = Σ_k s_ik v_ik(a_k) + Σ b_i(a), with saliences s normalised to sum 1. What a party asked to sign
weighs is the *worth* of the agreement to it: u_i(a), or what it foresees (``anticipation:
subgame-perfect``, `sim.after.terms`), less the audience cost of every declared red line it would give up
that was a bluff (Fearon 1994; ``negotiation.audience_costs: false`` switches it off). It can accept what is
worth at least its reservation value and crosses no real red line of its own.

Utilities, costs and reservation values are rounded once to integer multiples of 1e-9 (`SCALE`), and every
comparison after that is exact: agreements that lie on a party's line are counted as the model means them,
where floating-point sums would put some of them on either side by chance.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sim.agreements.frame import Frame
from sim.agreements.space import AgreementSpace
from sim.agreements.tables import OptionTables, read_only
from sim.domain.scenario import Scenario
from sim.domain.world import World, as_world
from sim.errors import ModelError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["SCALE", "Payoffs", "option_weights", "to_units"]

#: Units per 1 of utility.
SCALE = 1_000_000_000
#: Numbers rounded at a time: what they take stays in the processor's cache.
_BLOCK = 32_768


def to_units(values: NDArray[np.float64] | float) -> NDArray[np.int64]:
    """Round levels to integer multiples of 1e-9, half to even, once.

    Parameters
    ----------
    values : float or ndarray of float64
        Levels on a party's own scale: utilities lie from 0 to 1, values of no deal may lie outside.

    Returns
    -------
    ndarray of int64
        Of the same shape.

    Raises
    ------
    ModelError
        If a level is too far from 0 for an integer of 64 bits.

    Examples
    --------
    >>> to_units(0.1 + 0.2) == to_units(0.3)
    np.True_
    """
    units = np.rint(np.asarray(values, dtype=np.float64) * SCALE)
    # Half of what the integers hold, so that the difference of two levels has room too.
    if not np.all(np.abs(units) < 2.0**62):
        raise ModelError(f"a level of {float(np.abs(units).max()) / SCALE:g} is too far from 0 to be counted in 1e-9")
    return units.astype(np.int64)


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
    frame : Frame
        Of the world's scenario.
    space : AgreementSpace
        The agreements of the rows.
    world : World
    parties : tuple of str
        The parties of the columns, in the order of their names.
    utility : ndarray of int64, shape (n_agreements, n_parties)
        In units of 1e-9; read-only.
    reservation : ndarray of int64, shape (n_parties,)
        In units of 1e-9; may lie outside 0 and 1.
    crosses_line : ndarray of bool, shape (n_agreements, n_parties)
        Whether the agreement crosses a real red line of the party.
    must_sign : ndarray of bool, shape (n_agreements, n_parties)
        Whether the party's own acceptance is needed.
    anticipated : ndarray of int64, shape (n_agreements, n_parties), optional
        What the parties foresee that agreements come to, where the scenario asks for it (`Terms.of` works it
        out).

    References
    ----------
    Fearon, J. (1994). Domestic political audiences and the escalation of international disputes. *American
    Political Science Review* 88(3), 577–592.

    Examples
    --------
    >>> import sim
    >>> berlin = sim.read_scenario("scenarios/berlin-2025/scenario.yaml")
    >>> len(Payoffs.of(berlin).zone_of_agreement())
    0
    >>> changed = sim.with_settings(berlin, {"parties.russia.no_deal.reservation": 0.5})
    >>> len(Payoffs.of(changed).zone_of_agreement())
    93
    >>> free = sim.with_settings(changed, {"negotiation.audience_costs": False})
    >>> len(Payoffs.of(free).zone_of_agreement())
    810
    """

    frame: Frame = field(repr=False)
    space: AgreementSpace
    world: World = field(repr=False)
    parties: tuple[str, ...]
    utility: NDArray[np.int64] = field(repr=False)
    reservation: NDArray[np.int64]
    crosses_line: NDArray[np.bool_] = field(repr=False)
    must_sign: NDArray[np.bool_] = field(repr=False)
    anticipated: NDArray[np.int64] | None = field(default=None, repr=False)

    @classmethod
    def of(cls, given: Scenario | World | str | Path) -> Payoffs:
        """Work out the payoffs of a scenario at central values, or of a world.

        Parameters
        ----------
        given : Scenario, World, str or Path
            A scenario, its file or folder, or a world.

        Returns
        -------
        Payoffs

        Raises
        ------
        ScenarioError
            Where it is none of these, or the file breaks a rule.
        """
        world = as_world(given)
        frame = Frame.of(world.scenario)
        return _worked_out(OptionTables(frame, world, frame.space, frame.parties), frame.must_sign)

    @classmethod
    def among(cls, world: World, agreements: NDArray[np.int64], parties: Sequence[str]) -> Payoffs:
        """Work out what some agreements are worth to some parties, reading no other numbers.

        Parameters
        ----------
        world : World
        agreements : ndarray of int64, shape (n,)
            Distinct indices, in the order wanted.
        parties : sequence of str
            In the order of their names.

        Returns
        -------
        Payoffs
            Agreement ``agreements[k]`` is number k of it.

        Examples
        --------
        >>> import sim
        >>> world = sim.central_world(sim.read_scenario("scenarios/tutorial-two-by-two/scenario.yaml")).watched()
        >>> Payoffs.among(world, np.array([3]), ["vale"]).utility.tolist()
        [[1000000000]]
        >>> [world.scenario.numbers.paths[slot] for slot in sorted(world.seen)][:2]
        ['parties.vale.no_deal.reservation', 'parties.vale.salience.guard']
        """
        frame = Frame.of(world.scenario)
        tables = OptionTables(frame, world, frame.space.only(agreements), tuple(parties))
        columns = [frame.parties.index(party) for party in parties]
        return _worked_out(tables, read_only(frame.must_sign[np.ix_(agreements, columns)]))

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
            self,
            space=self.space.only(agreements),
            utility=utility,
            crosses_line=crosses,
            must_sign=must_sign,
            anticipated=None if self.anticipated is None else read_only(self.anticipated[agreements]),
        )

    def under(self, scenario: Scenario) -> Payoffs:
        """Return the same payoffs under a scenario that differs in nothing they depend on.

        Parameters
        ----------
        scenario : Scenario
            With the same issues, parties and numbers; another structure of the hazard, say.

        Returns
        -------
        Payoffs
        """
        return replace(self, frame=Frame.of(scenario), world=self.world.under(scenario))

    @property
    def n_parties(self) -> int:
        """How many parties there are."""
        return len(self.parties)

    @property
    def scenario(self) -> Scenario:
        """The scenario, or rival coding, behind the world."""
        return self.world.scenario

    @property
    def foreseen(self) -> NDArray[np.int64]:
        """What each agreement comes to for each party, before audience costs: u, or what it anticipates.

        Shape (n_agreements, n_parties), units of 1e-9.

        Raises
        ------
        ModelError
            If the scenario's parties foresee what follows and nobody has worked it out yet.
        """
        if self.scenario.compliance.anticipation == "none":
            return self.utility
        if self.anticipated is None:
            raise ModelError("these parties foresee what follows an agreement: ask Terms.of(...).payoffs for its worth")
        return self.anticipated

    @cached_property
    def worth(self) -> NDArray[np.int64]:
        """What each party weighs when asked to sign: what it foresees, less the audience cost.

        Shape (n_agreements, n_parties), units of 1e-9; read-only.
        """
        costs = self._cost_of_options
        if not costs.any():
            return self.foreseen
        worth = self.space.sum_over_options(costs)
        return read_only(np.subtract(self.foreseen, worth, out=worth))

    def worth_of(self, agreements: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the worth of some agreements, without working out that of all.

        Parameters
        ----------
        agreements : ndarray of int64, shape (n,)
            Their indices.

        Returns
        -------
        ndarray of int64, shape (n, n_parties)
            In units of 1e-9.
        """
        costs = self._cost_of_options
        foreseen: NDArray[np.int64] = self.foreseen.take(agreements, axis=0)
        return foreseen - self.space.sum_over_options(costs, agreements) if costs.any() else foreseen

    @cached_property
    def audience_cost(self) -> NDArray[np.int64]:
        """What the bluffs that each agreement gives up cost each party, in units of 1e-9.

        Shape (n_agreements, n_parties); zero where ``negotiation.audience_costs`` is false.
        """
        return read_only(self.foreseen - self.worth)

    @property
    def _cost_of_options(self) -> NDArray[np.int64]:
        """The audience cost of each flat option to each party; shape (n_parties, n_options)."""
        costs = np.zeros((self.n_parties, self.space.n_options), dtype=np.int64)
        if self.scenario.negotiation.audience_costs:
            rows = [self.frame.parties.index(party) for party in self.parties]
            bluffs = self.frame.bluffs(self.world)[rows]
            for row in np.flatnonzero(bluffs.any(axis=1)):
                spec = self.scenario.parties[self.parties[row]]
                costs[row] = to_units(self.world.value(spec.audience_cost)) * bluffs[row]
        return costs

    @cached_property
    def acceptable(self) -> NDArray[np.bool_]:
        """Whether each party can accept each agreement: worth ≥ r and no real red line crossed.

        Shape (n_agreements, n_parties); read-only.
        """
        return read_only((self.worth >= self.reservation) & ~self.crosses_line)

    @cached_property
    def margin(self) -> NDArray[np.int64]:
        """Worth − r of each agreement and party, in units of 1e-9; shape (n_agreements, n_parties)."""
        return read_only(self.worth - self.reservation)

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
        if parties is None and self.space is self.frame.space:
            # All else crosses a hard line of a signer: it is acceptable in no world.
            open_to_all = self.frame.open_to_all
            refuses = self.worth_of(open_to_all) < self.reservation
            refuses |= self.crosses_line.take(open_to_all, axis=0)
            refuses &= self.must_sign.take(open_to_all, axis=0)
            refused: NDArray[np.bool_] = np.logical_or.reduce(list(refuses.T))
            return np.asarray(open_to_all[~refused])
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
        """The smallest worth − r among those who must sign, in units of 1e-9; shape (n_agreements,)."""
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
        value, spec = self.world.value, self.scenario.parties[party]
        salience = {issue: value(spec.salience[issue]) for issue in self.space.issues}
        total = sum(salience.values())
        lost = {}
        for issue, option in self.space.agreement(agreement).items():
            best = max(value(number) for number in spec.utility[issue].values())
            lost[issue] = salience[issue] / total * (best - value(spec.utility[issue][option]))
        return lost

    def nearest(self, count: int = 5) -> NDArray[np.int64]:
        """Return the agreements closest to being signed in this world.

        Fewest refusing signers first, then the largest least margin, then the lowest index. Which agreements to
        look at first over all worlds is `sim.after.front_runners`.

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

    def to_frame(self, agreements: ArrayLike | None = None) -> pd.DataFrame:
        """Return the payoffs as a table, one agreement a row.

        Parameters
        ----------
        agreements : array_like of int, optional
            Which, in the order wanted; all by default.

        Returns
        -------
        pandas.DataFrame
            Indexed by the number of the agreement: its options; of each party ``utility`` and ``margin`` (worth less no
            deal), on its own scale from 0 to 1, and whether it is ``acceptable`` to it; whether it is in the ``zone``.

        Examples
        --------
        >>> table = Payoffs.of("scenarios/tutorial-two-by-two").to_frame()
        >>> table.loc[table["zone"], ["pass", "guard", "margin.hill", "margin.vale"]]
                     pass     guard  margin.hill  margin.vale
        agreement
        1          shared    absent          0.5         0.25
        2            held  promised          0.1         0.05
        """
        table = self.space.to_frame(agreements)
        rows = table.index.to_numpy()
        for column, party in enumerate(self.parties):
            table[f"utility.{party}"] = self.utility[rows, column] / SCALE
            table[f"margin.{party}"] = self.margin[rows, column] / SCALE
            table[f"acceptable.{party}"] = self.acceptable[rows, column]
        table["zone"] = np.isin(rows, self.zone_of_agreement())
        return table


def _worked_out(tables: OptionTables, must_sign: NDArray[np.bool_]) -> Payoffs:
    frame, world, space, parties = tables.frame, tables.world, tables.space, tables.parties
    rows = [frame.parties.index(party) for party in parties]
    level = space.sum_over_options(option_weights(tables, rows))
    _add_interactions(level, tables)
    utility = read_only(_units_in_place(level))
    reservation = read_only(_reservations(tables, rows, utility))
    crosses = read_only(space.any_over_options(frame.real_lines(world)[rows]))
    return Payoffs(frame, space, world, parties, utility, reservation, crosses, must_sign)


def option_weights(tables: OptionTables, rows: list[int]) -> NDArray[np.float64]:
    """Return s_ik v_ik(o), saliences normalised: what each option adds to each party's utility.

    Parameters
    ----------
    tables : OptionTables
    rows : list of int
        Of the parties asked for among all of the frame's, in the order of the tables.

    Returns
    -------
    ndarray of float64, shape (n_parties, n_options)
        By flat option.

    Examples
    --------
    What a guard absent or promised, and a pass held or shared, add to what Hill has:

    >>> import sim
    >>> tables = sim.Terms.of(sim.read_scenario("scenarios/tutorial-two-by-two/scenario.yaml")).tables
    >>> option_weights(tables, [0, 1])[0].round(2).tolist()
    [0.75, 0.15, 0.25, 0.05]
    """
    weight = tables.world.at(tables.frame.salience[rows])
    weight = weight / weight.sum(axis=1, keepdims=True)
    sizes = [len(row) for row in tables.space.labels]
    return np.asarray(np.repeat(weight, sizes, axis=1) * tables.at(tables.frame.value[rows]))


def _add_interactions(level: NDArray[np.float64], tables: OptionTables) -> None:
    for column, spec in enumerate(tables.specs):
        for interaction in spec.interactions:
            meets = tables.space.meets(interaction.when)
            if meets.any():
                level[meets, column] += tables.world.value(interaction.value)


def _reservations(tables: OptionTables, rows: list[int], utility: NDArray[np.int64]) -> NDArray[np.int64]:
    frame, world = tables.frame, tables.world
    if frame.scenario.no_deal.basis == "reservation":
        return to_units(world.at(frame.reservation[rows]))
    years = world.value(frame.scenario.no_deal.expected_war_years)
    if tables.space is frame.space:
        worth = {state: utility[agreement] for state, agreement in frame.end_states.items()}
    else:
        worth = _worth_of_end_states(tables, rows)
    values = []
    for column, (party, spec) in enumerate(zip(tables.parties, tables.specs, strict=True)):
        lottery = spec.no_deal.lottery
        if lottery is None:
            raise ModelError(f"parties.{party}.no_deal: has no lottery, which the scenario's no_deal.basis asks for")
        chance = {state: world.value(belief) for state, belief in sorted(lottery.beliefs.items())}
        total = sum(chance.values())
        if total <= 0:
            raise ModelError(f"parties.{party}.no_deal.lottery.beliefs: all probabilities are zero")
        expected = sum(p / total * worth[state][column] / SCALE for state, p in chance.items())
        cost = world.value(lottery.war_cost_per_year) * years + world.value(lottery.political_cost)
        values.append(expected - cost)
    return to_units(np.array(values))


def _worth_of_end_states(tables: OptionTables, rows: list[int]) -> dict[str, NDArray[np.int64]]:
    """Return what the end states of war are worth, where they are not among the agreements asked for."""
    states = tables.frame.end_states
    places = np.unique(np.array(list(states.values()), dtype=np.int64))
    apart = replace(tables, space=tables.frame.space.only(places))
    level = apart.space.sum_over_options(option_weights(apart, rows))
    _add_interactions(level, apart)
    worth = to_units(level)
    return {state: worth[np.searchsorted(places, agreement)] for state, agreement in states.items()}
