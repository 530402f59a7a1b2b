"""How a negotiation ended, and what was said on the way."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from sim.domain.frames import frame_of

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Concession", "Event", "Ground", "Outcome", "Refusal", "StageResult"]

Ground = Literal["red line", "below no deal", "holding out", "nothing acceptable", "silent"]
"""Why a party refused: a line of its own, worth less than no deal, acceptable but it asked for more,
nothing on the agenda it could sign, or nothing was ever put to it."""


@dataclass(frozen=True, slots=True)
class Event:
    """One entry of a trace.

    Attributes
    ----------
    round : int
        From 1; 0 for what was so before the talks.
    kind : str
        ``open``, ``text``, ``offer``, ``accept``, ``refuse``, ``critique``, ``pass``, ``vote``, ``sign``,
        ``ratify``, ``end``, ``stage``, ``belief``, ``no_deal`` or ``zone``.
    party : str
        Who acts; empty for the talks as a whole.
    agreement : int or None
        The agreement it is about.
    about : str
        The other party, or the issue, it is about.
    option : str
        The option asked for, in a critique.
    number : float or None
        A probability, level or count, as the kind says.
    note : str
        The ground of a refusal and the like.
    """

    round: int
    kind: str
    party: str = ""
    agreement: int | None = None
    about: str = ""
    option: str = ""
    number: float | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a party would not sign a text.

    Attributes
    ----------
    party : str
        Who refuses.
    agreement : int or None
        The text; None where nothing was put to it.
    ground : str
        See `Ground`.
    words : str
        The reason in the scenario's words.
    issue, option : str
        The line crossed, where that is the ground.
    short : int
        How far the text lies below what the party needed, in units of 1e-9; 0 for a line.
    """

    party: str
    agreement: int | None
    ground: Ground
    words: str
    issue: str = ""
    option: str = ""
    short: int = 0


@dataclass(frozen=True, slots=True)
class Concession:
    """The single change of one issue that would have come nearest to a signature.

    Attributes
    ----------
    agreement : int
        The text it starts from, the one on the table that fewest signers had to refuse.
    issue, before, after : str
        The change.
    leads_to : int
        The agreement it makes.
    still_refusing : tuple of str
        Who would have to refuse that as well; empty if all could have signed.
    short : int
        The largest shortfall among them, in units of 1e-9; 0 if none.
    words : str
        The same in the scenario's words.
    """

    agreement: int
    issue: str
    before: str
    after: str
    leads_to: int
    still_refusing: tuple[str, ...]
    short: int
    words: str


@dataclass(frozen=True, slots=True)
class StageResult:
    """How one stage of staged talks ended.

    Attributes
    ----------
    name : str
        Of the stage.
    agreement : int or None
        What stands after it, with the later issues as they stand meanwhile.
    rounds : int
        Rounds of this stage.
    last_refuser : str or None
        Who blocked last; None where something was signed.
    reason : str
        Why, in words; empty where something was signed.
    """

    name: str
    agreement: int | None
    rounds: int
    last_refuser: str | None
    reason: str


@dataclass(frozen=True)
class Outcome:
    """How a negotiation ended.

    Attributes
    ----------
    agreement : int or None
        Index of what was signed; None for no deal.
    rounds : int
        Rounds (weeks) talked.
    parties : tuple of str
        The parties, in the order of ``margins``.
    signers : tuple of str
        Who signed.
    margins : tuple of int
        Worth of the agreement, audience costs counted, less the reservation value at the time, per party,
        in units of 1e-9;
        empty without an agreement.
    audience_costs : tuple of int
        What giving up declared lines that were a bluff cost each signer, in units of 1e-9; empty without
        an agreement.
    natural : bool
        Whether every signer gets at least its reservation value, without a mediator's pressure.
    pressed : tuple of str
        Signers that signed below their reservation value.
    refusal : Refusal or None
        Without an agreement: the last blocker and its reason.
    refusing : tuple of str
        Without an agreement: all who refused the last text.
    nearest : Concession or None
        Without an agreement: the change that came nearest.
    ratified : bool or None
        Whether it passed at home everywhere; None without an agreement.
    failed_in : tuple of str
        Where a signed text failed to be ratified.
    protocol : str
        How they talked.
    stages : tuple of StageResult
        One for each stage talked about, in staged talks. If a later stage fails, ``agreement`` is what the
        earlier ones signed, which goes on standing, and ``refusal`` says why the later one failed.
    trace : tuple of Event
        Empty unless asked for.
    """

    agreement: int | None
    rounds: int
    parties: tuple[str, ...]
    signers: tuple[str, ...] = ()
    margins: tuple[int, ...] = ()
    audience_costs: tuple[int, ...] = ()
    natural: bool = False
    pressed: tuple[str, ...] = ()
    refusal: Refusal | None = None
    refusing: tuple[str, ...] = ()
    nearest: Concession | None = None
    ratified: bool | None = None
    failed_in: tuple[str, ...] = ()
    protocol: str = ""
    stages: tuple[StageResult, ...] = ()
    trace: tuple[Event, ...] = field(default=(), repr=False)

    @property
    def last_refuser(self) -> str | None:
        """Who blocked last; None with an agreement."""
        return None if self.refusal is None else self.refusal.party

    @property
    def reason(self) -> str:
        """The last blocker's reason in the scenario's words; empty with an agreement."""
        return "" if self.refusal is None else self.refusal.words

    def margin(self, party: str) -> int | None:
        """Return a party's margin over no deal in units of 1e-9; None without an agreement."""
        return self.margins[self.parties.index(party)] if self.margins else None

    def to_frame(self) -> pd.DataFrame:
        """Return the minutes of the talks, one event a row; empty unless they were kept (``trace=True``)."""
        return frame_of(Event, self.trace)
