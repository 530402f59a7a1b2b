"""What a few questions in a row can tell.

A small decision tree splits all worlds at once; its leaves are boxes, reported with the same coverage and
density as PRIM's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sim.errors import library
from sim.sweeps.boxes import Box, Restriction, measured, told_apart

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import ArrayLike

__all__ = ["tree"]


def tree(factors: pd.DataFrame, yes: ArrayLike, *, leaves: int = 4, smallest: float = 0.05) -> list[Box]:
    """Find regions by a small decision tree.

    Parameters
    ----------
    factors : pandas.DataFrame, shape (n, n_factors)
        Numbers and options.
    yes : array_like of bool, shape (n,)
        The outcome.
    leaves : int
        Regions at most.
    smallest : float
        Least share of worlds in a region.

    Returns
    -------
    list of Box
        Regions where yes is commoner than overall, densest first.

    Raises
    ------
    ResultError
        As in `prim`.

    References
    ----------
    Breiman, L. et al. (1984), Classification and Regression Trees.

    Examples
    --------
    >>> import pandas as pd
    >>> reservation = np.linspace(0, 1, 101)
    >>> leaves = tree(pd.DataFrame({"reservation": reservation}), reservation < 0.4)
    >>> print(leaves[0].words("agreed"))
    Where reservation at most 0.395: 100 % of worlds are agreed (density; 40 % of all),
    and 100 % of all agreed worlds lie there (coverage); 40 % of worlds.
    """
    import pandas as pd

    DecisionTreeClassifier = library("sklearn.tree", "analysis", "A tree of rules").DecisionTreeClassifier

    flags = told_apart(factors, yes)
    numbers = [str(c) for c in factors.columns if factors[c].dtype.kind in "fiu"]
    columns: list[tuple[str, str | None]] = [(name, None) for name in numbers]
    table: dict[str, Any] = {name: factors[name].to_numpy(dtype=np.float64) for name in numbers}
    for name in (str(c) for c in factors.columns if str(c) not in numbers):
        for label in sorted(factors[name].astype(str).unique()):
            columns.append((name, label))
            table[f"{name}={label}"] = (factors[name].astype(str) == label).to_numpy(dtype=np.float64)
    model = DecisionTreeClassifier(max_leaf_nodes=leaves, min_samples_leaf=smallest, random_state=0)
    fitted = model.fit(pd.DataFrame(table).to_numpy(), flags).tree_
    found: list[Box] = []
    todo: list[tuple[int, dict[str, Restriction]]] = [(0, {})]
    while todo:
        node, rules = todo.pop()
        if fitted.children_left[node] == -1:
            box = measured(list(rules.values()), factors, flags)
            if box.density.estimate > box.base:
                found.append(box)
            continue
        name, label = columns[fitted.feature[node]]
        for side, child in ((True, fitted.children_left[node]), (False, fitted.children_right[node])):
            narrowed = dict(rules)
            before = rules.get(name, Restriction(name))
            if label is None:
                limit = float(fitted.threshold[node])
                low, high = (before.low, min(before.high, limit)) if side else (max(before.low, limit), before.high)
                narrowed[name] = Restriction(name, low, high)
            else:
                known = before.options or tuple(sorted(factors[name].astype(str).unique()))
                narrowed[name] = Restriction(
                    name, options=tuple(o for o in known if (o != label if side else o == label))
                )
            todo.append((int(child), narrowed))
    return sorted(found, key=lambda box: -box.density.estimate)
