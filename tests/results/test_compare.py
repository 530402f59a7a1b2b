"""Comparisons: inputs first, pairs under common random numbers, honest p-values."""

import json

import numpy as np
import pandas as pd
import pytest
from scipy.stats import fisher_exact, ttest_1samp
from statsmodels.stats.contingency_tables import mcnemar

import sim
from sim.domain.difference import Change, differences
from sim.errors import ResultError
from sim.present.console import recorded
from sim.present.sheets import markdown_of
from sim.present.sweeps import print_comparison
from sim.results.batch import run_batch
from sim.results.compare import Side, compare
from sim.results.manifest import Column, Manifest
from sim.results.store import write_result
from sim.results.summary import Summary
from sim.sweeps.design import Design
from sim.sweeps.executors import choose_workers
from sim.sweeps.factors import ranged
from sim.sweeps.runner import carry_out
from sim.sweeps.task import FunctionTask


def runs(n=200, seed=0, shift=0.0, replications=1):
    """Runs that share their luck: the world's luck decides, shifted."""
    luck = np.repeat(np.random.default_rng(seed).random(n), replications)
    return pd.DataFrame(
        {
            "world": np.repeat(np.arange(n), replications),
            "replication": np.tile(np.arange(replications), n),
            "error": None,
            "agreed": luck + shift > 0.6,
            "rounds": 52 - 30 * luck - 10 * shift,
            "option.donetsk": np.where(luck + shift > 0.6, np.where(luck > 0.9, "line", "zone"), ""),
        }
    )


def found(comparison, outcome):
    return next(d for d in comparison.differences if d.outcome == outcome)


def shown(comparison):
    with recorded() as blocks:
        print_comparison(comparison)
    return markdown_of(blocks)


def test_what_came_out_is_answered_before_what_went_in():
    c = compare(Side("a", runs(), {"x": 1, "y": 2, "z": 0}), Side("b", runs(), {"x": 1, "y": 3, "w": 5}))
    assert [(i.path, i.given) for i in c.inputs] == [("y", (2, 3)), ("z", (0, None)), ("w", (None, 5))]
    text = shown(c)
    assert text.splitlines()[0] in {
        "**Of 1 question none has another answer beyond chance.**",
        "**Of 2 questions none has another answer beyond chance.**",
    }
    assert 0 < text.index("What came out") < text.index("What went in")


def test_pairs_are_tested_by_mcnemar_and_the_interval_is_narrower_than_unpaired():
    a, b = runs(), runs(shift=0.05)
    paired = found(compare(Side("a", a, {}, 1), Side("b", b, {}, 1)), "agreed")
    unpaired = found(compare(Side("a", a, {}, 1), Side("b", b, {}, 2)), "agreed")
    assert paired.paired
    assert not unpaired.paired
    gained = int((b.agreed & ~a.agreed).sum())
    lost = int((a.agreed & ~b.agreed).sum())
    table = [[0, gained], [lost, 0]]
    assert paired.p == pytest.approx(mcnemar(table, exact=True).pvalue)
    assert unpaired.p == pytest.approx(
        fisher_exact([[a.agreed.sum(), 200 - a.agreed.sum()], [b.agreed.sum(), 200 - b.agreed.sum()]]).pvalue
    )
    assert paired.difference.estimate == pytest.approx(unpaired.difference.estimate)
    assert paired.difference.half_width < 0.5 * unpaired.difference.half_width


def test_few_pairs_that_disagree_leave_an_interval_that_holds_no_difference():
    a, b = runs(60), runs(60)
    a["agreed"], b["agreed"] = [True] * 3 + [False] * 57, False
    d = found(compare(Side("a", a, {}, 1), Side("b", b, {}, 1)), "agreed")
    assert d.p == pytest.approx(0.25)
    assert d.difference.low < 0 < d.difference.high


def test_a_change_in_all_of_few_worlds_is_not_certain_to_be_one_in_all_worlds():
    a, b = runs(20), runs(20)
    a["agreed"], b["agreed"] = True, False
    d = found(compare(Side("a", a, {}, 1), Side("b", b, {}, 1)), "agreed")
    assert d.difference.estimate == -1.0
    assert -0.85 < d.difference.high < -0.7


