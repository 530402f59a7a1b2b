"""What every stability test and every forecast keeps."""

from __future__ import annotations

import numpy as np

from sim.baselines.forecasts import FORECASTS, Positions
from sim.conformance.kit import scenario, worlds
from sim.stability.assess import Assessment

__all__ = ["judges_every_agreement", "judges_whatever_the_order", "places_every_world"]


def judges_every_agreement(test: str) -> None:
    """A stability test says for each agreement whether it holds, by what margin, and who binds; twice the same.

    Parameters
    ----------
    test : str
        By name.

    Raises
    ------
    AssertionError
        With a sentence, if it does not.

    Examples
    --------
    >>> judges_every_agreement("acceptable")
    """
    for terms in worlds(scenario("shuttle", "linear"), 3):
        found, again = (Assessment(terms).test(test) for _ in range(2))
        n, parties = terms.space.n_agreements, len(terms.parties)
        assert found.name == test, f"{test!r}: the result is named {found.name!r}"
        shapes = (found.holds.shape, found.margin.shape, found.binding.shape)
        assert shapes == ((n,),) * 3, f"{test!r}: holds, margin and binding are of shapes {shapes}, not ({n},) each"
        assert found.holds.dtype == np.bool_, f"{test!r}: holds is of {found.holds.dtype}, not bool"
        assert np.issubdtype(found.margin.dtype, np.floating), f"{test!r}: margin is of {found.margin.dtype}, not float"
        assert np.issubdtype(found.binding.dtype, np.integer), f"{test!r}: binding is of {found.binding.dtype}, not int"
        inside = (found.binding >= -1) & (found.binding < parties)
        assert inside.all(), f"{test!r}: binding is a party's column, or -1 for nobody"
        defined = ~np.isnan(found.margin)
        kept = (found.margin[defined] >= 0) >= found.holds[defined]
        assert kept.all(), f"{test!r}: an agreement holds by a margin below 0"
        same = (found.holds == again.holds).all() and np.array_equal(found.margin, again.margin, equal_nan=True)
        assert same, f"{test!r}: asked twice it answers differently"


def judges_whatever_the_order(test: str) -> None:
    """A stability test says the same of a file that lists parties and issues the other way round.

    Parameters
    ----------
    test : str
        By name.

    Raises
    ------
    AssertionError
        With a sentence, if it does not.

    Examples
    --------
    >>> judges_whatever_the_order("efficient")
    """
    both = zip(*(worlds(scenario("shuttle", "linear", reverse=reverse), 2) for reverse in (False, True)), strict=True)
    for one, other in both:
        a, b = Assessment(one).test(test), Assessment(other).test(test)
        same = (a.holds == b.holds).all() and np.array_equal(a.margin, b.margin, equal_nan=True)
        assert same, f"{test!r}: the order of the file changes its verdict"


def places_every_world(forecast: str) -> None:
    """A forecast gives each world a place from 0 to 1, by itself, whatever the order of parties, and changes nothing.

    Parameters
    ----------
    forecast : str
        By name.

    Raises
    ------
    AssertionError
        With a sentence, if it does not.

    Examples
    --------
    >>> places_every_world("compromise")
    """
    rng = np.random.default_rng(11)
    n_worlds, n_parties, n_options = 7, 5, 4
    # All stand apart: between parties that stand together the order of their names may decide.
    place = rng.random((n_worlds, n_parties))
    utility = 1 - np.abs(np.linspace(0, 1, n_options)[:, None] - place[:, None, :])
    arrays = [place, rng.random(place.shape), rng.random(place.shape) + 0.1, utility]
    for array in arrays:
        array.setflags(write=False)
    whole = np.asarray(FORECASTS[forecast](Positions(*arrays)))
    assert whole.shape == (n_worlds,), f"{forecast!r}: gives {whole.shape}, not one place for each of {n_worlds} worlds"
    assert ((whole >= 0) & (whole <= 1)).all(), f"{forecast!r}: a place lies between 0 and 1"
    alone = [FORECASTS[forecast](Positions(*(array[k : k + 1] for array in arrays)))[0] for k in range(n_worlds)]
    assert np.allclose(whole, alone, atol=1e-9), f"{forecast!r}: what it says of a world depends on the other worlds"
    order = rng.permutation(n_parties)
    turned = FORECASTS[forecast](Positions(*(array[..., order] for array in arrays)))
    assert np.allclose(whole, turned, atol=1e-9), f"{forecast!r}: the order of the parties changes it"
