"""Would it last: every test of every agreement, each by itself, never one score.

Each test says for each agreement whether it *holds*, by what *margin* (at least 0 where it holds; NaN
where it is not defined or not measured), and which party *binds*: the one with the least margin. The
tests, in the order of `TESTS`:

================================  ==================================================================
acceptable                        it may be signed, every signer has worth ≥ r and no real red line crossed
efficient                         nothing that can be signed is no worse for all and better for one
unanimity_winset_empty            nothing that can be signed is better for all
coalition_proof                   no coalition reaches, by the issues it controls, what it prefers
unilaterally_stable.nash … .sseq  the five concepts of the Graph Model, for every party
self_enforcing                    every violator keeps it at the reliability there is
guarantor_credible                the guarantors are as reliable as assumed
power_shift                       neither side gains so much power that war now is better (Powell)
renegotiation_proof               each needed punisher prefers punishing to restoring the agreement
natural                           every signer has worth ≥ r without pressure
ratifiable                        it passes at home everywhere with a probability of at least one half
================================  ==================================================================

``unilaterally_stable_with_exit.*`` are the five concepts where parties may also walk away (see
`sim.stability.exits`). The tests a scenario names under ``stability.require`` together make what it calls
*stable*. Tests are worked out when first asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from sim.after.front_runners import front_runners
from sim.after.terms import Terms
from sim.agreements.frontier import efficient
from sim.agreements.payoffs import SCALE, Payoffs
from sim.domain import extensions as names
from sim.domain.extensions import Registry
from sim.domain.reader import as_scenario
from sim.domain.scenario import Scenario
from sim.domain.world import World
from sim.errors import ModelError
from sim.stability.arcs import MoveGraph
from sim.stability.concepts import CONCEPTS, Concepts, free_concepts, stability_concepts
from sim.stability.deviations import Deviations
from sim.stability.exits import concepts_with_exits
from sim.stability.farsighted import ConsistentSet, largest_consistent_set, too_many_states
from sim.stability.moves import form_arcs, form_free

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["BYTES_A_CELL", "MAX_CELLS", "TESTS", "Assessment", "TestResult", "assess"]

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

#: Agreements times parties beyond which they are not tested one by one, and what each takes in memory.
MAX_CELLS = 50_000_000
BYTES_A_CELL = 230

#: Probability from which an agreement counts as ratifiable: more likely than not.
RATIFIABLE = 0.5


#: Tests of a condition that may be out of reach of a scenario's numbers: where nothing fails it, "passed" would say
#: that something was tried and held, so it is told as not binding.
SILENT = frozenset({"power_shift"})


@dataclass(frozen=True, eq=False)
class TestResult:
    """One test of all agreements.

    Parameters
    ----------
    name : str
        As in ``stability.require``.
    holds : ndarray of bool, shape (n_agreements,)
        The verdict.
    margin : ndarray of float64, shape (n_agreements,)
        At least 0 where it holds, NaN where it is undefined; on the binding party's own scale, or a
        difference of probabilities (guarantor_credible, ratifiable) or of power (power_shift).
    binding : ndarray of int64, shape (n_agreements,)
        Column of the party with the least margin; -1 where there is none.
    """

    # The name is not a test of ours, whatever the collector makes of it.
    __test__ = False

    name: str
    holds: BoolArray
    margin: FloatArray = field(repr=False)
    binding: IntArray = field(repr=False)

    def to_frame(self) -> pd.DataFrame:
        """Return the verdicts as a table: ``holds``, ``margin`` and ``binding`` (the party by number), by agreement."""
        import pandas as pd

        columns = {"holds": self.holds, "margin": self.margin, "binding": self.binding}
        return pd.DataFrame(columns, index=pd.RangeIndex(len(self.holds), name="agreement"))

    @property
    def binds(self) -> bool:
        """Whether a verdict says anything here; that of `SILENT` tests does only where some agreement fails."""
        return self.name not in SILENT or not bool(self.holds.all())


def _by_party(name: str, margin: FloatArray, counts: BoolArray, *, fails: BoolArray | None = None) -> TestResult:
    """Judge by each party's margin: all that count must reach 0, and the least one binds."""
    shown = np.where(counts, margin, np.inf)
    failing = counts & (margin < 0)
    if fails is not None:
        failing |= fails
        # A line crossed binds before any number does.
        shown = np.where(fails, -np.inf, shown)
    binding = np.argmin(shown, axis=1)
    some = np.isfinite(shown).any(axis=1) | failing.any(axis=1)
    rows = np.arange(len(margin))
    least = np.where(counts, margin, np.inf).min(axis=1)
    value = np.where(some & np.isfinite(margin[rows, binding]), least, np.nan)
    holds = np.where(some, ~failing.any(axis=1), True)
    return TestResult(name, holds, value, np.where(some, binding, -1))


