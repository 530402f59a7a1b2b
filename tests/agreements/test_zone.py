"""Why a zone is empty, what opens it, and what would make a named agreement acceptable."""

import itertools
import json
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import sim
from sim.agreements.openings import accepting_changes, opening_changes
from sim.agreements.payoffs import SCALE, Payoffs
from sim.agreements.repair import repair
from sim.agreements.zone import Zone, largest_agreeing_sets
from sim.domain.world import central_world
from sim.errors import ModelError
from tests.agreements import small_spaces as plain

BERLIN = "scenarios/berlin-2025/scenario.yaml"


@pytest.fixture(scope="module")
def berlin():
    return Payoffs.of(sim.read_scenario(BERLIN))


@pytest.fixture(scope="module")
def uncosted():
    """Berlin without audience costs, for the answers known so far."""
    return Payoffs.of(sim.read_scenario(BERLIN, ["negotiation.audience_costs=false"]))


def changed(payoffs, change, nudge=0.0):
    """Payoffs after a change of one number, or just short of it."""
    back = -np.sign(change.new - change.value) * nudge
    return Payoffs.of(payoffs.world.with_values({change.path: change.new + back}))


def without_line(data, change):
    """The scenario's data without one red line."""
    _, party, _, place = change.path.split(".")
    data = json.loads(json.dumps(data))
    del data["parties"][party]["red_lines"][int(place)]
    return data


def test_berlins_smallest_opening_is_russias_reservation_value_at_about_551(berlin):
    first = opening_changes(berlin)[0]
    assert (first.kind, first.party, first.value) == ("reservation", "russia", 0.65)
    assert first.new == pytest.approx(0.551181102, abs=1e-9)


def test_without_audience_costs_it_is_at_about_605(uncosted):
    first, second = opening_changes(uncosted)[:2]
    assert (first.kind, first.party, first.value) == ("reservation", "russia", 0.65)
    assert first.new == pytest.approx(0.60511811, abs=1e-9)
    assert first.change == pytest.approx((0.65 - 0.60511811) / 0.35, abs=1e-9)
    # No option value opens it within its own range: the nearest is just outside.
    assert second.path == "parties.russia.utility.donetsk.ua_withdrawal_neutral_fez"
    assert second.change > 1


def test_every_opening_of_berlin_opens_the_zone_and_nothing_short_of_it_does(berlin):
    for change in opening_changes(berlin):
        assert len(changed(berlin, change).zone_of_agreement()) > 0, change
        assert len(changed(berlin, change, nudge=1e-6).zone_of_agreement()) == 0, change


@given(plain.scenarios())
@settings(max_examples=60)
def test_openings_are_exactly_the_single_changes_that_open_an_empty_zone(data):
    for party in data["parties"].values():
        party["no_deal"]["reservation"] = (1 + party["no_deal"]["reservation"]) / 2
    assume(any(plain.can_be_signed(data, a) for a in plain.existing(data)))
    payoffs = Payoffs.of(plain.read(data))
    changes = opening_changes(payoffs)
    if len(payoffs.zone_of_agreement()):
        assert changes == ()
        return
    for change in changes:
        if change.kind == "red line":
            assert plain.zone(without_line(data, change))
        else:
            assert len(changed(payoffs, change).zone_of_agreement()) > 0
            assert len(changed(payoffs, change, nudge=1e-6).zone_of_agreement()) == 0
    # And no number or line is missed: the most that one of them can do opens nothing.
    found = {change.path for change in changes}
    for path in payoffs.scenario.numbers.paths:
        if path not in found and (".utility." in path or path.endswith("reservation")):
            for extreme in (0.0, 1.0):
                value = extreme - 1 if path.endswith("reservation") else extreme
                assert len(Payoffs.of(payoffs.world.with_values({path: value})).zone_of_agreement()) == 0
    for party, spec in data["parties"].items():
        for place, line in enumerate(spec["red_lines"]):
            path = f"parties.{party}.red_lines.{place}"
            if line["kind"] == "hard" and path not in found:
                without = json.loads(json.dumps(data))
                del without["parties"][party]["red_lines"][place]
                assert not plain.zone(without)


