"""Compiled counting of label pairs."""

from __future__ import annotations

import numba
import numpy as np

_jit = numba.njit(nogil=True, cache=True)


@_jit
def count_pairs(true, pred, lowest, places, table, cells, bounds, run, start):
    """table[cell, place of true[i], place of pred[i]] += 1 from row start of a run on.

    Run r is the rows bounds[r] to bounds[r + 1], of cell cells[r]. ``places[label - lowest]`` is
    a label's place, or -1. Returns the run and the row reached: before the end where a label has
    no place yet.
    """
    size = places.shape[0]
    for r in range(run, cells.shape[0]):
        counts = table[cells[r]]
        for i in range(max(start, bounds[r]), bounds[r + 1]):
            a = true[i] - lowest
            b = pred[i] - lowest
            if a < 0 or a >= size or b < 0 or b >= size:
                return r, i
            row = places[a]
            column = places[b]
            if row < 0 or column < 0:
                return r, i
            counts[row, column] += 1
    return cells.shape[0], true.shape[0]


@_jit
def above_zero(values, out):
    """out[i] = values[i] > 0, of integers. Returns all values or-ed: 0 or 1 where all are."""
    bits = values.dtype.type(0)
    for i in range(values.shape[0]):
        out[i] = values[i] > 0
        bits |= values[i]
    return np.int64(bits)


_PART = 4096


@_jit
def look_up(labels, lowest, places, out):
    """out[i] = place of labels[i]. False where some label has no place.

    ``places[label - lowest]`` is a label's place, or -1. Part by part: the plain pass that finds
    labels outside the table brings the part into the cache, which the look-up alone does slowly.
    """
    size = np.uint64(places.shape[0])
    found = np.int32(0)
    for start in range(0, labels.shape[0], _PART):
        part = labels[start : start + _PART]
        places_of_part = out[start : start + _PART]
        largest = np.uint64(0)
        for i in range(part.shape[0]):
            # those below the lowest are large, too
            largest = max(largest, np.uint64(np.int64(part[i]) - lowest))
        if largest >= size:
            return False
        for i in range(part.shape[0]):
            place = places[np.uint64(np.int64(part[i]) - lowest)]
            found |= place
            places_of_part[i] = place
    return found >= 0


@_jit
def count_cells(cells, counts):
    """counts[i % lanes, cells[i]] += 1, for lanes (a power of two) times cells counters."""
    flat = counts.reshape(-1)
    mask, width = counts.shape[0] - 1, counts.shape[1]
    for i in range(cells.shape[0]):
        flat[np.uint64((i & mask) * width + cells[i])] += 1


@_jit
def positions_of(cells, starts, positions):
    """positions[i] = starts[i % lanes, cells[i]], which moves on by one."""
    flat = starts.reshape(-1)
    mask, width = starts.shape[0] - 1, starts.shape[1]
    for i in range(cells.shape[0]):
        at = np.uint64((i & mask) * width + cells[i])
        position = flat[at]
        positions[i] = position
        flat[at] = position + 1


@_jit
def scatter(column, positions, out):
    """out[positions[i]] = column[i]."""
    for i in range(column.shape[0]):
        out[np.uint32(positions[i])] = column[i]


@_jit
def scatter_pair(cells, starts, a, b, out_a, out_b):
    """`positions_of` and `scatter` of two columns at once, in two thirds of the time."""
    flat = starts.reshape(-1)
    mask, width = starts.shape[0] - 1, starts.shape[1]
    for i in range(cells.shape[0]):
        at = np.uint64((i & mask) * width + cells[i])
        position = flat[at]
        out_a[np.uint64(position)] = a[i]
        out_b[np.uint64(position)] = b[i]
        flat[at] = position + 1
