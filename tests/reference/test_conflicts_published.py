"""Published conflicts as cited facts: states, moves, orders of preference, and what is stable.

Each is restated here in the smallest form that carries the facts.
"""

from __future__ import annotations

import numpy as np
import pytest

from sim.stability.analysis import analyse
from sim.stability.concepts import CONCEPTS, stability_concepts
from sim.stability.graph import conflict_of
from tests.stability.products import product_arcs


def option_form(owners, switches, rankings, states):
    """Stable states of a conflict in option form.

    `owners` names the party of each yes/no option, `switches` says whether it may go both ways (=) or
    only from no to yes (>), `states` lists the feasible binary sums (first option counts 1), `rankings`
    each party's states from best to worst.
    """
    parties = sorted(set(owners), key=owners.index)
    n = len(owners)
    table = {"=": [[False, True], [True, False]], ">": [[False, True], [False, False]]}
    # The last issue runs fastest in a product space, the first option counts 1 here.
    changes = [{n - 1 - k: table[switches[k]] for k in range(n) if owners[k] == party} for party in parties]
    feasible = np.isin(np.arange(2**n), states)
    arcs = product_arcs([2] * n, [(i,) for i in range(len(parties))], changes, feasible)
    order = sorted(states)
    payoff = np.array([[-rankings[party].index(state) for party in parties] for state in order])
    result = stability_concepts(arcs, payoff)
    return {concept: [order[s] for s in result.equilibria(concept)] for concept in CONCEPTS}


def two_by_two(row, column):
    """Both cooperate or defect; states as sums: DD 0, row alone cooperates 1, column alone 2, CC 3."""
    return option_form(["Row", "Column"], "==", {"Row": row, "Column": column}, [0, 1, 2, 3])


TWO_BY_TWO = {
    # Fang, Hipel & Kilgour 1993; Rapoport & Guyer 1966 list them all.
    "prisoner's dilemma": ([2, 3, 0, 1], [1, 3, 0, 2], [[0], [0, 3], [0, 3], [0, 3], [0, 3]]),
    "chicken": ([2, 3, 1, 0], [1, 3, 2, 0], [[1, 2], [1, 2, 3], [1, 2, 3], [1, 2], [1, 2]]),
    "stag hunt": ([3, 2, 0, 1], [3, 1, 0, 2], [[0, 3]] * 5),
    "battle of the sexes": ([2, 1, 3, 0], [1, 2, 3, 0], [[1, 2], [1, 2, 3], [1, 2], [1, 2], [1, 2]]),
    "deadlock": ([2, 0, 3, 1], [1, 0, 3, 2], [[0]] * 5),
}


@pytest.mark.parametrize("game", TWO_BY_TWO)
def test_the_two_by_two_games_have_their_textbook_equilibria(game):
    row, column, expected = TWO_BY_TWO[game]
    assert list(two_by_two(row, column).values()) == expected


def test_the_cuban_missile_crisis_ends_in_withdrawal():
    # Fraser & Hipel 1982, 1984. US: air strike (cannot be undone), blockade; USSR: withdraw, escalate.
    found = option_form(
        ["US", "US", "USSR", "USSR"],
        ">===",
        {
            "US": [4, 6, 5, 7, 2, 1, 3, 0, 11, 9, 10, 8],
            "USSR": [0, 4, 6, 2, 5, 1, 7, 3, 11, 9, 10, 8],
        },
        list(range(12)),
    )
    assert found["Nash"] == [5]
    assert found["SEQ"] == found["SSEQ"] == [4, 5, 6]
    assert found["GMR"] == found["SMR"] == [0, 1, 2, 4, 5, 6, 7]


@pytest.mark.parametrize(("provincial", "settles"), [("economy", 3), ("environment", 5)])
def test_lake_gisborne_turns_on_whether_the_province_looks_to_economy_or_environment(provincial, settles):
    # Fang, Hipel & Wang 2002. Options: federal ban continues, province lifts its ban, supporters appeal.
    federal = [1, 5, 3, 7, 0, 4, 2, 6]
    support = [2, 3, 6, 7, 4, 5, 0, 1]
    orders = {"economy": [2, 6, 3, 7, 0, 4, 1, 5], "environment": [1, 5, 0, 4, 3, 7, 2, 6]}
    found = option_form(
        ["Federal", "Provincial", "Support"],
        "===",
        {"Federal": federal, "Provincial": orders[provincial], "Support": support},
        list(range(8)),
    )
    assert found["Nash"] == found["SEQ"] == [settles]


