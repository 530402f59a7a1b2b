"""A live page in a browser, driven as a reader drives it: from disk, with the network off."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sim
from sim.agreements.openings import opening_changes
from sim.agreements.zone import Zone
from sim.domain.world import central_world

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

SCENARIOS = sorted(Path("scenarios").glob("*/scenario.yaml"))

_SET = """([path, value]) => {
  const id = [...document.querySelectorAll('#parley-numbers .number')].find(
    (card) => card.querySelector('details p').textContent.startsWith(`Key: ${path}.`));
  const slider = id.querySelector('input[type=range]');
  const box = id.querySelector('input[type=number]');
  if (value === null) return [...Array(Number(slider.max) + 1).keys()].map((n) => {
    slider.value = n; slider.dispatchEvent(new Event('input', {bubbles: true})); return Number(box.value); });
  slider.value = value;
  slider.dispatchEvent(new Event('input', {bubbles: true}));
  return Number(box.value);
}"""


class LivePage:
    """One opened page."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.faults: list[str] = []
        self.requests: list[str] = []
        page.on("console", lambda said: self.faults.append(said.text) if said.type in ("error", "warning") else None)
        page.on("pageerror", lambda fault: self.faults.append(str(fault)))
        page.on("dialog", lambda dialog: self.faults.append(f"dialog {dialog.message}"))
        page.on("request", lambda asked: self.requests.append(asked.url))

    def open(self, file: Path, state: str = "") -> LivePage:
        self.page.goto(file.resolve().as_uri() + state)
        return self

    def data(self, name: str, of: str = "answer") -> str:
        return self.page.evaluate("([id, name]) => document.getElementById(id).dataset[name]", [f"parley-{of}", name])

    def find(self, path: str) -> None:
        """Bring a number's slider on the page."""
        self.page.evaluate("document.getElementById('parley-kind').value = 'all'")
        self.page.fill("#parley-search", path)

    def stops(self, path: str) -> list[float]:
        """Drag a number's slider through all its stops."""
        self.find(path)
        return self.page.evaluate(_SET, [path, None])

    def slide(self, path: str, stop: int) -> float:
        """Drag a number's slider to a stop and return the value there."""
        self.find(path)
        return self.page.evaluate(_SET, [path, stop])

    def answer(self) -> dict[str, Any]:
        """What the page says: size of the zone, who blocks, the first change that opens it and how many do."""
        first = self.data("first", "changes") if int(self.data("zone")) == 0 else ""
        return {
            "zone": int(self.data("zone")),
            "blockers": [tuple(one) for one in json.loads(self.data("blockers"))],
            "first": tuple(json.loads(first)) if first else None,
            "count": int(self.data("count", "changes")) if first else 0,
        }

    def settings(self) -> list[str]:
        """The settings of the command it offers."""
        words = shlex.split(self.page.input_value("#parley-command"))
        return [setting for flag, setting in pairwise(words) if flag == "--set"]


def answer_of(given: Any) -> dict[str, Any]:
    """What the program says to the same question: of a scenario or a world."""
    world = central_world(given) if isinstance(given, sim.Scenario) else given
    payoffs = sim.Payoffs.of(world)
    zone = Zone.of(payoffs)
    changes = opening_changes(payoffs)
    return {
        "zone": len(zone.agreements),
        "blockers": [(b.party, b.zone_without, b.refuses_by_value, b.refuses_by_line) for b in zone.blockers],
        "first": (changes[0].path, changes[0].new) if changes else None,
        "count": len(changes),
    }


@contextmanager
def opened(browser: Browser, file: Path, state: str = "", **given: Any) -> Iterator[LivePage]:
    """Open a page from disk, with the network off."""
    context = browser.new_context(offline=True, **given)
    try:
        yield LivePage(context.new_page()).open(file, state)
    finally:
        context.close()
