"""The record of one aftermath: how long an agreement lasted, who broke it, who answered, at what cost.

All of it is in months after signing and in levels of each party's own 0–1 scale, which are never
compared across parties.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sim.domain.frames import frame_of

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["CAUSES", "COLUMNS", "Aftermath", "Violation"]

#: Why an agreement was violated or ended.
#: ``calculation``: breaking it paid, V^D > V^C, without any shock; ``shock``: it paid in that month only,
#: by the month's shock; ``hazard``: war came back for reasons outside the parties' calculation;
#: ``incident``: the same, and without the month's incident it would not have; ``breach``: a party that is no
#: belligerent, or several by consent, made a move marked ``breach``, which nobody answers by war.
CAUSES = ("calculation", "shock", "hazard", "incident", "breach")


@dataclass(frozen=True)
class Violation:
    """One violation and what followed.

    Attributes
    ----------
    month : int
        After signing, from 1.
    violator : str
        Names joined by + where several breach it by consent.
    cause : str
        ``calculation``, ``shock`` or ``breach``.
    temptation : float
        V^D plus the month's shock minus V^C, in levels of the violator; of a breach by moves, the least that one
        of its movers gains.
    called : bool
        Whether guarantors were called to help; against a party they protect they only withhold support.
    joined, refused : tuple of str
        Guarantors that honoured the guarantee and those that did not, in the order asked.
    answered : bool
        Whether enough came in time (against a protected violator: whether support was withheld).
    repaired : bool
        Whether the violator then went back to the agreement and the others took it back.
    """

    month: int
    violator: str
    cause: str
    temptation: float
    called: bool
    joined: tuple[str, ...]
    refused: tuple[str, ...]
    answered: bool
    repaired: bool


@dataclass(frozen=True)
class Aftermath:
    """What happened after one signature, in one world, with one seed.

    Attributes
    ----------
    agreement : int
    seed, replication : int
    horizon : int
        Months looked at.
    months : int
        How long the agreement lasted: the month it ended in, or the horizon.
    ended : bool
        Whether it ended within the horizon; if not, ``months`` is a lower bound (censored).
    cause : str
        Why it ended, one of `CAUSES`; empty where it did not.
    violations : tuple of Violation
        In order of time, repaired ones too.
    reversals : tuple of (str, int)
        Guarantors that changed course, and when.
    reliability_assumed, reliability_derived : float or None
        Q of the record and of the guarantors' own decisions at signature, against the violator (one
        the guarantors do not protect) most tempted at signature; None where there is none.
    parties : tuple of str
    loss : tuple of float
        What each party lost by the end of the agreement: its level under it minus its level in the war
        after, or under what a breach by moves leaves in force; 0 where it lasted. Negative is a gain.
    guarantee_cost : tuple of float
        What answering and reneging cost each guarantor over all calls.
    """

    agreement: int
    seed: int
    replication: int
    horizon: int
    months: int
    ended: bool
    cause: str
    violations: tuple[Violation, ...]
    reversals: tuple[tuple[str, int], ...]
    reliability_assumed: float | None
    reliability_derived: float | None
    parties: tuple[str, ...] = field(repr=False)
    loss: tuple[float, ...] = field(repr=False)
    guarantee_cost: tuple[float, ...] = field(repr=False)

    @property
    def first(self) -> Violation | None:
        """The first violation, repaired or not."""
        return self.violations[0] if self.violations else None

    @property
    def n_calls(self) -> int:
        """How often guarantors were called to help."""
        return sum(violation.called for violation in self.violations)

    @property
    def n_honoured(self) -> int:
        """How many of these calls were answered in time; over all runs, Q simulated."""
        return sum(violation.called and violation.answered for violation in self.violations)

    @property
    def n_answered(self) -> int:
        """How many of the violations were answered."""
        return sum(violation.answered for violation in self.violations)

    @property
    def n_repaired(self) -> int:
        """How many of the violations were repaired."""
        return sum(violation.repaired for violation in self.violations)

    @property
    def held(self) -> bool:
        """Whether the agreement still stood at the horizon."""
        return not self.ended

    @property
    def first_violator(self) -> str | None:
        """Who violated it first, repaired or not; None where nobody did."""
        return self.violations[0].violator if self.violations else None

    @property
    def answered(self) -> tuple[str, ...]:
        """Guarantors that honoured the guarantee at the first violation."""
        return self.violations[0].joined if self.violations else ()

    def outlasted(self, month: int) -> bool:
        """Whether the agreement outlasted a month.

        Parameters
        ----------
        month : int
            At most the horizon, unless it ended before.
        """
        return not self.ended or self.months > month

    def row(self) -> dict[str, int | float | bool | str | None]:
        """Return the record as one row of a run table, by the names of `COLUMNS`.

        Returns
        -------
        dict
            With two columns more per party, ``aftermath.loss.<party>`` and
            ``aftermath.guarantee_cost.<party>``.
        """
        first = self.first
        row: dict[str, int | float | bool | str | None] = {
            "aftermath.months": self.months,
            "aftermath.ended": self.ended,
            "aftermath.cause": self.cause,
            "aftermath.outlasted_12": self._outlasted_or_unknown(12),
            "aftermath.outlasted_60": self._outlasted_or_unknown(60),
            "aftermath.outlasted_120": self._outlasted_or_unknown(120),
            "aftermath.first_violator": first.violator if first else "",
            "aftermath.first_month": first.month if first else None,
            "aftermath.first_cause": first.cause if first else "",
            "aftermath.temptation": first.temptation if first else None,
            "aftermath.joined": "+".join(first.joined) if first else "",
            "aftermath.refused": "+".join(first.refused) if first else "",
            "aftermath.answered": first.answered if first and first.cause != "breach" else None,
            "aftermath.n_violations": len(self.violations),
            "aftermath.n_answered": self.n_answered,
            "aftermath.n_calls": self.n_calls,
            "aftermath.n_honoured": self.n_honoured,
            "aftermath.n_repaired": self.n_repaired,
            "aftermath.reversals": "+".join(f"{name}@{month}" for name, month in self.reversals),
            "aftermath.reliability_assumed": self.reliability_assumed,
            "aftermath.reliability_derived": self.reliability_derived,
        }
        for party, loss in zip(self.parties, self.loss, strict=True):
            row[f"aftermath.loss.{party}"] = loss
        for party, cost in zip(self.parties, self.guarantee_cost, strict=True):
            row[f"aftermath.guarantee_cost.{party}"] = cost
        return row

    def _outlasted_or_unknown(self, month: int) -> bool | None:
        return self.outlasted(month) if month <= self.horizon or self.ended else None

    def to_frame(self) -> pd.DataFrame:
        """Return the violations in order of time, one a row."""
        return frame_of(Violation, self.violations)


#: Name, type and meaning of the columns of `Aftermath.row` that do not depend on who the parties are.
COLUMNS: tuple[tuple[str, str, str], ...] = (
    ("aftermath.months", "int32", "how long the agreement lasted, at most the horizon, in months"),
    ("aftermath.ended", "bool", "whether it ended within the horizon"),
    ("aftermath.cause", "string", f"why it ended: {', '.join(CAUSES)}; empty where it lasted"),
    ("aftermath.outlasted_12", "bool", "whether it outlasted month 12"),
    ("aftermath.outlasted_60", "bool", "whether it outlasted month 60"),
    ("aftermath.outlasted_120", "bool", "whether it outlasted month 120"),
    ("aftermath.first_violator", "string", "who violated it first (several: joined by +), repaired or not; or empty"),
    ("aftermath.first_month", "int32", "when that was, in months"),
    ("aftermath.first_cause", "string", "why: calculation, shock or breach"),
    ("aftermath.temptation", "float64", "V_D + shock - V_C of the first violation, or gain of a breach; in level"),
    ("aftermath.joined", "string", "guarantors that answered the first violation, joined by +"),
    ("aftermath.refused", "string", "guarantors that did not"),
    ("aftermath.answered", "bool", "whether the first violation was answered in time; not of a breach"),
    ("aftermath.n_violations", "int32", "violations within the horizon"),
    ("aftermath.n_answered", "int32", "how many of them were answered in time"),
    ("aftermath.n_calls", "int32", "how often guarantors were called to help"),
    ("aftermath.n_honoured", "int32", "how many calls were answered in time; over runs, Q simulated"),
    ("aftermath.n_repaired", "int32", "how many of them were repaired"),
    ("aftermath.reversals", "string", "guarantors that changed course, with the month: name@month"),
    ("aftermath.reliability_assumed", "float64", "Q of the record at signature, in probability"),
    ("aftermath.reliability_derived", "float64", "Q of the guarantors' own decisions, in probability"),
)
