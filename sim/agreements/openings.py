r"""The smallest changes of one thing that let a refusing party accept.

A party i refuses agreement a where it is worth less than :math:`r_i` or a real red line of its own is crossed;
its worth is :math:`u_i(a)` less the audience cost of the bluffs it gives up. What can change alone:

- its reservation value, from :math:`r_i` to that worth;
- the value of one option, :math:`v_{ik}(o)`. With salience s it moves :math:`u_i(a)` by
  :math:`s_{ik}` where a takes o. Where no deal is a lottery over end states it also moves
  :math:`r_i`, by :math:`s_{ik}` times the probability :math:`q` of an end state with o; so the margin moves by
  :math:`s_{ik} ([a_k = o] - q)`, and lowering an option's value can help too;
- one red line, which is dropped.

Saliences are left out: they are normalised, so that none changes alone. Changes of numbers are measured
as :math:`|Δ| / (high - low)`; a number without a range has no measure and comes after those that have
one, and a dropped red line after all numbers.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from sim.agreements.payoffs import SCALE, Payoffs
from sim.domain.party import RedLine
from sim.domain.uncertain import Number

__all__ = ["AcceptingChange", "accepting_changes", "opening_changes", "real_lines_of"]

Kind = Literal["reservation", "option value", "red line"]


@dataclass(frozen=True)
class AcceptingChange:
    """One change that lets a party accept an agreement.

    Attributes
    ----------
    kind : {"reservation", "option value", "red line"}
    party : str
    path : str
        The number's path in the scenario, or the red line's.
    value, new : float or None
        As it is, and the nearest value that suffices (of an option: to two units of 1e-9 of utility);
        None for a red line, which is dropped.
    change : float
        |Δ| relative to the width of the number's range; infinite where it has none and for a red line.
    agreement : int
        The agreement that becomes acceptable to the party.
    """

    kind: Kind
    party: str
    path: str
    value: float | None
    new: float | None
    change: float
    agreement: int

    @property
    def order(self) -> tuple[float, bool, str]:
        """What changes are sorted by: the measure, then numbers before lines, then the path."""
        return (self.change, self.kind == "red line", self.path)


def opening_changes(payoffs: Payoffs) -> tuple[AcceptingChange, ...]:
    """Return every single change that opens an empty zone, smallest first.

    Parameters
    ----------
    payoffs : Payoffs

    Returns
    -------
    tuple of AcceptingChange
        For each number and red line, the agreement that needs the least change of it. Empty where the
        zone is not, and where parties foresee what follows: there a number that changes what an agreement is
        worth changes what follows it too.

    Examples
    --------
    >>> import sim
    >>> changes = opening_changes(sim.Payoffs.of(sim.read_scenario("scenarios/berlin-2025/scenario.yaml")))
    >>> changes[0].path, round(changes[0].new, 3), changes[0].change < 0.2
    ('parties.russia.no_deal.reservation', 0.551, False)
    """
    if len(payoffs.zone_of_agreement()) or payoffs.anticipated is not None:
        return ()
    found: list[AcceptingChange] = []
    for column, party in enumerate(payoffs.parties):
        others = payoffs.zone_of_agreement(p for p in payoffs.parties if p != party)
        found += accepting_changes(payoffs, party, others[payoffs.must_sign[others, column]])
    return tuple(sorted(found, key=lambda change: change.order))


def accepting_changes(
    payoffs: Payoffs, party: str, agreements: NDArray[np.int64], *, across_lines: bool = False
) -> list[AcceptingChange]:
    """Return every single change after which a party accepts one of some agreements, smallest first.

    Parameters
    ----------
    payoffs : Payoffs
    party : str
    agreements : ndarray of int64, shape (n,)
        What it may come to accept; it refuses all of them as things are.
    across_lines : bool
        Take the red lines as dropped and look at numbers alone.

    Returns
    -------
    list of AcceptingChange
        At most one for each number and each red line.

    Examples
    --------
    >>> import numpy as np, sim
    >>> payoffs = sim.Payoffs.of(sim.read_scenario("scenarios/berlin-2025/scenario.yaml"))
    >>> found = accepting_changes(payoffs, "russia", payoffs.nearest(1))
    >>> found[0].kind
    'reservation'
    """
    column = payoffs.column(party)
    short = agreements if across_lines else agreements[~payoffs.crosses_line[agreements, column]]
    found = [] if across_lines else list(_red_lines(payoffs, party, column, agreements))
    if len(short):
        found += _reservation(payoffs, party, column, short)
        found += _option_values(payoffs, party, column, short)
    return sorted(found, key=lambda change: change.order)


def _measure(number: Number, delta: float) -> float:
    low, high = number.range
    width = high - low
    return float(abs(delta)) / width if width > 0 else float("inf")


def _reservation(payoffs: Payoffs, party: str, column: int, agreements: NDArray[np.int64]) -> Iterator[AcceptingChange]:
    if payoffs.scenario.no_deal.basis == "lottery":
        return
    best = int(agreements[int(np.argmax(payoffs.worth[agreements, column]))])
    path = f"parties.{party}.no_deal.reservation"
    now, new = payoffs.reservation[column] / SCALE, payoffs.worth[best, column] / SCALE
    number = payoffs.scenario.parties[party].no_deal.reservation
    yield AcceptingChange("reservation", party, path, float(now), float(new), _measure(number, float(now - new)), best)


def _end_state_shares(payoffs: Payoffs, party: str) -> dict[tuple[str, str], float]:
    """Return the probability that no deal ends with each option; empty where no deal is a number."""
    scenario, world = payoffs.scenario, payoffs.world
    lottery = scenario.parties[party].no_deal.lottery
    shares: dict[tuple[str, str], float] = {}
    if scenario.no_deal.basis != "lottery" or lottery is None:
        return shares
    chance = {state: world.value(belief) for state, belief in lottery.beliefs.items()}
    total = sum(chance.values())
    for state, p in chance.items():
        for pair in scenario.no_deal.end_states[state].agreement.items():
            shares[pair] = shares.get(pair, 0.0) + p / total
    return shares


def _option_values(
    payoffs: Payoffs, party: str, column: int, agreements: NDArray[np.int64]
) -> Iterator[AcceptingChange]:
    space, world = payoffs.space, payoffs.world
    shares = _end_state_shares(payoffs, party)
    spec = payoffs.scenario.parties[party]
    total = sum(world.value(spec.salience[issue]) for issue in space.issues)
    gap = -payoffs.margin[agreements, column] / SCALE
    for k, issue in enumerate(space.issues):
        weight = world.value(spec.salience[issue]) / total
        for place, option in enumerate(space.labels[k]):
            number = spec.utility[issue][option]
            path = f"parties.{party}.utility.{issue}.{option}"
            now = world.value(number)
            has = (space.options[agreements, k] == place).astype(np.float64)
            slope = weight * (has - shares.get((issue, option), 0.0))
            with np.errstate(divide="ignore"):
                delta = np.where(np.abs(slope) > 1e-12, gap / slope, np.inf)
            best = int(np.argmin(np.abs(delta)))
            if not np.isfinite(delta[best]):
                continue
            # Payoffs are rounded after the change too: one unit more makes sure that it suffices.
            far = abs(delta[best]) + 1 / SCALE / abs(slope[best])
            new = round(now + float(np.copysign(far, delta[best])), 9)
            if not 0.0 <= new <= 1.0 and 0.0 <= round(now + float(delta[best]), 8) <= 1.0:
                # The end of the scale may suffice where that unit more would leave it: look.
                new = min(max(new, 0.0), 1.0)
                after = Payoffs.of(world.with_values({path: new}))
                if not after.margin[agreements[best], column] >= 0:
                    continue
            if 0.0 <= new <= 1.0:
                change = _measure(number, new - now)
                yield AcceptingChange("option value", party, path, now, new, change, int(agreements[best]))


def _red_lines(payoffs: Payoffs, party: str, column: int, agreements: NDArray[np.int64]) -> Iterator[AcceptingChange]:
    worth = agreements[payoffs.margin[agreements, column] >= 0]
    lines = real_lines_of(payoffs, party)
    for place in lines:
        rest = np.zeros(len(worth), dtype=np.bool_)
        for other, (issue, options) in lines.items():
            if other != place:
                rest |= payoffs.space.has(issue, options)[worth]
        left = worth[~rest]
        if len(left):
            best = int(left[int(np.argmax(payoffs.margin[left, column]))])
            path = f"parties.{party}.red_lines.{place}"
            yield AcceptingChange("red line", party, path, None, None, float("inf"), best)


def real_lines_of(payoffs: Payoffs, party: str) -> dict[int, tuple[str, list[str]]]:
    """Return issue and options of each red line of a party that is real in the world, by its place in the file.

    Parameters
    ----------
    payoffs : Payoffs
        Of the world.
    party : str

    Returns
    -------
    dict of int to (str, list of str)
        Lines none of whose options is real are left out.

    Examples
    --------
    >>> import sim
    >>> payoffs = sim.Payoffs.of(sim.read_scenario("scenarios/berlin-2025/scenario.yaml"))
    >>> all(options for _, options in real_lines_of(payoffs, "ukraine").values())
    True
    """
    found = {}
    for place, line in enumerate(payoffs.scenario.parties[party].red_lines):
        options = [o for o in line.options if _is_real(payoffs, party, line, o)]
        if options:
            found[place] = (line.issue, options)
    return found


def _is_real(payoffs: Payoffs, party: str, line: RedLine, option: str) -> bool:
    return line.kind == "hard" or (party, line.issue, option) in payoffs.world.real_lines
