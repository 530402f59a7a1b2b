"""The months after ratification: limits in which the answer is known, and what must never change."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import sim
from sim.after.terms import Terms
from sim.after.violations import breaches_by_moves
from sim.agreements.payoffs import SCALE
from sim.compliance.chance import Chance
from sim.compliance.conditions import Conditions
from sim.compliance.model import aftermath, aftermaths, live
from sim.compliance.record import CAUSES, COLUMNS
from sim.compliance.survival import product_limit, survival
from tests.compliance.aftermath_scenarios import at, two_sides
from tests.golden.golden_package import golden_index

BERLIN = "scenarios/berlin-2025/scenario.yaml"


def unbreached(terms: Terms, agreements: np.ndarray) -> np.ndarray:
    """Those from which no move marked breach pays its movers, beside what violators weigh against war."""
    weighed = np.flatnonzero(terms.violators[0]).tolist()
    return np.array([a for a in agreements.tolist() if not breaches_by_moves(terms.payoffs, a, weighed=weighed)])


@pytest.fixture(scope="module")
def berlin() -> Terms:
    """With Russia's reservation at .5, where some agreements are kept and some broken."""
    settings = ["parties.russia.no_deal.reservation=0.5", "negotiation.audience_costs=false"]
    return Terms.of(sim.read_scenario(BERLIN, settings))


@pytest.fixture(scope="module")
def kept(berlin: Terms) -> int:
    """An agreement of the zone that nobody would break or breach at signature."""
    zone = unbreached(berlin, berlin.payoffs.zone_of_agreement())
    margin = (berlin.payoffs.utility - berlin.value_of_defection(berlin.reliability))[zone]
    least = np.where(berlin.violators[zone], margin, np.iinfo(np.int64).max).min(axis=1)
    return int(zone[least.argmax()])


# --- the limit without shocks ------------------------------------------------------------------------


def test_without_shocks_the_simulated_decision_flips_exactly_at_the_critical_reliability() -> None:
    base = {"compliance__guarantees": {"members": []}}
    terms = Terms.of(two_sides(**base))
    a, bear = at(terms, line="hold", pact="pact"), terms.payoffs.column("bear")
    q_star = float(terms.critical_reliability[a, bear])
    assert 0.05 < q_star < 0.95
    for q in (q_star - 1e-6, q_star + 1e-6):
        changed = Terms.of(two_sides(**base, compliance__reliability={"probability": {"pact": {"pact": q}}}))
        first = aftermath(changed, a, seed=0).first
        if q < q_star:
            assert first is not None
            assert (first.month, first.violator, first.cause) == (1, "bear", "calculation")
        else:
            assert first is None


def test_every_agreement_of_berlin_is_broken_at_once_or_not_as_the_exact_test_says(berlin: Terms) -> None:
    quiet = sim.with_settings(berlin.scenario, {"compliance.shock_sd": 0, "compliance.months": 1})
    terms = Terms.of(quiet)
    defects = terms.defects(terms.reliability)
    rows = np.random.default_rng(4).choice(terms.payoffs.zone_of_agreement(), 150, replace=False).tolist()
    assert 20 < defects[rows].any(axis=1).sum() < 145
    quiet_of_breaches = set(unbreached(terms, np.array(rows)).tolist())
    assert 20 < len(quiet_of_breaches) < 145
    for a in rows:
        first = aftermath(terms, a, seed=1).first
        assert (first is not None) == (bool(defects[a].any()) or a not in quiet_of_breaches)
        if first is not None and first.cause != "breach":
            assert defects[a, terms.payoffs.column(first.violator)] and first.cause == "calculation"
        elif first is not None:
            assert a not in quiet_of_breaches


def test_the_worked_packages_are_kept_and_broken_as_published(golden: Any, golden_case: dict[str, Any]) -> None:
    # One month, and reliability as assumed: the case decides with its own table, not with what guarantors would do.
    settings = {"compliance.months": 1, "compliance.guarantees.members": []}
    terms = Terms.of(sim.with_settings(golden, settings))
    for package in golden_case["packages"]:
        test, a = package["tests"]["T5_self_enforcement"], golden_index(terms, package)
        first = aftermath(terms, a, seed=0).first
        assert (first is None) is test["ok"]
        if first is not None:
            assert first.temptation == pytest.approx(-test["margin"][first.violator], abs=2e-6)
            assert test["margin"][first.violator] < 0


