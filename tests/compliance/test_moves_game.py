"""The game of moves against a naive player and the exact verdicts of the Graph Model."""

from __future__ import annotations

import numpy as np
import pytest

import sim
from sim.agreements.payoffs import Payoffs
from sim.compliance.game import MoveRules, MovesModel, play
from sim.stability.concepts import stability_concepts
from sim.stability.moves import form_arcs

BERLIN = "scenarios/berlin-2025/scenario.yaml"


@pytest.fixture(scope="module")
def payoffs() -> Payoffs:
    return Payoffs.of(sim.read_scenario(BERLIN))


@pytest.fixture(scope="module")
def rules(payoffs: Payoffs) -> MoveRules:
    return MoveRules.of(payoffs)


def test_a_myopic_mover_takes_its_best_improvement_and_ties_go_to_the_lowest_index(rules: MoveRules) -> None:
    u = rules.payoffs.utility
    rng = np.random.default_rng(0)
    moved = 0
    for state in rng.choice(rules.payoffs.space.n_agreements, 150, replace=False).tolist():
        for mover, columns in enumerate(rules.columns):
            better = [
                end
                for end in rules.improvements(mover, state).tolist()
                if all(u[end, c] > u[state, c] for c in columns)
            ]
            expected = max(better, key=lambda end, c=columns[0]: (u[end, c], -end)) if better else state
            assert rules.choice(mover, state, 0) == expected
            moved += expected != state
    assert moved > 100


@pytest.mark.parametrize(("concept", "foresight"), [("Nash", 0), ("SEQ", 99)])
def test_a_party_moves_exactly_where_the_exact_verdict_says_it_is_not_stable(
    payoffs: Payoffs, rules: MoveRules, concept: str, foresight: int
) -> None:
    arcs, reverse = payoffs.frame.form.derived(form_arcs)
    verdict = stability_concepts(arcs, payoffs.utility, reverse=reverse).of(concept)
    rng = np.random.default_rng(1)
    stays = leaves = 0
    for state in rng.choice(payoffs.space.n_agreements, 60, replace=False).tolist():
        for column, party in enumerate(payoffs.parties):
            if party not in rules.names:
                assert verdict[state, column]
                continue
            end = rules.choice(rules.names.index(party), state, foresight)
            assert (end == state) == bool(verdict[state, column]), (party, state)
            stays += end == state
            leaves += end != state
    assert stays > 20 and leaves > 20


def test_an_agreement_nobody_would_leave_is_still_in_force_and_play_stops_at_once(rules: MoveRules) -> None:
    arcs, reverse = rules.payoffs.frame.form.derived(form_arcs)
    nash = stability_concepts(arcs, rules.payoffs.utility, reverse=reverse).equilibria("Nash").tolist()
    # Nash asks single parties; several by consent must not want to move either.
    quiet = [a for a in nash if all(rules.choice(m, a, 0) == a for m in range(len(rules.names)))][:5]
    assert quiet
    for a in quiet:
        model = MovesModel(rules, a, seed=0)
        model.run_for(1)
        drift = play(rules, a, seed=0)
        assert not model.running and drift.still and not drift.touched


def test_every_move_of_a_play_is_one_its_mover_wanted_and_play_repeats_with_its_seed(rules: MoveRules) -> None:
    able = range(len(rules.names))
    start = next(a for a in range(1000) if sum(len(rules.improvements(mover, a)) > 0 for mover in able) > 2)
    u = rules.payoffs.utility
    ends = set()
    for k in range(20):
        drift = play(rules, start, seed=3, replication=k)
        assert drift == play(rules, start, seed=3, replication=k)
        state = start
        for move in drift.moves:
            columns = rules.columns[rules.names.index(move.mover)]
            assert move.start == state and (u[move.end, columns] > u[move.start, columns]).all()
            assert 1 <= move.month <= 24
            state = move.end
        assert state == drift.end
        ends.add(drift.moves[0].mover if drift.moves else "")
    assert len(ends) > 1, "the order of a month does not depend on the replication"


def test_played_and_proven_explains_every_difference(payoffs: Payoffs) -> None:
    from sim.results.played import played_and_proven

    seen = ""
    for a in payoffs.nearest(3).tolist():
        found = played_and_proven(payoffs, a, seed=0, runs=10)
        myopic, foreseeing = found.plays
        assert 0 <= myopic.still <= 1 and abs(sum(myopic.destinations.values()) + myopic.still - 1) < 1e-9
        if found.nash and myopic.untouched < 1:
            assert any(text.startswith("consent") for text in found.disagreements)
        if not found.nash:
            assert myopic.untouched == 0
        if found.seq and foreseeing.untouched < 1:
            assert found.disagreements
        seen += " ".join(found.disagreements) + " ".join(found.sentences(payoffs))
        assert found.to_json()["nash"]["stable"] is found.nash
    assert "proven" in seen
