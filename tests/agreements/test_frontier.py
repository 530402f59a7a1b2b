"""The frontier and the solutions against their definitions, one agreement at a time."""

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import sim
from sim.agreements.frontier import Frontier, efficient, pareto_efficient
from sim.agreements.payoffs import Payoffs
from tests.agreements import small_spaces as plain

BERLIN = "scenarios/berlin-2025/scenario.yaml"


def undominated(rows):
    """Pareto efficiency read from its definition."""
    return [
        not any(all(b >= a for a, b in zip(row, other, strict=True)) and other != row for other in rows) for row in rows
    ]


tables = st.tuples(st.integers(1, 12), st.integers(1, 4)).flatmap(
    lambda shape: arrays(np.int64, shape, elements=st.integers(0, 4))
)


@given(tables)
def test_efficient_rows_are_those_no_other_row_dominates(table):
    assert pareto_efficient(table).tolist() == undominated(table.tolist())


@given(plain.scenarios())
def test_the_frontier_is_never_empty_and_never_dominated(data):
    assume(any(plain.can_be_signed(data, a) for a in plain.existing(data)))
    payoffs = Payoffs.of(plain.read(data))
    found = efficient(payoffs)
    assert found.any()
    signable = np.flatnonzero(payoffs.space.signable)
    assert found[signable].tolist() == undominated(payoffs.utility[signable].tolist())
    assert not found[~payoffs.space.signable].any()


def solutions(payoffs):
    """Each solution by its definition, in exact rational or float arithmetic, ties to the lowest index."""
    zone = payoffs.zone_of_agreement().tolist()
    needed = [c for c in range(payoffs.n_parties) if payoffs.must_sign[payoffs.space.signable, c].any()]
    gain = {a: [int(payoffs.margin[a, c]) for c in needed] for a in zone}
    utility = {a: payoffs.utility[a].tolist() for a in zone}
    keep = [a for a, good in zip(zone, undominated([utility[a] for a in zone]), strict=True) if good]
    ideal = [max(gain[a][n] for a in zone) for n in range(len(needed))]
    able = [n for n in range(len(needed)) if ideal[n] > 0]

    def best(score):
        return {a for a in keep if math.isclose(score(a), max(map(score, keep)), rel_tol=1e-12, abs_tol=1e-12)}

    def shares(a):
        return [gain[a][n] / ideal[n] for n in able] or [0.0]

    return {
        "nash": best(lambda a: math.prod(gain[a][n] / 10**9 for n in able)),
        "egalitarian": best(lambda a: min(gain[a]) / 10**9),
        "kalai_smorodinsky": best(lambda a: min(shares(a))),
        "least_asymmetry": best(lambda a: min(shares(a)) - max(shares(a))),
        "utilitarian": best(lambda a: sum(utility[a]) / 10**9),
    }


@given(plain.scenarios())
def test_each_solution_is_the_one_its_definition_names(data):
    for party in data["parties"].values():
        party["no_deal"]["reservation"] /= 2
        # Gains are counted for those whose signature is needed; keep that the same for all agreements.
        party["signs"] = {"always": True}
    assume(any(plain.can_be_signed(data, a) for a in plain.existing(data)))
    payoffs = Payoffs.of(plain.read(data))
    found = Frontier.of(payoffs)
    if len(found.zone) == 0:
        assert set(found.solutions.values()) == {None}
        return
    for name, tied in solutions(payoffs).items():
        assert found.solutions[name] in tied, name


@pytest.mark.parametrize("reservation", [0.55, 0.5])
def test_berlins_solutions_are_the_ones_their_definitions_name(reservation):
    payoffs = Payoffs.of(sim.read_scenario(BERLIN, [f"parties.russia.no_deal.reservation={reservation}"]))
    found = Frontier.of(payoffs)
    for name, tied in solutions(payoffs).items():
        assert found.solutions[name] in tied, name


def test_no_solution_exists_where_the_zone_is_empty():
    found = Frontier.of(Payoffs.of(sim.read_scenario(BERLIN)))
    assert set(found.solutions.values()) == {None}
    assert len(found.agreements) > 0
