"""Sweep files: what they can say, and how their faults are reported."""

import os
from pathlib import Path

import pytest

from sim.errors import DesignError, ScenarioError, SimError
from sim.sweeps.design_file import read_design
from sim.sweeps.factors import DUMMY
from sim.sweeps.results import Estimate

BERLIN = Path("scenarios/berlin-2025/scenario.yaml").absolute()
HEAD = f"schema: 1\nname: t\nscenario: {BERLIN}\n"


@pytest.fixture
def written(tmp_path):
    def write(text, head=HEAD):
        path = tmp_path / "sweep-t.yaml"
        path.write_text(head + text, encoding="utf-8")
        return path

    return write


def test_every_way_of_saying_a_factor(written):
    design = read_design(
        written(
            """
worlds: 3
replications: 2
seed: 4
factors:
  parties.russia.no_deal.reservation: {from: 0.40, to: 0.65, steps: 6}
  parties.us.no_deal.reservation: {plus_minus: 0.1, steps: 3}
  parties.germany.no_deal.reservation: {percent: 10, steps: 2}
  compliance.structure: {options: [fortna, lo-hashimoto-reiter]}
  negotiation.deadline: [26, 52]
  fatigue:
    linked:
      parties.ukraine.no_deal.reservation: [0.3, 0.5]
      negotiation.protocol: [shuttle, alternating_offers]
"""
        )
    )
    assert design.n_points == 6 * 3 * 2 * 2 * 2 * 2
    assert design.n_runs == design.n_points * 6
    last = design.settings(design.n_points - 1)
    assert last["parties.russia.no_deal.reservation"] == 0.65
    assert last["compliance.structure"] == "lo-hashimoto-reiter"
    assert last["negotiation.protocol"] == "alternating_offers"
    assert design.method == "grid"
    assert design.policies == ("berlin-2025",)


def test_uncertain_numbers_over_their_ranges_in_groups(written):
    design = read_design(
        written(
            """
method: sobol
samples: 2
factors:
  russia: {uncertain: "parties.russia.*"}
  ukraine: {uncertain: "parties.ukraine.*"}
"""
        )
    )
    assert design.groups == ("russia", "ukraine", DUMMY)
    assert len(design.factors) > 20
    assert design.n_points == 2 * 5


def test_policies_share_worlds(written):
    design = read_design(
        written(
            """
worlds: 4
policies:
  as-is: {}
  short: {negotiation.deadline: 10}
"""
        )
    )
    assert design.policies == ("as-is", "short")
    assert design.scenarios["short"].negotiation.deadline == 10
    assert [(design.case(r).scenario, design.case(r).world) for r in (0, 3, 4, 7)] == [
        ("as-is", 0),
        ("as-is", 3),
        ("short", 0),
        ("short", 3),
    ]


def test_points_come_from_a_csv(written, tmp_path):
    (tmp_path / "points.csv").write_text("negotiation.deadline,parties.russia.no_deal.reservation\n10,0.4\n20,0.5\n")
    text = """
method: points
points: points.csv
factors:
  parties.russia.no_deal.reservation: {from: 0, to: 1}
  negotiation.deadline: {values: [10, 20]}
"""
    design = read_design(written(text))
    assert [design.settings(p)["negotiation.deadline"] for p in (0, 1)] == [10, 20]
    (tmp_path / "points.csv").write_text("negotiation.deadline\n10\n")
    with pytest.raises(DesignError, match=r"points\.csv:1: factors without a column: parties\.russia\.no_deal"):
        read_design(written(text))
    (tmp_path / "points.csv").write_text("negotiation.deadline,parties.russia.no_deal.reservation,talks\n10,0.4,x\n")
    with pytest.raises(DesignError, match=r"points\.csv:1: columns without a factor: talks; every column is named"):
        read_design(written(text))


