"""What can go wrong, drawn as a tree.

::

    SimError
    ├── ScenarioError      a scenario or sweep file, or a `--set`, breaks a rule
    │   └── ScenarioErrors several of them, found in one reading
    ├── GraphError         an explicit conflict graph breaks a rule
    ├── DesignError        a sweep design cannot be carried out
    ├── ResultError        a result folder cannot be read or written
    ├── ModelError         a question the model cannot answer as asked
    └── MissingLibraryError  a library that an extra installs is not there

Everything a user can get wrong raises a `SimError`; the command line prints its
message, one line, and exits 1. Any other exception is a fault of ours and shows its
traceback.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from difflib import get_close_matches
from importlib import import_module
from pathlib import Path
from typing import Any

__all__ = [
    "MAX_ERRORS",
    "DesignError",
    "GraphError",
    "MissingLibraryError",
    "ModelError",
    "ResultError",
    "ScenarioError",
    "ScenarioErrors",
    "SimError",
    "library",
    "nearest",
    "printable",
]


#: Of the faults found in one reading, so many are kept and shown.
MAX_ERRORS = 50


def printable(text: str) -> str:
    r"""Return a text that a terminal only shows, with each sign that would do something written as ``\\uXXXX``.

    Files come from strangers. A control character can move the cursor, set the clipboard or rename the window; a
    sign of writing direction can make a line read otherwise than it is. Line ends and tabs stay. In JSON the text
    means the same as before.

    Parameters
    ----------
    text : str

    Returns
    -------
    str

    References
    ----------
    Unicode Standard Annex 9 (bidirectional formatting characters); ECMA-48 (control functions).

    Examples
    --------
    >>> print(printable("Vale\x1b]52;c;cm0=\x07 and \u202ehill"))
    Vale\u001b]52;c;cm0=\u0007 and \u202ehill
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(f"\\u{ord(sign):04x}" if _acts(sign) else sign for sign in text)


#: Signs of writing direction and of notes between lines. Unicode counts them as format characters, as it does the
#: harmless soft hyphen.
_DIRECTIONS = frozenset(
    "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff\ufff9\ufffa\ufffb"
)


def _acts(sign: str) -> bool:
    if sign in "\n\t":
        return False
    # Controls, lone surrogates (which no stream can encode), line and paragraph separators.
    return sign in _DIRECTIONS or unicodedata.category(sign) in {"Cc", "Cs", "Zl", "Zp"}


class SimError(Exception):
    """Anything a user can mend; the message says where, what, which rule, and the remedy.

    Examples
    --------
    >>> import sim
    >>> try:
    ...     sim.read_scenario("nowhere.yaml")
    ... except SimError as fault:
    ...     print(fault)
    nowhere.yaml: no such file
    """


class ScenarioError(SimError):
    """A scenario file, or a value set over it, breaks a rule.

    Parameters
    ----------
    message : str
        What was given, the rule it breaks, and the remedy.
    file : Path or str, optional
        The file the fault stands in.
    line, column : int, optional
        Where in the file, counted from 1.
    path : str, optional
        The dotted key path, such as ``parties.ukraine.utility.donetsk``.
    excerpt : str, optional
        The line of the file as it stands.

    Examples
    --------
    >>> print(ScenarioError("unknown option 'curent-line'", file="s.yaml", line=41, path="parties.ukraine"))
    s.yaml:41: parties.ukraine: unknown option 'curent-line'
    """

    def __init__(
        self,
        message: str,
        *,
        file: Path | str | None = None,
        line: int | None = None,
        column: int | None = None,
        path: str = "",
        excerpt: str | None = None,
    ) -> None:
        self.message = message
        self.file = None if file is None else str(file)
        self.line = line
        self.column = column
        self.path = path
        self.excerpt = excerpt
        super().__init__(message)

    @property
    def where(self) -> str:
        """The place, as ``file:line``; empty where the fault has none."""
        if self.file is None:
            return ""
        return self.file if self.line is None else f"{self.file}:{self.line}"

    def __str__(self) -> str:
        return printable(": ".join(part for part in (self.where, self.path, self.message) if part))

    def __reduce__(self) -> tuple[object, ...]:
        # Exceptions cross process borders in sweeps; keyword-only arguments need help to pickle.
        return (
            _rebuild,
            (type(self), self.message, self.file, self.line, self.column, self.path, self.excerpt),
        )

    def caret(self) -> str:
        """The line of the file with a caret under the fault, or an empty string."""
        if self.excerpt is None or self.line is None:
            return ""
        gutter = f"{self.line:>6} | "
        start = 0
        if self.column is not None and self.column > 120:
            # Far to the right: show the part around the fault.
            start = self.column - 81
        line = self.excerpt.replace("\t", " ")
        at = start if self.column is None else max(start, self.column - 1)
        before = ("..." + line[start + 3 : at] if start else line[:at]) if self.column is not None else ""
        after = line[at : start + 160] + ("..." if len(line) > start + 160 else "")
        before = printable(before)
        pointer = "" if self.column is None else "\n" + " " * (len(gutter) + len(before)) + "^"
        return f"{gutter}{before}{printable(after)}{pointer}"

    def report(self) -> str:
        """Return the message with the line it stands in and a caret under the fault.

        Examples
        --------
        >>> print(ScenarioError("unknown key 'titel'", file="s.yaml", line=2, column=1, excerpt="titel: x").report())
        s.yaml:2: unknown key 'titel'
             2 | titel: x
                 ^
        """
        caret = self.caret()
        return f"{self}\n{caret}" if caret else str(self)


