"""One agreement explained: who would break it, how, what stops them, and what would have to change.

The parts follow the tests of `sim.stability.assess`: who would not sign; who would violate and at which
reliability it would not; who would use a move of its own, and which sanction meets it; which coalition
would leave, and where to. Agreements and parties are numbers here; words are for `sim.present.stability`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.agreements.payoffs import SCALE
from sim.stability.assess import TESTS, Assessment
from sim.stability.concepts import CONCEPTS
from sim.stability.enforcement import input_status
from sim.stability.witness import witness

__all__ = ["Defection", "Explanation", "JointDeviation", "NonSigner", "OwnMove", "TestLine", "explain"]


@dataclass(frozen=True)
class TestLine:
    """One test of the agreement; `binding` is a party or empty, `margin` None where it has none.

    Where `binds` is False no agreement fails the test in this world, and holding it says nothing.
    """

    __test__ = False

    name: str
    holds: bool
    margin: float | None
    binding: str
    required: bool
    binds: bool = True


@dataclass(frozen=True)
class NonSigner:
    """A party that would not sign.

    Parameters
    ----------
    party : str
        Who.
    margin : float
        u − r, on its own scale.
    reservation : float
        r.
    lines : tuple of (str, str)
        Issue and option of the real red lines of its own that the agreement crosses.
    """

    party: str
    margin: float
    reservation: float
    lines: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Defection:
    """What breaking the agreement is worth to a party that can, and whether it would.

    Parameters
    ----------
    party : str
        Who.
    breaks : bool
        Whether it would at `reliability`.
    margin : float
        What it gains by keeping the agreement rather than violating it, on its own scale.
    utility, defection : float
        The two it compares, V^C and V^D.
    lag_level, war_unanswered, war_answered : float
        g, w^N and w^R.
    lag_months, late : float
        L and δ to the power L.
    reliability, reliability_assumed, reliability_derived : float
        Q, the smaller of the other two.
    critical : float or None
        Q* as it comes out; None where an answer does not hurt it.
    low, high : float or None
        The reliabilities that would suffice; None where none does.
    breach : int or None
        The own violation it likes best, where it likes one better than the agreement; None where it
        attacks with the terms as they stand.
    status : dict of str to int
        What the numbers behind Q* rest on, counted, weakest first.
    step, steps : int
        Of terms delivered in steps: the one the numbers are of, from 1, in which least speaks for keeping; and how
        many there are. 1 and 1 where all comes at once.
    """

    party: str
    breaks: bool
    margin: float
    utility: float
    defection: float
    lag_level: float
    war_unanswered: float
    war_answered: float
    lag_months: float
    late: float
    reliability: float
    reliability_assumed: float
    reliability_derived: float
    critical: float | None
    low: float | None
    high: float | None
    breach: int | None
    status: dict[str, int]
    step: int = 1
    steps: int = 1

    @property
    def critical_shown(self) -> str:
        """Q* as tables show it: 0 where no answer is needed, ``none`` where none suffices.

        Examples
        --------
        >>> import sim
        >>> found = sim.assess(sim.read_scenario("scenarios/berlin-2025/scenario.yaml"))
        >>> [v.critical_shown for v in explain(found, found.front_runners(1)[0]).violations]
        ['none', '0']
        """
        if self.critical is not None:
            return "0" if self.critical <= 0 else "none" if self.critical > 1 else f"{self.critical:.2f}"
        if self.low is None or self.high is None:
            return "none"
        return "any" if (self.low, self.high) == (0.0, 1.0) else f"{self.low:.2f} to {self.high:.2f}"


@dataclass(frozen=True)
class OwnMove:
    """A party with an improvement of its own, and the sanction that meets it.

    Parameters
    ----------
    party : str
        Who.
    leaves : bool
        Whether nobody punishes it enough.
    target : int
        The agreement it would change to.
    gain : float
        What that is worth to it above the agreement.
    held_to : float
        What it is held to after the sanction, relative to the agreement; at most 0 where it stays.
    path : tuple of (tuple of str, int)
        Who moves where, in turn.
    """

    party: str
    leaves: bool
    target: int
    gain: float
    held_to: float
    path: tuple[tuple[tuple[str, ...], int], ...]


@dataclass(frozen=True)
class JointDeviation:
    """A coalition that would leave together.

    Parameters
    ----------
    members : tuple of str
        Who.
    target : int
        The agreement it would change to, the first in the order of labels.
    count : int
        How many it could choose from.
    gains : tuple of float
        What the change is worth to each member, on its own scale.
    """

    members: tuple[str, ...]
    target: int
    count: int
    gains: tuple[float, ...]


@dataclass(frozen=True)
class Explanation:
    """Everything there is to say on one agreement.

    Parameters
    ----------
    agreement : int
        Which one.
    stable : bool
        Whether it passes every required test.
    concept : str
        The concept of the Graph Model under which own moves were judged.
    tests : tuple of TestLine
        All tests.
    refusals, violations, own_moves, joint : tuples
        Who would not sign, who could violate, who has a move of its own, which coalitions would leave.
    critical : float or None
        Q* over those who face the same guarantee; None where nobody is deterred by an answer.
    dominating : int or None
        An agreement no worse for all and better for one.
    ratification : dict of str to float
        Probability of passing at home where it is below one.
    forbidden : tuple of str
        Ids of the constraints that keep it from being signed.
    """

    agreement: int
    stable: bool
    concept: str
    tests: tuple[TestLine, ...]
    refusals: tuple[NonSigner, ...]
    violations: tuple[Defection, ...]
    own_moves: tuple[OwnMove, ...]
    joint: tuple[JointDeviation, ...]
    critical: float | None
    dominating: int | None
    ratification: dict[str, float]
    forbidden: tuple[str, ...] = ()

    def breakers(self) -> list[tuple[tuple[str, ...], str]]:
        """Return who would break it and how, the surest first: violation, own move, coalition.

        Returns
        -------
        list of (tuple of str, str)
            Parties, and ``violates``, ``moves`` or ``leaves together``.
        """
        found: list[tuple[tuple[str, ...], str]] = [((v.party,), "violates") for v in self.violations if v.breaks]
        found += [((move.party,), "moves") for move in self.own_moves if move.leaves]
        found += [(joint.members, "leaves together") for joint in self.joint]
        return found


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _violations(found: Assessment, agreement: int) -> tuple[Defection, ...]:
    here = found.terms.at([agreement])
    utility, defection, step_of = here.weighed(here.reliability)
    steps = here.steps or (here,)
    # One agreement alone: all of its steps take time but the last.
    assert all(step.then is None or step.months[0] > 0 for step in here.steps)
    low, high = here.reliability_interval
    violations = []
    for column in np.flatnonzero(here.violators[0]):
        party, cell = found.parties[column], (0, column)
        then = steps[step_of[cell]]
        violations.append(
            Defection(
                party=party,
                breaks=bool(defection[cell] > utility[cell]),
                margin=float(utility[cell] - defection[cell]) / SCALE,
                utility=float(utility[cell]) / SCALE,
                defection=float(defection[cell]) / SCALE,
                lag_level=float(then.lag_level[cell]) / SCALE,
                war_unanswered=float(then.war_unanswered[cell]) / SCALE,
                war_answered=float(then.war_answered[cell]) / SCALE,
                lag_months=float(here.lag[0]),
                late=float(here.lag_discount[cell]),
                reliability=float(here.reliability[cell]),
                reliability_assumed=float(here.reliability_assumed[cell]),
                reliability_derived=float(here.reliability_derived[cell]),
                critical=_number(here.critical_reliability[cell]),
                low=_number(low[cell]),
                high=_number(high[cell]),
                breach=_best_breach(found, agreement, party),
                status=input_status(found.terms, agreement, party),
                step=int(step_of[cell]) + 1,
                steps=len(steps),
            )
        )
    # Whoever would break it comes first, the surest at the top.
    return tuple(sorted(violations, key=lambda v: (v.margin, v.party)))


def _best_breach(found: Assessment, agreement: int, party: str) -> int | None:
    target = int(found.terms.violations.leads_to[agreement, found.parties.index(party)])
    return None if target == agreement else target


def _refusals(found: Assessment, agreement: int) -> tuple[NonSigner, ...]:
    terms, payoffs = found.terms, found.payoffs
    refusals = []
    options = terms.space.agreement(agreement)
    for column in np.flatnonzero(payoffs.must_sign[agreement] & ~payoffs.acceptable[agreement]):
        party = found.parties[column]
        lines = tuple(
            (line.issue, options[line.issue])
            for line in found.scenario.parties[party].red_lines
            if options[line.issue] in line.options
            and (line.kind == "hard" or (party, line.issue, options[line.issue]) in terms.world.real_lines)
        )
        margin = float(payoffs.margin[agreement, column]) / SCALE
        refusals.append(NonSigner(party, margin, float(payoffs.reservation[column]) / SCALE, lines))
    return tuple(sorted(refusals, key=lambda r: (r.margin, r.party)))


def _own_moves(found: Assessment, agreement: int, concept: str) -> tuple[OwnMove, ...]:
    utility = found.payoffs.utility
    moves = []
    for column, party in enumerate(found.parties):
        if not found.concepts.can_move[agreement, column]:
            continue
        seen = witness(found.arcs, utility, agreement, column, concept)
        if seen.improvement is None or seen.level is None:
            continue
        here = int(utility[agreement, column])
        path = tuple(
            (tuple(found.parties[member] for member in found.arcs.movers[mover]), state) for mover, state in seen.path
        )
        gain = int(utility[seen.improvement, column]) - here
        moves.append(OwnMove(party, not seen.stable, seen.improvement, gain / SCALE, (seen.level - here) / SCALE, path))
    return tuple(sorted(moves, key=lambda m: (-m.held_to, m.party)))


def _joint(found: Assessment, agreement: int) -> tuple[JointDeviation, ...]:
    deviations, utility = found.deviations, found.payoffs.utility
    joint = []
    for control in deviations.controls:
        targets = deviations.open_to(control, agreement)
        if targets.size:
            gains = (utility[targets[0]] - utility[agreement])[list(control.members)] / SCALE
            members = tuple(found.parties[member] for member in control.members)
            joint.append(JointDeviation(members, int(targets[0]), int(targets.size), tuple(gains.tolist())))
    return tuple(joint)


def explain(found: Assessment, agreement: int) -> Explanation:
    """Explain one agreement.

    Parameters
    ----------
    found : Assessment
    agreement : int

    Returns
    -------
    Explanation

    Examples
    --------
    >>> import sim
    >>> found = sim.assess(sim.read_scenario("scenarios/berlin-2025/scenario.yaml"))
    >>> explain(found, found.front_runners(1)[0]).breakers()[0]
    (('russia',), 'violates')
    """
    agreement = int(agreement)
    required = found.scenario.stability.require
    asked = [name.rpartition(".")[2] for name in required if name.startswith("unilaterally_stable.")]
    concept = {name.lower(): name for name in CONCEPTS}[asked[0] if asked else "seq"]
    lines = []
    for name in TESTS:
        result = found.test(name)
        binding = int(result.binding[agreement])
        lines.append(
            TestLine(
                name,
                bool(result.holds[agreement]),
                _number(result.margin[agreement]),
                "" if binding < 0 else found.parties[binding],
                name in required,
                result.binds,
            )
        )
    dominating = found.deviations.first_dominating(agreement)
    here = found.terms.at([agreement])
    return Explanation(
        agreement=agreement,
        stable=bool(found.stable[agreement]),
        concept=concept,
        tests=tuple(lines),
        refusals=_refusals(found, agreement),
        violations=_violations(found, agreement),
        own_moves=_own_moves(found, agreement, concept),
        joint=_joint(found, agreement),
        critical=_number(here.shared_critical[0]),
        dominating=None if dominating < 0 else dominating,
        ratification={party: float(p) for party, p in zip(found.parties, here.ratification[0], strict=True) if p < 1},
        forbidden=found.terms.space.forbidden_by(agreement),
    )
