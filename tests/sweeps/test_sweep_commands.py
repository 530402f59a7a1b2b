"""The commands around sweeps, as a person types them."""

import json

import numpy as np
import pytest

import sim
from sim.cli import main
from sim.domain.world import draw_world
from sim.results.batch import run_batch
from sim.results.store import load
from sim.sweeps.analysis import analyse
from sim.sweeps.inputs import world_inputs
from tests.sweeps.small_war import SMALL

GRID = """
schema: 1
name: grid
question: Does the north give way?
factors:
  parties.north.no_deal.reservation: {from: 0.3, to: 0.7, steps: 3}
worlds: 30
seed: 5
"""


@pytest.fixture
def case(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "scenario.yaml").write_text(SMALL)
    (tmp_path / "sweep-grid.yaml").write_text(GRID)
    return tmp_path


def said(capsys, *arguments):
    """Run the command line; return exit code, stdout and stderr."""
    capsys.readouterr()
    try:
        main([str(a) for a in arguments])
        code = 0
    except SystemExit as stop:
        code = stop.code
    return code, *capsys.readouterr()


def test_a_sweep_prints_a_line_per_point_and_writes_its_folder(case, capsys):
    code, out, err = said(capsys, "sweep", "sweep-grid.yaml", "--workers", 0, "--out", "r")
    assert code == 0, err
    assert "Does the north give way?" in out
    assert "Written to r" in out
    table = load("r")
    assert len(table) == 90
    share = [table[table.point == p].agreed.mean() for p in range(3)]
    assert share[0] >= share[1] >= share[2]
    code, out, _ = said(capsys, "sweep", "sweep-grid.yaml", "--workers", 0, "--out", "r", "--resume", "--json")
    assert code == 0
    points = json.loads(out)["points"]
    assert [p["agreed"]["estimate"] for p in points] == pytest.approx(share)


def test_a_sweep_meets_the_worlds_that_run_meets(case):
    """A point that fixes a number at its central value in a scenario without that range is the plain batch."""
    scenario = sim.read_scenario(case / "scenario.yaml")
    design = sim.Design(scenario, worlds=25, seed=9)
    table = sim.sweep(design, workers=0, quiet=True).table
    batch = run_batch(scenario, runs=25, seed=9, quiet=True)
    assert table["agreed"].tolist() == batch["agreed"].tolist()
    assert table["zone"].tolist() == batch["zone"].tolist()
    assert table["rounds"].tolist() == batch["rounds"].tolist()


def test_a_dry_run_says_what_it_would_take_and_writes_nothing(case, capsys):
    before = sorted(case.iterdir())
    code, out, _ = said(capsys, "sweep", "sweep-grid.yaml", "--dry-run", "--worlds", 1000)
    assert code == 0
    assert "grid: 3,000 runs (3 points) in 30 chunks" in out
    assert "on the disk" in out
    assert sorted(case.iterdir()) == before


def test_options_override_the_file_and_set_changes_the_scenario(case, capsys):
    code, _, err = said(
        capsys, "sweep", "sweep-grid.yaml", "--worlds", 4, "--replications", 2, "--seed", 0, "--workers", 0,
        "--set", "negotiation.deadline=1", "--out", "r",
    )  # fmt: skip
    assert code == 0, err
    table = load("r")
    assert len(table) == 24
    assert table["rounds"].max() <= 1


def test_an_exact_sweep_shows_robust_packages(case, capsys):
    code, out, err = said(
        capsys, "sweep", "sweep-grid.yaml", "--depth", "exact", "--workers", 0, "--out", "r", "--json"
    )
    assert code == 0, err
    group = json.loads(out)["groups"][0]
    assert (group["worlds"], group["independent_worlds"]) == (90, 30)
    code, out, err = said(capsys, "robustness", "r", "--issue", "land", "--by", "parties.north.no_deal.reservation")
    assert code == 0, err
    assert out.count("90") == 0
    assert "Best package with each option of Land" in out


def test_a_query_reads_and_cannot_write(case, capsys):
    said(capsys, "sweep", "sweep-grid.yaml", "--workers", 0, "--out", "r")
    code, out, _ = said(capsys, "query", "r", "select point, count(*) as n from runs group by 1 order by 1", "--csv")
    assert (code, out) == (0, "point,n\n0,30\n1,30\n2,30\n")
    reading = 'select "parties.north.no_deal.reservation" as x from design order by x'
    assert json.loads(said(capsys, "query", "r", reading, "--json")[1])["rows"] == [{"x": 0.3}, {"x": 0.5}, {"x": 0.7}]
    for sql in (
        "drop view runs",
        "select 1; select 2",
        "copy runs to 'stolen.csv'",
        "select * from read_csv('scenario.yaml')",
        "select * from 'r/chunks/000000.parquet'",
        "select nothing from runs",
    ):
        code, out, err = said(capsys, "query", "r", sql)
        assert code == 1, sql
        assert "query:" in err
        assert "Traceback" not in err
    assert not (case / "stolen.csv").exists()


def test_a_query_answers_in_json_whatever_kind_of_thing_it_asks_for(case, capsys):
    said(capsys, "sweep", "sweep-grid.yaml", "--workers", 0, "--depth", "exact", "--worlds", 1, "--out", "r")
    kinds = "date '2025-12-15' as day, interval 2 hour as span, [1, 2] as list, {a: 1.5} as record, null::date as none"
    code, out, err = said(capsys, "query", "r", f"select *, {kinds} from runs limit 1", "--json")
    assert code == 0, err
    (row,) = json.loads(out)["rows"]
    assert row["day"].startswith("2025-12-15")
    assert (row["list"], row["record"], row["none"]) == ([1, 2], {"a": 1.5}, None)
    assert bytes.fromhex(row["least_margin"])


