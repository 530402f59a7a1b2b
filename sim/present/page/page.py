"""The live page: one static file without a server, which recomputes a scenario as a reader moves its numbers.

Nothing is loaded from outside, and the page's own policy forbids it: only this one script and style, by their
SHA-256, may act. What comes from files enters as data (`embedded`) and is shown as text.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from dataclasses import dataclass
from functools import cache
from importlib import metadata, resources
from typing import Any

from sim.domain.scenario import Scenario
from sim.present.page.content import page_to_json

__all__ = ["MAX_BYTES", "PageParts", "embedded", "live_page", "page_parts", "plain_text"]

#: A page may weigh so much.
MAX_BYTES = 300_000

#: Control signs and marks of writing direction: they could make a text act on what stands around it.
_ACTING = re.compile("[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]")


@dataclass(frozen=True)
class PageParts:
    """The pieces of a live page, for a file of its own or as a part of another.

    Attributes
    ----------
    body : str
        Markup, with the data in it; every id begins with ``parley``.
    script, style : str
        Contents of a ``<script>`` at the end of the body and of a ``<style>`` in the head.
    """

    body: str
    script: str
    style: str

    @property
    def policy(self) -> str:
        """The content security policy under which this script and style may act, and nothing else."""
        return (
            f"default-src 'none'; script-src {_digest(self.script)}; style-src {_digest(self.style)}; "
            "base-uri 'none'; form-action 'none'"
        )


def plain_text(text: str) -> str:
    r"""Return a text with control signs and marks of writing direction written out.

    Parameters
    ----------
    text : str

    Returns
    -------
    str

    Examples
    --------
    >>> plain_text("peace\u202eecaep\x07")
    'peace‹U+202E›ecaep‹U+0007›'
    """
    return _ACTING.sub(lambda found: " " if found[0] in "\n\t" else f"‹U+{ord(found[0]):04X}›", text)


def embedded(content: Any) -> str:
    r"""Return data as JSON that can stand between script tags: nothing in it can end them or begin markup.

    Parameters
    ----------
    content : dict, list, str, number, bool or None

    Returns
    -------
    str
        ASCII, without any of ``<``, ``>`` and ``&``.

    Examples
    --------
    >>> embedded({"title": "</script><b>"})
    '{"title":"\\u003c/script\\u003e\\u003cb\\u003e"}'
    """
    text = json.dumps(content, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def page_parts(scenario: Scenario, *, tests: bool = True, inside: bool = False) -> PageParts:
    """Return the live page of a scenario in pieces.

    Parameters
    ----------
    scenario : Scenario
    tests : bool
        Whether to work out the tests after signing along every number; that takes most of the time.
    inside : bool
        For a place inside another page, which has a heading of the first level and a ``<main>`` of its own.

    Returns
    -------
    PageParts

    Raises
    ------
    ModelError
        If the page cannot compute the scenario; what it cannot is named.

    Examples
    --------
    >>> import sim
    >>> parts = page_parts(sim.read_scenario("scenarios/tutorial-two-by-two/scenario.yaml"))
    >>> parts.policy[:38]
    "default-src 'none'; script-src 'sha256"
    """
    content = embedded(page_to_json(scenario, tests=tests))
    made = f"Made by parley {metadata.version('parley-sim')} from {scenario.name}; scenario hash {scenario.hash}."
    body = _asset("body.html")
    for level, name in enumerate(("first", "second", "third"), start=2 if inside else 1):
        body = body.replace(f"{{{name}}}", str(level))
    for name in ("header", "main"):
        body = body.replace(f"{{{name}}}", "div" if inside else name)
    # The title last: what a file says is not looked through for names.
    for name, text in {"{made}": made, "{title}": scenario.title}.items():
        body = body.replace(name, html.escape(plain_text(text)), 1)
    data = f'<script type="application/json" id="parley-content">{content}</script>\n'
    return PageParts(f"{body}{data}", _asset("engine.js") + _asset("view.js"), _asset("page.css"))


def live_page(scenario: Scenario, *, tests: bool = True) -> str:
    """Return the live page of a scenario as the text of one file.

    Parameters
    ----------
    scenario : Scenario
    tests : bool
        Whether to work out the tests after signing along every number.

    Returns
    -------
    str

    Raises
    ------
    ModelError
        If the page cannot compute the scenario; what it cannot is named.

    Examples
    --------
    >>> import sim
    >>> text = live_page(sim.read_scenario("scenarios/tutorial-two-by-two/scenario.yaml"))
    >>> text.startswith("<!doctype html>"), len(text) < MAX_BYTES
    (True, True)
    """
    parts = page_parts(scenario, tests=tests)
    title = html.escape(plain_text(scenario.title))
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{html.escape(parts.policy)}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{title} · live page</title>\n<style>{parts.style}</style>\n</head>\n<body>\n"
        f"{parts.body}<script>{parts.script}</script>\n</body>\n</html>\n"
    )


def _digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


@cache
def _asset(name: str) -> str:
    return resources.files("sim.present.page").joinpath(name).read_text(encoding="utf-8")
