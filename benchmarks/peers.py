"""Peers in an environment of their own: yardsticks, which nothing of the project depends on.

NegMAS is under the AGPL. It is installed into ``build/peers``, which is no part of the project, and runs as a program
that is given a case as JSON and answers with times.
"""

from __future__ import annotations

import json
import subprocess
import venv
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
ENVIRONMENT = ROOT / "build" / "peers"
NEGMAS = "negmas==0.16.0"


def environment() -> Path | None:
    """The interpreter of the peers' environment, made where it is not there; None where it cannot be made."""
    python = ENVIRONMENT / "bin" / "python"
    ready = ENVIRONMENT / ".ready"
    if ready.exists() and ready.read_text() == NEGMAS:
        return python
    try:
        venv.create(ENVIRONMENT, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "-q", NEGMAS], check=True, timeout=900)
    except (OSError, subprocess.SubprocessError) as problem:
        print(f"{NEGMAS} cannot be installed ({problem}): its lines are left out")
        return None
    ready.write_text(NEGMAS)
    return python


def ask(python: Path, script: str, case: dict[str, Any], timeout: int = 1200) -> dict[str, Any]:
    """What a script answers, as JSON on its last line, to a case on its input."""
    done = subprocess.run(
        [python, "-c", script], input=json.dumps(case), capture_output=True, text=True, check=True, timeout=timeout
    )
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


#: A stacked negotiation, from utilities to agreement.
TALKS = """
import json, sys, time
from negmas import SAOMechanism, make_issue
from negmas.outcomes import make_os
from negmas.preferences import LinearAdditiveUtilityFunction as Linear, TableFun
import negmas.sao.negotiators as kinds

case = json.load(sys.stdin)
issues = [make_issue([f"o{k:02d}" for k in range(n)], name=f"i{j}") for j, n in enumerate(case["sizes"])]
space = make_os(issues)
times, agreements = [], []
for _ in range(case["repeats"]):
    start = time.process_time()
    mechanism = SAOMechanism(outcome_space=space, n_steps=case["steps"])
    for place, party in enumerate(case["parties"]):
        values = [TableFun({f"o{k:02d}": v for k, v in enumerate(row)}) for row in party["values"]]
        ufun = Linear(values=values, weights=party["weights"], outcome_space=space, reserved_value=party["reserved"])
        mechanism.add(getattr(kinds, party["kind"])(name=f"n{place}"), ufun=ufun)
    state = mechanism.run()
    times.append(time.process_time() - start)
    agreements.append(None if state.agreement is None else [int(o[1:]) for o in state.agreement])
print(json.dumps({"times": times, "agreements": agreements}))
"""

#: Frontier, Nash and Kalai-Smorodinsky points and those of most welfare, from utilities on.
POINTS = """
import json, sys, time
from negmas import make_issue
from negmas.outcomes import make_os
from negmas.preferences import LinearAdditiveUtilityFunction as Linear, TableFun
from negmas.preferences.ops import kalai_points, max_welfare_points, nash_points, pareto_frontier

case = json.load(sys.stdin)
issues = [make_issue([f"o{k:02d}" for k in range(n)], name=f"i{j}") for j, n in enumerate(case["sizes"])]
space = make_os(issues)
times = []
for _ in range(case["repeats"]):
    start = time.process_time()
    ufuns = []
    for party in case["parties"]:
        values = [TableFun({f"o{k:02d}": v for k, v in enumerate(row)}) for row in party["values"]]
        ufuns.append(Linear(values=values, weights=party["weights"], outcome_space=space, reserved_value=0.0))
    outcomes = list(space.enumerate_or_sample())
    frontier, _ = pareto_frontier(ufuns, outcomes=outcomes, issues=issues)
    nash = nash_points(ufuns, frontier, outcome_space=space)
    kalai_points(ufuns, frontier, outcome_space=space)
    max_welfare_points(ufuns, frontier, outcome_space=space)
    times.append(time.process_time() - start)
print(json.dumps({"times": times, "frontier": len(frontier), "nash": list(nash[0][0])}))
"""
