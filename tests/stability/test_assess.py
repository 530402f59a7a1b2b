"""The tests of a scenario's agreements, each against its definition."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

import sim
from sim.agreements.frame import Frame
from sim.agreements.moves import arcs_of, movers
from sim.agreements.payoffs import SCALE
from sim.domain.extensions import TESTS as known_to_the_reader
from sim.errors import ModelError
from sim.stability.assess import TESTS, Assessment, assess
from sim.stability.concepts import CONCEPTS
from sim.stability.deviations import controls_of
from sim.stability.enforcement import input_status
from sim.stability.explain import explain
from tests.stability import definitions
from tests.stability.small import TEXT


@pytest.fixture(scope="module")
def scenario():
    return sim.scenario_from_text(TEXT)


@pytest.fixture(scope="module")
def worlds(scenario):
    return [assess(scenario, sim.draw_world(scenario, 11, k)) for k in range(25)]


def case_of(found):
    """The scenario's game, written out by the definition of moves."""
    space, parties = found.terms.space, found.parties
    moves = {}
    for mover in movers(found.scenario):
        members = frozenset(parties.index(p) for p in mover.parties)
        arcs = arcs_of(space, mover)
        moves[members] = {s: set(arcs.end[arcs.start == s].tolist()) for s in range(space.n_agreements)}
    return definitions.Case(space.n_agreements, len(parties), moves, found.payoffs.utility.tolist())


def test_the_worlds_are_small_enough_to_write_out_and_different_enough_to_tell(worlds):
    assert worlds[0].n_agreements == 9
    for name in ("acceptable", "efficient", "unanimity_winset_empty", "self_enforcing", "natural"):
        verdicts = np.array([found.test(name).holds for found in worlds])
        assert verdicts.any(), name
        assert not verdicts.all(), name


def test_the_five_concepts_on_a_scenario_follow_the_definitions(worlds):
    for found in worlds[:12]:
        case = case_of(found)
        for concept, s, i in product(CONCEPTS, range(case.n_states), range(case.n_parties)):
            assert bool(found.concepts.of(concept)[s, i]) == definitions.stable(case, concept, i, s)
        for concept in CONCEPTS:
            result = found.test(f"unilaterally_stable.{concept.lower()}")
            assert np.array_equal(result.holds, found.concepts.of(concept).all(axis=1))


def with_exits(found, party):
    """The game as one party sees it: its own leaving pays it as violator, others' leaving as victim."""
    base, n = case_of(found), found.n_agreements
    chosen, borne = found.terms.war_unanswered, found.terms.war_unanswered_as_victim
    u = [list(row) for row in base.u]
    u += [list(chosen[a]) for a in range(n)]
    u += [[int(borne[a, j]) if j == party else int(chosen[a, j]) for j in range(base.n_parties)] for a in range(n)]
    moves = {mover: {s: set(ends) for s, ends in arcs.items()} for mover, arcs in base.moves.items()}
    for a, j in np.argwhere(found.payoffs.must_sign):
        moves[frozenset({int(j)})][int(a)].add(int(a) + (n if j == party else 2 * n))
    return definitions.Case(3 * n, base.n_parties, moves, u)


def test_walking_away_follows_the_definitions_with_a_no_deal_of_its_own_for_every_agreement(worlds):
    for found in worlds[:10]:
        for i in range(len(found.parties)):
            case = with_exits(found, i)
            for c, concept in enumerate(CONCEPTS):
                for s in range(found.n_agreements):
                    assert bool(found.concepts_with_exit.of(concept)[s, i]) == definitions.stable(case, concept, i, s)
                    assert int(found.concepts_with_exit.margin[c, s, i]) == definitions.margin(case, concept, i, s)


def test_walking_away_changes_verdicts_and_roles_matter(worlds):
    differ = sum(bool((found.concepts.stable != found.concepts_with_exit.stable).any()) for found in worlds)
    assert differ > 5
    assert any((f.terms.war_unanswered != f.terms.war_unanswered_as_victim).any() for f in worlds)


