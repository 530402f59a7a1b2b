"""Reduced results of a scenario's sweep files, committed and reproduced by a test.

Each sweep is carried out in its first few worlds, which are the first few of the full sweep as well, and
reduced to small tables with fixed decimals.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sim.results.intervals import share_of_rows
from sim.results.keys import failed_runs
from sim.sweeps.design_file import read_design
from sim.sweeps.factors import DUMMY
from sim.sweeps.results import sweep
from sim.sweeps.robustness import robustness

if TYPE_CHECKING:
    import pandas as pd

    from sim.sweeps.results import Results

__all__ = ["REDUCED", "reduced_results"]

#: Worlds of each question's reduced sweep.
REDUCED = {"zone": 40, "donetsk": 12, "reliability": 2, "red-lines": 20, "codings": 40}
_DECIMALS = 6


def reduced_results(folder: str | Path, question: str, workers: int = 0) -> dict[str, str]:
    """Carry a sweep file out in a few worlds and reduce it.

    Parameters
    ----------
    folder : str or Path
        The scenario's folder.
    question : str
        A key of `REDUCED`, as in ``sweep-<question>.yaml``.
    workers : int
        Processes; the result does not depend on it.

    Returns
    -------
    dict of str to str
        CSV by file name: ``sweep-<question>.csv``, and for an exact sweep without factors also
        ``sweep-<question>-options.csv``.

    Examples
    --------
    >>> import shutil, tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> _ = shutil.copy("scenarios/tutorial-two-by-two/scenario.yaml", folder)
    >>> _ = (folder / "sweep-zone.yaml").write_text(
    ...     "{schema: 1, name: zone, factors: {parties.hill.no_deal.reservation: [0.3, 0.9]}}"
    ... )
    >>> print(reduced_results(folder, "zone")["sweep-zone.csv"])
    scenario,point,parties.hill.no_deal.reservation,runs,failed,zone,zone.low,zone.high,agreed,...
    tutorial-two-by-two,0,0.300000,40,0,1.000000,0.912378,1.000000,1.000000,...
    tutorial-two-by-two,1,0.900000,40,0,0.000000,0.000000,0.087622,0.000000,...
    """
    design = read_design(Path(folder) / f"sweep-{question}.yaml").with_changes(worlds=REDUCED[question])
    results = sweep(design, workers=workers, quiet=True)
    factors = [f.name for f in design.factors if f.name != DUMMY]
    if design.depth == "simulate":
        return {f"sweep-{question}.csv": _csv(_points(results, factors))}
    if factors:
        return {f"sweep-{question}.csv": _csv(_tests(results, factors))}
    return {
        f"sweep-{question}.csv": _csv(_packages(results)),
        f"sweep-{question}-options.csv": _csv(_options(results)),
    }


def _csv(frame: pd.DataFrame) -> str:
    return frame.to_csv(index=False, float_format=f"%.{_DECIMALS}f", lineterminator="\n")


def _points(results: Results, factors: list[str]) -> pd.DataFrame:
    """One row per scenario and point: shares of worlds with a zone and of runs that agree."""
    import pandas as pd

    rows = []
    for (scenario, point), runs in results.table.groupby(["scenario", "point"], sort=True):
        fine = runs[~failed_runs(runs)]
        worlds = fine["world"].to_numpy()
        row = {"scenario": scenario, "point": point, **{name: runs[name].iloc[0] for name in factors}}
        row |= {"runs": len(runs), "failed": len(runs) - len(fine)}
        for name, yes in (("zone", fine["zone"] > 0), ("agreed", fine["agreed"].astype(bool))):
            share = share_of_rows(yes.to_numpy(), worlds)
            row |= {name: share.estimate, f"{name}.low": share.low, f"{name}.high": share.high}
        row["mean_zone"] = float(fine["zone"].mean())
        rows.append(row)
    return pd.DataFrame(rows)


def _tests(results: Results, factors: list[str]) -> pd.DataFrame:
    """Per group and test: the share of worlds of the most robust package, and the mean share."""
    import pandas as pd

    rows = []
    for found in robustness(results.folder, tuple(factors)):
        for test in found.tests:
            best = found.ranked(test, 1)
            rows.append(
                {
                    **found.group,
                    "worlds": found.n_worlds,
                    "test": test,
                    "best": best[test].iloc[0],
                    "best.low": best[f"{test}.low"].iloc[0],
                    "best.high": best[f"{test}.high"].iloc[0],
                    "mean": float(found.shares[test].mean()),
                    "agreement": best.index[0],
                }
            )
    return pd.DataFrame(rows)


def _packages(results: Results, top: int = 5) -> pd.DataFrame:
    """Return the most robust packages."""
    (found,) = robustness(results.folder)
    frame = found.ranked("stable", top).reset_index()
    frame.insert(0, "worlds", found.n_worlds)
    return frame


def _options(results: Results) -> pd.DataFrame:
    """Per issue, option and test: the best share of worlds among the packages with that option."""
    import pandas as pd

    (found,) = robustness(results.folder)
    parts = []
    for issue in sorted(found.scenario.issues):
        for test in found.tests:
            part = found.by_option(issue, test).reset_index()
            part.insert(0, "test", test)
            part.insert(0, "issue", issue)
            parts.append(part)
    return pd.concat(parts, ignore_index=True)
