"""``parley codings``: how far rival codings of the same parties agree."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sim.commands.options import as_json, print_json, read, set_option
from sim.errors import ModelError

if TYPE_CHECKING:
    from sim.domain.scenario import Scenario


@click.command()
@click.argument("given", nargs=-1, required=True, type=click.Path(path_type=Path))
@set_option
@as_json
def command(given: tuple[Path, ...], settings: tuple[str, ...], json_: bool) -> None:
    """Measure how far rival codings agree: GIVEN are two scenarios or more, or one that lists its codings."""
    from sim.results.codings import FAR, compare_codings

    codings = _codings(given, settings)
    found = compare_codings(codings)
    if json_:
        print_json(
            {
                "codings": {name: scenario.name for name, scenario in codings.items()},
                "pairs": [asdict(pair) for pair in found.pairs],
                "far": FAR,
                "parties": [asdict(party) for party in found.parties],
                "most_certain": found.parties[0].party,
                "least_certain": found.parties[-1].party,
            }
        )
        return
    from sim.present.codings import print_codings

    print_codings(codings, found)


def _codings(given: tuple[Path, ...], settings: tuple[str, ...]) -> dict[str, Scenario]:
    """Return the codings by a short name: a scenario's own names for them, else letters."""
    scenarios = [read(path, settings) for path in given]
    if len(scenarios) == 1:
        if len(scenarios[0].rivals) < 2:
            raise ModelError(
                f"{given[0]} lists no rival codings; give two scenarios or more, or one that names them under 'codings'"
            )
        return dict(scenarios[0].rivals)
    return {_letter(place): scenario for place, scenario in enumerate(scenarios)}


def _letter(place: int) -> str:
    return chr(ord("A") + place) if place < 26 else f"{place + 1}"
