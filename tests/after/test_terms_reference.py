"""Terms against a naive reading of the scenario, one agreement and one party at a time, in plain Python."""

from __future__ import annotations

import math
from itertools import product

import numpy as np
import pytest

import sim
from sim.after.terms import Terms
from sim.agreements.payoffs import SCALE
from sim.domain.scenario import Scenario
from sim.domain.world import World

BERLIN = "scenarios/berlin-2025/scenario.yaml"


class Naive:
    """One agreement, read straight from the scenario's tables."""

    def __init__(self, terms: Terms, agreement: int) -> None:
        self.terms, self.world, self.a = terms, terms.world, agreement
        self.options = terms.space.agreement(agreement)
        self.spec = terms.scenario.compliance

    def table(self, path: str, table: dict, neutral: float) -> list[float]:
        return [
            self.world.value(f"{path}.{k}.{o}") if o in table.get(k, {}) else neutral for k, o in self.options.items()
        ]

    def lag(self) -> float:
        path, lag = "compliance.response_lag", self.spec.response_lag
        months = self.world.value(f"{path}.always") + sum(self.table(f"{path}.months", lag.months, 0))
        return months * math.prod(self.table(f"{path}.factor", lag.factor, 1)) + sum(
            self.table(f"{path}.decision", lag.decision, 0)
        )

    def war(self, party: str, role: str, *, answered: bool) -> float:
        at, after = f"parties.{party}.after", self.terms.scenario.parties[party].after
        level = float(self.terms.payoffs.reservation[self.terms.payoffs.column(party)]) / SCALE
        level += sum(self.table(f"{at}.shift", after.shift, 0)) + self.world.value(f"{at}.respite")
        won = {p: self.lag() * self.world.value(f"parties.{p}.after.fait_accompli_per_month") for p in self.parties}
        others = [won[p] for p in self.spec.violators if p != party]
        if role == "violator":
            level += won[party]
        elif party in {*self.spec.violators, *self.spec.protected} and others:
            level -= max(others)
        if answered:
            level += sum(self.table(f"{at}.response.{role}", getattr(after.response, role), 0))
            level += self.world.value(f"{at}.response.{role}_always")
        return level

    @property
    def parties(self) -> tuple[str, ...]:
        return self.terms.parties

    def assumed(self, party: str) -> float:
        path, spec = "compliance.reliability", self.spec.reliability
        q = sum(self.table(f"{path}.probability", spec.probability, 0))
        if spec.factor and all(self.options[k] in row for k, row in spec.factor_when.items()):
            q *= math.prod(self.table(f"{path}.factor", spec.factor, 1))
        given = self.terms.scenario.parties[party].after.response_probability
        return min(q, spec.cap) if given is None else self.world.value(f"parties.{party}.after.response_probability")

    def breach(self, party: str) -> tuple[int, int]:
        """The worth of the best of the agreement and the party's own violations, and where it leads."""
        payoffs = self.terms.payoffs
        column, best, goal = payoffs.column(party), int(payoffs.utility[self.a, payoffs.column(party)]), self.a
        moves = [(k, m) for k, m in self.terms.scenario.moves() if m.parties == [party]]
        by_issue: dict[str, list] = {}
        for issue, move in moves:
            if self.options[issue] == move.from_ and all(self.options[k] in row for k, row in move.when.items()):
                by_issue.setdefault(issue, []).append(move)
        for chosen in product(*[[None, *row] for row in by_issue.values()]):
            changes = {k: m for k, m in zip(by_issue, chosen, strict=True) if m is not None}
            if not any(m.kind == "breach" for m in changes.values()):
                continue
            try:
                end = payoffs.space.index_of({**self.options, **{k: m.to for k, m in changes.items()}})
            except sim.SimError:
                continue
            worth = int(payoffs.utility[end, column])
            if worth > best or (worth == best and goal != self.a and end < goal):
                best, goal = worth, end
        return best, goal

    def ratify(self, party: str) -> float:
        at, spec = f"parties.{party}.ratification", self.terms.scenario.parties[party].ratification
        chance = min([self.world.value(f"{at}.always"), *self.table(f"{at}.probability", spec.probability, 1)])
        if spec.logistic is not None:
            parts = spec.logistic.parts
            known = {n: self.world.value(f"{at}.logistic.parts.{n}.share") for n, p in parts.items() if p.share}
            bundle = 0.0
            for name, part in parts.items():
                value = sum(self.table(f"{at}.logistic.parts.{name}.table", part.table, 0))
                value = value if part.cap is None else min(value, part.cap)
                bundle += known.get(name, 1 - sum(known.values())) * value
            logit = self.world.value(f"{at}.logistic.intercept") + self.world.value(f"{at}.logistic.total") * bundle
            share = 1 / (1 + math.exp(-logit))
            if spec.vote_noise is not None:
                noise = self.world.value(f"{at}.vote_noise")
                share = 0.5 * (1 + math.erf((share - 0.5) / noise / math.sqrt(2)))
            chance = min(chance, share)
        return chance

    def hazard(self) -> float:
        structure, spec = self.spec.structure, self.spec.hazard
        ratio = math.prod(self.table(f"compliance.hazard.ratio.{structure}", spec.ratio.get(structure, {}), 1))
        if structure in spec.floor:
            ratio = max(ratio, self.world.value(f"compliance.hazard.floor.{structure}"))
        return self.world.value(f"compliance.hazard.baseline.{structure}") / 12 * ratio


