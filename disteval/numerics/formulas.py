"""The elementary functions from ``+ - * /`` and integer operations, once for every processor.

Each function takes float64 and gives the same bits wherever it runs, because IEEE 754 fixes the
result of every operation in it. A C library's ``log`` is not like that: its bits change with the
library's version and with the vector instructions of the machine.

Three *primitives* tie a formula to what it runs on: `bits`, `from_bits` and `where`. As written
here they are NumPy's, so the formulas take arrays (1-D, as NumPy turns 0-d ones into scalars).
`bind` rebuilds all formulas over other primitives: ``kernels.elementary`` binds them to compiled
scalars, ``numerics.elementary`` to the namespace of a GPU's arrays.

What the rest of the file keeps to:

- No branches, only selects, so that compilers vectorise the loops. An input that a formula can't
  take is replaced by a harmless one, and its result is put in at the end. No integer overflows.
- At least one arm of every `where` is an array: what two scalars give depends on the namespace.
- No FMA, no reassociation: the order of the operations *is* the definition of the result.
- NaN results are always the one quiet NaN `NAN`, since processors differ in the NaN they make.
- Comments call a step exact where its result is representable, so that nothing is rounded.

Largest errors found in 10^7 points or more each, in units in the last place: log 0.85,
log1p 0.84, exp 0.79, expm1 0.71, tanh 0.63, power 0.80; sigmoid, of three roundings, 2.3.

References
----------
[1] FDLIBM, Sun Microsystems, 1993 (freely licensed), e_log.c and s_log1p.c: the polynomial of log
    and the two parts of ln 2. FreeBSD's msun and musl (MIT) use the same.
[2] T. J. Dekker, A floating-point technique for extending the available precision, 1971.
[3] W. J. Cody and W. Waite, Software Manual for the Elementary Functions, 1980: reducing exp.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import numpy as np

__all__ = ["bind", "exp", "expm1", "log", "log1p", "loop", "power", "sigmoid", "tanh"]

# A float64 or int64: an array of any namespace, or a scalar inside a compiled loop.
Floats: TypeAlias = Any
Ints: TypeAlias = Any
Bools: TypeAlias = Any

NAN = float("nan")
INF = float("inf")

ONE_BITS = 0x3FF0_0000_0000_0000
SQRT_HALF_BITS = 0x3FE6_A09E_0000_0000  # just under it: the mantissas of log start here
SQRT_THREE_QUARTERS_BITS = 0x3FEB_B67A_0000_0000
HEAD_MASK = -(1 << 27)  # keeps 26 significant bits: products of two heads are exact
ROUNDER = 6755399441055744.0  # 1.5 * 2**52: a sum with it is rounded to an integer, its low bits
ROUNDER_BITS = 0x4338_0000_0000_0000
TWO_52 = 4503599627370496.0
TWO_53 = 9007199254740992.0
TWO_54 = 18014398509481984.0
TWO_65 = 36893488147419103232.0
SMALLEST_NORMAL = 2.2250738585072014e-308

LOG2_E = 1.44269504088896338700e00
LN2_HI = 6.93147180369123816490e-01  # ends in 32 zero bits: its product with an exponent is exact
LN2_LO = 1.90821492927058770002e-10
LOG_THREE_HALVES_HI = 0.4054651081078191  # a multiple of 2^-40
LOG_THREE_HALVES_LO = 3.452764795203977e-13
SQRT_THREE_HALVES = 1.224744871391589

# log((1 + s) / (1 - s)) = 2 s + s (LG1 s^2 + ... + LG7 s^14) to 2^-58.45 for |s| <= 0.1716 [1]
LG1 = 6.666666666666735130e-01
LG2 = 3.999999999940941908e-01
LG3 = 2.857142874366239149e-01
LG4 = 2.222219843214978396e-01
LG5 = 1.818357216161805012e-01
LG6 = 1.531383769920937332e-01
LG7 = 1.479819860511658591e-01

THIRD_HEAD = 0.3333333283662796  # the first 26 bits of 1/3
# and the rest: the double 1/3 is too small by 2^-54 / 3
THIRD_TAIL = (1.0 / 3 - THIRD_HEAD) + 1.0 / 3 * 2.0**-54


# The primitives


def bits(x: Floats) -> Ints:
    """Return the int64 that holds the bits of each float64."""
    return x.view(np.int64)


def from_bits(i: Ints) -> Floats:
    """Return the float64 whose bits each int64 holds."""
    return i.view(np.float64)


def where(condition: Bools, a: Any, b: Any) -> Any:
    """Select `a` or `b` per element."""
    return np.where(condition, a, b)


# The pieces


def to_float(k: Ints) -> Floats:
    """Return small integers as float64 (SSE2 and AVX2 have no such instruction for int64)."""
    return from_bits(k + ROUNDER_BITS) - ROUNDER


def power_of_two(k: Ints) -> Floats:
    """Return 2**k for -1022 <= k <= 1023 (and 0 for -1023)."""
    return from_bits((k << 52) + ONE_BITS)


def head(x: Floats) -> Floats:
    """Return `x` cut to 26 significant bits: products of two heads are exact [2]."""
    return from_bits(bits(x) & HEAD_MASK)


def log_polynomial(s: Floats) -> Floats:
    """Return R(s^2) with log((1 + s) / (1 - s)) = 2 s + s R(s^2) [1]."""
    z = s * s
    w = z * z
    even = w * (LG2 + w * (LG4 + w * LG6))
    odd = z * (LG1 + w * (LG3 + w * (LG5 + w * LG7)))
    return odd + even


def exp_cubic(r: Floats) -> Floats:
    """Return (exp(r) - 1 - r - r^2 / 2) / r^3 for |r| <= 0.35: Taylor's terms up to r^13 / 13!."""
    z = r * r
    w = z * z
    low = (1.0 / 6 + r * (1.0 / 24)) + z * (1.0 / 120 + r * (1.0 / 720))
    middle = (1.0 / 5040 + r * (1.0 / 40320)) + z * (1.0 / 362880 + r * (1.0 / 3628800))
    high = (1.0 / 39916800 + r * (1.0 / 479001600)) + z * (1.0 / 6227020800)
    return low + w * (middle + w * high)


