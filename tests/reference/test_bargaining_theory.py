"""What theory says of bargaining comes out of the protocols, on discretised pies."""

from __future__ import annotations

import json

import numpy as np
import pytest

import sim
from sim.after.terms import Terms
from sim.agreements.payoffs import SCALE
from sim.domain.uncertain import LARGEST
from sim.negotiation.model import negotiate

ROUNDS_A_YEAR = 365.25 / 7


def annual_rate(discount: float, turns: int) -> float:
    """The yearly rate at which one turn, of so many a round, has this discount factor."""
    return discount ** (-turns * ROUNDS_A_YEAR) - 1.0


def impatience(rate: float) -> dict:
    """The rate as a file may state it, and in full: a turn of theory, taken for half a week, needs more than 1e9."""
    return {"discount_rate": min(rate, LARGEST), "note": repr(rate)}


def pie(
    names: list[str], *, discount: list[float], outside: list[float], digits: int = 4, turns: int = 1, **negotiation
) -> sim.Scenario:
    """Two parties divide 1 in steps of 1/(10^digits − 1): an issue for each digit of the first one's share."""
    issues = {f"d{k}": {"title": f"d{k}", "options": {str(n): "" for n in range(10)}} for k in range(digits)}
    parties = {}
    for place, name in enumerate(names):
        parties[name] = {
            "title": name,
            "salience": {f"d{k}": float(10 ** (digits - 1 - k)) for k in range(digits)},
            "utility": {
                f"d{k}": {str(n): n / 9 if place == 0 else 1 - n / 9 for n in range(10)} for k in range(digits)
            },
            "no_deal": {"reservation": outside[place]},
            **impatience(annual_rate(discount[place], turns)),
            "strategy": {"name": "rational"},
        }
    return sim.scenario_from_text(
        json.dumps(
            {
                "schema": 1,
                "name": "pie",
                "title": "Pie",
                "as_of": "1982",
                "issues": issues,
                "parties": parties,
                "negotiation": {"information": "complete", **negotiation},
            }
        )
    )


def slices(names: list[str], discount: float, sizes: list[int], **negotiation) -> sim.Scenario:
    """Several parties divide 1 in slices of given sizes, each of which goes to one of them."""
    issues = {f"s{k}": {"title": f"s{k}", "options": dict.fromkeys(names, "")} for k in range(len(sizes))}
    parties = {
        name: {
            "title": name,
            "salience": {f"s{k}": float(size) for k, size in enumerate(sizes)},
            "utility": {f"s{k}": {n: float(n == name) for n in names} for k in range(len(sizes))},
            "no_deal": {"reservation": 0.0},
            **impatience(annual_rate(discount, 1)),
            "strategy": {"name": "rational"},
        }
        for name in names
    }
    talks = {"protocol": "random_proposer", "information": "complete", "deadline": 40, **negotiation}
    text = {"schema": 1, "name": "s", "title": "s", "as_of": "1989", "issues": issues, "parties": parties}
    return sim.scenario_from_text(json.dumps({**text, "negotiation": talks}))


def shares(scenario: sim.Scenario, seed: int = 0) -> tuple[dict[str, float], sim.negotiation.outcome.Outcome]:
    rates = {f"parties.{name}.discount_rate": float(party.note) for name, party in scenario.parties.items()}
    terms = Terms.of(sim.central_world(scenario).with_values(rates))
    outcome = negotiate(terms, seed, trace=True)
    assert outcome.agreement is not None
    row = terms.payoffs.utility[outcome.agreement] / SCALE
    return dict(zip(terms.parties, row.tolist(), strict=True)), outcome


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    # Rubinstein 1982, proposition: x = (1 − δ2)/(1 − δ1 δ2).
    [(0.9, 0.9, 0.526315789), (0.8, 0.95, 0.208333333)],
)
@pytest.mark.parametrize("opener", ["a", "b"])
def test_alternating_offers_end_at_once_at_rubinsteins_division(
    first: float, second: float, expected: float, opener: str
) -> None:
    # Named so that the opener is once the first and once the second column.
    names = ["a", "b"] if opener == "a" else ["b", "a"]
    scenario = pie(
        names,
        discount=[first, second],
        outside=[0.0, 0.0],
        turns=2,
        protocol="alternating_offers",
        deadline=150,
        opener=names[0],
    )
    share, outcome = shares(scenario)
    assert outcome.rounds == 1
    # A grid of step g moves the division by at most g/(1 − δ): demands are rounded up in every turn.
    assert share[names[0]] == pytest.approx(expected, abs=0.001)


