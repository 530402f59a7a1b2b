"""Moves marked breach count in how long an agreement lasts, lawful ones do not."""

from __future__ import annotations

import json

import numpy as np
import pytest
from click.testing import CliRunner

import sim
from sim.after.violations import breaches_by_moves
from sim.agreements.moves import arcs_of, movers
from sim.commands.aftermath import command
from sim.compliance.model import aftermath, aftermaths
from sim.compliance.record import Aftermath
from sim.compliance.survival import Months, durability, survival

BERLIN = "scenarios/berlin-2025/scenario.yaml"

TEXT = """
schema: 1
name: promise
title: A promise that can be dropped
as_of: "2025"
issues:
  line: {title: Line, options: {hold: Held, yield: Yielded}}
  pact:
    title: Pact
    options: {pact: A pact, none: None}
    moves:
      - {id: drop, parties: [MOVERS], from: pact, to: none, kind: KIND}
parties:
  bear:
    title: Bear
    salience: {line: 1, pact: 0}
    utility: {line: {hold: 0.8, yield: 0.9}, pact: {none: 1, pact: 0}}
    no_deal: {reservation: 0.1}
  fox:
    title: Fox
    salience: {line: 1, pact: 1}
    utility: {line: {hold: 0.7, yield: 0.4}, pact: {none: 0, pact: 1}}
    no_deal: {reservation: 0.1}
  ally:
    title: Ally
    salience: {line: 1, pact: 1}
    utility: {line: {hold: 0.7, yield: 0.4}, pact: {none: 1, pact: 0.5}}
    no_deal: {reservation: 0.1}
negotiation: {protocol: single_text, deadline: 10}
compliance:
  months: 120
  violators: [bear]
  protected: [fox]
  structure: plain
  response_lag: {always: 3}
  hazard: {baseline: {plain: 0}}
"""


def promise(by: str = "ally", kind: str = "breach") -> sim.Terms:
    return sim.Terms.of(sim.scenario_from_text(TEXT.replace("MOVERS", by).replace("KIND", kind)))


def lived(terms: sim.Terms) -> Aftermath:
    return aftermath(terms, terms.space.index_of({"line": "hold", "pact": "pact"}), seed=0)


def test_a_guarantor_that_gains_by_dropping_its_promise_ends_the_agreement() -> None:
    after = lived(promise())
    assert (after.months, after.cause) == (1, "breach")
    violation = after.violations[0]
    assert (violation.violator, violation.called, violation.answered) == ("ally", False, False)
    # The ally gains half of (1 − 0.5), the fox loses half of 1, nothing changes for the bear.
    assert violation.temptation == pytest.approx(0.25)
    assert dict(zip(after.parties, after.loss, strict=True)) == pytest.approx({"ally": -0.25, "bear": 0, "fox": 0.5})
    row = after.row()
    assert row["aftermath.first_cause"] == "breach" and row["aftermath.answered"] is None
    assert row["aftermath.outlasted_12"] is False


def test_a_lawful_change_does_not_end_it_and_nobody_breaches_by_consent_what_one_of_them_would_lose_by() -> None:
    assert not lived(promise(kind="lawful")).ended
    assert not lived(promise(by="ally, fox")).ended
    assert lived(promise(by="ally, bear")).ended is False  # The bear is indifferent.


def test_berlins_breaches_are_those_found_by_trying_every_move() -> None:
    payoffs = sim.Payoffs.of(sim.read_scenario(BERLIN))
    space, utility = payoffs.space, payoffs.utility
    weighed = [payoffs.column("russia"), payoffs.column("ukraine")]
    rows = np.random.default_rng(3).choice(space.n_agreements, 40, replace=False).tolist()
    expected: dict[int, set[str]] = {a: set() for a in rows}
    for mover in movers(payoffs.scenario):
        columns = [payoffs.column(party) for party in mover.parties]
        if columns in ([weighed[0]], [weighed[1]]):
            continue
        arcs = arcs_of(space, mover)
        for start, end, breach in zip(arcs.start.tolist(), arcs.end.tolist(), arcs.breach.tolist(), strict=True):
            if breach and start in expected and all(utility[end, k] > utility[start, k] for k in columns):
                expected[start].add(mover.name)
    found = {a: {b.mover for b in breaches_by_moves(payoffs, a, weighed=weighed)} for a in rows}
    assert found == expected
    assert any(found.values()) and not all(found.values())
    # Some agreements alone, as runs look at them, give the same.
    alone = payoffs.only(np.array(rows))
    for k, a in enumerate(rows):
        few = breaches_by_moves(alone, k, payoffs, weighed=weighed)
        assert [(b.mover, b.leads_to) for b in few] == [
            (b.mover, b.leads_to) for b in breaches_by_moves(payoffs, a, weighed=weighed)
        ]