def test_where_no_deal_is_a_lottery_the_worth_of_an_end_state_opens_the_zone_too():
    data = {
        "schema": 1,
        "name": "lottery",
        "title": "Lottery",
        "as_of": "2025",
        "issues": {"x": {"title": "x", "options": {"peace": "", "win": ""}}},
        "constraints": [{"id": "C", "forbid": {"x": "win"}, "scope": "signing"}],
        "no_deal": {"basis": "lottery", "end_states": {"won": {"title": "Won", "agreement": {"x": "win"}}}},
        "parties": {
            p: {
                "title": p,
                "salience": {"x": 1},
                "utility": {"x": {"peace": 0.5, "win": {"value": win, "low": 0, "high": 1}}},
                "no_deal": {"reservation": 0, "lottery": {"beliefs": {"won": 1}}},
            }
            for p, win in (("one", 0.9), ("two", 0.1))
        },
        "negotiation": {"protocol": "shuttle"},
    }
    payoffs = Payoffs.of(plain.read(data))
    assert len(payoffs.zone_of_agreement()) == 0
    paths = {change.path: change for change in opening_changes(payoffs)}
    assert paths["parties.one.utility.x.win"].new == pytest.approx(0.5, abs=1e-8)
    assert paths["parties.one.utility.x.peace"].new == pytest.approx(0.9, abs=1e-8)
    assert "parties.one.no_deal.reservation" not in paths
    for change in paths.values():
        assert len(changed(payoffs, change).zone_of_agreement()) > 0


@given(plain.scenarios())
@settings(max_examples=60)
def test_blockers_and_the_largest_agreeing_sets_are_what_plain_counting_finds(data):
    assume(any(plain.can_be_signed(data, a) for a in plain.existing(data)))
    payoffs = Payoffs.of(plain.read(data))
    zone = Zone.of(payoffs)

    def size(parties):
        return len(plain.zone({**data, "parties": {p: data["parties"][p] for p in parties}}))

    everyone = payoffs.parties
    for party in everyone:
        others = size([p for p in everyone if p != party])
        blocker = next((b for b in zone.blockers if b.party == party), None)
        assert (blocker is not None) == (others > size(everyone))
        if blocker is not None:
            assert blocker.zone_without == others
    sets = [s for n in range(len(everyone), 0, -1) for s in itertools.combinations(everyone, n) if size(s)]
    largest = [s for s in sets if len(s) == len(sets[0])] if sets else []
    assert list(largest_agreeing_sets(payoffs)) == largest


@given(plain.scenarios(), st.data())
@settings(max_examples=60)
def test_a_repair_is_the_shortest_way_to_what_most_parties_accept(data, draw):
    assume(any(plain.can_be_signed(data, a) for a in plain.existing(data)))
    payoffs = Payoffs.of(plain.read(data))
    signable = np.flatnonzero(payoffs.space.signable).tolist()
    start = draw.draw(st.sampled_from(signable))
    found = repair(payoffs, start)

    def refusing(agreement):
        return int((payoffs.must_sign[agreement] & ~payoffs.acceptable[agreement]).sum())

    def distance(agreement):
        return int((payoffs.space.options[agreement] != payoffs.space.options[start]).sum())

    assert len(found.refusals) == refusing(start)
    if not found.refusals:
        assert found.terms == ()
        return
    fewest = min(map(refusing, signable))
    if refusing(start) == fewest:
        assert found.terms == ()
        return
    last = found.terms[-1]
    assert refusing(last.agreement) == len(last.refusing) == fewest
    assert len(last.changed) == distance(last.agreement) == min(distance(a) for a in signable if refusing(a) == fewest)
    for terms in found.terms:
        near = [a for a in signable if distance(a) <= len(terms.changed)]
        assert len(terms.refusing) == min(map(refusing, near))


