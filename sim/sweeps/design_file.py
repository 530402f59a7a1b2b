"""Sweep files: ``scenarios/<name>/sweep-<question>.yaml``.

::

    schema: 1
    name: zone
    question: What opens the zone of agreement?
    scenario: scenario.yaml            # beside this file; or scenarios: {name: file, …} as policies
    method: grid                       # grid, latin-hypercube, sobol, morris, points, worlds
    factors:
      parties.russia.no_deal.reservation: {from: 0.40, to: 0.65, steps: 6}
      parties.us.no_deal.reservation: {plus_minus: 0.1, steps: 3}    # around the central value
      compliance.structure: {options: [fortna, lo-hashimoto-reiter]}
      coding: [a, b, c]                # rival codings by name
      red_lines.p_real: {from: 0, to: 1, steps: 5}   # of all declared lines
      staying power: {linked: {path.one: [0.2, 0.8], path.two: [6, 24]}}
      guarantors: {together: [path.one, path.two], percent: 20}
      russia: {uncertain: "parties.russia.*"}        # all its uncertain numbers, over their ranges
    worlds: 200                        # 0 or absent: what is not swept stays central
    replications: 1
    seed: 2025
    depth: simulate                    # or exact
    options: {after: false}            # without the months after signing

Every key of ``factors`` is a scenario path or, where the entry names its paths, a name.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError

from sim.domain.document import Document, parse_scalar, read_document
from sim.domain.files import Words, read_text
from sim.domain.reader import read_scenario, with_settings
from sim.domain.scenario import Scenario
from sim.domain.uncertain import Record
from sim.errors import DesignError, ScenarioError, ScenarioErrors, nearest
from sim.sweeps.design import METHODS, Design
from sim.sweeps.factors import Factor, Span, Value, around, linked, listed, together, uncertain
from sim.sweeps.switches import SWITCHES, check_switch

__all__ = ["FactorEntry", "SweepFile", "read_design"]

#: A file of points is text of at most so many bytes: millions of points.
MAX_POINTS_BYTES = 256 * 2**20
_POINTS_FILE = Words(
    missing="the points cannot be read: no such file",
    folder="the points cannot be read: this is a directory; name a CSV file",
    device="the points cannot be read: this is a device or a pipe; name a CSV file",
    refused="the points cannot be read: {why}",
)

Plain = bool | int | float | str

#: Keys that say how large a design is, and the methods that go by them.
_SIZES = {"samples": ("latin-hypercube", "sobol", "morris"), "scrambles": ("sobol",), "levels": ("morris",)}


class FactorEntry(Record):
    """One entry under ``factors``; exactly one way of saying what it takes.

    Attributes
    ----------
    from_, to : float
        A range; with ``steps`` values in a grid.
    plus_minus, percent : float
        A range around the central value, by an amount or a percentage.
    values : list
        Values one by one; ``options`` is the same for switches.
    linked : mapping of path to list
        Settings that step through their lists in step.
    together : list of str
        Paths of numbers that move together, over ``from``/``to``, ``plus_minus``, ``percent`` or, with none of
        these, each over its own range.
    uncertain : bool or str
        ``true``: the number's own range; a pattern: all uncertain numbers that match.
    steps : int
        Values of a range in a grid.
    group : str
        Analysed together with others of the same group.
    """

    from_: float | None = Field(default=None, alias="from")
    to: float | None = None
    steps: Annotated[int, Field(ge=1, le=100_000)] = 5
    plus_minus: Annotated[float, Field(gt=0)] | None = None
    percent: Annotated[float, Field(gt=0)] | None = None
    values: list[Plain] | None = None
    options: list[Plain] | None = None
    linked: dict[str, list[Plain]] | None = None
    together: list[str] | None = None
    uncertain: bool | str | None = None
    group: str = ""


class RunOptions(Record):
    """How runs are made.

    Attributes
    ----------
    after : bool
        Whether the months after a signature are run as well.
    """

    after: Annotated[bool, Field(strict=True)] = True


class SweepFile(Record):
    """A sweep file as it stands; see the module's text."""

    schema_: Literal[1] = Field(alias="schema")
    name: str
    question: str = ""
    note: str = ""
    scenario: str = "scenario.yaml"
    scenarios: dict[str, str] = {}
    policies: dict[str, dict[str, Plain]] = {}
    set_: dict[str, Plain] = Field(default={}, alias="set")
    method: str = ""
    samples: Annotated[int, Field(ge=0)] = 0
    scrambles: Annotated[int, Field(ge=1)] = 1
    levels: Annotated[int, Field(ge=2)] = 4
    factors: dict[str, FactorEntry | list[Plain]] = {}
    points: str = ""
    worlds: Annotated[int, Field(ge=0)] = 0
    replications: Annotated[int, Field(ge=1)] = 1
    seed: Annotated[int, Field(ge=0)] = 0
    depth: Literal["simulate", "exact"] = "simulate"
    chunk: Annotated[int, Field(ge=0)] = 0
    options: RunOptions = RunOptions()


