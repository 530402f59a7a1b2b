"""Compare outcome tables: what went in differently, then what came out differently.

Results with the same root seed met the same worlds and the same luck (*common random numbers*), so run by
run they form pairs, and the difference is estimated from the pairs: what both share cancels. For yes/no
outcomes the test is McNemar's exact test on the pairs that disagree, for numbers the paired t-test on the
means of worlds; the interval of the difference comes from the worlds. Results that do not pair are compared
as independent samples (Newcombe's interval, Fisher's exact test; Welch's).

A comparison asks a few *questions* (`QUESTIONS`, or those named by the caller), whose p-values are adjusted together by
Holm's method: the chance that any of them is called changed by mistake stays below 5 %. Every other outcome is
*exploratory*: among those called changed, a share of 5 % is expected to be mistaken (Benjamini and Hochberg), so that
they are leads, not findings.

What either side shows is over all its own runs, as ``parley run`` shows it. The difference of sides that pair is over
the pairs in which both have a value, whose number stands in its row: a text has to be signed on both sides for
its ratification to be compared.

References
----------
Benjamini, Y. & Hochberg, Y. (1995). Controlling the false discovery rate. *Journal of the Royal Statistical Society* B
57, 289–300.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.domain.difference import Change, differences
from sim.errors import ResultError, nearest
from sim.results.comparison import Comparison, Difference, PackageDifferences
from sim.results.intervals import Interval, bootstrap_by_world, holm, newcombe, newcombe_paired, share_of_rows
from sim.results.keys import failed_runs
from sim.results.manifest import Manifest
from sim.results.packages import ExactSide, adjusted, package_differences
from sim.results.store import as_folder, load

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from sim.domain.scenario import Scenario

__all__ = ["QUESTIONS", "Side", "compare", "flat", "sides_of"]

#: Questions of every comparison of scenarios: is there a zone, is a text signed, ratified, kept, stable.
QUESTIONS = ("zone > 0", "agreed", "ratified", "aftermath.outlasted_12", "aftermath.outlasted_60", "n.stable")

#: What names a run; everything else is an outcome or a factor.
_KEYS = ("point", "world", "replication")
_NAMES = {*_KEYS, "run", "scenario", "error", "message", "agreement", "best", "reason", "answered", "coding"}
#: Columns of text whose every value is an outcome of its own.
_CATEGORIES = ("option.", "last_refuser", "first_violator")


@dataclass(frozen=True, eq=False)
class Side:
    """One of the tables compared.

    Parameters
    ----------
    name : str
        What it is called.
    table : pandas.DataFrame
        Runs, one a row.
    inputs : mapping of str to value
        What went in beside the scenario, flat, by path.
    seed : int, optional
        Root seed; sides with the same seed and the same keys are paired.
    factors : tuple of str
        Columns that are factors of a design, not outcomes.
    exact : ExactSide, optional
        Where the verdicts on every package are kept.
    scenario : Scenario, optional
        What was run; where it is not known, what is known of it is among the inputs.
    """

    name: str
    table: pd.DataFrame
    inputs: Mapping[str, Any]
    seed: int | None = None
    factors: tuple[str, ...] = ()
    exact: ExactSide | None = None
    scenario: Scenario | None = None


def flat(data: Any, path: str = "") -> dict[str, Any]:
    """Flatten nested mappings and lists to leaves by dotted path.

    Parameters
    ----------
    data : mapping, list or leaf
    path : str
        What every path begins with.

    Returns
    -------
    dict of str to leaf
        Places in lists count from 0.

    Examples
    --------
    >>> flat({"a": {"b": 1, "c": [2, 3]}})
    {'a.b': 1, 'a.c.0': 2, 'a.c.1': 3}
    """
    if isinstance(data, Mapping):
        items: Iterable[tuple[Any, Any]] = data.items()
    elif isinstance(data, list | tuple):
        items = enumerate(data)
    else:
        return {path: data}
    found: dict[str, Any] = {}
    for key, child in items:
        found.update(flat(child, f"{path}.{key}" if path else str(key)))
    return found


def sides_of(path: str | Path) -> list[Side]:
    """Read a result folder as sides: one per scenario in it.

    Parameters
    ----------
    path : str or Path
        A finished result, of runs or of a sweep.

    Returns
    -------
    list of Side
        In the order of the scenarios; named after the folder, and after the scenario too where there are several.

    Raises
    ------
    ResultError
        Where the folder is no finished result.

    Examples
    --------
    >>> import sim, tempfile
    >>> from sim.results.batch import run_batch, write_batch
    >>> two = sim.read_scenario("scenarios/tutorial-two-by-two/scenario.yaml")
    >>> table = run_batch(two, runs=2, quiet=True)
    >>> folder = write_batch(Path(tempfile.mkdtemp()) / "first", two, table, seed=0)
    >>> [(side.name, len(side.table), side.scenario.title, side.inputs["seed"]) for side in sides_of(folder)]
    [('first', 2, 'Two by two', 0)]
    """
    folder = as_folder(path)
    manifest = Manifest.read(folder)
    table = load(folder, bits=False)
    design = json.loads(manifest.design["text"]) if manifest.design else {}
    factors = tuple(factor["name"] for factor in design.get("factors", ()))
    common = {
        **{f"settings.{k}": v for k, v in flat(dict(manifest.settings)).items()},
        **{f"design.{k}": v for k, v in flat(design).items() if not k.startswith(("policies", "name"))},
        "seed": manifest.seed,
        **{f"versions.{k}": v for k, v in manifest.versions.items()},
    }
    names = list(manifest.scenarios) or [manifest.name]
    scenarios = _readable(manifest)
    sides = []
    for name in names:
        scenario = scenarios.get(name)
        text = "" if scenario else manifest.scenarios.get(name, {}).get("text", "")
        inputs = {**_scenario_inputs(text), **common}
        rows = table[table["scenario"] == name] if "scenario" in table.columns else table
        shown = folder.name if len(names) == 1 else f"{folder.name}: {name}"
        is_exact = manifest.settings.get("depth") == "exact" and name in manifest.scenarios
        exact = ExactSide(folder, manifest, name) if is_exact else None
        sides.append(Side(shown, rows.reset_index(drop=True), inputs, manifest.seed, factors, exact, scenario))
    return sides


def _readable(manifest: Manifest) -> dict[str, Scenario]:
    """Return the scenarios of a result; none where it is of a model of one's own, whose inputs are no scenarios."""
    from sim.errors import ScenarioError
    from sim.results.kept import recorded_scenarios

    try:
        return recorded_scenarios(manifest)
    except (ScenarioError, ResultError):
        return {}


