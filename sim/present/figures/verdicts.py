"""Figures of verdicts: which package passes which test, and how far runs or agreements get, stage by stage."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sim.domain.scenario import Scenario
from sim.domain.titles import party_title
from sim.present.agreements import letters
from sim.present.figures.frame import COLOURS, INK, WIDTH, Caption, Chart, altair, data, framed, signed, text_block
from sim.present.figures.zone import letter_lines
from sim.present.outcomes import percent
from sim.present.stability import DOES_NOT_BIND, TITLES
from sim.present.words import counted
from sim.results.intervals import share_of_rows
from sim.results.keys import failed_runs
from sim.results.summary import stages

if TYPE_CHECKING:
    import pandas as pd

    from sim.stability.assess import Assessment
    from sim.stability.explain import Explanation

__all__ = ["agreement_stages", "funnel", "matrix", "run_stages", "title_of_test"]


def title_of_test(name: str, required: bool) -> str:
    """Return a test as a reader knows it, with a star where the scenario requires it.

    Examples
    --------
    >>> title_of_test("self_enforcing", True)
    'violators keep it *'
    """
    return TITLES.get(name, name.replace("_", " ")) + (" *" if required else "")


def matrix(found: Assessment, told: Sequence[Explanation]) -> Chart:
    """Draw which of several agreements passes which test, by how much, and who is decisive.

    Parameters
    ----------
    found : Assessment
    told : sequence of Explanation
        Of the same assessment, A first.

    Returns
    -------
    altair chart

    Examples
    --------
    >>> import sim
    >>> from sim.stability.explain import explain
    >>> found = sim.assess(sim.read_scenario("scenarios/tutorial-two-by-two/scenario.yaml"))
    >>> chart = matrix(found, [explain(found, 1)]).to_dict()
    >>> [row["words"] for row in chart["datasets"][chart["vconcat"][0]["data"]["name"]]][:2]
    ['yes +0.25', 'yes']
    """
    alt = altair()
    scenario = found.scenario
    rows = []
    for letter, one in zip(letters(len(told)), told, strict=True):
        for line in one.tests:
            margin = "" if line.margin is None else f" {signed(line.margin)}"
            verdict = "yes" if line.holds else "no"
            rows.append(
                {
                    "package": letter,
                    "test": title_of_test(line.name, line.required),
                    "holds": verdict if line.binds else DOES_NOT_BIND,
                    "words": verdict + margin if line.binds else DOES_NOT_BIND,
                    "witness": party_title(scenario, line.binding) if line.binding and line.binds else "",
                }
            )
    width = (WIDTH - 190) // max(len(told), 1)
    base = alt.Chart(data(rows), width=alt.Step(min(width, 150)), height=alt.Step(33))
    x = alt.X(
        "package:N",
        title=None,
        axis=alt.Axis(orient="top", labelAngle=0, labelFontSize=13, labelFontWeight="bold", domain=False, ticks=False),
    )
    y = alt.Y("test:N", sort=None, title=None, axis=alt.Axis(domain=False, ticks=False))
    scale = alt.Scale(domain=["yes", "no", DOES_NOT_BIND], range=["#C9D2DF", "#F6E3C8", "#F4F4F4"])
    cells = base.mark_rect(stroke="white", strokeWidth=2).encode(
        x=x, y=y, color=alt.Color("holds:N", scale=scale, legend=None)
    )
    words = base.mark_text(dy=-6, fontSize=11, color=INK, fontWeight="bold").encode(x=x, y=y, text="words:N")
    witness = base.mark_text(dy=8, fontSize=10, color=INK).encode(x=x, y=y, text="witness:N")
    agreements = [found.terms.space.agreement(one.agreement) for one in told]
    lines = [
        "* required for 'stable' in this scenario. Below yes or no: the party that decides it.",
        *letter_lines(scenario, agreements),
    ]
    caption = Caption.of(
        scenario,
        "Which of the front-runners would last, and who decides?",
        f"{counted(len(told), 'agreements')} all can sign in most worlds; margins on the scale of the party named",
    )
    return framed(alt.vconcat(alt.layer(cells, words, witness, data=data(rows)), text_block(lines)), caption)


def run_stages(table: pd.DataFrame) -> list[dict[str, float | str]]:
    """Return how far runs get: from something to sign to what is still in force years later.

    Parameters
    ----------
    table : pandas.DataFrame
        Runs, with the columns of ``sim.results.table``.

    Returns
    -------
    list of dict
        ``stage``, ``count``, ``of``, ``share``, and the ends of the 95 % and 50 % intervals.

    Examples
    --------
    >>> import sim
    >>> from sim.results.batch import run_batch
    >>> two = sim.read_scenario("scenarios/tutorial-two-by-two/scenario.yaml")
    >>> [(row["stage"], row["count"]) for row in run_stages(run_batch(two, runs=4, quiet=True))][:2]
    [('something to sign', 4), ('signed', 4)]
    """
    fine = table[~failed_runs(table)]
    rows: list[dict[str, float | str]] = []
    for stage, yes in stages(fine):
        wide = share_of_rows(yes, fine["world"].to_numpy())
        narrow = share_of_rows(yes, fine["world"].to_numpy(), confidence=0.5)
        rows.append(
            {
                "stage": stage,
                "count": int(yes.sum()),
                "of": len(fine),
                "share": wide.estimate,
                "low": wide.low,
                "high": wide.high,
                "low50": narrow.low,
                "high50": narrow.high,
            }
        )
    return rows


def agreement_stages(found: Assessment) -> list[dict[str, float | str]]:
    """Return how many agreements are left, required test by required test.

    Parameters
    ----------
    found : Assessment

    Returns
    -------
    list of dict
        ``stage``, ``count``, ``of``, ``share``.

    Examples
    --------
    >>> import sim
    >>> found = sim.assess(sim.read_scenario("scenarios/tutorial-two-by-two/scenario.yaml"))
    >>> [(row["stage"], row["count"]) for row in agreement_stages(found)]
    [('could exist', 4), ('could be signed', 4), ('and acceptable to all who must sign', 2), ...]
    """
    total = found.n_agreements
    left = found.terms.space.signable.copy()
    rows: list[dict[str, float | str]] = [
        {"stage": "could exist", "count": total, "of": total, "share": 1.0},
        {"stage": "could be signed", "count": int(left.sum()), "of": total, "share": float(left.mean())},
    ]
    for name in found.scenario.stability.require:
        left &= found.test(name).holds
        title = title_of_test(name, False).removeprefix("… and ")
        rows.append({"stage": f"and {title}", "count": int(left.sum()), "of": total, "share": float(left.mean())})
    return rows


def funnel(rows: Sequence[dict[str, float | str]], scenario: Scenario, counted_as: str, interval: str = "") -> Chart:
    """Draw how many are left, stage by stage.

    Parameters
    ----------
    rows : sequence of dict
        From `run_stages` or `agreement_stages`.
    scenario : Scenario
    counted_as : str
        Of what the shares are, for the caption.
    interval : str
        What the whiskers are; empty where nothing was drawn.

    Returns
    -------
    altair chart

    Examples
    --------
    >>> import sim
    >>> found = sim.assess(sim.read_scenario("scenarios/tutorial-two-by-two/scenario.yaml"))
    >>> len(funnel(agreement_stages(found), found.scenario, "4 agreements").to_dict()["layer"])
    2
    """
    alt = altair()
    shown = [
        {**row, "words": f"{row['count']:,} ({percent(float(row['share']))})", "end": row.get("high", row["share"])}
        for row in rows
    ]
    base = alt.Chart(data(shown), width=WIDTH - 330, height=alt.Step(38))
    y = alt.Y("stage:N", sort=None, title=None, axis=alt.Axis(ticks=False, domain=False))
    scale = alt.Scale(domain=[0, 1])
    x = alt.X("share:Q", scale=scale, title=None, axis=None)
    bars = base.mark_bar(height=20, color=COLOURS[0], opacity=0.45).encode(x=x, y=y)
    layers = [bars]
    if "low" in shown[0]:
        layers.append(
            base.mark_rule(color=COLOURS[0], strokeWidth=1.5).encode(x=alt.X("low:Q", scale=scale), x2="high:Q", y=y)
        )
        layers.append(
            base.mark_rule(color=COLOURS[0], strokeWidth=6).encode(x=alt.X("low50:Q", scale=scale), x2="high50:Q", y=y)
        )
    end = alt.X("end:Q", scale=scale)
    layers.append(base.mark_text(align="left", fontSize=11, color=INK, dx=8).encode(x=end, y=y, text="words:N"))
    return framed(alt.layer(*layers), Caption.of(scenario, "How far does it get?", counted_as, interval))
