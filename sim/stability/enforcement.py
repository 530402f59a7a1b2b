r"""Would those who can break an agreement keep it, and would those who should answer do so.

Everything here is read from `sim.after.terms.Terms`: violator i keeps a iff V^C ≥ V^D at
reliability Q, the smaller of the assumed one (what the record suggests) and the derived one (what the
guarantors themselves would decide). Where an answer hurts the violator there is a critical reliability
Q*; where it does not, Q makes no difference for the better, and only an interval of Q can be given.

- *self-enforcing*: V^C ≥ V^D for every violator.
- *guarantor credible*: Q derived ≥ Q assumed against every violator.
- *power shift* (Powell 2006): δ(p + Δ) − p ≤ κ/(1 − κ) for the side that rises and for the other.
- *renegotiation-proof*: every punisher that is needed prefers punishing to restoring the agreement,
  w^R_k(a) ≥ u_k(a) in the role of a victim (Farrell & Maskin 1989). Needed is a guarantor without which
  the others' joint capability falls short of the central requirement, or every guarantor where all must
  consent; where no guarantors are named, the other belligerents. Only violators that an answer must
  deter (Q* > 0) make punishers needed; against a protected party acting means withholding, which is free.

References
----------
Farrell, J. & Maskin, E. (1989). Renegotiation in repeated games. *Games and Economic Behavior* 1, 327–360.
Powell, R. (2006). War as a commitment problem. *International Organization* 60, 169–203.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from sim.after.terms import Terms
from sim.domain.uncertain import Number

__all__ = ["STATUSES", "critical_inputs", "input_status"]

#: What a number can rest on, weakest first; ``none`` where the scenario does not say.
STATUSES: tuple[str, ...] = ("none", "judgement", "evidence", "stated")


def critical_inputs(terms: Terms, agreement: int, party: str) -> Iterator[tuple[str, Number]]:
    """Yield every number that is read to work out the critical reliability of one violator under one agreement.

    Parameters
    ----------
    terms : Terms
    agreement : int
    party : str

    Yields
    ------
    path : str
    number : Number

    Examples
    --------
    >>> import sim
    >>> terms = sim.Terms.of(sim.read_scenario("scenarios/berlin-2025/scenario.yaml"))
    >>> paths = [path for path, _ in critical_inputs(terms, 0, "russia")]
    >>> "parties.russia.no_deal.reservation" in paths, "parties.russia.discount_rate" in paths
    (True, True)
    """
    alone, book = terms.watched(agreement, party), terms.scenario.numbers
    assert alone.critical_reliability.shape == (1, 1)
    for slot in sorted(alone.world.seen or ()):
        yield book.paths[slot], book.numbers[slot]


def input_status(terms: Terms, agreement: int, party: str) -> dict[str, int]:
    """Count what the numbers behind one critical reliability rest on.

    Parameters
    ----------
    terms : Terms
    agreement : int
    party : str

    Returns
    -------
    dict of str to int
        By status, weakest first; statuses that do not occur are left out. Zeros without a source are
        neutral entries and are not counted.

    Examples
    --------
    >>> import sim
    >>> terms = sim.Terms.of(sim.read_scenario("scenarios/berlin-2025/scenario.yaml"))
    >>> list(input_status(terms, 0, "russia"))[0]
    'judgement'
    """
    counts: Counter[str] = Counter(
        number.status or "none"
        for _, number in critical_inputs(terms, agreement, party)
        if number.status is not None or number.value != 0 or not number.is_certain
    )
    return {status: counts[status] for status in STATUSES if counts[status]}
