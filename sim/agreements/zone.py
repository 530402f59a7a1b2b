"""The zone of possible agreement, and, where it is empty, why.

"No package is acceptable to all, because …" is a normal answer. It names who blocks, on what, the
largest sets of parties that have a zone, and the smallest change that opens one.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.agreements.payoffs import SCALE, Payoffs
from sim.domain.frames import frame_of
from sim.domain.scenario import Scenario
from sim.domain.world import World
from sim.errors import ModelError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["MAX_PARTIES", "Blocker", "Opening", "Zone", "largest_agreeing_sets", "openings"]

#: Subsets of parties are looked through one by one up to this many parties.
MAX_PARTIES = 16


@dataclass(frozen=True)
class Blocker:
    """A party without which there would be more to agree on.

    Attributes
    ----------
    party : str
    zone_without : int
        Agreements acceptable to all the others.
    refuses_by_value, refuses_by_line : int
        Of those, how many it refuses because they are worth less than no deal, and how many because
        they cross a real red line of its own (an agreement can count in both).
    """

    party: str
    zone_without: int
    refuses_by_value: int
    refuses_by_line: int


@dataclass(frozen=True)
class Opening:
    """The smallest change of one reservation value that opens the zone.

    Attributes
    ----------
    party : str
    reservation : float
        As it is.
    threshold : float
        The largest value at which some agreement is acceptable to all.
    change : float
        |Δ| relative to the width of the number's range; infinite where it has none.
    agreement : int
        The agreement that becomes acceptable.
    """

    party: str
    reservation: float
    threshold: float
    change: float
    agreement: int


@dataclass(frozen=True, eq=False)
class Zone:
    """The zone of possible agreement of one world.

    Attributes
    ----------
    agreements : ndarray of int64, shape (n,)
    blockers : tuple of Blocker
        Every party without which the zone would be larger, largest gain first; ties by name.
    agreeing : tuple of tuple of str
        The largest sets of parties that have a zone.
    openings : tuple of Opening
        Where the zone is empty: single reservation values whose change opens it, smallest change
        first.

    Examples
    --------
    >>> import sim
    >>> zone = Zone.of(sim.Payoffs.of(sim.read_scenario("scenarios/berlin-2025/scenario.yaml")))
    >>> len(zone.agreements), zone.openings[0].party, round(zone.openings[0].threshold, 3)
    (0, 'russia', 0.551)
    """

    agreements: NDArray[np.int64]
    blockers: tuple[Blocker, ...]
    agreeing: tuple[tuple[str, ...], ...]
    openings: tuple[Opening, ...]

    @classmethod
    def of(cls, given: Payoffs | Scenario | World | str | Path) -> Zone:
        """Work out the zone and explain it.

        Parameters
        ----------
        given : Payoffs, Scenario, World, str or Path
            Payoffs, or what `Payoffs.of` takes.

        Returns
        -------
        Zone
        """
        payoffs = given if isinstance(given, Payoffs) else Payoffs.of(given)
        agreements = payoffs.zone_of_agreement()
        found = []
        for column, party in enumerate(payoffs.parties):
            without = payoffs.zone_of_agreement(p for p in payoffs.parties if p != party)
            refused = without[payoffs.must_sign[without, column] & ~payoffs.acceptable[without, column]]
            if len(refused):
                by_value = int((payoffs.margin[refused, column] < 0).sum())
                by_line = int(payoffs.crosses_line[refused, column].sum())
                found.append(Blocker(party, len(without), by_value, by_line))
        found.sort(key=lambda blocker: (-blocker.zone_without, blocker.party))
        if len(agreements):
            return cls(agreements, tuple(found), (payoffs.parties,), ())
        agreeing = largest_agreeing_sets(payoffs) if payoffs.n_parties <= MAX_PARTIES else ()
        # Where parties foresee what follows, a reservation value moves what agreements are worth as well.
        return cls(agreements, tuple(found), agreeing, () if payoffs.anticipated is not None else openings(payoffs))

    def to_frame(self) -> pd.DataFrame:
        """Return who keeps the zone small, one party a row.

        Returns
        -------
        pandas.DataFrame
            Indexed by party, those that block or could open an empty zone: ``zone_without``, ``refuses_by_value`` and
            ``refuses_by_line`` of `Blocker`; ``reservation``, ``threshold``, ``change`` and ``agreement`` of
            `Opening`, NaN where the zone is open.

        Examples
        --------
        >>> Zone.of("scenarios/berlin-2025").to_frame().loc["russia", ["zone_without", "threshold"]].round(3).tolist()
        [8309.0, 0.551]
        """
        blockers = frame_of(Blocker, self.blockers).set_index("party")
        return blockers.join(frame_of(Opening, self.openings).set_index("party"), how="outer")


def largest_agreeing_sets(payoffs: Payoffs) -> tuple[tuple[str, ...], ...]:
    """Return the largest sets of parties that have a zone of their own.

    Parameters
    ----------
    payoffs : Payoffs

    Returns
    -------
    tuple of tuple of str
        All of the same, largest size, in alphabetical order. Empty where no party accepts anything.

    Raises
    ------
    ModelError
        With more than `MAX_PARTIES` parties.

    Examples
    --------
    Hill wants more than any agreement gives that Vale accepts, so that no two agree:

    >>> import sim
    >>> two = sim.read_scenario("scenarios/tutorial-two-by-two/scenario.yaml")
    >>> largest_agreeing_sets(Payoffs.of(two))
    (('hill', 'vale'),)
    >>> largest_agreeing_sets(Payoffs.of(sim.with_settings(two, {"parties.hill.no_deal.reservation": 0.9})))
    (('hill',), ('vale',))
    """
    if payoffs.n_parties > MAX_PARTIES:
        raise ModelError(f"{payoffs.n_parties} parties; sets are looked through for at most {MAX_PARTIES}")
    signable = payoffs.space.signable
    content = (payoffs.acceptable | ~payoffs.must_sign)[signable]
    patterns = np.unique(np.packbits(content, axis=1, bitorder="little"), axis=0)
    masks = {int.from_bytes(row.tobytes(), "little") for row in patterns}
    for size in range(payoffs.n_parties, 0, -1):
        found = [
            tuple(payoffs.parties[k] for k in members)
            for members in combinations(range(payoffs.n_parties), size)
            if any(all(mask >> k & 1 for k in members) for mask in masks)
        ]
        if found:
            return tuple(found)
    return ()


def openings(payoffs: Payoffs) -> tuple[Opening, ...]:
    """Return the single reservation values whose change opens the zone.

    For each party: among agreements acceptable to all others and across none of its own real lines, the
    best for it sets the threshold.

    Parameters
    ----------
    payoffs : Payoffs

    Returns
    -------
    tuple of Opening
        Smallest |Δ|/(high − low) first; ties by name. Parties already content everywhere, or with
        nothing to accept, are left out.

    Examples
    --------
    Hill asks 0.9, and the best that Vale accepts gives it 0.8; Hill alone is content where Vale has nothing:

    >>> import sim
    >>> two = sim.read_scenario("scenarios/tutorial-two-by-two/scenario.yaml")
    >>> closed = Payoffs.of(sim.with_settings(two, {"parties.hill.no_deal.reservation": 0.9}))
    >>> [(opening.party, opening.reservation, opening.threshold) for opening in openings(closed)]
    [('hill', 0.9, 0.8), ('vale', 0.35, 0.0)]
    """
    found = []
    for column, party in enumerate(payoffs.parties):
        others = payoffs.zone_of_agreement(p for p in payoffs.parties if p != party)
        open_to_it = others[~payoffs.crosses_line[others, column] & payoffs.must_sign[others, column]]
        if len(open_to_it) == 0:
            continue
        best = int(open_to_it[int(np.argmax(payoffs.worth[open_to_it, column]))])
        gap = int(payoffs.reservation[column] - payoffs.worth[best, column])
        if gap <= 0:
            continue
        low, high = payoffs.scenario.parties[party].no_deal.reservation.range
        width = high - low
        found.append(
            Opening(
                party,
                float(payoffs.reservation[column]) / SCALE,
                float(payoffs.worth[best, column]) / SCALE,
                gap / SCALE / width if width > 0 else float("inf"),
                best,
            )
        )
    return tuple(sorted(found, key=lambda opening: (opening.change, opening.party)))
