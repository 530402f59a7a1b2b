"""Figures of what makes a difference: what decides an outcome, and two results side by side."""

from __future__ import annotations

import math
from collections.abc import Mapping
from textwrap import wrap
from typing import Any

from sim.domain.scenario import Scenario
from sim.domain.titles import column_in_words, path_in_words
from sim.present.figures.frame import (
    COLOURS,
    FAINT,
    INK,
    WIDTH,
    Caption,
    Chart,
    altair,
    data,
    framed,
    percent_axis,
    signed,
    text_block,
)
from sim.present.outcomes import percent
from sim.present.words import counted
from sim.results.comparison import Comparison

__all__ = ["compared", "influence_rows", "what_decides"]

#: Influences shown.
SHOWN = 12
#: Chance from which an influence is shown as weak.
WEAK = 0.05


def influence_rows(content: Mapping[str, Any], scenario: Scenario) -> tuple[str, list[dict[str, Any]]]:
    """Return what decides an outcome: the measure, and one row per influence, largest first.

    Parameters
    ----------
    content : mapping
        An analysis as plain data, from ``parley analyse --json``.
    scenario : Scenario

    Returns
    -------
    tuple of str and list of dict
        ``name``, ``size``, ``low`` and ``high`` (NaN where the measure has no interval), ``weak``, ``words``.

    Examples
    --------
    >>> import sim
    >>> two = sim.read_scenario("scenarios/tutorial-two-by-two/scenario.yaml")
    >>> effect = {"factor": "parties.hill.no_deal.reservation", "distance": 0.8, "p_holm": 0.001}
    >>> content = {"sensitivity": None, "regional": [effect | {"yes_median": 0.2, "no_median": 0.7}]}
    >>> measure, rows = influence_rows(content, two)
    >>> rows[0]["name"], rows[0]["weak"]
    ('Hill: value of no deal', False)
    """
    rows: list[dict[str, Any]] = []
    if content["sensitivity"]:
        shares = "first" in content["sensitivity"][0]
        measure = (
            "share of the variance, interactions included"
            if shares
            else "mean size of the effect over the whole range (μ*)"
        )
        size, low, high = ("total", "total_low", "total_high") if shares else ("mu_star", "low", "high")
        for row in content["sensitivity"]:
            weak = not row[low] > 0
            words = f"{row[size]:.2f}"
            rows.append(
                {
                    "name": path_in_words(scenario, str(row["group"])),
                    "size": float(row[size]),
                    "low": float(row[low]),
                    "high": float(row[high]),
                    "weak": weak,
                    "words": words,
                }
            )
    else:
        measure = "distance between where it is so and where not, 0 to 1"
        for row in content["regional"]:
            if math.isnan(row["distance"]):
                continue
            weak = not row["p_holm"] <= WEAK
            middle = (
                ""
                if math.isnan(row["yes_median"])
                else f"; median {row['yes_median']:.2g} if so, {row['no_median']:.2g} if not"
            )
            rows.append(
                {
                    "name": path_in_words(scenario, str(row["factor"])),
                    "size": float(row["distance"]),
                    "low": math.nan,
                    "high": math.nan,
                    "weak": weak,
                    "words": f"{row['distance']:.2f}{middle}",
                }
            )
    return measure, sorted(rows, key=lambda row: -row["size"])[:SHOWN]


def what_decides(content: Mapping[str, Any], scenario: Scenario, counted_as: str) -> Chart:
    """Draw which numbers decide an outcome, weak ones faded, and the boxes in which it is frequent.

    Parameters
    ----------
    content : mapping
        An analysis as plain data, from ``parley analyse --json``.
    scenario : Scenario
    counted_as : str
        For the caption.

    Returns
    -------
    altair chart

    Examples
    --------
    >>> import sim
    >>> two = sim.read_scenario("scenarios/tutorial-two-by-two/scenario.yaml")
    >>> effect = {"factor": "parties.hill.no_deal.reservation", "distance": 0.8, "p_holm": 0.001}
    >>> effect |= {"yes_median": 0.2, "no_median": 0.7}
    >>> content = {"sensitivity": None, "regional": [effect], "outcome": "agreed", "boxes": []}
    >>> chart = what_decides(content, two, "40 worlds, seed 0").to_dict()
    >>> chart["title"]["text"]
    ['What decides: an agreement is signed?']
    """
    alt = altair()
    measure, rows = influence_rows(content, scenario)
    shown = [
        {
            **row,
            "name": "\n".join(wrap(row["name"], 52)),
            "low": None if math.isnan(row["low"]) else row["low"],
            "high": None if math.isnan(row["high"]) else row["high"],
        }
        for row in rows
    ]
    most = max([0.05, *(row["high"] if not math.isnan(row["high"]) else row["size"] for row in rows)])
    base = alt.Chart(data(shown), width=WIDTH - 320, height=alt.Step(36))
    broken = "split(datum.label, '\\n')"
    y = alt.Y("name:N", sort=None, title=None, axis=alt.Axis(ticks=False, domain=False, grid=True, labelExpr=broken))
    scale = alt.Scale(domain=[0, most * 1.05], nice=False)
    x = alt.X("size:Q", scale=scale, title=measure, axis=alt.Axis(tickCount=5))
    faded = alt.Opacity("weak:N", legend=None, scale=alt.Scale(domain=[False, True], range=[1.0, 0.35]))
    dots = base.mark_point(filled=True, size=80, color=COLOURS[0]).encode(x=x, y=y, opacity=faded)
    ends = (
        base.transform_filter("isValid(datum.low)")
        .mark_rule(color=COLOURS[0], strokeWidth=2)
        .encode(x=alt.X("low:Q", scale=scale), x2="high:Q", y=y, opacity=faded)
    )
    words = base.mark_text(align="left", dy=14, x=2, fontSize=10, color=INK).encode(y=y, text="words:N", opacity=faded)
    lines = ["Faded: may be chance (5 %, Holm), or an interval that reaches 0."]
    lines += [_box(content, box, scenario) for box in content["boxes"]]
    outcome = content["outcome"]
    question = (
        f"What decides: {column_in_words(scenario, outcome)}?"
        if not content["sensitivity"]
        else f"What moves: {column_in_words(scenario, outcome)}?"
    )
    interval = "whisker: 95 % interval" if any(row["low"] is not None for row in shown) else ""
    caption = Caption.of(scenario, question, counted_as, interval)
    return framed(alt.vconcat(alt.layer(ends, dots, words), text_block(lines)), caption)


