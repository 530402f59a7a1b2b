"""Textbook formulas at published points, to 1e-6, and against what they are solutions of."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import linprog

from sim.stability import commitment, division

FILE = Path(__file__).resolve().parents[2].parent / "shared" / "cases" / "closed_forms.json"


def close(actual, expected):
    assert actual == pytest.approx(expected, abs=1e-6)


def _fearon(x):
    found = commitment.bargaining_range(x["p"], x["cA"], x["cB"])
    close([found.low, found.high, found.length, found.high], [*x["range"], x["length"], x["ultimatum_by_A"]])


def _fearon_risk_averse(x):
    found = commitment.risk_averse_range(x["p"], x["cA"], x["cB"], x["alpha_A"], x["alpha_B"])
    close([found.low, found.high], x["range"])
    assert found.exists


def _pie(x):
    surplus = division.pie_surplus(x["reservation"])
    close(surplus, x["surplus"])
    assert (surplus >= 0) == x["nonempty"]
    found = division.nash_division(x["reservation"])
    assert found is None if x["nbs"] is None else found == pytest.approx(x["nbs"], abs=1e-6)


def _nash(x):
    close(division.nash_division(x["d"], x["beta"]), x["x"])


def _rubinstein(x):
    close(division.rubinstein_shares(x["delta1"], x["delta2"]), (x["proposer_1"], x["responder_2"]))


def _outside(x):
    close(division.rubinstein_shares(x["delta"], x["delta"], x["outside_option_of_responder"])[0], x["proposer_1"])


def _legislature(x):
    found = division.baron_ferejohn(x["n"], x["quota"], x["delta"])
    close([found.proposer, found.partner, found.ex_ante], [x["proposer"], x["partner"], x["ex_ante"]])


def _veto(x):
    close(division.one_veto_player(x["n"], x["quota"], x["delta"]), (x["veto_value"], x["other_value"]))


def _repeated(x):
    payoffs = (x["T"], x["R"], x["P"], x["S"])
    close(commitment.critical_discount(*payoffs), x["grim"])
    close(commitment.critical_discount(*payoffs, "tit-for-tat"), x["tit_for_tat"])


def _guarantor(x):
    payoffs = (x["T"], x["R"], x["P"])
    q, k = x["guarantee_credibility"], x["punishment"]
    star = commitment.critical_discount_with_guarantor(*payoffs, q, k)
    close(star, x["delta_star"])
    if star > 0:
        close(commitment.critical_guarantee(*payoffs, star, k), q)


def _first_strike(x):
    found = commitment.first_strike_range(x["p"], x["first_strike"], x["cA"], x["cB"], x["delta"])
    close([found.low, found.high], x["range"])
    assert found.exists == x["self_enforcing_exists"]


def _preventive(x):
    found = commitment.preventive_war(x["p1"], x["p2"], x["cB"], x["delta"])
    assert found.attacks == x["declining_state_attacks"]
    close([found.gain, found.cost], [x["lhs"], x["rhs"]])


def _powell(x):
    found = commitment.inefficient_war(x["p"], x["shift"], x["war_destruction"], x["delta"])
    assert found.war == x["inefficient_war"]
    close([found.gain, found.surplus], [x["lhs"], x["surplus"]])
    kappa = x["war_destruction"]
    assert found.war == (x["delta"] * (x["p"] + x["shift"]) - x["p"] > kappa / (1 - kappa))


def _risk_return(x):
    found = commitment.risk_return(x["p"], x["cA"], x["cB_max"])
    close([found.demand, found.war], [x["demand"], x["prob_war"]])


def _line(x):
    close(division.core_interval(x["ideal_points"]), tuple(x["core_gridlock"]))
    found = division.winset(x["ideal_points"], x["status_quo"])
    assert found is None if x["winset"] is None else found == pytest.approx(tuple(x["winset"]), abs=1e-6)


def _three(x):
    assert division.three_person_core_exists(x["v12"], x["v13"], x["v23"]) == x["core_nonempty"]


def _credible(x):
    close(
        commitment.guarantor_credibility(x["stake"], x["change_in_outcome"], x["reputation"], x["cost_max"]),
        x["credibility"],
    )


def _kalai(x):
    close(division.kalai_smorodinsky_division(x["d"]), x["ks"])
    close(division.nash_division(x["d"]), x["ks"])


FAMILIES = {
    "fearon_bargaining_range": _fearon,
    "fearon_range_risk_averse": _fearon_risk_averse,
    "n_party_pie_range": _pie,
    "nash_bargaining_linear": _nash,
    "rubinstein": _rubinstein,
    "rubinstein_outside_option": _outside,
    "baron_ferejohn_closed_rule": _legislature,
    "baron_ferejohn_one_veto": _veto,
    "repeated_pd": _repeated,
    "repeated_pd_with_guarantor": _guarantor,
    "first_strike_advantage": _first_strike,
    "fearon_preventive_war": _preventive,
    "powell_shifting_power": _powell,
    "risk_return_uniform": _risk_return,
    "veto_players_1d": _line,
    "three_person_core": _three,
    "guarantor_credibility": _credible,
    "kalai_smorodinsky_tu": _kalai,
}


@pytest.mark.external
@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_of_formulas_holds_at_its_published_points(family):
    if not FILE.exists():
        pytest.skip(f"{FILE.name} is not kept beside the project")
    case = next(case for case in json.loads(FILE.read_text())["cases"] if case["id"] == family)
    assert case["points"]
    for point in case["points"]:
        FAMILIES[family](point)


@pytest.mark.external
def test_no_family_is_left_out():
    if not FILE.exists():
        pytest.skip(f"{FILE.name} is not kept beside the project")
    assert {case["id"] for case in json.loads(FILE.read_text())["cases"]} == set(FAMILIES)


def test_rubinstein_shares_solve_their_own_recursion():
    first, second = 0.8, 0.95
    mine, theirs = division.rubinstein_shares(first, second)[0], division.rubinstein_shares(second, first)[0]
    # Each responder gets exactly what waiting to propose is worth.
    assert 1 - mine == pytest.approx(second * theirs)
    assert 1 - theirs == pytest.approx(first * mine)


def test_the_legislature_shares_solve_their_own_recursion():
    for n, quota, discount in ((3, 2, 0.9), (5, 3, 0.8), (4, 4, 0.9), (7, 4, 0.5)):
        found = division.baron_ferejohn(n, quota, discount)
        assert found.proposer + (quota - 1) * found.partner == pytest.approx(1)
        assert found.partner == pytest.approx(discount * found.ex_ante)
        expected = (found.proposer + (n - 1) * (quota - 1) / (n - 1) * found.partner) / n
        assert found.ex_ante == pytest.approx(expected)


def test_the_veto_player_takes_all_as_waiting_becomes_free():
    assert division.one_veto_player(5, 3, 1 - 1e-9)[0] == pytest.approx(1, abs=1e-6)


def test_three_person_cores_agree_with_linear_programming():
    rng = np.random.default_rng(0)
    for _ in range(60):
        values = rng.random(3).round(2) * 1.1
        found = linprog(
            np.zeros(3), A_ub=-np.array([[1, 1, 0], [1, 0, 1], [0, 1, 1]]), b_ub=-values, A_eq=[[1, 1, 1]], b_eq=[1]
        )
        assert division.three_person_core_exists(*values) == (found.status == 0)


def test_the_core_on_a_line_agrees_with_trying_every_alternative():
    rng = np.random.default_rng(1)
    grid = np.arange(21)
    for _ in range(30):
        ideals = rng.choice(grid, 5)
        for quota in (3, 4, 5):
            inside = [x for x in grid if all((np.abs(y - ideals) < np.abs(x - ideals)).sum() < quota for y in grid)]
            low, high = division.core_interval(ideals.tolist(), quota)
            # On a grid an alternative may lie just outside and yet be beaten by nothing on the grid.
            assert set(grid[(grid >= low) & (grid <= high)]) <= set(inside)
            assert all(low - 1 < x < high + 1 for x in inside)
        status_quo = float(rng.choice(grid))
        found = division.winset(ideals.tolist(), status_quo)
        beats = [y for y in grid if (np.abs(y - ideals) < np.abs(status_quo - ideals)).all()]
        assert beats == ([] if found is None else [y for y in grid if found[0] < y < found[1]])


def test_punishment_without_end_is_grim_trigger():
    for discount in (0.2, 0.45, 0.55, 0.9):
        grim = discount >= commitment.critical_discount(5, 3, 1, 0)
        assert commitment.punishment_deters(5, 3, 1, discount, 10_000) == grim


def test_unknown_strategies_and_senseless_quotas_are_refused():
    with pytest.raises(ValueError, match="tit-for-tat"):
        commitment.critical_discount(5, 3, 1, 0, "tit-for-two-tats")
    with pytest.raises(ValueError, match="quota of 6 of 5"):
        division.core_interval([1, 2, 3, 4, 5], 6)
    assert division.kalai_smorodinsky_division([0.6, 0.6]) is None
