"""Compiled counting of label pairs."""

from __future__ import annotations

import numba

_jit = numba.njit(nogil=True, cache=True)


@_jit
def count_pairs(true, pred, lowest, places, table, start):
    """table[place of true[i], place of pred[i]] += 1 from row start on.

    ``places[label - lowest]`` is a label's place, or -1. Returns the row reached: less than n
    where a label has no place yet.
    """
    size = places.shape[0]
    for i in range(start, true.shape[0]):
        a = true[i] - lowest
        b = pred[i] - lowest
        if a < 0 or a >= size or b < 0 or b >= size:
            return i
        row = places[a]
        column = places[b]
        if row < 0 or column < 0:
            return i
        table[row, column] += 1
    return true.shape[0]


@_jit
def look_up(labels, lowest, places, out):
    """out[i] = place of labels[i]. False where some label has no place."""
    size = places.shape[0]
    known = True
    for i in range(labels.shape[0]):
        a = labels[i] - lowest
        inside = (a >= 0) & (a < size)
        out[i] = places[a if inside else 0] if inside else -1
        known &= out[i] >= 0
    return known
