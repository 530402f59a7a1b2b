"""The five concepts against their definitions written out."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.stability.arcs import MoveGraph
from sim.stability.concepts import CONCEPTS, Concepts, stability_concepts
from tests.stability import definitions
from tests.stability.products import product_arcs

PARTIES = [2, 3, 4, 5, 6]


def arcs_of(case) -> MoveGraph:
    movers = list(case.moves)
    rows = [(s, m, t) for m, mover in enumerate(movers) for s, ends in case.moves[mover].items() for t in ends]
    start, mover, end = zip(*rows, strict=True) if rows else ((), (), ())
    return MoveGraph.of(case.n_states, [tuple(m) for m in movers], start, mover, end)


def disagreements(case, result: Concepts) -> list[tuple[str, int, int]]:
    wrong = []
    for c, concept in enumerate(CONCEPTS):
        for s in range(case.n_states):
            for i in range(case.n_parties):
                expected = definitions.margin(case, concept, i, s)
                actual = int(result.margin[c, s, i]) if result.can_move[s, i] else None
                verdict = bool(result.stable[c, s, i])
                if expected != actual or definitions.stable(case, concept, i, s) != verdict:
                    wrong.append((concept, s, i))
                if actual is not None and verdict != (actual >= 0):
                    wrong.append((concept + " sign", s, i))
    return wrong


@pytest.mark.parametrize("seed", range(150))
def test_the_fast_form_agrees_with_the_definitions_on_random_graphs(seed):
    case = definitions.random_graph(random.Random(seed), PARTIES[seed % 5])
    assert disagreements(case, stability_concepts(arcs_of(case), np.array(case.u))) == []


@pytest.mark.parametrize("seed", range(150))
def test_the_fast_form_agrees_with_the_definitions_on_random_product_spaces(seed):
    made = definitions.random_product(random.Random(10_000 + seed), PARTIES[seed % 5])
    arcs = product_arcs(made.radices, [tuple(m) for m in made.movers], made.changes, made.feasible)
    case = made.case
    for m, mover in enumerate(made.movers):
        for s in range(case.n_states):
            assert sorted(arcs.from_state(s, m).tolist()) == sorted(case.moves[mover][s])
    assert disagreements(case, stability_concepts(arcs, np.array(case.u))) == []


def test_the_random_cases_reach_what_they_are_meant_to_reach():
    irreversible = consent = infeasible = ties = parties_with_six = 0
    for seed in range(150):
        made = definitions.random_product(random.Random(10_000 + seed), PARTIES[seed % 5])
        moves = made.case.moves
        irreversible += any(s not in moves[m][t] for m in moves for s in moves[m] for t in moves[m][s])
        consent += any(len(m) > 1 and any(moves[m].values()) for m in moves)
        infeasible += not all(made.feasible)
        ties += any(len({row[i] for row in made.case.u}) < made.case.n_states for i in range(made.case.n_parties))
        parties_with_six += made.case.n_parties == 6
    assert min(irreversible, consent, infeasible, ties) > 50
    assert parties_with_six == 30


def test_the_five_concepts_differ_from_one_another_on_the_random_cases():
    differ = dict.fromkeys(CONCEPTS[1:], 0)
    for seed in range(60):
        case = definitions.random_graph(random.Random(seed), PARTIES[seed % 5])
        result = stability_concepts(arcs_of(case), np.array(case.u))
        for before, after in (("Nash", "GMR"), ("GMR", "SMR"), ("GMR", "SEQ"), ("SEQ", "SSEQ")):
            differ[after] += bool((result.of(before) != result.of(after)).any())
    assert all(count > 5 for count in differ.values())


@st.composite
def conflicts(draw):
    n_parties = draw(st.integers(2, 5))
    seed = draw(st.integers(0, 2**32 - 1))
    make = draw(st.sampled_from(["graph", "product"]))
    rng = random.Random(seed)
    return (
        definitions.random_graph(rng, n_parties) if make == "graph" else definitions.random_product(rng, n_parties).case
    )


def least_by_iteration(case, party, w, only_improvements):
    """The plain twin of the compiled propagation: iterate V[state, last mover] until nothing changes."""
    infinite = 10**12
    opponents = [mover for mover in case.moves if party not in mover]
    steps = {
        mover: [
            (s, t)
            for s, ends in case.moves[mover].items()
            for t in (definitions.improvements(case, mover, s) if only_improvements else ends)
        ]
        for mover in opponents
    }
    after = {mover: [infinite] * case.n_states for mover in opponents}
    while True:
        by = {mover: [infinite] * case.n_states for mover in opponents}
        for mover, arcs in steps.items():
            for s, t in arcs:
                by[mover][s] = min(by[mover][s], w[t], after[mover][t])
        new = {
            last: [min((by[m][s] for m in opponents if m != last), default=infinite) for s in range(case.n_states)]
            for last in opponents
        }
        if new == after:
            return [min((by[m][s] for m in opponents), default=infinite) for s in range(case.n_states)]
        after = new


@pytest.mark.parametrize("seed", range(12))
def test_propagation_agrees_with_its_plain_twin_on_larger_sparse_graphs(seed):
    # Sparse enough that states are reached late, in turns of their own, and parts fall asunder.
    rng = random.Random(seed)
    n_states, n_parties = 600, 4
    movers = [frozenset({i}) for i in range(n_parties)] + [frozenset({1, 2})]
    per_state = [0.6, 1.0, 2.5][seed % 3]
    moves = {m: {s: set() for s in range(n_states)} for m in movers}
    for m in movers:
        for _ in range(int(per_state * n_states)):
            s, t = rng.randrange(n_states), rng.randrange(n_states)
            if s != t:
                moves[m][s].add(t)
    case = definitions.Case(
        n_states,
        n_parties,
        moves,
        [[rng.randrange(n_states) for _ in range(n_parties)] for _ in range(n_states)],
    )
    result = stability_concepts(arcs_of(case), np.array(case.u))
    for party in range(n_parties):
        own = case.moves[frozenset({party})]
        u = [row[party] for row in case.u]
        countered = [max([u[s]] + [u[t] for t in own[s]]) for s in range(n_states)]
        for concept, w, only in (
            ("GMR", u, False),
            ("SMR", countered, False),
            ("SEQ", u, True),
            ("SSEQ", countered, True),
        ):
            least = least_by_iteration(case, party, w, only)
            for s in range(n_states):
                better = [t for t in own[s] if u[t] > u[s]]
                worst = max((least[t] for t in better), default=-1)
                assert bool(result.of(concept)[s, party]) == (not better or worst <= u[s])


LATTICE = [("Nash", "SSEQ"), ("SSEQ", "SMR"), ("SMR", "GMR"), ("SSEQ", "SEQ"), ("SEQ", "GMR")]


@given(conflicts())
@settings(max_examples=150, deadline=None)
def test_verdicts_and_margins_obey_the_lattice(case):
    result = stability_concepts(arcs_of(case), np.array(case.u))
    for narrow, wide in LATTICE:
        assert not (result.of(narrow) & ~result.of(wide)).any()
        assert (result.margin[CONCEPTS.index(narrow)] <= result.margin[CONCEPTS.index(wide)]).all()


@given(conflicts(), st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_neither_the_numbering_of_states_nor_the_order_of_movers_matters(case, rng):
    order = list(range(case.n_states))
    rng.shuffle(order)
    place = {s: k for k, s in enumerate(order)}
    movers = list(case.moves)
    rng.shuffle(movers)
    moved = definitions.Case(
        case.n_states,
        case.n_parties,
        {m: {place[s]: {place[t] for t in ends} for s, ends in case.moves[m].items()} for m in movers},
        [case.u[s] for s in order],
    )
    one = stability_concepts(arcs_of(case), np.array(case.u))
    two = stability_concepts(arcs_of(moved), np.array(moved.u))
    assert np.array_equal(one.margin[:, order], two.margin)
    assert np.array_equal(one.stable[:, order], two.stable)


def test_an_opponent_may_move_again_after_another_has_moved():
    # 0 -A-> 1 -B-> 2 -C-> 3 -B-> 4: only the second move of B hurts A.
    arcs = MoveGraph.of(5, [(0,), (1,), (2,)], [0, 1, 2, 3], [0, 1, 2, 1], [1, 2, 3, 4])
    payoff = np.array([[1, 0, 0], [2, 0, 0], [2, 0, 0], [2, 0, 0], [0, 0, 0]])
    result = stability_concepts(arcs, payoff)
    assert result.of("GMR")[0, 0]
    assert not result.of("Nash")[0, 0]


def test_an_opponent_may_not_move_twice_in_a_row():
    arcs = MoveGraph.of(4, [(0,), (1,)], [0, 1, 2], [0, 1, 1], [1, 2, 3])
    payoff = np.array([[1, 0], [2, 0], [2, 0], [0, 0]])
    result = stability_concepts(arcs, payoff)
    assert not result.of("GMR")[0, 0]
    assert result.margin[CONCEPTS.index("GMR"), 0, 0] == -1


def test_a_mover_that_contains_the_party_does_not_punish_it():
    arcs = MoveGraph.of(3, [(0,), (0, 1)], [0, 1], [0, 1], [1, 2])
    payoff = np.array([[1, 0], [2, 0], [0, 5]])
    assert not stability_concepts(arcs, payoff).of("GMR")[0, 0]


def test_a_consent_move_that_one_member_dislikes_is_no_credible_sanction():
    arcs = MoveGraph.of(3, [(0,), (1, 2)], [0, 1], [0, 1], [1, 2])
    payoff = np.array([[1, 0, 0], [2, 0, 0], [0, 1, -1]])
    result = stability_concepts(arcs, payoff)
    assert result.of("GMR")[0, 0]
    assert not result.of("SEQ")[0, 0]


def test_a_party_at_its_best_state_has_no_unilateral_improvement():
    case = definitions.random_graph(random.Random(5), 4)
    result = stability_concepts(arcs_of(case), np.array(case.u))
    for i in range(4):
        best = max(range(case.n_states), key=lambda s: case.u[s][i])
        assert result.of("Nash")[best, i]


def test_single_issue_arcs_on_the_feasible_set_are_another_game_than_moves_on_several_issues():
    # One party must change both issues at once, because each half step is infeasible.
    both = [[False, True], [True, False]]
    feasible = [True, False, False, True]
    together = product_arcs([2, 2], [(0,)], [{0: both, 1: both}], feasible)
    single = MoveGraph.of(2, [(0,)], [], [], [])
    payoff = np.array([[0], [1]])
    assert not stability_concepts(together, payoff).of("Nash")[0, 0]
    assert stability_concepts(single, payoff).of("Nash")[0, 0]


def test_where_every_combination_exists_single_steps_reach_the_same_sanctions_but_not_the_same_nash():
    both = [[False, True], [True, False]]
    together = product_arcs([2, 2], [(0,)], [{0: both, 1: both}])
    start, mover, end = together.as_lists()
    one_issue = np.isin(start ^ end, (1, 2))
    single = MoveGraph.of(4, [(0,)], start[one_issue], mover[one_issue], end[one_issue])
    payoff = np.array([[1], [0], [0], [2]])
    assert not stability_concepts(together, payoff).of("Nash")[0, 0]
    assert stability_concepts(single, payoff).of("Nash")[0, 0]


def test_a_party_without_moves_is_stable_with_an_undefined_margin():
    result = stability_concepts(MoveGraph.of(2, [(0,)], [0], [0], [1]), np.array([[0, 0], [1, 1]]))
    assert result.stable[:, :, 1].all()
    assert not result.can_move[:, 1].any()
    assert not result.can_move[1, 0]


def test_payoffs_that_are_no_integers_are_refused():
    arcs = MoveGraph.of(2, [(0,)], [0], [0], [1])
    with pytest.raises(ValueError, match="integers"):
        stability_concepts(arcs, np.array([[0.1], [0.2]]))
    with pytest.raises(ValueError, match="one row per state"):
        stability_concepts(arcs, np.array([[1]]))


def test_arcs_refuse_self_moves_and_unknown_states():
    with pytest.raises(ValueError, match="itself"):
        MoveGraph.of(2, [(0,)], [0], [0], [0])
    with pytest.raises(ValueError, match="end of an arc"):
        MoveGraph.of(2, [(0,)], [0], [0], [2])
    with pytest.raises(ValueError, match="distinct"):
        MoveGraph.of(2, [(0,), (0,)], [0], [0], [1])


def test_a_move_named_twice_counts_once():
    arcs = MoveGraph.of(3, [(1,), (0,)], [1, 0, 0, 0], [0, 1, 1, 1], [2, 2, 1, 2])
    assert arcs.n_arcs == 3
    assert arcs.from_state(0, 1).tolist() == [1, 2]
    assert arcs.from_state(1, 0).tolist() == [2]
    assert arcs.mover_of(0) == 1
    assert arcs.mover_of(2) == -1
    again = arcs.reversed().reversed()
    assert [values.tolist() for values in again.as_lists()] == [values.tolist() for values in arcs.as_lists()]


@pytest.mark.parametrize("names", [("Nash",), ("SEQ",), ("Nash", "SEQ"), ("SSEQ", "GMR"), ("SMR", "SSEQ"), ()])
def test_a_concept_is_the_same_whichever_others_are_asked_for(names):
    for seed in range(20):
        case = definitions.random_graph(random.Random(seed), PARTIES[seed % 5])
        every = stability_concepts(arcs_of(case), np.array(case.u))
        some = stability_concepts(arcs_of(case), np.array(case.u), names=names)
        assert some.names == tuple(concept for concept in CONCEPTS if concept in names)
        assert np.array_equal(some.can_move, every.can_move)
        for concept in names:
            assert np.array_equal(some.of(concept), every.of(concept))
            place = some.names.index(concept), CONCEPTS.index(concept)
            assert np.array_equal(some.margin[place[0]], every.margin[place[1]])


def test_an_unknown_concept_is_refused():
    case = definitions.random_graph(random.Random(0), 2)
    with pytest.raises(ValueError, match="the concepts are Nash, GMR, SMR, SEQ, SSEQ, not Seq"):
        stability_concepts(arcs_of(case), np.array(case.u), names=("Seq",))