@pytest.mark.parametrize(("outside", "expected"), [(0.2, 0.526316), (0.6, 0.4)])
def test_an_outside_option_of_the_responder_binds_only_if_it_beats_going_on(outside: float, expected: float) -> None:
    # Binmore, Shaked & Sutton 1989: the proposer keeps 1 − max(δ/(1 + δ), s).
    scenario = pie(
        ["a", "b"],
        discount=[0.9, 0.9],
        outside=[0.0, outside],
        turns=2,
        protocol="alternating_offers",
        deadline=150,
        opener="a",
    )
    share, _ = shares(scenario)
    assert share["a"] == pytest.approx(expected, abs=0.001)


@pytest.mark.parametrize(
    ("n", "quota", "discount", "proposer", "partner", "sizes"),
    # Baron & Ferejohn 1989, closed rule: 1 − δ(q − 1)/n, partners δ/n.
    [
        (3, 2, 0.9, 0.7, 0.3, [1, 2, 4, 8, 16, 32, 64, 128]),
        (5, 3, 0.8, 0.68, 0.16, [2, 2, 4, 4, 8, 8, 22]),
        (4, None, 0.9, 0.325, 0.225, [3, 3, 3, 6, 6, 6, 13]),
    ],
)
def test_a_random_proposer_divides_as_baron_and_ferejohn_say(
    n: int, quota: int | None, discount: float, proposer: float, partner: float, sizes: list[int]
) -> None:
    names = [f"p{k}" for k in range(n)]
    talks = {} if quota is None else {"quota": quota}
    scenario = slices(names, discount, sizes, **talks)
    step = 1 / sum(sizes)
    for seed in range(3):
        share, outcome = shares(scenario, seed)
        drawn = next(event.party for event in outcome.trace if event.kind == "offer")
        assert outcome.rounds == 1
        # Each partner must get its due in whole steps; the proposer pays the rounding.
        needed = (quota or n) - 1
        assert share[drawn] == pytest.approx(proposer, abs=needed * step + 1e-9)
        paid = sorted((value for party, value in share.items() if party != drawn), reverse=True)
        assert paid[:needed] == pytest.approx([partner] * needed, abs=step + 1e-9)


@pytest.mark.parametrize(
    ("n", "quota", "veto_value", "other_value", "sizes"),
    # Stationary equations with one veto player (Winter 1996 for the limit): v = (1 − k)/(n − δ(n − 1) − k).
    [
        (3, 2, 0.73333333, 0.13333333, [1, 2, 4, 8, 16, 32, 64]),
        (5, 3, 0.57894737, 0.10526316, [3, 3, 6, 6, 12, 12, 21]),
    ],
)
def test_one_veto_gets_what_the_stationary_equations_say(
    n: int, quota: int, veto_value: float, other_value: float, sizes: list[int]
) -> None:
    names = [f"p{k}" for k in range(n)]
    scenario = slices(names, 0.9, sizes, quota=quota, veto=["p0"])
    got: dict[str, list[float]] = {}
    for seed in range(30):
        share, outcome = shares(scenario, seed)
        drawn = next(event.party for event in outcome.trace if event.kind == "offer")
        got.setdefault(drawn, []).append(share["p0"])
    assert set(got) == set(names)
    # The value before anyone is drawn: each is drawn with the same probability.
    value = float(np.mean([np.mean(row) for row in got.values()]))
    step = 1 / sum(sizes)
    # Rounding up what n − 1 partners must get compounds over rounds: at most step/(1 − δ) each way.
    assert value == pytest.approx(veto_value, abs=step / (1 - 0.9) / 2)
    assert (1 - value) / (n - 1) == pytest.approx(other_value, abs=step / (1 - 0.9) / 2)


def _curve(steps: int, discount: float, turns: int, **negotiation) -> sim.Scenario:
    """One issue with u1 = √x and u2 = 1 − x: Nash's product is largest at x = 1/3."""
    grid = [k / steps for k in range(steps + 1)]
    options = {f"{k:03d}": "" for k in range(steps + 1)}
    parties = {}
    for name, values in (("a", [x**0.5 for x in grid]), ("b", [1 - x for x in grid])):
        parties[name] = {
            "title": name,
            "salience": {"x": 1.0},
            "utility": {"x": dict(zip(options, values, strict=True))},
            "no_deal": {"reservation": 0.0},
            **impatience(annual_rate(discount, turns)),
            "strategy": {"name": "rational"},
        }
    text = {"schema": 1, "name": "c", "title": "c", "as_of": "1986", "parties": parties}
    text |= {"issues": {"x": {"title": "x", "options": options}}}
    return sim.scenario_from_text(json.dumps({**text, "negotiation": {"information": "complete", **negotiation}}))