def test_acceptable_needs_value_and_lines_of_every_signer(worlds):
    crossed = 0
    for found in worlds:
        result, payoffs = found.test("acceptable"), found.payoffs
        for a in range(found.n_agreements):
            expected = all(
                payoffs.worth[a, i] >= payoffs.reservation[i] and not payoffs.crosses_line[a, i] for i in range(3)
            )
            assert bool(result.holds[a]) == (expected and bool(payoffs.space.signable[a]))
            if not payoffs.space.signable[a]:
                assert np.isnan(result.margin[a]) and result.binding[a] == -1
                continue
            assert result.margin[a] == pytest.approx(float(payoffs.margin[a].min()) / SCALE)
            crossed += bool(payoffs.crosses_line[a].any() and (payoffs.margin[a] >= 0).all())
            if payoffs.crosses_line[a].any():
                assert payoffs.crosses_line[a, result.binding[a]]
    assert crossed > 0


def test_dominance_and_coalitions_agree_with_trying_every_agreement(worlds, scenario):
    for found in worlds:
        space, u = found.terms.space, found.payoffs.utility
        controls = controls_of(Frame.of(scenario))
        signable = np.flatnonzero(space.signable)
        for a in range(found.n_agreements):
            better = [b for b in signable if (u[b] > u[a]).all()]
            no_worse = [b for b in signable if (u[b] >= u[a]).all() and (u[b] > u[a]).any()]
            assert bool(found.test("unanimity_winset_empty").holds[a]) == (not better)
            if space.signable[a]:
                assert bool(found.test("efficient").holds[a]) == (not no_worse)
            assert found.deviations.dominators(a, strictly=True).tolist() == better
            assert found.deviations.dominators(a, strictly=False).tolist() == no_worse
            first = None
            for place, control in enumerate(controls[:-1]):
                fixed = [k for k in range(space.n_issues) if k not in control.issues]
                members = list(control.members)
                targets = [
                    b
                    for b in range(found.n_agreements)
                    if (space.options[b, fixed] == space.options[a, fixed]).all()
                    and (u[b, members] > u[a, members]).all()
                ]
                assert found.deviations.open_to(control, a).tolist() == targets
                if targets and first is None:
                    first = (place, targets[0])
            if first is None and better:
                first = (len(controls) - 1, None)
            assert bool(found.test("coalition_proof").holds[a]) == (first is None)
            if first is not None:
                assert found.deviations.coalition[a] == first[0]
                if first[1] is not None:
                    assert found.deviations.target[a] == first[1]


def test_without_a_list_coalitions_follow_from_the_moves_and_all_parties_close_it(scenario):
    space = sim.AgreementSpace.of(scenario)
    parties = sorted(scenario.parties)
    found = {
        tuple(parties[m] for m in c.members): {space.issues[k] for k in c.issues}
        for c in controls_of(Frame.of(scenario))
    }
    assert found == {
        ("east",): {"line", "watch"},
        ("power",): {"aid"},
        ("west",): {"line"},
        ("east", "west"): {"line", "watch"},
        ("power", "west"): {"line", "watch", "aid"},
        ("east", "power", "west"): {"line", "watch", "aid"},
    }


def test_coalition_proof_implies_weakly_efficient_and_nash_for_all():
    # Each party alone moves on one issue of its own, so each is a coalition that controls what it moves.
    text = TEXT.replace("party: east, from: zone", "party: west, from: zone")
    text = text.replace("parties: [east, west], from: front", "party: west, from: front")
    apart = sim.scenario_from_text(text.replace("parties: [west, power], from: none", "party: east, from: none"))
    proven = 0
    for k in range(40):
        found = assess(apart, sim.draw_world(apart, 5, k))
        proof = found.test("coalition_proof").holds
        assert (found.test("unanimity_winset_empty").holds | ~proof).all()
        assert (found.test("unilaterally_stable.nash").holds | ~proof).all()
        proven += int(proof.sum())
    assert proven > 10


def test_self_enforcing_compares_keeping_with_violating_at_the_smaller_reliability(worlds):
    for found in worlds:
        terms, result = found.terms, found.test("self_enforcing")
        q = np.minimum(terms.reliability_assumed, terms.reliability_derived)
        for a in range(found.n_agreements):
            margins = {}
            for party in ("west", "east"):
                i = found.parties.index(party)
                late = terms.lag_discount[a, i]
                war = q[a, i] * terms.war_answered[a, i] + (1 - q[a, i]) * terms.war_unanswered[a, i]
                defect = (1 - late) * terms.lag_level[a, i] + late * war
                margins[i] = (terms.payoffs.utility[a, i] - defect) / SCALE
            assert result.margin[a] == pytest.approx(min(margins.values()), abs=2e-9)
            assert result.binding[a] == min(margins, key=margins.get)
            assert bool(result.holds[a]) == (min(margins.values()) >= -1e-9)