def test_syria_and_iraq_1975_settle_where_both_have_escalated():
    # Hipel, Kilgour & Kinsara 2014. Syria: release water, escalate (not both); Iraq: attack.
    found = option_form(
        ["Syria", "Syria", "Iraq"],
        "===",
        {"Syria": [0, 2, 6, 1, 4, 5], "Iraq": [1, 4, 6, 0, 5, 2]},
        [0, 1, 2, 4, 5, 6],
    )
    assert found["Nash"] == found["SMR"] == found["SEQ"] == [6]
    assert found["GMR"] == [0, 6]


def test_korea_2017_under_pacifist_preferences_matches_the_hand_computed_table():
    # Z. Jacobi, Socratic Form Microscopy, 5 and 12 November 2017. US: strike (cannot be undone), withdraw
    # (not both); North Korea: invade (cannot be undone), abandon its weapons.
    found = option_form(
        ["US", "US", "NK", "NK"],
        ">=>=",
        {
            "US": [8, 0, 10, 2, 9, 12, 4, 5, 14, 13, 6, 1],
            "NK": [6, 14, 2, 10, 0, 8, 4, 12, 5, 1, 9, 13],
        },
        [0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14],
    )
    assert found["SEQ"] == [0, 4, 5]
    assert found["SMR"] == [0, 2, 4, 5, 8, 10, 12]


ELMIRA = {
    # Hipel, Fang, Kilgour & Haight 1993; Kilgour, Hipel, Fang & Peng 2001: ministry (M), Uniroyal (U),
    # local government (L). s9: Uniroyal abandons its plant.
    "kind": "graph-model",
    "decision_makers": ["M", "U", "L"],
    "states": ["s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9"],
    "transitions": {
        "M": [["s1", "s2"], ["s3", "s4"], ["s5", "s6"], ["s7", "s8"]],
        "U": [["s1", "s3"], ["s2", "s4"], ["s5", "s7"], ["s6", "s8"]] + [[f"s{k}", "s9"] for k in range(1, 9)],
        "L": [[f"s{a}", f"s{b}"] for k in range(1, 5) for a, b in ((k, k + 4), (k + 4, k))],
    },
    "payoff": {
        "M": [4, 3, 8, 7, 5, 2, 9, 6, 1],
        "U": [9, 2, 4, 8, 6, 1, 3, 7, 5],
        "L": [6, 2, 8, 3, 7, 4, 9, 5, 1],
    },
}


def test_elmira_has_three_equilibria_and_a_coalition_that_leaves_one_of_them():
    found = analyse(conflict_of(ELMIRA)).to_json()
    assert found["equilibria"]["Nash"] == found["equilibria"]["SEQ"] == ["s5", "s8", "s9"]
    assert found["equilibria"]["GMR"] == found["equilibria"]["SMR"] == ["s1", "s4", "s5", "s8", "s9"]
    # Ministry and Uniroyal together move s5 -> s8, where the conflict ended.
    assert {"state": "s5", "coalition": ["M", "U"], "to": "s8"} in found["blocked_by"]
    assert "s5" not in found["core"]
    assert "s8" in found["core"]


def abstract(payoff, moves, states="abc"):
    players = list(range(1, len(payoff) + 1))
    return analyse(
        conflict_of(
            {
                "kind": "abstract-game",
                "decision_makers": players,
                "states": list(states),
                "payoff": {str(p): list(row) for p, row in zip(players, payoff, strict=True)},
                "effectiveness": [{"frm": a, "to": b, "coalition": who} for a, b, who in moves],
            }
        )
    ).to_json()