@pytest.mark.parametrize("seed", [1, 2])
def test_numbers_that_differ_alike_in_all_of_few_worlds_are_tested_by_their_signs(seed):
    a, b = runs(4), runs(4)
    a["rounds"], b["rounds"] = 3, 4
    d = found(compare(Side("a", a, {}, 1), Side("b", b, {}, seed)), "rounds")
    assert d.p == pytest.approx(2 / 2**4 if seed == 1 else 2 / 70)  # of 4 signs; of the 70 ways to part 4 from 4


def test_a_count_that_is_none_or_one_everywhere_stays_a_number():
    a, b = runs(30), runs(30)
    a["zone"], b["zone"] = [0, 1] * 15, 0
    a["late"], b["late"] = [True, None, False] * 10, [False, None, False] * 10
    c = compare(Side("a", a, {}, 1), Side("b", b, {}, 1))
    assert (found(c, "zone").kind, found(c, "late").kind) == ("mean", "share")


def test_numbers_are_tested_on_the_means_of_worlds():
    a, b = runs(50, replications=10), runs(50, replications=10)
    noise = np.random.default_rng(5).normal(size=500)
    b["rounds"] = b["rounds"] + np.repeat(np.random.default_rng(6).normal(0.3, 1.0, 50), 10) + 0.1 * noise
    d = found(compare(Side("a", a, {}, 1), Side("b", b, {}, 1)), "rounds")
    means = (b.rounds - a.rounds).groupby(b.world).mean()
    assert d.p == pytest.approx(ttest_1samp(means, 0).pvalue)
    assert d.n == 500
    # 500 runs are 50 worlds: the interval has the width of 50.
    assert d.difference.half_width == pytest.approx(1.96 * means.std() / np.sqrt(50), rel=0.15)


def test_equal_tables_do_not_differ():
    c = compare(Side("a", runs(), {}, 1), Side("b", runs(), {}, 1))
    assert all(d.p == 1.0 and d.difference.estimate == 0.0 for d in c.differences)
    assert c.only_changed().differences == ()
    assert "No outcome differs" in shown(c.only_changed())


def test_a_single_run_that_does_not_pair_is_not_said_to_be_alike(capsys):
    c = compare(Side("many", runs(9), {}, 1), Side("single", runs(1, shift=1.0), {}, 2))
    print_comparison(c)
    said = capsys.readouterr().out
    assert "No outcome could be compared." in said
    assert "single: fewer than two runs" in said
    assert "No outcome could be compared." in shown(c)


def test_p_values_are_adjusted_together_and_only_changes_are_kept():
    a, b = runs(), runs(shift=0.2)
    c = compare(Side("a", a, {}, 1), Side("b", b, {}, 1))
    assert all(d.adjusted >= d.p for d in c.differences)
    kept = c.only_changed()
    assert 0 < len(kept.differences) < len(c.differences)
    assert all(d.adjusted <= 0.05 for d in kept.differences)
    assert "left out" in kept.notes[-1]


def test_independent_tables_with_the_same_law_seldom_seem_changed():
    """The error of a family of unpaired comparisons stays near 5 %."""
    wrong = {True: 0, False: 0}
    for trial in range(100):
        c = compare(Side("a", runs(100, 2 * trial), {}, 1), Side("b", runs(100, 2 * trial + 1), {}, 2))
        for question in wrong:
            wrong[question] += any(d.changed for d in c.differences if d.question is question)
    assert max(wrong.values()) <= 10


def test_every_value_of_a_text_column_is_an_outcome():
    c = compare(Side("a", runs(), {}, 1), Side("b", runs(shift=0.1), {}, 1))
    names = [d.outcome for d in c.differences]
    assert "option.donetsk = line" in names
    assert "option.donetsk = zone" in names


def test_failed_runs_and_runs_without_a_partner_are_left_out_and_said():
    a, b = runs(50), runs(60)
    a.loc[3, "error"] = "ModelError"
    c = compare(Side("a", a, {}, 1), Side("b", b, {}, 1))
    assert c.failed == (1, 0)
    assert any("failed runs are left out: a 1, b 0" in note for note in c.notes)
    assert any("11 runs have no partner" in note for note in c.notes)
    assert found(c, "agreed").n == 49


def test_three_sides_are_each_compared_with_the_first():
    c = compare(*(Side(n, runs(shift=s), {}, 1) for n, s in (("a", 0), ("b", 0.1), ("c", 0.2))))
    assert [d.side for d in c.differences if d.outcome == "agreed"] == ["b", "c"]


