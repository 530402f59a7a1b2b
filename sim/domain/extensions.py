"""What installed packages add to Parley, by entry points.

A package names what it offers in its ``pyproject.toml``::

    [project.entry-points."parley.strategies"]
    stepwise = "parley_example:Stepwise"

From then on a scenario can say ``strategy: {name: stepwise}``. Nothing of Parley is edited, and nothing of the
package is loaded before it is used: reading a scenario asks for names alone. A name of Parley's own always means
Parley's own.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from sim.errors import ModelError, nearest

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

__all__ = ["ACCEPTANCE", "FORECASTS", "PROTOCOLS", "STRATEGIES", "TESTS", "Names", "Registry", "packages"]


class _UnknownName(ModelError, KeyError):
    """A user's mistake, and what a mapping raises where it lacks a key."""

    __str__ = Exception.__str__


class Names:
    """The names of one kind of thing: Parley's own, those added in this process, those of installed packages.

    Parameters
    ----------
    what : str
        What is named, for messages.
    group : str
        Of the entry points by which packages add to it.
    own : tuple of str
        Parley's own.

    Attributes
    ----------
    added : set of str
        Those added in this process, by hand.

    Examples
    --------
    >>> "boulware" in STRATEGIES, "bulware" in STRATEGIES
    (True, False)
    >>> STRATEGIES.unknown("bulware")
    "unknown strategy 'bulware'; did you mean 'boulware'?"
    """

    def __init__(self, what: str, group: str, own: tuple[str, ...]) -> None:
        self.what = what
        self.group = group
        self.own = own
        self.added: set[str] = set()

    def __contains__(self, name: object) -> bool:
        return name in self.own or name in self.added or name in _offered(self.group, tuple(sys.path))

    def __iter__(self) -> Iterator[str]:
        further = {*self.added, *_offered(self.group, tuple(sys.path))}.difference(self.own)
        return iter((*self.own, *sorted(further)))

    def unknown(self, name: str) -> str:
        """Say that a name is unknown, with the nearest one that is known."""
        return f"unknown {self.what} {name!r}{nearest(name, list(self))}"

    def load(self, name: str) -> tuple[Any, str]:
        """Load what a package offers under a name.

        Parameters
        ----------
        name : str
            One that is neither Parley's own nor added by hand.

        Returns
        -------
        object, str
            What is offered, and by whom, for messages.

        Raises
        ------
        ModelError
            If nobody offers it (a `KeyError` too), two packages do, or it cannot be loaded.
        """
        offers = _offered(self.group, tuple(sys.path)).get(name, ())
        if not offers:
            raise _UnknownName(self.unknown(name))
        whose = [f"{offer.dist.name} {offer.dist.version}" if offer.dist else offer.value for offer in offers]
        if len(offers) > 1:
            raise ModelError(f"the {self.what} {name!r} is offered by {' and by '.join(whose)}; uninstall one of them")
        who = f"{whose[0]} offers the {self.what} {name!r} (entry point {self.group}: {offers[0].value})"
        try:
            return offers[0].load(), who
        except Exception as problem:
            raise ModelError(
                f"{who}, which cannot be loaded: {type(problem).__name__}: {problem}; mend or uninstall it"
            ) from problem


@lru_cache(maxsize=64)
def _offered(group: str, path: tuple[str, ...]) -> Mapping[str, tuple[EntryPoint, ...]]:
    """Return what the packages on a path offer, by name; looking at them takes some milliseconds."""
    from importlib.metadata import entry_points

    found: dict[str, dict[str, EntryPoint]] = {}
    for offer in entry_points(group=group):
        # One package can be met twice on a path; its name and value tell it from another.
        found.setdefault(offer.name, {})[f"{offer.dist.name if offer.dist else ''} {offer.value}"] = offer
    return {name: tuple(offers.values()) for name, offers in found.items()}


