"""Any run of a result can be made again, and its talks told."""

import json
import shutil

import pyarrow.parquet as pq
import pytest

import sim
from sim.cli import main
from sim.errors import ResultError
from sim.results.batch import run_batch, write_batch
from sim.results.manifest import Manifest
from sim.results.store import chunk_path, load
from sim.sweeps.again import run_again
from sim.sweeps.factors import linked, listed, ranged
from tests.sweeps.sealing import seal
from tests.sweeps.small_war import SMALL

RATIONAL = SMALL.replace("    no_deal:", "    strategy: {name: rational}\n    no_deal:")


def said(capsys, *arguments):
    """Run the command line; return exit code, stdout and stderr."""
    capsys.readouterr()
    try:
        main([str(a) for a in arguments])
        code = 0
    except SystemExit as stop:
        code = stop.code
    return code, *capsys.readouterr()


def small(**changes):
    """The small war with values set."""
    return sim.with_settings(sim.scenario_from_text(SMALL), changes)


@pytest.fixture
def rivals(tmp_path):
    """A scenario of two rival codings, each in a file of its own."""
    (tmp_path / "scenario.yaml").write_text(SMALL + "codings: {own: {}, other: {file: other.yaml}}\n")
    (tmp_path / "other.yaml").write_text(SMALL.replace("value: 0.5, low: 0.3", "value: 0.65, low: 0.6"))
    return sim.read_scenario(tmp_path / "scenario.yaml")


def assert_every_run_can_be_made_again(folder, n_runs):
    table = load(folder)
    assert len(table) == n_runs and table["error"].isna().all()
    for number in range(n_runs):
        again = run_again(folder, number, trace=True)
        row = table.iloc[number]
        assert not again.changed, number
        assert (again.scenario, again.point) == (row["scenario"], row["point"])
        assert (again.world, again.replication) == (row["world"], row["replication"])
        assert again.made.outcome.rounds == row["rounds"] and again.made.outcome.trace


def test_every_run_of_a_latin_hypercube_of_policies_worlds_replications_and_switches(tmp_path):
    design = sim.Design(
        scenarios={"as is": small(), "no time": small(**{"negotiation.deadline": 2})},
        method="latin-hypercube",
        samples=4,
        factors=[
            ranged("parties.north.no_deal.reservation", 0.3, 0.7),
            listed("negotiation.protocol", ["alternating_offers", "shuttle", "single_text", "random_proposer"]),
            ranged("red_lines.p_real", 0, 1),
            linked("patience", {"parties.south.strategy.name": ["boulware", "linear"], "negotiation.deadline": [4, 8]}),
        ],
        worlds=3,
        replications=2,
        seed=11,
    )
    sim.sweep(design, workers=0, out=tmp_path / "r", quiet=True)
    assert_every_run_can_be_made_again(tmp_path / "r", 48)
    assert len(set(load(tmp_path / "r")["negotiation.protocol"])) > 1


@pytest.mark.parametrize("worlds", [0, 3])
def test_every_run_of_a_grid_of_red_lines_at_central_values_and_in_worlds(tmp_path, worlds):
    factors = [listed("red_lines", ["real", "bluff"]), ranged("parties.north.no_deal.reservation", 0.3, 0.6, steps=2)]
    design = sim.Design(small(), factors=factors, worlds=worlds, replications=2, seed=3)
    sim.sweep(design, workers=0, out=tmp_path / "r", quiet=True)
    assert_every_run_can_be_made_again(tmp_path / "r", 8 * max(worlds, 1))
    assert run_again(tmp_path / "r", 1).central == (worlds == 0)


def test_every_run_of_given_points(tmp_path):
    path = "parties.north.no_deal.reservation"
    design = sim.Design(
        small(), factors=[ranged(path, 0, 1)], method="points", points=[{path: 0.31}, {path: 0.7}], worlds=2
    )
    sim.sweep(design, workers=0, out=tmp_path / "r", quiet=True)
    assert_every_run_can_be_made_again(tmp_path / "r", 4)


