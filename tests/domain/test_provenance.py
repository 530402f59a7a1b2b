"""Where numbers come from."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

import sim
from sim.cli import parley
from sim.domain.provenance import given_numbers, status_shares
from sim.errors import ModelError

BERLIN = "scenarios/berlin-2025"
WITH_SOURCES = sorted(str(path.parent) for path in Path("scenarios").glob("berlin-2025*/scenario.yaml"))


@pytest.mark.parametrize("path", WITH_SOURCES)
def test_every_number_of_every_berlin_has_a_status_and_a_source_that_exists(path: str) -> None:
    scenario = sim.read_scenario(path)
    numbers = given_numbers(scenario)
    assert len(numbers) > 500
    for given in numbers:
        assert given.status != "unstated", given.path
        assert given.references, given.path
        for reference in given.references:
            assert reference.source in scenario.sources, given.path
            assert reference.title == scenario.sources[reference.source].title


def test_every_number_a_file_writes_is_listed_and_none_that_it_does_not() -> None:
    scenario = sim.read_scenario(BERLIN)

    def written(node: object, path: str) -> set[str]:
        if isinstance(node, dict):
            if "value" in node and "status" in node and not isinstance(node["value"], dict):
                return {path}
            return {leaf for key, child in node.items() for leaf in written(child, f"{path}.{key}" if path else key)}
        if isinstance(node, list):
            return {leaf for place, child in enumerate(node) for leaf in written(child, f"{path}.{place}")}
        return set()

    # A record of an interaction or red line has a status of its own, but no value.
    assert {given.path for given in given_numbers(scenario)} == written(scenario.data, "")


def test_a_party_and_an_issue_narrow_the_list_and_find_red_lines() -> None:
    scenario = sim.read_scenario(BERLIN)
    both = {given.path for given in given_numbers(scenario, "ukraine", "dmz")}
    assert both < {given.path for given in given_numbers(scenario, "ukraine")}
    assert both < {given.path for given in given_numbers(scenario, issue="dmz")}
    (place,) = [
        n
        for n, line in enumerate(scenario.parties["ukraine"].red_lines)
        if line.issue == "dmz" and line.kind == "declared"
    ]
    assert f"parties.ukraine.red_lines.{place}.p_real" in both
    with pytest.raises(ModelError, match="did you mean 'ukraine'"):
        given_numbers(scenario, "ukrain")


def test_plain_numbers_are_counted_as_unstated() -> None:
    scenario = sim.scenario_from_text(
        """
        schema: 1
        name: plain
        title: Plain
        as_of: "2025"
        issues: {line: {title: Line, options: {here: H, there: T}}}
        parties:
          west: {title: W, salience: {line: 1}, utility: {line: {here: 1, there: 0}}, no_deal: {reservation: 0.3}}
          east: {title: E, salience: {line: 1}, utility: {line: {here: 0, there: 1}}, no_deal: {reservation: 0.3}}
        negotiation: {deadline: 5}
        """
    )
    numbers = given_numbers(scenario)
    assert len(numbers) == 8
    assert status_shares(numbers) == {"unstated": 1.0}


def test_the_command_says_what_share_is_judgement() -> None:
    content = json.loads(CliRunner().invoke(parley, ["explain", BERLIN, "--json"]).stdout)
    assert content["schema_version"] == 1
    assert sum(content["share_by_status"].values()) == pytest.approx(1)
    assert sum(content["by_status"].values()) == len(content["numbers"])
    printed = CliRunner().invoke(parley, ["explain", BERLIN, "--party", "russia", "--issue", "donetsk"])
    assert printed.exit_code == 0
    assert "article#S36" in printed.stdout
    assert "News article" in printed.stdout


TUTORIAL = Path("scenarios/tutorial-two-by-two/scenario.yaml").read_text(encoding="utf-8")


def with_sources(record: str, place: str) -> str:
    """The tutorial with sources, and a record in the place of a text of it."""
    sources = "sources:\n  me: {title: Mine, kind: judgement}\n  too: {title: Mine too, kind: judgement}\n"
    sources += "  survey: {title: A survey, kind: survey}\n"
    assert place in TUTORIAL
    return TUTORIAL.replace(place, record, 1).replace("issues:\n", f"{sources}issues:\n", 1)


@pytest.mark.parametrize("status", ["evidence", "stated"])
@pytest.mark.parametrize("source", ["me", "[me, too]", "me#p. 3"])
def test_evidence_that_rests_on_judgement_alone_is_refused_at_its_line(status: str, source: str) -> None:
    text = with_sources(f"reservation: {{value: 0.35, status: {status}, source: {source}}}", "reservation: 0.35")
    with pytest.raises(sim.ScenarioError) as fault:
        sim.scenario_from_text(text, file="x.yaml")
    line = next(n for n, row in enumerate(text.splitlines(), 1) if f"status: {status}" in row)
    assert str(fault.value).startswith(f"x.yaml:{line}")
    assert f"status '{status}' rests on 'me'" in str(fault.value)
    assert "name the source that shows it, or write status: judgement" in str(fault.value)


@pytest.mark.parametrize("given", ["status: judgement, source: me", "status: evidence, source: [me, survey]"])
def test_judgement_that_calls_itself_so_or_stands_beside_a_source_is_read(given: str) -> None:
    text = with_sources(f"reservation: {{value: 0.35, {given}}}", "reservation: 0.35")
    assert sim.scenario_from_text(text).name


def test_moves_constraints_and_lines_answer_for_their_status_too() -> None:
    text = with_sources("reservation: 0.35", "reservation: 0.35")
    data = yaml.safe_load(text)
    issues = list(data["issues"])
    first = {issue: next(iter(data["issues"][issue]["options"])) for issue in issues}
    party = next(iter(data["parties"]))
    options = list(data["issues"][issues[0]]["options"])
    mark = {"status": "evidence", "source": "me"}
    data["issues"][issues[0]]["moves"] = [{"party": party, "from": options[0], "to": options[1], **mark}]
    data["constraints"] = [{"id": "C", "forbid": first, **mark}]
    data["parties"][party]["red_lines"] = [{"issue": issues[0], "options": [options[0]], **mark}]
    data["stability"] = {"coalitions": [{"members": [party], "controls": [issues[0]], **mark}]}
    with pytest.raises(sim.ScenarioError) as fault:
        sim.scenario_from_text(json.dumps(data))
    assert str(fault.value).count("rests on 'me'") == 4


#: What each sentence of the article speaks of, as its claims were coded; the others set no number.
SPEAKS_OF = {
    **{n: {"security_framework"} for n in (1, 3, 6, 8, 12, 13, 19, 20, 38, 47, 48)},
    **{n: {"security_framework", "guarantee_content", "automaticity"} for n in (4, 11)},
    15: {"guarantee_content", "automaticity"},
    16: {"guarantee_content"},
    17: {"automaticity", "guarantee_form"},
    29: {"guarantee_form", "security_framework"},
    33: {"ceasefire_sequence", "donetsk"},
    36: {"donetsk", "ceasefire_sequence"},
    37: {"dmz"},
    45: {"security_framework"},
    46: {"guarantee_content"},
}


@pytest.mark.parametrize("path", [BERLIN, "scenarios/berlin-2025-article-only"])
def test_no_sentence_of_the_article_stands_at_an_issue_it_does_not_speak_of(path: str) -> None:
    scenario = sim.read_scenario(path)
    cited = [
        (given.path.split(".")[3], reference.place)
        for given in given_numbers(scenario)
        for reference in given.references
        if reference.source == "article" and given.path.split(".")[2] in ("utility", "salience")
    ]
    for party in scenario.parties.values():
        for line in party.red_lines:
            sources = [line.source] if isinstance(line.source, str) else line.source or []
            cited += [(line.issue, source.partition("#")[2]) for source in sources if source.startswith("article")]
    assert len(cited) > 40
    for issue, place in cited:
        first, _, last = place.removeprefix("S").partition("-")
        for sentence in range(int(first), int(last or first) + 1):
            assert issue in SPEAKS_OF[sentence], (issue, place)


def test_lines_that_the_article_does_not_draw_do_not_cite_it() -> None:
    scenario = sim.read_scenario(BERLIN)
    sources = {
        (name, line.issue, option): line.source
        for name, party in scenario.parties.items()
        for line in party.red_lines
        for option in line.options
    }
    assert sources["ukraine", "security_framework", "political_assurances"] == "article#S29"
    assert sources["ukraine", "security_framework", "neutrality_istanbul"] == "own_judgement"
    assert sources["ukraine", "automaticity", "russian_veto"] == "own_judgement"
    assert sources["ukraine", "guarantee_form", "executive_agreement"] == "press_congress"
    assert sources["ukraine", "ceasefire_sequence", "withdrawal_first"] == "article#S36"
    assert sources["us", "security_framework", "nato_membership"] == "novinite"
