"""``parley stability``: which agreements would last, what would break them, and explicit conflicts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from sim.commands.options import agreement_index, as_json, given_options, print_json, read, say, set_option

if TYPE_CHECKING:
    from sim.stability.assess import Assessment


@click.command()
@click.argument("scenario", type=click.Path(path_type=Path), required=False)
@set_option
@click.option("--graph", type=click.Path(path_type=Path), help="Judge an explicit conflict in a JSON file instead.")
@click.option("--top", type=click.IntRange(1, 50), default=5, show_default=True, help="Front-runners shown.")
@click.option("--agreement", metavar="ISSUE=OPTION,…|NUMBER", help="Explain this agreement in words.")
@click.option("--foresight", is_flag=True, help="Work out the largest consistent set however long it takes (minutes).")
@click.option("--out", type=click.Path(path_type=Path), help="Write the table of all agreements into this new folder.")
@as_json
def command(
    scenario: Path | None,
    settings: tuple[str, ...],
    graph: Path | None,
    top: int,
    agreement: str | None,
    foresight: bool,
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
        if given_options("--set", "--agreement", "--foresight", "--out", "--top"):
            raise click.UsageError(
                "--set, --agreement, --foresight, --out and --top go with a scenario, not with --graph"
            )
        _conflict(graph, json_)
        return
    assert scenario is not None
    if agreement is not None and given_options("--top"):
        raise click.UsageError("--top is of the front-runners, which are shown without --agreement")
    from sim.present import stability as present
    from sim.present import stability_content
    from sim.stability.assess import assess
    from sim.stability.explain import explain
    from sim.stability.farsighted import QUICK_WORK, WORK_LIMIT

    given = read(scenario, settings)
    if out is not None:
        from sim.results.store import refuse_existing

        refuse_existing(out)
    found = assess(given)
    consistent = found.consistent_set(WORK_LIMIT if foresight else QUICK_WORK)
    if agreement is not None:
        told = explain(found, agreement_index(found.terms.space, agreement))
        if json_:
            print_json({"scenario": given.name, **stability_content.explanation_content(found, told, consistent)})
        else:
            present.print_agreement(found, told, consistent)
    else:
        rows = found.front_runners(min(top, found.n_agreements))
        all_told = [explain(found, int(row)) for row in rows]
        if json_:
            print_json(stability_content.table_content(found, all_told, consistent))
        else:
            present.print_front_runners(found, all_told, consistent)
    if out is not None:
        _write(found, out)
        say(f"Written to {out}", err=json_)


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
    from sim.errors import ResultError

    table = found.to_frame()
    try:
        out.mkdir(parents=True)
        # Fixed decimals: the same table is the same bytes.
        table.to_csv(out / "stability.csv", float_format="%.9f", lineterminator="\n")
    except OSError as problem:
        raise ResultError(f"{out}: cannot be written: {problem.strerror}") from None