def test_json_and_csv_say_the_same():
    c = compare(Side("a", runs(), {"x": 1}, 1), Side("b", runs(shift=0.1), {"x": 2}, 1))
    content = json.loads(json.dumps(c.to_json()))
    assert content["inputs"] == [{"path": "x", "kind": "changed", "given": [1, 2]}]
    assert len(content["differences"]) == len(c.to_frame())
    assert content["differences"][0]["difference"] == c.to_frame()["difference"][0]


def luck(case):
    from sim.domain.streams import Purpose, stream

    u = stream(case.seed, Purpose.NEGOTIATION, case.world, case.replication).random()
    return {"agreed": bool(u + case.settings["x"] > 0.6)}


def test_a_sweep_over_two_scenarios_is_compared_with_itself(tmp_path):
    design = Design(scenarios={"base": None, "other": None}, factors=[ranged("x", 0, 0.2, steps=2)], worlds=100)
    scenarios = {"base": {"hash": "1", "text": '{"a": 1}'}, "other": {"hash": "2", "text": '{"a": 2}'}}
    from sim.sweeps.runner import manifest_of

    task = FunctionTask(luck, {"agreed": bool})
    carry_out(
        design, task, tmp_path / "s", choose_workers(0), quiet=True, manifest=manifest_of(design, task, scenarios)
    )
    c = compare(tmp_path / "s")
    assert c.sides == ("s: base", "s: other")
    assert [(i.path, i.given) for i in c.inputs] == [("a", (1, 2))]
    assert [d.outcome for d in c.differences] == ["agreed"]  # factors are no outcomes
    assert c.differences[0].paired
    assert c.differences[0].difference.estimate == 0.0


def test_plain_results_are_read_from_their_folders(tmp_path):
    for name, shift in (("a", 0.0), ("b", 0.3)):
        table = runs(shift=shift).reset_index(names="run")
        kinds = {"run": "int64", "world": "int32", "replication": "int32", "error": "string", "agreed": "bool"}
        columns = tuple(Column(n, k) for n, k in kinds.items())
        text = json.dumps({"parties": {"russia": {"value": shift}}})
        write_result(
            tmp_path / name,
            table,
            Manifest("run", name, 4, columns, 200, 200, scenarios={"x": {"hash": str(shift), "text": text}}),
        )
    c = compare(tmp_path / "a", tmp_path / "b")
    assert [(i.path, i.given) for i in c.inputs] == [("parties.russia.value", (0.0, 0.3))]
    assert found(c, "agreed").paired


def test_one_table_alone_is_refused():
    with pytest.raises(ResultError, match="needs two results"):
        compare(Side("a", runs(), {}))


def test_paths_that_went_in_are_shown_whole_and_long_texts_say_that_they_are_cut(capsys):
    paths = [
        f"parties.kingdom.guarantor.cost.guarantee_content.plus_air_sea_logistics.{end}" for end in ("low", "high")
    ]
    names = [f"a side with a name of some length, {k}" for k in range(4)]
    print_comparison(compare(*(Side(n, runs(2), {**dict.fromkeys(paths, n), "title": 40 * n}) for n in names)))
    lines = capsys.readouterr().out.split("What went in")[1].split("Exploratory")[0].splitlines()
    width = min(line.index("a side") for line in lines if "a side" in line)
    told = "".join(line[:width].strip() for line in lines)
    assert all(path in told for path in paths)
    assert "".join(lines).count("…") == len(names)


@pytest.mark.parametrize("width", ["80", "110", "200"])
def test_scenarios_are_compared_in_titles_the_answer_first_and_within_a_screen(capsys, monkeypatch, width):
    monkeypatch.setenv("COLUMNS", width)
    names = ("scenarios/berlin-2025", "scenarios/berlin-2025-coding-b")
    given = [sim.read_scenario(name) for name in names]
    sides = [Side(s.name, run_batch(s, runs=4, quiet=True), {}, 0, scenario=s) for s in given]
    print_comparison(compare(*sides))
    out = capsys.readouterr().out
    assert out.startswith("Of 2 questions none has another answer beyond chance.")
    assert len(out.splitlines()) <= 60
    keys = {*(i for i in given[0].issues if "_" in i), *(o for i in given[0].issues.values() for o in i.options)}
    assert [key for key in keys if "_" in key and key in out] == []
    assert "parties." not in out and ".source" not in out
    assert "Ukraine: weight of" in out and "of them are left out here; --json shows them." in " ".join(out.split())