def _scenario_inputs(text: str) -> dict[str, Any]:
    try:
        return flat(json.loads(text)) if text else {}
    except ValueError:
        return {"scenario": text}


def compare(*given: str | Path | Side, questions: Sequence[str] = ()) -> Comparison:
    """Compare two or more results.

    Parameters
    ----------
    *given : str, Path or Side
        Result folders, or sides made by hand. A sweep over several scenarios counts as one side per
        scenario, so that it can be compared with itself.
    questions : sequence of str
        Outcomes that are asked about, in place of `QUESTIONS`: a column, ``column = value`` or ``zone > 0``. Where
        the sides have none of them, all outcomes are.

    Returns
    -------
    Comparison
        Every side against the first.

    Raises
    ------
    ResultError
        Where there are fewer than two sides, a folder is no result, or no side has an outcome that is asked about.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = pd.DataFrame({"world": range(40), "replication": 0, "agreed": [False] * 40, "error": None})
    >>> other = rows.assign(agreed=[w < 10 for w in range(40)])
    >>> found = compare(Side("a", rows, {"x": 1}, seed=0), Side("b", other, {"x": 2}, seed=0))
    >>> found.inputs[0], found.differences[0].paired, found.differences[0].changed
    (Change(path='x', kind='changed', given=(1, 2)), True, True)
    """
    sides = [side for item in given for side in ([item] if isinstance(item, Side) else sides_of(item))]
    if len(sides) < 2:
        raise ResultError("a comparison needs two results, or one with two scenarios")
    sides = _named_apart(sides)
    notes: list[str] = []
    fine = [side.table[~failed_runs(side.table)].reset_index(drop=True) for side in sides]
    failed = tuple(len(side.table) - len(rows) for side, rows in zip(sides, fine, strict=True))
    if any(failed):
        notes.append(
            "failed runs are left out: " + ", ".join(f"{s.name} {n}" for s, n in zip(sides, failed, strict=True))
        )
    found: list[Difference] = []
    packages: list[PackageDifferences] = []
    first, base = sides[0], fine[0]
    for side, rows in zip(sides[1:], fine[1:], strict=True):
        keys = _pairing(first, base, side, rows)
        if keys is None:
            notes.append(f"{first.name} and {side.name} do not share seed, worlds and runs: compared unpaired")
            found += (apart := _unpaired(first, base, side, rows))
            if not apart and (few := [s.name for s, r in ((first, base), (side, rows)) if len(r) < 2]):
                notes.append(f"{' and '.join(few)}: fewer than two runs, too few to compare unpaired")
        else:
            merged = base.merge(rows, on=list(keys), suffixes=("", "\0"), validate="one_to_one", sort=True)
            lost = max(len(base), len(rows)) - len(merged)
            if lost:
                left = "1 run has no partner and is" if lost == 1 else f"{lost} runs have no partner and are"
                notes.append(f"{first.name} and {side.name}: {left} left out")
            found += _paired(first, base, side, rows, merged)
        packages += _packages(first, side, keys is not None, notes)
    if any(d.paired and d.n < min(len(base), *map(len, fine[1:])) for d in found):
        notes.append(
            "each side's own figure is over all its runs; a difference is over the pairs in which both have a value"
        )
    return Comparison(
        tuple(side.name for side in sides),
        tuple(len(side.table) for side in sides),
        failed,
        _input_differences(sides),
        _in_families(found, questions),
        tuple(notes),
        adjusted(packages),
        scenario=first.scenario,
    )


