"""Broken scenario files: one fault each, told with the line it stands on, and never a traceback."""

# The table of broken texts reads best with one fault a line.
# ruff: noqa: E501

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import sim
from sim.errors import ScenarioError, ScenarioErrors

WHOLE = """\
schema: 1
name: river
title: Two towns and a river
as_of: "2025-06"
sources:
  survey: {title: A survey, kind: survey}
issues:
  border:
    title: Border
    options: {north: N, middle: M, south: S}
    moves:
      - {id: push, party: upper, from: middle, to: south}
  water:
    title: Water
    options: {shared: S, separate: P}
constraints:
  - {id: C1, when: {border: north}, require: {water: shared}}
parties:
  upper:
    title: Upper town
    salience: {border: 1, water: 2}
    utility:
      border: {north: 0, middle: 0.5, south: 1}
      water: {shared: 1, separate: {value: 0.2, low: 0.1, high: 0.4, source: survey}}
    no_deal: {reservation: 0.3}
    red_lines: [{issue: border, options: [north], kind: declared, p_real: 0.5}]
  lower:
    title: Lower town
    salience: {border: 1, water: 1}
    utility:
      border: {north: 1, middle: 0.5, south: 0}
      water: {shared: 0.5, separate: 0.5}
    no_deal: {reservation: 0.3}
negotiation: {protocol: alternating_offers, deadline: 10}
"""


def broken(old: str, new: str) -> str:
    assert WHOLE.count(old) == 1, f"{old!r} stands {WHOLE.count(old)} times in the whole file"
    return WHOLE.replace(old, new)


def many_options(n_issues: int) -> str:
    """A well-formed file of n issues with ten options each."""
    options = ", ".join(f"o{k}: x" for k in range(10))
    values = ", ".join(f"o{k}: 0.{k}" for k in range(10))
    names = [f"i{k}" for k in range(n_issues)]
    issues = "".join(f"  {name}: {{title: T, options: {{{options}}}}}\n" for name in names)
    party = (
        "    title: P\n    salience: {"
        + ", ".join(f"{n}: 1" for n in names)
        + "}\n    utility:\n"
        + "".join(f"      {n}: {{{values}}}\n" for n in names)
        + "    no_deal: {reservation: 0.1}\n"
    )
    return (
        'schema: 1\nname: wide\ntitle: Wide\nas_of: "2025"\nissues:\n' + issues
        + "parties:\n  a:\n" + party + "  b:\n" + party + "negotiation: {}\n"
    )  # fmt: skip


UPPER_BORDER = "border: {north: 0, middle: 0.5, south: 1}"
UPPER_WATER = "{value: 0.2, low: 0.1, high: 0.4, source: survey}"
RED_LINE = "{issue: border, options: [north], kind: declared, p_real: 0.5}"
MOVE = "{id: push, party: upper, from: middle, to: south}"
RULE = "{id: C1, when: {border: north}, require: {water: shared}}"
TALKS = "negotiation: {protocol: alternating_offers, deadline: 10}"

