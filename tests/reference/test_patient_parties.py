r"""As parties become patient, the protocols come to Nash's solution.

Binmore, Rubinstein & Wolinsky 1986 (two parties), Hart & Mas-Colell 1996 (a random proposer and unanimity, any
number): as δ → 1, the division in stationary equilibrium tends to Nash's solution, weighted by 1/ρ_i where
1 − δ_i is in proportion to ρ_i.

On a grid the limits do not commute: with δ above 1 − g, g the step, *every* division is in equilibrium (van Damme,
Selten & Winter 1990), because nobody can offer a little more. So the grid must be fine beside 1 − δ, and each test
states a tolerance with three parts:

- how far the stationary division on the continuum can be from Nash's, in proportion to 1 − δ;
- rounding: a responder's due is rounded up by less than g in every turn, and what a turn adds shrinks by δ in each
  turn before it, so all of it is less than g/(1 − δ);
- the deadline, which is as many turns off as makes δ to that power no matter.
"""

from __future__ import annotations

import json

import mesa
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import sim
from sim.agreements.space import AgreementSpace
from sim.negotiation.agenda import Agenda
from sim.negotiation.clock import Clock
from sim.negotiation.delegate import Delegate
from sim.negotiation.equilibrium import CommonKnowledge
from sim.negotiation.private import PrivatePayoffs
from sim.negotiation.protocols import PROTOCOLS
from sim.negotiation.room import Room, Rules
from sim.negotiation.strategy import Settings
from sim.negotiation.table import Table

UNIT = 10**9


def agenda_of(n_texts: int) -> Agenda:
    """An agenda of so many texts; what they say does not matter here."""
    digits = range(len(str(n_texts - 1)))
    ten = {str(n): "" for n in range(10)}
    text = {
        "schema": 1,
        "name": "grid",
        "title": "Grid",
        "as_of": "1986",
        "issues": {f"d{k}": {"title": f"d{k}", "options": ten} for k in digits},
        "parties": {
            name: {
                "title": name,
                "salience": {f"d{k}": 1.0 for k in digits},
                "utility": {f"d{k}": dict.fromkeys(ten, 0.5) for k in digits},
                "no_deal": {"reservation": 0.0},
            }
            for name in ("any", "other")
        },
        "negotiation": {"protocol": "shuttle"},
    }
    space = AgreementSpace.of(sim.scenario_from_text(json.dumps(text)))
    return Agenda.among(space, np.arange(n_texts))


def talk(protocol: str, worth: np.ndarray, discount: list[float], deadline: int, openers: tuple[str, ...]) -> list[int]:
    """Let rational parties talk once for each opener; return the texts signed, which are the first offers."""
    names = tuple(f"p{k}" for k in range(len(worth)))
    net = np.rint(worth * UNIT).astype(np.int64)
    needed = np.ones(net.shape, dtype=np.bool_)
    common = CommonKnowledge(names, net, needed, np.zeros(len(names), np.int64), np.array(discount), deadline)
    agenda = agenda_of(net.shape[1])
    signed = []
    for opener in openers:
        own = [PrivatePayoffs(name, row, row, n, 0) for name, row, n in zip(names, net, needed, strict=True)]
        given_ = Settings(name="rational", protocol=protocol, seed=1, common=common)
        model, table = mesa.Model(rng=0), Table(agenda)
        delegates = [Delegate(model, mine, given_, table) for mine in own]
        room = Room(Rules(protocol, deadline, opener=opener), table, delegates, model.rng)
        PROTOCOLS[protocol](room).round(room, Clock(0, deadline))
        assert room.signed is not None
        signed.append(room.signed)
    return signed


def turns_until(discount: float, negligible: float) -> int:
    """Turns after which what comes is worth less than so much."""
    return int(np.ceil(np.log(negligible) / np.log(discount)))


