"""Files that others wrote: each form of GENIUS and GeniusWeb, and what cannot be read, in one line."""

from __future__ import annotations

import json
from itertools import product
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

import sim
from sim.agreements.frontier import pareto_efficient
from sim.cli import main
from sim.domain.bargaining_domain import scenario_data
from sim.domain.bargaining_files import read_domain
from sim.domain.document import Document
from sim.domain.reader import scenario_from_document
from sim.errors import ScenarioError

OTHERS = Path("../shared/cases/genius")

# --- GENIUS's formula, worked out here without the code under test -------------------------------------


def parts_of(file: Path) -> tuple[dict[str, dict[str, float]], float]:
    """Return weight × evaluation by issue (by index) and option, and the reservation, of a linear profile."""
    root = ElementTree.parse(file).getroot()
    issues = {node.get("index"): node for node in root.iter("issue")}
    weights = {node.get("index"): float(node.get("value", "nan")) for node in root.iter("weight")}
    total = sum(weights[index] for index in issues)
    parts = {}
    for index, node in issues.items():
        items = node.findall("item")
        if items:
            values = {item.get("value"): float(item.get("evaluation", "nan")) for item in items}
            best = max(values.values())
            values = {option: value / best if best >= 1e-5 else 0.0 for option, value in values.items()}
        else:
            span = node.find("range") if node.find("range") is not None else node
            low, high = int(span.get("lowerbound")), int(span.get("upperbound"))
            curve = node.find("evaluator")
            start = low
            if curve.get("slope") is None:
                start, slope, offset = 0, float(curve.get("parameter1")), float(curve.get("parameter0"))
            else:
                slope, offset = float(curve.get("slope")), float(curve.get("offset"))
            values = {str(n): min(max(offset + slope * (n - start), 0.0), 1.0) for n in range(low, high + 1)}
        parts[index] = {option: weights[index] / total * value for option, value in values.items()}
    floor = root.find("reservation")
    return parts, 0.0 if floor is None else float(floor.get("value"))


def told(capsys, *arguments: str) -> tuple[int, str]:
    """Run the command and return its exit code and what it writes to stderr; any traceback fails the test."""
    try:
        main(["import", *arguments])
    except SystemExit as end:
        return int(end.code or 0), capsys.readouterr().err
    return 0, capsys.readouterr().err


def scenario_of(files) -> sim.Scenario:
    return scenario_from_document(Document(scenario_data(read_domain(files), "2025"), {}, {}, {}))


def is_linear_profile(file: Path) -> bool:
    try:
        root = ElementTree.parse(file).getroot()
    except ElementTree.ParseError:
        return False
    return root.find(".//weight") is not None


FOLDERS = sorted(folder.name for folder in OTHERS.iterdir() if folder.is_dir()) if OTHERS.is_dir() else []
#: More combinations than are worked through, or one party only.
REFUSED = {
    "anac_y2014_10issuesDiscounted": "10,000,000,000 combinations of options in 10 issues",
    "anac_y2014_10issuesDiscountedwithRV": "10,000,000,000 combinations of options in 10 issues",
    "anac_y2014_30issueswithRV": "1e+30 combinations of options in 30 issues",
    "other_S-1NAGUNL-114": "10,000,000,000 combinations of options in 10 issues",
    "other_laptopdomainNoBayes": "1 profile; a scenario needs two parties or more",
}


@pytest.mark.external
def test_the_folders_of_others_are_there_or_the_tests_of_them_skip() -> None:
    if not FOLDERS:
        pytest.skip("the domains of others are not beside the project")
    assert set(REFUSED) < set(FOLDERS)