class Registry[T](MutableMapping[str, T]):
    """A dictionary of things by name, to which entry points of installed packages add.

    Parameters
    ----------
    names : Names
        What it holds, and the names.
    own : mapping
        Parley's own, one for each of the names that are Parley's own.
    fits : callable
        Whether something that a package offers can be used.
    must : str
        What it must be, for the message where it cannot.

    Examples
    --------
    >>> squares = Registry(Names("square", "parley.squares", ("two",)), {"two": 4}, lambda given: True, "a number")
    >>> squares["three"] = 9
    >>> list(squares), squares["three"], "four" in squares
    (['two', 'three'], 9, False)
    """

    def __init__(self, names: Names, own: Mapping[str, T], fits: Callable[[Any], bool], must: str) -> None:
        assert tuple(own) == names.own, f"{names.group}: {tuple(own)} are not the names declared, {names.own}"
        self.names = names
        self._own = dict(own)
        self._fits = fits
        self._must = must

    def __getitem__(self, name: str) -> T:
        if name in self._own:
            return self._own[name]
        offered, who = self.names.load(name)
        if not self._fits(offered):
            raise ModelError(f"{who}, which is not {self._must}")
        return offered  # type: ignore[no-any-return]

    def __setitem__(self, name: str, thing: T) -> None:
        self._own[name] = thing
        if name not in self.names.own:
            self.names.added.add(name)

    def __delitem__(self, name: str) -> None:
        del self._own[name]
        self.names.added.discard(name)

    def __contains__(self, name: object) -> bool:
        return name in self._own or name in self.names

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __len__(self) -> int:
        return len(list(self.names))


#: Names under ``negotiation.protocol``.
PROTOCOLS = Names(
    "protocol",
    "parley.protocols",
    ("alternating_offers", "random_proposer", "shuttle", "single_text", "single_text_annealing"),
)
#: Names under ``parties.<party>.strategy.name``.
STRATEGIES = Names(
    "strategy",
    "parley.strategies",
    (
        "boulware",
        "linear",
        "conceder",
        "belief-based",
        "rational",
        "tit-for-tat",
        "aspiration-boulware",
        "aspiration-linear",
        "aspiration-conceder",
    ),
)
#: Names under ``parties.<party>.strategy.acceptance``.
ACCEPTANCE = Names("acceptance rule", "parley.acceptance", ("next", "demand", "const", "time", "combined"))
#: Names under ``stability.require``.
TESTS = Names(
    "test",
    "parley.stability_tests",
    (
        "acceptable",
        "efficient",
        "unanimity_winset_empty",
        "coalition_proof",
        "unilaterally_stable.nash",
        "unilaterally_stable.gmr",
        "unilaterally_stable.smr",
        "unilaterally_stable.seq",
        "unilaterally_stable.sseq",
        "unilaterally_stable_with_exit.nash",
        "unilaterally_stable_with_exit.gmr",
        "unilaterally_stable_with_exit.smr",
        "unilaterally_stable_with_exit.seq",
        "unilaterally_stable_with_exit.sseq",
        "self_enforcing",
        "guarantor_credible",
        "power_shift",
        "renegotiation_proof",
        "natural",
        "ratifiable",
    ),
)
#: Names of the forecasts of ``parley baselines``.
FORECASTS = Names("forecast", "parley.forecasts", ("compromise", "weighted_median", "condorcet", "expected_utility"))


def packages() -> dict[str, str]:
    """Return the installed packages that add something, with their versions: a result says what it was made with.

    Returns
    -------
    dict of str to str
        By name, in the order of the names.

    Examples
    --------
    >>> "numpy" in packages()
    False
    """
    groups = [names.group for names in (PROTOCOLS, STRATEGIES, ACCEPTANCE, TESTS, FORECASTS)]
    offered = [offer for group in groups for offers in _offered(group, tuple(sys.path)).values() for offer in offers]
    return dict(sorted((offer.dist.name, offer.dist.version) for offer in offered if offer.dist))
