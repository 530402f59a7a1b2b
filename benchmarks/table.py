"""One table of everything: ours beside each peer, with spread and slope, written to RESULTS.md.

    python -m benchmarks.table [--quick] [--only PART]… [--out FILE]

A ratio is of medians; in brackets from the least to the largest that single tries give. Work of one process is
measured in seconds of processor time of all its threads, work of several in seconds of the clock. Quick leaves
out the sizes that take minutes. Peers that cannot be installed are left out and named.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import numpy as np

from benchmarks import peers, plain
from benchmarks.lines import Line, duration, table, tries

ROOT = Path(__file__).resolve().parents[1]
RESULTS = Path(__file__).parent / "RESULTS.md"
BERLIN = ROOT / "scenarios" / "berlin-2025" / "scenario.yaml"


def talks(quick: bool) -> Iterator[Line]:
    """Stacked alternating offers beside NegMAS, from utilities to agreement."""
    from benchmarks.negotiation import case, ours

    python = peers.environment()
    for digits in range(2, 5 if quick else 7):
        given = case([10] * digits)
        given["repeats"] = 7 if digits < 5 else 3
        mine, signed, _ = ours(given)
        line = Line("stacked alternating offers, 4 parties, 100 steps", f"{10**digits:,} packages", 10**digits)
        line.ours = mine
        if python is not None:
            answer = peers.ask(python, peers.TALKS, given)
            line.peer, line.theirs = "NegMAS 0.16", answer["times"]
            line.same = "same agreement" if answer["agreements"][0] == signed[0] else _parted(given, signed[0])
        yield line


def _parted(given: dict, signed: list[int] | None) -> str:
    """Why two agreements differ: the peer looks for offers within 1e-6 of a level, the rule has no such slack."""
    exact = plain.stacked_offers(given) == signed
    return "ours by the rule, peer's within 1e-6 of it" if exact else "DIFFERENT AGREEMENT"


def points(quick: bool) -> Iterator[Line]:
    """Frontier and bargaining solutions beside NegMAS, from utilities on."""
    import sim
    from sim.agreements.frontier import Frontier

    python = peers.environment()
    for n_parties in (2, 3, 5):
        for digits in range(2 if quick else 3, 5 if quick else 7):
            given = _domain([10] * digits, n_parties)
            given["repeats"] = 5 if digits < 5 else 3 if n_parties < 5 else 1
            scenario = sim.scenario_from_text(_scenario(given))
            Frontier.of(sim.Payoffs.of(scenario))
            line = Line(f"bargaining points, {n_parties} parties", f"{10**digits:,} packages", 10**digits)
            line.ours, found = tries(lambda s=scenario: Frontier.of(sim.Payoffs.of(s)), 5 if digits < 6 else 3)
            if python is not None:
                answer = peers.ask(python, peers.POINTS, given, timeout=1800)
                line.peer, line.theirs = "NegMAS 0.16", answer["times"]
                efficient = found.payoffs.utility[found.agreements]
                line.same = (
                    "frontiers of one size"
                    if len(np.unique(efficient, axis=0)) == answer["frontier"]
                    else (f"frontier of {len(np.unique(efficient, axis=0)):,}, theirs {answer['frontier']:,}")
                )
            yield line


def _domain(sizes: list[int], n_parties: int) -> dict[str, object]:
    rng = np.random.default_rng(7)
    parties = []
    for _ in range(n_parties):
        weights = rng.random(len(sizes)) + 0.2
        parties.append(
            {"weights": (weights / weights.sum()).tolist(), "values": [rng.random(n).tolist() for n in sizes]}
        )
    return {"sizes": sizes, "parties": parties}


def _scenario(given: dict[str, object]) -> str:
    options = [[f"o{k:02d}" for k in range(n)] for n in given["sizes"]]
    return json.dumps(
        {
            "schema": 1, "name": "bench", "title": "Benchmark", "as_of": "2025",
            "issues": {f"i{j}": {"title": f"i{j}", "options": dict.fromkeys(row, "")} for j, row in enumerate(options)},
            "parties": {
                f"n{place}": {
                    "title": f"n{place}",
                    "salience": {f"i{j}": w for j, w in enumerate(party["weights"])},
                    "utility": {
                        f"i{j}": dict(zip(row, party["values"][j], strict=True)) for j, row in enumerate(options)
                    },
                    "no_deal": {"reservation": 0.0},
                }
                for place, party in enumerate(given["parties"])
            },
            "negotiation": {"protocol": "shuttle"},
        }
    )  # fmt: skip


def frontier(quick: bool) -> Iterator[Line]:
    """The Pareto frontier beside moocore's, on utilities at hand; ours is exact in units of 1e-9."""
    import moocore

    from sim.agreements.frontier import pareto_efficient

    for n in (10**3, 10**4, 10**5) if quick else (10**3, 10**4, 10**5, 10**6):
        utility = np.random.default_rng(3).integers(0, 10**9, (n, 5))
        line = Line("Pareto frontier, 5 parties", f"{n:,} packages", n, "moocore")
        mine = lambda u=utility: pareto_efficient(u)  # noqa: E731
        theirs = lambda u=utility: moocore.is_nondominated(-u.astype(float), keep_weakly=True)  # noqa: E731
        mine()
        line.ours, ours = tries(mine, 5)
        line.theirs, other = tries(theirs, 5)
        line.same = "same frontier" if np.array_equal(ours, other) else "DIFFERENT FRONTIER"
        yield line