@pytest.mark.external
@pytest.mark.parametrize("name", [name for name in FOLDERS if name not in REFUSED])
def test_a_domain_of_others_has_the_utilities_and_the_frontier_that_genius_computes(name: str) -> None:
    folder = OTHERS / name
    scenario = scenario_of([folder])
    payoffs = sim.Payoffs.of(scenario)
    space = payoffs.space
    files = {file.stem: file for file in sorted(folder.glob("*.xml")) if is_linear_profile(file)}
    assert len(files) == len(payoffs.parties)
    theirs = np.empty(payoffs.utility.shape)
    titles = {issue: scenario.issues[issue] for issue in space.issues}
    for column, party in enumerate(payoffs.parties):
        parts, floor = parts_of(files[scenario.parties[party].title])
        assert abs(payoffs.reservation[column] - floor * 1e9) <= 0.51
        # Issues stand in the file's order in the scenario, and in the space's order there.
        order = list(scenario.issues)
        column_of = {issue: list(parts.values())[order.index(issue)] for issue in space.issues}
        theirs[:, column] = sum(
            np.array([column_of[issue][titles[issue].options[option].definition] for option in row])[
                space.options[:, k]
            ]
            for k, (issue, row) in enumerate(zip(space.issues, space.labels, strict=True))
        )
    assert np.abs(payoffs.utility - theirs * 1e9).max() <= 1
    ours = pareto_efficient(payoffs.utility)
    exact = pareto_efficient(np.rint(theirs * 1e9).astype(np.int64))
    # Rounded once each way, the two part only where a package is within 1e-9 of a tie.
    for odd in np.flatnonzero(ours != exact):
        above = (payoffs.utility >= payoffs.utility[odd] - 1).all(axis=1)
        above &= (payoffs.utility > payoffs.utility[odd] - 1).any(axis=1)
        assert above.sum() > 1


@pytest.mark.external
@pytest.mark.parametrize("name", REFUSED)
def test_what_is_too_large_or_too_little_is_refused_by_name(name: str, capsys) -> None:
    if not FOLDERS:
        pytest.skip("the domains of others are not beside the project")
    code, said = told(capsys, str(OTHERS / name))
    assert code == 1
    assert REFUSED[name] in said
    assert said.count("\n") == 1


@pytest.mark.external
def test_the_profiles_that_a_template_names_are_read_from_it_alone() -> None:
    if not FOLDERS:
        pytest.skip("the domains of others are not beside the project")
    domain = read_domain([OTHERS / "other_AMPOvsCity" / "ampo_vs_city_template.xml"])
    assert list(domain.profiles) == ["ampo_vs_city_ampo_space", "ampo_vs_city_city_space"]


# --- a small file of each form -------------------------------------------------------------------------

WHOLE = """<negotiation_template><agent utility_space="one.xml"/><agent utility_space="two.xml"/>
<utility_space><objective index="0" name="sale"><issue index="1" name="colour"><item index="1" value="red"/>
<item index="2" value="blue"/></issue><issue index="2" name="price" vtype="integer" lowerbound="10" upperbound="14"/>
</objective></utility_space></negotiation_template>"""
PROFILE = """<utility_space><objective index="0" name="sale">{weights}
<issue index="1" name="colour"><item index="1" value="red" evaluation="{red}"/>
<item index="2" value="blue" evaluation="{blue}"/>{within}</issue>
<issue index="2" name="price" vtype="integer" lowerbound="10" upperbound="14">{evaluator}</issue>
</objective>{after}</utility_space>"""
PLAIN = {
    "weights": '<weight index="1" value="0.25"/><weight index="2" value="0.75"/>',
    "red": "4",
    "blue": "1",
    "within": "",
    "evaluator": '<evaluator ftype="linear" slope="0.25" offset="0"/>',
    "after": '<reservation value="0.3"/>',
}


@pytest.fixture
def sale(tmp_path: Path):
    """Write a domain with two profiles, the first with some parts changed, and return utility by option."""

    def write(**changed: str) -> tuple[Path, dict[str, dict[str, float]]]:
        (tmp_path / "sale.xml").write_text(WHOLE)
        (tmp_path / "one.xml").write_text(PROFILE.format(**PLAIN | changed))
        (tmp_path / "two.xml").write_text(PROFILE.format(**PLAIN))
        profile = read_domain([tmp_path]).profiles["one"]
        return tmp_path, {
            issue: {option: round(profile.weight[issue] * value, 12) for option, value in values.items()}
            for issue, values in profile.evaluation.items()
        }

    return write


