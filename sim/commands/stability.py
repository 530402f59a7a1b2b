"""``parley stability``: which agreements would last, what would break them, and explicit conflicts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from sim.commands.options import (
    agreement_index,
    agreement_option,
    as_json,
    given_options,
    out_option,
    print_json,
    read,
    say,
    set_option,
)

if TYPE_CHECKING:
    from sim.stability.assess import Assessment

#: Agreements times parties from which the wait is announced: some seconds.
LONG = 2_000_000


@click.command()
@click.argument("scenario", type=click.Path(path_type=Path), required=False)
@set_option
@click.option("--graph", type=click.Path(path_type=Path), help="Judge an explicit conflict in a JSON file instead.")
@click.option("--top", type=click.IntRange(1, 50), default=5, show_default=True, help="Front-runners shown.")
@agreement_option("Explain this one in words.")
@out_option
@as_json
def command(
    scenario: Path | None,
    settings: tuple[str, ...],
    graph: Path | None,
    top: int,
    agreement: str | None,
    out: Path | None,
    json_: bool,
) -> None:
    """Test which agreements would last, and what would break them.

    Exact, at central values and without simulation. Give a scenario, or an explicit conflict with --graph.
    """
    if (scenario is None) == (graph is None):
        raise click.UsageError("give either a scenario or --graph FILE")
    _tell_of_compiling()
    if graph is not None:
        if given_options("--set", "--fix", "--agreement", "--out", "--top"):
            raise click.UsageError("--set, --fix, --agreement, --out and --top go with a scenario, not with --graph")
        _conflict(graph, json_)
        return
    assert scenario is not None
    if agreement is not None and given_options("--top"):
        raise click.UsageError("--top is of the front-runners, which are shown without --agreement")
    from sim.present import stability as present
    from sim.present import stability_json
    from sim.stability.assess import assess
    from sim.stability.explain import explain

    given = read(scenario, settings)
    if out is not None:
        from sim.results.files import is_file_name
        from sim.results.store import refuse_existing

        if not is_file_name(out):
            refuse_existing(out)
    found = assess(given)
    _work_out(found)
    consistent = found.consistent_set
    if agreement is not None:
        told = explain(found, agreement_index(found.payoffs, agreement))
        if json_:
            print_json({"scenario": given.name, **stability_json.explanation_to_json(found, told, consistent)})
        else:
            present.print_agreement(found, told, consistent)
    else:
        rows = found.front_runners(min(top, found.n_agreements))
        all_told = [explain(found, int(row)) for row in rows]
        if json_:
            print_json(stability_json.table_to_json(found, all_told, consistent))
        else:
            present.print_front_runners(found, all_told, consistent)
    if out is not None:
        _write(found, out)
        say(f"Written to {out}", err=json_)


def _work_out(found: Assessment) -> None:
    """Work out every test, and where that takes long say so, and which one is in hand."""
    from sim.stability.assess import BYTES_A_CELL, TESTS

    cells = found.n_agreements * len(found.parties)
    if cells < LONG:
        return
    say(
        f"parley: testing {found.n_agreements:,} agreements for {len(found.parties)} parties takes a while and some "
        f"{cells * BYTES_A_CELL / 1e9:.1f} GB",
        err=True,
    )
    for place, name in enumerate(TESTS, 1):
        say(f"parley: test {place} of {len(TESTS)}: {name}", err=True)
        found.test(name)


def _tell_of_compiling() -> None:
    from sim.agreements.compiled import announce

    announce(lambda: say("parley: compiling the exact engine; this happens once", err=True))


def _conflict(graph: Path, json_: bool) -> None:
    from sim.stability.analysis import analyse
    from sim.stability.graph import read_graph

    analysis = analyse(read_graph(graph))
    if json_:
        print_json(analysis.to_json())
    else:
        from sim.present.conflict import print_conflict

        print_conflict(analysis)


def _write(found: Assessment, out: Path) -> None:
    """Write the table of all agreements: to a file by its ending, else into a new folder."""
    from sim.results.files import ENDINGS, write_table

    file = out if out.suffix.lower() in ENDINGS else out / "stability.csv"
    write_table(file, found.to_frame(), index=True)
