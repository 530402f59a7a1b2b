"""Compilation to machine code, typed.

Hot loops are plain Python functions over arrays. Numba compiles each once and keeps the machine code on disk.
Each has a twin in the tests, written from the definition.
"""

# Much of numba is without types.
# mypy: allow-untyped-calls

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any, cast

from numba import njit
from numba.core.caching import FunctionCache

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
    # Without the interpreter's lock, so that threads can share the work of one question.
    dispatcher: Any = njit(nogil=True)(function)
    # Nowhere to keep machine code (read-only installation, no home) is an error of numba: compile anew in each process.
    with suppress(RuntimeError):
        dispatcher._cache = _ForgivingCache(function)
    return cast(F, dispatcher)


class _ForgivingCache(FunctionCache):
    """Machine code on disk, without which everything still works: what is damaged is compiled anew."""

    def load_overload(self, *where: Any) -> Any:
        """Return what was kept for a signature, or None: absent, or cut short by a kill or a full disk."""
        try:
            return super().load_overload(*where)
        except Exception:
            return None

    def save_overload(self, *what: Any) -> None:
        """Keep machine code, if the disk takes it."""
        try:
            super().save_overload(*what)
        except Exception:
            # A damaged index is written anew; a disk that takes nothing costs the next process a compilation.
            with suppress(Exception):
                self.flush()
                super().save_overload(*what)


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
