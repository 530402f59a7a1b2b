"""``parley zone``: the zone of agreement, or why it is empty."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sim.commands.options import (
    agreement_index,
    agreement_option,
    as_json,
    print_json,
    read,
    scenario_argument,
    set_option,
)

if TYPE_CHECKING:
    from sim.agreements.openings import AcceptingChange
    from sim.agreements.payoffs import Payoffs


@click.command()
@scenario_argument
@set_option
@agreement_option("What would make this one acceptable to all.")
@as_json
def command(scenario: Path, settings: tuple[str, ...], agreement: str | None, json_: bool) -> None:
    """Explain the zone of agreement at central values: who blocks, who agrees, what would open it.

    With --agreement, the inverse question: the least change of its terms, and of the parties' numbers,
    that makes this one acceptable to all who must sign.
    """
    from sim.after.terms import Terms
    from sim.agreements.openings import opening_changes
    from sim.agreements.zone import Zone
    from sim.domain.titles import in_file_order, party_title
    from sim.domain.world import central_world
    from sim.present.console import bold, console
    from sim.present.zone import print_bullets, print_changes, print_nearest, zone_sentences

    given = read(scenario, settings)
    payoffs = Terms.of(given).payoffs
    if agreement is not None:
        _repaired(payoffs, agreement, json_)
        return
    zone = Zone.of(payoffs)
    all_real = Terms.of(central_world(given, lines="real")).payoffs.zone_of_agreement()
    changes = opening_changes(payoffs)
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
                "single_changes": [_change(payoffs, change) for change in changes],
            }
        )
        return
    screen = console()
    screen.print(f"{bold(given.title)}, at central values\n")
    sentences = zone_sentences(payoffs, zone)
    if not len(zone.agreements):
        for parties in zone.agreeing:
            left = [party_title(given, name) for name in given.parties if name not in parties]
            sentences.append(f"All but {' and '.join(left)} have a zone; no larger set has one.")
    sentences.append(f"With every declared red line real, the zone holds {len(all_real):,}.")
    print_bullets(screen, sentences)
    screen.print()
    print_changes(screen, payoffs, changes, "Single changes that would open the zone, smallest first")
    print_nearest(screen, payoffs)


def _repaired(payoffs: Payoffs, text: str, json_: bool) -> None:
    from sim.agreements.repair import repair
    from sim.domain.titles import in_file_order
    from sim.present.console import console
    from sim.present.zone import print_repair

    found = repair(payoffs, agreement_index(payoffs, text))
    if not json_:
        print_repair(console(), payoffs, found)
        return

    def options(agreement: int) -> dict[str, str]:
        return in_file_order(payoffs.scenario, payoffs.space.agreement(agreement))

    print_json(
        {
            "scenario": payoffs.scenario.name,
            "agreement": options(found.agreement),
            "acceptable": not found.refusals,
            "refusals": [
                {
                    "party": refusal.party,
                    "margin": refusal.margin,
                    "red_lines": list(refusal.lines),
                    "single_changes": [_change(payoffs, change) for change in refusal.changes],
                }
                for refusal in found.refusals
            ],
            "terms": [{**asdict(terms), "agreement": options(terms.agreement)} for terms in found.terms],
        }
    )


def _change(payoffs: Payoffs, change: AcceptingChange) -> dict[str, Any]:
    from sim.domain.titles import in_file_order

    return {
        **asdict(change),
        "agreement": in_file_order(payoffs.scenario, payoffs.space.agreement(change.agreement)),
    }
