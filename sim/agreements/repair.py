"""What would make one agreement acceptable to all: other terms, or other numbers.

Two answers for an agreement a that somebody refuses. **Terms**: for n = 1, 2, … issues changed, the
agreement at that distance which most of those who must sign accept; the search ends with the least n that
satisfies all, or, where nothing does, with the least n that satisfies as many as can be. **Numbers**: every
number belongs to one party, so that at least one change per refusing party is needed; for each, the
smallest such change (`openings`), and the red lines it would have to drop.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.agreements.openings import AcceptingChange, accepting_changes, real_lines_of
from sim.agreements.payoffs import SCALE, Payoffs

__all__ = ["AlteredTerms", "Objection", "Remedy", "repair"]


@dataclass(frozen=True)
class Objection:
    """Why a party refuses, and the least it takes to change its mind about this very agreement.

    Attributes
    ----------
    party : str
    margin : float
        u − r.
    lines : tuple of str
        Paths of its real red lines that the agreement crosses: all have to go.
    changes : tuple of AcceptingChange
        Where the margin is negative: numbers of its own any one of which suffices beside that, smallest
        change first.
    """

    party: str
    margin: float
    lines: tuple[str, ...]
    changes: tuple[AcceptingChange, ...]


@dataclass(frozen=True)
class AlteredTerms:
    """The best that can be had by changing some terms of an agreement.

    Attributes
    ----------
    agreement : int
    changed : tuple of str
        Issues on which it differs.
    refusing : tuple of str
        Who still refuses.
    least_margin : float
        The smallest u − r among those who must sign.
    """

    agreement: int
    changed: tuple[str, ...]
    refusing: tuple[str, ...]
    least_margin: float


@dataclass(frozen=True)
class Remedy:
    """What would make an agreement acceptable.

    Attributes
    ----------
    agreement : int
    refusals : tuple of Objection
        Empty where all who must sign accept.
    terms : tuple of AlteredTerms
        Each with more issues changed and fewer parties refusing than the one before; the last leaves as
        few as any agreement does.
    """

    agreement: int
    refusals: tuple[Objection, ...]
    terms: tuple[AlteredTerms, ...]


def repair(payoffs: Payoffs, agreement: int) -> Remedy:
    """Work out the least changes of terms and of numbers that make an agreement acceptable.

    Parameters
    ----------
    payoffs : Payoffs
    agreement : int

    Returns
    -------
    Remedy

    Raises
    ------
    ModelError
        If the agreement can exist but not be signed.

    Examples
    --------
    >>> import sim
    >>> payoffs = sim.Payoffs.of(sim.read_scenario("scenarios/berlin-2025/scenario.yaml"))
    >>> found = repair(payoffs, int(payoffs.nearest(1)[0]))
    >>> [(refusal.party, refusal.margin < 0, len(refusal.lines)) for refusal in found.refusals]
    [('ukraine', True, 1)]
    """
    space = payoffs.space
    space.require_signable(agreement)
    refusing = np.flatnonzero(payoffs.must_sign[agreement] & ~payoffs.acceptable[agreement]).tolist()
    refusals = [_refusal(payoffs, agreement, column) for column in refusing]
    return Remedy(agreement, tuple(refusals), _terms(payoffs, agreement) if refusals else ())


def _refusal(payoffs: Payoffs, agreement: int, column: int) -> Objection:
    party = payoffs.parties[column]
    chosen = payoffs.space.agreement(agreement)
    lines = tuple(
        f"parties.{party}.red_lines.{place}"
        for place, (issue, options) in real_lines_of(payoffs, party).items()
        if chosen[issue] in options
    )
    changes: list[AcceptingChange] = []
    if payoffs.margin[agreement, column] < 0:
        changes = accepting_changes(payoffs, party, np.array([agreement]), across_lines=True)
    return Objection(party, float(payoffs.margin[agreement, column]) / SCALE, lines, tuple(changes))


def _terms(payoffs: Payoffs, agreement: int) -> tuple[AlteredTerms, ...]:
    space = payoffs.space
    refusing = (payoffs.must_sign & ~payoffs.acceptable).sum(axis=1)
    refusing[~space.signable] = payoffs.n_parties + 1
    distance = (space.options != space.options[agreement]).sum(axis=1)
    # Per distance the fewest refusing, then the largest least margin, then the first by label.
    order = np.lexsort((np.arange(space.n_agreements), -payoffs.least_margin, refusing, distance))
    _, first = np.unique(distance[order], return_index=True)
    found: list[AlteredTerms] = []
    fewest = int(refusing[agreement])
    for place in order[first].tolist():
        if refusing[place] < fewest:
            fewest = int(refusing[place])
            found.append(_described(payoffs, agreement, place))
    return tuple(found)


def _described(payoffs: Payoffs, agreement: int, other: int) -> AlteredTerms:
    space = payoffs.space
    changed = np.flatnonzero(space.options[other] != space.options[agreement]).tolist()
    refuse = np.flatnonzero(payoffs.must_sign[other] & ~payoffs.acceptable[other]).tolist()
    return AlteredTerms(
        other,
        tuple(space.issues[k] for k in changed),
        tuple(payoffs.parties[column] for column in refuse),
        float(payoffs.least_margin[other]) / SCALE,
    )
