"""``parley robustness``: over which share of worlds packages hold."""

from __future__ import annotations

from pathlib import Path

import click

from sim.commands.options import as_json, print_json


@click.command()
@click.argument("result", type=click.Path(path_type=Path))
@click.option("--by", multiple=True, metavar="FACTOR", help="Report apart by coding or a factor; repeat for several.")
@click.option("--test", default="stable", show_default=True, help="Test whose share ranks the packages.")
@click.option("--top", type=click.IntRange(1, 1000), default=3, show_default=True, help="Packages shown.")
@click.option("--issue", help="Show the best package with each option of this issue.")
@as_json
def command(result: Path, by: tuple[str, ...], test: str, top: int, issue: str | None, json_: bool) -> None:
    """Show over which share of worlds packages hold, from a sweep with --depth exact."""
    show(result, by, test, top, issue, json_)


def show(result: Path, by: tuple[str, ...], test: str, top: int, issue: str | None, json_: bool) -> None:
    """Print or dump the robustness of the packages of an exact sweep."""
    from sim.present.sweeps import print_robustness
    from sim.sweeps.robustness import robustness

    content = []
    for found in robustness(result, by):
        frame = found.to_frame(test, top)
        options = found.by_option(issue, test) if issue else None
        if json_:
            content.append(
                {
                    "group": found.group,
                    "worlds": found.n_worlds,
                    "independent_worlds": found.n_independent,
                    "failed": found.n_failed,
                    "does_not_bind": list(found.silent),
                    "counted": {"draws": found.draws, "rows": found.rows},
                    "packages": [{"agreement": int(str(i)), **row} for i, row in frame.to_dict("index").items()],
                    "options": None if options is None else options.reset_index().to_dict("records"),
                }
            )
            continue
        if options is not None:
            options.attrs["issue"] = issue
        group = ", ".join(f"{key} {value}" for key, value in found.group.items())
        print_robustness(
            frame, found.tests, f"{group}: {found.counted()}", found.scenario, options, found.rows, found.silent
        )
    if json_:
        print_json({"result": str(result), "ranked_by": test, "groups": content})
