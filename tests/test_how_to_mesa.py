"""The code of docs/how-to/mesa.md runs as shown, and says what the page says."""

from pathlib import Path

import pandas as pd

import sim

PAGE = Path("docs/how-to/mesa.md")


def test_the_code_of_the_page_runs(capsys) -> None:
    blocks = [part.split("```")[0] for part in PAGE.read_text().split("```python\n")[1:]]
    names: dict = {}
    for block in blocks:
        exec(compile(block, str(PAGE), "exec"), names)
    settings = [f"{k}={v}" for k, v in names["easier"].items()]
    run = sim.simulate(sim.read_scenario(names["scenario"], settings), names["talks"].seed)
    assert names["talks"].outcome == run.outcome and names["months"].outcome == run.aftermath
    collected = {*names["by_round"], *names["by_party"], *names["by_month"], *names["by_agent"]}
    assert sorted(column for column in collected if f"`{column}`" not in PAGE.read_text()) == []
    rows = pd.DataFrame(names["rows"])
    assert set(rows[rows.stalls].party) == {"russia"} and len(rows) == 2 * 2 * 8
    # Nobody signs while Russia stalls.
    assert (rows[rows.agreement.notna()]["round"] > 10).all() and rows.agreement.notna().any()
