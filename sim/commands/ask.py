"""``parley ask``: the whole question on one page."""

from __future__ import annotations

import shlex
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sim.commands.options import (
    as_json,
    print_json,
    read,
    scenario_argument,
    seed_option,
    set_option,
    worlds_option,
)

if TYPE_CHECKING:
    from sim.agreements.payoffs import Payoffs
    from sim.results.question import Influence


@click.command()
@scenario_argument
@set_option
@seed_option
@worlds_option(200, most=100_000)
@as_json
def command(scenario: Path, settings: tuple[str, ...], seed: int, worlds: int, json_: bool) -> None:
    """Answer on one page: does it agree, what opens it, would it last, what decides.

    Each part names the command that shows more of it, with the same settings, worlds and seed. It ends in a
    sentence for a memo.
    """
    from sim.agreements.payoffs import Payoffs
    from sim.domain.titles import in_file_order
    from sim.present.question import PARTS, in_a_sentence, print_answer
    from sim.results.question import ask

    given = read(scenario, settings)
    answer = ask(given, worlds=worlds, seed=seed)
    payoffs = Payoffs.of(given)
    same = [str(scenario), *(word for text in settings for word in _as_given(text))]
    drawn = ["--worlds", str(worlds), "--seed", str(seed)]
    lines = (
        ["run", *same, *drawn],
        ["zone", *same],
        ["aftermath", *same, "--agreement", str(answer.agreement), *drawn],
        ["compare", *same, "--set", _eased(payoffs, answer.influences[0]), *drawn]
        if answer.influences and not settings
        else ["explain", *same],
    )
    commands = {part: shlex.join(["parley", *line]) for part, line in zip(PARTS, lines, strict=True)}
    if not json_:
        print_answer(answer, payoffs, commands)
        return
    content = asdict(answer)
    content["agreement"] = {
        "index": answer.agreement,
        "options": in_file_order(given, payoffs.space.agreement(answer.agreement)),
        "signed": content.pop("signed"),
    }
    content["sentence"] = in_a_sentence(answer, payoffs)
    content["commands"] = commands
    print_json({"scenario": given.name, "seed": seed, "worlds": worlds, **content})


def _as_given(text: str) -> list[str]:
    return ["--fix", text.removeprefix("fix.")] if text.startswith("fix.") else ["--set", text]


def _eased(payoffs: Payoffs, influence: Influence) -> str:
    """Return the setting that moves a number to the end of its range which brings an agreement closer."""
    book = payoffs.scenario.numbers
    slot = book.index[influence.path]
    end = book.low[slot] if influence.correlation < 0 else book.high[slot]
    return f"{influence.path}={end:g}"