def exp_of_sum(hi: Floats, lo: Floats) -> Floats:
    """Return exp(hi + lo) for |hi| <= 800 and `lo` below an ulp of `hi`."""
    shifted = hi * LOG2_E + ROUNDER
    k = bits(shifted) - ROUNDER_BITS
    n = shifted - ROUNDER
    r = hi - n * LN2_HI  # exact [3]
    rest = lo - n * LN2_LO
    rr = r + rest
    tail = rr * rr * (0.5 + rr * exp_cubic(rr))
    one_plus = 1.0 + r
    error = r - (one_plus - 1.0)  # exact: 1 >= |r|
    y = one_plus + (error + (tail + rest))
    half = k >> 1  # 2**k may itself overflow or underflow, and the result must be rounded only once
    return y * power_of_two(half) * power_of_two(k - half)


# The functions


def log(x: Floats) -> Floats:
    """Natural logarithm."""
    regular = (x > 0.0) & (x < INF)
    v = where(regular, x, 1.0)
    small = v < SMALLEST_NORMAL
    i = bits(where(small, v * TWO_54, v))
    k = (i - SQRT_HALF_BITS) >> 52
    f = from_bits(i - (k << 52)) - 1.0
    n = to_float(where(small, k - 54, k))
    half_square = 0.5 * f * f
    s = f / (2.0 + f)
    y = s * (half_square + log_polynomial(s)) + n * LN2_LO - half_square + f + n * LN2_HI
    return where(regular, y, where(x == 0.0, -INF, where(x > 0.0, x, NAN)))


def log1p(x: Floats) -> Floats:
    """log(1 + x), accurate for small `x` too."""
    regular = (x > -1.0) & (x < INF) & (x != 0.0)
    v = where(regular, x, 1.0)
    u = 1.0 + v
    lost = where(v > 1.0, 1.0 - (u - v), v - (u - 1.0))  # 1 + v = u + lost, exactly
    i = bits(u)
    k = (i - SQRT_HALF_BITS) >> 52
    near = k == 0
    f = where(near, v, from_bits(i - (k << 52)) - 1.0)
    n = to_float(k)
    half_square = 0.5 * f * f
    s = f / (2.0 + f)
    inverse = 1.0 - 2.0 * s * (1.0 - s * (1.0 - s))  # about 1 / (1 + f): a few bits will do
    lost = lost * power_of_two(-where(k > 64, 64, k))  # beyond that it no longer counts
    correction = where(near, 0.0, lost * inverse)
    low = s * (half_square + log_polynomial(s)) + (n * LN2_LO + correction)
    y = low - half_square + f + n * LN2_HI
    return where(regular, y, where(x == -1.0, -INF, where(x > -1.0, x, NAN)))


def exp(x: Floats) -> Floats:
    """e**x."""
    v = where(x == x, x, 0.0)
    v = where(v > 710.0, 710.0, v)  # overflows
    v = where(v < -746.0, -746.0, v)  # rounds to 0
    return where(x == x, exp_of_sum(v, 0.0), NAN)


