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

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from sim.agreements.compiled import compiled
from sim.stability.arcs import Members, OwnMoves, Steps, all_gain
from sim.stability.groups import join

__all__ = [
    "Faced",
    "Improvements",
    "Prospects",
    "Verdicts",
    "by_rank",
    "components",
    "facing",
    "improving",
    "judge",
    "least_reachable",
    "movable",
    "own_best",
]

IntArray = npt.NDArray[np.int64]
StateArray = npt.NDArray[np.int32]
BoolArray = npt.NDArray[np.bool_]


class Faced(NamedTuple):
    """What one party faces.

    Parameters
    ----------
    against : Steps
        Reversed arcs of the opponents: all moves for general, improvements only for sequential sanctions.
    opponent : ndarray of bool, shape (n_movers,)
        Which movers do not contain the party.
    mobile : ndarray of bool, shape (n_states,)
        Where some opponent has a move of the kind that counts.
    part : ndarray of int32, shape (n_states,)
        Numbers of parts which the opponents' moves never leave, see `components`.
    """

    against: Steps
    opponent: BoolArray
    mobile: BoolArray
    part: StateArray


class Prospects(NamedTuple):
    """What states are worth to one party, and what its opponents can make of them.

    Parameters
    ----------
    rank : ndarray of int32, shape (n_states,)
        Its payoff as ranks.
    value : ndarray of int64, shape (n_ranks,)
        The payoff of each rank.
    best : ndarray of int32, shape (n_states,)
        From `own_best`.
    least : ndarray of int32, shape (n_states, n_concepts)
        L of each concept; shape (n_states,) where one concept is judged at a time.
    """

    rank: StateArray
    value: IntArray
    best: StateArray
    least: StateArray


class Improvements(NamedTuple):
    """Tells which moves are improvements, for each party of the mover.

    Parameters
    ----------
    ranks : ndarray of int32, shape (n_parties, n_states)
        Every party's payoffs as ranks.
    members : Members
    only : bool
        Whether only improvements count.
    """

    ranks: StateArray
    members: Members
    only: bool


class Verdicts(NamedTuple):
    """One party's verdicts and margins, to be written.

    Parameters
    ----------
    stable, margin : ndarray, shape (n_concepts, n_states)
    can_move : ndarray of bool, shape (n_states,)
    """

    stable: BoolArray
    margin: IntArray
    can_move: BoolArray


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
def improving(steps: Steps, ranks: StateArray, members: Members) -> Steps:
    """Keep of the reversed arcs those which every party of the mover strictly prefers to make.

    Parameters
    ----------
    steps : Steps
        Reversed arcs.
    ranks : ndarray of int32, shape (n_parties, n_states)
        Every party's payoffs as ranks.
    members : Members

    Returns
    -------
    Steps

    Examples
    --------
    Both parties prefer state 1; party 0 can go there from state 0, party 1 back again, which it would not:

    >>> steps = Steps(np.array([0, 1, 2]), np.array([1, 0], np.int32), np.array([1, 0], np.int16))
    >>> ranks = np.array([[0, 1], [0, 1]], np.int32)
    >>> kept = improving(steps, ranks, Members(np.array([0, 1, 2]), np.array([0, 1])))
    >>> kept.pointer.tolist(), kept.other.tolist(), kept.mover.tolist()
    ([0, 0, 1], [0], [0])
    """
    pointer = np.zeros(steps.pointer.size, np.int64)
    other = np.empty(steps.other.size, np.int32)
    movers = np.empty(steps.other.size, np.int16)
    at = 0
    for end in range(pointer.size - 1):
        for arc in range(steps.pointer[end], steps.pointer[end + 1]):
            start, mover = steps.other[arc], steps.mover[arc]
            if all_gain(ranks, members, mover, start, end):
                other[at] = start
                movers[at] = mover
                at += 1
        pointer[end + 1] = at
    return Steps(pointer, other[:at].copy(), movers[:at].copy())


