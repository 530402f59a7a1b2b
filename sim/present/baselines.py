"""The baselines of a scenario as tables for a terminal, and as plain data."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from sim.agreements.frame import Frame
from sim.baselines.forecasts import METHODS, ROUNDS, Baselines, IssueForecast
from sim.domain.titles import in_file_order, issue_title, option_title, party_title
from sim.present.agreements import letters, print_common_terms, term_rows
from sim.present.console import bold, console, print_table
from sim.present.words import whole_percent

__all__ = ["baselines_to_json", "print_baselines"]

_WEIGHED = {
    "baseline_weights": "the scenario's baseline_weights",
    "capability": "the parties' capability",
    "nothing": "nothing: not every party has a capability or baseline weight, so all weigh the same",
}


def baselines_to_json(found: Baselines) -> dict[str, Any]:
    """Return baselines as plain data, as for ``--json``.

    Parameters
    ----------
    found : Baselines

    Returns
    -------
    dict

    Examples
    --------
    >>> import sim
    >>> from sim.baselines.forecasts import baselines_of
    >>> two = sim.read_scenario("scenarios/tutorial-two-by-two/scenario.yaml")
    >>> content = baselines_to_json(baselines_of(two, [3], worlds=0))
    >>> content["issues"][1]["method"], content["packages"][0]["options"]
    ('weighted_median', {'pass': 'shared', 'guard': 'promised'})
    """
    space = Frame.of(found.scenario).space

    def options(agreement: int | None) -> dict[str, str] | None:
        return None if agreement is None else in_file_order(found.scenario, space.agreement(agreement))

    return {
        "scenario": found.scenario.name,
        "worlds": found.worlds,
        "seed": found.seed,
        "weighed_by": found.weighed_by,
        "weights": found.weights,
        "issues": [asdict(forecast) for forecast in found.issues],
        "packages": [{**asdict(one), "options": options(one.agreement)} for one in found.packages],
    }


def print_baselines(found: Baselines) -> None:
    """Print what each simple forecast says of each issue, then the packages of the shortlist against one another.

    Parameters
    ----------
    found : Baselines

    Examples
    --------
    >>> import sim
    >>> from sim.baselines.forecasts import baselines_of
    >>> two = sim.read_scenario("scenarios/tutorial-two-by-two/scenario.yaml")
    >>> print_baselines(baselines_of(two, [1, 3], worlds=0))
    Two by two: what a spreadsheet would say, at central values
    Weights by nothing: not every party has a capability or baseline weight, so all weigh the same.
    <BLANKLINE>
    issue  forecast             at  read as
    Pass   weighted mean      0.29  shared
           weighted median    0.00  shared
    ...
    """
    from rich.table import Table

    scenario, screen = found.scenario, console()
    drawn = f", and over {found.worlds:,} worlds (seed {found.seed})" if found.worlds else ""
    screen.print(f"{bold(scenario.title)}: what a spreadsheet would say, at central values{drawn}")
    shares = ", ".join(
        f"{party_title(scenario, party)} {whole_percent(weight)}"
        for party, weight in sorted(found.weights.items(), key=lambda pair: (-pair[1], pair[0]))
    )
    listed = "" if found.weighed_by == "nothing" else f": {shares}"
    screen.print(f"Weights by {_WEIGHED[found.weighed_by]}{listed}.\n")
    table = Table("issue", "forecast", box=None, pad_edge=False)
    table.add_column("at", justify="right")
    if found.worlds:
        table.add_column("90 % of worlds", justify="right")
    table.add_column("read as")
    if found.worlds:
        table.add_column("so in", justify="right")
    last = ""
    for forecast in found.issues:
        table.add_row(*_row(found, forecast, new=forecast.issue != last))
        last = forecast.issue
    print_table(screen, table)
    screen.print(
        "\n'at': 0 is an issue's first option in the file, 1 its last, in equal steps; – where they lie on no line.\n"
        f"Expected utility is the weighted mean after {ROUNDS} rounds of challenges. None of these knows red lines,\n"
        "no deal, ratification or what happens after signing.\n"
    )
    _print_packages(found)
    screen.print(
        "On 351 decisions of the European Union the mean error of such forecasts was 23 to 28 on a scale of 100.\n"
        "Nobody has tested them on talks to end a war, and that figure does not carry over."
    )


def _row(found: Baselines, forecast: IssueForecast, *, new: bool) -> list[str]:
    cells = [
        issue_title(found.scenario, forecast.issue) if new else "",
        METHODS.get(forecast.method, forecast.method.replace("_", " ")),
    ]
    cells.append("–" if forecast.place is None else f"{forecast.place:.2f}")
    if found.worlds:
        spread = forecast.low is not None and forecast.high is not None
        cells.append(f"{forecast.low:.2f} to {forecast.high:.2f}" if spread else "–")
    cells.append(option_title(found.scenario, forecast.issue, forecast.option))
    if found.worlds:
        cells.append(whole_percent(forecast.shares[forecast.option]))
    return cells


def _print_packages(found: Baselines) -> None:
    from rich.table import Table

    if not found.packages:
        return
    screen = console()
    space = Frame.of(found.scenario).space
    packages = [one for one in found.packages if one.agreement is not None]
    agreements = [space.agreement(one.agreement) for one in packages if one.agreement is not None]
    print_common_terms(screen, found.scenario, agreements, "All share")
    table = Table("", *letters(len(packages)), "no deal", box=None, pad_edge=False)
    term_rows(table, found.scenario, agreements)
    table.add_row("prevails", *[whole_percent(one.probability) for one in found.packages])
    if found.worlds:
        table.add_row(
            "90 % of worlds",
            *[f"{whole_percent(one.low or 0.0)} to {whole_percent(one.high or 0.0)}" for one in found.packages],
        )
    print_table(screen, table, "A Condorcet election between front-runners and no deal")
    screen.print()
