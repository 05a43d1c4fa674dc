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
    while True:
        largest = float(xp.abs(x).max())
        if largest == 0.0:
            return
        top = int(np.frexp(largest)[1])
        # near the largest double sigma would overflow: scale by a power of two, which is exact
        # there, as those values have no bits to lose below
        down = 128 if top > 900 else 0
        unit = max(top - down - _BITS, -1074)
        scaled = xp.ldexp(x, -down) if down else x
        big = xp.abs(scaled) >= float(np.ldexp(1.0, unit)) if down else None
        if big is not None:
            scaled = xp.where(big, scaled, 0.0)
        sigma = float(np.ldexp(1.5, unit + 52))
        shifted = scaled + sigma
        taken = shifted - sigma
        k = shifted.view(xp.int64) - int(np.float64(sigma).view(np.int64))
        yield from ((place, total, unit + down) for place, total in _by_sum(xp, k, index, specials))
        x = x - (xp.ldexp(taken, down) if down else taken)


def _by_sum(xp: Any, k: Any, index: Any, specials: Any) -> Iterator[tuple[int, int]]:
    if index is None:
        yield 0, int(k.sum())
        return
    totals = xp.zeros(len(specials), xp.int64)
    xp.add.at(totals, index, k)
    host = backend.to_host(totals)
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
