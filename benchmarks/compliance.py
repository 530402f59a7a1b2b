"""10,000 aftermaths of 120 months with Berlin's 8 parties; asked for: well under a minute on 2 cores."""

import time

import sim
from sim.after.terms import Terms
from sim.compliance.model import aftermath, aftermaths

RUNS = 10_000
MONTHLY_RUNS = 1_000


def main() -> None:
    berlin = sim.read_scenario("scenarios/berlin-2025/scenario.yaml", ["parties.russia.no_deal.reservation=0.5"])
    terms = Terms.of(berlin)
    zone = terms.payoffs.zone_of_agreement()
    margin = (terms.payoffs.utility - terms.value_of_defection(terms.reliability))[zone]
    least = margin[:, terms.payoffs.column("russia")]
    for label, agreement in (
        ("kept longest", int(zone[least.argmax()])),
        ("broken at once", int(zone[least.argmin()])),
    ):
        begin, cpu = time.perf_counter(), time.process_time()
        aftermaths(terms, agreement, seed=1, runs=RUNS)
        wall, used = time.perf_counter() - begin, time.process_time() - cpu
        print(f"{RUNS:,} aftermaths, agreement {label:15} {wall:6.1f} s on one core, {used:6.1f} s of processor time")
    begin = time.perf_counter()
    aftermaths(terms, int(zone[least.argmax()]), seed=1, runs=MONTHLY_RUNS, every_month=True)
    each = (time.perf_counter() - begin) / MONTHLY_RUNS * 1e3
    print(f"living through every one of 120 months {each:17.2f} ms a run")
    begin = time.perf_counter()
    for index in range(50):
        world = Terms.of(sim.draw_world(berlin, 1, index))
        aftermath(world, int(zone[0]), seed=1)
    print(f"world, payoffs and one aftermath of it {(time.perf_counter() - begin) / 50 * 1e3:17.2f} ms")


if __name__ == "__main__":
    main()
