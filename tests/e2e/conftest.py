"""A real browser for the tests of pages: one process for the whole session.

``PARLEY_BROWSER`` names it; else it is the Chromium that ``make browser``, which ``make test`` runs first, fetched
from npm and unpacked under ``build/browser``; else a Chromium on the PATH. Without any, the tests skip and say so;
under ``CI=true`` they fail.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser

BUILT = Path(__file__).parents[2] / "build/browser"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]


def _absent(why: str) -> None:
    if os.environ.get("CI") == "true":
        pytest.fail(why, pytrace=False)
    pytest.skip(why)


def _executable() -> tuple[str, dict[str, str]]:
    """Return the browser's path and what its environment adds."""
    if named := os.environ.get("PARLEY_BROWSER"):
        return named, {}
    unpacked = BUILT / "unpacked"
    if (unpacked / "chromium").is_file():
        # Its own fonts.conf names a folder that is not there: text would vanish without a word.
        fonts = BUILT / "fonts.conf"
        fonts.write_text(
            '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">\n'
            f"<fontconfig><dir>{unpacked / 'fonts'}</dir><cachedir>{BUILT / 'fonts-cache'}</cachedir></fontconfig>\n",
            encoding="utf-8",
        )
        libraries = [str(unpacked / "al2023/lib"), os.environ.get("LD_LIBRARY_PATH", "")]
        return str(unpacked / "chromium"), {
            "LD_LIBRARY_PATH": os.pathsep.join(filter(None, libraries)),
            "FONTCONFIG_FILE": str(fonts),
        }
    for name in ("chromium", "chromium-browser", "google-chrome", "chrome"):
        if found := shutil.which(name):
            return found, {}
    _absent("no browser: 'make browser' fetches one where npm is there, or name one in PARLEY_BROWSER")
    raise AssertionError


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A running Chromium."""
    sync_api = pytest.importorskip("playwright.sync_api")
    path, more = _executable()
    with sync_api.sync_playwright() as running:
        try:
            started = running.chromium.launch(executable_path=path, args=FLAGS, env={**os.environ, **more})
        except sync_api.Error as problem:
            _absent(f"{path} does not start: {problem.message.splitlines()[0]}")
        yield started
        started.close()


@pytest.fixture(scope="session")
def axe() -> str:
    """The text of axe-core, which checks a page's accessibility."""
    script = BUILT / "node_modules/axe-core/axe.min.js"
    if not script.is_file():
        _absent("no axe-core: 'make browser' fetches it where npm is there")
    return script.read_text(encoding="utf-8")
