"""Every block of code in docs/, README and CONTRIBUTING runs, or says beside it why it cannot."""

from __future__ import annotations

import contextlib
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from click.testing import CliRunner

import sim
from sim.cli import parley
from sim.domain.document import parse_document
from sim.sweeps.factors import ranged

ROOT = Path.cwd()
PAGES = sorted(
    path
    for path in [Path("README.md"), Path("CONTRIBUTING.md"), *Path("docs").rglob("*.md")]
    if "generated" not in path.parts
)
#: Pages whose blocks have tests of their own, which say more than that they run.
ELSEWHERE = {
    "README.md python": "pytest runs README.md as a doctest",
    "README.md text": "tests/golden holds the output to the byte",
    "docs/how-to/mesa.md python": "tests/test_how_to_mesa.py",
    "docs/how-to/new-forecast.md python": "tests/outside/test_outside_package.py",
    "docs/how-to/new-issue.md yaml": "tests/docs/test_how_to_pages.py",
    "docs/how-to/new-issue.md python": "tests/docs/test_how_to_pages.py",
    "docs/how-to/new-protocol.md python": "tests/outside/test_outside_package.py",
    "docs/how-to/new-strategy.md python": "tests/conformance/test_how_to_strategy.py",
    "docs/how-to/new-strategy.md toml": "tests/outside/test_outside_package.py",
    "docs/how-to/new-test.md python": "tests/outside/test_outside_package.py",
    "docs/how-to/own-model.md python": "tests/sweeps/test_how_to_own_model.py",
    "docs/how-to/provenance.md console": "tests/scenarios/test_how_to_provenance.py",
    "docs/reference/scenario-file.md yaml": "tests/domain/test_scenario_reference.py",
    "docs/reference/sweep-file.md yaml": "tests/sweeps/test_sweep_reference.py",
    "docs/tutorial/memo.md console": "tests/docs/test_memo.py",
    "docs/tutorial/memo.md text": "tests/docs/test_memo.py",
    "docs/tutorial/stability-by-hand.md python": "tests/stability/test_stability_by_hand.py",
    "docs/tutorial/two-by-two.md python": "tests/scenarios/test_two_by_two.py",
}
#: What stands in a page above a block that no test can run.
NOT_RUN = re.compile(r"<!-- not run: (.+?) -->\n+$")
#: What is added to a command to save time: that it is called so is tested here, what it finds is tested elsewhere.
FEWER = {command: ["--worlds", "2"] for command in ("run", "plot", "aftermath", "compare")} | {
    "sweep": ["--dry-run"],
    "page": ["--no-tests"],
    "report": ["--worlds", "2", "--no-live"],
}


class Block(NamedTuple):
    """A block of code."""

    page: Path
    number: int
    language: str
    text: str
    why_not: str

    @property
    def kind(self) -> str:
        return f"{self.page.as_posix()} {self.language}"


def blocks() -> Iterator[Block]:
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for number, found in enumerate(re.finditer(r"^```([^\n`]*)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)):
            if found[1].startswith("{"):
                continue  # a directive of the site
            reason = NOT_RUN.search(text[: found.start()])
            yield Block(page, number, found[1].strip(), found[2], reason[1] if reason else "")


BLOCKS = list(blocks())
OURS = [block for block in BLOCKS if block.kind not in ELSEWHERE and not block.why_not]


def test_every_block_is_run_here_or_elsewhere_or_says_why_not() -> None:
    assert {block.language for block in OURS} <= {"console", "python", "yaml", "text"}
    assert [block.page.name for block in OURS if block.language == "text"] == ["architecture.md"]  # a drawing
    not_run = [f"{block.page.as_posix()}: {block.why_not}" for block in BLOCKS if block.why_not]
    assert len(not_run) == 5, not_run
    assert sorted(set(ELSEWHERE) - {block.kind for block in BLOCKS}) == []
    for where in ELSEWHERE.values():
        for path in re.findall(r"tests/\S+\.py", where):
            assert Path(path).is_file(), path
    assert len(BLOCKS) > 50


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as the pages take it to be: the scenarios, a scenario of one's own, some results."""
    folder = tmp_path_factory.mktemp("place")
    two = ROOT / "scenarios" / "tutorial-two-by-two" / "scenario.yaml"
    (folder / "scenarios").symlink_to(ROOT / "scenarios")
    (folder / "my-talks").mkdir()
    (folder / "my-talks" / "scenario.yaml").write_bytes(two.read_bytes())
    (folder / "scenario.yaml").write_bytes((ROOT / "scenarios" / "berlin-2025" / "scenario.yaml").read_bytes())
    with contextlib.chdir(folder):
        for name in ("berlin", "before", "after"):
            done = CliRunner().invoke(parley, ["run", str(two), "--worlds", "4", "--out", f"results/{name}"])
            assert done.exit_code == 0, done.output
        factor = ranged("parties.hill.no_deal.reservation", 0.2, 0.9, steps=3)
        sim.sweep(sim.Design(two, factors=[factor], worlds=8), workers=0, out="results/zone", quiet=True)
    return folder


def commands(text: str) -> list[list[str]]:
    """The command lines of a block, as words; what a command prints begins with no dollar sign."""
    lines = [line.removeprefix("$ ") for line in text.splitlines() if line.startswith("$ ")]
    return [shlex.split(line, comments=True) for line in lines]


@pytest.mark.parametrize(
    "block", [b for b in OURS if b.language == "console"], ids=lambda b: f"{b.page.as_posix()}-{b.number}"
)
def test_the_commands_of_a_page_run(block: Block, place: Path) -> None:
    words = commands(block.text)
    assert words, "a block of the console shows a command after a dollar sign"
    with contextlib.chdir(place):
        for word in words:
            if word[0] == "make":
                makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
                assert re.search(rf"^{word[1]}:", makefile, re.MULTILINE), word
                continue
            if word[0] != "parley":
                assert word[0] in {".", ".venv/bin/pip"}, word  # what sets up a shell
                continue
            if ">" in word:
                word = word[: word.index(">")]
            of_result = word[2:3] and word[2].startswith("results/")
            more = [] if of_result or "--worlds" in word else FEWER.get(word[1], [])
            done = CliRunner().invoke(parley, [*word[1:], *more])
            assert done.exit_code == 0, f"{shlex.join(word)}\n{done.output}"


@pytest.mark.parametrize(
    "page", sorted({b.page for b in OURS if b.language == "python"}), ids=lambda page: page.as_posix()
)
def test_the_python_of_a_page_runs_from_top_to_bottom(page: Path, place: Path) -> None:
    names: dict[str, object] = {"__name__": "page"}
    with contextlib.chdir(place):
        for block in OURS:
            if block.page == page and block.language == "python":
                exec(compile(block.text, str(page), "exec"), names)
    assert len(names) > 2


@pytest.mark.parametrize("block", [b for b in OURS if b.language == "yaml"], ids=lambda b: b.page.as_posix())
def test_the_yaml_of_a_page_is_strict_yaml(block: Block) -> None:
    if all(line.startswith("#") for line in block.text.splitlines()):
        return  # a comment for editors
    assert parse_document(block.text).data
