"""Compiled widening to float64, with a look for NaN on the way."""

from __future__ import annotations

import numba
import numpy as np


@numba.njit(nogil=True, cache=True)
def widen(x, bits, out):
    """out = x, from float32; bits are those of x as int32. Whether there is a NaN."""
    found = np.int32(0)
    for i in range(x.shape[0]):
        out[i] = x[i]
        # negative where the magnitude lies above infinity's
        found |= np.int32(0x7F800000) - (bits[i] & np.int32(0x7FFFFFFF))
    return found < 0
