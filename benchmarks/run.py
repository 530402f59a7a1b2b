"""One run of Berlin: world drawn, 52 rounds, 8 delegates, 46,288 packages; asked for: at most 20 ms after the first."""

import statistics
import time

import sim
from sim.after.terms import Terms
from sim.negotiation.model import negotiate

RUNS = 100


def timed(call) -> float:
    begin = time.perf_counter()
    call()
    return (time.perf_counter() - begin) * 1000


def main() -> None:
    berlin = sim.read_scenario("scenarios/berlin-2025/scenario.yaml")

    def talks(n: int) -> None:
        negotiate(Terms.of(sim.draw_world(berlin, 2025, n)), 2025)

    first = timed(lambda: talks(0))
    rest = [timed(lambda n=n: talks(n)) for n in range(1, RUNS)]
    whole = [timed(lambda n=n: sim.simulate(berlin, 2025, world=n)) for n in range(1, RUNS)]
    worlds = [timed(lambda n=n: sim.Payoffs.of(sim.draw_world(berlin, 2025, n))) for n in range(1, RUNS)]
    for label, times in (
        ("world and payoffs", worlds),
        ("world, payoffs, negotiation", rest),
        ("the same and the aftermath of what is signed", whole),
    ):
        print(f"{label:46} median {statistics.median(times):6.1f} ms, 95 % below {sorted(times)[94]:6.1f} ms")
    print(f"{'the first run (imports, caches)':46} {first:13.1f} ms")


if __name__ == "__main__":
    main()