def _worlds(scenario: Scenario) -> list[World]:
    return [sim.central_world(scenario), sim.draw_world(scenario, 11, 0), sim.draw_world(scenario, 11, 1)]


@pytest.fixture(scope="module", params=["fortna", "lo-hashimoto-reiter"])
def berlin(request: pytest.FixtureRequest) -> Scenario:
    return sim.read_scenario(BERLIN, [f"compliance.structure={request.param}"])


def test_every_column_equals_a_naive_reading(berlin: Scenario) -> None:
    for n, world in enumerate(_worlds(berlin)):
        terms = Terms.of(world)
        rows = np.random.default_rng(n).choice(terms.space.n_agreements, 12, replace=False)
        for a in rows.tolist():
            naive = Naive(terms, a)
            assert terms.lag[a] == pytest.approx(naive.lag(), abs=1e-12)
            assert terms.monthly_hazard[a] == pytest.approx(naive.hazard(), abs=1e-12)
            for i, party in enumerate(terms.parties):
                for role, answered, column in (
                    ("violator", False, terms.war_unanswered),
                    ("violator", True, terms.war_answered),
                    ("victim", False, terms.war_unanswered_as_victim),
                    ("victim", True, terms.war_answered_as_victim),
                ):
                    assert column[a, i] / SCALE == pytest.approx(naive.war(party, role, answered=answered), abs=2e-9)
                assert terms.reliability_assumed[a, i] == pytest.approx(naive.assumed(party), abs=1e-12)
                assert terms.ratification[a, i] == pytest.approx(naive.ratify(party), abs=1e-12)
                surprise = world.value(f"parties.{party}.after.surprise_gain")
                assert terms.lag_level[a, i] == pytest.approx(naive.breach(party)[0] + surprise * SCALE, abs=1)


def test_the_worth_of_breaking_and_the_critical_reliability_follow_the_formulas() -> None:
    terms = Terms.of(sim.draw_world(sim.read_scenario(BERLIN), 3, 0))
    for a in np.random.default_rng(0).choice(terms.space.n_agreements, 30, replace=False).tolist():
        for i, party in enumerate(terms.parties):
            rate = terms.world.value(f"parties.{party}.discount_rate")
            late = (1 + rate) ** (-terms.lag[a] / 12)
            g, n, r = (float(x[a, i]) for x in (terms.lag_level, terms.war_unanswered, terms.war_answered))
            u = float(terms.payoffs.utility[a, i])
            for q in (0.0, 0.37, 1.0):
                assert terms.value_of_defection(q)[a, i] == pytest.approx(
                    (1 - late) * g + late * (q * r + (1 - q) * n), abs=2
                )
            if terms.violators[a, i] and r < n:
                q_star = ((1 - late) * g + late * n - u) / (late * (n - r))
                assert terms.critical_reliability[a, i] == pytest.approx(q_star, abs=1e-9)
            else:
                assert np.isnan(terms.critical_reliability[a, i])


def test_a_violator_keeps_an_agreement_from_its_critical_reliability_on() -> None:
    terms = Terms.of(sim.read_scenario(BERLIN, ["parties.russia.no_deal.reservation=0.5"]))
    russia = terms.payoffs.column("russia")
    q = terms.critical_reliability[:, russia]
    inside = np.flatnonzero((q > 0.001) & (q < 0.999))
    assert len(inside) > 1000
    above, below = np.full(len(q), np.nan), np.full(len(q), np.nan)
    above[inside], below[inside] = q[inside] + 1e-6, q[inside] - 1e-6
    assert not terms.defects(np.nan_to_num(above)[:, None])[inside, russia].any()
    assert terms.defects(np.nan_to_num(below)[:, None])[inside, russia].all()


def test_anticipated_worth_equals_a_naive_reading() -> None:
    scenario = sim.read_scenario(BERLIN, ["compliance.anticipation=subgame-perfect"])
    both = 0
    for world in (sim.central_world(scenario), sim.draw_world(scenario, 5, 2), sim.draw_world(scenario, 5, 7)):
        terms = Terms.of(world)
        u = terms.payoffs.utility
        breaks = terms.defects(terms.reliability)
        double = np.flatnonzero(breaks.sum(axis=1) > 1)[:5].tolist()
        both += len(double)
        rows = np.random.default_rng(1).choice(terms.space.n_agreements, 25, replace=False).tolist() + double
        betrayal = terms.value_of_defection(terms.reliability)
        for a in rows:
            naive = Naive(terms, a)
            for i, party in enumerate(terms.parties):
                blows = []
                for j in np.flatnonzero(breaks[a]).tolist():
                    if j == i:
                        continue
                    level = float(u[naive.breach(terms.parties[j])[1], i])
                    late = terms.monthly_discount[i] ** terms.lag[a]
                    q = terms.reliability[a, j]
                    war = q * terms.war_answered_as_victim[a, i] + (1 - q) * terms.war_unanswered_as_victim[a, i]
                    blows.append((1 - late) * level + late * war)
                if breaks[a, i]:
                    expected = min([float(betrayal[a, i]), *blows])
                elif blows:
                    expected = min(blows)
                else:
                    expected = float(u[a, i])
                assert terms.anticipated[a, i] == pytest.approx(expected, abs=2), (party, a)
    assert both > 0, "no agreement that two would break was looked at"


