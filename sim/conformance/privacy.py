"""No strategy can reach another party's payoffs.

A walk over everything that a delegate's strategy holds, whatever the names, finds its own party's payoffs and
nobody else's, no model and no agent. Python has no wall within a process, so modules that read any object
(`gc`, `inspect`, `sys` …) and the parts of Parley that hold everybody's payoffs may not be imported by the module a
strategy is written in.
"""

from __future__ import annotations

import ast
import gc
import inspect
import sys
import types

import mesa
import numpy as np

from sim.after.terms import Terms
from sim.conformance.kit import scenario, worlds
from sim.negotiation.agenda import Agenda
from sim.negotiation.model import NegotiationModel
from sim.negotiation.room import Room
from sim.negotiation.strategies import STRATEGIES

__all__ = ["OPEN", "holds_nobody_elses_payoffs", "imports_nothing_that_pries", "reachable"]

#: What the module of a strategy may import of Parley: what is handed to it, and what everybody can know.
OPEN = frozenset(
    {
        "sim.errors",
        "sim.negotiation.beliefs",
        "sim.negotiation.clock",
        "sim.negotiation.equilibrium",
        "sim.negotiation.private",
        "sim.negotiation.strategy",
        "sim.negotiation.table",
        "sim.negotiation.time_dependent",
    }
)
_PRYING = frozenset({"ctypes", "gc", "inspect", "sys", "importlib", "builtins"})
#: What a walk over references does not enter: classes and modules lead everywhere and hold no payoffs.
_NOT_ENTERED = (type, types.ModuleType, types.BuiltinFunctionType, types.FrameType)


def reachable(start: object) -> list[object]:
    """Return everything an object holds, directly or through what it holds, whatever the names.

    Parameters
    ----------
    start : object
        Where the walk begins.

    Returns
    -------
    list of object
        It is among them. Classes, modules and the globals of functions are not entered.

    Examples
    --------
    >>> secret = [7]
    >>> any(thing is secret for thing in reachable({"deep": [secret]}))
    True
    """
    seen: dict[int, object] = {}
    queue = [start]
    while queue:
        node = queue.pop()
        if id(node) in seen or isinstance(node, _NOT_ENTERED):
            continue
        seen[id(node)] = node
        if isinstance(node, types.FunctionType):
            # Its closure, defaults and attributes, but not the globals of its module.
            queue.extend([node.__closure__, node.__defaults__, node.__kwdefaults__, node.__dict__])
            continue
        queue.extend(gc.get_referents(node))
        if isinstance(node, np.ndarray) and node.base is not None:
            queue.append(node.base)
    return list(seen.values())


def holds_nobody_elses_payoffs(strategy: str, terms: Terms | None = None) -> None:
    """Nothing that a strategy holds at the end of talks leads to another party's payoffs, or to the model.

    Parameters
    ----------
    strategy : str
        By name; not ``rational``, which is given everybody's.
    terms : Terms, optional
        Of the world to negotiate in; one of the kit by default.

    Raises
    ------
    AssertionError
        With a sentence, if something does.

    Examples
    --------
    >>> holds_nobody_elses_payoffs("tit-for-tat")
    """
    terms = worlds(scenario("alternating_offers", strategy), 1)[0] if terms is None else terms
    model = NegotiationModel(terms, 0, collect=False)
    model.run_model()
    rows = Agenda.of(terms).agreements
    foreseen, worth = terms.payoffs.foreseen[rows], terms.payoffs.worth[rows]
    for delegate in model.agents:
        found = reachable(vars(delegate)["_Delegate__strategy"])
        leads = any(isinstance(thing, mesa.Model | mesa.Agent | Room) for thing in found)
        assert not leads, f"{strategy!r} holds a way to the model, an agent or the room"
        arrays = [thing for thing in found if isinstance(thing, np.ndarray)]
        mine = terms.payoffs.column(delegate.party)
        own = any(array.shape == (len(rows),) and (array == foreseen[:, mine]).all() for array in arrays)
        assert own, f"{strategy!r} does not hold its own payoffs, so that this check could find nothing"
        for column, other in enumerate(terms.parties):
            if column == mine:
                continue
            secret = int(terms.payoffs.reservation[column])
            told = any(type(thing) is int and thing == secret for thing in found)
            assert not told, f"{strategy!r} of {delegate.party} holds the reservation value of {other}"
            for array in arrays:
                if array.dtype == np.int64 and array.size >= len(rows):
                    flat = array.reshape(-1)
                    starts = range(0, flat.size - len(rows) + 1, len(rows))
                    parts = [flat[start : start + len(rows)] for start in starts]
                    held = any((part == table[:, column]).all() for part in parts for table in (foreseen, worth))
                    assert not held, f"{strategy!r} of {delegate.party} holds the payoffs of {other}"


def imports_nothing_that_pries(strategy: str) -> None:
    """The module of a strategy imports only what is open to strategies, and nothing that reads other objects.

    Parameters
    ----------
    strategy : str
        By name.

    Raises
    ------
    AssertionError
        With a sentence, if it does.

    Examples
    --------
    >>> imports_nothing_that_pries("belief-based")
    """
    for owner in STRATEGIES[strategy].__mro__:
        if owner is object:
            continue
        source = inspect.getsource(sys.modules[owner.__module__])
        for node in ast.walk(ast.parse(source)):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [str(node.module)] if isinstance(node, ast.ImportFrom) else []
            for name in names:
                top = name.partition(".")[0]
                assert top not in _PRYING, f"{owner.__module__} imports {name}, which reads any object"
                assert top != "sim" or name in OPEN, f"{owner.__module__} imports {name}; open are {sorted(OPEN)}"
