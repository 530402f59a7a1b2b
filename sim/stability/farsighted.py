r"""What players who look ahead would settle on.

Let x →_S y mean that coalition S can move the state from x to y. Outcome y *directly dominates* x,
x < y, if x →_S y for some S all of whose members strictly prefer y. It *indirectly dominates* x,
x ≪ y, if there is a path x = a₀ →_{S₁} a₁ → … →_{S_m} a_m = y such that at each step every member of the
moving coalition strictly prefers the *end* y to where it stands, u_i(a_{k−1}) < u_i(y) for i ∈ S_k.

A set X is *consistent* if it consists exactly of the a such that for every move a →_S d there is an
e ∈ X with d = e or d ≪ e which not all members of S strictly prefer to a. There is a largest one: apply

.. math:: f(X) = \{a : \forall d, S \text{ with } a →_S d\; \exists e ∈ X, d = e \text{ or } d ≪ e,
          \text{ and not } u_i(a) < u_i(e)\; \forall i ∈ S\}

to the set of all states until nothing changes. What lies outside it cannot be stable under any
farsighted reading; what lies inside may be.

A *stable set* (von Neumann & Morgenstern) of a dominance relation is a set no member of which is
dominated by another member and which dominates everything outside it; a *farsighted* stable set is one
of the indirect relation. There may be none, or several.

References
----------
Chwe, M. S.-Y. (1994). Farsighted coalitional stability. *Journal of Economic Theory* 63, 299–325.
von Neumann, J. & Morgenstern, O. (1944). *Theory of Games and Economic Behavior*. Princeton.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sim.agreements.compiled import compiled
from sim.stability.arcs import Arcs
from sim.stability.concepts import payoff_ranks

__all__ = [
    "ConsistentSet",
    "StableSets",
    "direct_dominance",
    "indirect_dominance",
    "largest_consistent_set",
    "stable_sets",
]

IntArray = npt.NDArray[np.int64]
StateArray = npt.NDArray[np.int32]
LabelArray = npt.NDArray[np.int16]
BoolArray = npt.NDArray[np.bool_]
BitArray = npt.NDArray[np.uint64]

#: States times arcs up to which the largest consistent set is worked out: some minutes.
WORK_LIMIT = 60_000_000_000
#: The same where somebody waits for a table: a second or two.
QUICK_WORK = 300_000_000
#: States up to which it is kept which dominates which, a bit a pair: a gigabyte.
KEPT_STATES = 90_000
#: States up to which stable sets are looked for, and branches of the search after which it gives up.
STABLE_SET_STATES = 128
STABLE_SET_BRANCHES = 200_000


@compiled
def _dominated(
    pointer: IntArray,
    begin: StateArray,
    label: LabelArray,
    ranks: StateArray,
    member_pointer: IntArray,
    member: IntArray,
) -> BitArray:
    # Row e: the states d with d = e or d ≪ e, one bit each. Backwards from e, and only through states
    # whose movers strictly prefer e.
    n_states = pointer.size - 1
    n_words = (n_states + 63) // 64
    rows = np.zeros((n_states, n_words), np.uint64)
    stack = np.empty(n_states + 1, np.int32)
    one = np.uint64(1)
    for goal in range(n_states):
        row = rows[goal]
        row[goal >> 6] |= one << np.uint64(goal & 63)
        stack[0] = goal
        height = 1
        while height > 0:
            height -= 1
            state = stack[height]
            for arc in range(pointer[state], pointer[state + 1]):
                start = begin[arc]
                bit = one << np.uint64(start & 63)
                if row[start >> 6] & bit:
                    continue
                mover = label[arc]
                wanted = True
                for k in range(member_pointer[mover], member_pointer[mover + 1]):
                    if ranks[member[k], goal] <= ranks[member[k], start]:
                        wanted = False
                        break
                if wanted:
                    row[start >> 6] |= bit
                    stack[height] = start
                    height += 1
    return rows


@compiled
def _least_outcome(rows: BitArray, order: StateArray, rank: StateArray, alive: BoolArray, n_ranks: int) -> StateArray:
    # For each d the least rank among the e in X with d = e or d ≪ e: take the e in ascending rank, and
    # whatever is new in its row gets its rank.
    n_states, n_words = rows.shape
    least = np.full(n_states, n_ranks, np.int32)
    open_ = np.zeros(n_words, np.uint64)
    for state in range(n_states):
        open_[state >> 6] |= np.uint64(1) << np.uint64(state & 63)
    left = n_states
    for turn in range(n_states):
        if left == 0:
            break
        goal = order[turn]
        if not alive[goal]:
            continue
        for word in range(n_words):
            fresh = open_[word] & rows[goal, word]
            if fresh == 0:
                continue
            open_[word] ^= fresh
            for bit in range(64):
                if (fresh >> np.uint64(bit)) & np.uint64(1):
                    least[word * 64 + bit] = rank[goal]
                    left -= 1
    return least


@compiled
def _survivors(
    pointer: IntArray,
    end: StateArray,
    label: LabelArray,
    ranks: StateArray,
    member_pointer: IntArray,
    member: IntArray,
    least: StateArray,
    alive: BoolArray,
) -> BoolArray:
    # A move is deterred if it may lead to an outcome which some member does not strictly prefer.
    kept = alive.copy()
    for state in range(alive.size):
        if not alive[state]:
            continue
        for arc in range(pointer[state], pointer[state + 1]):
            mover, target = label[arc], end[arc]
            deterred = False
            for k in range(member_pointer[mover], member_pointer[mover + 1]):
                if least[member[k], target] <= ranks[member[k], state]:
                    deterred = True
                    break
            if not deterred:
                kept[state] = False
                break
    return kept


def _members(arcs: Arcs) -> tuple[IntArray, IntArray]:
    flat = np.asarray([party for members in arcs.movers for party in members], np.int64)
    sizes = np.asarray([0, *(len(members) for members in arcs.movers)], np.int64)
    return np.cumsum(sizes), flat


def _as_payoff(arcs: Arcs, payoff: npt.ArrayLike) -> IntArray:
    table = np.ascontiguousarray(np.asarray(payoff), np.int64)
    if table.ndim != 2 or table.shape[0] != arcs.n_states:
        raise ValueError(f"payoffs need one row per state ({arcs.n_states}) and one column per party")
    return table


def indirect_dominance(arcs: Arcs, payoff: npt.ArrayLike) -> BoolArray:
    """Tell which states indirectly dominate which.

    Parameters
    ----------
    arcs : Arcs
        The moves of every coalition.
    payoff : array_like of int64, shape (n_states, n_parties)
        Higher is better.

    Returns
    -------
    ndarray of bool, shape (n_states, n_states)
        Entry (x, y) says x ≪ y. The diagonal is false.

    Examples
    --------
    A deviation encourages because another follows: a → b by 1 and b → c by 2, and 1 likes c best.

    >>> arcs = Arcs.of(3, [(0,), (1,)], [0, 1], [0, 1], [1, 2])
    >>> indirect_dominance(arcs, [[0, 0], [0, 0], [1, 1]]).nonzero()
    (array([0, 1]), array([2, 2]))
    """
    table = _as_payoff(arcs, payoff)
    backward = arcs.reversed()
    rows = _dominated(*backward.by_state(), backward.labels(), payoff_ranks(table)[1], *_members(arcs))
    bits = np.unpackbits(rows.view(np.uint8), axis=1, bitorder="little")[:, : arcs.n_states]
    relation: BoolArray = bits.T.astype(np.bool_)
    np.fill_diagonal(relation, False)
    return relation


def direct_dominance(arcs: Arcs, payoff: npt.ArrayLike) -> BoolArray:
    """Tell which states directly dominate which.

    Parameters
    ----------
    arcs : Arcs
        The moves of every coalition.
    payoff : array_like of int64, shape (n_states, n_parties)
        Higher is better.

    Returns
    -------
    ndarray of bool, shape (n_states, n_states)
        Entry (x, y) says x < y.

    Examples
    --------
    >>> arcs = Arcs.of(2, [(0, 1)], [0], [0], [1])
    >>> direct_dominance(arcs, [[0, 0], [1, 1]])[0, 1], direct_dominance(arcs, [[0, 0], [1, 0]])[0, 1]
    (np.True_, np.False_)
    """
    table = _as_payoff(arcs, payoff)
    start, mover, end = arcs.as_lists()
    relation = np.zeros((arcs.n_states, arcs.n_states), np.bool_)
    for m, members in enumerate(arcs.movers):
        here = mover == m
        a, b = start[here], end[here]
        better = (table[b][:, list(members)] > table[a][:, list(members)]).all(axis=1)
        relation[a[better], b[better]] = True
    return relation


@dataclass(frozen=True, eq=False)
class ConsistentSet:
    """The largest consistent set, or why it is not known.

    Parameters
    ----------
    states : ndarray of int64 or None
        Its members, ascending; None where the space is too large.
    rounds : tuple of ndarray
        What was left after each round, beginning with all states; the last two are equal.
    reason : str
        Why `states` is None; empty otherwise.
    """

    states: IntArray | None
    rounds: tuple[IntArray, ...]
    reason: str


def largest_consistent_set(arcs: Arcs, payoff: npt.ArrayLike, *, work_limit: int = WORK_LIMIT) -> ConsistentSet:
    """Find the largest consistent set by Chwe's iteration.

    Parameters
    ----------
    arcs : Arcs
        The moves of every coalition.
    payoff : array_like of int64, shape (n_states, n_parties)
        Higher is better.
    work_limit : int, optional
        States times arcs beyond which the answer is None with a reason.

    Returns
    -------
    ConsistentSet

    References
    ----------
    Chwe (1994), section 2: the largest consistent set as the limit of f applied repeatedly.

    Examples
    --------
    With "a deviation deters" (p. 309): 1 would move from a to b, but 2 would then move on to c, which 1
    likes less than a.

    >>> arcs = Arcs.of(3, [(0,), (1,)], [0, 1], [0, 1], [1, 2])
    >>> largest_consistent_set(arcs, [[1, 0], [2, 0], [0, 1]]).states
    array([0, 2])
    """
    table = _as_payoff(arcs, payoff)
    work = arcs.n_states * max(arcs.n_arcs, 1)
    if work > work_limit:
        reason = (
            f"{arcs.n_states:,} states times {arcs.n_arcs:,} moves exceed {work_limit:,} steps; "
            "the largest consistent set is not worked out"
        )
        return ConsistentSet(None, (), reason)
    if arcs.n_states > KEPT_STATES:
        reason = f"{arcs.n_states:,} states exceed {KEPT_STATES:,}; the largest consistent set is not worked out"
        return ConsistentSet(None, (), reason)
    values, ranks = payoff_ranks(table)
    members = _members(arcs)
    backward = arcs.reversed()
    rows = _dominated(*backward.by_state(), backward.labels(), ranks, *members)
    order = np.argsort(ranks, axis=1, kind="stable").astype(np.int32)
    forward = (*arcs.by_state(), arcs.labels())
    alive = np.ones(arcs.n_states, np.bool_)
    rounds = [np.flatnonzero(alive)]
    least = np.empty_like(ranks)
    while True:
        for party in range(ranks.shape[0]):
            least[party] = _least_outcome(rows, order[party], ranks[party], alive, len(values[party]))
        kept = _survivors(*forward, ranks, *members, least, alive)
        rounds.append(np.flatnonzero(kept))
        if np.array_equal(kept, alive):
            return ConsistentSet(rounds[-1], tuple(rounds), "")
        alive = kept


@dataclass(frozen=True, eq=False)
class StableSets:
    """All stable sets of a dominance relation, or why they are not known.

    Parameters
    ----------
    sets : tuple of ndarray or None
        Each ascending, in lexicographic order; an empty tuple if there is none; None if not known.
    reason : str
        Why `sets` is None; empty otherwise.
    """

    sets: tuple[IntArray, ...] | None
    reason: str


def stable_sets(
    dominance: npt.ArrayLike, *, max_states: int = STABLE_SET_STATES, max_branches: int = STABLE_SET_BRANCHES
) -> StableSets:
    """Find all von Neumann–Morgenstern stable sets of a dominance relation.

    Parameters
    ----------
    dominance : array_like of bool, shape (n_states, n_states)
        Entry (x, y) says that y dominates x, directly or indirectly.
    max_states, max_branches : int, optional
        Beyond these the answer is None with a reason: the problem is NP-hard.

    Returns
    -------
    StableSets

    Examples
    --------
    A cycle of three has none, a cycle of four two:

    >>> import numpy as np
    >>> stable_sets(np.roll(np.eye(3, dtype=bool), 1, axis=1)).sets
    ()
    >>> [s.tolist() for s in stable_sets(np.roll(np.eye(4, dtype=bool), 1, axis=1)).sets]
    [[0, 2], [1, 3]]
    """
    relation = np.asarray(dominance, np.bool_)
    n = relation.shape[0]
    if n > max_states:
        return StableSets(None, f"{n:,} states exceed {max_states}; stable sets are not looked for")
    above = [sum(1 << int(y) for y in np.flatnonzero(relation[x])) for x in range(n)]
    below = [sum(1 << int(x) for x in np.flatnonzero(relation[:, y])) for y in range(n)]
    found: list[int] = []
    # Each entry: states that may still join, states in the set, states neither in it nor dominated by it.
    todo = [((1 << n) - 1, 0, (1 << n) - 1)]
    branches = 0
    while todo:
        branches += 1
        if branches > max_branches:
            return StableSets(None, f"more than {max_branches:,} branches; the search for stable sets is given up")
        may, inside, uncovered = todo.pop()
        if not uncovered:
            found.append(inside)
            continue
        # Every uncovered state must join or be dominated: take the one with the fewest ways.
        ways = min(((above[x] | 1 << x) & may for x in _bits(uncovered)), key=int.bit_count)
        for y in _bits(ways):
            if not may >> y & 1:
                continue
            if not above[y] >> y & 1:
                rest = may & ~(above[y] | below[y] | 1 << y)
                todo.append((rest, inside | 1 << y, uncovered & ~(below[y] | 1 << y)))
            # The next ways are without y, so that each set is found once.
            may &= ~(1 << y)
    return StableSets(
        tuple(np.array(list(_bits(s)), np.int64) for s in sorted(found, key=lambda s: list(_bits(s)))), ""
    )


def _bits(mask: int) -> list[int]:
    return [k for k in range(mask.bit_length()) if mask >> k & 1]
