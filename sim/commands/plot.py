"""``parley plot``: a figure of a result or scenario, as a file."""

from __future__ import annotations

from pathlib import Path

import click

from sim.commands.options import given_options, say, seed_option, set_option

#: As in ``sim.present.figures.catalogue``, here so that ``--help`` needs nothing that draws.
NAMES = (
    "who-blocks",
    "what-opens",
    "margins",
    "landscape",
    "tests",
    "funnel",
    "by-option",
    "survival",
    "what-decides",
    "compared",
    "stances",
)


@click.command()
@click.argument("source", type=click.Path(path_type=Path))
@click.argument("figure", type=click.Choice(NAMES))
@click.option("--out", type=click.Path(path_type=Path), required=True, help="The file: .svg, .png, .html or .json.")
@set_option
@seed_option
@click.option("--worlds", type=click.IntRange(1, 100_000), default=200, show_default=True, help="Worlds drawn.")
@click.option("--count", type=click.IntRange(1, 6), default=4, show_default=True, help="Agreements side by side.")
@click.option("--party", default="", help="Whose value of no deal is varied; the first party of a landscape.")
@click.option("--other", default="", help="The second party of a landscape.")
@click.option("--issue", default="", help="The issue of by-option.")
@click.option("--outcome", default="agreed", show_default=True, help="Of what-decides; as for parley analyse.")
@click.option("--with", "with_", type=click.Path(path_type=Path), help="The other result of compared.")
def command(
    *,
    source: Path,
    figure: str,
    out: Path,
    settings: tuple[str, ...],
    seed: int,
    worlds: int,
    count: int,
    party: str,
    other: str,
    issue: str,
    outcome: str,
    with_: Path | None,
) -> None:
    """Draw FIGURE of SOURCE, a result or a scenario, into a file.

    \b
    who-blocks    agreements each party refuses, by value and by red line
    what-opens    share of worlds with something to sign against one number
    margins       what the front-runners are worth, party by party
    landscape     all agreements by their worth to two parties
    tests         which agreement passes which test, and who decides
    funnel        how far runs, or agreements, get
    by-option     the best for the signer that gets least, by option of an issue
    survival      how long agreements stay in force
    what-decides  which numbers decide an outcome of a result
    compared      two results side by side
    stances       what each option is worth to each party, with sources
    """  # noqa: D301 (click reads the sign itself)
    from sim.present.figures.catalogue import draw, material_of
    from sim.present.figures.rendering import FORMS, render

    if out.suffix.removeprefix(".") not in FORMS:
        raise click.UsageError(f"--out {out}: a figure is a file ending in {', '.join('.' + form for form in FORMS)}")
    is_result = (source / "manifest.json").is_file()
    if is_result and (useless := given_options("--seed")):
        raise click.UsageError(f"{' and '.join(useless)}: of a scenario; a result has its own seed")
    given = material_of(source, settings, worlds=worlds, seed=seed, count=count, party=party, other=other, issue=issue)
    if figure == "what-decides" and is_result:
        from sim.sweeps.analysis import analyse

        given.analyses = [one.to_json() for one in analyse(source, outcome)]
    if figure == "compared" and with_ is not None:
        from sim.results.compare import compare

        given.comparison = compare(source, with_)
    render(draw(figure, given), out)
    say(f"Written to {out}")
