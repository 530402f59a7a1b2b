"""Core, coalitional concepts, consistent and stable sets against their definitions written out."""

from __future__ import annotations

import random
from itertools import combinations, product

import numpy as np
import pytest

from sim.stability.arcs import MoveGraph
from sim.stability.coalitions import all_coalitions, coalition_arcs, coalitional_concepts, core
from sim.stability.concepts import CONCEPTS, stability_concepts
from sim.stability.farsighted import (
    direct_dominance,
    indirect_dominance,
    largest_consistent_set,
    stable_sets,
)
from sim.stability.witness import witness
from tests.stability import definitions
from tests.stability.products import product_arcs


def arcs_of(case):
    movers = list(case.moves)
    rows = [(s, m, t) for m, mover in enumerate(movers) for s, ends in case.moves[mover].items() for t in ends]
    start, mover, end = zip(*rows, strict=True) if rows else ((), (), ())
    return MoveGraph.of(case.n_states, [tuple(m) for m in movers], start, mover, end)


def cases(first, count):
    for seed in range(first, first + count):
        yield definitions.random_graph(random.Random(seed), 2 + seed % 4)


def path_dominates(case, x, y):
    """x ≪ y by walking forwards from x, every mover preferring y to where it stands."""
    seen, frontier = {x}, [x]
    while frontier:
        state = frontier.pop()
        for mover, moves in case.moves.items():
            if all(case.u[state][i] < case.u[y][i] for i in mover):
                for t in moves.get(state, ()):
                    if t == y:
                        return True
                    if t not in seen:
                        seen.add(t)
                        frontier.append(t)
    return False


def test_the_largest_consistent_set_agrees_with_its_definition_on_random_conflicts():
    for case in cases(500, 60):
        n = range(case.n_states)
        far = {(x, y) for x in n for y in n if x != y and path_dominates(case, x, y)}
        kept = set(n)
        while True:
            new = {
                a
                for a in kept
                if all(
                    any((e == d or (d, e) in far) and not all(case.u[a][i] < case.u[e][i] for i in mover) for e in kept)
                    for mover, moves in case.moves.items()
                    for d in moves.get(a, ())
                )
            }
            if new == kept:
                break
            kept = new
        arcs, payoff = arcs_of(case), np.array(case.u)
        assert largest_consistent_set(arcs, payoff).states.tolist() == sorted(kept)
        assert {(int(x), int(y)) for x, y in np.argwhere(indirect_dominance(arcs, payoff))} == far
        near = {(x, t) for m in case.moves for x in n for t in definitions.improvements(case, m, x)}
        assert {(int(x), int(y)) for x, y in np.argwhere(direct_dominance(arcs, payoff))} == near


def test_stable_sets_agree_with_trying_every_subset():
    for case in cases(600, 30):
        if case.n_states > 10:
            continue
        relation = direct_dominance(arcs_of(case), np.array(case.u))
        expected = []
        for size in range(case.n_states + 1):
            for inside in combinations(range(case.n_states), size):
                outside = [x for x in range(case.n_states) if x not in inside]
                calm = not any(relation[x, y] for x in inside for y in inside)
                if calm and all(any(relation[x, y] for y in inside) for x in outside):
                    expected.append(list(inside))
        assert [s.tolist() for s in stable_sets(relation).sets] == sorted(expected)


def test_stable_sets_of_large_or_tangled_relations_are_left_open_with_a_reason():
    assert "exceed 128" in stable_sets(np.zeros((129, 129), bool)).reason
    tangled = np.kron(np.eye(40, dtype=bool), np.array([[0, 1], [1, 0]], bool))
    found = stable_sets(tangled, max_branches=1000)
    assert found.sets is None
    assert "1,000 branches" in found.reason


def test_the_core_is_what_no_mover_strictly_prefers_to_leave():
    for case in cases(700, 60):
        found = core(arcs_of(case), np.array(case.u))
        movers = list(case.moves)
        for s in range(case.n_states):
            blocked = any(definitions.improvements(case, m, s) for m in movers)
            assert bool(found.inside[s]) != blocked
            if blocked:
                mover = movers[int(found.coalition[s])]
                assert int(found.target[s]) == min(definitions.improvements(case, mover, s))


def test_the_core_implies_nash_for_all_where_every_party_is_a_coalition():
    for case in cases(800, 40):
        arcs, payoff = arcs_of(case), np.array(case.u)
        moves = coalition_arcs(arcs, all_coalitions(case.n_parties))
        inside = core(moves, payoff).inside
        assert (stability_concepts(arcs, payoff).of("Nash").all(axis=1) | ~inside).all()


def test_the_core_lies_in_the_largest_consistent_set_as_far_as_nobody_moves_at_all():
    # A core state no coalition can leave is consistent whatever the others do.
    for case in cases(900, 30):
        arcs, payoff = arcs_of(case), np.array(case.u)
        stuck = [s for s in range(case.n_states) if not any(case.moves[m].get(s) for m in case.moves)]
        assert set(stuck) <= set(largest_consistent_set(arcs, payoff).states.tolist())


def test_a_coalition_of_one_is_judged_as_the_party_is_where_no_others_act_by_consent():
    for case in cases(1000, 40):
        single = {m: moves for m, moves in case.moves.items() if len(m) == 1}
        case = definitions.Case(case.n_states, case.n_parties, single, case.u)
        if not single:
            continue
        arcs, payoff = arcs_of(case), np.array(case.u)
        result = stability_concepts(arcs, payoff)
        for i in range(case.n_parties):
            verdicts = coalitional_concepts(arcs, payoff, [i])
            for row, concept in enumerate(("Nash", "GMR", "SMR", "SEQ")):
                assert np.array_equal(verdicts[row], result.of(concept)[:, i])


