"""What several folders of tests share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from sim.domain.scenario import Scenario


@pytest.fixture(scope="session")
def golden_case() -> dict[str, Any]:
    """The 18-package case with its answers, from `tests.golden.golden_package`."""
    from tests.golden.golden_package import golden_case

    return golden_case()


@pytest.fixture(scope="session")
def golden(golden_case: dict[str, Any]) -> Scenario:
    """The same case as a scenario."""
    import sim
    from tests.golden.golden_package import golden_text

    scenario: Scenario = sim.scenario_from_text(golden_text(golden_case))
    return scenario
