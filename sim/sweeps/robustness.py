"""Over which share of plausible worlds a package holds.

For each package (agreement) and each test, the *robustness* is the share of worlds in which the package
passes; for ``stable``, all tests that the scenario requires together. A world's *best* package is the
signable one whose least margin (the smallest u − r among those who must sign) is largest; the *regret* of a
package in a world is how far its own least margin falls short of that. Who *usually breaks* a package is
the party on whom the first failing required test binds in most worlds.

Shares are reported over all worlds and by what the analyst cannot know by sampling alone: the rival coding,
and each point of the design (a structure, a probability that red lines are real). Worlds of one point are
independent and get Wilson's interval. Over several points the same worlds return, so the interval counts
each world once. Where no worlds are drawn, the points take their place, each at central values.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.agreements.frame import Frame
from sim.domain.scenario import Scenario
from sim.domain.shares import wilson_ends
from sim.errors import ResultError, nearest
from sim.results.bitsets import MARGIN_UNIT, unpacked
from sim.results.chunks import chunk_tables
from sim.results.kept import alone
from sim.results.manifest import Manifest
from sim.results.store import check_complete, load_design, status
from sim.stability.assess import SILENT
from sim.sweeps.design import Design
from sim.sweeps.inputs import independent

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

__all__ = ["Robustness", "robustness"]


@dataclass
class _Tally:
    """Counts over the worlds of one group."""

    n_worlds: int
    passed: dict[str, NDArray[np.int32]]
    regret: NDArray[np.float64]
    worst: NDArray[np.int32]
    breakers: NDArray[np.int32]
    draws: set[int] = field(default_factory=set)


@dataclass(frozen=True, eq=False)
class Robustness:
    """Robustness of every package over the worlds of one group.

    Parameters
    ----------
    group : mapping of str to value
        What the worlds have in common: ``scenario``, and where asked ``coding`` and factors.
    scenario : Scenario
        Whose packages they are.
    n_worlds : int
        Worlds counted, a world under several points counting each time.
    n_independent : int
        Different worlds, or other draws, on which the intervals rest.
    n_failed : int
        Worlds left out because their run failed.
    draws : str
        What is drawn independently: ``worlds``; ``points``, ``base points``, ``trajectories`` or ``runs`` where
        all worlds are central.
    shares : mapping of str to ndarray, shape (n_agreements,)
        Per test, the share of worlds in which each package passes.
    regret, worst_regret : ndarray of float, shape (n_agreements,)
        Mean and largest regret, in utility.
    breaker : ndarray of str, shape (n_agreements,)
        Party and test that usually break it; empty where nothing does.
    breaker_share : ndarray of float, shape (n_agreements,)
        Share of worlds in which they do.
    """

    group: dict[str, Any]
    scenario: Scenario = field(repr=False)
    n_worlds: int
    n_independent: int
    n_failed: int
    draws: str
    shares: dict[str, NDArray[np.float64]] = field(repr=False)
    regret: NDArray[np.float64] = field(repr=False)
    worst_regret: NDArray[np.float64] = field(repr=False)
    breaker: NDArray[np.object_] = field(repr=False)
    breaker_share: NDArray[np.float64] = field(repr=False)

    @property
    def rows(self) -> str:
        """What the shares are of: ``worlds``, ``cases`` (a world at a point) or ``points``."""
        if self.draws != "worlds":
            return "points"
        return "worlds" if self.n_worlds == self.n_independent else "cases"

    def counted(self) -> str:
        """Say of how many worlds, cases or points the shares are."""
        one = self.rows.removesuffix("s")
        said = f"{self.n_worlds:,} {one if self.n_worlds == 1 else self.rows}"
        if self.rows == "cases":
            said += f" of {self.n_independent:,} {'world' if self.n_independent == 1 else 'worlds'} at several points"
        elif self.rows == "points":
            said += " at central values"
        return said + (f", {self.n_failed:,} failed" if self.n_failed else "")

    @property
    def tests(self) -> tuple[str, ...]:
        """The tests, ``stable`` last."""
        return tuple(self.shares)

    @property
    def silent(self) -> tuple[str, ...]:
        """Tests that no package fails in any world, of those told only where they can fail."""
        return tuple(test for test in self.tests if test in SILENT and bool((self.shares[test] == 1).all()))

    def interval(self, test: str, confidence: float = 0.95) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the ends of each package's Wilson interval for one test."""
        return wilson_ends(self._share(test), self.n_independent, confidence)

    def _share(self, test: str) -> NDArray[np.float64]:
        if test not in self.shares:
            raise ResultError(f"no test {test!r} in this result{nearest(test, self.tests)}")
        return self.shares[test]

    def to_frame(self, by: str = "stable", top: int | None = None) -> pd.DataFrame:
        """Return packages from the most robust down.

        Parameters
        ----------
        by : str
            Test whose share ranks them; ties by the share acceptable, mean regret, then index.
        top : int, optional
            How many; all by default.

        Returns
        -------
        pandas.DataFrame
            Indexed by agreement: the option of each issue, per test the share with ``.low`` and ``.high``,
            ``regret``, ``worst_regret``, ``breaker``, ``breaker_share``. Packages nobody could sign are left out.
        """
        import pandas as pd

        space = Frame.of(self.scenario).space
        agreed = self.shares.get("acceptable", self.regret * 0)
        order = np.lexsort((np.arange(space.n_agreements), self.regret, -agreed, -self._share(by)))
        order = order[space.signable[order]][:top]
        columns: dict[str, Any] = {}
        for place, issue in enumerate(space.issues):
            labels = np.array(space.labels[place], dtype=object)
            columns[issue] = labels[space.options[order, place]]
        for test in self.tests:
            low, high = self.interval(test)
            columns[test] = self.shares[test][order]
            columns[f"{test}.low"], columns[f"{test}.high"] = low[order], high[order]
        columns |= {
            "regret": self.regret[order],
            "worst_regret": self.worst_regret[order],
            "breaker": self.breaker[order],
            "breaker_share": self.breaker_share[order],
        }
        return pd.DataFrame(columns, index=pd.Index(order, name="agreement"))

    def by_option(self, issue: str, test: str = "stable") -> pd.DataFrame:
        """Return how robust the packages with each option of an issue are.

        Parameters
        ----------
        issue : str
            Such as ``donetsk``.
        test : str
            Whose share is shown.

        Returns
        -------
        pandas.DataFrame
            Indexed by option: ``packages`` that can be signed, ``best`` share among them and its interval,
            ``mean`` share, ``agreement`` that has the best.
        """
        import pandas as pd

        space = Frame.of(self.scenario).space
        if issue not in space.issues:
            raise ResultError(f"no issue {issue!r}{nearest(issue, space.issues)}")
        place = space.issues.index(issue)
        share = self._share(test)
        low, high = self.interval(test)
        rows = []
        for option, label in enumerate(space.labels[place]):
            members = np.flatnonzero((space.options[:, place] == option) & space.signable)
            if not len(members):
                continue
            best = members[np.lexsort((members, self.regret[members], -share[members]))[0]]
            rows.append(
                {
                    "option": label,
                    "packages": len(members),
                    "best": share[best],
                    "best.low": low[best],
                    "best.high": high[best],
                    "mean": float(share[members].mean()),
                    "regret": float(self.regret[best]),
                    "breaker": self.breaker[best],
                    "agreement": int(best),
                }
            )
        return pd.DataFrame(rows).set_index("option")