def test_rival_codings_are_kept_in_the_result_and_their_files_not_needed(tmp_path, rivals):
    sim.sweep(sim.Design(rivals, worlds=6, seed=2), workers=0, out=tmp_path / "sweep", quiet=True)
    write_batch(tmp_path / "run", rivals, run_batch(rivals, runs=6, seed=2, quiet=True), seed=2)
    (tmp_path / "other.yaml").unlink()
    assert set(load(tmp_path / "sweep")["coding"]) == {"own", "other"}
    assert_every_run_can_be_made_again(tmp_path / "sweep", 6)
    assert [run_again(tmp_path / "run", number).is_the_stored_run for number in range(6)] == [True] * 6


def test_a_sweep_does_not_go_on_with_a_rival_coding_that_has_changed(tmp_path, rivals):
    design = sim.Design(rivals, worlds=6, seed=2)
    sim.sweep(design, workers=0, out=tmp_path / "r", quiet=True)
    (tmp_path / "other.yaml").write_text(SMALL.replace("value: 0.5, low: 0.3", "value: 0.66, low: 0.6"))
    with pytest.raises(ResultError, match="rival codings other have changed"):
        changed = sim.read_scenario(tmp_path / "scenario.yaml")
        sim.sweep(design.with_changes(scenario=changed), workers=0, out=tmp_path / "r", quiet=True, resume=True)


def test_a_result_that_does_not_keep_its_rivals_says_so(tmp_path, rivals):
    sim.sweep(sim.Design(rivals, worlds=2), workers=0, out=tmp_path / "r", quiet=True)
    manifest = json.loads((tmp_path / "r" / "manifest.json").read_text())
    for record in manifest["scenarios"].values():
        del record["codings"]
    (tmp_path / "r" / "manifest.json").write_text(json.dumps(manifest))
    seal(tmp_path / "r")
    with pytest.raises(ResultError, match="earlier Parley"):
        run_again(tmp_path / "r", 0)


@pytest.fixture
def swept(tmp_path):
    """A finished sweep of eight runs in two chunks."""
    factors = [listed("negotiation.protocol", ["alternating_offers", "shuttle"])]
    design = sim.Design(small(), factors=factors, worlds=4, seed=5, chunk=4)
    return sim.sweep(design, workers=0, out=tmp_path / "r", quiet=True).folder


def test_trace_tells_a_sweeps_run_as_minutes(swept, capsys):
    code, out, err = said(capsys, "trace", swept, 5)
    assert (code, err) == (0, "")
    told = " ".join(out.split())
    assert told.startswith(f"Run 5 of {swept}: small, point 1 (negotiation.protocol=shuttle), world 1, seed 5")
    assert "all columns of its row are as stored" in told
    assert "The talks open" in told or "opens the talks" in told
    assert "The talks end after" in told


def test_trace_of_a_sweep_prints_the_json_of_an_ordinary_result_and_where_the_run_stands(swept, tmp_path, capsys):
    given = small()
    write_batch(tmp_path / "plain", given, run_batch(given, runs=4, seed=5, quiet=True), seed=5)
    swept_json = json.loads(said(capsys, "trace", swept, 1, "--json")[1])
    plain_json = json.loads(said(capsys, "trace", tmp_path / "plain", 1, "--json")[1])
    assert swept_json.keys() == plain_json.keys()
    assert swept_json["minutes"] == plain_json["minutes"] and swept_json["events"] == plain_json["events"]
    assert swept_json["settings"] == {"negotiation.protocol": "alternating_offers"}
    assert swept_json["is_the_stored_run"] is True and swept_json["changed"] == {}