def test_nobody_violated_it_and_no_text_left_are_never_printed_without_saying_which_question_each_answers() -> None:
    agreement = "pass=shared,guard=absent"
    given = ["scenarios/tutorial-two-by-two/scenario.yaml", "--agreement", agreement, "--moves", "--runs", "20"]
    printed = " ".join(CliRunner().invoke(command, given).stdout.split())
    assert "100 % of runs: nobody violated it" in printed
    assert "still the very text that was signed in 0 % of runs" in printed
    assert "no move marked breach; lawful changes of the terms do not end it" in printed
    assert "It asks another question than survival" in printed and "nobody answers by war" in printed
    plays = json.loads(CliRunner().invoke(command, [*given, "--json"]).stdout)["moves"]["plays"]
    # Myopic, each moves first in some runs: Hill seizes, which is a breach, or Vale calls, which is lawful.
    assert [play["still"] for play in plays] == [0.0, 1.0]
    assert 0.2 < plays[0]["breached"] < 0.8 and plays[1]["breached"] == 0.0


def ended(months: int, cause: str = "hazard") -> Aftermath:
    last = months > 120
    return Aftermath(
        0, 0, 0, 120, min(months, 120), not last, "" if last else cause, (), (), None, None, ("a",), (0.0,), (0.0,)
    )


def test_the_median_and_its_interval_are_those_of_a_library() -> None:
    from statsmodels.stats.proportion import proportion_confint

    months = np.random.default_rng(5).geometric(0.02, 80).tolist()
    curve = survival([ended(m) for m in months])
    assert curve.median.median == sorted(months)[39]
    bounds = [proportion_confint(sum(m > t for m in months), 80, method="wilson") for t in range(121)]
    assert curve.median.low == next(t for t in range(121) if bounds[t][0] <= 0.5)
    assert curve.median.high == next(t for t in range(121) if bounds[t][1] <= 0.5)
    assert survival([ended(121)] * 9).median == Months(None, None, None)


def test_each_cause_has_its_share_and_its_median_month_with_an_interval() -> None:
    from scipy.stats import binom

    runs = [ended(m, "breach") for m in range(1, 41)] + [ended(70)] * 10 + [ended(121)] * 50
    causes = {one.cause: one for one in durability(runs).causes}
    assert {name: one.share for name, one in causes.items()} == {"": 0.5, "breach": 0.4, "hazard": 0.1}
    k = int(binom.ppf(0.025, 40, 0.5))
    assert binom.cdf(k - 1, 40, 0.5) <= 0.025 < binom.cdf(k, 40, 0.5)
    assert causes["breach"].months == Months(20, k, 41 - k)
    assert causes["hazard"].months == Months(70, 70, 70) and causes[""].months is None
    assert causes["breach"].low < 0.4 < causes["breach"].high


def test_in_berlin_breaches_by_moves_end_what_violators_would_keep() -> None:
    # docs/explanation/aftermath.md tells these counts.
    eased = sim.read_scenario(BERLIN, ["parties.russia.no_deal.reservation=0.5", "negotiation.audience_costs=false"])
    terms = sim.Terms.of(eased)
    zone, weighed = terms.payoffs.zone_of_agreement(), np.flatnonzero(terms.violators[0]).tolist()
    kept = zone[~terms.defects(terms.reliability)[zone].any(axis=1)]
    stand = [a for a in kept.tolist() if not breaches_by_moves(terms.payoffs, a, weighed=weighed)]
    assert (len(zone), len(kept), len(stand)) == (810, 104, 13)
    # Were an answered violation never repaired, violators would keep twice as many.
    final = sim.Terms.of(sim.with_settings(eased, {"compliance.repair": None}))
    assert int((~final.defects(final.reliability)[zone].any(axis=1)).sum()) == 206
    first = aftermaths(terms, next(a for a in kept.tolist() if a not in stand), seed=0, runs=3)
    assert {run.cause for run in first} == {"breach"}
