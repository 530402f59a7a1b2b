"""Domains of other platforms come in and go out unchanged."""

import json
from dataclasses import replace
from itertools import product
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

import sim
from sim.domain.bargaining_domain import BargainingDomain, Profile, domain_of, left_behind, scenario_data
from sim.domain.bargaining_files import read_domain, write_domain
from sim.domain.document import Document
from sim.domain.reader import scenario_from_document
from sim.errors import ScenarioError

CASES = Path("../shared/cases/bargaining")


def _berlin():
    return sim.read_scenario("scenarios/berlin-2025/scenario.yaml")


@pytest.mark.parametrize("form", ["genius", "geniusweb"])
def test_a_domain_round_trip_through_files_loses_nothing(form, tmp_path):
    domain = domain_of(_berlin())
    write_domain(domain, tmp_path, form)
    back = read_domain([tmp_path])
    assert back == replace(domain, profiles=back.profiles)
    assert back.profiles == domain.profiles


@pytest.mark.parametrize("form", ["genius", "geniusweb"])
def test_a_domain_read_as_a_scenario_and_written_again_is_the_same(form, tmp_path):
    domain = domain_of(_berlin())
    scenario = scenario_from_document(Document(scenario_data(domain, "2025"), {}, {}, {}))
    assert domain_of(scenario) == domain


def test_utilities_survive_where_there_are_no_constraints():
    berlin = _berlin()
    free = scenario_from_document(Document({**berlin.data, "constraints": []}, {}, {}, {}))
    back = scenario_from_document(Document(scenario_data(domain_of(free), "2025"), {}, {}, {}))
    ours, theirs = sim.Payoffs.of(free), sim.Payoffs.of(back)
    assert np.abs(ours.utility - theirs.utility).max() <= 1
    assert (ours.reservation == theirs.reservation).all()


def test_what_a_domain_cannot_hold_is_named():
    assert {"constraints", "moves", "red lines", "ranges", "sources and statuses"} <= set(left_behind(_berlin()))


def _published(name):
    if not CASES.is_dir():
        pytest.skip("the published cases are not beside the project")
    case = json.loads((CASES / f"{name}.json").read_text())
    issues = {issue["name"]: issue["options"] for issue in case["issues"]}
    profiles = {}
    for n, party in enumerate(case["parties"]):
        weights = party["weights"]
        values = party["values"]
        weight = weights if isinstance(weights, dict) else dict(zip(issues, weights, strict=True))
        evaluation = {
            i: values[i] if isinstance(values[i], dict) else dict(zip(options, values[i], strict=True))
            for i, options in issues.items()
        }
        profiles[f"p{n}"] = Profile(weight, evaluation, 0.1)
    return BargainingDomain(name, issues, profiles)


PUBLISHED = [
    "england_zimbabwe",
    "itex_vs_cypress",
    "laptop",
    "party3",
    "syn2_s16",
    "syn3_s11",
    "syn3_ties_s15",
    "syn4_s13",
]


@pytest.mark.external
@pytest.mark.parametrize("name", PUBLISHED)
@pytest.mark.parametrize("form", ["genius", "geniusweb"])
def test_published_domains_come_back_with_every_utility(name, form, tmp_path):
    domain = _published(name)
    write_domain(domain, tmp_path, form)
    assert read_domain([tmp_path]) == domain


# --- GENIUS's own formula, worked out here without the code under test -------------------------------


def genius(file):
    """Return issues in order, u(bid) and the reservation value as GENIUS computes them from a file."""
    root = ElementTree.parse(file).getroot()
    weights = {w.get("index"): float(w.get("value")) for w in root.iter("weight")}
    total = sum(weights.values())
    parts = {}
    for issue in root.iter("issue"):
        items = {item.get("value"): float(item.get("evaluation")) for item in issue.iter("item")}
        best = max(items.values())
        share = weights[issue.get("index")] / total
        parts[issue.get("name")] = {o: share * (e / best if best >= 0.00001 else 0.0) for o, e in items.items()}

    def utility(bid):
        return sum(parts[issue][option] for issue, option in bid.items())

    return parts, utility, float(root.find("reservation").get("value"))


