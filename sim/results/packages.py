r"""Two exact sweeps package by package: which became more robust, and which less.

Both judged the same packages in the same worlds (common random numbers), so for each package and test the
worlds form pairs. With :math:`d_w` the change in world w (passes in the second minus passes in the first; the
mean over the points of a design, since a world returns under each of them):

- the *difference* of robustness is the mean of d;
- its interval is Bonett and Price's adjusted Wald interval, which adds one world that gains and one that
  loses: centre and variance from :math:`\sum d` and :math:`\sum d^2 + 2` over n + 2 worlds;
- p is that of the exact sign test on the worlds that changed, which with one point is McNemar's exact test.

Tens of thousands of questions are asked at once, so p-values are adjusted by Holm's method over all packages
and tests of a comparison. A package that no world changed cannot show a difference, whatever the truth: it is
left out of the count of questions (Tarone 1990).

References
----------
Bonett, D. G. & Price, R. M. (2012). Adjusted Wald confidence interval for a difference of binomial
proportions based on paired data. *Journal of Educational and Behavioral Statistics* 37, 479–488.
McNemar, Q. (1947). Note on the sampling error of the difference between correlated proportions or
percentages. *Psychometrika* 12, 153–157.
Tarone, R. E. (1990). A modified Bonferroni method for discrete data. *Biometrics* 46, 515–522.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.agreements.frame import Frame
from sim.agreements.space import AgreementSpace
from sim.domain.scenario import Scenario
from sim.results.bitsets import unpacked
from sim.results.chunks import chunk_tables
from sim.results.comparison import PackageDifferences
from sim.results.intervals import holm
from sim.results.kept import alone
from sim.results.manifest import Manifest

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["ExactSide", "adjusted", "package_differences"]

_Key = tuple[int, int, int]

#: Bytes that the changes of worlds may take at a time.
BUDGET = 1 << 28


@dataclass(frozen=True, eq=False)
class ExactSide:
    """The rows of one scenario in a finished exact sweep.

    Parameters
    ----------
    folder : Path
    manifest : Manifest
        Of the folder.
    policy : str
        Name of the scenario in it.
    """

    folder: Path
    manifest: Manifest = field(repr=False)
    policy: str

    @cached_property
    def scenario(self) -> Scenario:
        """The scenario, without rival codings."""
        return alone(self.manifest.scenarios[self.policy]["text"], self.policy)

    @property
    def tests(self) -> list[str]:
        """Tests kept as bitsets, in the order of columns."""
        names = (column.name for column in self.manifest.columns)
        return [name.removeprefix("bits.") for name in names if name.startswith("bits.")]

    def worlds(self, test: str = "") -> Iterator[tuple[_Key, bytes | None]]:
        """Yield the key (point, world, replication) of each good run, in the order of runs, and a test's bitset.

        The bitset is None without a test, and where the scenario does not keep it.
        """
        columns = ["scenario", "point", "world", "replication", "error", *([f"bits.{test}"] if test else [])]
        for table in chunk_tables(self.folder, self.manifest, columns):
            for policy, point, world, replication, error, *bits in zip(
                *(table.column(name).to_pylist() for name in columns), strict=True
            ):
                if policy == self.policy and not error:
                    yield (point, world, replication), bits[0] if bits else None

    def keeps(self, test: str) -> bool:
        """Whether the scenario's runs have a test: another scenario of the same sweep may ask for more."""
        return test in self.tests and next(self.worlds(test), ((), None))[1] is not None


def package_differences(name: str, first: ExactSide, second: ExactSide) -> tuple[PackageDifferences, ...]:
    """Compare the robustness of every package that both sides know, test by test.

    Parameters
    ----------
    name : str
        What the second side is called.
    first, second : ExactSide
        With the same root seed and design, so that their worlds pair.

    Returns
    -------
    tuple of PackageDifferences
        One per test that both have; p-values not adjusted yet, see `adjusted`. Empty where the issues differ or
        no package is known to both.

    Examples
    --------
    Two parties talk in the same ten worlds; in the second sweep Hill settles for less, and the package that it
    refused before becomes acceptable in all of them:

    >>> import sim
    >>> from sim.results.compare import sides_of
    >>> from sim.sweeps.results import sweep
    >>> hard = sim.read_scenario("scenarios/tutorial-two-by-two/scenario.yaml")
    >>> soft = sim.with_settings(hard, {"parties.hill.no_deal.reservation": 0.15})
    >>> sweeps = [sweep(sim.Design(s, worlds=10, depth="exact"), 0, quiet=True) for s in (hard, soft)]
    >>> found = package_differences("soft", *(sides_of(done)[0].exact for done in sweeps))[0]
    >>> found.test, found.first.tolist(), found.second.tolist()
    ('acceptable', [0.0, 1.0, 1.0, 0.0], [0.0, 1.0, 1.0, 1.0])
    """
    spaces = Frame.of(first.scenario).space, Frame.of(second.scenario).space
    partner = _partners(*spaces)
    keys = [key for key, _, _ in _pairs(first, second)]
    if partner is None or not (partner >= 0).any() or not keys:
        return ()
    here = np.flatnonzero(partner >= 0)
    worlds, where = np.unique([world for _, world, _ in keys], return_inverse=True)
    paired = _Paired(first, second, spaces, here, partner[here], len(worlds), where)
    return tuple(paired.compared(name, test) for test in first.tests if first.keeps(test) and second.keeps(test))


