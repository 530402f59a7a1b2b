"""The agreement space: every combination of options that can exist, as arrays.

For issues K with options O_k, the space holds the agreements a ∈ Π O_k that satisfy all constraints of
scope ``always``; those that also satisfy the constraints of scope ``signing`` can be signed. Issues and
options are kept in the order of their labels, and agreements in the order of their label tuples; so
"lowest index" is a tie rule that does not depend on how a file is ordered.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sim.domain.issue import Constraint
from sim.domain.reader import as_scenario
from sim.domain.scenario import Scenario
from sim.errors import ModelError, ScenarioError, nearest

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["AgreementSpace"]

_ConstraintKey = tuple[str, tuple[tuple[str, tuple[str, ...]], ...], tuple[tuple[str, tuple[str, ...]], ...], str, bool]


@dataclass(frozen=True, eq=False)
class AgreementSpace:
    """All agreements that can exist, in canonical order.

    Attributes
    ----------
    issues : tuple of str
        In the order of their labels.
    labels : tuple of tuple of str
        The options of each issue, in the order of their labels.
    options : ndarray of int8, shape (n_agreements, n_issues)
        Option of each issue, as a place in ``labels``; read-only. Wider where an issue has more than
        127 options.
    signable : ndarray of bool, shape (n_agreements,)
        Whether it can be signed (constraints of scope ``signing`` hold).
    code : ndarray of int64, shape (n_agreements,)
        Mixed-radix number among all combinations, the last issue varying fastest.
    rank : ndarray of int32, shape (n_combinations,)
        Agreement of a code; −1 where the combination cannot exist.
    strides : tuple of int
        What one option of an issue adds to the code.

    Examples
    --------
    >>> import sim
    >>> space = AgreementSpace.of(sim.read_scenario("scenarios/berlin-2025/scenario.yaml"))
    >>> space.n_agreements, space.n_combinations
    (46288, 270000)
    >>> space.agreement(0)["donetsk"]
    'cession_recognised'
    """

    issues: tuple[str, ...]
    labels: tuple[tuple[str, ...], ...]
    options: NDArray[np.signedinteger] = field(repr=False)
    signable: NDArray[np.bool_] = field(repr=False)
    code: NDArray[np.int64] = field(repr=False)
    rank: NDArray[np.int32] = field(repr=False)
    strides: tuple[int, ...]
    constraints: tuple[_ConstraintKey, ...] = field(repr=False)

    @classmethod
    def of(cls, scenario: Scenario | str | Path) -> AgreementSpace:
        """Work out the space of a scenario (`sim.agreements.frame.Frame` keeps it).

        Parameters
        ----------
        scenario : Scenario, str or Path
            A scenario, or its file or folder.

        Returns
        -------
        AgreementSpace

        Raises
        ------
        ScenarioError
            If the constraints leave no agreement; the smallest set of constraints that does so is
            named.
        """
        scenario = as_scenario(scenario)
        issues = tuple(sorted(scenario.issues))
        labels = tuple(tuple(sorted(scenario.issues[issue].options)) for issue in issues)
        try:
            return _space(issues, labels, tuple(_key(constraint) for constraint in scenario.constraints))
        except _Empty as empty:
            names = ", ".join(empty.args[0])
            raise ScenarioError(
                f"no agreement satisfies {names} together; drop or loosen one of them",
                file=scenario.file or None,
                path="constraints",
            ) from None

    @property
    def n_agreements(self) -> int:
        """How many agreements can exist."""
        return len(self.options)

    @property
    def n_issues(self) -> int:
        """How many issues there are."""
        return len(self.issues)

    @property
    def n_combinations(self) -> int:
        """How many combinations of options there are, constraints aside."""
        return len(self.rank)

    @cached_property
    def offsets(self) -> tuple[int, ...]:
        """Where each issue's options begin in a flat list of all options."""
        return tuple(np.concatenate([[0], np.cumsum([len(row) for row in self.labels])[:-1]]).tolist())

    @property
    def n_options(self) -> int:
        """How many options there are over all issues."""
        return sum(len(row) for row in self.labels)

    @cached_property
    def flat_options(self) -> tuple[tuple[str, str], ...]:
        """Issue and option of each place in the flat list of all options."""
        return tuple((issue, option) for issue, row in zip(self.issues, self.labels, strict=True) for option in row)

    def agreement(self, index: int) -> dict[str, str]:
        """Return the option of each issue of one agreement.

        Parameters
        ----------
        index : int

        Returns
        -------
        dict of str to str
        """
        return {
            issue: row[option]
            for issue, row, option in zip(self.issues, self.labels, self.options[index].tolist(), strict=True)
        }

    def index_of(self, agreement: Mapping[str, str]) -> int:
        """Return the index of an agreement given by labels.

        Parameters
        ----------
        agreement : mapping of str to str
            One option for every issue.

        Returns
        -------
        int

        Raises
        ------
        ModelError
            If an issue is missing or unknown, an option is unknown, or a constraint excludes it; the
            constraints are named.
        """
        for issue in agreement:
            if issue not in self.issues:
                raise ModelError(f"unknown issue {issue!r}{nearest(issue, self.issues)}")
        missing = [issue for issue in self.issues if issue not in agreement]
        if missing:
            raise ModelError(f"the agreement says nothing on {', '.join(missing)}; name one option for every issue")
        code = 0
        for issue, row, stride in zip(self.issues, self.labels, self.strides, strict=True):
            option = agreement[issue]
            if option not in row:
                raise ModelError(f"{issue}: unknown option {option!r}{nearest(option, row)}")
            code += row.index(option) * stride
        index = int(self.rank[code])
        if index < 0:
            broken = [key[0] for key in self.constraints if not self._satisfies(key, agreement)]
            raise ModelError(f"no such agreement can exist: it breaks {', '.join(broken)}")
        return index

    def forbidden_by(self, index: int) -> tuple[str, ...]:
        """Return the ids of the constraints that keep an agreement from being signed; none where it can be.

        Parameters
        ----------
        index : int

        Returns
        -------
        tuple of str

        Examples
        --------
        Both can exist, but a rule keeps a shared pass from being signed:

        >>> import sim
        >>> rule = {"id": "X", "forbid": {"pass": "shared"}, "scope": "signing"}
        >>> two = sim.read_scenario("scenarios/tutorial-two-by-two/scenario.yaml")
        >>> space = AgreementSpace.of(sim.with_settings(two, {"constraints": [rule]}))
        >>> space.forbidden_by(0), space.forbidden_by(1)
        ((), ('X',))
        """
        if self.signable[index]:
            return ()
        agreement = self.agreement(index)
        return tuple(key[0] for key in self.constraints if not self._satisfies(key, agreement))

    def require_signable(self, index: int) -> None:
        """Refuse an agreement that can exist but not be signed.

        Parameters
        ----------
        index : int

        Raises
        ------
        ModelError
            With the constraints that it breaks.
        """
        broken = self.forbidden_by(index)
        if broken:
            raise ModelError(f"this agreement cannot be signed: it breaks {', '.join(broken)}")

    def _satisfies(self, key: _ConstraintKey, agreement: Mapping[str, str]) -> bool:
        position = {
            issue: np.array([row.index(agreement[issue])]) for issue, row in zip(self.issues, self.labels, strict=True)
        }
        return bool(_mask(key, self.issues, self.labels, position)[0])

    def only(self, agreements: NDArray[np.int64]) -> AgreementSpace:
        """Return a space that holds only some agreements, to read columns for a few of them cheaply.

        Moves lead out of it: ask the whole space for arcs.

        Parameters
        ----------
        agreements : ndarray of int64, shape (n,)
            Distinct indices, in the order wanted.

        Returns
        -------
        AgreementSpace
            Agreement ``agreements[k]`` is number k of it.

        Examples
        --------
        >>> import sim
        >>> space = AgreementSpace.of(sim.read_scenario("scenarios/berlin-2025/scenario.yaml"))
        >>> few = space.only(np.array([7, 5]))
        >>> few.n_agreements, few.agreement(1) == space.agreement(5)
        (2, True)
        """
        code = self.code[agreements]
        rank = np.full(self.n_combinations, -1, dtype=np.int32)
        rank[code] = np.arange(len(code), dtype=np.int32)
        options, signable = self.options[agreements], self.signable[agreements]
        for array in (options, signable, code, rank):
            array.setflags(write=False)
        return replace(self, options=options, signable=signable, code=code, rank=rank)

    def has(self, issue: str, options: str | list[str] | tuple[str, ...]) -> NDArray[np.bool_]:
        """Return which agreements take one of the options on an issue.

        Returns
        -------
        ndarray of bool, shape (n_agreements,)
        """
        k = self.issues.index(issue)
        wanted = [options] if isinstance(options, str) else options
        return np.isin(self.options[:, k], [self.labels[k].index(option) for option in wanted])

    def meets(self, condition: Mapping[str, list[str]]) -> NDArray[np.bool_]:
        """Return which agreements meet a condition: one of the options on every issue it names.

        Returns
        -------
        ndarray of bool, shape (n_agreements,)
        """
        mask = np.ones(self.n_agreements, dtype=np.bool_)
        for issue, options in condition.items():
            mask &= self.has(issue, options)
        return mask

    @cached_property
    def _halves(self) -> tuple[int, NDArray[np.intp], NDArray[np.intp]]:
        """Split the issues in two so that sums over options need two look-ups an agreement, not one an issue."""
        total, best = self.n_combinations, (1, 0)
        for cut in range(1, self.n_issues):
            tail = self.strides[cut - 1]
            head = total // tail
            if best == (1, 0) or head + tail < best[1]:
                best = (cut, head + tail)
        cut = best[0] if self.n_issues > 1 else self.n_issues
        tail = self.strides[cut - 1] if self.n_issues > 1 else 1
        # Native index type: np.take would convert any other one on every call.
        return cut, (self.code // tail).astype(np.intp), (self.code % tail).astype(np.intp)

    def sum_over_options[T: (np.float64, np.int64)](
        self, weights: NDArray[T], agreements: NDArray[np.int64] | None = None
    ) -> NDArray[T]:
        """Add up one weight per option over the issues of each agreement.

        Parameters
        ----------
        weights : ndarray of float64 or int64, shape (n_columns, n_options)
            By the flat list of options.
        agreements : ndarray of int64, shape (n,), optional
            Only these; all by default.

        Returns
        -------
        ndarray, shape (n_agreements or n, n_columns)
            Of the weights' type.
        """
        cut, head, tail = self._halves
        first, second = (self._half_table(weights, part, np.add) for part in (range(cut), range(cut, self.n_issues)))
        if agreements is not None:
            head, tail = head[agreements], tail[agreements]
        return _gathered(first, second, head, tail, np.add)

    def any_over_options(self, flags: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Return whether any of an agreement's options carries a flag.

        Parameters
        ----------
        flags : ndarray of bool, shape (n_columns, n_options)
            By the flat list of options.

        Returns
        -------
        ndarray of bool, shape (n_agreements, n_columns)
        """
        cut, head, tail = self._halves
        first, second = (
            self._half_table(flags, part, np.logical_or) for part in (range(cut), range(cut, self.n_issues))
        )
        return _gathered(first, second, head, tail, np.logical_or)

    def _half_table[T: np.generic](self, columns: NDArray[T], part: range, join: np.ufunc) -> NDArray[T]:
        """Join one entry per option over some of the issues, for all their combinations."""
        table = np.zeros((1, len(columns)), dtype=columns.dtype)
        for k in part:
            rows = columns[:, self.offsets[k] : self.offsets[k] + len(self.labels[k])].T
            table = join(table[:, None, :], rows[None, :, :]).reshape(-1, len(columns))
        return table

    def project(self, issues: tuple[str, ...] | list[str]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Group agreements that agree on some issues.

        Parameters
        ----------
        issues : sequence of str

        Returns
        -------
        representative : ndarray of int64, shape (n_groups,)
            One agreement of each group, the first.
        group : ndarray of int64, shape (n_agreements,)
            The group of each agreement.
        """
        code = np.zeros(self.n_agreements, dtype=np.int64)
        for issue in issues:
            k = self.issues.index(issue)
            code = code * len(self.labels[k]) + self.options[:, k]
        _, representative, group = np.unique(code, return_index=True, return_inverse=True)
        return representative.astype(np.int64), group.astype(np.int64)

    def to_frame(self, agreements: ArrayLike | None = None) -> pd.DataFrame:
        """Return the agreements as a table, one a row.

        Parameters
        ----------
        agreements : array_like of int, optional
            Which, in the order wanted; all by default.

        Returns
        -------
        pandas.DataFrame
            Indexed by the number of the agreement: its option of each issue, and whether it is ``signable``.

        Examples
        --------
        >>> AgreementSpace.of("scenarios/tutorial-two-by-two").to_frame([0, 3])
                      guard    pass  signable
        agreement
        0            absent    held      True
        3          promised  shared      True
        """
        import pandas as pd

        rows = np.arange(self.n_agreements) if agreements is None else np.asarray(agreements, np.int64).reshape(-1)
        columns: dict[str, object] = {
            issue: pd.Categorical.from_codes(self.options[rows, k], categories=pd.Index(list(self.labels[k])))
            for k, issue in enumerate(self.issues)
        }
        columns["signable"] = self.signable[rows]
        return pd.DataFrame(columns, index=pd.Index(rows, name="agreement"))


#: Rows gathered at a time: what they take stays in the processor's cache.
_BLOCK = 4096


def _gathered[T: np.generic](
    first: NDArray[T], second: NDArray[T], head: NDArray[np.intp], tail: NDArray[np.intp], join: np.ufunc
) -> NDArray[T]:
    result = np.empty((len(head), first.shape[1]), dtype=first.dtype)
    scratch = np.empty((min(_BLOCK, len(head)), first.shape[1]), dtype=first.dtype)
    for start in range(0, len(head), _BLOCK):
        block = result[start : start + _BLOCK]
        other = scratch[: len(block)]
        # The indices are right by construction: "clip" skips the check and the copy it makes.
        np.take(first, head[start : start + _BLOCK], axis=0, out=block, mode="clip")
        np.take(second, tail[start : start + _BLOCK], axis=0, out=other, mode="clip")
        join(block, other, out=block)
    return result


class _Empty(Exception):
    """The constraints leave no agreement; carries the ids of a smallest set that does so."""


def _key(constraint: Constraint) -> _ConstraintKey:
    def flat(condition: Mapping[str, list[str]]) -> tuple[tuple[str, tuple[str, ...]], ...]:
        return tuple((issue, tuple(options)) for issue, options in sorted(condition.items()))

    kind = ("when" if constraint.when else "all") + ("+require" if constraint.require else "+forbid")
    if constraint.both_ways:
        kind += "+converse"
    return (
        constraint.id,
        flat(constraint.when),
        flat(constraint.require or constraint.forbid),
        kind,
        constraint.scope == "signing",
    )


def _mask(
    key: _ConstraintKey,
    issues: tuple[str, ...],
    labels: tuple[tuple[str, ...], ...],
    position: Mapping[str, NDArray[np.integer]],
) -> NDArray[np.bool_]:
    """Return which combinations satisfy a constraint."""

    def holds(issue: str, options: tuple[str, ...]) -> NDArray[np.bool_]:
        row = labels[issues.index(issue)]
        return np.isin(position[issue], [row.index(option) for option in options])

    _, when, then, kind, _ = key
    size = len(next(iter(position.values())))
    condition = np.ones(size, dtype=np.bool_)
    for issue, options in when:
        condition &= holds(issue, options)
    if kind.startswith("all"):
        together = np.ones(size, dtype=np.bool_)
        for issue, options in then:
            together &= holds(issue, options)
        return ~together
    consequence = np.ones(size, dtype=np.bool_)
    for issue, options in then:
        consequence &= holds(issue, options) if "+require" in kind else ~holds(issue, options)
    mask = ~condition | consequence
    if kind.endswith("+converse"):
        mask &= condition | ~consequence
    return mask


def _space(
    issues: tuple[str, ...], labels: tuple[tuple[str, ...], ...], constraints: tuple[_ConstraintKey, ...]
) -> AgreementSpace:
    sizes = [len(row) for row in labels]
    strides = [1] * len(sizes)
    for k in range(len(sizes) - 2, -1, -1):
        strides[k] = strides[k + 1] * sizes[k + 1]
    total = strides[0] * sizes[0]
    codes = np.arange(total, dtype=np.int32)
    # An explicit conflict read as one issue can have hundreds of options: 8 bits hold 127.
    width = np.min_scalar_type(-max(sizes))
    position = {
        issue: ((codes // stride) % size).astype(width)
        for issue, stride, size in zip(issues, strides, sizes, strict=True)
    }
    exists = np.ones(total, dtype=np.bool_)
    signable = np.ones(total, dtype=np.bool_)
    for key in constraints:
        mask = _mask(key, issues, labels, position)
        signable &= mask
        if not key[4]:
            exists &= mask
    if not signable.any():
        raise _Empty(_smallest_conflict(constraints, issues, labels, position))
    code = np.flatnonzero(exists)
    rank = np.full(total, -1, dtype=np.int32)
    rank[code] = np.arange(len(code), dtype=np.int32)
    options = np.stack([position[issue][code] for issue in issues], axis=1)
    signable = signable[code]
    for array in (options, signable, code, rank):
        array.setflags(write=False)
    return AgreementSpace(issues, labels, options, signable, code.astype(np.int64), rank, tuple(strides), constraints)


def _smallest_conflict(
    constraints: tuple[_ConstraintKey, ...],
    issues: tuple[str, ...],
    labels: tuple[tuple[str, ...], ...],
    position: Mapping[str, NDArray[np.integer]],
) -> list[str]:
    """Drop constraints one by one as long as the rest still leaves nothing."""
    masks = {n: _mask(key, issues, labels, position) for n, key in enumerate(constraints)}
    kept = list(masks)
    for n in list(masks):
        rest = [m for m in kept if m != n]
        if rest and not np.logical_and.reduce([masks[m] for m in rest]).any():
            kept = rest
    return [constraints[n][0] for n in kept]
