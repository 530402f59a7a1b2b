"""Sweeps: designs, the runner that loses nothing, and what drives an outcome.

The package can be called: ``sim.sweep(design, workers=2)`` is `sim.sweep.study.sweep`.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any


class _CallablePackage(ModuleType):
    """A package that is also the verb it is named after; nothing is loaded before it is called."""

    def __call__(self, *args: Any, **more: Any) -> Any:
        """Carry a design out; see `sim.sweep.study.sweep`."""
        from sim.sweep.study import sweep

        return sweep(*args, **more)


# Documented way to customise a module: docs.python.org, "Customizing module attribute access".
sys.modules[__name__].__class__ = _CallablePackage