def test_the_interval_of_reliabilities_is_where_a_violator_keeps_the_agreement(worlds):
    grid = np.linspace(0, 1, 21)
    seen = {"inside": 0, "none": 0, "all": 0}
    for found in worlds:
        terms = found.terms
        low, high = terms.reliability_interval
        keeps = np.array([terms.value_of_defection(float(q)) <= terms.payoffs.utility for q in grid])
        for a, i in np.argwhere(terms.violators):
            inside = (grid >= low[a, i] - 1e-9) & (grid <= high[a, i] + 1e-9)
            if np.isnan(low[a, i]):
                inside = np.zeros(grid.size, bool)
            assert np.array_equal(keeps[:, a, i], inside)
            seen["none" if not inside.any() else "all" if inside.all() else "inside"] += 1
    assert min(seen.values()) > 3


def test_a_more_reliable_guarantor_never_hurts_a_deterred_violator_s_self_enforcement(worlds):
    for found in worlds:
        terms = found.terms
        deterred = terms.war_answered <= terms.war_unanswered
        before = terms.defects(0.3) & deterred
        after = terms.defects(0.6) & deterred
        assert not (after & ~before).any()


def test_a_new_red_line_never_makes_more_agreements_acceptable(scenario):
    free = assess(scenario, sim.central_world(scenario))
    bound = assess(scenario, sim.central_world(scenario, lines="real"))
    assert not (bound.test("acceptable").holds & ~free.test("acceptable").holds).any()
    content, fewer = (found.payoffs.acceptable.all(axis=1) for found in (free, bound))
    assert not (fewer & ~content).any() and fewer.sum() < content.sum()


def test_punishers_are_needed_only_where_somebody_must_be_deterred(worlds):
    both = set()
    for found in worlds:
        terms = found.terms
        east, power = found.parties.index("east"), found.parties.index("power")
        needed = terms.needed_punishers
        must = terms.critical_reliability[:, east] > 0
        assert np.array_equal(needed[:, power], must)
        assert not needed[:, [k for k in range(3) if k != power]].any()
        prefers = terms.war_answered_as_victim[:, power] >= terms.payoffs.utility[:, power]
        assert np.array_equal(found.test("renegotiation_proof").holds, ~must | prefers)
        both |= set(found.test("renegotiation_proof").holds.tolist())
    assert both == {True, False}


def test_the_power_shift_is_judged_for_both_sides(worlds):
    found = worlds[0]
    delta = {p: 1 / (1 + found.terms.world.value(f"parties.{p}.discount_rate")) for p in ("east", "west")}
    for a in range(found.n_agreements):
        change = {"front": 0.0, "zone": 0.1, "ceded": 0.3}[found.terms.space.agreement(a)["line"]]
        p = 0.5
        rising = delta["east"] * min(1, p + change) - p
        falling = delta["west"] * (1 - min(1, p + change)) - (1 - p)
        limit = 0.1 / 0.9
        assert found.test("power_shift").margin[a] == pytest.approx(limit - max(rising, falling))
        assert bool(found.test("power_shift").holds[a]) == (max(rising, falling) <= limit)
    assert set(found.test("power_shift").holds.tolist()) == {True, False}


def test_ratifiable_multiplies_the_parties_chances(worlds):
    result = worlds[0].test("ratifiable")
    assert result.margin == pytest.approx(0.2)
    assert result.holds.all()
    assert {worlds[0].parties[k] for k in result.binding} == {"west"}


def test_stable_is_what_the_scenario_requires(worlds):
    some = 0
    for found in worlds:
        expected = np.ones(found.n_agreements, bool)
        for name in ("acceptable", "unilaterally_stable.seq", "self_enforcing"):
            expected &= found.test(name).holds
        assert np.array_equal(found.stable, expected)
        some += int(expected.sum())
    assert some > 0


@pytest.mark.parametrize("name", TESTS)
def test_a_test_holds_exactly_where_its_margin_is_not_negative(name, worlds):
    for found in worlds:
        result = found.test(name)
        defined = ~np.isnan(result.margin)
        if name == "acceptable":
            defined &= ~(found.payoffs.crosses_line & found.payoffs.must_sign).any(axis=1)
        assert np.array_equal(result.holds[defined], result.margin[defined] >= 0)
        assert ((result.binding >= 0) | np.isnan(result.margin)).all()


