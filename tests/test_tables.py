"""Every public result that is a table gives itself as a pandas frame, by the one name ``to_frame``."""

from __future__ import annotations

import ast
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import sim
from sim.agreements.frontier import Frontier
from sim.agreements.zone import Zone

TWO = "scenarios/tutorial-two-by-two"
BERLIN = "scenarios/berlin-2025"

#: Public records that hold rows, and are no table of their own, each with the reason.
NO_TABLE = {
    # Parts of a table that has one.
    "sim.after.crisis.CrisisNumbers": "columns of GuaranteeTable",
    "sim.after.guarantees.Decisions": "columns of Terms",
    "sim.after.power.PowerPath": "columns of Terms",
    "sim.after.violations.Violations": "columns of Terms",
    "sim.after.war.War": "columns of Terms",
    "sim.agreements.moves.Arcs": "what MoveGraph is made of",
    "sim.stability.coalitions.Core": "a column of ConflictAnalysis",
    "sim.stability.farsighted.ConsistentSet": "a column of ConflictAnalysis and Assessment",
    "sim.compliance.history.predict.Fates": "what Backtest is made of",
    "sim.compliance.conditions.Conditions": "what the months of AftermathModel start from",
    "sim.compliance.model.Course": "what the months of AftermathModel start from",
    "sim.baselines.expected_utility.Rounds": "what Baselines is made of",
    "sim.baselines.forecasts.Positions": "what Baselines is made of",
    "sim.sweeps.discovery.Trajectory": "its boxes are shown by Analysis",
    "sim.after.front_runners.FrontRunners": "an order of agreements, for AgreementSpace.to_frame(order)",
    # The insides of a calculation.
    "sim.agreements.tables.Due": "what is still to be delivered, for Terms in steps",
    "sim.after.phases.Calendar": "the steps of agreements, for Terms in steps",
    "sim.after.phases.Step": "a step of a Calendar",
    "sim.after.violations.Breach": "a breach that Conditions weigh",
    "sim.sweeps.counted.Counted": "sums that Analysis is made from",
    "sim.stability.groups.FreeMoves": "the moves of a space without a list of them",
    "sim.compliance.chance.Chance": "draws",
    "sim.compliance.pledge.Pledge": "the levels of one guarantee",
    "sim.compliance.history.backtest.PastReading": "a row of Backtest",
    "sim.compliance.history.fit.Observed": "arguments of a fit",
    "sim.compliance.history.fit.Prepared": "arguments of a fit",
    "sim.negotiation.agenda.Agenda": "what is on the table of a stage",
    "sim.negotiation.beliefs.PublicParty": "what one party knows of another",
    "sim.negotiation.equilibrium.Plan": "a turn of an equilibrium",
    "sim.negotiation.equilibrium.CommonKnowledge": "what rational delegates know",
    "sim.negotiation.seating.Sitting": "the seats of a stage",
}