def _conflict(n_parties: int, options: int):
    from sim.stability.groups import FreeMoves

    size = 1 << options
    free = FreeMoves.of_product([size] * n_parties, {party: [party] for party in range(n_parties)})
    rng = np.random.default_rng(1)
    return free, np.stack([rng.permutation(free.n_states) for _ in range(n_parties)], axis=1)


def concepts(quick: bool) -> Iterator[Line]:
    """The five concepts beside plain numpy and the published matrix form; the clock starts when moves are known."""
    from sim.stability.concepts import CONCEPTS, free_concepts

    free_concepts(*_conflict(2, 2))
    sizes = [(5, 2), (4, 3), (5, 3), (6, 3), (5, 4)]
    for n_parties, options in sizes[:3] if quick else sizes:
        free, payoff = _conflict(n_parties, options)
        words = f"{free.n_states:,} states, {n_parties} parties"
        free_concepts(free, payoff)
        ours, found = tries(lambda f=free, p=payoff: free_concepts(f, p), 7)
        moves = plain.listed(n_parties, options)
        count = 3 if free.n_states < 10**5 else 1
        theirs, other = tries(lambda m=moves, p=payoff: plain.five_concepts(m, p), count)
        same = all(np.array_equal(other[concept], found.of(concept)) for concept in CONCEPTS)
        yield Line(
            "five concepts, free moves", words, free.n_states, "plain numpy", ours, theirs,
            "same verdicts" if same else "DIFFERENT VERDICTS",
        )  # fmt: skip
        del moves
    for n_parties, options in ((3, 2), (4, 2), (3, 3), (5, 2)):
        free, payoff = _conflict(n_parties, options)
        free_concepts(free, payoff)
        ours, found = tries(lambda f=free, p=payoff: free_concepts(f, p), 7)
        moves = plain.listed(n_parties, options)
        theirs, other = tries(lambda m=moves, p=payoff: plain.matrix_form(m, p), 3 if free.n_states < 1000 else 1)
        same = all(np.array_equal(other[concept], found.of(concept)) for concept in CONCEPTS)
        yield Line(
            "five concepts, matrix form", f"{free.n_states:,} states, {n_parties} parties", free.n_states,
            "matrix form", ours, theirs, "same verdicts" if same else "DIFFERENT VERDICTS",
        )  # fmt: skip