#: 1 − δ, and how many texts the grid has: the finer, the more patient.
PATIENCE = [(0.1, 1_000), (0.03, 10_000), (0.01, 100_000), (0.003, 300_000), (0.001, 1_000_000)]


@pytest.mark.parametrize("protocol", ["alternating_offers", "random_proposer"])
def test_two_patient_parties_come_to_nashs_solution_at_the_rate_of_their_impatience(protocol: str) -> None:
    # u_a = √x, u_b = 1 − x: Nash's product is largest at x = 1/3.
    away, allowed = [], []
    for impatience, n_texts in PATIENCE:
        discount, g = 1 - impatience, 1 / (n_texts - 1)
        x = np.arange(n_texts) * g
        worth = np.array([x**0.5, 1 - x])
        # What a and b offer a lies on either side of Nash's solution (the products of both are equal), and b's due
        # makes them lie (1 − δ)(1 − x_b) apart at most. A random proposer is a turn of δ/(2 − δ).
        apart = impatience if protocol == "alternating_offers" else 2 * impatience / (2 - discount)
        negligible = impatience / 10
        tolerance = apart + g / (1 - discount) + negligible
        turns = turns_until(discount, negligible)
        if protocol == "alternating_offers":
            # δ is of a turn, and a round has two.
            deadline, per_round = turns // 2 + 1, discount**2
        else:
            deadline, per_round = turns, discount
        found = x[talk(protocol, worth, [per_round] * 2, deadline, ("p0", "p1"))]
        assert found[0] > found[1], "who proposes gains by it"
        assert all(abs(share - 1 / 3) <= tolerance for share in found)
        away.append(max(abs(share - 1 / 3) for share in found))
        allowed.append(tolerance)
    assert allowed == sorted(allowed, reverse=True) and allowed[-1] < 0.0045
    assert away == sorted(away, reverse=True) and away[0] > 10 * away[-1]


@pytest.mark.parametrize("protocol", ["alternating_offers", "random_proposer"])
def test_of_two_parties_the_more_patient_gets_more_in_proportion(protocol: str) -> None:
    # A pie of 1 and 1 − δ_a : 1 − δ_b = 1 : 3, so a's weight is 3/4.
    allowed = []
    for impatience, n_texts in PATIENCE:
        g = 1 / (n_texts - 1)
        x = np.arange(n_texts) * g
        discount = [1 - impatience / 3, 1 - impatience]
        negligible = impatience / 10
        turns = turns_until(discount[0], negligible)
        if protocol == "alternating_offers":
            deadline, per_round = turns // 2 + 1, [d**2 for d in discount]
        else:
            deadline, per_round = turns, discount
        # Rubinstein: x_a = (1 − δ_b)/(1 − δ_a δ_b), between which and 3/4 lie less than 1 − δ_b. A random proposer
        # gives each its weight before it draws, and the drawn one (1 − δ_j) v_j on top.
        tolerance = impatience + g / (1 - discount[0]) + negligible
        for share in x[talk(protocol, np.array([x, 1 - x]), per_round, deadline, ("p0", "p1"))]:
            assert abs(share - 3 / 4) <= tolerance
        allowed.append(tolerance)
    assert allowed == sorted(allowed, reverse=True) and allowed[-1] < 0.0045


def divisions(steps: int) -> np.ndarray:
    """All ways for three to divide 1 in equal steps; shape (3, n)."""
    i, j = np.indices((steps + 1, steps + 1)).reshape(2, -1)
    i, j = i[i + j <= steps], j[i + j <= steps]
    return np.array([i, j, steps - i - j]) / steps


#: 1 − δ, and the steps of the division: n steps make n²/2 texts, so three cannot have a grid as fine as two.
THREE = [(0.2, 100), (0.1, 300), (0.05, 800), (0.03, 1_400)]


