"""Everything one outcome of a sweep can be asked, in one record."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.errors import ResultError
from sim.sweeps.boxes import Box
from sim.sweeps.convergence import Convergence, convergence_of
from sim.sweeps.discovery import prim
from sim.sweeps.inputs import Study, read_study
from sim.sweeps.regional import RegionalEffect, adjusted, regional_by_world, regional_sensitivity
from sim.sweeps.sensitivity import Effects, VarianceShares, sensitivity
from sim.sweeps.tree import tree

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

__all__ = ["Analysis", "analyse"]

#: Half-widths asked for where none is given: of a share, and of a number in its standard deviations.
SHARE_WITHIN, SPREAD_WITHIN = 0.03, 0.1


@dataclass(frozen=True, eq=False)
class Analysis:
    """What drives one outcome of one scenario.

    Parameters
    ----------
    policy, outcome : str
        What is analysed.
    convergence : Convergence
        How sure the overall estimate is.
    sensitivity : VarianceShares, Effects or None
        Where the design was made for it.
    regional : tuple of RegionalEffect
        For yes/no outcomes, largest distance first.
    boxes : tuple of Box
        What PRIM found.
    leaves : tuple of Box
        What the tree found.
    notes : tuple of str
        What could not be done, and why.
    draws, rows : str
        What is independent in the overall estimate (``worlds``, ``points``, ``base points``, ``trajectories`` or
        ``runs``), and
        what regions and boxes count (``worlds``, ``points``, or ``cases``: a world at a point).
    yes : str
        What regions and boxes call yes: the outcome, or that a number is above its median.
    """

    policy: str
    outcome: str
    convergence: Convergence
    sensitivity: VarianceShares | Effects | None
    regional: tuple[RegionalEffect, ...]
    boxes: tuple[Box, ...]
    leaves: tuple[Box, ...]
    notes: tuple[str, ...]
    draws: str = "worlds"
    rows: str = "worlds"
    yes: str = ""

    def words(self) -> str:
        """Say the overall estimate, and what more certainty costs."""
        return self.convergence.words(self.draws)

    def to_json(self) -> dict[str, Any]:
        """Return it as plain data, as for ``--json``."""
        return {
            "scenario": self.policy,
            "outcome": self.outcome,
            "yes": self.yes,
            "convergence": {**asdict(self.convergence), "more": self.convergence.more},
            "sensitivity": None if self.sensitivity is None else self.sensitivity.to_frame().to_dict("records"),
            "regional": [asdict(effect) for effect in self.regional],
            "boxes": [{**asdict(box), "words": box.words(self.yes, self.rows)} for box in self.boxes],
            "tree": [{**asdict(box), "words": box.words(self.yes, self.rows)} for box in self.leaves],
            "notes": list(self.notes),
            "counted": {"draws": self.draws, "rows": self.rows},
        }


def analyse(
    path: str | Path,
    outcome: str = "agreed",
    *,
    half_width: float | None = None,
    missing: str = "refuse",
    n_boxes: int = 1,
) -> list[Analysis]:
    """Analyse one outcome of a sweep, scenario by scenario.

    Parameters
    ----------
    path : str or Path
        The result folder of a finished sweep.
    outcome : str
        A column; ``column=value`` for one value of a text column, ``column>number`` for a threshold. Of a number, such
        as months or a margin, regions and boxes tell where it is above its median.
    half_width : float, optional
        Half-width asked of the overall estimate, in the unit of the outcome; by default 0.03 of a share, and a tenth
        of the standard deviation of a number.
    missing : str
        ``refuse`` or ``drop`` points with failed runs, in a sensitivity analysis.
    n_boxes : int
        Boxes looked for.

    Returns
    -------
    list of Analysis
        One per scenario.

    Raises
    ------
    ResultError
        Where the folder is no finished sweep, or the outcome is unknown.

    Examples
    --------
    >>> from sim.sweeps.design import Design
    >>> from sim.sweeps.factors import ranged
    >>> from sim.sweeps.results import sweep
    >>> design = Design(factors=[ranged("reservation", 0, 1, steps=21)], name="talks")
    >>> model = lambda case: {"agreed": case.settings["reservation"] < 0.42}
    >>> found = analyse(sweep(design, workers=0, model=model, outcomes={"agreed": bool}, quiet=True))[0]
    >>> print(found.boxes[0].words("agreed", found.rows))
    Where reservation at most 0.425: 100 % of points are agreed (density; 43 % of all),
    and 100 % of all agreed points lie there (coverage); 43 % of points.
    """
    study = read_study(path, outcome)
    return [_of_policy(study, policy, outcome, half_width, missing, n_boxes) for policy in study.design.policies]


def _regional(study: Study, factors: pd.DataFrame, yes: NDArray[np.bool_]) -> list[RegionalEffect]:
    """Regional sensitivity; with several points, what worlds drew is judged with the world as the unit."""
    if study.design.n_points == 1 or study.design.worlds < 2:
        return regional_sensitivity(factors, yes)
    of_points = [c for c in factors.columns if c in {f.name for f in study.design.factors}]
    of_worlds = [c for c in factors.columns if c not in of_points]
    found = regional_sensitivity(factors[of_points], yes)
    if of_worlds:
        worlds = factors.index.get_level_values("world").to_numpy()
        _, first, which = np.unique(worlds, return_index=True, return_inverse=True)
        counts = [np.bincount(which, weights=side, minlength=len(first)) for side in (yes, ~yes)]
        found += regional_by_world(factors[of_worlds].iloc[first], *counts)
    return adjusted(found)


def _of_policy(
    study: Study, policy: str, outcome: str, half_width: float | None, missing: str, n_boxes: int
) -> Analysis:
    counted = study.counted[policy]
    if not counted.n_known:
        raise ResultError(f"outcome {outcome!r}: no run of {policy} has it")
    notes = []
    if counted.n_known < counted.n_runs:
        notes.append(
            f"{counted.n_runs - counted.n_known:,} of {counted.n_runs:,} runs failed or lack {outcome} and are left out"
        )
    binary, draws = counted.is_share, counted.draws
    units = "worlds" if study.design.n_points == 1 else "cases" if study.design.worlds else "points"
    spread = 1.0 if binary else counted.spread or 1.0
    asked = half_width if half_width is not None else SHARE_WITHIN if binary else SPREAD_WITHIN * spread
    found = convergence_of(*counted.by_draw(), asked, share=binary)
    indices = None
    if study.design.method in {"sobol", "morris"}:
        import json

        indices = sensitivity(
            counted.point_means(), json.loads(study.manifest.design["text"]), study.design.unit, missing=missing
        )
        if isinstance(indices, VarianceShares) and not np.isfinite(indices.total_low).all():
            notes.append(
                f"{outcome} never varies: no factor has a share in nothing"
                if np.isnan(indices.total).all()
                else f"{outcome} varies at too few points for intervals of the sensitivities: take more samples"
            )
    regional: list[RegionalEffect] = []
    boxes: list[Box] = []
    leaves: list[Box] = []
    factors, means = study.draws(policy)
    if counted.is_part:
        n_cases = study.design.n_points * study.design.n_worlds
        notes.append(f"regions and boxes are looked for in {len(means):,} of {n_cases:,} {units}")
    named, yes = outcome, np.asarray(means >= 0.5)
    if not binary:
        median = float(np.median(means))
        named, yes = f"{outcome} above {median:.4g}", np.asarray(means > median)
        notes.append(f"{outcome} is a number: regions and boxes tell where it is above its median")
    elif study.design.replications > 1 and factors.shape[1]:
        unit = {"points": "point", "cases": "world at a point"}.get(units, "world")
        notes.append(f"in regions and boxes a {unit} is {outcome} where at least half of its runs are")
    if units == "cases":
        notes.append("a case is one world at one point of the design")
    if not factors.shape[1]:
        notes.append("nothing varies but luck: no factor to look at")
    elif yes.all() or not yes.any():
        notes.append(f"{named} is {'yes' if yes.all() else 'no'} in all {units}: nothing to tell apart")
    else:
        regional = _regional(study, factors, yes)
        if study.design.n_points > 1 and study.design.worlds > 1:
            notes.append(
                "the same worlds return at every point: p-values of what worlds draw count worlds, but the "
                "boxes were chosen on all runs, so check them on fresh worlds (another --seed)"
            )
        boxes = prim(factors, yes, n_boxes=n_boxes)[0]
        leaves = tree(factors, yes)
    return Analysis(
        policy, outcome, found, indices, tuple(regional), tuple(boxes), tuple(leaves), tuple(notes), draws, units, named
    )