def _plain(name: str, holds: BoolArray) -> TestResult:
    n = len(holds)
    return TestResult(name, holds, np.full(n, np.nan), np.full(n, -1, np.int64))


@dataclass(frozen=True, eq=False)
class Assessment:
    """All tests of all agreements of one world.

    Parameters
    ----------
    terms : Terms
        What everything is read from.
    likely : collection of str, optional
        Tests that will be asked for. Of the five concepts only those among them are worked out, until
        another is asked for; it changes the time, never a verdict.

    Examples
    --------
    >>> import sim
    >>> found = assess(sim.read_scenario("scenarios/berlin-2025/scenario.yaml"))
    >>> int(found.test("acceptable").holds.sum()), int(found.stable.sum())
    (0, 0)
    """

    terms: Terms = field(repr=False)
    likely: Collection[str] = ()
    _known: dict[str, TestResult] = field(default_factory=dict, repr=False)

    @property
    def scenario(self) -> Scenario:
        """The scenario, or rival coding, behind the world."""
        return self.terms.scenario

    @property
    def payoffs(self) -> Payoffs:
        """Utilities and reservation values."""
        return self.terms.payoffs

    @property
    def parties(self) -> tuple[str, ...]:
        """The parties, in the order of the columns."""
        return self.terms.parties

    @property
    def n_agreements(self) -> int:
        """How many agreements there are."""
        return self.terms.space.n_agreements

    def test(self, name: str) -> TestResult:
        """Return one test of all agreements, worked out once.

        Parameters
        ----------
        name : str
            One of `TESTS`.

        Returns
        -------
        TestResult

        Raises
        ------
        ModelError
            If there is no such test.
        """
        if name not in TESTS:
            raise ModelError(TESTS.names.unknown(name))
        if name not in self._known:
            self._known[name] = TESTS[name](self, name)
        return self._known[name]

    @cached_property
    def stable(self) -> BoolArray:
        """Whether each agreement can be signed and passes every test required; shape (n_agreements,)."""
        holds = self.terms.space.signable.copy()
        for name in self.scenario.stability.require:
            holds &= self.test(name).holds
        return holds

    @cached_property
    def arcs(self) -> MoveGraph:
        """The moves after signing, over the agreements."""
        return self.payoffs.frame.form.derived(form_arcs)[0]

    def _concepts(self, names: Collection[str]) -> Concepts:
        form, utility = self.payoffs.frame.form, self.payoffs.utility
        free = form.derived(form_free)
        if free is not None:
            return free_concepts(free, utility, names=names)
        graph, reverse = form.derived(form_arcs)
        return stability_concepts(graph, utility, reverse=reverse, names=names)

    @cached_property
    def concepts(self) -> Concepts:
        """The five concepts, without walking away."""
        return self._concepts(CONCEPTS)

    @cached_property
    def _likely_concepts(self) -> Concepts:
        """Those of the five concepts that are likely to be asked for."""
        return self._concepts([c for c in CONCEPTS if f"unilaterally_stable.{c.lower()}" in self.likely])

    @property
    def concepts_with_exit(self) -> Concepts:
        """The five concepts, with walking away; worked out anew each time."""
        return concepts_with_exits(self.terms)

    @cached_property
    def deviations(self) -> Deviations:
        """Who would leave each agreement by agreement with others, and where to."""
        return Deviations.of(self.payoffs)

    @cached_property
    def consistent_set(self) -> ConsistentSet:
        """The largest consistent set of the moves after signing, or why it is not worked out."""
        free = self.payoffs.frame.form.derived(form_free)
        if free is not None and not free.holders:
            everything = np.arange(self.n_agreements)
            return ConsistentSet(everything, (everything, everything), "")
        if reason := too_many_states(self.n_agreements):
            return ConsistentSet(None, (), reason)
        return largest_consistent_set(self.arcs, self.payoffs.utility)

    @cached_property
    def reliability_interval(self) -> tuple[FloatArray, FloatArray]:
        """The reliabilities at which each violator keeps each agreement, low and high."""
        return self.terms.reliability_interval

    def front_runners(self, count: int = 5) -> IntArray:
        """Return the agreements that all can sign in most worlds (`sim.after.front_runners`)."""
        return front_runners(self.payoffs, count)

    def to_frame(self, agreements: npt.ArrayLike | None = None, *, exits: bool = True) -> pd.DataFrame:
        """Return the stability table, one row per agreement.

        Parameters
        ----------
        agreements : array_like of int, optional
            Which rows; all by default.
        exits : bool, optional
            Whether to include the columns with walking away, which take as long as all others.

        Returns
        -------
        pandas.DataFrame
            Indexed by agreement: the option of each issue; ``n_accepting``, ``least_margin``; for each
            test ``<test>``, ``<test>.margin``, ``<test>.binding``; ``Q_assumed``, ``Q_derived``, ``Q*``
            (unbounded) and ``Q*.low``, ``Q*.high`` (the reliabilities that suffice) of each violator;
            ``Q*`` over those who face the same guarantee; ``P_ratify``; ``stable``; ``farsighted``, whether
            it lies in the largest consistent set, missing with the reason in ``attrs["farsighted"]`` where
            that is not worked out.
        """
        import pandas as pd

        rows = np.arange(self.n_agreements) if agreements is None else np.asarray(agreements, np.int64).reshape(-1)
        terms, space, payoffs = self.terms, self.terms.space, self.payoffs
        columns: dict[str, object] = {}
        for k, issue in enumerate(space.issues):
            columns[issue] = pd.Categorical.from_codes(
                space.options[rows, k], categories=pd.Index(list(space.labels[k]))
            )
        columns["n_accepting"] = payoffs.n_accepting[rows]
        columns["least_margin"] = payoffs.least_margin[rows] / SCALE
        columns["stable"] = self.stable[rows]
        names = np.array([*self.parties, ""], dtype=object)
        for name in TESTS:
            if name.startswith("unilaterally_stable_with_exit") and not exits:
                continue
            found = self.test(name)
            columns[name] = found.holds[rows]
            columns[f"{name}.margin"] = found.margin[rows]
            columns[f"{name}.binding"] = pd.Categorical(names[found.binding[rows]], categories=names.tolist())
        low, high = self.reliability_interval
        columns["Q*"] = terms.shared_critical[rows]
        for column in np.flatnonzero(terms.violators.any(axis=0)):
            party = self.parties[column]
            columns[f"Q*.{party}"] = terms.critical_reliability[rows, column]
            columns[f"Q*.{party}.low"] = low[rows, column]
            columns[f"Q*.{party}.high"] = high[rows, column]
            columns[f"Q_assumed.{party}"] = terms.reliability_assumed[rows, column]
            columns[f"Q_derived.{party}"] = terms.reliability_derived[rows, column]
        columns["P_ratify"] = terms.ratification[rows].prod(axis=1)
        consistent = self.consistent_set
        inside = np.isin(rows, consistent.states) if consistent.states is not None else np.zeros(len(rows), np.bool_)
        missing = np.full(len(rows), consistent.states is None)
        columns["farsighted"] = pd.arrays.BooleanArray(inside, missing)
        table = pd.DataFrame(columns, index=pd.Index(rows, name="agreement"))
        table.attrs["farsighted"] = consistent.reason
        return table