def test_a_query_tells_what_each_column_holds(case, capsys):
    said(capsys, "sweep", "sweep-grid.yaml", "--workers", 0, "--out", "r")
    code, out, _ = said(capsys, "query", "r", "--columns", "--json")
    rows = json.loads(out)["rows"]
    everything = json.loads(said(capsys, "query", "r", "select * from runs limit 1", "--json")[1])["columns"]
    assert code == 0 and {row["column"] for row in rows} == set(everything)
    assert all(row["meaning"] and row["type"] for row in rows)
    assert any(row["meaning"] == "value of the factor at the point of the run" for row in rows)
    shown = said(capsys, "query", "r", "--columns")[1]
    assert "whether a text was signed" in " ".join(shown.split()) and max(map(len, shown.splitlines())) <= 110
    for given in (("r",), ("r", "r", "--columns")):
        code, _, err = said(capsys, "query", *given)
        assert code == 2 and "--columns" in err


def test_a_query_for_an_unknown_column_names_what_is_near(case, capsys):
    said(capsys, "sweep", "sweep-grid.yaml", "--workers", 0, "--out", "r")
    assert '"agreed"' in said(capsys, "query", "r", "select ageed from runs")[2]


def test_several_results_are_queried_together_by_name(case, capsys):
    said(capsys, "sweep", "sweep-grid.yaml", "--workers", 0, "--out", "r")
    said(capsys, "run", "scenario.yaml", "--runs", 7, "--out", "plain")
    code, out, err = said(
        capsys,
        "query",
        "r",
        "plain",
        "select result, count(*) as n, count(point) as p from runs group by 1 order by 1",
        "--csv",
    )
    assert (code, err) == (0, "")
    assert out == "result,n,p\nplain,7,0\nr,90,90\n"


def test_comparing_a_scenario_with_itself_as_set(case, capsys):
    code, out, err = said(
        capsys, "compare", "scenario.yaml", "--set", "parties.south.no_deal.reservation=0.3", "--runs", 60, "--json"
    )
    assert code == 0, err
    found = json.loads(out)
    assert found["inputs"][0]["path"] == "parties.south.no_deal.reservation"
    agreed = next(d for d in found["differences"] if d["outcome"] == "agreed")
    assert agreed["paired"]
    assert agreed["difference"] >= 0
    code, out, _ = said(capsys, "compare", "scenario.yaml", "scenario.yaml", "--runs", 10, "--only-changed", "--md")
    assert code == 0
    assert "No outcome differs" in out


def test_an_analysis_finds_what_was_swept(case, capsys):
    said(capsys, "sweep", "sweep-grid.yaml", "--workers", 0, "--worlds", 100, "--out", "r")
    code, out, err = said(capsys, "analyse", "r", "--outcome", "zone>0")
    assert code == 0, err
    assert "By PRIM: Where" in out
    assert "more worlds" in out or "as asked" in out
    (found,) = analyse(case / "r", "zone>0")
    named = {effect.factor for effect in found.regional}
    assert "parties.north.no_deal.reservation" in named
    assert "parties.south.no_deal.reservation" in named
    assert "line of south: troops some" in named
    code, _, err = said(capsys, "analyse", "r", "--outcome", "agred")
    assert code == 1
    assert "did you mean 'agreed'" in err


def test_a_sobol_sweep_of_the_scenario_is_analysed_with_its_dummy(case, capsys):
    (case / "sweep-s.yaml").write_text(
        """
schema: 1
name: s
method: sobol
samples: 32
factors:
  north: {uncertain: "parties.north.*"}
  south: {uncertain: "parties.south.*"}
depth: exact
"""
    )
    code, _, err = said(capsys, "sweep", "sweep-s.yaml", "--workers", 0, "--out", "r")
    assert code == 0, err
    code, out, err = said(capsys, "analyse", "r", "--outcome", "zone")
    assert code == 0, err
    assert "north" in out
    assert "(dummy)" in out
    (found,) = analyse(case / "r", "zone")
    assert found.sensitivity.groups == ("north", "south", "(dummy)")
    assert found.sensitivity.total[2] == 0.0


def test_the_inputs_of_a_world_are_what_was_drawn(case):
    scenario = sim.read_scenario(case / "scenario.yaml")
    inputs = world_inputs(scenario, 7, 12)
    assert "parties.north.no_deal.reservation" in inputs.columns
    assert "parties.north.utility.land (quantile)" in inputs.columns
    for world in range(12):
        drawn = draw_world(scenario, 7, world)
        path = "parties.south.utility.troops.some"
        assert inputs.loc[world, path] == pytest.approx(drawn.value(path))
        line = "real" if drawn.real_lines else "bluff"
        assert inputs.loc[world, "line of south: troops some"] == line
    assert np.unique(inputs["parties.north.utility.land (quantile)"]).size == 12


def test_a_sweep_over_policies_is_compared_policy_by_policy(case, capsys):
    (case / "sweep-p.yaml").write_text(
        """
schema: 1
name: p
policies:
  as-is: {}
  patient: {negotiation.deadline: 40}
worlds: 20
"""
    )
    assert said(capsys, "sweep", "sweep-p.yaml", "--workers", 0, "--out", "r")[0] == 0
    code, out, err = said(capsys, "compare", "r", "--json")
    assert code == 0, err
    found = json.loads(out)
    assert [s["name"] for s in found["sides"]] == ["r: as-is", "r: patient"]
    assert [i["path"] for i in found["inputs"]] == ["negotiation.deadline"]
