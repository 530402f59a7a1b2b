"""What all figures share: the frame with question and origin, the colours, and blocks of text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from textwrap import wrap
from typing import Any

from sim.domain.provenance import given_numbers, status_shares
from sim.domain.scenario import Scenario
from sim.errors import library
from sim.present.words import whole_percent

__all__ = ["COLOURS", "FAINT", "INK", "Caption", "altair", "data", "framed", "percent_axis", "signed", "text_block"]

#: Told apart under every type of colour vision, and no colours of a flag; the first two for pairs.
COLOURS = ("#44546A", "#B86B00", "#009988", "#999933")
#: For text and axes, for what is weak or beside the point, and for surfaces.
INK, FAINT, PALE = "#1F2430", "#A7ADB8", "#E9ECF1"
#: Width of a figure, in pixels at its own size.
WIDTH = 640
#: Characters of the caption that fit in a line.
_LINE = 104

Chart = Any


def altair() -> Any:
    """Return the module altair.

    Raises
    ------
    MissingLibraryError
        If it is not installed.

    Examples
    --------
    >>> altair().Chart.__name__
    'Chart'
    """
    return library("altair", "present", "A figure")


@dataclass(frozen=True)
class Caption:
    """What a reader has to know of a figure: its question, and where it comes from.

    Attributes
    ----------
    question : str
        The title.
    counted : str
        Of what and how many, with the seed where something was drawn.
    scenario, hash : str
        Name and hash of the scenario.
    judgement : float
        Share of the numbers it gives that are judgement.
    interval : str
        What bands and whiskers are; empty where there are none.
    """

    question: str
    counted: str
    scenario: str
    hash: str
    judgement: float
    interval: str = ""

    @classmethod
    def of(cls, scenario: Scenario, question: str, counted: str, interval: str = "") -> Caption:
        """Return the caption of a figure of one scenario.

        Parameters
        ----------
        scenario : Scenario
        question, counted, interval : str
            As for the attributes.

        Returns
        -------
        Caption

        Examples
        --------
        >>> import sim
        >>> two = sim.read_scenario("scenarios/tutorial-two-by-two/scenario.yaml")
        >>> Caption.of(two, "Who blocks?", "4 agreements at central values").lines()[-1]
        'model result, not a forecast'
        """
        shares = status_shares(given_numbers(scenario))
        return cls(question, counted, scenario.name, scenario.hash, shares.get("judgement", 0.0), interval)

    def lines(self) -> list[str]:
        """Return the lines below the title."""
        parts = [self.counted, self.interval]
        origin = (
            f"scenario {self.scenario} ({self.hash[:12]}); {whole_percent(self.judgement)} of its numbers are judgement"
        )
        return [*(line for part in parts if part for line in wrap(part, _LINE)), origin, "model result, not a forecast"]

    def words(self) -> str:
        """Return the whole as one text, for those who do not see the figure."""
        return f"{self.question} {'; '.join(self.lines())}."


def data(rows: Sequence[Mapping[str, Any]]) -> Any:
    """Return rows as the data of a chart, which then holds them itself.

    Parameters
    ----------
    rows : sequence of mapping

    Examples
    --------
    >>> data([{"party": "Hill", "margin": 0.1}]).values
    [{'party': 'Hill', 'margin': 0.1}]
    """
    return altair().InlineData(values=[dict(row) for row in rows])


def framed(chart: Chart, caption: Caption) -> Chart:
    """Return a chart in the frame of all figures: the question as title, its origin below.

    Parameters
    ----------
    chart : altair chart
    caption : Caption

    Returns
    -------
    altair chart

    Examples
    --------
    >>> import sim
    >>> two = sim.read_scenario("scenarios/tutorial-two-by-two/scenario.yaml")
    >>> chart = altair().Chart(data([{"x": 1}])).mark_point()
    >>> framed(chart, Caption.of(two, "Who blocks?", "4 agreements")).to_dict()["title"]["text"]
    ['Who blocks?']
    """
    alt = altair()
    font = "Liberation Sans, Arial, Helvetica, sans-serif"
    title = alt.TitleParams(
        text=wrap(caption.question, 72),
        subtitle=caption.lines(),
        anchor="start",
        frame="bounds",
        fontSize=17,
        subtitleFontSize=11,
        subtitleColor="#5A6272",
        color=INK,
        offset=14,
        subtitlePadding=5,
        subtitleLineHeight=15,
    )
    axis = {
        "labelColor": INK,
        "titleColor": INK,
        "gridColor": PALE,
        "domainColor": FAINT,
        "tickColor": FAINT,
        "labelFontSize": 11,
        "titleFontSize": 11,
        "titleFontWeight": "normal",
        "labelLimit": 330,
    }
    return (
        chart.properties(title=title, description=caption.words(), usermeta={"label": caption.words()})
        .configure(font=font, background="white", padding=14)
        .configure_view(stroke=None)
        .configure_axis(**axis)
        .configure_header(labelColor=INK, titleColor=INK, labelFontSize=11)
    )


def percent_axis(**given: Any) -> Any:
    """Return an axis of shares, in whole percent.

    Examples
    --------
    >>> percent_axis().to_dict()["labelExpr"]
    "format(100 * datum.value, '.0f') + ' %'"
    """
    return altair().Axis(labelExpr="format(100 * datum.value, '.0f') + ' %'", **{"tickCount": 5, **given})


def signed(value: float, decimals: int = 2) -> str:
    """Return a number with its sign; the minus is as wide as the plus.

    Examples
    --------
    >>> signed(0.1), signed(-0.1)
    ('+0.10', '−0.10')
    """
    return f"{value:+.{decimals}f}".replace("-", "−")


def text_block(lines: Sequence[str], width: int = WIDTH, *, line: int = 106) -> Chart:
    """Return lines of text as a chart to set below another.

    Parameters
    ----------
    lines : sequence of str
        Each is broken where it is too long, and what follows set in.
    width : int
        In pixels.
    line : int
        Characters that fit.

    Examples
    --------
    >>> text_block(["A: Guard: absent"]).to_dict()["mark"]["type"]
    'text'
    """
    alt = altair()
    broken = [
        part for text in lines for part in wrap(text, line, subsequent_indent="    ", break_on_hyphens=False) or [""]
    ]
    rows = [{"line": place, "words": words.replace("    ", "\u2003")} for place, words in enumerate(broken)]
    return (
        alt.Chart(data(rows), height=15 * len(rows), width=width)
        .mark_text(align="left", fontSize=11, color=INK, x=0)
        .encode(y=alt.Y("line:O", axis=None), text="words:N")
    )