def test_anticipation_none_leaves_utility_as_it_is() -> None:
    terms = Terms.of(sim.read_scenario(BERLIN))
    assert terms.payoffs.foreseen is terms.payoffs.utility
    assert (terms.payoffs.worth + terms.payoffs.audience_cost == terms.payoffs.utility).all()


COLUMNS = [
    "lag",
    "lag_discount",
    "lag_level",
    "war",
    "war_answered",
    "war_unanswered",
    "war_answered_as_victim",
    "war_unanswered_as_victim",
    "reliability",
    "reliability_assumed",
    "reliability_derived",
    "anticipated",
    "monthly_hazard",
    "hazard_ratio",
    "ratification",
    "natural",
    "violators",
    "answered",
    "returns",
    "critical_reliability",
]


def test_the_terms_of_a_few_agreements_equal_those_rows_of_the_whole_table() -> None:
    terms = Terms.of(sim.draw_world(sim.read_scenario(BERLIN), 9, 4))
    rows = np.array([40_000, 3, 17_171, 46_287])
    few = terms.at(rows)
    for name in COLUMNS:
        np.testing.assert_array_equal(getattr(few, name), getattr(terms, name)[rows], err_msg=name)
    with pytest.raises(sim.SimError, match="whole table"):
        few.at(0)


def test_the_deterrence_effect_scales_what_a_violator_reckons_with() -> None:
    berlin = sim.read_scenario(BERLIN)
    full = Terms.of(berlin)
    none = Terms.of(sim.with_settings(berlin, {"compliance.deterrence.effect": 0}))
    twice = Terms.of(sim.with_settings(berlin, {"compliance.deterrence.effect": 2}))
    assert (none.reliability == 0).all()
    assert np.allclose(twice.reliability, np.minimum(2 * full.reliability, 1))
    # With no deterrence nobody who would break it otherwise is held back.
    assert (full.defects(full.reliability) <= none.defects(none.reliability)).all()


def test_a_pact_multiplies_the_hazard_where_it_stands_and_nowhere_else() -> None:
    berlin = sim.read_scenario(BERLIN, ["compliance.structure=lo-hashimoto-reiter"])
    pact = {"compliance.deterrence.pact": {"security_framework": ["nato_membership"]}}
    for ratio in (0.4, 1.2):
        terms = Terms.of(sim.with_settings(berlin, {**pact, "compliance.deterrence.ratio": ratio}))
        holds = terms.space.has("security_framework", "nato_membership")
        assert np.allclose(terms.monthly_hazard[holds], 0.06 / 12 * ratio)
        assert np.allclose(terms.monthly_hazard[~holds], 0.06 / 12)


def test_the_hazard_is_front_loaded_and_larger_for_an_imposed_agreement() -> None:
    terms = Terms.of(sim.read_scenario(BERLIN)).at([0, 1])
    monthly = terms.hazard_by_month(24, np.array([True, False]))
    assert monthly[:6, 0] == pytest.approx(3 * terms.monthly_hazard[0])
    assert monthly[6:, 0] == pytest.approx(terms.monthly_hazard[0])
    assert monthly[:, 1] / terms.monthly_hazard[1] == pytest.approx(1.7 * monthly[:, 0] / terms.monthly_hazard[0])


def test_power_drifts_as_far_as_the_end_states_of_war_lie_apart() -> None:
    terms = Terms.of(sim.read_scenario(BERLIN))
    states = [terms.space.index_of(s.agreement) for s in terms.scenario.no_deal.end_states.values()]
    for party, sign in (("russia", 1), ("ukraine", -1)):
        i = terms.payoffs.column(party)
        stake = np.ptp(terms.payoffs.utility[states, i]) / SCALE
        assert terms.power.gained(1.0)[0, i] / SCALE == pytest.approx(sign * (1 - 0.2) * 0.03 * stake)
        # However long peace lasts, a chance is at most one.
        lacking = 1 - terms.world.value("compliance.power_shift.probability")
        assert terms.power.gained(1e6)[0, i] / SCALE == pytest.approx(sign * (1 - 0.2) * lacking * stake)
    others = [i for i, p in enumerate(terms.parties) if p not in ("russia", "ukraine")]
    assert not terms.power.gained(1.0)[:, others].any()
