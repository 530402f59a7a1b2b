"""``parley glossary``: what a word of tables and messages means."""

from __future__ import annotations

from dataclasses import asdict

import click

from sim.commands.options import as_json, print_json


@click.command()
@click.argument("term", nargs=-1)
@as_json
def command(term: tuple[str, ...], json_: bool) -> None:
    """Say what a word means, such as zone, world, natural, Q* or S(12).

    Without TERM, lists every word of the glossary.
    """
    from sim.present.glossary import entries, meaning

    found = [meaning(" ".join(term))] if term else entries()
    if json_:
        print_json({"entries": [asdict(entry) for entry in found]})
        return
    from rich.text import Text

    from sim.present.console import console

    screen = console()
    for entry in found:
        names = f" ({', '.join(entry.others)})" if entry.others else ""
        screen.print(Text.assemble((entry.word, "bold" if term else ""), names, f": {entry.text}" if term else ""))
