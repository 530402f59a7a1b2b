r"""What GENIUS computes from its files: issues, weights and evaluations in XML.

A *domain* names issues; a *profile* repeats them with what one party wants. GENIUS finds an issue by its ``index``,
an option by its text, and computes

.. math:: u = \sum_k w_k\, e_k, \qquad \sum_k w_k = 1

- of a discrete issue, :math:`e_k` is the option's evaluation divided by the largest of the issue
  (``genius.core.utility.EvaluatorDiscrete.normalize``; an issue whose largest is below 0.00001 counts as 0);
- of an integer issue, :math:`e_k` is a function of the number, held within 0 and 1 and not divided:
  ``offset + slope × (number − lowest)`` (``EvaluatorInteger``), or in older files ``parameter0 + parameter1 × number``,
  and the triangular, constant and quadratic functions of real issues (``EvaluatorReal``, ``EVALFUNCTYPE``);
- of a non-linear profile, u is the sum of what hyper-rectangles are worth that hold the bid, divided by
  ``maxutility`` (``NonlinearUtilitySpace``).

Evaluations below 0, which NegMAS reads, are moved above it for each party. Issues of a profile are found by name where
its names are the domain's, as NegMAS does, and by index otherwise, as GENIUS does.

Where an item, an issue or a weight stands twice the later one counts, as in GENIUS's tables; what stands deeper, such
as the items of a similarity function, is no item of the issue; a weight of an index that is no issue counts nothing.
Real-valued issues have no options and are refused by name.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import isfinite, prod
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from sim.domain.bargaining_domain import Profile
from sim.domain.feasible import MAX_COMBINATIONS
from sim.errors import ScenarioError

__all__ = ["GeniusIssue", "finite", "is_profile", "issues_in", "profile_in", "root_of"]

Element = ElementTree.Element

#: GENIUS counts an issue whose largest evaluation is smaller as 0.
NO_BEST = 0.00001


@dataclass(frozen=True)
class GeniusIssue:
    """An issue of a domain.

    Attributes
    ----------
    label : str
        Its name.
    options : tuple of str
        In the order of the file; of an integer issue, every number of its range.
    integer : bool
    """

    label: str
    options: tuple[str, ...]
    integer: bool


def finite(given: Any, what: str, path: Path) -> float:
    """Return a number that a file gives as text or number; refuse what is none, infinite, or too large for one.

    Examples
    --------
    >>> finite("0.5", "weight", Path("a.xml"))
    0.5
    >>> finite(10**400, "weight", Path("a.xml"))
    Traceback (most recent call last):
    sim.errors.ScenarioError: a.xml: weight is a number of 401 digits; it must be a finite number
    """
    try:
        value = float(given)
    except OverflowError:
        digits = len(str(abs(given)))
        raise ScenarioError(f"{what} is a number of {digits} digits; it must be a finite number", file=path) from None
    except (TypeError, ValueError):
        value = float("nan")
    if not isfinite(value):
        shown = repr(given[:60]) if isinstance(given, str) else str(given)[:60]
        raise ScenarioError(f"{what} {shown} must be a finite number", file=path)
    return value


def root_of(text: str, path: Path) -> Element:
    """Return the root of XML that defines no entities.

    Raises
    ------
    ScenarioError
        If it is no XML, or has a document type.

    Examples
    --------
    >>> root_of("<utility_space/>", Path("a.xml")).tag
    'utility_space'
    """
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise ScenarioError("document types and entities are not read", file=path)
    try:
        return ElementTree.fromstring(text)
    except ElementTree.ParseError as fault:
        raise ScenarioError(f"not valid XML: {fault}", file=path, line=fault.position[0]) from None
    except (LookupError, ValueError) as fault:  # an encoding that is named and not known
        raise ScenarioError(f"not valid XML: {fault}", file=path) from None


def is_profile(root: Element) -> bool:
    """Return whether a file says what somebody wants, and not only what can be agreed.

    Examples
    --------
    >>> is_profile(ElementTree.fromstring('<a><issue><item value="x" evaluation="1"/></issue></a>'))
    True
    """
    if any(root.find(f".//{tag}") is not None for tag in ("weight", "evaluator", "ufun")):
        return True
    return any(item.get("evaluation") is not None for issue in root.iter("issue") for item in issue.findall("item"))


def issues_in(root: Element, path: Path) -> dict[str, GeniusIssue]:
    """Return the issues of a file by their index.

    Raises
    ------
    ScenarioError
        If the file has none, one has no options or is real-valued, or together they make too many agreements.

    Examples
    --------
    >>> text = '<objective><issue index="1" name="price" vtype="integer" lowerbound="4" upperbound="6"/></objective>'
    >>> issues_in(root_of(f"<utility_space>{text}</utility_space>", Path("a.xml")), Path("a.xml"))
    {'1': GeniusIssue(label='price', options=('4', '5', '6'), integer=True)}
    """
    if root.find(".//objective") is None:
        raise ScenarioError("has no <objective>: this is no GENIUS domain or profile", file=path)
    found: dict[str, GeniusIssue] = {}
    for place, node in enumerate(root.iter("issue"), 1):
        found[node.get("index", f"#{place}")] = _issue(node, path)
    if not found:
        raise ScenarioError("has no <issue>: there is nothing to agree on", file=path)
    size = prod(len(issue.options) for issue in found.values())
    if size > MAX_COMBINATIONS:
        largest = sorted(found.values(), key=lambda issue: -len(issue.options))[:3]
        named = ", ".join(f"{issue.label!r} ({len(issue.options):,})" for issue in largest)
        many = f"{size:,}" if size < 10**12 else f"{float(size):.0e}" if size < 10**300 else "more than 1e+300"
        raise ScenarioError(
            f"{many} combinations of options in {len(found)} issues, such as {named}; more than the"
            f" {MAX_COMBINATIONS:,} that are worked through",
            file=path,
        )
    return _with_names_of_their_own(found)


def _issue(node: Element, path: Path) -> GeniusIssue:
    label = node.get("name") or f"issue {node.get('index', '')}".strip()
    kind = _kind(node)
    if kind == "real":
        raise ScenarioError(f"issue {label!r} is real-valued; only discrete and integer issues have options", file=path)
    if kind not in ("discrete", "integer"):
        raise ScenarioError(f"issue {label!r} is {kind}; only discrete and integer issues have options", file=path)
    if kind == "integer":
        low, high = (round(finite(_bound(node, which), f"{label}: {which}", path)) for which in _BOUNDS)
        if low > high:
            raise ScenarioError(f"issue {label!r} has no number between {low} and {high}", file=path)
        if high - low >= MAX_COMBINATIONS:
            raise ScenarioError(
                f"issue {label!r} has {high - low + 1:,} numbers, more than the {MAX_COMBINATIONS:,} agreements that"
                " are worked through",
                file=path,
            )
        return GeniusIssue(label, tuple(str(number) for number in range(low, high + 1)), integer=True)
    options = tuple(dict.fromkeys(item.get("value", "") for item in node.findall("item")))
    if not options:
        raise ScenarioError(f"issue {label!r} has no options", file=path)
    return GeniusIssue(label, options, integer=False)


_BOUNDS = ("lowerbound", "upperbound")


def _kind(node: Element) -> str:
    # Whoever lists the numbers of an integer issue one by one has made options of them.
    if node.find("item") is not None:
        return "discrete"
    return (node.get("vtype") or node.get("type") or node.get("etype") or "discrete").strip().lower()


def _bound(node: Element, which: str) -> str | None:
    inner = node.find("range")
    return node.get(which, None if inner is None else inner.get(which))


def _with_names_of_their_own(issues: dict[str, GeniusIssue]) -> dict[str, GeniusIssue]:
    """Return issues such that no two have one name: GENIUS tells them apart by index."""
    labels = [issue.label for issue in issues.values()]
    return {
        index: GeniusIssue(f"{issue.label} ({index})", issue.options, issue.integer)
        if labels.count(issue.label) > 1
        else issue
        for index, issue in issues.items()
    }


def profile_in(root: Element, issues: dict[str, GeniusIssue], path: Path) -> tuple[Profile, list[str]]:
    """Return what a profile says of the issues of a domain, such that u is what GENIUS computes.

    Parameters
    ----------
    root : Element
        Of the profile.
    issues : mapping of index to GeniusIssue
        Of the domain.
    path : Path
        For messages.

    Returns
    -------
    profile : Profile
    left : list of str
        What it says that a profile here does not hold, in words.

    Raises
    ------
    ScenarioError
        If it says nothing on an issue or an option, or what it says cannot be computed.

    Examples
    --------
    >>> item = '<item value="{}" evaluation="{}"/>'.format
    >>> issue = f'<issue index="1" name="loan">{item("short", 5)}{item("long", 20)}</issue>'
    >>> weight = '<weight index="1" value="3"/>'
    >>> root = root_of(f"<utility_space><objective>{issue}{weight}</objective></utility_space>", Path("a.xml"))
    >>> profile_in(root, issues_in(root, Path("a.xml")), Path("a.xml"))[0].evaluation
    {'loan': {'short': 0.25, 'long': 1.0}}
    """
    left = _discount(root, path)
    reservation = root.find(".//reservation")
    floor = 0.0 if reservation is None else finite(reservation.get("value", "0"), "reservation", path)
    nodes = _nodes(root, issues)
    beyond = [node.get("name", index) for index, node in nodes.items() if index not in issues]
    if beyond:
        raise ScenarioError(f"speaks of {beyond[0]!r}, which is no issue of the domain", file=path)
    if root.find(".//ufun") is not None:
        return _nonlinear(root, issues, floor, path, left), left
    evaluation, own = {}, {}
    for index, issue in issues.items():
        if index not in nodes:
            raise ScenarioError(f"says nothing on issue {issue.label!r} of the domain", file=path)
        evaluation[issue.label], own[issue.label] = _evaluation(nodes[index], issue, path)
    by_own = {node.get("index", ""): node for node in root.iter("weight")}
    # A weight names the issue by the profile's own index, whatever the domain's is.
    weights = {index: by_own[own_] for index, node in nodes.items() if (own_ := node.get("index", "")) in by_own}
    if not by_own:
        left.append(f"{path.name} gives no weights, so that its issues count alike")
        weights = {index: ElementTree.Element("weight", {"value": "1"}) for index in issues}
    unweighed = [issue.label for index, issue in issues.items() if index not in weights]
    if unweighed:
        raise ScenarioError(f"every issue needs one weight, by its index; {unweighed[0]!r} has none", file=path)
    weight = {issue.label: finite(weights[i].get("value"), "weight", path) for i, issue in issues.items()}
    total = sum(weight.values())
    if min(weight.values()) < 0 or total <= 0:
        raise ScenarioError("weights must not be negative, and not all of them 0", file=path)
    scale = 1.0 if abs(total - 1) < 1e-9 else total
    theirs = Profile({issue: value / scale for issue, value in weight.items()}, evaluation, floor)
    if root.find(".//*[@parley]") is None:
        return _above_zero(theirs, path, left), left
    ours = Profile(
        {issue.label: _own(weights[index], "value", path) for index, issue in issues.items()},
        own,
        0.0 if reservation is None else _own(reservation, "value", path),
    )
    return (ours if _says_the_same(ours, theirs) else theirs), left


def _nodes(root: Element, issues: dict[str, GeniusIssue]) -> dict[str, Element]:
    """Return a profile's issues by the domain's index: by name where both have the same names, else by index."""
    nodes = {node.get("index", f"#{place}"): node for place, node in enumerate(root.iter("issue"), 1)}
    by_name = {node.get("name", ""): node for node in nodes.values()}
    index_of = {issue.label: index for index, issue in issues.items()}
    if len(by_name) == len(nodes) and set(by_name) == set(index_of):
        return {index_of[name]: node for name, node in by_name.items()}
    return nodes


def _above_zero(profile: Profile, path: Path, left: list[str]) -> Profile:
    """Return a profile with evaluations from 0 to 1: a utility moved and divided orders agreements the same."""
    lowest = {issue: min(0.0, *values.values()) for issue, values in profile.evaluation.items()}
    if not any(lowest.values()):
        return profile
    reach = {issue: max(values.values()) - lowest[issue] or 1.0 for issue, values in profile.evaluation.items()}
    moved = -sum(weight * lowest[issue] for issue, weight in profile.weight.items())
    scale = sum(weight * reach[issue] for issue, weight in profile.weight.items())
    left.append(f"{path.name}: utilities below 0, so that {moved:.6g} is added and all divided by {scale:.6g}")
    return Profile(
        {issue: weight * reach[issue] / scale for issue, weight in profile.weight.items()},
        {
            issue: {option: (value - lowest[issue]) / reach[issue] for option, value in values.items()}
            for issue, values in profile.evaluation.items()
        },
        (profile.reservation + moved) / scale,
    )


def _discount(root: Element, path: Path) -> list[str]:
    node = root.find(".//discount_factor")
    factor = 1.0 if node is None else finite(node.get("value", "1"), "discount_factor", path)
    # GENIUS reads 0 as none, like 1.
    return [] if factor in (0.0, 1.0) else [f"{path.name}: discount_factor {factor:g}"]


def _evaluation(node: Element, issue: GeniusIssue, path: Path) -> tuple[dict[str, float], dict[str, float]]:
    """Return e_k by option as GENIUS computes it, and the numbers as they are written, ours where they stand beside."""
    label = issue.label
    if issue.integer:
        worth = _function(node, label, path)
        values = {option: worth(int(option)) for option in issue.options}
        return values, values
    items = {
        item.get("value", ""): item for item in node.findall("item") if item.get("evaluation") not in (None, "null")
    }
    unsaid = [option for option in issue.options if option not in items]
    if unsaid:
        raise ScenarioError(f"{label}: option {unsaid[0]!r} has no evaluation", file=path)
    given = {option: finite(item.get("evaluation"), f"{label}: evaluation", path) for option, item in items.items()}
    best = max(given.values())
    return (
        {option: given[option] / best if best >= NO_BEST else 0.0 for option in issue.options},
        {option: _own(items[option], "evaluation", path) for option in issue.options},
    )


def _function(node: Element, label: str, path: Path) -> Callable[[int], float]:
    """Return the evaluation of an integer issue; without an evaluator it is 0, as in GENIUS."""
    found = node.find("evaluator")
    if found is None:
        return lambda number: 0.0
    form = found.get("ftype", "linear").strip().lower()

    def given(*names: str, otherwise: str | None = None) -> float:
        text = next((found.get(name) for name in names if found.get(name) is not None), otherwise)
        return finite(text, f"{label}: {names[0]}", path)

    if form == "linear" and found.get("parameter1") is None:
        slope, offset, low = given("slope", otherwise="0"), given("offset", otherwise="0"), _bound(node, "lowerbound")
        start = finite(low, f"{label}: lowerbound", path)
        return lambda number: min(1.0, max(0.0, offset + slope * (number - start)))
    if form in ("linear", "quadratic"):
        offset, slope = given("parameter0", "offset", otherwise="0"), given("parameter1", "a1", otherwise="1")
        bend = given("parameter2", "a2", otherwise="1") if form == "quadratic" else 0.0
        return lambda number: min(1.0, max(0.0, offset + slope * number + bend * number * number))
    if form == "constant":
        level = given("parameter0", "offset")
        return lambda number: min(1.0, max(0.0, level))
    if form == "triangular":
        low_end, high_end, top = (given(f"parameter{n}") for n in (0, 1, 2))
        return lambda number: _triangle(number, low_end, high_end, top)
    raise ScenarioError(
        f"issue {label!r} has the evaluator {form[:40]!r}; linear, constant, triangular and quadratic ones are read",
        file=path,
    )


def _triangle(number: int, low: float, high: float, top: float) -> float:
    """Return the height of a triangle over [low, high] that is 1 at its top.

    Examples
    --------
    >>> [_triangle(n, 0, 10, 5) for n in (-1, 0, 2, 5, 9, 10, 11)]
    [0.0, 0.0, 0.4, 1.0, 0.2, 0.0, 0.0]
    """
    if number == top:
        return 1.0
    if not low <= number <= high:
        return 0.0
    side = low if number < top else high
    return min(1.0, max(0.0, (number - side) / (top - side)))


def _own(node: Element, key: str, path: Path) -> float:
    beside = node.get("parley")
    return finite(node.get(key) if beside is None else beside, key if beside is None else "parley", path)


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


# --- non-linear profiles -----------------------------------------------------------------------------


def _nonlinear(root: Element, issues: dict[str, GeniusIssue], floor: float, path: Path, left: list[str]) -> Profile:
    """Return hyper-rectangles as evaluations of single issues and interactions of several.

    A rectangle that includes is worth its utility where all its bounds hold; one that excludes, where not all do. What
    they could be worth together may pass ``maxutility``; then all, the reservation too, is divided by that, which
    changes no preference.
    """
    utility = next((node for tag in ("utility", "utility_function") for node in root.iter(tag)), None)
    if utility is None:
        raise ScenarioError("has <ufun> outside <utility>", file=path)
    most = finite(utility.get("maxutility", "1"), "maxutility", path)
    if most <= 0:
        raise ScenarioError(f"maxutility {most:g} must be above 0", file=path)
    always = 0.0
    alone: dict[str, dict[str, float]] = {i.label: dict.fromkeys(i.options, 0.0) for i in issues.values()}
    joint: list[tuple[dict[str, list[str]], float]] = []
    for rectangle, worth in _rectangles(utility, path):
        share = worth / most
        bounds = rectangle.findall("INCLUDES") or rectangle.findall("EXCLUDES")
        if rectangle.find("INCLUDES") is None and rectangle.find("EXCLUDES") is not None:
            always, share = always + share, -share
        where = _box(bounds, issues, path)
        if where is None:
            continue
        if not where:
            always += share
        elif len(where) == 1:
            ((issue, held),) = where.items()
            for option in held:
                alone[issue][option] += share
        else:
            joint.append((where, share))
    first = next(iter(alone))
    alone[first] = {option: value + always for option, value in alone[first].items()}
    reach = sum(max(values.values()) for values in alone.values()) + sum(max(share, 0.0) for _, share in joint)
    scale = reach if reach > 1 else 1.0
    if scale > 1:
        left.append(f"{path.name}: utilities divided by {scale:.6g}")
    peaks = {issue: max(values.values()) for issue, values in alone.items()}
    total = sum(peaks.values())
    weight = {issue: peak / total if total > 0 else 1 / len(peaks) for issue, peak in peaks.items()}
    return Profile(
        weight,
        {
            issue: {o: value / weight[issue] / scale if weight[issue] > 0 else 0.0 for o, value in values.items()}
            for issue, values in alone.items()
        },
        floor / scale,
        tuple((where, share / scale) for where, share in joint),
    )


def _rectangles(utility: Element, path: Path) -> list[tuple[Element, float]]:
    """Return the rectangles with what each adds, weights of the functions around it multiplied in."""
    found: list[tuple[Element, float]] = []
    open_ = [(node, 1.0) for node in utility.findall("ufun")]
    while open_:
        function, factor = open_.pop(0)
        if function.get("aggregation", "sum").lower() != "sum":
            raise ScenarioError(f"a <ufun> is aggregated by {function.get('aggregation')!r}; sums are read", file=path)
        factor *= finite(function.get("weight", "1"), "weight", path)
        open_ += [(inner, factor) for inner in function.findall("ufun")]
        for rectangle in function.findall("hyperRectangle"):
            worth = finite(rectangle.get("utility"), "utility", path)
            found.append((rectangle, factor * worth * finite(rectangle.get("weight", "1"), "weight", path)))
    return found


def _box(bounds: list[Element], issues: dict[str, GeniusIssue], path: Path) -> dict[str, list[str]] | None:
    """Return the options that keep within the bounds, by issue that they narrow; None where there are none."""
    where: dict[str, list[str]] = {}
    for bound in bounds:
        index = bound.get("index", "")
        if index not in issues:
            raise ScenarioError(f"a hyper-rectangle bounds issue {index!r}, which the domain does not have", file=path)
        issue = issues[index]
        if not issue.integer:
            raise ScenarioError(f"a hyper-rectangle bounds {issue.label!r}, which is no integer issue", file=path)
        low, high = finite(bound.get("min"), "min", path), finite(bound.get("max"), "max", path)
        held = [option for option in where.get(issue.label, issue.options) if low <= int(option) <= high]
        if not held:
            return None
        where[issue.label] = held
    return {label: held for label, held in where.items() if len(held) < len(_options(issues, label))}


def _options(issues: dict[str, GeniusIssue], label: str) -> tuple[str, ...]:
    return next(issue.options for issue in issues.values() if issue.label == label)