def test_three_parties_and_a_random_proposer_divide_by_their_patience() -> None:
    # 1 − δ_i in proportion to ρ = 1, 2, 2. The stationary equations v_i (1 − δ_i) = (1 − Σ δ_j v_j)/3 say v_i ∝ 1/ρ_i,
    # for any δ; who is drawn gets Σ_{j≠i} (1 − δ_j) v_j on top, which goes with δ → 1.
    nash = np.array([0.5, 0.25, 0.25])
    allowed = []
    for impatience, steps in THREE:
        discount = 1 - impatience * np.array([0.5, 1.0, 1.0])
        negligible = impatience / 20
        worth = divisions(steps)
        deadline = turns_until(float(discount[0]), negligible)
        # A due rounded up is 2/3 of a step at most in a party's value of going on, every round; two dues now.
        tolerance = (2 / 3) * (1 / steps) / (1 - discount[0]) + 2 / steps + negligible
        gains = []
        for drawn, text in enumerate(talk("random_proposer", worth, discount.tolist(), deadline, ("p0", "p1", "p2"))):
            others = np.arange(3) != drawn
            gains.append(((1 - discount) * nash)[others].sum())
            expected = np.where(others, discount * nash, nash + gains[-1])
            assert worth[:, text] == pytest.approx(expected, abs=tolerance)
            assert worth[:, text] == pytest.approx(nash, abs=tolerance + gains[-1])
        allowed.append(tolerance + max(gains))
    assert allowed == sorted(allowed, reverse=True) and allowed[-1] < 0.06


def test_three_parties_who_alternate_come_to_equal_parts() -> None:
    allowed = []
    for impatience, steps in THREE:
        # Stationary play gives 1, δ, δ² in proportion (δ of a turn), and a third each as δ → 1.
        discount, negligible = 1 - impatience, impatience / 20
        worth = divisions(steps)
        due = np.array([1, discount, discount**2]) / (1 + discount + discount**2)
        deadline = turns_until(discount, negligible) // 3 + 1
        tolerance = 2 * (1 / steps) / (1 - discount) + negligible
        (text,) = talk("alternating_offers", worth, [discount**3] * 3, deadline, ("p0",))
        assert worth[:, text] == pytest.approx(due, abs=tolerance)
        away = float(np.abs(due - 1 / 3).max())
        assert worth[:, text] == pytest.approx([1 / 3] * 3, abs=tolerance + away)
        allowed.append(tolerance + away)
    assert allowed == sorted(allowed, reverse=True) and allowed[-1] < 0.09


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 40), st.integers(1, 12))
def test_bisection_finds_what_a_look_at_every_text_finds(seed: int, n_texts: int, deadline: int) -> None:
    rng = np.random.default_rng(seed)
    # Few levels, so that there are ties and texts nobody can sign; some need one signature only.
    net = rng.integers(0, 5, (2, n_texts)) * 10**8
    needed = rng.random((2, n_texts)) < 0.8
    floor = rng.integers(0, 4, 2) * 10**8
    common = CommonKnowledge(("a", "b"), net, needed, floor, rng.uniform(0.5, 1, 2), deadline)

    class Plain(CommonKnowledge):
        def _offers(self, proposer, least, waiting):
            asked = np.where(np.arange(2) == proposer, self.floor, least)
            passes = ((self.net >= asked[:, None]) | ~self.needed).all(axis=0)
            return self._best(passes, proposer, waiting)

    plain = Plain(*(getattr(common, name) for name in ("parties", "net", "needed", "floor", "discount", "deadline")))
    plans = [*common.alternating(("b", "a")), *(plan for row in common.random_proposer for plan in row)]
    twins = [*plain.alternating(("b", "a")), *(plan for row in plain.random_proposer for plan in row)]
    for plan, twin in zip(plans, twins, strict=True):
        assert plan.offers.tolist() == twin.offers.tolist()
        assert plan.threshold.tolist() == twin.threshold.tolist()
        assert plan.value == pytest.approx(twin.value)
