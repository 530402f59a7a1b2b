"""The figure of the months after signing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from sim.compliance.survival import product_limit
from sim.domain.scenario import Scenario
from sim.present.figures.frame import COLOURS, WIDTH, Caption, Chart, altair, data, framed, percent_axis, text_block
from sim.present.words import whole_percent
from sim.results.intervals import wilson

__all__ = ["survival_figure", "survival_rows"]

#: Months shown large; the rest is shown small.
NEAR = 24


def survival_rows(months: Sequence[int], ended: Sequence[bool], horizon: int) -> list[dict[str, float]]:
    """Return the share of agreements still in force, month by month, with its intervals.

    Parameters
    ----------
    months : sequence of int
        Month in which each ended, or until which it was watched.
    ended : sequence of bool
    horizon : int
        Last month shown.

    Returns
    -------
    list of dict
        ``month``, ``share``, and the ends of the 95 % and 50 % Wilson intervals.

    Examples
    --------
    >>> rows = survival_rows([1, 3, 4, 4], [True, True, False, False], 4)
    >>> [row["share"] for row in rows]
    [1.0, 0.75, 0.75, 0.5, 0.5]
    """
    share = product_limit(months, ended)[: horizon + 1]
    # Once nobody is left, or all that are left were watched no longer, the share stays as it is.
    share = np.concatenate([share, np.full(horizon + 1 - len(share), share[-1])])
    rows = []
    for month, value in enumerate(share.tolist()):
        wide, narrow = (wilson(round(value * len(months)), len(months), level) for level in (0.95, 0.5))
        rows.append(
            {
                "month": month,
                "share": value,
                "low": min(wide.low, value),
                "high": max(wide.high, value),
                "low50": min(narrow.low, value),
                "high50": max(narrow.high, value),
            }
        )
    return rows


def survival_figure(
    curves: Sequence[tuple[str, Sequence[dict[str, float]]]],
    scenario: Scenario,
    counted_as: str,
    lines: Sequence[str] = (),
) -> Chart:
    """Draw how long agreements stay in force: the first two years large, the rest small.

    Parameters
    ----------
    curves : sequence of (str, rows)
        Label and rows of `survival_rows`; at most four.
    scenario : Scenario
    counted_as : str
        For the caption.
    lines : sequence of str
        What the labels stand for.

    Returns
    -------
    altair chart

    Examples
    --------
    >>> import sim
    >>> two = sim.read_scenario("scenarios/tutorial-two-by-two/scenario.yaml")
    >>> rows = survival_rows([1, 30, 60, 60], [True, True, False, False], 60)
    >>> chart = survival_figure([("A", rows)], two, "4 aftermaths, seed 0").to_dict()
    >>> [part["width"] for part in chart["vconcat"][0]["hconcat"]]
    [400, 150]
    """
    alt = altair()
    rows: list[dict[str, Any]] = [{"label": label, **row} for label, found in curves for row in found]
    labels = [label for label, _ in curves]
    last = max(int(row["month"]) for row in rows)
    colour = alt.Color("label:N", legend=None, scale=alt.Scale(domain=labels, range=list(COLOURS[: len(labels)])))
    order = alt.StrokeDash(
        "label:N",
        legend=None,
        scale=alt.Scale(domain=labels, range=[[1, 0], [6, 3], [2, 2], [8, 2, 2, 2]][: len(labels)]),
    )
    near = min(NEAR, last)

    def panel(first: int, until: int, width: int, *, left: bool) -> Chart:
        x = alt.X(
            "month:Q",
            title="months after signing" if left else "and on",
            scale=alt.Scale(domain=[first, until], nice=False),
            axis=alt.Axis(grid=False, tickMinStep=1, values=list(range(first, until + 1, 6 if left else 24))),
        )
        y = alt.Y("share:Q", title=None, scale=alt.Scale(domain=[0, 1]), axis=percent_axis(labels=left, ticks=left))
        part = [row for row in rows if first <= int(row["month"]) <= until]
        base = alt.Chart(data(part), width=width, height=260)
        # A step: what holds at a month holds until the next.
        wide = base.mark_area(opacity=0.15, interpolate="step-after").encode(
            x=x, y=alt.Y("low:Q"), y2="high:Q", color=colour
        )
        narrow = base.mark_area(opacity=0.28, interpolate="step-after").encode(
            x=x, y=alt.Y("low50:Q"), y2="high50:Q", color=colour
        )
        line = base.mark_line(strokeWidth=2.2, interpolate="step-after").encode(
            x=x, y=y, color=colour, strokeDash=order
        )
        return alt.layer(wide, narrow, line)

    ends = []
    for label, found in curves:
        at = min(near, len(found) - 1)
        ends.append(
            {
                "label": label,
                "words": f"{label}: {whole_percent(found[at]['share'])} after {at} months, "
                f"{whole_percent(found[-1]['share'])} after {len(found) - 1}",
            }
        )
    parts = [panel(0, near, 400, left=True)]
    if last > near:
        parts.append(panel(near, last, 150, left=False))
    key = (
        alt.Chart(data(ends), height=18 * len(ends), width=WIDTH)
        .mark_text(align="left", x=0, fontSize=12, fontWeight="bold")
        .encode(y=alt.Y("label:N", axis=None, sort=None), text="words:N", color=colour)
    )
    blocks = [alt.hconcat(*parts, spacing=12), key, *([text_block(lines)] if lines else [])]
    caption = Caption.of(
        scenario, "Would it still be in force?", counted_as, "band: 95 % interval (Wilson, month by month), darker 50 %"
    )
    return framed(alt.vconcat(*blocks, spacing=10), caption)