def _acceptable(found: Assessment, name: str) -> TestResult:
    payoffs = found.payoffs
    signs = payoffs.must_sign
    of_signers = _by_party(name, payoffs.margin / SCALE, signs, fails=payoffs.crosses_line & signs)
    signable = payoffs.space.signable
    return TestResult(
        name,
        of_signers.holds & signable,
        np.where(signable, of_signers.margin, np.nan),
        np.where(signable, of_signers.binding, -1),
    )


def _efficient(found: Assessment, name: str) -> TestResult:
    return _plain(name, efficient(found.payoffs))


def _winset(found: Assessment, name: str) -> TestResult:
    return _plain(name, found.deviations.better_for_all < 0)


def _coalition_proof(found: Assessment, name: str) -> TestResult:
    return _plain(name, found.deviations.coalition < 0)


def _concept(concepts: Concepts, name: str) -> TestResult:
    place = [concept.lower() for concept in concepts.names].index(name.rpartition(".")[2])
    return _by_party(name, concepts.margin[place] / SCALE, concepts.can_move)


def _unilateral(found: Assessment, name: str) -> TestResult:
    return _concept(found._likely_concepts if name in found.likely else found.concepts, name)


def _with_exit(found: Assessment, name: str) -> TestResult:
    # All five come of one search. Their verdicts are kept, its tables of all parties are not: they are large.
    concepts = found.concepts_with_exit
    for concept in CONCEPTS:
        each = f"unilaterally_stable_with_exit.{concept.lower()}"
        found._known[each] = _concept(concepts, each)
    return found._known[name]


