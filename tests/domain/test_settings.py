"""Values set over a scenario from the command line."""

import pytest

import sim
from sim.errors import ScenarioError

TWO = "scenarios/tutorial-two-by-two/scenario.yaml"
RESERVATION = "parties.hill.no_deal.reservation"


def test_lists_and_mappings_are_set_as_yaml_writes_them_on_one_line():
    scenario = sim.read_scenario(
        TWO, ["stability.require=[acceptable, self_enforcing]", RESERVATION + "={value: 0.3, low: 0.2, high: 0.4}"]
    )
    assert scenario.stability.require == ["acceptable", "self_enforcing"]
    number = scenario.parties["hill"].no_deal.reservation
    assert (number.value, number.low, number.high) == (0.3, 0.2, 0.4)


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("stability.require=[acceptable", r"--set stability.require: '\[acceptable': not valid YAML: .* write it as"),
        ("stability.require=[&a acceptable]", "the anchor '&a' is not allowed"),
        ("stability.require=[acceptable]\nb: 1", "write it as"),
        ("stability.require=" + "[" * 5000, "nested more than 40 deep"),
        ("stability.require=[likely]", r"--set stability.require=\[likely\]: 0: unknown test 'likely'"),
        (RESERVATION + "={value: 0.3, lo: 0.2}", "lo: unknown key 'lo'; did you mean 'low'"),
        (RESERVATION + "={value: 0.3, low: 0.4}", r"=\{value: 0.3, low: 0.4\}: the range"),
        (RESERVATION + "=NO", "'NO' must be a number, or"),
        ("parties.hill.red_lines=~", "=~: ~ must be a list"),
        (RESERVATION, "write it as path=value"),
    ],
)
def test_what_cannot_be_set_is_refused_with_the_setting_as_it_was_given(setting, said):
    with pytest.raises(ScenarioError, match=said):
        sim.read_scenario(TWO, [setting])