# --- repeated prisoner's dilemma ---------------------------------------------------------------------

PD = """
schema: 1
name: dilemma
title: Repeated prisoner's dilemma
as_of: "2025"
issues: {{play: {{title: Play, options: {{both: Both cooperate, war: Both defect}}}}}}
parties:
  row: &row
    title: Row
    salience: {{play: 1}}
    utility: {{play: {{both: {R}, war: {P}}}}}
    no_deal: {{reservation: {P}}}
    discount_rate: {rate}
    after: {{level_during_lag: {g}, response: {{violator_always: {hurt}}}}}
  column:
    title: Column
    salience: {{play: 1}}
    utility: {{play: {{both: {R}, war: {P}}}}}
    no_deal: {{reservation: {P}}}
negotiation: {{protocol: single_text, deadline: 10}}
compliance:
  months: 24
  violators: [row]
  response_lag: {{always: 12}}
  reliability: {{probability: {{play: {{both: {q}, war: {q}}}}}}}
"""


def breaks_the_dilemma(t: float, r: float, p: float, delta: float, credibility: float = 0.0, cost: float = 0.0) -> bool:
    """Whether the row player defects; payoffs are put on a 0–1 scale, one period is a year.

    A guarantor's one-off punishment K in the period of defection, with probability π, is worth
    (1 − δ) π K a period, which is what it takes off the level during the lag.
    """
    scale = 10.0
    text = PD.replace("&row\n", "\n").format(
        R=r / scale,
        P=p / scale,
        rate=1 / delta - 1,
        g=(t - credibility * cost) / scale,
        hurt=0.0,
        q=0.0,
    )
    terms = Terms.of(sim.scenario_from_text(text))
    return aftermath(terms, terms.space.index_of({"play": "both"}), seed=0).first is not None


@pytest.mark.parametrize(("t", "r", "p"), [(4, 3, 1), (5, 3, 1), (5, 4, 2)])
def test_the_repeated_dilemma_flips_at_the_grim_trigger_threshold(t: float, r: float, p: float) -> None:
    # Friedman 1971: cooperation holds iff δ ≥ (T − R)/(T − P).
    threshold = (t - r) / (t - p)
    assert breaks_the_dilemma(t, r, p, threshold - 1e-6)
    assert not breaks_the_dilemma(t, r, p, threshold + 1e-6)


@pytest.mark.parametrize(("credibility", "published"), [(0.0, 1 / 3), (0.3, 1 / 6)])
def test_the_repeated_dilemma_with_a_guarantor_flips_at_its_threshold(credibility: float, published: float) -> None:
    # δ* = (T − R − πK)/(T − P − πK), with T, R, P = 4, 3, 1 and K = 2.
    threshold = (4 - 3 - credibility * 2) / (4 - 1 - credibility * 2)
    assert threshold == pytest.approx(published)
    assert breaks_the_dilemma(4, 3, 1, threshold - 1e-6, credibility, 2)
    assert not breaks_the_dilemma(4, 3, 1, threshold + 1e-6, credibility, 2)


def test_with_a_guarantor_credible_enough_cooperation_holds_at_any_patience() -> None:
    # T − R ≤ πK: δ* = 0.
    assert not breaks_the_dilemma(4, 3, 1, 0.02, 0.51, 2)


# --- hazard ------------------------------------------------------------------------------------------


def test_a_constant_hazard_gives_an_exponential_curve_within_its_interval() -> None:
    terms = Terms.of(two_sides(compliance__hazard__baseline__plain=0.12, compliance__deterrence={"effect": 1}))
    a = at(terms, line="yield", pact="none")
    runs = aftermaths(terms, a, seed=3, runs=3000)
    assert {run.cause for run in runs} == {"", "hazard"}
    curve = survival(runs)
    exact = np.exp(-0.01 * np.arange(121))
    outside = ((exact < curve.low) | (exact > curve.high)).mean()
    # Month by month 95 % intervals; neighbouring months share their runs, so misses come in stretches.
    assert outside < 0.15
    assert abs(curve.share - exact).max() < 1.63 / math.sqrt(3000), "Kolmogorov–Smirnov, 1 % level"


