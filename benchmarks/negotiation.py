"""Stacked alternating offers beside NegMAS 0.16, and what a round costs over four sizes.

    python benchmarks/negotiation.py            # both sides; the peer goes into a temporary environment of its own
    python benchmarks/negotiation.py --alone    # our side only

The peer is installed by this script only, for the time of the run; the project never depends on it. Both
sides negotiate the same domain with the same time-based strategies, four parties, 100 steps; both times
include everything from utilities to the agreement, and both must sign the same agreement.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path

import numpy as np

PEER = "negmas==0.16.0"
STEPS = 100
NAMES = {"boulware": "BoulwareTBNegotiator", "linear": "LinearTBNegotiator", "conceder": "ConcederTBNegotiator"}
SEATS = ("boulware", "linear", "boulware", "linear")
REPEATS = 5

PEER_SCRIPT = """
import json, sys, time
from negmas import SAOMechanism, make_issue
from negmas.outcomes import make_os
from negmas.preferences import LinearAdditiveUtilityFunction as Linear, TableFun
import negmas.sao.negotiators as kinds

case = json.load(open(sys.argv[1]))
issues = [make_issue([f"o{k:02d}" for k in range(n)], name=f"i{j}") for j, n in enumerate(case["sizes"])]
space = make_os(issues)
times, agreements = [], []
for _ in range(case["repeats"]):
    start = time.process_time()
    mechanism = SAOMechanism(outcome_space=space, n_steps=case["steps"])
    for place, party in enumerate(case["parties"]):
        values = [TableFun({f"o{k:02d}": v for k, v in enumerate(row)}) for row in party["values"]]
        ufun = Linear(values=values, weights=party["weights"], outcome_space=space, reserved_value=party["reserved"])
        mechanism.add(getattr(kinds, party["kind"])(name=f"n{place}"), ufun=ufun)
    state = mechanism.run()
    times.append(time.process_time() - start)
    agreements.append(None if state.agreement is None else [int(o[1:]) for o in state.agreement])
print(json.dumps({"times": times, "agreements": agreements}))
"""


def case(sizes: list[int], seed: int = 3) -> dict:
    """A domain of random additive utilities; four parties."""
    rng = np.random.default_rng(seed)
    parties = []
    for seat in SEATS:
        weights = rng.random(len(sizes)) + 0.2
        values = [rng.random(n) for n in sizes]
        values = [(row - row.min()) / (row.max() - row.min()) for row in values]
        parties.append(
            {
                "weights": (weights / weights.sum()).tolist(),
                "values": [row.tolist() for row in values],
                "reserved": 0.1,
                "kind": NAMES[seat],
                "seat": seat,
            }
        )
    return {"sizes": sizes, "parties": parties, "steps": STEPS, "repeats": REPEATS}


def ours(given: dict, protocol: str = "alternating_offers", strategy: str = "aspiration") -> tuple[list, list, float]:
    import sim
    from sim.domain.world import central_world
    from sim.negotiation.model import negotiate

    options = [[f"o{k:02d}" for k in range(n)] for n in given["sizes"]]
    data = {
        "schema": 1,
        "name": "bench",
        "title": "Benchmark",
        "as_of": "2025",
        "issues": {f"i{j}": {"title": f"i{j}", "options": dict.fromkeys(row, "")} for j, row in enumerate(options)},
        "parties": {
            f"n{place}": {
                "title": f"n{place}",
                "salience": {f"i{j}": w for j, w in enumerate(party["weights"])},
                "utility": {f"i{j}": dict(zip(row, party["values"][j], strict=True)) for j, row in enumerate(options)},
                "no_deal": {"reservation": party["reserved"]},
                "strategy": {"name": f"aspiration-{party['seat']}" if strategy == "aspiration" else party["seat"]},
            }
            for place, party in enumerate(given["parties"])
        },
        "negotiation": {"protocol": protocol, "deadline": given["steps"], "opener": "n0", "mediator": "n0"},
    }
    scenario = sim.scenario_from_text(json.dumps(data))
    negotiate(sim.Terms.of(scenario), 0)
    times, agreements, rounds = [], [], 1
    for _ in range(given["repeats"]):
        start = time.process_time()
        terms = sim.Terms.of(central_world(scenario))
        outcome = negotiate(terms, 0)
        times.append(time.process_time() - start)
        labels = None if outcome.agreement is None else terms.space.agreement(outcome.agreement)
        agreements.append(None if labels is None else [int(labels[f"i{j}"][1:]) for j in range(len(options))])
        rounds = outcome.rounds
    return times, agreements, min(times) / rounds


def theirs(given: dict, python: Path, folder: Path) -> tuple[list, list]:
    script, file = folder / "peer.py", folder / "case.json"
    script.write_text(PEER_SCRIPT)
    file.write_text(json.dumps(given))
    done = subprocess.run([python, script, file], capture_output=True, text=True, check=True, timeout=900)
    found = json.loads(done.stdout.splitlines()[-1])
    return found["times"], found["agreements"]


def berlin(runs: int = 30) -> None:
    """A run of Berlin: world drawn, payoffs, 52 weeks of shuttle."""
    import sim

    root = Path(__file__).resolve().parent.parent
    scenario = sim.read_scenario(root / "scenarios/berlin-2025/scenario.yaml")
    times = []
    for index in range(runs + 1):
        start = time.process_time()
        sim.simulate(scenario, 0, world=index, after=False)
        times.append(time.process_time() - start)
    times = times[1:]
    print(f"Berlin, a run after the first: median {1e3 * np.median(times):.1f} ms, best {1e3 * min(times):.1f} ms")


def main() -> None:
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    berlin()
    sizes = {10**3: [10, 10, 10], 10**4: [10, 10, 10, 10], 10**5: [10] * 5, 10**6: [10] * 6}
    print("\nCost of a round of ours (alternating offers and shuttle, four parties):")
    for n, shape in sizes.items():
        given = case(shape)
        given["repeats"] = 2
        offers, shuttle = ours(given)[2], ours(given, "shuttle", "native")[2]
        print(f"{n:>9,} packages  offers {1e3 * offers:8.3f} ms  shuttle {1e3 * shuttle:8.3f} ms")
    if "--alone" in sys.argv:
        return
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        venv.create(folder / "env", with_pip=True)
        python = folder / "env" / "bin" / "python"
        subprocess.run([python, "-m", "pip", "install", "-q", PEER], check=True, timeout=900)
        print(f"\nBeside {PEER}, {len(SEATS)} parties, {STEPS} steps, CPU time from utilities to agreement:")
        for n in (10**3, 10**4):
            given = case(sizes[n])
            mine, mine_agreed, _ = ours(given)
            peer, peer_agreed = theirs(given, python, folder)
            same = "same agreement" if mine_agreed[0] == peer_agreed[0] else "DIFFERENT AGREEMENT"
            ratio = np.median(peer) / np.median(mine)
            print(
                f"{n:>9,} packages  ours {1e3 * np.median(mine):8.2f} ms  peer {1e3 * np.median(peer):8.2f} ms"
                f"  ratio {ratio:6.1f}  {same} {mine_agreed[0]}"
            )


if __name__ == "__main__":
    main()
