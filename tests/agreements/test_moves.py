"""Moves after signing: compiled arcs against the definition written out."""

from itertools import combinations

import numpy as np
import pytest

import sim
from sim.agreements.moves import arcs_of, movers
from sim.agreements.space import AgreementSpace
from sim.errors import ModelError

TEXT = """
schema: 1
name: moves
title: Moves
as_of: "2025"
issues:
  line:
    title: Line
    options: {front: F, zone: Z, ceded: C}
    moves:
      - {id: grab, party: east, from: zone, to: ceded, reversible: false, kind: breach}
      - {id: return, party: west, from: zone, to: front, kind: breach}
      - {id: joint, parties: [east, west], from: front, to: zone}
  watch:
    title: Watch
    options: {none: N, some: S}
    moves:
      - {id: off, party: east, from: some, to: none, kind: lawful}
      - {id: on, parties: [west, east], from: none, to: some, when: {line: [front, zone]}}
constraints:
  - {id: C1, when: {line: zone}, forbid: {watch: none}}
parties:
  west:
    title: West
    salience: {line: 1, watch: 1}
    utility: {line: {front: 1, zone: 0.5, ceded: 0}, watch: {none: 0, some: 1}}
    no_deal: {reservation: 0.3}
  east:
    title: East
    salience: {line: 1, watch: 1}
    utility: {line: {front: 0, zone: 0.5, ceded: 1}, watch: {none: 1, some: 0}}
    no_deal: {reservation: 0.3}
negotiation: {protocol: shuttle}
"""


def by_definition(scenario, space, mover):
    """Every non-empty set of the mover's own changes on distinct issues whose end point exists."""
    moves = [(issue, move) for issue, move in scenario.moves() if set(move.parties) == mover.parties]
    found = {}
    for size in range(1, len(moves) + 1):
        for chosen in combinations(moves, size):
            if len({issue for issue, _ in chosen}) < size:
                continue
            for start in range(space.n_agreements):
                before = space.agreement(start)
                if any(before[issue] != move.from_ for issue, move in chosen):
                    continue
                if any(before[k] not in options for _, move in chosen for k, options in move.when.items()):
                    continue
                after = before | {issue: move.to for issue, move in chosen}
                try:
                    end = space.index_of(after)
                except ModelError:
                    continue
                breach = any(move.kind == "breach" for _, move in chosen)
                found[start, end] = found.get((start, end), True) and breach
    return found


@pytest.fixture(scope="module")
def small():
    scenario = sim.scenario_from_text(TEXT)
    return scenario, AgreementSpace.of(scenario)


def test_compiled_arcs_are_those_of_the_definition(small):
    scenario, space = small
    for mover in movers(scenario):
        arcs = arcs_of(space, mover)
        compiled = {(int(s), int(e)): bool(b) for s, e, b in zip(arcs.start, arcs.end, arcs.breach, strict=True)}
        assert compiled == by_definition(scenario, space, mover), mover.name


def test_a_joint_change_may_leave_a_state_that_single_changes_cannot(small):
    scenario, space = small
    east = next(m for m in movers(scenario) if m.name == "east")
    arcs = arcs_of(space, east)
    start = space.index_of({"line": "zone", "watch": "some"})
    ends = {
        space.agreement(int(e))["line"] + "/" + space.agreement(int(e))["watch"] for e in arcs.end[arcs.start == start]
    }
    # Switching the watch off alone would leave a zone unwatched (C1); together with the grab it is open.
    assert ends == {"ceded/some", "ceded/none"}


def test_a_change_of_one_partner_alone_is_not_a_move_by_consent(small):
    scenario, space = small
    both = next(m for m in movers(scenario) if len(m.parties) == 2)
    arcs = arcs_of(space, both)
    start = space.index_of({"line": "front", "watch": "some"})
    assert [space.agreement(int(e)) for e in arcs.end[arcs.start == start]] == [{"line": "zone", "watch": "some"}]


def test_berlins_arcs_start_and_end_at_agreements_that_can_exist():
    berlin = sim.read_scenario("scenarios/berlin-2025/scenario.yaml")
    space = AgreementSpace.of(berlin)
    rng = np.random.default_rng(0)
    for mover in movers(berlin):
        arcs = arcs_of(space, mover)
        assert (arcs.start != arcs.end).all()
        for arc in rng.choice(len(arcs.start), size=min(20, len(arcs.start)), replace=False):
            before, after = space.agreement(int(arcs.start[arc])), space.agreement(int(arcs.end[arc]))
            changed = {k for k in before if before[k] != after[k]}
            open_to = {(k, m.from_, m.to) for k, m in berlin.moves() if set(m.parties) == mover.parties}
            assert all((k, before[k], after[k]) in open_to for k in changed)


def test_pointers_delimit_each_starts_arcs(small):
    scenario, space = small
    for mover in movers(scenario):
        arcs = arcs_of(space, mover)
        pointers = arcs.pointers(space.n_agreements)
        for start in range(space.n_agreements):
            assert (arcs.start[pointers[start] : pointers[start + 1]] == start).all()
        assert pointers[-1] == len(arcs.start)
