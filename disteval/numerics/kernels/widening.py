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


@numba.njit(nogil=True, cache=True)
def widen_half(half, out, bits):
    """out = the float16 whose bits are `half`, as float32; bits are those of out."""
    for i in range(half.shape[0]):
        h = np.uint32(half[i])
        bits[i] = np.uint32((h & np.uint32(0x7FFF)) << np.uint32(13))
    for i in range(half.shape[0]):
        out[i] = out[i] * np.float32(5.192296858534828e33)  # 2**112, exact: of subnormals too
    for i in range(half.shape[0]):
        h = np.uint32(half[i])
        u = bits[i]
        if h & np.uint32(0x7C00) == np.uint32(0x7C00):
            u |= np.uint32(0x7F800000)
        bits[i] = np.uint32(u | ((h & np.uint32(0x8000)) << np.uint32(16)))