@compiled
def facing(steps: Steps, opponent: BoolArray, kept: Steps) -> None:
    """Keep of the reversed arcs those of opponents.

    What is kept is written into arrays that are there, one place longer than the arcs: fresh memory for every
    party would cost more than the work.

    Parameters
    ----------
    steps : Steps
        Reversed arcs.
    opponent : ndarray of bool, shape (n_movers,)
        Which movers do not contain the party.
    kept : Steps
        Written.

    Examples
    --------
    Party 0 can go from state 0 to 1 and party 1 back again; party 0 faces the second alone:

    >>> steps = Steps(np.array([0, 1, 2]), np.array([1, 0], np.int32), np.array([1, 0], np.int16))
    >>> kept = Steps(np.zeros(3, np.int64), np.empty(3, np.int32), np.empty(3, np.int16))
    >>> facing(steps, np.array([False, True]), kept)
    >>> kept.pointer.tolist(), kept.other[:1].tolist(), kept.mover[:1].tolist()
    ([0, 1, 1], [1], [1])
    """
    at = 0
    for end in range(steps.pointer.size - 1):
        for arc in range(steps.pointer[end], steps.pointer[end + 1]):
            # Written whether it counts or not, and overwritten if not: a branch would cost more.
            counts = opponent[steps.mover[arc]]
            kept.other[at] = steps.other[arc]
            kept.mover[at] = steps.mover[arc]
            at += counts
        kept.pointer[end + 1] = at


@compiled
def movable(steps: Steps, n_movers: int) -> BoolArray:
    """Tell, from the reversed arcs, at which states (rows) which movers (columns) can move.

    Parameters
    ----------
    steps : Steps
        Reversed arcs.
    n_movers : int

    Returns
    -------
    ndarray of bool, shape (n_states, n_movers)

    Examples
    --------
    Mover 0 can go from state 0 to 1 and mover 1 back again:

    >>> movable(Steps(np.array([0, 1, 2]), np.array([1, 0], np.int32), np.array([1, 0], np.int16)), 2)
    array([[ True, False],
           [False,  True]])
    """
    can = np.zeros((steps.pointer.size - 1, n_movers), np.bool_)
    for end in range(steps.pointer.size - 1):
        for arc in range(steps.pointer[end], steps.pointer[end + 1]):
            can[steps.other[arc], steps.mover[arc]] = True
    return can


@compiled
def own_best(own: OwnMoves, rank: StateArray) -> StateArray:
    """Return the best rank one mover can reach in one move from each state, -1 where it cannot move.

    Parameters
    ----------
    own : OwnMoves
    rank : ndarray of int32, shape (n_states,)
        The mover's payoff as ranks.

    Returns
    -------
    ndarray of int32, shape (n_states,)

    Examples
    --------
    A mover that can go from state 0 to 1 and 2:

    >>> own = OwnMoves(np.array([0, 2, 2]), np.array([2, 2, 2]), np.array([1, 2], np.int32))
    >>> own_best(own, np.array([1, 0, 2], np.int32))
    array([ 2, -1, -1], dtype=int32)
    """
    best = np.full(rank.size, -1, np.int32)
    for state in range(rank.size):
        for arc in range(own.begin[state], own.stop[state]):
            best[state] = max(best[state], rank[own.end[arc]])
    return best


