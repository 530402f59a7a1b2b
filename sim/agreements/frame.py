"""What a scenario fixes, worked out once: the frame that every world of it fills with numbers.

A *game form* says who can do what: parties, issues, the agreements that can exist, who must sign which, and
the moves after signing. It has no numbers, and scenarios that differ in numbers alone share it. A *frame* is
the form of one scenario with the slots of its numbers: where each salience, option value, and entry of an
option table stands in the arrays of `NumberBook`. A world is values over a frame: ``values[slots]``.

What later storeys work out from either, and from nothing else, is kept with it (`GameForm.derived`,
`Frame.derived`).
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Container
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from sim.agreements.moves import Arcs, Mover, arcs_of, movers
from sim.agreements.space import AgreementSpace
from sim.domain.party import Party
from sim.domain.scenario import NumberBook, Scenario
from sim.domain.uncertain import NumberTable
from sim.domain.world import World, declared_lines

__all__ = ["Frame", "GameForm"]

Slots = NDArray[np.intp]
Flags = NDArray[np.bool_]

#: Frames kept, most recent last: a sweep reads few scenarios at a time, each in many worlds.
KEPT = 16


@dataclass(frozen=True, eq=False)
class GameForm:
    """Who can do what to which agreements; no numbers.

    Attributes
    ----------
    parties : tuple of str
        In the order of their names, which is the order of every column.
    space : AgreementSpace
        The agreements that can exist.
    must_sign : ndarray of bool, shape (n_agreements, n_parties)
        Whether the party's own acceptance is needed; read-only.
    movers : tuple of Mover
        Single parties first.

    References
    ----------
    Gibbard, A. (1973). Manipulation of voting schemes. *Econometrica* 41, 587–601 (game form).

    Examples
    --------
    >>> import sim
    >>> form = Frame.of(sim.read_scenario("scenarios/tutorial-two-by-two/scenario.yaml")).form
    >>> form.parties, form.space.n_agreements, [len(form.arcs(mover).start) for mover in form.movers]
    (('hill', 'vale'), 4, [4, 4])
    """

    parties: tuple[str, ...]
    space: AgreementSpace = field(repr=False)
    must_sign: Flags = field(repr=False)
    movers: tuple[Mover, ...] = field(repr=False)
    _known: dict[object, Any] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, scenario: Scenario) -> GameForm:
        """Work out the form of a scenario.

        Parameters
        ----------
        scenario : Scenario

        Returns
        -------
        GameForm

        Raises
        ------
        ScenarioError
            If the constraints leave no agreement.
        """
        parties = tuple(sorted(scenario.parties))
        space = AgreementSpace.of(scenario)
        must_sign = np.ones((space.n_agreements, len(parties)), dtype=np.bool_)
        for column, party in enumerate(parties):
            signs = scenario.parties[party].signs
            if not signs.always:
                must_sign[:, column] = False
                for condition in signs.when:
                    must_sign[:, column] |= space.meets(condition)
        must_sign.setflags(write=False)
        return cls(parties, space, must_sign, tuple(movers(scenario)))

    def derived[T](self, make: Callable[[GameForm], T]) -> T:
        """Return what a function makes of the form, made once.

        Parameters
        ----------
        make : callable
            A function or class of a module, whose result depends on the form alone.

        Examples
        --------
        >>> import sim
        >>> def signers(form):
        ...     return form.must_sign.sum(axis=1)
        >>> form = Frame.of(sim.read_scenario("scenarios/tutorial-two-by-two/scenario.yaml")).form
        >>> form.derived(signers).tolist(), form.derived(signers) is form.derived(signers)
        ([2, 2, 2, 2], True)
        """
        if make not in self._known:
            self._known[make] = make(self)
        return cast(T, self._known[make])

    def arcs(self, mover: Mover) -> Arcs:
        """Return where a mover can take each agreement, compiled once.

        Parameters
        ----------
        mover : Mover
            One of ``movers``.
        """
        if mover.parties not in self._known:
            self._known[mover.parties] = arcs_of(self.space, mover)
        return cast(Arcs, self._known[mover.parties])

    def columns(self, mover: Mover) -> tuple[int, ...]:
        """Return the columns of a mover's parties, ascending."""
        return tuple(column for column, party in enumerate(self.parties) if party in mover.parties)

    @cached_property
    def breaches_by_mover(self) -> tuple[tuple[Mover, Arcs], ...]:
        """The breaches open to each mover, single parties first; movers without any are left out."""
        found = []
        for mover in self.movers:
            if any(move.kind == "breach" for moves in mover.changes.values() for move in moves):
                arcs = self.arcs(mover)
                if arcs.breach.any():
                    start, end = arcs.start[arcs.breach], arcs.end[arcs.breach]
                    found.append((mover, Arcs(start, end, arcs.breach[arcs.breach])))
        return tuple(found)

    @cached_property
    def breaches(self) -> tuple[tuple[int, Arcs], ...]:
        """The breaches open to each single party, by its column."""
        return tuple(
            (self.columns(mover)[0], arcs) for mover, arcs in self.breaches_by_mover if len(mover.parties) == 1
        )


