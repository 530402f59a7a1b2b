"""A conflict read as a scenario: nothing is lost, and what cannot be said is refused."""

from __future__ import annotations

import json

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

import sim
from sim.agreements.conflict_export import conflict_to_json
from sim.cli import main, parley
from sim.domain.document import Document
from sim.domain.reader import scenario_from_document
from sim.domain.writing import yaml_text
from sim.errors import GraphError, ScenarioError
from sim.stability.concepts import CONCEPTS, stability_concepts
from sim.stability.conflict_import import scenario_of_conflict
from sim.stability.graph import conflict_of

LABELS = st.text("ab.,;# é=1—", min_size=1, max_size=4).filter(str.strip) | st.integers(-5, 300)


def _apart(names):
    written = [str(name).strip() for name in names]
    for sign in ".=,;#":
        written = [name.replace(sign, "_") for name in written]
    return len(set(written)) == len(names)


@st.composite
def conflicts(draw):
    """Conflicts of two to four decision makers and two to six states, with odd names and ties."""
    makers = draw(st.lists(LABELS, min_size=2, max_size=4, unique_by=str).filter(_apart))
    states = draw(st.lists(LABELS, min_size=2, max_size=6, unique_by=str).filter(_apart))
    steps = st.tuples(st.sampled_from(states), st.sampled_from(states)).filter(lambda pair: pair[0] != pair[1])
    moves = st.lists(steps, max_size=8)
    coalition = st.lists(st.sampled_from(makers), min_size=1, max_size=3, unique=True)
    together = [
        {"frm": start, "to": end, "coalition": draw(coalition)} for start, end in draw(st.lists(steps, max_size=5))
    ]
    payoff = st.integers(-3, 3) | st.decimals(-2, 2, places=3).map(float)
    content = {
        "kind": draw(st.sampled_from(["graph-model", "abstract-game"])),
        "name": draw(st.sampled_from(["", "c", "a.b"])),
        "decision_makers": makers,
        "states": [{"id": state, **draw(st.sampled_from([{}, {"label": "Peace"}, {"label": 3}]))} for state in states],
        "payoff": {str(maker): draw(st.lists(payoff, min_size=len(states), max_size=len(states))) for maker in makers},
        "notes": draw(st.sampled_from([[], ["x"], "one"])),
        "provenance": draw(st.sampled_from([None, "book", {"source": "book", "where": "p. 3"}])),
    }
    if content["kind"] == "graph-model":
        content["transitions"] = {str(maker): [list(pair) for pair in draw(moves)] for maker in makers}
        content["consent"] = together
    else:
        content["effectiveness"] = together
    return content


def _scenario(content):
    data = scenario_of_conflict(conflict_of(content), content, "2025")
    scenario = scenario_from_document(Document(data, {}, {}, {}))
    assert sim.scenario_from_text(yaml_text(data)).data == scenario.data
    return scenario


@settings(max_examples=60, deadline=None)
@given(conflicts())
def test_any_conflict_and_its_scenario_have_the_same_verdicts_and_a_round_trip_loses_nothing(content):
    conflict, scenario = conflict_of(content), _scenario(content)
    found = sim.assess(scenario)
    state = [found.terms.space.index_of({"state": option}) for option in scenario.issues["state"].options]
    party = [found.parties.index(name) for name in scenario.parties]
    concepts = stability_concepts(conflict.arcs, conflict.payoff)
    for concept in CONCEPTS:
        assert (found.concepts.of(concept)[np.ix_(state, party)] == concepts.of(concept)).all()

    exported = json.loads(json.dumps(conflict_to_json(found.payoffs)))
    assert _scenario(exported).data == scenario.data
    again = conflict_of(exported)
    assert again.kind == conflict.kind
    assert again.arcs.movers == conflict.arcs.movers
    assert again.arcs.pointer.tolist() == conflict.arcs.pointer.tolist()
    assert again.arcs.end.tolist() == conflict.arcs.end.tolist()


