"""Free moves without a list of them: against the definitions, and against the search along arcs."""

from __future__ import annotations

import random

import numpy as np
import pytest

from sim.stability.arcs import MoveGraph
from sim.stability.concepts import CONCEPTS, Leaving, free_concepts, stability_concepts
from sim.stability.exits import arcs_with_exits
from sim.stability.groups import FreeMoves
from tests.stability.definitions import Case, margin, stable


def random_free(rng: random.Random) -> tuple[FreeMoves, MoveGraph, np.ndarray]:
    """Issues at random, each held by one party or by nobody, some combinations that cannot exist, ties in payoffs."""
    n_parties = rng.randint(1, 4)
    radices = [rng.randint(1, 3) for _ in range(rng.randint(1, 4))]
    holder = [rng.randint(-1, n_parties - 1) for _ in radices]
    codes = np.array(np.unravel_index(np.arange(int(np.prod(radices))), tuple(radices))).T
    codes = codes[[k == 0 or rng.random() < 0.8 for k in range(len(codes))]]
    held = {party: [k for k, h in enumerate(holder) if h == party] for party in range(n_parties)}
    keys = {}
    start, mover, end = [], [], []
    for party, issues in held.items():
        if not issues:
            continue
        rest = np.delete(codes, issues, axis=1)
        keys[party] = (
            np.unique(rest, axis=0, return_inverse=True)[1].reshape(-1) if rest.size else np.zeros(len(codes), int)
        )
        for s in range(len(codes)):
            for t in np.flatnonzero(keys[party] == keys[party][s]):
                if t != s:
                    start.append(s)
                    mover.append(party)
                    end.append(t)
    graph = MoveGraph.of(len(codes), [(party,) for party in range(n_parties)], start, mover, end)
    top = rng.choice([2, len(codes), 10**9])
    payoff = np.array([[rng.randint(-top, top) for _ in range(n_parties)] for _ in codes])
    free = (
        FreeMoves.of_keys(n_parties, keys)
        if keys
        else FreeMoves(len(codes), n_parties, (), np.empty((0, len(codes)), np.int32))
    )
    return free, graph, payoff


def by_arcs(graph, payoff, suffered=None, **more):
    """The search along arcs, which stands aside where moves are free and all payoffs alike."""
    return stability_concepts(graph, payoff, suffered=payoff if suffered is None else suffered, **more)


def same(one, other):
    assert np.array_equal(one.stable, other.stable)
    assert np.array_equal(one.margin, other.margin)
    assert np.array_equal(one.can_move, other.can_move)


@pytest.mark.parametrize("seed", range(60))
def test_free_moves_are_judged_as_their_arcs_are(seed):
    free, graph, payoff = random_free(random.Random(seed))
    found = free_concepts(free, payoff)
    same(found, by_arcs(graph, payoff))
    # The graph finds out by itself that everybody moves freely.
    assert graph.free is not None
    same(found, stability_concepts(graph, payoff))


@pytest.mark.parametrize("seed", range(25))
def test_free_moves_are_judged_as_defined(seed):
    free, graph, payoff = random_free(random.Random(1000 + seed))
    moves = {
        frozenset({party}): {s: set(graph.from_state(s, party).tolist()) for s in range(graph.n_states)}
        for party in range(free.n_parties)
    }
    case = Case(graph.n_states, free.n_parties, moves, payoff.tolist())
    found = free_concepts(free, payoff)
    for row, concept in enumerate(CONCEPTS):
        for party in range(free.n_parties):
            for s in range(graph.n_states):
                assert found.stable[row, s, party] == stable(case, concept, party, s)
                expected = margin(case, concept, party, s)
                assert bool(found.can_move[s, party]) == (expected is not None)
                assert found.margin[row, s, party] == (expected or 0)


@pytest.mark.parametrize("seed", range(60))
def test_walking_away_is_judged_as_its_arcs_are(seed):
    rng = random.Random(2000 + seed)
    free, graph, payoff = random_free(rng)
    n = graph.n_states
    drawn = np.random.default_rng(seed)
    may_leave = drawn.random(payoff.shape) < rng.choice([0.2, 0.9])
    top = int(np.abs(payoff).max()) + 1
    chosen, suffered = drawn.integers(-top, top, payoff.shape), drawn.integers(-top, top, payoff.shape)
    found = free_concepts(free, payoff, leaving=Leaving(may_leave, chosen, suffered))
    arcs, reverse = arcs_with_exits(graph, may_leave)
    both = by_arcs(arcs, np.concatenate([payoff, chosen]), np.concatenate([payoff, suffered]), reverse=reverse)
    assert np.array_equal(found.stable, both.stable[:, :n])
    assert np.array_equal(found.margin, both.margin[:, :n])
    assert np.array_equal(found.can_move, both.can_move[:n])


def test_a_space_large_enough_for_threads_is_judged_as_its_arcs_are():
    # 32,768 states, five parties with three switches each.
    free = FreeMoves.of_product([8] * 5, {party: [party] for party in range(5)})
    states = np.arange(free.n_states)
    start, mover, end = [], [], []
    for party in range(5):
        stride = 8 ** (4 - party)
        own = states // stride % 8
        for other in range(8):
            moves = own != other
            start.append(states[moves])
            end.append(states[moves] + (other - own[moves]) * stride)
            mover.append(np.full(int(moves.sum()), party))
    graph = MoveGraph.of(free.n_states, [(p,) for p in range(5)], *map(np.concatenate, (start, mover, end)))
    payoff = np.random.default_rng(1).integers(0, 5000, (free.n_states, 5))
    assert np.array_equal(graph.free.group, free.group)
    same(free_concepts(free, payoff), by_arcs(graph, payoff))
    few = free_concepts(free, payoff, names=("SEQ",))
    assert np.array_equal(few.stable[0], free_concepts(free, payoff).of("SEQ"))


def test_moves_with_no_way_back_are_not_free():
    assert MoveGraph.of(3, [(0,)], [0, 1, 1], [0, 0, 0], [1, 0, 2]).free is None
    assert MoveGraph.of(2, [(0, 1)], [0, 1], [0, 0], [1, 0]).free is None
