"""Reading explicit conflicts: what is accepted, and what a wrong file is told."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable

import pytest

from sim.errors import GraphError
from sim.stability.analysis import analyse
from sim.stability.graph import conflict_of, read_graph

CHICKEN = {
    "kind": "graph-model",
    "name": "chicken",
    "decision_makers": ["Row", "Col"],
    "states": [{"id": "DD"}, {"id": "CD"}, {"id": "DC"}, {"id": "CC"}],
    "transitions": {
        "Row": [["DD", "CD"], ["CD", "DD"], ["DC", "CC"], ["CC", "DC"]],
        "Col": [["DD", "DC"], ["DC", "DD"], ["CD", "CC"], ["CC", "CD"]],
    },
    "payoff": {"Row": [1, 2, 4, 3], "Col": [1, 4, 2, 3]},
}
GAME = {
    "kind": "abstract-game",
    "decision_makers": [1, 2],
    "states": [10, 20],
    "payoff": {"1": [0, 1], "2": [0, 1]},
    "effectiveness": [{"frm": 10, "to": 20, "coalition": [1, 2]}],
}


def set_in(*path, value):
    def change(data):
        for key in path[:-1]:
            data = data[key]
        data[path[-1]] = value

    return change


def without(*path):
    def change(data):
        for key in path[:-1]:
            data = data[key]
        del data[path[-1]]

    return change


WRONG: list[tuple[dict, Callable, str]] = [
    (CHICKEN, without("kind"), "key 'kind' is missing"),
    (
        CHICKEN,
        set_in("kind", value="graph model"),
        "kind: unknown kind \"graph model\"; did you mean 'graph-model'?",
    ),
    (CHICKEN, without("states"), "key 'states' is missing"),
    (CHICKEN, without("payoff"), "key 'payoff' is missing"),
    (CHICKEN, without("transitions"), "key 'transitions' is missing"),
    (CHICKEN, without("decision_makers"), "key 'decision_makers' is missing"),
    (CHICKEN, set_in("states", value=[]), "states: needs a list of at least one state"),
    (CHICKEN, set_in("states", value="DD"), "states: needs a list"),
    (CHICKEN, set_in("states", 3, value={"id": "DD"}), "states[3].id: state 'DD' stands twice, first at [0]"),
    (CHICKEN, set_in("states", 3, value={"name": "CC"}), "states[3]: a state needs an 'id'"),
    (CHICKEN, set_in("states", 3, value={"id": True}), "states[3].id: true is no name of a state"),
    (CHICKEN, set_in("states", 3, value={"id": 1.5}), "states[3].id: 1.5 is no name"),
    (
        CHICKEN,
        set_in("decision_makers", 1, value="Row"),
        "decision_makers[1]: decision maker 'Row' stands twice",
    ),
    (CHICKEN, set_in("transitions", "Row", 1, value=["CD", "CX"]), 'transitions.Row[1]: unknown state "CX"'),
    (
        CHICKEN,
        set_in("transitions", "Row", 1, value=["CD", "CD"]),
        "transitions.Row[1]: moves from 'CD' to itself",
    ),
    (
        CHICKEN,
        set_in("transitions", "Row", 1, value=["CD"]),
        "transitions.Row[1]: a move is a pair of states",
    ),
    (CHICKEN, set_in("transitions", "Row", 1, value=["CD", []]), "transitions.Row[1]: unknown state []"),
    (CHICKEN, set_in("transitions", "Row", value={}), "transitions.Row: needs a list of pairs"),
    (
        CHICKEN,
        set_in("transitions", "Raw", value=[]),
        "transitions: unknown decision maker 'Raw'; did you mean 'Row'?",
    ),
    (CHICKEN, set_in("transitions", value=[]), "transitions: needs an object"),
    (CHICKEN, set_in("payoff", "Row", value=[1, 2, 3]), "payoff.Row: has 3 payoffs for 4 states"),
    (CHICKEN, set_in("payoff", "Row", value=7), "payoff.Row: needs a list of 4 payoffs"),
    (CHICKEN, set_in("payoff", "Row", 2, value=float("nan")), "payoff.Row[2]: NaN is no finite number"),
    (CHICKEN, set_in("payoff", "Row", 2, value=float("inf")), "payoff.Row[2]: Infinity is no finite number"),
    (CHICKEN, set_in("payoff", "Row", 2, value="3"), 'payoff.Row[2]: "3" is no number'),
    (CHICKEN, set_in("payoff", "Row", 2, value=True), "payoff.Row[2]: true is no number"),
    (CHICKEN, set_in("payoff", "Row", 2, value=None), "payoff.Row[2]: null is no number"),
    (
        CHICKEN,
        set_in("payoff", "Row", 2, value=10**30),
        "payoff.Row[2]: 1000000000000000000000000000000 is too large",
    ),
    (
        CHICKEN,
        set_in("payoff", "Row", 2, value=0.12345678901),
        "payoff.Row[2]: 0.12345678901 has more than nine",
    ),
    (CHICKEN, without("payoff", "Col"), "payoff: the payoffs of decision maker 'Col' are missing"),
    (
        CHICKEN,
        set_in("payoff", "Cal", value=[1, 2, 3, 4]),
        "payoff: unknown decision maker 'Cal'; did you mean 'Col'?",
    ),
    (CHICKEN, set_in("consent", value=[{"frm": "DD", "to": "CC"}]), "consent[0]: key 'coalition' is missing"),
    (GAME, without("effectiveness"), "key 'effectiveness' is missing"),
    (
        GAME,
        set_in("effectiveness", 0, "to", value=30),
        "effectiveness[0].to: unknown state 30; valid: 10, 20",
    ),
    (GAME, set_in("effectiveness", 0, "to", value="20"), 'effectiveness[0].to: unknown state "20"'),
    (GAME, set_in("effectiveness", 0, "to", value=10), "effectiveness[0]: moves from 10 to itself"),
    (GAME, set_in("effectiveness", 0, "coalition", value=[]), "effectiveness[0].coalition: needs a list"),
    (
        GAME,
        set_in("effectiveness", 0, "coalition", value=[1, 3]),
        "effectiveness[0].coalition[1]: unknown decision maker 3",
    ),
    (
        GAME,
        set_in("effectiveness", 0, "coalition", value=[1, 1]),
        "effectiveness[0].coalition: names a decision maker twice",
    ),
    (GAME, without("effectiveness", 0, "frm"), "effectiveness[0]: key 'frm' is missing"),
]


@pytest.mark.parametrize(("good", "spoil", "expected"), WRONG, ids=[w[2][:60] for w in WRONG])
def test_a_wrong_graph_is_told_on_one_line_which_entry_breaks_which_rule(good, spoil, expected, tmp_path):
    data = copy.deepcopy(good)
    spoil(data)
    file = tmp_path / "spoilt.json"
    file.write_text(json.dumps(data))
    with pytest.raises(GraphError) as caught:
        read_graph(file)
    message = str(caught.value)
    assert message.startswith(f"{file}: {expected}"), message
    assert "\n" not in message


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{", ":1:2: is no JSON"),
        ("", ":1:1: is no JSON"),
        ("[1, 2]", ": needs an object"),
        ('{"kind": 1, "kind": 2}', ": key 'kind' stands twice"),
        ("[" * 100_000, ": is nested too deeply"),
    ],
)
def test_a_file_that_holds_no_conflict_is_told_so(text, expected, tmp_path):
    file = tmp_path / "x.json"
    file.write_text(text)
    with pytest.raises(GraphError) as caught:
        read_graph(file)
    assert str(caught.value).startswith(f"{file}{expected}")


def test_bytes_that_are_no_text_and_folders_are_refused(tmp_path):
    file = tmp_path / "x.json"
    file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(GraphError, match="no UTF-8 text"):
        read_graph(file)
    with pytest.raises(GraphError, match="cannot be read"):
        read_graph(tmp_path)


def test_names_come_back_as_given_and_in_the_order_of_the_file():
    data = copy.deepcopy(CHICKEN)
    names = {"DD": 7, "CD": 3, "DC": "3a", "CC": -1}
    data["decision_makers"] = [2, "1"]
    data["states"] = [{"id": names[s["id"]]} for s in data["states"]]
    data["transitions"] = {
        new: [[names[a], names[b]] for a, b in data["transitions"][old]] for new, old in (("2", "Row"), ("1", "Col"))
    }
    data["payoff"] = {"2": data["payoff"]["Row"], "1": data["payoff"]["Col"]}
    found = analyse(conflict_of(data)).to_json()
    assert found["equilibria"]["SMR"] == [3, "3a", -1]
    assert found["stable_states_by_dm"]["Nash"] == {"2": [3, "3a"], "1": [3, "3a"]}
    json.dumps(found)


def test_the_output_says_which_schema_it_follows_and_gives_margins_where_there_are_moves():
    found = analyse(conflict_of(CHICKEN)).to_json()
    assert found["schema_version"] == 1
    assert found["margin"]["Nash"]["Row"] == [-1, 1, 1, -1]
    assert found["reasons"] == {}


def test_decimals_are_read_exactly():
    data = copy.deepcopy(CHICKEN)
    # In binary floating point 0.1 + 0.2 > 0.3; as decimals these two states tie for Row.
    data["payoff"]["Row"] = [0.3, 0.30, 0.4, 0.2]
    conflict = conflict_of(data)
    assert conflict.unit == 10**9
    assert conflict.payoff[0, 0] == conflict.payoff[1, 0]
    assert analyse(conflict).to_json()["margin"]["Nash"]["Row"] == [0, 0, 0.2, -0.2]


def test_the_output_gives_the_path_that_punishes_each_improvement():
    found = analyse(conflict_of(CHICKEN)).to_json()["witness"]
    assert found["Nash"]["Row"] == [
        {"improvement": "CD", "punished": False, "path": []},
        None,
        None,
        {"improvement": "DC", "punished": False, "path": []},
    ]
    assert found["GMR"]["Row"][3] == {
        "improvement": "DC",
        "punished": True,
        "path": [{"mover": ["Col"], "to": "DD"}],
    }
    # The answer DD hurts the other as well, so it is no credible one.
    assert found["SEQ"]["Row"][3] == {"improvement": "DC", "punished": False, "path": []}


def test_consent_moves_are_movers_of_their_own():
    data = copy.deepcopy(CHICKEN)
    data["consent"] = [{"frm": "DD", "to": "CC", "coalition": ["Col", "Row"]}]
    conflict = conflict_of(data)
    assert conflict.arcs.movers == ((0,), (1,), (0, 1))
    assert conflict.mover_name(2) == "Row + Col"


def test_too_many_coalitions_leave_the_answer_open_with_a_reason():
    parties = [f"p{k}" for k in range(18)]
    data = {
        "kind": "graph-model",
        "decision_makers": parties,
        "states": ["a", "b"],
        "transitions": {"p0": [["a", "b"]]},
        "payoff": {p: [0, 1] for p in parties},
    }
    found = analyse(conflict_of(data)).to_json()
    assert found["core"] is None
    assert "262,143 coalitions" in found["reasons"]["core"]
    assert found["stable_states_by_coalition"] is None
    assert found["witness"] is not None
    assert found["movers_only"]["core"] == ["b"]
    assert found["equilibria"]["Nash"] == ["b"]


def test_a_strategic_form_needs_every_profile():
    with pytest.raises(GraphError, match=r"payoff_table: profile 1b2b is missing"):
        conflict_of({"kind": "abstract-game", "payoff_table": {"1a2a": [0, 0], "1b2a": [0, 0], "1a2b": [0, 0]}})
    with pytest.raises(GraphError, match="written player by player"):
        conflict_of({"kind": "abstract-game", "payoff_table": {"aa": [0, 0]}})
