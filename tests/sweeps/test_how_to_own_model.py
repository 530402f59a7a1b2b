"""The model that docs/how-to/own-model.md shows is swept as shown, and both ways of driving it agree."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import sim

PAGE = Path("docs/how-to/own-model.md")
SCRIPT, OWN_STEP = (block.split("```")[0] for block in PAGE.read_text(encoding="utf-8").split("```python\n")[1:])
BY_CLOCK = "    while model.running:\n        model.step()\n"


def swept(script: str, folder: Path) -> str:
    folder.mkdir()
    (folder / "haggling.py").write_text(script, encoding="utf-8")
    command = [sys.executable, "haggling.py"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True, timeout=120).stdout


def test_both_ways_of_driving_the_model_find_the_same_rows(tmp_path: Path) -> None:
    assert BY_CLOCK in SCRIPT
    printed = swept(SCRIPT, tmp_path / "clock")
    assert swept(SCRIPT.replace(BY_CLOCK, OWN_STEP), tmp_path / "own") == printed
    clocked, own = (sim.load(tmp_path / way / "results/haggling") for way in ("clock", "own"))
    assert clocked.equals(own)
    assert len(clocked) == 1200
    assert not clocked["error"].notna().any()
    # With the same worlds at every point, a faster pace and more patience never lose an agreement.
    agreed = clocked.pivot_table(index="world", columns=["pace", "patience"], values="agreed").to_numpy()
    agreed = agreed.reshape(100, 4, 3)
    assert (agreed[:, 1:] >= agreed[:, :-1]).all()
    assert (agreed[:, :, 1:] >= agreed[:, :, :-1]).all()
    assert 0.2 < agreed.mean() < 0.8