def test_the_first_months_are_more_dangerous_and_incidents_add_what_they_should() -> None:
    flat = two_sides(compliance__hazard__baseline__plain=0.12)
    loaded = sim.with_settings(flat, {"compliance.hazard.front_loading": {"months": 6, "factor": 3}})
    tense = sim.with_settings(flat, {"compliance.hazard.incidents": {"per_month": 0.5, "factor": 5}})
    for scenario, month, expected in (
        (flat, 6, math.exp(-0.06)),
        (loaded, 6, math.exp(-0.18)),
        (loaded, 12, math.exp(-0.24)),
        (tense, 12, ((math.exp(-0.01) + math.exp(-0.05)) / 2) ** 12),
    ):
        terms = Terms.of(scenario)
        runs = aftermaths(terms, at(terms, line="yield", pact="none"), seed=5, runs=1500)
        share, low, high = survival(runs).at(month) or (0, 0, 0)
        assert abs(share - expected) < 3.3 * math.sqrt(expected * (1 - expected) / 1500), (month, share, low, high)
    assert {"hazard", "incident"} <= {run.cause for run in runs}


def test_an_imposed_agreement_breaks_sooner_with_the_same_luck() -> None:
    terms = Terms.of(two_sides(compliance__hazard={"baseline": {"plain": 0.1}, "imposed": {"plain": 1.7}}))
    a = at(terms, line="yield", pact="none")
    natural = aftermaths(terms, a, seed=1, runs=500)
    imposed = aftermaths(terms, a, seed=1, runs=500, natural=False)
    assert all(i.months <= n.months for i, n in zip(imposed, natural, strict=True))
    assert sum(i.months for i in imposed) < sum(n.months for n in natural)


# --- guarantors --------------------------------------------------------------------------------------


@pytest.mark.parametrize("rule", ["individual", "timetable", "automatic", "consensus", "veto"])
def test_the_frequency_of_answers_approaches_what_is_derived_exactly(rule: str) -> None:
    scenario = two_sides(
        compliance__months=1,
        compliance__guarantees__rule={"line": {"hold": rule, "yield": rule}},
        parties__bear__after__response__violator_always=0.0,
    )
    terms = Terms.of(scenario)
    a, bear = at(terms, line="hold", pact="pact"), terms.payoffs.column("bear")
    n = 3000
    runs = aftermaths(terms, a, seed=2, runs=n)
    firsts = [run.first for run in runs]
    assert all(first is not None and first.violator == "bear" and first.called for first in firsts)
    exact = float(terms.reliability_derived[a, bear])
    simulated = sum(first.answered for first in firsts if first) / n
    assert abs(simulated - exact) < 3.3 * math.sqrt(exact * (1 - exact) / n) + 1e-12
    if rule == "veto":
        assert simulated == 0 and not any(first.joined for first in firsts if first)
        return
    decisions = terms.decisions
    for k, name in enumerate(decisions.members):
        joined = sum(name in first.joined for first in firsts if first) / n
        chance = float(decisions.joins[decisions.group[a], k])
        assert abs(joined - chance) < 3.3 * math.sqrt(chance * (1 - chance) / n)


def test_in_berlin_the_frequency_of_answers_approaches_what_is_derived_exactly() -> None:
    terms = Terms.of(sim.read_scenario(BERLIN))
    russia = terms.payoffs.column("russia")
    for a in terms.payoffs.nearest(5).tolist():
        runs = aftermaths(terms, a, seed=8, runs=1600)
        firsts = [run.first for run in runs if run.first is not None and run.first.month == 1]
        assert len(firsts) == 1600
        # Where several would break it, any comes first; against Ukraine guarantors need only withhold.
        calls = [first for first in firsts if first.violator == "russia"]
        assert len(calls) > 300
        exact = float(terms.reliability_derived[a, russia])
        simulated = sum(call.answered for call in calls) / len(calls)
        assert abs(simulated - exact) < 3.3 * math.sqrt(exact * (1 - exact) / len(calls))


