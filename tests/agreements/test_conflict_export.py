"""A scenario's moves as an explicit conflict, and the exchange commands."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

import sim
from sim.agreements.conflict_export import conflict_to_json
from sim.cli import main, parley
from sim.errors import ModelError

SMALL = """
schema: 1
name: small
title: Small
as_of: "2025"
issues:
  line: {title: Line, options: {here: h, there: t}, moves: [{party: a, from: here, to: there}, {MOVE}]}
  watch: {title: Watch, options: {"on": x, "off": y}, moves: [{party: b, from: "on", to: "off"}]}
parties:
  a:
    title: A
    salience: {line: 1, watch: 1}
    utility: {line: {here: 0, there: 1}, watch: {"on": 0.2, "off": 0.6}}
    no_deal: {reservation: 0.3}
  b:
    title: B
    salience: {line: 3, watch: 1}
    utility: {line: {here: 1, there: 0}, watch: {"on": 0.4, "off": 0.5}}
    no_deal: {reservation: 0.3}
negotiation: {protocol: alternating_offers}
"""


def _small(move):
    return sim.scenario_from_text(SMALL.replace("{MOVE}", "{" + move + "}"))


def test_lone_moves_become_a_graph_model():
    content = conflict_to_json(sim.Payoffs.of(_small("party: b, from: there, to: here")))
    assert content["kind"] == "graph-model"
    assert len(content["states"]) == 4
    assert content["transitions"]["a"] == [
        ["line=here; watch=off", "line=there; watch=off"],
        ["line=here; watch=on", "line=there; watch=on"],
    ]
    # b moves back on the line, switches the watch off, or does both at once.
    assert len(content["transitions"]["b"]) == 2 + 2 + 1
    assert content["payoff"]["a"] == [300_000_000, 100_000_000, 800_000_000, 600_000_000]


def test_consent_moves_stand_beside_those_a_party_makes_alone():
    content = conflict_to_json(sim.Payoffs.of(_small("parties: [a, b], from: there, to: here")))
    assert content["kind"] == "graph-model"
    assert len(content["transitions"]["a"]) == 2
    assert {"frm": "line=there; watch=on", "to": "line=here; watch=on", "coalition": ["a", "b"]} in content["consent"]


@pytest.mark.parametrize("move", ["party: b, from: there, to: here", "parties: [a, b], from: there, to: here"])
def test_what_is_exported_has_the_stable_states_of_the_scenario(move):
    from sim.stability.analysis import analyse
    from sim.stability.concepts import CONCEPTS
    from sim.stability.graph import conflict_of

    scenario = _small(move)
    found, written = sim.assess(scenario), analyse(conflict_of(conflict_to_json(sim.Payoffs.of(scenario))))
    for concept in CONCEPTS:
        assert (found.concepts.of(concept) == written.concepts.of(concept)).all()


@pytest.mark.parametrize("move", ["party: b, from: there, to: here", "parties: [a, b], from: there, to: here"])
def test_the_stability_engine_reads_what_is_exported(move, tmp_path):
    from sim.stability.graph import read_graph

    target = tmp_path / "c.json"
    content = conflict_to_json(sim.Payoffs.of(_small(move)))
    target.write_text(json.dumps(content))
    graph = read_graph(target)
    assert (len(graph.states), list(graph.parties)) == (4, ["a", "b"])


def test_a_space_too_large_for_a_list_is_refused():
    with pytest.raises(ModelError, match="46,288 agreements"):
        conflict_to_json(sim.Payoffs.of(sim.read_scenario("scenarios/berlin-2025/scenario.yaml")))


@pytest.mark.parametrize("form", ["out.xlsx", "out"])
def test_export_and_import_give_the_scenario_back(form, tmp_path):
    run = CliRunner()
    done = run.invoke(parley, ["export", "scenarios/berlin-2025/scenario.yaml", str(tmp_path / form)])
    assert done.exit_code == 0, done.output
    done = run.invoke(parley, ["import", str(tmp_path / form), "-o", str(tmp_path / "back.yaml")])
    assert done.exit_code == 0, done.output
    back = sim.read_scenario(tmp_path / "back.yaml")
    assert back.data == sim.read_scenario("scenarios/berlin-2025/scenario.yaml").data


def test_a_domain_export_says_what_it_leaves_behind_and_can_be_imported(tmp_path):
    run = CliRunner()
    target = str(tmp_path / "domain")
    done = run.invoke(parley, ["export", "scenarios/berlin-2025/scenario.yaml", target, "--form", "genius"])
    assert done.exit_code == 0
    assert "cannot hold constraints, moves, red lines" in done.stderr
    done = run.invoke(parley, ["import", target])
    assert done.exit_code == 0
    assert len(sim.scenario_from_text(done.stdout).parties) == 8


def test_a_faulty_import_exits_1_without_a_traceback(tmp_path, capsys):
    with pytest.raises(SystemExit) as stop:
        main(["import", str(tmp_path / "nothing.xlsx")])
    assert stop.value.code == 1
    said = capsys.readouterr().err
    assert "no such file" in said
    assert "Traceback" not in said


def test_a_conflict_export_says_what_it_leaves_behind(tmp_path):
    scenario = "scenarios/tutorial-two-by-two/scenario.yaml"
    done = CliRunner().invoke(parley, ["export", scenario, str(tmp_path / "c.json"), "--form", "conflict"])
    assert done.exit_code == 0
    assert "an explicit conflict cannot hold issues and options, reservation values" in done.stderr


@pytest.mark.parametrize(
    ("form", "name"), [("spreadsheet", "t.xlsx"), ("spreadsheet", "t"), ("genius", "t"), ("conflict", "t.json")]
)
def test_export_writes_over_nothing(form, name, tmp_path):
    scenario, target = "scenarios/tutorial-two-by-two", tmp_path / name
    if target.suffix:
        target.write_text("mine")
    else:
        target.mkdir()
        (target / "issues.csv").write_text("mine")
    done = CliRunner().invoke(parley, ["export", scenario, str(target), "--form", form])
    assert isinstance(done.exception, ModelError)
    assert "exists already" in str(done.exception)
    assert (target if target.suffix else target / "issues.csv").read_text() == "mine"


@pytest.mark.parametrize("form", ["spreadsheet", "genius", "geniusweb"])
def test_export_fills_an_empty_folder(form, tmp_path):
    done = CliRunner().invoke(parley, ["export", "scenarios/tutorial-two-by-two", str(tmp_path), "--form", form])
    assert done.exit_code == 0
    named = done.stdout.splitlines()
    assert sorted(named) == sorted(map(str, tmp_path.iterdir()))
    assert len(named) >= 3


def test_an_export_that_fails_leaves_nothing_behind(tmp_path, monkeypatch):
    from sim.domain import bargaining_files

    def full(domain, party):
        if party is not None:
            raise OSError(28, "No space left on device")
        return ""

    monkeypatch.setattr(bargaining_files, "_xml", full)
    target = tmp_path / "domain"
    done = CliRunner().invoke(parley, ["export", "scenarios/tutorial-two-by-two", str(target), "--form", "genius"])
    assert str(done.exception) == f"{target}: cannot be written: No space left on device"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("nowhere.json", "nowhere.json: no such file or folder"),
        ("scenarios/berlin-2025", "is a scenario already"),
        ("scenarios/berlin-2025/scenario.yaml", "is a scenario already"),
        ("docs/how-to", "docs/how-to: holds neither the tables"),
        ("README.md", "is neither a workbook"),
    ],
)
def test_what_cannot_be_imported_is_named_with_the_reason(given, said, capsys):
    with pytest.raises(SystemExit) as stop:
        main(["import", given])
    assert stop.value.code == 1
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({"name": "d", "issuesValues": {"a": {"values": ["x"]}}}, "0 profiles; a scenario needs two parties or more"),
        ({"LinearAdditiveUtilitySpace": {"name": "p"}}, "is no GeniusWeb domain or linear additive profile"),
        ([], "is no GeniusWeb domain or linear additive profile"),
    ],
)
def test_a_lone_file_of_a_domain_is_read_once_and_named_with_the_reason(content, said, tmp_path, monkeypatch, capsys):
    opened, plain = [], Path.open

    def watched(self, *given, **named):
        opened.append(self)
        return plain(self, *given, **named)

    file = tmp_path / "d.json"
    file.write_text(json.dumps(content))
    monkeypatch.setattr(Path, "open", watched)
    with pytest.raises(SystemExit):
        main(["import", str(file)])
    assert f"{file}: {said}" in capsys.readouterr().err
    assert opened.count(file) == 1