TWO = {
    "kind": "graph-model",
    "decision_makers": ["A", "B"],
    "states": ["s", "t", "u"],
    "transitions": {"A": [["s", "t"]], "B": []},
    "payoff": {"A": [1, 2, 3], "B": [3, 2, 1]},
}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            {"decision_makers": ["A"], "payoff": {"A": [1, 2, 3]}},
            "two parties or more, and decision maker 'A' is alone",
        ),
        ({"states": ["a.b", "a,b", "u"], "transitions": {}}, "'a.b' and 'a,b' \\(state\\) both become 'a_b'"),
        ({"payoff": {"A": [0, 1, 10**12], "B": [3, 2, 1]}}, "decision maker A prefers state t to s by less"),
        ({"states": ["s" * 201, "t", "u"], "transitions": {}}, "longer than the 200 characters"),
    ],
)
def test_what_no_scenario_can_say_is_refused_with_the_way_out(change, said):
    content = {**TWO, **change}
    content["transitions"] = {key: content["transitions"].get(key, []) for key in content["decision_makers"]}
    with pytest.raises(ScenarioError, match=f"x.json: cannot be written as a scenario: .*{said}.*--graph FILE"):
        scenario_of_conflict(conflict_of(content), content, "2025", "x.json")


def test_no_party_controls_all_states_only_because_it_can_move():
    # A can go from s to t; that it could go anywhere would be another conflict.
    found = sim.assess(_scenario(TWO))
    assert found.test("coalition_proof").holds.tolist() == [True, True, True]
    assert [len(coalition.members) for coalition in found.scenario.stability.coalitions] == [2]


def test_a_move_without_a_way_back_is_marked():
    both = {**TWO, "transitions": {"A": [["s", "t"], ["t", "s"], ["t", "u"]], "B": []}}
    assert [move.reversible for _, move in _scenario(both).moves()] == [True, True, False]


@pytest.mark.parametrize(("more", "date"), [({}, "1999"), ({"as_of": "2010-05"}, "2010-05")])
def test_the_date_is_the_one_in_the_file_or_else_the_one_given(more, date, tmp_path):
    (tmp_path / "c.json").write_text(json.dumps({**TWO, **more}))
    done = CliRunner().invoke(parley, ["import", str(tmp_path / "c.json"), "--as-of", "1999"])
    assert sim.scenario_from_text(done.stdout).as_of == date
    assert done.stderr == ""


def test_today_stands_in_for_a_date_and_says_so(tmp_path):
    (tmp_path / "c.json").write_text(json.dumps(TWO))
    done = CliRunner().invoke(parley, ["import", str(tmp_path / "c.json")])
    assert f"as_of is {sim.scenario_from_text(done.stdout).as_of}, and --as-of sets another" in done.stderr


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"kind": "tree"}', "unknown kind"),
        ('{"kind": "graph-model", "decision_makers": []}', "decision_makers: needs a list"),
        ('{"decision_makers": ["A"]}', "key 'kind' is missing"),
        ('{"kind": 1, "kind": 2}', "stands twice"),
    ],
)
def test_a_faulty_conflict_is_told_as_the_stability_command_tells_it(text, said, tmp_path, capsys):
    file = tmp_path / "c.json"
    file.write_text(text)
    with pytest.raises(SystemExit) as stop:
        main(["import", str(file), "--out", str(tmp_path / "s.yaml")])
    assert stop.value.code == 1
    told = capsys.readouterr().err
    assert said in told
    assert "Traceback" not in told
    assert not (tmp_path / "s.yaml").exists()


def test_a_conflict_file_larger_than_its_bound_is_refused(tmp_path, monkeypatch):
    from sim.stability import graph

    monkeypatch.setattr(graph, "MAX_BYTES", 100)
    (tmp_path / "c.json").write_text(json.dumps(TWO))
    with pytest.raises(GraphError, match="larger than"):
        graph.read_graph(tmp_path / "c.json")
