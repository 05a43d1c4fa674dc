"""Areas under curves of precision, from sorted scores: sums of terms to twice a double and beyond.

A function of a range of scores takes how many negatives and positives have each, in ascending
order (`none`, `some`), and the negatives and positives with one of them or a higher one. Ranges
add up to the same fraction wherever scores were cut. Counts are int64; weights Python integers in
any unit, whose terms are rounded to a fixed number of bits instead.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from decimal import ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction
from typing import Any, Literal

import numpy as np

from disteval.numerics.contiguous import for_kernel
from disteval.numerics.sums import OpenSums

Array = np.ndarray[Any, np.dtype[Any]]
Method = Literal["average_precision", "interpolation", "trapezoid", "minoring", "majoring"]

_MOST = 1 << 53
_SMALL = 1 << 10
"""Bits of a denominator that is kept in lowest terms."""
_BITS = 160
_DIGITS = Context(prec=40, rounding=ROUND_HALF_EVEN, traps=[])
_HEIGHTS = {"trapezoid": 0, "interpolation": 0, "minoring": 1, "majoring": 2}


def precision_sum(
    method: Method, none: Array, some: Array, seen: tuple[int, int], totals: tuple[int, int]
) -> Fraction:
    """Positives times heights between the precision at their score and above it.

    Parameters
    ----------
    seen, totals : negatives and positives at these scores or above; of all scores
    """
    if not _fits(none, totals):
        bits = _bits(method, totals)
        found = sum((p << bits) * a // b for p, a, b in _exact(method, none, some, seen, totals))
        return Fraction(found, 1 << bits)
    from disteval.numerics.kernels import precision as kernels

    fp, tp = seen
    none, some = for_kernel(none), for_kernel(some)
    high, low = np.empty(len(some)), np.empty(len(some))
    rest = Fraction(0)
    if method == "average_precision":
        k = kernels.steps(none, some, tp, fp, high, low, np.empty(len(some)))
    elif method == "interpolation":
        left = np.empty(len(some), np.int64)
        k, others = kernels.curves(none, some, tp, fp, high, low, left)
        rest = _far_curves(none, some, seen, left[:others])
    else:
        k = kernels.heights(none, some, tp, fp, _HEIGHTS[method], high, low)
    return _summed(high[:k], low[:k]) + rest


def gain_sum(
    method: Method, none: Array, some: Array, seen: tuple[int, int], totals: tuple[int, int]
) -> Fraction:
    """Rises of recall gain times heights between the precision gain at their score and above it.

    Of scores above which recall gain is positive.
    """
    n, p = totals
    first = p * p // (n + p) + 1
    if not _fits(none, totals):
        bits, found = _BITS, 0
        for some_, none_, tp, fp in _down(none, some, seen):
            above = tp - some_
            if some_ and above >= first:
                share = height(method, Fraction(fp, tp), Fraction(fp - none_, above), gain=True)
                rise = (1 - Fraction(p, n) * share) * Fraction(p * p * some_, n * tp * above)
                found += (rise.numerator << bits) // rise.denominator
        return Fraction(found, 1 << bits)
    from disteval.numerics.kernels import precision as kernels

    high, low = np.empty(len(some)), np.empty(len(some))
    k = kernels.gains(
        for_kernel(none), for_kernel(some), seen[1], seen[0], p, n, first, _HEIGHTS[method],
        high, low,
    )  # fmt: skip
    return _summed(high[:k], low[:k]) * Fraction(p * p, n)


def height(method: Method, a: Fraction, b: Fraction, *, gain: bool = False) -> Fraction:
    """The height between two points; with `gain`, of what falls as it rises."""
    if method in ("minoring", "majoring"):
        return (min if (method == "minoring") != gain else max)(a, b)
    return (a + b) / 2


def quotient_of_sum(terms: Sequence[Fraction]) -> tuple[int, int]:
    """The sum of fractions, as numerator and denominator.

    By pairs, and without lowest terms once they are large: the common denominator of thousands
    of terms has thousands of digits.
    """
    sums = [(term.numerator, term.denominator) for term in terms if term]
    while len(sums) > 1:
        pairs = zip(sums[0::2], sums[1::2], strict=False)
        sums = [*(_added(a, b) for a, b in pairs), *sums[len(sums) & ~1 :]]
    return sums[0] if sums else (0, 1)


def _added(a: tuple[int, int], b: tuple[int, int]) -> tuple[int, int]:
    if max(a[1], b[1]).bit_length() < _SMALL:
        both = Fraction(*a) + Fraction(*b)
        return both.numerator, both.denominator
    return a[0] * b[1] + b[0] * a[1], a[1] * b[1]


def _fits(none: Array, totals: tuple[int, int]) -> bool:
    return none.dtype != object and sum(totals) < _MOST


def _bits(method: Method, totals: tuple[int, int]) -> int:
    """So many that what they leave out of each term is far below the last bit of the sum.

    Which is at least half the positives times their share of all rows; lower heights may be
    anything down to one of all.
    """
    least = 0 if method == "minoring" else 2 * totals[1].bit_length()
    return max(_BITS + sum(totals).bit_length() - least, 0)


def _summed(high: Array, low: Array) -> Fraction:
    sums = OpenSums.zeros(2)
    sums.add(high, None, 0)
    sums.add(low, None, 1)
    whole, shift = 0, 32 * sums.base
    for column in reversed(sums.limbs.T.tolist()):  # no normal form, which takes longer
        whole = (whole << 32) + sum(column)
    return Fraction(whole << shift) if shift >= 0 else Fraction(whole, 1 << -shift)


# --- in integers of any size -----------------------------------------------------------------


def _down(none: Array, some: Array, seen: tuple[int, int]) -> Iterator[tuple[int, int, int, int]]:
    """Positives and negatives with each score, and of it or higher ones; ascending."""
    fp, tp = seen
    for n, p in zip(none.tolist(), some.tolist(), strict=True):
        yield p, n, tp, fp
        tp, fp = tp - p, fp - n


def _exact(
    method: Method, none: Array, some: Array, seen: tuple[int, int], totals: tuple[int, int]
) -> Iterator[tuple[int, int, int]]:
    """Positives with a score, and the height as numerator and denominator."""
    heights = _EXACT[method]
    share = sum(totals).bit_length() - totals[1].bit_length()  # no mean precision is below half it
    for p, n, tp, fp in _down(none, some, seen):
        if p:
            yield p, *heights(p, n, tp, tp + fp, _BITS + share)


def _step(_p: int, _n: int, tp: int, here: int, _bits: int) -> tuple[int, int]:
    return tp, here


def _mean(p: int, n: int, tp: int, here: int, _bits: int) -> tuple[int, int]:
    above = here - p - n
    return (tp * above + (tp - p) * here, 2 * here * above) if above else (tp, here)


def _lower(p: int, n: int, tp: int, here: int, _bits: int) -> tuple[int, int]:
    above = here - p - n
    if not above:
        return 0, 1
    return (tp, here) if tp * above <= (tp - p) * here else (tp - p, above)


def _upper(p: int, n: int, tp: int, here: int, _bits: int) -> tuple[int, int]:
    above = here - p - n
    return (tp, here) if not above or tp * above >= (tp - p) * here else (tp - p, above)


def _curve(p: int, n: int, tp: int, here: int, bits: int) -> tuple[int, int]:
    rows = p + n
    above = here - rows
    if not above:
        return p, rows
    if 8 * rows > above:
        mean = _far(p, rows, tp - p, above)
        return mean.numerator, mean.denominator
    # g = x / 2 - x**2 / 3 + x**3 / 4 - ..., in units of 2**-bits; see `kernels.precision.curves`
    x = (rows << bits) // above
    g = 0
    for j in range(min(bits // max(bits - x.bit_length(), 1) + 2, bits), 0, -1):
        g = ((1 << bits) // (j + 1) * x - g * x) >> bits
    return g * p * above + ((1 << bits) - g) * (tp - p) * rows, rows * above << bits


_EXACT: dict[str, Callable[..., tuple[int, int]]] = {
    "average_precision": _step,
    "interpolation": _curve,
    "trapezoid": _mean,
    "minoring": _lower,
    "majoring": _upper,
}


def _far(p: int, rows: int, tp: int, above: int) -> Fraction:
    """The mean precision while rows come in that are more than an eighth of those above."""
    quotient = _DIGITS.divide(Decimal(above + rows), Decimal(above))
    g = 1 - Fraction(_DIGITS.ln(quotient)) * Fraction(above, rows)
    return g * Fraction(p, rows) + (1 - g) * Fraction(tp, above)


def _far_curves(none: Array, some: Array, seen: tuple[int, int], at: Array) -> Fraction:
    """The terms of some scores, of which there are few: each adds an eighth to what is above."""
    total = Fraction(0)
    lower = (np.cumsum(none) - none)[at], (np.cumsum(some) - some)[at]
    rows = zip(none[at].tolist(), some[at].tolist(), *map(np.ndarray.tolist, lower), strict=True)
    for n, p, lower_n, lower_p in rows:
        tp, above = seen[1] - lower_p - p, sum(seen) - lower_n - lower_p - p - n
        term = p * _far(p, p + n, tp, above)
        total += Fraction((term.numerator << _BITS) // term.denominator, 1 << _BITS)
    return total