def expm1_in_two_parts(x: Floats) -> tuple[Floats, Floats, Ints]:
    """Return (head, tail, last) with exp(x) - 1 = (head + tail) 2**last for -50 <= x <= 710."""
    shifted = x * LOG2_E + ROUNDER
    k = bits(shifted) - ROUNDER_BITS
    last = where(k > 1000, k - 1000, 0)  # 2**1024 would overflow before the result does
    scale = power_of_two(k - last)
    n = shifted - ROUNDER
    r = x - n * LN2_HI  # exact [3]
    rest = -(n * LN2_LO)
    rr = r + rest
    rr_head = head(rr)
    # scale (1 + r + rr^2 / 2 + ...) - 1, the large terms first, keeping what each sum loses:
    # each term is at most the sum before it (or that is 0), so its loss is exact
    a = scale - 1.0
    lost = (scale - a) - 1.0
    term = scale * r
    b = a + term
    lost = lost + (term - (b - a))
    term = scale * (0.5 * rr_head * rr_head)  # exact
    c = b + term
    lost = lost + (term - (c - b))
    rr_tail = (r - rr_head) + rest  # of the unrounded r + rest
    term = 0.5 * rr_tail * (rr + rr_head) + rr * rr * rr * exp_cubic(rr)
    return c, scale * (term + rest) + lost, last


def expm1(x: Floats) -> Floats:
    """e**x - 1, accurate for small `x` too."""
    v = where(x == x, x, 0.0)
    v = where(v > 710.0, 710.0, v)  # overflows
    v = where(v < -50.0, -50.0, v)  # rounds to -1
    large, small, last = expm1_in_two_parts(v)
    y = (large + small) * power_of_two(last)
    return where(x == x, where(x == 0.0, x, y), NAN)


def tanh(x: Floats) -> Floats:
    """Hyperbolic tangent: (e**2x - 1) / (e**2x + 1), both in two parts."""
    a = where(x < 0.0, -x, x)
    v = where(a < 22.0, a, 22.0)  # rounds to 1
    large, small, _ = expm1_in_two_parts(v + v)
    over = large + small
    over_rest = small - (over - large)
    below = over + 2.0
    greater = where(over > 2.0, over, 2.0)
    lesser = where(over > 2.0, 2.0, over)
    below_rest = (lesser - (below - greater)) + over_rest
    inverse = 1.0 / below
    q = head(over * inverse)  # the quotient's head, and its exact remainder [2]
    below_head = head(below)
    remainder = (over - q * below_head) - q * (below - below_head)
    y = q + (remainder + (over_rest - q * below_rest)) * inverse
    y = where(a < 1e-9, a, y)  # tanh x = x - x**3 / 3: nothing to add
    y = where(x < 0.0, -y, y)
    return where(x == x, where(x == 0.0, x, y), NAN)


def sigmoid(x: Floats) -> Floats:
    """1 / (1 + e**-x), without loss where e**-x is large."""
    a = where(x < 0.0, -x, x)
    e = exp(-a)
    y = where(x < 0.0, e, 1.0) / (1.0 + e)
    return where(x == x, y, NAN)


def log_in_two_parts(x: Floats) -> tuple[Floats, Floats]:
    """Return the logarithm of positive finite `x` as head + tail, to a relative 2^-64."""
    tiny = x < SMALLEST_NORMAL
    i = bits(where(tiny, x * TWO_54, x))
    k = (i - SQRT_THREE_QUARTERS_BITS) >> 52
    n = to_float(where(tiny, k - 54, k))
    m = from_bits(i - (k << 52))  # in [sqrt(3/4), sqrt(3)), near c = 1 or 3/2
    upper = m > SQRT_THREE_HALVES
    # s = (m - c) / (m + c) = s_head + s_tail
    f = where(upper, m - 1.5, m - 1.0)
    d = where(upper, m + 1.5, m + 1.0)
    d_head = head(d)
    d_tail = (d - d_head) + where(upper, m - (d - 1.5), m - (d - 1.0))
    inverse = 1.0 / d
    s_head = head(f * inverse)
    s_tail = ((f - s_head * d_head) - s_head * d_tail) * inverse
    s = s_head + s_tail
    # z = s^2 = z_head + z_tail
    square = s_head * s_head
    square_rest = s_tail * (s_head + s)
    z = square + square_rest
    z_head = head(z)
    z_tail = (square - z_head) + square_rest
    # t = z / 3 + z^2 / 5 + z^3 / 7 + ... + z^9 / 19: the atanh series; only z / 3 needs two parts
    w = z * z
    low = (1.0 / 5 + z * (1.0 / 7)) + w * (1.0 / 9 + z * (1.0 / 11))
    high = (1.0 / 13 + z * (1.0 / 15)) + w * (1.0 / 17 + z * (1.0 / 19))
    third = z_head * THIRD_HEAD
    third_rest = z_head * THIRD_TAIL + z_tail * (1.0 / 3) + w * (low + w * w * high)
    t = third + third_rest
    t_head = head(t)
    t_tail = (third - t_head) + third_rest
    # log(m / c) = 2 (s + s t), then log x = n ln 2 + log c + log(m / c)
    product = s_head * t_head
    half = s_head + product
    half_rest = (product - (half - s_head)) + (s_tail + (s_tail * t + s_head * t_tail))
    whole = n * LN2_HI
    whole = where(upper, whole + LOG_THREE_HALVES_HI, whole)  # exact: few bits
    whole_rest = n * LN2_LO
    whole_rest = where(upper, whole_rest + LOG_THREE_HALVES_LO, whole_rest)
    top = half + half
    y = whole + top
    rest = (top - (y - whole)) + ((half_rest + half_rest) + whole_rest)
    y_head = head(y + rest)
    return y_head, (y - y_head) + rest


