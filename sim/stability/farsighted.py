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
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from sim.agreements.compiled import compiled
from sim.stability.arcs import Members, MoveGraph, Steps
from sim.stability.concepts import payoff_ranks
from sim.stability.free import ALONE
from sim.stability.processors import processors, share_out

__all__ = [
    "ConsistentSet",
    "StableSets",
    "direct_dominance",
    "indirect_dominance",
    "largest_consistent_set",
    "stable_sets",
    "too_many_states",
]

IntArray = npt.NDArray[np.int64]
StateArray = npt.NDArray[np.int32]
BoolArray = npt.NDArray[np.bool_]
BitArray = npt.NDArray[np.uint64]

#: Of the places 0 to 63 of a bit, those in the upper half, in the upper quarter of each half, and so on.
_HALVES = (
    np.uint64(0xFFFFFFFF00000000),
    np.uint64(0xFFFF0000FFFF0000),
    np.uint64(0xFF00FF00FF00FF00),
    np.uint64(0xF0F0F0F0F0F0F0F0),
    np.uint64(0xCCCCCCCCCCCCCCCC),
    np.uint64(0xAAAAAAAAAAAAAAAA),
)

#: States times arcs up to which the largest consistent set is worked out: some seconds.
WORK_LIMIT = 60_000_000_000
#: States up to which it is kept which dominates which, a bit a pair: a gigabyte.
KEPT_STATES = 90_000
#: States up to which stable sets are looked for, and branches of the search after which it gives up.
STABLE_SET_STATES = 128
STABLE_SET_BRANCHES = 200_000


class _Conflict(NamedTuple):
    """Moves and what they are worth.

    Parameters
    ----------
    steps : Steps
        Forwards or reversed.
    ranks : ndarray of int32, shape (n_parties, n_states)
    members : Members
    """

    steps: Steps
    ranks: StateArray
    members: Members


@compiled
def _transpose(block: BitArray) -> None:
    # Bit c of row r changes places with bit r of row c: halves, quarters and so on (Warren, Hacker's Delight, 7-3).
    width = 32
    mask = np.uint64(0x00000000FFFFFFFF)
    while width:
        shift = np.uint64(width)
        k = 0
        while k < 64:
            swap = ((block[k] >> shift) ^ block[k + width]) & mask
            block[k] ^= swap << shift
            block[k + width] ^= swap
            k = (k + width + 1) & ~width
        width >>= 1
        mask ^= mask << np.uint64(max(width, 1))


@compiled
def _dominated(backward: _Conflict, by_state: StateArray, n_ranks: int, rows: BitArray, first: int, every: int) -> None:
    # Row e of `rows`: the states d with d = e or d ≪ e, one bit each. Backwards from e, and only through states whose
    # movers strictly prefer e; for 64 goals e side by side, since neighbours share most of their paths. Blocks of goals
    # are taken from `first` on in strides, so that several threads can share them.
    steps, members = backward.steps, backward.members
    n_states, n_parties = by_state.shape
    n_words = rows.shape[1]
    one, none = np.uint64(1), np.uint64(0)
    preferred = np.empty((n_parties, n_ranks), np.uint64)
    found = np.empty(n_words * 64, np.uint64)
    fresh = np.zeros(n_words * 64, np.uint64)
    waiting = np.zeros(n_words, np.uint64)
    block = np.empty(64, np.uint64)
    for base in range(first * 64, n_states, every * 64):
        top = min(base + 64, n_states)
        # Which goals a party strictly prefers to a state, by the state's rank.
        preferred[:] = none
        found[:] = none
        for goal in range(base, top):
            bit = one << np.uint64(goal - base)
            for party in range(n_parties):
                if by_state[goal, party] > 0:
                    preferred[party, by_state[goal, party] - 1] |= bit
            found[goal] = bit
            fresh[goal] = bit
            waiting[goal >> 6] |= one << np.uint64(goal & 63)
        for party in range(n_parties):
            for rank in range(n_ranks - 2, -1, -1):
                preferred[party, rank] |= preferred[party, rank + 1]
        # Up and down the states until nothing is new: each waits until it has gathered what comes from several sides.
        up, more = True, True
        while more:
            more = False
            for turn in range(n_words):
                word = turn if up else n_words - 1 - turn
                while waiting[word] != none:
                    more = True
                    lowest = waiting[word] & (~waiting[word] + one)
                    waiting[word] ^= lowest
                    state = word * 64 + _place(lowest)
                    news = fresh[state]
                    fresh[state] = none
                    for arc in range(steps.pointer[state], steps.pointer[state + 1]):
                        start = steps.other[arc]
                        new = news & ~found[start]
                        if new == none:
                            continue
                        mover = steps.mover[arc]
                        for k in range(members.pointer[mover], members.pointer[mover + 1]):
                            party = members.party[k]
                            new &= preferred[party, by_state[start, party]]
                        if new != none:
                            found[start] |= new
                            fresh[start] |= new
                            waiting[start >> 6] |= one << np.uint64(start & 63)
            up = not up
        for word in range(n_words):
            some = none
            for k in range(64):
                block[k] = found[word * 64 + k]
                some |= block[k]
            if some != none:
                _transpose(block)
                for goal in range(base, top):
                    rows[goal, word] = block[goal - base]


