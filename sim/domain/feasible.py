"""What the rules of a scenario leave: whether any agreement, and utilities within 0 and 1.

These are questions of the reader, asked of every file before any array is made. A search with
backtracking answers the first: it stops at the first agreement found, so that it costs nothing where
agreements are plentiful, and it has a budget, so that no file can hold it up.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from math import prod

from sim.domain.issue import Condition, Constraint
from sim.domain.party import Party
from sim.domain.scenario import Scenario

__all__ = ["MAX_COMBINATIONS", "broken_by", "empty_because", "reach_of_utility"]

#: Combinations of options, constraints aside, above which a scenario is refused.
MAX_COMBINATIONS = 5_000_000
#: Steps of the search for an agreement; where they run out the answer is left to the agreement space.
_BUDGET = 100_000
#: Combinations of the options that interactions name, above which bounds are taken loosely.
_MAX_JOINT = 20_000


def _holds(condition: Condition, chosen: Mapping[str, str]) -> bool | None:
    """Whether a condition holds; None where it hangs on an issue not chosen yet."""
    open_ = False
    for issue, options in condition.items():
        if issue not in chosen:
            open_ = True
        elif chosen[issue] not in options:
            return False
    return None if open_ else True


def _forbidden_holds(constraint: Constraint, chosen: Mapping[str, str]) -> bool | None:
    """Whether the ``forbid`` part is satisfied: with ``when`` none of the options, alone not all together."""
    if not constraint.when:
        together = _holds(constraint.forbid, chosen)
        return None if together is None else not together
    if any(chosen.get(issue) in options for issue, options in constraint.forbid.items() if issue in chosen):
        return False
    return True if all(issue in chosen for issue in constraint.forbid) else None


def _satisfied(constraint: Constraint, chosen: Mapping[str, str]) -> bool | None:
    """Whether a constraint is satisfied; None where that is open."""
    when = _holds(constraint.when, chosen)
    then = _holds(constraint.require, chosen) if constraint.require else _forbidden_holds(constraint, chosen)
    if when is True and then is False:
        return False
    if constraint.both_ways and then is True and when is False:
        return False
    if when is None or then is None:
        return None
    return True


def broken_by(constraints: Sequence[Constraint], agreement: Mapping[str, str]) -> list[str]:
    """Return the ids of the constraints that an agreement, or part of one, breaks.

    Parameters
    ----------
    constraints : sequence of Constraint
    agreement : mapping of str to str
        Options by issue; issues left out are open.

    Returns
    -------
    list of str

    Examples
    --------
    >>> rule = Constraint(id="C", when={"a": ["x"]}, require={"b": ["y"]})
    >>> broken_by([rule], {"a": "x", "b": "z"}), broken_by([rule], {"a": "x"})
    (['C'], [])
    """
    return [constraint.id for constraint in constraints if _satisfied(constraint, agreement) is False]


class _OutOfBudget(Exception):
    """The search took too many steps."""


def _exists(options: Mapping[str, Sequence[str]], constraints: Sequence[Constraint]) -> bool:
    # Issues that most constraints name come first: a dead end then shows early.
    named = [issue for c in constraints for part in (c.when, c.require, c.forbid) for issue in part]
    order = sorted(set(named), key=lambda issue: -named.count(issue))
    about = {
        issue: [c for c in constraints if issue in c.when or issue in c.require or issue in c.forbid] for issue in order
    }
    steps = 0
    chosen: dict[str, str] = {}

    def search(depth: int) -> bool:
        nonlocal steps
        if depth == len(order):
            return True
        issue = order[depth]
        for option in options[issue]:
            steps += 1
            if steps > _BUDGET:
                raise _OutOfBudget
            chosen[issue] = option
            if all(_satisfied(c, chosen) is not False for c in about[issue]) and search(depth + 1):
                return True
        chosen.pop(issue, None)
        return False

    return search(0)


def empty_because(scenario: Scenario) -> list[str]:
    """Return a smallest set of constraints that leaves no agreement to sign; empty where one is left.

    Smallest means that dropping any one of them leaves an agreement.

    Parameters
    ----------
    scenario : Scenario
        With valid references.

    Returns
    -------
    list of str
        Ids, in the order of the file. Empty, too, where the search ran out of its budget: the
        agreement space then finds out.

    References
    ----------
    Chinneck 2008, *Feasibility and Infeasibility in Optimization*, section 2.4: deletion filter for an
    irreducible infeasible set.

    Examples
    --------
    The pass must be neither shared nor held; the rule on the guard is not to blame:

    >>> import sim
    >>> data = sim.read_scenario("scenarios/tutorial-two-by-two/scenario.yaml").data
    >>> bans = {"A": {"pass": ["shared"]}, "B": {"guard": ["promised"]}, "C": {"pass": ["held"]}}
    >>> rules = [{"id": name, "forbid": ban} for name, ban in bans.items()]
    >>> empty_because(Scenario.model_validate({**data, "constraints": rules}))
    ['A', 'C']
    """
    options = {issue: tuple(spec.options) for issue, spec in scenario.issues.items()}
    try:
        if len(scenario.constraints) == 0 or _exists(options, scenario.constraints):
            return []
        kept = list(scenario.constraints)
        for constraint in scenario.constraints:
            rest = [other for other in kept if other is not constraint]
            if not _exists(options, rest):
                kept = rest
    except (_OutOfBudget, RecursionError):
        return []
    return [constraint.id for constraint in kept]


def combinations(scenario: Scenario) -> int:
    """Return the number of combinations of options, constraints aside."""
    return prod(len(spec.options) for spec in scenario.issues.values())


def reach_of_utility(scenario: Scenario, name: str) -> tuple[float, float]:
    """Return the lowest and highest utility a party with interactions can come to in any world.

    Saliences, option values and interactions are taken at whichever end of their ranges is worst; an
    interaction counts where its options stand together and the constraints let them.

    Parameters
    ----------
    scenario : Scenario
        With valid references.
    name : str
        The party.

    Returns
    -------
    lowest, highest : float

    Notes
    -----
    For one agreement utility is a weighted mean of option values plus interactions. Over saliences in
    boxes the mean is largest with the options of highest value at their highest salience and the others
    at their lowest, for some cut between the two.

    Examples
    --------
    Sharing a guarded pass is worth the least to Hill, 0.2, and here a tenth less:

    >>> import sim
    >>> two = sim.read_scenario("scenarios/tutorial-two-by-two/scenario.yaml")
    >>> both = {"when": {"pass": ["shared"], "guard": ["promised"]}, "value": -0.1}
    >>> reach_of_utility(sim.with_settings(two, {"parties.hill.interactions": [both]}), "hill")
    (0.1, 1.0)
    """
    party = scenario.parties[name]
    named = sorted({issue for interaction in party.interactions for issue in interaction.when})
    sets = [tuple(scenario.issues[issue].options) for issue in named]
    if prod(len(options) for options in sets) > _MAX_JOINT:
        return _loose_reach(party)
    highest, lowest = 0.0, 1.0
    for options in product(*sets):
        chosen = dict(zip(named, options, strict=True))
        if broken_by([c for c in scenario.constraints if c.scope == "always"], chosen):
            continue
        up, down = 0.0, 0.0
        for interaction in party.interactions:
            if _holds(interaction.when, chosen):
                low, high = interaction.value.range
                up, down = up + high, down + low
        highest = max(highest, _extreme_mean(party, chosen, 1) + up)
        lowest = min(lowest, _extreme_mean(party, chosen, -1) + down)
    return lowest, highest


def _extreme_mean(party: Party, chosen: Mapping[str, str], sign: int) -> float:
    """Return the largest (sign 1) or smallest (−1) weighted mean of option values."""
    end = 1 if sign > 0 else 0
    terms = []
    for issue, values in party.utility.items():
        levels = [values[chosen[issue]]] if issue in chosen else list(values.values())
        terms.append((max(sign * level.range[end] for level in levels), party.salience[issue].range))
    terms.sort(key=lambda term: -term[0])
    best = -float("inf")
    for cut in range(len(terms) + 1):
        weights = [span[1] if k < cut else span[0] for k, (_, span) in enumerate(terms)]
        total = sum(weights)
        if total > 0:
            best = max(best, sum(w * value for w, (value, _) in zip(weights, terms, strict=True)) / total)
    return sign * best


def _loose_reach(party: Party) -> tuple[float, float]:
    up = sum(max(0.0, interaction.value.range[1]) for interaction in party.interactions)
    down = sum(min(0.0, interaction.value.range[0]) for interaction in party.interactions)
    return _extreme_mean(party, {}, -1) + down, _extreme_mean(party, {}, 1) + up
