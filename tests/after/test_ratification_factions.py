"""Ratification by factions and by a vote, on a small scenario worked out by hand."""

from __future__ import annotations

import pytest

import sim
from sim.after.terms import Terms

TEXT = """
schema: 1
name: small
title: Small
as_of: "2025"
issues:
  land: {title: Land, options: {keep: Kept, share: Shared, give: Given}}
  aid: {title: Aid, options: {"no": None, "yes": Some}}
parties:
  north:
    title: North
    salience: {land: 3, aid: 1}
    utility: {land: {keep: 1, share: 0.6, give: 0}, aid: {"no": 0, "yes": 1}}
    no_deal: {reservation: 0.3}
    ratification: {RATIFICATION}
  south:
    title: South
    salience: {land: 1, aid: 1}
    utility: {land: {keep: 0, share: 0.6, give: 1}, aid: {"no": 1, "yes": 0}}
    no_deal: {reservation: 0.3}
negotiation: {protocol: single_text, deadline: 10}
"""


def chance(ratification: str, land: str, aid: str) -> float:
    terms = Terms.of(sim.scenario_from_text(TEXT.replace("{RATIFICATION}", ratification)))
    agreement = terms.space.index_of({"land": land, "aid": aid})
    return float(terms.ratification[agreement, terms.payoffs.column("north")])


FACTIONS = """
      quota: 0.5
      factions:
        doves: {weight: 40, reservation: 0.4}
        hawks: {weight: 35, reservation: 0.7, salience: {land: 9}}
        bankers: {weight: 25, reservation: 0.5, utility: {land: {give: 0.5}}, salience: {land: 1, aid: 1}}
"""


@pytest.mark.parametrize(
    ("land", "aid", "expected"),
    [
        # doves value share+no at .75·.6 = .45 (40); hawks .9·.6 = .54 < .7; bankers .3 < .5: 40 of 100.
        ("share", "no", 0.0),
        # doves .7 (40); hawks .64 < .7; bankers .8 (25): 65 of 100.
        ("share", "yes", 1.0),
        # doves .25; hawks .1; bankers .5·.5 + .5 = .75 (25): 25 of 100.
        ("give", "yes", 0.0),
        # doves .75 (40), hawks .9 (35); bankers .5 (25), exactly on their line: 100 of 100.
        ("keep", "no", 1.0),
    ],
)
def test_a_text_passes_where_enough_factions_accept(land: str, aid: str, expected: float) -> None:
    assert chance(FACTIONS, land, aid) == expected


def test_a_quota_that_is_met_exactly_is_met() -> None:
    assert chance(FACTIONS.replace("quota: 0.5", "quota: 0.65"), "share", "yes") == 1.0
    assert chance(FACTIONS.replace("quota: 0.5", "quota: 0.651"), "share", "yes") == 0.0


def test_the_lowest_of_all_that_applies_counts() -> None:
    text = "{always: 0.9, probability: {land: {share: 0.6}, aid: {'yes': 0.7}}}"
    assert chance(text, "share", "yes") == 0.6
    assert chance(text, "keep", "yes") == 0.7
    assert chance(text, "keep", "no") == 0.9


def test_a_certain_vote_is_a_threshold_at_one_half() -> None:
    text = (
        "{{logistic: {{intercept: 0.0, total: 1.0, parts: {{p: {{table: {{land: {{keep: {x}}}}}}}}}}}, vote_noise: 0}}"
    )
    assert chance(text.format(x=0.1), "keep", "no") == 1.0
    assert chance(text.format(x=0.0), "keep", "no") == 1.0
    assert chance(text.format(x=-0.1), "keep", "no") == 0.0


@pytest.mark.parametrize(
    ("terms", "accept"),
    [
        # KIIS, November–December 2025: the frozen line with guarantees 72 %, withdrawal without them 17 %.
        ({"donetsk": "current_line"}, 0.72),
        ({"donetsk": "ua_withdrawal_ru_admin", "security_framework": "political_assurances"}, 0.17),
    ],
)
def test_the_share_in_ukraine_meets_the_survey_anchors_it_was_fitted_to(terms: dict[str, str], accept: float) -> None:
    berlin = sim.read_scenario("scenarios/berlin-2025/scenario.yaml")
    base = {
        "security_framework": "binding_guarantees_open_door",
        "guarantee_form": "congress_approved",
        "guarantee_content": "plus_air_sea_logistics",
        "automaticity": "individual_decision",
        "donetsk": "current_line",
        "ceasefire_sequence": "ceasefire_at_signature",
        "dmz": "none",
        "monitoring_presence": "us_led_technical",
        "sanctions": "maintain",
    }
    if "security_framework" in terms:
        base |= {
            "guarantee_form": "memorandum",
            "guarantee_content": "consult_and_snapback",
            "sanctions": "phased_snapback",
        }
    table = Terms.of(berlin)
    agreement = table.space.index_of(base | terms)
    from sim.after.ratification import logistic_share

    share = logistic_share(table.tables, "ukraine")[agreement]
    assert share == pytest.approx(accept, abs=0.01)


def test_a_share_in_favour_is_never_taken_for_a_probability() -> None:
    text = "{logistic: {intercept: 0.944, total: 1.0, parts: {p: {table: {land: {keep: 0}}}}}}"
    # 72 % in favour pass a vote with Φ((.72 − .5)/.12), where the scenario gives no noise of its own.
    assert chance(text, "keep", "no") == pytest.approx(0.966, abs=0.001)
    assert chance(text[:-1] + ", vote_noise: 0.2}", "keep", "no") == pytest.approx(0.864, abs=0.001)


def test_in_berlin_1764_agreements_are_more_likely_than_not_to_be_ratified_everywhere() -> None:
    terms = sim.Terms.of(sim.read_scenario("scenarios/berlin-2025/scenario.yaml"))
    assert int((terms.ratification.prod(axis=1) > 0.5).sum()) == 1764
