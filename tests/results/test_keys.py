"""What names a run, and how a run that did not fail is written."""

from __future__ import annotations

import pandas as pd
import pytest

import sim
from sim.present.sweeps import point_rows
from sim.results.batch import run_batch
from sim.results.compare import Side, compare
from sim.results.keys import KEY_COLUMNS, RUN_COLUMNS
from sim.results.summary import Summary
from sim.sweeps.results import sweep

TWO = "scenarios/tutorial-two-by-two/scenario.yaml"


def test_a_batch_has_the_key_columns_of_a_sweep_but_for_scenario_and_point():
    assert [column for column in RUN_COLUMNS if column not in KEY_COLUMNS] == [RUN_COLUMNS[1], RUN_COLUMNS[2]]
    assert [column for column in RUN_COLUMNS if column in KEY_COLUMNS] == list(KEY_COLUMNS)


def test_stored_results_keep_how_a_run_without_an_error_is_written():
    # Their hashes tell an empty text from null: neither may become the other.
    two = sim.read_scenario(TWO)
    assert run_batch(two, runs=1, quiet=True)["error"].tolist() == [""]
    assert sweep(sim.Design(two, worlds=1), 0, quiet=True).table["error"].tolist() == [None]


@pytest.mark.parametrize("none", [None, "", float("nan")])
def test_every_reader_takes_an_empty_error_and_null_alike(none):
    table = run_batch(sim.read_scenario(TWO), runs=4, seed=1, quiet=True)
    table["error"] = pd.Series([none, "ModelError", none, none], dtype=object)
    summary = Summary.of(table, sim.read_scenario(TWO))
    assert (summary.runs, summary.failed) == (4, 1)
    row = point_rows(table.assign(scenario="s", point=0), [])[0]
    assert (row["runs"], row["failed"]) == (4, 1)
    assert compare(Side("a", table, {}), Side("b", table, {})).failed == (1, 1)
