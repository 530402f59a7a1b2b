"""The solution concepts, written out from their definitions with no regard to speed.

The reference against which the compiled forms are held. States are numbers, `moves[mover][s]` is the
set of states the mover can reach from s, a mover is a frozenset of parties, `u[s][i]` a payoff.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from itertools import product
from math import inf

Mover = frozenset[int]


@dataclass
class Case:
    n_states: int
    n_parties: int
    moves: dict[Mover, dict[int, set[int]]]
    u: list[list[int]]
    known: dict[tuple[int, int, bool], set[int]] = field(default_factory=dict)


def improvements(case: Case, mover: Mover, s: int) -> set[int]:
    return {t for t in case.moves.get(mover, {}).get(s, set()) if all(case.u[t][i] > case.u[s][i] for i in mover)}


def reachable(case: Case, party: int, s: int, only_improvements: bool) -> set[int]:
    """Where the opponents' paths of one or more moves from s can end, none moving twice in a row."""
    if (party, s, only_improvements) in case.known:
        return case.known[party, s, only_improvements]
    opponents = [mover for mover in case.moves if party not in mover]
    seen: set[tuple[int, Mover]] = set()
    frontier: list[tuple[int, Mover | None]] = [(s, None)]
    while frontier:
        state, last = frontier.pop()
        for mover in opponents:
            if mover == last:
                continue
            step = improvements(case, mover, state) if only_improvements else case.moves[mover].get(state, set())
            for t in step:
                if (t, mover) not in seen:
                    seen.add((t, mover))
                    frontier.append((t, mover))
    case.known[party, s, only_improvements] = {state for state, _ in seen}
    return case.known[party, s, only_improvements]


def stable(case: Case, concept: str, party: int, s: int) -> bool:
    here = case.u[s][party]
    own = case.moves.get(frozenset({party}), {})
    for t in improvements(case, frozenset({party}), s):
        if concept == "Nash":
            return False
        sanctions = reachable(case, party, t, concept in ("SEQ", "SSEQ"))
        punished = False
        for y in sanctions:
            if case.u[y][party] > here:
                continue
            if concept in ("GMR", "SEQ") or all(case.u[r][party] <= here for r in own.get(y, set())):
                punished = True
                break
        if not punished:
            return False
    return True


def margin(case: Case, concept: str, party: int, s: int) -> int | None:
    u = case.u
    own = case.moves.get(frozenset({party}), {})
    if not own.get(s):
        return None
    better = improvements(case, frozenset({party}), s)
    if not better:
        return u[s][party] - max(u[t][party] for t in own[s])
    worst: float = -inf
    for t in better:
        least: float = inf
        if concept != "Nash":
            for y in reachable(case, party, t, concept in ("SEQ", "SSEQ")):
                value = u[y][party]
                if concept in ("SMR", "SSEQ"):
                    value = max([value] + [u[r][party] for r in own.get(y, set())])
                least = min(least, value)
        worst = max(worst, min(u[t][party], least))
    return u[s][party] - int(worst)


def random_graph(rng: random.Random, n_parties: int) -> Case:
    """Arcs at random, some movers acting by consent, payoffs with or without ties."""
    n_states = rng.randint(2, 14)
    movers = [frozenset({i}) for i in range(n_parties) if rng.random() < 0.9]
    for _ in range(rng.randint(0, 3)):
        mover = frozenset(rng.sample(range(n_parties), rng.randint(2, n_parties)))
        if mover not in movers:
            movers.append(mover)
    chance = rng.choice([0.08, 0.2, 0.4])
    moves = {
        mover: {s: {t for t in range(n_states) if t != s and rng.random() < chance} for s in range(n_states)}
        for mover in movers
    }
    top = rng.choice([3, n_states, 10**9])
    return Case(
        n_states,
        n_parties,
        moves,
        [[rng.randint(-top, top) for _ in range(n_parties)] for _ in range(n_states)],
    )


@dataclass
class ProductCase:
    radices: list[int]
    movers: list[Mover]
    changes: list[dict[int, list[list[bool]]]]
    feasible: list[bool]
    case: Case


def random_product(rng: random.Random, n_parties: int) -> ProductCase:
    """Several issues, moves that cannot be undone, consent moves and combinations that cannot exist."""
    radices = [rng.randint(2, 3) for _ in range(rng.randint(2, 3))]
    movers = [frozenset({i}) for i in range(n_parties)]
    for _ in range(rng.randint(0, 2)):
        mover = frozenset(rng.sample(range(n_parties), rng.randint(2, n_parties)))
        if mover not in movers:
            movers.append(mover)
    changes = []
    for _ in movers:
        issues = rng.sample(range(len(radices)), rng.randint(0, len(radices)))
        changes.append(
            {k: [[a != b and rng.random() < 0.6 for b in range(radices[k])] for a in range(radices[k])] for k in issues}
        )
    codes = list(product(*(range(r) for r in radices)))
    feasible = [rng.random() < 0.8 for _ in codes]
    feasible[0] = True
    states = [code for code, exists in zip(codes, feasible, strict=True) if exists]
    place = {code: at for at, code in enumerate(states)}
    moves: dict[Mover, dict[int, set[int]]] = {}
    for mover, tables in zip(movers, changes, strict=True):
        moves[mover] = {s: set() for s in range(len(states))}
        for s, start in enumerate(states):
            for t, end in enumerate(states):
                differs = [k for k in range(len(radices)) if start[k] != end[k]]
                if differs and all(k in tables and tables[k][start[k]][end[k]] for k in differs):
                    moves[mover][s].add(t)
        assert all(place[states[t]] == t for t in range(len(states)))
    top = rng.choice([2, len(states), 10**9])
    u = [[rng.randint(0, top) for _ in range(n_parties)] for _ in states]
    return ProductCase(radices, movers, changes, feasible, Case(len(states), n_parties, moves, u))