POINTS = """
method: points
points: points.csv
factors:
  negotiation.deadline: {values: [10, 20]}
  negotiation.protocol: {options: [shuttle, single_text]}
"""
HEADER = "negotiation.deadline,negotiation.protocol\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "points.csv: holds no points"),
        (HEADER, "points.csv: holds no points"),
        (HEADER + "10,shuttle\n20,\n", "points.csv:3: a value is missing"),
        (HEADER + "10,shuttle\n20\n", "points.csv:3: a value is missing"),
        (HEADER + "10,shuttle\n0,5,shuttle\n", "points.csv:3: 3 values for 2 factors"),
        (
            HEADER.replace("negotiation.protocol", "negotiation.deadline") + "10,10\n",
            "columns given twice: negotiation.deadline; every column",
        ),
        (HEADER + '10,"shuttle\n', "points.csv:2: not a CSV file"),
        (HEADER + "10," + "x" * 200_000 + "\n", "points.csv:2: not a CSV file"),
        (b"\xff\xfe", r"points.csv:1: byte 0xff is not UTF-8"),
        (None, "the points cannot be read: this is a device or a pipe"),
    ],
    ids=lambda given: str(given)[:30],
)
def test_a_faulty_file_of_points_is_refused_by_line(text, said, written, tmp_path):
    if text is None:
        os.mkfifo(tmp_path / "points.csv")
    else:
        (tmp_path / "points.csv").write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(DesignError, match=said):
        read_design(written(POINTS))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("wrlds: 3\n", r":4: wrlds: unknown key 'wrlds'; did you mean 'worlds'\?"),
        ("worlds: -3\n", r":4: worlds: -3: "),
        ("method: sobal\nfactors:\n  negotiation.deadline: [1, 2]\n", r":4: method: unknown method 'sobal'; did you"),
        (
            "factors:\n  parties.rusia.no_deal.reservation: {from: 0, to: 1}\n",
            r":5: .*no key 'rusia' at parties; did you mean 'russia'\?",
        ),
        (
            "factors:\n  parties.russia.no_deal.reservation: {from: 0}\n",
            r":5: .*a range needs both from and to",
        ),
        (
            "factors:\n  parties.russia.no_deal.reservation: {from: 1, to: 0}\n",
            r":5: .*runs backwards",
        ),
        (
            "factors:\n  parties.russia.no_deal.reservation: {from: 0, to: 1, percent: 5}\n",
            r":5: .*says from/to and percent; give one of",
        ),
        (
            "factors:\n  parties.russia.no_deal.reservation: {frm: 0, to: 1}\n",
            r":5: .*unknown key 'frm'; did you mean 'from'\?",
        ),
        (
            "factors:\n  negotiation.deadline: [10, soon]\n",
            r":5: .*negotiation\.deadline=soon: .*must be a whole number",
        ),
        ("factors:\n  coding: [x]\n", r":5: factors\.coding: (no coding 'x'|the scenario lists no rival codings)"),
        ("factors:\n  red_lines.p_real: {from: 0, to: 2}\n", r":5: .*a probability lies between 0 and 1"),
        ("factors:\n  red_lines: [real, maybe]\n", r":5: .*declared red lines are real or bluff"),
        ("method: grid\nsamples: 20\n", r":5: samples: method grid takes no samples; only latin-hypercube, sobol"),
        ("levels: 6\n", r":4: levels: method worlds takes no levels; only morris does"),
        ("options: {aftr: false}\n", r":4: options\.aftr: unknown key 'aftr'; did you mean 'after'\?"),
        ("options: {after: no}\n", r":4: options\.after: 'no': input should be a valid boolean"),
        ("set: {negotiation.deadlin: 3}\n", r":4: set: .*no key 'deadlin'"),
        ("policies:\n  a: {negotiation.deadlin: 3}\n", r":5: policies\.a: .*no key 'deadlin'"),
    ],
)
def test_a_fault_names_file_line_key_and_remedy(written, text, said):
    with pytest.raises(ScenarioError, match=r"sweep-t\.yaml" + said):
        read_design(written(text))


@pytest.mark.parametrize("name", ["../../elsewhere", "/tmp/x", "a\\\\b", "..", ""])
def test_a_name_that_leads_out_of_the_folder_of_results_is_refused(written, name):
    with pytest.raises(ScenarioError, match=r"sweep-t\.yaml:2: name: .*it names a folder under results"):
        read_design(written("", head=f'schema: 1\nname: "{name}"\nscenario: {BERLIN}\n'))


def test_an_estimate_counts_one_in_the_singular():
    one = Estimate(runs=1, points=1, chunks=1, seconds_per_run=0.01, seconds=1.0, bytes=2e3, workers=1)
    assert one.words().startswith("1 run (1 point) in 1 chunk; ")


def test_a_scenario_that_is_not_there_is_named_with_its_line(written):
    with pytest.raises(SimError, match=r"sweep-t\.yaml:3: scenario: nowhere\.yaml: no such file"):
        read_design(written("", head="schema: 1\nname: t\nscenario: nowhere.yaml\n"))
