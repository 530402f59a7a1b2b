"""``parley aftermath``: the months after signing, of one agreement or of the front-runners."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sim.commands.options import (
    agreement_index,
    agreement_option,
    as_json,
    given_options,
    print_json,
    read,
    scenario_argument,
    seed_option,
    set_option,
    worlds_option,
)

if TYPE_CHECKING:
    from sim.compliance.ranking import Standing
    from sim.compliance.survival import Durability
    from sim.domain.scenario import Scenario
    from sim.results.signed import Signed

__all__ = ["command"]

#: Months at which survival is printed.
MONTHS = (12, 60, 120)


@click.command()
@scenario_argument
@set_option
@seed_option
@agreement_option("Follow this one; without it, those closest to being signed are compared.")
@click.option(
    "--front-runners",
    "count",
    type=click.IntRange(1, 50),
    default=5,
    show_default=True,
    help="How many of the agreements closest to being signed to compare, without --agreement.",
)
@click.option(
    "--coding",
    "codings",
    multiple=True,
    type=click.Path(path_type=Path),
    help="A rival scenario of the same issues to compare under, without --agreement; repeat for several.",
)
@worlds_option(200)
@click.option(
    "--talks",
    type=click.IntRange(1, 100_000),
    default=1000,
    show_default=True,
    help="Worlds whose talks are simulated to see what is signed, without --agreement and --central.",
)
@click.option("--central", is_flag=True, help="Take central values in every run instead of drawing worlds.")
@click.option("--moves", is_flag=True, help="With --agreement: also play the scenario's moves from it for 24 months.")
@as_json
def command(
    *,
    scenario: Path,
    settings: tuple[str, ...],
    seed: int,
    agreement: str | None,
    count: int,
    codings: tuple[Path, ...],
    worlds: int,
    talks: int,
    central: bool,
    moves: bool,
    json_: bool,
) -> None:
    """Simulate the months after signing: who breaks it, who answers, does it hold.

    With --agreement, one agreement. Without, first what is signed where the talks of --talks worlds are
    simulated, each text in its own world; then the front-runners, under every structure the scenario has a
    baseline for and every rival coding, and how their ranking changes.
    """
    if agreement is None and moves:
        raise click.UsageError("--moves goes with --agreement: it plays the moves from one agreement")
    if agreement is not None and (useless := given_options("--front-runners", "--coding", "--talks")):
        raise click.UsageError(f"{' and '.join(useless)}: of the comparison without --agreement")
    given = read(scenario, settings)
    if agreement is None:
        _front_runners(given, count, _rivals(given, codings), seed, worlds, talks if not central else 0, json_)
    else:
        _one(given, agreement, seed, worlds, not central, moves, json_)


def _rivals(scenario: Scenario, files: tuple[Path, ...]) -> dict[str, Scenario]:
    from sim.errors import ModelError

    # Where a scenario lists its codings, it is one of them or only the list.
    found = dict(scenario.rivals) if scenario.rivals else {scenario.name: scenario}
    for file in files:
        rival = read(file)
        if {k: set(i.options) for k, i in rival.issues.items()} != {
            k: set(i.options) for k, i in scenario.issues.items()
        }:
            raise ModelError(f"--coding {file}: its issues or options differ from those of {scenario.name}")
        found[rival.name] = rival
    return found


def _one(scenario: Scenario, text: str, seed: int, runs: int, worlds: bool, moves: bool, json_: bool) -> None:
    from sim.after.terms import Terms
    from sim.compliance.model import aftermaths
    from sim.compliance.ranking import live_in_worlds
    from sim.compliance.survival import durability

    terms = Terms.of(scenario)
    index = agreement_index(terms.payoffs, text)
    terms.space.require_signable(index)
    natural = bool(terms.at(index).natural[0])
    if worlds:
        lived = live_in_worlds(scenario, [index], seed, runs)[scenario.compliance.structure][0]
    else:
        lived = aftermaths(terms, index, seed, runs, natural)
    found = durability(lived, seed=seed)
    critical = {
        terms.parties[column]: value for column, value in enumerate(terms.at(index).critical_reliability[0].tolist())
    }
    played = None
    if moves:
        from sim.results.played import played_and_proven

        played = played_and_proven(terms.payoffs, index, seed)
    if json_:
        content: dict[str, Any] = {
            "scenario": scenario.name,
            "seed": seed,
            "runs": runs,
            "worlds": "drawn" if worlds else "central",
            "structure": scenario.compliance.structure,
            "agreement": {"index": index, "options": terms.space.agreement(index), "natural": natural},
            "critical_reliability": {party: value for party, value in critical.items() if value == value},
            **_durability(found),
            "survival": [
                {"month": month, "share": share, "low": low, "high": high}
                for month, (share, low, high) in enumerate(
                    zip(found.survival.share, found.survival.low, found.survival.high, strict=True)
                )
            ],
        }
        if played is not None:
            content["moves"] = played.to_json()
        print_json(content)
        return
    from sim.present.aftermath import print_durability, print_moves

    print_durability(terms, index, found, worlds=worlds)
    if played is not None:
        print_moves(terms.payoffs, played)


def _front_runners(
    scenario: Scenario, count: int, codings: dict[str, Scenario], seed: int, runs: int, talks: int, json_: bool
) -> None:
    from sim.after.front_runners import front_runners
    from sim.after.terms import Terms
    from sim.compliance.ranking import rank_everywhere
    from sim.results.signed import signed

    worlds = talks > 0
    told = signed(scenario, worlds=talks, seed=seed) if worlds else None
    payoffs = Terms.of(scenario).payoffs
    agreements = front_runners(payoffs, min(count, payoffs.space.n_agreements)).tolist()
    standings = rank_everywhere(codings, agreements, seed, runs, draw=worlds)
    if json_:
        print_json(
            {
                "scenario": scenario.name,
                "seed": seed,
                "runs": runs,
                "worlds": "drawn" if worlds else "central",
                "signed": None if told is None else _signed(told),
                "agreements": [{"index": a, "options": payoffs.space.agreement(a)} for a in agreements],
                "standings": [_standing(standing) for standing in standings],
            }
        )
        return
    from sim.present.aftermath import print_signed, print_standings

    if told is not None:
        print_signed(scenario, told)
    print_standings(payoffs, agreements, standings, runs=runs, worlds=worlds)


def _signed(told: Signed) -> dict[str, Any]:
    return {
        "worlds": told.worlds,
        "signed": asdict(told.share),
        "ratified": told.n_ratified,
        **({} if told.durability is None else _durability(told.durability)),
    }


def _standing(standing: Standing) -> dict[str, Any]:
    return {
        "coding": standing.coding,
        "structure": standing.structure,
        "agreements": [
            {"rank": rank, "moved": moved, "natural": natural, **_durability(found)}
            for rank, moved, natural, found in zip(
                standing.ranks, standing.moved, standing.natural, standing.durability, strict=True
            )
        ],
    }


def _durability(found: Durability) -> dict[str, Any]:
    def at(month: int) -> dict[str, float] | None:
        known = found.survival.at(month)
        return None if known is None else dict(zip(("share", "low", "high"), known, strict=True))

    return {
        "interval": found.survival.method,
        **{f"survival_{month}": at(month) for month in MONTHS},
        "median_months": asdict(found.survival.median),
        "ended_by": {one.cause or "nothing": one.share for one in found.causes},
        "causes": [
            {
                "cause": one.cause or None,
                "share": one.share,
                "low": one.low,
                "high": one.high,
                "months": None if one.months is None else asdict(one.months),
            }
            for one in found.causes
        ],
        "first_violation": [
            {"violator": violator or None, "cause": cause or None, "share": share}
            for (violator, cause), share in found.first.items()
        ],
        "answering": found.answers,
        "answered": found.answered,
        "repaired": found.repaired,
        "reliability": {
            "assumed": found.reliability_assumed,
            "derived": found.reliability_derived,
            "simulated": found.reliability_simulated,
            "calls": found.calls,
        },
        "loss": found.loss,
        "guarantee_cost": found.guarantee_cost,
    }
