"""What is particular to each protocol: texts, stages, tie rules, the compiled search."""

from __future__ import annotations

import json

import numpy as np
import pytest

import sim
from sim.after.terms import Terms
from sim.negotiation.agenda import Agenda
from sim.negotiation.clock import Clock
from sim.negotiation.drafting import ACROSS_A_LINE, best_draft, joined
from sim.negotiation.model import negotiate
from sim.negotiation.private import NEVER, PrivatePayoffs

BERLIN = "scenarios/berlin-2025/scenario.yaml"


def plain_key(draft, net, needed, asked, way, tabled, mediator) -> tuple[int, int, int, int]:
    total = 0
    for i in range(len(net)):
        if not needed[i, draft] or net[i, draft] >= asked[i]:
            continue
        tenths = min(10, -((net[i, draft] - asked[i]) * 10 // way[i]))
        total += (ACROSS_A_LINE if net[i, draft] == NEVER else tenths) ** 2
    mine = 0 if mediator < 0 else -int(net[mediator, draft])
    return total, int(tabled[draft]), mine, draft


def test_the_compiled_search_for_a_draft_equals_its_plain_form() -> None:
    rng = np.random.default_rng(0)
    for _ in range(200):
        n, m = int(rng.integers(1, 5)), 40
        net = rng.integers(0, 30, (n, m)) * 10
        net[rng.random((n, m)) < 0.1] = NEVER
        needed = rng.random((n, m)) < 0.9
        asked, way = rng.integers(50, 250, n), rng.integers(1, 300, n)
        tabled = rng.integers(0, 3, m)
        drafts, waiting = rng.integers(-1, m, 15), rng.integers(0, m, 4)
        mediator = int(rng.integers(-1, n))

        given = (net, needed, asked, way, tabled, mediator)
        free = [d for d in drafts.tolist() if d >= 0 and d not in waiting.tolist()]
        expected = min(free, key=lambda d, g=given: plain_key(d, *g)) if free else -1
        assert best_draft(net, needed, asked, way, drafts, tabled, waiting, mediator) == expected


def test_joined_changes_are_the_texts_that_take_both() -> None:
    terms = Terms.of(sim.read_scenario(BERLIN))
    agenda = Agenda.of(terms)
    rng = np.random.default_rng(1)
    for text in rng.integers(0, agenda.n_texts, 25).tolist():
        near = agenda.neighbours(text)
        apart = (agenda.options[near] != agenda.options[text]).sum(axis=1)
        assert (apart == 1).all()
        changed = rng.choice(near, min(6, len(near)), replace=False)
        found = agenda.combined(text, changed)
        for place in found[found >= 0]:
            both = agenda.options[place] != agenda.options[text]
            assert both.sum() == 2
            parts = [k for k in changed if (agenda.options[k] != agenda.options[text])[both].any()]
            assert any((agenda.options[place][both] == agenda.options[k][both]).any() for k in parts)
    assert joined.py_func is not joined


def test_a_single_text_ends_where_no_issue_can_help_without_hurting() -> None:
    scenario = sim.read_scenario(BERLIN, ["negotiation.protocol=single_text", "parties.russia.no_deal.reservation=0.3"])
    for index in range(4):
        terms = Terms.of(sim.draw_world(scenario, 0, index))
        outcome = negotiate(terms, 0, trace=True)
        agenda = Agenda.of(terms)
        final = next(event.agreement for event in reversed(outcome.trace) if event.kind == "vote")
        votes = [event for event in outcome.trace if event.kind == "vote"]
        assert len(votes) == 1
        if outcome.rounds == 52:
            continue
        text = int(agenda.place[final])
        from sim.negotiation.private import private_payoffs

        own = private_payoffs(
            terms, agenda, reservation=terms.payoffs.reservation, lowest=terms.payoffs.reservation, pressed=True
        )
        for other in agenda.neighbours(text):
            gains = [int(p.net[other]) - int(p.net[text]) for p in own]
            assert min(gains) < 0 or max(gains) == 0


def test_equals_are_broken_by_label_not_by_place_in_the_file() -> None:
    net = np.array([5, 9, 9, 7, 7, 9], dtype=np.int64)
    own = PrivatePayoffs("a", net.copy(), net.copy(), np.ones(6, dtype=np.bool_), 6)
    assert own.favourite() == 1
    assert own.least_at(0) == 3
    assert own.least_at(8) == 1
    assert own.least_at(10) is None
    # Ascending by worth; a band takes in all ties with its last text, and the next one where none is in it.
    assert own.band_at(6, 8, 1).tolist() == [4, 3]
    assert sorted(own.band_at(8, 8, 1).tolist()) == [1, 2, 5]


def stages(**changes) -> sim.Scenario:
    options = {"yes": "Yes", "no": "No"}
    issues = {name: {"title": name.title(), "options": options} for name in ("ceasefire", "status")}
    parties = {
        "a": ({"yes": 0.9, "no": 0.1}, {"yes": 1.0, "no": 0.2}, 0.3),
        "b": ({"yes": 0.8, "no": 0.2}, {"yes": 0.0, "no": 0.9}, 0.3),
    }
    data = {
        "schema": 1,
        "name": "stages",
        "title": "Stages",
        "as_of": "2025",
        "issues": issues,
        "parties": {
            name: {
                "title": name.upper(),
                "salience": {"ceasefire": 1.0, "status": 1.0},
                "utility": {"ceasefire": first, "status": second},
                "no_deal": {"reservation": r},
            }
            for name, (first, second, r) in parties.items()
        },
        "negotiation": {
            "protocol": "shuttle",
            "deadline": 10,
            "stages": {
                "truce": {"title": "Truce", "issues": ["ceasefire"], "deadline": 6, "meanwhile": {"status": "no"}},
                "peace": {"title": "Peace", "issues": ["status"], "deadline": 9},
            },
        },
    }
    data["negotiation"] |= changes
    return sim.scenario_from_text(json.dumps(data))


def test_what_a_stage_signed_stands_where_the_next_one_fails() -> None:
    scenario = stages()
    terms = Terms.of(scenario)
    outcome = negotiate(terms, 0, trace=True)
    # "no" on status stands meanwhile; a wants yes, b would lose by it, so the second stage keeps it.
    assert outcome.agreement is not None
    assert terms.space.agreement(outcome.agreement) == {"ceasefire": "yes", "status": "no"}
    assert [stage.name for stage in outcome.stages] == ["truce", "peace"]
    assert outcome.stages[0].agreement == outcome.agreement
    assert [event.note for event in outcome.trace if event.kind == "stage"] == ["Truce", "Peace"]
    rounds = [event.round for event in outcome.trace]
    assert rounds == sorted(rounds)
    # Margins are over war, not over the truce.
    assert outcome.margin("a") == 250_000_000


def test_without_a_first_stage_there_is_no_second() -> None:
    scenario = sim.with_settings(stages(), {"parties.b.no_deal.reservation": 0.9})
    outcome = negotiate(Terms.of(scenario), 0)
    assert outcome.agreement is None
    assert [stage.name for stage in outcome.stages] == ["truce"]
    assert outcome.last_refuser == "b"


def test_a_stage_says_what_stands_meanwhile() -> None:
    broken = {"truce": {"issues": ["ceasefire"], "deadline": 6}, "peace": {"issues": ["status"], "deadline": 9}}
    with pytest.raises(sim.ScenarioError, match="says nothing on status, which a later stage settles"):
        stages(stages=broken)


def test_a_veto_goes_with_a_quota() -> None:
    with pytest.raises(sim.ScenarioError, match="'veto' goes with 'quota'"):
        stages(veto=["a"])
    with pytest.raises(sim.ScenarioError, match="asks for 5 signatures of 2 parties"):
        stages(quota=5)


def test_the_mediators_interests_decide_among_equals() -> None:
    base = {"parties.russia.no_deal.reservation": 0.3, "parties.ukraine.no_deal.reservation": 0.3}
    scenario = sim.with_settings(sim.read_scenario(BERLIN), base)
    texts = {}
    for mediator in ("us", "poland"):
        terms = Terms.of(sim.with_settings(scenario, {"negotiation.mediator": mediator}))
        outcome = negotiate(terms, 0)
        assert outcome.agreement is not None
        texts[mediator] = outcome.agreement
    us = terms.payoffs.column("us")
    assert terms.payoffs.worth[texts["us"], us] >= terms.payoffs.worth[texts["poland"], us]


def test_the_clock_runs_from_nought_to_one() -> None:
    assert [Clock(k, 5).elapsed for k in range(5)] == [0.0, 0.25, 0.5, 0.75, 1.0]
    assert Clock(0, 1).elapsed == 1.0 and Clock(0, 1).is_last


@pytest.mark.parametrize("reservation", [0.4, 0.05])
def test_a_stage_does_not_look_ahead_to_what_a_later_one_would_add(reservation: float) -> None:
    # Worth to A and B of line and status, half and half: east .5 and .1, west .1 and .5; shared adds .5 to both.
    def party(east: float, west: float) -> dict:
        return {
            "title": "P",
            "salience": {"line": 0.5, "status": 0.5},
            "utility": {"line": {"east": east, "west": west}, "status": {"open": 0.0, "shared": 1.0}},
            "no_deal": {"reservation": reservation},
        }

    data = {
        "schema": 1,
        "name": "steps",
        "title": "Steps",
        "as_of": "2025",
        "issues": {
            "line": {"title": "Line", "options": {"east": "", "west": ""}},
            "status": {"title": "Status", "options": {"open": "", "shared": ""}},
        },
        "parties": {"a": party(1.0, 0.2), "b": party(0.2, 1.0)},
        "negotiation": {
            "protocol": "alternating_offers",
            "opener": "a",
            "stages": {
                "truce": {"title": "T", "issues": ["line"], "deadline": 6, "meanwhile": {"status": "open"}},
                "peace": {"title": "P", "issues": ["status"], "deadline": 6},
            },
        },
    }
    outcome = negotiate(Terms.of(sim.scenario_from_text(json.dumps(data))), 0)
    if reservation == 0.4:
        # Each truce is worth .1 to one of them, and war .4: no truce, though east and shared are worth 1 and .6.
        assert outcome.agreement is None and [stage.name for stage in outcome.stages] == ["truce"]
    else:
        # Where war is worth less than any truce, one is signed, and then what adds .5 to both.
        assert outcome.agreement is not None and [stage.name for stage in outcome.stages] == ["truce", "peace"]
        assert sorted(outcome.margins) == [550_000_000, 950_000_000]
