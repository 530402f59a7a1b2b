"""Each shipped scenario has a page of results that the code gives today.

After a change that is meant to change results: `make reference`, and say why in the commit.
"""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from tests.golden.pages import FIGURES, ROOT, SCENARIOS, listing, page_files


def words(svg: str) -> list[str]:
    """All text in a drawing; where it stands depends on the fonts of the machine that drew it."""
    return [node.text or "" for node in ElementTree.fromstring(svg).iter() if node.tag.endswith("text")]


def test_the_list_of_results_names_every_shipped_scenario():
    assert (ROOT / "results/README.md").read_text(encoding="utf-8") == listing()


@pytest.mark.parametrize("name", SCENARIOS)
def test_the_page_of_a_scenario_is_reproduced(name):
    folder = ROOT / "results/reference" / name
    found = page_files(name)
    assert (folder / "README.md").read_text(encoding="utf-8") == found["README.md"]
    for figure in FIGURES:
        assert words((folder / f"{figure}.svg").read_text(encoding="utf-8")) == words(found[f"{figure}.svg"])


def test_the_readme_shows_two_pictures_that_are_there():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for figure in FIGURES:
        assert f"(results/reference/berlin-2025/{figure}.svg)" in text
        assert (ROOT / f"results/reference/berlin-2025/{figure}.svg").is_file()
