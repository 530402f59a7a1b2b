"""Scenarios as results keep them."""

from __future__ import annotations

import json
from collections.abc import Mapping

from sim.domain.reader import scenario_from_text
from sim.domain.scenario import Scenario
from sim.errors import ResultError
from sim.results.manifest import Manifest

__all__ = ["alone", "recorded_scenario", "recorded_scenarios", "scenario_record", "scenario_text"]


def scenario_text(scenario: Scenario) -> str:
    """Return what a scenario says, after ``extends`` and ``--set``, as text that can be read again.

    Parameters
    ----------
    scenario : Scenario

    Returns
    -------
    str
        JSON, which is YAML as well.

    Examples
    --------
    >>> import sim
    >>> berlin = sim.read_scenario("scenarios/berlin-2025/scenario.yaml")
    >>> sim.scenario_from_text(scenario_text(berlin)).hash == berlin.hash
    True
    """
    return json.dumps(scenario.data, ensure_ascii=False, indent=1)


def scenario_record(scenario: Scenario) -> dict[str, str]:
    """Return what a manifest keeps of a scenario: its hash, its text, and the texts of its rival codings.

    Rivals stand in files of their own, so a manifest without them could not be run again elsewhere.

    Parameters
    ----------
    scenario : Scenario

    Returns
    -------
    dict of str to str
        ``hash``, ``text`` and, where there are rivals, ``codings``: their data by name, as JSON.

    Examples
    --------
    >>> import sim
    >>> record = scenario_record(sim.read_scenario("scenarios/berlin-2025-all-codings/scenario.yaml"))
    >>> sorted(record), sorted(json.loads(record["codings"]))
    (['codings', 'hash', 'text'], ['a', 'b', 'c'])
    """
    record = {"hash": scenario.hash, "text": scenario_text(scenario)}
    if scenario.rivals:
        record["codings"] = json.dumps(
            {name: rival.data for name, rival in scenario.rivals.items()}, ensure_ascii=False
        )
    return record


def recorded_scenario(record: Mapping[str, str], name: str = "") -> Scenario:
    """Read a scenario again from what a manifest keeps of it.

    Parameters
    ----------
    record : mapping of str to str
        From `scenario_record`.
    name : str
        For errors.

    Returns
    -------
    Scenario

    Raises
    ------
    ResultError
        If it has rival codings and the result, written by an earlier Parley, does not keep their texts.

    Examples
    --------
    >>> import sim
    >>> all_codings = sim.read_scenario("scenarios/berlin-2025-all-codings/scenario.yaml")
    >>> again = recorded_scenario(scenario_record(all_codings))
    >>> again.hash == all_codings.hash, again.rivals["b"].hash == all_codings.rivals["b"].hash
    (True, True)
    """
    if "codings" not in record and "codings" in json.loads(record["text"]):
        raise ResultError(
            f"{name}: has rival codings, whose texts this result does not keep: it was written by an earlier Parley;"
            " run it again into a new folder"
        )
    rivals = {coding: json.dumps(data) for coding, data in json.loads(record.get("codings", "{}")).items()}
    return scenario_from_text(record["text"], file=name, rivals=rivals)


def recorded_scenarios(manifest: Manifest) -> dict[str, Scenario]:
    """Read all scenarios of a result again, by the name that its rows have for them.

    Parameters
    ----------
    manifest : Manifest

    Returns
    -------
    dict of str to Scenario
        Empty where a model of one's own was swept.

    Examples
    --------
    >>> import sim
    >>> two = sim.read_scenario("scenarios/tutorial-two-by-two/scenario.yaml")
    >>> manifest = Manifest("run", "two", 0, (), 1, 1, scenarios={two.name: scenario_record(two)})
    >>> recorded_scenarios(manifest)["tutorial-two-by-two"].hash == two.hash
    True
    """
    return {name: recorded_scenario(record, name) for name, record in manifest.scenarios.items()}


def alone(text: str, name: str = "") -> Scenario:
    """Read a scenario from a manifest, without its rival codings, whose files may be elsewhere.

    Parameters
    ----------
    text : str
        As kept in the manifest.
    name : str
        For errors.

    Returns
    -------
    Scenario

    Examples
    --------
    >>> import sim
    >>> berlin = sim.read_scenario("scenarios/berlin-2025/scenario.yaml")
    >>> alone(scenario_text(berlin)).name
    'berlin-2025'
    """
    data = json.loads(text)
    data.pop("codings", None)
    return scenario_from_text(json.dumps(data, ensure_ascii=False), file=name)
