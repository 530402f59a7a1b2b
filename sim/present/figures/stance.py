"""The figure of stances: what each option is worth to each party, and where that comes from."""

from __future__ import annotations

from typing import Any

from sim.domain.provenance import STATUSES, given_numbers
from sim.domain.scenario import Scenario
from sim.domain.titles import issue_title, option_title, party_title
from sim.present.figures.frame import INK, Caption, Chart, altair, data, framed, text_block
from sim.present.words import counted

__all__ = ["stance_rows", "stances"]

#: Signs of a number's status in a cell.
SIGNS = {"stated": "■", "evidence": "●", "judgement": "", "unstated": "?"}
#: Pixels of a cell.
_CELL, _ROW = 62, 20


def stance_rows(scenario: Scenario) -> tuple[list[dict[str, Any]], list[str]]:
    """Return one row per party and option with the number's value, range, status and sources.

    Parameters
    ----------
    scenario : Scenario

    Returns
    -------
    tuple of list of dict and list of str
        Rows, and the sources that ``numbers`` counts from 1.

    Examples
    --------
    >>> import sim
    >>> rows, sources = stance_rows(sim.read_scenario("scenarios/berlin-2025/scenario.yaml"))
    >>> len(rows), rows[0]["party"], rows[0]["option"], rows[0]["value"]
    (296, 'France', 'NATO membership', 0.6)
    """
    given = {one.path: one for one in given_numbers(scenario)}
    sources: list[str] = []
    rows = []
    for issue, spec in scenario.issues.items():
        for option in spec.options:
            for party in sorted(scenario.parties, key=lambda name: scenario.parties[name].title):
                number = scenario.parties[party].utility[issue][option]
                found = given.get(f"parties.{party}.utility.{issue}.{option}")
                cited = [] if found is None else [ref.title or ref.source for ref in found.references]
                sources += [title for title in dict.fromkeys(cited) if title not in sources]
                low, high = number.range
                rows.append(
                    {
                        "issue": issue_title(scenario, issue),
                        "option": option_title(scenario, issue, option),
                        "key": f"{issue}.{option}",
                        "party": party_title(scenario, party),
                        "value": number.value,
                        "low": low,
                        "high": high,
                        "status": "unstated" if found is None else found.status,
                        "sources": "; ".join(cited),
                        "numbers": sorted({sources.index(title) + 1 for title in cited}),
                    }
                )
    return rows, sources


def stances(scenario: Scenario) -> Chart:
    """Draw what each option is worth to each party, option by option, with status and sources.

    Parameters
    ----------
    scenario : Scenario

    Returns
    -------
    altair chart

    Examples
    --------
    >>> import sim
    >>> two = sim.read_scenario("scenarios/tutorial-two-by-two/scenario.yaml")
    >>> chart = stances(two).to_dict()
    >>> chart["title"]["text"]
    ['What is each option worth to each party, and where does that come from?']
    """
    alt = altair()
    rows, sources = stance_rows(scenario)
    lines: list[dict[str, Any]] = []
    place: dict[str, int] = {}
    cited: dict[str, set[int]] = {}
    for row in rows:
        if row["issue"] not in {line["words"] for line in lines if line["head"]}:
            lines.append({"line": len(lines), "words": row["issue"], "head": True})
        if row["key"] not in place:
            place[row["key"]] = len(lines)
            lines.append({"line": len(lines), "words": row["option"], "head": False})
        cited.setdefault(row["key"], set()).update(row["numbers"])
    parties = list(dict.fromkeys(row["party"] for row in rows))
    cells = [
        {
            "line": place[row["key"]],
            "party": row["party"],
            "value": row["value"],
            "option": row["option"],
            "words": f"{row['value']:.2f}{SIGNS[row['status']]}",
            "range": f"{row['low']:.2f} to {row['high']:.2f}",
            "status": row["status"],
            "sources": row["sources"],
            "dark": row["value"] > 0.6,
        }
        for row in rows
    ]
    y = alt.Y("line:O", axis=None, scale=alt.Scale(domain=list(range(len(lines)))))
    width, height = _CELL * len(parties), _ROW * len(lines)
    x = alt.X(
        "party:N",
        sort=parties,
        title=None,
        scale=alt.Scale(domain=parties),
        axis=alt.Axis(orient="top", labelAngle=-35, labelAlign="left", domain=False, ticks=False),
    )
    base = alt.Chart(data(cells), width=width, height=height)
    rect = base.mark_rect(stroke="white").encode(
        x=x,
        y=y,
        color=alt.Color("value:Q", legend=None, scale=alt.Scale(domain=[0, 1], range=["#F4F5F8", "#44546A"])),
        tooltip=["option:N", "party:N", "value:Q", "range:N", "status:N", "sources:N"],
    )
    values = base.mark_text(fontSize=10).encode(
        x=x, y=y, text="words:N", color=alt.condition("datum.dark", alt.value("white"), alt.value(INK))
    )
    names = alt.Chart(data(lines), width=260, height=height)
    heads = names.transform_filter("datum.head").mark_text(align="left", x=0, fontSize=11, fontWeight="bold", color=INK)
    options = names.transform_filter("!datum.head").mark_text(align="right", x=256, fontSize=11, color=INK)
    notes = [{"line": place[key], "words": " ".join(map(str, sorted(found)))} for key, found in cited.items()]
    column = (
        alt.Chart(data(notes), width=150, height=height)
        .mark_text(align="left", x=0, fontSize=9.5, color=INK)
        .encode(y=y, text="words:N")
    )
    left = alt.layer(heads.encode(y=y, text="words:N"), options.encode(y=y, text="words:N"))
    table = alt.hconcat(left, alt.layer(rect, values), column, spacing=6).resolve_scale(y="independent")
    statuses = {status: sum(row["status"] == status for row in rows) for status in STATUSES}
    told = ", ".join(f"{count} {status}" for status, count in statuses.items() if count)
    key = f"■ stated by the party, ● evidence, without a sign: judgement ({told}). On the right, sources:"
    listed = [f"{n} {title}" for n, title in enumerate(sources, 1)]
    caption = Caption.of(
        scenario,
        "What is each option worth to each party, and where does that come from?",
        f"{counted(len(rows), 'numbers')}, central values, each party on its own scale from 0 to 1",
    )
    return framed(alt.vconcat(table, text_block([key, *listed], 260 + width, line=150), spacing=12), caption)
