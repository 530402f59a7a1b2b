"""How the codes of historical cases become agreements of a scenario: a mapping file, read strictly.

A mapping names a scenario whose issues describe agreements of the past, and says for each issue which codes
mean which option. So a case is an agreement of that scenario, and nothing about it is worked out elsewhere
than in `Terms` and in the monthly model. Two mappings come with the program: ``interstate-cases.yaml`` (coded
cease-fires and settlements between states) and ``civil-cases.yaml`` (the UCDP Peace Agreement Dataset). A
mapping is written before any case is scored with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Annotated

from pydantic import Field, ValidationError, model_validator

from sim.domain.document import Document, parse_document, read_document
from sim.domain.reader import read_scenario, scenario_from_text
from sim.domain.scenario import Scenario
from sim.domain.uncertain import Record
from sim.errors import ScenarioError, ScenarioErrors, nearest

__all__ = ["BUILT_IN", "CaseMapping", "Description", "Fit", "Index", "built_in", "read_mapping"]

#: The mappings that come with the program.
BUILT_IN = ("interstate", "civil")

Codes = dict[str, list[str]]


class Columns(Record):
    """Which columns of the file name a case and say how long it lasted.

    Attributes
    ----------
    case, months, ended : str
        ``ended`` holds 1 where the agreement ended and 0 where it still held when it was last looked at.
    name, group : str
        Optional columns: a title, and what belongs together (agreements of one conflict).
    """

    case: str
    months: str
    ended: str
    name: str = ""
    group: str = ""


class Values(Record):
    """Which codes a column may hold; exactly one of the three.

    Attributes
    ----------
    is_ : list of str
        Codes as written.
    begins : list of str
        Beginnings; the longest that fits counts.
    whole : bool
        A whole number, 0 or more.
    """

    is_: list[str] = Field(default=[], alias="is")
    begins: list[str] = []
    whole: bool = False

    @model_validator(mode="after")
    def _one_way(self) -> Values:
        if sum((bool(self.is_), bool(self.begins), self.whole)) != 1:
            raise ValueError("give exactly one of 'is', 'begins' and 'whole'")
        return self

    def known(self, given: str) -> str | None:
        """Return a code as the rules name it, or None where it is empty or unknown.

        Parameters
        ----------
        given : str

        Examples
        --------
        >>> Values(begins=["cession", "none"]).known("cession (fortified border)")
        'cession'
        >>> Values.model_validate({"is": ["0", "1"]}).known("?") is None
        True
        """
        if self.whole:
            return given if given.isascii() and given.isdigit() and len(given) < 10 else None
        if self.is_:
            return given if given in self.is_ else None
        return max((b for b in self.begins if given.startswith(b)), key=len, default=None)


class Rule(Record):
    """One way in which codes mean an option: all of ``when`` and ``at_least`` hold, and ``unless`` does not.

    Attributes
    ----------
    option : str
    when, unless : mapping of column to list of codes
    at_least : mapping of column to int
    """

    option: str
    when: Codes = {}
    unless: Codes = {}
    at_least: dict[str, int] = {}

    def holds(self, codes: Mapping[str, str]) -> bool:
        """Return whether the rule holds for the known codes of a case.

        Parameters
        ----------
        codes : mapping of column to code
            Without the columns whose code is empty or unknown.
        """
        asked = all(codes.get(column) in wanted for column, wanted in self.when.items())
        enough = all(int(codes.get(column, "0")) >= least for column, least in self.at_least.items())
        barred = bool(self.unless) and all(codes.get(column) in wanted for column, wanted in self.unless.items())
        return asked and enough and not barred


class Count(Record):
    """An option by how many groups of provisions have at least one.

    Attributes
    ----------
    options : list of str
        For none, one, two … groups.
    groups : list of list of str
        Columns that hold 1 where the provision is there.
    """

    options: list[str]
    groups: list[list[str]]

    @model_validator(mode="after")
    def _an_option_for_each_count(self) -> Count:
        if len(self.options) != len(self.groups) + 1:
            raise ValueError("needs one option more than groups, for none to all of them")
        return self


class IssueRules(Record):
    """How one issue is read from the codes.

    Attributes
    ----------
    otherwise : str
        The option where no rule holds.
    rules : list of Rule
        The first that holds counts.
    count : Count, optional
        Instead of rules.
    """

    otherwise: str = ""
    rules: list[Rule] = []
    count: Count | None = None

    def option(self, codes: Mapping[str, str]) -> str:
        """Return the option that the known codes of a case mean.

        Parameters
        ----------
        codes : mapping of column to code
        """
        if self.count is not None:
            there = sum(any(codes.get(column) == "1" for column in group) for group in self.count.groups)
            return self.count.options[there]
        return next((rule.option for rule in self.rules if rule.holds(codes)), self.otherwise)

    @property
    def options(self) -> list[str]:
        """Every option the rules can name."""
        return self.count.options if self.count else [self.otherwise, *(rule.option for rule in self.rules)]

    @property
    def columns(self) -> list[str]:
        """Every column the rules look at."""
        if self.count is not None:
            return [column for group in self.count.groups for column in group]
        return [column for rule in self.rules for column in (*rule.when, *rule.unless, *rule.at_least)]


class Index(Record):
    """What a spreadsheet would say: codes added up with equal weights. Codes that are no numbers count 0.

    Attributes
    ----------
    add, subtract : list of str
    any : mapping of column to list of codes
        Adds 1 where the code is none of these.
    unless : mapping of column to codes
        A column that counts 0 where the codes named hold.
    """

    add: list[str] = []
    subtract: list[str] = []
    any: Codes = {}
    unless: dict[str, Codes] = {}

    def of(self, codes: Mapping[str, str]) -> float:
        """Return the index of a case.

        Parameters
        ----------
        codes : mapping of column to code
            As written.

        Examples
        --------
        >>> Index(add=["a", "b"], subtract=["c"]).of({"a": "2", "b": "?", "c": "1"})
        1.0
        """
        total = 0.0
        for column in self.add:
            barred = self.unless.get(column)
            if not (barred and all(codes[c] in wanted for c, wanted in barred.items())):
                total += _number(codes[column])
        total += sum(codes[column] not in none for column, none in self.any.items())
        return total - sum(_number(codes[column]) for column in self.subtract)

    @property
    def columns(self) -> list[str]:
        """Every column the index looks at."""
        return [*self.add, *self.subtract, *self.any, *(c for barred in self.unless.values() for c in barred)]


def _number(code: str) -> float:
    try:
        return float(code)
    except ValueError:
        return 0.0


class Hindsight(Record):
    """Columns that were coded by people who knew what happened; every score is given without them too."""

    columns: list[str]
    note: str = ""


class Gain(Record):
    """A fitted number: how much more than war the agreement gives the party that could break it.

    Attributes
    ----------
    party, issue : str
        The party's utilities of this issue's options are set to its reservation value plus the gain.
    values : list of float
        What is tried.
    """

    party: str
    issue: str
    values: Annotated[list[float], Field(min_length=1)]


class Fit(Record):
    """What is fitted to other cases before a case is predicted.

    Attributes
    ----------
    periods : list of int
        The yearly hazard is constant up to each of these months.
    gain : Gain
    """

    periods: Annotated[list[int], Field(min_length=3, max_length=3)]
    gain: Gain


class CaseMapping(Record):
    """A mapping file.

    Attributes
    ----------
    scenario : str
        File beside the mapping.
    columns : Columns
    codes : mapping of column to Values
        Which codes are known. An empty or unknown one counts as if no rule asked for it, and is told.
    issues : mapping of issue to IssueRules
    indices : mapping of name to Index
        Rankings to stand beside the model's.
    hindsight, fit : optional
    """

    schema_: Annotated[int, Field(alias="schema", ge=1, le=1)] = 1
    scenario: str
    columns: Columns
    codes: dict[str, Values]
    issues: dict[str, IssueRules]
    indices: dict[str, Index] = {}
    hindsight: Hindsight | None = None
    fit: Fit | None = None

    @property
    def required(self) -> tuple[str, ...]:
        """The columns a file of cases must have."""
        group = (self.columns.group,) if self.columns.group else ()
        return (self.columns.case, self.columns.months, self.columns.ended, *group, *self.codes)

    def options_of(self, codes: Mapping[str, str], *, hindsight: bool = True) -> tuple[dict[str, str], tuple[str, ...]]:
        """Return the option of each issue that a case's codes mean, and the codes that are empty or unknown.

        Parameters
        ----------
        codes : mapping of column to code
            As written.
        hindsight : bool
            Whether the columns coded with hindsight count.

        Returns
        -------
        (dict of issue to option, tuple of str)
            Codes not known are told as ``column: 'given'``.

        Examples
        --------
        >>> mapping = built_in("interstate").mapping
        >>> codes = dict.fromkeys(mapping.codes, "0") | {"territorial_clause": "cession (part)", "dmz": "?"}
        >>> options, unknown = mapping.options_of(codes)
        >>> options["territory"], options["zone"], unknown
        ('ceded', 'none', ("dmz: '?'",))
        """
        known: dict[str, str] = {}
        unknown: list[str] = []
        blind = set() if hindsight or self.hindsight is None else set(self.hindsight.columns)
        for column, values in self.codes.items():
            code = values.known(codes[column])
            if code is None:
                unknown.append(f"{column}: {codes[column]!r}")
            elif column not in blind:
                known[column] = code
        return {issue: rules.option(known) for issue, rules in self.issues.items()}, tuple(unknown)


@dataclass(frozen=True)
class Description:
    """A mapping with the scenario it leads to.

    Attributes
    ----------
    mapping : CaseMapping
    scenario : Scenario
    name : str
        Where the mapping stands, for messages.
    """

    mapping: CaseMapping
    scenario: Scenario = field(repr=False)
    name: str


def read_mapping(path: str | Path) -> Description:
    """Read a mapping file and the scenario beside it.

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    Description

    Raises
    ------
    ScenarioError
        With file, line, key, what was given and the rule.

    Examples
    --------
    >>> read_mapping("mapping.yaml")
    Traceback (most recent call last):
    ...
    sim.errors.ScenarioError: mapping.yaml: no such file...
    """
    mapping = _shaped(document := read_document(path))
    scenario = read_scenario(Path(path).parent / mapping.scenario)
    _check(mapping, scenario, document)
    return Description(mapping, scenario, str(path))


def built_in(name: str) -> Description:
    """Return a mapping that comes with the program.

    Parameters
    ----------
    name : {"interstate", "civil"}

    Returns
    -------
    Description

    Examples
    --------
    >>> built_in("civil").scenario.name
    'past-civil'
    """
    folder = files("sim.compliance.history")
    file = f"{name}-cases.yaml"
    document = parse_document((folder / file).read_text(encoding="utf-8"), file=file)
    mapping = _shaped(document)
    scenario = scenario_from_text((folder / mapping.scenario).read_text(encoding="utf-8"), file=mapping.scenario)
    _check(mapping, scenario, document)
    return Description(mapping, scenario, file)


def _shaped(document: Document) -> CaseMapping:
    try:
        return CaseMapping.model_validate(document.data)
    except ValidationError as fault:
        found = []
        for error in fault.errors(include_url=False):
            message = error["msg"].removeprefix("Value error, ")
            found.append(document.error(tuple(error["loc"]), message, key=error["type"] == "extra_forbidden"))
        raise ScenarioErrors(found) from None


def _check(mapping: CaseMapping, scenario: Scenario, document: Document) -> None:
    """Hold every name of the mapping against the scenario and the columns it declares."""
    found: list[ScenarioError] = []
    columns = [*mapping.codes]
    for issue, spec in scenario.issues.items():
        if issue not in mapping.issues:
            found.append(document.error(("issues",), f"says nothing of the scenario's issue {issue!r}"))
            continue
        for option in mapping.issues[issue].options:
            if option not in spec.options:
                hint = nearest(option, list(spec.options))
                found.append(document.error(("issues", issue), f"the issue has no option {option!r}{hint}"))
    for issue, rules in mapping.issues.items():
        if issue not in scenario.issues:
            hint = nearest(issue, list(scenario.issues))
            found.append(document.error(("issues", issue), f"the scenario has no issue {issue!r}{hint}", key=True))
        for column in rules.columns:
            if column not in mapping.codes:
                hint = nearest(column, columns)
                found.append(document.error(("issues", issue), f"column {column!r} is not under 'codes'{hint}"))
    for name, index in mapping.indices.items():
        for column in index.columns:
            if column not in mapping.codes:
                hint = nearest(column, columns)
                found.append(document.error(("indices", name), f"column {column!r} is not under 'codes'{hint}"))
    if found:
        raise ScenarioErrors(found)