def test_guarantors_answer_a_violator_and_only_withhold_from_the_one_they_protect() -> None:
    scenario = two_sides(
        compliance__violators=["fox"],
        parties__fox__after__respite=0.9,
        compliance__reliability__probability__pact__pact=0.6,
        compliance__months=1,
    )
    terms = Terms.of(scenario)
    runs = aftermaths(terms, at(terms, line="hold", pact="pact"), seed=0, runs=2000)
    firsts = [run.first for run in runs if run.first is not None]
    assert len(firsts) == 2000 and not any(first.called or first.joined for first in firsts)
    assert abs(sum(first.answered for first in firsts) / 2000 - 0.6) < 0.04
    assert all(not any(run.guarantee_cost) for run in runs)


def test_joining_costs_what_was_drawn_and_reneging_the_penalty() -> None:
    scenario = two_sides(compliance__months=1, parties__bear__after__response__violator_always=0.0)
    terms = Terms.of(scenario)
    a = at(terms, line="hold", pact="pact")
    ally = terms.payoffs.column("ally")
    for run in aftermaths(terms, a, seed=0, runs=200):
        assert run.first is not None
        spent = run.guarantee_cost[ally]
        if "ally" in run.first.joined:
            # It honours iff stake × effect + penalty ≥ cost, so no cost paid is above .4 + .2.
            assert 0 <= spent <= 0.6
        else:
            assert spent == pytest.approx(0.2)


def test_a_guarantor_that_changes_course_is_not_counted_on_afterwards() -> None:
    scenario = two_sides(
        parties__ally__guarantor__reversal_hazard=0.6,
        parties__friend__guarantor__reversal_hazard=0.6,
        compliance__shock_sd=0.05,
    )
    terms = Terms.of(scenario)
    a = at(terms, line="hold", pact="pact")
    gone_at_call = 0
    for run in aftermaths(terms, a, seed=0, runs=300):
        gone = dict(run.reversals)
        for violation in run.violations:
            for name, month in gone.items():
                if month <= violation.month:
                    gone_at_call += 1
                    assert name not in violation.joined
    assert gone_at_call > 50


def test_a_transfer_of_power_doubles_the_hazard_of_a_change_of_course() -> None:
    scenario = two_sides(parties__ally__guarantor__reversal_hazard=0.12, parties__ally__guarantor__transition_month=37)
    terms = Terms.of(scenario)
    conditions = Conditions.of(terms, at(terms, line="yield", pact="pact"))
    months = [dict(live(conditions, 0, k).reversals).get("ally", 0) for k in range(4000)]
    before = sum(31 <= month < 37 for month in months) / sum(month == 0 or month >= 31 for month in months)
    during = sum(37 <= month < 43 for month in months) / sum(month == 0 or month >= 37 for month in months)
    assert before == pytest.approx(1 - math.exp(-0.06), abs=0.02)
    assert during == pytest.approx(1 - math.exp(-0.12), abs=0.02)


# --- repair, power, luck -----------------------------------------------------------------------------


def test_a_violation_is_repaired_only_if_answered_and_all_belligerents_then_prefer_peace() -> None:
    hot = {"compliance__shock_sd": 0.08, "compliance__repair": {"months": 3}}
    terms = Terms.of(two_sides(**hot))
    a = at(terms, line="hold", pact="pact")
    violations = [v for run in aftermaths(terms, a, seed=0, runs=200) for v in run.violations]
    assert any(v.repaired for v in violations) and any(not v.repaired for v in violations)
    assert all(v.repaired == v.answered for v in violations)
    # Once war with guarantors is worth more to the victim than the agreement, it fights on.
    proud = Terms.of(two_sides(**hot, parties__fox__after__response__victim_always=0.9))
    fought = [v for run in aftermaths(proud, a, seed=0, runs=200) for v in run.violations]
    assert any(v.answered for v in fought) and not any(v.repaired for v in fought)


