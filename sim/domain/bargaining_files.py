"""Files of bargaining domains: GENIUS (XML) and GeniusWeb (JSON), which NegMAS reads too.

GeniusWeb's reservation is a bid, not a value, so our value stands in the extra key ``reservationValue``.

GENIUS divides an evaluation by the largest of its issue, so its formula is

    u = Σ_k w_k · e_k(o) / max_o' e_k(o'),   Σ_k w_k = 1

(``genius.core.utility.EvaluatorDiscrete.normalize``; an issue whose largest is below 0.00001 counts as 0).
With m_k the value of a party's best option on issue k, a scenario's utility Σ s_k v_k is written with
e_k = v_k / m_k, w_k = s_k m_k / M and M = Σ s_k m_k: GENIUS then computes u / M. A positive scale changes no
preference; the reservation value is divided by M too, and a discount factor, which multiplies, stays as it is.
Every best option is worth exactly 1, so readers that do not divide (NegMAS) compute the same. The scenario's
own numbers stand beside, in the attribute ``parley`` that others ignore, where they differ; they are taken
on the way back unless someone has changed GENIUS's numbers since.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from sim.domain.bargaining_domain import BargainingDomain, Profile
from sim.domain.document import MAX_BYTES
from sim.domain.files import PLAIN, Words, read_text
from sim.errors import ScenarioError

__all__ = ["read_domain", "write_domain"]

#: GENIUS counts an issue whose largest evaluation is smaller as 0.
NO_BEST = 0.00001
#: A folder with more files is no domain; profiles are read one by one.
MAX_FILES = 200
_NO_FILE = "is no file; name the domain and its profiles, or the folder they are in"
_WORDS = Words(folder=_NO_FILE, device=_NO_FILE, encoding=f"cannot be read: {PLAIN.encoding}")


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

    Examples
    --------
    >>> import sim, tempfile
    >>> from sim.domain.bargaining_domain import domain_of
    >>> domain = domain_of(sim.read_scenario("scenarios/tutorial-two-by-two/scenario.yaml"))
    >>> [path.name for path in write_domain(domain, tempfile.mkdtemp())]
    ['tutorial-two-by-two_domain.xml', 'hill.xml', 'vale.xml']
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
    said = "" if profile is None or profile.scale == 1 else f"utilities of the scenario divided by {profile.scale!r}"
    top = {"index": "0", "description": said, "name": domain.name, "type": "objective", "etype": "objective"}
    objective = ElementTree.SubElement(space, "objective", top)
    for n, (issue, options) in enumerate(domain.issues.items(), 1):
        kind = {"vtype": "discrete", "name": issue, "index": str(n), "etype": "discrete", "type": "discrete"}
        node = ElementTree.SubElement(objective, "issue", kind)
        best = 1.0 if profile is None else max(profile.evaluation[issue].values())
        for m, option in enumerate(options, 1):
            item = ElementTree.SubElement(node, "item", {"index": str(m), "value": option})
            if profile is not None:
                own = float(profile.evaluation[issue][option])
                _both(item, "evaluation", own / best if best > 0 else 0.0, own)
    if profile is not None:
        # Where nothing is worth anything the weights say nothing, but GENIUS wants some.
        any_worth = any(value > 0 for values in profile.evaluation.values() for value in values.values())
        for n, issue in enumerate(domain.issues, 1):
            weight = ElementTree.SubElement(objective, "weight", {"index": str(n)})
            own, best = float(profile.weight[issue]), max(profile.evaluation[issue].values())
            _both(weight, "value", own * best / profile.scale if any_worth else own, own)
        ElementTree.SubElement(root, "discount_factor", {"value": "1.0"})
        floor = ElementTree.SubElement(root, "reservation")
        _both(floor, "value", float(profile.reservation) / profile.scale, float(profile.reservation))
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode") + "\n"


def _both(node: ElementTree.Element, key: str, theirs: float, own: float) -> None:
    """Write GENIUS's number, and the scenario's beside it where it is another."""
    node.set(key, repr(theirs))
    if own != theirs:
        node.set("parley", repr(own))


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


def read_domain(files: Sequence[str | Path], contents: Mapping[Path, object] | None = None) -> BargainingDomain:
    """Read a domain with its profiles.

    Parameters
    ----------
    files : sequence of Path
        The files of the domain and of at least two profiles, in any order; or one folder of them.
    contents : mapping of Path to object, optional
        What JSON files hold, where it was read before; they are not read again.

    Returns
    -------
    BargainingDomain
        Parties are named by their profiles' file names (GENIUS) or names (GeniusWeb).

    Raises
    ------
    ScenarioError
        If a file is no domain or profile, profiles are missing, or two files disagree on the options.

    Examples
    --------
    >>> import sim, tempfile
    >>> from sim.domain.bargaining_domain import domain_of
    >>> domain = domain_of(sim.read_scenario("scenarios/tutorial-two-by-two/scenario.yaml"))
    >>> again = read_domain(write_domain(domain, tempfile.mkdtemp(), form="geniusweb"))
    >>> again.issues, again == domain
    ({'pass': ['shared', 'held'], 'guard': ['absent', 'promised']}, True)
    """
    paths = [Path(file) for file in files]
    if len(paths) == 1 and paths[0].is_dir():
        paths = sorted(p for p in paths[0].iterdir() if p.suffix in (".xml", ".json"))
    if len(paths) > MAX_FILES:
        raise ScenarioError(
            f"{len(paths):,} files, more than {MAX_FILES:,}; name the domain and its profiles", file=paths[0]
        )
    name = ""
    issues: dict[str, list[str]] = {}
    profiles: dict[str, Profile] = {}
    left: list[str] = []
    for path in paths:
        if path.suffix == ".xml":
            root = _root(read_text(path, MAX_BYTES, _WORDS), path)
            left += _discount(root, path)
            title, options, profile = _read_xml(root, path)
        else:
            content = contents[path] if contents and path in contents else _content(path)
            title, options, profile = _read_json(content, path)
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
    return BargainingDomain(name or paths[0].stem, issues, profiles, tuple(left))


_Read = tuple[str, dict[str, list[str]], Profile | None]


def _number(text: Any, what: str, path: Path) -> float:
    try:
        value = float(text)
    except (TypeError, ValueError, OverflowError):
        value = float("nan")
    if not abs(value) < float("inf"):
        shown = repr(text) if isinstance(text, str) else str(text)[:40]
        raise ScenarioError(f"{what} {shown} must be a finite number", file=path)
    return value


def _root(text: str, path: Path) -> ElementTree.Element:
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise ScenarioError("document types and entities are not read", file=path)
    try:
        return ElementTree.fromstring(text)
    except ElementTree.ParseError as fault:
        raise ScenarioError(f"not valid XML: {fault}", file=path, line=fault.position[0]) from None


def _discount(root: ElementTree.Element, path: Path) -> list[str]:
    node = root.find(".//discount_factor")
    factor = 1.0 if node is None else _number(node.get("value"), "discount_factor", path)
    # GENIUS reads 0 as none, like 1.
    return [] if factor in (0.0, 1.0) else [f"{path.name}: discount_factor {factor:g}"]


def _read_xml(root: ElementTree.Element, path: Path) -> _Read:
    objective = root.find(".//objective")
    if objective is None:
        raise ScenarioError("has no <objective>: this is no GENIUS domain or profile", file=path)
    issues: dict[str, list[str]] = {}
    evaluation: dict[str, dict[str, float]] = {}
    own: dict[str, dict[str, float]] = {}
    place: dict[str, str] = {}
    for issue in objective.iter("issue"):
        kind = issue.get("vtype") or issue.get("type") or "discrete"
        label = issue.get("name", "")
        if kind != "discrete":
            raise ScenarioError(f"issue {label!r} is {kind}; only discrete issues have options", file=path)
        items = list(issue.iter("item"))
        issues[label] = [item.get("value", "") for item in items]
        if len(set(issues[label])) < len(items) or not items:
            raise ScenarioError(f"issue {label!r} needs options, each named once", file=path)
        place[issue.get("index", "")] = label
        valued = [item for item in items if item.get("evaluation") is not None]
        evaluation[label] = {
            i.get("value", ""): _number(i.get("evaluation"), f"{label}: evaluation", path) for i in valued
        }
        own[label] = {i.get("value", ""): _own(i, "evaluation", path) for i in valued}
    weights = list(objective.iter("weight"))
    if not weights and not any(evaluation.values()):
        return objective.get("name", "") or path.stem, issues, None
    if any(len(evaluation[issue]) < len(options) for issue, options in issues.items()):
        raise ScenarioError("an option has no evaluation", file=path)
    if {w.get("index", "") for w in weights} != set(place) or len(weights) != len(place):
        raise ScenarioError("every issue needs one weight, by its index", file=path)
    weight = {place[w.get("index", "")]: _number(w.get("value"), "weight", path) for w in weights}
    reservation = root.find(".//reservation")
    floor = 0.0 if reservation is None else _number(reservation.get("value"), "reservation", path)
    theirs = _by_genius(Profile({issue: weight[issue] for issue in issues}, evaluation, floor), path)
    ours = Profile(
        {place[w.get("index", "")]: _own(w, "value", path) for w in weights},
        own,
        0.0 if reservation is None else _own(reservation, "value", path),
    )
    return path.stem, issues, ours if _says_the_same(ours, theirs) else theirs


def _own(node: ElementTree.Element, key: str, path: Path) -> float:
    return _number(node.get("parley", node.get(key)), "parley" if node.get("parley") is not None else key, path)


def _by_genius(read: Profile, path: Path) -> Profile:
    """Return a profile such that Σ weight × evaluation is what GENIUS computes from what is written."""
    total = sum(read.weight.values())
    if min(read.weight.values()) < 0 or total <= 0:
        raise ScenarioError("weights must not be negative, and not all of them 0", file=path)
    evaluation = {}
    for issue, values in read.evaluation.items():
        if min(values.values()) < 0:
            raise ScenarioError(f"{issue}: an evaluation is negative; GENIUS has none below 0", file=path)
        best = max(values.values())
        evaluation[issue] = {option: value / best if best >= NO_BEST else 0.0 for option, value in values.items()}
    scale = 1.0 if abs(total - 1) < 1e-9 else total
    return Profile({issue: value / scale for issue, value in read.weight.items()}, evaluation, read.reservation)


def _says_the_same(ours: Profile, theirs: Profile) -> bool:
    """Return whether our own numbers, written beside, still are what GENIUS's stand for."""
    scale = ours.scale
    pairs = [(ours.reservation, theirs.reservation * scale)]
    for issue, values in ours.evaluation.items():
        best = max(values.values())
        if min(values.values()) < 0:
            return False
        pairs.append((ours.weight[issue] * best, theirs.weight[issue] * scale))
        pairs += [(value, theirs.evaluation[issue][option] * best) for option, value in values.items()]
    return all(abs(one - other) <= 1e-9 for one, other in pairs)


def _content(path: Path) -> object:
    try:
        return json.loads(read_text(path, MAX_BYTES, _WORDS))
    except ValueError as fault:
        raise ScenarioError(f"not valid JSON: {fault}", file=path) from None
    except RecursionError:
        raise ScenarioError("nested too deep for a domain", file=path) from None


def _read_json(content: Any, path: Path) -> _Read:
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
        bid = space.get("reservationBid")
        if "reservationValue" in space or not bid:
            floor = _number(space.get("reservationValue", 0.0), "reservationValue", path)
        else:
            floor = sum(weight[i] * evaluation[i][str(option)] for i, option in bid["issuevalues"].items())
    except (KeyError, TypeError, AttributeError) as fault:
        raise ScenarioError(f"is no GeniusWeb domain or linear additive profile: {fault!r}", file=path) from None
    if any(set(evaluation[issue]) != set(options) for issue, options in issues.items()):
        raise ScenarioError("every option needs one utility", file=path)
    return str(space.get("name") or path.stem), issues, Profile(weight, evaluation, floor)
