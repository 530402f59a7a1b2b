"""How the talks ended, and why: margins of a deal; without one the last blocker, its reason, the nearest concession.

This is the analyst's view after the talks: it reads every party's payoffs, which no delegate can.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from sim.after.terms import Terms
from sim.agreements.payoffs import SCALE
from sim.negotiation.agenda import Agenda
from sim.negotiation.outcome import Concession, Outcome, Refusal
from sim.negotiation.private import NEVER, PrivatePayoffs
from sim.negotiation.room import Room

__all__ = ["last_blocker", "nearest_concession", "outcome_of", "refusal_of"]


def level(units: int) -> str:
    """Write a level of 1e-9 units for people.

    Examples
    --------
    >>> level(604687500)
    '0.605'
    """
    return f"{units / SCALE:.3f}"


def refusal_of(terms: Terms, agenda: Agenda, own: PrivatePayoffs, text: int | None) -> Refusal:
    """Say why a party would not sign a text.

    Parameters
    ----------
    terms : Terms
        Of the world.
    agenda : Agenda
        What can be talked about.
    own : PrivatePayoffs
        The party's payoffs as they were when it refused.
    text : int or None
        Place in the agenda; None where nothing was put to it.

    Returns
    -------
    Refusal

    Examples
    --------
    >>> import sim
    >>> from sim.negotiation.private import private_payoffs
    >>> terms = Terms.of(sim.read_scenario("scenarios/tutorial-two-by-two/scenario.yaml"))
    >>> agenda, least = Agenda.of(terms), terms.payoffs.reservation
    >>> hill, vale = private_payoffs(terms, agenda, reservation=least, lowest=least, pressed=False)
    >>> refusal_of(terms, agenda, hill, 3).words
    'Hill: the text is worth 0.200 to it, 0.100 below no deal (0.300)'
    """
    party = own.party
    spec = terms.scenario.parties[party]
    who = spec.title
    if own.best < own.floor:
        words = f"{who} could sign no text that can be talked about: its best is worth {level(own.best)} to it, no deal"
        words += f" {level(own.reservation)}" if own.best > NEVER else f" {level(own.reservation)}, lines apart"
        if own.best <= NEVER:
            words = f"{who} could sign no text that can be talked about: each crosses a red line of its own"
        agreement = None if text is None else int(agenda.agreements[text])
        return Refusal(party, agreement, "nothing acceptable", words, short=max(own.floor - own.best, 0))
    if text is None:
        return Refusal(party, None, "silent", f"{who} was never asked to sign a text")
    index = int(agenda.agreements[text])
    worth, net = int(own.worth[text]), int(own.net[text])
    if net <= NEVER:
        for line in spec.red_lines:
            option = terms.space.agreement(index)[line.issue]
            real = line.kind == "hard" or (party, line.issue, option) in terms.world.real_lines
            if option in line.options and real:
                issue = terms.scenario.issues[line.issue]
                kind = "a red line" if line.kind == "hard" else "a red line it declared and means"
                words = f"{who}: {issue.title}, “{issue.title_of(option)}”, crosses {kind}"
                return Refusal(party, index, "red line", words, line.issue, option)
    if net < own.floor:
        short = own.floor - net
        paid = f" less {level(worth - net)} for giving up declared red lines" if net < worth else ""
        pressed = f", {level(own.pressure)} of it under pressure" if own.pressure else ""
        words = (
            f"{who}: the text is worth {level(worth)}{paid} to it, {level(short)} below no deal"
            f" ({level(own.reservation)}{pressed})"
        )
        return Refusal(party, index, "below no deal", words, short=short)
    words = f"{who}: could have signed (worth {level(net)}, no deal {level(own.reservation)}) but held out for more"
    return Refusal(party, index, "holding out", words)


def last_blocker(refusing: Sequence[str], refusals: Mapping[str, int]) -> str:
    """Return the last blocker: of those who refused the last text, the one that refused most often.

    Parameters
    ----------
    refusing : sequence of str
        Who refused the last text; not empty.
    refusals : mapping of str to int
        How many texts each party refused.

    Returns
    -------
    str
        Ties by name.

    Examples
    --------
    >>> last_blocker(["ukraine", "russia"], {"ukraine": 3, "russia": 9})
    'russia'
    """
    return min(refusing, key=lambda party: (-refusals.get(party, 0), party))


def nearest_concession(
    terms: Terms, agenda: Agenda, parties: Sequence[PrivatePayoffs], texts: NDArray[np.int64]
) -> Concession | None:
    """Return the change of one issue that would have come nearest to a signature.

    It starts from the text on the table that fewest signers had to refuse (of these the one with the
    smallest largest shortfall), and is the change after which fewest would have to refuse, then the
    shortfall is smallest.

    Parameters
    ----------
    terms : Terms
        Of the world.
    agenda : Agenda
        What can be talked about.
    parties : sequence of PrivatePayoffs
        Everyone's, as they were at the end.
    texts : ndarray of int64, shape (n,)
        What was on the table; places in the agenda.

    Returns
    -------
    Concession or None
        None where nothing was on the table or nothing can be changed.

    Examples
    --------
    >>> import sim
    >>> from sim.negotiation.private import private_payoffs
    >>> terms = Terms.of(sim.read_scenario("scenarios/tutorial-two-by-two/scenario.yaml"))
    >>> agenda, least = Agenda.of(terms), terms.payoffs.reservation
    >>> parties = private_payoffs(terms, agenda, reservation=least, lowest=least, pressed=False)
    >>> print(nearest_concession(terms, agenda, parties, np.array([3])).words)
    Guard: “absent” instead of “promised”; everyone could have signed that
    """
    if len(texts) == 0:
        return None
    texts = np.unique(texts)
    start = int(texts[_nearest(parties, texts)])
    near = agenda.neighbours(start)
    if len(near) == 0:
        return None
    goal = int(near[_nearest(parties, near)])
    refusing = [own.party for own in parties if own.needed[goal] and own.net[goal] < own.floor]
    shorts = [own.floor - int(own.net[goal]) for own in parties if own.party in refusing and own.net[goal] > NEVER]
    issue, before, after = agenda.change(start, goal)
    spec = terms.scenario.issues[issue]
    words = f"{spec.title}: “{spec.title_of(after)}” instead of “{spec.title_of(before)}”"
    if refusing:
        titles = ", ".join(terms.scenario.parties[party].title for party in refusing)
        gap = f", {level(max(shorts))} short" if shorts else " for a red line"
        words += f"; {titles} would still have refused{gap}"
    else:
        words += "; everyone could have signed that"
    return Concession(
        int(agenda.agreements[start]),
        issue,
        before,
        after,
        int(agenda.agreements[goal]),
        tuple(refusing),
        max(shorts, default=0),
        words,
    )


def _nearest(parties: Sequence[PrivatePayoffs], texts: NDArray[np.int64]) -> int:
    refusing = np.zeros(len(texts), dtype=np.int64)
    short = np.zeros(len(texts), dtype=np.int64)
    for own in parties:
        gap = np.where(own.needed[texts], own.floor - own.net[texts], 0)
        refusing += gap > 0
        short = np.maximum(short, gap)
    return int(np.lexsort((texts, short, refusing))[0])


def outcome_of(terms: Terms, payoffs: Sequence[PrivatePayoffs], room: Room) -> Outcome:
    """Return how talks ended, with reason or margins; ratification is still to come.

    Parameters
    ----------
    terms : Terms
        Of the world.
    payoffs : sequence of PrivatePayoffs
        Everyone's, as they were at the end.
    room : Room
        Where they talked.

    Returns
    -------
    Outcome

    Examples
    --------
    A room in which everybody was silent:

    >>> import sim
    >>> from sim.negotiation.private import private_payoffs
    >>> from sim.negotiation.room import Rules
    >>> from sim.negotiation.table import Table
    >>> terms = Terms.of(sim.read_scenario("scenarios/tutorial-two-by-two/scenario.yaml"))
    >>> agenda, least = Agenda.of(terms), terms.payoffs.reservation
    >>> parties = private_payoffs(terms, agenda, reservation=least, lowest=least, pressed=False)
    >>> room = Room(Rules("shuttle", 26), Table(agenda), [], np.random.default_rng(0))
    >>> room.parties = terms.parties
    >>> outcome_of(terms, parties, room).reason
    'Hill was never asked to sign a text'
    """
    agenda, protocol = room.agenda, room.rules.protocol
    if room.signed is None:
        texts = np.array(room.texts, dtype=np.int64)
        refusing = room.refusing or tuple(own.party for own in payoffs if own.best < own.floor)
        blocker = last_blocker(refusing or room.parties, room.refusals)
        own = payoffs[room.parties.index(blocker)]
        return Outcome(
            None,
            room.rounds,
            room.parties,
            refusal=refusal_of(terms, agenda, own, room.last_text),
            refusing=refusing,
            nearest=nearest_concession(terms, agenda, payoffs, texts),
            protocol=protocol,
            trace=tuple(room.events),
        )
    text = room.signed
    agreement = int(agenda.agreements[text])
    (worth,) = terms.payoffs.worth_of(np.array([agreement]))
    costs = terms.payoffs.foreseen[agreement] - worth
    margins = tuple(int(level) - own.reservation for own, level in zip(payoffs, worth, strict=True))
    pressed = tuple(
        own.party for own, margin in zip(payoffs, margins, strict=True) if own.party in room.signers and margin < 0
    )
    return Outcome(
        agreement,
        room.rounds,
        room.parties,
        signers=room.signers,
        margins=margins,
        audience_costs=tuple(
            int(cost) if own.party in room.signers else 0 for own, cost in zip(payoffs, costs, strict=True)
        ),
        natural=not pressed,
        pressed=pressed,
        protocol=protocol,
        trace=tuple(room.events),
    )
