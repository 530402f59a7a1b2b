"""Stability as plain data, for ``--json``: the front-runners, and one agreement."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sim.agreements.payoffs import SCALE
from sim.domain.titles import in_file_order
from sim.present.stability import inside, page

if TYPE_CHECKING:
    from sim.stability.assess import Assessment
    from sim.stability.explain import Explanation
    from sim.stability.farsighted import ConsistentSet

__all__ = ["explanation_to_json", "table_to_json"]


#: What is told of a party that can break the agreement, and where it stands in `sim.stability.explain.Defection`.
_OF_A_VIOLATOR = {
    "party": "party",
    "breaks": "breaks",
    "margin": "margin",
    "V_C": "utility",
    "V_D": "defection",
    "breach": "breach",
    "Q_star": "critical",
    "Q_star_shown": "critical_shown",
    "Q_low": "low",
    "Q_high": "high",
    "Q_assumed": "reliability_assumed",
    "Q_derived": "reliability_derived",
    "g": "lag_level",
    "w_N": "war_unanswered",
    "w_R": "war_answered",
    "lag_months": "lag_months",
    "inputs": "status",
}


def explanation_to_json(found: Assessment, told: Explanation, consistent: ConsistentSet) -> dict[str, Any]:
    """Return one explanation as plain data, agreements and parties by name.

    Parameters
    ----------
    found : Assessment
    told : Explanation
    consistent : ConsistentSet

    Returns
    -------
    dict
        Ready for JSON.

    Examples
    --------
    >>> import sim
    >>> from sim.stability.explain import explain
    >>> found = sim.assess(sim.read_scenario("scenarios/tutorial-two-by-two/scenario.yaml"))
    >>> content = explanation_to_json(found, explain(found, 1), found.consistent_set)
    >>> content["agreement"], content["margins"], content["stable"]
    ({'pass': 'shared', 'guard': 'absent'}, {'hill': 0.5, 'vale': 0.25}, True)
    """
    space, scenario = found.terms.space, found.scenario

    def options(agreement: int | None) -> dict[str, str] | None:
        return None if agreement is None else in_file_order(scenario, space.agreement(agreement))

    def change(target: int | None) -> dict[str, str] | None:
        if target is None:
            return None
        before, after = space.agreement(told.agreement), space.agreement(target)
        return {issue: after[issue] for issue in scenario.issues if after[issue] != before[issue]}

    return {
        "agreement": options(told.agreement),
        "index": told.agreement,
        "stable": told.stable,
        "margins": {
            party: int(found.payoffs.margin[told.agreement, column]) / SCALE
            for column, party in enumerate(found.parties)
        },
        "tests": {
            line.name: {
                "holds": line.holds if line.binds else None,
                "binds": line.binds,
                "margin": line.margin,
                "binding": line.binding or None,
                "required": line.required,
            }
            for line in told.tests
        },
        "breakers": [{"parties": list(parties), "how": how} for parties, how in told.breakers()],
        "critical_reliability": told.critical,
        "forbidden_by": list(told.forbidden),
        "refusals": [
            {
                "party": refusal.party,
                "margin": refusal.margin,
                "red_lines": [{"issue": k, "option": o} for k, o in refusal.lines],
            }
            for refusal in told.refusals
        ],
        "violators": [
            {
                **{
                    key: change(v.breach) if key == "breach" else getattr(v, name)
                    for key, name in _OF_A_VIOLATOR.items()
                },
                **({"step": v.step, "steps": v.steps} if v.steps > 1 else {}),
            }
            for v in told.violations
        ],
        "own_moves": {
            "concept": told.concept,
            "moves": [
                {
                    "party": move.party,
                    "leaves": move.leaves,
                    "change": change(move.target),
                    "gain": move.gain,
                    "held_to": move.held_to,
                    "sanction": [{"parties": list(parties), "agreement": options(s)} for parties, s in move.path],
                }
                for move in told.own_moves
            ],
        },
        "coalitions": [
            {
                "members": list(joint.members),
                "change": change(joint.target),
                "targets": joint.count,
                "gains": dict(zip(joint.members, joint.gains, strict=True)),
            }
            for joint in told.joint
        ],
        "dominated_by": options(told.dominating),
        "in_largest_consistent_set": inside(consistent, told.agreement),
        "foresight_reason": consistent.reason or None,
        "ratification": told.ratification,
        "words": [line for part in page(found, told) for line in (part.heading, *part.paragraphs)],
    }


def table_to_json(found: Assessment, told: Sequence[Explanation], consistent: ConsistentSet) -> dict[str, Any]:
    """Return the counts of all tests and the front-runners as plain data.

    Parameters
    ----------
    found : Assessment
    told : sequence of Explanation
    consistent : ConsistentSet

    Returns
    -------
    dict
        Ready for JSON.

    Examples
    --------
    >>> import sim
    >>> from sim.stability.explain import explain
    >>> found = sim.assess(sim.read_scenario("scenarios/tutorial-two-by-two/scenario.yaml"))
    >>> content = table_to_json(found, [explain(found, 1)], found.consistent_set)
    >>> content["n_stable"], content["passing"]["acceptable"], content["passing"]["unilaterally_stable.nash"]
    (2, 2, 1)
    """
    from sim.stability.assess import TESTS

    return {
        "scenario": found.scenario.name,
        "require": list(found.scenario.stability.require),
        "n_agreements": found.n_agreements,
        "n_stable": int(found.stable.sum()),
        # A test that no agreement fails is not one that all have passed.
        "passing": {name: int(found.test(name).holds.sum()) if found.test(name).binds else None for name in TESTS},
        "largest_consistent_set": {
            "size": None if consistent.states is None else len(consistent.states),
            "reason": consistent.reason or None,
        },
        "front_runners": [explanation_to_json(found, one, consistent) for one in told],
    }
