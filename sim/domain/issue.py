"""Issues, options, constraints between them, and the moves that stay open after signing.

An *issue* is one question on the table, an *option* one answer to it; an agreement takes one option
per issue. A *constraint* excludes combinations. A *move* is a change of one option that one party,
or several by consent, can make after signing.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator
from pydantic_core import PydanticKnownError

from sim.domain.uncertain import NonNegative, Record, Status

__all__ = ["Condition", "Constraint", "Issue", "Move", "Name", "Option", "OptionSet", "Phases", "Source"]


def _name(given: str) -> str:
    if not given.strip() or any(sign in given for sign in ".=,;#[]{}\n"):
        raise ValueError(f"the name {given!r} must not be empty or hold any of . = , ; # [ ] {{ }}")
    return given


#: An identifier: text without the signs that key paths and agreements are written with.
Name = Annotated[str, AfterValidator(_name)]


def _as_list(given: Any) -> Any:
    return [given] if isinstance(given, str) else given


#: One option or several of the same issue.
OptionSet = Annotated[list[Name], BeforeValidator(_as_list), Field(min_length=1)]
#: Options by issue.
Condition = dict[Name, OptionSet]


class Source(Record):
    """A source that numbers refer to by its key.

    Attributes
    ----------
    title : str
        What it is.
    date : str, optional
        Year, month or day.
    kind : str
        news, survey, paper, book, official, dataset, report, judgement.
    """

    title: str
    date: str | int | None = None
    kind: Literal["news", "survey", "paper", "book", "official", "dataset", "report", "judgement"] = "report"
    note: str = ""
    url: str = ""


class Move(Record):
    """A change of one option after signing.

    Attributes
    ----------
    parties : list of str
        Who makes it: one party alone, or several by consent. ``party: x`` is short for one.
    from_, to : str
        The option before and after (``from`` in files).
    reversible : bool
        Documents whether the way back is open; the way back itself is a move of its own.
    kind : {"lawful", "breach"}
        Whether the text allows it; a breach by a possible violator is a violation.
    when : mapping
        Options of other issues that must stand before the move.
    """

    id: str = ""
    parties: Annotated[list[Name], Field(min_length=1)]
    from_: Name = Field(alias="from")
    to: Name
    reversible: bool = True
    kind: Literal["lawful", "breach"] = "lawful"
    when: Condition = {}
    note: str = ""
    source: str | list[str] | None = None
    status: Status | None = None

    @model_validator(mode="before")
    @classmethod
    def _one_party(cls, given: Any) -> Any:
        if isinstance(given, dict) and "party" in given and "parties" not in given:
            given = dict(given)
            given["parties"] = [given.pop("party")]
        return given

    @model_validator(mode="after")
    def _moves_somewhere(self) -> Move:
        if self.from_ == self.to:
            raise ValueError(f"a move from {self.to!r} to itself changes nothing")
        if len(set(self.parties)) < len(self.parties):
            raise ValueError("a party is named twice")
        return self


class Phases(Record):
    """How an option is delivered in steps, each released if the last was kept.

    Attributes
    ----------
    tranches : int
        n, into how many equal parts what changes from ``from`` to the option is divided; the first comes at
        signature, and 1 is delivery at once.
    from_ : str
        The option of the same issue that stands where nothing is delivered yet (``from`` in files).
    months : NonNegative
        From one tranche to the next, rounded up to whole months, at least 1.
    """

    tranches: Annotated[int, Field(ge=1, le=120)]
    from_: Name = Field(alias="from")
    months: NonNegative
    note: str = ""
    source: str | list[str] | None = None
    status: Status | None = None


class Option(Record):
    """One answer to an issue: a title for tables and figures, and what it means.

    A plain text in a file is the definition of an option without a title, which is then shown by its key.

    Attributes
    ----------
    title : str
        A few words.
    definition : str
        What it means.
    phases : Phases, optional
        How it is delivered in steps; without it, all at once.

    Examples
    --------
    >>> Option.model_validate("Both use the pass")
    Option(title='', definition='Both use the pass', phases=None)
    """

    title: str
    definition: str
    phases: Phases | None = None

    @model_validator(mode="before")
    @classmethod
    def _plain_text(cls, given: Any) -> Any:
        if isinstance(given, str):
            return {"title": "", "definition": given}
        if not isinstance(given, dict):
            raise PydanticKnownError("string_type")
        if isinstance(given.get("title"), str) and not given["title"].strip():
            raise ValueError("the title is empty; leave the key away and give the definition alone as text")
        return given


class Issue(Record):
    """One question on the table.

    Attributes
    ----------
    title : str
    options : mapping of str to Option
        In the order a reader expects; a text is an option's definition, a mapping gives its title as well.
    external : str
        Where the issue is not in the base source: why it was added. Empty otherwise.
    ordered : bool
        Whether the options lie on a line in the order given (baselines use it).
    moves : list of Move
    """

    title: str
    options: Annotated[dict[Name, Option], Field(min_length=1)]
    definition: str = ""
    external: str = ""
    ordered: bool = True
    moves: list[Move] = []

    def title_of(self, option: str) -> str:
        """Return the title of an option; where it has none, its key as words.

        Parameters
        ----------
        option : str
            Its key.

        Returns
        -------
        str

        Examples
        --------
        >>> texts = {"held_alone": "Hill holds it", "shared": {"title": "Both use it", "definition": "By turns"}}
        >>> issue = Issue.model_validate({"title": "Pass", "options": texts})
        >>> issue.title_of("held_alone"), issue.title_of("shared")
        ('held alone', 'Both use it')
        """
        return self.options[option].title or option.replace("_", " ").replace("-", " ")


class Constraint(Record):
    """A rule that excludes combinations of options.

    ``when … require …``: where all of ``when`` holds, each issue named in ``require`` takes one of the
    options given. ``when … forbid …``: where ``when`` holds, none of the options listed may stand.
    ``forbid`` alone: the options listed may not all stand together. ``both_ways`` adds the converse of
    ``when … require …`` (if and only if).

    Attributes
    ----------
    scope : {"signing", "always"}
        ``signing``: what may be signed; ``always``: what can exist at all, so moves after signing
        respect it too.
    """

    id: str
    when: Condition = {}
    require: Condition = {}
    forbid: Condition = {}
    both_ways: bool = False
    scope: Literal["signing", "always"] = "always"
    note: str = ""
    source: str | list[str] | None = None
    status: Status | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Constraint:
        if bool(self.require) == bool(self.forbid):
            raise ValueError("give either 'require' or 'forbid'")
        if self.require and not self.when:
            raise ValueError("'require' needs 'when'")
        if self.both_ways and not (self.when and self.require):
            raise ValueError("'both_ways' goes with 'when' and 'require'")
        return self
