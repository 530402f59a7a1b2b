"""The search for a mediator's next draft, compiled.

For each draft the sum over parties of the squared tenths that are missing (see ``soundings``) is worked
out; the smallest wins, of equals the one tabled least often, then the one the mediator likes best, then
the lowest place. Integer arithmetic throughout, so the result does not depend on the compiler.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.agreements.compiled import compiled

__all__ = ["ACROSS_A_LINE", "best_draft", "joined", "most_wanted"]

#: The answer where a text crosses a real line of the party, instead of tenths.
ACROSS_A_LINE = 20
_NEVER = -(1 << 40)


@compiled
def best_draft(
    net: NDArray[np.int64],
    needed: NDArray[np.bool_],
    asked: NDArray[np.int64],
    way: NDArray[np.int64],
    drafts: NDArray[np.int64],
    tabled: NDArray[np.int64],
    waiting: NDArray[np.int64],
    mediator: int,
) -> int:
    """Return the best draft, or −1 where all must wait.

    Parameters
    ----------
    net : ndarray of int64, shape (n_parties, n_texts)
        What each text is worth to each party, in units of 1e-9.
    needed : ndarray of bool, shape (n_parties, n_texts)
        Whether each text needs each party's signature.
    asked, way : ndarray of int64, shape (n_parties,)
        The least level a party says yes to, and the length of its way from best text to floor.
    drafts : ndarray of int64, shape (n,)
        Places to choose from; repetitions do no harm, negative ones are skipped.
    tabled : ndarray of int64, shape (n_texts,)
        How often each text was on the table.
    waiting : ndarray of int64, shape (m,)
        Places that must wait.
    mediator : int
        Its row, or −1 for a mediator without interests.

    Returns
    -------
    int

    Examples
    --------
    Both parties say yes to the middle text of three; where that one must wait, the others miss as much, and the
    lower place wins:

    >>> net, needed = np.array([[9, 6, 1], [1, 6, 9]]), np.ones((2, 3), bool)
    >>> asked, way, drafts, tabled = np.array([5, 5]), np.array([10, 10]), np.arange(3), np.zeros(3, np.int64)
    >>> best_draft(net, needed, asked, way, drafts, tabled, np.zeros(0, np.int64), -1)
    1
    >>> best_draft(net, needed, asked, way, drafts, tabled, np.array([1]), -1)
    0
    """
    best = -1
    best_distance = np.int64(1 << 60)
    for draft in drafts:
        if draft < 0 or draft == best:
            continue
        if np.any(waiting == draft):
            continue
        distance = np.int64(0)
        for i in range(len(net)):
            if not needed[i, draft]:
                continue
            level = net[i, draft]
            if level == _NEVER:
                missing = np.int64(ACROSS_A_LINE)
            elif level >= asked[i]:
                continue
            else:
                missing = min(np.int64(10), ((asked[i] - level) * 10 + way[i] - 1) // way[i])
            distance += missing * missing
            if distance > best_distance:
                break
        if distance > best_distance:
            continue
        if distance == best_distance:
            if tabled[draft] > tabled[best]:
                continue
            if tabled[draft] == tabled[best]:
                mine = net[mediator, draft] if mediator >= 0 else np.int64(0)
                other = net[mediator, best] if mediator >= 0 else np.int64(0)
                if mine < other or (mine == other and draft > best):
                    continue
        best = draft
        best_distance = distance
    return best


@compiled
def most_wanted(net: NDArray[np.int64], near: NDArray[np.int64], text: int) -> NDArray[np.int64]:
    """Return the text of some that each party wants most; −1 where none is better for it than a given one.

    Parameters
    ----------
    net : ndarray of int64, shape (n_parties, n_texts)
        What each text is worth to each party, in units of 1e-9.
    near : ndarray of int64, shape (n,)
        Ascending.
    text : int
        The text they are held against.

    Returns
    -------
    ndarray of int64, shape (n_parties,)

    Examples
    --------
    The second party wants none of the others more than the middle text:

    >>> most_wanted(np.array([[9, 6, 7], [1, 6, 5]]), np.array([0, 2]), 1)
    array([ 0, -1])
    """
    wanted = np.full(len(net), -1, dtype=np.int64)
    for i in range(len(net)):
        level = net[i, text]
        for other in near:
            if net[i, other] > level:
                level = net[i, other]
                wanted[i] = other
    return wanted


@compiled
def joined(
    codes: NDArray[np.int64],
    place_of_code: NDArray[np.int32],
    options: NDArray[np.int8],
    text: int,
    changed: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Return the texts that join two changes of one issue each; −1 where the join is not on the agenda.

    Parameters
    ----------
    codes : ndarray of int64, shape (n_texts,)
        Number of each text among all combinations of options.
    place_of_code : ndarray of int32, shape (n_combinations,)
        Place in the agenda by that number; −1 where it is not on it.
    options : ndarray of int8, shape (n_texts, n_issues)
        Option of each issue in each text.
    text : int
        The text that is changed.
    changed : ndarray of int64, shape (n,)
        Texts that differ from it in one issue; negative ones are skipped.

    Returns
    -------
    ndarray of int64, shape (n (n − 1) / 2,)

    Examples
    --------
    Two issues with two options make four texts. The changes of the first text to the second and the third join in
    the fourth:

    >>> options = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], np.int8)
    >>> joined(np.arange(4), np.arange(4, dtype=np.int32), options, 0, np.array([1, 2]))
    array([3])
    """
    n = len(changed)
    found = np.full(n * (n - 1) // 2, -1, dtype=np.int64)
    k = 0
    for i in range(n):
        for j in range(i):
            if changed[i] >= 0 and changed[j] >= 0 and changed[i] != changed[j]:
                apart = True
                for issue in range(options.shape[1]):
                    here = options[text, issue]
                    if options[changed[i], issue] != here and options[changed[j], issue] != here:
                        apart = False
                if apart:
                    found[k] = place_of_code[codes[changed[i]] + codes[changed[j]] - codes[text]]
            k += 1
    return found
