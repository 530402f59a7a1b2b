"""Which coalition would leave an agreement, and for which other one.

Coalition S controls some issues: together its members can change all of those at once, to any agreement
that can exist. An agreement is *coalition-proof* if no coalition reaches one that all its members
strictly prefer. All parties together (N) control every issue and reach what can be signed, so a
coalition-proof agreement is weakly efficient; nobody walks away here.

Where a scenario lists no coalitions they follow from its moves: every set of parties that some move
names is one, and it controls the issues on which a move is open to some of its members alone.

References
----------
Gillies, D. B. (1959). Solutions to general non-zero-sum games. *Annals of Mathematics Studies* 40 (core).
Aumann, R. J. & Peleg, B. (1960). Von Neumann–Morgenstern solutions to cooperative games without side
payments. *Bulletin of the AMS* 66, 173–179 (effectiveness).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from sim.agreements.compiled import compiled
from sim.agreements.frame import Frame, GameForm
from sim.agreements.frontier import efficient
from sim.agreements.payoffs import Payoffs
from sim.agreements.space import AgreementSpace
from sim.stability.free import ALONE
from sim.stability.processors import processors, share_out

__all__ = ["Control", "Deviations", "controls_of"]

IntArray = npt.NDArray[np.int64]
StateArray = npt.NDArray[np.int32]
BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Control:
    """A coalition and the issues it controls.

    Parameters
    ----------
    members : tuple of int
        Columns of the payoffs, ascending.
    issues : tuple of int
        Places in the space's issues, ascending.
    """

    members: tuple[int, ...]
    issues: tuple[int, ...]


def controls_of(frame: Frame) -> tuple[Control, ...]:
    """Return the coalitions of a scenario, as it lists them or as its moves imply, and all parties last.

    Parameters
    ----------
    frame : Frame

    Returns
    -------
    tuple of Control

    Examples
    --------
    >>> import sim
    >>> berlin = sim.read_scenario("scenarios/berlin-2025/scenario.yaml")
    >>> [len(control.members) for control in controls_of(Frame.of(berlin))]
    [2, 7, 3, 6, 8]
    """
    scenario, parties, space = frame.scenario, frame.parties, frame.space
    everyone = Control(tuple(range(len(parties))), tuple(range(space.n_issues)))
    found: list[Control] = []
    if scenario.stability.coalitions:
        for given in scenario.stability.coalitions:
            members = tuple(sorted(parties.index(party) for party in set(given.members)))
            found.append(Control(members, tuple(sorted(space.issues.index(issue) for issue in set(given.controls)))))
    else:
        known = frame.form.movers
        for mover in known:
            issues = {issue for other in known if other.parties <= mover.parties for issue in other.changes}
            if issues:
                found.append(
                    Control(frame.form.columns(mover), tuple(sorted(space.issues.index(issue) for issue in issues)))
                )
    return (*(control for control in found if control != everyone), everyone)


@compiled
def _first_better(payoff: IntArray, agreement: int, candidates: StateArray, strictly: bool) -> int:
    # Lowest candidate better for all columns (strictly), or no worse for all and better for one.
    for place in range(candidates.size):
        other = candidates[place]
        better = strictly
        for column in range(payoff.shape[1]):
            gain = payoff[other, column] - payoff[agreement, column]
            if gain < 0 or (strictly and gain == 0):
                better = False
                break
            if gain > 0:
                better = True
        else:
            if better:
                return int(other)
    return -1


@compiled
def _write_first_better(
    payoff: IntArray, candidates: StateArray, strictly: bool, found: StateArray, first: int, last: int
) -> None:
    for agreement in range(first, last):
        found[agreement] = _first_better(payoff, agreement, candidates, strictly)


def _all_first_better(payoff: IntArray, candidates: StateArray, strictly: bool) -> StateArray:
    n = len(payoff)
    found = np.empty(n, np.int32)
    threads = processors() if n > ALONE else 1
    cuts = np.linspace(0, n, 8 * threads + 1).astype(int).tolist()
    share_out(lambda piece: _write_first_better(payoff, candidates, strictly, found, *piece), pairwise(cuts), threads)
    return found


@compiled
def _within_groups(payoff: IntArray, order: StateArray, begin: IntArray) -> StateArray:
    found = np.full(payoff.shape[0], -1, np.int32)
    for group in range(begin.size - 1):
        candidates = order[begin[group] : begin[group + 1]]
        for agreement in candidates:
            found[agreement] = _first_better(payoff, agreement, candidates, True)
    return found


@dataclass(frozen=True, eq=False)
class Deviations:
    """For every agreement, the first coalition that would leave it, and where to.

    Parameters
    ----------
    payoffs : Payoffs
    controls : tuple of Control
        The coalitions, all parties last.

    Attributes
    ----------
    coalition : ndarray of int64, shape (n_agreements,)
        Place of the first coalition with a deviation; -1 where none has one.
    target : ndarray of int32, shape (n_agreements,)
        The first agreement, in the order of labels, that all its members strictly prefer; -1 where none.
    better_for_all : ndarray of int32, shape (n_agreements,)
        The first efficient agreement that everybody strictly prefers; -1 where there is none.
    dominating : ndarray of int32, shape (n_agreements,)
        The first efficient agreement no worse for all and better for one; -1 where there is none.

    Examples
    --------
    >>> import sim
    >>> payoffs = sim.Payoffs.of(sim.read_scenario("scenarios/berlin-2025/scenario.yaml"))
    >>> found = Deviations.of(payoffs)
    >>> bool((found.target[found.better_for_all >= 0] >= 0).all())
    True
    """

    payoffs: Payoffs = field(repr=False)
    controls: tuple[Control, ...]

    @classmethod
    def of(cls, payoffs: Payoffs) -> Deviations:
        """Look for the deviations of every agreement.

        Parameters
        ----------
        payoffs : Payoffs

        Returns
        -------
        Deviations
            Each array is worked out when first asked for.
        """
        return cls(payoffs, controls_of(payoffs.frame))

    @property
    def coalition(self) -> IntArray:
        """Place of the first coalition that would leave each agreement, or -1."""
        return self._first[0]

    @property
    def target(self) -> StateArray:
        """Where that coalition would go, or -1."""
        return self._first[1]

    @cached_property
    def better_for_all(self) -> StateArray:
        """The first efficient agreement that everybody strictly prefers to each, or -1."""
        return _frozen(_all_first_better(self._utility, self._front, True))

    @cached_property
    def dominating(self) -> StateArray:
        """The first efficient agreement no worse for all and better for one, or -1."""
        return _frozen(_all_first_better(self._utility, self._front, False))

    def first_dominating(self, agreement: int) -> int:
        """Return the entry of `dominating` of one agreement, at a small part of the cost of all."""
        return int(_first_better(self._utility, agreement, self._front, False))

    @cached_property
    def _utility(self) -> IntArray:
        return np.ascontiguousarray(self.payoffs.utility)

    @cached_property
    def _front(self) -> StateArray:
        # What is dominated at all is dominated by something efficient.
        return np.flatnonzero(efficient(self.payoffs)).astype(np.int32)

    @cached_property
    def _first(self) -> tuple[IntArray, StateArray]:
        """The first coalition that leaves each agreement, and where to."""
        space = self.payoffs.space
        coalition = np.full(space.n_agreements, -1, np.int64)
        target = np.full(space.n_agreements, -1, np.int32)
        for place, control in enumerate(self.controls):
            if place < len(self.controls) - 1:
                columns = np.ascontiguousarray(self._utility[:, list(control.members)])
                found = _within_groups(columns, *self.payoffs.frame.form.derived(_Groups).members(control.issues))
            else:
                found = self.better_for_all
            new = (coalition < 0) & (found >= 0)
            coalition[new] = place
            target[new] = found[new]
        return _frozen(coalition), _frozen(target)

    def open_to(self, control: Control, agreement: int) -> IntArray:
        """Return all agreements which a coalition can reach and all its members strictly prefer.

        Parameters
        ----------
        control : Control
        agreement : int

        Returns
        -------
        ndarray of int64
            Ascending.
        """
        space = self.payoffs.space
        everyone = control == self.controls[-1]
        if everyone:
            within = space.signable
        else:
            group = _groups(space, control.issues)
            within = group == group[agreement]
        columns = list(control.members)
        better = (self.payoffs.utility[:, columns] > self.payoffs.utility[agreement, columns]).all(axis=1)
        return np.flatnonzero(within & better)

    def dominators(self, agreement: int, *, strictly: bool) -> IntArray:
        """Return all agreements that can be signed and are better for all, or no worse and better for one."""
        utility = self.payoffs.utility
        gain = utility - utility[agreement]
        better = (gain > 0).all(axis=1) if strictly else (gain >= 0).all(axis=1) & (gain > 0).any(axis=1)
        return np.flatnonzero(self.payoffs.space.signable & better)


def _frozen[A: npt.NDArray[np.generic]](array: A) -> A:
    array.setflags(write=False)
    return array


def _groups(space: AgreementSpace, issues: tuple[int, ...]) -> IntArray:
    """Number the sets of agreements that agree on everything but some issues."""
    code = np.zeros(space.n_agreements, np.int64)
    for k in range(space.n_issues):
        if k not in issues:
            code = code * len(space.labels[k]) + space.options[:, k]
    return np.asarray(np.unique(code, return_inverse=True)[1].reshape(-1), np.int64)


class _Groups:
    """The agreements that a coalition's issues join, worked out once a game form for each set of issues."""

    def __init__(self, form: GameForm) -> None:
        self.space = form.space
        self._known: dict[tuple[int, ...], tuple[StateArray, IntArray]] = {}

    def members(self, issues: tuple[int, ...]) -> tuple[StateArray, IntArray]:
        """Return the agreements group by group, and where each group begins."""
        if issues not in self._known:
            group = _groups(self.space, issues)
            order = np.argsort(group, kind="stable").astype(np.int32)
            begin = np.searchsorted(group[order], np.arange(int(group.max()) + 2)).astype(np.int64)
            self._known[issues] = _frozen(order), _frozen(begin)
        return self._known[issues]
