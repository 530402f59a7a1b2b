"""The zone of agreement over many worlds: what one number decides, and the best that each option allows.

A world draws every number from its range. What a party would need to agree is read from each world once: the
largest reservation value at which something is left that all accept. The share of worlds with something to
sign is then known at every value of that number, from the same worlds.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.agreements.frame import Frame
from sim.agreements.payoffs import SCALE, Payoffs
from sim.domain.scenario import Scenario
from sim.domain.world import draw_world
from sim.errors import ModelError
from sim.results.bitsets import MARGIN_UNIT, unpacked
from sim.results.chunks import chunk_tables
from sim.results.manifest import Manifest

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["OptionMargins", "Zones", "kept_by_option", "zones_over_worlds"]

#: The quantiles of least margins that are kept and shown.
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


@dataclass(frozen=True, eq=False)
class OptionMargins:
    """How good it can get for the signer that gets least, by option of an issue, over worlds.

    Attributes
    ----------
    scenario : Scenario
    issue : str
    worlds, seed : int
        How many worlds, of which root seed; where a sweep has several points, a world counts at each.
    quantiles : dict of str to list of float
        By option: `QUANTILES` of the best least margin, in utility; options that no agreement can take are left out.
    open : dict of str to int
        By option: in how many worlds some agreement with it is acceptable to all, red lines counted.
    """

    scenario: Scenario = field(repr=False)
    issue: str
    worlds: int
    seed: int
    quantiles: dict[str, list[float]]
    open: dict[str, int]


@dataclass(frozen=True, eq=False)
class Zones:
    """The zone of agreement in each of many worlds.

    Attributes
    ----------
    scenario : Scenario
    seed, worlds : int
        Worlds 0 to ``worlds − 1`` of the root seed.
    open : ndarray of bool, shape (worlds,)
        Whether some agreement is acceptable to all who must sign.
    threshold : dict of str to ndarray of float64, shape (worlds,)
        By party: the largest reservation value at which some agreement is acceptable to all, everything else as
        the world has it; −inf where there is none, +inf where its signature is not needed.
    best : dict of str to dict of str to ndarray of float64, shape (worlds,)
        By issue and option: the largest least margin (u − r of the signer that gets least) of any agreement that
        may be signed with that option, red lines apart.
    open_with : dict of str to dict of str to ndarray of bool, shape (worlds,)
        By issue and option: whether some agreement with it is acceptable to all, red lines counted.
    """

    scenario: Scenario = field(repr=False)
    seed: int
    worlds: int
    open: NDArray[np.bool_] = field(repr=False)
    threshold: dict[str, NDArray[np.float64]] = field(repr=False)
    best: dict[str, dict[str, NDArray[np.float64]]] = field(repr=False)
    open_with: dict[str, dict[str, NDArray[np.bool_]]] = field(repr=False)

    def share_open(self, party: str, reservation: float) -> tuple[int, int]:
        """Return in how many worlds there is something to sign if a party's reservation value is set, and of how many.

        Parameters
        ----------
        party : str
        reservation : float

        Returns
        -------
        tuple of int
        """
        return int((self.threshold[party] >= reservation - 0.5 / SCALE).sum()), self.worlds

    def quantiles(self, issue: str) -> dict[str, list[float]]:
        """Return `QUANTILES` over worlds of the best least margin with each option of an issue.

        Parameters
        ----------
        issue : str

        Returns
        -------
        dict of str to list of float
            Options in the order of the file; those that no agreement can take are left out.
        """
        best = self.best[issue]
        return {
            option: [float(q) for q in np.quantile(best[option], QUANTILES)]
            for option in self.scenario.issues[issue].options
            if np.isfinite(best[option]).all()
        }

    def by_option(self, issue: str) -> OptionMargins:
        """Return what each option of an issue allows.

        Parameters
        ----------
        issue : str

        Returns
        -------
        OptionMargins
        """
        signed = {option: int(yes.sum()) for option, yes in self.open_with[issue].items()}
        return OptionMargins(self.scenario, issue, self.worlds, self.seed, self.quantiles(issue), signed)

    def to_frame(self) -> pd.DataFrame:
        """Return the worlds, one a row: whether its zone is ``open``, and of each party its ``threshold``."""
        import pandas as pd

        columns = {"open": self.open, **{f"threshold.{party}": values for party, values in self.threshold.items()}}
        return pd.DataFrame(columns, index=pd.RangeIndex(self.worlds, name="world"))


def zones_over_worlds(scenario: Scenario, worlds: int, seed: int = 0) -> Zones:
    """Work out the zone of agreement in many worlds.

    Parameters
    ----------
    scenario : Scenario
    worlds : int
    seed : int
        Root seed; the same worlds as those of ``parley run`` and of sweeps.

    Returns
    -------
    Zones

    Raises
    ------
    ModelError
        If reservation values follow from a lottery over end states and are thus no numbers of their own.

    Examples
    --------
    >>> import sim
    >>> two = sim.read_scenario("scenarios/tutorial-two-by-two/scenario.yaml")
    >>> zones = zones_over_worlds(two, worlds=4)
    >>> zones.share_open("hill", 0.0), zones.share_open("hill", 1.0)
    ((4, 4), (0, 4))
    """
    for given in (scenario, *scenario.rivals.values()):
        if given.no_deal.basis != "reservation":
            raise ModelError(f"{given.name}: its reservation values follow from end states; sweep a number instead")
    names = tuple(sorted(scenario.parties))
    is_open = np.zeros(worlds, dtype=np.bool_)
    threshold = {party: np.full(worlds, -np.inf) for party in names}
    best = {k: {o: np.full(worlds, -np.inf) for o in spec.options} for k, spec in scenario.issues.items()}
    open_with = {k: {o: np.zeros(worlds, np.bool_) for o in spec.options} for k, spec in scenario.issues.items()}
    for world in range(worlds):
        payoffs = Payoffs.of(draw_world(scenario, seed, world))
        content = payoffs.acceptable | ~payoffs.must_sign
        refusing = (~content).sum(axis=1)
        signable = payoffs.space.signable
        zone = signable & (refusing == 0)
        is_open[world] = bool(zone.any())
        for column, party in enumerate(payoffs.parties):
            alone = signable & (refusing - ~content[:, column] == 0)
            needed = payoffs.must_sign[:, column]
            if (alone & ~needed).any():
                threshold[party][world] = np.inf
                continue
            could = alone & ~payoffs.crosses_line[:, column]
            if could.any():
                threshold[party][world] = payoffs.utility[could, column].max() / SCALE
        for place, issue in enumerate(payoffs.space.issues):
            labels = payoffs.space.labels[place]
            most = np.full(len(labels), np.iinfo(np.int64).min)
            np.maximum.at(most, payoffs.space.options[signable, place], payoffs.least_margin[signable])
            with_zone = set(np.unique(payoffs.space.options[zone, place]).tolist())
            for row, (option, value) in enumerate(zip(labels, most.tolist(), strict=True)):
                open_with[issue][option][world] = row in with_zone
                if value > np.iinfo(np.int64).min:
                    best[issue][option][world] = value / SCALE
    return Zones(scenario, seed, worlds, is_open, threshold, best, open_with)


def kept_by_option(folder: Path, scenario: Scenario, issue: str) -> OptionMargins:
    """Read from a sweep with depth ``exact`` what each option of an issue allows, in the worlds of the sweep.

    Parameters
    ----------
    folder : Path
        The result folder; read chunk by chunk.
    scenario : Scenario
        One of the sweep's; only its rows count.
    issue : str

    Returns
    -------
    OptionMargins
        As `Zones.by_option` gives, but for least margins in steps of 1e-4, as the sweep keeps them.

    Raises
    ------
    ResultError
        Where a chunk is missing or damaged.

    Examples
    --------
    >>> import sim
    >>> from sim.sweeps.results import sweep
    >>> two = sim.read_scenario("scenarios/tutorial-two-by-two/scenario.yaml")
    >>> swept = sweep(sim.Design(two, worlds=4, depth="exact"), workers=0, quiet=True)
    >>> kept_by_option(swept.folder, two, "pass").open
    {'shared': 4, 'held': 4}
    """
    manifest = Manifest.read(folder)
    space = Frame.of(scenario).space
    place = space.issues.index(issue)
    members = {
        option: np.flatnonzero((space.options[:, place] == row) & space.signable)
        for row, option in enumerate(space.labels[place])
    }
    best: dict[str, list[float]] = {option: [] for option, among in members.items() if len(among)}
    signed = dict.fromkeys(members, 0)
    worlds = 0
    for table in chunk_tables(folder, manifest, ["scenario", "error", "least_margin", "bits.acceptable"]):
        for row in table.to_pylist():
            if row["scenario"] != scenario.name or row["error"]:
                continue
            worlds += 1
            margins = np.frombuffer(row["least_margin"], "<i2")
            zone = unpacked(row["bits.acceptable"], len(margins))
            for option, found in best.items():
                found.append(float(margins[members[option]].max()) * MARGIN_UNIT)
                signed[option] += bool(zone[members[option]].any())
    quantiles = {
        option: [float(q) for q in np.quantile(best[option], QUANTILES)]
        for option in scenario.issues[issue].options
        if best.get(option)
    }
    ordered = {option: signed[option] for option in scenario.issues[issue].options}
    return OptionMargins(scenario, issue, worlds, manifest.seed, quantiles, ordered)
