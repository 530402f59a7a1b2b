"""Names of protocols, strategies and rules are checked where they are written, and runs that fail say why."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

TUTORIAL = Path("scenarios/tutorial-two-by-two/scenario.yaml")

#: A strategy of a package that is installed beside: it cannot bargain in some worlds, or in none.
MOODY = """
from sim.errors import ModelError
from sim.negotiation.time_dependent import Linear


class Moody(Linear):
    def __init__(self, own, settings, table):
        super().__init__(own, settings, table)
        if own.reservation % 2:
            raise ModelError("the moody one does not like this reservation value")


class Never(Linear):
    def demand(self, now):
        raise ModelError("the never one does not bargain")


not_a_strategy = 7
"""


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """A folder with a module and the metadata that an installer would write beside it."""
    (tmp_path / "moody.py").write_text(MOODY)
    info = tmp_path / "moody_example-0.1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: moody-example\nVersion: 0.1\n")
    (info / "entry_points.txt").write_text(
        "[parley.strategies]\nmoody = moody:Moody\nnever = moody:Never\nlinear = moody:Never\n"
        "seven = moody:not_a_strategy\ngone = moody:Missing\n"
    )
    return tmp_path


def parley(*arguments: object, path: Path | None = None) -> tuple[int, str, str]:
    environment = {**os.environ, "COLUMNS": "200"}
    if path is not None:
        environment["PYTHONPATH"] = str(path)
    done = subprocess.run(
        [sys.executable, "-m", "sim.cli", *map(str, arguments)], capture_output=True, text=True, env=environment
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, done.stdout, done.stderr


#: What is set over the scenario, and what is said of it.
WRONG = [
    ("negotiation.protocol=shutle", "unknown protocol 'shutle'; did you mean 'shuttle'?"),
    ("parties.hill.strategy={name: bulware}", "name: unknown strategy 'bulware'; did you mean 'boulware'?"),
    ("parties.hill.strategy={acceptance: nxt}", "acceptance: unknown acceptance rule 'nxt'; did you mean 'next'?"),
    ("parties.hill.strategy={name: rational}", "name: 'rational' needs everybody's payoffs"),
    ("stability.require=[acceptible]", "unknown test 'acceptible'; did you mean 'acceptable'?"),
]


@pytest.mark.parametrize(("command", "setting", "told"), [("check", *case) for case in WRONG] + [("run", *WRONG[0])])
def test_what_is_set_to_an_unknown_name_is_refused(command: str, setting: str, told: str) -> None:
    code, out, err = parley(command, TUTORIAL, "--set", setting)
    assert (code, out) == (1, "")
    assert err.startswith(f"parley: --set {setting}: ") and told in err


def test_an_unknown_name_in_a_file_is_told_with_its_line(tmp_path: Path) -> None:
    text = TUTORIAL.read_text()
    text = re.sub(r"protocol: \w+", "protocol: altrnating_offers", text)
    text = text.replace("    discount_rate: 0.25\n\nnegotiation", "    strategy: {name: linea}\n\nnegotiation")
    file = tmp_path / "s.yaml"
    file.write_text(text)
    lines = text.splitlines()
    protocol = next(n for n, line in enumerate(lines, 1) if "altrnating" in line)
    strategy = next(n for n, line in enumerate(lines, 1) if "linea}" in line)
    for command in ("check", "run"):
        code, out, err = parley(command, file)
        assert (code, out) == (1, "")
        assert f"{file}:{protocol}: negotiation.protocol: unknown protocol 'altrnating_offers'" in err
        assert f"{file}:{strategy}: parties.vale.strategy.name: unknown strategy 'linea'; did you mean 'linear'?" in err


def test_a_sweep_with_an_unknown_name_among_its_levels_does_not_begin(tmp_path: Path) -> None:
    design = tmp_path / "sweep.yaml"
    design.write_text(
        f"schema: 1\nname: names\nscenario: {TUTORIAL.resolve()}\nworlds: 1\n"
        "factors:\n  negotiation.protocol: [shuttle, shutle]\n"
    )
    code, _, err = parley("sweep", design, "--out", tmp_path / "r")
    assert code == 1 and "unknown protocol 'shutle'" in err
    assert not (tmp_path / "r").exists()


def test_the_names_of_installed_packages_are_known_and_others_listed(installed: Path) -> None:
    code, out, _ = parley("check", TUTORIAL, "--set", "parties.hill.strategy={name: moody}", path=installed)
    assert code == 0 and "no fault found" in out
    code, _, err = parley("check", TUTORIAL, "--set", "parties.hill.strategy={name: mody}", path=installed)
    assert code == 1 and "unknown strategy 'mody'; did you mean 'moody'?" in err
    code, _, err = parley("check", TUTORIAL, "--set", "parties.hill.strategy={name: moody}")
    assert code == 1 and "unknown strategy 'moody'" in err


def test_all_runs_failing_exit_1_and_say_why(installed: Path) -> None:
    given = ("run", TUTORIAL, "--runs", 2, "--set", "parties.hill.strategy={name: never}")
    code, out, err = parley(*given, path=installed)
    assert code == 1 and "something to sign" not in out
    assert "parley: all 2 runs failed: the never one does not bargain (ModelError)" in err
    code, out, _ = parley(*given, "--json", path=installed)
    assert code == 1 and '"message": "the never one does not bargain"' in out


def test_some_runs_failing_exit_3_and_say_why(installed: Path) -> None:
    setting = "parties.hill={no_deal: {reservation: {value: 0.3, low: 0.2, high: 0.4}}, strategy: {name: moody}}"
    settings = [
        "parties.hill.strategy={name: moody}",
        "parties.hill.no_deal.reservation={value: 0.3, low: 0.2, high: 0.4}",
    ]
    assert setting
    code, out, _ = parley(
        "run", TUTORIAL, "--runs", 12, *(part for s in settings for part in ("--set", s)), path=installed
    )
    told = re.search(r"(\d+) runs? failed: the moody one does not like this reservation value \(ModelError\)", out)
    assert code == 3 and told is not None and 0 < int(told[1]) < 12
    assert f"12, {told[1]} of them failed" in " ".join(out.split())


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("seven", "which is not a sub-class of sim.negotiation.strategy.Strategy"),
        ("gone", "which cannot be loaded: AttributeError"),
    ],
)
def test_what_a_package_offers_wrongly_is_told_with_the_package(installed: Path, name: str, told: str) -> None:
    code, _, err = parley(
        "run", TUTORIAL, "--runs", 1, "--set", f"parties.hill.strategy={{name: {name}}}", path=installed
    )
    assert code == 1 and "moody-example 0.1 offers the strategy" in err and told in err


def test_a_package_cannot_take_a_name_of_our_own(installed: Path) -> None:
    given = ("run", TUTORIAL, "--runs", 3, "--central", "--set", "parties.hill.strategy={name: linear}")
    assert parley(*given, path=installed)[:2] == parley(*given)[:2]


def test_a_name_that_two_packages_offer_is_refused_with_both(installed: Path) -> None:
    (other := installed / "other_example-2.dist-info").mkdir()
    (other / "METADATA").write_text("Metadata-Version: 2.1\nName: other-example\nVersion: 2\n")
    (other / "entry_points.txt").write_text("[parley.strategies]\nmoody = moody:Never\n")
    code, _, err = parley("run", TUTORIAL, "--runs", 1, "--set", "parties.hill.strategy={name: moody}", path=installed)
    assert code == 1 and "moody-example 0.1" in err and "other-example 2" in err and "uninstall one of them" in err
