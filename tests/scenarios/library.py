"""What the scenarios of the library find: makes `results/reference/library.csv` and `scenarios/README.md`.

After a change that is meant to change results: `python -m tests.scenarios.library`, and say why in the commit. The
findings are counts, so that a test can make the first worlds again and compare them one by one.
"""

from __future__ import annotations

import csv
import json
from pathlib import Path

from click.testing import CliRunner

import sim
from sim.cli import parley
from sim.results.batch import run_batch
from sim.results.summary import Summary

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "scenarios"
TABLE = ROOT / "results" / "reference" / "library.csv"
PAGE = FOLDER / "README.md"

#: Worlds behind a finding, the first of them that the test makes again, and the root seed.
WORLDS, FIRST, SEED = 200, 10, 2025

#: What each scenario is there to show, in words that its numbers bear out.
CONFLICTS = {
    "berlin-2025": (
        "One world in eighteen has a text acceptable to all eight governments, the cost of called bluffs "
        "counted; all of these are signed, and none passes everywhere at home."
    ),
    "camp-david-1978": (
        "Every world has a text: Sinai in zones for full relations. That half are missed is the work of the "
        "short talks, not of the interests."
    ),
    "iran-2015": (
        "A capped programme against relief when verified is signed in every world. Ratification is the risk, "
        "and half are kept five years."
    ),
    "dayton-1995": (
        "Two entities and a force for a year are signed in every world and mostly kept; map and corridor stay "
        "open to the last."
    ),
    "cyprus-2004": (
        "Half of the worlds have a text, few sign one, and hardly any passes both votes: the Greek Cypriots "
        "lose least without it."
    ),
    "korea-1953": (
        "The line of contact with neutrals for the prisoners is signed in every world, and nearly always with "
        "a treaty for the South."
    ),
    "minsk-2015": (
        "Border after elections and a special law are signed in nearly every world; more than half are broken "
        "within five years."
    ),
    "copenhagen-2009": (
        "Every world has a text, most miss it; where one is signed, accord and treaty are about as frequent."
    ),
    "elmira-1991": "Ranks only: three states of nine are stable, and the one that was agreed on is among them.",
}
VARIANTS = {
    "nato-open": "Nothing in any world leaves the way into NATO open: Moscow and Kyiv exclude one another.",
    "form-senate": (
        "The Senate's consent costs little at the table: nearly every world that has a text has one with it."
    ),
    "form-executive": "Nothing in any world rests on a president's signature.",
    "form-europe": "Nothing in any world goes without an American signature.",
    "donetsk-line": "The present line leaves a third of the worlds that have a text.",
    "donetsk-pullback": "An equal pull-back leaves no more than the line does.",
    "donetsk-neutral": "Of the four ways a neutral zone leaves most, not quite half of the worlds that have a text.",
    "donetsk-russian": "Nothing in any world: hard lines of Kyiv.",
    "ceasefire-first": "Nothing in any world begins with a truce.",
    "settlement-first": "Nothing is lost by settling first: every world that has a text has one of these.",
    "zone-symmetric": "Most worlds that have a text have one with an equal zone.",
    "zone-one-sided": "A zone on Ukrainian ground alone leaves few.",
    "presence-inside": "Nothing in any world: a hard line of Moscow.",
    "presence-remote": "Hardly anything is lost by watching from afar.",
    "response-automatic": "A response settled in advance leaves a quarter of the worlds that have a text.",
    "response-free": "That each guarantor decides for itself leaves most of them.",
    "us-pressure": "Pressure signs more than three times as many texts as are acceptable to all.",
    "weak-us-resolve": (
        "Nothing changes at the table, where nobody reckons with it, and hardly a text was kept before."
    ),
    "in-steps": (
        "The same texts are signed. Russia waits for the next part and Ukraine, which sees that, strikes first: "
        "hardly a text lasts longer."
    ),
    "outside-option-low": "Russia's alternative decides: near one half, eight times as many worlds have a text.",
    "outside-option-high": "Nothing in any world where Russia's alternative is better than coded.",
}
SCENARIOS = {name: FOLDER / name / "scenario.yaml" for name in CONFLICTS} | {
    name: FOLDER / "berlin-2025-variants" / f"{name}.yaml" for name in VARIANTS
}
COLUMNS = (
    "scenario",
    "worlds",
    "zone",
    "signed",
    "ratified",
    "zone_first",
    "signed_first",
    "mostly",
    "kept_12",
    "kept_60",
)


