"""What a user installs with Parley may be used beside Apache-2.0: no GPL or AGPL library at run time."""

from __future__ import annotations

import re
from importlib.metadata import PackageNotFoundError, distribution

import pytest

#: Strong copyleft would bind whoever passes Parley on. The LGPL and the MPL do not, as libraries.
REFUSED = re.compile(r"(?<![Ll])\b(?:AGPL|GPL)|(?<!Lesser )General Public License|Affero", re.IGNORECASE)
ALLOWED = re.compile(r"LGPL|Lesser General Public|Library or Lesser", re.IGNORECASE)


def needed(root: str, extras: set[str]) -> dict[str, str]:
    """Return the installed distributions that one needs, with what each says of its licence."""
    from packaging.requirements import Requirement

    found: dict[str, str] = {}
    queue, seen = [(root, extras)], set()
    while queue:
        name, wanted = queue.pop()
        key = name.lower().replace("_", "-")
        if (key, *sorted(wanted)) in seen:
            continue
        seen.add((key, *sorted(wanted)))
        try:
            made = distribution(name)
        except PackageNotFoundError:
            continue
        about = made.metadata
        classifiers = [c for c in about.get_all("Classifier") or [] if c.startswith("License ::")]
        # Some packages put the whole text there: its first line names the licence.
        said = (about.get("License-Expression") or (about.get("License") or "").strip().partition("\n")[0]).strip()
        found[key] = "; ".join(filter(None, [said, *classifiers]))
        for line in made.requires or []:
            need = Requirement(line)
            if need.marker is None or any(need.marker.evaluate({"extra": extra}) for extra in wanted or {""}):
                queue.append((need.name, set(need.extras)))
    return found


def test_no_library_at_run_time_is_under_strong_copyleft() -> None:
    licences = needed("parley-sim", {"", "all"})
    assert {"mesa", "numpy", "duckdb", "altair", "openpyxl"} <= licences.keys()
    refused = {name: said for name, said in licences.items() if REFUSED.search(said) and not ALLOWED.search(said)}
    assert refused == {}


@pytest.mark.parametrize(
    ("said", "refused"),
    [
        ("GPL-3.0-or-later", True),
        ("AGPL-3.0", True),
        ("License :: OSI Approved :: GNU General Public License v3 (GPLv3)", True),
        ("LGPL-2.1-or-later", False),
        ("License :: OSI Approved :: GNU Lesser General Public License v3 (LGPLv3)", False),
        ("MIT", False),
    ],
)
def test_licences_are_told_apart(said: str, refused: bool) -> None:
    assert (bool(REFUSED.search(said)) and not ALLOWED.search(said)) is refused