def test_the_differences_of_scenarios_are_those_of_diff():
    names = ("scenarios/berlin-2025", "scenarios/berlin-2025-coding-b", "scenarios/berlin-2025-coding-c")
    given = [sim.read_scenario(name) for name in names]
    c = compare(*(Side(s.name, runs(4), {"seed": k}, 0, scenario=s) for k, s in enumerate(given)))
    assert c.inputs[-1] == Change("seed", "changed", (0, 1, 2))
    assert c.inputs[:-1] == differences(*given)
    pairs = [{change.path: change for change in differences(given[0], other)} for other in given[1:]]
    for change in c.inputs[:-1]:
        for place, pair in enumerate(pairs, 1):
            said = pair[change.path].after if change.path in pair else change.before
            assert change.given[place] == said, change.path


def test_a_few_named_questions_are_one_family_and_the_rest_is_exploratory():
    a, b = runs(), runs(shift=0.05)
    for number in range(40):
        # Forty outcomes more take nothing from what is asked.
        a[f"other.{number}"], b[f"other.{number}"] = np.random.default_rng(number).random((2, 200))
    sides = Side("a", a, {}, 1), Side("b", b, {}, 1)
    alone = found(compare(*(Side(s.name, s.table[["world", "error", "agreed"]], {}, 1) for s in sides)), "agreed")
    c = compare(*sides)
    asked = [d for d in c.differences if d.question]
    assert [d.outcome for d in asked] == ["agreed"]
    assert asked[0].p_holm == pytest.approx(alone.p) == pytest.approx(alone.p_holm)
    assert all(np.isnan(d.p_holm) and d.q >= d.p for d in c.differences if not d.question)
    two = compare(*sides, questions=["rounds", "option.donetsk = line"])
    assert [d.outcome for d in two.differences if d.question] == ["rounds", "option.donetsk = line"]
    assert found(two, "rounds").p_holm == pytest.approx(min(1, 2 * found(two, "rounds").p))
    with pytest.raises(ResultError, match="no outcome 'round' to compare; did you mean 'rounds'"):
        compare(*sides, questions=["round"])


def test_what_a_side_shows_is_over_all_its_runs_and_a_difference_over_the_pairs_counted_beside_it(capsys):
    a, b = runs(40), runs(40)
    a["agreed"], b["agreed"] = [True] * 10 + [False] * 30, [True] * 30 + [False] * 10
    a["ratified"] = [True] * 5 + [False] * 5 + [None] * 30
    b["ratified"] = [True] * 10 + [False] * 20 + [None] * 10
    c = compare(Side("a", a, {}, 1), Side("b", b, {}, 1))
    ratified = found(c, "ratified")
    assert (ratified.first.estimate, ratified.second.estimate) == (0.5, pytest.approx(1 / 3))
    assert (ratified.difference.estimate, ratified.n) == (0.5, 10)
    assert found(c, "agreed").n == 40
    print_comparison(c)
    said = capsys.readouterr().out
    assert "pairs" in said
    assert "over all its runs; a difference is over the pairs in which both have a value" in " ".join(said.split())


def test_run_and_compare_show_the_same_shares_of_the_same_worlds():
    hard = sim.read_scenario("scenarios/berlin-2025/scenario.yaml")
    soft = sim.with_settings(hard, {"parties.russia.no_deal.reservation": 0.45})
    tables = [run_batch(s, runs=60, seed=3, quiet=True) for s in (hard, soft)]
    c = compare(*(Side(s.name + str(k), t, {}, 3) for k, (s, t) in enumerate(zip((hard, soft), tables, strict=True))))
    summaries = [Summary.of(table, hard) for table in tables]
    for outcome, name in (("agreed", "agreed"), ("zone > 0", "zone"), ("ratified", "ratified")):
        row = found(c, outcome) if outcome != "ratified" or summaries[0].agreed.estimate else None
        if row is not None:
            assert (row.first, row.second) == tuple(getattr(s, name) for s in summaries), outcome
    assert summaries[1].agreed.estimate > 0.2
