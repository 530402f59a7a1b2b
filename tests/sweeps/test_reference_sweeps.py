"""Berlin's five questions: their files can be carried out, and the committed reduced results come out again."""

from pathlib import Path

import pytest

from sim.sweeps.design_file import read_design
from tests.golden.reference import REDUCED, reduced_results

BERLIN = Path("scenarios/berlin-2025")
REFERENCE = Path("results/reference/berlin-2025")


def available(question):
    if question == "codings" and not Path("scenarios/berlin-2025-coding-b/scenario.yaml").is_file():
        pytest.skip("the rival codings of Berlin are not in scenarios/")


@pytest.mark.parametrize("question", sorted(REDUCED))
def test_a_question_is_a_sweep_that_can_be_carried_out(question):
    available(question)
    design = read_design(BERLIN / f"sweep-{question}.yaml")
    assert design.question.endswith("?")
    assert design.name == f"berlin-2025-{question}"
    assert design.n_runs >= 300


@pytest.mark.parametrize("question", sorted(REDUCED))
def test_the_committed_reduced_results_come_out_again(question):
    available(question)
    for name, text in reduced_results(BERLIN, question).items():
        assert (REFERENCE / name).read_text(encoding="utf-8") == text, name
