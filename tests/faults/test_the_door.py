"""What a process of the command line leaves behind: its exit code, and never a traceback or a sign that acts."""

from __future__ import annotations

import ast
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sim.cli import EXIT_CODES

TUTORIAL = str(Path("scenarios/tutorial-two-by-two/scenario.yaml").resolve())
PARLEY = [sys.executable, "-m", "sim.cli"]


def parley(*arguments: str, **more) -> subprocess.CompletedProcess[str]:
    done = subprocess.run([*PARLEY, *arguments], stderr=subprocess.PIPE, text=True, check=False, **more)
    assert "Traceback" not in done.stderr, done.stderr
    assert done.returncode in EXIT_CODES
    return done


@pytest.mark.parametrize(
    "arguments", [("run", TUTORIAL, "--runs", "3"), ("explain", TUTORIAL), ("--help",), ("schema",)]
)
def test_a_reader_that_goes_away_is_no_fault(arguments):
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = parley(*arguments, stdout=writing)
    finally:
        os.close(writing)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="/dev/full is a device of Linux")
@pytest.mark.parametrize("arguments", [("run", TUTORIAL, "--runs", "3"), ("check", TUTORIAL, "--json"), ("--help",)])
def test_a_full_disk_under_stdout_is_told_in_a_line(arguments):
    with Path("/dev/full").open("w") as full:
        done = parley(*arguments, stdout=full)
    assert (done.returncode, done.stderr) == (
        1, "parley: standard output cannot be written: No space left on device\n",
    )  # fmt: skip