#: What is wrong → text, line of the fault, a phrase of the message.
BROKEN: dict[str, tuple[str, int, str]] = {
    # The text itself.
    "empty file": ("", 1, "empty"),
    "comments only": ("# nothing yet\n", 1, "empty"),
    "a list at the top": ("- a\n- b\n", 1, "must be a mapping"),
    "a word at the top": ("hello\n", 1, "must be a mapping"),
    "tab as indentation": (broken("    title: Border\n", "\ttitle: Border\n"), 9, "tab"),
    "bracket left open": (broken("options: {shared: S, separate: P}", "options: {shared: S"), 16, "not valid YAML"),
    "quote left open": (WHOLE + 'question: "why\n', 35, "not valid YAML"),
    "indentation that fits nothing": (broken("    title: Water\n", "   title: Water\n  x\n"), 16, "not valid YAML"),
    "control character": (broken("title: Border", "title: Bor\x07der"), 9, "not valid YAML"),
    "two documents": (WHOLE + "---\nname: other\n", 35, "second document"),
    "anchor": (broken("title: Water", "title: &t Water"), 14, "anchor"),
    "alias": (broken("title: Lower town", "title: *t"), 28, "alias"),
    "merge key": (broken("  water:\n    title: Water", "  water:\n    <<: {a: 1}\n    title: Water"), 14, "merge keys"),
    "object tag": (broken("title: Water", "title: !!python/object:os.system Water"), 14, "tag"),
    "plain tag": (broken("reservation: 0.3}\n    red", "reservation: !!str 0.3}\n    red"), 25, "tag"),
    "key given twice": (broken("    title: Water\n", "    title: Water\n    title: Wasser\n"), 15, "line 14"),
    "key that is a number": (broken("  survey: {", "  1: {title: B}\n  survey: {"), 6, "not text"),
    "key that is true": (broken("  survey: {", "  true: {title: B}\n  survey: {"), 6, "not text"),
    "key that is nothing": (broken("  survey: {", "  ~: {title: B}\n  survey: {"), 6, "not text"),
    "key that is a list": (broken("  survey: {", "  [a, b]: {title: B}\n  survey: {"), 6, "must be a word"),
    "key of a thousand letters": (WHOLE + "k" * 1000 + ": 1\n", 35, "1,000 characters"),
    "nested too deep": (WHOLE + "question: " + "[" * 60 + "]" * 60 + "\n", 35, "nested more than 40 deep"),
    "nested deeper than the parser bears": (WHOLE + "question: " + "[" * 100_000 + "\n", 35, "nested more than 40 deep"),
    "lists in lists of one line": (WHOLE + "question:\n  " + "- " * 100_000 + "\n", 36, "nested more than 40 deep"),
    # Shape.
    "baseline weights of some": (WHOLE + "baseline_weights: {lower: 1}\n", 35, "no weight for upper; give one for every"),
    "no version": (broken("schema: 1\n", ""), 1, "required"),
    "another version": (broken("schema: 1", "schema: 2"), 1, "2 is not one of 1"),
    "unknown key at the top": (WHOLE + "partys: {}\n", 35, "did you mean 'parties'?"),
    "unknown key of a party": (broken("    red_lines: [", "    redlines: ["), 26, "did you mean 'red_lines'?"),
    "unknown key of a number": (broken("low: 0.1, high", "lo: 0.1, high"), 24, "did you mean 'low'?"),
    "unknown key of a red line": (broken("p_real: 0.5", "preal: 0.5"), 26, "did you mean 'p_real'?"),
    "name with a dot": (broken("name: river", "name: ri.ver"), 2, "must not be empty or hold"),
    "title that is a number": (broken("title: Border", "title: 12"), 9, "put it in quotes"),
    "title that is true": (broken("title: Border", "title: true"), 9, "put it in quotes"),
    "date that is a number": (broken('as_of: "2025-06"', "as_of: 2025"), 4, "must be text"),
    "date in words": (broken('as_of: "2025-06"', "as_of: June"), 4, "pattern"),
    "options that are a list": (broken("{shared: S, separate: P}", "[shared, separate]"), 15, "must be a mapping"),
    "no options": (broken("{shared: S, separate: P}", "{}"), 15, "at least 1"),
    "option defined by a number": (broken("{shared: S, separate: P}", "{shared: 1, separate: P}"), 15, "must be text"),
    "option with an equals sign": (broken("{shared: S, separate: P}", '{"sha=red": S, shared: S, separate: P}'), 15, "must not be empty or hold"),
    "party that is a list": (broken("    no_deal: {reservation: 0.3}\n    red", "    no_deal: []\n    red"), 25, "must be a mapping"),
    "word for a number": (broken(UPPER_BORDER, "border: {north: none, middle: 0.5, south: 1}"), 23, "'none'"),
    "truth for a number": (broken(UPPER_BORDER, "border: {north: false, middle: 0.5, south: 1}"), 23, "false"),
    "number in quotes": (broken(UPPER_BORDER, 'border: {north: "0", middle: 0.5, south: 1}'), 23, "'0'"),
    "value above 1": (broken(UPPER_BORDER, "border: {north: 0, middle: 0.5, south: 1.5}"), 23, "between 0 and 1"),
    "value below 0": (broken(UPPER_BORDER, "border: {north: -0.1, middle: 0.5, south: 1}"), 23, "between 0 and 1"),
    "range above 1": (broken("high: 0.4", "high: 1.4"), 24, "high 1.4 must be between 0 and 1"),
    "low above the value": (broken("low: 0.1", "low: 0.3"), 24, "does not bracket"),
    "high below the value": (broken("high: 0.4", "high: 0.15"), 24, "does not bracket"),
    "not a number": (broken(UPPER_BORDER, "border: {north: .nan, middle: 0.5, south: 1}"), 23, "finite"),
    "infinity": (broken("salience: {border: 1, water: 2}", "salience: {border: .inf, water: 2}"), 21, "finite"),
    "minus infinity": (broken("deadline: 10", "deadline: -.inf"), 34, "whole number"),
    "negative salience": (broken("salience: {border: 1, water: 2}", "salience: {border: -1, water: 2}"), 21, "at least 0"),
    "probability above 1": (broken("p_real: 0.5", "p_real: 2"), 26, "between 0 and 1"),
    "unknown status": (broken("source: survey}}", "status: guess}}"), 24, "'guess' is not one of"),
    "unknown distribution": (broken("source: survey}}", "dist: triangle}}"), 24, "did you mean 'triangular'?"),
    "deadline of no rounds": (broken("deadline: 10", "deadline: 0"), 34, "greater than or equal to 1"),
    "deadline of half a round": (broken("deadline: 10", "deadline: 10.5"), 34, "whole number"),
    "hard line with a probability": (broken("kind: declared", "kind: hard"), 26, "a hard line is always real"),
    "move that goes nowhere": (broken(MOVE, "{id: push, party: upper, from: middle, to: middle}"), 12, "changes nothing"),
    "rule that says nothing": (broken(RULE, "{id: C1, when: {border: north}}"), 17, "give either"),
    "one party": (WHOLE[: WHOLE.index("  lower:")] + TALKS + "\n", 18, "at least 2"),
    # References.
    "undeclared source": (broken("source: survey}}", "source: survy}}"), 24, "did you mean 'survey'?"),
    "undeclared source of a line": (broken("p_real: 0.5}", "p_real: 0.5, source: press}"), 26, "unknown source 'press'"),
    "unknown issue in salience": (broken("salience: {border: 1, water: 2}", "salience: {border: 1, water: 2, watr: 1}"), 21, "did you mean 'water'?"),
    "issue without salience": (broken("salience: {border: 1, water: 2}", "salience: {border: 1}"), 21, "says nothing on water"),
    "all saliences zero": (broken("salience: {border: 1, water: 2}", "salience: {border: 0, water: 0}"), 21, "all saliences are zero"),
    "unknown option valued": (broken(UPPER_BORDER, "border: {north: 0, midle: 0.5, middle: 0.5, south: 1}"), 23, "did you mean 'middle'?"),
    "option without value": (broken(UPPER_BORDER, "border: {north: 0, south: 1}"), 23, "gives no value to middle"),
    "red line on an unknown issue": (broken("{issue: border, opt", "{issue: boarder, opt"), 26, "did you mean 'border'?"),
    "red line on an unknown option": (broken("options: [north]", "options: [nord]"), 26, "unknown option 'nord'"),
    "move by an unknown party": (broken(MOVE, "{id: push, party: uper, from: middle, to: south}"), 12, "did you mean 'upper'?"),
    "move from an unknown option": (broken(MOVE, "{id: push, party: upper, from: centre, to: south}"), 12, "unknown option 'centre'"),
    "rule on an unknown issue": (broken("when: {border: north}", "when: {bord: north}"), 17, "did you mean 'border'?"),
    "rule on an unknown option": (broken("require: {water: shared}", "require: {water: share}"), 17, "did you mean 'shared'?"),
    "rule given twice": (broken(f"  - {RULE}\n", f"  - {RULE}\n  - {RULE}\n"), 18, "given twice"),
    "unknown opener": (broken("deadline: 10", "opener: uppr"), 34, "did you mean 'upper'?"),
    "unknown mediator": (broken("deadline: 10", "mediator: pope"), 34, "unknown party 'pope'"),
    "channel of one party": (broken("deadline: 10", "closed_channels: [[upper, upper]]"), 34, "two different parties"),
    "quota of three among two": (broken("deadline: 10", "quota: 3"), 34, "asks for 3 signatures of 2"),
    "unknown test required": (WHOLE + "stability: {require: [acceptible]}\n", 35, "did you mean 'acceptable'?"),
    "group like nobody": (WHOLE + "groups: {many: {count: 3, like: uper}}\n", 35, "did you mean 'upper'?"),
    "end state left open": (WHOLE + "no_deal: {end_states: {war: {title: War, agreement: {border: north}}}}\n", 35, "leaves out water"),
    "unknown end state": (broken("{reservation: 0.3}\n    red", "{reservation: 0.3, lottery: {beliefs: {war: 1}}}\n    red"), 25, "unknown end state 'war'"),
    "codings of no weight": (WHOLE + "codings: {own: {weight: 0}}\n", 35, "all weights are zero"),
    # What follows from the parts together.
    "rules that leave nothing": (broken(RULE, "{id: C1, forbid: {water: [shared, separate]}}"), 17, "C1 leaves no agreement"),
    "rules that together leave nothing": (
        broken(f"  - {RULE}\n", f"  - {RULE}\n  - {{id: A, forbid: {{water: shared}}}}\n  - {{id: B, forbid: {{water: separate}}}}\n"),
        18,
        "A, B together leave no agreement",
    ),
    "seven issues of ten options": (many_options(7), 5, "10,000,000 combinations"),
    "utility above 1": (
        broken("    red_lines:", "    interactions: [{when: {border: south, water: shared}, value: 0.2}]\n    red_lines:"),
        26,
        "utility can rise to 1.2",
    ),
    "utility below 0": (
        broken("    red_lines:", "    interactions: [{when: {border: middle, water: separate}, value: -0.5}]\n    red_lines:"),
        26,
        "utility can fall to",
    ),
}  # fmt: skip


