"""Bargaining domains of other platforms: GENIUS (XML) and GeniusWeb (JSON), which NegMAS reads too.

A domain says what is on the table; a profile per party gives a weight to each issue, an evaluation to each
option and a reservation value: u = Σ weight × evaluation. That is all these formats hold. On the way out a
scenario leaves behind constraints, red lines, ranges, sources, moves and the time after signing, and
`left_behind` names them; what is carried comes back as it was. GeniusWeb's reservation is a bid, not a
value, so our value stands in the extra key ``reservationValue``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from sim.domain.document import MAX_BYTES
from sim.domain.scenario import Scenario
from sim.domain.writing import safe_names
from sim.errors import ScenarioError

__all__ = ["BargainingDomain", "Profile", "domain_of", "left_behind", "read_domain", "scenario_data", "write_domain"]


@dataclass(frozen=True)
class Profile:
    """What one party wants.

    Attributes
    ----------
    weight : mapping of issue to float
    evaluation : mapping of issue to mapping of option to float
    reservation : float
    """

    weight: dict[str, float]
    evaluation: dict[str, dict[str, float]]
    reservation: float


@dataclass(frozen=True)
class BargainingDomain:
    """Issues with their options, and a profile per party.

    Attributes
    ----------
    name : str
    issues : mapping of issue to list of options
    profiles : mapping of party to Profile
    """

    name: str
    issues: dict[str, list[str]]
    profiles: dict[str, Profile]


def domain_of(scenario: Scenario) -> BargainingDomain:
    """Return what of a scenario a bargaining domain holds, at central values.

    Parameters
    ----------
    scenario : Scenario

    Returns
    -------
    BargainingDomain
        Weights sum to 1.

    Examples
    --------
    >>> import sim
    >>> domain = domain_of(sim.read_scenario("scenarios/berlin-2025/scenario.yaml"))
    >>> len(domain.issues), sorted(domain.profiles)[:2], domain.profiles["russia"].reservation
    (9, ['france', 'germany'], 0.65)
    """
    profiles = {}
    for name, party in scenario.parties.items():
        given = {issue: party.salience[issue].value for issue in scenario.issues}
        total = sum(given.values())
        # Weights that sum to 1 already stay as they are: dividing would change their last digit.
        scale = 1.0 if abs(total - 1) < 1e-9 else total
        profiles[name] = Profile(
            {issue: value / scale for issue, value in given.items()},
            {i: {o: party.utility[i][o].value for o in spec.options} for i, spec in scenario.issues.items()},
            party.no_deal.reservation.value,
        )
    return BargainingDomain(scenario.name, {i: list(spec.options) for i, spec in scenario.issues.items()}, profiles)


def left_behind(scenario: Scenario) -> list[str]:
    """Return the parts of a scenario that no bargaining domain holds, in words."""
    parties = scenario.parties.values()
    found = {
        "constraints": bool(scenario.constraints),
        "moves": any(issue.moves for issue in scenario.issues.values()),
        "red lines": any(party.red_lines for party in parties),
        "interactions": any(party.interactions for party in parties),
        "who must sign": any(not party.signs.always for party in parties),
        "ranges": any(not number.is_certain for number in scenario.numbers.numbers),
        "sources and statuses": any(number.source or number.status for number in scenario.numbers.numbers),
        "compliance": scenario.compliance != type(scenario.compliance)(),
        "rival codings": bool(scenario.codings),
    }
    return [what for what, there in found.items() if there]


def scenario_data(domain: BargainingDomain, as_of: str) -> dict[str, Any]:
    """Return a domain as the plain data of a scenario.

    Parameters
    ----------
    domain : BargainingDomain
    as_of : str
        Date of the scenario; a domain has none.

    Returns
    -------
    dict
        Every number with the status ``stated`` and the domain as source.

    Raises
    ------
    ScenarioError
        If two names become the same when the signs that key paths are written with are replaced.
    """
    issue_names = safe_names(list(domain.issues), "issue")
    party_names = safe_names(list(domain.profiles), "party")
    option_names = {i: safe_names(options, f"option of {i}") for i, options in domain.issues.items()}

    def number(value: float) -> dict[str, Any]:
        return {"value": value, "status": "stated", "source": "domain"}

    parties = {}
    for name, profile in domain.profiles.items():
        parties[party_names[name]] = {
            "title": name,
            "salience": {issue_names[i]: number(profile.weight[i]) for i in domain.issues},
            "utility": {
                issue_names[i]: {option_names[i][o]: number(profile.evaluation[i][o]) for o in options}
                for i, options in domain.issues.items()
            },
            "no_deal": {"reservation": number(profile.reservation)},
        }
    return {
        "schema": 1,
        "name": safe_names([domain.name or "domain"], "name")[domain.name or "domain"],
        "title": domain.name or "Bargaining domain",
        "as_of": as_of,
        "sources": {"domain": {"title": f"Bargaining domain {domain.name}", "kind": "dataset"}},
        "issues": {
            issue_names[i]: {"title": i, "options": {option_names[i][o]: o for o in options}}
            for i, options in domain.issues.items()
        },
        "parties": parties,
        "negotiation": {"protocol": "alternating_offers"},
    }


# --- files -----------------------------------------------------------------------------------------


def write_domain(domain: BargainingDomain, folder: str | Path, form: str = "genius") -> list[Path]:
    """Write a domain and its profiles, a file each.

    Parameters
    ----------
    domain : BargainingDomain
    folder : str or Path
    form : {"genius", "geniusweb"}

    Returns
    -------
    list of Path
        The domain's file first.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    suffix, content = (".xml", _xml) if form == "genius" else (".json", _json)
    written = []
    for party in (None, *domain.profiles):
        target = folder / (f"{domain.name}_domain{suffix}" if party is None else f"{party}{suffix}")
        target.write_text(content(domain, party), encoding="utf-8")
        written.append(target)
    return written


