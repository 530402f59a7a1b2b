"""The conformance kit finds what it is there to find."""

from __future__ import annotations

import random

import numpy as np
import pytest

from sim import conformance
from sim.baselines.forecasts import FORECASTS, Positions
from sim.conformance.talks import TALKS, is_not_changed_by_a_trace, repeats_itself
from sim.negotiation.clock import Clock
from sim.negotiation.protocols import PROTOCOLS
from sim.negotiation.room import Room
from sim.negotiation.strategies import STRATEGIES
from sim.negotiation.strategy import Strategy
from sim.stability.assess import TESTS, Assessment, TestResult


class Dicing(Strategy):
    """Draws from a generator that no seed governs."""

    def demand(self, now: Clock) -> int:
        return self.own.floor + int(random.random() * (self.own.best - self.own.floor))


class Prying(Strategy):
    """Keeps what it was told of others; its module imports what reads any object."""

    secrets: list = []

    def demand(self, now: Clock) -> int:
        self.kept = Prying.secrets
        return self.own.floor


class Deaf:
    """A protocol that signs for everybody without asking."""

    mediated = False

    def __init__(self, room: Room) -> None:
        pass

    def round(self, room: Room, now: Clock) -> None:
        room.sign(0, room.delegates, now)


class Silent(Deaf):
    """A protocol in which nobody says anything."""

    def round(self, room: Room, now: Clock) -> None:
        pass


def test_a_strategy_that_no_seed_governs_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(STRATEGIES, "dicing", Dicing)
    with pytest.raises(AssertionError, match="two runs of one seed differ"):
        for _ in range(5):
            repeats_itself("alternating_offers", "dicing")


def test_a_strategy_that_holds_anothers_payoffs_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    from sim.conformance.privacy import holds_nobody_elses_payoffs
    from sim.negotiation.agenda import Agenda

    monkeypatch.setitem(STRATEGIES, "prying", Prying)
    terms = conformance.worlds(conformance.scenario("alternating_offers", "prying"), 1)[0]
    holds_nobody_elses_payoffs("prying", terms)
    other = np.ascontiguousarray(terms.payoffs.foreseen[Agenda.of(terms).agreements, 2])
    monkeypatch.setattr(Prying, "secrets", [{"deep": other}])
    with pytest.raises(AssertionError, match="holds the payoffs of"):
        holds_nobody_elses_payoffs("prying", terms)


def test_a_module_that_reaches_for_everybodys_payoffs_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(STRATEGIES, "prying", Prying)
    with pytest.raises(AssertionError, match="imports sim"):
        conformance.check_strategy("prying")


def test_a_protocol_that_signs_for_others_or_never_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(PROTOCOLS, "deaf", Deaf)
    monkeypatch.setitem(PROTOCOLS, "silent", Silent)
    with pytest.raises(AssertionError, match="signed"):
        conformance.check_protocol("deaf")
    with pytest.raises(AssertionError, match="no talks come to an agreement"):
        conformance.check_protocol("silent")


def test_a_trace_that_changes_talks_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    class Watched(PROTOCOLS["random_proposer"]):  # type: ignore[misc]
        def round(self, room: Room, now: Clock) -> None:
            super().round(room, now)
            if room.tracing:
                room.close(now)

    monkeypatch.setitem(PROTOCOLS, "watched", Watched)
    with pytest.raises(AssertionError, match="writing a trace changes the talks"):
        is_not_changed_by_a_trace("watched", "conceder")
    assert is_not_changed_by_a_trace in TALKS


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (lambda n: (np.ones(n, bool), np.full(n, -1.0), np.zeros(n, int)), "holds by a margin below 0"),
        (lambda n: (np.ones(n, bool), np.zeros(n), np.full(n, 9)), "binding is a party's column"),
        (lambda n: (np.ones(n - 1, bool), np.zeros(n), np.zeros(n, int)), "are of shapes"),
    ],
)
def test_a_stability_test_that_is_wrong_is_found(monkeypatch: pytest.MonkeyPatch, wrong, told: str) -> None:
    def test(found: Assessment, name: str) -> TestResult:
        return TestResult(name, *wrong(found.n_agreements))

    monkeypatch.setitem(TESTS, "wrong", test)
    with pytest.raises(AssertionError, match=told):
        conformance.check_stability_test("wrong")


def test_a_stability_test_that_goes_by_the_order_of_the_file_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def first_in_the_file(found: Assessment, name: str) -> TestResult:
        column = found.parties.index(next(iter(found.scenario.parties)))
        margin = found.payoffs.margin[:, column] / 10**9
        return TestResult(name, margin >= 0, margin, np.full(len(margin), column))

    monkeypatch.setitem(TESTS, "first", first_in_the_file)
    with pytest.raises(AssertionError, match="the order of the file changes its verdict"):
        conformance.check_stability_test("first")


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (lambda stand: stand.place.mean(axis=1) + 1, "a place lies between 0 and 1"),
        (lambda stand: stand.place[:, 0], "the order of the parties changes it"),
        (lambda stand: np.full(len(stand.place), stand.place.mean()), "depends on the other worlds"),
        (lambda stand: stand.place.mean(), "one place for each"),
    ],
)
def test_a_forecast_that_is_wrong_is_found(monkeypatch: pytest.MonkeyPatch, wrong, told: str) -> None:
    def forecast(stand: Positions) -> np.ndarray:
        return wrong(stand)

    monkeypatch.setitem(FORECASTS, "wrong", forecast)
    with pytest.raises(AssertionError, match=told):
        conformance.check_forecast("wrong")
