"""Textbook formulas at published points, to 1e-6, and against what they are solutions of."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import linprog

from tests.reference import commitment, division


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


#: Each family of formulas: its source, how it is checked, and points at which it was worked out.
FAMILIES = {
    # Fearon (1995), International Organization 49, 379-414.
    "fearon_bargaining_range": (
        _fearon,
        [
            {"p": 0.5, "cA": 0.1, "cB": 0.2, "range": [0.4, 0.7], "length": 0.3, "ultimatum_by_A": 0.7},
            {"p": 0.7, "cA": 0.05, "cB": 0.1, "range": [0.65, 0.8], "length": 0.15, "ultimatum_by_A": 0.8},
            {"p": 0.95, "cA": 0.1, "cB": 0.2, "range": [0.85, 1], "length": 0.15, "ultimatum_by_A": 1},
        ],
    ),
    # Fearon (1995), with weakly concave utilities; by substitution.
    "fearon_range_risk_averse": (
        _fearon_risk_averse,
        [
            {"p": 0.5, "cA": 0.1, "cB": 0.1, "alpha_A": 0.5, "alpha_B": 0.5, "range": [0.16, 0.84]},
            {"p": 0.6, "cA": 0.0, "cB": 0.0, "alpha_A": 0.8, "alpha_B": 0.6, "range": [0.528067, 0.782847]},
        ],
    ),
    # Individual rationality; Nash (1950); that three may have no range: Jordan (2015), A Bargain Might Not Exist.
    "n_party_pie_range": (
        _pie,
        [
            {"reservation": [0.3, 0.3, 0.3], "nonempty": True, "surplus": 0.1, "nbs": [0.333333, 0.333333, 0.333333]},
            {"reservation": [0.4, 0.4, 0.3], "nonempty": False, "surplus": -0.1, "nbs": None},
        ],
    ),
    # Nash (1950); Harsanyi & Selten (1972).
    "nash_bargaining_linear": (
        _nash,
        [
            {"d": [0.2, 0.3], "beta": [1, 1], "x": [0.45, 0.55]},
            {"d": [0.1, 0.2, 0.3], "beta": [1, 1, 1], "x": [0.233333, 0.333333, 0.433333]},
        ],
    ),
    # Rubinstein (1982), Econometrica 50, 97-109.
    "rubinstein": (
        _rubinstein,
        [
            {"delta1": 0.9, "delta2": 0.9, "proposer_1": 0.526315789, "responder_2": 0.473684211},
            {"delta1": 0.8, "delta2": 0.95, "proposer_1": 0.208333333, "responder_2": 0.791666667},
        ],
    ),
    # Binmore, Shaked & Sutton (1989); Osborne & Rubinstein (1990).
    "rubinstein_outside_option": (
        _outside,
        [
            {"delta": 0.9, "outside_option_of_responder": 0.2, "proposer_1": 0.526316},
            {"delta": 0.9, "outside_option_of_responder": 0.6, "proposer_1": 0.4},
        ],
    ),
    # Baron & Ferejohn (1989), American Political Science Review 83, 1181-1206.
    "baron_ferejohn_closed_rule": (
        _legislature,
        [
            {"n": 3, "quota": 2, "delta": 0.9, "proposer": 0.7, "partner": 0.3, "ex_ante": 0.333333333},
            {"n": 5, "quota": 3, "delta": 0.8, "proposer": 0.68, "partner": 0.16, "ex_ante": 0.2},
            {"n": 4, "quota": 4, "delta": 0.9, "proposer": 0.325, "partner": 0.225, "ex_ante": 0.25},
        ],
    ),
    # From the stationary equations; its limit: Winter (1996), American Political Science Review 90, 813-823.
    "baron_ferejohn_one_veto": (
        _veto,
        [
            {"n": 3, "quota": 2, "delta": 0.9, "veto_value": 0.73333333, "other_value": 0.13333333},
            {"n": 5, "quota": 3, "delta": 0.9, "veto_value": 0.57894737, "other_value": 0.10526316},
        ],
    ),
    # Friedman (1971); Axelrod (1984).
    "repeated_pd": (
        _repeated,
        [
            {"T": 4, "R": 3, "P": 1, "S": 0, "grim": 0.333333333, "tit_for_tat": 0.333333333},
            {"T": 5, "R": 3, "P": 1, "S": 0, "grim": 0.5, "tit_for_tat": 0.666666667},
        ],
    ),
    # From the one-shot deviation.
    "repeated_pd_with_guarantor": (
        _guarantor,
        [
            {"T": 4, "R": 3, "P": 1, "guarantee_credibility": 0.0, "punishment": 2.0, "delta_star": 0.333333333},
            {"T": 4, "R": 3, "P": 1, "guarantee_credibility": 0.3, "punishment": 2.0, "delta_star": 0.166666667},
            {"T": 4, "R": 3, "P": 1, "guarantee_credibility": 0.5, "punishment": 2.0, "delta_star": 0.0},
        ],
    ),
    # Fearon (1995), on pre-emption.
    "first_strike_advantage": (
        _first_strike,
        [
            {
                "p": 0.5,
                "first_strike": 0.05,
                "cA": 0.2,
                "cB": 0.2,
                "delta": 0.0,
                "range": [0.35, 0.65],
                "self_enforcing_exists": True,
            },
            {
                "p": 0.5,
                "first_strike": 0.3,
                "cA": 0.2,
                "cB": 0.2,
                "delta": 0.0,
                "range": [0.6, 0.4],
                "self_enforcing_exists": False,
            },
        ],
    ),
    # Fearon (1995), pp. 404-406.
    "fearon_preventive_war": (
        _preventive,
        [
            {"p1": 0.4, "p2": 0.7, "cB": 0.2, "delta": 0.9, "declining_state_attacks": True, "lhs": 0.23, "rhs": 0.002},
            {"p1": 0.4, "p2": 0.5, "cB": 0.2, "delta": 0.9, "declining_state_attacks": True, "lhs": 0.05, "rhs": 0.002},
            {"p1": 0.3, "p2": 0.8, "cB": 0.5, "delta": 0.6, "declining_state_attacks": True, "lhs": 0.18, "rhs": 0.08},
        ],
    ),
    # Powell (2006), International Organization 60, 169-203; Powell (2004).
    "powell_shifting_power": (
        _powell,
        [
            {
                "p": 0.4,
                "shift": 0.3,
                "war_destruction": 0.1,
                "delta": 0.9,
                "inefficient_war": True,
                "lhs": 2.07,
                "surplus": 1.0,
            },
            {
                "p": 0.4,
                "shift": 0.05,
                "war_destruction": 0.3,
                "delta": 0.9,
                "inefficient_war": False,
                "lhs": 0.035,
                "surplus": 3.0,
            },
            {
                "p": 0.3,
                "shift": 0.5,
                "war_destruction": 0.2,
                "delta": 0.95,
                "inefficient_war": True,
                "lhs": 7.36,
                "surplus": 4.0,
            },
        ],
    ),
    # Fearon (1995), p. 393; Powell (1999), In the Shadow of Power.
    "risk_return_uniform": (
        _risk_return,
        [
            {"p": 0.5, "cA": 0.1, "cB_max": 0.5, "demand": 0.7, "prob_war": 0.4},
            {"p": 0.4, "cA": 0.2, "cB_max": 0.3, "demand": 0.45, "prob_war": 0.166667},
        ],
    ),
    # Tsebelis (2002); Krehbiel (1998); Black (1958).
    "veto_players_1d": (
        _line,
        [
            {"ideal_points": [0.2, 0.5, 0.8], "status_quo": 0.1, "core_gridlock": [0.2, 0.8], "winset": [0.1, 0.3]},
            {"ideal_points": [0.2, 0.5, 0.8], "status_quo": 0.4, "core_gridlock": [0.2, 0.8], "winset": None},
        ],
    ),
    # Bondareva (1963); Shapley (1967).
    "three_person_core": (
        _three,
        [
            {"v12": 0.2, "v13": 0.6, "v23": 0.6, "core_nonempty": True},
            {"v12": 1, "v13": 1, "v23": 1, "core_nonempty": False},
            {"v12": 0.7, "v13": 0.7, "v23": 0.7, "core_nonempty": False},
        ],
    ),
    # From a cost uniform on [0, C].
    "guarantor_credibility": (
        _credible,
        [
            {"stake": 1.0, "change_in_outcome": 0.3, "reputation": 0.1, "cost_max": 1.0, "credibility": 0.4},
            {"stake": 0.5, "change_in_outcome": 0.2, "reputation": 0.0, "cost_max": 1.0, "credibility": 0.1},
        ],
    ),
    # Kalai & Smorodinsky (1975), Econometrica 43, 513-518.
    "kalai_smorodinsky_tu": (
        _kalai,
        [
            {"d": [0.1, 0.3], "ks": [0.4, 0.6]},
            {"d": [0.2, 0.2, 0.1], "ks": [0.366667, 0.366667, 0.266667]},
        ],
    ),
}


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_of_formulas_holds_at_its_published_points(family):
    check, points = FAMILIES[family]
    for point in points:
        check(point)


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