def _stationary(protocol: str, discount: float) -> tuple[float, float]:
    """What a and b offer a in stationary equilibrium, on the continuum: u_a = √x, u_b = 1 − x."""
    x_a, x_b = 1.0, 0.0
    for _ in range(20_000):
        if protocol == "alternating_offers":
            going_on_a, going_on_b = x_a**0.5, 1 - x_b
        else:
            going_on_a, going_on_b = (x_a**0.5 + x_b**0.5) / 2, 1 - (x_a + x_b) / 2
        x_a, x_b = 1 - discount * going_on_b, (discount * going_on_a) ** 2
    return x_a, x_b


@pytest.mark.parametrize(
    ("protocol", "turns", "discounts"),
    # One issue has few options: beyond these δ the grid is too coarse. test_patient_parties.py goes on to .999.
    [("alternating_offers", 2, (0.5, 0.8, 0.9, 0.95)), ("random_proposer", 1, (0.5, 0.7, 0.8, 0.9))],
    ids=["alternating", "random"],
)
def test_patient_parties_come_to_nashs_solution(protocol: str, turns: int, discounts: tuple[float, ...]) -> None:
    # Binmore, Rubinstein & Wolinsky 1986: as δ → 1 the division tends to Nash's solution, x = 1/3.
    away = []
    for discount in discounts:
        found = []
        for opener, expected in zip(("a", "b"), _stationary(protocol, discount), strict=True):
            scenario = _curve(120, discount, turns, protocol=protocol, deadline=200, opener=opener)
            share, _ = shares(scenario)
            found.append(share["a"] ** 2)
            # Three steps of the grid of 1/120: demands are rounded up in every round.
            assert found[-1] == pytest.approx(expected, abs=3 / 120)
        away.append(max(abs(x - 1 / 3) for x in found))
    assert away == sorted(away, reverse=True)
    assert abs(np.mean(found) - 1 / 3) < 3 / 120


@pytest.mark.parametrize(
    ("p", "cost", "most", "demand", "war"), [(0.5, 0.1, 0.5, 0.7, 0.4), (0.4, 0.2, 0.3, 0.45, 1 / 6)]
)
def test_a_take_it_or_leave_it_offer_trades_risk_against_return(
    p: float, cost: float, most: float, demand: float, war: float
) -> None:
    # Fearon 1995; Powell 1999: against costs uniform on [0, C], A asks for p + (C − c)/2 and war comes with
    # probability (C − c)/(2C). B's cost is its private type; A knows its range alone.
    scenario = pie(
        ["a", "b"],
        discount=[0.999, 0.999],
        outside=[p - cost, 0.0],
        digits=3,
        protocol="alternating_offers",
        deadline=1,
    )
    data = json.loads(json.dumps(scenario.data))
    data["negotiation"] |= {"information": "private", "opener": "a"}
    data["parties"]["a"]["strategy"] = {"name": "belief-based"}
    data["parties"]["b"]["strategy"] = {"name": "boulware"}
    high = 1 - p
    data["parties"]["b"]["no_deal"]["reservation"] = {
        "value": high - most / 2,
        "low": high - most,
        "high": high,
        "dist": "uniform",
    }
    scenario = sim.scenario_from_text(json.dumps(data))
    asked, refused = set(), 0
    runs = 400
    for index in range(runs):
        terms = Terms.of(sim.draw_world(scenario, 0, index))
        outcome = negotiate(terms, 0, trace=True)
        offer = next(e.agreement for e in outcome.trace if e.kind == "offer" and e.party == "a")
        asked.add(int(terms.payoffs.utility[offer, 0]))
        refused += outcome.agreement is None
    assert len(asked) == 1, "the offer depends on nothing private to B"
    # The grid of reservation values has 25 steps: C/25, and the grid of the pie.
    assert asked.pop() / SCALE == pytest.approx(demand, abs=most / 25)
    # Three standard errors of 400 runs, and the step of the demand.
    assert refused / runs == pytest.approx(war, abs=3 * (war * (1 - war) / runs) ** 0.5 + 1 / 25)


def test_rational_play_needs_complete_information() -> None:
    scenario = pie(["a", "b"], discount=[0.9, 0.9], outside=[0.0, 0.0], protocol="alternating_offers")
    with pytest.raises(sim.SimError, match="information: complete"):
        sim.with_settings(scenario, {"negotiation.information": "private"})
