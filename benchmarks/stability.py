"""The five concepts against a frozen form in plain numpy, and the cost per state.

Both sides judge the same conflicts in the same run, in CPU seconds of one process: parties with some yes/no
options each, every combination feasible, strict payoffs at random. The plain side is a frozen file kept
beside the project; where it is absent only our own figures are printed. The clock starts when the moves are
listed, for both.
"""

from __future__ import annotations

import gc
import importlib.util
import time
from pathlib import Path
from types import ModuleType

import numpy as np

import sim
from sim.stability.concepts import CONCEPTS, free_concepts, stability_concepts
from sim.stability.farsighted import largest_consistent_set
from sim.stability.groups import FreeMoves
from sim.stability.moves import form_arcs

ROOT = Path(__file__).resolve().parents[1]
BASELINE = ROOT.parent / "shared" / "reference" / "min_propagation_numpy.py"
#: Parties, and options of each.
SIZES = [(4, 3), (5, 3), (4, 4), (6, 3)]
REPEATS = 3


def baseline() -> ModuleType | None:
    if not BASELINE.exists():
        return None
    spec = importlib.util.spec_from_file_location("min_propagation_numpy", BASELINE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    # The frozen file swaps its reader of arcs for a quicker one when it is run by itself; do the same.
    module.csr = lambda n, edges: module.csr2(n, np.asarray(edges))
    return module


def cpu(work):
    gc.collect()
    start = time.process_time()
    result = work()
    return time.process_time() - start, result


def option_conflict(n_parties: int, options: int) -> tuple[FreeMoves, np.ndarray]:
    # Party 0 holds the lowest bits of a state's number on the plain side; the last issue runs fastest on ours.
    size = 1 << options
    free = FreeMoves.of_product([size] * n_parties, {n_parties - 1 - issue: [issue] for issue in range(n_parties)})
    rng = np.random.default_rng(1)
    return free, np.stack([rng.permutation(free.n_states) for _ in range(n_parties)], axis=1)


def compare(plain: ModuleType | None) -> None:
    heads = ("states", 9), ("parties", 8), ("plain s", 9), ("ours s", 8), ("ratio", 7)
    print("".join(f"{head:>{width}}" for head, width in (*heads, ("µs/state", 10))))
    for n_parties, options in SIZES:
        free, payoff = option_conflict(n_parties, options)
        free_concepts(free, payoff)
        # B023: each lambda is called at once, in its own turn of the loop.
        ours, result = min((cpu(lambda: free_concepts(free, payoff)) for _ in range(REPEATS)), key=lambda r: r[0])  # noqa: B023
        shown, ratio = "-", "-"
        if plain is not None:
            n_states, edges = plain.option_edges(n_parties, options)
            table = {party: payoff[:, party] for party in range(n_parties)}
            theirs, verdicts = cpu(lambda: plain.stability(n_states, edges, table))  # noqa: B023
            for concept in CONCEPTS:
                for party in range(n_parties):
                    assert np.array_equal(verdicts[concept][party], result.of(concept)[:, party]), (concept, party)
            shown, ratio = f"{theirs:.2f}", f"{theirs / ours:.1f}"
        print(
            f"{free.n_states:>9,} {n_parties:>7} {shown:>8} {ours:>7.3f} {ratio:>6} {ours / free.n_states * 1e6:>9.2f}"
        )
    if plain is None:
        print(f"({BASELINE.name} is not kept beside the project: no ratios; `make bench` has a plain form of its own)")
    else:
        print("Every verdict of every party is the same on both sides.")


def berlin() -> None:
    scenario = sim.read_scenario(ROOT / "scenarios" / "berlin-2025" / "scenario.yaml")
    payoffs = sim.Payoffs.of(scenario)
    listed, (arcs, reverse) = cpu(lambda: form_arcs(payoffs.frame.form))
    stability_concepts(arcs, payoffs.utility, reverse=reverse)
    times = [
        cpu(lambda p=p: stability_concepts(arcs, p.utility, reverse=reverse))[0]
        for p in (sim.Payoffs.of(sim.draw_world(scenario, 0, k)) for k in range(10))
    ]
    print(
        f"Berlin: {arcs.n_states:,} agreements, {payoffs.n_parties} parties, {arcs.n_movers} movers, {arcs.n_arcs:,} "
        f"moves (listed once in {listed:.2f} s). Five concepts with margins, ten worlds: median "
        f"{np.median(times):.2f} s, largest {max(times):.2f} s a world; a thousand worlds in "
        f"{np.mean(times) * 1000 / 60:.1f} minutes of one processor."
    )


def foresight() -> None:
    found = sim.assess(sim.read_scenario(ROOT / "scenarios" / "berlin-2025" / "scenario.yaml"))
    graph, utility = found.arcs, found.payoffs.utility
    largest_consistent_set(graph, utility)
    seconds, one = cpu(lambda: largest_consistent_set(graph, utility))
    print(
        f"Largest consistent set of Berlin: {graph.n_states:,} states, {graph.n_arcs:,} moves: {seconds:.1f} s, "
        f"{len(one.states):,} states in {len(one.rounds) - 1} rounds."
    )


def main() -> None:
    compare(baseline())
    berlin()
    foresight()


if __name__ == "__main__":
    main()
