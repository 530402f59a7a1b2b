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

from sim.agreements.compiled import compiled

__all__ = ["by_rank", "components", "facing", "improving", "judge", "least_reachable", "movable", "own_best"]

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

    Parameters
    ----------
    rank : ndarray of int32, shape (n_states,)
        Below `n_ranks`.
    n_ranks : int

    Returns
    -------
    ndarray of int32, shape (n_states,)

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
    pointer: IntArray,
    begin: StateArray,
    label: ByteArray,
    ranks: StateArray,
    member_pointer: IntArray,
    member: IntArray,
) -> tuple[IntArray, StateArray, ByteArray]:
    """Keep of the reversed arcs those which every party of the mover strictly prefers to make.

    Parameters
    ----------
    pointer : ndarray of int64, shape (n_states + 1,)
        The arcs into a state stand at its entry up to the next.
    begin : ndarray of int32, shape (n_arcs,)
        Where each starts.
    label : ndarray of int16, shape (n_arcs,)
        Its mover.
    ranks : ndarray of int32, shape (n_parties, n_states)
        Every party's payoffs as ranks.
    member_pointer, member : ndarray of int64, shapes (n_movers + 1,) and (n_members,)
        The parties of every mover.

    Returns
    -------
    kept_pointer, kept, kept_label : ndarray
        As the first three.

    Examples
    --------
    Both parties prefer state 1; party 0 can go there from state 0, party 1 back again, which it would not:

    >>> pointer, begin, label = np.array([0, 1, 2]), np.array([1, 0], np.int32), np.array([1, 0], np.int16)
    >>> ranks = np.array([[0, 1], [0, 1]], np.int32)
    >>> kept_pointer, kept, kept_label = improving(pointer, begin, label, ranks, np.array([0, 1, 2]), np.array([0, 1]))
    >>> kept_pointer.tolist(), kept.tolist(), kept_label.tolist()
    ([0, 0, 1], [0], [0])
    """
    kept_pointer = np.zeros(pointer.size, np.int64)
    kept = np.empty(begin.size, np.int32)
    kept_label = np.empty(begin.size, np.int16)
    at = 0
    for end in range(pointer.size - 1):
        for arc in range(pointer[end], pointer[end + 1]):
            start, mover = begin[arc], label[arc]
            better = True
            for k in range(member_pointer[mover], member_pointer[mover + 1]):
                if ranks[member[k], end] <= ranks[member[k], start]:
                    better = False
                    break
            if better:
                kept[at] = start
                kept_label[at] = mover
                at += 1
        kept_pointer[end + 1] = at
    return kept_pointer, kept[:at].copy(), kept_label[:at].copy()


@compiled
def facing(
    pointer: IntArray,
    begin: StateArray,
    label: ByteArray,
    opponent: BoolArray,
    kept_pointer: IntArray,
    kept: StateArray,
    kept_label: ByteArray,
) -> None:
    """Keep of the reversed arcs those of opponents.

    What is kept is written into the last three arrays, as long as the first three and one place longer
    for `kept` and `kept_label`: fresh memory for every party would cost more than the work.

    Parameters
    ----------
    pointer, begin, label : ndarray
        Reversed arcs by state, and their movers; as in `improving`.
    opponent : ndarray of bool, shape (n_movers,)
        Which movers do not contain the party.
    kept_pointer, kept, kept_label : ndarray, shapes (n_states + 1,) and (n_arcs + 1,) twice
        Written.

    Examples
    --------
    Party 0 can go from state 0 to 1 and party 1 back again; party 0 faces the second alone:

    >>> pointer, begin, label = np.array([0, 1, 2]), np.array([1, 0], np.int32), np.array([1, 0], np.int16)
    >>> kept_pointer, kept, kept_label = np.zeros(3, np.int64), np.empty(3, np.int32), np.empty(3, np.int16)
    >>> facing(pointer, begin, label, np.array([False, True]), kept_pointer, kept, kept_label)
    >>> kept_pointer.tolist(), kept[:1].tolist(), kept_label[:1].tolist()
    ([0, 1, 1], [1], [1])
    """
    at = 0
    for end in range(pointer.size - 1):
        for arc in range(pointer[end], pointer[end + 1]):
            # Written whether it counts or not, and overwritten if not: a branch would cost more.
            counts = opponent[label[arc]]
            kept[at] = begin[arc]
            kept_label[at] = label[arc]
            at += counts
        kept_pointer[end + 1] = at


