"""Small random scenarios, and what they mean in plain Python: one agreement at a time, no arrays."""

from __future__ import annotations

import json
from itertools import product
from typing import Any

import numpy as np
from hypothesis import strategies as st

import sim

Agreement = dict[str, str]


@st.composite
def conditions(draw: st.DrawFn, issues: dict[str, list[str]], at_least: int = 1) -> dict[str, list[str]]:
    """Options by issue."""
    names = draw(st.lists(st.sampled_from(sorted(issues)), min_size=at_least, max_size=2, unique=True))
    return {k: draw(st.lists(st.sampled_from(issues[k]), min_size=1, max_size=2, unique=True)) for k in names}


@st.composite
def constraints(draw: st.DrawFn, issues: dict[str, list[str]], name: str) -> dict[str, Any]:
    """Return one constraint of any form and scope."""
    rule: dict[str, Any] = {"id": name, "scope": draw(st.sampled_from(["signing", "always"]))}
    form = draw(st.sampled_from(["require", "both_ways", "when_forbid", "forbid"]))
    if form == "forbid":
        rule["forbid"] = draw(conditions(issues))
        return rule
    rule["when"] = draw(conditions(issues))
    rule["forbid" if form == "when_forbid" else "require"] = draw(conditions(issues))
    if form == "both_ways":
        rule["both_ways"] = True
    return rule


levels = st.integers(0, 20).map(lambda n: n / 20)


@st.composite
def scenarios(draw: st.DrawFn) -> dict[str, Any]:
    """Plain data of a scenario of two to four issues and two or three parties."""
    sizes = draw(st.lists(st.integers(1, 3), min_size=2, max_size=4))
    issues = {f"i{k}": [f"o{n}" for n in range(size)] for k, size in enumerate(sizes)}
    parties = {}
    for p in range(draw(st.integers(2, 3))):
        lines = draw(
            st.lists(st.tuples(st.sampled_from(sorted(issues)), st.sampled_from(["hard", "declared"])), max_size=2)
        )
        parties[f"p{p}"] = {
            "title": f"p{p}",
            "salience": {k: draw(st.integers(1, 5)) for k in issues},
            "utility": {k: {o: draw(levels) for o in row} for k, row in issues.items()},
            "no_deal": {"reservation": draw(levels)},
            "red_lines": [
                {"issue": k, "options": [draw(st.sampled_from(issues[k]))], "kind": kind} for k, kind in lines
            ],
            "signs": draw(
                st.one_of(
                    st.just({"always": True}),
                    conditions(issues).map(lambda when: {"always": False, "when": [when]}),
                )
            ),
        }
    return {
        "schema": 1,
        "name": "small",
        "title": "Small",
        "as_of": "2025",
        "issues": {k: {"title": k, "options": dict.fromkeys(row, "")} for k, row in issues.items()},
        "constraints": [draw(constraints(issues, f"C{n}")) for n in range(draw(st.integers(0, 3)))],
        "parties": parties,
        "negotiation": {"protocol": "shuttle"},
    }


def read(data: dict[str, Any]) -> sim.Scenario:
    """Read a scenario from plain data."""
    return sim.scenario_from_text(json.dumps(data))


def combinations(data: dict[str, Any]) -> list[Agreement]:
    """Return every combination of options, sorted by labels."""
    names = sorted(data["issues"])
    return [
        dict(zip(names, row, strict=True)) for row in product(*(sorted(data["issues"][k]["options"]) for k in names))
    ]


def meets(condition: dict[str, Any], agreement: Agreement) -> bool:
    """Whether one of the options stands on every issue named."""
    return all(agreement[k] in ([o] if isinstance(o, str) else o) for k, o in condition.items())


def holds(rule: dict[str, Any], agreement: Agreement) -> bool:
    """Whether a constraint holds, read from its definition."""
    when = meets(rule.get("when", {}), agreement)
    if "require" in rule:
        then = meets(rule["require"], agreement)
        return then == when if rule.get("both_ways") else then or not when
    if "when" not in rule:
        return not meets(rule["forbid"], agreement)
    return not when or not any(meets({k: o}, agreement) for k, o in rule["forbid"].items())


def existing(data: dict[str, Any]) -> list[Agreement]:
    """Return what can exist."""
    always = [rule for rule in data["constraints"] if rule.get("scope", "always") == "always"]
    return [a for a in combinations(data) if all(holds(rule, a) for rule in always)]


def can_be_signed(data: dict[str, Any], agreement: Agreement) -> bool:
    """Whether all constraints of either scope hold."""
    return all(holds(rule, agreement) for rule in data["constraints"])


def units(level: float) -> int:
    """Round to multiples of 1e-9, half to even."""
    return int(np.rint(level * 10**9))


def utility(data: dict[str, Any], party: str, agreement: Agreement) -> float:
    """Sum of saliences times option values, and what stands together."""
    spec = data["parties"][party]
    total = sum(spec["salience"].values())
    level = sum(spec["salience"][k] / total * spec["utility"][k][o] for k, o in agreement.items())
    return level + sum(b["value"] for b in spec.get("interactions", []) if meets(b["when"], agreement))


def crosses(data: dict[str, Any], party: str, agreement: Agreement, *, declared: bool) -> bool:
    """Whether a real red line is crossed."""
    return any(
        agreement[line["issue"]] in line["options"] and (declared or line["kind"] == "hard")
        for line in data["parties"][party].get("red_lines", [])
    )


def must_sign(data: dict[str, Any], party: str, agreement: Agreement) -> bool:
    """Whether a party's signature is needed."""
    signs = data["parties"][party].get("signs", {"always": True})
    return bool(signs["always"]) or any(meets(when, agreement) for when in signs["when"])


def zone(data: dict[str, Any], *, declared: bool = False) -> list[Agreement]:
    """Return what can be signed and no signer refuses."""
    return [
        a
        for a in existing(data)
        if can_be_signed(data, a)
        and all(
            units(utility(data, p, a)) >= units(spec["no_deal"]["reservation"])
            and not crosses(data, p, a, declared=declared)
            for p, spec in data["parties"].items()
            if must_sign(data, p, a)
        )
    ]
