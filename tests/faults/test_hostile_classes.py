"""Each class of hostile input, given to the command itself: refused with its exit code, in sentences, in good time."""

# The table of cases reads best with one a line.
# ruff: noqa: E501

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
import time
import zipfile
from collections import Counter
from pathlib import Path

import pytest

from sim.domain.reader import read_scenario

ROOT = Path(__file__).resolve().parents[2]
TWO = ROOT / "scenarios/tutorial-two-by-two/scenario.yaml"
PARLEY = Path(sys.executable).with_name("parley")
WITHIN = 60.0


def changed(old, new):
    text = TWO.read_text(encoding="utf-8")
    assert old in text
    return text.replace(old, new)


def scenario(name, text, *command):
    """A scenario file, and the command that is given it."""
    return lambda folder: (
        _written(folder / f"{name}.yaml", text) and [*(command or ("check",)), folder / f"{name}.yaml"]
    )


def design(name, text):
    return lambda folder: (
        _written(folder / f"{name}.yaml", f"schema: 1\nscenario: {TWO}\nname: {name}\n{text}")
        and ["sweep", folder / f"{name}.yaml", "--workers", "0", "--out", folder / f"{name}-out"]
    )


def _written(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def workbook(name, content):
    def prepared(folder):
        path = folder / f"{name}.xlsx"
        if callable(content):
            made = folder / "made.xlsx"
            subprocess.run([PARLEY, "export", TWO, made], check=True, capture_output=True, cwd=ROOT)
            _written(path, content(made.read_bytes()))
        else:
            _written(path, content)
        return ["import", path]

    return prepared


def _without_workbook_part(content):
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as given, zipfile.ZipFile(out, "w") as kept:
        for name in given.namelist():
            if name != "xl/workbook.xml":
                kept.writestr(name, given.read(name))
    return out.getvalue()


#: How an encrypted workbook begins: a compound file, not a zip.
COMPOUND = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(4_096)
WEB = {
    "name": "d",
    "issuesValues": {"price": {"values": ["low", "high"]}, "time": {"values": ["early", "late"]}},
}


def _profile(**more):
    utilities = {issue: {"DiscreteValueSetUtilities": {"valueUtilities": dict.fromkeys(spec["values"], 0.5)}}
                 for issue, spec in WEB["issuesValues"].items()}  # fmt: skip
    return {"LinearAdditiveUtilitySpace": {
        "issueUtilities": utilities, "issueWeights": {"price": 0.5, "time": 0.5}, "domain": WEB, "name": "p", **more,
    }}  # fmt: skip


def bargaining(name, profile):
    def prepared(folder):
        _written(folder / name / "domain.json", json.dumps(WEB))
        for party in "ab":
            text = profile if isinstance(profile, str) else json.dumps(profile)
            _written(folder / name / f"{party}.json", text)
        return ["import", folder / name]

    return prepared


LACKS = {"name": "d", "issuesValues": {"price": {"values": ["low", "high"]}}}
LONG = json.dumps(_profile(reservationBid=None)).replace("0.5", "9" * 400, 1)

#: Class, what is tried, how it is made, the codes that it may exit with, and a word of what must be said.
CASES = [
    ("numbers", "a payoff of 4e999999999", scenario("payoff", changed("held: 1}", "held: 4e999999999}")), {1}, "finite"),
    ("numbers", "a reservation value of 1e10", lambda f: ["run", TWO, "--runs", "2", "--set", "parties.vale.no_deal.reservation=1e10"], {1}, "between -1e+09"),
    ("numbers", "a response lag of 1e308", scenario("lag", changed("response_lag: {always: 12}", "response_lag: {always: 12, factor: {pass: {shared: 1e308}}}")), {1}, "between"),
    ("numbers", "an integer of 5,000 digits", scenario("digits", changed("deadline: 10", "deadline: " + "9" * 5_000)), {1}, "whole number"),
    ("scenario files", "a rule of no options at all", scenario("rule", TWO.read_text(encoding="utf-8") + "\nconstraints:\n  - {id: x, together: []}\n"), {1}, "constraints.0"),
    ("scenario files", "no text at all", scenario("zeros", b"\0" * 100), {1}, "control characters"),
    ("scenario files", "extends a file that is no scenario", scenario("extends", "extends: /etc/hostname\n"), {1}, "must name a file"),
    ("scenario files", "extends itself", scenario("itself", "extends: itself.yaml\n"), {1}, "in a circle"),
    ("scenario files", "a device", lambda f: ["check", "/dev/zero"], {1, 2}, "a device"),
    ("designs", "over 2^31 points", design("points", "factors:\n" + "".join(f"  parties.{p}.no_deal.reservation: {{from: 0, to: 1, steps: 100000}}\n" for p in ("hill", "vale"))), {1}, "is refused"),
    ("designs", "a factor linked with coding", design("coding", "factors:\n  f: {linked: {coding: [a, b], parties.hill.no_deal.reservation: [0.1, 0.2]}}\n"), {1}, "no rival codings"),
    ("designs", "percent: 1e300", design("percent", "factors:\n  parties.hill.no_deal.reservation: {percent: 1e300, steps: 3}\n"), {1}, "between -1e+09"),
    ("designs", "1e300 steps", design("steps", "factors:\n  parties.hill.no_deal.reservation: {from: 0, to: 1, steps: 1e300}\n"), {1}, "valid list"),
    ("designs", "together: []", design("together", "factors:\n  f: {together: []}\n"), {1}, "names no number"),
    ("designs", "10^300 runs", design("runs", "worlds: 1" + "0" * 300 + "\n"), {1}, "valid integer"),
    ("designs", "a strategy that is none", lambda f: ["run", TWO, "--runs", "2", "--set", "negotiation.protocol=bogus"], {1}, "unknown protocol"),
    ("clusters", "--cluster bogus", lambda f: [*design("c", "worlds: 2\n")(f), "--cluster", "bogus"], {1, 2}, "bogus"),
    ("workbooks", "cut short", workbook("cut", lambda content: content[: len(content) // 2]), {1}, "damaged"),
    ("workbooks", "a part missing", workbook("part", _without_workbook_part), {1}, "damaged"),
    ("workbooks", "bytes changed in the middle", workbook("bytes", lambda c: c[:900] + bytes(200) + c[1_100:]), {1}, "damaged"),
    ("workbooks", "encrypted", workbook("encrypted", COMPOUND), {1}, "is encrypted"),
    ("workbooks", "no workbook", workbook("text", b"hello"), {1}, "damaged"),
    ("workbooks", "empty", workbook("empty", b""), {1}, "damaged"),
    ("bargaining files", "an integer of 400 digits", bargaining("long", LONG), {1}, "400 digits"),
    ("bargaining files", "a profile whose domain lacks an issue", bargaining("lacks", _profile(domain=LACKS)), {1}, "no issue of its domain"),
    ("bargaining files", "an utility that is text", bargaining("word", json.dumps(_profile()).replace("0.5", '"half"', 1)), {1}, "finite number"),
    ("bargaining files", "weights missing", bargaining("weights", _profile(issueWeights={})), {1}, "says nothing on issue"),
    ("bargaining files", "a list", bargaining("list", "[1, 2]"), {1}, "is no GeniusWeb"),
    ("bargaining files", "nested 100,000 deep", bargaining("deep", "[" * 100_000), {1}, "nested too deep"),
    ("results", "a manifest that is a list", lambda f: _written(f / "r1/manifest.json", "[]") and ["show", f / "r1"], {1}, "damaged"),
    ("results", "a manifest with columns that are no text", lambda f: _written(f / "r2/manifest.json", json.dumps({"schema_version": 2, "kind": "sweep", "columns": [[1, 2]]})) and ["analyse", f / "r2"], {1}, "damaged"),
    ("results", "a folder without a manifest", lambda f: ["verify", f], {1}, "not a result"),
    ("results", "a name of 300 characters", lambda f: ["run", TWO, "--runs", "1", "--out", f / ("x" * 300)], {1}, "too long"),
]  # fmt: skip


def _refused(code, word, done, seconds):
    said = done.stderr.decode(errors="replace")
    clean = "Traceback" not in said and len(said) < 4_000 and "\x1b" not in said
    return done.returncode in code and clean and word in " ".join(said.split()) and seconds < WITHIN


def test_every_class_of_hostile_input_is_refused_well(tmp_path, capsys):
    tried, well, traces, amiss = Counter(), Counter(), Counter(), []
    environment = {**os.environ, "COLUMNS": "100", "PARLEY_NO_PROGRESS": "1"}
    for number, (kind, what, prepared, codes, word) in enumerate(CASES):
        folder = tmp_path / str(number)
        folder.mkdir()
        arguments = [str(argument) for argument in prepared(folder)]
        began = time.perf_counter()
        done = subprocess.run(
            [PARLEY, *arguments], capture_output=True, cwd=ROOT, check=False, timeout=120, env=environment
        )
        tried[kind] += 1
        traces[kind] += b"Traceback" in done.stderr
        if _refused(codes, word, done, time.perf_counter() - began):
            well[kind] += 1
        else:
            amiss.append((kind, what, done.returncode, done.stderr.decode(errors="replace")[-600:]))
    with capsys.disabled():
        print(f"\n{'class of hostile input':24}{'tried':>7}{'refused well':>14}{'tracebacks':>12}")
        for kind in tried:
            print(f"{kind:24}{tried[kind]:7}{well[kind]:14}{traces[kind]:12}")
    assert not amiss, amiss


@pytest.mark.parametrize("sign", ["=", "+", "-", "@"])
def test_a_cell_of_text_that_a_spreadsheet_would_compute_is_quoted(sign, tmp_path):
    file = tmp_path / "formula.yaml"
    file.write_text(
        changed("Both use the pass", f'"{sign}cmd|x"').replace("title: Two by two", f"title: '{sign}cmd|x'")
    )
    found = 0
    for arguments in (
        ["run", file, "--runs", "20", "--csv"],
        ["frontier", file, "--csv"],
        ["export", file, tmp_path / "csv"],
    ):
        done = subprocess.run([PARLEY, *map(str, arguments)], capture_output=True, text=True, cwd=ROOT, check=False)
        texts = [done.stdout] if arguments[-1] == "--csv" else [p.read_text() for p in tmp_path.glob("csv/*.csv")]
        for text in texts:
            cells = [cell for row in csv.reader(io.StringIO(text)) for cell in row]
            assert not any(cell.startswith(f"{sign}cmd") for cell in cells), (arguments, text[:500])
            found += sum(f"{sign}cmd" in cell for cell in cells)
    assert found, "the text is in no cell at all"
    again = tmp_path / "again.yaml"
    subprocess.run([PARLEY, "import", tmp_path / "csv", "--out", again], check=True, capture_output=True, cwd=ROOT)
    assert f"{sign}cmd|x" in str(read_scenario(again).data["issues"]["pass"]["options"]["shared"])