def test_an_integer_issue_has_an_option_a_number_and_the_worth_of_its_evaluator(sale) -> None:
    _, worth = sale()
    assert worth == {
        "colour": {"red": 0.25, "blue": 0.0625},
        "price": {"10": 0.0, "11": 0.1875, "12": 0.375, "13": 0.5625, "14": 0.75},
    }


@pytest.mark.parametrize(
    ("evaluator", "expected"),
    [
        ('<evaluator ftype="linear" slope="-0.5" offset="1"/>', [1, 0.5, 0, 0, 0]),
        ('<evaluator ftype="linear" slope="1" offset="0.5"/>', [0.5, 1, 1, 1, 1]),
        ('<evaluator ftype="linear" parameter0="-1" parameter1="0.1"/>', [0, 0.1, 0.2, 0.3, 0.4]),
        ('<evaluator ftype="constant" parameter0="0.4"/>', [0.4] * 5),
        ('<evaluator ftype="triangular" parameter0="10" parameter1="14" parameter2="12"/>', [0, 0.5, 1, 0.5, 0]),
        ('<evaluator ftype="triangular" parameter0="10" parameter1="14" parameter2="10"/>', [1, 0.75, 0.5, 0.25, 0]),
        (
            '<evaluator ftype="quadratic" parameter0="2" parameter1="-0.2" parameter2="0.005"/>',
            [0.5, 0.405, 0.32, 0.245, 0.18],
        ),
        ("", [0] * 5),
    ],
)
def test_each_evaluator_is_held_within_0_and_1_and_not_divided(sale, evaluator: str, expected: list[float]) -> None:
    _, worth = sale(evaluator=evaluator)
    assert list(worth["price"].values()) == pytest.approx([0.75 * value for value in expected])


def test_a_profile_whose_evaluations_are_all_tens_is_divided_as_genius_does(sale) -> None:
    # Its weights times its bests make 10, so that it looked like one of ours on another scale.
    _, worth = sale(red="10", blue="1000")
    assert worth["colour"] == {"red": 0.0025, "blue": 0.25}


def test_what_stands_twice_counts_as_it_stands_last(sale) -> None:
    again = '<item index="1" value="red" evaluation="0.5"/>'
    _, worth = sale(within=again, weights='<weight index="1" value="9"/>' + PLAIN["weights"])
    assert worth["colour"] == {"red": 0.125, "blue": 0.25}


def test_the_items_of_a_similarity_function_are_no_options(sale) -> None:
    deeper = '<similarity_function><criteria_function><item index="3" value="green" evaluation="1"/>'
    _, worth = sale(within=deeper + "</criteria_function></similarity_function>")
    assert worth["colour"] == {"red": 0.25, "blue": 0.0625}


def test_weights_are_found_wherever_they_stand_and_those_of_no_issue_count_nothing(sale) -> None:
    _, worth = sale(weights='<weight index="0" value="1"/>', after=PLAIN["weights"])
    assert worth["colour"]["red"] == 0.25
    _, worth = sale(weights='<weight index="1" value="1"/><weight index="2" value="3"/>')
    assert worth["price"]["14"] == 0.75


def test_no_weights_at_all_count_alike_and_are_told(sale) -> None:
    folder, worth = sale(weights="")
    assert worth["colour"]["red"] == worth["price"]["14"] == 0.5
    assert read_domain([folder]).left == ("one.xml gives no weights, so that its issues count alike",)


