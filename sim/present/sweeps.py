"""Sweeps, robustness, comparisons and analyses, as a person wants to read them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sim.domain.titles import column_in_words, issue_title, option_title, party_title, path_in_words
from sim.present.agreements import print_common_terms, term_rows
from sim.present.console import bold, console, print_table
from sim.present.outcomes import percent, share_in_words
from sim.present.stability import DOES_NOT_BIND
from sim.present.words import counted
from sim.results.comparison import EXPLORATORY, Comparison, Difference, PackageDifferences, rounded
from sim.results.intervals import Interval, share_of_rows
from sim.results.keys import failed_runs

if TYPE_CHECKING:
    import pandas as pd

    from sim.domain.scenario import Scenario

__all__ = ["point_rows", "print_analysis", "print_comparison", "print_points", "print_robustness"]

#: Rows shown of a long table; the rest is in the result folder.
SHOWN = 40
#: Exploratory outcomes of a comparison shown: so many at least, and of those that changed so many at most.
LEADS, EXPLORED = 5, 12
#: Inputs of a comparison shown.
INPUTS = 12
#: Quasi-p from which a restriction of a region may be chance.
CHANCE = 0.05
#: Packages shown side by side.
PACKAGES = 4


def point_rows(table: pd.DataFrame, factors: Sequence[str]) -> list[dict[str, Any]]:
    """Return one entry per point and scenario: how often runs agree, and what stands against it.

    Parameters
    ----------
    table : pandas.DataFrame
        Runs of a simulated sweep.
    factors : sequence of str
        Columns that say what a point sets.

    Returns
    -------
    list of dict
        ``scenario``, ``point``, the factors, ``runs``, ``failed``, ``agreed`` and ``zone`` (intervals),
        ``rounds`` (median with agreement), ``last_refuser`` (most frequent without).

    Examples
    --------
    >>> import pandas as pd
    >>> runs = {"world": [0, 1, 0, 1], "agreed": [True, True, True, False], "last_refuser": ["", "", "", "hill"]}
    >>> table = pd.DataFrame({"point": [0, 0, 1, 1], "scenario": "talks", "r": [0.3, 0.3, 0.9, 0.9], **runs})
    >>> rows = point_rows(table.assign(error=None, zone=[2, 2, 1, 0], rounds=[7, 9, 12, None]), ["r"])
    >>> [(row["point"], float(row["r"]), row["agreed"].estimate, row["rounds"], row["last_refuser"]) for row in rows]
    [(0, 0.3, 1.0, 8.0, ''), (1, 0.9, 0.5, 12.0, 'hill')]
    """
    found = []
    for (point, scenario), rows in table.groupby(["point", "scenario"], sort=True):
        fine = rows[~failed_runs(rows)]
        signed = fine["agreed"].astype(bool)
        refusers = fine.loc[~signed, "last_refuser"].value_counts()
        worlds = fine["world"].to_numpy()
        found.append(
            {
                "scenario": str(scenario),
                "point": int(str(point)),
                **{name: rows[name].iloc[0] for name in factors},
                "runs": len(rows),
                "failed": len(rows) - len(fine),
                "agreed": share_of_rows(signed.to_numpy(), worlds),
                "zone": share_of_rows((fine["zone"] > 0).to_numpy(), worlds),
                "rounds": float(fine.loc[signed, "rounds"].median()) if signed.any() else float("nan"),
                "last_refuser": "" if refusers.empty else str(refusers.index[0]),
            }
        )
    return found


def _value(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    return value.replace("_", " ") if isinstance(value, str) else str(value)


def print_points(rows: Sequence[Mapping[str, Any]], factors: Sequence[str], title: str, scenario: Scenario) -> None:
    """Print one line per point and scenario of a simulated sweep.

    Parameters
    ----------
    rows : sequence of mapping
        From `point_rows`; the first `SHOWN` are printed.
    factors : sequence of str
        Columns that say what a point sets.
    title : str
    scenario : Scenario
        For the titles of parties and numbers.

    Examples
    --------
    >>> import sim
    >>> two = sim.read_scenario("scenarios/tutorial-two-by-two/scenario.yaml")
    >>> row = {"scenario": "talks", "r": 0.3, "runs": 50, "failed": 0, "rounds": 8.0, "last_refuser": "hill"}
    >>> row |= {"agreed": Interval(0.9, 0.79, 0.96, "wilson"), "zone": Interval(1.0, 0.93, 1.0, "wilson")}
    >>> print_points([row], ["r"], "What opens the zone?", two)
    What opens the zone?
      r  runs           agreed     a zone exists  weeks  else last refused by
    0.3    50  90 % (79–96 %)  100 % (93–100 %)      8  Hill
    """
    from rich.table import Table

    screen = console()
    several = len({row["scenario"] for row in rows}) > 1
    table = Table(box=None, pad_edge=False)
    if several:
        table.add_column("scenario")
    for name in factors:
        table.add_column(path_in_words(scenario, name), justify="right")
    for name in ("runs", "agreed", "a zone exists", "weeks", "else last refused by"):
        table.add_column(name, justify="left" if name.startswith("else") else "right")
    for row in rows[:SHOWN]:
        failed = f" ({row['failed']} failed)" if row["failed"] else ""
        cells = [row["scenario"]] if several else []
        cells += [_value(row[name]) for name in factors]
        cells += [f"{row['runs']}{failed}", share_in_words(row["agreed"]), share_in_words(row["zone"])]
        cells += [
            "–" if math.isnan(row["rounds"]) else f"{row['rounds']:g}",
            party_title(scenario, row["last_refuser"]) or "–",
        ]
        table.add_row(*cells)
    print_table(screen, table, title)
    if len(rows) > SHOWN:
        screen.print(f"… and {len(rows) - SHOWN} further lines; they are in the result")


def print_robustness(
    frame: pd.DataFrame,
    tests: Sequence[str],
    title: str,
    scenario: Scenario,
    options: pd.DataFrame | None = None,
    rows: str = "worlds",
    silent: Sequence[str] = (),
) -> None:
    """Print the most robust packages: shares of worlds per test, regret, and who breaks them.

    Parameters
    ----------
    frame : pandas.DataFrame
        From `Robustness.ranked`.
    tests : sequence of str
        Which tests to print.
    title : str
    scenario : Scenario
        For the titles of issues, options and parties.
    options : pandas.DataFrame, optional
        From `Robustness.by_option`, with the key of the issue under ``attrs["issue"]``.
    rows : str
        What the shares are of.
    silent : sequence of str
        Tests that do not bind.

    Examples
    --------
    >>> import sim
    >>> from sim.sweeps.robustness import robustness
    >>> from sim.sweeps.results import sweep
    >>> two = sim.read_scenario("scenarios/tutorial-two-by-two/scenario.yaml")
    >>> found = robustness(sweep(sim.Design(two, worlds=3, depth="exact"), workers=0, quiet=True))[0]
    >>> print_robustness(found.to_frame(top=2), ["acceptable", "unilaterally_stable.nash"], "Two by two", two)
    Two by two
    share of worlds (95 %)    package 1         package 2
    Pass                      shared            held
    Guard                     absent            promised
    acceptable                100 % (44–100 %)  100 % (44–100 %)
    unilaterally_stable.nash  0 % (0–56 %)      100 % (44–100 %)
    regret, mean (worst)      0.000 (0.000)     0.200 (0.200)
    usually broken by         –                 –
    """
    from rich.table import Table

    screen = console()
    screen.print(bold(title))
    table = Table(box=None, pad_edge=False)
    table.add_column(f"share of {rows} (95 %)")
    for agreement in frame.index:
        table.add_column(f"package {agreement}", justify="left")
    for issue in scenario.issues:
        table.add_row(issue_title(scenario, issue), *(option_title(scenario, issue, str(v)) for v in frame[issue]))
    table.add_section()
    for test in tests:
        cells = [
            share_in_words(Interval(s, low, high, "wilson"))
            for s, low, high in zip(frame[test], frame[f"{test}.low"], frame[f"{test}.high"], strict=True)
        ]
        table.add_row(test, *([DOES_NOT_BIND] * len(cells) if test in silent else cells))
    table.add_row(
        "regret, mean (worst)", *(f"{m:.3f} ({w:.3f})" for m, w in zip(frame.regret, frame.worst_regret, strict=True))
    )
    breakers = [
        f"{party_title(scenario, b)} ({percent(s)})" if b else "–"
        for b, s in zip(frame.breaker, frame.breaker_share, strict=True)
    ]
    table.add_row("usually broken by", *breakers)
    print_table(screen, table)
    if options is not None:
        issue = str(options.attrs["issue"])
        second = Table(box=None, pad_edge=False)
        for name in ("option", "packages", "best share", "mean share", "regret", "usually broken by"):
            second.add_column(name, justify="left" if name in {"option", "usually broken by"} else "right")
        for option, row in options.iterrows():
            best = share_in_words(Interval(row["best"], row["best.low"], row["best.high"], "wilson"))
            second.add_row(
                option_title(scenario, issue, str(option)), f"{row['packages']:,}", best, percent(row["mean"]),
                f"{row['regret']:.3f}", party_title(scenario, str(row["breaker"])) or "–",
            )  # fmt: skip
        title = f"Best package with each option of {issue_title(scenario, issue)}"
        print_table(screen, second, title)


def _estimate(given: Interval, kind: str, *, sign: bool = False) -> str:
    if math.isnan(given.estimate):
        return "–"
    scale, unit = (100, " %") if kind == "share" else (1, "")
    middle, low, high = (rounded(scale * x, sign=sign) for x in (given.estimate, given.low, given.high))
    return f"{middle}{unit}" + ("" if math.isnan(given.low) else f" ({low} to {high})")


def print_comparison(comparison: Comparison) -> None:
    """Print what came out differently, then what went in differently, then leads and notes.

    Parameters
    ----------
    comparison : Comparison

    Examples
    --------
    >>> import pandas as pd
    >>> from sim.results.compare import Side, compare
    >>> runs = pd.DataFrame({"world": range(40), "replication": 0, "agreed": [False] * 40, "error": None})
    >>> other = runs.assign(agreed=[world < 10 for world in range(40)])
    >>> path = "parties.russia.no_deal.reservation"
    >>> print_comparison(compare(Side("a", runs, {path: 0.65}, seed=0), Side("b", other, {path: 0.5}, seed=0)))
    Different beyond chance: agreed.
    What came out
    question                a                    b       difference (95 %)  pairs  p, Holm
    agreed    0 % (0 to 8.76)  25 % (14.2 to 40.2)  +25 % (+11.1 to +40.2)     40    0.002
    <BLANKLINE>
    What went in
                                         a      b
    ────────────────────────────────────────────────
    parties.russia.no_deal.reservation   0.65   0.5
    <BLANKLINE>
    1 changed otherwise.
    """
    from sim.present.difference import print_differences

    screen = console()
    asked = [row for row in comparison.differences if row.question]
    leads = [row for row in comparison.differences if not row.question]
    if comparison.differences:
        changed = dict.fromkeys(_outcome_in_words(comparison.scenario, row.outcome) for row in asked if row.changed)
        screen.print(
            bold(
                f"Different beyond chance: {'; '.join(changed)}."
                if changed
                else f"Of {counted(len(asked), 'questions')} none has another answer beyond chance."
            )
            if asked
            else "Nothing that was asked differs beyond chance."
        )
        if asked:
            _print_outcomes(comparison, asked, "What came out")
    else:
        screen.print(comparison.nothing)
    screen.print()
    if comparison.inputs:
        print_differences(
            comparison.scenario, comparison.sides, comparison.inputs, most=INPUTS, rest="--json", title="What went in"
        )
    else:
        screen.print("The same went in on all sides.")
    if leads:
        # Leads are for reading on: those that chance explains least, the others counted.
        best = sorted(leads, key=lambda row: (math.isnan(row.q), row.q, row.p))
        shown = best[: max(LEADS, sum(row.changed for row in leads[:EXPLORED]))]
        screen.print()
        _print_outcomes(comparison, shown, EXPLORATORY)
        if len(leads) > len(shown):
            screen.print(
                f"… and {len(leads) - len(shown)} further exploratory outcomes; --csv and --json have them all"
            )
    if comparison.packages:
        _print_packages(comparison.packages, comparison.sides[0])
    for note in comparison.notes:
        screen.print(f"· {note}")


def _outcome_in_words(scenario: Scenario | None, outcome: str) -> str:
    if scenario is None:
        return outcome.removeprefix("option.").replace("_", " ")
    return column_in_words(scenario, outcome)


def _print_outcomes(comparison: Comparison, rows: Sequence[Difference], title: str) -> None:
    from rich.table import Table

    question = rows[0].question
    # Of two sides the second needs no column for its name.
    several = len(comparison.sides) > 2
    other = ["compared with", ""] if several else [comparison.sides[1]]
    table = Table(box=None, pad_edge=False)
    table.add_column("question" if question else "outcome")
    for name in (
        comparison.sides[0], *other, "difference (95 %)", comparison.rests_on, "p, Holm" if question else "q",
    ):  # fmt: skip
        table.add_column(name, justify="left" if name == "compared with" else "right", no_wrap=True)
    for row in rows:
        first, side, *rest = _cells(row)
        cells = [_outcome_in_words(comparison.scenario, row.outcome), first, *([side] if several else []), *rest]
        table.add_row(*cells, style="bold" if row.changed else None)
    print_table(console(), table, title)


def _print_packages(found: Sequence[PackageDifferences], first: str) -> None:
    """Print how many packages became more or less robust, test by test, and those that changed most."""
    from rich.table import Table

    screen = console()
    screen.print()
    table = Table(box=None, pad_edge=False)
    several = len({each.side for each in found}) > 1
    for name in ("test", *(["compared with"] if several else []), "packages", "more robust", "less robust"):
        table.add_column(name, justify="left" if name in {"test", "compared with"} else "right")
    table.add_column("best package", justify="right")
    for row in (each.summary() for each in found):
        table.add_row(
            row["test"], *([row["side"]] if several else []), f"{row['packages']:,}", f"{row['more_robust']:,}",
            f"{row['less_robust']:,}", f"{percent(row['most_robust_first'])} → {percent(row['most_robust_second'])}",
        )  # fmt: skip
    title = f"Robustness, package by package, over {counted(found[0].n_worlds, 'worlds')}"
    print_table(screen, table, title)
    for side in dict.fromkeys(each.side for each in found):
        # What the scenario calls stable says most; where nothing changed there, the first test that did.
        mine = sorted((each for each in found if each.side == side), key=lambda each: each.test != "stable")
        told = next((each for each in mine if each.changed.any()), None)
        if told is None:
            screen.print(f"No package's robustness in {side} differs beyond chance.")
            continue
        rows = told.to_frame(told.foremost(PACKAGES))
        agreements = [told.space.agreement(int(package)) for package in rows["package"]]
        table = Table(box=None, pad_edge=False)
        table.add_column("")
        for package in rows["package"]:
            table.add_column(f"package {package}")
        term_rows(table, told.scenario, agreements)
        table.add_section()
        table.add_row(f"share of worlds in {first}", *(percent(share) for share in rows["first_share"]))
        table.add_row(f"in {side}", *(percent(share) for share in rows["second_share"]))
        table.add_row(
            "difference",
            *(
                _estimate(Interval(*ends, "wald"), "share", sign=True)
                for ends in zip(rows["difference"], rows["difference_low"], rows["difference_high"], strict=True)
            ),
        )
        screen.print()
        print_table(screen, table, f"{side}: changed most in {told.test}")
        print_common_terms(screen, told.scenario, agreements, "All of these share")


def _cells(row: Difference) -> list[str]:
    p = "–" if math.isnan(row.adjusted) else "< .001" if row.adjusted < 0.001 else f"{row.adjusted:.3f}"
    return [
        _estimate(row.first, row.kind),
        row.side,
        _estimate(row.second, row.kind),
        _estimate(row.difference, row.kind, sign=True),
        f"{row.n:,}",
        p,
    ]


def _index(value: float, low: float, high: float, form: str) -> str:
    if math.isnan(value):
        return "–"
    return f"{value:{form}} ({'no interval' if math.isnan(low) else f'{low:{form}} to {high:{form}}'})"


def print_analysis(content: Mapping[str, Any], convergence: str, scenario: Scenario | None = None) -> None:
    """Print what drives one outcome of one scenario.

    Parameters
    ----------
    content : mapping
        As for ``--json``.
    convergence : str
        How sure the estimate is, in words.
    scenario : Scenario, optional
        For the titles of what was swept.

    Examples
    --------
    >>> from sim.sweeps.analysis import analyse
    >>> from sim.sweeps.design import Design
    >>> from sim.sweeps.factors import ranged
    >>> from sim.sweeps.results import sweep
    >>> design = Design(factors=[ranged("r", 0, 1, steps=21)], name="talks")
    >>> model = lambda case: {"agreed": case.settings["r"] < 0.42}
    >>> found = analyse(sweep(design, workers=0, model=model, outcomes={"agreed": bool}, quiet=True))[0]
    >>> print_analysis(found.to_json(), found.words())
    agreed in talks: 0.429 ± 0.19 from 21 runs: ...
    Where yes-points lie, of each factor
    factor  distance  p, Holm  median if yes  median if no
    r           1.00   < .001            0.2         0.725
    By PRIM: Where r at most 0.425: 100 % of points are agreed ...
    """
    from rich.table import Table

    screen = console()
    screen.print(f"{bold(content['outcome'])} in {content['scenario']}: {convergence}")
    if content["sensitivity"]:
        first = content["sensitivity"][0]
        table = Table(box=None, pad_edge=False)
        table.add_column("group")
        shares = "first" in first
        for name in ("alone", "in all") if shares else ("μ*", "μ", "σ"):
            table.add_column(name, justify="right")
        for row in content["sensitivity"]:
            if shares:
                cells = [_index(row[k], row[f"{k}_low"], row[f"{k}_high"], ".2f") for k in ("first", "total")]
            else:
                cells = [_index(row["mu_star"], row["low"], row["high"], ".3g")]
                cells += ["–" if math.isnan(row[k]) else f"{row[k]:.3g}" for k in ("mu", "sigma")]
            table.add_row(_swept(scenario, str(row["group"])), *cells)
        print_table(screen, table, "Sensitivity, with 95 % intervals")
    told = [effect for effect in content["regional"] if not math.isnan(effect["distance"])]
    if told:
        table = Table(box=None, pad_edge=False)
        for name in ("factor", "distance", "p, Holm", "median if yes", "median if no"):
            table.add_column(name, justify="left" if name == "factor" else "right")
        for effect in told[:10]:
            medians = ["–" if math.isnan(effect[k]) else f"{effect[k]:.3g}" for k in ("yes_median", "no_median")]
            p = "< .001" if effect["p_holm"] < 0.001 else f"{effect['p_holm']:.3f}"
            table.add_row(_swept(scenario, effect["factor"]), f"{effect['distance']:.2f}", p, *medians)
        print_table(screen, table, f"Where yes-{content['counted']['rows']} lie, of each factor")
    for title, key in (("By PRIM", "boxes"), ("By a tree", "tree")):
        for box in content[key]:
            # PRIM has dropped such restrictions; a tree asks what divides best, however few the rows.
            weak = any(restriction["quasi_p"] > CHANCE for restriction in box["restrictions"])
            screen.print(f"{title}{', perhaps by chance' if weak else ''}: {_with_titles(scenario, box)}")
    for note in content["notes"]:
        screen.print(f"· {note}")


def _swept(scenario: Scenario | None, name: str) -> str:
    return name if scenario is None else path_in_words(scenario, name)


def _with_titles(scenario: Scenario | None, box: Mapping[str, Any]) -> str:
    words = str(box["words"])
    # Longest first: one path may begin another.
    for name in sorted({str(restriction["factor"]) for restriction in box["restrictions"]}, key=len, reverse=True):
        words = words.replace(name, _swept(scenario, name))
    return words
