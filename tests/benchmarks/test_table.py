"""The table of benchmarks: its plain forms find what ours find, and its figures are what they say."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks import plain
from benchmarks.lines import Line, duration, high_water, slope, table, tries
from benchmarks.negotiation import case, ours
from sim.stability.arcs import MoveGraph
from sim.stability.concepts import CONCEPTS, free_concepts
from sim.stability.farsighted import largest_consistent_set
from sim.stability.groups import FreeMoves

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(("n_parties", "options"), [(2, 2), (3, 1), (3, 2)])
def test_plain_and_matrix_forms_find_what_ours_find(n_parties, options):
    size = 1 << options
    free = FreeMoves.of_product([size] * n_parties, {party: [party] for party in range(n_parties)})
    payoff = np.random.default_rng(options).integers(0, 9, (free.n_states, n_parties))
    found, moves = free_concepts(free, payoff), plain.listed(n_parties, options)
    for verdicts in (plain.five_concepts(moves, payoff), plain.matrix_form(moves, payoff)):
        for concept in CONCEPTS:
            assert np.array_equal(verdicts[concept], found.of(concept)), concept
    start, end = (np.concatenate([pair[k] for pair in moves]) for k in (0, 1))
    mover = np.repeat(np.arange(n_parties), [len(s) for s, _ in moves])
    graph = MoveGraph.of(free.n_states, [(p,) for p in range(n_parties)], start, mover, end)
    assert largest_consistent_set(graph, payoff).states.tolist() == plain.consistent_set(moves, payoff)


def test_ratios_are_of_medians_and_slopes_of_four_sizes():
    sizes = [10, 100, 1000, 10_000]
    lines = [Line("task", f"{n}", n, "peer", [n / 1e6] * 3, [n**2 / 1e6, n**2 / 2e6, n**2 / 4e6]) for n in sizes]
    assert lines[0].ratio() == "5 (2.5 to 10)"
    assert slope(sizes, [n / 1e6 for n in sizes]) == pytest.approx(1)
    assert slope(sizes[:3], [1, 2, 3]) is None
    written = table(lines)
    assert "| task | 10 | 10 µs | peer | 50 µs | 5 (2.5 to 10) | – |" in written
    assert written[-1] == "| task | 10 to 10,000 | 1.00 | 2.00 |"
    assert Line("alone", "1", 1, ours=[2.0]).ratio() == "–"
    assert [duration(s) for s in (2e-6, 0.02, 20)] == ["2 µs", "20 ms", "20 s"]
    seconds, found = tries(lambda: 7, 3)
    assert (len(seconds), found) == (3, 7)


def test_every_benchmark_that_is_listed_can_be_run():
    from importlib import import_module
    from pathlib import Path

    for path in Path("benchmarks").glob("*.py"):
        if "\ndef main(" in path.read_text(encoding="utf-8"):
            assert callable(import_module(f"benchmarks.{path.stem}").main), path.stem


@pytest.mark.parametrize("seed", [3, 5, 8])
@pytest.mark.parametrize("sizes", [[10, 10, 10], [10] * 5])
def test_stacked_offers_sign_what_the_rule_signs(sizes, seed):
    given = case(sizes, seed)
    given["repeats"] = 1
    assert ours(given)[1] == [plain.stacked_offers(given)]


def test_memory_is_of_the_program_alone():
    code = "from benchmarks.lines import high_water; print(high_water())"
    held = np.ones(40_000_000)  # 320 MB here, none of it in the program that is asked
    asked = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert 5 < float(asked.stdout) < 200
    assert high_water() > held.nbytes / 1e6 * 0.9