def test_a_run_that_ends_otherwise_is_told_as_another_with_what_differs(swept, capsys):
    path = chunk_path(swept, 1)
    table = pq.read_table(path)
    rounds = table.column("rounds").to_pylist()
    forged = table.set_column(
        table.column_names.index("rounds"), "rounds", [[rounds[0], rounds[1] + 40, *rounds[2:]]]
    ).cast(table.schema)
    pq.write_table(forged, path, write_page_checksum=True)
    seal(swept)
    code, out, _ = said(capsys, "trace", swept, 5)
    told = " ".join(out.split())
    assert code == 0 and "NOT the talks of this result" in told
    assert f"rounds: {rounds[1] + 40} there, {rounds[1]} now" in told and "the model has changed since" in told
    answer = json.loads(said(capsys, "trace", swept, 5, "--json")[1])
    assert answer["is_the_stored_run"] is False
    assert answer["changed"] == {"rounds": [rounds[1] + 40, rounds[1]]}
    assert not run_again(swept, 4).changed


def test_other_versions_are_named_though_the_run_is_the_stored_one(swept, capsys):
    manifest = json.loads((swept / "manifest.json").read_text())
    manifest["versions"]["numpy"] = "1.0"
    (swept / "manifest.json").write_text(json.dumps(manifest))
    seal(swept)
    again = run_again(swept, 0)
    assert again.is_the_stored_run and again.versions["numpy"][0] == "1.0"
    assert "numpy 1.0 there" in " ".join(said(capsys, "trace", swept, 0)[1].split())


def test_a_failed_run_has_no_talks_and_its_error_is_told(tmp_path, capsys):
    design = sim.Design(
        sim.scenario_from_text(RATIONAL.replace("deadline: 10}", "deadline: 10, information: complete}")),
        factors=[listed("negotiation.information", ["complete", "private"])],
        worlds=1,
    )
    sim.sweep(design, workers=0, out=tmp_path / "r", quiet=True)
    assert run_again(tmp_path / "r", 0).is_the_stored_run
    code, out, err = said(capsys, "trace", tmp_path / "r", 1)
    assert (code, out) == (1, "") and "run 1 failed (ScenarioErrors: " in err and "needs everybody's payoffs" in err
    question = err.partition('"')[2].partition('"')[0]
    assert said(capsys, "query", tmp_path / "r", question, "--csv")[1] == "run\n0\n"


def test_an_exact_sweep_and_a_plain_function_hold_no_talks(tmp_path, capsys):
    sim.sweep(sim.Design(small(), worlds=1, depth="exact"), workers=0, out=tmp_path / "exact", quiet=True)
    code, out, err = said(capsys, "trace", tmp_path / "exact", 0)
    assert (code, out) == (1, "") and "--depth simulate" in err
    design = sim.Design(factors=[ranged("x", 0, 1, steps=2)])
    sim.sweep(design, workers=0, out=tmp_path / "f", quiet=True, model=lambda case: {"y": 1.0}, outcomes={"y": float})
    code, out, err = said(capsys, "trace", tmp_path / "f", 0)
    assert (code, out) == (1, "") and "holds no negotiations" in err


def test_a_run_beyond_the_last_or_not_made_yet_is_refused(swept, capsys):
    assert "has runs 0 to 7, not 8" in said(capsys, "trace", swept, 8)[2]
    (swept / "complete.json").unlink()
    chunk_path(swept, 1).unlink()
    assert run_again(swept, 3).is_the_stored_run
    code, _, err = said(capsys, "trace", swept, 4)
    assert code == 1 and "--resume" in err


def test_options_that_would_change_a_made_run_are_refused(swept, capsys):
    for options in (["--seed", 5], ["--central"], ["--set", "negotiation.deadline=1"]):
        code, _, err = said(capsys, "trace", swept, 0, *options)
        assert code == 1 and f"leave out {options[0]}" in err


def test_a_design_that_is_not_what_was_kept_is_refused(swept, tmp_path):
    shutil.copytree(swept, tmp_path / "copy")
    text = json.loads((tmp_path / "copy" / "manifest.json").read_text())
    text["design"]["text"] = text["design"]["text"].replace("shuttle", "single_text")
    (tmp_path / "copy" / "manifest.json").write_text(json.dumps(text))
    seal(tmp_path / "copy")
    with pytest.raises(ResultError, match="not what its design gives"):
        run_again(tmp_path / "copy", 0)
    assert Manifest.read(swept).design["text"] != text["design"]["text"]
