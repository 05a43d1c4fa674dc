"""Integers as arrays of 32-bit limbs: normal form, addition, and the one rounding at the end.

``limbs`` is int64[..., L]; with its base b, the integer of a cell is
sum(limbs[..., i] * 2**(32 * (b + i))). In normal form every limb but the last lies in
[0, 2**32), the last in [-2**31, 2**31), and neither the first nor the last can be left out for
all cells at once: equal integers, equal bytes.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np

Limbs = np.ndarray[Any, np.dtype[np.int64]]

_MASK = np.int64(0xFFFFFFFF)
_HALF = np.int64(1) << 31


def carry(limbs: Limbs) -> None:
    """Bring every limb but the last into [0, 2**32), in place."""
    for i in range(limbs.shape[-1] - 1):
        limbs[..., i + 1] += limbs[..., i] >> 32
        limbs[..., i] &= _MASK


def normal(limbs: Limbs, base: int) -> tuple[Limbs, int]:
    """The normal form of the same integers (a copy)."""
    if limbs.size == limbs.shape[-1]:
        return _normal_single(limbs, base)
    limbs = limbs.copy()
    carry(limbs)
    while limbs.shape[-1] and ((limbs[..., -1] >= _HALF) | (limbs[..., -1] < -_HALF)).any():
        top = limbs[..., -1] >> 32
        limbs[..., -1] &= _MASK
        limbs = np.concatenate([limbs, top[..., None]], axis=-1)
    return _trim(limbs, base)


def _normal_single(limbs: Limbs, base: int) -> tuple[Limbs, int]:
    """`normal` of one integer, in Python: a tenth of the time for the states of tiny chunks."""
    digits = limbs.reshape(-1).tolist()
    over = 0
    for i, digit in enumerate(digits):
        over, digits[i] = divmod(digit + over, 1 << 32)
    while digits and (over not in (0, -1) or (over < 0) != (digits[-1] >= 1 << 31)):
        over, digit = divmod(over, 1 << 32)
        digits.append(digit)
    if digits and digits[-1] >= 1 << 31:
        digits[-1] -= 1 << 32
    while len(digits) > 1 and -(1 << 31) <= (digits[-1] << 32) + digits[-2] < 1 << 31:
        top = digits.pop()
        digits[-1] += top << 32
    if digits == [0]:
        digits = []
    first = next((i for i, digit in enumerate(digits) if digit), 0)
    shape = (*limbs.shape[:-1], len(digits) - first)
    return np.array(digits[first:], np.int64).reshape(shape), base + first if digits else 0


def _trim(limbs: Limbs, base: int) -> tuple[Limbs, int]:
    length = limbs.shape[-1]
    last = limbs[..., -1].copy() if length else None
    while length > 1 and last is not None:
        joined = (last << 32) + limbs[..., length - 2]
        if ((last > 0) | (last < -1) | (joined >= _HALF) | (joined < -_HALF)).any():
            break
        last, length = joined, length - 1
    if last is None or (length == 1 and not last.any()):
        return np.zeros((*limbs.shape[:-1], 0), np.int64), 0
    limbs = np.ascontiguousarray(limbs[..., :length])
    limbs[..., -1] = last
    used = limbs.reshape(-1, length).any(axis=0)
    first = int(used.argmax())
    return np.ascontiguousarray(limbs[..., first:]), base + first


def window(limbs: Limbs, base: int, low: int, stop: int) -> tuple[Limbs, int]:
    """The same integers on limbs low..stop (limb numbers), which must hold those in use."""
    out = np.zeros((*limbs.shape[:-1], stop - low), np.int64)
    if limbs.shape[-1]:
        out[..., base - low : base - low + limbs.shape[-1]] = limbs
    return out, low


def add(a: Limbs, a_base: int, b: Limbs, b_base: int) -> tuple[Limbs, int]:
    """The sums, cell by cell, in normal form."""
    if not a.shape[-1]:
        return b.copy(), b_base
    if not b.shape[-1]:
        return a.copy(), a_base
    low = min(a_base, b_base)
    stop = max(a_base + a.shape[-1], b_base + b.shape[-1]) + 1
    total = window(a, a_base, low, stop)[0] + window(b, b_base, low, stop)[0]
    return normal(total, low)


def to_integers(limbs: Limbs) -> np.ndarray[Any, np.dtype[np.object_]]:
    """Python integers, in units of 2**(32 * base); shape limbs.shape[:-1]."""
    if math.prod(limbs.shape[:-1]) == 1:  # one integer, by far the most frequent
        single = sum(digit << (32 * i) for i, digit in enumerate(limbs.reshape(-1).tolist()))
        return np.array(single, object).reshape(limbs.shape[:-1])
    total = np.zeros(limbs.shape[:-1], object)
    for i in reversed(range(limbs.shape[-1])):
        total = total * (1 << 32) + limbs[..., i].astype(object)
    return total


def to_fractions(limbs: Limbs, base: int) -> np.ndarray[Any, np.dtype[np.object_]]:
    """The exact values; shape limbs.shape[:-1]."""
    whole = to_integers(limbs)
    out = np.empty(whole.shape, object)
    for place, integer in np.ndenumerate(whole):
        shift = 32 * base
        value = Fraction(int(integer) << shift) if shift >= 0 else Fraction(integer, 1 << -shift)
        out[place] = value
    return out


def to_quotient(a: int, a_base: int, b: int, b_base: int) -> float:
    """The double nearest to (a * 2**(32 * a_base)) / (b * 2**(32 * b_base))."""
    shift = 32 * (a_base - b_base)
    try:
        return (a << shift) / b if shift >= 0 else a / (b << -shift)
    except OverflowError:
        return math.inf if (a > 0) == (b > 0) else -math.inf


def to_float(value: Fraction) -> float:
    """The double nearest to a fraction (ties to even); infinity past the largest."""
    try:
        return value.numerator / value.denominator
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def sqrt(value: Fraction) -> float:
    """The double nearest to the square root of a fraction.

    The root is taken to at least 66 bits with a sticky bit, so that the one rounding sees on
    which side of a tie it stands.
    """
    if value <= 0:
        return 0.0 if value == 0 else math.nan
    shift = 132 - (value.numerator.bit_length() - value.denominator.bit_length())
    shift += shift & 1
    scaled = value * Fraction(2) ** shift
    whole = scaled.numerator // scaled.denominator
    root = math.isqrt(whole)
    sticky = root * root != scaled
    return to_float(Fraction(2 * root + sticky) / (Fraction(2) * Fraction(2) ** (shift // 2)))