def foresight(quick: bool) -> Iterator[Line]:
    """The largest consistent set beside plain Python, and Berlin's."""
    import sim
    from sim.stability.arcs import MoveGraph
    from sim.stability.farsighted import largest_consistent_set

    for n_parties, options in ((3, 2), (4, 2), (3, 3), (5, 2)) if quick else ((4, 2), (3, 3), (5, 2), (4, 3)):
        moves = plain.listed(n_parties, options)
        n = 1 << (n_parties * options)
        payoff = np.random.default_rng(2).integers(0, 10**9, (n, n_parties))
        start, end = (np.concatenate([pair[k] for pair in moves]) for k in (0, 1))
        mover = np.repeat(np.arange(n_parties), [len(s) for s, _ in moves])
        graph = MoveGraph.of(n, [(p,) for p in range(n_parties)], start, mover, end)
        largest_consistent_set(graph, payoff)
        line = Line("largest consistent set", f"{n:,} states, {len(start):,} moves", n, "plain Python")
        line.ours, found = tries(lambda g=graph, p=payoff: largest_consistent_set(g, p), 5)
        line.theirs, other = tries(lambda m=moves, p=payoff: plain.consistent_set(m, p), 3 if n < 2000 else 1)
        line.same = "same set" if found.states.tolist() == other else "DIFFERENT SET"
        yield line
    found = sim.assess(sim.read_scenario(BERLIN))
    graph, utility = found.arcs, found.payoffs.utility
    size = f"{graph.n_states:,} states, {graph.n_arcs:,} moves"
    line = Line("largest consistent set of Berlin", size, graph.n_states)
    line.ours, one = tries(lambda: largest_consistent_set(graph, utility), 3)
    line.same = f"{len(one.states):,} states in {len(one.rounds) - 1} rounds"
    yield line
    line = Line("five concepts of a Berlin world", size, graph.n_states)
    line.ours, _ = tries(lambda: found._concepts(("Nash", "GMR", "SMR", "SEQ", "SSEQ")), 5)
    yield line


def sweeps(quick: bool) -> Iterator[Line]:
    """A sweep of a Mesa model beside ``mesa.batch_run``, two processes each, by the clock."""
    from benchmarks.sweep import OUTCOMES, PRELOAD, cleared, design_of, mesa_batch, same_rows, swept
    from benchmarks.sweep_models import haggle_by_own_step
    from sim.sweeps.task import FunctionTask

    own = FunctionTask(haggle_by_own_step, OUTCOMES)
    same = "same rows" if same_rows() else "DIFFERENT ROWS"
    for replications in (25, 50, 100, 200) if quick else (50, 100, 200, 400, 1000):
        line = Line("sweep of a Mesa model, 2 processes", f"{10 * replications:,} runs", 10 * replications)
        line.peer, line.same = "mesa.batch_run", same
        for _ in range(3):
            line.ours.append(cleared(swept(design_of(10, replications), own, 2, preload=PRELOAD)))
            line.theirs.append(mesa_batch(10, replications, 2)[0])
        yield line


def discovery(quick: bool) -> Iterator[Line]:
    """Scenario discovery beside the EMA Workbench, Sobol's indices and Latin hypercubes beside SALib."""
    import pandas as pd

    from sim.sweeps.discovery import prim

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from ema_workbench.analysis.prim import Prim
    for n in (300, 1000, 3000, 10_000) if quick else (1000, 3000, 10_000, 30_000):
        rng = np.random.default_rng(4)
        frame = pd.DataFrame(rng.random((n, 10)), columns=list("abcdefghij"))
        yes = ((frame["a"] < 0.45) & (frame["b"] > 0.3)).to_numpy()
        line = Line("scenario discovery (PRIM), 10 factors", f"{n:,} rows", n, "EMA Workbench 3")
        line.ours, (_, (ours,)) = tries(lambda f=frame, y=yes: prim(f, y), 3)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            line.theirs, box = tries(lambda f=frame, y=yes: Prim(f.copy(), y).find_box(), 3)
        path = box.peeling_trajectory
        alike = len(ours.coverage) == len(path) and np.allclose(ours.coverage, path["coverage"], atol=1e-12)
        line.same = "same path" if alike else "DIFFERENT PATH"
        yield line

    from SALib.sample import latin
    from scipy.stats import qmc

    for n in (1000, 3000, 10_000, 30_000):
        problem = {"num_vars": 15, "names": [f"x{k}" for k in range(15)], "bounds": [[0, 1]] * 15}
        line = Line("Latin hypercube, 15 factors", f"{n:,} points", n, "SALib")
        # The sampler of our designs.
        line.ours, _ = tries(lambda m=n: qmc.LatinHypercube(15, rng=np.random.default_rng(1)).random(m), 5)
        line.theirs, _ = tries(lambda m=n, p=problem: latin.sample(p, m, seed=1), 3)
        yield line


def commands(quick: bool) -> Iterator[Line]:
    """Start-up of the command, and imports, by the clock."""
    parley = Path(sys.executable).with_name("parley")
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}

    def run(*command: str) -> Callable[[], object]:
        return lambda: subprocess.run(command, check=True, capture_output=True, env=environment, cwd=ROOT)

    python = peers.environment()
    for words, mine, peer, other in (
        ("parley --help", (str(parley), "--help"), "import mesa", (sys.executable, "-c", "import mesa")),
        ("import sim", (sys.executable, "-c", "import sim"), "import negmas", (str(python), "-c", "import negmas")),
    ):  # fmt: skip
        line = Line(f"start-up: {words}", "", 1, peer)
        run(*mine)()
        line.ours, _ = tries(run(*mine), 5, time.perf_counter)
        if other[0] != "None":
            run(*other)()
            line.theirs, _ = tries(run(*other), 5, time.perf_counter)
        yield line