def read_design(path: str | Path, settings: Mapping[str, Any] | None = None) -> Design:
    """Read a sweep file and the scenarios it names.

    Parameters
    ----------
    path : str or Path
        The file.
    settings : mapping of str to value, optional
        Values set over every scenario, as with ``--set``.

    Returns
    -------
    Design
        With its scenarios read and every path of its factors checked against them.

    Raises
    ------
    ScenarioError
        With file, line and key, where the file or a scenario breaks a rule.
    DesignError
        Where the design as a whole cannot be carried out.

    Examples
    --------
    >>> design = read_design("scenarios/berlin-2025/sweep-zone.yaml")
    >>> [factor.name for factor in design.factors], design.n_points, design.n_worlds
    (['parties.russia.no_deal.reservation'], 6, 200)
    """
    document = read_document(path)
    entry = _shaped(document)
    folder = Path(path).parent
    scenarios = _scenarios(entry, document, folder, settings or {})
    base = next(iter(scenarios.values()))
    factors: list[Factor] = []
    for name, spec in entry.factors.items():
        try:
            made = _factors(name, spec, base)
            for factor in made:
                for scenario in scenarios.values():
                    check_factor(factor, scenario)
        except DesignError as error:
            raise document.error(("factors", name), str(error), key=True) from None
        except ScenarioError as error:
            raise document.error(("factors", name), error.message.removeprefix("--set "), key=True) from None
        factors += made
    if entry.method and entry.method not in METHODS:
        raise document.error(("method",), f"unknown method {entry.method!r}{nearest(entry.method, METHODS)}")
    method = entry.method or ("points" if entry.points else "grid" if factors else "worlds")
    for key, takes in _SIZES.items():
        if key in entry.model_fields_set and method not in takes:
            raise document.error(
                (key,),
                f"method {method} takes no {key}; only {', '.join(takes)} {'does' if len(takes) == 1 else 'do'}",
                key=True,
            )
    if not entry.name.strip() or entry.name in {".", ".."} or set(entry.name) & set("/\\\0"):
        raise document.error(("name",), f"{entry.name!r}: it names a folder under results, so it holds no / or \\")
    points: list[dict[str, Value]] = []
    if entry.points:
        points = _points(folder / entry.points, [f.name for f in factors])
    several = len(scenarios) > 1 or bool(entry.scenarios or entry.policies)
    try:
        return Design(
            scenario=None if several else base,
            scenarios=scenarios if several else {},
            factors=factors,
            method=entry.method or ("points" if points else ""),
            samples=entry.samples,
            scrambles=entry.scrambles,
            levels=entry.levels,
            worlds=entry.worlds,
            replications=entry.replications,
            seed=entry.seed,
            depth=entry.depth,
            points=points,
            chunk=entry.chunk,
            name=entry.name,
            question=entry.question,
            options=entry.options.model_dump(exclude_unset=True),
        )
    except DesignError as error:
        raise DesignError(f"{path}: {error}") from None


