"""Time in the talks: rounds (weeks) against a deadline, and how much is conceded by then."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

__all__ = ["Clock", "conceded"]


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


@lru_cache(maxsize=1 << 14)
def conceded(now: Clock, beta: float, opening: float) -> float:
    r"""Return the share α(t) of the way from best text to floor that is given away by now.

    .. math:: \alpha(t) = \kappa + (1 - \kappa) t^{1/\beta}

    Strategies that concede by the clock ask for the rest. Beliefs suppose that other parties do so too.

    Parameters
    ----------
    now : Clock
        The round, and so t: 0 in the first and 1 in the last.
    beta : float
        β ≥ 0: below 1 most is given late, above 1 most is given early. At 0 nothing is given before the
        last round.
    opening : float
        κ, what is given at once.

    Returns
    -------
    float
        From κ in the first round to 1 in the last.

    References
    ----------
    Faratin, Sierra & Jennings 1998, Robotics and Autonomous Systems 24(3–4), section 4.1.

    Examples
    --------
    >>> [round(conceded(Clock(week, 5), 0.5, 0.0), 4) for week in range(5)]
    [0.0, 0.0625, 0.25, 0.5625, 1.0]
    """
    gone = now.elapsed
    moved = gone ** (1.0 / beta) if beta > 0 else float(gone >= 1.0)
    return opening + (1.0 - opening) * moved