def test_evaluations_below_0_are_moved_above_it_in_the_same_order(sale) -> None:
    folder, worth = sale(red="-2", blue="4")
    assert read_domain([folder]).left == (
        "one.xml: utilities below 0, so that 0.125 is added and all divided by 1.125",
    )
    payoffs = sim.Payoffs.of(scenario_of([folder]))
    raw = {
        (colour, price): 0.25 * {"red": -0.5, "blue": 1.0}[colour] + 0.75 * 0.25 * (int(price) - 10)
        for colour, price in product(("red", "blue"), map(str, range(10, 15)))
    }
    for (colour, price), value in raw.items():
        assert worth["colour"][colour] + worth["price"][price] == pytest.approx((value + 0.125) / 1.125)
    assert payoffs.reservation[payoffs.parties.index("one")] == round((0.3 + 0.125) / 1.125 * 1e9)
    assert payoffs.utility.min() >= 0


def test_issues_are_found_by_name_where_the_profile_counts_them_otherwise(sale) -> None:
    folder, worth = sale()
    text = (folder / "one.xml").read_text()
    (folder / "one.xml").write_text(
        text.replace('index="2"', 'index="7"').replace('<item index="7"', '<item index="2"')
    )
    profile = read_domain([folder]).profiles["one"]
    assert profile.weight == {"colour": 0.25, "price": 0.75}
    assert worth["price"]["14"] == 0.75


def test_two_issues_of_one_name_are_told_apart_by_their_index(sale, tmp_path: Path) -> None:
    folder, _ = sale()
    for file in folder.glob("*.xml"):
        file.write_text(file.read_text().replace('name="price"', 'name="colour"'))
    assert list(read_domain([folder]).issues) == ["colour (1)", "colour (2)"]


def test_a_template_alone_brings_the_profiles_it_names_beside_it(sale) -> None:
    folder, _ = sale()
    assert list(read_domain([folder / "sale.xml"]).profiles) == ["one", "two"]
    (folder / "sale.xml").write_text(WHOLE.replace("one.xml", "../../etc/passwd"))
    with pytest.raises(ScenarioError, match="1 profile; "):
        read_domain([folder / "sale.xml"])


def test_a_file_of_a_folder_that_is_neither_is_passed_over_and_told(sale, capsys) -> None:
    folder, _ = sale()
    (folder / "pareto.xml").write_text("0.5, 1.0\n1.0, 0.5\n")
    assert read_domain([folder]).left == ("pareto.xml, which is no domain or profile",)
    code, said = told(capsys, str(folder), "--as-of", "2025")
    assert code == 0
    assert "not carried over: pareto.xml" in said


NONLINEAR = """<utility_space type="nonlinear"><objective index="0" name="grid">
<issue index="1" name="a" vtype="integer" lowerbound="0" upperbound="3"/>
<issue index="2" name="b" vtype="integer" lowerbound="0" upperbound="3"/>
<utility maxutility="{most}"><ufun type="PlainUfun" weight="1" aggregation="sum">
<hyperRectangle utility="40"><INCLUDES index="1" min="0" max="1"/><INCLUDES index="2" min="2" max="9"/></hyperRectangle>
<hyperRectangle utility="30"><INCLUDES index="2" min="3" max="3"/></hyperRectangle>
<hyperRectangle utility="20"><EXCLUDES index="1" min="1" max="1"/><EXCLUDES index="2" min="1" max="2"/></hyperRectangle>
<hyperRectangle utility="10"/></ufun></utility></objective>
<reservation value="0.2"/></utility_space>"""


