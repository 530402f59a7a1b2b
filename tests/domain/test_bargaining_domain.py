"""Domains of other platforms come in and go out unchanged."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import sim
from sim.domain.bargaining_domain import (
    BargainingDomain,
    Profile,
    domain_of,
    left_behind,
    read_domain,
    scenario_data,
    write_domain,
)
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


@pytest.mark.external
@pytest.mark.parametrize("name", ["laptop", "party3", "syn4_s13"])
@pytest.mark.parametrize("form", ["genius", "geniusweb"])
def test_published_domains_come_back_with_every_utility(name, form, tmp_path):
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
    domain = BargainingDomain(name, issues, profiles)
    write_domain(domain, tmp_path, form)
    assert read_domain([tmp_path]) == domain


@pytest.mark.parametrize(
    ("file", "text", "said"),
    [
        ("a.xml", "<x", "not valid XML"),
        ("a.xml", "<x/>", "no <objective>"),
        ("a.xml", "<!DOCTYPE a [<!ENTITY b 'c'>]><a/>", "entities are not read"),
        ("a.xml", '<u><objective><issue name="i" vtype="integer"/></objective></u>', "only discrete"),
        (
            "a.xml",
            '<u><objective><issue name="i" index="1"><item value="o" evaluation="x"/></issue></objective></u>',
            "finite",
        ),
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