def _box(content: Mapping[str, Any], box: Mapping[str, Any], scenario: Scenario) -> str:
    words = str(box["words"])
    for name in sorted({str(restriction["factor"]) for restriction in box["restrictions"]}, key=len, reverse=True):
        words = words.replace(name, path_in_words(scenario, name))
    return f"Box: {words}"


def compared(comparison: Comparison, scenario: Scenario) -> Chart:
    """Draw two results side by side: every share on both sides, what chance explains faded.

    Parameters
    ----------
    comparison : Comparison
    scenario : Scenario
        Of the first side.

    Returns
    -------
    altair chart

    Examples
    --------
    >>> import pandas as pd, sim
    >>> from sim.results.compare import Side, compare
    >>> runs = pd.DataFrame({"world": range(40), "replication": 0, "agreed": [False] * 40, "error": None})
    >>> other = runs.assign(agreed=[world < 10 for world in range(40)])
    >>> found = compare(Side("a", runs, {}, seed=0), Side("b", other, {}, seed=0))
    >>> two = sim.read_scenario("scenarios/tutorial-two-by-two/scenario.yaml")
    >>> chart = compared(found, two).to_dict()
    >>> chart["title"]["text"]
    ['What differs between a and b?']
    """
    alt = altair()
    rows: list[dict[str, Any]] = []
    links: list[dict[str, Any]] = []
    shares = [d for d in comparison.differences if d.kind == "share" and not math.isnan(d.difference.estimate)]
    shares = sorted(shares, key=lambda d: (not d.changed, -abs(d.difference.estimate)))[:20]
    first = comparison.sides[0]
    for d in shares:
        name = column_in_words(scenario, d.outcome) + ("" if len(comparison.sides) == 2 else f" ({d.side})")
        gap, low, high = (signed(100 * x, 0) for x in (d.difference.estimate, d.difference.low, d.difference.high))
        change = f"{gap} points ({low} to {high})"
        links.append(
            {"outcome": name, "from": d.first.estimate, "to": d.second.estimate, "weak": not d.changed, "words": change}
        )
        for side, found in ((first, d.first), (d.side, d.second)):
            rows.append(
                {
                    "outcome": name,
                    "side": side,
                    "share": found.estimate,
                    "low": found.low,
                    "high": found.high,
                    "weak": not d.changed,
                    "words": percent(found.estimate),
                }
            )
    sides = list(comparison.sides)[:4]
    y = alt.Y("outcome:N", sort=None, title=None, axis=alt.Axis(ticks=False, domain=False, grid=True))
    scale = alt.Scale(domain=[0, 1])
    faded = alt.Opacity("weak:N", legend=None, scale=alt.Scale(domain=[False, True], range=[1.0, 0.35]))
    colour = alt.Color(
        "side:N",
        scale=alt.Scale(domain=sides, range=list(COLOURS[: len(sides)])),
        title=None,
        legend=alt.Legend(orient="top", symbolOpacity=1, labelLimit=300),
    )
    shape = alt.Shape(
        "side:N",
        scale=alt.Scale(domain=sides, range=["circle", "diamond", "square", "triangle-up"][: len(sides)]),
        title=None,
    )
    base = alt.Chart(data(rows), width=WIDTH - 330, height=alt.Step(32))
    whiskers = base.mark_rule(strokeWidth=1.5).encode(
        x=alt.X("low:Q", scale=scale, title=None, axis=percent_axis()), x2="high:Q", y=y, color=colour, opacity=faded
    )
    bars = (
        alt.Chart(data(links))
        .mark_rule(strokeWidth=5, color=FAINT)
        .encode(x=alt.X("from:Q", scale=scale), x2="to:Q", y=y, opacity=faded)
    )
    dots = base.mark_point(filled=True, size=90).encode(
        x=alt.X("share:Q", scale=scale), y=y, color=colour, shape=shape, opacity=faded
    )
    words = (
        alt.Chart(data(links))
        .mark_text(align="left", fontSize=11, color=INK, x=WIDTH - 320)
        .encode(y=y, text="words:N", opacity=faded)
    )
    others = " and ".join(comparison.sides[1:])
    caption = Caption.of(
        scenario,
        f"What differs between {first} and {others}?",
        f"{' and '.join(counted(n, 'runs') for n in comparison.runs)}; faded: chance explains it (5 %, Holm)",
        "whisker and brackets: 95 % interval",
    )
    return framed(alt.layer(bars, whiskers, dots, words), caption)
