"""A batch of runs of one scenario: the table, and its result folder."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.domain.reader import scenario_from_text
from sim.domain.scenario import Scenario
from sim.errors import ResultError, SimError
from sim.results.manifest import Manifest
from sim.results.progress import Progress
from sim.results.store import write_result
from sim.results.table import KEY_COLUMNS, outcome_columns, outcome_row, table_of
from sim.run import simulate

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["recorded_scenario", "run_batch", "scenario_record", "scenario_text", "write_batch"]


def run_batch(
    scenario: Scenario, *, runs: int, seed: int = 0, central: bool = False, quiet: bool = False
) -> pd.DataFrame:
    """Simulate a batch of runs of one scenario.

    Parameters
    ----------
    scenario : Scenario
    runs : int
        Each in a world of its own; at central values, each a replication in the one world.
    seed : int
    central : bool
    quiet : bool
        No progress on stderr.

    Returns
    -------
    pandas.DataFrame
        One row per run, in order, with the columns of ``sim.results.table``. A run that fails is a row
        with its error.

    Examples
    --------
    >>> import sim
    >>> berlin = sim.read_scenario("scenarios/berlin-2025/scenario.yaml")
    >>> table = run_batch(berlin, runs=3, seed=1, quiet=True)
    >>> table["world"].tolist()
    [0, 1, 2]
    """
    rows: list[dict[str, Any]] = []
    columns = (*KEY_COLUMNS, *outcome_columns(scenario))
    empty = {c.name: "" if c.type == "string" else None for c in columns}
    progress = Progress(runs, label=scenario.name, quiet=quiet)
    for n in range(runs):
        world, replication = (0, n) if central else (n, 0)
        row = empty | {"run": n, "world": world, "replication": replication}
        failed = 0
        try:
            run = simulate(scenario, seed, world=world, replication=replication, central=central)
            row |= outcome_row(run)
        except (SimError, ArithmeticError, ValueError) as fault:
            row |= {"error": type(fault).__name__, "message": " ".join(str(fault).split())}
            failed = 1
        rows.append(row)
        progress.add(1, failed)
    progress.close()
    return table_of(columns, rows)


def scenario_text(scenario: Scenario) -> str:
    """Return what a scenario says, after ``extends`` and ``--set``, as text that can be read again.

    Parameters
    ----------
    scenario : Scenario

    Returns
    -------
    str
        JSON, which is YAML as well.

    Examples
    --------
    >>> import sim
    >>> berlin = sim.read_scenario("scenarios/berlin-2025/scenario.yaml")
    >>> sim.scenario_from_text(scenario_text(berlin)).hash == berlin.hash
    True
    """
    return json.dumps(scenario.data, ensure_ascii=False, indent=1)


def scenario_record(scenario: Scenario) -> dict[str, str]:
    """Return what a manifest keeps of a scenario: its hash, its text, and the texts of its rival codings.

    Rivals stand in files of their own, so a manifest without them could not be run again elsewhere.

    Parameters
    ----------
    scenario : Scenario

    Returns
    -------
    dict of str to str
        ``hash``, ``text`` and, where there are rivals, ``codings``: their data by name, as JSON.

    Examples
    --------
    >>> import sim
    >>> record = scenario_record(sim.read_scenario("scenarios/berlin-2025-all-codings/scenario.yaml"))
    >>> sorted(record), sorted(json.loads(record["codings"]))
    (['codings', 'hash', 'text'], ['a', 'b', 'c'])
    """
    record = {"hash": scenario.hash, "text": scenario_text(scenario)}
    if scenario.rivals:
        record["codings"] = json.dumps(
            {name: rival.data for name, rival in scenario.rivals.items()}, ensure_ascii=False
        )
    return record


def recorded_scenario(record: Mapping[str, str], name: str = "") -> Scenario:
    """Read a scenario again from what a manifest keeps of it.

    Parameters
    ----------
    record : mapping of str to str
        From `scenario_record`.
    name : str
        For errors.

    Returns
    -------
    Scenario

    Raises
    ------
    ResultError
        If it has rival codings and the result, written by an earlier Parley, does not keep their texts.

    Examples
    --------
    >>> import sim
    >>> all_codings = sim.read_scenario("scenarios/berlin-2025-all-codings/scenario.yaml")
    >>> again = recorded_scenario(scenario_record(all_codings))
    >>> again.hash == all_codings.hash, again.rivals["b"].hash == all_codings.rivals["b"].hash
    (True, True)
    """
    if "codings" not in record and "codings" in json.loads(record["text"]):
        raise ResultError(
            f"{name}: has rival codings, whose texts this result does not keep: it was written by an earlier Parley;"
            " run it again into a new folder"
        )
    rivals = {coding: json.dumps(data) for coding, data in json.loads(record.get("codings", "{}")).items()}
    return scenario_from_text(record["text"], file=name, rivals=rivals)


def write_batch(
    path: Path,
    scenario: Scenario,
    table: pd.DataFrame,
    *,
    seed: int,
    central: bool = False,
    settings: Sequence[str] = (),
) -> Path:
    """Write a batch as a result folder, all of it or nothing.

    Parameters
    ----------
    path : Path
        A folder that does not exist yet.
    scenario : Scenario
    table : pandas.DataFrame
        From `run_batch`.
    seed, central, settings
        How it was made, for the manifest.

    Returns
    -------
    Path

    Raises
    ------
    ResultError
        Where the folder exists or the disk refuses.

    Examples
    --------
    >>> import sim, tempfile
    >>> two = sim.read_scenario("scenarios/tutorial-two-by-two/scenario.yaml")
    >>> table = run_batch(two, runs=2, seed=1, quiet=True)
    >>> folder = write_batch(Path(tempfile.mkdtemp()) / "r", two, table, seed=1)
    >>> sorted(entry.name for entry in folder.iterdir())
    ['chunks', 'complete.json', 'manifest.json', 'table.csv']
    """
    manifest = Manifest(
        kind="run",
        name=scenario.name,
        question=scenario.question,
        seed=seed,
        columns=(*KEY_COLUMNS, *outcome_columns(scenario)),
        n_runs=len(table),
        chunk_size=max(1, min(len(table), 10_000)),
        scenarios={scenario.name: scenario_record(scenario)},
        settings={"central": central, "set": list(settings)},
    )
    return write_result(path, table, manifest)
