"""Bargaining domains, as other platforms have them: issues with options, and a profile per party.

A profile gives a weight to each issue, an evaluation to each option and a reservation value:
u = Σ weight × evaluation. That is all a domain holds. On the way out a scenario leaves behind constraints, red
lines, ranges, sources, moves and the time after signing, and `left_behind` names them; what is carried comes
back as it was. The files are those of `sim.domain.bargaining_files`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sim.domain.scenario import Scenario
from sim.domain.writing import safe_names

__all__ = ["BargainingDomain", "Profile", "domain_of", "left_behind", "scenario_data"]


@dataclass(frozen=True)
class Profile:
    """What one party wants.

    Attributes
    ----------
    weight : mapping of issue to float
    evaluation : mapping of issue to mapping of option to float
    reservation : float
    joint : tuple of (mapping of issue to list of options, float)
        What is added where the options of several issues stand together; only non-linear profiles have any.
    """

    weight: dict[str, float]
    evaluation: dict[str, dict[str, float]]
    reservation: float
    joint: tuple[tuple[dict[str, list[str]], float], ...] = ()

    @property
    def scale(self) -> float:
        """What the best agreement would be worth if issues were free of one another; GENIUS calls it 1.

        Examples
        --------
        >>> round(Profile({"a": 0.5, "b": 0.5}, {"a": {"x": 0.8}, "b": {"y": 1.0, "z": 0.2}}, 0.1).scale, 12)
        0.9
        """
        total = sum(self.weight[issue] * max(values.values()) for issue, values in self.evaluation.items())
        return total if total > 0 else 1.0


@dataclass(frozen=True)
class BargainingDomain:
    """Issues with their options, and a profile per party.

    Attributes
    ----------
    name : str
    issues : mapping of issue to list of options
    profiles : mapping of party to Profile
    left : tuple of str
        What the files say that a domain here does not hold, such as a discount factor.
    """

    name: str
    issues: dict[str, list[str]]
    profiles: dict[str, Profile]
    left: tuple[str, ...] = field(default=(), compare=False)


def domain_of(scenario: Scenario) -> BargainingDomain:
    """Return what of a scenario a bargaining domain holds, at central values.

    Parameters
    ----------
    scenario : Scenario

    Returns
    -------
    BargainingDomain
        Weights sum to 1.

    Examples
    --------
    >>> import sim
    >>> domain = domain_of(sim.read_scenario("scenarios/berlin-2025/scenario.yaml"))
    >>> len(domain.issues), sorted(domain.profiles)[:2], domain.profiles["russia"].reservation
    (9, ['france', 'germany'], 0.65)
    """
    profiles = {}
    for name, party in scenario.parties.items():
        given = {issue: party.salience[issue].value for issue in scenario.issues}
        total = sum(given.values())
        # Weights that sum to 1 already stay as they are: dividing would change their last digit.
        scale = 1.0 if abs(total - 1) < 1e-9 else total
        profiles[name] = Profile(
            {issue: value / scale for issue, value in given.items()},
            {i: {o: party.utility[i][o].value for o in spec.options} for i, spec in scenario.issues.items()},
            party.no_deal.reservation.value,
        )
    return BargainingDomain(scenario.name, {i: list(spec.options) for i, spec in scenario.issues.items()}, profiles)


def left_behind(scenario: Scenario) -> list[str]:
    """Return the parts of a scenario that no bargaining domain holds, in words.

    Parameters
    ----------
    scenario : Scenario

    Returns
    -------
    list of str
        Those that the scenario has.

    Examples
    --------
    >>> import sim
    >>> left_behind(sim.read_scenario("scenarios/tutorial-two-by-two/scenario.yaml"))
    ['moves', 'compliance']
    """
    parties = scenario.parties.values()
    found = {
        "constraints": bool(scenario.constraints),
        "moves": any(issue.moves for issue in scenario.issues.values()),
        "red lines": any(party.red_lines for party in parties),
        "interactions": any(party.interactions for party in parties),
        "who must sign": any(not party.signs.always for party in parties),
        "ranges": any(not number.is_certain for number in scenario.numbers.numbers),
        "sources and statuses": any(number.source or number.status for number in scenario.numbers.numbers),
        "compliance": scenario.compliance != type(scenario.compliance)(),
        "rival codings": bool(scenario.codings),
    }
    return [what for what, there in found.items() if there]


def scenario_data(domain: BargainingDomain, as_of: str) -> dict[str, Any]:
    """Return a domain as the plain data of a scenario.

    Parameters
    ----------
    domain : BargainingDomain
    as_of : str
        Date of the scenario; a domain has none.

    Returns
    -------
    dict
        Every number with the status ``stated`` and the domain as source.

    Raises
    ------
    ScenarioError
        If two names become the same when the signs that key paths are written with are replaced.

    Examples
    --------
    >>> import sim
    >>> domain = domain_of(sim.read_scenario("scenarios/tutorial-two-by-two/scenario.yaml"))
    >>> data = scenario_data(domain, as_of="2025")
    >>> list(data["issues"]), data["parties"]["hill"]["no_deal"]
    (['pass', 'guard'], {'reservation': {'value': 0.3, 'status': 'stated', 'source': 'domain'}})
    """
    issue_names = safe_names(list(domain.issues), "issue")
    party_names = safe_names(list(domain.profiles), "party")
    option_names = {i: safe_names(options, f"option of {i}") for i, options in domain.issues.items()}

    def number(value: float) -> dict[str, Any]:
        return {"value": value, "status": "stated", "source": "domain"}

    parties: dict[str, dict[str, Any]] = {}
    for name, profile in domain.profiles.items():
        parties[party_names[name]] = {
            "title": name,
            "salience": {issue_names[i]: number(profile.weight[i]) for i in domain.issues},
            "utility": {
                issue_names[i]: {option_names[i][o]: number(profile.evaluation[i][o]) for o in options}
                for i, options in domain.issues.items()
            },
            "no_deal": {"reservation": number(profile.reservation)},
        }
        if profile.joint:
            parties[party_names[name]]["interactions"] = [
                {
                    "when": {issue_names[i]: [option_names[i][o] for o in held] for i, held in where.items()},
                    "value": number(value),
                }
                for where, value in profile.joint
            ]
    return {
        "schema": 1,
        "name": safe_names([domain.name or "domain"], "name")[domain.name or "domain"],
        "title": domain.name or "Bargaining domain",
        "as_of": as_of,
        "sources": {"domain": {"title": f"Bargaining domain {domain.name}", "kind": "dataset"}},
        "issues": {
            issue_names[i]: {"title": i, "options": {option_names[i][o]: o for o in options}}
            for i, options in domain.issues.items()
        },
        "parties": parties,
        "negotiation": {"protocol": "alternating_offers"},
    }
