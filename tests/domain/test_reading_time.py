"""Reading is quick enough to check while one types."""

from __future__ import annotations

import time

import sim
from sim.domain.writing import yaml_text


def test_a_scenario_of_two_thousand_lines_reads_in_under_half_a_second():
    data = sim.read_scenario("scenarios/berlin-2025/scenario.yaml").data
    text = yaml_text({**data, "parties": {**data["parties"], "spain": data["parties"]["italy"]}})
    assert text.count("\n") > 2_000
    best = float("inf")
    for _ in range(5):
        start = time.process_time()
        assert len(sim.scenario_from_text(text).parties) == 9
        best = min(best, time.process_time() - start)
    assert best < 0.5
