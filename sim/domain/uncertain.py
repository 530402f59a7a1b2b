r"""Numbers with range, source and status.

A number of a scenario is plain (``0.5``) or a record ``{value, low, high, dist, source, status}``. With
quantile :math:`q \in [0, 1]` a record takes the value :math:`F^{-1}(q)` of its distribution:

- ``triangular`` (default): on [low, high] with mode at value;
- ``uniform``: on [low, high];
- ``pert``: the beta distribution on [low, high] with mode at value and weight 4.

Numbers that belong together share one quantile, so that drawn values keep their order: all options of
one issue in one table of one party move together, and numbers with the same ``quantile`` name do; a
name with a leading minus takes :math:`1 - q` (two sides of one uncertain thing).
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Sequence
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import AfterValidator, BaseModel, ConfigDict, WithJsonSchema, model_validator

__all__ = [
    "DISTRIBUTIONS",
    "LARGEST",
    "Level",
    "NonNegative",
    "Number",
    "NumberTable",
    "Probability",
    "Record",
    "Status",
    "draw_quantiles",
    "name_hash",
    "values_at_quantiles",
]

Status = Literal["stated", "evidence", "judgement"]
Distribution = Literal["triangular", "uniform", "pert"]
#: No number of a scenario is further from 0: payoffs are integers of 1e-9, which end at 9.2e9.
LARGEST = 1e9
DISTRIBUTIONS: tuple[str, ...] = ("triangular", "uniform", "pert")


class Record(BaseModel):
    """A frozen record of a scenario file: unknown keys are refused, types are taken strictly."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False, populate_by_name=True)


_DECIMAL = re.compile(r"[-+]?[0-9]{0,20}\.?[0-9]{1,20}")


class Number(Record):
    """A number with range, distribution, source and status.

    Attributes
    ----------
    value : float
        The central value.
    low, high : float, optional
        The range; where one is missing it is the value itself.
    dist : {"triangular", "uniform", "pert"}
        How the range is drawn.
    source : str or list of str, optional
        ``id`` or ``id#place`` of the scenario's ``sources``.
    status : {"stated", "evidence", "judgement"}, optional
        What the number rests on.
    quantile : str, optional
        Name of a quantile shared with other numbers; a leading ``-`` mirrors it.

    Examples
    --------
    >>> Number.model_validate(0.5)
    Number(value=0.5, low=None, high=None, dist='triangular', source=None, status=None, quantile=None, note='')
    >>> Number(value=0.5, low=0.3, high=0.6).range
    (0.3, 0.6)
    """

    value: float
    low: float | None = None
    high: float | None = None
    dist: Distribution = "triangular"
    source: str | list[str] | None = None
    status: Status | None = None
    quantile: str | None = None
    note: str = ""

    # A number is its own address in a scenario (`sim.domain.scenario.NumberBook`), so no two places may share one.
    # Pydantic copies a default for every record it stands in where the default cannot be hashed.
    __hash__ = None  # type: ignore[assignment]

    def __deepcopy__(self, memo: dict[int, Any] | None = None) -> Number:
        # Nothing in it can change, so that a new object with the same parts is deep enough.
        return self.model_copy()

    @model_validator(mode="before")
    @classmethod
    def _plain_number(cls, given: Any) -> Any:
        if isinstance(given, (int, float)) and not isinstance(given, bool):
            return {"value": float(given)}
        if isinstance(given, str):
            plain = given.strip().replace(",", ".")
            hint = f"; write {plain}" if _DECIMAL.fullmatch(plain) else ""
            raise ValueError(f"{given[:60]!r} must be a number, or a mapping with its value and range{hint}")
        if given is None or isinstance(given, (bool, list)):
            shown = "a list" if isinstance(given, list) else "~" if given is None else str(given).lower()
            raise ValueError(f"{shown} must be a number, or a mapping with its value and range")
        return given

    @model_validator(mode="after")
    def _brackets(self) -> Number:
        low, high = self.range
        for name, given in (("value", self.value), ("low", low), ("high", high)):
            if abs(given) > LARGEST:
                raise ValueError(f"{name} {given:g} must be between -{LARGEST:g} and {LARGEST:g}")
        if not low <= self.value <= high:
            raise ValueError(f"the range [{low:g}, {high:g}] does not bracket the value {self.value:g}")
        return self

    @property
    def range(self) -> tuple[float, float]:
        """Low and high; the value itself where no range is given."""
        return (
            self.value if self.low is None else self.low,
            self.value if self.high is None else self.high,
        )

    @property
    def sources(self) -> tuple[str, ...]:
        """The references of the number, none, one or several."""
        if self.source is None:
            return ()
        return (self.source,) if isinstance(self.source, str) else tuple(self.source)

    @property
    def is_certain(self) -> bool:
        """Whether the range is a point."""
        low, high = self.range
        return low == high