@compiled
def _place(bit: np.uint64) -> int:
    # The number of the one bit that is set.
    place = 0
    for k, mask in enumerate(_HALVES):
        if bit & mask:
            place += 32 >> k
    return place


@compiled
def _least_outcome(
    rows: BitArray, order: StateArray, rank: StateArray, alive: BoolArray, least: StateArray, taken: StateArray
) -> None:
    # For each d the least rank among the e in X with d = e or d ≪ e, and the place of that e in `order`: take the e in
    # ascending rank, and whatever is new in its row gets its rank. Only those d are looked at whose e has left X.
    n_states, n_words = rows.shape
    open_ = np.zeros(n_words, np.uint64)
    begin = n_states
    for state in range(n_states):
        if taken[state] < 0 or (taken[state] < n_states and not alive[order[taken[state]]]):
            open_[state >> 6] |= np.uint64(1) << np.uint64(state & 63)
            begin = min(begin, max(taken[state], 0))
            taken[state] = n_states
            least[state] = n_states
    words = np.flatnonzero(open_)
    n_open = words.size
    for turn in range(begin, n_states):
        if n_open == 0:
            break
        goal = order[turn]
        if not alive[goal]:
            continue
        k = 0
        while k < n_open:
            word = words[k]
            fresh = open_[word] & rows[goal, word]
            if fresh != 0:
                open_[word] ^= fresh
                while fresh != 0:
                    lowest = fresh & (~fresh + np.uint64(1))
                    state = word * 64 + _place(lowest)
                    least[state] = rank[goal]
                    taken[state] = turn
                    fresh ^= lowest
                if open_[word] == 0:
                    n_open -= 1
                    words[k] = words[n_open]
                    continue
            k += 1


@compiled
def _survivors(forward: _Conflict, least: StateArray, alive: BoolArray) -> BoolArray:
    # A move is deterred if it may lead to an outcome which some member does not strictly prefer.
    steps, members = forward.steps, forward.members
    kept = alive.copy()
    for state in range(alive.size):
        if not alive[state]:
            continue
        for arc in range(steps.pointer[state], steps.pointer[state + 1]):
            mover, target = steps.mover[arc], steps.other[arc]
            deterred = False
            for k in range(members.pointer[mover], members.pointer[mover + 1]):
                if least[members.party[k], target] <= forward.ranks[members.party[k], state]:
                    deterred = True
                    break
            if not deterred:
                kept[state] = False
                break
    return kept


