"""Whatever a file holds, the reader returns a scenario or raises a `ScenarioError`, in bounded time and memory."""

# The tables of hostile texts read best with one a line.
# ruff: noqa: E501

from __future__ import annotations

import time
import tracemalloc

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import sim
from sim.domain.document import MAX_VALUES, parse_document
from sim.domain.scenario import Scenario
from sim.errors import ScenarioError
from tests.faults.test_broken_scenarios import WHOLE

#: Pieces of text that have broken YAML readers.
PIECES = [
    "\t", "\n", " ", ": ", "- ", "[", "]", "{", "}", '"', "'", "&a", "*a", "!!int ", "<<: ", "~", "null", "NO", ".nan",
    ".inf", "-.inf", "1e999", "0x", "0o8", "9" * 40, "0x" + "F" * 40, "|", ">-", "? ", "---\n", "...\n", "%YAML 1.1\n",
    "#", "\\x", "\x00", "\x07", "\u0085", "\u2028", "\ufeff", "\ud800", "é", "extends: x\n", "groups: {g: {count: 2, like: upper}}\n",
    "value: ", "low: 9", "[[[[", "true: ", "1: ", "'': ", "@", "`",
]  # fmt: skip


@st.composite
def mutated(draw: st.DrawFn) -> str:
    """The whole file with up to six cuts, insertions, doublings and swaps of lines."""
    text = WHOLE
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, len(text)))
        kind = draw(st.sampled_from(["cut", "insert", "line twice", "swap lines", "replace word"]))
        lines = text.split("\n")
        row = draw(st.integers(0, len(lines) - 1))
        if kind == "cut":
            text = text[:at] + text[at + draw(st.integers(1, 30)) :]
        elif kind == "insert":
            text = text[:at] + draw(st.sampled_from(PIECES) | st.text(max_size=5)) + text[at:]
        elif kind == "line twice":
            text = "\n".join([*lines[: row + 1], *lines[row:]])
        elif kind == "swap lines":
            other = draw(st.integers(0, len(lines) - 1))
            lines[row], lines[other] = lines[other], lines[row]
            text = "\n".join(lines)
        else:
            words = lines[row].split(" ")
            words[draw(st.integers(0, len(words) - 1))] = draw(st.sampled_from(PIECES))
            lines[row] = " ".join(words)
            text = "\n".join(lines)
    return text


def reads_or_refuses(text: str, file: str = "") -> None:
    try:
        scenario = sim.scenario_from_text(text, file=file)
    except ScenarioError as fault:
        assert str(fault).strip()
        assert fault.report().strip()
    else:
        assert isinstance(scenario, Scenario)


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(mutated())
def test_a_mutated_file_is_read_or_refused(text):
    reads_or_refuses(text, "mutated.yaml")


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=200) | st.lists(st.sampled_from(PIECES), max_size=30).map("".join))
def test_any_text_is_read_or_refused(text):
    reads_or_refuses(text)


@settings(max_examples=150, deadline=None)
@given(data=st.binary(max_size=300))
def test_any_bytes_in_a_file_are_read_or_refused(tmp_path_factory, data):
    file = tmp_path_factory.getbasetemp() / "bytes.yaml"
    file.write_bytes(data)
    with pytest.raises(ScenarioError):
        sim.read_scenario(file)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
PARTS = [
    "issues",
    "parties",
    "constraints",
    "groups",
    "codings",
    "extends",
    "negotiation",
    "sources",
    "no_deal",
    "name",
]


@settings(max_examples=200, deadline=None)
@given(part=st.sampled_from(PARTS), value=VALUES)
def test_any_value_in_any_part_is_read_or_refused(part, value):
    import json

    whole = parse_document(WHOLE).data
    reads_or_refuses(json.dumps({**whole, part: value}))


HOSTILE = {
    "brackets": "a: " + "[" * 100_000,
    "closed brackets": "a: " + "[" * 50_000 + "]" * 50_000,
    "braces": "{a: " * 50_000,
    "deep blocks": "".join(" " * k + "a:\n" for k in range(2_000)),
    "bomb of aliases": "a: &a [x, x]\n" + "".join(f"{c}: &{c} [{', '.join([f'*{p}'] * 9)}]\n" for p, c in zip("abcdefgh", "bcdefghi", strict=True)),
    "a million keys": "\n".join(f"k{k}: 1" for k in range(1_000_000)),
    "a million values": "a: [" + "1," * 1_000_000 + "]",
    "one long word": "a: " + "x" * 4_000_000,
    "one long key": "x" * 1_000_000 + ": 1",
    "a long integer": "a: " + "9" * 1_000_000,
    "a long hexadecimal": "a: 0x" + "F" * 1_000_000,
    "duplicates": "a: 1\n" * 300_000,
    "unknown keys": WHOLE + "\n".join(f"k{k}: 1" for k in range(100_000)),
    "empty lines": "\n" * 4_000_000,
    "quotes": '"' * 500_000,
}  # fmt: skip


@pytest.mark.parametrize("what", HOSTILE)
def test_a_hostile_text_is_refused_in_bounded_time_and_memory(what):
    text = HOSTILE[what]
    start = time.process_time()
    with pytest.raises(ScenarioError) as caught:
        sim.scenario_from_text(text, file="hostile.yaml")
    assert time.process_time() - start < 15  # a bound on processor time; most take well under a second
    assert len(caught.value.report()) < 100_000


@pytest.mark.parametrize("what", ["bomb of aliases", "a million values", "brackets"])
def test_a_hostile_text_takes_memory_in_proportion_to_its_bounds(what):
    tracemalloc.start()
    with pytest.raises(ScenarioError):
        parse_document(HOSTILE[what])
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1_000 * MAX_VALUES + 20 * len(HOSTILE[what])


def test_a_file_of_eight_mebibytes_is_refused(tmp_path):
    (tmp_path / "s.yaml").write_text("k: 1\n" * (8 * 2**20 // 5))
    with pytest.raises(ScenarioError, match="larger than"):
        sim.read_scenario(tmp_path / "s.yaml")
