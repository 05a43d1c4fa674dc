"""Compiled terms of areas under curves of precision: what each score adds, to twice a double.

Scores come in ascending order, as how many negatives and positives have each; `tp` and `fp` are
the positives and negatives with the first of them or higher ones. Scores without positives add
nothing. A term is high + low, with a relative error of some 2**-100, and depends on its score
alone: sums of them do not depend on where scores were cut.
"""

from __future__ import annotations

import math

import numba
import numpy as np

from disteval.numerics.kernels.products import _two_product

_jit = numba.njit(nogil=True, cache=True, error_model="numpy")

MEAN, LOWER, UPPER = range(3)
FAR = 0.125
"""Steps that add more than this share to what is above take no series here."""

_TERMS = 64
_SHARES = 1.0 / np.arange(1.0, _TERMS + 1)


@_jit
def _quotient(a, b):
    """a / b of integers below 2**53."""
    high = a / b
    product, error = _two_product(high, b)
    return high, ((a - product) - error) / b  # what is left is exact


@_jit
def _sum(a, a_low, b, b_low):
    total = a + b
    part = total - a
    error = (a - (total - part)) + (b - part) + (a_low + b_low)
    high = total + error
    return high, error - (high - total)


@_jit
def _product(a, a_low, b, b_low):
    high, error = _two_product(a, b)
    error += a * b_low + a_low * b
    total = high + error
    return total, error - (total - high)


@_jit
def steps(none, some, tp, fp, high, low, rows):
    """Positives times the precision at their score. Returns how many terms there are.

    high, low, rows: (n,), of which the first so many are filled
    """
    k = 0
    for i in range(none.shape[0]):  # without a branch: which scores have positives is a coin toss
        p = some[i]
        high[k], low[k], rows[k] = tp, tp + fp, p
        k += p > 0
        tp -= p
        fp -= none[i]
    for j in range(k):
        precision, rest = _quotient(high[j], low[j])
        high[j], error = _two_product(precision, rows[j])
        low[j] = error + rest * rows[j]
    return k


@_jit
def heights(none, some, tp, fp, method, high, low):
    """Positives times a height between the precision at their score and above it.

    method: MEAN, LOWER or UPPER; above the highest score precision is 0, for the mean that of it.
    """
    k = 0
    for i in range(none.shape[0]):
        p = some[i]
        if p > 0:
            all_above = tp + fp - p - none[i]
            a, a_low = _quotient(float(tp), float(tp + fp))
            b, b_low = (0.0, 0.0) if method == LOWER else (a, a_low)
            if all_above > 0:
                b, b_low = _quotient(float(tp - p), float(all_above))
            if method == MEAN:
                a, a_low = _sum(a, a_low, b, b_low)
                a, a_low = 0.5 * a, 0.5 * a_low
            else:
                larger = a > b or (a == b and a_low > b_low)
                if larger == (method == LOWER):
                    a, a_low = b, b_low
            high[k], low[k] = _product(a, a_low, float(p), 0.0)
            k += 1
        tp -= p
        fp -= none[i]
    return k


@_jit
def _curvature(x, x_low):
    """1 - log1p(x) / x, of x in (0, 1/8]: x / 2 - x**2 / 3 + x**3 / 4 - ..."""
    last = min(107 // -math.frexp(x)[1] + 2, _TERMS - 1)
    middle = last // 2 + 1
    tail = _SHARES[last]
    for j in range(last - 1, middle - 1, -1):
        tail = _SHARES[j] - x * tail
    total, total_low = tail, 0.0
    for j in range(middle - 1, 0, -1):
        a, a_low = _product(total, total_low, x, x_low)
        share, share_low = _quotient(1.0, float(j + 1))
        total, total_low = _sum(share, share_low, -a, -a_low)
    return _product(total, total_low, x, x_low)


@_jit
def curves(none, some, tp, fp, high, low, left):
    """Positives times the mean precision while the rows of their score come in at one rate.

    With x = rows of the score / rows above and g = 1 - log1p(x) / x the mean is
    g * (precision among the score's rows) + (1 - g) * (precision above).
    Returns how many terms there are, and how many scores are left: x is above `FAR` for those.
    """
    k, others = 0, 0
    for i in range(none.shape[0]):
        p = some[i]
        if p > 0:
            here = p + none[i]
            above = tp + fp - here
            if here > FAR * above and above > 0:
                left[others] = i
                others += 1
            else:
                a, a_low = _quotient(float(p), float(here))
                if above > 0:
                    g, g_low = _curvature(*_quotient(float(here), float(above)))
                    a, a_low = _product(a, a_low, g, g_low)
                    b, b_low = _quotient(float(tp - p), float(above))
                    b, b_low = _product(b, b_low, *_sum(1.0, 0.0, -g, -g_low))
                    a, a_low = _sum(a, a_low, b, b_low)
                high[k], low[k] = _product(a, a_low, float(p), 0.0)
                k += 1
        tp -= p
        fp -= none[i]
    return k, others


@_jit
def gains(none, some, tp, fp, positives, negatives, first, method, high, low):
    """What 1 / true positives rises by, times a height of the precision gain.

    Of scores with at least `first` positives above them.
    method: MEAN, LOWER or UPPER
    """
    odds, odds_low = _quotient(float(positives), float(negatives))
    k = 0
    for i in range(none.shape[0]):
        p = some[i]
        if p > 0 and tp - p >= first:
            true, false = float(tp - p), float(fp - none[i])
            a, a_low = _quotient(float(fp), float(tp))
            b, b_low = _quotient(false, true)
            if method == MEAN:
                a, a_low = _sum(a, a_low, b, b_low)
                a, a_low = 0.5 * a, 0.5 * a_low
            else:
                larger = a > b or (a == b and a_low > b_low)
                if larger != (method == LOWER):
                    a, a_low = b, b_low
            a, a_low = _product(a, a_low, odds, odds_low)
            a, a_low = _sum(1.0, 0.0, -a, -a_low)
            b, b_low = _quotient(1.0, true)
            a, a_low = _product(a, a_low, b, b_low)
            b, b_low = _quotient(float(p), float(tp))
            high[k], low[k] = _product(a, a_low, b, b_low)
            k += 1
        tp -= p
        fp -= none[i]
    return k
