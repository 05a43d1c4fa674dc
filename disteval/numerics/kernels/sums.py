"""Compiled loops that add doubles exactly to integer limbs, without the GIL.

A sum is an integer in limbs of 32 bits: limb i of an array with base b stands for
``limbs[i] * 2**(32 * (b + i))``, each an int64 with 31 bits to spare for carries.

A block of at most `SUB` doubles is reduced by extraction (Rump, Ogita, Oishi 2008; Demmel and
Nguyen 2013). With u = 2**s and sigma = 1.5 * 2**(s + 52), the rounding in t = x + sigma leaves
q = t - sigma, x rounded to a multiple of u, and x - q is exact. As t stays in sigma's binade,
bits(t) - bits(sigma) is q / u *as an integer*: a level is a plain int64 sum, which vectorises and
may run in any order. Two levels hold 102 bits below the largest value of the block; what is left
over is added one by one by its integer mantissa.

Nothing here may be compiled with fast-math: (x + sigma) - sigma must not be simplified.
"""

from __future__ import annotations

import numba
import numpy as np
from numba.core import types
from numba.extending import intrinsic

SUB = 2048  # |k| <= 2**51 in a level, so 2**11 of them fit an int64
LEVEL = 51
TOP_EXPONENT = 1020  # above it sigma would overflow: such values are added one by one
SPECIAL = 0x7FF

_jit = numba.njit(nogil=True, cache=True)


@intrinsic
def bits(typing_context, x):
    """The 64 bits of a double, as an int64."""

    def generate(context, builder, signature, arguments):
        return builder.bitcast(arguments[0], context.get_value_type(types.int64))

    return types.int64(types.float64), generate


@intrinsic
def from_bits(typing_context, x):
    """The double of 64 bits."""

    def generate(context, builder, signature, arguments):
        return builder.bitcast(arguments[0], context.get_value_type(types.float64))

    return types.float64(types.int64), generate


@_jit
def _sigma(s):
    return from_bits(np.int64((s + 52 + 1023) << 52)) * 1.5


@_jit
def _levels(x, s):
    """Integers k1, k2 with sum(x) = k1 * 2**s + k2 * 2**(s - 51), and whether that is so."""
    sigma1 = _sigma(s)
    sigma2 = _sigma(s - LEVEL)
    bits1 = bits(sigma1)
    bits2 = bits(sigma2)
    k1 = np.int64(0)
    k2 = np.int64(0)
    outside = np.int64(0)
    left = np.int64(0)
    for i in range(x.shape[0]):
        value = x[i]
        t1 = value + sigma1
        rest = value - (t1 - sigma1)
        k1 += bits(t1)
        outside |= bits(t1) ^ bits1
        t2 = rest + sigma2
        k2 += bits(t2)
        left |= bits(rest - (t2 - sigma2))
    # the bits of sigma are taken off once, modulo 2**64, in which the sums are exact
    n = np.int64(x.shape[0])
    return k1 - n * bits1, k2 - n * bits2, (outside >> 52) != 0, (left << 1) != 0


@_jit
def _add_integer(limbs, base, k, e):
    """Add k * 2**e."""
    position = e - 32 * base
    i = position >> 5
    shift = position & 31
    low = (k & 0xFFFFFFFF) << shift
    high = (k >> 32) << shift
    limbs[i] += low & 0xFFFFFFFF
    limbs[i + 1] += (low >> 32) + (high & 0xFFFFFFFF)
    limbs[i + 2] += high >> 32


@_jit
def _split(b):
    """Mantissa with sign, and exponent of its unit, of a finite double's bits."""
    exponent = (b >> 52) & SPECIAL
    mantissa = b & 0xFFFFFFFFFFFFF
    if exponent > 0:
        mantissa |= np.int64(1) << 52
    else:
        exponent = np.int64(1)
    return -mantissa if b < 0 else mantissa, exponent - 1075