def memory(quick: bool) -> list[str]:
    """Bytes a row: of a sweep on disk, and of the master while it runs."""
    code = (
        "import json\nfrom benchmarks.lines import high_water\nfrom benchmarks.sweep import *\n"
        "task = FunctionTask(trivial, WIDE)\n"
        "carried = {}\n"
        f"for rows in ({'1000, 10_000' if quick else '10_000, 100_000'}):\n"
        "    seconds, folder = swept(design_of(10, rows // 10), task, 2, preload=PRELOAD)\n"
        "    disk = sum(path.stat().st_size for path in folder.rglob('*.parquet'))\n"
        "    peak = high_water()\n"
        "    carried[rows] = [disk / rows, peak, seconds]\n"
        "print(json.dumps(carried))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    found = json.loads(done.stdout.splitlines()[-1])
    return [
        f"- A sweep of {int(rows):,} rows of six outcomes: {disk:.1f} bytes a row on disk, master at most {peak:.0f}"
        f" MB, {seconds:.1f} s with two processes."
        for rows, (disk, peak, seconds) in found.items()
    ]


PARTS: dict[str, Callable[[bool], Iterator[Line]]] = {
    "talks": talks,
    "points": points,
    "frontier": frontier,
    "commands": commands,
    "discovery": discovery,
    "concepts": concepts,
    "foresight": foresight,
    "sweeps": sweeps,
}


def machine() -> list[str]:
    """What ran it: processor, load, versions."""
    model = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        names = [
            line.partition(":")[2].strip() for line in info.read_text().splitlines() if line.startswith("model name")
        ]
        model = names[0] if names else model
    packages = ("parley-sim", "numpy", "scipy", "numba", "pandas", "mesa", "moocore", "SALib", "ema_workbench")
    processors = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    return [
        f"- {model}, {processors} processors; load when it began (1, 5, 15 minutes): {load}",
        f"- {platform.system()} {platform.release()}, Python {platform.python_version()}",
        "- " + ", ".join(f"{name} {version(name)}" for name in packages) + f"; peer environment: {peers.NEGMAS}",
    ]


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="leave out the sizes that take minutes")
    parser.add_argument("--only", action="append", choices=[*PARTS, "memory"], help="this part alone; may be repeated")
    parser.add_argument("--out", type=Path, default=RESULTS, help="where the table is written")
    given = parser.parse_args(sys.argv[1:] if argv is None else argv)
    began, started = time.perf_counter(), machine()
    lines: list[Line] = []
    rest: list[str] = []

    def write(done: list[str]) -> None:
        names = "all parts" if len(done) == len(PARTS) + 1 else f"parts: {', '.join(done)}"
        text = [
            "# Beside the peers",
            "",
            f"Written by `make bench` on {datetime.now(UTC):%d %B %Y}, in {(time.perf_counter() - began) / 60:.0f}"
            f" minutes; {names}{'; quick, without the sizes that take minutes' if given.quick else ''}.",
            "",
            *started,
            "",
            "A ratio says how many times as long the peer takes: of medians, and in brackets from the least to the"
            " largest that single tries give. Times of one process are seconds of processor time of all its threads;"
            " of sweeps and start-up seconds of the clock. A slope of 1 is cost that grows with the size.",
            "",
            *table(lines),
            "",
            *rest,
        ]
        given.out.write_text("\n".join(text).rstrip() + "\n", encoding="utf-8")

    done = []
    for name, part in PARTS.items():
        if given.only and name not in given.only:
            continue
        for line in part(given.quick):
            lines.append(line)
            ours = duration(float(np.median(line.ours)))
            print(f"{line.task}, {line.size}: {ours}; {line.ratio()} {line.same}", flush=True)
        # After every part: an interrupted run has what it measured.
        done.append(name)
        write(done)
    if not given.only or "memory" in given.only:
        rest = memory(given.quick)
        write([*done, "memory"])
    print(f"written to {given.out}")


if __name__ == "__main__":
    main()
