"""Probabilistic Condorcet elections: how likely each alternative is to prevail when actors vote with their weight."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["condorcet_probabilities", "victory_probabilities"]

#: Support that everything has, so that two alternatives nobody tells apart are even.
_EVEN = 1e-8


def victory_probabilities(utility: ArrayLike, weight: ArrayLike) -> NDArray[np.float64]:
    """Return the probability that one alternative beats another when voted on alone.

    Each actor votes for the one it prefers with its weight times what it gains,
    v_k(a, b) = w_k (u_k(a) − u_k(b)); the support of a is C_ab = ε + Σ_k max(0, v_k(a, b)) with ε = 1e-8, and
    P_ab = C_ab / (C_ab + C_ba).

    Parameters
    ----------
    utility : array_like, shape (..., m, n)
        Of m alternatives to n actors.
    weight : array_like, shape (..., n)
        Not negative.

    Returns
    -------
    ndarray of float64, shape (..., m, m)
        P_ab in row a and column b; one half on the diagonal.

    Examples
    --------
    >>> victory_probabilities([[1.0, 0.0], [0.0, 1.0]], [3, 1]).round(3).tolist()
    [[0.5, 0.75], [0.25, 0.5]]
    """
    u = np.asarray(utility, dtype=np.float64)
    w = np.asarray(weight, dtype=np.float64)[..., None, None, :]
    gain = u[..., :, None, :] - u[..., None, :, :]
    support = _EVEN + (w * np.maximum(gain, 0)).sum(axis=-1)
    return np.asarray(support / (support + np.swapaxes(support, -1, -2)))


def condorcet_probabilities(utility: ArrayLike, weight: ArrayLike, *, conditional: bool = False) -> NDArray[np.float64]:
    """Return the probability of each alternative to prevail.

    By default the share of time that a challenge process spends on it: a standing alternative b meets each of
    the m alternatives (itself among them) with probability 1/m and gives way to a with P_ab, so that p_a =
    (1/m) Σ_b P_ab (p_a + p_b). Conditional: the probability that it beats every other one, given that one does,
    p_a ∝ Π_{b ≠ a} P_ab.

    Parameters
    ----------
    utility : array_like, shape (..., m, n)
        Of m alternatives to n actors.
    weight : array_like, shape (..., n)
        Not negative.
    conditional : bool
        The second of the two.

    Returns
    -------
    ndarray of float64, shape (..., m)
        Sums to 1.

    References
    ----------
    Wise, B. P., Lester, L. & Efird, B. (2015), An introduction to the KAPSARC Toolkit for Behavioral Analysis
    (KTAB) using one-dimensional spatial models, KAPSARC.

    Examples
    --------
    >>> condorcet_probabilities([[1.0, 0.0], [0.0, 1.0]], [3, 1]).round(3).tolist()
    [0.75, 0.25]
    """
    chance = victory_probabilities(utility, weight)
    m = chance.shape[-1]
    if conditional:
        # The diagonal's one half is a factor of every product alike.
        product = np.log(chance).sum(axis=-1)
        product = np.exp(product - product.max(axis=-1, keepdims=True))
        return np.asarray(product / product.sum(axis=-1, keepdims=True))
    step = chance / m + np.eye(m) * (chance.sum(axis=-1) / m)[..., :, None]
    # The last equation follows from the others: in its place stands that the shares sum to 1.
    system = np.eye(m) - step
    system[..., -1, :] = 1.0
    right = np.zeros((*system.shape[:-1], 1))
    right[..., -1, 0] = 1.0
    return np.asarray(np.linalg.solve(system, right)[..., 0])
