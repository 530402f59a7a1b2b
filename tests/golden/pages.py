"""The page of each shipped scenario under ``results/reference``, and the list of them in ``results/README.md``.

A page holds the outcome table, two figures and the commands that give them; ``make reference`` writes it.
"""

from __future__ import annotations

import shlex
from pathlib import Path

import sim
from sim.present.console import recorded
from sim.present.figures.catalogue import Material, draw
from sim.present.figures.rendering import svg_of
from sim.present.outcomes import print_summary
from sim.present.sheets import markdown_of
from sim.results.batch import run_batch
from sim.results.summary import Summary

ROOT = Path(__file__).parents[2]
WORLDS, SEED = 40, 2025
FIGURES = ("who-blocks", "what-opens")
SCENARIOS = sorted(path.parent.name for path in (ROOT / "scenarios").glob("*/scenario.yaml"))


def commands(name: str) -> dict[str, str]:
    """The command of the table and those of the figures."""
    source = f"scenarios/{name}/scenario.yaml"
    drawn = ["--worlds", str(WORLDS), "--seed", str(SEED)]
    return {"run": shlex.join(["parley", "run", source, *drawn])} | {
        figure: shlex.join(["parley", "plot", source, figure, *drawn, "--out", f"{figure}.svg"]) for figure in FIGURES
    }


def page_files(name: str) -> dict[str, str]:
    """The files of one scenario's page."""
    scenario = sim.read_scenario(ROOT / "scenarios" / name / "scenario.yaml")
    summary = Summary.of(run_batch(scenario, runs=WORLDS, seed=SEED, quiet=True), scenario)
    with recorded() as blocks:
        print_summary(
            summary, scenario, f"{WORLDS} runs, each in a world drawn from the scenario's ranges; seed {SEED}"
        )
    said = commands(name)
    lines = [
        f"# {scenario.title}",
        "",
        scenario.question or scenario.description,
        "",
        markdown_of(blocks[1:]).strip(),
        "",
    ]
    lines += [f"    {said['run']}", ""]
    material = Material(scenario, worlds=WORLDS, seed=SEED)
    drawn = {figure: draw(figure, material) for figure in FIGURES}
    for figure, chart in drawn.items():
        title = " ".join(chart.to_dict()["title"]["text"])
        lines += [f"![{title}]({figure}.svg)", "", f"    {said[figure]}", ""]
    lines += [f"Scenario `{scenario.name}`, SHA-256 `{scenario.hash}`. Model result, not a forecast.", ""]
    return {"README.md": "\n".join(lines), **{f"{figure}.svg": svg_of(chart) for figure, chart in drawn.items()}}


def listing() -> str:
    """``results/README.md``."""
    lines = [
        "# Results",
        "",
        "What is not in `reference/` is your own: `parley list` lists it, `parley show` shows it again.",
        "`reference/` is written by `make reference` and reproduced by the tests. A page for each scenario:",
        "",
    ]
    for name in SCENARIOS:
        title = sim.read_scenario(ROOT / "scenarios" / name / "scenario.yaml").title
        lines.append(f"- [{title}](reference/{name}/README.md)")
    return "\n".join([*lines, ""])


def write_pages() -> None:
    """Write all pages."""
    for name in SCENARIOS:
        folder = ROOT / "results/reference" / name
        folder.mkdir(parents=True, exist_ok=True)
        for file, text in page_files(name).items():
            (folder / file).write_text(text, encoding="utf-8")
    (ROOT / "results/README.md").write_text(listing(), encoding="utf-8")


if __name__ == "__main__":
    write_pages()
