"""A scenario is built, changed and saved in Python, and what was saved reads back equal, comments and order kept."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

import sim
from sim.domain.document import parse_document
from sim.domain.editing import edited
from sim.domain.writing import flow_text, yaml_text

TWO = Path("scenarios/tutorial-two-by-two/scenario.yaml")
SHIPPED = [
    path
    for path in sorted(Path("scenarios").glob("*/scenario.yaml"))
    if not {"extends", "codings"} & parse_document(path.read_text(encoding="utf-8")).data.keys()
]
EASED = {"parties.russia.no_deal.reservation": 0.5}


def comments(text: str) -> list[str]:
    """The comments of a text, by the parser's own account of what is left out of its tokens."""
    return [line.partition("#")[2] for line in text.splitlines() if line.lstrip().startswith("#") or "  #" in line]


# --- changing --------------------------------------------------------------------------------------


def test_a_scenario_is_changed_by_paths_and_by_parts_and_stays_itself() -> None:
    two = sim.read_scenario(TWO)
    before = two.hash
    changed = two.with_({"negotiation.deadline": 7, "fix.guard": "absent"}, title="Shorter", question=None)
    assert (changed.negotiation.deadline, changed.title, changed.question) == (7, "Shorter", "")
    assert len(sim.AgreementSpace.of(changed).signable.nonzero()[0]) == 2
    assert two.hash == before and two.title == "Two by two"
    assert [setting.path for setting in changed.settings] == ["negotiation.deadline", "fix.guard"]
    assert two.with_(["negotiation.deadline=7"]).hash == two.with_({"negotiation.deadline": 7}).hash


def test_an_option_is_added_in_python_with_what_each_party_thinks_of_it() -> None:
    two = sim.read_scenario(TWO)
    sold = {"title": "Sold", "definition": "Hill sells the pass to Vale."}
    wider = two.with_(
        issues={"pass": {"options": {"sold": sold}}},
        parties={party: {"utility": {"pass": {"sold": 0.5}}} for party in two.parties},
    )
    assert sim.AgreementSpace.of(wider).n_agreements == 6


def test_a_change_that_breaks_a_rule_is_refused_by_path() -> None:
    two = sim.read_scenario(TWO)
    with pytest.raises(sim.ScenarioError, match="no key 'deadlin' at negotiation; did you mean 'deadline'"):
        two.with_({"negotiation.deadlin": 7})
    with pytest.raises(sim.ScenarioError, match="unknown key 'titel'; did you mean 'title'"):
        two.with_(titel="x")
    with pytest.raises(sim.SimError, match="was not read by"):
        sim.Scenario.model_validate(two.data).with_({"negotiation.deadline": 7})


def test_what_is_built_from_data_does_not_follow_the_callers_mapping() -> None:
    data: dict[str, Any] = sim.scenario_from_data(sim.read_scenario(TWO).data).data
    given_data = yaml.safe_load(yaml_text(data))
    made = sim.scenario_from_data(given_data)
    given_data["parties"]["hill"]["no_deal"]["reservation"] = 0.9
    assert made.hash == sim.read_scenario(TWO).hash


def test_a_scenario_from_a_worker_can_still_be_changed_and_saved(tmp_path: Path) -> None:
    came = pickle.loads(pickle.dumps(sim.read_scenario(TWO)))
    assert sim.read_scenario(came.with_({"negotiation.deadline": 3}).save(tmp_path)).negotiation.deadline == 3


# --- saving ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.parent.name)
def test_a_shipped_scenario_is_saved_to_the_letter_and_changed_in_its_lines(path: Path, tmp_path: Path) -> None:
    scenario, text = sim.read_scenario(path), path.read_text(encoding="utf-8")
    assert scenario.save(tmp_path / "same").read_text(encoding="utf-8") == text
    number = next(name for name in scenario.numbers.paths if name.endswith("no_deal.reservation"))
    changed = scenario.with_({number: 0.123, "negotiation.deadline": 9})
    file = changed.save(tmp_path / "changed.yaml")
    assert sim.read_scenario(file).hash == changed.hash
    saved = file.read_text(encoding="utf-8")
    assert comments(saved) == comments(text)
    apart = [pair for pair in zip(text.splitlines(), saved.splitlines(), strict=True) if pair[0] != pair[1]]
    assert len(apart) <= 2


def test_what_comes_from_an_extended_file_is_set_over_it_and_the_file_below_stays(tmp_path: Path) -> None:
    (tmp_path / "below").mkdir()
    base = tmp_path / "below" / "base.yaml"
    base.write_text(TWO.read_text(encoding="utf-8"), encoding="utf-8")
    mine = tmp_path / "mine.yaml"
    mine.write_text(
        "extends: below/base.yaml\nname: mine  # my own\n# Vale is firmer.\n"
        "parties: {vale: {no_deal: {reservation: 0.4}}}\n",
        encoding="utf-8",
    )
    scenario = sim.read_scenario(mine)
    changed = scenario.with_(
        {"parties.hill.no_deal.reservation": 0.45, "parties.vale.no_deal.reservation": 0.41, "negotiation.deadline": 6}
    )
    assert changed.save(mine) == mine
    text = mine.read_text(encoding="utf-8")
    assert sim.read_scenario(mine).hash == changed.hash
    assert "name: mine  # my own\n# Vale is firmer.\n" in text and "0.41" in text and "0.45" in text
    assert "extends: below/base.yaml\n" in text
    assert base.read_text(encoding="utf-8") == TWO.read_text(encoding="utf-8")
    # Elsewhere the extended file is named as it is reached from there.
    other = changed.save(tmp_path / "far" / "away.yaml")
    assert "extends: ../below/base.yaml\n" in other.read_text(encoding="utf-8")
    assert sim.read_scenario(other).hash == changed.hash
    # A part that the extended file has is deleted over it.
    bare = changed.with_(question=None)
    assert sim.read_scenario(bare.save(mine)).question == "" and "question: null" in mine.read_text(encoding="utf-8")


