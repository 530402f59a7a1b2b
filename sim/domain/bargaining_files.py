"""Files of bargaining domains: GENIUS (XML) and GeniusWeb (JSON), which NegMAS reads too.

GeniusWeb's reservation is a bid, not a value, so our value stands in the extra key ``reservationValue``.

GENIUS divides an evaluation by the largest of its issue, so its formula is

    u = Σ_k w_k · e_k(o) / max_o' e_k(o'),   Σ_k w_k = 1

(`sim.domain.genius` says what else it computes).
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
from decimal import Decimal
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from sim.domain.bargaining_domain import BargainingDomain, Profile
from sim.domain.document import MAX_BYTES
from sim.domain.feasible import MAX_COMBINATIONS
from sim.domain.files import PLAIN, Words, read_text
from sim.domain.genius import finite, is_profile, issues_in, profile_in, root_of
from sim.errors import ScenarioError

__all__ = ["read_domain", "write_domain"]

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


_Read = tuple[str, dict[str, list[str]], Profile | None]


def read_domain(files: Sequence[str | Path], contents: Mapping[Path, object] | None = None) -> BargainingDomain:
    """Read a domain with its profiles.

    Parameters
    ----------
    files : sequence of Path
        The files of the domain and of at least two profiles, in any order; or one folder of them, where a file that is
        neither is passed over; or one ``negotiation_template`` that names its agents' profiles beside it.
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
    folder = paths[0] if len(paths) == 1 and paths[0].is_dir() else None
    if folder is not None:
        paths = sorted(p for p in folder.iterdir() if p.suffix in (".xml", ".json"))
    if len(paths) > MAX_FILES:
        raise ScenarioError(
            f"{len(paths):,} files, more than {MAX_FILES:,}; name the domain and its profiles", file=paths[0]
        )
    if paths and all(path.suffix == ".xml" for path in paths):
        found = _genius(paths, folder)
    else:
        found = _mixed(paths, contents or {})
    if len(found.profiles) < 2:
        count = "1 profile" if len(found.profiles) == 1 else f"{len(found.profiles)} profiles"
        raise ScenarioError(f"{count}; a scenario needs two parties or more", file=paths[0] if paths else "")
    return found


def _genius(paths: list[Path], folder: Path | None) -> BargainingDomain:
    """Read GENIUS's files: the domain first, for it says which issues there are and in what order."""
    roots: dict[Path, ElementTree.Element] = {}
    left: list[str] = []
    for path in paths:
        try:
            root = root_of(read_text(path, MAX_BYTES, _WORDS), path)
            if folder is not None and root.find(".//objective") is None:
                raise ScenarioError("has no <objective>", file=path)
        except ScenarioError:
            if folder is None or len(paths) < 3:
                raise
            left.append(f"{path.name}, which is no domain or profile")
            continue
        roots[path] = root
    if len(paths) == 1 and roots:
        roots |= _agents(*next(iter(roots.items())))
    domains = {path: root for path, root in roots.items() if not is_profile(root)}
    if not roots:
        raise ScenarioError("holds no domain and no profile", file=folder or paths[0])
    path, root = next(iter((domains or roots).items()))
    issues = issues_in(root, path)
    for other, again in domains.items():
        if {i.label: set(i.options) for i in issues_in(again, other).values()} != {
            i.label: set(i.options) for i in issues.values()
        }:
            raise ScenarioError("has other issues or options than the files before it", file=other)
    profiles = {}
    for other, again in roots.items():
        if other in domains:
            continue
        if other.stem in profiles:
            raise ScenarioError(f"a second profile of {other.stem!r}", file=other)
        profiles[other.stem], unheld = profile_in(again, issues, other)
        left += unheld
    objective = root.find(".//objective")
    name = "" if objective is None or not domains else objective.get("name", "")
    return BargainingDomain(
        name or path.stem, {i.label: list(i.options) for i in issues.values()}, profiles, tuple(left)
    )


def _agents(template: Path, root: ElementTree.Element) -> dict[Path, ElementTree.Element]:
    """Return the profiles that a template names, as far as they lie beside it."""
    found = {}
    for agent in root.iter("agent"):
        name = agent.get("utility_space", "")
        path = template.parent / name
        if name and Path(name).name == name and path.is_file():
            found[path] = root_of(read_text(path, MAX_BYTES, _WORDS), path)
    return found


