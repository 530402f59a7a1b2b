"""Figures of the zone of agreement: who blocks, what opens it, the front-runners' margins, and the landscape."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.after.front_runners import front_runners
from sim.agreements.frontier import pareto_efficient
from sim.agreements.payoffs import SCALE, Payoffs
from sim.domain.scenario import Scenario
from sim.domain.titles import agreement_in_words, difference_in_words, issue_title, option_title, party_title
from sim.present.agreements import letters
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
from sim.present.outcomes import share_in_words
from sim.present.words import counted, whole_percent
from sim.results.intervals import wilson
from sim.results.zones import OptionMargins, Zones

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["best_by_option", "landscape", "letter_lines", "margins", "what_opens", "what_opens_rows", "who_blocks"]

#: Above so many agreements the landscape shows how many lie where, not each.
SCATTERED = 1_500
#: Cells along each side of the landscape.
CELLS = 48
#: Steps of a curve.
STEPS = 60


def letter_lines(scenario: Scenario, agreements: Sequence[dict[str, str]]) -> list[str]:
    """Return what the letters of a figure stand for: terms that all share, and where each differs.

    Parameters
    ----------
    scenario : Scenario
    agreements : sequence of dict
        Option by issue, A first.

    Returns
    -------
    list of str

    Examples
    --------
    >>> import sim
    >>> two = sim.read_scenario("scenarios/tutorial-two-by-two/scenario.yaml")
    >>> letter_lines(two, [{"pass": "shared", "guard": "absent"}, {"pass": "shared", "guard": "promised"}])
    ['All share: Pass: shared.', 'A: Guard: absent.', 'B: Guard: promised.']
    """
    if len(agreements) == 1:
        return [f"A: {agreement_in_words(scenario, agreements[0])}."]
    common = {k: o for k, o in agreements[0].items() if all(other[k] == o for other in agreements)}
    shared = [f"All share: {agreement_in_words(scenario, common)}."] if common else []
    return shared + [
        f"{letter}: {difference_in_words(scenario, agreement, common)}."
        for letter, agreement in zip(letters(len(agreements)), agreements, strict=True)
    ]


def _by_title(payoffs: Payoffs) -> list[tuple[int, str]]:
    titled = [(column, party_title(payoffs.scenario, party)) for column, party in enumerate(payoffs.parties)]
    return sorted(titled, key=lambda pair: pair[1])


def who_blocks(payoffs: Payoffs) -> Chart:
    """Draw how many agreements each party refuses, by value and by red line.

    Parameters
    ----------
    payoffs : Payoffs

    Returns
    -------
    altair chart

    Examples
    --------
    >>> import sim
    >>> two = sim.read_scenario("scenarios/tutorial-two-by-two/scenario.yaml")
    >>> chart = who_blocks(Payoffs.of(two)).to_dict()
    >>> [(row["party"], row["kind"], row["count"]) for row in next(iter(chart["datasets"].values()))][:1]
    [('Hill', 'worth less than no deal', 1)]
    """
    alt = altair()
    signable = payoffs.space.signable
    n = int(signable.sum())
    kinds = ("worth less than no deal", "both", "across a red line of its own")
    bars, labels = [], []
    for column, title in _by_title(payoffs):
        asked = signable & payoffs.must_sign[:, column]
        value, line = payoffs.margin[:, column] < 0, payoffs.crosses_line[:, column]
        counts = [int((asked & part).sum()) for part in (value & ~line, value & line, line & ~value)]
        start = 0
        for kind, count in zip(kinds, counts, strict=True):
            bars.append({"party": title, "kind": kind, "count": count, "from": start, "to": start + count})
            start += count
        without = len(payoffs.zone_of_agreement(p for p in payoffs.parties if p != payoffs.parties[column]))
        words = f"refuses {start:,}; without it {without:,} would be acceptable to all others"
        labels.append({"party": title, "words": words, "at": start})
    y = alt.Y("party:N", sort=None, title=None, axis=alt.Axis(ticks=False, domain=False))
    base = alt.Chart(data(bars), width=WIDTH - 120, height=alt.Step(40))
    scale = alt.Scale(domain=[0, max(n, 1)])
    colour = alt.Color(
        "kind:N",
        scale=alt.Scale(domain=list(kinds), range=[COLOURS[0], "#7C5D37", COLOURS[1]]),
        title=None,
        legend=alt.Legend(orient="top", labelLimit=300, symbolType="square"),
    )
    shown = base.mark_bar(height=13, yOffset=-6).encode(
        y=y,
        x=alt.X("from:Q", scale=scale, title=f"agreements that could be signed ({n:,})"),
        x2="to:Q",
        color=colour,
        tooltip=["party:N", "kind:N", "count:Q"],
    )
    words = (
        alt.Chart(data(labels))
        .mark_text(align="left", dy=11, fontSize=11, color=INK)
        .encode(y=y, x=alt.value(2), text="words:N")
    )
    zone = len(payoffs.zone_of_agreement())
    caption = Caption.of(
        payoffs.scenario,
        "Who blocks?",
        f"{counted(n, 'agreements')} at central values, {zone:,} acceptable to all who must sign",
    )
    return framed(shown + words, caption)


def what_opens_rows(zones: Zones, party: str) -> list[dict[str, float]]:
    """Return the curve of `what_opens`: at each value, the share of worlds with something to sign.

    Parameters
    ----------
    zones : Zones
    party : str

    Returns
    -------
    list of dict
        ``at``, ``share``, and the ends of the 95 % and 50 % Wilson intervals: ``low``, ``high``, ``low50``,
        ``high50``.

    Examples
    --------
    >>> import sim
    >>> from sim.results.zones import zones_over_worlds
    >>> two = sim.read_scenario("scenarios/tutorial-two-by-two/scenario.yaml")
    >>> rows = what_opens_rows(zones_over_worlds(two, worlds=4), "hill")
    >>> rows[0]["share"], rows[-1]["share"]
    (1.0, 0.0)
    """
    number = zones.scenario.parties[party].no_deal.reservation
    low, high = number.range
    finite = zones.threshold[party][np.isfinite(zones.threshold[party])]
    ends = [low, high, number.value, *([float(np.quantile(finite, q)) for q in (0.05, 0.95)] if finite.size else [])]
    pad = 0.15 * max(max(ends) - min(ends), 0.05)
    rows = []
    for at in np.linspace(max(min(ends) - pad, 0.0), min(max(ends) + pad, 1.0), STEPS + 1).tolist():
        yes, n = zones.share_open(party, at)
        wide, narrow = wilson(yes, n), wilson(yes, n, 0.5)
        rows.append(
            {"at": at, "share": yes / n, "low": wide.low, "high": wide.high, "low50": narrow.low, "high50": narrow.high}
        )
    return rows


def what_opens(
    rows: Sequence[dict[str, float]], name: str, ticks: dict[str, float], caption: Caption, *, steps: bool = False
) -> Chart:
    """Draw the share of worlds with something to sign against one number.

    Parameters
    ----------
    rows : sequence of dict
        As from `what_opens_rows`, or the points of a sweep.
    name : str
        What the number is, in words.
    ticks : dict of str to float
        Marked on the axis: its value and the ends of its range.
    caption : Caption
    steps : bool
        Whether the rows are points of a sweep, shown as such, and not a whole curve.

    Returns
    -------
    altair chart

    Examples
    --------
    >>> import sim
    >>> from sim.results.zones import zones_over_worlds
    >>> two = sim.read_scenario("scenarios/tutorial-two-by-two/scenario.yaml")
    >>> rows = what_opens_rows(zones_over_worlds(two, worlds=4), "hill")
    >>> caption = Caption.of(two, "What opens it?", "4 worlds")
    >>> chart = what_opens(rows, "Hill: value of no deal", {"value": 0.3}, caption)
    >>> len(chart.to_dict()["layer"])
    7
    """
    alt = altair()
    every = [*(row["at"] for row in rows), *ticks.values()]
    pad = 0.02 * (max(every) - min(every)) if steps else 0.0
    left, right = min(every) - pad, max(every) + pad
    x = alt.X(
        "at:Q", title=name, scale=alt.Scale(domain=[left, right], nice=False), axis=alt.Axis(grid=False, tickCount=8)
    )
    y = alt.Y("share:Q", title=None, scale=alt.Scale(domain=[0, 1]), axis=percent_axis())
    base = alt.Chart(data(rows), width=WIDTH - 60, height=300)
    wide = base.mark_area(color=COLOURS[0], opacity=0.18).encode(x=x, y=alt.Y("low:Q"), y2="high:Q")
    narrow = base.mark_area(color=COLOURS[0], opacity=0.34).encode(x=x, y=alt.Y("low50:Q"), y2="high50:Q")
    points = {"color": COLOURS[0], "filled": True, "size": 50} if steps else False
    line = base.mark_line(color=COLOURS[0], strokeWidth=2.5, point=points).encode(x=x, y=y)
    marks = [{"at": at, "what": what, "words": f"{what} {at:.2f}"} for what, at in ticks.items() if left <= at <= right]
    # Near the right edge a label runs to the left of its line.
    for mark in marks:
        mark["right"] = float(str(mark["at"])) > left + 0.8 * (right - left)
    marked = alt.Chart(data(marks))
    x_mark = alt.X("at:Q")
    rules = marked.mark_rule(color=INK, strokeDash=[3, 3]).encode(
        x=x_mark, opacity=alt.condition("datum.what == 'value'", alt.value(0.9), alt.value(0.4))
    )
    after = (
        marked.transform_filter("!datum.right")
        .mark_text(align="left", dx=4, y=8, fontSize=11, color=INK, fontWeight="bold")
        .encode(x=x_mark, text="words:N")
    )
    before = (
        marked.transform_filter("datum.right")
        .mark_text(align="right", dx=-4, y=8, fontSize=11, color=INK, fontWeight="bold")
        .encode(x=x_mark, text="words:N")
    )
    ends = [{**rows[0], "words": whole_percent(rows[0]["share"])}]
    values = (
        alt.Chart(data(ends))
        .mark_text(align="left", dx=6, dy=-12, fontSize=12, fontWeight="bold", color=COLOURS[0])
        .encode(x=x, y=y, text="words:N")
    )
    return framed(alt.layer(wide, narrow, line, rules, after, before, values), caption)


def margins(payoffs: Payoffs, count: int = 4) -> Chart:
    """Draw what the front-runners are worth to each party above no deal.

    Parties stand in the order of their titles: margins are on each party's own scale and rank nobody.

    Parameters
    ----------
    payoffs : Payoffs
    count : int

    Returns
    -------
    altair chart

    Examples
    --------
    >>> import sim
    >>> two = sim.read_scenario("scenarios/tutorial-two-by-two/scenario.yaml")
    >>> chart = margins(Payoffs.of(two), 2).to_dict()
    >>> [row["margin"] for row in next(iter(chart["datasets"].values()))]
    [0.5, 0.25, 0.1, 0.05]
    """
    alt = altair()
    chosen = front_runners(payoffs, count).tolist()
    agreements = [payoffs.space.agreement(index) for index in chosen]
    rows = []
    for letter, index in zip(letters(len(chosen)), chosen, strict=True):
        for column, title in _by_title(payoffs):
            margin = int(payoffs.margin[index, column]) / SCALE
            line = bool(payoffs.crosses_line[index, column])
            needed = bool(payoffs.must_sign[index, column])
            mark = ("× " if line else "") + ("" if needed else "(need not sign)")
            kind = "below no deal" if margin < 0 else "above no deal"
            rows.append(
                {"package": letter, "party": title, "margin": margin, "kind": kind, "words": f"{signed(margin)} {mark}"}
            )
    widest = max(max(abs(float(str(row["margin"]))) for row in rows), 0.05) * 1.1
    panel = max((WIDTH + 10) // len(chosen), 120)
    base = alt.Chart(width=panel - 60, height=alt.Step(24))
    x = alt.X("margin:Q", title="u − r", scale=alt.Scale(domain=[-widest, widest]), axis=alt.Axis(tickCount=3))
    y = alt.Y("party:N", sort=None, title=None, axis=alt.Axis(domain=False, ticks=False, grid=True))
    colour = alt.Color(
        "kind:N", legend=None, scale=alt.Scale(domain=["above no deal", "below no deal"], range=list(COLOURS[:2]))
    )
    zero = base.mark_rule(color=INK).encode(x=alt.datum(0.0))
    stems = base.mark_rule(strokeWidth=2).encode(x=x, x2=alt.datum(0.0), y=y, color=colour)
    dots = base.mark_point(filled=True, size=60, opacity=1).encode(
        x=x,
        y=y,
        color=colour,
        shape=alt.Shape(
            "kind:N",
            legend=None,
            scale=alt.Scale(domain=["above no deal", "below no deal"], range=["circle", "square"]),
        ),
    )
    words = base.mark_text(align="left", fontSize=10, color=INK, x=panel - 56).encode(y=y, text="words:N")
    faceted = alt.layer(zero, stems, dots, words, data=data(rows)).facet(
        column=alt.Column("package:N", title=None, header=alt.Header(labelFontSize=13, labelFontWeight="bold")),
        spacing=52,
    )
    lines = [*letter_lines(payoffs.scenario, agreements), "× across a real red line of that party."]
    caption = Caption.of(
        payoffs.scenario,
        "What would the front-runners be worth to each party above no deal?",
        f"{counted(len(chosen), 'agreements')} all can sign in most worlds; u − r at central values, own scales",
    )
    return framed(alt.vconcat(faceted, text_block(lines), spacing=14), caption)


def _grid(first: NDArray[np.float64], second: NDArray[np.float64]) -> list[dict[str, float]]:
    count, x, y = np.histogram2d(first, second, bins=CELLS)
    return [
        {"x": x[i], "x2": x[i + 1], "y": y[j], "y2": y[j + 1], "count": int(count[i, j])}
        for i, j in zip(*np.nonzero(count), strict=True)
    ]


def landscape(payoffs: Payoffs, first: str, second: str, count: int = 4) -> Chart:
    """Draw all agreements by their worth to two parties, with their no-deal lines and the pair's own frontier.

    Parameters
    ----------
    payoffs : Payoffs
    first, second : str
        Parties, along and up.
    count : int
        How many front-runners to name.

    Returns
    -------
    altair chart

    Examples
    --------
    >>> import sim
    >>> two = sim.read_scenario("scenarios/tutorial-two-by-two/scenario.yaml")
    >>> "layer" in landscape(Payoffs.of(two), "hill", "vale").to_dict()["vconcat"][0]
    True
    """
    alt = altair()
    a, b = payoffs.column(first), payoffs.column(second)
    signable = np.flatnonzero(payoffs.space.signable)
    units = payoffs.utility[signable][:, [a, b]]
    both = units / SCALE
    titles = party_title(payoffs.scenario, first), party_title(payoffs.scenario, second)
    least = [int(payoffs.reservation[column]) / SCALE for column in (a, b)]
    ends = [(min(float(both[:, k].min()), least[k]), max(float(both[:, k].max()), least[k])) for k in (0, 1)]
    domain = [[low - 0.04 * (high - low), high + 0.04 * (high - low)] for low, high in ends]
    x_axis, y_axis = (alt.Scale(domain=domain[k], nice=False) for k in (0, 1))
    size = {"width": WIDTH - 50, "height": 440}
    if len(signable) > SCATTERED:
        cells = alt.Chart(data(_grid(both[:, 0], both[:, 1])), **size)
        ground = cells.mark_rect(stroke=None).encode(
            x=alt.X("x:Q", scale=x_axis, title=f"{titles[0]}: worth of the agreement"),
            x2="x2:Q",
            y=alt.Y("y:Q", scale=y_axis, title=f"{titles[1]}: worth of the agreement"),
            y2="y2:Q",
            color=alt.Color("count:Q", legend=None, scale=alt.Scale(type="log", range=["#DDE2EA", "#44546A"])),
        )
    else:
        points = [{"x": float(x), "y": float(y)} for x, y in both]
        ground = (
            alt.Chart(data(points), **size)
            .mark_circle(color=FAINT, opacity=0.7, size=30)
            .encode(
                x=alt.X("x:Q", scale=x_axis, title=f"{titles[0]}: worth of the agreement"),
                y=alt.Y("y:Q", scale=y_axis, title=f"{titles[1]}: worth of the agreement"),
            )
        )
    best = np.unique(units[pareto_efficient(units)], axis=0) / SCALE
    frontier = (
        alt.Chart(data([{"x": float(x), "y": float(y)} for x, y in best]))
        .mark_line(color=COLOURS[1], strokeWidth=2, interpolate="step-before", point={"color": COLOURS[1], "size": 28})
        .encode(x="x:Q", y="y:Q")
    )
    lines = alt.Chart(data([{"x": least[0], "y": least[1]}]))
    upright = lines.mark_rule(color=INK, strokeDash=[5, 3]).encode(x="x:Q")
    level = lines.mark_rule(color=INK, strokeDash=[5, 3]).encode(y="y:Q")
    # Labels stand where the quadrant that both would sign is not.
    names = [
        {"x": least[0], "y": domain[1][0], "words": f"no deal for {titles[0]} {least[0]:.2f} ", "side": "right"},
        {"x": domain[0][0], "y": least[1], "words": f" no deal for {titles[1]} {least[1]:.2f}", "side": "left"},
    ]
    named = [
        alt.Chart(data([row]))
        .mark_text(align=row["side"], baseline="bottom", dy=-4, fontSize=11, color=INK)
        .encode(x="x:Q", y="y:Q", text="words:N")
        for row in names
    ]
    chosen = front_runners(payoffs, count).tolist()
    runners = [
        {"x": int(payoffs.utility[i, a]) / SCALE, "y": int(payoffs.utility[i, b]) / SCALE, "letter": letter}
        for letter, i in zip(letters(len(chosen)), chosen, strict=True)
    ]
    shown = alt.Chart(data(runners))
    dots = shown.mark_point(filled=True, color=INK, size=70, opacity=1, shape="diamond").encode(x="x:Q", y="y:Q")
    # Letters that would lie on one another stand apart.
    placed: list[dict[str, Any]] = []
    for row in runners:
        near = sum(abs(row["x"] - other["x"]) < 0.02 and abs(row["y"] - other["y"]) < 0.03 for other in placed)
        placed.append({**row, "nudge": near})
    texts = [
        alt.Chart(data([row]))
        .mark_text(dx=11 + 12 * row["nudge"], dy=-9, fontWeight="bold", fontSize=13, color=INK)
        .encode(x="x:Q", y="y:Q", text="letter:N")
        for row in placed
    ]
    agreements = [payoffs.space.agreement(index) for index in chosen]
    key = ["Line: what neither can better without the other losing. Upper right of both dashed lines: both gain."]
    block = text_block([*key, *letter_lines(payoffs.scenario, agreements)])
    caption = Caption.of(
        payoffs.scenario,
        f"What could {titles[0]} and {titles[1]} agree on between the two of them?",
        f"{counted(len(signable), 'agreements')} that could be signed, at central values (darker: more of them); "
        "letters: front-runners",
    )
    return framed(alt.vconcat(alt.layer(ground, frontier, upright, level, *named, dots, *texts), block), caption)


def best_by_option(found: OptionMargins) -> Chart:
    """Draw, for each option of an issue, the best that the signer who gets least can get, over worlds.

    Parameters
    ----------
    found : OptionMargins

    Returns
    -------
    altair chart

    Examples
    --------
    >>> import sim
    >>> from sim.results.zones import zones_over_worlds
    >>> two = sim.read_scenario("scenarios/tutorial-two-by-two/scenario.yaml")
    >>> chart = best_by_option(zones_over_worlds(two, worlds=4).by_option("pass")).to_dict()
    >>> [row["option"] for row in next(iter(chart["datasets"].values()))]
    ['shared', 'held']
    """
    alt = altair()
    scenario, issue = found.scenario, found.issue
    every = [0.0, *(value for row in found.quantiles.values() for value in row)]
    rows = []
    for option, (low, low50, middle, high50, high) in found.quantiles.items():
        signed = wilson(found.open[option], found.worlds)
        words = f"something to sign in {share_in_words(signed)} of worlds, red lines counted"
        rows.append(
            {
                "option": option_title(scenario, issue, option),
                "low": low,
                "low50": low50,
                "middle": middle,
                "high50": high50,
                "high": high,
                "words": words,
            }
        )
    base = alt.Chart(data(rows), width=WIDTH - 250, height=alt.Step(46))
    y = alt.Y("option:N", sort=None, title=None, axis=alt.Axis(ticks=False, domain=False, labelLimit=300))
    scale = alt.Scale(domain=[min(every) - 0.02, max(every) + 0.05], nice=False)
    x = alt.X("low:Q", scale=scale, title="best least margin: u − r of the signer that gets least, red lines apart")
    wide = base.mark_bar(height=10, color=COLOURS[0], opacity=0.25).encode(y=y, x=x, x2="high:Q")
    narrow = base.mark_bar(height=10, color=COLOURS[0], opacity=0.55).encode(y=y, x=alt.X("low50:Q"), x2="high50:Q")
    middle = base.mark_tick(color=INK, thickness=3, height=18).encode(y=y, x=alt.X("middle:Q"))
    words = base.mark_text(align="left", dy=17, fontSize=10.5, color=INK, x=2).encode(y=y, text="words:N")
    zero = base.mark_rule(color=INK).encode(x=alt.datum(0.0))
    caption = Caption.of(
        scenario,
        f"How good can it get for the signer that gets least, by option on {issue_title(scenario, issue)}?",
        f"{counted(found.worlds, 'worlds')} drawn, seed {found.seed}; right of 0: all signers gain",
        "bar: 5 % to 95 % of worlds, dark: middle half; stroke: median",
    )
    return framed(alt.layer(zero, wide, narrow, middle, words), caption)