def records_with_rows() -> dict[str, str]:
    """Every public dataclass below the commands with a column of values, by name, with its source."""
    found = {}
    for path in sorted(Path("sim").rglob("*.py")):
        if path.parts[1] in ("present", "commands", "conformance"):
            continue
        body = ast.parse(path.read_text(encoding="utf-8")).body
        listed = [node for node in body if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"]
        public = {name.value for node in listed for name in ast.walk(node.value) if isinstance(name, ast.Constant)}
        for node in body:
            if not isinstance(node, ast.ClassDef) or node.name not in public:
                continue
            if not any("dataclass" in ast.unparse(one) for one in node.decorator_list):
                continue
            kinds = {ast.unparse(field.annotation) for field in node.body if isinstance(field, ast.AnnAssign)}
            columns = (
                "NDArray[",
                "Floats",
                "Levels",
                "IntArray",
                "BoolArray",
                "FloatArray",
                "StateArray",
                "Places",
                "DataFrame",
            )
            if any(kind.startswith(columns) for kind in kinds):
                found[".".join((*path.with_suffix("").parts, node.name))] = ast.unparse(node)
    return found


def test_every_public_record_of_columns_is_a_table_or_says_why_not() -> None:
    records = records_with_rows()
    assert {"sim.agreements.payoffs.Payoffs", "sim.sweeps.robustness.Robustness"} <= records.keys()
    without = {name for name, text in records.items() if "def to_frame(" not in text}
    assert sorted(without - NO_TABLE.keys() - INPUTS.keys()) == []
    assert sorted(NO_TABLE.keys() - without) == []


#: Records of what was given in, whose table is another's.
INPUTS = {
    "sim.results.compare.Side": "a table itself: its attribute `table`",
    "sim.sweeps.inputs.Study": "a table itself: its attribute `table`",
}


def comparison() -> Any:
    from sim.results.compare import Side, compare

    rows = pd.DataFrame({"world": range(40), "replication": 0, "agreed": [False] * 40, "error": None})
    return compare(Side("a", rows, {}, seed=0), Side("b", rows.assign(agreed=True), {}, seed=0))


def conflict() -> Any:
    from sim.stability.graph import conflict_of

    moves = {"A": [["s", "t"]], "B": [["t", "s"]]}
    return conflict_of(
        {"kind": "graph-model", "decision_makers": ["A", "B"], "states": ["s", "t"], "transitions": moves,
         "payoff": {"A": [0, 1], "B": [1, 0]}}
    )  # fmt: skip


def analysis() -> Any:
    from sim.stability.analysis import analyse

    return analyse(conflict())


def lasting() -> Any:
    from sim.results.question import ask

    return ask(sim.read_scenario(TWO), worlds=5, quiet=True)


def robust() -> Any:
    from sim.sweeps.robustness import robustness

    return robustness(sim.sweep(sim.Design(TWO, worlds=4, depth="exact"), workers=0, quiet=True))[0]


def swept() -> Any:
    return sim.sweep(sim.Design(TWO, worlds=3), workers=0, quiet=True)


def codings() -> Any:
    from sim.results.codings import compare_codings

    return compare_codings({name: sim.read_scenario(name) for name in (BERLIN, f"{BERLIN}-coding-b")})


def broken() -> Any:
    model = sim.AftermathModel(TWO, {"pass": "shared", "guard": "promised"}, rng=0, central=True)
    while model.running:
        model.step()
    return model.outcome


def summed() -> Any:
    from sim.results.summary import Summary

    return Summary.of(swept().table, sim.read_scenario(TWO))


def zones() -> Any:
    from sim.results.zones import zones_over_worlds

    return zones_over_worlds(sim.read_scenario(TWO), worlds=6)


def shares(kind: str) -> Any:
    from sim.sweeps.sensitivity import Effects, VarianceShares

    two = np.array([0.1, 0.2])
    if kind == "first":
        return VarianceShares(("x", "y"), *[two] * 6, n_base=8, missing=0.0, method="")
    return Effects(("x", "y"), *[two] * 5, n_trajectories=4, missing=0.0)


#: Every table: how one is had, its rows, and some of its columns.
TABLES: dict[str, tuple[Callable[[], Any], int, set[str]]] = {
    "AgreementSpace": (lambda: sim.AgreementSpace.of(TWO), 4, {"pass", "guard", "signable"}),
    "Payoffs": (lambda: sim.Payoffs.of(TWO), 4, {"pass", "utility.hill", "margin.vale", "acceptable.vale", "zone"}),
    "Frontier": (lambda: Frontier.of(TWO), 4, {"efficient", "nash", "zone"}),
    "Zone": (lambda: Zone.of(BERLIN), 2, {"zone_without", "threshold"}),
    "Terms": (lambda: sim.Terms.of(TWO), 4, {"lag", "Q*.hill", "monthly_hazard"}),
    "GuaranteeTable": (lambda: sim.Terms.of(BERLIN).guarantees, 0, {"group", "guarantor", "stake", "rule"}),
    "Assessment": (lambda: sim.assess(TWO), 4, {"stable", "self_enforcing"}),
    "TestResult": (lambda: sim.assess(TWO).test("acceptable"), 4, {"holds", "margin", "binding"}),
    "Concepts": (lambda: sim.assess(TWO).concepts, 8, {"can_move", "Nash", "SEQ.margin"}),
    "NumberBook": (lambda: sim.read_scenario(TWO).numbers, 0, {"value", "low", "high", "status"}),
    "World": (lambda: sim.draw_world(BERLIN, 0, 1), 0, {"value", "drawn"}),
    "Outcome": (lambda: sim.simulate(TWO, central=True, trace=True).outcome, 0, {"round", "kind", "party"}),
    "Aftermath": (broken, 1, {"month", "violator", "cause"}),
    "Survival": (lambda: lasting().durability.survival, 121, {"share", "low", "high"}),
    "Durability": (lambda: lasting().durability, 0, {"violator", "cause", "share"}),
    "Answer": (lasting, -1, {"path", "correlation", "below"}),
    "Summary": (summed, 0, {"agreement", "index", "share", "share.low"}),
    "Zones": (zones, 6, {"open", "threshold.hill"}),
    "Comparison": (comparison, 1, {"outcome", "difference", "p_holm"}),
    "Codings": (codings, 8, {"party", "far"}),
    "Conflict": (conflict, 2, {"A", "B"}),
    "ConflictAnalysis": (analysis, 2, {"A", "Nash", "consistent"}),
    "MoveGraph": (lambda: conflict().arcs, 2, {"start", "mover", "end"}),
    "Design": (lambda: sim.Design(TWO, worlds=3), 1, {"point"}),
    "Results": (swept, 3, {"run", "agreed"}),
    "Robustness": (robust, 4, {"stable", "stable.low", "regret"}),
    "VarianceShares": (lambda: shares("first"), 2, {"group", "total"}),
    "Effects": (lambda: shares("mu"), 2, {"group", "mu_star"}),
}


@pytest.mark.parametrize("name", TABLES)
def test_a_table_gives_itself_as_a_frame(name: str) -> None:
    make, rows, columns = TABLES[name]
    thing = make()
    assert type(thing).__name__ == name
    table = thing.to_frame()
    assert isinstance(table, pd.DataFrame)
    assert columns <= set(map(str, table.columns))
    assert len(table) == rows if rows > 0 else rows < 0 or len(table) > 0
