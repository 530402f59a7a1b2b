"""What a worker does with one run.

A *task* is any picklable object with declared columns that turns a `PlannedRun` into a row.
`FunctionTask` wraps a plain function, so that a model that has nothing to do with scenarios goes
through the same designs, runner, store and analysis.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from sim.errors import DesignError
from sim.results.keys import RUN_COLUMNS
from sim.results.manifest import Column
from sim.sweeps.design import PlannedRun

__all__ = ["FunctionTask", "Task", "pickled"]

_TYPES = {bool: "bool", int: "int64", float: "float64", str: "string", bytes: "binary"}


class Task(Protocol):
    """What a sweep runs."""

    @property
    def columns(self) -> tuple[Column, ...]:
        """Columns of a row, besides `RUN_COLUMNS`."""

    def __call__(self, case: PlannedRun) -> Mapping[str, Any]:
        """Make one run and return its row; an exception becomes a failed row."""


@dataclass(frozen=True)
class FunctionTask:
    """A plain function as a task.

    Parameters
    ----------
    function : callable
        From a `PlannedRun` to a mapping of outcomes; importable by workers (defined in a module).
    outcomes : mapping of str to type or str
        Names and types of its outcomes: ``bool``, ``int``, ``float``, ``str``, ``bytes``.

    Examples
    --------
    >>> def model(case):
    ...     return {"y": case.settings["x"] ** 2}
    >>> [c.type for c in FunctionTask(model, {"y": float}).columns]
    ['float64']
    """

    function: Callable[[PlannedRun], Mapping[str, Any]]
    outcomes: Mapping[str, type | str]

    @property
    def columns(self) -> tuple[Column, ...]:
        """Declared columns."""
        return tuple(
            Column(name, kind if isinstance(kind, str) else _TYPES[kind]) for name, kind in self.outcomes.items()
        )

    def __call__(self, case: PlannedRun) -> Mapping[str, Any]:
        """Call the function."""
        return self.function(case)


def pickled(task: Task) -> bytes:
    """Pickle a task for other processes.

    Parameters
    ----------
    task : Task
        Made of what can be imported.

    Returns
    -------
    bytes

    Raises
    ------
    DesignError
        Where it cannot be: a lambda, or a function defined inside another.

    Examples
    --------
    >>> from operator import attrgetter
    >>> echo = FunctionTask(attrgetter("settings"), {"x": float})
    >>> pickle.loads(pickled(echo)).columns == echo.columns
    True
    >>> pickled(FunctionTask(lambda case: case.settings, {"x": float}))
    Traceback (most recent call last):
    sim.errors.DesignError: the model cannot be sent to other processes (...); define it at the top of a module, or ...
    """
    try:
        return pickle.dumps(task, protocol=pickle.HIGHEST_PROTOCOL)
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        raise DesignError(
            f"the model cannot be sent to other processes ({error}); define it at the top of a module, or use workers=0"
        ) from error


def declared(task: Task) -> tuple[Column, ...]:
    """Return all columns of a sweep of a task, checked for doubles."""
    names = [c.name for c in (*RUN_COLUMNS, *task.columns)]
    twice: Sequence[str] = sorted({n for n in names if names.count(n) > 1})
    if twice:
        raise DesignError(f"outcome {', '.join(twice)}: the name is taken; rename it")
    return (*RUN_COLUMNS, *task.columns)
