"""Names in a scenario must refer to something: the second pass of the reader.

Each rule adds an error at the place of the fault; nothing is raised here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any

from sim.domain.document import MAX_FAULTS, Document, Place
from sim.domain.extensions import ACCEPTANCE, PROTOCOLS, STRATEGIES, TESTS, Names
from sim.domain.feasible import MAX_COMBINATIONS, broken_by, combinations, empty_because, reach_of_utility
from sim.domain.issue import Issue, Phases
from sim.domain.scenario import Scenario, _numbers
from sim.errors import ScenarioError, nearest

__all__ = ["check_references"]


class _Enough(Exception):
    """So many faults that looking on is of no use."""


class _Checker:
    def __init__(self, scenario: Scenario, document: Document) -> None:
        self.scenario = scenario
        self.document = document
        self.errors: list[ScenarioError] = []

    def add(self, place: Place, message: str, *, key: bool = False) -> None:
        self.errors.append(self.document.error(place, message, key=key))
        if len(self.errors) >= MAX_FAULTS:
            raise _Enough

    def name(self, place: Place, given: str, known: Iterable[str], what: str, *, key: bool = False) -> bool:
        names = list(known)
        if given in names:
            return True
        self.add(place, f"unknown {what} {given!r}{nearest(given, names)}", key=key)
        return False

    def named(self, place: Place, given: str, names: Names) -> None:
        if given not in names:
            self.add(place, names.unknown(given))

    def party(self, place: Place, given: str) -> bool:
        return self.name(place, given, self.scenario.parties, "party")

    def condition(self, place: Place, condition: Mapping[str, Iterable[str]]) -> None:
        for issue, options in condition.items():
            if self.name((*place, issue), issue, self.scenario.issues, "issue", key=True):
                for n, option in enumerate(options):
                    at = (*place, issue, n) if (*place, issue, n) in self.document.values else (*place, issue)
                    self.name(at, option, self.scenario.issues[issue].options, "option")

    def table(self, place: Place, table: Mapping[str, Mapping[str, Any]]) -> None:
        for issue, row in table.items():
            if self.name((*place, issue), issue, self.scenario.issues, "issue", key=True):
                for option in row:
                    self.name(
                        (*place, issue, option),
                        option,
                        self.scenario.issues[issue].options,
                        "option",
                        key=True,
                    )


def check_references(scenario: Scenario, document: Document) -> list[ScenarioError]:
    """Return every name that refers to nothing, and every party that leaves something unsaid.

    Parameters
    ----------
    scenario : Scenario
        As validated.
    document : Document
        Where it was read from, for positions.

    Returns
    -------
    list of ScenarioError
        In the order of the file.

    Examples
    --------
    >>> from pathlib import Path
    >>> from sim.domain.document import parse_document
    >>> text = Path("scenarios/tutorial-two-by-two/scenario.yaml").read_text(encoding="utf-8")
    >>> document = parse_document(text.replace("protected: [vale]", "protected: [vail]"))
    >>> [error.message for error in check_references(Scenario.model_validate(document.data), document)]
    ["unknown party 'vail'; did you mean 'vale'?"]
    """
    check = _Checker(scenario, document)
    with suppress(_Enough):
        _issues(check)
        _constraints(check)
        for name in scenario.parties:
            _party(check, name)
        _negotiation(check)
        _no_deal(check)
        _compliance(check)
        _stability(check)
        _groups(check)
        _codings(check)
        _sources(check)
        if not check.errors:
            _consequences(check)
    return sorted(check.errors, key=lambda error: error.line or 0)


def _constraints(check: _Checker) -> None:
    for n, constraint in enumerate(check.scenario.constraints):
        place: Place = ("constraints", n)
        for part in ("when", "require", "forbid"):
            check.condition((*place, part), getattr(constraint, part))
    _unique(check, ("constraints",), [c.id for c in check.scenario.constraints])


def _consequences(check: _Checker) -> None:
    """Ask what follows from the parts together, once each refers to something."""
    scenario = check.scenario
    size = combinations(scenario)
    if size > MAX_COMBINATIONS:
        largest = sorted(scenario.issues.items(), key=lambda item: (-len(item[1].options), item[0]))
        named = ", ".join(f"{issue} ({len(spec.options)} options)" for issue, spec in largest[:5])
        rest = f" and {len(largest) - 5} more" if len(largest) > 5 else ""
        check.add(
            ("issues",),
            f"{size:,} combinations of options, more than the {MAX_COMBINATIONS:,} that are worked through;"
            f" join or drop options of {named}{rest}",
            key=True,
        )
        return
    conflict = empty_because(scenario)
    if conflict:
        first = next(n for n, constraint in enumerate(scenario.constraints) if constraint.id == conflict[0])
        names = ", ".join(conflict)
        which = f"{names} leaves" if len(conflict) == 1 else f"{names} together leave"
        check.add(("constraints", first), f"{which} no agreement; drop or loosen one of them")
    always = [constraint for constraint in scenario.constraints if constraint.scope == "always"]
    for name, state in scenario.no_deal.end_states.items():
        broken = broken_by(always, state.agreement)
        if broken:
            check.add(("no_deal", "end_states", name, "agreement"), f"cannot exist: it breaks {', '.join(broken)}")
    for name, party in scenario.parties.items():
        if party.interactions:
            _bounded(check, name)


def _unique(check: _Checker, place: Place, ids: list[str]) -> None:
    seen: set[str] = set()
    for n, given in enumerate(ids):
        if given and given in seen:
            check.add((*place, n, "id"), f"the id {given!r} is given twice")
        seen.add(given)


def _issues(check: _Checker) -> None:
    ids: list[str] = []
    for name, issue in check.scenario.issues.items():
        for option, spec in issue.options.items():
            if spec.phases is not None:
                _phases(check, ("issues", name, "options", option, "phases", "from"), option, spec.phases, issue)
        for n, move in enumerate(issue.moves):
            place: Place = ("issues", name, "moves", n)
            check.name((*place, "from"), move.from_, issue.options, "option")
            check.name((*place, "to"), move.to, issue.options, "option")
            for party in move.parties:
                at = (*place, "party") if (*place, "party") in check.document.values else (*place, "parties")
                check.party(at, party)
            check.condition((*place, "when"), move.when)
            if move.id and move.id in ids:
                check.add((*place, "id"), f"the id {move.id!r} is given twice")
            ids.append(move.id)


def _phases(check: _Checker, place: Place, option: str, phases: Phases, issue: Issue) -> None:
    if not check.name(place, phases.from_, issue.options, "option"):
        return
    if phases.from_ == option:
        check.add(place, "an option is delivered from another one; name the option that stands before the first part")
    elif issue.options[phases.from_].phases is not None:
        check.add(
            place,
            f"{phases.from_!r} is delivered in steps itself; name an option that stands whole before the first part",
        )


def _party(check: _Checker, name: str) -> None:
    scenario, party = check.scenario, check.scenario.parties[name]
    place: Place = ("parties", name)
    for part in ("salience", "utility"):
        given = getattr(party, part)
        for issue in given:
            check.name((*place, part, issue), issue, scenario.issues, "issue", key=True)
        missing = [issue for issue in scenario.issues if issue not in given]
        if missing:
            check.add((*place, part), f"says nothing on {', '.join(missing)}; give every issue")
    for issue, values in party.utility.items():
        if issue in scenario.issues:
            options = scenario.issues[issue].options
            for option in values:
                check.name((*place, "utility", issue, option), option, options, "option", key=True)
            missing = [option for option in options if option not in values]
            if missing:
                rest = ", ".join(missing)
                check.add((*place, "utility", issue), f"gives no value to {rest}; give every option")
    if party.salience and not any(s.value > 0 for s in party.salience.values()):
        check.add((*place, "salience"), "all saliences are zero; at least one issue must matter")
    for n, interaction in enumerate(party.interactions):
        check.condition((*place, "interactions", n, "when"), interaction.when)
        if len(interaction.when) < 2:
            check.add((*place, "interactions", n, "when"), "an interaction joins options of two issues or more")
    for n, line in enumerate(party.red_lines):
        at: Place = (*place, "red_lines", n)
        if check.name((*at, "issue"), line.issue, scenario.issues, "issue"):
            for k, option in enumerate(line.options):
                check.name((*at, "options", k), option, scenario.issues[line.issue].options, "option")
    for n, condition in enumerate(party.signs.when):
        check.condition((*place, "signs", "when", n), condition)
    lottery = party.no_deal.lottery
    if lottery is not None:
        for state in lottery.beliefs:
            check.name(
                (*place, "no_deal", "lottery", "beliefs", state),
                state,
                scenario.no_deal.end_states,
                "end state",
                key=True,
            )
        if not any(belief.value > 0 for belief in lottery.beliefs.values()):
            check.add((*place, "no_deal", "lottery", "beliefs"), "all probabilities are zero")
    elif scenario.no_deal.basis == "lottery":
        check.add((*place, "no_deal"), "the scenario reads no deal as a lottery; give this party 'lottery'")
    check.named((*place, "strategy", "name"), party.strategy.name, STRATEGIES)
    check.named((*place, "strategy", "acceptance"), party.strategy.acceptance, ACCEPTANCE)
    if party.strategy.name == "rational" and scenario.negotiation.information != "complete":
        check.add(
            (*place, "strategy", "name"),
            "'rational' needs everybody's payoffs; say negotiation.information: complete, or take another strategy",
        )
    _party_tables(check, name)


def _bounded(check: _Checker, name: str) -> None:
    """Refuse utilities that can leave [0, 1]: clipping them would make ties."""
    lowest, highest = reach_of_utility(check.scenario, name)
    if highest > 1 + 1e-12 or lowest < -1e-12:
        reach = f"rise to {highest:.3g}" if highest > 1 + 1e-12 else f"fall to {lowest:.3g}"
        check.add(
            ("parties", name, "interactions"),
            f"with these interactions utility can {reach}, ranges included; it must stay within 0 and 1 (lower the"
            " option values or the interactions)",
        )


def _party_tables(check: _Checker, name: str) -> None:
    party = check.scenario.parties[name]
    place: Place = ("parties", name)
    check.table((*place, "after", "shift"), party.after.shift)
    check.table((*place, "after", "response", "victim"), party.after.response.victim)
    check.table((*place, "after", "response", "violator"), party.after.response.violator)
    if party.guarantor is not None:
        for part in ("stake_by", "cost", "capability", "penalty"):
            check.table((*place, "guarantor", part), getattr(party.guarantor, part))
    check.table((*place, "ratification", "probability"), party.ratification.probability)
    if party.ratification.logistic is not None:
        for part, spec in party.ratification.logistic.parts.items():
            check.table((*place, "ratification", "logistic", "parts", part, "table"), spec.table)
    for faction, voters in party.ratification.factions.items():
        at: Place = (*place, "ratification", "factions", faction)
        for issue in voters.salience:
            check.name((*at, "salience", issue), issue, check.scenario.issues, "issue", key=True)
        check.table((*at, "utility"), voters.utility)


def _negotiation(check: _Checker) -> None:
    scenario = check.scenario
    talks = scenario.negotiation
    check.named(("negotiation", "protocol"), talks.protocol, PROTOCOLS)
    if talks.mediator is not None:
        check.party(("negotiation", "mediator"), talks.mediator)
    if talks.opener is not None:
        check.party(("negotiation", "opener"), talks.opener)
    for n, pair in enumerate(talks.closed_channels):
        for k, party in enumerate(pair):
            check.party(("negotiation", "closed_channels", n, k), party)
        if len(set(pair)) < 2:
            check.add(("negotiation", "closed_channels", n), "a channel joins two different parties")
    for n, party in enumerate(talks.veto):
        check.party(("negotiation", "veto", n), party)
    if talks.veto and talks.quota is None:
        check.add(("negotiation", "veto"), "'veto' goes with 'quota': without one every signature is needed")
    if talks.quota is not None and talks.quota > len(scenario.parties):
        check.add(("negotiation", "quota"), f"asks for {talks.quota} signatures of {len(scenario.parties)} parties")
    settled: dict[str, str] = {}
    for name, stage in talks.stages.items():
        place: Place = ("negotiation", "stages", name)
        for n, issue in enumerate(stage.issues):
            if check.name((*place, "issues", n), issue, scenario.issues, "issue"):
                if issue in settled:
                    check.add((*place, "issues", n), f"stage {settled[issue]!r} settles this issue already")
                settled[issue] = name
        for issue, option in stage.meanwhile.items():
            if check.name((*place, "meanwhile", issue), issue, scenario.issues, "issue", key=True):
                check.name((*place, "meanwhile", issue), option, scenario.issues[issue].options, "option")
    open_issues = list(settled)
    for name, stage in talks.stages.items():
        open_issues = [issue for issue in open_issues if issue not in stage.issues]
        unsaid = [issue for issue in open_issues if issue not in stage.meanwhile]
        if unsaid:
            place = ("negotiation", "stages", name, "meanwhile")
            check.add(place, f"says nothing on {', '.join(unsaid)}, which a later stage settles; give every such issue")
    if talks.stages:
        missing = [issue for issue in scenario.issues if issue not in settled]
        if missing:
            check.add(("negotiation", "stages"), f"no stage settles {', '.join(missing)}")


def _no_deal(check: _Checker) -> None:
    scenario = check.scenario
    for name, state in scenario.no_deal.end_states.items():
        place: Place = ("no_deal", "end_states", name, "agreement")
        for issue, option in state.agreement.items():
            if check.name((*place, issue), issue, scenario.issues, "issue", key=True):
                check.name((*place, issue), option, scenario.issues[issue].options, "option")
        missing = [issue for issue in scenario.issues if issue not in state.agreement]
        if missing:
            check.add(place, f"leaves out {', '.join(missing)}; an end state names every issue")
    for n, party in enumerate(scenario.no_deal.belligerents):
        check.party(("no_deal", "belligerents", n), party)
    low, high = scenario.no_deal.shock_correlation.range
    if low < -1 or high > 1:
        check.add(("no_deal", "shock_correlation"), f"a correlation lies between -1 and 1, not in [{low:g}, {high:g}]")


def _compliance(check: _Checker) -> None:
    scenario, compliance = check.scenario, check.scenario.compliance
    place: Place = ("compliance",)
    for part in ("violators", "protected"):
        for n, party in enumerate(getattr(compliance, part)):
            check.party((*place, part, n), party)
    for part in ("months", "factor", "decision"):
        check.table((*place, "response_lag", part), getattr(compliance.response_lag, part))
    check.table((*place, "reliability", "probability"), compliance.reliability.probability)
    check.table((*place, "reliability", "factor"), compliance.reliability.factor)
    check.condition((*place, "reliability", "factor_when"), compliance.reliability.factor_when)
    guarantees = compliance.guarantees
    for n, party in enumerate(guarantees.members):
        if check.party((*place, "guarantees", "members", n), party) and scenario.parties[party].guarantor is None:
            check.add((*place, "guarantees", "members", n), f"party {party!r} has no 'guarantor' record")
    for party, condition in guarantees.last.items():
        check.party((*place, "guarantees", "last", party), party)
        check.condition((*place, "guarantees", "last", party), condition)
    for part in ("required", "execution_failure", "penalty_factor", "rule"):
        check.table((*place, "guarantees", part), getattr(guarantees, part))
    hazard = compliance.hazard
    if hazard.baseline and compliance.structure not in hazard.baseline:
        check.add(
            (*place, "structure"),
            f"unknown structure {compliance.structure!r}{nearest(compliance.structure, list(hazard.baseline))}",
        )
    for structure, table in hazard.ratio.items():
        if check.name((*place, "hazard", "ratio", structure), structure, hazard.baseline, "structure", key=True):
            check.table((*place, "hazard", "ratio", structure), table)
    for part in ("floor", "imposed"):
        for structure in getattr(hazard, part):
            check.name((*place, "hazard", part, structure), structure, hazard.baseline, "structure", key=True)
    check.condition((*place, "deterrence", "pact"), compliance.deterrence.pact)
    if compliance.power_shift is not None:
        check.party((*place, "power_shift", "rising"), compliance.power_shift.rising)
        check.party((*place, "power_shift", "declining"), compliance.power_shift.declining)
        check.table((*place, "power_shift", "change_by"), compliance.power_shift.change_by)


def _stability(check: _Checker) -> None:
    for n, test in enumerate(check.scenario.stability.require):
        check.named(("stability", "require", n), test, TESTS)
    for n, coalition in enumerate(check.scenario.stability.coalitions):
        place: Place = ("stability", "coalitions", n)
        for k, party in enumerate(coalition.members):
            check.party((*place, "members", k), party)
        for k, issue in enumerate(coalition.controls):
            check.name((*place, "controls", k), issue, check.scenario.issues, "issue")


def _groups(check: _Checker) -> None:
    for name, group in check.scenario.groups.items():
        place: Place = ("groups", name)
        if name in check.scenario.parties:
            check.add(place, f"a party is named {name!r} as well", key=True)
        if check.party((*place, "like"), group.like) and group.vary:
            known = [path for path, _ in _numbers(check.scenario.parties[group.like], "")]
            for path in group.vary:
                check.name((*place, "vary", path), path, known, "number of a party", key=True)


def _codings(check: _Checker) -> None:
    codings = check.scenario.codings
    if codings and not any(coding.weight.value > 0 for coding in codings.values()):
        check.add(("codings",), "all weights are zero; give at least one coding a positive weight")
    for party in check.scenario.baseline_weights:
        check.name(("baseline_weights", party), party, check.scenario.parties, "party", key=True)
    without = [party for party in check.scenario.parties if party not in check.scenario.baseline_weights]
    if check.scenario.baseline_weights and without:
        named = ", ".join(without[:5]) + (", …" if len(without) > 5 else "")
        check.add(("baseline_weights",), f"no weight for {named}; give one for every party, or none", key=True)


def _sources(check: _Checker) -> None:
    known = check.scenario.sources
    for path, number in _numbers(check.scenario, ""):
        for source in number.sources:
            if source.partition("#")[0] not in known:
                place = _as_place(path, check.document)
                check.name((*place, "source"), source.partition("#")[0], known, "source")
    for place, given in _source_fields(check.scenario):
        for reference in [given] if isinstance(given, str) else given:
            if reference.partition("#")[0] not in known:
                check.name((*place, "source"), reference.partition("#")[0], known, "source")


def _source_fields(scenario: Scenario) -> Iterable[tuple[Place, str | list[str]]]:
    for n, note in enumerate(scenario.notes):
        if note.source:
            yield ("notes", n), note.source
    for issue, spec in scenario.issues.items():
        for option, said in spec.options.items():
            if said.phases is not None and said.phases.source:
                yield ("issues", issue, "options", option, "phases"), said.phases.source
        for n, move in enumerate(spec.moves):
            if move.source:
                yield ("issues", issue, "moves", n), move.source
    for n, constraint in enumerate(scenario.constraints):
        if constraint.source:
            yield ("constraints", n), constraint.source
    for name, party in scenario.parties.items():
        for n, line in enumerate(party.red_lines):
            if line.source:
                yield ("parties", name, "red_lines", n), line.source
        if party.signs.source:
            yield ("parties", name, "signs"), party.signs.source
    for n, coalition in enumerate(scenario.stability.coalitions):
        if coalition.source:
            yield ("stability", "coalitions", n), coalition.source


def _as_place(path: str, document: Document) -> Place:
    return tuple(
        int(step) if step.isdigit() and (*_prefix(path, n), int(step)) in document.values else step
        for n, step in enumerate(path.split("."))
    )


def _prefix(path: str, n: int) -> Place:
    return tuple(int(step) if step.isdigit() else step for step in path.split(".")[:n])
