import numpy as np
import pytest

import sim
from sim.after.terms import Terms
from sim.negotiation.model import negotiate

BERLIN = "scenarios/berlin-2025/scenario.yaml"


def with_group(tmp_path, text: str) -> sim.Scenario:
    from pathlib import Path

    file = tmp_path / "scenario.yaml"
    base = Path(BERLIN).resolve()
    file.write_text(f"extends: {base}\n{text}")
    return sim.read_scenario(file)


def test_a_group_reads_as_so_many_parties_each_drawn_on_its_own(tmp_path) -> None:
    scenario = with_group(
        tmp_path,
        "groups:\n  supporters:\n    count: 30\n    like: germany\n    title: Supporter\n"
        "    vary: {no_deal.reservation: {value: 0.4, low: 0.3, high: 0.5}}\n",
    )
    assert len(scenario.parties) == 38
    assert scenario.parties["supporters-07"].title == "Supporter 7"
    world = sim.draw_world(scenario, 0, 0)
    drawn = {world.value(f"parties.supporters-{k:02d}.no_deal.reservation") for k in range(1, 31)}
    assert len(drawn) == 30 and all(0.3 <= value <= 0.5 for value in drawn)
    utilities = sim.Payoffs.of(world).utility
    columns = [sim.Payoffs.of(world).column(f"supporters-{k:02d}") for k in (1, 2)]
    assert (utilities[:, columns[0]] != utilities[:, columns[1]]).any()


def test_a_member_can_be_set_on_its_own(tmp_path) -> None:
    scenario = with_group(tmp_path, "groups: {supporters: {count: 3, like: germany}}\n")
    changed = sim.with_settings(scenario, {"parties.supporters-02.no_deal.reservation": 0.1})
    assert changed.parties["supporters-02"].no_deal.reservation.value == 0.1
    assert changed.parties["supporters-01"].no_deal.reservation == scenario.parties["germany"].no_deal.reservation
    assert sim.with_settings(scenario, {"groups.supporters.count": 5}).parties.keys() >= {"supporters-05"}


def test_a_group_of_observers_need_not_sign(tmp_path) -> None:
    scenario = with_group(tmp_path, "groups: {observers: {count: 2, like: germany, signs: false}}\n")
    payoffs = sim.Payoffs.of(scenario)
    assert not payoffs.must_sign[:, payoffs.column("observers-01")].any()


@pytest.mark.parametrize(
    ("group", "message"),
    [
        ("{count: 3, like: germny}", "unknown party 'germny'; did you mean 'germany'"),
        ("{count: 0, like: germany}", "greater than or equal to 1"),
        ("{count: 3, like: germany, vary: {no_deal.reservtion: 0.3}}", "did you mean 'no_deal.reservation'"),
    ],
)
def test_a_faulty_group_is_named_with_its_remedy(tmp_path, group: str, message: str) -> None:
    with pytest.raises(sim.ScenarioError, match=message):
        with_group(tmp_path, f"groups: {{supporters: {group}}}\n")


@pytest.mark.parametrize("protocol", ["shuttle", "alternating_offers"])
def test_a_hundred_delegates_talk(tmp_path, protocol: str) -> None:
    scenario = with_group(
        tmp_path,
        "groups:\n  supporters:\n    count: 92\n    like: germany\n"
        "    vary: {no_deal.reservation: {value: 0.3, low: 0.2, high: 0.4}}\n"
        f"negotiation: {{protocol: {protocol}, deadline: 8}}\n",
    )
    easier = sim.with_settings(scenario, {"parties.russia.no_deal.reservation": 0.35})
    terms = Terms.of(sim.draw_world(easier, 0, 0))
    outcome = negotiate(terms, 0)
    assert len(outcome.parties) == 100
    assert outcome == negotiate(terms, 0)
    if outcome.agreement is not None:
        assert np.all(terms.payoffs.acceptable[outcome.agreement] | ~terms.payoffs.must_sign[outcome.agreement])


@pytest.mark.parametrize(
    ("path", "number", "message"),
    [
        ("no_deal.reservaton", "0.3", "unknown number of a party 'no_deal.reservaton'; did you mean"),
        ("nodeal.reservation", "0.3", "unknown number of a party 'nodeal.reservation'; did you mean"),
        ("utility.donetsk.curent-line", "0.3", "unknown number of a party 'utility.donetsk.curent-line'"),
        ("utility.donetsk.current_line", "1.5", "1.5"),
        ("no_deal.reservation", "{low: 0.3, high: 0.5}", "value: this key is required"),
        ("no_deal.reservation", "{value: 0.9, low: 0.3, high: 0.5}", "0.9"),
    ],
)
def test_what_a_group_varies_wrongly_is_told_once_at_its_line(tmp_path, path: str, number: str, message: str) -> None:
    with pytest.raises(sim.ScenarioError) as caught:
        group = f"  supporters:\n    count: 9\n    like: germany\n    vary:\n      {path}: {number}\n"
        with_group(tmp_path, f"groups:\n{group}")
    told = str(caught.value)
    assert message in told and len(told.splitlines()) == 1
    assert "scenario.yaml:7: groups.supporters.vary." in told