def _xml(domain: BargainingDomain, party: str | None) -> str:
    profile = None if party is None else domain.profiles[party]
    root = ElementTree.Element("negotiation_template" if profile is None else "utility_space")
    space = ElementTree.SubElement(root, "utility_space") if profile is None else root
    space.set("number_of_issues", str(len(domain.issues)))
    top = {"index": "0", "description": "", "name": domain.name, "type": "objective", "etype": "objective"}
    objective = ElementTree.SubElement(space, "objective", top)
    for n, (issue, options) in enumerate(domain.issues.items(), 1):
        kind = {"vtype": "discrete", "name": issue, "index": str(n), "etype": "discrete", "type": "discrete"}
        node = ElementTree.SubElement(objective, "issue", kind)
        for m, option in enumerate(options, 1):
            item = ElementTree.SubElement(node, "item", {"index": str(m), "value": option})
            if profile is not None:
                item.set("evaluation", repr(float(profile.evaluation[issue][option])))
    if profile is not None:
        for n, issue in enumerate(domain.issues, 1):
            ElementTree.SubElement(objective, "weight", {"index": str(n), "value": repr(float(profile.weight[issue]))})
        ElementTree.SubElement(root, "discount_factor", {"value": "1.0"})
        ElementTree.SubElement(root, "reservation", {"value": repr(float(profile.reservation))})
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode") + "\n"


def _json(domain: BargainingDomain, party: str | None) -> str:
    table = {"name": domain.name, "issuesValues": {i: {"values": list(o)} for i, o in domain.issues.items()}}
    if party is None:
        return json.dumps(table, ensure_ascii=False, indent=2) + "\n"
    profile = domain.profiles[party]
    inner = {
        "name": party,
        "domain": table,
        "issueUtilities": {
            issue: {"DiscreteValueSetUtilities": {"valueUtilities": profile.evaluation[issue]}}
            for issue in domain.issues
        },
        "issueWeights": profile.weight,
        "reservationBid": None,
        "reservationValue": profile.reservation,
    }
    return json.dumps({"LinearAdditiveUtilitySpace": inner}, ensure_ascii=False, indent=2) + "\n"


def read_domain(files: Sequence[str | Path]) -> BargainingDomain:
    """Read a domain with its profiles.

    Parameters
    ----------
    files : sequence of Path
        The files of the domain and of at least two profiles, in any order; or one folder of them.

    Returns
    -------
    BargainingDomain
        Parties are named by their profiles' file names (GENIUS) or names (GeniusWeb).

    Raises
    ------
    ScenarioError
        If a file is no domain or profile, profiles are missing, or two files disagree on the options.
    """
    paths = [Path(file) for file in files]
    if len(paths) == 1 and paths[0].is_dir():
        paths = sorted(p for p in paths[0].iterdir() if p.suffix in (".xml", ".json"))
    name = ""
    issues: dict[str, list[str]] = {}
    profiles: dict[str, Profile] = {}
    for path in paths:
        try:
            if path.stat().st_size > MAX_BYTES:
                raise ScenarioError(f"larger than {MAX_BYTES // 2**20} MiB", file=path)
            text = path.read_text(encoding="utf-8-sig")
        except FileNotFoundError:
            raise ScenarioError("no such file", file=path) from None
        except (OSError, UnicodeDecodeError) as fault:
            raise ScenarioError(f"cannot be read: {fault}", file=path) from None
        read = _read_xml if path.suffix == ".xml" else _read_json
        title, options, profile = read(text, path)
        if issues and options != issues:
            raise ScenarioError("has other issues or options than the files before it", file=path)
        issues = options
        if profile is None:
            name = title
        else:
            party = title or path.stem
            if party in profiles:
                raise ScenarioError(f"a second profile of {party!r}", file=path)
            profiles[party] = profile
    if len(profiles) < 2:
        raise ScenarioError(
            f"{len(profiles)} profiles; a scenario needs two parties or more", file=paths[0] if paths else ""
        )
    return BargainingDomain(name or paths[0].stem, issues, profiles)


