"""Reference results: small files of a scenario, written by `make reference`, committed, and checked by tests.

Numbers are written with fixed decimals, so that the files are the same wherever the values are; the
logical hash is of all values to nine significant digits. Each sweep file of a scenario is carried out in its first
few worlds, which are the first few of the full sweep as well.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

import sim
from sim.after.front_runners import front_runners
from sim.agreements.frontier import Frontier
from sim.agreements.payoffs import SCALE, Payoffs
from sim.agreements.zone import Zone
from sim.domain.scenario import Scenario
from sim.domain.world import central_world
from sim.results.batch import run_batch
from sim.results.chunks import logical_hash
from sim.results.intervals import share_of_rows
from sim.results.keys import failed_runs
from sim.results.summary import Summary
from sim.sweeps.design_file import read_design
from sim.sweeps.factors import DUMMY
from sim.sweeps.results import Results, sweep
from sim.sweeps.robustness import robustness

ROOT = Path(__file__).parents[2]
SCENARIOS = ROOT / "scenarios"
REFERENCE = ROOT / "results" / "reference"

#: Runs in the committed table, and their root seed.
RUNS, SEED = 200, 2025
#: Worlds of each question's reduced sweep.
REDUCED = {"zone": 40, "donetsk": 12, "reliability": 2, "red-lines": 20, "codings": 40}
_DECIMALS = 6


def reference_files(scenario: Scenario) -> dict[str, str]:
    """Return the reference files of a scenario, by name.

    Parameters
    ----------
    scenario : Scenario

    Returns
    -------
    dict of str to str
        ``zone.json``, ``front_runners.csv``, ``runs.csv`` and ``summary.json``.

    Examples
    --------
    >>> import sim
    >>> files = reference_files(sim.read_scenario("scenarios/tutorial-two-by-two/scenario.yaml"))
    >>> print(files["front_runners.csv"])
    agreement,pass,guard,hill,vale
    1,shared,absent,+0.500000000,+0.250000000
    2,held,promised,+0.100000000,+0.050000000
    3,shared,promised,-0.100000000,+0.650000000
    0,held,absent,+0.700000000,-0.350000000
    """
    payoffs = Payoffs.of(scenario)
    table = run_batch(scenario, runs=RUNS, seed=SEED, quiet=True)
    summary = Summary.of(table, scenario)
    content = {
        "scenario": scenario.name,
        "scenario_hash": scenario.hash,
        "runs": summary.runs,
        "seed": SEED,
        "failed": summary.failed,
        "agreed": _interval(summary.agreed),
        "zone": _interval(summary.zone),
        "ratified": _interval(summary.ratified),
        "refused_last": {r.party: {"runs": r.runs, "grounds": dict(r.grounds)} for r in summary.refusals},
        "logical_hash": logical_hash([pa.Table.from_pandas(table, preserve_index=False)]),
    }
    return {
        "zone.json": _json(_zone(payoffs)),
        "front_runners.csv": _front_runners(payoffs),
        "runs.csv": table.to_csv(index=False, float_format="%.6f", lineterminator="\n"),
        "summary.json": _json(content),
    }


def write_reference(scenario: str) -> None:
    """Write the reference files of a scenario of ``scenarios/``, and the reduced results of its sweep files."""
    folder = REFERENCE / scenario
    folder.mkdir(parents=True, exist_ok=True)
    files = reference_files(sim.read_scenario(SCENARIOS / scenario / "scenario.yaml"))
    for question in REDUCED:
        if (SCENARIOS / scenario / f"sweep-{question}.yaml").is_file():
            files |= reduced_results(SCENARIOS / scenario, question)
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")


def _interval(share: Any) -> list[float] | None:
    if share.estimate != share.estimate:
        return None
    return [round(share.estimate, 6), round(share.low, 6), round(share.high, 6)]


def _json(content: dict[str, Any]) -> str:
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def _zone(payoffs: Payoffs) -> dict[str, Any]:
    frontier, zone = Frontier.of(payoffs), Zone.of(payoffs)
    all_real = Payoffs.of(central_world(payoffs.scenario, lines="real"))
    return {
        "scenario": payoffs.scenario.name,
        "scenario_hash": payoffs.scenario.hash,
        "agreements": int(payoffs.space.signable.sum()),
        "efficient": len(frontier.agreements),
        "zone": len(zone.agreements),
        "zone_if_all_declared_lines_are_real": len(all_real.zone_of_agreement()),
        "blockers": {b.party: b.zone_without for b in zone.blockers},
        "agreeing": [list(parties) for parties in zone.agreeing],
        "openings": {o.party: round(o.threshold, 9) for o in zone.openings},
    }


def _front_runners(payoffs: Payoffs) -> str:
    issues = list(payoffs.scenario.issues)
    lines = [",".join(["agreement", *issues, *payoffs.parties])]
    for index in front_runners(payoffs, 10).tolist():
        terms = payoffs.space.agreement(index)
        margins = [f"{int(m) / SCALE:+.9f}" for m in payoffs.margin[index]]
        lines.append(",".join([str(index), *[terms[issue] for issue in issues], *margins]))
    return "\n".join(lines) + "\n"


def reduced_results(folder: str | Path, question: str, workers: int = 0) -> dict[str, str]:
    """Carry a sweep file out in a few worlds and reduce it.

    Parameters
    ----------
    folder : str or Path
        The scenario's folder.
    question : str
        A key of `REDUCED`, as in ``sweep-<question>.yaml``.
    workers : int
        Processes; the result does not depend on it.

    Returns
    -------
    dict of str to str
        CSV by file name: ``sweep-<question>.csv``, and for an exact sweep without factors also
        ``sweep-<question>-options.csv``.

    Examples
    --------
    >>> import shutil, tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> _ = shutil.copy("scenarios/tutorial-two-by-two/scenario.yaml", folder)
    >>> _ = (folder / "sweep-zone.yaml").write_text(
    ...     "{schema: 1, name: zone, factors: {parties.hill.no_deal.reservation: [0.3, 0.9]}}"
    ... )
    >>> print(reduced_results(folder, "zone")["sweep-zone.csv"])
    scenario,point,parties.hill.no_deal.reservation,runs,failed,zone,zone.low,zone.high,agreed,...
    tutorial-two-by-two,0,0.300000,40,0,1.000000,0.912378,1.000000,1.000000,...
    tutorial-two-by-two,1,0.900000,40,0,0.000000,0.000000,0.087622,0.000000,...
    """
    design = read_design(Path(folder) / f"sweep-{question}.yaml").with_changes(worlds=REDUCED[question])
    results = sweep(design, workers=workers, quiet=True)
    factors = [f.name for f in design.factors if f.name != DUMMY]
    if design.depth == "simulate":
        return {f"sweep-{question}.csv": _csv(_points(results, factors))}
    if factors:
        return {f"sweep-{question}.csv": _csv(_tests(results, factors))}
    return {
        f"sweep-{question}.csv": _csv(_packages(results)),
        f"sweep-{question}-options.csv": _csv(_options(results)),
    }


def _csv(frame: pd.DataFrame) -> str:
    return frame.to_csv(index=False, float_format=f"%.{_DECIMALS}f", lineterminator="\n")


def _points(results: Results, factors: list[str]) -> pd.DataFrame:
    """One row per scenario and point: shares of worlds with a zone and of runs that agree."""
    rows = []
    for (scenario, point), runs in results.table.groupby(["scenario", "point"], sort=True):
        fine = runs[~failed_runs(runs)]
        worlds = fine["world"].to_numpy()
        row = {"scenario": scenario, "point": point, **{name: runs[name].iloc[0] for name in factors}}
        row |= {"runs": len(runs), "failed": len(runs) - len(fine)}
        for name, yes in (("zone", fine["zone"] > 0), ("agreed", fine["agreed"].astype(bool))):
            share = share_of_rows(yes.to_numpy(), worlds)
            row |= {name: share.estimate, f"{name}.low": share.low, f"{name}.high": share.high}
        row["mean_zone"] = float(fine["zone"].mean())
        rows.append(row)
    return pd.DataFrame(rows)


def _tests(results: Results, factors: list[str]) -> pd.DataFrame:
    """Per group and test: the share of worlds of the most robust package, and the mean share."""
    rows = []
    for found in robustness(results.folder, tuple(factors)):
        for test in found.tests:
            best = found.to_frame(test, 1)
            rows.append(
                {
                    **found.group,
                    "worlds": found.n_worlds,
                    "test": test,
                    "best": best[test].iloc[0],
                    "best.low": best[f"{test}.low"].iloc[0],
                    "best.high": best[f"{test}.high"].iloc[0],
                    "mean": float(found.shares[test].mean()),
                    "agreement": best.index[0],
                }
            )
    return pd.DataFrame(rows)


def _packages(results: Results, top: int = 5) -> pd.DataFrame:
    """Return the most robust packages."""
    (found,) = robustness(results.folder)
    frame = found.to_frame("stable", top).reset_index()
    frame.insert(0, "worlds", found.n_worlds)
    return frame


def _options(results: Results) -> pd.DataFrame:
    """Per issue, option and test: the best share of worlds among the packages with that option."""
    (found,) = robustness(results.folder)
    parts = []
    for issue in sorted(found.scenario.issues):
        for test in found.tests:
            part = found.by_option(issue, test).reset_index()
            part.insert(0, "test", test)
            part.insert(0, "issue", issue)
            parts.append(part)
    return pd.concat(parts, ignore_index=True)


if __name__ == "__main__":
    write_reference("berlin-2025")