def _all_dominated(graph: MoveGraph, ranks: StateArray, n_ranks: int) -> BitArray:
    """Return, row by row, the states that each state equals or indirectly dominates, one bit each."""
    n = graph.n_states
    rows = np.zeros((n, (n + 63) // 64), np.uint64)
    backward = _Conflict(graph.reversed().steps, ranks, graph.members)
    by_state = np.ascontiguousarray(ranks.T)
    threads = processors() if n > ALONE else 1
    share_out(lambda k: _dominated(backward, by_state, n_ranks, rows, k, threads), range(threads), threads)
    return rows


def _as_payoff(arcs: MoveGraph, payoff: npt.ArrayLike) -> IntArray:
    table = np.ascontiguousarray(np.asarray(payoff), np.int64)
    if table.ndim != 2 or table.shape[0] != arcs.n_states:
        raise ValueError(f"payoffs need one row per state ({arcs.n_states}) and one column per party")
    return table


def indirect_dominance(arcs: MoveGraph, payoff: npt.ArrayLike) -> BoolArray:
    """Tell which states indirectly dominate which.

    Parameters
    ----------
    arcs : MoveGraph
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

    >>> arcs = MoveGraph.of(3, [(0,), (1,)], [0, 1], [0, 1], [1, 2])
    >>> indirect_dominance(arcs, [[0, 0], [0, 0], [1, 1]]).nonzero()
    (array([0, 1]), array([2, 2]))
    """
    table = _as_payoff(arcs, payoff)
    values, ranks = payoff_ranks(table)
    rows = _all_dominated(arcs, ranks, max(map(len, values), default=0))
    bits = np.unpackbits(rows.view(np.uint8), axis=1, bitorder="little")[:, : arcs.n_states]
    relation: BoolArray = bits.T.astype(np.bool_)
    np.fill_diagonal(relation, False)
    return relation


def direct_dominance(arcs: MoveGraph, payoff: npt.ArrayLike) -> BoolArray:
    """Tell which states directly dominate which.

    Parameters
    ----------
    arcs : MoveGraph
        The moves of every coalition.
    payoff : array_like of int64, shape (n_states, n_parties)
        Higher is better.

    Returns
    -------
    ndarray of bool, shape (n_states, n_states)
        Entry (x, y) says x < y.

    Examples
    --------
    >>> arcs = MoveGraph.of(2, [(0, 1)], [0], [0], [1])
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


def too_many_states(n_states: int) -> str:
    """Say why the largest consistent set of so many states is not worked out; empty where it is.

    Parameters
    ----------
    n_states : int

    Returns
    -------
    str

    Examples
    --------
    >>> too_many_states(46_288), too_many_states(10**6)
    ('', '1,000,000 states exceed 90,000; the largest consistent set is not worked out')
    """
    if n_states <= KEPT_STATES:
        return ""
    return f"{n_states:,} states exceed {KEPT_STATES:,}; the largest consistent set is not worked out"


def largest_consistent_set(arcs: MoveGraph, payoff: npt.ArrayLike, *, work_limit: int = WORK_LIMIT) -> ConsistentSet:
    """Find the largest consistent set by Chwe's iteration.

    Parameters
    ----------
    arcs : MoveGraph
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

    >>> arcs = MoveGraph.of(3, [(0,), (1,)], [0, 1], [0, 1], [1, 2])
    >>> largest_consistent_set(arcs, [[1, 0], [2, 0], [0, 1]]).states
    array([0, 2])
    """
    table = _as_payoff(arcs, payoff)
    if not arcs.n_arcs:
        everything = np.arange(arcs.n_states)
        return ConsistentSet(everything, (everything, everything), "")
    if arcs.n_states * arcs.n_arcs > work_limit:
        reason = (
            f"{arcs.n_states:,} states times {arcs.n_arcs:,} moves exceed {work_limit:,} steps; "
            "the largest consistent set is not worked out"
        )
        return ConsistentSet(None, (), reason)
    if reason := too_many_states(arcs.n_states):
        return ConsistentSet(None, (), reason)
    values, ranks = payoff_ranks(table)
    rows = _all_dominated(arcs, ranks, max(map(len, values), default=0))
    forward = _Conflict(arcs.steps, ranks, arcs.members)
    order = np.argsort(ranks, axis=1, kind="stable").astype(np.int32)
    least, taken = np.empty_like(ranks), np.full_like(ranks, -1)
    alive = np.ones(arcs.n_states, np.bool_)
    rounds = [np.flatnonzero(alive)]
    while len(rounds) == 1 or len(rounds[-1]) < len(rounds[-2]):

        def renew(party: int, alive: BoolArray = alive) -> None:
            _least_outcome(rows, order[party], ranks[party], alive, least[party], taken[party])

        share_out(renew, range(len(ranks)), processors() if arcs.n_states > ALONE else 1)
        alive = _survivors(forward, least, alive)
        rounds.append(np.flatnonzero(alive))
    return ConsistentSet(rounds[-1], tuple(rounds), "")


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
