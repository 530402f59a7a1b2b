"""Ratification: a text can be signed and fail at home (Putnam 1988).

Each signer's probability is the table's (``Terms.ratification``: surveys, votes, factions with a quota);
one draw per party decides. The draws belong to the run, so that two scenarios compared meet the same luck.

References
----------
Putnam 1988, International Organization 42(3), 427–460.
"""

from __future__ import annotations

from sim.after.terms import Terms
from sim.domain.streams import Purpose, stream

__all__ = ["ratify"]


def ratify(terms: Terms, agreement: int, signers: tuple[str, ...], seed: int, *keys: int) -> tuple[str, ...]:
    """Return where a signed text fails at home.

    Parameters
    ----------
    terms : Terms
        Of the world.
    agreement : int
        What is signed.
    signers : tuple of str
        Who must ratify it.
    seed : int
        Root seed.
    *keys : int
        World and replication.

    Returns
    -------
    tuple of str
        Empty where it passes everywhere.

    Examples
    --------
    >>> import sim
    >>> berlin = sim.read_scenario("scenarios/berlin-2025/scenario.yaml")
    >>> sure = sim.with_settings(berlin, {"parties.russia.ratification.always": 0.0})
    >>> ratify(sim.Terms.of(sure), 0, ("russia",), 0, 0, 0)
    ('russia',)
    """
    chance = terms.at(agreement).ratification[0]
    draws = stream(seed, Purpose.RATIFICATION, *keys).random(len(terms.parties))
    return tuple(
        party
        for party, probability, draw in zip(terms.parties, chance, draws, strict=True)
        if party in signers and draw >= probability
    )