_Read = tuple[str, dict[str, list[str]], Profile | None]


def _number(text: Any, what: str, path: Path) -> float:
    try:
        value = float(text)
    except (TypeError, ValueError):
        value = float("nan")
    if not abs(value) < float("inf"):
        raise ScenarioError(f"{what} {text!r} must be a finite number", file=path)
    return value


def _read_xml(text: str, path: Path) -> _Read:
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise ScenarioError("document types and entities are not read", file=path)
    try:
        root = ElementTree.fromstring(text)
    except ElementTree.ParseError as fault:
        raise ScenarioError(f"not valid XML: {fault}", file=path, line=fault.position[0]) from None
    objective = root.find(".//objective")
    if objective is None:
        raise ScenarioError("has no <objective>: this is no GENIUS domain or profile", file=path)
    issues: dict[str, list[str]] = {}
    evaluation: dict[str, dict[str, float]] = {}
    place: dict[str, str] = {}
    for issue in objective.iter("issue"):
        kind = issue.get("vtype") or issue.get("type") or "discrete"
        label = issue.get("name", "")
        if kind != "discrete":
            raise ScenarioError(f"issue {label!r} is {kind}; only discrete issues have options", file=path)
        items = list(issue.iter("item"))
        issues[label] = [item.get("value", "") for item in items]
        place[issue.get("index", "")] = label
        evaluation[label] = {
            item.get("value", ""): _number(item.get("evaluation"), f"{label}: evaluation", path)
            for item in items
            if item.get("evaluation") is not None
        }
    weights = {w.get("index", ""): _number(w.get("value"), "weight", path) for w in objective.iter("weight")}
    if not weights and not any(evaluation.values()):
        return objective.get("name", "") or path.stem, issues, None
    if any(len(evaluation[issue]) < len(options) for issue, options in issues.items()):
        raise ScenarioError("an option has no evaluation", file=path)
    if set(weights) != set(place):
        raise ScenarioError("every issue needs one weight, by its index", file=path)
    reservation = root.find(".//reservation")
    floor = 0.0 if reservation is None else _number(reservation.get("value"), "reservation", path)
    return path.stem, issues, Profile({place[n]: value for n, value in weights.items()}, evaluation, floor)


def _read_json(text: str, path: Path) -> _Read:
    try:
        content = json.loads(text)
    except ValueError as fault:
        raise ScenarioError(f"not valid JSON: {fault}", file=path) from None
    except RecursionError:
        raise ScenarioError("nested too deep for a domain", file=path) from None
    space = content.get("LinearAdditiveUtilitySpace") if isinstance(content, Mapping) else None
    try:
        table = content["issuesValues"] if space is None else space["domain"]["issuesValues"]
        issues = {issue: [str(option) for option in spec["values"]] for issue, spec in table.items()}
        if space is None:
            return str(content.get("name", path.stem)), issues, None
        evaluation = {
            issue: {
                str(option): _number(value, f"{issue}: utility", path)
                for option, value in space["issueUtilities"][issue]["DiscreteValueSetUtilities"][
                    "valueUtilities"
                ].items()
            }
            for issue in issues
        }
        weight = {issue: _number(space["issueWeights"][issue], "weight", path) for issue in issues}
        floor = _number(space.get("reservationValue", 0.0), "reservationValue", path)
    except (KeyError, TypeError, AttributeError) as fault:
        raise ScenarioError(f"is no GeniusWeb domain or linear additive profile: {fault!r}", file=path) from None
    if any(set(evaluation[issue]) != set(options) for issue, options in issues.items()):
        raise ScenarioError("every option needs one utility", file=path)
    return str(space.get("name") or path.stem), issues, Profile(weight, evaluation, floor)
