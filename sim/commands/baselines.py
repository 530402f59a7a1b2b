"""``parley baselines``: what a spreadsheet would say."""

from __future__ import annotations

from pathlib import Path

import click

from sim.commands.options import as_json, print_json, read, scenario_argument, seed_option, set_option, worlds_option


@click.command()
@scenario_argument
@set_option
@seed_option
@worlds_option(200, least=0, most=10_000)
@click.option("--top", type=click.IntRange(0, 20), default=5, show_default=True, help="Front-runners compared.")
@as_json
def command(scenario: Path, settings: tuple[str, ...], seed: int, worlds: int, top: int, json_: bool) -> None:
    """Hold a scenario against simple forecasts: weighted mean and median, Condorcet election, expected utility."""
    from sim.after.front_runners import front_runners
    from sim.after.terms import Terms
    from sim.baselines.forecasts import baselines_of

    given = read(scenario, settings)
    shortlist = front_runners(Terms.of(given).payoffs, top).tolist() if top else []
    found = baselines_of(given, shortlist, worlds=worlds, seed=seed)
    from sim.present.baselines import baselines_to_json, print_baselines

    if json_:
        print_json(baselines_to_json(found))
    else:
        print_baselines(found)
