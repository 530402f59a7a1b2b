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

import numpy as np
import numpy.typing as npt

from sim.after.terms import Terms
from sim.domain.uncertain import Number

__all__ = ["STATUSES", "critical_inputs", "input_status", "needed_punishers", "satisfying_interval", "shared_critical"]

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

#: What a number can rest on, weakest first; ``none`` where the scenario does not say.
STATUSES: tuple[str, ...] = ("none", "judgement", "evidence", "stated")


def satisfying_interval(terms: Terms) -> tuple[FloatArray, FloatArray]:
    """Return the reliabilities at which each violator keeps each agreement.

    Parameters
    ----------
    terms : Terms

    Returns
    -------
    low, high : ndarray of float64, shape (n_agreements, n_parties)
        Within [0, 1]; both NaN where no reliability suffices, and where the party is no violator.

    Examples
    --------
    >>> import sim
    >>> terms = sim.Terms.of(sim.read_scenario("scenarios/berlin-2025/scenario.yaml"))
    >>> low, high = satisfying_interval(terms)
    >>> raw = terms.critical_reliability
    >>> inside = (raw > 0) & (raw <= 1)
    >>> bool((low[inside] == raw[inside]).all() and (high[inside] == 1).all())
    True
    """
    raw = terms.critical_reliability
    keeps_never_answered = terms.value_of_defection(0.0) <= terms.payoffs.utility
    keeps_always_answered = terms.value_of_defection(1.0) <= terms.payoffs.utility
    low = np.where(np.isnan(raw), np.where(keeps_never_answered, 0.0, np.nan), np.maximum(raw, 0.0))
    high = np.where(np.isnan(raw), np.where(keeps_always_answered, 1.0, np.nan), 1.0)
    # An answer that helps the violator: it keeps the agreement up to some reliability.
    helped = np.isnan(raw) & keeps_never_answered & ~keeps_always_answered
    if helped.any():
        at_none = terms.value_of_defection(0.0).astype(np.float64)
        at_all = terms.value_of_defection(1.0)
        with np.errstate(divide="ignore", invalid="ignore"):
            limit = (terms.payoffs.utility - at_none) / (at_all - at_none)
        high = np.where(helped, limit, high)
    never = ~terms.violators | (raw > 1) | np.isnan(low)
    return np.where(never, np.nan, low), np.where(never, np.nan, high)


def shared_critical(terms: Terms) -> FloatArray:
    """Return Q*, the largest critical reliability of the violators that all face the same guarantee.

    Parameters
    ----------
    terms : Terms

    Returns
    -------
    ndarray of float64, shape (n_agreements,)
        Unbounded; NaN where none of them is deterred by an answer. Protected parties do not count:
        guarantors need only withhold from them.

    Examples
    --------
    >>> import sim
    >>> terms = sim.Terms.of(sim.read_scenario("scenarios/berlin-2025/scenario.yaml"))
    >>> best = terms.payoffs.front_runners(1)[0]
    >>> round(float(shared_critical(terms)[best]), 2)
    1.02
    """
    protected = np.array([party in terms.scenario.compliance.protected for party in terms.parties])
    raw = np.where(protected, np.nan, terms.critical_reliability)
    some = ~np.isnan(raw).all(axis=1)
    largest = np.full(len(raw), np.nan)
    largest[some] = np.nanmax(raw[some], axis=1)
    return largest


def needed_punishers(terms: Terms) -> BoolArray:
    """Return whose punishing is needed to deter somebody; shape (n_agreements, n_parties).

    Parameters
    ----------
    terms : Terms

    Returns
    -------
    ndarray of bool, shape (n_agreements, n_parties)

    Examples
    --------
    With the guard promised, Hill is kept from seizing the pass only if Vale would answer:

    >>> import sim
    >>> terms = Terms.of(sim.read_scenario("scenarios/tutorial-two-by-two/scenario.yaml"))
    >>> terms.parties, needed_punishers(terms).tolist()
    (('hill', 'vale'), [[False, False], [False, False], [False, True], [False, True]])
    """
    compliance = terms.scenario.compliance
    protected = np.array([party in compliance.protected for party in terms.parties])
    must_deter = (terms.critical_reliability > 0) & ~protected
    anyone = must_deter.any(axis=1)
    needed = np.zeros(must_deter.shape, np.bool_)
    if compliance.guarantees.members:
        table = terms.guarantees
        short = table.capability.sum(axis=1)[:, None] - table.capability < table.required.mode[:, None] - 1e-12
        together = np.isin(table.rule, ("consensus", "veto"))[:, None]
        columns = [terms.parties.index(member) for member in table.members]
        needed[:, columns] = (short | together)[table.group] & anyone[:, None]
        return needed
    for column in np.flatnonzero(terms.belligerents):
        others = must_deter.copy()
        others[:, column] = False
        needed[:, column] = others.any(axis=1)
    return needed


def critical_inputs(terms: Terms, agreement: int, party: str) -> Iterator[tuple[str, Number]]:
    """Yield every number that enters the critical reliability of one violator under one agreement.

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
    book = terms.scenario.numbers
    options = terms.space.agreement(agreement)
    tables = [f"parties.{party}.utility", f"parties.{party}.after.shift", f"parties.{party}.after.response.violator"]
    tables += [f"compliance.response_lag.{part}" for part in ("months", "factor", "decision")]
    singles = [f"parties.{party}.after.{name}" for name in ("respite", "surprise_gain", "fait_accompli_per_month")]
    singles += [f"parties.{party}.after.response.violator_always", f"parties.{party}.after.level_during_lag"]
    singles += [f"parties.{party}.discount_rate", "compliance.response_lag.always"]
    if terms.scenario.no_deal.basis == "reservation":
        singles.append(f"parties.{party}.no_deal.reservation")
    else:
        lottery = f"parties.{party}.no_deal.lottery."
        singles += [path for path in book.paths if path.startswith(lottery)]
        singles.append("no_deal.expected_war_years")
    paths = [f"{table}.{issue}.{option}" for table in tables for issue, option in options.items()]
    paths += [f"parties.{party}.salience.{issue}" for issue in options]
    for path in [*paths, *singles]:
        if path in book.index:
            yield path, book.numbers[book.index[path]]


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