def legal_paths(case, members, s):
    seen, frontier = set(), [(s, None)]
    while frontier:
        state, last = frontier.pop()
        for mover in case.moves:
            if mover != last and mover <= members:
                for t in case.moves[mover].get(state, ()):
                    if (t, mover) not in seen:
                        seen.add((t, mover))
                        frontier.append((t, mover))
    return {t for t, _ in seen} - {s}


def test_coalitional_concepts_agree_with_their_definitions_on_random_conflicts():
    for case in cases(1100, 25):
        arcs, payoff = arcs_of(case), np.array(case.u)
        everyone = range(case.n_parties)
        for members in all_coalitions(case.n_parties):
            h, rest = frozenset(members), frozenset(everyone) - frozenset(members)
            better = {m: {s: definitions.improvements(case, m, s) for s in range(case.n_states)} for m in case.moves}
            credible = definitions.Case(case.n_states, case.n_parties, better, case.u)
            verdicts = coalitional_concepts(arcs, payoff, members)
            for s in range(case.n_states):

                def worse(y, s=s, h=h, u=case.u):
                    return not all(u[y][i] > u[s][i] for i in h)

                gains = [t for t in legal_paths(case, h, s) if not worse(t)]
                others = {t: legal_paths(case, rest, t) for t in gains}
                chosen = {t: legal_paths(credible, rest, t) for t in gains}
                expected = [
                    not gains,
                    all(any(worse(y) for y in others[t]) for t in gains),
                    all(
                        any(worse(y) and all(worse(r) for r in legal_paths(case, h, y)) for y in others[t])
                        for t in gains
                    ),
                    all(any(worse(y) for y in chosen[t]) for t in gains),
                ]
                assert verdicts[:, s].tolist() == expected


def test_the_consistent_set_of_a_product_space_of_over_five_thousand_states_is_worked_out():
    both = lambda n: (~np.eye(n, dtype=bool)).tolist()  # noqa: E731
    radices = [3, 3, 3, 2, 2, 4, 4, 3]
    movers = [(0,), (1,), (2,), (0, 1)]
    changes = [
        {0: both(3), 3: both(2)},
        {1: both(3), 4: both(2)},
        {2: both(3), 5: both(4)},
        {6: both(4), 7: both(3)},
    ]
    arcs = product_arcs(radices, movers, changes)
    assert arcs.n_states == 5184
    payoff = np.random.default_rng(3).integers(0, 1000, (5184, 3))
    found = largest_consistent_set(arcs, payoff)
    assert found.reason == ""
    inside = set(found.states.tolist())
    assert 0 < len(inside) < 5184
    # One application of the definition leaves it alone, on a sample of states and moves.
    relation = indirect_dominance(arcs, payoff)
    np.fill_diagonal(relation, True)
    members = np.zeros(5184, bool)
    members[found.states] = True
    for a in range(0, 5184, 61):
        stays = True
        for m, parties in enumerate(movers):
            for d in arcs.from_state(a, m):
                ends = np.flatnonzero(relation[d] & members)
                columns = list(parties)
                if (payoff[ends][:, columns] > payoff[a, columns]).all(axis=1).all():
                    stays = False
        assert stays == (a in inside)


def test_a_space_too_large_for_foresight_is_answered_with_a_reason():
    arcs = MoveGraph.of(3, [(0,)], [0, 1], [0, 0], [1, 2])
    found = largest_consistent_set(arcs, [[0], [1], [2]], work_limit=5)
    assert found.states is None
    assert "3 states times 2 moves exceed 5" in found.reason
    many = largest_consistent_set(MoveGraph.of(90_001, [(0,)], [0], [0], [1]), np.zeros((90_001, 1), int))
    assert many.states is None
    assert "90,001 states exceed 90,000" in many.reason


@pytest.mark.parametrize("concept", CONCEPTS)
def test_a_witness_is_a_legal_path_that_shows_the_verdict_and_the_margin(concept):
    for case in cases(1300, 40):
        arcs, payoff = arcs_of(case), np.array(case.u)
        result = stability_concepts(arcs, payoff)
        movers = list(case.moves)
        for s, i in product(range(case.n_states), range(case.n_parties)):
            found = witness(arcs, payoff, s, i, concept)
            assert found.stable == bool(result.of(concept)[s, i])
            own = definitions.improvements(case, frozenset({i}), s)
            assert (found.improvement in own) if own else (found.improvement is None)
            if found.improvement is None:
                continue
            assert case.u[s][i] - found.level == int(result.margin[CONCEPTS.index(concept), s, i])
            state, last = found.improvement, None
            for mover, target in found.path:
                assert mover != last
                assert i not in movers[mover]
                assert target in case.moves[movers[mover]][state]
                if concept in ("SEQ", "SSEQ"):
                    assert all(case.u[target][p] > case.u[state][p] for p in movers[mover])
                state, last = target, mover
            end = case.u[state][i]
            if found.path and concept in ("SMR", "SSEQ"):
                end = max([end] + [case.u[r][i] for r in case.moves.get(frozenset({i}), {}).get(state, ())])
            assert end == found.level