@_jit
def _add_double(limbs, base, specials, x):
    """Add one double, or count it where it is not finite."""
    b = bits(x)
    if (b >> 52) & SPECIAL == SPECIAL:
        if b & 0xFFFFFFFFFFFFF:
            specials[2] += 1
        elif b > 0:
            specials[0] += 1
        else:
            specials[1] += 1
    elif b << 1 != 0:
        mantissa, e = _split(b)
        _add_integer(limbs, base, mantissa, e)


@_jit
def extent(x):
    """Exponents (low, top): every finite x is a multiple of 2**low below 2**top; and specials.

    (0, -9999) where all are zero or not finite; the third value tells whether some x is not
    finite.
    """
    low = np.int64(9999)
    top = np.int64(-9999)
    special = False
    for i in range(x.shape[0]):
        b = bits(x[i])
        exponent = (b >> 52) & SPECIAL
        if exponent == SPECIAL:
            special = True
        elif b << 1 != 0:
            unit = max(exponent, 1) - 1075
            low = min(low, unit)
            top = max(top, unit + 53)
    if top == -9999:
        low = np.int64(0)
    return low, top, special


@_jit
def _covers(limbs, base, low, high):
    return 32 * base <= low and high + 96 <= 32 * (base + limbs.shape[0])


@_jit
def _add_block(x, limbs, base, specials, s):
    """Add at most SUB doubles to one sum.

    Returns (done, s, low, high). Not done: nothing was added; call again with limbs that reach
    from 2**low to 2**high. s is the level's unit to try first next time.
    """
    k1, k2, outside, left = _levels(x, s)
    low = s - LEVEL
    if outside or left:
        least, top, special = extent(x)
        if special or top > TOP_EXPONENT:
            if not _covers(limbs, base, least, top + 12):
                return False, s, least, top + 12
            for i in range(x.shape[0]):
                _add_double(limbs, base, specials, x[i])
            return True, s, least, top
        # two bits of headroom, so that the next block's maximum may be a little larger
        s = max(top - LEVEL + 2, -1074 + LEVEL)
        k1, k2, outside, left = _levels(x, s)
        low = min(s - LEVEL, least) if left else s - LEVEL
    if not _covers(limbs, base, low, s + 64):
        return False, s, low, s + 64
    _add_integer(limbs, base, k1, s)
    _add_integer(limbs, base, k2, s - LEVEL)
    if left:
        sigma1 = _sigma(s)
        sigma2 = _sigma(s - LEVEL)
        for i in range(x.shape[0]):
            rest = x[i] - ((x[i] + sigma1) - sigma1)
            _add_double(limbs, base, specials, rest - ((rest + sigma2) - sigma2))
    return True, s, low, s + 64


@_jit
def add(x, sums, bounds, run, start, limbs, base, specials, units):
    """Add the rows bounds[r] to bounds[r + 1] of each run r to the sum sums[r].

    From row `start` of run `run` on. units[sum] is the unit that is tried first, and adapts.
    Returns (run reached, row reached, low, high); see `_add_block`.
    """
    for r in range(run, sums.shape[0]):
        to = sums[r]
        row = max(start, bounds[r])
        while row < bounds[r + 1]:
            stop = min(row + SUB, bounds[r + 1])
            done, units[to], low, high = _add_block(
                x[row:stop], limbs[to], base, specials[to], units[to]
            )
            if not done:
                return r, row, low, high
            row = stop
    return sums.shape[0], 0, 0, 0


@_jit
def _fill_squared(y, p, out):
    for i in range(out.shape[0]):
        e = np.float64(y[i]) - np.float64(p[i])
        out[i] = e * e


@_jit
def _fill_absolute(y, p, out):
    for i in range(out.shape[0]):
        out[i] = abs(np.float64(y[i]) - np.float64(p[i]))


