r"""The five concepts where every party sets what it holds at will, without a list of moves.

A party moves *freely* if its moves join the states in groups: within a group it can go from any state to any
other, and out of it never. So it is in a product space where each party holds issues of its own and may set
them to anything that exists. The groups say all, and the searches of `sim.stability.propagation` become short:

- what a party can gain by its own moves is a running maximum over its group, taken in ascending payoff;
- by general sanctions the opponents reach every state of the *part* that their groups hang together to. Only the
  one way back to the state they start from needs a loop: the states and groups of the part, as a graph, must be no
  tree, since no opponent moves twice in a row;
- two improvements in a row by one party are one improvement, so L(x) is the least of min(w(y), L(y)) over the
  opponents' improvements y upon x: running minima down the groups, repeated until nothing changes. Where that takes
  more than a few rounds, or parties may walk away (see `sim.stability.exits`: from state s to an end ⊥_s of its own,
  from which nobody moves), states are taken in ascending w instead. The states from which a party would improve upon
  y are the first ones of its group in ascending payoff, up to where y stands, so that each group keeps how far it has
  come, and no state of a group is looked at twice.

Time grows with states times parties for each party and concept, however many moves there are.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from sim.agreements.compiled import compiled
from sim.stability.groups import FreeMoves
from sim.stability.processors import processors, share_out
from sim.stability.propagation import Prospects, by_rank

__all__ = ["Exits", "judge_freely"]

IntArray = npt.NDArray[np.int64]
StateArray = npt.NDArray[np.int32]
BoolArray = npt.NDArray[np.bool_]
LabelArray = npt.NDArray[np.int16]

#: States up to which threads cost more than they save.
ALONE = 20_000
#: Rounds of running minima after which states are taken in ascending w.
ROUNDS = 16

# What is known of a state: 0 nothing; p + 1 reached, first path starting with a move of party p; and
_OPENED = np.int16(-1)  # next in ascending w, so that every party may lead to it, yet not reached;
_DONE = np.int16(-2)  # reached, and every party may lead to it.

_TOP, _LESS = np.uint8(1), np.uint8(2)
#: Groups up to this size are sorted by insertion.
_SMALL = 48


class Groups(NamedTuple):
    """Free moves in one world: each holder's groups in the order of its payoff.

    Parameters
    ----------
    holder : ndarray of int64, shape (n_holders,)
    place : ndarray of int32, shape (n_parties,)
        Each party's place among the holders, -1 where it holds nothing.
    of : ndarray of int32, shape (n_holders, n_states)
        The group.
    start : ndarray of int32, shape (n_holders, n_groups + 1)
        Where each group begins in `order`.
    order : ndarray of int32, shape (n_holders, n_states)
        The states group by group, ascending in the holder's payoff.
    step : ndarray of uint8, shape (n_holders, n_states)
        How each place of `order` stands to the next: `_TOP` is the last of its group, `_LESS` is worse for the
        holder, 0 is alike.
    """

    holder: IntArray
    place: StateArray
    of: StateArray
    start: StateArray
    order: StateArray
    step: npt.NDArray[np.uint8]


class Exits(NamedTuple):
    """Walking away, as ranks on the same scale as the states'; no rows where nobody can.

    Parameters
    ----------
    may_leave : ndarray of bool, shape (n_states or 0, n_parties)
    chosen : ndarray of int32, shape (n_parties, n_states or 0)
        What the end is worth to the party that leaves.
    suffered : ndarray of int32, shape (n_parties, n_states or 0)
        What it is worth to a party when another leaves.
    """

    may_leave: BoolArray
    chosen: StateArray
    suffered: StateArray


@compiled
def _sort_groups(start: StateArray, rank: StateArray, order: StateArray, step: npt.NDArray[np.uint8]) -> None:
    # Sorts the states of each group by rank; a group is small as a rule.
    for k in range(start.size - 1):
        first, last = start[k], start[k + 1]
        if last - first > _SMALL:
            inside = order[first:last].copy()
            order[first:last] = inside[np.argsort(rank[inside])]
        else:
            for at in range(first + 1, last):
                state = order[at]
                place = at
                while place > first and rank[order[place - 1]] > rank[state]:
                    order[place] = order[place - 1]
                    place -= 1
                order[place] = state
        for at in range(first, last - 1):
            step[at] = _LESS if rank[order[at]] < rank[order[at + 1]] else 0
        if last > first:
            step[last - 1] = _TOP


@compiled
def _can_bring(groups: Groups, exits: Exits, ranks: StateArray, party: int, improvements: bool) -> BoolArray:
    # At which states some opponent has a move of the kind that counts.
    n_parties, n_states = ranks.shape
    can = np.zeros(n_states, np.bool_)
    for h in range(groups.holder.size):
        if groups.holder[h] == party:
            continue
        for k in range(groups.start.shape[1] - 1):
            first, last = groups.start[h, k], groups.start[h, k + 1]
            if last - first < 2:
                continue
            upto = last
            if improvements:
                # Who stands at the top, alone or with others, cannot improve.
                upto = last - 1
                while upto > first and groups.step[h, upto - 1] == 0:
                    upto -= 1
            for at in range(first, upto):
                can[groups.order[h, at]] = True
    for state in range(exits.may_leave.shape[0]):
        for other in range(n_parties):
            if other != party and exits.may_leave[state, other] and not can[state]:
                can[state] = not improvements or exits.chosen[other, state] > ranks[other, state]
    return can


@compiled
def _least_in_order(
    groups: Groups, exits: Exits, ranks: StateArray, party: int, worth: StateArray, n_ranks: int, improvements: bool
) -> StateArray:
    """Return L for every state, as in `sim.stability.propagation.least_reachable`; `n_ranks` stands for infinity."""
    n_parties, n_states = ranks.shape
    n_holders = groups.holder.size
    below = _below(groups)
    mobile = _can_bring(groups, exits, ranks, party, improvements)
    left = mobile.sum()
    # Of improvements: how far each group has come. Of all moves: -1 none of it is reached, -2 all, or who is not.
    come = groups.start.copy()
    if not improvements:
        come[:] = -1
    # Ends and states in ascending worth, of equals the ends first.
    n_exits = exits.may_leave.shape[0]
    worths = np.concatenate((exits.suffered[party], worth))
    least = np.full(n_states, n_ranks, np.int32)
    code = np.zeros(n_states, np.int16)
    # What is to be led to: by every holder but the barred one (alone is -1), or by one holder alone.
    stack = np.empty(2 * n_states + 2, np.int32)
    alone = np.empty(2 * n_states + 2, np.int16)
    for lowest in by_rank(worths, n_ranks):
        if left == 0:
            break
        tall, value = 0, worths[lowest]
        if lowest < n_exits:
            # An end is next: whoever would leave this state brings it about.
            state = lowest
            for other in range(n_parties):
                seen = code[state]
                if other == party or not exits.may_leave[state, other] or seen == _DONE or seen == other + 1:
                    continue
                if improvements and exits.chosen[other, state] <= ranks[other, state]:
                    continue
                if seen <= 0:
                    least[state] = value
                    left -= 1
                code[state] = other + 1 if seen == 0 else _DONE
                if seen != _OPENED:
                    stack[tall], alone[tall] = state, seen - 1
                    tall += 1
        else:
            state = lowest - n_exits
            seen = code[state]
            if seen == _DONE:
                continue
            # Not reached before: every opponent may move to it. Else only the party that was barred is new.
            code[state] = _OPENED if seen == 0 else _DONE
            stack[0], alone[0], tall = state, seen - 1, 1
        while tall > 0 and left > 0:
            tall -= 1
            state, only = stack[tall], alone[tall]
            barred = code[state] - 1
            for h in range(n_holders):
                mover = groups.holder[h]
                if mover in (party, barred) or (only >= 0 and mover != only):
                    continue
                k = groups.of[h, state]
                at = come[h, k]
                if improvements:
                    first, last = at, below[state, h]
                    come[h, k] = max(first, last)
                elif at == -1:
                    first, last = groups.start[h, k], groups.start[h, k + 1]
                    come[h, k] = state
                elif at >= 0 and at != state:
                    # The last of the group that was not reached; it is looked at in the same way.
                    first, last = at, at + 1
                    come[h, k] = -2
                else:
                    continue
                for slot in range(first, last):
                    start = slot if not improvements and at >= 0 else groups.order[h, slot]
                    seen = code[start]
                    if start == state or seen == _DONE or seen == mover + 1:
                        continue
                    if seen <= 0:
                        least[start] = value
                        left -= 1
                    code[start] = mover + 1 if seen == 0 else _DONE
                    if seen != _OPENED:
                        stack[tall], alone[tall] = start, seen - 1
                        tall += 1
    return least


@compiled
def _below(groups: Groups) -> StateArray:
    # Up to where in `order` the states of the same group are worse for the holder; shape (n_states, n_holders).
    n_holders, n_states = groups.order.shape
    below = np.empty((n_states, n_holders), np.int32)
    for h in range(n_holders):
        lower = np.int32(0)
        for at in range(n_states):
            if at > 0 and groups.step[h, at - 1] != 0:
                lower = np.int32(at)
            below[groups.order[h, at], h] = lower
    return below


@compiled
def _least_by_rounds(groups: Groups, party: int, worth: StateArray, n_ranks: int) -> StateArray:
    """Return L of improvements, where nobody walks away; empty after `ROUNDS` rounds without an end."""
    n_states = worth.size
    n_holders = groups.holder.size
    opponents = np.flatnonzero(groups.holder != party)
    infinite = np.int32(n_ranks)
    least = np.full(n_states, infinite, np.int32)
    # The lower of w and L.
    either = worth.copy()
    quiet = 0
    for turn in range(ROUNDS * n_holders):
        if quiet == opponents.size:
            return least
        h = opponents[turn % opponents.size]
        quiet += 1
        above, pending = infinite, infinite
        for back in range(n_states):
            at = n_states - 1 - back
            step = groups.step[h, at]
            if step == _TOP:
                above, pending = infinite, infinite
            elif step == _LESS:
                above = min(above, pending)
            state = groups.order[h, at]
            if above < least[state]:
                least[state] = above
                if above < either[state]:
                    either[state] = above
                    # Whoever was looked at before may have more to gain now, and this party itself has not.
                    quiet = 1
            pending = min(pending, either[state])
    return np.empty(0, np.int32)


@compiled
def _least_in_part(part: StateArray, loops: BoolArray, worth: StateArray, n_ranks: int) -> StateArray:
    """Return L of all moves, where nobody walks away: the least w of the part, or of its other states."""
    n_states = worth.size
    lowest = np.full(n_states, -1, np.int32)
    second = np.full(n_states, n_ranks, np.int32)
    for state in range(n_states):
        p = part[state]
        if lowest[p] < 0:
            lowest[p] = state
        elif worth[state] < worth[lowest[p]]:
            second[p] = worth[lowest[p]]
            lowest[p] = state
        else:
            second[p] = min(second[p], worth[state])
    least = np.empty(n_states, np.int32)
    for state in range(n_states):
        p = part[state]
        least[state] = worth[lowest[p]] if lowest[p] != state or loops[p] else second[p]
    return least


@compiled
def _own_best(groups: Groups, exits: Exits, rank: StateArray, party: int) -> StateArray:
    # The best rank the party can reach in one move from each state, -1 where it cannot move.
    best = np.full(rank.size, -1, np.int32)
    h = groups.place[party]
    if h >= 0:
        for k in range(groups.start.shape[1] - 1):
            first, last = groups.start[h, k], groups.start[h, k + 1]
            if last - first < 2:
                continue
            top = groups.order[h, last - 1]
            for at in range(first, last - 1):
                best[groups.order[h, at]] = rank[top]
            best[top] = rank[groups.order[h, last - 2]]
    for state in range(exits.may_leave.shape[0]):
        if exits.may_leave[state, party]:
            best[state] = max(best[state], exits.chosen[party, state])
    return best


@compiled
def _judge(
    groups: Groups,
    exits: Exits,
    party: int,
    prospects: Prospects,
    stable: BoolArray,
    margin: IntArray,
) -> None:
    # One concept, so that L is of one row. The level of an improvement is the lower of what it is worth and what
    # can be made of it; the best level above a state is a running maximum down its group.
    rank, value, best, least = prospects
    n_states = rank.size
    level = np.full(n_states, -1, np.int32)
    h = groups.place[party]
    if h >= 0:
        for k in range(groups.start.shape[1] - 1):
            above = np.int32(-1)
            pending = np.int32(-1)
            for back in range(groups.start[h, k + 1] - groups.start[h, k]):
                at = groups.start[h, k + 1] - 1 - back
                if groups.step[h, at] == _LESS:
                    above = max(above, pending)
                state = groups.order[h, at]
                level[state] = above
                pending = max(pending, min(rank[state], least[state]))
    for state in range(n_states):
        if best[state] < 0:
            continue
        here = rank[state]
        worst = level[state]
        if exits.may_leave.shape[0] > 0 and exits.may_leave[state, party] and exits.chosen[party, state] > here:
            # Nobody moves on from the end, so that it is what it is.
            worst = max(worst, exits.chosen[party, state])
        if best[state] <= here:
            worst = best[state]
        margin[state] = value[here] - value[worst]
        stable[state] = margin[state] >= 0


def _groups(free: FreeMoves, ranks: StateArray) -> Groups:
    listed, start = free.listed
    order, step = listed.copy(), np.zeros(listed.shape, np.uint8)
    for h, party in enumerate(free.holders):
        _sort_groups(start[h], ranks[party], order[h], step[h])
    place = np.full(len(ranks), -1, np.int32)
    place[list(free.holders)] = np.arange(len(free.holders))
    return Groups(np.array(free.holders, np.int64), place, free.group, start, order, step)


def judge_freely(
    free: FreeMoves,
    values: Sequence[IntArray],
    ranks: StateArray,
    exits: Exits,
    sanctions: Sequence[tuple[bool, bool] | None],
    parties: Collection[int],
) -> tuple[BoolArray, IntArray, BoolArray]:
    """Judge every state for every party under concepts of the Graph Model.

    Parameters
    ----------
    free : FreeMoves
    values : sequence of ndarray of int64
        For each party its distinct payoffs, ascending, of states and ends together.
    ranks : ndarray of int32, shape (n_parties, n_states)
        Places in `values`.
    exits : Exits
    sanctions : sequence of (bool, bool) or None
        For each concept whether sanctions are improvements only and whether the party may answer; None for Nash.
    parties : collection of int
        Who is judged; for others every state is stable and nobody can move.

    Returns
    -------
    stable, margin : ndarray of bool and int64, shape (n_concepts, n_parties, n_states)
    can_move : ndarray of bool, shape (n_parties, n_states)

    Examples
    --------
    The prisoner's dilemma, states DD, DC, CD, CC: nobody leaves DD, and CC is kept by sanctions.

    >>> free = FreeMoves.of_product([2, 2], {0: [0], 1: [1]})
    >>> ranks = np.array([[1, 3, 0, 2], [1, 0, 3, 2]], np.int32)
    >>> nobody = Exits(np.empty((0, 2), bool), np.empty((2, 0), np.int32), np.empty((2, 0), np.int32))
    >>> stable, margin, _ = judge_freely(free, [np.arange(4)] * 2, ranks, nobody, [None, (True, False)], [0, 1])
    >>> stable.all(axis=1).tolist(), margin[:, 0, 3].tolist()
    ([[True, False, False, False], [True, False, False, True]], [-1, 1])
    """
    n_parties, n = ranks.shape
    stable = np.ones((len(sanctions), n_parties, n), np.bool_)
    margin = np.zeros((len(sanctions), n_parties, n), np.int64)
    can_move = np.zeros((n_parties, n), np.bool_)

    groups = _groups(free, ranks)

    def least(party: int, worth: StateArray, n_ranks: int, improvements: bool) -> StateArray:
        if not exits.may_leave.size:
            if not improvements:
                return _least_in_part(*free.part(party), worth, n_ranks)
            found = _least_by_rounds(groups, party, worth, n_ranks)
            if found.size == n:
                return found
        return _least_in_order(groups, exits, ranks, party, worth, n_ranks, improvements)

    def judge(party: int) -> None:
        rank, value = ranks[party], values[party]
        best = _own_best(groups, exits, rank, party)
        can_move[party] = best >= 0
        if not can_move[party].any():
            return
        # Nash fears nothing: no sanction is infinitely good.
        nothing = np.full(n, len(value), np.int32)
        for row, kind in enumerate(sanctions):
            worth = np.maximum(rank, best) if kind is not None and kind[1] else rank
            # Nor is there anything to fear where all one can do is leave.
            fear = nothing if kind is None or party not in free.holders else least(party, worth, len(value), kind[0])
            prospects = Prospects(rank, value, best, fear)
            _judge(groups, exits, party, prospects, stable[row, party], margin[row, party])

    share_out(judge, parties, processors() if n > ALONE else 1)
    return stable, margin, can_move
