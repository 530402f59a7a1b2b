r"""The game of moves: parties play the scenario's moves from a signed agreement, month by month.

Every month each mover (a party, or several by consent) is asked once, in an order drawn anew, whether it
changes the agreement in force. It moves to the agreement reached that is best for it (for several: best
for the first of them by name, among those that all of them strictly prefer), ties going to the lowest
index, iff it strictly prefers that

- *myopically*: to where it is;
- *with foresight d*: having foreseen how the others can then answer. Let R be everything the other movers
  can reach by up to d moves, each an improvement for whoever makes it and no mover moving twice in a row;
  it moves only to s′ with :math:`\min_{R ∪ \{s'\}} u > u(s)`, and to the best of these by that minimum.

With foresight as long as play can go on, that is sequential stability (SEQ) turned from a verdict into
play: a state is SEQ-stable for a party iff it would not move. The exact verdicts are the stability
engine's; play adds where things drift, consent, and what happens at the horizon.

References
----------
Fang, Hipel & Kilgour 1993, *Interactive Decision Making: The Graph Model for Conflict Resolution*,
sections 3.3–3.5.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import mesa
import numpy as np
from numpy.typing import NDArray

from sim.agreements.moves import Arcs
from sim.agreements.payoffs import Payoffs
from sim.domain.streams import Purpose, stream

__all__ = ["GamePlayed", "MoveMade", "MoveRules", "MovesModel", "play"]

#: How long the game is played, in months.
MONTHS = 24


@dataclass(frozen=True)
class MoveMade:
    """One move.

    Attributes
    ----------
    month : int
    mover : str
        The parties' names joined by +.
    start, end : int
        Agreements.
    breach : bool
        Whether it is a move marked ``breach``; lawful otherwise.
    """

    month: int
    mover: str
    start: int
    end: int
    breach: bool


@dataclass(frozen=True)
class GamePlayed:
    """One play of the game.

    Attributes
    ----------
    agreement : int
        Where it began.
    months, foresight : int
    end : int
        The agreement in force at the horizon.
    moves : tuple of MoveMade
    """

    agreement: int
    months: int
    foresight: int
    end: int
    moves: tuple[MoveMade, ...]

    @property
    def still(self) -> bool:
        """Whether the agreement in force at the horizon is the one that was signed."""
        return self.end == self.agreement

    @property
    def touched(self) -> bool:
        """Whether anyone ever moved."""
        return bool(self.moves)


@dataclass(frozen=True, eq=False)
class MoveRules:
    """Who can move where, and who would.

    Attributes
    ----------
    payoffs : Payoffs
    names : tuple of str
        Movers with any move, single parties first.
    columns : tuple of ndarray of int64
        Each mover's columns of the payoffs.
    """

    payoffs: Payoffs = field(repr=False)
    names: tuple[str, ...]
    columns: tuple[NDArray[np.int64], ...] = field(repr=False)
    _pointers: tuple[NDArray[np.int64], ...] = field(repr=False)
    _arcs: tuple[Arcs, ...] = field(repr=False)
    _wanted: dict[tuple[int, int], NDArray[np.int64]] = field(default_factory=dict, repr=False)
    _choices: dict[tuple[int, int, int], int] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, payoffs: Payoffs) -> MoveRules:
        """Compile the rules of a world.

        Parameters
        ----------
        payoffs : Payoffs

        Returns
        -------
        MoveRules
        """
        names, columns, pointers, found = [], [], [], []
        form = payoffs.frame.form
        for mover in form.movers:
            arcs = form.arcs(mover)
            if arcs.start.size:
                names.append(mover.name)
                columns.append(np.array(form.columns(mover)))
                pointers.append(arcs.pointers(payoffs.space.n_agreements))
                found.append(arcs)
        return cls(payoffs, tuple(names), tuple(columns), tuple(pointers), tuple(found))

    def improvements(self, mover: int, state: int) -> NDArray[np.int64]:
        """Return where a mover can go that all its parties strictly prefer, ascending.

        Parameters
        ----------
        mover : int
            Place in ``names``.
        state : int

        Returns
        -------
        ndarray of int64
        """
        key = (mover, state)
        if key not in self._wanted:
            ends = self._arcs[mover].end[self._open(mover, state)].astype(np.int64)
            utility = self.payoffs.utility[:, self.columns[mover]]
            self._wanted[key] = ends[(utility[ends] > utility[state]).all(axis=1)]
        return self._wanted[key]

    def _open(self, mover: int, state: int) -> slice:
        return slice(self._pointers[mover][state], self._pointers[mover][state + 1])

    def breach(self, mover: int, state: int, end: int) -> bool:
        """Return whether a mover breaches the agreement by going from one state to another.

        Parameters
        ----------
        mover, state, end : int
        """
        arcs, open_here = self._arcs[mover], self._open(mover, state)
        return bool(arcs.breach[open_here][np.searchsorted(arcs.end[open_here], end)])

    def answers(self, mover: int, state: int, depth: int) -> set[int]:
        """Return what the other movers can reach by up to ``depth`` improvements, none moving twice in a row.

        Parameters
        ----------
        mover : int
            Who has just moved.
        state : int
            Where to.
        depth : int

        Returns
        -------
        set of int
            With the state itself.
        """
        others = [
            other for other in range(len(self.names)) if not np.isin(self.columns[other], self.columns[mover]).any()
        ]
        reached, frontier = {state}, {(state, -1)}
        seen = set(frontier)
        for _ in range(depth):
            following = set()
            for here, last in frontier:
                for other in others:
                    if other != last:
                        following |= {(int(end), other) for end in self.improvements(other, here)}
            frontier = following - seen
            if not frontier:
                break
            seen |= frontier
            reached |= {end for end, _ in frontier}
        return reached

    def choice(self, mover: int, state: int, foresight: int) -> int:
        """Return where a mover goes from a state; the state itself if it stays.

        Parameters
        ----------
        mover, state, foresight : int

        Returns
        -------
        int
        """
        key = (mover, state, foresight)
        if key not in self._choices:
            self._choices[key] = self._choose(mover, state, foresight)
        return self._choices[key]

    def _choose(self, mover: int, state: int, foresight: int) -> int:
        columns = self.columns[mover]
        best, worth = state, None
        for end in self.improvements(mover, state).tolist():
            reached = sorted(self.answers(mover, end, foresight))
            least = self.payoffs.utility[reached][:, columns].min(axis=0)
            if (least > self.payoffs.utility[state, columns]).all() and (worth is None or least[0] > worth):
                best, worth = end, int(least[0])
        return best


class _Mover(mesa.Agent):  # type: ignore[misc]  # mesa ships no types
    """A party, or several that move by consent."""

    def __init__(self, model: MovesModel, place: int) -> None:
        super().__init__(model)
        self.place = place

    def step(self) -> None:
        """Move, if it would."""
        model = self.model
        end = model.rules.choice(self.place, model.state, model.foresight)
        if end != model.state:
            breach = model.rules.breach(self.place, model.state, end)
            model.moves.append(MoveMade(model.month, model.rules.names[self.place], model.state, end, breach))
            model.state = end


class MovesModel(mesa.Model):  # type: ignore[misc]  # mesa ships no types
    """One play of the game of moves; a step is a month.

    Parameters
    ----------
    rules : MoveRules
    agreement : int
    seed, replication, months, foresight : int
    """

    def __init__(
        self,
        rules: MoveRules,
        agreement: int,
        seed: int,
        replication: int = 0,
        *,
        months: int = MONTHS,
        foresight: int = 0,
    ) -> None:
        super().__init__(rng=seed)
        self.rules = rules
        self.state = agreement
        self.months = months
        self.foresight = foresight
        self.month = 0
        self.moves: list[MoveMade] = []
        world = rules.payoffs.world.index
        luck = stream(seed, Purpose.MOVES, 0 if world is None else world + 1, replication)
        # One number per mover and month: the order of a month is the order of its numbers.
        self.order = luck.random((months, len(rules.names))).argsort(axis=1, kind="stable")
        self.movers = [_Mover(self, place) for place in range(len(rules.names))]

    def step(self) -> None:
        """Ask every mover once, in the order of the month."""
        self.month += 1
        before = len(self.moves)
        for place in self.order[self.month - 1].tolist():
            self.movers[place].step()
        # Nobody would move, and nothing changes from month to month: the rest would be the same.
        self.running = len(self.moves) > before


def play(rules: MoveRules, agreement: int, seed: int, replication: int = 0, *, foresight: int = 0) -> GamePlayed:
    """Play the game of moves once.

    Parameters
    ----------
    rules : MoveRules
    agreement : int
        Where it begins.
    seed, replication : int
    foresight : int
        How many answers of others a mover foresees; 0 is myopic.

    Returns
    -------
    GamePlayed
        Of `MONTHS` months, or fewer where nobody would move any more.

    Examples
    --------
    >>> import sim
    >>> payoffs = sim.Payoffs.of(sim.read_scenario("scenarios/berlin-2025/scenario.yaml"))
    >>> drift = play(MoveRules.of(payoffs), int(payoffs.nearest(1)[0]), seed=1)
    >>> drift.still, drift.moves[0].month
    (False, 1)
    """
    model = MovesModel(rules, agreement, seed, replication, foresight=foresight)
    while model.running and model.time < MONTHS:
        model.run_for(1)
    return GamePlayed(agreement, MONTHS, foresight, model.state, tuple(model.moves))
