"""Compiled look-up of strings: each gets the number of its word.

The words that are known stand one after the other in `pool`, word k from ``starts[k]`` to
``starts[k + 1]``: a long one costs no room but its own.
"""

from __future__ import annotations

import numba
import numpy as np

_jit = numba.njit(nogil=True, cache=True)


@_jit
def _hash(points, start, stop):
    """Of the text from `start` to `stop`, up to its first zero."""
    h = np.uint64(14695981039346656037)
    for j in range(start, stop):
        point = points[np.uint64(j)]
        if point == 0:
            break
        h = (h ^ np.uint64(point)) * np.uint64(1099511628211)
    return h ^ (h >> np.uint64(29))


@_jit
def _differ(text, i, pool, start, stop):
    """Whether string i, padded with zeros, is not the word in the pool."""
    length = stop - start
    if length > text.shape[1]:
        return True
    # one loop over both, text and padding: two would take three times as long for short words
    for j in range(text.shape[1]):
        point = pool[np.uint64(start + j)] if j < length else np.int32(0)
        if text[i, j] != point:
            return True
    return False


@_jit
def encode(text, pool, starts, count, slots, codes, row):
    """codes[i] = the number of string i among the known words; new ones are added at the end.

    Parameters
    ----------
    text : int32 (n, width), the code points of strings, padded with zeros
    pool : int32, the code points of the known words
    starts : int64 (capacity + 1,), where they start in the pool; `count` of them are in use
    slots : int32 (a power of two), numbers of known words by hash, -1 where free
    codes : int32 (n,)
    row : the first one to encode

    Returns
    -------
    row reached and count: less than n where `pool`, `starts` or `slots` has no room for a new one
    """
    last = np.uint64(slots.shape[0] - 1)
    points, width = text.reshape(-1), text.shape[1]
    for i in range(row, text.shape[0]):
        place = _hash(points, i * width, (i + 1) * width) & last
        while slots[place] >= 0:
            k = np.uint64(slots[place])
            if not _differ(text, i, pool, starts[k], starts[k + np.uint64(1)]):
                break
            place = (place + np.uint64(1)) & last
        if slots[place] < 0:
            length = width
            while length and text[i, length - 1] == 0:
                length -= 1
            start = starts[count]
            if (
                count + 1 >= starts.shape[0]
                or start + length > pool.shape[0]
                or 2 * count >= slots.shape[0]
            ):
                return i, count
            for j in range(length):
                pool[start + j] = text[i, j]
            slots[place] = count
            count += 1
            starts[count] = start + length
        codes[i] = slots[place]
    return text.shape[0], count


@_jit
def fill_slots(pool, starts, count, slots):
    """Enter the known words into empty slots."""
    last = np.uint64(slots.shape[0] - 1)
    for k in range(count):
        place = _hash(pool, starts[k], starts[k + 1]) & last
        while slots[place] >= 0:
            place = (place + np.uint64(1)) & last
        slots[place] = k