@compiled
def movable(pointer: IntArray, begin: StateArray, label: ByteArray, n_movers: int) -> BoolArray:
    """Tell, from the reversed arcs, at which states (rows) which movers (columns) can move.

    Parameters
    ----------
    pointer, begin, label : ndarray
        Reversed arcs by state, and their movers; as in `improving`.
    n_movers : int

    Returns
    -------
    ndarray of bool, shape (n_states, n_movers)

    Examples
    --------
    Mover 0 can go from state 0 to 1 and mover 1 back again:

    >>> movable(np.array([0, 1, 2]), np.array([1, 0], np.int32), np.array([1, 0], np.int16), 2)
    array([[ True, False],
           [False,  True]])
    """
    can = np.zeros((pointer.size - 1, n_movers), np.bool_)
    for end in range(pointer.size - 1):
        for arc in range(pointer[end], pointer[end + 1]):
            can[begin[arc], label[arc]] = True
    return can


@compiled
def own_best(pointer: IntArray, end: StateArray, n_movers: int, mover: int, rank: StateArray) -> StateArray:
    """Return the best rank one mover can reach in one move from each state, -1 where it cannot move.

    Parameters
    ----------
    pointer : ndarray of int64, shape (n_states * n_movers + 1,)
        All arcs by state and mover.
    end : ndarray of int32, shape (n_arcs,)
        Where each leads.
    n_movers, mover : int
        Number of movers, and the one that is meant.
    rank : ndarray of int32, shape (n_states,)
        Its payoff as ranks.

    Returns
    -------
    ndarray of int32, shape (n_states,)

    Examples
    --------
    One mover, who can go from state 0 to 1 and 2:

    >>> own_best(np.array([0, 2, 2, 2]), np.array([1, 2], np.int32), 1, 0, np.array([1, 0, 2], np.int32))
    array([ 2, -1, -1], dtype=int32)
    """
    best = np.full(rank.size, -1, np.int32)
    for state in range(rank.size):
        cell = state * n_movers + mover
        for arc in range(pointer[cell], pointer[cell + 1]):
            best[state] = max(best[state], rank[end[arc]])
    return best


@compiled
def components(pointer: IntArray, begin: StateArray) -> StateArray:
    """Label the parts of the state space that arcs hang together, from 0 upwards.

    Parameters
    ----------
    pointer, begin : ndarray
        Reversed arcs by state; as in `improving`.

    Returns
    -------
    ndarray of int32, shape (n_states,)
        States joined by arcs, whichever way they go, have one number.

    Examples
    --------
    An arc from state 2 to 0 joins those two:

    >>> components(np.array([0, 1, 1, 1]), np.array([2], np.int32))
    array([0, 1, 0], dtype=int32)
    """
    n_states = pointer.size - 1
    root = np.arange(n_states).astype(np.int32)
    # Some arcs of each state join nearly everything; the second pass mostly finds one root at both ends.
    for everything in range(2):
        for end in range(n_states):
            last = pointer[end + 1]
            if not everything:
                last = min(last, pointer[end] + 8)
            for arc in range(pointer[end], last):
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
    number = np.empty(n_states, np.int32)
    n_parts = 0
    for state in range(n_states):
        if root[state] == state:
            number[state] = n_parts
            n_parts += 1
        else:
            number[state] = number[root[state]]
    return number


