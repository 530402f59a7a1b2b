r"""The least payoff that opponents can bring about, for every state at once.

Fix a party i and let J be its opponents: the movers that do not contain i. A *sanction path* from x
is a sequence of one or more moves by movers in J of which no two in a row are made by the same
mover. For a function w of states,

.. math:: L(x) = \min \{ w(y) : y \text{ lies at the end of a sanction path from } x \},

infinite where no opponent can move. Only the minimum over the reachable set matters, so the set is
never built. Take the states y in ascending w. What can lead to y in one more move gets w(y), unless
it has got less before; the first value a state gets is its least. To respect the rule on consecutive
moves a state remembers by which mover its first path starts: all movers but that one may be put in
front of it, and the remaining one as soon as a second path starts with another mover, or when the
state itself is next in ascending w. Each arc is looked at once at most, and the work ends when every
state from which an opponent can move has its value.

Values are ranks: 0 for the worst state. Ties share a rank.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from sim.stability.compiled import compiled

__all__ = [
    "by_rank",
    "components",
    "improving",
    "least_reachable",
    "movable",
    "own_best",
    "worst_improvement",
]

IntArray = npt.NDArray[np.int64]
StateArray = npt.NDArray[np.int32]
BoolArray = npt.NDArray[np.bool_]
ByteArray = npt.NDArray[np.int16]

# What is known of a state: 0 nothing; m + 1 reached, first path starting with mover m; and
OPENED = np.int16(-1)  # next in ascending w, so that every mover may lead to it, yet not reached;
DONE = np.int16(-2)  # reached, and every mover may lead to it.


@compiled
def by_rank(rank: StateArray, n_ranks: int) -> StateArray:
    """Return the states in ascending rank, ties by state: a counting sort.

    Examples
    --------
    >>> by_rank(np.array([2, 0, 1, 0], np.int32), 3)
    array([1, 3, 2, 0], dtype=int32)
    """
    place = np.zeros(n_ranks + 1, np.int64)
    for state in range(rank.size):
        place[rank[state] + 1] += 1
    for r in range(n_ranks):
        place[r + 1] += place[r]
    order = np.empty(rank.size, np.int32)
    for state in range(rank.size):
        order[place[rank[state]]] = state
        place[rank[state]] += 1
    return order


@compiled
def improving(
    pointer: IntArray, begin: StateArray, ranks: StateArray, member_pointer: IntArray, member: IntArray
) -> tuple[IntArray, StateArray]:
    """Keep of the reversed arcs those which every party of the mover strictly prefers to make."""
    n_movers = member_pointer.size - 1
    n_states = (pointer.size - 1) // n_movers
    kept_pointer = np.zeros(pointer.size, np.int64)
    kept = np.empty(begin.size, np.int32)
    at = 0
    for end in range(n_states):
        for mover in range(n_movers):
            cell = end * n_movers + mover
            for arc in range(pointer[cell], pointer[cell + 1]):
                start = begin[arc]
                better = True
                for k in range(member_pointer[mover], member_pointer[mover + 1]):
                    if ranks[member[k], end] <= ranks[member[k], start]:
                        better = False
                        break
                if better:
                    kept[at] = start
                    at += 1
            kept_pointer[cell + 1] = at
    return kept_pointer, kept[:at].copy()


@compiled
def movable(pointer: IntArray, begin: StateArray, n_movers: int) -> BoolArray:
    """Tell, from the reversed arcs, at which states (rows) which movers (columns) can move."""
    n_states = (pointer.size - 1) // n_movers
    can = np.zeros((n_states, n_movers), np.bool_)
    for cell in range(n_states * n_movers):
        mover = cell % n_movers
        for arc in range(pointer[cell], pointer[cell + 1]):
            can[begin[arc], mover] = True
    return can


@compiled
def own_best(pointer: IntArray, begin: StateArray, n_movers: int, mover: int, rank: StateArray) -> StateArray:
    """Return the best rank one mover can reach in one move from each state, -1 where it cannot move."""
    best = np.full(rank.size, -1, np.int32)
    for end in range(rank.size):
        cell = end * n_movers + mover
        for arc in range(pointer[cell], pointer[cell + 1]):
            if rank[end] > best[begin[arc]]:
                best[begin[arc]] = rank[end]
    return best


@compiled
def components(pointer: IntArray, begin: StateArray, opponent: BoolArray) -> StateArray:
    """Label the parts of the state space that opponents' moves hang together, from 0 upwards."""
    n_movers = opponent.size
    n_states = (pointer.size - 1) // n_movers
    root = np.arange(n_states).astype(np.int32)
    # Two arcs of each cell join nearly everything; the second pass mostly finds one root on both sides.
    for everything in range(2):
        for end in range(n_states):
            for mover in range(n_movers):
                if not opponent[mover]:
                    continue
                cell = end * n_movers + mover
                last = pointer[cell + 1]
                if not everything:
                    last = min(last, pointer[cell] + 2)
                for arc in range(pointer[cell], last):
                    a, b = begin[arc], np.int32(end)
                    if root[a] == root[b]:
                        continue
                    while root[a] != a:
                        root[a] = root[root[a]]
                        a = root[a]
                    while root[b] != b:
                        root[b] = root[root[b]]
                        b = root[b]
                    # The lower number leads, so that one pass upwards settles every root.
                    if a < b:
                        root[b] = a
                    elif b < a:
                        root[a] = b
        for state in range(n_states):
            root[state] = root[root[state]]
    label = np.empty(n_states, np.int32)
    n_labels = 0
    for state in range(n_states):
        if root[state] == state:
            label[state] = n_labels
            n_labels += 1
        else:
            label[state] = label[root[state]]
    return label