def _mixed(paths: list[Path], contents: Mapping[Path, object]) -> BargainingDomain:
    """Read GeniusWeb's files, and GENIUS's among them, each of which repeats the issues."""
    name = ""
    issues: dict[str, list[str]] = {}
    profiles: dict[str, Profile] = {}
    left: list[str] = []
    for path in paths:
        if path.suffix == ".xml":
            root = root_of(read_text(path, MAX_BYTES, _WORDS), path)
            title, options, profile = _read_xml(root, path, left)
        else:
            content = contents[path] if path in contents else _content(path)
            title, options, profile = _read_json(content, path)
        if issues and {i: set(o) for i, o in options.items()} != {i: set(o) for i, o in issues.items()}:
            raise ScenarioError("has other issues or options than the files before it", file=path)
        issues = issues or options
        if profile is None:
            name = title
        else:
            party = title or path.stem
            if party in profiles:
                raise ScenarioError(f"a second profile of {party!r}", file=path)
            profiles[party] = profile
    return BargainingDomain(name or (paths[0].stem if paths else ""), issues, profiles, tuple(left))


def _read_xml(root: ElementTree.Element, path: Path, left: list[str]) -> _Read:
    found = issues_in(root, path)
    options = {issue.label: list(issue.options) for issue in found.values()}
    if not is_profile(root):
        return next((o.get("name", "") for o in root.iter("objective")), "") or path.stem, options, None
    profile, unheld = profile_in(root, found, path)
    left += unheld
    return path.stem, options, profile


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
        issues = {str(issue): _values(spec, str(issue), path) for issue, spec in table.items()}
        if not issues:
            raise ScenarioError("has no issues: there is nothing to agree on", file=path)
        if space is None:
            return str(content.get("name", path.stem)), issues, None
        for part in ("issueUtilities", "issueWeights"):
            unsaid = [issue for issue in issues if issue not in space[part]]
            if unsaid:
                raise ScenarioError(f"{part} says nothing on issue {unsaid[0]!r}", file=path)
            beyond = [issue for issue in space[part] if issue not in issues]
            if beyond:
                raise ScenarioError(f"{part} speaks of {beyond[0]!r}, which is no issue of its domain", file=path)
        evaluation = {
            issue: _utilities(space["issueUtilities"][issue], options, issue, path) for issue, options in issues.items()
        }
        weight = {issue: finite(space["issueWeights"][issue], "weight", path) for issue in issues}
        bid = space.get("reservationBid")
        if "reservationValue" in space or not bid:
            floor = finite(space.get("reservationValue", 0.0), "reservationValue", path)
        else:
            chosen = {str(issue): str(option) for issue, option in bid["issuevalues"].items()}
            strange = [i for i, option in chosen.items() if option not in evaluation.get(i, ())]
            if strange:
                raise ScenarioError(f"reservationBid: issue {strange[0]!r} has no such issue or option", file=path)
            floor = sum(weight[issue] * evaluation[issue][option] for issue, option in chosen.items())
    except (KeyError, TypeError, AttributeError) as fault:
        raise ScenarioError(f"is no GeniusWeb domain or linear additive profile: {fault!r}"[:300], file=path) from None
    return str(space.get("name") or path.stem), issues, Profile(weight, evaluation, floor)


def _values(spec: Mapping[str, Any], issue: str, path: Path) -> list[str]:
    """Return the options of an issue: as listed, or the numbers of a range ``[first, last, step]``."""
    if "range" not in spec:
        values = spec["values"]
        if not isinstance(values, list):
            raise ScenarioError(f"issue {issue!r}: 'values' must be a list", file=path)
        return list(dict.fromkeys(str(option) for option in values))
    try:
        low, high, step = (Decimal(str(number)) for number in spec["range"])
        steps = (high - low) / step
    except (ArithmeticError, ValueError):
        raise ScenarioError(f"issue {issue!r}: 'range' must be first, last and step", file=path) from None
    if not 0 <= steps < MAX_COMBINATIONS:
        raise ScenarioError(
            f"issue {issue!r}: its range must hold one number or more, and no more than {MAX_COMBINATIONS:,}",
            file=path,
        )
    return [format(low + n * step, "f") for n in range(int(steps) + 1)]


def _utilities(spec: Mapping[str, Any], options: list[str], issue: str, path: Path) -> dict[str, float]:
    """Return the utility of each option: listed, or on the line between that of two numbers."""
    numbers = spec.get("NumberValueSetUtilities")
    if numbers is not None:
        low, high, at_low, at_high = (
            finite(numbers[key], f"{issue}: {key}", path)
            for key in ("lowValue", "highValue", "lowUtility", "highUtility")
        )
        if low == high:
            raise ScenarioError(f"{issue}: lowValue and highValue are one number", file=path)
        slope = (at_high - at_low) / (high - low)
        return {o: at_low + slope * (finite(o, f"{issue}: value", path) - low) for o in options}
    given = {
        str(option): finite(value, f"{issue}: utility", path)
        for option, value in spec["DiscreteValueSetUtilities"]["valueUtilities"].items()
    }
    if set(given) != set(options):
        raise ScenarioError(f"{issue}: every option needs one utility, and nothing else has one", file=path)
    return {option: given[option] for option in options}
