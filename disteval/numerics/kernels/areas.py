"""Compiled sums along sorted scores: what areas under curves come from."""

from __future__ import annotations

import numba
import numpy as np

_jit = numba.njit(nogil=True, cache=True)
_u = np.uint64


@_jit
def summarise(none, some, most, out):
    """Range summaries of runs of scores with at most so many rows (or of one score).

    Row k of out: positives, negatives, W, ties, QA, QB, each of the latter two in two words.
    Returns how many runs. See `areas.RangeSummary`. most: below 2**19, so that no term overflows.
    """
    k, i, n = 0, 0, none.shape[0]
    while i < n:
        negatives, positives, w, ties = _u(0), _u(0), _u(0), _u(0)
        qa, qa_high, qb, qb_high = _u(0), _u(0), _u(0), _u(0)
        first = i
        while i < n:
            a, b = _u(none[i]), _u(some[i])
            if positives + negatives + a + b > most:
                if i == first:
                    positives, negatives, i = b, a, i + 1  # the rest follows from these two
                break
            if b:
                below = _u(2) * negatives + a
                term = b * below * below
                qa += term
                qa_high += _u(qa < term)
                # those above see the positives: n b**2 grows with what is new above them
                term = a * b * b + _u(4) * b * w + _u(4) * b * b * negatives
                qb += term
                qb_high += _u(qb < term)
                w += b * below
                ties += a * b
                positives += b
            negatives += a
            i += 1
        row = out[k]
        row[0], row[1], row[2], row[3] = positives, negatives, w, ties
        row[4], row[5], row[6], row[7] = qa, qa_high, qb, qb_high
        k += 1
    return k