def _packages(first: Side, side: Side, paired: bool, notes: list[str]) -> tuple[PackageDifferences, ...]:
    """Compare two exact sweeps package by package, or note why not."""
    if first.exact is None or side.exact is None:
        return ()
    if not paired:
        notes.append(f"{first.name} and {side.name}: packages are compared only in the same worlds")
        return ()
    found = package_differences(side.name, first.exact, side.exact)
    if not found:
        notes.append(f"{first.name} and {side.name} have no package in common: their issues or options differ")
    elif (without := found[0].space.n_agreements - len(found[0].package)) > 0:
        notes.append(f"{first.name} and {side.name}: {without:,} packages of the first do not exist in the second")
    return found


def _named_apart(sides: Sequence[Side]) -> list[Side]:
    names = [side.name for side in sides]
    return [
        replace(side, name=f"{side.name} ({place + 1})") if names.count(side.name) > 1 else side
        for place, side in enumerate(sides)
    ]


def _input_differences(sides: Sequence[Side]) -> tuple[Change, ...]:
    """Return what went in differently: what the scenarios say, then everything else."""
    scenarios = [side.scenario for side in sides if side.scenario is not None]
    found = list(differences(*scenarios)) if len(scenarios) == len(sides) else []
    inputs = [dict(side.inputs) for side in sides]
    if len(scenarios) < len(sides):
        inputs = [{**(flat(side.scenario.data) if side.scenario is not None else {}), **side.inputs} for side in sides]
    for path in dict.fromkeys(path for side in inputs for path in side):
        values = tuple(side.get(path) for side in inputs)
        if any(value != values[0] for value in values[1:]):
            found.append(Change(path, "changed", values))
    return tuple(found)


def _pairing(first: Side, a: pd.DataFrame, second: Side, b: pd.DataFrame) -> tuple[str, ...] | None:
    """Return the columns by which runs pair; None where they do not."""
    keys = tuple(key for key in _KEYS if key in a.columns and key in b.columns)
    if first.seed is None or first.seed != second.seed or not keys:
        return None
    design = [{k: v for k, v in side.inputs.items() if k.startswith("design.")} for side in (first, second)]
    if "point" in keys and design[0] != design[1]:
        return None
    if a.duplicated(list(keys)).any() or b.duplicated(list(keys)).any():
        return None
    if a.merge(b, on=list(keys))[list(keys)].empty:
        return None
    return keys


