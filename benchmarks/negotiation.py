"""Stacked alternating offers beside NegMAS 0.16, and what a round costs over four sizes.

    python -m benchmarks.negotiation          # both sides; the peer goes into build/peers, an environment of its own
    python -m benchmarks.negotiation --alone    # our side only

The peer is installed for benchmarks alone; the project never depends on it. Both
sides negotiate the same domain with the same time-based strategies, four parties, 100 steps; both times
include everything from utilities to the agreement, and both must sign the same agreement.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import numpy as np

from benchmarks import peers

STEPS = 100
NAMES = {"boulware": "BoulwareTBNegotiator", "linear": "LinearTBNegotiator", "conceder": "ConcederTBNegotiator"}
SEATS = ("boulware", "linear", "boulware", "linear")
REPEATS = 5


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
    python = peers.environment()
    if python is None:
        return
    print(f"\nBeside {peers.NEGMAS}, {len(SEATS)} parties, {STEPS} steps, CPU time from utilities to agreement:")
    for n in (10**3, 10**4):
        given = case(sizes[n])
        mine, mine_agreed, _ = ours(given)
        answer = peers.ask(python, peers.TALKS, given)
        peer, peer_agreed = answer["times"], answer["agreements"]
        same = "same agreement" if mine_agreed[0] == peer_agreed[0] else "DIFFERENT AGREEMENT"
        ratio = np.median(peer) / np.median(mine)
        print(
            f"{n:>9,} packages  ours {1e3 * np.median(mine):8.2f} ms  peer {1e3 * np.median(peer):8.2f} ms"
            f"  ratio {ratio:6.1f}  {same} {mine_agreed[0]}"
        )


if __name__ == "__main__":
    main()
