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


_PART = 2048  # what is gone over several times stays in the first cache


@numba.njit(nogil=True, cache=True)
def widen_half(half, out, bits):
    """out = the float16 whose bits are `half`, as float32; bits are those of out."""
    for start in range(0, half.shape[0], _PART):
        own = half[start : start + _PART]
        into, raw = out[start : start + _PART], bits[start : start + _PART]
        for i in range(own.shape[0]):
            raw[i] = np.uint32((np.uint32(own[i]) & np.uint32(0x7FFF)) << np.uint32(13))
        for i in range(own.shape[0]):
            into[i] = into[i] * np.float32(5.192296858534828e33)  # 2**112, exact
        for i in range(own.shape[0]):
            h, u = np.uint32(own[i]), raw[i]
            if h & np.uint32(0x7C00) == np.uint32(0x7C00):
                u |= np.uint32(0x7F800000)
            raw[i] = np.uint32(u | ((h & np.uint32(0x8000)) << np.uint32(16)))


@numba.njit(nogil=True, cache=True)
def widen_bytes(x, out):
    """out = x, from int8 to int32."""
    for i in range(x.shape[0]):
        out[i] = x[i]