def _in_families(found: Sequence[Difference], questions: Sequence[str]) -> tuple[Difference, ...]:
    """Adjust the p-values of the questions together, and those of all else together; questions come first."""
    from statsmodels.stats.multitest import multipletests

    known = dict.fromkeys(d.outcome for d in found)
    for name in questions:
        if name not in known and found:
            raise ResultError(f"no outcome {name!r} to compare{nearest(name, list(known))}")
    asked = set(questions or QUESTIONS) & set(known) or set(known)
    first = [d for d in found if d.outcome in asked]
    rest = [d for d in found if d.outcome not in asked]
    q = np.array([d.p for d in rest])
    tested = ~np.isnan(q)
    if tested.any():
        q[tested] = multipletests(q[tested], method="fdr_bh")[1]
    return (
        *(replace(d, question=True, p_holm=p) for d, p in zip(first, holm([d.p for d in first]), strict=True)),
        *(replace(d, q=float(value)) for d, value in zip(rest, q, strict=True)),
    )


@dataclass(frozen=True)
class _Outcome:
    """What is compared: a column, one value of a text column, or whether a count is above nothing."""

    column: str
    kind: str
    value: str | None = None
    positive: bool = False

    @property
    def label(self) -> str:
        if self.positive:
            return f"{self.column} > 0"
        return self.column if self.value is None else f"{self.column} = {self.value}"

    def of(self, table: pd.DataFrame) -> NDArray[np.float64]:
        import pandas as pd

        column = table[self.column]
        if self.value is not None:
            return np.asarray(column.astype("object") == self.value, dtype=np.float64)
        numbers: NDArray[np.float64] = pd.to_numeric(column.astype("object")).to_numpy(np.float64, na_value=np.nan)
        return np.where(np.isnan(numbers), np.nan, numbers > 0) if self.positive else numbers


def _outcomes(first: Side, a: pd.DataFrame, b: pd.DataFrame) -> list[_Outcome]:
    """List what to compare."""
    found: list[_Outcome] = []
    skipped = {*_NAMES, *first.factors}
    for name in (str(c) for c in a.columns):
        if name in skipped or name not in b.columns:
            continue
        both = [side[name].dropna() for side in (a, b)]
        if name.startswith(_CATEGORIES):
            values = sorted({str(v) for column in both for v in column.unique() if str(v)})
            found += [_Outcome(name, "share", value) for value in values]
        elif all(_is_flag(column) for column in both):
            found.append(_Outcome(name, "share"))
        elif all(column.dtype.kind in "fiu" for column in both):
            if name == "zone":
                found.append(_Outcome(name, "share", positive=True))
            found.append(_Outcome(name, "mean"))
    return found


def _is_flag(column: pd.Series) -> bool:
    """Say whether it holds yes/no; a number that happens to be 0 or 1 in all runs stays a number."""
    if column.dtype.kind == "O":
        return all(isinstance(value, bool | np.bool_) for value in column.unique())
    return column.dtype.kind == "b" or str(column.dtype) == "boolean"


def _own(outcome: _Outcome, table: pd.DataFrame) -> Interval:
    """Return what one side shows by itself, over all its runs that have a value."""
    values = outcome.of(table)
    known = np.isfinite(values)
    worlds = table["world"].to_numpy()[known] if "world" in table.columns else np.arange(known.sum())
    if len(np.unique(worlds)) == 1:
        worlds = np.arange(known.sum())  # all central: the replications are the independent draws
    return _estimate(values[known], worlds, outcome.kind)


def _paired(first: Side, base: pd.DataFrame, side: Side, rows: pd.DataFrame, merged: pd.DataFrame) -> list[Difference]:
    """Compare two sides run by run; `merged` has the pairs."""
    found = []
    ours = merged[[c for c in merged.columns if not c.endswith("\0")]]
    theirs = merged[[c for c in merged.columns if c.endswith("\0")]].rename(columns=lambda c: str(c)[:-1])
    for outcome in _outcomes(first, ours, theirs):
        a, b = outcome.of(ours), outcome.of(theirs)
        both = np.isfinite(a) & np.isfinite(b)
        worlds = merged["world"].to_numpy()[both] if "world" in merged.columns else np.arange(both.sum())
        a, b = a[both], b[both]
        if not len(a):
            continue
        if len(np.unique(worlds)) == 1:
            worlds = np.arange(len(a))  # all central: the replications are the independent draws
        interval, p = _change(a, b, worlds, outcome.kind)
        own = _own(outcome, base), _own(outcome, rows)
        found.append(Difference(outcome.label, outcome.kind, side.name, *own, interval, p, paired=True, n=len(a)))
    return found


