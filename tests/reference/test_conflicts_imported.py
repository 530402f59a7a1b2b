"""Every published conflict, imported as a scenario: the same moves, the same verdicts."""

from __future__ import annotations

import numpy as np
import pytest
from click.testing import CliRunner

import sim
from sim.cli import main, parley
from sim.stability.analysis import analyse
from sim.stability.concepts import CONCEPTS
from sim.stability.graph import read_graph
from tests.reference.published import cases, write

#: One decision maker alone: there is nobody to make a scenario with.
ALONE = "chwe_conclusion_1"
NAMES = [name for name in cases() if name != ALONE]


def imported(file, folder, name="scenario.yaml"):
    done = CliRunner().invoke(parley, ["import", str(file), "--out", str(folder / name), "--as-of", "2020"])
    assert done.exit_code == 0, done.output
    return sim.read_scenario(folder / name)


@pytest.mark.parametrize("name", NAMES)
def test_a_published_conflict_and_its_scenario_have_the_same_verdicts(name, tmp_path):
    file = write(name, tmp_path)
    analysis = analyse(read_graph(file))
    conflict = analysis.conflict
    found = sim.assess(imported(file, tmp_path))
    options = list(found.scenario.issues["state"].options)
    parties = list(found.scenario.parties)
    assert (len(options), len(parties)) == (len(conflict.states), len(conflict.parties))
    # Where state s and party i of the file stand in the tables of the scenario.
    state = np.array([found.terms.space.index_of({"state": option}) for option in options])
    party = np.array([found.parties.index(each) for each in parties])

    if analysis.concepts is not None:
        for concept in CONCEPTS:
            ours, theirs = found.concepts.of(concept)[np.ix_(state, party)], analysis.concepts.of(concept)
            assert (ours == theirs).all(), concept
            equilibria = np.flatnonzero(found.test(f"unilaterally_stable.{concept.lower()}").holds[state])
            assert conflict.names(equilibria) == analysis.equilibria(concept)
    consistent = analysis.consistent if analysis.concepts is None else analysis.movers_consistent
    assert sorted(np.flatnonzero(np.isin(state, found.consistent_set.states))) == sorted(consistent.states)
    arcs, theirs = found.arcs, conflict.arcs
    by_members = {tuple(sorted(party[list(members)])): m for m, members in enumerate(theirs.movers)}
    for mover, members in enumerate(arcs.movers):
        for s in range(len(options)):
            ours = sorted(np.flatnonzero(np.isin(state, arcs.from_state(state[s], mover))))
            listed = theirs.from_state(s, by_members[members]).tolist() if members in by_members else []
            assert ours == sorted(listed)


@pytest.mark.parametrize("name", NAMES)
def test_a_published_conflict_comes_back_from_its_scenario(name, tmp_path):
    file = write(name, tmp_path)
    scenario = imported(file, tmp_path)
    done = CliRunner().invoke(
        parley, ["export", str(tmp_path / "scenario.yaml"), str(tmp_path / "out.json"), "--form", "conflict"]
    )
    assert done.exit_code == 0, done.output
    assert done.stderr == ""
    again = imported(tmp_path / "out.json", tmp_path, "again.yaml")
    assert again.data == scenario.data

    one, other = read_graph(file), read_graph(tmp_path / "out.json")
    assert (other.kind, other.arcs.n_states) == (one.kind, one.arcs.n_states)
    assert other.arcs.movers == one.arcs.movers
    assert other.arcs.pointer.tolist() == one.arcs.pointer.tolist()
    assert other.arcs.end.tolist() == one.arcs.end.tolist()
    # Payoffs are ordinal: their order is what must come back, ties included.
    for k in range(len(one.parties)):
        ranks = [np.unique(each.payoff[:, k], return_inverse=True)[1].tolist() for each in (one, other)]
        assert ranks[0] == ranks[1]
    plain, written = analyse(one), analyse(other)
    for concept in CONCEPTS if plain.concepts is not None else ():
        assert (written.concepts.of(concept) == plain.concepts.of(concept)).all(), concept
    assert written.core.inside.tolist() == plain.core.inside.tolist()
    assert written.consistent.states.tolist() == plain.consistent.states.tolist()


def test_a_decision_maker_alone_is_no_scenario_and_the_way_out_is_named(tmp_path, capsys):
    with pytest.raises(SystemExit) as stop:
        main(["import", str(write(ALONE, tmp_path)), "--out", str(tmp_path / "s.yaml")])
    assert stop.value.code == 1
    said = capsys.readouterr().err
    assert "two parties or more" in said
    assert "parley stability --graph" in said
    assert not (tmp_path / "s.yaml").exists()


def test_what_a_published_file_holds_besides_is_named(tmp_path):
    file = write("gmcrplus_cuban", tmp_path, expected={"Nash": [6]}, checks={}, computed_farsighted={})
    done = CliRunner().invoke(parley, ["import", str(file), "--out", str(tmp_path / "s.yaml")])
    assert "not carried over: checks, computed_farsighted, expected" in done.stderr


def test_states_of_an_option_form_say_who_takes_which_option(tmp_path):
    scenario = imported(write("gmcrplus_cuban", tmp_path), tmp_path)
    assert scenario.issues["state"].options["8"].definition == "US: Air Strike; US: Blockade; USSR: Withdraw"
