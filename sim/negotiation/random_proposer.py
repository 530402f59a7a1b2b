"""Random proposer: every round somebody drawn makes an offer, and the others vote on it.

Each party is recognised with the same probability. With a quota, an offer passes with that many signatures,
the proposer's among them, if nobody with a veto is missing; without one, it needs everybody whose signature
the text needs.

References
----------
Baron & Ferejohn 1989, American Political Science Review 83(4), section on the closed rule.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.negotiation.clock import Clock

if TYPE_CHECKING:
    from sim.negotiation.talks import Talks

__all__ = ["RandomProposer"]


class RandomProposer:
    """The random proposer protocol.

    Parameters
    ----------
    talks : Talks
    """

    mediated = False

    def __init__(self, talks: Talks) -> None:
        talks.note(0, "open")

    def round(self, talks: Talks, now: Clock) -> None:
        """Draw a proposer and vote on its offer.

        Parameters
        ----------
        talks : Talks
        now : Clock
        """
        drawn = int(talks.rng.integers(len(talks.delegates)))
        if now.round == 0 and talks.opener is not None:
            drawn = talks.parties.index(talks.opener)
        proposer = talks.delegates[drawn]
        text = proposer.propose(now, talks.table)
        if text is None:
            talks.passed(proposer, now)
            return
        talks.offered(proposer, text, now)
        in_favour = [d for d in talks.delegates if d is proposer or d.accepts(text, now)]
        talks.vote(text, in_favour, now)