@pytest.mark.parametrize("most", [100, 50])
def test_a_small_non_linear_profile_is_worth_what_its_rectangles_are_worth(most: int, tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / f"{name}.xml").write_text(NONLINEAR.format(most=most))
    payoffs = sim.Payoffs.of(scenario_of([tmp_path]))
    scale = max(1.0, 100 / most)
    for n in range(16):
        bid = {issue: int(option) for issue, option in payoffs.space.agreement(n).items()}
        points = 40 * (bid["a"] <= 1 and bid["b"] >= 2) + 30 * (bid["b"] == 3) + 10
        points += 20 * (bid["a"] != 1 or not 1 <= bid["b"] <= 2)
        assert payoffs.utility[n, 0] == pytest.approx(points / most / scale * 1e9, abs=0.51)
    assert payoffs.reservation[0] == round(0.2e9 / scale)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"evaluator": '<evaluator ftype="faratin"/>'}, "'price' has the evaluator 'faratin'"),
        ({"evaluator": '<evaluator ftype="linear" slope="x"/>'}, "price: slope 'x' must be a finite number"),
        ({"evaluator": '<evaluator ftype="triangular" parameter0="1"/>'}, "parameter1 None must be a finite number"),
        ({"red": "9" * 400}, "colour: evaluation '9999"),
        ({"red": "null"}, "colour: option 'red' has no evaluation"),
        ({"weights": '<weight index="1" value="1"/>'}, "'price' has none"),
        ({"after": '<reservation value="inf"/>'}, "reservation 'inf' must be a finite number"),
        ({"after": '<issue index="7" name="depth"><item value="x" evaluation="1"/></issue>'}, "speaks of 'depth'"),
    ],
)
def test_what_cannot_be_computed_is_said_in_one_line(sale, changed: dict[str, str], said: str) -> None:
    with pytest.raises(ScenarioError, match=said) as fault:
        sale(**changed)
    assert "\n" not in str(fault.value)
    assert "one.xml" in str(fault.value)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('upperbound="14"', 'upperbound="9"', "no number between 10 and 9"),
        ('upperbound="14"', 'upperbound="99999999"', "99,999,990 numbers"),
        ('upperbound="14"', f'upperbound="{10**300}"', "more than the 5,000,000"),
        ('vtype="integer"', 'vtype="real"', "'price' is real-valued"),
        (
            "</objective>",
            '<issue index="3" name="new"><item value="x"/></issue></objective>',
            "says nothing on issue 'new'",
        ),
    ],
)
def test_a_domain_that_its_profiles_cannot_follow_is_refused(sale, old: str, new: str, said: str, capsys) -> None:
    folder, _ = sale()
    (folder / "sale.xml").write_text(WHOLE.replace(old, new))
    code, message = told(capsys, str(folder))
    assert code == 1
    assert said in message
    assert message.count("\n") == 1


# --- GeniusWeb -----------------------------------------------------------------------------------------

NUMBERS = {
    "LinearAdditiveUtilitySpace": {
        "name": "one",
        "domain": {"name": "web", "issuesValues": {"a": {"values": ["x", "y"]}, "b": {"range": ["0.1", "0.5", "0.2"]}}},
        "issueUtilities": {
            "a": {"DiscreteValueSetUtilities": {"valueUtilities": {"x": 1, "y": 0}}},
            "b": {
                "NumberValueSetUtilities": {"lowValue": 0.1, "lowUtility": 0.0, "highValue": 0.5, "highUtility": 1.0}
            },
        },
        "issueWeights": {"a": 0.5, "b": 0.5},
        "reservationBid": {"issuevalues": {"a": "y", "b": "0.5"}},
    }
}


def write_web(folder: Path, change=lambda space: None) -> Path:
    for name in ("one", "two"):
        content = json.loads(json.dumps(NUMBERS))
        content["LinearAdditiveUtilitySpace"]["name"] = name
        if name == "one":
            change(content["LinearAdditiveUtilitySpace"])
        (folder / f"{name}.json").write_text(json.dumps(content))
    return folder


def test_a_range_of_numbers_has_an_option_a_step_and_utilities_on_a_line(tmp_path: Path) -> None:
    domain = read_domain([write_web(tmp_path)])
    assert domain.issues == {"a": ["x", "y"], "b": ["0.1", "0.3", "0.5"]}
    assert domain.profiles["one"].evaluation["b"] == pytest.approx({"0.1": 0.0, "0.3": 0.5, "0.5": 1.0})
    assert domain.profiles["one"].reservation == 0.5


