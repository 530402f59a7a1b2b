"""What an agreement is worth to those who foresee what follows (``anticipation: subgame-perfect``).

A violator gets max(V^C, V^D). If some violator would defect, everyone else gets
(1 − δ^L) ℓ + δ^L [Q w^R + (1 − Q) w^N] in the role of victim, ℓ its utility at the agreement the violation
leads to (the one signed where that is a renewed attack). Where two would defect, each is also the
other's victim, and everyone gets the worst of what that comes to.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.agreements.tables import read_only

if TYPE_CHECKING:
    from sim.after.terms import Terms

__all__ = ["anticipated_worth"]


def anticipated_worth(terms: Terms) -> NDArray[np.int64]:
    """Return the anticipated worth of every agreement to every party.

    Parameters
    ----------
    terms : Terms

    Returns
    -------
    ndarray of int64, shape (n_agreements, n_parties)
        In units of 1e-9.

    Examples
    --------
    From the last agreement, all shared and guarded, Hill would seize the pass: worth less to Vale than the 1 on
    paper, and more to Hill than 0.2.

    >>> import sim
    >>> from sim.after.terms import Terms
    >>> terms = Terms.of(sim.read_scenario("scenarios/tutorial-two-by-two/scenario.yaml"))
    >>> terms.parties, (terms.payoffs.utility[3] / 1e9).tolist(), (anticipated_worth(terms)[3] / 1e9).tolist()
    (('hill', 'vale'), [0.2, 1.0], [0.384, 0.36])
    """
    everywhere = terms.whole or terms.payoffs
    utility = terms.payoffs.utility
    betrayal = terms.value_of_defection(terms.reliability)
    breaks = terms.violators & (betrayal > utility)
    kept = np.where(terms.violators, np.maximum(utility, betrayal), utility)
    worth = kept.copy()
    untouched = np.ones(worth.shape, dtype=np.bool_)
    for column in np.flatnonzero(breaks.any(axis=0)):
        rows = np.flatnonzero(breaks[:, column])
        q = terms.reliability[rows, column][:, None]
        level = everywhere.utility[terms.violations.leads_to[rows, column]]
        war = q * terms.war_answered_as_victim[rows] + (1.0 - q) * terms.war_unanswered_as_victim[rows]
        late = terms.lag_discount[rows]
        blow = np.rint((1.0 - late) * level + late * war).astype(np.int64)
        blow[:, column] = kept[rows, column]
        # A bystander's first blow replaces u; a violator starts from V^D; a second blow can only be worse.
        first = untouched[rows] & ~breaks[rows]
        worth[rows] = np.where(first, blow, np.minimum(worth[rows], blow))
        untouched[rows] = False
    return read_only(worth)