def faults_of(text: str, file: str = "") -> list[ScenarioError]:
    with pytest.raises(ScenarioError) as caught:
        sim.scenario_from_text(text, file=file)
    return caught.value.errors if isinstance(caught.value, ScenarioErrors) else [caught.value]


def test_the_whole_file_is_without_fault():
    assert sim.scenario_from_text(WHOLE).name == "river"


def test_at_least_sixty_faults_are_tried():
    assert len(BROKEN) >= 60


@pytest.mark.parametrize("what", BROKEN)
def test_a_fault_is_told_once_with_its_line(what):
    text, line, phrase = BROKEN[what]
    faults = faults_of(text, "river.yaml")
    assert [(fault.file, fault.line) for fault in faults] == [("river.yaml", line)], "\n".join(map(str, faults))
    assert phrase in faults[0].message


@pytest.mark.parametrize("what", [w for w, (text, _, _) in BROKEN.items() if text.strip()])
def test_a_fault_comes_with_the_line_it_stands_in_and_a_caret_within_it(what):
    text, line, _ = BROKEN[what]
    (fault,) = faults_of(text, "river.yaml")
    assert fault.excerpt == text.splitlines()[line - 1]
    assert fault.column is not None
    assert 1 <= fault.column <= len(fault.excerpt) + 1
    assert fault.report().splitlines()[-1].endswith("^")


