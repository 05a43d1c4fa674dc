"""Compiled exact products: x * y and w * x * y as sums of doubles, or integer by integer.

TwoProduct (Dekker 1971, with Veltkamp's split; no FMA, which not every processor has) gives
x * y = high + low exactly while nothing overflows or falls under the smallest double. Where
factors lie outside [2**-300, 2**300], the mantissas are multiplied as integers instead.
"""

from __future__ import annotations

import numba
import numpy as np

from disteval.numerics.kernels.sums import SPECIAL, _add_integer, _split, bits

_jit = numba.njit(nogil=True, cache=True)

SAFE_LOW, SAFE_HIGH = 1023 - 300, 1023 + 300  # biased exponents


@_jit
def _two_product(x, y):
    high = x * y
    scaled = 134217729.0 * x
    x1 = scaled - (scaled - x)
    x2 = x - x1
    scaled = 134217729.0 * y
    y1 = scaled - (scaled - y)
    y2 = y - y1
    return high, ((x1 * y1 - high) + x1 * y2 + x2 * y1) + x2 * y2


@_jit
def _class(x):
    """0: safe (or zero), 1: finite but outside the safe range, 2: not finite."""
    b = bits(x)
    exponent = (b >> 52) & SPECIAL
    safe = ((exponent >= SAFE_LOW) & (exponent <= SAFE_HIGH)) | ((b << 1) == 0)
    return 0 if safe else (2 if exponent == SPECIAL else 1)


@_jit
def fill_pair(x, y, high, low):
    """x * y = high + low for safe rows; unsafe rows become zero. Returns how many are unsafe."""
    unsafe = 0
    for i in range(x.shape[0]):
        kind = max(_class(x[i]), _class(y[i]))
        a, b = _two_product(x[i], y[i])
        high[i] = a if kind == 0 else 0.0
        low[i] = b if kind == 0 else 0.0
        if kind == 2:
            high[i] = x[i] * y[i]
        unsafe += kind == 1
    return unsafe


@_jit
def fill_triple(w, x, y, out):
    """w * x * y = sum of the four rows of out; like `fill_pair`."""
    unsafe = 0
    for i in range(x.shape[0]):
        kind = max(_class(w[i]), max(_class(x[i]), _class(y[i])))
        if kind == 0:
            high, low = _two_product(x[i], y[i])
            out[0, i], out[1, i] = _two_product(w[i], high)
            out[2, i], out[3, i] = _two_product(w[i], low)
        else:
            out[0, i] = w[i] * x[i] * y[i] if kind == 2 else 0.0
            out[1, i] = 0.0
            out[2, i] = 0.0
            out[3, i] = 0.0
        unsafe += kind == 1
    return unsafe


@_jit
def _unsafe(w, x, y):
    if w == 0.0 or x == 0.0 or y == 0.0:
        return False
    return max(_class(w), max(_class(x), _class(y))) == 1


@_jit
def unsafe_extent(w, x, y):
    """Exponents (low, high) that hold every product of an unsafe row."""
    low = np.int64(9999)
    high = np.int64(-9999)
    for i in range(x.shape[0]):
        if _unsafe(w[i], x[i], y[i]):
            unit = _split(bits(w[i]))[1] + _split(bits(x[i]))[1] + _split(bits(y[i]))[1]
            low = min(low, unit)
            high = max(high, unit + 27 * 6 + 64)
    return low, high


@_jit
def add_unsafe(w, x, y, index, limbs, base):
    """Add w * x * y of the unsafe rows, each to the sum index[i], by 27-bit digits."""
    mask = (np.int64(1) << 27) - 1
    for i in range(x.shape[0]):
        if not _unsafe(w[i], x[i], y[i]):
            continue
        a, ea = _split(bits(w[i]))
        b, eb = _split(bits(x[i]))
        c, ec = _split(bits(y[i]))
        sign = -1 if (a < 0) ^ (b < 0) ^ (c < 0) else 1
        a, b, c = abs(a), abs(b), abs(c)
        a0, a1, b0, b1, c0, c1 = a & mask, a >> 27, b & mask, b >> 27, c & mask, c >> 27
        d1 = a0 * b0
        d2 = a0 * b1 + a1 * b0 + (d1 >> 27)
        d3 = a1 * b1 + (d2 >> 27)
        d1, d2, d4, d3 = d1 & mask, d2 & mask, d3 >> 27, d3 & mask
        e = ea + eb + ec
        row = limbs[index[i]]
        _add_integer(row, base, sign * (d1 * c0), e)
        _add_integer(row, base, sign * (d1 * c1 + d2 * c0), e + 27)
        _add_integer(row, base, sign * (d2 * c1 + d3 * c0), e + 54)
        _add_integer(row, base, sign * (d3 * c1 + d4 * c0), e + 81)
        _add_integer(row, base, sign * (d4 * c1), e + 108)