@given(plain.scenarios(), st.data())
@settings(max_examples=60)
def test_the_changed_numbers_and_dropped_lines_together_make_the_agreement_acceptable(data, draw):
    assume(any(plain.can_be_signed(data, a) for a in plain.existing(data)))
    payoffs = Payoffs.of(plain.read(data))
    start = draw.draw(st.sampled_from(np.flatnonzero(payoffs.space.signable).tolist()))
    found = repair(payoffs, start)
    dropped = {path for refusal in found.refusals for path in refusal.lines}
    relaxed = json.loads(json.dumps(data))
    for party, spec in relaxed["parties"].items():
        lines = enumerate(spec["red_lines"])
        spec["red_lines"] = [line for n, line in lines if f"parties.{party}.red_lines.{n}" not in dropped]
    new = {r.changes[0].path: r.changes[0].new for r in found.refusals if r.changes}
    after = Payoffs.of(central_world(plain.read(relaxed)).with_values(new))
    assert start in after.zone_of_agreement()
    for refusal in found.refusals:
        assert bool(refusal.changes) == (refusal.margin < 0)


def test_no_number_of_another_party_can_change_a_refusal(berlin):
    agreement = berlin.nearest(1)
    assert {change.party for change in accepting_changes(berlin, "russia", agreement)} == {"russia"}


def test_berlins_front_runner_fails_on_ukraine_alone_and_no_other_terms_have_fewer_refusing(berlin):
    front = int(berlin.nearest(1)[0])
    found = repair(berlin, front)
    (refusal,) = found.refusals
    assert refusal.party == "ukraine"
    assert len(refusal.lines) == 1
    assert refusal.changes[0].kind == "reservation"
    assert refusal.changes[0].new == pytest.approx(berlin.worth[front, berlin.column("ukraine")] / SCALE)
    assert found.terms == ()


def test_an_agreement_that_cannot_be_signed_is_refused_with_the_constraint_it_breaks():
    data = json.loads(json.dumps(SIGNING))
    payoffs = Payoffs.of(plain.read(data))
    with pytest.raises(ModelError, match="no-b"):
        repair(payoffs, payoffs.space.index_of({"x": "b"}))


SIGNING = {
    "schema": 1,
    "name": "s",
    "title": "S",
    "as_of": "2025",
    "issues": {"x": {"title": "x", "options": {"a": "", "b": ""}}},
    "constraints": [{"id": "no-b", "forbid": {"x": "b"}, "scope": "signing"}],
    "parties": {
        p: {"title": p, "salience": {"x": 1}, "utility": {"x": {"a": 0.1, "b": 1}}, "no_deal": {"reservation": 0.5}}
        for p in ("one", "two")
    },
    "negotiation": {"protocol": "shuttle"},
}


def parley(*arguments):
    return subprocess.run([sys.executable, "-m", "sim.cli", *arguments], capture_output=True, text=True, check=False)


def test_the_command_lists_every_single_change_as_data(berlin):
    content = json.loads(parley("zone", BERLIN, "--json").stdout)
    assert content["schema_version"] == 1
    assert [c["path"] for c in content["single_changes"]] == [c.path for c in opening_changes(berlin)]


def test_the_command_answers_the_inverse_question_for_a_named_agreement(berlin):
    named = berlin.space.agreement(0)
    text = ",".join(f"{issue}={option}" for issue, option in named.items())
    content = json.loads(parley("zone", BERLIN, "--agreement", text, "--json").stdout)
    assert content["agreement"] == named
    assert content["acceptable"] is False
    assert [refusal["party"] for refusal in content["refusals"]] == [r.party for r in repair(berlin, 0).refusals]
    words = parley("zone", BERLIN, "--agreement", text)
    assert words.returncode == 0
    assert "Donetsk" in words.stdout
    assert "red line" in words.stdout


def test_a_misspelt_agreement_is_one_line_and_no_traceback():
    done = parley("zone", BERLIN, "--agreement", "donetsk=frozenn")
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "Traceback" not in done.stderr


def test_a_zone_of_one_is_told_in_the_singular():
    from sim.present.zone import zone_sentences

    settings = ["parties.russia.no_deal.reservation=0.6", "negotiation.audience_costs=false"]
    payoffs = sim.Payoffs.of(sim.read_scenario(BERLIN, settings))
    assert zone_sentences(payoffs, Zone.of(payoffs)) == ["1 agreement is acceptable to all who must sign."]
