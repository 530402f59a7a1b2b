"""The strategy that docs/how-to/new-strategy.md shows works as shown."""

from pathlib import Path

import pytest

import sim
from sim.after.terms import Terms
from sim.negotiation import strategies
from sim.negotiation.model import negotiate

PAGE = Path("docs/how-to/new-strategy.md")


def test_the_example_is_some_twenty_lines_and_negotiates(monkeypatch: pytest.MonkeyPatch) -> None:
    code = PAGE.read_text().split("```python\n")[1].split("```")[0]
    assert len(code.splitlines()) <= 20
    names: dict[str, type] = {}
    exec(compile(code, str(PAGE), "exec"), names)
    monkeypatch.setitem(strategies.STRATEGIES, "stepwise", names["Stepwise"])
    base = sim.read_scenario("scenarios/berlin-2025/scenario.yaml", ["parties.russia.no_deal.reservation=0.4"])
    every = {f"parties.{party}.strategy.name": "stepwise" for party in base.parties}
    terms = Terms.of(sim.with_settings(base, every))
    outcome = negotiate(terms, 0)
    assert outcome.agreement in terms.payoffs.zone_of_agreement()