def _self_enforcing(found: Assessment, name: str) -> TestResult:
    terms = found.terms
    keeps, breaks, _ = terms.weighed(terms.reliability)
    margin = (keeps - breaks) / SCALE
    return _by_party(name, margin, terms.violators)


def _guarantor_credible(found: Assessment, name: str) -> TestResult:
    terms = found.terms
    return _by_party(name, terms.reliability_derived - terms.reliability_assumed, terms.violators)


def _power_shift(found: Assessment, name: str) -> TestResult:
    terms, spec = found.terms, found.scenario.compliance.power_shift
    if terms.power_shift is None or spec is None:
        return _plain(name, np.ones(found.n_agreements, np.bool_))
    left, limit = terms.power_shift
    margin = np.zeros((found.n_agreements, len(found.parties)))
    counts = np.zeros(margin.shape, np.bool_)
    # The side that would lose power binds: it is the one with a reason for war now.
    for side, party in enumerate((spec.declining, spec.rising)):
        column = found.parties.index(party)
        margin[:, column] = limit - left[:, side]
        counts[:, column] = True
    return _by_party(name, margin, counts)


def _renegotiation_proof(found: Assessment, name: str) -> TestResult:
    terms = found.terms
    margin = (terms.war_answered_as_victim - terms.payoffs.utility) / SCALE
    return _by_party(name, margin, terms.needed_punishers)


def _natural(found: Assessment, name: str) -> TestResult:
    payoffs = found.payoffs
    return _by_party(name, payoffs.margin / SCALE, payoffs.must_sign)


def _ratifiable(found: Assessment, name: str) -> TestResult:
    chance = found.terms.ratification
    product = chance.prod(axis=1)
    least = np.argmin(chance, axis=1)
    return TestResult(name, product >= RATIFIABLE, product - RATIFIABLE, least.astype(np.int64))


#: Every test by name, in the order of the table; then those that installed packages add.
TESTS: Registry[Callable[[Assessment, str], TestResult]] = Registry(
    names.TESTS,
    {
        "acceptable": _acceptable,
        "efficient": _efficient,
        "unanimity_winset_empty": _winset,
        "coalition_proof": _coalition_proof,
        **{f"unilaterally_stable.{concept.lower()}": _unilateral for concept in CONCEPTS},
        **{f"unilaterally_stable_with_exit.{concept.lower()}": _with_exit for concept in CONCEPTS},
        "self_enforcing": _self_enforcing,
        "guarantor_credible": _guarantor_credible,
        "power_shift": _power_shift,
        "renegotiation_proof": _renegotiation_proof,
        "natural": _natural,
        "ratifiable": _ratifiable,
    },
    callable,
    "a function of an Assessment and the name of the test",
)


def assess(scenario: Scenario | str | Path, world: World | None = None) -> Assessment:
    """Test every agreement of a scenario.

    Parameters
    ----------
    scenario : Scenario, str or Path
        A scenario, or its file or folder; at central values, declared red lines not real.
    world : World, optional
        A draw of the scenario to test instead.

    Returns
    -------
    Assessment

    Raises
    ------
    ModelError
        If agreements times parties exceed `MAX_CELLS`.

    Examples
    --------
    >>> import sim
    >>> berlin = sim.read_scenario("scenarios/berlin-2025/scenario.yaml")
    >>> found = assess(berlin)
    >>> table = found.to_frame(found.front_runners(2), exits=False)
    >>> table["self_enforcing.binding"].astype(str).tolist()
    ['russia', 'russia']
    """
    terms = Terms.of(as_scenario(scenario) if world is None else world)
    n, n_parties = terms.space.n_agreements, len(terms.parties)
    if n * n_parties > MAX_CELLS:
        raise ModelError(
            f"{n:,} agreements times {n_parties} parties exceed {MAX_CELLS:,}, which take some "
            f"{MAX_CELLS * BYTES_A_CELL / 1e9:.0f} GB to test; drop options that nobody considers, or forbid "
            "combinations with constraints"
        )
    return Assessment(terms)
