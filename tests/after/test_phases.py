"""Terms delivered in steps: what a tranche is worth, when it is kept, and that the agents play what is reckoned."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import sim
from sim.after.formulas import whole_months
from sim.after.terms import Terms
from sim.agreements.payoffs import SCALE
from sim.compliance.conditions import Conditions
from sim.compliance.model import AftermathModel, aftermath, aftermaths
from tests.compliance.aftermath_scenarios import at, two_sides
from tests.compliance.test_value_of_defection import compare_histories

IN_STEPS = "scenarios/berlin-2025-variants/in-steps.yaml"

#: P, R and T are what row has without cooperation, under it, and by taking without giving.
DILEMMA = """
schema: 1
name: dilemma
title: A repeated prisoner's dilemma in parts
as_of: "2025"
issues:
  play:
    title: Play
    options:
      none: Nothing is exchanged
      both: {{title: Both, definition: Both give, phases: {{tranches: {n}, from: {begin}, months: {months}}}}}
      ready: Ready to exchange, worth as much as exchanging
      takes: Row takes and gives nothing
    moves: [{{party: row, from: both, to: takes, kind: breach}}]
parties:
  row:
    title: Row
    salience: {{play: 1}}
    utility: {{play: {{none: {P}, both: {R}, ready: {R}, takes: {T}}}}}
    no_deal: {{reservation: {P}}}
    discount_rate: {rate}
  column:
    title: Column
    salience: {{play: 1}}
    utility: {{play: {{none: {P}, both: {R}, ready: {R}, takes: 0}}}}
    no_deal: {{reservation: {P}}}
negotiation: {{protocol: single_text, deadline: 10}}
compliance:
  months: 40
  violators: [row]
  response_lag: {{always: 1}}
  reliability: {{probability: {{play: {{both: 1}}}}}}
  {repair}