def _between(low: float, high: float) -> AfterValidator:
    def check(number: Number) -> Number:
        for name, given in (("value", number.value), ("low", number.range[0]), ("high", number.range[1])):
            if not low <= given <= high:
                bound = f"between {low:g} and {high:g}" if math.isfinite(high) else f"at least {low:g}"
                raise ValueError(f"{name} {given:g} must be {bound}")
        return number

    return AfterValidator(check)


# A schema cannot see into validators: the mark tells `sim.domain.schema` which bounds a number has.
#: A utility or level on the 0–1 scale.
Level = Annotated[Number, _between(0.0, 1.0), WithJsonSchema({"parley": "Level"})]
#: A probability or share.
Probability = Annotated[Number, _between(0.0, 1.0), WithJsonSchema({"parley": "Level"})]
#: A number that cannot be negative: a weight, rate, cost, month count or ratio.
NonNegative = Annotated[Number, _between(0.0, math.inf), WithJsonSchema({"parley": "NonNegative"})]
#: Numbers by issue and option.
NumberTable = dict[str, dict[str, Number]]


def name_hash(name: str) -> int:
    """Return a stable 64-bit hash of a name (unlike ``hash``, the same in every process).

    Parameters
    ----------
    name : str

    Returns
    -------
    int
        From 0 to 2**64 − 1.

    Examples
    --------
    >>> hex(name_hash("donetsk"))
    '0xba7b892100290eb1'
    """
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "little")


def _mix(x: NDArray[np.uint64]) -> NDArray[np.uint64]:
    # The finaliser of splitmix64 (Steele, Lea & Flood 2014, OOPSLA): a bijection that passes BigCrush
    # when fed a counter; here it is fed world key and name, so a draw depends on nothing else.
    with np.errstate(over="ignore"):
        x = x + np.uint64(0x9E3779B97F4A7C15)
        x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return x ^ (x >> np.uint64(31))


def draw_quantiles(key: int, names: NDArray[np.uint64]) -> NDArray[np.float64]:
    """Draw one quantile per name.

    The draw depends on the key and the name alone: a number added to a file, or a variant of the
    scenario, leaves every other draw as it was.

    Parameters
    ----------
    key : int
        64-bit key of the world.
    names : ndarray of uint64, shape (n,)
        Hashes of the names.

    Returns
    -------
    ndarray of float64, shape (n,)
        In the open interval (0, 1).

    Examples
    --------
    >>> import numpy as np
    >>> names = np.array([name_hash("a"), name_hash("b")], dtype=np.uint64)
    >>> bool((draw_quantiles(7, names) == draw_quantiles(7, names[::-1])[::-1]).all())
    True
    """
    mixed = _mix(_mix(names) ^ _mix(np.full(1, key, dtype=np.uint64)))
    return ((mixed >> np.uint64(12)).astype(np.float64) + 0.5) * 2.0**-52


def values_at_quantiles(
    value: NDArray[np.float64],
    low: NDArray[np.float64],
    high: NDArray[np.float64],
    dist: NDArray[np.int8],
    quantile: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return the numbers at given quantiles of their distributions.

    Parameters
    ----------
    value, low, high : ndarray of float64, shape (n,)
        Central values and ranges.
    dist : ndarray of int8, shape (n,)
        Positions in `DISTRIBUTIONS`.
    quantile : ndarray of float64, shape (n,)
        Between 0 and 1.

    Returns
    -------
    ndarray of float64, shape (n,)
        Within [low, high]; the value itself where the range is a point.

    References
    ----------
    Evans, Hastings & Peacock, *Statistical Distributions*, triangular distribution. Malcolm et al.
    1959, Operations Research 7(5), for PERT.

    Examples
    --------
    >>> import numpy as np
    >>> one = np.ones(1)
    >>> values_at_quantiles(0.5 * one, 0 * one, one, np.zeros(1, np.int8), 0.5 * one)
    array([0.5])
    """
    result = value.copy()
    width = high - low
    spread = width > 0
    triangular = spread & (dist == 0)
    if triangular.any():
        a, b, c, q = low[triangular], high[triangular], value[triangular], quantile[triangular]
        at_mode = (c - a) / (b - a)
        rising = q < at_mode
        result[triangular] = np.where(
            rising,
            a + np.sqrt(q * (b - a) * (c - a)),
            b - np.sqrt((1 - q) * (b - a) * (b - c)),
        )
    uniform = spread & (dist == 1)
    result[uniform] = low[uniform] + quantile[uniform] * width[uniform]
    pert = spread & (dist == 2)
    if pert.any():
        from scipy.special import betaincinv

        a, b, c = low[pert], high[pert], value[pert]
        alpha = 1 + 4 * (c - a) / (b - a)
        beta = 1 + 4 * (b - c) / (b - a)
        result[pert] = a + (b - a) * betaincinv(alpha, beta, quantile[pert])
    bounded: NDArray[np.float64] = np.clip(result, low, high)  # guards rounding only: quantiles map into the range
    return bounded


def hashes(names: Sequence[str]) -> NDArray[np.uint64]:
    """Return `name_hash` of several names as an array."""
    return np.array([name_hash(name) for name in names], dtype=np.uint64)