def _shaped(document: Document) -> SweepFile:
    try:
        return SweepFile.model_validate(document.data)
    except ValidationError as fault:
        found = []
        for error in fault.errors(include_url=False):
            # pydantic names the alternatives of a union in the location; they are no keys of the file.
            place: list[Any] = []
            node: Any = document.data
            for step in error["loc"]:
                inside = isinstance(node, Mapping) and step in node
                listed_ = isinstance(node, list) and isinstance(step, int)
                if inside or listed_ or (step == error["loc"][-1] and error["type"] in {"missing", "extra_forbidden"}):
                    place.append(step)
                    node = node[step] if inside or listed_ else None
            if error["type"] == "extra_forbidden":
                kinds: dict[int, type[Record]] = {3: FactorEntry, 2: RunOptions}
                kind = kinds.get(len(place), SweepFile)
                known = [info.alias or name for name, info in kind.model_fields.items()]
                message = f"unknown key {place[-1]!r}{nearest(str(place[-1]), known)}"
            elif error["type"] == "missing":
                message = "this key is required"
            else:
                given = error["input"]
                shown = "" if isinstance(given, Mapping | list) else f"{given!r}: "
                message = f"{shown}{error['msg'][0].lower()}{error['msg'][1:]}"
            found.append(document.error(tuple(place), message, key=error["type"] == "extra_forbidden"))
        unique = {(e.line, e.path, e.message): e for e in found}
        raise ScenarioErrors(list(unique.values())) from None


def _scenarios(entry: SweepFile, document: Document, folder: Path, settings: Mapping[str, Any]) -> dict[str, Scenario]:
    over = {**entry.set_, **settings}
    if entry.scenarios and entry.policies:
        raise document.error(("policies",), "give scenarios or policies, not both", key=True)

    def read(place: tuple[str, ...], file: str) -> Scenario:
        try:
            found = read_scenario(folder / file)
        except ScenarioError as error:
            if error.line is None:
                raise document.error(place, f"{file}: {error.message}") from None
            raise
        try:
            return with_settings(found, over) if over else found
        except ScenarioError as error:
            raise document.error(("set",), error.message.removeprefix("--set ")) from None

    if entry.scenarios:
        return {name: read(("scenarios", name), file) for name, file in entry.scenarios.items()}
    base = read(("scenario",), entry.scenario)
    if not entry.policies:
        return {base.name: base}
    found: dict[str, Scenario] = {}
    for name, changes in entry.policies.items():
        try:
            found[name] = with_settings(base, changes) if changes else base
        except ScenarioError as error:
            raise document.error(("policies", name), error.message.removeprefix("--set ")) from None
    return found


def _factors(name: str, spec: FactorEntry | list[Plain], scenario: Scenario) -> list[Factor]:
    if isinstance(spec, list):
        return [listed(name, spec)]
    given = [
        key
        for key in ("plus_minus", "percent", "values", "options", "linked", "uncertain")
        if getattr(spec, key) is not None
    ]
    if spec.from_ is not None or spec.to is not None:
        given.insert(0, "from/to")
        if spec.from_ is None or spec.to is None:
            raise DesignError("a range needs both from and to")
    if len(given) > 1 or (not given and spec.together is None):
        ways = "from/to, plus_minus, percent, values, options, linked, together or uncertain"
        raise DesignError(f"says {' and '.join(given) or 'nothing'}; give one of {ways}")
    if spec.values is not None or spec.options is not None:
        return [listed(name, spec.values or spec.options or [], group=spec.group)]
    if spec.linked is not None:
        return [linked(name, spec.linked, group=spec.group)]
    if isinstance(spec.uncertain, str):
        return uncertain(scenario, spec.uncertain, group=spec.group or name)
    paths = spec.together if spec.together is not None else [name]
    spans = {path: _span(path, spec, scenario) for path in paths}
    return [together(name, spans, steps=spec.steps, group=spec.group)]