"""


def dilemma(
    n: int, delta: float, *, repair: bool, begin: str = "ready", months: int = 1, payoffs: tuple = (0.5, 0.3, 0.1)
) -> Terms:
    t, r, p = payoffs
    kept = "repair: {months: 1}" if repair else ""
    text = DILEMMA.format(n=n, begin=begin, months=months, rate=delta**-12 - 1, T=t, R=r, P=p, repair=kept)
    return Terms.of(sim.scenario_from_text(text))


def breaks(terms: Terms) -> bool:
    both = at(terms, play="both")
    found = bool(terms.defects(1.0)[both, terms.payoffs.column("row")])
    assert (aftermath(terms, both, seed=0).first is not None) == found, "the agents play what is reckoned"
    return found


@pytest.mark.parametrize("n", [1, 2, 4, 8])
def test_the_gain_from_defecting_is_one_nth_of_the_whole(n: int) -> None:
    terms = dilemma(n, 0.9, repair=False)
    both, row = at(terms, play="both"), terms.payoffs.column("row")
    for step, place in Conditions.of(terms, both).steps:
        gain = step.lag_level[place, row] - step.level[place, row]
        assert gain == pytest.approx((0.5 - 0.3) / n * SCALE, abs=1)


@pytest.mark.parametrize("n", [1, 2, 4, 8])
@pytest.mark.parametrize("repair", [False, True])
def test_the_dilemma_flips_at_its_threshold(n: int, repair: bool) -> None:
    t, r, p = 0.9, 0.3, 0.1
    gain = (t - r) / n
    # One period of war and a return: (T − R)/n ≤ δ(R − P); war for good: (T − R)/n (1 − δ) ≤ δ(R − P).
    threshold = gain / (r - p) if repair else gain / (gain + r - p)
    payoffs = (t, r, p)
    if threshold < 1:
        assert not breaks(dilemma(n, threshold + 1e-6, repair=repair, payoffs=payoffs))
    assert breaks(dilemma(n, min(threshold, 1) - 1e-6, repair=repair, payoffs=payoffs))


@pytest.mark.parametrize("months", [1, 6, 36])
@pytest.mark.parametrize("n", [2, 4])
def test_a_dilemma_that_begins_from_nothing_is_kept_iff_every_step_is(n: int, months: int) -> None:
    # (1 + δ) K ≥ u + (T − R)/n + δP in the first and the last month of each step, K worked out from the last part.
    t, r, p = 0.4, 0.3, 0.1
    found = set()
    for delta in np.linspace(0.2, 0.95, 16):
        levels = [p + (r - p) * j / n for j in range(1, n + 1)]
        kept, holds = r, (1 + delta) * r >= r + (t - r) / n + delta * p
        for level in reversed(levels[:-1]):
            then = kept
            kept = (1 - delta**months) * level + delta**months * then
            # A violation sends it back to the beginning of the step: what returns is K of its first month.
            for worth in (kept, (1 - delta) * level + delta * then):
                war = delta * ((1 - delta) * p + delta * kept)
                holds &= worth >= (1 - delta) * (level + (t - r) / n) + war - 1e-12
        terms = dilemma(n, float(delta), repair=True, begin="none", months=months, payoffs=(t, r, p))
        assert breaks(terms) is not bool(holds)
        found.add(bool(holds))
    assert found == {True, False}


@given(
    st.floats(0.2, 0.95),
    st.integers(1, 6),
    st.integers(2, 4),
    st.integers(1, 12),
    st.booleans(),
    st.tuples(st.floats(0.55, 1), st.floats(0.3, 0.5), st.floats(0, 0.25)),
)
@settings(max_examples=40, deadline=None)
def test_more_phases_never_raise_the_gain_nor_the_critical_reliability_of_who_is_given(
    delta: float, n: int, more: int, months: int, repair: bool, payoffs: tuple[float, float, float]
) -> None:
    few, many = (dilemma(k, delta, repair=repair, months=months, payoffs=payoffs) for k in (n, n * more))
    both, row = at(few, play="both"), few.payoffs.column("row")
    gains = [terms.lag_level[both, row] - terms.payoffs.utility[both, row] for terms in (few, many)]
    assert gains[1] <= gains[0]
    assert many.defects(1.0)[both, row] <= few.defects(1.0)[both, row]


def test_slow_phases_can_break_what_is_kept_at_once() -> None:
    # Not every agreement gains: who prefers war to the beginning does not wait for the last part.
    quick, slow = (
        two_sides(**{"issues.line.options.hold.phases": {"tranches": 4, "from": "yield", "months": m}, **DEAR})
        for m in (1, 120)
    )
    at_once = Terms.of(two_sides(**DEAR))
    a, fox = at(at_once, line="hold", pact="none"), at_once.payoffs.column("fox")
    assert not at_once.defects(1.0)[a, fox] and not Terms.of(quick).defects(1.0)[a, fox]
    assert Terms.of(slow).defects(1.0)[a, fox]
    assert not aftermath(Terms.of(quick), a, seed=0).ended
    first = aftermath(Terms.of(slow), a, seed=0).first
    assert first is not None and first.violator == "fox"


DEAR = {
    "compliance.violators": ["fox"],
    "compliance.protected": [],
    "parties.fox.no_deal.reservation": 0.55,
    "parties.fox.after": {},
    "compliance.guarantees": {"members": []},
    "compliance.reliability": {},
    "compliance.response_lag": {"always": 1},
}


def in_parts(n: int, months: float, **more: object) -> sim.Scenario:
    return two_sides(
        **{
            "issues.line.options.yield.phases": {"tranches": n, "from": "hold", "months": months},
            "parties.bear.after.shift": {"line": {"yield": 0.24}},
            **more,
        }
    )


@pytest.mark.parametrize("n", [2, 3, 6])
def test_each_part_adds_the_same_to_what_breaking_is_worth(n: int) -> None:
    # V^D is linear in u, g, shift and response, and nothing returns: V_j − V_(j−1) = (V_n − V_1)/(n − 1) = S/n.
    terms = Terms.of(in_parts(n, 4, **{"compliance.repair": None}))
    a, bear = at(terms, line="yield", pact="pact"), terms.payoffs.column("bear")
    worth = [int(step._breaking(0.4)[row, bear]) for step, row in Conditions.of(terms, a).steps]
    whole = 0.8 - 0.5, 0.24
    late = float(terms.lag_discount[a, bear])
    assert np.diff(worth) == pytest.approx(((1 - late) * whole[0] + late * whole[1]) / n * SCALE, abs=2)


def test_one_part_is_delivery_at_once() -> None:
    plain, one = (
        Terms.of(two_sides()),
        Terms.of(two_sides(**{"issues.line.options.yield.phases": {"tranches": 1, "from": "hold", "months": 9}})),
    )
    for name in ("lag_level", "war_answered", "answered", "returns", "critical_reliability", "anticipated"):
        np.testing.assert_array_equal(getattr(plain, name), getattr(one, name), err_msg=name)
    assert one.steps == ()
    assert aftermaths(plain, 2, seed=4, runs=30) == aftermaths(one, 2, seed=4, runs=30)


# --- an independent reading ---------------------------------------------------------------------------


class Naive:
    """One agreement and one violator, month by month, straight from the scenario's tables."""

    def __init__(self, terms: Terms, agreement: int, party: str, q: float) -> None:
        self.terms, self.world, self.q, self.party = terms, terms.world, q, party
        self.options, self.a, self.i = terms.space.agreement(agreement), agreement, terms.payoffs.column(party)
        self.month = (1 + self.world.value(f"parties.{party}.discount_rate")) ** (-1 / 12)
        self.phases = {
            issue: terms.scenario.issues[issue].options[option].phases
            for issue, option in self.options.items()
            if terms.scenario.issues[issue].options[option].phases is not None
        }

    def share(self, issue: str, kept: int) -> float:
        phases = self.phases[issue]
        months = int(whole_months(self.world.value(f"issues.{issue}.options.{self.options[issue]}.phases.months")))
        return min(1 + kept // months, phases.tranches) / phases.tranches

    @property
    def last(self) -> int:
        return next(k for k in range(2000) if all(self.share(issue, k) == 1 for issue in self.phases))

    def lacks(self, path: str, kept: int, weight: str = "") -> float:
        """How far a table still is from the whole; its numbers are weighed by a normalised salience where asked."""
        total = 0.0
        for issue, phases in self.phases.items():
            before, whole = (self._or_zero(f"{path}.{issue}.{o}") for o in (phases.from_, self.options[issue]))
            change = before - whole
            if weight:
                saliences = [self.world.value(f"{weight}.{k}") for k in self.options]
                change *= self.world.value(f"{weight}.{issue}") / sum(saliences)
            total += (1 - self.share(issue, kept)) * change
        return total

    def _or_zero(self, path: str) -> float:
        return self.world.value(path) if path in self.terms.scenario.numbers.index else 0.0

    def u(self, kept: int, party: str | None = None) -> float:
        who = party or self.party
        whole = self.terms.payoffs.utility[self.a, self.terms.payoffs.column(who)] / SCALE
        return float(whole) + self.lacks(f"parties.{who}.utility", kept, f"parties.{who}.salience")

    def war(self, table: np.ndarray, kept: int, role: str, party: str | None = None, *, answered: bool) -> float:
        who = party or self.party
        level = float(table[self.a, self.terms.payoffs.column(who)]) / SCALE
        level += self.lacks(f"parties.{who}.after.shift", kept)
        return level + (self.lacks(f"parties.{who}.after.response.{role}", kept) if answered else 0.0)

    def keep(self, kept: int, party: str | None = None) -> float:
        who = party or self.party
        month = (1 + self.world.value(f"parties.{who}.discount_rate")) ** (-1 / 12)
        worth = self.u(self.last, who)
        for k in range(self.last - 1, kept - 1, -1):
            worth = (1 - month) * self.u(k, who) + month * worth
        return worth

    def begins(self, kept: int) -> int:
        while kept and all(self.share(issue, kept) == self.share(issue, kept - 1) for issue in self.phases):
            kept -= 1
        return kept

    def breaking(self, kept: int) -> float:
        terms, cell = self.terms, (self.a, self.i)
        again = self.keep(self.begins(kept))
        lag = self.month ** float(terms.lag[self.a])
        war = self.war(terms.war_answered, kept, "violator", answered=True)
        spec, after = terms.scenario.compliance, war
        if spec.repair is not None:
            others = [p for p in {*spec.violators, *spec.protected} if p != self.party]
            cost, late = self.world.value("compliance.repair.cost"), self.world.value("compliance.repair.months")
            content = all(
                self.keep(self.begins(kept), p)
                >= self.war(terms.war_answered_as_victim, kept, "victim", p, answered=True) - 2e-9
                for p in others
            )
            if content and again - cost >= war:
                late = self.month**late
                after = (1 - late) * war + late * (again - cost)
        alone = self.war(terms.war_unanswered, kept, "violator", answered=False)
        gain = float(terms.lag_level[cell] - terms.payoffs.utility[cell]) / SCALE
        return (1 - lag) * (self.u(kept) + gain) + lag * (self.q * after + (1 - self.q) * alone)

    def margin(self) -> float:
        return min(self.keep(k) - self.breaking(k) for k in range(self.last + 1))


@pytest.mark.parametrize("world", [None, 0, 1])
def test_the_margin_in_berlin_equals_a_naive_reading_month_by_month(world: int | None) -> None:
    scenario = sim.read_scenario(IN_STEPS, ["parties.russia.no_deal.reservation=0.5"])
    drawn = sim.central_world(scenario) if world is None else sim.draw_world(scenario, 7, world)
    terms = Terms.of(drawn)
    rows = np.random.default_rng(0).choice(terms.calendar.rows, 12, replace=False)
    looked, parted = 0, set()
    for q in (0.2, 0.9):
        keeps, breaking, _ = terms.weighed(q)
        for a in rows.tolist():
            for column in np.flatnonzero(terms.violators[a]).tolist():
                naive = Naive(terms, a, terms.parties[column], q)
                margin = (keeps[a, column] - breaking[a, column]) / SCALE
                assert margin == pytest.approx(naive.margin(), abs=1e-8)
                looked += 1
                parted.add(margin >= 0)
    assert looked == 48 and parted == {True, False}


def test_a_violator_keeps_terms_in_steps_from_its_critical_reliability_on() -> None:
    terms = Terms.of(sim.read_scenario(IN_STEPS, ["parties.russia.no_deal.reservation=0.5"]))
    russia = terms.payoffs.column("russia")
    low, high = (bound[:, russia] for bound in terms.reliability_interval)
    phased = np.zeros(len(low), dtype=bool)
    phased[terms.calendar.rows] = True
    inside = np.flatnonzero(phased & (low > 0.001) & (low < 0.999) & (high == 1))
    assert len(inside) > 100
    above, below = np.zeros(len(low)), np.zeros(len(low))
    above[inside], below[inside] = low[inside] + 1e-6, low[inside] - 1e-6
    assert not terms.defects(above[:, None])[inside, russia].any()
    assert terms.defects(below[:, None])[inside, russia].all()


def test_the_terms_of_a_few_agreements_in_steps_equal_those_rows_of_the_whole() -> None:
    scenario = sim.read_scenario(IN_STEPS, ["compliance.anticipation=subgame-perfect"])
    terms = Terms.of(sim.draw_world(scenario, 2, 1))
    rows = np.concatenate([terms.calendar.rows[[5, 999, 20_000]], [0]])
    few = terms.at(rows)
    for name in ("critical_reliability", "anticipated", "lag_level", "returns"):
        np.testing.assert_array_equal(getattr(few, name), getattr(terms, name)[rows], err_msg=name)
    for one, other in zip(few.weighed(0.6), terms.weighed(0.6), strict=True):
        np.testing.assert_array_equal(one, other[rows])


def test_histories_in_steps_that_begin_with_a_violation_are_worth_what_the_recursion_says() -> None:
    scenario = sim.read_scenario(IN_STEPS)
    worlds = [sim.central_world(scenario), *(sim.draw_world(scenario, 3, index) for index in range(4))]
    rng = np.random.default_rng(2)
    chosen = []
    for world in worlds:
        terms = Terms.of(world)
        rows = terms.calendar.rows
        back = rows[terms.steps[0].returns.any(axis=1)]
        chosen.append([*rng.choice(back, min(4, len(back)), replace=False), *rng.choice(rows, 3, replace=False)])
    compared, risky, repaired = compare_histories(worlds, chosen)
    assert compared >= 40 and risky > 20 and repaired > 0


def test_a_part_is_released_only_if_the_last_was_kept() -> None:
    scenario = in_parts(3, 5, **{"compliance.repair": {"months": 2}, "compliance.violators": []})
    terms = Terms.of(sim.with_settings(scenario, {"compliance.violators": ["bear"]}))
    a = at(terms, line="yield", pact="pact")
    model = AftermathModel(terms, a, rng=1)
    violator, released, first = model.belligerents[0], [], 3
    assert model.conditions.lengths == (5, 5)
    storm = np.full(len(violator.shock), -(10**12))
    storm[first - 1] = 10**12
    violator.shock = storm
    model.conditions.returns[:] = True
    for place in model.guarantors:
        place.stake = 10.0
    while model.month < 40:
        model.step()
        released.append(model.n_released)
    (violation,) = model.violations
    assert violation.month == first
    assert violation.repaired
    # Three months of lag and two of repair: the first step begins again in month 8, the second part comes in 13.
    assert released[:12] == [1] * 12 and released[12:17] == [2] * 5 and set(released[17:]) == {3}


def test_faults_are_told_with_what_to_write() -> None:
    for phases, message in (
        ({"tranches": 0, "from": "hold", "months": 3}, "1"),
        ({"tranches": 2, "from": "hld", "months": 3}, "did you mean 'hold'"),
        ({"tranches": 2, "from": "yield", "months": 3}, "delivered from another one"),
        ({"tranches": 2, "from": "hold", "months": -1}, "must be at least 0"),
        ({"tranches": 2, "from": "hold"}, "required"),
    ):
        with pytest.raises(sim.SimError, match="phases") as told:
            two_sides(**{"issues.line.options.yield.phases": phases})
        assert message in str(told.value)
