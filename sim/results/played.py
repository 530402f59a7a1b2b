"""Played and proven: the game of moves beside the exact verdicts of the Graph Model.

Where the two say different things there is a reason, and it is given:

- *consent*: the verdict asks single parties; in play several can move together;
- *foresight*: play foresees a stated number of answers, SEQ any number, Nash none;
- *return*: play left the agreement and came back to it by the horizon.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from sim.agreements.payoffs import Payoffs
from sim.compliance.game import MONTHS, GamePlayed, MoveRules, play
from sim.domain.titles import difference_in_words, mover_title, party_title

__all__ = ["Play", "PlayedAndProven", "played_and_proven"]

#: Foresights that are played: none, and two answers.
FORESIGHTS = (0, 2)
_SHOWN = 3


@dataclass(frozen=True)
class Play:
    """Many plays with one foresight.

    Attributes
    ----------
    foresight : int
    still : float
        Share of runs in which the signed agreement is in force at the horizon.
    untouched : float
        Share of runs in which nobody ever moved.
    first_movers : mapping of str to float
        Share of runs by who moved first.
    destinations : mapping of int to float
        Share of runs by the agreement in force at the horizon, without the signed one.
    returned : float
        Share of runs that left it and came back.
    breached : float
        Share of runs in which it was left by a move marked ``breach``; in the others that left it, by a lawful one.
    """

    foresight: int
    still: float
    untouched: float
    first_movers: dict[str, float]
    destinations: dict[int, float]
    returned: float
    breached: float


@dataclass(frozen=True)
class PlayedAndProven:
    """What play shows about an agreement and what is proven about it.

    Attributes
    ----------
    agreement, months, runs : int
    plays : tuple of Play
        Myopic first.
    nash, seq : bool
        Whether the agreement is stable for every single party, by the Graph Model.
    nash_against, seq_against : tuple of str
        Parties for which it is not.
    disagreements : tuple of str
        Where play and verdict differ, with the reason.
    """

    agreement: int
    months: int
    runs: int
    plays: tuple[Play, ...]
    nash: bool
    seq: bool
    nash_against: tuple[str, ...]
    seq_against: tuple[str, ...]
    disagreements: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "months": self.months,
            "runs": self.runs,
            "plays": [
                {
                    "foresight": p.foresight,
                    "still": p.still,
                    "untouched": p.untouched,
                    "returned": p.returned,
                    "breached": p.breached,
                    "first_movers": p.first_movers,
                    "destinations": [{"agreement": end, "share": share} for end, share in p.destinations.items()],
                }
                for p in self.plays
            ],
            "nash": {"stable": self.nash, "unstable_for": list(self.nash_against)},
            "seq": {"stable": self.seq, "unstable_for": list(self.seq_against)},
            "disagreements": list(self.disagreements),
        }

    def sentences(self, payoffs: Payoffs) -> list[str]:
        """Return it as lines to print.

        Parameters
        ----------
        payoffs : Payoffs
            Of the same scenario.
        """
        lines = []
        titles = {party: party_title(payoffs.scenario, party) for party in payoffs.parties}
        signed = payoffs.space.agreement(self.agreement)
        for p in self.plays:
            how = "myopic" if p.foresight == 0 else f"foreseeing {p.foresight} answers"
            movers = ", ".join(
                f"{mover_title(payoffs.scenario, name)} {100 * share:.0f} %"
                for name, share in list(p.first_movers.items())[:_SHOWN]
            )
            lines.append(
                f"{how}: still the very text that was signed in {100 * p.still:.0f} % of runs"
                + (
                    f"; left by a breach in {100 * p.breached:.0f} %; first to move: {movers}"
                    if movers
                    else "; nobody moves"
                )
            )
            for end, share in list(p.destinations.items())[:_SHOWN]:
                drift = difference_in_words(payoffs.scenario, payoffs.space.agreement(end), signed)
                lines.append(f"  {100 * share:.0f} % drift to {drift}")
        for name, stable, against in (("Nash", self.nash, self.nash_against), ("SEQ", self.seq, self.seq_against)):
            who = "" if stable else " (not for " + ", ".join(titles[n] for n in against) + ")"
            lines.append(f"proven: {'stable' if stable else 'not stable'} by {name}{who}")
        return lines + [f"difference: {text}" for text in self.disagreements]


def played_and_proven(payoffs: Payoffs, agreement: int, seed: int, *, runs: int = 100) -> PlayedAndProven:
    """Play the moves from an agreement many times and set the exact verdicts beside.

    Parameters
    ----------
    payoffs : Payoffs
    agreement : int
    seed : int
    runs : int

    Returns
    -------
    PlayedAndProven

    Examples
    --------
    Hill and Vale share the pass and nobody guards it. Who looks at one move only leaves; who foresees the
    answer stays, as the Nash and the sequential verdicts say (docs/tutorial/two-by-two.md):

    >>> import sim
    >>> payoffs = Payoffs.of(sim.read_scenario("scenarios/tutorial-two-by-two/scenario.yaml"))
    >>> shared = payoffs.space.index_of({"pass": "shared", "guard": "absent"})
    >>> found = played_and_proven(payoffs, shared, seed=0, runs=5)
    >>> [(play.foresight, play.untouched) for play in found.plays], found.nash, found.seq
    ([(0, 0.0), (2, 1.0)], False, True)
    """
    from sim.stability.concepts import stability_concepts
    from sim.stability.moves import form_arcs

    rules = MoveRules.of(payoffs)
    plays = tuple(
        _summed(foresight, [play(rules, agreement, seed, k, foresight=foresight) for k in range(runs)])
        for foresight in FORESIGHTS
    )
    arcs, reverse = payoffs.frame.form.derived(form_arcs)
    verdicts = stability_concepts(arcs, payoffs.utility, reverse=reverse)
    against = {
        concept: tuple(
            party for column, party in enumerate(payoffs.parties) if not verdicts.of(concept)[agreement, column]
        )
        for concept in ("Nash", "SEQ")
    }
    return PlayedAndProven(
        agreement,
        MONTHS,
        runs,
        plays,
        not against["Nash"],
        not against["SEQ"],
        against["Nash"],
        against["SEQ"],
        _disagreements(plays, against),
    )


def _summed(foresight: int, drifts: list[GamePlayed]) -> Play:
    n = len(drifts)
    firsts = Counter(drift.moves[0].mover for drift in drifts if drift.moves)
    ends = Counter(drift.end for drift in drifts if not drift.still)
    return Play(
        foresight,
        sum(drift.still for drift in drifts) / n,
        sum(not drift.touched for drift in drifts) / n,
        {name: count / n for name, count in sorted(firsts.items(), key=lambda item: (-item[1], item[0]))},
        {end: count / n for end, count in sorted(ends.items(), key=lambda item: (-item[1], item[0]))},
        sum(drift.still and drift.touched for drift in drifts) / n,
        sum(drift.touched and drift.moves[0].breach for drift in drifts) / n,
    )


def _disagreements(plays: tuple[Play, ...], against: dict[str, tuple[str, ...]]) -> tuple[str, ...]:
    found = []
    for p in plays:
        name = "Nash" if p.foresight == 0 else "SEQ"
        how = "myopic play" if p.foresight == 0 else f"play foreseeing {p.foresight} answers"
        together = [mover for mover in p.first_movers if "+" in mover]
        alone = [mover for mover in p.first_movers if "+" not in mover]
        if not against[name] and together:
            found.append(
                f"consent: stable by {name} for every party alone, yet in {how} {' or '.join(together)} move together"
            )
        quiet = [party for party in alone if party not in against[name]]
        if quiet:
            found.append(
                f"foresight: {', '.join(quiet)} moves in {how} though {name} holds for it: the answer that would deter "
                f"it takes more than {p.foresight} moves"
            )
        if against[name] and p.untouched == 1:
            found.append(
                f"foresight: not stable by {name} for {', '.join(against[name])}, yet nobody moves in {how}: with "
                "answers by several together foreseen too, moving does not pay"
            )
        if p.returned:
            found.append(
                f"return: in {100 * p.returned:.0f} % of runs of {how} it was left and is in force again at the horizon"
            )
    return tuple(found)