def negmas(file):
    """Return u(bid) as readers compute it that do not divide by the best evaluation."""
    root = ElementTree.parse(file).getroot()
    weights = {w.get("index"): float(w.get("value")) for w in root.iter("weight")}
    parts = {
        issue.get("name"): {
            item.get("value"): weights[issue.get("index")] * float(item.get("evaluation"))
            for item in issue.iter("item")
        }
        for issue in root.iter("issue")
    }
    return lambda bid: sum(parts[issue][option] for issue, option in bid.items())


def _bids(domain):
    for options in product(*domain.issues.values()):
        yield dict(zip(domain.issues, options, strict=True))


def _computes_ours(domain, folder):
    """Assert that GENIUS's utility of every bid, and its reservation value, are ours on another scale."""
    write_domain(domain, folder, "genius")
    bids = list(_bids(domain))
    for party, profile in domain.profiles.items():
        _, theirs, floor = genius(folder / f"{party}.xml")
        plain = negmas(folder / f"{party}.xml")
        ours = [sum(profile.weight[i] * profile.evaluation[i][o] for i, o in bid.items()) for bid in bids]
        found = [theirs(bid) for bid in bids]
        scale = max(ours) or 1.0
        assert max(found) == pytest.approx(1.0 if max(ours) else 0.0, abs=1e-12)
        assert np.allclose(np.array(found) * scale, ours, rtol=0, atol=1e-12)
        assert np.allclose(found, [plain(bid) for bid in bids], rtol=0, atol=1e-12)
        assert floor * scale == pytest.approx(profile.reservation, abs=1e-12)


@pytest.mark.external
@pytest.mark.parametrize("name", PUBLISHED)
def test_genius_computes_our_utility_on_every_bid_of_a_published_domain(name, tmp_path):
    _computes_ours(_published(name), tmp_path)


def _domain(**profiles):
    issues = {"i": ["a", "b"], "j": ["c", "d", "e"]}
    return BargainingDomain("small", issues, profiles)


LOW = Profile({"i": 0.4, "j": 0.6}, {"i": {"a": 0.5, "b": 0.1}, "j": {"c": 0.3, "d": 0.9, "e": 0.0}}, 0.37)
FLAT = Profile({"i": 0.4, "j": 0.6}, {"i": {"a": 0.0, "b": 0.0}, "j": {"c": 0.3, "d": 0.9, "e": 0.0}}, 0.1)
NOTHING = Profile({"i": 0.4, "j": 0.6}, {"i": {"a": 0.0, "b": 0.0}, "j": {"c": 0.0, "d": 0.0, "e": 0.0}}, 0.1)
TINY = Profile({"i": 0.4, "j": 0.6}, {"i": {"a": 1e-6, "b": 0.0}, "j": {"c": 0.3, "d": 0.9, "e": 0.0}}, -0.2)


def test_genius_computes_our_utility_where_a_best_option_is_worth_less_than_1(tmp_path):
    domain = _domain(low=LOW, flat=FLAT, nothing=NOTHING, tiny=TINY)
    _computes_ours(domain, tmp_path)
    assert read_domain([tmp_path]) == domain


def test_genius_computes_our_utility_on_every_agreement_of_berlin(tmp_path):
    berlin = _berlin()
    domain = domain_of(berlin)
    write_domain(domain, tmp_path)
    payoffs = sim.Payoffs.of(berlin)
    space = payoffs.space
    for column, party in enumerate(payoffs.parties):
        parts, _, floor = genius(tmp_path / f"{party}.xml")
        # The sum over issues for all agreements at once; the formula is that of `genius`.
        found = sum(
            np.array([parts[issue][option] for option in row])[space.options[:, k]]
            for k, (issue, row) in enumerate(zip(space.issues, space.labels, strict=True))
        )
        scale = domain.profiles[party].scale
        assert np.abs(found * scale * 1e9 - payoffs.utility[:, column]).max() <= 0.51
        assert abs(floor * scale * 1e9 - payoffs.reservation[column]) <= 0.51


def test_what_someone_changed_in_genius_is_what_counts(tmp_path):
    write_domain(_domain(low=LOW, flat=FLAT), tmp_path)
    file = tmp_path / "low.xml"
    text = file.read_text()
    assert 'evaluation="0.2"' in text
    file.write_text(text.replace('evaluation="0.2"', 'evaluation="0.7"'))
    _, theirs, floor = genius(file)
    profile = read_domain([tmp_path]).profiles["low"]
    for bid in _bids(_domain()):
        ours = sum(profile.weight[i] * profile.evaluation[i][o] for i, o in bid.items())
        assert ours == pytest.approx(theirs(bid), abs=1e-12)
    assert profile.reservation == floor


