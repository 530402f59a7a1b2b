"""From a scenario's words to who sits at the table: what each party knows and how it bargains."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sim.after.terms import Terms
from sim.domain.streams import Purpose, integer_seed
from sim.negotiation.agenda import Agenda
from sim.negotiation.beliefs import PublicModel
from sim.negotiation.equilibrium import CommonKnowledge
from sim.negotiation.private import PrivatePayoffs, private_payoffs
from sim.negotiation.protocols import PROTOCOLS
from sim.negotiation.room import Rules
from sim.negotiation.strategies import STRATEGIES
from sim.negotiation.strategy import Settings

__all__ = ["Sitting", "rules_of", "seats"]


@dataclass(frozen=True, eq=False)
class Sitting:
    """One stretch of talks: the whole negotiation, or one of its stages.

    Attributes
    ----------
    agenda : Agenda
        What can be talked about.
    rules : Rules
        How the talks are held.
    path : ndarray of int64, shape (rounds, n_parties)
        What no deal is worth to everybody in each round, in units of 1e-9.
    seed : int
        The root seed.
    keys : tuple of int
        World, replication and, in staged talks, the stage: what its random streams are named by.
    """

    agenda: Agenda
    rules: Rules
    path: NDArray[np.int64]
    seed: int
    keys: tuple[int, ...]


def rules_of(terms: Terms, deadline: int) -> Rules:
    """Return how the talks are held, as the scenario says.

    Parameters
    ----------
    terms : Terms
        Of the world.
    deadline : int
        How many rounds there are: the scenario's, or those of a stage.

    Returns
    -------
    Rules

    Examples
    --------
    >>> import sim
    >>> rules = rules_of(Terms.of(sim.read_scenario("scenarios/berlin-2025/scenario.yaml")), 52)
    >>> rules.protocol, rules.mediator, rules.quota
    ('shuttle', 'us', None)
    """
    spec = terms.scenario.negotiation
    return Rules(
        spec.protocol,
        deadline,
        spec.mediator if PROTOCOLS[spec.protocol].mediated else None,
        spec.opener,
        frozenset(frozenset(pair) for pair in spec.closed_channels),
        spec.quota,
        tuple(spec.veto),
    )


def seats(terms: Terms, sitting: Sitting) -> list[tuple[PrivatePayoffs, Settings]]:
    """Return what each party knows of itself, and how its strategy is set.

    Parameters
    ----------
    terms : Terms
        Of the world.
    sitting : Sitting
        The talks that begin.

    Returns
    -------
    list of (PrivatePayoffs, Settings)
        In the order of the parties. Nothing in one entry leads to another's payoffs, except where the
        scenario says ``information: complete``.

    Examples
    --------
    >>> import sim
    >>> from sim.negotiation.no_deal import reservations
    >>> terms = Terms.of(sim.read_scenario("scenarios/tutorial-two-by-two/scenario.yaml"))
    >>> rules, path = rules_of(terms, 26), reservations(terms, 26, 0, 0, 0)
    >>> found = seats(terms, Sitting(Agenda.of(terms), rules, path, seed=0, keys=(0, 0)))
    >>> [(own.party, own.floor, settings.name) for own, settings in found]
    [('hill', 300000000, 'boulware'), ('vale', 350000000, 'boulware')]
    """
    spec, rules, path = terms.scenario.negotiation, sitting.rules, sitting.path
    mediated = PROTOCOLS[rules.protocol].mediated
    payoffs = private_payoffs(terms, sitting.agenda, reservation=path[0], lowest=path.min(axis=0), pressed=mediated)
    settings = [_settings(terms, party) for party in terms.parties]
    common = _common(payoffs, rules) if spec.information == "complete" else None
    needs_public = any(STRATEGIES[given.name].needs_public_model for given in settings)
    public = PublicModel.of(terms, sitting.agenda) if needs_public else None
    return [
        (
            own,
            replace(
                given,
                protocol=rules.protocol,
                seed=0
                if common is None
                else integer_seed(sitting.seed, Purpose.NEGOTIATION, *sitting.keys, column + 1),
                common=common,
                public=public,
            ),
        )
        for column, (own, given) in enumerate(zip(payoffs, settings, strict=True))
    ]


def _common(payoffs: list[PrivatePayoffs], rules: Rules) -> CommonKnowledge:
    return CommonKnowledge(
        tuple(own.party for own in payoffs),
        np.stack([own.net for own in payoffs]),
        np.stack([own.needed for own in payoffs]),
        np.array([own.floor for own in payoffs]),
        np.array([own.discount for own in payoffs]),
        rules.deadline,
        rules.quota,
        rules.veto,
    )


def _settings(terms: Terms, party: str) -> Settings:
    spec = terms.scenario.parties[party].strategy
    value = terms.world.value
    return Settings(
        spec.name,
        None if spec.exponent is None else value(spec.exponent),
        value(spec.opening),
        spec.acceptance,
        1.0 if spec.accept_time is None else value(spec.accept_time),
        0 if spec.accept_level is None else round(value(spec.accept_level) * 10**9),
    )
