"""The site of documents: it builds without a warning, no link is dead, and nothing is loaded from outside."""

from __future__ import annotations

import re
import subprocess
import sys
from html import unescape
from pathlib import Path
from urllib.parse import unquote

import pytest

PAGES = sorted([Path("README.md"), Path("CHANGELOG.md"), *Path("docs").rglob("*.md")])
PAGES = [page for page in PAGES if "generated" not in page.parts]
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)|!\[[^\]]*\]\(([^)\s]+)\)")


def anchors(page: Path) -> set[str]:
    """Return the anchors that headings of a page make, as GitHub and MyST do."""
    found = set()
    for heading in re.findall(r"^#{1,6} (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE):
        plain = re.sub(r"[^\w\- ]", "", heading.strip().lower())
        found.add(plain.replace(" ", "-"))
    return found


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_every_link_to_a_file_of_the_project_leads_somewhere(page: Path) -> None:
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    for link, picture in LINK.findall(text):
        target, _, anchor = (link or picture).partition("#")
        if ":" in target:
            continue
        there = (page.parent / target) if target else page
        assert there.exists(), f"{page}: {target} does not exist"
        if anchor and there.suffix == ".md":
            assert anchor in anchors(there), f"{page}: {target} has no heading {anchor}"


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built site."""
    out = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-b", "html", "docs", str(out)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stderr[-4000:]
    return out


def test_the_site_builds_without_a_warning_and_loads_nothing_from_outside(site: Path) -> None:
    pages = list(site.rglob("*.html"))
    assert len(pages) > 20
    for page in pages:
        loaded = re.findall(
            r"<(?:script|link|img|iframe)[^>]*?(?:src|href)=\"(https?:[^\"]+)\"", page.read_text(encoding="utf-8")
        )
        assert loaded == [], page


def test_the_reference_lists_every_command_and_every_name_of_the_package(site: Path) -> None:
    import sim
    from sim.cli import COMMANDS

    commands = (site / "reference" / "generated" / "commands.html").read_text(encoding="utf-8")
    assert all(f"parley {name}" in commands for name in COMMANDS)
    api = (site / "reference" / "generated" / "api.html").read_text(encoding="utf-8")
    assert all(f"sim.{name}" in api for name in sim.__all__ if not name.startswith("_"))


def test_no_link_of_the_built_site_is_dead(site: Path) -> None:
    pages = {page.resolve(): page.read_text(encoding="utf-8") for page in site.rglob("*.html")}
    names = {page: set(re.findall(r"\b(?:id|name)=\"([^\"]+)\"", text)) for page, text in pages.items()}
    dead, looked_at = [], 0
    for page, text in pages.items():
        for link in re.findall(r"\b(?:href|src)=\"([^\"]*)\"", text):
            target, _, anchor = unquote(unescape(link)).partition("#")
            if re.match(r"[a-z]+:|//", target):
                continue
            looked_at += 1
            there = (page.parent / target.partition("?")[0]).resolve() if target else page
            if not there.is_file() or (anchor and there in names and anchor not in names[there]):
                dead.append(f"{page.relative_to(site.resolve())}: {link}")
    assert dead == []
    assert looked_at > 1_000
