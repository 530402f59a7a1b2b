"""Compilation to machine code, typed.

Hot loops of this storey are plain Python functions over arrays which numba compiles once and
keeps on disk beside the module. Each has a twin in the tests, written from the definition.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from numba import njit

__all__ = ["announce", "compiled"]


def compiled[F: Callable[..., Any]](function: F) -> F:
    """Compile a function of arrays with numba and cache the machine code.

    Parameters
    ----------
    function : callable
        A function of arrays and numbers in the subset of Python that numba knows.

    Returns
    -------
    callable
        The same function, compiled at its first call with each set of argument types. The plain
        one stays within reach as ``.py_func``.

    Examples
    --------
    >>> import numpy as np
    >>> from sim.stability.propagation import by_rank
    >>> by_rank.py_func(np.array([2, 0, 1], np.int32), 3)
    array([1, 2, 0], dtype=int32)
    """
    # The decorator of numba is untyped; this keeps the signature of the function it is given.
    try:
        return cast(F, njit(cache=True)(function))
    except RuntimeError:
        # Nowhere to keep machine code (read-only installation, no home): compile anew in each process.
        return cast(F, njit(function))


#: Who is told of compilations: at most one.
_ANNOUNCING: list[object] = []


def announce(say: Callable[[], None]) -> None:
    """Call a function once, the next time in this process that something has to be compiled.

    What is kept on disk from an earlier process is loaded without a word. Whoever announces later takes the place of
    whoever did before, so that one compilation is never told twice.

    Parameters
    ----------
    say : callable
        Tells a person that the wait happens once.

    Examples
    --------
    >>> said = []
    >>> announce(lambda: said.append("this happens once"))
    >>> njit(lambda x: x + 1)(1), njit(lambda x: x + 2)(1), said
    (2, 3, ['this happens once'])
    """
    from numba.core import event

    said: list[bool] = []

    def on_start(_listener: object, _event: object) -> None:
        if not said:
            said.append(True)
            say()

    def on_end(_listener: object, _event: object) -> None:
        pass

    # Made by hand, since the class to inherit from is untyped.
    kind = type("Announcement", (event.Listener,), {"on_start": on_start, "on_end": on_end})
    while _ANNOUNCING:
        event.unregister("numba:compile", _ANNOUNCING.pop())
    _ANNOUNCING.append(kind())
    event.register("numba:compile", _ANNOUNCING[0])