@dataclass(frozen=True, eq=False)
class Frame:
    """What a scenario fixes for all its worlds.

    Attributes
    ----------
    scenario : Scenario
    form : GameForm
        Shared by scenarios that differ in numbers alone.

    Examples
    --------
    >>> import sim
    >>> berlin = sim.read_scenario("scenarios/berlin-2025/scenario.yaml")
    >>> frame = Frame.of(berlin)
    >>> frame.value.shape, frame is Frame.of(berlin)
    ((8, 37), True)
    >>> eased = sim.with_settings(berlin, {"parties.russia.no_deal.reservation": 0.5})
    >>> Frame.of(eased) is frame, Frame.of(eased).form is frame.form
    (False, True)
    """

    scenario: Scenario = field(repr=False)
    form: GameForm
    _shape: object = field(repr=False)
    _known: dict[object, Any] = field(default_factory=dict, repr=False)
    _slots: dict[int, tuple[NumberTable, Slots]] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, scenario: Scenario) -> Frame:
        """Return the frame of a scenario; asked again, the same.

        Parameters
        ----------
        scenario : Scenario

        Returns
        -------
        Frame

        Raises
        ------
        ScenarioError
            If the constraints leave no agreement.
        """
        # A frame keeps its scenario, and that its book, so the identity stays taken as long as it is a key.
        key = id(scenario.numbers)
        frame = _FRAMES.get(key)
        if frame is None:
            shape = _shape(scenario)
            alike = (kept.form for kept in reversed(_FRAMES.values()) if kept._shape == shape)
            frame = cls(scenario, next(alike, None) or GameForm.of(scenario), shape)
            _FRAMES[key] = frame
            while len(_FRAMES) > KEPT:
                _FRAMES.popitem(last=False)
        _FRAMES.move_to_end(key)
        return frame

    def derived[T](self, make: Callable[[Frame], T]) -> T:
        """Return what a function makes of the frame, made once; see `GameForm.derived`."""
        if make not in self._known:
            self._known[make] = make(self)
        return cast(T, self._known[make])

    # --- shorthands --------------------------------------------------------------------------------

    @property
    def book(self) -> NumberBook:
        """The numbers of the scenario."""
        return self.scenario.numbers

    @property
    def parties(self) -> tuple[str, ...]:
        """The parties, in the order of the columns."""
        return self.form.parties

    @property
    def space(self) -> AgreementSpace:
        """The agreements that can exist."""
        return self.form.space

    @property
    def must_sign(self) -> Flags:
        """Whether each party's own acceptance is needed; shape (n_agreements, n_parties)."""
        return self.form.must_sign

    @cached_property
    def specs(self) -> tuple[Party, ...]:
        """What the scenario says of each party, in the order of the columns."""
        return tuple(self.scenario.parties[party] for party in self.parties)

    def named(self, parties: Container[str]) -> Flags:
        """Return which columns belong to some parties.

        Parameters
        ----------
        parties : container of str

        Returns
        -------
        ndarray of bool, shape (n_parties,)
        """
        return np.array([party in parties for party in self.parties], dtype=np.bool_)

    # --- where numbers stand -----------------------------------------------------------------------

    def slots(self, table: NumberTable) -> Slots:
        """Return where a table's numbers stand, by flat option; the slot after the last where it says nothing.

        Parameters
        ----------
        table : mapping of issue to mapping of option to Number
            A table of the scenario.

        Returns
        -------
        ndarray of int, shape (n_options,)
        """
        known = self._slots.get(id(table))
        if known is None:
            nothing = len(self.book.numbers)
            found = [
                self.book.slot(table[issue][option]) if option in table.get(issue, {}) else nothing
                for issue, option in self.space.flat_options
            ]
            known = self._slots[id(table)] = table, np.array(found, dtype=np.intp)
        return known[1]

    @cached_property
    def salience(self) -> Slots:
        """Where the saliences stand; shape (n_parties, n_issues)."""
        slot = self.book.slot
        return np.array([[slot(spec.salience[issue]) for issue in self.space.issues] for spec in self.specs])

    @cached_property
    def value(self) -> Slots:
        """Where the option values stand, by flat option; shape (n_parties, n_options)."""
        return np.array([self.slots(spec.utility) for spec in self.specs])

    @cached_property
    def reservation(self) -> Slots:
        """Where the reservation values stand; shape (n_parties,)."""
        return np.array([self.book.slot(spec.no_deal.reservation) for spec in self.specs])

    @cached_property
    def end_states(self) -> dict[str, int]:
        """The agreement that each end state of war stands for."""
        return {name: self.space.index_of(s.agreement) for name, s in self.scenario.no_deal.end_states.items()}

    # --- red lines ---------------------------------------------------------------------------------

    @cached_property
    def hard_lines(self) -> Flags:
        """Options across a hard red line, by flat option; shape (n_parties, n_options)."""
        return self._lines(lambda kind, line: kind == "hard")

    @cached_property
    def open_to_all(self) -> NDArray[np.int64]:
        """The agreements that can be signed without crossing a hard red line of a signer; ascending."""
        crosses = self.space.any_over_options(self.hard_lines) & self.must_sign
        found = np.flatnonzero(self.space.signable & ~crosses.any(axis=1))
        found.setflags(write=False)
        return found

    def real_lines(self, world: World) -> Flags:
        """Return the options across a red line that is real in a world: hard, or declared and meant.

        Parameters
        ----------
        world : World
            Of the scenario.

        Returns
        -------
        ndarray of bool, shape (n_parties, n_options)
        """
        if not world.real_lines:
            return self.hard_lines
        return self.hard_lines | self._lines(lambda kind, line: kind == "declared" and line in world.real_lines)

    def bluffs(self, world: World) -> NDArray[np.int64]:
        """Count the declared red lines that an option gives up and that are not meant, by flat option.

        Parameters
        ----------
        world : World
            Of the scenario.

        Returns
        -------
        ndarray of int64, shape (n_parties, n_options)
        """
        place = {pair: column for column, pair in enumerate(self.space.flat_options)}
        row = {party: n for n, party in enumerate(self.parties)}
        count = np.zeros((len(self.parties), self.space.n_options), dtype=np.int64)
        for (party, issue, option), _ in declared_lines(self.scenario):
            if (party, issue, option) not in world.real_lines:
                count[row[party], place[issue, option]] += 1
        return count

    def _lines(self, counts: Callable[[str, tuple[str, str, str]], bool]) -> Flags:
        place = {pair: column for column, pair in enumerate(self.space.flat_options)}
        flags = np.zeros((len(self.parties), self.space.n_options), dtype=np.bool_)
        for row, (party, spec) in enumerate(zip(self.parties, self.specs, strict=True)):
            for line in spec.red_lines:
                for option in line.options:
                    if counts(line.kind, (party, line.issue, option)):
                        flags[row, place[line.issue, option]] = True
        return flags


#: The one memory of what scenarios fix.
_FRAMES: OrderedDict[int, Frame] = OrderedDict()


def _shape(scenario: Scenario) -> object:
    """Return all that a game form depends on, to compare scenarios by."""
    return (
        {issue: set(spec.options) for issue, spec in scenario.issues.items()},
        scenario.constraints,
        {party: spec.signs for party, spec in scenario.parties.items()},
        list(scenario.moves()),
    )