HUGE = 10**399


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda s: s["issueWeights"].update(a=HUGE), "weight is a number of 400 digits"),
        (lambda s: s.update(reservationValue=HUGE), "reservationValue is a number of 400 digits"),
        (
            lambda s: s["issueUtilities"]["a"]["DiscreteValueSetUtilities"]["valueUtilities"].update(x=HUGE),
            "a: utility is a number of 400 digits",
        ),
        (
            lambda s: s["issueUtilities"]["b"]["NumberValueSetUtilities"].update(lowValue=HUGE),
            "b: lowValue is a number of 400 digits",
        ),
        (lambda s: s["domain"]["issuesValues"].pop("b"), "speaks of 'b', which is no issue of its domain"),
        (lambda s: s["domain"]["issuesValues"].update(c={"values": ["z"]}), "says nothing on issue 'c'"),
        (lambda s: s["domain"].update(issuesValues={}), "no issues"),
        (lambda s: s["domain"]["issuesValues"].update(b={"range": [0, HUGE, 1]}), "its range must hold"),
        (lambda s: s["domain"]["issuesValues"].update(b={"range": ["0", "1e999999", "1"]}), "its range must hold"),
        (lambda s: s["domain"]["issuesValues"].update(b={"range": [0, 1, 0]}), "first, last and step"),
        (lambda s: s["domain"]["issuesValues"].update(b={"range": 3}), "no GeniusWeb domain"),
        (lambda s: s["domain"]["issuesValues"].update(a={"values": "xy"}), "'values' must be a list"),
        (lambda s: s["reservationBid"]["issuevalues"].update(z="1"), "issue 'z' has no such issue or option"),
        (lambda s: s["reservationBid"]["issuevalues"].update(a="w"), "issue 'a' has no such issue or option"),
        (lambda s: s["reservationBid"]["issuevalues"].update(a=["w"]), "issue 'a' has no such issue or option"),
    ],
)
@pytest.mark.parametrize("alone", [False, True])
def test_a_geniusweb_profile_that_cannot_be_computed_is_refused_in_one_line(
    change, said: str, alone: bool, tmp_path: Path, capsys
) -> None:
    folder = write_web(tmp_path, change)
    files = [str(folder / "one.json"), str(folder / "two.json")] if alone else [str(folder)]
    code, message = told(capsys, *files)
    assert code == 1
    assert said in message
    assert message.count("\n") == 1


@pytest.mark.parametrize("part", ["domain", "issueUtilities", "issueWeights", "reservationBid"])
@pytest.mark.parametrize("given", [None, 3, "x", [], {}, [[]], {"a": None}, {"issuesValues": []}, HUGE], ids=range(9))
def test_whatever_stands_in_a_geniusweb_profile_no_traceback_comes_of_it(
    part: str, given, tmp_path: Path, capsys
) -> None:
    folder = write_web(tmp_path, lambda space: space.update({part: given}))
    code, message = told(capsys, str(folder), "--as-of", "2025")
    # Without a bid the reservation is 0, which is well.
    assert code == (0 if part == "reservationBid" and not given else 1)
    assert message.count("\n") == code


def test_a_small_space_of_others_keeps_its_frontier(sale) -> None:
    folder, worth = sale(red="1", blue="4", evaluator='<evaluator ftype="linear" slope="-0.25" offset="1"/>')
    payoffs = sim.Payoffs.of(scenario_of([folder]))
    _, other = sale()
    pairs = {
        (colour, price): (
            worth["colour"][colour] + worth["price"][price],
            other["colour"][colour] + other["price"][price],
        )
        for colour, price in product(("red", "blue"), map(str, range(10, 15)))
    }
    best = {
        bid
        for bid, own in pairs.items()
        if not any(all(a >= b for a, b in zip(o, own, strict=True)) and o != own for o in pairs.values())
    }
    found = {
        tuple(payoffs.space.agreement(int(n))[i] for i in ("colour", "price"))
        for n in np.flatnonzero(pareto_efficient(payoffs.utility))
    }
    assert found == best