def test_after_a_repaired_violation_the_months_of_lag_and_repair_pass() -> None:
    terms = Terms.of(two_sides(compliance__shock_sd=0.1, compliance__repair={"months": 1.5}))
    runs = aftermaths(terms, at(terms, line="hold", pact="pact"), seed=0, runs=200)
    gaps = [
        later.month - earlier.month
        for run in runs
        for earlier, later in zip(run.violations, run.violations[1:], strict=False)
    ]
    # The lag of three months, and of the repair the second month is begun.
    assert gaps and min(gaps) == 5


def test_rising_power_turns_a_kept_agreement_into_a_broken_one_in_the_month_it_pays() -> None:
    power = {"rising": "bear", "declining": "fox", "probability": 0.5, "change": 0.06, "destroyed": 0.2}
    terms = Terms.of(two_sides(compliance__power_shift=power))
    a, bear = at(terms, line="hold", pact="pact"), terms.payoffs.column("bear")
    margin = (terms.payoffs.utility - terms.value_of_defection(terms.reliability))[a, bear] / SCALE
    assert margin > 0
    # (1 − κ) Δ / 12 a month, discounted by the lag, on both w^N and w^R.
    monthly = 0.8 * 0.06 / 12 * float(terms.lag_discount[a, bear])
    expected = math.floor(margin / monthly) + 2
    first = aftermath(terms, a, seed=0).first
    assert first is not None and first.month == expected


def test_higher_reliability_never_shortens_survival_of_a_deterred_violator(berlin: Terms) -> None:
    scenario = sim.with_settings(
        berlin.scenario,
        {
            "compliance.guarantees.members": [],
            "compliance.power_shift.change": 0,
            "compliance.shock_sd": 0.004,
        },
    )
    low = Terms.of(scenario)
    high = Terms.of(sim.with_settings(scenario, {"compliance.deterrence.effect": 1.4}))
    russia = low.payoffs.column("russia")
    margin = (low.payoffs.utility - low.value_of_defection(low.reliability))[:, russia] / SCALE
    zone = unbreached(low, low.payoffs.zone_of_agreement())
    ahead = (high.payoffs.utility - high.value_of_defection(high.reliability))[:, russia] / SCALE
    # Deterred at the higher reliability by more than shocks reach in ten years; at the lower one some are not.
    deterred = zone[ahead[zone] > 0.02]
    rows = np.concatenate([deterred[margin[deterred] <= 0.02][:12], deterred[margin[deterred] > 0.02][:4]]).tolist()
    longer = shorter = 0
    for a in rows:
        for before, after in zip(
            aftermaths(low, a, seed=6, runs=60), aftermaths(high, a, seed=6, runs=60), strict=True
        ):
            longer += after.months > before.months
            shorter += after.months < before.months
    assert shorter == 0
    assert longer > 100


def test_living_through_every_month_gives_the_same_record(berlin: Terms) -> None:
    for a in berlin.payoffs.zone_of_agreement()[::90].tolist():
        assert aftermaths(berlin, a, seed=4, runs=40) == aftermaths(berlin, a, seed=4, runs=40, every_month=True)


def test_the_same_seed_gives_the_same_record_and_each_replication_its_own_luck(berlin: Terms, kept: int) -> None:
    runs = aftermaths(berlin, kept, seed=0, runs=20)
    assert runs[13] == aftermath(berlin, kept, seed=0, replication=13)
    assert len({run.months for run in runs}) > 5
    assert runs != aftermaths(berlin, kept, seed=1, runs=20)


def test_a_longer_horizon_leaves_the_earlier_months_as_they_were(berlin: Terms, kept: int) -> None:
    long = aftermaths(berlin, kept, seed=0, runs=60)
    short_terms = Terms.of(sim.with_settings(berlin.scenario, {"compliance.months": 24}))
    for far, near in zip(long, aftermaths(short_terms, kept, seed=0, runs=60), strict=True):
        assert near.months == min(far.months, 24)
        assert near.violations == tuple(v for v in far.violations if v.month <= 24)


