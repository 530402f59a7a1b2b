"""The glossary: what each word of tables and messages means, from one text that the documents show too."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files

from sim.errors import ModelError, nearest

__all__ = ["GlossaryEntry", "entries", "meaning"]


@dataclass(frozen=True)
class GlossaryEntry:
    """One word and what it means.

    Attributes
    ----------
    word : str
    others : tuple of str
        Other names and signs for the same.
    text : str
        One paragraph.
    """

    word: str
    others: tuple[str, ...]
    text: str


def entries() -> list[GlossaryEntry]:
    """Return the glossary, in the order of its words.

    Returns
    -------
    list of GlossaryEntry

    Examples
    --------
    >>> [entry.word for entry in entries()][:2]
    ['acceptable', 'agenda']
    """
    text = (files("sim.present") / "glossary.md").read_text(encoding="utf-8")
    found = []
    for part in text.split("### ")[1:]:
        heading, _, body = part.partition("\n")
        # Signs such as S(12) hold brackets of their own: the names stand between the first and the last.
        word, _, others = heading.partition(" (")
        names = tuple(name.strip() for name in others[:-1].split(", ")) if others else ()
        found.append(GlossaryEntry(word.strip(), names, " ".join(body.split())))
    return sorted(found, key=lambda entry: entry.word.lower())


def meaning(term: str) -> GlossaryEntry:
    """Return the entry of a word, however it is written.

    Parameters
    ----------
    term : str
        The word or one of its other names; capitals do not count.

    Returns
    -------
    GlossaryEntry

    Raises
    ------
    ModelError
        If the glossary does not have it.

    Examples
    --------
    >>> meaning("Q*").word, meaning("Zone").word, meaning("S(60)").word
    ('critical reliability', 'zone of possible agreement', 'durability')
    """
    known = {name.lower(): entry for entry in entries() for name in (entry.word, *entry.others)}
    wanted = _plain(term)
    plain = {_plain(name): entry for name, entry in known.items()}
    for names, key in ((known, term.lower().strip()), (plain, wanted), (plain, wanted.removesuffix("s"))):
        if key in names:
            return names[key]
    hint = nearest(wanted, list(known)) or "; 'parley glossary' lists all words"
    raise ModelError(f"the glossary has no {term[:60]!r}{hint}")


def _plain(name: str) -> str:
    """Return a name without what is written in several ways: capitals, hyphens, minus signs, blanks."""
    return " ".join(name.lower().replace("-", " ").replace("−", " ").split())