def test_all_faults_of_a_file_come_in_one_go_in_its_order():
    text = WHOLE.replace("title: Border", "titel: Border").replace("p_real: 0.5", "p_real: 2")
    text = text.replace("source: survey}}", "source: survy}}").replace("deadline: 10", "opener: uppr")
    faults = faults_of(text)
    assert [fault.path for fault in faults] == [
        "issues.border.title",
        "issues.border.titel",
        "parties.upper.utility.water.separate.source",
        "parties.upper.red_lines.0.p_real",
        "negotiation.opener",
    ]


@pytest.mark.parametrize(
    "what", ["empty file", "key given twice", "value above 1", "undeclared source", "rules that leave nothing"]
)
def test_the_command_line_exits_1_with_file_line_and_caret_and_no_traceback(what, tmp_path):
    text, line, phrase = BROKEN[what]
    file = tmp_path / "river.yaml"
    file.write_text(text, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "sim.cli", "frontier", str(file)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert f"river.yaml:{line}: " in done.stderr
    assert phrase in done.stderr
    assert "Traceback" not in done.stderr


# --- files ------------------------------------------------------------------------------------------


def fault_of_file(path: Path) -> ScenarioError:
    with pytest.raises(ScenarioError) as caught:
        sim.read_scenario(path)
    return caught.value


def test_a_folder_without_a_scenario_is_refused(tmp_path):
    assert "directory" in fault_of_file(tmp_path).message


def test_a_missing_file_is_named(tmp_path):
    fault = fault_of_file(tmp_path / "none.yaml")
    assert (fault.message, fault.file) == ("no such file", str(tmp_path / "none.yaml"))


def test_a_file_that_is_not_utf_8_is_refused_at_the_line_of_the_byte(tmp_path):
    (tmp_path / "s.yaml").write_bytes(b"schema: 1\nname: x\ntitle: Z\xfcrich\n")
    fault = fault_of_file(tmp_path / "s.yaml")
    assert fault.line == 3
    assert "0xfc is not UTF-8" in fault.message


def test_a_file_in_utf_16_is_refused(tmp_path):
    (tmp_path / "s.yaml").write_bytes(WHOLE.encode("utf-16"))
    assert "not UTF-8" in fault_of_file(tmp_path / "s.yaml").message


def test_a_byte_order_mark_is_no_fault(tmp_path):
    (tmp_path / "s.yaml").write_bytes(WHOLE.encode("utf-8-sig"))
    assert sim.read_scenario(tmp_path / "s.yaml").name == "river"


def test_an_over_large_file_is_refused_before_it_is_parsed(tmp_path):
    (tmp_path / "s.yaml").write_text(WHOLE + "# " + "x" * (8 * 2**20) + "\n")
    assert "larger than" in fault_of_file(tmp_path / "s.yaml").message


def test_a_name_no_file_can_have_is_refused():
    assert "name of a file" in fault_of_file(Path("a\0b")).message


# --- extends ----------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "base.yaml").write_text(WHOLE)
    return tmp_path


def extending(folder: Path, text: str) -> Path:
    (folder / "over.yaml").write_text(text)
    return folder / "over.yaml"


def test_a_file_that_extends_itself_is_refused(folder):
    fault = fault_of_file(extending(folder, "name: x\nextends: over.yaml\n"))
    assert (fault.line, fault.path) == (2, "extends")
    assert "circle" in fault.message


def test_files_that_extend_one_another_in_a_circle_are_refused(folder):
    (folder / "a.yaml").write_text("extends: b.yaml\n")
    (folder / "b.yaml").write_text("extends: a.yaml\n")
    fault = fault_of_file(folder / "a.yaml")
    assert fault.line == 1
    assert "circle" in fault.message


def test_a_missing_extended_file_is_told_at_the_line_of_extends(folder):
    file = extending(folder, "name: x\nextends: nowhere.yaml\n")
    fault = fault_of_file(file)
    assert (fault.file, fault.line) == (str(file), 2)
    assert "nowhere.yaml: no such file" in fault.message


def test_an_extended_file_given_as_a_list_is_refused(folder):
    assert "must be the path" in fault_of_file(extending(folder, "extends: [base.yaml]\n")).message


def test_deleting_a_key_that_is_not_there_is_told_with_the_nearest(folder):
    fault = fault_of_file(extending(folder, "extends: base.yaml\nparties:\n  upper:\n    red_line: ~\n"))
    assert fault.line == 4
    assert "did you mean 'red_lines'?" in fault.message


def test_a_fault_of_an_extended_file_points_at_that_file(folder):
    (folder / "base.yaml").write_text(broken("p_real: 0.5", "p_real: 2"))
    fault = fault_of_file(extending(folder, "extends: base.yaml\nname: other\n"))
    assert (fault.file, fault.line) == (str(folder / "base.yaml"), 26)


def test_a_fault_of_the_extending_file_points_at_the_extending_file(folder):
    file = extending(folder, "extends: base.yaml\nname: other\nparties:\n  upper: {discount_rate: -1}\n")
    fault = fault_of_file(file)
    assert (fault.file, fault.line, fault.path) == (str(file), 4, "parties.upper.discount_rate")


def test_an_extending_file_changes_adds_and_deletes(folder):
    scenario = sim.read_scenario(
        extending(folder, "extends: base.yaml\nconstraints: ~\nparties:\n  upper: {discount_rate: 0.2, red_lines: ~}\n")
    )
    assert scenario.constraints == []
    assert scenario.parties["upper"].red_lines == []
    assert scenario.parties["upper"].discount_rate.value == 0.2
    assert scenario.parties["upper"].title == "Upper town"
