"""A batch of runs of one scenario: the table, and its result folder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.domain.scenario import Scenario
from sim.errors import SimError
from sim.results.kept import scenario_record
from sim.results.keys import KEY_COLUMNS
from sim.results.manifest import Manifest
from sim.results.progress import Progress
from sim.results.store import write_result
from sim.results.table import outcome_columns, outcome_row, table_of
from sim.run import simulate

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["run_batch", "write_batch"]


def run_batch(
    scenario: Scenario,
    *,
    runs: int,
    replications: int = 1,
    seed: int = 0,
    central: bool = False,
    quiet: bool = False,
) -> pd.DataFrame:
    """Simulate a batch of runs of one scenario.

    Parameters
    ----------
    scenario : Scenario
    runs : int
        All of them; at central values, each a replication in the one world.
    replications : int
        How many of them share each world drawn.
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
        world, replication = (0, n) if central else divmod(n, replications)
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
    ['SHA256SUMS', 'chunks', 'complete.json', 'manifest.json', 'table.csv']
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
