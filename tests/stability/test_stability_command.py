"""``parley stability`` from the outside: JSON, tables, pages, files, and one-line errors."""

from __future__ import annotations

import json

import pandas as pd
import pytest

import sim
from sim.agreements.compiled import announce, njit
from sim.cli import main
from tests.stability.small import TEXT

COMPILING = "parley: compiling the exact engine; this happens once\n"
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


@pytest.fixture
def scenario(tmp_path):
    file = tmp_path / "small.yaml"
    file.write_text(TEXT)
    return str(file)


@pytest.fixture
def graph(tmp_path):
    file = tmp_path / "chicken.json"
    file.write_text(json.dumps(CHICKEN))
    return str(file)


def run(capsys, *arguments):
    with pytest.raises(SystemExit) as stop:
        main(["stability", *arguments])
        raise SystemExit(0)
    printed = capsys.readouterr()
    # Where nothing was compiled before, that is told, once, and on stderr alone.
    return stop.value.code or 0, printed.out, printed.err.replace(COMPILING, "", 1)


def test_a_graph_is_printed_as_json_with_the_equilibria_by_concept(capsys, graph):
    code, out, err = run(capsys, "--graph", graph, "--json")
    content = json.loads(out)
    assert (code, err) == (0, "")
    assert content["schema_version"] == 1
    assert content["equilibria"] == {
        "Nash": ["CD", "DC"],
        "GMR": ["CD", "DC", "CC"],
        "SMR": ["CD", "DC", "CC"],
        "SEQ": ["CD", "DC"],
        "SSEQ": ["CD", "DC"],
    }
    assert content["stable_states_by_dm"]["Nash"] == {"Row": ["CD", "DC"], "Col": ["CD", "DC"]}
    assert content["core"] == ["CD", "DC"]
    assert content["largest_consistent_set"] == ["CD", "DC", "CC"]


def test_a_graph_is_printed_as_tables(capsys, graph):
    code, out, _ = run(capsys, "--graph", graph)
    assert code == 0
    assert "largest consistent set" in out
    assert "CC: Row prefers DC and can go there." in out


def test_a_wrong_graph_gets_one_line_on_stderr_and_exit_1(capsys, tmp_path):
    file = tmp_path / "wrong.json"
    file.write_text(json.dumps(CHICKEN | {"payoff": {"Row": [1, 2, 4, float("nan")], "Col": [1, 4, 2, 3]}}))
    code, out, err = run(capsys, "--graph", str(file), "--json")
    assert (code, out) == (1, "")
    assert err.startswith(f"parley: {file}: payoff.Row[3]: NaN is no finite number")
    assert err.count("\n") == 1


def test_the_table_names_who_would_break_each_front_runner_how_and_the_reliability_it_takes(capsys, scenario):
    code, out, _ = run(capsys, scenario, "--top", "3", "--json")
    content = json.loads(out)
    assert code == 0
    assert len(content["front_runners"]) == 3
    assert content["require"] == ["acceptable", "unilaterally_stable.seq", "self_enforcing"]
    for entry in content["front_runners"]:
        assert set(entry["agreement"]) == {"line", "watch", "aid"}
        for violator in entry["violators"]:
            assert {"party", "breaks", "Q_star", "Q_star_shown", "Q_assumed", "inputs"} <= set(violator)
        assert {violator["party"] for violator in entry["violators"]} == {"east", "west"}
        failing = [name for name, test in entry["tests"].items() if test["required"] and not test["holds"]]
        assert entry["stable"] == (not failing)
        assert entry["in_largest_consistent_set"] in (True, False)
    assert 0 < content["largest_consistent_set"]["size"] <= 9
    code, out, _ = run(capsys, scenario, "--top", "3")
    assert code == 0
    assert "would break it" in out
    assert "Q* it takes, East" in out


