r"""Beliefs of a delegate about another party's private type.

Everybody can know the scenario: central values, ranges, public claims. A party's *type* is private: its
reservation value (and in it the cost of war), its patience, and which of its declared red lines are real. A
belief starts from the scenario's ranges and ``p_real`` and is updated by Bayes' rule with what the party says:

- it accepts text a in round t with probability
  :math:`\prod_{\ell \ni a} (1 - \pi_\ell)\; E[\,\Phi((u(a) - D_t)/s)\,]`: no declared line :math:`\ell` the text
  crosses is real, and its worth reaches the demand D of a time-dependent conceder of that type; u is the
  public (central) utility, less the audience cost of lines given up, and s what the ranges leave open;
- putting a text forward counts as accepting it;
- asking for a change away from a declared line is `WANTED` times as likely where the line is real.

Patience here is β, how fast a party concedes as the deadline nears, not its discount factor. Talks last weeks
and discount rates are of years: at 10 % a year a week's delay costs .2 %, so no answer can tell a patient
discounter from an impatient one, and a conceder by the clock does not look at δ at all; δ counts where parties
weigh the time after signing (`Terms`), and for `rational` play. What answers at different times do tell apart is
β, so β is the type. It is drawn per world where ``strategy.exponent`` has a range, and a belief starts from that
range; without one it starts from `PATIENCE`, all alike, whatever the party's strategy is.

Types of the reservation value and of patience are kept jointly on a grid, lines apart from them (so an
answer updates each with the other averaged out).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from sim.after.terms import Terms
from sim.agreements.frame import Frame
from sim.agreements.payoffs import SCALE, Payoffs
from sim.domain.uncertain import DISTRIBUTIONS, Number, values_at_quantiles
from sim.domain.world import UNARGUED_P_REAL, central_world
from sim.negotiation.agenda import Agenda, Places
from sim.negotiation.clock import Clock, conceded

__all__ = ["Belief", "PublicModel", "PublicParty"]

Floats = NDArray[np.float64]

#: How much likelier it is that a party asks for a change away from a declared line if the line is real.
WANTED = 2.0
#: Types of β where the scenario gives no range: one that holds out, an even one, one that gives early.
PATIENCE = (0.25, 1.0, 4.0)
#: Quantiles of the reservation value on the grid.
QUANTILES = (np.arange(25) + 0.5) / 25
#: What a public utility leaves open at least, in levels: rounding, and what no range says.
LEAST_SPREAD = 0.002


@dataclass(frozen=True, eq=False)
class PublicParty:
    """What everybody can know of a party.

    Attributes
    ----------
    party : str
        Its name.
    level : ndarray of float64, shape (n_texts,)
        Central utility less the audience cost of declared lines given up; −1 across a hard line.
    needed : ndarray of bool, shape (n_texts,)
        Whether a text needs its signature.
    best : float
        Level of its best text.
    spread : float
        Standard deviation that the ranges of saliences and values leave to a utility.
    reservations : ndarray of float64, shape (n_quantiles,)
        Equally likely values of its reservation value.
    patience : ndarray of float64, shape (n_patience,)
        Equally likely values of its β, ascending.
    lines : tuple of (issue, option)
        Its declared lines.
    crossed : ndarray of bool, shape (n_lines, n_texts)
        Whether a text crosses each line.
    prior : ndarray of float64, shape (n_lines,)
        Public probability that each is real.
    """

    party: str
    level: Floats = field(repr=False)
    needed: NDArray[np.bool_] = field(repr=False)
    best: float
    spread: float
    reservations: Floats
    patience: Floats
    lines: tuple[tuple[str, str], ...]
    crossed: NDArray[np.bool_] = field(repr=False)
    prior: Floats


@dataclass(frozen=True, eq=False)
class PublicModel:
    """What everybody can know of everybody: the scenario, without any world."""

    parties: dict[str, PublicParty]

    @classmethod
    def of(cls, terms: Terms, agenda: Agenda) -> PublicModel:
        """Return the public model of a scenario on an agenda; its worlds share it.

        Parameters
        ----------
        terms : Terms
            Of any world of the scenario.
        agenda : Agenda
            What can be talked about.

        Returns
        -------
        PublicModel
        """
        return terms.payoffs.frame.derived(_PublicModels).on(agenda)


class _PublicModels:
    """The public models of a scenario, one for each agenda it was asked on."""

    def __init__(self, frame: Frame) -> None:
        self.payoffs = Payoffs.of(central_world(frame.scenario))
        self._known: list[tuple[Agenda, PublicModel]] = []

    def on(self, agenda: Agenda) -> PublicModel:
        """Return the public model on an agenda."""
        for known, model in self._known:
            if known is agenda:
                return model
        model = PublicModel({party: _public(self.payoffs, agenda, party) for party in self.payoffs.parties})
        self._known.append((agenda, model))
        return model


def _public(payoffs: Payoffs, agenda: Agenda, party: str) -> PublicParty:
    scenario, space, column = payoffs.scenario, agenda.space, payoffs.column(party)
    spec, value = scenario.parties[party], payoffs.world.value
    rows = agenda.agreements
    level = payoffs.utility[rows, column] / SCALE
    lines, crossed, prior = [], [], []
    for line in spec.red_lines:
        row = space.labels[space.issues.index(line.issue)]
        for option in line.options if line.kind == "declared" else ():
            lines.append((line.issue, option))
            crossed.append(agenda.by_issue[space.issues.index(line.issue)] == row.index(option))
            prior.append(UNARGUED_P_REAL if line.p_real is None else line.p_real.value)
    crossing = np.array(crossed, dtype=np.bool_).reshape(len(lines), len(rows))
    if scenario.negotiation.audience_costs:
        level = level - value(spec.audience_cost) * crossing.sum(axis=0)
    level[payoffs.crosses_line[rows, column]] = -1.0
    reservation, beta = spec.no_deal.reservation, spec.strategy.exponent
    grid = _equally_likely(reservation, QUANTILES)
    if scenario.no_deal.basis == "lottery":
        grid = grid - reservation.value + payoffs.reservation[column] / SCALE
    ranged = beta is not None and beta.range[0] < beta.range[1]
    types = np.array(PATIENCE)
    patience = _equally_likely(beta, (np.arange(len(types)) + 0.5) / len(types)) if beta and ranged else types
    return PublicParty(
        party,
        level,
        payoffs.must_sign[rows, column],
        float(level.max()),
        _spread(payoffs, party),
        grid,
        patience,
        tuple(lines),
        crossing,
        np.array(prior),
    )


def _equally_likely(number: Number, quantiles: Floats) -> Floats:
    """Return equally likely values of a number of the scenario."""
    low, high = number.range
    n = len(quantiles)
    return values_at_quantiles(
        np.full(n, number.value),
        np.full(n, low),
        np.full(n, high),
        np.full(n, DISTRIBUTIONS.index(number.dist), dtype=np.int8),
        quantiles,
    )


def _spread(payoffs: Payoffs, party: str) -> float:
    """Return the standard deviation of a utility whose option values are drawn, issue by issue."""
    spec = payoffs.scenario.parties[party]
    total = sum(number.value for number in spec.salience.values())
    variance = 0.0
    for issue, row in spec.utility.items():
        # A triangular draw on a range of width w has a standard deviation of about w / √24.
        width = np.mean([number.range[1] - number.range[0] for number in row.values()])
        variance += float((spec.salience[issue].value / total * width) ** 2) / 24.0
    return max(LEAST_SPREAD, math.sqrt(variance))


class Belief:
    """What a delegate believes of one other party.

    Parameters
    ----------
    public : PublicParty
        What the belief starts from.

    Attributes
    ----------
    weight : ndarray of float64, shape (n_quantiles, n_patience)
        Joint probability of reservation value and patience.
    real : ndarray of float64, shape (n_lines,)
        Probability that each declared line is real.
    """

    def __init__(self, public: PublicParty) -> None:
        self.public = public
        types = len(public.reservations), len(public.patience)
        self.weight = np.full(types, 1.0 / (types[0] * types[1]))
        self.real = public.prior.copy()

    def _demand(self, now: Clock) -> Floats:
        """Return the demand of each type; shape (n_quantiles, n_patience)."""
        given = np.array([conceded(now, beta, 0.0) for beta in self.public.patience.tolist()])
        floor = np.minimum(self.public.reservations, self.public.best)[:, None]
        demand: Floats = self.public.best - given[None, :] * (self.public.best - floor)
        return demand

    def _worth_it(self, level: Floats, now: Clock) -> Floats:
        """Return P(level reaches the demand) by type; shape (n_quantiles, n_patience, n)."""
        from scipy.special import ndtr

        gap = (level[None, None, :] - self._demand(now)[:, :, None]) / self.public.spread
        return np.asarray(ndtr(gap), dtype=np.float64)

    def accepts(self, texts: Places, now: Clock) -> Floats:
        """Return the probability that the party would accept each of some texts now.

        Parameters
        ----------
        texts : ndarray of int64, shape (n,)
            Places in the agenda.
        now : Clock
            The round.

        Returns
        -------
        ndarray of float64, shape (n,)
            1 where the text does not need its signature.
        """
        public = self.public
        level = public.level[texts]
        grid = np.linspace(min(0.0, float(level.min(initial=0.0))), 1.0, 101)
        worth = (self.weight[:, :, None] * self._worth_it(grid, now)).sum(axis=(0, 1))
        chance = np.interp(level, grid, worth)
        for k, probability in enumerate(self.real):
            chance = np.where(public.crossed[k, texts], chance * (1.0 - probability), chance)
        chance = np.where(level < 0, 0.0, chance)
        return np.where(public.needed[texts], chance, 1.0)

    def update(self, text: int, accepted: bool, now: Clock) -> None:
        """Take in that the party accepted (or put forward) or refused a text.

        Parameters
        ----------
        text : int
            Place in the agenda.
        accepted : bool
            Whether it said yes.
        now : Clock
            The round.
        """
        public = self.public
        if not public.needed[text]:
            return
        likely = self._worth_it(public.level[[text]], now)[:, :, 0]
        lines = np.flatnonzero(public.crossed[:, text])
        clear = float(np.prod(1.0 - self.real[lines]))
        average = float((self.weight * likely).sum())
        if accepted:
            posterior = self.weight * likely
            self.real[lines] = 0.0
        else:
            posterior = self.weight * (1.0 - clear * likely)
            refused = 1.0 - clear * average
            for k in lines:
                if self.real[k] < 1.0 and refused > 0:
                    # P(refuse | this line real) = 1.
                    self.real[k] = self.real[k] / refused
        total = posterior.sum()
        # An answer that no type on the grid would give says that the public model is off, not which type it is.
        if total > 1e-300:
            self.weight = posterior / total

    def wants(self, text: int, wanted: int) -> None:
        """Take in that the party would rather have a text that differs in one issue.

        Parameters
        ----------
        text, wanted : int
            Places in the agenda.
        """
        crossed = self.public.crossed
        for k in np.flatnonzero(crossed[:, text] & ~crossed[:, wanted]):
            odds = self.real[k] * WANTED
            self.real[k] = odds / (odds + 1.0 - self.real[k])

    @property
    def reservation(self) -> float:
        """The expected reservation value, as a level."""
        return float((self.weight.sum(axis=1) * self.public.reservations).sum())

    def summary(self) -> dict[str, float]:
        """Return the belief in numbers: expected reservation value, patience, and each line."""
        found = {
            f"{self.public.party}: reservation value": self.reservation,
            f"{self.public.party}: holds out": float(self.weight[:, 0].sum()),
        }
        for (issue, option), probability in zip(self.public.lines, self.real, strict=True):
            found[f"{self.public.party}: line {issue}={option} real"] = float(probability)
        return found