FOREIGN = """<utility_space number_of_issues="2"><objective index="0" name="foreign">
<issue name="Price" index="1" vtype="discrete"><item index="1" value="low" evaluation="{0}"/>
<item index="2" value="high" evaluation="{1}"/></issue>
<issue name="Colour" index="2" vtype="discrete"><item index="1" value="red" evaluation="{2}"/>
<item index="2" value="blue" evaluation="{3}"/></issue>
<weight index="1" value="{4}"/><weight index="2" value="{5}"/></objective>
<discount_factor value="0.5"/><reservation value="0.3"/></utility_space>"""


@pytest.mark.parametrize(
    "numbers", [(3, 1, 10, 20, 0.6, 0.4), (0.5, 0.25, 0, 0, 0.6, 0.4), (0.1, 0.9, 1, 0, 3, 1), (7, 7, 5, 0, 0, 1)]
)
def test_a_foreign_profile_is_read_by_geniuss_formula(numbers, tmp_path):
    for name in ("one", "two"):
        (tmp_path / f"{name}.xml").write_text(FOREIGN.format(*numbers))
    _, theirs, _ = genius(tmp_path / "one.xml")
    domain = read_domain([tmp_path])
    scenario = scenario_from_document(Document(scenario_data(domain, "2025"), {}, {}, {}))
    payoffs = sim.Payoffs.of(scenario)
    for n in range(4):
        assert payoffs.utility[n, 0] == pytest.approx(theirs(payoffs.space.agreement(n)) * 1e9, abs=0.51)
    assert payoffs.reservation[0] == 300_000_000
    assert domain.left == ("one.xml: discount_factor 0.5", "two.xml: discount_factor 0.5")


def test_a_geniusweb_reservation_bid_stands_for_its_utility(tmp_path):
    write_domain(_domain(low=LOW, flat=FLAT), tmp_path, "geniusweb")
    content = json.loads((tmp_path / "low.json").read_text())
    space = content["LinearAdditiveUtilitySpace"]
    del space["reservationValue"]
    space["reservationBid"] = {"issuevalues": {"i": "a", "j": "c"}}
    (tmp_path / "low.json").write_text(json.dumps(content))
    assert read_domain([tmp_path]).profiles["low"].reservation == pytest.approx(0.4 * 0.5 + 0.6 * 0.3)


@pytest.mark.parametrize(
    ("file", "text", "said"),
    [
        ("a.xml", "<x", "not valid XML"),
        ("a.xml", "<x/>", "no <objective>"),
        ("a.xml", "<!DOCTYPE a [<!ENTITY b 'c'>]><a/>", "entities are not read"),
        ("a.xml", '<u><objective><issue name="i" vtype="real"/></objective></u>', "'i' is real-valued"),
        (
            "a.xml",
            '<u><objective><issue name="i" vtype="set"/></objective></u>',
            "'i' is set; only discrete and integer",
        ),
        (
            "a.xml",
            '<u><objective><issue name="i" vtype="integer"/></objective></u>',
            "i: lowerbound None must be a finite",
        ),
        ("a.xml", "<u><objective/></u>", "has no <issue>"),
        ("a.xml", '<u><objective><issue name="i"/></objective></u>', "'i' has no options"),
        (
            "a.xml",
            '<u><objective><issue name="i" index="1"><item value="o" evaluation="x"/></issue></objective></u>',
            "finite",
        ),
        ("a.xml", FOREIGN.format(1, 1, 1, 1, 0, 0), "not all of them 0"),
        (
            "a.xml",
            FOREIGN.format(1, 1, 1, 1, 0.5, 0.5).replace('<weight index="2" value="0.5"/>', ""),
            "'Colour' has none",
        ),
        ("a.xml", FOREIGN.format(1, 1, 1, 1, 0.5, "9" * 400), "must be a finite number"),
        ("a.json", "{", "not valid JSON"),
        ("a.json", "[" * 200_000, "nested too deep"),
        ("a.json", "[]", "no GeniusWeb domain"),
        ("a.json", '{"issuesValues": {"i": {"values": ["a"]}}}', "0 profiles"),
    ],
)
def test_a_file_that_is_no_domain_is_refused(file, text, said, tmp_path):
    (tmp_path / file).write_text(text)
    with pytest.raises(ScenarioError, match=said):
        read_domain([tmp_path / file])