def power(x: Floats, y: Floats) -> Floats:
    """x**y, with the special values of C99 (annex F)."""
    a = where(x < 0.0, -x, x)
    size = where(y < 0.0, -y, y)
    ordinary = (a > 0.0) & (a < INF)
    log_head, log_tail = log_in_two_parts(where(ordinary, a, 1.0))
    # |log a| > 2^-54 unless a is 1, so exponents past 2^65 change nothing but would overflow
    v = where(y == y, y, 0.0)
    v = where(v > TWO_65, TWO_65, where(v < -TWO_65, -TWO_65, v))
    v_head = head(v)
    product = v_head * log_head
    product_rest = (v - v_head) * log_head + v * log_tail
    hi = product + product_rest
    lo = product_rest - (hi - product)
    lo = where((hi > 800.0) | (hi < -800.0), 0.0, lo)
    hi = where(hi > 800.0, 800.0, where(hi < -800.0, -800.0, hi))
    magnitude = exp_of_sum(hi, lo)
    infinite = ((a == 0.0) & (y < 0.0)) | ((a == INF) & (y > 0.0))
    magnitude = where(infinite, INF, where(ordinary, magnitude, 0.0))
    integral = (size >= TWO_52) | ((size + TWO_52) - TWO_52 == size)
    half = size * 0.5
    odd = integral & (size < TWO_53) & ((half + TWO_52) - TWO_52 != half)
    z = where(odd & (bits(x) < 0), -magnitude, magnitude)
    z = where((x >= 0.0) | (a == INF) | integral, z, NAN)
    z = where((x == x) & (y == y), z, NAN)
    return where((x == 1.0) | (y == 0.0), 1.0, z)


_PIECES = (
    *(to_float, power_of_two, head, log_polynomial, exp_cubic, exp_of_sum),
    *(expm1_in_two_parts, log_in_two_parts),
)
_FORMULAS = (log, log1p, exp, expm1, tanh, sigmoid, power)


def bind(
    primitives: Mapping[str, Callable[..., Any]],
    wrap: Callable[[Callable[..., Any]], Callable[..., Any]] | None = None,
) -> dict[str, Callable[..., Any]]:
    """Rebuild the formulas over other primitives.

    Parameters
    ----------
    primitives : mapping
        What `bits`, `from_bits` and `where` are to be; those left out stay NumPy's.
    wrap : callable, optional
        Applied to each rebuilt function, such as a compiler.

    Returns
    -------
    dict
        The rebuilt functions by name.
    """
    scope: dict[str, Any] = {**globals(), **primitives}
    for formula in (*_PIECES, *_FORMULAS):
        rebuilt = types.FunctionType(formula.__code__, scope, formula.__name__)
        scope[formula.__name__] = wrap(rebuilt) if wrap else rebuilt
    return {formula.__name__: scope[formula.__name__] for formula in _FORMULAS}


def loop(formula: Callable[..., Any]) -> Callable[..., None]:
    """Return ``out[i] = formula(x[i])`` for every i, or of two arguments, as a function to compile.

    The loops stand in this file because a compiler's cache takes a loop for unchanged as long as
    the file of its code is: so a new formula can't be shadowed by an old kernel.
    """
    name = formula.__name__
    template = _each_pair if formula.__code__.co_argcount == 2 else _each
    code = template.__code__.replace(co_name=name, co_qualname=name)  # the cache goes by names
    return types.FunctionType(code, {"formula": formula, "__name__": __name__}, name)


def _each(x: Any, out: Any) -> None:
    for i in range(x.size):
        out[i] = formula(x[i])  # type: ignore[name-defined]  # noqa: F821


def _each_pair(x: Any, y: Any, out: Any) -> None:
    for i in range(x.size):
        out[i] = formula(x[i], y[i])  # type: ignore[name-defined]  # noqa: F821
