"""The committed reference results are what the code gives today, byte for byte.

After a change that is meant to change results: `make reference`, and say why in the commit.
"""

import pytest

import sim
from tests.golden.reference import ROOT, reference_files

REFERENCES = sorted(path.parent for path in (ROOT / "results" / "reference").glob("*/zone.json"))


def test_berlin_has_reference_results():
    assert ROOT / "results" / "reference" / "berlin-2025" in REFERENCES


@pytest.mark.parametrize("folder", REFERENCES, ids=lambda folder: folder.name)
def test_reference_results_are_reproduced(folder):
    files = reference_files(sim.read_scenario(ROOT / "scenarios" / folder.name / "scenario.yaml"))
    for name, text in files.items():
        assert (folder / name).read_text(encoding="utf-8") == text, f"{folder.name}/{name}"