def adjusted(found: Sequence[PackageDifferences]) -> tuple[PackageDifferences, ...]:
    """Adjust the p-values of all packages and tests together by Holm's method.

    Parameters
    ----------
    found : sequence of PackageDifferences
        Of one comparison.

    Returns
    -------
    tuple of PackageDifferences
        With ``p_holm`` set; packages that no world changed are no questions and keep 1.

    Examples
    --------
    Worlds changed two packages, so two questions were asked and the smaller p-value counts double:

    >>> import sim
    >>> two = sim.read_scenario("scenarios/tutorial-two-by-two/scenario.yaml")
    >>> none, gained, p = np.zeros(4), np.array([8, 6, 0, 0]), np.array([0.01, 0.04, 1.0, 1.0])
    >>> found = PackageDifferences("after", "stable", 10, two, *[none] * 6, gained=gained, lost=none, p=p, p_holm=p)
    >>> adjusted([found])[0].p_holm.tolist()
    [0.02, 0.04, 1.0, 1.0]
    """
    asked = [np.where(f.gained + f.lost > 0, f.p, np.nan) for f in found]
    everything = np.concatenate(asked) if asked else np.zeros(0)
    values = np.nan_to_num(np.asarray(holm(everything.tolist())), nan=1.0)
    ends = np.cumsum([len(f.p) for f in found])
    return tuple(replace(f, p_holm=values[end - len(f.p) : end]) for f, end in zip(found, ends, strict=True))


def _partners(first: AgreementSpace, second: AgreementSpace) -> NDArray[np.int64] | None:
    """Return for each package of the first its number in the second, −1 where it has none."""
    if first.issues != second.issues:
        return None
    code = np.zeros(first.n_agreements, np.int64)
    known = np.ones(first.n_agreements, np.bool_)
    for k, (mine, theirs) in enumerate(zip(first.labels, second.labels, strict=True)):
        place = np.array([theirs.index(label) if label in theirs else -1 for label in mine])[first.options[:, k]]
        known &= place >= 0
        code += np.maximum(place, 0) * second.strides[k]
    return np.where(known, second.rank[code], -1).astype(np.int64)


@dataclass(frozen=True, eq=False)
class _Paired:
    """Two sides whose runs and packages are matched; ``where`` gives the world of each pair of runs."""

    first: ExactSide
    second: ExactSide
    spaces: tuple[AgreementSpace, AgreementSpace]
    here: NDArray[np.int64]
    there: NDArray[np.int64]
    n_worlds: int
    where: NDArray[np.int64]

    def compared(self, name: str, test: str) -> PackageDifferences:
        """Compare one test of every package."""
        n = len(self.here)
        passed = np.zeros((2, n), np.int64)
        points = np.bincount(self.where, minlength=self.n_worlds)
        total, square = np.zeros(n), np.zeros(n)
        gained, lost = np.zeros(n, np.int64), np.zeros(n, np.int64)
        block = max(1, BUDGET // (4 * self.n_worlds))
        for begin in range(0, n, block):
            part = slice(begin, begin + block)
            here, there = self.here[part], self.there[part]
            change = np.zeros((self.n_worlds, len(here)), np.int32)
            for world, (_, a, b) in zip(self.where, _pairs(self.first, self.second, test), strict=True):
                before = unpacked(a or b"", self.spaces[0].n_agreements)[here]
                after = unpacked(b or b"", self.spaces[1].n_agreements)[there]
                passed[0, part] += before
                passed[1, part] += after
                change[world] += after.astype(np.int8) - before.astype(np.int8)
            for net, count in zip(change, points, strict=True):
                total[part] += net / count
                square[part] += (net / count) ** 2
            gained[part], lost[part] = (change > 0).sum(axis=0), (change < 0).sum(axis=0)
        shares = passed / len(self.where)
        low, high = _ends(total, square, self.n_worlds)
        return PackageDifferences(
            name, test, self.n_worlds, self.first.scenario, self.here, self.there, shares[0], shares[1], low, high,
            gained, lost, _sign_test(gained, lost), np.ones(n),
        )  # fmt: skip


def _pairs(first: ExactSide, second: ExactSide, test: str = "") -> Iterator[tuple[_Key, bytes | None, bytes | None]]:
    """Join the runs of both sides by key; both come in ascending order."""
    ours, theirs = first.worlds(test), second.worlds(test)
    a, b = next(ours, None), next(theirs, None)
    while a is not None and b is not None:
        if a[0] == b[0]:
            yield a[0], a[1], b[1]
            a, b = next(ours, None), next(theirs, None)
        elif a[0] < b[0]:
            a = next(ours, None)
        else:
            b = next(theirs, None)


def _ends(total: NDArray[np.float64], square: NDArray[np.float64], n: int) -> tuple[Any, Any]:
    from scipy.special import ndtri

    centre = total / (n + 2)
    width = float(ndtri(0.975)) * np.sqrt(np.maximum((square + 2) / (n + 2) - centre**2, 0.0) / (n + 2))
    return np.maximum(centre - width, -1.0), np.minimum(centre + width, 1.0)


def _sign_test(gained: NDArray[np.int64], lost: NDArray[np.int64]) -> NDArray[np.float64]:
    from scipy.special import bdtr

    return np.asarray(np.minimum(1.0, 2.0 * bdtr(np.minimum(gained, lost).astype(float), gained + lost, 0.5)))
