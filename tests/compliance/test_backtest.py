"""The backtest: Harrell's C against a library and by hand, the rules by hand, files that are not as they should be."""

from __future__ import annotations

import json
import warnings
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.compliance.backtest import backtest, codes_flagged, naive_index
from sim.compliance.cases import CODES, Case, read_cases
from sim.compliance.codebook import read_case
from sim.compliance.concordance import bootstrap_interval, concordance
from sim.errors import ScenarioError

GIVEN = Path("../shared/evidence/historical_cases.csv")
HEADER = ("case_id", "months", "collapsed", *CODES)


def case(name: str = "X", months: float = 60, collapsed: bool = True, **codes: str) -> Case:
    reference = {
        "territorial_clause": "none",
        "dmz": "none",
        "guarantee_level": "0",
        "monitoring": "0",
        "peacekeepers": "0",
        "peacekeepers_partisan": "0",
        "adverse_power_shift": "0",
        "third_party_pressure": "0",
    }
    return Case(name, name, months, collapsed, reference | codes)


# --- Harrell's C -------------------------------------------------------------------------------------


@given(
    st.lists(
        st.tuples(st.integers(0, 4), st.integers(1, 6), st.booleans()),
        min_size=2,
        max_size=25,
    )
)
@settings(max_examples=200, deadline=None)
def test_the_concordance_equals_the_library_with_ties_and_censoring(rows: list[tuple[int, int, bool]]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from lifelines.utils import concordance_index

    predicted, months, ended = (list(column) for column in zip(*rows, strict=True))
    ours = concordance(predicted, months, ended)
    if ours.comparable == 0:
        assert ours.c is None
        with pytest.raises(ZeroDivisionError):
            concordance_index(months, predicted, ended)
    else:
        assert ours.c == pytest.approx(concordance_index(months, predicted, ended), abs=1e-12)


def test_pairs_are_counted_by_hand() -> None:
    # B's end is not seen, so B and C cannot be told apart beyond month 5; A is shorter than both.
    found = concordance([1, 3, 3], [2, 5, 9], [True, False, True])
    assert (found.concordant, found.tied, found.comparable) == (2, 0, 2)
    assert concordance([3, 3], [2, 5], [True, True]).c == 0.5
    assert concordance([1], [2], [True]).c is None


def test_the_bootstrap_equals_counting_in_each_resampled_file() -> None:
    rng = np.random.default_rng(3)
    predicted, months, ended = rng.integers(0, 5, 9), rng.integers(1, 50, 9), rng.random(9) < 0.7
    from sim.domain.streams import Purpose, stream

    picks = stream(7, Purpose.BOOTSTRAP).integers(0, 9, size=(400, 9))
    scores = []
    for pick in picks:
        below = above = 0.0
        for i in pick:
            for j in pick:
                if i != j and ended[i] and (months[i] < months[j] or (months[i] == months[j] and not ended[j])):
                    below += 1
                    above += (predicted[i] < predicted[j]) + 0.5 * (predicted[i] == predicted[j])
        if below:
            scores.append(above / below)
    expected = np.quantile(scores, [0.025, 0.975])
    assert bootstrap_interval(predicted, months, ended, seed=7, draws=400) == pytest.approx(tuple(expected))


# --- the rules ---------------------------------------------------------------------------------------


def test_the_reference_case_has_the_baseline_hazard_twice_where_it_is_not_enforced() -> None:
    # Nothing at all: L = 6 + 2, w^N = .60 + .08 > u = .63: not enforced, .08 doubled.
    reading = read_case(case())
    late = 1.09 ** (-8 / 12)
    assert reading.lag == 8
    assert reading.breaks == pytest.approx((1 - late) * 0.68 + late * 0.68)
    assert not reading.enforced and reading.hazard == pytest.approx(0.16)
    assert read_case(case(), structure="lo-hashimoto-reiter").hazard == pytest.approx(0.06)


def test_a_full_set_of_terms_is_read_by_the_table() -> None:
    reading = read_case(
        case(guarantee_level="3", dmz="symmetric", monitoring="2", peacekeepers="1", third_party_pressure="1")
    )
    # HR .65 × min(.75, .90) × .40 = .195; pressed ×1.7; L = 1.5 × .75 + 1.
    assert reading.lag == pytest.approx(2.125)
    late = 1.09 ** (-2.125 / 12)
    war = 0.60 - 0.15 - 0.01 - 0.015 + 0.02125 + 0.70 * -0.38
    assert reading.breaks == pytest.approx((1 - late) * 0.62 + late * war)
    assert reading.enforced and reading.hazard == pytest.approx(0.08 * 0.195 * 1.7)


def test_the_product_of_terms_has_a_floor_and_pressure_and_power_come_after_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    strong = case(
        guarantee_level="3", dmz="symmetric", peacekeepers="3", adverse_power_shift="1", third_party_pressure="1"
    )
    # The strongest terms of the table come to .65 × .60 × .40 = .156, just above the floor of .15.
    assert read_case(strong).hazard == pytest.approx(0.08 * 0.156 * 1.3 * 1.7)
    monkeypatch.setattr("sim.compliance.codebook.FLOOR", 0.2)
    assert read_case(strong).hazard == pytest.approx(0.08 * 0.2 * 1.3 * 1.7)


def test_a_force_that_belongs_to_one_side_counts_as_none() -> None:
    own = read_case(case(peacekeepers="3", peacekeepers_partisan="1"))
    assert (own.hazard, own.lag) == (read_case(case()).hazard, read_case(case()).lag)


def test_the_code_set_with_hindsight_can_be_left_out_with_both_its_effects() -> None:
    rising = case(guarantee_level="2", monitoring="2", adverse_power_shift="2")
    blind = read_case(rising, hindsight=False)
    assert blind.hazard == read_case(case(guarantee_level="2", monitoring="2")).hazard
    assert read_case(rising).breaks > blind.breaks


@pytest.mark.parametrize("clause", ["withdrawal_by_weaker", "cession (fortified border)", "partial_withdrawal", "none"])
def test_territorial_clauses_are_matched_by_how_they_begin(clause: str) -> None:
    shift = {"w": 0.08, "c": 0.12, "p": -0.03, "n": 0.0}[clause[0]]
    late = 1.09 ** (-8 / 12)
    difference = read_case(case(territorial_clause=clause)).breaks - read_case(case()).breaks
    assert difference == pytest.approx(late * shift)


def test_the_predicted_median_halves_survival() -> None:
    for codes in ({}, {"guarantee_level": "3", "monitoring": "2"}, {"adverse_power_shift": "2", "dmz": "asymmetric"}):
        reading = read_case(case(**codes))
        assert reading.survival(reading.predicted_months) == pytest.approx(0.5)
    assert read_case(case()).survival(6) == pytest.approx(np.exp(-0.16 / 12 * 18))


def test_empty_and_unknown_codes_count_as_the_reference_and_are_flagged() -> None:
    odd = case("ODD", dmz="", guarantee_level="7", territorial_clause="swap")
    reading = read_case(odd)
    assert reading.hazard == read_case(case()).hazard
    assert reading.flags == ("guarantee_level: '7'", "dmz: ''", "territorial_clause: 'swap'")
    assert codes_flagged(backtest([odd, case("Y", 30)])) == {"ODD": reading.flags}


# --- the given cases ---------------------------------------------------------------------------------


@pytest.mark.external
def test_on_the_given_cases_single_codes_score_as_published_and_the_whole_is_reported() -> None:
    if not GIVEN.is_file():
        pytest.skip(f"the coded cases are not at {GIVEN}")
    result = backtest(GIVEN)
    assert result.guarantee_only.c == pytest.approx(0.63, abs=0.005)
    assert result.hindsight_only.c == pytest.approx(0.76, abs=0.005)
    assert 0.77 <= (result.naive.c or 0) <= 0.79
    assert (len(result.readings), result.model.comparable) == (14, 72)
    # Whatever it is: the figure the rules give, fixed before any run.
    assert result.model.c == pytest.approx(60.5 / 72)
    assert result.interval is not None and result.interval[0] < 60.5 / 72 < result.interval[1]


@pytest.mark.external
def test_every_pair_out_of_order_is_among_the_misfits() -> None:
    if not GIVEN.is_file():
        pytest.skip(f"the coded cases are not at {GIVEN}")
    result = backtest(GIVEN)
    wrong = sum(misfit.wrong for misfit in result.misfits)
    # Each pair is seen from both sides; ties count half from each.
    assert wrong / 2 == result.model.comparable - result.model.concordant - result.model.tied / 2


def test_the_naive_index_adds_codes_as_written() -> None:
    full = case(guarantee_level="3", dmz="symmetric", monitoring="2", peacekeepers="1", adverse_power_shift="2")
    assert naive_index(full) == 3 + 1 + 2 + 1 - 2
    assert naive_index(case(peacekeepers="3", peacekeepers_partisan="1")) == 0
    assert naive_index(case(third_party_pressure="1"), pressure=True) == -1
    assert naive_index(case(monitoring="?")) == 0


# --- files -------------------------------------------------------------------------------------------


def write(folder: Path, *rows: str, header: str = ",".join(HEADER)) -> Path:
    path = folder / "cases.csv"
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return path


GOOD = "A,12,1,none,none,0,0,0,0,0,0"


@pytest.mark.parametrize(
    ("rows", "line", "words"),
    [
        (["A,twelve,1,none,none,0,0,0,0,0,0"], 2, ["months", "'twelve'"]),
        (["A,-3,1,none,none,0,0,0,0,0,0"], 2, ["months", "'-3'"]),
        (["A,nan,1,none,none,0,0,0,0,0,0"], 2, ["months", "'nan'"]),
        ([GOOD, "B,12,yes,none,none,0,0,0,0,0,0"], 3, ["collapsed", "'yes'"]),
        ([GOOD, "", "A,12,1,none,none,0,0,0,0,0,0"], 4, ["'A' stands in line 2 already"]),
        ([GOOD, "B,12,1"], 3, ["3 values under 11 columns"]),
        ([",12,1,none,none,0,0,0,0,0,0"], 2, ["case_id"]),
        ([], 1, ["no cases"]),
    ],
)
def test_a_row_that_cannot_be_used_is_named_by_line_and_column(
    tmp_path: Path, rows: list[str], line: int, words: list[str]
) -> None:
    path = write(tmp_path, *rows)
    with pytest.raises(ScenarioError) as fault:
        read_cases(path)
    message = str(fault.value)
    assert message.startswith(f"{path}:{line}: ") and "\n" not in message
    assert all(word in message for word in words)


def test_a_missing_column_is_named_with_the_nearest_there_is(tmp_path: Path) -> None:
    path = write(tmp_path, GOOD, header=",".join(HEADER).replace("monitoring", "monitorng"))
    with pytest.raises(ScenarioError, match=r"column 'monitoring' is missing; did you mean 'monitorng'"):
        read_cases(path)


def test_files_that_are_absent_empty_or_no_text_are_refused(tmp_path: Path) -> None:
    (tmp_path / "empty.csv").write_text("", encoding="utf-8")
    (tmp_path / "binary.csv").write_bytes(b"\xff\xfe\x00\x01")
    (tmp_path / "broken.csv").write_text('case_id,"months\n', encoding="utf-8")
    for name, words in (
        ("no.csv", "no such file"),
        ("empty.csv", "empty"),
        ("binary.csv", "UTF-8"),
        ("broken.csv", "CSV"),
    ):
        with pytest.raises(ScenarioError, match=words):
            read_cases(tmp_path / name)


def test_columns_may_stand_in_any_order_with_others_among_them(tmp_path: Path) -> None:
    shuffled = ("note", *reversed(HEADER))
    path = write(tmp_path, '"a, b",0,0,0,0,0,0,none,none,1,12,A', header=",".join(shuffled))
    assert read_cases(path)[0].months == 12


def test_the_command_prints_json_of_the_declared_form(tmp_path: Path) -> None:
    from sim.commands.backtest import command

    path = write(tmp_path, GOOD, "B,200,0,none,symmetric,3,2,0,0,0,0", "C,90,1,none,none,2,1,0,0,0,")
    done = CliRunner().invoke(command, [str(path), "--json"])
    assert done.exit_code == 0, done.output
    content = json.loads(done.stdout)
    assert list(content) == [
        "schema_version",
        "n",
        "harrell_c",
        "interval",
        "without_hindsight_c",
        "naive_c",
        "guarantee_only_c",
        "ranking",
    ]
    assert content["schema_version"] == 1 and content["n"] == 3 and content["harrell_c"] == 1.0
    assert [row["case_id"] for row in content["ranking"]] == ["B", "C", "A"]
    assert set(content["ranking"][0]) == {"case_id", "predicted_months", "observed_months", "collapsed"}
    assert "C: counted as the reference: third_party_pressure: ''" in done.stderr


def test_a_file_without_comparable_cases_has_no_score(tmp_path: Path) -> None:
    result = backtest(write(tmp_path, GOOD.replace(",1,", ",0,", 1)))
    assert result.model.c is None and result.interval is None and result.misfits == ()