def test_the_table_has_one_row_an_agreement_and_every_test(worlds, monkeypatch):
    table = worlds[0].to_frame()
    assert len(table) == 9
    for name in TESTS:
        assert table[name].dtype == bool
        assert f"{name}.margin" in table
        assert f"{name}.binding" in table
    assert table.loc[3, ["line", "watch", "aid"]].to_dict() == {
        k: worlds[0].terms.space.agreement(3)[k] for k in ("line", "watch", "aid")
    }
    assert (table["Q*"].fillna(-9) == table["Q*.east"].fillna(-9)).all()
    consistent = worlds[0].consistent_set.states
    assert table.index[table["farsighted"]].tolist() == consistent.tolist()
    assert 0 < len(consistent) <= 9
    monkeypatch.setattr("sim.stability.farsighted.KEPT_STATES", 8)
    left_open = Assessment(worlds[0].terms).to_frame([3])
    assert left_open["farsighted"].isna().all()
    assert "9 states exceed 8" in left_open.attrs["farsighted"]
    few = worlds[0].to_frame([3, 1], exits=False)
    assert few.index.tolist() == [3, 1]
    assert not any("with_exit" in column for column in few)


def test_the_status_of_the_inputs_stands_beside_the_critical_reliability(worlds):
    found = worlds[0]
    assert (
        input_status(found.terms, 0, "east") == {"none": 6, "judgement": 1, "evidence": 1}
        or sum(input_status(found.terms, 0, "east").values()) >= 8
    )
    counts = input_status(found.terms, 0, "east")
    assert counts["judgement"] == counts["evidence"] == 1
    assert list(counts) == ["none", "judgement", "evidence"]


def test_an_unknown_test_is_refused_with_the_nearest_name(worlds):
    with pytest.raises(ModelError, match="did you mean 'acceptable'"):
        worlds[0].test("aceptable")


def test_an_explanation_says_what_the_tests_say(worlds):
    kinds = set()
    for found in worlds:
        for a in range(found.n_agreements):
            told = explain(found, a)
            tests = {line.name: line.holds for line in told.tests}
            assert tests == {name: bool(found.test(name).holds[a]) for name in TESTS}
            assert bool(told.refusals or told.forbidden) == (not tests["acceptable"])
            assert any(v.breaks for v in told.violations) == (not tests["self_enforcing"])
            assert any(move.leaves for move in told.own_moves) == (not tests["unilaterally_stable.seq"])
            assert bool(told.joint) == (not tests["coalition_proof"])
            kinds |= {kind for _, kind in told.breakers()}
            for violation in told.violations:
                if violation.breaks and violation.critical is not None:
                    # What it takes to stop it: at Q* it is indifferent.
                    assert violation.critical > violation.reliability - 1e-9
    assert kinds == {"violates", "moves", "leaves together"}


def test_a_scenario_may_require_every_test_there_is():
    assert tuple(known_to_the_reader) == tuple(TESTS)
    differ = 0
    for k in range(25):
        setting = {"stability.require": ["unilaterally_stable_with_exit.nash"]}
        required = sim.scenario_from_text(TEXT, settings=setting)
        found = assess(required, sim.draw_world(required, 11, k))
        assert np.array_equal(found.stable, found.concepts_with_exit.of("Nash").all(axis=1))
        differ += not np.array_equal(found.stable, found.test("unilaterally_stable.nash").holds)
    assert differ > 0


def test_more_agreements_times_parties_than_fit_are_refused_with_a_remedy(monkeypatch):
    scenario = sim.scenario_from_text(TEXT)
    monkeypatch.setattr("sim.stability.assess.MAX_CELLS", 26)
    with pytest.raises(ModelError, match=r"9 agreements times 3 parties exceed 26.*drop options.*constraints"):
        assess(scenario)
    monkeypatch.setattr("sim.stability.assess.MAX_CELLS", 27)
    assert assess(scenario).n_agreements == 9


def test_the_first_that_dominates_one_agreement_is_that_of_all(worlds):
    for found in worlds[:3]:
        every = found.deviations.dominating.tolist()
        assert [found.deviations.first_dominating(agreement) for agreement in range(9)] == every
