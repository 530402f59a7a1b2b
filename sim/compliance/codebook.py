r"""From the codes of a historical case to a hazard: the rules of the backtest, fixed before any run.

A case has no utilities, so every case gets the same standard violator, the state for which war would
pay most. Each code gives a hazard ratio, a shift of the violator's w^N, a reliability Q with a response
effect w^R − w^N, and a lag L in months (the tables below; an unknown or empty code counts as the
reference: ratio 1, shift 0, Q 0, the lag of no monitoring).

- Monitoring and peacekeepers overlap: the lower ratio, the lower lag and the larger shift of the two
  count, never the product or the sum. A force that belongs to one side counts as none.
- The product of the ratios of zone, presence and guarantee is not let below .15. Pressure and power
  shift multiply afterwards.
- Enforcement: :math:`V^C = u`, :math:`V^D = (1 - δ^L) g + δ^L [Q w^R + (1 - Q) w^N]` with r = .60,
  u = r + .03 (r − .03 under third-party pressure), g = u + .05, δ from 9 % a year,
  :math:`w^N = r + shifts + .010 L`, and L the lag of presence times the factor of the zone plus the delay of
  the decision. If V^C < V^D the hazard is doubled.
- The yearly hazard is the baseline .08 times all ratios, three times as high in months 1–6.
- ``lo-hashimoto-reiter``: the ratios of terms and of failed enforcement are 1 and the baseline is .06;
  pressure and power shift stay.

The rules were written without looking at how long any case lasted. They are judgement tied to general
literature; the codes of the given cases were set by someone who knew the outcomes.

References
----------
Fortna 2003, International Organization 57(2). Lo, Hashimoto & Reiter 2008, International Organization
62(4). Werner & Yuen 2005, International Organization 59(2). Berkemeier & Fuhrmann 2018, Research &
Politics 5(2).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from sim.compliance.cases import Case

__all__ = ["Reading", "Structure", "read_case"]

Structure = Literal["fortna", "lo-hashimoto-reiter"]

BASELINE: dict[str, float] = {"fortna": 0.08, "lo-hashimoto-reiter": 0.06}
FIRST_MONTHS, FIRST_FACTOR = 6, 3.0
FLOOR = 0.15
IMPOSED = 1.7
POWER_STEP_RATIO, POWER_STEP_SHIFT = 1.3, 0.05
FAILED_ENFORCEMENT = 2.0
RESERVATION, NATURAL_GAIN, TEMPTATION_GAIN = 0.60, 0.03, 0.05
ANNUAL_RATE = 0.09
FAIT_ACCOMPLI_PER_MONTH = 0.010


@dataclass(frozen=True)
class _Guarantee:
    ratio: float
    shift: float
    reliability: float
    response: float
    decision: float


@dataclass(frozen=True)
class _Presence:
    ratio: float
    shift: float
    lag: float


GUARANTEE = {
    "0": _Guarantee(1.0, 0.0, 0.0, 0.0, 2.0),
    "1": _Guarantee(1.0, 0.0, 0.15, -0.08, 1.0),
    "2": _Guarantee(0.70, -0.01, 0.50, -0.18, 1.0),
    "3": _Guarantee(0.40, -0.15, 0.70, -0.38, 1.0),
}
MONITORING = {
    "0": _Presence(1.0, 0.0, 6.0),
    "1": _Presence(0.90, -0.01, 2.0),
    "2": _Presence(0.75, -0.015, 1.5),
}
PEACEKEEPERS = {
    "0": _Presence(1.0, 0.0, 6.0),
    "1": _Presence(0.90, -0.01, 2.0),
    # Halfway between observers and a force inside.
    "2": _Presence(0.68, -0.04, 1.1),
    "3": _Presence(0.60, -0.06, 0.75),
}
#: Hazard ratio, shift and factor of the lag.
ZONE = {"none": (1.0, 0.0, 1.0), "symmetric": (0.65, -0.01, 0.75), "asymmetric": (0.80, 0.04, 0.9)}
#: By how the code begins.
TERRITORY = {
    "none": 0.0,
    "freeze_at_line": 0.0,
    "freeze_in_place": 0.0,
    "freeze_with_loss": 0.0,
    "partition": 0.0,
    "partial_withdrawal": -0.03,
    "withdrawal_by_stronger": -0.03,
    "withdrawal_by_weaker": 0.08,
    "cession": 0.12,
}
POWER = {"0": 0, "1": 1, "2": 2}
YES_NO = {"0": False, "1": True}


@dataclass(frozen=True)
class Reading:
    """A case as the model reads it.

    Attributes
    ----------
    case : Case
    hazard : float
        Per year, after the first months.
    keeps, breaks : float
        V^C and V^D of the standard violator.
    lag : float
        Months.
    flags : tuple of str
        Codes that were empty or unknown, as ``column: 'given'``.
    """

    case: Case
    hazard: float
    keeps: float
    breaks: float
    lag: float
    flags: tuple[str, ...]

    @property
    def enforced(self) -> bool:
        """Whether the standard violator would keep it."""
        return self.keeps >= self.breaks

    def survival(self, month: float) -> float:
        """Return S(t) = exp(−h (3 min(t, 6) + max(t − 6, 0)) / 12).

        Parameters
        ----------
        month : float

        Returns
        -------
        float
        """
        first = min(month, FIRST_MONTHS) * FIRST_FACTOR
        return math.exp(-self.hazard / 12 * (first + max(month - FIRST_MONTHS, 0.0)))

    @property
    def predicted_months(self) -> float:
        """The median of the predicted time to the end, in months."""
        needed = math.log(2) * 12 / self.hazard
        first = FIRST_MONTHS * FIRST_FACTOR
        return needed / FIRST_FACTOR if needed <= first else FIRST_MONTHS + needed - first


def read_case(case: Case, *, structure: Structure = "fortna", hindsight: bool = True) -> Reading:
    """Apply the rules to one case.

    Parameters
    ----------
    case : Case
    structure : {"fortna", "lo-hashimoto-reiter"}
    hindsight : bool
        Whether ``adverse_power_shift``, coded by people who knew what happened, counts.

    Returns
    -------
    Reading

    Examples
    --------
    The same terms without and with an explicit guarantee:

    >>> from sim.compliance.cases import CODES
    >>> bare = dict.fromkeys(CODES, "0") | {"territorial_clause": "none", "dmz": "none"}
    >>> readings = [read_case(Case("X", "X", 60, True, bare | {"guarantee_level": level})) for level in "02"]
    >>> [(reading.enforced, reading.lag, round(reading.predicted_months)) for reading in readings]
    [(False, 8.0, 40), (True, 7.0, 137)]
    """
    flags: list[str] = []

    def known[T](column: str, table: dict[str, T], reference: str) -> T:
        given = case.codes[column]
        if given not in table:
            flags.append(f"{column}: {given!r}")
        return table.get(given, table[reference])

    guarantee = known("guarantee_level", GUARANTEE, "0")
    zone_ratio, zone_shift, zone_factor = known("dmz", ZONE, "none")
    watching = known("monitoring", MONITORING, "0")
    force = known("peacekeepers", PEACEKEEPERS, "0")
    if known("peacekeepers_partisan", YES_NO, "0"):
        force = PEACEKEEPERS["0"]
    power = known("adverse_power_shift", POWER, "0") if hindsight else 0
    pressed = known("third_party_pressure", YES_NO, "0")
    territory = _territory(case.codes["territorial_clause"], flags)

    presence_shift = min(watching.shift, force.shift)
    lag = min(watching.lag, force.lag) * zone_factor + guarantee.decision
    terms = zone_ratio * min(watching.ratio, force.ratio) * guarantee.ratio
    shift = guarantee.shift + zone_shift + presence_shift + territory + POWER_STEP_SHIFT * power
    keeps = RESERVATION - NATURAL_GAIN if pressed else RESERVATION + NATURAL_GAIN
    unanswered = RESERVATION + shift + FAIT_ACCOMPLI_PER_MONTH * lag
    late = (1 + ANNUAL_RATE) ** (-lag / 12)
    war = unanswered + guarantee.reliability * guarantee.response
    breaks = (1 - late) * (keeps + TEMPTATION_GAIN) + late * war

    hazard = BASELINE[structure]
    if structure == "fortna":
        hazard *= max(terms, FLOOR)
        # Ties on the line are the model's, not rounding's: levels are compared in multiples of 1e-9.
        if round(keeps - breaks, 9) < 0:
            hazard *= FAILED_ENFORCEMENT
    hazard *= (IMPOSED if pressed else 1.0) * POWER_STEP_RATIO**power
    # The same ratios in another order must give the same hazard, so that ties are ties.
    return Reading(case, round(hazard, 12), keeps, breaks, lag, tuple(flags))


def _territory(given: str, flags: list[str]) -> float:
    for beginning in sorted(TERRITORY, key=len, reverse=True):
        if given.startswith(beginning):
            return TERRITORY[beginning]
    flags.append(f"territorial_clause: {given!r}")
    return 0.0
