"""Time in the talks: rounds (weeks) against a deadline."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["Clock"]


class Clock(NamedTuple):
    """A round of talks.

    Attributes
    ----------
    round : int
        From 0.
    deadline : int
        How many rounds there are.

    Examples
    --------
    >>> Clock(0, 52).elapsed, Clock(51, 52).elapsed, Clock(51, 52).is_last
    (0.0, 1.0, True)
    """

    round: int
    deadline: int

    @property
    def elapsed(self) -> float:
        """Share of the time gone: 0 in the first round, 1 in the last."""
        return self.round / (self.deadline - 1) if self.deadline > 1 else 1.0

    @property
    def is_last(self) -> bool:
        """Whether nothing comes after this round."""
        return self.round >= self.deadline - 1
