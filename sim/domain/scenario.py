"""The scenario: everything that is given, frozen.

A `Scenario` is what a file says after reading and checking. Uncertain numbers stay records in it; a
`World` (``sim.domain.world``) is one draw of all of them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, Field, PrivateAttr

from sim.domain.aftermath import Compliance
from sim.domain.document import plain
from sim.domain.issue import Constraint, Issue, Move, Name, Source
from sim.domain.party import Party
from sim.domain.uncertain import DISTRIBUTIONS, NonNegative, Number, Probability, Record, hashes
from sim.errors import ModelError, nearest

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "Coalition",
    "Coding",
    "EndState",
    "Group",
    "Negotiation",
    "NoDealProcess",
    "Note",
    "NumberBook",
    "Scenario",
    "Stability",
    "Stage",
]

SCHEMA = 1


class Note(Record):
    """A remark on the scenario as a whole, such as a contradiction in a source that is left standing."""

    id: str
    text: str
    source: str | list[str] | None = None


class EndState(Record):
    """One way the conflict can end without a deal, as an agreement of the same space."""

    title: str
    agreement: dict[Name, Name]


class NoDealProcess(Record):
    """What holds for all parties without a deal.

    Attributes
    ----------
    basis : {"reservation", "lottery"}
        Which of the two a party's ``no_deal`` is read from.
    end_states : mapping
    expected_war_years : NonNegative
        Multiplies each party's yearly cost of war in the lottery.
    shock_correlation : Number
        Between the belligerents' random walks, −1 to 1.
    belligerents : list of str
        The two whose walks are correlated.
    moving : bool
        Whether reservation values drift while people talk.
    """

    basis: Literal["reservation", "lottery"] = "reservation"
    end_states: dict[Name, EndState] = {}
    expected_war_years: NonNegative = Number(value=0.0)
    shock_correlation: Number = Number(value=0.0)
    belligerents: list[Name] = []
    moving: bool = False


class Stage(Record):
    """A stage of staged talks: which issues it settles, by when, and what stands meanwhile.

    Attributes
    ----------
    issues : list of str
        What this stage settles.
    deadline : int
        Its rounds.
    meanwhile : mapping of str to str
        The option that stands on each issue of a later stage once this stage is signed, and until that
        one is.
    """

    title: str = ""
    issues: Annotated[list[Name], Field(min_length=1)]
    deadline: Annotated[int, Field(ge=1, le=10_000)]
    meanwhile: dict[Name, Name] = {}


class Negotiation(Record):
    """How they talk.

    Attributes
    ----------
    protocol : str
        One of ``sim.negotiation.protocols.PROTOCOLS``.
    mediator : str, optional
    deadline : int
        Rounds (weeks).
    closed_channels : list of pairs
        Who does not talk directly to whom.
    opener : str, optional
        Who makes the first offer, where the protocol has one; drawn by seed otherwise.
    quota : int, optional
        Signatures needed, where the protocol votes; by default all whose signature the text needs.
    veto : list of str
        With a quota: whose signature is needed whatever the quota.
    information : {"private", "complete"}
        Whether delegates know their own payoffs only, or everybody's (for theory: strategy ``rational``).
    pressure : bool
        Whether the mediator's pressure m_i lets a party sign below its reservation.
    audience_costs : bool
        Whether giving up a declared red line that was a bluff costs a party its ``audience_cost`` (Fearon
        1994), wherever it is asked what it accepts.
    stages : mapping of str to Stage
        Talks in stages; empty for one text.
    """

    protocol: str = "shuttle"
    mediator: Name | None = None
    deadline: Annotated[int, Field(ge=1, le=10_000)] = 52
    closed_channels: list[Annotated[list[Name], Field(min_length=2, max_length=2)]] = []
    opener: Name | None = None
    quota: Annotated[int, Field(ge=1)] | None = None
    veto: list[Name] = []
    information: Literal["private", "complete"] = "private"
    pressure: bool = False
    audience_costs: bool = True
    stages: dict[Name, Stage] = {}


class Coalition(Record):
    """A coalition and the issues it controls: what its members together can change at once."""

    members: Annotated[list[Name], Field(min_length=1)]
    controls: Annotated[list[Name], Field(min_length=1)]
    note: str = ""
    source: str | list[str] | None = None
    status: Literal["stated", "evidence", "judgement"] | None = None


class Stability(Record):
    """Which tests together are called stable, and which coalitions are looked at.

    Attributes
    ----------
    require : list of str
        Names of tests, such as ``acceptable`` or ``unilaterally_stable.seq``.
    coalitions : list of Coalition
        Where empty, coalitions follow from the moves.
    """

    require: list[str] = ["acceptable", "unilaterally_stable.seq", "self_enforcing"]
    coalitions: list[Coalition] = []


class Group(Record):
    """A population of similar parties.

    Attributes
    ----------
    count : int
    like : str
        The party they resemble; its numbers are drawn anew for each member.
    vary : mapping of str to Number
        Dotted path within the party to a number drawn for each member instead.
    """

    count: Annotated[int, Field(ge=1, le=1000)]
    like: Name
    title: str = ""
    vary: dict[str, Number] = {}
    signs: bool = True


class Coding(Record):
    """A rival coding of the same parties, drawn first by a world.

    Attributes
    ----------
    file : str, optional
        A scenario file, relative to this one; left out for this scenario's own numbers.
    weight : NonNegative
        Share of worlds, relative to the other codings.
    """

    file: str | None = None
    weight: NonNegative = Number(value=1.0)
    note: str = ""


@dataclass(frozen=True, eq=False)
class NumberBook:
    """All numbers of a scenario as arrays, in order of their dotted paths.

    A number's place in these arrays is its *slot*. Inside the model the `Number` itself is the address of its
    slot, so that a type checker sees what is read; dotted paths are for what people write and read.

    Attributes
    ----------
    paths : tuple of str
    numbers : tuple of Number
        Each stands at one place of the scenario alone.
    value, low, high : ndarray of float64, shape (n,)
    dist : ndarray of int8, shape (n,)
    quantile_names : ndarray of uint64, shape (n,)
        Hash of the quantile each number takes.
    mirrored : ndarray of bool, shape (n,)
        Takes one minus the quantile.
    index : dict of str to int
    """

    paths: tuple[str, ...]
    numbers: tuple[Number, ...]
    value: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    dist: NDArray[np.int8]
    quantile_names: NDArray[np.uint64]
    mirrored: NDArray[np.bool_]
    index: dict[str, int]

    def slot(self, number: Number | str) -> int:
        """Return where a number stands in the arrays.

        Parameters
        ----------
        number : Number or str
            A number of the scenario, or its dotted path.

        Returns
        -------
        int

        Raises
        ------
        ModelError
            If the scenario has no such number.

        Examples
        --------
        >>> import sim
        >>> berlin = sim.read_scenario("scenarios/berlin-2025/scenario.yaml")
        >>> book, reservation = berlin.numbers, berlin.parties["russia"].no_deal.reservation
        >>> book.paths[book.slot(reservation)]
        'parties.russia.no_deal.reservation'
        """
        if isinstance(number, str):
            if number not in self.index:
                raise ModelError(f"no number {number!r}{nearest(number, self.paths)}")
            return self.index[number]
        slot = self._slots.get(id(number))
        if slot is None:
            raise ModelError(f"the number {number.value:g} is none of this scenario's own")
        return slot

    @cached_property
    def _slots(self) -> dict[int, int]:
        # The book holds its numbers, so that an identity stays taken as long as the book is there.
        slots: dict[int, int] = {}
        for place, number in enumerate(self.numbers):
            first = slots.setdefault(id(number), place)
            if first != place:
                raise ModelError(f"{self.paths[first]} and {self.paths[place]} are one number; give each its own")
        return slots

    def __getstate__(self) -> dict[str, Any]:
        # Identities hold in one process alone.
        return {name: value for name, value in self.__dict__.items() if name != "_slots"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)

    def to_frame(self) -> pd.DataFrame:
        """Return the numbers as a table, one a row.

        Returns
        -------
        pandas.DataFrame
            Indexed by dotted path: central ``value``, ``low``, ``high``, ``dist``, ``status`` and ``source``.

        Examples
        --------
        >>> import sim
        >>> table = sim.read_scenario("scenarios/berlin-2025").numbers.to_frame()
        >>> table.loc["parties.russia.no_deal.reservation", ["value", "low", "high"]].to_dict()
        {'value': 0.65, 'low': 0.45, 'high': 0.8}
        """
        import pandas as pd

        columns = {
            "value": self.value,
            "low": self.low,
            "high": self.high,
            **{name: [getattr(number, name) for number in self.numbers] for name in ("dist", "status", "source")},
        }
        return pd.DataFrame(columns, index=pd.Index(self.paths, name="path"))


@dataclass(frozen=True)
class Setting:
    """One value set over a file.

    Attributes
    ----------
    path, value : str
        Such as ``parties.russia.no_deal.reservation`` and ``0.5``.
    effect : str
        What it does to a range that was there; empty where there was none.
    """

    path: str
    value: str
    effect: str = ""

    def words(self) -> str:
        """Return it as a line to print."""
        return f"{self.path} = {self.value}" + (f" ({self.effect})" if self.effect else "")


class Editing(Protocol):
    """How scenarios are changed and saved; the reader gives it to those it reads, for both need the reader."""

    def changed(
        self, scenario: Scenario, settings: Sequence[str] | Mapping[str, Any], over: Mapping[str, Any]
    ) -> Scenario:
        """Return the scenario with values set and parts merged over it, checked again."""
        ...

    def saved(self, scenario: Scenario, path: str | Path, overwrite: bool) -> Path:
        """Write the scenario to a file."""
        ...


class Scenario(Record):
    """A conflict as a scenario file gives it.

    Attributes
    ----------
    schema_ : int
        Version of the file's form (``schema`` in files); 1.
    name, title, as_of : str
    issues, parties : mapping
    negotiation : Negotiation
        How they talk. The further parts have classes of their own.

    Notes
    -----
    Made by ``sim.read_scenario``, which also checks that names refer to something.

    Examples
    --------
    >>> import sim
    >>> scenario = sim.read_scenario("scenarios/berlin-2025/scenario.yaml")
    >>> scenario.title, len(scenario.issues), len(scenario.parties)
    ('Berlin talks, December 2025', 9, 8)
    """

    schema_: Literal[1] = Field(alias="schema")
    name: Name
    title: str
    as_of: Annotated[str, Field(pattern=r"^\d{4}(-\d{2}(-\d{2})?)?$")]
    question: str = ""
    description: str = ""
    sources: dict[Name, Source] = {}
    notes: list[Note] = []
    issues: Annotated[dict[Name, Issue], Field(min_length=1)]
    constraints: list[Constraint] = []
    parties: Annotated[dict[Name, Party], Field(min_length=2)]
    groups: dict[Name, Group] = {}
    no_deal: NoDealProcess = NoDealProcess()
    negotiation: Negotiation
    compliance: Compliance = Compliance()
    stability: Stability = Stability()
    codings: dict[Name, Coding] = {}
    baseline_weights: dict[Name, Probability] = {}

    _data: dict[str, Any] = PrivateAttr(default_factory=dict)
    _file: str = PrivateAttr(default="")
    _rivals: dict[str, Scenario] = PrivateAttr(default_factory=dict)
    _settings: tuple[Setting, ...] = PrivateAttr(default=())
    _editing: Editing | None = PrivateAttr(default=None)

    def with_(self, settings: Sequence[str] | Mapping[str, Any] = (), /, **parts: Any) -> Scenario:
        """Return the scenario changed, and checked again; this one stays as it is.

        Parameters
        ----------
        settings : mapping of str to value, or sequence of "path=value"
            Values at existing paths, as ``--set`` takes them; ``fix.ISSUE`` leaves one option of an issue to be
            signed, as ``--fix`` does.
        **parts
            Whole parts of the file, such as ``title`` or ``parties``, merged over it as a file that extends it would
            be: mappings are merged, lists and values replaced, None deletes, ``**{"constraints+": [...]}`` adds.

        Returns
        -------
        Scenario

        Raises
        ------
        ScenarioError
            If a path does not exist, or what results breaks a rule.

        Examples
        --------
        >>> import sim
        >>> two = sim.read_scenario("scenarios/tutorial-two-by-two")
        >>> eased = two.with_({"parties.hill.no_deal.reservation": 0.5}, title="Hill gives way")
        >>> eased.parties["hill"].no_deal.reservation.value, eased.title
        (0.5, 'Hill gives way')
        >>> sold = {"title": "Sold", "definition": "Hill sells the pass to Vale."}
        >>> two.with_(issues={"pass": {"options": {"sold": sold}}})
        Traceback (most recent call last):
            ...
        sim.errors.ScenarioErrors: parties.hill.utility.pass: gives no value to sold; give every option
        parties.vale.utility.pass: gives no value to sold; give every option
        """
        return self._editor.changed(self, settings, parts)

    def save(self, path: str | Path, *, overwrite: bool = False) -> Path:
        """Write the scenario to a file that reads back as this scenario.

        Where it came from a YAML file, that text is written with the changed values alone edited: comments and order
        stay. Values from a file that it extends are set over it. A scenario without a file is written out plainly.

        Parameters
        ----------
        path : str or Path
            A file that ends in .yaml, .yml or .json, or a folder, which gets a ``scenario.yaml``.
        overwrite : bool
            Whether another file that is there already may be replaced. The file that the scenario was read from can
            always be.

        Returns
        -------
        Path
            The file.

        Raises
        ------
        ScenarioError
            If another file is there, nothing can be written, or the scenario has rival codings that were changed: those
            are files of their own.

        Examples
        --------
        >>> import sim, tempfile
        >>> eased = sim.read_scenario("scenarios/tutorial-two-by-two").with_({"parties.hill.no_deal.reservation": 0.5})
        >>> file = eased.save(tempfile.mkdtemp())
        >>> file.name, sim.read_scenario(file).hash == eased.hash
        ('scenario.yaml', True)
        """
        return self._editor.saved(self, path, overwrite)

    @property
    def _editor(self) -> Editing:
        if self._editing is None:
            raise ModelError("this scenario was not read by sim.read_scenario or its like; make it with those")
        return self._editing

    @property
    def data(self) -> dict[str, Any]:
        """The plain data the scenario was read from, after ``extends`` and ``--set``."""
        return self._data

    @property
    def file(self) -> str:
        """The file it was read from."""
        return self._file

    @property
    def settings(self) -> tuple[Setting, ...]:
        """What was set over the file, in the order set."""
        return self._settings

    @cached_property
    def hash(self) -> str:
        """SHA-256 of the canonical text of the data: the same for files that say the same."""
        return hashlib.sha256(plain(self._data).encode()).hexdigest()

    @property
    def rivals(self) -> dict[str, Scenario]:
        """The rival codings by name, this scenario among them where it is listed without a file."""
        return self._rivals

    def alone(self) -> Scenario:
        """Return the scenario without its rival codings, so that worlds draw its own numbers only."""
        copy = self.model_copy()
        copy._rivals = {}
        return copy

    def moves(self) -> Iterator[tuple[str, Move]]:
        """Yield every move after signing with its issue, in the order of the file."""
        for issue, spec in self.issues.items():
            for move in spec.moves:
                yield issue, move

    @cached_property
    def numbers(self) -> NumberBook:
        """All numbers of the scenario as arrays, by dotted path."""
        found = dict(sorted(_numbers(self, "")))
        paths = tuple(found)
        numbers = tuple(found.values())
        low_high = np.array([number.range for number in numbers], dtype=np.float64).reshape(-1, 2)
        names = [number.quantile or quantile_group(path) for path, number in found.items()]
        return NumberBook(
            paths=paths,
            numbers=numbers,
            value=np.array([number.value for number in numbers], dtype=np.float64),
            low=low_high[:, 0].copy(),
            high=low_high[:, 1].copy(),
            dist=np.array([DISTRIBUTIONS.index(number.dist) for number in numbers], dtype=np.int8),
            quantile_names=hashes([name.removeprefix("-") for name in names]),
            mirrored=np.array([name.startswith("-") for name in names], dtype=np.bool_),
            index={path: place for place, path in enumerate(paths)},
        )


def _numbers(node: Any, path: str) -> Iterator[tuple[str, Number]]:
    if isinstance(node, Number):
        yield path, node
        return
    if isinstance(node, BaseModel):
        for name, info in type(node).model_fields.items():
            yield from _numbers(getattr(node, name), f"{path}.{info.alias or name}" if path else info.alias or name)
    elif isinstance(node, Mapping):
        for key, child in node.items():
            yield from _numbers(child, f"{path}.{key}" if path else str(key))
    elif isinstance(node, list):
        for place, child in enumerate(node):
            yield from _numbers(child, f"{path}.{place}")


_TABLES = ("utility", "shift", "victim", "violator", "cost", "capability", "penalty", "stake_by")


def quantile_group(path: str) -> str:
    """Return the name of the quantile a number takes unless it names one itself.

    Options of one issue in one table share a quantile, so that a draw keeps their order; every other
    number has its own.

    Parameters
    ----------
    path : str
        Dotted path of the number.

    Returns
    -------
    str

    Examples
    --------
    >>> quantile_group("parties.ukraine.utility.donetsk.current-line")
    'parties.ukraine.utility.donetsk'
    >>> quantile_group("parties.ukraine.salience.donetsk")
    'parties.ukraine.salience.donetsk'
    """
    steps = path.split(".")
    if len(steps) >= 5 and steps[0] == "parties" and steps[-3] in _TABLES:
        return ".".join(steps[:-1])
    return path
