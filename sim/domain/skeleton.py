"""A first scenario file, commented, that reads without fault and asks to be filled in."""

from __future__ import annotations

import json

from sim.domain.scenario import Scenario

__all__ = ["skeleton", "skeleton_over"]

_SKELETON = """\
# yaml-language-server: $schema=schema.json
# A negotiation scenario. Replace every name and number below; `parley check` tells what is amiss.
# A number is plain (0.5) or a record {value, low, high, status, source}. Status: stated, evidence or judgement.
# Ranges, not values, are the claim: worlds are drawn from them.
schema: 1
name: NAME
title: NAME
as_of: "2025-01"
question: Which agreements would be acceptable, stable and durable?

# Where numbers come from. kind: news, survey, paper, book, official, dataset, report, judgement.
sources:
  own_judgement: {title: "Judgement of the author", kind: judgement}

# One question each, with the answers that are on the table. An agreement takes one option per issue.
issues:
  territory:
    title: Territory
    options:
      divided: "Along the present line"
      shared: "Common administration"
    # Who can change what after signing. kind: lawful or breach.
    moves:
      - {id: seize, party: first, from: shared, to: divided, reversible: false, kind: breach}
  guarantee:
    title: Guarantee
    options:
      none: "No guarantee"
      promised: "Promise to consult"
      binding: "Binding promise to respond"

# Combinations that cannot stand together: when ... require ..., when ... forbid ..., or forbid alone.
constraints:
  - {id: C1, when: {territory: shared}, forbid: {guarantee: none}, note: "Nobody shares without a promise"}

parties:
  first:
    title: First party
    # How much each issue matters to it, relative to the others.
    salience:
      territory: {value: 1, low: 0.8, high: 1, status: judgement, source: own_judgement}
      guarantee: {value: 0.5, low: 0.3, high: 0.7, status: judgement, source: own_judgement}
    # What each option is worth to it, from 0 to 1; never compared across parties.
    utility:
      territory: {divided: 1, shared: 0.4}
      guarantee:
        none: 1
        promised: 0.8
        binding: {value: 0.3, low: 0.1, high: 0.5, status: judgement, source: own_judgement}
    # Worth of its best alternative to an agreement, on the same scale.
    no_deal: {reservation: {value: 0.5, low: 0.4, high: 0.6, status: judgement, source: own_judgement}}
  second:
    title: Second party
    salience: {territory: 1, guarantee: 1}
    utility:
      territory: {divided: 0.3, shared: 1}
      guarantee: {none: 0, promised: 0.3, binding: 1}
    no_deal: {reservation: {value: 0.4, low: 0.3, high: 0.5, status: judgement, source: own_judgement}}
    # hard: never acceptable. declared: a public claim that may be a bluff, real with probability p_real.
    red_lines:
      - {issue: guarantee, options: [none], kind: declared, p_real: 0.7, status: judgement, source: own_judgement}

# How they talk; deadline in rounds of a week.
negotiation:
  protocol: alternating_offers
  deadline: 26
"""


def skeleton(name: str) -> str:
    """Return the text of a small complete scenario with a comment on each part.

    Parameters
    ----------
    name : str
        Name of the scenario.

    Returns
    -------
    str

    Examples
    --------
    >>> import sim
    >>> sorted(sim.scenario_from_text(skeleton("my-talks")).parties)
    ['first', 'second']
    """
    return _SKELETON.replace("NAME", json.dumps(name, ensure_ascii=False))


def skeleton_over(scenario: Scenario, name: str, extends: str) -> str:
    """Return the text of a scenario that extends another one and changes nothing yet.

    Parameters
    ----------
    scenario : Scenario
        The one to extend.
    name : str
        Name of the new scenario.
    extends : str
        Path of the file to extend, relative to the new one.

    Returns
    -------
    str
        With the reservation values as comments, to be uncommented and changed.

    Examples
    --------
    >>> import sim
    >>> base = sim.read_scenario("scenarios/berlin-2025/scenario.yaml")
    >>> print(skeleton_over(base, "variant", "../berlin-2025/scenario.yaml").splitlines()[4])
    extends: "../berlin-2025/scenario.yaml"
    """
    lines = [
        "# yaml-language-server: $schema=schema.json",
        f"# Over {scenario.name}: what is written here holds; all else is taken from there. Mappings are merged, lists",
        "# and numbers replaced; `~` deletes a key. `parley check` reads the whole.",
        f"# Issues: {', '.join(scenario.issues)}.",
        f"extends: {json.dumps(extends, ensure_ascii=False)}",
        f"name: {json.dumps(name, ensure_ascii=False)}",
        f"title: {json.dumps(name, ensure_ascii=False)}",
        "",
        "# Uncomment and change, such as what a party has without a deal:",
        "# parties:",
    ]
    for party, spec in scenario.parties.items():
        reservation = spec.no_deal.reservation
        low, high = reservation.range
        value = f"{{value: {reservation.value:g}, low: {low:g}, high: {high:g}}}"
        lines += [f"#   {party}:", f"#     no_deal: {{reservation: {value}}}"]
    return "\n".join(lines) + "\n"
