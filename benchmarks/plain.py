"""The Graph Model in plain numpy and Python: what an implementation without compiled code costs.

Parties hold some yes/no options each, every combination is feasible. Moves are listed party by party, ordered by start.
"""

from __future__ import annotations

import numpy as np

CONCEPTS = ("Nash", "GMR", "SMR", "SEQ", "SSEQ")


def listed(n_parties: int, options: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """Start and end of each party's moves; its own options are one digit of the number of a state."""
    size = 1 << options
    states = np.arange(size**n_parties)
    found = []
    for party in range(n_parties):
        stride = size ** (n_parties - 1 - party)
        own = states // stride % size
        start = np.repeat(states, size - 1)
        other = (np.repeat(own, size - 1) + np.tile(np.arange(1, size), len(states))) % size
        found.append((start, start + (other - np.repeat(own, size - 1)) * stride))
    return found


def _pointer(start: np.ndarray, n: int) -> np.ndarray:
    return np.searchsorted(start, np.arange(n + 1))


def _least(values: np.ndarray, pointer: np.ndarray) -> np.ndarray:
    """The least value of each state's moves; infinite where it has none."""
    found = np.full(len(pointer) - 1, np.inf)
    some = pointer[1:] > pointer[:-1]
    if len(values):
        found[some] = np.minimum.reduceat(values, pointer[:-1][some])
    return found


def _sanctions(moves: dict[int, tuple[np.ndarray, np.ndarray]], worth: np.ndarray) -> np.ndarray:
    """The least worth that sanction paths bring about, by rounds: after a move of j somebody else goes on."""
    after = {j: np.full(len(worth), np.inf) for j in moves}
    while True:
        step = {j: _least(np.minimum(worth[end], after[j][end]), pointer) for j, (pointer, end) in moves.items()}
        again = {}
        for j in moves:
            others = [step[k] for k in moves if k != j]
            again[j] = np.minimum(after[j], np.minimum.reduce(others)) if others else after[j]
        if all(np.array_equal(again[j], after[j]) for j in moves):
            return np.minimum.reduce(list(step.values()))
        after = again


def five_concepts(moves: list[tuple[np.ndarray, np.ndarray]], payoff: np.ndarray) -> dict[str, np.ndarray]:
    """Verdicts by concept, shape (n_states, n_parties), by propagating minima with whole-array operations."""
    n, n_parties = payoff.shape
    stable = {concept: np.ones((n, n_parties), bool) for concept in CONCEPTS}
    general = {p: (_pointer(start, n), end) for p, (start, end) in enumerate(moves)}
    better = {}
    for p, (start, end) in enumerate(moves):
        gains = payoff[end, p] > payoff[start, p]
        better[p] = _pointer(start[gains], n), end[gains]
    for party in range(n_parties):
        own = payoff[:, party].astype(float)
        pointer, end = general[party]
        answered = np.maximum(own, -_least(-own[end], pointer))
        pointer, end = better[party]
        stable["Nash"][:, party] = pointer[1:] == pointer[:-1]
        for concept, kind, worth in (
            ("GMR", general, own), ("SMR", general, answered), ("SEQ", better, own), ("SSEQ", better, answered)
        ):  # fmt: skip
            feared = _sanctions({j: kind[j] for j in kind if j != party}, worth)
            level = -_least(-feared[end], pointer)
            stable[concept][:, party] = np.where(pointer[1:] == pointer[:-1], True, level <= own)
    return stable


def matrix_form(moves: list[tuple[np.ndarray, np.ndarray]], payoff: np.ndarray) -> dict[str, np.ndarray]:
    """The same by 0-1 matrices, as published.

    Xu, H., Hipel, K. W. & Kilgour, D. M. (2009). Matrix representation of solution concepts in multiple-decision-maker
    graph models. IEEE Transactions on Systems, Man, and Cybernetics A 39(1), 96-108.
    """
    n, n_parties = payoff.shape

    def joint(kind: list[np.ndarray], party: int) -> np.ndarray:
        others = [j for j in range(n_parties) if j != party]
        last = {j: kind[j] for j in others}
        while True:
            again = {}
            for j in others:
                before = np.zeros((n, n), np.float32)
                for k in others:
                    if k != j:
                        before = np.maximum(before, last[k])
                again[j] = np.maximum(last[j], (before @ kind[j] > 0).astype(np.float32))
            if all(np.array_equal(again[j], last[j]) for j in others):
                return np.maximum.reduce(list(last.values()))
            last = again

    general, better = [], []
    for p, (start, end) in enumerate(moves):
        matrix = np.zeros((n, n), np.float32)
        matrix[start, end] = 1
        general.append(matrix)
        better.append(matrix * (payoff[None, :, p] > payoff[:, None, p]))
    stable = {concept: np.ones((n, n_parties), bool) for concept in CONCEPTS}
    for party in range(n_parties):
        # Entry (s, y): y is no better for the party than s.
        worse = (payoff[None, :, party] <= payoff[:, None, party]).astype(np.float32)
        held = worse * (1 - ((1 - worse) @ general[party].T > 0))
        stable["Nash"][:, party] = ~better[party].any(axis=1)
        for concept, kind, deters in (
            ("GMR", general, worse), ("SMR", general, held), ("SEQ", better, worse), ("SSEQ", better, held)
        ):  # fmt: skip
            punished = joint(kind, party) @ deters.T > 0
            stable[concept][:, party] = ~(better[party] * ~punished.T).any(axis=1)
    return stable


def consistent_set(moves: list[tuple[np.ndarray, np.ndarray]], payoff: np.ndarray) -> list[int]:
    """The largest consistent set (Chwe 1994) of moves made by single parties, state by state in plain Python."""
    n = len(payoff)
    worth = payoff.tolist()
    into: list[list[tuple[int, int]]] = [[] for _ in range(n)]
    onward: list[list[tuple[int, int]]] = [[] for _ in range(n)]
    for p, (start, end) in enumerate(moves):
        for s, t in zip(start.tolist(), end.tolist(), strict=True):
            into[t].append((s, p))
            onward[s].append((t, p))
    leads: list[set[int]] = [set() for _ in range(n)]
    for goal in range(n):
        stack, seen = [goal], {goal}
        while stack:
            state = stack.pop()
            for start, p in into[state]:
                if start not in seen and worth[start][p] < worth[goal][p]:
                    seen.add(start)
                    stack.append(start)
        for state in seen:
            leads[state].add(goal)
    kept = set(range(n))
    while True:
        again = {
            a for a in kept if all(any(worth[e][p] <= worth[a][p] for e in leads[d] if e in kept) for d, p in onward[a])
        }
        if again == kept:
            return sorted(kept)
        kept = again


def stacked_offers(case: dict) -> list[int] | None:
    """What the rule of the aspiration family signs, in floats, offer by offer; ties go to the first package.

    In turn each party accepts the standing offer when it is worth its level to it, and else puts forward the package
    worth least among those worth its level; the offer that all others accepted in turn is signed.
    """
    sizes, parties, steps = case["sizes"], case["parties"], case["steps"]
    utility = []
    for party in parties:
        worth = np.zeros(sizes)
        for j, (weight, values) in enumerate(zip(party["weights"], party["values"], strict=True)):
            shape = [-1 if k == j else 1 for k in range(len(sizes))]
            worth = worth + weight * np.array(values).reshape(shape)
        utility.append(worth.ravel())
    powers = [4.0 if "boulware" in party["seat"] else 1.0 for party in parties]
    order = [np.argsort(worth, kind="stable") for worth in utility]
    ranked = [worth[ordered] for worth, ordered in zip(utility, order, strict=True)]
    standing, accepted = None, 0
    for step in range(steps):
        for i, party in enumerate(parties):
            best, least = ranked[i][-1], max(party["reserved"], ranked[i][0])
            level = least + (best - least) * (1 - ((step + 1) / (steps + 1)) ** powers[i]) - 1e-4
            if standing is not None and utility[i][standing] >= level:
                accepted += 1
                if accepted == len(parties) - 1:
                    return [int(k) for k in np.unravel_index(standing, sizes)]
            else:
                standing, accepted = int(order[i][np.searchsorted(ranked[i], level)]), 0
    return None
