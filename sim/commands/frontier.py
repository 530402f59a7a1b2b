"""``parley frontier``: the efficient agreements, the zone, and the bargaining solutions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from sim.commands.options import as_json, print_json, read, scenario_argument, set_option


@click.command()
@scenario_argument
@set_option
@as_json
@click.option("--top", type=click.IntRange(min=1), default=5, show_default=True, help="Efficient agreements shown.")
def command(scenario: Path, settings: tuple[str, ...], json_: bool, top: int) -> None:
    """Show the efficient agreements and the zone of agreement, at central values."""
    from sim.after.terms import Terms
    from sim.agreements.frontier import Frontier
    from sim.domain.world import central_world

    given = read(scenario, settings)
    payoffs = Terms.of(given).payoffs
    frontier = Frontier.of(payoffs)
    all_real = Terms.of(central_world(given, lines="real")).payoffs.zone_of_agreement()
    if json_:
        print_json(_to_json(frontier, len(all_real)))
        return
    from sim.present.frontier import print_frontier

    print_frontier(frontier, len(all_real), top)


def _to_json(frontier: Any, zone_with_lines: int) -> dict[str, Any]:
    payoffs = frontier.payoffs
    zone = set(frontier.zone.tolist())

    def entry(agreement: int) -> dict[str, Any]:
        from sim.agreements.payoffs import SCALE
        from sim.domain.titles import in_file_order

        return {
            "options": in_file_order(payoffs.scenario, payoffs.space.agreement(agreement)),
            "utility": {
                party: int(payoffs.utility[agreement, column]) / SCALE for column, party in enumerate(payoffs.parties)
            },
            "in_zone": agreement in zone,
        }

    solutions = {name: None if found is None else entry(found) for name, found in frontier.solutions.items()}
    return {
        "scenario": payoffs.scenario.name,
        "n_agreements": int(payoffs.space.signable.sum()),
        "zone": {"size": len(zone), "size_with_all_declared_lines_real": zone_with_lines},
        "pareto": [entry(agreement) for agreement in frontier.agreements.tolist()],
        **solutions,
    }
