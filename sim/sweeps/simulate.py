"""The depth ``simulate``: one negotiation and its aftermath per run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sim.domain.scenario import Scenario
from sim.results.manifest import Column
from sim.results.table import outcome_columns, outcome_row
from sim.run import Run, simulate_world
from sim.sweeps.design import PlannedRun
from sim.sweeps.switches import world_of

__all__ = ["SimulateTask"]


@dataclass(frozen=True)
class SimulateTask:
    """Simulate a run in the world of its case.

    Parameters
    ----------
    scenarios : mapping of str to Scenario
        The policies, by name.
    drawn : bool
        Whether worlds are drawn; otherwise what the point does not set is central.
    after : bool
        Whether the months after a ratified agreement are simulated too.
    """

    scenarios: Mapping[str, Scenario]
    drawn: bool
    after: bool = True

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """Columns of the outcomes of all policies; what one of them lacks is null there."""
        found = {column.name: column for scenario in self.scenarios.values() for column in outcome_columns(scenario)}
        return tuple(found.values())

    @cached_property
    def _empty(self) -> dict[str, Any]:
        return dict.fromkeys(column.name for column in self.columns)

    def __call__(self, case: PlannedRun) -> Mapping[str, Any]:
        """Make one run and return its row."""
        return self.row(self.run(case))

    def run(self, case: PlannedRun, *, trace: bool = False) -> Run:
        """Make one run.

        Parameters
        ----------
        case : PlannedRun
        trace : bool
            Keep the minutes of the talks.

        Returns
        -------
        Run
        """
        world = world_of(self.scenarios[case.scenario], case.settings, case.seed, case.world, drawn=self.drawn)
        return simulate_world(world, case.seed, replication=case.luck, trace=trace, after=self.after)

    def row(self, run: Run) -> Mapping[str, Any]:
        """Return the row of a run, null where its scenario lacks a column of another policy."""
        return self._empty | outcome_row(run)