def test_one_agreement_is_explained_in_words(capsys, scenario):
    code, out, _ = run(capsys, scenario, "--agreement", "line=zone, watch=some, aid=high")
    assert code == 0
    for heading in ("Would it be signed?", "Would it be kept?", "Would a coalition leave?"):
        assert heading in out
    assert "The numbers behind Q* of East" in out
    code, out, _ = run(capsys, scenario, "--agreement", "line=zone,watch=some,aid=high", "--json")
    content = json.loads(out)
    assert content["agreement"] == {"line": "zone", "watch": "some", "aid": "high"}
    assert content["words"][0] == "Would it be signed?"
    space = sim.AgreementSpace.of(sim.read_scenario(scenario))
    number = space.index_of(content["agreement"])
    assert json.loads(run(capsys, scenario, "--agreement", number, "--json")[1]) == content


def test_terms_that_leave_issues_open_mean_the_agreement_closest_to_being_signed(capsys, scenario):
    code, out, err = run(capsys, scenario, "--agreement", "watch=some", "--json")
    space = sim.AgreementSpace.of(sim.read_scenario(scenario))
    index = json.loads(out)["index"]
    assert (code, space.agreement(index)["watch"]) == (0, "some")
    assert f"taken is number {index}" in err


@pytest.mark.parametrize(
    ("agreement", "expected"),
    [
        ("line=zone,watch=some,aid=hihg", "aid: unknown option 'hihg'; did you mean 'high'?"),
        ("line", "'line' is not of the form issue=option"),
        ("line=zone,line=front", "'line' is named twice"),
        ("9999", "--agreement 9999: the last agreement is number"),
        ("line=zone,watch=none,aid=high", "no such agreement can exist: it breaks C2"),
    ],
)
def test_a_wrong_agreement_gets_one_line_and_exit_1(capsys, scenario, agreement, expected):
    code, out, err = run(capsys, scenario, "--agreement", agreement)
    assert (code, out) == (1, "")
    assert expected in err
    assert err.count("\n") == 1


def test_a_scenario_and_a_graph_at_once_or_neither_are_refused(capsys, scenario, graph):
    assert run(capsys)[0] == 2
    assert run(capsys, scenario, "--graph", graph)[0] == 2
    assert run(capsys, "--graph", graph, "--set", "a=1")[0] == 2


def test_settings_reach_the_tests(capsys, scenario):
    def passing(*settings):
        return json.loads(run(capsys, scenario, "--json", *settings)[1])["passing"]["acceptable"]

    assert passing("--set", "parties.west.no_deal.reservation=0.0") > passing(
        "--set", "parties.west.no_deal.reservation=0.8"
    )


def test_the_whole_table_is_written_once_and_the_same_each_time(capsys, scenario, tmp_path):
    first, second = tmp_path / "one", tmp_path / "two"
    assert run(capsys, scenario, "--out", str(first))[0] == 0
    code, out, err = run(capsys, scenario, "--out", str(second), "--json")
    assert code == 0
    json.loads(out)
    assert "Written to" in err
    assert (first / "stability.csv").read_bytes() == (second / "stability.csv").read_bytes()
    table = pd.read_csv(first / "stability.csv", index_col="agreement")
    assert len(table) == 9
    code, _, err = run(capsys, scenario, "--out", str(first))
    assert code == 1
    assert "not empty" in err


def test_a_compilation_is_told_once_however_often_somebody_asked_to_be_told():
    said = []
    for name in ("first", "second"):
        announce(lambda name=name: said.append(name))
    assert njit(lambda x: x + 3)(1) == 4
    assert njit(lambda x: x + 4)(1) == 5
    assert said == ["second"]


def test_a_long_wait_is_announced_on_stderr(capsys, scenario, monkeypatch):
    import sim.commands.stability as module

    monkeypatch.setattr(module, "LONG", 1)
    code, out, err = run(capsys, scenario, "--json")
    assert code == 0
    json.loads(out)
    assert "testing 9 agreements for 3 parties" in err
