"""Whether a signed text passes at home, as a probability per agreement (Putnam 1988).

The probability of a party is the lowest of all that apply to the agreement: a flat one, those of its
options, the vote that a logistic share fitted to surveys leads to, and the weight of the factions that would
accept against their quota.

A share in favour is not a probability. With noise σ between the survey and the day of the vote, a vote passes with
probability Φ((share − ½)/σ): 72 % in favour and σ = .12 pass with .97, 42 % with .25.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.agreements.payoffs import to_units
from sim.agreements.tables import OptionTables

__all__ = ["faction_share", "logistic_share", "ratification_probability"]


def ratification_probability(tables: OptionTables, party: str) -> NDArray[np.float64]:
    """Return P(ratify | a) of one party.

    Parameters
    ----------
    tables : OptionTables
    party : str

    Returns
    -------
    ndarray of float64, shape (n_agreements,)

    Examples
    --------
    >>> import sim
    >>> two = sim.read_scenario("scenarios/tutorial-two-by-two/scenario.yaml")
    >>> doubtful = sim.with_settings(two, {"parties.vale.ratification": {"probability": {"pass": {"held": 0.4}}}})
    >>> ratification_probability(sim.Terms.of(doubtful).tables, "vale").tolist()
    [0.4, 1.0, 0.4, 1.0]
    """
    spec = tables.scenario.parties[party].ratification
    chance = np.minimum(tables.world.value(spec.always), tables.least(spec.probability))
    if spec.logistic is not None:
        assert spec.vote_noise is not None  # the reader gives every logistic model a noise
        chance = np.minimum(chance, _passes(logistic_share(tables, party), tables.world.value(spec.vote_noise)))
    if spec.quota is not None:
        quota = tables.world.value(spec.quota)
        chance = np.minimum(chance, (faction_share(tables, party) >= quota - 1e-12).astype(np.float64))
    return np.asarray(chance)


def logistic_share(tables: OptionTables, party: str) -> NDArray[np.float64]:
    """Return the share in favour: logit share = intercept + total × Σ share_p × min(cap_p, table_p(a)).

    Parameters
    ----------
    tables : OptionTables
    party : str
        Whose ratification has a logistic model.

    Returns
    -------
    ndarray of float64, shape (n_agreements,)

    Examples
    --------
    The intercept is −1 and a promised guard adds 2, so that 1/(1 + e) are in favour without it and e/(1 + e) with it:

    >>> import sim
    >>> two = sim.read_scenario("scenarios/tutorial-two-by-two/scenario.yaml")
    >>> poll = {"intercept": -1, "total": 2, "parts": {"guard": {"table": {"guard": {"promised": 1}}}}}
    >>> polled = sim.with_settings(two, {"parties.vale.ratification": {"logistic": poll}})
    >>> logistic_share(sim.Terms.of(polled).tables, "vale").round(3).tolist()
    [0.269, 0.269, 0.731, 0.731]
    """
    spec, world = tables.scenario.parties[party].ratification.logistic, tables.world
    assert spec is not None
    shares = {name: world.value(part.share) for name, part in spec.parts.items() if part.share is not None}
    bundle = np.zeros(tables.space.n_agreements)
    for name, part in spec.parts.items():
        value = tables.added([part.table])[:, 0]
        if part.cap is not None:
            value = np.minimum(value, part.cap)
        bundle += shares.get(name, 1.0 - sum(shares.values())) * value
    logit = world.value(spec.intercept) + world.value(spec.total) * bundle
    return np.asarray(1.0 / (1.0 + np.exp(-logit)))


def faction_share(tables: OptionTables, party: str) -> NDArray[np.float64]:
    """Return the share of the factions' weight that would accept.

    A faction values an agreement as its party does, except where it gives saliences or values of its
    own, and accepts what is worth at least its reservation value.

    Parameters
    ----------
    tables : OptionTables
    party : str

    Returns
    -------
    ndarray of float64, shape (n_agreements,)

    Examples
    --------
    The four agreements are worth 0, 0.6, 0.4 and 1 to Vale; its doves accept from 0.3 on, its hawks from 0.7:

    >>> import sim
    >>> two = sim.read_scenario("scenarios/tutorial-two-by-two/scenario.yaml")
    >>> seats = {"doves": {"weight": 60, "reservation": 0.3}, "hawks": {"weight": 40, "reservation": 0.7}}
    >>> voting = sim.with_settings(two, {"parties.vale.ratification": {"quota": 0.5, "factions": seats}})
    >>> faction_share(sim.Terms.of(voting).tables, "vale").tolist()
    [0.0, 0.6, 0.6, 1.0]
    """
    spec, world, space = tables.scenario.parties[party], tables.world, tables.space
    total, accepting = 0.0, np.zeros(space.n_agreements)
    for _, faction in sorted(spec.ratification.factions.items()):
        saliences = {**spec.salience, **faction.salience}
        salience = np.array([world.value(saliences[issue]) for issue in space.issues])
        salience = salience / salience.sum()
        values = {issue: {**row, **faction.utility.get(issue, {})} for issue, row in spec.utility.items()}
        value = np.array([world.value(values[issue][option]) for issue, option in space.flat_options])
        weights = np.repeat(salience, [len(row) for row in space.labels]) * value
        utility = to_units(space.sum_over_options(weights[None, :])[:, 0])
        weight = world.value(faction.weight)
        total += weight
        accepting += weight * (utility >= to_units(world.value(faction.reservation)))
    return np.asarray(accepting / total if total > 0 else accepting)


def _passes(share: NDArray[np.float64], noise: float) -> NDArray[np.float64]:
    if noise == 0:
        return (share >= 0.5).astype(np.float64)
    from scipy.special import ndtr

    return np.asarray(ndtr((share - 0.5) / noise))
