"""The notebook of the documents runs from top to bottom, and shows what the other pages say."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

NOTEBOOK = Path("docs/tutorial/notebook.py")


@pytest.fixture(scope="module")
def page() -> str:
    return str(runpy.run_path("docs/generated.py")["notebook"](NOTEBOOK.resolve()))


def test_the_notebook_runs_and_shows_its_results(page: str) -> None:
    assert page.startswith("# A notebook")
    shown = [part.split("```")[0] for part in page.split("```text\n")[1:]]
    assert len(shown) == 6
    assert "0 agreements in the zone" in shown[1] and "0.551" in shown[1]
    assert shown[-1].strip() == "True"
    kept = {line.split()[0]: int(line.split()[1]) for line in shown[3].splitlines()}
    assert kept["acceptable"] == 44 and 0 <= kept["stable"] <= kept["self_enforcing"] <= 44


def test_a_cell_that_fails_stops_the_page(tmp_path: Path) -> None:
    (tmp_path / "bad.py").write_text("# %%\n1 / 0\n", encoding="utf-8")
    with pytest.raises(ZeroDivisionError):
        runpy.run_path("docs/generated.py")["notebook"]((tmp_path / "bad.py").resolve())
