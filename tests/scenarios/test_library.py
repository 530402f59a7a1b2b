"""The scenarios of the library: what each finds, held to the first worlds, and that none fails on the way."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import sim
from sim.cli import main
from sim.domain.provenance import given_numbers
from tests.scenarios.library import CONFLICTS, FIRST, PAGE, SCENARIOS, VARIANTS, counts, page, table

FOUND = {row["scenario"]: row for row in table()}
WARS = [name for name in CONFLICTS if name not in ("berlin-2025", "elmira-1991")]


def test_every_scenario_has_a_finding_and_every_finding_a_scenario() -> None:
    assert list(FOUND) == list(SCENARIOS)
    on_disk = {path.parent.name for path in Path("scenarios").glob("*/scenario.yaml")}
    others = {name for name in on_disk if name.startswith("berlin-2025-")} | {"tutorial-two-by-two"}
    assert on_disk - others == set(CONFLICTS)
    assert {path.stem for path in Path("scenarios/berlin-2025-variants").glob("*.yaml")} == set(VARIANTS)


def test_the_page_says_what_the_table_says() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(table()), "renew it: python -m tests.scenarios.library"


@pytest.mark.parametrize("name", SCENARIOS)
def test_the_first_worlds_come_out_as_the_table_has_them(name: str) -> None:
    _, found = counts(sim.read_scenario(SCENARIOS[name]), FIRST)
    row = FOUND[name]
    assert (found["zone"], found["signed"]) == (int(row["zone_first"]), int(row["signed_first"]))
    assert found["zone"] <= int(row["zone"]) <= int(row["worlds"])


@pytest.mark.parametrize("name", WARS)
@pytest.mark.parametrize(
    "command",
    [
        ("check",),
        ("run", "--worlds", "6"),
        ("zone",),
        ("stability",),
        ("aftermath", "--worlds", "6"),
    ],
    ids=lambda command: command[0],
)
def test_each_conflict_goes_through_the_commands(name: str, command: tuple[str, ...], capsys) -> None:
    try:
        main([command[0], f"scenarios/{name}", *command[1:]])
    except SystemExit as end:
        assert not end.code, capsys.readouterr().err
    told = capsys.readouterr()
    assert told.out
    assert "failed" not in told.out


@pytest.mark.parametrize("name", WARS)
def test_each_conflict_has_three_parties_moves_guarantors_and_sources_for_every_number(name: str) -> None:
    scenario = sim.read_scenario(SCENARIOS[name])
    assert len(scenario.parties) >= 3
    assert len(list(scenario.moves())) >= 4
    assert scenario.compliance.guarantees.members
    assert len(scenario.compliance.violators) >= 2
    for given in given_numbers(scenario):
        assert given.status != "unstated", given.path
        assert given.references, given.path
    ranged = sum(not given.number.is_certain for given in given_numbers(scenario))
    assert ranged > 0.9 * len(given_numbers(scenario))


@pytest.mark.parametrize("name", [*WARS, "elmira-1991"])
def test_what_happened_is_a_note_and_no_input(name: str) -> None:
    scenario = sim.read_scenario(SCENARIOS[name])
    (after,) = [note for note in scenario.notes if note.id == "after"]
    assert after.text.startswith("What happened, and is no input")
    later = {key for key, source in scenario.sources.items() if source.kind in ("official", "news", "survey")}
    for given in given_numbers(scenario):
        for reference in given.references:
            if reference.source in later and reference.date:
                assert reference.date[:10] <= f"{scenario.as_of}-99", (given.path, reference)


def test_elmira_rests_where_the_literature_says() -> None:
    scenario = sim.read_scenario(SCENARIOS["elmira-1991"])
    found = sim.assess(scenario)
    everything = np.arange(found.terms.space.n_agreements)
    table = found.to_frame(everything, exits=False)
    space = found.terms.space
    stable = np.flatnonzero(table["unilaterally_stable.nash"].to_numpy(bool))
    assert {space.agreement(int(n))["state"] for n in stable} == {
        "delay_insisted",
        "accepted_modified_insisted",
        "abandoned",
    }


@pytest.mark.parametrize("name", VARIANTS)
def test_a_variant_is_a_few_lines_over_berlin(name: str) -> None:
    assert len(SCENARIOS[name].read_text(encoding="utf-8").splitlines()) <= 12
    base, variant = sim.read_scenario(SCENARIOS["berlin-2025"]), sim.read_scenario(SCENARIOS[name])
    assert set(variant.parties) == set(base.parties)
    assert variant.question != base.question
