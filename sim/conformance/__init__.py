"""The conformance kit: what every protocol, strategy, stability test and forecast keeps, whoever wrote it.

A package that adds one by an entry point calls its check in a test of its own::

    from sim import conformance


    def test_my_strategy_keeps_what_all_keep():
        conformance.check_strategy("stepwise")

Each check raises `AssertionError` with a sentence. The kit holds Parley's own to the same.
"""

from __future__ import annotations

from sim.conformance.exact import judges_every_agreement, judges_whatever_the_order, places_every_world
from sim.conformance.kit import scenario, worlds
from sim.conformance.privacy import holds_nobody_elses_payoffs, imports_nothing_that_pries
from sim.conformance.talks import TALKS
from sim.domain.extensions import PROTOCOLS, STRATEGIES
from sim.negotiation.model import negotiate

__all__ = ["check_forecast", "check_protocol", "check_stability_test", "check_strategy", "scenario", "worlds"]


def check_strategy(name: str) -> None:
    """Hold a strategy to what all strategies keep, under each of Parley's own protocols.

    Talks end by the deadline with nothing signed that a signer must refuse; the same seed gives the same outcome; the
    order of the file and a trace change nothing; it holds nobody else's payoffs and imports nothing that reads them.

    Parameters
    ----------
    name : str
        As in ``parties.<party>.strategy.name``.

    Raises
    ------
    AssertionError
        With a sentence, where it breaks something.

    Examples
    --------
    >>> check_strategy("linear")
    """
    for protocol in PROTOCOLS.own:
        for check in TALKS:
            check(protocol, name)
    imports_nothing_that_pries(name)
    if name != "rational":
        holds_nobody_elses_payoffs(name)


def check_protocol(name: str) -> None:
    """Hold a protocol to what all protocols keep, with each of Parley's own strategies.

    The same as for strategies, and that some talks come to an agreement: otherwise the rest would prove nothing.

    Parameters
    ----------
    name : str
        As in ``negotiation.protocol``.

    Raises
    ------
    AssertionError
        With a sentence, where it breaks something.

    Examples
    --------
    >>> check_protocol("random_proposer")
    """
    for strategy in STRATEGIES.own:
        for check in TALKS:
            check(name, strategy)
    signed = [negotiate(terms, 0).agreement is not None for terms in worlds(scenario(name, "linear"), 12)]
    assert any(signed), f"under {name!r} no talks come to an agreement, even with parties that give way evenly"


def check_stability_test(name: str) -> None:
    """Hold a stability test to what all tests keep: shapes, signs of margins, the order of the file.

    Parameters
    ----------
    name : str
        As in ``stability.require``.

    Raises
    ------
    AssertionError
        With a sentence, where it breaks something.

    Examples
    --------
    >>> check_stability_test("natural")
    """
    judges_every_agreement(name)
    judges_whatever_the_order(name)


def check_forecast(name: str) -> None:
    """Hold a forecast to what all forecasts keep: a place from 0 to 1 for each world, by itself.

    Parameters
    ----------
    name : str
        As ``parley baselines`` prints it.

    Raises
    ------
    AssertionError
        With a sentence, where it breaks something.

    Examples
    --------
    >>> check_forecast("weighted_median")
    """
    places_every_world(name)