def test_a_closed_stdout_is_to_be_told_nothing(tmp_path):
    command = f"exec {' '.join(PARLEY)} run {TUTORIAL} --runs 3 --out {tmp_path / 'r'} >&-"
    done = subprocess.run(["bash", "-c", command], stderr=subprocess.PIPE, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads((tmp_path / "r" / "manifest.json").read_text())["kind"] == "run"


DESIGN = """
schema: 1
scenario: {scenario}
name: long
question: Does it end?
depth: simulate
worlds: 20000
factors: {{parties.vale.no_deal.reservation: [0.3, 0.4]}}
"""


@pytest.mark.parametrize(("sent", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_stopped_sweep_says_how_it_goes_on_and_exits_by_the_signal(sent, code, tmp_path):
    (tmp_path / "sweep.yaml").write_text(DESIGN.format(scenario=TUTORIAL))
    folder = tmp_path / "r"
    process = subprocess.Popen(
        [*PARLEY, "sweep", str(tmp_path / "sweep.yaml"), "--workers", "0", "--out", str(folder)],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    deadline = time.monotonic() + 60
    while not list(folder.glob("chunks/*.parquet")):
        assert process.poll() is None and time.monotonic() < deadline, "the first chunk is never written"
        time.sleep(0.05)
    process.send_signal(sent)
    _, told = process.communicate(timeout=60)
    assert process.returncode == code, told
    assert "are kept in" in told and "--resume" in told and "Traceback" not in told


@pytest.mark.parametrize(
    ("sent", "code", "word"), [(signal.SIGINT, 130, "interrupted"), (signal.SIGTERM, 143, "stopped")]
)
def test_a_stopped_command_says_so(sent, code, word):
    process = subprocess.Popen(
        [*PARLEY, "run", TUTORIAL, "--runs", "1000000"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    time.sleep(3)
    process.send_signal(sent)
    _, told = process.communicate(timeout=60)
    assert process.returncode == code
    assert told.splitlines()[-1].removeprefix("\r\033[K") == f"parley: {word}"


def test_an_end_of_file_inside_the_program_is_a_fault_and_no_interruption(monkeypatch):
    from sim import cli

    def at_its_end(_context):
        raise EOFError("Ran out of input")

    monkeypatch.setattr(cli.parley, "invoke", at_its_end)
    with pytest.raises(EOFError, match="Ran out of input"):
        cli.main(["check", TUTORIAL])


EVIL = r"""
extends: SCENARIO
title: "Two \e]52;c;aGk=\a by \u202etwo"
parties: {vale: {title: "Va\u009b31mle"}}
issues: {pass: {title: "Pass\e[2J"}}
"""


@pytest.mark.parametrize(
    "command",
    [
        ["check"], ["frontier"], ["zone"], ["run", "--runs", "3"], ["baselines", "--worlds", "2"], ["explain"],
        ["stability"], ["aftermath", "--runs", "3"], ["trace"], ["check", "--json"], ["run", "--runs", "2", "--json"],
    ],
    ids=" ".join,
)  # fmt: skip
def test_what_a_strangers_file_says_is_shown_and_not_obeyed(command, tmp_path):
    file = tmp_path / "scenario.yaml"
    file.write_text(EVIL.replace("SCENARIO", TUTORIAL))
    done = parley(command[0], str(file), *command[1:], stdout=subprocess.PIPE)
    assert done.returncode == 0
    assert not {"\x1b", "\x07", "\x9b", "\u202e"} & set(done.stdout + done.stderr)
    if "--json" in command:
        assert json.loads(done.stdout)["schema_version"] == 1


@pytest.mark.parametrize(
    "text",
    [
        'title: "x"\n"ke\\ey": 1\n',
        'parties: {"va\\x9ble": {title: "x\\e[31m"}}\n',
        "titel: \u202ereversed\n",
        'parties: {vale: {utility: {pass: {"\\e]0;x\\a": 1}}}}\n',
    ],
)
def test_an_error_quotes_a_strangers_line_as_signs(text, tmp_path):
    file = tmp_path / "scenario.yaml"
    file.write_text(f"extends: {TUTORIAL}\n{text}")
    done = parley("check", str(file), stdout=subprocess.PIPE)
    assert (done.returncode, done.stdout) == (1, "")
    assert not {"\x1b", "\x07", "\x9b", "\u202e"} & set(done.stderr)
    assert "\\u" in done.stderr or "\\x" in done.stderr


@pytest.mark.parametrize("link", [False, True])
def test_a_file_that_is_no_scenario_is_not_quoted_through_extends(link, tmp_path):
    secret = tmp_path / "passwords"
    secret.write_text("root:x:0:0\n")
    named = "base.yaml" if link else "passwords"
    if link:
        (tmp_path / named).symlink_to(secret)
    (tmp_path / "scenario.yaml").write_text(f"extends: {named}\n")
    done = parley("check", str(tmp_path / "scenario.yaml"), stdout=subprocess.PIPE)
    assert done.returncode == 1
    assert "must name a file that ends in" in done.stderr and "x:0:0" not in done.stderr


@pytest.mark.parametrize(
    "setting",
    [
        "parties.vale.no_deal.reservation=1e10", "parties.vale.no_deal.reservation=-1e300",
        "parties.vale.utility.pass.held=4e999999999", "parties.vale.salience.pass=1e200",
        "negotiation.deadline=99999999999999999999",
    ],
)  # fmt: skip
def test_a_number_out_of_bounds_is_refused_where_it_is_set(setting):
    done = parley("run", TUTORIAL, "--runs", "2", "--set", setting, stdout=subprocess.PIPE)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"parley: --set {setting.partition('=')[0]}=")


@pytest.mark.parametrize(
    "arguments",
    [
        ("run", TUTORIAL, "--runs", "2", "--out", "LONG"), ("stability", TUTORIAL, "--out", "LONG"),
        ("export", TUTORIAL, "LONG.xlsx"), ("new", "LONG"), ("check", "LONG"),
        ("import", "LONG.xlsx"), ("stability", "--graph", "LONG"),
    ],
)  # fmt: skip
def test_a_name_that_is_too_long_for_a_file_is_told_in_a_line(arguments, tmp_path):
    long = "a" * 300
    done = parley(*(word.replace("LONG", long) for word in arguments), stdout=subprocess.PIPE, cwd=tmp_path)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert long in done.stderr and "too long" in done.stderr.lower()


GAME = {
    "kind": "abstract-game", "name": "g", "title": "G", "decision_makers": ["1", "2"], "states": ["a", "b"],
    "payoff": {"1": [1, 2], "2": [2, 1]}, "effectiveness": [],
}  # fmt: skip


@pytest.mark.parametrize(("payoff", "said"), [("4e999999999", "too large"), ("4e-999999999", "nine decimal places")])
def test_a_payoff_beyond_all_arithmetic_is_refused_at_its_place(payoff, said, tmp_path):
    (tmp_path / "g.json").write_text(json.dumps(GAME).replace("[1, 2]", f"[{payoff}, 2]", 1))
    done = parley("stability", "--graph", str(tmp_path / "g.json"), stdout=subprocess.PIPE)
    assert done.returncode == 1
    assert "payoff.1[0]" in done.stderr and said in done.stderr


def test_where_nobody_can_move_all_is_stable(tmp_path):
    (tmp_path / "g.json").write_text(json.dumps(GAME))
    done = parley("stability", "--graph", str(tmp_path / "g.json"), "--json", stdout=subprocess.PIPE)
    assert done.returncode == 0
    assert json.loads(done.stdout)["core"] == ["a", "b"]


def _crowd(n: int, different: int) -> str:
    worth = "salience: {{a: 1}}, utility: {{a: {{x: {u}, y: 0}}}}, no_deal: {{reservation: 0}}"
    party = f"  p{{k}}: {{{{title: P{{k}}, {worth}}}}}\n"
    parties = "".join(party.format(k=k, u=f"0.{k % different + 1:03d}") for k in range(n))
    head = "schema: 1\nname: many\ntitle: Many\nas_of: '2025'\nissues: {a: {title: A, options: {x: X, y: Y}}}\n"
    return f"{head}parties:\n{parties}negotiation: {{deadline: 3}}\n"


@pytest.mark.parametrize(("different", "code"), [(9, 0), (300, 1)])
def test_a_frontier_of_more_parties_than_can_be_compared(different, code, tmp_path):
    (tmp_path / "scenario.yaml").write_text(_crowd(300, different))
    done = parley("frontier", str(tmp_path), "--json", stdout=subprocess.PIPE)
    assert done.returncode == code
    if code:
        assert "at most 255 different parties" in done.stderr
    else:
        assert [entry["options"] for entry in json.loads(done.stdout)["pareto"]] == [{"a": "x"}]


def test_thousands_of_listed_values_are_checked_by_their_ends():
    from sim.domain.reader import read_scenario
    from sim.errors import SimError
    from sim.sweeps.design_file import check_factor
    from sim.sweeps.factors import Factor

    two, path = read_scenario(TUTORIAL), "parties.vale.utility.pass.held"
    inside = [(k / 20_000,) for k in range(20_000)]
    began = time.perf_counter()
    check_factor(Factor("f", (path,), levels=tuple(inside)), two)
    assert time.perf_counter() - began < 5
    with pytest.raises(SimError, match="between 0 and 1"):
        check_factor(Factor("f", (path,), levels=(*inside[:9000], (1.5,), *inside[9000:])), two)
    with pytest.raises(SimError):
        check_factor(Factor("f", ("negotiation.deadline",), levels=((3,), (4.5,), (9,))), two)


def test_no_command_prints_past_the_escape():
    printing = sorted([*Path("sim/commands").glob("*.py"), *Path("sim/present").glob("*.py")])
    assert len(printing) > 30
    direct = [
        f"{path}:{node.lineno}"
        for path in printing
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and (ast.unparse(node.func) in {"print", "click.echo", "click.secho", "sys.stdout.write", "Console"})
    ]
    assert direct == [f"sim/commands/options.py:{_line_of_say()}"]


def _line_of_say() -> int:
    lines = Path("sim/commands/options.py").read_text(encoding="utf-8").splitlines()
    return next(n for n, line in enumerate(lines, 1) if line.lstrip().startswith("click.echo(printable("))
