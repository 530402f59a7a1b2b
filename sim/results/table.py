"""The columns of a table of runs: name, type, unit and meaning, in one place.

A table has one row per run: first what names the run (`sim.results.keys`), then what came of it. Which option
and margin columns there are follows from the scenario's issues and parties; everything else is fixed.
No column holds a clock time, so that a table depends on scenario, design and seed alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from sim.compliance.record import COLUMNS as AFTERMATH_COLUMNS
from sim.domain.scenario import Scenario
from sim.results.manifest import Column
from sim.run import Run

if TYPE_CHECKING:
    import pandas

__all__ = ["outcome_columns", "outcome_row", "table_of"]

_FIXED = (
    Column("coding", "string", "rival coding drawn; empty where the scenario has none"),
    Column("agreed", "bool", "whether a text was signed"),
    Column("agreement", "int32", "index of the agreement in canonical order; null without one"),
    Column("rounds", "int32", "rounds until the end, in weeks"),
    Column("zone", "int32", "size of the zone of possible agreement in this world, in agreements"),
    Column("natural", "bool", "every signer got at least its reservation value; null without agreement"),
    Column("ratified", "bool", "the signed text passed everywhere; null without agreement"),
    Column("last_refuser", "string", "party that refused last; empty with agreement"),
    Column("ground", "string", "kind of reason and the issue it turned on, as kind: issue; empty with agreement"),
    Column("reason", "string", "the reason in words; empty with agreement"),
)
_AFTER = tuple(
    Column(name, kind, f"{meaning}; null where nothing was in force") for name, kind, meaning in AFTERMATH_COLUMNS
)


def outcome_columns(scenario: Scenario) -> tuple[Column, ...]:
    """Return the columns of what came of a run, in order.

    Parameters
    ----------
    scenario : Scenario

    Returns
    -------
    tuple of Column

    Examples
    --------
    >>> import sim
    >>> berlin = sim.read_scenario("scenarios/berlin-2025/scenario.yaml")
    >>> [column.name for column in outcome_columns(berlin)][10:12]
    ['option.security_framework', 'option.guarantee_form']
    """
    options = (
        Column(f"option.{issue}", "string", f"{spec.title} in the agreement; empty without one")
        for issue, spec in scenario.issues.items()
    )
    margins = (
        Column(f"margin.{party}", "float64", f"u − r of {spec.title}, on its own scale; null without agreement")
        for party, spec in scenario.parties.items()
    )
    return (*_FIXED, *options, *margins, *_AFTER)


def outcome_row(run: Run) -> dict[str, Any]:
    """Return what came of a run, by column name.

    Parameters
    ----------
    run : Run

    Returns
    -------
    dict
        None where a column does not apply.

    Examples
    --------
    >>> import sim
    >>> row = outcome_row(sim.simulate(sim.read_scenario("scenarios/berlin-2025/scenario.yaml"), central=True))
    >>> row["agreed"], row["zone"]
    (False, 0)
    """
    outcome, after = run.outcome, run.aftermath
    agreed = outcome.agreement is not None
    row: dict[str, Any] = {
        "coding": run.world.coding,
        "agreed": agreed,
        "agreement": outcome.agreement,
        "rounds": outcome.rounds,
        "zone": run.zone_size,
        "natural": outcome.natural if agreed else None,
        "ratified": outcome.ratified if agreed else None,
        "last_refuser": outcome.last_refuser or "",
        "ground": _ground(run),
        "reason": outcome.reason,
    }
    for issue in run.scenario.issues:
        row[f"option.{issue}"] = run.agreement[issue] if run.agreement is not None else ""
    for party in run.scenario.parties:
        row[f"margin.{party}"] = run.margins.get(party)
    followed = {} if after is None else after.row()
    for column in _AFTER:
        # A run without an agreement in force has no aftermath: text is empty there, everything else null.
        row[column.name] = followed.get(column.name, "" if column.type == "string" else None)
    return row


def _ground(run: Run) -> str:
    """Return why the last refuser refused and the issue it turned on.

    A red line names its issue; worth below no deal names the issue that costs the party most against
    its own best option.
    """
    refusal = run.outcome.refusal
    if refusal is None:
        return ""
    if refusal.issue:
        return f"{refusal.ground}: {refusal.issue}"
    if refusal.agreement is None:
        return refusal.ground
    lost = run.payoffs.losses(refusal.agreement, refusal.party)
    return f"{refusal.ground}: {max(sorted(lost), key=lambda issue: lost[issue])}"


def table_of(columns: Iterable[Column], rows: Iterable[Mapping[str, Any]]) -> pandas.DataFrame:
    """Return rows as a pandas table with declared columns and types.

    Parameters
    ----------
    columns : iterable of Column
    rows : iterable of mapping

    Returns
    -------
    pandas.DataFrame
        One row per run; whole numbers and truth values are of pandas' nullable types.

    Examples
    --------
    >>> table_of([Column("rounds", "int32", "")], [{"rounds": 3}, {"rounds": None}])["rounds"].sum()
    np.int64(3)
    """
    import pandas as pd

    columns = list(columns)
    table = pd.DataFrame(list(rows), columns=[column.name for column in columns])
    kinds = {"int32": "Int32", "int64": "Int64", "float64": "float64", "bool": "boolean", "string": "object"}
    return table.astype({column.name: kinds[column.type] for column in columns})
