"""``parley report``: all there is to say on a result or scenario, as one file."""

from __future__ import annotations

from pathlib import Path

import click

from sim.commands.options import given_options, say, seed_option, set_option

FORMS = ("html", "docx", "md")


@click.command()
@click.argument("source", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), required=True, help="The file: .html, .docx or .md.")
@click.option("--form", type=click.Choice(FORMS), help="By default that of the file's ending.")
@set_option
@seed_option
@click.option("--worlds", type=click.IntRange(1, 100_000), default=100, show_default=True, help="Worlds drawn.")
@click.option("--outcome", default="agreed", show_default=True, help="What is asked what decides it, in a sweep.")
@click.option("--live/--no-live", default=True, help="Whether the live page is part of an HTML report.")
def command(
    source: Path,
    out: Path,
    form: str | None,
    settings: tuple[str, ...],
    seed: int,
    worlds: int,
    outcome: str,
    live: bool,
) -> None:
    """Write a report on SOURCE, a result or a scenario: answer, figures, tests, durability, assumptions, limits."""
    from sim.errors import ModelError
    from sim.present.figures.catalogue import material_of
    from sim.present.report.contents import report_of
    from sim.present.report.documents import docx_report, markdown_report
    from sim.present.report.html import html_report

    kind = form or out.suffix.removeprefix(".")
    if kind not in FORMS:
        raise click.UsageError(f"--out {out}: a report is a file ending in {', '.join('.' + one for one in FORMS)}")
    is_result = (source / "manifest.json").is_file()
    if is_result and (useless := given_options("--seed")):
        raise click.UsageError(f"{' and '.join(useless)}: of a scenario; a result has its own seed")
    given = material_of(source, settings, worlds=worlds, seed=seed)
    if given.manifest is not None and given.manifest.kind == "sweep" and "agreed" in given.table:  # type: ignore[operator]
        from sim.sweeps.analysis import analyse

        given.analyses = [one.to_json() for one in analyse(source, outcome, missing="drop")]
    report = report_of(given, str(source))
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        if kind == "html":
            out.write_text(html_report(report, live=live), encoding="utf-8")
        elif kind == "docx":
            docx_report(report, out)
        else:
            markdown_report(report, out)
    except OSError as problem:
        raise ModelError(f"{out}: cannot be written: {problem.strerror}") from None
    say(f"Written to {out} ({out.stat().st_size:,} bytes)")