@compiled
def least_reachable(
    backward_pointer: IntArray,
    backward: StateArray,
    backward_label: ByteArray,
    forward_pointer: IntArray,
    forward: StateArray,
    forward_label: ByteArray,
    opponent: BoolArray,
    mobile: BoolArray,
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
    backward_pointer, backward, backward_label : ndarray
        Reversed arcs of the opponents by state, and their movers: all moves for general, improvements
        only for sequential sanctions.
    forward_pointer, forward, forward_label : ndarray
        All arcs of all movers, likewise.
    opponent : ndarray of bool, shape (n_movers,)
        Which movers do not contain the party.
    mobile : ndarray of bool, shape (n_states,)
        Where some opponent has a move of the kind that counts.
    part : ndarray of int32, shape (n_states,)
        Numbers of parts which the opponents' moves never leave, see `components`.
    rank : ndarray of int32, shape (n_states,)
        The function w, as ranks below `n_ranks`.
    n_ranks : int
        Number of ranks; stands for infinity.
    ranks, member_pointer, member : ndarray
        Every party's payoffs as ranks and the parties of every mover, to tell improvements among
        the forward arcs.
    improvements_only : bool
        Whether only improvements count.

    Returns
    -------
    ndarray of int32, shape (n_states,)

    Examples
    --------
    Party 0 can go from state 0 to 1 and party 1 back again. From state 1 party 1 can bring about rank 0; at
    state 0 it cannot move, so that nothing is to be feared there:

    >>> one, two, nobody = np.array([0, 1, 1]), np.array([0, 1, 2]), np.zeros(2, np.int32)
    >>> opposing = one, np.array([1], np.int32), np.array([1], np.int16)
    >>> everything = two, np.array([1, 0], np.int32), np.array([0, 1], np.int16)
    >>> ranks, movers, parties = np.array([[0, 1], [1, 0]], np.int32), np.array([0, 1, 2]), np.array([0, 1])
    >>> facts = np.array([False, True]), np.array([False, True]), nobody
    >>> least_reachable(*opposing, *everything, *facts, ranks[0], 2, ranks, movers, parties, False)
    array([2, 0], dtype=int32)
    """
    n_states = rank.size
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
        if mobile[state]:
            missing[part[state]] += 1
            left += 1
    for k in range(n_parts):
        size[k + 1] += size[k]
    inside = np.empty(n_states, np.int32)
    free = size[:-1].copy()
    for state in range(n_states):
        inside[free[part[state]]] = state
        free[part[state]] += 1

    order = by_rank(rank, n_ranks)
    # Two stacks: states to be led to by every mover but one, and states for that one mover alone.
    stack = np.empty(n_states + 1, np.int32)
    second = np.empty(n_states + 1, np.int32)
    alone = np.empty(n_states + 1, np.int16)
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
        tall, low = 0, 0
        if seen == 0:
            # Not reached before: every opponent may move to it.
            code[lowest] = OPENED
            stack[0] = lowest
            tall = 1
        else:
            # Reached before: only the mover that was barred is new.
            code[lowest] = DONE
            second[0], alone[0] = lowest, seen - 1
            low = 1
        look = missing[k] // 16
        worked = 0
        while missing[k] > 0 and (tall > 0 or low > 0):
            only = -1
            barred = -1
            if tall > 0:
                # In random order, since neighbours of neighbours are mostly reached already.
                dice ^= dice << np.uint64(13)
                dice ^= dice >> np.uint64(7)
                dice ^= dice << np.uint64(17)
                pick = int((dice >> np.uint64(32)) * np.uint64(tall) >> np.uint64(32))
                state = stack[pick]
                tall -= 1
                stack[pick] = stack[tall]
                barred = code[state] - 1
            else:
                low -= 1
                state = second[low]
                only = alone[low]
            for arc in range(backward_pointer[state], backward_pointer[state + 1]):
                start = backward[arc]
                mover = backward_label[arc]
                seen = code[start]
                if seen == DONE or seen == mover + 1 or mover == barred or (only >= 0 and mover != only):
                    continue
                if seen == 0:
                    code[start] = mover + 1
                    least[start] = value
                    missing[k] -= 1
                    left -= 1
                    stack[tall] = start
                    tall += 1
                elif seen == OPENED:
                    code[start] = DONE
                    least[start] = value
                    missing[k] -= 1
                    left -= 1
                else:
                    code[start] = DONE
                    second[low], alone[low] = start, seen - 1
                    low += 1
            worked += backward_pointer[state + 1] - backward_pointer[state]
            # Looking round costs a walk over the part: only after as much work has been done.
            if missing[k] > look or missing[k] == 0 or worked < size[k + 1] - size[k]:
                continue
            # Few are missing: ask each of them whether it leads to a state already reached, rather
            # than every reached state what leads to it.
            found = True
            unsure = False
            while found and missing[k] > 0:
                found = False
                unsure = False
                for slot in range(size[k], size[k + 1]):
                    state = inside[slot]
                    seen = code[state]
                    if not mobile[state] or (seen != 0 and seen != OPENED):
                        continue
                    for arc in range(forward_pointer[state], forward_pointer[state + 1]):
                        mover = forward_label[arc]
                        end = forward[arc]
                        reached = code[end]
                        if reached == 0 or not opponent[mover]:
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
                        found = True
                        least[state] = value
                        missing[k] -= 1
                        left -= 1
                        if seen == OPENED:
                            code[state] = DONE
                        else:
                            code[state] = mover + 1
                            stack[tall] = state
                            tall += 1
                        break
            if missing[k] > 0 and not unsure:
                # Nothing missing leads to anything reached, so what is reached has done its part,
                # for this value and for all higher ones.
                for slot in range(size[k], size[k + 1]):
                    if code[inside[slot]] > 0:
                        code[inside[slot]] = DONE
                break
            look = missing[k] // 2
            worked = 0
    return least


@compiled
def judge(
    pointer: IntArray,
    end: StateArray,
    n_movers: int,
    mover: int,
    rank: StateArray,
    value: IntArray,
    best: StateArray,
    least: StateArray,
    stable: BoolArray,
    margin: IntArray,
    can_move: BoolArray,
) -> None:
    """Write one party's verdicts and margins, given what its opponents can bring about.

    Parameters
    ----------
    pointer, end : ndarray
        All arcs by state and mover.
    n_movers, mover : int
        Number of movers, and the one that is the party alone.
    rank : ndarray of int32, shape (n_states,)
        The party's payoff as ranks.
    value : ndarray of int64, shape (n_ranks,)
        The payoff of each rank.
    best : ndarray of int32, shape (n_states,)
        From `own_best`.
    least : ndarray of int32, shape (n_states, n_concepts)
        L of each concept.
    stable, margin, can_move : ndarray, shapes (n_concepts, n_states) twice and (n_states,)
        Written where the party can move.

    Examples
    --------
    The party can go from state 0, worth 5, to state 1, worth 8. Under Nash it fears nothing and gains 3; under
    general metarationality its opponents can lead back to rank 0, so that it gains nothing and stays:

    >>> pointer, end = np.array([0, 1, 1, 1, 2]), np.array([1, 0], np.int32)
    >>> rank, best = np.array([0, 1], np.int32), np.array([1, -1], np.int32)
    >>> least = np.array([[2, 2], [2, 0]], np.int32)
    >>> of_all, margins, can_move = np.ones((2, 2, 2), bool), np.zeros((2, 2, 2), np.int64), np.zeros(2, bool)
    >>> stable, margin = of_all[:, 0], margins[:, 0]  # the party's rows, by concept and state
    >>> judge(pointer, end, 2, 0, rank, np.array([5, 8]), best, least, stable, margin, can_move)
    >>> stable[:, 0].tolist(), margin[:, 0].tolist(), can_move.tolist()
    ([False, True], [-3, 0], [True, False])
    """
    worst = np.empty(least.shape[1], np.int32)
    for state in range(rank.size):
        if best[state] < 0:
            continue
        can_move[state] = True
        here = rank[state]
        for concept in range(worst.size):
            worst[concept] = -1 if best[state] > here else best[state]
        if best[state] > here:
            cell = state * n_movers + mover
            for arc in range(pointer[cell], pointer[cell + 1]):
                target = end[arc]
                if rank[target] > here:
                    for concept in range(worst.size):
                        worst[concept] = max(worst[concept], min(rank[target], least[target, concept]))
        for concept in range(worst.size):
            difference = value[here] - value[worst[concept]]
            margin[concept, state] = difference
            stable[concept, state] = difference >= 0
