"""Reading a scenario of 2,000 lines; asked for: under half a second."""

import statistics
import time

import sim

#: Issues, options of each, parties: with one line a number they make the file as long as asked.
N_ISSUES, N_OPTIONS, N_PARTIES = 12, 3, 31


def long_text() -> str:
    """Return a scenario with one line for every option value and salience, each a full record."""
    record = "{value: 0.5, low: 0.3, high: 0.7, status: judgement, source: own}"
    lines = ["schema: 1", "name: long", "title: Long", 'as_of: "2025"', "sources: {own: {title: Judgement}}", "issues:"]
    for k in range(N_ISSUES):
        options = ", ".join(f"o{n}: text" for n in range(N_OPTIONS))
        lines.append(f"  i{k}: {{title: Issue, options: {{{options}}}}}")
    lines.append("parties:")
    for p in range(N_PARTIES):
        lines += [f"  p{p}:", "    title: Party", "    salience:"]
        lines += [f"      i{k}: {record}" for k in range(N_ISSUES)]
        lines.append("    utility:")
        for k in range(N_ISSUES):
            lines.append(f"      i{k}:")
            lines += [f"        o{n}: {record}" for n in range(N_OPTIONS)]
        lines.append(f"    no_deal: {{reservation: {record}}}")
    return "\n".join([*lines, "negotiation: {deadline: 10}", ""])


def main() -> None:
    text = long_text()
    sim.scenario_from_text(text)
    for lines, name, read in (
        (text.count("\n"), "a record a line", lambda: sim.scenario_from_text(text)),
        (None, "berlin-2025", lambda: sim.read_scenario("scenarios/berlin-2025/scenario.yaml")),
    ):
        times = []
        for _ in range(7):
            begin = time.perf_counter()
            read()
            times.append(time.perf_counter() - begin)
        length = f"{lines:,} lines, " if lines else ""
        print(f"{name}: {length}median {statistics.median(times):.3f} s, slowest {max(times):.3f} s of {len(times)}")