@compiled
def _reach_from(
    mover: int,
    cell: int,
    pointer: IntArray,
    begin: StateArray,
    code: ByteArray,
    least: StateArray,
    value: int,
    stack: StateArray,
    second: StateArray,
    height: IntArray,
) -> int:
    """Pass a value on to all states from which one mover can come; return how many were new."""
    fresh = 0
    tall, low = height[0], height[1]
    for arc in range(pointer[cell], pointer[cell + 1]):
        start = begin[arc]
        seen = code[start]
        if seen == DONE or seen == mover + 1:
            continue
        if seen == 0:
            code[start] = mover + 1
            least[start] = value
            fresh += 1
            stack[tall] = start
            tall += 1
        elif seen == OPENED:
            code[start] = DONE
            least[start] = value
            fresh += 1
        else:
            second[low] = start
            second[low + 1] = seen - 1
            low += 2
            code[start] = DONE
    height[0], height[1] = tall, low
    return fresh


@compiled
def least_reachable(
    backward_pointer: IntArray,
    backward: StateArray,
    forward_pointer: IntArray,
    forward: StateArray,
    opponent: BoolArray,
    can: BoolArray,
    part: StateArray,
    rank: StateArray,
    n_ranks: int,
    ranks: StateArray,
    member_pointer: IntArray,
    member: IntArray,
    improvements_only: bool,
) -> StateArray:
    """Return L for every state; `n_ranks` where no opponent can move.

    Parameters
    ----------
    backward_pointer, backward : ndarray
        Reversed arcs: of all movers for general, of improvements only for sequential sanctions.
    forward_pointer, forward : ndarray
        All arcs.
    opponent : ndarray of bool, shape (n_movers,)
        Which movers do not contain the party.
    can : ndarray of bool, shape (n_states, n_movers)
        Where each mover has a move of the kind that counts.
    part : ndarray of int32, shape (n_states,)
        Labels of parts which the opponents' moves never leave, see `components`.
    rank : ndarray of int32, shape (n_states,)
        The function w, as ranks below `n_ranks`.
    n_ranks : int
        Number of ranks; stands for infinity.
    ranks, member_pointer, member : ndarray
        Every party's payoffs as ranks and the parties of every mover, to tell improvements among
        the forward arcs.
    improvements_only : bool
        Whether only improvements count.
    """
    n_states = rank.size
    n_movers = opponent.size
    least = np.full(n_states, n_ranks, np.int32)
    code = np.zeros(n_states, np.int16)
    n_parts = 1
    for state in range(n_states):
        n_parts = max(n_parts, part[state] + 1)
    missing = np.zeros(n_parts, np.int64)
    size = np.zeros(n_parts + 1, np.int64)
    left = 0
    for state in range(n_states):
        size[part[state] + 1] += 1
        for mover in range(n_movers):
            if opponent[mover] and can[state, mover]:
                missing[part[state]] += 1
                left += 1
                break
    for k in range(n_parts):
        size[k + 1] += size[k]
    inside = np.empty(n_states, np.int32)
    free = size[:-1].copy()
    for state in range(n_states):
        inside[free[part[state]]] = state
        free[part[state]] += 1

    order = by_rank(rank, n_ranks)
    stack = np.empty(n_states + 1, np.int32)
    second = np.empty(2 * n_states + 2, np.int32)
    height = np.zeros(2, np.int64)
    dice = np.uint64(88172645463325252)
    for turn in range(n_states):
        if left == 0:
            break
        lowest = order[turn]
        seen = code[lowest]
        k = part[lowest]
        if missing[k] == 0 or seen == DONE:
            continue
        value = rank[lowest]
        if seen == 0:
            # Not reached before: every opponent may move to it.
            code[lowest] = OPENED
            stack[0] = lowest
            height[0], height[1] = 1, 0
        else:
            # Reached before: only the mover that was barred is new.
            code[lowest] = DONE
            second[0], second[1] = lowest, seen - 1
            height[0], height[1] = 0, 2
        look = max(missing[k] // 16, 1)
        while missing[k] > 0 and (height[0] > 0 or height[1] > 0):
            fresh = 0
            if height[0] > 0:
                # In random order, since neighbours of neighbours are mostly reached already.
                dice ^= dice << np.uint64(13)
                dice ^= dice >> np.uint64(7)
                dice ^= dice << np.uint64(17)
                pick = int((dice >> np.uint64(32)) * np.uint64(height[0]) >> np.uint64(32))
                state = int(stack[pick])
                height[0] -= 1
                stack[pick] = stack[height[0]]
                barred = code[state] - 1
                for mover in range(n_movers):
                    if opponent[mover] and mover != barred:
                        fresh += _reach_from(
                            mover,
                            state * n_movers + mover,
                            backward_pointer,
                            backward,
                            code,
                            least,
                            value,
                            stack,
                            second,
                            height,
                        )
            else:
                height[1] -= 2
                state = int(second[height[1]])
                mover = int(second[height[1] + 1])
                fresh = _reach_from(
                    mover,
                    state * n_movers + mover,
                    backward_pointer,
                    backward,
                    code,
                    least,
                    value,
                    stack,
                    second,
                    height,
                )
            missing[k] -= fresh
            left -= fresh
            if missing[k] > look or missing[k] == 0:
                continue
            # Few are missing: ask each of them whether it leads to a state already reached, rather
            # than every reached state what leads to it.
            found = True
            unsure = False
            while found:
                found = False
                unsure = False
                for slot in range(size[k], size[k + 1]):
                    state = int(inside[slot])
                    seen = code[state]
                    if seen != 0 and seen != OPENED:
                        continue
                    via = -1
                    for mover in range(n_movers):
                        if not opponent[mover] or not can[state, mover]:
                            continue
                        cell = state * n_movers + mover
                        for arc in range(forward_pointer[cell], forward_pointer[cell + 1]):
                            end = forward[arc]
                            reached = code[end]
                            if reached == 0:
                                continue
                            if improvements_only:
                                better = True
                                for m in range(member_pointer[mover], member_pointer[mover + 1]):
                                    if ranks[member[m], end] <= ranks[member[m], state]:
                                        better = False
                                        break
                                if not better:
                                    continue
                            if reached == mover + 1:
                                unsure = True
                                continue
                            via = mover
                            break
                        if via >= 0:
                            break
                    if via >= 0:
                        found = True
                        least[state] = value
                        missing[k] -= 1
                        left -= 1
                        if seen == OPENED:
                            code[state] = DONE
                        else:
                            code[state] = via + 1
                            stack[height[0]] = state
                            height[0] += 1
                if missing[k] == 0:
                    break
            if missing[k] > 0 and not unsure:
                # Nothing missing leads to anything reached, so what is reached has done its part,
                # for this value and for all higher ones.
                for slot in range(size[k], size[k + 1]):
                    if code[inside[slot]] > 0:
                        code[inside[slot]] = DONE
                break
            look = missing[k] // 2
    return least


@compiled
def worst_improvement(
    pointer: IntArray, begin: StateArray, n_movers: int, mover: int, rank: StateArray, least: StateArray
) -> StateArray:
    """Return, for each state, max over own improvements t of min(rank(t), each row of least at t).

    Parameters
    ----------
    pointer, begin : ndarray
        Reversed improvements.
    n_movers, mover : int
        Number of movers, and the one that is the party alone.
    rank : ndarray of int32, shape (n_states,)
        The party's payoff as ranks.
    least : ndarray of int32, shape (n_concepts, n_states)
        L of each concept.

    Returns
    -------
    ndarray of int32, shape (n_concepts, n_states)
        -1 where the party has no improvement.
    """
    worst = np.full(least.shape, -1, np.int32)
    for end in range(rank.size):
        cell = end * n_movers + mover
        for arc in range(pointer[cell], pointer[cell + 1]):
            start = begin[arc]
            for concept in range(least.shape[0]):
                value = min(rank[end], least[concept, end])
                if value > worst[concept, start]:
                    worst[concept, start] = value
    return worst
