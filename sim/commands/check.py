"""``parley check``: read a scenario and report every fault in it."""

from __future__ import annotations

from pathlib import Path

import click

from sim.commands.options import as_json, print_json, say, scenario_argument, set_option, tell_settings
from sim.errors import ScenarioError, ScenarioErrors


@click.command()
@scenario_argument
@set_option
@as_json
def command(scenario: Path, settings: tuple[str, ...], json_: bool) -> None:
    """Read a scenario and report every fault in it; exit 1 if there is one."""
    from sim.agreements.frame import Frame
    from sim.domain.provenance import given_numbers
    from sim.domain.reader import read_scenario
    from sim.domain.shipped import shipped_scenario
    from sim.present.words import counted

    try:
        given = read_scenario(shipped_scenario(scenario), settings)
        space = Frame.of(given).space
    except ScenarioError as fault:
        if not json_:
            raise
        faults = fault.errors if isinstance(fault, ScenarioErrors) else [fault]
        keys = ("file", "line", "column", "path", "message")
        print_json({"ok": False, "faults": [{key: getattr(item, key) for key in keys} for item in faults]})
        raise click.exceptions.Exit(1) from None
    counts = {
        "issues": len(given.issues),
        "options": space.n_options,
        "parties": len(given.parties),
        "constraints": len(given.constraints),
        "combinations": space.n_combinations,
        "agreements": int(space.signable.sum()),
        # Those the file gives, as 'parley explain' lists them; the reader's defaults are nobody's claim.
        "numbers": len(given_numbers(given)),
    }
    tell_settings(given.settings)
    if json_:
        print_json({"ok": True, "scenario": given.name, "hash": given.hash, **counts})
        return
    say(f"{scenario}: no fault found in {given.title!r}")
    say(", ".join(counted(count, what) for what, count in counts.items()))
