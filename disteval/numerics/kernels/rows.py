"""Compiled loops over the rows of C-contiguous, writable float32 or float64 matrices, into `out`.

A row is read left to right with one accumulator, so that its result has one definition. Four or
eight rows go side by side: alone, a row would wait for each addition to finish.
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np

__all__ = ["row_argmax", "row_max", "row_sum"]

_inline = numba.njit(forceinline=True)
_jit = numba.njit(nogil=True, cache=True)


@_inline
def _one_nan(x: Any) -> Any:
    """`x`, with every NaN made the same one: processors differ in the NaN they make."""
    return x if x == x else np.nan


@_inline
def _beats(x: Any, best: Any) -> Any:
    """Say whether `x` takes over from `best`: the first NaN wins, else the first largest."""
    return (x > best) | ((x != x) & (best == best))


@_inline
def _larger(x: Any, best: Any) -> Any:
    return x if _beats(x, best) else best


@_inline
def _better(x: Any, j: Any, best: Any, at: Any) -> Any:
    taken = _beats(x, best)
    return (x if taken else best), (j if taken else at)


@_jit
def row_sum(x: Any, out: Any) -> None:
    """Add up the rows, in float64, from +0.0."""
    rows, columns = x.shape
    whole = rows - rows % 8
    for i in range(0, whole, 8):
        a = b = c = d = e = f = g = h = 0.0
        for j in range(columns):
            a += x[i, j]
            b += x[i + 1, j]
            c += x[i + 2, j]
            d += x[i + 3, j]
            e += x[i + 4, j]
            f += x[i + 5, j]
            g += x[i + 6, j]
            h += x[i + 7, j]
        out[i] = _one_nan(a)
        out[i + 1] = _one_nan(b)
        out[i + 2] = _one_nan(c)
        out[i + 3] = _one_nan(d)
        out[i + 4] = _one_nan(e)
        out[i + 5] = _one_nan(f)
        out[i + 6] = _one_nan(g)
        out[i + 7] = _one_nan(h)
    for i in range(whole, rows):
        a = 0.0
        for j in range(columns):
            a += x[i, j]
        out[i] = _one_nan(a)


@_jit
def row_max(x: Any, out: Any) -> None:
    """Find the largest values of the rows; NaN if there is one."""
    rows, columns = x.shape
    whole = rows - rows % 4
    for i in range(0, whole, 4):
        a, b, c, d = x[i, 0], x[i + 1, 0], x[i + 2, 0], x[i + 3, 0]
        for j in range(1, columns):
            a = _larger(x[i, j], a)
            b = _larger(x[i + 1, j], b)
            c = _larger(x[i + 2, j], c)
            d = _larger(x[i + 3, j], d)
        out[i] = _one_nan(a)
        out[i + 1] = _one_nan(b)
        out[i + 2] = _one_nan(c)
        out[i + 3] = _one_nan(d)
    for i in range(whole, rows):
        a = x[i, 0]
        for j in range(1, columns):
            a = _larger(x[i, j], a)
        out[i] = _one_nan(a)


@_jit
def row_argmax(x: Any, out: Any) -> None:
    """Find the columns of the largest values: the first of equals, the first NaN if any."""
    rows, columns = x.shape
    whole = rows - rows % 4
    for i in range(0, whole, 4):
        a, b, c, d = x[i, 0], x[i + 1, 0], x[i + 2, 0], x[i + 3, 0]
        at_a = at_b = at_c = at_d = 0
        for j in range(1, columns):
            a, at_a = _better(x[i, j], j, a, at_a)
            b, at_b = _better(x[i + 1, j], j, b, at_b)
            c, at_c = _better(x[i + 2, j], j, c, at_c)
            d, at_d = _better(x[i + 3, j], j, d, at_d)
        out[i] = at_a
        out[i + 1] = at_b
        out[i + 2] = at_c
        out[i + 3] = at_d
    for i in range(whole, rows):
        a, at_a = x[i, 0], 0
        for j in range(1, columns):
            a, at_a = _better(x[i, j], j, a, at_a)
        out[i] = at_a
