"""Parties: what they want, what they refuse, what they have without a deal, and what follows a breach.

All numbers called *level* are on the party's own 0–1 scale of utility, per period; they are never
compared across parties.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from sim.domain.issue import Condition, Name
from sim.domain.uncertain import Level, NonNegative, Number, NumberTable, Probability, Record, Status

__all__ = [
    "Drift",
    "Faction",
    "Guarantor",
    "Interaction",
    "Logistic",
    "LogisticPart",
    "Lottery",
    "NoDeal",
    "Party",
    "Ratification",
    "RedLine",
    "Response",
    "Signs",
    "StrategySpec",
    "WarAfter",
]


class Interaction(Record):
    """An addition to utility where two or more options stand together: b_ikl of the model."""

    when: Condition
    value: Number
    note: str = ""


class RedLine(Record):
    """Options of one issue a party will not, or says it will not, accept.

    Attributes
    ----------
    kind : {"hard", "declared"}
        ``hard``: never acceptable. ``declared``: a public claim, real with probability ``p_real``,
        privately known; a declared line that was a bluff can be given up at an audience cost.
    p_real : Probability, optional
        Of a declared line; where it is missing, worlds draw with one half (no direction argued).
    """

    issue: Name
    options: Annotated[list[Name], Field(min_length=1)]
    kind: Literal["hard", "declared"] = "hard"
    p_real: Probability | None = None
    source: str | list[str] | None = None
    status: Status | None = None
    note: str = ""

    @model_validator(mode="after")
    def _only_declared_lines_bluff(self) -> RedLine:
        if self.kind == "hard" and self.p_real is not None:
            raise ValueError("'p_real' goes with kind: declared; a hard line is always real")
        return self


class Lottery(Record):
    """No deal as a costly lottery over end states (Fearon 1995): r = Σ p_e u(e) − c.

    Attributes
    ----------
    beliefs : mapping of str to Probability
        Probability by end state of the scenario's ``no_deal.end_states``; normalised to sum 1 after
        drawing.
    war_cost_per_year : NonNegative
        Level lost for each further expected year of war.
    political_cost : NonNegative
        Level lost at once when talks fail.
    """

    beliefs: Annotated[dict[Name, Probability], Field(min_length=1)]
    war_cost_per_year: NonNegative = Number(value=0.0)
    political_cost: NonNegative = Number(value=0.0)


class Drift(Record):
    """How the reservation value moves while people talk, in level per year.

    Attributes
    ----------
    battlefield, exhaustion, impatience : Number
        Trends, added up.
    shock_sd : NonNegative
        Standard deviation of a random walk, per square root of a year.
    """

    battlefield: Number = Number(value=0.0)
    exhaustion: Number = Number(value=0.0)
    impatience: Number = Number(value=0.0)
    shock_sd: NonNegative = Number(value=0.0)


class NoDeal(Record):
    """What a party has without an agreement.

    Attributes
    ----------
    reservation : Number
        The reservation value: worth of the best alternative, on the party's own scale; it may be
        negative or above 1.
    lottery : Lottery, optional
        The same, built from end states; used where the scenario says ``no_deal.basis: lottery``.
    drift : Drift
    """

    reservation: Number
    lottery: Lottery | None = None
    drift: Drift = Drift()


class Response(Record):
    """What changes on a party's scale when guarantors act, on top of war without them: w^R − w^N.

    Attributes
    ----------
    victim, violator : NumberTable
        By issue and option, added up, in the role named.
    victim_always, violator_always : Number
        Added whatever the terms.
    """

    victim: NumberTable = {}
    violator: NumberTable = {}
    victim_always: Number = Number(value=0.0)
    violator_always: Number = Number(value=0.0)


class WarAfter(Record):
    """War after the agreement broke, on the party's own scale.

    Attributes
    ----------
    shift : NumberTable
        How the terms move the value of war without guarantors away from the reservation value.
    respite : Number
        The same, whatever the terms (rearmament in peace).
    response : Response
    surprise_gain : NonNegative
        Added to the level during the lag.
    fait_accompli_per_month : NonNegative
        Ground kept per month of lag: raises w^N and w^R of the violator, lowers those of the victim.
    level_during_lag : Number, optional
        g itself, instead of the best of the agreement and the party's own violations.
    response_probability : Probability, optional
        Q assumed against this party as violator, instead of the scenario's table.
    """

    shift: NumberTable = {}
    respite: Number = Number(value=0.0)
    response: Response = Response()
    surprise_gain: NonNegative = Number(value=0.0)
    fait_accompli_per_month: NonNegative = Number(value=0.0)
    level_during_lag: Number | None = None
    response_probability: Probability | None = None


class Guarantor(Record):
    """What a guarantor weighs when the guarantee is called: honour iff stake × effect + penalty ≥ cost.

    Attributes
    ----------
    stake : NonNegative
        What a saved victim is worth to it.
    stake_by, cost, capability, penalty : NumberTable
        By issue and option: a further stake; the cost of doing what was promised; its share of a full
        response; what reneging costs by legal form.
    staying_power_drift : Number
        Change of stake and penalty per year, as a share.
    reversal_hazard : NonNegative
        Abrupt change of course, per year: stake and penalty fall to zero.
    transition_month : int, optional
        Month after signing from which the hazard of reversal doubles for half a year.
    """

    stake: NonNegative = Number(value=0.0)
    stake_by: NumberTable = {}
    cost: NumberTable = {}
    capability: NumberTable = {}
    penalty: NumberTable = {}
    staying_power_drift: Number = Number(value=0.0)
    reversal_hazard: NonNegative = Number(value=0.0)
    transition_month: NonNegative | None = None


class LogisticPart(Record):
    """One part of a logistic ratification model: Σ of a table, capped, times its share of the total."""

    share: Probability | None = None
    table: NumberTable
    cap: float | None = None


class Logistic(Record):
    """logit P(ratify | a) = intercept + total × Σ_parts share × min(cap, table(a)).

    One part may leave its ``share`` out and takes what the others leave.
    """

    intercept: Number
    total: Number
    parts: Annotated[dict[Name, LogisticPart], Field(min_length=1)]

    @model_validator(mode="after")
    def _shares_add_up(self) -> Logistic:
        if sum(part.share is None for part in self.parts.values()) != 1:
            raise ValueError("exactly one part leaves 'share' out and takes what the others leave")
        return self


class Faction(Record):
    """A modelled faction of a ratifying body.

    Attributes
    ----------
    weight : NonNegative
        Seats or share of votes.
    salience, utility, reservation
        As for a party; what is left out is taken from the party.
    """

    weight: NonNegative
    salience: dict[Name, NonNegative] = {}
    utility: dict[Name, dict[Name, Level]] = {}
    reservation: Number


#: Noise of a vote where a scenario gives a share but no noise: polls miss referendums by about so much.
VOTE_NOISE = {"value": 0.12, "low": 0.06, "high": 0.2, "status": "judgement"}


class Ratification(Record):
    """Whether a signed text passes at home (Putnam 1988).

    The probability is the lowest of all that apply: ``always``, the entries of ``probability`` whose
    option stands, the logistic model, the vote of the factions.

    Attributes
    ----------
    always : Probability
    probability : NumberTable
        By issue and option.
    logistic : Logistic, optional
        A share in favour, fitted to surveys.
    vote_noise : NonNegative, optional
        Standard deviation of the share on the day of the vote: P(vote passes) = Φ((share − ½)/noise). A share in
        favour is never taken for a probability; a logistic model without a noise of its own gets 0.12.
    factions : mapping of str to Faction
    quota : Probability, optional
        Share of the factions' weight that must accept.
    """

    always: Probability = Number(value=1.0)
    probability: NumberTable = {}
    logistic: Logistic | None = None
    vote_noise: NonNegative | None = None
    factions: dict[Name, Faction] = {}
    quota: Probability | None = None

    @model_validator(mode="before")
    @classmethod
    def _a_share_is_no_probability(cls, given: Any) -> Any:
        if isinstance(given, dict) and given.get("logistic") is not None and given.get("vote_noise") is None:
            return {**given, "vote_noise": dict(VOTE_NOISE)}
        return given

    @model_validator(mode="after")
    def _quota_with_factions(self) -> Ratification:
        if bool(self.factions) != (self.quota is not None):
            raise ValueError("'factions' and 'quota' go together")
        return self


class Signs(Record):
    """Whether a party must sign.

    Attributes
    ----------
    always : bool
    when : list of Condition
        Where not always: its own acceptance is needed for agreements that meet any of these.
    """

    always: bool = True
    when: list[Condition] = []
    note: str = ""
    source: str | list[str] | None = None
    status: Status | None = None

    @model_validator(mode="after")
    def _when_only_sometimes(self) -> Signs:
        if self.always and self.when:
            raise ValueError("'when' goes with always: false")
        return self


class StrategySpec(Record):
    """How a party's delegate bargains.

    Attributes
    ----------
    name : str
        One of the strategies of ``sim.negotiation.strategies``.
    exponent : NonNegative
        β of the concession curve (Faratin, Sierra & Jennings 1998): below 1 Boulware, 1 linear, above
        1 conceder.
    opening : Level
        κ, the share of the way given at the start.
    acceptance : str
        One of the acceptance rules of ``sim.negotiation.acceptance``; by default whatever is worth the
        present demand.
    """

    name: str = "boulware"
    exponent: NonNegative | None = None
    opening: Level = Number(value=0.0)
    acceptance: str = "demand"
    accept_time: Level | None = None
    accept_level: Number | None = None


class Party(Record):
    """A government or movement at the table."""

    title: str
    salience: dict[Name, NonNegative]
    utility: dict[Name, dict[Name, Level]]
    no_deal: NoDeal
    interactions: list[Interaction] = []
    red_lines: list[RedLine] = []
    signs: Signs = Signs()
    discount_rate: NonNegative = Number(value=0.1)
    audience_cost: NonNegative = Number(value=0.0)
    mediator_pressure: NonNegative = Number(value=0.0)
    capability: NonNegative | None = None
    strategy: StrategySpec = StrategySpec()
    after: WarAfter = WarAfter()
    guarantor: Guarantor | None = None
    ratification: Ratification = Ratification()
    note: str = ""
