"""What every protocol keeps with every strategy.

Each check takes the name of a protocol and of a strategy, negotiates in some worlds of the kit, and raises
`AssertionError` with a sentence where something is broken.
"""

from __future__ import annotations

from collections.abc import Callable

from sim.conformance.kit import DEADLINE, scenario, worlds
from sim.negotiation.model import negotiate

__all__ = ["TALKS", "ends_in_time_and_signs_what_signers_accept", "ignores_the_order_of_the_file", "repeats_itself"]


def ends_in_time_and_signs_what_signers_accept(protocol: str, strategy: str) -> None:
    """Talks end by the deadline; what is signed can be signed, and nobody signs below no deal or across a real line.

    Parameters
    ----------
    protocol, strategy : str
        By name.

    Raises
    ------
    AssertionError
        With a sentence, if they do not.

    Examples
    --------
    >>> ends_in_time_and_signs_what_signers_accept("alternating_offers", "linear")
    """
    who = f"{strategy!r} under {protocol!r}"
    for terms in worlds(scenario(protocol, strategy)):
        outcome = negotiate(terms, 0)
        assert 1 <= outcome.rounds <= DEADLINE, f"{who}: {outcome.rounds} rounds, where the deadline is {DEADLINE}"
        if outcome.agreement is None:
            assert outcome.refusal is not None and outcome.reason, f"{who}: no deal without a reason"
            continue
        assert outcome.refusal is None, f"{who}: a deal, and yet a refusal"
        assert terms.space.signable[outcome.agreement], f"{who}: signed what cannot be signed"
        must = {p for k, p in enumerate(terms.parties) if terms.payoffs.must_sign[outcome.agreement, k]}
        assert set(outcome.signers) == must, f"{who}: signed by {outcome.signers}, where {sorted(must)} must sign"
        for party in outcome.signers:
            column = terms.payoffs.column(party)
            assert terms.payoffs.acceptable[outcome.agreement, column], f"{who}: {party} signed what it must refuse"
            # Margins are what is left once the audience has been paid.
            assert outcome.margins[column] >= 0, f"{who}: {party} signed below no deal"


def repeats_itself(protocol: str, strategy: str) -> None:
    """The same seed gives the same outcome and the same trace.

    Parameters
    ----------
    protocol, strategy : str
        By name.

    Raises
    ------
    AssertionError
        With a sentence, if it does not.

    Examples
    --------
    >>> repeats_itself("random_proposer", "conceder")
    """
    for terms in worlds(scenario(protocol, strategy), 3):
        same = negotiate(terms, 3, trace=True) == negotiate(terms, 3, trace=True)
        assert same, f"{strategy!r} under {protocol!r}: two runs of one seed differ; draw by the seed alone"


def ignores_the_order_of_the_file(protocol: str, strategy: str) -> None:
    """Parties and issues listed the other way round give the same outcome.

    Parameters
    ----------
    protocol, strategy : str
        By name.

    Raises
    ------
    AssertionError
        With a sentence, if they do not.

    Examples
    --------
    >>> ignores_the_order_of_the_file("shuttle", "boulware")
    """
    one, other = scenario(protocol, strategy), scenario(protocol, strategy, reverse=True)
    for a, b in zip(worlds(one, 3), worlds(other, 3), strict=True):
        same = negotiate(a, 1, trace=True) == negotiate(b, 1, trace=True)
        assert same, f"{strategy!r} under {protocol!r}: the order of the file changes the outcome; break ties by place"


def is_not_changed_by_a_trace(protocol: str, strategy: str) -> None:
    """Whether what is said is written down changes nothing.

    Parameters
    ----------
    protocol, strategy : str
        By name.

    Raises
    ------
    AssertionError
        With a sentence, if it does.

    Examples
    --------
    >>> is_not_changed_by_a_trace("single_text", "linear")
    """
    for terms in worlds(scenario(protocol, strategy), 3):
        plain, traced = negotiate(terms, 2), negotiate(terms, 2, trace=True)
        same = (plain.agreement, plain.rounds, plain.signers) == (traced.agreement, traced.rounds, traced.signers)
        assert same, f"{strategy!r} under {protocol!r}: writing a trace changes the talks"


#: All of them.
TALKS: tuple[Callable[[str, str], None], ...] = (
    ends_in_time_and_signs_what_signers_accept,
    repeats_itself,
    ignores_the_order_of_the_file,
    is_not_changed_by_a_trace,
)