def test_worlds_have_luck_of_their_own() -> None:
    scenario = sim.read_scenario(BERLIN)
    one, two = (Chance.draw(sim.draw_world(scenario, 0, k), 0, 0, 12) for k in (0, 1))
    assert not np.isclose(one.shock, two.shock).any()


def test_the_record_becomes_a_row_with_the_declared_columns(berlin: Terms, kept: int) -> None:
    kinds = {"int32": int, "float64": float, "bool": bool, "string": str}
    optional = {f"aftermath.{name}" for name in ("outlasted_12", "outlasted_60", "outlasted_120", "first_month")}
    optional |= {"aftermath.temptation", "aftermath.answered"}
    for run in aftermaths(berlin, kept, seed=0, runs=30):
        row = run.row()
        for name, kind, _ in COLUMNS:
            assert (row[name] is None and name in optional) or type(row[name]) is kinds[kind], name
        per_party = {f"aftermath.{what}.{party}" for what in ("loss", "guarantee_cost") for party in run.parties}
        assert set(row) == {name for name, _, _ in COLUMNS} | per_party
        assert run.cause in ("", *CAUSES) and run.ended == bool(run.cause)
        assert 1 <= run.months <= run.horizon == 120
        assert run.ended or not any(run.loss)


def test_losses_are_the_fall_from_the_agreement_to_the_war_that_came() -> None:
    terms = Terms.of(two_sides(compliance__months=1, parties__bear__after__response__violator_always=0.0))
    a = at(terms, line="hold", pact="pact")
    bear, fox = terms.payoffs.column("bear"), terms.payoffs.column("fox")
    for run in aftermaths(terms, a, seed=0, runs=50):
        assert run.first is not None and run.ended
        # bear .5 − (.4 + .2); fox .7 − .3, or .7 − .4 where it is helped.
        assert run.loss[bear] == pytest.approx(-0.1)
        assert run.loss[fox] == pytest.approx(0.3 if run.first.answered else 0.4)


# --- survival curves ---------------------------------------------------------------------------------


def test_the_product_limit_equals_that_of_two_libraries() -> None:
    import warnings

    from statsmodels.duration.survfunc import SurvfuncRight

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from lifelines import KaplanMeierFitter

    rng = np.random.default_rng(0)
    months = rng.integers(1, 40, 120)
    ended = rng.random(120) < 0.6
    ours = product_limit(months.tolist(), ended.tolist())
    theirs = KaplanMeierFitter().fit(months, ended).survival_function_at_times(np.arange(len(ours))).to_numpy()
    np.testing.assert_allclose(ours, theirs, atol=1e-12)
    other = SurvfuncRight(months, ended.astype(int))
    np.testing.assert_allclose(ours[other.surv_times.astype(int)], other.surv_prob, atol=1e-12)


def test_the_band_is_wilsons_and_widens_by_world_where_worlds_are_replicated(berlin: Terms, kept: int) -> None:
    from statsmodels.stats.proportion import proportion_confint

    runs = aftermaths(berlin, kept, seed=0, runs=60)
    curve = survival(runs)
    for month in (1, 6, 24, 120):
        low, high = proportion_confint(sum(run.outlasted(month) for run in runs), 60, method="wilson")
        assert curve.at(month) == pytest.approx((sum(run.outlasted(month) for run in runs) / 60, low, high))
    assert curve.at(121) is None
    # Ten copies of each of six runs are six draws, not sixty.
    copies = [run for run in runs[:6] for _ in range(10)]
    by_world = survival(copies, [k for k in range(6) for _ in range(10)])
    month = int(np.argmin(abs(by_world.share - 0.5)))
    assert by_world.method == "bootstrap by world"
    assert by_world.high[month] - by_world.low[month] > survival(copies).high[month] - survival(copies).low[month]


def test_an_agreement_that_nobody_could_violate_is_lived_through() -> None:
    from tests.sweeps.small_war import SMALL

    scenario = sim.with_settings(sim.scenario_from_text(SMALL), {"parties.north.no_deal.reservation": 0.7})
    runs = [sim.simulate(scenario, 5, world=world) for world in range(12)]
    assert any(run.aftermath is not None for run in runs)