def robustness(path: str | Path, by: tuple[str, ...] = ()) -> list[Robustness]:
    """Tally an exact sweep.

    Parameters
    ----------
    path : str or Path
        Its result folder; read chunk by chunk.
    by : tuple of str
        ``coding`` and names of factors, to report apart; policies always are.

    Returns
    -------
    list of Robustness
        One per group, in the order they first appear.

    Raises
    ------
    ResultError
        Where the folder is no finished exact sweep, or has no such factor.

    Examples
    --------
    >>> import sim
    >>> from sim.sweeps.results import sweep
    >>> two = sim.read_scenario("scenarios/tutorial-two-by-two/scenario.yaml")
    >>> found = robustness(sweep(sim.Design(two, worlds=3, depth="exact"), workers=0, quiet=True))[0]
    >>> found.shares["stable"].tolist(), found.breaker.tolist()
    ([0.0, 1.0, 1.0, 0.0], ['vale: acceptable', '', '', 'hill: acceptable'])
    """
    folder = Path(path)
    manifest = Manifest.read(folder)
    if manifest.settings.get("depth") != "exact":
        kind = "sweep with depth simulate" if manifest.kind == "sweep" else manifest.kind
        raise ResultError(f"{folder}: robustness needs a sweep with depth exact; this is a {kind}")
    if status(folder) != "complete":
        raise ResultError(f"{folder}: unfinished; run the same command with --resume")
    check_complete(folder)
    scenarios = {name: alone(record["text"], name) for name, record in manifest.scenarios.items()}
    factors = _factor_values(folder, manifest, by)
    design = Design.from_text(manifest.design["text"]) if manifest.design else Design()
    tallies: dict[tuple[Any, ...], _Tally] = {}
    failed: dict[tuple[Any, ...], int] = {}
    for row in _rows(folder, manifest):
        key = (row["scenario"], *(row["coding"] if name == "coding" else factors[name][row["point"]] for name in by))
        if row["error"]:
            failed[key] = failed.get(key, 0) + 1
            continue
        scenario = scenarios[row["scenario"]]
        _count(tallies, key, row, scenario)
        draws, (draw,) = independent(design, [row["point"]], [row["world"]])
        # Runs are numbered among those given, here one at a time: what tells them apart is the point.
        tallies[key].draws.add(row["point"] if draws == "runs" else int(draw))
    return [
        _summed(dict(zip(("scenario", *by), key, strict=True)), scenarios[key[0]], tally, failed.get(key, 0), draws)
        for key, tally in tallies.items()
    ]