CHWE = {
    # Chwe 1994, with the page: payoffs, moves, largest consistent set, core, stable sets (None: not stated).
    "further deviation encourages, p. 308": (
        [[0, 2, 1], [0, 1, 2]],
        [("a", "b", [1]), ("b", "c", [2])],
        "c",
        "c",
        ["ac"],
    ),
    "further deviation deters, p. 309": (
        [[1, 2, 0], [0, 1, 2]],
        [("a", "b", [1]), ("b", "c", [2])],
        "ac",
        "c",
        ["ac"],
    ),
    "four outcomes, pp. 306-308": (
        [[0, 1, 2, 3], [1, 2, 3, 0]],
        [("a", "b", [1]), ("b", "c", [2]), ("c", "d", [1]), ("d", "a", [2]), ("a", "c", [1, 2])],
        "c",
        "",
        ["bd"],
    ),
    "no best response, p. 322": ([[0, 1, 2]], [("a", "b", [1]), ("a", "c", [1])], "bc", "bc", ["bc"]),
    "no veto for a part, p. 322": (
        [[1, 2, 0], [0, 1, 2]],
        [("a", "b", [1, 2]), ("a", "c", [2])],
        "bc",
        "bc",
        ["bc"],
    ),
}


@pytest.mark.parametrize("example", CHWE)
def test_the_examples_of_farsighted_coalitional_stability_come_out_as_printed(example):
    payoff, moves, consistent, core, stable = CHWE[example]
    found = abstract(payoff, moves, "abcd"[: len(payoff[0])])
    assert "".join(found["largest_consistent_set"]) == consistent
    assert "".join(found["core"]) == core
    assert ["".join(one) for one in found["stable_sets"]] == stable


def test_majority_voting_with_a_cycle_has_no_core_and_no_stable_set_yet_everything_is_consistent():
    # Condorcet; Chwe 1994, p. 308.
    moves = [("a", "b", [1, 3]), ("b", "c", [1, 2]), ("c", "a", [2, 3])]
    found = abstract([[0, 1, 2], [2, 0, 1], [1, 2, 0]], moves)
    assert found["core"] == found["stable_sets"] == []
    assert found["largest_consistent_set"] == ["a", "b", "c"]


def test_of_three_nash_equilibria_the_largest_consistent_set_keeps_one():
    # Chwe 1994, p. 313, Table II: a, b, c with 1 and 2 alike, 3 and 4 alike.
    moves = [("a", "b", [3, 4]), ("b", "a", [3, 4]), ("a", "c", [1, 2]), ("c", "a", [1, 2])]
    moves += [("b", "c", [1, 2, 3, 4]), ("c", "b", [1, 2, 3, 4])]
    found = abstract([[3, 1, 2], [3, 1, 2], [1, 2, 3], [1, 2, 3]], moves)
    assert found["largest_consistent_set"] == ["c"]


def test_four_roommates_may_have_no_stable_matching():
    # Gale & Shapley 1962, p. 12: A, B and C each first with the next, D last for all.
    ranks = {"A": "BCD", "B": "CAD", "C": "ABD", "D": "ABC"}
    matchings = ["AB CD", "AC BD", "AD BC"]

    def partner(matching, person):
        pair = next(pair for pair in matching.split() if person in pair)
        return pair.replace(person, "")

    moves = []
    for start in matchings:
        for end in matchings:
            # Any pair of the new matching may form it: the two left over are then together.
            moves += [(start, end, list(pair)) for pair in end.split() if start != end]
    found = analyse(
        conflict_of(
            {
                "kind": "abstract-game",
                "decision_makers": list(ranks),
                "states": matchings,
                "payoff": {p: [-ranks[p].index(partner(m, p)) for m in matchings] for p in ranks},
                "effectiveness": [{"frm": a, "to": b, "coalition": who} for a, b, who in moves],
            }
        )
    ).to_json()
    assert found["core"] == []


def test_a_majority_that_divides_a_cake_has_no_core_and_the_three_pairs_as_a_stable_set():
    # von Neumann & Morgenstern 1944: dividing 6 units among three by majority; every state is blocked,
    # and the three equal splits between two are a stable set.
    splits = [(a, b, 6 - a - b) for a in range(7) for b in range(7 - a)]
    moves = [
        (str(s), str(t), [i + 1 for i in pair])
        for s in splits
        for t in splits
        if s != t
        for pair in ((0, 1), (0, 2), (1, 2))
    ]
    found = abstract([[s[i] for s in splits] for i in range(3)], moves, [str(s) for s in splits])
    assert found["core"] == []
    assert ["(0, 3, 3)", "(3, 0, 3)", "(3, 3, 0)"] in found["stable_sets"]