@compiled
def components(steps: Steps) -> StateArray:
    """Label the parts of the state space that arcs hang together, from 0 upwards.

    Parameters
    ----------
    steps : Steps
        Reversed arcs.

    Returns
    -------
    ndarray of int32, shape (n_states,)
        States joined by arcs, whichever way they go, have one number.

    Examples
    --------
    An arc from state 2 to 0 joins those two:

    >>> components(Steps(np.array([0, 1, 1, 1]), np.array([2], np.int32), np.array([0], np.int16)))
    array([0, 1, 0], dtype=int32)
    """
    pointer, begin = steps.pointer, steps.other
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
                join(root, a, b)
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
    faced: Faced, onward: Steps, rank: StateArray, n_ranks: int, improvements: Improvements
) -> StateArray:
    """Return L for every state; `n_ranks` where no opponent can move.

    Parameters
    ----------
    faced : Faced
        The opponents of the party and their arcs.
    onward : Steps
        All arcs of all movers, forwards.
    rank : ndarray of int32, shape (n_states,)
        The function w, as ranks below `n_ranks`.
    n_ranks : int
        Number of ranks; stands for infinity.
    improvements : Improvements
        Tells improvements among the forward arcs.

    Returns
    -------
    ndarray of int32, shape (n_states,)

    Examples
    --------
    Party 0 can go from state 0 to 1 and party 1 back again. From state 1 party 1 can bring about rank 0; at
    state 0 it cannot move, so that nothing is to be feared there:

    >>> against = Steps(np.array([0, 1, 1]), np.array([1], np.int32), np.array([1], np.int16))
    >>> faced = Faced(against, np.array([False, True]), np.array([False, True]), np.zeros(2, np.int32))
    >>> onward = Steps(np.array([0, 1, 2]), np.array([1, 0], np.int32), np.array([0, 1], np.int16))
    >>> ranks, members = np.array([[0, 1], [1, 0]], np.int32), Members(np.array([0, 1, 2]), np.array([0, 1]))
    >>> least_reachable(faced, onward, ranks[0], 2, Improvements(ranks, members, False))
    array([2, 0], dtype=int32)
    """
    against, mobile, part = faced.against, faced.mobile, faced.part
    n_states = rank.size
    inside, size, missing = _by_part(part, mobile)
    left = missing.sum()
    search = Propagation(
        np.zeros(n_states, np.int16), np.full(n_states, n_ranks, np.int32), np.empty(n_states + 1, np.int32)
    )
    code, least, stack = search
    # A second stack, for states that one mover alone may lead to.
    second, alone = np.empty(n_states + 1, np.int32), np.empty(n_states + 1, np.int16)
    order = by_rank(rank, n_ranks)
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
        # Not reached before: every opponent may move to it. Else only the mover that was barred is new.
        code[lowest] = OPENED if seen == 0 else DONE
        stack[0], second[0], alone[0] = lowest, lowest, seen - 1
        tall, low = int(seen == 0), int(seen != 0)
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
            for arc in range(against.pointer[state], against.pointer[state + 1]):
                start = against.other[arc]
                mover = against.mover[arc]
                seen = code[start]
                if seen == DONE or seen == mover + 1 or mover == barred or (only >= 0 and mover != only):
                    continue
                if seen > 0:
                    code[start] = DONE
                    second[low], alone[low] = start, seen - 1
                    low += 1
                    continue
                least[start] = value
                missing[k] -= 1
                left -= 1
                if seen == OPENED:
                    code[start] = DONE
                else:
                    code[start] = mover + 1
                    stack[tall] = start
                    tall += 1
            worked += against.pointer[state + 1] - against.pointer[state]
            # Looking round costs a walk over the part: only after as much work has been done.
            if missing[k] > look or missing[k] == 0 or worked < size[k + 1] - size[k]:
                continue
            places = inside[size[k] : size[k + 1]]
            found, tall, unsure = _look_round(faced, onward, improvements, search, places, value, tall)
            missing[k] -= found
            left -= found
            if missing[k] > 0 and not unsure:
                # Nothing missing leads to anything reached, so what is reached has done its part,
                # for this value and for all higher ones.
                for state in places:
                    if code[state] > 0:
                        code[state] = DONE
                break
            look = missing[k] // 2
            worked = 0
    return least


class Propagation(NamedTuple):
    # What `least_reachable` knows of each state, the value it has got, and the states still to be led to.
    code: npt.NDArray[np.int16]
    least: StateArray
    stack: StateArray


