"""Reference results: small files of a scenario that are committed and reproduced by a test.

Numbers are written with fixed decimals, so that the files are the same wherever the values are; the
logical hash is of all values to nine significant digits.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from sim.agreements.frontier import Frontier
from sim.agreements.payoffs import SCALE, Payoffs
from sim.agreements.zone import Zone
from sim.domain.scenario import Scenario
from sim.domain.world import central_world
from sim.results.batch import run_batch
from sim.results.chunks import logical_hash
from sim.results.summary import Summary

__all__ = ["reference_files", "write_reference"]

#: Runs in the committed table, and their root seed.
RUNS, SEED = 200, 2025


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
    import pyarrow as pa

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


def write_reference(scenario: Scenario, folder: Path) -> None:
    """Write the reference files of a scenario into a folder.

    Parameters
    ----------
    scenario : Scenario
    folder : Path

    Examples
    --------
    >>> import sim, tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> write_reference(sim.read_scenario("scenarios/tutorial-two-by-two/scenario.yaml"), folder)
    >>> sorted(entry.name for entry in folder.iterdir())
    ['front_runners.csv', 'runs.csv', 'summary.json', 'zone.json']
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in reference_files(scenario).items():
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
    for index in payoffs.front_runners(10).tolist():
        terms = payoffs.space.agreement(index)
        margins = [f"{int(m) / SCALE:+.9f}" for m in payoffs.margin[index]]
        lines.append(",".join([str(index), *[terms[issue] for issue in issues], *margins]))
    return "\n".join(lines) + "\n"
