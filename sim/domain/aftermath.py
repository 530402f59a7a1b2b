"""What the scenario says about the time after signing: lags, guarantees, hazards, power.

These are inputs; what follows from them is worked out once, in ``sim.after.terms``.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from sim.domain.issue import Condition, Name
from sim.domain.uncertain import NonNegative, Number, NumberTable, Probability, Record

__all__ = [
    "Compliance",
    "Decline",
    "Deterrence",
    "Guarantees",
    "Hazard",
    "PowerShift",
    "Reliability",
    "Repair",
    "ResponseLag",
    "ResponseRule",
]

ResponseRule = Literal["veto", "consensus", "individual", "timetable", "automatic"]


class ResponseLag(Record):
    """L(a), months from a violation to the response: months × factor + decision.

    Attributes
    ----------
    months, decision : NumberTable
        Added up over issues.
    factor : NumberTable
        Multiplied over issues.
    always : NonNegative
        Months whatever the terms; with no table at all this is L.
    """

    always: NonNegative = Number(value=0.0)
    months: NumberTable = {}
    factor: NumberTable = {}
    decision: NumberTable = {}


class Reliability(Record):
    """Q_assumed(a), the probability that guarantors act, as the record of past guarantees suggests.

    Attributes
    ----------
    probability : NumberTable
        By issue and option, added up (usually of one issue).
    factor : NumberTable
        Multiplied over issues, where ``factor_when`` holds.
    factor_when : Condition
    cap : float
    """

    probability: NumberTable = {}
    factor: NumberTable = {}
    factor_when: Condition = {}
    cap: float = Field(default=1.0, ge=0.0, le=1.0)


class Guarantees(Record):
    """How guarantors decide, and when their joined capability is enough.

    Attributes
    ----------
    members : list of str
        The guarantors, parties of the scenario.
    order : {"capability", "stake", "listed"}
        Who decides first; the largest first.
    last : mapping of str to Condition
        Who decides last where a condition holds.
    effect : {"pivotal", "full"}
        ``pivotal``: what a guarantor's joining changes in the probability that capability suffices,
        half of the later ones expected to join. ``full``: one.
    required : NumberTable
        Share of a full response that is needed, by issue and option; drawn when the guarantee is
        called.
    execution_failure : NumberTable
        Probability that the joined capability does not arrive in time.
    penalty_factor : NumberTable
        Multiplies the penalty for reneging.
    rule : mapping of issue to mapping of option to ResponseRule
        How the response is decided.
    """

    members: list[Name] = []
    order: Literal["capability", "stake", "listed"] = "capability"
    last: dict[Name, Condition] = {}
    effect: Literal["pivotal", "full"] = "pivotal"
    required: NumberTable = {}
    execution_failure: NumberTable = {}
    penalty_factor: NumberTable = {}
    rule: dict[Name, dict[Name, ResponseRule]] = {}


class Repair(Record):
    """What it takes to return to an agreement after a violation was answered.

    Attributes
    ----------
    months : NonNegative
        R, months of war with guarantors in it before the agreement can return.
    cost : NonNegative
        What being taken back costs the violator for good (reparations, stricter terms), as a level of its own.
    """

    months: NonNegative
    cost: NonNegative = Number(value=0.0)


class FrontLoading(Record):
    """A multiplier of the hazard in the first months."""

    months: int = Field(default=6, ge=0)
    factor: NonNegative = Number(value=1.0)


class Decline(Record):
    """A multiplier of the hazard from a month on: the longer a peace has held, the safer it is.

    Attributes
    ----------
    after : int
        Months after signing; the factor holds from the month that follows.
    factor : NonNegative
        Multiplies the hazard, together with the factors of earlier entries.
    """

    after: int = Field(ge=1)
    factor: NonNegative


class Incidents(Record):
    """Large incidents: how often, and what they do to the hazard of their month."""

    per_month: Probability = Number(value=0.0)
    factor: NonNegative = Number(value=1.0)


class Hazard(Record):
    """The hazard that an agreement breaks for reasons outside the parties' calculation.

    Attributes
    ----------
    baseline : mapping of str to NonNegative
        By structure, per year after the first months.
    front_loading, incidents
    decline : list of Decline
        How the hazard falls later on; none by default.
    ratio : mapping of structure to NumberTable
        Hazard ratios of the terms, multiplied.
    floor : mapping of str to NonNegative
        The product of the ratios is not let below this.
    imposed : mapping of str to NonNegative
        Ratio for an agreement that was not natural (some signer was pressed below its reservation).
    """

    baseline: dict[Name, NonNegative] = {}
    front_loading: FrontLoading = FrontLoading()
    decline: list[Decline] = []
    incidents: Incidents = Incidents()
    ratio: dict[Name, NumberTable] = {}
    floor: dict[Name, NonNegative] = {}
    imposed: dict[Name, NonNegative] = {}


class Deterrence(Record):
    """What a pact does to those it is meant to deter; the literature disagrees even on the sign.

    Attributes
    ----------
    effect : NonNegative
        Multiplies the reliability a violator reckons with (which stays at most 1): 1 in full, 0 as if
        nobody had promised anything.
    pact : Condition
        Which agreements hold a pact.
    ratio : NonNegative
        Hazard ratio of an agreement that holds a pact, under every structure and beside the ratios of
        its terms: 1 no effect, below 1 it deters (Johnson & Leeds 2011), above 1 it provokes (Kenwick
        & Vasquez 2017).
    """

    effect: NonNegative = Number(value=1.0)
    pact: Condition = {}
    ratio: NonNegative = Number(value=1.0)


class PowerShift(Record):
    """Powell's (2006) condition: δ(p + Δ) − p ≤ κ/(1 − κ), for either side.

    Attributes
    ----------
    rising, declining : str
        The two belligerents; p is the first one's.
    probability : Probability
        p, that the first prevails.
    change : Number
        Δ whatever the terms, per period of ``discount``.
    change_by : NumberTable
        Δ by issue and option, added up.
    destroyed : Probability
        κ, the share that war destroys.
    discount : Probability, optional
        δ of the period; by default one year of the party whose gain is tested.
    """

    rising: Name
    declining: Name
    probability: Probability
    change: Number = Number(value=0.0)
    change_by: NumberTable = {}
    destroyed: Probability
    discount: Probability | None = None


class Compliance(Record):
    """The time after signing.

    Attributes
    ----------
    months : int
        Horizon of the monthly model.
    violators : list of str
        Parties to whom renewed attack is open from every agreement.
    protected : list of str
        Parties the guarantors help as victims; against one of these as violator, acting means
        withholding support, which costs a guarantor nothing.
    structure : str
        One of the keys of ``hazard.baseline``.
    anticipation : {"none", "subgame-perfect"}
        Whether parties value an agreement by what will follow.
    shock_sd : NonNegative
        Standard deviation of the noise on V^D − V^C, drawn afresh each month.
    deterrence : Deterrence
    repair : Repair, optional
        How an answered violation is repaired; without it, one that was answered ends the agreement too.
    """

    months: Annotated[int, Field(ge=1, le=1200)] = 120
    violators: list[Name] = []
    protected: list[Name] = []
    structure: str = "fortna"
    anticipation: Literal["none", "subgame-perfect"] = "none"
    response_lag: ResponseLag = ResponseLag()
    reliability: Reliability = Reliability()
    guarantees: Guarantees = Guarantees()
    hazard: Hazard = Hazard()
    shock_sd: NonNegative = Number(value=0.0)
    power_shift: PowerShift | None = None
    deterrence: Deterrence = Deterrence()
    repair: Repair | None = None
