"""The summary of a table of runs, against counts made by hand."""

import math

import pandas as pd
import pytest

import sim
from sim.results.summary import Summary

TEXT = """
schema: 1
name: two
title: Two issues
as_of: "2025"
issues:
  line: {title: Line, options: {front: F, ceded: C}}
  watch: {title: Watch, options: {none: N, some: S}}
parties:
  west:
    title: West
    salience: {line: 1, watch: 1}
    utility: {line: {front: 1, ceded: 0}, watch: {none: 0, some: 1}}
    no_deal: {reservation: 0.3}
  east:
    title: East
    salience: {line: 1, watch: 1}
    utility: {line: {front: 0, ceded: 1}, watch: {none: 1, some: 0}}
    no_deal: {reservation: 0.3}
negotiation: {protocol: shuttle}
"""


def row(world, agreement=None, **more):
    signed = agreement is not None
    labels = {None: ("", ""), 0: ("ceded", "none"), 3: ("front", "some")}[agreement]
    return {
        "run": world,
        "world": world,
        "replication": 0,
        "error": "",
        "message": "",
        "agreed": signed,
        "agreement": agreement,
        "rounds": 10 + world,
        "zone": 2 if signed else 0,
        "natural": True if signed else None,
        "ratified": signed if signed else None,
        "last_refuser": "" if signed else "east",
        "ground": "" if signed else "below no deal: line",
        "reason": "" if signed else "East: worth less than no deal",
        "option.line": labels[0],
        "option.watch": labels[1],
        "margin.west": 0.1 * world if signed else None,
        "margin.east": 0.2 if signed else None,
    } | more


@pytest.fixture
def table():
    rows = [row(0, 3), row(1, 0), row(2), row(3, 3), row(4, error="ValueError", agreed=None, message="broken")]
    frame = pd.DataFrame(rows)
    return frame.astype({"agreement": "Int32", "agreed": "boolean", "ratified": "boolean", "zone": "Int32"})


@pytest.fixture
def summary(table):
    return Summary.of(table, sim.scenario_from_text(TEXT))


def test_failed_runs_are_counted_and_left_out_of_shares(summary):
    assert (summary.runs, summary.failed) == (5, 1)
    assert summary.agreed.estimate == 0.75


def test_agreements_come_most_frequent_first_with_their_range_of_margins(summary):
    first, second = summary.agreements
    assert (first.index, first.runs, first.agreement) == (3, 2, {"line": "front", "watch": "some"})
    assert first.margins["west"] == pytest.approx((0.0, 0.3))
    assert second.runs == 1


def test_term_shares_are_of_signed_agreements_only(summary):
    shares = {(term.issue, term.option): term.share for term in summary.terms}
    assert shares == pytest.approx({("line", "front"): 2 / 3, ("line", "ceded"): 1 / 3,
                                    ("watch", "some"): 2 / 3, ("watch", "none"): 1 / 3})  # fmt: skip


def test_refusals_name_party_and_reason(summary):
    (refusal,) = summary.refusals
    assert (refusal.party, refusal.runs, refusal.grounds) == ("east", 1, (("below no deal: line", 1),))


def test_wilson_interval_of_three_in_four(summary):
    # Wilson 1927: 3 of 4 at 95 % is 0.301 to 0.954.
    assert (summary.agreed.low, summary.agreed.high) == pytest.approx((0.3006, 0.9544), abs=5e-4)


def test_a_batch_without_agreement_has_no_median_and_no_terms(table):
    empty = Summary.of(table[table["world"] == 2], sim.scenario_from_text(TEXT))
    assert math.isnan(empty.rounds)
    assert (empty.agreements, empty.terms) == ((), ())


def test_every_stage_counts_a_part_of_the_one_before_of_all_runs_and_of_those_before():
    rows = [row(k, 3 if k < 6 else None) for k in range(10)]
    for k, one in enumerate(rows):
        one["zone"] = 1 if k < 8 else 0
        one["ratified"] = k < 4 if k < 6 else None
        one["aftermath.outlasted_12"] = k < 3 if k < 4 else None
        one["aftermath.outlasted_60"] = k < 1 if k < 4 else None
        one["aftermath.outlasted_120"] = None
    found = Summary.of(pd.DataFrame(rows), sim.scenario_from_text(TEXT)).stages
    assert [(stage.name, stage.runs) for stage in found] == [
        ("something to sign", 8),
        ("signed", 6),
        ("ratified everywhere", 4),
        ("in force after 12 months", 3),
        ("in force after 60 months", 1),
    ]
    assert found[0].of_before is None and found[3].share.estimate == 0.3
    assert found[3].of_before is not None and found[3].of_before.estimate == 0.75
    assert found[3].of_before.low < 0.75 < found[3].of_before.high
