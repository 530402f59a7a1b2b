"""The agenda: the agreements that can be talked about, and what everyone can see of them.

Hard red lines are public: never acceptable, and known to be. A text that crosses a hard line of a party
whose signature it needs is not put on the table, so talks run on the rest. Agreements of the agenda are
called *texts* here and numbered by their *place* in it; places keep the order of agreements.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from sim.after.terms import Terms
from sim.agreements.frame import Frame
from sim.agreements.space import AgreementSpace
from sim.negotiation.drafting import joined

__all__ = ["Agenda"]

Places = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Agenda:
    """The texts that can be put on the table.

    Attributes
    ----------
    space : AgreementSpace
        What its agreements are numbered in.
    agreements : ndarray of int64, shape (n_texts,)
        The agreement of each text, ascending.
    options : ndarray of int8, shape (n_texts, n_issues)
        Option of each issue, as a place in the space's labels.
    """

    space: AgreementSpace = field(repr=False)
    agreements: Places = field(repr=False)
    options: NDArray[np.int8] = field(repr=False)
    _near: dict[int, Places] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, terms: Terms) -> Agenda:
        """Return the agenda of a scenario; its worlds share it, for hard lines are not drawn.

        Where hard lines leave nothing, or where the protocol needs only a quota of the signatures, the
        agenda is everything that can be signed.

        Parameters
        ----------
        terms : Terms
            Of any world of the scenario.

        Returns
        -------
        Agenda

        Examples
        --------
        >>> import sim
        >>> agenda = Agenda.of(sim.Terms.of(sim.read_scenario("scenarios/berlin-2025/scenario.yaml")))
        >>> agenda.n_texts, agenda.space.n_agreements
        (8256, 46288)
        """
        return terms.payoffs.frame.derived(_agenda)

    @classmethod
    def among(cls, space: AgreementSpace, agreements: Places) -> Agenda:
        """Return the agenda of given agreements.

        Parameters
        ----------
        space : AgreementSpace
            What its agreements are numbered in.
        agreements : ndarray of int64, shape (n_texts,)
            Ascending, without repetition.

        Returns
        -------
        Agenda
        """
        options = space.options[agreements]
        for array in (agreements, options):
            array.setflags(write=False)
        return cls(space, agreements, options)

    @property
    def n_texts(self) -> int:
        """How many texts there are."""
        return len(self.agreements)

    @cached_property
    def place(self) -> NDArray[np.int32]:
        """Place of each agreement in the agenda; −1 where it is not on it."""
        place = np.full(self.space.n_agreements, -1, dtype=np.int32)
        place[self.agreements] = np.arange(self.n_texts, dtype=np.int32)
        place.setflags(write=False)
        return place

    @cached_property
    def by_issue(self) -> NDArray[np.int8]:
        """The same options as ``options``, issue by issue; shape (n_issues, n_texts)."""
        return np.ascontiguousarray(self.options.T)

    @cached_property
    def _codes(self) -> Places:
        return self.space.code[self.agreements]

    @cached_property
    def _place_of_code(self) -> NDArray[np.int32]:
        place = np.full(self.space.n_combinations, -1, dtype=np.int32)
        place[self._codes] = np.arange(self.n_texts, dtype=np.int32)
        return place

    def neighbours(self, text: int) -> Places:
        """Return the texts that differ from a text in one issue, ascending.

        Parameters
        ----------
        text : int
            Place in the agenda.

        Returns
        -------
        ndarray of int64, shape (n,)
        """
        known = self._near.get(text)
        if known is None:
            issue, option = self._single_changes
            now = self.options[text][issue]
            code = int(self._codes[text]) + (option - now) * self._strides[issue]
            found = self._place_of_code[code[option != now]]
            known = np.sort(found[found >= 0]).astype(np.int64)
            known.setflags(write=False)
            self._near[text] = known
        return known

    @cached_property
    def _strides(self) -> Places:
        return np.array(self.space.strides, dtype=np.int64)

    @cached_property
    def _single_changes(self) -> tuple[Places, Places]:
        issue = np.repeat(np.arange(self.space.n_issues), [len(row) for row in self.space.labels])
        option = np.concatenate([np.arange(len(row)) for row in self.space.labels])
        return issue, option

    def combined(self, text: int, changed: Places) -> Places:
        """Return the texts that join two changes of one issue each.

        Parameters
        ----------
        text : int
            The text as it stands.
        changed : ndarray of int64, shape (n,)
            Texts that differ from it in one issue; negative ones are skipped.

        Returns
        -------
        ndarray of int64, shape (n (n − 1) / 2,)
            −1 where the join is not on the agenda.
        """
        found: Places = joined(self._codes, self._place_of_code, self.options, text, changed)
        return found

    def change(self, text: int, other: int) -> tuple[str, str, str]:
        """Return the issue in which two neighbouring texts differ, and the option of each.

        Parameters
        ----------
        text, other : int
            Places that differ in one issue at least; the first of them is named.

        Returns
        -------
        (str, str, str)
        """
        k = int(np.flatnonzero(self.options[text] != self.options[other])[0])
        row = self.space.labels[k]
        return self.space.issues[k], row[self.options[text, k]], row[self.options[other, k]]


def _agenda(frame: Frame) -> Agenda:
    space = frame.space
    if frame.scenario.negotiation.quota is None and len(frame.open_to_all):
        return Agenda.among(space, frame.open_to_all)
    return Agenda.among(space, np.flatnonzero(space.signable))
