"""``parley compare``: what differs between results or scenarios, under the same worlds."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from sim.commands.options import (
    as_json,
    given_options,
    one_form,
    print_json,
    say,
    seed_option,
    set_option,
    worlds_option,
)

if TYPE_CHECKING:
    from sim.results.compare import Side


@click.command()
@click.argument("given", nargs=-1, required=True, type=click.Path(path_type=Path))
@set_option
@seed_option
@worlds_option()
@click.option("--central", is_flag=True, help="Take central values in every run of a scenario.")
@click.option("--question", "questions", multiple=True, metavar="OUTCOME", help="Ask about this; repeat for several.")
@click.option("--only-changed", is_flag=True, help="Leave out what chance explains (5 %, adjusted).")
@click.option("--md", is_flag=True, help="Print Markdown.")
@click.option("--csv", "csv_", is_flag=True, help="Print CSV.")
@click.option("--packages", is_flag=True, help="With --csv: the packages of exact sweeps that changed, one a row.")
@as_json
def command(
    *,
    given: tuple[Path, ...],
    settings: tuple[str, ...],
    seed: int,
    worlds: int,
    central: bool,
    questions: tuple[str, ...],
    only_changed: bool,
    md: bool,
    csv_: bool,
    packages: bool,
    json_: bool,
) -> None:
    """Compare results or scenarios: each GIVEN with the first.

    Scenarios are run with the same seed, so that they meet the same worlds. A single scenario with --set is
    compared with itself as set. A sweep over several scenarios is compared scenario by scenario; exact sweeps
    that met the same worlds also package by package.

    A few outcomes are questions and adjusted together (zone, agreed, ratified, kept 12 and 60 months, or those
    named with --question); all else is exploratory and marked so.
    """
    one_form("--json", "--csv", "--md")
    if packages and not csv_:
        raise click.UsageError("--packages goes with --csv; the other forms show the packages that changed most")
    results = [(path / "manifest.json").is_file() for path in given]
    if all(results) and (useless := given_options("--set", "--seed", "--runs", "--central")):
        raise click.UsageError(f"{' and '.join(useless)}: of scenarios to be run; all that is compared here is results")
    if len(given) == 1 and not results[0] and not settings:
        raise click.UsageError("a single scenario is compared with itself as set: give --set, or a second one")
    from sim.results.compare import compare

    sides: list[Side | Path] = []
    for path, is_result in zip(given, results, strict=True):
        if is_result:
            sides.append(path)
        else:
            with_set = settings if len(given) > 1 else ()
            sides.append(_run(path, with_set, seed, worlds, central))
    if len(given) == 1 and settings:
        sides.append(_run(given[0], settings, seed, worlds, central))
    found = compare(*sides, questions=questions)
    found = found.only_changed() if only_changed else found
    if json_:
        print_json(found.to_json())
    elif csv_:
        from sim.present.sheets import frame_csv

        table = found.package_table() if packages else found.to_frame()
        say(frame_csv(table), nl=False)
    elif md:
        from sim.present.console import recorded
        from sim.present.sheets import markdown_of
        from sim.present.sweeps import print_comparison

        with recorded() as blocks:
            print_comparison(found)
        say(markdown_of(blocks), nl=False)
    else:
        from sim.present.sweeps import print_comparison

        print_comparison(found)


def _run(path: Path, settings: tuple[str, ...], seed: int, runs: int, central: bool) -> Side:
    from sim.commands.options import read
    from sim.results.batch import run_batch
    from sim.results.compare import Side

    scenario = read(path, settings)
    table = run_batch(scenario, runs=runs, seed=seed, central=central)
    # What was set heads the output: a column as wide as its paths would leave no room for figures.
    name = scenario.name + (" as set" if settings else "")
    return Side(name, table, {}, seed, scenario=scenario)
