"""Verdicts of all agreements as bitsets: one bit an agreement, least significant bit first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["MARGIN_UNIT", "packed", "unpacked"]

#: What one step of ``least_margin``, which is kept beside the bitsets, is in utility.
MARGIN_UNIT = 1e-4


def packed(holds: NDArray[np.bool_]) -> bytes:
    """Pack one verdict per agreement, eight to a byte.

    Parameters
    ----------
    holds : ndarray of bool, shape (n_agreements,)

    Returns
    -------
    bytes
        ⌈n/8⌉ of them, the first agreement in the least significant bit of the first.

    Examples
    --------
    >>> unpacked(packed(np.array([True, False, True])), 3).tolist()
    [True, False, True]
    """
    return np.packbits(holds, bitorder="little").tobytes()


def unpacked(bits: bytes, n: int) -> NDArray[np.bool_]:
    """Unpack the verdicts of n agreements.

    Parameters
    ----------
    bits : bytes
        From `packed`.
    n : int
        Number of agreements.

    Returns
    -------
    ndarray of bool, shape (n,)

    Examples
    --------
    >>> unpacked(bytes([0b101]), 3).tolist()
    [True, False, True]
    """
    return np.unpackbits(np.frombuffer(bits, np.uint8), count=n, bitorder="little").astype(bool)
