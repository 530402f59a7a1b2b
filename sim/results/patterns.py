"""Seven patterns of the Berlin base case, known from sources outside the article it starts from.

Each is printed as *assumed* (it follows from coded values, whatever anybody does), *calibrated* (numbers were
fitted to it) or *emergent* (it comes of what delegates, guarantors and violators do; nothing was set for it), and
as shown, shown in part or missed, with figures. A miss is a finding: nothing is adjusted until it shows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from sim.after.ratification import logistic_share
from sim.after.terms import Terms
from sim.agreements.payoffs import SCALE, Payoffs
from sim.domain.reader import with_settings
from sim.domain.scenario import Scenario
from sim.domain.streams import Purpose, stream
from sim.domain.world import central_world, draw_world
from sim.errors import ModelError
from sim.negotiation.agenda import Agenda
from sim.negotiation.model import negotiate

__all__ = ["LIVES", "NEEDED_ISSUES", "Pattern", "codings_of", "patterns", "summary"]

#: The issues these patterns speak of.
NEEDED_ISSUES = ("donetsk", "dmz", "monitoring_presence", "security_framework")
_EUROPEANS = ("france", "germany", "italy", "poland", "uk")
#: Fewer deals than this of a kind say nothing.
_FEW = 5
#: Lives of each deal in P7, and how many seeds its worlds are drawn by.
LIVES = 20
SEEDS = 3


@dataclass(frozen=True)
class Pattern:
    """One pattern, and whether the model shows it.

    Attributes
    ----------
    name : str
        P1 to P7.
    title : str
    status : {"assumed", "calibrated", "emergent"}
    shown : bool or None
        None where there is too little to say.
    figures : mapping of str to float
        What was measured, by what it is.
    note : str
        How the figures are to be read.
    missing : str
        What of a pattern that is shown is missed all the same.
    """

    name: str
    title: str
    status: Literal["assumed", "calibrated", "emergent"]
    shown: bool | None
    figures: Mapping[str, float]
    note: str = ""
    missing: str = ""


def patterns(scenario: Scenario, *, runs: int = 100, seed: int = 0) -> list[Pattern]:
    """Measure the seven patterns.

    Parameters
    ----------
    scenario : Scenario
        Of the Berlin family.
    runs : int
        Worlds drawn where a pattern is one of runs.
    seed : int

    Returns
    -------
    list of Pattern

    Raises
    ------
    ModelError
        If the scenario lacks the issues or parties that the patterns speak of.

    Examples
    --------
    >>> import sim
    >>> found = patterns(sim.read_scenario("scenarios/berlin-2025/scenario.yaml"), runs=1)
    >>> [(pattern.name, pattern.status, pattern.shown) for pattern in found[:3]]
    [('P1', 'assumed', True), ('P2', 'emergent', None), ('P3', 'assumed', False)]
    """
    missing = [issue for issue in NEEDED_ISSUES if issue not in scenario.issues]
    missing += [party for party in ("ukraine", "russia", "us", *_EUROPEANS) if party not in scenario.parties]
    if missing:
        raise ModelError(f"the patterns are those of the Berlin base case; this scenario has no {', '.join(missing)}")
    return [
        empty_zone(scenario),
        convergence(scenario, runs, seed),
        binding_issues(scenario),
        ratification_order(scenario),
        reliability(scenario),
        zones(scenario),
        imposed(scenario, runs, seed),
    ]


def codings_of(scenario: Scenario) -> dict[str, Scenario]:
    """Return the scenario under each of its codings by name; under its own where it lists no others.

    Parameters
    ----------
    scenario : Scenario

    Returns
    -------
    dict of str to Scenario
        In the order of names; ``own`` where there are no others.

    Examples
    --------
    >>> import sim
    >>> list(codings_of(sim.read_scenario("scenarios/berlin-2025/scenario.yaml")))[:1]
    ['own']
    """
    rivals = {name: s if not s.codings else with_settings(s, {"codings": {}}) for name, s in scenario.rivals.items()}
    return dict(sorted(rivals.items())) if rivals else {"own": scenario}


# --- P1 ------------------------------------------------------------------------------------------------


def empty_zone(scenario: Scenario) -> Pattern:
    """P1: no package is acceptable to all, also with declared lines real, also under each coding."""
    figures: dict[str, float] = {}
    for name, coding in codings_of(scenario).items():
        for lines, words in (("bluff", "declared lines bluffs"), ("real", "declared lines real")):
            world = central_world(coding, lines="real" if lines == "real" else "bluff")
            figures[f"packages acceptable to all, coding {name}, {words}"] = len(
                Terms.of(world).payoffs.zone_of_agreement()
            )
    return Pattern(
        "P1",
        "No package is acceptable to all",
        "assumed",
        all(value == 0 for value in figures.values()),
        figures,
        "follows from the coded utilities, lines and reservation values alone",
    )


# --- P2 ------------------------------------------------------------------------------------------------


def convergence(scenario: Scenario, runs: int, seed: int) -> Pattern:
    """P2: the US, Ukraine and the Europeans converge on guarantees, with Russia outside.

    Each last text is held against a text drawn at random from the same agenda: what holds of most texts anyway is no
    doing of the talks.
    """
    west = ("ukraine", "us", *_EUROPEANS)
    reached: list[tuple[bool, bool]] = []
    random: list[tuple[float, float]] = []
    together = 0
    for index in range(runs):
        terms = Terms.of(draw_world(scenario, seed, index))
        outcome = negotiate(terms, seed, trace=True)
        if outcome.agreement is not None:
            continue
        last = [event.agreement for event in outcome.trace if event.kind in ("text", "offer")][-1]
        assert last is not None
        columns = [terms.payoffs.column(party) for party in west]
        content = terms.payoffs.acceptable[:, columns].all(axis=1)
        alone = content & ~terms.payoffs.acceptable[:, terms.payoffs.column("russia")]
        binding = terms.space.has("security_framework", _binding(scenario))
        agenda = Agenda.of(terms).agreements
        together += bool(content[last])
        reached.append((bool(alone[last]), bool(binding[last])))
        random.append((float(alone[agenda].mean()), float(binding[agenda].mean())))
    failed = len(reached)
    title, figures = "The West converges on guarantees, Russia stays outside", {"runs without a deal": float(failed)}
    if failed < _FEW:
        return Pattern("P2", title, "emergent", None, figures, f"fewer than {_FEW} runs fail: nothing can be said")
    talks, chance = np.array(reached, dtype=np.float64), np.array(random)
    figures["of these, last text acceptable to the US, Ukraine and all Europeans"] = together / failed
    beyond: list[bool] = []
    for k, words in enumerate(("acceptable to them and not to Russia", "with binding guarantees")):
        low, high = _interval_of_mean(talks[:, k] - chance[:, k], seed)
        figures[f"of these, last text {words}"] = float(talks[:, k].mean())
        figures[f"random texts of the same agenda {words}"] = float(chance[:, k].mean())
        figures[f"difference, {words}, 95 % interval from"] = low
        figures[f"difference, {words}, 95 % interval to"] = high
        beyond.append(low > 0)
    return Pattern(
        "P2",
        title,
        "emergent",
        bool((talks.mean(axis=0) > 0.5).all()) and beyond[0],
        figures,
        "shown if both hold in more than half of the runs that fail, and the convergence more often than in random"
        " texts of the same agenda, beyond chance",
        "" if beyond[1] else "that the talks bring the guarantees: texts of the agenda have them as often anyway",
    )


def _binding(scenario: Scenario) -> list[str]:
    return [option for option in scenario.issues["security_framework"].options if option.startswith("binding")]


def _interval_of_mean(values: NDArray[np.float64], seed: int) -> tuple[float, float]:
    """Return the 95 % bootstrap interval of a mean over worlds; the mean itself where all are alike."""
    if np.ptp(values) == 0:
        return float(values[0]), float(values[0])
    from scipy.stats import bootstrap

    luck = stream(seed, Purpose.BOOTSTRAP, len(values))
    found = bootstrap((values,), np.mean, n_resamples=2000, method="percentile", rng=luck).confidence_interval
    return float(found.low), float(found.high)


# --- P3 ------------------------------------------------------------------------------------------------


def binding_issues(scenario: Scenario) -> Pattern:
    """P3: Donetsk and presence bind.

    An issue binds by as much as the best least margin of all signers would rise if everybody had its best
    option there and no line on it.
    """
    payoffs = Payoffs.of(scenario)
    space, world = payoffs.space, payoffs.world
    level = payoffs.utility / SCALE - payoffs.reservation / SCALE
    crosses = payoffs.crosses_line
    before = _best_least(level, crosses, payoffs)
    figures = {"best least margin as things stand": before}
    rise: dict[str, float] = {}
    for k, issue in enumerate(space.issues):
        freed = level.copy()
        free_lines = np.zeros_like(crosses)
        for column, party in enumerate(payoffs.parties):
            spec = scenario.parties[party]
            total = sum(world.value(spec.salience[i]) for i in space.issues)
            values = np.array([world.value(spec.utility[issue][o]) for o in space.labels[k]])
            weight = world.value(spec.salience[issue]) / total
            freed[:, column] += weight * (values.max() - values[space.options[:, k]])
            for line in spec.red_lines:
                real = [o for o in line.options if line.kind == "hard" or (party, line.issue, o) in world.real_lines]
                if line.issue != issue and real:
                    free_lines[:, column] |= space.has(line.issue, real)
        rise[issue] = _best_least(freed, free_lines, payoffs) - before
    order = sorted(rise, key=lambda issue: (-rise[issue], issue))
    for issue in order:
        figures[f"rise if {issue} were no issue"] = rise[issue]
    expected = ("donetsk", "monitoring_presence")
    places = " and ".join(f"{issue} is number {order.index(issue) + 1}" for issue in expected)
    return Pattern(
        "P3",
        "Donetsk and presence bind",
        "assumed",
        set(order[:2]) == set(expected),
        figures,
        f"shown if these two are the first two of {len(order)}; {places}, the first two are {order[0]} and {order[1]}."
        " The margin is that of the worst-off signer at the best package for it; it rises by so much if everybody"
        " had its own best option on the issue and no red line there",
    )


def _best_least(level: NDArray[np.float64], crosses: NDArray[np.bool_], payoffs: Payoffs) -> float:
    allowed = payoffs.space.signable & ~(crosses & payoffs.must_sign).any(axis=1)
    least = np.where(payoffs.must_sign, level, np.inf).min(axis=1)
    return float(least[allowed].max()) if allowed.any() else float("-inf")


# --- P4 ------------------------------------------------------------------------------------------------

_GUARANTEED = {"security_framework": ["binding_guarantees_open_door"], "guarantee_form": ["congress_approved"]}
_SURVEYED = {
    "line frozen, guarantees (72 %, fitted)": {**_GUARANTEED, "donetsk": ["current_line"]},
    "withdrawal, guarantees (36–40 %, out of time)": {**_GUARANTEED, "donetsk": ["ua_withdrawal_ru_admin"]},
    "withdrawal, no guarantees (17 %, fitted)": {
        "donetsk": ["ua_withdrawal_ru_admin"],
        "security_framework": ["political_assurances"],
    },
}


def ratification_order(scenario: Scenario) -> Pattern:
    """P4: ratification in the order 72 > 36–40 > 17; fitted on 72 and 17 only."""
    if scenario.parties["ukraine"].ratification.logistic is None:
        return Pattern("P4", "Ratification in the order 72 > 36–40 > 17", "calibrated", None, {}, "no logistic model")
    payoffs = Payoffs.of(scenario)
    share = logistic_share(Terms.of(payoffs).tables, "ukraine")
    figures = {}
    for name, condition in _SURVEYED.items():
        rows = payoffs.space.meets(condition)
        figures[name] = float(share[rows].max()) if rows.any() else float("nan")
    high, middle, low = figures.values()
    return Pattern(
        "P4",
        "Ratification in the order 72 > 36–40 > 17",
        "calibrated",
        high > middle > low,
        figures,
        "shown if the order is this; two levels are fitted, the middle one is not, and its survey (January and"
        " February 2026) is later than the base case",
        "" if 0.36 <= middle <= 0.40 else f"the level of the middle text: {100 * middle:.0f} %, the survey 36–40 %",
    )


# --- P5 ------------------------------------------------------------------------------------------------


def reliability(scenario: Scenario) -> Pattern:
    """P5: a more reliable guarantor makes Ukraine readier to give up NATO and Russia less ready to accept."""
    looking_ahead = with_settings(scenario, {"compliance.anticipation": "subgame-perfect"})
    world = central_world(looking_ahead)
    path = "compliance.reliability.probability.security_framework.binding_guarantees_nato_renounced"
    figures: dict[str, float] = {}
    shares: dict[str, list[float]] = {"ukraine": [], "russia": []}
    for q in (0.2, 0.5, 0.9):
        terms = Terms.of(world.with_values({path: q}))
        rows = terms.space.has("security_framework", "binding_guarantees_nato_renounced") & terms.space.signable
        for party, found in shares.items():
            found.append(float(terms.payoffs.acceptable[rows, terms.payoffs.column(party)].mean()))
            figures[f"Q = {q}: packages without NATO that {party} accepts"] = found[-1]
    ukraine, russia = shares["ukraine"], shares["russia"]
    return Pattern(
        "P5",
        "Reliable guarantors: Ukraine readier to give up NATO, Russia less ready to accept",
        "assumed",
        ukraine == sorted(ukraine)
        and ukraine[-1] > ukraine[0]
        and russia == sorted(russia)[::-1]
        and russia[-1] < russia[0],
        figures,
        "follows from the signs of what war with guarantors is worth to either side, no agent acts; under anticipation;"
        " what guarantors decide themselves caps Q",
    )


# --- P6 ------------------------------------------------------------------------------------------------


def zones(scenario: Scenario) -> Pattern:
    """P6: an asymmetric zone fails in Kyiv, a symmetric one in Moscow."""
    figures: dict[str, float] = {}
    shown = implied = True
    for lines in ("bluffs", "real"):
        payoffs = Terms.of(central_world(scenario, lines="real" if lines == "real" else "bluff")).payoffs
        for option, keen, refuser in (
            ("asymmetric_ua_side", "russia", "ukraine"),
            ("symmetric", "ukraine", "russia"),
        ):
            rows = payoffs.space.has("dmz", option) & payoffs.acceptable[:, payoffs.column(keen)]
            refused = 1.0 - float(payoffs.acceptable[rows, payoffs.column(refuser)].mean()) if rows.any() else 1.0
            figures[f"{option}, acceptable to {keen}, lines {lines}: refused by {refuser}"] = refused
            shown &= refused > 0.5
            before = "symmetric" if option == "asymmetric_ua_side" else "asymmetric_ua_side"
            what = f"{option} in place of {before}, all else equal, lines {lines}: {refuser} refuses what it accepted"
            figures[what] = _turned(payoffs, refuser, before, option)
            both = payoffs.acceptable[:, payoffs.column(keen)] & payoffs.acceptable[:, payoffs.column(refuser)]
            implied &= not both[payoffs.space.signable].any()
    return Pattern(
        "P6",
        "An asymmetric zone fails in Kyiv, a symmetric one in Moscow",
        "assumed",
        shown,
        figures,
        "shown if more than half are refused"
        + (
            ". Kyiv and Moscow accept no package in common, so each refuses all that the other accepts, zone or no"
            " zone; what the zone does by itself, the second figure of each pair says"
            if implied
            else ""
        ),
    )


def _turned(payoffs: Payoffs, party: str, before: str, after: str) -> float:
    """Return of the packages a party accepts with one zone the share it refuses with the other, all else equal."""
    space, column = payoffs.space, payoffs.column(party)
    k = space.issues.index("dmz")
    row = space.labels[k]
    accepted = np.flatnonzero(space.has("dmz", before) & payoffs.acceptable[:, column] & space.signable)
    codes = space.code[accepted] + (row.index(after) - row.index(before)) * space.strides[k]
    order = np.argsort(space.code)
    place = np.minimum(np.searchsorted(space.code, codes, sorter=order), space.n_agreements - 1)
    other = order[place][space.code[order[place]] == codes]
    return 1.0 - float(payoffs.acceptable[other, column].mean()) if len(other) else float("nan")


# --- P7 ------------------------------------------------------------------------------------------------


def imposed(scenario: Scenario, runs: int, seed: int) -> Pattern:
    """P7: imposed deals ratify worse and break sooner.

    Deals are what talks sign where the mediator presses; each is lived through `LIVES` times as if it had been
    ratified, imposed ones without the hazard's ratio for imposed deals, which is an assumption. Worlds of several
    seeds are drawn, so that one seed does not decide.
    """
    pressed = with_settings(scenario, {"negotiation.pressure": True})
    chances: dict[bool, list[float]] = {True: [], False: []}
    months: dict[bool, list[float]] = {True: [], False: []}
    with_ratio: list[float] = []
    figures: dict[str, float] = {"worlds of each seed": runs * 4}
    for root in range(seed, seed + SEEDS):
        before = {natural: len(found) for natural, found in months.items()}
        for index in range(runs * 4):
            terms = Terms.of(draw_world(pressed, root, index))
            outcome = negotiate(terms, root)
            if outcome.agreement is None:
                continue
            signs = [terms.parties.index(party) for party in outcome.signers]
            chances[outcome.natural].append(float(terms.at(outcome.agreement).ratification[0, signs].prod()))
            months[outcome.natural].append(_lasts(terms, outcome.agreement, root, True))
            if not outcome.natural:
                with_ratio.append(_lasts(terms, outcome.agreement, root, False))
        here = {natural: found[before[natural] :] for natural, found in months.items()}
        if here[True] and here[False]:
            less = float(np.mean(here[False]) - np.mean(here[True]))
            figures[f"seed {root}: imposed last longer by months, without the assumed ratio"] = less
    for natural, words in ((True, "natural"), (False, "imposed")):
        figures[f"{words} deals"] = len(chances[natural])
        if chances[natural]:
            figures[f"{words}: mean chance of ratification"] = float(np.mean(chances[natural]))
            figures[f"{words}: mean months it lasts, without the assumed ratio"] = float(np.mean(months[natural]))
    if with_ratio:
        figures["imposed: mean months it lasts with the assumed ratio"] = float(np.mean(with_ratio))
    shown: bool | None = None
    note = f"fewer than {_FEW} deals of a kind: nothing can be said"
    if min(len(chances[True]), len(chances[False])) >= _FEW:
        verdicts = []
        for words, found in (("chance of ratification", chances), ("months it lasts", months)):
            low, high = _interval_of_difference(found[False], found[True], seed)
            figures[f"imposed less natural, {words}, 95 % interval from"] = low
            figures[f"imposed less natural, {words}, 95 % interval to"] = high
            verdicts.append(None if low <= 0 <= high else high < 0)
        shown = False if False in verdicts else None if None in verdicts else True
        told = ["as" if v is None else "less" if v else "more" for v in verdicts]
        note = (
            f"imposed deals ratify {told[0]} often and last {told[1]} long, without the hazard ratio assumed for them"
        )
        note += f"; lives are of {LIVES} draws each, at most the horizon; shown or missed only beyond chance"
    return Pattern("P7", "Imposed deals ratify worse and break sooner", "emergent", shown, figures, note)


def _interval_of_difference(first: list[float], second: list[float], seed: int) -> tuple[float, float]:
    """Return the 95 % bootstrap interval of the difference of two means of independent samples."""
    luck = stream(seed, Purpose.BOOTSTRAP, len(first), len(second))
    means = [np.mean(luck.choice(np.array(part), size=(2000, len(part))), axis=1) for part in (first, second)]
    low, high = np.quantile(means[0] - means[1], [0.025, 0.975])
    return float(low), float(high)


def _lasts(terms: Terms, agreement: int, seed: int, natural: bool) -> float:
    from sim.compliance.model import aftermaths

    return float(np.mean([life.months for life in aftermaths(terms, agreement, seed, LIVES, natural)]))


def summary(found: Iterable[Pattern]) -> str:
    """Return how many patterns are shown, missed and open, in words.

    Parameters
    ----------
    found : iterable of Pattern

    Returns
    -------
    str

    Examples
    --------
    >>> summary([Pattern("P1", "", "assumed", True, {}), Pattern("P2", "", "emergent", False, {})])
    '1 shown, 1 missed, 0 open'
    """
    found = list(found)
    verdicts = [pattern.shown for pattern in found]
    partly = sum(pattern.shown is True and bool(pattern.missing) for pattern in found)
    shown = f"{verdicts.count(True)} shown" + (f" ({partly} of them in part)" if partly else "")
    return f"{shown}, {verdicts.count(False)} missed, {verdicts.count(None)} open"