@compiled
def _by_part(part: StateArray, mobile: BoolArray) -> tuple[StateArray, IntArray, IntArray]:
    # The states part by part, where each part begins, and how many of its states still lack a value.
    n_parts = int(part.max()) + 1 if part.size > 0 else 1
    missing = np.zeros(n_parts, np.int64)
    size = np.zeros(n_parts + 1, np.int64)
    for state in range(part.size):
        size[part[state] + 1] += 1
        missing[part[state]] += mobile[state]
    for k in range(n_parts):
        size[k + 1] += size[k]
    return by_rank(part, n_parts), size, missing


@compiled
def _look_round(
    faced: Faced,
    onward: Steps,
    improvements: Improvements,
    search: Propagation,
    places: StateArray,
    value: int,
    tall: int,
) -> tuple[int, int, bool]:
    # Few are missing: asks each of them whether it leads to a state already reached, rather than every reached
    # state what leads to it. Returns how many it found, the height of the stack, and whether any may still follow.
    code, least, stack = search
    n_found, before, unsure = 0, -1, False
    while n_found > before:
        before, unsure = n_found, False
        for state in places:
            seen = code[state]
            if not faced.mobile[state] or (seen != 0 and seen != OPENED):
                continue
            for arc in range(onward.pointer[state], onward.pointer[state + 1]):
                mover = onward.mover[arc]
                end = onward.other[arc]
                reached = code[end]
                if reached == 0 or not faced.opponent[mover]:
                    continue
                if improvements.only and not all_gain(improvements.ranks, improvements.members, mover, state, end):
                    continue
                if reached == mover + 1:
                    unsure = True
                    continue
                n_found += 1
                least[state] = value
                if seen == OPENED:
                    code[state] = DONE
                else:
                    code[state] = mover + 1
                    stack[tall] = state
                    tall += 1
                break
    return n_found, tall, unsure


@compiled
def judge(own: OwnMoves, standing: Prospects, verdicts: Verdicts) -> None:
    """Write one party's verdicts and margins, given what its opponents can bring about.

    Parameters
    ----------
    own : OwnMoves
        The party's.
    standing : Prospects
    verdicts : Verdicts
        Written where the party can move.

    Examples
    --------
    The party can go from state 0, worth 5, to state 1, worth 8. Under Nash it fears nothing and gains 3; under
    general metarationality its opponents can lead back to rank 0, so that it gains nothing and stays:

    >>> own = OwnMoves(np.array([0, 1]), np.array([1, 1]), np.array([1], np.int32))
    >>> rank, best = np.array([0, 1], np.int32), np.array([1, -1], np.int32)
    >>> standing = Prospects(rank, np.array([5, 8]), best, np.array([[2, 2], [2, 0]], np.int32))
    >>> of_all, margins, can_move = np.ones((2, 2, 2), bool), np.zeros((2, 2, 2), np.int64), np.zeros(2, bool)
    >>> stable, margin = of_all[:, 0], margins[:, 0]  # the party's rows, by concept and state
    >>> judge(own, standing, Verdicts(stable, margin, can_move))
    >>> stable[:, 0].tolist(), margin[:, 0].tolist(), can_move.tolist()
    ([False, True], [-3, 0], [True, False])
    """
    rank, value, best, least = standing.rank, standing.value, standing.best, standing.least
    worst = np.empty(least.shape[1], np.int32)
    for state in range(rank.size):
        if best[state] < 0:
            continue
        verdicts.can_move[state] = True
        here = rank[state]
        for concept in range(worst.size):
            worst[concept] = -1 if best[state] > here else best[state]
        if best[state] > here:
            for arc in range(own.begin[state], own.stop[state]):
                target = own.end[arc]
                if rank[target] > here:
                    for concept in range(worst.size):
                        worst[concept] = max(worst[concept], min(rank[target], least[target, concept]))
        for concept in range(worst.size):
            difference = value[here] - value[worst[concept]]
            verdicts.margin[concept, state] = difference
            verdicts.stable[concept, state] = difference >= 0
