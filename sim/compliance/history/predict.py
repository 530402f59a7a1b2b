r"""How long the model expects agreements of the past to last: the same `Terms`, the same months.

For agreement a in world w the monthly model says in which month :math:`T_{aw}` a party breaks it for good, and the
hazard :math:`h_{aw}(s)` that war comes back by itself in month s. These two do not touch each other, so the chance
that a lasts longer than t months is

.. math:: S_a(t) = \frac{1}{W} \sum_w 1(T_{aw} > t) \exp\Bigl(-\sum_{s \le t} h_{aw}(s)\Bigr),

the mean over W worlds: the luck of the hazard is averaged exactly, the rest is lived through month by month.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from sim.after.terms import Terms
from sim.agreements.space import AgreementSpace
from sim.compliance.chance import Chance
from sim.compliance.conditions import Conditions
from sim.compliance.model import AftermathModel, Course
from sim.domain.scenario import Scenario
from sim.domain.world import draw_world

__all__ = ["Fates", "fates", "month_of_median", "places"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Fates:
    """What becomes of some agreements in many worlds.

    Attributes
    ----------
    agreements : ndarray of int64, shape (n_agreements,)
        Of the scenario's space.
    broken : ndarray of int64, shape (n_agreements, n_worlds)
        The month in which a party breaks the agreement for good; one more than the horizon where none does.
    first_hazard : ndarray of float64, shape (n_agreements, n_worlds)
        That war comes back by itself in the first month.
    survival : ndarray of float64, shape (n_agreements, months + 1)
        S_a(t) for t = 0 … months.
    """

    agreements: NDArray[np.int64]
    broken: NDArray[np.int64] = field(repr=False)
    first_hazard: Floats = field(repr=False)
    survival: Floats = field(repr=False)

    @property
    def kept(self) -> Floats:
        """Share of worlds in which no party breaks the agreement within the horizon; shape (n_agreements,)."""
        return np.asarray((self.broken >= self.survival.shape[1]).mean(axis=1))


def fates(scenario: Scenario, agreements: NDArray[np.int64], *, worlds: int, seed: int) -> Fates:
    """Work out what becomes of agreements.

    Parameters
    ----------
    scenario : Scenario
    agreements : ndarray of int64, shape (n_agreements,)
        Distinct.
    worlds : int
        How many are drawn; each has luck of its own.
    seed : int

    Returns
    -------
    Fates

    Examples
    --------
    Two agreements between states, without and with an alliance:

    >>> from sim.compliance.history.mapping import built_in
    >>> scenario = built_in("interstate").scenario
    >>> bare = {"power": "steady", "presence": "none", "pressure": "natural", "territory": "kept", "zone": "none"}
    >>> two = places(scenario, [bare | {"guarantee": level} for level in ("none", "alliance")])
    >>> found = fates(scenario, two, worlds=50, seed=0)
    >>> found.survival.shape, bool(found.kept[1] > found.kept[0])
    ((2, 1201), True)
    """
    months = scenario.compliance.months
    broken = np.empty((len(agreements), worlds), dtype=np.int64)
    first = np.empty((len(agreements), worlds))
    survival = np.zeros((len(agreements), months + 1))
    for index in range(worlds):
        terms = Terms.of(draw_world(scenario, seed, index))
        luck = Chance.draw(terms.world, seed, 0, months)
        for row, conditions in enumerate(Conditions.among(terms, agreements.tolist())):
            first[row, index] = conditions.hazard[0]
            course = Course.of(replace(conditions, hazard=np.zeros(months)), luck)
            until = months + 1
            if course.eventful.any():
                model = AftermathModel(course)
                model.run()
                until = model.month if model.ended_by else months + 1
            broken[row, index] = until
            survival[row, 0] += 1.0
            survival[row, 1:until] += np.exp(-np.cumsum(conditions.hazard[: until - 1]))
    return Fates(agreements, broken, first, survival / worlds)


def places(scenario: Scenario, options: list[dict[str, str]]) -> NDArray[np.int64]:
    """Return the agreements that options by issue name.

    Parameters
    ----------
    scenario : Scenario
    options : list of dict of issue to option

    Returns
    -------
    ndarray of int64, shape (len(options),)

    Examples
    --------
    >>> import sim
    >>> two = sim.read_scenario("scenarios/tutorial-two-by-two/scenario.yaml")
    >>> places(two, [{"pass": "held", "guard": "absent"}, {"pass": "shared", "guard": "promised"}]).tolist()
    [0, 3]
    """
    space = AgreementSpace.of(scenario)
    return np.array([space.index_of(row) for row in options], dtype=np.int64)


def month_of_median(survival: Floats) -> int | None:
    """Return the first month after which an agreement is as likely gone as not; None beyond the horizon.

    Parameters
    ----------
    survival : ndarray of float64, shape (months + 1,)

    Examples
    --------
    >>> month_of_median(np.array([1.0, 0.8, 0.5, 0.2])), month_of_median(np.array([1.0, 0.9]))
    (2, None)
    """
    gone = np.flatnonzero(survival <= 0.5)
    return int(gone[0]) if gone.size else None
