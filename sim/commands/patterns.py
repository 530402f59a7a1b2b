"""``parley patterns``: hold the model against patterns known from outside."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from sim.commands.options import as_json, print_json, read, scenario_argument, seed_option, set_option, worlds_option


@click.command()
@scenario_argument
@set_option
@seed_option
@worlds_option(most=100_000)
@click.option("--protocols", is_flag=True, help="Show what every protocol reaches under every coding instead.")
@as_json
def command(scenario: Path, settings: tuple[str, ...], seed: int, worlds: int, protocols: bool, json_: bool) -> None:
    """Hold the model against seven patterns known from outside the base case.

    Each is assumed, calibrated or emergent, and shown, missed or open; misses stand. With --protocols: does
    the protocol matter, or only the zone?
    """
    given = read(scenario, settings)
    if protocols:
        from sim.results.reached import reached

        rows = reached(given, runs=worlds, seed=seed)
        if json_:
            print_json({"scenario": given.name, "seed": seed, "reached": [asdict(row) for row in rows]})
            return
        from sim.present.patterns import print_reached

        print_reached(rows)
        return
    from sim.results.patterns import patterns

    found = patterns(given, runs=worlds, seed=seed)
    if json_:
        print_json({"scenario": given.name, "seed": seed, "patterns": [asdict(pattern) for pattern in found]})
        return
    from sim.present.patterns import print_patterns

    print_patterns(found)
