"""Exact sums on a GPU: the extraction of `kernels.sums` as array operations.

Only integers are accumulated on the device, by integer addition, so that the order in which
its threads come does not matter. Whole arrays share one unit per level; the levels go on until
nothing is left. Works on any namespace with NumPy's functions that never converts implicitly.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from disteval import backend

_CHUNK = 1 << 20  # |k| <= 2**41 in a level, so 2**20 of them (and far more) fit an int64
_BITS = 41
_LARGE, _DOWN = 2.0**900, 128  # past 2**900 values are scaled by 2**-128, lest sigma overflow


def exact_sums(x: Any, index: Any, specials: Any) -> Iterator[tuple[int, int, int]]:
    """Integers (sum, k, e) whose k * 2**e, added up by sum, are the exact sums of a float64 array.

    Parameters
    ----------
    x : float64 device array (n,)
    index : int64 device array (n,), or None for one sum
    specials : int64 host array (sums, 3); +inf, -inf and nan are counted into it
    """
    for start in range(0, len(x), _CHUNK):
        part = None if index is None else index[start : start + _CHUNK]
        yield from _chunk_sums(x[start : start + _CHUNK], part, specials)


def _chunk_sums(x: Any, index: Any, specials: Any) -> Iterator[tuple[int, int, int]]:
    xp = backend.namespace(x)
    x = _without_specials(xp, x, index, specials)
    if float(abs(x).max()) >= _LARGE:
        # exact: the last bit of such a value is 2**848 or more
        large = abs(x) >= _LARGE
        scaled = xp.where(large, x * 2.0**-_DOWN, 0.0)
        yield from _levels(xp, scaled, _DOWN, index, len(specials))
        x = xp.where(large, 0.0, x)
    yield from _levels(xp, x, 0, index, len(specials))


def _levels(xp: Any, x: Any, up: int, index: Any, sums: int) -> Iterator[tuple[int, int, int]]:
    """Sum x * 2**up, for |x| < 2**900, level by level until nothing is left.

    With 2**(top - 1) <= max|x| < 2**top and u = 2**(top - 41), |x| / u < 2**41, so x + sigma stays
    in the binade of sigma = 1.5 * 2**52 u, whose doubles are the multiples of u. (The smallest u is
    2**-1074, of which every double is a multiple; sigma is then still a normal number.) What is
    left is at most u / 2: a level takes 41 bits, and 50 levels the whole range of doubles.
    """
    while True:
        largest = float(abs(x).max())
        if largest == 0.0:
            return
        unit = max(int(np.frexp(largest)[1]) - _BITS, -1074)
        sigma = float(np.ldexp(1.5, unit + 52))
        shifted = x + sigma
        k = shifted.view(np.int64) - int(np.float64(sigma).view(np.int64))
        yield from ((place, total, unit + up) for place, total in _by_sum(xp, k, index, sums))
        x = x - (shifted - sigma)


def _by_sum(xp: Any, k: Any, index: Any, sums: int) -> Iterator[tuple[int, int]]:
    if index is None:
        yield 0, int(k.sum())
        return
    # CUDA adds uint64 atomically, not int64: modulo 2**64 it is the same addition
    totals = xp.zeros(sums, np.uint64)
    xp.add.at(totals, index, k.view(np.uint64))
    host = backend.to_host(totals).view(np.int64)
    for place in np.flatnonzero(host):
        yield int(place), int(host[place])


def _without_specials(xp: Any, x: Any, index: Any, specials: Any) -> Any:
    finite = xp.isfinite(x)
    if bool(finite.all()):
        return x
    kinds = (x == float("inf"), x == float("-inf"), xp.isnan(x))
    for column, found in enumerate(kinds):
        if index is None:
            specials[0, column] += int(found.sum())
        else:
            counts = xp.bincount(index[found], minlength=len(specials))
            specials[:, column] += backend.to_host(counts)
    return xp.where(finite, x, 0.0)
