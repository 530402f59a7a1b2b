"""Games in strategic form, played with nested deviations, as abstract games.

A state is a profile with the players R that may still deviate. A coalition S ⊆ R may change its own
strategies, after which only its members may deviate further (Chwe 1994, pp. 317–318).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import product
from typing import Any

from sim.stability.coalitions import all_coalitions
from sim.stability.entries import Entry, shown

__all__ = ["MAX_NESTED", "nested_deviations"]

#: Combinations of profiles and coalitions that a game with nested deviations may lead to.
MAX_NESTED = 2_000_000


def nested_deviations(table: Mapping[str, Any], entry: Entry) -> dict[str, Any]:
    """Write a game in strategic form with nested deviations as an abstract game.

    Parameters
    ----------
    table : mapping
        Payoffs of the players by profile, such as ``{"1a2b": [3, 1], …}``, with every combination of strategies.
    entry : Entry
        Where the table stands in its file.

    Returns
    -------
    dict
        ``decision_makers``, ``states``, ``payoff`` and ``effectiveness``, as in the file of an abstract game.

    Raises
    ------
    GraphError
        If a profile is written wrongly or missing, or the deviations are more than `MAX_NESTED`.

    References
    ----------
    Chwe, M. S.-Y. (1994). Farsighted coalitional stability. Journal of Economic Theory 63, 299–325.

    Examples
    --------
    >>> game = nested_deviations({"1a": [0], "1b": [1]}, Entry("game.json"))
    >>> game["states"], game["effectiveness"]
    (['1a {1}', '1b {1}'], [{'frm': '1a {1}', 'to': '1b {1}', 'coalition': ['1']}, ...])
    """
    profiles: dict[tuple[str, ...], list[object]] = {}
    players: list[str] | None = None
    for key, payoffs in table.items():
        pieces = re.findall(r"(\d+)([a-z]+)", key)
        if not pieces or "".join(a + b for a, b in pieces) != key:
            raise entry.at(key).error("a profile is written player by player, such as 1a2b3a")
        names = [player for player, _ in pieces]
        if players is None:
            players = names
        if names != players:
            raise entry.at(key).error(f"has players {names}, the first profile {players}")
        if not isinstance(payoffs, list) or len(payoffs) != len(names):
            raise entry.at(key).error(f"needs {len(names)} payoffs, got {shown(payoffs)}")
        profiles[tuple(strategy for _, strategy in pieces)] = payoffs
    if players is None:
        raise entry.error("has no profile")
    choices = [sorted({profile[k] for profile in profiles}) for k in range(len(players))]
    for profile in product(*choices):  # ends at the first that is missing
        if profile not in profiles:
            key = "".join(a + b for a, b in zip(players, profile, strict=True))
            raise entry.error(f"profile {key} is missing; the table needs every combination")
    work = len(profiles) ** 2 * 4 ** len(players)
    if work > MAX_NESTED:
        raise entry.error(
            f"{len(profiles)} profiles of {len(players)} players lead to some {work:,} deviations, more than"
            f" {MAX_NESTED:,}"
        )
    allowed = all_coalitions(len(players))

    def name(profile: tuple[str, ...], members: tuple[int, ...]) -> str:
        written = "".join(a + b for a, b in zip(players, profile, strict=True))
        return f"{written} {{{','.join(players[m] for m in members)}}}"

    states, moves = [], []
    columns: dict[str, list[object]] = {player: [] for player in players}
    for profile, payoffs in profiles.items():
        for members in reversed(allowed):
            states.append(name(profile, members))
            for player, payoff in zip(players, payoffs, strict=True):
                columns[player].append(payoff)
            for acting in allowed:
                if not set(acting) <= set(members):
                    continue
                for other in profiles:
                    same = all(other[k] == profile[k] for k in range(len(players)) if k not in acting)
                    if same and (other, acting) != (profile, members):
                        moves.append(
                            {
                                "frm": name(profile, members),
                                "to": name(other, acting),
                                "coalition": [players[m] for m in acting],
                            }
                        )
    return {"decision_makers": players, "states": states, "payoff": columns, "effectiveness": moves}
