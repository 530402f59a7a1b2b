"""One run of a result, made again.

A result keeps no minutes of its talks, but all that decides them: the scenarios' texts, the design and the
root seed. Streams are keyed by what they are for, never by order of execution, so any one run can be made
again by itself. Its row must then be the stored one, which is checked column by column; where it is not, the
talks that are told are not those of the result, and whoever reads them is told so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.errors import ResultError, SimError
from sim.results.chunks import AGAIN, arrow_schema, checked_chunks, chunk_path, logical_hash, read_chunk
from sim.results.kept import recorded_scenario
from sim.results.keys import RUN_COLUMNS
from sim.results.manifest import Manifest, versions
from sim.results.table import outcome_row
from sim.run import Run, simulate
from sim.sweeps.factors import Value
from sim.sweeps.inputs import recorded_design
from sim.sweeps.simulate import SimulateTask

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Rerun", "run_again"]

#: What names a run rather than telling what came of it.
_KEYS = frozenset(column.name for column in RUN_COLUMNS)


@dataclass(frozen=True, eq=False)
class Rerun:
    """A run of a result, made again.

    Attributes
    ----------
    number : int
        Of the run in its result.
    made : Run
    scenario : str
        Name of the scenario, or the policy.
    point : int or None
        Point of the design; None where the result is no sweep.
    settings : mapping of str to Value
        What the point sets.
    world, replication : int
    central : bool
        Whether nothing was drawn.
    changed : mapping of str to (stored, now)
        Columns of its row that are not what is stored. Empty where the run is the stored one.
    versions : mapping of str to (there, now)
        Versions that are not those the result was made with.
    """

    number: int
    made: Run = field(repr=False)
    scenario: str
    point: int | None
    settings: Mapping[str, Value]
    world: int
    replication: int
    central: bool
    changed: Mapping[str, tuple[Any, Any]]
    versions: Mapping[str, tuple[str, str]]

    @property
    def is_the_stored_run(self) -> bool:
        """Whether every column of its row is what is stored."""
        return not self.changed


def run_again(folder: str | Path, number: int, *, trace: bool = False) -> Rerun:
    """Make one run of a result again, and check its row against the stored one.

    Parameters
    ----------
    folder : str or Path
        A result of ``parley run`` or of ``parley sweep`` at depth ``simulate``; a sweep that is not finished
        will do if the run is there.
    number : int
        Of the run: the column ``run`` of the table.
    trace : bool
        Keep the minutes of the talks.

    Returns
    -------
    Rerun

    Raises
    ------
    ResultError
        Where the result holds no negotiations or no such run, or the run failed.

    Examples
    --------
    >>> import sim
    >>> berlin = sim.read_scenario("scenarios/berlin-2025/scenario.yaml")
    >>> results = sim.sweep(sim.Design(berlin, worlds=2, seed=7), workers=0, quiet=True)
    >>> again = run_again(results.folder, 1)
    >>> again.world, again.is_the_stored_run
    (1, True)
    """
    folder = Path(folder)
    manifest = Manifest.read(folder)
    if manifest.settings.get("depth") == "exact":
        raise ResultError(
            f"{folder}: is a sweep at depth exact, which judges all agreements of a world and negotiates none;"
            " sweep the same design with --depth simulate to have talks to look into"
        )
    if manifest.kind not in {"run", "sweep"} or not manifest.scenarios:
        raise ResultError(f"{folder}: holds no negotiations of a scenario (a {manifest.kind} of {manifest.name})")
    if not 0 <= number < manifest.n_runs:
        raise ResultError(f"{folder}: has runs 0 to {manifest.n_runs - 1:,}, not {number:,}")
    stored = _stored(folder, manifest, number)
    error, message = (stored.column(name)[0].as_py() for name in ("error", "message"))
    if error:
        raise ResultError(
            f"{folder}: run {number:,} failed ({error}: {message}), so it has no talks to tell; runs that did not:"
            f" parley query {folder} \"select run from runs where coalesce(error, '') = ''\""
        )
    try:
        return _again(folder, manifest, number, stored, trace)
    except SimError as fault:
        raise ResultError(f"{folder}: run {number:,} cannot be made again: {fault}") from fault


def _again(folder: Path, manifest: Manifest, number: int, stored: pa.Table, trace: bool) -> Rerun:
    settings: Mapping[str, Value] = {}
    point = None
    if manifest.design:
        design = recorded_design(folder, manifest)
        case = design.case(number)
        record = manifest.scenarios[case.scenario]
        task = SimulateTask(
            {case.scenario: recorded_scenario(record, case.scenario)},
            drawn=design.worlds > 0,
            after=bool(design.options.get("after", True)),
        )
        made = task.run(case, trace=trace)
        name, point, settings, central = case.scenario, case.point, case.settings, not task.drawn
        world, replication = case.world, case.replication
    else:
        ((name, record),) = manifest.scenarios.items()
        central = bool(manifest.settings["central"])
        world, replication = (stored.column(key)[0].as_py() for key in ("world", "replication"))
        made = simulate(
            recorded_scenario(record, name),
            manifest.seed,
            world=world,
            replication=replication,
            central=central,
            trace=trace,
        )
    now = versions()
    other = {
        key: (manifest.versions.get(key, "absent"), now.get(key, "absent"))
        for key in {**manifest.versions, **now}
        if manifest.versions.get(key) != now.get(key)
    }
    return Rerun(number, made, name, point, settings, world, replication, central, _changed(stored, made), other)


def _stored(folder: Path, manifest: Manifest, number: int) -> pa.Table:
    """Return the stored row of a run."""
    chunk = number // manifest.chunk_size
    path = chunk_path(folder, chunk)
    if not path.is_file():
        raise ResultError(f"{folder}: run {number:,} is not there (yet): {path.name} is missing; go on with --resume")
    digest = dict(checked_chunks(folder, manifest, unfinished=True)).get(path)
    if digest is None:
        raise ResultError(f"{path}: its hash was never noted; {AGAIN}")
    table = read_chunk(path, arrow_schema(manifest.columns), digest=digest)
    return table.slice(number - manifest.chunk_range(chunk)[0], 1)


def _changed(stored: pa.Table, made: Run) -> dict[str, tuple[Any, Any]]:
    """Return the columns in which a row is not the stored one, by the measure of a table's logical hash."""
    import pyarrow as pa

    row = outcome_row(made)
    changed: dict[str, tuple[Any, Any]] = {}
    for name in row:
        if name not in stored.column_names:
            changed[name] = ("no such column", row[name])
    for column in stored.schema:
        if column.name in _KEYS or (column.name not in row and stored.column(column.name)[0].as_py() is None):
            continue  # the key of the run, or a column of another policy
        before = stored.select([column.name])
        after = pa.table({column.name: pa.array([row.get(column.name)], column.type)})
        if logical_hash([before]) != logical_hash([after]):
            changed[column.name] = (before.column(0)[0].as_py(), row.get(column.name))
    return changed