def counts(scenario: sim.Scenario, worlds: int) -> tuple[Summary, dict[str, int]]:
    """Count worlds with something acceptable to all, with a text signed, and with it ratified; no run may fail."""
    table = run_batch(scenario, runs=worlds, seed=SEED, quiet=True)
    summary = Summary.of(table, scenario)
    assert summary.failed == 0, summary.failures
    signed = round(summary.agreed.estimate * worlds)
    return summary, {
        "zone": round(summary.zone.estimate * worlds),
        "signed": signed,
        "ratified": round(summary.ratified.estimate * signed) if signed else 0,
    }


def kept(path: Path, index: int, runs: int = 200) -> tuple[float, float]:
    """Return the share of worlds in which the text most often signed is in force after one year and five."""
    arguments = ["aftermath", str(path), "--agreement", str(index), "--runs", str(runs), "--seed", str(SEED), "--json"]
    result = CliRunner().invoke(parley, arguments, catch_exceptions=False)
    content = json.loads(result.stdout)
    return content["survival_12"]["share"], content["survival_60"]["share"]


def row(name: str) -> dict[str, object]:
    """Return a scenario's row of the table."""
    scenario = sim.read_scenario(SCENARIOS[name])
    summary, found = counts(scenario, WORLDS)
    _, first = counts(scenario, FIRST)
    mostly = [
        f"{scenario.issues[term.issue].title}: {scenario.issues[term.issue].options[term.option].title or term.option}"
        for term in summary.terms
        if term.share >= 0.75
    ]
    lasting = kept(SCENARIOS[name], summary.agreements[0].index) if summary.agreements else ("", "")
    return {
        "scenario": name,
        "worlds": WORLDS,
        **found,
        "zone_first": first["zone"],
        "signed_first": first["signed"],
        "mostly": "; ".join(mostly),
        "kept_12": f"{lasting[0]:.2f}" if lasting[0] != "" else "",
        "kept_60": f"{lasting[1]:.2f}" if lasting[1] != "" else "",
    }


def table() -> list[dict[str, str]]:
    """Return the table as it is committed."""
    with TABLE.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def page(rows: list[dict[str, str]]) -> str:
    """Return the page of the library."""
    by_name = {found["scenario"]: found for found in rows}
    return f"""# Scenarios

Each is a question with what the model finds. `parley new mine --from NAME` starts from one. Every number has a
range, a
source and a status; nearly all are judgement. What happened afterwards stands in a file's notes and is no
input. Shares
are of worlds drawn from the ranges: properties of the inputs, not probabilities of what will happen.

Of {WORLDS} worlds: *acceptable*, some text is acceptable to all; *signed*, the talks end with one (under
pressure also
below what a party has without it); *ratified*, it passes everywhere. *Kept*: share of 200 worlds in which the
text most
often signed is in force after one year and five.

```
parley run scenarios/NAME --worlds {WORLDS} --seed {SEED}
parley aftermath scenarios/NAME --agreement NUMBER --worlds 200 --seed {SEED}
```

## Conflicts

{_rows(CONFLICTS, by_name, "{0}/scenario.yaml")}

In more than three quarters of the texts signed:

{_terms(by_name)}

Also here: `tutorial-two-by-two` (four agreements, solved by hand in the tutorial); `berlin-2025-coding-b` and
`-coding-c`
(rival codings), `-all-codings` (all three drawn), `-principals` (fewer must sign), `-article-only` (what the
article says).

## Berlin, one thing settled otherwise

A few lines each over `berlin-2025`, in `berlin-2025-variants/`; `parley new mine --from berlin-2025-nato-open`.
A world is
the same draw in each of them, so that rows can be compared world by world.

{_rows(VARIANTS, by_name, "berlin-2025-variants/{0}.yaml")}
"""


def _rows(findings: dict[str, str], by_name: dict[str, dict[str, str]], target: str) -> str:
    lines = [
        "| Scenario | Question | Finding | Acceptable | Signed | Ratified | Kept 1, 5 years |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, finding in findings.items():
        found, scenario = by_name[name], sim.read_scenario(SCENARIOS[name])
        lasting = f"{found['kept_12']}, {found['kept_60']}" if found["kept_12"] else "–"
        counted = " | ".join((found["zone"], found["signed"], found["ratified"], lasting))
        lines.append(f"| [{name}]({target.format(name)}) | {scenario.question} | {finding} | {counted} |")
    return "\n".join(lines)


def _terms(by_name: dict[str, dict[str, str]]) -> str:
    return "\n".join(f"- {name}: {by_name[name]['mostly']}." for name in CONFLICTS if by_name[name]["mostly"])


def main() -> None:
    """Write the table and the page."""
    rows = [{key: str(value) for key, value in row(name).items()} for name in SCENARIOS]
    with TABLE.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    PAGE.write_text(page(rows), encoding="utf-8")


if __name__ == "__main__":
    main()