def _rebuild(
    kind: type[ScenarioError],
    message: str,
    file: str | None,
    line: int | None,
    column: int | None,
    path: str,
    excerpt: str | None,
) -> ScenarioError:
    return kind(message, file=file, line=line, column=column, path=path, excerpt=excerpt)


class ScenarioErrors(ScenarioError):
    """Several faults of one file, found in one reading.

    Parameters
    ----------
    errors : sequence of ScenarioError
        At least one, in the order they stand in the file. The first `MAX_ERRORS` are kept.
    total : int, optional
        How many there are, where more were found than are given.

    Attributes
    ----------
    errors : list of ScenarioError
    total : int
    """

    def __init__(self, errors: Sequence[ScenarioError], total: int | None = None) -> None:
        first = errors[0]
        self.errors = list(errors[:MAX_ERRORS])
        self.total = max(len(errors), total or 0)
        super().__init__(
            first.message,
            file=first.file,
            line=first.line,
            column=first.column,
            path=first.path,
            excerpt=first.excerpt,
        )

    def __str__(self) -> str:
        return "\n".join([*map(str, self.errors), *self._rest()])

    def _rest(self) -> list[str]:
        more = self.total - len(self.errors)
        return [f"… and {more:,} more" if more > 1 else "… and one more"] if more > 0 else []

    def report(self) -> str:
        """Return every fault, each with the line it stands in and a caret."""
        return "\n".join([*(error.report() for error in self.errors), *self._rest()])

    def __reduce__(self) -> tuple[object, ...]:
        return (ScenarioErrors, (self.errors, self.total))


class GraphError(SimError):
    """An explicit conflict graph names an unknown state, a self-move, a wrong length and the like."""


class DesignError(SimError):
    """A sweep design cannot be carried out as written."""


class ResultError(SimError):
    """A result folder cannot be read, written or resumed."""


class ModelError(SimError):
    """A question the model cannot answer as asked, such as an agreement that violates a constraint."""


class MissingLibraryError(SimError):
    """Something needs a library that only an extra of the package installs."""


def library(name: str, extra: str, what: str) -> Any:
    """Return a module of a library that only an extra installs.

    Parameters
    ----------
    name : str
        Of the module.
    extra : str
        Of the package ``parley-sim``.
    what : str
        What needs it, as the beginning of a sentence.

    Returns
    -------
    module

    Raises
    ------
    MissingLibraryError
        If it is not installed.

    Examples
    --------
    >>> library("nothing", "present", "A figure")
    Traceback (most recent call last):
    ...
    sim.errors.MissingLibraryError: A figure needs nothing, which is not installed: pip install 'parley-sim[present]'
    """
    try:
        return import_module(name)
    except ModuleNotFoundError as fault:
        if fault.name is None or not name.startswith(fault.name):
            raise  # the library is there, and lacks something itself
        root = name.partition(".")[0]
        raise MissingLibraryError(
            f"{what} needs {root}, which is not installed: pip install 'parley-sim[{extra}]'"
        ) from None


def nearest(given: str, known: Sequence[str]) -> str:
    """Suggest the nearest valid name.

    Parameters
    ----------
    given : str
        What was written.
    known : sequence of str
        The valid names.

    Returns
    -------
    str
        ``"; did you mean 'x'?"`` where a name is near, otherwise the list of valid names if
        it is short, otherwise an empty string.

    Examples
    --------
    >>> nearest("curent-line", ["current-line", "cession"])
    "; did you mean 'current-line'?"
    >>> nearest("zzz", ["a", "b"])
    '; valid: a, b'
    """
    # Matching costs the product of lengths; nothing a person types by mistake is longer.
    close = get_close_matches(given, known, n=1, cutoff=0.6) if len(given) <= 200 else []
    if close:
        return f"; did you mean {close[0]!r}?"
    if 0 < len(known) <= 12:
        return "; valid: " + ", ".join(known)
    return ""