def _span(path: str, spec: FactorEntry, scenario: Scenario) -> Span:
    if spec.from_ is not None and spec.to is not None:
        return Span(spec.from_, spec.to)
    place = scenario.numbers.index.get(path)
    if place is None:
        raise DesignError(f"{path} is no number of the scenario{nearest(path, scenario.numbers.paths)}")
    number = scenario.numbers.numbers[place]
    if spec.plus_minus is not None or spec.percent is not None:
        return around(number.value, spec.plus_minus, spec.percent, path)
    if number.is_certain:
        raise DesignError(f"{path} has no range of its own; give from and to")
    low, high = number.range
    return Span(low, high, number.value, number.dist, bool(scenario.numbers.mirrored[place]))


def check_factor(factor: Factor, scenario: Scenario) -> None:
    """Refuse a factor that the scenario cannot take, at the ends of its ranges and at each level.

    Raises
    ------
    ScenarioError, DesignError
        Where a path does not exist or a value breaks a rule of the scenario.
    """
    tried = _telling(factor.levels) or tuple(factor.at(u) for u in (0.0, 1.0))
    for values in tried if factor.paths else ():
        settings = dict(zip(factor.paths, values, strict=True))
        for path in [p for p in settings if p in SWITCHES]:
            check_switch(path, settings.pop(path), scenario)
        if settings:
            with_settings(scenario, settings)


def _telling(levels: tuple[tuple[Value, ...], ...]) -> tuple[tuple[Value, ...], ...]:
    """Return the levels that can break a rule where any does: of many numbers of one key, the least and the largest.

    Every rule for a number is a range. Whole numbers and others are told apart, since some keys take whole ones only.
    """
    if any(len(level) != 1 or type(level[0]) not in (int, float) or level != level for level in levels):
        return levels
    kept = {
        end(group)
        for kind in (int, float)
        if (group := [k for k in levels if type(k[0]) is kind])
        for end in (min, max)
    }
    return tuple(level for level in levels if level in kept)


def _points(path: Path, names: list[str]) -> list[dict[str, Value]]:
    try:
        text = read_text(path, MAX_POINTS_BYTES, _POINTS_FILE)
    except ScenarioError as fault:
        raise DesignError(str(fault)) from None
    reader = csv.reader(text.splitlines(keepends=True), strict=True)
    try:
        rows = [(reader.line_num, row) for row in reader if row]
    except csv.Error as fault:
        raise DesignError(f"{path}:{reader.line_num}: not a CSV file ({fault}); quote texts with commas") from None
    if len(rows) < 2:
        raise DesignError(f"{path}: holds no points; the first line names the factors, each further line is one")
    header = [cell.strip() for cell in rows[0][1]]
    if sorted(header) != sorted(names):
        faults = {
            "factors without a column": sorted(set(names) - set(header)),
            "columns without a factor": sorted(set(header) - set(names)),
            "columns given twice": sorted({name for name in header if header.count(name) > 1}),
        }
        told = "; ".join(f"{what}: {', '.join(of)}" for what, of in faults.items() if of)
        raise DesignError(f"{path}:1: {told}; every column is named like an entry under 'factors' of the sweep file")
    points = []
    for number, row in rows[1:]:
        if len(row) > len(header):
            raise DesignError(f"{path}:{number}: {len(row)} values for {len(header)} factors; quote texts with commas")
        given = dict(zip(header, row, strict=False))
        if any(given.get(name, "") == "" for name in names):
            raise DesignError(f"{path}:{number}: a value is missing")
        points.append({name: parse_scalar(given[name]) for name in names})
    return points