@_jit
def add_difference(y, p, squared, sums, bounds, run, start, limbs, base, specials, units, scratch):
    """`add` of (y - p)**2 or abs(y - p), computed in cache on the way."""
    for r in range(run, sums.shape[0]):
        to = sums[r]
        row = max(start, bounds[r])
        while row < bounds[r + 1]:
            stop = min(row + SUB, bounds[r + 1])
            block = scratch[: stop - row]
            if squared:
                _fill_squared(y[row:stop], p[row:stop], block)
            else:
                _fill_absolute(y[row:stop], p[row:stop], block)
            done, units[to], low, high = _add_block(block, limbs[to], base, specials[to], units[to])
            if not done:
                return r, row, low, high
            row = stop
    return sums.shape[0], 0, 0, 0


@_jit
def add_at(x, index, limbs, base, specials, levels):
    """Add x[i] to the sum index[i]; at most 65,536 doubles (|k| <= 2**46 in a level).

    ``levels`` is int64[2, sums], zero before and after. Returns (done, low, high).
    """
    n = x.shape[0]
    least, top, special = extent(x)
    none = top == -9999  # only zeros and what is not finite: no limb is touched
    if not none and not _covers(limbs[0], base, least - 128, top + 12):
        return False, least - 128, top + 12
    sums = limbs.shape[0]
    s = max(top - 46, -1074 + 47)
    if none or special or top > TOP_EXPONENT - 3 or sums > n:  # sigma is 2**(top + 6)
        for i in range(n):
            _add_double(limbs[index[i]], base, specials[index[i]], x[i])
        return True, 0, 0
    sigma1 = _sigma(s)
    sigma2 = _sigma(s - 47)
    bits1 = bits(sigma1)
    bits2 = bits(sigma2)
    for i in range(n):
        c = index[i]
        t1 = x[i] + sigma1
        rest = x[i] - (t1 - sigma1)
        levels[0, c] += bits(t1) - bits1
        t2 = rest + sigma2
        levels[1, c] += bits(t2) - bits2
        rest -= t2 - sigma2
        if rest != 0.0:
            _add_double(limbs[c], base, specials[c], rest)
    for c in range(sums):
        _add_integer(limbs[c], base, levels[0, c], s)
        _add_integer(limbs[c], base, levels[1, c], s - 47)
        levels[0, c] = 0
        levels[1, c] = 0
    return True, 0, 0


@_jit
def _fill_moment(x, y, k, out):
    """x, y, x * x, x * y or y * y, in float64."""
    if k == 0:
        for i in range(out.shape[0]):
            out[i] = x[i]
    elif k == 1:
        for i in range(out.shape[0]):
            out[i] = y[i]
    elif k == 2:
        for i in range(out.shape[0]):
            out[i] = np.float64(x[i]) * np.float64(x[i])
    elif k == 3:
        for i in range(out.shape[0]):
            out[i] = np.float64(x[i]) * np.float64(y[i])
    else:
        for i in range(out.shape[0]):
            out[i] = np.float64(y[i]) * np.float64(y[i])


@_jit
def add_moments(x, y, sums, bounds, run, start, k, limbs, base, specials, units, scratch):
    """Add x, y, x * x, x * y and y * y to the sums sums[r] to sums[r] + 4, from moment k on.

    For factors whose products are exact in float64. Returns (run reached, row reached, moment
    reached, low, high); see `add`.
    """
    for r in range(run, sums.shape[0]):
        row = max(start, bounds[r])
        while row < bounds[r + 1]:
            stop = min(row + SUB, bounds[r + 1])
            block = scratch[: stop - row]
            while k < 5:
                to = sums[r] + k
                _fill_moment(x[row:stop], y[row:stop], k, block)
                done, units[to], low, high = _add_block(
                    block, limbs[to], base, specials[to], units[to]
                )
                if not done:
                    return r, row, k, low, high
                k += 1
            k = 0
            row = stop
    return sums.shape[0], 0, 0, 0, 0
