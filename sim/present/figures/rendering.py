"""Charts as files: SVG, PNG, HTML and JSON, with nothing loaded from outside."""

from __future__ import annotations

import json
import re
from html import escape
from pathlib import Path
from typing import Any

from sim.errors import ModelError, library, printable

__all__ = ["FORMS", "html_of", "png_of", "render", "spec_of", "svg_of"]

#: Forms a figure can be written in, by the ending of the file.
FORMS = ("svg", "png", "html", "json")
#: Pixels of a PNG for one of the figure.
_SCALE = 2.0
#: What tells screen readers of marks; the figure is one image.
_NAMES = re.compile(r' (?:aria-[a-z]+|role)="[^"]*"')


def _engine() -> Any:
    return library("vl_convert", "present", "A figure")


def spec_of(chart: Any) -> dict[str, Any]:
    r"""Return a chart as a Vega-Lite specification in which every text is shown as it is written.

    Parameters
    ----------
    chart : altair chart

    Returns
    -------
    dict

    Examples
    --------
    >>> from sim.present.figures.frame import altair, data
    >>> chart = altair().Chart(data([{"who": "Hill\u202e"}])).mark_point()
    >>> list(spec_of(chart)["datasets"].values())
    [[{'who': 'Hill\\u202e'}]]
    """
    shown: dict[str, Any] = _visible(chart.to_dict())
    return shown


def _visible(node: Any) -> Any:
    if isinstance(node, dict):
        return {key: _visible(child) for key, child in node.items()}
    if isinstance(node, list):
        return [_visible(child) for child in node]
    return printable(node) if isinstance(node, str) else node


def svg_of(chart: Any) -> str:
    """Return a chart as SVG: one image to screen readers, with its question and origin as the label.

    Parameters
    ----------
    chart : altair chart

    Returns
    -------
    str

    Examples
    --------
    >>> from sim.present.figures.frame import altair, data
    >>> chart = altair().Chart(data([{"x": 1}]), usermeta={"label": "One point"}).mark_point()
    >>> svg_of(chart)[:40]
    '<svg role="img" aria-label="One point" x'
    """
    spec = spec_of(chart)
    # Its own labels name every mark; the figure is one image, and its numbers stand in a table or in the result.
    spec.setdefault("config", {})["aria"] = False
    drawn: str = _engine().vegalite_to_svg(spec, allowed_base_urls=[])
    label = escape(str(spec.get("usermeta", {}).get("label", "")), quote=True)
    drawn = re.sub("<[^<>]*>", lambda tag: _NAMES.sub("", tag[0]), drawn)
    return drawn.replace("<svg ", f'<svg role="img" aria-label="{label}" ', 1)


def png_of(chart: Any) -> bytes:
    """Return a chart as PNG, at twice its size.

    Parameters
    ----------
    chart : altair chart

    Returns
    -------
    bytes

    Examples
    --------
    >>> from sim.present.figures.frame import altair, data
    >>> png_of(altair().Chart(data([{"x": 1}])).mark_point())[1:4]
    b'PNG'
    """
    # By way of the SVG, which has no labels of marks: Vega writes control signs back into those.
    found: bytes = _engine().svg_to_png(svg_of(chart), scale=_SCALE)
    return found


def html_of(chart: Any) -> str:
    """Return a chart as a page of its own: no script, nothing from outside.

    Parameters
    ----------
    chart : altair chart

    Returns
    -------
    str

    Examples
    --------
    >>> from sim.present.figures.frame import altair, data
    >>> html_of(altair().Chart(data([{"x": 1}]), usermeta={"label": "One point"}).mark_point())[:15]
    '<!doctype html>'
    """
    label = escape(printable(str(chart.to_dict().get("usermeta", {}).get("label", "Figure"))))
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">\n'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{label}</title>\n"
        "<style>body{margin:0}main{overflow-x:auto}svg{display:block;margin:auto;max-width:100%;min-width:600px;"
        "height:auto}</style>\n"
        f'</head><body><main tabindex="0" role="region" aria-label="Figure">{svg_of(chart)}</main></body></html>\n'
    )


def render(chart: Any, target: Path) -> None:
    """Write a chart to a file in the form its ending asks for.

    Parameters
    ----------
    chart : altair chart
    target : Path
        Ending in one of `FORMS`.

    Raises
    ------
    ModelError
        If the ending is another, or the file cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> from sim.present.figures.frame import altair, data
    >>> target = Path(tempfile.mkdtemp()) / "point.json"
    >>> render(altair().Chart(data([{"x": 1}])).mark_point(), target)
    >>> json.loads(target.read_text(encoding="utf-8"))["mark"]["type"]
    'point'
    """
    form = target.suffix.removeprefix(".")
    if form not in FORMS:
        raise ModelError(f"{target}: a figure is a file ending in {', '.join('.' + name for name in FORMS)}")
    if form == "png":
        content = png_of(chart)
    else:
        text = {"svg": svg_of, "html": html_of}[form](chart) if form != "json" else _json(chart)
        content = text.encode("utf-8")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    except OSError as fault:
        raise ModelError(f"{target}: cannot be written: {fault.strerror}") from None


def _json(chart: Any) -> str:
    return json.dumps(spec_of(chart), ensure_ascii=False, indent=1) + "\n"
