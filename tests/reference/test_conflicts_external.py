"""Conflicts drawn at random, too many numbers to restate, with what three programs written apart found.

The published conflicts stand in `conflicts.yaml`; these are kept beside the project.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sim.stability.analysis import analyse
from sim.stability.concepts import CONCEPTS
from sim.stability.graph import read_graph

pytestmark = pytest.mark.external

CASES = Path(__file__).resolve().parents[2].parent / "shared" / "cases" / "conflicts"
FILES = sorted(CASES.glob("random_*.json"))
if not FILES:
    pytest.skip("the random conflicts are not kept beside the project", allow_module_level=True)


@pytest.mark.parametrize("file", FILES, ids=[file.stem for file in FILES])
def test_a_random_conflict_has_exactly_its_stable_states(file):
    known, found = json.loads(file.read_text()), analyse(read_graph(file)).to_json()
    expected, farsighted = known["expected"], known["computed_farsighted"]
    for concept in CONCEPTS:
        assert found["equilibria"][concept] == expected["equilibria"][concept], concept
        assert found["stable_states_by_dm"][concept] == expected["stable_states_by_dm"][concept], concept
    assert found["core"] == farsighted["core_all_coalitions"]
    assert found["largest_consistent_set"] == farsighted["LCS_all_coalitions"]
    assert found["movers_only"]["core"] == farsighted["core_singletons_equals_Nash"] == found["equilibria"]["Nash"]
    assert found["movers_only"]["largest_consistent_set"] == farsighted["LCS_singletons"]


@pytest.mark.parametrize("file", FILES, ids=[file.stem for file in FILES])
def test_where_the_older_tool_differs_it_calls_stable_states_unstable(file):
    # Its differences, listed by the cases, are all of one kind: the definition says stable.
    found = analyse(read_graph(file)).to_json()["stable_states_by_dm"]
    for tool in ("gmcr_plus_data_02", "gmcr_plus_data_04_sparse"):
        for difference in json.loads(file.read_text())["checks"].get(tool, {}).get("differences", []):
            if difference["concept"] in CONCEPTS and "state" in difference:
                inside = difference["state"] in found[difference["concept"]][str(difference["dm"])]
                assert inside == difference["definition"]
