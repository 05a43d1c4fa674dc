"""Compiled searches for the best threshold along sorted scores, by exact comparisons.

At score i the rows at or above it are positive. Both false and true positives only fall with
the score: no point of a block is better than all the true positives at its start with the false
positives at its end, and most blocks are passed over.

What is compared are integers beyond 64 bits. The difference of two of them in floats tells which
is larger, unless it is below 2**62; then its lowest 64 bits are the whole of it.
"""

from __future__ import annotations

import numba
import numpy as np

_jit = numba.njit(nogil=True, cache=True)
_u = np.uint64
_i = np.int64
_FAR = 2.0**62
_BLOCK = 64


@_jit
def _starts(none, some, fp, tp):
    """False and true positives at the first score of each block, and above the last."""
    n = none.shape[0]
    whole, blocks = n // _BLOCK, -(-n // _BLOCK)
    found = np.empty((2, blocks + 1), np.int64)
    for b in range(blocks):
        found[0, b], found[1, b] = fp, tp
        length = _BLOCK if b < whole else n - whole * _BLOCK
        a, c = none[b * _BLOCK :], some[b * _BLOCK :]
        negatives, positives = 0, 0
        for i in range(length):
            negatives += a[i]
            positives += c[i]
        fp -= negatives
        tp -= positives
    found[0, blocks], found[1, blocks] = fp, tp
    return found


@_jit
def _ahead(fp, tp, best_fp, best_tp, words, near, small):
    """The sign of how much better one point is than another. See `highest`."""
    more = words[0] * _u(tp - best_tp) + words[1] * _u(best_fp - fp)
    more += words[2] * (_u(tp) * _u(best_fp) - _u(best_tp) * _u(fp))
    if not small:
        crossed = float(tp) * float(best_fp) - float(best_tp) * float(fp)
        far = near[0] * float(tp - best_tp) + near[1] * float(best_fp - fp) + near[2] * crossed
        if far > _FAR:
            return _i(1)
        if far < -_FAR:
            return _i(-1)
    return _i(more)


@_jit
def highest(none, some, fp, tp, least, words, near, small, out):
    """The best of the scores with tp >= least; of equals the first.

    A point is better than another by a (tp - tp') + b (fp' - fp) + c (tp fp' - tp' fp): with
    (n, p, 0) where tp / p - fp / n is higher, with (m, 0, 1) where tp / (m + tp + fp) is.

    fp, tp: at the first score, together below 2**53. words: the lowest 64 bits of a, b and c;
    near: them as floats. small: whether 62 bits hold all differences; 110 bits must. out: int64
    (3,): place, fp, tp. Returns whether there is such a score.
    """
    n = none.shape[0]
    if n == 0 or tp < least:
        return False
    words = words[0], words[1], words[2]  # no arrays, which are counted at every call
    near = near[0], near[1], near[2]
    starts = _starts(none, some, fp, tp)
    best_fp, best_tp, place = fp, tp, -1
    blocks = starts.shape[1] - 1
    for b in range(1, blocks):
        f, t = starts[0, b], starts[1, b]
        if t >= least and _ahead(f, t, best_fp, best_tp, words, near, small) > 0:
            best_fp, best_tp = f, t
    for b in range(blocks):
        f, t = starts[0, b], starts[1, b]
        if t < least:
            break
        bound = _ahead(starts[0, b + 1], t, best_fp, best_tp, words, near, small)
        if bound < 0 or (bound == 0 and place >= 0):
            continue
        for i in range(b * _BLOCK, min((b + 1) * _BLOCK, n)):
            if t < least:
                break
            sign = _ahead(f, t, best_fp, best_tp, words, near, small)
            if sign > 0 or (sign == 0 and place < 0):
                best_fp, best_tp, place = f, t, i
            f -= none[i]
            t -= some[i]
    out[0], out[1], out[2] = place, best_fp, best_tp
    return True


@_jit
def first_precise(none, some, fp, tp, least, out):
    """The first score of a positive where tp / (tp + fp), in float64, is at least so much.

    fp, tp: at the first score, together below 2**53. out: int64 (3,): place, fp, tp. Returns
    whether there is such a score.
    """
    n = none.shape[0]
    starts = _starts(none, some, fp, tp)
    for b in range(starts.shape[1] - 1):
        f, t = starts[0, b], starts[1, b]
        if float(t) < least * float(t + starts[0, b + 1]) * (1.0 - 2.0**-50):
            continue
        for i in range(b * _BLOCK, min((b + 1) * _BLOCK, n)):
            if some[i] > 0 and float(t) / float(t + f) >= least:
                out[0], out[1], out[2] = i, f, t
                return True
            f -= none[i]
            t -= some[i]
    return False
