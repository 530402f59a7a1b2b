"""A file made to fill the memory is refused within a bound that holds for the whole process, not for Python alone."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="address spaces are bounded and measured on Linux only")

#: What the reading of any file may add to a process, in MiB, several times what the largest honest file needs.
ROOM = {"scenarios": 384, "exchange": 384, "conflicts": 768}


@pytest.mark.parametrize("family", ROOM)
def test_a_hostile_file_is_refused_in_bounded_memory(family, tmp_path):
    command = [sys.executable, "-m", "tests.faults.hostile_files", family, str(tmp_path), str(ROOM[family])]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=300)
    cases = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(cases) >= 9
    faults = []
    for case in cases:
        right = case["told"] == "read" if case["said"] is None else case["said"] in case["told"]
        if not right or case["told"].startswith(("not a SimError", "died")):
            faults.append(f"{case['name']}: {case['told'][:200]}")
        if case["bytes"] > ROOM[family] * 2**20:
            faults.append(f"{case['name']}: {case['bytes'] / 2**20:.0f} MiB")
        if case["seconds"] > 30:
            faults.append(f"{case['name']}: {case['seconds']:.0f} s")
    assert faults == []
