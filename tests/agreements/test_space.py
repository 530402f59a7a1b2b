"""The agreement space against an enumeration in plain Python."""

import copy
import json
import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import sim
from sim.agreements.payoffs import Payoffs
from sim.agreements.space import AgreementSpace
from sim.errors import ModelError
from tests.agreements import small_spaces as plain

BERLIN = "scenarios/berlin-2025/scenario.yaml"


def signable_combinations(data):
    return [a for a in plain.existing(data) if plain.can_be_signed(data, a)]


@given(plain.scenarios())
def test_the_space_holds_what_a_plain_enumeration_finds_in_the_order_of_labels(data):
    assume(signable_combinations(data))
    space = AgreementSpace.of(plain.read(data))
    found = [space.agreement(index) for index in range(space.n_agreements)]
    assert found == plain.existing(data)
    assert space.signable.tolist() == [plain.can_be_signed(data, a) for a in found]


@given(plain.scenarios())
def test_labels_and_indices_lead_back_to_each_other(data):
    assume(signable_combinations(data))
    space = AgreementSpace.of(plain.read(data))
    assert [space.index_of(space.agreement(index)) for index in range(space.n_agreements)] == list(
        range(space.n_agreements)
    )


@given(plain.scenarios())
def test_combinations_that_cannot_exist_are_refused_by_the_constraints_they_break(data):
    assume(signable_combinations(data))
    space = AgreementSpace.of(plain.read(data))
    there = plain.existing(data)
    for agreement in plain.combinations(data):
        if agreement not in there:
            always = [rule for rule in data["constraints"] if rule["scope"] == "always"]
            broken = [rule["id"] for rule in always if not plain.holds(rule, agreement)]
            with pytest.raises(ModelError, match="can exist") as fault:
                space.index_of(agreement)
            assert all(name in str(fault.value) for name in broken)


@given(plain.scenarios(), st.data())
def test_constraints_that_leave_nothing_to_sign_are_refused_by_the_smallest_set_that_does(data, draw):
    issue = draw.draw(st.sampled_from(sorted(data["issues"])))
    for option in data["issues"][issue]["options"]:
        data["constraints"].append({"id": f"no-{option}", "forbid": {issue: option}, "scope": "signing"})
    with pytest.raises(sim.ScenarioError) as fault:
        AgreementSpace.of(plain.read(data))
    rules = [rule for rule in data["constraints"] if re.search(rf"\b{rule['id']}\b", fault.value.message)]

    def left(kept):
        return [a for a in plain.combinations(data) if all(plain.holds(rule, a) for rule in kept)]

    assert not left(rules)
    assert all(left([rule for rule in rules if rule is not dropped]) for dropped in rules)


def shuffled(data, random):
    """Return the same scenario with issues, options, parties and constraints in another order."""
    mixed = copy.deepcopy(data)

    def mix(table):
        names = list(table)
        random.shuffle(names)
        return {name: table[name] for name in names}

    mixed["issues"] = {k: {**spec, "options": mix(spec["options"])} for k, spec in mix(mixed["issues"]).items()}
    mixed["parties"] = mix(mixed["parties"])
    random.shuffle(mixed["constraints"])
    return mixed


@given(plain.scenarios(), st.randoms(use_true_random=False))
def test_the_order_of_issues_options_and_parties_in_a_file_is_irrelevant(data, random):
    assume(signable_combinations(data))
    one, other = (Payoffs.of(plain.read(given_data)) for given_data in (data, shuffled(data, random)))
    assert (one.space.issues, one.space.labels, one.parties) == (other.space.issues, other.space.labels, other.parties)
    assert (one.space.options == other.space.options).all()
    assert (one.utility == other.utility).all()
    assert (one.acceptable == other.acceptable).all()
    assert one.zone_of_agreement().tolist() == other.zone_of_agreement().tolist()


def test_berlin_has_46288_agreements_among_270000_combinations():
    space = AgreementSpace.of(sim.read_scenario(BERLIN))
    assert (space.n_issues, space.n_options, space.n_combinations, space.n_agreements) == (9, 37, 270_000, 46_288)


def test_an_unknown_option_is_answered_with_the_nearest_one():
    space = AgreementSpace.of(sim.read_scenario(BERLIN))
    agreement = {**space.agreement(0), "donetsk": "cession_recognized"}
    with pytest.raises(ModelError, match="cession_recognised"):
        space.index_of(agreement)


def test_a_space_above_the_bound_is_refused_and_the_large_issues_named():
    data = {
        "schema": 1,
        "name": "large",
        "title": "Large",
        "as_of": "2025",
        "issues": {f"i{k}": {"title": "x", "options": {f"o{n}": "" for n in range(30)}} for k in range(8)},
        "parties": {
            p: {
                "title": p,
                "salience": {f"i{k}": 1 for k in range(8)},
                "utility": {f"i{k}": {f"o{n}": 0.5 for n in range(30)} for k in range(8)},
                "no_deal": {"reservation": 0.5},
            }
            for p in "ab"
        },
        "negotiation": {"protocol": "shuttle"},
    }
    with pytest.raises(sim.ScenarioError, match="i0"):
        sim.scenario_from_text(json.dumps(data))


def test_an_issue_may_have_more_options_than_eight_bits_count():
    options = [f"o{k:03d}" for k in range(300)]
    party = {
        "title": "P",
        "salience": {"state": 1},
        "utility": {"state": {option: k / 299 for k, option in enumerate(options)}},
        "no_deal": {"reservation": 0.5},
    }
    data = {
        "schema": 1,
        "name": "many",
        "title": "Many states",
        "as_of": "2025",
        "issues": {"state": {"title": "State", "options": dict.fromkeys(options, "")}},
        "parties": {"a": party, "b": party},
        "negotiation": {"protocol": "shuttle"},
    }
    payoffs = Payoffs.of(sim.scenario_from_text(json.dumps(data)))
    space = payoffs.space
    assert [space.agreement(n)["state"] for n in range(300)] == options
    assert space.index_of({"state": "o200"}) == 200
    assert payoffs.utility[:, 0].tolist() == [round(k / 299 * 1e9) for k in range(300)]
    assert payoffs.zone_of_agreement().tolist() == list(range(150, 300))
