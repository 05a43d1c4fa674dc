"""Compiled look-up of strings: each gets the number of its word."""

from __future__ import annotations

import numba
import numpy as np

_jit = numba.njit(nogil=True, cache=True)


@_jit
def _hash(text, i):
    h = np.uint64(14695981039346656037)
    for j in range(text.shape[1]):
        if text[i, j] == 0:
            break
        h = (h ^ np.uint64(text[i, j])) * np.uint64(1099511628211)
    return h ^ (h >> np.uint64(29))


@_jit
def _differ(text, i, known, k):
    different = np.int32(0)
    for j in range(text.shape[1]):
        different |= text[i, j] ^ known[k, j]
    return different != 0


@_jit
def encode(text, known, count, slots, codes, start):
    """codes[i] = the number of row i among the known rows; new ones are added at the end.

    Parameters
    ----------
    text : int32 (n, width), the code points of strings, padded with zeros
    known : int32 (capacity, width), of which the first `count` rows are in use
    slots : int32 (a power of two), numbers of known rows by hash, -1 where free
    codes : int32 (n,)

    Returns
    -------
    row reached and count: less than n where `known` or `slots` is too small for a new one
    """
    last = np.uint64(slots.shape[0] - 1)
    for i in range(start, text.shape[0]):
        place = _hash(text, i) & last
        while slots[place] >= 0 and _differ(text, i, known, slots[place]):
            place = (place + np.uint64(1)) & last
        if slots[place] < 0:
            if count >= known.shape[0] or 2 * count >= slots.shape[0]:
                return i, count
            known[count, :] = text[i, :]
            slots[place] = count
            count += 1
        codes[i] = slots[place]
    return text.shape[0], count


@_jit
def fill_slots(known, count, slots):
    """Enter the known rows into empty slots."""
    last = np.uint64(slots.shape[0] - 1)
    for k in range(count):
        place = _hash(known, k) & last
        while slots[place] >= 0:
            place = (place + np.uint64(1)) & last
        slots[place] = k