def _change(a: NDArray[np.float64], b: NDArray[np.float64], worlds: NDArray[Any], kind: str) -> tuple[Interval, float]:
    """Return the mean change of pairs with its interval, and the p-value of no change."""
    from scipy.stats import binomtest, ttest_1samp

    change = b - a
    # One number per world: replications of a world are not independent of one another.
    means = _by_world(change, worlds)
    if kind == "share" and len(means) == len(change):
        gained, dropped = int((change > 0).sum()), int((change < 0).sum())
        kept = int(((a > 0.5) & (b > 0.5)).sum())
        interval = newcombe_paired(kept, dropped, gained, len(change) - kept - dropped - gained)
        return interval, float(binomtest(gained, gained + dropped).pvalue) if gained + dropped else 1.0
    interval = bootstrap_by_world(change, worlds)
    if np.ptp(means) > 0.0:
        return interval, float(ttest_1samp(means, 0.0).pvalue)
    if means[0] == 0.0:
        return interval, 1.0
    # All worlds differ alike: Student has no spread to go by, so the signs are tested.
    return interval, float(binomtest(0, len(means)).pvalue) if len(means) > 1 else float("nan")


def _unpaired(first: Side, base: pd.DataFrame, side: Side, rows: pd.DataFrame) -> list[Difference]:
    """Compare two sides as independent samples."""
    from scipy.stats import fisher_exact

    found = []
    for outcome in _outcomes(first, base, rows):
        columns = [outcome.of(table) for table in (base, rows)]
        known = [np.isfinite(column) for column in columns]
        a, b = (column[k] for column, k in zip(columns, known, strict=True))
        worlds = [
            table["world"].to_numpy()[k] if "world" in table.columns else np.arange(len(table))[k]
            for table, k in zip((base, rows), known, strict=True)
        ]
        if min(len(a), len(b)) < 2:
            continue
        once = all(len(np.unique(w)) in {1, len(w)} for w in worlds)
        if outcome.kind == "share" and once:
            counts = [(int(x.sum()), len(x)) for x in (a, b)]
            difference = newcombe(counts[0], counts[1])
            p = float(fisher_exact([[k, n - k] for k, n in counts]).pvalue)
        else:
            # One number per world: replications of a world are not independent of one another.
            parts = (a, b) if once else tuple(_by_world(x, w) for x, w in zip((a, b), worlds, strict=True))
            difference, p = _welch(*parts)
        own = _estimate(a, worlds[0], outcome.kind), _estimate(b, worlds[1], outcome.kind)
        found.append(
            Difference(outcome.label, outcome.kind, side.name, *own, difference, p, paired=False, n=min(len(a), len(b)))
        )
    return found


def _by_world(values: NDArray[np.float64], worlds: NDArray[Any]) -> NDArray[np.float64]:
    _, where = np.unique(worlds, return_inverse=True)
    return np.asarray(np.bincount(where, weights=values) / np.bincount(where))


def _welch(a: NDArray[np.float64], b: NDArray[np.float64]) -> tuple[Interval, float]:
    from scipy.stats import fisher_exact, ttest_ind

    gap = float(b.mean() - a.mean())
    if np.ptp(a) == 0.0 and np.ptp(b) == 0.0:
        # No spread on either side: the chance is that of the two samples falling apart like this.
        p = 1.0 if gap == 0.0 else float(fisher_exact([[len(a), 0], [0, len(b)]]).pvalue)
        return Interval(gap, gap, gap, "exact"), p
    test = ttest_ind(b, a, equal_var=False)
    low, high = test.confidence_interval(0.95)
    return Interval(gap, float(low), float(high), "welch"), float(test.pvalue)


def _estimate(values: NDArray[np.float64], worlds: NDArray[Any], kind: str) -> Interval:
    if kind == "share":
        return share_of_rows(values > 0.5, worlds)
    return bootstrap_by_world(values, worlds)
