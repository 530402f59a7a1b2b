"""``parley query``: ask a result with SQL."""

from __future__ import annotations

from pathlib import Path

import click

from sim.commands.options import as_json, one_form, print_json, say


@click.command()
@click.argument("results", nargs=-1, type=click.Path(path_type=Path))
@click.argument("sql")
@click.option("--columns", is_flag=True, help="Tell what each column of the result holds; takes no SQL.")
@click.option("--csv", "csv_", is_flag=True, help="Print CSV instead of a table.")
@click.option("--memory", default="2GB", show_default=True, metavar="AMOUNT", help="Memory that the question may take.")
@click.option(
    "--seconds",
    type=click.FloatRange(min=0, min_open=True),
    default=60.0,
    show_default=True,
    help="Time that it may take.",
)
@as_json
def command(
    results: tuple[Path, ...], sql: str, columns: bool, csv_: bool, memory: str, seconds: float, json_: bool
) -> None:
    """Ask one or more RESULTS with one SELECT; tables: runs, and design for a sweep.

    parley query results/zone "select point, avg(agreed::int) from runs group by point order by point"

    parley query results/zone --columns
    """
    one_form("--json", "--csv")
    if columns:
        from sim.results.query import columns_of

        if results:
            raise click.UsageError("--columns: give one result and no SQL")
        answer = columns_of(Path(sql))
    else:
        from sim.results.query import query

        if not results:
            raise click.UsageError("give a result and a question in SQL, or a result and --columns")
        answer = query(list(results), sql, memory=memory, seconds=seconds)
    if json_:
        print_json({"columns": [str(c) for c in answer.columns], "rows": answer.to_dict("records")})
    elif csv_:
        from sim.present.sheets import frame_csv

        say(frame_csv(answer), nl=False)
    elif columns:
        from rich.table import Table

        from sim.present.console import console, print_table

        table = Table(*answer.columns, box=None, pad_edge=False)
        for row in answer.itertuples(index=False):
            table.add_row(*row)
        print_table(console(), table)
    else:
        from sim.present.console import print_frame

        print_frame(answer)