def test_berlin_with_its_rival_codings_is_saved_elsewhere_or_refused_where_they_were_changed(tmp_path: Path) -> None:
    berlin = sim.read_scenario("scenarios/berlin-2025")
    coded = sim.read_scenario("scenarios/berlin-2025-coding-b")
    assert sim.read_scenario(coded.save(tmp_path / "b")).parties == coded.parties
    assert sim.read_scenario(berlin.with_(EASED).save(tmp_path / "a")).hash == berlin.with_(EASED).hash
    listed = berlin.with_(codings={"a": {}, "b": {"file": "../berlin-2025-coding-b/scenario.yaml"}})
    back = sim.read_scenario(listed.save(tmp_path / "c"))
    assert back.rivals["b"].hash == coded.hash
    with pytest.raises(sim.ScenarioError, match="its rival codings are files of their own"):
        listed.with_(EASED).save(tmp_path / "d")


def test_another_file_is_not_overwritten_unless_asked(tmp_path: Path) -> None:
    two = sim.read_scenario(TWO)
    file = tmp_path / "notes.yaml"
    file.write_text("mine: 1\n", encoding="utf-8")
    with pytest.raises(sim.ScenarioError, match="stands already"):
        two.save(file)
    assert file.read_text(encoding="utf-8") == "mine: 1\n"
    assert sim.read_scenario(two.save(file, overwrite=True)).hash == two.hash
    with pytest.raises(sim.ScenarioError, match=r"ends in .json, .yaml, .yml"):
        two.save(tmp_path / "two.txt")
    assert sim.read_scenario(two.save(tmp_path / "two.json")).hash == two.hash


def test_a_scenario_without_a_file_is_written_out_plainly(tmp_path: Path) -> None:
    made = sim.scenario_from_text(TWO.read_text(encoding="utf-8"))
    file = made.save(tmp_path / "plain.yaml")
    assert file.read_text(encoding="utf-8") == yaml_text(made.data)
    assert sim.read_scenario(file).hash == made.hash
    imported = sim.read_scenario(file)
    file.unlink()  # the file is gone: nothing is left to keep
    assert sim.read_scenario(imported.save(file)).hash == made.hash


def test_entries_of_lists_come_and_go_and_the_comments_of_the_others_stay() -> None:
    text = "# top\nlist:\n  # one\n  - id: a  # first\n    x: 1\n  # two\n  - id: b\n  - id: c  # third\n# end\nz: 0\n"
    data = parse_document(text).data
    gone = {**data, "list": [data["list"][0], data["list"][2]]}
    assert edited(text, gone) == text.replace("  - id: b\n", "")
    more = {**data, "list": [*data["list"], {"id": "d"}]}
    assert edited(text, more) == text.replace("# third\n", "# third\n  - id: d\n")
    within = {**data, "list": [{"x": 1}, *data["list"][1:]]}
    assert parse_document(edited(text, within)).data == within
    block = "a: |\n  long\n  text\n\n# kept\nb: >-\n  folded\n# last\n"
    assert edited(block, {"a": "short", "b": "folded"}) == "a: short\n\n# kept\nb: >-\n  folded\n# last\n"
    assert edited(block, {"a": "long\ntext\n", "b": 1}) == "a: |\n  long\n  text\n\n# kept\nb: 1\n# last\n"
    assert edited("a:\nb: 1\n", {"a": 2, "b": 1}) == "a: 2\nb: 1\n"


KEYS = st.sampled_from(["a", "b", "c", "d e", "no"])
SCALARS = (
    st.none() | st.booleans() | st.integers(-5, 5) | st.sampled_from([0.5, "x", "1e3", "a: b", "li\nne", "", "# n"])
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3), max_leaves=12
)
DATA = st.dictionaries(KEYS, VALUES, min_size=1, max_size=4)


@settings(max_examples=100, deadline=None)
@given(before=DATA, after=DATA, flow=st.booleans())
def test_an_edited_text_says_what_it_is_to_say(before: dict[str, Any], after: dict[str, Any], flow: bool) -> None:
    text = "".join(f"{flow_text(k)}: {flow_text(v)}\n" for k, v in before.items()) if flow else yaml_text(before)
    text = "# begin\n" + "".join(f"{line}\n" for line in text.splitlines()) + "# end\n"
    if parse_document(text).data != before:
        return
    made = edited(text, after)
    assert parse_document(made).data == after
    assert made.startswith("# begin\n") and made.endswith("# end\n")
    assert edited(made, after) == made
    assert edited(text, before) == text
