"""``parley zone``: the zone of agreement, or why it is empty."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from sim.commands.options import as_json, print_json, read, scenario_argument, set_option


@click.command()
@scenario_argument
@set_option
@as_json
def command(scenario: Path, settings: tuple[str, ...], json_: bool) -> None:
    """Explain the zone of agreement at central values: who blocks, who agrees, what would open it."""
    from sim.agreements.payoffs import Payoffs
    from sim.agreements.zone import Zone
    from sim.domain.world import central_world
    from sim.present.console import console
    from sim.present.words import in_file_order
    from sim.present.zone import print_nearest, zone_sentences

    given = read(scenario, settings)
    payoffs = Payoffs.of(given)
    zone = Zone.of(payoffs)
    all_real = Payoffs.of(central_world(given, lines="real")).zone_of_agreement()
    if json_:
        openings = [
            {**asdict(o), "agreement": in_file_order(given, payoffs.space.agreement(o.agreement))}
            for o in zone.openings
        ]
        print_json(
            {
                "scenario": given.name,
                "size": len(zone.agreements),
                "size_with_all_declared_lines_real": len(all_real),
                "blockers": [asdict(blocker) for blocker in zone.blockers],
                "largest_agreeing_sets": [list(parties) for parties in zone.agreeing],
                "openings": openings,
            }
        )
        return
    screen = console()
    screen.print(f"[bold]{given.title}[/bold], at central values\n")
    for sentence in zone_sentences(payoffs, zone):
        screen.print(f"• {sentence}")
    if not len(zone.agreements):
        for parties in zone.agreeing:
            left = [spec.title for name, spec in given.parties.items() if name not in parties]
            screen.print(f"• All but {' and '.join(left)} have a zone; no larger set has one.")
    screen.print(f"• With every declared red line real, the zone holds {len(all_real):,}.\n")
    print_nearest(screen, payoffs)
