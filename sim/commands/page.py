"""``parley page``: one file that a reader opens from disk, moves numbers in and sees who then blocks."""

from __future__ import annotations

from pathlib import Path

import click

from sim.commands.options import read, say, scenario_argument, set_option


@click.command()
@scenario_argument
@set_option
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Write the page to this file.")
@click.option("--tests/--no-tests", default=True, help="Hold the tests after signing along every number (a minute).")
def command(scenario: Path, settings: tuple[str, ...], out: Path, tests: bool) -> None:
    """Write a live page: one file that recomputes the scenario in a browser, without a server."""
    from sim.agreements.compiled import announce
    from sim.errors import ResultError
    from sim.present.page.page import MAX_BYTES, live_page

    given = read(scenario, settings)
    if tests:
        announce(lambda: say("parley: compiling the exact engine; this happens once", err=True))
        say("parley: testing packages along every number; --no-tests leaves that out", err=True)
    text = live_page(given, tests=tests).encode()
    if len(text) > MAX_BYTES:
        say(f"parley: the page has {len(text):,} bytes, more than {MAX_BYTES:,}", err=True)
    try:
        out.write_bytes(text)
    except OSError as problem:
        raise ResultError(f"{out}: cannot be written: {problem.strerror}") from None
    say(f"Written to {out} ({len(text):,} bytes): open it in a browser")
