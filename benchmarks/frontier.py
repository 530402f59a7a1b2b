"""Frontier and zone of 10^6 agreements × 5 parties; asked for: a few seconds under 1 GB."""

import resource
import time

import numpy as np

import sim
from sim.agreements.frontier import Frontier


def million() -> sim.Scenario:
    """Return a scenario of six issues with ten options each and five parties with random values."""
    rng = np.random.default_rng(5)
    issues = {f"i{k}": {"title": f"I{k}", "options": {f"o{n}": "" for n in range(10)}} for k in range(6)}
    parties = {
        f"p{p}": {
            "title": f"P{p}",
            "salience": {k: float(rng.uniform(0.1, 1)) for k in issues},
            "utility": {k: {o: float(rng.random()) for o in issue["options"]} for k, issue in issues.items()},
            "no_deal": {"reservation": 0.4},
        }
        for p in range(5)
    }
    import json

    return sim.scenario_from_text(
        json.dumps(
            {
                "schema": 1, "name": "million", "title": "A million agreements", "as_of": "2025",
                "issues": issues, "parties": parties, "negotiation": {"protocol": "shuttle"},
            }
        )
    )  # fmt: skip


def main() -> None:
    scenario = million()
    begin = time.perf_counter()
    payoffs = sim.Payoffs.of(scenario)
    made = time.perf_counter()
    frontier = Frontier.of(payoffs)
    done = time.perf_counter()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{payoffs.space.n_agreements:,} agreements × {payoffs.n_parties} parties")
    print(
        f"space and payoffs {made - begin:.2f} s; frontier, zone and solutions {done - made:.2f} s; peak {peak:.0f} MB"
    )
    print(f"{len(frontier.agreements):,} efficient, {len(frontier.zone):,} in the zone")


if __name__ == "__main__":
    main()