def _factor_values(folder: Path, manifest: Manifest, by: tuple[str, ...]) -> dict[str, list[Any]]:
    design = load_design(folder)
    known = [] if design is None else [str(c) for c in design.columns if c != "point"]
    if "coding" not in known and any(json.loads(s["text"]).get("codings") for s in manifest.scenarios.values()):
        known = ["coding", *known]
    for name in by:
        if name not in known:
            raise ResultError(f"{folder}: no factor {name!r}{nearest(name, known) if known else '; it has none'}")
    names = [name for name in by if name != "coding"]
    return {name: design[name].tolist() for name in names} if design is not None else {}


def _rows(folder: Path, manifest: Manifest) -> Iterator[dict[str, Any]]:
    for table in chunk_tables(folder, manifest):
        yield from table.to_pylist()


def _count(
    tallies: dict[tuple[Any, ...], _Tally], key: tuple[Any, ...], row: dict[str, Any], scenario: Scenario
) -> None:
    margins = np.frombuffer(row["least_margin"], "<i2").astype(np.int32)
    n = len(margins)
    codes = np.frombuffer(row["breaker"], "<u2")
    tests = [
        name.removeprefix("bits.") for name, value in row.items() if name.startswith("bits.") and value is not None
    ]
    if key not in tallies:
        n_codes = 1 + len(scenario.stability.require) * (len(scenario.parties) + 1)
        tallies[key] = _Tally(
            0,
            {test: np.zeros(n, np.int32) for test in tests},
            np.zeros(n),
            np.zeros(n, np.int32),
            np.zeros((n, n_codes), np.int32),
        )
    tally = tallies[key]
    tally.n_worlds += 1
    for test in tests:
        tally.passed[test] += unpacked(row[f"bits.{test}"], n)
    # Packages nobody can sign may lie above the best that can be signed: no regret there.
    regret = np.maximum(margins[row["best"]] - margins, 0)
    tally.regret += regret
    np.maximum(tally.worst, regret, out=tally.worst)
    tally.breakers[np.arange(n), codes] += 1


def _summed(group: dict[str, Any], scenario: Scenario, tally: _Tally, failed: int, draws: str) -> Robustness:
    n = tally.n_worlds
    breakers = tally.breakers.copy()
    breakers[:, 0] = 0
    usual = breakers.argmax(axis=1)
    times = breakers[np.arange(len(usual)), usual]
    names = _breaker_names(scenario)
    return Robustness(
        group,
        scenario,
        n,
        len(tally.draws),
        failed,
        draws,
        {test: counts / n for test, counts in tally.passed.items()},
        np.asarray(tally.regret / n * MARGIN_UNIT),
        np.asarray(tally.worst * MARGIN_UNIT),
        np.where(times > 0, names[usual], ""),
        times / n,
    )


def _breaker_names(scenario: Scenario) -> NDArray[np.object_]:
    parties = ["nobody in particular", *sorted(scenario.parties)]
    names = ["", *(f"{party}: {test}" for test in scenario.stability.require for party in parties)]
    return np.array(names, dtype=object)
